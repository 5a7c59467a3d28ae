//! What an IKE_AUTH response says of the authentication.

use super::event::Event;
use super::negotiation::Negotiation;
use super::place::{Role, exchange};
use super::shape;
use crate::wire::message::v2 as payload;

/// What an IKE_AUTH response says of the authentication, read without keys where there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthAnswer {
    /// It ends the authentication with success.
    Done,
    /// It asks the initiator to go on: EAP.
    Continues,
    /// The responder's identity and a certificate: either of the two. Only what follows tells.
    Unclear,
    /// A notification in place of the responder's identity: a refusal.
    Refused,
}

/// What an IKE_AUTH response says of the authentication.
#[must_use]
pub fn auth_answer(n: &Negotiation, answer: &Event) -> AuthAnswer {
    let eap = |e: &Event| {
        n.eap
            .iter()
            .find(|eap| eap.place.frame == e.frame && eap.from == Role::Responder)
    };
    match (answer.first_inner(), eap(answer).map(|eap| eap.code)) {
        // An error stands alone; before all that makes a success stands, at most, a status (Libreswan's MOBIKE_SUPPORTED).
        (Some(payload::N), None)
            if shape::sizes(n).is_none_or(|s| s.v2_most(answer.length) < s.v2_least_success()) =>
        {
            return AuthAnswer::Refused;
        }
        (_, Some(_)) | (Some(payload::EAP), None) => return AuthAnswer::Continues,
        (Some(payload::AUTH), None) => return AuthAnswer::Done,
        _ => {}
    }
    // Another round follows: EAP, with a certificate or without one (RFC 5998), or another authentication (RFC 4739).
    let round =
        |e: &Event| e.exchange == exchange::IKE_AUTH && e.position == 1 && e.message_id > answer.message_id;
    if n.events().any(round) {
        return AuthAnswer::Continues;
    }
    if n.decrypted && n.proofs.iter().any(|proof| proof.place.frame == answer.frame) && n.eap.is_empty() {
        return AuthAnswer::Done;
    }
    if answer.message_id > 1
        && n.step(exchange::IKE_AUTH, 1)
            .is_some_and(|first| first.message_id == 1)
    {
        return AuthAnswer::Done;
    }
    // A responder that starts EAP answers with its identity and, as it must (RFC 7296 2.16), a certificate or at least a signature.
    if answer.length <= shape::MOST_WITHOUT_CERTIFICATE {
        return AuthAnswer::Done;
    }
    let request = n.answered_by(answer);
    let goes_on = n
        .events()
        .any(|e| e.frame > answer.frame && !matches!(e.exchange, exchange::IKE_SA_INIT | exchange::IKE_AUTH));
    let data = n.esp().iter().any(|f| f.first().frame > answer.frame);
    if goes_on || data {
        return AuthAnswer::Done;
    }
    // Who leaves the proof of identity to EAP sends neither certificate nor signature.
    let bare = request.is_some_and(|e| e.length < shape::HOLDS_NO_SIGNATURE);
    if bare && answer.length >= shape::HOLDS_CERTIFICATE {
        AuthAnswer::Continues
    } else {
        AuthAnswer::Unclear
    }
}
