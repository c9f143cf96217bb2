//! The beginning of a file, as far as it takes to recognise it.

use super::cost::Header;
use super::list::{members_at, names_at};
use crate::ingest::reading::{json, records};

/// The beginning of a JSON object.
pub struct Outline<'t> {
    /// The text.
    pub text: &'t [u8],
    /// Where the object starts.
    pub at: usize,
    /// Name, start and end of each member.
    pub members: Vec<(&'t str, usize, usize)>,
}

impl<'t> Outline<'t> {
    /// Outlines the object that starts at `at`; without members where none does.
    pub fn at(text: &'t [u8], at: usize) -> Self {
        let members = if text.get(at) == Some(&b'{') { members_at(text, at) } else { Vec::new() };
        Self { text, at, members }
    }

    /// Where a member starts.
    pub fn start(&self, name: &str) -> Option<usize> {
        self.members.iter().find(|(n, _, _)| *n == name).map(|(_, start, _)| *start)
    }

    /// Whether the object has a member of this name.
    pub fn has(&self, name: &str) -> bool {
        self.start(name).is_some()
    }

    /// Names of all members.
    pub fn names(&self) -> Vec<&'t str> {
        self.members.iter().map(|(name, _, _)| *name).collect()
    }

    /// Names of the first object of a list; none if the list is empty or starts with something else. `None` if the member
    /// is no list.
    pub fn list(&self, name: &str) -> Option<Vec<&'t str>> {
        let starts = self.members.iter().filter(|(n, _, _)| *n == name).map(|(_, start, _)| *start);
        let start = starts.into_iter().find(|start| self.text.get(*start) == Some(&b'['))?;
        Some(names_at(self.text, json::skip_blank(self.text, start + 1)))
    }

    /// Names of the first object of the first list of a list.
    pub fn row(&self, name: &str) -> Vec<&'t str> {
        let opens = |at: usize| self.text.get(at) == Some(&b'[');
        let Some(start) = self.start(name).filter(|start| opens(*start)) else { return Vec::new() };
        let row = json::skip_blank(self.text, start + 1);
        if opens(row) { names_at(self.text, json::skip_blank(self.text, row + 1)) } else { Vec::new() }
    }
}

/// The beginning of a CSV file.
pub struct Table<'t> {
    /// The text.
    pub text: &'t [u8],
    /// Its first line.
    pub line: &'t [u8],
    /// Cells of the first line.
    pub header: Vec<String>,
    /// Cells of the second line.
    pub first: Vec<String>,
    /// The first line as columns of a cost table.
    pub columns: Header,
}

impl<'t> Table<'t> {
    /// Outlines a text. `None` if its first line is binary; a stray byte further on is damage of one record.
    pub fn of(text: &'t [u8]) -> Option<Self> {
        let mut lines = text.split(|b| *b == b'\n');
        let line = lines.next().unwrap_or(text);
        if line.contains(&0) {
            return None;
        }
        let delimiter = records::delimiter_of(text);
        let cells = |line: &[u8]| -> Vec<String> {
            let fields = line.split(|b| *b == delimiter).map(|cell| String::from_utf8_lossy(cell).into_owned());
            fields.map(|cell| cell.trim().trim_matches('"').trim().to_owned()).collect()
        };
        let (header, first) = (cells(line), cells(lines.next().unwrap_or(b"")));
        let columns = Header::new(header.iter().map(String::as_str));
        Some(Self { text, line, header, first, columns })
    }

    /// Whether a column has this name, in any case.
    pub fn has(&self, name: &str) -> bool {
        self.header.iter().any(|cell| cell.eq_ignore_ascii_case(name))
    }

    /// Whether the first columns have these names, in any case.
    pub fn starts_with(&self, names: &[&str]) -> bool {
        self.header.len() >= names.len() && self.header.iter().zip(names).all(|(cell, name)| cell.eq_ignore_ascii_case(name))
    }
}
