//! `decryption-key-wrong`: the keys given to Wireshark are not those of this negotiation.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check,
};
use crate::negotiation::Version;

pub(super) static RULE: Rule = Rule {
    id: RuleId::DecryptionKeyWrong,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Note,
    title: "Wireshark's decryption key for this negotiation is wrong",
    documentation: Documentation {
        means: "Wireshark decrypted messages of this negotiation and what came out is no IKE. It is not used.",
        evidence: "Decrypted bytes whose payloads do not fill them, or whose padding is impossible.",
        why: "The row in the IKEv1 or IKEv2 decryption table belongs to another negotiation, or a digit is wrong.",
        fix: "Correct the row in Preferences, Protocols, ISAKMP.",
        not: "An IKEv1 message that Wireshark decrypts with the wrong IV: a retransmission, what follows one, or what follows a message that \
              the capture lost. Where anything of the negotiation decrypts soundly, its key is right.",
        references: &[
            "Wireshark packet-isakmp.c",
            "RFC 7296 3.14",
            "RFC 2409 appendix B",
        ],
    },
    needs: &[Facts::REST],
    settles: Settles::LATER,
    check: check!(find, tell),
};

fn find(case: &Case<'_>) -> Option<Found<()>> {
    let place = case.n.wrongly_decrypted?;
    // One key opens all of IKEv1, and each message begins where the IV of the one before it ended; IKEv2 has a key a side.
    let v1 = case.n.version == Version::V1;
    if v1 && case.n.decrypted {
        return None;
    }
    let finding = Finding::of(&RULE, place)
        .sure(0.9, Basis::Inferred)
        .settled(!v1)
        .blame(Blame::Nobody);
    Some(finding.having(()))
}

fn tell(_: &Case<'_>, _: &Found<()>) -> Words {
    Words::new("The key given to Wireshark does not decrypt this message; what it shows of it is not used.")
}
