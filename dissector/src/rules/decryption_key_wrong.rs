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

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Blame, RuleId};
    use crate::negotiation::{exchange, payload};
    use crate::tests::made::Made;
    use ikewhy_testkit::contents::{v1, v2};

    /// Under another key each byte comes out as any value.
    fn noise(bytes: &mut [u8]) {
        for (byte, n) in bytes.iter_mut().zip(0u8..) {
            *byte ^= n.wrapping_mul(151).wrapping_add(77);
        }
    }

    /// IKE_SA_INIT, and an IKE_AUTH request: an identity and the proof of it, which come out like this.
    fn ikev2(change: impl Fn(&mut [u8])) -> Made {
        let mut made = Made::new();
        made.ikev2_init(0, (64, 63));
        let mut plaintext = v2::plaintext(&[v2::id_i(2, b"client.example"), v2::auth(2)]);
        change(&mut plaintext);
        let step = (exchange::IKE_AUTH, false, 1);
        made.ikev2_opened(20, true, step, payload::ID_I, plaintext);
        made
    }

    #[test]
    fn what_is_no_ike_was_decrypted_with_another_key() {
        let finding = ikev2(noise).fires(RuleId::DecryptionKeyWrong);
        assert_eq!((finding.blame, finding.frame), (Blame::Nobody, 3));
        // RFC 7296 3.14: the last byte counts the padding before it.
        ikev2(|bytes| *bytes.last_mut().unwrap() += 1).fires(RuleId::DecryptionKeyWrong);
        ikev2(|_| ()).quiet(RuleId::DecryptionKeyWrong);
        // Without a key there is no wrong one.
        Made::ikev2_up((64, 63)).quiet(RuleId::DecryptionKeyWrong);
    }

    /// Main Mode, two messages of Quick Mode, of which the second is noise.
    fn ikev1(change_first: impl Fn(&mut [u8])) -> Made {
        let mut made = Made::new();
        made.main_mode((64, 63), &[]);
        let mut plaintext = v1::plaintext(&[v1::hash(), v1::child_offer(128, 1, None)]);
        let mut second = plaintext.clone();
        noise(&mut second);
        change_first(&mut plaintext);
        for (at, from_client, plaintext) in [(60, true, plaintext), (70, false, second)] {
            made.ikev1_opened(at, from_client, (exchange::QUICK_MODE, 7), 8, plaintext);
        }
        made
    }

    #[test]
    fn a_key_of_ikev1_that_opened_one_message_is_right() {
        // A message lost by the capture shifts the initialisation vectors of all that follow (RFC 2409 appendix B).
        ikev1(|_| ()).quiet(RuleId::DecryptionKeyWrong);
        ikev1(noise).fires(RuleId::DecryptionKeyWrong);
    }
}
