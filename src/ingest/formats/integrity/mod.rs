//! What proves the integrity of CloudTrail log files: digest files, public keys, the saved metadata of
//! digest objects, and the sign files beside saved CloudTrail Lake results.
//!
//! Readers only write down what these files state; nothing is verified here. Texts that were signed are kept to
//! the letter.

mod answers;
mod digest;
pub mod format;

pub use answers::{read_metadata, read_public_keys, read_sign_file};
pub use digest::{ObjectName, base_name, object_name, read_digest};

use serde_json::{Map, Value};

use crate::base::time;
use crate::ingest::batch::Output;

/// A member by AWS's own name, or that name in other case: tools differ.
fn member<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// A text that is not null.
fn text<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    member(object, name).and_then(Value::as_str)
}

/// A time, UTC microseconds. One that cannot be read is NULL and told.
fn moment(object: &Map<String, Value>, name: &str, out: &mut Output<'_>) -> Option<i64> {
    let value = member(object, name)?;
    match time::parse_json(value) {
        Ok(micros) => Some(micros),
        Err(time::TimeError::Empty) => None,
        Err(error) => {
            if !value.is_null() {
                out.note(format!("{name}: {error}; it is NULL"));
            }
            None
        }
    }
}

/// The JSON objects of a file, one after the other; what is none counts as a rejected record.
fn objects(content: &[u8], out: &mut Output<'_>, mut each: impl FnMut(&Map<String, Value>, &mut Output<'_>)) {
    let mut documents = serde_json::Deserializer::from_slice(content).into_iter::<Value>();
    let mut found = false;
    loop {
        let at = documents.byte_offset() as u64;
        let failed = match documents.next() {
            None => break,
            // Answers recorded by test tools wrap the answer itself.
            Some(Ok(Value::Object(mut object))) => {
                match object.remove("data") {
                    Some(Value::Object(inner)) if object.contains_key("status_code") => object = inner,
                    Some(other) => drop(object.insert("data".to_owned(), other)),
                    None => {}
                }
                each(&object, out);
                found = true;
                continue;
            }
            Some(Ok(_)) => "the document is no object".to_owned(),
            Some(Err(error)) => format!("the document is not whole JSON: {error}; export it again"),
        };
        let record = out.counts.read;
        out.read(1);
        out.reject(record, Some(at), failed);
        found = true;
        if documents.byte_offset() as u64 == at {
            break;
        }
    }
    if !found {
        out.read(1);
        out.reject(0, Some(0), "the file holds no document");
    }
}

/// The text of one record of such a file. In some the document itself is record 0, and the elements of its list follow;
/// in the others these alone are counted, on from document to document.
fn find_in(content: &[u8], itself: bool, list: Option<&str>, record: u64) -> Option<String> {
    let mut left = usize::try_from(record).ok()?;
    for document in serde_json::Deserializer::from_slice(content).into_iter::<Value>() {
        let document = document.ok()?;
        if itself && left == 0 {
            return Some(document.to_string());
        }
        left -= usize::from(itself);
        let object = document.as_object()?;
        let elements = list.and_then(|name| member(object, name)).and_then(Value::as_array);
        match elements.and_then(|elements| elements.get(left)) {
            Some(element) => return Some(element.to_string()),
            None => left = left.checked_sub(elements.map_or(0, Vec::len))?,
        }
    }
    None
}
