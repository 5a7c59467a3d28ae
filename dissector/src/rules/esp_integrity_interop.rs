//! `esp-integrity-interop`: ESP arrives and is discarded, because the two sides cut its checksum differently.

use super::cookbook;
use super::evidence;
use super::unanswered::{self, Unanswered, unanswered};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::offer::Attribute;
use crate::negotiation::{Negotiation, Place, Role};

pub(super) static RULE: Rule = Rule {
    id: RuleId::EspIntegrityInterop,
    stage: Stage::Esp,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The two sides' ESP packets have checksums of different lengths",
    documentation: Documentation {
        means: "Both sides send encrypted data and both discard what they get: one cuts the SHA2-256 checksum to 96 bits, the other \
                to 128.",
        evidence: "With AES-CBC an ESP packet has 8 + 16 + 16n bytes and its checksum. Divided by 16, all packets of one side leave 4 \
                   (a checksum of 96 bits) and all of the other leave 8 (128 bits). Both sides of one SA pair must use one \
                   algorithm, so these cannot understand each other. Or one side's packets leave 4, SHA2-256 was chosen, and nothing comes back.",
        why: "Before RFC 4868 was final, HMAC-SHA2-256 was cut to 96 bits; Linux before 2.6.33 did so, \
              old systems still do, or are told to for the sake of such (strongSwan sha256_96, Libreswan sha2-truncbug).",
        fix: "Use the RFC's 128 bits of SHA2-256 on both sides (update the old one, or switch its option off), or another algorithm: \
              AES-GCM, SHA2-512 or SHA1.",
        not: "Two tunnels with different algorithms between the same hosts; AES-GCM and AES-CTR, whose lengths are multiples of four \
              in any remainder.",
        references: &[
            "RFC 4868 2.3, 2.6",
            "RFC 4303 2",
            "RFC 3602 3",
            "strongSwan swanctl.conf sha256_96",
            "Libreswan ipsec.conf sha2-truncbug",
        ],
    },
    needs: &[Facts::ESP.and(Facts::IKE)],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// Remainders modulo 16 as bits: 96 bits of checksum, and 128.
const CUT_TO_96: u16 = 1 << 4;
const CUT_TO_128: u16 = 1 << 8;
/// So many packets of a side are no chance: with lengths in any multiple of four, one in 4^2 each.
const ENOUGH: u64 = 3;

/// Who cuts to 96 bits, and how many packets show it.
struct Cutter {
    role: Role,
    /// Its own packets.
    own: u64,
    /// Those of the other side, which cuts to 128 bits.
    others: u64,
}

/// How it shows.
enum Sign<'a> {
    /// Both sides' packets have their own remainder.
    Both(Cutter),
    /// One side's packets have that of 96 bits, and nothing comes back.
    OneWay { u: Unanswered<'a>, chosen: Basis },
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    both(case).or_else(|| one_way(case))
}

fn one_way<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let u = unanswered(case, Role::Initiator)?;
    let chosen = u.may_be_cut_short(case.n)?;
    let confidence = match chosen {
        Basis::Decrypted => 0.8,
        _ => 0.55,
    };
    let finding = u
        .finding(&RULE, Blame::Initiator)
        .differs(&[Attribute::Integrity])
        .sure(confidence, Basis::Inferred)
        .or(if u.is_l2tp(case.n) {
            &[RuleId::L2tpNoReply]
        } else {
            &[]
        })
        .or(&[RuleId::EspBlocked]);
    Some(finding.having(Sign::OneWay { u, chosen }))
}

fn both<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let cutter = cutter(n)?;
    // Only one tunnel between these hosts: otherwise packets of two may have been mixed up.
    let alone = !case
        .siblings()
        .any(|m| !m.esp().is_empty() && m.last.time >= n.first().time);
    let confidence = match cutter.own.min(cutter.others) {
        _ if !alone => 0.6,
        ..5 => 0.85,
        _ => 0.92,
    };
    let decided = n.esp().iter().map(|f| f.last.frame).max()?;
    let finding = Finding::of(&RULE, Place::in_frame(decided))
        .differs(&[Attribute::Integrity])
        .sure(confidence, Basis::Inferred)
        .blame(Blame::of(cutter.role))
        .with(n.esp().iter().map(|f| Place::in_frame(f.first().frame)))
        .or(&[RuleId::EspBlocked]);
    Some(finding.having(Sign::Both(cutter)))
}

fn cutter(n: &Negotiation) -> Option<Cutter> {
    let (of_initiator, sent) = remainder(n, Role::Initiator)?;
    let (of_responder, returned) = remainder(n, Role::Responder)?;
    let (role, own, others) = match (of_initiator, of_responder) {
        (CUT_TO_96, CUT_TO_128) => (Role::Initiator, sent, returned),
        (CUT_TO_128, CUT_TO_96) => (Role::Responder, returned, sent),
        _ => return None,
    };
    Some(Cutter { role, own, others })
}

/// The one remainder of all packets of a side, and how many there were.
fn remainder(n: &Negotiation, role: Role) -> Option<(u16, u64)> {
    let flows = || n.esp().iter().filter(move |f| f.from == role);
    let residues = flows().fold(0, |all, f| all | f.residues);
    let packets = flows().map(|f| u64::from(f.packets)).sum();
    (packets >= ENOUGH && flows().all(|f| !f.is_ah())).then_some((residues, packets))
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    match &found.facts {
        Sign::Both(cutter) => tell_both(case, cutter),
        Sign::OneWay { u, chosen } => tell_one_way(case, u, *chosen),
    }
}

fn tell_one_way(case: &Case<'_>, u: &Unanswered<'_>, chosen: Basis) -> Words {
    let (old, new) = (words::peer(case, u.from), words::peer(case, u.from.other()));
    let why = match chosen {
        Basis::Decrypted => {
            "Both sides chose SHA2-256 for the data (decrypted), whose checksum has 128 bits by RFC 4868"
        }
        _ => {
            "Phase 1 uses SHA2-256, so that the data tunnel, which is encrypted here, may use it as well, with a checksum of 128 bits by \
             RFC 4868; with SHA1, 96 bits would be right, and the cause another one"
        }
    };
    Words::new(format!(
        "The tunnel came up, but {new} answers none of {old}'s data; the likeliest cause is that {old} shortens the SHA2-256 checksum to 96 \
         bits."
    ))
    .because(unanswered::reasoning(
        case,
        u,
        &format!(
            "The lengths of these packets all leave 4 when divided by 16: with AES-CBC that is a checksum of 96 bits. {why}. {new} then finds \
             every packet's checksum wrong and drops it without a word."
        ),
    ))
    .fix([cookbook::on(
        case,
        u.from,
        cookbook::Topic::Truncation,
        "use the standard 128 bits: update its system, or switch the compatibility option off.",
    )])
    .settle_by(unanswered::next(case, u))
}

fn tell_both(case: &Case<'_>, cutter: &Cutter) -> Words {
    let Cutter { role, own, others } = *cutter;
    let (old, new) = (words::peer(case, role), words::peer(case, role.other()));
    Words::new(format!(
        "The tunnel came up, but each side discards the other's data: {old} shortens the SHA2-256 checksum to 96 bits, {new} to 128."
    ))
    .because(format!(
        "Both sides agreed on the same algorithms for data and send it. But the lengths of {old}'s {own} encrypted packets all leave 4 \
         when divided by 16, and those of {new}'s {others} all leave 8. With AES-CBC that is a checksum of 96 bits against one of 128 \
         bits: each side finds the other's checksum wrong and drops the packet. RFC 4868 demands 128 bits for SHA2-256; {old} \
         uses the older form. The algorithms themselves are encrypted and were not seen here."
    ))
    .fix([
        cookbook::on(
            case,
            role,
            cookbook::Topic::Truncation,
            "use the standard 128 bits: update its system, or switch the compatibility option off.",
        ),
        Step::or_on(
            case,
            role.other(),
            "if that side cannot be changed, choose AES-GCM or SHA2-512 for the data tunnel, as far as both have it (SHA1 also works, \
             and is weaker).",
        ),
    ])
    .settle("on both sides, whether packets fail their integrity check (Linux: `ip -s xfrm state`, \"failed integrity\")")
    .settle(evidence::log(case, role))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    /// Packets of these lengths of client and server.
    fn lengths(client: usize, server: usize) -> Made {
        let mut made = Made::up((64, 63));
        for sequence in 1..=4 {
            let at = 200 + 1000 * i64::from(sequence);
            made.esp(at, true, sequence, client);
            made.esp(at + 20, false, sequence, server);
        }
        made
    }

    #[test]
    fn only_checksums_of_two_lengths_are_a_fault() {
        lengths(132, 136).fires(RuleId::EspIntegrityInterop);
        assert_eq!(
            lengths(136, 136).quiet(RuleId::EspIntegrityInterop),
            [RuleId::Established]
        );
        assert_eq!(
            lengths(132, 132).quiet(RuleId::EspIntegrityInterop),
            [RuleId::Established]
        );
    }
}
