//! One file for each command: what the flags ask for, done with the rooms to the left.

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
pub mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use crate::catalogue::Catalogue;
use crate::cli::{Caps, Cli, Command, Global};
use crate::engagement::{Engagement, Period};
use crate::evaluate::{self, Reach, Tables, Window};
use crate::ingest::container::Limits;
use crate::procedures::integrity::Integrity;
use crate::procedures::scope::{Scope, times_seen};
use crate::procedures::seen::Seen;
use crate::store::build::Reading;
use crate::store::parallel::both;
use crate::store::{Store, StoreError};

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
    let catalogue = Catalogue::load(global.catalogue.as_deref()).context("the catalogue cannot be used")?;
    if global.catalogue.is_some() {
        evaluate::plan(&catalogue).context("the catalogue cannot be used")?;
    }
    Ok(catalogue)
}

/// The engagement named, else one in the folders given, else an empty one.
///
/// # Errors
/// When it cannot be read.
pub fn engagement(named: Option<&Path>, inputs: &[PathBuf]) -> anyhow::Result<Engagement> {
    let found = named.map(Path::to_owned).or_else(|| inputs.iter().map(|i| i.join("engagement.toml")).find(|p| p.is_file()));
    Ok(match found {
        Some(path) => Engagement::load(&path)?,
        None => Engagement::default(),
    })
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
    for batch in made.into_iter().chain(integrity.tables(store.schema())) {
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
    };
    Ok(Opened { tables, scope, integrity, period, reach })
}

/// Opens a store for reading.
///
/// # Errors
/// When there is none.
pub fn store(folder: &Path, catalogue: &Catalogue) -> anyhow::Result<Store> {
    Store::open(folder, Arc::clone(&catalogue.schema)).map_err(|error| match error {
        StoreError::Missing { .. } => {
            anyhow::anyhow!("{error}\nhelp: `sixpillars ingest FILES --store DIR` makes one, and a report has one in its folder `evidence`")
        }
        other => other.into(),
    })
}
