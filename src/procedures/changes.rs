//! Who changed a resource last: successful writes joined to resources by the names they use.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use crate::ingest::time;
use crate::schema::ColumnKind;
use crate::store::{Store, StoreError, frame};

/// How sure a join is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Only the name's last part agrees.
    Weak,
    /// The event names the resource's name.
    Name,
    /// The event names the resource's id or ARN.
    Exact,
}

/// The last write found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When, UTC microseconds.
    pub time: i64,
    /// Operation.
    pub event_name: String,
    /// Who.
    pub principal: String,
    /// Session.
    pub session: String,
    /// Event.
    pub event_id: String,
    /// How sure.
    pub confidence: Confidence,
}

/// What a resource may be called in an event: text, and how sure a match is.
pub type Names = BTreeMap<(String, String), Confidence>;

/// Names of a resource, keyed by account and text.
pub fn names(account: &str, id: &str, name: &str, arn: &str) -> Vec<((String, String), Confidence)> {
    let mut all = Vec::new();
    for (text, confidence) in [(id, Confidence::Exact), (arn, Confidence::Exact), (name, Confidence::Name)] {
        if text.len() >= 3 {
            all.push(((account.to_owned(), text.to_owned()), confidence));
        }
    }
    all
}

/// The last successful write up to `until` that names one of `wanted`, by account and text.
///
/// # Errors
/// When events cannot be read.
pub fn last_changes(
    store: &Store,
    wanted: &BTreeSet<(String, String)>,
    until: i64,
) -> Result<BTreeMap<(String, String), Change>, StoreError> {
    let mut found: BTreeMap<(String, String), Change> = BTreeMap::new();
    let Some(table) = store.schema().table("cloudtrail_events") else { return Ok(found) };
    let error = |e| StoreError::polars(store.folder(), e);
    // Every text column of the request or response may hold the name.
    let named: Vec<String> = table
        .columns
        .iter()
        .filter(|c| {
            c.kind == ColumnKind::Text
                && (c.name == "resource_arn" || c.name.starts_with("request_parameters_") || c.name.starts_with("response_elements_"))
        })
        .map(|c| c.name.clone())
        .collect();
    let fixed =
        ["event_time", "event_name", "principal", "session_name", "event_id", "account_id", "is_write", "outcome", "is_service_noise"];
    let columns: Vec<String> = fixed.iter().map(|c| (*c).to_owned()).chain(named.iter().cloned()).collect();
    let texts: BTreeSet<&str> = wanted.iter().map(|(_, t)| t.as_str()).collect();
    let last_day = time::date_text(time::day_of(until.saturating_sub(1)));
    // From the last date back: the first match of a name is the one wanted.
    for part in store.parts(&table).into_iter().rev() {
        if part.file_stem().is_some_and(|s| s.to_string_lossy().as_ref() > last_day.as_str()) {
            continue;
        }
        let read = frame::read(&part, Some(&columns))?;
        let mask = read.column("is_write").and_then(|c| c.bool().cloned()).map_err(error)?;
        let mask: BooleanChunked = mask.iter().map(|w| Some(w == Some(true))).collect();
        let read = read.filter(&mask).map_err(error)?;
        let times = read.column("event_time").and_then(|c| c.cast(&DataType::Int64)).map_err(error)?;
        let times = times.i64().map_err(error)?;
        let text = |name: &str| read.column(name).and_then(|c| c.str().cloned()).map_err(error);
        let (event, principal, session, id, account, outcome) =
            (text("event_name")?, text("principal")?, text("session_name")?, text("event_id")?, text("account_id")?, text("outcome")?);
        let named: Vec<StringChunked> = named.iter().map(|n| text(n)).collect::<Result<_, _>>()?;
        for row in (0..read.height()).rev() {
            let at = times.get(row).unwrap_or(i64::MAX);
            if at >= until || outcome.get(row) != Some("success") {
                continue;
            }
            for column in &named {
                let Some(value) = column.get(row).filter(|v| texts.contains(v)) else { continue };
                let key = (account.get(row).unwrap_or("").to_owned(), value.to_owned());
                if wanted.contains(&key) && !found.contains_key(&key) {
                    let own = |c: &StringChunked| c.get(row).unwrap_or("").to_owned();
                    found.insert(
                        key,
                        Change {
                            time: at,
                            event_name: own(&event),
                            principal: own(&principal),
                            session: own(&session),
                            event_id: own(&id),
                            confidence: Confidence::Exact,
                        },
                    );
                }
            }
        }
    }
    Ok(found)
}
