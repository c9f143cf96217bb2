//! What a reader yields: rows of declared tables, column by column, and the account of every record.
//!
//! Nothing here knows polars or the file system: a reader turns bytes into [`Cell`]s, an [`Output`]
//! gathers them into one [`Batch`] per table and hands full batches on, so that memory stays flat
//! however long the file is.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ingest::cost::FileTotals;
use crate::schema::{ColumnKind, Schema, Table};

/// Rows a batch holds before it is handed on.
const BATCH_ROWS: usize = 32_768;

/// One value on its way into a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Not stated by the export.
    Null,
    /// Text as delivered.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// UTC microseconds since 1970-01-01.
    Micros(i64),
    /// Days since 1970-01-01.
    Day(i32),
    /// Fixed point, in units of 10^-18.
    Decimal(i128),
    /// Binary floating point; never money.
    Double(f64),
}

impl<'a> Cell<'a> {
    /// `Text` for a present string, else `Null`.
    pub fn text(value: Option<&'a str>) -> Self {
        value.map_or(Self::Null, Self::Text)
    }

    /// `Bool` for a present flag, else `Null`.
    pub fn bool(value: Option<bool>) -> Self {
        value.map_or(Self::Null, Self::Bool)
    }

    /// `Int` for a present number, else `Null`.
    pub fn int(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Int)
    }

    /// `Micros` for a present time, else `Null`.
    pub fn micros(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Micros)
    }
}

/// The values of one column, in row order.
#[derive(Debug, Clone)]
pub enum ColumnData {
    /// All texts joined, with the end of each row's text and its validity.
    Text {
        /// The texts, one after the other.
        bytes: String,
        /// End offset of each row in `bytes`.
        ends: Vec<u32>,
        /// Whether each row has a value.
        valid: Vec<bool>,
    },
    /// Whole numbers, microseconds, or days, as the column's kind says.
    Int(Vec<Option<i64>>),
    /// Flags.
    Bool(Vec<Option<bool>>),
    /// Units of 10^-18.
    Decimal(Vec<Option<i128>>),
    /// Binary floating point.
    Double(Vec<Option<f64>>),
}

impl ColumnData {
    fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text => Self::Text { bytes: String::new(), ends: Vec::new(), valid: Vec::new() },
            ColumnKind::Bigint | ColumnKind::Timestamp | ColumnKind::Date => Self::Int(Vec::new()),
            ColumnKind::Boolean => Self::Bool(Vec::new()),
            ColumnKind::Decimal => Self::Decimal(Vec::new()),
            ColumnKind::Double => Self::Double(Vec::new()),
        }
    }

    /// An empty column with the space that `other` took.
    fn like(other: &Self) -> Self {
        match other {
            Self::Text { bytes, ends, .. } => Self::Text {
                bytes: String::with_capacity(bytes.len()),
                ends: Vec::with_capacity(ends.len()),
                valid: Vec::with_capacity(ends.len()),
            },
            Self::Int(values) => Self::Int(Vec::with_capacity(values.len())),
            Self::Bool(values) => Self::Bool(Vec::with_capacity(values.len())),
            Self::Decimal(values) => Self::Decimal(Vec::with_capacity(values.len())),
            Self::Double(values) => Self::Double(Vec::with_capacity(values.len())),
        }
    }

    /// Adds one value; false if the cell does not fit the column (it is then stored as NULL).
    fn push(&mut self, cell: Cell<'_>) -> bool {
        match (self, cell) {
            (Self::Text { bytes, ends, valid }, cell) => {
                let text = if let Cell::Text(text) = cell { Some(text) } else { None };
                bytes.push_str(text.unwrap_or(""));
                ends.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
                valid.push(text.is_some());
                matches!(cell, Cell::Text(_) | Cell::Null)
            }
            (Self::Int(values), cell) => {
                let (value, fits) = match cell {
                    Cell::Int(v) | Cell::Micros(v) => (Some(v), true),
                    Cell::Day(v) => (Some(i64::from(v)), true),
                    Cell::Null => (None, true),
                    _ => (None, false),
                };
                values.push(value);
                fits
            }
            (Self::Bool(values), cell) => {
                let value = if let Cell::Bool(v) = cell { Some(v) } else { None };
                values.push(value);
                value.is_some() || cell == Cell::Null
            }
            (Self::Decimal(values), cell) => {
                let value = if let Cell::Decimal(v) = cell { Some(v) } else { None };
                values.push(value);
                value.is_some() || cell == Cell::Null
            }
            (Self::Double(values), cell) => {
                let value = if let Cell::Double(v) = cell { Some(v) } else { None };
                values.push(value);
                value.is_some() || cell == Cell::Null
            }
        }
    }
}

/// A column-wise buffer of rows of one table.
#[derive(Debug, Clone)]
pub struct Batch {
    table: Arc<Table>,
    columns: Vec<ColumnData>,
    records: Vec<i64>,
    misfits: u64,
}

impl Batch {
    /// An empty batch of `table`.
    pub fn new(table: Arc<Table>) -> Self {
        let columns = table.columns.iter().map(|c| ColumnData::new(c.kind)).collect();
        Self { table, columns, records: Vec::new(), misfits: 0 }
    }

    /// An empty batch with the space that `other` took: a long file fills one like it again, and growing
    /// step by step would copy it several times over.
    fn like(other: &Self) -> Self {
        let columns = other.columns.iter().map(ColumnData::like).collect();
        Self { table: Arc::clone(&other.table), columns, records: Vec::with_capacity(other.records.len()), misfits: 0 }
    }

    /// A batch of columns read back from the store.
    pub fn restore(table: Arc<Table>, columns: Vec<ColumnData>, records: Vec<i64>) -> Self {
        Self { table, columns, records, misfits: 0 }
    }

    /// Adds a row: `cells` in the order of the table's own columns. A row that is too short is
    /// completed with NULLs.
    pub fn push(&mut self, record: u64, cells: &[Cell<'_>]) {
        debug_assert_eq!(cells.len(), self.columns.len(), "table {}", self.table.name);
        for (index, column) in self.columns.iter_mut().enumerate() {
            if !column.push(cells.get(index).copied().unwrap_or(Cell::Null)) {
                debug_assert!(false, "cell does not fit {}.{}", self.table.name, self.table.columns[index].name);
                self.misfits += 1;
            }
        }
        self.records.push(i64::try_from(record).unwrap_or(i64::MAX));
    }

    /// The table these rows belong to.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The columns, in the table's order.
    pub fn columns(&self) -> &[ColumnData] {
        &self.columns
    }

    /// The record index of each row in its file.
    pub fn records(&self) -> &[i64] {
        &self.records
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes of text held, the larger part of a batch.
    fn text_bytes(&self) -> usize {
        self.columns.iter().map(|c| if let ColumnData::Text { bytes, .. } = c { bytes.len() } else { 0 }).sum()
    }
}

/// A record that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reject {
    /// 0-based index of the record in its file.
    pub record: u64,
    /// Offset of the record in the decompressed file, where known.
    pub byte_offset: Option<u64>,
    /// What is wrong, in words.
    pub reason: String,
}

/// Records of one file: `read = kept + rejected` before duplicates and scope are told apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records the file offers.
    pub read: u64,
    /// Records that were understood.
    pub kept: u64,
    /// Records that were not.
    pub rejected: u64,
}

/// Rejects remembered one by one for each file; further ones are counted with the last reason.
const REJECTS_LISTED: usize = 1_000;

/// What one reader yields for one file.
pub struct Output<'s> {
    schema: Arc<Schema>,
    batches: BTreeMap<String, Batch>,
    sink: &'s mut dyn FnMut(Batch),
    /// The account of the file's records.
    pub counts: Counts,
    /// Rejected records, in file order, at most a thousand of them.
    pub rejects: Vec<Reject>,
    /// Remarks about the file, such as "export is incomplete".
    pub notes: Vec<String>,
    /// First and last time stated by the records, UTC microseconds.
    pub times: Option<(i64, i64)>,
    /// What the lines of a cost export come to.
    pub totals: Option<FileTotals>,
}

impl<'s> Output<'s> {
    /// Starts the account of one file; full batches go to `sink`.
    pub fn new(schema: Arc<Schema>, sink: &'s mut dyn FnMut(Batch)) -> Self {
        Self {
            schema,
            batches: BTreeMap::new(),
            sink,
            counts: Counts::default(),
            rejects: Vec::new(),
            notes: Vec::new(),
            times: None,
            totals: None,
        }
    }

    /// The declared tables.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Adds a row to `table`; `record` is the 0-based index of the record in the file.
    pub fn row(&mut self, table: &str, record: u64, cells: &[Cell<'_>]) {
        if !self.batches.contains_key(table) {
            let Some(declared) = self.schema.table(table) else {
                debug_assert!(false, "undeclared table {table}");
                self.note(format!("rows for the undeclared table {table} were not stored"));
                return;
            };
            self.batches.insert(table.to_owned(), Batch::new(declared));
        }
        if let Some(batch) = self.batches.get_mut(table) {
            batch.push(record, cells);
        }
    }

    /// Hands on batches that have grown large. Readers of long files call it after each record.
    pub fn flush_if_large(&mut self) {
        let full: Vec<String> =
            self.batches.iter().filter(|(_, b)| b.len() >= BATCH_ROWS || b.text_bytes() > 64 << 20).map(|(name, _)| name.clone()).collect();
        for name in full {
            if let Some(batch) = self.batches.get_mut(&name) {
                let mut next = Batch::like(batch);
                next.misfits = batch.misfits;
                (self.sink)(std::mem::replace(batch, next));
            }
        }
    }

    /// Hands on all that is left; call once, at the end of the file.
    pub fn finish(&mut self) {
        for (_, batch) in std::mem::take(&mut self.batches) {
            if batch.misfits > 0 {
                self.notes.push(format!("{} values did not fit table {}", batch.misfits, batch.table.name));
            }
            if !batch.is_empty() {
                (self.sink)(batch);
            }
        }
    }

    /// Counts records offered by the file.
    pub fn read(&mut self, records: u64) {
        self.counts.read += records;
    }

    /// Counts records that were understood.
    pub fn kept(&mut self, records: u64) {
        self.counts.kept += records;
    }

    /// Counts and remembers a record that could not be read.
    pub fn reject(&mut self, record: u64, byte_offset: Option<u64>, reason: impl Into<String>) {
        self.counts.rejected += 1;
        if self.rejects.len() < REJECTS_LISTED {
            self.rejects.push(Reject { record, byte_offset, reason: reason.into() });
        }
    }

    /// Adds a remark about the file, once.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Widens the span of times the file states.
    pub fn time(&mut self, micros: i64) {
        self.times = Some(match self.times {
            None => (micros, micros),
            Some((first, last)) => (first.min(micros), last.max(micros)),
        });
    }

    /// The same for several times, those that are stated.
    pub fn times_of(&mut self, stated: impl IntoIterator<Item = Option<i64>>) {
        stated.into_iter().flatten().for_each(|micros| self.time(micros));
    }
}
