//! A policy document as statements, in one shape whatever its spelling.
//!
//! The grammar is AWS's (IAM User Guide, "Grammar of the IAM JSON policy language"): a statement or a list of them, a string or a list
//! everywhere, `Not…` forms, numbers and booleans as condition values, no element twice. Element names are read without case, because exports that
//! passed through a query engine arrive in lower case. What AWS would refuse is a [`Problem`], never an empty document: a member
//! that is dropped (`Conditon`) would change the meaning.
//!
//! Documents arrive raw, URL-encoded (IAM's API), inside a JSON string (CloudTrail, Config), or in a list of one.

mod read;
#[cfg(test)]
mod tests;

use std::fmt;

use super::pattern::Pattern;
pub use super::pattern::fold_key;
pub use read::parse;

/// Largest document, bytes. AWS's largest policy is 20,480 characters; URL encoding and white space add to it.
pub const SIZE_LIMIT: usize = 1 << 20;

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Document {
    /// Language version; absent means 2008-10-17.
    pub version: Version,
    /// Element `Id`.
    pub id: Option<String>,
    /// Statements in the document's order.
    pub statements: Vec<Statement>,
}

/// Version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 2008-10-17: `${…}` is text.
    V2008,
    /// 2012-10-17: policy variables work.
    V2012,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Statement {
    /// Place in the document, from 0.
    pub position: usize,
    /// Element `Sid`, where it has one that is not empty.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; none in identity policies.
    pub principals: Option<Principals>,
    /// `Action` or `NotAction`.
    pub actions: Actions,
    /// `Resource` or `NotResource`; none in trust policies and some resource policies: the resource that the policy is attached to.
    pub resources: Option<Resources>,
    /// All conditions; each must hold.
    pub conditions: Vec<Condition>,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Allows.
    Allow,
    /// Denies, whatever else allows.
    Deny,
}

/// Whom a statement of a resource policy names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principals {
    /// `Principal`.
    These(Vec<Principal>),
    /// `NotPrincipal`.
    AllBut(Vec<Principal>),
}

/// One principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// `*` or `{"AWS": "*"}`.
    Anyone,
    /// ARN or unique id, as given.
    Aws(String),
    /// Account, 12 digits: given bare or as `arn:PARTITION:iam::ID:root`.
    Account(String),
    /// Service principal, as given.
    Service(String),
    /// Identity provider: ARN or domain name, as given.
    Federated(String),
    /// Canonical user id of S3.
    Canonical(String),
}

/// Actions of a statement. Lower case, service prefix and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Actions {
    /// `Action`.
    These(Vec<Pattern>),
    /// `NotAction`.
    AllBut(Vec<Pattern>),
}

/// Resources of a statement. With case; may hold variables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resources {
    /// `Resource`.
    These(Vec<Pattern>),
    /// `NotResource`.
    AllBut(Vec<Pattern>),
}

/// One condition: operator, key, values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// Operator.
    pub operator: Operator,
    /// Key: lower case; what follows `/` (a tag's key) as given.
    pub key: String,
    /// Values as text, in the document's order.
    pub values: Vec<String>,
}

/// Operator with its set prefix and `IfExists` suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// Comparison.
    pub base: Base,
    /// `ForAllValues:` or `ForAnyValue:`.
    pub set: Option<SetOperator>,
    /// Suffix `IfExists`.
    pub if_exists: bool,
}

/// Set prefix of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetOperator {
    /// Every value of the request must match; true when there is none.
    ForAllValues,
    /// One value of the request must match.
    ForAnyValue,
}

macro_rules! bases {
    ($($name:ident),* $(,)?) => {
        /// Comparison of a condition (IAM User Guide, "IAM JSON policy elements: Condition operators").
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the names are AWS's")]
        pub enum Base { $($name),* }

        impl Base {
            /// All comparisons.
            pub const ALL: &[Base] = &[$(Base::$name),*];

            /// AWS's name.
            pub fn name(self) -> &'static str {
                match self { $(Base::$name => stringify!($name)),* }
            }
        }
    };
}

bases!(
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnNotEquals,
    ArnLike,
    ArnNotLike,
    Null,
);

impl Base {
    /// Whether it is the negation of another: it holds when the key is absent.
    pub fn is_negated(self) -> bool {
        matches!(
            self,
            Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
                | Self::NumericNotEquals
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::ArnNotEquals
                | Self::ArnNotLike
        )
    }
}

impl Operator {
    /// Reads an operator's name, without case.
    pub fn parse(name: &str) -> Option<Self> {
        let (set, rest) = match name.split_once(':') {
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAllValues") => (Some(SetOperator::ForAllValues), rest),
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAnyValue") => (Some(SetOperator::ForAnyValue), rest),
            Some(_) => return None,
            None => (None, name),
        };
        let base = |text: &str| Base::ALL.iter().copied().find(|base| base.name().eq_ignore_ascii_case(text));
        let suffix = rest.len().checked_sub("IfExists".len()).filter(|at| rest.is_char_boundary(*at));
        let (base, if_exists) = match suffix.map(|at| rest.split_at(at)) {
            // The reference allows the suffix on every operator except Null.
            Some((front, end)) if end.eq_ignore_ascii_case("IfExists") => (base(front).filter(|base| *base != Base::Null)?, true),
            _ => (base(rest)?, false),
        };
        Some(Self { base, set, if_exists })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.set {
            Some(SetOperator::ForAllValues) => out.write_str("ForAllValues:")?,
            Some(SetOperator::ForAnyValue) => out.write_str("ForAnyValue:")?,
            None => {}
        }
        out.write_str(self.base.name())?;
        out.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

/// Why a document cannot be judged, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}{place}")]
pub struct Problem {
    /// Where in the document.
    pub place: Place,
    /// What is wrong.
    pub fault: Fault,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Statement, from 0.
    pub statement: Option<usize>,
    /// Member as the document spells it.
    pub member: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.statement {
            write!(out, ", statement {}", at + 1)?;
        }
        if let Some(member) = &self.member {
            write!(out, ", element {member}")?;
        }
        Ok(())
    }
}

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No text.
    #[error("the policy is empty")]
    Empty,
    /// Longer than [`SIZE_LIMIT`].
    #[error("the policy is longer than 1 MB")]
    TooLong,
    /// Nested or wrapped deeper than any policy.
    #[error("the policy is nested too deeply")]
    TooDeep,
    /// Not JSON: line and column from 1.
    #[error("the policy is not JSON (line {line}, column {column})")]
    NotJson {
        /// Line from 1.
        line: usize,
        /// Column from 1.
        column: usize,
    },
    /// Percent encoding that is not UTF-8.
    #[error("the policy's URL encoding is not UTF-8")]
    NotUtf8,
    /// A list of several documents.
    #[error("the policy is a list of {0} documents")]
    SeveralDocuments(usize),
    /// Another JSON type than the grammar wants.
    #[error("unexpected JSON type")]
    WrongType,
    /// An element that the grammar does not know.
    #[error("unknown element")]
    UnknownMember,
    /// An element that must be there.
    #[error("missing element")]
    Missing,
    /// An element that stands twice, or together with its `Not…` form.
    #[error("element given twice or together with its opposite")]
    Repeated,
    /// A `Version` that does not exist.
    #[error("unknown policy version {0}")]
    UnknownVersion(String),
    /// Neither Allow nor Deny.
    #[error("unknown effect {0}")]
    UnknownEffect(String),
    /// A principal as text that is not `*`.
    #[error("principal {0} without its type")]
    UntypedPrincipal(String),
    /// A condition operator that does not exist.
    #[error("unknown condition operator {0}")]
    UnknownOperator(String),
}

impl Fault {
    pub(super) fn at(self, statement: Option<usize>, member: &str) -> Problem {
        Problem { place: Place { statement, member: (!member.is_empty()).then(|| member.to_owned()) }, fault: self }
    }
}
