#!/bin/sh
# Runs what `make windows` made in Wine, and compares it with what Linux says: windows.sh [PART...]
#
#   units       unit tests of the engine, its reader, the C border and the command
#   abi         the C ABI, from programs in C
#   lua         Lua 5.2 and 5.4 for Windows, without Wireshark: all that is said of the corpus; without memory
#   command     the command on the corpus; peers' files by paths of Windows
#   installer   installed, used, removed
#
# Windows itself is not here, nor a Wireshark for it: whatever passes has run in Wine, and not on Windows.
set -eu
cd "$(dirname -- "$0")/.."
repository=$PWD
tree=$repository/build/wireshark/windows/usr
work=$repository/build/wine
home=$work/home
prefix=$work/prefix
drive=$prefix/drive_c
made=build/windows
failed=

fail() {
    echo "windows: FAILED: $*" >&2
    failed=yes
}
passed() { echo "windows: $*"; }
same() { # WHAT HERE THERE
    if cmp -s "$2" "$3" && [ -s "$2" ]; then return 0; fi
    fail "$1: $2 and $3 differ: $(cmp "$2" "$3" 2>&1 || :)"
    return 1
}

inside() { tests/inside.sh "$tree" env -i PATH=/usr/bin HOME="$home" "$@"; }
# The runner of cargo's tests is in a tree already, and knows nothing but its own name.
cat_runner() {
    cat <<END
#!/bin/sh
exec env -i PATH=/usr/bin HOME="$home" LC_ALL=C.utf8 XDG_RUNTIME_DIR="$home" TMP= WINEPREFIX="$prefix" WINEDEBUG=-all \
    WINEDLLOVERRIDES="mscoree=;mshtml=" \${FAIL:+FAIL="\$FAIL"} "$tree/lib/x86_64-linux-gnu/wine/wine" "\$@"
END
}
wine() { tests/inside.sh "$tree" ${FAIL:+env FAIL="$FAIL"} "$work/wine" "$@"; }

# ---- A Windows of Wine's, made anew ----------------------------------------------------------------------------------

rm -rf "$work"
mkdir -p "$home" "$drive/windows/system32"
cat_runner >"$work/wine"
chmod 755 "$work/wine"
# Programs of Wine's need it, and are not installed but unpacked.
cp "$tree/x86_64-w64-mingw32/lib/zlib1.dll" "$drive/windows/system32/"
wine wineboot -i >"$work/boot.log" 2>&1
[ "$(wine cmd /c echo works 2>/dev/null | tr -d '\r')" = works ] || { fail "Wine does not start: $work/boot.log" && exit 1; }

# The same engine here, which says the same without optimisation.
${CARGO:-cargo} build --locked --quiet -p ikewhy-ffi -p ikewhy-command
built=${CARGO_TARGET_DIR:-target}/debug
for name in captures/*/*.pcap; do echo "$name"; done >"$work/list"
mingw="inside x86_64-w64-mingw32-gcc-win32 -O1 -Wall"
# Programs in C find the library by the name that it was linked with.
cp "$made/lua/ikewhy-engine.dll" "$work/ikewhy_ffi.dll"
cp "$built/libikewhy_ffi.so" "$work/"

# ---- Parts -----------------------------------------------------------------------------------------------------------

units() {
    packaging/windows.sh test "$work/wine" >"$work/units.log" 2>&1 || { fail "unit tests: $work/units.log" && return; }
    passed "$(sed -n 's/^test result: ok. \([0-9]*\) passed.*/\1/p' "$work/units.log" | awk "{ all += \$1 } END { print all }") unit tests pass"
}

abi() {
    for program in ffi/examples/verdict tests/abi/host; do
        name=${program##*/}
        $mingw -Iffi/include "$program.c" "$work/ikewhy_ffi.dll" -o "$work/$name.exe"
        ${CC:-cc} -O1 -Iffi/include "$program.c" "$work/libikewhy_ffi.so" -Wl,-rpath,"$work" -o "$work/$name"
    done
    "$work/verdict" >"$work/verdict.here"
    wine "$work/verdict.exe" 2>/dev/null | tr -d '\r' >"$work/verdict.there"
    same "ffi/examples/verdict.c" "$work/verdict.here" "$work/verdict.there" || return 0
    count=0
    for capture in $(sed -n '1~50p' "$work/list"); do
        "$work/host" "$capture" | tr -d '\r' >"$work/host.here"
        wine "$work/host.exe" "$capture" 2>/dev/null | tr -d '\r' >"$work/host.there"
        same "tests/abi/host.c on $capture" "$work/host.here" "$work/host.there" || return 0
        count=$((count + 1))
    done
    passed "programs in C: two packets, and $count captures: the same as here"
}

# One version of Lua, as Wireshark has it, for this system and for Windows, and a program that runs scripts in it.
build_lua() { # NUMBER SOURCES
    here=$work/lua$1 there=$work/lua$1.windows
    mkdir -p "$here" "$there"
    ${CC:-cc} -O1 -DLUA_USE_LINUX -DLUA_COMPAT_5_3 -I"$2" tests/windows/host.c "$2"/*.c -Wl,-E -lm -ldl -o "$here/host"
    $mingw -DLUA_BUILD_AS_DLL -DLUA_COMPAT_5_3 -shared "$2"/*.c -o "$there/lua$1.dll"
    $mingw -DLUA_BUILD_AS_DLL -I"$2" tests/windows/host.c "$there/lua$1.dll" -o "$there/host.exe"
}

lua() {
    # Lua's sources, as a crate has them.
    mkdir -p "$work/lua/src"
    : >"$work/lua/src/lib.rs"
    printf '[package]\nname = "lua"\nedition = "2024"\n[dependencies]\nlua-src = "=551.1.0"\n[workspace]\n' >"$work/lua/Cargo.toml"
    ${CARGO:-cargo} vendor --quiet --manifest-path "$work/lua/Cargo.toml" "$work/lua/vendor" >/dev/null 2>&1
    echo captures/ikev1-ike-dh-differs-strongswan/client.pcap >"$work/short"
    for number in 52 54; do
        sources=$(echo "$work"/lua/vendor/lua-src/lua-5."${number#5}"*)
        build_lua "$number" "$sources"
        "$here/host" tests/windows/corpus.lua "$work/libikewhy_ffi.so" "$work/list" >"$here/said"
        wine "$there/host.exe" tests/windows/corpus.lua "$made/lua/ikewhy-engine.dll" "$work/list" >"$there/said" 2>"$there/log" ||
            fail "Lua $number: $(cat "$there/log")"
        same "Lua $number" "$here/said" "$there/said" || continue
        said=$(FAIL=2000 wine "$there/host.exe" tests/windows/corpus.lua "$made/lua/ikewhy-engine.dll" "$work/short" 2>&1 | tail -n 1) ||
            fail "Lua $number without memory: $said"
        case $said in *" errors of 2000") ;; *) fail "Lua $number without memory: $said" ;; esac
        passed "Lua $number: $(wc -l <"$work/list") captures, $(wc -c <"$here/said") bytes: the same as here; without memory: $said"
    done
}

ikewhy() { wine "$made/ikewhy.exe" "$@"; }
# As it is written here.
written_here() { tr -d '\r' | sed 's/captures\\\\\([^"\\]*\)\\\\/captures\/\1\//g'; }

command_() {
    "$built/ikewhy" batch --jsonl captures >"$work/batch.here" || [ $? = 1 ]
    ikewhy batch --jsonl captures 2>"$work/batch.log" | written_here >"$work/batch.there"
    [ ! -s "$work/batch.log" ] || fail "ikewhy batch: $(cat "$work/batch.log")"
    same "ikewhy batch" "$work/batch.here" "$work/batch.there" && passed "ikewhy batch: $(wc -l <"$work/batch.here") captures: the same as here"
    for form in "" --html --markdown --json; do
        capture=$(tests/failed.sh)
        # shellcheck disable=SC2086
        "$built/ikewhy" report $form "$capture" >"$work/report.here"
        # shellcheck disable=SC2086
        ikewhy report $form "$capture" 2>&1 | written_here >"$work/report.there"
        same "ikewhy report $form" "$work/report.here" "$work/report.there" || :
    done
    ikewhy batch 'captures/ikev1-psk-differs-strongswan/*.pcap' >"$work/wild" 2>&1 || :
    [ "$(grep -c psk-mismatch "$work/wild")" = 2 ] || fail "*.pcap: $(cat "$work/wild")"
    # What it ends with, in the words of Windows: Wine itself does not always end with it.
    for expected in 0:ikev1-psk-up-strongswan 1:ikev1-psk-differs-strongswan 2:nowhere; do
        printf '@echo off\r\nbuild\\windows\\ikewhy.exe batch captures\\%s > NUL 2> NUL\r\necho %%errorlevel%%\r\n' "${expected#*:}" >"$work/status.bat"
        status=$(wine cmd /c "$work/status.bat" 2>/dev/null | tr -d '\r')
        [ "$status" = "${expected%%:*}" ] || fail "ikewhy batch ${expected#*:} ends with $status"
    done
    ikewhy nowhere.pcap >"$work/nowhere" 2>&1 || :
    grep -q "there is no such file" "$work/nowhere" || fail "a file that is not there: $(cat "$work/nowhere")"
    for name in NUL CON captures; do
        ikewhy "$name" >"$work/refused" 2>&1 </dev/null || :
        grep -q "^ikewhy: $name: " "$work/refused" || fail "$name is read: $(cat "$work/refused")"
    done
    printf 'key of nobody\n' | ikewhy psk-check --key-file - captures/ikev1-aggressive-psk-differs-strongswan/client.pcap >"$work/psk" 2>&1 || :
    grep -q "has another key" "$work/psk" || fail "psk-check: $(cat "$work/psk")"
    ikewhy live <captures/ikev1-psk-differs-strongswan/client.pcap >"$work/live" 2>&1 || :
    grep -q "psk-mismatch" "$work/live" || fail "live: $(cat "$work/live")"
    peer_files
}

# The server's configuration, wherever it lies and whatever its name is written like, makes the verdict exact and is quoted by its line.
peer_files() {
    case=captures/ikev1-ike-dh-differs-strongswan
    name=swanctl.conf
    folder="$drive/vpn/Büro Süd"
    mkdir -p "$folder"
    cp "$case/server/swanctl/$name" "$folder/$name"
    cp "$folder/$name" "$drive/vpn/LARGE.CONF"
    { printf "\377\376" && sed "s|$|\r|" "$folder/$name" | iconv -t UTF-16LE; } >"$drive/vpn/utf16.conf"
    : >"$drive/vpn/empty.conf"
    count=0
    for files in "C:\\vpn\\Büro Süd\\$name" "C:/vpn/Büro Süd/$name" "c:\\VPN\\büro süd\\$name" "\\\\?\\C:\\vpn\\Büro Süd\\$name" \
        "198.51.100.20=C:\\vpn\\Büro Süd\\$name" "C:\\vpn\\empty.conf;198.51.100.20=C:/vpn/Büro Süd/$name" "C:\\vpn\\Büro Süd" \
        "C:\\vpn\\utf16.conf" "C:\\vpn\\LARGE.CONF" "\\\\.\\C:\\vpn\\Büro Süd\\$name"; do
        ikewhy --peer-files "$files" "$case/client.pcap" >"$work/peers" 2>&1 || :
        grep -q "\.conf, line\|\.CONF, line" "$work/peers" || fail "peers' file $files: $(cat "$work/peers")"
        count=$((count + 1))
    done
    for files in NUL CON 'C:\vpn\NUL' '\\.\C:' 'C:\vpn\nowhere.conf'; do
        ikewhy --peer-files "$files" "$case/client.pcap" >"$work/peers" 2>&1 || :
        grep -q "no such file\|cannot be read\|not a regular file" "$work/peers" || fail "peers' file $files: $(cat "$work/peers")"
        count=$((count + 1))
    done
    passed "peers' files: $count ways to write their paths"
}

installer() {
    setup=$(echo $made/*-setup.exe)
    user=$(echo "$drive"/users/*/AppData/Roaming)
    local=${user%Roaming}Local
    # Uninstallers of this kind go on as a copy in Temp, which Windows removes when it starts next.
    files() { find "$drive/users" ! -path '*/Temp/*' | sort; }
    before=$(files)
    wine "$setup" /S || fail "the installer ends with $?"
    for file in "$user/Wireshark/plugins/ikewhy.lua" "$user/Wireshark/plugins/ikewhy-engine.dll" "$user/Wireshark/profiles/ikewhy/preferences" \
        "$local/Programs/ikewhy/ikewhy.exe" "$local/Programs/ikewhy/README.txt"; do
        [ -s "$file" ] || fail "the installer does not install $file"
    done
    cmp -s "$made/lua/ikewhy-engine.dll" "$user/Wireshark/plugins/ikewhy-engine.dll" || fail "another library is installed"
    wine "$local/Programs/ikewhy/ikewhy.exe" "$(tests/failed.sh)" 2>&1 | grep -q psk-mismatch || fail "the installed command explains nothing"
    wine reg query 'HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\ikewhy' 2>&1 | grep -q QuietUninstallString || fail "no entry in Apps"
    # Once more, over what is there, and with a file that the user has changed.
    echo "# mine" >>"$user/Wireshark/profiles/ikewhy/colorfilters"
    echo "# mine" >"$user/Wireshark/plugins/mine.lua"
    wine "$setup" /S || fail "the installer ends with $? over itself"
    grep -q "# mine" "$user/Wireshark/profiles/ikewhy/colorfilters" || fail "the user's colours are lost"
    # While a program uses the library, nothing is changed.
    printf '#include <windows.h>\nint main(int count, char **path) { LoadLibraryA(path[count - 1]); Sleep(6000); return 0; }\n' >"$work/hold.c"
    $mingw "$work/hold.c" -o "$work/hold.exe"
    library="$user/Wireshark/plugins/ikewhy-engine.dll"
    wine "$work/hold.exe" "C:${library#"$drive"}" &
    sleep 3
    programs="C:${local#"$drive"}/Programs/ikewhy"
    if wine "$setup" /S; then fail "it is installed over a library that is in use"; fi
    # In its own place it says how it ends.
    if wine "$local/Programs/ikewhy/uninstall.exe" /S "_?=$(echo "$programs" | tr / '\\')"; then fail "a library in use is removed"; fi
    wait
    [ -s "$library" ] || fail "a library that was in use is gone"
    remove_installed
    [ -e "$user/Wireshark/plugins/mine.lua" ] && [ -e "$user/Wireshark/profiles/ikewhy/colorfilters" ] || fail "what is the user's was removed"
    rm -r "$user/Wireshark"
    after=$(files)
    [ "$before" = "$after" ] || fail "the uninstaller leaves something behind: $(echo "$after" | grep -v -x -F "$before")"
    passed "$(basename "$setup"): installs, explains a capture, installs over itself, removes what is its own"
}

# It goes on as a copy of its own, which is waited for.
remove_installed() {
    wine "$local/Programs/ikewhy/uninstall.exe" /S || fail "the uninstaller ends with $?"
    for _ in $(seq 100); do
        [ -e "$local/Programs/ikewhy" ] || return 0
        sleep 0.2
    done
    fail "the uninstaller does not end"
}

for part in ${*:-units abi lua command installer}; do
    case $part in
    command) command_ ;;
    units | abi | lua | installer) $part ;;
    *) echo "windows.sh [units|abi|lua|command|installer...]" >&2 && exit 2 ;;
    esac
done
wine wineboot -k >/dev/null 2>&1 || :
[ -z "$failed" ]
