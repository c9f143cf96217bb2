//! A report that stands where a new one goes. It goes only if its own manifest lists every file in it, unchanged: notes,
//! reviewed workbooks and evidence of the client are not replaced by `--force`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;

use crate::base::parallel::on_all_cores;
use crate::base::shown;
use crate::ingest::formats::own_outputs::{self, Listed};
use crate::workpapers::package;

/// Files named in a message.
const NAMED: usize = 5;

/// What stands at a path.
#[derive(Debug)]
pub enum Standing {
    /// Nothing.
    Nothing,
    /// An empty folder.
    Empty,
    /// A report, with what its manifest lists.
    Report(Listing),
    /// A report whose manifest is of another version of this program.
    OtherVersion,
    /// Another folder.
    Folder,
    /// No folder.
    File,
}

/// The files of a report by path below its folder, as its manifest lists them.
pub type Listing = BTreeMap<String, Listed>;

/// Looks at a path, without following a link.
///
/// # Errors
/// When it cannot be read.
pub fn look(folder: &Path) -> anyhow::Result<Standing> {
    let failed = || format!("{} cannot be read", folder.display());
    match std::fs::symlink_metadata(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Standing::Nothing),
        Ok(meta) if !meta.is_dir() => return Ok(Standing::File),
        Ok(_) => {}
        Err(e) => return Err(e).with_context(failed),
    }
    if folder.read_dir().with_context(failed)?.next().is_none() {
        return Ok(Standing::Empty);
    }
    let manifest = folder.join(own_outputs::REPORT_MANIFEST);
    if !std::fs::symlink_metadata(&manifest).is_ok_and(|m| m.is_file()) {
        return Ok(Standing::Folder);
    }
    let text = std::fs::read(&manifest).with_context(failed)?;
    Ok(match own_outputs::outputs(&text) {
        Some(listing) => Standing::Report(listing),
        None if own_outputs::recognise(&text).is_some() => Standing::OtherVersion,
        None => Standing::Folder,
    })
}

/// Whether every file that a manifest lists is there.
pub fn is_whole(folder: &Path, listing: &Listing) -> bool {
    listing.keys().all(|name| folder.join(name).is_file())
}

/// What a file was when it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    file: u64,
}

impl Stamp {
    fn of(meta: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        let file = std::os::unix::fs::MetadataExt::ino(meta);
        #[cfg(not(unix))]
        let file = 0;
        Self { bytes: meta.len(), modified: meta.modified().ok(), file }
    }
}

/// A report in which nothing but its own files was found.
#[derive(Debug)]
pub struct Checked {
    listing: Listing,
    files: BTreeMap<PathBuf, Stamp>,
    /// Its folders, each before those in it.
    folders: Vec<PathBuf>,
}

/// Files in a report's folder that are not the report's: how they are named, and how many there are.
#[derive(Debug)]
pub struct Foreign {
    named: Vec<String>,
    all: usize,
}

impl Foreign {
    fn of(mut found: Vec<String>) -> Self {
        let all = found.len();
        found.sort();
        found.truncate(NAMED);
        Self { named: found, all }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.named {
            write!(f, "\n  {line}")?;
        }
        match self.all - self.named.len() {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// Compares what a report's folder holds with its manifest. Files that were checked before, and were not touched since,
/// are not hashed again.
///
/// # Errors
/// When the folder cannot be read to its end. What is found that is not the report's is the inner error.
pub fn check(folder: &Path, listing: &Listing, before: Option<&Checked>) -> anyhow::Result<Result<Checked, Foreign>> {
    let failed = || format!("{} cannot be read", folder.display());
    let above: BTreeSet<&str> = listing.keys().flat_map(|name| name.match_indices('/').map(|(at, _)| &name[..at])).collect();
    let (mut foreign, mut folders, mut files) = (Vec::new(), Vec::new(), Vec::new());
    let mut walk = walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.with_context(failed)?;
        let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_owned();
        let name = shown::relative(&relative);
        let kind = entry.file_type();
        if kind.is_dir() {
            if above.contains(name.as_str()) {
                folders.push(relative);
            } else {
                foreign.push(format!("{name}/ (a folder that the report did not make)"));
                walk.skip_current_dir();
            }
        } else if !kind.is_file() {
            foreign.push(format!("{name} (a link or special file)"));
        } else if listing.contains_key(&name) || [own_outputs::REPORT_MANIFEST, own_outputs::REPORT_RUN].contains(&name.as_str()) {
            files.push((relative, name, Stamp::of(&entry.metadata().with_context(failed)?)));
        } else {
            foreign.push(format!("{name} (the report did not write it)"));
        }
    }
    let unchanged = on_all_cores(&files, |(relative, name, stamp)| -> std::io::Result<bool> {
        if let Some(before) = before {
            match before.files.get(relative) {
                Some(earlier) if earlier == stamp => return Ok(true),
                Some(_) if listing.contains_key(name) => {}
                _ => return Ok(false),
            }
        }
        let Some(listed) = listing.get(name) else { return Ok(true) };
        Ok(listed.bytes == stamp.bytes && package::hash_of(&folder.join(relative))?.0 == listed.sha256)
    });
    for ((_, name, _), unchanged) in files.iter().zip(unchanged) {
        if !unchanged.with_context(failed)? {
            foreign.push(format!("{name} (changed since the report was written)"));
        }
    }
    if !foreign.is_empty() {
        return Ok(Err(Foreign::of(foreign)));
    }
    let files = files.into_iter().map(|(relative, _, stamp)| (relative, stamp)).collect();
    Ok(Ok(Checked { listing: listing.clone(), files, folders }))
}

impl Checked {
    /// Checks once more, at the same place or where the folder was moved to.
    ///
    /// # Errors
    /// As [`check`].
    pub fn again(&self, folder: &Path) -> anyhow::Result<Result<Self, Foreign>> {
        check(folder, &self.listing, Some(self))
    }

    /// Removes the files that were checked, the manifest last, and the folders if they are empty then. A run that ends
    /// while it removes leaves what the next run recognises by the manifest.
    ///
    /// # Errors
    /// When one cannot be removed, or a folder holds something else by now; that stays.
    pub fn remove(&self, folder: &Path) -> std::io::Result<()> {
        let last = [own_outputs::REPORT_RUN, own_outputs::REPORT_MANIFEST].map(Path::new);
        for file in self.files.keys().filter(|file| !last.contains(&file.as_path())) {
            std::fs::remove_file(folder.join(file))?;
        }
        for inner in self.folders.iter().rev() {
            std::fs::remove_dir(folder.join(inner))?;
        }
        for file in last.into_iter().filter(|file| self.files.contains_key(*file)) {
            std::fs::remove_file(folder.join(file))?;
        }
        std::fs::remove_dir(folder)
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// A folder with these files and a manifest that lists them.
    fn report(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("report");
        let mut outputs = serde_json::Map::new();
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            let sha256 = const_hex::encode(Sha256::digest(text.as_bytes()));
            outputs.insert((*name).to_owned(), serde_json::json!({"sha256": sha256, "bytes": text.len()}));
        }
        let manifest =
            serde_json::json!({"kind": own_outputs::REPORT_KIND, "schema_version": own_outputs::REPORT_VERSION, "outputs": outputs});
        std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
        std::fs::write(folder.join("run.json"), "{}").unwrap();
        (place, folder)
    }

    fn checked(folder: &Path) -> Checked {
        let Standing::Report(listing) = look(folder).unwrap() else { panic!("not a report") };
        check(folder, &listing, None).unwrap().unwrap()
    }

    #[test]
    fn what_was_checked_is_what_is_removed() {
        let (_place, folder) = report(&[("report.md", "x"), ("evidence/tables/a/1.parquet", "y"), ("charts/a.svg", "z")]);
        checked(&folder).remove(&folder).unwrap();
        assert!(!folder.exists());
        // What comes in after the check stays, and so does the manifest that tells what is left.
        let (_place, folder) = report(&[("report.md", "x"), ("charts/a.svg", "z")]);
        let before = checked(&folder);
        std::fs::write(folder.join("charts/notes.txt"), "n").unwrap();
        assert!(before.remove(&folder).is_err());
        assert!(folder.join("charts/notes.txt").is_file() && folder.join("manifest.json").is_file());
        let Standing::Report(listing) = look(&folder).unwrap() else { panic!("not a report any more") };
        assert!(!is_whole(&folder, &listing));
        std::fs::remove_file(folder.join("charts/notes.txt")).unwrap();
        checked(&folder).remove(&folder).unwrap();
        assert!(!folder.exists());
    }

    #[test]
    fn what_changes_between_two_checks_is_seen() {
        let (_place, folder) = report(&[("report.md", "x"), ("charts/a.svg", "z")]);
        let before = checked(&folder);
        // Touched, or replaced by its like, it is still the same.
        let touched = std::fs::File::options().write(true).open(folder.join("report.md")).unwrap();
        touched.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let moved = folder.with_file_name("moved");
        std::fs::rename(&folder, &moved).unwrap();
        before.again(&moved).unwrap().unwrap();
        std::fs::write(moved.join("report.md"), "w").unwrap();
        assert!(before.again(&moved).unwrap().unwrap_err().to_string().contains("report.md (changed"));
        std::fs::write(moved.join("report.md"), "x").unwrap();
        std::fs::write(moved.join(".DS_Store"), "").unwrap();
        assert!(before.again(&moved).unwrap().unwrap_err().to_string().contains(".DS_Store"));
    }

    #[test]
    fn a_listed_path_leads_nowhere_else() {
        let (place, folder) = report(&[("report.md", "x")]);
        let outside = place.path().join("outside.txt");
        std::fs::write(&outside, "x").unwrap();
        let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap().replace("report.md", "../outside.txt");
        std::fs::write(folder.join("manifest.json"), manifest).unwrap();
        let Standing::Report(listing) = look(&folder).unwrap() else { panic!("not a report") };
        assert!(check(&folder, &listing, None).unwrap().is_err(), "report.md is not listed now");
        std::fs::remove_file(folder.join("report.md")).unwrap();
        checked(&folder).remove(&folder).unwrap();
        assert!(outside.is_file() && !folder.exists());
    }
}
