//! The events of a store counted by account, Region and day: what coverage of the period is told from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::scope::DAY;
use crate::engagement::Period;
use crate::store::parallel::on_all_cores;
use crate::store::{Store, StoreError, frame};

/// Events of each day of the period, those as delivered by a trail among them, and the files with them.
pub(super) struct Days {
    pub(super) events: Vec<u64>,
    pub(super) delivered: Vec<u64>,
    pub(super) files: BTreeSet<String>,
}

impl Days {
    pub(super) fn new(days: usize) -> Self {
        Self { events: vec![0; days], delivered: vec![0; days], files: BTreeSet::new() }
    }

    fn add(&mut self, other: Self) {
        let sum = |own: &mut Vec<u64>, more: Vec<u64>| own.iter_mut().zip(more).for_each(|(own, more)| *own += more);
        sum(&mut self.events, other.events);
        sum(&mut self.delivered, other.delivered);
        self.files.extend(other.files);
    }
}

/// The events of a store: those of the period by account, Region and day, and how many lie outside it.
#[derive(Default)]
pub struct Seen {
    pub(super) lines: BTreeMap<(String, String), Days>,
    pub(super) events: u64,
    pub(super) outside: BTreeMap<String, u64>,
}

impl Seen {
    /// Reads the events, date by date on all cores.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(store: &Store, period: &Period) -> Result<Self, StoreError> {
        let Some(table) = store.schema().table("cloudtrail_events") else { return Ok(Self::default()) };
        let weaker: BTreeSet<&str> =
            store.manifest.files.values().filter(|f| f.format.is_weaker_trail_evidence()).map(|f| f.file_id.as_str()).collect();
        let mut all = Self::default();
        for part in on_all_cores(&store.parts(&table), |part| Self::of(store, part, period, &weaker)) {
            all.add(part?);
        }
        Ok(all)
    }

    /// Those of one date.
    fn of(store: &Store, part: &Path, period: &Period, weaker: &BTreeSet<&str>) -> Result<Self, StoreError> {
        let columns = ["event_time", "account_id", "aws_region", "source_file_id"].map(str::to_owned);
        let frame = frame::read(part, Some(&columns))?;
        let error = |e| StoreError::polars(store.folder(), e);
        let time = frame.column("event_time").and_then(|c| c.cast(&DataType::Int64)).map_err(error)?;
        let time = time.i64().map_err(error)?;
        let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(error);
        let (accounts, regions, files) = (text("account_id")?, text("aws_region")?, text("source_file_id")?);
        let days = period.days();
        // Their texts are borrowed until the end: a date has few of them, and many rows.
        let mut lines: FxHashMap<(&str, &str), (Days, FxHashSet<&str>)> = FxHashMap::default();
        let mut all = Self::default();
        for row in 0..frame.height() {
            let (at, file) = (time.get(row).unwrap_or(0), files.get(row).unwrap_or(""));
            if at < period.start || at >= period.end {
                *all.outside.entry(file.to_owned()).or_default() += 1;
                continue;
            }
            all.events += 1;
            let key = (accounts.get(row).unwrap_or(""), regions.get(row).unwrap_or(""));
            let (line, seen) = lines.entry(key).or_insert_with(|| (Days::new(days), FxHashSet::default()));
            let day = usize::try_from((at - period.start) / DAY).unwrap_or(0).min(days - 1);
            line.events[day] += 1;
            line.delivered[day] += u64::from(!weaker.contains(file));
            seen.insert(file);
        }
        let owned = |((account, region), (days, files)): ((&str, &str), (Days, FxHashSet<&str>))| {
            let files = files.into_iter().map(str::to_owned).collect();
            ((account.to_owned(), region.to_owned()), Days { files, ..days })
        };
        all.lines = lines.into_iter().map(owned).collect();
        Ok(all)
    }

    fn add(&mut self, other: Self) {
        self.events += other.events;
        for (file, n) in other.outside {
            *self.outside.entry(file).or_default() += n;
        }
        for (key, days) in other.lines {
            self.lines.entry(key).or_insert_with(|| Days::new(days.events.len())).add(days);
        }
    }
}
