//! The tables of `data/`, and the Rust code that is generated from them: names and numbers of registries, and Vendor IDs.
//!
//! A table is text: a line of column names, then one line for each row, its cells apart by tabs. `-` is an empty cell.
//! What a column means stands in `data/README.md`.

use crate::root;
use std::collections::BTreeSet;
use std::fmt::{Display, Write as _};
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A registry of numbers: `data/registries.tsv`.
#[allow(missing_docs)]
pub struct Registry {
    pub name: String,
    /// Size of its numbers on the wire.
    pub bits: u8,
    pub holds: String,
    pub source: String,
}

/// A number of a registry: `data/codes.tsv`.
#[allow(missing_docs)]
pub struct Code {
    pub registry: String,
    pub number: u16,
    pub name: String,
    pub short: Option<String>,
    pub constant: Option<String>,
    pub standing: Option<String>,
    pub note: Option<String>,
    pub source: String,
}

/// How long the values of a key exchange are: `data/key_exchange.tsv`.
#[allow(missing_docs)]
pub struct KeyExchange {
    pub group: u16,
    pub bytes: u16,
    pub answer: Option<u16>,
    pub bits: Option<u16>,
    pub source: String,
}

/// A Vendor ID: `data/vendor_ids.tsv`.
#[allow(missing_docs)]
pub struct VendorId {
    pub bytes: Vec<u8>,
    pub compared: String,
    pub name: String,
    pub product: Option<String>,
    pub ability: Option<String>,
    pub made_of: Option<String>,
    pub source: String,
}

/// The rows of a table, and how each is called in a complaint.
fn rows<const N: usize>(file: &str, columns: [&str; N]) -> impl Iterator<Item = (String, [String; N])> {
    let path = root().join("data").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<_> = text.lines().map(cells).collect();
    assert_eq!(
        lines.first(),
        Some(&columns.map(str::to_owned).to_vec()),
        "{file}"
    );
    let file = file.to_owned();
    (1..).zip(lines).skip(1).map(move |(line, cells)| {
        let place = format!("{file}:{line}");
        let good = |cell: &String| !cell.is_empty() && cell.trim() == cell;
        assert!(
            cells.iter().all(good),
            "{place}: an empty cell is `-`, and none begins or ends with a space"
        );
        let cells = cells
            .try_into()
            .unwrap_or_else(|cells| panic!("{place}: {cells:?} are not {N} cells"));
        (place, cells)
    })
}

fn optional(cell: String) -> Option<String> {
    (cell != "-").then_some(cell)
}

fn number<T: std::str::FromStr>(place: &str, cell: &str) -> T {
    cell.parse()
        .unwrap_or_else(|_| panic!("{place}: {cell} is no number that fits"))
}

/// All registries, in the order of the enum that is made of them.
#[must_use]
pub fn registries() -> Vec<Registry> {
    let rows = rows("registries.tsv", ["registry", "bits", "holds", "source"]);
    let read = |(place, [name, bits, holds, source]): (String, [String; 4])| Registry {
        name,
        bits: number(&place, &bits),
        holds,
        source,
    };
    rows.map(read).collect()
}

/// All codes, one registry after the other.
#[must_use]
pub fn codes() -> Vec<Code> {
    let columns = [
        "registry", "number", "name", "short", "constant", "standing", "note", "source",
    ];
    let read =
        |(place, [registry, at, name, short, constant, standing, note, source]): (String, [String; 8])| {
            Code {
                registry,
                number: number(&place, &at),
                name,
                short: optional(short),
                constant: optional(constant),
                standing: optional(standing),
                note: optional(note),
                source,
            }
        };
    rows("codes.tsv", columns).map(read).collect()
}

/// All key exchange methods whose values have a fixed length.
#[must_use]
pub fn key_exchanges() -> Vec<KeyExchange> {
    let rows = rows("key_exchange.tsv", ["group", "bytes", "answer", "bits", "source"]);
    let read = |(place, [group, bytes, answer, bits, source]): (String, [String; 5])| KeyExchange {
        group: number(&place, &group),
        bytes: number(&place, &bytes),
        answer: optional(answer).map(|bytes| number(&place, &bytes)),
        bits: optional(bits).map(|bits| number(&place, &bits)),
        source,
    };
    rows.map(read).collect()
}

/// All Vendor IDs.
#[must_use]
pub fn vendor_ids() -> Vec<VendorId> {
    let columns = [
        "bytes", "match", "name", "product", "ability", "made_of", "source",
    ];
    let read =
        |(place, [bytes, compared, name, product, ability, made_of, source]): (String, [String; 7])| {
            let pairs = bytes.as_bytes().chunks(2);
            let pairs = pairs.map(|pair| std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2));
            let byte = |pair: Option<&str>| pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
            let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
            VendorId {
                bytes: bytes.unwrap_or_else(|| panic!("{place}: no hexadecimal bytes")),
                compared,
                name,
                product: optional(product),
                ability: optional(ability),
                made_of: optional(made_of),
                source,
            }
        };
    rows("vendor_ids.tsv", columns).map(read).collect()
}

/// The generated files, below the project's folder, and what they hold.
#[must_use]
pub fn generated() -> [(&'static str, String); 2] {
    [
        ("dissector/src/wire/code/table.rs", formatted(&code_tables())),
        ("dissector/src/wire/vendor/table.rs", formatted(&vendor_table())),
    ]
}

/// As `cargo fmt` writes it.
fn formatted(code: &str) -> String {
    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024"]).current_dir(root());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("rustfmt");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(code.as_bytes()).expect("rustfmt reads");
    drop(input);
    let output = child.wait_with_output().expect("rustfmt ends");
    assert!(output.status.success(), "rustfmt: {}", output.status);
    crate::text(&output.stdout)
}

/// `dissector/src/wire/code/table.rs`.
fn code_tables() -> String {
    let (registries, codes) = (registries(), codes());
    let of = |registry: &Registry| {
        codes
            .iter()
            .filter(|code| code.registry == registry.name)
            .collect::<Vec<_>>()
    };
    let mut text = String::from(
        "//! The registries, one table each, in the order of their numbers, and what is to know of a number.\n//!\n\
         //! Generated from `data/registries.tsv`, `data/codes.tsv` and `data/key_exchange.tsv` by `make data`.\n\n\
         use super::Weakness::{self, Broken, Legacy};\nuse Registry as R;\n\n",
    );
    registry_enum(&mut text, &registries);
    text.push_str(
        "/// Number, name, and what it is called in a sentence, sorted by number.\n\
         pub(super) type Table = &'static [(u16, &'static str, &'static str)];\n",
    );
    for registry in &registries {
        let name = snake(&registry.name).to_uppercase();
        let _ = writeln!(text, "\n/// {}.\nconst {name}: Table = &[", registry.source);
        for code in of(registry) {
            let _ = writeln!(
                text,
                "({}, {:?}, {:?}),",
                code.number,
                code.name,
                in_a_sentence(code)
            );
        }
        text.push_str("];\n");
    }
    text.push_str("\n/// The names of a registry.\npub(super) fn table(registry: Registry) -> Table {\nmatch registry {\n");
    for Registry { name, .. } in &registries {
        let _ = writeln!(text, "R::{name} => {},", snake(name).to_uppercase());
    }
    text.push_str("}\n}\n");
    lookup(
        &mut text,
        "/// Whether an algorithm should not be used any more: RFC 8247 (IKEv2), RFC 8221 (ESP and AH), RFC 9395 (deprecations).\n\
         /// IKEv1's own numbers are judged as the same algorithms are in IKEv2.\n\
         #[must_use]\npub fn weak(registry: Registry, number: u32) -> Option<Weakness>",
        &registries,
        |registry| grouped(&of(registry), |code| code.standing.as_deref().map(capitalized)),
    );
    key_exchange_lengths(&mut text);
    text.push_str(
        "\n/// Numbers that the code calls by name: a module for each registry that has some.\npub mod number {\n",
    );
    for registry in &registries {
        constants(&mut text, registry, &of(registry));
    }
    text.push_str("}\n");
    text
}

/// What a number is called in a sentence: groups with their numbers, by which most products call them; algorithms without the
/// prefix that says which registry they are of.
fn in_a_sentence(code: &Code) -> String {
    const PREFIXES: [&str; 5] = ["ENCR_", "PRF_", "AUTH_", "ESP_", "AH_"];
    let name = &code.name;
    if let Some(short) = &code.short {
        return short.clone();
    }
    match code.registry.as_str() {
        "V1Group" | "V2Group" if code.number > 0 => format!("{name} (group {})", code.number),
        "V2Encryption" | "V2Prf" | "V2Integrity" | "V1Esp" | "V1Ah" => {
            let bare = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix));
            bare.unwrap_or(name).replace('_', "-")
        }
        _ => name.clone(),
    }
}

fn registry_enum(text: &mut String, registries: &[Registry]) {
    text.push_str(
        "/// A registry of numbers. IKEv1 and IKEv2 never share one: equal numbers mean different things.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]\npub enum Registry {\n",
    );
    for Registry { name, holds, .. } in registries {
        let _ = writeln!(text, "/// {holds}.\n{name},");
    }
    text.push_str("}\n\n");
}

/// Numbers of which the same is said, in the order in which it is said first.
fn grouped(codes: &[&Code], say: impl Fn(&Code) -> Option<String>) -> Vec<(String, Vec<u16>)> {
    let mut groups: Vec<(String, Vec<u16>)> = Vec::new();
    for code in codes {
        let Some(said) = say(code) else { continue };
        match groups.iter_mut().find(|(before, _)| *before == said) {
            Some((_, numbers)) => numbers.push(code.number),
            None => groups.push((said, vec![code.number])),
        }
    }
    groups
}

/// A function that says something of some numbers of some registries.
fn lookup(
    text: &mut String,
    head: &str,
    registries: &[Registry],
    groups: impl Fn(&Registry) -> Vec<(String, Vec<u16>)>,
) {
    let _ = writeln!(text, "\n{head} {{\nmatch (registry, number) {{");
    for registry in registries {
        for (said, numbers) in groups(registry) {
            let _ = writeln!(
                text,
                "(R::{}, {}) => Some({said}),",
                registry.name,
                either(&numbers)
            );
        }
    }
    text.push_str("_ => None,\n}\n}\n");
}

/// A pattern.
fn either(numbers: &[impl Display]) -> String {
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    numbers.join(" | ")
}

fn key_exchange_lengths(text: &mut String) {
    let methods = key_exchanges();
    text.push_str(
        "\n/// Bytes of a public value of this group in a key exchange payload. `None` for unknown groups, and for the key\n\
         /// encapsulation methods, where each side sends another length: see [`encapsulation_bytes`].\n\
         #[must_use]\npub fn key_exchange_bytes(group: u16) -> Option<u16> {\nSome(match group {\n",
    );
    let plain = || methods.iter().filter(|method| method.answer.is_none());
    let lengths: BTreeSet<u16> = plain().map(|method| method.bytes).collect();
    for bytes in lengths {
        let groups: Vec<_> = plain()
            .filter(|method| method.bytes == bytes)
            .map(|method| method.group)
            .collect();
        let _ = writeln!(text, "{} => {bytes},", either(&groups));
    }
    text.push_str(
        "_ => return None,\n})\n}\n\n\
         /// Bytes of the initiator's encapsulation key and of the responder's ciphertext of a key encapsulation method.\n\
         #[must_use]\npub fn encapsulation_bytes(group: u16) -> Option<(u16, u16)> {\nSome(match group {\n",
    );
    for method in &methods {
        if let Some(answer) = method.answer {
            let _ = writeln!(text, "{} => ({}, {answer}),", method.group, method.bytes);
        }
    }
    text.push_str(
        "_ => return None,\n})\n}\n\n\
         /// How strong a key exchange method is: as the bits of a key that takes as long to find. 0 for unknown and for very weak ones.\n\
         #[must_use]\npub fn key_exchange_bits(group: u16) -> u16 {\nmatch group {\n",
    );
    let all: BTreeSet<u16> = methods.iter().filter_map(|method| method.bits).collect();
    for bits in all {
        let of = methods.iter().filter(|method| method.bits == Some(bits));
        let groups: Vec<_> = of.map(|method| method.group).collect();
        let _ = writeln!(text, "{} => {bits},", either(&groups));
    }
    text.push_str("_ => 0,\n}\n}\n");
}

fn constants(text: &mut String, registry: &Registry, codes: &[&Code]) {
    if codes.iter().all(|code| code.constant.is_none()) {
        return;
    }
    let _ = writeln!(
        text,
        "/// {}.\npub mod {} {{",
        registry.holds,
        snake(&registry.name)
    );
    for code in codes {
        if let Some(constant) = &code.constant {
            let note = code
                .note
                .as_ref()
                .map(|note| format!(": {note}"))
                .unwrap_or_default();
            let _ = writeln!(
                text,
                "/// {}{note} ({}).\npub const {constant}: u{} = {};",
                code.name, code.source, registry.bits, code.number
            );
        }
    }
    text.push_str("}\n");
}

/// `dissector/src/wire/vendor/table.rs`.
fn vendor_table() -> String {
    let mut text = String::from(
        "//! The Vendor IDs, sorted by their bytes.\n//!\n//! Generated from `data/vendor_ids.tsv` by `make data`.\n\n\
         use super::Ability::*;\nuse super::Match::{Exact, Prefix};\nuse super::Product::*;\nuse super::{Row, numbered, row};\n\n\
         // One row, one line.\n#[rustfmt::skip]\npub(super) static TABLE: &[Row] = &numbered([\n",
    );
    for id in vendor_ids() {
        let hex: String = id.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let option =
            |value: Option<String>| value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"));
        let _ = writeln!(
            text,
            "    row({hex:?}, {}, {:?}, {}, {}),",
            capitalized(&id.compared),
            id.name,
            option(id.product),
            option(id.ability)
        );
    }
    text.push_str("]);\n");
    text
}

/// `V1Phase1Attribute` as the name of a module.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
