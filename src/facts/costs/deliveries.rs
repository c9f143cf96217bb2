//! Which deliveries of charges count, what is missing of them, and what was rejected, from the store's manifest.

use std::collections::BTreeMap;

use super::sources::{count, files, name_of};
use crate::base::text::few;
use crate::ingest::batch::Batch;
use crate::schema::row::Row as _;
use crate::schema::tables::{CostDeliveriesRow, CostOverlapsRow, CostRejectionsRow};
use crate::schema::{Schema, filled};
use crate::store::Store;

/// Table `cost_deliveries`: what a reader must know of the deliveries of each source and month.
pub(super) fn deliveries(schema: &Schema, store: &Store) -> Option<Batch> {
    let mut table = Batch::new(schema.table(CostDeliveriesRow::TABLE.name)?);
    let path = |id: &String| store.manifest.files.get(id).and_then(|f| f.paths.first()).and_then(|path| filled(path));
    for source in &store.manifest.billing {
        let of = |kind: &'static str, files: u64| CostDeliveriesRow {
            kind: Some(kind),
            billing_source: filled(&source.name),
            format: filled(&source.kind),
            billing_month: filled(&source.month),
            files: count(files),
            lines: Some(0),
            ..CostDeliveriesRow::default()
        };
        if !source.missing.is_empty() {
            let missing = few(&source.missing);
            table.push(0, &CostDeliveriesRow { path: Some(&missing), ..of("missing", source.missing.len() as u64) });
        }
        for (delivery, files) in &source.superseded {
            let lines = files.iter().filter_map(|id| store.manifest.files.get(id)).map(|f| f.read).sum();
            let (delivery, counted_delivery) = (filled(delivery), filled(&source.assembly));
            let row = CostDeliveriesRow { delivery, counted_delivery, lines: count(lines), ..of("superseded", files.len() as u64) };
            table.push(0, &row);
        }
        if !source.set_apart.is_empty() {
            table.push(0, &CostDeliveriesRow { note: filled(&source.set_apart), ..of("set_apart", source.files.len() as u64) });
        }
        for (open, closed) in &source.not_final {
            table.push(0, &CostDeliveriesRow { path: path(open), other_path: path(closed), ..of("not_final", 1) });
        }
        for note in &source.remarks {
            table.push(0, &CostDeliveriesRow { note: filled(note), ..of("remark", 0) });
        }
    }
    for file in store.manifest.files.values() {
        let Some(original) = file.copy_of.as_ref() else { continue };
        let row = CostDeliveriesRow {
            kind: Some("copy"),
            path: file.paths.first().and_then(|path| filled(path)),
            other_path: path(original),
            files: Some(1),
            lines: Some(0),
            ..CostDeliveriesRow::default()
        };
        table.push(0, &row);
    }
    Some(table)
}

/// Table `cost_overlaps`: files that state the same charges and that nothing orders.
pub(super) fn overlaps(schema: &Schema, store: &Store) -> Option<Batch> {
    let mut table = Batch::new(schema.table(CostOverlapsRow::TABLE.name)?);
    for overlap in &store.manifest.overlaps {
        let months: Vec<&str> = overlap.months.iter().map(String::as_str).filter(|m| !m.is_empty()).collect();
        let paths = overlap.paths(&store.manifest);
        let (files, paths) = (paths.len() as u64, paths.join(", "));
        let months = months.join(", ");
        let row = CostOverlapsRow { months: filled(&months), files: count(files), paths: Some(&paths) };
        table.push(0, &row);
    }
    Some(table)
}

/// Table `cost_rejections`: what the rejected lines of each source come to.
pub(super) fn rejections(schema: &Schema, store: &Store) -> Option<Batch> {
    let mut table = Batch::new(schema.table(CostRejectionsRow::TABLE.name)?);
    // Lines, their amount, and lines without an amount that can be read.
    let mut sums: BTreeMap<(&str, &str), (u64, i128, u64)> = BTreeMap::new();
    for (file, source, _) in files(store) {
        let Some(charges) = &file.charges else { continue };
        for sum in &charges.rejected {
            let entry = sums.entry((name_of(source), &sum.currency)).or_default();
            entry.0 += sum.lines;
            entry.1 = entry.1.saturating_add(sum.amount);
        }
        if charges.rejected_unread > 0 {
            sums.entry((name_of(source), "")).or_default().2 += charges.rejected_unread;
        }
    }
    for ((source, currency), (lines, amount, unread)) in sums {
        table.push(
            0,
            &CostRejectionsRow {
                billing_source: Some(source),
                currency: filled(currency),
                lines: count(lines),
                amount: Some(amount),
                unread_lines: count(unread),
            },
        );
    }
    Some(table)
}
