//! What the documents of each export look like, and how an element becomes a record.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::documents::{Envelope, Shape};
use super::{Export, Found};
use crate::ingest::reading::json::{self, Members};

/// The shape of an export that is a JSON document or several.
pub(super) fn of(export: Export) -> Shape {
    let is_row = |value: &[u8]| value.first() == Some(&b'[') && value.get(json::skip_blank(value, 1)) == Some(&b'{');
    let is_message = |value: &[u8]| has(value, "message");
    let shape = Shape { list: "", open: b'{', is_element: is_row, open_element: lookup, state: "" };
    match export {
        Export::EventBridge => Shape { is_element: |value| has(value, "detail-type"), open_element: event_bridge, ..shape },
        Export::Logstash => Shape { is_element: |value| has(value, "eventSource"), open_element: logstash, ..shape },
        Export::Subscription => Shape { list: "logEvents", is_element: is_message, open_element: message, state: "messageType", ..shape },
        Export::LogEvents => Shape { list: "events", is_element: is_message, open_element: message, ..shape },
        Export::QueryAnswer => Shape { list: "QueryResultRows", open: b'[', open_element: query_row, ..shape },
        Export::LogsInsights => Shape { list: "results", open: b'[', open_element: insights_row, ..shape },
        // The last three are no documents and never come here.
        Export::Lookup | Export::ConsoleCsv | Export::QueryCsv | Export::LogLines => {
            Shape { list: "Events", is_element: |value| has(value, "CloudTrailEvent"), ..shape }
        }
    }
}

fn has(value: &[u8], wanted: &str) -> bool {
    Members::new(value, 0).any(|(name, _, _)| name == wanted)
}

fn member<'t>(value: &'t [u8], wanted: &str) -> Option<&'t [u8]> {
    if value.first() != Some(&b'{') {
        return None;
    }
    Members::new(value, 0).find(|(name, _, _)| *name == wanted).and_then(|(_, start, end)| value.get(start..end))
}

/// JSON text inside a JSON string.
fn inner<'t>(text: &[u8], what: &str) -> Found<'t> {
    match serde_json::from_slice::<String>(text) {
        Ok(text) => Found::Record(Cow::Owned(text.into_bytes())),
        Err(error) => Found::Bad(format!("{what} is no JSON text: {error}")),
    }
}

/// An element of `Events`; with `--query` also its text alone.
fn lookup<'t>(_: &Envelope, element: &'t [u8]) -> Found<'t> {
    if element.first() == Some(&b'"') {
        return inner(element, "the element");
    }
    match member(element, "CloudTrailEvent") {
        Some(text) => inner(text, "CloudTrailEvent"),
        None => Found::Bad("there is no CloudTrailEvent, which holds the record".to_owned()),
    }
}

/// An envelope of EventBridge. Rules also pass on events that CloudTrail did not record.
fn event_bridge<'t>(_: &Envelope, element: &'t [u8]) -> Found<'t> {
    let Some(detail) = member(element, "detail") else {
        return if has_object(element, "eventSource") {
            Found::Record(Cow::Borrowed(element))
        } else {
            Found::Bad("there is no detail, which holds the record".to_owned())
        };
    };
    let kind = member(element, "detail-type").and_then(|text| serde_json::from_slice::<String>(text).ok()).unwrap_or_default();
    if kind.ends_with("via CloudTrail") || has_object(detail, "eventVersion") || has_object(detail, "eventSource") {
        return Found::Record(Cow::Borrowed(detail));
    }
    Found::Apart("EventBridge events that are no CloudTrail records")
}

fn has_object(value: &[u8], wanted: &str) -> bool {
    value.first() == Some(&b'{') && has(value, wanted)
}

/// The Logstash codec moves `eventTime` to `@timestamp`; `@version` is Logstash's own.
fn logstash<'t>(_: &Envelope, element: &'t [u8]) -> Found<'t> {
    // What the members hold stays as it was written.
    let mut record: BTreeMap<Cow<'_, str>, &RawValue> = match serde_json::from_slice(element) {
        Ok(record) => record,
        Err(error) => return Found::Bad(format!("not readable as a record: {error}")),
    };
    let time = record.remove("@timestamp");
    record.remove("@version");
    if let Some(time) = time
        && !record.contains_key("eventTime")
    {
        record.insert(Cow::Borrowed("eventTime"), time);
    }
    match serde_json::to_vec(&record) {
        Ok(text) => Found::Record(Cow::Owned(text)),
        Err(error) => Found::Bad(error.to_string()),
    }
}

/// An element of CloudWatch Logs with the record as `message`. A subscription sends messages of its own
/// to see whether its target answers.
fn message<'t>(envelope: &Envelope, element: &'t [u8]) -> Found<'t> {
    if envelope.state == "CONTROL_MESSAGE" {
        return Found::Apart("control messages of a CloudWatch Logs subscription, which hold no event");
    }
    match member(element, "message") {
        Some(text) => inner(text, "message"),
        None => Found::Bad("there is no message, which holds the record".to_owned()),
    }
}

/// A row of `get-query-results`: a list of objects of one member each.
fn query_row<'t>(_: &Envelope, element: &'t [u8]) -> Found<'t> {
    let row: Vec<Map<String, Value>> = match serde_json::from_slice(element) {
        Ok(row) => row,
        Err(error) => return Found::Bad(format!("not readable as a row: {error}")),
    };
    Found::Cells(row.into_iter().flatten().filter_map(|(name, value)| Some((Cow::Owned(name), Cow::Owned(plain(value)?)))).collect())
}

/// A row of Logs Insights: a list of `{"field", "value"}`; the field `@message` is the whole record.
fn insights_row<'t>(_: &Envelope, element: &'t [u8]) -> Found<'t> {
    let row: Vec<Map<String, Value>> = match serde_json::from_slice(element) {
        Ok(row) => row,
        Err(error) => return Found::Bad(format!("not readable as a row: {error}")),
    };
    let mut cells = Vec::with_capacity(row.len());
    for mut cell in row {
        let name = cell.remove("field").and_then(plain).unwrap_or_default();
        let Some(value) = cell.remove("value").and_then(plain) else { continue };
        if name == "@message" {
            return Found::Record(Cow::Owned(value.into_bytes()));
        }
        // The others with a sign in front are about the log, not of the record.
        if !name.starts_with('@') {
            cells.push((Cow::Owned(name), Cow::Owned(value)));
        }
    }
    Found::Cells(cells)
}

fn plain(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
