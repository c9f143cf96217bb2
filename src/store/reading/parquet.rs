//! Cost exports delivered as Parquet: a slice of rows at a time becomes text, cell by cell, and goes through the
//! same column mapping as CSV, so that both forms of a month give the same rows.
//!
//! Only the columns that the mapping reads are decoded. polars knows the format; a damaged file can make it
//! panic, so every call into it is caught and becomes a reject.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use polars::prelude::*;
use polars_io::mmap::MmapBytesReader;
use polars_io::prelude::{ParallelStrategy, ParquetReader};

use crate::base::time;
use crate::ingest::batch::Output;
use crate::ingest::detect::Format;
use crate::ingest::formats::cost::{self, Fields};
use crate::ingest::formats::recognise;
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD};

/// Rows decoded at a time; a row group may hold more.
const SLICE: usize = 65_536;
/// Rows after which full batches are handed on.
const FLUSH_EVERY: usize = 256;
/// Decoded bytes a row group's columns may state; more is taken for a bomb or for damage.
const LARGEST_GROUP: i64 = 8 << 30;

/// Where the bytes are.
#[derive(Debug, Clone, Copy)]
pub enum Bytes<'a> {
    /// In memory.
    Held(&'a [u8]),
    /// In a file too large to hold.
    File(&'a Path),
}

impl Bytes<'_> {
    fn open(&self) -> PolarsResult<Box<dyn MmapBytesReader + '_>> {
        Ok(match self {
            Self::Held(bytes) => Box::new(Cursor::new(*bytes)),
            Self::File(path) => Box::new(File::open(path)?),
        })
    }
}

/// The columns of a file and its number of rows.
struct Shape {
    names: Vec<String>,
    rows: usize,
}

/// Runs a call into polars; damage that makes it panic is an error like any other.
fn caught<T>(call: impl FnOnce() -> PolarsResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the Parquet data is damaged or of a kind that cannot be decoded".to_owned()),
    }
}

fn shape(bytes: Bytes<'_>) -> Result<Shape, String> {
    caught(|| {
        let mut reader = ParquetReader::new(bytes.open()?);
        let names = reader.schema()?.iter_names().map(ToString::to_string).collect();
        let metadata = reader.get_metadata()?;
        if metadata.row_groups.iter().any(|g| i64::try_from(g.total_byte_size()).is_ok_and(|n| n > LARGEST_GROUP)) {
            polars_bail!(ComputeError: "a row group states more than {LARGEST_GROUP} bytes");
        }
        Ok(Shape { names, rows: metadata.num_rows })
    })
}

fn slice(bytes: Bytes<'_>, columns: &[usize], at: usize, rows: usize) -> Result<DataFrame, String> {
    caught(|| {
        ParquetReader::new(bytes.open()?)
            .with_projection(Some(columns.to_vec()))
            .with_slice(Some((at, rows)))
            .read_parallel(ParallelStrategy::None)
            .finish()
    })
}

/// What a Parquet file is, by its columns.
pub fn format(bytes: Bytes<'_>) -> Format {
    let names = shape(bytes).map(|s| s.names).unwrap_or_default();
    // Tables of a store keep the names of the columns that they were read from, and would be read once more.
    if [SOURCE_FILE_ID, SOURCE_RECORD].iter().all(|own| names.iter().any(|name| name == own)) {
        return Format::StoreTable;
    }
    recognise::of_columns(names.iter().map(String::as_str)).unwrap_or(Format::Parquet)
}

/// Reads a Parquet file into the table that its columns belong to.
pub fn read(bytes: Bytes<'_>, out: &mut Output<'_>) {
    if let Err(why) = read_rows(bytes, out) {
        // What was read before stays; the rest counts as one record that could not be read.
        let at = out.counts.read;
        out.read(1);
        out.reject(at, None, why);
    }
}

fn read_rows(bytes: Bytes<'_>, out: &mut Output<'_>) -> Result<(), String> {
    let shape = shape(bytes)?;
    let mut reader = cost::row_reader(shape.names.iter().map(String::as_str)).map_err(|e| e.to_string())?;
    let mut columns = reader.used();
    columns.sort_unstable();
    columns.dedup();
    let mut binary_amounts = false;
    let mut read = || -> Result<(), String> {
        let mut at = 0;
        while at < shape.rows {
            let frame = slice(bytes, &columns, at, SLICE)?;
            if frame.height() == 0 {
                return Err(format!("the file states {} rows and holds {at}", shape.rows));
            }
            binary_amounts |= frame.columns().iter().any(|c| c.dtype().is_float());
            let texts = caught(|| Texts::of(&frame, &columns, shape.names.len()))?;
            for row in 0..frame.height() {
                let record = (at + row) as u64;
                let cells = Row { texts: &texts, row };
                out.read(1);
                match reader.row(record, &cells, out) {
                    Ok(()) => out.kept(1),
                    Err(reason) => {
                        reader.rejected(&cells);
                        out.reject(record, None, format!("row {record}: {reason}"));
                    }
                }
                if row % FLUSH_EVERY == FLUSH_EVERY - 1 {
                    out.flush_if_large();
                }
            }
            at += frame.height();
        }
        Ok(())
    };
    let ended = read();
    reader.finish(out);
    if binary_amounts {
        out.note("the file holds amounts as binary floating point: each is taken as the shortest decimal that stands for the same number");
    }
    ended
}

/// One row as a JSON object of its cells, for `evidence`; `None` when there is no such row.
pub fn find(bytes: &[u8], record: u64) -> Option<String> {
    let bytes = Bytes::Held(bytes);
    let shape = shape(bytes).ok()?;
    let at = usize::try_from(record).ok().filter(|at| *at < shape.rows)?;
    let columns: Vec<usize> = (0..shape.names.len()).collect();
    let frame = slice(bytes, &columns, at, 1).ok()?;
    let texts = caught(|| Texts::of(&frame, &columns, shape.names.len())).ok()?;
    let row = Row { texts: &texts, row: 0 };
    let cells = shape.names.iter().enumerate().map(|(at, name)| (name.clone(), row.field(at).into()));
    Some(serde_json::Value::Object(cells.collect()).to_string())
}

/// Text of one column, row after row.
#[derive(Default)]
struct Column {
    text: String,
    ends: Vec<usize>,
}

impl Column {
    fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(row).and_then(|end| self.text.get(start..*end)).unwrap_or("")
    }

    fn close(&mut self) {
        self.ends.push(self.text.len());
    }
}

/// The texts of a slice, by index of the file's column; columns that were not asked for stay empty.
struct Texts {
    columns: Vec<Column>,
}

struct Row<'a> {
    texts: &'a Texts,
    row: usize,
}

impl Fields for Row<'_> {
    fn field(&self, column: usize) -> &str {
        self.texts.columns.get(column).map_or("", |c| c.get(self.row))
    }
}

impl Texts {
    fn of(frame: &DataFrame, columns: &[usize], width: usize) -> PolarsResult<Self> {
        let mut texts: Vec<Column> = Vec::new();
        texts.resize_with(width, Column::default);
        for (column, at) in frame.columns().iter().zip(columns) {
            if let Some(place) = texts.get_mut(*at) {
                *place = text_of(column.as_materialized_series())?;
            }
        }
        Ok(Self { columns: texts })
    }
}

/// A column as the texts that a CSV file would hold; NULL is empty.
fn text_of(series: &Series) -> PolarsResult<Column> {
    let mut out = Column { text: String::new(), ends: Vec::with_capacity(series.len()) };
    // Writing to a String cannot fail.
    macro_rules! each {
        ($values:expr, $value:ident, $write:expr) => {
            for $value in $values {
                if let Some($value) = $value {
                    let _: std::fmt::Result = $write(&mut out.text);
                }
                out.close();
            }
        };
    }
    match series.dtype() {
        DataType::String => each!(series.str()?.iter(), value, |t: &mut String| {
            t.push_str(value);
            Ok(())
        }),
        DataType::Float64 => each!(series.f64()?.iter(), value, |t: &mut String| write!(t, "{value}")),
        DataType::Float32 => each!(series.f32()?.iter(), value, |t: &mut String| write!(t, "{value}")),
        DataType::Decimal(_, scale) => {
            let scale = *scale;
            each!(series.decimal()?.physical().iter(), value, |t: &mut String| {
                t.push_str(&scaled(value, scale));
                Ok(())
            });
        }
        // With a zone or without, what is stored counts from 1970 in UTC.
        DataType::Datetime(unit, _) => {
            let micros = |value: i64| match unit {
                TimeUnit::Nanoseconds => value.div_euclid(1_000),
                TimeUnit::Microseconds => value,
                TimeUnit::Milliseconds => value.saturating_mul(1_000),
            };
            each!(series.to_physical_repr().i64()?.iter(), value, |t: &mut String| { write!(t, "{}", time::rfc3339(micros(value))) });
        }
        DataType::Date => {
            let days = series.cast(&DataType::Int32)?;
            each!(days.i32()?.iter(), value, |t: &mut String| write!(t, "{}", time::date_text(value)));
        }
        DataType::Boolean => each!(series.bool()?.iter(), value, |t: &mut String| write!(t, "{value}")),
        DataType::List(_) => maps(series.list()?, &mut out)?,
        DataType::Struct(_) => structs(series.struct_()?, &mut out)?,
        DataType::Binary => each!(series.binary()?.iter(), value, |t: &mut String| {
            t.push_str(&String::from_utf8_lossy(value));
            Ok(())
        }),
        DataType::Null => (0..series.len()).for_each(|_| out.close()),
        // Whole numbers of any width, dictionaries of strings.
        _ => {
            let text = series.cast(&DataType::String)?;
            each!(text.str()?.iter(), value, |t: &mut String| {
                t.push_str(value);
                Ok(())
            });
        }
    }
    Ok(out)
}

/// A decimal of a Parquet file: units of 10^-scale.
fn scaled(units: i128, scale: usize) -> String {
    let digits = units.unsigned_abs().to_string();
    let sign = if units < 0 { "-" } else { "" };
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, rest) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{rest}")
}

/// A map column, which arrives as lists of keys with values, as JSON objects. Another list becomes its elements.
fn maps(lists: &ListChunked, out: &mut Column) -> PolarsResult<()> {
    let lists = lists.rechunk();
    let offsets = lists.offsets()?;
    let inner = lists.get_inner();
    let pairs = inner.struct_().ok().and_then(|s| Some((s.field_by_name("key").ok()?, s.field_by_name("value").ok()?)));
    let pairs = match pairs {
        Some((key, value)) => Some((text_of(&key)?, text_of(&value)?, value.is_null())),
        None => None,
    };
    let elements = if pairs.is_none() { Some(text_of(&inner)?) } else { None };
    let known = lists.is_not_null();
    for (row, span) in offsets.as_slice().windows(2).enumerate() {
        let span = usize::try_from(span[0]).unwrap_or(0)..usize::try_from(span[1]).unwrap_or(0);
        if known.get(row) == Some(true) {
            if let Some((keys, values, nulls)) = &pairs {
                let members = span.clone().filter(|at| nulls.get(*at) == Some(false));
                object(members.map(|at| (keys.get(at), values.get(at))), &mut out.text);
            }
            if let Some(elements) = &elements {
                let texts: Vec<&str> = span.map(|at| elements.get(at)).collect();
                out.text.push_str(&texts.join(", "));
            }
        }
        out.close();
    }
    Ok(())
}

/// A struct column, as some tools write maps: the members that have a value.
fn structs(column: &StructChunked, out: &mut Column) -> PolarsResult<()> {
    let fields = column.fields_as_series();
    let texts = fields.iter().map(text_of).collect::<PolarsResult<Vec<_>>>()?;
    let nulls: Vec<BooleanChunked> = fields.iter().map(|f| f.is_null()).collect();
    for row in 0..column.len() {
        let members = fields.iter().zip(&texts).zip(&nulls).filter(|(_, null)| null.get(row) == Some(false));
        object(members.map(|((field, text), _)| (field.name().as_str(), text.get(row))), &mut out.text);
        out.close();
    }
    Ok(())
}

/// Appends a JSON object of texts.
fn object<'a>(members: impl Iterator<Item = (&'a str, &'a str)>, out: &mut String) {
    let object: serde_json::Map<String, serde_json::Value> = members.map(|(key, value)| (key.to_owned(), value.into())).collect();
    out.push_str(&serde_json::Value::Object(object).to_string());
}

/// Whether bytes are a Parquet file.
pub fn is_parquet(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PAR1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::decimal;

    #[test]
    fn decimals_of_any_scale() {
        for (units, scale, text) in [(5, 0, "5"), (-5, 2, "-0.05"), (12_345, 3, "12.345"), (0, 4, "0.0000")] {
            assert_eq!(scaled(units, scale), text);
            assert!(decimal::parse(text).is_ok());
        }
    }

    #[test]
    fn what_is_no_parquet_is_a_reject() {
        for bytes in [&b"PAR1"[..], b"PAR1PAR1", b"PAR1\xff\xff\xff\x7fPAR1", &[b"PAR1".as_slice(), &[0; 64], b"\x10\0\0\0PAR1"].concat()] {
            let schema = std::sync::Arc::new(crate::schema::Schema::new(Vec::new(), Vec::new()).unwrap());
            let mut sink = |_: &crate::ingest::batch::Batch| ();
            let mut out = Output::new(schema, &mut sink);
            read(Bytes::Held(bytes), &mut out);
            assert_eq!((out.counts.read, out.counts.kept, out.counts.rejected), (1, 0, 1));
            assert_eq!(format(Bytes::Held(bytes)), Format::Parquet);
        }
    }
}
