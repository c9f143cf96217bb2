//! Tables of cost data beside the charges, and one way to read any of them: rows of named cells, whether
//! they come from CSV or from Parquet.

use std::io::BufRead;

use super::advice::AdviceReader;
use super::carbon::CarbonReader;
use super::header::{Fields, Header};
use super::{CostError, CostOptions, CostReader, advice, carbon, kind_of};
use crate::ingest::batch::Output;
use crate::ingest::reading::records::Records;

/// Reads the rows of one export, one by one.
pub trait RowReader {
    /// Adds what a row says to its table.
    ///
    /// # Errors
    /// What is wrong with the row, in words; nothing was then added.
    fn row(&mut self, record: u64, row: &dyn Fields, out: &mut Output<'_>) -> Result<(), String>;

    /// Told of a row that [`RowReader::row`] refused, so that sums of amounts may still count it.
    fn rejected(&mut self, _row: &dyn Fields) {}

    /// Indexes of the columns that are read.
    fn used(&self) -> Vec<usize>;

    /// Ends the file.
    fn finish(self: Box<Self>, out: &mut Output<'_>);
}

impl RowReader for CostReader {
    fn row(&mut self, record: u64, row: &dyn Fields, out: &mut Output<'_>) -> Result<(), String> {
        CostReader::row(self, record, row, out)
    }

    fn rejected(&mut self, row: &dyn Fields) {
        CostReader::rejected(self, row);
    }

    fn used(&self) -> Vec<usize> {
        CostReader::used(self)
    }

    fn finish(self: Box<Self>, out: &mut Output<'_>) {
        CostReader::finish(*self, out);
    }
}

/// The reader for an export with these columns.
///
/// # Errors
/// When the columns are those of no known export, or one is missing that no row can do without.
pub fn row_reader<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Box<dyn RowReader>, CostError> {
    reader_of(Header::new(names))
}

fn reader_of(header: Header) -> Result<Box<dyn RowReader>, CostError> {
    if let Some(kind) = kind_of(&header) {
        return Ok(Box::new(CostReader::new(kind, header, CostOptions::default())?));
    }
    if carbon::is_carbon(&header) {
        Ok(Box::new(CarbonReader::new(&header)?))
    } else if advice::is_hub(&header) || advice::is_optimizer(&header) {
        Ok(Box::new(AdviceReader::new(&header)))
    } else {
        Err(CostError::Unknown)
    }
}

/// One record of a CSV file as a JSON object of its cells, by 0-based index as the readers count.
pub fn find_csv(text: &[u8], record: u64) -> Option<String> {
    let mut input = text;
    let mut records = Records::open(&mut input).ok()?;
    while records.advance().ok()? {
        if records.index() == record {
            return Some(records.to_json());
        }
    }
    None
}

/// One record of answers that hold them in a list of this name, by 0-based index as the readers count.
pub(super) fn find_listed(member: &str, text: &[u8], record: u64) -> Option<String> {
    let mut left = usize::try_from(record).ok()?;
    for document in serde_json::Deserializer::from_slice(text).into_iter::<serde_json::Value>() {
        let document = document.ok()?;
        let Some(list) = document.get(member).and_then(serde_json::Value::as_array) else { continue };
        if let Some(found) = list.get(left) {
            return Some(found.to_string());
        }
        left -= list.len();
    }
    None
}

/// Reads a CSV export of any of these tables.
///
/// # Errors
/// When there is no usable header, or the stream breaks: rows read until then stay in `out`.
pub fn read_table(input: &mut dyn BufRead, out: &mut Output<'_>) -> Result<(), CostError> {
    let mut records = Records::open(input)?;
    let mut reader = reader_of(Header::of_csv(&records))?;
    let ended = loop {
        match records.advance() {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(CostError::from(error)),
        }
        let (index, line, offset) = (records.index(), records.line(), records.offset());
        out.read(1);
        match records.row().and_then(|row| reader.row(index, &row, out)) {
            Ok(()) => out.kept(1),
            Err(reason) => out.reject(index, Some(offset), format!("line {line}: {reason}")),
        }
        out.flush_if_large();
    };
    reader.finish(out);
    if let Some(why) = records.decimals().objection() {
        out.withdraw(why);
    }
    ended
}
