//! The peers' files, and what they mean for all negotiations that show the same of their sides: worked out once, by whoever judges by
//! files.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;

use super::belongs::Belongs;
use super::bounds::MAX_POLICIES;
use super::file::Policy;
use super::room::ROOM;
use crate::negotiation::redact::Redact;

/// The most answers kept to: what do the files mean?
const MAX_KNOWN: usize = 256;

/// A connection that may be meant: number of its file, its own, and that of its list of IKE proposals.
pub(crate) type Number = (u16, u16, u16);

/// An answer, and whether not everything was looked at for it.
pub(crate) type Answer<T> = OnceLock<(T, bool)>;

/// All of it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) sides: (Vec<Belongs>, bool),
    /// Of initiator and responder: without guesses and with them.
    pub(crate) of: [[Of; 2]; 2],
}

/// What files of one side mean.
#[derive(Debug, Default)]
pub(crate) struct Of {
    /// Connections of its configurations, and of its logs, that may be meant.
    pub(crate) fitting: [Answer<Vec<Number>>; 2],
    /// That whose IKE proposals come nearest to the offer.
    pub(crate) nearest: Answer<Option<Number>>,
}

/// The peers' configurations and logs.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    all: Vec<Policy>,
    /// What they mean, by what a negotiation shows of its sides.
    known: RefCell<HashMap<u64, Arc<Known>>>,
}

impl Policies {
    /// The peers' configurations and logs that the user gave.
    #[must_use]
    pub fn all(&self) -> &[Policy] {
        &self.all
    }

    /// What is said of files that could not be read.
    pub(crate) fn unread(&self) -> Vec<String> {
        let all = self.all.iter().filter(|p| p.unreadable);
        all.filter_map(|p| Some(format!("{}: {}.", p.name, p.notes.first()?.text)))
            .collect()
    }

    /// The user gave none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many bytes may be kept of a further one.
    pub(crate) fn room(&self) -> usize {
        let taken = self.all.iter().map(Policy::weight).sum();
        ROOM.saturating_sub(taken)
    }

    /// What the files mean, worked out once for all negotiations that show the same of their sides.
    pub(crate) fn known(&self, shown: impl Hash, find: impl FnOnce() -> Known) -> Arc<Known> {
        let key = self.known.borrow().hasher().hash_one(shown);
        if let Some(known) = self.known.borrow().get(&key) {
            return Arc::clone(known);
        }
        let found = Arc::new(find());
        let mut files = self.known.borrow_mut();
        if files.len() >= MAX_KNOWN {
            files.clear();
        }
        files.insert(key, Arc::clone(&found));
        found
    }

    /// Takes a configuration or a log; false if there are too many, which is said beside the last one.
    pub(crate) fn import(&mut self, policy: Policy) -> bool {
        self.known.get_mut().clear();
        let room = self.all.len() < MAX_POLICIES;
        match self.all.last_mut() {
            Some(last) if !room => last.note(
                0,
                "files that were given after this one were not taken: there are too many",
            ),
            _ => self.all.push(policy),
        }
        room
    }

    /// Puts pseudonyms for what came from outside.
    pub(crate) fn redact(&mut self, by: &mut dyn Redact) {
        self.known.get_mut().clear();
        for policy in &mut self.all {
            policy.redact(by);
        }
    }
}
