//! The C ABI, used by a host that errs: bytes are read as a list of calls with good and bad arguments.
//!
//! Only what the header forbids a host to do for its own sake is left out: pointers that lead nowhere, sessions that were
//! freed, and texts used after the next call.

use ikewhy_ffi::abi::IkewhyText;
use ikewhy_ffi::registry::*;
use ikewhy_ffi::session::*;
use ikewhy_ffi::status::*;
use std::ffi::CStr;
use std::mem::{size_of, zeroed};
use std::ptr::{null, null_mut};

/// Bytes as arguments; zeros when there are no more.
struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> u32 {
        match self.byte() {
            small @ 0..=239 => small.into(),
            240..=247 => u32::from_le_bytes(std::array::from_fn(|_| self.byte())),
            large => u32::MAX - u32::from(large - 248),
        }
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()) | usize::from(self.byte() & 7) << 8;
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A size a struct of this size may state, or may not.
    fn size(&mut self, right: usize) -> usize {
        match self.byte() {
            0 => 0,
            1 => right - 1,
            2 => right + 16,
            3 => usize::MAX,
            _ => right,
        }
    }

    fn null<T>(&mut self, good: *const T) -> *const T {
        if self.byte() == 255 { null() } else { good }
    }

    fn null_mut<T>(&mut self, good: *mut T) -> *mut T {
        if self.byte() == 255 { null_mut() } else { good }
    }

    /// Text, or none that has a length all the same.
    fn text(&mut self, bytes: &[u8]) -> IkewhyText {
        IkewhyText {
            data: self.null(bytes.as_ptr()).cast(),
            length: bytes.len(),
        }
    }
}

/// Text the library gave is UTF-8 that formats nothing, and all of it is there.
fn read(text: IkewhyText) -> String {
    let text = utf8(text);
    crate::sound::lines(&text);
    text
}

/// Text the library gave is UTF-8, and all of it is there.
fn utf8(text: IkewhyText) -> String {
    if text.data.is_null() {
        return String::new();
    }
    // SAFETY: the library's promise, which this is to prove.
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.length) };
    std::str::from_utf8(bytes).expect("UTF-8").to_owned()
}

/// A struct with room behind it, for sizes that are too large.
#[repr(C)]
struct Roomy<T> {
    value: T,
    room: [u8; 64],
}

impl<T> Roomy<T> {
    fn new(value: T) -> Self {
        Self {
            value,
            room: [0xA5; 64],
        }
    }
}

/// The script of a host that takes these frames and asks for everything.
#[must_use]
pub fn script(frames: &[&[u8]]) -> Vec<u8> {
    let mut script = vec![9, 0, 0, 0]; // a session: size, two options, and whether they are given
    for data in frames {
        let length = data.len().min(0x7FF) as u16;
        script.push(0);
        script.extend(length.to_le_bytes());
        script.extend(&data[..length.into()]);
        script.extend([0, 0, 0, 0]); // nothing was made of it
        script.extend([0, 1, 0, 9, 0, 1, 20, 1, 0, 0]); // up to the pointer to its bytes
        script.push(240);
        script.extend((data.len() as u32).to_le_bytes());
        script.extend([255, 0, 0, 0, 0]);
    }
    for frame in 1..=frames.len() as u8 {
        script.extend([4, frame, 1, 0, 0, 0, 6, frame, 1, 0, 0, 12, frame, 9, 0, 0]);
    }
    // Both old reports, the report as HTML and with pseudonyms, the statistics, a candidate for a key.
    script.extend([7, 0, 0, 0, 7, 1, 0, 0]);
    for words in ["report,html,stream=0", "json,redact"] {
        script.extend([8, words.len() as u8, 0]);
        script.extend(words.bytes());
        script.extend([0, 9, 0, 0, 0, 0]);
    }
    script.extend([13, 0, 0, 0, 15, 3, 0, b'k', b'e', b'y', 0, 0, 0]);
    script
}

/// No call fails in another way than by a status; a session lives on whatever it is asked.
pub fn check(data: &[u8]) {
    let mut script = Script(data);
    let mut session = open(&mut script);
    let mut frame = 0;
    for _ in 0..64 {
        if script.0.is_empty() {
            break;
        }
        call(&mut script, session, &mut frame);
        if script.byte() == 254 {
            // SAFETY: open, and never used again.
            unsafe { ikewhy_session_free(session) };
            session = open(&mut script);
            frame = 0;
        }
    }
    let mut fault = IkewhyText::NONE;
    // SAFETY: NULL or open; live.
    unsafe {
        ikewhy_session_fault(session, &mut fault);
        assert!(fault.data.is_null(), "the session has stopped: {}", read(fault));
        ikewhy_session_free(session);
        ikewhy_session_free(null_mut());
    }
}

/// A session, or NULL where the options were refused.
fn open(script: &mut Script<'_>) -> *mut IkewhySession {
    let mut session = null_mut();
    let mut options = Roomy::new(IkewhyOptions {
        size: script.size(size_of::<IkewhyOptions>()),
        max_negotiations: script.number(),
        flags: script.number(),
    });
    if options.value.size == usize::MAX {
        options.value.size = size_of::<Roomy<IkewhyOptions>>();
    }
    let chosen = if script.byte() & 1 == 0 {
        null()
    } else {
        script.null(&options.value)
    };
    // SAFETY: NULL or live, with as much room as the size states.
    let status = unsafe { ikewhy_session_new(chosen, &mut session) };
    assert_eq!(status == IkewhyStatus::Ok, !session.is_null());
    session
}

fn call(script: &mut Script<'_>, session: *mut IkewhySession, frame: &mut u32) {
    let choice = script.byte();
    // SAFETY: everything is NULL or live, and as large as it states.
    unsafe {
        match choice % 16 {
            0..=3 => push(script, session, frame),
            4 => {
                let mut count = 0;
                let (number, pass) = (script.number(), script.number());
                let view = if script.byte() & 1 == 0 {
                    ikewhy_session_view
                } else {
                    ikewhy_session_view_expert_items
                };
                let place = script.null_mut(&mut count);
                if view(session, number, pass, place) == IkewhyStatus::Ok {
                    for index in 0..=count {
                        item(session, index, size_of::<IkewhyItem>());
                    }
                }
            }
            5 => item(
                session,
                script.number() as usize,
                script.size(size_of::<IkewhyItem>()),
            ),
            6 => {
                let mut text = IkewhyText::NONE;
                let (number, pass) = (script.number(), script.number());
                if pass > 1 {
                    ikewhy_session_clock(session, i64::from(number) << (pass & 31));
                }
                ikewhy_session_info(session, number, pass, script.null_mut(&mut text));
                read(text);
            }
            7 => {
                let mut text = IkewhyText::NONE;
                let ask = if script.byte() & 1 == 0 {
                    ikewhy_session_report
                } else {
                    ikewhy_session_json
                };
                ask(session, script.null_mut(&mut text));
                read(text);
            }
            8 => write(script, session),
            9 => {
                // Names of files that are not there: what a file holds is the target `policy`'s.
                let files = [b"/nowhere/at/all;", script.bytes()].concat();
                let files = String::from_utf8_lossy(&files).replace(['/', '.'], "/nowhere/");
                let mut bytes = files.into_bytes();
                if script.byte() == 255 {
                    bytes.push(0xFF);
                }
                let text = script.text(&bytes);
                ikewhy_session_peer_files(session, text);
            }
            10 => registries(script),
            11 => analyse(script),
            12 => {
                let mut place: Roomy<IkewhyFrame> = Roomy::new(zeroed());
                let number = script.number();
                place.value.size = script.size(size_of::<IkewhyFrame>()).min(size_of_val(&place));
                if ikewhy_session_frame(session, number, script.null_mut(&mut place.value))
                    == IkewhyStatus::Ok
                {
                    assert_eq!(place.room, [0xA5; 64], "written past the end");
                    read(place.value.step);
                }
                let mut arrow: Roomy<IkewhyArrow> = Roomy::new(zeroed());
                arrow.value.size = place.value.size.min(size_of_val(&arrow));
                let pass = u32::from(choice >> 6);
                if ikewhy_session_arrow(session, number, pass, &mut arrow.value) == IkewhyStatus::Ok {
                    assert_eq!(arrow.room, [0xA5; 64], "written past the end");
                    read(arrow.value.label);
                    read(arrow.value.comment);
                }
            }
            13 => {
                let (mut count, mut table, mut row) = (0, 0, IkewhyText::NONE);
                let stream = script.number();
                if ikewhy_session_counts(session, stream, script.null_mut(&mut count)) == IkewhyStatus::Ok {
                    for index in 0..count {
                        let status = ikewhy_session_count(session, index, &mut table, &mut row);
                        assert_eq!(status, IkewhyStatus::Ok);
                        assert!((table as usize) < ikewhy_table_count());
                        read(row);
                    }
                }
                let (table, row) = (script.null_mut(&mut table), script.null_mut(&mut row));
                ikewhy_session_count(session, count, table, row);
                // A row that is ready has a cell for each column, and no more.
                let ready = ikewhy_session_row(session, stream) == IkewhyStatus::Ok;
                for column in 0..=ikewhy_column_count() {
                    let mut cell: IkewhyCell = zeroed();
                    cell.size = size_of::<IkewhyCell>();
                    let status = ikewhy_session_cell(session, column, &mut cell);
                    assert!(!ready || (status == IkewhyStatus::Ok) == (column < ikewhy_column_count()));
                    read(cell.text);
                }
                let mut text = IkewhyText::NONE;
                ikewhy_session_table(session, &mut text);
                read(text);
            }
            14 => {
                let mut text = IkewhyText::NONE;
                let words = script.bytes();
                let id = script.text(words);
                ikewhy_explain(id, script.null_mut(&mut text));
                read(text);
            }
            _ => {
                let mut text = IkewhyText::NONE;
                let words = script.bytes();
                let candidate = script.text(words);
                ikewhy_session_check_psk(session, candidate, script.null_mut(&mut text));
                read(text);
            }
        }
    }
}

/// A report as words ask for it, or as numbers do that mean nothing.
///
/// # Safety
/// `session` is NULL or open.
unsafe fn write(script: &mut Script<'_>, session: *mut IkewhySession) {
    let words = script.bytes();
    let arguments = script.text(words);
    // SAFETY: zeros are a wish; NULL or live, and as large as they state; the caller's promise.
    unsafe {
        let mut wanted: Roomy<IkewhyWanted> = Roomy::new(zeroed());
        wanted.value.size = script.size(size_of::<IkewhyWanted>()).min(size_of_val(&wanted));
        let parsed = ikewhy_wanted_parse(arguments, script.null_mut(&mut wanted.value));
        assert_eq!(wanted.room, [0xA5; 64], "written past the end");
        if parsed != IkewhyStatus::Ok {
            wanted.value.form = script.number();
            wanted.value.stream = script.number();
            wanted.value.flags = script.number();
            wanted.value.reserved = script.number();
        }
        let mut text = IkewhyText::NONE;
        let wanted = script.null(&wanted.value);
        ikewhy_session_write(session, wanted, script.null_mut(&mut text));
        let whole = read(text);
        // In pieces, it says the same.
        if ikewhy_session_write_begin(session, wanted) == IkewhyStatus::Ok {
            let mut pieces = String::new();
            ikewhy_session_write_next(session, null_mut());
            while ikewhy_session_write_next(session, &mut text) == IkewhyStatus::Ok && !text.data.is_null() {
                pieces += &read(text);
            }
            assert!(whole.is_empty() || whole == pieces, "{whole}\n{pieces}");
        }
        // Nothing is written to disk without a wish, or a place for the path.
        for (wanted, out) in [(null(), &raw mut text), (wanted, null_mut())] {
            assert_ne!(ikewhy_session_write_page(session, wanted, out), IkewhyStatus::Ok);
        }
        text = IkewhyText::NONE;
        ikewhy_session_write_next(session, &mut text);
        assert!(text.data.is_null(), "a piece after the last");
    }
}

/// Everything that is the same for all sessions.
fn registries(script: &mut Script<'_>) {
    let index = script.number() as usize;
    // SAFETY: zeros are a field, a rule, a preference and an entry; NULL or live, and as large as they state.
    unsafe {
        let mut field: Roomy<IkewhyField> = Roomy::new(zeroed());
        field.value.size = script.size(size_of::<IkewhyField>()).min(size_of_val(&field));
        if ikewhy_field(index, script.null_mut(&mut field.value)) == IkewhyStatus::Ok {
            assert!(index < ikewhy_field_count() && field.room == [0xA5; 64]);
            read(field.value.abbrev);
        }
        let mut rule: Roomy<IkewhyRule> = Roomy::new(zeroed());
        rule.value.size = script.size(size_of::<IkewhyRule>()).min(size_of_val(&rule));
        if ikewhy_rule(index, script.null_mut(&mut rule.value)) == IkewhyStatus::Ok {
            assert!(index < ikewhy_rule_count() && rule.room == [0xA5; 64]);
            read(rule.value.id);
        }
        let mut preference: Roomy<IkewhyPreference> = Roomy::new(zeroed());
        preference.value.size = script
            .size(size_of::<IkewhyPreference>())
            .min(size_of_val(&preference));
        if ikewhy_preference(index, script.null_mut(&mut preference.value)) == IkewhyStatus::Ok {
            assert!(index < ikewhy_preference_count() && preference.room == [0xA5; 64]);
            read(preference.value.name);
        }
        let mut entry: Roomy<IkewhyMenuEntry> = Roomy::new(zeroed());
        entry.value.size = script.size(size_of::<IkewhyMenuEntry>()).min(size_of_val(&entry));
        if ikewhy_menu_entry(index, script.null_mut(&mut entry.value)) == IkewhyStatus::Ok {
            assert!(index < ikewhy_menu_count() && entry.room == [0xA5; 64]);
            // Wireshark sorts a menu by its texts: spaces without a width give the order.
            crate::sound::line(&utf8(entry.value.path).replace('\u{200B}', ""));
        }
        let mut column: Roomy<IkewhyColumn> = Roomy::new(zeroed());
        column.value.size = script.size(size_of::<IkewhyColumn>()).min(size_of_val(&column));
        if ikewhy_column(index, script.null_mut(&mut column.value)) == IkewhyStatus::Ok {
            assert!(index < ikewhy_column_count() && column.room == [0xA5; 64]);
            read(column.value.title);
        }
        let mut title = IkewhyText::NONE;
        if ikewhy_table(index, script.null_mut(&mut title)) == IkewhyStatus::Ok {
            assert!(index < ikewhy_table_count());
            read(title);
        }
        assert!(!CStr::from_ptr(ikewhy_status_text(script.number())).is_empty());
        assert!(ikewhy_abi_version() > 0 && !read(ikewhy_wanted_usage()).is_empty());
    }
}

/// # Safety
/// `session` is NULL or open.
unsafe fn push(script: &mut Script<'_>, session: *mut IkewhySession, frame: &mut u32) {
    let (data, made) = (script.bytes(), script.bytes());
    let derived = IkewhyDerived {
        kind: script.number(),
        reserved: script.number(),
        data: script.null(made.as_ptr()),
        length: made.len(),
    };
    *frame = match script.byte() {
        0 => script.number(),
        _ => frame.saturating_add(1),
    };
    let count = match script.byte() {
        0..=127 => 0,
        128..=250 => 1,
        _ => usize::MAX / size_of::<IkewhyDerived>() + 1,
    };
    let packet = Roomy::new(IkewhyPacket {
        size: script.size(size_of::<IkewhyPacket>()),
        frame: *frame,
        interface_id: script.number(),
        time: i64::from(script.number()) << (script.byte() & 31),
        link_type: script.number().cast_signed(),
        flags: script.number(),
        data: script.null(data.as_ptr()),
        length: data.len(),
        original_length: script.number(),
        ip_offset: script.number(),
        derived: if count > 1 { null() } else { script.null(&derived) },
        derived_count: count,
    });
    let mut ours = false;
    // SAFETY: the caller's promise; all pointers are NULL or live, and lengths are theirs.
    unsafe { ikewhy_session_push(session, script.null(&packet.value), script.null_mut(&mut ours)) };
}

/// # Safety
/// `session` is NULL or open.
unsafe fn item(session: *mut IkewhySession, index: usize, size: usize) {
    // SAFETY: zeros are an item.
    let mut item: Roomy<IkewhyItem> = Roomy::new(unsafe { zeroed() });
    item.value.size = size.min(size_of_val(&item));
    // SAFETY: the caller's promise; live, and as large as it states.
    if unsafe { ikewhy_session_item(session, index, &mut item.value) } == IkewhyStatus::Ok {
        assert_eq!(item.room, [0xA5; 64], "written past the end");
        assert!((item.value.field as usize) < ikewhy_field_count());
        read(item.value.text);
        read(item.value.label);
    }
}

fn analyse(script: &mut Script<'_>) {
    let data: Vec<&[u8]> = (0..script.byte() & 7).map(|_| script.bytes()).collect();
    let packets: Vec<IkewhyPacket> = (1..)
        .zip(&data)
        .map(|(frame, data)| IkewhyPacket {
            size: size_of::<IkewhyPacket>(),
            frame,
            interface_id: 0,
            time: i64::from(frame) * 1_000_000,
            link_type: 1,
            flags: 0,
            data: data.as_ptr(),
            length: data.len(),
            original_length: data.len() as u32,
            ip_offset: IKEWHY_NO_OFFSET,
            derived: null(),
            derived_count: 0,
        })
        .collect();
    let mut session = null_mut();
    // SAFETY: live, NULL, or as the count says; the session is freed once.
    unsafe {
        let packets_or_null = script.null(packets.as_ptr());
        let status = ikewhy_analyze(packets_or_null, packets.len(), null(), &mut session);
        assert_eq!(status == IkewhyStatus::Ok, !session.is_null());
        ikewhy_session_free(session);
    }
}
