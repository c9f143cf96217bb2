//! Monthly totals of Cost Explorer, in a table of their own: `cost_explorer_totals`. They say again what the charges
//! say and are never added to them; the report compares the two.
//!
//! Two forms: `ce get-cost-and-usage` (JSON, grouped or not) and the CSV that the console offers, whose layout AWS
//! does not document and which names neither account nor metric nor currency.

use serde_json::Value;
use thiserror::Error;

use crate::base::{decimal, time};
use crate::ingest::batch::Output;
use crate::ingest::reading::pages;
use crate::ingest::reading::records::{Records, RecordsError};
use crate::schema::tables::CostExplorerTotalsRow;

/// Why an answer or file cannot be read.
#[derive(Debug, Error)]
pub enum ExplorerError {
    /// Not JSON, or cut off.
    #[error("the answer is not whole JSON: {0}; export it again")]
    Json(#[from] serde_json::Error),
    /// No usable CSV.
    #[error(transparent)]
    Csv(#[from] RecordsError),
    /// Nothing in it.
    #[error("the file holds no ResultsByTime")]
    Unknown,
}

/// Objects inside objects that are looked through for an answer: tools keep answers by account or name.
const DEPTH: usize = 3;

/// Reads either form, told apart by the first byte.
///
/// # Errors
/// When it is neither; what came before stays in `out`.
pub fn read_explorer(text: &[u8], out: &mut Output<'_>) -> Result<(), ExplorerError> {
    let first = text.iter().find(|b| !b.is_ascii_whitespace());
    if matches!(first, Some(b'{' | b'[')) { read_json(text, out) } else { read_console(text, out) }
}

/// One value on its way into the table.
#[derive(Debug)]
struct Total<'a> {
    origin: &'static str,
    start: i64,
    end: Option<i64>,
    metric: Option<&'a str>,
    unit: Option<&'a str>,
    amount: i128,
    grouped_by: Option<&'a str>,
    group_key: Option<&'a str>,
    account: Option<&'a str>,
    is_total: bool,
    estimated: Option<bool>,
}

impl Total<'_> {
    fn push(&self, record: u64, out: &mut Output<'_>) {
        let month = time::month_text(time::day_of(self.start));
        out.time(self.start);
        let row = CostExplorerTotalsRow {
            origin: Some(self.origin),
            period_start: Some(self.start),
            period_end: self.end,
            cost_month: Some(&month),
            metric: self.metric,
            unit: self.unit,
            amount: Some(self.amount),
            grouped_by: self.grouped_by,
            group_key: self.group_key,
            account_id: self.account,
            is_total: Some(self.is_total),
            estimated: self.estimated,
        };
        out.row(record, &row);
    }
}

fn read_json(text: &[u8], out: &mut Output<'_>) -> Result<(), ExplorerError> {
    let mut record = 0;
    let mut found = false;
    for document in serde_json::Deserializer::from_slice(text).into_iter::<Value>() {
        found |= answers(&document?, DEPTH, &mut record, out);
    }
    if found { Ok(()) } else { Err(ExplorerError::Unknown) }
}

/// One record of an answer as JSON, counted as the reader counts them.
pub(super) fn find(text: &[u8], record: u64) -> Option<String> {
    let mut left = usize::try_from(record).ok()?;
    for document in serde_json::Deserializer::from_slice(text).into_iter::<Value>() {
        if let Some(found) = find_in(&document.ok()?, DEPTH, &mut left) {
            return Some(found);
        }
    }
    None
}

fn find_in(value: &Value, depth: usize, left: &mut usize) -> Option<String> {
    if let Some(results) = value.get("ResultsByTime").and_then(Value::as_array) {
        for result in results {
            let groups = result.get("Groups").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let total = result.get("Total").filter(|t| t.as_object().is_some_and(|o| !o.is_empty()));
            let whole = usize::from(total.is_some() || groups.is_empty());
            if *left < whole + groups.len() {
                let group = left.checked_sub(whole).and_then(|at| groups.get(at));
                return Some(serde_json::json!({ "TimePeriod": result.get("TimePeriod"), "Record": group.or(total) }).to_string());
            }
            *left -= whole + groups.len();
        }
        return None;
    }
    if depth == 0 {
        return None;
    }
    match value {
        Value::Object(members) => members.values().find_map(|inner| find_in(inner, depth - 1, left)),
        Value::Array(list) => list.iter().find_map(|inner| find_in(inner, depth - 1, left)),
        _ => None,
    }
}

/// Reads the answers in a value; whether there was one.
fn answers(value: &Value, depth: usize, record: &mut u64, out: &mut Output<'_>) -> bool {
    if let Some(results) = value.get("ResultsByTime").and_then(Value::as_array) {
        answer(value, results, record, out);
        return true;
    }
    let inner: Vec<&Value> = match value {
        Value::Object(members) => members.values().collect(),
        Value::Array(list) => list.iter().collect(),
        _ => Vec::new(),
    };
    let mut found = false;
    if depth > 0 {
        for value in inner {
            found |= answers(value, depth - 1, record, out);
        }
    }
    found
}

fn answer(answer: &Value, results: &[Value], record: &mut u64, out: &mut Output<'_>) {
    for token in ["NextPageToken", "NextToken"] {
        if answer.get(token).and_then(Value::as_str).is_some_and(|t| !t.is_empty()) {
            out.note(pages::incomplete(token));
        }
    }
    let text = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let groups: Vec<(String, String)> = answer
        .get("GroupDefinitions")
        .and_then(Value::as_array)
        .map(|list| list.iter().map(|d| (text(d, "Type"), text(d, "Key"))).collect())
        .unwrap_or_default();
    let grouped_by = groups.iter().map(|(kind, key)| format!("{kind}:{key}")).collect::<Vec<_>>().join(", ");
    for result in results {
        let inside = result.get("Groups").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let total = result.get("Total").filter(|t| t.as_object().is_some_and(|o| !o.is_empty()));
        // A time without a charge is a record that says so; it has no row.
        if inside.is_empty() && total.is_none() {
            let counted = period(result);
            settle(counted.map(|_| Vec::new()), *record, out);
            *record += 1;
        }
        if let Some(total) = total {
            settle(metrics(result, total, None), *record, out);
            *record += 1;
        }
        for group in inside {
            let keys: Vec<&str> =
                group.get("Keys").and_then(Value::as_array).map(|k| k.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
            let account = groups.iter().zip(&keys).find(|((_, key), _)| key == "LINKED_ACCOUNT").map(|(_, value)| *value);
            let key = keys.join(" | ");
            let read = group.get("Metrics").ok_or_else(|| "the group has no Metrics".to_owned());
            let read = read.and_then(|m| metrics(result, m, Some((&grouped_by, &key, account))));
            settle(read, *record, out);
            *record += 1;
        }
    }
}

/// Counts a record and adds its rows, or rejects it.
fn settle(read: Result<Vec<Total<'_>>, String>, record: u64, out: &mut Output<'_>) {
    out.read(1);
    match read {
        Ok(totals) => {
            for total in &totals {
                total.push(record, out);
            }
            out.kept(1);
        }
        Err(reason) => out.reject(record, None, reason),
    }
}

/// Start and end of a result; the end is exclusive.
fn period(result: &Value) -> Result<(i64, Option<i64>), String> {
    let time = |key: &str| {
        let text = result.get("TimePeriod").and_then(|p| p.get(key)).and_then(Value::as_str);
        text.map(|t| time::parse(t).map_err(|e| format!("TimePeriod.{key}: {e}"))).transpose()
    };
    Ok((time("Start")?.ok_or("TimePeriod.Start is missing")?, time("End")?))
}

/// The values of one total or group, by metric.
fn metrics<'a>(
    result: &'a Value,
    metrics: &'a Value,
    group: Option<(&'a str, &'a str, Option<&'a str>)>,
) -> Result<Vec<Total<'a>>, String> {
    let (start, end) = period(result)?;
    let members = metrics.as_object().ok_or("the metrics are not an object")?;
    let mut totals = Vec::new();
    for (metric, value) in members {
        let amount = value.get("Amount").and_then(Value::as_str).ok_or_else(|| format!("{metric}.Amount is missing"))?;
        let amount = decimal::parse(amount).map_err(|e| format!("{metric}.Amount: {e}"))?.units;
        totals.push(Total {
            origin: "ce get-cost-and-usage",
            start,
            end,
            metric: Some(metric),
            unit: value.get("Unit").and_then(Value::as_str),
            amount,
            grouped_by: group.map(|g| g.0),
            group_key: group.map(|g| g.1),
            account: group.and_then(|g| g.2),
            is_total: group.is_none(),
            estimated: result.get("Estimated").and_then(Value::as_bool),
        });
    }
    Ok(totals)
}

/// The currency sign in the brackets that end a header cell such as `S3($)`.
fn sign_of(cell: &str) -> Option<(&str, &str)> {
    let (name, rest) = cell.rsplit_once('(')?;
    let sign = rest.strip_suffix(')')?.trim();
    // A word in brackets belongs to the name.
    (sign.chars().count() <= 3 && !sign.is_empty()).then_some((name.trim(), sign))
}

/// Whether two lines are the start of a console download: the first data line is labelled
/// `<Dimension> total`, all other headers end with a currency sign in brackets.
pub(super) fn is_console(header: &[&str], first: &[&str]) -> bool {
    let [dimension, columns @ ..] = header else { return false };
    !columns.is_empty() && columns.iter().all(|c| sign_of(c).is_some()) && first.first().is_some_and(|cell| is_total_label(dimension, cell))
}

fn is_total_label(dimension: &str, cell: &str) -> bool {
    let (dimension, cell) = (dimension.trim().to_lowercase(), cell.trim().to_lowercase());
    cell.strip_suffix("total").is_some_and(|rest| rest.trim() == dimension)
}

fn read_console(text: &[u8], out: &mut Output<'_>) -> Result<(), ExplorerError> {
    let mut input = text;
    let mut records = Records::open(&mut input)?;
    let header = records.header().to_vec();
    let dimension = header.first().cloned().unwrap_or_default();
    let columns: Vec<(String, String)> =
        header.iter().skip(1).map(|c| sign_of(c).map_or((c.clone(), String::new()), |(n, s)| (n.to_owned(), s.to_owned()))).collect();
    /// A line read: record, day, amounts by column.
    type Line = (u64, i64, Vec<Option<i128>>);
    let mut lines: Vec<Line> = Vec::new();
    let mut stated: Option<Vec<Option<i128>>> = None;
    let decimals = records.decimals();
    while records.advance()? {
        let (index, line, offset) = (records.index(), records.line(), records.offset());
        out.read(1);
        let read = records.row().and_then(|row| {
            let amounts = columns
                .iter()
                .enumerate()
                .map(|(at, (name, _))| match decimal::parse(&decimals.point(name, row.field(at + 1))) {
                    Ok(parsed) => Ok(Some(parsed.units)),
                    Err(decimal::DecimalError::Empty) => Ok(None),
                    Err(error) => Err(format!("{name}: {error}")),
                })
                .collect::<Result<Vec<_>, String>>()?;
            if is_total_label(&dimension, row.field(0)) {
                return Ok((None, amounts));
            }
            let start = time::parse(row.field(0)).map_err(|e| format!("{dimension}: {e}"))?;
            Ok((Some(start), amounts))
        });
        match read {
            Ok((Some(start), amounts)) => {
                lines.push((index, start, amounts));
                out.kept(1);
            }
            Ok((None, amounts)) => {
                stated = Some(amounts);
                out.kept(1);
            }
            Err(reason) => out.reject(index, Some(offset), format!("line {line}: {reason}")),
        }
    }
    if let Some(why) = decimals.objection() {
        out.withdraw(why);
        return Ok(());
    }
    // The download does not say how long its rows are. Months all start on the first.
    let monthly = lines.iter().all(|(_, start, _)| time::civil(time::day_of(*start)).2 == 1);
    for (index, start, amounts) in &lines {
        let day = time::day_of(*start);
        let end = if monthly { next_month(day) } else { day + 1 };
        for ((name, sign), amount) in columns.iter().zip(amounts) {
            let Some(amount) = amount else { continue };
            let is_total = name.to_lowercase().starts_with("total cost");
            let total = Total {
                origin: "Cost Explorer console",
                start: *start,
                end: Some(i64::from(end) * time::DAY),
                metric: None,
                unit: Some(sign).filter(|s| !s.is_empty()).map(String::as_str),
                amount: *amount,
                grouped_by: (!is_total).then_some(dimension.as_str()),
                group_key: (!is_total).then_some(name.as_str()),
                account: None,
                is_total,
                estimated: None,
            };
            total.push(*index, out);
        }
    }
    tell(&columns, &lines.iter().map(|(_, _, amounts)| amounts.as_slice()).collect::<Vec<_>>(), stated.as_deref(), out);
    out.note("the download names neither account, metric nor currency: low assurance");
    Ok(())
}

/// First day of the month after the one `day` is in.
fn next_month(day: i32) -> i32 {
    let (year, month, _) = time::civil(day);
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    time::day_number(year, month, 1).unwrap_or(day)
}

/// Says where the rows do not come to the totals that the file itself states.
fn tell(columns: &[(String, String)], lines: &[&[Option<i128>]], stated: Option<&[Option<i128>]>, out: &mut Output<'_>) {
    let Some(stated) = stated else { return };
    for (at, (name, _)) in columns.iter().enumerate() {
        let sum: i128 = lines.iter().filter_map(|l| l.get(at).copied().flatten()).fold(0, i128::saturating_add);
        if let Some(Some(said)) = stated.get(at)
            && *said != sum
        {
            let (sum, said) = (decimal::text(sum), decimal::text(*said));
            out.note(format!("{name}: the rows come to {sum}, the file's own total is {said}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{collect, real_data};
    use super::*;

    #[test]
    fn grouped_ungrouped_and_broken_answers() {
        let text = r#"{"GroupDefinitions":[{"Type":"DIMENSION","Key":"LINKED_ACCOUNT"},{"Type":"DIMENSION","Key":"SERVICE"}],"ResultsByTime":[
            {"TimePeriod":{"Start":"2024-05-01","End":"2024-06-01"},"Total":{},"Groups":[
              {"Keys":["444455556666","Amazon S3"],"Metrics":{"UnblendedCost":{"Amount":"3.25","Unit":"USD"},"UsageQuantity":{"Amount":"7","Unit":"N/A"}}},
              {"Keys":["444455556666","x"],"Metrics":{"UnblendedCost":{"Amount":"much","Unit":"USD"}}}],"Estimated":false},
            {"TimePeriod":{"Start":"2024-06-01","End":"2024-07-01"},"Total":{},"Groups":[],"Estimated":true}],"NextPageToken":"x"}
            {"ResultsByTime":[{"TimePeriod":{"Start":"2024-05-01","End":"2024-06-01"},
             "Total":{"AmortizedCost":{"Amount":"1.5E-3","Unit":"USD"}},"Groups":[],"Estimated":true}]}"#;
        let read = collect(|out| read_explorer(text.as_bytes(), out).unwrap());
        assert_eq!(read.account(), (4, 3, 1));
        assert_eq!(read.rejects[0].reason, "UnblendedCost.Amount: 'much' is not a number");
        let columns = ["cost_month", "metric", "unit", "amount", "grouped_by", "group_key", "account_id", "is_total", "estimated"];
        let by = "DIMENSION:LINKED_ACCOUNT, DIMENSION:SERVICE";
        let key = "444455556666 | Amazon S3";
        assert_eq!(read.rows[0].pick(columns), ["2024-05", "UnblendedCost", "USD", "3.25", by, key, "444455556666", "false", "false"]);
        assert_eq!(read.rows[2].pick(columns), ["2024-05", "AmortizedCost", "USD", "0.0015", "NULL", "NULL", "NULL", "true", "true"]);
        assert_eq!(read.notes, [pages::incomplete("NextPageToken").to_string()]);
        let found = find(text.as_bytes(), 3).unwrap();
        assert!(found.contains("1.5E-3") && found.contains("2024-05-01"), "{found}");
        assert!(find(text.as_bytes(), 1).unwrap().contains("much"));
        assert_eq!(find(text.as_bytes(), 4), None);
        assert!(matches!(read_all("{}"), Err(ExplorerError::Unknown)));
        assert!(matches!(read_all("{\"ResultsByTime\":["), Err(ExplorerError::Json(_))));
    }

    fn read_all(text: &str) -> Result<(), ExplorerError> {
        let mut result = Ok(());
        collect(|out| result = read_explorer(text.as_bytes(), out));
        result
    }

    #[test]
    fn console_download() {
        let text = "\"Service\",\"EC2-Instances($)\",\"S3($)\",\"Total costs($)\"\n\
            \"Service total\",\"120.5\",\"3.5\",\"123.75\"\n\
            \"2024-05-01\",\"120.5\",\"\",\"120.5\"\n\
            \"2024-06-01\",\"\",\"3.25\",\"3.25\"\n\
            \"soon\",\"1\",\"1\",\"2\"\n";
        let read = collect(|out| read_explorer(text.as_bytes(), out).unwrap());
        assert_eq!(read.account(), (4, 3, 1));
        let columns = ["cost_month", "unit", "amount", "group_key", "is_total", "period_end"];
        assert_eq!(read.rows.len(), 4);
        assert_eq!(read.rows[0].pick(columns), ["2024-05", "$", "120.5", "EC2-Instances", "false", "2024-06-01T00:00:00Z"]);
        assert_eq!(read.rows[3].pick(columns), ["2024-06", "$", "3.25", "NULL", "true", "2024-07-01T00:00:00Z"]);
        assert_eq!(read.notes[0], "S3: the rows come to 3.25, the file's own total is 3.5");
        assert_eq!(read.rejects[0].reason, "line 5: Service: 'soon' is not a time in a known form");
    }

    #[test]
    fn consoles_first_lines() {
        assert!(is_console(&["Service", "S3($)", "Total costs($)"], &["Service total", "1", "1"]));
        assert!(is_console(&["Linked account", "a (b)(€)"], &["Linked account total", "1"]));
        assert!(!is_console(&["Service", "S3"], &["Service total", "1"]));
        assert!(!is_console(&["Service", "S3($)"], &["2024-05-01", "1"]));
        assert!(!is_console(&["Service"], &["Service total"]));
    }

    #[test]
    fn a_real_answer_kept_by_user() {
        let Some(root) = real_data("cost/cost-explorer-api") else { return };
        let text = std::fs::read(root.join("byEnv.json")).unwrap();
        let read = collect(|out| read_explorer(&text, out).unwrap());
        let sum: i128 = read.rows.iter().map(|r| decimal::parse(r.get("amount")).unwrap().units).sum();
        let (all, kept, rejected) = read.account();
        // Counted and summed outside, with decimals of any length.
        assert_eq!((all, kept), (93, 93));
        assert_eq!((read.rows.len(), rejected, decimal::text(sum).as_str()), REAL);
    }

    const REAL: (usize, u64, &str) = (93, 0, "4.9272761862");
}
