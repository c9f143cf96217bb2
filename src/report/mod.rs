//! The report: a model, and its renderings.
//!
//! ```text
//! model ──► markdown (tera templates, explicit escapes) ──► html (the same Markdown, dressed)
//!   └─────► charts (SVG, inside the page and as files)
//! ```
//!
//! Rendering decides nothing and counts nothing: what is printed stands in [`model::Report`].

pub mod assemble;
pub mod charts;
pub mod comparison;
mod error;
pub mod escape;
mod few_words;
#[cfg(test)]
mod fixture;
pub mod html;
mod keys;
mod labels;
mod links;
pub mod markdown;
pub mod model;
mod notes;
mod print;
pub mod tables;
pub mod templates;
#[cfg(test)]
mod tests;
pub mod topics;
mod values;
mod wording;
mod words;

use std::collections::BTreeMap;
use std::path::Path;

use crate::catalogue::topics::Topic;

pub use error::ReportError;
pub use few_words::FewWords;
pub use links::is_workpaper;
use model::{Report, is_id};
pub use notes::Document;
use templates::Templates;
pub use wording::Wording;

/// A document in its two forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// As Markdown.
    pub markdown: String,
    /// As HTML, self-contained.
    pub html: String,
}

/// A rendered report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// `report.md` and `report.html`.
    pub report: Page,
    /// `annex.md` and `annex.html`: what is looked up, not read.
    pub annex: Page,
    /// `charts/ID.svg`: id and file text.
    pub charts: BTreeMap<String, String>,
}

/// Renders a report with the embedded templates, or with those of `templates` in their place file by file.
///
/// # Errors
/// When a template fails or leaves out what must be printed, or the model contradicts itself.
pub fn render(report: &Report, templates: Option<&Path>) -> Result<Rendered, ReportError> {
    let topics = crate::catalogue::topics::load(templates)?;
    render_with(report, &Templates::load(templates)?, &topics)
}

/// [`render`] with a loaded template set (whose hash the cover prints).
///
/// # Errors
/// As [`render`].
pub fn render_with(report: &Report, templates: &Templates, topics: &BTreeMap<String, Topic>) -> Result<Rendered, ReportError> {
    check(report)?;
    let model = serde_json::to_value(report).map_err(|e| ReportError::Model(e.to_string()))?;
    for (name, text) in templates.markdown() {
        keys::check(name, text, &model)?;
    }
    let [text, annex] = markdown::render(report, templates, topics)?;
    let page = |document, rendered: markdown::Rendered| {
        let html = html::page(report, document, &rendered, templates)?;
        Ok::<_, ReportError>(Page { markdown: rendered.text, html })
    };
    let draw = |chart| charts::draw(chart, charts::Purpose::File);
    let charts = report.charts.iter().map(|(id, chart)| (id.clone(), draw(chart))).collect();
    Ok(Rendered { report: page(Document::Report, text)?, annex: page(Document::Annex, annex)?, charts })
}

/// Refuses a model whose parts do not fit together; what it finds is an error of ours, not of the client's files.
///
/// # Errors
/// Naming the part that does not fit.
pub fn check(report: &Report) -> Result<(), ReportError> {
    let wrong = |what: String| Err(ReportError::Model(what));
    for (kind, ids) in [
        ("control", report.controls.iter().map(|(k, c)| (k, &c.id)).collect::<Vec<_>>()),
        ("metric", report.metrics.iter().map(|(k, m)| (k, &m.id)).collect()),
        ("extract", report.extracts.iter().map(|(k, e)| (k, &e.id)).collect()),
        ("chart", report.charts.iter().map(|(k, c)| (k, &c.id)).collect()),
    ] {
        for (key, id) in ids {
            if key != id || !is_id(id) {
                return wrong(format!("{kind} `{key}` has the id `{id}`"));
            }
        }
    }
    for c in report.controls.values() {
        // The auditor's profile has no cost pillar, but may test a control of it that the client's controls name.
        let left_out = report.profile == model::Profile::Auditor && c.pillar == "cost_optimization";
        if !left_out && !report.pillars.iter().any(|p| p.id == c.pillar) {
            return wrong(format!("control `{}` belongs to the pillar `{}`, which is not there", c.id, c.pillar));
        }
    }
    if report.profile == model::Profile::Auditor {
        if let Some(id) = report.topics.keys().find(|id| id.starts_with("cost/")) {
            return wrong(format!("the auditor profile leaves cost out, but there is the topic `{id}`"));
        }
        if let Some(c) = report.controls.values().find(|c| !c.recommend.is_empty()) {
            return wrong(format!("the auditor profile leaves recommendations out, but `{}` has one", c.id));
        }
    }
    if let Some(m) = report.metrics.values().find(|m| m.chart.as_ref().is_some_and(|c| !report.charts.contains_key(c))) {
        return wrong(format!("metric `{}` names a chart that is not there", m.id));
    }
    let lists = |name: &str, ids: &[String], known: &dyn Fn(&str) -> bool| match ids.iter().find(|id| !known(id)) {
        Some(id) => wrong(format!("{name} names `{id}`, which is not there")),
        None => Ok(()),
    };
    let control = |id: &str| report.controls.contains_key(id);
    let metric = |id: &str| report.metrics.contains_key(id);
    let extract = |id: &str| report.extracts.contains_key(id);
    let chart = |id: &str| report.charts.contains_key(id);
    for p in &report.pillars {
        for ids in [&p.exceptions, &p.clean, &p.not_tested] {
            lists(&p.id, ids, &control)?;
        }
        lists(&p.id, &p.metrics, &metric)?;
        lists(&p.id, &p.charts, &chart)?;
    }
    lists("not_tested", &report.not_tested.controls, &control)?;
    lists("not_tested", &report.not_tested.metrics, &metric)?;
    lists("not_tested", &report.not_tested.extracts, &extract)?;
    lists("appendix", &report.appendix.controls, &control)?;
    lists("appendix", &report.appendix.metrics, &metric)?;
    lists("appendix", &report.appendix.extracts, &extract)?;
    // A control's anchor is its place in the appendix: a control that is not there cannot be re-performed.
    for (name, all, listed) in [
        ("control", report.controls.len(), &report.appendix.controls),
        ("metric", report.metrics.len(), &report.appendix.metrics),
        ("extract", report.extracts.len(), &report.appendix.extracts),
    ] {
        if listed.len() != all || listed.iter().collect::<std::collections::BTreeSet<_>>().len() != all {
            return wrong(format!("the appendix lists {} of {all} {name}s, or one of them twice", listed.len()));
        }
    }
    let tested = report.controls.values().filter(|c| c.result == model::Outcome::NotTested);
    if let Some(c) = tested.into_iter().find(|c| !report.not_tested.controls.contains(&c.id)) {
        return wrong(format!("control `{}` was not tested and is not in the list of those", c.id));
    }
    Ok(())
}
