//! Rollups: declared sums over the rows of a big table, made while the rows pass by.
//!
//! Sums are exact integers, and groups come out in the order of their keys, so that neither the order of
//! rows nor the number of threads shows. While rows pass, groups are found by the hash of numbers, texts
//! standing by their codes; they are sorted by what they say once, at the end.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::ingest::batch::{Batch, Cell, ColumnData};
use crate::ingest::decimal;
use crate::ingest::dict::{self, Dict};
use crate::schema::{Column, ColumnKind, Schema, Table};

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
    /// Texts of the keys.
    dict: Dict,
    /// Place of each group's sums, by key (see [`Rollup::key`]).
    groups: FxHashMap<Box<[u64]>, usize>,
    /// One after the other, as many for each group as there are makes that are no keys.
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
        Some(Self { table, makes, dict: Dict::default(), groups: FxHashMap::default(), sums: Vec::new(), only })
    }

    /// The table it makes.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Adds the rows of a batch of the source table.
    pub fn add(&mut self, batch: &Batch) {
        // Own code of each of the batch's texts, found when it is first met.
        let mut known = vec![dict::NULL; batch.dict().len() + 1];
        let mut key = Vec::with_capacity(self.makes.len() * 2);
        for row in 0..batch.len() {
            let wanted = self.only.is_none_or(|only| match batch.cell(only, row) {
                Cell::Bool(flag) => flag,
                cell => cell != Cell::Null,
            });
            if !wanted {
                continue;
            }
            self.key(batch, row, &mut known, &mut key);
            let place = match self.groups.get(key.as_slice()) {
                Some(place) => *place,
                None => {
                    let place = self.sums.len();
                    self.groups.insert(key.as_slice().into(), place);
                    self.sums.resize(place + self.makes.iter().filter(|make| !make.is_key()).count(), None);
                    place
                }
            };
            for (make, sum) in self.makes.iter().filter(|make| !make.is_key()).zip(self.sums.iter_mut().skip(place)) {
                let value = match *make {
                    Make::Key(_) | Make::HasResource(_) => None,
                    Make::Rows => Some(1),
                    Make::Sum(at) | Make::Min(at) | Make::Max(at) => number(batch.cell(at, row)),
                    Make::VcpuHours(vcpu, hours) => match (number(batch.cell(vcpu, row)), number(batch.cell(hours, row))) {
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

    /// The key of a row: for each key column the code of its text, or whether there is a value and the value.
    fn key(&mut self, batch: &Batch, row: usize, known: &mut [u32], key: &mut Vec<u64>) {
        key.clear();
        for make in &self.makes {
            let value = match *make {
                Make::Key(at) => match &batch.columns()[at] {
                    ColumnData::Text(codes) => {
                        let code = codes.get(row).copied().unwrap_or(dict::NULL) as usize;
                        if known[code] == dict::NULL
                            && let Some(text) = batch.dict().get(code as u32)
                        {
                            known[code] = self.dict.code(text);
                        }
                        key.push(u64::from(known[code]));
                        continue;
                    }
                    _ => batch.cell(at, row),
                },
                Make::HasResource(at) => Cell::Bool(batch.cell(at, row) != Cell::Null),
                _ => continue,
            };
            key.extend(match value {
                Cell::Int(v) | Cell::Micros(v) => [1, v as u64],
                Cell::Bool(v) => [1, u64::from(v)],
                _ => [0, 0],
            });
        }
    }

    /// The cells of a key, in the order of the makes; NULL where a make is no key.
    fn cells(&self, key: &[u64]) -> Vec<Cell<'_>> {
        let mut words = key.iter().copied();
        let mut next = || words.next().unwrap_or(0);
        let cell = |(make, column): (&Make, &Column)| match (make, column.kind) {
            (Make::Key(_), ColumnKind::Text) => Cell::text(self.dict.get(next() as u32)),
            (Make::Key(_) | Make::HasResource(_), kind) => match (next(), next(), kind) {
                (0, ..) => Cell::Null,
                (_, value, ColumnKind::Boolean) => Cell::Bool(value == 1),
                (_, value, _) => Cell::Int(value as i64),
            },
            _ => Cell::Null,
        };
        self.makes.iter().zip(&self.table.columns).map(cell).collect()
    }

    /// The groups, in the order of their keys: NULL first, texts by length and then by letters, numbers as numbers.
    pub fn finish(&self) -> Batch {
        let mut texts: Vec<u32> = (1..=self.dict.len() as u32).collect();
        texts.sort_unstable_by_key(|code| self.dict.get(*code).map(|text| (text.len(), text)));
        let mut ranks = vec![0; texts.len() + 1];
        for (rank, code) in texts.into_iter().enumerate() {
            ranks[code as usize] = rank as u64 + 1;
        }
        // What each group is sorted by is made once, all in one list.
        let width = 2 * self.makes.iter().filter(|make| make.is_key()).count();
        let groups: Vec<(&[u64], usize)> = self.groups.iter().map(|(key, place)| (&**key, *place)).collect();
        let mut order: Vec<u64> = Vec::with_capacity(groups.len() * width);
        groups.iter().for_each(|(key, _)| order.extend(self.order(key, &ranks)));
        let mut sorted: Vec<usize> = (0..groups.len()).collect();
        sorted.sort_unstable_by_key(|at| &order[at * width..(at + 1) * width]);
        let mut out = Batch::new(Arc::clone(&self.table));
        for (key, place) in sorted.into_iter().map(|at| groups[at]) {
            let mut cells = self.cells(key);
            let mut sums = self.sums.iter().skip(place);
            for ((make, column), cell) in self.makes.iter().zip(&self.table.columns).zip(&mut cells) {
                if make.is_key() {
                    continue;
                }
                *cell = match (sums.next().copied().flatten(), column.kind) {
                    (None, _) => Cell::Null,
                    (Some(sum), ColumnKind::Decimal) => Cell::Decimal(sum),
                    (Some(sum), _) => i64::try_from(sum).map_or(Cell::Null, Cell::Int),
                };
            }
            out.push(0, &cells);
        }
        out
    }

    /// What a key is sorted by.
    fn order<'k>(&'k self, key: &'k [u64], ranks: &'k [u64]) -> impl Iterator<Item = u64> + 'k {
        let mut words = key.iter().copied();
        let mut next = move || words.next().unwrap_or(0);
        let keys = self.makes.iter().zip(&self.table.columns).filter(|(make, _)| make.is_key());
        keys.flat_map(move |(_, column)| match column.kind {
            ColumnKind::Text => [ranks.get(next() as usize).copied().unwrap_or(0), 0],
            // Numbers below zero come before those above.
            _ => [next(), next() ^ 1 << 63],
        })
    }
}

impl Make {
    fn is_key(self) -> bool {
        matches!(self, Self::Key(_) | Self::HasResource(_))
    }
}

fn number(cell: Cell<'_>) -> Option<i128> {
    match cell {
        Cell::Int(v) | Cell::Micros(v) => Some(i128::from(v)),
        Cell::Decimal(v) => Some(v),
        _ => None,
    }
}
