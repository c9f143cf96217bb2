//! For tests of readers: rows as texts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{decimal, time};
use crate::ingest::batch::{Batch, Cell, Counts, Output, Reject};
use crate::schema::{ColumnKind, Schema};

/// One row: what is not NULL, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) table: String,
    pub(crate) record: i64,
    cells: BTreeMap<String, String>,
}

impl Row {
    /// A cell's text; "NULL" when there is none. The column must exist.
    pub(crate) fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("NULL", String::as_str)
    }

    /// Several cells.
    pub(crate) fn pick<const N: usize>(&self, columns: [&str; N]) -> [&str; N] {
        columns.map(|column| self.get(column))
    }
}

/// What a reader yielded.
#[derive(Debug)]
pub(crate) struct Yield {
    pub(crate) rows: Vec<Row>,
    pub(crate) counts: Counts,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) notes: Vec<String>,
    pub(crate) times: Option<(i64, i64)>,
}

impl Yield {
    /// The rows of a table.
    pub(crate) fn table(&self, name: &str) -> Vec<&Row> {
        self.rows.iter().filter(|row| row.table == name).collect()
    }

    /// Every record is accounted for.
    pub(crate) fn account(&self) -> (u64, u64, u64) {
        let Counts { read, kept, rejected } = self.counts;
        assert_eq!(read, kept + rejected, "{:?}", self.rejects);
        (read, kept, rejected)
    }
}

/// Runs a reader on the fixed tables and gathers what it yields.
pub(crate) fn collect(reader: impl FnOnce(&mut Output<'_>)) -> Yield {
    let schema = Arc::new(Schema::new(Vec::new(), Vec::new()).unwrap());
    let mut rows = Vec::new();
    let mut sink = |batch: &Batch| gather(batch, &mut rows);
    let mut out = Output::new(schema, &mut sink);
    reader(&mut out);
    out.finish();
    let (counts, rejects, notes, times) = (out.counts, out.rejects.clone(), out.notes.iter().map(ToString::to_string).collect(), out.times);
    Yield { rows, counts, rejects, notes, times }
}

fn gather(batch: &Batch, rows: &mut Vec<Row>) {
    for index in 0..batch.len() {
        let mut cells = BTreeMap::new();
        for (at, column) in batch.table().columns.iter().enumerate() {
            let text = match batch.cell(at, index) {
                Cell::Null => None,
                Cell::Text(text) => Some(text.to_owned()),
                Cell::Int(v) | Cell::Micros(v) => Some(match column.kind {
                    ColumnKind::Timestamp => time::rfc3339(v),
                    ColumnKind::Date => time::date_text(i32::try_from(v).unwrap()),
                    _ => v.to_string(),
                }),
                Cell::Day(v) => Some(time::date_text(v)),
                Cell::Bool(v) => Some(v.to_string()),
                Cell::Decimal(v) => Some(decimal::text(v)),
                Cell::Double(v) => Some(v.to_string()),
            };
            cells.extend(text.map(|text| (column.name.clone(), text)));
        }
        rows.push(Row { table: batch.table().name.clone(), record: batch.records()[index], cells });
    }
}

/// A folder of real exports beside the project, or nothing, said aloud.
pub(crate) fn real_data(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/realdata").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no real exports at ../shared/realdata/{folder}");
    None
}

/// All files below a folder, in order.
pub(crate) fn files_below(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
