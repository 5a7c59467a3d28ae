//! What `page/worker.js` may call. One capture, one instance of this module.
#![expect(unsafe_code, reason = "names that the linker has to keep")]

use std::cell::RefCell;

use ikewhy::report::wanted::Form;
use ikewhy_sources::Given;

use crate::asked::{Asked, Recognised};
use crate::content::File;
use crate::host::{self, say};

thread_local! {
    static ASKED: RefCell<Asked<File>> = RefCell::default();
}

fn file(number: u32) -> Given<File> {
    Given::new(&host::name(number), File::new(number))
}

fn with(ask: impl FnOnce(&mut Asked<File>)) {
    ASKED.with_borrow_mut(ask);
}

fn say_json(answer: &impl serde::Serialize) {
    say(&serde_json::to_string(answer).unwrap_or_default());
}

/// Comes first. A fault then says where it is; what it was about may be somebody's secret.
#[unsafe(no_mangle)]
extern "C" fn ikewhy_begin() {
    std::panic::set_hook(Box::new(|fault| {
        let place = fault
            .location()
            .map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
        host::fault(&place);
    }));
}

/// Says what a file is.
#[unsafe(no_mangle)]
extern "C" fn ikewhy_recognise(number: u32) {
    say_json(&Recognised::of(&file(number)));
}

/// Takes a peer's configuration or log.
#[unsafe(no_mangle)]
extern "C" fn ikewhy_peer_file(number: u32) {
    with(|asked| asked.peer_file(file(number)));
}

/// Takes a table of keys.
#[unsafe(no_mangle)]
extern "C" fn ikewhy_key_table(number: u32) {
    with(|asked| asked.key_table(&file(number)));
}

/// Reads a capture; says `{"Ok": damage or null}` or `{"Err": why}`.
#[unsafe(no_mangle)]
extern "C" fn ikewhy_read(number: u32) {
    with(|asked| say_json(&asked.read(&file(number))));
}

/// Says the rows, each a line.
#[unsafe(no_mangle)]
extern "C" fn ikewhy_rows(redact: bool) {
    with(|asked| asked.rows(redact, say));
}

/// Says a report on one negotiation, or with `u32::MAX` on all of them: as a page, or as JSON.
#[unsafe(no_mangle)]
extern "C" fn ikewhy_report(json: bool, stream: u32, redact: bool) {
    let form = if json { Form::Json } else { Form::Html };
    let stream = (stream != u32::MAX).then_some(stream);
    with(|asked| asked.report(form, stream, redact, say));
}
