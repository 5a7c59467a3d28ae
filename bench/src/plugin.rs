//! Both editions of the plugin: user time of tshark with them against tshark without, in turns on the same capture.

use crate::Row;
use crate::traffic::{ike_of_the_corpus, mixed, other, request, write};
use ikewhy_bench::{CALLGRIND, instructions, median, root};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const FRAMES: u32 = 200_000;

/// User time of all children that have ended, in seconds (proc(5): the 14th field from the end of the name, at 100 Hz).
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields
        .nth(13)
        .and_then(|field| field.parse().ok())
        .expect("cutime");
    ticks / 100.0
}

/// With which plugin tshark runs.
#[derive(Clone, Copy)]
pub(crate) enum With {
    Native,
    Nothing,
    /// A home of this name, with one script.
    Script(&'static str),
}

/// tshark on a capture, without output; `under` a tool, if one is named.
pub(crate) fn tshark(path: &Path, options: &[&str], with: With, under: &[&str]) -> Command {
    let mut command = Command::new(root().join("tests/user.sh"));
    match with {
        With::Native => {}
        With::Nothing => {
            command.env("IKEWHY_HOME", "bare");
        }
        // The folder of plugins for everybody is another one: from both, a script would be loaded twice.
        With::Script(name) => {
            command.env("IKEWHY_HOME", name).arg("env");
            command.arg(format!(
                "WIRESHARK_PLUGIN_DIR={}",
                root().join("build/no-plugins").display()
            ));
        }
    }
    command
        .args(under)
        .args(["tshark", "-n"])
        .args(options)
        .arg("-r")
        .arg(path);
    command.current_dir(root()).stdout(Stdio::null());
    command
}

fn user_time(path: &Path, options: &[&str], with: With) -> f64 {
    let mut command = tshark(path, options, with, &[]);
    let before = children();
    let status = command.status().expect("runs");
    assert!(status.success(), "{command:?}: {status}");
    children() - before
}

/// Instructions of tshark with the plugin, against without, of each packet: what the start takes is taken off.
fn instructions_ratio(path: &Path, options: &[&str]) -> f64 {
    let count = |with, packets| {
        let options = [options, &["-c", packets]].concat();
        instructions(&mut tshark(path, &options, with, &CALLGRIND)) as f64
    };
    let packets = |with| count(with, "12000") - count(with, "2000");
    packets(With::Native) / packets(With::Nothing)
}

fn none() -> PathBuf {
    write("bench-none.pcap", FRAMES, other)
}

fn ike() -> PathBuf {
    write("bench-ike.pcap", FRAMES, mixed(ike_of_the_corpus()))
}

/// How often each measurement is repeated: `usual`, or `ROUNDS`.
pub(crate) fn rounds(usual: usize) -> usize {
    let rounds = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok());
    rounds.unwrap_or(usual).max(1)
}

/// A line for each capture and mode.
pub(crate) fn ratios() -> Vec<Row> {
    let rounds = rounds(7);
    let requests = write("bench-worst.pcap", FRAMES, mixed(request));
    let files = [
        ("no IKE", none(), Some(1.03)),
        ("12 % IKE of the corpus", ike(), Some(1.10)),
        (
            "12 % bare requests, each a negotiation of its own",
            requests,
            None,
        ),
    ];
    let mut rows = Vec::new();
    for (name, path, bar) in files {
        for (mode, options) in [("one pass", &[][..]), ("two passes", &["-2"])] {
            let pairs: Vec<(f64, f64)> = (0..rounds)
                .map(|_| {
                    (
                        user_time(&path, options, With::Nothing),
                        user_time(&path, options, With::Native),
                    )
                })
                .collect();
            let without = median(pairs.iter().map(|pair| pair.0).collect());
            let ratio = median(pairs.iter().map(|pair| pair.1 / pair.0).collect());
            let what = format!("{name}, {mode} ({without:.2} s without)");
            rows.push(match bar {
                Some(bar) => Row::most(what, ratio, bar, ""),
                None => Row::plain(what, ratio, ""),
            });
            // The bars are so low that the machine's moods, some hundredths of the time, may decide. They don't touch this.
            if bar.is_some() {
                let ratio = instructions_ratio(&path, options);
                rows.push(Row::plain(format!("{name}, {mode}, in instructions"), ratio, ""));
            }
        }
    }
    rows
}

/// A script with one field: the least that anybody pays who asks for one in Lua.
const BARE: &str = r#"
local bare = Proto("bare", "one field and nothing else")
local isakmp = Field.new("isakmp")
function bare.dissector() return isakmp() end
register_postdissector(bare)
"#;

/// The same, which hands each IKE packet over to the engine and is told what to mark, in one call, and shows nothing.
const FLOOR: &str = r#"
local bare = Proto("bare", "one field and a call")
local isakmp = Field.new("isakmp")
local engine = package.loadlib("LIBRARY", "luaopen_ikewhy")()
local take, session = engine.take, engine.session_new()
local get = debug.getregistry().Pinfo.__getters
local number, absolute, relative, raw = get.number, get.abs_ts, get.rel_ts, Tvb.raw
function bare.dissector(tvb, pinfo)
    if isakmp() then
        take(session, number(pinfo), absolute(pinfo), relative(pinfo), raw(tvb), true, false, true)
    end
end
register_postdissector(bare)
"#;

/// A home whose only plugin is this script.
fn script_home(name: &'static str, files: &[(&str, &[u8])]) -> With {
    let home = root().join("build").join(format!("home-{name}"));
    let folder = home.join(".local/lib/wireshark/plugins");
    let _ = std::fs::remove_dir_all(&home);
    for folder in [&home.join(".config"), &folder, &root().join("build/no-plugins")] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    for (file, bytes) in files {
        std::fs::write(folder.join(file), bytes).expect("written");
    }
    With::Script(name)
}

/// The Lua edition beside a bare script, and what of it is the price of the interface, and of the engine.
pub(crate) fn scripts() -> Vec<Row> {
    let built = |file: &str| std::fs::read(root().join("build/lua").join(file)).expect("make lua");
    let library = root().join("build/lua/ikewhy-engine.so");
    let library = library.canonicalize().expect("make lua");
    let floor = FLOOR.replace("LIBRARY", &library.display().to_string());
    let candidates = [
        With::Nothing,
        script_home("bench-bare", &[("bare.lua", BARE.as_bytes())]),
        script_home("bench-floor", &[("bare.lua", floor.as_bytes())]),
        script_home(
            "bench-lua",
            &[
                ("ikewhy.lua", &built("ikewhy.lua")),
                ("ikewhy-engine.so", &built("ikewhy-engine.so")),
            ],
        ),
        With::Native,
    ];
    let measured = [none(), ike()].map(|path| {
        let mut times = vec![Vec::new(); candidates.len()];
        for _ in 0..rounds(7) {
            for (times, with) in times.iter_mut().zip(candidates) {
                times.push(user_time(&path, &[], with));
            }
        }
        times.into_iter().map(median).collect::<Vec<f64>>()
    });
    let [none, ike] = measured;
    // Microseconds more than `than` for each IKE packet, beyond what the other frames cost more.
    let more = |who: usize, than: usize| {
        let others = (none[who] - none[than]) * 7.0 / 8.0;
        (ike[who] - ike[than] - others) / f64::from(FRAMES / 8) * 1e6
    };
    vec![
        Row::plain(
            "no IKE: a bare script with one field, against no plugin",
            none[1] / none[0],
            "",
        ),
        Row::most(
            "no IKE: the Lua edition, against that script",
            none[3] / none[1],
            1.25,
            "",
        ),
        Row::most(
            "12 % IKE: the Lua edition, against that script",
            ike[3] / ike[1],
            1.25,
            "",
        ),
        Row::plain(
            "each IKE packet: the Lua edition, more than that script",
            more(3, 1),
            " µs",
        ),
        Row::plain(
            "each IKE packet: a script that hands it over, is told what to mark, and shows nothing, more than that script",
            more(2, 1),
            " µs",
        ),
        Row::plain(
            "each IKE packet: the native edition, more than no plugin",
            more(4, 0),
            " µs",
        ),
    ]
}
