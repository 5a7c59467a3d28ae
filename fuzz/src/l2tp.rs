//! A UDP payload of port 1701.

use ikewhy::wire::l2tp::{Body, Message};

/// The attribute that is pointed at lies inside.
pub fn check(data: &[u8]) {
    let Some(message) = Message::parse(data) else {
        return;
    };
    let _ = message.is_request();
    if let Body::Control {
        reason: Some(reason), ..
    } = message.body
    {
        assert!(reason.span.offset as usize + reason.span.len as usize <= data.len());
        assert!(reason.text.len() <= reason.span.len as usize);
    }
}
