//! From an item's documents to the columns its type declares.
//!
//! A path that leads nowhere, or to null, yields the column's `absent` value where the parent document
//! was delivered, else NULL: "known to be absent" and "not delivered" stay apart. A value of another
//! type than declared is NULL and counted, never guessed.

use std::borrow::Cow;

use super::Tally;
use super::item::Item;
use super::mask;
use crate::base::time;
use crate::ingest::batch::{Cell, Output};
use crate::ingest::reading::tree::{self, Tree};
use crate::schema::resource::{AbsentValue, ListTable, Path, ResourceColumn, ResourceTable, Step, ValueType};
use crate::schema::tables::{ItemColumns, ListColumns};

/// A value on its way into a cell; owned where it had to be written anew.
#[derive(Debug, Clone, PartialEq)]
enum Got<'v> {
    Null,
    Text(Cow<'v, str>),
    Bool(bool),
    Int(i64),
    Double(f64),
    Micros(i64),
}

impl Got<'_> {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Text(text) => Cell::Text(text),
            Self::Bool(flag) => Cell::Bool(*flag),
            Self::Int(number) => Cell::Int(*number),
            Self::Double(number) => Cell::Double(*number),
            Self::Micros(micros) => Cell::Micros(*micros),
        }
    }
}

/// The columns every item has.
pub fn common<'i>(item: &'i Item<'_>) -> ItemColumns<'i> {
    let epoch = |micros: Option<i64>| micros.map(time::epoch_seconds);
    ItemColumns {
        item_id: Some(&item.item_id),
        account_id: item.account_id.as_deref(),
        region: item.region.as_deref(),
        availability_zone: item.availability_zone.as_deref(),
        resource_type: item.resource_type.as_deref(),
        resource_id: item.resource_id.as_deref(),
        resource_name: item.resource_name.as_deref(),
        arn: item.arn.as_deref(),
        item_status: item.status.as_deref(),
        captured_at: item.captured_at,
        captured_date: item.captured_at.map(time::day_of),
        captured_epoch: epoch(item.captured_at),
        created_at: item.created_at,
        created_epoch: epoch(item.created_at),
        state_id: item.state_id.as_deref(),
    }
}

/// The values of `secret_keys` columns, taken before masking, in the order [`rows`] asks for them.
#[derive(Debug, Default)]
pub struct Secrets {
    values: Vec<Option<String>>,
}

/// Reads the `secret_keys` columns of an item that is not masked yet.
pub fn secrets(item: &Item<'_>, table: &ResourceTable) -> Secrets {
    let mut values = Vec::new();
    let is_secret = |column: &&ResourceColumn| column.ty == ValueType::SecretKeys;
    let mut unused = Tally::default();
    let mut take = |column: &ResourceColumn, elements: &[&Tree<'_>]| {
        values.push(match value(item, column, elements, "", &mut unused) {
            Got::Text(text) => Some(text.into_owned()),
            _ => None,
        });
    };
    for column in table.columns.iter().filter(is_secret) {
        take(column, &[]);
    }
    for list in table.lists.iter().filter(|l| l.columns.iter().any(|c| is_secret(&c))) {
        each_element(item, list, &mut |elements| {
            for column in list.columns.iter().filter(is_secret) {
                take(column, elements);
            }
        });
    }
    Secrets { values }
}

/// Whether the type declares a column that [`secrets`] must read.
pub fn wants_secrets(table: &ResourceTable) -> bool {
    let secret = |c: &ResourceColumn| c.ty == ValueType::SecretKeys;
    table.columns.iter().any(secret) || table.lists.iter().any(|l| l.columns.iter().any(secret))
}

/// Writes the rows of one declared table and its lists for a masked item.
pub fn rows(item: &Item<'_>, table: &ResourceTable, secrets: Secrets, record: u64, tally: &mut Tally, out: &mut Output<'_>) {
    let mut secrets = secrets.values.into_iter();
    let got: Vec<Got<'_>> = table
        .columns
        .iter()
        .map(|column| match column.ty {
            ValueType::SecretKeys => secret(&mut secrets),
            _ => value(item, column, &[], &table.name, tally),
        })
        .collect();
    out.row_after(&table.name, record, &common(item), got.iter().map(Got::cell));
    for list in &table.lists {
        let mut position = 0;
        each_element(item, list, &mut |elements| {
            let got: Vec<Got<'_>> = list
                .columns
                .iter()
                .map(|column| match column.ty {
                    ValueType::SecretKeys => secret(&mut secrets),
                    _ => value(item, column, elements, &list.name, tally),
                })
                .collect();
            let head = ListColumns {
                item_id: Some(&item.item_id),
                account_id: item.account_id.as_deref(),
                region: item.region.as_deref(),
                resource_id: item.resource_id.as_deref(),
                position: Some(position),
            };
            out.row_after(&list.name, record, &head, got.iter().map(Got::cell));
            position += 1;
        });
    }
}

fn secret<'v>(secrets: &mut impl Iterator<Item = Option<String>>) -> Got<'v> {
    secrets.next().flatten().map_or(Got::Null, |text| Got::Text(Cow::Owned(text)))
}

/// Calls `each` with the elements of all list levels, outermost first, for every innermost element.
fn each_element<'v>(item: &'v Item<'_>, list: &ListTable, each: &mut dyn FnMut(&[&'v Tree<'v>])) {
    if let Some((root, steps)) = root(item, &list.path.steps) {
        descend(root, steps, &mut Vec::new(), each);
    }
}

fn descend<'v>(value: &'v Tree<'v>, steps: &[Step], above: &mut Vec<&'v Tree<'v>>, each: &mut dyn FnMut(&[&'v Tree<'v>])) {
    let until = steps.iter().position(|s| *s == Step::Each).unwrap_or(steps.len());
    let Some(list) = follow(value, &steps[..until]) else { return };
    let rest = steps.get(until + 1..).unwrap_or(&[]);
    let mut visit = |element: &'v Tree<'v>| {
        if element.is_null() {
            return;
        }
        above.push(element);
        if rest.is_empty() {
            each(above);
        } else {
            descend(element, rest, above, each);
        }
        above.pop();
    };
    match list {
        Tree::List(elements) => elements.iter().for_each(visit),
        // A map from ids to objects, as inventories have it, or one element delivered without its list.
        Tree::Object(members) if !members.is_empty() && members.values().all(Tree::is_object) => {
            members.values().for_each(visit);
        }
        Tree::Object(members) if members.is_empty() => {}
        other => visit(other),
    }
}

/// The document a path starts in, and the rest of the path.
fn root<'v, 's>(item: &'v Item<'_>, steps: &'s [Step]) -> Option<(&'v Tree<'v>, &'s [Step])> {
    let Some((Step::Key(name), rest)) = steps.split_first() else { return None };
    match name.as_str() {
        "configuration" => Some((&item.configuration, rest)),
        "supplementaryConfiguration" => Some((&item.supplementary, rest)),
        _ => None,
    }
}

/// The value at the end of a path; null counts as nothing.
fn follow<'v>(value: &'v Tree<'v>, steps: &[Step]) -> Option<&'v Tree<'v>> {
    let mut value = value;
    for (index, step) in steps.iter().enumerate() {
        value = match (step, value) {
            (Step::Key(name), Tree::Object(members)) => members.member(name)?,
            // `state.value` also reads the items that give the scalar itself.
            (Step::Key(name), scalar) if name == "value" && !scalar.is_list() => scalar,
            (Step::Match { key, value: wanted }, Tree::List(elements)) => {
                let is_wanted = |element: &&Tree<'_>| element.field(key).and_then(Tree::scalar_text).is_some_and(|text| text == *wanted);
                elements.iter().find(is_wanted)?
            }
            (Step::Each, list @ Tree::List(_)) if index + 1 == steps.len() => list,
            _ => return None,
        };
    }
    (!value.is_null()).then_some(value)
}

/// What a path leads to: in the item's documents, its tags, or the elements of the lists above.
fn at_path<'v>(item: &'v Item<'_>, path: &Path, elements: &[&'v Tree<'v>]) -> Option<Cow<'v, Tree<'v>>> {
    let climbs = path.steps.iter().take_while(|s| **s == Step::Up).count();
    let steps = &path.steps[climbs..];
    if let Some(element) = elements.len().checked_sub(climbs + 1).and_then(|i| elements.get(i)) {
        return follow(element, steps).map(Cow::Borrowed);
    }
    if climbs > elements.len() {
        return None;
    }
    if let [Step::Key(tags), Step::Key(key)] = steps
        && tags == "tags"
    {
        let (_, value) = item.tags.iter().find(|(name, _)| name == key)?;
        return value.as_deref().map(|text| Cow::Owned(Tree::Text(Cow::Borrowed(text))));
    }
    let (root, steps) = root(item, steps)?;
    follow(root, steps).map(Cow::Borrowed)
}

/// Whether the document a path looks into was delivered.
fn delivered(item: &Item<'_>, path: &Path, in_list: bool) -> bool {
    if in_list {
        return true;
    }
    match path.steps.first() {
        Some(Step::Key(name)) => match name.as_str() {
            "configuration" => item.configuration.is_object(),
            "supplementaryConfiguration" => item.supplementary.is_object(),
            "tags" => item.tags_delivered,
            _ => false,
        },
        _ => false,
    }
}

fn value<'v>(item: &'v Item<'_>, column: &ResourceColumn, elements: &[&'v Tree<'v>], table: &str, tally: &mut Tally) -> Got<'v> {
    for path in &column.paths {
        let Some(found) = at_path(item, path, elements) else { continue };
        let name = path.steps.iter().rev().find_map(|s| if let Step::Key(name) = s { Some(name.as_str()) } else { None });
        let got = match found {
            Cow::Borrowed(value) => convert(value, column.ty, name.unwrap_or("")),
            Cow::Owned(value) => convert(&value, column.ty, name.unwrap_or("")).map(owned),
        };
        return got.unwrap_or_else(|| {
            tally.add(format!("values of {table}.{} are of another type than declared and stored as NULL", column.name));
            Got::Null
        });
    }
    let known = !item.partial && !item.is_deleted() && column.paths.iter().all(|p| delivered(item, p, !elements.is_empty()));
    match &column.absent {
        Some(absent) if known => absent_value(absent, column.ty),
        _ => Got::Null,
    }
}

fn owned<'v>(got: Got<'_>) -> Got<'v> {
    match got {
        Got::Text(text) => Got::Text(Cow::Owned(text.into_owned())),
        Got::Null => Got::Null,
        Got::Bool(flag) => Got::Bool(flag),
        Got::Int(number) => Got::Int(number),
        Got::Double(number) => Got::Double(number),
        Got::Micros(micros) => Got::Micros(micros),
    }
}

/// A value as the declared type; `None` when it is of another one.
fn convert<'v>(value: &'v Tree<'_>, ty: ValueType, name: &str) -> Option<Got<'v>> {
    // "" stands for "no value" wherever text is no possible answer.
    let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    Some(match ty {
        ValueType::String => Got::Text(value.scalar_text()?),
        ValueType::Json => Got::Text(Cow::Owned(value.to_text())),
        ValueType::SecretKeys => {
            let names = mask::secret_keys(value, name);
            Got::Text(Cow::Owned(Tree::texts(names.iter().map(String::as_str)).to_text()))
        }
        _ if blank => Got::Null,
        ValueType::Present => Got::Bool(true),
        ValueType::Boolean => match value {
            Tree::Bool(flag) => Got::Bool(*flag),
            Tree::Text(text) if text.eq_ignore_ascii_case("true") => Got::Bool(true),
            Tree::Text(text) if text.eq_ignore_ascii_case("false") => Got::Bool(false),
            _ => return None,
        },
        ValueType::Bigint => match value {
            Tree::Number(number) => Got::Int(tree::whole(number)?),
            Tree::Text(text) => {
                let text = text.trim();
                Got::Int(text.parse().ok().or_else(|| tree::whole_of(text.parse().ok()?))?)
            }
            _ => return None,
        },
        ValueType::Double => match value {
            Tree::Number(number) => Got::Double(number.as_f64()?),
            Tree::Text(text) => Got::Double(text.trim().parse().ok().filter(|n: &f64| n.is_finite())?),
            _ => return None,
        },
        ValueType::Epoch => Got::Int(time::epoch_seconds(moment(value)?)),
        ValueType::Timestamp => Got::Micros(moment(value)?),
        ValueType::Count => match value {
            Tree::List(elements) => Got::Int(i64::try_from(elements.len()).ok()?),
            Tree::Object(members) => Got::Int(i64::try_from(members.len()).ok()?),
            _ => return None,
        },
    })
}

/// A time as text or as a number, UTC microseconds.
fn moment(value: &Tree<'_>) -> Option<i64> {
    match value {
        Tree::Text(text) => time::parse(text).ok(),
        Tree::Number(number) => time::of_number(number).ok(),
        _ => None,
    }
}

fn absent_value<'v>(absent: &AbsentValue, ty: ValueType) -> Got<'v> {
    let value = match absent {
        AbsentValue::Bool(flag) => Tree::Bool(*flag),
        AbsentValue::Int(number) => Tree::Number((*number).into()),
        AbsentValue::Text(text) => Tree::Text(Cow::Borrowed(text)),
    };
    match (ty, &value) {
        (ValueType::Count, Tree::Number(_)) => convert(&value, ValueType::Bigint, "").map_or(Got::Null, owned),
        // The declared text is the cell's text, not a JSON string of it.
        (ValueType::Json | ValueType::SecretKeys, _) => convert(&value, ValueType::String, "").map_or(Got::Null, owned),
        _ => convert(&value, ty, "").map_or(Got::Null, owned),
    }
}
