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

/// Octets a host made: Wireshark's data sources after the first.
#[derive(Clone, Copy, Debug)]
pub struct Derived<'a> {
    /// The host's name for them ("Reassembled IPv4", "Decrypted IKE", ...; what follows in brackets is ignored).
    pub name: &'a str,
    /// The octets.
    pub data: &'a [u8],
}
