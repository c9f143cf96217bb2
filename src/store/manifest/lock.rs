//! One writer at a time: a lock file that the system lets go when its holder ends, however it ends.
//!
//! The file names the process for the message only; what counts is the lock on it. So the file of a
//! process that was killed stops nobody, and nothing has to be guessed about process numbers.
//!
//! A file of the lock's name that this program did not write, or a link, is left alone and stops the run.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// What the file of a lock begins with; the number of the process follows. An empty one is that of a process that was
/// killed before it wrote into it.
const MARK: &str = "sixpillars ";

/// A lock held until it is dropped; its file is then removed.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock at `path`, which names what is locked in the messages.
    ///
    /// # Errors
    /// When another process holds it, the file cannot be made, or one of this name is not ours.
    pub fn take(path: &Path) -> Result<Self, StoreError> {
        // The former holder removes its file: a lock on a file that has no name any more is none.
        for _ in 0..100 {
            let Some(mut file) = open(path).map_err(|e| StoreError::io(path, e))? else {
                return Err(StoreError::Foreign { path: path.to_owned() });
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(StoreError::Busy { path: path.to_owned(), holder: holder(&mut file) }),
                // A file system that knows no locks must not make the program useless on it.
                Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(StoreError::io(path, error)),
            }
            if !is_named(&file, path) {
                continue;
            }
            let former = text(&mut file).map_err(|e| StoreError::io(path, e))?;
            if !former.is_empty() && !former.starts_with(MARK) {
                return Err(StoreError::Foreign { path: path.to_owned() });
            }
            // From here on the file goes with the lock, also when it cannot be written.
            let mut lock = Self { file, path: path.to_owned() };
            let text = format!("{MARK}{}\n", std::process::id());
            let written = lock.file.set_len(0).and_then(|()| lock.file.rewind()).and_then(|()| lock.file.write_all(text.as_bytes()));
            written.map_err(|e| StoreError::io(path, e))?;
            return Ok(lock);
        }
        Err(StoreError::Busy { path: path.to_owned(), holder: "another process".to_owned() })
    }

    /// Who holds the lock at `path`, if anyone does.
    pub fn holder(path: &Path) -> Option<String> {
        let mut file = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file).and_then(|_| File::open(path).ok())?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(holder(&mut file)),
            _ => None,
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed before it is let go. If that fails the file stays, unlocked, and stops nobody.
        if is_named(&self.file, &self.path) {
            let _ = std::fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

/// Opens the file of a lock, or makes it; `None` if what stands there is no file. Links are not followed: a new file is
/// made only where there is nothing at all, and one that is there must be what its name stands for itself.
fn open(path: &Path) -> std::io::Result<Option<File>> {
    match OpenOptions::new().read(true).write(true).create_new(true).open(path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        made => return made.map(Some),
    }
    match std::fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_file() => return Ok(None),
        // Its holder has just removed it; the caller tries again.
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    match OpenOptions::new().read(true).write(true).open(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => OpenOptions::new().read(true).write(true).create_new(true).open(path).map(Some),
        opened => opened.map(Some),
    }
}

/// The first bytes of the file of a lock.
fn text(file: &mut File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(40).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn holder(file: &mut File) -> String {
    let id = text(file).ok().and_then(|text| text.strip_prefix(MARK)?.trim().parse::<u32>().ok());
    id.map_or_else(|| "another process".to_owned(), |id| format!("process {id}"))
}

/// Whether `path` still names the open file.
#[cfg(unix)]
fn is_named(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let same = |a: &std::fs::Metadata, b: &std::fs::Metadata| a.dev() == b.dev() && a.ino() == b.ino();
    matches!((file.metadata(), std::fs::symlink_metadata(path)), (Ok(open), Ok(named)) if same(&open, &named))
}

/// Elsewhere an open file cannot be removed, so its name stays.
#[cfg(not(unix))]
fn is_named(_: &File, path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|m| m.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_the_file_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let lock = Lock::take(&path).unwrap();
        assert_eq!(Lock::holder(&path), Some(format!("process {}", std::process::id())));
        let error = Lock::take(&path).unwrap_err();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(lock);
        assert!(!path.exists());
        assert_eq!(Lock::holder(&path), None);
        Lock::take(&path).unwrap();
    }

    #[test]
    fn the_file_of_a_dead_process_stops_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        for left in ["sixpillars 1\n", "sixpillars ", ""] {
            std::fs::write(&path, left).unwrap();
            assert_eq!(Lock::holder(&path), None);
            let lock = Lock::take(&path).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("sixpillars {}\n", std::process::id()));
            drop(lock);
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_file_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        std::fs::write(&path, "notes").unwrap();
        assert!(matches!(Lock::take(&path), Err(StoreError::Foreign { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"notes");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(Lock::take(&path), Err(StoreError::Foreign { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("x.lock"), folder.path().join("target"));
        std::os::unix::fs::symlink(&target, &path).unwrap();
        assert!(matches!(Lock::take(&path), Err(StoreError::Foreign { .. })));
        assert!(!target.exists());
        // Also to a file that looks like one of ours.
        std::fs::write(&target, "sixpillars 1\n").unwrap();
        assert!(matches!(Lock::take(&path), Err(StoreError::Foreign { .. })));
        assert_eq!(Lock::holder(&path), None);
        assert_eq!(std::fs::read(&target).unwrap(), b"sixpillars 1\n");
    }
}
