//! Values with the lines they stand in, and lists of them.

use super::bounds::MAX_VALUES;
use super::text::{MORE, shown};
use std::sync::Arc;

/// A value and the line it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lined<T> {
    /// The value.
    pub value: T,
    /// Line, from 1.
    pub line: u32,
}

/// A value, and where it stands.
pub(super) fn at<T>(value: T, line: u32) -> Option<Lined<T>> {
    Some(Lined { value, line })
}

/// A value that connections share, if they have it from one place.
pub type Shared<T> = Option<Lined<Arc<T>>>;

/// A list of such.
pub type Listed<T> = Shared<Vec<T>>;

pub(super) fn shared<T>(value: T, line: u32) -> Shared<T> {
    at(Arc::new(value), line)
}

pub(super) fn listed<T>(value: Vec<T>, line: u32) -> Listed<T> {
    shared(value, line)
}

/// As many of these as a list may have; `more` stands for the others.
pub(super) fn bounded<T>(all: impl IntoIterator<Item = T>, more: impl FnOnce() -> T) -> Vec<T> {
    let mut all = all.into_iter();
    let mut list: Vec<T> = all.by_ref().take(MAX_VALUES).collect();
    list.extend(all.next().map(|_| more()));
    list
}

/// The same for values as they are shown.
pub(super) fn values<'a>(all: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    bounded(all.into_iter().map(shown), || MORE.to_owned())
}

/// Adds to a list, which begins in this line.
pub(super) fn add<T: Clone>(list: &mut Listed<T>, line: u32, value: T, more: impl FnOnce() -> T) {
    let list = list.get_or_insert_with(|| Lined {
        value: Arc::default(),
        line,
    });
    let all = Arc::make_mut(&mut list.value);
    match all.len() {
        0..MAX_VALUES => all.push(value),
        MAX_VALUES => all.push(more()),
        _ => {}
    }
}

/// A list in one value, at commas or blanks.
pub(super) fn list(value: &str) -> Vec<String> {
    values(value.split([',', ' ', '\t']).filter(|v| !v.is_empty()))
}
