//! What SQL cannot decide about configuration, as tables: what networks open, who may reach resources, what policies grant
//! and where that leads. Computed when a table is first asked for: from the versions of items that stand at the as-of date,
//! and for the `_history` of a table from all versions up to it.

use std::collections::BTreeSet;

use polars::prelude::{Column, DataFrame, DataType, PolarsResult};
use serde_json::Value;

use super::{actors, event_openings, exposures, grants, openings, powers, silences, standings, trail_states};
use crate::ingest::batch::{Batch, Cell};
use crate::schema::Schema;
use crate::store::StoreError;

/// Tables that are computed here.
pub const TABLES: [&str; 14] = [
    actors::ACTORS,
    actors::LISTED,
    actors::SESSIONS,
    event_openings::EVENT_OPENINGS,
    exposures::EXPOSURES,
    exposures::TRANSPORT,
    grants::GRANTS,
    openings::OPENINGS,
    openings::PORTS,
    powers::POWERS,
    silences::SILENCES,
    standings::ESCALATIONS,
    standings::STANDINGS,
    trail_states::TRAIL_STATES,
];

/// The versions of items that facts are computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// Those that stand at the as-of date.
    Standing,
    /// All that were captured before it.
    All,
}

/// Types of the resources that a table of facts has a row for, whichever form they were delivered in.
pub fn types(table: &str) -> &'static [&'static str] {
    if table == trail_states::TRAIL_STATES { &[trail_states::TYPE] } else { &[] }
}

/// What facts are computed from.
pub trait Evidence {
    /// A table as queries see it.
    ///
    /// # Errors
    /// When it cannot be read.
    fn frame(&self, name: &str) -> Result<DataFrame, StoreError>;

    /// The valid versions of the items of some types, with the columns of `config_items`.
    ///
    /// # Errors
    /// When they cannot be read.
    fn items(&self, types: &[&str]) -> Result<DataFrame, StoreError>;

    /// All versions of these items that were captured before the as-of date, with the columns of `config_items`, and when
    /// each stood: `valid_to`, and `earlier_unknown`.
    ///
    /// # Errors
    /// When they cannot be read.
    fn item_versions(&self, types: &[&str]) -> Result<DataFrame, StoreError>;

    /// Events of these names in the period, some columns.
    ///
    /// # Errors
    /// When they cannot be read.
    fn events(&self, names: &[&str], columns: &[&str]) -> Result<DataFrame, StoreError>;

    /// `activity` as records state it, before [`actors`] moved a class.
    ///
    /// # Errors
    /// When it cannot be read.
    fn recorded_activity(&self) -> Result<DataFrame, StoreError>;

    /// An error of the query engine over a table.
    fn error(&self, name: &str, error: polars::prelude::PolarsError) -> StoreError;
}

/// The table that stands for all that are computed together with this one.
pub fn family(name: &str) -> &str {
    match name {
        exposures::TRANSPORT => exposures::EXPOSURES,
        openings::PORTS => openings::OPENINGS,
        standings::ESCALATIONS => standings::STANDINGS,
        actors::LISTED | actors::SESSIONS => actors::ACTORS,
        other => other,
    }
}

/// A table of facts, and those computed with it. Of tables without a `_history` there are standing ones only.
///
/// # Errors
/// When what it is computed from cannot be read.
pub fn compute(name: &str, which: Which, schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    match family(name) {
        actors::ACTORS => actors::compute(schema, evidence),
        event_openings::EVENT_OPENINGS => event_openings::compute(schema, evidence),
        exposures::EXPOSURES => exposures::compute(which, schema, evidence),
        grants::GRANTS => grants::compute(schema, evidence),
        openings::OPENINGS => openings::compute(which, schema, evidence),
        powers::POWERS => powers::compute(which, schema, evidence),
        silences::SILENCES => silences::compute(schema, evidence),
        standings::STANDINGS => standings::compute(schema, evidence),
        trail_states::TRAIL_STATES => trail_states::compute(schema, evidence),
        _ => Ok(Vec::new()),
    }
}

/// A version of an item.
#[derive(Debug, Clone, Default)]
pub struct Item {
    /// Id of the version.
    pub item_id: String,
    /// 12 digits.
    pub account: String,
    /// Region, or `global`.
    pub region: String,
    /// Type.
    pub kind: String,
    /// AWS Config's `resourceId`.
    pub id: String,
    /// Name, else the id.
    pub name: String,
    /// ARN; empty when not stated.
    pub arn: String,
    /// `configuration`; null when not delivered.
    pub configuration: Value,
    /// `supplementaryConfiguration`; null when not delivered.
    pub supplementary: Value,
    /// When it stood.
    pub span: Validity,
    /// Whether the resource may have been there before, in a version that no file holds.
    pub earlier_unknown: bool,
    /// File.
    pub file: String,
    /// Record in the file.
    pub record: u64,
}

impl Item {
    /// The valid versions of the items of some types, in the order of account, Region, type and id.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(evidence: &dyn Evidence, types: &[&str]) -> Result<Vec<Self>, StoreError> {
        Self::versions(Which::Standing, evidence, types)
    }

    /// The same of versions that may have ended; those of a resource in the order of time.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn versions(which: Which, evidence: &dyn Evidence, types: &[&str]) -> Result<Vec<Self>, StoreError> {
        let frame = match which {
            Which::Standing => evidence.items(types)?,
            Which::All => evidence.item_versions(types)?,
        };
        let mut items = Self::of(&frame).map_err(|e| evidence.error("config_items", e))?;
        let place = |item: &Self| (item.span.from, item.span.to.is_none(), item.span.to);
        items.sort_by(|a, b| {
            let resource = (&a.account, &a.region, &a.kind, &a.id).cmp(&(&b.account, &b.region, &b.kind, &b.id));
            resource.then_with(|| place(a).cmp(&place(b))).then_with(|| a.item_id.cmp(&b.item_id))
        });
        Ok(items)
    }

    fn of(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let text = |name: &str| frame.column(name).and_then(|c: &Column| c.str().cloned());
        let (item_id, account, region) = (text("item_id")?, text("account_id")?, text("region")?);
        let (kind, id, name, arn) = (text("resource_type")?, text("resource_id")?, text("resource_name")?, text("arn")?);
        let (configuration, supplementary) = (text("configuration")?, text("supplementary_configuration")?);
        let (file, record) = (text("source_file_id")?, frame.column("source_record")?.i64()?.clone());
        let time = |name: &str| frame.column(name)?.cast(&DataType::Int64)?.i64().cloned();
        // Standing versions have no end, and rows of a case none either.
        let (from, to) = (time("captured_at")?, time("valid_to").ok());
        let earlier = frame.column("earlier_unknown").and_then(|c| c.bool().cloned()).ok();
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        // What was kept as a document is one; a text that is none says nothing.
        let document = |text: Option<&str>| text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
        let row = |row: usize| Self {
            item_id: owned(item_id.get(row)),
            account: owned(account.get(row)),
            region: owned(region.get(row)),
            kind: owned(kind.get(row)),
            id: owned(id.get(row)),
            name: owned(name.get(row).or(id.get(row))),
            arn: owned(arn.get(row)),
            configuration: document(configuration.get(row)),
            supplementary: document(supplementary.get(row)),
            span: Validity { from: from.get(row), to: to.as_ref().and_then(|to| to.get(row)) },
            earlier_unknown: earlier.as_ref().is_none_or(|earlier| earlier.get(row) != Some(false)),
            file: owned(file.get(row)),
            record: record.get(row).and_then(|n| u64::try_from(n).ok()).unwrap_or_default(),
        };
        Ok((0..frame.height()).map(row).collect())
    }
}

/// When a fact held, in UTC microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validity {
    /// Capture time of the version that shows it first; `None` where that is not stated.
    pub from: Option<i64>,
    /// When a later version or a deletion ended it; `None`: it stands at the as-of date.
    pub to: Option<i64>,
}

impl Validity {
    /// The two columns.
    pub fn cells(self) -> [Cell<'static>; 2] {
        [Cell::micros(self.from), Cell::micros(self.to)]
    }

    /// The stretches between changes of what else a fact rests on. Of standing versions only the last one counts.
    pub fn cut(self, which: Which, changes: impl IntoIterator<Item = i64>) -> Vec<Self> {
        let inside = |at: &i64| self.from.is_none_or(|from| from < *at) && self.to.is_none_or(|to| *at < to);
        let cuts: BTreeSet<i64> = changes.into_iter().filter(inside).collect();
        let ends = cuts.iter().copied().map(Some).chain([self.to]);
        let starts = [self.from].into_iter().chain(cuts.iter().copied().map(Some));
        let mut all: Vec<Self> = starts.zip(ends).map(|(from, to)| Self { from, to }).collect();
        if which == Which::Standing {
            all.drain(..all.len() - 1);
        }
        all
    }
}

/// What is known of a resource at a time.
#[derive(Debug, PartialEq, Eq)]
pub enum Then<'t, T> {
    /// It is this.
    Is(&'t T),
    /// It is not there.
    Absent,
    /// Nothing shows it.
    Unknown,
}

/// What the versions of one resource come to, in the order of time.
#[derive(Debug)]
pub struct Timeline<T> {
    /// When each stood, whether the resource may have been there before, and what it comes to.
    versions: Vec<(Validity, bool, T)>,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { versions: Vec::new() }
    }
}

impl<T> Timeline<T> {
    /// Adds a version. Items of several Regions may say the same of a global resource.
    pub fn push(&mut self, item: &Item, what: T) {
        let place = self.versions.partition_point(|(span, ..)| span.from <= item.span.from);
        self.versions.insert(place, (item.span, item.earlier_unknown, what));
    }

    /// When it changes.
    pub fn changes(&self) -> impl Iterator<Item = i64> {
        self.versions.iter().flat_map(|(span, ..)| [span.from, span.to]).flatten()
    }

    /// What it is at a time; `None` is before all times that are stated.
    pub fn at(&self, time: Option<i64>) -> Then<'_, T> {
        let begun = self.versions.partition_point(|(span, ..)| span.from <= time);
        let (before, after) = self.versions.split_at(begun);
        let is_in = |span: &Validity| span.to.is_none_or(|to| time.is_none_or(|time| time < to));
        // It was not there before a version that begins it, and not after one that a deletion ended.
        match (before.iter().rev().find(|(span, ..)| is_in(span)), after.first()) {
            (Some((_, _, what)), _) => Then::Is(what),
            (None, Some((_, true, _))) => Then::Unknown,
            (None, None) if before.is_empty() => Then::Unknown,
            (None, _) => Then::Absent,
        }
    }
}

/// Accounts and the resource types that AWS Config records there, or that were delivered whole.
///
/// # Errors
/// When the table cannot be read.
pub fn recorded(evidence: &dyn Evidence) -> Result<Vec<(String, String)>, StoreError> {
    const TABLE: &str = "recorded_types";
    let frame = evidence.frame(TABLE)?;
    let error = |e| evidence.error(TABLE, e);
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(error);
    let (accounts, types) = (text("account_id")?, text("resource_type")?);
    let recorded = frame.column("recorded").and_then(|c| c.bool().cloned()).map_err(error)?;
    let rows = accounts.iter().zip(types.iter()).zip(recorded.iter());
    Ok(rows.filter_map(|((account, kind), is)| Some((account?.to_owned(), is.filter(|is| *is).and(kind)?.to_owned()))).collect())
}

/// Names given of a list; the rest counted.
const NAMED: usize = 3;

/// The first of some names, and how many more there are.
pub fn few<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    shortened(names, ", ", " ")
}

/// The same of phrases, which may hold commas.
pub fn few_phrases(phrases: BTreeSet<String>) -> String {
    shortened(phrases, "; ", "; ")
}

fn shortened<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, between: &str, before_rest: &str) -> String {
    let mut texts = texts.into_iter();
    let mut shown = texts.by_ref().take(NAMED).fold(String::new(), |mut shown, text| {
        shown.push_str(if shown.is_empty() { "" } else { between });
        shown.push_str(text.as_ref());
        shown
    });
    let more = texts.count();
    if more > 0 {
        shown.push_str(&format!("{before_rest}and {more} more"));
    }
    shown
}

/// A member whatever the case of its first letter: AWS Config writes some services' members as their API does.
pub fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let members = value.as_object()?;
    let found = members.get(name).or_else(|| {
        let mut letters = name.chars();
        let first = letters.next()?;
        let other = if first.is_lowercase() { first.to_ascii_uppercase() } else { first.to_ascii_lowercase() };
        members.get(&format!("{other}{}", letters.as_str()))
    })?;
    (!found.is_null()).then_some(found)
}

/// A list, or one element as a list of one; nothing for nothing.
pub fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(list)) => list,
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    }
}

/// A text that is not empty.
pub fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    member(value, name)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(from: Option<i64>, to: Option<i64>, earlier_unknown: bool) -> Item {
        Item { span: Validity { from, to }, earlier_unknown, ..Item::default() }
    }

    #[test]
    fn a_span_is_cut_where_what_it_rests_on_changes() {
        let span = |from, to| Validity { from, to };
        let cut = |from, to, which| span(from, to).cut(which, [5, 10, 20]);
        assert_eq!(cut(Some(5), Some(20), Which::All), [span(Some(5), Some(10)), span(Some(10), Some(20))]);
        assert_eq!(cut(None, None, Which::All).len(), 4);
        assert_eq!(cut(Some(30), None, Which::All), [span(Some(30), None)]);
        assert_eq!(cut(Some(7), None, Which::Standing), [span(Some(20), None)]);
        assert_eq!(span(None, None).cut(Which::Standing, []), [span(None, None)]);
    }

    #[test]
    fn a_timeline_tells_what_was_absent_from_what_nothing_shows() {
        let mut line = Timeline::default();
        assert_eq!(line.at(Some(1)), Then::Unknown);
        line.push(&item(Some(10), Some(20), false), "first");
        line.push(&item(Some(20), Some(30), false), "second");
        line.push(&item(Some(40), None, false), "third");
        let at = [None, Some(9), Some(10), Some(19), Some(20), Some(30), Some(39), Some(99)].map(|time| line.at(time));
        use Then::{Absent, Is};
        assert_eq!(at, [Absent, Absent, Is(&"first"), Is(&"first"), Is(&"second"), Absent, Absent, Is(&"third")]);
        let mut line = Timeline::default();
        line.push(&item(Some(10), None, true), ());
        assert_eq!((line.at(Some(9)), line.at(Some(10))), (Then::Unknown, Is(&())));
        line.push(&item(Some(50), None, true), ());
        assert_eq!(line.at(Some(49)), Is(&()), "an end that is not stated");
        let mut line = Timeline::default();
        line.push(&item(Some(10), Some(20), false), ());
        line.push(&item(Some(40), None, true), ());
        assert_eq!((line.at(Some(9)), line.at(Some(30))), (Absent, Then::Unknown), "recording had stopped");
        let mut line = Timeline::default();
        line.push(&item(Some(20), Some(30), false), "of one Region");
        line.push(&item(Some(10), None, false), "of another");
        assert_eq!((line.at(Some(25)), line.at(Some(35))), (Is(&"of one Region"), Is(&"of another")));
        let mut line = Timeline::default();
        line.push(&item(None, None, true), ());
        assert_eq!((line.at(None), line.at(Some(10))), (Is(&()), Is(&())), "a version without a time counts as before all others");
    }

    #[test]
    fn of_many_names_the_first_are_given() {
        assert_eq!((few(Vec::<String>::new()), few(["a"]), few(["a", "b", "c"])), (String::new(), "a".to_owned(), "a, b, c".to_owned()));
        assert_eq!(few(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
        assert_eq!(few_phrases(["a", "b", "c", "d"].map(str::to_owned).into()), "a; b; c; and 1 more");
    }
}
