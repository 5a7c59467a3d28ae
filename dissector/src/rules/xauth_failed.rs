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
    if n.version != Version::V1 || !xauth || n.step(exchange::QUICK_MODE, 1).is_some() || !n.esp().is_empty()
    {
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
    let told = transactions.len() >= 4 && last.from == Role::Initiator;
    if !answered || transactions.len() < 2 || ended.is_none() && !told {
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
    .fix([
        Step::on(case, Role::Initiator, "re-enter user name and password."),
        Step::on(case, Role::Responder, format!("look up the user and read {log}.")),
    ])
    .settle(log)
}
