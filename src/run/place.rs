//! Where output may go: what a path given really stands for, and that no input lies there. Asked before anything is
//! read, so that a mistake costs no hour of work.

use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};

use super::help::Advice;
use crate::store::reading::offer;

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
                            Advice::new(
                                format!("{}: {} is a link that leads nowhere", path.display(), real.display()),
                                "remove the link, or write to another place",
                            )
                        })?;
                    }
                    Err(e) if e.kind() == ErrorKind::NotFound => {}
                    Err(e) if e.kind() == ErrorKind::NotADirectory => {
                        let file = real.parent().unwrap_or(&real);
                        bail!(Advice::new(
                            format!("{}: {} is a file, not a folder", path.display(), file.display()),
                            "write to another place"
                        ));
                    }
                    Err(e) if e.kind() == ErrorKind::InvalidFilename => bail!(too_long(path)),
                    Ok(_) => {}
                    Err(e) => return Err(e).with_context(|| format!("{} cannot be looked at", real.display())),
                }
            }
        }
    }
    Ok(real)
}

fn too_long(path: &Path) -> Advice {
    Advice::new(format!("{}: the name is too long for this file system", path.display()), "give a shorter name")
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
            bail!(Advice::new(
                format!("{} is an input, so nothing can be written over it", given.display()),
                format!("give another folder with {flag}")
            ));
        }
        if found.starts_with(real) {
            bail!(Advice::new(
                format!("{} holds the input {}, so nothing can be written over it", given.display(), input.display()),
                format!("give another folder with {flag}")
            ));
        }
    }
    Ok(())
}

/// Writes files into a folder, by name below it: all or none, since one that is there already stops the others too.
///
/// # Errors
/// When a file is there already, or one cannot be written.
pub fn write_all<'t>(folder: &Path, files: impl Iterator<Item = (&'t str, &'t str)>) -> anyhow::Result<()> {
    let folder = real(folder)?;
    let files: Vec<_> = files.map(|(name, text)| (folder.join(name), text)).collect();
    for parent in files.iter().filter_map(|(path, _)| path.parent()) {
        std::fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    }
    files.iter().try_for_each(|(path, _)| free(path).map(drop))?;
    files.iter().try_for_each(|(path, text)| write_new(path, text.as_bytes()))
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
        bail!(Advice::new(
            format!("{} cannot be written: its folder does not exist", path.display()),
            "make the folder first, or give another name"
        ));
    }
    Ok(target)
}

fn exists(path: &Path) -> Advice {
    Advice::new(format!("{} exists already", path.display()), "give another name")
}

#[cfg(test)]
mod tests {
    use super::super::help;
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
        let error = real(&root.join("file/x")).unwrap_err();
        assert!(error.to_string().contains("is a file, not a folder") && help::line(&error).is_some(), "{error}");
        let error = real(&root.join("x".repeat(300))).unwrap_err();
        assert!(error.to_string().contains("too long") && help::line(&error).is_some(), "{error}");
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
