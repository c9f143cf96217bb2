//! Folders for unfinished output. Each carries a mark, and only a folder that carries it is ever cleared: one of the
//! same name that somebody else made stays as it is, and stops the run.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::ingest::formats::own_outputs::{MARK, MARK_TEXT};
use crate::store::StoreError;

/// What stands at a path meant for unfinished output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A folder of ours, left by a run that was interrupted.
    Ours,
    /// Something else.
    Foreign,
}

/// Looks at a path, without following a link.
///
/// # Errors
/// When it cannot be read.
pub fn look(folder: &Path) -> io::Result<Found> {
    let meta = match std::fs::symlink_metadata(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        other => other?,
    };
    if !meta.is_dir() {
        return Ok(Found::Foreign);
    }
    let mark = folder.join(MARK);
    if std::fs::symlink_metadata(&mark).is_ok_and(|m| m.is_file() && m.len() <= MARK_TEXT.len() as u64) {
        // A run may end while it writes the mark.
        return Ok(if MARK_TEXT.as_bytes().starts_with(&std::fs::read(&mark)?) { Found::Ours } else { Found::Foreign });
    }
    // A run may end before it writes the mark; an empty folder holds nothing that could be lost.
    Ok(if folder.read_dir()?.next().is_none() { Found::Ours } else { Found::Foreign })
}

/// Makes an empty folder with the mark in it.
///
/// # Errors
/// When it exists or cannot be written; nothing is left then.
pub fn create(folder: &Path) -> Result<(), StoreError> {
    std::fs::create_dir(folder).map_err(|e| StoreError::io(folder, e))?;
    let mark = folder.join(MARK);
    std::fs::write(&mark, MARK_TEXT).map_err(|e| {
        // The first error is the one that matters.
        let _ = std::fs::remove_file(&mark);
        let _ = std::fs::remove_dir(folder);
        StoreError::io(&mark, e)
    })
}

/// Removes what an interrupted run left, the mark last, so that a run that ends while it clears leaves a folder that
/// the next one clears. Gives whether there was anything.
///
/// # Errors
/// When the folder is not ours, or cannot be removed.
pub fn clear(folder: &Path) -> Result<bool, StoreError> {
    match look(folder).map_err(|e| StoreError::io(folder, e))? {
        Found::Nothing => return Ok(false),
        Found::Foreign => return Err(StoreError::Foreign { path: folder.to_owned() }),
        Found::Ours => {}
    }
    let cleared = folder.read_dir().and_then(|entries| {
        for entry in entries {
            let entry = entry?;
            if entry.file_name() == MARK {
                continue;
            }
            if entry.file_type()?.is_dir() { std::fs::remove_dir_all(entry.path())? } else { std::fs::remove_file(entry.path())? }
        }
        match std::fs::remove_file(folder.join(MARK)) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        std::fs::remove_dir(folder)
    });
    cleared.map_err(|e| StoreError::io(folder, e))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_marked_folder_is_cleared() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("part");
        assert_eq!(look(&folder).unwrap(), Found::Nothing);
        assert!(!clear(&folder).unwrap());
        create(&folder).unwrap();
        std::fs::create_dir(folder.join("tables")).unwrap();
        std::fs::write(folder.join("tables/x"), "half").unwrap();
        assert!(create(&folder).is_err());
        assert!(clear(&folder).unwrap());
        assert_eq!(look(&folder).unwrap(), Found::Nothing);
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(look(&folder).unwrap(), Found::Ours, "an interrupted run had not marked it yet");
        for foreign in ["notes.txt", MARK] {
            std::fs::write(folder.join(foreign), "of somebody else").unwrap();
            assert!(matches!(clear(&folder), Err(StoreError::Foreign { .. })), "{foreign}");
            assert_eq!(std::fs::read(folder.join(foreign)).unwrap(), b"of somebody else");
            std::fs::remove_file(folder.join(foreign)).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_never_cleared() {
        let place = tempfile::tempdir().unwrap();
        let (target, link) = (place.path().join("target"), place.path().join("part"));
        create(&target).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(clear(&link).is_err());
        assert!(target.join(MARK).is_file());
    }
}
