//! Both editions of the plugin: user time of tshark with them against tshark without, in turns on the same capture.

use crate::Row;
use ikewhy_bench::pcap::{self, Frame};
use ikewhy_bench::{CALLGRIND, Player, corpus, instructions, median, root};
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
enum With {
    Native,
    Nothing,
    /// A home of this name, with one script.
    Script(&'static str),
}

/// tshark on a capture, without output; `under` a tool, if one is named.
fn tshark(path: &Path, options: &[&str], with: With, under: &[&str]) -> Command {
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

/// What other hosts do meanwhile: UDP, TCP, and a ping now and then.
fn other(number: u32) -> Vec<u8> {
    let port = 20_000 + (number % 500) as u16;
    // TCP acknowledgements without data: Wireshark itself walks through all that nobody acknowledged.
    let tcp = (1..=40).contains(&(number % 100));
    let mut frame = pcap::udp((port, 9_000), &[0x55; 180][..if tcp { 12 } else { 180 }]);
    if number.is_multiple_of(100) {
        frame[23] = 1; // ICMP
        frame[34..42].copy_from_slice(&[8, 0, 0, 0, 0, 1, (number >> 8) as u8, number as u8]); // echo request
    } else if tcp {
        frame[23] = 6;
        frame[46] = 0x50; // header length
        frame[47] = 0x10; // ACK
    }
    frame
}

/// A Main Mode 1 or IKE_SA_INIT request: a header with an SPI of its own, and a Vendor ID.
fn request(number: u32) -> Vec<u8> {
    let mut message = Vec::new();
    message.extend((u64::from(number) << 20 | 1).to_be_bytes());
    message.extend([0; 8]);
    message.extend([43, 0x20, 34, 0x08, 0, 0, 0, 0, 0, 0, 0, 48]); // IKE_SA_INIT, initiator, 48 octets
    message.extend([0, 0, 0, 20]);
    message.extend([0xAB; 16]);
    pcap::udp((500, 500), &message)
}

/// A capture of which every eighth frame is made by `ike`, if it is given.
fn capture(name: &str, mut ike: Option<&mut dyn FnMut(u32) -> Vec<u8>>) -> PathBuf {
    let path = root().join("build").join(name);
    let frames = (0..FRAMES).map(|number| match &mut ike {
        Some(ike) if number % 8 == 7 => ike(number),
        _ => other(number),
    });
    let frames: Vec<_> = frames.collect();
    pcap::write(&path, frames.into_iter());
    path
}

/// How often each measurement is repeated.
fn rounds() -> usize {
    let rounds = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok());
    rounds.unwrap_or(7).max(1)
}

/// A capture of which every eighth frame is IKE of the corpus: messages as they come, between hosts of their own.
fn ike_of_the_corpus() -> PathBuf {
    let captures: Vec<Vec<Frame>> = corpus(&[])
        .into_iter()
        .map(|frames| {
            let is_ike = |frame: &Frame| {
                let ports = frame.data.get(34..38).map_or([0; 2], |p| {
                    [u16::from_be_bytes([p[0], p[1]]), u16::from_be_bytes([p[2], p[3]])]
                });
                frame.data.get(23) == Some(&17) && (ports.contains(&500) || ports.contains(&4500))
            };
            frames.into_iter().filter(is_ike).collect()
        })
        .filter(|frames: &Vec<Frame>| !frames.is_empty())
        .collect();
    let mut player = Player::new(&captures);
    let mut queue = Vec::new();
    let mut real = |_| loop {
        if let Some(frame) = queue.pop() {
            return frame;
        }
        queue = player.play().into_iter().rev().map(|frame| frame.data).collect();
    };
    capture("bench-ike.pcap", Some(&mut real))
}

/// A line for each capture and mode.
pub(crate) fn ratios() -> Vec<Row> {
    let rounds = rounds();
    let mut bare_requests = request;
    let files = [
        ("no IKE", capture("bench-none.pcap", None), Some(1.03)),
        ("12 % IKE of the corpus", ike_of_the_corpus(), Some(1.10)),
        (
            "12 % bare requests, each a negotiation of its own",
            capture("bench-worst.pcap", Some(&mut bare_requests)),
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
    for (file, octets) in files {
        std::fs::write(folder.join(file), octets).expect("written");
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
    let measured = [capture("bench-none.pcap", None), ike_of_the_corpus()].map(|path| {
        let mut times = vec![Vec::new(); candidates.len()];
        for _ in 0..rounds() {
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
            1.3,
            "",
        ),
        Row::plain(
            "12 % IKE: the Lua edition, against that script",
            ike[3] / ike[1],
            "",
        ),
        Row::most(
            "each IKE packet: the Lua edition, more than that script",
            more(3, 1),
            3.0,
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
