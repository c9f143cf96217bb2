//! The Markdown report: tera templates over the model, with every escape explicit.
//!
//! Templates see the keys of [`Report`] and nothing else. Values are escaped as running text unless a filter
//! says otherwise, so a forgotten filter is ugly, never dangerous; `safe` does not exist. Beside tera's own:
//!
//! | filter | gives |
//! |---|---|
//! | `md(max)` | running text (the default) |
//! | `cell(max)` | text for a table cell |
//! | `code(max)`, `code_cell(max)` | a code span, outside and inside tables |
//! | `codeblock(info, max)` | a fenced block |
//! | `num` | a count with thousands separated |
//! | `words` | `exceptions_noted` as "exceptions noted" |
//! | `table(rows, caption, titles, empty)` | a whole [`Table`], with its comment, caption and note; of its rows only the first, if so asked; caption, titles of columns and what is printed instead of no rows, where the template words them |
//! | `note` | the number of an evidence limitation that many tests share; others in words |
//!
//! Topics have more, which `docs/topics.md` lists.
//!
//! | function | gives |
//! |---|---|
//! | `section(id, title, appendix)` | a numbered heading of level 2 |
//! | `link(text, href)` | a link; grammar in [`super::model`] |
//! | `workpaper(id)` | the comment that dresses the next heading or list |
//! | `chart(id)` | a chart: title, image, caption |
//! | `topics_of(chapter)` | the topics of a chapter in their order: id, title, why one was not tested and what to request, whether it stands in the annex, what it states |
//! | `evidence_lines(id)` | the `jq` lines of a control's exceptions, a fenced block; empty when there are none |
//! | `control_list(ids)` | controls in a line, with exceptions and population |
//! | `tables_in_full()` | the tables that were cut, whole |
//! | `table(query, rows)`, `statements()` | in topics: the table of a query, and what the topic states |
//! | `control_table(ids, id, caption, rows)`, `noted_table(ids, id, caption, rows)`, `metric_table(ids, id, caption, rows)`, `exceptions_table(id)`, `not_tested_table()`, `topics_not_tested_table(chapters)`, `limitations_table(rows)` | tables of results |
//!
//! Numbers of sections are known only after a first pass; the second resolves links to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize as _;
use serde_json::json;
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::ReportError;
use super::charts;
use super::escape::{self, put};
use super::links::resolve;
use super::model::limitations::{self, brief};
use super::model::{Cell, Column, Facet, Outcome, Report, Table, is_id};
use super::notes::{Document, Notes, Section, Shared, fail, lock};
use super::print::{in_full, print_first, print_table};
use super::tables;
use super::templates::{MANDATORY, Templates};
use super::topics;
use super::values::{bare, safe};
use super::wording::Wording;
use crate::catalogue::Catalogue;
use crate::catalogue::topics::{MANDATORY as MANDATORY_TOPICS, Topic, TopicStatement};
use crate::outcome::StatementTone;

/// What rendering gave: the text, and every table printed in it by id.
pub struct Rendered {
    /// The Markdown.
    pub text: String,
    /// Tables printed, for the HTML to dress.
    pub tables: BTreeMap<String, Table>,
}

/// Renders the report and its annex, in this order.
///
/// # Errors
/// When a template fails, names a key the model does not have, leaves out a mandatory section, or links to
/// something that is not there.
pub fn render(report: &Report, templates: &Templates, topics: &BTreeMap<String, Topic>) -> Result<[Rendered; 2], ReportError> {
    let context = Context::from_serialize(report).map_err(|e| ReportError::template("report.md", &e))?;
    let report = Arc::new(report.clone());
    let notes = Shared::default();
    let tera = engine(&report, &notes, templates, topics)?;
    let once = |document: Document, anchors: Option<&BTreeMap<String, (Document, String)>>, cut: Vec<Table>| {
        *lock(&notes) = Notes { document, anchors: anchors.cloned(), cut, ..Notes::default() };
        let text = tera.render(document.template(), &context).map_err(|e| ReportError::template(document.template(), &e))?;
        Ok::<_, ReportError>((text, std::mem::take(&mut *lock(&notes))))
    };
    let mut anchors = BTreeMap::new();
    for document in Document::ALL {
        for Section { id, number, title } in once(document, None, Vec::new())?.1.sections {
            let anchor = escape::slug(&escape::plain(&format!("{number} {title}")));
            if anchors.insert(id.clone(), (document, anchor)).is_some() {
                return Err(ReportError::Template {
                    file: document.template().into(),
                    reason: format!("the section `{id}` stands in the report already"),
                });
            }
        }
    }
    let finished = |document, cut| {
        let (text, notes) = once(document, Some(&anchors), cut)?;
        Ok::<_, ReportError>((tidy(&text), notes))
    };
    let (text, mut noted) = finished(Document::Report, Vec::new())?;
    let (annex, annexed) = finished(Document::Annex, std::mem::take(&mut noted.cut))?;
    if !annexed.cut.is_empty() {
        return Err(ReportError::Mandatory { what: "the tables that the report cuts (tables_in_full() in annex.md)".into() });
    }
    insist(&report, (&text, &noted), (&annex, &annexed))?;
    Ok([Rendered { text, tables: noted.tables }, Rendered { text: annex, tables: annexed.tables }])
}

/// The engine with all templates, filters and functions.
pub(super) fn engine(
    report: &Arc<Report>,
    notes: &Shared,
    templates: &Templates,
    topics: &BTreeMap<String, Topic>,
) -> Result<Tera, ReportError> {
    let mut tera = bare(report);
    let wording = Arc::new(Wording::new(templates)?);
    functions(&mut tera, report, notes, &wording);
    topic_functions(&mut tera, report, notes, &wording, topics);
    let texts = templates.markdown();
    let made = topics::template::templates(topics, &texts);
    let made = made.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    tera.add_raw_templates(texts.iter().copied().chain(made)).map_err(|e| ReportError::template("report.md", &e))?;
    Ok(tera)
}

/// The text of one topic, for its cases.
///
/// # Errors
/// As [`render`].
pub fn topic(report: &Report, templates: &Templates, catalogue: &Catalogue, topic: &Topic) -> Result<String, ReportError> {
    let context = Context::from_serialize(report).map_err(|e| ReportError::template(&topic.file, &e))?;
    let report = Arc::new(report.clone());
    let tera = engine(&report, &Shared::default(), templates, &catalogue.topics)?;
    let text = tera.render(&topics::template::frame_name(topic), &context).map_err(|e| ReportError::template(&topic.file, &e))?;
    Ok(tidy(&text))
}

/// A document that is no part of a report, with `parts` as its keys beside those of the report that its page is made from.
/// Sections in it are numbered; nothing links to them.
///
/// # Errors
/// As [`render`].
pub fn document(report: &Report, document: Document, templates: &Templates, parts: &serde_json::Value) -> Result<Rendered, ReportError> {
    let failed = |e: &tera::Error| ReportError::template(document.template(), e);
    let mut context = Context::from_serialize(report).map_err(|e| failed(&e))?;
    for (name, part) in parts.as_object().into_iter().flatten() {
        context.insert(name.clone(), part);
    }
    let mut model = serde_json::to_value(report).map_err(|e| ReportError::Model(e.to_string()))?;
    if let (Some(model), Some(parts)) = (model.as_object_mut(), parts.as_object()) {
        model.extend(parts.clone());
    }
    let files = [Some(document.template()), document.words()].into_iter().flatten().map(|name| (name, templates.text(name)));
    for (name, text) in files.clone() {
        super::keys::check(name, text, &model)?;
    }
    let report = Arc::new(report.clone());
    let notes = Shared::default();
    // Rows of a table are cut in the report alone.
    lock(&notes).document = document;
    let mut tera = bare(&report);
    functions(&mut tera, &report, &notes, &Arc::new(Wording::new(templates)?));
    tera.add_raw_templates(files).map_err(|e| failed(&e))?;
    let text = tera.render(document.template(), &context).map_err(|e| failed(&e))?;
    let tables = std::mem::take(&mut lock(&notes).tables);
    Ok(Rendered { text: tidy(&text), tables })
}

/// Functions that topics have: their tables and statements.
fn topic_functions(tera: &mut Tera, report: &Arc<Report>, notes: &Shared, wording: &Arc<Wording>, topics: &BTreeMap<String, Topic>) {
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_function("table", move |kwargs: Kwargs, state: &State| -> TeraResult<Value> {
        let name = kwargs.must_get::<String>("query")?;
        let query = state.get::<Value>(&name)?;
        let Some(table) = query.as_ref().and_then(|query| query.as_map()?.get(&"table".into())) else {
            return fail(format!("there is no query `{name}`"));
        };
        let table = Table::deserialize(table).map_err(|e| tera::Error::message(format!("`{name}` is not a query: {e}")))?;
        print_first(&r, &n, &w, table, kwargs.get::<usize>("rows")?).map(|t| safe(&t))
    });
    let n = Arc::clone(notes);
    tera.register_function("printed", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        lock(&n).topics.insert(kwargs.must_get::<String>("topic")?);
        Ok(safe(""))
    });
    let mut order: Vec<(u32, String, String, bool)> =
        topics.values().map(|t| (t.order, t.id.clone(), t.chapter().to_owned(), t.annex)).collect();
    order.sort();
    let r = Arc::clone(report);
    tera.register_function("topics_of", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let chapter = kwargs.must_get::<String>("chapter")?;
        let ids = order.iter().filter(|(_, _, of, _)| *of == chapter);
        let brief = |(_, id, _, annex): &(u32, String, String, bool)| {
            let topic = r.topics.get(id)?;
            Some(serde_json::json!({"id": topic.id, "title": topic.title, "not_tested": topic.not_tested, "request": topic.request, "annex": annex, "statements": topic.statements}))
        };
        Ok(Value::from_serializable(&ids.filter_map(brief).collect::<Vec<_>>()))
    });
    let stated: BTreeMap<String, Vec<TopicStatement>> = topics.values().map(|t| (t.id.clone(), t.statements.clone())).collect();
    let r = Arc::clone(report);
    tera.register_function("statements", move |_: Kwargs, state: &State| -> TeraResult<Value> {
        let topic = state.get::<Value>("topic")?;
        let id = topic.as_ref().and_then(|topic| topic.as_map()?.get(&"id".into())?.as_str()).unwrap_or("").to_owned();
        let Some(data) = r.topics.get(&id) else { return fail("`statements` stands in topics only") };
        let engine = bare(&r);
        let mut context = Context::new();
        context.insert("lang", &data.lang);
        context.insert("account_names", &r.account_names);
        for (name, query) in &data.queries {
            context.insert(name.clone(), &serde_json::json!({"rows": query.rows, "count": query.count}));
        }
        let mut out = String::new();
        let mut is_list = false;
        for statement in stated.get(&id).into_iter().flatten() {
            let rows = data.queries.get(&statement.query).map(|query| query.rows.as_slice()).unwrap_or_default();
            for row in statement.said_of(rows) {
                context.insert("row", row);
                let text = |template: &str| {
                    engine.render_str(template, &context, true).map(|t| t.split_whitespace().collect::<Vec<_>>().join(" "))
                };
                let (title, text) = (text(&statement.title)?, text(&statement.text)?);
                // Items follow one another as one list.
                let is_item = statement.tone == StatementTone::Plain;
                put!(out, "{}{}", if is_list && is_item { "\n" } else { "\n\n" }, tables::statement(statement.tone, &title, &text));
                is_list = is_item;
            }
        }
        Ok(safe(&out))
    });
}

/// Refuses a report whose templates dropped what must be printed; what is looked up may stand in the annex.
fn insist(report: &Report, (text, notes): (&str, &Notes), (annex, annexed): (&str, &Notes)) -> Result<(), ReportError> {
    let printed: BTreeSet<&str> = notes.sections.iter().chain(&annexed.sections).map(|section| section.id.as_str()).collect();
    for id in MANDATORY {
        if !printed.contains(id) {
            return Err(ReportError::Mandatory { what: format!("the section `{id}`") });
        }
    }
    let is_printed = |table: &str| notes.tables.contains_key(table) || annexed.tables.contains_key(table);
    for id in MANDATORY_TOPICS {
        if report.topics.contains_key(id) && !notes.topics.contains(id) && !annexed.topics.contains(id) {
            return Err(ReportError::Mandatory { what: format!("the topic `{id}`") });
        }
    }
    if report.topics.get(RECORDS).is_some_and(|topic| topic.not_tested.is_empty()) && !is_printed(INPUTS_TABLE) {
        return Err(ReportError::Mandatory { what: format!("the table of inputs in the topic `{RECORDS}`") });
    }
    if !report.not_tested.controls.is_empty() && !is_printed(&report.not_tested.by_reason.id) {
        return Err(ReportError::Mandatory { what: "the reasons why controls were not tested (not_tested.by_reason)".into() });
    }
    for id in &report.not_tested.controls {
        let code = escape::code(id, escape::CODE_CAP);
        if !is_printed(NOT_TESTED_TABLE) && !text.contains(&code) && !annex.contains(&code) {
            return Err(ReportError::Mandatory { what: format!("the control not tested `{id}`") });
        }
    }
    Ok(())
}

const NOT_TESTED_TABLE: &str = "not-tested-controls";
/// The topic that accounts for every record, and its table.
const RECORDS: &str = "coverage/records";
const INPUTS_TABLE: &str = "coverage-inputs";

fn functions(tera: &mut Tera, report: &Arc<Report>, notes: &Shared, wording: &Arc<Wording>) {
    let n = Arc::clone(notes);
    tera.register_function("section", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let id = kwargs.must_get::<String>("id")?;
        let title = kwargs.must_get::<String>("title")?;
        let appendix = kwargs.get::<bool>("appendix")?.unwrap_or(false);
        let mut notes = lock(&n);
        if !is_id(&id) || notes.sections.iter().any(|section| section.id == id) {
            return fail(format!("section id `{id}` is used twice or is not an id"));
        }
        let is_letter = |number: &str| number.starts_with(|c: char| c.is_ascii_uppercase());
        let before = notes.sections.iter().filter(|section| is_letter(&section.number) == appendix).count();
        let number = if appendix { letter(before) } else { (before + 1).to_string() };
        let heading = format!("## {number} {}", escape::md(&title, 200));
        notes.sections.push(Section { id, number, title });
        Ok(safe(&heading))
    });
    let (r, n) = (Arc::clone(report), Arc::clone(notes));
    tera.register_function("link", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let text = kwargs.must_get::<String>("text")?;
        let href = kwargs.must_get::<String>("href")?;
        let href = resolve(&r, &n, &href)?;
        Ok(safe(&format!("[{}]({href})", escape::md(&text, escape::CELL_CAP))))
    });
    tera.register_function("workpaper", |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let id = kwargs.must_get::<String>("id")?;
        if !is_id(&id) {
            return fail(format!("`{id}` is not an id"));
        }
        Ok(safe(&format!("<!--sixpillars:workpaper {id}-->")))
    });
    let r = Arc::clone(report);
    tera.register_function("chart", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let id = kwargs.must_get::<String>("id")?;
        let Some(chart) = r.charts.get(&id).filter(|c| is_id(&c.id) && c.id == id) else {
            return fail(format!("there is no chart `{id}`"));
        };
        if charts::is_blank(chart) {
            return Ok(safe(""));
        }
        let title = if chart.title.trim().is_empty() { &chart.id } else { &chart.title };
        let mut out = format!("**{}**\n\n![{}](charts/{id}.svg)", escape::md(title, 300), escape::md(&chart.alt, 2_000));
        if !chart.caption.trim().is_empty() {
            put!(out, "\n\n*{}*", escape::md(&chart.caption, 1_000));
        }
        Ok(safe(&out))
    });
    table_functions(tera, report, notes, wording);
}

/// What the ids of a call name, in their order.
fn listed<'r, T>(known: &'r BTreeMap<String, T>, kwargs: &Kwargs, kind: &str) -> TeraResult<Vec<&'r T>> {
    let ids = kwargs.must_get::<Vec<String>>("ids")?;
    let found: Result<Vec<&T>, &String> = ids.iter().map(|id| known.get(id).ok_or(id)).collect();
    found.or_else(|id| fail(format!("there is no {kind} `{id}`")))
}

/// Id and caption of the table that a call asks for.
fn headed(kwargs: &Kwargs) -> TeraResult<(String, String)> {
    Ok((kwargs.must_get("id")?, kwargs.must_get("caption")?))
}

fn table_functions(tera: &mut Tera, report: &Arc<Report>, notes: &Shared, wording: &Arc<Wording>) {
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_filter("table", move |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let mut table = Table::deserialize(&value).map_err(|e| tera::Error::message(format!("`table` needs a table: {e}")))?;
        for (name, text) in [("caption", &mut table.caption), ("empty", &mut table.empty)] {
            if let Some(given) = kwargs.get::<String>(name)? {
                *text = given;
            }
        }
        if let Some(titles) = kwargs.get::<Vec<String>>("titles")? {
            if titles.len() != table.columns.len() {
                return fail(format!("table `{}` has {} columns, not {}", table.id, table.columns.len(), titles.len()));
            }
            for (column, title) in table.columns.iter_mut().zip(titles) {
                column.title = title;
            }
        }
        print_first(&r, &n, &w, table, kwargs.get::<usize>("rows")?).map(|t| safe(&t))
    });
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_function("control_table", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let list = listed(&r.controls, &kwargs, "control")?;
        let (id, caption) = headed(&kwargs)?;
        let table = tables::controls(&w, &id, &caption, list.into_iter(), &r.limitations);
        print_first(&r, &n, &w, table, kwargs.get::<usize>("rows")?).map(|t| safe(&t))
    });
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_function("noted_table", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let list = listed(&r.controls, &kwargs, "control")?;
        let (id, caption) = headed(&kwargs)?;
        let table = tables::noted(&w, &id, &caption, list.into_iter(), &r.findings, &r.account_names);
        print_first(&r, &n, &w, table, kwargs.get::<usize>("rows")?).map(|t| safe(&t))
    });
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_function("metric_table", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let list = listed(&r.metrics, &kwargs, "metric")?;
        let (id, caption) = headed(&kwargs)?;
        let table = tables::metrics(&w, &id, &caption, list.into_iter(), &r.limitations);
        print_first(&r, &n, &w, table, kwargs.get::<usize>("rows")?).map(|t| safe(&t))
    });
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_function("limitations_table", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        print_first(&r, &n, &w, tables::limitations(&w, &r.limitations), kwargs.get::<usize>("rows")?).map(|t| safe(&t))
    });
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_function("tables_in_full", move |_: Kwargs, _: &State| -> TeraResult<Value> {
        let cut = std::mem::take(&mut lock(&n).cut);
        let mut out = String::new();
        for mut table in cut {
            put!(out, "### {}\n\n", escape::md(in_full(&table), 400));
            table.caption.clear();
            put!(out, "{}\n\n", print_table(&r, &n, &w, table)?);
        }
        Ok(safe(&out))
    });
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_function("control_list", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let mut items = Vec::new();
        let (tested, untested): (Vec<_>, Vec<_>) =
            listed(&r.controls, &kwargs, "control")?.into_iter().partition(|control| control.result != Outcome::NotTested);
        for control in tested {
            let heading = escape::md(control.heading(), escape::CELL_CAP);
            let href = resolve(&r, &n, &format!("control:{}", control.id))?;
            let figures = match control.result {
                Outcome::ExceptionsNoted => {
                    format!("**{} of {}**", escape::thousands(control.counts.exceptions), escape::thousands(control.counts.population))
                }
                Outcome::NoExceptionsNoted => format!("0 of {}", escape::thousands(control.counts.population)),
                Outcome::NoOccurrences | Outcome::NotTested => control.result.words().to_owned(),
            };
            items.push(format!("[{heading}]({href}) {figures}"));
        }
        if !untested.is_empty() {
            let more = w.said("further_not_tested", &json!({"n": escape::thousands(untested.len() as u64)}));
            items.push(escape::md(&more, 400));
        }
        Ok(safe(&items.join("; ")))
    });
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_function("exceptions_table", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let id = kwargs.must_get::<String>("id")?;
        match r.controls.get(&id) {
            Some(control) => print_table(&r, &n, &w, tables::exceptions(&w, control)).map(|t| safe(&t)),
            None => fail(format!("there is no control `{id}`")),
        }
    });
    let r = Arc::clone(report);
    tera.register_function("evidence_lines", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let id = kwargs.must_get::<String>("id")?;
        let Some(control) = r.controls.get(&id) else {
            return fail(format!("there is no control `{id}`"));
        };
        // One line each whatever a file name holds: a reader will paste them into a shell.
        let lines: Vec<String> = control
            .exceptions
            .iter()
            .filter(|e| !e.evidence.jq.is_empty())
            .map(|e| escape::visible(&format!("{}  # {}", e.evidence.jq, tables::record_id(e)), &[]))
            .collect();
        if lines.is_empty() {
            return Ok(safe(""));
        }
        Ok(safe(&escape::codeblock(&lines.join("\n"), "sh", escape::CODEBLOCK_CAP)))
    });
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_function("topics_not_tested_table", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let chapters = kwargs.must_get::<Vec<Vec<String>>>("chapters")?;
        let titled = chapters.iter().filter_map(|pair| Some((pair.first()?.as_str(), pair.get(1)?.as_str())));
        print_table(&r, &n, &w, tables::topics_not_tested(&w, r.topics.values(), titled)).map(|t| safe(&t))
    });
    let (r, n, w) = (Arc::clone(report), Arc::clone(notes), Arc::clone(wording));
    tera.register_function("not_tested_table", move |_: Kwargs, _: &State| -> TeraResult<Value> {
        let labels = &w.labels.tables.not_tested_items;
        let columns = vec![
            Column::code(&labels.control),
            Column::text(&labels.title),
            Column::severity(&labels.severity),
            Column::text(&labels.reason),
        ];
        let mut table = Table::new(NOT_TESTED_TABLE, &labels.caption, columns).or_empty(&labels.empty);
        for id in &r.not_tested.controls {
            let Some(control) = r.controls.get(id) else {
                return fail(format!("there is no control `{id}`"));
            };
            // A limitation that joins several reasons does not say which of them is this control's.
            let is_its_own = |text: &str| limitations::of(&r.limitations, text).is_none_or(|shared| shared.covers.len() == 1);
            let why = control.extent_reasons.iter().map(|text| if is_its_own(text) { brief(&r.limitations, text) } else { text });
            let mut why: Vec<String> = why.map(str::to_owned).collect();
            if !control.error.is_empty() {
                why.push(w.said("failed", &json!({"error": control.error})));
            }
            table.push(vec![
                Cell::text(id)
                    .link(format!("procedure:{id}"))
                    .about(Facet::Pillar, [&control.pillar])
                    .about(Facet::Framework, control.frameworks()),
                Cell::text(&control.title),
                Cell::severity(control.severity),
                Cell::text(why.join("; ")),
            ]);
        }
        table.interactive = table.rows.len() > 12;
        print_table(&r, &n, &w, table).map(|t| safe(&t))
    });
}

/// `A` to `Z`, then `A1`, ...
fn letter(n: usize) -> String {
    let c = char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    if n < 26 { c.to_string() } else { format!("{c}{}", n / 26) }
}

/// One blank line at most between blocks, none of it inside fenced code; ends with one line feed.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut fence: Option<usize> = None;
    let mut blank = true;
    for line in text.lines() {
        let ticks = line.bytes().take_while(|b| *b == b'`').count();
        if let Some(open) = fence {
            if ticks >= open && line.len() == ticks {
                fence = None;
            }
        } else {
            if ticks >= 3 {
                fence = Some(ticks);
            } else if line.trim().is_empty() {
                if !blank {
                    out.push('\n');
                }
                blank = true;
                continue;
            }
            blank = false;
            out.push_str(line.trim_end());
            out.push('\n');
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    let kept = out.trim_end().len();
    out.truncate(kept);
    out.push('\n');
    out
}
