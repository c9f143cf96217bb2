//! Conditions, three-valued: yes, no, or unknown with the keys that decide.
//!
//! Sources: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys" and "IAM policy elements:
//! Variables and tags". A key is present with values, absent, or unknown (documented, but files do not show its value). An unknown value still
//! decides where every value or none would match, as `StringLike "*"` on a key that is in every request.

mod answer;
mod compare;
mod context;
#[cfg(test)]
mod tests;

use super::document::{Base, Condition, Operator, SetOperator, Version, fold_key};
use super::keys;
use answer::Answer;
pub use answer::{Cause, Truth, Undecided};
use compare::{Wanted, covers_all, matches, never, null, wanted};
pub use context::{Context, Value};

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

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Test {
    operator: Operator,
    key: String,
    list: bool,
    wanted: Vec<Wanted>,
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

/// A condition with its key in the case it is compared in; for tests and callers that build conditions.
pub fn condition(operator: &str, key: &str, values: &[&str]) -> Option<Condition> {
    let operator = Operator::parse(operator)?;
    Some(Condition { operator, key: fold_key(key), values: values.iter().map(|value| (*value).to_owned()).collect() })
}
