//! What a command needs beside the evidence: the catalogue, the engagement and the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::screen;
use crate::base::small_file;
use crate::catalogue::Catalogue;
use crate::cli::{EngagementChoice, Global};
use crate::engagement::{self, Engagement, Named};
use crate::evaluate::{self};
use crate::store::Store;
use crate::store::reading::offer;

/// The catalogue. Entries of a folder of one's own are planned here, so that a mistake in one shows before
/// anything is read; that ours can be planned is tested.
///
/// # Errors
/// On the first entry that cannot be used.
pub fn catalogue(global: &Global) -> anyhow::Result<Catalogue> {
    catalogue_with(global, None)
}

/// The same with the topics of a folder of templates.
///
/// # Errors
/// As [`catalogue`], and on the first topic that cannot be used.
pub fn catalogue_with(global: &Global, templates: Option<&Path>) -> anyhow::Result<Catalogue> {
    let catalogue = Catalogue::load_with(global.catalogue.as_deref(), templates).context("the catalogue cannot be used")?;
    if global.catalogue.is_some() || catalogue.topics.values().any(|topic| topic.custom) {
        evaluate::plan(&catalogue).context("the catalogue cannot be used")?;
    }
    Ok(catalogue)
}

/// The engagement named, else one that lies in a folder given, else an empty one. What is used without being named, and
/// what lies there and is not used, is said.
///
/// # Errors
/// When the file cannot be read or a value in it makes no sense.
pub fn engagement(choice: &EngagementChoice, inputs: &[PathBuf], global: &Global) -> anyhow::Result<Engagement> {
    let same = |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| Some(a) == b.canonicalize().ok());
    let mut used: Option<(PathBuf, Named)> = choice.engagement.clone().map(|path| (path, Named::Given));
    for input in inputs {
        let path = input.join(engagement::NAME);
        if input.as_os_str() == offer::STDIN || path.symlink_metadata().is_err() {
            continue;
        }
        let why = match &used {
            _ if choice.no_engagement => "--no-engagement was given",
            Some((named, _)) if same(named, &path) => continue,
            Some((_, Named::Given)) => "--engagement names another file",
            Some((_, Named::Found)) => "one was found before it; name the right one with --engagement",
            None if small_file::leads_out(&path, input) => "it is a link that leads out of the folder given, or nowhere",
            None if !path.is_file() => "it is not a regular file",
            None => {
                used = Some((path, Named::Found));
                continue;
            }
        };
        screen::say(global, &format!("engagement file {} is not used: {why}", path.display()));
    }
    let Some((path, named)) = used else { return Ok(Engagement::default()) };
    let engagement = Engagement::load(&path, named)?;
    if let (Named::Found, Some(file)) = (named, &engagement.file) {
        screen::say(
            global,
            &format!(
                "engagement file {} was found in the folder given and is used, SHA-256 {}; --no-engagement leaves it out",
                file.path, file.sha256
            ),
        );
    }
    Ok(engagement)
}

/// Opens a store for reading.
///
/// # Errors
/// When there is none.
pub fn store(folder: &Path, catalogue: &Catalogue) -> anyhow::Result<Store> {
    Ok(Store::open(folder, Arc::clone(&catalogue.schema))?)
}
