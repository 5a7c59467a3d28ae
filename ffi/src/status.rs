//! What a call may answer. Numbers are never reused.

use std::ffi::{CStr, c_char};

/// What a call may answer. Bad packets are findings; only bad arguments are statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyStatus {
    /// Done.
    Ok = 0,
    /// A pointer that must not be NULL is NULL, or is not aligned.
    BadPointer = 1,
    /// A struct states a size smaller than its first version had.
    BadSize = 2,
    /// An index is past the end.
    OutOfRange = 3,
    /// A number has no meaning here: frame 0, an unknown pass.
    BadValue = 4,
    /// Text is not UTF-8.
    BadText = 5,
    /// A fault inside ikewhy, now or at an earlier call. The session takes and gives nothing more;
    /// `ikewhy_session_fault` tells what happened.
    Broken = 6,
    /// A file cannot be written.
    Unwritten = 7,
}

impl IkewhyStatus {
    const ALL: [(Self, &'static CStr); 8] = [
        (Self::Ok, c"done"),
        (Self::BadPointer, c"a pointer is NULL or not aligned"),
        (Self::BadSize, c"a struct states too small a size"),
        (Self::OutOfRange, c"an index is past the end"),
        (Self::BadValue, c"a number has no meaning here"),
        (Self::BadText, c"text is not UTF-8"),
        (Self::Broken, c"a fault inside ikewhy ended this session"),
        (Self::Unwritten, c"the file cannot be written"),
    ];
}

/// A status in words. Static and NUL-terminated; never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn ikewhy_status_text(status: u32) -> *const c_char {
    let known = IkewhyStatus::ALL
        .iter()
        .find(|(known, _)| *known as u32 == status);
    known.map_or(c"an unknown status", |(_, text)| *text).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_own_words() {
        for (index, (status, _)) in IkewhyStatus::ALL.iter().enumerate() {
            assert_eq!(*status as usize, index);
        }
        assert!(!ikewhy_status_text(99).is_null());
    }
}
