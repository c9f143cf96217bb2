//! The AWS Well-Architected Tool: what the client answered to the framework's questions.
//!
//! These are the client's own words about its workloads, not evidence. A choice's id is the name of the
//! practice's page in the framework's documentation, which ties it to our practices.

use serde_json::{Map, Value};

use super::{Members, object, safe};
use crate::ingest::batch::Output;
use crate::ingest::formats::declaration::{Declaration, Family, Trace};
use crate::ingest::formats::list::{Around, List, Shape};
use crate::schema::tables::{WaToolAnswersRow, WaToolImprovementsRow, WaToolWorkloadsRow};

static FAMILY: Family = Family { order: 12, name: "Well-Architected Tool", note: "" };

pub(in crate::ingest) static FORMAT: Declaration = Declaration {
    label: "Well-Architected Tool answers",
    docs: Some((&FAMILY, "`list-answers`, `get-answer`, `list-lens-review-improvements`, `list-workloads`")),
    shapes: &[
        Shape {
            list: List::of(&["AnswerSummaries", "Answers", "Answer"], &["QuestionId", "PillarId"]),
            bare: false,
            empty: None,
            read: answer,
        },
        Shape { list: List::own(&["ImprovementSummaries"], &["QuestionId", "PillarId"]), bare: false, empty: None, read: improvement },
        Shape {
            list: List::of(&["WorkloadSummaries", "Workload"], &["WorkloadId", "WorkloadName"]),
            bare: false,
            empty: None,
            read: workload,
        },
    ],
    tables: &["wa_tool_answers", "wa_tool_improvements", "wa_tool_workloads"],
    traces: &[Trace::Call("list-answers")],
    examples: &[
        r#"{"WorkloadId":"w","LensAlias":"wellarchitected","AnswerSummaries":[{"QuestionId":"securely-operate","PillarId":"security","QuestionTitle":"t","Choices":[],"SelectedChoices":["c"],"Risk":"NONE"}]}"#,
    ],
    ..Declaration::SHAPED
};

/// The workload that a document is about; an export of a whole workload names it in `Workload`.
fn workload_of(document: &Map<String, Value>) -> Option<String> {
    document.text("WorkloadId").or_else(|| document.object("Workload")?.text("WorkloadId"))
}

/// One choice of a question.
struct Choice<'c> {
    id: Option<&'c str>,
    title: Option<String>,
    status: Option<&'c str>,
    reason: Option<String>,
    notes: Option<String>,
}

fn row(around: &Around<'_>, record: u64, answer: &Map<String, Value>, choice: &Choice<'_>, out: &mut Output<'_>) -> Result<(), String> {
    let id = answer.text("QuestionId").ok_or("the answer has no QuestionId")?;
    let workload = workload_of(around.document);
    let lens = around.document.text("LensAlias").or_else(|| around.document.text("LensArn"));
    let milestone = super::whole(around.document, "MilestoneNumber");
    let [pillar, title, risk, reason] = ["PillarId", "QuestionTitle", "Risk", "Reason"].map(|name| answer.text(name));
    let notes = safe(answer.text("Notes"));
    out.row(
        record,
        &WaToolAnswersRow {
            workload_id: workload.as_deref(),
            lens: lens.as_deref(),
            milestone,
            pillar_id: pillar.as_deref(),
            question_id: Some(&id),
            question_title: title.as_deref(),
            risk: risk.as_deref(),
            is_applicable: answer.flag("IsApplicable"),
            reason: reason.as_deref(),
            notes: notes.as_deref(),
            choice_id: choice.id,
            choice_title: choice.title.as_deref(),
            choice_status: choice.status,
            choice_reason: choice.reason.as_deref(),
            choice_notes: choice.notes.as_deref(),
        },
    );
    Ok(())
}

/// `list-answers`, `get-answer`: a row for each choice of the question; one without a choice for a question
/// that lists none.
fn answer(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let answer = object(value)?;
    let list = |name: &str| answer.member(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let selected: Vec<&str> = list("SelectedChoices").iter().filter_map(Value::as_str).collect();
    let said: Vec<&Map<String, Value>> =
        ["ChoiceAnswerSummaries", "ChoiceAnswers"].into_iter().flat_map(list).filter_map(Value::as_object).collect();
    let choices: Vec<&Map<String, Value>> = list("Choices").iter().filter_map(Value::as_object).collect();
    let answered = answer.text("Risk").is_none_or(|risk| risk != "UNANSWERED");
    let mut ids: Vec<String> = Vec::new();
    for id in choices.iter().chain(&said).filter_map(|choice| choice.text("ChoiceId")).chain(selected.iter().map(|id| (*id).to_owned())) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return row(around, record, answer, &Choice { id: None, title: None, status: None, reason: None, notes: None }, out);
    }
    for id in &ids {
        let title = choices.iter().find(|choice| choice.text("ChoiceId").as_ref() == Some(id)).and_then(|choice| choice.text("Title"));
        let own = said.iter().find(|choice| choice.text("ChoiceId").as_ref() == Some(id));
        let own_status = own.and_then(|choice| choice.text("Status"));
        let status = match own_status.as_deref() {
            Some(status) => Some(status),
            None if selected.contains(&id.as_str()) => Some("SELECTED"),
            // What is not selected in an answer is known not to be; of a question nobody answered nothing is.
            None if answered => Some("UNSELECTED"),
            None => None,
        };
        let reason = own.and_then(|choice| choice.text("Reason")).filter(|reason| reason != "NONE");
        let notes = safe(own.and_then(|choice| choice.text("Notes")));
        row(around, record, answer, &Choice { id: Some(id), title, status, reason, notes }, out)?;
    }
    Ok(())
}

/// `list-lens-review-improvements`: practices the tool would improve next.
fn improvement(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let summary = object(value)?;
    let id = summary.text("QuestionId").ok_or("the improvement has no QuestionId")?;
    let workload = workload_of(around.document);
    let [pillar, title, risk] = ["PillarId", "QuestionTitle", "Risk"].map(|name| summary.text(name));
    let plans = summary.member("ImprovementPlans").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let write = |choice: Option<&str>, text: Option<&str>, out: &mut Output<'_>| {
        out.row(
            record,
            &WaToolImprovementsRow {
                workload_id: workload.as_deref(),
                pillar_id: pillar.as_deref(),
                question_id: Some(&id),
                question_title: title.as_deref(),
                risk: risk.as_deref(),
                choice_id: choice,
                proposal: text,
            },
        );
    };
    if plans.is_empty() {
        write(None, None, out);
    }
    for plan in plans.iter().filter_map(Value::as_object) {
        let (choice, text) = (plan.text("ChoiceId"), plan.text("DisplayText"));
        write(choice.as_deref(), text.as_deref(), out);
    }
    Ok(())
}

/// `list-workloads`, `get-workload`.
fn workload(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let workload = object(value)?;
    let id = workload.text("WorkloadId").ok_or("the workload has no WorkloadId")?;
    let updated = workload.moment("UpdatedAt", out);
    if let Some(updated) = updated {
        out.time(updated);
    }
    let [name, environment, owner] = ["WorkloadName", "Environment", "ReviewOwner"].map(|name| workload.text(name));
    let owner = owner.or_else(|| workload.text("Owner"));
    let accounts = super::json_of(workload.member("AccountIds"));
    let empty = Map::new();
    let risks = workload.object("RiskCounts").unwrap_or(&empty);
    let risk = |name: &str| super::whole(risks, name);
    out.row(
        record,
        &WaToolWorkloadsRow {
            workload_id: Some(&id),
            workload_name: name.as_deref(),
            environment: environment.as_deref(),
            review_owner: owner.as_deref(),
            account_ids: accounts.as_deref(),
            updated_at: updated,
            high_risks: risk("HIGH"),
            medium_risks: risk("MEDIUM"),
            unanswered: risk("UNANSWERED"),
        },
    );
    Ok(())
}
