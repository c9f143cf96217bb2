//! Between batches, polars data frames and Parquet files. The only file that knows how a column kind
//! is spelt in polars.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use polars::prelude::*;
use polars_io::parquet::write::BatchedWriter;
use polars_io::prelude::{ParquetCompression, ParquetReader, ParquetWriter};

use crate::ingest::batch::{Batch, ColumnData};
use crate::ingest::reading::dict::{self, Dict};
use crate::schema::{self, ColumnKind, Table};
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD};
use crate::store::StoreError;

/// Rows in a row group, so that a reader never needs more than a slice of a file.
pub const ROW_GROUP: usize = 131_072;

/// The polars type of a column kind.
pub fn dtype(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Text | ColumnKind::Document => DataType::String,
        ColumnKind::Bigint => DataType::Int64,
        ColumnKind::Boolean => DataType::Boolean,
        ColumnKind::Timestamp => DataType::Datetime(TimeUnit::Microseconds, None),
        ColumnKind::Date => DataType::Date,
        ColumnKind::Decimal => DataType::Decimal(38, 18),
        ColumnKind::Double => DataType::Float64,
    }
}

/// The polars schema of a table, source columns included.
pub fn polars_schema(columns: &[schema::Column]) -> Schema {
    columns.iter().map(|c| Field::new(c.name.as_str().into(), dtype(c.kind))).collect()
}

/// An empty frame of these columns.
pub fn empty(columns: &[schema::Column]) -> DataFrame {
    DataFrame::empty_with_schema(&polars_schema(columns))
}

fn series(batch: &Batch, name: &str, kind: ColumnKind, data: &ColumnData) -> PolarsResult<Series> {
    let name: PlSmallStr = name.into();
    let rows = batch.len();
    Ok(match data {
        ColumnData::Text(codes) => {
            let texts = codes.iter().copied().chain(std::iter::repeat(dict::NULL)).take(rows);
            StringChunked::from_iter_options(name, texts.map(|code| batch.dict().get(code))).into_series()
        }
        ColumnData::Documents(documents) => StringChunked::from_iter_options(name, documents.of_rows(rows)).into_series(),
        ColumnData::Int(values) => {
            let ints = Int64Chunked::from_iter_options(name, padded(values, rows)).into_series();
            match kind {
                ColumnKind::Timestamp => ints.cast(&dtype(kind))?,
                ColumnKind::Date => ints.cast(&DataType::Int32)?.cast(&DataType::Date)?,
                _ => ints,
            }
        }
        ColumnData::Bool(values) => BooleanChunked::from_iter_options(name, padded(values, rows)).into_series(),
        ColumnData::Decimal(values) => {
            Int128Chunked::from_iter_options(name, padded(values, rows)).into_decimal_unchecked(38, 18).into_series()
        }
        ColumnData::Double(values) => Float64Chunked::from_iter_options(name, padded(values, rows)).into_series(),
    })
}

/// The values, and NULLs up to `rows`.
pub(in crate::store) fn padded<T: Copy>(values: &[Option<T>], rows: usize) -> impl Iterator<Item = Option<T>> {
    values.iter().copied().chain(std::iter::repeat_n(None, rows.saturating_sub(values.len())))
}

/// Who wrote the rows of a batch.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// One file for all rows.
    File(&'a str),
    /// The file of each row: index into the list of ids.
    Files(&'a [u32], &'a [String]),
    /// The table does not keep it.
    None,
}

/// A batch as a frame, with `source_file_id` and `source_record` where the table keeps them.
///
/// # Errors
/// When polars refuses a conversion.
pub fn frame(batch: &Batch, source: Source<'_>) -> PolarsResult<DataFrame> {
    let table = batch.table();
    let mut columns = Vec::with_capacity(table.columns.len() + 2);
    for (column, data) in table.columns.iter().zip(batch.columns()) {
        columns.push(series(batch, &column.name, column.kind, data)?.into_column());
    }
    let height = batch.len();
    match source {
        Source::File(id) => {
            columns.push(Column::new_scalar(SOURCE_FILE_ID.into(), Scalar::from(PlSmallStr::from(id)), height).cast(&DataType::String)?);
        }
        Source::Files(rows, ids) => {
            let ids = rows.iter().map(|row| ids.get(*row as usize).map(String::as_str));
            columns.push(StringChunked::from_iter_options(SOURCE_FILE_ID.into(), ids).into_column());
        }
        Source::None => {}
    }
    if !matches!(source, Source::None) {
        columns.push(Int64Chunked::from_slice(SOURCE_RECORD.into(), batch.records()).into_column());
    }
    DataFrame::new(height, columns)
}

/// A file being written beside its final name, buffered. It can still be flushed, with its error seen, after polars
/// has taken it.
#[derive(Clone)]
pub(in crate::store) struct PartFile {
    shared: Arc<Mutex<(BufWriter<File>, Option<std::io::Error>)>>,
    part: PathBuf,
    path: PathBuf,
}

impl PartFile {
    /// Does something with the file. Its first error is kept: polars passes on that there was one, not which.
    fn with<T>(&self, act: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<T>) -> std::io::Result<T> {
        let (file, failed) = &mut *self.shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        act(file).map_err(|error| {
            let again = std::io::Error::from(error.kind());
            failed.get_or_insert(error);
            again
        })
    }

    /// Begins the file that will be `path`, and makes its folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(in crate::store) fn create(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| StoreError::io(folder, e))?;
        }
        let part = path.with_extension("part");
        let file = File::create(&part).map_err(|e| StoreError::io(&part, e))?;
        let shared = Arc::new(Mutex::new((BufWriter::with_capacity(1 << 16, file), None)));
        Ok(Self { shared, part, path: path.to_owned() })
    }

    /// What went wrong with the file, else what polars says.
    pub(in crate::store) fn error(&self, error: PolarsError) -> StoreError {
        let failed = self.shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner).1.take();
        failed.map_or_else(|| StoreError::polars(&self.path, error), |failed| StoreError::io(&self.path, failed))
    }

    /// Ends the file and gives it its name.
    ///
    /// # Errors
    /// When it cannot be written or renamed.
    pub(in crate::store) fn finish(mut self) -> Result<(), StoreError> {
        self.flush().map_err(|e| StoreError::io(&self.part, e))?;
        std::fs::rename(&self.part, &self.path).map_err(|e| StoreError::io(&self.path, e))
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.with(|file| file.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.with(Write::flush)
    }
}

/// A Parquet file of data frames, being written beside its final name.
pub struct Writer {
    inner: BatchedWriter<PartFile>,
    file: PartFile,
}

impl Writer {
    /// Opens `path` (under a temporary name) for rows with the columns of a frame.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn of(path: &Path, frame: &DataFrame) -> Result<Self, StoreError> {
        let file = PartFile::create(path)?;
        let inner = ParquetWriter::new(file.clone())
            .with_compression(ParquetCompression::Zstd(None))
            .with_row_group_size(Some(ROW_GROUP))
            .set_parallel(false)
            .batched(frame.schema())
            .map_err(|e| file.error(e))?;
        Ok(Self { inner, file })
    }

    /// Writes a frame as a row group.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, frame: &DataFrame) -> Result<(), StoreError> {
        if frame.height() == 0 {
            return Ok(());
        }
        let mut aligned = frame.clone();
        aligned.rechunk_mut();
        self.inner.write_batch(&aligned).map_err(|e| self.file.error(e))
    }

    /// Ends the file and gives it its name.
    ///
    /// # Errors
    /// When it cannot be written or renamed.
    pub fn finish(self) -> Result<(), StoreError> {
        self.inner.finish().map_err(|e| self.file.error(e))?;
        self.file.finish()
    }
}

/// Reads a Parquet file, all of it or some columns.
///
/// # Errors
/// When it cannot be read or lacks a column.
pub fn read(path: &Path, columns: Option<&[String]>) -> Result<DataFrame, StoreError> {
    let file = File::open(path).map_err(|e| StoreError::io(path, e))?;
    ParquetReader::new(file)
        .with_columns(columns.map(<[String]>::to_vec))
        .read_parallel(polars_io::prelude::ParallelStrategy::None)
        .finish()
        .map_err(|e| StoreError::polars(path, e))
}

/// Joins frames of the same columns; an empty frame of `columns` if there is none.
///
/// # Errors
/// When their columns differ.
pub fn concat(frames: Vec<DataFrame>, columns: &[schema::Column]) -> PolarsResult<DataFrame> {
    let mut all = stacked(frames, columns)?;
    all.rechunk_mut();
    Ok(all)
}

/// The same without copying them into one piece: for frames of which few rows are taken.
///
/// # Errors
/// When their columns differ.
pub fn stacked(frames: Vec<DataFrame>, columns: &[schema::Column]) -> PolarsResult<DataFrame> {
    let mut frames = frames.into_iter();
    let Some(mut all) = frames.next() else { return Ok(empty(columns)) };
    for frame in frames {
        all.vstack_mut(&frame)?;
    }
    Ok(all)
}

/// Rows that were taken from others hold on to all texts of those. Where that is more than their own, they get texts
/// of their own; texts that many rows share stay shared.
///
/// # Errors
/// When a column cannot be replaced.
pub fn released(mut frame: DataFrame) -> PolarsResult<DataFrame> {
    let names: Vec<PlSmallStr> = frame.get_column_names().into_iter().cloned().collect();
    for name in names {
        let Ok(texts) = frame.column(&name)?.str() else { continue };
        let (own, held) =
            texts.downcast_iter().fold((0, 0), |(own, held), part| (own + part.total_bytes_len(), held + part.total_buffer_len()));
        if own < held {
            let texts = StringChunked::from_iter_options(name.clone(), texts.iter());
            frame.with_column(texts.into_column())?;
        }
    }
    Ok(frame)
}

/// A frame read from the store as a batch again, with the file id of each row.
///
/// # Errors
/// When a column is missing or of another type.
pub fn batch(frame: &DataFrame, table: &Arc<Table>) -> PolarsResult<(Batch, Vec<String>)> {
    let mut data = Vec::with_capacity(table.columns.len());
    let mut dict = Dict::default();
    for column in &table.columns {
        let series = frame.column(&column.name)?.as_materialized_series();
        data.push(match column.kind {
            ColumnKind::Text => {
                ColumnData::Text(series.str()?.iter().map(|text| text.map_or(dict::NULL, |text| dict.code(text))).collect())
            }
            ColumnKind::Document => ColumnData::Documents(series.str()?.iter().collect()),
            ColumnKind::Boolean => ColumnData::Bool(series.bool()?.iter().collect()),
            ColumnKind::Double => ColumnData::Double(series.f64()?.iter().collect()),
            ColumnKind::Decimal => ColumnData::Decimal(series.decimal()?.physical().iter().collect()),
            ColumnKind::Bigint | ColumnKind::Timestamp | ColumnKind::Date => {
                ColumnData::Int(series.cast(&DataType::Int64)?.i64()?.iter().collect())
            }
        });
    }
    let sources = frame.column(SOURCE_FILE_ID)?.str()?.iter().map(|t| t.unwrap_or("").to_owned()).collect();
    let records = frame.column(SOURCE_RECORD)?.i64()?.iter().map(|r| r.unwrap_or(0)).collect();
    Ok((Batch::restore(Arc::clone(table), data, dict, records), sources))
}
