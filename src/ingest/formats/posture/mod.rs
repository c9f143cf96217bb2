//! Exports about the posture of accounts: findings of other tools, who may do what, backups, metrics,
//! reviews.
//!
//! They come as answers of the AWS CLI (several pages glued together or not), as bare lists, as one
//! record a line, or in the envelope of an event. All of these are records under a name, or by
//! themselves; a [`Shape`] says which names, and how a record becomes rows. Shapes are those of the
//! service models published with the AWS SDKs (botocore 1.43) and of formats.md, section 5. Names are
//! compared without case, since the same record is delivered in either.

pub mod access;
pub mod backup;
pub mod findings;
pub mod metrics;
pub mod organization;
pub mod regions;
pub mod review;
pub mod s3_access;
pub mod trusted_advisor;

use serde_json::{Map, Value};

use super::cli_answers::{self, Members, Place, kind_name, place_of, without_copy_mark};
use super::config::mask;
use super::list::{Around, LEVELS, Shape, WRAPPERS, names_of};
use crate::base::steps;
use crate::ingest::batch::Output;
use crate::ingest::reading::json::{self, Effort};
use crate::ingest::reading::pages;
use crate::ingest::reading::tree::{self, Tree};

pub use metrics::{is_console_csv, read_csv};

/// Shapes in the order in which they are asked.
pub type Shapes = &'static [&'static Shape];

/// The records of a document: their shape, what holds them, and each of them.
struct Found<'v> {
    shape: &'static Shape,
    document: &'v Map<String, Value>,
    records: Vec<&'v Value>,
}

/// The shape of a record that stands in a bare list or by itself.
fn bare(shapes: Shapes, record: &Value) -> Option<&'static Shape> {
    let names = names_of(record);
    shapes.iter().copied().find(|shape| shape.bare && shape.list.marks(&names))
}

/// Finds the records of a document. `nothing` stands for the document of a bare list.
fn records<'v>(shapes: Shapes, value: &'v Value, nothing: &'v Map<String, Value>, level: u8) -> Vec<Found<'v>> {
    let Value::Object(document) = value else {
        let Some(list) = value.as_array() else { return Vec::new() };
        let shape = list.first().and_then(|first| bare(shapes, first));
        return shape.map(|shape| Found { shape, document: nothing, records: list.iter().collect() }).into_iter().collect();
    };
    let mut found: Vec<Found<'v>> = Vec::new();
    for shape in shapes {
        for name in shape.list.names {
            let Some(value) = document.get(*name).filter(|value| shape.list.fits(value)) else { continue };
            if !found.iter().any(|other| other.shape.list.names.contains(name)) {
                let records = value.as_array().map_or_else(|| vec![value], |list| list.iter().collect());
                found.push(Found { shape, document, records });
            }
        }
    }
    if !found.is_empty() {
        return found;
    }
    if let Some(shape) = bare(shapes, value) {
        return vec![Found { shape, document, records: vec![value] }];
    }
    match WRAPPERS.iter().find_map(|name| document.get(*name).filter(|inner| inner.is_object())) {
        Some(inner) if level < LEVELS => records(shapes, inner, nothing, level + 1),
        _ => Vec::new(),
    }
}

/// One document of a file, or why there is none at this place.
enum Part {
    Document(Value),
    Broken(u64, String),
}

/// Calls `each` with the documents of a text, one after the other. After a broken one it goes on at
/// the next line that opens a document, so that one bad line of a long file costs one record. Where that is far before
/// the place at which the document turned out to be broken, again and again, the rest is given up.
fn documents(text: &[u8], each: &mut dyn FnMut(Part) -> bool) {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mended = json::mend_surrogates(text);
    let text = mended.as_deref().unwrap_or(text);
    let mut at = 0;
    let mut effort = Effort::on(text.len());
    while at < text.len() {
        let mut stream = serde_json::Deserializer::from_slice(&text[at..]).into_iter::<Value>();
        let mut good = at;
        let broken = loop {
            match stream.next() {
                None => return,
                Some(Ok(document)) => {
                    good = at + stream.byte_offset();
                    if !each(Part::Document(document)) {
                        return;
                    }
                }
                Some(Err(error)) => break error,
            }
        };
        let start = json::skip_blank(text, good);
        let reached = json::place_of_error(text, at, &broken);
        steps::count(reached - at);
        if effort.is_spent() {
            let why = "the rest of the file is too damaged to be searched for documents";
            each(Part::Broken(start as u64, why.to_owned()));
            return;
        }
        let why = json::why(&broken);
        if !each(Part::Broken(start as u64, format!("the text here is no whole JSON: {why}"))) {
            return;
        }
        let mut next = start;
        at = loop {
            let Some(line) = text.get(next..).and_then(|rest| memchr::memchr(b'\n', rest)) else { return };
            next += line + 1;
            if matches!(text.get(next), Some(b'{' | b'[')) {
                break next;
            }
        };
        effort.spend(reached.saturating_sub(at));
    }
}

/// Reads all documents of a file. Records are counted on from document to document.
pub fn read(shapes: Shapes, text: &[u8], path: &str, out: &mut Output<'_>) {
    let place = place_of(path);
    let nothing = Map::new();
    let mut any = false;
    documents(text, &mut |part| {
        any = true;
        match part {
            Part::Broken(offset, why) => refuse(out, Some(offset), why),
            Part::Document(document) => one(shapes, &document, &nothing, &place, path, out),
        }
        out.flush_if_large();
        true
    });
    if !any {
        refuse(out, Some(0), "the file holds no JSON document".to_owned());
    }
}

fn refuse(out: &mut Output<'_>, offset: Option<u64>, why: String) {
    let record = out.counts.read;
    out.read(1);
    out.reject(record, offset, why);
}

fn one(shapes: Shapes, value: &Value, nothing: &Map<String, Value>, place: &Place, path: &str, out: &mut Output<'_>) {
    let found = records(shapes, value, nothing, 0);
    if found.is_empty() {
        let why = match cli_answers::refusal(cli_answers::unwrap(value)) {
            Some(code) => format!("the answer holds the error {code} instead of data; export it again"),
            None => "the document is none of the exports that are read here".to_owned(),
        };
        return refuse(out, None, why);
    }
    for Found { shape, document, records } in found {
        let left = ["NextToken", "nextToken", "Marker"].iter().find(|name| document.text(name).is_some());
        if let Some(token) = left {
            out.note(pages::incomplete(token));
        }
        if document.flag("IsTruncated") == Some(true) {
            out.note(pages::incomplete("IsTruncated"));
        }
        let around = Around { document, place: place.clone(), path };
        for element in records {
            let record = out.counts.read;
            out.read(1);
            match (shape.read)(&around, record, element, out) {
                Ok(()) => out.kept(1),
                Err(why) => out.reject(record, None, why),
            }
        }
    }
}

/// The text of one record, for `evidence`.
pub fn find(shapes: Shapes, text: &[u8], record: u64) -> Option<String> {
    let nothing = Map::new();
    let mut next = 0;
    let mut found = None;
    documents(text, &mut |part| {
        if let Part::Document(document) = part {
            let all: Vec<&Value> = records(shapes, &document, &nothing, 0).into_iter().flat_map(|found| found.records).collect();
            if let Some(hit) = usize::try_from(record - next).ok().and_then(|at| all.get(at)) {
                found = Some(hit.to_string());
                return false;
            }
            // A document without records is a reject, and so is a broken one.
            next += (all.len() as u64).max(u64::from(records(shapes, &document, &nothing, 0).is_empty()));
        } else {
            next += 1;
        }
        next <= record
    });
    found
}

/// The jq program that prints record `record` of a file with these shapes: `jq -n 'PROGRAM' FILE`. Texts whose
/// documents are broken cannot be read by jq at all.
pub fn jq(shapes: &[Shape], record: u64) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in shapes.iter().flat_map(|shape| shape.list.names) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let open: Vec<String> = names.iter().map(|name| format!(".{name}?")).collect();
    let wrapped: Vec<String> = WRAPPERS.iter().map(|name| format!(".{name}?")).collect();
    // Lists give their elements, anything else is one record.
    format!(
        "[inputs | ({} // .) | ([{}] | map(values)) as $held | if ($held | length) > 0 then $held[] else . end | if type == \"array\" then .[] else . end][{record}]",
        wrapped.join(" // "),
        open.join(", ")
    )
}

/// The members of an object.
fn object(value: &Value) -> Result<&Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("the record is {} and no object", kind_name(value)))
}

/// A text as it may be stored.
fn safe(text: Option<String>) -> Option<String> {
    text.map(|text| mask::mask_text(&text).unwrap_or(text))
}

/// A member as JSON text with keys sorted and secrets masked; `None` when it is absent or empty.
fn json_of(value: Option<&Value>) -> Option<String> {
    text_of(Tree::from(value?))
}

/// The same of a document.
fn text_of(mut document: Tree<'_>) -> Option<String> {
    let empty = match &document {
        Tree::Null => true,
        Tree::List(list) => list.is_empty(),
        Tree::Object(members) => members.is_empty(),
        Tree::Text(text) => text.is_empty(),
        _ => false,
    };
    if empty {
        return None;
    }
    mask::mask_json(&mut document, "");
    Some(document.to_text())
}

/// A whole number, also one written as text.
fn whole(members: &Map<String, Value>, name: &str) -> Option<i64> {
    match members.member(name)? {
        Value::Number(number) => tree::whole(number),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A number that is no amount of money.
fn double(members: &Map<String, Value>, name: &str) -> Option<f64> {
    match members.member(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
        _ => None,
    }
}

/// What an answer that is about one identity, policy or the like is named after: its whole name, since each kind of
/// answer has fronts of its own.
pub fn named(path: &str) -> Option<String> {
    subject_of(path, &[""])
}

/// What a file is named after: the part of its name behind one of `fronts`, without account and Region.
fn subject_of(path: &str, fronts: &[&str]) -> Option<String> {
    let file = path.rsplit(['/', '\\']).next()?;
    let stem = file.strip_suffix(".gz").unwrap_or(file);
    let stem = without_copy_mark(stem.strip_suffix(".json").unwrap_or(stem));
    let lower = stem.to_ascii_lowercase().replace('_', "-");
    let mut name = fronts.iter().find_map(|front| lower.starts_with(front).then(|| stem.get(front.len()..)).flatten())?;
    let place = place_of(file);
    let cut = |name: &'_ str| name.trim_start_matches(['-', '_', '.']).len();
    name = &name[name.len() - cut(name)..];
    for known in [&place.account, &place.region, &place.account].into_iter().flatten() {
        if let Some(rest) = name.strip_prefix(known.as_str()) {
            name = &rest[rest.len() - cut(rest)..];
        }
    }
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
