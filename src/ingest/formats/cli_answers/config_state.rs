//! What AWS Config says about the running of its rules and its deliveries, and what it knows to exist.

use serde_json::{Map, Value};

use super::{AnswerError, Members, Place, each, first_list, list, of_arn};
use crate::ingest::batch::Output;
use crate::ingest::formats::config::mask;
use crate::schema::tables::{ConfigDeliveryChannelsRow, ConfigInventoryRow, ConfigRuleStatusRow};

/// `describe-config-rule-evaluation-status`.
pub(super) fn rule_status(answer: &Map<String, Value>, out: &mut Output<'_>) -> Result<(), AnswerError> {
    each(list(answer, "ConfigRulesEvaluationStatus")?, out, |record, rule, out| {
        let name = rule.text("ConfigRuleName").ok_or("the rule has no ConfigRuleName")?;
        let arn = rule.text("ConfigRuleArn");
        let (account, region) = arn.as_deref().map_or((None, None), of_arn);
        let moments = ["FirstActivatedTime", "LastSuccessfulEvaluationTime", "LastFailedEvaluationTime"];
        let [activated, evaluated, failed] = moments.map(|name| rule.moment(name, out));
        out.times_of([evaluated, failed]);
        let error = match (rule.text("LastErrorCode"), rule.text("LastErrorMessage")) {
            (Some(code), Some(message)) => Some(format!("{code}: {message}")),
            (code, message) => code.or(message),
        };
        let error = error.map(|text| mask::mask_text(&text).unwrap_or(text));
        out.row(
            record,
            &ConfigRuleStatusRow {
                account_id: account,
                region,
                rule_name: Some(&name),
                first_activated_at: activated,
                last_evaluated_at: evaluated,
                last_failed_at: failed,
                last_error: error.as_deref(),
                has_started: rule.flag("FirstEvaluationStarted"),
            },
        );
        Ok(())
    });
    Ok(())
}

/// A channel stands in the account and Region of its topic, unless the path says otherwise: a topic may
/// belong to another account.
fn home<'p>(place: &'p Place, topic: Option<&'p str>) -> (Option<&'p str>, Option<&'p str>) {
    let (account, region) = topic.map_or((None, None), of_arn);
    (place.account.as_deref().or(account), place.region.as_deref().or(region))
}

/// `describe-delivery-channels`.
pub(super) fn delivery_channels(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    each(list(answer, "DeliveryChannels")?, out, |record, channel, out| {
        let name = channel.text("name").ok_or("the delivery channel has no name")?;
        let [bucket, prefix, key, topic] = ["s3BucketName", "s3KeyPrefix", "s3KmsKeyArn", "snsTopicARN"].map(|name| channel.text(name));
        let frequency = channel.object("configSnapshotDeliveryProperties").and_then(|properties| properties.text("deliveryFrequency"));
        let (account, region) = home(place, topic.as_deref());
        out.row(
            record,
            &ConfigDeliveryChannelsRow {
                account_id: account,
                region,
                channel_name: Some(&name),
                bucket_name: bucket.as_deref(),
                key_prefix: prefix.as_deref(),
                kms_key_arn: key.as_deref(),
                topic_arn: topic.as_deref(),
                snapshot_frequency: frequency.as_deref(),
                last_history_status: None,
                last_history_at: None,
                last_snapshot_status: None,
                last_snapshot_at: None,
            },
        );
        Ok(())
    });
    Ok(())
}

/// `describe-delivery-channel-status`.
pub(super) fn delivery_status(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    each(list(answer, "DeliveryChannelsStatus")?, out, |record, channel, out| {
        let name = channel.text("name").ok_or("the delivery channel has no name")?;
        let empty = Map::new();
        let [history, snapshot] =
            ["configHistoryDeliveryInfo", "configSnapshotDeliveryInfo"].map(|part| channel.object(part).unwrap_or(&empty));
        let [history_at, snapshot_at] = [history, snapshot].map(|info| info.moment("lastSuccessfulTime", out));
        out.times_of([history_at, snapshot_at]);
        let [history_status, snapshot_status] = [history, snapshot].map(|info| info.text("lastStatus"));
        let (account, region) = home(place, None);
        let row = ConfigDeliveryChannelsRow {
            account_id: account,
            region,
            channel_name: Some(&name),
            last_history_status: history_status.as_deref(),
            last_history_at: history_at,
            last_snapshot_status: snapshot_status.as_deref(),
            last_snapshot_at: snapshot_at,
            ..ConfigDeliveryChannelsRow::default()
        };
        out.row(record, &row);
        Ok(())
    });
    Ok(())
}

/// `list-discovered-resources` and `list-aggregate-discovered-resources`.
pub(super) fn inventory(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    each(first_list(answer, &["resourceIdentifiers", "ResourceIdentifiers"])?, out, |record, resource, out| {
        let kind = resource.text("resourceType").ok_or("the resource has no resourceType")?;
        let (id, name) = (resource.text("resourceId"), resource.text("resourceName"));
        id.as_deref().or(name.as_deref()).ok_or("the resource has neither resourceId nor resourceName")?;
        let deleted = resource.moment("resourceDeletionTime", out);
        let (arn_account, arn_region) = id.as_deref().map_or((None, None), of_arn);
        let account = resource.text("SourceAccountId").or_else(|| arn_account.map(str::to_owned)).or_else(|| place.account.clone());
        let region = resource.text("SourceRegion").or_else(|| arn_region.map(str::to_owned)).or_else(|| place.region.clone());
        out.row(
            record,
            &ConfigInventoryRow {
                account_id: account.as_deref(),
                region: region.as_deref(),
                resource_type: Some(&kind),
                resource_id: id.as_deref(),
                resource_name: name.as_deref(),
                deleted_at: deleted,
            },
        );
        Ok(())
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::read_text;
    use crate::ingest::formats::cost::testing::{Yield, collect, files_below, real_data};

    fn read(text: &str, path: &str) -> Yield {
        collect(|out| read_text(text.as_bytes(), path, out).unwrap())
    }

    #[test]
    fn rules_that_failed() {
        let got = read(
            r#"{"ConfigRulesEvaluationStatus":[{"ConfigRuleName":"r","ConfigRuleArn":"arn:aws:config:eu-west-1:111122223333:config-rule/r","FirstActivatedTime":1717200000,
                "LastSuccessfulEvaluationTime":"2024-06-01T00:00:00Z","LastFailedEvaluationTime":"2024-06-02T00:00:00Z","LastErrorCode":"E","LastErrorMessage":"m","FirstEvaluationStarted":true},{}]}"#,
            "x",
        );
        assert_eq!(got.account(), (2, 1, 1));
        let columns =
            ["account_id", "region", "rule_name", "first_activated_at", "last_evaluated_at", "last_failed_at", "last_error", "has_started"];
        assert_eq!(
            got.rows[0].pick(columns),
            ["111122223333", "eu-west-1", "r", "2024-06-01T00:00:00Z", "2024-06-01T00:00:00Z", "2024-06-02T00:00:00Z", "E: m", "true"]
        );
    }

    #[test]
    fn channels_described_and_as_they_run() {
        let got = read(
            r#"{"DeliveryChannels":[{"name":"default","s3BucketName":"b","snsTopicARN":"arn:aws:sns:eu-west-1:111122223333:t","configSnapshotDeliveryProperties":{"deliveryFrequency":"Six_Hours"}}]}"#,
            "x.json",
        );
        let columns =
            ["account_id", "region", "channel_name", "bucket_name", "snapshot_frequency", "last_history_status", "last_snapshot_at"];
        assert_eq!(got.rows[0].pick(columns), ["111122223333", "eu-west-1", "default", "b", "Six_Hours", "NULL", "NULL"]);
        let got = read(
            r#"{"DeliveryChannelsStatus":[{"name":"default","configHistoryDeliveryInfo":{"lastStatus":"FAILURE"},"configSnapshotDeliveryInfo":{"lastStatus":"SUCCESS","lastSuccessfulTime":1719705600}}]}"#,
            "444455556666/us-east-1/x.json",
        );
        assert_eq!(got.rows[0].pick(columns), ["444455556666", "us-east-1", "default", "NULL", "NULL", "FAILURE", "2024-06-30T00:00:00Z"]);
    }

    #[test]
    fn inventories_of_an_account_and_of_an_aggregator() {
        let columns = ["account_id", "region", "resource_type", "resource_id", "resource_name"];
        let own = r#"{"resourceIdentifiers":[{"resourceType":"AWS::EKS::Cluster","resourceId":"c","resourceName":"c"},{"resourceType":"AWS::EKS::Cluster"}]}"#;
        let got = read(own, "111122223333/eu-west-1/x.json");
        assert_eq!(got.account(), (2, 1, 1));
        assert_eq!(got.rows[0].pick(columns), ["111122223333", "eu-west-1", "AWS::EKS::Cluster", "c", "c"]);
        let all = r#"{"ResourceIdentifiers":[{"SourceAccountId":"444455556666","SourceRegion":"us-east-1","ResourceId":"i","ResourceType":"AWS::EC2::Instance"}]}"#;
        assert_eq!(read(all, "x").rows[0].pick(columns), ["444455556666", "us-east-1", "AWS::EC2::Instance", "i", "NULL"]);
    }

    #[test]
    fn packs_of_an_aggregator() {
        let text = r#"{"AggregateComplianceByConformancePacks":[{"ConformancePackName":"p","Compliance":{"ComplianceType":"NON_COMPLIANT","CompliantRuleCount":1,"NonCompliantRuleCount":1,"TotalRuleCount":2},"AccountId":"444455556666","AwsRegion":"us-east-1"}]}"#;
        let got = read(text, "x");
        assert_eq!(
            got.rows[0].pick(["account_id", "region", "resource_id", "compliance_type"]),
            ["444455556666", "us-east-1", "p", "NON_COMPLIANT"]
        );
    }

    #[test]
    fn real_answers_count_what_jq_counts() {
        // jq '.ConfigRules | length' and the like, summed over the files of each folder.
        let Some(root) = real_data("config/cloud-custodian-cli") else { return };
        for (folder, table, records) in [
            ("config.DescribeConfigRuleEvaluationStatus", "config_rule_status", 4),
            ("config.DescribeConfigRules", "config_rules", 109),
            ("config.DescribeConfigurationRecorderStatus", "config_recorders", 4),
            ("config.DescribeConfigurationRecorders", "config_recorders", 4),
            ("config.DescribeDeliveryChannels", "config_delivery_channels", 5),
            ("config.GetComplianceDetailsByConfigRule", "config_compliance", 4),
            ("config.ListDiscoveredResources", "config_inventory", 5),
        ] {
            let mut rows = 0;
            for path in files_below(&root.join(folder)) {
                let bytes = std::fs::read(&path).unwrap();
                // One of the recorded answers is an error of AWS's; jq counts nothing in it either.
                let mut refused = false;
                let got = collect(|out| refused = read_text(&bytes, "x.json", out).is_err());
                assert_eq!(refused, String::from_utf8_lossy(&bytes).contains("NoSuchConfigRuleException"), "{}", path.display());
                assert_eq!(got.account().2, 0, "{}", path.display());
                rows += got.table(table).len();
            }
            assert_eq!(rows, records, "{folder}");
        }
    }
}
