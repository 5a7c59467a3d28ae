//! The files that were given, as they concern one negotiation: whose each one is, and which of its connections may be meant.
//!
//! Whose a file is, is worked out once for all negotiations that show the same of their sides. What may be meant is found by an
//! index; beyond that, there is a bound to the work for one question.

use crate::diagnosis::Configured;
use crate::negotiation::Role;
use crate::negotiation::offer::Suite;
use crate::policy::known::{Known, Number, Of};
use crate::policy::nearest::nearest_suites_within;
use crate::policy::{Auth, Belongs, Child, Connection, Kind, Policy, SUITES, Work, is_hidden};
use crate::rules::{Case, cookbook};
use crate::wire::vendor::Product;
use std::collections::HashSet;
use std::sync::Arc;

/// The most connections of one side that are looked at.
const MAX_FITTING: usize = 256;

/// A connection that may be meant, with its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit<'a> {
    pub(super) policy: &'a Policy,
    pub(super) connection: &'a Connection,
    number: Number,
}

impl Fit<'_> {
    /// Number of the file, and the same number for equal IKE proposals of it.
    pub(super) fn list(&self) -> (usize, u16) {
        (usize::from(self.number.0), self.number.2)
    }
}

/// All files, beside one case.
pub(in crate::verdict) struct Files<'a> {
    pub(in crate::verdict) case: Case<'a>,
    pub(super) work: Work,
    known: Arc<Known>,
}

impl<'a> Files<'a> {
    pub(super) fn of(case: &Case<'a>) -> Self {
        let n = case.n;
        let others = others(case);
        let peers = [Role::Initiator, Role::Responder].map(|r| {
            let (peer, identity) = (n.peer(r), n.identity(r));
            (
                peer.address,
                peer.nat,
                is_hidden(n, r),
                identity.map(|i| (i.kind, &i.data)),
            )
        });
        let offer = n.offer().map_or(0, |offer| offer.digest);
        let work = Work::new();
        let logged: Vec<(bool, Option<bool>)> = (case.policies.all().iter())
            .map(|p| (p.is_linked(n), p.received(n, &work)))
            .collect();
        let shown = (peers, n.version, others, offer, n.selected().is_some(), logged);
        let find = || {
            let mut cut = false;
            let one = |p: &Policy| {
                let work = Work::new();
                let belongs = p.belongs(n, others, &work);
                cut |= work.is_cut();
                belongs
            };
            let sides = case.policies.all().iter().map(one).collect();
            Known {
                sides: (sides, cut),
                of: Default::default(),
            }
        };
        Self::with(*case, case.policies.known(shown, find))
    }

    fn with(case: Case<'a>, known: Arc<Known>) -> Self {
        let work = Work::new();
        work.cut(known.sides.1);
        Self { case, work, known }
    }

    /// The same for another question: the work for it begins anew.
    pub(super) fn again(&self) -> Self {
        Self::with(self.case, self.known.clone())
    }

    /// The same, where the case shows what each side is configured by.
    pub(super) fn informed(mut self) -> Self {
        self.case.configured = [Role::Initiator, Role::Responder].map(|side| self.configured(side));
        self
    }

    /// What a side is configured by: as its configuration shows, or as whose log it is.
    fn configured(&self, side: Role) -> Option<Configured> {
        let own = |log: bool| {
            let mut all = self.case.policies.all().iter().enumerate();
            all.find(|(at, p)| p.is_log() == log && self.side(*at) == Some(side))
        };
        let by_configuration = || {
            let (_, p) = own(false)?;
            let product = p.connections.first().and_then(|c| c.product);
            Some(Configured {
                kind: Some(p.kind),
                product: cookbook::product(p.kind, product),
            })
        };
        let by_log = || {
            let (_, p) = own(true)?;
            Some(Configured {
                kind: None,
                product: Some(writer(p.kind).or_else(|| cookbook::product(p.kind, None))?),
            })
        };
        by_configuration().or_else(by_log)
    }

    /// Each file, and whose it is.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'a Policy, &Belongs)> {
        self.case.policies.all().iter().zip(&self.known.sides.0)
    }

    /// The side a file belongs to.
    pub(super) fn side(&self, at: usize) -> Option<Role> {
        self.side_by(at, self.case.guesses)
    }

    /// The same, whether guesses count or not. A log that names no address goes with the configurations given beside it.
    pub(super) fn side_by(&self, at: usize, guesses: bool) -> Option<Role> {
        let sure = |belongs: &Belongs| match belongs {
            Belongs::To(side, _) => Some(*side),
            Belongs::Likely(side, _) if guesses => Some(*side),
            _ => None,
        };
        let policy = self.case.policies.all().get(at)?;
        self.known.sides.0.get(at).and_then(sure).or_else(|| {
            let orphan = policy.owner.is_none() && policy.addresses.is_empty() && !policy.entries.is_empty();
            let mut sides = self.known.sides.0.iter().filter_map(sure);
            let first = sides.next().filter(|_| orphan)?;
            sides.all(|s| s == first).then_some(first)
        })
    }

    /// The files of one side: configurations, or logs; each with its number.
    pub(super) fn given(&self, side: Role, logs: bool) -> impl Iterator<Item = (usize, &'a Policy)> {
        let all = self.case.policies.all().iter().enumerate();
        all.filter(move |(at, p)| {
            p.is_log() == logs && !p.connections.is_empty() && self.side(*at) == Some(side)
        })
    }

    fn known_of(&self, side: Role) -> &Of {
        let [initiator, responder] = &self.known.of;
        let [sure, guessed] = match side {
            Role::Initiator => initiator,
            Role::Responder => responder,
        };
        if self.case.guesses { guessed } else { sure }
    }

    fn fit(&self, number: Number) -> Option<Fit<'a>> {
        let policy = self.case.policies.all().get(usize::from(number.0))?;
        let connection = policy.connections.get(usize::from(number.1))?;
        Some(Fit {
            policy,
            connection,
            number,
        })
    }

    /// Numbers of [`Files::fitting`], and whether there are more.
    fn numbers(&self, side: Role, logs: bool) -> &(Vec<Number>, bool) {
        let [configured, logged] = &self.known_of(side).fitting;
        let answer = if logs { logged } else { configured };
        answer.get_or_init(|| {
            let work = Work::new();
            let mut all: Vec<Number> = Vec::new();
            for (file, policy) in self.given(side, logs) {
                let fitting = policy.fitting(self.case.n, side, &work).into_iter();
                let file = u16::try_from(file).ok();
                // Files and connections are bounded far below.
                let small = |number: u32| u16::try_from(number).ok();
                all.extend(fitting.filter_map(|(list, number)| Some((file?, small(number)?, small(list)?))));
            }
            work.cut(all.len() > MAX_FITTING);
            all.truncate(MAX_FITTING);
            all.shrink_to_fit();
            (all, work.is_cut())
        })
    }

    /// Connections of one side's configurations, or logs, that may be the one of this negotiation.
    pub(super) fn fitting(&self, side: Role, logs: bool) -> Vec<Fit<'a>> {
        let (numbers, cut) = self.numbers(side, logs);
        self.work.cut(*cut);
        numbers.iter().filter_map(|number| self.fit(*number)).collect()
    }

    /// The connection of one side whose known IKE proposals come nearest to the offer.
    pub(super) fn nearest(&self, side: Role) -> Option<Fit<'a>> {
        let n = self.case.n;
        let (number, cut) = self.known_of(side).nearest.get_or_init(|| {
            let work = Work::new();
            // A log lists the defaults that a configuration leaves out.
            let found = [false, true].into_iter().find_map(|logs| {
                let (numbers, cut) = self.numbers(side, logs);
                work.cut(*cut);
                // Most tunnels of a gateway have the same proposals.
                let mut seen = HashSet::new();
                let fitting = numbers.iter().filter_map(|number| self.fit(*number));
                fitting
                    .filter(|f| f.connection.speaks(n.version))
                    .map(|f| (f, method(f.connection)))
                    .filter(|(f, method)| seen.insert((f.list(), *method)))
                    .take_while(|_| work.takes(SUITES))
                    .map(|(f, method)| (f.number, f.connection.suites(n.version, method)))
                    .filter(|(_, s)| !s.is_empty())
                    .min_by_key(|(_, s)| {
                        nearest_suites_within(&work, n.offers(), s).map_or(usize::MAX, |(d, _, _)| d.len())
                    })
            });
            (found.map(|(number, _)| number), work.is_cut())
        });
        self.work.cut(*cut);
        self.fit((*number)?)
    }

    /// What a log shows of connections counts only without a configuration.
    pub(super) fn by_logs(&self, side: Role) -> bool {
        self.given(side, false).next().is_none()
    }

    /// Connections in the files of one side that may be the one of this negotiation.
    pub(super) fn connections(&self, side: Role) -> Vec<Fit<'a>> {
        self.fitting(side, self.by_logs(side))
    }

    /// The first connection of one side's files, whoever it is for.
    pub(super) fn first(&self, side: Role) -> Option<(&'a Policy, &'a Connection)> {
        let (_, policy) = self.given(side, self.by_logs(side)).next()?;
        Some((policy, policy.connections.first()?))
    }

    /// All connections of one side's files are known: none was left out.
    pub(super) fn are_whole(&self, side: Role) -> bool {
        let mut all = self.given(side, self.by_logs(side));
        all.all(|(_, p)| p.more_connections == 0) && !self.work.is_cut()
    }
}

/// The only product that writes such a log.
fn writer(log: Kind) -> Option<Product> {
    match log.name() {
        "strongSwan's log" => Some(Product::StrongSwan),
        "Libreswan's log" => Some(Product::Libreswan),
        "OpenIKED's log" => Some(Product::OpenIked),
        "FortiGate's log" => Some(Product::FortiGate),
        _ => None,
    }
}

/// Other hosts of the capture call the responder, too.
pub(super) fn others(case: &Case<'_>) -> bool {
    case.host(Role::Responder).is_some_and(|host| host.asked_by > 1)
}

/// The IKEv1 authentication method a connection wants (RFC 2409 appendix A; XAUTH drafts).
pub(super) fn method(c: &Connection) -> Option<u16> {
    match (
        c.local_auth.as_ref().map(|a| a.value),
        c.remote_auth.as_ref().map(|a| a.value),
    ) {
        (Some(Auth::Psk), Some(Auth::Psk)) => Some(1),
        (Some(Auth::Certificate), Some(Auth::Certificate)) => Some(3),
        (Some(Auth::Psk), Some(Auth::Xauth)) => Some(65001),
        (Some(Auth::Certificate), Some(Auth::Xauth)) => Some(65005),
        _ => None,
    }
}

/// The connection of one side whose known IKE proposals come nearest to the offer.
pub(super) fn ike<'a>(files: &Files<'a>, side: Role) -> Option<(&'a Policy, &'a Connection, Vec<Suite>)> {
    let Fit {
        policy, connection, ..
    } = files.nearest(side)?;
    let suites = connection.suites(files.case.n.version, method(connection));
    Some((policy, connection, suites))
}

/// Data tunnels of one side's connections for this pair.
pub(super) fn children<'f, 'a>(
    files: &'f Files<'a>,
    side: Role,
) -> impl Iterator<Item = (&'a Policy, &'a Child)> + 'f {
    let n = files.case.n;
    files
        .connections(side)
        .into_iter()
        .filter(move |f| f.connection.speaks(n.version))
        .flat_map(|f| f.connection.children.iter().map(move |child| (f.policy, child)))
        .take_while(|_| files.work.takes(1))
}

/// What a side asks for as a data tunnel: decrypted, or by its configuration.
pub(super) fn asked(files: &Files<'_>, side: Role) -> Vec<Suite> {
    let n = files.case.n;
    let wire: Vec<Suite> = n
        .child_offers
        .iter()
        .rfind(|o| o.from == side)
        .map(|o| o.suites.clone())
        .unwrap_or_default();
    if !wire.is_empty() {
        return wire;
    }
    children(files, side)
        .map(|(_, c)| c.suites(n.version))
        .find(|s| !s.is_empty())
        .unwrap_or_default()
}
