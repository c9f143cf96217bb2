//! CloudTrail events as other tools than the delivery to S3 export them: answers of the AWS CLI, the
//! console's CSV, results of CloudTrail Lake, CloudWatch Logs, EventBridge, Logstash.
//!
//! Each container yields single records to the reader of CloudTrail records: the record's own text
//! where the export holds it, else a record made of the cells it has. formats.md 1.6 to 1.10 describe
//! the containers.

mod cells;
mod documents;
pub mod format;
mod lines;
mod shapes;
mod structs;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::cloudtrail::unread::Exported;
use super::cloudtrail::{self, Sink};
use crate::ingest::reading::json;
use crate::ingest::remark::Remark;
use crate::schema::resource::EventColumn;

pub use documents::count;
pub(in crate::ingest) use table::{Header, header, is_log_line};

/// How an export holds its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// `lookup-events`: pages, or what `--query` leaves of them.
    Lookup,
    /// Envelopes with the record as `detail`, in a list or one after the other.
    EventBridge,
    /// Records as the Logstash codec leaves them: `@timestamp` in place of `eventTime`.
    Logstash,
    /// The console's event history as CSV.
    ConsoleCsv,
    /// A result of CloudTrail Lake as CSV.
    QueryCsv,
    /// `get-query-results`: pages.
    QueryAnswer,
    /// CloudWatch Logs exported to S3: a time and a record on each line.
    LogLines,
    /// What a CloudWatch Logs subscription delivers: envelopes one after the other.
    Subscription,
    /// `filter-log-events` or `get-log-events`: pages.
    LogEvents,
    /// Logs Insights `get-query-results`.
    LogsInsights,
}

/// One thing an export holds where a record is expected.
enum Found<'t> {
    /// The text of a record.
    Record(Cow<'t, [u8]>),
    /// Names and texts of a row.
    Cells(Vec<(Cow<'t, str>, Cow<'t, str>)>),
    /// Something that is no event and is not meant to be one.
    Apart(&'static str),
    /// Nothing that can be read.
    Bad(String),
}

/// Is shown each record of an export in turn.
trait Visitor {
    /// A record that starts at `offset`. False asks for a search for the next one behind it, because
    /// this one is damaged.
    fn record(&mut self, offset: usize, found: Found<'_>) -> bool;
    /// Something about the file.
    fn note(&mut self, note: Remark);
}

fn walk(export: Export, text: &[u8], visitor: &mut dyn Visitor) {
    match export {
        Export::ConsoleCsv | Export::QueryCsv => table::walk(text, visitor),
        Export::LogLines => lines::walk(text, visitor),
        _ => documents::walk(&shapes::of(export), text, visitor),
    }
}

/// Reads all records of one decompressed file. Returns the number of records offered.
pub fn read(export: Export, text: &[u8], columns: &[EventColumn], sink: &mut dyn Sink) -> u64 {
    let csv = matches!(export, Export::ConsoleCsv | Export::QueryCsv);
    // A row of these names only what it has a value for: which columns there are is told by all rows together.
    let mut columns_told = cells::Columns::default();
    if matches!(export, Export::QueryAnswer | Export::LogsInsights) {
        walk(export, text, &mut columns_told);
    }
    let maker = cells::Maker::new(csv, columns_told);
    let mut reading = Reading { reader: cloudtrail::Reader::new(columns), sink, record: 0, maker };
    walk(export, text, &mut reading);
    let Reading { reader, sink, record, maker } = reading;
    for note in maker.notes().into_iter().chain(reader.notes()) {
        sink.note(note);
    }
    record
}

struct Reading<'r> {
    reader: cloudtrail::Reader<'r>,
    sink: &'r mut dyn Sink,
    record: u64,
    maker: cells::Maker,
}

impl Visitor for Reading<'_> {
    fn record(&mut self, offset: usize, found: Found<'_>) -> bool {
        let number = self.record;
        self.record += 1;
        let outcome = match found {
            Found::Record(text) => {
                self.reader.states(Exported::WHOLE);
                self.reader.one(number, &text, self.sink)
            }
            Found::Cells(cells) => self.maker.record(&cells).and_then(|(text, exported)| {
                self.reader.states(exported);
                self.reader.one(number, text.as_bytes(), self.sink)
            }),
            Found::Apart(reason) => {
                self.sink.apart(reason);
                return true;
            }
            Found::Bad(reason) => Err(reason),
        };
        let understood = outcome.is_ok();
        if let Err(reason) = outcome {
            self.sink.reject(number, offset as u64, reason);
        }
        understood
    }

    fn note(&mut self, note: Remark) {
        self.sink.note(note);
    }
}

/// The text of record `record`, for `evidence`: the record, or the cells of its row by name.
pub fn find(export: Export, text: &[u8], record: u64) -> Option<String> {
    struct Finding {
        left: u64,
        found: Option<String>,
    }
    impl Visitor for Finding {
        fn record(&mut self, _: usize, found: Found<'_>) -> bool {
            let here = self.left == 0 && self.found.is_none();
            self.left = self.left.saturating_sub(1);
            if !here {
                // Whether a record was understood decides where the next one is looked for.
                return match &found {
                    Found::Record(text) => json::is_whole(text),
                    Found::Cells(_) | Found::Apart(_) => true,
                    Found::Bad(_) => false,
                };
            }
            self.found = match found {
                Found::Record(text) => Some(String::from_utf8_lossy(&text).into_owned()),
                Found::Cells(cells) => {
                    let row: serde_json::Map<String, serde_json::Value> =
                        cells.into_iter().map(|(name, text)| (name.into_owned(), text.into_owned().into())).collect();
                    serde_json::to_string(&row).ok()
                }
                Found::Apart(reason) => Some(reason.to_owned()),
                Found::Bad(reason) => Some(reason),
            };
            true
        }

        fn note(&mut self, _: Remark) {}
    }
    let mut finding = Finding { left: record, found: None };
    walk(export, text, &mut finding);
    finding.found
}

/// The line that prints record `record` of such a file in a shell. `open` unpacks it to a pipe or is
/// empty; `file` is its name with a blank before, or empty behind a pipe.
pub fn shell(export: Export, record: u64, open: &str, file: &str) -> String {
    let (list, then) = match export {
        // The header and the row; a line over the header tells the query.
        Export::ConsoleCsv => return format!("{open}sed -n '1p;{}p'{file}", record.saturating_add(2)),
        Export::QueryCsv => return format!("{open}grep -v '^# '{file} | sed -n '1p;{}p'", record.saturating_add(2)),
        Export::LogLines => return format!("{open}grep .{file} | sed -n '{}s/^[^{{]*//p' | jq .", record.saturating_add(1)),
        Export::Lookup => ("Events", " | (.CloudTrailEvent? // .) | fromjson"),
        Export::Subscription => ("logEvents", ".message | fromjson"),
        Export::LogEvents => ("events", ".message | fromjson"),
        Export::QueryAnswer => ("QueryResultRows", " | add"),
        Export::LogsInsights => ("results", ""),
        Export::EventBridge => return format!("{open}jq -s 'flatten(1)[{record}].detail'{file}"),
        Export::Logstash => return format!("{open}jq -s 'flatten(1)[{record}]'{file}"),
    };
    format!("{open}jq -s 'map(.{list}? // .) | flatten(1)[{record}]{then}'{file}")
}
