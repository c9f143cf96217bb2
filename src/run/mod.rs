//! One file for each command: what the flags ask for, done with the rooms to the left.

pub mod bounded;
pub mod catalogue;
pub mod evidence;
pub mod folder;
pub mod former;
pub mod help;
pub mod ingest;
pub mod init;
pub mod inspect;
pub mod named;
pub mod place;
pub mod query;
pub mod report;
pub mod screen;
mod topics;
pub mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use crate::base::parallel::both;
use crate::base::small_file;
use crate::catalogue::Catalogue;
use crate::cli::{Caps, Cli, Command, EngagementChoice, Global};
use crate::engagement::{self, Engagement, Named, Period};
use crate::evaluate::{self, Reach, Tables, Unstated, Window};
use crate::facts::costs;
use crate::facts::integrity::Integrity;
use crate::facts::scope::{Scope, Unmet, times_seen, unmet};
use crate::facts::seen::Seen;
use crate::ingest::reading::container::Limits;
use crate::store::build::Reading;
use crate::store::{Store, reading::offer};

/// Runs the command.
///
/// # Errors
/// Whatever stopped it; `main` turns it into text.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let global = &cli.global;
    match cli.command {
        Command::Report(options) => report::run(&options, global),
        Command::Inspect(options) => inspect::run(&options, global),
        Command::Verify(options) => verify::run(&options, global),
        Command::Ingest(options) => ingest::run(&options, global),
        Command::Query(options) => query::run(&options, global),
        Command::Evidence(options) => evidence::run(&options, global),
        Command::Controls(options) => catalogue::controls(&options, global),
        Command::Tables(options) => catalogue::tables(&options, global),
        Command::Templates(options) => catalogue::templates(&options),
        Command::Topics(options) => topics::run(&options, global),
        Command::Init(options) => init::run(&options),
        Command::Completions { shell } => {
            let mut command = <Cli as clap::CommandFactory>::command();
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut command, "sixpillars", &mut text);
            screen::out(&String::from_utf8_lossy(&text))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What a file may cost, as the flags say.
pub fn limits(caps: &Caps) -> Limits {
    Limits { file: caps.max_file_size, expansion: caps.max_expansion, members: caps.max_members }
}

/// How files are read, as the flags say.
pub fn reading(caps: &Caps, keep_raw: bool, global: &Global) -> Reading {
    Reading { limits: limits(caps), threads: threads(global), keep_raw }
}

/// Worker threads: as asked, else the machine's cores.
pub fn threads(global: &Global) -> usize {
    match global.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
}

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

/// A store with the tables of the scope in place.
pub struct Opened<'s> {
    /// Views.
    pub tables: Tables<'s>,
    /// Scope.
    pub scope: Scope,
    /// Integrity of log files.
    pub integrity: Integrity,
    /// Period.
    pub period: Period,
    /// Reach.
    pub reach: Reach,
    /// How the period stated and the records miss each other, if they do.
    pub unmet: Option<Unmet>,
}

/// Puts the scope's tables over a store.
///
/// # Errors
/// When a table cannot be read or the period makes no sense.
pub fn open<'s>(
    store: &'s Store,
    engagement: &Engagement,
    flags: (Option<&str>, Option<&str>, Option<&str>),
) -> anyhow::Result<Opened<'s>> {
    let period = engagement.period(flags.0, flags.1, flags.2, times_seen(store))?;
    let (integrity, seen) = both(|| Integrity::read(store), || Seen::read(store, &period));
    let (integrity, seen) = (integrity?, seen?);
    let scope = Scope::read(store, engagement, &period, &integrity, seen)?;
    let mut tables = Tables::new(store, Window { start: period.start, end: period.end, as_of: period.as_of });
    let made = scope.tables(store.schema(), store, engagement, &period);
    let charges = costs::tables(store.schema(), store, engagement)?;
    for batch in made.into_iter().chain(integrity.tables(store.schema())).chain(charges) {
        tables.put_batch(&batch)?;
    }
    let parts = scope.reach();
    let reach = Reach {
        recorded: parts.recorded,
        expected: parts.expected,
        expected_known: parts.expected_known,
        event_gaps: parts.event_gaps,
        config: scope.config.clone(),
        types: scope.types.clone(),
        events: scope.events,
        observation: std::sync::Arc::clone(&scope.observation),
        unstated: Unstated::read(&tables)?,
    };
    let unmet = unmet(store, &period);
    Ok(Opened { tables, scope, integrity, period, reach, unmet })
}

/// Opens a store for reading.
///
/// # Errors
/// When there is none.
pub fn store(folder: &Path, catalogue: &Catalogue) -> anyhow::Result<Store> {
    Ok(Store::open(folder, Arc::clone(&catalogue.schema))?)
}
