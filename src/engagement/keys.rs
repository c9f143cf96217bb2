//! Which keys an engagement file may have, and where in its text a key stands. The types that the file is read into are
//! the one list of keys; they are asked for it here.

use serde::de::{Deserializer, Error as _, Visitor, value::Error};
use serde::{Deserialize, forward_to_deserialize_any};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{About, Account, AllowList, BurstThreshold, ClientControl, Engagement, Invoice, KnownAccount, PeriodToml, Received};
use super::{Owner, Representation, Response, RiskAcceptance, Scope, Thresholds, Waiver, Workload};
use crate::base::nearest::nearest;

/// Steps from the top of a file to a value: names of keys, and numbers of list members from 0.
pub type Path = [Step];

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A key.
    Key(&'static str),
    /// A member of a list.
    At(usize),
}

/// The keys of the table at a path, and what it is called; `None` where keys are the client's own, such as tags.
fn keys_at(path: &[&str]) -> Option<&'static [&'static str]> {
    match path {
        [] => Some(fields::<Engagement>()),
        ["engagement"] => Some(fields::<About>()),
        ["period"] => Some(fields::<PeriodToml>()),
        ["scope"] => Some(fields::<Scope>()),
        ["scope", "account"] => Some(fields::<Account>()),
        ["scope", "known_account"] => Some(fields::<KnownAccount>()),
        ["thresholds"] => Some(fields::<Thresholds>()),
        ["thresholds", "burst"] => Some(fields::<BurstThreshold>()),
        ["allow_list"] => Some(fields::<AllowList>()),
        ["client_control"] => Some(fields::<ClientControl>()),
        ["representation"] => Some(fields::<Representation>()),
        ["waiver"] => Some(fields::<Waiver>()),
        ["risk_acceptance"] => Some(fields::<RiskAcceptance>()),
        ["owner"] => Some(fields::<Owner>()),
        ["response"] => Some(fields::<Response>()),
        ["received"] => Some(fields::<Received>()),
        ["workload"] => Some(fields::<Workload>()),
        ["invoice"] => Some(fields::<Invoice>()),
        _ => None,
    }
}

/// An unknown key: where it stands, its path, and the known key nearest to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// Byte at which the key begins.
    pub(super) at: usize,
    /// Its path, such as `waiver.untill`.
    pub(super) path: String,
    /// The nearest known key of the same table.
    pub(super) nearest: String,
}

/// The first key, in the order of the text, that no type knows.
pub(super) fn unknown(table: &DeTable<'_>) -> Option<Unknown> {
    let mut found = Vec::new();
    walk(table, &mut Vec::new(), &mut found);
    found.into_iter().min_by_key(|unknown| unknown.at)
}

fn walk<'t>(table: &'t DeTable<'_>, path: &mut Vec<&'t str>, found: &mut Vec<Unknown>) {
    let Some(known) = keys_at(path) else { return };
    for (key, value) in table.iter() {
        let name: &str = key.get_ref();
        if !known.contains(&name) {
            let nearest = nearest(name, known.iter().copied());
            found.push(Unknown { at: key.span().start, path: [&path[..], &[name]].concat().join("."), nearest });
            continue;
        }
        path.push(name);
        match value.get_ref() {
            DeValue::Table(inner) => walk(inner, path, found),
            DeValue::Array(list) => list.iter().filter_map(|v| v.get_ref().as_table()).for_each(|inner| walk(inner, path, found)),
            _ => {}
        }
        path.pop();
    }
}

/// Byte at which the value at a path begins, or the nearest thing above it that the text has.
pub(super) fn place(table: &Spanned<DeTable<'_>>, path: &Path) -> usize {
    let mut at = table.span().start;
    let mut steps = path.iter();
    let Some(Step::Key(first)) = steps.next() else { return at };
    let Some(mut value) = table.get_ref().get(*first) else { return at };
    at = value.span().start;
    for step in steps {
        let next = match (step, value.get_ref()) {
            (Step::Key(name), DeValue::Table(inner)) => inner.get(*name),
            (Step::At(number), DeValue::Array(list)) => list.get(*number),
            _ => None,
        };
        let Some(next) = next else { break };
        value = next;
        at = value.span().start;
    }
    at
}

/// The names of a type's fields, as serde derives them.
fn fields<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // The deserializer only takes the names and then stops.
    let _ = T::deserialize(Names(&mut names));
    names
}

struct Names<'n>(&'n mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("only structs have names"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("the names are known"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_keys() {
        assert_eq!(fields::<AllowList>(), ["name", "values"]);
        let top = fields::<Engagement>();
        assert!(top.contains(&"waiver") && !top.contains(&"sha256"), "{top:?}");
        for key in top {
            assert!(keys_at(&[key]).is_some(), "{key} is not looked into");
        }
    }
}
