//! `xauth-failed`: the user's name or password was refused (XAUTH in IKEv1).

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
};
use crate::diagnosis::words;
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
    settles: true,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    decrypted(case).or_else(|| inferred(case))
}

/// The result of XAUTH was decrypted.
fn decrypted(case: &Case<'_>) -> Option<Finding> {
    let status = case.n.xauth_status.filter(|s| !s.good)?;
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    Some(
        Finding::new(&RULE, status.place, format!("{r} refused the user name or password that {i} gave (XAUTH)."))
            .sure(0.98, Basis::Decrypted)
            .settled(true)
            .blame(Blame::Initiator)
            .because(format!(
                "Phase 1 succeeded. {r} asked for user name and password, {i} answered, and {r} set XAUTH-STATUS to fail (decrypted)."
            ))
            .fix(fixes(case))
            .settle(cookbook::log(case, Role::Responder)),
    )
}

fn fixes(case: &Case<'_>) -> [String; 2] {
    [
        format!(
            "On {}: type user name and password again.",
            words::peer(case, Role::Initiator)
        ),
        format!(
            "On {}: look up the user and read {}.",
            words::peer(case, Role::Responder),
            cookbook::log(case, Role::Responder)
        ),
    ]
}

fn inferred(case: &Case<'_>) -> Option<Finding> {
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
    let ended = n
        .events()
        .find(|e| e.frame > last.frame && e.exchange == exchange::V1_INFORMATIONAL && e.encrypted);
    // Name and password are asked for in one exchange, the result is told in a second one of the responder's, and a tunnel is
    // asked for at once if it was good.
    let told = transactions.len() >= 4 && last.from == Role::Initiator;
    if !answered || transactions.len() < 2 || (ended.is_none() && !told && case.quiet_after(last) < 5.0) {
        return None;
    }
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let decided = ended.map_or_else(|| last.last_place(), Event::place);
    Some(
        Finding::new(&RULE, decided, format!("{r} refused the user name or password that {i} gave (XAUTH)."))
            .sure(if ended.is_some() { 0.85 } else { 0.55 }, Basis::Inferred)
            .settled(false)
            .blame(Blame::Initiator)
            .with(transactions.iter().take(4).map(|e| e.place()))
            .because(format!(
                "Phase 1 ended with an authentication method that is followed by XAUTH. {r} asked for user name and password in a \
                 Transaction exchange and {i} answered; {} messages of that kind were exchanged. Then the negotiation was broken \
                 off and no Quick Mode was begun. What the messages say is encrypted.",
                transactions.len()
            ))
            .or(&[RuleId::InProgress, RuleId::AuthMethodMismatch, RuleId::DeletedEarly])
            .fix(fixes(case))
            .settle(cookbook::log(case, Role::Responder)),
    )
}
