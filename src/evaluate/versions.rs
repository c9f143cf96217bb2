//! Which versions of configuration items count: copies are dropped, then the last version of each resource is found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use crate::ingest::batch::Batch;
use crate::ingest::formats::cli_answers::place_of;
use crate::ingest::formats::config::item::{AUTHORIZATION_DETAIL, SELECT_RESULT};
use crate::schema::Table;
use crate::schema::row::Row as _;
use crate::schema::tables::AuthorizationDetailUseRow;
use crate::store::manifest::InputFile;

/// Columns of `config_items` that decide it.
pub const COLUMNS: [&str; 10] = [
    "item_id",
    "account_id",
    "region",
    "resource_type",
    "resource_id",
    "item_status",
    "captured_at",
    "state_id",
    "source_file_id",
    "source_record",
];

/// Account, Region, type and id of a resource.
type ResourceKey<'k> = (&'k str, &'k str, &'k str, &'k str);

/// How much a version of a resource says, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The fields a query asked for.
    Partial,
    /// IAM's authorization details.
    Detail,
    /// A whole item of AWS Config's.
    Item,
}

/// How good a copy of a version is to be cited, the best first: of the file taken last before the as-of date, else the
/// first after it, else one that does not say when it was taken.
type CopyRank<'k> = (u8, i64, &'k str, u64);

/// Which item versions count, by (file, record).
#[derive(Debug, Default)]
pub struct Versions {
    /// Every version, once.
    pub all: DataFrame,
    /// The valid ones.
    pub current: DataFrame,
    /// Resources whose first version was captured after the as-of date.
    pub later_only: u64,
    /// Resources that IAM's authorization details know.
    pub details: Details,
    /// Valid versions of resources that AWS Config later says it does not record, and since when.
    pub lapsed: BTreeMap<(String, u64), Option<i64>>,
}

/// Resources that IAM's authorization details know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Details {
    /// Of the valid resources, those read from the details.
    pub used: u64,
    /// Those AWS Config knows too: its items were used.
    pub set_aside: u64,
}

/// The table that says so.
pub const DETAIL_USE: &str = AuthorizationDetailUseRow::TABLE.name;

impl Details {
    /// Its one row; none where no authorization details were supplied.
    pub fn table(self, table: Arc<Table>) -> Batch {
        let mut batch = Batch::new(table);
        if self.used + self.set_aside > 0 {
            let int = |n: u64| Some(i64::try_from(n).unwrap_or(i64::MAX));
            batch.push(0, &AuthorizationDetailUseRow { resources_used: int(self.used), resources_set_aside: int(self.set_aside) });
        }
        batch
    }
}

/// What is known of one resource up to the as-of date.
#[derive(Default)]
struct Known {
    /// Rank, time, state id and row of its last version that is no notice.
    last: Option<(Rank, i64, i64, usize)>,
    /// Rows of notices that its type is not recorded.
    notices: Vec<(i64, i64, usize)>,
    detailed: bool,
}

impl Versions {
    /// Sorts the versions of all items; `read` holds [`COLUMNS`], `files` the files they are from.
    ///
    /// For each resource the latest version captured up to the as-of date counts, unless it says that the resource is gone.
    /// Where AWS Config and IAM's authorization details both know a resource, AWS Config's version counts, gone or not: an
    /// item says when it held, the details often do not. Partial answers count where neither knows it. A notice that a
    /// resource is not recorded ends nothing: the version before it stays and is marked, but a notice of another Region's
    /// recorder says nothing about a version of this one's.
    ///
    /// # Errors
    /// When a column has another type.
    pub fn of(read: &DataFrame, files: Option<&BTreeMap<String, InputFile>>, as_of: i64) -> PolarsResult<Self> {
        let items = Items::of(read)?;
        let rows = items.best_copies(files, as_of);
        let mut known: BTreeMap<ResourceKey<'_>, Known> = BTreeMap::new();
        for &row in &rows {
            let resource = known.entry(items.key(row)).or_default();
            let rank = items.rank(row);
            let Some(at) = items.at(row, as_of) else { continue };
            resource.detailed |= rank == Rank::Detail;
            let state = items.state(row);
            if items.is_notice(row) {
                resource.notices.push((at, state, row));
            } else if resource.last.is_none_or(|best| (rank, at, state) > (best.0, best.1, best.2)) {
                resource.last = Some((rank, at, state, row));
            }
        }

        let recorder = |row: usize| {
            let paths = files.zip(items.file.get(row)).and_then(|(files, id)| files.get(id)).map_or(&[][..], |f| f.paths.as_slice());
            let regions: BTreeSet<String> = paths.iter().filter_map(|path| place_of(path).region).collect();
            if regions.len() == 1 { regions.into_iter().next() } else { None }
        };
        let mut all = Self::default();
        let mut current = Vec::new();
        for ((_, _, kind, _), resource) in &known {
            let Some((rank, at, state, row)) = resource.last else {
                all.later_only += u64::from(resource.notices.is_empty());
                continue;
            };
            all.details.used += u64::from(rank == Rank::Detail);
            all.details.set_aside += u64::from(rank != Rank::Detail && resource.detailed);
            if items.is_gone(row) {
                continue;
            }
            current.push(row);
            let elsewhere = |notice: usize| {
                kind.starts_with("AWS::IAM::") && recorder(notice).zip(recorder(row)).is_some_and(|(other, own)| other != own)
            };
            let after = |n: &&(i64, i64, usize)| n.0 == i64::MIN || (n.0, n.1) > (at, state);
            let since = resource.notices.iter().filter(after).filter(|n| !elsewhere(n.2)).map(|n| n.0).min();
            if let (Some(since), Rank::Item, Some(file), Some(record)) = (since, rank, items.file.get(row), items.record.get(row)) {
                all.lapsed.insert((file.to_owned(), record), (since != i64::MIN).then_some(since));
            }
        }
        current.sort_unstable();
        let keys = read.select(["source_file_id", "source_record"])?;
        let take = |rows: Vec<usize>| {
            let rows = rows.into_iter().map(|row| IdxSize::try_from(row).unwrap_or(IdxSize::MAX)).collect();
            keys.take(&IdxCa::from_vec("row".into(), rows))
        };
        Ok(Self { all: take(rows)?, current: take(current)?, ..all })
    }
}

/// What decides about items, row by row.
pub(super) struct Items {
    pub item: StringChunked,
    pub account: StringChunked,
    pub region: StringChunked,
    pub kind: StringChunked,
    pub id: StringChunked,
    pub file: StringChunked,
    pub record: UInt64Chunked,
    status: StringChunked,
    state: StringChunked,
    captured: Int64Chunked,
}

impl Items {
    /// Reads [`COLUMNS`].
    pub(super) fn of(read: &DataFrame) -> PolarsResult<Self> {
        let text = |name: &str| read.column(name).and_then(|c| c.str().cloned());
        Ok(Self {
            item: text("item_id")?,
            account: text("account_id")?,
            region: text("region")?,
            kind: text("resource_type")?,
            id: text("resource_id")?,
            file: text("source_file_id")?,
            record: read.column("source_record")?.cast(&DataType::UInt64)?.u64()?.clone(),
            status: text("item_status")?,
            state: text("state_id")?,
            captured: read.column("captured_at")?.cast(&DataType::Int64)?.i64()?.clone(),
        })
    }

    /// The resource that a row is about.
    pub(super) fn key(&self, row: usize) -> ResourceKey<'_> {
        let kind = self.kind.get(row).unwrap_or("");
        // IAM is global and may be recorded in several Regions.
        let region = if kind.starts_with("AWS::IAM::") { "global" } else { self.region.get(row).unwrap_or("") };
        (self.account.get(row).unwrap_or(""), region, kind, self.id.get(row).unwrap_or(""))
    }

    pub(super) fn rank(&self, row: usize) -> Rank {
        match self.status.get(row) {
            Some(SELECT_RESULT) => Rank::Partial,
            Some(AUTHORIZATION_DETAIL) => Rank::Detail,
            _ => Rank::Item,
        }
    }

    /// When it was captured, the earliest of all times where it does not say so; `None` at the as-of date and after it.
    pub(super) fn at(&self, row: usize, as_of: i64) -> Option<i64> {
        match self.captured.get(row) {
            Some(at) if at >= as_of => None,
            Some(at) if self.rank(row) != Rank::Partial => Some(at),
            _ => Some(i64::MIN),
        }
    }

    pub(super) fn state(&self, row: usize) -> i64 {
        self.state.get(row).and_then(|s| s.parse().ok()).unwrap_or(0)
    }

    /// Whether it only says that the type is not recorded.
    pub(super) fn is_notice(&self, row: usize) -> bool {
        self.status.get(row) == Some("ResourceNotRecorded")
    }

    pub(super) fn is_gone(&self, row: usize) -> bool {
        matches!(self.status.get(row), Some("ResourceDeleted" | "ResourceDeletedNotRecorded" | "Deleted"))
    }

    /// Whether AWS Config saw the resource for the first time.
    pub(super) fn is_first_recording(&self, row: usize) -> bool {
        self.status.get(row) == Some("ResourceDiscovered")
    }

    /// One row for each item version, in the order of rows: of its copies the one to cite.
    pub(super) fn best_copies(&self, files: Option<&BTreeMap<String, InputFile>>, as_of: i64) -> Vec<usize> {
        let taken: FxHashMap<&str, i64> = files.into_iter().flatten().filter_map(|(id, file)| Some((id.as_str(), file.taken()?))).collect();
        let mut best: FxHashMap<&str, (CopyRank<'_>, usize)> = FxHashMap::default();
        for row in 0..self.item.len() {
            let (Some(item), file) = (self.item.get(row), self.file.get(row).unwrap_or_default()) else { continue };
            let record = self.record.get(row).unwrap_or(u64::MAX);
            let rank = match taken.get(file) {
                Some(at) if *at < as_of => (0, -at, file, record),
                Some(at) => (1, *at, file, record),
                None => (2, 0, file, record),
            };
            let copy = best.entry(item).or_insert((rank, row));
            if rank < copy.0 {
                *copy = (rank, row);
            }
        }
        let mut rows: Vec<usize> = best.into_values().map(|(_, row)| row).collect();
        rows.sort_unstable();
        rows
    }
}
