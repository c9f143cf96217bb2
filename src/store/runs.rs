//! Events on their way to their date: packed rows, gathered by hour, spilled to disk beyond a cap.
//!
//! A worker packs each event and appends it to the run of its hour. Hours are small enough to sort in
//! memory even when a period is not; a worker that holds more than its share writes its runs to a
//! temporary file and goes on. Closing a date asks for the rows of one hour after the other.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::ingest::batch::Cell;
use crate::schema::ColumnKind;

/// What sorting and deduplication need to know of a row, besides its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Event time, UTC microseconds.
    pub time: i64,
    /// Content hash of the record.
    pub content_hash: u64,
    /// Index of the source file in the store's list of files.
    pub file: u32,
    /// Record in that file.
    pub record: u32,
    /// Copies this row stands for: 1, or more for a row read back from the store.
    pub copies: u32,
    /// The row was in the store before this run.
    pub prior: bool,
}

const HEAD: usize = 8 + 8 + 4 + 4 + 4 + 1;

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut value, mut shift) = (0u64, 0);
    while let Some(byte) = bytes.get(*at) {
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    value
}

/// Appends one packed row: its length, the head, and each cell.
pub fn pack(out: &mut Vec<u8>, head: &Head, cells: &[Cell<'_>]) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&head.time.to_le_bytes());
    out.extend_from_slice(&head.content_hash.to_le_bytes());
    out.extend_from_slice(&head.file.to_le_bytes());
    out.extend_from_slice(&head.record.to_le_bytes());
    out.extend_from_slice(&head.copies.to_le_bytes());
    out.push(u8::from(head.prior));
    for cell in cells {
        match *cell {
            Cell::Text(text) => {
                put_varint(out, text.len() as u64 + 1);
                out.extend_from_slice(text.as_bytes());
            }
            Cell::Int(value) | Cell::Micros(value) => put_int(out, value),
            Cell::Day(value) => put_int(out, i64::from(value)),
            Cell::Bool(value) => out.push(if value { 2 } else { 1 }),
            // Events have no decimals and no floats.
            Cell::Null | Cell::Decimal(_) | Cell::Double(_) => out.push(0),
        }
    }
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// A whole number: 0 for NULL is kept apart by a leading 1.
fn put_int(out: &mut Vec<u8>, value: i64) {
    out.push(1);
    put_varint(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// One packed row.
#[derive(Debug, Clone, Copy)]
pub struct Packed<'b> {
    /// What sorting needs.
    pub head: Head,
    cells: &'b [u8],
}

impl<'b> Packed<'b> {
    /// The rows packed into `bytes`, one after the other.
    pub fn all(bytes: &'b [u8]) -> impl Iterator<Item = Packed<'b>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let length = u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
            let row = bytes.get(at + 4..at + 4 + length)?;
            at += 4 + length;
            let number = |from: usize| row.get(from..from + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
            Some(Packed {
                head: Head {
                    time: i64::from_le_bytes(row.get(..8)?.try_into().ok()?),
                    content_hash: u64::from_le_bytes(row.get(8..16)?.try_into().ok()?),
                    file: number(16)?,
                    record: number(20)?,
                    copies: number(24)?,
                    prior: *row.get(28)? == 1,
                },
                cells: row.get(HEAD..)?,
            })
        })
    }

    /// The cells, for columns of these kinds.
    pub fn cells(&self, kinds: &[ColumnKind], out: &mut Vec<Cell<'b>>) {
        out.clear();
        let mut at = 0;
        for kind in kinds {
            out.push(self.cell(*kind, &mut at));
        }
    }

    fn cell(&self, kind: ColumnKind, at: &mut usize) -> Cell<'b> {
        match kind {
            ColumnKind::Text => match varint(self.cells, at) {
                0 => Cell::Null,
                length => {
                    let end = *at + length as usize - 1;
                    let text = self.cells.get(*at..end).and_then(|b| std::str::from_utf8(b).ok());
                    *at = end;
                    Cell::text(text)
                }
            },
            ColumnKind::Boolean => {
                let byte = self.cells.get(*at).copied().unwrap_or(0);
                *at += 1;
                if byte == 0 { Cell::Null } else { Cell::Bool(byte == 2) }
            }
            ColumnKind::Bigint | ColumnKind::Timestamp | ColumnKind::Date => {
                let byte = self.cells.get(*at).copied().unwrap_or(0);
                *at += 1;
                if byte == 0 {
                    return Cell::Null;
                }
                let value = varint(self.cells, at);
                Cell::Int((value >> 1) as i64 ^ -((value & 1) as i64))
            }
            ColumnKind::Decimal | ColumnKind::Double => {
                *at += 1;
                Cell::Null
            }
        }
    }

    /// The text in column `index`.
    pub fn text(&self, kinds: &[ColumnKind], index: usize) -> Option<&'b str> {
        let mut at = 0;
        let mut found = Cell::Null;
        for kind in kinds.iter().take(index + 1) {
            found = self.cell(*kind, &mut at);
        }
        if let Cell::Text(text) = found { Some(text) } else { None }
    }
}

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// The hour an event falls into, counted from 1970.
pub fn hour_of(micros: i64) -> i64 {
    micros.div_euclid(HOUR)
}

/// The runs of one worker.
#[derive(Debug)]
pub struct Runs {
    hours: BTreeMap<i64, Vec<u8>>,
    held: usize,
    cap: usize,
    spilled: Vec<Spill>,
    scratch: PathBuf,
}

#[derive(Debug)]
struct Spill {
    file: File,
    segments: BTreeMap<i64, (u64, usize)>,
}

impl Runs {
    /// Runs that hold at most about `cap` bytes in memory; what is more goes into files in `scratch`.
    pub fn new(cap: usize, scratch: PathBuf) -> Self {
        Self { hours: BTreeMap::new(), held: 0, cap, spilled: Vec::new(), scratch }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn push(&mut self, head: &Head, cells: &[Cell<'_>]) -> io::Result<()> {
        let hour = hour_of(head.time);
        let run = self.hours.entry(hour).or_default();
        let before = run.len();
        pack(run, head, cells);
        self.held += run.len() - before;
        if self.held > self.cap { self.spill() } else { Ok(()) }
    }

    /// Where it spills to.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut file = tempfile::tempfile_in(&self.scratch)?;
        let mut segments = BTreeMap::new();
        let mut at = 0u64;
        for (hour, run) in std::mem::take(&mut self.hours) {
            file.write_all(&run)?;
            segments.insert(hour, (at, run.len()));
            at += run.len() as u64;
        }
        self.held = 0;
        self.spilled.push(Spill { file, segments });
        Ok(())
    }

    /// All hours with rows.
    pub fn hours(&self) -> impl Iterator<Item = i64> {
        self.hours.keys().chain(self.spilled.iter().flat_map(|s| s.segments.keys())).copied()
    }

    /// Appends the packed rows of `hour` to `out` and forgets those held in memory.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn take(&mut self, hour: i64, out: &mut Vec<u8>) -> io::Result<()> {
        for spill in &mut self.spilled {
            if let Some((offset, length)) = spill.segments.get(&hour) {
                let start = out.len();
                out.resize(start + length, 0);
                spill.file.seek(SeekFrom::Start(*offset))?;
                spill.file.read_exact(&mut out[start..])?;
            }
        }
        if let Some(run) = self.hours.remove(&hour) {
            out.extend_from_slice(&run);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [ColumnKind; 4] = [ColumnKind::Text, ColumnKind::Timestamp, ColumnKind::Boolean, ColumnKind::Bigint];

    fn head(time: i64, record: u32) -> Head {
        Head { time, content_hash: u64::MAX - 1, file: 7, record, copies: 1, prior: false }
    }

    #[test]
    fn rows_come_back_as_they_went_in() {
        let rows: [[Cell<'_>; 4]; 3] = [
            [Cell::Text("é\u{0}x"), Cell::Micros(-1), Cell::Bool(false), Cell::Int(i64::MIN)],
            [Cell::Text(""), Cell::Null, Cell::Null, Cell::Int(i64::MAX)],
            [Cell::Null, Cell::Micros(1), Cell::Bool(true), Cell::Null],
        ];
        let mut bytes = Vec::new();
        for (n, row) in rows.iter().enumerate() {
            pack(&mut bytes, &head(5, n as u32), row);
        }
        let mut cells = Vec::new();
        for (n, packed) in Packed::all(&bytes).enumerate() {
            packed.cells(&KINDS, &mut cells);
            let wanted: Vec<Cell<'_>> = rows[n].iter().map(|c| if let Cell::Micros(v) = c { Cell::Int(*v) } else { *c }).collect();
            assert_eq!(cells, wanted);
            assert_eq!(packed.head, head(5, n as u32));
        }
        assert_eq!(Packed::all(&bytes).count(), 3);
    }

    #[test]
    fn spilling_loses_nothing() {
        let mut runs = Runs::new(300, std::env::temp_dir());
        for n in 0..100u32 {
            runs.push(&head(i64::from(n % 3) * HOUR, n), &[Cell::Text("some text"), Cell::Null, Cell::Null, Cell::Null]).unwrap();
        }
        assert!(runs.spilled.len() > 3);
        let mut seen = Vec::new();
        for hour in 0..3 {
            let mut bytes = Vec::new();
            runs.take(hour, &mut bytes).unwrap();
            seen.extend(Packed::all(&bytes).map(|p| p.head.record));
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
    }
}
