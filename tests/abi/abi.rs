//! The C ABI: the committed header is the one the sources make, Rust and C agree on it, and a C program lives with it.

use ikewhy_ffi::{abi, registry, session};
use ikewhy_tests::{cases, header, pcap, quietly, root, tshark};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::mem::{offset_of, size_of};
use std::path::Path;
use std::process::Command;

#[test]
fn header_is_current() {
    let path = root().join("ffi/include/ikewhy.h");
    let made = header();
    if std::env::var_os("IKEWHY_BLESS").is_some() {
        fs::write(&path, &made).expect("ffi/include is writable");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "ffi/include/ikewhy.h differs from ffi/src: run `make header`"
    );
}

#[test]
fn header_is_clean_c_and_cpp() {
    for (compiler, standard) in [("cc", "-std=c11"), ("cc", "-std=c2x"), ("c++", "-std=c++17")] {
        let mut command = Command::new(compiler);
        command.args([
            standard,
            "-Wall",
            "-Wextra",
            "-pedantic",
            "-Werror",
            "-fsyntax-only",
        ]);
        command.args(["-x", if compiler == "cc" { "c" } else { "c++" }]);
        let said = quietly(command.arg(root().join("ffi/include/ikewhy.h")));
        assert!(said.is_empty(), "{said}");
    }
}

/// `Type` -> size and `Type::member` -> offset, as Rust has them.
fn rust_layout() -> BTreeMap<String, usize> {
    let mut layout = BTreeMap::new();
    macro_rules! note {
        ($($module:ident::$type:ident { $($member:ident)* })*) => {$(
            let name = stringify!($type);
            layout.insert(name.to_owned(), size_of::<$module::$type>());
            $(layout.insert(format!("{name}::{}", stringify!($member)), offset_of!($module::$type, $member));)*
        )*};
    }
    note! {
        abi::IkewhyText { data length }
        registry::IkewhyField { size kind link abbrev name description }
        registry::IkewhyRule { size severity id stage title }
        registry::IkewhyPreference { size kind on name title description }
        registry::IkewhyMenuEntry { size action path window arguments prompt }
        registry::IkewhyColumn { size kind title }
        session::IkewhyOptions { size max_negotiations flags }
        session::IkewhyDerived { kind reserved data length }
        session::IkewhyPacket {
            size frame interface_id time link_type flags data length original_length ip_offset derived derived_count
        }
        session::IkewhyFrame { size stream answers response_time step }
        session::IkewhyCell { size number real text }
        session::IkewhyArrow { size stream label comment }
        session::IkewhyWanted { size form stream flags reserved }
        session::IkewhyItem {
            size depth field value number real duration text label span_offset span_length expert look
        }
    }
    layout
}

/// The committed header as bindgen reads it.
fn read_back() -> String {
    let builtin = quietly(Command::new("cc").arg("-print-file-name=include"));
    let builder = bindgen::Builder::default()
        .header(root().join("ffi/include/ikewhy.h").to_string_lossy())
        .allowlist_item("(Ikewhy|ikewhy|IKEWHY).*")
        .clang_arg(format!("-I{}", builtin.trim()))
        .formatter(bindgen::Formatter::None);
    builder.generate().expect("bindgen").to_string()
}

#[test]
fn c_and_rust_agree_on_names_and_layout() {
    let bindings = read_back();

    // bindgen states what it found: ["Size of T"][size_of::<T>() - 16usize], ["Offset of field: T::m"][... - 8usize].
    let mut in_c = BTreeMap::new();
    let flat = bindings.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts: Vec<_> = flat.split('"').collect();
    for (what, rest) in parts.iter().zip(&parts[1..]) {
        let size = what.strip_prefix("Size of ");
        if let Some(name) = size.or_else(|| what.strip_prefix("Offset of field: ")) {
            let number = rest
                .split("usize")
                .next()
                .and_then(|rest| rest.rsplit(' ').next());
            let number = number.and_then(|number| number.parse().ok());
            in_c.insert(name.to_owned(), number.expect("a number"));
        }
    }
    assert_eq!(in_c, rust_layout());

    // Every declared function is exported, and every exported one declared.
    let declared: BTreeSet<_> = flat
        .split("pub fn ")
        .skip(1)
        .map(|rest| rest.split('(').next().unwrap_or_default().trim())
        .collect();
    let library = tshark::library();
    let symbols = quietly(Command::new("nm").args(["-D", "--defined-only"]).arg(&library));
    let exported: BTreeSet<_> = symbols
        .lines()
        .filter_map(|line| line.split(' ').nth(2))
        .filter(|name| name.starts_with("ikewhy_"))
        .collect();
    assert_eq!(declared, exported);

    // Hostile calls reach each of them (forced panics do: ffi/src/panic_tests.rs); what it imports, it imports by `*`.
    let hostile = fs::read_to_string(root().join("fuzz/src/abi.rs")).expect("the target's source");
    let words: BTreeSet<_> = hostile
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .collect();
    let missing: Vec<_> = declared.difference(&words).collect();
    assert!(missing.is_empty(), "not called by fuzz/src/abi.rs: {missing:?}");

    // The library loads as any other.
    // SAFETY: the library's initialisers do nothing, and the function is declared so in the header.
    let version = unsafe {
        let library = libloading::Library::new(&library).expect("loads");
        let version: libloading::Symbol<'_, extern "C" fn() -> u32> =
            library.get(b"ikewhy_abi_version").expect("exported");
        version()
    };
    assert_eq!(version, registry::IKEWHY_ABI_VERSION);
}

#[test]
fn plugin_exports_the_same_and_needs_nothing_beside_it() {
    tshark::build();
    let plugins = cases::folders(&root().join("build/plugins"));
    let plugin = plugins.last().expect("a plugin was built").join("epan/ikewhy.so");
    let symbols = quietly(Command::new("nm").args(["-D", "--defined-only"]).arg(&plugin));
    let strangers: Vec<_> = symbols
        .lines()
        .filter_map(|line| line.split(' ').nth(2))
        .filter(|name| !name.starts_with("ikewhy_") && !name.starts_with("plugin_"))
        .collect();
    assert!(strangers.is_empty(), "{strangers:?}");
    assert!(symbols.contains("ikewhy_analyze") && symbols.contains("plugin_register"));

    // Its C is compiled so that a buffer cannot overwrite where a function returns to.
    let imported = quietly(Command::new("nm").args(["-D", "--undefined-only"]).arg(&plugin));
    assert!(imported.contains("__stack_chk_fail"), "no stack protector");

    let dynamic = quietly(Command::new("readelf").arg("-d").arg(&plugin));
    for line in dynamic.lines().filter(|line| line.contains("(NEEDED)")) {
        let known = ["[libc.so.", "[libgcc_s.so.", "[ld-linux", "[libm.so."];
        assert!(known.iter().any(|name| line.contains(name)), "{line}");
    }
}

/// Compiles a C program against the shared library.
fn compiled(source: &str) -> std::path::PathBuf {
    let name = Path::new(source).file_stem().expect("a name");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let library = tshark::library();
    let mut command = Command::new("cc");
    command.args(["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-g"]);
    command.arg("-I").arg(root().join("ffi/include"));
    command.arg(root().join(source)).arg(&library);
    let folder = library.parent().expect("a folder").to_string_lossy().into_owned();
    command
        .arg(format!("-Wl,-rpath,{folder}"))
        .arg("-o")
        .arg(&program);
    let said = quietly(&mut command);
    assert!(said.is_empty(), "{said}");
    program
}

#[test]
fn a_c_program_analyses_captures_under_valgrind() {
    let program = compiled("tests/abi/host.c");
    let generated = Path::new(env!("CARGO_TARGET_TMPDIR")).join("host.pcap");
    pcap::write(&generated, (0..3).map(|_| pcap::udp((500, 500), &[0; 28])));
    let mut captures = vec![generated];
    captures.extend(cases::some(4).into_iter().map(|case| case.path));

    for capture in captures {
        let plain = quietly(Command::new(&program).arg(&capture));
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--quiet", "--error-exitcode=9", "--leak-check=full"]);
        valgrind.arg("--errors-for-leak-kinds=definite,indirect,possible");
        let watched = quietly(valgrind.arg(&program).arg(&capture));
        assert_eq!(plain, watched, "{}", capture.display());
    }
}

#[test]
fn the_example_says_why() {
    let report = quietly(&mut Command::new(compiled("ffi/examples/verdict.c")));
    let verdict = "198.51.100.20 refused";
    assert!(
        report.contains(verdict) && report.contains("ike-proposal-mismatch"),
        "{report}"
    );
}
