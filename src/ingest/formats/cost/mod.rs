//! Cost and usage exports, read as a stream into table `costs` in FOCUS columns.
//!
//! Four forms are known, told apart by their header alone: legacy Cost and Usage Reports with native
//! (`lineItem/UnblendedCost`) or Athena names (`line_item_unblended_cost`), CUR 2.0 with map columns,
//! and FOCUS 1.0 to 1.2. CUR rows are brought to FOCUS row by row. A record that cannot be read is
//! rejected with its line, and the rest goes on.

mod advice;
mod carbon;
mod columns;
mod control;
mod cur;
mod explorer;
mod focus;
pub mod format;
mod header;
mod hub_answer;
mod invoices;
mod manifest;
mod read;
mod rules;
mod services;
mod summary;
mod table;
mod tags;
#[cfg(test)]
pub(crate) mod testing;

use thiserror::Error;

pub use control::{ControlSums, ControlTotal, FileTotals, MARKS, RejectedTotal};
pub use explorer::{ExplorerError, read_explorer};
pub use header::{Fields, Header};
pub use hub_answer::read_hub_answer;
pub use invoices::{InvoicesError, month_of, read_invoices};
pub use manifest::{Assembly, CurManifest, Delivery, ManifestError, assembly_of, delivery_of, parse_manifest};
pub use read::{control_totals, read_csv, read_detected};
pub use summary::{CostSummary, PeriodFacts, PlanCheck, Totals};
pub use table::{RowReader, find_csv, read_table, row_reader};

use crate::ingest::batch::Output;
use crate::ingest::reading::records::RecordsError;

/// The form of a cost export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CostKind {
    /// Legacy Cost and Usage Report with names such as `lineItem/UnblendedCost`.
    LegacyCur,
    /// The same with the snake case names of its Athena integration.
    LegacyCurSnake,
    /// CUR 2.0 of Data Exports: snake case with map columns.
    Cur2,
    /// FOCUS 1.0, 1.1 or 1.2.
    Focus,
}

impl CostKind {
    /// As in column `x_SourceFormat`.
    pub fn source_format(self) -> &'static str {
        match self {
            Self::LegacyCur | Self::LegacyCurSnake => "cur",
            Self::Cur2 => "cur2",
            Self::Focus => "focus",
        }
    }
}

/// Which CUR cost column is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BilledBasis {
    /// `lineItem/UnblendedCost`, with negotiated discounts as records of their own.
    #[default]
    Unblended,
    /// `lineItem/NetUnblendedCost` and the `Net` twins of the amortised columns.
    Net,
}

impl BilledBasis {
    /// As in column `x_BilledBasis`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unblended => "unblended",
            Self::Net => "net",
        }
    }
}

/// What a caller decides before a cost export is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct CostOptions {
    /// The CUR columns amounts come from. All files of one month must be read alike: see
    /// [`CostSummary::choose_basis`]. Without net columns it is always unblended.
    pub basis: BilledBasis,
}

/// Why a cost export cannot be read, or not to its end.
#[derive(Debug, Error)]
pub enum CostError {
    /// No header, or the stream breaks.
    #[error(transparent)]
    Csv(#[from] RecordsError),
    /// A column no row can do without.
    #[error("the cost export has no column {column}; include it in the export")]
    Missing {
        /// The column's name.
        column: &'static str,
    },
    /// An answer that is not whole JSON.
    #[error("the answer is not whole JSON: {0}; export it again")]
    Json(String),
    /// The header is of no known form.
    #[error("the header is that of no known cost export (CUR, CUR 2.0 or FOCUS)")]
    Unknown,
}

/// A tag key as exports spell it that lose its case: letters and digits in lower case, nothing else.
pub fn folded_key(key: &str) -> String {
    header::fold(key)
}

/// Which cost export a CSV header belongs to, if any. Case and order do not matter.
pub fn detect(header: &csv::ByteRecord) -> Option<CostKind> {
    let cells: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
    detect_names(cells.iter().map(AsRef::as_ref))
}

/// Which cost export these column names belong to, if any.
pub fn detect_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<CostKind> {
    kind_of(&Header::new(names))
}

fn kind_of(header: &Header) -> Option<CostKind> {
    if header.has("BilledCost") && header.has("ChargeCategory") {
        return Some(CostKind::Focus);
    }
    if header.has_exact("lineItem/UnblendedCost") || header.has_exact("lineItem/UsageAmount") {
        return Some(CostKind::LegacyCur);
    }
    if !header.has_exact("line_item_unblended_cost") {
        return None;
    }
    // Only CUR 2.0 has map columns and account names; a legacy report spells products and tags out.
    let only_in_cur2 = ["product", "resource_tags", "tags", "bill_payer_account_name", "line_item_usage_account_name"];
    let cur2 = only_in_cur2.iter().any(|name| header.has_exact(name));
    Some(if cur2 { CostKind::Cur2 } else { CostKind::LegacyCurSnake })
}

/// Brings the rows of one cost export to table `costs`, whatever container they come in: the CSV
/// reader uses it record by record, a Parquet reader can do so row by row.
#[derive(Debug)]
pub struct CostReader {
    form: Form,
}

#[derive(Debug)]
enum Form {
    Cur(Box<cur::CurReader>),
    Focus(Box<focus::FocusReader>),
}

impl CostReader {
    /// Looks the columns up in a header, in the order in which [`Fields`] will number them.
    ///
    /// # Errors
    /// When a column is missing that no row can do without.
    pub fn new(kind: CostKind, header: Header, options: CostOptions) -> Result<Self, CostError> {
        let form = match kind {
            CostKind::Focus => Form::Focus(Box::new(focus::FocusReader::new(header)?)),
            _ => Form::Cur(Box::new(cur::CurReader::new(kind, header, options.basis)?)),
        };
        Ok(Self { form })
    }

    /// Reads one record and adds its rows: none for a dropped negation, two for a fee with an unused part.
    ///
    /// # Errors
    /// What is wrong with the record, in words; nothing was then added.
    pub fn row<R: Fields + ?Sized>(&mut self, record: u64, row: &R, out: &mut Output<'_>) -> Result<(), String> {
        match &mut self.form {
            Form::Cur(reader) => reader.row(record, row, out),
            Form::Focus(reader) => reader.row(record, row, out),
        }
    }

    /// Only adds a record to the control totals.
    ///
    /// # Errors
    /// What is wrong with the record, in words.
    pub fn tally<R: Fields + ?Sized>(&mut self, row: &R) -> Result<(), String> {
        match &mut self.form {
            Form::Cur(reader) => reader.tally(row),
            Form::Focus(reader) => reader.tally(row),
        }
    }

    /// Adds the amount of a line that [`CostReader::row`] refused to the control totals.
    pub fn rejected<R: Fields + ?Sized>(&mut self, row: &R) {
        match &mut self.form {
            Form::Cur(reader) => reader.rejected(row),
            Form::Focus(reader) => reader.rejected(row),
        }
    }

    /// Counts a line so broken that not even its amount is known.
    pub fn broken(&mut self) {
        self.summary().control.reject("", None);
    }

    /// Indexes of the columns that are read: a reader of Parquet needs no others.
    pub fn used(&self) -> Vec<usize> {
        match &self.form {
            Form::Cur(reader) => reader.used(),
            Form::Focus(reader) => reader.used(),
        }
    }

    /// The account so far.
    pub fn summary(&mut self) -> &mut CostSummary {
        match &mut self.form {
            Form::Cur(reader) => &mut reader.summary,
            Form::Focus(reader) => &mut reader.summary,
        }
    }

    /// Ends the file: its notes are written, its account is returned.
    pub fn finish(mut self, out: &mut Output<'_>) -> CostSummary {
        self.summary().tell(out);
        out.totals = Some(std::mem::take(&mut self.summary().control).finish());
        match self.form {
            Form::Cur(reader) => reader.summary,
            Form::Focus(reader) => reader.summary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_told_apart() {
        for (header, expected) in [
            ("identity/LineItemId,lineItem/UsageAmount,lineItem/UnblendedCost", Some(CostKind::LegacyCur)),
            ("\u{feff} LINEITEM/usageamount ,x", Some(CostKind::LegacyCur)),
            ("line_item_unblended_cost,product_instance_type,resource_tags_user_env", Some(CostKind::LegacyCurSnake)),
            ("line_item_unblended_cost,product,x", Some(CostKind::Cur2)),
            ("line_item_unblended_cost,Resource_Tags", Some(CostKind::Cur2)),
            ("ChargeCategory,BilledCost", Some(CostKind::Focus)),
            ("chargecategory,billedcost,line_item_unblended_cost", Some(CostKind::Focus)),
            ("user,arn,user_creation_time", None),
            ("InvoiceID,PayerAccountId,RecordType,UnBlendedCost", None),
            ("", None),
        ] {
            let record = csv::ByteRecord::from(header.split(',').collect::<Vec<_>>());
            assert_eq!(detect(&record), expected, "{header}");
        }
        let bytes = csv::ByteRecord::from(vec![&b"\xff\xfe"[..], b"BilledCost", b"ChargeCategory"]);
        assert_eq!(detect(&bytes), Some(CostKind::Focus));
    }

    #[test]
    fn columns_no_row_can_do_without() {
        let new = |kind, names: &str| CostReader::new(kind, Header::new(names.split(',')), CostOptions::default()).map(drop);
        let error = new(CostKind::LegacyCur, "lineItem/UnblendedCost,lineItem/UsageStartDate").unwrap_err();
        assert_eq!(error.to_string(), "the cost export has no column lineItem/LineItemType; include it in the export");
        let error = new(CostKind::Focus, "BilledCost,ChargeCategory").unwrap_err();
        assert_eq!(error.to_string(), "the cost export has no column ChargePeriodStart; include it in the export");
    }
}
