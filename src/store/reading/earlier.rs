//! Reports and stores of this program among the files offered. Their manifest stands in the account of files, so that a
//! reader sees them; the files that belong to it are not offered, since what the program wrote is no evidence.
//!
//! Only what a manifest lists is set aside: any other file in such a folder is an input like all others.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::base::shown;
use crate::ingest::Offered;
use crate::ingest::formats::own_outputs::{self, Own};
use crate::store::manifest;

/// What belongs to a folder of the program's own.
enum Extent {
    /// A report: these files, by path below the folder.
    Report(BTreeSet<String>),
    /// A store.
    Store,
    /// All of an unfinished output.
    All,
}

impl Extent {
    /// What belongs to a file offered, if it is the manifest or the mark of something the program wrote.
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?;
        if ![own_outputs::REPORT_MANIFEST, manifest::NAME, own_outputs::MARK].iter().any(|own| name == *own) {
            return None;
        }
        let mut head = Vec::new();
        // A link to a manifest says nothing about the folder it stands in.
        std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        std::fs::File::open(path).ok()?.take(own_outputs::HEAD).read_to_end(&mut head).ok()?;
        match own_outputs::recognise(&head)? {
            Own::EarlierReport if name == own_outputs::REPORT_MANIFEST => {
                let listed = own_outputs::outputs(&std::fs::read(path).ok()?)?;
                Some(Self::Report(listed.into_keys().chain([own_outputs::REPORT_RUN.to_owned()]).collect()))
            }
            Own::EvidenceStore if name == manifest::NAME => Some(Self::Store),
            Own::UnfinishedOutput if name == own_outputs::MARK => Some(Self::All),
            _ => None,
        }
    }

    /// Whether a file below the folder belongs to it; its manifest or mark does not.
    fn holds(&self, folder: &Path, file: &Path) -> bool {
        match self {
            Self::Report(listed) => file.strip_prefix(folder).is_ok_and(|relative| listed.contains(&shown::relative(relative))),
            Self::Store => {
                file.file_name().is_none_or(|name| name != manifest::NAME || file.parent() != Some(folder))
                    && crate::store::manifest::staging::own(folder).iter().any(|own| file.starts_with(own))
            }
            Self::All => file != folder.join(own_outputs::MARK),
        }
    }
}

/// Leaves out what belongs to reports, stores and unfinished outputs of the program; their manifests stay.
pub(in crate::store) fn set_aside(files: &mut Vec<Offered>) {
    let mut known: BTreeMap<PathBuf, Vec<Extent>> = BTreeMap::new();
    for file in files.iter() {
        if let (Some(extent), Some(folder)) = (Extent::of(&file.path), file.path.parent()) {
            known.entry(folder.to_owned()).or_default().push(extent);
        }
    }
    if known.is_empty() {
        return;
    }
    files.retain(|file| {
        let mut above = file.path.ancestors().skip(1).filter_map(|folder| Some((folder, known.get(folder)?)));
        !above.any(|(folder, extents)| extents.iter().any(|extent| extent.holds(folder, &file.path)))
    });
}
