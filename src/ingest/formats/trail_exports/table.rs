//! CSV: the console's event history and results of CloudTrail Lake.
//!
//! The text is at hand, so a line with a stray quote costs that line only: when a row runs over several
//! lines and does not fit the header, its first line is the damaged one and reading goes on behind it.

use std::borrow::Cow;

use super::{Found, Visitor, cells};
use crate::base::time;
use crate::ingest::reading::records::delimiter_of;

/// Characters of a query that a note repeats.
const QUERY_SHOWN: usize = 300;

/// What the header of a CSV says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum Header {
    /// The console's event history.
    Console,
    /// A query over CloudTrail's columns.
    Query,
}

/// Recognises the header (formats.md 1.7 and 1.8), also below the line that tells the query.
pub(in crate::ingest) fn header(text: &[u8]) -> Option<Header> {
    let (_, at) = preamble(text);
    let row = row(text, at, delimiter_of(&text[at..]));
    let names: Vec<String> = row.cells.iter().map(|c| String::from_utf8_lossy(c).trim().to_ascii_lowercase()).collect();
    if names.iter().map(String::as_str).take(3).eq(["user name", "aws access key", "event time"]) {
        return Some(Header::Console);
    }
    let told = at > 0 && text.starts_with(b"# Execution Time:");
    let own = names.iter().filter(|n| cells::is_known(n)).count();
    (told || own >= 2 && names.iter().any(|n| n.starts_with("event"))).then_some(Header::Query)
}

/// The comment over the header of a Lake result, and where the header starts.
fn preamble(text: &[u8]) -> (Option<String>, usize) {
    if !text.starts_with(b"# ") {
        return (None, 0);
    }
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    (Some(String::from_utf8_lossy(text[2..end].trim_ascii_end()).into_owned()), (end + 1).min(text.len()))
}

struct Row<'t> {
    cells: Vec<Cow<'t, [u8]>>,
    /// Position after the row's line end.
    end: usize,
}

/// The row at `at`. A quote opens at the start of a cell only; two of them inside stand for one.
fn row(text: &[u8], mut at: usize, delimiter: u8) -> Row<'_> {
    let mut cells = Vec::new();
    loop {
        let mut cell: Cow<'_, [u8]> = Cow::Borrowed(b"");
        if text.get(at) == Some(&b'"') {
            at += 1;
            loop {
                let close = memchr::memchr(b'"', &text[at..]).map_or(text.len(), |n| at + n);
                add(&mut cell, &text[at..close]);
                at = (close + 1).min(text.len());
                if text.get(at) != Some(&b'"') || close == text.len() {
                    break;
                }
                add(&mut cell, b"\"");
                at += 1;
            }
        }
        let end = text[at..].iter().position(|b| *b == delimiter || *b == b'\n').map_or(text.len(), |n| at + n);
        let last = text.get(end) != Some(&delimiter);
        let rest = &text[at..end];
        add(&mut cell, if last { rest.strip_suffix(b"\r").unwrap_or(rest) } else { rest });
        cells.push(cell);
        at = (end + 1).min(text.len());
        if last {
            return Row { cells, end: at };
        }
    }
}

fn add<'t>(cell: &mut Cow<'t, [u8]>, more: &'t [u8]) {
    if cell.is_empty() {
        *cell = Cow::Borrowed(more);
    } else if !more.is_empty() {
        cell.to_mut().extend_from_slice(more);
    }
}

/// Shows every row.
pub(super) fn walk(text: &[u8], visitor: &mut dyn Visitor) {
    let (comment, at) = preamble(text);
    let delimiter = delimiter_of(&text[at..]);
    let first = row(text, at, delimiter);
    let header: Vec<String> = first.cells.iter().map(|c| String::from_utf8_lossy(c).trim().to_owned()).collect();
    if let Some(query) = comment {
        let shown: String = query.chars().take(QUERY_SHOWN).collect();
        visitor.note(format!("the file tells its query: {shown}").into());
    }
    if header.iter().any(|h| h.eq_ignore_ascii_case("user name")) {
        visitor.note("a console CSV holds no identity type, no ARN, no MFA, no error message and no parameters: what rests on them is not available from this export".into());
    } else if !header.iter().any(|h| ["eventtime", "eventjson"].iter().any(|n| h.eq_ignore_ascii_case(n))) {
        visitor.note("the query did not select eventTime, so its rows are no events that could be placed in time".into());
    }
    let mut at = first.end;
    while at < text.len() {
        let mut next = row(text, at, delimiter);
        let start = at;
        at = next.end;
        if let [only] = next.cells.as_slice()
            && only.trim_ascii().is_empty()
        {
            continue;
        }
        if next.cells.len() != header.len() {
            // A quote that closes lines further on: only the line it opened in is lost.
            let line = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |n| start + n + 1);
            at = at.min(line);
            visitor.record(start, Found::Bad(format!("the row has {} fields where the header has {}", next.cells.len(), header.len())));
            continue;
        }
        let cells = header.iter().zip(next.cells.drain(..)).map(|(name, cell)| (Cow::Borrowed(name.as_str()), text_of(cell)));
        visitor.record(start, Found::Cells(cells.collect()));
    }
}

fn text_of(cell: Cow<'_, [u8]>) -> Cow<'_, str> {
    match cell {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Whether the first line is a time and a JSON object that may be a record.
pub(in crate::ingest) fn is_log_line(text: &[u8]) -> bool {
    let line = text.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or(b"");
    let stamp = std::str::from_utf8(line.split(|b| *b == b' ').next().unwrap_or(b"")).unwrap_or("");
    time::parse(stamp).is_ok() && super::lines::record_at(line).is_some()
}
