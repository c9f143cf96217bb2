//! From document to document, and in each to its items, without a tree of the whole. A document is that of a
//! file, or of a piece of a long one ([`super::cut`]).

use serde::de::IgnoredAny;
use serde_json::de::StreamDeserializer;

use super::decode;
use super::item::Delivered;
use super::select::Answer;
use super::{Kind, Reader};
use crate::base::steps;
use crate::ingest::batch::Output;
use crate::ingest::reading::json::{self, Effort, Members};
use crate::ingest::reading::pages;
use crate::ingest::remark::{Inside, Remark};

/// Bytes of a broken stretch that are looked at to recognise the next item.
const WINDOW: usize = 4 << 20;
/// Said where items stand behind their list.
const CLOSED_EARLY: &str = "the list of items is closed here, and more items follow";

/// Names an item may begin with. `name` is left out: relationships begin with it.
const FIRST_NAMES: [&str; 22] = [
    "ARN",
    "accountId",
    "arn",
    "availabilityZone",
    "availibilityZone",
    "awsAccountId",
    "awsRegion",
    "configuration",
    "configurationItemCaptureTime",
    "configurationItemDeliveryTime",
    "configurationItemMD5Hash",
    "configurationItemStatus",
    "configurationItemVersion",
    "configurationStateId",
    "configurationStateMd5Hash",
    "recordingFrequency",
    "relatedEvents",
    "relationships",
    "resourceType",
    "supplementaryConfiguration",
    "tags",
    "version",
];

/// Reads all documents of a text, one after the other; returns how many there were.
pub(super) fn documents(reader: &mut Reader<'_, '_>, kind: Kind, bytes: &[u8]) -> u64 {
    let mut documents = 0_u64;
    // What broken items cost: their ends and the next ones are looked for until it is spent.
    let mut effort = Effort::on(bytes.len());
    let mut at = json::skip_blank(bytes, 0);
    while let Some(first) = bytes.get(at) {
        documents += 1;
        let before = (reader.record, reader.lists);
        let next = match (first, kind) {
            (b'[', Kind::List) => elements(reader, kind, bytes, at, &mut effort),
            (b'{', Kind::List | Kind::Item) => single(reader, bytes, at, 0),
            // Damage has closed the document too early.
            (b'{', _) if at > 0 && item_at(bytes, at).is_ok() => {
                reader.done(Err(CLOSED_EARLY.to_owned()), Some(at));
                elements(reader, kind, bytes, at - 1, &mut effort)
            }
            (b'{', _) => wrapper(reader, kind, bytes, at, 0, &mut effort),
            // Anything else is no document of items: one reject for what is left.
            _ => {
                reader.done(Err("the text here is no JSON document with configuration items".to_owned()), Some(at));
                break;
            }
        };
        if before == (reader.record, reader.lists) {
            reader.done(Err("the document holds no list of configuration items".to_owned()), Some(at));
        }
        at = next;
        while matches!(bytes.get(at), Some(b',' | b' ' | b'\n' | b'\r' | b'\t')) {
            at += 1;
        }
    }
    documents
}

/// What is said of a file of several documents.
pub(super) fn note_documents(kind: Kind, documents: u64, out: &mut Output<'_>) {
    if documents > 1 {
        out.note(match kind {
            Kind::Items => format!(
                "the file holds {documents} documents one after the other; records are numbered through them: jq -s 'map(.configurationItems[])[N]' finds record N"
            ),
            _ => format!("the file holds {documents} documents one after the other; records are numbered through them"),
        });
    }
}

fn is_list_name(kind: Kind, name: &str) -> bool {
    match kind {
        Kind::Items => name == "configurationItems",
        Kind::BaseItems => name == "baseConfigurationItems" || name == "BaseConfigurationItems",
        Kind::Select => name == "Results",
        Kind::Item | Kind::List => false,
    }
}

/// Walks the members of a document that holds its items in a list; returns where the document ends.
fn wrapper(reader: &mut Reader<'_, '_>, kind: Kind, bytes: &[u8], start: usize, level: u8, effort: &mut Effort) -> usize {
    let mut at = start + 1;
    let mut found = false;
    let mut broken = None;
    loop {
        at = json::skip_blank(bytes, at);
        match bytes.get(at) {
            Some(b',') => {
                at += 1;
                continue;
            }
            Some(b'}') => {
                at += 1;
                break;
            }
            Some(b'"') => {}
            _ => {
                broken = Some(at);
                break;
            }
        }
        let Some((name, value)) = member(bytes, at) else {
            broken = Some(at);
            break;
        };
        at = match bytes.get(value) {
            Some(b'[') if is_list_name(kind, name) => {
                if found {
                    reader.out.note(format!("{name} stands in the document twice; jq shows the last one only"));
                }
                found = true;
                elements(reader, kind, bytes, value, effort)
            }
            // Answers recorded by test tools wrap the answer itself.
            Some(b'{') if name == "data" && level == 0 => {
                found = true;
                wrapper(reader, kind, bytes, value, level + 1, effort)
            }
            Some(_) => {
                let end = json::end_of_value(bytes, value).unwrap_or(bytes.len());
                about(reader, name, &bytes[value..end]);
                end
            }
            None => bytes.len(),
        };
    }
    let Some(mut broken) = broken else { return at };
    // The list may still be found behind what cannot be read.
    if !found && let Some(list) = list_behind(kind, bytes, broken) {
        reader.out.note(format!("the text at byte {} is no JSON; the items behind it were read", reader.place(broken)));
        return elements(reader, kind, bytes, list, effort);
    }
    // Or damage has closed it too early.
    while found && let Some(next) = next_item(bytes, broken, effort) {
        reader.done(Err(CLOSED_EARLY.to_owned()), Some(broken));
        let at = json::skip_blank(bytes, elements(reader, kind, bytes, next - 1, effort));
        match bytes.get(at) {
            Some(b'}') => return at + 1,
            None => return at,
            Some(_) => broken = at,
        }
    }
    if found && broken >= bytes.len() {
        // The list itself was read; a reject stands for it if it was cut.
        if !reader.more {
            reader.out.note(Remark::Cut { inside: Inside::Document });
        }
    } else {
        reader.done(Err("the document is no valid JSON from here on".to_owned()), Some(broken));
    }
    bytes.len()
}

/// Name and start of the value of the member at `at`.
fn member(bytes: &[u8], at: usize) -> Option<(&str, usize)> {
    let end = json::end_of_value(bytes, at)?;
    let name = std::str::from_utf8(bytes.get(at + 1..end - 1)?).ok()?;
    let colon = json::skip_blank(bytes, end);
    (bytes.get(colon) == Some(&b':')).then(|| (name, json::skip_blank(bytes, colon + 1)))
}

/// Remarks on what stands beside the items.
fn about(reader: &mut Reader<'_, '_>, name: &str, value: &[u8]) {
    let filled = !matches!(value, b"null" | b"\"\"" | b"[]" | b"{}");
    match name {
        "nextToken" | "NextToken" if filled => {
            reader.out.note(pages::incomplete(name));
        }
        "unprocessedResourceKeys" | "UnprocessedResourceIdentifiers" if filled => {
            let left = serde_json::from_slice::<Vec<IgnoredAny>>(value).map_or(0, |l| l.len());
            if left > 0 {
                reader.out.note(format!("the answer left {left} of the resources asked for out (ask for them again)"));
            }
        }
        "configurationItems" | "baseConfigurationItems" | "BaseConfigurationItems" | "Results" => {
            reader.out.note(format!("{name} is no list"));
        }
        _ => {}
    }
}

fn list_behind(kind: Kind, bytes: &[u8], from: usize) -> Option<usize> {
    let names: &[&str] = match kind {
        Kind::Items => &["\"configurationItems\""],
        Kind::BaseItems => &["\"baseConfigurationItems\"", "\"BaseConfigurationItems\""],
        Kind::Select => &["\"Results\""],
        Kind::Item | Kind::List => &[],
    };
    names.iter().find_map(|name| {
        let at = from + memchr::memmem::find(bytes.get(from..)?, name.as_bytes())?;
        let (_, value) = member(bytes, at)?;
        (bytes.get(value) == Some(&b'[')).then_some(value)
    })
}

/// Reads an element at the start of `text`: its length, and what became of it. An `Err` of the outer
/// result says that the text is no JSON.
fn element(reader: &mut Reader<'_, '_>, kind: Kind, text: &[u8]) -> Result<(usize, Result<(), String>), serde_json::Error> {
    if kind == Kind::Select {
        let mut stream: StreamDeserializer<'_, _, IgnoredAny> = serde_json::Deserializer::from_slice(text).into_iter();
        stream.next().unwrap_or(Ok(IgnoredAny))?;
        let length = stream.byte_offset();
        let taken = Answer::of(&text[..length]).and_then(|answer| answer.item(&mut |read| reader.item(read, true)));
        return Ok((length, taken));
    }
    let mut stream = serde_json::Deserializer::from_slice(text).into_iter::<Delivered<'_>>();
    let Some(read) = stream.next() else { return Ok((text.len(), Err("nothing is here".to_owned()))) };
    let read = read?;
    let length = stream.byte_offset();
    steps::count(length);
    Ok((length, reader.item(read, false)))
}

/// Reads the list that starts at `start`; returns where it ends.
fn elements(reader: &mut Reader<'_, '_>, kind: Kind, bytes: &[u8], start: usize, effort: &mut Effort) -> usize {
    reader.lists += 1;
    let mut at = start + 1;
    loop {
        at = json::skip_blank(bytes, at);
        match bytes.get(at) {
            Some(b',') => {
                at += 1;
                continue;
            }
            Some(b']') => return at + 1,
            None => {
                // A piece's end is none of the file's: a broken item before it has swallowed it.
                if !reader.more {
                    reader.done(Err("the file ends inside the list of items".to_owned()), Some(at));
                }
                return at;
            }
            // A stray end of an object or any other text between two elements.
            Some(byte) if !matches!(byte, b'{' | b'"' | b'[') && !byte.is_ascii_alphanumeric() && *byte != b'-' => {
                let Some(next) = next_item(bytes, at, effort) else {
                    reader.done(Err("the list is no valid JSON from here on".to_owned()), Some(at));
                    return bytes.len();
                };
                reader.out.note(format!("the text between two items at byte {} is no JSON and was passed over", reader.place(at)));
                at = next;
            }
            Some(_) => {}
        }
        match element(reader, kind, &bytes[at..]) {
            Ok((length, taken)) => {
                reader.done(taken, Some(at));
                at += length.max(1);
            }
            Err(error) => match after_broken(reader, kind, bytes, at, &error, effort) {
                Some(next) => at = next,
                None => return bytes.len(),
            },
        }
    }
}

/// Deals with an element that is no JSON or no item: mends it or rejects it. Returns where to go on.
fn after_broken(
    reader: &mut Reader<'_, '_>,
    kind: Kind,
    bytes: &[u8],
    at: usize,
    error: &serde_json::Error,
    effort: &mut Effort,
) -> Option<usize> {
    // An item that does not close costs the whole window each time; once all is spent, none is mended any more.
    let window = &bytes[..bytes.len().min(at.saturating_add(if effort.is_spent() { 0 } else { WINDOW }))];
    let end = json::end_of_value(window, at);
    let reached = json::place_of_error(bytes, at, error).max(end.unwrap_or(window.len()));
    steps::count(reached - at);
    if end.is_none() {
        effort.spend(window.len() - at);
    }
    if let Some(end) = end {
        steps::count(3 * (end - at));
        let text = &bytes[at..end];
        if let Some(mended) = decode::mended(text)
            && let Ok((_, taken)) = element(reader, kind, &mended)
        {
            reader.done(taken, Some(at));
            return Some(end);
        }
        if serde_json::from_slice::<IgnoredAny>(text).is_ok() {
            reader.done(Err(not_an_item(error)), Some(at));
            // A stray bracket makes a list of all items behind it.
            let inside = if text.first() == Some(&b'[') { next_item(&bytes[..end], at + 1, effort) } else { None };
            effort.spend(end - inside.unwrap_or(end));
            return inside.or(Some(end));
        }
    }
    let next = if kind == Kind::Select { end } else { next_item(bytes, at + 1, effort).or(end) };
    // What lies behind the next item is looked at again.
    effort.spend(reached.saturating_sub(next.unwrap_or(reached)));
    let cut = next.is_none() && end.is_none() && error.is_eof();
    let reason = match (cut, reader.more) {
        (true, false) => "the file ends inside the item".to_owned(),
        (true, true) => "the item does not end before the next one".to_owned(),
        _ => not_an_item(error),
    };
    reader.done(Err(reason), Some(at));
    next
}

/// The reader's own words, without the place, which the reject gives as a byte offset.
fn not_an_item(error: &serde_json::Error) -> String {
    let text = json::why(error);
    if error.is_data() { format!("not a configuration item: {text}") } else { format!("invalid JSON: {text}") }
}

/// Where the next item begins at or after `from`, inside a stretch that is no JSON. Quotes cannot be
/// trusted there, so an item is known by the names of its members.
fn next_item(bytes: &[u8], from: usize, effort: &mut Effort) -> Option<usize> {
    let mut at = from;
    loop {
        let found = memchr::memchr(b'{', bytes.get(at..)?);
        // Looking for a byte costs a fraction of looking at members.
        let passed = 1 + found.unwrap_or(bytes.len() - at) / 16;
        steps::count(passed);
        effort.spend(passed);
        at += found?;
        match item_at(bytes, at) {
            Ok(()) => return Some(at),
            Err(looked_at) => effort.spend(looked_at),
        }
        if effort.is_spent() {
            return None;
        }
        at += 1;
    }
}

/// Whether an object begins at `at` whose first name is one that an item may begin with.
pub(super) fn may_begin_item(bytes: &[u8], at: usize) -> bool {
    let quote = json::skip_blank(bytes, at + 1);
    bytes.get(at) == Some(&b'{')
        && bytes.get(quote) == Some(&b'"')
        && FIRST_NAMES
            .iter()
            .any(|name| bytes.get(quote + 1..).is_some_and(|rest| rest.starts_with(name.as_bytes()) && rest.get(name.len()) == Some(&b'"')))
}

/// Whether an item begins at `at`, by the names of its members.
///
/// # Errors
/// When none does: the bytes looked at to see it.
pub(super) fn item_at(bytes: &[u8], at: usize) -> Result<(), usize> {
    if !may_begin_item(bytes, at) {
        return Err(0);
    }
    let window = &bytes[..bytes.len().min(at.saturating_add(WINDOW))];
    let (mut has_type, mut has_state, mut reached) = (false, false, at);
    for (name, _, end) in Members::new(window, at).take(64) {
        has_type |= name == "resourceType";
        has_state |= name == "configurationItemStatus" || name == "configurationItemCaptureTime";
        if has_type && has_state {
            return Ok(());
        }
        reached = end;
    }
    Err(reached - at)
}

/// Reads one item or the notification around it; returns where the document ends.
fn single(reader: &mut Reader<'_, '_>, bytes: &[u8], start: usize, level: u8) -> usize {
    let end = json::end_of_value(bytes, start).unwrap_or(bytes.len());
    let document = &bytes[..end];
    let mut own = false;
    let mut summary = false;
    for (name, value, _) in Members::new(document, start).take(64) {
        let opens = document.get(value) == Some(&b'{');
        match name {
            "ConfigurationItem" | "configurationItem" if opens => {
                one(reader, document, value);
                return end;
            }
            "detail" | "data" if opens && level < 3 => {
                single(reader, document, value, level + 1);
                return end;
            }
            "configurationItemSummary" => summary = true,
            "resourceType" | "configurationItemStatus" | "configurationItemCaptureTime" => own = true,
            _ => {}
        }
    }
    if own {
        one(reader, document, start);
    } else if summary {
        let reason = "the notification was too large to carry its item; the item is in the delivery bucket";
        reader.done(Err(reason.to_owned()), Some(start));
    } else {
        let reason = match serde_json::from_slice::<IgnoredAny>(&document[start..]) {
            Ok(_) => "the document holds no configuration item".to_owned(),
            Err(error) => not_an_item(&error),
        };
        reader.done(Err(reason), Some(start));
    }
    end
}

/// Reads the item that starts at `at`.
fn one(reader: &mut Reader<'_, '_>, bytes: &[u8], at: usize) {
    match element(reader, Kind::Item, &bytes[at..]) {
        Ok((_, taken)) => reader.done(taken, Some(at)),
        Err(error) => {
            let end = json::end_of_value(bytes, at).unwrap_or(bytes.len());
            if let Some(mended) = decode::mended(&bytes[at..end])
                && let Ok((_, taken)) = element(reader, Kind::Item, &mended)
            {
                return reader.done(taken, Some(at));
            }
            reader.done(Err(not_an_item(&error)), Some(at));
        }
    }
}
