//! A panic forced in each function of the header: it ends at the border, and no function is forgotten.

use crate::abi::{IkewhyText, STRIKE};
use crate::registry::*;
use crate::session::*;
use crate::status::IkewhyStatus;
use std::collections::BTreeSet;
use std::ptr::{null, null_mut};

/// What a function answers with: a status, or nothing.
trait Answer {
    fn status(self) -> Option<IkewhyStatus>;
}

impl Answer for IkewhyStatus {
    fn status(self) -> Option<IkewhyStatus> {
        Some(self)
    }
}

impl Answer for () {
    fn status(self) -> Option<IkewhyStatus> {
        None
    }
}

/// Calls an exported function with this session, if it takes one.
type Call = fn(*mut IkewhySession) -> Option<IkewhyStatus>;

macro_rules! calls {
    ($($name:ident |$session:ident| ($($argument:expr),*);)*) => {
        /// The functions that can fail.
        const CALLS: &[(&str, Call)] = &[$((
            stringify!($name),
            // SAFETY: the session is open, everything else is live or NULL.
            |$session| unsafe { $name($($argument),*) }.status(),
        )),*];
    };
}

calls! {
    ikewhy_field |_session| (0, null_mut());
    ikewhy_explain |_session| (IkewhyText::NONE, null_mut());
    ikewhy_rule |_session| (0, null_mut());
    ikewhy_preference |_session| (0, null_mut());
    ikewhy_menu_entry |_session| (0, null_mut());
    ikewhy_table |_session| (0, null_mut());
    ikewhy_column |_session| (0, null_mut());
    ikewhy_session_new |_session| (null(), null_mut());
    ikewhy_session_free |session| (session);
    ikewhy_session_peer_files |session| (session, IkewhyText::NONE);
    ikewhy_session_push |session| (session, null(), null_mut());
    ikewhy_session_clock |session| (session, 0);
    ikewhy_session_view |session| (session, 1, 0, null_mut());
    ikewhy_session_view_expert_items |session| (session, 1, 0, null_mut());
    ikewhy_session_item |session| (session, 0, null_mut());
    ikewhy_session_info |session| (session, 1, 0, null_mut());
    ikewhy_session_frame |session| (session, 1, null_mut());
    ikewhy_session_counts |session| (session, 0, null_mut());
    ikewhy_session_count |session| (session, 0, null_mut(), null_mut());
    ikewhy_session_row |session| (session, 0);
    ikewhy_session_cell |session| (session, 0, null_mut());
    ikewhy_session_table |session| (session, null_mut());
    ikewhy_session_arrow |session| (session, 1, 0, null_mut());
    ikewhy_session_report |session| (session, null_mut());
    ikewhy_session_json |session| (session, null_mut());
    ikewhy_wanted_parse |_session| (IkewhyText::NONE, null_mut());
    ikewhy_session_write |session| (session, null(), null_mut());
    ikewhy_session_write_begin |session| (session, null());
    ikewhy_session_write_next |session| (session, null_mut());
    ikewhy_session_write_page |session| (session, null(), null_mut());
    ikewhy_session_check_psk |session| (session, IkewhyText::NONE, null_mut());
    ikewhy_session_fault |session| (session, null_mut());
    ikewhy_analyze |_session| (null(), 0, null(), null_mut());
}

/// Functions that give a constant away: nothing in them can go wrong.
const CONSTANTS: [&str; 9] = [
    "ikewhy_abi_version",
    "ikewhy_column_count",
    "ikewhy_field_count",
    "ikewhy_menu_count",
    "ikewhy_preference_count",
    "ikewhy_rule_count",
    "ikewhy_status_text",
    "ikewhy_table_count",
    "ikewhy_wanted_usage",
];

/// Names that stand before a parenthesis in the committed header's declarations.
fn declared() -> BTreeSet<&'static str> {
    let header = include_str!("../include/ikewhy.h");
    let code = header
        .lines()
        .filter(|line| !line.starts_with("//") && !line.starts_with([' ', '*', '/']));
    code.filter_map(|line| line.split_once('(')?.0.split([' ', '*']).next_back())
        .filter(|name| name.starts_with("ikewhy_"))
        .collect()
}

#[test]
fn every_function_of_the_header_is_struck() {
    let called = CALLS.iter().map(|(name, _)| *name);
    let all: BTreeSet<_> = called.chain(CONSTANTS).collect();
    assert_eq!(all, declared());
}

#[test]
fn a_panic_ends_at_the_border() {
    for (name, call) in CALLS {
        let mut session = null_mut();
        // SAFETY: live.
        let opened = unsafe { ikewhy_session_new(null(), &mut session) };
        assert_eq!(opened, IkewhyStatus::Ok);
        STRIKE.set(true);
        let status = call(session);
        assert!(!STRIKE.get(), "{name} has no guard");
        if status.is_none() {
            continue; // closed, or struck before it was: nothing may be asked of it any more
        }
        assert_eq!(status, Some(IkewhyStatus::Broken), "{name}");
        let mut fault = IkewhyText::NONE;
        // SAFETY: open; live.
        unsafe {
            assert_eq!(ikewhy_session_fault(session, &mut fault), IkewhyStatus::Ok);
            let broken = fault.length > 0;
            let status = ikewhy_session_report(session, &mut fault);
            assert_eq!(broken, status == IkewhyStatus::Broken, "{name}");
            ikewhy_session_free(session);
        }
    }
}

/// What was made ready before the fault is gone, too: a broken session gives nothing more.
#[test]
fn a_broken_session_gives_nothing_more() {
    for (name, call) in CALLS {
        let mut session = null_mut();
        // SAFETY: open until it is freed; live.
        unsafe {
            assert_eq!(ikewhy_session_new(null(), &mut session), IkewhyStatus::Ok);
            STRIKE.set(true);
            assert_eq!(
                ikewhy_session_report(session, &mut { IkewhyText::NONE }),
                IkewhyStatus::Broken
            );
            let status = call(session);
            assert_ne!((*name, status), (*name, Some(IkewhyStatus::Ok)));
            if status.is_some() {
                ikewhy_session_free(session);
            }
        }
    }
}
