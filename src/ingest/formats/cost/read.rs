//! Cost exports as CSV.

use std::io::BufRead;

use super::header::{Fields, Header};
use super::{CostError, CostKind, CostOptions, CostReader, CostSummary, kind_of};
use crate::ingest::batch::Output;
use crate::ingest::reading::records::{Record, Records};

/// Records after which full batches are handed on.
const FLUSH_EVERY: u64 = 256;
/// Bytes after which they are, however few records that is.
const FLUSH_BYTES: u64 = 8 << 20;

impl Fields for Record<'_> {
    fn field(&self, column: usize) -> &str {
        Record::field(self, column)
    }
}

/// Reads a cost export into table `costs`, record by record. Records that cannot be read are rejected
/// and counted; those of a dropped kind count as kept.
///
/// # Errors
/// When there is no usable header, or the stream breaks: rows read until then stay in `out`.
pub fn read_csv(kind: CostKind, input: &mut dyn BufRead, options: CostOptions, out: &mut Output<'_>) -> Result<CostSummary, CostError> {
    read_records(kind, Records::open(input)?, options, out)
}

/// The same, with the kind told by the header.
///
/// # Errors
/// As [`read_csv`]; also when the header belongs to no known export.
pub fn read_detected(input: &mut dyn BufRead, options: CostOptions, out: &mut Output<'_>) -> Result<CostSummary, CostError> {
    let records = Records::open(input)?;
    let kind = kind_of(&Header::of_csv(&records)).ok_or(CostError::Unknown)?;
    read_records(kind, records, options, out)
}

fn read_records(kind: CostKind, mut records: Records<'_>, options: CostOptions, out: &mut Output<'_>) -> Result<CostSummary, CostError> {
    let mut reader = CostReader::new(kind, Header::of_csv(&records), options)?;
    let mut flushed = 0;
    let ended = loop {
        match records.advance() {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(CostError::from(error)),
        }
        let index = records.index();
        out.read(1);
        let done = records.row().and_then(|row| {
            reader.summary().repaired += u64::from(row.repaired);
            reader.row(index, &row, out)
        });
        match done {
            Ok(()) => out.kept(1),
            Err(reason) => {
                match records.row() {
                    Ok(row) => reader.rejected(&row),
                    Err(_) => reader.broken(),
                }
                out.reject(index, Some(records.offset()), format!("line {}: {reason}", records.line()));
            }
        }
        if index % FLUSH_EVERY == FLUSH_EVERY - 1 || records.offset() - flushed > FLUSH_BYTES {
            out.flush_if_large();
            flushed = records.offset();
        }
    };
    let summary = reader.finish(out);
    if let Some(why) = records.decimals().objection() {
        out.withdraw(why);
    }
    ended.map(|()| summary)
}

/// Only the control totals of a cost export, at a fraction of the work: to choose the basis of a
/// month ([`CostSummary::choose_basis`]) before its files are read. Unreadable records are left out.
///
/// # Errors
/// As [`read_csv`]; also when the header belongs to no known export.
pub fn control_totals(input: &mut dyn BufRead) -> Result<CostSummary, CostError> {
    let mut records = Records::open(input)?;
    let header = Header::of_csv(&records);
    let kind = kind_of(&header).ok_or(CostError::Unknown)?;
    let mut reader = CostReader::new(kind, header, CostOptions::default())?;
    while records.advance()? {
        // What is wrong with a record is told when it is read for its rows.
        if let Ok(row) = records.row() {
            reader.tally(&row).unwrap_or_default();
        }
    }
    Ok(reader.summary().clone())
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufReader, Read};

    use csv::ByteRecord;

    use proptest::prelude::*;

    use super::super::testing::{Yield, collect, files_below, real_data};
    use super::super::{BilledBasis, detect};
    use super::*;
    use crate::ingest::reading::records::RecordsError;

    const HEADER: &str = "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/UsageAmount,lineItem/UnblendedCost,lineItem/LineItemDescription";
    const GOOD: &str = "Usage,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,1,0.5,box";

    fn read_text(text: &[u8]) -> (Yield, Result<CostSummary, CostError>) {
        let mut result = Err(CostError::Csv(RecordsError::Empty));
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
        assert_eq!(
            told,
            [
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
            ]
        );
        for reject in &read.rejects {
            let offset = usize::try_from(reject.byte_offset.unwrap()).unwrap();
            let line = &lines[usize::try_from(reject.record).unwrap() + 1];
            assert!(text[offset..].starts_with(line), "{reject:?}");
        }
    }

    #[test]
    fn header_only_empty_and_odd_starts() {
        let (read, result) = read_text(HEADER.as_bytes());
        assert_eq!((read.account(), result.unwrap().totals.len()), ((0, 0, 0), 0));
        let (_, result) = read_text(b"");
        assert!(matches!(result, Err(CostError::Csv(RecordsError::Empty))));
        let (_, result) = read_text(b"\n\n");
        assert!(matches!(result, Err(CostError::Csv(RecordsError::Empty))));
        let (read, result) = read_text(format!("\u{feff}{HEADER}\n\n{GOOD}\n\n").as_bytes());
        assert!(result.is_ok());
        assert_eq!(read.account(), (1, 1, 0), "blank lines are no records");
        let (_, result) = read_text(b"a,b\n1,2\n");
        assert!(matches!(result, Err(CostError::Missing { column: "lineItem/UnblendedCost" })));
        let (_, result) = read_text(format!("{HEADER}\r{GOOD}\r").as_bytes());
        assert!(matches!(result, Err(CostError::Csv(RecordsError::LineEnds))));
        let (read, _) = read_text(format!("{HEADER}\r\n\r\n{GOOD}\r\nx\r\n").as_bytes());
        assert_eq!(read.account(), (2, 1, 1));
        assert_eq!(read.rows[0].get("ChargeDescription"), "box");
        assert_eq!(read.rejects[0].reason, "line 4: the record has 1 fields where the header has 6");
        let quoted = GOOD.replace("box", "\"a, \"\"b\"\"\r\nc\"");
        let (read, _) = read_text(format!("{HEADER}\r\n{quoted}\r\nx\r\n").as_bytes());
        assert_eq!(read.rows[0].get("ChargeDescription"), "a, \"b\"\r\nc");
        assert!(read.rejects[0].reason.starts_with("line 4: "));
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
        assert!(matches!(result, Err(CostError::Csv(RecordsError::TooLong { line: 3, .. }))), "{result:?}");
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
        assert!(matches!(result, Err(CostError::Csv(RecordsError::Io { line: 4, .. }))), "{result:?}");
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
        let read = collect(|out| drop(read_detected(&mut text.as_bytes(), CostOptions::default(), out).unwrap()));
        assert_eq!(read.account(), (3, 2, 1));
        let nothing =
            collect(|out| assert!(matches!(read_detected(&mut &b"a,b\n"[..], CostOptions::default(), out), Err(CostError::Unknown))));
        assert_eq!(nothing.account(), (0, 0, 0));
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
            let kind_of_file = path.extension().and_then(|e| e.to_str());
            if kind_of_file == Some("gz") {
                text.clear();
                flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).unwrap();
            } else if kind_of_file != Some("csv") {
                continue;
            }
            let mut csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&text[..]);
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
            // One of the files has a column more in its header than in its records.
            let ragged = if name.starts_with("test_cur.csv") { lines } else { 0 };
            assert_eq!(read.account(), (lines, lines - ragged, ragged), "{name}: {:?}", read.rejects.first());
            assert_eq!(summary.basis, BilledBasis::Unblended);
            let pick: Vec<_> = summary.totals.iter().map(|(c, t)| (c.clone(), crate::base::decimal::text(t.unblended))).collect();
            eprintln!("{name}: {kind:?} {lines} {pick:?} {:?} {:?}", read.notes, read.times);
            if let Some(row) = read.rows.first() {
                eprintln!(
                    "{:?}",
                    row.pick([
                        "ChargePeriodStart",
                        "ChargePeriodEnd",
                        "ServiceName",
                        "RegionId",
                        "x_InstanceType",
                        "Tags",
                        "BilledCost",
                        "EffectiveCost",
                        "is_hourly"
                    ])
                );
            }
            if name.starts_with("July-2026") {
                // Summed outside, with decimals of any length.
                let sums = [summary.totals["USD"].unblended, summary.totals["USD"].effective].map(crate::base::decimal::text);
                assert!(sums[0].starts_with("142800.0420461457854424") && sums[1].starts_with("142689.6420461457854424"), "{sums:?}");
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
