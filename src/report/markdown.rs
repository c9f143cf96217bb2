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
//! | `table` | a whole [`Table`], with its comment, caption and note |
//!
//! Topics have more, which `docs/topics.md` lists.
//!
//! | function | gives |
//! |---|---|
//! | `section(id, title, appendix)` | a numbered heading of level 2 |
//! | `link(text, href)` | a link; grammar in [`super::model`] |
//! | `workpaper(id)` | the comment that dresses the next heading or list |
//! | `chart(id)` | a chart: title, image, caption |
//! | `evidence_lines(id)` | the `jq` lines of a control's exceptions, a fenced block; empty when there are none |
//! | `table(query)`, `statements()` | in topics: the table of a query, and what the topic states |
//! | `control_table(ids, id, caption)`, `metric_table(ids, id, caption)`, `exceptions_table(id)`, `not_tested_table()` | tables of results |
//!
//! Numbers of sections are known only after a first pass; the second resolves links to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize as _;
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::ReportError;
use super::escape::{self, put};
use super::model::{Cell, CellKind, Column, Facet, Outcome, Report, Severity, Table, is_id};
use super::tables;
use super::templates::{MANDATORY, Templates};
use super::topics;
use crate::catalogue::Catalogue;
use crate::catalogue::topics::{MANDATORY as MANDATORY_TOPICS, Topic, TopicStatement};

/// What rendering gave: the text, and every table printed in it by id.
pub struct Rendered {
    /// The Markdown.
    pub text: String,
    /// Tables printed, for the HTML to dress.
    pub tables: BTreeMap<String, Table>,
}

/// What functions remember while templates are rendered.
#[derive(Default)]
struct Notes {
    /// Sections in order: id, number, title.
    sections: Vec<(String, String, String)>,
    /// Anchors of the previous pass; `None` in the first.
    anchors: Option<BTreeMap<String, String>>,
    tables: BTreeMap<String, Table>,
}

type Shared = Arc<Mutex<Notes>>;

fn lock(notes: &Shared) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Renders the Markdown report.
///
/// # Errors
/// When a template fails, names a key the model does not have, leaves out a mandatory section, or links to
/// something that is not there.
pub fn render(report: &Report, templates: &Templates, topics: &BTreeMap<String, Topic>) -> Result<Rendered, ReportError> {
    let context = Context::from_serialize(report).map_err(|e| ReportError::template("report.md", &e))?;
    let report = Arc::new(report.clone());
    let notes = Shared::default();
    let tera = engine(&report, &notes, templates, topics)?;
    let once = || tera.render("report.md", &context).map_err(|e| ReportError::template("report.md", &e));
    once()?;
    {
        let mut notes = lock(&notes);
        let anchors = notes
            .sections
            .iter()
            .map(|(id, number, title)| (id.clone(), escape::slug(&escape::plain(&format!("{number} {title}")))))
            .collect();
        *notes = Notes { anchors: Some(anchors), ..Notes::default() };
    }
    let text = tidy(&once()?);
    let notes = std::mem::take(&mut *lock(&notes));
    insist(&report, &notes, &text)?;
    Ok(Rendered { text, tables: notes.tables })
}

/// The engine with all templates, filters and functions.
fn engine(report: &Arc<Report>, notes: &Shared, templates: &Templates, topics: &BTreeMap<String, Topic>) -> Result<Tera, ReportError> {
    let mut tera = bare(report, notes);
    functions(&mut tera, report, notes);
    topic_functions(&mut tera, report, notes, topics);
    let texts = templates.markdown();
    let made = topics::template::templates(topics, &texts);
    let made = made.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    tera.add_raw_templates(texts.iter().copied().chain(made)).map_err(|e| ReportError::template("report.md", &e))?;
    Ok(tera)
}

/// An engine that escapes, with filters only.
fn bare(report: &Arc<Report>, notes: &Shared) -> Tera {
    let mut tera = Tera::new();
    tera.set_escape_fn(|text, out| out.write_all(escape::md(text, escape::MD_CAP).as_bytes()));
    tera.autoescape_on([".md"]);
    filters(&mut tera, report, notes);
    topics::register(&mut tera);
    tera
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

/// Functions that topics have: their tables and statements.
fn topic_functions(tera: &mut Tera, report: &Arc<Report>, notes: &Shared, topics: &BTreeMap<String, Topic>) {
    let (r, n) = (Arc::clone(report), Arc::clone(notes));
    tera.register_function("table", move |kwargs: Kwargs, state: &State| -> TeraResult<Value> {
        let name = kwargs.must_get::<String>("query")?;
        let query = state.get::<Value>(&name)?;
        let Some(table) = query.as_ref().and_then(|query| query.as_map()?.get(&"table".into())) else {
            return fail(format!("there is no query `{name}`"));
        };
        let table = Table::deserialize(table).map_err(|e| tera::Error::message(format!("`{name}` is not a query: {e}")))?;
        print_table(&r, &n, table).map(|t| safe(&t))
    });
    let stated: BTreeMap<String, Vec<TopicStatement>> = topics.values().map(|t| (t.id.clone(), t.statements.clone())).collect();
    let (r, n) = (Arc::clone(report), Arc::clone(notes));
    tera.register_function("statements", move |_: Kwargs, state: &State| -> TeraResult<Value> {
        let topic = state.get::<Value>("topic")?;
        let id = topic.as_ref().and_then(|topic| topic.as_map()?.get(&"id".into())?.as_str()).unwrap_or("").to_owned();
        let Some(data) = r.topics.get(&id) else { return fail("`statements` stands in topics only") };
        let engine = bare(&r, &n);
        let mut out = String::new();
        for statement in stated.get(&id).into_iter().flatten() {
            let rows = data.queries.get(&statement.query).map(|query| query.rows.as_slice()).unwrap_or_default();
            for row in rows {
                let mut context = Context::new();
                context.insert("row", row);
                context.insert("lang", &data.lang);
                context.insert("account_names", &r.account_names);
                let text = |template: &str| {
                    engine.render_str(template, &context, true).map(|t| t.split_whitespace().collect::<Vec<_>>().join(" "))
                };
                let (title, text) = (text(&statement.title)?, text(&statement.text)?);
                put!(out, "\n\n{}", tables::statement(statement.tone, &title, &text));
            }
        }
        Ok(safe(&out))
    });
}

/// Refuses a report whose templates dropped what must be printed.
fn insist(report: &Report, notes: &Notes, text: &str) -> Result<(), ReportError> {
    let printed: BTreeSet<&str> = notes.sections.iter().map(|(id, ..)| id.as_str()).collect();
    for id in MANDATORY {
        if !printed.contains(id) {
            return Err(ReportError::Mandatory { what: format!("the section `{id}`") });
        }
    }
    for topic in MANDATORY_TOPICS.iter().filter_map(|id| report.topics.get(*id)) {
        if !text.contains(&format!("### {}\n", escape::md(&topic.title, escape::MD_CAP))) {
            return Err(ReportError::Mandatory { what: format!("the topic `{}`", topic.id) });
        }
    }
    if !notes.tables.contains_key(report.coverage.inputs.id.as_str()) {
        return Err(ReportError::Mandatory { what: "the table of inputs in the section `coverage`".into() });
    }
    for statement in &report.limits.statements {
        if !text.contains(&escape::md(&statement.text, escape::MD_CAP)) {
            return Err(ReportError::Mandatory { what: format!("the limit \"{}\"", statement.text) });
        }
    }
    let listed = notes.tables.get(NOT_TESTED_TABLE);
    for id in &report.not_tested.controls {
        if listed.is_none() && !text.contains(&escape::code(id, escape::CODE_CAP)) {
            return Err(ReportError::Mandatory { what: format!("the control not tested `{id}`") });
        }
    }
    Ok(())
}

const NOT_TESTED_TABLE: &str = "not-tested-controls";

fn safe(text: &str) -> Value {
    Value::safe_string(text)
}

fn fail<T>(message: impl Into<String>) -> TeraResult<T> {
    Err(tera::Error::message(message.into()))
}

/// The text of a value, for escapes: strings as they are, numbers as printed; lists and maps are refused.
fn text_of(value: &Value) -> TeraResult<String> {
    if value.is_array() || value.is_map() || value.is_undefined() || value.is_bytes() {
        return fail(format!("an escape needs text, not {}", value.name()));
    }
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_string))
}

type Escape = fn(&str, usize) -> String;

fn escape_filter(tera: &mut Tera, name: &'static str, cap: usize, escape: Escape) {
    tera.register_filter(name, move |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let max = kwargs.get::<usize>("max")?.unwrap_or(cap).clamp(1, 1_000_000);
        Ok(safe(&escape(&text_of(&value)?, max)))
    });
}

fn filters(tera: &mut Tera, report: &Arc<Report>, notes: &Shared) {
    escape_filter(tera, "md", escape::MD_CAP, escape::md);
    escape_filter(tera, "cell", escape::CELL_CAP, escape::cell);
    escape_filter(tera, "code", escape::CODE_CAP, escape::code);
    escape_filter(tera, "code_cell", escape::CODE_CAP, escape::code_cell);
    tera.register_filter("codeblock", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let max = kwargs.get::<usize>("max")?.unwrap_or(escape::CODEBLOCK_CAP).clamp(1, 10_000_000);
        let info = kwargs.get::<String>("info")?.unwrap_or_default();
        Ok(safe(&escape::codeblock(&text_of(&value)?, &info, max)))
    });
    tera.register_filter("num", |value: Value, _: Kwargs, _: &State| -> TeraResult<Value> {
        match value.as_u128().and_then(|n| u64::try_from(n).ok()) {
            Some(n) => Ok(safe(&escape::thousands(n))),
            None => fail(format!("`num` needs a count, not {}", value.name())),
        }
    });
    tera.register_filter("words", |value: Value, _: Kwargs, _: &State| -> TeraResult<String> { Ok(text_of(&value)?.replace('_', " ")) });
    // Whoever needs raw Markdown writes it in the template; a value never is.
    tera.register_filter("safe", |_: Value, _: Kwargs, _: &State| -> TeraResult<Value> {
        fail("`safe` is not available in report templates: values are always escaped")
    });
    let (report, notes) = (Arc::clone(report), Arc::clone(notes));
    tera.register_filter("table", move |value: Value, _: Kwargs, _: &State| -> TeraResult<Value> {
        let table = Table::deserialize(&value).map_err(|e| tera::Error::message(format!("`table` needs a table: {e}")))?;
        print_table(&report, &notes, table).map(|t| safe(&t))
    });
}

fn functions(tera: &mut Tera, report: &Arc<Report>, notes: &Shared) {
    let n = Arc::clone(notes);
    tera.register_function("section", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let id = kwargs.must_get::<String>("id")?;
        let title = kwargs.must_get::<String>("title")?;
        let appendix = kwargs.get::<bool>("appendix")?.unwrap_or(false);
        let mut notes = lock(&n);
        if !is_id(&id) || notes.sections.iter().any(|(known, ..)| *known == id) {
            return fail(format!("section id `{id}` is used twice or is not an id"));
        }
        let is_letter = |number: &str| number.starts_with(|c: char| c.is_ascii_uppercase());
        let before = notes.sections.iter().filter(|(_, number, _)| is_letter(number) == appendix).count();
        let number = if appendix { letter(before) } else { (before + 1).to_string() };
        let heading = format!("## {number} {}", escape::md(&title, 200));
        notes.sections.push((id, number, title));
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
        let title = if chart.title.trim().is_empty() { &chart.id } else { &chart.title };
        let mut out = format!("**{}**\n\n![{}](charts/{id}.svg)", escape::md(title, 300), escape::md(&chart.alt, 2_000));
        if !chart.caption.trim().is_empty() {
            put!(out, "\n\n*{}*", escape::md(&chart.caption, 1_000));
        }
        Ok(safe(&out))
    });
    table_functions(tera, report, notes);
}

fn table_functions(tera: &mut Tera, report: &Arc<Report>, notes: &Shared) {
    let (r, n) = (Arc::clone(report), Arc::clone(notes));
    tera.register_function("control_table", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let ids = kwargs.must_get::<Vec<String>>("ids")?;
        let list = ids.iter().map(|id| r.controls.get(id).ok_or(id)).collect::<Result<Vec<_>, _>>();
        let list = list.or_else(|id| fail(format!("there is no control `{id}`")))?;
        let table = tables::controls(&kwargs.must_get::<String>("id")?, &kwargs.must_get::<String>("caption")?, list.into_iter());
        print_table(&r, &n, table).map(|t| safe(&t))
    });
    let (r, n) = (Arc::clone(report), Arc::clone(notes));
    tera.register_function("metric_table", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let ids = kwargs.must_get::<Vec<String>>("ids")?;
        let list = ids.iter().map(|id| r.metrics.get(id).ok_or(id)).collect::<Result<Vec<_>, _>>();
        let list = list.or_else(|id| fail(format!("there is no metric `{id}`")))?;
        let table = tables::metrics(&kwargs.must_get::<String>("id")?, &kwargs.must_get::<String>("caption")?, list.into_iter());
        print_table(&r, &n, table).map(|t| safe(&t))
    });
    let (r, n) = (Arc::clone(report), Arc::clone(notes));
    tera.register_function("exceptions_table", move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let id = kwargs.must_get::<String>("id")?;
        match r.controls.get(&id) {
            Some(control) => print_table(&r, &n, tables::exceptions(control)).map(|t| safe(&t)),
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
    let (r, n) = (Arc::clone(report), Arc::clone(notes));
    tera.register_function("not_tested_table", move |_: Kwargs, _: &State| -> TeraResult<Value> {
        let columns =
            vec![Column::code("Control"), Column::text("Title"), Column::severity("Severity"), Column::text("Why it was not tested")];
        let mut table =
            Table::new(NOT_TESTED_TABLE, "Controls not tested", columns).or_empty("Every control of the catalogue could be tested.");
        for id in &r.not_tested.controls {
            let Some(control) = r.controls.get(id) else {
                return fail(format!("there is no control `{id}`"));
            };
            let mut why = control.extent_reasons.clone();
            if !control.error.is_empty() {
                why.push(format!("its evaluation failed: {}", control.error));
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
        print_table(&r, &n, table).map(|t| safe(&t))
    });
}

/// `A` to `Z`, then `A1`, ...
fn letter(n: usize) -> String {
    let c = char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    if n < 26 { c.to_string() } else { format!("{c}{}", n / 26) }
}

/// Where a link of the model leads in the document.
fn resolve(report: &Report, notes: &Shared, href: &str) -> TeraResult<String> {
    if let Some(anchor) = href.strip_prefix('#')
        && !anchor.is_empty()
        && anchor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    {
        return Ok(href.to_string());
    }
    if is_workpaper(href) {
        return Ok(href.to_string());
    }
    let unknown = || fail(format!("link `{href}` leads nowhere in this report"));
    let Some((kind, id)) = href.split_once(':') else { return unknown() };
    match kind {
        "control" => match report.controls.get(id) {
            Some(c) if report.pillars.iter().any(|p| p.exceptions.iter().any(|e| e == id)) => {
                Ok(format!("#{}", heading_anchor(&c.finding, &c.id)))
            }
            Some(c) => Ok(format!("#{}", escape::slug(&c.id))),
            None => unknown(),
        },
        "procedure" if report.controls.contains_key(id) => Ok(format!("#{}", escape::slug(id))),
        "metric" if report.metrics.contains_key(id) => Ok(format!("#{}", escape::slug(id))),
        "extract" if report.extracts.contains_key(id) => Ok(format!("#{}", escape::slug(id))),
        "question" => report
            .pillars
            .iter()
            .flat_map(|p| p.questions.iter().chain([&p.key_question]))
            .find(|q| q.id == id)
            .map_or_else(unknown, |q| Ok(format!("#{}", heading_anchor(&q.question, &q.id)))),
        "section" => match &lock(notes).anchors {
            None => Ok("#".into()),
            Some(anchors) => anchors.get(id).map_or_else(unknown, |a| Ok(format!("#{a}"))),
        },
        _ => unknown(),
    }
}

/// The anchor of a heading printed as "TITLE (ID)".
fn heading_anchor(title: &str, id: &str) -> String {
    escape::slug(&format!("{} ({id})", escape::plain(title)))
}

/// True for a relative path below `workpapers/` made of a fixed alphabet.
pub fn is_workpaper(path: &str) -> bool {
    path.strip_prefix("workpapers/").is_some_and(|rest| {
        !rest.is_empty()
            && rest.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/'))
    })
}

/// A table as Markdown: comment, caption, rows, note; remembers it for the HTML.
fn print_table(report: &Report, notes: &Shared, table: Table) -> TeraResult<String> {
    if !is_id(&table.id) {
        return fail(format!("table id `{}` is not an id", table.id));
    }
    if lock(notes).tables.contains_key(&table.id) {
        return fail(format!("table `{}` is printed twice", table.id));
    }
    let mut out = String::new();
    if table.rows.is_empty() {
        let lead = if table.caption.is_empty() { String::new() } else { format!("**{}**\n\n", escape::md(&table.caption, 400)) };
        put!(out, "{lead}{}", escape::md(&table.empty, 400));
    } else {
        put!(out, "<!--sixpillars:table {}-->\n\n", table.id);
        if !table.caption.is_empty() {
            put!(out, "**{}**\n\n", escape::md(&table.caption, 400));
        }
        for column in &table.columns {
            put!(out, "| {} ", escape::cell(&column.title, 80));
        }
        out.push_str("|\n");
        for column in &table.columns {
            out.push_str(if column.kind == CellKind::Number { "|---:" } else { "|---" });
        }
        out.push_str("|\n");
        for row in &table.rows {
            if row.len() != table.columns.len() {
                return fail(format!("table `{}` has {} columns and a row of {} cells", table.id, table.columns.len(), row.len()));
            }
            for (column, cell) in table.columns.iter().zip(row) {
                put!(out, "| {} ", print_cell(report, notes, column, cell)?);
            }
            out.push_str("|\n");
        }
        if let Some(note) = note(&table)? {
            put!(out, "\n*{note}*");
        }
    }
    lock(notes).tables.insert(table.id.clone(), table);
    Ok(out)
}

fn note(table: &Table) -> TeraResult<Option<String>> {
    let shown = (table.rows.len() - usize::from(table.has_total_row)) as u64;
    let cut = table.total > shown;
    let of = if table.counted_in.is_empty() { String::new() } else { format!(" {}", escape::md(&table.counted_in, 60)) };
    let figures = format!("{} of {}{of} shown", escape::thousands(shown), escape::thousands(table.total));
    match &table.workpaper {
        Some(path) if !is_workpaper(path) => fail(format!("`{path}` is not a path below workpapers/")),
        Some(path) if cut => Ok(Some(format!("{figures}; all are in [{}]({path})", escape::md(path, 200)))),
        Some(path) => Ok(Some(format!("Also in [{}]({path})", escape::md(path, 200)))),
        None if cut => Ok(Some(figures)),
        None => Ok(None),
    }
}

fn print_cell(report: &Report, notes: &Shared, column: &Column, cell: &Cell) -> TeraResult<String> {
    let text = match cell.kind.unwrap_or(column.kind) {
        CellKind::Code => escape::code_cell(&cell.text, escape::CODE_CAP),
        _ => escape::cell(&cell.text, escape::CELL_CAP),
    };
    match &cell.href {
        Some(href) if !cell.text.trim().is_empty() => Ok(format!("[{text}]({})", resolve(report, notes, href)?)),
        _ => Ok(text),
    }
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

/// Words of severities and outcomes, for tests and for the HTML.
pub fn result_words() -> BTreeSet<&'static str> {
    let outcomes = [Outcome::ExceptionsNoted, Outcome::NoExceptionsNoted, Outcome::NoOccurrences, Outcome::NotTested];
    outcomes.iter().map(|o| o.words()).chain(Severity::ALL.iter().map(|s| s.word())).collect()
}
