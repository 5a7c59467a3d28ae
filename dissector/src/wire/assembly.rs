//! Messages put together from IKE fragments (RFC 7383 2.6; [MS-IKEE] 3.1.5.2 for those of Cisco and Microsoft).

use thin_vec::ThinVec;

/// The largest message, as that of UDP.
const MAX_MESSAGE: usize = 65_536;
/// The most fragments of one message.
const MAX_PARTS: u16 = 64;
/// The most messages of one negotiation at a time: one of each side, and one that never came whole.
const MAX_MESSAGES: usize = 3;

/// Messages of which fragments are still to come, told apart by what the caller knows of them; `MOST` at a time, of which the
/// oldest gives way.
#[derive(Debug)]
pub(crate) struct Assemblies<Of, const MOST: usize = MAX_MESSAGES>(ThinVec<Assembly<Of>>);

impl<Of, const MOST: usize> Default for Assemblies<Of, MOST> {
    fn default() -> Self {
        Self(ThinVec::new())
    }
}

/// A copy of a negotiation is made for a report, and takes no packets: what is still to be put together is not copied.
impl<Of, const MOST: usize> Clone for Assemblies<Of, MOST> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// One of them.
#[derive(Debug)]
struct Assembly<Of> {
    of: Of,
    /// Known from the start (IKEv2), or once the last one came (IKEv1).
    total: Option<u16>,
    /// Fragments by their numbers, in order.
    parts: ThinVec<(u16, Box<[u8]>)>,
}

impl<Of: PartialEq, const MOST: usize> Assemblies<Of, MOST> {
    /// Takes fragment `number` of the message `of` a message; gives the message once all are here.
    pub(crate) fn take(
        &mut self,
        of: Of,
        number: u16,
        total: Option<u16>,
        content: &[u8],
    ) -> Option<Vec<u8>> {
        let list = &mut self.0;
        let at = list.iter().position(|a| a.of == of).unwrap_or_else(|| {
            if list.len() >= MOST {
                list.remove(0);
            }
            list.push(Assembly {
                of,
                total: None,
                parts: ThinVec::new(),
            });
            list.len() - 1
        });
        let assembly = list.get_mut(at)?;
        assembly.total = total.or(assembly.total);
        if !(1..=MAX_PARTS).contains(&number) {
            return None;
        }
        let held: usize = assembly.parts.iter().map(|(_, part)| part.len()).sum();
        if held + content.len() <= MAX_MESSAGE {
            match assembly.parts.binary_search_by_key(&number, |(its, _)| *its) {
                Ok(at) => assembly.parts.get_mut(at)?.1 = content.into(),
                Err(at) => assembly.parts.insert(at, (number, content.into())),
            }
        }
        // Numbers differ, and none is above the last: so many are all of them.
        let last = assembly.parts.last().map(|(number, _)| *number);
        let whole = assembly
            .total
            .is_some_and(|total| last == Some(total) && assembly.parts.len() == usize::from(total));
        whole.then(|| {
            let parts = list.remove(at).parts;
            parts.iter().flat_map(|(_, part)| part.iter().copied()).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_of_two_messages_come_in_any_order() {
        let mut all = Assemblies::<u32>::default();
        assert_eq!(all.take(1, 2, Some(2), b"b"), None);
        assert_eq!(all.take(2, 1, None, b"c"), None);
        assert_eq!(all.take(1, 1, None, b"a"), Some(b"ab".to_vec()));
        assert_eq!(all.take(2, 3, Some(3), b"e"), None);
        assert_eq!(all.take(2, 2, None, b"d"), Some(b"cde".to_vec()));
        assert_eq!(all.take(3, 0, Some(1), b"x"), None);
        assert_eq!(all.take(4, u16::MAX, Some(u16::MAX), b"x"), None);
        assert!(all.0.len() <= MAX_MESSAGES);
    }
}
