//! Compressed files, unpacked while they are read. What precedes a damage is given, to the last byte, however the file comes in.

use std::io::{self, BufRead, BufReader, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use ruzstd::decoding::errors::{FrameDecoderError as Error, ReadFrameHeaderError as HeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

type Source = Box<dyn Read + Send>;

/// Reads what a source that begins with `beginning` unpacks to; the source again if it is not compressed by anything known here.
pub(crate) fn unpack(beginning: &[u8], source: Source) -> Result<Source, Source> {
    match beginning {
        [0x1F, 0x8B, ..] => Ok(Box::new(Gzip::new(source))),
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Ok(Box::new(Zstd::new(source))),
        _ => Err(source),
    }
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the compressed file ends too early")
}

/// What reading a whole part of a file failed by.
fn or_cut(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        cut()
    } else {
        error
    }
}

fn other() -> io::Error {
    wrong("the compressed file goes on with something that is not compressed")
}

/// Room for what was unpacked: the decoder's own window is half of it, so that nothing stays there.
const UNPACKED: usize = 1 << 16;

/// gzip (RFC 1952), of any number of members.
struct Gzip {
    source: BufReader<Source>,
    inflate: Decompress,
    step: Step,
    checksum: Crc,
    unpacked: Box<[u8]>,
    /// What of it was not given yet.
    left: std::ops::Range<usize>,
    /// What comes once all is given.
    failure: Option<io::Error>,
}

/// What the source has next.
enum Step {
    FirstHeader,
    Header,
    Body,
    Trailer,
    End,
}

impl Gzip {
    fn new(source: Source) -> Self {
        Self {
            source: BufReader::with_capacity(1 << 15, source),
            inflate: Decompress::new(false),
            step: Step::FirstHeader,
            checksum: Crc::new(),
            unpacked: vec![0; UNPACKED].into_boxed_slice(),
            left: 0..0,
            failure: None,
        }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.source.read_exact(&mut byte).map_err(or_cut)?;
        let [byte] = byte;
        Ok(byte)
    }

    /// The header of a member; false if there is none.
    fn header(&mut self, first: bool) -> io::Result<bool> {
        const HEADER_CHECKSUM: u8 = 2;
        const EXTRA: u8 = 4;
        const NAME: u8 = 8;
        const COMMENT: u8 = 16;
        if !first && self.is_padding()? {
            return Ok(false);
        }
        let mut fixed = [0; 10];
        self.source.read_exact(&mut fixed).map_err(or_cut)?;
        let [0x1F, 0x8B, 8, flags @ 0..32, ..] = fixed else {
            return Err(other());
        };
        if flags & EXTRA != 0 {
            let length = u16::from_le_bytes([self.byte()?, self.byte()?]);
            for _ in 0..length {
                self.byte()?;
            }
        }
        for text in [NAME, COMMENT] {
            if flags & text != 0 {
                while self.byte()? != 0 {}
            }
        }
        if flags & HEADER_CHECKSUM != 0 {
            self.byte()?;
            self.byte()?;
        }
        self.inflate.reset(false);
        self.checksum.reset();
        Ok(true)
    }

    /// Nothing more comes, but perhaps zeros that fill a block of a tape.
    fn is_padding(&mut self) -> io::Result<bool> {
        loop {
            let next = self.source.fill_buf()?;
            let Some(&byte) = next.first() else {
                return Ok(true);
            };
            if byte != 0 {
                return Ok(false);
            }
            self.source.consume(1);
        }
    }

    /// Unpacks some bytes of a member.
    fn body(&mut self) -> io::Result<()> {
        let packed = self.source.fill_buf()?;
        let ended = packed.is_empty();
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(packed, &mut self.unpacked, FlushDecompress::None);
        // Counted also if it failed on the way.
        let read = usize::try_from(self.inflate.total_in() - read).unwrap_or(0);
        let written = usize::try_from(self.inflate.total_out() - written).unwrap_or(0);
        self.source.consume(read);
        self.left = 0..written;
        self.checksum
            .update(self.unpacked.get(..written).unwrap_or_default());
        match status {
            Ok(Status::StreamEnd) => self.step = Step::Trailer,
            Ok(_) if ended && written == 0 => return Err(cut()),
            Ok(_) => {}
            Err(_) => return Err(wrong("its compressed data is damaged")),
        }
        Ok(())
    }

    fn trailer(&mut self) -> io::Result<()> {
        let mut trailer = [0; 8];
        self.source.read_exact(&mut trailer).map_err(or_cut)?;
        let [c0, c1, c2, c3, l0, l1, l2, l3] = trailer;
        let (sum, amount) = (
            u32::from_le_bytes([c0, c1, c2, c3]),
            u32::from_le_bytes([l0, l1, l2, l3]),
        );
        if (sum, amount) != (self.checksum.sum(), self.checksum.amount()) {
            return Err(wrong("the checksum of its compressed data is wrong"));
        }
        Ok(())
    }

    fn step(&mut self) -> io::Result<()> {
        match self.step {
            Step::FirstHeader | Step::Header => {
                let there = self.header(matches!(self.step, Step::FirstHeader))?;
                self.step = if there { Step::Body } else { Step::End };
            }
            Step::Body => self.body()?,
            Step::Trailer => {
                self.trailer()?;
                self.step = Step::Header;
            }
            Step::End => {}
        }
        Ok(())
    }
}

impl Read for Gzip {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.left.is_empty() && !matches!(self.step, Step::End) {
            if let Some(failure) = self.failure.take() {
                self.step = Step::End;
                return Err(failure);
            }
            match self.step() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failure = Some(error),
                Ok(()) => {}
            }
        }
        let read = self
            .unpacked
            .get(self.left.clone())
            .unwrap_or_default()
            .read(room)?;
        self.left.start += read;
        Ok(read)
    }
}

/// Zstandard (RFC 8878), of any number of frames, with frames to be skipped between them.
struct Zstd {
    source: BufReader<Source>,
    decoder: FrameDecoder,
    in_frame: bool,
    failure: Option<io::Error>,
    ended: bool,
}

impl Zstd {
    fn new(source: Source) -> Self {
        Self {
            source: BufReader::with_capacity(1 << 15, source),
            decoder: FrameDecoder::new(),
            in_frame: false,
            failure: None,
            ended: false,
        }
    }

    /// Begins the next frame; false if there is none.
    fn begin(&mut self) -> io::Result<bool> {
        loop {
            if self.source.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(Error::ReadFrameHeaderError(HeaderError::SkipFrame { length, .. })) => {
                    let mut skipped = (&mut self.source).take(length.into());
                    if io::copy(&mut skipped, &mut io::sink())? < length.into() {
                        return Err(cut());
                    }
                }
                Err(Error::WindowSizeTooBig { requested, .. }) => {
                    let mib = requested >> 20;
                    return Err(wrong(format!(
                        "to unpack it takes {mib} MiB of memory, and 128 are given"
                    )));
                }
                Err(Error::DictNotProvided { .. }) => {
                    return Err(wrong("it was compressed with a dictionary, which is not here"));
                }
                Err(Error::ReadFrameHeaderError(HeaderError::BadMagicNumber(_))) => return Err(other()),
                Err(_) => return Err(self.damaged()),
            }
        }
    }

    /// Why a frame cannot be read on.
    fn damaged(&mut self) -> io::Error {
        loop {
            match self.source.fill_buf() {
                Ok([]) => return cut(),
                Ok(_) => return wrong("its compressed data is damaged"),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error,
            }
        }
    }

    /// Unpacks a block.
    fn block(&mut self) {
        /// The last block of a frame, of no bytes, and a checksum.
        const EMPTY: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
        let one = BlockDecodingStrategy::UptoBlocks(1);
        if self.decoder.decode_blocks(&mut self.source, one).is_err() {
            self.failure = Some(self.damaged());
            // What was unpacked is kept back as long as something may refer to it.
            let _ = self
                .decoder
                .decode_blocks(EMPTY.as_slice(), BlockDecodingStrategy::UptoBlocks(1));
        }
    }

    /// Whether the frame that was unpacked is what it says.
    fn is_sound(&self) -> bool {
        let said = self.decoder.get_checksum_from_data();
        said.is_none() || said == self.decoder.get_calculated_checksum()
    }
}

impl Read for Zstd {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(room);
            }
            if let Some(failure) = self.failure.take() {
                self.ended = true;
                return Err(failure);
            }
            if self.ended {
                return Ok(0);
            }
            if self.in_frame && !self.decoder.is_finished() {
                self.block();
                continue;
            }
            if self.in_frame && !self.is_sound() {
                self.failure = Some(wrong("the checksum of its compressed data is wrong"));
                continue;
            }
            match self.begin() {
                Ok(there) => (self.in_frame, self.ended) = (there, !there),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failure = Some(error),
            }
        }
    }
}
