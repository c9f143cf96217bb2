//! Policies of AWS Organizations. They grant nothing, so their statements have a table of their own:
//! among the grants of `policy_statements` they would mislead.

use serde_json::{Map, Value};

use super::{Around, Members, Shape, json_of, object, safe, subject_of};
use crate::ingest::batch::{Cell, Output};
use crate::ingest::cli_answers::of_arn;
use crate::ingest::config::decode::{self, field, text_field};
use crate::ingest::detect::Format;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        format: Format::OrganizationPolicies,
        members: &["Policies"],
        marks: &["Id", "Arn", "Type", "AwsManaged"],
        bare: false,
        distinct: false,
        read: listed,
    },
    Shape {
        format: Format::OrganizationPolicies,
        members: &["Policy"],
        marks: &["PolicySummary", "Content"],
        bare: false,
        distinct: false,
        read: described,
    },
    Shape {
        format: Format::OrganizationPolicies,
        members: &["Targets"],
        marks: &["TargetId", "Type", "Arn"],
        bare: false,
        distinct: false,
        read: target,
    },
];

fn policy_row(
    record: u64,
    summary: &Map<String, Value>,
    content: Option<&Value>,
    statements: Option<i64>,
    out: &mut Output<'_>,
) -> Result<(), String> {
    let id = summary.text("Id").ok_or("the policy has no Id")?;
    let [arn, name, description, kind] = ["Arn", "Name", "Description", "Type"].map(|name| summary.text(name));
    let description = safe(description);
    let content = json_of(content);
    out.row(
        "organization_policies",
        record,
        &[
            Cell::Text(&id),
            Cell::text(arn.as_deref()),
            Cell::text(name.as_deref()),
            Cell::text(description.as_deref()),
            Cell::text(kind.as_deref()),
            Cell::bool(summary.flag("AwsManaged")),
            Cell::text(content.as_deref()),
            Cell::int(statements),
        ],
    );
    Ok(())
}

/// `organizations list-policies` and `list-policies-for-target`: without content.
fn listed(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    policy_row(record, object(value)?, None, None, out)
}

/// `organizations describe-policy`: `Content` is JSON text. Service and resource control policies give
/// statements; those of other types have another grammar and stay text.
fn described(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let policy = object(value)?;
    let summary = policy.object("PolicySummary").ok_or("the policy has no PolicySummary")?;
    let content = match policy.member("Content") {
        Some(Value::String(text)) => decode::parse(text).filter(Value::is_object).ok_or("Content is no JSON document")?,
        Some(document @ Value::Object(_)) => document.clone(),
        _ => return Err("the policy has no Content".to_owned()),
    };
    let statements = statements_of(&content);
    policy_row(record, summary, Some(&content), Some(i64::try_from(statements.len()).unwrap_or(i64::MAX)), out)?;
    let (id, kind) = (summary.text("Id").unwrap_or_default(), summary.text("Type"));
    for (at, statement) in statements.iter().enumerate() {
        let action = field(statement, "Action").or_else(|| field(statement, "NotAction"));
        let resource = field(statement, "Resource").or_else(|| field(statement, "NotResource"));
        let condition = field(statement, "Condition").filter(|c| c.as_object().is_some_and(|m| !m.is_empty()));
        let actions = json_of(Some(&listed_texts(action)));
        let resources = json_of(Some(&listed_texts(resource)));
        let condition = json_of(condition);
        let principal = json_of(field(statement, "Principal").or_else(|| field(statement, "NotPrincipal")));
        out.row(
            "organization_policy_statements",
            record,
            &[
                Cell::Text(&id),
                Cell::text(kind.as_deref()),
                Cell::Int(i64::try_from(at).unwrap_or(i64::MAX)),
                Cell::text(text_field(statement, "Sid")),
                Cell::text(text_field(statement, "Effect")),
                Cell::text(principal.as_deref()),
                Cell::Bool(field(statement, "Action").is_none() && field(statement, "NotAction").is_some()),
                Cell::text(actions.as_deref()),
                Cell::Bool(field(statement, "Resource").is_none() && field(statement, "NotResource").is_some()),
                Cell::text(resources.as_deref()),
                Cell::text(condition.as_deref()),
            ],
        );
    }
    Ok(())
}

/// The statements of a policy document: a list or one. Tag and backup policies have none.
fn statements_of(document: &Value) -> Vec<&Value> {
    match field(document, "Statement") {
        Some(Value::Array(list)) => list.iter().filter(|statement| statement.is_object()).collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    }
}

/// One text or a list of them, as a list.
fn listed_texts(value: Option<&Value>) -> Value {
    match value {
        Some(Value::Array(list)) => Value::Array(list.iter().filter(|element| element.is_string()).cloned().collect()),
        Some(one @ Value::String(_)) => Value::Array(vec![one.clone()]),
        _ => Value::Array(Vec::new()),
    }
}

/// Whether a document allows every action on every resource, with or without a condition.
pub(super) fn allows_everything(document: &Value) -> bool {
    let has_star = |value: Option<&Value>| {
        listed_texts(value).as_array().is_some_and(|list| list.iter().any(|text| matches!(text.as_str(), Some("*" | "*:*"))))
    };
    statements_of(document).into_iter().any(|statement| {
        text_field(statement, "Effect").is_some_and(|effect| effect.eq_ignore_ascii_case("Allow"))
            && has_star(field(statement, "Action"))
            && has_star(field(statement, "Resource"))
    })
}

/// `organizations list-targets-for-policy`: which policy was asked for stands in the file's name at best.
fn target(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let target = object(value)?;
    let id = target.text("TargetId").ok_or("the target has no TargetId")?;
    let policy = subject_of(around.path, &["list-targets-for-policy", "targets-for-policy", "policy-targets"]);
    if policy.is_none() {
        out.note("the answer does not name its policy: name the file list-targets-for-policy-POLICY.json");
    }
    let [arn, name, kind] = ["Arn", "Name", "Type"].map(|name| target.text(name));
    let account = arn.as_deref().and_then(|arn| of_arn(arn).0);
    out.row(
        "organization_policy_targets",
        record,
        &[Cell::text(policy.as_deref()), Cell::Text(&id), Cell::text(kind.as_deref()), Cell::text(name.as_deref()), Cell::text(account)],
    );
    Ok(())
}
