//! How much is kept of all files together, so that memory is bounded whatever they hold.
//!
//! What is kept of one file is small beside its text. A file of nothing but what grows most as it is read is not.

use super::algorithm::Proposal;
use super::connection::{Child, Connection};
use super::entry::Entry;
use super::value::Shared;
use std::collections::HashSet;
use std::mem::size_of;
use std::sync::Arc;

/// The most bytes that are kept of all files.
pub const ROOM: usize = 32 << 20;

/// What was taken of the room that there is.
#[derive(Clone, Debug, Default)]
pub(super) struct Room {
    most: usize,
    taken: usize,
    /// How many connections were weighed.
    weighed: usize,
    /// Where lists are that were weighed: what is shared weighs once.
    shared: HashSet<usize>,
}

#[allow(clippy::ptr_arg)] // as it is shared
fn proposals(all: &Vec<Proposal>) -> usize {
    let of = |p: &Proposal| size_of::<Proposal>() + 16 * p.choices.len() + p.assumed.len();
    all.iter().map(of).sum()
}

#[allow(clippy::ptr_arg)]
fn texts(all: &Vec<String>) -> usize {
    all.iter().map(|text| size_of::<String>() + text.len()).sum()
}

fn line(e: &Entry) -> usize {
    let detail: usize = e
        .detail
        .iter()
        .map(|said| size_of_val(said) + said.weight())
        .sum();
    let texts = e.text.len() + detail + texts(&e.selectors);
    size_of::<Entry>() + texts + proposals(&e.received) + proposals(&e.allowed)
}

impl Room {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    pub(super) fn is_full(&self) -> bool {
        self.taken >= self.most
    }

    /// Weighs the connections that are new.
    pub(super) fn take(&mut self, connections: &[Connection]) {
        for c in connections.iter().skip(self.weighed) {
            self.taken += size_of::<Connection>() + c.name.len();
            for id in [&c.local_id, &c.remote_id] {
                self.shared(id, String::len);
            }
            self.shared(&c.ike, proposals);
            for list in [&c.local, &c.remote, &c.barred] {
                self.shared(list, texts);
            }
            if self.shared.insert(c.children.as_ptr().addr()) {
                for child in c.children.iter() {
                    self.taken += size_of::<Child>();
                    self.shared(&child.proposals, proposals);
                    self.shared(&child.local, texts);
                    self.shared(&child.remote, texts);
                }
            }
        }
        self.weighed = connections.len();
    }

    fn shared<T>(&mut self, value: &Shared<T>, weight: impl Fn(&T) -> usize) {
        if let Some(lined) = value
            && self.shared.insert(Arc::as_ptr(&lined.value).addr())
        {
            self.taken += size_of_val(&*lined.value) + weight(&lined.value);
        }
    }

    /// Weighs a line of a log.
    pub(super) fn entry(&mut self, e: &Entry) {
        self.taken += line(e);
    }

    /// A line that was weighed is not kept.
    pub(super) fn give(&mut self, e: &Entry) {
        self.taken = self.taken.saturating_sub(line(e));
    }

    /// Nothing follows.
    pub(super) fn close(&mut self) {
        self.shared = HashSet::new();
    }
}
