//! Which row a verdict is about, and why one cannot be decided.

use std::collections::BTreeSet;

use polars::prelude::*;

use super::grid::{Grid, Value};
use super::reach::Reach;
use super::rows::ExceptionRow;
use super::unread::Unread;
use crate::catalogue::{Absence, AbsenceRows, Control};
use crate::reason::RowReason;

/// Why a row counts as undecided although its columns are known: a required type is not recorded there.
pub(super) fn unrecorded(control: &Control, reach: &Reach, subjects: &Subjects, row: usize) -> Option<RowReason> {
    let needed: Vec<&String> = control.requires.iter().filter(|r| r.starts_with("AWS::")).collect();
    if needed.is_empty() {
        return None;
    }
    let account = subjects.text("account_id", row)?;
    let region = subjects.text("region", row).unwrap_or_else(|| "global".to_owned());
    needed.into_iter().find_map(|kind| match reach.recorded.is_recorded(&account, &region, kind) {
        Some(true) => None,
        Some(false) => Some(RowReason::NotRecorded { resource_type: kind.clone(), account: account.clone(), region: region.clone() }),
        None => Some(RowReason::RecordingUnknown { resource_type: kind.clone(), account: account.clone(), region: region.clone() }),
    })
}

/// Names the columns of the condition that are NULL in a row.
pub(super) fn null_reason(judged: &DataFrame, names: &BTreeSet<String>, row: usize) -> RowReason {
    let columns: Vec<String> =
        names.iter().filter(|n| judged.column(n).is_ok_and(|c| c.get(row).is_ok_and(|v| v.is_null()))).cloned().collect();
    if columns.is_empty() { RowReason::NoAnswer } else { RowReason::NotSupplied { columns } }
}

/// What the rows of a control conclude from the absence of events.
pub(super) struct Silence<'r> {
    pub(super) absence: &'r Absence,
    pub(super) reach: &'r Reach,
    pub(super) accounts: StringChunked,
    pub(super) regions: Option<StringChunked>,
    pub(super) from: Option<Int64Chunked>,
    pub(super) to: Option<Int64Chunked>,
}

impl<'r> Silence<'r> {
    pub(super) fn of(control: &'r Control, reach: &'r Reach, judged: &DataFrame) -> PolarsResult<Option<Self>> {
        let Some(absence) = &control.absence else { return Ok(None) };
        let text = |name: &String| judged.column(name).and_then(|c| c.str().cloned());
        let time = |name: &String| {
            let column = judged.column(name)?.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?;
            column.cast(&DataType::Int64)?.i64().cloned()
        };
        Ok(Some(Self {
            absence,
            reach,
            accounts: text(&absence.account)?,
            regions: absence.region.as_ref().map(text).transpose()?,
            from: absence.from.as_ref().map(time).transpose()?,
            to: absence.to.as_ref().map(time).transpose()?,
        }))
    }

    /// Why a row is undetermined: it concludes from absence, and not all events of its span are here.
    pub(super) fn why(&self, row: usize, verdict: Option<bool>) -> Option<RowReason> {
        if verdict? || self.absence.rows == AbsenceRows::All {
            let account = self.accounts.get(row).unwrap_or_default();
            let region = self.regions.as_ref().map(|regions| regions.get(row).unwrap_or_default());
            let at = |times: &Option<Int64Chunked>| times.as_ref().and_then(|times| times.get(row));
            let missing = self.reach.observation.missing(self.absence.kind, account, region, at(&self.from), at(&self.to))?;
            let (account, region) = (account.to_owned(), region.unwrap_or_default().to_owned());
            return Some(RowReason::NotObserved { account, region, days: missing.days, of: missing.of });
        }
        None
    }
}

/// The columns of a population that say what a row is about.
pub(super) struct Subjects {
    pub(super) grid: Grid,
    /// Column that holds the resource of an event.
    resource: Option<String>,
}

impl Subjects {
    pub(super) fn of(frame: &DataFrame, control: &Control) -> PolarsResult<Self> {
        const WANTED: [&str; 17] = [
            "session_name",
            "resource_type",
            "event_name",
            "resource_id",
            "event_id",
            "resource_name",
            "user_name",
            "principal",
            "account_id",
            "region",
            "aws_region",
            "event_time",
            "arn",
            "exception_reason",
            "source_file_id",
            "source_record",
            "day",
        ];
        let resource = control.resource.clone();
        let is_wanted = |name: &&str| WANTED.contains(name) || resource.as_deref() == Some(*name);
        let present: Vec<&str> = frame.get_column_names().into_iter().map(PlSmallStr::as_str).filter(is_wanted).collect();
        Ok(Self { grid: Grid::of(&frame.select(present)?, usize::MAX)?, resource })
    }

    pub(super) fn text(&self, name: &str, row: usize) -> Option<String> {
        self.grid.rows.get(row).map(|r| self.grid.get(r, &[name]).to_text()).filter(|t| !t.is_empty())
    }

    /// File and record of the event or item that a row stands for.
    pub(super) fn source(&self, row: usize) -> Option<(String, u64)> {
        let subject = self.row(row);
        Some((subject.file_id, subject.record?))
    }

    /// Why the row rests on a value that was not kept, if it does.
    pub(super) fn unread(&self, unread: &Unread, row: usize, verdict: Option<bool>) -> Option<RowReason> {
        let subject = self.row(row);
        unread.why(&subject.file_id, subject.record, verdict)
    }

    pub(super) fn row(&self, row: usize) -> ExceptionRow {
        let Some(values) = self.grid.rows.get(row) else { return ExceptionRow::default() };
        let get = |names: &[&str]| {
            names.iter().map(|n| self.grid.get(values, &[n])).find(|v| **v != Value::Null).map(Value::to_text).unwrap_or_default()
        };
        let number = |v: &Value| if let Value::Int(n) = v { u64::try_from(*n).ok() } else { None };
        ExceptionRow {
            kind: get(&["resource_type", "event_name"]),
            resource: get(&["resource_id", "event_id"]),
            name: get(&["resource_name", "user_name", "principal"]),
            account: get(&["account_id"]),
            region: get(&["region", "aws_region"]),
            time: if let Value::Time(t) = self.grid.get(values, &["event_time"]) { Some(*t) } else { None },
            arn: get(&["arn"]),
            reason: get(&["exception_reason"]),
            object: self.resource.as_deref().map(|column| get(&[column])).unwrap_or_default(),
            file_id: get(&["source_file_id"]),
            record: number(self.grid.get(values, &["source_record"])),
            principal: get(&["principal"]),
            session: get(&["session_name"]),
            who: None,
        }
    }
}
