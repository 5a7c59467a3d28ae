//! The native plugin inside sharkd, which answers a browser's clicks by JSON-RPC: the same as in tshark, whatever was opened before and
//! in whatever order frames are asked for.

use ikewhy_tests::cases::{Case, some};
use ikewhy_tests::tshark::{rows, tshark};
use ikewhy_tests::{for_each, pcap, quietly, root};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running sharkd.
struct Sharkd {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
    asked: u64,
}

impl Sharkd {
    fn start() -> Self {
        Self::run(&[])
    }

    /// With the plugin, as an ordinary user, by these programs; it ends after five minutes if it hangs.
    fn run(by: &[&str]) -> Self {
        let _ = tshark(); // builds the plugin
        let mut command = Command::new(root().join("tests/user.sh"));
        command.args(["timeout", "300"]).args(by).args(["sharkd", "-"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("sharkd");
        let mut sharkd = Self {
            asks: child.stdin.take().expect("a pipe"),
            answers: BufReader::new(child.stdout.take().expect("a pipe")),
            child,
            asked: 0,
        };
        let info = sharkd.ask("info", &json!({}));
        let ours = json!({"name": "IPsec Negotiations", "tap": "stat:ikewhy"});
        let loaded = info["stats"].as_array().is_some_and(|all| all.contains(&ours));
        assert!(loaded, "sharkd does not load the plugin: {}", info["stats"]);
        sharkd
    }

    fn on(path: &Path) -> Self {
        let mut sharkd = Self::start();
        assert_eq!(sharkd.load(path)["status"], "OK", "{}", path.display());
        sharkd
    }

    fn send(&mut self, method: &str, params: &Value) {
        self.asked += 1;
        let request = json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params});
        writeln!(self.asks, "{request}").expect("sharkd listens");
    }

    /// The result, or the error. (A capture that is cut short is loaded without an answer.)
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.send(method, params);
        loop {
            let mut line = String::new();
            let read = self.answers.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "sharkd ended at {method} {params}");
            let mut answer: Value =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if answer["id"] == self.asked {
                let kind = if answer["error"].is_null() {
                    "result"
                } else {
                    "error"
                };
                return answer[kind].take();
            }
        }
    }

    fn load(&mut self, path: &Path) -> Value {
        self.ask("load", &json!({"file": path}))
    }

    /// The number and these columns of each frame that passes a filter.
    fn frames(&mut self, filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
        let mut params = json!({});
        if !filter.is_empty() {
            params["filter"] = filter.into();
        }
        for (number, field) in fields.iter().enumerate() {
            params[format!("column{number}")] = format!("{field}:0").into();
        }
        let answer = self.ask("frames", &params);
        let word = |value: &Value| value.as_str().expect("text").to_owned();
        let row = |frame: &Value| {
            let cells = frame["c"].as_array().expect("columns").iter().map(word);
            [frame["num"].to_string()].into_iter().chain(cells).collect()
        };
        answer.as_array().expect("frames").iter().map(row).collect()
    }

    /// The plugin's part of a frame's tree, as tshark prints it.
    fn tree(&mut self, frame: u64) -> Vec<String> {
        let answer = self.ask("frame", &json!({"frame": frame, "proto": true, "columns": true}));
        let tree = answer["tree"].as_array().expect("a tree");
        let mut lines = Vec::new();
        for item in tree.iter().filter(|item| item["f"] == "ikewhy") {
            print(item, 0, &mut lines);
        }
        lines
    }

    /// Statistics and expert items.
    fn taps(&mut self) -> (Value, Value) {
        let mut answer = self.ask("tap", &json!({"tap0": "stat:ikewhy", "tap1": "expert"}));
        let taps = answer["taps"].as_array_mut().expect("taps");
        let mut take = |kind: &str, part: &str| {
            let tap = taps.iter_mut().find(|tap| tap["type"] == kind);
            tap.expect("a tap")[part].take()
        };
        (take("stats", "stats"), take("expert", "details"))
    }

    /// All there is to see of a capture.
    fn everything(&mut self) -> Value {
        let status = self.ask("status", &json!({}));
        let count = status["frames"].as_u64().expect("a number");
        let trees: Vec<_> = (1..=count).map(|frame| self.tree(frame)).collect();
        let columns = self.frames("", &COLUMNS);
        json!({"status": status, "columns": columns, "trees": trees, "taps": self.taps(), "listed": self.ask("frames", &json!({}))})
    }

    /// How many files, pipes and sockets it has open: that of the last of the programs that started each other.
    fn descriptors(&self) -> usize {
        let mut process = self.child.id().to_string();
        loop {
            let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
            match children.expect("it runs").split_whitespace().next() {
                Some(child) => process = child.to_owned(),
                None => break,
            }
        }
        let open = fs::read_dir(format!("/proc/{process}/fd"));
        open.expect("descriptors").count()
    }

    /// It was asked nothing that ended it.
    fn end(mut self) {
        assert_eq!(self.ask("bye", &json!({}))["status"], "OK");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
    }
}

/// Columns of a user.
const COLUMNS: [&str; 5] = [
    "ikewhy.stream",
    "ikewhy.step",
    "ikewhy.outcome",
    "ikewhy.verdict",
    "ikewhy.verdict.confidence",
];

fn print(item: &Value, depth: usize, lines: &mut Vec<String>) {
    let label = item["l"].as_str().expect("a label");
    let indent = "    ".repeat(depth);
    lines.push(match item["g"] == true {
        true => format!("{indent}[{label}]"),
        false => format!("{indent}{label}"),
    });
    for below in item["n"].as_array().into_iter().flatten() {
        print(below, depth + 1, lines);
    }
}

fn on(path: &Path, options: &[&str]) -> Command {
    let mut command = tshark();
    command.args(["-n", "-2"]).args(options).arg("-r").arg(path);
    command
}

/// The plugin's part of each tree, as tshark prints it.
fn trees(path: &Path) -> Vec<Vec<String>> {
    let mut trees: Vec<Vec<String>> = Vec::new();
    let mut ours = false;
    for line in quietly(&mut on(path, &["-V"])).lines() {
        if line.starts_with("Frame ") {
            trees.push(Vec::new());
        }
        if !line.starts_with([' ', '\t']) {
            ours = line.starts_with("[IKE diagnosis") || line.starts_with("IKE diagnosis");
        }
        if let Some(tree) = trees.last_mut().filter(|_| ours && !line.is_empty()) {
            tree.push(line.to_owned());
        }
    }
    trees
}

fn count(path: &Path) -> u64 {
    pcap::read(path).len() as u64
}

#[test]
fn frames_columns_and_trees_are_those_of_tshark() {
    for_each(&some(6), |case| {
        let mut sharkd = Sharkd::on(&case.path);
        let fields: Vec<&str> = ["frame.number"].into_iter().chain(COLUMNS).collect();
        let verdicts = rows(&mut on(&case.path, &[]), "ikewhy.verdict", &fields);
        assert!(!verdicts.is_empty(), "{}", case.name);
        assert_eq!(
            sharkd.frames("ikewhy.verdict", &COLUMNS),
            verdicts,
            "{}",
            case.name
        );
        let all = rows(&mut on(&case.path, &[]), "frame", &fields);
        assert_eq!(sharkd.frames("", &COLUMNS), all, "{}", case.name);
        let shown: Vec<_> = (1..=count(&case.path)).map(|frame| sharkd.tree(frame)).collect();
        assert_eq!(shown, trees(&case.path), "{}", case.name);
        let verdict: usize = verdicts[0][0].parse().expect("a number");
        let ends = format!(" ({})]", verdicts[0][4]);
        let says = |line: &String| line.starts_with("    [Verdict: ") && line.ends_with(&ends);
        assert!(
            shown[verdict - 1].iter().any(says),
            "{}: {:#?}",
            case.name,
            shown[verdict - 1]
        );
        sharkd.end();
    });
}

#[test]
fn statistics_and_expert_items_are_those_of_tshark() {
    for_each(&some(6), |case| {
        let mut sharkd = Sharkd::on(&case.path);
        let (tables, experts) = sharkd.taps();

        let told = quietly(&mut on(&case.path, &["-q", "-z", "ikewhy,json"]));
        let told: Value = serde_json::from_str(&told).expect("JSON");
        let mut expected = BTreeMap::new();
        for negotiation in told["negotiations"].as_array().expect("a list") {
            *expected
                .entry(negotiation["verdict"]["title"].to_string())
                .or_insert(0) += 1;
        }
        let mut all = tables.as_array().expect("tables").iter();
        let verdicts = all.find(|table| table["name"] == "Negotiations by verdict");
        let mut counted = BTreeMap::new();
        for row in verdicts.expect("a table")["sub"].as_array().expect("rows") {
            counted.insert(row["name"].to_string(), row["count"].as_u64().expect("a count"));
        }
        assert_eq!(counted, expected, "{}", case.name);

        let mut expected = BTreeMap::new();
        for line in quietly(&mut on(&case.path, &["-q", "-z", "expert"])).lines() {
            if let Some((count, message)) = line.split_once(" ikewhy  ") {
                let count = count.split_whitespace().next().expect("a count");
                expected.insert(message.trim().to_owned(), count.parse::<u64>().expect("a count"));
            }
        }
        let mut counted = BTreeMap::new();
        for item in experts.as_array().expect("items") {
            if item["p"] == "ikewhy" {
                *counted
                    .entry(item["m"].as_str().expect("a message").to_owned())
                    .or_insert(0) += 1;
            }
        }
        assert!(!counted.is_empty(), "{}", case.name);
        assert_eq!(counted, expected, "{}", case.name);

        // Nothing is counted twice.
        assert_eq!(sharkd.taps(), (tables, experts), "{}", case.name);
        sharkd.end();
    });
}

/// A file that is none, and one that is cut in its third packet.
fn bad(case: &Case) -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sharkd");
    fs::create_dir_all(&folder).expect("a folder");
    let (rubbish, cut) = (folder.join("rubbish.pcap"), folder.join("cut.pcap"));
    fs::write(&rubbish, "this is no capture").expect("a file");
    let whole = fs::read(&case.path).expect("a capture");
    let three: usize = pcap::read(&case.path)
        .iter()
        .take(3)
        .map(|frame| 16 + frame.data.len())
        .sum();
    fs::write(&cut, &whole[..24 + three - 5]).expect("a file");
    (rubbish, cut)
}

/// Captures one after the other in one sharkd, with loads that fail between them: each as in a sharkd of its own.
#[test]
fn nothing_of_a_capture_stays_when_another_is_opened() {
    let cases = some(5);
    let alone = for_each(&cases, |case| {
        let mut sharkd = Sharkd::on(&case.path);
        let shown = sharkd.everything();
        sharkd.end();
        shown
    });
    let (rubbish, cut) = bad(&cases[0]);
    let mut of_cut = Sharkd::start();
    of_cut.send("load", &json!({"file": cut}));
    let of_cut = of_cut.everything();
    assert_eq!(of_cut["trees"].as_array().map(Vec::len), Some(2), "{of_cut}");
    assert_ne!(of_cut["trees"][0], json!([]), "{of_cut}");

    let mut sharkd = Sharkd::start();
    // Before anything is open.
    assert!(sharkd.ask("frame", &json!({"frame": 1, "proto": true}))["tree"].is_null());
    assert!(sharkd.load(Path::new("/nowhere/at-all.pcap"))["message"].is_string());
    for round in 0..2 {
        for (case, alone) in cases.iter().zip(&alone) {
            // The same once more, too.
            for _ in 0..2 {
                assert_eq!(sharkd.load(&case.path)["status"], "OK", "{}", case.name);
                assert_eq!(&sharkd.everything(), alone, "{} in round {round}", case.name);
            }
            // What fails to open leaves what is open.
            for gone in [&rubbish, Path::new("/nowhere/at-all.pcap"), Path::new("/")] {
                assert!(sharkd.load(gone)["message"].is_string(), "{}", gone.display());
                assert_eq!(
                    &sharkd.everything(),
                    alone,
                    "{} after {}",
                    case.name,
                    gone.display()
                );
            }
            sharkd.send("load", &json!({"file": cut}));
            assert_eq!(sharkd.everything(), of_cut, "after {}", case.name);
        }
    }
    sharkd.end();
}

/// Statistics and trees that are drawn again and again leave no file open. (sharkd itself leaves each capture open that it loads.)
#[test]
fn drawing_again_opens_nothing() {
    let case = &some(1)[0];
    let mut sharkd = Sharkd::on(&case.path);
    let _ = sharkd.everything();
    let open = sharkd.descriptors();
    assert!(open > 2, "{open}");
    for _ in 0..10 {
        let _ = (sharkd.taps(), sharkd.tree(1));
        assert_eq!(sharkd.descriptors(), open);
    }
    sharkd.end();
}

#[test]
fn frames_may_be_clicked_in_any_order() {
    for_each(&some(4), |case| {
        let expected = trees(&case.path);
        let count = count(&case.path);
        let orders: [Vec<u64>; 3] = [
            (1..=count).rev().collect(),
            (0..count).map(|at| at * 7 % count + 1).collect(),
            (1..=count).flat_map(|frame| [frame, frame, 1, count]).collect(),
        ];
        for order in orders {
            let mut sharkd = Sharkd::on(&case.path);
            for frame in order {
                let shown = sharkd.tree(frame);
                assert_eq!(shown, expected[frame as usize - 1], "{} frame {frame}", case.name);
            }
            sharkd.end();
        }
    });
}

/// Each piece of Wireshark's memory is watched on its own: what a capture leaves behind is gone when the next is open.
#[test]
fn valgrind_finds_nothing() {
    if std::env::var("IKEWHY_WIRESHARK").is_ok_and(|other| !other.is_empty()) {
        return; // the tree of another Wireshark has no valgrind
    }
    let cases = some(2);
    let (rubbish, cut) = bad(&cases[0]);
    let mut sharkd = Sharkd::run(&[
        "env",
        "WIRESHARK_DEBUG_WMEM_OVERRIDE=simple",
        "G_SLICE=always-malloc",
        "valgrind",
        "--quiet",
        "--error-exitcode=9",
    ]);
    for case in [&cases[0], &cases[1], &cases[0]] {
        assert_eq!(sharkd.load(&case.path)["status"], "OK", "{}", case.name);
        let _ = (
            sharkd.everything(),
            sharkd.frames("ikewhy.verdict", &COLUMNS),
            sharkd.taps(),
        );
        let two = sharkd.ask("tap", &json!({"tap0": "stat:ikewhy", "tap1": "stat:ikewhy"}));
        assert_eq!(two["taps"][0], two["taps"][1], "{}", case.name);
        assert!(sharkd.load(&rubbish)["message"].is_string());
        let _ = sharkd.taps();
        sharkd.send("load", &json!({"file": cut}));
        let _ = sharkd.everything();
    }
    sharkd.end();
}
