# ikewhy. Needs Rust and, on Debian, nothing else: what is missing is installed by apt.
#
#   make run [CAPTURE=file]       explains a capture of a failed negotiation, or yours
#   make test                     what has to hold before each commit; make quick: the engine alone, in seconds
#   make install [PLUGIN_ROOT=d]  the Wireshark plugin, for you; as root for everybody; make uninstall
#   make install EDITION=lua      the same for any Wireshark from 4.0 on: a Lua script and its library
#   make command                  the command ikewhy, which needs no Wireshark: build/command/
#   make python, python-test      the wheel for Python: build/wheels/; tried in clean Debian trees
#   make page, page-test          ikewhy in a browser, one file that sends nothing: build/web/; used in Chromium and Firefox
#   make fleet                    30,000 captures with Spark, Dask, threads and the command: docs/fleet.md
#   make package, package-test    what is handed to others: .deb, zips, checksums; tried in clean Debian trees
#   make windows, windows-test    the Lua edition, the command and an installer for Windows: build/windows/; tried in Wine
#   make macos                    the Lua edition and the command for macOS, which nothing here can run: build/macos/
#   make release [KEY=file]       all that is handed out, with checksums, a list of what it is made of, and a signature: build/release/
#   make reproducible             makes that twice, in two folders, and compares every byte; make deny: licences, advisories
#   make gui [DOCS=1]             goes through Wireshark itself, under Xvfb, with both editions; with DOCS the pictures of the README
#   make pages                    opens the report in Chromium and Firefox: light, dark, on a phone, on paper
#   make captures [SCENARIO=name] makes the captures anew with real daemons
#   make advice                   makes the changes that reports advise, in the lab: does the tunnel come up? captures/advice.tsv
#   make levels                   the same cases with daemons that log more or less: do their logs lead to the same verdict?
#   make live                     the command beside the lab's daemons: does each verdict come with its packet?
#   make score                    how often the plugin is right: docs/score.md; make wrong-keys: with wrong keys, everywhere
#   make new KIND= NAME=          lays out a rule or a case, to be written (docs/adding/)
#   make reference                writes docs/reference.md, every diagnosis explained
#   make data                     writes the code that is generated from data/: names and numbers, vendor IDs
#   make redaction [PAIRS=10]     so many pairs of each capture and sample that differ in private values only: redacted, the same
#   make cost                     what hostile input costs, in instructions and bytes of memory; make arm64: all of it there
#   make fuzz [SECONDS=60]        looks for hostile input that breaks a promise, so long for each target of fuzz/
#   make hostile                  both editions on hostile captures, with AddressSanitizer and valgrind: takes long
#   make matrix [VERSIONS=4.4]    all that runs tshark, with every Wireshark in use (tests/unpack.sh): takes long at first
#   make bench, instructions, fmt, lint, header
#   make parity [CAPTURES=folder] Wireshark and the engine alone say the same of the whole corpus, in every way
#
# A release has gone through all of them; each runs nothing of another. What stands behind a door is a script or a program with a name.

CARGO ?= cargo
EDITION ?= native
# For which Wireshark: the installed one, or with WIRESHARK=4.4 that one, unpacked below build/ (tests/unpack.sh).
WIRESHARK ?= $(IKEWHY_WIRESHARK)
export IKEWHY_WIRESHARK := $(WIRESHARK)

.PHONY: run redaction test quick plugin lua command python python-test page page-test fleet setup install uninstall package package-test windows windows-test macos release reproducible deny parity matrix bench instructions cost \
  arm64 fuzz hostile gui pages captures advice levels live score wrong-keys new reference data header fmt lint clean

run: plugin
	@tests/user.sh tshark -q -r "$(or $(CAPTURE),$(shell tests/failed.sh))" -z ikewhy,report

test: plugin
	@tests/setup.sh test
	@$(MAKE) --no-print-directory lint
	@$(CARGO) test --locked --workspace
	@tests/gui.py native

quick:
	@$(CARGO) test --locked

setup:
	@tests/setup.sh build
	@$(if $(WIRESHARK),tests/unpack.sh $(WIRESHARK))

plugin: setup
	@ffi/build.sh native

# A script and the library beside it; no Wireshark is needed to build them.
lua:
	@ffi/build.sh lua

# Static, with its manual pages and completions; no Wireshark is needed to build or run it.
command:
	@command/build.sh

# A wheel for any Linux and any Python from 3.9 on; no Wireshark is needed to build or use it.
python:
	@tests/setup.sh python
	@python/build.sh

python-test: python command
	@tests/setup.sh matrix
	@python/test.sh

# One HTML file with the engine in it; no Wireshark is needed to build or use it.
page:
	@tests/setup.sh page
	@web/build.sh

page-test: page command
	@tests/setup.sh page-test
	@tests/page.py

# COUNT=1000: so many captures.
fleet: python command
	@tests/setup.sh fleet
	@python/fleet.sh $(COUNT)

install: setup
	@ffi/build.sh $(EDITION)
	@$(if $(filter native,$(EDITION)),command/build.sh)
	@packaging/checkout.sh install $(EDITION)

# Of all versions and both editions; as root from both places.
uninstall:
	@packaging/checkout.sh uninstall

package: setup
	@tests/setup.sh package
	@packaging/archives.sh

# KEY: a secret key of minisign.
release: setup
	@tests/setup.sh release
	@KEY="$(KEY)" packaging/release.sh

# The same, installed and used in a clean Debian 12 and a clean Debian 13.
package-test: package
	@tests/setup.sh matrix
	@tests/packages.sh

# Cross-compiled. PARTS="units abi lua command installer": only these are tried.
windows:
	@tests/setup.sh matrix
	@packaging/windows.sh

windows-test: windows
	@tests/windows.sh $(PARTS)

# Cross-compiled, and looked at from outside.
macos:
	@tests/setup.sh macos
	@packaging/macos.sh

# The same, made twice in different folders by different users: the same bytes.
reproducible:
	@tests/reproducible.sh

deny:
	@packaging/deny.sh

# Verdicts in tshark, every field of both editions, what the engine says with its own reader, and all that Wireshark decrypts, over
# the whole corpus, and over the captures in CAPTURES.
parity: plugin
	@IKEWHY_WHOLE=1 $(if $(CAPTURES),IKEWHY_CAPTURES="$(CAPTURES)") $(CARGO) test --locked -p ikewhy-tests \
	  --test captures --test editions --test keys_engine --test reader $(if $(CAPTURES),-- --include-ignored)

# The same and much more with every Wireshark in use.
matrix: plugin
	@tests/setup.sh matrix
	@$(CARGO) run --locked --quiet -p ikewhy-tests --bin matrix

# Cross-compiled, and run by an emulator.
arm64: plugin
	@tests/setup.sh matrix
	@tests/arm64.sh
	@tests/setup.sh python
	@IKEWHY_QUICK=1 python/arm64.sh

# make bench WHAT="engine memory": only these tables; DOCS=1 writes docs/performance.md; PACKETS=1000000 stops there.
bench: plugin lua
	@tests/setup.sh bench
	@$(CARGO) build --locked --quiet --release -p ikewhy-bench --features others
	@$(CARGO) run --locked --quiet --release -p ikewhy-bench --features others --bin bench -- $(WHAT) $(if $(DOCS),docs)

# Fails if a hot path needs 5 % more instructions than committed; BLESS=1 commits what it needs now.
instructions:
	@$(CARGO) run --locked --quiet --release -p ikewhy-bench --bin instructions -- $(if $(BLESS),bless)

# Fails if an input of some kind costs more than its law allows, or more than twice as much when it is twice as long; and if
# extremes end the process on a small stack. Both need a release build.
cost:
	@tests/setup.sh test
	@$(CARGO) test --locked --quiet --release -p ikewhy-fuzz --test 'cost_*' --test extremes

redaction:
	@IKEWHY_PAIRS=$(or $(PAIRS),10) $(CARGO) test --locked --release -p ikewhy --lib
	@IKEWHY_PAIRS=$(or $(PAIRS),10) $(CARGO) test --locked --release -p ikewhy-tests --test corpus

fuzz:
	@tests/setup.sh fuzz
	@fuzz/run.sh $(or $(SECONDS),60)

# All hostile captures and faults, with AddressSanitizer and valgrind.
hostile: plugin
	@tests/setup.sh hostile
	@IKEWHY_WHOLE=1 $(CARGO) test --locked -p ikewhy-tests --test hostile -- --include-ignored

# All captures that have keys, with wrong ones and with those of other negotiations.
wrong-keys: plugin
	@IKEWHY_WHOLE=1 $(CARGO) test --locked -p ikewhy-tests --test keys no_verdict

gui: plugin lua
	@tests/setup.sh gui
	@tests/gui.py $(if $(DOCS),--docs)

pages: plugin
	@tests/setup.sh pages
	@tests/gui.py --pages

captures:
	@captures/lab/run.py $(or $(SCENARIO),--all)

advice:
	@captures/lab/advice.py $(SCENARIO)

levels:
	@captures/lab/levels.py $(SCENARIO)

# The command beside the daemons, on their interfaces: each verdict within a second of its packet, and none taken back.
live: command
	@captures/lab/live.py $(SCENARIO)

score:
	@$(CARGO) run --locked --quiet -p ikewhy-tests --bin score -- --docs $(if $(PUBLIC),--public "$(PUBLIC)")

new:
	@docs/adding/new.sh "$(KIND)" "$(NAME)"

reference:
	@$(CARGO) run --locked --quiet -p ikewhy-tests --bin reference

data:
	@$(CARGO) run --locked --quiet -p ikewhy-tests --bin data

header:
	@IKEWHY_BLESS=1 $(CARGO) test --locked --quiet -p ikewhy-tests --test abi header

fmt:
	@$(CARGO) fmt

lint:
	@$(CARGO) fmt --check
	@$(CARGO) clippy --locked --quiet --workspace --all-targets

clean:
	@rm -rf build $(or $(CARGO_TARGET_DIR),target)
