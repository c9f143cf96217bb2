//! Where output may go: what a path given really stands for, and that no input lies there. Asked before anything is
//! read, so that a mistake costs no hour of work.

use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::store::offer;

/// The real path of a file or folder that may not be there yet: absolute, without links, `.` and `..`.
///
/// # Errors
/// When it leads through a file or through a link that leads nowhere, cannot be looked at, or has too long a name.
pub fn real(path: &Path) -> anyhow::Result<PathBuf> {
    let mut real = PathBuf::new();
    let absolute = std::path::absolute(path).with_context(|| format!("{} is not a path", path.display()))?;
    for component in absolute.components() {
        match component {
            Component::CurDir => {}
            // What stands before it is without links.
            Component::ParentDir => drop(real.pop()),
            Component::Prefix(_) | Component::RootDir => real.push(component),
            Component::Normal(name) => {
                real.push(name);
                match std::fs::symlink_metadata(&real) {
                    Ok(meta) if meta.is_symlink() => {
                        real = real.canonicalize().with_context(|| {
                            format!(
                                "{}: {} is a link that leads nowhere\nhelp: remove the link, or write to another place",
                                path.display(),
                                real.display()
                            )
                        })?;
                    }
                    Err(e) if e.kind() == ErrorKind::NotFound => {}
                    Err(e) if e.kind() == ErrorKind::NotADirectory => {
                        let file = real.parent().unwrap_or(&real);
                        bail!("{}: {} is a file, not a folder\nhelp: write to another place", path.display(), file.display());
                    }
                    Err(e) if e.kind() == ErrorKind::InvalidFilename => bail!(too_long(path)),
                    other => drop(other.with_context(|| format!("{} cannot be looked at", real.display()))?),
                }
            }
        }
    }
    Ok(real)
}

fn too_long(path: &Path) -> String {
    format!("{}: the name is too long for this file system\nhelp: give a shorter name", path.display())
}

/// A path beside another one, named `.NAME.END`.
///
/// # Errors
/// When the name is too long, or what stands there cannot be looked at.
pub fn beside(path: &Path, end: &str) -> anyhow::Result<PathBuf> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_else(|| OsStr::new("report")));
    name.push(".");
    name.push(end);
    let beside = path.with_file_name(name);
    match std::fs::symlink_metadata(&beside) {
        Err(e) if e.kind() == ErrorKind::InvalidFilename => bail!(too_long(path)),
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e).with_context(|| format!("{} cannot be looked at", beside.display())),
        _ => Ok(beside),
    }
}

/// Makes sure that no input is, or lies in, the folder that will be written. `real` is the real path of it, `given` what
/// the messages call it, `flag` the option that names it.
///
/// # Errors
/// When one does.
pub fn apart(given: &Path, real: &Path, flag: &str, inputs: impl IntoIterator<Item = impl AsRef<Path>>) -> anyhow::Result<()> {
    for input in inputs {
        let input = input.as_ref();
        if input.as_os_str() == offer::STDIN {
            continue;
        }
        // One that cannot be found is reported when inputs are listed.
        let Ok(found) = input.canonicalize() else { continue };
        if found == real {
            bail!("{} is an input, so nothing can be written over it\nhelp: give another folder with {flag}", given.display());
        }
        if found.starts_with(real) {
            bail!(
                "{} holds the input {}, so nothing can be written over it\nhelp: give another folder with {flag}",
                given.display(),
                input.display()
            );
        }
    }
    Ok(())
}

/// Writes a file that is not there yet: whole, or not at all.
///
/// # Errors
/// When it is there, or cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let target = free(path)?;
    let folder = target.parent().unwrap_or(Path::new("."));
    let failed = || format!("{} cannot be written", path.display());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sixpillars-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any new file, less what the user's mask takes away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut part = builder.tempfile_in(folder).with_context(failed)?;
    part.write_all(bytes).with_context(failed)?;
    match part.persist_noclobber(&target) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => bail!(exists(path)),
        Err(error) => Err(error.error).with_context(failed),
    }
}

/// The real path of a file that is not there yet.
///
/// # Errors
/// When it is there, or its folder is not.
pub fn free(path: &Path) -> anyhow::Result<PathBuf> {
    let target = real(path)?;
    if std::fs::symlink_metadata(&target).is_ok() {
        bail!(exists(path));
    }
    if target.parent().is_some_and(|folder| !folder.is_dir()) {
        bail!("{} cannot be written: its folder does not exist\nhelp: make the folder first, or give another name", path.display());
    }
    Ok(target)
}

fn exists(path: &Path) -> String {
    format!("{} exists already\nhelp: give another name", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_it_really_stands_for() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("a")).unwrap();
        std::fs::write(root.join("file"), "x").unwrap();
        for (given, wanted) in [("a/.", "a"), ("a/", "a"), ("a/../b", "b"), ("new/../b/", "b"), ("./new/deep/x", "new/deep/x")] {
            assert_eq!(real(&root.join(given)).unwrap(), root.join(wanted), "{given}");
        }
        let error = real(&root.join("file/x")).unwrap_err().to_string();
        assert!(error.contains("is a file, not a folder") && error.contains("help:"), "{error}");
        let error = real(&root.join("x".repeat(300))).unwrap_err().to_string();
        assert!(error.contains("too long") && error.contains("help:"), "{error}");
        assert!(beside(&root.join("x".repeat(250)), "former").is_err());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a", root.join("link")).unwrap();
            std::os::unix::fs::symlink("nowhere", root.join("dangling")).unwrap();
            std::fs::create_dir(root.join("a/in")).unwrap();
            std::os::unix::fs::symlink("a/in", root.join("inside")).unwrap();
            assert_eq!(real(&root.join("link/x")).unwrap(), root.join("a/x"));
            assert_eq!(real(&root.join("inside/../x")).unwrap(), root.join("a/x"));
            assert!(real(&root.join("dangling")).unwrap_err().to_string().contains("leads nowhere"));
        }
    }

    #[test]
    fn a_new_file_never_replaces_one() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("engagement.toml");
        write_new(&path, b"ours").unwrap();
        assert!(write_new(&path, b"again").unwrap_err().to_string().contains("exists already"));
        assert_eq!(std::fs::read(&path).unwrap(), b"ours");
        assert!(write_new(&place.path().join("missing/x"), b"").unwrap_err().to_string().contains("does not exist"));
        assert_eq!(place.path().read_dir().unwrap().count(), 1);
    }
}
