//! A secret: read byte by byte from where it stands, and wiped.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// The longest secret.
pub(crate) const LONGEST: usize = 511;

/// The first line of a source, without its end. It is read byte by byte, because a buffer would keep it.
pub(crate) fn first_line(source: &mut impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let mut byte = Zeroizing::new([0]);
    loop {
        match source.read(&mut *byte) {
            Ok(1) if !byte.iter().any(|byte| matches!(byte, b'\n' | b'\r')) => line.extend(&*byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
            Ok(_) if line.is_empty() => return Err(io::Error::other("no key was given")),
            Ok(_) => return Ok(line),
        }
        if line.len() > LONGEST {
            return Err(io::Error::other(format!("it is longer than {LONGEST} bytes")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_a_key() {
        let read = |text: &[u8]| first_line(&mut &text[..]).map(|line| line.to_vec()).ok();
        assert_eq!(read(b"secret\nmore"), Some(b"secret".to_vec()));
        assert_eq!(read(b" a b "), Some(b" a b ".to_vec()));
        assert_eq!(read(b"dos\r\n"), Some(b"dos".to_vec()));
        assert_eq!(read(&[b'x'; 511]), Some(vec![b'x'; 511]));
        assert_eq!((read(&[b'x'; 512]), read(b""), read(b"\nx")), (None, None, None));
    }
}
