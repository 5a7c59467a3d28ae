//! Puts the page together: `assemble ENGINE.wasm PAGE.html`. Everything is in it: the engine, packed; the worker; what the engine's
//! own reports look like, and do. A browser takes these scripts and styles and nothing else, and sends nothing (its policy).

use std::io::Write as _;
use std::{env, fs, io};

use base64ct::{Base64, Encoding as _};
use flate2::Compression;
use flate2::write::GzEncoder;
use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::{Options, Session};
use sha2::{Digest as _, Sha256};

const PAGE: &str = include_str!("../../page/page.html");
const STYLE: &str = include_str!("../../page/page.css");
const SCRIPTS: [&str; 6] = [
    include_str!("../../page/start.js"),
    include_str!("../../page/threads.js"),
    include_str!("../../page/captures.js"),
    include_str!("../../page/list.js"),
    include_str!("../../page/report.js"),
    include_str!("../../page/page.js"),
];
const WORKER: &str = include_str!("../../page/worker.js");

fn main() -> io::Result<()> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [engine, page] = arguments.as_slice() else {
        return Err(io::Error::other("assemble ENGINE.wasm PAGE.html"));
    };
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&fs::read(engine)?)?;
    fs::write(page, assembled(&Base64::encode_string(&packed.finish()?)))
}

/// The page with this engine.
fn assembled(engine: &str) -> String {
    let report = Session::new(Options::default()).write(&Wanted {
        form: Form::Html,
        ..Wanted::default()
    });
    let style = format!("\n{}{STYLE}", between(&report, "<style>\n", "</style>"));
    // A report's own script dresses what is shown of it.
    let script = format!(
        "\nconst dress = () => {{\n{}\n}};\n{}",
        between(&report, "<script>", "</script>"),
        SCRIPTS.concat()
    );
    let hash = |text: &str| Base64::encode_string(&Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; connect-src 'none'; script-src 'sha256-{}' 'wasm-unsafe-eval'; style-src 'sha256-{}'; \
         worker-src blob:; img-src data:; base-uri 'none'; form-action 'none'",
        hash(&script),
        hash(&style)
    );
    // What stands in the place of a name has no such names in it.
    let mut page = PAGE
        .replace("{policy}", &policy)
        .replace("{version}", env!("CARGO_PKG_VERSION"));
    for (name, text) in [
        ("{style}", &*style),
        ("{worker}", WORKER),
        ("{script}", &script),
        ("{engine}", engine),
    ] {
        page = page.replacen(name, text, 1);
    }
    page
}

/// What stands between two tags.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).map_or("", |(_, rest)| rest);
    rest.split_once(to).map_or("", |(between, _)| between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_in_the_page() {
        let page = assembled("RU5HSU5F");
        for there in [
            "RU5HSU5F",
            "navigator.clipboard",
            "--page:#14181e",
            "connect-src 'none'",
        ] {
            assert!(page.contains(there), "{there}");
        }
        for name in [
            "{policy}",
            "{style}",
            "{worker}",
            "{script}",
            "{engine}",
            "{version}",
            "src=\"http",
            "href=\"http",
        ] {
            assert!(!page.contains(name), "{name}");
        }
        // What a browser hashes.
        for (tag, source) in [("style", "style-src"), ("script", "script-src")] {
            let text = between(&page, &format!("<{tag}>"), &format!("</{tag}>"));
            let hash = Base64::encode_string(&Sha256::digest(text));
            assert!(page.contains(&format!("{source} 'sha256-{hash}'")), "{tag}");
        }
    }
}
