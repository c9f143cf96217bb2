//! Declarations of tables, and the rows that they make.
//!
//! `tables!` takes a table's name, its columns with type and meaning, and makes a struct with a field for each column.
//! Whoever writes or reads a row names its columns: one that is misspelt, forgotten or of another type does not compile.

use super::{Cell, Column, ColumnKind, Storage, Table};

/// A column as it is declared.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredColumn {
    /// Name as SQL sees it.
    pub name: &'static str,
    /// Type.
    pub kind: ColumnKind,
    /// Meaning, or the path in the export that it comes from.
    pub doc: &'static str,
}

/// What sets a table apart from most others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// A row is one version of a configuration item, or rests on one.
    Versioned,
    /// Rows add others up, so that they know no record that they came from.
    Unsourced,
}

/// A table as it is declared.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredTable {
    /// Name as SQL sees it.
    pub name: &'static str,
    /// What one row is.
    pub doc: &'static str,
    /// The noun of one row.
    pub unit: &'static str,
    /// How it is kept.
    pub storage: Storage,
    /// What sets it apart.
    pub flags: &'static [Flag],
    /// Columns it shares with other tables and begins with.
    pub head: &'static [DeclaredColumn],
    /// The columns after them.
    pub columns: &'static [DeclaredColumn],
}

impl DeclaredTable {
    /// The table as the schema holds it.
    pub(super) fn table(&self) -> Table {
        Table {
            name: self.name.to_owned(),
            doc: match self.storage {
                Storage::Reported => format!("{}; filled when a report is made", self.doc),
                _ => self.doc.to_owned(),
            },
            unit: self.unit.to_owned(),
            columns: owned(self.head).chain(owned(self.columns)).collect(),
            storage: self.storage,
            versioned: self.flags.contains(&Flag::Versioned),
            sourced: self.storage.is_read() && !self.flags.contains(&Flag::Unsourced),
        }
    }
}

/// Declared columns as a table holds them.
pub fn owned(columns: &'static [DeclaredColumn]) -> impl Iterator<Item = Column> {
    columns.iter().map(|c| Column { name: c.name.to_owned(), kind: c.kind, doc: c.doc.to_owned() })
}

/// Values under declared columns.
pub trait Columns<'a> {
    /// The columns, in the order of the cells.
    const COLUMNS: &'static [DeclaredColumn];
    /// A cell for each column.
    type Cells: IntoIterator<Item = Cell<'a>>;

    /// The values, in the order of the columns.
    fn cells(&self) -> Self::Cells;
}

/// A whole row of a table, which can be read back.
pub trait Row<'a>: Columns<'a> {
    /// The table.
    const TABLE: DeclaredTable;

    /// The row whose cells, in the order of the columns, these are.
    fn of(cells: &mut dyn Iterator<Item = Cell<'a>>) -> Self;
}

/// Where a column stands among others. For constants only: there, a column that is not declared does not compile.
///
/// # Panics
/// When no column has the name.
pub const fn position(columns: &[DeclaredColumn], name: &str) -> usize {
    let mut at = 0;
    while !is_same(columns[at].name.as_bytes(), name.as_bytes()) {
        at += 1;
    }
    at
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// The kind of a column from the word that declares it.
macro_rules! kind {
    (text) => {
        $crate::schema::ColumnKind::Text
    };
    (document) => {
        $crate::schema::ColumnKind::Document
    };
    (int) => {
        $crate::schema::ColumnKind::Bigint
    };
    (bool) => {
        $crate::schema::ColumnKind::Boolean
    };
    (time) => {
        $crate::schema::ColumnKind::Timestamp
    };
    (date) => {
        $crate::schema::ColumnKind::Date
    };
    (decimal) => {
        $crate::schema::ColumnKind::Decimal
    };
    (double) => {
        $crate::schema::ColumnKind::Double
    };
}

/// The type of a row's field: a time is in UTC microseconds, a date in days since 1970-01-01, a decimal in units of 10^-18.
macro_rules! field {
    (text $a:lifetime) => { Option<&$a str> };
    (document $a:lifetime) => { Option<&$a str> };
    (int $a:lifetime) => { Option<i64> };
    (bool $a:lifetime) => { Option<bool> };
    (time $a:lifetime) => { Option<i64> };
    (date $a:lifetime) => { Option<i32> };
    (decimal $a:lifetime) => { Option<i128> };
    (double $a:lifetime) => { Option<f64> };
}

/// A field's value as a cell.
macro_rules! cell {
    (text $value:expr) => {
        $crate::schema::Cell::text($value)
    };
    (document $value:expr) => {
        $crate::schema::Cell::text($value)
    };
    (int $value:expr) => {
        $crate::schema::Cell::int($value)
    };
    (bool $value:expr) => {
        $crate::schema::Cell::bool($value)
    };
    (time $value:expr) => {
        $crate::schema::Cell::micros($value)
    };
    (date $value:expr) => {
        $crate::schema::Cell::day($value)
    };
    (decimal $value:expr) => {
        $crate::schema::Cell::decimal($value)
    };
    (double $value:expr) => {
        $crate::schema::Cell::double($value)
    };
}

/// A cell's value as a field.
macro_rules! value {
    (text $cell:expr) => {
        $cell.as_text()
    };
    (document $cell:expr) => {
        $cell.as_text()
    };
    (int $cell:expr) => {
        $cell.as_int()
    };
    (bool $cell:expr) => {
        $cell.as_bool()
    };
    (time $cell:expr) => {
        $cell.as_int()
    };
    (date $cell:expr) => {
        $cell.as_day()
    };
    (decimal $cell:expr) => {
        $cell.as_decimal()
    };
    (double $cell:expr) => {
        $cell.as_double()
    };
}

/// Columns that stand in several tables, or that no reader writes: `columns NAME { COLUMN: KIND, "meaning"; ... }` makes a
/// struct with a field for each, `names NAME { ... }` the columns' names alone.
macro_rules! columns {
    ($($(#[$attribute:meta])* columns $set:ident $(of $numbers:ident)? { $($column:ident: $kind:ident, $doc:literal;)* })*) => { $(
        $crate::schema::row::columns! { @row $($numbers)? [$(#[$attribute])*] $set { $($column: $kind;)* } }

        impl<'a> $crate::schema::row::Columns<'a> for $crate::schema::row::columns!(@of $set 'a $($numbers)?) {
            const COLUMNS: &'static [$crate::schema::row::DeclaredColumn] = $crate::schema::row::columns!(@list $($column: $kind, $doc;)*);
            type Cells = [$crate::schema::Cell<'a>; [$(stringify!($column)),*].len()];

            #[inline]
            fn cells(&self) -> Self::Cells {
                [$($crate::schema::row::cell!($kind self.$column)),*]
            }
        }

        $crate::schema::row::columns!(@names $crate::schema::row::columns!(@of $set '_ $($numbers)?), $($column)*);
    )* };
    (@row [$($attribute:tt)*] $set:ident { $($column:ident: $kind:ident;)* }) => {
        $($attribute)*
        #[derive(Debug, Clone, Copy, Default, PartialEq)]
        #[allow(non_snake_case, missing_docs, reason = "a field has the name of its column, whose meaning its declaration says")]
        pub struct $set<'a> {
            $(pub $column: $crate::schema::row::field!($kind 'a),)*
        }
    };
    (@row numbers [$($attribute:tt)*] $set:ident { $($column:ident: $kind:ident;)* }) => {
        $($attribute)*
        #[derive(Debug, Clone, Copy, Default, PartialEq)]
        #[allow(missing_docs, reason = "a field has the name of its column, whose meaning its declaration says")]
        pub struct $set {
            $(pub $column: $crate::schema::row::field!($kind 'static),)*
        }
    };
    (@of $set:ident $a:lifetime) => { $set<$a> };
    (@of $set:ident $a:lifetime numbers) => { $set };
    ($(#[$attribute:meta])* names $set:ident { $($column:ident: $kind:ident, $doc:literal;)* }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy)]
        pub struct $set;

        impl $set {
            /// The columns, in order.
            pub const COLUMNS: &'static [$crate::schema::row::DeclaredColumn] = $crate::schema::row::columns!(@list $($column: $kind, $doc;)*);
        }

        $crate::schema::row::columns!(@names $set, $($column)*);
    };
    (@list $($column:ident: $kind:ident, $doc:literal;)*) => {
        &[$($crate::schema::row::DeclaredColumn { name: stringify!($column), kind: $crate::schema::row::kind!($kind), doc: $doc }),*]
    };
    (@names $set:ty, $($column:ident)*) => {
        #[allow(non_upper_case_globals, missing_docs, reason = "a constant has the name of the column that it names")]
        impl $set {
            $(pub const $column: &'static str = stringify!($column);)*
        }
    };
}

/// Tables of one theme: `table NAME as ROW: "what a row is", unit "noun of one", STORAGE FLAGS { COLUMN: KIND, "meaning"; ... }`.
/// `begins SET` after the row's name puts columns that are shared with other tables first, `of numbers` says that no column
/// holds text, so that a row borrows nothing. Kinds: `text`, `document` (a long
/// text that is hardly ever met twice), `int`, `bool`, `time`, `date`, `decimal`, `double`. The order is that of the table.
macro_rules! tables {
    ($(table $table:ident as $row:ident $(begins $head:ident)? $(of $numbers:ident)?: $doc:literal, unit $unit:literal, $storage:ident $($flag:ident)* {
        $($column:ident: $kind:ident, $text:literal;)*
    })*) => {
        $($crate::schema::row::columns! {
            #[doc = concat!("A row of table `", stringify!($table), "`.")]
            columns $row $(of $numbers)? { $($column: $kind, $text;)* }
        })*

        $(impl<'a> $crate::schema::row::Row<'a> for $crate::schema::row::columns!(@of $row 'a $($numbers)?) {
            const TABLE: $crate::schema::row::DeclaredTable = $crate::schema::row::DeclaredTable {
                name: stringify!($table),
                doc: $doc,
                unit: $unit,
                storage: $crate::schema::Storage::$storage,
                flags: &[$($crate::schema::row::Flag::$flag),*],
                head: $crate::schema::row::tables!(@head $($head)?),
                columns: <Self as $crate::schema::row::Columns<'a>>::COLUMNS,
            };

            #[allow(non_snake_case, reason = "named as their columns")]
            fn of(cells: &mut dyn Iterator<Item = $crate::schema::Cell<'a>>) -> Self {
                $(let $column = cells.next().unwrap_or($crate::schema::Cell::Null);)*
                Self { $($column: $crate::schema::row::value!($kind $column)),* }
            }
        })*

        /// The tables declared here.
        pub(in crate::schema) const TABLES: &[$crate::schema::row::DeclaredTable] =
            &[$(<$crate::schema::row::columns!(@of $row 'static $($numbers)?) as $crate::schema::row::Row<'static>>::TABLE),*];
    };
    (@head) => { &[] };
    (@head $head:ident) => { <$head<'static> as $crate::schema::row::Columns<'static>>::COLUMNS };
}

pub(in crate::schema) use {cell, columns, field, kind, tables, value};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tables::{CostsRow, TrailsRow};

    #[test]
    fn a_row_comes_back_as_it_was_written() {
        let row =
            CostsRow { BilledCost: Some(-3), ServiceName: Some("s"), charge_date: Some(-1), is_hourly: Some(false), ..CostsRow::default() };
        let cells = row.cells();
        assert_eq!(cells.len(), CostsRow::COLUMNS.len());
        assert_eq!(CostsRow::of(&mut cells.into_iter()), row);
        const AT: usize = position(CostsRow::COLUMNS, CostsRow::charge_date);
        assert_eq!((cells[AT], CostsRow::COLUMNS[AT].kind), (Cell::Day(-1), ColumnKind::Date));
    }

    #[test]
    fn columns_are_found_by_name() {
        let last = TrailsRow::COLUMNS.last().unwrap().name;
        assert_eq!(position(TrailsRow::COLUMNS, last), TrailsRow::COLUMNS.len() - 1);
        assert!(std::panic::catch_unwind(|| position(TrailsRow::COLUMNS, "trail")).is_err());
    }
}
