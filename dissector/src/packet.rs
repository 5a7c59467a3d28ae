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
    /// Captured bytes of the frame.
    pub data: &'a [u8],
    /// Length of the frame on the wire.
    pub original_length: u32,
    /// Where the host found the innermost IP header in `data`, if it can tell.
    pub ip_hint: Option<u32>,
    /// The host found ISAKMP in this frame, whatever its ports say (true), or something else (false); `None` if the host does
    /// not tell.
    pub known_ike: Option<bool>,
    /// Further bytes the host made from this frame and earlier ones: reassembled or decrypted.
    pub derived: &'a [Derived<'a>],
}

impl<'a> Packet<'a> {
    /// The IP datagram that the host put together, of which this packet holds a fragment.
    #[must_use]
    pub fn reassembled(&self) -> Option<&'a [u8]> {
        let whole = self
            .derived
            .iter()
            .find(|made| made.kind == DerivedKind::ReassembledIp);
        whole.map(|made| made.data)
    }
}

/// What a host made, whatever it calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerivedKind {
    /// The plaintext of an IKEv1 message.
    DecryptedV1,
    /// The plaintext of an IKEv2 message, of one of its fragments, or of ESP: Wireshark has one name for them. The packet tells.
    Decrypted,
    /// An IKEv1 message, from its fragments.
    ReassembledV1,
    /// The plaintext of an IKEv2 message, from that of its fragments, which are put together here as well.
    ReassembledV2,
    /// What an IP datagram carries, from its fragments.
    ReassembledIp,
}

/// Bytes a host made: Wireshark's data sources after the first.
#[derive(Clone, Copy, Debug)]
pub struct Derived<'a> {
    /// What they are.
    pub kind: DerivedKind,
    /// The bytes.
    pub data: &'a [u8],
}
