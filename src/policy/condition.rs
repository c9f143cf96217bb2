//! Conditions, three-valued: yes, no, or unknown with the keys that decide.
//!
//! Sources: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys" and "IAM policy elements:
//! Variables and tags". A key is present with values, absent, or unknown (documented, but files do not show its value). An unknown value still
//! decides where every value or none would match, as `StringLike "*"` on a key that is in every request.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use base64::Engine;
use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::document::{Base, Condition, Operator, SetOperator, Version, fold_key};
use super::keys::{self, Presence};
use super::pattern::{Binding, Pattern, Resolved};

/// What is known of one key of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// In the request, with these values. No values at all count as absent.
    Present(Vec<String>),
    /// Not in the request.
    Absent,
    /// Files do not show it; `always` if it is in every request, so that only its value is unknown.
    Unknown {
        /// Whether the request surely has the key.
        always: bool,
    },
}

/// What is known of a request: values by key, and for all other keys what AWS documents of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    service: String,
    signed: bool,
    complete: bool,
    values: BTreeMap<String, Value>,
    closed: BTreeSet<String>,
}

impl Context {
    /// A request to the service with this prefix (`s3`), signed with credentials unless `anonymous`.
    pub fn new(service: &str, anonymous: bool) -> Self {
        Self { service: service.to_lowercase(), signed: !anonymous, ..Self::default() }
    }

    /// A request of which every key is given: all others are absent.
    pub fn complete(service: &str) -> Self {
        Self { complete: true, ..Self::new(service, false) }
    }

    /// The same facts for a request to another service.
    pub fn for_service(&self, service: &str) -> Self {
        Self { service: service.to_lowercase(), ..self.clone() }
    }

    /// States a key's value; the key in any case.
    pub fn set(&mut self, key: &str, value: Value) {
        let value = match value {
            Value::Present(values) if values.is_empty() => Value::Absent,
            value => value,
        };
        self.values.insert(key.to_lowercase(), value);
    }

    /// States that a key has this one value.
    pub fn set_text(&mut self, key: &str, text: &str) {
        self.set(key, Value::Present(vec![text.to_owned()]));
    }

    /// States that keys with this beginning (`aws:principaltag/`) are absent unless given.
    pub fn close(&mut self, prefix: &str) {
        self.closed.insert(prefix.to_lowercase());
    }

    /// What is known of a key, in any case.
    pub fn value(&self, key: &str) -> Value {
        let folded = key.to_lowercase();
        if let Some(value) = self.values.get(&folded) {
            return value.clone();
        }
        if self.complete || self.closed.iter().any(|prefix| folded.starts_with(prefix)) {
            return Value::Absent;
        }
        match keys::presence(&folded, &self.service) {
            Presence::Never => Value::Absent,
            Presence::Always => Value::Unknown { always: true },
            Presence::Sometimes if keys::of_principal(&folded) => {
                if self.signed {
                    Value::Unknown { always: true }
                } else {
                    Value::Absent
                }
            }
            Presence::Sometimes => Value::Unknown { always: false },
        }
    }

    /// What a policy variable stands for.
    pub fn binding(&self, key: &str) -> Binding {
        match self.value(key) {
            Value::Present(mut values) if values.len() == 1 && !keys::is_list(key) => values.pop().map_or(Binding::Absent, Binding::Text),
            Value::Present(_) | Value::Absent => Binding::Absent,
            Value::Unknown { .. } => Binding::Unknown,
        }
    }
}

/// Why a condition is undecided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The key's value is not in the evidence.
    ValueUnknown,
    /// A policy variable's value is not in the evidence.
    VariableUnknown(String),
    /// A value in the policy or the request that the operator cannot read, and AWS does not document what follows.
    Unreadable(String),
}

/// An undecided condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Undecided {
    /// Operator.
    pub operator: Operator,
    /// Key.
    pub key: String,
    /// Why.
    pub cause: Cause,
}

/// A three-valued answer; the reasons of an unknown are sorted and there is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// Holds.
    Yes,
    /// Does not hold.
    No,
    /// Not decided.
    Unknown(Vec<Undecided>),
}

/// Conditions of one statement, compiled.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tests(Vec<Test>);

impl Tests {
    /// Compiles conditions; policy variables work in version 2012-10-17 only.
    pub fn new(conditions: &[Condition], version: Version) -> Self {
        let mut tests: Vec<Test> = conditions.iter().map(|condition| Test::new(condition, version == Version::V2012)).collect();
        tests.sort_by(|one, two| (one.operator, &one.key).cmp(&(two.operator, &two.key)));
        Self(tests)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all hold.
    pub fn truth(&self, context: &Context) -> Truth {
        let mut reasons = Vec::new();
        for test in &self.0 {
            match test.answer(context) {
                Answer::Yes => {}
                Answer::No => return Truth::No,
                Answer::Unknown(cause) => reasons.push(Undecided { operator: test.operator, key: test.key.clone(), cause }),
            }
        }
        reasons.sort();
        reasons.dedup();
        if reasons.is_empty() { Truth::Yes } else { Truth::Unknown(reasons) }
    }
}

/// Whether all conditions hold in the context.
pub fn truth(conditions: &[Condition], version: Version, context: &Context) -> Truth {
    Tests::new(conditions, version).truth(context)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Unknown(Cause),
}

impl Answer {
    fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    /// Yes if one is.
    fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::No;
        for answer in answers {
            match answer {
                Self::Yes => return Self::Yes,
                Self::No => {}
                Self::Unknown(cause) => all = least(all, cause),
            }
        }
        all
    }

    /// Yes if every one is.
    fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        Self::any(answers.into_iter().map(Self::not)).not()
    }
}

/// Keeps the first cause in order, so that the order of values does not show.
fn least(answer: Answer, cause: Cause) -> Answer {
    match answer {
        Answer::Unknown(known) if known <= cause => Answer::Unknown(known),
        _ => Answer::Unknown(cause),
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Test {
    operator: Operator,
    key: String,
    list: bool,
    wanted: Vec<Wanted>,
}

/// A value of a condition, as its operator reads it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Wanted {
    Text(Pattern),
    /// Text without case; the pattern in lower case.
    Folded(Pattern),
    /// An ARN pattern, and whether it has all six segments.
    Arn(Pattern, bool),
    Number(Ordering, Number),
    Date(Ordering, Timestamp),
    Bytes(Vec<u8>),
    Net(IpNet),
    Null(bool),
    Unreadable(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Ordering {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Ordering {
    fn holds<T: PartialOrd>(self, given: &T, wanted: &T) -> bool {
        match self {
            Self::Equal => given == wanted,
            Self::Less => given < wanted,
            Self::LessOrEqual => given <= wanted,
            Self::Greater => given > wanted,
            Self::GreaterOrEqual => given >= wanted,
        }
    }
}

/// A finite decimal number, compared as binary floating point. Its bits make it usable as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Number(u64);

impl Number {
    fn parse(text: &str) -> Option<f64> {
        text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
    }
}

impl Test {
    fn new(condition: &Condition, variables: bool) -> Self {
        let base = condition.operator.base;
        let wanted = condition.values.iter().map(|text| wanted(base, text, variables)).collect();
        Self { operator: condition.operator, key: condition.key.clone(), list: keys::is_list(&condition.key), wanted }
    }

    fn answer(&self, context: &Context) -> Answer {
        let absent = || self.absent();
        match context.value(&self.key) {
            Value::Present(values) => self.present(&values, context),
            Value::Absent => absent(),
            Value::Unknown { always } => {
                let present = self.unknown_value(context);
                match always || present == absent() {
                    true => present,
                    false => Answer::Unknown(Cause::ValueUnknown),
                }
            }
        }
    }

    /// The key is not in the request.
    fn absent(&self) -> Answer {
        if self.operator.base == Base::Null {
            return Answer::any(self.wanted.iter().map(|wanted| null(wanted, true)));
        }
        Answer::of(match self.operator.set {
            _ if self.operator.if_exists => true,
            Some(SetOperator::ForAllValues) => true,
            Some(SetOperator::ForAnyValue) => false,
            None => self.operator.base.is_negated(),
        })
    }

    /// The key is in the request with these values.
    fn present(&self, values: &[String], context: &Context) -> Answer {
        if self.operator.base == Base::Null {
            return Answer::any(self.wanted.iter().map(|wanted| null(wanted, false)));
        }
        let one = |value: &String| self.one(value, context);
        match self.operator.set {
            Some(SetOperator::ForAllValues) => Answer::all(values.iter().map(one)),
            Some(SetOperator::ForAnyValue) => Answer::any(values.iter().map(one)),
            // A key that holds a list needs a set operator: without one nothing matches.
            None if self.list || values.len() != 1 => Answer::No,
            None => Answer::all(values.iter().map(one)),
        }
    }

    /// One value of the request against all values of the condition. With a negated operator, a variable without value makes the condition
    /// fail, since the statement counts as invalid.
    fn one(&self, value: &str, context: &Context) -> Answer {
        let negated = self.operator.base.is_negated();
        let mut answers = Vec::with_capacity(self.wanted.len());
        for wanted in &self.wanted {
            match matches(wanted, value, context) {
                Some(answer) => answers.push(answer),
                None if negated => return Answer::No,
                None => {}
            }
        }
        let answer = Answer::any(answers);
        if negated { answer.not() } else { answer }
    }

    /// The key is in the request with a value that is not known: decided where every value matches, or none does.
    fn unknown_value(&self, context: &Context) -> Answer {
        if self.operator.base == Base::Null {
            return Answer::any(self.wanted.iter().map(|wanted| null(wanted, false)));
        }
        if self.operator.set.is_none() && self.list {
            return Answer::No;
        }
        let answer = if covers_all(&self.wanted, &self.key) {
            Answer::Yes
        } else if self.wanted.iter().all(|wanted| never(wanted, &self.key, context)) {
            Answer::No
        } else {
            return Answer::Unknown(Cause::ValueUnknown);
        };
        if self.operator.base.is_negated() { answer.not() } else { answer }
    }
}

fn wanted(base: Base, text: &str, variables: bool) -> Wanted {
    let unreadable = || Wanted::Unreadable(text.to_owned());
    let number = |ordering| Number::parse(text).map_or_else(unreadable, |number| Wanted::Number(ordering, Number(number.to_bits())));
    let date = |ordering| date(text).map_or_else(unreadable, |date| Wanted::Date(ordering, date));
    match base {
        Base::StringEquals | Base::StringNotEquals => Wanted::Text(Pattern::whole(text, variables)),
        Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase => Wanted::Folded(Pattern::whole(&text.to_lowercase(), variables)),
        Base::StringLike | Base::StringNotLike => Wanted::Text(Pattern::value(text, variables)),
        Base::Bool => Wanted::Folded(Pattern::whole(&text.to_lowercase(), variables)),
        Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike => {
            Wanted::Arn(Pattern::arn(text, variables), text.split(':').count() >= 6)
        }
        Base::NumericEquals | Base::NumericNotEquals => number(Ordering::Equal),
        Base::NumericLessThan => number(Ordering::Less),
        Base::NumericLessThanEquals => number(Ordering::LessOrEqual),
        Base::NumericGreaterThan => number(Ordering::Greater),
        Base::NumericGreaterThanEquals => number(Ordering::GreaterOrEqual),
        Base::DateEquals | Base::DateNotEquals => date(Ordering::Equal),
        Base::DateLessThan => date(Ordering::Less),
        Base::DateLessThanEquals => date(Ordering::LessOrEqual),
        Base::DateGreaterThan => date(Ordering::Greater),
        Base::DateGreaterThanEquals => date(Ordering::GreaterOrEqual),
        Base::BinaryEquals => bytes(text).map_or_else(unreadable, Wanted::Bytes),
        Base::IpAddress | Base::NotIpAddress => net(text).map_or_else(unreadable, Wanted::Net),
        Base::Null => match text.to_ascii_lowercase().as_str() {
            "true" => Wanted::Null(true),
            "false" => Wanted::Null(false),
            _ => unreadable(),
        },
    }
}

fn null(wanted: &Wanted, absent: bool) -> Answer {
    match wanted {
        Wanted::Null(wanted) => Answer::of(*wanted == absent),
        _ => Answer::No,
    }
}

/// Whether a value of the request matches a value of the condition, before negation. `None`: a variable has no value.
fn matches(wanted: &Wanted, value: &str, context: &Context) -> Option<Answer> {
    Some(match wanted {
        Wanted::Text(pattern) => return text(pattern, value, context, false),
        Wanted::Folded(pattern) => return text(pattern, &value.to_lowercase(), context, true),
        Wanted::Arn(pattern, complete) => {
            let answer = text(pattern, value, context, false)?;
            // AWS compares six segments; what a shorter pattern does is not documented.
            let loose = || Pattern::new(pattern.text()).matches(value);
            if *complete || pattern.has_variables() { answer } else { unreadable(loose(), pattern.text()) }
        }
        Wanted::Number(ordering, wanted) => {
            Number::parse(value).map_or(Answer::No, |given| Answer::of(ordering.holds(&given, &f64::from_bits(wanted.0))))
        }
        Wanted::Date(ordering, wanted) => date(value).map_or(Answer::No, |given| Answer::of(ordering.holds(&given, wanted))),
        Wanted::Bytes(wanted) => Answer::of(bytes(value).is_some_and(|given| given == *wanted)),
        Wanted::Net(wanted) => value.parse::<IpAddr>().map_or(Answer::No, |given| Answer::of(wanted.contains(&given))),
        Wanted::Null(_) => Answer::No,
        Wanted::Unreadable(_) => Answer::No,
    })
}

fn unreadable(maybe: bool, text: &str) -> Answer {
    if maybe { Answer::Unknown(Cause::Unreadable(text.to_owned())) } else { Answer::No }
}

/// `None`: a variable is absent from the request and has no default.
fn text(pattern: &Pattern, value: &str, context: &Context, fold: bool) -> Option<Answer> {
    let fold = |text: String| if fold { text.to_lowercase() } else { text };
    let lookup = |name: &str| match context.binding(name) {
        Binding::Text(text) => Binding::Text(fold(text)),
        binding => binding,
    };
    match pattern.has_variables().then(|| pattern.resolve(lookup)) {
        None => Some(Answer::of(pattern.matches(value))),
        Some(Resolved::Known(pattern)) => Some(Answer::of(pattern.matches(value))),
        Some(Resolved::Never) => None,
        Some(Resolved::Unknown(pattern, mut names)) => Some(match pattern.matches(value).then(|| names.pop()).flatten() {
            Some(name) => Answer::Unknown(Cause::VariableUnknown(name)),
            None => Answer::No,
        }),
    }
}

/// Whether the values together match every value the key can have.
fn covers_all(wanted: &[Wanted], key: &str) -> bool {
    let form = keys::form(key).unwrap_or_else(|| Pattern::new("*"));
    let everything = |wanted: &Wanted| match wanted {
        Wanted::Text(pattern) => pattern.covers(&form),
        Wanted::Arn(pattern, complete) => *complete && pattern.covers(&Pattern::arn("arn:*:*:*:*:*", false)),
        _ => false,
    };
    if wanted.iter().any(everything) {
        return true;
    }
    let word = |word: &str| wanted.iter().any(|wanted| matches!(wanted, Wanted::Folded(pattern) if pattern.exact() == Some(word)));
    if word("true") && word("false") {
        return true;
    }
    let nets: Vec<IpNet> = wanted.iter().filter_map(|wanted| if let Wanted::Net(net) = wanted { Some(*net) } else { None }).collect();
    let whole = IpNet::aggregate(&nets);
    [true, false].iter().all(|four| whole.iter().any(|net| net.prefix_len() == 0 && net.addr().is_ipv4() == *four))
}

/// Whether a value of the condition matches no value that the key can have.
fn never(wanted: &Wanted, key: &str, context: &Context) -> bool {
    match wanted {
        Wanted::Unreadable(_) | Wanted::Null(_) => true,
        Wanted::Text(pattern) | Wanted::Arn(pattern, true) => {
            let pattern = match pattern.resolve(|name| context.binding(name)) {
                Resolved::Known(pattern) | Resolved::Unknown(pattern, _) => pattern,
                Resolved::Never => return true,
            };
            keys::form(key).is_some_and(|form| !pattern.meets(&form))
        }
        _ => false,
    }
}

/// A date as ISO 8601 in the forms of the W3C note, or seconds since 1970 (milliseconds from twelve digits on). Dates without zone are UTC.
fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return if number.unsigned_abs() >= 100_000_000_000 { Timestamp::from_millisecond(number) } else { Timestamp::from_second(number) }
            .ok();
    }
    let utc = |civil: DateTime| jiff::tz::TimeZone::UTC.to_timestamp(civil).ok();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    if let Ok(civil) = text.parse::<DateTime>() {
        return utc(civil);
    }
    let whole = if text.len() == "2026-01".len() { format!("{text}-01") } else { return None };
    utc(whole.parse::<Date>().ok()?.at(0, 0, 0, 0))
}

/// Base64 with or without padding.
fn bytes(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// A CIDR range or a single address. Host bits beyond the prefix do not count.
fn net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().map(|net| net.trunc()).ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// A condition with its key in the case it is compared in; for tests and callers that build conditions.
pub fn condition(operator: &str, key: &str, values: &[&str]) -> Option<Condition> {
    let operator = Operator::parse(operator)?;
    Some(Condition { operator, key: fold_key(key), values: values.iter().map(|value| (*value).to_owned()).collect() })
}
