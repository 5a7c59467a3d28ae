//! A report, written piece by piece: however long it becomes, no more of it is in memory than a piece.

use super::section::Plan;
use super::text::Layout;
use super::wanted::{Form, Wanted};
use super::{html, json, markdown, text};
use crate::diagnosis::Case;
use crate::negotiation::intake::Tracker;
use crate::negotiation::redact::Redact as _;
use crate::policy::Policies;
use crate::redact::Redactor;
use crate::verdict::{self, Judgement, Story};
use std::sync::Arc;

/// A piece ends with the negotiation that makes it so long, in bytes.
const PIECE: usize = 64 * 1024;
/// A report for a window ends with the piece that makes it so long, in bytes: windows of text are slow beyond.
const WINDOW: usize = 4 * 1024 * 1024;

/// A report in the making, piece by piece.
#[derive(Debug)]
pub struct Writing {
    form: Form,
    layout: Layout,
    /// Once so many bytes are written, no more negotiations are shown.
    most: usize,
    plan: Plan,
    /// For a redacted report.
    redacted: Option<Box<Redacted>>,
    /// How many negotiations are shown.
    shown: usize,
    written: usize,
    ended: bool,
}

/// Facts under pseudonyms.
#[derive(Debug)]
struct Redacted {
    tracker: Tracker,
    policies: Policies,
    redactor: Redactor,
}

impl Redacted {
    /// Of a capture that goes on, with the pseudonyms that were given so far.
    fn again(tracker: &Tracker, policies: &Policies, redactor: Redactor) -> Self {
        let mut redacted = Self {
            tracker: tracker.veiled(),
            policies: policies.clone(),
            redactor,
        };
        redacted.policies.redact(&mut redacted.redactor);
        redacted
    }

    fn new(tracker: &Tracker, policies: &Policies) -> Self {
        let mut redacted = Self {
            tracker: tracker.veiled(),
            policies: policies.clone(),
            redactor: Redactor::default(),
        };
        let by = &mut redacted.redactor;
        for mut range in tracker.networks() {
            by.range(&mut range);
        }
        redacted.policies.redact(by);
        by.settle();
        // The first peers of the capture are its first addresses.
        tracker.show(0, &mut redacted.tracker, by);
        redacted.policies.redact(by);
        redacted
    }
}

/// What a report is about.
pub(crate) trait Subject {
    /// The negotiations.
    fn tracker(&self) -> &Tracker;

    /// The peers' files.
    fn policies(&self) -> &Policies;

    /// What became of a negotiation; `again`: it will be asked for again.
    fn judgement(&mut self, stream: u32, again: bool) -> Option<Arc<Judgement>>;
}

impl Writing {
    /// Begins a report on all packets taken so far, as if the capture ended here. A packet that is taken while it is written may
    /// or may not be in it.
    pub(crate) fn begin(subject: &mut impl Subject, wanted: &Wanted) -> Self {
        let mut redacted =
            (wanted.redact).then(|| Box::new(Redacted::new(subject.tracker(), subject.policies())));
        let count = u32::try_from(subject.tracker().negotiations().len()).unwrap_or(u32::MAX);
        let streams = match wanted.stream {
            None => 0..count,
            Some(stream) if stream < count => stream..stream + 1,
            Some(_) => 0..0,
        };
        let omitted = subject.tracker().omitted();
        let mut plan = if wanted.form == Form::Json {
            Plan::of_all(wanted, omitted, streams)
        } else {
            let mut planner = Plan::summing_up(wanted, omitted);
            for stream in streams {
                tell(subject, redacted.as_deref_mut(), stream, true, |story| {
                    planner.add(story)
                });
            }
            planner.finish()
        };
        plan.unread = match &redacted {
            Some(redacted) => redacted.policies.unread(),
            None => subject.policies().unread(),
        };
        Self {
            form: wanted.form,
            layout: if wanted.window {
                Layout::Window
            } else {
                Layout::Page
            },
            most: if wanted.window { WINDOW } else { usize::MAX },
            plan,
            redacted,
            shown: 0,
            written: 0,
            ended: false,
        }
    }

    /// The next piece of a report about this subject; `None` after the last one.
    pub(crate) fn next_piece(&mut self, subject: &mut impl Subject) -> Option<String> {
        if self.ended {
            return None;
        }
        let (form, layout, plan) = (self.form, self.layout, &self.plan);
        // With room for the negotiation that ends it.
        let mut piece = String::with_capacity(PIECE + PIECE / 8);
        if self.written == 0 {
            piece = match form {
                Form::Text => text::head(plan, layout),
                Form::Markdown => markdown::head(plan),
                Form::Html => html::head(plan),
                Form::Json => json::head(),
            };
        }
        let ends = self.written >= self.most;
        while let Some(&stream) = plan
            .shown
            .get(self.shown)
            .filter(|_| !ends && piece.len() < PIECE)
        {
            let is_first = self.shown == 0;
            tell(
                subject,
                self.redacted.as_deref_mut(),
                stream,
                false,
                |story| match form {
                    Form::Text => text::one(&mut piece, &plan.section(story), layout),
                    Form::Markdown => markdown::one(&mut piece, &plan.section(story)),
                    Form::Html => html::one(&mut piece, &plan.section(story)),
                    Form::Json => json::one(&mut piece, story, is_first),
                },
            );
            self.shown += 1;
        }
        if ends || self.shown == plan.shown.len() {
            let left_out = plan.left_out(self.shown);
            let lines = plan.tail(left_out);
            match form {
                Form::Text => text::tail(&mut piece, &lines, layout),
                Form::Markdown => markdown::tail(&mut piece, &lines),
                Form::Html => html::tail(&mut piece, &lines),
                Form::Json => json::tail(&mut piece, plan, left_out),
            }
            self.ended = true;
        }
        self.written += piece.len();
        Some(piece)
    }
}

/// Tells single negotiations of a capture that goes on, as records of the document for scripts. A pseudonym stays what it was.
#[derive(Debug, Default)]
pub struct Telling {
    redactor: Option<Redactor>,
}

impl Telling {
    /// What is known of a negotiation now; `None` if there is no such one.
    pub(crate) fn record(&mut self, subject: &mut impl Subject, stream: u32, redact: bool) -> Option<String> {
        let mut record = String::new();
        let one = |story: &Story<'_>| json::one(&mut record, story, true);
        if redact {
            let (tracker, policies) = (subject.tracker(), subject.policies());
            let mut redacted = match self.redactor.take() {
                Some(redactor) => Redacted::again(tracker, policies, redactor),
                None => Redacted::new(tracker, policies),
            };
            tell(subject, Some(&mut redacted), stream, true, one);
            self.redactor = Some(redacted.redactor);
        } else {
            tell(subject, None, stream, true, one);
        }
        (!record.is_empty()).then_some(record)
    }
}

/// Calls `tell` with a negotiation and its judgement. With pseudonyms, facts are redacted, and judged anew, so that all words
/// are made without the originals. `again`: it is not the last time.
fn tell(
    subject: &mut impl Subject,
    redacted: Option<&mut Redacted>,
    stream: u32,
    again: bool,
    tell: impl FnOnce(&Story<'_>),
) {
    let Some(real) = subject.judgement(stream, again) else {
        return;
    };
    let Some(case) = Case::of(subject.tracker(), subject.policies(), stream) else {
        return;
    };
    let Some(redacted) = redacted else {
        let judgement = &real;
        return tell(&Story { case, judgement });
    };
    let verdict = real.verdict(&case).into_owned();
    let Redacted {
        tracker,
        policies,
        redactor,
    } = redacted;
    subject.tracker().show(stream, tracker, redactor);
    let Some(case) = Case::with(tracker, subject.tracker().knowledge(), policies, stream) else {
        return;
    };
    let judgement = &verdict::judge(&case).of_redacted(Some(verdict), &real.notes, &case);
    tell(&Story { case, judgement });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::made::Made;

    const CLIENTS: u32 = 600;
    const FORMS: [Form; 4] = [Form::Text, Form::Markdown, Form::Html, Form::Json];

    /// Clients whose server does not answer; each is shown.
    fn many() -> Made {
        let mut made = Made::new();
        for client in 0..CLIENTS {
            made.asked_by((0x0A00_0001 + client).into(), i64::from(client));
        }
        made
    }

    #[test]
    fn a_long_report_comes_in_short_pieces() {
        let mut made = many();
        for form in FORMS {
            for redact in [false, true] {
                let wanted = Wanted {
                    form,
                    redact,
                    ..Wanted::default()
                };
                let mut writing = made.session().begin(&wanted);
                let pieces: Vec<String> =
                    std::iter::from_fn(|| made.session().next_piece(&mut writing)).collect();
                assert!(pieces.len() > 5, "{form:?}: {}", pieces.len());
                assert!(
                    pieces.iter().all(|piece| piece.len() < PIECE + PIECE / 4),
                    "{form:?}"
                );
                assert_eq!(pieces.concat(), made.session().write(&wanted), "{form:?}");
            }
        }
    }

    #[test]
    fn pseudonyms_stay_while_a_capture_goes_on() {
        let mut made = Made::new();
        let mut telling = Telling::default();
        let mut seen = std::collections::BTreeMap::new();
        for round in 0..3 {
            for client in 0..4_u32 {
                made.asked_by((0x0A00_0001 + client).into(), i64::from(10 * round + client));
                let real = made.session().tell(client, false, &mut telling).unwrap();
                let told = made.session().tell(client, true, &mut telling).unwrap();
                let initiator = |record: &str| {
                    let record: serde_json::Value = serde_json::from_str(record).unwrap();
                    record["initiator"]["address"].as_str().unwrap().to_owned()
                };
                let pseudonym = seen.entry(initiator(&real)).or_insert_with(|| initiator(&told));
                assert_eq!(*pseudonym, initiator(&told));
                assert_eq!(made.session().tell(4, true, &mut telling), None);
            }
        }
        assert_eq!(seen.len(), 4);
        let pseudonyms: std::collections::BTreeSet<_> = seen.values().collect();
        assert_eq!(pseudonyms.len(), 4);
    }

    #[test]
    fn a_short_report_says_what_is_left_out() {
        let mut made = many();
        for form in FORMS {
            let wanted = Wanted {
                form,
                ..Wanted::default()
            };
            let whole = made.session().write(&wanted);
            let mut writing = made.session().begin(&wanted);
            writing.most = 2 * PIECE;
            let short: String = std::iter::from_fn(|| made.session().next_piece(&mut writing)).collect();
            assert!(
                short.len() < 3 * PIECE && 3 * PIECE < whole.len(),
                "{form:?}: {}",
                short.len()
            );
            let shown = writing.shown as u64;
            let left_out = u64::from(CLIENTS) - shown;
            if form == Form::Json {
                let document: serde_json::Value = serde_json::from_str(&short).unwrap();
                assert_eq!(document["negotiations"].as_array().unwrap().len() as u64, shown);
                assert_eq!(document["negotiations_left_out"], left_out);
            } else {
                let said = format!("{left_out} further negotiations are left out");
                assert!(short.contains(&said) && !whole.contains("left out"), "{form:?}");
            }
        }
    }

    /// What happened again is left out with what it repeats.
    #[test]
    fn repetitions_are_counted_among_what_is_left_out() {
        let mut made = Made::new();
        for retry in 0..10 {
            made.refused(1000 * retry, crate::tests::made::PSK, 14);
        }
        let mut writing = made.session().begin(&Wanted::default());
        assert_eq!((writing.plan.left_out(0), writing.plan.left_out(1)), (10, 0));
        writing.most = 0;
        let text = made.session().next_piece(&mut writing).unwrap();
        assert!(text.starts_with("10 negotiations, 10 failed"), "{text}");
        assert!(
            text.contains("10 further negotiations are left out here"),
            "{text}"
        );
        assert_eq!(made.session().next_piece(&mut writing), None);
    }
}
