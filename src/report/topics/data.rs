//! What the queries of topics gave, as data of the report.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::draw::Draw;
use super::locale::Locale;
use super::plain::Plain;
use super::{charts, table};
use crate::base::text::capital;
use crate::catalogue::topics::Topic;
use crate::evaluate::{ExtractRun, Grid};
use crate::reason::{self, Reason};
use crate::report::ReportError;
use crate::report::model::{Chart, Statement, TopicData};

/// All topics of a catalogue by id, and their charts.
///
/// # Errors
/// When a topic's text fails.
pub fn all<'t>(
    topics: impl Iterator<Item = &'t Topic>,
    draw: &Draw<'_>,
    run_of: &dyn Fn(&str) -> Option<&'t ExtractRun>,
) -> Result<(BTreeMap<String, TopicData>, Vec<Chart>), ReportError> {
    let (mut all, mut drawn) = (BTreeMap::new(), Vec::new());
    let names = json!(draw.names);
    for topic in topics {
        let (data, charts) = one(topic, draw, &names, run_of)?;
        drawn.extend(charts);
        all.insert(topic.id.clone(), data);
    }
    Ok((all, drawn))
}

fn one<'t>(
    topic: &Topic,
    draw: &Draw<'_>,
    names: &Value,
    run_of: &dyn Fn(&str) -> Option<&'t ExtractRun>,
) -> Result<(TopicData, Vec<Chart>), ReportError> {
    let mut data = TopicData {
        id: topic.id.clone(),
        title: topic.title.clone(),
        lang: topic.lang.code().to_owned(),
        controls: topic.controls.clone(),
        extracts: topic.extracts.clone(),
        method: topic.method.clone(),
        ..TopicData::default()
    };
    let (mut grids, mut reasons, mut failed, mut untested) = (BTreeMap::new(), Vec::new(), Vec::new(), false);
    for (name, query) in &topic.queries {
        let run = run_of(&query.extract.id);
        // A chart draws all rows, as columns made of rows need them; a text and a table the first of them.
        let is_whole = query.across.is_some() || topic.charts.iter().any(|chart| chart.query == *name);
        let limit = if is_whole { usize::MAX } else { table::ROWS.max(query.show) };
        let grid = match run.and_then(|run| run.frame.as_ref()) {
            Some(frame) => Grid::of(frame, limit).map_err(|error| ReportError::Model(format!("{}: {error}", query.extract.id)))?,
            None => Grid::default(),
        };
        untested |= run.is_none_or(|run| run.frame.is_none());
        if let Some(run) = run {
            failed.extend(run.error.clone());
            reasons.extend(run.reasons.iter().cloned());
        }
        data.queries.insert(name.clone(), table::query(draw, topic, name, query, &grid, run.and_then(|run| run.rows).unwrap_or(0)));
        grids.insert(name.as_str(), grid);
    }
    reasons.sort();
    reasons.dedup();
    if untested {
        data.not_tested = match failed.first() {
            Some(error) => format!("Its evaluation failed: {error}."),
            None => {
                let requests: BTreeSet<&str> = reasons.iter().map(Reason::request).collect();
                data.request = requests.into_iter().collect::<Vec<_>>().join("; ");
                let lacking: Vec<String> = reason::families(&reasons).values().map(reason::joined).collect();
                capital(&format!("{}.", lacking.join("; ")))
            }
        };
        return Ok((data, Vec::new()));
    }
    data.limits = reason::sentences(&reasons);
    let mut plain = Plain::new(&topic.file, &data, names);
    let mut statements = Vec::new();
    for statement in &topic.statements {
        let rows = data.queries.get(&statement.query).map(|query| query.rows.as_slice()).unwrap_or_default();
        for row in statement.said_of(rows) {
            let row = json!(row);
            statements.push(Statement {
                tone: statement.tone,
                title: plain.text(&statement.title, Some(&row))?,
                text: plain.text(&statement.text, Some(&row))?,
                href: None,
            });
        }
    }
    let mut drawn = Vec::new();
    for chart in &topic.charts {
        let Some(form) = grids.get(chart.query.as_str()).and_then(|grid| charts::data(draw, Locale::of(&data.lang), &chart.form, grid))
        else {
            continue;
        };
        drawn.push(Chart {
            id: chart.id.clone(),
            title: plain.text(&chart.title, None)?,
            caption: plain.text(&chart.caption, None)?,
            alt: plain.text(&chart.alt, None)?,
            unit: plain.text(&chart.unit, None)?,
            half: chart.half,
            data: form,
        });
    }
    data.statements = statements;
    data.charts = drawn.iter().map(|chart| chart.id.clone()).collect();
    Ok((data, drawn))
}
