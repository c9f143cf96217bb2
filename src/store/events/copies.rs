//! Copies of events that were not kept, one by one: table `event_copies`.
//!
//! With them every duplicate can be traced, and two stores can be merged into what one run over all
//! files would have made: a copy that was not kept here may be the one to keep there.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::time;
use crate::ingest::batch::Batch;
use crate::schema::tables::EventCopiesRow;
use crate::store::names::EVENT_COPIES;
use crate::store::parquet::frame::{self, Source};
use crate::store::parquet::writer::write_batch;
use crate::store::{Store, StoreError};

/// A record of a file, by the file's index and the record's number in it.
pub type Place = (u32, u32);

/// The number of each file.
pub fn numbers<'f>(ids: impl IntoIterator<Item = &'f String>) -> BTreeMap<&'f str, u32> {
    ids.into_iter().enumerate().map(|(i, id)| (id.as_str(), u32::try_from(i).unwrap_or(u32::MAX))).collect()
}

/// A copy that was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Where it is.
    pub at: Place,
    /// Where the copy is that was kept.
    pub kept: Place,
}

/// Adds the copies found by closing a date to those the date already has.
///
/// # Errors
/// When the table cannot be read or written.
pub fn add(store: &Store, day: i32, found: Vec<Copied>, files: &[String]) -> Result<(), StoreError> {
    let Some(table) = store.schema().table(EVENT_COPIES) else { return Ok(()) };
    if found.is_empty() {
        return Ok(());
    }
    let index = numbers(files);
    // What was kept so far may be a copy now: its copies follow it.
    let moved: FxHashMap<Place, Place> = found.iter().map(|c| (c.at, c.kept)).collect();
    let mut all = load(store, day, &index)?;
    for copy in &mut all {
        copy.kept = moved.get(&copy.kept).copied().unwrap_or(copy.kept);
    }
    all.extend(found);
    let id = |place: Place| files.get(place.0 as usize).map_or("", String::as_str);
    all.sort_unstable_by(|a, b| (id(a.at), a.at.1).cmp(&(id(b.at), b.at.1)));
    let mut batch = Batch::new(table);
    let mut sources = Vec::with_capacity(all.len());
    for copy in &all {
        let row = EventCopiesRow { event_date: Some(day), kept_file_id: Some(id(copy.kept)), kept_record: Some(i64::from(copy.kept.1)) };
        batch.push(u64::from(copy.at.1), &row);
        sources.push(copy.at.0);
    }
    write_batch(&store.part_path(EVENT_COPIES, &time::date_text(day)), &batch, Source::Files(&sources, files))
}

/// The copies of a date that a store holds; `index` tells the number of a file.
///
/// # Errors
/// When they cannot be read.
pub fn load(store: &Store, day: i32, index: &BTreeMap<&str, u32>) -> Result<Vec<Copied>, StoreError> {
    let Some(table) = store.schema().table(EVENT_COPIES) else { return Ok(Vec::new()) };
    let path = store.stored_path(EVENT_COPIES, &format!("{}.parquet", time::date_text(day)));
    // A date without copies has no such file.
    if !store.manifest.event_dates.contains(&day) || !path.is_file() {
        return Ok(Vec::new());
    }
    let (batch, sources) = frame::batch(&frame::read(&path, None)?, &Arc::clone(&table)).map_err(|e| StoreError::polars(&path, e))?;
    let file = |id: &str| index.get(id).copied().unwrap_or(u32::MAX);
    let copies = sources.iter().zip(batch.records()).enumerate().map(|(row, (source, record))| {
        let copy: EventCopiesRow<'_> = batch.row(row);
        let number = |record: i64| u32::try_from(record).unwrap_or(u32::MAX);
        let kept = (copy.kept_file_id.map_or(u32::MAX, file), copy.kept_record.map_or(u32::MAX, number));
        Copied { at: (file(source), number(*record)), kept }
    });
    Ok(copies.collect())
}
