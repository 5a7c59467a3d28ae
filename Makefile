# ikewhy. Needs Rust and, on Debian, nothing else: what is missing is installed by apt.
#
#   make run [CAPTURE=file]       explains a capture of a failed negotiation, or yours
#   make test                     what has to hold before each commit; make quick: the engine alone, in seconds
#   make install [PLUGIN_ROOT=d]  the Wireshark plugin, for you; as root for everybody; make uninstall
#   make install EDITION=lua      the same for any Wireshark from 4.0 on: a Lua script and its library
#   make package, package-test    what is handed to others: .deb, zips, checksums; tried in clean Debian trees
#   make reproducible             makes that twice, in two folders, and compares every byte; make deny: licences, advisories
#   make gui [DOCS=1]             goes through Wireshark itself, under Xvfb, with both editions; with DOCS the pictures of the README
#   make pages                    opens the report in a browser, light and dark
#   make captures [SCENARIO=name] makes the captures anew with real daemons
#   make score                    how often the plugin is right: docs/score.md; make wrong-keys: with wrong keys, everywhere
#   make new KIND= NAME=          lays out a rule or a case, to be written (docs/adding/)
#   make reference                writes docs/reference.md, every diagnosis explained
#   make data                     writes the code that is generated from data/: names and numbers, vendor IDs
#   make cost                     what hostile input costs, in instructions and bytes of memory; make arm64: all of it there
#   make fuzz [SECONDS=60]        looks for hostile input that breaks a promise, so long for each target of fuzz/
#   make hostile                  both editions on hostile captures, with AddressSanitizer and valgrind: takes long
#   make matrix [VERSIONS=4.4]    all that runs tshark, with every Wireshark in use (tests/unpack.sh): takes long at first
#   make bench, instructions, fmt, lint, header
#   make parity [CAPTURES=folder] Wireshark and the engine alone say the same of the whole corpus, in every way
#
# A release has gone through all of them; each runs nothing of another.

CARGO ?= cargo
CC ?= cc
CFLAGS ?= -O2 -g

EDITION ?= native

version := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
target := $(or $(CARGO_TARGET_DIR),target)
# For which Wireshark: the installed one, or with WIRESHARK=4.4 that one, unpacked below build/ (tests/unpack.sh).
# Expanded in recipes only: make setup may have to install pkg-config first.
WIRESHARK ?= $(IKEWHY_WIRESHARK)
export IKEWHY_WIRESHARK := $(WIRESHARK)
wireshark = $(or $(WIRESHARK),$(shell pkg-config --modversion wireshark | cut -d. -f1,2))
tree = $(CURDIR)/build/wireshark/$(WIRESHARK)
pkg-config = $(if $(WIRESHARK),PKG_CONFIG_SYSROOT_DIR=$(tree) PKG_CONFIG_LIBDIR=$(wildcard $(tree)/usr/lib/*/pkgconfig)) pkg-config
# The C library is always this machine's: the oldest, so that the plugin runs on newer ones, too.
headers = $(filter-out -I$(tree)/usr/include,$(shell $(pkg-config) --cflags wireshark))
plugin = build/plugins/$(wireshark)/epan/ikewhy.so
global = $(shell dirname "$$(pkg-config --variable=plugindir wireshark)")
personal = $(HOME)/.local/lib/wireshark/plugins
PLUGIN_ROOT ?= $(if $(filter 0,$(shell id -u)),$(global),$(personal))

.PHONY: new arm64 data instructions cost package archives package-test reproducible deny matrix parity reference fuzz hostile run test quick plugin lua setup install install-native install-lua install-profile uninstall bench score gui pages captures fmt lint \
  header clean

run: plugin
	@tests/user.sh tshark -q -r "$(or $(CAPTURE),$(shell tests/failed.sh))" -z ikewhy,report

test: plugin
	@tests/setup.sh test
	@$(MAKE) --no-print-directory lint
	@$(CARGO) test --locked --workspace
	@tests/gui.py native

# Cross-compiled, and run by an emulator.
arm64: plugin
	@tests/setup.sh matrix
	@tests/arm64.sh

quick:
	@$(CARGO) test --locked

plugin: setup
	@$(CARGO) build --locked --quiet --release -p ikewhy-ffi
	@$(MAKE) -s --no-print-directory $(plugin)

setup:
	@tests/setup.sh build
	@$(if $(WIRESHARK),tests/unpack.sh $(WIRESHARK))

# An overrun of a buffer in C ends the program before it does worse.
hardening = -fstack-protector-strong $(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)

# The plugin links neither libwireshark nor glib: the program that loads it has them.
build/%/epan/ikewhy.so: $(wildcard ffi/epan/*.[ch]) ffi/epan/exports.map ffi/include/ikewhy.h Makefile $(target)/release/libikewhy_ffi.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(hardening) -std=gnu11 -Wall -Wextra -Werror=incompatible-pointer-types -fPIC -shared -o $@.$$PPID -DIKEWHY_VERSION='"$(version)"' -Iffi/include \
	  $(headers) $(filter %.c,$^) -Wl,--whole-archive $(target)/release/libikewhy_ffi.a -Wl,--no-whole-archive \
	  -Wl,--version-script=ffi/epan/exports.map -Wl,--gc-sections -Wl,-s -Wl,-z,relro,-z,now
	@mv $@.$$PPID $@

# A script and the library beside it; no Wireshark is needed to build them.
lua:
	@$(CARGO) build --locked --quiet --release -p ikewhy-ffi
	@mkdir -p build/lua
	@install -m 644 lua/ikewhy.lua build/lua/ikewhy.lua
	@strip -o build/lua/ikewhy-engine.so.$$PPID $(target)/release/libikewhy_ffi.so
	@chmod 644 build/lua/ikewhy-engine.so.$$PPID
	@mv build/lua/ikewhy-engine.so.$$PPID build/lua/ikewhy-engine.so

install: install-$(EDITION) install-profile

# All of an edition or nothing, tried in tshark where Wireshark looks by itself, and listed for uninstall: packaging/install.sh.
put = packaging/install.sh put $(if $(standard),--try) "$(PLUGIN_ROOT)" "$(bin)"

install-native: plugin
	@$(same-wireshark)
	@$(put) "$(wireshark)/epan/ikewhy.so=$(plugin)" $(if $(bin),bin/ikewhy=command/ikewhy bin/ikewhy-batch=)

install-lua: setup lua
	@$(put) ikewhy.lua=build/lua/ikewhy.lua ikewhy-engine.so=build/lua/ikewhy-engine.so

# A plugin fits one minor version of Wireshark: that of the headers must be that of the program.
program = $(shell tshark --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
same-wireshark = case "$(PLUGIN_ROOT)" in "$(global)"|"$(personal)") [ "$(program)" = "$(wireshark)" ] || \
  { echo "The headers are those of Wireshark $(wireshark), but tshark ($$(command -v tshark)) is $(program)." >&2; \
    echo "Either update the headers: apt-get install --only-upgrade libwireshark-dev tshark" >&2; \
    echo "or take the edition that fits any Wireshark: make install EDITION=lua" >&2; exit 1; } ;; esac

# Only where Wireshark looks for profiles by itself. What the user changed in it is kept: lua/profile.sh.
profiles = $(shell tshark -G folders 2>/dev/null | sed -n 's/^$(if $(filter 0,$(shell id -u)),Global,Personal) configuration:[[:space:]]*//p')/profiles
standard = $(filter $(global) $(personal),$(PLUGIN_ROOT))

install-profile: install-$(EDITION)
	@$(if $(standard),lua/profile.sh install "$(profiles)")

# In front of tshark with the native plugin; where that goes elsewhere, BIN says where the command goes.
bin = $(or $(BIN),$(if $(standard),$(if $(filter 0,$(shell id -u)),/usr/local/bin,$(HOME)/.local/bin)))

# Of all versions and both editions; as root from both places.
uninstall:
	@packaging/install.sh take "$(PLUGIN_ROOT)" "$(bin)"
	@$(if $(filter file,$(origin PLUGIN_ROOT)),$(if $(filter $(global),$(PLUGIN_ROOT)),packaging/install.sh take "$(personal)" ""))
	@$(if $(standard),lua/profile.sh uninstall "$(profiles)")

# What is handed to others, for the installed Wireshark and VERSIONS.
VERSIONS ?= 4.2 4.4 4.6
# Built apart from all else, because it must not name the home folder of whoever builds it: the same bytes everywhere.
package:
	@$(MAKE) --no-print-directory archives CARGO_TARGET_DIR=$(target)/package \
	  RUSTFLAGS=--remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src=crates

archives: plugin lua
	@tests/setup.sh package
	@pairs="$(wireshark)=/usr"; for other in $(filter-out $(wireshark),$(VERSIONS)); do \
	  if $(MAKE) -s --no-print-directory plugin WIRESHARK=$$other; \
	  then pairs="$$pairs $$other=$(CURDIR)/build/wireshark/$$other/usr"; \
	  else echo "left out: Wireshark $$other" >&2; fi; done; \
	packaging/package.sh $(version) $$pairs

# The same, installed and used in a clean Debian 12 and a clean Debian 13.
package-test: package
	@tests/setup.sh matrix
	@tests/packages.sh

# The same, made twice in different folders by different users: the same bytes.
reproducible:
	@tests/reproducible.sh

# Verdicts in tshark, every field of both editions, what the engine says with its own reader, and all that Wireshark decrypts, over
# the whole corpus, and over the captures in CAPTURES.
parity: plugin
	@IKEWHY_WHOLE=1 $(if $(CAPTURES),IKEWHY_CAPTURES="$(CAPTURES)") $(CARGO) test --locked -p ikewhy-tests \
	  --test captures --test editions --test keys_engine --test reader $(if $(CAPTURES),-- --include-ignored)

# The same and much more with every Wireshark in use.
matrix: plugin
	@tests/setup.sh matrix
	@VERSIONS="$(VERSIONS)" $(CARGO) run --locked --quiet -p ikewhy-tests --bin matrix

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

fuzz:
	@tests/setup.sh fuzz
	@fuzz/run.sh $(or $(SECONDS),60)

# All hostile captures and faults, with AddressSanitizer and valgrind.
hostile: plugin
	@tests/setup.sh hostile
	@IKEWHY_WHOLE=1 $(CARGO) test --locked -p ikewhy-tests --test hostile -- --include-ignored

# Licences, sources and known vulnerabilities of everything that is built (deny.toml), by cargo-deny, which is built at first.
deny:
	@command -v cargo-deny >/dev/null || [ -x build/tools/bin/cargo-deny ] || \
	  $(CARGO) install --locked --quiet --root build/tools cargo-deny
	@export PATH="$$PATH:$(CURDIR)/build/tools/bin"; cargo-deny --locked check licenses bans sources && \
	if cargo-deny --locked fetch >/dev/null 2>&1; then cargo-deny --locked check --disable-fetch advisories; \
	else echo "advisories: left out, their database cannot be fetched"; fi

data:
	@$(CARGO) run --locked --quiet -p ikewhy-tests --bin data

new:
	@docs/adding/new.sh "$(KIND)" "$(NAME)"

reference:
	@$(CARGO) run --locked --quiet -p ikewhy-tests --bin reference

# All captures that have keys, with wrong ones and with those of other negotiations.
wrong-keys: plugin
	@IKEWHY_WHOLE=1 $(CARGO) test --locked -p ikewhy-tests --test keys no_verdict

score:
	@$(CARGO) run --locked --quiet -p ikewhy-tests --bin score -- --docs $(if $(PUBLIC),--public "$(PUBLIC)")

gui: plugin lua
	@tests/setup.sh gui
	@tests/gui.py $(if $(DOCS),--docs)

pages: plugin
	@tests/setup.sh pages
	@tests/gui.py --pages

captures:
	@captures/lab/run.py $(or $(SCENARIO),--all)

fmt:
	@$(CARGO) fmt

lint:
	@$(CARGO) fmt --check
	@$(CARGO) clippy --locked --quiet --workspace --all-targets

header:
	@IKEWHY_BLESS=1 $(CARGO) test --locked --quiet -p ikewhy-tests --test abi header

clean:
	@rm -rf build $(target)
