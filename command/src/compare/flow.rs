//! What became of all that one end sent by one carrier.

use std::collections::BTreeMap;

use super::end::Carrier;
use super::path::{Fate, Path, Side};

/// What was sent one way by one carrier.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    pub(super) sent: u32,
    pub(super) arrived: u32,
    pub(super) changed: u32,
    pub(super) lost: u32,
    pub(super) doubled: u32,
    /// When the last one was sent that arrived, and the first one that was lost.
    last_arrived: Option<i64>,
    pub(super) first_lost: Option<i64>,
    /// The longest frame that arrived, and the shortest that was lost.
    pub(super) longest_arrived: u32,
    shortest_lost: Option<u32>,
}

impl Flow {
    /// What became of them, completing "UDP 500: ...".
    pub(super) fn sentence(&self) -> String {
        let Self {
            sent, arrived, lost, ..
        } = *self;
        let mut sentence = match (arrived, lost) {
            (_, 0) if sent == 1 => "the one packet arrives".to_owned(),
            (_, 0) => format!("all {sent} packets arrive"),
            (0, 1) => "the one packet is lost".to_owned(),
            (0, _) => format!("nothing arrives: all {lost} packets are lost"),
            _ if lost > 1 && self.last_arrived < self.first_lost => {
                format!("{arrived} of {sent} arrived, then nothing more: the last {lost} are lost")
            }
            (_, 1) => format!("1 of {sent} is lost"),
            _ if self.shortest_lost > Some(self.longest_arrived) => {
                let longest = self.longest_arrived;
                format!("{lost} of {sent} are lost: all longer than {longest} bytes")
            }
            _ => format!("{lost} of {sent} are lost"),
        };
        for (count, what) in [
            (self.changed, "changed on the way"),
            (self.doubled, "doubled on the way"),
        ] {
            if count > 0 {
                sentence += &format!(", {count} {what}");
            }
        }
        sentence
    }
}

/// All flows, by way and carrier.
pub(super) fn flows(path: &Path) -> BTreeMap<(Side, Carrier), Flow> {
    let mut flows: BTreeMap<_, Flow> = BTreeMap::new();
    for sent in &path.sent {
        let Some(packet) = path.packet(sent.by, sent.packet) else {
            continue;
        };
        let flow = flows.entry((sent.by, packet.carrier)).or_default();
        flow.sent += 1;
        flow.doubled += sent.doubled;
        match sent.fate {
            Fate::Lost => {
                flow.lost += 1;
                flow.first_lost = flow.first_lost.or(Some(sent.time));
                let shortest = flow.shortest_lost.unwrap_or(u32::MAX);
                flow.shortest_lost = Some(shortest.min(packet.length));
            }
            Fate::Arrived(_) | Fate::Changed(_) => {
                flow.arrived += 1;
                flow.changed += u32::from(matches!(sent.fate, Fate::Changed(_)));
                flow.last_arrived = flow.last_arrived.max(Some(sent.time));
                flow.longest_arrived = flow.longest_arrived.max(packet.length);
            }
        }
    }
    flows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_told_by_what_its_losses_have_in_common() {
        let flow = |arrived, lost, last_arrived, first_lost, longest_arrived, shortest_lost| Flow {
            sent: arrived + lost,
            arrived,
            lost,
            last_arrived,
            first_lost,
            longest_arrived,
            shortest_lost,
            ..Flow::default()
        };
        for (flow, expected) in [
            (flow(1, 0, Some(1), None, 90, None), "the one packet arrives"),
            (flow(3, 0, Some(1), None, 90, None), "all 3 packets arrive"),
            (flow(0, 1, None, Some(1), 0, Some(90)), "the one packet is lost"),
            (
                flow(0, 4, None, Some(1), 0, Some(90)),
                "nothing arrives: all 4 packets are lost",
            ),
            (
                flow(3, 4, Some(5), Some(6), 90, Some(90)),
                "3 of 7 arrived, then nothing more: the last 4 are lost",
            ),
            (
                flow(3, 4, Some(7), Some(6), 90, Some(1200)),
                "4 of 7 are lost: all longer than 90 bytes",
            ),
            (flow(3, 4, Some(7), Some(6), 90, Some(90)), "4 of 7 are lost"),
            (flow(3, 1, Some(5), Some(6), 90, Some(90)), "1 of 4 is lost"),
        ] {
            assert_eq!(flow.sentence(), expected);
        }
    }
}
