//! CloudTrail records kept whole, for those who ask for it: the client's files are the source of record, and what
//! a control needs of a record is in its columns.

use std::collections::BTreeMap;

use super::packed::EVENT_ID;
use crate::ingest::batch::Batch;
use crate::ingest::formats::cloudtrail::Event;
use crate::ingest::formats::config::mask_text::mask_json_text;
use crate::schema::row::Row as _;
use crate::schema::tables::CloudtrailRawRow;
use crate::store::job::{FileTables, Job};
use crate::store::{Store, StoreError, parquet::frame};

/// The table they stand in.
const TABLE: &str = CloudtrailRawRow::TABLE.name;

/// The rows of one log file's records kept whole.
pub(in crate::store) struct Raw<'s> {
    tables: FileTables<'s>,
    batch: Batch,
}

impl<'s> Raw<'s> {
    /// Begins with a log file, if records are kept.
    pub(in crate::store) fn of(job: &'s Job<'_>, id: &str) -> Option<Self> {
        let table = job.store.schema().table(TABLE).filter(|_| job.reading.keep_raw)?;
        Some(Self { tables: FileTables::new(job, id), batch: Batch::new(table) })
    }

    pub(in crate::store) fn add(&mut self, record: u64, event: &Event<'_>) {
        let text = mask_json_text(event.text);
        let event_id = event.cells.get(EVENT_ID).and_then(|cell| cell.as_text());
        self.batch.push(record, &CloudtrailRawRow { event_id, event_time: Some(event.time), record: text.as_deref() });
        if self.batch.is_large() {
            self.tables.add(&self.batch);
            self.batch.clear();
        }
    }

    /// Ends the file; gives the number of rows by table.
    pub(in crate::store) fn finish(mut self) -> Result<BTreeMap<String, u64>, StoreError> {
        self.tables.add(&self.batch);
        self.tables.finish()
    }
}

/// A record that was kept, its secrets masked; `None` where it was not.
///
/// # Errors
/// When the table cannot be read.
pub fn kept(store: &Store, file_id: &str, record: u64) -> Result<Option<String>, StoreError> {
    let path = store.part_path(TABLE, file_id);
    let (Some(table), true) = (store.schema().table(TABLE), path.is_file()) else { return Ok(None) };
    let rows = frame::read(&path, None)?;
    let (batch, _) = frame::batch(&rows, &table).map_err(|e| StoreError::polars(&path, e))?;
    let row = batch.records().iter().position(|r| u64::try_from(*r) == Ok(record));
    Ok(row.and_then(|row| batch.row::<CloudtrailRawRow<'_>>(row).record).map(str::to_owned))
}
