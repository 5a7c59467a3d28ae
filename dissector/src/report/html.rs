//! The report as one HTML page that needs nothing else: no scripts, no fonts, no links to anywhere. The ladder is drawn in SVG.
//! All text is escaped.

use std::fmt::Write as _;

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::ladder::{Row, Stroke};
use super::section::{Plan, Section};
use crate::negotiation::Role;

/// How it looks: also on a phone, on paper, and where the reader prefers dark pages.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5a6675;--line:#d4dae2;--page:#fff;--box:#f5f7fa;--bad:#b3261e;--good:#1b6e3c;--open:#7a5b00;--mark:#fde9e7}
@media(prefers-color-scheme:dark){:root{--ink:#e4e9f0;--soft:#9aa7b8;--line:#38424f;--page:#14181e;--box:#1c222b;--bad:#ff8a80;--good:#7fd6a0;--open:#e6c35c;--mark:#4a2422}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1.5rem 1rem 3rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1rem;font-weight:600;color:var(--soft);margin:0}h3{font-size:1rem;margin:1.25rem 0 .5rem}
p{margin:.25rem 0}
article{border:1px solid var(--line);border-left:.4rem solid var(--tone);border-radius:.4rem;padding:1rem;margin:1.25rem 0;background:var(--page)}
.failed{--tone:var(--bad)}.up{--tone:var(--good)}.open,.probe{--tone:var(--open)}
.summary{font-size:1.2rem;font-weight:600;margin:.35rem 0 .75rem}
.verdict{color:var(--tone);font-weight:600}
dl{display:grid;grid-template-columns:9.5rem 1fr;gap:.4rem 1rem;margin:0}
dt{color:var(--soft)}dd{margin:0}dd p:first-child{margin-top:0}
.change{background:var(--box);border-radius:.4rem;padding:.5rem .75rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600}tr.differs td{background:var(--mark);font-weight:600}
td:first-child{white-space:nowrap;overflow-wrap:normal}
tr.differs td:first-child::before{content:'\\2260\\00a0'}
ul{margin:.25rem 0;padding-left:1.25rem}
svg{display:block;width:100%;min-width:40rem;height:auto}
svg text{font:13px system-ui,sans-serif;fill:var(--ink)}svg .soft{fill:var(--soft);font-size:12px}
svg line{stroke:var(--ink);stroke-width:1.5}svg .side{stroke:var(--line);stroke-width:2}svg .encrypted{stroke-dasharray:6 3}
svg .error{stroke:var(--bad)}svg text.error{fill:var(--bad)}svg path{fill:var(--ink)}svg path.error{fill:var(--bad)}
footer,.legend{color:var(--soft);font-size:.9rem}
@media(max-width:40rem){dl{grid-template-columns:1fr;gap:.1rem}dd{margin-bottom:.6rem}.change{padding:.5rem}}
@media print{article{break-inside:avoid}}";

/// Text that stays text, in an element or a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// What stands above all negotiations.
pub(crate) fn head(plan: &Plan) -> String {
    let head = escape(&plan.head());
    let unread: String = (plan.unread.iter())
        .map(|line| format!("<p><strong>{}</strong></p>\n", escape(line)))
        .collect();
    let style = format!("\n{STYLE}\n");
    // A browser takes this one style and nothing else, whatever text should ever get past `escape` (CSP 3, 6.7.3.2).
    let only = Base64::encode_string(&Sha256::digest(&style));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{only}'\">\n\
         <title>IPsec negotiations: {head}</title>\n<style>{style}</style>\n</head>\n<body>\n<h1>IPsec negotiations</h1>\n\
         <p>{head}</p>\n{unread}"
    )
}

/// What stands below them.
pub(crate) fn tail(out: &mut String, lines: &[String]) {
    out.push_str("<footer>\n");
    for line in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "<p>{}</p>", escape(line));
    }
    let _ = writeln!(out, "<p>Written by ikewhy {}.</p>", env!("CARGO_PKG_VERSION"));
    out.push_str("</footer>\n</body>\n</html>\n");
}

/// One negotiation.
pub(crate) fn one(out: &mut String, section: &Section) {
    let _ = writeln!(
        out,
        "<article class=\"{}\" id=\"negotiation-{}\">\n<h2>{}</h2>\n<p class=\"summary\">{}</p>\n<dl>",
        section.verdict.rule.class.state(),
        section.stream,
        escape(&section.title()),
        escape(&section.verdict.summary)
    );
    for (label, texts) in section.rows() {
        let class = match label {
            "Verdict" => " class=\"verdict\"",
            "What to change" => " class=\"change\"",
            _ => "",
        };
        let paragraphs: String = texts.iter().map(|t| format!("<p>{}</p>", escape(t))).collect();
        let _ = writeln!(out, "<dt>{label}</dt><dd{class}>{paragraphs}</dd>");
    }
    out.push_str("</dl>\n");
    compared(out, section);
    ladder(out, section);
    out.push_str("</article>\n");
}

fn compared(out: &mut String, section: &Section) {
    let Some(c) = &section.comparison else { return };
    let [initiator, responder] = section.peers.each_ref().map(|p| escape(p));
    let heading = if c.agrees() {
        "What both sides agreed on"
    } else {
        "Comparison of both sides"
    };
    let _ = writeln!(out, "<h3>{heading}</h3>");
    if c.rows.is_empty() {
        let _ = writeln!(
            out,
            "<p>{initiator} offered this; the list of {responder} is not in the capture:</p>"
        );
    } else {
        let _ = writeln!(
            out,
            "<div class=\"wide\"><table>\n<tr><th></th><th>{initiator}</th><th>{responder} ({})</th></tr>",
            escape(&c.origin)
        );
        for row in &c.rows {
            let class = if row.differs { " class=\"differs\"" } else { "" };
            let _ = writeln!(
                out,
                "<tr{class}><td>{}</td><td>{}</td><td>{}</td></tr>",
                row.attribute,
                escape(&row.offered),
                escape(&row.wanted)
            );
        }
        out.push_str("</table></div>\n");
    }
    let (others, more) = Section::others(c);
    if others.is_empty() {
        return;
    }
    if !c.rows.is_empty() {
        out.push_str("<p>Also offered:</p>\n");
    }
    out.push_str("<ul>\n");
    for other in others {
        let _ = writeln!(out, "<li>{}</li>", escape(&other));
    }
    if more > 0 {
        let _ = writeln!(out, "<li>and {more} more</li>");
    }
    out.push_str("</ul>\n");
}

/// How wide the ladder is, where the two sides stand, how high a row is, and the letters that have room above a side.
const WIDTH: u32 = 880;
const ROOM: usize = 22;
const LEFT: u32 = 90;
const RIGHT: u32 = 790;
const ROW: u32 = 44;
const TOP: u32 = 34;

fn ladder(out: &mut String, section: &Section) {
    let height = TOP + ROW * u32::try_from(section.rows.len()).unwrap_or(0) + 8;
    // A long address of IPv6 would not have room above the middle of its line.
    let label = |address: &str, line: u32, (edge, anchor): (u32, &str)| {
        let (x, anchor) = if address.len() > ROOM {
            (edge, anchor)
        } else {
            (line, "middle")
        };
        format!(
            "<text x=\"{x}\" y=\"16\" text-anchor=\"{anchor}\">{}</text>",
            escape(address)
        )
    };
    let [initiator, responder] = &section.peers;
    let _ = writeln!(
        out,
        "<h3>Timeline</h3>\n<div class=\"wide\"><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Ladder diagram of \
         the messages\">\n{}{}\n\
         <line class=\"side\" x1=\"{LEFT}\" y1=\"24\" x2=\"{LEFT}\" y2=\"{height}\"/>\
         <line class=\"side\" x1=\"{RIGHT}\" y1=\"24\" x2=\"{RIGHT}\" y2=\"{height}\"/>",
        label(initiator, LEFT, (0, "start")),
        label(responder, RIGHT, (WIDTH, "end")),
    );
    for (row, at) in section.rows.iter().zip(0..) {
        draw(out, row, TOP + ROW * at + 24);
    }
    out.push_str("</svg></div>\n");
    if section.more_rows > 0 {
        let _ = writeln!(out, "<p>... and {} more</p>", section.more_rows);
    }
    if section.rows.iter().any(|r| r.stroke == Stroke::Encrypted) {
        out.push_str("<p class=\"legend\">Dashed: encrypted.</p>\n");
    }
}

fn draw(out: &mut String, row: &Row, y: u32) {
    let class = match row.stroke {
        Stroke::Clear => "clear",
        Stroke::Encrypted => "encrypted",
        Stroke::Error => "error",
    };
    // The line ends inside the arrow's head.
    let (from, to, head) = match row.from {
        Role::Initiator => (LEFT + 4, RIGHT - 10, [RIGHT - 3, RIGHT - 13]),
        Role::Responder => (RIGHT - 4, LEFT + 10, [LEFT + 3, LEFT + 13]),
    };
    let [tip, back] = head;
    let error = if row.stroke == Stroke::Error {
        " class=\"error\""
    } else {
        ""
    };
    let middle = u32::midpoint(LEFT, RIGHT);
    let _ = writeln!(
        out,
        "<g><text class=\"soft\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.3} s</text>\
         <text{error} x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
         <line class=\"{class}\" x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\"/>\
         <path{error} d=\"M{tip} {y}L{back} {}L{back} {}Z\"/>\
         <text class=\"soft\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">frame {}, {}</text></g>",
        LEFT - 8,
        y + 4,
        row.at,
        y - 6,
        escape(&row.what),
        y - 5,
        y + 5,
        y + 15,
        row.frame,
        escape(&row.details)
    );
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_of_the_capture_stays_text() {
        assert_eq!(
            escape("<script>alert('x')</script> & \"y\""),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;"
        );
    }
}
