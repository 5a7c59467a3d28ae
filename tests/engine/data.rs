//! Are the tables of `data/` sound, and is the committed code what they say?

use ikewhy_tests::data::{self, Code};
use ikewhy_tests::root;
use md5::{Digest, Md5};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn the_code_says_what_the_tables_say() {
    for (file, code) in data::generated() {
        let committed = fs::read_to_string(root().join(file)).unwrap_or_default();
        assert!(
            committed == code,
            "{file} is not what data/ says: make data, and commit it"
        );
    }
}

#[test]
fn each_registry_has_its_codes_in_the_order_of_their_numbers() {
    let (registries, codes) = (data::registries(), data::codes());
    let names: Vec<_> = registries.iter().map(|registry| &registry.name).collect();
    assert_eq!(
        names.iter().collect::<BTreeSet<_>>().len(),
        names.len(),
        "a registry twice"
    );
    let mut with_codes: Vec<_> = codes.iter().map(|code| &code.registry).collect();
    with_codes.dedup();
    assert_eq!(with_codes, names, "the order of registries.tsv");
    for pair in codes.windows(2) {
        let sorted = pair[0].registry != pair[1].registry || pair[0].number < pair[1].number;
        assert!(sorted, "{} {}", pair[1].registry, pair[1].number);
    }
    for registry in &registries {
        assert!([8, 16].contains(&registry.bits), "{}", registry.name);
        let fits =
            |code: &&Code| code.registry != registry.name || u32::from(code.number) < 1 << registry.bits;
        assert!(codes.iter().all(|code| fits(&code)), "{}: bits", registry.name);
    }
}

#[test]
fn names_constants_and_standings_are_sound() {
    let mut constants = BTreeSet::new();
    for code in data::codes() {
        let place = format!("{} {}", code.registry, code.number);
        let constant = |name: &str| {
            name.bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        assert!(code.name.is_ascii(), "{place}: {}", code.name);
        assert!(code.short != Some(code.name), "{place}: short is the name");
        assert!(
            code.standing.is_none_or(|s| s == "broken" || s == "legacy"),
            "{place}: standing"
        );
        if let Some(name) = code.constant {
            assert!(constant(&name), "{place}: {name}");
            assert!(
                constants.insert((code.registry, name)),
                "{place}: a constant twice"
            );
        }
    }
}

#[test]
fn vendor_ids_are_sorted_and_made_of_what_they_say() {
    let ids = data::vendor_ids();
    assert!(ids.windows(2).all(|pair| pair[0].bytes < pair[1].bytes));
    let mut checked = 0;
    for id in &ids {
        assert!(
            ["exact", "prefix"].contains(&id.compared.as_str()),
            "{}: match",
            id.name
        );
        let Some(made_of) = &id.made_of else { continue };
        let (how, text) = made_of
            .split_once(' ')
            .unwrap_or_else(|| panic!("{}: {made_of}", id.name));
        let text: String = serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", id.name));
        let bytes = match how.strip_prefix("md5") {
            Some(count) => {
                let count = count
                    .strip_prefix('/')
                    .map_or(16, |count| count.parse().expect("a count"));
                Md5::digest(&text)[..count].to_vec()
            }
            None => {
                assert_eq!((how, text.as_bytes()), ("text", &id.bytes[..]), "{}", id.name);
                continue;
            }
        };
        assert!(id.bytes.starts_with(&bytes), "{}: not {made_of}", id.name);
        checked += 1;
    }
    assert!(checked > 0);
}

/// The lengths of the MODP groups follow from the bits in their names.
#[test]
fn key_exchanges_are_as_long_as_their_names_say() {
    let codes = data::codes();
    let methods = data::key_exchanges();
    assert!(methods.windows(2).all(|pair| pair[0].group < pair[1].group));
    for method in &methods {
        let of = |code: &&Code| code.registry == "V2Group" && code.number == method.group;
        let of_v1 = |code: &&Code| code.registry == "V1Group" && code.number == method.group;
        let code = codes
            .iter()
            .find(of)
            .unwrap_or_else(|| panic!("group {} has no name", method.group));
        if let Some(v1) = codes.iter().find(of_v1) {
            assert_eq!(v1.name, code.name, "both versions have one length");
        }
        let bits = code
            .name
            .strip_prefix("MODP-")
            .and_then(|rest| rest.split('-').next());
        if let Some(bits) = bits {
            assert_eq!(Some(method.bytes * 8), bits.parse().ok(), "{}", code.name);
        }
    }
}

/// A source is a document, or the README says where it is.
#[test]
fn every_row_has_a_source_that_can_be_found() {
    let readme = fs::read_to_string(root().join("data/README.md")).expect("data/README.md");
    let listed: BTreeSet<&str> = readme
        .lines()
        .skip_while(|line| *line != "## Sources")
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .filter(|source| *source != "source")
        .collect();
    let mut used = BTreeSet::new();
    let mut check = |row: &str, source: &str| {
        for part in source.split("; ").flat_map(|part| part.split(", ")) {
            let documents = ["RFC ", "draft-", "[MS-", "3GPP TS ", "FIPS "];
            if documents.iter().any(|document| part.starts_with(document)) {
                continue;
            }
            assert!(listed.contains(part), "{row}: nobody knows where {part} is");
            used.insert(part.to_owned());
        }
    };
    for code in data::codes() {
        check(&format!("{} {}", code.registry, code.number), &code.source);
    }
    for method in data::key_exchanges() {
        check(&format!("group {}", method.group), &method.source);
    }
    for id in data::vendor_ids() {
        check(&id.name, &id.source);
    }
    let unused: Vec<_> = listed.iter().filter(|source| !used.contains(**source)).collect();
    assert!(
        unused.is_empty(),
        "in data/README.md, but no row's source: {unused:?}"
    );
}
