//! Finds columns by name: cost exports differ in order, set and spelling of their columns.
//!
//! `lineItem/UsageStartDate`, `line_item_usage_start_date` and a byte-order mark or a space in front
//! all fold to `lineitemusagestartdate`; FOCUS names fold the same way.

use rustc_hash::FxHashMap;

use crate::base::{account, decimal, time};
use crate::ingest::reading::decimals::Decimals;
use crate::ingest::reading::records::Records;

/// Lower case without anything but letters and digits.
pub(super) fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A header cell as a person would write it: no byte-order mark, no spaces around.
pub(super) fn clean(name: &str) -> &str {
    name.trim_start_matches('\u{feff}').trim()
}

/// One row of a cost export, cell by cell in header order.
///
/// The CSV reader implements it over its record; a Parquet reader can over its own row.
pub trait Fields {
    /// The text of a cell; empty when there is none.
    fn field(&self, column: usize) -> &str;
}

impl Fields for [&str] {
    fn field(&self, column: usize) -> &str {
        self.get(column).copied().unwrap_or("")
    }
}

/// Where a column stands, or nowhere.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Col {
    at: Option<usize>,
}

impl Col {
    /// Whether the export has the column.
    pub(super) fn is_present(self) -> bool {
        self.at.is_some()
    }

    /// Its index among the columns.
    pub(super) fn index(self) -> Option<usize> {
        self.at
    }

    /// The cell's text; empty is nothing.
    pub(super) fn get<R: Fields + ?Sized>(self, row: &R) -> Option<&str> {
        let text = row.field(self.at?);
        (!text.is_empty()).then_some(text)
    }
}

/// The header of an export.
#[derive(Debug, Clone)]
pub struct Header {
    names: Vec<String>,
    by_fold: FxHashMap<String, usize>,
    decimals: Decimals,
}

impl Header {
    /// Reads header cells; of two that fold alike the first is meant.
    pub fn new<'a>(cells: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<String> = cells.into_iter().map(|c| clean(c).to_owned()).collect();
        let mut by_fold = FxHashMap::default();
        for (index, name) in names.iter().enumerate() {
            by_fold.entry(fold(name)).or_insert(index);
        }
        Self { names, by_fold, decimals: Decimals::default() }
    }

    /// The header of a CSV file.
    pub(super) fn of_csv(records: &Records<'_>) -> Self {
        Self { decimals: records.decimals(), ..Self::new(records.header().iter().map(String::as_str)) }
    }

    /// The names as written, cleaned.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The first of these names that the header has.
    pub(super) fn find(&self, names: &[&str]) -> Col {
        let at = names.iter().find_map(|name| self.by_fold.get(&fold(name)).copied());
        Col { at }
    }

    /// The header's own spelling of a column; empty when absent.
    pub(super) fn name(&self, col: Col) -> &str {
        col.at.and_then(|at| self.names.get(at)).map_or("", String::as_str)
    }

    /// The amount in a cell, units of 10^-18; `rounded` counts those with more than 18 decimals.
    pub(super) fn amount<R: Fields + ?Sized>(&self, col: Col, row: &R, rounded: &mut u64) -> Result<Option<i128>, String> {
        let Some(text) = col.get(row) else { return Ok(None) };
        match decimal::parse(&self.decimals.point(self.name(col), text)) {
            Ok(parsed) => {
                *rounded += u64::from(parsed.rounded);
                Ok(Some(parsed.units))
            }
            Err(decimal::DecimalError::Empty) => Ok(None),
            Err(error) => Err(format!("{}: {error}", self.name(col))),
        }
    }

    /// An amount no row can do without.
    pub(super) fn required_amount<R: Fields + ?Sized>(&self, col: Col, row: &R, rounded: &mut u64) -> Result<i128, String> {
        self.amount(col, row, rounded)?.ok_or_else(|| format!("{} is empty", self.name(col)))
    }

    /// The account id in a cell, for sums by payer; empty where there is none.
    pub(super) fn payer<R: Fields + ?Sized>(col: Col, row: &R) -> &str {
        col.get(row).and_then(|text| account::parse(text).ok()).unwrap_or("")
    }

    /// The time in a cell, UTC microseconds.
    pub(super) fn time<R: Fields + ?Sized>(&self, col: Col, row: &R) -> Result<Option<i64>, String> {
        let Some(text) = col.get(row) else { return Ok(None) };
        match time::parse(text) {
            Ok(micros) => Ok(Some(micros)),
            Err(time::TimeError::Empty) => Ok(None),
            Err(error) => Err(format!("{}: {error}", self.name(col))),
        }
    }

    /// A time no row can do without.
    pub(super) fn required_time<R: Fields + ?Sized>(&self, col: Col, row: &R) -> Result<i64, String> {
        self.time(col, row)?.ok_or_else(|| format!("{} is empty", self.name(col)))
    }

    /// Whether the header has this name, folded.
    pub(super) fn has(&self, name: &str) -> bool {
        self.by_fold.contains_key(&fold(name))
    }

    /// Whether a cell is exactly this name but for case.
    pub(super) fn has_exact(&self, name: &str) -> bool {
        self.names.iter().any(|n| n.eq_ignore_ascii_case(name))
    }
}

/// Declares a struct of columns, each with the names it is known by, in order of preference.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $($known:literal)|+,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(super) struct $name { $(pub(super) $field: $crate::ingest::formats::cost::header::Col,)+ }

        impl $name {
            /// Looks every column up.
            pub(super) fn of(header: &$crate::ingest::formats::cost::header::Header) -> Self {
                Self { $($field: header.find(&[$($known),+]),)+ }
            }

            /// Where those that the export has stand.
            #[allow(dead_code, reason = "some exports come as CSV only, of which every column is read anyway")]
            pub(super) fn used(&self) -> Vec<usize> {
                [$(self.$field),+].iter().filter_map(|col| col.index()).collect()
            }
        }
    };
}
pub(super) use columns;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_fold_alike() {
        for name in
            ["lineItem/UsageStartDate", "line_item_usage_start_date", " LINE_ITEM_usage_start_date", "\u{feff}lineItem/UsageStartDate"]
        {
            assert_eq!(fold(name), "lineitemusagestartdate", "{name}");
        }
        assert_eq!(fold("savings_plan_savings_plan_a_r_n"), fold("savingsPlan/SavingsPlanARN"));
    }

    #[test]
    fn first_of_equal_names_and_first_known_name() {
        let header = Header::new(["\u{feff} a/B", "a_b", "c"]);
        assert_eq!(header.find(&["x", "A/b"]).index(), Some(0));
        assert_eq!(header.find(&["c", "a/b"]).index(), Some(2));
        assert_eq!(header.name(header.find(&["c"])), "c");
        let none = header.find(&["nothing"]);
        assert!(!none.is_present());
        assert_eq!(header.name(none), "");
        assert_eq!(none.get(&["1", "2", "3"][..]), None);
        assert_eq!(header.find(&["c"]).get(&["1", "2", ""][..]), None);
        assert_eq!(header.find(&["c"]).get(&["1"][..]), None, "a short row has no third cell");
        assert!(header.has_exact("A_B") && !header.has_exact("ab") && header.has("ab"));
    }
}
