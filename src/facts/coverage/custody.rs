//! Custody as the engagement states it, beside the hashes of what arrived.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::basis::{Basis, int};
use crate::base::steps;
use crate::ingest::batch::Batch;
use crate::ingest::reading::archive::INSIDE;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::CustodyRow;

/// Table `custody`. Without a word of the engagement it has no row.
pub(super) fn table(basis: &Basis<'_>) -> Option<Batch> {
    let mut t = basis.batch(CustodyRow::TABLE.name)?;
    let stated = &basis.engagement.received;
    let mut files: BTreeSet<Named<'_>> = BTreeSet::new();
    for file in basis.store.manifest.files.values() {
        files.extend(file.paths.iter().map(|p| (p.as_str(), file.sha256.as_str())));
    }
    let (owned, without) = by_entry(&files, stated.iter().map(|r| r.path.as_str()));
    for (position, (r, own)) in stated.iter().zip(owned).enumerate() {
        let hash = match own.as_slice() {
            [] => None,
            [(_, hash)] => Some((*hash).to_owned()),
            // An archive is the file that came; what it holds lies under its path.
            [(path, hash), ..] if basis.store.manifest.archives.contains_key(*path) => Some((*hash).to_owned()),
            many => Some(const_hex::encode(Sha256::digest(many.iter().map(|(p, h)| format!("{h}  {p}\n")).collect::<String>().as_bytes()))),
        };
        t.push(
            0,
            &CustodyRow {
                position: int(position as u64),
                path: filled(&r.path),
                exported_by: filled(&r.who),
                command: filled(&r.command),
                exported_at: filled(&r.when),
                received_how: filled(&r.how),
                received_by: filled(&r.received_by),
                files: int(own.len() as u64),
                sha256: hash.as_deref(),
            },
        );
    }
    if without > 0 && !stated.is_empty() {
        t.push(0, &CustodyRow { position: int(stated.len() as u64), files: int(without), ..CustodyRow::default() });
    }
    Some(t)
}

/// A file: its path, in an archive as well without the archive's own path, and its hash.
type Named<'f> = (&'f str, &'f str);

/// The files that lie under each path that the engagement names, and how many lie under none. A path may lie in an archive:
/// where the engagement speaks of what is inside, the archive's own path is left out. Every file asks for the folders above
/// it, so that files are not gone through for each entry.
fn by_entry<'f, 's>(files: &BTreeSet<Named<'f>>, said: impl Iterator<Item = &'s str>) -> (Vec<Vec<Named<'f>>>, u64) {
    let mut entries: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut own: Vec<Vec<Named<'f>>> = Vec::new();
    for said in said {
        let said = said.trim_start_matches("./").trim_end_matches('/');
        entries.entry(if said == "." { "" } else { said }).or_default().push(own.len());
        own.push(Vec::new());
    }
    let naming = |path: &str| -> BTreeSet<usize> { above(path).filter_map(|above| entries.get(above)).flatten().copied().collect() };
    let mut without = 0;
    for (path, hash) in files {
        let outside = naming(path);
        let within = path.rsplit_once(INSIDE).map_or(*path, |(_, inside)| inside.strip_prefix("./").unwrap_or(inside));
        let inside = &naming(within) - &outside;
        without += u64::from(outside.is_empty() && inside.is_empty());
        for (path, entries) in [(*path, outside), (within, inside)] {
            entries.into_iter().for_each(|at| own[at].push((path, *hash)));
        }
    }
    (own, without)
}

/// A path, the folders and archives above it, and the empty path above all.
fn above(path: &str) -> impl Iterator<Item = &str> {
    let folders = path.match_indices('/').flat_map(|(at, _)| {
        let folder = path.get(..at);
        [folder, folder.and_then(|folder| folder.strip_suffix('!'))]
    });
    steps::count(path.len());
    folders.flatten().chain([path, ""])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path of a file that lies under what the engagement names, in an archive as well: without the
    /// archive's own path where the engagement speaks of what is inside.
    fn under<'p>(path: &'p str, said: &str) -> Option<&'p str> {
        let said = said.trim_start_matches("./").trim_end_matches('/');
        let is_under = |path: &str| {
            said.is_empty()
                || said == "."
                || path == said
                || path.strip_prefix(said).is_some_and(|rest| rest.starts_with('/') || rest.starts_with(INSIDE))
        };
        if is_under(path) {
            return Some(path);
        }
        let inside = path.rsplit_once(INSIDE)?.1;
        let inside = inside.strip_prefix("./").unwrap_or(inside);
        is_under(inside).then_some(inside)
    }

    #[test]
    fn custody_reaches_into_archives() {
        assert_eq!(under("logs/a.json", "./logs/"), Some("logs/a.json"));
        assert_eq!(under("logs2/a.json", "logs"), None);
        assert_eq!(under("client.zip", "client.zip"), Some("client.zip"));
        assert_eq!(under("client.zip!/logs/a.json", "client.zip"), Some("client.zip!/logs/a.json"));
        assert_eq!(under("client.tar!/./logs/a.json", "logs"), Some("logs/a.json"));
        assert_eq!(under("client.zip!/logs2/a.json", "logs"), None);
    }
    #[test]
    fn every_entry_has_the_files_that_lie_under_it() {
        let paths = [
            "a.json",
            "logs/a.json",
            "logs/b/c.json",
            "logs2/a.json",
            "client.zip",
            "client.zip!/logs/a.json",
            "client.tar!/./logs/a.json",
            "in/client.zip!/logs/b/inner.zip!/logs/x",
            "",
        ];
        let files: BTreeSet<Named<'_>> = paths.iter().map(|path| (*path, "hash")).collect();
        let said = ["./logs/", "logs", "client.zip", ".", "", "logs/b", "in", "in/client.zip!/logs", "nothing", "client.zip!", "a.json"];
        let (own, without) = by_entry(&files, said.into_iter());
        for (said, own) in said.iter().zip(own) {
            let wanted: Vec<_> = files.iter().filter_map(|(path, hash)| Some((under(path, said)?, *hash))).collect();
            assert_eq!(own, wanted, "{said}");
        }
        assert_eq!(without, 0, "one entry names the folder of all");
        assert_eq!(by_entry(&files, ["logs2"].into_iter()).1, paths.len() as u64 - 1);
    }

    #[test]
    fn custody_of_many_files_and_entries_is_matched_in_step() {
        steps::assert_in_step("custody entries and files", 5_000, 2_000, |size| {
            let paths: Vec<String> = (0..size).map(|n| format!("in/folder{n}/file.json")).collect();
            let said: Vec<String> = (0..size).map(|n| format!("in/folder{n}")).collect();
            move || {
                let files: BTreeSet<Named<'_>> = paths.iter().map(|path| (path.as_str(), "hash")).collect();
                let (own, without) = by_entry(&files, said.iter().map(String::as_str));
                assert!(without == 0 && own.iter().all(|own| own.len() == 1));
            }
        });
    }
}
