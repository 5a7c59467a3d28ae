//! What every answer promises: texts that cannot format what shows them, trees that a host can draw, spans inside their
//! frame.

use ikewhy::report::field::{FIELDS, FieldId, FieldType};
use ikewhy::report::item::{Item, Value};
use ikewhy::rules::RULES;

/// Does this character change how the text around it is shown, or show nothing? (Unicode: category Cc, those of Cf that have no
/// picture, and Default_Ignorable_Code_Point.)
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// One line.
pub fn line(text: &str) {
    let hidden = text.chars().find(|&c| is_hidden(c));
    assert!(hidden.is_none(), "{hidden:?} in {text:?}");
}

/// Several lines, as the report is.
pub fn lines(text: &str) {
    text.split('\n').for_each(line);
}

/// A frame's tree. `length` is what the frame has on the wire.
pub fn tree(items: &[Item], length: usize) {
    below(items, length);
    assert!(items.is_empty() || count(items, FieldId::Root) == 1);
}

/// What a frame raises, flat and without a root. `length` is what the frame has on the wire.
pub fn expert_items(items: &[Item], length: usize) {
    below(items, length);
    assert!(items.iter().all(|item| item.depth == 0));
    assert_eq!(count(items, FieldId::Root), 0);
}

/// Items as they stand one below the other.
fn below(items: &[Item], length: usize) {
    let mut depth = None::<u8>;
    for item in items {
        assert!(
            item.depth <= depth.map_or(0, |above| above + 1),
            "an item of depth {} below one of {depth:?}",
            item.depth
        );
        depth = Some(item.depth);
        let field = &FIELDS[item.field as usize];
        let fits = match (&item.value, field.kind) {
            (Value::None, FieldType::Protocol | FieldType::Group)
            | (Value::Uint(_), FieldType::Uint | FieldType::Frame(_))
            | (Value::Text(_), FieldType::Text)
            | (Value::Duration(_), FieldType::Duration) => true,
            (Value::Double(number), FieldType::Double) => number.is_finite(),
            _ => false,
        };
        assert!(fits, "{:?} is no {:?}", item.value, field.kind);
        if let Value::Text(text) = &item.value {
            line(text);
        }
        if let Some(label) = &item.label {
            line(label);
        }
        if let Some(span) = item.span {
            let end = u64::from(span.offset) + u64::from(span.len);
            assert!(
                end <= length as u64,
                "{:?}: {span:?} in {length} bytes",
                item.field
            );
        }
        if let Some(rule) = item.expert {
            assert!(usize::from(rule) < RULES.len());
        }
    }
    let verdicts = count(items, FieldId::Verdict);
    assert!(verdicts <= 1);
    for item in items
        .iter()
        .filter(|item| item.field == FieldId::VerdictConfidence)
    {
        let Value::Double(confidence) = item.value else {
            panic!("{item:?}")
        };
        assert!((0.0..=1.0).contains(&confidence), "{confidence}");
    }
}

/// How many items of this field there are.
#[must_use]
pub fn count(items: &[Item], field: FieldId) -> usize {
    items.iter().filter(|item| item.field == field).count()
}

/// The verdict in a tree.
#[must_use]
pub fn verdict(items: &[Item]) -> Option<&str> {
    items.iter().find_map(|item| match (&item.value, item.field) {
        (Value::Text(text), FieldId::Verdict) => Some(text.as_str()),
        _ => None,
    })
}
