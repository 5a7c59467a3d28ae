//! The step that changes a setting in the line of a configuration where it stands.

use super::manual::of_file;
use super::setting::Setting;
use crate::diagnosis::{Case, Step, words};
use crate::negotiation::Role;
use crate::policy::Kind;
use crate::wire::vendor::Product;

/// Where a setting stands in a configuration that was given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    /// The file's name.
    pub(crate) file: &'a str,
    /// The line to change.
    pub(crate) line: u32,
    /// Its format.
    pub(crate) kind: Kind,
    /// Whose configuration it shows itself to be, where formats of several products are called the same.
    pub(crate) product: Option<Product>,
}

impl At<'_> {
    /// It is read by this product.
    pub(crate) fn is_of(&self, product: Product) -> bool {
        of_file(self.kind, self.product).is_some_and(|(name, _)| name == words::product(product))
    }
}

/// A step that takes out of a configuration what a peer with a key alone cannot meet: a line, or a section that begins there.
pub(crate) fn taken_out(case: &Case<'_>, role: Role, at: &At<'_>, keyword: &str) -> Step {
    let section = matches!(keyword, "cacert" | "cert");
    let how = if section {
        format!("take out the section {keyword}")
    } else {
        format!("put # before {keyword}")
    };
    let text = format!(
        "On {}, {} line {}: {how}. A peer with a key alone cannot meet it.",
        words::peer(case, role),
        at.file,
        at.line
    );
    let mut step = Step::of(case, role, text);
    step.product = of_file(at.kind, at.product).map(|(name, _)| name);
    (step.file, step.line) = (Some(at.file.to_owned()), Some(at.line));
    if !section {
        (step.from, step.to) = (Some(keyword.to_owned()), Some(format!("# {keyword}")));
    }
    step
}

/// A step that changes a setting where it stands: `what` says it in words. `None` where this product cannot be told so in one line.
pub(crate) fn changed(
    case: &Case<'_>,
    role: Role,
    at: &At<'_>,
    [from, to]: [&Setting; 2],
    what: &str,
    or: bool,
) -> Option<Step> {
    let (name, manual) = of_file(at.kind, at.product.or(case.product(role)))?;
    let set = manual.set?;
    if !to.is_definite() || from == to {
        return None;
    }
    let written = set(to)?;
    let on = if or { "Or on" } else { "On" };
    let text = format!(
        "{on} {}, {} line {}: {what}",
        words::peer(case, role),
        at.file,
        at.line
    );
    let mut step = Step::of(case, role, text).told(&format!("Set {}.", written.line));
    step.product = Some(name);
    (step.file, step.line) = (Some(at.file.to_owned()), Some(at.line));
    step.from = set(from).map(|written| written.value);
    step.to = Some(written.value);
    step.lines = vec![written.line];
    step.setting = manual
        .find(to.topic(), case.n.version)
        .map(|advice| advice.setting.to_owned())
        .filter(|setting| !setting.is_empty());
    Some(step)
}
