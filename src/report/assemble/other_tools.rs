//! Findings of other tools, and the client's answers in the Well-Architected Tool: whose words they are is
//! said before any of them, and none of them enters a result of ours.

use std::collections::BTreeMap;

use super::soc2::cells::{self, Row};
use super::{Input, well_architected, words};
use crate::evaluate::EvaluateError;
use crate::report::model::{Cell, Column, ControlResult, Facet, Kpi, Statement, StatementTone, Table, Topic, TopicSection};

/// Rows of a table that are printed; the workpaper holds all.
const SHOWN: usize = 40;
/// Levels, and how many findings have none.
const LEVELS: [&str; 6] = ["critical", "high", "medium", "low", "informational", "not rated"];
const EXTRACT: &str = "third-party-findings";

/// The section.
///
/// # Errors
/// When a query of ours fails.
pub(super) fn section(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Result<TopicSection, EvaluateError> {
    Ok(TopicSection {
        lead: "What follows are the words, ratings and states of other tools and of the client. They were read from the exports as they stand; nothing was tested again here, and no result of this report rests on them.".to_owned(),
        statements: Vec::new(),
        topics: vec![findings(input)?, answers(input, controls)?],
    })
}

fn findings(input: &Input<'_>) -> Result<Topic, EvaluateError> {
    let mut topic = Topic {
        id: "third-party-findings".to_owned(),
        title: "What other tools found".to_owned(),
        extracts: cells::extracts(input, &[EXTRACT]),
        method: "Each finding counts once, in the last state delivered. Open means: of Security Hub a record that is ACTIVE, neither SUPPRESSED nor RESOLVED, and whose check did not pass; of GuardDuty not archived; of IAM Access Analyzer and Inspector ACTIVE; of Trusted Advisor warning or error and not suppressed. Levels are the tool's own words, else its documented bands; error and warning of Trusted Advisor stand as high and medium. The state is that of the export, whenever it was made; the period does not cut it.".to_owned(),
        ..Topic::default()
    };
    let grid = input.sql(
        "findings by source",
        "SELECT source, COALESCE(severity_level, 'not rated') AS level, CAST(COUNT(*) AS BIGINT) AS findings,
                CAST(SUM(CASE WHEN is_open THEN 1 ELSE 0 END) AS BIGINT) AS open_findings,
                CAST(SUM(CASE WHEN is_open IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS unknown_findings, MAX(updated_at) AS last_change
         FROM third_party_findings GROUP BY source, COALESCE(severity_level, 'not rated') ORDER BY source, level",
    )?;
    if grid.rows.is_empty() {
        topic.not_tested = "No finding of another tool was delivered. Ask for: aws securityhub get-findings, aws guardduty get-findings (or its export to S3), aws accessanalyzer list-findings-v2, aws inspector2 list-findings, aws support describe-trusted-advisor-check-result.".to_owned();
        return Ok(topic);
    }
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for row in Row::all(&grid) {
        let source = sources.entry(row.text("source")).or_default();
        source.findings += row.count("findings");
        source.unknown += row.count("unknown_findings");
        source.last = source.last.max(row.time("last_change"));
        if let Some(at) = LEVELS.iter().position(|level| *level == row.text("level")) {
            source.open[at] += row.count("open_findings");
        }
    }
    let sum = |pick: fn(&Source) -> u64| sources.values().map(pick).sum::<u64>();
    let (all, open, severe) = (sum(|s| s.findings), sum(|s| s.open.iter().sum()), sum(|s| s.open[0] + s.open[1]));
    topic.lead = format!(
        "{} of {} delivered, {} of them open. Of the open ones the tools rate {} as critical or high.",
        words::count(all, "finding", "findings"),
        words::count(sources.len() as u64, "tool was", "tools were"),
        words::thousands(open),
        words::thousands(severe)
    );
    topic.kpis = vec![
        kpi(open, "open findings of other tools", format!("of {} delivered", words::thousands(all))),
        kpi(severe, "of them critical or high", "as the tools rate them".to_owned()),
    ];
    let earlier: u64 =
        input.store.manifest.files.values().filter(|f| f.rows.contains_key("third_party_findings")).map(|f| f.duplicate).sum();
    if earlier > 0 {
        topic.statements.push(Statement::plain(format!(
            "{} are copies or earlier states of findings that another record restates; the last state counts.",
            words::count(earlier, "record", "records")
        )));
    }
    topic.statements.push(Statement::new(
        StatementTone::Note,
        "Third-party findings, not tested",
        "A tool sees what it was set up to see, and rates by its own rules. Its silence about a resource is no evidence, and its findings were not checked here.",
    ));
    topic.tables.push(by_source(input, &sources));
    topic.tables.push(severe_table(input, severe)?);
    Ok(topic)
}

/// The findings of one source.
#[derive(Default)]
struct Source {
    findings: u64,
    open: [u64; 6],
    unknown: u64,
    last: Option<i64>,
}

#[expect(clippy::cast_precision_loss, reason = "raw is for sorting; the text is exact")]
fn kpi(n: u64, label: &str, note: String) -> Kpi {
    Kpi { value: words::thousands(n), raw: Some(n as f64), label: label.to_owned(), note }
}

fn by_source(input: &Input<'_>, sources: &BTreeMap<String, Source>) -> Table {
    let mut columns = vec![Column::text("Source"), Column::number("Findings")];
    columns.extend(LEVELS.map(|level| Column::number(format!("Open, {level}"))));
    columns.extend([Column::number("State not said"), Column::date("Last change")]);
    let mut table = Table::new("findings-by-source", "Findings by source, and the open ones by level", columns);
    for (name, source) in sources {
        let mut row = vec![Cell::text(name), Cell::count(source.findings)];
        row.extend(source.open.map(Cell::count));
        row.extend([
            Cell::count(source.unknown),
            Cell::text(source.last.map(|at| words::moment(at, &input.period.zone)).unwrap_or_default()),
        ]);
        table.push(row);
    }
    table
}

/// Open findings of critical and high level, the most severe first.
fn severe_table(input: &Input<'_>, total: u64) -> Result<Table, EvaluateError> {
    let grid = input.sql(
        "open findings",
        &format!(
            "WITH names AS (SELECT check_id AS named_check, MAX(check_name) AS check_name FROM trusted_advisor_checks GROUP BY check_id)
             SELECT f.severity_level AS severity_level, f.severity AS severity, f.source AS source, COALESCE(f.title, n.check_name, f.finding_type, f.rule_id) AS title,
                    f.control_id AS control_id, f.resource_id AS resource_id, f.account_id AS account_id, f.region AS region,
                    COALESCE(f.last_observed_at, f.updated_at) AS seen, f.finding_id AS finding_id
             FROM third_party_findings f LEFT JOIN names n ON f.rule_id = n.named_check
             WHERE f.is_open AND f.severity_level IN ('critical', 'high')
             ORDER BY severity_level, seen DESC NULLS LAST, source, account_id NULLS LAST, region NULLS LAST, resource_id NULLS LAST, finding_id LIMIT {SHOWN}"
        ),
    )?;
    let mut table = Table::new(
        "findings-open",
        "Open findings of critical and high level, as the tools rate them",
        vec![
            Column::text("Severity"),
            Column::text("Source"),
            Column::text("Finding"),
            Column::code("Resource"),
            Column::text("Account and Region"),
            Column::date("Last seen"),
        ],
    )
    .or_empty("No open finding of critical or high level was delivered.");
    for row in Row::all(&grid) {
        let (control, title) = (row.text("control_id"), row.text("title"));
        let severity = format!("{} ({})", row.text("severity_level"), row.text("severity"));
        table.push(vec![
            Cell::text(severity),
            Cell::text(row.text("source")),
            Cell::text(if control.is_empty() { title } else { format!("{control}: {title}") }),
            Cell::text(row.text("resource_id")),
            Cell::text(format!("{} {}", input.account(&row.text("account_id")), row.text("region")).trim().to_owned())
                .about(Facet::Account, [row.text("account_id")])
                .about(Facet::Region, [row.text("region")]),
            Cell::text(row.moment(input, "seen")),
        ]);
    }
    table.total = total;
    table.workpaper = input.workpaper(EXTRACT);
    Ok(table)
}

/// The client's answers beside what our evidence says about the same practices.
fn answers(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Result<Topic, EvaluateError> {
    let mut topic = Topic {
        id: "wa-tool".to_owned(),
        title: "Answers in the Well-Architected Tool".to_owned(),
        method: "A choice is tied to a practice by the name of the practice's page. Of several milestones of a workload the current state, else the latest, counts. The tool's rating of a question is AWS's and is not ours.".to_owned(),
        ..Topic::default()
    };
    let grid = input.sql(
        "answers in the tool",
        "WITH ranked AS (
           SELECT workload_id, choice_id, choice_status, choice_reason,
                  ROW_NUMBER() OVER (PARTITION BY workload_id, choice_id
                    ORDER BY CASE WHEN milestone IS NULL OR milestone = 0 THEN -1000000 ELSE -milestone END, choice_status NULLS LAST, source_file_id, source_record) AS place
           FROM wa_tool_answers WHERE choice_id IS NOT NULL
         ), named AS (
           SELECT workload_id AS named_workload, MAX(workload_name) AS workload_name FROM wa_tool_workloads GROUP BY workload_id
         )
         SELECT r.workload_id AS workload_id, n.workload_name AS workload_name, LOWER(r.choice_id) AS choice, r.choice_status AS choice_status, r.choice_reason AS choice_reason
         FROM ranked r LEFT JOIN named n ON r.workload_id = n.named_workload
         WHERE r.place = 1 ORDER BY workload_id NULLS LAST, choice",
    )?;
    if grid.rows.is_empty() {
        topic.not_tested =
            "No answer of the Well-Architected Tool was delivered. Ask for: aws wellarchitected list-answers for each workload.".to_owned();
        return Ok(topic);
    }
    let ours: BTreeMap<String, [String; 6]> =
        well_architected::rows(input, controls).into_iter().map(|row| (row[0].clone(), row)).collect();
    let practices = input.catalogue.frameworks.well_architected.iter().flat_map(|question| &question.practices);
    let by_page: BTreeMap<String, &str> = practices.map(|practice| (practice.page.to_ascii_lowercase(), practice.id.as_str())).collect();
    let (mut said, mut unknown) = (Vec::new(), 0_u64);
    for row in Row::all(&grid) {
        let Some(own) = by_page.get(&row.text("choice")).and_then(|id| ours.get(*id)) else {
            unknown += 1;
            continue;
        };
        let status = row.text("choice_status");
        let conflict = status == "SELECTED" && own[4] == "contradicted";
        let name = row.text("workload_name");
        said.push(Said {
            conflict,
            practice: own[0].clone(),
            title: own[2].clone(),
            workload: if name.is_empty() { row.text("workload_id") } else { name },
            answer: answer_words(&status, &row.text("choice_reason")),
            evidence: own[4].clone(),
        });
    }
    let conflicts = said.iter().filter(|said| said.conflict).count() as u64;
    let selected = said.iter().filter(|said| said.answer == "in place").count() as u64;
    topic.lead = format!(
        "The client answered about {}, and calls {} of them in place.",
        words::count(said.len() as u64, "practice of a workload", "practices of workloads"),
        words::thousands(selected)
    );
    topic.statements.push(Statement::new(
        StatementTone::Note,
        "Representation of the client",
        "These answers are what the client says about itself. They change no status of a practice in this report.",
    ));
    if conflicts > 0 {
        topic.statements.push(Statement {
            href: Some("section:well_architected".to_owned()),
            ..Statement::new(
                StatementTone::Caution,
                "Answers that evidence contradicts",
                format!(
                    "{} in place by the client, and evidence of this report contradicts it.",
                    words::count(conflicts, "practice is called", "practices are called")
                ),
            )
        });
    }
    if unknown > 0 {
        topic.statements.push(Statement::plain(format!(
            "{} to no practice of the framework known here, such as those of other lenses.",
            words::count(unknown, "choice belongs", "choices belong")
        )));
    }
    topic.tables.push(said_table(said));
    Ok(topic)
}

/// One answer of the client.
struct Said {
    conflict: bool,
    practice: String,
    title: String,
    workload: String,
    answer: String,
    evidence: String,
}

fn answer_words(status: &str, reason: &str) -> String {
    match (status, reason) {
        ("SELECTED", _) => "in place".to_owned(),
        ("UNSELECTED", "") => "not in place".to_owned(),
        ("UNSELECTED", reason) => format!("not in place: {}", reason.to_ascii_lowercase().replace('_', " ")),
        ("NOT_APPLICABLE", "") => "does not apply".to_owned(),
        ("NOT_APPLICABLE", reason) => format!("does not apply: {}", reason.to_ascii_lowercase().replace('_', " ")),
        _ => "not answered".to_owned(),
    }
}

/// Contradicted answers first, then by practice and workload.
fn said_table(mut said: Vec<Said>) -> Table {
    said.sort_by(|a, b| (!a.conflict, &a.practice, &a.workload).cmp(&(!b.conflict, &b.practice, &b.workload)));
    let mut table = Table::new(
        "wa-tool-answers",
        "What the client answered, and what our evidence says about the same practice",
        vec![
            Column::code("Practice"),
            Column::text("Subject"),
            Column::text("Workload"),
            Column::text("The client's answer"),
            Column::result("Our evidence"),
        ],
    )
    .or_empty("No choice belongs to a practice of the framework.");
    for one in said {
        table.push(vec![
            Cell::text(one.practice),
            Cell::text(one.title),
            Cell::text(one.workload),
            Cell::text(one.answer),
            Cell::text(one.evidence),
        ]);
    }
    table.interactive = table.rows.len() > 12;
    table.cap(SHOWN);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_in_words() {
        assert_eq!(answer_words("SELECTED", ""), "in place");
        assert_eq!(answer_words("NOT_APPLICABLE", "OUT_OF_SCOPE"), "does not apply: out of scope");
        assert_eq!(answer_words("UNSELECTED", ""), "not in place");
        assert_eq!(answer_words("", ""), "not answered");
    }

    #[test]
    fn contradicted_answers_come_first() {
        let said = |conflict: bool, practice: &str| Said {
            conflict,
            practice: practice.to_owned(),
            title: String::new(),
            workload: String::new(),
            answer: String::new(),
            evidence: String::new(),
        };
        let table = said_table(vec![said(false, "OPS01-BP01"), said(true, "SEC01-BP02")]);
        assert_eq!(table.rows.iter().map(|row| row[0].text.as_str()).collect::<Vec<_>>(), ["SEC01-BP02", "OPS01-BP01"]);
    }
}
