//! `xauth-failed`: the user's name or password was refused (XAUTH in IKEv1).

use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::{Event, Role, Version, exchange};

pub(super) static RULE: Rule = Rule {
    id: RuleId::XauthFailed,
    stage: Stage::Auth,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "XAUTH failed: the user's name or password was refused",
    documentation: Documentation {
        means: "Phase 1 succeeded, the responder asked for user name and password (XAUTH) and refused them.",
        evidence: "Transaction exchanges after phase 1, then an Informational (a delete) and no Quick Mode.",
        why: "Wrong user name or password, or a user without the right to connect.",
        fix: "Check name and password, then the responder's log.",
        not: "A Transaction exchange for an inner address (mode configuration), which is followed by Quick Mode.",
        references: &["draft-beaulieu-ike-xauth-02", "strongSwan xauth.c"],
    },
    needs: &[Facts::V1.and(Facts::UP), Facts::INSIDE],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// What shows that the login was refused.
enum Sign {
    /// The result of XAUTH was decrypted.
    Status,
    /// The negotiation was broken off after so many messages of Transaction exchanges.
    BrokenOff(usize),
}

fn find(case: &Case<'_>) -> Option<Found<Sign>> {
    decrypted(case).or_else(|| inferred(case))
}

fn decrypted(case: &Case<'_>) -> Option<Found<Sign>> {
    let status = case.n.xauth_status.filter(|s| !s.good)?;
    let finding = Finding::of(&RULE, status.place)
        .sure(0.98, Basis::Decrypted)
        .settled(true)
        .blame(Blame::Initiator);
    Some(finding.having(Sign::Status))
}

fn inferred(case: &Case<'_>) -> Option<Found<Sign>> {
    let n = case.n;
    let xauth = matches!(n.v1_auth_method(), Some(64221..=64224 | 65001..=65010));
    // Where the result could be read, it says all there is to say.
    let told = n.xauth_status.is_some();
    let went_on = n.step(exchange::QUICK_MODE, 1).is_some() || !n.esp().is_empty();
    if n.version != Version::V1 || !xauth || told || went_on {
        return None;
    }
    let transactions: Vec<&Event> = n
        .events()
        .filter(|e| e.exchange == exchange::TRANSACTION)
        .collect();
    let last = *transactions.last()?;
    let answered = transactions.iter().any(|e| e.from == Role::Initiator);
    let after = || {
        (n.events())
            .filter(|e| e.frame > last.frame && e.exchange == exchange::V1_INFORMATIONAL && e.encrypted)
    };
    // A server that refuses the user ends it; where both sides go on with liveness checks, nobody refused anybody.
    let alive = [Role::Initiator, Role::Responder].map(|role| after().any(|e| e.from == role));
    if alive == [true, true] {
        return None;
    }
    // Name and password are asked for in one exchange, the result is told in a second one of the responder's, and a tunnel is
    // asked for at once if it was good. Silence before that judges no password.
    let ended = after().next();
    let acknowledged = transactions.len() >= 4 && last.from == Role::Initiator;
    if !answered || transactions.len() < 2 || ended.is_none() && !acknowledged {
        return None;
    }
    let (decided, confidence) = match ended {
        Some(end) => (end.place(), 0.85),
        None => (last.last_place(), 0.55),
    };
    let finding = Finding::of(&RULE, decided)
        .sure(confidence, Basis::Inferred)
        .blame(Blame::Initiator)
        .with(transactions.iter().take(4).map(|e| e.place()))
        .or(&[
            RuleId::InProgress,
            RuleId::AuthMethodMismatch,
            RuleId::DeletedEarly,
        ]);
    Some(finding.having(Sign::BrokenOff(transactions.len())))
}

fn tell(case: &Case<'_>, found: &Found<Sign>) -> Words {
    let (i, r) = words::peers(case);
    let reason = match found.facts {
        Sign::Status => format!(
            "Phase 1 succeeded. {r} asked for user name and password, {i} answered, and {r} set XAUTH-STATUS to fail (decrypted)."
        ),
        Sign::BrokenOff(messages) => format!(
            "Phase 1 ended with an authentication method that is followed by XAUTH. {r} asked for user name and password in a \
             Transaction exchange and {i} answered; {messages} messages of that kind were exchanged. Then the negotiation was broken \
             off and no Quick Mode was begun. What the messages say is encrypted."
        ),
    };
    let log = evidence::log(case, Role::Responder);
    Words::new(format!(
        "{r} refused the user name or password that {i} gave (XAUTH)."
    ))
    .because(reason)
    .fix(steps(case))
    .settle(log)
}

/// What to change where the login was refused, whoever found that out.
pub(crate) fn steps(case: &Case<'_>) -> [Step; 2] {
    [
        Step::on(case, Role::Initiator, "re-enter user name and password."),
        Step::on(case, Role::Responder, "look up the user, and read the log."),
    ]
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::exchange;
    use crate::tests::made::Made;
    use ikewhy_testkit::contents::v1;

    /// XAUTHInitPreShared; XAUTH_TYPE, XAUTH_USER_NAME, XAUTH_USER_PASSWORD (draft-beaulieu-ike-xauth-02 4.1).
    const WITH_XAUTH: u16 = 65_001;
    const TYPE: u16 = 16_520;
    const USER_NAME: u16 = 16_521;
    const PASSWORD: u16 = 16_522;

    /// Main Mode, then XAUTH: name and password are asked for and given, the status is told and acknowledged.
    fn told(status: u16) -> Made {
        let mut made = Made::new();
        made.method = WITH_XAUTH;
        made.main_mode((64, 63), &[]);
        let asked: [(u16, &[u8]); 3] = [(TYPE, &[0, 0]), (USER_NAME, b""), (PASSWORD, b"")];
        let given: [(u16, &[u8]); 3] = [(TYPE, &[0, 0]), (USER_NAME, b"carol"), (PASSWORD, b"secret")];
        let acknowledged: [(u16, &[u8]); 1] = [(16_527, b"")];
        for (at, from_client, id, contents) in [
            (60, false, 5, v1::attributes(1, &asked)),
            (70, true, 5, v1::attributes(2, &given)),
            (80, false, 6, v1::xauth_status(status)),
            (90, true, 6, v1::attributes(4, &acknowledged)),
        ] {
            made.ikev1_holding(
                at,
                from_client,
                (exchange::TRANSACTION, id),
                &[v1::hash(), contents],
            );
        }
        made
    }

    #[test]
    fn the_status_says_whether_the_login_is_good() {
        let finding = told(0).fires(RuleId::XauthFailed);
        assert_eq!(
            (finding.blame, finding.basis, finding.frame),
            (Blame::Initiator, Basis::Decrypted, 9)
        );
        assert!(finding.confidence > 0.95);
        told(1).quiet(RuleId::XauthFailed);
    }

    /// Main Mode with this authentication method, so many messages of Transaction exchanges that cannot be read, then encrypted
    /// Informationals of these sides.
    fn unread(method: u16, transactions: i64, ends: &[bool]) -> Made {
        let mut made = Made::new();
        made.method = method;
        made.main_mode((64, 63), &[]);
        for n in 0..transactions {
            let step = (8, exchange::TRANSACTION, 1, if n < 2 { 5 } else { 6 });
            let mark = u8::try_from(n).unwrap();
            made.isakmp(60 + 10 * n, n % 2 == 1, (64, 63), step, &[mark; 64]);
        }
        for (n, from_client) in (0u8..).zip(ends) {
            let step = (8, exchange::V1_INFORMATIONAL, 1, 90 + u32::from(n));
            made.isakmp(200 + 10 * i64::from(n), *from_client, (64, 63), step, &[n; 80]);
        }
        made
    }

    #[test]
    fn who_is_broken_off_after_the_login_was_refused() {
        for ends in [[false], [true]] {
            let finding = unread(WITH_XAUTH, 4, &ends).fires(RuleId::XauthFailed);
            assert_eq!(
                (finding.blame, finding.basis, finding.frame),
                (Blame::Initiator, Basis::Inferred, 11)
            );
        }
        // Signs of life are asked for and answered.
        unread(WITH_XAUTH, 4, &[true, false]).quiet(RuleId::XauthFailed);
        // Nobody gave a name.
        unread(WITH_XAUTH, 1, &[false]).quiet(RuleId::XauthFailed);
        // Mode configuration without XAUTH asks for no password.
        unread(1, 4, &[false]).quiet(RuleId::XauthFailed);
    }

    #[test]
    fn a_result_that_nothing_follows_was_no_good_one() {
        let finding = unread(WITH_XAUTH, 4, &[]).fires(RuleId::XauthFailed);
        assert!(finding.confidence < 0.6 && finding.alternatives.contains(&RuleId::InProgress));
        // The server does not say what it thinks of name and password.
        let mut made = unread(WITH_XAUTH, 2, &[]);
        made.until(120_000);
        assert_eq!(made.quiet(RuleId::XauthFailed), [RuleId::Stalled]);
    }

    #[test]
    fn whose_login_is_good_goes_on() {
        let mut made = unread(WITH_XAUTH, 4, &[]);
        for (at, from_client) in [(110, true), (120, false), (130, true)] {
            made.quick_mode(at, from_client, (64, 63));
        }
        // A tunnel that is deleted after a while.
        let step = (8, exchange::V1_INFORMATIONAL, 1, 90);
        made.isakmp(60_000, true, (64, 63), step, &[9; 80]);
        made.quiet(RuleId::XauthFailed);
    }
}
