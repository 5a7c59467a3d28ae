//! One diagnosis, one file. [`RULES`] is the registry from which expert items, `explain` and the reference derive.
//!
//! A rule is a pure function of a [`Case`]: facts of one negotiation and what the capture teaches about its peers. It
//! gives a [`Finding`] or nothing. [`judge`] ranks what was found into one verdict.

mod address_assignment_failed;
mod auth_method_mismatch;
mod authentication_failed;
mod capture_incomplete;
mod certificate_rejected;
pub(crate) mod child_error;
mod child_proposal_mismatch;
mod child_refused;
mod cookbook;
mod decryption_key_wrong;
mod deleted_early;
mod eap_failed;
mod encapsulation_mismatch;
mod esp_blocked;
mod esp_integrity_interop;
mod established;
mod fifth_message;
mod fragments_lost;
mod identity_rejected;
mod identity_type;
mod ike_proposal_mismatch;
mod ike_refused;
pub(crate) mod in_progress;
mod key_exchange_mismatch;
mod l2tp_cleartext;
mod l2tp_no_reply;
mod lifetime_differs;
mod mode_mismatch;
mod nat_client_conflict;
mod nat_detected;
mod nat_server_policy;
mod no_matching_connection;
mod no_response;
mod offer_too_long;
mod other_protocol_claims_frame;
mod path_mtu;
mod peer_dead;
mod peer_unreachable;
mod pfs_mismatch;
mod pfs_untested;
mod port_4500_blocked;
mod ppp_failed;
mod psk_mismatch;
mod psk_missing;
mod refusal;
mod refused_proof;
mod rekey_failed;
mod responder_failure;
mod retransmission;
mod return_path_blocked;
pub(crate) mod scan;
mod selector_mismatch;
mod start_not_captured;
mod unanswered;
mod version_mismatch;
pub(crate) mod weak_algorithm;
mod xauth_failed;

pub use crate::diagnosis::*;

/// All rules. An index into it never changes its meaning within one build.
pub static RULES: &[&Rule] = &[
    &established::RULE,
    &in_progress::RULE,
    &start_not_captured::RULE,
    &scan::RULE,
    // contact
    &no_response::RULE,
    &peer_unreachable::RULE,
    &return_path_blocked::RULE,
    &port_4500_blocked::RULE,
    &fragments_lost::RULE,
    // ike-sa
    &version_mismatch::RULE,
    &mode_mismatch::RULE,
    &ike_proposal_mismatch::RULE,
    &no_matching_connection::RULE,
    &key_exchange_mismatch::RULE,
    &ike_refused::RULE,
    // auth
    &psk_mismatch::RULE,
    &psk_missing::RULE,
    &identity_rejected::RULE,
    &auth_method_mismatch::RULE,
    &certificate_rejected::RULE,
    &eap_failed::RULE,
    &xauth_failed::RULE,
    &authentication_failed::RULE,
    // child-sa
    &child_proposal_mismatch::RULE,
    &pfs_mismatch::RULE,
    &selector_mismatch::RULE,
    &encapsulation_mismatch::RULE,
    &address_assignment_failed::RULE,
    &child_refused::RULE,
    &responder_failure::RULE,
    // rekey
    &rekey_failed::RULE,
    &peer_dead::RULE,
    &deleted_early::RULE,
    // esp
    &esp_blocked::RULE,
    &esp_integrity_interop::RULE,
    &path_mtu::RULE,
    &nat_client_conflict::RULE,
    &nat_server_policy::RULE,
    // l2tp
    &l2tp_cleartext::RULE,
    &l2tp_no_reply::RULE,
    &ppp_failed::RULE,
    // notes
    &lifetime_differs::RULE,
    &weak_algorithm::RULE,
    &pfs_untested::RULE,
    &nat_detected::RULE,
    &identity_type::RULE,
    &retransmission::RULE,
    &offer_too_long::RULE,
    &capture_incomplete::RULE,
    &decryption_key_wrong::RULE,
    &other_protocol_claims_frame::RULE,
];

/// The rule of an id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
