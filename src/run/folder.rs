//! Output that appears whole or not at all: the report's folder, and single files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::store::lock::Lock;

/// The report's folder: written beside its name, and renamed when whole.
pub struct Folder {
    /// Where to write.
    pub part: PathBuf,
    out: PathBuf,
    aside: PathBuf,
    done: bool,
    _lock: Lock,
}

impl Folder {
    /// Makes sure, before any work, that the report can be written.
    ///
    /// # Errors
    /// When another run writes there, something is there that must stay, or the place cannot be written.
    pub fn prepare(out: &Path, force: bool) -> anyhow::Result<Self> {
        let name = out.file_name().map_or_else(|| "report".to_owned(), |n| n.to_string_lossy().into_owned());
        let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = |end: &str| parent.join(format!(".{name}.{end}"));
        std::fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
        let lock = Lock::take(&beside("lock")).context("the report cannot be written")?;
        let (part, aside) = (beside("part"), beside("former"));
        // What a run left that was killed: half a report goes, the former report comes back.
        remove(&part)?;
        if out.exists() {
            remove(&aside)?;
        } else if aside.exists() {
            std::fs::rename(&aside, out).with_context(|| format!("{} cannot be put back", out.display()))?;
        }
        if out.exists() && !force {
            bail!("{} exists already\nhelp: give another folder with --out, or --force to replace it", out.display());
        }
        if out.exists() && !out.join("report.json").is_file() && !(out.is_dir() && out.read_dir()?.next().is_none()) {
            bail!("{} is not a report: it will not be replaced\nhelp: give another folder with --out", out.display());
        }
        std::fs::create_dir(&part).with_context(|| format!("{} cannot be made", part.display()))?;
        Ok(Self { part, out: out.to_owned(), aside, done: false, _lock: lock })
    }

    /// Gives the folder its name; a former report goes only once the new one stands.
    ///
    /// # Errors
    /// When it cannot be renamed. The former report is then in its place.
    pub fn finish(mut self) -> anyhow::Result<PathBuf> {
        let failed = || format!("{} cannot be written", self.out.display());
        let former = self.out.exists();
        if former {
            std::fs::rename(&self.out, &self.aside).with_context(failed)?;
        }
        if let Err(error) = std::fs::rename(&self.part, &self.out) {
            if former {
                std::fs::rename(&self.aside, &self.out).with_context(failed)?;
            }
            return Err(error).with_context(failed);
        }
        self.done = true;
        remove(&self.aside)?;
        Ok(self.out.clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.done {
            // Half a report must not stay. If it cannot be removed now, the next run does.
            let _ = std::fs::remove_dir_all(&self.part);
        }
    }
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e).with_context(|| format!("{} cannot be removed", folder.display())),
        _ => Ok(()),
    }
}

/// Writes a file that is not there yet: whole, or not at all.
///
/// # Errors
/// When it is there, or cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if path.exists() {
        bail!("{} exists already\nhelp: give another name", path.display());
    }
    let failed = || format!("{} cannot be written", path.display());
    let name = path.file_name().map_or_else(|| "file".to_owned(), |n| n.to_string_lossy().into_owned());
    let part = path.with_file_name(format!(".{name}.part"));
    let written = std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        // The error that matters is the first one.
        let _ = std::fs::remove_file(&part);
    }
    written.with_context(failed)
}
