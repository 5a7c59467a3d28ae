//! What a configuration makes of a verdict: compared with what was offered, asked for and sent.

use super::super::child_error::{self, ChildError};
use super::super::{Basis, Case, Finding, Stage};
use super::{
    ASSUMED, Told, asked, at, by_default, child_id, children, compared, connections, ike, listed, method,
    names, nearest, on, place,
};
use crate::negotiation::offer::{Attribute, Suite};
use crate::negotiation::selector::Selector;
use crate::negotiation::{Role, Version, exchange};
use crate::policy::{self, Child, Lined, Mode, Policy};
use crate::report::words;
use crate::wire::code::{self, Registry};

/// How sure a configuration makes: it may not be the one that is loaded.
const CONFIGURATION: f64 = 0.95;

pub(super) fn by_configuration(case: &Case<'_>, wire: &Finding) -> Option<Told> {
    let told = match wire.rule.stage {
        Stage::IkeSa => first_message(case),
        // Some daemons are silent where nothing matches; so are filters.
        Stage::Contact if wire.rule.id == "no-response" => {
            first_message(case).map(|t| Told { confidence: 0.8, ..t })
        }
        Stage::Auth => v1_authentication(case).or_else(|| authentication(case)),
        Stage::ChildSa => child(case, wire),
        Stage::Rekey if wire.basis == Basis::Decrypted => child(case, wire),
        _ => None,
    };
    // Where the packets do not say why.
    let unknown = matches!(wire.rule.id, "child-refused" | "authentication-failed");
    let mut told = told.or_else(|| barred(case).filter(|_| unknown))?;
    // After the first message both sides' files are compared.
    let sides = [told.side, told.side.other()];
    let sides = sides.get(..if wire.rule.stage == Stage::IkeSa { 1 } else { 2 })?;
    let unverified = |side: &Role| listed(case, *side, false).iter().any(|(p, _)| p.unverified);
    if sides.iter().any(unverified) {
        told.confidence = told.confidence.min(ASSUMED);
    }
    Some(told)
}

/// A connection that its group's policy bars. At which message an ASA refuses it is not documented, so it is possible only.
fn barred(case: &Case<'_>) -> Option<Told> {
    let (n, side) = (case.n, Role::Responder);
    let all = connections(case, side);
    let mine = || all.iter().filter(|(_, c)| c.fits(n, side) && c.speaks(n.version));
    let (p, c) = mine().next()?;
    let only = c
        .barred
        .as_ref()
        .filter(|_| mine().all(|(_, c)| c.barred.is_some()))?;
    let file = at(p, only);
    Some(Told {
        id: "no-matching-connection",
        attributes: Vec::new(),
        side,
        confidence: ASSUMED,
        quote: format!(
            "the responder's {file}, allows this tunnel group only {}; {} began {}",
            words::list(&only.value),
            n.initiator.address,
            n.version.name()
        ),
        more: None,
        fix: on(case, side, &file),
        alternatives: Vec::new(),
    })
}

/// A first message that was refused, beside the responder's configuration.
fn first_message(case: &Case<'_>) -> Option<Told> {
    let n = case.n;
    let side = Role::Responder;
    if n.selected().is_some() {
        return None;
    }
    let all = connections(case, side);
    let (p, first) = all.first()?;
    let told = |id, attributes, file: &str, quote| {
        Some(Told {
            id,
            attributes,
            side,
            confidence: CONFIGURATION,
            quote,
            more: None,
            fix: on(case, side, file),
            alternatives: Vec::new(),
        })
    };
    let mine: Vec<_> = all.iter().filter(|(_, c)| c.fits(n, side)).collect();
    if mine.is_empty() {
        let file = first
            .remote
            .as_ref()
            .or(first.local.as_ref())
            .map_or_else(|| p.name.clone(), |l| at(p, l));
        let quote = format!(
            "no connection in the responder's file is for {} and {} ({file}, is for {})",
            n.initiator.address,
            n.responder.address,
            first
                .remote
                .as_ref()
                .map_or_else(|| "another address".to_owned(), |l| l.value.join(", "))
        );
        return told("no-matching-connection", Vec::new(), &file, quote);
    }
    if let (true, Some((p, Some(v)))) = (
        mine.iter().all(|(_, c)| !c.speaks(n.version)),
        mine.first().map(|(p, c)| (p, c.version.as_ref())),
    ) {
        let quote = format!(
            "the responder's {}, is for {} only; {} began {}",
            at(p, v),
            v.value.name(),
            n.initiator.address,
            n.version.name()
        );
        return told("version-mismatch", Vec::new(), &at(p, v), quote);
    }
    let (p, c, list) = ike(case, side)?;
    let line = c.ike.as_ref()?;
    let (d, o, a) = nearest(n.offers(), &list)?;
    if !d.is_empty() {
        let (file, assumed) = (place(p, line.line_of(&a)), line.assumed(&a, &d));
        let quote = compared(case, side, &file, &o, &a, &d) + &by_default(&assumed);
        let told = if d == [Attribute::AuthMethod] {
            told("auth-method-mismatch", Vec::new(), &file, quote)
        } else {
            told("ike-proposal-mismatch", names(&d), &file, quote)
        };
        return told.map(|t| t.resting_on(&assumed));
    }
    let aggressive = n.step(exchange::AGGRESSIVE, 1).is_some();
    let mode = c.aggressive.as_ref();
    if n.version == Version::V1 && !c.takes(aggressive) {
        let file = mode.map_or_else(|| place(p, c.line), |m| at(p, m));
        let wants = if aggressive {
            "Main Mode"
        } else {
            "Aggressive Mode"
        };
        return told(
            "mode-mismatch",
            Vec::new(),
            &file,
            format!("the responder's {file}, wants {wants}"),
        );
    }
    None
}

/// Phase 1 that failed after the offer was accepted, beside the responder's configuration: mode and method are known.
fn v1_authentication(case: &Case<'_>) -> Option<Told> {
    let (n, side) = (case.n, Role::Responder);
    if n.version != Version::V1 {
        return None;
    }
    let all = connections(case, side);
    let mine: Vec<_> = all
        .iter()
        .filter(|(p, c)| !p.is_log() && c.fits(n, side) && c.speaks(n.version))
        .collect();
    let (p, c) = mine.first()?;
    let told = |id, file: &str, quote| Told {
        id,
        attributes: Vec::new(),
        side,
        confidence: CONFIGURATION,
        quote,
        more: None,
        fix: on(case, side, file),
        alternatives: Vec::new(),
    };
    let aggressive = n.step(exchange::AGGRESSIVE, 1).is_some();
    if mine.iter().all(|(_, c)| !c.takes(aggressive)) {
        let file = c
            .aggressive
            .as_ref()
            .map_or_else(|| place(p, c.line), |m| at(p, m));
        let (wants, began) = if aggressive {
            ("Main", "Aggressive")
        } else {
            ("Aggressive", "Main")
        };
        let quote = format!(
            "the responder's {file}, wants {wants} Mode; {} began {began} Mode",
            n.initiator.address
        );
        return Some(told("mode-mismatch", &file, quote));
    }
    let chosen = n.v1_auth_method()?;
    let methods: Option<Vec<u16>> = mine.iter().map(|(_, c)| method(c)).collect();
    let a = c.remote_auth.as_ref()?;
    (!methods?.contains(&chosen)).then(|| {
        let file = at(p, a);
        let name = code::short_name(Registry::V1AuthMethod, u32::from(chosen));
        let quote = format!(
            "the responder's {file}, wants {} of the peer; {} offered {name}",
            a.value.words(),
            n.initiator.address
        );
        told("auth-method-mismatch", &file, quote)
    })
}

/// Authentication that failed, beside both sides' configurations.
fn authentication(case: &Case<'_>) -> Option<Told> {
    let n = case.n;
    let of = |side| {
        connections(case, side)
            .into_iter()
            .find(|(_, c)| c.fits(n, side) && c.speaks(n.version))
    };
    let (i, r) = (of(Role::Initiator)?, of(Role::Responder)?);
    for (side, (p, own), (q, peer)) in [(Role::Responder, r, i), (Role::Initiator, i, r)] {
        let told = |id, attributes, quote, file: &str| {
            Some(Told {
                id,
                attributes,
                side,
                confidence: CONFIGURATION,
                quote,
                more: None,
                fix: on(case, side, file),
                alternatives: Vec::new(),
            })
        };
        if let (Some(wants), Some(has)) = (&own.remote_auth, &peer.local_auth)
            && wants.value != has.value
        {
            let quote = format!(
                "the {}'s {}, wants {} of the peer; {}, says {}",
                side.name(),
                at(p, wants),
                wants.value.words(),
                at(q, has),
                has.value.words()
            );
            return told("auth-method-mismatch", Vec::new(), quote, &at(p, wants));
        }
        if let (Some(wants), Some(has)) = (&own.remote_id, &peer.local_id)
            && !wants.value.starts_with('%')
            && !wants.value.contains('*')
            && wants.value != has.value
        {
            let quote = format!(
                "the {}'s {}, accepts the identity {}; {}, sends {}",
                side.name(),
                at(p, wants),
                wants.value,
                at(q, has),
                has.value
            );
            return told("identity-rejected", vec!["identity"], quote, &at(p, wants));
        }
    }
    None
}

/// What was asked for as a data tunnel, as far as it is known: decrypted, or from the asking side's configuration.
struct Asked<'a> {
    suites: Vec<Suite>,
    mode: Option<(Mode, String)>,
    /// Networks of the side that asks and of the side that is asked, and where that is said.
    networks: Option<([Vec<String>; 2], String)>,
    error: Option<ChildError<'a>>,
}

impl<'a> Asked<'a> {
    fn of(case: &Case<'a>, side: Role) -> Self {
        let error = child_error::of(case).filter(|e| e.refusing() == side);
        let configured = children(case, side.other()).next();
        let decrypted = "decrypted".to_owned();
        let mode = error.as_ref().and_then(|e| e.transport(case)).map(|transport| {
            let mode = if transport { Mode::Transport } else { Mode::Tunnel };
            (mode, decrypted.clone())
        });
        let networks = error.as_ref().and_then(|e| e.asked(case)).map(|s| {
            let text = |list: &[Selector]| list.iter().map(Selector::to_string).collect();
            ([text(&s.initiator), text(&s.responder)], decrypted)
        });
        let values = |l: &Option<Lined<Vec<String>>>| l.as_ref().map(|l| l.value.clone()).unwrap_or_default();
        Self {
            suites: asked(case, side.other()),
            mode: mode.or_else(|| {
                let (p, mode) = configured.and_then(|(p, c)| Some((p, c.mode.as_ref()?)))?;
                Some((mode.value, at(p, mode)))
            }),
            networks: networks.or_else(|| {
                let (p, c) = configured?;
                let line = c.local.as_ref().or(c.remote.as_ref())?;
                Some(([values(&c.local), values(&c.remote)], at(p, line)))
            }),
            error,
        }
    }
}

/// A data tunnel that was refused, beside the refusing side's configuration and what is known of the request.
fn child(case: &Case<'_>, wire: &Finding) -> Option<Told> {
    let side = child_error::of(case).map_or(Role::Responder, |e| e.refusing());
    let asked = Asked::of(case, side);
    // The tunnel that comes nearest counts; where one fits, the file explains nothing.
    let told = children(case, side)
        .map(|(p, own)| mismatches(case, side, p, own, &asked))
        .min_by_key(Vec::len)?;
    // Decrypted, the error says of which kind it is.
    told.into_iter()
        .find(|t| asked.error.is_none() || t.id == wire.rule.id || wire.alternatives.contains(&t.id))
}

/// In what one configured tunnel differs from the request.
fn mismatches(case: &Case<'_>, side: Role, p: &Policy, own: &Child, asked: &Asked<'_>) -> Vec<Told> {
    let n = case.n;
    let told = |id, attributes, file: &str, quote| Told {
        id,
        attributes,
        side,
        confidence: CONFIGURATION,
        quote,
        more: None,
        fix: on(case, side, file),
        alternatives: Vec::new(),
    };
    let asking = words::peer(case, side.other());
    let mut found = Vec::new();
    let (mut offered, mut allowed) = (asked.suites.clone(), own.suites(n.version));
    // The first child of IKEv2 takes its keys from the IKE SA: groups are left out of its proposals (RFC 7296 1.2).
    let renewal = asked.error.as_ref().is_some_and(|e| e.renewal);
    if own.any_group || (n.version == Version::V2 && !renewal) {
        for s in offered.iter_mut().chain(allowed.iter_mut()) {
            s.choices.retain(|c| c.attribute != Attribute::DhGroup);
        }
    }
    if let (Some(line), Some((d, o, a))) = (&own.proposals, nearest(&offered, &allowed))
        && !d.is_empty()
    {
        let (file, assumed) = (place(p, line.line_of(&a)), line.assumed(&a, &d));
        let quote = compared(case, side, &file, &o, &a, &d) + &by_default(&assumed);
        found.push(told(child_id(&d), names(&d), &file, quote).resting_on(&assumed));
    }
    if let (Some(wants), Some((mode, source))) = (&own.mode, &asked.mode)
        && wants.value != *mode
    {
        let quote = format!(
            "the {}'s {}, wants {}; {asking} asked for {} ({source})",
            side.name(),
            at(p, wants),
            wants.value.words(),
            mode.words()
        );
        found.push(told(
            "encapsulation-mismatch",
            vec!["encapsulation"],
            &at(p, wants),
            quote,
        ));
    }
    if let Some(([theirs, ours], source)) = &asked.networks {
        // IKEv2 narrows (RFC 7296 2.9); what Quick Mode asks for has to be what is configured.
        for (has, wanted) in [(&own.local, ours), (&own.remote, theirs)] {
            if let Some(has) = has
                && policy::apart(&has.value, wanted, n.version == Version::V1)
            {
                let quote = format!(
                    "the {}'s {}, has {}; {asking} asked for {} ({source})",
                    side.name(),
                    at(p, has),
                    has.value.join(", "),
                    wanted.join(", ")
                );
                found.push(told("selector-mismatch", vec!["selectors"], &at(p, has), quote));
                break;
            }
        }
    }
    found
}
