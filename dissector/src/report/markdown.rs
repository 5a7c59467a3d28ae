//! The report as Markdown, as tickets and forums take it (CommonMark with tables). Text of the capture cannot format it.

use std::fmt::Write as _;

use super::ladder;
use super::section::{Plan, Section};

/// Text that stays text.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            // No link, no mention of a user.
            '@' => out.push_str("&#64;"),
            _ => out.push(c),
        }
    }
    out.replace("://", "&#58;//")
}

/// What stands above all negotiations.
pub(crate) fn head(plan: &Plan) -> String {
    let mut out = format!("# IPsec negotiations\n\n{}\n", escape(&plan.head()));
    for line in &plan.unread {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\n**{}**", escape(line));
    }
    out
}

/// What stands below them.
pub(crate) fn tail(out: &mut String, lines: &[String]) {
    for line in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\n*{}*", escape(line));
    }
}

/// One negotiation.
pub(crate) fn one(out: &mut String, section: &Section) {
    let _ = writeln!(
        out,
        "\n## {}\n\n**{}**\n",
        escape(&section.title()),
        escape(&section.verdict.summary)
    );
    for (label, texts) in section.rows() {
        match texts.as_slice() {
            [one] => {
                let _ = writeln!(out, "* **{label}:** {}", escape(one));
            }
            several => {
                let _ = writeln!(out, "* **{label}:**");
                for text in several {
                    let _ = writeln!(out, "  * {}", escape(text));
                }
            }
        }
    }
    if let Some(c) = &section.comparison {
        let [initiator, responder] = section.peers.each_ref().map(|p| escape(p));
        if c.rows.is_empty() {
            let _ = writeln!(
                out,
                "\n{initiator} offered this; the list of {responder} is not in the capture:\n"
            );
        } else {
            let _ = writeln!(
                out,
                "\n| | {initiator} | {responder} ({}) |\n|---|---|---|",
                escape(&c.origin)
            );
        }
        for row in &c.rows {
            let cell = |text: &str| {
                let text = escape(text);
                if row.differs { format!("**{text}**") } else { text }
            };
            let _ = writeln!(
                out,
                "| {} | {} | {} |",
                cell(row.attribute),
                cell(&row.offered),
                cell(&row.wanted)
            );
        }
        let (others, more) = Section::others(c);
        if !others.is_empty() && !c.rows.is_empty() {
            out.push_str("\nAlso offered:\n\n");
        }
        for other in others {
            let _ = writeln!(out, "* {}", escape(&other));
        }
        if more > 0 {
            let _ = writeln!(out, "* and {more} more");
        }
    }
    // A fence longer than any run of backticks that could stand in it.
    let _ = writeln!(out, "\n````text\n{}", section.ladder.0);
    for line in &section.ladder.1 {
        let _ = writeln!(out, "{}", line.replace('`', "'"));
    }
    if section.more_rows > 0 {
        let _ = writeln!(out, "... and {} more", section.more_rows);
    }
    if let Some(legend) = ladder::legend(&section.rows, ladder::IN_TEXT) {
        let _ = writeln!(out, "{legend}");
    }
    out.push_str("````\n");
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_of_the_capture_stays_text() {
        assert_eq!(
            escape("<img src=x> **a** [b](http://c) @d |"),
            "\\<img src=x\\> \\*\\*a\\*\\* \\[b\\](http&#58;//c) &#64;d \\|"
        );
    }
}
