//! Logs of AWS Site-to-Site VPN: `{"event_timestamp":1767268806,"details":"No Proposal Match Found by AWS",...}`, one object a line.
//!
//! Words: *AWS Site-to-Site VPN User Guide*, "Contents of Site-to-Site VPN logs". They name no address of AWS's side.

use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::texts::Texts;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("AWS VPN's log"),
    sign: Sign::Lines(|line| line.contains("AWS tunnel ") || line.contains("No Proposal Match Found")),
    read,
    endings: &["json", "log", "txt"],
    proof: Proof::Roles {
        begins: &["TS_UNACCEPTABLE: received from responder"],
        answers: &["No Proposal Match Found"],
    },
    ..Dialect::LOG
};

/// Words that state a cause. The first that is found counts.
static TEXTS: Texts<Cause> = Texts::new(&[
    ("No Proposal Match Found by AWS", Cause::IkeProposal),
    ("No Proposal Match Found. Notifying with", Cause::ChildProposal),
    (
        "decryption was unsuccessful due to invalid Pre-shared Key",
        Cause::PskDiffers,
    ),
    ("detected a pre-shared key mismatch with cgw", Cause::PskDiffers),
    ("TS_UNACCEPTABLE: received from responder", Cause::Selectors),
]);

fn read(policy: &mut Policy, text: &str) {
    for (number, line) in TEXTS.lines(text) {
        if let Some((_, cause)) = TEXTS.find(line) {
            policy.push(Entry::new(number, line, *cause));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Cause;
    use crate::tests::sample::{causes, read, survives};

    const LOG: &str = "{\"event_timestamp\":1767268806,\"details\":\"No Proposal Match Found by AWS\",\"dpd_enabled\":true,\"nat_t_detected\":false,\"ike_phase1_state\":\"down\"}\n\
        {\"event_timestamp\":1767268866,\"details\":\"AWS tunnel detected a pre-shared key mismatch with cgw: 192.0.2.10\",\"dpd_enabled\":true}\n\
        {\"event_timestamp\":1767268926,\"details\":\"AWS tunnel DPD timed out after 3 retransmits\"}\n";

    #[test]
    fn objects_state_causes_at_their_times() {
        let policy = read("aws.json", LOG);
        assert_eq!(policy.kind.name(), "AWS VPN's log");
        assert_eq!(causes(&policy), [(1, Cause::IkeProposal), (2, Cause::PskDiffers)]);
        // 2026-01-01 12:00:06 UTC
        let away = policy.entries[0]
            .time
            .and_then(|t| t.away(1_767_268_806 * 1_000_000_000));
        assert_eq!(away, Some(0));
        survives(LOG);
    }
}
