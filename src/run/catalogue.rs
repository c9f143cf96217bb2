//! `controls`, `tables` and `templates`: what the catalogue holds.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::bail;
use serde_json::json;

use super::help::Advice;
use super::ingest::{self, Inputs};
use super::place;
use super::{screen, topics};
use crate::catalogue::{Catalogue, nearest};
use crate::cli::{Controls, EngagementChoice, Format, Global, Tables, Templates};
use crate::evaluate::cases::{self, Form, Runner};
use crate::ingest::reading::container::Limits;
use crate::store::build::Reading;

/// Runs `controls`.
///
/// # Errors
/// When an id is unknown or a case fails.
pub fn controls(options: &Controls, global: &Global) -> anyhow::Result<ExitCode> {
    let catalogue = super::catalogue(global)?;
    match options {
        Controls::List { format } => list(&catalogue, *format)?,
        Controls::Show { id } => screen::out(&show(&catalogue, id)?)?,
        Controls::Test { ids, write_tables, templates } => {
            let catalogue = super::inputs::catalogue_with(global, templates.as_deref())?;
            for id in ids {
                if !catalogue.has(id) && !catalogue.topics.contains_key(id) {
                    return Err(unknown(&catalogue, id));
                }
            }
            let ingest = |files: &[cases::File], shown: &mut cases::Shown<'_>| {
                ingested(files, &catalogue, global, shown).map_err(|error| format!("{error:#}"))
            };
            let result = Runner { catalogue: &catalogue, ingest: &ingest, tables_to: write_tables.clone() }.run(ids);
            for failure in &result.failures {
                screen::out(&format!("{failure}\n"))?;
            }
            let forms = Form::ALL.map(|form| format!("{} by {}", result.forms.get(&form).unwrap_or(&0), form.word())).join(", ");
            screen::out(&format!("{} cases passed, {} failed: {forms}\n", result.passed, result.failures.len()))?;
            let is_well = topics::test(&catalogue, templates.as_deref(), ids)?;
            if !result.failures.is_empty() || !is_well {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a file of a case may cost.
const LIMITS: Limits = Limits { file: 256 << 20, expansion: 250, members: 1_000 };

/// Ingests the files of a case into a store that is then gone, and shows what became of them.
fn ingested(files: &[cases::File], catalogue: &Catalogue, global: &Global, shown: &mut cases::Shown<'_>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let inputs = folder.path().join("files");
    for (name, text) in files {
        let path = inputs.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&inputs))?;
        std::fs::write(&path, text)?;
    }
    let quiet = Global { quiet: true, ..global.clone() };
    let engagement = super::engagement(&EngagementChoice::default(), std::slice::from_ref(&inputs), &quiet)?;
    let period = if engagement.period.is_some() { (None, None, None) } else { (Some(topics::PERIOD.0), Some(topics::PERIOD.1), None) };
    let reading = Reading { limits: LIMITS, threads: 1, keep_raw: false };
    let inputs = Inputs::sort(&[inputs], &[]);
    let store = ingest::into_store(&inputs, &folder.path().join("store"), &reading, catalogue, &quiet)?;
    let mut opened = super::open(&store, &engagement, period)?;
    shown(&mut opened.tables, &opened.reach)?;
    Ok(())
}

fn unknown(catalogue: &Catalogue, id: &str) -> anyhow::Error {
    anyhow::Error::from(Advice::new(
        format!("no control, extract or metric {id:?}"),
        format!("the nearest id is {}", nearest(id, catalogue.ids().into_iter())),
    ))
}

fn list(catalogue: &Catalogue, format: Format) -> anyhow::Result<()> {
    let columns = ["id", "kind", "pillar", "severity", "title"].map(str::to_owned).to_vec();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut push = |id: &str, kind: &str, pillar: &str, severity: &str, title: &str| {
        rows.push([id, kind, pillar, severity, title].map(str::to_owned).to_vec());
    };
    for c in catalogue.controls.values() {
        push(&c.id, "control", &c.pillar, c.severity.word(), &c.title);
    }
    for x in catalogue.extracts.values() {
        push(&x.id, "extract", &x.pillar, "", &x.title);
    }
    for m in catalogue.metrics.values() {
        push(&m.id, "metric", &m.pillar, "", &m.title);
    }
    match format {
        Format::Table => screen::out(&screen::table(&columns, &rows))?,
        Format::Csv => screen::out(&screen::csv(&columns, &rows)?)?,
        Format::Json => {
            // What documentation is made from, and what an outside engine needs to run the same text.
            let controls = catalogue.controls.values().map(|c| {
                json!({"id": c.id, "kind": "control", "file": c.origin.file, "title": c.title, "finding": c.finding, "pillar": c.pillar,
                    "severity": c.severity.word(), "effort": c.effort.word(), "cause": c.cause, "family": c.family, "criteria": c.criteria,
                    "context": c.context, "objective": c.objective, "effect": c.effect, "procedure": c.procedure, "recommend": c.recommend,
                    "limits": c.limits, "population": c.population, "exception": c.exception, "reason": c.reason, "undetermined": c.undetermined,
                    "selects_events": c.select.is_some(), "uses_bursts": c.bursts.is_some(), "text_sha256": c.origin.sha256})
            });
            let extracts = catalogue.extracts.values().map(|x| {
                json!({"id": x.id, "kind": "extract", "file": x.origin.file, "title": x.title, "pillar": x.pillar, "criteria": x.criteria,
                    "context": x.context, "objective": x.objective, "procedure": x.procedure, "limits": x.limit_note, "query": x.query,
                    "selects_events": x.select.is_some(), "uses_bursts": x.bursts.is_some(), "text_sha256": x.origin.sha256})
            });
            let metrics = catalogue.metrics.values().map(|m| {
                let queries: serde_json::Map<_, _> = m.queries().into_iter().map(|(name, query)| (name.to_owned(), json!(query))).collect();
                json!({"id": m.id, "kind": "metric", "file": m.origin.file, "title": m.title, "pillar": m.pillar, "criteria": m.criteria,
                    "context": m.context, "procedure": m.procedure, "limits": m.limits, "unit": m.unit, "direction": m.direction,
                    "target": m.target, "is_opportunity": m.opportunity, "queries": queries, "selects_events": m.select.is_some(),
                    "text_sha256": m.origin.sha256})
            });
            let all: Vec<_> = controls.chain(extracts).chain(metrics).collect();
            screen::out(&screen::json(&all)?)?;
        }
    }
    Ok(())
}

fn show(catalogue: &Catalogue, id: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.trim().is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name}:\n  {}\n", value.trim().replace('\n', "\n  "));
        }
    };
    if let Some(c) = catalogue.controls.get(id) {
        line("control", &format!("{} ({}, {})", c.id, c.pillar, c.severity.word()));
        line("title", &c.title);
        line("finding", &c.finding);
        line("potential effect", &c.effect);
        line("effort", c.effort.word());
        line("criteria", &c.criteria.join(", "));
        line("context", &c.context.join(", "));
        line("objective", &c.objective);
        line("procedure", &c.procedure);
        if let Some(s) = &c.select {
            line("selected events", &format!("{:?} {:?} {}", s.events, s.sources, s.condition.as_ref().map_or("", |c| c.text())));
        }
        line("population", c.population.text());
        line("exception", c.exception.text());
        line("reason", c.reason.text());
        c.undetermined.iter().for_each(|sentence| line("undetermined", sentence.text()));
        line("recommendation", &c.recommend);
        line("limits", &c.limits);
        line("file and hash of the text", &format!("{} {}", c.origin.file, c.origin.sha256));
    } else if let Some(x) = catalogue.extracts.get(id) {
        line("extract", &format!("{} ({})", x.id, x.pillar));
        line("title", &x.title);
        line("objective", &x.objective);
        line("procedure", &x.procedure);
        line("query", x.query.text());
        line("what the rows do not show", &x.limit_note);
    } else if let Some(m) = catalogue.metrics.get(id) {
        line("metric", &format!("{} ({}, {})", m.id, m.pillar, m.unit));
        line("title", &m.title);
        line("procedure", &m.procedure);
        for (name, query) in m.queries() {
            line(name, query.text());
        }
        line("target", &m.target);
    } else {
        return Err(unknown(catalogue, id));
    }
    Ok(text)
}

/// Runs `tables`.
///
/// # Errors
/// When a name is unknown.
pub fn tables(options: &Tables, global: &Global) -> anyhow::Result<ExitCode> {
    let catalogue = super::catalogue(global)?;
    let all: Vec<_> = catalogue.schema.tables().collect();
    match options {
        Tables::List { format: Format::Json } => {
            let list: Vec<_> = all
                .iter()
                .map(|t| json!({"name": t.name, "doc": t.doc, "storage": t.storage, "versioned": t.versioned, "columns": t.all_columns()}))
                .collect();
            screen::out(&screen::json(&list)?)?;
        }
        Tables::List { format } => {
            let columns = ["table", "columns", "a row is"].map(str::to_owned).to_vec();
            let rows: Vec<Vec<String>> =
                all.iter().map(|t| vec![t.name.clone(), t.all_columns().len().to_string(), t.doc.clone()]).collect();
            let text = if *format == Format::Csv { screen::csv(&columns, &rows)? } else { screen::table(&columns, &rows) };
            screen::out(&text)?;
        }
        Tables::Show { name } => {
            let Some(table) = catalogue.schema.table(name) else {
                bail!(Advice::new(
                    format!("no table {name:?}"),
                    format!("the nearest name is {}", nearest(name, all.iter().map(|t| t.name.as_str())))
                ));
            };
            let columns = ["column", "type", "meaning"].map(str::to_owned).to_vec();
            let rows: Vec<Vec<String>> = table.all_columns().into_iter().map(|c| vec![c.name, c.kind.sql().to_owned(), c.doc]).collect();
            let twin = if table.versioned { format!("{}_history holds all versions.\n", table.name) } else { String::new() };
            screen::out(&format!("{}: {}\n{twin}\n{}", table.name, table.doc, screen::table(&columns, &rows)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs `templates`.
///
/// # Errors
/// When files cannot be written.
pub fn templates(options: &Templates) -> anyhow::Result<ExitCode> {
    match options {
        Templates::List => {
            let list: String = crate::report::templates::EMBEDDED.iter().map(|(n, _)| format!("{n}\n")).collect();
            screen::out(&list)?;
        }
        Templates::Export { folder } => place::write_all(folder, crate::report::templates::EMBEDDED.iter().copied())?,
    }
    Ok(ExitCode::SUCCESS)
}
