//! The files a run has met, by their whole SHA-256, and what becomes of those that could not be read.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::ingest::detect::Format;
use crate::ingest::formats::suspect;
use crate::ingest::identity;
use crate::store::Store;
use crate::store::manifest::{Assembly, InputFile};

/// Hex digits of a file's SHA-256 that rows know it by.
const ID: usize = 16;

/// Files seen so far.
#[derive(Debug, Default)]
pub(in crate::store) struct Registry {
    /// File ids by index; rows refer to them.
    pub(in crate::store) ids: Vec<String>,
    pub(in crate::store) files: BTreeMap<String, InputFile>,
    /// Files first read in this run.
    pub(in crate::store) fresh: BTreeSet<String>,
    /// Formats of files that their paths tell apart, by SHA-256.
    pub(in crate::store) answers: BTreeMap<String, Format>,
    /// SHA-256 of the files being read at this moment.
    pub(in crate::store) reading: BTreeSet<String>,
    pub(in crate::store) assemblies: BTreeMap<String, Assembly>,
    /// Kinds of archives by path.
    pub(in crate::store) archives: BTreeMap<String, String>,
    /// Archives beside others with the same bytes: their SHA-256 and path.
    pub(in crate::store) copies: Vec<(String, String)>,
    /// What could not be read now.
    pub(in crate::store) unread: Vec<InputFile>,
    /// What could not be read in earlier runs, and was not offered since.
    pub(in crate::store) unread_before: Vec<InputFile>,
    /// The beginnings of hashes that several files share: the ids of those are the whole hash.
    shared: BTreeSet<String>,
    /// The same, found when a file with such a beginning had its rows already.
    pub(in crate::store) shared_late: BTreeSet<String>,
}

impl Registry {
    /// What the store knows before a run.
    pub(in crate::store) fn of(store: &Store, hindsight: &Hindsight) -> Self {
        let mut registry =
            Self { assemblies: store.manifest.assemblies.clone(), archives: store.manifest.archives.clone(), ..Self::default() };
        for (id, file) in &store.manifest.files {
            if file.is_without_hash() {
                registry.unread_before.push(file.clone());
                continue;
            }
            registry.ids.push(id.clone());
            if file.place.is_some() {
                registry.answers.insert(file.sha256.clone(), file.format);
            }
            registry.files.insert(id.clone(), file.clone());
            registry.shared.extend(shared_by(id));
        }
        registry.shared.extend(hindsight.shared.iter().cloned());
        registry
    }

    /// The id of a file with this hash: its beginning, as long as no other file shares it, else all of it.
    pub(in crate::store) fn id_of(&self, sha256: &str) -> String {
        let id = sha256.get(..ID).unwrap_or(sha256);
        if self.shared.contains(id) { sha256.to_owned() } else { id.to_owned() }
    }

    /// What an input goes by in place of its SHA-256: for an answer that its path tells apart, content and place.
    pub(in crate::store) fn identity(&self, sha256: &str, shown: &str) -> (String, Option<String>) {
        let place = self.answers.get(sha256).map(|format| identity::place(*format, shown));
        match place.as_deref() {
            None | Some("") => (sha256.to_owned(), place),
            Some(named) => (const_hex::encode(Sha256::digest(format!("{sha256}\0{named}"))), place),
        }
    }

    /// The same, unless rows go by that id already that are of another file: then none, and the run begins again.
    pub(in crate::store) fn id_for(&mut self, sha256: &str, identity: &str) -> Option<String> {
        let id = self.id_of(identity);
        if self.files.get(&id).is_some_and(|known| known.sha256 != sha256) {
            self.shared_late.insert(id);
            return None;
        }
        Some(id)
    }

    /// A path was offered with so many bytes: what an earlier run says of it being unreadable is made up for. Files of one
    /// name are told apart by their size; of a folder or link none is known.
    pub(in crate::store) fn meet(&mut self, shown: &str, bytes: u64) {
        let same = |file: &InputFile| {
            let path = file.paths.first().map_or("", String::as_str);
            let below = || shown.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
            let unsized_ = file.bytes == 0 && (path == shown || below());
            unsized_ || path == shown && file.bytes == bytes
        };
        if let Some(at) = self.unread_before.iter().position(same) {
            self.unread_before.remove(at);
        }
    }
}

/// The beginning that a long id is long because of.
pub(in crate::store) fn shared_by(id: &str) -> Option<String> {
    id.get(..ID).filter(|beginning| beginning.len() < id.len()).map(str::to_owned)
}

/// Makes an answer without any place a copy of one with the same content that has a place. Gives the entries that are gone.
pub(in crate::store) fn fold_copies(files: &mut BTreeMap<String, InputFile>) -> Vec<InputFile> {
    // SHA-256: the first place, and the id of its file.
    let mut placed: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut alone: Vec<String> = Vec::new();
    for (id, file) in files.iter() {
        match file.place.as_deref() {
            None => {}
            Some("") if identity::may_be_copy(file.format) => alone.push(id.clone()),
            Some("") => {}
            Some(place) => {
                let this = (place.to_owned(), id.clone());
                let first = placed.entry(file.sha256.clone()).or_insert_with(|| this.clone());
                if this < *first {
                    *first = this;
                }
            }
        }
    }
    alone.retain(|id| files.get(id).is_some_and(|file| placed.contains_key(&file.sha256)));
    let gone: Vec<InputFile> = alone.iter().filter_map(|id| files.remove(id)).collect();
    let mut loose: Vec<(String, String)> =
        gone.iter().flat_map(|file| file.paths.iter().map(|path| (file.sha256.clone(), path.clone()))).collect();
    // A run before this one may have known no place that comes first now.
    for file in files.values_mut().filter(|file| file.place.as_deref().is_some_and(|place| !place.is_empty())) {
        let (format, sha256) = (file.format, file.sha256.clone());
        let (without, with): (Vec<String>, Vec<String>) =
            std::mem::take(&mut file.paths).into_iter().partition(|path| identity::place(format, path).is_empty());
        file.paths = with;
        loose.extend(without.into_iter().map(|path| (sha256.clone(), path)));
    }
    for (sha256, path) in loose {
        if let Some(kept) = placed.get(&sha256).and_then(|(_, id)| files.get_mut(id)) {
            kept.paths.push(path);
            kept.paths.sort();
            kept.paths.dedup();
        }
    }
    gone
}

/// Gives what could not be read its ids: by path, and one after the other where several have the same.
pub(in crate::store) fn with_ids(mut unread: Vec<InputFile>) -> BTreeMap<String, InputFile> {
    unread.sort_by(|a, b| (&a.paths, a.bytes, &a.notes).cmp(&(&b.paths, b.bytes, &b.notes)));
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut entries = BTreeMap::new();
    for mut entry in unread {
        let path = entry.paths.first().cloned().unwrap_or_default();
        let number = numbers.entry(path.clone()).or_default();
        let digits = const_hex::encode(Sha256::digest(format!("{path}\0{number}")));
        *number += 1;
        entry.file_id = format!("unread-{}", digits.get(..ID).unwrap_or(&digits));
        entries.insert(entry.file_id.clone(), entry);
    }
    entries
}

/// Adds the paths of archives that are copies of others.
pub(in crate::store) fn list_copies(
    files: &mut BTreeMap<String, InputFile>,
    archives: &mut BTreeMap<String, String>,
    copies: Vec<(String, String)>,
) {
    let mut by_hash: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (sha256, path) in copies {
        by_hash.entry(sha256).or_default().push(path);
    }
    if by_hash.is_empty() {
        return;
    }
    for file in files.values_mut() {
        let Some(paths) = by_hash.remove(&file.sha256) else { continue };
        let kind = file.members.as_ref().map(|members| members.kind.clone()).unwrap_or_default();
        archives.extend(paths.iter().map(|path| (path.clone(), kind.clone())));
        file.paths.extend(paths);
        file.paths.sort();
        file.paths.dedup();
    }
}

/// Counts files that no reader knows as rejects where a name of theirs is that of an export, or of something packed. All
/// names count, so it is asked when all are known.
pub(in crate::store) fn list_suspects(files: &mut BTreeMap<String, InputFile>) {
    let open = |file: &&mut InputFile| {
        // What was rejected is said already.
        matches!(file.format, Format::Unrecognised | Format::Empty | Format::Parquet) && file.unread.is_none() && file.rejected == 0
    };
    for file in files.values_mut().filter(open) {
        let said = |path: &String| suspect::said_to_be_packed(path, &file.layers).filter(|_| file.format != Format::Parquet);
        let suspicion = file.paths.iter().find_map(|path| suspect::name(path)).or_else(|| file.paths.iter().find_map(said));
        if let Some(suspicion) = suspicion {
            file.unread = Some(suspicion.unread());
            file.reject(suspicion.to_string());
        }
    }
}

/// What can only be known once files were read, and changes how they are read.
#[derive(Debug, Default)]
pub(in crate::store) struct Hindsight {
    /// Archives that unpack to more than they may, by their number among the files offered.
    pub(in crate::store) refused: BTreeSet<usize>,
    /// Beginnings that hashes of several files share.
    pub(in crate::store) shared: BTreeSet<String>,
}

impl Hindsight {
    pub(in crate::store) fn add(&mut self, more: Self) {
        self.refused.extend(more.refused);
        self.shared.extend(more.shared);
    }

    pub(in crate::store) fn is_empty(&self) -> bool {
        self.refused.is_empty() && self.shared.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::unread::Unread;

    fn unread(path: &str, bytes: u64) -> InputFile {
        InputFile::unread(path.to_owned(), bytes, Unread::Unreadable, "cannot be read: no".to_owned())
    }

    fn paths(mut registry: Registry) -> Vec<String> {
        registry.unread.append(&mut registry.unread_before);
        with_ids(registry.unread).into_values().map(|f| format!("{} {}", f.paths[0], f.bytes)).collect()
    }

    #[test]
    fn two_unreadable_files_of_one_name_are_two_entries_in_any_order() {
        let ids = |files: Vec<InputFile>| with_ids(files).into_iter().map(|(id, f)| (id, f.bytes)).collect::<Vec<_>>();
        let both = ids(vec![unread("x.json", 5), unread("x.json", 7)]);
        assert_eq!(both.len(), 2);
        assert_eq!(both, ids(vec![unread("x.json", 7), unread("x.json", 5)]));
    }

    #[test]
    fn what_is_read_later_goes_and_what_has_its_name_stays() {
        let before = || Registry {
            unread_before: with_ids(vec![unread("a/x.json", 5), unread("a/x.json", 7), unread("b", 0)]).into_values().collect(),
            ..Registry::default()
        };
        let mut registry = before();
        registry.meet("a/x.json", 5);
        registry.meet("b/deep/y.json", 3);
        assert_eq!(paths(registry), ["a/x.json 7"]);
        // Still unreadable: one entry, not two.
        let mut registry = before();
        registry.meet("a/x.json", 7);
        registry.unread.push(unread("a/x.json", 7));
        registry.meet("bb/y.json", 3);
        let mut left = paths(registry);
        left.sort();
        assert_eq!(left, ["a/x.json 5", "a/x.json 7", "b 0"]);
    }

    #[test]
    fn an_id_is_the_beginning_of_the_hash_until_two_files_share_it() {
        let (one, two) = ("0123456789abcdef".to_owned() + &"1".repeat(48), "0123456789abcdef".to_owned() + &"2".repeat(48));
        let mut registry = Registry::default();
        let id = registry.id_for(&one, &one).unwrap();
        assert_eq!(id, one[..ID]);
        registry.files.insert(id, InputFile::new(one.clone(), "one".to_owned(), 1, Format::Unrecognised));
        assert_eq!(registry.id_for(&one, &one).as_deref(), Some(&one[..ID]));
        assert_eq!((registry.id_for(&two, &two), registry.shared_late.len()), (None, 1));
        registry.shared.extend(registry.shared_late.clone());
        assert_eq!((registry.id_of(&one), registry.id_of(&two)), (one.clone(), two));
        assert_eq!((shared_by(&one), shared_by(&one[..ID])), (Some(one[..ID].to_owned()), None));
    }
}
