//! Which deliveries of charges count, what is missing of them, and what was rejected, from the store's manifest.

use std::collections::BTreeMap;

use super::{count, files, name_of, stated};
use crate::facts::states::few;
use crate::ingest::batch::{Batch, Cell};
use crate::schema::Schema;
use crate::store::Store;
use crate::store::manifest::BillingSource;

/// One row of `cost_deliveries`.
#[derive(Default)]
struct Row<'r> {
    kind: &'r str,
    delivery: &'r str,
    counted: &'r str,
    path: String,
    other_path: &'r str,
    files: u64,
    lines: u64,
    note: &'r str,
}

/// Table `cost_deliveries`: what a reader must know of the deliveries of each source and month.
pub(super) fn deliveries(schema: &Schema, store: &Store) -> Option<Batch> {
    let mut table = Batch::new(schema.table("cost_deliveries")?);
    let mut push = |source: Option<&BillingSource>, row: &Row<'_>| {
        table.push(
            0,
            &[
                Cell::Text(row.kind),
                stated(source.map_or("", |s| s.name.as_str())),
                stated(source.map_or("", |s| s.kind.as_str())),
                stated(source.map_or("", |s| s.month.as_str())),
                stated(row.delivery),
                stated(row.counted),
                stated(&row.path),
                stated(row.other_path),
                count(row.files),
                count(row.lines),
                stated(row.note),
            ],
        );
    };
    let path = |id: &String| store.manifest.files.get(id).and_then(|f| f.paths.first()).map_or("", String::as_str);
    for source in &store.manifest.billing {
        let of = Some(source);
        if !source.missing.is_empty() {
            push(of, &Row { kind: "missing", path: few(&source.missing), files: source.missing.len() as u64, ..Row::default() });
        }
        for (delivery, files) in &source.superseded {
            let lines = files.iter().filter_map(|id| store.manifest.files.get(id)).map(|f| f.read).sum();
            push(of, &Row { kind: "superseded", delivery, counted: &source.assembly, files: files.len() as u64, lines, ..Row::default() });
        }
        if !source.set_apart.is_empty() {
            push(of, &Row { kind: "set_apart", files: source.files.len() as u64, note: &source.set_apart, ..Row::default() });
        }
        for (open, closed) in &source.not_final {
            push(of, &Row { kind: "not_final", path: path(open).to_owned(), other_path: path(closed), files: 1, ..Row::default() });
        }
        for note in &source.remarks {
            push(of, &Row { kind: "remark", note, ..Row::default() });
        }
    }
    for file in store.manifest.files.values() {
        let Some(original) = file.copy_of.as_ref() else { continue };
        let copy = file.paths.first().cloned().unwrap_or_default();
        push(None, &Row { kind: "copy", path: copy, other_path: path(original), files: 1, ..Row::default() });
    }
    Some(table)
}

/// Table `cost_overlaps`: files that state the same charges and that nothing orders.
pub(super) fn overlaps(schema: &Schema, store: &Store) -> Option<Batch> {
    let mut table = Batch::new(schema.table("cost_overlaps")?);
    for overlap in &store.manifest.overlaps {
        let months: Vec<&str> = overlap.months.iter().map(String::as_str).filter(|m| !m.is_empty()).collect();
        let paths = overlap.paths(&store.manifest).join(", ");
        table.push(0, &[stated(&months.join(", ")), count(overlap.files.len() as u64), Cell::Text(&paths)]);
    }
    Some(table)
}

/// Table `cost_rejections`: what the rejected lines of each source come to.
pub(super) fn rejections(schema: &Schema, store: &Store) -> Option<Batch> {
    let mut table = Batch::new(schema.table("cost_rejections")?);
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
        table.push(0, &[Cell::Text(source), stated(currency), count(lines), Cell::Decimal(amount), count(unread)]);
    }
    Some(table)
}
