//! What a configuration makes of a verdict: compared with what was offered, asked for and sent.

use super::files::{Files, Fit, asked, children, ike, method};
use super::told::{ASSUMED, Told, at, by_default, child_id, compared, names, place};
use crate::diagnosis::RuleId;
use crate::diagnosis::words;
use crate::negotiation::offer::{Attribute, Suite};
use crate::negotiation::selector::Selector;
use crate::negotiation::{Negotiation, Role, Version, exchange};
use crate::policy::nearest::nearest_suites_within;
use crate::policy::{self, Auth, Child, Kind, Listed, Mode, Policy, expects, is_hidden};
use crate::rules::child_error::{self, ChildError};
use crate::rules::rekey_failed::{self, Room};
use crate::rules::{Basis, Finding, Stage};
use crate::wire::code::{self, Registry};

/// How sure a configuration makes: it may not be the one that is loaded.
const CONFIGURATION: f64 = 0.95;
/// How sure a size makes that is unusual, and not impossible.
const LIKELY: f64 = 0.8;

pub(super) fn by_configuration(files: &Files<'_>, wire: &Finding) -> Option<Told> {
    let told = match wire.stage {
        Stage::IkeSa => first_message(files),
        // Some daemons are silent where nothing matches; so are filters.
        Stage::Contact if wire.rule.id == RuleId::NoResponse => {
            first_message(files).map(|t| Told { confidence: 0.8, ..t })
        }
        Stage::Auth => v1_authentication(files)
            .or_else(|| authentication(files))
            .or_else(|| expected(files, wire)),
        Stage::ChildSa => child(files, wire),
        Stage::Rekey if wire.basis == Basis::Decrypted => child(files, wire),
        Stage::Rekey if wire.rule.id == RuleId::RekeyFailed => renewal(files).or_else(|| child(files, wire)),
        _ => None,
    };
    // Where the packets do not say why.
    let unknown = matches!(wire.rule.id, RuleId::ChildRefused | RuleId::AuthenticationFailed);
    let mut told = told.or_else(|| barred(files).filter(|_| unknown))?;
    // After the first message both sides' files are compared.
    let sides = [told.side, told.side.other()];
    let sides = sides.get(..if wire.stage == Stage::IkeSa { 1 } else { 2 })?;
    let unverified = |side: &Role| files.given(*side, false).any(|(_, p)| p.unverified);
    // What a log of another day shows of connections may have changed since.
    let begun = files.case.n.first().time;
    let old =
        |side: &Role| files.by_logs(*side) && files.given(*side, true).any(|(_, p)| p.ends_before(begun));
    if sides.iter().any(|side| unverified(side) || old(side)) {
        told.confidence = told.confidence.min(ASSUMED);
    }
    Some(told)
}

/// A connection that its group's policy bars. At which message an ASA refuses it is not documented, so it is possible only.
fn barred(files: &Files<'_>) -> Option<Told> {
    let (n, side) = (files.case.n, Role::Responder);
    let all = files.connections(side);
    let mine = || all.iter().filter(|f| f.connection.speaks(n.version));
    let first = mine().next()?;
    let (p, c) = (first.policy, first.connection);
    let only = c
        .barred
        .as_ref()
        .filter(|_| mine().all(|f| f.connection.barred.is_some()))?;
    let file = at(p, only);
    let quote = format!(
        "the responder's {file}, allows this tunnel group only {}; {} began {}",
        words::list(&only.value),
        n.initiator.address,
        n.version.name()
    );
    let id = RuleId::NoMatchingConnection;
    Some(Told::new(side, id, ASSUMED, quote).edited(p, only.line))
}

/// A first message that was refused, beside the responder's configuration.
fn first_message(files: &Files<'_>) -> Option<Told> {
    let n = files.case.n;
    let side = Role::Responder;
    if n.selected().is_some() {
        return None;
    }
    let (p, first) = files.first(side)?;
    let told = |id, attributes, quote| Some(Told::new(side, id, CONFIGURATION, quote).differing(attributes));
    let mine = files.connections(side);
    if mine.is_empty() {
        if !files.are_whole(side) {
            return None;
        }
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
                .map_or_else(|| "another address".to_owned(), |l| words::joined(&l.value))
        );
        return told(RuleId::NoMatchingConnection, Vec::new(), quote);
    }
    if let (true, Some((p, Some(v)))) = (
        mine.iter().all(|f| !f.connection.speaks(n.version)),
        mine.first().map(|f| (f.policy, f.connection.version.as_ref())),
    ) {
        let quote = format!(
            "the responder's {}, is for {} only; {} began {}",
            at(p, v),
            v.value.name(),
            n.initiator.address,
            n.version.name()
        );
        return told(RuleId::VersionMismatch, Vec::new(), quote).map(|t| t.edited(p, v.line));
    }
    // Behind NAT the peer may be any of those that a file names: which of its lists is meant, is then a guess.
    let mut lists = mine.iter().map(|f| f.list());
    let first_list = lists.next();
    let several = is_hidden(n, side.other()) && lists.any(|list| Some(list) != first_list);
    let (p, c, list) = ike(files, side)?;
    let line = c.ike.as_ref()?;
    let (d, o, a) = nearest_suites_within(&files.work, n.offers(), &list)?;
    if !d.is_empty() {
        let (file, assumed) = (place(p, line.line_of(&a)), line.assumed(&a, &d));
        let quote = compared(&files.case, side, &file, &o, &a, &d) + &by_default(&assumed);
        let told = if d == [Attribute::AuthMethod] {
            told(RuleId::AuthMethodMismatch, Vec::new(), quote)
        } else {
            told(RuleId::IkeProposalMismatch, names(&d), quote)
        };
        return told.map(|t| {
            let mut told = t.resting_on(&assumed).edited(p, line.line_of(&a));
            if several {
                told.confidence = ASSUMED;
            }
            told
        });
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
            RuleId::ModeMismatch,
            Vec::new(),
            format!("the responder's {file}, wants {wants}"),
        )
        .map(|t| t.edited(p, mode.map_or(c.line, |m| m.line)));
    }
    None
}

/// Phase 1 that failed after the offer was accepted, beside the responder's configuration: mode and method are known.
fn v1_authentication(files: &Files<'_>) -> Option<Told> {
    let (n, side) = (files.case.n, Role::Responder);
    if n.version != Version::V1 {
        return None;
    }
    let speaks = |f: &&Fit<'_>| f.connection.speaks(n.version);
    let mine = files.fitting(side, false);
    let mine: Vec<_> = mine.iter().filter(speaks).collect();
    let first = mine.first()?;
    let (p, c) = (first.policy, first.connection);
    let told = |id, line, quote| Told::new(side, id, CONFIGURATION, quote).edited(p, line);
    let aggressive = n.step(exchange::AGGRESSIVE, 1).is_some();
    if mine.iter().all(|f| !f.connection.takes(aggressive)) {
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
        return Some(told(
            RuleId::ModeMismatch,
            c.aggressive.as_ref().map_or(c.line, |m| m.line),
            quote,
        ));
    }
    let chosen = n.v1_auth_method()?;
    let methods: Option<Vec<u16>> = mine.iter().map(|f| method(f.connection)).collect();
    let a = c.remote_auth.as_ref()?;
    (!methods?.contains(&chosen)).then(|| {
        let file = at(p, a);
        let name = code::short_name(Registry::V1AuthMethod, u32::from(chosen));
        let quote = format!(
            "the responder's {file}, wants {} of the peer; {} offered {name}",
            a.value.words(),
            n.initiator.address
        );
        told(RuleId::AuthMethodMismatch, a.line, quote)
    })
}

/// Authentication that failed, beside both sides' configurations.
fn authentication(files: &Files<'_>) -> Option<Told> {
    let n = files.case.n;
    let of = |side| {
        let mut fitting = files.connections(side).into_iter();
        let first = fitting.find(|f| f.connection.speaks(n.version))?;
        Some((first.policy, first.connection))
    };
    let (i, r) = (of(Role::Initiator)?, of(Role::Responder)?);
    for (side, (p, own), (q, peer)) in [(Role::Responder, r, i), (Role::Initiator, i, r)] {
        let told = |id, attributes, quote, line| {
            let told = Told::new(side, id, CONFIGURATION, quote).differing(attributes);
            Some(told.edited(p, line))
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
            return told(RuleId::AuthMethodMismatch, Vec::new(), quote, wants.line);
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
            return told(RuleId::IdentityRejected, vec!["identity"], quote, wants.line)
                .map(|t| t.valued(wants.value.to_string(), has.value.to_string()));
        }
    }
    None
}

/// An IKEv2 authentication method (IANA ikev2-parameters) goes with what a configuration wants of the peer.
fn goes_with(n: &Negotiation, wanted: Auth, method: u8) -> bool {
    match wanted {
        Auth::Psk => method == 2,
        Auth::Certificate => method != 2,
        // A proof that comes before any EAP is another one (RFC 7296 2.16).
        Auth::Eap => !n.eap.is_empty(),
        Auth::Xauth => true,
    }
}

/// Authentication that failed, beside one side's configuration: what the other side sent as its identity and proof, where that can be
/// read, is not what any of its connections wants.
fn expected(files: &Files<'_>, wire: &Finding) -> Option<Told> {
    let n = files.case.n;
    if !matches!(
        wire.rule.id,
        RuleId::AuthenticationFailed | RuleId::IdentityRejected | RuleId::AuthMethodMismatch
    ) {
        return None;
    }
    [Role::Responder, Role::Initiator].into_iter().find_map(|side| {
        let fitting = files.connections(side).into_iter();
        let mine: Vec<Fit<'_>> = fitting.filter(|f| f.connection.speaks(n.version)).collect();
        let first = mine.first()?;
        let (p, peer) = (first.policy, words::peer(&files.case, side.other()));
        let sent = n.identity(side.other());
        let refuses = |f: &Fit<'_>| {
            let wanted = f.connection.remote_id.as_ref();
            sent.zip(wanted)
                .and_then(|(sent, wanted)| expects(&wanted.value, sent))
                == Some(false)
        };
        if let (Some(wants), Some(sent)) = (&first.connection.remote_id, sent)
            && mine.iter().all(refuses)
        {
            let quote = format!(
                "the {}'s {}, accepts the identity {}; {peer} sends {}",
                side.name(),
                at(p, wants),
                wants.value,
                sent.value()
            );
            let told = Told::new(side, RuleId::IdentityRejected, CONFIGURATION, quote);
            let told = told.differing(vec!["identity"]).edited(p, wants.line);
            return Some(told.valued(wants.value.to_string(), sent.value()));
        }
        let proof = n.proofs.iter().find(|proof| proof.from == side.other());
        let wants = first.connection.remote_auth.as_ref();
        let (proof, wants) = (proof?, wants?);
        let other = |f: &Fit<'_>| {
            let wanted = f.connection.remote_auth.as_ref();
            wanted.is_some_and(|wanted| !goes_with(n, wanted.value, proof.method))
        };
        mine.iter().all(other).then(|| {
            let quote = format!(
                "the {}'s {}, wants {} of the peer; {peer} proves itself by {}",
                side.name(),
                at(p, wants),
                wants.value.words(),
                code::short_name(Registry::V2AuthMethod, u32::from(proof.method))
            );
            let told = Told::new(side, RuleId::AuthMethodMismatch, CONFIGURATION, quote);
            told.differing(vec!["auth-method"]).edited(p, wants.line)
        })
    })
}

/// What the refusing side's configuration wants of its peer, where that is encrypted: what to compare first.
pub(super) fn wanted(files: &Files<'_>, wire: &Finding) -> Option<String> {
    if wire.rule.id != RuleId::AuthenticationFailed {
        return None;
    }
    let (n, side) = (files.case.n, Role::Responder);
    let fitting = files.connections(side).into_iter();
    let mut mine = fitting.filter(|f| f.connection.speaks(n.version));
    let (first, None) = (mine.next()?, mine.next()) else {
        return None;
    };
    let (p, c) = (first.policy, first.connection);
    let auth = (c.remote_auth.as_ref()).map(|a| format!("{} ({})", a.value.words(), at(p, a)));
    let id = (c.remote_id.as_ref()).map(|id| format!("the identity {} ({})", id.value, at(p, id)));
    let all: Vec<String> = [auth, id].into_iter().flatten().collect();
    (!all.is_empty()).then(|| words::list(&all))
}

/// What was asked for as a data tunnel, as far as it is known: decrypted, or from the asking side's configuration.
pub(super) struct Asked<'a> {
    suites: Vec<Suite>,
    pub(super) mode: Option<(Mode, String)>,
    /// Networks of the side that asks and of the side that is asked, and where that is said.
    pub(super) networks: Option<([Vec<String>; 2], String)>,
    /// New keys for a tunnel that is up.
    renewal: bool,
    error: Option<ChildError<'a>>,
}

impl<'a> Asked<'a> {
    pub(super) fn of(files: &Files<'a>, side: Role) -> Self {
        let case = &files.case;
        let error = child_error::of(case).filter(|e| e.refusing() == side);
        let configured = children(files, side.other()).next();
        let decrypted = "decrypted".to_owned();
        let mode = error.as_ref().and_then(|e| e.transport(case)).map(|transport| {
            let mode = if transport { Mode::Transport } else { Mode::Tunnel };
            (mode, decrypted.clone())
        });
        let networks = error.as_ref().and_then(|e| e.asked(case)).map(|s| {
            let text = |list: &[Selector]| list.iter().map(Selector::to_string).collect();
            ([text(&s.initiator), text(&s.responder)], decrypted)
        });
        let values = |l: &Listed<String>| l.as_ref().map(|l| l.value.to_vec()).unwrap_or_default();
        Self {
            suites: asked(files, side.other()),
            mode: mode.or_else(|| {
                let (p, mode) = configured.and_then(|(p, c)| Some((p, c.mode.as_ref()?)))?;
                Some((mode.value, at(p, mode)))
            }),
            networks: networks.or_else(|| {
                let (p, c) = configured?;
                let line = c.local.as_ref().or(c.remote.as_ref())?;
                Some(([values(&c.local), values(&c.remote)], at(p, line)))
            }),
            renewal: match &error {
                Some(error) => error.renewal,
                None => rekey_failed::renewal(case).is_some(),
            },
            error,
        }
    }
}

/// A data tunnel that was refused, beside the refusing side's configuration and what is known of the request.
fn child(files: &Files<'_>, wire: &Finding) -> Option<Told> {
    let side = child_error::of(&files.case).map_or(Role::Responder, |e| e.refusing());
    let asked = Asked::of(files, side);
    // Tunnels that are not known may fit.
    if files.connections(side).iter().any(|f| f.connection.more_children) {
        return None;
    }
    // The tunnel that comes nearest counts; where one fits, the file explains nothing.
    let mut nearest: Option<Vec<Told>> = None;
    for (p, own) in children(files, side) {
        let told = mismatches(files, side, p, own, &asked);
        if nearest.as_ref().is_none_or(|n| told.len() < n.len()) {
            nearest = Some(told);
        }
        if nearest.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
    }
    let told = nearest?;
    // Decrypted, the error says of which kind it is.
    told.into_iter()
        .find(|t| asked.error.is_none() || t.id == wire.rule.id || wire.alternatives.contains(&t.id))
}

/// A renewal of IKEv2 that was refused, beside the refusing side's configuration: the first keys were made without a key exchange of
/// their own, and the request's size tells whether it holds one, and of which groups.
fn renewal(files: &Files<'_>) -> Option<Told> {
    let n = files.case.n;
    let (error, request) = rekey_failed::renewal(&files.case)?;
    let side = error.from;
    if n.version != Version::V2 || files.connections(side).iter().any(|f| f.connection.more_children) {
        return None;
    }
    let mut found: Option<(&Policy, u32, Vec<Option<u16>>)> = None;
    for (p, own) in children(files, side) {
        let suites = own.suites(n.version);
        if suites.is_empty() || own.any_group {
            return None;
        }
        let list = own.proposals.as_ref()?;
        let (.., groups) = found.get_or_insert((p, list.line, Vec::new()));
        for suite in &suites {
            // A default may be another one; for a group that is not named, Libreswan takes that of the IKE SA.
            let named = suite.of(Attribute::DhGroup).next().is_some();
            if !list.assumed(suite, &[Attribute::DhGroup]).is_empty()
                || (!named && p.kind == Kind::Named("ipsec.conf"))
            {
                return None;
            }
            let of = suite.of(Attribute::DhGroup).map(|c| Some(c.id));
            let before = groups.len();
            groups.extend(of);
            if groups.len() == before {
                groups.push(None);
            }
        }
    }
    let (p, line, mut groups) = found?;
    groups.sort_unstable();
    groups.dedup();
    let rooms: Option<Vec<Room>> = (groups.iter())
        .map(|group| rekey_failed::room(n, request, *group))
        .collect();
    let rooms = rooms?;
    if rooms.is_empty() || rooms.contains(&Room::Fits) {
        return None;
    }
    let names: Vec<String> = (groups.iter().flatten())
        .map(|id| code::short_name(Registry::V2Group, u32::from(*id)).to_string())
        .collect();
    let wants = match names.as_slice() {
        [] => "no PFS".to_owned(),
        names => format!("PFS with {}", words::list(names)),
    };
    // A long request may have more proposals than the usual ones.
    let (what, confidence) = if rooms.iter().all(|room| *room == Room::Short) {
        ("is too short for it", CONFIGURATION)
    } else if rooms.iter().all(|room| *room == Room::Long) {
        ("is longer than with that", LIKELY)
    } else {
        ("has another size than with that", LIKELY)
    };
    let quote = format!(
        "the {}'s {}, wants {wants}; the request of {} ({} bytes, frame {}) {what}",
        side.name(),
        place(p, line),
        words::peer(&files.case, side.other()),
        request.length,
        request.frame
    );
    let told = Told::new(side, RuleId::PfsMismatch, confidence, quote).differing(vec!["dh-group"]);
    Some(told.edited(p, line))
}

/// In what one configured tunnel differs from the request.
fn mismatches(files: &Files<'_>, side: Role, p: &Policy, own: &Child, asked: &Asked<'_>) -> Vec<Told> {
    let n = files.case.n;
    let told = |id, attributes, line, quote| {
        let told = Told::new(side, id, CONFIGURATION, quote).differing(attributes);
        told.edited(p, line)
    };
    let asking = words::peer(&files.case, side.other());
    let mut found = Vec::new();
    let (mut offered, mut allowed) = (asked.suites.clone(), own.suites(n.version));
    // The first child of IKEv2 takes its keys from the IKE SA: groups are left out of its proposals (RFC 7296 1.2).
    let renewal = asked.renewal;
    if own.any_group || (n.version == Version::V2 && !renewal) {
        for s in offered.iter_mut().chain(allowed.iter_mut()) {
            s.choices.retain(|c| c.attribute != Attribute::DhGroup);
        }
    }
    if let (Some(line), Some((d, o, a))) = (
        &own.proposals,
        nearest_suites_within(&files.work, &offered, &allowed),
    ) && !d.is_empty()
    {
        let (file, assumed) = (place(p, line.line_of(&a)), line.assumed(&a, &d));
        let quote = compared(&files.case, side, &file, &o, &a, &d) + &by_default(&assumed);
        let told = told(child_id(&d), names(&d), line.line_of(&a), quote);
        found.push(told.resting_on(&assumed));
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
            RuleId::EncapsulationMismatch,
            vec!["encapsulation"],
            wants.line,
            quote,
        ));
    }
    if let Some(([theirs, ours], source)) = &asked.networks {
        // IKEv2 narrows (RFC 7296 2.9); what Quick Mode asks for has to be what is configured.
        for (has, wanted) in [(&own.local, ours), (&own.remote, theirs)] {
            if let Some(has) = has
                && files.work.takes(4 * (has.value.len() + 1) * (wanted.len() + 1))
                && policy::apart(&has.value, wanted, n.version == Version::V1)
            {
                let quote = format!(
                    "the {}'s {}, has {}; {asking} asked for {} ({source})",
                    side.name(),
                    at(p, has),
                    words::joined(&has.value),
                    words::joined(wanted)
                );
                found.push(told(RuleId::SelectorMismatch, vec!["selectors"], has.line, quote));
                break;
            }
        }
    }
    found
}
