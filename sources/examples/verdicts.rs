//! What became of each negotiation in a capture: `cargo run -p ikewhy-sources --example verdicts ike.pcap [TABLES] [FILES]`.
//!
//! TABLES is a folder with Wireshark's tables of keys, or `-`; FILES are peers' configurations and logs, separated by `;`.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use ikewhy::diagnosis::Pass;
use ikewhy::keys::{Decryptor, Keys};
use ikewhy::session::{Options, Session};
use ikewhy_sources::{Capture, Unreadable, feed_decrypted, read_key_tables, read_peer_files_beside};

fn show(path: &Path, tables: &str, files: &str) -> Result<(), Unreadable> {
    let mut session = Session::new(Options::default());
    read_peer_files_beside(&mut session, files, path.parent());

    let mut keys = Keys::default();
    if tables != "-" {
        for (table, unused) in read_key_tables(&mut keys, Path::new(tables)) {
            eprintln!("{} {unused}", table.display());
        }
    }

    let mut capture = Capture::open(path)?;
    feed_decrypted(&mut capture, &mut Decryptor::new(keys), &mut session);
    if let Some(damage) = capture.damage() {
        eprintln!("{} {damage}", path.display());
    }

    for stream in 0..u32::try_from(session.tracker().negotiations().len()).unwrap_or(u32::MAX) {
        let Some(judgement) = session.judgement(stream) else {
            continue;
        };
        let Some(case) = session.case(stream) else {
            continue;
        };
        if let Some(verdict) = judgement.sayable(&case, Pass::Again) {
            let (id, confidence) = (verdict.rule.id, verdict.confidence);
            println!("{stream}\t{id}\t{confidence:.2}\t{}", verdict.summary);
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let argument = |at: usize, missing| arguments.get(at).map_or(missing, String::as_str);
    let Some(path) = arguments.first() else {
        eprintln!("verdicts CAPTURE [TABLES] [FILES]");
        return ExitCode::from(2);
    };
    match show(Path::new(path), argument(1, "-"), argument(2, "")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path} {error}");
            ExitCode::FAILURE
        }
    }
}
