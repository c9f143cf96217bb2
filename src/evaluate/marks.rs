//! What the records behind exceptions state of their sessions, which no control's query returns.

use std::collections::BTreeSet;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::rows::{ControlRun, ExceptionRow};
use super::tables::Tables;
use crate::base::parallel::on_all_cores;
use crate::base::time;
use crate::facts::actors::{Known, Mark, Who};
use crate::facts::evidence::Evidence;
use crate::ingest::formats::cloudtrail::is_console_host;
use crate::schema::row::Row as _;
use crate::schema::tables::CloudtrailEventsRow;
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD};
use crate::store::StoreError;
use crate::store::events::codes::Codes;
use crate::store::parquet::frame;

const COLUMNS: [&str; 3] = [
    CloudtrailEventsRow::session_source_identity,
    CloudtrailEventsRow::user_identity_access_key_id,
    CloudtrailEventsRow::user_identity_invoked_by,
];

/// File and record, and what the record states in [`COLUMNS`].
type Stated = ((String, u64), [String; 3]);

/// Source identity, key and service of records, by file and record; empty where a record does not state one.
pub(super) struct Marks(FxHashMap<(String, u64), [String; 3]>);

impl Marks {
    /// Reads them for the exceptions that are events, from their dates only.
    ///
    /// # Errors
    /// When the events cannot be read.
    pub(super) fn read(tables: &Tables<'_>, runs: &[(String, ControlRun)]) -> Result<Self, StoreError> {
        const NAME: &str = CloudtrailEventsRow::TABLE.name;
        let events = runs.iter().flat_map(|(_, run)| &run.rows).filter_map(|row| Some((row.time?, row.file_id.as_str(), row.record?)));
        let mut dates = BTreeSet::new();
        let mut wanted: FxHashMap<&str, BTreeSet<u64>> = FxHashMap::default();
        for (at, file, record) in events {
            dates.insert(time::date_text(time::day_of(at)));
            wanted.entry(file).or_default().insert(record);
        }
        let (Some(table), Some(store)) = (tables.schema().table(NAME), tables.store()) else { return Ok(Self(FxHashMap::default())) };
        let mut parts = store.parts(&table);
        parts.retain(|part| part.file_stem().is_some_and(|stem| dates.contains(stem.to_string_lossy().as_ref())));
        let names: Vec<String> = COLUMNS.into_iter().chain([SOURCE_FILE_ID, SOURCE_RECORD]).map(str::to_owned).collect();
        let found = on_all_cores(&parts, |part| {
            let read = frame::read(part, Some(&names))?;
            of_part(&read, &wanted).map_err(|e| Evidence::error(tables, NAME, e))
        });
        let mut all = FxHashMap::default();
        for part in found {
            all.extend(part?);
        }
        Ok(Self(all))
    }

    /// Who stands behind an exception that is an event.
    pub(super) fn who(&self, row: &ExceptionRow, known: &Known) -> Option<Who> {
        let stated = row.record.and_then(|record| self.0.get(&(row.file_id.clone(), record)));
        let get = |at: usize| stated.map_or("", |stated| stated[at].as_str());
        let mark = Mark { principal: &row.principal, session: &row.session, source_identity: get(0), key: get(1) };
        let mut who = known.of_record(mark)?.clone();
        // A service's own calls name no other service by way of which they came.
        if who.class != "aws_service" && !is_console_host(get(2)) {
            get(2).clone_into(&mut who.through);
        }
        Some(who)
    }
}

fn of_part(read: &DataFrame, wanted: &FxHashMap<&str, BTreeSet<u64>>) -> PolarsResult<Vec<Stated>> {
    let files = read.column(SOURCE_FILE_ID)?.str()?.clone();
    let files = Codes::of(&files);
    let records = read.column(SOURCE_RECORD)?.i64()?.clone();
    let texts = COLUMNS.iter().map(|name| read.column(name)?.str().cloned()).collect::<PolarsResult<Vec<_>>>()?;
    let of_files: Vec<Option<&BTreeSet<u64>>> = files.texts.iter().map(|file| wanted.get((*file)?)).collect();
    let mut found = Vec::new();
    for row in 0..read.height() {
        let code = files.of_rows[row] as usize;
        let (Some(of_file), Some(file)) = (of_files[code], files.texts[code]) else { continue };
        let Some(record) = records.get(row).and_then(|record| u64::try_from(record).ok()).filter(|record| of_file.contains(record)) else {
            continue;
        };
        let stated = std::array::from_fn(|column| texts[column].get(row).unwrap_or_default().to_owned());
        found.push(((file.to_owned(), record), stated));
    }
    Ok(found)
}
