//! One diagnosis, one file. [`RULES`] is the registry from which expert items, `explain` and the reference derive.
//!
//! A rule finds, then it tells: of a [`Case`] (facts of one negotiation, and what the capture teaches about its peers) a pure
//! function gives a [`Finding`] or nothing, and another the words for it. Beside the rules stand what several of them share: `refusal`,
//! `refused_proof`, `fifth_message`, `child_error`, `later_request`, `unanswered`, `cookbook`, how to change something in which
//! product, and `evidence`, how to get what a capture does not show.

pub(crate) mod address_assignment_failed;
mod auth_method_mismatch;
pub(crate) mod authentication_failed;
mod capture_incomplete;
pub(crate) mod certificate_rejected;
pub(crate) mod child_error;
mod child_proposal_mismatch;
mod child_refused;
pub(crate) mod cookbook;
mod cookie_demanded;
mod decryption_key_wrong;
mod deleted_early;
pub(crate) mod eap_failed;
mod encapsulation_mismatch;
mod esp_blocked;
mod esp_integrity_interop;
mod established;
mod evidence;
mod fifth_message;
mod fragmentation_not_announced;
mod fragments_lost;
mod identity_rejected;
mod identity_type;
mod ike_proposal_mismatch;
mod ike_refused;
pub(crate) mod in_progress;
mod key_exchange_mismatch;
mod l2tp_cleartext;
pub(crate) mod l2tp_no_reply;
mod later_request;
pub(crate) mod lifetime_differs;
mod mode_mismatch;
mod nat_client_conflict;
mod nat_detected;
mod nat_server_policy;
mod no_matching_connection;
mod no_response;
mod not_ike;
mod offer_too_long;
mod other_protocol_claims_frame;
mod path_mtu;
mod peer_dead;
mod peer_unreachable;
mod pfs_mismatch;
mod pfs_untested;
mod port_4500_blocked;
mod ppk_announced;
pub(crate) mod ppp_failed;
pub(crate) mod psk_mismatch;
pub(crate) mod psk_missing;
mod redirected;
mod refusal;
mod refused_proof;
pub(crate) mod rekey_failed;
pub(crate) mod responder_failure;
mod retransmission;
mod return_path_blocked;
pub(crate) mod scan;
mod selector_mismatch;
mod stalled;
mod start_not_captured;
mod state_lost;
mod unanswered;
mod version_mismatch;
pub(crate) mod weak_algorithm;
pub(crate) mod xauth_failed;

pub use crate::diagnosis::*;
use id::each_rule;

macro_rules! rules {
    ($($id:ident $file:ident $name:literal,)*) => {
        &[$(&$file::RULE,)*]
    };
}

/// All rules, in the order of [`RuleId`]. An index into it never changes its meaning within one build.
pub static RULES: &[&Rule] = each_rule!(rules);

/// The rule of an id.
#[must_use]
pub fn by_id(id: RuleId) -> &'static Rule {
    // One for each id, by construction.
    #[allow(clippy::indexing_slicing)]
    RULES[id as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_stands_in_its_line() {
        for (id, rule) in RuleId::ALL.iter().zip(RULES) {
            assert_eq!(*id, rule.id);
        }
    }
}
