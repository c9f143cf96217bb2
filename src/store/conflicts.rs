//! Keys of events that occur under more than one hour: the same event id with another time.
//!
//! Each date keeps the sorted hashes of its keys. New keys are held against the dates one after the
//! other, so that memory follows the new events and not the store.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use rustc_hash::FxHashSet;

use super::{Store, StoreError, close, frame};
use crate::ingest::time;

/// Bytes of a key in its file.
const KEY: u64 = 8;

/// A file of so many keys for each new one is searched rather than read.
const SEARCHED: u64 = 256;

/// Folder of the files of keys.
pub const FOLDER: &str = "event_keys";

/// Keys of events just read, with their hours, sorted and each once.
pub struct Keys(Vec<(u64, i32)>);

impl Keys {
    /// Puts keys in order.
    pub fn new(mut keys: Vec<(u64, i32)>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        Self(keys)
    }

    /// Whether `key` occurs under another hour than `hour`.
    pub fn elsewhere(&self, key: u64, hour: i64) -> bool {
        let from = self.0.partition_point(|(k, _)| *k < key);
        self.0[from..].iter().take_while(|(k, _)| *k == key).any(|(_, h)| i64::from(*h) != hour)
    }
}

/// Keys of which one event is new and another has a different hour; and the new keys in order. Dates of the
/// store that hold such a key are added to `dates`, to be closed again and flagged there as well.
///
/// # Errors
/// When the keys of a date cannot be read.
pub fn find(store: &Store, dates: &mut BTreeSet<i32>, new: Vec<(u64, i32)>) -> Result<(Keys, FxHashSet<u64>), StoreError> {
    let keys = Keys::new(new);
    let mut found = FxHashSet::default();
    let touched = elsewhere(store, &keys, &mut found)?;
    dates.extend(touched);
    // Rows of these dates are judged anew, so what they have in other dates must be found again.
    let mut former = Vec::new();
    for day in dates.iter().filter(|day| store.manifest.event_dates.contains(day)) {
        former.extend(flagged(store, *day)?);
    }
    let former = Keys::new(former);
    elsewhere(store, &former, &mut found)?;
    Ok((Keys::new([keys.0, former.0].concat()), found))
}

/// Adds keys that occur under two hours to `found`; gives the dates of the store that hold one of them.
fn elsewhere(store: &Store, keys: &Keys, found: &mut FxHashSet<u64>) -> Result<BTreeSet<i32>, StoreError> {
    let mut dates = BTreeSet::new();
    for pair in keys.0.windows(2) {
        if pair[0].0 == pair[1].0 {
            found.insert(pair[0].0);
        }
    }
    if keys.0.is_empty() {
        return Ok(dates);
    }
    for day in &store.manifest.event_dates {
        let path = store.stored_path(FOLDER, &format!("{}.bin", time::date_text(*day)));
        let met = File::open(&path).and_then(|file| meet(file, &keys.0)).map_err(|e| StoreError::io(&path, e))?;
        for (key, hour) in met {
            // Within one day the rows themselves tell, when the date is closed.
            if hour.div_euclid(24) != *day {
                found.insert(key);
                dates.insert(*day);
            }
        }
    }
    Ok(dates)
}

/// The keys of a date's rows that are in conflict, with their hours.
fn flagged(store: &Store, day: i32) -> Result<Vec<(u64, i32)>, StoreError> {
    let path = store.stored_path("cloudtrail_events", &format!("{}.parquet", time::date_text(day)));
    let columns = ["event_id", "event_time", "recipient_account_id", "is_conflict", "content_hash"].map(str::to_owned);
    let frame = frame::read(&path, Some(&columns))?;
    close::keys_in_conflict(&frame).map_err(|e| StoreError::polars(&path, e))
}

/// The new keys that a file of sorted keys holds.
fn meet(file: File, keys: &[(u64, i32)]) -> std::io::Result<Vec<(u64, i32)>> {
    let count = file.metadata()?.len() / KEY;
    let mut met = Vec::new();
    if count / SEARCHED >= keys.len() as u64 {
        let mut file = file;
        for (key, hour) in keys {
            if search(&mut file, count, *key)? {
                met.push((*key, *hour));
            }
        }
        return Ok(met);
    }
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut at = 0;
    for _ in 0..count {
        let key = read_key(&mut reader)?;
        while keys.get(at).is_some_and(|(k, _)| *k < key) {
            at += 1;
        }
        if at == keys.len() {
            break;
        }
        met.extend(keys[at..].iter().take_while(|(k, _)| *k == key));
    }
    // Two rows of one key in a date are met twice.
    met.dedup();
    Ok(met)
}

fn search(file: &mut File, count: u64, wanted: u64) -> std::io::Result<bool> {
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

fn read_key(reader: &mut impl Read) -> std::io::Result<u64> {
    let mut bytes = [0; 8];
    reader.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// Writes the keys of a date.
///
/// # Errors
/// When they cannot be written.
pub fn save(store: &Store, day: i32, mut keys: Vec<u64>) -> Result<(), StoreError> {
    keys.sort_unstable();
    let path = store.file_path(FOLDER, &format!("{}.bin", time::date_text(day)));
    let bytes: Vec<u8> = keys.iter().flat_map(|k| k.to_le_bytes()).collect();
    let part = path.with_extension("part");
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    // Never into the file itself: another store may share it.
    folder.and_then(|()| std::fs::write(&part, bytes)).and_then(|()| std::fs::rename(&part, &path)).map_err(|e| StoreError::io(&path, e))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(keys: &[u64]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        keys.iter().for_each(|k| file.write_all(&k.to_le_bytes()).unwrap());
        file.rewind().unwrap();
        file
    }

    #[test]
    fn searching_and_reading_find_the_same() {
        let stored: Vec<u64> = (0..2_000).map(|n| n * 3).collect();
        let few = [(0, 1), (1, 1), (2_999, 1), (3_000, 4), (3_000, 5), (5_997, 2), (9_000, 1)];
        let wanted = vec![(0, 1), (3_000, 4), (3_000, 5), (5_997, 2)];
        assert_eq!(meet(file(&stored), &few).unwrap(), wanted);
        // As many new keys as old ones: read, not searched.
        let mut many: Vec<(u64, i32)> = (0..2_000).map(|n| (n * 3 + 1, 1)).collect();
        many.extend(few);
        let keys = Keys::new(many);
        assert_eq!(meet(file(&stored), &keys.0).unwrap(), wanted);
        assert_eq!(meet(file(&[7, 7, 7]), &[(7, 1)]).unwrap(), [(7, 1)]);
        assert_eq!(meet(file(&[]), &few).unwrap(), []);
    }

    #[test]
    fn another_hour_is_elsewhere() {
        let keys = Keys::new(vec![(9, 2), (5, 1), (5, 1), (5, 3)]);
        assert!(keys.elsewhere(5, 1) && keys.elsewhere(5, 2));
        assert!(!keys.elsewhere(9, 2) && !keys.elsewhere(4, 0) && !keys.elsewhere(10, 0));
    }
}
