//! What a CloudTrail trail or event data store records, from its event selectors as exported.
//!
//! Reads `EventSelectors` and `AdvancedEventSelectors` as the CLI, Config and CloudTrail's own records write them: names
//! without case, JSON or JSON inside a string. Several selectors add up: an event is recorded if one of them takes it
//! ("Logging management events" and "Logging data events", AWS CloudTrail User Guide; `AdvancedFieldSelector`, CloudTrail
//! API Reference). A trail without any selector of its own records all management events and no data events.
//!
//! Within a field, values of `Equals`, `StartsWith` and `EndsWith` are alternatives and those of the `Not…` forms each
//! exclude; all fields of a selector must hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// How far one kind of event is recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// All of them.
    All,
    /// All but those of some event sources (`kms.amazonaws.com`), lower case.
    AllBut(BTreeSet<String>),
    /// Only events that further fields choose: names of the fields, lower case.
    Limited(BTreeSet<String>),
    /// None.
    Nothing,
}

impl Extent {
    /// Short code: `all`, `all_but`, `limited` or `none`.
    pub fn code(&self) -> &'static str {
        match self {
            Extent::All => "all",
            Extent::AllBut(_) => "all_but",
            Extent::Limited(_) => "limited",
            Extent::Nothing => "none",
        }
    }

    /// What two selectors record together. An event source that only one of them excludes is recorded by the other.
    fn or(self, other: Extent) -> Extent {
        match (self, other) {
            (Extent::All, _) | (_, Extent::All) => Extent::All,
            (Extent::AllBut(a), Extent::AllBut(b)) => all_but(a.intersection(&b).cloned().collect()),
            (but @ Extent::AllBut(_), _) | (_, but @ Extent::AllBut(_)) => but,
            (Extent::Limited(a), Extent::Limited(b)) => Extent::Limited(a.union(&b).cloned().collect()),
            (limited @ Extent::Limited(_), _) | (_, limited @ Extent::Limited(_)) => limited,
            (Extent::Nothing, Extent::Nothing) => Extent::Nothing,
        }
    }
}

fn all_but(sources: BTreeSet<String>) -> Extent {
    if sources.is_empty() { Extent::All } else { Extent::AllBut(sources) }
}

/// Reads and writes of one kind of event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recording {
    /// Events that only read.
    pub read: Extent,
    /// Events that change something.
    pub write: Extent,
}

impl Recording {
    const NOTHING: Recording = Recording { read: Extent::Nothing, write: Extent::Nothing };

    fn add(&mut self, read: bool, write: bool, extent: &Extent) {
        for (wanted, place) in [(read, &mut self.read), (write, &mut self.write)] {
            if wanted {
                *place = std::mem::replace(place, Extent::Nothing).or(extent.clone());
            }
        }
    }

    /// Whether every event of the kind is recorded.
    pub fn is_complete(&self) -> bool {
        self.read == Extent::All && self.write == Extent::All
    }
}

/// What the selectors record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Management events.
    pub management: Recording,
    /// Data events by resource type (`AWS::S3::Object`). [`Extent::Limited`] where only some resources or names are chosen.
    pub data: BTreeMap<String, Recording>,
    /// Network activity events by event source.
    pub network_activity: BTreeMap<String, Recording>,
}

impl Recorded {
    /// What a trail without event selectors records: all management events.
    pub fn by_default() -> Self {
        Recorded {
            management: Recording { read: Extent::All, write: Extent::All },
            data: BTreeMap::new(),
            network_activity: BTreeMap::new(),
        }
    }

    /// What of the management events is not recorded, in words; `None` where all are.
    pub fn left_out(&self) -> Option<String> {
        if self.management.is_complete() {
            return None;
        }
        let sources: Vec<&str> = self.excluded_sources().into_iter().collect();
        let of = |extent: &Extent, what: &str| match extent {
            Extent::All => None,
            Extent::AllBut(_) => Some(format!("{what} without {}", sources.join(", "))),
            Extent::Limited(_) => Some(format!("only some {what}")),
            Extent::Nothing => Some(format!("no {what}")),
        };
        let parts = [of(&self.management.read, "read management events"), of(&self.management.write, "write management events")];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" and "))
    }

    fn nothing() -> Self {
        Recorded { management: Recording::NOTHING, data: BTreeMap::new(), network_activity: BTreeMap::new() }
    }

    /// Event sources that management events leave out, for reads or writes.
    pub fn excluded_sources(&self) -> BTreeSet<&str> {
        fn sources(extent: &Extent) -> BTreeSet<&str> {
            match extent {
                Extent::AllBut(sources) => sources.iter().map(String::as_str).collect(),
                _ => BTreeSet::new(),
            }
        }
        &sources(&self.management.read) | &sources(&self.management.write)
    }
}

/// Why selectors cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not JSON.
    #[error("event selectors are not JSON")]
    NotJson,
    /// JSON of another shape.
    #[error("event selectors have an unknown shape at {0}")]
    Shape(&'static str),
}

/// Deepest string in a string that is unpacked.
const WRAPS: usize = 4;

/// Reads selectors: an object with `eventSelectors` or `advancedEventSelectors`, or a list of either. Both absent or null is
/// what a trail has by default; an empty list of basic selectors too, because CloudTrail keeps no trail without selectors.
///
/// # Errors
/// A [`Problem`] for what is not such JSON.
pub fn recorded(text: &str) -> Result<Recorded, Problem> {
    let mut value: Value = serde_json::from_str(text).map_err(|_error| Problem::NotJson)?;
    for _ in 0..WRAPS {
        let Value::String(inner) = &value else { break };
        value = serde_json::from_str(inner).map_err(|_error| Problem::NotJson)?;
    }
    recorded_value(&value)
}

/// Like [`recorded`], from JSON that is parsed already.
///
/// # Errors
/// A [`Problem`] for another shape.
pub fn recorded_value(value: &Value) -> Result<Recorded, Problem> {
    let lists: Vec<Value> = match value {
        Value::Null => Vec::new(),
        Value::Array(_) => vec![value.clone()],
        Value::Object(_) => {
            let mut lists = Vec::new();
            for name in ["eventSelectors", "advancedEventSelectors"] {
                match member(value, name).map(unpack).transpose()? {
                    None | Some(Value::Null) => {}
                    Some(list @ Value::Array(_)) => lists.push(list),
                    Some(_) => return Err(Problem::Shape("eventSelectors")),
                }
            }
            lists
        }
        _ => return Err(Problem::Shape("eventSelectors")),
    };
    let selectors: Vec<&Value> = lists.iter().filter_map(Value::as_array).flatten().collect();
    if selectors.is_empty() {
        return Ok(Recorded::by_default());
    }
    let mut recorded = Recorded::nothing();
    for selector in selectors {
        match member(selector, "fieldSelectors") {
            Some(fields) => advanced(fields, &mut recorded)?,
            None if selector.is_object() => basic(selector, &mut recorded)?,
            None => return Err(Problem::Shape("eventSelectors")),
        }
    }
    Ok(recorded)
}

/// A member by name without case. CloudTrail's records begin names in lower case, the CLI in upper case.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn unpack(value: &Value) -> Result<Value, Problem> {
    match value {
        Value::String(text) => serde_json::from_str(text).map_err(|_error| Problem::NotJson),
        other => Ok(other.clone()),
    }
}

fn texts(value: Option<&Value>) -> Result<Vec<String>, Problem> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(text).collect::<Option<_>>().ok_or(Problem::Shape("values")),
        Some(one) => text(one).map(|text| vec![text]).ok_or(Problem::Shape("values")),
    }
}

/// A basic selector. `includeManagementEvents` is true and `readWriteType` All where they are left out.
fn basic(selector: &Value, recorded: &mut Recorded) -> Result<(), Problem> {
    let (read, write) = match member(selector, "readWriteType") {
        None | Some(Value::Null) => (true, true),
        Some(value) => match value.as_str().map(str::to_ascii_lowercase).as_deref() {
            Some("all") => (true, true),
            Some("readonly") => (true, false),
            Some("writeonly") => (false, true),
            _ => return Err(Problem::Shape("readWriteType")),
        },
    };
    let management = match member(selector, "includeManagementEvents") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text.parse().map_err(|_error| Problem::Shape("includeManagementEvents"))?,
        Some(_) => return Err(Problem::Shape("includeManagementEvents")),
    };
    if management {
        let excluded = texts(member(selector, "excludeManagementEventSources"))?;
        let extent = all_but(excluded.iter().map(|source| source.to_ascii_lowercase()).collect());
        recorded.management.add(read, write, &extent);
    }
    let resources = match member(selector, "dataResources") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(resources)) => resources,
        Some(_) => return Err(Problem::Shape("dataResources")),
    };
    for resource in resources {
        let kind = member(resource, "type").and_then(Value::as_str).ok_or(Problem::Shape("dataResources"))?;
        let values = texts(member(resource, "values"))?;
        if values.is_empty() {
            continue;
        }
        let extent =
            if values.iter().any(|value| is_all(kind, value)) { Extent::All } else { Extent::Limited([RESOURCES_ARN.to_owned()].into()) };
        recorded.data.entry(kind.to_owned()).or_insert(Recording::NOTHING).add(read, write, &extent);
    }
    Ok(())
}

const RESOURCES_ARN: &str = "resources.arn";

/// Whether a value of a basic selector's `dataResources` stands for every resource of its type: `arn:aws:s3` or
/// `arn:aws:s3:::`, `arn:aws:lambda`, `arn:aws:dynamodb`, in any partition.
fn is_all(kind: &str, value: &str) -> bool {
    let service = kind.split("::").nth(1).unwrap_or_default().to_ascii_lowercase();
    let mut parts = value.trim_end_matches(':').split(':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && parts.next() == Some(service.as_str())
        && parts.next().is_none()
}

/// One field of an advanced selector.
struct Field {
    name: String,
    equals: Vec<String>,
    not_equals: Vec<String>,
    /// Another operator is used.
    other: bool,
}

impl Field {
    fn read(value: &Value) -> Result<Field, Problem> {
        let name = member(value, "field").and_then(Value::as_str).ok_or(Problem::Shape("fieldSelectors"))?;
        let mut other = false;
        for operator in ["startsWith", "endsWith", "notStartsWith", "notEndsWith"] {
            other |= !texts(member(value, operator))?.is_empty();
        }
        Ok(Field {
            name: name.to_ascii_lowercase(),
            equals: texts(member(value, "equals"))?,
            not_equals: texts(member(value, "notEquals"))?,
            other,
        })
    }

    /// Whether the field lets a value through. Operators that compare parts of a text are not asked: `None`.
    fn lets(&self, value: &str) -> Option<bool> {
        let is = |listed: &String| listed.eq_ignore_ascii_case(value);
        if self.other {
            return None;
        }
        Some((self.equals.is_empty() || self.equals.iter().any(is)) && !self.not_equals.iter().any(is))
    }
}

fn advanced(fields: &Value, recorded: &mut Recorded) -> Result<(), Problem> {
    let fields: Vec<Field> =
        fields.as_array().ok_or(Problem::Shape("fieldSelectors"))?.iter().map(Field::read).collect::<Result<_, _>>()?;
    let named = |name: &'static str| fields.iter().filter(move |field| field.name == name);
    let lets = |name, value: &str| named(name).all(|field| field.lets(value).unwrap_or(true));
    let (read, write) = (lets("readonly", "true"), lets("readonly", "false"));
    // Every field that chooses beyond category, reads and writes, type of resource and whole event sources.
    let mut limits: BTreeSet<String> = BTreeSet::new();
    let mut excluded: BTreeSet<String> = BTreeSet::new();
    for field in &fields {
        match field.name.as_str() {
            "eventcategory" | "readonly" => {}
            "resources.type" if lets("eventcategory", "Data") => {}
            "eventsource" if field.equals.is_empty() && !field.other => {
                excluded.extend(field.not_equals.iter().map(|source| source.to_ascii_lowercase()))
            }
            other => _ = limits.insert(other.to_owned()),
        }
    }
    let extent =
        |limits: BTreeSet<String>, excluded: BTreeSet<String>| if limits.is_empty() { all_but(excluded) } else { Extent::Limited(limits) };
    if named("eventcategory").next().is_none() {
        return Err(Problem::Shape("eventCategory"));
    }
    if lets("eventcategory", "Management") {
        recorded.management.add(read, write, &extent(limits.clone(), excluded.clone()));
    }
    if lets("eventcategory", "Data") {
        for kind in named("resources.type").flat_map(|field| &field.equals) {
            recorded.data.entry(kind.clone()).or_insert(Recording::NOTHING).add(read, write, &extent(limits.clone(), excluded.clone()));
        }
    }
    if lets("eventcategory", "NetworkActivity") {
        limits.remove("eventsource");
        for source in named("eventsource").flat_map(|field| &field.equals) {
            recorded.network_activity.entry(source.to_ascii_lowercase()).or_insert(Recording::NOTHING).add(
                read,
                write,
                &extent(limits.clone(), BTreeSet::new()),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
