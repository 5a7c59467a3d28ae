//! Lists with a bound: what goes when one is full, and that it can be said.
//!
//! Whoever can send in a peer's name can fill any list. So a full one does not just refuse what comes: of each kind of entry the
//! first and the last stay, and what matters more stays before what matters less.

use thin_vec::ThinVec;

/// What is kept in lists that have a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Messages of a negotiation, between the first and the last ones.
    Messages,
    /// Fragments of a message.
    Fragments,
    /// Payloads, proposals and the like inside a message.
    Items,
    /// Error notifications.
    Errors,
    /// ICMP errors.
    Icmp,
    /// ESP and AH, by SPI.
    Esp,
    /// L2TP messages.
    L2tp,
    /// Identities.
    Identities,
    /// Certificates, by number or because one is too long.
    Certificates,
    /// Certification authorities that are asked for.
    Authorities,
    /// How the sides prove their identities.
    Proofs,
    /// EAP messages.
    Eap,
    /// Traffic selectors.
    Selectors,
    /// Offers for data tunnels.
    ChildOffers,
    /// Damaged messages.
    Damage,
    /// Addresses.
    Hosts,
    /// IP packets in fragments.
    Trains,
    /// Pairs of hosts with ESP that belongs to no negotiation.
    Unclaimed,
    /// Messages that would begin a further negotiation.
    Negotiations,
}

impl Kept {
    /// Its name for scripts, and what it is for people.
    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Messages => ("messages", "messages between the first and the last ones"),
            Self::Fragments => ("fragments", "fragments of messages"),
            Self::Items => ("items", "messages with lists that are too long to be read whole"),
            Self::Errors => ("errors", "error notifications"),
            Self::Icmp => ("icmp", "ICMP errors"),
            Self::Esp => ("esp", "ESP or AH SPIs"),
            Self::L2tp => ("l2tp", "L2TP messages"),
            Self::Identities => ("identities", "identities"),
            Self::Certificates => ("certificates", "certificates"),
            Self::Authorities => ("authorities", "names of certification authorities"),
            Self::Proofs => ("proofs", "authentication payloads"),
            Self::Eap => ("eap", "EAP messages"),
            Self::Selectors => ("selectors", "traffic selectors"),
            Self::ChildOffers => ("child-offers", "offers for data tunnels"),
            Self::Damage => ("damage", "damaged places of messages"),
            Self::Hosts => ("hosts", "looks at addresses beyond the first 65,536"),
            Self::Trains => ("trains", "IP packets whose fragments were too far apart"),
            Self::Unclaimed => (
                "unclaimed",
                "packets of ESP between hosts beyond the first 65,536 pairs without IKE",
            ),
            Self::Negotiations => ("negotiations", "messages of further negotiations"),
        }
    }

    /// Its name for scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.texts().0
    }

    /// What it is, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.texts().1
    }
}

/// How much was left out of each list; of most lists, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Omitted(ThinVec<(Kept, u32)>);

impl Omitted {
    /// One more was left out.
    pub(crate) fn add(&mut self, what: Kept) {
        self.add_many(what, 1);
    }

    /// So many more were.
    pub(crate) fn add_many(&mut self, what: Kept, count: u32) {
        match self.0.iter_mut().find(|(known, _)| *known == what) {
            _ if count == 0 => {}
            Some((_, before)) => *before = before.saturating_add(count),
            None => self.0.push((what, count)),
        }
    }

    /// How much of this was left out.
    #[must_use]
    pub fn count(&self, what: Kept) -> u32 {
        self.iter()
            .find(|(known, _)| *known == what)
            .map_or(0, |(_, count)| count)
    }

    /// What was left out, and how much of it.
    pub fn iter(&self) -> impl Iterator<Item = (Kept, u32)> {
        self.0.iter().copied()
    }
}

/// Adds to a list of a few: room for one first, then for four (the messages of an IKEv2 tunnel), ten (of an IKEv1 one), twenty.
pub(in crate::negotiation) fn keep<T>(list: &mut ThinVec<T>, new: T) {
    let len = list.len();
    if len == list.capacity() {
        list.reserve_exact(if len == 0 { 1 } else { 3 + len * 3 / 4 });
    }
    list.push(new);
}

/// Adds to a list that holds at most `most`, and tells whether something was left out. `rank` says how much an entry matters,
/// `alike` which are of one kind. In a full list the entry goes that matters least, and of these one that is neither the first nor
/// the last of its kind, if there is one. Entries stay in the order in which they came.
pub(in crate::negotiation) fn keep_first_and_last<T>(
    list: &mut ThinVec<T>,
    most: usize,
    new: T,
    rank: impl Fn(&T) -> u8,
    alike: impl Fn(&T, &T) -> bool,
) -> bool {
    keep(list, new);
    if list.len() <= most {
        return false;
    }
    let len = list.len();
    let worth = |at: usize, entry: &T| {
        let is_like = |other: &T| alike(entry, other);
        let first = !list.iter().take(at).any(is_like);
        let last = !list.iter().skip(at + 1).any(is_like);
        let newest = at + 1 == len;
        // Of those that are the first of their kind the latest goes, of others the earliest.
        let order = if first { len - at } else { at };
        (rank(entry), u8::from(first) + u8::from(last), newest, order)
    };
    let least = list
        .iter()
        .enumerate()
        .min_by_key(|(at, entry)| worth(*at, entry));
    if let Some((at, _)) = least {
        list.remove(at);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(all: &str, most: usize) -> String {
        let mut list = ThinVec::new();
        let mut omitted = 0;
        for c in all.chars() {
            // Digits matter most, capitals least.
            let rank = |c: &char| match c {
                '0'..='9' => 2,
                'A'..='Z' => 0,
                _ => 1,
            };
            let alike = |a: &char, b: &char| a == b;
            omitted += usize::from(keep_first_and_last(&mut list, most, c, rank, alike));
        }
        assert_eq!(omitted, all.len().saturating_sub(most));
        list.into_iter().collect()
    }

    #[test]
    fn the_first_and_the_last_of_each_kind_stay() {
        assert_eq!(kept("abc", 4), "abc");
        // A flood of one kind hides no other, before or behind it.
        assert_eq!(kept("aZZZZZZZZb", 4), "aZZb");
        assert_eq!(kept("xxxxxxxxa", 4), "xxxa");
        assert_eq!(kept("axxxxxxxx", 4), "axxx");
        // Nor does a flood of kinds hide what matters.
        assert_eq!(kept("ABCDEFGHI1", 4), "ABC1");
        assert_eq!(kept("1ABCDEFGHI", 4), "1ABI");
        assert_eq!(kept("abcdefghi", 4), "abci");
    }

    #[test]
    fn what_was_left_out_is_counted() {
        let mut omitted = Omitted::default();
        omitted.add(Kept::Errors);
        omitted.add_many(Kept::Icmp, 0);
        omitted.add_many(Kept::Errors, u32::MAX);
        assert_eq!(omitted.iter().collect::<Vec<_>>(), [(Kept::Errors, u32::MAX)]);
    }
}
