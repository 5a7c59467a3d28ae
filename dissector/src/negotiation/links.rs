//! How negotiations between the same two addresses lead to each other.

use std::num::NonZeroU32;

/// A negotiation, or none, in four bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Link(Option<NonZeroU32>);

impl Link {
    pub(super) fn to(stream: u32) -> Self {
        Self(NonZeroU32::new(stream.wrapping_add(1)))
    }

    pub(super) fn stream(self) -> Option<u32> {
        self.0.map(|n| n.get() - 1)
    }
}

/// Where a negotiation stands in the table of pairs. It holds the latest negotiation between two addresses; that leads to the one
/// before it, and so on. A million spoofed requests so cost a few bytes each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Links {
    /// The one before this between the same two addresses.
    pub(super) pair: Link,
    /// In the latest between two addresses: the latest of all of them whose IKE SA came up.
    pub(super) up: Link,
    /// That one, when this negotiation began.
    pub(super) before: Link,
    /// IKEv2: the one whose CREATE_CHILD_SA made this IKE SA.
    pub(super) made_by: Link,
    /// The first of the story that this one goes on with; none if it is the first itself.
    pub(super) story: Link,
}
