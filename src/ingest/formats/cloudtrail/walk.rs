//! Reading a record by walking its text once: every member is seen, checked and hashed, and those that
//! become columns are remembered by their place. What the walk does not take is read by
//! [`super::fields::of`] instead, which says why it is no record if it is none.

use std::borrow::Cow;

use super::declared::{Declared, at_path, scalar_text, unquoted};
use super::fields::{Fields, OBJECTS, RESOURCES, SLOTS};
use crate::ingest::reading::content::{self, Compound};
use crate::ingest::reading::json::{Element, Elements, MAX_DEPTH, Members, skip_blank};
use crate::ingest::reading::scan::Index;
use crate::schema::resource::{EventColumn, Step};

/// Members that say an object is an envelope around a record.
const ENVELOPES: [&str; 2] = ["detail", "CloudTrailEvent"];

/// Why the walk gave a record up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GaveUp {
    /// Not well-formed, cut, or with something the walk leaves to the other reader.
    Elsewhere,
    /// A member that counts stands twice in it.
    Twice,
}

/// A node of the tree of members that count.
#[derive(Debug, Default)]
struct Node {
    /// Hash of the name (see [`content::string`]), name and node.
    children: Vec<(u64, String, u16)>,
    slot: Option<u8>,
    resources: bool,
    object: bool,
    envelope: bool,
    /// Column, place among the column's paths, and how many of that path's steps lead here.
    columns: Vec<(u16, u16, u8)>,
    /// The same for the columns of members further inside: looked for when the value is a text, which may hold JSON.
    inside: Vec<(u16, u16, u8)>,
}

/// Tokens of records read that are kept until they are dropped together.
const FORGOTTEN_AT_ONCE: usize = 1 << 15;

/// Nesting that the walk follows. It needs no stack for it; what the other reader refuses for its depth would be an
/// event lost for the depth of one parameter.
const MAX_OPEN: usize = 1 << 16;

/// Bytes of a file that may be walked in vain at such a depth; then records as deep as that are left to the other reader.
/// Lines that open and never close would each be walked to the end of the file.
const DEEP_IN_VAIN: usize = 4 << 20;

/// No node: nothing below counts.
const NOWHERE: u16 = u16::MAX;

/// An object or list that is open.
struct Frame {
    node: u16,
    is_list: bool,
    start: usize,
    /// Hash of the name it goes by in the object around it.
    name: u64,
    hash: Compound,
}

impl Frame {
    /// Takes in the hash of a value: an element, or the member of that name.
    #[inline]
    fn add(&mut self, name: u64, value: u64) {
        if self.is_list {
            self.hash.element(value);
        } else {
            self.hash.member(name, value);
        }
    }
}

/// Range of a value in the text; empty where there is none.
type Span = (usize, usize);

/// The walk, its tree, and what it remembers of the record at hand.
pub struct Walk<'c> {
    columns: &'c [EventColumn],
    nodes: Vec<Node>,
    index: Index,
    cursor: usize,
    open: Vec<Frame>,
    slots: [Span; SLOTS.len()],
    resources: Span,
    found: Vec<(u16, u16, u8, Span)>,
    /// Bytes walked so far in records that were deep and did not close.
    deep_in_vain: usize,
}

impl<'c> Walk<'c> {
    /// A walk that looks for the fixed members and for these columns.
    pub fn new(columns: &'c [EventColumn]) -> Self {
        let mut walk = Self {
            columns,
            nodes: vec![Node::default()],
            index: Index::default(),
            cursor: 0,
            open: Vec::new(),
            slots: [(0, 0); SLOTS.len()],
            resources: (0, 0),
            found: Vec::new(),
            deep_in_vain: 0,
        };
        for (slot, path) in SLOTS.iter().enumerate() {
            let node = walk.node(path.split('.'));
            walk.nodes[node].slot = u8::try_from(slot).ok();
        }
        for path in OBJECTS {
            let node = walk.node(path.split('.'));
            walk.nodes[node].object = true;
        }
        for name in ENVELOPES {
            let node = walk.node(std::iter::once(name));
            walk.nodes[node].envelope = true;
        }
        let node = walk.node(std::iter::once(RESOURCES));
        walk.nodes[node].resources = true;
        for (column, declared) in columns.iter().enumerate() {
            for (place, path) in declared.paths.iter().enumerate() {
                let keys = path.steps.iter().map_while(|s| if let Step::Key(name) = s { Some(name.as_str()) } else { None });
                let names = keys.clone().count();
                for depth in 1..=names {
                    let node = walk.node(keys.clone().take(depth));
                    let entry = (u16::try_from(column), u16::try_from(place), u8::try_from(depth));
                    if let (Ok(column), Ok(place), Ok(steps)) = entry {
                        let node = &mut walk.nodes[node];
                        let list = if depth == names { &mut node.columns } else { &mut node.inside };
                        list.push((column, place, steps));
                    }
                }
            }
        }
        walk
    }

    /// The node at the end of a path, made if it is missing.
    fn node<'n>(&mut self, path: impl Iterator<Item = &'n str>) -> usize {
        let mut at = 0;
        for name in path {
            let known = self.nodes[at].children.iter().find(|(_, n, _)| n == name).map(|(_, _, child)| usize::from(*child));
            at = known.unwrap_or_else(|| {
                let child = self.nodes.len();
                self.nodes.push(Node::default());
                let to = u16::try_from(child).unwrap_or(NOWHERE);
                self.nodes[at].children.push((content::string(name), name.to_owned(), to));
                child
            });
        }
        at
    }

    /// Makes ready for a text, or goes on in it at `from` after the other reader took a record.
    pub fn start(&mut self, from: usize) {
        self.index.start(from);
        self.cursor = 0;
    }

    /// Reads the record that begins at `at`, and returns its end and what it says.
    ///
    /// # Errors
    /// When the other reader has to look at it; the walk then has to be started again.
    pub fn record<'t>(&mut self, text: &'t str, at: usize) -> Result<(usize, Fields<'t>), GaveUp> {
        // Not after every record: what is left of the index moves up each time.
        if self.cursor > FORGOTTEN_AT_ONCE {
            self.index.forget(self.cursor);
            self.cursor = 0;
        }
        self.open.clear();
        self.slots = [(0, 0); SLOTS.len()];
        self.resources = (0, 0);
        self.found.clear();
        let walked = self.walk(text, at);
        if walked.is_err() && self.open.len() >= MAX_DEPTH {
            self.deep_in_vain += self.index.reached().saturating_sub(at);
        }
        let (end, hash) = walked?;
        if self.index.control().is_some_and(|control| control < end) {
            return Err(GaveUp::Elsewhere);
        }
        Ok((end, self.fields(text, hash)))
    }

    /// The token at the cursor must stand at `at`; steps over it.
    #[inline]
    fn take(&mut self, text: &[u8], at: usize) -> Result<(), GaveUp> {
        if self.index.token(text, self.cursor) == Some(at) {
            self.cursor += 1;
            Ok(())
        } else {
            Err(GaveUp::Elsewhere)
        }
    }

    /// Position after the string that begins at `at`.
    #[inline]
    fn string(&mut self, text: &[u8], at: usize) -> Result<usize, GaveUp> {
        self.take(text, at)?;
        let close = self.index.token(text, self.cursor).ok_or(GaveUp::Elsewhere)?;
        self.cursor += 1;
        Ok(close + 1)
    }

    fn walk(&mut self, text: &str, at: usize) -> Result<(usize, u64), GaveUp> {
        let bytes = text.as_bytes();
        if bytes.get(at) != Some(&b'{') {
            return Err(GaveUp::Elsewhere);
        }
        self.take(bytes, at)?;
        let mut frame = Frame { node: 0, is_list: false, start: at, name: 0, hash: Compound::default() };
        let mut pos = at + 1;
        let mut first = true;
        loop {
            pos = blank(bytes, pos);
            let byte = *bytes.get(pos).ok_or(GaveUp::Elsewhere)?;
            if byte == if frame.is_list { b']' } else { b'}' } {
                self.take(bytes, pos)?;
                pos += 1;
                let hash = frame.hash.finish(frame.is_list);
                self.remember(frame.node, (frame.start, pos), bytes)?;
                let Some(mut outer) = self.open.pop() else { return Ok((pos, hash)) };
                outer.add(frame.name, hash);
                frame = outer;
                first = false;
                continue;
            }
            if !first {
                if byte != b',' {
                    return Err(GaveUp::Elsewhere);
                }
                pos = blank(bytes, pos + 1);
            }
            first = false;
            let (mut node, mut name) = (NOWHERE, 0);
            if !frame.is_list {
                let end = self.string(bytes, pos)?;
                let key = text.get(pos + 1..end - 1).ok_or(GaveUp::Elsewhere)?;
                // A name with escapes could be any name.
                if self.index.may_escape(pos, end) && key.contains('\\') {
                    return Err(GaveUp::Elsewhere);
                }
                name = content::string(key);
                if frame.node != NOWHERE {
                    node = self.child(frame.node, name, key);
                }
                pos = blank(bytes, end);
                if bytes.get(pos) != Some(&b':') {
                    return Err(GaveUp::Elsewhere);
                }
                pos = blank(bytes, pos + 1);
            }
            let start = pos;
            let hash = match *bytes.get(pos).ok_or(GaveUp::Elsewhere)? {
                b'"' => {
                    pos = self.string(bytes, start)?;
                    let raw = text.get(start..pos).ok_or(GaveUp::Elsewhere)?;
                    if self.index.may_escape(start, pos) {
                        content::string(&unquoted(raw).ok_or(GaveUp::Elsewhere)?)
                    } else {
                        content::string(&raw[1..raw.len() - 1])
                    }
                }
                bracket @ (b'{' | b'[') => {
                    self.take(bytes, pos)?;
                    let most = if self.deep_in_vain > DEEP_IN_VAIN { MAX_DEPTH } else { MAX_OPEN };
                    if self.open.len() + 1 >= most {
                        return Err(GaveUp::Elsewhere);
                    }
                    pos += 1;
                    let inner = Frame { node, is_list: bracket == b'[', start, name, hash: Compound::default() };
                    self.open.push(std::mem::replace(&mut frame, inner));
                    first = true;
                    continue;
                }
                _ => {
                    pos = scalar_end(bytes, start);
                    scalar_hash(text.get(start..pos).ok_or(GaveUp::Elsewhere)?)?
                }
            };
            frame.add(name, hash);
            if node != NOWHERE {
                self.remember(node, (start, pos), bytes)?;
            }
        }
    }

    #[inline]
    fn child(&self, node: u16, hash: u64, key: &str) -> u16 {
        let children = self.nodes.get(usize::from(node)).map_or(&[][..], |n| &n.children);
        children.iter().find(|(of, name, _)| *of == hash && name == key).map_or(NOWHERE, |(_, _, child)| *child)
    }

    /// Keeps the place of a value that counts.
    fn remember(&mut self, node: u16, span: Span, bytes: &[u8]) -> Result<(), GaveUp> {
        let Some(found) = self.nodes.get(usize::from(node)) else { return Ok(()) };
        if found.envelope || found.object && !matches!(bytes.get(span.0), Some(b'{' | b'n')) {
            return Err(GaveUp::Elsewhere);
        }
        if let Some(slot) = found.slot {
            let slot = &mut self.slots[usize::from(slot)];
            if slot.1 != 0 {
                return Err(GaveUp::Twice);
            }
            *slot = span;
        }
        if found.resources {
            if self.resources.1 != 0 {
                return Err(GaveUp::Twice);
            }
            self.resources = span;
        }
        for (column, place, depth) in &found.columns {
            self.found.push((*column, *place, *depth, span));
        }
        if bytes.get(span.0) == Some(&b'"') {
            for (column, place, depth) in &found.inside {
                self.found.push((*column, *place, *depth, span));
            }
        }
        Ok(())
    }

    fn fields<'t>(&mut self, text: &'t str, content_hash: u64) -> Fields<'t> {
        let mut fields = Fields { content_hash, ..Fields::default() };
        for (slot, span) in fields.slots.iter_mut().zip(self.slots) {
            if span.1 != 0 {
                *slot = text.get(span.0..span.1).and_then(scalar_text);
            }
        }
        if self.resources.1 != 0 {
            fields.resource = text.get(self.resources.0..self.resources.1).map(resource).unwrap_or_default();
        }
        fields.declared = vec![Declared::Null; self.columns.len()];
        self.found.sort_by_key(|(column, place, _, _)| (*column, *place));
        for (column, place, depth, span) in &self.found {
            let (Some(known), Some(slot)) = (self.columns.get(usize::from(*column)), fields.declared.get_mut(usize::from(*column))) else {
                continue;
            };
            if *slot != Declared::Null {
                continue;
            }
            let Some(raw) = text.get(span.0..span.1) else { continue };
            // Steps beyond plain names are taken from here.
            let rest = known.paths.get(usize::from(*place)).and_then(|p| p.steps.get(usize::from(*depth)..)).unwrap_or(&[]);
            *slot = at_path(raw, rest, known.ty);
        }
        fields
    }
}

/// ARN and type of the first resource of a list that has one of the two; the text is known to be JSON.
fn resource(list: &str) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    let bytes = list.as_bytes();
    if bytes.first() != Some(&b'[') {
        return (None, None);
    }
    for element in Elements::of_list(bytes, 0) {
        let Element::Whole(start, end) = element else { break };
        let mut found = (None, None);
        for (name, from, to) in Members::new(bytes.get(..end).unwrap_or(bytes), start) {
            match name {
                "ARN" => found.0 = list.get(from..to).and_then(scalar_text),
                "type" => found.1 = list.get(from..to).and_then(scalar_text),
                _ => {}
            }
        }
        if found.0.is_some() || found.1.is_some() {
            return found;
        }
    }
    (None, None)
}

#[inline]
fn blank(bytes: &[u8], at: usize) -> usize {
    // Files as delivered have no blanks.
    if bytes.get(at).is_none_or(|b| *b > b' ') { at } else { skip_blank(bytes, at) }
}

/// Position after a number or word.
fn scalar_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or(&[]);
    start + rest.iter().position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t')).unwrap_or(rest.len())
}

/// Hash of `true`, `false`, `null` or a number.
///
/// # Errors
/// When it is none of these.
fn scalar_hash(raw: &str) -> Result<u64, GaveUp> {
    if matches!(raw, "true" | "false" | "null") || is_plain_integer(raw.as_bytes()) {
        return Ok(content::scalar(raw));
    }
    content::number(raw).map(|n| content::scalar(&n.to_string())).ok_or(GaveUp::Elsewhere)
}

/// Whether these are the digits of a whole number as it prints.
fn is_plain_integer(raw: &[u8]) -> bool {
    raw.len() < 18 && raw.iter().all(u8::is_ascii_digit) && (raw.len() == 1 || raw.first().is_some_and(|b| *b != b'0'))
}
