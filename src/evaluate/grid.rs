//! Query results as plain values, for reports and workpapers: polars ends here.

use polars::prelude::*;

use crate::ingest::{decimal, time};

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
                    let rescale = 10i128.pow(18u32.saturating_sub(u32::try_from(*scale).unwrap_or(18)));
                    let values = series.decimal()?.physical().clone();
                    (0..height).for_each(|r| put(r, values.get(r).map_or(Value::Null, |v| Value::Decimal(v * rescale))));
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
                _ => {
                    let cast = series.cast(&DataType::Int64)?;
                    let values = cast.i64()?;
                    (0..height).for_each(|r| put(r, values.get(r).map_or(Value::Null, Value::Int)));
                }
            }
        }
        Ok(Self { columns: frame.get_column_names().iter().map(|n| n.to_string()).collect(), rows })
    }
}
