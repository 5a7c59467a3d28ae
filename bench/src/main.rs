//! `make bench`: what ikewhy costs, beside the bars it has to meet. With `docs` the tables are written to docs/performance.md.
//!
//! Times are processor time, medians of rounds; what is compared is measured in turns in one run.

#[cfg(feature = "others")]
mod agree;
mod engine;
#[cfg(feature = "others")]
mod parsers;
mod plugin;
mod reader;
mod traffic;

use std::fmt::Write as _;
use std::process::Command;

/// One line of a table.
struct Row {
    what: String,
    figure: String,
    bar: String,
    met: Option<bool>,
}

impl Row {
    /// A figure that must not exceed `bar`.
    fn most(what: impl Into<String>, figure: f64, bar: f64, unit: &str) -> Self {
        Self {
            met: Some(figure <= bar),
            bar: format!("at most {bar}{unit}"),
            ..Self::plain(what, figure, unit)
        }
    }

    /// A figure that must reach `bar`.
    fn least(what: impl Into<String>, figure: f64, bar: f64, unit: &str) -> Self {
        Self {
            met: Some(figure >= bar),
            bar: format!("at least {bar}{unit}"),
            ..Self::plain(what, figure, unit)
        }
    }

    /// A figure without a bar.
    fn plain(what: impl Into<String>, figure: f64, unit: &str) -> Self {
        let digits = match figure {
            f if f >= 100.0 => 0,
            f if f >= 10.0 => 1,
            f if f >= 2.0 => 2,
            _ => 3,
        };
        Self {
            what: what.into(),
            figure: format!("{figure:.digits$}{unit}"),
            bar: String::new(),
            met: None,
        }
    }
}

/// A table in Markdown.
fn table(title: &str, rows: &[Row]) -> String {
    let mut out = format!("### {title}\n\n| | measured | bar | |\n|---|---:|---:|---|\n");
    for row in rows {
        let met = match row.met {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "",
        };
        let _ = writeln!(out, "| {} | {} | {} | {met} |", row.what, row.figure, row.bar);
    }
    out.push('\n');
    out
}

/// Runs the binary beside this one that counts bytes, and reads its lines: name, figure, number of negotiations.
fn memory() -> Vec<Row> {
    let beside = std::env::current_exe().expect("a path").with_file_name("memory");
    let output = Command::new(beside).output().expect("memory runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let lines = said.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        Some((
            fields.next()?,
            fields.next()?.parse::<f64>().ok()?,
            fields.next()?,
        ))
    });
    lines
        .map(|(what, figure, count)| match what {
            "frame record" => Row::plain("record of each frame that is ours", figure, " bytes"),
            _ if what.starts_with("slope") => Row::most(format!("{what}, to {count}"), figure, 1.05, ""),
            _ if what.starts_with("for each") => Row::most(what, figure, 0.0, " bytes"),
            _ if what.contains("MiB") => Row::most(
                format!("{count} {}", what.replace(", MiB at the most", "")),
                figure,
                512.0,
                " MiB",
            ),
            _ if what.starts_with("lines") => Row::most(what, figure, 200.0, ""),
            _ => Row::most(format!("{what} (mean of {count})"), figure, 1536.0, " bytes"),
        })
        .collect()
}

fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name\t: "));
    let rust = Command::new("rustc").arg("--version").output();
    let rust = rust.map_or_else(
        |_| String::new(),
        |out| String::from_utf8_lossy(&out.stdout).trim().to_owned(),
    );
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?").to_owned();
    format!(
        "{}, {rust}, load average {load} at the end\n\n",
        model.unwrap_or("unknown processor")
    )
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let docs = wanted.iter().any(|word| word == "docs");
    let all = wanted.iter().all(|word| word == "docs");
    let mut out = String::new();
    let mut tell = |name: &str, title: &str, rows: &dyn Fn() -> Vec<Row>| {
        if all || wanted.iter().any(|word| word == name) {
            let text = table(title, &rows());
            print!("{text}");
            out.push_str(&text);
        }
    };
    tell("engine", "Engine, one core", &engine::speed);
    #[cfg(feature = "others")]
    tell("parsers", "Parsing beside other crates", &parsers::compare);
    tell("memory", "Memory", &memory);
    tell("growth", "Growth", &engine::growth);
    tell(
        "plugin",
        "Native plugin: user time of tshark with it, against without",
        &plugin::ratios,
    );
    tell(
        "lua",
        "Lua edition: user time of tshark in one pass",
        &plugin::scripts,
    );
    tell(
        "reader",
        "The engine with its own reader, from the file to JSON, beside tshark",
        &reader::compare,
    );
    let machine = machine();
    print!("{machine}");
    if docs {
        let path = ikewhy_bench::root().join("docs/performance.md");
        let page = format!("{}{out}{machine}", include_str!("performance.md"));
        std::fs::write(&path, page).expect("docs/ can be written");
    }
}
