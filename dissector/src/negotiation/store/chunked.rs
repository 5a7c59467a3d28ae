//! A list that grows without moving what it holds: a vector copies a million negotiations each time it doubles, and for that
//! moment takes three times their room.

/// Items of a chunk. The first one grows as a vector does, so that a small capture takes little.
const CHUNK: usize = 512;

/// A list in chunks; all but the last are full.
#[derive(Clone, Debug)]
pub struct Chunked<T> {
    chunks: Vec<Vec<T>>,
}

impl<T> Default for Chunked<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T> Chunked<T> {
    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks
            .last()
            .map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    /// Bytes it takes, with the room of its last chunk.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let items: usize = self.chunks.iter().map(Vec::capacity).sum();
        self.chunks.capacity() * size_of::<Vec<T>>() + items * size_of::<T>()
    }

    /// It holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// An item by its number.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&T> {
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)
    }

    pub(in crate::negotiation) fn last(&self) -> Option<&T> {
        self.chunks.last()?.last()
    }

    pub(in crate::negotiation) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.chunks.get_mut(at / CHUNK)?.get_mut(at % CHUNK)
    }

    pub(in crate::negotiation) fn last_mut(&mut self) -> Option<&mut T> {
        self.chunks.last_mut()?.last_mut()
    }

    /// Adds an item. Inlined, so that it is written where it stays, field by field: a copy of what was just put together
    /// elsewhere makes the processor wait for the pieces.
    #[inline(always)]
    pub(in crate::negotiation) fn push(&mut self, item: T) {
        if self.chunks.last().is_none_or(|last| last.len() == CHUNK) {
            self.add_chunk();
        }
        if let Some(last) = self.chunks.last_mut() {
            last.push(item);
        }
    }

    #[cold]
    fn add_chunk(&mut self) {
        let room = if self.chunks.is_empty() { 0 } else { CHUNK };
        self.chunks.push(Vec::with_capacity(room));
    }

    /// All items in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// How many items are of the first kind, in a list in which all of these stand before all others.
    pub(in crate::negotiation) fn partition_point(&self, is_first: impl Fn(&T) -> bool) -> usize {
        let full = (self.chunks).partition_point(|chunk| chunk.last().is_some_and(&is_first));
        let rest = self
            .chunks
            .get(full)
            .map_or(0, |chunk| chunk.partition_point(&is_first));
        full * CHUNK + rest
    }

    /// The item with this key, in a list sorted by it.
    pub(in crate::negotiation) fn find_by_key<K: Ord>(&self, key: &K, of: impl Fn(&T) -> K) -> Option<&T> {
        // Most often what just came is asked for.
        let last = self.chunks.last()?.last();
        if last.is_some_and(|last| of(last) == *key) {
            return last;
        }
        let chunk = self
            .chunks
            .partition_point(|chunk| chunk.last().is_some_and(|last| of(last) < *key));
        let chunk = self.chunks.get(chunk)?;
        let at = chunk.binary_search_by_key(key, of).ok()?;
        chunk.get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list() {
        let mut list = Chunked::default();
        assert!(list.is_empty() && list.get(0).is_none() && list.last_mut().is_none());
        for n in 0..3 * CHUNK {
            assert_eq!(list.len(), n);
            list.push(2 * n);
            assert_eq!((list.get(n), list.get(n + 1)), (Some(&(2 * n)), None));
        }
        assert!(list.iter().copied().eq((0..3 * CHUNK).map(|n| 2 * n)));
        for key in 0..6 * CHUNK + 3 {
            let there = key % 2 == 0 && key < 6 * CHUNK;
            assert_eq!(list.find_by_key(&key, |n| *n).copied(), there.then_some(key));
        }
    }
}
