//! One value of a request against the values of a condition, as each operator reads them.

use core::net::IpAddr;

use base64::Engine;
use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::super::document::Base;
use super::super::keys::{self, Type};
use super::super::pattern::{Binding, Pattern, Resolved};
use super::answer::{Answer, Cause};
use super::context::Context;

/// A value of a condition, as its operator reads it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Wanted {
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
pub(super) enum Ordering {
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
pub(super) struct Number(u64);

impl Number {
    fn parse(text: &str) -> Option<f64> {
        text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
    }
}

pub(super) fn wanted(base: Base, text: &str, variables: bool) -> Wanted {
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

pub(super) fn null(wanted: &Wanted, absent: bool) -> Answer {
    match wanted {
        Wanted::Null(wanted) => Answer::of(*wanted == absent),
        _ => Answer::No,
    }
}

/// Whether a value of the request matches a value of the condition, before negation. `None`: a variable has no value.
pub(super) fn matches(wanted: &Wanted, value: &str, context: &Context) -> Option<Answer> {
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
        Some(Resolved::Never(_)) => None,
        Some(Resolved::Unknown(pattern, mut names)) => Some(match pattern.matches(value).then(|| names.pop()).flatten() {
            Some(name) => Answer::Unknown(Cause::VariableUnknown(name)),
            None => Answer::No,
        }),
    }
}

/// Whether the values together match every value the key can have.
pub(super) fn covers_all(wanted: &[Wanted], key: &str) -> bool {
    let form = keys::form(key).unwrap_or_else(|| Pattern::new("*"));
    let everything = |wanted: &Wanted| match wanted {
        Wanted::Text(pattern) => pattern.covers(&form),
        Wanted::Arn(pattern, complete) => *complete && form.text().starts_with("arn:") && pattern.covers(&form),
        _ => false,
    };
    if wanted.iter().any(everything) {
        return true;
    }
    let word = |word: &str| wanted.iter().any(|wanted| matches!(wanted, Wanted::Folded(pattern) if pattern.exact() == Some(word)));
    match keys::type_of(key) {
        Type::Boolean => return word("true") && word("false"),
        Type::Address => {}
        Type::Other | Type::List => return false,
    }
    let nets: Vec<IpNet> = wanted.iter().filter_map(|wanted| if let Wanted::Net(net) = wanted { Some(*net) } else { None }).collect();
    let whole = IpNet::aggregate(&nets);
    [true, false].iter().all(|four| whole.iter().any(|net| net.prefix_len() == 0 && net.addr().is_ipv4() == *four))
}

/// Whether a value of the condition matches no value that the key can have.
pub(super) fn never(wanted: &Wanted, key: &str, context: &Context) -> bool {
    match wanted {
        Wanted::Unreadable(_) | Wanted::Null(_) => true,
        Wanted::Text(pattern) | Wanted::Arn(pattern, true) => {
            let pattern = match pattern.resolve(|name| context.binding(name)) {
                Resolved::Known(pattern) | Resolved::Unknown(pattern, _) => pattern,
                Resolved::Never(_) => return true,
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
