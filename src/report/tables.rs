//! The tables every report has: typed lines in, a [`Table`] with its columns and caption out, so that whoever
//! fills the model does not repeat headings and the wording stands in one place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::model::limitations::brief;
use super::model::{
    Cell, CellKind, Column, ControlResult, ExceptionRow, Extent, Facet, FindingLine, Limitation, MetricResult, Outcome, StatementTone,
    Table, TopicData,
};
use super::wording::Wording;
use crate::base::text::{few, thousands};
use crate::catalogue::topics::chapter_of;
use crate::findings::Status;

/// The findings to act on first; `total` counts all that are open.
pub fn priority_findings<'f>(wording: &Wording, lines: impl Iterator<Item = &'f FindingLine>, total: u64, workpaper: &str) -> Table {
    let labels = &wording.labels.tables.priority_findings;
    let lines: Vec<&FindingLine> = lines.collect();
    let with_steps = lines.iter().any(|line| !line.recommendation.is_empty());
    let mut columns =
        vec![Column::severity(&labels.severity), Column::text(&labels.finding), Column::text(&labels.place), Column::text(&labels.effect)];
    let with_status = lines.iter().any(|line| line.status.is_some());
    if with_status {
        columns.insert(1, Column::text(&labels.status));
    }
    if with_steps {
        columns.push(Column::text(&labels.recommendation));
    }
    let mut table = Table::new("priority-findings", &labels.caption, columns).or_empty(&labels.empty).in_workpaper(workpaper);
    table.counted_in.clone_from(&labels.counted_in);
    for line in lines {
        let subjects = if line.subjects.is_empty() { String::new() } else { format!(": {}", line.subjects) };
        let place = wording.said("place", &json!({"f": {"place": line.place, "when": line.when, "owner": line.owner}}));
        let mut row = vec![
            Cell::severity(line.severity),
            Cell::text(format!("{} {}{subjects}", line.number, line.title)).link(format!("control:{}", line.control)),
            Cell::text(place).about(Facet::Account, &line.accounts),
            Cell::text(&line.effect),
        ];
        if with_status {
            row.insert(1, Cell::text(line.status.map_or("", Status::words)));
        }
        if with_steps {
            row.push(Cell::text(line.recommendation.split_inclusive(". ").next().unwrap_or("").trim_end()));
        }
        table.rows.push(row);
    }
    table.total = total;
    table
}

/// Controls with exceptions: what deviates, how often, where, and what to do. `findings` give the numbers and accounts.
pub fn noted<'a>(
    wording: &Wording,
    id: &str,
    caption: &str,
    list: impl Iterator<Item = &'a ControlResult>,
    findings: &[FindingLine],
    names: &BTreeMap<String, String>,
) -> Table {
    let list: Vec<&ControlResult> = list.collect();
    // There may be as many findings as exceptions: they are walked once, not for each control.
    let mut of_control: BTreeMap<&str, Vec<&FindingLine>> = BTreeMap::new();
    for finding in findings {
        for control in &finding.controls {
            of_control.entry(control).or_default().push(finding);
        }
    }
    let with_steps = list.iter().any(|control| !control.recommend.is_empty());
    let labels = &wording.labels.tables.noted;
    let mut columns = vec![
        Column::severity(&labels.severity),
        Column::text(&labels.finding),
        Column::number(&labels.exceptions),
        Column::text(&labels.accounts),
    ];
    if with_steps {
        columns.push(Column::text(&labels.recommendation));
    }
    let mut table = Table::new(id, caption, columns).or_empty(&labels.empty);
    for control in list {
        let own = of_control.get(control.id.as_str()).map_or(&[][..], Vec::as_slice);
        let ids: BTreeSet<&str> = own.iter().flat_map(|finding| &finding.accounts).map(String::as_str).collect();
        let accounts = ids.iter().map(|id| names.get(*id).map_or(*id, String::as_str));
        let numbers = few(own.iter().map(|finding| finding.number.as_str()));
        let mut row = vec![
            Cell::severity(control.severity),
            Cell::text(format!("{} ({numbers})", control.finding))
                .link(format!("control:{}", control.id))
                .about(Facet::Account, ids.iter().copied())
                .about(Facet::Pillar, [&control.pillar])
                .about(Facet::Framework, control.frameworks()),
            Cell {
                text: format!("{} of {}", thousands(control.counts.exceptions), thousands(control.counts.population)),
                ..Cell::count(control.counts.exceptions)
            },
            Cell::text(few(accounts)),
        ];
        if with_steps {
            row.push(Cell::text(&control.recommend));
        }
        table.push(row);
    }
    table.interactive = table.rows.len() > 12;
    table
}

/// One reason for which controls were not tested.
#[derive(Debug, Clone, Default)]
pub struct NotTestedLine {
    /// The reason ("no AWS Config snapshot holds `AWS::RDS::DBInstance` for account 111122223333").
    pub reason: String,
    /// Controls not tested for it.
    pub controls: Vec<String>,
    /// What to ask for, so that they can be; may be empty.
    pub how: String,
}

/// Reasons, how many controls each keeps untested, and what to ask for.
pub fn not_tested(wording: &Wording, lines: &[NotTestedLine]) -> Table {
    let labels = &wording.labels.tables.not_tested_reasons;
    let columns = vec![Column::text(&labels.reason), Column::number(&labels.controls), Column::text(&labels.request)];
    let mut table = Table::new("not-tested-reasons", &labels.caption, columns).or_empty(&labels.empty);
    for line in lines {
        table.push(vec![Cell::text(&line.reason), Cell::count(line.controls.len() as u64), Cell::text(&line.how)]);
    }
    table
}

/// Why, and what to ask for, with chapters and their sections that lack it.
type Lacking<'t> = ((&'t str, &'t str), Vec<(&'t str, Vec<&'t str>)>);

/// Topics without evidence, those that lack the same in one row; `chapters` gives id and title of each in order.
pub fn topics_not_tested<'a>(
    wording: &Wording,
    topics: impl Iterator<Item = &'a TopicData> + Clone,
    chapters: impl Iterator<Item = (&'a str, &'a str)>,
) -> Table {
    let labels = &wording.labels.tables.topics_not_tested;
    let columns = vec![Column::text(&labels.section), Column::text(&labels.reason), Column::text(&labels.request)];
    let mut table = Table::new("topics-not-tested", &labels.caption, columns).or_empty(&labels.empty);
    // What is lacking in the order in which the chapters first lack it, with the sections of each chapter.
    let mut lacking: Vec<Lacking<'_>> = Vec::new();
    for (chapter, title) in chapters {
        for topic in topics.clone().filter(|topic| chapter_of(&topic.id) == chapter && !topic.not_tested.is_empty()) {
            let key = (topic.not_tested.as_str(), topic.request.as_str());
            let at = lacking.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
                lacking.push((key, Vec::new()));
                lacking.len() - 1
            });
            let sections = &mut lacking[at].1;
            match sections.last_mut() {
                Some((last, titles)) if *last == title => titles.push(&topic.title),
                _ => sections.push((title, vec![&topic.title])),
            }
        }
    }
    for ((why, request), sections) in lacking {
        let named: Vec<String> = sections.iter().map(|(title, topics)| format!("{title}: {}", topics.join(", "))).collect();
        table.push(vec![Cell::text(named.join("; ")), Cell::text(why), Cell::text(request)]);
    }
    table
}

/// The first exceptions of a control; printed by the renderer, id `exceptions-CONTROL`.
pub fn exceptions(wording: &Wording, control: &ControlResult) -> Table {
    let labels = &wording.labels.tables.exceptions;
    let changed = control.exceptions.iter().any(|e| e.changed_by.is_some());
    let timed = control.exceptions.iter().any(|e| !e.time.is_empty());
    let waived = control.exceptions.iter().any(|e| !e.waiver.is_empty());
    // An event's exception names who acted; one of configuration names the resource.
    let mut columns =
        vec![Column::code(if control.is_over_events { &labels.actor } else { &labels.resource }), Column::text(&labels.place)];
    if timed {
        columns.push(Column::date(&labels.time));
    }
    columns.push(Column::text(&labels.exception));
    let acted = control.exceptions.iter().any(|e| !e.who.is_empty());
    if acted {
        columns.push(Column::text(&labels.who));
    }
    if changed {
        columns.push(Column::text(&labels.changed_by));
    }
    if waived {
        columns.push(Column::text(&labels.acceptance));
    }
    columns.push(Column::code(&labels.record));
    let mut table = Table::new(format!("exceptions-{}", control.id), "", columns).or_empty("");
    table.workpaper.clone_from(&control.workpaper);
    for e in &control.exceptions {
        let name = if e.name.is_empty() && !control.is_over_events { &e.resource } else { &e.name };
        let account = if e.account_name.is_empty() { &e.account } else { &e.account_name };
        let place = [account.as_str(), e.region.as_str()];
        let place = Cell::text(place.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(" "));
        let mut row = vec![Cell::code(name), place.about(Facet::Account, [&e.account]).about(Facet::Region, [&e.region])];
        if timed {
            row.push(Cell { kind: Some(CellKind::Date), ..Cell::text(&e.time) });
        }
        row.push(Cell::text(&e.reason));
        if acted {
            row.push(Cell::text(&e.who));
        }
        if changed {
            row.push(Cell::text(e.changed_by.as_ref().map_or_else(String::new, |c| {
                let session = if c.session.is_empty() { String::new() } else { format!(" / {}", c.session) };
                format!("{}{session}, {} {} ({})", c.principal, c.event_name, c.time, c.confidence.word())
            })));
        }
        if waived {
            row.push(Cell::text(&e.waiver));
        }
        row.push(Cell::text(record_id(e)));
        table.rows.push(row);
    }
    table.total = control.counts.exceptions;
    table
}

/// How a record is named where its file is too long a name: `SHA256-PREFIX:RECORD`, or what `sixpillars evidence` takes.
pub fn record_id(e: &ExceptionRow) -> String {
    if e.evidence.row.is_empty() { format!("{}:{}", e.evidence.sha256, e.evidence.record) } else { e.evidence.row.clone() }
}

/// Controls in one line each: title, result, counts, extent.
pub fn controls<'a>(
    wording: &Wording,
    id: &str,
    caption: &str,
    list: impl Iterator<Item = &'a ControlResult>,
    limitations: &[Limitation],
) -> Table {
    let labels = &wording.labels.tables.controls;
    let columns = vec![
        Column::text(&labels.control),
        Column::severity(&labels.severity),
        Column::result(&labels.result),
        Column::number(&labels.population),
        Column::number(&labels.exceptions),
        Column::number(&labels.undetermined),
        Column::text(&labels.limitation),
    ];
    let mut table = Table::new(id, caption, columns).or_empty(&labels.empty);
    for c in list {
        let tested = c.result != Outcome::NotTested;
        let figure = |n: u64| if tested { Cell::count(n) } else { Cell::text("") };
        let limitation = limitation(wording, c.extent, &briefly(limitations, &c.extent_reasons));
        table.push(vec![
            Cell::text(c.heading())
                .link(format!("procedure:{}", c.id))
                .about(Facet::Pillar, [&c.pillar])
                .about(Facet::Framework, c.frameworks()),
            Cell::severity(c.severity),
            Cell::outcome(c.result),
            figure(c.counts.population),
            figure(c.counts.exceptions),
            figure(c.counts.undetermined),
            Cell::text(limitation),
        ]);
    }
    table.interactive = table.rows.len() > 12;
    table
}

/// A statement of a topic as Markdown: a call-out, or an item of a list where it is plain. Title and text are Markdown already.
pub fn statement(tone: StatementTone, title: &str, text: &str) -> String {
    let title = if title.is_empty() { String::new() } else { format!("**{title}.** ") };
    let alert = match tone {
        StatementTone::Plain => return format!("- {title}{text}"),
        StatementTone::Note => "NOTE",
        StatementTone::Support => "TIP",
        StatementTone::Important => "IMPORTANT",
        StatementTone::Warning => "WARNING",
        StatementTone::Caution => "CAUTION",
    };
    format!("> [!{alert}]\n> {title}{text}")
}

/// What the evidence does not reach.
fn limitation(wording: &Wording, extent: Extent, reasons: &str) -> String {
    wording.said("limits", &json!({"extent": extent, "reasons": reasons}))
}

/// Reasons in a cell: those that many tests share by number, the others in words.
fn briefly(limitations: &[Limitation], reasons: &[String]) -> String {
    let mut parts: Vec<&str> = reasons.iter().map(|reason| brief(limitations, reason)).collect();
    // Numbers first, so that a column of them is read at a glance.
    parts.sort_by_key(|part| !limitations.iter().any(|limitation| limitation.number == *part));
    parts.join("; ")
}

/// The limitations that several tests share, with their numbers.
pub fn limitations(wording: &Wording, list: &[Limitation]) -> Table {
    let labels = &wording.labels.tables.limitations;
    let columns = vec![Column::code(&labels.number), Column::text(&labels.limitation), Column::number(&labels.tests)];
    let mut table = Table::new("limitations", &labels.caption, columns).or_empty(&labels.empty);
    for limitation in list {
        table.push(vec![Cell::code(&limitation.number), Cell::text(&limitation.text), Cell::count(limitation.tests)]);
    }
    table
}

/// Metrics in one line each: value, target, direction, evidence limitation.
pub fn metrics<'a>(
    wording: &Wording,
    id: &str,
    caption: &str,
    list: impl Iterator<Item = &'a MetricResult>,
    limitations: &[Limitation],
) -> Table {
    let labels = &wording.labels.tables.metrics;
    let words = &wording.labels.words;
    let columns = vec![
        Column::text(&labels.measure),
        Column::number(&labels.value),
        Column::text(&labels.whole),
        Column::text(&labels.better),
        Column::text(&labels.target),
        Column::text(&labels.limitation),
    ];
    let mut table = Table::new(id, caption, columns).or_empty(&labels.empty);
    for m in list {
        let better = match m.direction.as_str() {
            "up" => words.higher.as_str(),
            "down" => words.lower.as_str(),
            _ => "",
        };
        let limitation = limitation(wording, m.extent, &briefly(limitations, &m.reasons));
        let title = if m.opportunity { wording.said("opportunity", &json!({"title": m.title})) } else { m.title.clone() };
        if m.values.is_empty() {
            table.push(vec![
                Cell::text(title).link(format!("metric:{}", m.id)),
                Cell::text(&words.not_determined),
                Cell::text(""),
                Cell::text(better),
                Cell::text(&m.target),
                Cell::text(limitation),
            ]);
            continue;
        }
        for (i, value) in m.values.iter().enumerate() {
            table.push(vec![
                if i == 0 { Cell::text(&title).link(format!("metric:{}", m.id)) } else { Cell::text(&title) },
                Cell { raw: value.raw, ..Cell::text(&value.text) },
                Cell::text(&value.of),
                Cell::text(better),
                Cell::text(&m.target),
                Cell::text(&limitation),
            ]);
        }
    }
    table
}
