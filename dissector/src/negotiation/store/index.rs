//! A hash table that leads to items of a list. A part of each hash stands in the table, so that it grows without a look at the
//! items, which are far apart in memory.

use std::hash::{BuildHasher, Hash, Hasher};
use std::net::IpAddr;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Rows lead to an item each, by a key that the item knows.
#[derive(Clone, Debug)]
pub(in crate::negotiation) struct Index<T> {
    rows: HashTable<(Tag, T)>,
    hasher: DefaultHashBuilder,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self {
            rows: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

/// An address as a key: hashed as the one number that it is, not byte by byte.
#[derive(Clone, Copy)]
pub(in crate::negotiation) struct Ip(pub(in crate::negotiation) IpAddr);

impl Hash for Ip {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0 {
            IpAddr::V4(address) => state.write_u32(address.to_bits()),
            IpAddr::V6(address) => state.write_u128(address.to_bits()),
        }
    }
}

/// A hash's part that is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tag(u32);

impl Tag {
    /// A hash that follows from the tag: it has to differ in its highest and in its lowest bits.
    fn hash(self) -> u64 {
        // 2^64 divided by the golden ratio, as in Knuth's multiplicative hashing.
        u64::from(self.0)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(32)
    }
}

impl<T: Copy> Index<T> {
    #[inline]
    fn tag(&self, key: &impl Hash) -> Tag {
        let [a, b, c, d, ..] = self.hasher.hash_one(key).to_be_bytes();
        Tag(u32::from_be_bytes([a, b, c, d]))
    }

    pub(in crate::negotiation) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(in crate::negotiation) fn clear(&mut self) {
        self.rows.clear();
    }

    /// What a key leads to; `is` tells whether it is that.
    pub(in crate::negotiation) fn find(&self, key: &impl Hash, is: impl Fn(T) -> bool) -> Option<T> {
        let tag = self.tag(key);
        let found = self
            .rows
            .find(tag.hash(), |&(its, item)| its == tag && is(item))?;
        Some(found.1)
    }

    /// Leads a new key to an item.
    pub(in crate::negotiation) fn insert(&mut self, key: &impl Hash, item: T) {
        let tag = self.tag(key);
        self.rows
            .insert_unique(tag.hash(), (tag, item), |(tag, _)| tag.hash());
    }

    /// Leads a key to an item; gives what it led to before.
    pub(in crate::negotiation) fn replace(
        &mut self,
        key: &impl Hash,
        item: T,
        is: impl Fn(T) -> bool,
    ) -> Option<T> {
        let tag = self.tag(key);
        let same = |&(its, item): &(Tag, T)| its == tag && is(item);
        match self.rows.entry(tag.hash(), same, |(tag, _)| tag.hash()) {
            Entry::Occupied(mut row) => Some(std::mem::replace(&mut row.get_mut().1, item)),
            Entry::Vacant(room) => {
                room.insert((tag, item));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_leads_to_items_also_when_it_has_grown() {
        let items: Vec<u64> = (0..10_000).map(|n| n * 977).collect();
        let mut index = Index::default();
        for (at, item) in items.iter().enumerate() {
            index.insert(item, at);
        }
        for (at, item) in items.iter().enumerate() {
            assert_eq!(index.find(item, |at| items[at] == *item), Some(at));
        }
        assert_eq!(index.find(&1_u64, |at| items[at] == 1), None);
        assert_eq!(index.replace(&items[7], 8, |at| items[at] == items[7]), Some(7));
        assert_eq!(index.replace(&5_u64, 8, |at| items[at] == 5), None);
        assert_eq!(index.len(), items.len() + 1);
    }

    #[test]
    fn tags_spread_over_the_table() {
        let rows: std::collections::HashSet<u64> = (0..1000).map(|n| Tag(n).hash() & 0xFFFF).collect();
        assert!(rows.len() > 900, "{}", rows.len());
    }
}
