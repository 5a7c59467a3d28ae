//! Promises the project makes about its own sources.

use ikewhy::report::field::FIELDS;
use ikewhy::rules::RULES;
use ikewhy_tests::own::{files, read};
use ikewhy_tests::root;
use std::collections::BTreeSet;
use std::path::Path;

/// The first lines, where a reader looks for what a file is.
fn head(path: &Path) -> String {
    read(path).lines().take(12).collect::<Vec<_>>().join("\n")
}

#[test]
fn c_and_lua_files_state_their_licence() {
    let native = [files("ffi/epan", ".c"), files("ffi/epan", ".h")].concat();
    assert!(!native.is_empty());
    for path in native.iter().chain(&files("lua", ".lua")) {
        let licence = "SPDX-License-Identifier: GPL-2.0-or-later";
        assert!(head(path).contains(licence), "{}: no {licence}", path.display());
    }
}

#[test]
fn unsafe_code_stands_in_ffi_only() {
    for library in [
        "command/src/main.rs",
        "dissector/src/lib.rs",
        "python/src/lib.rs",
        "sources/src/lib.rs",
    ] {
        let forbidden = read(&root().join(library)).contains("#![forbid(unsafe_code)]");
        assert!(forbidden, "{library}: unsafe code is not forbidden");
    }
    // Names that are given to WebAssembly cannot be given otherwise: one file may do that, and nothing more.
    assert!(read(&root().join("web/src/lib.rs")).contains("#![deny(unsafe_code)]"));
    for path in files("web", ".rs") {
        let excepted = read(&path)
            .replace(char::is_whitespace, "")
            .contains("expect(unsafe_code");
        assert_eq!(
            excepted,
            ["web/src/border.rs", "web/src/host.rs"]
                .iter()
                .any(|end| path.ends_with(end)),
            "{}",
            path.display()
        );
    }
    // A host that calls the C ABI, which cannot be done otherwise.
    let hosts = ["fuzz/src/abi.rs", "tests/abi/abi.rs"];
    for path in [
        "bench",
        "command",
        "dissector",
        "fuzz",
        "python",
        "sources",
        "testkit",
        "tests",
        "web",
    ]
    .iter()
    .flat_map(|folder| files(folder, ".rs"))
    {
        let code = |line: &str| {
            ["unsafe {", "unsafe fn ", "unsafe impl "]
                .iter()
                .any(|word| line.split("//").next().unwrap_or_default().contains(word))
        };
        let used = read(&path).lines().any(code);
        let allowed = hosts.iter().any(|host| path.ends_with(host)) || path.ends_with("tests/engine/tidy.rs");
        assert!(!used || allowed, "{}: unsafe code outside ffi/", path.display());
    }
}

#[test]
fn every_source_says_what_it_is() {
    for folder in [
        "command",
        "dissector/src",
        "ffi/src",
        "fuzz",
        "python",
        "sources",
        "testkit",
        "tests",
        "web",
    ] {
        for path in files(folder, ".rs") {
            assert!(
                read(&path).starts_with("//!"),
                "{}: begins without //!",
                path.display()
            );
        }
    }
}

#[test]
fn names_are_made_for_display_filters() {
    let mut seen = BTreeSet::new();
    for field in FIELDS {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c);
        assert!(
            field.abbrev.starts_with("ikewhy") && field.abbrev.chars().all(good),
            "{}",
            field.abbrev
        );
        assert!(seen.insert(field.abbrev.to_owned()), "{} twice", field.abbrev);
        assert!(field.description.ends_with('.'), "{}", field.abbrev);
    }
    for rule in RULES {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(rule.id.name().chars().all(good), "{}", rule.id.name());
        let expert = format!("ikewhy.{}", rule.id.name().replace('-', "_"));
        assert!(
            seen.insert(expert),
            "{} twice, or the name of a field",
            rule.id.name()
        );
        assert!(
            !rule.title.is_empty() && !rule.title.ends_with('.'),
            "{}: title",
            rule.id.name()
        );
    }
}

/// One diagnosis, one file: what a reader of a rule is promised.
#[test]
fn every_rule_is_documented_in_a_file_of_its_own() {
    let mut complaints = Vec::new();
    for rule in RULES {
        let file = format!("dissector/src/rules/{}.rs", rule.id.name().replace('-', "_"));
        if !root().join(&file).is_file() {
            complaints.push(format!("{}: no {file}", rule.id.name()));
        }
        let words = &rule.documentation;
        let parts = [words.means, words.evidence, words.why, words.fix, words.not];
        if parts.iter().any(|part| part.is_empty()) || words.references.is_empty() {
            complaints.push(format!("{}: documentation is not complete", rule.id.name()));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// That they name the right rule is checked here, that they hold by the engine's own tests (`dissector/src/tests/made.rs`).
#[test]
fn every_rule_is_tested_in_its_file_on_its_case_and_on_a_near_miss() {
    let mut complaints = Vec::new();
    for rule in RULES {
        let file = format!("dissector/src/rules/{}.rs", rule.id.name().replace('-', "_"));
        let text = read(&root().join(&file));
        let (_, tests) = text.split_once("#[cfg(test)]\nmod tests {").unwrap_or_default();
        for asked in ["fires", "quiet"] {
            if !tests.contains(&format!(".{asked}(RuleId::{:?})", rule.id)) {
                complaints.push(format!("{file}: no test asks {asked}(RuleId::{:?})", rule.id));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn the_reference_says_what_the_rules_say() {
    let corpus = ikewhy_tests::corpus::read(&root().join("captures"));
    let written = read(&root().join("docs/reference.md"));
    assert!(
        ikewhy_tests::reference::page(&corpus) == written,
        "make reference, and commit it"
    );
    for rule in RULES {
        assert!(
            written.contains(&format!("\n### {}\n", rule.id.name())),
            "{}",
            rule.id.name()
        );
    }
}

#[test]
fn the_page_of_products_says_what_the_cookbook_says() {
    let written = read(&root().join("docs/products.md"));
    assert!(
        ikewhy::report::products::page() == written,
        "make reference, and commit it"
    );
}

/// Nothing is advised that nobody verified, and what was done in the lab shows in its table.
#[test]
fn every_advice_is_verified() {
    let table = read(&root().join("captures/advice.tsv"));
    let came_up = |file: &str, setting: &str| {
        let rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let mut rows = rows.filter(|row| row.last() == Some(&"up"));
        rows.any(|row| row[3].rsplit('/').next() == Some(file) && verdicts_about(setting).contains(&row[1]))
    };
    for chapter in ikewhy::report::products::chapters() {
        for entry in chapter.entries() {
            let file = chapter.title();
            let file = file.rsplit(", ").next().unwrap();
            match entry.verified {
                "document" => assert!(!entry.source.is_empty(), "{}: {}", chapter.title(), entry.topic),
                "lab" => assert!(
                    came_up(file, &entry.topic),
                    "{}: {}",
                    chapter.title(),
                    entry.topic
                ),
                other => panic!("{}: {}: {other}", chapter.title(), entry.topic),
            }
        }
    }
}

/// The verdicts whose first step changes this.
fn verdicts_about(setting: &str) -> &'static [&'static str] {
    match setting {
        "IKE (phase 1) algorithms" => &["ike-proposal-mismatch"],
        "ESP (phase 2) algorithms" => &["child-proposal-mismatch"],
        "perfect forward secrecy (PFS)" => &["pfs-mismatch"],
        "traffic selectors" => &["selector-mismatch"],
        "tunnel or transport mode" => &["encapsulation-mismatch"],
        "the peer's identity" => &["identity-rejected"],
        "version of IKE" => &["version-mismatch"],
        "Main or Aggressive Mode" => &["mode-mismatch"],
        "a connection for the peer" => &["no-matching-connection"],
        _ => &[],
    }
}

#[test]
fn every_scenario_has_its_captures() {
    let mut promised = ikewhy_tests::cases::promised();
    promised.retain(|case| !case.path.is_file());
    let missing: Vec<_> = promised.iter().map(|case| case.name.as_str()).collect();
    assert!(missing.is_empty(), "missing captures: {}", missing.join(", "));
}

/// Licences of what is linked into the plugin: nothing that GPL version 2 does not go with. `deny.toml` says the same of
/// everything, for cargo-deny.
#[test]
fn what_is_linked_has_licences_that_go_with_wiresharks() {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args([
        "tree",
        "--locked",
        "-p",
        "ikewhy-ffi",
        "-e",
        "normal,no-proc-macro",
    ]);
    cargo.args(["--prefix", "none", "--no-dedupe", "--format", "{p}\t{l}"]);
    let listed = ikewhy_tests::quietly(cargo.current_dir(root()));
    let good = [
        "MIT",
        "ISC",
        "Zlib",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "Unicode-3.0",
        "Unlicense",
    ];
    let lines: BTreeSet<&str> = listed.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.len() > 10);
    for line in lines {
        let (package, licences) = line.split_once('\t').expect("a package and its licence");
        let parts = licences.split(" AND ").map(|part| part.trim_matches(['(', ')']));
        let mut parts = parts.map(|part| part.split([' ', '/']).any(|one| good.contains(&one)));
        assert!(parts.all(|good| good), "{package}: {licences}");
    }
}

/// Imports point downwards: the engine does no input or output, and what reads files knows nothing of Wireshark.
#[test]
fn each_crate_stands_on_those_below_it() {
    let floors = [
        ("dissector", vec![]),
        ("sources", vec!["ikewhy"]),
        ("command", vec!["ikewhy", "ikewhy-sources"]),
        ("python", vec!["ikewhy", "ikewhy-sources"]),
        ("web", vec!["ikewhy", "ikewhy-sources"]),
    ];
    for (folder, below) in floors {
        let manifest = read(&root().join(folder).join("Cargo.toml"));
        let manifest: toml::Value = toml::from_str(&manifest).expect("TOML");
        let needed = manifest["dependencies"].as_table().expect("dependencies");
        let ours: Vec<_> = needed.keys().filter(|name| name.starts_with("ikewhy")).collect();
        assert_eq!(ours, below, "{folder}");
    }
}

/// The sources of the native plugin call downwards only, and one file of it knows Wireshark's versions.
#[test]
fn the_native_plugin_has_a_direction() {
    let floors = [
        &["plugin"][..],
        &["packet", "tap", "table", "flow", "report"],
        &["session"],
    ];
    let text = |name: &str| read(&root().join(format!("ffi/epan/{name}-ikewhy.c")));
    // A definition: its type, and on a line of its own its name.
    let defined = |name: &str| -> Vec<String> {
        let text = text(name);
        let lines: Vec<_> = text.lines().collect();
        let pairs = lines.windows(2).filter(|pair| !pair[0].starts_with("static"));
        let names = pairs.filter_map(|pair| Some((pair[0], pair[1].split_once('(')?.0)));
        let is_name = |name: &str| name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
        names
            .filter(|(kind, name)| {
                kind.starts_with(char::is_alphabetic) && !kind.ends_with([';', '{', ')']) && is_name(name)
            })
            .map(|(_, name)| name.to_owned())
            .collect()
    };
    let mut files: BTreeSet<_> = files("ffi/epan", ".c").into_iter().collect();
    for (floor, names) in floors.iter().enumerate() {
        for name in *names {
            assert!(
                files.remove(&root().join(format!("ffi/epan/{name}-ikewhy.c"))),
                "{name}"
            );
            let given = defined(name);
            assert!(!given.is_empty(), "{name}");
            for other in floors[floor..].concat().iter().filter(|other| *other != name) {
                let text = text(other);
                let up = given
                    .iter()
                    .find(|function| text.contains(&format!("{function}(")));
                assert_eq!(up, None, "{other} calls {name}");
            }
        }
    }
    assert!(files.is_empty(), "{files:?}");
    for path in [self::files("ffi/epan", ".c"), self::files("ffi/epan", ".h")].concat() {
        let asks = |line: &str| line.starts_with("#if") && line.contains("VERSION");
        let compat = path.ends_with("compat.h");
        assert_eq!(read(&path).lines().any(asks), compat, "{}", path.display());
    }
}

/// Everything comes from the registry, pinned with its checksum.
#[test]
fn dependencies_are_pinned() {
    let lock: toml::Value = toml::from_str(&read(&root().join("Cargo.lock"))).expect("TOML");
    for package in lock["package"].as_array().expect("packages") {
        if let Some(source) = package.get("source").and_then(toml::Value::as_str) {
            let pinned = source.starts_with("registry+") && package.get("checksum").is_some();
            assert!(pinned, "{package}");
        }
    }
    for line in read(&root().join("Makefile")).lines() {
        let builds = ["build", "test", "run", "clippy"].map(|what| format!("$(CARGO) {what}"));
        let pinned = !builds.iter().any(|build| line.contains(build)) || line.contains("--locked");
        assert!(pinned, "without --locked: {line}");
    }
}

#[test]
fn nothing_committed_names_this_machine() {
    let folders = [
        "command",
        "dissector/src",
        "ffi/src",
        "ffi/epan",
        "ffi/include",
        "fuzz",
        "lua",
        "python",
        "sources",
        "testkit",
        "tests",
        "web",
    ];
    let endings = [
        "rs", "c", "h", "lua", "py", "pyi", "sh", "toml", "map", "js", "css", "html",
    ];
    let texts = folders.iter().flat_map(|folder| files(folder, ""));
    let texts = texts.filter(|path| {
        endings
            .iter()
            .any(|ending| path.extension() == Some(ending.as_ref()))
    });
    for path in texts {
        for place in [
            concat!("/", "work/"),
            concat!("/", "root/"),
            concat!("/", "home/"),
        ] {
            assert!(!read(&path).contains(place), "{} names {place}", path.display());
        }
    }
}
