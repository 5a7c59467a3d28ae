//! What `page/worker.js` gives, as the module `page`: files in parts, and a place for answers.
#![expect(unsafe_code, reason = "functions that are defined elsewhere")]

mod page {
    #[link(wasm_import_module = "page")]
    unsafe extern "C" {
        /// Length of a file.
        pub(super) safe fn length(file: u32) -> u64;
        /// Copies bytes of a file to a place that has room for so many; how many, or `usize::MAX` if that is not possible.
        pub(super) safe fn read(file: u32, at: u64, room: *mut u8, most: usize) -> usize;
        /// The same with its name.
        pub(super) safe fn name(file: u32, room: *mut u8, most: usize) -> usize;
        /// Takes a piece of an answer.
        pub(super) safe fn say(text: *const u8, length: usize);
        /// Takes where a fault of the engine is, before the module ends.
        pub(super) safe fn fault(place: *const u8, length: usize);
    }
}

/// The longest name of a file, in bytes.
const MAX_NAME: usize = 4096;

/// How long a file is.
pub(crate) fn length(file: u32) -> u64 {
    page::length(file)
}

/// Reads bytes of a file; none if the browser does not give them.
pub(crate) fn read(file: u32, at: u64, room: &mut [u8]) -> Option<usize> {
    let read = page::read(file, at, room.as_mut_ptr(), room.len());
    (read <= room.len()).then_some(read)
}

/// What a file is called.
pub(crate) fn name(file: u32) -> String {
    let mut name = vec![0; MAX_NAME];
    let length = page::name(file, name.as_mut_ptr(), name.len());
    name.truncate(length);
    String::from_utf8_lossy(&name).into_owned()
}

/// Gives a piece of an answer.
pub(crate) fn say(text: &str) {
    page::say(text.as_ptr(), text.len());
}

/// Says where a fault is.
pub(crate) fn fault(place: &str) {
    page::fault(place.as_ptr(), place.len());
}
