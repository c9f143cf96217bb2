//! Controls, extracts and metrics as data: loading, and the checks that need no evidence.
//!
//! A file holds the tables of its theme and the judgement over them. What cannot run stops the load (`check.rs`); what a
//! query means on the types of the declared columns is checked by [`crate::evaluate::plan`].

pub(crate) mod check;
mod fingerprint;
pub mod frameworks;
pub mod sql;
pub mod topics;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::base::help::Help;
pub use crate::base::nearest::nearest;
use crate::base::small_file::{self, SmallFileError};
use crate::engagement::BurstThreshold;
use crate::facts::bursts::Wanted;
use crate::facts::observation;
use crate::outcome::{Effort, Severity};
use crate::schema::resource::{TableToml, event_columns};
use crate::schema::{ResourceTable, Schema, SchemaError};
use frameworks::Frameworks;
use sql::{Expression, Query};
use topics::Topic;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/catalogue");

/// The six pillars, in the framework's order.
pub const PILLARS: [(&str, &str); 6] = [
    ("operational_excellence", "Operational excellence"),
    ("security", "Security"),
    ("reliability", "Reliability"),
    ("performance_efficiency", "Performance efficiency"),
    ("cost_optimization", "Cost optimization"),
    ("sustainability", "Sustainability"),
];

/// A catalogue that cannot be used.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// A file cannot be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of one's own cannot be used as a whole.
    #[error("{file}: {source}")]
    Small {
        /// The file.
        file: String,
        /// Why.
        source: SmallFileError,
    },
    /// A file of one's own is none that is read.
    #[error("{file}: {why}")]
    File {
        /// The file, or the folder.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A file is not TOML of the catalogue's form.
    #[error("{file}: {why}")]
    Toml {
        /// The file.
        file: String,
        /// What and where.
        why: String,
    },
    /// A table cannot be declared.
    #[error("{file}: {source}")]
    Schema {
        /// The file.
        file: String,
        /// Why.
        source: SchemaError,
    },
    /// A folder of topics cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in a topic of the report.
    #[error("{file}:{line}: {key}: {why}")]
    Topic {
        /// The file, below the folder of templates.
        file: String,
        /// Line of the file.
        line: usize,
        /// The key of its front matter.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something in one control, extract or metric.
    #[error("{file}: {id}: {key}: {why}")]
    Entry {
        /// The file.
        file: String,
        /// The entry's id.
        id: String,
        /// The key.
        key: String,
        /// What is wrong.
        why: String,
    },
}

impl Help for CatalogueError {
    fn help(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Io { source, .. } | Self::Read { source, .. } => source.help(),
            Self::Small { source, .. } => source.help(),
            _ => None,
        }
    }
}

/// Where a control's rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Configuration items and other files valid at a date.
    Config,
    /// CloudTrail events of a period.
    Events,
    /// Charges of a period.
    Costs,
}

/// Which events a control looks at.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// Event names; empty = all.
    #[serde(default)]
    pub events: Vec<String>,
    /// Event sources; empty = all.
    #[serde(default)]
    pub sources: Vec<String>,
    /// A row-wise condition.
    #[serde(rename = "where")]
    pub condition: Option<Expression>,
}

/// Groups of events close in time.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Bursts {
    /// Columns that name a group.
    pub keys: Vec<String>,
    /// Column whose distinct values are counted; without it events are.
    pub distinct: Option<String>,
    /// Width of the window.
    pub minutes: u32,
    /// Fewest that make a burst.
    pub at_least: u32,
    /// Count from which a burst is an exception, as the column `exception_from` of its bursts; the engagement may state
    /// another, and other minutes. Without it the entry's SQL says.
    pub exception_from: Option<u32>,
}

impl Bursts {
    /// What makes a burst.
    pub fn wanted(&self) -> Wanted<'_> {
        let (keys, distinct) = (self.keys.as_slice(), self.distinct.as_deref());
        let exception_from = self.exception_from.unwrap_or(self.at_least);
        Wanted { keys, distinct, minutes: self.minutes, at_least: self.at_least, exception_from }
    }

    /// Takes what an engagement states in the place of the catalogue's numbers.
    fn state(&mut self, stated: &BurstThreshold) {
        self.minutes = stated.minutes.unwrap_or(self.minutes);
        if let Some(from) = stated.exception_from {
            self.exception_from = Some(from);
            self.at_least = self.at_least.min(from);
        }
    }
}

/// That a control concludes from events which are not there. Rows that do are undetermined unless it is shown that all
/// events of their span are here.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Kind of the events.
    pub kind: observation::Kind,
    /// Column of the population with the account.
    pub account: String,
    /// Column with the Region; without it all of the account.
    pub region: Option<String>,
    /// Column with the start of the span; without it the start of the period.
    pub from: Option<String>,
    /// Column with its end; without it the end of the period.
    pub to: Option<String>,
    /// Which rows conclude from it.
    #[serde(default)]
    pub rows: AbsenceRows,
}

impl Absence {
    /// The columns it names, each with its key.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let optional = [("absence.region", &self.region), ("absence.from", &self.from), ("absence.to", &self.to)];
        std::iter::once(("absence.account", self.account.as_str()))
            .chain(optional.into_iter().filter_map(|(k, c)| Some((k, c.as_deref()?))))
    }
}

/// Which rows of a control conclude from absence; the others rest on what is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceRows {
    /// Exceptions: something was not done.
    #[default]
    Exceptions,
    /// All: that a row is no exception rests on absence too.
    All,
}

/// One test case of a control or metric.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub why: String,
    /// Rows by table. Beside items, events or files they stand in the place of that table.
    #[serde(default)]
    pub rows: BTreeMap<String, Vec<toml::Table>>,
    /// Configuration items, each as JSON text or as a table; they pass ingestion.
    #[serde(default)]
    pub items: Vec<toml::Value>,
    /// CloudTrail records, likewise.
    #[serde(default)]
    pub events: Vec<toml::Value>,
    /// Whole exports by file name; `engagement.toml` is read as the engagement.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// What must come out.
    pub expect: toml::Table,
}

/// A control.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// The catalogue's id; never renamed or reused.
    pub id: String,
    /// The state that should hold.
    pub title: String,
    /// Its deviation: the title of what its exceptions show, true of each of them.
    pub finding: String,
    /// Pillar id.
    pub pillar: String,
    /// Severity of an exception.
    pub severity: Severity,
    /// Criteria that its test answers, `framework:id`. This is their one home.
    pub criteria: Vec<String>,
    /// Criteria that it helps to understand and does not answer: an exception may speak against one, no exception says
    /// nothing for it.
    #[serde(default)]
    pub context: Vec<String>,
    /// How much work it is to remove the cause of an exception.
    pub effort: Effort,
    /// What exceptions of one finding share.
    pub cause: Vec<Cause>,
    /// The kind of finding, where several controls note the same cause; its own id where none is given.
    pub family: Option<String>,
    /// Why it matters.
    pub objective: String,
    /// What may follow from an exception, in one sentence.
    pub effect: String,
    /// How it is tested.
    pub procedure: String,
    /// Query for the population.
    pub population: Query,
    /// Condition that makes a row an exception.
    pub exception: Expression,
    /// Sentence about an exception.
    pub reason: Expression,
    /// Sentence about a row that cannot be decided; without one, or where it is NULL, the columns that are missing are named.
    pub undetermined: Option<Expression>,
    /// What to do.
    pub recommend: String,
    /// What the test cannot see.
    #[serde(default)]
    pub limits: String,
    /// Types or tables that must have been delivered for a row's account and Region, and AWS Config rules
    /// whose results must have been (`config_rule:IDENTIFIER`).
    #[serde(default)]
    pub requires: Vec<String>,
    /// Events it looks at.
    pub select: Option<Select>,
    /// Bursts it looks at.
    pub bursts: Option<Bursts>,
    /// What it concludes from the absence of events.
    pub absence: Option<Absence>,
    /// Why nothing is concluded where its query looks for events that may not be there, and finds none.
    pub presence: Option<String>,
    /// Its cases.
    #[serde(default)]
    pub case: Vec<Case>,
    /// Where it comes from.
    #[serde(skip)]
    pub origin: Origin,
}

/// What exceptions share that are one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The resource.
    Resource,
    /// Who acted.
    Actor,
    /// The record itself.
    Record,
    /// The account.
    Account,
    /// The Region.
    Region,
}

/// An extract: rows listed, no conclusion drawn.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    /// Id.
    pub id: String,
    /// What is listed.
    pub title: String,
    /// Pillar id.
    pub pillar: String,
    /// Criteria it bears on.
    #[serde(default)]
    pub criteria: Vec<String>,
    /// Criteria it is context for.
    #[serde(default)]
    pub context: Vec<String>,
    /// What it is for.
    pub objective: String,
    /// How it is drawn.
    pub procedure: String,
    /// Query for the rows.
    pub query: Query,
    /// Events it looks at.
    pub select: Option<Select>,
    /// Bursts it looks at.
    pub bursts: Option<Bursts>,
    /// Types or tables that must have been delivered.
    #[serde(default)]
    pub requires: Vec<String>,
    /// What the rows do not show.
    #[serde(default)]
    pub limit_note: String,
    /// Its cases.
    #[serde(default)]
    pub case: Vec<Case>,
    /// Where it comes from.
    #[serde(skip)]
    pub origin: Origin,
}

/// A metric.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Id.
    pub id: String,
    /// What is measured.
    pub title: String,
    /// Pillar id.
    pub pillar: String,
    /// Criteria it bears on.
    #[serde(default)]
    pub criteria: Vec<String>,
    /// Criteria it is context for.
    #[serde(default)]
    pub context: Vec<String>,
    /// `percent`, `currency`, `count`, `ratio`, `kWh`, ...
    pub unit: String,
    /// `up`, `down` or `none`: where better lies.
    pub direction: String,
    /// How it is measured.
    pub procedure: String,
    /// Query for the value.
    pub value: Option<Query>,
    /// Query for the numerator.
    pub numerator: Option<Query>,
    /// Query for the denominator.
    pub denominator: Option<Query>,
    /// Query for a breakdown.
    pub breakdown: Option<Query>,
    /// Unit of the breakdown's values: a share breaks down into what it is a share of. The metric's own where none is given.
    pub breakdown_unit: Option<String>,
    /// What the breakdown shows, where the metric's title does not say it.
    pub breakdown_title: Option<String>,
    /// What to reach, in words.
    #[serde(default)]
    pub target: String,
    /// The value is money that could be saved.
    #[serde(default)]
    pub opportunity: bool,
    /// Types or tables that must have been delivered.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Events it looks at.
    pub select: Option<Select>,
    /// What the value does not show.
    #[serde(default)]
    pub limits: String,
    /// Its cases.
    #[serde(default)]
    pub case: Vec<Case>,
    /// Where it comes from.
    #[serde(skip)]
    pub origin: Origin,
}

/// Where an entry comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// File, relative to the catalogue.
    pub file: String,
    /// Kind of the file.
    pub kind: Kind,
    /// SHA-256 over all that its file says of it, in canonical form.
    pub sha256: String,
    /// Brought by the user.
    pub custom: bool,
}

impl Default for Origin {
    fn default() -> Self {
        Self { file: String::new(), kind: Kind::Config, sha256: String::new(), custom: false }
    }
}

impl Metric {
    /// Its queries with their names.
    pub fn queries(&self) -> Vec<(&'static str, &Query)> {
        [("value", &self.value), ("numerator", &self.numerator), ("denominator", &self.denominator), ("breakdown", &self.breakdown)]
            .into_iter()
            .filter_map(|(name, query)| query.as_ref().map(|q| (name, q)))
            .collect()
    }
}

/// A list of names that the engagement may give and entries look up.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AllowList {
    /// Its name in the engagement and in SQL.
    pub name: String,
    /// What its values are.
    pub doc: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    table: Vec<TableToml>,
    #[serde(default)]
    control: Vec<Control>,
    #[serde(default)]
    extract: Vec<Extract>,
    #[serde(default)]
    metric: Vec<Metric>,
    #[serde(default)]
    allow_list: Vec<AllowList>,
    #[serde(default)]
    columns: toml::Table,
}

/// All that is known about judgement.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Declared tables.
    pub schema: Arc<Schema>,
    /// Controls by id.
    pub controls: BTreeMap<String, Control>,
    /// Extracts by id.
    pub extracts: BTreeMap<String, Extract>,
    /// Metrics by id.
    pub metrics: BTreeMap<String, Metric>,
    /// Lists of the engagement that entries may look up, by name, with what their values are.
    pub allow_lists: BTreeMap<String, String>,
    /// Sections of the report as Markdown with SQL, by id.
    pub topics: BTreeMap<String, Topic>,
    /// Frameworks.
    pub frameworks: Frameworks,
    /// SHA-256 over all files.
    pub sha256: String,
    /// Files a user's folder brought or replaced.
    pub custom_files: Vec<String>,
}

impl Catalogue {
    /// Whether this is a control that finds exceptions among bursts from a count on, which an engagement may state.
    pub fn has_burst_threshold(&self, id: &str) -> bool {
        self.controls.get(id).and_then(|c| c.bursts.as_ref()).is_some_and(|b| b.exception_from.is_some())
    }

    /// The catalogue with what an engagement states about bursts.
    #[must_use]
    pub fn with_thresholds(mut self, stated: &[BurstThreshold]) -> Self {
        for stated in stated {
            if let Some(bursts) = self.controls.get_mut(&stated.control).and_then(|c| c.bursts.as_mut()) {
                bursts.state(stated);
            }
        }
        self
    }

    /// Loads the embedded catalogue; files of `folder` replace those of the same path and add new ones.
    ///
    /// # Errors
    /// On the first file, entry, table or criterion that cannot be used.
    pub fn load(folder: Option<&Path>) -> Result<Self, CatalogueError> {
        Self::load_with(folder, None)
    }

    /// The same with the topics of a folder of templates in the place of ours.
    ///
    /// # Errors
    /// As [`Catalogue::load`], and on the first topic that cannot be used.
    pub fn load_with(folder: Option<&Path>, templates: Option<&Path>) -> Result<Self, CatalogueError> {
        let mut files: BTreeMap<String, (String, bool)> = BTreeMap::new();
        embedded(&EMBEDDED, &mut files);
        if let Some(folder) = folder {
            brought(folder, &mut files)?;
        }
        let mut hasher = Sha256::new();
        let mut resources: Vec<ResourceTable> = Vec::new();
        let mut columns = Vec::new();
        let mut controls = BTreeMap::new();
        let mut extracts = BTreeMap::new();
        let mut metrics = BTreeMap::new();
        let mut allow_lists = BTreeMap::new();
        let mut framework_files = BTreeMap::new();
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        for (name, (text, custom)) in &files {
            hasher.update(name.as_bytes());
            hasher.update([0]);
            hasher.update(text.as_bytes());
            let kind = match name.split('/').next() {
                Some("config") => Kind::Config,
                Some("events") => Kind::Events,
                Some("costs") => Kind::Costs,
                _ => {
                    framework_files.insert(name.clone(), text.clone());
                    continue;
                }
            };
            let file: File = toml::from_str(text).map_err(|e| toml_error(name, &e))?;
            for table in file.table {
                resources.push(ResourceTable::try_from(table).map_err(|source| CatalogueError::Schema { file: name.clone(), source })?);
            }
            for list in file.allow_list {
                if allow_lists.insert(list.name.clone(), list.doc).is_some() {
                    return Err(entry(name, &list.name, "allow_list", "declared twice".to_owned()));
                }
            }
            columns.extend(event_columns(file.columns).map_err(|source| CatalogueError::Schema { file: name.clone(), source })?);
            let mut origin = |id: &str, sha256: Result<String, String>| {
                let sha256 = sha256.map_err(|why| entry(name, id, "case", why))?;
                if let Some(other) = ids.insert(id.to_owned(), name.clone()) {
                    return Err(entry(name, id, "id", format!("already used in {other}")));
                }
                Ok(Origin { file: name.clone(), kind, sha256, custom: *custom })
            };
            for mut control in file.control {
                control.origin = origin(&control.id, fingerprint::of(&control))?;
                controls.insert(control.id.clone(), control);
            }
            for mut extract in file.extract {
                extract.origin = origin(&extract.id, fingerprint::of(&extract))?;
                extracts.insert(extract.id.clone(), extract);
            }
            for mut metric in file.metric {
                metric.origin = origin(&metric.id, fingerprint::of(&metric))?;
                metrics.insert(metric.id.clone(), metric);
            }
        }
        let schema = Schema::new(resources, columns).map_err(|source| CatalogueError::Schema { file: "config".to_owned(), source })?;
        let frameworks = Frameworks::load(&framework_files)?;
        let catalogue = Self {
            schema: Arc::new(schema),
            controls,
            extracts,
            metrics,
            allow_lists,
            topics: topics::load(templates)?,
            frameworks,
            sha256: const_hex::encode(hasher.finalize()),
            custom_files: files.iter().filter(|(_, (_, custom))| *custom).map(|(name, _)| name.clone()).collect(),
        };
        check::all(&catalogue)?;
        topics::check::all(&catalogue)?;
        Ok(catalogue)
    }

    /// All that is drawn as rows: extracts, and the queries of topics, which run as extracts do.
    pub fn drawn(&self) -> impl Iterator<Item = &Extract> {
        self.extracts.values().chain(self.topic_queries())
    }

    /// The queries of topics, which run after all else: they may read results.
    pub fn topic_queries(&self) -> impl Iterator<Item = &Extract> {
        self.topics.values().flat_map(|topic| topic.queries.values().map(|query| &query.extract))
    }

    /// Whether anything has this id.
    pub fn has(&self, id: &str) -> bool {
        self.controls.contains_key(id) || self.extracts.contains_key(id) || self.metrics.contains_key(id)
    }

    /// Every id.
    pub fn ids(&self) -> BTreeSet<&str> {
        self.controls.keys().chain(self.extracts.keys()).chain(self.metrics.keys()).map(String::as_str).collect()
    }
}

/// Tables only this entry sees.
pub fn selected_tables(select: Option<&Select>, bursts: Option<&Bursts>) -> Vec<&'static str> {
    let mut tables = Vec::new();
    if select.is_some() {
        tables.push(sql::SELECTED);
    }
    if bursts.is_some() {
        tables.push(sql::BURSTS);
    }
    tables
}

fn entry(file: &str, id: &str, key: &str, why: String) -> CatalogueError {
    CatalogueError::Entry { file: file.to_owned(), id: id.to_owned(), key: key.to_owned(), why }
}

fn toml_error(file: &str, error: &toml::de::Error) -> CatalogueError {
    CatalogueError::Toml { file: file.to_owned(), why: error.to_string().trim_end().to_owned() }
}

fn embedded(dir: &Dir<'_>, files: &mut BTreeMap<String, (String, bool)>) {
    for file in dir.files() {
        if file.path().extension().is_some_and(|e| e == "toml")
            && let Some(text) = file.contents_utf8()
        {
            files.insert(file.path().to_string_lossy().replace('\\', "/"), (text.to_owned(), false));
        }
    }
    for inner in dir.dirs() {
        embedded(inner, files);
    }
}

/// Bytes of a catalogue file of one's own, at most.
const MAX_FILE: u64 = 1 << 20;
/// Files of a folder of one's own, at most.
const MAX_FILES: usize = 500;

fn brought(folder: &Path, files: &mut BTreeMap<String, (String, bool)>) -> Result<(), CatalogueError> {
    let mut count = 0;
    for found in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let io = |source: std::io::Error| CatalogueError::Io { file: folder.display().to_string(), source };
        let found = found.map_err(|e| io(e.into()))?;
        let linked = found.file_type().is_symlink();
        if found.path().extension().is_none_or(|e| e != "toml") || !linked && found.file_type().is_dir() {
            continue;
        }
        let path: PathBuf = found.path().strip_prefix(folder).unwrap_or(found.path()).to_owned();
        let name = path.to_string_lossy().replace('\\', "/");
        count += 1;
        if count > MAX_FILES {
            let why = format!("the folder holds more than {MAX_FILES} catalogue files");
            return Err(CatalogueError::File { file: folder.display().to_string(), why });
        }
        // A link that leads out could bring in what nobody reviewed with the folder.
        if linked && small_file::leads_out(found.path(), folder) {
            return Err(CatalogueError::File { file: name, why: "it is a link that leads out of the folder, or nowhere".to_owned() });
        }
        let text = small_file::read(found.path(), MAX_FILE).map_err(|source| CatalogueError::Small { file: name.clone(), source })?;
        let same = files.get(&name).is_some_and(|(t, _)| *t == text);
        if !same {
            files.insert(name, (text, true));
        }
    }
    Ok(())
}
