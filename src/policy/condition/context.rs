//! What is known of a request, key by key.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::keys::{self, Presence};
use super::super::pattern::Binding;

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
///
/// A copy costs little: what was known before it is shared, and what is stated afterwards stands apart.
#[derive(Debug, Clone, Default)]
pub struct Context {
    service: String,
    signed: bool,
    complete: bool,
    shared: Arc<BTreeMap<String, Value>>,
    /// What was stated since the copy: outranks what is shared.
    own: Vec<(String, Value)>,
    closed: Arc<BTreeSet<String>>,
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
        let key = key.to_lowercase();
        if let Some((_, known)) = self.own.iter_mut().find(|(known, _)| *known == key) {
            *known = value;
        } else if let Some(alone) = Arc::get_mut(&mut self.shared) {
            alone.insert(key, value);
        } else {
            self.own.push((key, value));
        }
    }

    /// States that a key has this one value.
    pub fn set_text(&mut self, key: &str, text: &str) {
        self.set(key, Value::Present(vec![text.to_owned()]));
    }

    /// States that keys with this beginning (`aws:principaltag/`) are absent unless given.
    pub fn close(&mut self, prefix: &str) {
        let prefix = prefix.to_lowercase();
        if !self.closed.contains(&prefix) {
            Arc::make_mut(&mut self.closed).insert(prefix);
        }
    }

    /// What is known of a key, in any case.
    pub fn value(&self, key: &str) -> Value {
        let folded =
            if key.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) { Cow::Borrowed(key) } else { Cow::Owned(key.to_lowercase()) };
        let own = self.own.iter().find(|(known, _)| *known == folded).map(|(_, value)| value);
        if let Some(value) = own.or_else(|| self.shared.get(folded.as_ref())) {
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
