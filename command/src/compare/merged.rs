//! A capture that was merged of those at both ends, taken apart again.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ikewhy_sources::Packet;

use super::end::{End, open};
use crate::trouble::shown;

/// LINKTYPE_ETHERNET.
const ETHERNET: i32 = 1;

/// Reads a capture that was merged of two: interfaces tell them apart; where it knows only one, the segments of the network do.
pub(super) fn split(path: &Path) -> Result<(End, End), String> {
    let mut interfaces = BTreeSet::new();
    let mut segments = Segments::default();
    let mut capture = open(path)?;
    while let Some(packet) = capture.next_packet() {
        if interfaces.len() <= 2 {
            interfaces.insert(packet.interface);
        }
        segments.learn(&packet);
    }
    let by_interface = interfaces.len() == 2;
    if !by_interface && segments.count() != 2 {
        return Err(format!(
            "{}: no two ends can be told apart in it; `mergecap -I none -w merged.pcapng client.pcap server.pcap` keeps their \
             interfaces, or give both captures",
            shown(path)
        ));
    }

    let [mut one, mut other] =
        ["first", "second"].map(|end| End::new(format!("the {end} in {}", shown(path))));
    let mut first = None;
    let mut capture = open(path)?;
    while let Some(packet) = capture.next_packet() {
        let place = if by_interface {
            Some(packet.interface)
        } else {
            segments.of(&packet)
        };
        let Some(place) = place else {
            continue;
        };
        let end = if place == *first.get_or_insert(place) {
            &mut one
        } else {
            &mut other
        };
        end.push(&packet.for_engine());
    }
    one.damage = capture.damage().map(ToString::to_string);
    Ok((one, other))
}

type Mac = [u8; 6];

/// Segments of an Ethernet: stations that speak with each other.
#[derive(Debug, Default)]
struct Segments {
    numbers: HashMap<Mac, u32>,
}

impl Segments {
    /// The stations of a frame are in one segment; those of a group are nobody.
    fn learn(&mut self, packet: &Packet<'_>) {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let [to, from] = stations(packet);
        let known = |mac: Option<Mac>, all: &HashMap<Mac, u32>| mac.and_then(|mac| all.get(&mac).copied());
        let (a, b) = (known(to, &self.numbers), known(from, &self.numbers));
        let number = a.or(b).unwrap_or(next);
        if let (Some(a), Some(b)) = (a, b)
            && a != b
        {
            self.numbers
                .values_mut()
                .filter(|other| **other == b)
                .for_each(|other| *other = a);
        }
        for mac in [to, from].into_iter().flatten() {
            self.numbers.insert(mac, number);
        }
    }

    fn count(&self) -> usize {
        self.numbers.values().collect::<BTreeSet<_>>().len()
    }

    fn of(&self, packet: &Packet<'_>) -> Option<u32> {
        let mut stations = stations(packet).into_iter().flatten();
        stations.find_map(|mac| self.numbers.get(&mac).copied())
    }
}

/// Receiver and sender of a frame, if they are single stations.
fn stations(packet: &Packet<'_>) -> [Option<Mac>; 2] {
    let is_station = |mac: &Mac| mac.first().is_some_and(|first| first & 1 == 0);
    let mac = |at: usize| packet.data.get(at..)?.first_chunk().copied().filter(is_station);
    if packet.link_type == ETHERNET {
        [mac(0), mac(6)]
    } else {
        [None, None]
    }
}
