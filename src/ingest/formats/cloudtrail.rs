//! CloudTrail records: from JSON text to the columns of `cloudtrail_events`.
//!
//! Containers read here: the S3 delivery and console download (`Records`), a bare array, and one record
//! after the other (NDJSON or glued). What other tools export is unpacked by [`trail_exports`]. A record
//! that cannot be read is a counted reject; the ones around it are read all the same.

mod actor;
mod carrier;
mod declared;
mod event;
mod fields;
pub mod format;
mod frame;
pub mod kind;
mod provider;
#[cfg(test)]
pub(crate) mod tests;
pub mod unread;
mod walk;

use serde_json::Value;

use super::trail_exports::{self, Export};
use crate::base::steps;
use crate::ingest::batch::Cell;
use crate::ingest::reading::json::{self, Element, Elements, Members};
use crate::ingest::remark::{Inside, Remark};
use crate::schema::resource::EventColumn;
pub use actor::{TASK_SESSION, is_console_host};
pub use carrier::{Carrier, OF_A_RECORD, is_about_trail, was_record};
use event::Events;
pub use frame::first_behind_frame;
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
    /// What other tools than the delivery to S3 write.
    Export(Export),
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
    /// The record's JSON.
    pub text: &'a str,
}

/// The records of a container, from a position on: log files may be glued to one another.
///
/// # Errors
/// When none stand there: the bytes looked at to see it.
fn elements(container: Container, text: &[u8], from: usize) -> Result<Elements<'_>, usize> {
    let open = json::skip_blank(text, from);
    match container {
        Container::Records => {
            let mut members = Members::new(text, open);
            let list = members.start_of(|name, start| name == "Records" && text.get(start) == Some(&b'['));
            list.map(|start| Elements::of_list(text, start)).ok_or_else(|| members.position().saturating_sub(open))
        }
        Container::Array if text.get(open) == Some(&b'[') => Ok(Elements::of_list(text, open)),
        Container::Stream => Ok(Elements::of_stream(text)),
        Container::Array | Container::Export(_) => Err(0),
    }
}

/// Where the next log file starts behind the list just read; `None` at the end of the text.
fn next_document(container: Container, text: &[u8], elements: &Elements<'_>) -> Option<usize> {
    let next = match container {
        Container::Records => json::skip_blank(text, json::after_object(text, elements.position())),
        Container::Array => json::skip_blank(text, elements.position()),
        Container::Stream | Container::Export(_) => return None,
    };
    (next < text.len()).then_some(next)
}

/// The list of records at `at`, and what is said if something else stands there: damage may have hit what comes before
/// the first record, or have closed the list `before` too early, and it then goes on with its next record.
fn list_at<'t>(
    container: Container,
    text: &'t [u8],
    at: usize,
    before: Option<Elements<'t>>,
) -> (Option<Elements<'t>>, Option<&'static str>) {
    let looked_at = match elements(container, text, at) {
        Ok(list) => {
            // What was spent on the lists before it counts for this one.
            let list = if let Some(before) = before { list.with_effort(before.effort()) } else { list };
            return (Some(list), None);
        }
        Err(looked_at) => looked_at,
    };
    if at > 0 {
        let resumed = before.and_then(|mut list| {
            list.spend(looked_at);
            list.resume_at(at, b'{', json::looks_like_record).map(|_| list)
        });
        return (resumed, Some("what follows the list of records is no log file"));
    }
    // A list is entered at the byte before its first element.
    let framed = if container == Container::Records { first_behind_frame(text) } else { None };
    let list = framed.and_then(|first| first.checked_sub(1)).map(|open| Elements::of_list(text, open));
    let damaged = list.is_some().then_some("the beginning of the file, before its first record, is damaged");
    (list, damaged)
}

/// One element of a container: where it starts, and its text.
struct Piece<'t> {
    start: usize,
    /// Empty where the text ends between two elements.
    slice: &'t [u8],
    /// The text ends inside it.
    is_cut: bool,
}

impl<'t> Piece<'t> {
    fn next(elements: &mut Elements<'t>, text: &'t [u8]) -> Option<Self> {
        Some(match elements.next()? {
            Element::Whole(start, end) => Self { start, slice: &text[start..end], is_cut: false },
            Element::Cut(start) => Self { start, slice: &text[start..], is_cut: true },
        })
    }
}

/// Behind an element that was not understood: looks for the next record if it is no JSON, and tells whether
/// there is one. Reading and finding must do so alike, since records are known by their number.
fn go_on(container: Container, elements: &mut Elements<'_>, start: usize, slice: &[u8]) -> bool {
    container != Container::Stream && !json::is_whole(slice) && elements.resume_at(start, b'{', json::looks_like_record).is_some()
}

/// What a reader is told about each record.
pub trait Sink {
    /// A record was understood.
    fn event(&mut self, record: u64, event: &Event<'_>);
    /// A record was not.
    fn reject(&mut self, record: u64, offset: u64, reason: String);
    /// A record is no event and is not meant to be one; `reason` says of many what they are.
    fn apart(&mut self, reason: &str);
    /// Something about the file.
    fn note(&mut self, note: Remark);
}

/// Reads all records of one decompressed file. Returns the number of records offered.
pub fn read(container: Container, text: &[u8], columns: &[EventColumn], sink: &mut dyn Sink) -> u64 {
    if let Container::Export(export) = container {
        return trail_exports::read(export, text, columns, sink);
    }
    let mut reader = Reader::new(columns);
    // The walk needs text, and positions that fit its index.
    let walked = if u32::try_from(text.len()).is_err() { None } else { simdutf8::basic::from_utf8(text).ok() };
    let mut record = 0;
    let mut from = Some(0);
    let mut before = None;
    while let Some(at) = from {
        let (list, damaged) = list_at(container, text, at, before.take());
        if let Some(why) = damaged {
            sink.reject(record, at as u64, why.to_owned());
            record += 1;
        }
        let Some(mut elements) = list else { break };
        // Whether the walk's index stands where the next record begins.
        let mut in_step = false;
        loop {
            if let Some(text) = walked
                && let Some(start) = elements.upcoming()
            {
                if !in_step {
                    reader.walk.start(start);
                }
                let walked = reader.walk.record(text, start);
                // A record that the walk gives up is looked at again below, with a reason if it is none.
                in_step = walked.is_ok();
                if let Ok((end, fields)) = walked {
                    elements.skip_to(end);
                    if let Err(reason) = reader.events.event(record, &fields, &text[start..end], sink) {
                        sink.reject(record, start as u64, reason);
                    }
                    record += 1;
                    continue;
                }
            }
            let Some(Piece { start, slice, is_cut }) = Piece::next(&mut elements, text) else { break };
            if is_cut && slice.is_empty() {
                sink.note(Remark::Cut { inside: Inside::List });
                break;
            }
            if is_cut {
                if go_on(container, &mut elements, start, slice) {
                    sink.reject(record, start as u64, "this record does not close before the next one begins".to_owned());
                } else {
                    sink.reject(record, start as u64, "the file ends inside this record".to_owned());
                    sink.note(Remark::Cut { inside: Inside::Record });
                }
            } else if let Err(reason) = reader.record(record, slice, sink) {
                sink.reject(record, start as u64, reason);
                go_on(container, &mut elements, start, slice);
            }
            record += 1;
        }
        if elements.gave_up() {
            sink.note(json::too_damaged());
        }
        from = next_document(container, text, &elements);
        before = Some(elements);
    }
    for note in reader.notes() {
        sink.note(note);
    }
    record
}

/// The `jq` filter that prints record `record` of such a file; a stream wants `jq -s`.
pub fn jq(container: Container, record: u64) -> String {
    match container {
        Container::Records => format!(".Records[{record}]"),
        Container::Array | Container::Stream | Container::Export(_) => format!(".[{record}]"),
    }
}

/// The text of record `record`, for `evidence`.
pub fn find(container: Container, text: &[u8], record: u64) -> Option<String> {
    if let Container::Export(export) = container {
        return trail_exports::find(export, text, record);
    }
    let mut number = 0;
    let mut from = Some(0);
    let mut before = None;
    while let Some(at) = from {
        let (list, damaged) = list_at(container, text, at, before.take());
        number += u64::from(damaged.is_some());
        let mut elements = list?;
        while let Some(Piece { start, slice, .. }) = Piece::next(&mut elements, text) {
            if number == record && !slice.is_empty() {
                return Some(String::from_utf8_lossy(slice).into_owned());
            }
            go_on(container, &mut elements, start, slice);
            number += 1;
        }
        from = next_document(container, text, &elements);
        before = Some(elements);
    }
    None
}

/// Reads records one by one, from any container.
pub(in crate::ingest) struct Reader<'c> {
    columns: &'c [EventColumn],
    walk: Walk<'c>,
    events: Events<'c>,
}

impl<'c> Reader<'c> {
    /// A reader that looks for the fixed members and for these columns.
    pub(in crate::ingest) fn new(columns: &'c [EventColumn]) -> Self {
        Self { columns, walk: Walk::new(columns), events: Events::new(columns) }
    }

    /// Says what the records read from now on state.
    pub(in crate::ingest) fn states(&mut self, exported: unread::Exported) {
        self.events.exported = exported;
    }

    /// What the file's notes must say of the records read.
    pub(in crate::ingest) fn notes(&self) -> Vec<Remark> {
        self.events.notes()
    }

    /// Reads the text of one record that another container held.
    ///
    /// # Errors
    /// In words, why it is no record; the caller counts it.
    pub(in crate::ingest) fn one(&mut self, number: u64, text: &[u8], sink: &mut dyn Sink) -> Result<(), String> {
        let text = text.trim_ascii_start();
        if text.first() != Some(&b'{') {
            return Err("not a CloudTrail record".to_owned());
        }
        self.bare(number, text, sink)
    }

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
                Ok((end, fields)) if json::skip_blank(slice, end) == slice.len() => return self.events.event(number, &fields, text, sink),
                Ok(_) => {}
                Err(GaveUp::Twice) => {
                    return Err("a member stands twice in the record, so what it says is not certain".to_owned());
                }
                Err(GaveUp::Elsewhere) => {}
            }
        }
        steps::count(slice.len());
        let mended = json::mend_surrogates(slice);
        let slice = mended.as_deref().unwrap_or(slice);
        let record: Value = serde_json::from_slice(slice).map_err(|e| format!("not readable as a CloudTrail record: {e}"))?;
        let text = std::str::from_utf8(slice).map_err(|e| e.to_string())?;
        self.events.event(number, &fields::of(text, &record, self.columns)?, text, sink)
    }
}
