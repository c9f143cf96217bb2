//! What a reader yields: rows of declared tables, column by column, and the account of every record.
//!
//! Nothing here knows polars or the file system: a reader turns bytes into [`Cell`]s, an [`Output`]
//! gathers them into one [`Batch`] per table and hands full batches on, so that memory stays flat
//! however long the file is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::ingest::accounts::Accounts;
use crate::ingest::formats::cost::FileTotals;
use crate::ingest::reading::dict::{self, Dict};
use crate::ingest::remark::Remark;
pub use crate::schema::Cell;
use crate::schema::row::{Columns, Row};
use crate::schema::{ColumnKind, Schema, Table};

/// Rows a batch holds before it is handed on.
const BATCH_ROWS: usize = 8_192;

/// Bytes all batches of a file hold together before the largest is handed on.
const BATCHES: usize = 32 << 20;

/// The values of one column, in row order. Rows past the end have no value: a column that nobody fills
/// costs nothing.
#[derive(Debug, Clone)]
pub enum ColumnData {
    /// Codes in the batch's texts; [`dict::NULL`] without one.
    Text(Vec<u32>),
    /// Long texts, each for itself: to look for equal ones would cost more than it saves.
    Documents(Documents),
    /// Whole numbers, microseconds, or days, as the column's kind says.
    Int(Vec<Option<i64>>),
    /// Flags.
    Bool(Vec<Option<bool>>),
    /// Units of 10^-18.
    Decimal(Vec<Option<i128>>),
    /// Binary floating point.
    Double(Vec<Option<f64>>),
}

/// The long texts of a column.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    texts: Vec<Option<Box<str>>>,
    /// Bytes of all of them, asked for more often than they change.
    bytes: usize,
}

impl Documents {
    #[inline]
    fn put(&mut self, row: usize, text: &str) {
        self.bytes += text.len();
        put(&mut self.texts, row, Some(text.into()));
    }

    fn get(&self, row: usize) -> Option<&str> {
        self.texts.get(row)?.as_deref()
    }

    fn clear(&mut self) {
        self.texts.clear();
        self.bytes = 0;
    }

    /// The texts of the first `rows` rows.
    pub fn of_rows(&self, rows: usize) -> impl Iterator<Item = Option<&str>> {
        (0..rows).map(|row| self.get(row))
    }
}

impl<'t> FromIterator<Option<&'t str>> for Documents {
    fn from_iter<I: IntoIterator<Item = Option<&'t str>>>(texts: I) -> Self {
        let texts: Vec<Option<Box<str>>> = texts.into_iter().map(|text| text.map(Box::from)).collect();
        let bytes = texts.iter().flatten().map(|text| text.len()).sum();
        Self { texts, bytes }
    }
}

impl ColumnData {
    fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text => Self::Text(Vec::new()),
            ColumnKind::Document => Self::Documents(Documents::default()),
            ColumnKind::Bigint | ColumnKind::Timestamp | ColumnKind::Date => Self::Int(Vec::new()),
            ColumnKind::Boolean => Self::Bool(Vec::new()),
            ColumnKind::Decimal => Self::Decimal(Vec::new()),
            ColumnKind::Double => Self::Double(Vec::new()),
        }
    }

    /// Forgets the values and keeps the space.
    fn clear(&mut self) {
        match self {
            Self::Text(values) => values.clear(),
            Self::Documents(documents) => documents.clear(),
            Self::Int(values) => values.clear(),
            Self::Bool(values) => values.clear(),
            Self::Decimal(values) => values.clear(),
            Self::Double(values) => values.clear(),
        }
    }

    /// Bytes of memory the values take.
    fn held(&self) -> usize {
        match self {
            Self::Text(values) => size_of_val(values.as_slice()),
            Self::Documents(documents) => size_of_val(documents.texts.as_slice()) + documents.bytes,
            Self::Int(values) => size_of_val(values.as_slice()),
            Self::Bool(values) => size_of_val(values.as_slice()),
            Self::Decimal(values) => size_of_val(values.as_slice()),
            Self::Double(values) => size_of_val(values.as_slice()),
        }
    }

    /// Sets the value of a row; false if the cell does not fit the column (the row has then no value).
    #[inline]
    fn set(&mut self, row: usize, cell: Cell<'_>, dict: &mut Dict) -> bool {
        match (self, cell) {
            (_, Cell::Null) => return true,
            (Self::Text(codes), Cell::Text(text)) => {
                // The text of the row before is the likeliest.
                let last = codes.last().copied().filter(|last| dict.is(*last, text));
                put(codes, row, last.unwrap_or_else(|| dict.code(text)));
            }
            (Self::Documents(documents), Cell::Text(text)) => documents.put(row, text),
            (Self::Int(values), Cell::Int(v) | Cell::Micros(v)) => put(values, row, Some(v)),
            (Self::Int(values), Cell::Day(v)) => put(values, row, Some(i64::from(v))),
            (Self::Bool(values), Cell::Bool(v)) => put(values, row, Some(v)),
            (Self::Decimal(values), Cell::Decimal(v)) => put(values, row, Some(v)),
            (Self::Double(values), Cell::Double(v)) => put(values, row, Some(v)),
            _ => return false,
        }
        true
    }
}

#[inline]
fn put<T: Default + Clone>(values: &mut Vec<T>, row: usize, value: T) {
    if values.len() < row {
        values.resize(row, T::default());
    }
    values.push(value);
}

fn put_all<T: Default + Clone>(values: &mut Vec<T>, row: usize, more: impl ExactSizeIterator<Item = T>) {
    if more.len() > 0 {
        values.resize(row, T::default());
        values.extend(more);
    }
}

/// A column-wise buffer of rows of one table.
#[derive(Debug, Clone)]
pub struct Batch {
    table: Arc<Table>,
    columns: Vec<ColumnData>,
    dict: Dict,
    records: Vec<i64>,
    misfits: u64,
    accounts: Accounts,
}

impl Batch {
    /// An empty batch of `table`.
    pub fn new(table: Arc<Table>) -> Self {
        let columns = table.columns.iter().map(|c| ColumnData::new(c.kind)).collect();
        let accounts = Accounts::of(&table);
        Self { table, columns, dict: Dict::default(), records: Vec::new(), misfits: 0, accounts }
    }

    /// A batch of columns read back from the store.
    pub fn restore(table: Arc<Table>, columns: Vec<ColumnData>, dict: Dict, records: Vec<i64>) -> Self {
        Self { table, columns, dict, records, misfits: 0, accounts: Accounts::default() }
    }

    /// Adds a row of the batch's table. A row of another table is not stored, and counted as one that does not fit.
    #[inline]
    pub fn push<'a, R: Row<'a>>(&mut self, record: u64, row: &R) {
        debug_assert_eq!(self.table.name, R::TABLE.name);
        if self.table.name == R::TABLE.name {
            self.push_cells(record, row.cells());
        } else {
            self.misfits += 1;
        }
    }

    /// Adds a row whose cells were made from the table's own columns, in their order. A row that is too short is
    /// completed with NULLs.
    pub fn push_cells<'a>(&mut self, record: u64, cells: impl IntoIterator<Item = Cell<'a>>) {
        let row = self.records.len();
        let mut cells = cells.into_iter();
        for (index, column) in self.columns.iter_mut().enumerate() {
            let cell = cells.next();
            debug_assert!(cell.is_some(), "a row is too short for table {}", self.table.name);
            if !column.set(row, cell.unwrap_or(Cell::Null), &mut self.dict) {
                debug_assert!(false, "cell does not fit {}.{}", self.table.name, self.table.columns[index].name);
                self.misfits += 1;
            }
        }
        debug_assert!(cells.next().is_none(), "a row is too long for table {}", self.table.name);
        self.records.push(i64::try_from(record).unwrap_or(i64::MAX));
    }

    /// Takes from the last row what is no account id.
    fn check_accounts(&mut self) {
        let Some(record) = self.records.last() else { return };
        for column in 0..self.accounts.width() {
            if let Some(ColumnData::Text(codes)) = self.columns.get_mut(self.accounts.at(column))
                && let Some(code) = codes.get_mut(self.records.len() - 1)
            {
                *code = self.accounts.code(column, *code, &self.table, &mut self.dict, *record);
            }
        }
    }

    /// Begins a row without values, for [`Self::set`] and [`Self::set_code`].
    pub fn begin(&mut self, record: u64) {
        self.records.push(i64::try_from(record).unwrap_or(i64::MAX));
    }

    /// Sets a value of the last row.
    #[inline]
    pub fn set(&mut self, column: usize, cell: Cell<'_>) {
        let Some(row) = self.records.len().checked_sub(1) else { return };
        if !self.columns.get_mut(column).is_some_and(|data| data.set(row, cell, &mut self.dict)) {
            debug_assert!(false, "cell does not fit {}, column {column}", self.table.name);
            self.misfits += 1;
        }
    }

    /// Sets the text of the last row by its code.
    #[inline]
    pub fn set_code(&mut self, column: usize, code: u32) {
        let Some(row) = self.records.len().checked_sub(1) else { return };
        if let Some(ColumnData::Text(codes)) = self.columns.get_mut(column) {
            put(codes, row, code);
        }
    }

    /// The code of a text, for [`Self::set_code`].
    pub fn code(&mut self, text: &str) -> u32 {
        self.dict.code(text)
    }

    /// The table these rows belong to.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The columns, in the table's order.
    #[inline]
    pub fn columns(&self) -> &[ColumnData] {
        &self.columns
    }

    /// The codes of a text column; none of any other. Rows past the end have no value.
    pub fn codes(&self, column: usize) -> &[u32] {
        if let Some(ColumnData::Text(codes)) = self.columns.get(column) { codes } else { &[] }
    }

    /// The texts that text columns refer to.
    pub fn dict(&self) -> &Dict {
        &self.dict
    }

    /// A value.
    pub fn cell(&self, column: usize, row: usize) -> Cell<'_> {
        match self.columns.get(column) {
            Some(ColumnData::Text(codes)) => Cell::text(codes.get(row).and_then(|code| self.dict.get(*code))),
            Some(ColumnData::Documents(documents)) => Cell::text(documents.get(row)),
            Some(ColumnData::Int(values)) => Cell::int(values.get(row).copied().flatten()),
            Some(ColumnData::Bool(values)) => Cell::bool(values.get(row).copied().flatten()),
            Some(ColumnData::Decimal(values)) => values.get(row).copied().flatten().map_or(Cell::Null, Cell::Decimal),
            Some(ColumnData::Double(values)) => values.get(row).copied().flatten().map_or(Cell::Null, Cell::Double),
            None => Cell::Null,
        }
    }

    /// A row of the batch's table, read back.
    pub fn row<'a, R: Row<'a>>(&'a self, row: usize) -> R {
        debug_assert_eq!(self.table.name, R::TABLE.name);
        R::of(&mut (0..self.columns.len()).map(|column| self.cell(column, row)))
    }

    /// The values of a row.
    pub fn cells(&self, row: usize) -> Vec<Cell<'_>> {
        (0..self.columns.len()).map(|column| self.cell(column, row)).collect()
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

    /// Adds the rows of another batch of the same table, whose records are numbered from `first`.
    fn append(&mut self, other: Self, first: u64) {
        let (before, shift) = (self.records.len(), i64::try_from(first).unwrap_or(i64::MAX));
        let mut codes: Vec<u32> = vec![dict::NULL; other.dict.len() + 1];
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            match (column, more) {
                (ColumnData::Text(values), ColumnData::Text(more)) => {
                    put_all(
                        values,
                        before,
                        more.iter().map(|code| {
                            let known = &mut codes[*code as usize];
                            if *known == dict::NULL
                                && let Some(text) = other.dict.get(*code)
                            {
                                *known = self.dict.code(text);
                            }
                            *known
                        }),
                    );
                }
                (ColumnData::Documents(documents), ColumnData::Documents(more)) => {
                    documents.bytes += more.bytes;
                    put_all(&mut documents.texts, before, more.texts.into_iter());
                }
                (ColumnData::Int(values), ColumnData::Int(more)) => put_all(values, before, more.into_iter()),
                (ColumnData::Bool(values), ColumnData::Bool(more)) => put_all(values, before, more.into_iter()),
                (ColumnData::Decimal(values), ColumnData::Decimal(more)) => put_all(values, before, more.into_iter()),
                (ColumnData::Double(values), ColumnData::Double(more)) => put_all(values, before, more.into_iter()),
                _ => self.misfits += 1,
            }
        }
        self.records.extend(other.records.iter().map(|record| record.saturating_add(shift)));
        self.misfits += other.misfits;
        self.accounts.append(other.accounts, shift);
    }

    /// Whether it should be handed on.
    pub fn is_large(&self) -> bool {
        self.len() >= BATCH_ROWS || self.held() > BATCHES
    }

    /// Bytes of memory held, about.
    pub fn held(&self) -> usize {
        self.dict.held() + size_of_val(self.records.as_slice()) + self.columns.iter().map(ColumnData::held).sum::<usize>()
    }

    /// Forgets the rows and keeps the space they took.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(ColumnData::clear);
        self.dict.clear();
        self.accounts.clear();
        self.records.clear();
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

/// Different remarks kept for each file; further ones are counted. Some name a place or a value, so that a damaged
/// file can have as many as it has records.
const NOTES_LISTED: usize = 1_000;

/// What was read of a part of a file.
pub struct Gathered {
    batches: BTreeMap<String, Batch>,
    counts: Counts,
    rejects: Vec<Reject>,
    notes: Vec<Remark>,
    more_notes: u64,
    times: Option<(i64, i64)>,
}

/// What one reader yields for one file.
pub struct Output<'s> {
    schema: Arc<Schema>,
    batches: BTreeMap<String, Batch>,
    /// Without one, all is kept.
    sink: Option<&'s mut dyn FnMut(&Batch)>,
    /// The account of the file's records.
    pub counts: Counts,
    /// Rejected records, in file order, at most a thousand of them.
    pub rejects: Vec<Reject>,
    /// Remarks about the file, such as "export is incomplete", each once.
    pub notes: Vec<Remark>,
    /// The same, to know them again.
    noted: BTreeSet<Remark>,
    /// Remarks that were not kept.
    more_notes: u64,
    /// First and last time stated by the records, UTC microseconds.
    pub times: Option<(i64, i64)>,
    /// What the lines of a cost export come to.
    pub totals: Option<FileTotals>,
    /// No row of the file may be kept, those handed on included.
    pub withdrawn: bool,
}

impl<'s> Output<'s> {
    /// Starts the account of one file; full batches go to `sink`.
    pub fn new(schema: Arc<Schema>, sink: &'s mut dyn FnMut(&Batch)) -> Self {
        Self { sink: Some(sink), ..Self::gathering(schema) }
    }

    /// Starts the account of a part of a file: all batches are kept.
    pub fn gathering(schema: Arc<Schema>) -> Self {
        Self {
            schema,
            batches: BTreeMap::new(),
            sink: None,
            counts: Counts::default(),
            rejects: Vec::new(),
            notes: Vec::new(),
            noted: BTreeSet::new(),
            more_notes: 0,
            times: None,
            totals: None,
            withdrawn: false,
        }
    }

    /// The declared tables.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Adds a row; `record` is the 0-based index of the record in the file.
    pub fn row<'a, R: Row<'a>>(&mut self, record: u64, row: &R) {
        self.add(R::TABLE.name, |batch| batch.push(record, row));
    }

    /// Adds a row to `table`, which begins with the columns of `head`; `rest` is made from the columns after them.
    pub fn row_after<'a>(&mut self, table: &str, record: u64, head: &impl Columns<'a>, rest: impl IntoIterator<Item = Cell<'a>>) {
        self.add(table, |batch| batch.push_cells(record, head.cells().into_iter().chain(rest)));
    }

    #[inline]
    fn add(&mut self, table: &str, push: impl FnOnce(&mut Batch)) {
        if let Some(batch) = self.batches.get_mut(table) {
            push(batch);
            return batch.check_accounts();
        }
        let Some(declared) = self.schema.table(table) else {
            debug_assert!(false, "undeclared table {table}");
            self.note(format!("rows for the undeclared table {table} were not stored"));
            return;
        };
        let batch = self.batches.entry(table.to_owned()).or_insert_with(|| Batch::new(declared));
        push(batch);
        batch.check_accounts();
    }

    /// Hands on batches that have grown large. Readers of long files call it after each record.
    pub fn flush_if_large(&mut self) {
        let Some(sink) = &mut self.sink else { return };
        let mut held: Vec<(usize, &mut Batch)> = Vec::with_capacity(self.batches.len());
        for batch in self.batches.values_mut() {
            if batch.len() >= BATCH_ROWS {
                sink(batch);
                batch.clear();
            } else {
                held.push((batch.held(), batch));
            }
        }
        let mut all: usize = held.iter().map(|(bytes, _)| bytes).sum();
        if all > BATCHES {
            held.sort_by_key(|(bytes, _)| *bytes);
        }
        while all > BATCHES
            && let Some((bytes, batch)) = held.pop()
        {
            sink(batch);
            // What did not fit is told at the end of the file.
            let mut accounts = std::mem::take(&mut batch.accounts);
            accounts.clear();
            *batch = Batch { misfits: batch.misfits, accounts, ..Batch::new(Arc::clone(&batch.table)) };
            all -= bytes;
        }
    }

    /// Takes back every row of the file: what was learnt at its end makes all of them uncertain. Its records are rejected.
    pub fn withdraw(&mut self, reason: impl Into<String>) {
        self.withdrawn = true;
        self.batches.clear();
        self.notes.clear();
        self.noted.clear();
        (self.more_notes, self.times, self.totals) = (0, None, None);
        self.rejects.clear();
        self.reject(0, None, reason);
        self.counts = Counts { read: self.counts.read.max(1), kept: 0, rejected: self.counts.read.max(1) };
    }

    /// Hands on all that is left; call once, at the end of the file.
    pub fn finish(&mut self) {
        let Some(sink) = &mut self.sink else { return };
        if self.more_notes > 0 {
            self.notes.push(Remark::counted(self.more_notes, "further remarks on this file are not listed"));
        }
        for batch in std::mem::take(&mut self.batches).values() {
            if batch.misfits > 0 {
                self.notes.push(Remark::counted(batch.misfits, format!("values did not fit table {}", batch.table.name)));
            }
            self.notes.extend(batch.accounts.remark());
            if !batch.is_empty() {
                sink(batch);
            }
        }
    }

    /// What was read of a part of a file.
    pub fn gathered(self) -> Gathered {
        let Self { batches, counts, rejects, notes, more_notes, times, .. } = self;
        Gathered { batches, counts, rejects, notes, more_notes, times }
    }

    /// Adds what was read of the next part of the file.
    pub fn append(&mut self, part: Gathered) {
        let first = self.counts.read;
        for (name, batch) in part.batches {
            self.batches.entry(name).or_insert_with(|| Batch::new(Arc::clone(&batch.table))).append(batch, first);
        }
        self.counts.read += part.counts.read;
        self.counts.kept += part.counts.kept;
        self.counts.rejected += part.counts.rejected;
        let room = REJECTS_LISTED - self.rejects.len();
        let rejects = part.rejects.into_iter().take(room);
        self.rejects.extend(rejects.map(|reject| Reject { record: first + reject.record, ..reject }));
        part.notes.into_iter().for_each(|note| self.note(note));
        self.more_notes += part.more_notes;
        let (first, last) = part.times.unzip();
        self.times_of([first, last]);
        self.flush_if_large();
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
    pub fn note(&mut self, note: impl Into<Remark>) {
        let note = note.into();
        if self.noted.contains(&note) {
            return;
        }
        if self.notes.len() >= NOTES_LISTED {
            self.more_notes += 1;
            return;
        }
        self.noted.insert(note.clone());
        self.notes.push(note);
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
