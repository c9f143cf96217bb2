//! Query results as plain values, for reports and workpapers: polars ends here.

use polars::prelude::*;

use crate::base::{decimal, time};

/// One value of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// Text.
    Text(String),
    /// Whole number.
    Int(i64),
    /// Flag.
    Bool(bool),
    /// UTC microseconds.
    Time(i64),
    /// Days since 1970.
    Day(i32),
    /// Units of 10^-18.
    Decimal(i128),
    /// Floating point.
    Double(f64),
}

impl Value {
    /// As printed: times as RFC 3339, NULL as empty text.
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            Self::Int(number) => number.to_string(),
            Self::Bool(flag) => flag.to_string(),
            Self::Time(micros) => time::rfc3339(*micros),
            Self::Day(day) => time::date_text(*day),
            Self::Decimal(units) => decimal::text(*units),
            Self::Double(number) => format_double(*number),
        }
    }

    /// The number, if it is one.
    #[expect(clippy::cast_precision_loss, reason = "for drawing and ratios; exact values stay in the table")]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Decimal(units) => Some(*units as f64 / decimal::ONE as f64),
            Self::Double(number) => Some(*number).filter(|n| n.is_finite()),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// A decimal of any scale: as units of 10^-18 where they hold it exactly, else as its digits.
fn exact(units: i128, scale: usize) -> Value {
    let more = u32::try_from(scale).ok().and_then(|scale| 18_u32.checked_sub(scale));
    let rescaled = more.and_then(|more| 10_i128.checked_pow(more)).and_then(|factor| units.checked_mul(factor));
    rescaled.map_or_else(|| Value::Text(digits(units, scale)), Value::Decimal)
}

/// The digits of `units` with `scale` of them behind the point, without zeros at the end.
fn digits(units: i128, scale: usize) -> String {
    let text = format!("{:0>width$}", units.unsigned_abs().to_string(), width = scale + 1);
    let (whole, behind) = text.split_at(text.len() - scale);
    let behind = behind.trim_end_matches('0');
    let sign = if units < 0 { "-" } else { "" };
    if behind.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }
}

/// Six decimals at most, no trailing zeros: the same text on every machine.
fn format_double(number: f64) -> String {
    if !number.is_finite() {
        return String::new();
    }
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A result: names and rows.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<Value>>,
}

impl Grid {
    /// Position of a column.
    pub fn at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// Value of a row in the first of these columns that exists.
    pub fn get<'g>(&'g self, row: &'g [Value], names: &[&str]) -> &'g Value {
        names.iter().find_map(|n| self.at(n)).and_then(|at| row.get(at)).unwrap_or(&Value::Null)
    }

    /// The first `limit` rows of a frame.
    ///
    /// # Errors
    /// When a column is of a type no table has.
    pub fn of(frame: &DataFrame, limit: usize) -> PolarsResult<Self> {
        let height = frame.height().min(limit);
        let mut rows = vec![Vec::with_capacity(frame.width()); height];
        for column in frame.columns() {
            let series = column.as_materialized_series();
            let mut put = |row: usize, value: Value| rows[row].push(value);
            match series.dtype() {
                DataType::String => {
                    let values = series.str()?;
                    (0..height).for_each(|r| put(r, values.get(r).map_or(Value::Null, |t| Value::Text(t.to_owned()))));
                }
                DataType::Boolean => {
                    let values = series.bool()?;
                    (0..height).for_each(|r| put(r, values.get(r).map_or(Value::Null, Value::Bool)));
                }
                DataType::Decimal(_, scale) => {
                    let values = series.decimal()?.physical().clone();
                    (0..height).for_each(|r| put(r, values.get(r).map_or(Value::Null, |v| exact(v, *scale))));
                }
                DataType::Datetime(_, _) => {
                    let cast = series.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?.cast(&DataType::Int64)?;
                    let values = cast.i64()?;
                    (0..height).for_each(|r| put(r, values.get(r).map_or(Value::Null, Value::Time)));
                }
                DataType::Date => {
                    let cast = series.cast(&DataType::Int32)?;
                    let values = cast.i32()?;
                    (0..height).for_each(|r| put(r, values.get(r).map_or(Value::Null, Value::Day)));
                }
                DataType::Float32 | DataType::Float64 => {
                    let cast = series.cast(&DataType::Float64)?;
                    let values = cast.f64()?;
                    (0..height).for_each(|r| put(r, values.get(r).map_or(Value::Null, Value::Double)));
                }
                DataType::Null => (0..height).for_each(|r| put(r, Value::Null)),
                DataType::Int8
                | DataType::Int16
                | DataType::Int32
                | DataType::Int64
                | DataType::UInt8
                | DataType::UInt16
                | DataType::UInt32 => {
                    let cast = series.cast(&DataType::Int64)?;
                    let values = cast.i64()?;
                    (0..height).for_each(|r| put(r, values.get(r).map_or(Value::Null, Value::Int)));
                }
                // Times of day, lengths of time, whole numbers beyond 64 bits, lists: no table has them, a query can make them.
                _ => {
                    for row in 0..height {
                        put(
                            row,
                            match series.get(row)? {
                                AnyValue::Null => Value::Null,
                                AnyValue::UInt64(number) => {
                                    i64::try_from(number).map_or_else(|_| Value::Text(number.to_string()), Value::Int)
                                }
                                other => Value::Text(other.to_string()),
                            },
                        );
                    }
                }
            }
        }
        Ok(Self { columns: frame.get_column_names().iter().map(|n| n.to_string()).collect(), rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_every_scale_keep_their_value() {
        let text = |units, scale| exact(units, scale).to_text();
        assert_eq!(text(-1_250, 2), "-12.5");
        assert_eq!(text(10_i128.pow(37), 0), "10000000000000000000000000000000000000");
        assert_eq!(text(-(10_i128.pow(37)), 0), "-10000000000000000000000000000000000000");
        assert_eq!(text(15, 20), "0.00000000000000000015");
        assert_eq!(text(-15 * 10_i128.pow(20), 20), "-15");
        assert_eq!(text(0, 38), "0");
        assert_eq!(text(i128::MIN, 38), "-1.70141183460469231731687303715884105728");
    }

    #[test]
    fn kinds_that_no_table_has_are_printed_and_not_cut() {
        let big = UInt64Chunked::from_slice("big".into(), &[u64::MAX, 7]).into_column();
        let length = Int64Chunked::from_slice("length".into(), &[90_000_000, 0])
            .into_column()
            .cast(&DataType::Duration(TimeUnit::Microseconds))
            .unwrap();
        let grid = Grid::of(&DataFrame::new(2, vec![big, length]).unwrap(), 9).unwrap();
        assert_eq!(grid.rows[0][0], Value::Text("18446744073709551615".to_owned()));
        assert_eq!(grid.rows[1][0], Value::Int(7));
        assert_eq!(grid.rows[0][1].to_text(), "1m 30s");
    }
}
