//! One writer at a time: a lock file that the system lets go when its holder ends, however it ends.
//!
//! The file names the process for the message only; what counts is the lock on it. So the file of a
//! process that was killed stops nobody, and nothing has to be guessed about process numbers.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::StoreError;

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
    /// When another process holds it, or the file cannot be made.
    pub fn take(path: &Path) -> Result<Self, StoreError> {
        // The former holder removes its file: a lock on a file that has no name any more is none.
        for _ in 0..100 {
            let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
            let mut file = open.map_err(|e| StoreError::io(path, e))?;
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
            let text = std::process::id().to_string();
            file.set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| file.write_all(text.as_bytes()))
                .map_err(|e| StoreError::io(path, e))?;
            return Ok(Self { file, path: path.to_owned() });
        }
        Err(StoreError::Busy { path: path.to_owned(), holder: "another process".to_owned() })
    }

    /// Who holds the lock at `path`, if anyone does.
    pub fn holder(path: &Path) -> Option<String> {
        let mut file = File::open(path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(holder(&mut file)),
            _ => None,
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed before it is let go. If that fails the file stays, unlocked, and stops nobody.
        let _ = std::fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(20).read_to_string(&mut text);
    match text.trim().parse::<u32>() {
        Ok(id) if read.is_ok() => format!("process {id}"),
        _ => "another process".to_owned(),
    }
}

/// Whether `path` still names the open file.
#[cfg(unix)]
fn is_named(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let same = |a: &std::fs::Metadata, b: &std::fs::Metadata| a.dev() == b.dev() && a.ino() == b.ino();
    matches!((file.metadata(), std::fs::metadata(path)), (Ok(open), Ok(named)) if same(&open, &named))
}

/// Elsewhere an open file cannot be removed, so its name stays.
#[cfg(not(unix))]
fn is_named(_: &File, path: &Path) -> bool {
    path.exists()
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
        std::fs::write(&path, "1").unwrap();
        assert_eq!(Lock::holder(&path), None);
        let lock = Lock::take(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), std::process::id().to_string());
        drop(lock);
    }
}
