//! A captured frame: link type (two bytes), where the host found an IP header (one byte, 255: nowhere), whether it found
//! ISAKMP (one byte), then the frame.

use ikewhy::wire::frame::{Content, Frame};
use ikewhy::wire::message::Message;

/// What is found lies inside the frame.
pub fn check(data: &[u8]) {
    let Some((&[high, low, hint, known], data)) = data.split_first_chunk() else {
        return;
    };
    let frame = Frame {
        link_type: u16::from_be_bytes([high, low]).into(),
        data,
        ip_hint: (hint != 255).then_some(hint.into()),
        known_ike: known & 1 != 0,
    };
    let Some(datagram) = frame.datagram() else { return };
    let inside = |part: &[u8], offset: u32| {
        let offset = offset as usize;
        assert_eq!(data.get(offset..offset + part.len()), Some(part));
    };
    match datagram.content {
        Content::Ike { message, offset, .. } => {
            inside(message, offset);
            let _ = Message::parse(message);
        }
        Content::L2tp { message, offset, .. } => inside(message, offset),
        Content::Fragment { udp: Some(head), .. } => inside(head.message, head.offset),
        Content::Esp { offset, .. } | Content::Ah { offset, .. } | Content::IcmpError { offset, .. } => {
            assert!(offset as usize <= data.len());
        }
        Content::Fragment { .. } | Content::Keepalive { .. } => {}
    }
}
