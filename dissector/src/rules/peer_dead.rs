//! `peer-dead`: it was up, and then one side no longer answered.

use super::later_request::is_long;
use super::peer_unreachable::{self, Report};
use super::unanswered::{Silence, fell_silent};
use super::{authentication_failed, evidence, later_request};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::traffic::{Backoff, L2tpKind};
use crate::negotiation::{Event, Place, Progress, Role, Version, exchange};
use crate::wire::code::number::l2tp_message;

pub(super) static RULE: Rule = Rule {
    id: RuleId::PeerDead,
    stage: Stage::Rekey,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The tunnel was up, then one side stopped answering",
    documentation: Documentation {
        means: "After the tunnel had come up, one side repeated a request (a liveness check, a renewal) and never got an answer.",
        evidence: "IKEv2: a request after IKE_AUTH that is repeated at least twice and never answered. IKEv1: at least three \
                   encrypted Informational messages of one side (dead peer detection) without any packet of the other since, or two \
                   after which the initiator makes a new tunnel. Or ESP \
                   that was nearly always answered at once, and is no longer, while nothing of the other side is seen. Or the shortest \
                   ESP packets of an IKEv1 tunnel in the rhythm in which L2TP repeats its HELLO, unanswered.",
        why: "The other side was restarted, lost its network or address, or the path (a NAT mapping, a firewall's state) broke.",
        fix: "Look at the silent side at that time; on NAT paths keep keepalives below the mapping's lifetime.",
        not: "A single lost packet; a capture that ends while waiting; a tunnel that is idle on both sides, or carries a stream one way.",
        references: &["RFC 7296 2.4", "RFC 3706"],
    },
    needs: &[Facts::UP],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// How it shows that a side is silent.
enum Sign<'a> {
    /// Messages to it that it does not answer, and what an ICMP error says of that.
    Asked(Asked<'a>, Option<Report<'a>>),
    /// Its answer is in the capture, and the request is repeated all the same.
    Unheard { request: &'a Event, answer: &'a Event },
    /// Data that it used to answer.
    Data(Silence<'a>),
    /// L2TP's question whether the other side lives, sent again and again.
    Hello {
        from: Role,
        run: &'a Backoff,
        shown: bool,
    },
}

/// What is asked in vain.
struct Asked<'a> {
    request: &'a Event,
    times: u32,
    /// The silent side's data still comes.
    data: bool,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    // An initiator that objects to the responder's proof never had a tunnel.
    if case.n.progress() < Progress::IkeUp || authentication_failed::refused_by_initiator(case).is_some() {
        return None;
    }
    let asked = match case.n.version {
        Version::V1 => v1(case),
        Version::V2 => v2(case),
    };
    match asked {
        Some(asked) => Some(of_request(case, asked)),
        None => unheard(case).or_else(|| hello(case)).or_else(|| silent(case)),
    }
}

fn of_request<'a>(case: &Case<'a>, asked: Asked<'a>) -> Found<Sign<'a>> {
    let Asked { request, data, .. } = asked;
    let silent = request.from.other();
    let report = Report::since(case, request.from, request.time);
    let reported = report.as_ref().is_some_and(Report::is_of_the_peer);
    let arrives = reported || case.arrives_at(silent);
    let renews = !matches!(
        request.exchange,
        exchange::V1_INFORMATIONAL | exchange::INFORMATIONAL
    );
    let finding = Finding::of(&RULE, request.last_place())
        .sure(
            match (data, request.repeat_count()) {
                (_, 0) => 0.6,
                (true, _) => 0.7,
                (false, _) => 0.87,
            },
            Basis::Inferred,
        )
        .blame(Blame::of(silent))
        .with([request.place()])
        .with(report.as_ref().map(Report::place))
        .or(if renews { &[RuleId::RekeyFailed] } else { &[] })
        .or(if arrives {
            &[]
        } else {
            &[RuleId::ReturnPathBlocked]
        })
        // What is encrypted may be a Delete.
        .or(if renews || reported {
            &[]
        } else {
            &[RuleId::DeletedEarly]
        });
    finding.having(Sign::Asked(asked, report))
}

/// IKEv2: the last request of all is sent again and again although it is answered, and nothing else comes of its sender.
fn unheard<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let later = |e: &&Event| matches!(e.exchange, exchange::CREATE_CHILD_SA | exchange::INFORMATIONAL);
    let request = n.events().rfind(|e| later(e) && e.is_request() && e.encrypted)?;
    let answer = n.answer_to(request).filter(|answer| answer.encrypted)?;
    let again = (request.repeats().iter())
        .filter(|copy| copy.time > answer.time)
        .count();
    let lasted = request.last_time().saturating_sub(answer.time);
    let data = n
        .esp()
        .iter()
        .any(|f| f.from == request.from && f.last.time > request.time);
    if again < 3 || !is_long(lasted) || data {
        return None;
    }
    let renewal = request.exchange == exchange::CREATE_CHILD_SA;
    let finding = Finding::of(&RULE, request.last_place())
        .sure(0.7, Basis::Inferred)
        .blame(Blame::Path)
        .with([request.place(), answer.place()])
        .or(if renewal { &[RuleId::RekeyFailed] } else { &[] })
        .or(&[RuleId::ReturnPathBlocked, RuleId::StateLost]);
    Some(finding.having(Sign::Unheard { request, answer }))
}

/// L2TP's HELLO is not acknowledged (RFC 2661 6.5, 5.8), and nothing else of the other side is seen, which was heard before.
fn hello<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    if n.version != Version::V1 {
        return None;
    }
    let (from, run) = [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|from| Some((from, n.reach(from).hello()?)))?;
    let silent = from.other();
    let lives = (n.events()).any(|e| e.from == silent && e.last_time() > run.first.time)
        || (n.esp().iter()).any(|f| f.from == silent && f.last.time > run.first.time);
    let heard = n.esp_from(silent).is_some();
    let ended = n.events().any(|e| {
        e.from == silent
            && e.exchange == exchange::V1_INFORMATIONAL
            && e.last_time() > run.first.time - RECENT
    });
    if lives || ended || !heard {
        return None;
    }
    let shown = n
        .l2tp
        .iter()
        .any(|l| l.from == from && l.kind == L2tpKind::Control(l2tp_message::HELLO) && l.copies >= 3);
    let finding = Finding::of(&RULE, Place::in_frame(run.last.frame))
        .sure(
            if shown { 0.9 } else { 0.75 },
            if shown { Basis::Decrypted } else { Basis::Inferred },
        )
        .blame(Blame::of(silent))
        .with([Place::in_frame(run.first.frame)])
        .or(others(case, silent));
    Some(finding.having(Sign::Hello { from, run, shown }))
}

/// A tunnel that the other side took down so shortly before has an end in order, nanoseconds.
const RECENT: i64 = 5_000_000_000;

fn silent<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let silence = [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|from| fell_silent(case, from))
        .filter(|silence| silence.lives.is_none())?;
    let finding = silence
        .finding(&RULE)
        .sure(0.65, Basis::Inferred)
        .blame(Blame::of(silence.from.other()))
        .or(others(case, silence.from.other()));
    Some(finding.having(Sign::Data(silence)))
}

/// What else may be behind data that is answered no longer: where it arrives, nothing on the path.
fn others(case: &Case<'_>, silent: Role) -> &'static [RuleId] {
    if case.arrives_at(silent) {
        &[RuleId::StateLost]
    } else {
        &[RuleId::EspBlocked, RuleId::StateLost, RuleId::ReturnPathBlocked]
    }
}

fn v1<'a>(case: &Case<'a>) -> Option<Asked<'a>> {
    let n = case.n;
    let last = n
        .events()
        .rev()
        .find(|e| e.exchange == exchange::V1_INFORMATIONAL && e.encrypted)?;
    let last_heard = case.standing().heard(last.from.other())?;
    let asked = || {
        n.events().filter(|e| {
            e.from == last.from
                && e.exchange == exchange::V1_INFORMATIONAL
                && e.encrypted
                && e.time > last_heard
        })
    };
    let times: u32 = asked().map(Event::copies).sum();
    // Deletes are never answered; they come at once, one for each SA.
    let apart = asked()
        .next()
        .is_some_and(|first| last.time.saturating_sub(first.time) >= APART && first.length == last.length);
    let given_up = times >= 2 && apart && last.from == Role::Initiator && begins_anew(case, last);
    (times >= 3 || given_up).then_some(Asked {
        request: last,
        times,
        data: false,
    })
}

/// Who asks again after so long asked for a sign of life (RFC 3706 5.4 leaves the pause to the asker).
const APART: i64 = 1_000_000_000;

/// After this message the same initiator makes a tunnel to the same peer, and the old one is silent.
fn begins_anew(case: &Case<'_>, last: &Event) -> bool {
    case.siblings()
        .any(|m| m.started && m.first().time > last.last_time() && m.progress() >= Progress::IkeUp)
}

fn v2<'a>(case: &Case<'a>) -> Option<Asked<'a>> {
    let n = case.n;
    let request = later_request::waits_in_vain(case)?;
    let silent = request.from.other();
    let ike = n
        .events()
        .any(|e| e.from == silent && e.encrypted && e.last_time() > request.time);
    let data = n
        .esp()
        .iter()
        .any(|f| f.from == silent && f.last.time > request.last_time());
    // Whose data goes on has had time to answer.
    if data && !is_long(case.end.saturating_sub(request.time)) {
        return None;
    }
    // Whose data goes on is not dead: that its keys cannot be renewed has a rule of its own, and to a Delete it need not answer.
    let lives = data && (request.exchange != exchange::INFORMATIONAL || request.is_delete());
    (!ike && !lives).then(|| Asked {
        request,
        times: request.copies(),
        data,
    })
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    match &found.facts {
        Sign::Asked(asked, report) => tell_asked(case, asked, report.as_ref()),
        Sign::Data(silence) => tell_data(case, silence),
        Sign::Hello { from, run, shown } => tell_hello(case, *from, run, *shown),
        Sign::Unheard { request, answer } => tell_unheard(case, request, answer),
    }
}

fn tell_unheard(case: &Case<'_>, request: &Event, answer: &Event) -> Words {
    let (asking, other) = (words::peer(case, request.from), words::peer(case, answer.from));
    let step = words::step(case.n, request.exchange, request.position);
    Words::new(format!(
        "The tunnel was up, then {asking} no longer heard {other}: it repeats its {step} although that is answered."
    ))
    .because(format!(
        "{asking} sent its {step} {}. {other} answered (frame {}), and still {asking} repeats itself: the answers are lost between this capture \
         point and {asking}, or {asking} does not accept them. It will take the tunnel down for that.",
        words::times(request.copies()),
        answer.frame
    ))
    .fix([
        Step::path(format!(
            "On the path to {asking}: do NAT mappings or firewall states expire? Then use keepalives every 20 seconds."
        )),
        Step::on(
            case,
            request.from,
            format!(
                "look in the log {}: does an answer arrive, and why is it not accepted?",
                words::moment(case, answer.frame)
            ),
        ),
    ])
    .settle(format!(
        "{}: do the answers arrive?",
        evidence::capture(case, request.from)
    ))
}

fn tell_hello(case: &Case<'_>, from: Role, run: &Backoff, shown: bool) -> Words {
    let (alive, dead) = (words::peer(case, from), words::peer(case, from.other()));
    let what = if shown {
        "L2TP's HELLO (are you there?)".to_owned()
    } else {
        format!("an encrypted packet of {} bytes", run.length)
    };
    let rhythm = if shown {
        ""
    } else {
        " That is how L2TP repeats its HELLO (are you there?)."
    };
    Words::new(format!("The tunnel was up, then {dead} stopped answering {alive}."))
        .because(format!(
            "{dead} had sent encrypted data before. From frame {} on {alive} sent {what} {}, each time after about twice the pause, and nothing \
             came back from {dead}, neither IKE nor data.{rhythm} {}",
            run.first.frame,
            words::times(run.packets),
            seen_from(case, from.other())
        ))
        .fix(fixes(case, from.other()))
        .settle(next(
            case,
            from.other(),
            &format!("does the ESP of {alive} arrive, and is there an answer?"),
        ))
}

fn tell_data(case: &Case<'_>, silence: &Silence<'_>) -> Words {
    let (alive, dead) = (
        words::peer(case, silence.from),
        words::peer(case, silence.from.other()),
    );
    Words::new(format!(
        "The tunnel was up and carried data, then {dead} fell silent while {alive} still sends."
    ))
    .because(format!(
        "{} No IKE message of {dead} was seen since either, so nothing says that it still lives. {}",
        silence.words(case),
        seen_from(case, silence.from.other())
    ))
    .fix(fixes(case, silence.from.other()))
    .settle(next(
        case,
        silence.from.other(),
        &format!("does the ESP of {alive} arrive, and is there an answer?"),
    ))
}

fn tell_asked(case: &Case<'_>, asked: &Asked<'_>, report: Option<&Report<'_>>) -> Words {
    let n = case.n;
    let Asked { request, times, data } = *asked;
    let silent = request.from.other();
    let (alive, dead) = (words::peer(case, request.from), words::peer(case, silent));
    let after = seconds(request.time.saturating_sub(n.first().time));
    let step = words::step(n, request.exchange, request.position);
    let times = words::times(times);
    let (summary, nothing) = if data {
        (
            format!(
                "The tunnel's data still flows, but {dead} no longer answers the IKE messages of {alive}"
            ),
            format!(
                "no IKE message came back from {dead}, though its encrypted data does. {alive} will take the tunnel down for that"
            ),
        )
    } else {
        (
            format!("The tunnel was up, then {dead} stopped answering {alive}"),
            format!("nothing came back from {dead}, neither IKE nor data"),
        )
    };
    let history = format!(
        "The negotiation had succeeded. {after:.0} seconds after it began, {alive} sent its {step} {times} and {nothing}."
    );
    let Some(report) = report else {
        return Words::new(format!("{summary}."))
            .because(format!("{history} {}", seen_from(case, silent)))
            .fix(fixes(case, silent))
            .settle(next(case, silent, &format!("does the {step} arrive?")));
    };
    let (what, fix) = peer_unreachable::in_words(case, report);
    Words::new(format!("{summary}: {what}."))
        .because(format!(
            "{history} In frame {} {} answered with an ICMP error: {what}. ICMP errors are not authenticated, but nothing here contradicts it.",
            report.place().frame,
            report.who(case)
        ))
        .fix([fix, Step::on(case, silent, ITS_LOG)])
        .settle(evidence::log(case, silent))
}

/// What this capture point can tell of it.
fn seen_from(case: &Case<'_>, dead: Role) -> String {
    if case.arrives_at(dead) {
        let dead = words::peer(case, dead);
        format!("The capture was taken at {dead}, so this did arrive there: {dead} does not answer.")
    } else {
        "From one capture point a dead peer and a broken path look alike.".to_owned()
    }
}

const ITS_LOG: &str = "check its log: was it restarted, or did its address or network change at that time?";

fn fixes(case: &Case<'_>, dead: Role) -> Vec<Step> {
    let log = Step::on(case, dead, ITS_LOG);
    let path = (!case.arrives_at(dead)).then(|| {
        Step::path(
            "On the path: do NAT mappings or firewall states expire? Then use keepalives every 20 seconds.",
        )
    });
    std::iter::once(log).chain(path).collect()
}

/// Where to look next: does `what` arrive?
fn next(case: &Case<'_>, dead: Role, what: &str) -> String {
    if case.arrives_at(dead) {
        return evidence::log(case, dead);
    }
    format!("{}, at the same time: {what}", evidence::capture(case, dead))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::exchange;
    use crate::tests::made::Made;

    /// Packets of two lengths, each answered at once, for ten seconds; then the server's stop.
    fn stopped(seconds: i64) -> Made {
        let mut made = Made::ikev2_up((64, 63));
        for i in 0..10 + seconds {
            let sequence = u32::try_from(i).unwrap() + 1;
            let length = if i % 3 == 0 { 132 } else { 340 };
            made.esp(1000 + 1000 * i, true, sequence, length);
            if i < 10 {
                made.esp(1020 + 1000 * i, false, sequence, length);
            }
        }
        made
    }

    #[test]
    fn data_that_was_always_answered_and_no_longer_is_shows_a_dead_peer() {
        assert_eq!(stopped(12).quiet(RuleId::PeerDead), [RuleId::Established]);
        stopped(40).fires(RuleId::PeerDead);
    }

    #[test]
    fn whose_ike_still_answers_is_not_dead() {
        let mut made = stopped(40);
        made.ikev2(60_000, true, (exchange::INFORMATIONAL, false, 2), 0, 80);
        made.ikev2(60_010, false, (exchange::INFORMATIONAL, true, 2), 0, 80);
        assert_eq!(made.quiet(RuleId::PeerDead), [RuleId::EspBlocked]);
    }

    #[test]
    fn who_deletes_the_tunnel_and_goes_leaves_no_dead_peer() {
        let mut made = stopped(0);
        made.ikev2(60_000, false, (exchange::INFORMATIONAL, false, 0), 42, 80);
        made.ip(120_000, true, 64, 6, &[]);
        assert_eq!(made.quiet(RuleId::PeerDead), [RuleId::Established]);
        // A sign of life that was asked for, and no packet since, is another matter.
        let mut made = stopped(0);
        made.ikev2(60_000, false, (exchange::INFORMATIONAL, false, 0), 0, 80);
        made.ip(120_000, true, 64, 6, &[]);
        made.fires(RuleId::PeerDead);
    }

    #[test]
    fn an_error_of_the_host_that_no_longer_answers_is_named() {
        let mut made = stopped(0);
        for at in [60_000, 64_000, 71_000, 84_000] {
            made.ikev2(at, true, (exchange::INFORMATIONAL, false, 2), 0, 80);
        }
        let report = made.report();
        assert!(!report.contains("ICMP"), "{report}");
        // Port unreachable (RFC 792), of the first of them.
        let asked = made.last_frame() - 3;
        made.icmp_about(84_001, asked, 3, 3);
        made.until(120_000);
        made.fires(RuleId::PeerDead);
        let report = made.report();
        assert!(report.contains("nothing listens on UDP"), "{report}");
        assert!(!report.contains("return-path-blocked"), "{report}");
    }

    /// Informationals of IKEv1 at these times and of these lengths, then a new tunnel of the same two peers.
    fn anew(informationals: [(i64, usize); 2]) -> Made {
        let mut made = Made::up((64, 64));
        for (at, length) in informationals {
            let body = vec![u8::try_from(at & 0xFF).unwrap(); length];
            made.isakmp(at, true, (64, 64), (8, exchange::V1_INFORMATIONAL, 1, 9), &body);
        }
        made.other_spis(false);
        made.main_mode_from(16_000, (64, 64), &[7; 16]);
        made
    }

    #[test]
    fn two_signs_of_life_asked_for_in_vain_and_a_new_beginning_show_a_dead_peer() {
        anew([(10_000, 80), (13_000, 80)]).fires(RuleId::PeerDead);
        // It deletes both its SAs and begins anew.
        assert_eq!(
            anew([(13_000, 64), (13_010, 80)]).quiet(RuleId::PeerDead)[0],
            RuleId::Established
        );
    }

    /// A tunnel that carried data, then packets of this length at these times.
    fn repeated(length: usize, seconds: &[i64]) -> Made {
        let mut made = Made::up((64, 64));
        for i in 0..4 {
            made.esp(1000 + 20 * i, true, u32::try_from(i).unwrap() + 1, 164);
            made.esp(1010 + 20 * i, false, u32::try_from(i).unwrap() + 1, 164);
        }
        for (second, sequence) in seconds.iter().zip(5..) {
            made.esp(60_000 + 1000 * second, true, sequence, length);
        }
        made.ip(120_000, true, 64, 6, &[]);
        made
    }

    #[test]
    fn a_hello_of_l2tp_that_nobody_acknowledges_shows_a_dead_peer() {
        repeated(68, &[0, 1, 3, 7, 15]).fires(RuleId::PeerDead);
        // Not in the rhythm, or so long that it may be TCP to a host behind the tunnel.
        assert_eq!(
            repeated(68, &[0, 10, 20, 30, 40]).quiet(RuleId::PeerDead)[0],
            RuleId::Established
        );
        assert_eq!(
            repeated(100, &[0, 1, 3, 7, 15]).quiet(RuleId::PeerDead)[0],
            RuleId::Established
        );
    }

    #[test]
    fn a_stream_one_way_is_healthy() {
        // A few pings at first, then log messages of lengths of their own.
        let mut made = stopped(0);
        for i in 0..200 {
            let sequence = u32::try_from(i).unwrap() + 20;
            made.esp(
                20_000 + 700 * i,
                true,
                sequence,
                164 + 16 * usize::try_from(i % 7).unwrap(),
            );
        }
        assert_eq!(made.quiet(RuleId::PeerDead), [RuleId::Established]);
    }
}
