//! Controls, extracts and metrics as data: loading, and the checks that need no evidence.
//!
//! A file holds the tables of its theme and the judgement over them. Unknown keys, ids, tables and
//! criteria stop the load; what a query means on the declared columns is checked by
//! [`crate::evaluate::plan`].

pub mod frameworks;
pub mod sql;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::finding::Severity;
use crate::schema::resource::{TableToml, event_columns};
use crate::schema::{ResourceTable, Schema, SchemaError};
use frameworks::Frameworks;

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
#[derive(Debug, Clone, Default, Deserialize)]
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
    pub condition: Option<String>,
}

/// Groups of events close in time.
#[derive(Debug, Clone, Deserialize)]
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
}

/// One test case of a control or metric.
#[derive(Debug, Clone, Default, Deserialize)]
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
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// The catalogue's id; never renamed or reused.
    pub id: String,
    /// The state that should hold.
    pub title: String,
    /// Pillar id.
    pub pillar: String,
    /// Severity of an exception.
    pub severity: Severity,
    /// Criteria it bears on directly, `framework:id`.
    pub criteria: Vec<String>,
    /// Criteria it is context for.
    #[serde(default)]
    pub context: Vec<String>,
    /// Why it matters.
    pub objective: String,
    /// How it is tested.
    pub procedure: String,
    /// Query for the population.
    pub population: String,
    /// Condition that makes a row an exception.
    pub exception: String,
    /// Sentence about an exception.
    pub reason: String,
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
    /// Its cases.
    #[serde(default)]
    pub case: Vec<Case>,
    /// Where it comes from.
    #[serde(skip)]
    pub origin: Origin,
}

/// An extract: rows listed, no conclusion drawn.
#[derive(Debug, Clone, Deserialize)]
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
    pub query: String,
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
#[derive(Debug, Clone, Deserialize)]
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
    pub value: Option<String>,
    /// Query for the numerator.
    pub numerator: Option<String>,
    /// Query for the denominator.
    pub denominator: Option<String>,
    /// Query for a breakdown.
    pub breakdown: Option<String>,
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
    /// SHA-256 over the texts that decide the result.
    pub sha256: String,
    /// Brought by the user.
    pub custom: bool,
}

impl Default for Origin {
    fn default() -> Self {
        Self { file: String::new(), kind: Kind::Config, sha256: String::new(), custom: false }
    }
}

impl Control {
    fn hash(&self) -> String {
        hash(&[&self.population, &self.exception, &self.reason, &format!("{:?}{:?}{:?}", self.select, self.bursts, self.requires)])
    }
}

impl Metric {
    /// Its queries with their names.
    pub fn queries(&self) -> Vec<(&'static str, &str)> {
        [("value", &self.value), ("numerator", &self.numerator), ("denominator", &self.denominator), ("breakdown", &self.breakdown)]
            .into_iter()
            .filter_map(|(name, text)| text.as_deref().map(|t| (name, t)))
            .collect()
    }
}

fn hash(texts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.trim().as_bytes());
        hasher.update([0]);
    }
    crate::store::build::hex(&hasher.finalize())
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
    /// Frameworks.
    pub frameworks: Frameworks,
    /// SHA-256 over all files.
    pub sha256: String,
    /// Files a user's folder brought or replaced.
    pub custom_files: Vec<String>,
}

impl Catalogue {
    /// Loads the embedded catalogue; files of `folder` replace those of the same path and add new ones.
    ///
    /// # Errors
    /// On the first file, entry, table or criterion that cannot be used.
    pub fn load(folder: Option<&Path>) -> Result<Self, CatalogueError> {
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
            columns.extend(event_columns(file.columns).map_err(|source| CatalogueError::Schema { file: name.clone(), source })?);
            let mut origin = |id: &str, sha256: String| {
                if let Some(other) = ids.insert(id.to_owned(), name.clone()) {
                    return Err(entry(name, id, "id", format!("already used in {other}")));
                }
                Ok(Origin { file: name.clone(), kind, sha256, custom: *custom })
            };
            for mut control in file.control {
                control.origin = origin(&control.id, control.hash())?;
                controls.insert(control.id.clone(), control);
            }
            for mut extract in file.extract {
                extract.origin = origin(&extract.id, hash(&[&extract.query, &format!("{:?}{:?}", extract.select, extract.bursts)]))?;
                extracts.insert(extract.id.clone(), extract);
            }
            for mut metric in file.metric {
                let texts: Vec<&str> = metric.queries().into_iter().map(|(_, t)| t).collect();
                metric.origin = origin(&metric.id, hash(&texts))?;
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
            frameworks,
            sha256: crate::store::build::hex(&hasher.finalize()),
            custom_files: files.iter().filter(|(_, (_, custom))| *custom).map(|(name, _)| name.clone()).collect(),
        };
        catalogue.check()?;
        Ok(catalogue)
    }

    /// Whether anything has this id.
    pub fn has(&self, id: &str) -> bool {
        self.controls.contains_key(id) || self.extracts.contains_key(id) || self.metrics.contains_key(id)
    }

    /// Every id.
    pub fn ids(&self) -> BTreeSet<&str> {
        self.controls.keys().chain(self.extracts.keys()).chain(self.metrics.keys()).map(String::as_str).collect()
    }

    fn check(&self) -> Result<(), CatalogueError> {
        for c in self.controls.values() {
            self.check_common(&c.origin.file, &c.id, &c.pillar, &c.criteria, &c.context, &c.requires)?;
            let extra = selected_tables(c.select.as_ref(), c.bursts.as_ref());
            self.check_query(&c.origin.file, &c.id, "population", &c.population, &extra)?;
            for (key, text) in [("exception", &c.exception), ("reason", &c.reason)] {
                sql::check_expression(text).map_err(|why| entry(&c.origin.file, &c.id, key, why))?;
            }
        }
        for x in self.extracts.values() {
            self.check_common(&x.origin.file, &x.id, &x.pillar, &x.criteria, &x.context, &x.requires)?;
            self.check_query(&x.origin.file, &x.id, "query", &x.query, &selected_tables(x.select.as_ref(), x.bursts.as_ref()))?;
        }
        for m in self.metrics.values() {
            self.check_common(&m.origin.file, &m.id, &m.pillar, &m.criteria, &m.context, &m.requires)?;
            if m.value.is_some() == (m.numerator.is_some() && m.denominator.is_some()) {
                let why = "give either value, or numerator and denominator".to_owned();
                return Err(entry(&m.origin.file, &m.id, "value", why));
            }
            if m.breakdown.is_some() && m.breakdown_unit.is_none() && ["percent", "ratio"].contains(&m.unit.as_str()) {
                let why = "say in which unit the values of the breakdown are".to_owned();
                return Err(entry(&m.origin.file, &m.id, "breakdown_unit", why));
            }
            for (key, text) in m.queries() {
                self.check_query(&m.origin.file, &m.id, key, text, &selected_tables(m.select.as_ref(), None))?;
            }
        }
        self.frameworks.check(&self.ids())
    }

    fn check_common(
        &self,
        file: &str,
        id: &str,
        pillar: &str,
        criteria: &[String],
        context: &[String],
        requires: &[String],
    ) -> Result<(), CatalogueError> {
        if !PILLARS.iter().any(|(p, _)| *p == pillar) {
            let known = PILLARS.map(|(p, _)| p);
            return Err(entry(file, id, "pillar", format!("{pillar:?} is no pillar; nearest: {}", nearest(pillar, known.into_iter()))));
        }
        for criterion in criteria.iter().chain(context) {
            self.frameworks.check_criterion(criterion).map_err(|why| entry(file, id, "criteria", why))?;
        }
        for required in requires {
            if let Some(rule) = required.strip_prefix("config_rule:") {
                if rule.is_empty() || !rule.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') {
                    return Err(entry(
                        file,
                        id,
                        "requires",
                        format!("{rule:?} is no identifier of a managed rule, such as IAM_PASSWORD_POLICY"),
                    ));
                }
                continue;
            }
            if !required.starts_with("AWS::") && self.schema.table(required).is_none() {
                let names = self.schema.tables().map(|t| t.name.as_str());
                return Err(entry(file, id, "requires", format!("no table {required:?}; nearest: {}", nearest(required, names))));
            }
        }
        Ok(())
    }

    fn check_query(&self, file: &str, id: &str, key: &str, text: &str, extra: &[&str]) -> Result<(), CatalogueError> {
        let tables = sql::tables(text).map_err(|why| entry(file, id, key, why))?;
        for table in tables {
            let declared = table.strip_suffix("_history").filter(|t| self.schema.table(t).is_some_and(|t| t.versioned)).is_some();
            if !declared && !extra.contains(&table.as_str()) && self.schema.table(&table).is_none() {
                let names = self.schema.tables().map(|t| t.name.as_str()).chain(extra.iter().copied());
                return Err(entry(file, id, key, format!("no table {table}; nearest: {}", nearest(&table, names))));
            }
        }
        Ok(())
    }
}

/// Tables only this entry sees.
pub fn selected_tables(select: Option<&Select>, bursts: Option<&Bursts>) -> Vec<&'static str> {
    let mut tables = Vec::new();
    if select.is_some() {
        tables.push("selected");
    }
    if bursts.is_some() {
        tables.push("bursts");
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

fn brought(folder: &Path, files: &mut BTreeMap<String, (String, bool)>) -> Result<(), CatalogueError> {
    for found in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let io = |source: std::io::Error| CatalogueError::Io { file: folder.display().to_string(), source };
        let found = found.map_err(|e| io(e.into()))?;
        if !found.file_type().is_file() || found.path().extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let path: PathBuf = found.path().strip_prefix(folder).unwrap_or(found.path()).to_owned();
        let name = path.to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(found.path()).map_err(|source| CatalogueError::Io { file: name.clone(), source })?;
        let same = files.get(&name).is_some_and(|(t, _)| *t == text);
        if !same {
            files.insert(name, (text, true));
        }
    }
    Ok(())
}

/// The name of `known` nearest to `name` by edit distance.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    known.min_by_key(|k| (distance(name, k), (*k).to_owned())).unwrap_or("none").to_owned()
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut left = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let up = row[j + 1];
            row[j + 1] = (left + usize::from(ca != *cb)).min(up + 1).min(row[j] + 1);
            left = up;
        }
    }
    row[b.len()]
}
