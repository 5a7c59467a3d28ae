//! What the files mean for all negotiations that show the same of their sides: worked out once, by whoever judges by files, and kept
//! beside what else is known of the hosts.

use super::Belongs;
use std::sync::OnceLock;

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
