//! Who may do what, beyond configuration items: IAM's last-accessed jobs and IAM Identity Center.
//!
//! Several of these answers do not name their subject: the identity a job was asked about, the
//! permission set a policy belongs to. It is taken from the file's name where that states it.

use serde_json::{Map, Value};

use super::organization::FAMILY as ORGANIZATIONS;
use super::{Members, object, subject_of, text_of, whole};
use crate::base::time;
use crate::ingest::batch::Output;
use crate::ingest::formats::cli_answers::of_arn;
use crate::ingest::formats::config::decode;
use crate::ingest::formats::credentials::format::FAMILY as IAM;
use crate::ingest::formats::declaration::{Declaration, Place, Trace};
use crate::ingest::formats::list::{Around, List, Shape};
use crate::ingest::reading::tree::Tree;
use crate::schema::tables::{IamLastAccessedRow, IdentityCenterAssignmentsRow, IdentityCenterPermissionSetsRow, IdentityCenterPoliciesRow};

pub(in crate::ingest) static LAST_ACCESSED: Declaration = Declaration {
    label: "IAM last-accessed details",
    docs: Some((&IAM, "`get-service-last-accessed-details`")),
    shapes: &[
        Shape {
            list: List::own(&["ServicesLastAccessed"], &["ServiceNamespace"]),
            bare: false,
            empty: Some("iam_last_accessed"),
            read: service,
        },
        Shape { list: List::own(&["EntityDetailsList"], &["EntityInfo"]), bare: false, empty: None, read: entity },
    ],
    place: Place::About(super::named),
    tables: &["iam_last_accessed"],
    traces: &[Trace::Call("get-service-last-accessed-details")],
    examples: &[
        r#"{"JobStatus":"COMPLETED","JobCompletionDate":"2024-05-01T10:00:00Z","ServicesLastAccessed":[{"ServiceName":"Amazon S3","ServiceNamespace":"s3","TotalAuthenticatedEntities":0}]}"#,
    ],
    ..Declaration::SHAPED
};

pub(in crate::ingest) static IDENTITY_CENTER: Declaration = Declaration {
    label: "IAM Identity Center answer",
    docs: Some((
        &ORGANIZATIONS,
        "`list-permission-sets`, `describe-permission-set`, `list-account-assignments`, policies of permission sets",
    )),
    shapes: &[
        Shape { list: List::texts(&["PermissionSets"]), bare: false, empty: None, read: listed_set },
        Shape {
            list: List::of(&["PermissionSet", "PermissionSets"], &["PermissionSetArn"]),
            bare: false,
            empty: None,
            read: described_set,
        },
        Shape {
            list: List::own(&["AccountAssignments"], &["PermissionSetArn", "PrincipalId"]),
            bare: false,
            empty: None,
            read: assignment,
        },
        Shape { list: List::of(&["AttachedManagedPolicies"], &["Name", "Arn"]), bare: false, empty: None, read: managed },
        Shape {
            list: List::own(&["CustomerManagedPolicyReferences"], &["Name", "Path"]),
            bare: false,
            empty: None,
            read: customer_managed,
        },
        Shape { list: List::texts(&["InlinePolicy"]), bare: false, empty: None, read: inline },
        Shape { list: List::of(&["PermissionsBoundary"], &["ManagedPolicyArn"]), bare: false, empty: None, read: boundary },
        Shape { list: List::of(&["PermissionsBoundary"], &["CustomerManagedPolicyReference"]), bare: false, empty: None, read: boundary },
    ],
    tables: &["identity_center_permission_sets", "identity_center_assignments", "identity_center_policies"],
    examples: &[
        r#"{"AccountAssignments":[{"AccountId":"111122223333","PermissionSetArn":"arn:aws:sso:::permissionSet/ssoins-1/ps-1","PrincipalType":"GROUP","PrincipalId":"g"}]}"#,
        r#"{"PermissionSets":["arn:aws:sso:::permissionSet/ssoins-1/ps-1"]}"#,
    ],
    ..Declaration::SHAPED
};

/// Fronts of the names of files that hold the answer of a last-accessed job.
const JOB_FILES: [&str; 4] =
    ["get-service-last-accessed-details-with-entities", "get-service-last-accessed-details", "service-last-accessed", "last-accessed"];

/// What a job says of itself: subject, time of completion.
fn job(around: &Around<'_>, out: &mut Output<'_>) -> Result<(Option<String>, Option<i64>), String> {
    let status = around.document.text("JobStatus");
    if let Some(status) = status.filter(|status| !status.eq_ignore_ascii_case("COMPLETED")) {
        return Err(format!("the job is {status} and not COMPLETED; ask for its details again"));
    }
    let subject = subject_of(around.path, &JOB_FILES);
    if subject.is_none() {
        out.note("the answer does not name the identity it was generated for: name the file last-accessed-IDENTITY.json");
    }
    let completed = around.document.moment("JobCompletionDate", out);
    if let Some(completed) = completed {
        out.time(completed);
    }
    Ok((subject, completed))
}

/// A service of `get-service-last-accessed-details`, and each action of it that is tracked. Times include
/// attempts that were denied.
fn service(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let service = object(value)?;
    let (subject, completed) = job(around, out)?;
    let namespace = service.text("ServiceNamespace").ok_or("the service has no ServiceNamespace")?;
    let name = service.text("ServiceName");
    let account = around.place.account.clone();
    let row =
        |action: Option<&str>, at: Option<i64>, region: Option<&str>, entity: Option<&str>, entities: Option<i64>, out: &mut Output<'_>| {
            let account = account.as_deref().or_else(|| entity.and_then(|arn| of_arn(arn).0));
            out.row(
                record,
                &IamLastAccessedRow {
                    account_id: account,
                    subject: subject.as_deref(),
                    service_namespace: Some(&namespace),
                    service_name: name.as_deref(),
                    action_name: action,
                    last_accessed_at: at,
                    last_accessed_epoch: at.map(time::epoch_seconds),
                    last_accessed_region: region,
                    entity_arn: entity,
                    entities,
                    job_completed_at: completed,
                    job_completed_epoch: completed.map(time::epoch_seconds),
                },
            );
        };
    let at = service.moment("LastAuthenticated", out);
    let (region, entity) = (service.text("LastAuthenticatedRegion"), service.text("LastAuthenticatedEntity"));
    row(None, at, region.as_deref(), entity.as_deref(), whole(service, "TotalAuthenticatedEntities"), out);
    let actions = service.member("TrackedActionsLastAccessed").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for action in actions.iter().filter_map(Value::as_object) {
        let at = action.moment("LastAccessedTime", out);
        let [name, region, entity] = ["ActionName", "LastAccessedRegion", "LastAccessedEntity"].map(|name| action.text(name));
        row(name.as_deref(), at, region.as_deref(), entity.as_deref(), None, out);
    }
    Ok(())
}

/// An entity of `get-service-last-accessed-details-with-entities`: the service is not named either, and
/// taken from the file's name.
fn entity(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let details = object(value)?;
    let (subject, completed) = job(around, out)?;
    let info = details.object("EntityInfo").ok_or("the entity has no EntityInfo")?;
    let arn = info.text("Arn").ok_or("the entity has no Arn")?;
    let at = details.moment("LastAuthenticated", out);
    let account = of_arn(&arn).0.map(str::to_owned);
    out.row(
        record,
        &IamLastAccessedRow {
            account_id: account.as_deref(),
            subject: subject.as_deref(),
            service_namespace: None,
            service_name: None,
            action_name: None,
            last_accessed_at: at,
            last_accessed_epoch: at.map(time::epoch_seconds),
            last_accessed_region: None,
            entity_arn: Some(&arn),
            entities: None,
            job_completed_at: completed,
            job_completed_epoch: completed.map(time::epoch_seconds),
        },
    );
    Ok(())
}

fn set_row(record: u64, arn: &str, set: &Map<String, Value>, origin: &str, out: &mut Output<'_>) {
    let created = set.moment("CreatedDate", out);
    let [name, description, duration] = ["Name", "Description", "SessionDuration"].map(|name| set.text(name));
    let description = super::safe(description);
    // arn:aws:sso:::permissionSet/ssoins-INSTANCE/ps-ID
    let instance = arn.split('/').nth(1).filter(|part| part.starts_with("ssoins-"));
    out.row(
        record,
        &IdentityCenterPermissionSetsRow {
            permission_set_arn: Some(arn),
            instance_id: instance,
            set_name: name.as_deref(),
            description: description.as_deref(),
            session_duration: duration.as_deref(),
            created_at: created,
            origin: Some(origin),
        },
    );
}

/// `sso-admin list-permission-sets`: ARNs only.
fn listed_set(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let arn = value.as_str().filter(|arn| arn.starts_with("arn:")).ok_or("the element is no ARN of a permission set")?;
    set_row(record, arn, &Map::new(), "listed", out);
    Ok(())
}

/// `sso-admin describe-permission-set`.
fn described_set(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let set = object(value)?;
    let arn = set.text("PermissionSetArn").ok_or("the permission set has no PermissionSetArn")?;
    set_row(record, &arn, set, "described", out);
    Ok(())
}

/// `sso-admin list-account-assignments`, also by principal.
fn assignment(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let assignment = object(value)?;
    let [account, set, kind, principal] =
        ["AccountId", "PermissionSetArn", "PrincipalType", "PrincipalId"].map(|name| assignment.text(name));
    let set = set.ok_or("the assignment has no PermissionSetArn")?;
    let principal = principal.ok_or("the assignment has no PrincipalId")?;
    out.row(
        record,
        &IdentityCenterAssignmentsRow {
            account_id: account.as_deref(),
            permission_set_arn: Some(&set),
            principal_type: kind.as_deref(),
            principal_id: Some(&principal),
        },
    );
    Ok(())
}

/// Fronts of the names of files that hold the policies of one permission set.
const SET_FILES: [&str; 6] = [
    "list-managed-policies-in-permission-set",
    "list-customer-managed-policy-references-in-permission-set",
    "get-inline-policy-for-permission-set",
    "get-permissions-boundary-for-permission-set",
    "permission-set",
    "inline-policy",
];

/// A row of `identity_center_policies`.
fn policy(
    around: &Around<'_>,
    record: u64,
    kind: &str,
    name: Option<&str>,
    arn: Option<&str>,
    document: Option<Tree<'_>>,
    out: &mut Output<'_>,
) {
    let set = subject_of(around.path, &SET_FILES);
    if set.is_none() {
        out.note("the answer does not name its permission set: name the file permission-set-NAME.json");
    }
    let all = document.as_ref().map(super::organization::allows_everything);
    let text = document.and_then(text_of);
    out.row(
        record,
        &IdentityCenterPoliciesRow {
            permission_set: set.as_deref(),
            policy_kind: Some(kind),
            policy_name: name,
            policy_arn: arn,
            document: text.as_deref(),
            allows_everything: all,
        },
    );
}

fn managed(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let attached = object(value)?;
    let (name, arn) = (attached.text("Name"), attached.text("Arn"));
    arn.as_deref().or(name.as_deref()).ok_or("the policy has neither Name nor Arn")?;
    policy(around, record, "managed", name.as_deref(), arn.as_deref(), None, out);
    Ok(())
}

fn customer_managed(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let name = object(value)?.text("Name").ok_or("the policy has no Name")?;
    policy(around, record, "customer_managed", Some(&name), None, None, out);
    Ok(())
}

fn inline(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let text = value.as_str().ok_or("InlinePolicy is no text")?;
    // A permission set without an inline policy has an empty one.
    if text.trim().is_empty() {
        return Ok(());
    }
    let document = decode::parse(text).filter(Tree::is_object).ok_or("InlinePolicy is no JSON document")?;
    policy(around, record, "inline", None, None, Some(document), out);
    Ok(())
}

fn boundary(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let boundary = object(value)?;
    let name = boundary.object("CustomerManagedPolicyReference").and_then(|reference| reference.text("Name"));
    let arn = boundary.text("ManagedPolicyArn");
    arn.as_deref().or(name.as_deref()).ok_or("the boundary names no policy")?;
    policy(around, record, "boundary", name.as_deref(), arn.as_deref(), None, out);
    Ok(())
}
