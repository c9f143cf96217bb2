//! The CSV container of cost exports: records one by one over a stream, in memory that stays flat.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use csv::ByteRecord;

use super::header::{Fields, Header};
use super::{CostError, CostKind, CostOptions, CostReader, CostSummary, kind_of};
use crate::ingest::batch::Output;

/// Bytes a record may take. Real ones take some kilobytes; without a limit a quote that is never
/// closed would bring the whole file into memory.
const LONGEST_RECORD: usize = 16 << 20;

/// Records after which full batches are handed on.
const FLUSH_EVERY: u64 = 256;

/// Reads a cost export into table `costs`, record by record. Records that cannot be read are rejected
/// and counted; those of a dropped kind count as kept.
///
/// # Errors
/// When there is no usable header, or the stream breaks: rows read until then stay in `out`.
pub fn read_csv(
    kind: CostKind,
    input: &mut dyn BufRead,
    options: CostOptions,
    out: &mut Output<'_>,
) -> Result<CostSummary, CostError> {
    let mut records = Records::open(input)?;
    let mut reader = CostReader::new(kind, records.header.iter().map(String::as_str), options)?;
    let ended = loop {
        match records.next() {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
        let index = records.index;
        out.read(1);
        let done = records.row().and_then(|row| {
            reader.summary().repaired += u64::from(row.repaired);
            reader.row(index, &row, out)
        });
        match done {
            Ok(()) => out.kept(1),
            Err(reason) => out.reject(index, Some(records.offset), format!("line {}: {reason}", records.line)),
        }
        if index % FLUSH_EVERY == FLUSH_EVERY - 1 {
            out.flush_if_large();
        }
    };
    let summary = reader.finish(out);
    ended.map(|()| summary)
}

/// Only the control totals of a cost export, at a fraction of the work: to choose the basis of a
/// month ([`CostSummary::choose_basis`]) before its files are read. Unreadable records are left out.
///
/// # Errors
/// As [`read_csv`]; also when the header belongs to no known export.
pub fn control_totals(input: &mut dyn BufRead) -> Result<CostSummary, CostError> {
    let mut records = Records::open(input)?;
    let names = records.header.clone();
    let kind = kind_of(&Header::new(names.iter().map(String::as_str))).ok_or(CostError::Unknown)?;
    let mut reader = CostReader::new(kind, names.iter().map(String::as_str), CostOptions::default())?;
    while records.next()? {
        // What is wrong with a record is told when it is read for its rows.
        if let Ok(row) = records.row() {
            reader.tally(&row).unwrap_or_default();
        }
    }
    Ok(reader.summary().clone())
}

/// The records of a CSV stream, one at a time.
struct Records<'a> {
    csv: csv::Reader<Guard<'a>>,
    left: Rc<Cell<usize>>,
    header: Vec<String>,
    record: ByteRecord,
    /// The same with what is not UTF-8 replaced.
    mended: ByteRecord,
    /// 0-based index of the record at hand, header not counted.
    index: u64,
    next_index: u64,
    /// Line it starts at, 1-based.
    line: u64,
    /// Byte it starts at, in the decompressed file.
    offset: u64,
}

impl<'a> Records<'a> {
    fn open(input: &'a mut dyn BufRead) -> Result<Self, CostError> {
        let left = Rc::new(Cell::new(LONGEST_RECORD));
        let guard = Guard { input, left: left.clone() };
        let csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(1 << 16).from_reader(guard);
        let mut records = Self {
            csv,
            left,
            header: Vec::new(),
            record: ByteRecord::new(),
            mended: ByteRecord::new(),
            index: 0,
            next_index: 0,
            line: 0,
            offset: 0,
        };
        if !records.next()? {
            return Err(CostError::Empty);
        }
        records.header = records.record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        records.next_index = 0;
        Ok(records)
    }

    fn next(&mut self) -> Result<bool, CostError> {
        self.left.set(LONGEST_RECORD);
        let line = self.csv.position().line();
        let more = self.csv.read_byte_record(&mut self.record).map_err(|error| {
            if self.left.get() == 0 {
                return CostError::TooLong { line, limit: LONGEST_RECORD };
            }
            let source = match error.into_kind() {
                csv::ErrorKind::Io(source) => source,
                other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
            };
            CostError::Io { line, source }
        })?;
        if let Some(position) = self.record.position() {
            self.line = position.line();
            self.offset = position.byte();
        }
        self.index = self.next_index;
        self.next_index += 1;
        Ok(more)
    }

    /// The record at hand, if it has as many fields as the header.
    fn row(&mut self) -> Result<CsvRow<'_>, String> {
        let (found, wanted) = (self.record.len(), self.header.len());
        if found != wanted {
            let last = self.csv.position().line().saturating_sub(1);
            let span = if last > self.line {
                format!(" and runs to line {last}; is a quote opened there and not closed?")
            } else {
                String::new()
            };
            return Err(format!("the record has {found} fields where the header has {wanted}{span}"));
        }
        let repaired = text_of(&self.record).is_none();
        if repaired {
            let lossy = self.record.iter().map(|field| String::from_utf8_lossy(field).into_owned());
            self.mended = lossy.collect::<Vec<_>>().into();
        }
        let record = if repaired { &self.mended } else { &self.record };
        let text = text_of(record).unwrap_or("");
        Ok(CsvRow { text, record, repaired })
    }
}

/// A record's fields as one text, if every field is UTF-8.
fn text_of(record: &ByteRecord) -> Option<&str> {
    let text = simdutf8::basic::from_utf8(record.as_slice()).ok()?;
    // Two fields may each be broken and yet fit together: every field must end where a character does.
    let whole = text.is_ascii()
        || (0..record.len()).all(|i| record.range(i).is_some_and(|range| text.is_char_boundary(range.end)));
    whole.then_some(text)
}

/// A record as text.
struct CsvRow<'r> {
    text: &'r str,
    record: &'r ByteRecord,
    repaired: bool,
}

impl Fields for CsvRow<'_> {
    fn field(&self, column: usize) -> &str {
        self.record.range(column).and_then(|range| self.text.get(range)).unwrap_or("")
    }
}

/// Lets through no more than a record's worth of bytes, so that one record cannot fill the memory.
struct Guard<'a> {
    input: &'a mut dyn BufRead,
    left: Rc<Cell<usize>>,
}

impl Read for Guard<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "record too long"));
        }
        let space = buffer.len().min(left);
        let count = match buffer.get_mut(..space) {
            Some(window) => self.input.read(window)?,
            None => 0,
        };
        self.left.set(left - count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::super::testing::{Yield, collect, files_below, real_data};
    use super::super::{BilledBasis, detect};
    use super::*;

    const HEADER: &str = "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/UsageAmount,lineItem/UnblendedCost,lineItem/LineItemDescription";
    const GOOD: &str = "Usage,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,1,0.5,box";

    fn read_text(text: &[u8]) -> (Yield, Result<CostSummary, CostError>) {
        let mut result = Err(CostError::Empty);
        let read = collect(|out| result = read_csv(CostKind::LegacyCur, &mut &*text, CostOptions::default(), out));
        (read, result)
    }

    #[test]
    fn bad_records_are_rejected_with_line_byte_and_reason() {
        let lines = [
            HEADER,
            GOOD,
            "Usage,2024-05-01T00:00:00Z",
            "Usage,soon,2024-05-01T01:00:00Z,1,0.5,box",
            "Usage,,2024-05-01T01:00:00Z,1,0.5,box",
            "Usage,2024-05-01T00:00:00Z,2024-05-32T01:00:00Z,1,0.5,box",
            "Usage,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,many,0.5,box",
            "Usage,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,1,\"1,5\",box",
            "Usage,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,1,,box",
            "Usage,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,1,1e30,box",
            "Usage,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,1,0.5,box,extra",
            HEADER,
            GOOD,
        ];
        let text = lines.join("\r\n");
        let (read, result) = read_text(text.as_bytes());
        assert!(result.is_ok());
        assert_eq!(read.account(), (12, 2, 10));
        assert_eq!(read.rows.iter().map(|r| r.record).collect::<Vec<_>>(), [0, 11]);
        let told: Vec<_> = read.rejects.iter().map(|r| (r.record, r.reason.as_str())).collect();
        assert_eq!(told, [
            (1, "line 3: the record has 2 fields where the header has 6"),
            (2, "line 4: lineItem/UsageStartDate: 'soon' is not a time in a known form"),
            (3, "line 5: lineItem/UsageStartDate is empty"),
            (4, "line 6: lineItem/UsageEndDate: '2024-05-32T01:00:00Z' is not a date and time that exists"),
            (5, "line 7: lineItem/UsageAmount: 'many' is not a number"),
            (6, "line 8: lineItem/UnblendedCost: '1,5' is not a number"),
            (7, "line 9: lineItem/UnblendedCost is empty"),
            (8, "line 10: lineItem/UnblendedCost: '1e30' is too large for 38 digits with 18 decimals"),
            (9, "line 11: the record has 7 fields where the header has 6"),
            (10, "line 12: lineItem/UnblendedCost: 'lineItem/UnblendedCost' is not a number"),
        ]);
        for reject in &read.rejects {
            let offset = usize::try_from(reject.byte_offset.unwrap()).unwrap();
            let line = &lines[usize::try_from(reject.record).unwrap() + 1];
            assert!(text[offset..].trim_start().starts_with(line), "{reject:?}");
        }
    }

    #[test]
    fn header_only_empty_and_odd_starts() {
        let (read, result) = read_text(HEADER.as_bytes());
        assert_eq!((read.account(), result.unwrap().totals.len()), ((0, 0, 0), 0));
        let (_, result) = read_text(b"");
        assert!(matches!(result, Err(CostError::Empty)));
        let (_, result) = read_text(b"\n\n");
        assert!(matches!(result, Err(CostError::Empty)));
        let (read, result) = read_text(format!("\u{feff}{HEADER}\n\n{GOOD}\n\n").as_bytes());
        assert!(result.is_ok());
        assert_eq!(read.account(), (1, 1, 0), "blank lines are no records");
        let (_, result) = read_text(b"a,b\n1,2\n");
        assert!(matches!(result, Err(CostError::Missing { column: "lineItem/UnblendedCost" })));
    }

    #[test]
    fn open_quote_is_told_and_cannot_fill_memory() {
        let text = format!("{HEADER}\n{GOOD}\nUsage,\"2024-05-01T00:00:00Z,x\n{GOOD}\n{GOOD}\n");
        let (read, result) = read_text(text.as_bytes());
        assert!(result.is_ok());
        assert_eq!(read.account(), (2, 1, 1));
        assert_eq!(
            read.rejects[0].reason,
            "line 3: the record has 2 fields where the header has 6 and runs to line 5; is a quote opened there and not closed?"
        );
        let mut endless = BufReader::new(Read::chain(io::Cursor::new(format!("{HEADER}\n{GOOD}\n\"").into_bytes()), io::repeat(b'x')));
        let mut result = Ok(());
        let read = collect(|out| {
            result = read_csv(CostKind::LegacyCur, &mut endless, CostOptions::default(), out).map(drop);
        });
        assert!(matches!(result, Err(CostError::TooLong { line: 3, .. })), "{result:?}");
        assert_eq!(read.account(), (1, 1, 0), "what was read stays");
    }

    #[test]
    fn a_stream_that_breaks_is_an_error_after_the_rows_before() {
        struct Breaks;
        impl Read for Breaks {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, "corrupt deflate stream"))
            }
        }
        let start = io::Cursor::new(format!("{HEADER}\n{GOOD}\n{GOOD}\nUsa").into_bytes());
        let mut input = BufReader::new(Read::chain(start, Breaks));
        let mut result = Ok(());
        let read = collect(|out| result = read_csv(CostKind::LegacyCur, &mut input, CostOptions::default(), out).map(drop));
        assert!(matches!(result, Err(CostError::Io { line: 4, .. })), "{result:?}");
        assert_eq!(read.account(), (2, 2, 0));
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_counted() {
        let mut text = format!("{HEADER}\n").into_bytes();
        text.extend(b"Usage,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,1,0.5,caf\xe9\n");
        text.extend("Usage,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,1,0.25,café\n".as_bytes());
        // Broken at a field border: both halves make one character when fields are put together.
        text.extend(b"Usage\xc3,\xa92024-05-01T00:00:00Z,2024-05-01T01:00:00Z,1,0.25,x\n");
        let (read, result) = read_text(&text);
        assert_eq!(read.account(), (3, 2, 1));
        assert_eq!(read.rows[0].get("ChargeDescription"), "caf\u{fffd}");
        assert_eq!(read.rows[1].get("ChargeDescription"), "café");
        assert!(read.rejects[0].reason.starts_with("line 4: lineItem/UsageStartDate: '\u{fffd}2024"), "{:?}", read.rejects);
        assert_eq!(result.unwrap().repaired, 2);
    }

    #[test]
    fn totals_alone_are_the_same_totals() {
        let text = format!("{HEADER}\n{GOOD}\nUsage,x\n{GOOD}\n");
        let summary = control_totals(&mut text.as_bytes()).unwrap();
        assert_eq!(summary.totals[""].records, 2);
        assert_eq!(summary.totals[""].unblended, read_text(text.as_bytes()).1.unwrap().totals[""].unblended);
        assert!(matches!(control_totals(&mut &b"a,b\n"[..]), Err(CostError::Unknown)));
    }

    #[test]
    fn real_reports() {
        let Some(root) = real_data("cost") else { return };
        let mut seen = 0;
        for path in files_below(&root) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = std::fs::read(&path).unwrap();
            let mut text = bytes.clone();
            if name.ends_with(".gz") {
                text.clear();
                flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).unwrap();
            } else if !name.ends_with(".csv") {
                continue;
            }
            let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(&text[..]);
            let mut header = ByteRecord::new();
            csv.read_byte_record(&mut header).unwrap();
            let Some(kind) = detect(&header) else {
                assert!(name.starts_with("computeOptimizer"), "{name}");
                continue;
            };
            let lines = csv.into_byte_records().count() as u64;
            let mut summary = None;
            let read = collect(|out| summary = Some(read_csv(kind, &mut &text[..], CostOptions::default(), out).unwrap()));
            let summary = summary.unwrap();
            assert_eq!(read.account(), (lines, lines, 0), "{name}: {:?}", read.rejects.first());
            assert_eq!(summary.basis, BilledBasis::Unblended);
            let pick: Vec<_> = summary.totals.iter().map(|(c, t)| (c.clone(), crate::ingest::decimal::text(t.unblended))).collect();
            eprintln!("{name}: {kind:?} {lines} {pick:?} {:?} {:?}", read.notes, read.times);
            if let Some(row) = read.rows.first() {
                eprintln!("{:?}", row.pick(["ChargePeriodStart", "ChargePeriodEnd", "ServiceName", "RegionId", "x_InstanceType", "Tags", "BilledCost", "EffectiveCost", "is_hourly"]));
            }
            seen += 1;
        }
        assert!(seen >= 7, "{seen}");
    }

    proptest! {
        #[test]
        fn every_record_is_accounted_for(lines in proptest::collection::vec("(Usage|RIFee|Fee|\\PC{0,5}),(2024-05-01T00:00:00Z|\\PC{0,5}),,(1|-|\"),(0.5|1e5|\\PC{0,4}),\\PC{0,8}", 0..20)) {
            let text = format!("{HEADER}\n{}\n", lines.join("\n"));
            let (read, result) = read_text(text.as_bytes());
            prop_assert!(result.is_ok());
            prop_assert_eq!(read.counts.read, read.counts.kept + read.counts.rejected);
        }

        #[test]
        fn any_bytes_end_in_counts_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut text = format!("{HEADER}\n").into_bytes();
            text.extend(bytes);
            let (read, _) = read_text(&text);
            prop_assert_eq!(read.counts.read, read.counts.kept + read.counts.rejected);
        }
    }
}
