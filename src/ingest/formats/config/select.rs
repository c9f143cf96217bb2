//! Answers of `select-resource-config` and its aggregate form: JSON texts that hold only the fields the
//! query asked for.
//!
//! Such rows have the status `SelectResult`. What was not asked for is NULL, and no column takes its
//! `absent` value, since its absence says nothing about the resource.

use super::decode;
use super::item::Delivered;

/// One answer row: text of JSON as the API gives it, or the object itself as the console exports it.
#[derive(Debug)]
pub enum Answer<'a> {
    /// JSON text.
    Text(String),
    /// An object.
    Object(&'a [u8]),
}

impl<'a> Answer<'a> {
    /// Takes an element of `Results` apart.
    ///
    /// # Errors
    /// When it is neither text nor an object.
    pub fn of(element: &'a [u8]) -> Result<Self, String> {
        match element.first() {
            Some(b'{') => Ok(Self::Object(element)),
            Some(b'"') => serde_json::from_slice(element).map(Self::Text).map_err(|e| format!("invalid JSON: {e}")),
            _ => Err("the answer row is neither JSON text nor an object".to_owned()),
        }
    }

    /// Reads the row as an item and hands it to `take`.
    ///
    /// # Errors
    /// When the JSON in the text cannot be read, or `take` refuses it.
    pub fn item(&self, take: &mut dyn FnMut(Delivered<'_>) -> Result<(), String>) -> Result<(), String> {
        let bytes = match self {
            Self::Text(text) => text.as_bytes(),
            Self::Object(bytes) => bytes,
        };
        let error = match serde_json::from_slice(bytes) {
            Ok(read) => return take(read),
            Err(error) => error,
        };
        let mended = decode::mended(bytes).ok_or_else(|| format!("the answer row is invalid JSON: {error}"))?;
        take(serde_json::from_slice(&mended).map_err(|e| format!("the answer row is invalid JSON: {e}"))?)
    }
}
