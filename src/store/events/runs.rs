//! Events on their way to their date: packed rows, gathered by hour, spilled to disk beyond a cap.
//!
//! A worker packs each event and appends it to the rows of its hour; texts are kept once, rows hold their
//! codes. Hours are small enough to sort in memory even when a period is not; a worker that holds more than
//! its share writes what it has to a temporary file, with the texts of each day, and goes on. Closing a date
//! asks for the texts of the day and the rows of one hour after the other.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::packed::{self, Head, put_varint, varint};
use crate::base::time::HOUR;
use crate::ingest::batch::Cell;
use crate::ingest::reading::dict::Dict;
use crate::schema::ColumnKind;

/// The hour an event falls into, counted from 1970.
#[inline]
pub fn hour_of(micros: i64) -> i64 {
    micros.div_euclid(HOUR)
}

/// The day of an hour, counted from 1970.
#[inline]
pub fn day_of(hour: i64) -> i32 {
    i32::try_from(hour.div_euclid(24)).unwrap_or(i32::MAX)
}

/// What one worker gathers.
#[derive(Debug)]
pub struct Runs {
    kinds: Arc<[ColumnKind]>,
    dict: Dict,
    /// The last text of each column, the likeliest for the next row.
    last: Vec<u32>,
    hours: BTreeMap<i64, Vec<u8>>,
    /// Bytes of packed rows.
    held: usize,
    cap: usize,
    spilled: Vec<Run>,
    scratch: PathBuf,
}

impl Runs {
    /// Runs of rows with cells of these kinds, holding at most about `cap` bytes in memory; what is more goes into
    /// files in `scratch`.
    pub fn new(kinds: Arc<[ColumnKind]>, cap: usize, scratch: PathBuf) -> Self {
        let last = vec![0; kinds.len()];
        Self { kinds, dict: Dict::default(), last, hours: BTreeMap::new(), held: 0, cap, spilled: Vec::new(), scratch }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn push(&mut self, head: &Head, cells: &[Cell<'_>]) -> io::Result<()> {
        let hour = hour_of(head.time);
        let rows = self.hours.entry(hour).or_default();
        let before = rows.len();
        packed::pack(rows, head, cells, &mut self.dict, &mut self.last);
        self.held += rows.len() - before;
        if self.held + self.dict.held() > self.cap { self.spill() } else { Ok(()) }
    }

    /// Where it spills to.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut file = io::BufWriter::new(tempfile::tempfile_in(&self.scratch)?);
        let (mut at_days, mut at_hours) = (BTreeMap::new(), BTreeMap::new());
        let mut at = 0_u64;
        let hours = std::mem::take(&mut self.hours);
        let mut days: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
        for hour in hours.keys() {
            days.entry(day_of(*hour)).or_default().push(*hour);
        }
        let mut used = vec![false; self.dict.len() + 1];
        for (day, of_day) in days {
            for hour in of_day {
                let rows = hours.get(&hour).map_or(&[][..], Vec::as_slice);
                packed::mark(rows, &self.kinds, &mut used);
                file.write_all(rows)?;
                at_hours.insert(hour, (at, rows.len()));
                at += rows.len() as u64;
            }
            let mut texts = Vec::new();
            for (code, used) in used.iter_mut().enumerate().filter(|(_, used)| **used) {
                *used = false;
                let text = self.dict.get(code as u32).unwrap_or_default();
                put_varint(&mut texts, code as u64);
                put_varint(&mut texts, text.len() as u64);
                texts.extend_from_slice(text.as_bytes());
            }
            file.write_all(&texts)?;
            at_days.insert(day, (at, texts.len()));
            at += texts.len() as u64;
        }
        let file = Mutex::new(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        self.spilled.push(Run::Spilled(Spilled { file, days: at_days, hours: at_hours }));
        self.dict.clear();
        self.last.fill(0);
        self.held = 0;
        Ok(())
    }

    /// What was gathered, to be closed.
    pub fn finish(self) -> Vec<Run> {
        let mut runs = self.spilled;
        if !self.hours.is_empty() {
            runs.push(Run::Held { dict: self.dict, hours: Mutex::new(self.hours) });
        }
        runs
    }
}

/// Rows by hour with their texts, all from one worker.
#[derive(Debug)]
pub enum Run {
    /// In memory.
    Held {
        /// The texts of all rows.
        dict: Dict,
        /// The rows.
        hours: Mutex<BTreeMap<i64, Vec<u8>>>,
    },
    /// In a temporary file.
    Spilled(Spilled),
}

/// Rows in a temporary file.
#[derive(Debug)]
pub struct Spilled {
    file: Mutex<File>,
    /// Where the texts of each day are.
    days: BTreeMap<i32, (u64, usize)>,
    /// Where the rows of each hour are.
    hours: BTreeMap<i64, (u64, usize)>,
}

impl Spilled {
    fn read(&self, (offset, length): (u64, usize)) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Run {
    /// All hours with rows.
    pub fn hours(&self) -> Vec<i64> {
        match self {
            Self::Held { hours, .. } => hours.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect(),
            Self::Spilled(spilled) => spilled.hours.keys().copied().collect(),
        }
    }

    /// The texts that rows of a day refer to.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn texts(&self, day: i32) -> io::Result<Texts<'_>> {
        match self {
            Self::Held { dict, .. } => Ok(Texts::Held(dict)),
            Self::Spilled(spilled) => {
                let bytes = spilled.days.get(&day).map_or(Ok(Vec::new()), |at| spilled.read(*at))?;
                let (mut codes, mut at) = (Vec::new(), 0);
                while at < bytes.len() {
                    let code = varint(&bytes, &mut at) as u32;
                    let length = varint(&bytes, &mut at) as usize;
                    codes.push((code, at, length));
                    at += length;
                }
                Ok(Texts::Read { codes, bytes })
            }
        }
    }

    /// The packed rows of an hour; those in memory are forgotten.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn take(&self, hour: i64) -> io::Result<Vec<u8>> {
        match self {
            Self::Held { hours, .. } => Ok(hours.lock().unwrap_or_else(PoisonError::into_inner).remove(&hour).unwrap_or_default()),
            Self::Spilled(spilled) => spilled.hours.get(&hour).map_or(Ok(Vec::new()), |at| spilled.read(*at)),
        }
    }
}

/// The texts of a run, or of one of its days.
#[derive(Debug)]
pub enum Texts<'r> {
    /// In memory.
    Held(&'r Dict),
    /// Read back: code, offset and length of each, by code.
    Read {
        /// Where each text is.
        codes: Vec<(u32, usize, usize)>,
        /// The texts.
        bytes: Vec<u8>,
    },
}

impl Texts<'_> {
    /// The text of a code; `None` for NULL.
    #[inline]
    pub fn get(&self, code: u32) -> Option<&str> {
        match self {
            Self::Held(dict) => dict.get(code),
            Self::Read { codes, bytes } => {
                let (_, at, length) = codes.get(codes.binary_search_by_key(&code, |c| c.0).ok()?)?;
                bytes.get(*at..at + length).and_then(|b| std::str::from_utf8(b).ok())
            }
        }
    }

    /// Codes are below this.
    pub fn bound(&self) -> usize {
        match self {
            Self::Held(dict) => dict.len() + 1,
            Self::Read { codes, .. } => codes.last().map_or(1, |c| c.0 as usize + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::packed::Packed;
    use super::*;

    #[test]
    fn spilling_loses_nothing() {
        let kinds: Arc<[ColumnKind]> = Arc::new([ColumnKind::Text; 3]);
        let mut runs = Runs::new(Arc::clone(&kinds), 4_000, std::env::temp_dir());
        for n in 0..500_u32 {
            let head = Head { time: i64::from(n % 50) * HOUR, content_hash: 1, file: 0, record: n, copies: 1, prior: false };
            let (id, text) = (format!("id {n}"), format!("text {}", n % 7));
            runs.push(&head, &[Cell::Text(&id), Cell::Null, Cell::Text(&text)]).unwrap();
        }
        let runs = runs.finish();
        assert!(runs.len() > 3 && matches!(runs.last(), Some(Run::Held { .. })));
        let mut seen = Vec::new();
        for run in &runs {
            for hour in run.hours() {
                let texts = run.texts(day_of(hour)).unwrap();
                let rows = run.take(hour).unwrap();
                for row in Packed::all(&rows, kinds.len()) {
                    assert_eq!(hour_of(row.head.time), hour);
                    let text = row.code(&kinds, 2).and_then(|code| texts.get(code)).unwrap();
                    assert_eq!(text, format!("text {}", row.head.record % 7));
                    assert_eq!(row.code(&kinds, 1), None);
                    seen.push(row.head.record);
                }
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..500).collect::<Vec<_>>());
    }
}
