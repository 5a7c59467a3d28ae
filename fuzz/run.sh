#!/bin/sh
# Lets libFuzzer look for input that breaks a promise: run.sh SECONDS [TARGET ...], each target so long; all of them if
# none is named. What it learns stays in build/fuzz/corpus, what it finds in build/fuzz/found.
#
# The switches are those of cargo-fuzz, which wants a nightly toolchain for them; with RUSTC_BOOTSTRAP the stable one has
# them too. `cargo fuzz run --features libfuzzer TARGET` works as well.
set -eu
cd "$(dirname -- "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- $(cd fuzz/fuzz_targets && ls | sed 's/\.rs$//')

host=$(rustc -vV | sed -n 's/^host: //p')
bins=
for target in "$@"; do bins="$bins --bin $target"; done
# shellcheck disable=SC2086
RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/fuzz RUSTFLAGS="-Zsanitizer=address --cfg=fuzzing -Cpasses=sancov-module \
-Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares" \
    cargo build --quiet --locked --profile fuzz --target "$host" -p ikewhy-fuzz --features libfuzzer $bins

# Seeds follow the captures, and what makes seeds of them.
made_of=$(find captures fuzz/src testkit/src tests/src/bin/seeds.rs -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
if [ "$made_of" != "$(cat build/fuzz/seeds/made-of 2>/dev/null)" ]; then
    cargo run --quiet --locked -p ikewhy-tests --bin seeds build/fuzz/seeds
    echo "$made_of" >build/fuzz/seeds/made-of
fi

failed=0
for target in "$@"; do
    mkdir -p "build/fuzz/corpus/$target" "build/fuzz/found/$target" "build/fuzz/seeds/$target"
    known=fuzz/regressions/$target
    log=build/fuzz/$target.log
    set -- -max_total_time="$seconds" -max_len=32768 -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=64 \
        -artifact_prefix="build/fuzz/found/$target/" -print_final_stats=1
    if "target/fuzz/$host/fuzz/$target" "$@" "build/fuzz/corpus/$target" "build/fuzz/seeds/$target" \
        $([ ! -d "$known" ] || echo "$known") >"$log" 2>&1; then
        sed -n "s/^stat::number_of_executed_units: */$target: no finding in ${seconds} s, runs: /p" "$log"
    else
        failed=1
        echo "$target: a finding, see $log and build/fuzz/found/$target" >&2
        grep -m 4 -A 2 -E "panicked at|ERROR" "$log" >&2 || tail -5 "$log" >&2
    fi
done
exit $failed
