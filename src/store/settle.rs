//! What can only be said once all files are read: copies of configuration items across snapshots and
//! cost assemblies that a later one restates.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rollup::get;
use super::{Store, StoreError, findings};
use crate::ingest::batch::{Batch, Cell};
use crate::ingest::cost;
use crate::ingest::detect::Format;
use crate::schema::Schema;

/// Settles copies and superseded files after new files came in.
///
/// # Errors
/// When a table cannot be read back.
pub fn settle(store: &mut Store, fresh: &BTreeSet<String>) -> Result<(), StoreError> {
    supersede(store);
    let config = |f: &super::manifest::InputFile| f.rows.contains_key("config_items");
    if store.manifest.files.values().any(|f| fresh.contains(&f.file_id) && config(f)) {
        count_item_copies(store)?;
    }
    let found = |f: &super::manifest::InputFile| f.rows.contains_key(FINDINGS);
    if store.manifest.files.values().any(|f| fresh.contains(&f.file_id) && found(f)) {
        count_earlier_states(store)?;
    }
    Ok(())
}

const FINDINGS: &str = "third_party_findings";

/// A finding delivered several times is one finding, its last state. A record counts as a copy when none of
/// its rows stands. Counts are taken afresh over all files, so that runs do not matter.
fn count_earlier_states(store: &mut Store) -> Result<(), StoreError> {
    let Some(table) = store.schema().table(FINDINGS) else { return Ok(()) };
    let frame = store.read(&table, None)?;
    let error = |e| StoreError::polars(store.folder(), e);
    let standing = findings::standing(&frame).map_err(error)?;
    let files = frame.column("source_file_id").and_then(|c| c.str().cloned()).map_err(error)?;
    let records = frame.column("source_record").and_then(|c| c.i64().cloned()).map_err(error)?;
    let mut stands: BTreeMap<(&str, i64), bool> = BTreeMap::new();
    for ((file, record), standing) in files.iter().zip(records.iter()).zip(standing) {
        if let (Some(file), Some(record)) = (file, record) {
            *stands.entry((file, record)).or_default() |= standing;
        }
    }
    let mut earlier: BTreeMap<String, u64> = BTreeMap::new();
    for ((file, _), _) in stands.iter().filter(|(_, stands)| !**stands) {
        *earlier.entry((*file).to_owned()).or_default() += 1;
    }
    for file in store.manifest.files.values_mut().filter(|f| f.rows.contains_key(FINDINGS)) {
        let understood = file.kept + file.duplicate;
        file.duplicate = earlier.get(&file.file_id).copied().unwrap_or(0).min(understood);
        file.kept = understood - file.duplicate;
    }
    Ok(())
}

/// A configuration item delivered in several snapshots is one item; the file with the smallest id
/// keeps it. Counts are taken afresh over all files, so that runs do not matter.
fn count_item_copies(store: &mut Store) -> Result<(), StoreError> {
    let Some(table) = store.schema().table("config_items") else { return Ok(()) };
    let columns = ["item_id".to_owned(), "source_file_id".to_owned(), "source_record".to_owned()];
    let frame = store.read(&table, Some(&columns))?;
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(|e| StoreError::polars(store.folder(), e));
    let (items, files) = (text("item_id")?, text("source_file_id")?);
    let mut seen: rustc_hash::FxHashSet<&str> = rustc_hash::FxHashSet::default();
    let mut copies: BTreeMap<String, u64> = BTreeMap::new();
    // Parts are read in the order of file ids, so the first one seen is the one that counts.
    for (item, file) in items.iter().zip(files.iter()) {
        if let (Some(item), Some(file)) = (item, file)
            && !seen.insert(item)
        {
            *copies.entry(file.to_owned()).or_default() += 1;
        }
    }
    for file in store.manifest.files.values_mut().filter(|f| f.rows.contains_key("config_items")) {
        let understood = file.kept + file.duplicate;
        file.duplicate = copies.get(&file.file_id).copied().unwrap_or(0).min(understood);
        file.kept = understood - file.duplicate;
    }
    Ok(())
}

/// Each assembly of a report restates its month whole, so only the newest counts. The manifest at the
/// top of the period's folder names it; without one, the last assembly folder by name of its newest
/// charge counts and the report says so.
fn supersede(store: &mut Store) {
    let is_cost = |f: Format| matches!(f, Format::CostCur | Format::CostCur2 | Format::CostFocus);
    let mut periods: BTreeMap<(String, String), BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for file in store.manifest.files.values().filter(|f| is_cost(f.format)) {
        let Some(place) = file.paths.first().and_then(|p| cost::assembly_of(p)) else { continue };
        if let Some(assembly) = place.assembly_id {
            let period = (place.report, place.period);
            periods.entry(period).or_default().entry(assembly).or_default().push(file.file_id.clone());
        }
    }
    let mut set_apart: BTreeMap<String, String> = BTreeMap::new();
    let mut notes: BTreeMap<String, String> = BTreeMap::new();
    for (period, assemblies) in periods {
        if assemblies.len() < 2 {
            continue;
        }
        // The copy of the manifest inside an assembly's folder only names itself; the one above it says
        // which assembly is current.
        let named = store.manifest.assemblies.values().find(|a| {
            let place = cost::assembly_of(&a.path);
            place.is_some_and(|p| p.assembly_id.is_none() && (p.report, p.period) == period) && assemblies.contains_key(&a.assembly_id)
        });
        let current = match named {
            Some(assembly) => assembly.assembly_id.clone(),
            None => {
                // No manifest at the top: the assembly whose charges reach furthest, then the larger.
                let newest = assemblies.iter().max_by_key(|(name, ids)| {
                    let last = ids.iter().filter_map(|id| store.manifest.files.get(id)?.last_time).max();
                    let read: u64 = ids.iter().filter_map(|id| store.manifest.files.get(id)).map(|f| f.read).sum();
                    (last, read, (*name).clone())
                });
                let Some((name, ids)) = newest else { continue };
                for id in ids {
                    notes.insert(
                        id.clone(),
                        format!("no manifest says which assembly of {} is current; the one reaching furthest was taken", period.1),
                    );
                }
                name.clone()
            }
        };
        for (assembly, ids) in &assemblies {
            if *assembly != current {
                for id in ids {
                    set_apart.insert(id.clone(), format!("superseded by assembly {current} of the same billing period"));
                }
            }
        }
    }
    for file in store.manifest.files.values_mut().filter(|f| is_cost(f.format)) {
        if let Some(note) = notes.get(&file.file_id)
            && !file.notes.contains(note)
        {
            file.notes.push(note.clone());
        }
        let understood = file.kept + file.out_of_scope;
        file.out_of_scope_reason = set_apart.get(&file.file_id).cloned();
        if file.out_of_scope_reason.is_some() {
            (file.kept, file.out_of_scope) = (0, understood);
        } else {
            (file.kept, file.out_of_scope) = (understood, 0);
        }
    }
}

/// The tags of a batch of charges, one row each, for the rollup `cost_tags`.
pub fn tag_rows(schema: &Schema, batch: &Batch) -> Batch {
    let Some(table) = schema.table("cost_tags") else { return Batch::new(Arc::clone(batch.table())) };
    let mut out = Batch::new(table);
    let from = batch.table();
    let at = |name: &str| from.columns.iter().position(|c| c.name == name);
    let wanted = ["charge_month", "SubAccountId", "BillingCurrency", "ServiceName", "Tags", "EffectiveCost"].map(at);
    let [Some(month), Some(account), Some(currency), Some(service), Some(tags), Some(cost)] = wanted else { return out };
    let columns = batch.columns();
    for row in 0..batch.len() {
        let Cell::Text(text) = get(&columns[tags], row) else { continue };
        let Ok(map) = serde_json::from_str::<BTreeMap<String, serde_json::Value>>(text) else { continue };
        for (key, value) in map {
            let Some(value) = value.as_str() else { continue };
            let folded: String = key.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
            out.push(
                0,
                &[
                    get(&columns[month], row),
                    get(&columns[account], row),
                    get(&columns[currency], row),
                    get(&columns[service], row),
                    Cell::Text(folded.trim_start_matches("user_")),
                    Cell::Text(value),
                    get(&columns[cost], row),
                ],
            );
        }
    }
    out
}
