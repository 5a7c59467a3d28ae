//! How far a negotiation came, by what was said.

use super::auth_answer::{AuthAnswer, auth_answer};
use super::event::Event;
use super::negotiation::Negotiation;
use super::peer::Sent;
use super::place::{Role, Version, exchange};
use super::steps::{Progress, Steps};

impl Negotiation {
    /// How far it came, by what was said (ESP in both directions counts as a child SA).
    #[must_use]
    pub fn progress(&self) -> Progress {
        use exchange as x;
        if self.esp_from(Role::Initiator).is_some() && self.esp_from(Role::Responder).is_some() {
            return Progress::ChildUp;
        }
        let has = |exchange, position| self.steps.has(exchange, position);
        match self.version {
            Version::V1 => {
                if has(x::QUICK_MODE, 3) {
                    Progress::ChildUp
                } else if has(x::QUICK_MODE, 1)
                    || has(x::MAIN_MODE, 6)
                    || has(x::TRANSACTION, 1)
                    || self.aggressive_up()
                {
                    Progress::IkeUp
                } else if has(x::MAIN_MODE, 5) || has(x::AGGRESSIVE, 3) {
                    Progress::Authenticating
                } else if has(x::MAIN_MODE, 4) || has(x::AGGRESSIVE, 2) {
                    Progress::KeysExchanged
                } else if self.choice.is_some() || has(x::MAIN_MODE, 2) {
                    Progress::ProposalChosen
                } else if self.responder.messages > 0 {
                    Progress::Answered
                } else {
                    Progress::Unanswered
                }
            }
            Version::V2 => {
                if self.is_renewed() {
                    return Progress::IkeUp;
                }
                // An error in clear is nobody's word, and EAP only begins with the first answer.
                let accepts = |e: &Event| {
                    e.exchange == x::IKE_AUTH
                        && e.from == Role::Responder
                        && e.position == 2
                        && e.encrypted
                        && matches!(auth_answer(self, e), AuthAnswer::Done | AuthAnswer::Unclear)
                };
                let accepted = || has(x::IKE_AUTH, 2) && self.events().rev().any(accepts);
                if has(x::CREATE_CHILD_SA, 1) || has(x::CREATE_CHILD_SA, 2) || accepted() {
                    Progress::IkeUp
                } else if has(x::IKE_AUTH, 1) {
                    Progress::Authenticating
                } else if self.responder.sent(Sent::Key) {
                    Progress::KeysExchanged
                } else if self.choice.is_some() {
                    Progress::ProposalChosen
                } else if self.responder.messages > 0 {
                    Progress::Answered
                } else {
                    Progress::Unanswered
                }
            }
        }
    }

    /// Aggressive Mode went through: the third message was followed by something other than a refusal.
    fn aggressive_up(&self) -> bool {
        use exchange as x;
        let any = |exchange| (1..=Steps::MOST).any(|position| self.steps.has(exchange, position));
        self.steps.has(x::AGGRESSIVE, 3) && (any(x::QUICK_MODE) || any(x::TRANSACTION))
    }
}
