//! Rollups: declared sums over the rows of a big table, made while the rows pass by.
//!
//! Sums are exact integers, and groups come out in the order of their keys, so that neither the order of
//! rows nor the number of threads shows. While rows pass, groups are found by the hash of numbers, texts
//! standing by their codes; they are sorted by what they say once, at the end.

use std::hash::Hasher as _;
use std::sync::Arc;

use rustc_hash::FxHasher;

use crate::base::decimal;
use crate::ingest::batch::{Batch, Cell, ColumnData};
use crate::ingest::reading::dict::{self, Dict, Numbers};
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
    /// The groups, found by their keys.
    groups: Numbers,
    /// The key of each group (see [`Rollup::key`]), one after the other: all are as long.
    keys: Vec<u64>,
    /// One after the other, as many for each group as there are makes that are no keys.
    sums: Vec<i128>,
    /// Which of them are not NULL, a bit for each, group by group.
    stated: Vec<u32>,
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
        Some(Self {
            table,
            makes,
            dict: Dict::default(),
            groups: Numbers::default(),
            keys: Vec::new(),
            sums: Vec::new(),
            stated: Vec::new(),
            only,
        })
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
        let summed: Vec<Make> = self.makes.iter().copied().filter(|make| !make.is_key()).collect();
        for row in 0..batch.len() {
            let wanted = self.only.is_none_or(|only| match batch.cell(only, row) {
                Cell::Bool(flag) => flag,
                cell => cell != Cell::Null,
            });
            if !wanted {
                continue;
            }
            self.key(batch, row, &mut known, &mut key);
            let width = key.len();
            let same = |group: u32| self.keys.get((group as usize - 1) * width..group as usize * width) == Some(key.as_slice());
            let group = self.groups.of(hash(&key), same) as usize - 1;
            if group == self.stated.len() {
                self.keys.extend_from_slice(&key);
                self.stated.push(0);
                self.sums.resize(self.sums.len() + summed.len(), 0);
            }
            let (stated, sums) = (&mut self.stated[group], &mut self.sums[group * summed.len()..]);
            for (bit, (make, sum)) in summed.iter().zip(sums).enumerate() {
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
                *sum = match make {
                    _ if *stated & 1 << bit == 0 => value,
                    Make::Min(_) => (*sum).min(value),
                    Make::Max(_) => (*sum).max(value),
                    _ => sum.saturating_add(value),
                };
                *stated |= 1 << bit;
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
        let count = self.groups.len();
        let of_each = |all: usize| all.checked_div(count).unwrap_or(0);
        let (words, sums) = (of_each(self.keys.len()), of_each(self.sums.len()));
        let key_of = |group: usize| &self.keys[group * words..(group + 1) * words];
        let mut order: Vec<u64> = Vec::with_capacity(count * width);
        (0..count).for_each(|group| order.extend(self.order(key_of(group), &ranks)));
        let mut sorted: Vec<usize> = (0..count).collect();
        sorted.sort_unstable_by_key(|at| &order[at * width..(at + 1) * width]);
        let mut out = Batch::new(Arc::clone(&self.table));
        for group in sorted {
            let mut cells = self.cells(key_of(group));
            let mut sums = self.sums[group * sums..].iter().enumerate();
            for ((make, column), cell) in self.makes.iter().zip(&self.table.columns).zip(&mut cells) {
                if make.is_key() {
                    continue;
                }
                let sum = sums.next().filter(|(bit, _)| self.stated[group] >> bit & 1 == 1).map(|(_, sum)| *sum);
                *cell = match (sum, column.kind) {
                    (None, _) => Cell::Null,
                    (Some(sum), ColumnKind::Decimal) => Cell::Decimal(sum),
                    (Some(sum), _) => i64::try_from(sum).map_or(Cell::Null, Cell::Int),
                };
            }
            out.push_cells(0, cells);
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
    #[inline]
    fn is_key(self) -> bool {
        matches!(self, Self::Key(_) | Self::HasResource(_))
    }
}

#[inline]
fn hash(key: &[u64]) -> u64 {
    let mut hasher = FxHasher::default();
    key.iter().for_each(|word| hasher.write_u64(*word));
    hasher.finish()
}

#[inline]
fn number(cell: Cell<'_>) -> Option<i128> {
    match cell {
        Cell::Int(v) | Cell::Micros(v) => Some(i128::from(v)),
        Cell::Decimal(v) => Some(v),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tables::CostsRow;

    #[test]
    fn every_sum_has_a_bit() {
        let schema = Schema::new(Vec::new(), Vec::new()).unwrap();
        let rollups: Vec<Rollup> =
            ["cloudtrail_events", "costs", "cost_tags"].iter().flat_map(|source| rollups_of(&schema, source)).collect();
        assert_eq!(rollups.len(), 7);
        for rollup in rollups {
            let sums = rollup.makes.iter().filter(|make| !make.is_key()).count();
            assert!(sums > 0 && sums <= u32::BITS as usize, "{}: {sums}", rollup.table.name);
        }
    }

    #[test]
    fn groups_are_few_sums_exact_and_null_is_no_zero() {
        let schema = Schema::new(Vec::new(), Vec::new()).unwrap();
        let mut rollup = rollups_of(&schema, "costs").remove(0);
        assert_eq!(rollup.table.name, "cost_daily");
        let from = schema.table("costs").unwrap();
        let mut batch = Batch::new(Arc::clone(&from));
        // Two keys, in turns, over more rows than the first slots hold; the effective cost of one of them is never stated.
        for row in 0..1_000_i128 {
            let even = row % 2 == 0;
            let charge = CostsRow {
                ServiceName: Some(if even { "b" } else { "a" }),
                BilledCost: Some(row),
                EffectiveCost: even.then_some(-row),
                ..CostsRow::default()
            };
            batch.push(0, &charge);
        }
        rollup.add(&batch);
        rollup.add(&batch);
        let made = rollup.finish();
        assert_eq!(made.len(), 2);
        let cell = |name: &str, row| made.cell(made.table().columns.iter().position(|c| c.name == name).unwrap(), row);
        // 1 + 3 + ... + 999 = 500 squared; 0 + 2 + ... + 998 = 499 times 500; each twice.
        assert_eq!(
            (cell("ServiceName", 0), cell("BilledCost", 0), cell("EffectiveCost", 0)),
            (Cell::Text("a"), Cell::Decimal(500_000), Cell::Null)
        );
        assert_eq!((cell("ServiceName", 1), cell("BilledCost", 1)), (Cell::Text("b"), Cell::Decimal(499_000)));
        assert_eq!(cell("EffectiveCost", 1), Cell::Decimal(-499_000));
    }
}
