//! `state-lost`: one side no longer knows the tunnel that the other still uses.

use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::{
    EspFlow, Event, Negotiation, Notice, Place, Progress, Role, Version, exchange, notify,
};

pub(super) static RULE: Rule = Rule {
    id: RuleId::StateLost,
    stage: Stage::Rekey,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "One side no longer knows the tunnel that the other still uses",
    documentation: Documentation {
        means: "The tunnel was up. Then one side lost its keys (it was restarted, or deleted the tunnel without saying so), and the \
                other side goes on to use them.",
        evidence: "INVALID_SPI or INVALID_IKE_SPI (IKEv1: INVALID-SPI, INVALID-COOKIE) in clear from a side that had the tunnel, and \
                   nothing of it since that needs its keys. Or that side begins a new negotiation as if there had been none, while \
                   the other still sends ESP with the old SPI.",
        why: "A restart, a crash, a failover to a member that does not share its state, a tunnel cleared by hand; or its lifetime \
              ended on one side alone.",
        fix: "Bring the tunnel up again on the side that still uses it. With dead peer detection (liveness checks) on both sides that \
              happens by itself.",
        not: "INVALID_SPI once at a renewal, when a packet still comes with the old SPI; a tunnel that was deleted in order; a new \
              negotiation before the old one is given up, which both sides still use. Messages in clear can be forged: what \
              follows them counts.",
        references: &["RFC 7296 1.5, 2.4, 2.21.4", "RFC 2408 3.14.1", "RFC 3706"],
    },
    needs: &[Facts::UP],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// A delete within this time before the error makes an orderly end of it, seconds.
const DELETED_WITHIN: f64 = 60.0;
/// ESP that goes on for so long with the old SPI was not just on its way, seconds.
const GOES_ON: f64 = 5.0;
/// So many packets in vain are no accident.
const ENOUGH: u32 = 3;

/// How it shows.
enum Sign<'a> {
    /// It says so itself.
    Said { notice: &'a Notice, times: u32 },
    /// It begins anew while the other side's ESP goes on.
    Anew {
        next: &'a Negotiation,
        flow: &'a EspFlow,
    },
}

struct Lost<'a> {
    /// Who lost it.
    by: Role,
    sign: Sign<'a>,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Lost<'a>>> {
    let n = case.n;
    // A tunnel that is still being made is refused, not lost.
    if n.progress() < Progress::IkeUp || n.started && !case.standing().is_up() {
        return None;
    }
    said(case).or_else(|| anew(case))
}

/// When a side last sent something that only who has the keys can send.
fn protected(n: &Negotiation, from: Role) -> Option<i64> {
    let messages = (n.events().rev()).filter(|e| e.from == from && e.encrypted);
    let data = n.esp().iter().filter(|f| f.from == from).map(|f| f.last.time);
    messages.map(Event::last_time).chain(data).max()
}

/// A delete, or what may be one, by either side within some seconds before a time.
fn deleted(n: &Negotiation, by: Option<Role>, before: i64, within: f64) -> bool {
    n.events().any(|e| {
        let age = seconds(before.saturating_sub(e.last_time()));
        let delete = match n.version {
            Version::V1 => e.exchange == exchange::V1_INFORMATIONAL && e.encrypted,
            // Right after a CREATE_CHILD_SA of the same side it deletes the keys that were renewed.
            Version::V2 => e.is_delete() && !renewed_by(n, e),
        };
        delete && (0.0..=within).contains(&age) && by.is_none_or(|by| e.from == by)
    })
}

/// This Delete follows a renewal.
fn renewed_by(n: &Negotiation, delete: &Event) -> bool {
    n.events().any(|e| {
        e.exchange == exchange::CREATE_CHILD_SA
            && e.position == 2
            && (0.0..=5.0).contains(&seconds(delete.time.saturating_sub(e.time)))
    })
}

fn said<'a>(case: &Case<'a>) -> Option<Found<Lost<'a>>> {
    let n = case.n;
    // IKEv1 has the same numbers: INVALID-COOKIE and INVALID-SPI (RFC 2408 3.14.1).
    let unknown =
        |x: &&Notice| !x.decrypted && matches!(x.kind, notify::INVALID_IKE_SPI | notify::INVALID_SPI);
    let notice = n.notices.iter().filter(unknown).max_by_key(|x| x.time)?;
    let by = notice.from;
    let all = || n.notices.iter().filter(|x| unknown(x) && x.from == by);
    let first = all().map(|x| x.time).min()?;
    // What comes late for an IKE SA that was renewed is not known any more.
    if protected(n, by).is_some_and(|time| time >= first) || case.later().any(Negotiation::is_renewed) {
        return None;
    }
    let copies = |x: &Notice| n.event(x.event).map_or(1, Event::copies);
    let times = all().map(copies).fold(0, u32::saturating_add);
    let last = all()
        .filter_map(|x| n.event(x.event))
        .map(Event::last_time)
        .max()?;
    let lasted = seconds(last.saturating_sub(first));
    let orderly = match n.version {
        Version::V1 => deleted(n, Some(by), first, DELETED_WITHIN) && !(times >= ENOUGH && lasted >= GOES_ON),
        Version::V2 => deleted(n, None, first, DELETED_WITHIN),
    };
    let answers = all().any(|x| n.event(x.event).is_some_and(|e| n.answered_by(e).is_some()));
    if orderly || times < 2 && !answers && seconds(case.end.saturating_sub(last)) < GOES_ON {
        return None;
    }
    let both = all().any(|x| x.kind != notice.kind);
    let confidence = match (times, both) {
        (_, true) => 0.92,
        (ENOUGH.., _) => 0.88,
        _ => 0.75,
    };
    let lost = Lost {
        by,
        sign: Sign::Said { notice, times },
    };
    let finding = finding(&lost, notice.place, confidence, Basis::Observed)
        .with(all().take(4).map(|x| x.place))
        .or(&[RuleId::PeerDead]);
    Some(finding.having(lost))
}

fn anew<'a>(case: &Case<'a>) -> Option<Found<Lost<'a>>> {
    let n = case.n;
    let next = case.later().find(|m| {
        let resumed = m.step(exchange::IKE_SESSION_RESUME, 1).is_some();
        m.started && !resumed && m.progress() >= Progress::IkeUp
    })?;
    let began = next.first().time;
    let by = match next.initiator.address == n.initiator.address {
        true => Role::Initiator,
        false => Role::Responder,
    };
    // Who renews in order goes on to use the old keys until the new ones are there, and then deletes them.
    if protected(n, by)? >= began || deleted(n, None, began, DELETED_WITHIN) {
        return None;
    }
    let other = by.other();
    let flow = (n.esp().iter())
        .filter(|f| f.from == other)
        .max_by_key(|f| f.last.time)?;
    let in_vain: u32 = n.reach(other).habits.iter().map(|h| u32::from(h.in_vain)).sum();
    if seconds(flow.last.time.saturating_sub(began)) < GOES_ON || in_vain < ENOUGH {
        return None;
    }
    let lost = Lost {
        by,
        sign: Sign::Anew { next, flow },
    };
    let place = Place {
        frame: flow.last.frame,
        span: None,
    };
    let start = Place {
        frame: next.first().frame,
        span: None,
    };
    let finding = finding(&lost, place, 0.78, Basis::Inferred)
        .with([start])
        .or(&[RuleId::PeerDead, RuleId::EspBlocked]);
    Some(finding.having(lost))
}

fn finding(lost: &Lost<'_>, place: Place, confidence: f64, basis: Basis) -> Finding {
    Finding::of(&RULE, place)
        .sure(confidence, basis)
        .blame(Blame::of(lost.by))
}

fn tell(case: &Case<'_>, found: &Found<Lost<'_>>) -> Words {
    let n = case.n;
    let Lost { by, sign } = &found.facts;
    let (forgot, uses) = (words::peer(case, *by), words::peer(case, by.other()));
    let age = |time: i64| seconds(time.saturating_sub(n.first().time));
    let (summary, what) = match sign {
        Sign::Said { notice, times } => (
            format!(
                "The tunnel was up, but {forgot} no longer knows it, and {uses} still uses it: {forgot} was restarted, or has \
                 deleted the tunnel without saying so."
            ),
            format!(
                "{:.0} seconds after the negotiation began {forgot} sent {} in clear, {}, and nothing since that needs the tunnel's keys. \
                 A side that has them would not say so. A message in clear can be forged; but then {forgot} would go on to use the \
                 tunnel.",
                age(notice.time),
                words::notify(n, notice.kind),
                words::times(*times)
            ),
        ),
        Sign::Anew { next, flow } => (
            format!(
                "The tunnel was up, then {forgot} began again as if there had been none, while {uses} still uses the old one."
            ),
            format!(
                "{:.0} seconds after this negotiation began {forgot} began another one (negotiation {}) and has used nothing of this one \
                 since, nor has it deleted it. {uses} goes on to send encrypted data with the old SPI (0x{:08x}, last in frame {}), which \
                 {forgot} cannot read any more. A restart of {forgot} does that.",
                age(next.first().time),
                next.stream,
                flow.spi,
                flow.last.frame
            ),
        ),
    };
    Words::new(summary)
        .because(what)
        .fix([
            Step::on(
                case,
                by.other(),
                "take this tunnel down and bring it up again; the old one cannot work any more.",
            ),
            Step::on(
                case,
                by.other(),
                "switch on dead peer detection (liveness checks, RFC 7296 2.4), so that it notices by itself next time.",
            ),
            Step::on(
                case,
                *by,
                "find out why it lost the tunnel: a restart, a crash, a failover, or a command that cleared it.",
            ),
        ])
        .settle(format!("how long {} has been running", n.peer(*by).address))
        .settle(evidence::log(case, *by))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::made::Made;

    /// A tunnel with data each second both ways for four seconds.
    fn in_use() -> Made {
        let mut made = Made::ikev2_up((64, 63));
        for i in 0..4 {
            made.esp(1000 + 1000 * i, true, u32::try_from(i).unwrap() + 1, 132);
            made.esp(1020 + 1000 * i, false, u32::try_from(i).unwrap() + 1, 132);
        }
        made
    }

    /// The server begins anew as the initiator would: same ends, other SPIs.
    fn anew(made: &mut Made, at: i64) {
        made.other_spis(false);
        made.ikev2_init(at, (64, 63));
        made.ikev2(at + 20, true, (exchange::IKE_AUTH, false, 1), 35, 256);
        made.ikev2(at + 30, false, (exchange::IKE_AUTH, true, 1), 36, 240);
    }

    #[test]
    fn who_begins_anew_while_the_old_data_goes_on_has_lost_its_state() {
        let mut made = in_use();
        anew(&mut made, 8000);
        for i in 0..12 {
            made.esp(5500 + 1000 * i, false, u32::try_from(i).unwrap() + 5, 132);
        }
        made.fires(RuleId::StateLost);
    }

    #[test]
    fn who_begins_anew_and_then_deletes_the_old_has_not() {
        let mut made = in_use();
        made.ikev2(5200, true, (exchange::INFORMATIONAL, false, 2), 42, 80);
        made.ikev2(5210, false, (exchange::INFORMATIONAL, true, 2), 0, 80);
        anew(&mut made, 5500);
        for i in 0..8 {
            made.esp(5600 + 1000 * i, false, u32::try_from(i).unwrap() + 5, 132);
        }
        assert_eq!(made.quiet(RuleId::StateLost)[0], RuleId::Established);
    }
}
