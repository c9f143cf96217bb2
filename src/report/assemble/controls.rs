//! Assembles results of controls, metrics and extracts, each with its way back into the client's files.

use std::collections::BTreeMap;

use serde_json::json;

use super::Input;
use super::command;
use super::words;
use crate::base::arn::Arn;
use crate::catalogue::{Bursts, Control, Kind, Select};
use crate::engagement::{Acceptance, Examination};
use crate::evaluate::{ControlRun, EvaluateError, ExceptionRow as Found, Grid, MetricRun, MetricValue as Value};
use crate::facts::actors::Who;
use crate::facts::changes;
use crate::findings::Accepted;
use crate::outcome::Outcome;
use crate::reason;
use crate::report::Wording;
use crate::report::model::{
    AsAt, Bar, Cell, Changer, Chart, ChartData, Column, Confidence, ControlAcceptance, ControlResult, Counts, Criterion, EvidenceRef,
    ExceptionRow, ExtractResult, MetricResult, MetricValue, Profile, SeriesKey, SqlText, Table, Tone, UndeterminedRow,
};
use crate::schema::counted;
use crate::schema::row::Row as _;
use crate::schema::tables::{IamCredentialsRow, RootCredentialsRow};

/// Exceptions printed under a control; the workpaper holds all.
const EXCEPTIONS_SHOWN: usize = 10;
/// Undetermined rows printed.
const UNDETERMINED_SHOWN: usize = 5;
/// Rows of an extract printed.
const PREVIEW: usize = 8;

/// Every control.
pub(super) fn all(input: &Input<'_>) -> BTreeMap<String, ControlResult> {
    let accepted = Accepted::at(input.engagement, &input.period.as_of_text);
    input
        .catalogue
        .controls
        .values()
        .filter_map(|c| Some((c.id.clone(), control(input, c, input.evaluation.controls.get(&c.id)?, &accepted))))
        .collect()
}

fn control(input: &Input<'_>, c: &Control, run: &ControlRun, accepted: &Accepted<'_>) -> ControlResult {
    let waiver_of = |row: &Found| accepted.of(&c.id, row).map(|one| one.reason.to_owned());
    let waived = run.rows.iter().filter(|r| waiver_of(r).is_some()).count() as u64;
    let criteria = c
        .criteria
        .iter()
        .map(|t| (t, "direct"))
        .chain(c.context.iter().map(|t| (t, "context")))
        .map(|(text, relation)| Criterion { text: text.clone(), relation: relation.to_owned() })
        .collect();
    let mut sql = selection_texts(input.wording, c.select.as_ref(), c.bursts.as_ref());
    sql.extend([
        SqlText::new("population", c.population.text()),
        SqlText::new("exception", c.exception.text()),
        SqlText::new("reason", c.reason.text()),
    ]);
    sql.extend(c.undetermined.iter().map(|sentence| SqlText::new("undetermined", sentence.text())));
    ControlResult {
        id: c.id.clone(),
        title: c.title.clone(),
        finding: c.finding.clone(),
        pillar: c.pillar.clone(),
        severity: c.severity,
        effort: c.effort,
        is_over_events: c.origin.kind == Kind::Events && c.select.is_some(),
        result: run.outcome,
        extent: run.extent,
        extent_reasons: reason::sentences(&run.reasons),
        reasons: run.reasons.clone(),
        as_at: as_at(input, c, run),
        counts: Counts {
            table: run.table.clone(),
            rows_of: counted(&run.unit, run.table_rows),
            table_rows: Some(run.table_rows),
            population: run.population,
            exceptions: run.exceptions,
            undetermined: run.undetermined,
            waived,
        },
        criteria,
        objective: c.objective.clone(),
        effect: c.effect.clone(),
        procedure: c.procedure.clone(),
        recommend: if input.profile == Profile::Auditor { String::new() } else { c.recommend.clone() },
        limits: c.limits.clone(),
        exceptions: run.rows.iter().take(EXCEPTIONS_SHOWN).map(|r| exception(input, r, waiver_of(r))).collect(),
        undetermined: run
            .undetermined_rows
            .iter()
            .take(UNDETERMINED_SHOWN)
            .map(|r| UndeterminedRow {
                resource: r.resource.clone(),
                account: r.account.clone(),
                region: r.region.clone(),
                reason: r.reason.to_string(),
            })
            .collect(),
        acceptances: input.engagement.acceptances().filter(|one| one.control == c.id).map(|one| acceptance(input, &one)).collect(),
        responses: Vec::new(),
        workpaper: input.workpaper(&c.id),
        sql,
        text_sha256: c.origin.sha256.clone(),
        origin: if c.origin.custom { c.origin.file.clone() } else { "catalogue".to_owned() },
        error: run.error.clone().unwrap_or_default(),
    }
}

fn acceptance(input: &Input<'_>, one: &Acceptance<'_>) -> ControlAcceptance {
    ControlAcceptance {
        resource: one.resource.unwrap_or_default().to_owned(),
        reason: one.reason.to_owned(),
        approver: one.approver.to_owned(),
        owner: one.owner.to_owned(),
        expiry: one.expiry.unwrap_or_default().to_owned(),
        is_expired: !one.holds(&input.period.as_of_text),
    }
}

/// Config controls read items valid at a date; in a period report that has to be said.
fn as_at(input: &Input<'_>, c: &Control, run: &ControlRun) -> Option<AsAt> {
    if c.origin.kind != Kind::Config || c.select.is_some() || run.outcome == Outcome::NotTested {
        return None;
    }
    if input.period.examination == Examination::Unstated {
        return Some(AsAt::default());
    }
    if [IamCredentialsRow::TABLE.name, RootCredentialsRow::TABLE.name].iter().any(|table| c.population.tables().contains(*table)) {
        // An account summary alone does not say when it was made.
        let Some(date) = input.credential_reports_of() else { return Some(AsAt::default()) };
        return Some(AsAt { date, delivered_until: String::new(), is_of_period: input.period.examination == Examination::Type2 });
    }
    let date = input.period.as_of_text.clone();
    let until = input.configuration_until().filter(|until| *until < date).unwrap_or_default();
    Some(AsAt { delivered_until: until, date, is_of_period: input.period.examination == Examination::Type2 })
}

fn exception(input: &Input<'_>, row: &Found, waiver: Option<String>) -> ExceptionRow {
    ExceptionRow {
        kind: row.kind.clone(),
        resource: row.resource.clone(),
        name: if row.name == row.resource { String::new() } else { row.name.clone() },
        account: row.account.clone(),
        account_name: input.scope.accounts.get(&row.account).map(|a| a.name.clone()).unwrap_or_default(),
        region: row.region.clone(),
        time: row.time.map(|t| words::moment(t, &input.period.zone)).unwrap_or_default(),
        reason: row.reason.clone(),
        evidence: evidence(input, &row.file_id, row.record),
        who: row.who.as_ref().map(|who| actor(input.wording, who, &row.session)).unwrap_or_default(),
        changed_by: changer(input, row),
        waiver: waiver.unwrap_or_default(),
    }
}

/// Who stands behind an event: what kind of actor, the person, the session, and the sessions on the way. Nothing where the
/// kind is not known.
fn actor(wording: &Wording, who: &Who, session: &str) -> String {
    if who.class.is_empty() || who.class == "unknown" && who.candidates.is_empty() {
        return String::new();
    }
    let person = words::name_of(&who.person);
    let name = if matches!(who.class.as_str(), "root" | "root_session") { "" } else { person };
    let session = if session == person { "" } else { session };
    wording.said(
        "actor",
        &json!({"who": {"class": who.class, "name": name, "grade": who.grade, "session": session, "candidates": who.candidates,
        "chain": if who.candidates.is_empty() { who.chain.as_str() } else { "" }, "through": who.through}}),
    )
}

/// Who changed the resource of an exception last. Events name their own actor already.
pub fn changer(input: &Input<'_>, row: &Found) -> Option<Changer> {
    if row.time.is_some() {
        return None;
    }
    changes::names(&row.account, &row.kind, &row.resource, &row.name, &row.arn)
        .into_iter()
        .filter_map(|(key, confidence)| Some((input.changes.get(&key)?, confidence)))
        .max_by_key(|(change, confidence)| (change.time, *confidence))
        .map(|(change, confidence)| Changer {
            principal: change.principal.clone(),
            session: change.session.clone(),
            event_name: change.event_name.clone(),
            time: words::moment(change.time, &input.period.zone),
            event_id: change.event_id.clone(),
            confidence: match confidence {
                changes::Confidence::Exact => Confidence::Exact,
                changes::Confidence::Name => Confidence::Name,
                changes::Confidence::Weak => Confidence::Weak,
            },
        })
}

/// Where a row stands in the client's files, with a line that prints it.
pub(super) fn evidence(input: &Input<'_>, file_id: &str, record: Option<u64>) -> EvidenceRef {
    let (Some(file), Some(record)) = (input.store.manifest.files.get(file_id), record) else { return EvidenceRef::default() };
    let path = file.paths.first().map_or("", String::as_str);
    EvidenceRef {
        file: path.to_owned(),
        sha256: file.file_id.clone(),
        record,
        jq: command::line(path, file.format, record, &file.layers, &input.store.manifest.archives),
        row: format!("{file_id}:{record}"),
    }
}

fn selection_texts(wording: &Wording, select: Option<&Select>, bursts: Option<&Bursts>) -> Vec<SqlText> {
    let mut texts = Vec::new();
    if let Some(select) = select {
        texts.push(SqlText::new("select", select.sql()));
    }
    if let Some(b) = bursts {
        let burst = json!({
            "keys": b.keys.join(", "), "at_least": b.at_least, "distinct": b.distinct, "minutes": b.minutes, "exception_from": b.exception_from,
        });
        texts.push(SqlText::new("bursts", wording.said("bursts", &json!({ "b": burst }))));
    }
    texts
}

/// Every metric.
pub(super) fn metrics(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> BTreeMap<String, MetricResult> {
    let mut all = BTreeMap::new();
    for m in input.catalogue.metrics.values() {
        let Some(run) = input.evaluation.metrics.get(&m.id) else { continue };
        let values = values(run, &m.unit);
        let (shows, unit) = (m.breakdown_title.as_ref().unwrap_or(&m.title), m.breakdown_unit.as_ref().unwrap_or(&m.unit));
        let breakdown = (!run.breakdown.is_empty()).then(|| breakdown(input.wording, &m.id, shows, unit, run));
        let chart = metric_chart(input.wording, &m.id, shows, unit, &run.breakdown).map(|chart| {
            let id = chart.id.clone();
            charts.insert(id.clone(), chart);
            id
        });
        let mut sql = selection_texts(input.wording, m.select.as_ref(), None);
        sql.extend(m.queries().into_iter().map(|(name, query)| SqlText::new(name, query.text())));
        all.insert(
            m.id.clone(),
            MetricResult {
                id: m.id.clone(),
                title: m.title.clone(),
                pillar: m.pillar.clone(),
                unit: m.unit.clone(),
                direction: m.direction.clone(),
                target: m.target.clone(),
                values,
                extent: run.extent,
                reasons: reason::sentences(&run.reasons).into_iter().chain(run.error.clone()).collect(),
                opportunity: m.opportunity,
                criteria: m.criteria.clone(),
                procedure: [m.procedure.as_str(), m.limits.as_str()]
                    .iter()
                    .filter(|t| !t.is_empty())
                    .copied()
                    .collect::<Vec<_>>()
                    .join(" "),
                sql,
                text_sha256: m.origin.sha256.clone(),
                chart,
                breakdown,
                workpaper: None,
            },
        );
    }
    all
}

/// A number in its unit.
pub(super) fn in_unit(number: f64, unit: &str, currency: &str) -> String {
    match unit {
        "percent" => format!("{} %", words::decimal(number, 1)),
        "currency" => words::money(number, currency),
        "count" => words::decimal(number, 0),
        "ratio" => words::decimal(number, 2),
        other if !currency.is_empty() => format!("{} ({other})", words::money(number, currency)),
        other => {
            let text = words::decimal(number, 2);
            let unit = if text == "1" { other.strip_suffix('s').unwrap_or(other) } else { other };
            format!("{text} {unit}")
        }
    }
}

/// A value of a breakdown, which is by currency even where it is no money.
fn part(number: f64, unit: &str, currency: &str) -> String {
    in_unit(number, unit, if unit == "currency" { currency } else { "" })
}

/// The values of a measure that were determined.
pub(super) fn values(run: &MetricRun, unit: &str) -> Vec<MetricValue> {
    run.values.iter().filter_map(|v| value(v, unit)).collect()
}

fn value(v: &Value, unit: &str) -> Option<MetricValue> {
    let number = v.number?;
    let of = v.of.as_ref().map_or(String::new(), |(part, whole)| {
        let short = |t: &str| t.parse::<f64>().map_or_else(|_| t.to_owned(), |n| words::decimal(n, 2));
        format!("{} of {}", short(part), short(whole))
    });
    Some(MetricValue { text: in_unit(number, unit, &v.currency), raw: Some(number), currency: v.currency.clone(), of })
}

fn breakdown(wording: &Wording, id: &str, title: &str, unit: &str, run: &MetricRun) -> Table {
    let labels = &wording.labels.tables.breakdown;
    let columns = vec![Column::text(&labels.part), Column::number(&labels.value)];
    let mut table = Table::new(format!("breakdown-{id}"), title, columns);
    for (label, number, currency) in &run.breakdown {
        table.push(vec![Cell::text(label), Cell::figure(part(*number, unit, currency), *number)]);
    }
    // The others are counted: the heading says how many of how many are printed.
    table.total += run.breakdown_more;
    table
}

/// A label with its ARNs cut to what tells them apart: plots have room for a few words. The table beside them has the whole.
fn drawn_label(label: &str) -> String {
    let short = |word: &str| match Arn::parse(word) {
        Some(Arn { account, resource: "root", .. }) => format!("root of {account}"),
        Some(Arn { service, resource, .. }) => match resource.rsplit_once('/') {
            Some((_, name)) => name.to_owned(),
            None => format!("{service} {resource}"),
        },
        None => word.to_owned(),
    };
    label.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

/// Bars of a breakdown, if it is in one currency and worth drawing.
fn metric_chart(wording: &Wording, id: &str, title: &str, unit: &str, rows: &[(String, f64, String)]) -> Option<Chart> {
    let currency = rows.first()?.2.clone();
    let same: Vec<_> = rows.iter().filter(|(_, n, c)| *c == currency && *n >= 0.0).take(12).collect();
    if same.len() < 2 || same.iter().all(|(_, n, _)| *n == 0.0) {
        return None;
    }
    let bars: Vec<Bar> =
        same.iter().map(|(label, n, c)| Bar { label: drawn_label(label), parts: vec![*n], text: part(*n, unit, c) }).collect();
    let first = bars.first().map(|bar| (bar.label.as_str(), bar.text.as_str())).unwrap_or_default();
    let alt = wording.said("bars", &json!({"b": {"bars": bars.len(), "title": title, "label": first.0, "text": first.1}}));
    Some(Chart {
        id: format!("metric-{id}"),
        title: title.to_owned(),
        caption: String::new(),
        alt,
        unit: if unit == "currency" { currency } else { unit.to_owned() },
        half: true,
        data: ChartData::Bars { series: vec![SeriesKey::new("value", Tone::C1)], bars },
    })
}

/// Every extract.
pub(super) fn extracts(input: &Input<'_>) -> Result<BTreeMap<String, ExtractResult>, EvaluateError> {
    let mut all = BTreeMap::new();
    for x in input.catalogue.extracts.values() {
        let Some(run) = input.evaluation.extracts.get(&x.id) else { continue };
        let preview = match &run.frame {
            Some(frame) if frame.height() > 0 => {
                let grid = Grid::of(frame, PREVIEW).map_err(|source| EvaluateError::Query { query: x.id.clone(), source })?;
                Some(preview(input, &x.id, &x.title, &grid, run.rows.unwrap_or(0)))
            }
            _ => None,
        };
        let mut sql = selection_texts(input.wording, x.select.as_ref(), x.bursts.as_ref());
        sql.push(SqlText::new("query", x.query.text()));
        all.insert(
            x.id.clone(),
            ExtractResult {
                id: x.id.clone(),
                title: x.title.clone(),
                pillar: x.pillar.clone(),
                objective: x.objective.clone(),
                procedure: x.procedure.clone(),
                rows: run.rows,
                extent: run.extent,
                reasons: reason::sentences(&run.reasons).into_iter().chain(run.error.clone()).collect(),
                criteria: x.criteria.clone(),
                limit_note: x.limit_note.clone(),
                sql,
                text_sha256: x.origin.sha256.clone(),
                preview,
                workpaper: input.workpaper(&x.id),
            },
        );
    }
    Ok(all)
}

/// The first rows of an extract, without the columns that only machines need.
fn preview(input: &Input<'_>, id: &str, title: &str, grid: &Grid, total: u64) -> Table {
    const HIDDEN: [&str; 6] = ["source_file_id", "source_record", "event_id", "is_service_noise", "event_epoch", "session_name"];
    let shown: Vec<usize> = (0..grid.columns.len()).filter(|i| !HIDDEN.contains(&grid.columns[*i].as_str())).take(7).collect();
    let columns = shown.iter().map(|i| Column::text(grid.columns[*i].replace('_', " "))).collect();
    let mut table = Table::new(format!("preview-{id}"), title, columns);
    for row in &grid.rows {
        table.rows.push(
            shown
                .iter()
                .map(|i| match &row[*i] {
                    crate::evaluate::Value::Time(t) => Cell::text(words::moment(*t, &input.period.zone)),
                    value => Cell::text(value.to_text()),
                })
                .collect(),
        );
    }
    table.total = total;
    table.workpaper = input.workpaper(id);
    table
}
