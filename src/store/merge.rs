//! Merging of stores: what another store holds comes in as if its files had been read now.
//!
//! A file both stores know is taken once. The events of the other files go into the runs like events
//! just read, kept ones and copies alike, so that closing a date decides anew which copy is kept; rows
//! of single files come in as the Parquet files they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustc_hash::FxHashMap;

use super::manifest::InputFile;
use super::{Store, StoreError};
use crate::base::time;
use crate::ingest::formats::declaration::LOSSY_RANK;
use crate::schema::row::Row as _;
use crate::schema::tables::CloudtrailEventsRow;
use crate::store::events::close::stored_rows;
use crate::store::events::copies::{self, Place};
use crate::store::events::packed::Head;
use crate::store::events::runs::Runs;
use crate::store::parquet::pool::{self, Pool};
use crate::store::reading::registry::{self, Registry};

/// A store on its way into another.
pub struct Merging<'s> {
    other: &'s Store,
    /// Numbers that the other store's files get here, if they are new here, in the order of their ids.
    numbers: Vec<Option<u32>>,
    /// Files whose rows are taken from the other store.
    taken: BTreeSet<String>,
}

impl<'s> Merging<'s> {
    /// Enters the files of other stores.
    ///
    /// # Errors
    /// When the tables of one have other columns.
    pub(super) fn register(store: &Store, others: &[&'s Store], registry: &mut Registry) -> Result<Vec<Self>, StoreError> {
        let mut all = others.iter().copied().map(|other| Self::enter(store, other, registry)).collect::<Result<Vec<_>, _>>()?;
        // A file may be taken from one store and then, for its path, from a later one instead.
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for merging in all.iter_mut().rev() {
            merging.taken.retain(|id| taken.insert(id.clone()));
        }
        Ok(all)
    }

    fn enter(store: &Store, other: &'s Store, registry: &mut Registry) -> Result<Self, StoreError> {
        store.fits(&other.manifest, other.folder())?;
        let mut merging = Self { other, numbers: Vec::new(), taken: BTreeSet::new() };
        for (id, file) in &other.manifest.files {
            if file.is_without_hash() {
                // The same file of a store and of its copy is one.
                if !registry.unread_before.iter().any(|u| u.file_id == file.file_id && u.bytes == file.bytes && u.notes == file.notes) {
                    registry.unread_before.push(file.clone());
                }
                merging.numbers.push(None);
                continue;
            }
            if file.place.is_some() {
                registry.answers.insert(file.sha256.clone(), file.format);
            }
            if let Some(id) = shared(registry, id, &file.sha256) {
                return Err(StoreError::SameId { path: other.folder().to_owned(), id });
            }
            let number = match registry.files.get_mut(id) {
                None => {
                    registry.files.insert(id.clone(), as_read(file));
                    merging.taken.insert(id.clone());
                    registry.ids.push(id.clone());
                    u32::try_from(registry.ids.len() - 1).ok()
                }
                Some(known) => {
                    let paths: BTreeSet<String> = known.paths.iter().chain(&file.paths).cloned().collect();
                    // Some answers take account or name from their path, and the first path counts.
                    if known.format.cloudtrail().is_none() && file.paths.first() < known.paths.first() {
                        *known = as_read(file);
                        merging.taken.insert(id.clone());
                    }
                    known.paths = paths.into_iter().collect();
                    None
                }
            };
            merging.numbers.push(number);
            if merging.taken.contains(id)
                && let Some(assembly) = other.manifest.assemblies.get(id)
            {
                registry.assemblies.insert(id.clone(), assembly.clone());
            }
            registry.fresh.insert(id.clone());
        }
        registry.archives.extend(other.manifest.archives.clone());
        Ok(merging)
    }

    /// Dates with events.
    fn days(&self) -> impl Iterator<Item = i32> {
        self.other.manifest.event_dates.iter().copied()
    }

    /// Puts the events that the new files have on a date into `runs`.
    ///
    /// # Errors
    /// When they cannot be read, or the store does not say where each of its copies came from.
    fn events(&self, day: i32, runs: &mut Runs) -> Result<(), StoreError> {
        let other = self.other;
        let Some(table) = other.schema().table(CloudtrailEventsRow::TABLE.name) else { return Ok(()) };
        if self.numbers.iter().all(Option::is_none) {
            return Ok(());
        }
        let name = time::date_text(day);
        let index = copies::numbers(other.manifest.files.keys());
        let mut copies: FxHashMap<Place, Vec<Place>> = FxHashMap::default();
        for copy in copies::load(other, day, &index)? {
            copies.entry(copy.kept).or_default().push(copy.at);
        }
        let whole = |fits: bool| {
            let why = format!("its list of copies does not agree with the events of {name}");
            if fits { Ok(()) } else { Err(StoreError::Merge { path: other.folder().to_owned(), why }) }
        };
        let lossy: Vec<bool> = other.manifest.files.values().map(|f| f.format.copy_rank() >= LOSSY_RANK).collect();
        stored_rows(other, &table, day, &index, |stored, cells| {
            let kept = (stored.file, stored.record);
            let mut places = copies.remove(&kept).unwrap_or_default();
            places.push(kept);
            whole(u32::try_from(places.len()) == Ok(stored.copies))?;
            for (file, record) in places {
                if let Some(Some(number)) = self.numbers.get(file as usize).copied() {
                    // A copy from an export that leaves things out has the content of the whole record only here. It
                    // is never the one kept, so it must come after those that could be.
                    let lossy = (file, record) != kept && lossy.get(file as usize) == Some(&true);
                    let content_hash = if lossy { u64::MAX } else { stored.content_hash };
                    let head = Head { content_hash, file: number, record, copies: 1, prior: false, ..*stored };
                    runs.push(&head, cells).map_err(|e| StoreError::io(runs.scratch(), e))?;
                }
            }
            Ok(())
        })?;
        whole(copies.is_empty())
    }

    /// Takes over the Parquet files of single files, and their rows in files that many share.
    ///
    /// # Errors
    /// When they cannot be copied.
    fn take_parts(&self, store: &Store, pool: &Pool) -> Result<(), StoreError> {
        let other = self.other;
        let mut pooled = BTreeSet::new();
        for (id, file) in other.manifest.files.iter().filter(|(id, _)| self.taken.contains(*id)) {
            for table in file.rows.keys() {
                if other.schema().table(table).is_some_and(|t| pool::is_pooled(&t)) {
                    pooled.insert(table.clone());
                    continue;
                }
                let name = format!("{id}.parquet");
                link(&other.stored_path(table, &name), &store.file_path(table, &name))?;
            }
        }
        for table in pooled.iter().filter_map(|name| other.schema().table(name)) {
            for (id, batch) in pool::rows_of(other, &table, &self.taken)? {
                pool.add(store, &id, &batch)?;
            }
        }
        Ok(())
    }

    /// Makes sure that all came in: the accounts of the files close, and the other store stayed as it was.
    ///
    /// # Errors
    /// When they do not, or it did not.
    pub fn check(&self, files: &BTreeMap<String, InputFile>) -> Result<(), StoreError> {
        self.other.check_unchanged()?;
        match self.taken.iter().filter_map(|id| files.get(id)).find(|f| f.format.cloudtrail().is_some() && !f.balances()) {
            None => Ok(()),
            Some(file) => {
                let why = format!(
                    "of the {} records of {} it holds {}",
                    file.read,
                    file.paths.first().map_or("", String::as_str),
                    file.kept + file.duplicate + file.out_of_scope + file.rejected
                );
                Err(StoreError::Merge { path: self.other.folder().to_owned(), why })
            }
        }
    }
}

/// Brings in what other stores hold: events through the runs, which stand for as many workers; the rest as it is.
///
/// # Errors
/// When it cannot be read or written.
pub(super) fn take_over(merging: &[Merging<'_>], store: &Store, pool: &Pool, runs: &[Mutex<Runs>]) -> Result<(), StoreError> {
    let days: Vec<(&Merging<'_>, i32)> = merging.iter().flat_map(|m| m.days().map(move |day| (m, day))).collect();
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<StoreError>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for runs in runs {
            scope.spawn(|| {
                let mut runs = runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                while let Some((merging, day)) = days.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = merging.events(*day, &mut runs) {
                        failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
                        // The others find nothing left to do.
                        next.store(days.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).map_or(Ok(()), Err)?;
    merging.iter().try_for_each(|merging| merging.take_parts(store, pool))
}

/// The beginning that the hash of another file shares with this one, where the two stores do not tell them apart alike.
fn shared(registry: &Registry, id: &str, sha256: &str) -> Option<String> {
    let other = registry.files.get(id).is_some_and(|known| known.sha256 != sha256);
    let known = registry::shared_by(id).filter(|beginning| registry.files.contains_key(beginning));
    let longer = || registry.id_of(sha256).len() > id.len();
    known.or_else(|| (other || longer()).then(|| id.to_owned()))
}

/// A file's entry as it is after reading, before its events are told from copies.
fn as_read(file: &InputFile) -> InputFile {
    let mut entry = file.clone();
    if entry.format.cloudtrail().is_some() {
        (entry.kept, entry.duplicate) = (0, 0);
    }
    entry
}

impl Store {
    /// Takes over all of `other` into a store that holds nothing yet.
    ///
    /// # Errors
    /// When its files cannot be copied, or another process changed it meanwhile.
    pub fn adopt(&mut self, other: &Self) -> Result<(), StoreError> {
        let tables = other.folder().join("tables");
        for found in walkdir::WalkDir::new(&tables).sort_by_file_name() {
            let found = found.map_err(|e| StoreError::io(&tables, e.into()))?;
            let (Some(name), Some(table)) = (found.path().file_name(), found.path().parent().and_then(Path::file_name)) else { continue };
            if found.file_type().is_file() {
                link(found.path(), &self.file_path(&table.to_string_lossy(), &name.to_string_lossy()))?;
            }
        }
        self.manifest = other.manifest.clone();
        other.check_unchanged()
    }
}

/// Gives a file a second name, or copies it where that is not possible. Files of a store are never written
/// to again, only replaced, so that sharing them is safe.
fn link(from: &Path, to: &Path) -> Result<(), StoreError> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(|e| StoreError::io(folder, e))?;
    }
    match std::fs::remove_file(to) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(StoreError::io(to, e)),
        _ => {}
    }
    if std::fs::hard_link(from, to).is_err() {
        std::fs::copy(from, to).map_err(|e| StoreError::io(to, e))?;
    }
    Ok(())
}
