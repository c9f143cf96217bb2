//! Findings of other tools: AWS Security Hub, Amazon `GuardDuty`, IAM Access Analyzer, Amazon Inspector.
//!
//! The words, the severity and the state are the other tool's. A level beside them makes severities
//! comparable: by the word where there is one, else by the bands that the tool documents. A finding is
//! delivered again whenever it changes; which delivery counts is settled over all files.

use serde_json::{Map, Value};

use super::{Members, json_of, object, safe, whole};
use crate::ingest::batch::Output;
use crate::ingest::formats::cli_answers::of_arn;
use crate::ingest::formats::declaration::{Declaration, Family, Trace, rank};
use crate::ingest::formats::list::{Around, List, Shape};
use crate::schema::tables::ThirdPartyFindingsRow;

/// Findings of other tools, in the documentation.
pub(in crate::ingest) static FAMILY: Family = Family { order: 9, name: "Findings of other tools", note: "" };

pub(in crate::ingest) static SECURITY_HUB: Declaration = Declaration {
    label: "Security Hub findings",
    rank: rank::FINDINGS,
    docs: Some((&FAMILY, "Security Hub (AWS Security Finding Format)")),
    shapes: &[
        Shape {
            list: List::of(&["Findings", "findings"], &["ProductArn", "AwsAccountId", "Id"]),
            bare: true,
            empty: Some("third_party_findings"),
            read: security_hub,
        },
        Shape {
            list: List::of(&["Findings", "findings"], &["class_uid", "finding_info"]),
            bare: true,
            empty: Some("third_party_findings"),
            read: ocsf,
        },
    ],
    tables: &["third_party_findings"],
    traces: &[Trace::Call("get-findings")],
    examples: &[
        r#"{"Findings":[{"SchemaVersion":"2018-10-08","Id":"f","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","AwsAccountId":"111122223333","Title":"t","Severity":{"Label":"HIGH"},"UpdatedAt":"2024-05-01T10:00:00Z"}]}"#,
    ],
    ..Declaration::SHAPED
};

pub(in crate::ingest) static GUARD_DUTY: Declaration = Declaration {
    label: "GuardDuty findings",
    rank: rank::FINDINGS,
    docs: Some((&FAMILY, "GuardDuty (CLI and export to S3)")),
    shapes: &[Shape {
        list: List::of(&["Findings", "findings"], &["Id", "Type", "Severity", "Service", "AccountId"]),
        bare: true,
        empty: Some("third_party_findings"),
        read: guard_duty,
    }],
    tables: &["third_party_findings"],
    examples: &[
        r#"{"Findings":[{"Id":"f","Type":"Recon:EC2/Portscan","Severity":5,"Service":{"Archived":false},"AccountId":"111122223333","Region":"eu-west-1","UpdatedAt":"2024-05-01T10:00:00Z"}]}"#,
    ],
    ..Declaration::SHAPED
};

pub(in crate::ingest) static ACCESS_ANALYZER: Declaration = Declaration {
    label: "IAM Access Analyzer findings",
    rank: rank::FINDINGS,
    docs: Some((&FAMILY, "IAM Access Analyzer")),
    shapes: &[Shape {
        list: List::of(&["findings", "finding"], &["id", "analyzedAt", "resourceType"]),
        bare: true,
        empty: None,
        read: access_analyzer,
    }],
    tables: &["third_party_findings"],
    traces: &[Trace::Call("list-findings")],
    examples: &[
        r#"{"findings":[{"id":"f","analyzedAt":"2024-05-01T10:00:00Z","resource":"arn:aws:s3:::b","resourceType":"AWS::S3::Bucket","resourceOwnerAccount":"111122223333","status":"ACTIVE"}]}"#,
    ],
    ..Declaration::SHAPED
};

pub(in crate::ingest) static INSPECTOR: Declaration = Declaration {
    label: "Inspector findings",
    rank: rank::FINDINGS,
    docs: Some((&FAMILY, "Inspector")),
    shapes: &[
        Shape { list: List::of(&["findings"], &["findingArn", "severity", "type"]), bare: true, empty: None, read: inspector },
        Shape { list: List::of(&["findings"], &["arn", "assetType", "severity"]), bare: true, empty: None, read: inspector_classic },
    ],
    tables: &["third_party_findings"],
    examples: &[
        r#"{"findings":[{"findingArn":"arn:aws:inspector2:eu-west-1:111122223333:finding/f","awsAccountId":"111122223333","severity":"HIGH","type":"PACKAGE_VULNERABILITY","status":"ACTIVE","updatedAt":"2024-05-01T10:00:00Z"}]}"#,
    ],
    ..Declaration::SHAPED
};

/// One row of `third_party_findings`.
#[derive(Default)]
pub(super) struct Finding {
    pub source: &'static str,
    pub product: Option<String>,
    pub id: Option<String>,
    pub kind: Option<String>,
    pub rule: Option<String>,
    pub title: Option<String>,
    pub detail: Option<String>,
    pub severity: Option<String>,
    pub level: Option<&'static str>,
    pub status: Option<String>,
    pub workflow: Option<String>,
    pub compliance: Option<String>,
    pub control: Option<String>,
    pub open: Option<bool>,
    pub account: Option<String>,
    pub region: Option<String>,
    pub resource_type: Option<String>,
    pub resource_id: Option<String>,
    pub resources: Option<String>,
    pub occurrences: Option<i64>,
    pub created: Option<i64>,
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub updated: Option<i64>,
}

impl Finding {
    /// Writes the row.
    pub(super) fn write(self, record: u64, out: &mut Output<'_>) -> Result<(), String> {
        let id = self.id.ok_or("the finding has no id")?;
        out.times_of([self.last, self.updated]);
        let [title, detail] = [self.title, self.detail].map(safe);
        out.row(
            record,
            &ThirdPartyFindingsRow {
                source: Some(self.source),
                product: self.product.as_deref(),
                finding_id: Some(&id),
                finding_type: self.kind.as_deref(),
                rule_id: self.rule.as_deref(),
                title: title.as_deref(),
                detail: detail.as_deref(),
                severity: self.severity.as_deref(),
                severity_level: self.level,
                status: self.status.as_deref(),
                workflow: self.workflow.as_deref(),
                compliance_status: self.compliance.as_deref(),
                control_id: self.control.as_deref(),
                is_open: self.open,
                account_id: self.account.as_deref(),
                region: self.region.as_deref(),
                resource_type: self.resource_type.as_deref(),
                resource_id: self.resource_id.as_deref(),
                resources: self.resources.as_deref(),
                occurrences: self.occurrences,
                created_at: self.created,
                first_observed_at: self.first,
                last_observed_at: self.last,
                updated_at: self.updated,
            },
        );
        Ok(())
    }
}

/// The level a severity's word stands for.
pub(super) fn level_of_word(word: &str) -> Option<&'static str> {
    ["critical", "high", "medium", "low", "informational"].into_iter().find(|level| word.eq_ignore_ascii_case(level))
}

/// The level of Security Hub's normalised number, 0 to 100, in its documented bands.
fn level_of_normalized(number: i64) -> Option<&'static str> {
    Some(match number {
        0 => "informational",
        1..=39 => "low",
        40..=69 => "medium",
        70..=89 => "high",
        90..=100 => "critical",
        _ => return None,
    })
}

/// The level of `GuardDuty`'s number, in its documented bands; the steps between 3.9 and 4, 6.9 and 7,
/// 8.9 and 9 are not used.
fn level_of_guard_duty(number: f64) -> Option<&'static str> {
    Some(match number {
        n if (9.0..=10.0).contains(&n) => "critical",
        n if (7.0..9.0).contains(&n) => "high",
        n if (4.0..7.0).contains(&n) => "medium",
        n if (1.0..4.0).contains(&n) => "low",
        _ => return None,
    })
}

/// AWS Security Finding Format, schema version 2018-10-08.
fn security_hub(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let finding = object(value)?;
    let empty = Map::new();
    let part = |name: &str| finding.object(name).unwrap_or(&empty);
    let (severity, compliance, fields) = (part("Severity"), part("Compliance"), part("ProductFields"));
    let arn = finding.text("ProductArn");
    let product = finding
        .text("ProductName")
        .or_else(|| fields.text("aws/securityhub/ProductName"))
        .or_else(|| arn.as_deref().and_then(|arn| arn.rsplit('/').next()).map(str::to_owned));
    let label = severity.text("Label").or_else(|| fields.text("aws/securityhub/SeverityLabel"));
    let normalized = whole(severity, "Normalized");
    let level = label.as_deref().and_then(level_of_word).or_else(|| normalized.and_then(level_of_normalized));
    let resources = finding.member("Resources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let first = resources.first().and_then(Value::as_object).unwrap_or(&empty);
    let ids: Vec<Value> = resources.iter().filter_map(|r| r.as_object()?.text("Id").map(Value::String)).collect();
    let state = finding.text("RecordState");
    let workflow = part("Workflow").text("Status").or_else(|| finding.text("WorkflowState"));
    let verdict = compliance.text("Status");
    let is = |text: &Option<String>, words: &[&str]| {
        text.as_deref().is_some_and(|text| words.iter().any(|word| text.eq_ignore_ascii_case(word)))
    };
    // Security Hub itself counts only active records that nobody suppressed or resolved and whose check did not pass.
    let closed = is(&state, &["ARCHIVED"]) || is(&workflow, &["SUPPRESSED", "RESOLVED"]) || is(&verdict, &["PASSED", "NOT_AVAILABLE"]);
    let kinds = finding.member("Types").and_then(Value::as_array);
    Finding {
        source: "Security Hub",
        region: finding
            .text("Region")
            .or_else(|| first.text("Region"))
            .or_else(|| arn.as_deref().and_then(|arn| of_arn(arn).1).map(str::to_owned)),
        product,
        id: finding.text("Id"),
        kind: kinds.and_then(|kinds| kinds.first()).and_then(Value::as_str).map(str::to_owned),
        rule: finding.text("GeneratorId"),
        title: finding.text("Title"),
        detail: finding.text("Description"),
        severity: label.or_else(|| normalized.map(|n| format!("normalized {n}"))),
        level,
        open: if closed { Some(false) } else { state.as_ref().map(|_| true) },
        status: state,
        workflow,
        compliance: verdict,
        control: compliance.text("SecurityControlId").or_else(|| fields.text("ControlId")).or_else(|| fields.text("RuleId")),
        account: finding.text("AwsAccountId"),
        resource_type: first.text("Type"),
        resource_id: first.text("Id"),
        resources: (ids.len() > 1).then(|| Value::Array(ids).to_string()),
        occurrences: None,
        created: finding.moment("CreatedAt", out),
        first: finding.moment("FirstObservedAt", out),
        last: finding.moment("LastObservedAt", out),
        updated: finding.moment("UpdatedAt", out),
    }
    .write(record, out)
}

/// The Open Cybersecurity Schema Framework: another schema altogether.
fn ocsf(_: &Around<'_>, _: u64, _: &Value, _: &mut Output<'_>) -> Result<(), String> {
    Err("the finding is in the OCSF schema, which is not read; export it in the AWS Security Finding Format (securityhub get-findings)"
        .to_owned())
}

/// `GuardDuty`: the answer of `get-findings`, the lines of an export to S3, or the detail of an event.
fn guard_duty(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let finding = object(value)?;
    let empty = Map::new();
    let part = |name: &str| finding.object(name).unwrap_or(&empty);
    let (service, resource) = (part("Service"), part("Resource"));
    let severity = super::double(finding, "Severity");
    let archived = service.flag("Archived");
    let kind = resource.text("ResourceType");
    Finding {
        source: "GuardDuty",
        id: finding.text("Id"),
        kind: finding.text("Type"),
        title: finding.text("Title"),
        detail: finding.text("Description"),
        severity: severity.map(|n| n.to_string()),
        level: severity.and_then(level_of_guard_duty),
        status: archived.map(|archived| if archived { "archived" } else { "current" }.to_owned()),
        open: archived.map(|archived| !archived),
        account: finding.text("AccountId"),
        region: finding.text("Region"),
        resource_id: resource_of(kind.as_deref().unwrap_or(""), resource),
        resource_type: kind,
        occurrences: whole(service, "Count"),
        created: finding.moment("CreatedAt", out),
        first: service.moment("EventFirstSeen", out),
        last: service.moment("EventLastSeen", out),
        updated: finding.moment("UpdatedAt", out),
        ..Finding::default()
    }
    .write(record, out)
}

/// The id of the resource a `GuardDuty` finding is about, by the kind of resource it names.
fn resource_of(kind: &str, resource: &Map<String, Value>) -> Option<String> {
    let first = |list: &str, name: &str| resource.member(list)?.as_array()?.first()?.as_object()?.text(name);
    let of = |part: &str, name: &str| resource.object(part)?.text(name);
    match kind {
        "Instance" => of("InstanceDetails", "InstanceId"),
        "AccessKey" => of("AccessKeyDetails", "UserName").or_else(|| of("AccessKeyDetails", "PrincipalId")),
        "S3Bucket" | "S3Object" => first("S3BucketDetails", "Arn").or_else(|| first("S3BucketDetails", "Name")),
        "EKSCluster" | "KubernetesCluster" => of("EksClusterDetails", "Arn").or_else(|| of("EksClusterDetails", "Name")),
        "ECSCluster" => of("EcsClusterDetails", "Arn").or_else(|| of("EcsClusterDetails", "Name")),
        "Lambda" => of("LambdaDetails", "FunctionArn").or_else(|| of("LambdaDetails", "FunctionName")),
        "RDSDBInstance" => of("RdsDbInstanceDetails", "DbInstanceArn").or_else(|| of("RdsDbInstanceDetails", "DbInstanceIdentifier")),
        _ => None,
    }
}

/// Amazon Inspector: `inspector2 list-findings`.
fn inspector(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let finding = object(value)?;
    let arn = finding.text("findingArn");
    let empty = Map::new();
    let resources = finding.member("resources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let first = resources.first().and_then(Value::as_object).unwrap_or(&empty);
    let severity = finding.text("severity");
    let status = finding.text("status");
    let vulnerability = finding.object("packageVulnerabilityDetails").and_then(|details| details.text("vulnerabilityId"));
    let region = first.text("region").or_else(|| arn.as_deref().and_then(|arn| of_arn(arn).1).map(str::to_owned));
    Finding {
        source: "Inspector",
        kind: finding.text("type"),
        rule: vulnerability,
        title: finding.text("title"),
        detail: finding.text("description"),
        level: severity.as_deref().and_then(level_of_word),
        severity,
        open: status.as_deref().map(|status| status.eq_ignore_ascii_case("ACTIVE")),
        status,
        account: finding.text("awsAccountId"),
        region,
        resource_type: first.text("type"),
        resource_id: first.text("id"),
        id: arn,
        first: finding.moment("firstObservedAt", out),
        last: finding.moment("lastObservedAt", out),
        updated: finding.moment("updatedAt", out),
        ..Finding::default()
    }
    .write(record, out)
}

/// The former Inspector: `inspector describe-findings`. It does not say whether a finding still holds.
fn inspector_classic(_: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let finding = object(value)?;
    let arn = finding.text("arn");
    let (account, region) = arn.as_deref().map_or((None, None), of_arn);
    let severity = finding.text("severity");
    let agent = finding.object("assetAttributes").and_then(|attributes| attributes.text("agentId"));
    Finding {
        source: "Inspector",
        product: Some("Inspector Classic".to_owned()),
        rule: finding.text("id"),
        title: finding.text("title"),
        detail: finding.text("description"),
        level: severity.as_deref().and_then(level_of_word),
        severity,
        account: account.map(str::to_owned),
        region: region.map(str::to_owned),
        resource_type: finding.text("assetType"),
        resource_id: agent,
        created: finding.moment("createdAt", out),
        updated: finding.moment("updatedAt", out),
        id: arn,
        ..Finding::default()
    }
    .write(record, out)
}

/// IAM Access Analyzer: `list-findings`, `list-findings-v2`, `get-finding`. It gives no severity and no title.
fn access_analyzer(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let finding = object(value)?;
    let resource = finding.text("resource");
    let status = finding.text("status");
    let region = resource.as_deref().and_then(|arn| of_arn(arn).1).map(str::to_owned).or_else(|| around.place.region.clone());
    let mut detail = Map::new();
    for name in ["isPublic", "principal", "action", "condition", "sources", "findingDetails", "error"] {
        if let Some(found) = finding.member(name).filter(|found| !found.is_null()) {
            detail.insert(name.to_owned(), found.clone());
        }
    }
    Finding {
        source: "IAM Access Analyzer",
        id: finding.text("id"),
        // The first form of the answer knows findings of this kind only.
        kind: finding.text("findingType").or_else(|| Some("ExternalAccess".to_owned())),
        detail: json_of(Some(&Value::Object(detail))),
        open: status.as_deref().map(|status| status.eq_ignore_ascii_case("ACTIVE")),
        status,
        account: finding.text("resourceOwnerAccount"),
        region,
        resource_type: finding.text("resourceType"),
        resource_id: resource,
        created: finding.moment("createdAt", out),
        last: finding.moment("analyzedAt", out),
        updated: finding.moment("updatedAt", out),
        ..Finding::default()
    }
    .write(record, out)
}
