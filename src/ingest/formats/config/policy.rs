//! Policy documents, wherever an item carries them, as statements with their principals, actions,
//! resources and conditions.
//!
//! IAM items say which document is which. Everywhere else a document is known by its shape, an object
//! with `Statement` whose elements have an `Effect`, since every service gives it another name.

use std::borrow::Cow;

use super::Tally;
use super::item::{Item, is_account};
use crate::base::arn::account_piece;
use crate::ingest::batch::Output;
use crate::ingest::reading::tree::{Members, Tree};
use crate::schema::tables::{PolicyActionsRow, PolicyConditionsRow, PolicyPrincipalsRow, PolicyResourcesRow, PolicyStatementsRow};

/// A policy document of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Document<'v> {
    kind: &'static str,
    name: &'v str,
    body: &'v Tree<'v>,
}

/// Writes the statements of all policy documents of an item.
pub fn rows(item: &Item<'_>, record: u64, tally: &mut Tally, out: &mut Output<'_>) {
    let mut documents = Vec::new();
    find(item, tally, &mut documents);
    let mut ordinal = 0_usize;
    for document in &documents {
        // Some exports wrap a document in a list of one.
        for body in document.body.one_or_many() {
            let Some(statements) = body.field("Statement") else {
                if body.is_object() {
                    tally.add("policy documents have no Statement".to_owned());
                }
                continue;
            };
            for (index, statement) in statements.one_or_many().iter().enumerate() {
                if statement.is_object() {
                    let id = format!("{}:{ordinal}:{index}", item.item_id);
                    write(item, document, &id, statement, record, out);
                } else {
                    tally.add("policy statements are no objects".to_owned());
                }
            }
            ordinal += 1;
        }
    }
}

fn find<'v>(item: &'v Item<'_>, tally: &mut Tally, documents: &mut Vec<Document<'v>>) {
    let configuration = &item.configuration;
    let inline = |list: &str, documents: &mut Vec<Document<'v>>| {
        for policy in configuration.field(list).map_or(&[][..], Tree::one_or_many) {
            if let Some(body) = policy.field("policyDocument") {
                documents.push(Document { kind: "inline", name: policy.text_field("policyName").unwrap_or(""), body });
            }
        }
    };
    match item.resource_type() {
        "AWS::IAM::Policy" => {
            let name = configuration.text_field("policyName").or(item.resource_name.as_deref()).unwrap_or("");
            let versions = configuration.field("policyVersionList").map_or(&[][..], Tree::one_or_many);
            match default_version(configuration, versions) {
                Some(version) => {
                    if let Some(body) = version.field("document") {
                        documents.push(Document { kind: "identity", name, body });
                    }
                }
                None if configuration.is_object() => {
                    tally.add("managed policies do not tell their default version".to_owned());
                }
                None => {}
            }
        }
        "AWS::IAM::Role" => {
            if let Some(body) = configuration.field("assumeRolePolicyDocument") {
                documents.push(Document { kind: "trust", name: "assumeRolePolicyDocument", body });
            }
            inline("rolePolicyList", documents);
        }
        "AWS::IAM::User" => inline("userPolicyList", documents),
        "AWS::IAM::Group" => inline("groupPolicyList", documents),
        // Service control policies grant nothing; taken for grants they would mislead.
        "AWS::Organizations::Policy" => tally.add("service control policies are not read as statements".to_owned()),
        // Copies of the trust policies of roles.
        "AWS::IAM::InstanceProfile" => {}
        // Templates and documents hold policies of resources that are items of their own.
        other
            if other == "AWS::SSM::Document"
                || other.starts_with("AWS::CloudFormation::")
                || other.starts_with("AWS::ServiceCatalog::") => {}
        other => {
            let kind = match other {
                "AWS::SSO::PermissionSet" | "AWS::IAM::RolePolicy" | "AWS::IAM::UserPolicy" | "AWS::IAM::GroupPolicy" => "inline",
                "AWS::IAM::ManagedPolicy" | "AWS::IoT::Policy" => "identity",
                _ => "resource",
            };
            by_shape(configuration, kind, "", documents);
            by_shape(&item.supplementary, kind, "", documents);
        }
    }
}

fn default_version<'v>(configuration: &Tree<'_>, versions: &'v [Tree<'v>]) -> Option<&'v Tree<'v>> {
    let is_default = |v: &&Tree<'_>| v.field("isDefaultVersion").and_then(Tree::as_bool) == Some(true);
    let default_id = configuration.text_field("defaultVersionId");
    versions
        .iter()
        .find(is_default)
        .or_else(|| versions.iter().find(|v| default_id.is_some() && v.text_field("versionId") == default_id))
        .or(if let [only] = versions { Some(only) } else { None })
}

fn by_shape<'v>(value: &'v Tree<'v>, kind: &'static str, name: &'v str, documents: &mut Vec<Document<'v>>) {
    match value {
        Tree::Object(members) => {
            let statements = members.get("Statement").or_else(|| members.get("statement"));
            if statements.is_some_and(|s| s.one_or_many().iter().any(|s| s.field("Effect").is_some_and(Tree::is_text))) {
                documents.push(Document { kind, name, body: value });
                return;
            }
            for (name, member) in members.iter() {
                if member.is_object() || member.is_list() {
                    by_shape(member, kind, name, documents);
                }
            }
        }
        Tree::List(elements) => {
            for element in elements {
                by_shape(element, kind, name, documents);
            }
        }
        _ => {}
    }
}

/// The texts of a string, a list of strings, or nothing.
fn texts<'v>(value: Option<&'v Tree<'_>>) -> Vec<Cow<'v, str>> {
    value.map_or_else(Vec::new, |v| v.one_or_many().iter().filter_map(Tree::scalar_text).collect())
}

/// Principals as (type, principal).
fn principals<'v>(value: &'v Tree<'_>) -> Vec<(&'v str, Cow<'v, str>)> {
    match value {
        Tree::Object(members) => members.iter().flat_map(|(kind, value)| texts(Some(value)).into_iter().map(move |p| (kind, p))).collect(),
        other => texts(Some(other)).into_iter().map(|p| (if p == "*" { "*" } else { "AWS" }, p)).collect(),
    }
}

/// The account a principal belongs to: of an ARN, or twelve digits by themselves.
fn account_of(principal: &str) -> Option<&str> {
    let account = if principal.starts_with("arn:") { account_piece(principal)? } else { principal };
    is_account(account).then_some(account)
}

fn write(item: &Item<'_>, document: &Document<'_>, id: &str, statement: &Tree<'_>, record: u64, out: &mut Output<'_>) {
    let with_not = |plain: &str, not: &str| {
        let denied = statement.field(not);
        (denied.is_some() && statement.field(plain).is_none(), statement.field(plain).or(denied))
    };
    let (not_principal, principal) = with_not("Principal", "NotPrincipal");
    let (not_action, action) = with_not("Action", "NotAction");
    let (not_resource, resource) = with_not("Resource", "NotResource");
    let effect = statement.text_field("Effect");
    let effect = effect.map(|e| {
        if e.eq_ignore_ascii_case("allow") {
            "Allow"
        } else if e.eq_ignore_ascii_case("deny") {
            "Deny"
        } else {
            e
        }
    });
    let condition = statement.field("Condition").filter(|c| c.as_object().is_some_and(|m| !m.is_empty()));
    let principals = principal.map_or_else(Vec::new, principals);
    let actions: Vec<String> = texts(action).into_iter().map(|a| a.to_lowercase()).collect();
    let resources = texts(resource);
    let is_everyone = |kind: &str, principal: &str| principal == "*" && matches!(kind, "*" | "AWS" | "aws");
    let allows_any = effect == Some("Allow") && !not_principal && principals.iter().any(|(kind, principal)| is_everyone(kind, principal));
    let any_action = !not_action && actions.iter().any(|a| a == "*" || a == "*:*");
    let any_resource = !not_resource && resources.iter().any(|r| r == "*");
    out.row(
        record,
        &PolicyStatementsRow {
            item_id: Some(&item.item_id),
            account_id: item.account_id.as_deref(),
            region: item.region.as_deref(),
            resource_type: item.resource_type.as_deref(),
            resource_id: item.resource_id.as_deref(),
            policy_kind: Some(document.kind),
            policy_name: Some(document.name).filter(|n| !n.is_empty()),
            statement_id: Some(id),
            sid: statement.text_field("Sid").filter(|s| !s.is_empty()),
            effect,
            is_not_principal: Some(not_principal),
            is_not_action: Some(not_action),
            is_not_resource: Some(not_resource),
            has_condition: Some(condition.is_some()),
            allows_any_principal: Some(allows_any),
            any_action: Some(any_action),
            any_resource: Some(any_resource),
        },
    );
    let (statement_id, item_id) = (Some(id), Some(item.item_id.as_str()));
    for (kind, principal) in &principals {
        let row = PolicyPrincipalsRow {
            statement_id,
            item_id,
            principal_type: Some(kind),
            principal: Some(principal),
            principal_account_id: account_of(principal),
        };
        out.row(record, &row);
    }
    for action in &actions {
        out.row(record, &PolicyActionsRow { statement_id, item_id, action: Some(action) });
    }
    for resource in &resources {
        out.row(record, &PolicyResourcesRow { statement_id, item_id, resource: Some(resource) });
    }
    for (operator, keys) in condition.and_then(Tree::as_object).into_iter().flat_map(Members::iter) {
        for (key, values) in keys.as_object().into_iter().flat_map(Members::iter) {
            let key = key.to_lowercase();
            let row =
                PolicyConditionsRow { statement_id, item_id, operator: Some(operator), condition_key: Some(&key), condition_value: None };
            let values = texts(Some(values));
            if values.is_empty() {
                // The key was there, if without a value.
                out.row(record, &row);
            }
            for value in &values {
                out.row(record, &PolicyConditionsRow { condition_value: Some(value), ..row });
            }
        }
    }
}
