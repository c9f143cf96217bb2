//! Events that occur under more than one hour: the same event id with another time.
//!
//! Each date keeps the sorted hashes of its rows' keys in a file. Once the touched dates are closed, their
//! keys are held against those of all dates, one range of hashes after the other, so that memory follows
//! neither the store nor what is new; then the rows found are flagged where they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::hash::Hasher;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use polars::prelude::{BooleanChunked, DataFrame, IntoColumn, NewChunkedArray, PolarsResult};
use polars_io::prelude::{ParallelStrategy, ParquetReader, SerReader};
use rustc_hash::{FxHashSet, FxHasher};

use crate::base::time;
use crate::schema::row::Row as _;
use crate::schema::tables::CloudtrailEventsRow;
use crate::store::parquet::frame::{self, ROW_GROUP, Source};
use crate::store::parquet::writer::BatchWriter;
use crate::store::{Store, StoreError};

/// Bytes of a key in its file.
const KEY: u64 = 8;

/// Keys of touched dates held at a time.
const HELD: u64 = 4 << 20;

/// A file of so many keys for each new one is searched rather than read.
const SEARCHED: u64 = 256;

/// Folder of the files of keys.
pub const FOLDER: &str = "event_keys";

const EVENTS: &str = CloudtrailEventsRow::TABLE.name;

/// Keys to be flagged, by date.
pub type Conflicts = BTreeMap<i32, FxHashSet<u64>>;

/// Writes the keys of a date, given with their hours; gives those that stand under more than one hour of it.
///
/// # Errors
/// When they cannot be written.
pub fn save(store: &Store, day: i32, mut keys: Vec<(u64, i64)>) -> Result<FxHashSet<u64>, StoreError> {
    keys.sort_unstable();
    let path = store.file_path(FOLDER, &format!("{}.bin", time::date_text(day)));
    let part = path.with_extension("part");
    let bytes: Vec<u8> = keys.iter().flat_map(|(key, _)| key.to_le_bytes()).collect();
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    // Never into the file itself: another store may share it.
    folder
        .and_then(|()| std::fs::write(&part, bytes))
        .and_then(|()| std::fs::rename(&part, &path))
        .map_err(|e| StoreError::io(&path, e))?;
    let hours = keys.windows(2).filter(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1);
    Ok(hours.map(|pair| pair[0].0).collect())
}

/// Flags the events of which another one has the same id and account and stands under another hour. `found` are
/// those within one date; what the touched dates have in common with any other date is added here.
///
/// # Errors
/// When a file of a date cannot be read or written.
pub fn flag(store: &Store, touched: &BTreeSet<i32>, mut found: Conflicts) -> Result<(), StoreError> {
    let mut dates = Vec::new();
    for day in &store.manifest.event_dates {
        let path = store.stored_path(FOLDER, &format!("{}.bin", time::date_text(*day)));
        let count = std::fs::metadata(&path).map_err(|e| StoreError::io(&path, e))?.len() / KEY;
        dates.push(Date { day: *day, path, count, at: 0 });
    }
    let (mut touched, mut others): (Vec<Date>, Vec<Date>) = dates.into_iter().partition(|date| touched.contains(&date.day));
    meet_all(&mut touched, &mut others, HELD, &mut found)?;
    found.iter().try_for_each(|(day, keys)| flag_date(store, *day, keys))
}

/// The sorted keys of a date, read from the first to the last.
struct Date {
    day: i32,
    path: PathBuf,
    count: u64,
    /// Keys read.
    at: u64,
}

/// Adds the keys that occur in more than one date to `found`, holding at most about `held` keys at a time.
fn meet_all(touched: &mut [Date], others: &mut [Date], held: u64, found: &mut Conflicts) -> Result<(), StoreError> {
    let parts = touched.iter().map(|date| date.count).sum::<u64>().div_ceil(held).max(1);
    for part in 1..=parts {
        // Hashes are spread evenly, so ranges of the same width hold about as many keys.
        let end = if part < parts { Some(u64::MAX / parts * part) } else { None };
        let mut keys: Vec<(u64, i32)> = Vec::new();
        for date in touched.iter_mut() {
            let day = date.day;
            date.read(end, |key| {
                keys.push((key, day));
                true
            })?;
        }
        // Sorted already but for the dates; a stable sort uses that.
        keys.sort();
        keys.dedup();
        for same in keys.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            same.iter().for_each(|(key, day)| _ = found.entry(*day).or_default().insert(*key));
        }
        for date in others.iter_mut() {
            for same in date.meet(&keys, end)? {
                let (key, _) = same[0];
                same.iter().map(|(_, day)| *day).chain([date.day]).for_each(|day| _ = found.entry(day).or_default().insert(key));
            }
        }
    }
    Ok(())
}

impl Date {
    /// Gives the keys up to `end`, as long as `take` wants more.
    fn read(&mut self, end: Option<u64>, mut take: impl FnMut(u64) -> bool) -> Result<(), StoreError> {
        let mut read = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(self.at * KEY))?;
            let mut reader = BufReader::with_capacity(1 << 16, file);
            while self.at < self.count {
                let key = read_key(&mut reader)?;
                if end.is_some_and(|end| key >= end) || !take(key) {
                    break;
                }
                self.at += 1;
            }
            Ok(())
        };
        read().map_err(|e| StoreError::io(&self.path, e))
    }

    /// Those of the sorted `keys`, all of them below `end`, that this date has as well, by key.
    fn meet<'k>(&mut self, keys: &'k [(u64, i32)], end: Option<u64>) -> Result<Vec<&'k [(u64, i32)]>, StoreError> {
        let mut wanted = keys.chunk_by(|a, b| a.0 == b.0).peekable();
        if self.count / SEARCHED >= keys.len() as u64 {
            let search = || {
                let mut file = File::open(&self.path)?;
                let mut met = Vec::new();
                for same in wanted {
                    if search(&mut file, self.count, same[0].0)? {
                        met.push(same);
                    }
                }
                Ok(met)
            };
            return search().map_err(|e| StoreError::io(&self.path, e));
        }
        let mut met = Vec::new();
        self.read(end, |key| {
            while wanted.next_if(|same| same[0].0 < key).is_some() {}
            met.extend(wanted.next_if(|same| same[0].0 == key));
            wanted.peek().is_some()
        })?;
        Ok(met)
    }
}

fn search(file: &mut File, count: u64, wanted: u64) -> io::Result<bool> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        file.seek(SeekFrom::Start(middle * KEY))?;
        match read_key(file)?.cmp(&wanted) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Equal => return Ok(true),
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    Ok(false)
}

fn read_key(reader: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    reader.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// Flags the rows of a date that have one of the keys. Its file is written anew, part by part, if that changes it.
fn flag_date(store: &Store, day: i32, keys: &FxHashSet<u64>) -> Result<(), StoreError> {
    let Some(table) = store.schema().table(EVENTS) else { return Ok(()) };
    let name = time::date_text(day);
    let path = store.stored_path(EVENTS, &format!("{name}.parquet"));
    let error = |e| StoreError::polars(&path, e);
    let columns = [CloudtrailEventsRow::event_id, CloudtrailEventsRow::recipient_account_id, "is_conflict"].map(str::to_owned);
    let Some(flags) = flags(&frame::read(&path, Some(&columns))?, keys).map_err(error)? else { return Ok(()) };
    // The same writer as closing a date uses: whether flags came at once or later must not show.
    let mut writer = BatchWriter::create(&store.part_path(EVENTS, &name), &table.all_columns())?;
    for (part, flags) in flags.chunks(ROW_GROUP).enumerate() {
        let mut rows = slice(&path, part * ROW_GROUP).map_err(error)?;
        rows.with_column(BooleanChunked::from_slice("is_conflict".into(), flags).into_column()).map_err(error)?;
        let (batch, mut sources) = frame::batch(&rows, &table).map_err(error)?;
        let mut ids = sources.clone();
        ids.sort_unstable();
        ids.dedup();
        let number = |id: String| ids.binary_search(&id).ok().and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX);
        let files: Vec<u32> = sources.drain(..).map(number).collect();
        writer.write(&batch, Source::Files(&files, &ids))?;
    }
    writer.finish()
}

/// The flags of all rows, if one of them is to change.
fn flags(rows: &DataFrame, keys: &FxHashSet<u64>) -> PolarsResult<Option<Vec<bool>>> {
    let text = |name: &str| rows.column(name)?.str().cloned();
    let (ids, accounts, before) =
        (text(CloudtrailEventsRow::event_id)?, text(CloudtrailEventsRow::recipient_account_id)?, rows.column("is_conflict")?.bool()?);
    let mut changed = false;
    let mut flags = Vec::with_capacity(rows.height());
    for ((id, account), before) in ids.iter().zip(accounts.iter()).zip(before.iter()) {
        // The content is the key of an event without an id only, and such an event contradicts nothing.
        let met = id.is_some_and(|id| keys.contains(&key_hash(Some(id), account, 0)));
        changed |= met && before != Some(true);
        flags.push(met || before == Some(true));
    }
    Ok(changed.then_some(flags))
}

fn slice(path: &Path, at: usize) -> PolarsResult<DataFrame> {
    ParquetReader::new(File::open(path)?).with_slice(Some((at, ROW_GROUP))).read_parallel(ParallelStrategy::None).finish()
}

/// Hash of the key two copies share.
pub fn key_hash(event_id: Option<&str>, account: Option<&str>, content: u64) -> u64 {
    let Some(event_id) = event_id else { return content };
    let mut hasher = FxHasher::default();
    hasher.write(event_id.as_bytes());
    hasher.write_u8(0);
    hasher.write(account.unwrap_or("").as_bytes());
    // FxHasher's low bits are weak; a finaliser spreads them (constants of SplitMix64).
    let mut z = hasher.finish();
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(folder: &Path, day: i32, keys: &[u64]) -> Date {
        let path = folder.join(format!("{day}.bin"));
        std::fs::write(&path, keys.iter().flat_map(|k| k.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
        Date { day, path, count: keys.len() as u64, at: 0 }
    }

    /// What dates have in common, found by comparing each with each.
    fn plainly(touched: &[(i32, Vec<u64>)], others: &[(i32, Vec<u64>)]) -> Vec<(i32, Vec<u64>)> {
        let mut found: BTreeMap<i32, BTreeSet<u64>> = BTreeMap::new();
        for (day, keys) in touched {
            for (other, theirs) in touched.iter().chain(others).filter(|(other, _)| other != day) {
                for key in keys.iter().filter(|k| theirs.contains(k)) {
                    found.entry(*day).or_default().insert(*key);
                    found.entry(*other).or_default().insert(*key);
                }
            }
        }
        found.into_iter().map(|(day, keys)| (day, keys.into_iter().collect())).collect()
    }

    #[test]
    fn ranges_searching_and_reading_find_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let spread = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let keys = |numbers: &mut dyn Iterator<Item = u64>| {
            let mut keys: Vec<u64> = numbers.map(spread).collect();
            keys.sort_unstable();
            keys
        };
        let many = keys(&mut (0..900).map(|n| n * 3));
        let dates = [
            (1, keys(&mut (0..40).map(|n| n * 50))),
            (2, keys(&mut [5, 5, 50, 99, 100].into_iter())),
            (3, vec![]),
            (4, vec![0, u64::MAX]),
            (5, many),
            (6, vec![0, 0, 1, u64::MAX - 1, u64::MAX, u64::MAX]),
            // Larger than the others by so much that it is searched.
            (7, keys(&mut (0..20_000).map(|n| n * 5))),
        ];
        for split in 0..dates.len() {
            for held in [1, 7, 64, 1 << 20] {
                let (touched, others) = dates.split_at(split);
                let open = |dates: &[(i32, Vec<u64>)]| dates.iter().map(|(day, keys)| date(folder.path(), *day, keys)).collect::<Vec<_>>();
                let mut found = Conflicts::new();
                meet_all(&mut open(touched), &mut open(others), held, &mut found).unwrap();
                let mut found: Vec<(i32, Vec<u64>)> = found.into_iter().map(|(day, keys)| (day, keys.into_iter().collect())).collect();
                found.iter_mut().for_each(|(_, keys)| keys.sort_unstable());
                assert_eq!(found, plainly(touched, others), "{split} {held}");
            }
        }
    }
}
