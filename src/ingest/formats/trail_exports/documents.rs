//! JSON documents that hold a list of records: pages of an answer or envelopes, one or many in a file,
//! with or without line ends between them; also the bare list, or the elements one after the other.

use super::{Found, Visitor};
use crate::ingest::reading::json::{self, Effort, Element, Elements, Members};
use crate::ingest::reading::pages;
use crate::ingest::remark::{Inside, Remark};

/// What a kind of document looks like.
pub(super) struct Shape {
    /// Member with the list; empty when the documents are the records themselves.
    pub(super) list: &'static str,
    /// First byte of an element.
    pub(super) open: u8,
    /// Whether a whole value is an element, to go on behind a damaged one.
    pub(super) is_element: fn(&[u8]) -> bool,
    /// What an element holds, in the document around it.
    pub(super) open_element: for<'t> fn(&Envelope, &'t [u8]) -> Found<'t>,
    /// Member of the document that says whether its elements are records at all; empty for none.
    pub(super) state: &'static str,
}

/// What is known of the document around an element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Envelope {
    /// Value of the document's state member, empty without one.
    pub(super) state: String,
}

impl Envelope {
    fn of(shape: &Shape, text: &[u8], at: usize) -> Self {
        if shape.state.is_empty() {
            return Self::default();
        }
        let found = Members::new(text, at).find(|(name, _, _)| *name == shape.state);
        let state = found.and_then(|(_, start, end)| serde_json::from_slice::<String>(text.get(start..end)?).ok());
        Self { state: state.unwrap_or_default() }
    }
}

/// Shows every element of every document.
pub(super) fn walk(shape: &Shape, text: &[u8], visitor: &mut dyn Visitor) {
    if shape.list.is_empty() {
        return bare(shape, text, visitor);
    }
    let mut at = json::skip_blank(text, 0);
    let mut left = None;
    // One for the whole text: each of very many damaged documents would be read to its end.
    let mut effort = Effort::on(text.len());
    while let Some(first) = text.get(at) {
        if effort.is_spent() {
            visitor.record(at, Found::Bad("the rest of the file is too damaged to be searched for records".to_owned()));
            visitor.note(json::too_damaged());
            break;
        }
        let next = match first {
            b'{' => {
                // What does not close is looked at to the end of the text, for each of the questions below.
                if json::end_of_value(text, at).is_none() {
                    effort.spend(text.len() - at);
                }
                left = pages::token_of(text, at);
                if let Some(word) = unfinished(text, at) {
                    visitor.note(format!("this export is incomplete: its query was {word} when the answer was taken").into());
                }
                let envelope = Envelope::of(shape, text, at);
                let list = Members::new(text, at).find(|(name, start, _)| *name == shape.list && text.get(*start) == Some(&b'['));
                match list.map(|(_, start, _)| start).or_else(|| list_inside(shape, text, at)) {
                    Some(start) => behind(text, elements(shape, &envelope, text, start, &mut effort, visitor)),
                    None => one(shape, &envelope, text, at, &mut effort, visitor),
                }
            }
            b'[' => elements(shape, &Envelope::default(), text, at, &mut effort, visitor),
            b',' | b'}' | b']' => at + 1,
            _ => one(shape, &Envelope::default(), text, at, &mut effort, visitor),
        };
        at = json::skip_blank(text, next.max(at + 1));
    }
    if let Some(token) = left {
        visitor.note(pages::incomplete(token));
    }
}

/// The state of a query that had not come to its end: `QueryStatus` of CloudTrail Lake, `status` of Logs
/// Insights.
fn unfinished(text: &[u8], at: usize) -> Option<String> {
    let (_, start, end) = Members::new(text, at).find(|(name, _, _)| matches!(*name, "QueryStatus" | "status"))?;
    let word: String = serde_json::from_slice(text.get(start..end)?).ok()?;
    (!matches!(word.as_str(), "FINISHED" | "Complete")).then(|| word.chars().take(40).collect())
}

/// The list further inside the document, as in recorded answers, or behind damage in the envelope.
fn list_inside(shape: &Shape, text: &[u8], at: usize) -> Option<usize> {
    let end = json::end_of_value(text, at).unwrap_or(text.len());
    let name = format!("\"{}\"", shape.list);
    memchr::memmem::find_iter(text.get(at..end)?, name.as_bytes()).find_map(|found| {
        let colon = json::skip_blank(text, at + found + name.len());
        let open = json::skip_blank(text, colon + 1);
        (text.get(colon) == Some(&b':') && text.get(open) == Some(&b'[')).then_some(open)
    })
}

/// Position after the document whose list ends at `at`, and after those around it.
fn behind(text: &[u8], at: usize) -> usize {
    let mut at = json::after_object(text, at);
    while matches!(text.get(json::skip_blank(text, at)), Some(b',' | b'}')) {
        at = json::after_object(text, at).max(at + 1);
    }
    at
}

/// A document without the list: an element on its own, or nothing known.
fn one(shape: &Shape, envelope: &Envelope, text: &[u8], at: usize, effort: &mut Effort, visitor: &mut dyn Visitor) -> usize {
    let mut rest = Elements::of_stream(text.get(at..).unwrap_or(b"")).with_effort(*effort);
    let found = rest.next();
    *effort = rest.effort();
    match found {
        Some(Element::Whole(start, end)) => {
            visitor.record(at + start, (shape.open_element)(envelope, &text[at + start..at + end]));
            at + end
        }
        Some(Element::Cut(start)) => {
            cut(at + start, visitor);
            text.len()
        }
        None => text.len(),
    }
}

fn cut(at: usize, visitor: &mut dyn Visitor) {
    visitor.record(at, Found::Bad("the file ends inside this record".to_owned()));
    visitor.note(Remark::Cut { inside: Inside::Record });
}

/// The elements of the list at `start`; returns the position behind it.
fn elements(shape: &Shape, envelope: &Envelope, text: &[u8], start: usize, effort: &mut Effort, visitor: &mut dyn Visitor) -> usize {
    let mut elements = Elements::of_list(text, start).with_effort(*effort);
    while let Some(element) = elements.next() {
        match element {
            Element::Whole(start, end) => {
                let slice = &text[start..end];
                let understood = visitor.record(start, (shape.open_element)(envelope, slice));
                if !understood && !json::is_whole(slice) {
                    elements.resume_at(start, shape.open, shape.is_element);
                }
            }
            Element::Cut(start) if start >= text.len() => {
                visitor.note(Remark::Cut { inside: Inside::List });
            }
            Element::Cut(start) => match elements.resume_at(start, shape.open, shape.is_element) {
                Some(_) => _ = visitor.record(start, Found::Bad("this record does not close before the next one begins".to_owned())),
                None => cut(start, visitor),
            },
        }
    }
    if elements.gave_up() {
        visitor.note(json::too_damaged());
    }
    *effort = elements.effort();
    elements.position()
}

/// Documents that are records themselves: one after the other, or in one list.
fn bare(shape: &Shape, text: &[u8], visitor: &mut dyn Visitor) {
    let at = json::skip_blank(text, 0);
    if text.get(at) == Some(&b'[') {
        let end = elements(shape, &Envelope::default(), text, at, &mut Effort::on(text.len()), visitor);
        let rest = json::skip_blank(text, end);
        if rest < text.len() {
            visitor.record(rest, Found::Bad("something follows the list of records".to_owned()));
        }
        return;
    }
    let mut documents = Elements::of_stream(text);
    for element in documents.by_ref() {
        match element {
            Element::Whole(start, end) => {
                visitor.record(start, (shape.open_element)(&Envelope::default(), &text[start..end]));
            }
            Element::Cut(start) => cut(start, visitor),
        }
    }
    if documents.gave_up() {
        visitor.note(json::too_damaged());
    }
}

/// Number of elements of a file whose elements are not read: of the lists named `Records` or
/// `Messages`, or documents in a list or one after the other.
pub fn count(text: &[u8]) -> u64 {
    let mut count = 0;
    let mut documents = |start: usize, end: usize| {
        let document = &text[start..end];
        let inner = match document.first() {
            Some(b'{') => Members::new(document, 0)
                .find(|(name, at, _)| matches!(*name, "Records" | "Messages") && document.get(*at) == Some(&b'['))
                .map(|(_, at, _)| at),
            Some(b'[') => Some(0),
            _ => None,
        };
        let Some(list) = inner else { return count += 1 };
        let found = Elements::of_list(document, list).filter(|e| !matches!(e, Element::Cut(at) if *at >= document.len()));
        count += found.count() as u64;
    };
    for element in Elements::of_stream(text) {
        match element {
            Element::Whole(start, end) => documents(start, end),
            Element::Cut(start) => documents(start, text.len()),
        }
    }
    count
}
