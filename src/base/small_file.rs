//! Files that a person writes, read whole: the engagement, and catalogue files and templates of one's own. Each is small,
//! so one that is large, or no file at all, is a mistake or an attack.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::Path;

use thiserror::Error;

use crate::base::help::Help;

/// A small file that cannot be used.
#[derive(Debug, Error)]
pub enum SmallFileError {
    /// The system says why.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A folder, pipe, device or socket.
    #[error("it is not a regular file")]
    Special,
    /// It is larger than such a file is.
    #[error("it is larger than {0} bytes, which no file of its kind needs to be")]
    Large(u64),
    /// It is no text in UTF-8.
    #[error("it is not UTF-8 text")]
    Encoding,
}

impl Help for SmallFileError {
    fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Io(error) => error.help(),
            Self::Special => Some("write it to a file and give that".into()),
            Self::Large(_) => Some("give the file that was meant, or make it smaller".into()),
            Self::Encoding => Some("save it as UTF-8".into()),
        }
    }
}

/// The text of a regular file of at most `most` bytes.
///
/// # Errors
/// When it is of another kind, larger, no UTF-8, or cannot be read.
pub fn read(path: &Path, most: u64) -> Result<String, SmallFileError> {
    // A pipe would wait for its writer when it is opened, and a device may never end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(SmallFileError::Special);
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(SmallFileError::Large(most));
    }
    String::from_utf8(bytes).ok().ok_or(SmallFileError::Encoding)
}

/// Whether a path below a folder leads out of it, or nowhere, through links.
pub fn leads_out(path: &Path, folder: &Path) -> bool {
    let inside = || Some(path.canonicalize().ok()?.starts_with(folder.canonicalize().ok()?));
    inside() != Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_small_regular_files_of_text_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        std::fs::write(&path, "abcdef").unwrap();
        assert_eq!(read(&path, 6).unwrap(), "abcdef");
        assert!(matches!(read(&path, 5), Err(SmallFileError::Large(5))));
        assert!(matches!(read(folder.path(), 5), Err(SmallFileError::Special)));
        std::fs::write(&path, [b'a', 0xff]).unwrap();
        assert!(matches!(read(&path, 9), Err(SmallFileError::Encoding)));
        assert!(matches!(read(&folder.path().join("none"), 9), Err(SmallFileError::Io(_))));
    }

    #[cfg(unix)]
    #[test]
    fn devices_without_an_end_are_refused() {
        assert!(matches!(read(Path::new("/dev/zero"), 9), Err(SmallFileError::Special)));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_only() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, outside) = (folder.path().join("in"), folder.path().join("out.toml"));
        std::fs::create_dir(&inside).unwrap();
        for path in [&inside.join("a.toml"), &outside] {
            std::fs::write(path, "").unwrap();
        }
        let link = |to: &Path, name: &str| {
            let at = inside.join(name);
            std::os::unix::fs::symlink(to, &at).unwrap();
            at
        };
        assert!(!leads_out(&link(&inside.join("a.toml"), "1"), &inside));
        assert!(leads_out(&link(&outside, "2"), &inside));
        assert!(leads_out(&link(&inside.join("none"), "3"), &inside));
    }
}
