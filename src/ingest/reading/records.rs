//! The CSV container: records one by one over a stream, in memory that stays flat.
//!
//! Every record is known by its index, its line and its byte, so that a reject can be found again.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use csv::ByteRecord;
use thiserror::Error;

use super::decimals::Decimals;

/// Bytes a record may take. Real ones take some kilobytes; without a limit a quote that is never
/// closed would bring the whole file into memory.
const LONGEST_RECORD: usize = 16 << 20;

/// Why a CSV file cannot be read, or not to its end.
#[derive(Debug, Error)]
pub enum RecordsError {
    /// Not even a header.
    #[error("the file is empty: it has no header line; export it again")]
    Empty,
    /// Lines that end as no exporter writes them.
    #[error("the lines of the file end with lone carriage returns; save it with line feeds")]
    LineEnds,
    /// The file breaks off or cannot be decompressed.
    #[error("the file cannot be read on from line {line}")]
    Io {
        /// Line the trouble was met at, 1-based.
        line: u64,
        /// What the file said.
        source: io::Error,
    },
    /// One record is longer than any real one, as when a quote is opened and never closed.
    #[error("the record at line {line} is longer than {limit} bytes; is a quote opened there and not closed?")]
    TooLong {
        /// Line the record starts at, 1-based.
        line: u64,
        /// The longest record read, bytes.
        limit: usize,
    },
}

/// The records of a CSV stream, one at a time.
pub struct Records<'a> {
    csv: csv::Reader<Guard<'a>>,
    left: Rc<Cell<usize>>,
    header: Vec<String>,
    record: ByteRecord,
    /// The same with what is not UTF-8 replaced.
    mended: ByteRecord,
    index: u64,
    next_index: u64,
    line: u64,
    offset: u64,
    decimals: Decimals,
}

/// The delimiter of a CSV text: of comma, semicolon, tab and bar the one that occurs most in its first
/// line outside quotes; comma when there is none. Spreadsheets in some languages write semicolons.
pub fn delimiter_of(text: &[u8]) -> u8 {
    const KNOWN: [u8; 4] = *b",;\t|";
    let mut counts = [0u32; KNOWN.len()];
    let mut quoted = false;
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            other => {
                if let Some(at) = KNOWN.iter().position(|known| known == other) {
                    counts[at] += 1;
                }
            }
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    counts.iter().position(|count| *count == most && most > 0).map_or(b',', |at| KNOWN[at])
}

impl<'a> Records<'a> {
    /// Reads the header line, which shows what separates the values.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(input: &'a mut dyn BufRead) -> Result<Self, RecordsError> {
        // Trouble with the stream is met again, with its line, when it is read.
        let delimiter = input.fill_buf().map_or(b',', delimiter_of);
        let left = Rc::new(Cell::new(LONGEST_RECORD));
        let guard = Guard { input, left: left.clone() };
        // With line feeds as the only ends of lines, positions stay exact; a carriage return before one
        // is then part of the last field and taken off there.
        let csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .terminator(csv::Terminator::Any(b'\n'))
            .buffer_capacity(1 << 16)
            .from_reader(guard);
        let mut records = Self {
            csv,
            left,
            header: Vec::new(),
            record: ByteRecord::new(),
            mended: ByteRecord::new(),
            index: 0,
            next_index: 0,
            line: 0,
            offset: 0,
            decimals: Decimals::of(delimiter),
        };
        if !records.advance()? {
            return Err(RecordsError::Empty);
        }
        let cells = records.record.iter().map(|cell| String::from_utf8_lossy(cell).trim_start_matches('\u{feff}').trim().to_owned());
        records.header = cells.collect();
        if records.header.iter().any(|cell| cell.contains('\r')) {
            return Err(RecordsError::LineEnds);
        }
        records.next_index = 0;
        Ok(records)
    }

    /// The header's cells, without spaces around and without a byte-order mark.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How the numbers of the file mark their decimals: each number is asked of it, and its objection at the end.
    pub fn decimals(&self) -> Decimals {
        self.decimals.clone()
    }

    /// 0-based index of the record at hand, header not counted.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Line the record at hand starts at, 1-based.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Byte the record at hand starts at, in the decompressed file.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Goes to the next record; false at the end. Blank lines are no records.
    ///
    /// # Errors
    /// When the stream breaks or the record is too long.
    pub fn advance(&mut self) -> Result<bool, RecordsError> {
        while self.read()? {
            if self.record.len() != 1 || self.record.get(0) != Some(b"\r") {
                self.index = self.next_index;
                self.next_index += 1;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read(&mut self) -> Result<bool, RecordsError> {
        self.left.set(LONGEST_RECORD);
        let line = self.csv.position().line();
        let more = self.csv.read_byte_record(&mut self.record).map_err(|error| {
            if self.left.get() == 0 {
                return RecordsError::TooLong { line, limit: LONGEST_RECORD };
            }
            let source = match error.into_kind() {
                csv::ErrorKind::Io(source) => source,
                other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
            };
            RecordsError::Io { line, source }
        })?;
        if let Some(position) = self.record.position() {
            self.line = position.line();
            self.offset = position.byte();
        }
        Ok(more)
    }

    /// The record at hand as a JSON object of header names and cells, however many there are.
    pub fn to_json(&self) -> String {
        let cell = |at: usize| String::from_utf8_lossy(self.record.get(at).unwrap_or(b"")).trim_end_matches('\r').to_owned();
        let named = |at: usize| self.header.get(at).cloned().unwrap_or_else(|| format!("column {}", at + 1));
        let object: serde_json::Map<String, serde_json::Value> = (0..self.record.len()).map(|at| (named(at), cell(at).into())).collect();
        serde_json::Value::Object(object).to_string()
    }

    /// The record at hand, if it has as many fields as the header.
    ///
    /// # Errors
    /// In words, that it has not.
    pub fn row(&mut self) -> Result<Record<'_>, String> {
        let (found, wanted) = (self.record.len(), self.header.len());
        if found != wanted {
            let last = self.csv.position().line().saturating_sub(1);
            let span =
                if last > self.line { format!(" and runs to line {last}; is a quote opened there and not closed?") } else { String::new() };
            return Err(format!("the record has {found} fields where the header has {wanted}{span}"));
        }
        let repaired = text_of(&self.record).is_none();
        if repaired {
            let lossy = self.record.iter().map(|field| String::from_utf8_lossy(field).into_owned());
            self.mended = lossy.collect::<Vec<_>>().into();
        }
        let record = if repaired { &self.mended } else { &self.record };
        let text = text_of(record).unwrap_or("");
        Ok(Record { text, fields: record, repaired })
    }
}

/// A record's fields as one text, if every field is UTF-8.
fn text_of(record: &ByteRecord) -> Option<&str> {
    let text = simdutf8::basic::from_utf8(record.as_slice()).ok()?;
    // Two fields may each be broken and yet fit together: every field must end where a character does.
    let whole = text.is_ascii() || (0..record.len()).all(|i| record.range(i).is_some_and(|range| text.is_char_boundary(range.end)));
    whole.then_some(text)
}

/// A record as text.
pub struct Record<'r> {
    text: &'r str,
    fields: &'r ByteRecord,
    /// It held bytes that are not UTF-8; U+FFFD stands in their place.
    pub repaired: bool,
}

impl Record<'_> {
    /// The text of a cell; empty when there is none.
    pub fn field(&self, column: usize) -> &str {
        let text = self.fields.range(column).and_then(|range| self.text.get(range)).unwrap_or("");
        if column + 1 == self.fields.len() { text.strip_suffix('\r').unwrap_or(text) } else { text }
    }
}

/// Lets through no more than a record's worth of bytes, so that one record cannot fill the memory.
struct Guard<'a> {
    input: &'a mut dyn BufRead,
    left: Rc<Cell<usize>>,
}

impl Read for Guard<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "record too long"));
        }
        let space = buffer.len().min(left);
        let count = match buffer.get_mut(..space) {
            Some(window) => self.input.read(window)?,
            None => 0,
        };
        self.left.set(left - count);
        Ok(count)
    }
}
