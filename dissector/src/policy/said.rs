//! The project's own words about a file, with values of the file in them: words and values are kept apart, so that of the values
//! pseudonyms can be shown.

use super::text::shown;
use crate::negotiation::redact::Redact;
use std::fmt;

/// Where a value stands in the words.
const HOLE: &str = "{}";

/// Words of the project's own with values in them. Words are constants: a text that comes from a file can only be a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    words: &'static str,
    values: Vec<Value>,
}

/// A value in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// As it stands in a file, shortened and escaped.
    Outside(String),
    /// A number of the project's own: a line, a count.
    Count(usize),
    /// A word of the project's own.
    Own(&'static str),
}

/// `said!("profile {} is not in this file", name)`: the values stand behind the words.
macro_rules! said {
    ($words:literal $(, $value:expr)* $(,)?) => {
        $crate::policy::said::Said::of($words, vec![$(::std::convert::Into::<$crate::policy::said::Value>::into($value)),*])
    };
}
pub(crate) use said;

impl Said {
    /// Words with a hole for each value.
    pub(crate) fn of(words: &'static str, values: Vec<Value>) -> Self {
        debug_assert_eq!(words.matches(HOLE).count(), values.len(), "{words}");
        Self { words, values }
    }

    /// Its words, and the values in them as they are shown.
    #[cfg(test)]
    pub(crate) fn parts(&self) -> (&'static str, impl Iterator<Item = String>) {
        let values = self.values.iter().map(|value| match value {
            Value::Outside(text) => text.clone(),
            Value::Count(number) => number.to_string(),
            Value::Own(word) => (*word).to_owned(),
        });
        (self.words, values)
    }

    /// Puts pseudonyms for the values.
    pub(super) fn redact(&mut self, d: &mut dyn Redact) {
        for value in &mut self.values {
            match value {
                Value::Outside(text) => d.name(text),
                Value::Count(_) | Value::Own(_) => {}
            }
        }
    }

    /// Bytes that it takes beside itself.
    pub(super) fn weight(&self) -> usize {
        let text = |value: &Value| match value {
            Value::Outside(text) => text.len(),
            Value::Count(_) | Value::Own(_) => 0,
        };
        let all = self.values.iter();
        all.map(|value| size_of::<Value>() + text(value)).sum()
    }
}

impl From<&'static str> for Said {
    fn from(words: &'static str) -> Self {
        Self::of(words, Vec::new())
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values = self.values.iter().peekable();
        for (at, words) in self.words.split(HOLE).enumerate() {
            match values.next_if(|_| at > 0) {
                Some(Value::Outside(text)) => f.write_str(text)?,
                Some(Value::Count(number)) => write!(f, "{number}")?,
                Some(Value::Own(word)) => f.write_str(word)?,
                None => {}
            }
            f.write_str(words)?;
        }
        Ok(())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Outside(shown(text))
    }
}

impl From<&&str> for Value {
    fn from(text: &&str) -> Self {
        Self::from(*text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Outside(shown(text))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Count(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_they_belong() {
        let name = String::from("a\u{202E}b");
        let said = said!("{} is no {}, and {} more", &name, Value::Own("profile"), 3_usize);
        assert_eq!(said.to_string(), "a\\u{202e}b is no profile, and 3 more");
        assert_eq!(Said::from("nothing").to_string(), "nothing");
    }
}
