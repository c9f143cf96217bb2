//! CloudTrail records: from JSON text to the columns of `cloudtrail_events`.
//!
//! Containers read here: the S3 delivery and console download (`Records`), a bare array, and one record
//! after the other (NDJSON or glued). What other tools export is unpacked by [`trail_exports`]. A record
//! that cannot be read is a counted reject; the ones around it are read all the same.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use serde_json::value::RawValue;

use super::batch::Cell;
use super::json::{self, Element, Elements, Members};
use super::time;
use super::trail_exports::{self, Export};
use crate::schema::resource::{EventColumn, Step, ValueType};

/// Text of a record, borrowed where it has no escapes. Numbers and booleans are taken as their text,
/// since services disagree about types.
#[derive(Debug, Clone)]
pub struct Text<'a>(pub Cow<'a, str>);

impl Text<'_> {
    fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_borrowed_str<E: de::Error>(self, v: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(v)))
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(v.to_owned())))
            }
            fn visit_bool<E: de::Error>(self, v: bool) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(if v { "true" } else { "false" })))
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(v.to_string())))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(v.to_string())))
            }
            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(v.to_string())))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Text<'de>, A::Error> {
                while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
                Ok(Text(Cow::Borrowed("{…}")))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Text<'de>, A::Error> {
                while seq.next_element::<de::IgnoredAny>()?.is_some() {}
                Ok(Text(Cow::Borrowed("[…]")))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

type OptText<'a> = Option<Text<'a>>;

fn opt<'t>(text: &'t OptText<'_>) -> Cell<'t> {
    some(text.as_ref().map(Text::as_str))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Identity<'a> {
    #[serde(rename = "type", borrow)]
    kind: OptText<'a>,
    #[serde(borrow)]
    principal_id: OptText<'a>,
    #[serde(borrow)]
    arn: OptText<'a>,
    #[serde(borrow)]
    account_id: OptText<'a>,
    #[serde(borrow)]
    access_key_id: OptText<'a>,
    #[serde(borrow)]
    user_name: OptText<'a>,
    #[serde(borrow)]
    invoked_by: OptText<'a>,
    #[serde(borrow)]
    session_context: Option<SessionContext<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SessionContext<'a> {
    #[serde(borrow)]
    session_issuer: Option<Issuer<'a>>,
    #[serde(borrow)]
    attributes: Option<Attributes<'a>>,
    #[serde(borrow)]
    source_identity: OptText<'a>,
    #[serde(borrow)]
    ec2_role_delivery: OptText<'a>,
    #[serde(borrow)]
    assumed_root: OptText<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Issuer<'a> {
    #[serde(rename = "type", borrow)]
    kind: OptText<'a>,
    #[serde(borrow)]
    arn: OptText<'a>,
    #[serde(borrow)]
    user_name: OptText<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Attributes<'a> {
    #[serde(borrow)]
    creation_date: OptText<'a>,
    #[serde(borrow)]
    mfa_authenticated: OptText<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resource<'a> {
    #[serde(rename = "ARN", borrow)]
    arn: OptText<'a>,
    #[serde(rename = "type", borrow)]
    kind: OptText<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Record<'a> {
    #[serde(rename = "eventID", borrow)]
    event_id: OptText<'a>,
    #[serde(borrow)]
    event_time: OptText<'a>,
    #[serde(borrow)]
    event_version: OptText<'a>,
    #[serde(borrow)]
    event_source: OptText<'a>,
    #[serde(borrow)]
    event_name: OptText<'a>,
    #[serde(borrow)]
    event_type: OptText<'a>,
    #[serde(borrow)]
    event_category: OptText<'a>,
    #[serde(borrow)]
    aws_region: OptText<'a>,
    #[serde(borrow)]
    recipient_account_id: OptText<'a>,
    #[serde(rename = "sourceIPAddress", borrow)]
    source_ip_address: OptText<'a>,
    #[serde(borrow)]
    user_agent: OptText<'a>,
    #[serde(borrow)]
    error_code: OptText<'a>,
    #[serde(borrow)]
    error_message: OptText<'a>,
    #[serde(borrow)]
    read_only: OptText<'a>,
    #[serde(borrow)]
    management_event: OptText<'a>,
    #[serde(rename = "sharedEventID", borrow)]
    shared_event_id: OptText<'a>,
    #[serde(borrow)]
    vpc_endpoint_id: OptText<'a>,
    #[serde(borrow)]
    session_credential_from_console: OptText<'a>,
    #[serde(borrow)]
    user_identity: Option<Identity<'a>>,
    #[serde(borrow)]
    resources: Option<&'a RawValue>,
    #[serde(borrow)]
    tls_details: Option<&'a RawValue>,
    #[serde(borrow)]
    addendum: Option<&'a RawValue>,
    #[serde(borrow)]
    insight_details: Option<&'a RawValue>,
    #[serde(borrow)]
    request_parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    response_elements: Option<&'a RawValue>,
    #[serde(borrow)]
    additional_event_data: Option<&'a RawValue>,
    #[serde(borrow)]
    service_event_details: Option<&'a RawValue>,
}

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
}

/// An owned cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Not stated.
    #[default]
    Null,
    /// Text.
    Text(String),
    /// Whole number, microseconds or days.
    Int(i64),
    /// Flag.
    Bool(bool),
}

impl Value {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Text(text) => Cell::Text(text),
            Self::Int(number) => Cell::Int(*number),
            Self::Bool(flag) => Cell::Bool(*flag),
        }
    }
}

fn own(text: Option<&str>) -> Value {
    text.filter(|t| !t.is_empty()).map_or(Value::Null, |t| Value::Text(t.to_owned()))
}

/// Text as a cell; empty text counts as not stated.
fn some(text: Option<&str>) -> Cell<'_> {
    Cell::text(text.filter(|t| !t.is_empty()))
}

fn flag(text: Option<&str>) -> Option<bool> {
    match text? {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn own_flag(value: Option<bool>) -> Value {
    value.map_or(Value::Null, Value::Bool)
}

/// The records of a container, from a position on: log files may be glued to one another.
fn elements(container: Container, text: &[u8], from: usize) -> Option<Elements<'_>> {
    let open = json::skip_blank(text, from);
    match container {
        Container::Records => Members::new(text, open)
            .find(|(n, start, _)| *n == "Records" && text.get(*start) == Some(&b'['))
            .map(|(_, start, _)| Elements::of_list(text, start)),
        Container::Array => Some(Elements::of_list(text, open)),
        Container::Stream => Some(Elements::of_stream(text)),
        Container::Export(_) => None,
    }
}

/// Where the next log file starts behind the list just read; `None` at the end of the text.
fn next_document(container: Container, text: &[u8], elements: &Elements<'_>) -> Option<usize> {
    if container != Container::Records {
        return None;
    }
    let next = json::skip_blank(text, json::after_object(text, elements.position()));
    (next < text.len()).then_some(next)
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
    fn note(&mut self, note: &str);
}

/// Reads all records of one decompressed file. Returns the number of records offered.
pub fn read(container: Container, text: &[u8], columns: &[EventColumn], sink: &mut dyn Sink) -> u64 {
    if let Container::Export(export) = container {
        return trail_exports::read(export, text, columns, sink);
    }
    let reader = Reader { columns };
    let mut record = 0;
    let mut from = Some(0);
    while let Some(at) = from {
        let Some(mut elements) = elements(container, text, at) else {
            if at > 0 {
                sink.reject(record, at as u64, "what follows the list of records is no log file".to_owned());
                record += 1;
            }
            break;
        };
        while let Some(element) = elements.next() {
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
            match outcome {
                Ok(()) => {}
                Err(reason) => {
                    sink.reject(record, start as u64, reason);
                    let broken = cut || serde_json::from_slice::<&RawValue>(slice).is_err();
                    if broken && container != Container::Stream {
                        elements.resume_after(start);
                    }
                    if cut {
                        sink.note("the file ends inside a record: it was cut or is incomplete");
                    }
                }
            }
            record += 1;
        }
        from = next_document(container, text, &elements);
    }
    record
}

/// Reads the text of one record that another container held.
///
/// # Errors
/// In words, why it is no record; the caller counts it.
pub(super) fn read_one(columns: &[EventColumn], number: u64, text: &[u8], sink: &mut dyn Sink) -> Result<(), String> {
    if text.first() != Some(&b'{') {
        return Err("not a CloudTrail record".to_owned());
    }
    Reader { columns }.bare(number, text, sink)
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
    while let Some(at) = from {
        let mut elements = elements(container, text, at)?;
        while let Some(element) = elements.next() {
            let Element::Whole(start, end) = element else { return None };
            let slice = &text[start..end];
            if number == record {
                return Some(String::from_utf8_lossy(slice).into_owned());
            }
            if serde_json::from_slice::<&RawValue>(slice).is_err() && container != Container::Stream {
                elements.resume_after(start);
            }
            number += 1;
        }
        from = next_document(container, text, &elements);
    }
    None
}

struct Reader<'c> {
    columns: &'c [EventColumn],
}

impl Reader<'_> {
    /// One element of a container: a record, or an envelope around one.
    fn record(&self, number: u64, slice: &[u8], sink: &mut dyn Sink) -> Result<(), String> {
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

    fn bare(&self, number: u64, slice: &[u8], sink: &mut dyn Sink) -> Result<(), String> {
        let parsed: Result<Record<'_>, _> = serde_json::from_slice(slice);
        match parsed {
            Ok(record) => self.event(number, &record, slice, sink),
            Err(error) => {
                if let Some(mended) = json::mend_surrogates(slice) {
                    let record: Record<'_> = serde_json::from_slice(&mended).map_err(|e| e.to_string())?;
                    return self.event(number, &record, slice, sink);
                }
                Err(format!("not readable as a CloudTrail record: {error}"))
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one line for each column, in the order of the schema")]
    fn event(&self, number: u64, r: &Record<'_>, slice: &[u8], sink: &mut dyn Sink) -> Result<(), String> {
        let get = |t: &OptText<'_>| t.as_ref().map(|t| t.as_str().to_owned());
        let stated = r.event_time.as_ref().ok_or("eventTime is missing")?;
        let micros = time::parse(stated.as_str()).map_err(|e| format!("eventTime {:?}: {e}", short(stated.as_str())))?;
        let aggregated = r.event_category.as_ref().is_some_and(|c| c.as_str() == "Aggregated");
        if aggregated {
            return Err("an aggregated-activity summary, not an event".to_owned());
        }
        let is_insight = r.insight_details.is_some();
        if r.event_name.is_none() && !is_insight {
            return Err("eventName is missing".to_owned());
        }
        if r.event_source.is_none() && !is_insight {
            return Err("eventSource is missing".to_owned());
        }
        if let Some(version) = &r.event_version
            && !version.as_str().starts_with("1.")
        {
            return Err(format!("eventVersion {:?} is of a major version this reader does not know", short(version.as_str())));
        }
        let none = Identity::default();
        let id = r.user_identity.as_ref().unwrap_or(&none);
        let no_session = SessionContext::default();
        let session = id.session_context.as_ref().unwrap_or(&no_session);
        let no_issuer = Issuer::default();
        let issuer = session.session_issuer.as_ref().unwrap_or(&no_issuer);
        let no_attributes = Attributes::default();
        let attributes = session.attributes.as_ref().unwrap_or(&no_attributes);

        let day = micros.div_euclid(86_400_000_000);
        let read_only = flag(get(&r.read_only).as_deref());
        let management = flag(get(&r.management_event).as_deref());
        let category = get(&r.event_category).unwrap_or_else(|| {
            if is_insight {
                "Insight"
            } else if management == Some(false) {
                "Data"
            } else {
                "Management"
            }
            .to_owned()
        });
        let kind = id.kind.as_ref().map(Text::as_str);
        let resource: Option<Resource<'_>> = r
            .resources
            .and_then(|raw| serde_json::from_str::<Vec<Resource<'_>>>(raw.get()).ok())
            .and_then(|list| list.into_iter().find(|r| r.arn.is_some() || r.kind.is_some()));
        let tls = r.tls_details.and_then(|raw| member_text(raw.get(), "tlsVersion"));
        let addendum = r.addendum.and_then(|raw| member_text(raw.get(), "reason"));
        let key = id.access_key_id.as_ref().map(Text::as_str).filter(|k| !k.is_empty());
        let from_console = flag(get(&r.session_credential_from_console).as_deref());
        let agent = r.user_agent.as_ref().map(Text::as_str);
        let actor = Actor::of(id, issuer, agent);
        let login = r.response_elements.and_then(|raw| member_text(raw.get(), "ConsoleLogin"));
        let failed = r.error_code.as_ref().is_some_and(|c| !c.as_str().is_empty()) || login.as_deref() == Some("Failure");

        let account = r.recipient_account_id.as_ref().map(Text::as_str).or_else(|| id.account_id.as_ref().map(Text::as_str));
        let masked = key.map(masked_key);
        let declared = self.declared(r);
        let mut cells = Vec::with_capacity(56 + declared.len());
        cells.extend([
            opt(&r.event_id),
            Cell::Int(micros),
            Cell::Int(day),
            Cell::Int(micros.rem_euclid(86_400_000_000) / 3_600_000_000),
            Cell::Int((day + 3).rem_euclid(7) + 1),
            Cell::Int(micros.div_euclid(1_000_000)),
            opt(&r.event_version),
            opt(&r.event_source),
            opt(&r.event_name),
            opt(&r.event_type),
            Cell::Text(&category),
            opt(&r.aws_region),
            some(account),
            opt(&r.recipient_account_id),
            opt(&r.source_ip_address),
            opt(&r.user_agent),
            opt(&r.error_code),
            opt(&r.error_message),
            Cell::bool(read_only),
            Cell::bool(management),
            opt(&r.shared_event_id),
            opt(&r.vpc_endpoint_id),
            opt(&id.kind),
            opt(&id.principal_id),
            opt(&id.arn),
            opt(&id.account_id),
            some(masked.as_deref()),
            opt(&id.user_name),
            opt(&id.invoked_by),
            opt(&issuer.kind),
            opt(&issuer.arn),
            opt(&issuer.user_name),
            Cell::bool(flag(attributes.mfa_authenticated.as_ref().map(Text::as_str))),
            attributes.creation_date.as_ref().and_then(|t| time::parse(t.as_str()).ok()).map_or(Cell::Null, Cell::Int),
            opt(&session.source_identity),
            opt(&session.ec2_role_delivery),
            Cell::bool(flag(session.assumed_root.as_ref().map(Text::as_str))),
            Cell::bool(from_console),
            some(resource.as_ref().and_then(|r| r.arn.as_ref()).map(Text::as_str)),
            some(resource.as_ref().and_then(|r| r.kind.as_ref()).map(Text::as_str)),
            some(tls.as_deref()),
            some(addendum.as_deref()),
            some(actor.principal.as_deref()),
            some(actor.session.as_deref()),
            Cell::Text(actor.class),
            Cell::Bool(matches!(actor.class, "aws_service" | "service_linked_role")),
            Cell::Text(if failed { "failure" } else { "success" }),
            Cell::bool(read_only.map(|r| !r)),
            Cell::Bool(
                from_console == Some(true)
                    || kind != Some("AWSService") && agent.is_some_and(is_console_agent)
                    || r.event_type.as_ref().is_some_and(|t| t.as_str() == "AwsConsoleSignIn"),
            ),
            Cell::bool(key.map(|k| k.starts_with("AKIA"))),
            some(key.and_then(|k| k.get(..4))),
        ]);
        cells.extend(declared.iter().map(Value::cell));
        sink.event(number, &Event { time: micros, content_hash: json::content_hash(slice), cells: &cells });
        Ok(())
    }

    /// The request and response columns the catalogue declares.
    fn declared(&self, r: &Record<'_>) -> Vec<Value> {
        let mut values = Vec::with_capacity(self.columns.len());
        for column in self.columns {
            let mut found = Value::Null;
            for path in &column.paths {
                let Some((Step::Key(first), rest)) = path.steps.split_first() else { continue };
                let raw = match first.as_str() {
                    "requestParameters" => r.request_parameters,
                    "responseElements" => r.response_elements,
                    "additionalEventData" => r.additional_event_data,
                    "serviceEventDetails" => r.service_event_details,
                    _ => None,
                };
                let Some(raw) = raw else { continue };
                if let Some(slice) = descend(raw.get().as_bytes(), rest) {
                    found = cell(slice, column.ty);
                    if found != Value::Null {
                        break;
                    }
                }
            }
            values.push(found);
        }
        values
    }
}

/// Follows member names (and the first element of lists) into JSON text.
fn descend<'t>(text: &'t [u8], steps: &[Step]) -> Option<&'t [u8]> {
    let at = json::skip_blank(text, 0);
    let Some((step, rest)) = steps.split_first() else { return Some(&text[at..]) };
    match step {
        Step::Key(name) => {
            if text.get(at) != Some(&b'{') {
                return None;
            }
            let (_, start, end) = Members::new(text, at).find(|(n, _, _)| n == name)?;
            descend(text.get(start..end)?, rest)
        }
        Step::Match { key, value } => Elements::of_list(text, at).find_map(|element| {
            let Element::Whole(start, end) = element else { return None };
            let item = text.get(start..end)?;
            (member_text(std::str::from_utf8(item).ok()?, key)?.as_str() == value).then(|| descend(item, rest))?
        }),
        Step::Each => {
            if text.get(at) != Some(&b'[') {
                return None;
            }
            match Elements::of_list(text, at).next()? {
                Element::Whole(start, end) => descend(text.get(start..end)?, rest),
                Element::Cut(_) => None,
            }
        }
        Step::Up => None,
    }
}

fn cell(slice: &[u8], ty: ValueType) -> Value {
    let Ok(text) = std::str::from_utf8(slice) else { return Value::Null };
    if text == "null" {
        return Value::Null;
    }
    let plain: Cow<'_, str> = if text.starts_with('"') {
        match serde_json::from_str::<Text<'_>>(text) {
            Ok(t) => Cow::Owned(t.0.into_owned()),
            Err(_) => return Value::Null,
        }
    } else {
        Cow::Borrowed(text)
    };
    match ty {
        ValueType::Boolean => own_flag(flag(Some(&plain))),
        ValueType::Bigint => plain.parse().map_or(Value::Null, Value::Int),
        ValueType::Timestamp => time::parse(&plain).map_or(Value::Null, Value::Int),
        ValueType::Epoch => time::parse(&plain).map_or(Value::Null, |t| Value::Int(time::epoch_seconds(t))),
        ValueType::Count => {
            if slice.first() == Some(&b'[') {
                Value::Int(i64::try_from(Elements::of_list(slice, 0).count()).unwrap_or(i64::MAX))
            } else {
                Value::Null
            }
        }
        ValueType::String | ValueType::Json | ValueType::SecretKeys | ValueType::Double => {
            const MAX_TEXT: usize = 4_096;
            let end = plain.char_indices().map(|(i, _)| i).take_while(|i| *i <= MAX_TEXT).last().unwrap_or(0);
            if plain.len() > MAX_TEXT { Value::Text(format!("{}…", &plain[..end])) } else { own(Some(&plain)) }
        }
    }
}

/// A member of an object as text.
fn member_text(raw: &str, name: &str) -> Option<String> {
    let bytes = raw.as_bytes();
    let open = json::skip_blank(bytes, 0);
    if bytes.get(open) != Some(&b'{') {
        return None;
    }
    let (_, start, end) = Members::new(bytes, open).find(|(n, _, _)| *n == name)?;
    serde_json::from_slice::<Option<Text<'_>>>(bytes.get(start..end)?).ok()?.map(|t| t.0.into_owned())
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// First and last four characters of an access key id, the rest as one ellipsis.
fn masked_key(key: &str) -> String {
    match (key.get(..4), key.len().checked_sub(4).and_then(|n| key.get(n..))) {
        (Some(head), Some(tail)) if key.len() > 8 => format!("{head}…{tail}"),
        _ => key.to_owned(),
    }
}

fn is_console_agent(agent: &str) -> bool {
    ["console.amazonaws.com", "signin.amazonaws.com", "S3Console", "AWSConsole", "aws-console", "AWS-Console"]
        .iter()
        .any(|mark| agent.contains(mark))
}

/// Who acted.
struct Actor {
    principal: Option<String>,
    session: Option<String>,
    class: &'static str,
}

impl Actor {
    fn of(id: &Identity<'_>, issuer: &Issuer<'_>, agent: Option<&str>) -> Self {
        let kind = id.kind.as_ref().map_or("", Text::as_str);
        let arn = id.arn.as_ref().map(Text::as_str).filter(|a| !a.is_empty());
        let invoked_by = id.invoked_by.as_ref().map(Text::as_str).filter(|a| !a.is_empty());
        let user = id.user_name.as_ref().map(Text::as_str).filter(|a| !a.is_empty());
        let principal_id = id.principal_id.as_ref().map(Text::as_str).filter(|a| !a.is_empty());
        let role_session = matches!(kind, "AssumedRole" | "Role");
        let session = if role_session {
            arn.and_then(|a| a.split("/").nth(2).filter(|_| a.contains(":assumed-role/")))
                .or_else(|| principal_id.and_then(|p| p.split_once(':')).map(|(_, s)| s))
                .map(str::to_owned)
        } else {
            user.or_else(|| arn.and_then(|a| a.rsplit(['/', ':']).next())).map(str::to_owned)
        };
        let issuer_arn = issuer.arn.as_ref().map(Text::as_str).filter(|a| !a.is_empty());
        let principal =
            if role_session { issuer_arn.map(str::to_owned).or_else(|| arn.map(role_of_session)) } else { arn.map(str::to_owned) }
                .or_else(|| {
                    user.map(|u| match id.account_id.as_ref() {
                        Some(account) => format!("{u}@{}", account.as_str()),
                        None => u.to_owned(),
                    })
                })
                .or_else(|| invoked_by.map(str::to_owned))
                .or_else(|| principal_id.map(str::to_owned))
                .or_else(|| id.account_id.as_ref().map(|a| format!("account {}", a.as_str())))
                .or_else(|| (!kind.is_empty()).then(|| kind.to_owned()));
        let role_name = issuer
            .user_name
            .as_ref()
            .map(Text::as_str)
            .or_else(|| arn.filter(|_| role_session).and_then(|a| a.split('/').nth(1)))
            .unwrap_or("");
        let service_linked =
            role_name.starts_with("AWSServiceRoleFor") || issuer_arn.is_some_and(|a| a.contains(":role/aws-service-role/"));
        let iac = agent.is_some_and(|a| {
            let a = a.to_ascii_lowercase();
            ["terraform", "cloudformation", "aws-cdk", "cdk-", "pulumi", "opentofu"].iter().any(|m| a.contains(m))
        });
        let person = session.as_deref().is_some_and(|s| s.contains('@')) || role_name.starts_with("AWSReservedSSO_");
        let class = if kind == "AWSService" || (kind.is_empty() && invoked_by.is_some()) {
            "aws_service"
        } else if service_linked {
            "service_linked_role"
        } else if invoked_by.is_some_and(|i| i.ends_with(".amazonaws.com") || i == "AWS Internal") {
            // A service acting in the name of a principal: its own work, not the person's.
            "aws_service"
        } else if kind == "Root" {
            "root"
        } else if iac {
            "iac"
        } else if matches!(kind, "IdentityCenterUser" | "SAMLUser" | "Directory" | "FederatedUser") || role_session && person {
            "human_federated"
        } else if kind == "IAMUser" {
            "human_iam_user"
        } else if role_session || kind == "WebIdentityUser" {
            "workload_role"
        } else if kind == "AWSAccount" {
            "external_account"
        } else {
            "unknown"
        };
        Self { principal, session, class }
    }
}

/// `arn:aws:sts::1:assumed-role/Name/Session` to `arn:aws:iam::1:role/Name`.
fn role_of_session(arn: &str) -> String {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    if let [a, partition, "sts", region, account, resource] = parts.as_slice()
        && let Some(name) = resource.strip_prefix("assumed-role/").and_then(|r| r.split('/').next())
    {
        return format!("{a}:{partition}:iam:{region}:{account}:role/{name}");
    }
    arn.to_owned()
}
