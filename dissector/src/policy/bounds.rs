//! The bounds of all that is read and kept of files. What one leaves out is a note.

/// The most bytes of one file that are read: its first ones.
pub const MAX_TEXT: usize = 8 << 20;
/// The same of a log: its last ones.
pub const MAX_LOG: usize = 64 << 20;
/// The most files.
pub const MAX_POLICIES: usize = 64;
pub(super) const MAX_CONNECTIONS: usize = 1024;
pub(super) const MAX_CHILDREN: usize = 64;
pub(super) const MAX_NOTES: usize = 32;
/// So many more, if they are about the whole file.
pub(super) const FOR_ALL: usize = 8;
/// A tunnel that is tried every minute has so many decisive lines in a month.
pub(super) const MAX_ENTRIES: usize = 1 << 16;
/// The most values of a list.
pub(super) const MAX_VALUES: usize = 64;
/// The most characters of a value.
pub(super) const MAX_VALUE: usize = 256;
/// The most bytes of a line.
pub(super) const MAX_LINE: usize = 16 << 10;
