//! The events of a store counted by account, Region and day: what coverage of the period is told from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::observation::Delivered;
use crate::base::parallel::on_all_cores;
use crate::base::steps;
use crate::base::time::DAY;
use crate::engagement::Period;
use crate::schema::SOURCE_FILE_ID;
use crate::schema::row::Row as _;
use crate::schema::tables::CloudtrailEventsRow;
use crate::store::events::codes::Codes;
use crate::store::manifest::InputFile;
use crate::store::{Store, StoreError, parquet::frame};

/// Events of each day of the period, those as delivered by a trail among them, those that came with log files of a later
/// day, and the files with them.
pub(super) struct Days {
    pub(super) events: Vec<u64>,
    pub(super) late: Vec<u64>,
    pub(super) delivered: Vec<u64>,
    pub(super) files: BTreeSet<String>,
}

impl Days {
    pub(super) fn new(days: usize) -> Self {
        Self { events: vec![0; days], late: vec![0; days], delivered: vec![0; days], files: BTreeSet::new() }
    }

    fn add(&mut self, of_date: OfDate) {
        for (day, counts) in of_date.days {
            steps::count(1);
            for (all, n) in [&mut self.events, &mut self.delivered, &mut self.late].into_iter().zip(counts) {
                if let Some(all) = all.get_mut(day) {
                    *all += n;
                }
            }
        }
        self.files.extend(of_date.files);
    }
}

/// Events of a day, those as delivered by a trail, and the late ones.
type Counts = [u64; 3];

/// An event that is delivered so long after its day is a late one: it does not show that the day itself was delivered.
const LATE: i64 = DAY / 24;

/// The same of one date: a day of the period or two, since dates are those of UTC, however long the period is.
#[derive(Default)]
struct OfDate {
    days: BTreeMap<usize, Counts>,
    files: BTreeSet<String>,
}

impl OfDate {
    fn join(&mut self, other: Self) {
        for (day, counts) in other.days {
            self.days.entry(day).or_default().iter_mut().zip(counts).for_each(|(all, n)| *all += n);
        }
        self.files.extend(other.files);
    }
}

/// Counts of one account and Region by day of the period, and the numbers of the files that its events stand in.
type Line = (BTreeMap<usize, Counts>, FxHashSet<u32>);

/// The events of one date.
#[derive(Default)]
struct DateSeen {
    lines: BTreeMap<(String, String), OfDate>,
    events: u64,
    outside: BTreeMap<String, u64>,
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
        let Some(table) = store.schema().table(CloudtrailEventsRow::TABLE.name) else { return Ok(Self::default()) };
        let weaker: BTreeSet<&str> =
            store.manifest.files.values().filter(|f| f.format.is_weaker_trail_evidence()).map(|f| f.file_id.as_str()).collect();
        let told = |f: &'_ InputFile| f.paths.first().and_then(|path| Delivered::of(path)).map(|log| log.at);
        let times: FxHashMap<&str, i64> = store.manifest.files.values().filter_map(|f| Some((f.file_id.as_str(), told(f)?))).collect();
        let mut all = Self::default();
        for part in on_all_cores(&store.parts(&table), |part| Self::of(store, part, period, (&weaker, &times))) {
            all.add(part?, period.days());
        }
        Ok(all)
    }

    /// Those of one date.
    fn of(
        store: &Store,
        part: &Path,
        period: &Period,
        (weaker, times): (&BTreeSet<&str>, &FxHashMap<&str, i64>),
    ) -> Result<DateSeen, StoreError> {
        let columns = [CloudtrailEventsRow::event_time, CloudtrailEventsRow::account_id, CloudtrailEventsRow::aws_region, SOURCE_FILE_ID]
            .map(str::to_owned);
        let frame = frame::read(part, Some(&columns))?;
        let error = |e| StoreError::polars(store.folder(), e);
        let time = frame.column(CloudtrailEventsRow::event_time).and_then(|c| c.cast(&DataType::Int64)).map_err(error)?;
        let time = time.i64().map_err(error)?;
        let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(error);
        let (accounts, regions, files) =
            (text(CloudtrailEventsRow::account_id)?, text(CloudtrailEventsRow::aws_region)?, text(SOURCE_FILE_ID)?);
        let days = period.days();
        let (account, region, file) = (Codes::of(&accounts), Codes::of(&regions), Codes::of(&files));
        // What is asked of a file is looked up once.
        let facts: Vec<(bool, Option<i64>)> =
            file.texts.iter().map(|id| (weaker.contains(id.unwrap_or("")), times.get(id.unwrap_or("")).copied())).collect();
        let mut lines: FxHashMap<(u32, u32), Line> = FxHashMap::default();
        let mut all = DateSeen::default();
        for row in 0..frame.height() {
            let at = time.get(row).unwrap_or(0);
            if at < period.start || at >= period.end {
                *all.outside.entry(file.texts[file.of_rows[row] as usize].unwrap_or("").to_owned()).or_default() += 1;
                continue;
            }
            all.events += 1;
            let (line, seen) = lines.entry((account.of_rows[row], region.of_rows[row])).or_default();
            let day = usize::try_from((at - period.start) / DAY).unwrap_or(0).min(days - 1);
            let (is_weaker, came) = facts[file.of_rows[row] as usize];
            let [events, delivered, late] = line.entry(day).or_default();
            *events += 1;
            *delivered += u64::from(!is_weaker);
            let ends = period.start + i64::try_from(day + 1).unwrap_or(0) * DAY;
            *late += u64::from(came.is_some_and(|came| came >= ends + LATE));
            seen.insert(file.of_rows[row]);
        }
        let text = |codes: &Codes<'_>, code: u32| codes.texts[code as usize].unwrap_or("").to_owned();
        let owned = |((at, within), (days, files)): ((u32, u32), Line)| {
            let files = files.into_iter().map(|code| text(&file, code)).collect();
            ((text(&account, at), text(&region, within)), OfDate { days, files })
        };
        for (key, of_date) in lines.into_iter().map(owned) {
            all.lines.entry(key).or_default().join(of_date);
        }
        Ok(all)
    }

    fn add(&mut self, other: DateSeen, days: usize) {
        self.events += other.events;
        for (file, n) in other.outside {
            *self.outside.entry(file).or_default() += n;
        }
        for (key, of_date) in other.lines {
            self.lines.entry(key).or_insert_with(|| Days::new(days)).add(of_date);
        }
    }
}
