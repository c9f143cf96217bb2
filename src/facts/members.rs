//! Members of a document, in the ways that AWS Config writes them.

use serde_json::Value;

/// A member whatever the case of its first letter: AWS Config writes some services' members as their API does.
pub fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let members = value.as_object()?;
    let found = members.get(name).or_else(|| {
        let mut letters = name.chars();
        let first = letters.next()?;
        let other = if first.is_lowercase() { first.to_ascii_uppercase() } else { first.to_ascii_lowercase() };
        members.get(&format!("{other}{}", letters.as_str()))
    })?;
    (!found.is_null()).then_some(found)
}

/// A list, or one element as a list of one; nothing for nothing.
pub fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(list)) => list,
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    }
}

/// A text that is not empty.
pub fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    member(value, name)?.as_str().filter(|text| !text.is_empty())
}
