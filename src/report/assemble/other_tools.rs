//! The client's answers in the Well-Architected Tool: whose words they are is said before any of them, and none of them
//! enters a result of ours.

use std::collections::BTreeMap;

use super::{Input, well_architected, words};
use crate::evaluate::EvaluateError;
use crate::report::model::{Cell, Column, ControlResult, Statement, StatementTone, Table, Topic};

/// Rows of the table that are printed.
const SHOWN: usize = 40;

/// The client's answers beside what our evidence says about the same practices.
pub(super) fn answers(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Result<Topic, EvaluateError> {
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
    for row in &grid.rows {
        let text = |column: &str| grid.get(row, &[column]).to_text();
        let Some(own) = by_page.get(&text("choice")).and_then(|id| ours.get(*id)) else {
            unknown += 1;
            continue;
        };
        let status = text("choice_status");
        let conflict = status == "SELECTED" && own[4] == "contradicted";
        let name = text("workload_name");
        said.push(Said {
            conflict,
            practice: own[0].clone(),
            title: own[2].clone(),
            workload: if name.is_empty() { text("workload_id") } else { name },
            answer: answer_words(&status, &text("choice_reason")),
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
