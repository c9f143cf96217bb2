//! Takes the events of one file into runs, and keeps their text where that was asked for.

use crate::ingest::formats::cloudtrail::{self, Event};
use crate::ingest::remark::Remark;
use crate::schema::row::{Columns as _, position};
use crate::schema::tables::CloudtrailEventsRow;
use crate::store::events::packed::Head;
use crate::store::events::raw::Raw;
use crate::store::events::runs::Runs;
use crate::store::manifest::{InputFile, RejectEntry};

/// Where account and Region stand among the cells of an event.
const ACCOUNT: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::account_id);
const REGION: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::aws_region);

/// Puts events into the runs of a worker.
pub(in crate::store) struct EventSink<'a, 's> {
    pub(in crate::store) entry: &'a mut InputFile,
    pub(in crate::store) runs: &'a mut Runs,
    pub(in crate::store) index: u32,
    pub(in crate::store) cells: usize,
    pub(in crate::store) raw: Option<Raw<'s>>,
    pub(in crate::store) failed: Option<std::io::Error>,
    /// Why records are out of scope, each reason once.
    pub(in crate::store) apart: Vec<String>,
}

impl cloudtrail::Sink for EventSink<'_, '_> {
    fn event(&mut self, record: u64, event: &Event<'_>) {
        debug_assert_eq!(event.cells.len(), self.cells);
        let text = |at: usize| event.cells.get(at).and_then(|cell| cell.as_text()).unwrap_or("");
        let head = Head {
            time: event.time,
            content_hash: event.content_hash,
            file: self.index,
            record: u32::try_from(record).unwrap_or(u32::MAX),
            copies: 1,
            prior: false,
        };
        if let Err(error) = self.runs.push(&head, event.cells) {
            self.failed.get_or_insert(error);
        }
        if let Some(raw) = &mut self.raw {
            raw.add(record, event);
        }
        let entry = &mut *self.entry;
        entry.first_time = Some(entry.first_time.map_or(event.time, |t| t.min(event.time)));
        entry.last_time = Some(entry.last_time.map_or(event.time, |t| t.max(event.time)));
        entry.seen.add(text(ACCOUNT), text(REGION));
    }

    fn reject(&mut self, record: u64, offset: u64, reason: String) {
        self.entry.rejected += 1;
        if self.entry.rejects.len() < 1_000 {
            self.entry.rejects.push(RejectEntry { record, byte_offset: Some(offset), reason });
        }
    }

    fn apart(&mut self, reason: &str) {
        self.entry.out_of_scope += 1;
        if !self.apart.iter().any(|known| known == reason) {
            self.apart.push(reason.to_owned());
            self.entry.out_of_scope_reason = Some(self.apart.join("; "));
        }
    }

    fn note(&mut self, note: Remark) {
        // Hardly any remark on records names a value; those that do must not be as many as the records.
        if self.entry.notes.len() < 1_000 && !self.entry.notes.contains(&note) {
            self.entry.notes.push(note);
        }
    }
}
