//! What ends the program: the console does, with all that this one started there. Only who has something to say at the end asks for more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// What a program ends with that Ctrl+C has ended.
const STOPPED_STATUS: i32 = 130;

static STOPPED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on the first Ctrl+C is left to whoever asks whether it came, and the next one ends the program.
pub(crate) fn stop_first() {
    let _ = flag::register_conditional_shutdown(SIGINT, STOPPED_STATUS, Arc::clone(&STOPPED));
    let _ = flag::register(SIGINT, Arc::clone(&STOPPED));
}

/// Did it come?
pub(crate) fn stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// The console does it.
pub(crate) fn end_on_signals() {}

/// The console has the last word already.
pub(crate) fn let_end() {}
