//! How negotiations between the same two addresses lead to each other.

use std::num::NonZeroU32;

/// A negotiation, or none, in four bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::negotiation) struct Link(Option<NonZeroU32>);

impl Link {
    pub(in crate::negotiation) fn to(stream: u32) -> Self {
        Self(NonZeroU32::new(stream.wrapping_add(1)))
    }

    pub(in crate::negotiation) fn stream(self) -> Option<u32> {
        self.0.map(|n| n.get() - 1)
    }
}

/// Where a negotiation stands in the table of pairs. It holds the latest negotiation between two addresses; that leads to the one
/// before it, and so on. A million spoofed requests so cost a few bytes each.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::negotiation) struct Links {
    /// The one before this between the same two addresses.
    pub(in crate::negotiation) pair: Link,
    /// In the latest between two addresses: the latest of all of them whose IKE SA came up.
    pub(in crate::negotiation) up: Link,
    /// That one, when this negotiation began.
    pub(in crate::negotiation) before: Link,
    /// IKEv2: the one whose CREATE_CHILD_SA made this IKE SA.
    pub(in crate::negotiation) made_by: Link,
    /// The first of the story that this one goes on with; none if it is the first itself.
    pub(in crate::negotiation) story: Link,
}
