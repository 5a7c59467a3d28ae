//! An IKE message, or with an odd first byte the payloads of a decrypted one: type of the first payload, version, bytes.

use ikewhy::wire::Span;
use ikewhy::wire::message::{Body, Defect, MAX_ITEMS, Message, Payload};

/// Every span lies inside, payloads follow each other, and no list is longer than promised.
pub fn check(data: &[u8]) {
    match data {
        [choice, first, version, bytes @ ..] if choice & 1 != 0 => {
            let (payloads, defects) = Message::parse_payloads(*first, 1 + (version & 1), bytes);
            laws(bytes, &payloads, &defects);
        }
        [_, bytes @ ..] => {
            if let Some(message) = Message::parse(bytes) {
                laws(bytes, &message.payloads, &message.defects);
                assert_eq!(message.captured as usize, bytes.len());
                assert_eq!(Message::parse(bytes), Some(message));
            }
        }
        [] => {}
    }
}

fn laws(bytes: &[u8], payloads: &[Payload<'_>], defects: &[Defect]) {
    let inside = |span: Span| {
        let end = span.offset as usize + span.len as usize;
        assert!(end <= bytes.len(), "{span:?} in {} bytes", bytes.len());
    };
    assert!(payloads.len() <= MAX_ITEMS);
    let mut end = 0;
    for payload in payloads {
        inside(payload.span);
        assert!(payload.span.offset >= end);
        end = payload.span.offset + payload.span.len;
        match &payload.body {
            Body::SecurityAssociation { proposals, .. } => {
                assert!(proposals.len() <= MAX_ITEMS);
                for proposal in proposals {
                    inside(proposal.span);
                    assert!(proposal.transforms.len() <= MAX_ITEMS);
                    for transform in &proposal.transforms {
                        inside(transform.span);
                        assert!(transform.attributes().count() <= MAX_ITEMS);
                        for attribute in transform.attributes() {
                            inside(attribute.span);
                            let _ = attribute.number();
                        }
                    }
                }
            }
            Body::Configuration { attributes, .. } | Body::ModeConfig { attributes, .. } => {
                attributes.iter().for_each(|attribute| inside(attribute.span));
                assert!(attributes.len() <= MAX_ITEMS);
            }
            Body::TrafficSelectors(selectors) => assert!(selectors.len() <= MAX_ITEMS),
            Body::Notify { kind_span, .. } => inside(*kind_span),
            _ => {}
        }
    }
    let mut place = 0;
    for defect in defects {
        inside(defect.at);
        assert!(defect.at.offset >= place, "defects out of order");
        place = defect.at.offset;
    }
}
