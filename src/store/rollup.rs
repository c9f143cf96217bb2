//! Rollups: declared sums over the rows of a big table, made while the rows pass by.
//!
//! The group key is the packed text of its columns, sums are exact integers, and groups come out in
//! the order of their keys, so that neither the order of rows nor the number of threads shows. While rows
//! pass, groups are found by hash; they are sorted once, at the end.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::ingest::batch::{Batch, Cell, ColumnData};
use crate::ingest::decimal;
use crate::schema::{ColumnKind, Schema, Table};

/// How a column of the rollup comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Make {
    /// A key: the source column of the same name.
    Key(usize),
    /// Number of rows.
    Rows,
    /// Sum of a source column; NULL if all are NULL.
    Sum(usize),
    /// Smallest value.
    Min(usize),
    /// Largest value.
    Max(usize),
    /// Whether the row names a resource: a key.
    HasResource(usize),
    /// Sum of vCPUs times quantity, where both are stated.
    VcpuHours(usize, usize),
}

/// One rollup being made.
#[derive(Debug)]
pub struct Rollup {
    table: Arc<Table>,
    makes: Vec<Make>,
    /// Place of each group's sums, by key.
    groups: FxHashMap<Box<[u8]>, usize>,
    /// One after the other, as many for each group as there are makes.
    sums: Vec<Option<i128>>,
    /// Only rows for which this column is true (hourly charges) or present.
    only: Option<usize>,
}

/// The rollups of a big table.
pub fn rollups_of(schema: &Schema, source: &str) -> Vec<Rollup> {
    let names: &[&str] = match source {
        "cloudtrail_events" => &["activity", "principal_sources", "error_activity"],
        "costs" => &["cost_daily", "cost_resources", "cost_hours"],
        "cost_tags" => &["cost_tags"],
        _ => &[],
    };
    let Some(from) = schema.table(source) else { return Vec::new() };
    names.iter().filter_map(|name| Rollup::new(schema.table(name)?, &from)).collect()
}

impl Rollup {
    fn new(table: Arc<Table>, source: &Table) -> Option<Self> {
        let at = |name: &str| source.columns.iter().position(|c| c.name == name);
        let makes = table
            .columns
            .iter()
            .map(|column| {
                Some(match column.name.as_str() {
                    "events" | "charge_rows" => Make::Rows,
                    "first_seen" => Make::Min(at("event_time")?),
                    "last_seen" => Make::Max(at("event_time")?),
                    "has_resource" => Make::HasResource(at("ResourceId")?),
                    "x_VcpuHours" => Make::VcpuHours(at("x_Vcpu")?, at("ConsumedQuantity")?),
                    name if column.kind == ColumnKind::Decimal => Make::Sum(at(name)?),
                    name => Make::Key(at(name)?),
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let only = match table.name.as_str() {
            "cost_hours" => at("is_hourly"),
            "cost_resources" => at("ResourceId"),
            "error_activity" => at("error_code"),
            _ => None,
        };
        Some(Self { table, makes, groups: FxHashMap::default(), sums: Vec::new(), only })
    }

    /// The table it makes.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Adds the rows of a batch of the source table.
    pub fn add(&mut self, batch: &Batch) {
        let columns = batch.columns();
        let mut key = Vec::with_capacity(256);
        for row in 0..batch.len() {
            let wanted = self.only.is_none_or(|only| match get(&columns[only], row) {
                Cell::Bool(flag) => flag,
                cell => cell != Cell::Null,
            });
            if !wanted {
                continue;
            }
            key.clear();
            for make in &self.makes {
                match *make {
                    Make::Key(at) => put_key(&mut key, get(&columns[at], row)),
                    Make::HasResource(at) => put_key(&mut key, Cell::Bool(get(&columns[at], row) != Cell::Null)),
                    _ => {}
                }
            }
            let place = match self.groups.get(key.as_slice()) {
                Some(place) => *place,
                None => {
                    let place = self.sums.len();
                    self.groups.insert(key.as_slice().into(), place);
                    self.sums.resize(place + self.makes.len(), None);
                    place
                }
            };
            for (make, sum) in self.makes.iter().zip(self.sums.iter_mut().skip(place)) {
                let value = match *make {
                    Make::Key(_) | Make::HasResource(_) => continue,
                    Make::Rows => Some(1),
                    Make::Sum(at) | Make::Min(at) | Make::Max(at) => number(get(&columns[at], row)),
                    Make::VcpuHours(vcpu, hours) => match (number(get(&columns[vcpu], row)), number(get(&columns[hours], row))) {
                        (Some(vcpu), Some(hours)) => decimal::multiply(vcpu, hours).map(|p| p.units),
                        _ => None,
                    },
                };
                let Some(value) = value else { continue };
                *sum = Some(match (*sum, make) {
                    (None, _) => value,
                    (Some(sum), Make::Min(_)) => sum.min(value),
                    (Some(sum), Make::Max(_)) => sum.max(value),
                    (Some(sum), _) => sum.saturating_add(value),
                });
            }
        }
    }

    /// The groups, in the order of their keys.
    pub fn finish(self) -> Batch {
        let mut out = Batch::new(Arc::clone(&self.table));
        let mut groups: Vec<(Box<[u8]>, usize)> = self.groups.into_iter().collect();
        groups.sort_unstable();
        for (key, place) in &groups {
            let sums = self.sums.get(*place..place + self.makes.len()).unwrap_or_default();
            let mut at = 0;
            let mut cells = Vec::with_capacity(self.makes.len());
            for ((make, column), sum) in self.makes.iter().zip(&self.table.columns).zip(sums) {
                cells.push(match make {
                    Make::Key(_) | Make::HasResource(_) => take_key(key, &mut at, column.kind),
                    _ => match (*sum, column.kind) {
                        (None, _) => Cell::Null,
                        (Some(sum), ColumnKind::Decimal) => Cell::Decimal(sum),
                        (Some(sum), _) => i64::try_from(sum).map_or(Cell::Null, Cell::Int),
                    },
                });
            }
            out.push(0, &cells);
        }
        out
    }
}

/// The value of a row.
pub fn get(column: &ColumnData, row: usize) -> Cell<'_> {
    match column {
        ColumnData::Text { bytes, ends, valid } => {
            if !valid[row] {
                return Cell::Null;
            }
            let start = if row == 0 { 0 } else { ends[row - 1] as usize };
            Cell::text(bytes.get(start..ends[row] as usize))
        }
        ColumnData::Int(values) => Cell::int(values[row]),
        ColumnData::Bool(values) => Cell::bool(values[row]),
        ColumnData::Decimal(values) => values[row].map_or(Cell::Null, Cell::Decimal),
        ColumnData::Double(values) => values[row].map_or(Cell::Null, Cell::Double),
    }
}

fn number(cell: Cell<'_>) -> Option<i128> {
    match cell {
        Cell::Int(v) | Cell::Micros(v) => Some(i128::from(v)),
        Cell::Decimal(v) => Some(v),
        _ => None,
    }
}

/// A key part: NULL sorts first; text is length-prefixed, numbers sort as numbers.
fn put_key(key: &mut Vec<u8>, cell: Cell<'_>) {
    match cell {
        Cell::Text(text) => {
            key.push(1);
            key.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            key.extend_from_slice(text.as_bytes());
        }
        Cell::Int(v) | Cell::Micros(v) => {
            key.push(1);
            key.extend_from_slice(&((v as u64) ^ (1 << 63)).to_be_bytes());
        }
        Cell::Bool(v) => key.push(if v { 2 } else { 1 }),
        _ => key.push(0),
    }
}

fn take_key<'k>(key: &'k [u8], at: &mut usize, kind: ColumnKind) -> Cell<'k> {
    let mark = key.get(*at).copied().unwrap_or(0);
    *at += 1;
    if mark == 0 {
        return Cell::Null;
    }
    match kind {
        ColumnKind::Text => {
            let length = key.get(*at..*at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes) as usize;
            let text = key.get(*at + 4..*at + 4 + length).and_then(|b| std::str::from_utf8(b).ok());
            *at += 4 + length;
            Cell::text(text)
        }
        ColumnKind::Boolean => Cell::Bool(mark == 2),
        _ => {
            let value = key.get(*at..*at + 8).and_then(|b| b.try_into().ok()).map(u64::from_be_bytes);
            *at += 8;
            value.map_or(Cell::Null, |v| Cell::Int((v ^ (1 << 63)) as i64))
        }
    }
}
