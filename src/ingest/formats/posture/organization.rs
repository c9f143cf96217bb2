//! AWS Organizations: its policies, what they are attached to, and who holds whom. Policies grant nothing here, so their
//! statements have a table of their own: among the grants of `policy_statements` they would mislead.

use serde_json::{Map, Value};

use super::{Members, object, safe, subject_of, text_of};
use crate::ingest::batch::Output;
use crate::ingest::formats::cli_answers::of_arn;
use crate::ingest::formats::config::decode;
use crate::ingest::formats::declaration::{Declaration, Family, Place, Trace};
use crate::ingest::formats::list::{Around, List, Shape};
use crate::ingest::formats::organization;
use crate::ingest::reading::tree::Tree;
use crate::schema::tables::{OrganizationPoliciesRow, OrganizationPolicyStatementsRow, OrganizationPolicyTargetsRow};

/// AWS Organizations and Identity Center, in the documentation.
pub(in crate::ingest) static FAMILY: Family = Family {
    order: 8,
    name: "Organizations and Identity Center",
    note: "An answer about one policy, account, unit or root has its id in the file's name: `list-targets-for-policy-p-FullAWSAccess.json`, `list-parents-111122223333.json`, `list-accounts-for-parent-r-ab12.json`",
};

pub(in crate::ingest) static POLICIES: Declaration = Declaration {
    label: "Organizations policies",
    docs: Some((&FAMILY, "`list-policies`, `describe-policy`, `list-targets-for-policy`")),
    shapes: &[
        Shape { list: List::of(&["Policies"], &["Id", "Arn", "Type", "AwsManaged"]), bare: false, empty: None, read: listed },
        Shape { list: List::of(&["Policy"], &["PolicySummary", "Content"]), bare: false, empty: None, read: described },
        Shape {
            list: List::own(&["Targets"], &["TargetId", "Type", "Arn"]),
            bare: false,
            empty: Some("organization_policy_targets"),
            read: target,
        },
    ],
    place: Place::About(super::named),
    tables: &["organization_policies", "organization_policy_statements", "organization_policy_targets"],
    traces: &[Trace::Call("list-policies"), Trace::Call("list-targets-for-policy")],
    examples: &[
        r#"{"Policies":[{"Id":"p-12345678","Arn":"arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-12345678","Name":"deny","Type":"SERVICE_CONTROL_POLICY","AwsManaged":false}]}"#,
    ],
    ..Declaration::SHAPED
};

pub(in crate::ingest) static PARENTS: Declaration = Declaration {
    label: "Organizations parents, units and roots",
    docs: Some((&FAMILY, "`list-parents`, `list-roots`, `list-organizational-units-for-parent`, `list-accounts-for-parent`")),
    shapes: &[
        Shape { list: List::own(&["Parents"], &["Id", "Type"]), bare: false, empty: Some("organization_parents"), read: parent },
        Shape {
            list: List::own(&["OrganizationalUnits"], &["Id", "Arn", "Name"]),
            bare: false,
            empty: Some("organization_parents"),
            read: unit,
        },
        Shape { list: List::own(&["Roots"], &["Id", "Arn", "PolicyTypes"]), bare: false, empty: Some("organization_parents"), read: root },
    ],
    place: Place::About(|path| organization::child_of(path).or_else(|| organization::parent_of(path))),
    tables: &["organization_parents"],
    traces: &[Trace::Call("list-organizational-units-for-parent"), Trace::Call("list-parents"), Trace::Call("list-roots")],
    examples: &[
        r#"{"Roots":[{"Id":"r-ab12","Arn":"arn:aws:organizations::111122223333:root/o-1/r-ab12","Name":"Root","PolicyTypes":[]}]}"#,
        r#"{"OrganizationalUnits":[]}"#,
    ],
    ..Declaration::SHAPED
};

fn policy_row(
    record: u64,
    summary: &Map<String, Value>,
    content: Option<&Tree<'_>>,
    statements: Option<i64>,
    out: &mut Output<'_>,
) -> Result<(), String> {
    let id = summary.text("Id").ok_or("the policy has no Id")?;
    let [arn, name, description, kind] = ["Arn", "Name", "Description", "Type"].map(|name| summary.text(name));
    let description = safe(description);
    let content = content.cloned().and_then(text_of);
    out.row(
        record,
        &OrganizationPoliciesRow {
            policy_id: Some(&id),
            arn: arn.as_deref(),
            policy_name: name.as_deref(),
            description: description.as_deref(),
            policy_type: kind.as_deref(),
            aws_managed: summary.flag("AwsManaged"),
            content: content.as_deref(),
            statements,
        },
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
        Some(Value::String(text)) => decode::parse(text).filter(Tree::is_object).ok_or("Content is no JSON document")?,
        Some(document @ Value::Object(_)) => Tree::from(document),
        _ => return Err("the policy has no Content".to_owned()),
    };
    let statements = statements_of(&content);
    policy_row(record, summary, Some(&content), Some(i64::try_from(statements.len()).unwrap_or(i64::MAX)), out)?;
    let (id, kind) = (summary.text("Id").unwrap_or_default(), summary.text("Type"));
    for (at, statement) in statements.iter().enumerate() {
        let stated = |name: &str| statement.field(name).is_some();
        let either = |name: &str, not: &str| statement.field(name).or_else(|| statement.field(not));
        let actions = text_of(listed_texts(either("Action", "NotAction")));
        let resources = text_of(listed_texts(either("Resource", "NotResource")));
        let condition = statement.field("Condition").filter(|c| c.is_object()).cloned().and_then(text_of);
        let principal = either("Principal", "NotPrincipal").cloned().and_then(text_of);
        out.row(
            record,
            &OrganizationPolicyStatementsRow {
                policy_id: Some(&id),
                policy_type: kind.as_deref(),
                position: Some(i64::try_from(at).unwrap_or(i64::MAX)),
                sid: statement.text_field("Sid"),
                effect: statement.text_field("Effect"),
                principal: principal.as_deref(),
                is_not_action: Some(!stated("Action") && stated("NotAction")),
                actions: actions.as_deref(),
                is_not_resource: Some(!stated("Resource") && stated("NotResource")),
                resources: resources.as_deref(),
                condition: condition.as_deref(),
            },
        );
    }
    Ok(())
}

/// The statements of a policy document: a list or one. Tag and backup policies have none.
fn statements_of<'d>(document: &'d Tree<'d>) -> Vec<&'d Tree<'d>> {
    let statements = document.field("Statement").map_or(&[][..], Tree::one_or_many);
    statements.iter().filter(|statement| statement.is_object()).collect()
}

/// One text or a list of them, as a list.
fn listed_texts<'d>(value: Option<&'d Tree<'d>>) -> Tree<'d> {
    Tree::texts(texts_of(value))
}

fn texts_of<'d>(value: Option<&'d Tree<'d>>) -> impl Iterator<Item = &'d str> {
    value.map_or(&[][..], Tree::one_or_many).iter().filter_map(Tree::as_str)
}

/// Whether a document allows every action on every resource, with or without a condition.
pub(super) fn allows_everything(document: &Tree<'_>) -> bool {
    statements_of(document).into_iter().any(|statement| {
        let has_star = |name: &str| texts_of(statement.field(name)).any(|text| matches!(text, "*" | "*:*"));
        statement.text_field("Effect").is_some_and(|effect| effect.eq_ignore_ascii_case("Allow"))
            && has_star("Action")
            && has_star("Resource")
    })
}

/// `organizations list-parents`: whose parent it is stands in the file's name at best.
fn parent(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let id = object(value)?.text("Id").ok_or("the parent has no Id")?;
    let child = organization::child_of(around.path);
    if child.is_none() {
        out.note("the answer does not name the child: name the file list-parents-ID.json, with the id of the account or unit");
    }
    organization::held(record, child.as_deref(), Some(&id), None, out);
    Ok(())
}

/// `organizations list-organizational-units-for-parent`: which root or unit holds them stands in the path of each where
/// the answer has it, else in the file's name at best.
fn unit(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let unit = object(value)?;
    let id = unit.text("Id").ok_or("the unit has no Id")?;
    let arn = unit.text("Arn");
    let management = arn.as_deref().and_then(|arn| of_arn(arn).0);
    let named = organization::parent_of(around.path);
    let path = unit.text("Path");
    if path.is_none() && named.is_none() {
        out.note(
            "the answer does not name the parent: name the file list-organizational-units-for-parent-ID.json, with the id of the root or unit",
        );
    }
    if path.is_none() || named.is_some() {
        organization::held(record, Some(&id), named.as_deref(), management, out);
    }
    if let Some(path) = path {
        organization::held_along(record, &id, &path, management, out);
    }
    Ok(())
}

/// `organizations list-roots`: a root has no parent.
fn root(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let root = object(value)?;
    let id = root.text("Id").ok_or("the root has no Id")?;
    let arn = root.text("Arn");
    organization::held(record, Some(&id), None, arn.as_deref().and_then(|arn| of_arn(arn).0), out);
    Ok(())
}

/// `organizations list-targets-for-policy`: which policy was asked for stands in the file's name at best.
fn target(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let target = object(value)?;
    let id = target.text("TargetId").ok_or("the target has no TargetId")?;
    const FRONTS: [&str; 4] = ["list-targets-for-policy", "targets-for-policy", "policy-targets", "organizations-list-targets-for-policy"];
    let policy = organization::policy_of(around.path).or_else(|| subject_of(around.path, &FRONTS));
    let more = around.document.text("NextToken").is_some();
    if policy.is_none() {
        out.note("the answer does not name its policy: name the file list-targets-for-policy-POLICY.json");
    }
    let [arn, name, kind] = ["Arn", "Name", "Type"].map(|name| target.text(name));
    let account = arn.as_deref().and_then(|arn| of_arn(arn).0);
    out.row(
        record,
        &OrganizationPolicyTargetsRow {
            policy_id: policy.as_deref(),
            target_id: Some(&id),
            target_type: kind.as_deref(),
            target_name: name.as_deref(),
            management_account_id: account,
            has_more: Some(more),
        },
    );
    Ok(())
}
