//! Text from a packet or a file as it may be shown: nothing in it moves, hides or breaks what stands around it.

/// Shows nothing, or changes how the text around it is shown: control characters, marks of direction, and what Unicode calls
/// ignorable by default (DerivedCoreProperties.txt, Default_Ignorable_Code_Point) or blank without being a space.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The text with an escape (`\u{200b}`) for each character that is hidden.
#[must_use]
pub fn shown(text: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    for c in text {
        if is_hidden(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// The same of bytes that should be UTF-8; what is none becomes U+FFFD.
#[must_use]
pub fn shown_bytes(bytes: &[u8]) -> String {
    shown(String::from_utf8_lossy(bytes).chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        for (text, expected) in [
            ("O'Brien, \"Möbius\" \\, 東京", "O'Brien, \"Möbius\" \\, 東京"),
            ("a\0\n\x1b[31m\x7f", "a\\u{0}\\n\\u{1b}[31m\\u{7f}"),
            ("x\u{202e}y\u{3164}z\u{feff}", "x\\u{202e}y\\u{3164}z\\u{feff}"),
        ] {
            assert_eq!(shown(text.chars()), expected);
        }
    }
}
