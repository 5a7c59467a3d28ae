//! The worker: a process that reads captures for another one, and may die of one of them. What both say to each other stands here.
//!
//! ```text
//! request   length (4 bytes, little-endian), path
//! answer    frames until the last one: kind (1 byte), length (4 bytes, little-endian), text
//! ```

use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use ikewhy::report::wanted::Wanted;

use crate::Status;
use crate::arguments::Worker;
use crate::trouble::Trouble;
use crate::{reading, system};

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A piece of the report.
    Piece,
    /// The last frame: what was wrong, or nothing.
    End,
}

/// Length of what precedes the text of a frame.
pub(crate) const HEAD: usize = 5;

impl Kind {
    /// What a frame holds and how long it is, from its head.
    pub(crate) fn of(head: [u8; HEAD]) -> Option<(Self, usize)> {
        let [kind, length @ ..] = head;
        let kind = match kind {
            b'P' => Self::Piece,
            b'E' => Self::End,
            _ => return None,
        };
        Some((kind, usize::try_from(u32::from_le_bytes(length)).ok()?))
    }

    fn write(self, text: &str, to: &mut impl Write) -> io::Result<()> {
        let kind = match self {
            Self::Piece => b'P',
            Self::End => b'E',
        };
        to.write_all(&[kind])?;
        write_with_length(text.as_bytes(), to)
    }
}

/// A request.
pub(crate) fn ask(path: &Path, to: &mut impl Write) -> io::Result<()> {
    let mut request = Vec::new();
    write_with_length(&system::bytes_of(path), &mut request)?;
    to.write_all(&request)
}

fn write_with_length(bytes: &[u8], to: &mut impl Write) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(bytes)
}

/// Answers until nobody asks any more.
pub(crate) fn run(arguments: &Worker) -> Result<Status, Trouble> {
    system::end_with_parent();
    // Past the buffer for people, which is written at the end of each line.
    let mut output = BufWriter::with_capacity(1 << 16, system::stdout()?);
    let mut requests = io::stdin().lock();
    let mut length = [0; 4];
    while requests.read_exact(&mut length).is_ok() {
        let mut path = Vec::new();
        (&mut requests)
            .take(u32::from_le_bytes(length).into())
            .read_to_end(&mut path)?;
        answer(&system::path_of(path), arguments, &mut output)?;
        output.flush()?;
    }
    Ok(Status::NoneFailed)
}

fn answer(path: &Path, arguments: &Worker, output: &mut impl Write) -> io::Result<()> {
    let mut read = match reading::read(path, &arguments.input) {
        Ok(read) => read,
        Err(trouble) => return Kind::End.write(&trouble, output),
    };
    let wanted = Wanted {
        form: arguments.form.engines(),
        stream: arguments.stream,
        redact: arguments.input.redact,
        window: false,
    };
    let mut writing = read.session.begin(&wanted);
    while let Some(piece) = read.session.next_piece(&mut writing) {
        Kind::Piece.write(&piece, output)?;
    }
    Kind::End.write(read.damage.as_deref().unwrap_or_default(), output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_says_what_it_holds() {
        let mut frame = Vec::new();
        Kind::Piece.write("a piece", &mut frame).unwrap();
        let head = frame.first_chunk().copied().unwrap();
        assert_eq!(Kind::of(head), Some((Kind::Piece, 7)));
        assert_eq!(&frame[HEAD..], b"a piece");
        assert_eq!(Kind::of(*b"x\0\0\0\0"), None);
    }
}
