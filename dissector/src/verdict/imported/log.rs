//! What a decisive line of a daemon's log makes of a verdict: its own word, compared with the configuration beside it.

use super::files::{Files, asked, children, ike};
use super::log_match::{Line, line};
use super::told::{ASSUMED, Told, at, child_id, compared, names, place};
use crate::diagnosis::RuleId;
use crate::diagnosis::words;
use crate::negotiation::offer::{Attribute, Suite};
use crate::negotiation::{Role, Sent, Version, exchange, notify};
use crate::policy;
use crate::policy::algorithm::Proposal;
use crate::policy::nearest::nearest_suites_within;
use crate::policy::{Auth, Cause, Lined, Listed, Mode, Policy};
use crate::rules::Finding;
use std::sync::Arc;

/// How sure a daemon's own word makes; and one that it has for two causes.
const LOG: f64 = 0.98;
const AMBIGUOUS: f64 = 0.75;
/// How sure it makes that keys differ where the packets say so, too.
const UNREADABLE: f64 = 0.95;

fn suites(proposals: &[Proposal], version: Version) -> Vec<Suite> {
    proposals
        .iter()
        .filter(|p| p.whole)
        .map(|p| p.suite(version, None))
        .collect()
}

fn said(l: &Line<'_>) -> String {
    let detail: Vec<String> = l.entry.detail.iter().map(ToString::to_string).collect();
    let detail = match detail.join("; ") {
        detail if detail.is_empty() => detail,
        detail => format!(": {detail}"),
    };
    format!(
        "{} ({}, line {}) says \"{}\"{detail}",
        l.policy.kind.name(),
        l.policy.name,
        l.entry.line,
        l.entry.text
    )
}

pub(super) fn by_log(files: &Files<'_>, wire: &Finding) -> Option<Told> {
    let l = line(files, wire.frame, wire.stage)?;
    let told = by_line(files, wire, &l)?;
    // What it says is known better than by its words alone.
    if diagnosis(l.entry.cause) != Some(told.id) {
        return Some(told);
    }
    let others = l.entry.also.iter().filter_map(|cause| diagnosis(*cause));
    Some(others.fold(told, |told, other| less_sure(told, false, other)))
}

/// What the words for this cause say by themselves.
fn diagnosis(cause: Cause) -> Option<RuleId> {
    Some(match cause {
        Cause::IkeProposal => RuleId::IkeProposalMismatch,
        Cause::NoConnection => RuleId::NoMatchingConnection,
        Cause::Version => RuleId::VersionMismatch,
        Cause::Mode => RuleId::ModeMismatch,
        Cause::PskDiffers => RuleId::PskMismatch,
        Cause::Identity => RuleId::IdentityRejected,
        Cause::Certificate => RuleId::CertificateRejected,
        Cause::ChildProposal => RuleId::ChildProposalMismatch,
        Cause::Pfs => RuleId::PfsMismatch,
        Cause::Selectors => RuleId::SelectorMismatch,
        _ => return None,
    })
}

fn by_line(files: &Files<'_>, wire: &Finding, l: &Line<'_>) -> Option<Told> {
    let case = &files.case;
    let n = case.n;
    let side = l.side;
    // Of some words no log was seen.
    let sure = if l.policy.unverified { ASSUMED } else { LOG };
    let another = if l.another {
        ", of another attempt of these peers at the same time (it names another SPI or message)"
    } else {
        ""
    };
    let told = |id, attributes, quote: String| Told {
        cause: Some(l.entry.cause),
        ..Told::new(side, id, sure, format!("{quote}{another}")).differing(attributes)
    };
    // A comparison rests on the configuration if that says what the log says; an old one may not.
    let refused = |id: Option<RuleId>,
                   offered: &[Suite],
                   logged: &[Suite],
                   configured: &[Suite],
                   file: Option<(&Policy, &Lined<Arc<Vec<Proposal>>>)>| {
        let nearest = |allowed| nearest_suites_within(&files.work, offered, allowed);
        let (by_log, by_file) = (nearest(logged), nearest(configured));
        let same = match (&by_log, &by_file) {
            (Some(l), Some(f)) => l.0 == f.0,
            (None, Some(_)) => true,
            _ => false,
        };
        let in_log = format!("log ({}, line {})", l.policy.name, l.entry.line);
        let (found, source, edit) = match file.filter(|_| same) {
            Some((p, list)) => {
                let line = by_file.as_ref().map_or(list.line, |(_, _, a)| list.line_of(a));
                (by_file, place(p, line), Some((p, line)))
            }
            None => (by_log, in_log, None),
        };
        let (d, o, a) = found.filter(|f| !f.0.is_empty())?;
        let told = told(
            id.unwrap_or_else(|| child_id(&d)),
            names(&d),
            compared(case, side, &source, &o, &a, &d),
        );
        let told = match edit {
            Some((p, line)) => told.edited(p, line),
            None => told,
        };
        Some(Told {
            more: Some(said(l)),
            ..told
        })
    };
    let plain = |id| Some(told(id, Vec::new(), said(l)));
    let own = files.connections(side);
    let configured = files.given(side, false).next().is_some() && own.iter().all(|f| !f.connection.unread);
    match l.entry.cause {
        Cause::IkeProposal => {
            let received = suites(&l.entry.received, n.version);
            let wire = if n.offers().is_empty() || side == Role::Initiator {
                &received[..]
            } else {
                n.offers()
            };
            let (file, list) = ike(files, side)
                .map(|(p, c, list)| (c.ike.as_ref().map(|l| (p, l)), list))
                .unwrap_or_default();
            refused(
                Some(RuleId::IkeProposalMismatch),
                wire,
                &suites(&l.entry.allowed, n.version),
                &list,
                file,
            )
            .or_else(|| {
                let refused = |o: &Suite| {
                    o.of(Attribute::DhGroup)
                        .all(|c| l.entry.refused_groups.contains(&c.id))
                };
                let all = !l.entry.refused_groups.is_empty() && wire.iter().all(refused);
                all.then(|| told(RuleId::IkeProposalMismatch, vec!["dh-group"], said(l)))
            })
            .or_else(|| {
                Some(told(
                    RuleId::IkeProposalMismatch,
                    l.entry.differs.clone(),
                    said(l),
                ))
            })
        }
        Cause::ChildProposal => {
            let (file, list) = children(files, side)
                .find_map(|(p, c)| Some((Some((p, c.proposals.as_ref()?)), c.suites(n.version))))
                .unwrap_or_default();
            let mut offered = suites(&l.entry.received, n.version);
            if offered.is_empty() {
                offered = asked(files, side.other());
            }
            refused(None, &offered, &suites(&l.entry.allowed, n.version), &list, file).or_else(|| {
                let told = told(RuleId::ChildProposalMismatch, l.entry.differs.clone(), said(l));
                // Where neither list is known, it may be the group alone; in IKE_AUTH of IKEv2 there is none.
                let event = n.events().find(|e| e.frame == wire.frame);
                let first =
                    n.version == Version::V2 && event.is_some_and(|e| e.exchange == exchange::IKE_AUTH);
                let sure = first || !l.entry.differs.is_empty();
                Some(less_sure(told, sure, RuleId::PfsMismatch))
            })
        }
        Cause::Pfs => Some(told(RuleId::PfsMismatch, vec!["dh-group"], said(l))),
        Cause::NoConnection | Cause::Version => {
            let other = own.iter().all(|f| !f.connection.speaks(n.version));
            match own.first() {
                Some(f) if other => {
                    let (p, v) = (f.policy, f.connection.version.as_ref()?);
                    Some(told(
                        RuleId::VersionMismatch,
                        Vec::new(),
                        format!(
                            "the {}'s {}, is for {} only; {}",
                            side.name(),
                            at(p, v),
                            v.value.name(),
                            said(l)
                        ),
                    ))
                }
                _ if l.entry.cause == Cause::Version => plain(RuleId::VersionMismatch),
                // A daemon looks for connections of this version: one of the other version may be there.
                _ => plain(RuleId::NoMatchingConnection)
                    .map(|told| less_sure(told, configured, RuleId::VersionMismatch)),
            }
        }
        Cause::NotAllowed { .. } if n.version == Version::V2 => plain(RuleId::NoMatchingConnection)
            .map(|told| less_sure(told, configured, RuleId::VersionMismatch)),
        Cause::NotAllowed { aggressive, found } => {
            let mine = files.fitting(side, false);
            let id = if configured && mine.is_empty() && files.are_whole(side) {
                RuleId::NoMatchingConnection
            } else if !mine.is_empty() && mine.iter().all(|f| !f.connection.speaks(n.version)) {
                RuleId::VersionMismatch
            } else if mine.iter().any(|f| f.connection.takes(aggressive))
                || (mine.is_empty() && found && !aggressive)
            {
                RuleId::AuthMethodMismatch
            } else if aggressive || !mine.is_empty() {
                RuleId::ModeMismatch
            } else {
                RuleId::NoMatchingConnection
            };
            // The line names several causes; only a configuration tells which.
            let confidence = if configured { LOG } else { 0.6 };
            let differs = match id {
                RuleId::AuthMethodMismatch => vec!["auth-method"],
                _ => Vec::new(),
            };
            Some(Told {
                confidence,
                ..told(id, differs, said(l))
            })
        }
        Cause::Selectors => {
            let hosts = [n.initiator.address, n.responder.address].map(|a| a.to_string());
            let host = |s: &String| {
                hosts.iter().any(|h| {
                    s.strip_prefix(h.as_str()).is_some_and(|r| {
                        r.starts_with("/32") || r.starts_with("/128") || r.starts_with('[') || r.is_empty()
                    })
                })
            };
            let transport = !l.entry.selectors.is_empty() && l.entry.selectors.iter().all(host);
            let tunnel = children(files, side).find_map(|(p, c)| {
                c.mode
                    .as_ref()
                    .filter(|m| m.value == Mode::Tunnel)
                    .map(|m| at(p, m))
            });
            // The selectors are the connection's own: what remains to be refused is the mode.
            let own_transport = children(files, side).find_map(|(p, c)| {
                let mode = c.mode.as_ref().filter(|m| m.value == Mode::Transport)?;
                let has = |list: &Listed<String>, asked: &String| {
                    list.as_ref()
                        .is_some_and(|l| l.value.iter().any(|own| dynamic(own, asked, &hosts)))
                };
                let (one, other) = (l.entry.selectors.first()?, l.entry.selectors.get(1)?);
                let fits = |own, peer| has(&c.local, own) && has(&c.remote, peer);
                (fits(one, other) || fits(other, one)).then(|| at(p, mode))
            });
            if let Some(file) = own_transport {
                return Some(told(
                    RuleId::EncapsulationMismatch,
                    vec!["encapsulation"],
                    format!(
                        "the {}'s {file}, wants transport mode, and its selectors are those that were asked for, so tunnel mode was \
                         asked for; {}",
                        side.name(),
                        said(l)
                    ),
                ));
            }
            match tunnel {
                Some(file) if transport => Some(told(
                    RuleId::EncapsulationMismatch,
                    vec!["encapsulation"],
                    format!(
                        "the {}'s {file}, wants tunnel mode, and transport mode between the two addresses was asked for; {}",
                        side.name(),
                        said(l)
                    ),
                )),
                _ => {
                    let told = told(RuleId::SelectorMismatch, vec!["selectors"], said(l));
                    // Between the two addresses alone it may be the mode that does not fit; so it may if they cannot be read.
                    let known = l.entry.selectors.iter().all(|s| understood(s));
                    let told = less_sure(
                        told,
                        configured || known && !transport,
                        RuleId::EncapsulationMismatch,
                    );
                    // A client that asks for its own address was perhaps given none.
                    let own = known && !transport && l.entry.selectors.iter().any(host);
                    Some(less_sure(
                        told,
                        configured || !own,
                        RuleId::AddressAssignmentFailed,
                    ))
                }
            }
        }
        Cause::Elsewhere => {
            let ranges = l.entry.selectors.join(" was asked for and ");
            let quote = format!(
                "in {} ({}, line {}) {ranges} was answered, which has nothing in common with it",
                l.policy.kind.name(),
                l.policy.name,
                l.entry.line
            );
            Some(told(RuleId::SelectorMismatch, vec!["selectors"], quote))
        }
        Cause::Encapsulation => Some(told(
            RuleId::EncapsulationMismatch,
            vec!["encapsulation"],
            said(l),
        )),
        Cause::Certificate => {
            // A certificate that nobody wanted: the connection asks for a key.
            let wanted = own.iter().find_map(|f| {
                let wanted = f.connection.remote_auth.as_ref();
                wanted
                    .filter(|a| a.value != Auth::Certificate)
                    .map(|a| (f.policy, a))
            });
            match wanted {
                Some((p, a)) => Some(told(
                    RuleId::AuthMethodMismatch,
                    Vec::new(),
                    format!(
                        "the {}'s {}, wants {} of the peer, which sent a certificate; {}",
                        side.name(),
                        at(p, a),
                        a.value.words(),
                        said(l)
                    ),
                )),
                None => {
                    let told = told(RuleId::CertificateRejected, l.entry.differs.clone(), said(l));
                    // The connection may want no certificate at all.
                    let wants = own.iter().any(|f| f.connection.remote_auth.is_some());
                    let sure = wants || !(l.entry.differs.is_empty() || l.entry.differs == ["certificate"]);
                    Some(less_sure(told, sure, RuleId::AuthMethodMismatch))
                }
            }
        }
        // A post-quantum key that both announce goes into the proof as well (RFC 8784 3): one of the two keys differs.
        Cause::PskDiffers => {
            let ppk = |side| n.peer(side).sent(Sent::PostQuantumKey);
            plain(if ppk(Role::Initiator) && ppk(Role::Responder) {
                RuleId::AuthenticationFailed
            } else {
                RuleId::PskMismatch
            })
        }
        Cause::Identity => Some(told(RuleId::IdentityRejected, vec!["identity"], said(l))),
        Cause::AuthMethod => Some(told(RuleId::AuthMethodMismatch, vec!["auth-method"], said(l))),
        Cause::Install if side == Role::Initiator => plain(RuleId::ChildRefused),
        // It confirms what the packets show, and alone shows nothing.
        Cause::Unreadable => (wire.rule.id == RuleId::PskMismatch).then(|| Told {
            confidence: sure.min(wire.confidence.max(UNREADABLE)),
            ..told(RuleId::PskMismatch, Vec::new(), said(l))
        }),
        Cause::Received(kind) => received(files, wire, l, kind),
        Cause::Authenticated => silent_about_selectors(files, wire, l),
        cause => plain(means(cause)?),
    }
}

/// What a daemon's own words come to by themselves; beside packets and other files it may be more, or something else. `None` for what
/// only those make a cause.
pub(crate) fn means(cause: Cause) -> Option<RuleId> {
    use RuleId as R;
    Some(match cause {
        Cause::IkeProposal => R::IkeProposalMismatch,
        Cause::NoConnection | Cause::NotAllowed { .. } => R::NoMatchingConnection,
        Cause::Version => R::VersionMismatch,
        Cause::Mode => R::ModeMismatch,
        Cause::AuthMethod => R::AuthMethodMismatch,
        Cause::PskMissing => R::PskMissing,
        Cause::PskDiffers | Cause::Unreadable => R::PskMismatch,
        Cause::Identity => R::IdentityRejected,
        Cause::Certificate => R::CertificateRejected,
        Cause::OwnKey => R::AuthenticationFailed,
        Cause::Eap | Cause::EapMethod | Cause::Radius => R::EapFailed,
        Cause::Xauth => R::XauthFailed,
        Cause::Address => R::AddressAssignmentFailed,
        Cause::ChildProposal => R::ChildProposalMismatch,
        Cause::Pfs => R::PfsMismatch,
        Cause::Selectors | Cause::Elsewhere => R::SelectorMismatch,
        Cause::Encapsulation => R::EncapsulationMismatch,
        Cause::Install => R::ResponderFailure,
        Cause::Login | Cause::Ppp => R::PppFailed,
        Cause::L2tp | Cause::L2tpSilent => R::L2tpNoReply,
        Cause::Received(_) | Cause::Authenticated => return None,
    })
}

/// What a line says may have another cause as well, which only the configuration beside it can rule out.
fn less_sure(told: Told, sure: bool, other: RuleId) -> Told {
    if sure {
        return told;
    }
    let mut alternatives = told.alternatives;
    alternatives.push(other);
    Told {
        confidence: told.confidence.min(AMBIGUOUS),
        alternatives,
        ..told
    }
}

/// A notification that one side's log says it received: what is encrypted on the wire.
fn received(files: &Files<'_>, wire: &Finding, l: &Line<'_>, kind: u16) -> Option<Told> {
    if wire.rule.id != RuleId::ChildRefused {
        return None;
    }
    let (id, attributes, confidence) = match (kind, files.case.n.version) {
        (notify::TS_UNACCEPTABLE, _) => (RuleId::SelectorMismatch, vec!["selectors"], 0.95),
        (notify::INTERNAL_ADDRESS_FAILURE, _) => (RuleId::AddressAssignmentFailed, Vec::new(), 0.95),
        // Group and mode are refused with the same word.
        (notify::NO_PROPOSAL_CHOSEN, Version::V1) => (RuleId::ChildProposalMismatch, Vec::new(), 0.75),
        (notify::NO_PROPOSAL_CHOSEN, Version::V2) => (RuleId::ChildProposalMismatch, Vec::new(), 0.85),
        // strongSwan says it of the mode as well.
        (notify::V1_INVALID_ID_INFORMATION, Version::V1) => {
            (RuleId::SelectorMismatch, vec!["selectors"], 0.75)
        }
        _ => return None,
    };
    let mut alternatives: Vec<RuleId> = vec![
        RuleId::PfsMismatch,
        RuleId::SelectorMismatch,
        RuleId::EncapsulationMismatch,
    ];
    alternatives.retain(|&a| {
        a != id && (confidence < 0.9) && (kind == notify::NO_PROPOSAL_CHOSEN || a != RuleId::PfsMismatch)
    });
    Some(Told {
        attributes,
        alternatives,
        ..Told::new(l.side, id, confidence, said(l))
    })
}

/// Libreswan names refused algorithms, groups and modes of a child SA in its log, and answers TS_UNACCEPTABLE without a word
/// (4.10, `ikev2_child.c`). A log that goes no further than authentication leaves only that.
fn silent_about_selectors(files: &Files<'_>, wire: &Finding, l: &Line<'_>) -> Option<Told> {
    let silent = wire.rule.id == RuleId::ChildRefused
        && files.case.n.version == Version::V2
        && l.side == Role::Responder;
    let networks = children(files, l.side).find_map(|(p, c)| {
        let own = c.local.as_ref().or(c.remote.as_ref())?;
        Some((p, own))
    });
    let has = networks.map_or_else(String::new, |(p, own)| {
        format!(
            "; the {}'s {}, has {}",
            l.side.name(),
            at(p, own),
            words::joined(&own.value)
        )
    });
    let quote = format!(
        "{}, and names no refused algorithm or mode after it, as it would{has}",
        said(l)
    );
    let told = Told::new(l.side, RuleId::SelectorMismatch, 0.8, quote);
    let told = match networks {
        Some((p, own)) => told.edited(p, own.line),
        None => told,
    };
    silent.then_some(Told {
        attributes: vec!["selectors"],
        alternatives: vec![RuleId::ChildRefused, RuleId::AddressAssignmentFailed],
        ..told
    })
}

/// A selector that can be read: a network or a host, with its ports perhaps in brackets.
fn understood(selector: &str) -> bool {
    let bare = selector.split('[').next().unwrap_or_default();
    policy::is_network(bare)
}

/// Is `asked` (`192.0.2.10/32[udp/l2f]`) what the configured `dynamic[udp/l2f]` stands for: a peer's own address?
fn dynamic(own: &str, asked: &str, hosts: &[String; 2]) -> bool {
    let ports = own.strip_prefix("dynamic");
    ports.is_some_and(|ports| {
        hosts.iter().any(|host| {
            let rest = asked.strip_prefix(host.as_str()).unwrap_or_default();
            let rest = rest.strip_prefix("/32").or_else(|| rest.strip_prefix("/128"));
            rest == Some(ports)
        })
    })
}
