//! The parts of a pattern.

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Token {
    Char(char),
    /// `?`: one character.
    One,
    /// `?` in the first five segments of an ARN: one character but not a colon.
    OneInSegment,
    /// `*`: any text.
    Any,
    /// `*` before the end of one of the first five segments: any text without a colon.
    AnyInSegment,
    /// A policy variable that has no value yet.
    Variable(Box<Variable>),
}

impl Token {
    pub(super) fn char(&self) -> Option<char> {
        if let Self::Char(c) = self { Some(*c) } else { None }
    }
}

/// A policy variable: the name in lower case before a `/`, as given behind it, and the default.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variable {
    /// Condition key that gives the value, lower case; a tag's key after `/` as given.
    pub name: String,
    /// Text that is used when the key is absent from the request.
    pub default: Option<String>,
}

/// A condition key in the case it is compared in: lower case, but for what follows the first `/`.
pub fn fold_key(key: &str) -> String {
    match key.split_once('/') {
        Some((name, tag)) => format!("{}/{tag}", name.to_lowercase()),
        None => key.to_lowercase(),
    }
}
