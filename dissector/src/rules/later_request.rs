//! Requests after the tunnel is up: what was refused, what waits for an answer, and whether it asks for another tunnel or for new keys.
//! Shared by `child_refused`, `peer_dead` and `rekey_failed`.

use crate::diagnosis::{Case, seconds};
use crate::negotiation::offer::Attribute;
use crate::negotiation::standing::{COPIES_OVER, Open, PATIENCE};
use crate::negotiation::{Event, Negotiation, Notice, Progress, Role, exchange, payload, shape};
use crate::wire::code;

/// IKEv2: the last CREATE_CHILD_SA is answered by a notification and nothing else, and none is under way since; and what it answers.
pub(super) fn refused<'a>(case: &Case<'a>) -> Option<(&'a Event, Option<&'a Event>)> {
    let n = case.n;
    if n.progress() < Progress::IkeUp {
        return None;
    }
    let last = n.events().rev().find(|e| renews(e) && e.position == 2)?;
    // An answer that accepts may begin with a notification, too (USE_TRANSPORT_MODE), but holds a proposal, a nonce and more.
    const LEAST_SUCCESS: u32 = 36 + 20 + 40;
    let no_room = || shape::sizes(n).map_or(last.length <= 100, |s| s.v2_most(last.length) < LEAST_SUCCESS);
    let bare = last.first_inner() == Some(payload::N) && last.fragments().is_none() && no_room()
        || in_clear(n, last).is_some();
    let pending = n
        .events()
        .any(|e| renews(e) && e.position == 1 && e.time > last.time);
    (bare && !pending).then(|| (last, n.answered_by(last)))
}

/// It makes keys for a tunnel or an IKE SA, or goes on with that: additional key exchanges follow in exchanges of their own (RFC 9370
/// 2.2.4).
pub(super) fn renews(e: &Event) -> bool {
    matches!(e.exchange, exchange::CREATE_CHILD_SA | exchange::IKE_FOLLOWUP_KE)
}

/// The error that this message holds in clear. Its receiver need not believe it (RFC 7296 2.21.4), and goes on asking.
pub(super) fn in_clear<'a>(n: &'a Negotiation, event: &Event) -> Option<&'a Notice> {
    let number = n.number(event);
    (n.notices.iter()).find(|x| !event.encrypted && !x.decrypted && x.event == number)
}

/// IKEv2: CREATE_CHILD_SA asks for another data tunnel: it begins with its proposal, where a renewal of one begins with REKEY_SA
/// (RFC 7296 1.3.1, 1.3.3), and is too short for a renewal of the IKE SA, which holds a public value of its group (1.3.2).
pub(super) fn is_additional(n: &Negotiation, request: &Event) -> bool {
    let group = n.selected().and_then(|suite| suite.first(Attribute::DhGroup));
    let key = group.and_then(code::key_exchange_bytes).map_or(32, u32::from);
    /// One proposal with an SPI and four transforms, the shortest nonce that is used, and the head of the key exchange payload.
    const BESIDE_KEY: u32 = 4 + 16 + 36 + 20 + 8;
    request.exchange == exchange::CREATE_CHILD_SA
        && request.first_inner() == Some(payload::SA)
        && shape::sizes(n).is_some_and(|sizes| sizes.v2_most(request.length) < BESIDE_KEY + key)
}

/// Copies over so many nanoseconds are not a moment's loss, and a side whose data goes on has had time to answer.
pub(super) fn is_long(nanoseconds: i64) -> bool {
    nanoseconds >= COPIES_OVER
}

/// Nothing of the asked side came after a message, for as long as a side of an unknown stack may be expected to wait.
pub(super) fn quiet(case: &Case<'_>, asked: &Event) -> bool {
    let heard = case.standing().heard(asked.from.other());
    case.quiet_after(asked) >= seconds(PATIENCE) && heard.is_none_or(|time| time <= asked.time)
}

/// IKEv2: the last request after IKE_AUTH, of either side, that nothing answered and that was repeated twice; or once, and its sender
/// began anew instead; or nothing came for a long time. A peer that was heard before, and whose tunnel is up, needs no ten seconds
/// of copies as one that may never have been there.
pub(super) fn waits_in_vain<'a>(case: &Case<'a>) -> Option<&'a Event> {
    let standing = case.standing();
    let later = |open: &Open<'_>| {
        let initial = matches!(open.message.exchange, exchange::IKE_SA_INIT | exchange::IKE_AUTH);
        open.message.encrypted && !initial
    };
    let waiting = [Role::Initiator, Role::Responder].map(|from| standing.unanswered(from).filter(later));
    let last = (waiting.into_iter().flatten()).max_by_key(|open| open.message.frame)?;
    let request = last.message;
    let in_vain = match request.repeat_count() {
        // Whoever lives repeats a request. That nothing of either side came for so long is silence all the same; but a Delete is an end in
        // order, whether it is confirmed or not.
        0 => !request.is_delete() && quiet(case, request),
        1 => last.began_anew,
        _ => true,
    };
    in_vain.then_some(request)
}
