//! AWS Trusted Advisor: results of its checks, and which checks there are.
//!
//! A result names its check by id only; names stand in `describe-trusted-advisor-checks`. `metadata` of a
//! flagged resource is a list whose headings stand there, too (formats.md 5.6).

use serde_json::{Map, Value};

use super::findings::FAMILY;
use super::findings::Finding;
use super::{Members, double, json_of, object, whole};
use crate::ingest::batch::Output;
use crate::ingest::formats::declaration::{Declaration, Trace, rank};
use crate::ingest::formats::list::{Around, List, Shape};
use crate::ingest::remark::Remark;
use crate::schema::tables::TrustedAdvisorChecksRow;

pub(in crate::ingest) static FORMAT: Declaration = Declaration {
    label: "Trusted Advisor results",
    rank: rank::FINDINGS,
    docs: Some((&FAMILY, "Trusted Advisor")),
    shapes: &[
        Shape { list: List::of(&["result"], &["checkId", "flaggedResources", "status"]), bare: false, empty: None, read: result },
        Shape { list: List::of(&["summaries"], &["checkId", "resourcesSummary"]), bare: false, empty: None, read: summary },
        Shape { list: List::of(&["checks"], &["id", "name", "category", "metadata"]), bare: false, empty: None, read: check },
    ],
    tables: &["trusted_advisor_checks", "third_party_findings"],
    traces: &[Trace::Call("describe-trusted-advisor-check")],
    examples: &[
        r#"{"result":{"checkId":"c","timestamp":"2024-05-01T10:00:00Z","status":"warning","flaggedResources":[{"status":"warning","region":"eu-west-1","resourceId":"r","isSuppressed":false,"metadata":["x"]}]}}"#,
    ],
    ..Declaration::SHAPED
};

/// `describe-trusted-advisor-check-result`: one record, with a row for the check and one for each flagged
/// resource. Of a resource that is `ok` or left out by the client nothing is open.
fn result(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let result = object(value)?;
    let check_id = result.text("checkId").ok_or("the result has no checkId")?;
    let at = result.moment("timestamp", out);
    let flagged = result.member("flaggedResources").and_then(Value::as_array).ok_or("flaggedResources is no list")?;
    check_row(around, record, result, &check_id, at, out);
    let mut odd = 0_u64;
    for resource in flagged {
        let Some(resource) = resource.as_object() else {
            odd += 1;
            continue;
        };
        let Some(id) = resource.text("resourceId") else {
            odd += 1;
            continue;
        };
        let status = resource.text("status");
        let suppressed = resource.flag("isSuppressed");
        let level = match status.as_deref() {
            Some("error") => Some("high"),
            Some("warning") => Some("medium"),
            Some("ok") => Some("informational"),
            _ => None,
        };
        Finding {
            source: "Trusted Advisor",
            id: Some(format!("{check_id}/{id}")),
            rule: Some(check_id.clone()),
            detail: json_of(resource.member("metadata")),
            severity: status.clone(),
            level,
            open: status.as_deref().map(|status| matches!(status, "error" | "warning") && suppressed != Some(true)),
            status,
            workflow: (suppressed == Some(true)).then(|| "suppressed".to_owned()),
            account: around.place.account.clone(),
            region: resource.text("region").or_else(|| around.place.region.clone()),
            resource_id: Some(id),
            last: at,
            updated: at,
            ..Finding::default()
        }
        .write(record, out)?;
    }
    if odd > 0 {
        out.note(Remark::counted(odd, "flagged resources of a Trusted Advisor check have no resourceId and give no row"));
    }
    Ok(())
}

/// `describe-trusted-advisor-check-summaries`.
fn summary(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let summary = object(value)?;
    let check_id = summary.text("checkId").ok_or("the summary has no checkId")?;
    let at = summary.moment("timestamp", out);
    check_row(around, record, summary, &check_id, at, out);
    Ok(())
}

fn check_row(around: &Around<'_>, record: u64, from: &Map<String, Value>, check_id: &str, at: Option<i64>, out: &mut Output<'_>) {
    if around.place.account.is_none() {
        out.note("the answer does not name its account: put the 12 digits into the file's name or folder");
    }
    if let Some(at) = at {
        out.time(at);
    }
    let empty = Map::new();
    let counts = from.object("resourcesSummary").unwrap_or(&empty);
    let savings = from.object("categorySpecificSummary").and_then(|s| s.object("costOptimizing")).unwrap_or(&empty);
    let number = |name: &str| whole(counts, name);
    let saving = |name: &str| double(savings, name);
    let status = from.text("status");
    out.row(
        record,
        &TrustedAdvisorChecksRow {
            account_id: around.place.account.as_deref(),
            check_id: Some(check_id),
            check_name: None,
            category: None,
            status: status.as_deref(),
            checked_at: at,
            resources_processed: number("resourcesProcessed"),
            resources_flagged: number("resourcesFlagged"),
            resources_ignored: number("resourcesIgnored"),
            resources_suppressed: number("resourcesSuppressed"),
            estimated_monthly_savings: saving("estimatedMonthlySavings"),
            estimated_percent_monthly_savings: saving("estimatedPercentMonthlySavings"),
        },
    );
}

/// `describe-trusted-advisor-checks`: names and categories, without a result.
fn check(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let check = object(value)?;
    let id = check.text("id").ok_or("the check has no id")?;
    let (name, category) = (check.text("name"), check.text("category"));
    let row = TrustedAdvisorChecksRow {
        check_id: Some(&id),
        check_name: name.as_deref(),
        category: category.as_deref(),
        ..TrustedAdvisorChecksRow::default()
    };
    out.row(record, &row);
    Ok(())
}
