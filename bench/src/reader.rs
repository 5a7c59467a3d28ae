//! The engine with the project's own reader beside tshark: what a capture takes from the file to the JSON document, each in a
//! process of its own, with all that its start takes.

use crate::Row;
use crate::plugin::{With, rounds, tshark};
use crate::traffic::{among, ike_of_the_corpus, mixed, other, write};
use ikewhy::session::{Options, Session};
use ikewhy_bench::{clock, corpus_paths, median, pcap, root, slope};
use ikewhy_sources::{Capture, feed};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a process used.
#[derive(Clone, Copy)]
struct Used {
    /// Processor time.
    seconds: f64,
    /// Memory at the most.
    mib: f64,
}

/// A file below `build/` that is gone when it was measured.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(root().join("build").join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may not have come to be written.
        let _ = fs::remove_file(&self.0);
    }
}

fn capture(name: &str, frames: u32, make: impl FnMut(u32) -> Vec<u8>) -> Scratch {
    Scratch(write(name, frames, make))
}

/// A binary that was built with this one.
fn beside(name: &str) -> PathBuf {
    std::env::current_exe().expect("a path").with_file_name(name)
}

/// Runs a command that begins with `used`; what it writes goes to a file.
fn used(mut command: Command, written: &Path) -> Used {
    command.stdout(File::create(written).expect("build/ can be written"));
    let output = command.output().expect("runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let figures = || {
        let (seconds, bytes) = said.lines().last()?.split_once('\t')?;
        Some((seconds.parse().ok()?, bytes.parse::<f64>().ok()?))
    };
    let figures = figures().filter(|_| output.status.success());
    let (seconds, bytes) = figures.unwrap_or_else(|| panic!("{command:?}: {said}"));
    Used {
        seconds,
        mib: bytes / 1_048_576.0,
    }
}

/// The reader on a capture.
fn read(path: &Path, written: &Path) -> Used {
    let mut command = Command::new(beside("used"));
    command.arg(beside("read")).arg(path);
    used(command, written)
}

/// tshark on a capture.
fn wireshark(path: &Path, with: With, options: &[&str], written: &Path) -> Used {
    let under = beside("used").display().to_string();
    used(tshark(path, options, with, &[&under]), written)
}

/// How many negotiations a JSON document tells of.
fn negotiations(document: &Path) -> usize {
    let lines = BufReader::new(File::open(document).expect("it was written")).lines();
    let mut lines = lines
        .map(|line| line.expect("text"))
        .skip_while(|line| !line.contains("\"negotiations\":"));
    assert!(
        lines.next().is_some(),
        "{} is no such document",
        document.display()
    );
    lines.filter(|line| line.starts_with("      \"stream\":")).count()
}

fn megabytes(path: &Path) -> f64 {
    fs::metadata(path).expect("a file").len() as f64 / 1e6
}

/// The median of what turns gave.
fn of<T>(turns: &[T], figure: impl FnMut(&T) -> f64) -> f64 {
    median(turns.iter().map(figure).collect())
}

/// Reader, tshark without and with the plugin, in turns; the first has to reach `bars`: millions of packets a second, and how
/// many times as fast as the second.
fn beside_tshark(name: &str, path: &Path, packets: u32, bars: Option<(f64, f64)>) -> Vec<Row> {
    let [own, plugin] = ["bench-reader.json", "bench-plugin.json"].map(Scratch::new);
    let turn = |_| {
        [
            read(path, &own.0),
            // A count of packets: the least for which tshark dissects them, as a line for each it would cost more.
            wireshark(
                path,
                With::Nothing,
                &["-q", "-z", "io,stat,0"],
                Path::new("/dev/null"),
            ),
            wireshark(path, With::Native, &["-q", "-z", "ikewhy,json"], &plugin.0),
        ]
    };
    let turns: Vec<_> = (0..rounds(3)).map(turn).collect();
    // So tshark had the plugin. That both say the same, word for word, is for tests/hosts/reader.rs.
    assert_eq!(negotiations(&own.0), negotiations(&plugin.0), "{name}");
    let megabytes = megabytes(path);
    let mut rows = Vec::new();
    for (index, who) in ["the reader", "tshark without the plugin", "with it"]
        .iter()
        .enumerate()
    {
        let seconds = of(&turns, |turn| turn[index].seconds);
        let what = format!(
            "{name}: {who}, {:.0} MB a second, at the most {:.1} MiB of memory; million packets a second",
            megabytes / seconds,
            of(&turns, |turn| turn[index].mib)
        );
        let figure = f64::from(packets) / seconds / 1e6;
        rows.push(match bars.filter(|_| index == 0) {
            Some((least, _)) => Row::least(what, figure, least, ""),
            None => Row::plain(what, figure, ""),
        });
    }
    for (index, who) in [(1, "without the plugin"), (2, "with it")] {
        let figure = of(&turns, |turn| turn[index].seconds / turn[0].seconds);
        let what = format!("{name}: time of tshark {who}, against the reader's");
        rows.push(match bars.filter(|_| index == 1) {
            Some((_, least)) => Row::least(what, figure, least, ""),
            None => Row::plain(what, figure, ""),
        });
    }
    rows
}

/// Every capture of the corpus, one after another, each to a document of its own; in seconds.
fn whole_corpus() -> Row {
    let paths = corpus_paths(&[]);
    let seconds = (0..rounds(5)).map(|_| {
        let begin = clock();
        for path in &paths {
            let mut capture = Capture::open(path).expect("a capture");
            let mut session = Session::new(Options::default());
            feed(&mut capture, &mut session);
            assert!(session.json().len() > 100);
        }
        clock() - begin
    });
    let what = format!("the {} captures of the corpus, one after another", paths.len());
    Row::most(what, median(seconds.collect()), 0.2, " s")
}

/// Time of a packet with 12 % IKE, as the capture grows.
fn growth(packets: u32) -> Vec<Row> {
    let sizes = [packets, 2 * packets, 4 * packets];
    let captures = sizes.map(|size| {
        let name = format!("bench-growth-{size}.pcap");
        (f64::from(size), capture(&name, size, mixed(ike_of_the_corpus())))
    });
    let turn = |_| {
        captures
            .each_ref()
            .map(|(_, capture)| read(&capture.0, Path::new("/dev/null")).seconds)
    };
    let turns: Vec<_> = (0..rounds(3)).map(turn).collect();
    let seconds = [0, 1, 2].map(|index| of(&turns, |turn| turn[index]));
    let mut points = Vec::new();
    let mut rows = Vec::new();
    for ((size, _), seconds) in captures.iter().zip(seconds) {
        points.push((*size, seconds));
        let what = format!("12 % IKE, {size} packets, for each packet");
        rows.push(Row::plain(what, seconds / size * 1e9, " ns"));
    }
    let what = "12 % IKE: slope of time over packets";
    rows.insert(0, Row::most(what, slope(&points), 1.05, ""));
    rows
}

/// A gigabyte: does memory grow with what is read? It holds few negotiations, which do grow.
fn gigabyte() -> Vec<Row> {
    const FRAMES: u32 = 700_000;
    let captures = [
        ("bench-small.pcap", FRAMES / 100),
        ("bench-gigabyte.pcap", FRAMES),
    ]
    .map(|(name, frames)| {
        let large = |number| pcap::udp((20_000 + (number % 500) as u16, 9_000), &[0x55; 1400]);
        capture(name, frames, among(large, 100, ike_of_the_corpus()))
    });
    let turn = |_| {
        captures
            .each_ref()
            .map(|capture| read(&capture.0, Path::new("/dev/null")))
    };
    let turns: Vec<_> = (0..rounds(3)).map(turn).collect();
    let [small, large] = captures.each_ref().map(|capture| megabytes(&capture.0));
    assert!(large > 1000.0, "{large} MB are no gigabyte");
    vec![
        Row::most(
            format!(
                "{large:.0} MB, large packets, 1 % IKE, {:.1} MiB of memory at the most: more than for {small:.0} MB",
                of(&turns, |turn| turn[1].mib)
            ),
            of(&turns, |turn| turn[1].mib - turn[0].mib),
            16.0,
            " MiB",
        ),
        Row::plain(
            "MB of it a second",
            of(&turns, |turn| large / turn[1].seconds),
            "",
        ),
    ]
}

/// All of this.
pub(crate) fn compare() -> Vec<Row> {
    let asked = std::env::var("PACKETS").ok().and_then(|n| n.parse().ok());
    let packets: u32 = asked.unwrap_or(1_000_000);
    // The gigabyte, or of each packet its records in captures and documents.
    let disk = rustix::fs::statvfs(root().join("build")).expect("build/");
    let (free, needed) = (
        disk.f_bavail * disk.f_frsize,
        1_100_000_000 + 2_000 * u64::from(packets),
    );
    assert!(
        free > needed,
        "{needed} bytes of the disk are needed, {free} are free"
    );
    let mut rows = Vec::new();
    let none = capture("bench-reader-none.pcap", packets, other);
    rows.extend(beside_tshark("no IKE", &none.0, packets, None));
    let some = capture("bench-reader-mixed.pcap", packets, mixed(ike_of_the_corpus()));
    rows.extend(beside_tshark(
        "12 % IKE of the corpus",
        &some.0,
        packets,
        Some((3.0, 20.0)),
    ));
    let all = capture("bench-reader-ike.pcap", packets, ike_of_the_corpus());
    rows.extend(beside_tshark("IKE only", &all.0, packets, None));
    drop((none, some, all));
    rows.push(whole_corpus());
    rows.extend(growth(packets));
    rows.extend(gigabyte());
    rows
}
