//! CloudTrail records: from JSON text to the columns of `cloudtrail_events`.
//!
//! Containers read here: the S3 delivery and console download (`Records`), a bare array, one record
//! after the other (NDJSON or glued), `lookup-events` pages (`Events` with `CloudTrailEvent` text)
//! and EventBridge envelopes (`detail`). A record that cannot be read is a counted reject; the ones
//! around it are read all the same.

mod actor;
mod declared;
mod event;
mod fields;
#[cfg(test)]
mod tests;
mod walk;

use serde_json::Value;
use serde_json::value::RawValue;

use super::batch::Cell;
use super::json::{self, Element, Elements, Members};
use crate::schema::resource::EventColumn;
use declared::Declared;
use event::Events;
use walk::{GaveUp, Walk};

/// How the records lie in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// `{"Records":[...]}`.
    Records,
    /// `[...]`.
    Array,
    /// One document after the other.
    Stream,
    /// `{"Events":[{"CloudTrailEvent":"..."}]}`.
    Lookup,
}

/// One event as columns, with what deduplication needs.
#[derive(Debug)]
pub struct Event<'a> {
    /// UTC microseconds.
    pub time: i64,
    /// Hash of the record's content.
    pub content_hash: u64,
    /// Values of `cloudtrail_events` in the order of the schema, without `copies`, `is_conflict` and
    /// `content_hash`.
    pub cells: &'a [Cell<'a>],
}

/// Where the records of a container are: start of the list, or `None` if it is missing.
fn list_start(text: &[u8], name: &str) -> Option<usize> {
    let open = json::skip_blank(text, 0);
    Members::new(text, open).find(|(n, start, _)| *n == name && text.get(*start) == Some(&b'[')).map(|(_, start, _)| start)
}

/// What a reader is told about each record.
pub trait Sink {
    /// A record was understood.
    fn event(&mut self, record: u64, event: &Event<'_>);
    /// A record was not.
    fn reject(&mut self, record: u64, offset: u64, reason: String);
    /// Something about the file.
    fn note(&mut self, note: &str);
}

/// Reads all records of one decompressed file. Returns the number of records offered.
pub fn read(container: Container, text: &[u8], columns: &[EventColumn], sink: &mut dyn Sink) -> u64 {
    let open = json::skip_blank(text, 0);
    let mut elements = match container {
        Container::Records | Container::Lookup => {
            let name = if container == Container::Records { "Records" } else { "Events" };
            match list_start(text, name) {
                Some(start) => Elements::of_list(text, start),
                None => return 0,
            }
        }
        Container::Array => Elements::of_list(text, open),
        Container::Stream => Elements::of_stream(text),
    };
    let mut reader = Reader { columns, walk: Walk::new(columns), events: Events::default() };
    // The walk needs text, and positions that fit its index.
    let walked =
        if container == Container::Lookup || u32::try_from(text.len()).is_err() { None } else { simdutf8::basic::from_utf8(text).ok() };
    let mut in_step = false;
    let mut record = 0;
    loop {
        if let Some(text) = walked
            && let Some(start) = elements.upcoming()
        {
            if !in_step {
                reader.walk.start(start);
                in_step = true;
            }
            match reader.walk.record(text, start) {
                Ok((end, fields)) => {
                    elements.skip_to(end);
                    if let Err(reason) = reader.events.event(record, &fields, sink) {
                        sink.reject(record, start as u64, reason);
                    }
                    record += 1;
                    continue;
                }
                // The record is looked at again below, with a reason if it is none.
                Err(_) => in_step = false,
            }
        }
        let Some(element) = elements.next() else { break };
        let (start, end, cut) = match element {
            Element::Whole(start, end) => (start, end, false),
            Element::Cut(start) => (start, text.len(), true),
        };
        if cut && start >= text.len() {
            sink.note("the file ends inside its list of records: it was cut or is incomplete");
            break;
        }
        let slice = &text[start..end];
        let outcome = if cut { Err("the file ends inside this record".to_owned()) } else { reader.record(record, slice, sink) };
        if let Err(reason) = outcome {
            sink.reject(record, start as u64, reason);
            let broken = cut || serde_json::from_slice::<&RawValue>(slice).is_err();
            if broken && container != Container::Stream {
                elements.resume_after(start);
            }
            if cut {
                sink.note("the file ends inside a record: it was cut or is incomplete");
            }
        }
        record += 1;
    }
    record
}

/// The `jq` filter that prints record `record` of such a file; a stream wants `jq -s`.
pub fn jq(container: Container, record: u64) -> String {
    match container {
        Container::Records => format!(".Records[{record}]"),
        Container::Array | Container::Stream => format!(".[{record}]"),
        Container::Lookup => format!(".Events[{record}].CloudTrailEvent | fromjson"),
    }
}

/// The text of record `record`, for `evidence`.
pub fn find(container: Container, text: &[u8], record: u64) -> Option<String> {
    let open = json::skip_blank(text, 0);
    let mut elements = match container {
        Container::Records => Elements::of_list(text, list_start(text, "Records")?),
        Container::Lookup => Elements::of_list(text, list_start(text, "Events")?),
        Container::Array => Elements::of_list(text, open),
        Container::Stream => Elements::of_stream(text),
    };
    let mut at = 0;
    while let Some(element) = elements.next() {
        let Element::Whole(start, end) = element else { return None };
        let slice = &text[start..end];
        if at == record {
            return Some(String::from_utf8_lossy(slice).into_owned());
        }
        if serde_json::from_slice::<&RawValue>(slice).is_err() && container != Container::Stream {
            elements.resume_after(start);
        }
        at += 1;
    }
    None
}

struct Reader<'c> {
    columns: &'c [EventColumn],
    walk: Walk<'c>,
    events: Events,
}

impl Reader<'_> {
    /// One element of a container: a record, or an envelope around one.
    fn record(&mut self, number: u64, slice: &[u8], sink: &mut dyn Sink) -> Result<(), String> {
        if slice.first() != Some(&b'{') {
            return Err("not a JSON object".to_owned());
        }
        for (name, start, end) in Members::new(slice, 0).take(12) {
            match name {
                "CloudTrailEvent" => {
                    let inner: String =
                        serde_json::from_slice(&slice[start..end]).map_err(|e| format!("CloudTrailEvent is no JSON text: {e}"))?;
                    return self.bare(number, inner.as_bytes(), sink);
                }
                "detail" if slice.get(start) == Some(&b'{') => return self.bare(number, &slice[start..end], sink),
                "eventVersion" | "userIdentity" | "eventTime" => break,
                _ => {}
            }
        }
        self.bare(number, slice, sink)
    }

    /// A record by itself: walked where that goes, else parsed.
    fn bare(&mut self, number: u64, slice: &[u8], sink: &mut dyn Sink) -> Result<(), String> {
        if let Ok(text) = std::str::from_utf8(slice) {
            self.walk.start(0);
            match self.walk.record(text, 0) {
                Ok((end, fields)) if json::skip_blank(slice, end) == slice.len() => return self.events.event(number, &fields, sink),
                Ok(_) => {}
                Err(gave_up) if gave_up == GaveUp::Twice => {
                    return Err("a member stands twice in the record, so what it says is not certain".to_owned());
                }
                Err(_) => {}
            }
        }
        let mended = json::mend_surrogates(slice);
        let slice = mended.as_deref().unwrap_or(slice);
        let record: Value = serde_json::from_slice(slice).map_err(|e| format!("not readable as a CloudTrail record: {e}"))?;
        let text = std::str::from_utf8(slice).map_err(|e| e.to_string())?;
        self.events.event(number, &fields::of(text, &record, self.columns)?, sink)
    }
}
