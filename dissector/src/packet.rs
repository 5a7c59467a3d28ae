//! A captured packet, and what its host derived from it.

/// One captured frame, as the host has it.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Frame number in the capture, from 1.
    pub frame: u32,
    /// Capture time, nanoseconds since 1970.
    pub time: i64,
    /// Capture interface.
    pub interface: u32,
    /// Link type, a LINKTYPE_ value.
    pub link_type: i32,
    /// Captured octets of the frame.
    pub data: &'a [u8],
    /// Length of the frame on the wire.
    pub original_length: u32,
    /// Where the host found the innermost IP header in `data`, if it can tell.
    pub ip_hint: Option<u32>,
    /// The host found ISAKMP in this frame, whatever its ports say (true), or something else (false); `None` if the host does
    /// not tell.
    pub known_ike: Option<bool>,
    /// Further octets the host made from this frame and earlier ones: reassembled or decrypted.
    pub derived: &'a [Derived<'a>],
}

impl<'a> Packet<'a> {
    /// The IP datagram that the host put together, of which this packet holds a fragment.
    #[must_use]
    pub fn reassembled(&self) -> Option<&'a [u8]> {
        let whole = self
            .derived
            .iter()
            .find(|made| made.name.starts_with(REASSEMBLED_IP));
        whole.map(|made| made.data)
    }
}

/// What Wireshark calls the plaintext of IKEv1.
pub const DECRYPTED_V1: &str = "Decrypted IKE";
/// What it calls that of IKEv2 and of ESP.
pub const DECRYPTED: &str = "Decrypted Data";
/// What it calls a message put together from IKEv1 fragments.
pub const REASSEMBLED_V1: &str = "Reassembled ISAKMP";
/// What it calls a datagram put together from IP fragments, and then `v4` or `v6`.
pub const REASSEMBLED_IP: &str = "Reassembled IP";

/// Octets a host made: Wireshark's data sources after the first.
#[derive(Clone, Copy, Debug)]
pub struct Derived<'a> {
    /// The host's name for them ("Reassembled IPv4", "Decrypted IKE", ...; what follows in brackets is ignored).
    pub name: &'a str,
    /// The octets.
    pub data: &'a [u8],
}
