//! A message that comes as IP fragments: as a whole where the host put it together, else by its first one.

use super::tracker::{FrameKind, FrameRecord, Tracker, Train};
use crate::negotiation::store::bounds::Kept;
use crate::packet::Packet;
use crate::wire::frame::{Content, Datagram, FragmentHead, reassembled_udp};

/// The most IP fragment trains remembered.
const MAX_TRAINS: usize = 4096;

impl Tracker {
    pub(super) fn fragment(
        &mut self,
        packet: &Packet<'_>,
        d: &Datagram<'_>,
        id: u32,
        offset: u32,
        _more: bool,
        head: Option<FragmentHead<'_>>,
    ) -> Option<()> {
        let key = (d.source, d.destination, id);
        let whole = packet.reassembled();
        if let Some(Datagram {
            content: Content::Ike { ports, message, .. },
            ..
        }) = whole.and_then(|whole| reassembled_udp(d.source, d.destination, whole))
        {
            self.trains.remove(&key);
            self.ike(packet, d, ports, message, None, false)?;
            let record = self.frames.last_mut()?;
            if offset > 0 && record.kind == FrameKind::Message {
                record.kind = FrameKind::Fragment;
            }
            return Some(());
        }
        if offset == 0 {
            let head = head?;
            self.ike(packet, d, head.ports, head.message, Some(head.offset), true)?;
            let record = self.frames.last_mut()?;
            let of = (record.stream, record.event);
            self.begin_train(key, of);
            return Some(());
        }
        let &(stream, event) = self.trains.get(&key)?;
        let n = self.negotiations.get_mut(stream as usize)?;
        let (exchange, position, from) = n.event(event).map(|e| (e.exchange, e.position, e.from))?;
        self.record(FrameRecord {
            frame: packet.frame,
            stream,
            event,
            kind: FrameKind::Fragment,
            from,
            exchange,
            position,
        })
    }

    /// Remembers to which message the fragments of a packet belong. Most are complete soon: the oldest gives way.
    fn begin_train(&mut self, key: Train, of: (u32, u32)) {
        if self.trains.insert(key, of).is_some() {
            return;
        }
        self.begun.push_back(key);
        while self.begun.len() > MAX_TRAINS {
            let oldest = self.begun.pop_front();
            if oldest.is_some_and(|oldest| self.trains.remove(&oldest).is_some()) {
                self.omitted.add(Kept::Trains);
            }
        }
    }
}
