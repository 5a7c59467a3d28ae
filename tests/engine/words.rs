//! Plain English: words that no user sees, in strings of the programs and in the documents.

use ikewhy_tests::own::{files, is_test, parse, read};
use ikewhy_tests::root;
use proc_macro2::{TokenStream, TokenTree};
use std::path::Path;
use syn::visit::{self, Visit};
use syn::{ItemFn, ItemMod};

/// What readers stumbled over, and what is said instead. Whole words, whatever their case.
const WORDS: &[(&str, &str)] = &[
    ("octet", "byte"),
    ("octets", "bytes"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("tells", "shows, says"),
    ("repetition", "retry"),
    ("repetitions", "retries"),
    ("anew", "again"),
    ("dear", "expensive"),
    ("errs", "is wrong"),
    ("in vain", "without an answer"),
    ("mind blanks", "check for spaces"),
    ("mind upper case", "check upper case"),
    ("never heard", "no packets seen from it"),
    ("taken beside", "taken at"),
    ("to be seen here", "this capture cannot show"),
    ("nothing takes", "nothing is listening for"),
    ("don't meet", "don't match"),
    ("do not meet", "do not match"),
    ("is known to it alone", "only its log can say"),
    (
        "if it is of no use all the same",
        "if the VPN still does not work",
    ),
    ("out of date", "deprecated"),
    ("to settle it", "how to confirm"),
    ("would settle it", "how to confirm"),
    ("could also be", "other possible causes"),
    ("who has to change something", "change needed on"),
    ("of neither side here", "belongs to neither peer"),
    ("stands back", "is disabled"),
];

/// The text in lower case, each run of anything but letters and apostrophes one blank, with a blank at both ends.
fn plain(text: &str) -> String {
    let letters = |c: char| if c.is_alphabetic() || c == '\'' { c } else { ' ' };
    let lower: String = text.to_lowercase().chars().map(letters).collect();
    format!(" {} ", lower.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The text without what stands in braces: names of the code.
fn without_names(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + " " + part.split_once('}').map_or(part, |(_, rest)| rest)
    })
}

/// What of the list stands in a text.
fn found(text: &str) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let text = plain(&without_names(text));
    WORDS
        .iter()
        .filter(move |(word, _)| text.contains(&format!(" {word} ")))
}

/// The strings of a source, without those of its tests and its comments.
#[derive(Default)]
struct Strings(Vec<String>);

impl Strings {
    /// Those between the parentheses of a macro, which are no syntax yet.
    fn inside(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.inside(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.0.push(text.value());
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

impl Visit<'_> for Strings {
    fn visit_item_mod(&mut self, module: &ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &ItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_attribute(&mut self, _: &syn::Attribute) {}

    fn visit_lit_str(&mut self, text: &syn::LitStr) {
        self.0.push(text.value());
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        self.inside(call.tokens.clone());
    }
}

/// `path: "word" (say: ...)`, and the text.
fn complaints<'a>(path: &'a Path, text: &'a str) -> impl Iterator<Item = String> + 'a {
    let name = path.strip_prefix(root()).unwrap_or(path).display();
    found(text).map(move |(word, better)| {
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let at = text.to_lowercase().find(word).unwrap_or(0);
        let start = (0..=at.saturating_sub(60))
            .rev()
            .find(|&i| text.is_char_boundary(i));
        let around: String = text[start.unwrap_or(0)..].chars().take(140).collect();
        format!("{name}: \"{word}\" (say: {better}): {around}")
    })
}

#[test]
fn strings_are_in_plain_english() {
    let mut all = Vec::new();
    for folder in [
        "command/src",
        "dissector/src",
        "ffi/src",
        "python/src",
        "sources/src",
    ] {
        for path in files(folder, ".rs") {
            let file = parse(&path);
            let mut strings = Strings::default();
            strings.visit_file(&file);
            // Wireshark's own names of ciphers.
            strings.0.retain(|text| !text.ends_with(" octet icv"));
            for text in &strings.0 {
                all.extend(complaints(&path, text));
            }
        }
    }
    // Here what stands between quotes on one line is a string.
    let mut others = files("ffi/epan", ".c");
    others.extend(files("lua", ".lua"));
    others.extend(files("python/ikewhy", ".py"));
    for path in others {
        for line in read(&path).lines() {
            let line = line.trim_start();
            if ["--", "#", "/*", "*", "\"\"\""]
                .iter()
                .any(|comment| line.starts_with(comment))
            {
                continue;
            }
            for text in line.split('"').skip(1).step_by(2) {
                all.extend(complaints(&path, text));
            }
        }
    }
    assert!(all.is_empty(), "{} texts:\n{}", all.len(), all.join("\n"));
}

/// A string that goes on in the next line without a backslash takes that line's indentation with it.
#[test]
fn no_sentence_has_a_gap() {
    let mut all = Vec::new();
    for path in files("dissector/src/rules", ".rs") {
        let mut strings = Strings::default();
        strings.visit_file(&parse(&path));
        let gaps = strings.0.iter().filter(|text| text.contains("   "));
        all.extend(gaps.map(|text| format!("{}: {text}", path.display())));
    }
    assert!(all.is_empty(), "{} texts:\n{}", all.len(), all.join("\n"));
}

#[test]
fn documents_are_in_plain_english() {
    let mut all = Vec::new();
    let mut documents = files("docs", ".md");
    documents.push(root().join("README.md"));
    documents.push(root().join("python/README.md"));
    documents.push(root().join("packaging/README.txt"));
    for path in documents {
        for paragraph in read(&path).split("\n\n") {
            all.extend(complaints(&path, paragraph));
        }
    }
    assert!(all.is_empty(), "{} texts:\n{}", all.len(), all.join("\n"));
}

#[test]
fn a_word_is_found_whole_and_in_any_shape() {
    let words = |text| found(text).map(|(word, _)| *word).collect::<Vec<_>>();
    assert_eq!(words("128 Octets\n  of it"), ["octets"]);
    assert_eq!(words("waits in\n   vain."), ["in vain"]);
    assert_eq!(words("recommended; dearly; tell; {anew}"), Vec::<&str>::new());
    let mut strings = Strings::default();
    let source = "/// An octet.\nfn f() { format!(\"an {} octet\", g(\"mend\")); }\n#[cfg(test)] mod tests { const A: &str = \"octet\"; }";
    strings.visit_file(&syn::parse_file(source).expect("Rust"));
    assert_eq!(strings.0, ["an {} octet", "mend"]);
}
