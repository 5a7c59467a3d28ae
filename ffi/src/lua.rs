//! The Lua module `ikewhy`: the C ABI once more, for `lua/ikewhy.lua`, in Lua 5.2 to 5.4 from one binary.
//!
//! No Lua headers and no Lua library are linked: the handful of functions that are the same in all versions is found at
//! run time in the program that loads the module. A function of this module never raises a Lua error: it answers
//! `nil, message`. Lua itself may raise one (no memory) while answers are handed over, by a `longjmp`; so nothing that
//! has a destructor is alive then (design, invariant 8): answers are plain pointers into what the session keeps.
//!
//! What there is to call stands below, at `module!`.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::needs_drop;
use std::ptr::{null, null_mut};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::abi::{IkewhyText, guard, slice};
use crate::registry::{
    IkewhyField, IkewhyFieldType, IkewhyLink, IkewhyMenuAction, IkewhyMenuEntry, IkewhyPreference,
    IkewhyPreferenceType, IkewhyRule, IkewhySeverity, ikewhy_explain, ikewhy_field, ikewhy_field_count,
    ikewhy_menu_count, ikewhy_menu_entry, ikewhy_preference, ikewhy_preference_count, ikewhy_rule,
    ikewhy_rule_count,
};
use crate::session::{
    IKEWHY_NO_OFFSET, IKEWHY_PACKET_KNOWN_IKE, IKEWHY_PACKET_OTHER_PROTOCOL, IKEWHY_WANTED_WINDOW,
    IkewhyDerived, IkewhyItem, IkewhyPacket, IkewhyPass, IkewhySession, IkewhyValue, IkewhyWanted,
    ikewhy_session_check_psk, ikewhy_session_clock, ikewhy_session_fault, ikewhy_session_free,
    ikewhy_session_info, ikewhy_session_item, ikewhy_session_new, ikewhy_session_peer_files,
    ikewhy_session_push, ikewhy_session_table, ikewhy_session_view, ikewhy_session_view_expert_items,
    ikewhy_session_write, ikewhy_session_write_begin, ikewhy_session_write_next, ikewhy_session_write_page,
    ikewhy_wanted_parse, ikewhy_wanted_usage,
};
use crate::status::{IkewhyStatus, ikewhy_status_text};
use ikewhy::wire::frame::{self, Frame, Made};

/// More sources than this of one packet are left out.
const MAX_DERIVED: usize = 16;

/// What is alive when Lua may raise an error has no destructor.
const _: () = assert!(!needs_drop::<(
    Call,
    IkewhyText,
    IkewhyItem,
    IkewhyPacket,
    IkewhyDerived,
    IkewhyField,
    IkewhyRule,
    IkewhyPreference,
    IkewhyMenuEntry,
    IkewhyWanted
)>());

// ---- Lua, as far as it is needed ------------------------------------------------------------------------------------

type State = *mut c_void;
type Function = unsafe extern "C-unwind" fn(State) -> c_int;

/// `LUA_TBOOLEAN` and `LUA_TSTRING`.
const BOOLEAN: c_int = 1;
const STRING: c_int = 4;

macro_rules! functions {
    ($($name:ident, $symbol:literal, ($($argument:ty),*) -> $answer:ty;)*) => {
        /// Functions of Lua that have the same signature in 5.2, 5.3 and 5.4. `lua_Integer` has 64
        /// bits in all of them where pointers have.
        struct Lua {
            $($name: unsafe extern "C-unwind" fn(State $(, $argument)*) -> $answer,)*
        }

        impl Lua {
            /// Finds them in the running program.
            fn find() -> Option<Self> {
                let program = program()?;
                Some(Self {
                    // SAFETY: Lua's manuals give these signatures; `lua_Integer` as said above.
                    $($name: *unsafe { program.get($symbol) }.ok()?,)*
                })
            }
        }
    };
}

functions! {
    gettop, "lua_gettop", () -> c_int;
    kind, "lua_type", (c_int) -> c_int;
    toboolean, "lua_toboolean", (c_int) -> c_int;
    tointeger, "lua_tointegerx", (c_int, *mut c_int) -> i64;
    tonumber, "lua_tonumberx", (c_int, *mut c_int) -> f64;
    checkstack, "lua_checkstack", (c_int) -> c_int;
    tolstring, "lua_tolstring", (c_int, *mut usize) -> *const c_char;
    pushnil, "lua_pushnil", () -> ();
    pushboolean, "lua_pushboolean", (c_int) -> ();
    pushinteger, "lua_pushinteger", (i64) -> ();
    pushnumber, "lua_pushnumber", (f64) -> ();
    pushlstring, "lua_pushlstring", (*const c_char, usize) -> *const c_char;
    pushcclosure, "lua_pushcclosure", (Function, c_int) -> ();
    createtable, "lua_createtable", (c_int, c_int) -> ();
    setfield, "lua_setfield", (c_int, *const c_char) -> ();
    rawset, "lua_rawset", (c_int) -> ();
}

/// Where Lua's functions are: in the global scope of the process.
#[cfg(unix)]
fn program() -> Option<libloading::os::unix::Library> {
    Some(libloading::os::unix::Library::this())
}

/// Where Lua's functions are: in the library that the program has loaded.
///
/// This library stays: Lua would unload it whenever a state ends, as when Wireshark reloads its scripts, and each time some indexes of
/// thread-local storage would be lost, of which a process has about a thousand.
#[cfg(windows)]
fn program() -> Option<libloading::os::windows::Library> {
    use libloading::os::windows::Library;
    let _ = Library::open_already_loaded("ikewhy-engine.dll").and_then(|own| own.pin());
    ["lua54.dll", "lua53.dll", "lua52.dll"]
        .into_iter()
        .find_map(|name| Library::open_already_loaded(name).ok())
}

static LUA: OnceLock<Option<Lua>> = OnceLock::new();

/// The Lua state during a call of one of this module's functions.
#[derive(Clone, Copy)]
struct Call {
    lua: &'static Lua,
    state: State,
}

/// Reading arguments raises nothing; giving answers may, when memory is out.
impl Call {
    /// # Safety
    /// `state` is the Lua state this call came from.
    unsafe fn new(state: State) -> Option<Self> {
        let lua = LUA.get()?.as_ref()?;
        Some(Self { lua, state })
    }

    fn count(self) -> c_int {
        // SAFETY: a live state, as `new` was promised; so for all that follow.
        unsafe { (self.lua.gettop)(self.state) }
    }

    fn integer(self, at: c_int) -> Option<i64> {
        let mut is_number = 0;
        // SAFETY: see `count`; `is_number` is live.
        let number = unsafe { (self.lua.tointeger)(self.state, at, &mut is_number) };
        (is_number != 0).then_some(number)
    }

    fn real(self, at: c_int) -> Option<f64> {
        let mut is_number = 0;
        // SAFETY: see `integer`.
        let number = unsafe { (self.lua.tonumber)(self.state, at, &mut is_number) };
        (is_number != 0).then_some(number)
    }

    fn number<T: TryFrom<i64>>(self, at: c_int) -> Option<T> {
        self.integer(at).and_then(|number| T::try_from(number).ok())
    }

    fn boolean(self, at: c_int) -> Option<bool> {
        // SAFETY: see `count`.
        unsafe {
            ((self.lua.kind)(self.state, at) == BOOLEAN).then(|| (self.lua.toboolean)(self.state, at) != 0)
        }
    }

    /// A string, which lives as long as it stands on the stack. No number: Lua would convert it, which may raise.
    fn string(self, at: c_int) -> Option<IkewhyText> {
        let mut length = 0;
        // SAFETY: see `count`; `length` is live.
        unsafe {
            ((self.lua.kind)(self.state, at) == STRING).then(|| IkewhyText {
                data: (self.lua.tolstring)(self.state, at, &mut length),
                length,
            })
        }
    }

    /// Is there room for so many values? A function has room for 20 without asking.
    fn has_room(self, values: usize) -> bool {
        let values = c_int::try_from(values).unwrap_or(c_int::MAX);
        // SAFETY: see `count`; this raises nothing.
        unsafe { (self.lua.checkstack)(self.state, values) != 0 }
    }

    fn give_nil(self) {
        // SAFETY: see `count`; a function gives at most 9 values, or asks for room.
        unsafe { (self.lua.pushnil)(self.state) }
    }

    fn give_boolean(self, value: bool) {
        // SAFETY: see `give_nil`.
        unsafe { (self.lua.pushboolean)(self.state, c_int::from(value)) }
    }

    fn give_integer(self, value: i64) {
        // SAFETY: see `give_nil`.
        unsafe { (self.lua.pushinteger)(self.state, value) }
    }

    fn give_real(self, value: f64) {
        // SAFETY: see `give_nil`.
        unsafe { (self.lua.pushnumber)(self.state, value) }
    }

    /// Text, or nil if there is none.
    fn give_text(self, text: IkewhyText) {
        if text.data.is_null() {
            return self.give_nil();
        }
        // SAFETY: see `give_nil`; the text is borrowed from a session that nobody touches before this returns.
        unsafe { (self.lua.pushlstring)(self.state, text.data, text.length) };
    }

    fn give_table(self) {
        // SAFETY: see `give_nil`.
        unsafe { (self.lua.createtable)(self.state, 0, 0) }
    }

    /// Puts the value on the stack's top into the table below it.
    fn set(self, key: &CStr) {
        // SAFETY: see `count`; there are a table and a value.
        unsafe { (self.lua.setfield)(self.state, -2, key.as_ptr()) }
    }

    fn set_text(self, key: &CStr, text: IkewhyText) {
        self.give_text(text);
        self.set(key);
    }

    /// Puts a new table into the array below it, filled by `fill`.
    fn append(self, index: usize, fill: impl FnOnce()) {
        self.give_integer(index.saturating_add(1) as i64);
        self.give_table();
        fill();
        // SAFETY: see `count`; there are an array, a key and a value.
        unsafe { (self.lua.rawset)(self.state, -3) }
    }

    /// `nil, message`.
    fn refuse(self, message: &str) -> c_int {
        self.give_nil();
        self.give_text(IkewhyText::new(message));
        2
    }

    /// `nil` and what went wrong.
    fn refuse_for(self, status: IkewhyStatus, session: *const IkewhySession) -> c_int {
        self.give_nil();
        let mut fault = IkewhyText::NONE;
        if status == IkewhyStatus::Broken {
            // SAFETY: NULL or live; `fault` is live.
            unsafe { ikewhy_session_fault(session, &mut fault) };
        }
        if fault.data.is_null() {
            // SAFETY: a static text that ends with NUL.
            let text = unsafe { CStr::from_ptr(ikewhy_status_text(status as u32)) };
            fault = IkewhyText {
                data: text.as_ptr(),
                length: text.count_bytes(),
            };
        }
        self.give_text(fault);
        2
    }
}

// ---- Time -----------------------------------------------------------------------------------------------------------

const SECOND: i64 = 1_000_000_000;

/// Wireshark gives Lua times as floating point numbers. One of today is good for about a quarter of a microsecond; the time since
/// the capture began is far more exact.
#[derive(Clone, Copy, Default)]
struct Clock {
    /// When the capture began.
    began: Option<i64>,
}

impl Clock {
    /// Nanoseconds since 1970, of seconds since then and since the capture began.
    fn time(&mut self, absolute: f64, relative: f64) -> i64 {
        let began = *self
            .began
            .get_or_insert_with(|| to_microseconds(absolute - relative));
        let time = began.saturating_add((relative * 1e9 + 0.5).floor() as i64);
        if (time as f64 / 1e9 - absolute).abs() <= 0.00001 {
            return time;
        }
        // A time reference was set: the beginning is elsewhere now.
        self.began = None;
        to_microseconds(absolute)
    }
}

/// Nanoseconds, but no more exact than a floating point number of seconds since 1970.
fn to_microseconds(time: f64) -> i64 {
    let seconds = time.floor();
    let microseconds = ((time - seconds) * 1e6 + 0.5).floor() as i64;
    (seconds as i64)
        .saturating_mul(SECOND)
        .saturating_add(microseconds.saturating_mul(1000))
}

// ---- Sessions -------------------------------------------------------------------------------------------------------

/// An open session. A script has its number, never its address.
#[derive(Clone, Copy)]
struct Open {
    session: *mut IkewhySession,
    clock: Clock,
    /// That of the last frame that was taken at sight.
    link_type: i32,
}

// SAFETY: only the Lua state that opened a session knows its number, and a Lua state has one thread.
unsafe impl Send for Open {}

#[derive(Default)]
struct Sessions {
    open: BTreeMap<i64, Open>,
    last: i64,
}

/// Looks something up, or changes something, among the open sessions.
fn sessions<T>(body: impl FnOnce(&mut Sessions) -> T) -> Option<T> {
    static SESSIONS: Mutex<Sessions> = Mutex::new(Sessions {
        open: BTreeMap::new(),
        last: 0,
    });
    guard(|| body(&mut SESSIONS.lock().unwrap_or_else(PoisonError::into_inner))).ok()
}

/// The session whose number is the first argument; NULL if it is not open.
fn session(call: Call) -> *mut IkewhySession {
    let open = call
        .integer(1)
        .and_then(|number| sessions(|all| all.open.get(&number).copied()).flatten());
    open.map_or(null_mut(), |open| open.session)
}

fn session_new(call: Call) -> c_int {
    let mut session = null_mut();
    // SAFETY: NULL is allowed; `session` is live.
    let status = unsafe { ikewhy_session_new(null(), &mut session) };
    if status != IkewhyStatus::Ok {
        return call.refuse_for(status, null());
    }
    let number = sessions(|all| {
        all.last = all.last.saturating_add(1);
        let open = Open {
            session,
            clock: Clock::default(),
            link_type: ETHERNET,
        };
        all.open.insert(all.last, open);
        all.last
    });
    match number {
        Some(number) => call.give_integer(number),
        None => return call.refuse("the session could not be kept"),
    }
    1
}

fn session_free(call: Call) -> c_int {
    let open = call
        .integer(1)
        .and_then(|number| sessions(|all| all.open.remove(&number)).flatten());
    let Some(open) = open else {
        return call.refuse("this session is not open");
    };
    // SAFETY: it was open, and its number is forgotten.
    unsafe { ikewhy_session_free(open.session) };
    call.give_boolean(true);
    1
}

fn peer_files(call: Call) -> c_int {
    let session = session(call);
    let files = call.string(2).unwrap_or(IkewhyText::NONE);
    // SAFETY: `session` gives NULL or an open session; the text lives as long as this call.
    match unsafe { ikewhy_session_peer_files(session, files) } {
        IkewhyStatus::Ok => call.give_boolean(true),
        status => return call.refuse_for(status, session),
    }
    1
}

/// A frame that is not handed over: its time is good enough from the one number that is asked of Wireshark for it.
fn clock(call: Call) -> c_int {
    let Some(absolute) = call.real(2) else {
        return call.refuse("a time is a number");
    };
    let session = session(call);
    // SAFETY: NULL or an open session.
    match unsafe { ikewhy_session_clock(session, to_microseconds(absolute)) } {
        IkewhyStatus::Ok => call.give_boolean(true),
        status => return call.refuse_for(status, session),
    }
    1
}

/// Its frame number, its time, its bytes, and the session it is given to.
fn packet(call: Call) -> Result<(Open, IkewhyPacket), c_int> {
    let (Some(frame), Some(absolute), Some(relative), Some(data)) =
        (call.number(2), call.real(3), call.real(4), call.string(5))
    else {
        return Err(call.refuse("a packet needs its frame number, its time in two numbers and its bytes"));
    };
    let open = call.integer(1).and_then(|number| {
        let find = |all: &mut Sessions| {
            let open = all.open.get_mut(&number)?;
            let time = open.clock.time(absolute, relative);
            Some((*open, time))
        };
        sessions(find).flatten()
    });
    let Some((open, time)) = open else {
        return Err(call.refuse("this session is not open"));
    };
    let packet = IkewhyPacket {
        size: size_of::<IkewhyPacket>(),
        frame,
        interface_id: 0,
        time,
        link_type: -1,
        flags: match call.boolean(6) {
            Some(true) => IKEWHY_PACKET_KNOWN_IKE,
            Some(false) => IKEWHY_PACKET_OTHER_PROTOCOL,
            None => 0,
        },
        data: data.data.cast(),
        length: data.length,
        original_length: u32::try_from(data.length).unwrap_or(u32::MAX),
        ip_offset: IKEWHY_NO_OFFSET,
        derived: null(),
        derived_count: 0,
    };
    Ok((open, packet))
}

fn push(call: Call) -> c_int {
    let (open, packet) = match packet(call) {
        Ok(packet) => packet,
        Err(refused) => return refused,
    };
    let mut derived = [IkewhyDerived {
        kind: 0,
        reserved: 0,
        data: null(),
        length: 0,
    }; MAX_DERIVED];
    let mut derived_count = 0;
    for (place, at) in derived.iter_mut().zip((11..call.count()).step_by(2)) {
        let (Some(kind), Some(made)) = (call.number(at), call.string(at.saturating_add(1))) else {
            break;
        };
        *place = IkewhyDerived {
            kind,
            reserved: 0,
            data: made.data.cast(),
            length: made.length,
        };
        derived_count += 1;
    }
    let packet = IkewhyPacket {
        link_type: call.number(8).unwrap_or(-1),
        original_length: call.number(9).unwrap_or(packet.original_length),
        ip_offset: call.number(10).unwrap_or(IKEWHY_NO_OFFSET),
        derived: derived.as_ptr(),
        derived_count,
        ..packet
    };
    pushed(call, open.session, &packet)
}

/// Takes it, and gives its expert items at once: one call, as it is made for each frame.
fn pushed(call: Call, session: *mut IkewhySession, packet: &IkewhyPacket) -> c_int {
    let mut ours = false;
    // SAFETY: an open session; all pointers are live: Lua's strings stand on its stack.
    let status = unsafe { ikewhy_session_push(session, packet, &mut ours) };
    if status != IkewhyStatus::Ok {
        return call.refuse_for(status, session);
    }
    let is_asked = call.boolean(7) == Some(true);
    if ours && !is_asked {
        return viewed(
            call,
            session,
            packet.frame,
            IkewhyPass::First as u32,
            ikewhy_session_view_expert_items,
        );
    }
    if ours {
        call.give_integer(0);
    } else {
        call.give_boolean(false);
    }
    1
}

/// LINKTYPE_ETHERNET.
const ETHERNET: i32 = 1;

/// Link types to try when that of the frame before does not fit: Linux cooked captures, bare IP, loopback, PPP.
const OTHERS: [i32; 8] = [ETHERNET, 113, 276, 101, 0, 9, 51, 104];

/// Are there as many bytes as the header of this IKE message says?
fn is_whole(message: &[u8]) -> bool {
    match message.get(24..28) {
        Some(&[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]) as usize <= message.len(),
        _ => false,
    }
}

/// A link type with which the frame's own bytes say all: a whole IKE message where the host knows of one, or else ESP.
fn evident(first: i32, data: &[u8], known_ike: bool) -> Option<(i32, Made)> {
    let needs = |link_type| {
        let frame = Frame {
            link_type,
            data,
            ip_hint: None,
            known_ike,
        };
        let needs = frame.needs();
        Some((link_type, needs.made, data.get(needs.message? as usize..)?))
    };
    let (link_type, made, message) = needs(first).or_else(|| OTHERS.into_iter().find_map(needs))?;
    let is_esp = made == Made::FromEsp;
    let says_all = if known_ike {
        !is_esp && is_whole(message)
    } else {
        is_esp
    };
    says_all.then_some((link_type, made))
}

/// Takes a packet of which nothing is to be asked.
fn take(call: Call) -> c_int {
    let (open, packet) = match packet(call) {
        Ok(packet) => packet,
        Err(refused) => return refused,
    };
    // Asked for the second time, it is known where to look.
    if call.boolean(8) == Some(true) {
        let link_type = open.link_type;
        return pushed(call, open.session, &IkewhyPacket { link_type, ..packet });
    }
    let found = guard(|| {
        // SAFETY: Lua's string stands on its stack.
        let data = unsafe { slice(packet.data, packet.length) }.unwrap_or_default();
        evident(open.link_type, data, packet.flags == IKEWHY_PACKET_KNOWN_IKE)
    });
    let Ok(Some((link_type, made))) = found else {
        call.give_text(IkewhyText::new("more"));
        return 1;
    };
    if link_type != open.link_type
        && let Some(number) = call.integer(1)
    {
        sessions(|all| all.open.get_mut(&number).map(|open| open.link_type = link_type));
    }
    match name_of(made) {
        Some(made) => {
            call.give_text(made);
            1
        }
        None => pushed(call, open.session, &IkewhyPacket { link_type, ..packet }),
    }
}

/// The script's word for what Wireshark may have made of a frame.
fn name_of(made: Made) -> Option<IkewhyText> {
    Some(IkewhyText::new(match made {
        Made::Nothing => return None,
        Made::PlaintextV1 => "IKEv1",
        Made::PlaintextV2 => "IKEv2",
        Made::Whole => "fragment",
        Made::FromEsp => "ESP",
        Made::Anything => "anything",
    }))
}

/// What a frame's own bytes tell without the host's help, and what they do not.
fn needs(call: Call) -> c_int {
    let (Some(link_type), Some(data)) = (call.number(1), call.string(2)) else {
        return call.refuse("a frame is its link type and its bytes");
    };
    let known_ike = call.boolean(3).unwrap_or(false);
    let needs = guard(|| {
        // SAFETY: Lua's string stands on its stack.
        let data = unsafe { slice(data.data.cast(), data.length) }.unwrap_or_default();
        let frame = Frame {
            link_type,
            data,
            ip_hint: None,
            known_ike,
        };
        frame.needs()
    });
    let Some(needs) = needs.ok() else {
        return call.refuse("this frame cannot be read");
    };
    call.give_text(name_of(needs.made).unwrap_or(IkewhyText::NONE));
    call.give_boolean(needs.ip_hint);
    2
}

/// Where an IP header may begin.
fn ip_headers(call: Call) -> c_int {
    let (Some(data), Some(length)) = (call.string(1), call.number(2)) else {
        return call.refuse("a frame is its bytes and their number on the wire");
    };
    let mut places = [0; 64];
    let found = guard(|| {
        // SAFETY: Lua's string stands on its stack.
        let data = unsafe { slice(data.data.cast(), data.length) }.unwrap_or_default();
        let headers = frame::ip_headers(data, length);
        places
            .iter_mut()
            .zip(headers)
            .map(|(place, at)| *place = at)
            .count()
    });
    let places = places.get(..found.unwrap_or(0)).unwrap_or_default();
    if !call.has_room(places.len()) {
        return call.refuse("there is no room for so many");
    }
    for &at in places {
        call.give_integer(at.into());
    }
    places.len() as c_int
}

fn pass(call: Call) -> u32 {
    match call.boolean(3) {
        Some(true) => IkewhyPass::Again as u32,
        _ => IkewhyPass::First as u32,
    }
}

/// How many items the tree or its expert items have, and the words of the Info column.
fn viewed(
    call: Call,
    session: *mut IkewhySession,
    frame: u32,
    pass: u32,
    view: unsafe extern "C" fn(*mut IkewhySession, u32, u32, *mut usize) -> IkewhyStatus,
) -> c_int {
    let (mut count, mut words) = (0, IkewhyText::NONE);
    // SAFETY: NULL or open; `count` is live.
    let status = unsafe { view(session, frame, pass, &mut count) };
    if status != IkewhyStatus::Ok {
        return call.refuse_for(status, session);
    }
    // SAFETY: open, as `view` has found; `words` is live.
    let status = unsafe { ikewhy_session_info(session, frame, pass, &mut words) };
    if status == IkewhyStatus::Broken {
        return call.refuse_for(status, session);
    }
    call.give_integer(count as i64);
    call.give_text(words);
    2
}

fn view(call: Call) -> c_int {
    let (session, frame) = (session(call), call.number(2).unwrap_or(0));
    viewed(call, session, frame, pass(call), ikewhy_session_view)
}

fn expert_items(call: Call) -> c_int {
    let (session, frame) = (session(call), call.number(2).unwrap_or(0));
    viewed(call, session, frame, pass(call), ikewhy_session_view_expert_items)
}

fn read(session: *const IkewhySession, index: usize) -> Result<IkewhyItem, IkewhyStatus> {
    let mut item = IkewhyItem {
        size: size_of::<IkewhyItem>(),
        depth: 0,
        field: 0,
        value: 0,
        number: 0,
        real: 0.0,
        duration: 0,
        text: IkewhyText::NONE,
        label: IkewhyText::NONE,
        span_offset: 0,
        span_length: 0,
        expert: -1,
        look: 0,
    };
    // SAFETY: NULL or open; `item` is live.
    match unsafe { ikewhy_session_item(session, index, &mut item) } {
        IkewhyStatus::Ok => Ok(item),
        status => Err(status),
    }
}

fn item(call: Call) -> c_int {
    let session = session(call);
    let index = call.number::<usize>(2).and_then(|index| index.checked_sub(1));
    let item = match read(session, index.unwrap_or(usize::MAX)) {
        Ok(item) => item,
        Err(status) => return call.refuse_for(status, session),
    };
    call.give_integer(item.depth.into());
    call.give_integer(i64::from(item.field).saturating_add(1));
    match item.value {
        value if value == IkewhyValue::Number as u32 => call.give_integer(item.number.into()),
        value if value == IkewhyValue::Text as u32 => call.give_text(item.text),
        value if value == IkewhyValue::Real as u32 => call.give_real(item.real),
        value if value == IkewhyValue::Duration as u32 => call.give_integer(item.duration / SECOND),
        _ => call.give_nil(),
    }
    call.give_text(item.label);
    call.give_integer(item.span_offset.into());
    call.give_integer(item.span_length.into());
    match item.expert {
        rule if rule >= 0 => call.give_integer(i64::from(rule).saturating_add(1)),
        _ => call.give_nil(),
    }
    call.give_integer(item.duration % SECOND);
    call.give_integer(item.look.into());
    9
}

/// Gives a text that a session keeps.
fn text(call: Call, read: impl FnOnce(*mut IkewhySession, *mut IkewhyText) -> IkewhyStatus) -> c_int {
    let session = session(call);
    let mut text = IkewhyText::NONE;
    match read(session, &mut text) {
        IkewhyStatus::Ok => call.give_text(text),
        status => return call.refuse_for(status, session),
    }
    1
}

/// A report by the arguments of a statistic, `report,html,redact`.
fn wanted(call: Call, at: c_int) -> Result<IkewhyWanted, IkewhyStatus> {
    let arguments = call.string(at).unwrap_or(IkewhyText::NONE);
    let mut wanted = IkewhyWanted {
        size: size_of::<IkewhyWanted>(),
        form: 0,
        stream: 0,
        flags: 0,
        reserved: 0,
    };
    // SAFETY: the text lives as long as this call; `wanted` is live.
    match unsafe { ikewhy_wanted_parse(arguments, &mut wanted) } {
        IkewhyStatus::Ok => Ok(wanted),
        status => Err(status),
    }
}

fn check_wanted(call: Call) -> c_int {
    if wanted(call, 1).is_err() {
        call.give_nil();
        call.give_text(ikewhy_wanted_usage());
        return 2;
    }
    call.give_boolean(true);
    1
}

fn write_begin(call: Call) -> c_int {
    let session = session(call);
    let begun = wanted(call, 2).and_then(|wanted| {
        // SAFETY: NULL or an open session; `wanted` is live.
        match unsafe { ikewhy_session_write_begin(session, &wanted) } {
            IkewhyStatus::Ok => Ok(()),
            status => Err(status),
        }
    });
    if let Err(status) = begun {
        return call.refuse_for(status, session);
    }
    call.give_boolean(true);
    1
}

fn write_next(call: Call) -> c_int {
    // SAFETY: `text` gives NULL or an open session, and a live place.
    text(call, |session, out| unsafe {
        ikewhy_session_write_next(session, out)
    })
}

/// A report no longer than a window can show.
fn report(
    call: Call,
    written: unsafe extern "C" fn(*mut IkewhySession, *const IkewhyWanted, *mut IkewhyText) -> IkewhyStatus,
) -> c_int {
    let mut wanted = match wanted(call, 2) {
        Ok(wanted) => wanted,
        Err(status) => return call.refuse_for(status, null()),
    };
    wanted.flags |= IKEWHY_WANTED_WINDOW;
    // SAFETY: `text` gives NULL or an open session, and a live place.
    text(call, |session, out| unsafe { written(session, &wanted, out) })
}

fn write(call: Call) -> c_int {
    report(call, ikewhy_session_write)
}

fn write_page(call: Call) -> c_int {
    report(call, ikewhy_session_write_page)
}

/// The table of negotiations.
fn table(call: Call) -> c_int {
    // SAFETY: `text` gives NULL or an open session, and a live place.
    text(call, |session, out| unsafe { ikewhy_session_table(session, out) })
}

/// What a diagnosis means.
fn explain(call: Call) -> c_int {
    let mut text = IkewhyText::NONE;
    // SAFETY: the text lives as long as this call; `text` is live.
    let status = unsafe { ikewhy_explain(call.string(1).unwrap_or(IkewhyText::NONE), &mut text) };
    if status != IkewhyStatus::Ok {
        return call.refuse_for(status, null());
    }
    call.give_text(text);
    1
}

/// Tries a candidate for the pre-shared key.
fn check_psk(call: Call) -> c_int {
    let candidate = call.string(2).unwrap_or(IkewhyText::NONE);
    // SAFETY: `text` gives NULL or an open session, and a live place.
    text(call, |session, out| unsafe {
        ikewhy_session_check_psk(session, candidate, out)
    })
}

// ---- The registries -------------------------------------------------------------------------------------------------

fn fields(call: Call) -> c_int {
    call.give_table();
    for index in 0..ikewhy_field_count() {
        let mut field = IkewhyField {
            size: size_of::<IkewhyField>(),
            kind: 0,
            link: 0,
            abbrev: IkewhyText::NONE,
            name: IkewhyText::NONE,
            description: IkewhyText::NONE,
        };
        // SAFETY: `field` is live.
        unsafe { ikewhy_field(index, &mut field) };
        let kind = match field.kind {
            kind if kind == IkewhyFieldType::Protocol as u32 => "protocol",
            kind if kind == IkewhyFieldType::Group as u32 => "group",
            kind if kind == IkewhyFieldType::Number as u32 => "number",
            kind if kind == IkewhyFieldType::Frame as u32 => "frame",
            kind if kind == IkewhyFieldType::Duration as u32 => "duration",
            kind if kind == IkewhyFieldType::Real as u32 => "real",
            _ => "text",
        };
        let link = match field.link {
            link if link == IkewhyLink::Request as u32 => "request",
            link if link == IkewhyLink::Response as u32 => "response",
            link if link == IkewhyLink::Retransmission as u32 => "retransmission",
            _ => "none",
        };
        call.append(index, || {
            call.set_text(c"kind", IkewhyText::new(kind));
            call.set_text(c"link", IkewhyText::new(link));
            call.set_text(c"abbrev", field.abbrev);
            call.set_text(c"name", field.name);
            call.set_text(c"description", field.description);
        });
    }
    1
}

fn rules(call: Call) -> c_int {
    call.give_table();
    for index in 0..ikewhy_rule_count() {
        let mut rule = IkewhyRule {
            size: size_of::<IkewhyRule>(),
            severity: 0,
            id: IkewhyText::NONE,
            stage: IkewhyText::NONE,
            title: IkewhyText::NONE,
        };
        // SAFETY: `rule` is live.
        unsafe { ikewhy_rule(index, &mut rule) };
        let severity = match rule.severity {
            severity if severity == IkewhySeverity::Chat as u32 => "chat",
            severity if severity == IkewhySeverity::Warning as u32 => "warning",
            severity if severity == IkewhySeverity::Error as u32 => "error",
            _ => "note",
        };
        call.append(index, || {
            call.set_text(c"severity", IkewhyText::new(severity));
            call.set_text(c"id", rule.id);
            call.set_text(c"stage", rule.stage);
            call.set_text(c"title", rule.title);
        });
    }
    1
}

fn preferences(call: Call) -> c_int {
    call.give_table();
    for index in 0..ikewhy_preference_count() {
        let mut preference = IkewhyPreference {
            size: size_of::<IkewhyPreference>(),
            kind: 0,
            on: 0,
            name: IkewhyText::NONE,
            title: IkewhyText::NONE,
            description: IkewhyText::NONE,
        };
        // SAFETY: `preference` is live.
        unsafe { ikewhy_preference(index, &mut preference) };
        call.append(index, || {
            if preference.kind == IkewhyPreferenceType::Switch as u32 {
                call.give_boolean(preference.on != 0);
            } else {
                call.give_text(IkewhyText::new(""));
            }
            call.set(c"default");
            call.set_text(c"name", preference.name);
            call.set_text(c"title", preference.title);
            call.set_text(c"description", preference.description);
        });
    }
    1
}

fn menu(call: Call) -> c_int {
    call.give_table();
    for index in 0..ikewhy_menu_count() {
        let mut entry = IkewhyMenuEntry {
            size: size_of::<IkewhyMenuEntry>(),
            action: 0,
            path: IkewhyText::NONE,
            window: IkewhyText::NONE,
            arguments: IkewhyText::NONE,
            prompt: IkewhyText::NONE,
        };
        // SAFETY: `entry` is live.
        unsafe { ikewhy_menu_entry(index, &mut entry) };
        let action = match entry.action {
            action if action == IkewhyMenuAction::ReportSelected as u32 => "report_selected",
            action if action == IkewhyMenuAction::CheckPsk as u32 => "check_psk",
            action if action == IkewhyMenuAction::Table as u32 => "show_table",
            action if action == IkewhyMenuAction::Page as u32 => "page",
            action if action == IkewhyMenuAction::Explain as u32 => "explain",
            _ => "report",
        };
        call.append(index, || {
            call.set_text(c"action", IkewhyText::new(action));
            call.set_text(c"path", entry.path);
            call.set_text(c"window", entry.window);
            call.set_text(c"arguments", entry.arguments);
            call.set_text(c"prompt", entry.prompt);
        });
    }
    1
}

// ---- The module -----------------------------------------------------------------------------------------------------

macro_rules! module {
    ($($name:ident, $key:literal, $signature:literal;)*) => {
        /// What Lua calls: one for each function of the module.
        mod exported {
            use super::{Call, State, c_int};
            $(
                #[doc = $signature]
                ///
                /// # Safety
                /// Lua calls it.
                pub(super) unsafe extern "C-unwind" fn $name(state: State) -> c_int {
                    // SAFETY: the state this call came from.
                    unsafe { Call::new(state) }.map_or(0, super::$name)
                }
            )*
        }

        /// The functions and their names.
        const FUNCTIONS: &[(&CStr, Function)] = &[$(($key, exported::$name)),*];

        /// The number of this interface. It follows from what is said about the functions, so nobody forgets to raise it.
        const INTERFACE: i64 = digest(concat!($(stringify!($name), $signature, "\n"),*));
    };
}

/// FNV-1a, of 31 bits.
const fn digest(text: &str) -> i64 {
    let (mut bytes, mut hash) = (text.as_bytes(), 0x811C_9DC5_u32);
    while let [first, rest @ ..] = bytes {
        hash = (hash ^ *first as u32).wrapping_mul(0x0100_0193);
        bytes = rest;
    }
    (hash >> 1) as i64
}

module! {
    fields, c"fields", "() -> array of { kind, link, abbrev, name, description }";
    rules, c"rules", "() -> array of { severity, id, stage, title }";
    preferences, c"preferences", "() -> array of { default (boolean or text), name, title, description }";
    menu, c"menu", "() -> array of { action (report, report_selected, check_psk, show_table, page, explain), path, window, arguments, prompt }";
    session_new, c"session_new", "() -> session, a number";
    session_free, c"session_free", "(session) -> true";
    peer_files, c"peer_files", "(session, files and folders) -> true";
    take, c"take", "(session, frame, absolute time, relative time, data, known_ike, is the tree wanted?, is this the second time, because Wireshark made nothing of it?) -> as `push`; what Wireshark may have made of it, which is to be asked first; or `more`, if the frame does not speak for itself";
    needs, c"needs", "(link_type, data, known_ike) -> what Wireshark may have made of it (IKEv1, IKEv2, fragment, ESP, anything) or nil, is `ip_offset` worth knowing?";
    ip_headers, c"ip_headers", "(data, original_length) -> where an IP header may begin, ...";
    push, c"push", "(session, frame, absolute time, relative time, data, known_ike, is the tree wanted?, link_type, original_length, ip_offset, what Wireshark made (an IkewhyDerivedKind), data, ...) -> false if it is not ours; number of expert items (0 if the tree is wanted), words for the packet list or nil";
    clock, c"clock", "(session, absolute time of the newest frame that was not handed over) -> true";
    view, c"view", "(session, frame, again) -> number of items, words for the packet list or nil";
    expert_items, c"expert_items", "(session, frame, again) -> number of items, words for the packet list or nil";
    item, c"item", "(session, index) -> depth, field, value, label, offset, length, rule, nanoseconds (of a duration, whose value is seconds), look (an IkewhyLook)";
    check_wanted, c"check_wanted", "(arguments of a report) -> true, or nil and what is understood";
    write_begin, c"write_begin", "(session, arguments of a report) -> true: begins one of any length";
    write_next, c"write_next", "(session) -> its next piece, or nil and perhaps what is wrong";
    write, c"write", "(session, arguments of a report) -> text, no longer than a window can show";
    write_page, c"write_page", "(session, arguments of a report) -> path of a new file for a browser";
    table, c"table", "(session) -> text";
    explain, c"explain", "(name of a diagnosis, or none) -> text";
    check_psk, c"check_psk", "(session, candidate) -> text";
}

/// Lua's way in: makes the module's table. Nothing at all if Lua's functions are not to be found in this program.
///
/// # Safety
/// Lua calls it, by `package.loadlib(path, "luaopen_ikewhy")()`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_ikewhy(state: *mut c_void) -> c_int {
    if guard(|| LUA.get_or_init(Lua::find)).is_err() {
        return 0;
    }
    // SAFETY: the state this call came from.
    let Some(call) = (unsafe { Call::new(state) }) else {
        return 0;
    };
    call.give_table();
    call.give_integer(INTERFACE);
    call.set(c"interface");
    call.set_text(c"version", IkewhyText::new(env!("CARGO_PKG_VERSION")));
    for (key, function) in FUNCTIONS {
        // SAFETY: a live state; the function is one of ours, without upvalues.
        unsafe { (call.lua.pushcclosure)(call.state, *function, 0) };
        call.set(key);
    }
    1
}

#[cfg(test)]
mod tests {
    use super::{Clock, SECOND};

    #[test]
    fn time_is_as_exact_as_the_time_since_the_beginning() {
        const BEGAN: i64 = 1_700_000_000 * SECOND + 123_456_000;
        let began = 1_700_000_000.123_456;
        let mut clock = Clock::default();
        for nanoseconds in [0, 1, 999_999_999, 3_600_000_000_001] {
            let relative = nanoseconds as f64 / 1e9;
            assert_eq!(clock.time(began + relative, relative), BEGAN + nanoseconds);
        }
        // A time reference, and times from there.
        assert_eq!(clock.time(began + 5.5, 0.0), BEGAN + 5_500_000_000);
        assert_eq!(clock.time(began + 6.0, 0.5), BEGAN + 6 * SECOND);
        for odd in [f64::NAN, f64::INFINITY, f64::MIN] {
            clock.time(odd, 1.0);
            clock.time(1.0, odd);
        }
        assert_eq!(clock.time(began, 0.0), BEGAN);
    }

    /// A function was added, taken away or changed, or what is said about it: the script must know.
    #[test]
    fn the_script_was_written_for_this_interface() {
        let line = format!("local INTERFACE = {} ", super::INTERFACE);
        assert!(
            include_str!("../../lua/ikewhy.lua").contains(&line),
            "see that lua/ikewhy.lua calls every function as it is now, then let it say: {line}"
        );
    }
}
