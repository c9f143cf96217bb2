//! Batches to Parquet, column by column. A batch knows its texts by code, which is what Parquet's
//! dictionary pages hold: going through data frames would spell every text out, only to search for equal
//! ones again.

use std::cell::RefCell;
use std::path::Path;

use polars::prelude::{CompatLevel, PolarsError, PolarsResult, SchemaExt};
use polars_arrow::array::{Array, BooleanArray, DictionaryArray, MutableBinaryViewArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::{Bitmap, MutableBitmap};
use polars_arrow::datatypes::{ArrowDataType, IntegerType};
use polars_parquet::parquet::error::{ParquetError, ParquetResult};
use polars_parquet::parquet::page::{CompressedDataPage, CompressedDictPage, CompressedPage, Page};
use polars_parquet::parquet::{CowBuffer, compression::Compression};
use polars_parquet::write::{
    CompressionOptions, DynIter, DynStreamingIterator, Encoding, FallibleStreamingIterator, FileWriter, KeyValue, ParquetType,
    StatisticsOptions, Version, WriteOptions, ZstdLevel, array_to_columns, schema_to_metadata_key,
};

use super::frame::{PartFile, Source, padded, polars_schema};
use crate::ingest::batch::{Batch, ColumnData};
use crate::ingest::reading::dict::{self, Dict};
use crate::schema::{Column, ColumnKind};
use crate::store::StoreError;

/// Values of a text column beyond which a dictionary must save something to be written.
const ALWAYS_DICTIONARY: usize = 128;

/// The lowest level of zstd: texts are in dictionaries already, and what is left are numbers. Snappy saves a
/// twentieth of the time of ingestion, and takes half as much space again.
const LEVEL: i32 = 1;

/// Bytes of a batch below which its pages are not compressed. A client with very many accounts and Regions has as many files
/// of a few items; there a reader's zstd context for each page costs more than all else about them, and saves nothing.
const SMALL: usize = 32 << 10;

/// Bytes of a column's pages below which they are not compressed: most columns of events have no value in most files.
const SMALL_COLUMN: usize = 512;

thread_local! {
    static ZSTD: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

/// A Parquet file of batches, being written beside its final name.
pub struct BatchWriter {
    inner: FileWriter<PartFile>,
    file: PartFile,
    fields: Vec<ParquetType>,
    kinds: Vec<ColumnKind>,
    options: WriteOptions,
    schema: KeyValue,
}

impl BatchWriter {
    /// Opens `path` (under a temporary name) for rows of these columns.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(path: &Path, columns: &[Column]) -> Result<Self, StoreError> {
        let error = |e| StoreError::polars(path, e);
        let file = PartFile::create(path)?;
        let options = WriteOptions {
            statistics: StatisticsOptions::default(),
            version: Version::V1,
            compression: CompressionOptions::Zstd(Some(ZstdLevel::try_new(LEVEL).map_err(error)?)),
            data_page_size: None,
        };
        let schema = polars_schema(columns).to_arrow(CompatLevel::newest());
        let key = schema_to_metadata_key(&schema);
        let inner = FileWriter::try_new(file.clone(), schema, options).map_err(error)?;
        let fields = inner.parquet_schema().fields().to_vec();
        let kinds = columns.iter().map(|c| c.kind).collect();
        Ok(Self { inner, file, fields, kinds, options, schema: key })
    }

    /// Writes a batch as a row group.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, batch: &Batch, source: Source<'_>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.write_rows(batch, source).map_err(|e| self.file.error(e))
    }

    fn write_rows(&mut self, batch: &Batch, source: Source<'_>) -> PolarsResult<()> {
        let (rows, options) = (batch.len(), self.options);
        let is_small = batch.held() < SMALL;
        let mut texts = Texts::default();
        let files = sources(source, rows, &mut texts)?;
        let records = files.is_some().then(|| (PrimitiveArray::from_slice(batch.records()).boxed(), Encoding::RleDictionary));
        let own = batch.columns().iter().zip(&self.kinds).map(|(data, kind)| column(data, *kind, rows, batch.dict(), &mut texts));
        // One column after the other is made ready and written.
        let arrays = own.chain(files.into_iter().chain(records).map(Ok));
        let columns = arrays.zip(&self.fields).flat_map(|(array, field)| {
            let pages = array.and_then(|(array, encoding)| array_to_columns(array, field.clone(), options, &[encoding]));
            let (pages, failed) = match pages {
                Ok(pages) => (pages, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            let written = pages.into_iter().map(move |pages| {
                let pages: Vec<Page> = pages.collect::<PolarsResult<_>>()?;
                let is_small = is_small || pages.iter().map(bytes_of).sum::<usize>() < SMALL_COLUMN;
                let pages = pages.into_iter();
                Ok(DynStreamingIterator::new(Compressed { pages, is_small, current: None }.map_err(PolarsError::from)))
            });
            written.chain(failed)
        });
        self.inner.write(rows as u64, DynIter::new(columns))
    }

    /// Ends the file and gives it its name.
    ///
    /// # Errors
    /// When it cannot be written or renamed.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.inner.end(Some(vec![self.schema])).map_err(|e| self.file.error(e))?;
        self.file.finish()
    }
}

/// Pages, compressed one after the other. The library's own compressor begins with a context of its own for each
/// page, which costs nearly as much as compressing it.
struct Compressed<I> {
    pages: I,
    /// They are left as they are.
    is_small: bool,
    current: Option<CompressedPage>,
}

impl<I: Iterator<Item = Page>> FallibleStreamingIterator for Compressed<I> {
    type Item = CompressedPage;
    type Error = ParquetError;

    fn advance(&mut self) -> ParquetResult<()> {
        self.current = self.pages.next().map(|page| compressed(page, self.is_small)).transpose()?;
        Ok(())
    }

    fn get(&self) -> Option<&CompressedPage> {
        self.current.as_ref()
    }
}

fn bytes_of(page: &Page) -> usize {
    match page {
        Page::Data(page) => page.buffer().len(),
        Page::Dict(page) => page.buffer.len(),
    }
}

fn compressed(page: Page, is_small: bool) -> ParquetResult<CompressedPage> {
    let codec = if is_small { Compression::Uncompressed } else { Compression::Zstd };
    let pack = |bytes: &[u8]| if is_small { Ok(bytes.to_vec()) } else { zstd(bytes) };
    Ok(match page {
        // Of pages of version 1 all bytes are compressed.
        Page::Data(page) => {
            let (header, rows) = (page.header().clone(), page.num_rows.unwrap_or_default());
            let bytes = CowBuffer::Owned(pack(page.buffer())?);
            let length = page.buffer().len();
            CompressedPage::Data(CompressedDataPage::new(header, bytes, codec, length, page.descriptor, rows))
        }
        Page::Dict(page) => {
            let bytes = CowBuffer::Owned(pack(&page.buffer)?);
            CompressedPage::Dict(CompressedDictPage::new(bytes, codec, page.buffer.len(), page.num_values, page.is_sorted))
        }
    })
}

/// Compresses with the context of this thread.
fn zstd(bytes: &[u8]) -> ParquetResult<Vec<u8>> {
    let compress = |known: &mut Option<zstd::bulk::Compressor<'static>>| match known {
        Some(zstd) => zstd.compress(bytes),
        None => known.insert(zstd::bulk::Compressor::new(LEVEL)?).compress(bytes),
    };
    ZSTD.with_borrow_mut(compress).map_err(|e: std::io::Error| ParquetError::FeatureNotSupported(e.to_string()))
}

/// Writes one batch as a whole file.
///
/// # Errors
/// When it cannot be written.
pub fn write_batch(path: &Path, batch: &Batch, source: Source<'_>) -> Result<(), StoreError> {
    let mut writer = BatchWriter::create(path, &batch.table().all_columns())?;
    writer.write(batch, source)?;
    writer.finish()
}

/// The values of a column, and how Parquet writes them.
type Encoded = (Box<dyn Array>, Encoding);

fn column(data: &ColumnData, kind: ColumnKind, rows: usize, dict: &Dict, texts: &mut Texts) -> PolarsResult<Encoded> {
    Ok(match data {
        ColumnData::Text(codes) => return texts.array(codes, rows, dict),
        ColumnData::Documents(documents) => {
            let mut views = MutableBinaryViewArray::<str>::with_capacity(rows);
            documents.of_rows(rows).for_each(|text| views.push(text));
            (Utf8ViewArray::from(views).boxed(), Encoding::Plain)
        }
        ColumnData::Int(values) if kind == ColumnKind::Date => {
            let days: Vec<Option<i32>> = values.iter().map(|v| v.and_then(|v| i32::try_from(v).ok())).collect();
            (primitive(&days, rows, ArrowDataType::Date32), Encoding::RleDictionary)
        }
        ColumnData::Int(values) => (primitive(values, rows, arrow(kind)), Encoding::RleDictionary),
        ColumnData::Bool(values) => {
            let bits: Bitmap = padded(values, rows).map(Option::unwrap_or_default).collect();
            (BooleanArray::new(ArrowDataType::Boolean, bits, validity(values, rows)).boxed(), Encoding::Plain)
        }
        ColumnData::Decimal(values) => (primitive(values, rows, arrow(kind)), Encoding::RleDictionary),
        ColumnData::Double(values) => (primitive(values, rows, arrow(kind)), Encoding::RleDictionary),
    })
}

fn arrow(kind: ColumnKind) -> ArrowDataType {
    super::frame::dtype(kind).to_arrow(CompatLevel::newest())
}

/// Which rows have a value; `None` if all have.
fn validity<T>(values: &[Option<T>], rows: usize) -> Option<Bitmap> {
    if values.len() == rows && values.iter().all(Option::is_some) {
        return None;
    }
    let mut bits: MutableBitmap = values.iter().map(Option::is_some).collect();
    bits.extend_constant(rows.saturating_sub(values.len()), false);
    Some(bits.into())
}

fn primitive<T: polars_arrow::types::NativeType>(values: &[Option<T>], rows: usize, kind: ArrowDataType) -> Box<dyn Array> {
    let plain: Vec<T> = padded(values, rows).map(Option::unwrap_or_default).collect();
    PrimitiveArray::new(kind, plain.into(), validity(values, rows)).boxed()
}

/// The file of each row.
fn sources(source: Source<'_>, rows: usize, texts: &mut Texts) -> PolarsResult<Option<Encoded>> {
    let mut dict = Dict::default();
    let codes: Vec<u32> = match source {
        Source::None => return Ok(None),
        Source::File(id) => vec![dict.code(id); rows],
        Source::Files(files, ids) => {
            let mut known: Vec<u32> = vec![dict::NULL; ids.len()];
            files
                .iter()
                .map(|file| match (known.get_mut(*file as usize), ids.get(*file as usize)) {
                    (Some(code), Some(id)) => {
                        if *code == dict::NULL {
                            *code = dict.code(id);
                        }
                        *code
                    }
                    _ => dict::NULL,
                })
                .collect()
        }
    };
    texts.array(&codes, rows, &dict).map(Some)
}

/// Turns codes of a whole batch into a column's own dictionary.
#[derive(Default)]
struct Texts {
    /// Number of each code within the column at hand, counted from 1.
    numbers: Vec<u32>,
    /// The codes of the column at hand, in the order they appear.
    order: Vec<u32>,
}

impl Texts {
    /// Codes are numbered in the order of rows, so that a file's bytes do not depend on how its texts came.
    fn array(&mut self, codes: &[u32], rows: usize, dict: &Dict) -> PolarsResult<Encoded> {
        self.numbers.resize(dict.len() + 1, 0);
        self.order.clear();
        let mut keys: Vec<u32> = Vec::with_capacity(rows);
        let mut nulls = rows - codes.len();
        for code in codes {
            let number = &mut self.numbers[*code as usize];
            if *code == dict::NULL {
                nulls += 1;
            } else if *number == 0 {
                self.order.push(*code);
                *number = self.order.len() as u32;
            }
            keys.push(number.saturating_sub(1));
        }
        keys.resize(rows, 0);
        for code in &self.order {
            self.numbers[*code as usize] = 0;
        }
        if self.order.is_empty() {
            return Ok((Utf8ViewArray::new_null(ArrowDataType::Utf8View, rows).boxed(), Encoding::Plain));
        }
        let validity = (nulls > 0).then(|| {
            let mut bits: MutableBitmap = codes.iter().map(|code| *code != dict::NULL).collect();
            bits.extend_constant(rows - codes.len(), false);
            Bitmap::from(bits)
        });
        let values = rows - nulls;
        if values > ALWAYS_DICTIONARY && self.order.len() * 4 > values * 3 {
            let mut texts = MutableBinaryViewArray::<str>::with_capacity(rows);
            let padding = std::iter::repeat_n(&dict::NULL, rows - codes.len());
            codes.iter().chain(padding).for_each(|code| texts.push(dict.get(*code)));
            return Ok((Utf8ViewArray::from(texts).boxed(), Encoding::Plain));
        }
        let texts = self.order.iter().map(|code| dict.get(*code).unwrap_or_default());
        let texts = MutableBinaryViewArray::<str>::from_values_iter(texts);
        let kind = ArrowDataType::Dictionary(IntegerType::UInt32, Box::new(ArrowDataType::Utf8View), false);
        let keys = PrimitiveArray::new(ArrowDataType::UInt32, keys.into(), validity);
        let array = DictionaryArray::<u32>::try_new(kind, keys, Utf8ViewArray::from(texts).boxed())?;
        Ok((array.boxed(), Encoding::RleDictionary))
    }
}
