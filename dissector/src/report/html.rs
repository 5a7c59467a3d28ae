//! The report as one HTML page that needs nothing else: no fonts, no links to anywhere, and one script, which copies what is to be typed.
//! The ladder is drawn in SVG. All text is escaped.

use std::fmt::Write as _;

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::ladder::{self, Row, Stroke};
use super::section::{Plan, Section};
use super::words;
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
dl{margin:0}dl>div{display:grid;grid-template-columns:9.5rem 1fr;column-gap:1rem;margin-bottom:.4rem}
dt{color:var(--soft)}dd{margin:0}dd p:first-child{margin-top:0}
.change{background:var(--box);border-radius:.4rem;padding:.5rem .75rem}
.wide{overflow-x:auto}
pre,code,.example{font:14px/1.4 ui-monospace,monospace}
pre{background:var(--page);border:1px solid var(--line);border-radius:.3rem;padding:.35rem .6rem;margin:.3rem 0;white-space:pre-wrap;flex:1}
.typed{display:flex;gap:.5rem;align-items:flex-start}
button{font:inherit;font-size:.85rem;margin:.3rem 0;padding:.3rem .7rem;border:1px solid var(--line);border-radius:.3rem;color:var(--ink);background:var(--page);cursor:pointer}
nav td:last-child{color:var(--tone);font-weight:600}
figure{margin:0}figcaption{font-weight:600;margin:1.25rem 0 .5rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600}tr.differs td{background:var(--mark);font-weight:600}
th:first-child,td:first-child{white-space:nowrap;overflow-wrap:normal}
tr.differs td:first-child::before{content:'\\2260\\00a0'}
ul{margin:.25rem 0;padding-left:1.25rem}
svg{display:block;width:100%;min-width:40rem;height:auto}
svg text{font:13px system-ui,sans-serif;fill:var(--ink)}svg .soft{fill:var(--soft);font-size:12px}
svg line{stroke:var(--ink);stroke-width:1.5}svg .side{stroke:var(--line);stroke-width:2}svg .encrypted{stroke-dasharray:6 3}
svg .error{stroke:var(--bad)}svg text.error{fill:var(--bad)}svg path{fill:var(--ink)}svg path.error{fill:var(--bad)}
footer,.legend{color:var(--soft);font-size:.9rem}
@media(max-width:40rem){dl>div{grid-template-columns:1fr;row-gap:.1rem}dd{margin-bottom:.6rem}.change{padding:.5rem}nav :is(th,td):nth-child(3){display:none}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--page:#fff;--box:#f2f2f2;--bad:#a00;--good:#060;--open:#640;--mark:#fbe3e1}
body{max-width:none;padding:0;font-size:11pt}button{display:none}dl>div{display:block;margin-bottom:.6rem}dt{font-weight:600}.wide{overflow:visible}svg{min-width:0}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
article{padding:.5rem .75rem;-webkit-box-decoration-break:clone;box-decoration-break:clone}
header,h1,h3,dt{break-after:avoid}header,.part,dl>div,tr,pre,svg,dd p,li{break-inside:avoid}}";

/// Copies what stands beside a button. Without scripts there are no buttons.
const SCRIPT: &str = "\
for(const box of document.querySelectorAll('.typed')){
const pre=box.querySelector('pre'),button=document.createElement('button');
button.type='button';button.textContent='Copy';
button.addEventListener('click',async()=>{
let copied=true;
try{await navigator.clipboard.writeText(pre.textContent)}catch{
const all=document.createRange(),selection=getSelection();
all.selectNodeContents(pre);selection.removeAllRanges();selection.addRange(all);
copied=document.execCommand('copy')}
button.textContent=copied?'Copied':'Selected';setTimeout(()=>{button.textContent='Copy'},1500)});
box.append(button)}";

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
    // A browser takes this one style, this one script and nothing else, whatever text should ever get past `escape` (CSP 3, 6.7.3.2).
    let only = |text: &str| Base64::encode_string(&Sha256::digest(text));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'\">\n\
         <title>IPsec negotiations: {head}</title>\n<style>{style}</style>\n</head>\n<body>\n<h1>IPsec negotiations</h1>\n\
         <p>{head}</p>\n{unread}{}",
        only(&style),
        only(SCRIPT),
        overview(plan)
    )
}

/// Of several negotiations, a row for each, which leads to it.
fn overview(plan: &Plan) -> String {
    let mut out = String::new();
    if plan.overview.len() < 2 {
        return out;
    }
    out.push_str(
        "<nav class=\"wide\"><table>\n<tr><th>Neg.</th><th>Peers</th><th>Start</th><th>Verdict</th></tr>\n",
    );
    for entry in &plan.overview {
        let [initiator, responder] = entry.peers.map(|peer| escape(&peer.to_string()));
        let stream = entry.stream;
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "<tr class=\"{}\"><td><a href=\"#negotiation-{stream}\">{stream}</a></td><td>{initiator} and {responder}</td>\
             <td>{}</td><td>{}</td></tr>",
            entry.state,
            entry.began,
            escape(entry.title)
        );
    }
    out.push_str("</table></nav>\n");
    if let Some(more @ 1..) = plan.shown.len().checked_sub(plan.overview.len()) {
        let _ = writeln!(out, "<p>... and {more} more, further down.</p>");
    }
    out
}

/// What stands below them.
pub(crate) fn tail(out: &mut String, lines: &[String]) {
    out.push_str("<footer>\n");
    for line in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "<p>{}</p>", escape(line));
    }
    let _ = writeln!(out, "<p>Written by ikewhy {}.</p>", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(out, "</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>");
}

/// One negotiation.
pub(crate) fn one(out: &mut String, section: &Section) {
    let _ = writeln!(
        out,
        "<article class=\"{}\" id=\"negotiation-{}\">\n<header><h2>{}</h2>\n<p class=\"summary\">{}</p></header>\n<dl>",
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
        let content = match label {
            "What to change" => changes(section),
            "How to confirm" => confirmation(section),
            _ => texts.iter().map(|text| paragraph(text)).collect(),
        };
        let _ = writeln!(out, "<div><dt>{label}</dt><dd{class}>{content}</dd></div>");
    }
    out.push_str("</dl>\n");
    compared(out, section);
    ladder(out, section);
    out.push_str("</article>\n");
}

/// A paragraph; what stands between backticks is typed.
fn paragraph(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let pairs = parts.len() % 2 == 1;
    let mut out = "<p>".to_owned();
    for (part, number) in parts.iter().zip(0..) {
        let (part, typed) = (escape(part), number % 2 == 1);
        let tick = if number > 0 { "`" } else { "" };
        // Writing to a String cannot fail.
        let _ = match (pairs, typed) {
            (false, _) => write!(out, "{tick}{part}"),
            (true, true) => write!(out, "<code>{part}</code>"),
            (true, false) => write!(out, "{part}"),
        };
    }
    out.push_str("</p>");
    out
}

/// What is to be typed, to be copied whole.
fn typed(line: &str) -> String {
    format!("<div class=\"typed\"><pre>{}</pre></div>", escape(line))
}

/// The steps, each with what is to be typed below it.
fn changes(section: &Section) -> String {
    let steps = &section.verdict.steps;
    let mut out = String::new();
    for (step, number) in steps.iter().zip(1..) {
        let (sentence, example) = step.parted();
        out.push_str(&match steps.len() {
            1 => paragraph(&sentence),
            _ => paragraph(&format!("{number}. {sentence}")),
        });
        if let Some(example) = example {
            // Writing to a String cannot fail.
            let _ = write!(out, "<p class=\"example\">{}</p>", escape(example));
        }
        out.extend(step.lines.iter().map(|line| typed(line)));
    }
    out
}

/// How to confirm, and what is typed for it.
fn confirmation(section: &Section) -> String {
    let (first, more, line) = words::confirm(&section.verdict.next_evidence);
    let said = if more.is_empty() {
        first
    } else {
        format!("{first}. {more}")
    };
    paragraph(&said) + &line.map_or_else(String::new, |line| typed(&line))
}

fn compared(out: &mut String, section: &Section) {
    let Some(c) = &section.comparison else { return };
    let [initiator, responder] = section.peers.each_ref().map(|p| escape(p));
    let heading = if c.agrees() {
        "What both sides agreed on"
    } else {
        "Comparison of both sides"
    };
    let _ = writeln!(out, "<div class=\"part\"><h3>{heading}</h3>");
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
    out.push_str("</div>\n");
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

/// Rows of a drawing: a page of paper has room for one, and a drawing is never broken.
const DRAWN: usize = 16;

fn ladder(out: &mut String, section: &Section) {
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
    out.push_str("<figure>\n");
    for (rows, part) in section.rows.chunks(DRAWN).zip(0..) {
        // The first has both sides' addresses above it, and the others go on below it.
        let top = if part == 0 { TOP } else { 0 };
        let height = top + ROW * u32::try_from(rows.len()).unwrap_or(0);
        // Paper has the title on the page of what it is the title of. Writing to a String cannot fail.
        out.push_str("<div class=\"part wide\">");
        if part == 0 {
            out.push_str("<figcaption>Timeline</figcaption>\n");
        }
        let _ = writeln!(
            out,
            "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Ladder diagram of the messages\">"
        );
        if part == 0 {
            let _ = writeln!(
                out,
                "{}{}",
                label(initiator, LEFT, (0, "start")),
                label(responder, RIGHT, (WIDTH, "end"))
            );
        }
        let begin = if part == 0 { 24 } else { 0 };
        let _ = writeln!(
            out,
            "<line class=\"side\" x1=\"{LEFT}\" y1=\"{begin}\" x2=\"{LEFT}\" y2=\"{height}\"/>\
             <line class=\"side\" x1=\"{RIGHT}\" y1=\"{begin}\" x2=\"{RIGHT}\" y2=\"{height}\"/>"
        );
        for (row, at) in rows.iter().zip(0..) {
            draw(out, row, top + ROW * at + 22);
        }
        out.push_str("</svg></div>\n");
    }
    if section.more_rows > 0 {
        let _ = writeln!(out, "<p>... and {} more</p>", section.more_rows);
    }
    if let Some(legend) = ladder::legend(&section.rows, ["Solid:", "dashed:", "red:"]) {
        let _ = writeln!(out, "<p class=\"legend\">{legend}.</p>");
    }
    out.push_str("</figure>\n");
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
    use super::{escape, paragraph};

    #[test]
    fn what_stands_between_backticks_is_typed() {
        assert_eq!(paragraph("see `a < b`"), "<p>see <code>a &lt; b</code></p>");
        assert_eq!(paragraph("one ` alone"), "<p>one ` alone</p>");
        assert_eq!(paragraph("`<` and `"), "<p>`&lt;` and `</p>");
    }

    #[test]
    fn text_of_the_capture_stays_text() {
        assert_eq!(
            escape("<script>alert('x')</script> & \"y\""),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;"
        );
    }
}
