//! A long file of items, cut into pieces that can be read side by side and held one at a time.
//!
//! A piece is a document of its own: where the file is cut inside its list of items, the list is closed
//! at the end of one piece and opened at the start of the next. So each is read as a short file is, damage
//! and all. A cut is made only before what is an item by the names of its members, since damage turns
//! strings inside out and a bracket alone proves nothing.

use std::io::Read;

use super::Kind;
use super::walk::{item_at, may_begin_item};
use crate::ingest::reading::json::{Effort, skip_blank};
use crate::ingest::reading::scan::Index;
use crate::ingest::remark::Remark;

/// Bytes of a piece, about.
const SIZE: usize = 1 << 20;
/// Pieces' worth of text in which an item must end. Longer ones are damage, and cut at the next item that is one.
const LONGEST: usize = 16;
/// Bytes looked ahead to recognise the next item.
const AHEAD: usize = 256 << 10;

/// A part of a file.
#[derive(Debug)]
pub struct Piece {
    /// A document of the same kind as the file.
    pub(super) text: Vec<u8>,
    /// Where the first byte of `text` stands in the file, less what was put before it.
    pub(super) base: i64,
    /// It goes on with the document of the piece before.
    pub(super) goes_on: bool,
    /// More pieces follow.
    pub(super) more: bool,
}

/// Cuts a text that comes as a stream.
pub struct Pieces<R> {
    input: R,
    kind: Kind,
    size: usize,
    /// Bytes that are held at the most: a text in which no item ends is not read to its end.
    limit: u64,
    buffer: Vec<u8>,
    base: i64,
    goes_on: bool,
    ended: bool,
    trouble: Option<Remark>,
    index: Index,
    /// Bytes looked at for items that were none, of all pieces.
    looked_at: u64,
}

/// Whether a text that begins so is cut: one of items, but no answer to a query, which is short.
pub fn is_cut(head: &[u8]) -> bool {
    kind_of(head).is_some()
}

fn kind_of(head: &[u8]) -> Option<Kind> {
    Kind::of(head).filter(|kind| *kind != Kind::Select)
}

/// Where to cut.
struct Cut {
    /// End of the piece.
    end: usize,
    /// Start of the next one.
    next: usize,
    /// Inside the list, or between two documents.
    in_list: bool,
}

impl<R: Read> Pieces<R> {
    /// Begins with a text, of which no more than `limit` bytes are held; `None` when it is none that [`is_cut`].
    pub fn new(input: R, limit: u64) -> Option<Self> {
        Self::of_size(input, limit, SIZE)
    }

    /// The same with pieces of another size.
    pub fn of_size(input: R, limit: u64, size: usize) -> Option<Self> {
        let (buffer, index) = (Vec::new(), Index::default());
        let mut pieces = Self {
            input,
            kind: Kind::Item,
            size,
            limit,
            buffer,
            base: 0,
            goes_on: false,
            ended: false,
            trouble: None,
            index,
            looked_at: 0,
        };
        pieces.have(AHEAD);
        pieces.kind = kind_of(&pieces.buffer)?;
        Some(pieces)
    }

    /// How the items stand in the file.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Why the text ended early, if it did.
    pub fn trouble(self) -> Option<Remark> {
        self.trouble
    }

    /// The next piece.
    pub fn next_piece(&mut self) -> Option<Piece> {
        if self.ended && self.buffer.len() <= self.opening().len() {
            return None;
        }
        let Some(cut) = self.find() else {
            let text = std::mem::take(&mut self.buffer);
            return Some(Piece { text, base: self.base, goes_on: self.goes_on, more: false });
        };
        let goes_on = std::mem::replace(&mut self.goes_on, cut.in_list);
        let opening = self.opening();
        // Room for the next piece at once: growing would copy it time and again.
        let mut rest = Vec::with_capacity(opening.len() + self.buffer.len() - cut.next + self.size + 2 * AHEAD);
        rest.extend_from_slice(opening);
        rest.extend_from_slice(&self.buffer[cut.next..]);
        let mut text = std::mem::replace(&mut self.buffer, rest);
        text.truncate(cut.end);
        if cut.in_list {
            text.extend_from_slice(self.closing());
        }
        let piece = Piece { text, base: self.base, goes_on, more: true };
        self.base += signed(cut.next) - signed(opening.len());
        Some(piece)
    }

    /// What opens the list where the text before was cut off.
    fn opening(&self) -> &'static [u8] {
        match self.kind {
            _ if !self.goes_on => b"",
            Kind::Items => b"{\"configurationItems\":[",
            Kind::BaseItems => b"{\"baseConfigurationItems\":[",
            Kind::List => b"[",
            Kind::Item | Kind::Select => b"",
        }
    }

    fn closing(&self) -> &'static [u8] {
        match self.kind {
            Kind::Items | Kind::BaseItems => b"]}",
            Kind::List => b"]",
            Kind::Item | Kind::Select => b"",
        }
    }

    /// Brackets that are open between two items.
    fn level(&self) -> usize {
        match self.kind {
            Kind::Items | Kind::BaseItems => 2,
            Kind::List => 1,
            Kind::Item | Kind::Select => 0,
        }
    }

    /// Reads on.
    fn fill(&mut self, bytes: usize) {
        let before = self.buffer.len();
        let read = self.input.by_ref().take(bytes as u64).read_to_end(&mut self.buffer);
        self.ended = read.is_err() || self.buffer.len() == before;
        if let Err(error) = read {
            let end = self.base + signed(self.buffer.len());
            let why = format!("the data is damaged or cut after {end} decompressed bytes: {error}");
            self.trouble = Some(Remark::Damaged { why });
        } else if self.buffer.len() as u64 > self.limit {
            let (limit, start) = (self.limit, self.base.max(0));
            let why = format!(
                "no item ends in the {limit} bytes after byte {start}: what follows them was not read; --max-file-size raises the limit"
            );
            self.trouble = Some(why.into());
            self.ended = true;
        }
    }

    /// Reads until the buffer holds so many bytes, or the text ends.
    fn have(&mut self, bytes: usize) {
        while !self.ended && self.buffer.len() < bytes {
            self.fill((bytes - self.buffer.len()).max(AHEAD));
        }
    }

    /// Where to cut the buffer; `None` when all that is left of the file is in it and makes one piece.
    fn find(&mut self) -> Option<Cut> {
        self.index.start(0);
        let (mut cursor, mut depth) = (0, 0_usize);
        loop {
            // The index goes by blocks, the last of which must be whole while more may come.
            let known = if self.ended { self.buffer.len() } else { self.buffer.len() & !63 };
            let Some(at) = self.index.token(&self.buffer[..known], cursor) else {
                if self.ended {
                    return None;
                }
                if self.buffer.len() > self.size.saturating_mul(LONGEST) {
                    return self.by_names();
                }
                self.have(self.buffer.len() + self.size);
                continue;
            };
            cursor += 1;
            match self.buffer[at] {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if at >= self.size && (depth == self.level() || depth == 0) {
                        self.have(at + AHEAD);
                        let cut = if depth == 0 { self.before_document(at + 1) } else { self.before_item(at + 1) };
                        if cut.is_some() {
                            return cut;
                        }
                    }
                }
                // Quotes come in pairs, with no bracket between them.
                _ => {}
            }
        }
    }

    /// A cut after an item that ends here, if another one follows.
    fn before_item(&mut self, end: usize) -> Option<Cut> {
        let comma = skip_blank(&self.buffer, end);
        let next = skip_blank(&self.buffer, comma + 1);
        (self.buffer.get(comma) == Some(&b',') && self.is_item(next)).then_some(Cut { end, next, in_list: true })
    }

    /// Whether an item begins at `at`, by its names; by the first of them alone in a text so damaged that too much was
    /// looked at in vain. A cut made there by mistake may break the item it falls into, which is then a counted reject.
    fn is_item(&mut self, at: usize) -> bool {
        let mut effort = Effort::on(self.buffer.len().saturating_add_signed(isize::try_from(self.base).unwrap_or(0)));
        effort.spend(usize::try_from(self.looked_at).unwrap_or(usize::MAX));
        if effort.is_spent() {
            return may_begin_item(&self.buffer, at);
        }
        let found = item_at(&self.buffer, at);
        self.looked_at += found.err().unwrap_or(0) as u64;
        found.is_ok()
    }

    /// A cut after a document that ends here, if another one follows.
    fn before_document(&self, end: usize) -> Option<Cut> {
        let mut next = end;
        while matches!(self.buffer.get(next), Some(b',' | b' ' | b'\n' | b'\r' | b'\t')) {
            next += 1;
        }
        let follows = Kind::of(self.buffer.get(next..)?) == Some(self.kind);
        follows.then_some(Cut { end, next, in_list: false })
    }

    /// A cut before the first item that can be told by its names: brackets and quotes do not match here.
    fn by_names(&mut self) -> Option<Cut> {
        let mut at = self.size;
        loop {
            self.have(at + AHEAD);
            at += memchr::memchr(b'{', self.buffer.get(at..)?).unwrap_or(AHEAD);
            if self.is_item(at) {
                return Some(Cut { end: at, next: at, in_list: self.level() > 0 });
            }
            at += 1;
        }
    }
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
