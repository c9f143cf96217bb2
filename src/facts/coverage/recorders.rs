//! What configuration recorders recorded: their settings beside the items that came.

use std::collections::{BTreeMap, BTreeSet};

use super::basis::{Basis, int};
use crate::facts::recorded::Recording;
use crate::ingest::batch::Batch;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{ConfigRecordersRow, RecorderCoverageRow};
use crate::store::StoreError;

/// Settings of a recorder: all types, list of types, global types.
type Settings = (Option<bool>, Vec<String>, Option<bool>);

/// Recorders by account and Region, and name.
type Recorders = BTreeMap<(String, String), BTreeMap<String, Recorder>>;

/// Table `recorder_coverage`.
pub(super) fn table(basis: &Basis<'_>) -> Result<Option<Batch>, StoreError> {
    let Some(mut t) = basis.batch(RecorderCoverageRow::TABLE.name) else { return Ok(None) };
    let mut counts: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for (account, region, _, recording) in basis.scope.recorded.iter() {
        let sums = counts.entry((account, region)).or_default();
        sums.0 += u64::from(recording == Recording::Items);
        sums.1 += u64::from(recording.shows() == Some(false));
    }
    let recorders = recorders(basis)?;
    let expected = basis.scope.expected();
    let mut places: BTreeSet<&(String, String)> = basis.scope.config.iter().chain(&expected).collect();
    places.retain(|(_, region)| region.contains('-'));
    places.extend(recorders.keys());
    for place in places {
        let (items, not) = counts.get(&(place.0.as_str(), place.1.as_str())).copied().unwrap_or_default();
        let mut push = |name: &str, recording: Option<bool>, (all, types, global): &Settings| {
            let (scope, named) = match all {
                Some(true) => (Some("all"), None),
                _ if types.is_empty() => (None, None),
                _ if types.iter().all(|t| t.starts_with(['-', '!'])) => (Some("all_but"), Some(types.len() as u64)),
                _ => (Some("named"), Some(types.len() as u64)),
            };
            t.push(
                0,
                &RecorderCoverageRow {
                    account_id: Some(&place.0),
                    region: Some(&place.1),
                    recorder_name: filled(name),
                    recording,
                    scope,
                    types_named: named.and_then(int),
                    includes_global: *global,
                    types_with_items: int(items),
                    types_not_recorded: int(not),
                },
            );
        };
        match recorders.get(place) {
            None => push("", None, &Settings::default()),
            Some(own) => own.iter().for_each(|(name, recorder)| {
                recorder.settings.iter().for_each(|(settings, recording)| push(name, recording.or(recorder.answered), settings));
                if recorder.settings.is_empty() {
                    push(name, recorder.answered, &Settings::default());
                }
            }),
        }
    }
    Ok(Some(t))
}

/// A recorder as all that was delivered describes it.
#[derive(Default)]
struct Recorder {
    /// What answers say that hold no settings: whether it is recording, false where any says that it is not.
    answered: Option<bool>,
    /// Its settings, each with whether it is recording; more than one where they changed.
    settings: BTreeSet<(Settings, Option<bool>)>,
}

/// The recorders that were described. The same settings come in each snapshot; whether a recorder is running is
/// another answer than what it records.
fn recorders(basis: &Basis<'_>) -> Result<Recorders, StoreError> {
    let frame = basis.read(ConfigRecordersRow::TABLE.name)?;
    let text = |name: &str| basis.texts(&frame, name);
    let flag = |name: &str| basis.flags(&frame, name);
    let (accounts, regions, names, types) = (
        text(ConfigRecordersRow::account_id)?,
        text(ConfigRecordersRow::region)?,
        text(ConfigRecordersRow::recorder_name)?,
        text(ConfigRecordersRow::resource_types)?,
    );
    let (recording, all, global) =
        (flag(ConfigRecordersRow::recording)?, flag(ConfigRecordersRow::all_supported)?, flag(ConfigRecordersRow::include_global)?);
    let mut found = Recorders::new();
    for row in 0..frame.height() {
        let recorder = found.entry((accounts[row].clone(), regions[row].clone())).or_default().entry(names[row].clone()).or_default();
        let listed: Vec<String> = serde_json::from_str(&types[row]).unwrap_or_default();
        if all[row].is_some() || !listed.is_empty() {
            recorder.settings.insert(((all[row], listed, global[row]), recording[row]));
        } else {
            recorder.answered = match (recorder.answered, recording[row]) {
                (Some(known), Some(now)) => Some(known && now),
                (known, now) => known.or(now),
            };
        }
    }
    Ok(found)
}
