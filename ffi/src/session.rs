//! Sessions: packets in, in any order and as often as the host likes; answers out, borrowed.

use crate::abi::{
    Breakable, IkewhyText, Versioned, call, copy_in, copy_out, guard, put, slice, stated_size, text_in,
    usable,
};
use crate::page;
use crate::status::IkewhyStatus;
use ikewhy::report::item::{Item, Look, Value};
use ikewhy::report::overview::{Arrow, Cell};
use ikewhy::report::tally::Count;
use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::report::writing::Writing;
use ikewhy::session::{Derived, DerivedKind, Options, Packet, Pass, Session};

/// A capture session. Used by one thread at a time.
#[derive(Debug)]
pub struct IkewhySession {
    engine: Session,
    items: Vec<Item>,
    counts: Vec<Count>,
    row: Vec<Cell>,
    arrow: Option<Arrow>,
    text: String,
    writing: Option<Writing>,
    fault: Option<String>,
}

/// Bounds of a session. Zero means the default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyOptions {
    /// sizeof(IkewhyOptions), set by the caller.
    pub size: usize,
    /// The most negotiations that are told apart.
    pub max_negotiations: u32,
    /// Zero, for now: what goes in ends without padding, so that later members find zero there.
    pub flags: u32,
}

// SAFETY: numbers, first a usize.
unsafe impl Versioned for IkewhyOptions {
    const FIRST: usize = size_of::<Self>();
}

/// In `IkewhyPacket.flags`: the host knows that this frame holds ISAKMP, whatever its ports say.
pub const IKEWHY_PACKET_KNOWN_IKE: u32 = 1;

/// In `IkewhyPacket.flags`: the host dissected this frame as something other than ISAKMP.
pub const IKEWHY_PACKET_OTHER_PROTOCOL: u32 = 2;

/// In `IkewhyPacket.ip_offset`: not known.
pub const IKEWHY_NO_OFFSET: u32 = 0xFFFF_FFFF;

/// What a host makes of a frame and earlier ones; in quotes, what Wireshark calls such a data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyDerivedKind {
    /// The plaintext of an IKEv1 message: "Decrypted IKE".
    DecryptedV1 = 1,
    /// The plaintext of an IKEv2 message, of one of its fragments, or of ESP: "Decrypted Data".
    Decrypted = 2,
    /// An IKEv1 message, from its fragments: "Reassembled ISAKMP".
    ReassembledV1 = 3,
    /// The plaintext of an IKEv2 message, from that of its fragments: "Reassembled IKE2 ISAKMP".
    ReassembledV2 = 4,
    /// What an IP datagram carries, from its fragments: "Reassembled IPv4", "Reassembled IPv6".
    ReassembledIp = 5,
}

/// Bytes the host made from this frame and earlier ones: reassembled or decrypted. Its layout is fixed as long as the ABI has its number.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyDerived {
    /// What they are, an `IkewhyDerivedKind`; others are left out.
    pub kind: u32,
    /// Zero, for now: what goes in ends without padding.
    pub reserved: u32,
    /// First byte.
    pub data: *const u8,
    /// Number of bytes.
    pub length: usize,
}

/// One captured frame.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyPacket {
    /// sizeof(IkewhyPacket), set by the caller.
    pub size: usize,
    /// Frame number in the capture, from 1.
    pub frame: u32,
    /// Number of the capture interface.
    pub interface_id: u32,
    /// Capture time, nanoseconds since 1970.
    pub time: i64,
    /// LINKTYPE_ value (www.tcpdump.org/linktypes.html); -1 if unknown.
    pub link_type: i32,
    /// `IKEWHY_PACKET_` values.
    pub flags: u32,
    /// Captured bytes of the frame.
    pub data: *const u8,
    /// Their number.
    pub length: usize,
    /// Length of the frame on the wire.
    pub original_length: u32,
    /// Where in `data` the host found the innermost IP header, or `IKEWHY_NO_OFFSET`.
    pub ip_offset: u32,
    /// Further bytes the host made.
    pub derived: *const IkewhyDerived,
    /// Their number.
    pub derived_count: usize,
}

// SAFETY: numbers and pointers, first a usize.
unsafe impl Versioned for IkewhyPacket {
    const FIRST: usize = size_of::<Self>();
}

/// When a frame is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyPass {
    /// While the capture is read for the first time: only what is decided by now, and stays so, is said.
    First = 0,
    /// Again, with all that is known.
    Again = 1,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyForm {
    /// Plain text.
    Text = 0,
    /// Markdown.
    Markdown = 1,
    /// One HTML page that needs nothing else.
    Html = 2,
    /// The document for scripts.
    Json = 3,
}

/// In `IkewhyWanted.stream`: the whole capture.
pub const IKEWHY_ALL_STREAMS: u32 = 0xFFFF_FFFF;

/// In `IkewhyWanted.flags`: with pseudonyms for addresses, identities and SPIs.
pub const IKEWHY_WANTED_REDACTED: u32 = 1;

/// In `IkewhyWanted.flags`: for a window. No longer than one can show, some MiB, and the end says how much is left out; each paragraph
/// of plain text in one line, which the window breaks.
pub const IKEWHY_WANTED_WINDOW: u32 = 2;

/// What of a report is wanted, and how.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyWanted {
    /// sizeof(IkewhyWanted), set by the caller.
    pub size: usize,
    /// An `IkewhyForm`.
    pub form: u32,
    /// Index of a negotiation, or `IKEWHY_ALL_STREAMS`.
    pub stream: u32,
    /// `IKEWHY_WANTED_` values.
    pub flags: u32,
    /// Zero, for now: what goes in ends without padding.
    pub reserved: u32,
}

// SAFETY: numbers, first a usize.
unsafe impl Versioned for IkewhyWanted {
    const FIRST: usize = size_of::<Self>();
}

impl IkewhyWanted {
    fn read(self) -> Result<Wanted, IkewhyStatus> {
        let forms = [Form::Text, Form::Markdown, Form::Html, Form::Json];
        let form = forms.get(self.form as usize).ok_or(IkewhyStatus::BadValue)?;
        Ok(Wanted {
            form: *form,
            stream: (self.stream != IKEWHY_ALL_STREAMS).then_some(self.stream),
            redact: self.flags & IKEWHY_WANTED_REDACTED != 0,
            window: self.flags & IKEWHY_WANTED_WINDOW != 0,
        })
    }
}

/// Type of an item's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyValue {
    /// None: a subtree.
    None = 0,
    /// `number`.
    Number = 1,
    /// `text`.
    Text = 2,
    /// `real`.
    Real = 3,
    /// `duration`.
    Duration = 4,
}

/// How an item is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum IkewhyLook {
    /// In the brackets that mark what a program adds to a packet.
    Added = 0,
    /// Without them: running text, or a further line of it.
    Running = 1,
    /// Not at all: it repeats what stands above it, and is there for filters and exports.
    Hidden = 2,
}

/// One item of a frame's tree.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyItem {
    /// sizeof(IkewhyItem), set by the caller.
    pub size: usize,
    /// 0 is the root; an item of depth n+1 stands below the last item of depth n.
    pub depth: u32,
    /// Index of its field.
    pub field: u32,
    /// Which of the values that follow it has, an `IkewhyValue`.
    pub value: u32,
    /// A number, or the number of a frame.
    pub number: u32,
    /// A floating point number.
    pub real: f64,
    /// Nanoseconds.
    pub duration: i64,
    /// Text.
    pub text: IkewhyText,
    /// Text to show instead of the field's name and value; NULL if none.
    pub label: IkewhyText,
    /// First byte of the frame to highlight.
    pub span_offset: u32,
    /// Number of bytes to highlight; 0 for none.
    pub span_length: u32,
    /// Index of the rule to raise here, or -1.
    pub expert: i32,
    /// How it is drawn, an `IkewhyLook`.
    pub look: u32,
}

// SAFETY: numbers and pointers, first a usize.
unsafe impl Versioned for IkewhyItem {
    const FIRST: usize = size_of::<Self>();
}

impl Breakable for IkewhySession {
    unsafe fn with(
        this: *mut Self,
        body: impl FnOnce(&mut Self) -> Result<(), IkewhyStatus>,
    ) -> IkewhyStatus {
        if let Err(status) = usable(this) {
            return status;
        }
        // SAFETY: not NULL, and live and unshared as promised.
        let session = unsafe { &mut *this };
        if session.fault.is_some() {
            return IkewhyStatus::Broken;
        }
        match guard(|| body(session)) {
            Ok(Ok(())) => IkewhyStatus::Ok,
            Ok(Err(status)) => status,
            Err(fault) => {
                session.items = Vec::new();
                session.counts = Vec::new();
                session.row = Vec::new();
                session.arrow = None;
                session.writing = None;
                session.fault = Some(fault);
                IkewhyStatus::Broken
            }
        }
    }
}

impl IkewhySession {
    /// # Safety
    /// `options` as `copy_in` wants it.
    unsafe fn new(options: *const IkewhyOptions) -> Result<Box<Self>, IkewhyStatus> {
        let mut chosen = Options::default();
        if !options.is_null() {
            // SAFETY: passed on.
            let given = unsafe { copy_in(options) }?;
            if given.max_negotiations != 0 {
                chosen.max_negotiations = given.max_negotiations;
            }
        }
        Ok(Box::new(Self {
            engine: Session::new(chosen),
            items: Vec::new(),
            counts: Vec::new(),
            row: Vec::new(),
            arrow: None,
            text: String::new(),
            writing: None,
            fault: None,
        }))
    }

    /// # Safety
    /// All pointers in `packet` are as the header's conventions say.
    unsafe fn push(&mut self, packet: &IkewhyPacket) -> Result<bool, IkewhyStatus> {
        if packet.frame == 0 {
            return Err(IkewhyStatus::BadValue);
        }
        // SAFETY: passed on.
        let (data, made) = unsafe {
            (
                slice(packet.data, packet.length)?,
                slice(packet.derived, packet.derived_count)?,
            )
        };
        let mut derived = Vec::with_capacity(made.len());
        for one in made {
            // SAFETY: passed on.
            let data = unsafe { slice(one.data, one.length) }?;
            derived.extend(kind_of(one.kind).map(|kind| Derived { kind, data }));
        }
        Ok(self.engine.push(&Packet {
            frame: packet.frame,
            time: packet.time,
            interface: packet.interface_id,
            link_type: packet.link_type,
            data,
            original_length: packet.original_length,
            ip_hint: (packet.ip_offset != IKEWHY_NO_OFFSET).then_some(packet.ip_offset),
            known_ike: match packet.flags & (IKEWHY_PACKET_KNOWN_IKE | IKEWHY_PACKET_OTHER_PROTOCOL) {
                0 => None,
                flags => Some(flags & IKEWHY_PACKET_KNOWN_IKE != 0),
            },
            derived: &derived,
        }))
    }

    /// Keeps a text of the engine, to be borrowed.
    fn keep(&mut self, text: String) -> IkewhyText {
        self.text = text;
        IkewhyText::new(&self.text)
    }
}

/// Reads an `IkewhyDerivedKind`; `None` if a later header has it.
fn kind_of(number: u32) -> Option<DerivedKind> {
    Some(match number {
        n if n == IkewhyDerivedKind::DecryptedV1 as u32 => DerivedKind::DecryptedV1,
        n if n == IkewhyDerivedKind::Decrypted as u32 => DerivedKind::Decrypted,
        n if n == IkewhyDerivedKind::ReassembledV1 as u32 => DerivedKind::ReassembledV1,
        n if n == IkewhyDerivedKind::ReassembledV2 as u32 => DerivedKind::ReassembledV2,
        n if n == IkewhyDerivedKind::ReassembledIp as u32 => DerivedKind::ReassembledIp,
        _ => return None,
    })
}

/// Reads an `IkewhyPass`.
fn pass_of(number: u32) -> Result<Pass, IkewhyStatus> {
    match number {
        n if n == IkewhyPass::First as u32 => Ok(Pass::First),
        n if n == IkewhyPass::Again as u32 => Ok(Pass::Again),
        _ => Err(IkewhyStatus::BadValue),
    }
}

/// Opens a session. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_new(
    options: *const IkewhyOptions,
    out: *mut *mut IkewhySession,
) -> IkewhyStatus {
    call!({
        usable(out)?;
        put(Box::into_raw(IkewhySession::new(options)?), out)
    })
}

/// Closes a session. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_free(session: *mut IkewhySession) {
    if !session.is_null() {
        // SAFETY: the caller's promise: it was made by Box::into_raw and is given back once.
        let _ = guard(|| drop(unsafe { Box::from_raw(session) }));
    }
}

/// Reads the peers' configurations and logs, before the packets: files or folders separated by `;`, each after `ADDRESS=`
/// where the user says whose it is. A file that cannot be read is noted in the tree; only bad arguments fail.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_peer_files(
    session: *mut IkewhySession,
    files: IkewhyText,
) -> IkewhyStatus {
    call!(session, {
        ikewhy_sources::read_peer_files(&mut session.engine, text_in(files)?);
        Ok(())
    })
}

/// Takes a packet; what it keeps, it copies. A frame number that was taken before changes nothing.
/// `ours` (may be NULL) becomes true if the packet belongs to a negotiation, and so has something to draw.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_push(
    session: *mut IkewhySession,
    packet: *const IkewhyPacket,
    ours: *mut bool,
) -> IkewhyStatus {
    call!(session, {
        let answer = session.push(&copy_in(packet)?)?;
        if ours.is_null() {
            return Ok(());
        }
        put(answer, ours)
    })
}

/// Notes that a frame was captured at this time (nanoseconds since 1970) that is not handed over, for it is nobody's. Silence is
/// measured to the newest frame of the whole capture, so a host that leaves frames out tells the time of the newest one before it
/// asks for anything.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_clock(session: *mut IkewhySession, time: i64) -> IkewhyStatus {
    call!(session, {
        session.engine.clock(time);
        Ok(())
    })
}

/// Makes the tree of a frame ready to be read by `ikewhy_session_item`; it is empty if the frame is not ours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_view(
    session: *mut IkewhySession,
    frame: u32,
    pass: u32,
    count: *mut usize,
) -> IkewhyStatus {
    call!(session, {
        session.items = session.engine.items(frame, pass_of(pass)?);
        put(session.items.len(), count)
    })
}

/// The same for a host that shows no tree now: only what raises an expert entry, without texts. Much cheaper.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_view_expert_items(
    session: *mut IkewhySession,
    frame: u32,
    pass: u32,
    count: *mut usize,
) -> IkewhyStatus {
    call!(session, {
        session.items = session.engine.expert_items(frame, pass_of(pass)?);
        put(session.items.len(), count)
    })
}

/// Reads an item of the tree that `ikewhy_session_view` made ready. Its texts are borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_item(
    session: *const IkewhySession,
    index: usize,
    out: *mut IkewhyItem,
) -> IkewhyStatus {
    call!(&session, {
        let item = session.items.get(index).ok_or(IkewhyStatus::OutOfRange)?;
        let mut answer = IkewhyItem {
            size: size_of::<IkewhyItem>(),
            depth: u32::from(item.depth),
            field: item.field as u32,
            value: IkewhyValue::None as u32,
            number: 0,
            real: 0.0,
            duration: 0,
            text: IkewhyText::NONE,
            label: item.label.as_deref().map_or(IkewhyText::NONE, IkewhyText::new),
            span_offset: item.span.map_or(0, |span| span.offset),
            span_length: item.span.map_or(0, |span| span.len),
            expert: item.expert.map_or(-1, i32::from),
            look: match item.look {
                Look::Added => IkewhyLook::Added,
                Look::Running => IkewhyLook::Running,
                Look::Hidden => IkewhyLook::Hidden,
            } as u32,
        };
        answer.value = match &item.value {
            Value::None => IkewhyValue::None,
            Value::Uint(number) => {
                answer.number = *number;
                IkewhyValue::Number
            }
            Value::Text(text) => {
                answer.text = IkewhyText::new(text);
                IkewhyValue::Text
            }
            Value::Double(real) => {
                answer.real = *real;
                IkewhyValue::Real
            }
            Value::Duration(duration) => {
                answer.duration = *duration;
                IkewhyValue::Duration
            }
        } as u32;
        copy_out(&answer, out)
    })
}

/// A few words for the packet list at a deciding frame; no text at others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_info(
    session: *mut IkewhySession,
    frame: u32,
    pass: u32,
    out: *mut IkewhyText,
) -> IkewhyStatus {
    call!(session, {
        let text = match session.engine.info(frame, pass_of(pass)?) {
            Some(text) => session.keep(text),
            None => IkewhyText::NONE,
        };
        put(text, out)
    })
}

/// Where a frame stands.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyFrame {
    /// sizeof(IkewhyFrame), set by the caller.
    pub size: usize,
    /// Index of its negotiation.
    pub stream: u32,
    /// 1 if `response_time` is known.
    pub answers: u32,
    /// Nanoseconds between the request and this answer, at its first copy.
    pub response_time: i64,
    /// Its step in the negotiation.
    pub step: IkewhyText,
}

// SAFETY: numbers and pointers, first a usize.
unsafe impl Versioned for IkewhyFrame {
    const FIRST: usize = size_of::<Self>();
}

/// Says where a frame stands; `IKEWHY_STATUS_OUT_OF_RANGE` if it belongs to no negotiation. Cheap: nothing is judged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_frame(
    session: *mut IkewhySession,
    frame: u32,
    out: *mut IkewhyFrame,
) -> IkewhyStatus {
    call!(session, {
        let place = session
            .engine
            .whereabouts(frame)
            .ok_or(IkewhyStatus::OutOfRange)?;
        let answer = IkewhyFrame {
            size: size_of::<IkewhyFrame>(),
            stream: place.stream,
            answers: u32::from(place.response_time.is_some()),
            response_time: place.response_time.unwrap_or(0),
            step: session.keep(place.step),
        };
        copy_out(&answer, out)
    })
}

/// Makes the rows ready in which a negotiation counts in the statistics, once each, as if the capture ended here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_counts(
    session: *mut IkewhySession,
    stream: u32,
    count: *mut usize,
) -> IkewhyStatus {
    call!(session, {
        session.counts = session.engine.counts(stream);
        put(session.counts.len(), count)
    })
}

/// Reads a row that `ikewhy_session_counts` made ready: the index of its table, and its name, borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_count(
    session: *const IkewhySession,
    index: usize,
    table: *mut u32,
    row: *mut IkewhyText,
) -> IkewhyStatus {
    call!(&session, {
        let count = session.counts.get(index).ok_or(IkewhyStatus::OutOfRange)?;
        put(count.table as u32, table)?;
        put(IkewhyText::new(&count.row), row)
    })
}

/// What stands in a row of the table of negotiations at one of its columns.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyCell {
    /// sizeof(IkewhyCell), set by the caller.
    pub size: usize,
    /// A number, where the column's type says so.
    pub number: u32,
    /// Seconds, where it says so.
    pub real: f64,
    /// Text, where it says so.
    pub text: IkewhyText,
}

// SAFETY: numbers and pointers, first a usize.
unsafe impl Versioned for IkewhyCell {
    const FIRST: usize = size_of::<Self>();
}

/// Makes a negotiation's row in the table ready, as if the capture ended here; `IKEWHY_STATUS_OUT_OF_RANGE` if there is no such one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_row(session: *mut IkewhySession, stream: u32) -> IkewhyStatus {
    call!(session, {
        let row = session.engine.row(stream).ok_or(IkewhyStatus::OutOfRange)?;
        session.row = row.into();
        Ok(())
    })
}

/// Reads a cell of the row that `ikewhy_session_row` made ready, by its column. Its text is borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_cell(
    session: *const IkewhySession,
    column: usize,
    out: *mut IkewhyCell,
) -> IkewhyStatus {
    call!(&session, {
        let cell = session.row.get(column).ok_or(IkewhyStatus::OutOfRange)?;
        let mut answer = IkewhyCell {
            size: size_of::<IkewhyCell>(),
            number: 0,
            real: 0.0,
            text: IkewhyText::NONE,
        };
        match cell {
            Cell::Number(number) => answer.number = *number,
            Cell::Text(text) => answer.text = IkewhyText::new(text),
            Cell::Seconds(seconds) => answer.real = *seconds,
        }
        copy_out(&answer, out)
    })
}

/// The whole table as text, for a host whose windows show nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_table(
    session: *mut IkewhySession,
    out: *mut IkewhyText,
) -> IkewhyStatus {
    call!(session, {
        let text = session.engine.table();
        put(session.keep(text), out)
    })
}

/// A packet in a flow graph.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyArrow {
    /// sizeof(IkewhyArrow), set by the caller.
    pub size: usize,
    /// Index of its negotiation.
    pub stream: u32,
    /// What stands above the arrow. Borrowed, as what follows.
    pub label: IkewhyText,
    /// What stands beside it.
    pub comment: IkewhyText,
}

// SAFETY: numbers and pointers, first a usize.
unsafe impl Versioned for IkewhyArrow {
    const FIRST: usize = size_of::<Self>();
}

/// The arrow of a frame in a flow graph; `IKEWHY_STATUS_OUT_OF_RANGE` if it has none: it is not ours, or only repeats what an earlier
/// one says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_arrow(
    session: *mut IkewhySession,
    frame: u32,
    pass: u32,
    out: *mut IkewhyArrow,
) -> IkewhyStatus {
    call!(session, {
        session.arrow = session.engine.arrow(frame, pass_of(pass)?);
        let arrow = session.arrow.as_ref().ok_or(IkewhyStatus::OutOfRange)?;
        let answer = IkewhyArrow {
            size: size_of::<IkewhyArrow>(),
            stream: arrow.stream,
            label: IkewhyText::new(&arrow.label),
            comment: IkewhyText::new(&arrow.comment),
        };
        copy_out(&answer, out)
    })
}

/// The report for people on all packets taken so far, as if the capture ended here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_report(
    session: *mut IkewhySession,
    out: *mut IkewhyText,
) -> IkewhyStatus {
    call!(session, {
        let text = session.engine.report();
        put(session.keep(text), out)
    })
}

/// The same for scripts: one JSON document.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_json(
    session: *mut IkewhySession,
    out: *mut IkewhyText,
) -> IkewhyStatus {
    call!(session, {
        let text = session.engine.json();
        put(session.keep(text), out)
    })
}

/// Reads the arguments of a statistic, `report,html,stream=3,redact`; `IKEWHY_STATUS_BAD_VALUE` if some of it is not understood, see
/// `ikewhy_wanted_usage`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_wanted_parse(arguments: IkewhyText, out: *mut IkewhyWanted) -> IkewhyStatus {
    call!({
        let wanted = Wanted::parse(text_in(arguments)?).ok_or(IkewhyStatus::BadValue)?;
        let form = match wanted.form {
            Form::Text => IkewhyForm::Text,
            Form::Markdown => IkewhyForm::Markdown,
            Form::Html => IkewhyForm::Html,
            Form::Json => IkewhyForm::Json,
        };
        let answer = IkewhyWanted {
            size: size_of::<IkewhyWanted>(),
            form: form as u32,
            stream: wanted.stream.unwrap_or(IKEWHY_ALL_STREAMS),
            flags: if wanted.redact { IKEWHY_WANTED_REDACTED } else { 0 },
            reserved: 0,
        };
        copy_out(&answer, out)
    })
}

/// What `ikewhy_wanted_parse` understands, for people. Static.
#[unsafe(no_mangle)]
pub extern "C" fn ikewhy_wanted_usage() -> IkewhyText {
    IkewhyText::new(ikewhy::report::wanted::USAGE)
}

/// The report that is wanted on all packets taken so far, as if the capture ended here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_write(
    session: *mut IkewhySession,
    wanted: *const IkewhyWanted,
    out: *mut IkewhyText,
) -> IkewhyStatus {
    call!(session, {
        let wanted = copy_in(wanted)?.read()?;
        let text = session.engine.write(&wanted);
        put(session.keep(text), out)
    })
}

/// Begins the same report, to be read in pieces by `ikewhy_session_write_next`, of which one at a time is in memory. A report that
/// was begun before is given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_write_begin(
    session: *mut IkewhySession,
    wanted: *const IkewhyWanted,
) -> IkewhyStatus {
    call!(session, {
        let wanted = copy_in(wanted)?.read()?;
        session.writing = Some(session.engine.begin(&wanted));
        Ok(())
    })
}

/// The next piece of the report that was begun; no text after the last one, nor if none was begun. Take no packets between
/// pieces: it is as of the moment it was begun.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_write_next(
    session: *mut IkewhySession,
    out: *mut IkewhyText,
) -> IkewhyStatus {
    call!(session, {
        usable(out)?;
        let writing = session.writing.as_mut();
        let text = match writing.and_then(|writing| session.engine.next_piece(writing)) {
            Some(piece) => session.keep(piece),
            None => {
                session.writing = None;
                IkewhyText::NONE
            }
        };
        put(text, out)
    })
}

/// Writes the report that is wanted to a new file that only this user may read, where a browser may read it, too: in the folder of
/// downloads if there is one. `out` becomes the file's path. `IKEWHY_STATUS_UNWRITTEN` if that is not possible.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_write_page(
    session: *mut IkewhySession,
    wanted: *const IkewhyWanted,
    out: *mut IkewhyText,
) -> IkewhyStatus {
    call!(session, {
        usable(out)?;
        let wanted = copy_in(wanted)?.read()?;
        let path = page::write(&mut session.engine, &wanted).map_err(|_| IkewhyStatus::Unwritten)?;
        put(session.keep(path), out)
    })
}

/// Tries a candidate for the pre-shared key, as bytes, on each negotiation in Aggressive Mode; the answer is a line of text for each. The
/// candidate is neither kept nor said; wiping it is the caller's part.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_check_psk(
    session: *mut IkewhySession,
    candidate: IkewhyText,
    out: *mut IkewhyText,
) -> IkewhyStatus {
    call!(session, {
        let bytes = slice(candidate.data.cast::<u8>(), candidate.length)?;
        let text = session.engine.check_psk(bytes);
        put(session.keep(text), out)
    })
}

/// What broke the session; no text if it is whole.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_session_fault(
    session: *const IkewhySession,
    out: *mut IkewhyText,
) -> IkewhyStatus {
    call!(&session, {
        let fault = session.fault.as_deref();
        put(fault.map_or(IkewhyText::NONE, IkewhyText::new), out)
    })
}

/// Analyses a whole conversation, or a whole file: a new session that has taken `count` packets, each as large as
/// the first states. `options` may be NULL. After any other answer than `IKEWHY_STATUS_OK` there is no session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ikewhy_analyze(
    packets: *const IkewhyPacket,
    count: usize,
    options: *const IkewhyOptions,
    out: *mut *mut IkewhySession,
) -> IkewhyStatus {
    call!({
        usable(out)?;
        let mut session = IkewhySession::new(options)?;
        if count > 0 {
            let stride = stated_size(packets)?;
            for index in 0..count {
                let packet = copy_in(packets.byte_add(stride.saturating_mul(index)))?;
                session.push(&packet)?;
            }
        }
        put(Box::into_raw(session), out)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::{null, null_mut};

    fn packet(frame: u32) -> IkewhyPacket {
        IkewhyPacket {
            size: size_of::<IkewhyPacket>(),
            frame,
            interface_id: 0,
            time: 0,
            link_type: 1,
            flags: 0,
            data: null(),
            length: 0,
            original_length: 0,
            ip_offset: IKEWHY_NO_OFFSET,
            derived: null(),
            derived_count: 0,
        }
    }

    fn session() -> *mut IkewhySession {
        let mut session = null_mut();
        // SAFETY: `session` is live.
        let status = unsafe { ikewhy_session_new(null(), &mut session) };
        assert_eq!(status, IkewhyStatus::Ok);
        session
    }

    #[test]
    fn bad_arguments_are_statuses() {
        let session = session();
        let (mut count, mut ours) = (0, false);
        // SAFETY: live or NULL throughout.
        unsafe {
            assert_eq!(ikewhy_session_new(null(), null_mut()), IkewhyStatus::BadPointer);
            assert_eq!(
                ikewhy_session_push(null_mut(), &packet(1), &mut ours),
                IkewhyStatus::BadPointer
            );
            assert_eq!(
                ikewhy_session_push(session, null(), &mut ours),
                IkewhyStatus::BadPointer
            );
            assert_eq!(
                ikewhy_session_push(session, &packet(0), &mut ours),
                IkewhyStatus::BadValue
            );
            let small = IkewhyPacket { size: 8, ..packet(1) };
            assert_eq!(
                ikewhy_session_push(session, &small, &mut ours),
                IkewhyStatus::BadSize
            );
            let nothing = IkewhyPacket {
                length: 4,
                ..packet(1)
            };
            assert_eq!(
                ikewhy_session_push(session, &nothing, &mut ours),
                IkewhyStatus::BadPointer
            );
            assert_eq!(
                ikewhy_session_view(session, 1, 7, &mut count),
                IkewhyStatus::BadValue
            );
            assert_eq!(
                ikewhy_session_view(session, 1, 0, null_mut()),
                IkewhyStatus::BadPointer
            );
            assert_eq!(
                ikewhy_session_item(session, 0, null_mut()),
                IkewhyStatus::OutOfRange
            );
            assert_eq!(
                ikewhy_session_push(session, &packet(1), null_mut()),
                IkewhyStatus::Ok
            );
            ikewhy_session_free(session);
            ikewhy_session_free(null_mut());
        }
    }

    #[test]
    fn a_session_that_panicked_stays_broken_and_says_why() {
        let session = session();
        let (mut count, mut fault) = (0, IkewhyText::NONE);
        // SAFETY: live throughout.
        unsafe {
            assert_eq!(
                IkewhySession::with(session, |_| panic!("on purpose")),
                IkewhyStatus::Broken
            );
            assert_eq!(
                ikewhy_session_view(session, 1, 0, &mut count),
                IkewhyStatus::Broken
            );
            assert_eq!(ikewhy_session_fault(session, &mut fault), IkewhyStatus::Ok);
            assert_eq!(fault.length, "on purpose".len());
            ikewhy_session_free(session);
        }
    }

    #[test]
    fn a_whole_file_at_once() {
        let packets = [packet(1), packet(2)];
        let mut session = null_mut();
        // SAFETY: live throughout.
        unsafe {
            assert_eq!(
                ikewhy_analyze(packets.as_ptr(), 2, null(), &mut session),
                IkewhyStatus::Ok
            );
            assert!(!session.is_null());
            ikewhy_session_free(session);
            assert_eq!(
                ikewhy_analyze(null(), 1, null(), &mut session),
                IkewhyStatus::BadPointer
            );
        }
    }
}
