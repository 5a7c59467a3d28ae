//! Reads a capture with the project's own reader and writes the JSON document, as a program does that uses the engine alone.

use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::{Options, Session};
use ikewhy_sources::{Capture, feed};
use std::io::Write;

fn main() {
    let path = std::env::args_os().nth(1).expect("a capture");
    let mut capture = Capture::open(path.as_ref()).expect("a capture");
    let mut session = Session::new(Options::default());
    feed(&mut capture, &mut session);
    assert_eq!(capture.damage(), None);
    let mut writing = session.begin(&Wanted {
        form: Form::Json,
        ..Wanted::default()
    });
    let mut out = std::io::stdout().lock();
    while let Some(piece) = session.next_piece(&mut writing) {
        out.write_all(piece.as_bytes()).expect("written");
    }
}
