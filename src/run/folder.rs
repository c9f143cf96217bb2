//! The report's folder appears whole or not at all, and replaces nothing but a report.
//!
//! Beside it, named from it, stand while a run works: `.NAME.lock`; `.NAME.part`, which carries the mark of unfinished
//! output; and for a moment `.NAME.former`, the report that is being replaced.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::former::{self, Checked, Standing};
use super::help::Advice;
use super::place;
use crate::store::manifest::lock::Lock;
use crate::store::{StoreError, manifest::marked};

/// The report's folder: written beside its name, and renamed when whole.
pub struct Folder {
    /// Where to write.
    pub part: PathBuf,
    out: PathBuf,
    work: PathBuf,
    aside: PathBuf,
    lock: PathBuf,
    /// The report that goes.
    former: Option<Checked>,
    _lock: Lock,
}

impl Folder {
    /// Makes sure, before any work, that the report can be written and that nothing is lost by it.
    ///
    /// # Errors
    /// When another run writes there, an input or something else that must stay is there, or the place cannot be written.
    pub fn prepare(given: &Path, force: bool, inputs: impl IntoIterator<Item = impl AsRef<Path>>) -> anyhow::Result<Self> {
        let out = place::real(given)?;
        let Some(parent) = out.parent() else {
            bail!(Advice::new(format!("{} cannot be replaced by a report", given.display()), "give a folder below it with --out"));
        };
        place::apart(given, &out, "--out", inputs)?;
        std::fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
        let (work, aside, lock) = (place::beside(&out, "part")?, place::beside(&out, "former")?, place::beside(&out, "lock")?);
        if is_mounted(&out, parent) {
            bail!(Advice::new(
                format!("{} is where a file system is mounted, so no report can take its place", given.display()),
                "give a folder in it with --out"
            ));
        }
        let held = Lock::take(&lock).context("the report cannot be written")?;
        // What a run left that was killed: half a report goes, the former report comes back.
        marked::clear(&work)?;
        settle(&out, &aside)?;
        let former = replaced(given, &out, force)?;
        marked::create(&work)?;
        let folder = Self { part: work.join("report"), out, work, aside, lock, former, _lock: held };
        std::fs::create_dir(&folder.part).with_context(|| format!("{} cannot be made", folder.part.display()))?;
        Ok(folder)
    }

    /// Real paths of all that this run writes.
    pub fn written(&self) -> Vec<PathBuf> {
        [&self.out, &self.work, &self.aside, &self.lock].map(Clone::clone).into()
    }

    /// Gives the folder its name; a former report goes only once the new one stands.
    ///
    /// # Errors
    /// When it cannot be renamed, or something came into the former report meanwhile. The former report is then in its
    /// place.
    pub fn finish(mut self) -> anyhow::Result<()> {
        let (out, aside) = (&self.out, &self.aside);
        let failed = || format!("{} cannot be written", out.display());
        remove_empty(&self.part);
        let Some(former) = self.former.take() else {
            // An empty folder may stand there; anything else makes this fail.
            let taken = || Advice::new(failed(), "if something was put there meanwhile, give another folder with --out");
            std::fs::rename(&self.part, out).with_context(taken)?;
            marked::clear(&self.work)?;
            return Ok(());
        };
        let former = former.again(out)?.or_else(|foreign| stays(out, &foreign))?;
        std::fs::rename(out, aside).with_context(failed)?;
        let back = |error: anyhow::Error| match std::fs::rename(aside, out) {
            Ok(()) => error,
            Err(e) => error.context(format!("the former report is now {}: {e}", aside.display())),
        };
        // Nobody knows it by this name: what is found now is what is removed.
        let former = former.again(aside).and_then(|found| found.or_else(|foreign| stays(out, &foreign))).map_err(back)?;
        std::fs::rename(&self.part, out).with_context(failed).map_err(back)?;
        former.remove(aside).with_context(|| {
            Advice::new(
                format!("the new report is {}, but the former one cannot be removed", out.display()),
                format!("look into {} and remove it", aside.display()),
            )
        })?;
        marked::clear(&self.work)?;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Half a report must not stay. If it cannot be removed now, the next run does.
        let _ = marked::clear(&self.work);
    }
}

/// Brings back a former report that a killed run had moved aside, or removes what it left of one.
fn settle(out: &Path, aside: &Path) -> anyhow::Result<()> {
    let listing = match former::look(aside)? {
        Standing::Nothing => return Ok(()),
        Standing::Empty => return std::fs::remove_dir(aside).with_context(|| format!("{} cannot be removed", aside.display())),
        Standing::Report(listing) => listing,
        Standing::OtherVersion | Standing::Folder | Standing::File => return Err(StoreError::Foreign { path: aside.to_owned() }.into()),
    };
    if matches!(former::look(out)?, Standing::Nothing) && former::is_whole(aside, &listing) {
        return std::fs::rename(aside, out).with_context(|| format!("{} cannot be put back", out.display()));
    }
    match former::check(aside, &listing, None)? {
        Ok(checked) => checked.remove(aside).with_context(|| format!("{} cannot be removed", aside.display())),
        Err(foreign) => bail!(Advice::new(
            format!(
                "{} is what an interrupted run left of a former report, and not all in it was written by this program:{foreign}",
                aside.display()
            ),
            "move the folder away"
        )),
    }
}

/// What stands where the report goes, if it may be replaced.
fn replaced(given: &Path, out: &Path, force: bool) -> anyhow::Result<Option<Checked>> {
    let standing = former::look(out)?;
    if !force && !matches!(standing, Standing::Nothing) {
        bail!(Advice::new(format!("{} exists already", given.display()), "give another folder with --out, or --force to replace a report"));
    }
    match standing {
        Standing::Nothing | Standing::Empty => Ok(None),
        Standing::Report(listing) => former::check(out, &listing, None)?.or_else(|foreign| stays(given, &foreign)).map(Some),
        Standing::OtherVersion => bail!(Advice::new(
            format!(
                "{} is a report of another version of this program, so which files it wrote is not known: it is not replaced",
                given.display()
            ),
            "move it away, or give another folder with --out"
        )),
        Standing::Folder => bail!(Advice::new(
            format!(
                "{} is not a report of this version of the program, as its manifest.json would show: it is not replaced",
                given.display()
            ),
            "give another folder with --out"
        )),
        Standing::File => bail!(Advice::new(format!("{} is a file, not a folder", given.display()), "give another folder with --out")),
    }
}

fn stays<T>(out: &Path, foreign: &former::Foreign) -> anyhow::Result<T> {
    bail!(Advice::new(
        format!("{} is not replaced, and nothing in it was removed: not all in it is what the report wrote:{foreign}", out.display()),
        "move these files away, or give another folder with --out"
    ))
}

/// Removes folders in which nothing came to stand: a manifest lists files, and what it does not list is not the report's.
fn remove_empty(folder: &Path) {
    let found = walkdir::WalkDir::new(folder).min_depth(1).contents_first(true);
    for entry in found.into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_dir()) {
        // Fails where something stands in it, as it should.
        let _ = std::fs::remove_dir(entry.path());
    }
}

/// Whether a folder is where a file system is mounted: it cannot be renamed.
#[cfg(unix)]
fn is_mounted(folder: &Path, parent: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Path| std::fs::symlink_metadata(path).map(|m| m.dev()).ok();
    device(folder).is_some_and(|own| device(parent) != Some(own))
}

#[cfg(not(unix))]
fn is_mounted(_: &Path, _: &Path) -> bool {
    false
}
