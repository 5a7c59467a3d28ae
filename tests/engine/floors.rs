//! Imports of the engine point downwards only: each folder of `dissector/src` stands on a floor, and no file looks up.

use ikewhy_tests::own::{self, is_test, parse};
use ikewhy_tests::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, UseTree};

/// From the ground up: folders, and files of their own.
const FLOORS: [&str; 16] = [
    "packet",
    "wire",
    "keys",
    "negotiation::store",
    "negotiation::facts",
    "negotiation::intake",
    "negotiation::standing",
    "negotiation",
    "policy",
    "diagnosis",
    "rules",
    "verdict",
    "redact",
    "report",
    "session",
    "lib",
];

/// The most files that may import each other in a circle.
const MAX_CIRCLE: usize = 3;

/// A module by its path: `negotiation::offer`.
type Module = Vec<String>;

/// What a file names of others: paths as they are written, made absolute.
struct Paths {
    module: Module,
    found: BTreeSet<Module>,
}

impl Paths {
    /// `path` as seen from the file; none if it begins with something that may be another crate.
    fn add(&mut self, path: &[String]) {
        let mut base: Module = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            Some(_) => [&self.module[..], &path[..1]].concat(),
            None => return,
        };
        for segment in path {
            match segment.as_str() {
                "super" => drop(base.pop()),
                "crate" | "self" => {}
                _ => base.push(segment.clone()),
            }
        }
        if !matches!(path[0].as_str(), "crate" | "self" | "super") {
            base.remove(self.module.len());
        }
        self.found.insert(base);
    }

    fn tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.tree(&with(&path.ident), &path.tree),
            UseTree::Name(name) => self.add(&with(&name.ident)),
            UseTree::Rename(rename) => self.add(&with(&rename.ident)),
            UseTree::Glob(_) => self.add(before),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(before, item)),
        }
    }
}

impl Visit<'_> for Paths {
    fn visit_item_mod(&mut self, module: &ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    /// Who may use something is no import.
    fn visit_vis_restricted(&mut self, _: &syn::VisRestricted) {}

    fn visit_item_use(&mut self, item: &ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let segments: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if segments.len() > 1 {
            self.add(&segments);
        }
        visit::visit_path(self, path);
    }
}

/// Every file of the engine that is no test, by its module.
fn files() -> BTreeMap<Module, syn::File> {
    let source = root().join("dissector/src");
    let lib = parse(&source.join("lib.rs"));
    let tests: Vec<_> = (lib.items.iter())
        .filter_map(|item| match item {
            syn::Item::Mod(module) if is_test(&module.attrs) => Some(module.ident.to_string()),
            _ => None,
        })
        .collect();
    let file = |path: PathBuf| {
        let relative = path.strip_prefix(&source).expect("below").with_extension("");
        let parts = relative.iter().map(|part| part.to_string_lossy().into_owned());
        let module: Module = parts.filter(|part| part != "mod").collect();
        (!tests.contains(&module[0])).then(|| (module, parse(&path)))
    };
    own::files("dissector/src", ".rs")
        .into_iter()
        .filter_map(file)
        .collect()
}

/// What each file imports.
fn imports() -> BTreeMap<Module, BTreeSet<Module>> {
    let files = files();
    assert!(files.len() > 100, "{} files", files.len());
    let imported = |(module, file): (&Module, &syn::File)| {
        let own = if module[..] == ["lib"] {
            Vec::new()
        } else {
            module.clone()
        };
        let mut paths = Paths {
            module: own,
            found: BTreeSet::new(),
        };
        paths.visit_file(file);
        // The longest beginning that is a file.
        let resolve = |path: &Module| {
            let lengths = (1..=path.len()).rev();
            lengths
                .map(|length| path[..length].to_vec())
                .find(|path| files.contains_key(path))
        };
        let all = paths
            .found
            .iter()
            .filter_map(resolve)
            .filter(|other| other != module);
        (module.clone(), all.collect())
    };
    files.iter().map(imported).collect()
}

fn floor(module: &Module) -> usize {
    let of = |length: usize| {
        let path = module[..length].join("::");
        FLOORS.iter().position(|floor| *floor == path)
    };
    let floor = (1..=module.len()).rev().find_map(of);
    floor.unwrap_or_else(|| panic!("{} stands on no floor", module.join("::")))
}

#[test]
fn no_import_points_up() {
    let mut complaints = Vec::new();
    let mut count = 0;
    for (module, imports) in imports() {
        for other in imports {
            count += 1;
            if floor(&other) > floor(&module) {
                complaints.push(format!("{} imports {}", module.join("::"), other.join("::")));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(count > 400, "{count} imports: this test proves nothing");
}

/// All files that one leads to.
fn reached<'a>(imports: &'a BTreeMap<Module, BTreeSet<Module>>, from: &'a Module) -> BTreeSet<&'a Module> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        open.extend(imports[next].iter().filter(|other| seen.insert(*other)));
    }
    seen
}

/// The circles of imports: files of which each leads to each.
fn circles(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<String>> {
    let reach: BTreeMap<_, _> = imports
        .keys()
        .map(|module| (module, reached(imports, module)))
        .collect();
    let mut circles = BTreeSet::new();
    for (module, others) in &reach {
        let circle: Vec<_> = (others.iter())
            .filter(|other| reach[**other].contains(module))
            .collect();
        if !circle.is_empty() {
            circles.insert(circle.iter().map(|module| module.join("::")).collect::<Vec<_>>());
        }
    }
    circles.into_iter().collect()
}

#[test]
fn no_circle_of_files_is_large() {
    let mut large = circles(&imports());
    large.retain(|circle| circle.len() > MAX_CIRCLE);
    assert!(large.is_empty(), "{large:#?}");
}

#[test]
fn a_circle_is_found() {
    let module = |name: &str| vec![name.to_owned()];
    let edge = |from, to: &[&str]| (module(from), to.iter().copied().map(module).collect());
    let three = BTreeMap::from([
        edge("a", &["b"]),
        edge("b", &["c"]),
        edge("c", &["a", "d"]),
        edge("d", &[]),
    ]);
    assert_eq!(circles(&three), [["a", "b", "c"]]);
}
