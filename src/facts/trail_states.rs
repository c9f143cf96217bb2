//! Table `trail_states`: what is known of each trail, from all that was delivered about it: items of AWS Config, the answers
//! of describe-trails, get-trail-status and get-event-selectors, and calls that start or stop it or set its selectors.
//!
//! An answer of get-trail-status does not name its trail. The file's name and the account and Region in its path do; where
//! they leave more than one trail, the answer is of none, and one that says that logging is off leaves every trail of its
//! place in doubt.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{Column, DataFrame, PolarsResult};
use serde_json::Value;

use super::evidence::Evidence;
use crate::base::account::is_account;
use crate::base::arn::account_piece;
use crate::base::{steps, time};
use crate::ingest::batch::Batch;
use crate::policy::selectors;
use crate::schema::Schema;
use crate::schema::row::Row as _;
use crate::schema::tables::{
    CloudtrailEventsRow, EngagementRow, ItemColumns, TrailEventSelectorsRow, TrailStatesRow, TrailStatusRow, TrailsRow,
};
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD};
use crate::store::StoreError;

/// The table.
pub const TRAIL_STATES: &str = TrailStatesRow::TABLE.name;
/// Resource type of what it holds.
pub const TYPE: &str = "AWS::CloudTrail::Trail";

/// Calls that start, stop, narrow or remove a trail.
const CALLS: [&str; 5] = ["CreateTrail", "DeleteTrail", "PutEventSelectors", "StartLogging", "StopLogging"];

/// The selectors that a call sets.
const SELECTORS: &str = "request_parameters_event_selectors";

/// Where a trail is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Config,
    DescribeTrails,
    Status,
    Selectors,
}

impl Source {
    fn word(self) -> &'static str {
        match self {
            Self::Config => "AWS Config",
            Self::DescribeTrails => "describe-trails",
            Self::Status => "get-trail-status",
            Self::Selectors => "get-event-selectors",
        }
    }
}

/// What one item or answer says of a trail.
#[derive(Debug, Clone, Default)]
struct Said {
    arn: String,
    name: String,
    home: String,
    /// Account that an item or answer is of.
    account: String,
    region: String,
    /// Settings in the order of [`FLAGS`].
    flags: [Option<bool>; 6],
    /// Settings in the order of [`TEXTS`]; empty = none, `None` = not stated.
    texts: [Option<String>; 3],
    /// Id and name as AWS Config has them.
    id: String,
    at: (String, i64),
}

/// Places of the settings in [`FLAGS`].
mod flag {
    pub(super) const ALL_REGIONS: usize = 0;
    pub(super) const GLOBAL_EVENTS: usize = 1;
    pub(super) const ORGANIZATION: usize = 2;
    pub(super) const VALIDATION: usize = 3;
    pub(super) const SELECTORS: usize = 4;
    pub(super) const INSIGHTS: usize = 5;
}

/// Settings that are on or off, and how a disagreement names them.
const FLAGS: [&str; 6] =
    ["all Regions", "global services", "whole organisation", "log file validation", "event selectors of its own", "insights"];
/// Places of the settings in [`TEXTS`].
mod text {
    pub(super) const BUCKET: usize = 0;
    pub(super) const KEY: usize = 1;
    pub(super) const LOG_GROUP: usize = 2;
}

/// Settings that name something.
const TEXTS: [&str; 3] = ["bucket", "KMS key", "log group"];

/// A trail.
#[derive(Debug, Default)]
struct Trail {
    best: Said,
    described: Option<Said>,
    said_by: BTreeSet<Source>,
    /// Accounts it was seen in.
    seen_in: BTreeSet<String>,
    differences: Vec<String>,
    logging: Logging,
    /// What of the management events is left out; an empty text for nothing, `None` where it is not known.
    left_out: Option<String>,
    selector_question: Option<String>,
}

/// Whether a trail is logging.
#[derive(Debug, Default, Clone)]
struct Logging {
    is_on: Option<bool>,
    started: Option<i64>,
    stopped: Option<i64>,
    delivered: Option<i64>,
    error: Option<String>,
    /// Why nothing can be said.
    question: Option<String>,
}

impl Trail {
    fn owner(&self) -> &str {
        owner_of(&self.best)
    }

    /// The value of a setting that no two sources state differently.
    fn flag(&self, at: usize) -> Option<bool> {
        let of = |said: &Said| said.flags.get(at).copied().flatten();
        let other = self.described.as_ref().and_then(of);
        match (of(&self.best), other) {
            (Some(a), Some(b)) if a != b => None,
            (a, b) => a.or(b),
        }
    }

    fn text(&self, at: usize) -> Option<&str> {
        let own = self.best.texts.get(at)?.as_deref();
        let other = self.described.as_ref().and_then(|said| said.texts.get(at)?.as_deref());
        match (own, other) {
            // A key may be named by its id or its ARN; that one source names something and the other nothing is a difference.
            (Some(a), Some(b)) if a.is_empty() != b.is_empty() => None,
            (a, b) => a.or(b),
        }
    }

    /// Takes in the selectors that the last call of PutEventSelectors set. An answer of get-event-selectors does not say when it
    /// was given: where it states something else, one of the two is of another time.
    fn set_selectors(&mut self, time: i64, set: Option<&str>) {
        let at = time::date_text(time::day_of(time));
        let read = set.and_then(|text| selectors::recorded(text).ok()).map(|recorded| recorded.left_out().unwrap_or_default());
        let Some(set) = read else {
            self.selector_question =
                Some(format!("PutEventSelectors was called on {at}, and its selectors cannot be read from the record"));
            self.left_out = self.left_out.take().filter(|left_out| !left_out.is_empty());
            return;
        };
        let answered = self.said_by.contains(&Source::Selectors);
        if answered && self.left_out.as_ref() != Some(&set) {
            self.selector_question = Some(format!(
                "PutEventSelectors set other event selectors on {at} than get-event-selectors states, which does not say of what time it is"
            ));
            self.left_out = None;
        } else {
            self.left_out = Some(set);
        }
    }

    /// Whether the trail takes in all management events of the Regions it is set up for, and why not, or why that is not known.
    fn records(&self) -> (Option<bool>, Option<String>) {
        let logging = &self.logging;
        if logging.is_on == Some(false) {
            return (Some(false), Some("is not logging".to_owned()));
        }
        if let Some(error) = &logging.error {
            return (Some(false), Some(format!("does not deliver its log files ({error})")));
        }
        match self.left_out.as_deref() {
            Some("") | None => {}
            Some(left_out) => return (Some(false), Some(format!("records {left_out}"))),
        }
        let doubt = logging.question.as_ref().filter(|_| logging.is_on.is_none());
        if let Some(question) = doubt.or(self.selector_question.as_ref()) {
            return (None, Some(question.clone()));
        }
        // Selectors of its own that nobody supplied may leave anything out.
        if self.left_out.is_none() && self.flag(flag::SELECTORS) == Some(true) {
            let question = "the trail has event selectors of its own, and no answer of get-event-selectors was supplied";
            return (None, Some(question.to_owned()));
        }
        (Some(true), None)
    }
}

fn owner_of(said: &Said) -> &str {
    let of_arn = account_piece(&said.arn).filter(|id| is_account(id));
    of_arn.unwrap_or(&said.account)
}

fn key_of(said: &Said) -> String {
    if said.arn.is_empty() {
        format!("{}/{}/{}", said.account, if said.home.is_empty() { &said.region } else { &said.home }, said.id)
    } else {
        said.arn.clone()
    }
}

/// The table.
///
/// # Errors
/// When a table cannot be read.
pub fn compute(schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    let Some(table) = schema.table(TRAIL_STATES) else { return Ok(Vec::new()) };
    let mut out = Batch::new(table);
    for trail in read(evidence)?.values() {
        let owner = trail.owner().to_owned();
        let seen_in = trail.seen_in.iter().map(String::as_str).filter(|account| !account.is_empty());
        let accounts: BTreeSet<&str> = seen_in.chain([owner.as_str()]).collect();
        let (records, why) = trail.records();
        let (best, logging) = (&trail.best, &trail.logging);
        let of = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
        let said_by = trail.said_by.iter().map(|source| source.word()).collect::<Vec<_>>().join(", ");
        let home = if best.home.is_empty() { &best.region } else { &best.home };
        let [arn, id, name, home] = [&best.arn, &best.id, &best.name, home].map(|text| of(text));
        let differences = of(&trail.differences.join("; "));
        for account in accounts {
            let row = TrailStatesRow {
                account_id: Some(account).filter(|account| !account.is_empty()),
                region: home.as_deref(),
                resource_type: Some(TYPE),
                resource_id: id.as_deref().or(name.as_deref()).or(arn.as_deref()),
                resource_name: name.as_deref().or(id.as_deref()).or(arn.as_deref()),
                trail_arn: arn.as_deref(),
                is_owner: Some(account == owner),
                is_multi_region_trail: trail.flag(flag::ALL_REGIONS),
                includes_global_events: trail.flag(flag::GLOBAL_EVENTS),
                is_organization_trail: trail.flag(flag::ORGANIZATION),
                log_file_validation_enabled: trail.flag(flag::VALIDATION),
                has_custom_selectors: trail.flag(flag::SELECTORS),
                has_insight_selectors: trail.flag(flag::INSIGHTS),
                s3_bucket_name: trail.text(text::BUCKET).filter(|text| !text.is_empty()),
                kms_key_id: trail.text(text::KEY),
                log_group_arn: trail.text(text::LOG_GROUP),
                is_logging: logging.is_on,
                started_at: logging.started,
                stopped_at: logging.stopped,
                last_delivery_at: logging.delivered,
                delivery_error: logging.error.as_deref(),
                left_out: trail.left_out.as_deref(),
                records_all: records,
                why: why.as_deref(),
                said_by: Some(&said_by),
                differences: differences.as_deref(),
                source_file_id: Some(&best.at.0),
                source_record: Some(best.at.1),
            };
            out.push(u64::try_from(best.at.1).unwrap_or_default(), &row);
        }
    }
    Ok(vec![out])
}

/// Every trail that an item or an answer describes, by its key.
fn read(evidence: &dyn Evidence) -> Result<BTreeMap<String, Trail>, StoreError> {
    let mut trails: BTreeMap<String, Trail> = BTreeMap::new();
    let mut items = described(evidence, &ITEM_COLUMNS)?;
    // Copies of a trail stand in other Regions and in member accounts; the owner's item of the home Region speaks.
    items.sort_by_key(|said| {
        (owner_of(said) != said.account, !said.home.is_empty() && said.home != said.region, said.account.clone(), said.at.clone())
    });
    for said in items {
        let trail = trails.entry(key_of(&said)).or_default();
        trail.seen_in.insert(said.account.clone());
        if trail.said_by.insert(Source::Config) {
            trail.best = said;
        }
    }
    let mut answers = described(evidence, &ANSWER_COLUMNS)?;
    answers.sort_by(|a, b| a.at.cmp(&b.at));
    for said in answers {
        let trail = trails.entry(key_of(&said)).or_default();
        trail.seen_in.insert(said.account.clone());
        if !trail.said_by.insert(Source::DescribeTrails) {
            continue;
        }
        if trail.said_by.contains(&Source::Config) {
            trail.differences = differences(&trail.best, &said);
            trail.described = Some(said);
        } else {
            trail.best = said;
        }
    }
    selected(evidence, &mut trails)?;
    let named = Named::of(&trails);
    status(evidence, &mut trails, &named)?;
    calls(evidence, &mut trails, &named)?;
    Ok(trails)
}

/// The columns that describe a trail in one table.
struct Columns {
    table: &'static str,
    arn: &'static str,
    /// Where the ARN stands too.
    arn_of_item: &'static str,
    name: &'static str,
    id: &'static str,
    home: &'static str,
    account: &'static str,
    region: &'static str,
    /// In the order of [`FLAGS`]; empty where the table has no such column.
    flags: [&'static str; 6],
    /// In the order of [`TEXTS`].
    texts: [&'static str; 3],
}

/// Of the configuration items; columns of their own are declared by the type's TOML.
const ITEM_COLUMNS: Columns = Columns {
    table: "cloudtrail_trails",
    arn: "trail_arn",
    arn_of_item: ItemColumns::arn,
    name: ItemColumns::resource_name,
    id: ItemColumns::resource_id,
    home: "home_region",
    account: ItemColumns::account_id,
    region: ItemColumns::region,
    flags: [
        "is_multi_region_trail",
        "includes_global_events",
        "is_organization_trail",
        "log_file_validation_enabled",
        "has_custom_selectors",
        "has_insight_selectors",
    ],
    texts: ["s3_bucket_name", "kms_key_id", "log_group_arn"],
};

/// Of the answers of describe-trails.
const ANSWER_COLUMNS: Columns = Columns {
    table: TrailsRow::TABLE.name,
    arn: TrailsRow::trail_arn,
    arn_of_item: TrailsRow::trail_arn,
    name: TrailsRow::trail_name,
    id: TrailsRow::trail_name,
    home: TrailsRow::home_region,
    account: TrailsRow::asked_account_id,
    region: TrailsRow::asked_region,
    flags: [
        TrailsRow::is_multi_region_trail,
        TrailsRow::include_global_service_events,
        TrailsRow::is_organization_trail,
        TrailsRow::log_file_validation_enabled,
        TrailsRow::has_custom_event_selectors,
        "",
    ],
    texts: [TrailsRow::s3_bucket_name, TrailsRow::kms_key_id, TrailsRow::cloud_watch_logs_log_group_arn],
};

/// A frame's columns by name; a column that is not there has no values.
struct Rows<'f>(&'f DataFrame);

impl Rows<'_> {
    fn texts(&self, name: &str) -> PolarsResult<Vec<Option<String>>> {
        if name.is_empty() {
            return Ok(vec![None; self.0.height()]);
        }
        Ok(self.0.column(name).and_then(|c: &Column| c.str().cloned())?.iter().map(|text| text.map(str::to_owned)).collect())
    }

    fn flags(&self, name: &str) -> PolarsResult<Vec<Option<bool>>> {
        if name.is_empty() {
            return Ok(vec![None; self.0.height()]);
        }
        Ok(self.0.column(name).and_then(|c: &Column| c.bool().cloned())?.iter().collect())
    }

    fn times(&self, name: &str) -> PolarsResult<Vec<Option<i64>>> {
        let column = self.0.column(name)?.cast(&polars::prelude::DataType::Int64)?;
        Ok(column.i64()?.iter().collect())
    }

    fn sources(&self) -> PolarsResult<Vec<(String, i64)>> {
        let files = self.texts(SOURCE_FILE_ID)?;
        let records = self.times(SOURCE_RECORD)?;
        Ok(files.into_iter().zip(records).map(|(file, record)| (file.unwrap_or_default(), record.unwrap_or_default())).collect())
    }
}

/// The value of a column in a row.
fn at<T: Clone>(column: &[Option<T>], row: usize) -> Option<T> {
    column.get(row).cloned().flatten()
}

fn described(evidence: &dyn Evidence, columns: &Columns) -> Result<Vec<Said>, StoreError> {
    let frame = evidence.frame(columns.table)?;
    let rows = Rows(&frame);
    let read = || -> PolarsResult<Vec<Said>> {
        let (arns, arns_of_items) = (rows.texts(columns.arn)?, rows.texts(columns.arn_of_item)?);
        let (names, ids, homes) = (rows.texts(columns.name)?, rows.texts(columns.id)?, rows.texts(columns.home)?);
        let (accounts, regions) = (rows.texts(columns.account)?, rows.texts(columns.region)?);
        let flags = columns.flags.iter().map(|name| rows.flags(name)).collect::<PolarsResult<Vec<_>>>()?;
        let texts = columns.texts.iter().map(|name| rows.texts(name)).collect::<PolarsResult<Vec<_>>>()?;
        let sources = rows.sources()?;
        let is_answer = columns.table == TrailsRow::TABLE.name;
        let of = |row: usize| {
            steps::count(1);
            let stated = |column: &[Option<String>]| at(column, row).unwrap_or_default();
            let arn = Some(stated(&arns)).filter(|arn| !arn.is_empty()).unwrap_or_else(|| stated(&arns_of_items));
            let mut flag = [None; 6];
            flag.iter_mut().zip(&flags).for_each(|(place, column)| *place = at(column, row));
            // An answer that leaves a name out says that there is none; an item says so in the word none.
            let text = |column: &Vec<Option<String>>| {
                let value = at(column, row).map(|text| if text == "none" { String::new() } else { text });
                if is_answer { Some(value.unwrap_or_default()) } else { value }
            };
            let mut named = texts.iter().map(text);
            let texts = [named.next().flatten(), named.next().flatten(), named.next().flatten()];
            Said {
                arn,
                name: stated(&names),
                id: stated(&ids),
                home: stated(&homes),
                account: stated(&accounts),
                region: stated(&regions),
                flags: flag,
                texts,
                at: sources.get(row).cloned().unwrap_or_default(),
            }
        };
        Ok((0..frame.height()).map(of).collect())
    };
    read().map_err(|e| evidence.error(columns.table, e))
}

/// Settings on which AWS Config and describe-trails disagree.
fn differences(item: &Said, answer: &Said) -> Vec<String> {
    let yes_no = |flag: bool| if flag { "yes" } else { "no" };
    let mut all = Vec::new();
    for ((what, mine), theirs) in FLAGS.iter().zip(item.flags).zip(answer.flags) {
        if let (Some(mine), Some(theirs)) = (mine, theirs)
            && mine != theirs
        {
            all.push(format!("{what}: {} by AWS Config, {} by describe-trails", yes_no(mine), yes_no(theirs)));
        }
    }
    for ((what, mine), theirs) in TEXTS.iter().zip(&item.texts).zip(&answer.texts) {
        if let (Some(mine), Some(theirs)) = (mine, theirs)
            && mine != theirs
        {
            let named = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
            all.push(format!("{what}: {} by AWS Config, {} by describe-trails", named(mine), named(theirs)));
        }
    }
    all
}

/// What the answers of get-event-selectors leave out, by the ARN of the trail: an empty text for nothing, `None` where two
/// answers say different things or one cannot be read.
pub(super) fn left_out(frame: &DataFrame) -> PolarsResult<BTreeMap<String, Option<String>>> {
    let rows = Rows(frame);
    let (arns, texts, sources) =
        (rows.texts(TrailEventSelectorsRow::trail_arn)?, rows.texts(TrailEventSelectorsRow::selector)?, rows.sources()?);
    // Selectors of one answer, each once however many rows it gave.
    let mut answers: BTreeMap<(String, String), BTreeMap<i64, Value>> = BTreeMap::new();
    for row in 0..frame.height() {
        steps::count(1);
        let (Some(arn), Some((file, record))) = (at(&arns, row), sources.get(row)) else { continue };
        let selector = at(&texts, row).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null);
        answers.entry((arn, file.clone())).or_default().insert(*record, selector);
    }
    let mut all: BTreeMap<String, Option<String>> = BTreeMap::new();
    for ((arn, _), selectors) in answers {
        let list: Vec<Value> = selectors.into_values().collect();
        let said = selectors::recorded_value(&Value::Array(list)).ok().map(|recorded| recorded.left_out().unwrap_or_default());
        let known = all.entry(arn).or_insert_with(|| said.clone());
        if *known != said {
            *known = None;
        }
    }
    Ok(all)
}

fn selected(evidence: &dyn Evidence, trails: &mut BTreeMap<String, Trail>) -> Result<(), StoreError> {
    const NAME: &str = TrailEventSelectorsRow::TABLE.name;
    let frame = evidence.frame(NAME)?;
    for (arn, said) in left_out(&frame).map_err(|e| evidence.error(NAME, e))? {
        let Some(trail) = trails.get_mut(&arn) else { continue };
        trail.said_by.insert(Source::Selectors);
        if said.is_none() {
            trail.selector_question = Some("the answers of get-event-selectors cannot be read, or say different things".to_owned());
        }
        trail.left_out = said;
    }
    Ok(())
}

/// Keys of trails by what a file or call may name them by.
struct Named {
    by_name: BTreeMap<String, BTreeSet<String>>,
    by_account: BTreeMap<String, BTreeSet<String>>,
    all: BTreeSet<String>,
    home: BTreeMap<String, String>,
}

impl Named {
    fn of(trails: &BTreeMap<String, Trail>) -> Self {
        let mut named = Self { by_name: BTreeMap::new(), by_account: BTreeMap::new(), all: BTreeSet::new(), home: BTreeMap::new() };
        for (key, trail) in trails {
            for name in [&trail.best.name, &trail.best.arn] {
                named.by_name.entry(name.clone()).or_default().insert(key.clone());
            }
            for account in trail.seen_in.iter().map(String::as_str).chain([trail.owner()]) {
                named.by_account.entry(account.to_owned()).or_default().insert(key.clone());
            }
            named.all.insert(key.clone());
            if trail.flag(flag::ALL_REGIONS) != Some(true) {
                named.home.insert(key.clone(), trail.best.home.clone());
            }
        }
        named
    }

    /// Trails that a name, an account and a Region leave; what is not stated leaves all.
    fn meant(&self, name: Option<&str>, account: Option<&str>, region: Option<&str>) -> BTreeSet<String> {
        let none = BTreeSet::new();
        let of_name = name.map_or(&self.all, |name| self.by_name.get(name).unwrap_or(&none));
        let of_account = account.map_or(&self.all, |account| self.by_account.get(account).unwrap_or(&none));
        let here = |key: &&String| region.is_none_or(|region| self.home.get(*key).is_none_or(|home| home.is_empty() || home == region));
        of_name.intersection(of_account).filter(here).cloned().collect()
    }
}

/// An answer of get-trail-status: name of the trail, account and Region as far as stated, and what it says.
type Answer = (Option<String>, Option<String>, Option<String>, Logging);

/// Answers of get-trail-status; of several of one trail that with the latest time.
fn status(evidence: &dyn Evidence, trails: &mut BTreeMap<String, Trail>, named: &Named) -> Result<(), StoreError> {
    const NAME: &str = TrailStatusRow::TABLE.name;
    let frame = evidence.frame(NAME)?;
    let rows = Rows(&frame);
    let read = || -> PolarsResult<Vec<Answer>> {
        let (names, accounts, regions) =
            (rows.texts(TrailStatusRow::trail_name)?, rows.texts(TrailStatusRow::account_id)?, rows.texts(TrailStatusRow::region)?);
        let (on, errors) = (rows.flags(TrailStatusRow::is_logging)?, rows.texts(TrailStatusRow::latest_delivery_error)?);
        let [started, stopped, delivered] =
            [TrailStatusRow::start_logging_time, TrailStatusRow::stop_logging_time, TrailStatusRow::latest_delivery_time]
                .map(|name| rows.times(name));
        let (started, stopped, delivered) = (started?, stopped?, delivered?);
        let of = |row: usize| {
            let logging = Logging {
                is_on: at(&on, row),
                started: at(&started, row),
                stopped: at(&stopped, row),
                delivered: at(&delivered, row),
                error: at(&errors, row),
                question: None,
            };
            (at(&names, row), at(&accounts, row), at(&regions, row), logging)
        };
        Ok((0..frame.height()).map(of).collect())
    };
    let mut answers = read().map_err(|e| evidence.error(NAME, e))?;
    let latest = |l: &Logging| [l.started, l.stopped, l.delivered].into_iter().flatten().max();
    answers.sort_by_key(|(name, account, region, logging)| (latest(logging), name.clone(), account.clone(), region.clone()));
    for (name, account, region, logging) in answers {
        steps::count(1);
        let meant = named.meant(name.as_deref(), account.as_deref(), region.as_deref());
        let is_one = meant.len() == 1;
        for key in &meant {
            let Some(trail) = trails.get_mut(key) else { continue };
            if is_one {
                trail.said_by.insert(Source::Status);
                let question = trail.logging.question.take();
                trail.logging = Logging { question, ..logging.clone() };
            } else if logging.is_on == Some(false) || logging.error.is_some() {
                trail.logging.question = Some(
                    "an answer of get-trail-status says that a trail is not logging or not delivering, and does not say which".to_owned(),
                );
            }
        }
    }
    Ok(())
}

/// A call that started, stopped, made, narrowed or deleted a trail: time, name of the call, account, Region (empty: not
/// stated), trail, and the selectors it set.
type Call = (i64, String, String, String, String, Option<String>);

/// Calls of the period that start and stop trails: the last one before the as-of date decides where it is later than the
/// start that an answer states.
fn calls(evidence: &dyn Evidence, trails: &mut BTreeMap<String, Trail>, named: &Named) -> Result<(), StoreError> {
    const NAME: &str = CloudtrailEventsRow::TABLE.name;
    let columns = [
        CloudtrailEventsRow::event_name,
        CloudtrailEventsRow::event_time,
        CloudtrailEventsRow::account_id,
        CloudtrailEventsRow::aws_region,
        CloudtrailEventsRow::outcome,
        "request_parameters_name",
        SELECTORS,
    ];
    let frame = evidence.events(&CALLS, &columns)?;
    let engagement = evidence.frame("engagement")?;
    let as_of =
        Rows(&engagement).times(EngagementRow::as_of).map_err(|e| evidence.error(EngagementRow::TABLE.name, e))?.first().copied().flatten();
    let rows = Rows(&frame);
    let read = || -> PolarsResult<Vec<Call>> {
        let texts = [
            CloudtrailEventsRow::event_name,
            CloudtrailEventsRow::account_id,
            CloudtrailEventsRow::aws_region,
            "request_parameters_name",
            CloudtrailEventsRow::outcome,
            SELECTORS,
        ]
        .map(|name| rows.texts(name));
        let [names, accounts, regions, trails, outcomes, selectors] = texts;
        let (names, accounts, regions, trails, outcomes, selectors) = (names?, accounts?, regions?, trails?, outcomes?, selectors?);
        let times = rows.times(CloudtrailEventsRow::event_time)?;
        let of = |row: usize| {
            let done = at(&outcomes, row).as_deref() == Some("success");
            let time = at(&times, row).filter(|time| done && as_of.is_none_or(|as_of| *time < as_of))?;
            Some((
                time,
                at(&names, row)?,
                at(&accounts, row)?,
                at(&regions, row).unwrap_or_default(),
                at(&trails, row)?,
                at(&selectors, row),
            ))
        };
        Ok((0..frame.height()).filter_map(of).collect())
    };
    let mut calls = read().map_err(|e| evidence.error(NAME, e))?;
    calls.sort();
    let mut narrowed: BTreeMap<String, (i64, Option<String>)> = BTreeMap::new();
    for (time, call, account, region, name, set) in calls {
        steps::count(1);
        let is_arn = name.starts_with("arn:");
        let (account, region) = if is_arn { (None, None) } else { (Some(account.as_str()), Some(region.as_str())) };
        let meant = named.meant(Some(&name), account, region.filter(|region| !region.is_empty()));
        let Some(key) = meant.first().filter(|_| meant.len() == 1) else { continue };
        let Some(trail) = trails.get_mut(key) else { continue };
        if call == "PutEventSelectors" {
            narrowed.insert(key.clone(), (time, set));
            continue;
        }
        if call == "CreateTrail" {
            // A trail made anew has selectors of its own only if another call sets them.
            narrowed.remove(key);
        }
        let logging = &mut trail.logging;
        let off = matches!(call.as_str(), "StopLogging" | "DeleteTrail");
        // An answer that states a later start or stop was given after the call.
        let known = [logging.started, logging.stopped].into_iter().flatten().max();
        if known.is_some_and(|known| known / 1_000_000 > time / 1_000_000) {
            if off {
                logging.stopped = logging.stopped.max(Some(time));
            }
            continue;
        }
        if off {
            (logging.is_on, logging.stopped) = (Some(false), Some(time));
        } else if call == "StartLogging" {
            (logging.is_on, logging.started) = (Some(true), Some(time));
        } else if logging.is_on == Some(false) {
            // A trail of the same name, made anew.
            logging.is_on = None;
        }
    }
    for (key, (time, set)) in narrowed {
        if let Some(trail) = trails.get_mut(&key) {
            trail.set_selectors(time, set.as_deref());
        }
    }
    Ok(())
}
