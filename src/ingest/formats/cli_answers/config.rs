//! What AWS Config says about its recorders, its rules and their results.

use serde_json::{Map, Value};

use super::{AnswerError, Members, Place, each, first_list, list, of_arn};
use crate::ingest::batch::Output;
use crate::schema::tables::{ConfigComplianceRow, ConfigRecordersRow, ConfigRulesRow};

/// `describe-configuration-recorders`.
pub(super) fn recorders(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    each(list(answer, "ConfigurationRecorders")?, out, |record, recorder, out| {
        let empty = Map::new();
        let group = recorder.object("recordingGroup").unwrap_or(&empty);
        let flags = [recorder.flag("recording"), group.flag("allSupported"), group.flag("includeGlobalResourceTypes")];
        recorder_row(record, recorder, place, flags, recorded_types(group).as_deref(), out)
    });
    Ok(())
}

/// `describe-configuration-recorder-status`.
pub(super) fn recorder_status(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    each(list(answer, "ConfigurationRecordersStatus")?, out, |record, recorder, out| {
        if let Some(changed) = recorder.moment("lastStatusChangeTime", out) {
            out.time(changed);
        }
        recorder_row(record, recorder, place, [recorder.flag("recording"), None, None], None, out)
    });
    Ok(())
}

fn recorder_row(
    record: u64,
    recorder: &Map<String, Value>,
    place: &Place,
    [recording, all, global]: [Option<bool>; 3],
    types: Option<&str>,
    out: &mut Output<'_>,
) -> Result<(), String> {
    let name = recorder.text("name").ok_or("the recorder has no name")?;
    // A recorder's role stands in the recorder's own account.
    let (arn, role) = (recorder.text("arn"), recorder.text("roleARN"));
    let (own_account, own_region) = arn.as_deref().map_or((None, None), of_arn);
    let role_account = role.as_deref().and_then(|role| of_arn(role).0);
    let status = recorder.text("lastStatus");
    let [start, stop] = ["lastStartTime", "lastStopTime"].map(|name| recorder.moment(name, out));
    out.row(
        record,
        &ConfigRecordersRow {
            account_id: own_account.or(role_account).or(place.account.as_deref()),
            region: own_region.or(place.region.as_deref()),
            recorder_name: Some(&name),
            recording,
            all_supported: all,
            include_global: global,
            resource_types: types,
            last_status: status.as_deref(),
            last_start_at: start,
            last_stop_at: stop,
            item_captured_at: None,
        },
    );
    Ok(())
}

/// The recorded types as JSON list; excluded ones after `!`. `None` when no type is listed.
fn recorded_types(group: &Map<String, Value>) -> Option<String> {
    let types = |list: Option<&Value>, mark: &str| -> Vec<Value> {
        let list = list.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(Value::as_str).map(|name| Value::String(format!("{mark}{name}"))).collect()
    };
    let mut listed = types(group.member("resourceTypes"), "");
    if let Some(excluded) = group.object("exclusionByResourceTypes") {
        listed.extend(types(excluded.member("resourceTypes"), "!"));
    }
    (!listed.is_empty()).then(|| Value::Array(listed).to_string())
}

/// `describe-config-rules`.
pub(super) fn rules(answer: &Map<String, Value>, out: &mut Output<'_>) -> Result<(), AnswerError> {
    each(list(answer, "ConfigRules")?, out, |record, rule, out| {
        let name = rule.text("ConfigRuleName").ok_or("the rule has no ConfigRuleName")?;
        let (arn, state) = (rule.text("ConfigRuleArn"), rule.text("ConfigRuleState"));
        let (account, region) = arn.as_deref().map_or((None, None), of_arn);
        let source = rule.object("Source");
        let owner = source.and_then(|source| source.text("Owner"));
        // A custom rule's identifier is the ARN of its function.
        let identifier = source.and_then(|source| source.text("SourceIdentifier")).filter(|_| owner.as_deref() == Some("AWS"));
        let parameters = rule.text("InputParameters");
        out.row(
            record,
            &ConfigRulesRow {
                account_id: account,
                region,
                rule_name: Some(&name),
                rule_identifier: identifier.as_deref(),
                owner: owner.as_deref(),
                state: state.as_deref(),
                input_parameters: parameters.as_deref(),
            },
        );
        Ok(())
    });
    Ok(())
}

/// The name of a rule in the spelling of managed rule identifiers: `S3_BUCKET_VERSIONING_ENABLED`.
///
/// Security Hub puts `securityhub-` before and a suffix of six to eight letters and digits behind;
/// conformance packs put `-conformance-pack-ID` behind. A rule the client named freely stays its name
/// in other letters, and no identifier.
pub fn rule_identifier(name: &str) -> String {
    let mut name = name.trim();
    if let Some(at) = name.to_ascii_lowercase().rfind("-conformance-pack-") {
        name = name.get(..at).unwrap_or(name);
    }
    const HUB: &str = "securityhub-";
    if name.get(..HUB.len()).is_some_and(|front| front.eq_ignore_ascii_case(HUB)) {
        let rest = name.get(HUB.len()..).unwrap_or_default();
        name = match rest.rsplit_once('-') {
            Some((front, suffix)) if is_suffix(suffix) => front,
            _ => rest,
        };
    }
    name.to_ascii_uppercase().replace('-', "_")
}

fn is_suffix(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let random = text.bytes().any(|b| b.is_ascii_digit()) || text.bytes().all(|b| b.is_ascii_hexdigit());
    (6..=8).contains(&text.len()) && plain && random
}

/// One row of `config_compliance`.
#[derive(Default)]
struct Compliance {
    account: Option<String>,
    region: Option<String>,
    rule: Option<String>,
    resource_type: Option<String>,
    resource_id: Option<String>,
    word: Option<String>,
    recorded: Option<i64>,
    annotation: Option<String>,
    capped: Option<bool>,
}

impl Compliance {
    /// Starts a row where its element says it is from, else where its file is from.
    fn of(element: &Map<String, Value>, place: &Place) -> Self {
        Self {
            account: element.text("AccountId").or_else(|| place.account.clone()),
            region: element.text("AwsRegion").or_else(|| place.region.clone()),
            ..Self::default()
        }
    }

    fn write(&self, record: u64, origin: &str, out: &mut Output<'_>) -> Result<(), String> {
        let word = self.word.as_deref().ok_or("the element states no compliance")?;
        if self.account.is_none() || self.region.is_none() {
            out.note("the answer does not name its account and Region: put both into the file's name or folders");
        }
        let identifier = self.rule.as_deref().map(rule_identifier);
        out.row(
            record,
            &ConfigComplianceRow {
                account_id: self.account.as_deref(),
                region: self.region.as_deref(),
                rule_name: self.rule.as_deref(),
                rule_identifier: identifier.as_deref(),
                resource_type: self.resource_type.as_deref(),
                resource_id: self.resource_id.as_deref(),
                compliance_type: Some(word),
                recorded_at: self.recorded,
                annotation: self.annotation.as_deref(),
                origin: Some(origin),
                capped: self.capped,
            },
        );
        Ok(())
    }

    /// Takes `Compliance{ComplianceType, ComplianceContributorCount{CapExceeded}}`.
    fn take(&mut self, element: &Map<String, Value>) {
        if let Some(compliance) = element.object("Compliance") {
            self.word = compliance.text("ComplianceType");
            self.capped = compliance.object("ComplianceContributorCount").and_then(|count| count.flag("CapExceeded"));
        }
    }
}

/// `describe-compliance-by-config-rule` and its aggregate form.
pub(super) fn by_rule(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    let elements = first_list(answer, &["ComplianceByConfigRules", "AggregateComplianceByConfigRules"])?;
    each(elements, out, |record, element, out| {
        let mut row = Compliance::of(element, place);
        row.rule = element.text("ConfigRuleName");
        row.take(element);
        row.write(record, "summary", out)
    });
    Ok(())
}

/// `describe-compliance-by-resource`.
pub(super) fn by_resource(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    each(list(answer, "ComplianceByResources")?, out, |record, element, out| {
        let mut row = Compliance::of(element, place);
        row.resource_type = element.text("ResourceType");
        row.resource_id = element.text("ResourceId");
        row.take(element);
        row.write(record, "summary", out)
    });
    Ok(())
}

/// Evaluation results of a rule, of an aggregator or of a conformance pack.
pub(super) fn evaluations(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    let names = ["EvaluationResults", "AggregateEvaluationResults", "ConformancePackRuleEvaluationResults"];
    each(first_list(answer, &names)?, out, |record, element, out| {
        let mut row = Compliance::of(element, place);
        let empty = Map::new();
        let identifier = element.object("EvaluationResultIdentifier").unwrap_or(&empty);
        let qualifier = identifier.object("EvaluationResultQualifier").unwrap_or(&empty);
        row.rule = qualifier.text("ConfigRuleName");
        row.resource_type = qualifier.text("ResourceType");
        row.resource_id = qualifier.text("ResourceId");
        row.word = element.text("ComplianceType");
        row.annotation = element.text("Annotation");
        row.recorded = element.moment("ResultRecordedTime", out).or_else(|| identifier.moment("OrderingTimestamp", out));
        if let Some(recorded) = row.recorded {
            out.time(recorded);
        }
        row.write(record, "evaluation", out)
    });
    Ok(())
}

/// `describe-conformance-pack-compliance`.
pub(super) fn pack_rules(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    each(list(answer, "ConformancePackRuleComplianceList")?, out, |record, element, out| {
        let mut row = Compliance::of(element, place);
        row.rule = element.text("ConfigRuleName");
        row.word = element.text("ComplianceType");
        row.write(record, "summary", out)
    });
    Ok(())
}

/// `get-conformance-pack-compliance-summary` and `describe-aggregate-compliance-by-conformance-packs`: the pack stands as resource, typed as its own item is.
pub(super) fn pack_summary(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    let elements = first_list(answer, &["ConformancePackComplianceSummaryList", "AggregateComplianceByConformancePacks"])?;
    each(elements, out, |record, element, out| {
        let mut row = Compliance::of(element, place);
        row.resource_type = Some("AWS::Config::ConformancePackCompliance".to_owned());
        row.resource_id = element.text("ConformancePackName");
        row.word = element.text("ConformancePackComplianceStatus");
        if row.word.is_none() {
            row.take(element);
        }
        row.write(record, "summary", out)
    });
    Ok(())
}

/// Members that count rules, packs or resources and name no result: `get-compliance-summary-by-*`, the summaries of an
/// aggregator, and scores.
pub(super) const COUNTS: &[&str] = &[
    "ComplianceSummary",
    "ComplianceSummariesByResourceType",
    "AggregateComplianceCounts",
    "AggregateConformancePackComplianceSummaries",
    "ConformancePackComplianceScores",
];

/// Members that count resources by type: `get-discovered-resource-counts` and its aggregate form.
pub(super) const RESOURCE_COUNTS: &[&str] = &["resourceCounts", "GroupedResourceCounts"];

/// An answer that counts and names nothing that was counted: no test can rest on it, and it is rejected with the command
/// whose answer names what it counts.
pub(super) fn counts(instead: &str, out: &mut Output<'_>) {
    let record = out.counts.read;
    out.read(1);
    out.reject(
        record,
        None,
        format!("the answer counts and does not name what it counts, so nothing can be tested with it; export {instead}"),
    );
}

#[cfg(test)]
mod tests {
    use super::super::tests::read_text;
    use super::*;
    use crate::ingest::formats::cost::testing::{Yield, collect};

    const PATH: &str = "in/111122223333/eu-west-1/x.json";

    fn read(text: &str, path: &str) -> Yield {
        collect(|out| read_text(text.as_bytes(), path, out).unwrap())
    }

    #[test]
    fn recorders_and_their_status() {
        let columns =
            ["account_id", "region", "recorder_name", "recording", "all_supported", "include_global", "resource_types", "last_status"];
        let described = read(
            r#"{"ConfigurationRecorders":[
                {"name":"default","roleARN":"arn:aws:iam::444455556666:role/config","recordingGroup":{"allSupported":true,"includeGlobalResourceTypes":false,"resourceTypes":[]}},
                {"name":"some","arn":"arn:aws:config:us-east-1:777788889999:configuration-recorder/some/1","recordingGroup":{"allSupported":false,
                 "resourceTypes":["AWS::S3::Bucket"],"exclusionByResourceTypes":{"resourceTypes":["AWS::EC2::Volume"]}}},
                {"name":"bare"},{"roleARN":"x"}]}"#,
            PATH,
        );
        assert_eq!(described.account(), (4, 3, 1));
        let rows: Vec<_> = described.table("config_recorders").iter().map(|r| r.pick(columns)).collect();
        assert_eq!(
            rows,
            [
                ["444455556666", "eu-west-1", "default", "NULL", "true", "false", "NULL", "NULL"],
                ["777788889999", "us-east-1", "some", "NULL", "false", "NULL", r#"["AWS::S3::Bucket","!AWS::EC2::Volume"]"#, "NULL"],
                ["111122223333", "eu-west-1", "bare", "NULL", "NULL", "NULL", "NULL", "NULL"],
            ]
        );
        let status = read(
            r#"{"ConfigurationRecordersStatus":[{"name":"default","recording":true,"lastStatus":"SUCCESS","lastStatusChangeTime":1714558272.0}]}"#,
            "x.json",
        );
        assert_eq!(
            status.table("config_recorders")[0].pick(columns),
            ["NULL", "NULL", "default", "true", "NULL", "NULL", "NULL", "SUCCESS"]
        );
        assert_eq!(status.times, Some((1_714_558_272_000_000, 1_714_558_272_000_000)));
    }

    const COLUMNS: [&str; 11] = [
        "account_id",
        "region",
        "rule_name",
        "rule_identifier",
        "resource_type",
        "resource_id",
        "compliance_type",
        "recorded_at",
        "annotation",
        "origin",
        "capped",
    ];

    #[test]
    fn compliance_in_every_answer() {
        for (text, expected) in [
            (
                r#"{"ComplianceByConfigRules":[{"ConfigRuleName":"s3-public-read","Compliance":{"ComplianceType":"NON_COMPLIANT","ComplianceContributorCount":{"CappedCount":25,"CapExceeded":true}}}]}"#,
                [
                    "111122223333",
                    "eu-west-1",
                    "s3-public-read",
                    "S3_PUBLIC_READ",
                    "NULL",
                    "NULL",
                    "NON_COMPLIANT",
                    "NULL",
                    "NULL",
                    "summary",
                    "true",
                ],
            ),
            (
                r#"{"AggregateComplianceByConfigRules":[{"ConfigRuleName":"r","Compliance":{"ComplianceType":"COMPLIANT"},"AccountId":"444455556666","AwsRegion":"us-east-1"}]}"#,
                ["444455556666", "us-east-1", "r", "R", "NULL", "NULL", "COMPLIANT", "NULL", "NULL", "summary", "NULL"],
            ),
            (
                r#"{"ComplianceByResources":[{"ResourceType":"AWS::S3::Bucket","ResourceId":"b","Compliance":{"ComplianceType":"NON_COMPLIANT","ComplianceContributorCount":{"CappedCount":1,"CapExceeded":false}}}]}"#,
                ["111122223333", "eu-west-1", "NULL", "NULL", "AWS::S3::Bucket", "b", "NON_COMPLIANT", "NULL", "NULL", "summary", "false"],
            ),
            (
                r#"{"EvaluationResults":[{"EvaluationResultIdentifier":{"EvaluationResultQualifier":{"ConfigRuleName":"securityhub-s3-bucket-logging-enabled-1a2b3c4d","ResourceType":"AWS::S3::Bucket","ResourceId":"b"},"OrderingTimestamp":"2024-05-01T08:00:00Z"},"ComplianceType":"NON_COMPLIANT","ResultRecordedTime":"2024-05-01T10:01:00+02:00","Annotation":"no"}]}"#,
                [
                    "111122223333",
                    "eu-west-1",
                    "securityhub-s3-bucket-logging-enabled-1a2b3c4d",
                    "S3_BUCKET_LOGGING_ENABLED",
                    "AWS::S3::Bucket",
                    "b",
                    "NON_COMPLIANT",
                    "2024-05-01T08:01:00Z",
                    "no",
                    "evaluation",
                    "NULL",
                ],
            ),
            (
                r#"{"AggregateEvaluationResults":[{"EvaluationResultIdentifier":{"EvaluationResultQualifier":{"ConfigRuleName":"r"},"OrderingTimestamp":1714558272},"ComplianceType":"COMPLIANT","AccountId":"444455556666","AwsRegion":"us-east-1"}]}"#,
                ["444455556666", "us-east-1", "r", "R", "NULL", "NULL", "COMPLIANT", "2024-05-01T10:11:12Z", "NULL", "evaluation", "NULL"],
            ),
            (
                r#"{"ConformancePackName":"p","ConformancePackRuleComplianceList":[{"ConfigRuleName":"iam-password-policy-conformance-pack-abc123","ComplianceType":"INSUFFICIENT_DATA","Controls":[]}]}"#,
                [
                    "111122223333",
                    "eu-west-1",
                    "iam-password-policy-conformance-pack-abc123",
                    "IAM_PASSWORD_POLICY",
                    "NULL",
                    "NULL",
                    "INSUFFICIENT_DATA",
                    "NULL",
                    "NULL",
                    "summary",
                    "NULL",
                ],
            ),
            (
                r#"{"ConformancePackRuleEvaluationResults":[{"ComplianceType":"NOT_APPLICABLE","EvaluationResultIdentifier":{"EvaluationResultQualifier":{"ConfigRuleName":"r","ResourceType":"t","ResourceId":"i"}}}]}"#,
                ["111122223333", "eu-west-1", "r", "R", "t", "i", "NOT_APPLICABLE", "NULL", "NULL", "evaluation", "NULL"],
            ),
            (
                r#"{"ConformancePackComplianceSummaryList":[{"ConformancePackName":"p","ConformancePackComplianceStatus":"COMPLIANT"}]}"#,
                [
                    "111122223333",
                    "eu-west-1",
                    "NULL",
                    "NULL",
                    "AWS::Config::ConformancePackCompliance",
                    "p",
                    "COMPLIANT",
                    "NULL",
                    "NULL",
                    "summary",
                    "NULL",
                ],
            ),
        ] {
            let read = read(text, PATH);
            assert_eq!(read.account(), (1, 1, 0), "{text}");
            assert_eq!(read.table("config_compliance")[0].pick(COLUMNS), expected, "{text}");
            assert_eq!(read.notes, [""; 0]);
        }
        let read = read(r#"{"EvaluationResults":[{},{"ComplianceType":"COMPLIANT"}]}"#, "x");
        assert_eq!(read.account(), (2, 1, 1));
        assert_eq!(read.rejects[0].reason, "the element states no compliance");
        assert_eq!(read.notes, ["the answer does not name its account and Region: put both into the file's name or folders"]);
    }

    #[test]
    fn names_fold_to_identifiers() {
        for (name, expected) in [
            ("s3-bucket-versioning-enabled", "S3_BUCKET_VERSIONING_ENABLED"),
            ("securityhub-cloud-trail-encryption-enabled-dadfg6", "CLOUD_TRAIL_ENCRYPTION_ENABLED"),
            ("securityhub-s3-bucket-logging-enabled-abcdefab", "S3_BUCKET_LOGGING_ENABLED"),
            ("securityhub-s3-bucket-logging-enabled", "S3_BUCKET_LOGGING_ENABLED"),
            ("SecurityHub-s3-bucket-logging-enabled-1a2b3c4d", "S3_BUCKET_LOGGING_ENABLED"),
            ("securityhub-s3-bucket-ssl-requests-only-1a2b3c4d", "S3_BUCKET_SSL_REQUESTS_ONLY"),
            ("securityhub-mfa-enabled", "MFA_ENABLED"),
            ("securityhub-", ""),
            ("iam-password-policy-conformance-pack-x1y2z3", "IAM_PASSWORD_POLICY"),
            ("securityhub-a-1a2b3c4d-conformance-pack-x", "A"),
            ("My Own Rule", "MY OWN RULE"),
            ("", ""),
        ] {
            assert_eq!(rule_identifier(name), expected, "{name}");
        }
    }

    #[test]
    fn rules_are_counted() {
        let read = read(
            r#"{"ConfigRules":[{"ConfigRuleName":"a","ConfigRuleArn":"arn:aws:config:eu-west-1:111122223333:config-rule/r","Source":{"Owner":"AWS","SourceIdentifier":"S3_BUCKET_VERSIONING_ENABLED"}},{}]}"#,
            "x",
        );
        assert_eq!(read.account(), (2, 1, 1));
        for row in read.table("config_rules") {
            assert_eq!(
                row.pick(["account_id", "region", "rule_identifier"]),
                ["111122223333", "eu-west-1", "S3_BUCKET_VERSIONING_ENABLED"]
            );
        }
    }
}
