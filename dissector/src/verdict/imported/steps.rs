//! Steps computed from the configurations of one or both sides: which line, and its new value.
//!
//! What said the cause (a log, a comparison of files, the packets) does not matter here: the lines are looked up where they stand.

use super::configuration::Asked;
use super::files::{Files, asked, children, method};
use crate::diagnosis::{RuleId, Security, Step, words};
use crate::negotiation::offer::{Attribute, Choice, Suite};
use crate::negotiation::{Role, Version};
use crate::policy::{self, Auth, Child, Connection, Kind, Lined, Listed, Mode, Policy, Proposal};
use crate::rules::cookbook::{At, Common, Given, Setting, Topic, changed, either, taken_out};
use crate::rules::rekey_failed;
use crate::wire::code::Registry;
use crate::wire::vendor::Product;
use std::sync::Arc;

/// What a side's file has to say instead, where lines of it are at fault; empty where that is not known. `line`: where the file of this
/// side differs.
pub(super) fn of(files: &Files<'_>, id: RuleId, side: Role, line: Option<u32>) -> Vec<Step> {
    match id {
        RuleId::IkeProposalMismatch => ike(files),
        RuleId::ChildProposalMismatch | RuleId::PfsMismatch => child(files, side, line),
        RuleId::EncapsulationMismatch => mode(files, side),
        RuleId::SelectorMismatch => selectors(files, side),
        RuleId::IdentityRejected => identity(files, side),
        RuleId::AuthMethodMismatch => method_of(files, side),
        RuleId::VersionMismatch => version(files),
        RuleId::ModeMismatch => aggressive(files),
        RuleId::NoMatchingConnection => address(files),
        _ => Vec::new(),
    }
}

/// Where something can be edited; `None` in what a command or a daemon printed.
fn at(policy: &Policy, line: u32, product: Option<Product>) -> Option<At<'_>> {
    let (file, line) = policy.place(line);
    let printed = policy.is_log() || matches!(policy.kind, Kind::Output(_));
    (!printed && line > 0).then_some(At {
        file,
        line,
        kind: policy.kind,
        product,
    })
}

/// What of a list can be edited in this line.
fn given<'a>(
    policy: &'a Policy,
    list: &'a Lined<Arc<Vec<Proposal>>>,
    line: u32,
    product: Option<Product>,
) -> Option<Given<'a>> {
    let here = |p: &&Proposal| p.line == 0 || p.line == line;
    Some(Given {
        at: at(policy, line, product)?,
        proposals: list.value.iter().filter(here).collect(),
    })
}

/// The IKE proposals of a side's connection, and where they stand.
fn ike_list<'a>(files: &Files<'a>, side: Role) -> (Vec<Suite>, Option<Given<'a>>) {
    let n = files.case.n;
    let nearest = files.nearest(side).or_else(|| {
        let mut all = files.connections(side).into_iter();
        all.find(|f| f.connection.speaks(n.version))
    });
    let Some(fit) = nearest else {
        return (Vec::new(), None);
    };
    let c = fit.connection;
    let suites = c.suites(n.version, method(c));
    let given = c.ike.as_ref().and_then(|list| {
        let line = suites.first().map_or(list.line, |s| list.line_of(s));
        given(fit.policy, list, line, c.product)
    });
    (suites, given)
}

/// For the IKE SA: the responder takes what is offered, or the initiator offers what is allowed.
fn ike(files: &Files<'_>) -> Vec<Step> {
    let (case, n) = (&files.case, files.case.n);
    let (allowed, responder) = ike_list(files, Role::Responder);
    let (_, initiator) = ike_list(files, Role::Initiator);
    // What the responder wants as a proof of the peer is no algorithm.
    let wanted = allowed.first().and_then(|s| s.first(Attribute::AuthMethod));
    let offered: Vec<Suite> = (n.offers().iter())
        .filter(|s| wanted.is_none() || s.first(Attribute::AuthMethod) == wanted)
        .cloned()
        .collect();
    let of = |role, others: &[Suite], given| Common::of(case, role, Topic::IkeProposal, others, given);
    either(
        case,
        [
            of(Role::Responder, &offered, responder),
            of(Role::Initiator, &allowed, initiator),
        ],
    )
}

/// The ESP or AH proposals of a side's data tunnel, and where they stand.
fn child_list<'a>(files: &Files<'a>, side: Role, line: Option<u32>) -> (Vec<Suite>, Option<Given<'a>>) {
    let n = files.case.n;
    let list = |f: &super::files::Fit<'a>| -> Vec<(&'a Policy, &'a Listed<Proposal>, Option<Product>)> {
        let product = f.connection.product;
        (f.connection.children.iter())
            .map(|child| (f.policy, &child.proposals, product))
            .collect()
    };
    let all: Vec<_> = files.connections(side).iter().flat_map(list).collect();
    let known = all
        .iter()
        .filter_map(|(p, list, product)| Some((*p, list.as_ref()?, *product)));
    let is = |p: &Policy, at: u32| line == Some(p.place(at).1);
    let here = |p: &Policy, list: &Lined<Arc<Vec<Proposal>>>| {
        is(p, list.line) || list.value.iter().any(|one| one.line > 0 && is(p, one.line))
    };
    let found = known
        .clone()
        .find(|(p, list, _)| here(p, list))
        .or_else(|| known.clone().next());
    let given = found.and_then(|(p, list, product)| {
        let first = list.value.first().map_or(0, |p| p.line);
        let line = if first > 0 { first } else { list.line };
        given(p, list, line, product)
    });
    let mut suites = children(files, side).map(|(_, child)| child.suites(n.version));
    (suites.find(|s| !s.is_empty()).unwrap_or_default(), given)
}

/// For the data tunnel: the side that refuses takes what is asked for, or the other one asks for what is allowed. `line`: where the file
/// of the refusing side differs.
fn child(files: &Files<'_>, refusing: Role, line: Option<u32>) -> Vec<Step> {
    let case = &files.case;
    let mut asked = asked(files, refusing.other());
    let (mut allowed, own) = child_list(files, refusing, line);
    // Libreswan asks for perfect forward secrecy with the group of the IKE SA where its proposals name none (conn/pfs.xml).
    let renewal = rekey_failed::renewal(case).is_some();
    for (side, suites) in [(refusing.other(), &mut asked), (refusing, &mut allowed)] {
        let mut connections = files.connections(side).into_iter();
        let implied = connections.any(|f| f.connection.product == Some(Product::Libreswan));
        let group = case.n.selected().and_then(|s| s.first(Attribute::DhGroup));
        let group = group.filter(|_| renewal && implied);
        for suite in suites
            .iter_mut()
            .filter(|s| s.first(Attribute::DhGroup).is_none())
        {
            suite.choices.extend(group.map(|id| Choice {
                attribute: Attribute::DhGroup,
                registry: Registry::V2Group,
                id,
                key_length: None,
            }));
        }
    }
    let (_, others) = child_list(files, refusing.other(), None);
    let of = |role, others: &[Suite], given| Common::of(case, role, Topic::EspProposal, others, given);
    either(
        case,
        [of(refusing, &asked, own), of(refusing.other(), &allowed, others)],
    )
}

/// The connection of a side's configuration that is meant.
fn connection<'a>(files: &Files<'a>, side: Role) -> Option<(&'a Policy, &'a Connection)> {
    let n = files.case.n;
    let all = files.fitting(side, false);
    let speaks = all.iter().find(|f| f.connection.speaks(n.version));
    let fit = speaks.or(all.first())?;
    Some((fit.policy, fit.connection))
}

/// One line of a side's configuration: what it says, and what it has to say.
struct Change<'a> {
    role: Role,
    at: At<'a>,
    from: Setting,
    to: Setting,
    /// In words.
    what: String,
}

/// The steps of changes, each another way to reach the same.
fn ways<'a>(files: &Files<'_>, changes: impl IntoIterator<Item = Option<Change<'a>>>) -> Vec<Step> {
    let mut steps = Vec::new();
    for change in changes.into_iter().flatten() {
        let values = [&change.from, &change.to];
        let or = !steps.is_empty();
        steps.extend(changed(
            &files.case,
            change.role,
            &change.at,
            values,
            &change.what,
            or,
        ));
    }
    steps
}

/// L2TP (port 1701, which services(5) calls l2f or l2tp) is in transport mode (RFC 3193 2.1), whoever asks; else the side that refuses takes what it is asked for.
fn mode(files: &Files<'_>, refusing: Role) -> Vec<Step> {
    let asked = Asked::of(files, refusing);
    let own = |side: Role| {
        let (p, c) = connection(files, side)?;
        let child = c.children.first()?;
        let mode = child.mode.as_ref()?;
        let l2tp = [&child.local, &child.remote].into_iter().flatten();
        let l2tp = l2tp
            .flat_map(|l| l.value.iter())
            .any(|v| v.contains("1701") || v.contains("l2"));
        Some((at(p, mode.line, c.product)?, mode.value, l2tp))
    };
    let to = |side: Role, wanted: Mode| {
        let (at, now, _) = own(side)?;
        let of = words::peer(&files.case, side.other());
        Some(Change {
            role: side,
            at,
            from: Setting::Mode(now),
            to: Setting::Mode(wanted),
            what: match wanted {
                Mode::Transport => format!("use transport mode, as {of} does."),
                Mode::Tunnel => format!("use tunnel mode, as {of} does."),
            },
        })
    };
    let (here, there) = (own(refusing), own(refusing.other()));
    let l2tp = [&here, &there].into_iter().flatten().any(|(_, _, l2tp)| *l2tp);
    if l2tp {
        return ways(
            files,
            [
                to(refusing, Mode::Transport),
                to(refusing.other(), Mode::Transport),
            ],
        );
    }
    let theirs = asked.mode.as_ref().map(|(mode, _)| *mode);
    let ours = here.map(|(_, mode, _)| mode);
    ways(
        files,
        [
            theirs.and_then(|mode| to(refusing, mode)),
            ours.and_then(|mode| to(refusing.other(), mode)),
        ],
    )
}

/// The networks of two data tunnels meet, seen from each other's side.
fn mirrors(own: &Child, other: &Child, exact: bool) -> bool {
    let meet = |a: &Listed<String>, b: &Listed<String>| match (a, b) {
        (Some(a), Some(b)) => !policy::apart(&a.value, &b.value, exact),
        _ => true,
    };
    meet(&own.local, &other.remote) && meet(&own.remote, &other.local)
}

/// One side's networks become the mirror image of the other's, of the data tunnels that do not fit any of the other side.
fn selectors(files: &Files<'_>, refusing: Role) -> Vec<Step> {
    let exact = files.case.n.version == Version::V1;
    let asking = refusing.other();
    let (Some((p, c)), Some((q, d))) = (connection(files, refusing), connection(files, asking)) else {
        return asked_networks(files, refusing);
    };
    let alone = |a: &Child, others: &[Child]| !others.iter().any(|b| mirrors(a, b, exact));
    let asked = d.children.iter().find(|child| alone(child, &c.children));
    let own = c.children.iter().find(|child| alone(child, &d.children));
    let (Some(asked), Some(own)) = (asked, own) else {
        return Vec::new();
    };
    let of =
        |role: Role, list: &Listed<String>, wanted: &Listed<String>, make: fn(Vec<String>) -> Setting| {
            let (policy, connection) = if role == refusing { (p, c) } else { (q, d) };
            let (list, wanted) = (list.as_ref()?, wanted.as_ref()?);
            if !policy::apart(&list.value, &wanted.value, exact) {
                return None;
            }
            Some(Change {
                role,
                at: at(policy, list.line, connection.product)?,
                from: make(list.value.to_vec()),
                to: make(wanted.value.to_vec()),
                what: where_others_have(files, role, &list.value, &wanted.value),
            })
        };
    ways(
        files,
        [
            of(refusing, &own.local, &asked.remote, Setting::Local),
            of(refusing, &own.remote, &asked.local, Setting::Remote),
            of(asking, &asked.remote, &own.local, Setting::Remote),
            of(asking, &asked.local, &own.remote, Setting::Local),
        ],
    )
}

fn where_others_have(files: &Files<'_>, role: Role, own: &[String], wanted: &[String]) -> String {
    format!(
        "{} has {} where this file has {}.",
        words::peer(&files.case, role.other()),
        words::joined(wanted),
        words::joined(own)
    )
}

/// The same where only the file of the side that refuses was given, and what it was asked for is decrypted.
fn asked_networks(files: &Files<'_>, refusing: Role) -> Vec<Step> {
    let exact = files.case.n.version == Version::V1;
    let Some(([theirs, ours], _)) = Asked::of(files, refusing).networks else {
        return Vec::new();
    };
    let Some((p, c)) = connection(files, refusing) else {
        return Vec::new();
    };
    let [child] = c.children.as_slice() else {
        return Vec::new();
    };
    let of = |list: &Listed<String>, wanted: &[String], make: fn(Vec<String>) -> Setting| {
        let list = list.as_ref()?;
        let differs = policy::apart(&list.value, wanted, exact);
        differs.then_some(Change {
            role: refusing,
            at: at(p, list.line, c.product)?,
            from: make(list.value.to_vec()),
            to: make(wanted.to_vec()),
            what: where_others_have(files, refusing, &list.value, wanted),
        })
    };
    ways(
        files,
        [
            of(&child.local, &ours, Setting::Local),
            of(&child.remote, &theirs, Setting::Remote),
        ],
    )
}

/// One side expects what the other one sends, or the other one sends what is expected.
fn identity(files: &Files<'_>, refusing: Role) -> Vec<Step> {
    let [first, second] = [refusing, refusing.other()].map(|side| identity_of(files, side));
    if first.is_empty() { second } else { first }
}

fn identity_of(files: &Files<'_>, expecting: Role) -> Vec<Step> {
    let n = files.case.n;
    let peer = expecting.other();
    let Some((p, c)) = connection(files, expecting) else {
        return Vec::new();
    };
    let other = connection(files, peer);
    let configured = other.and_then(|(_, c)| Some(c.local_id.as_ref()?.value.to_string()));
    // Without a setting it is the address (strongSwan, Libreswan).
    let address = || other.map(|_| n.peer(peer).address.to_string());
    let sent = (n.identity(peer).map(|id| id.value()))
        .or(configured)
        .or_else(address);
    let Some((wants, sent)) = c.remote_id.as_ref().zip(sent) else {
        return Vec::new();
    };
    if wants.value.as_str() == sent || wants.value.as_str() == "%any" {
        return Vec::new();
    }
    let expects = || {
        Some(Change {
            role: expecting,
            at: at(p, wants.line, c.product)?,
            from: Setting::PeerId(wants.value.to_string()),
            what: format!(
                "expect the identity that {} sends.",
                words::peer(&files.case, peer)
            ),
            to: Setting::PeerId(sent),
        })
    };
    let sends = || {
        let (q, d) = other?;
        let own = d.local_id.as_ref()?;
        Some(Change {
            role: peer,
            at: at(q, own.line, d.product)?,
            from: Setting::OwnId(own.value.to_string()),
            to: Setting::OwnId(wants.value.to_string()),
            what: format!(
                "send the identity that {} expects.",
                words::peer(&files.case, expecting)
            ),
        })
    };
    ways(files, [expects(), sends()])
}

/// A pre-shared key on both sides needs nothing that is not there; a certificate has to be issued first. So the side that wants or has
/// something else moves, with what it gives up.
fn method_of(files: &Files<'_>, refusing: Role) -> Vec<Step> {
    let xauth = login_of(files, refusing);
    if !xauth.is_empty() {
        return xauth;
    }
    let methods = |side: Role| {
        let (p, c) = connection(files, side)?;
        Some((p, c, [c.local_auth.as_ref()?, c.remote_auth.as_ref()?]))
    };
    let by_key = |side: Role| methods(side).is_some_and(|(.., all)| all.iter().all(|a| a.value == Auth::Psk));
    let sides = [refusing, refusing.other()];
    let Some(side) = sides
        .into_iter()
        .find(|side| by_key(side.other()) && !by_key(*side))
    else {
        return Vec::new();
    };
    let Some((p, c, [own, peer])) = methods(side) else {
        return Vec::new();
    };
    // A round of its own, beside the key.
    if [own.value, peer.value].contains(&Auth::Xauth) {
        return Vec::new();
    }
    let other = words::peer(&files.case, side.other());
    let of = |auth: &Lined<Auth>, make: fn(Auth) -> Setting, what: String| {
        let at = at(p, auth.line, c.product).filter(|_| auth.value != Auth::Psk)?;
        Some(Change {
            role: side,
            at,
            from: make(auth.value),
            to: make(Auth::Psk),
            what,
        })
    };
    let changes = [
        of(
            own,
            Setting::OwnAuth,
            format!("use a pre-shared key, as {other} does."),
        ),
        of(
            peer,
            Setting::PeerAuth,
            format!("accept the pre-shared key of {other}."),
        ),
    ];
    // One line may stand for both.
    let mut steps: Vec<Step> = changes
        .into_iter()
        .flat_map(|change| ways(files, [change]))
        .collect();
    steps.dedup_by_key(|step| step.line);
    // strongSwan holds the peer to them all the same (`auth_cfg.c`, `complies`).
    let strongswan = at(p, 1, c.product).is_some_and(|at| at.is_of(Product::StrongSwan));
    let held_to = c.demands.iter().filter(|_| strongswan && !steps.is_empty());
    let out: Vec<Step> = held_to
        .filter_map(|rule| {
            Some(taken_out(
                &files.case,
                side,
                &at(p, rule.line, c.product)?,
                rule.value,
            ))
        })
        .collect();
    steps.extend(out);
    let weaker = own.value == Auth::Certificate || peer.value == Auth::Certificate;
    if let Some(last) = steps.last_mut().filter(|_| weaker) {
        last.text.push_str(&format!(
            " A certificate is stronger: issue one for {other}, then undo this."
        ));
        last.security = Some(Security::Weaker);
    }
    steps
}

/// One side asks for a user name and password beside the key, and the other one has the key alone.
fn login_of(files: &Files<'_>, refusing: Role) -> Vec<Step> {
    let case = &files.case;
    let asks = |side: Role| {
        let (_, c) = connection(files, side)?;
        c.remote_auth.as_ref().filter(|a| a.value == Auth::Xauth)?;
        Some(side)
    };
    let has_none = |side: Role| {
        connection(files, side)
            .and_then(|(_, c)| c.local_auth.as_ref())
            .is_none_or(|a| a.value == Auth::Psk)
    };
    let found = [refusing, refusing.other()].into_iter().find_map(asks);
    let Some(side) = found.filter(|side| has_none(side.other())) else {
        return Vec::new();
    };
    let asking = words::peer(case, side);
    let logs_in = format!("log in with a user name and a password as well (XAUTH), as {asking} asks.");
    let asks_none = "ask for no XAUTH: whoever has the key gets in then.";
    vec![
        Step::on(case, side.other(), logs_in).security(Security::Stronger),
        Step::or_on(case, side, asks_none).security(Security::Weaker),
    ]
}

/// The initiator uses IKEv2, or the responder accepts the version that was begun.
fn version(files: &Files<'_>) -> Vec<Step> {
    let begun = files.case.n.version;
    let of = |side: Role, to: Option<Version>, what: String| {
        let (p, c) = connection(files, side)?;
        let now = c.version.as_ref()?;
        Some(Change {
            role: side,
            at: at(p, now.line, c.product)?,
            from: Setting::Version(Some(now.value)),
            to: Setting::Version(to),
            what,
        })
    };
    let (i, r) = words::peers(&files.case);
    let accept = |to| of(Role::Responder, to, format!("accept {} of {i}.", begun.name()));
    let libreswan =
        connection(files, Role::Responder).is_some_and(|(_, c)| c.product == Some(Product::Libreswan));
    let accepts = accept(if libreswan { Some(begun) } else { None });
    match begun {
        Version::V1 => {
            let better = of(
                Role::Initiator,
                Some(Version::V2),
                format!("use IKEv2, as {r} does (L2TP clients cannot)."),
            );
            ways(files, [better, accepts])
        }
        Version::V2 => ways(files, [accepts]),
    }
}

/// Main Mode on the side that has Aggressive Mode, or on both: it hides identities, and its proof of the key cannot be tried offline.
fn aggressive(files: &Files<'_>) -> Vec<Step> {
    let of = |side: Role| {
        let (p, c) = connection(files, side)?;
        let now = c.aggressive.as_ref().filter(|a| a.value)?;
        Some(Change {
            role: side,
            at: at(p, now.line, c.product)?,
            from: Setting::Aggressive(true),
            to: Setting::Aggressive(false),
            what: "use Main Mode, as the other side has to.".to_owned(),
        })
    };
    let both = [of(Role::Initiator), of(Role::Responder)];
    let mut steps: Vec<Step> = both
        .into_iter()
        .flat_map(|change| ways(files, [change]))
        .collect();
    for step in &mut steps {
        step.security = Some(Security::Stronger);
    }
    steps
}

/// The only connection of the responder's file is for another address.
fn address(files: &Files<'_>) -> Vec<Step> {
    let Some((p, c)) = files.first(Role::Responder) else {
        return Vec::new();
    };
    let asking = files.case.n.initiator.address.to_string();
    let of = || {
        let remote = c.remote.as_ref().filter(|_| p.connections.len() == 1)?;
        let mut all = remote.value.to_vec();
        let libreswan = c.product == Some(Product::Libreswan) || p.kind.name() == "iked.conf";
        if libreswan {
            all.clear();
        }
        all.push(asking.clone());
        Some(Change {
            role: Role::Responder,
            at: at(p, remote.line, c.product)?,
            from: Setting::PeerAddress(remote.value.to_vec()),
            to: Setting::PeerAddress(all),
            what: format!("if this connection is meant for {asking}, give it that address."),
        })
    };
    ways(files, [of()])
}
