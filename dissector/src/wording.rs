//! Words only where somebody reads them.
//!
//! A host asks for the verdict of every negotiation, and for the words of a few. The words cost ten times what the verdict
//! costs, so rules can be run in silence: everything they find is the same, and every text is empty. [`format!`] in a rule is
//! the one of this file. The switch is scoped to one call on one thread; a parameter would stand in every sentence of every rule.

use std::cell::Cell;
use std::fmt;

thread_local! {
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Words are left empty.
pub(crate) fn silent() -> bool {
    SILENT.get()
}

/// Does `work` without making texts.
pub(crate) fn silently<T>(work: impl FnOnce() -> T) -> T {
    /// Ends the silence, also where a panic does.
    struct Silence(bool);
    impl Drop for Silence {
        fn drop(&mut self) {
            SILENT.set(self.0);
        }
    }
    let _silence = Silence(SILENT.replace(true));
    work()
}

/// The text, unless in silence.
pub(crate) fn text(words: fmt::Arguments<'_>) -> String {
    if silent() {
        String::new()
    } else {
        fmt::format(words)
    }
}

macro_rules! format {
    ($($words:tt)*) => { $crate::wording::text(format_args!($($words)*)) };
}
