//! What is read and checked before any evidence: a mistake here must not cost an hour of reading first.

use std::thread::JoinHandle;

use anyhow::bail;

use crate::catalogue::Catalogue;
use crate::cli::{Global, Report as Options};
use crate::engagement::Engagement;
use crate::findings::responses::{self, Answer};
use crate::report::comparison::Issued;
use crate::report::templates::Templates;
use crate::report::topics;
use crate::run::folder::Folder;
use crate::run::help::Advice;
use crate::run::ingest::{self, Inputs};
use crate::run::inputs::catalogue_with;
use crate::run::{compare, engagement, named, reading};
use crate::store::Store;
use crate::workpapers::package;

/// All that a report needs beside the evidence, and the place where it is written.
pub struct Prepared {
    /// With the thresholds that the engagement states.
    pub catalogue: Catalogue,
    /// Checked against the catalogue; the period is determined when the evidence is open.
    pub engagement: Engagement,
    /// Those built in, with a user's in their place.
    pub templates: Templates,
    /// Written beside its name until it is whole.
    pub folder: Folder,
    /// SHA-256 of the running binary, in the making.
    pub binary: JoinHandle<String>,
    /// Management responses, of the file given and of the engagement.
    pub answers: Vec<Answer>,
    /// The earlier report of `--baseline`.
    pub baseline: Option<Issued>,
    inputs: Inputs,
}

impl Prepared {
    /// Reads and checks everything that needs no evidence.
    ///
    /// # Errors
    /// When the catalogue, the engagement, the templates, the period or the place of the report cannot be used.
    pub fn read(options: &Options, global: &Global) -> anyhow::Result<Self> {
        // The report names the binary by its hash, which takes as long as a small report does.
        let binary = std::thread::spawn(binary_hash);
        let catalogue = catalogue_with(global, options.templates.as_deref())?;
        topics::check(&catalogue)?;
        let mut inputs = Inputs::sort(&options.inputs, &options.store);
        let engagement = engagement(&options.engagement, &inputs.files, global)?;
        named::check(&engagement, &catalogue)?;
        let mut answers = options.responses.as_deref().map(responses::read).transpose()?.unwrap_or_default();
        answers.extend(responses::of_engagement(&engagement));
        let catalogue = catalogue.with_thresholds(&engagement.thresholds.burst);
        let templates = Templates::load(options.templates.as_deref())?;
        let (from, to, as_of) = period(options);
        engagement.period(from, to, as_of, None)?;
        let baseline = options.baseline.as_deref().map(compare::read).transpose()?;
        let folder = Folder::prepare(&options.out, options.force, inputs.files.iter().chain(&inputs.stores))?;
        inputs.left_out.extend(folder.written());
        Ok(Self { catalogue, engagement, templates, folder, binary, answers, baseline, inputs })
    }

    /// Reads the inputs into the report's own store.
    ///
    /// # Errors
    /// When an input cannot be read, or no record was kept.
    pub fn ingest(&self, options: &Options, global: &Global) -> anyhow::Result<Store> {
        let reading = reading(&options.caps, options.keep.keep_raw, global);
        let store = ingest::into_store(&self.inputs, &self.folder.part.join("evidence"), &reading, &self.catalogue, global)?;
        if !store.manifest.has_evidence() {
            bail!(Advice::new(
                format!("no record was kept, so there is nothing to report{}", first_notes(&store)),
                "run `sixpillars inspect` on the inputs to see what was found"
            ));
        }
        Ok(store)
    }
}

/// The flags that state the period: `--from`, `--to`, `--as-of`.
pub fn period(options: &Options) -> (Option<&str>, Option<&str>, Option<&str>) {
    (options.from.as_deref(), options.to.as_deref(), options.as_of.as_deref())
}

/// What is noted of the first files that have a note, a line each.
fn first_notes(store: &Store) -> String {
    let noted = store.manifest.files.values().filter_map(|f| Some(format!("\n  {}: {}", f.paths.first()?, f.notes.first()?)));
    noted.take(3).collect()
}

fn binary_hash() -> String {
    let hashed = std::env::current_exe().and_then(|path| package::hash_of(&path));
    hashed.map_or_else(|_| "not known".to_owned(), |(sha256, _)| sha256)
}
