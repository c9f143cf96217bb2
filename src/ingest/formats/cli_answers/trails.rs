//! What CloudTrail says about its trails.

use serde_json::{Map, Value};

use super::{AnswerError, Members, Place, each, list, of_arn, place_of, without_copy_mark};
use crate::ingest::batch::Output;
use crate::schema::tables::{TrailEventSelectorsRow, TrailStatusRow, TrailsRow};

/// `describe-trails`.
pub(super) fn trails(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    each(list(answer, "trailList")?, out, |record, trail, out| {
        let (arn, name) = (trail.text("TrailARN"), trail.text("Name"));
        if arn.is_none() && name.is_none() {
            return Err("the trail has neither TrailARN nor Name".to_owned());
        }
        let texts = ["HomeRegion", "S3BucketName", "S3KeyPrefix", "KmsKeyId", "CloudWatchLogsLogGroupArn"].map(|n| trail.text(n));
        let [home, bucket, prefix, key, group] = &texts;
        let account = arn.as_deref().and_then(|arn| of_arn(arn).0);
        out.row(
            record,
            &TrailsRow {
                trail_arn: arn.as_deref(),
                trail_name: name.as_deref(),
                home_region: home.as_deref(),
                account_id: account,
                s3_bucket_name: bucket.as_deref(),
                s3_key_prefix: prefix.as_deref(),
                is_multi_region_trail: trail.flag("IsMultiRegionTrail"),
                include_global_service_events: trail.flag("IncludeGlobalServiceEvents"),
                log_file_validation_enabled: trail.flag("LogFileValidationEnabled"),
                is_organization_trail: trail.flag("IsOrganizationTrail"),
                kms_key_id: key.as_deref(),
                cloud_watch_logs_log_group_arn: group.as_deref(),
                has_custom_event_selectors: trail.flag("HasCustomEventSelectors"),
                asked_account_id: place.account.as_deref(),
                asked_region: place.region.as_deref(),
            },
        );
        Ok(())
    });
    Ok(())
}

/// `get-trail-status`: one record, the answer itself.
pub(super) fn status(answer: &Map<String, Value>, path: &str, out: &mut Output<'_>) {
    let record = out.counts.read;
    out.read(1);
    let (name, place) = (trail_of_file(path), place_of(path));
    let delivery = answer.moment("LatestDeliveryTime", out);
    if let Some(delivery) = delivery {
        out.time(delivery);
    }
    let digest = answer.moment("LatestDigestDeliveryTime", out);
    let start = answer.moment("StartLoggingTime", out).or_else(|| answer.moment("TimeLoggingStarted", out));
    let stop = answer.moment("StopLoggingTime", out).or_else(|| answer.moment("TimeLoggingStopped", out));
    let error = answer.text("LatestDeliveryError");
    out.row(
        record,
        &TrailStatusRow {
            trail_name: name.as_deref(),
            is_logging: answer.flag("IsLogging"),
            latest_delivery_time: delivery,
            latest_digest_delivery_time: digest,
            start_logging_time: start,
            stop_logging_time: stop,
            latest_delivery_error: error.as_deref(),
            account_id: place.account.as_deref(),
            region: place.region.as_deref(),
        },
    );
    out.kept(1);
    if name.is_none() {
        out.note("the answer does not name its trail: name the file get-trail-status-TRAIL.json");
    }
}

/// The trail a file of that answer is named after: `get-trail-status-main.json`, also with account and
/// Region in front, or packed.
pub fn trail_of_file(path: &str) -> Option<String> {
    let file = path.rsplit(['/', '\\']).next()?;
    let file = [".gz", ".zst", ".bz2"].iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file);
    let stem = without_copy_mark(file.strip_suffix(".json").unwrap_or(file));
    let lower = stem.to_ascii_lowercase().replace('_', "-");
    let after = ["get-trail-status-", "trail-status-"]
        .into_iter()
        .find_map(|front| lower.starts_with(front).then(|| stem.get(front.len()..)).flatten())?;
    let place = place_of(file);
    let mut name = after;
    for known in [&place.account, &place.region, &place.account].into_iter().flatten() {
        name = name.strip_prefix(known.as_str()).map_or(name, |rest| rest.trim_start_matches(['-', '_', '.']));
    }
    (!name.is_empty()).then(|| name.to_owned())
}

/// `get-event-selectors`: basic and advanced selectors; one row for each thing a selector selects.
pub(super) fn selectors(answer: &Map<String, Value>, out: &mut Output<'_>) -> Result<(), AnswerError> {
    let arn = answer.text("TrailARN");
    each(list(answer, "EventSelectors")?, out, |record, selector, out| {
        basic(arn.as_deref(), record, selector, out);
        Ok(())
    });
    each(list(answer, "AdvancedEventSelectors")?, out, |record, selector, out| advanced(arn.as_deref(), record, selector, out));
    Ok(())
}

/// The cells of one selected thing.
struct Selected<'s> {
    arn: Option<&'s str>,
    read_write: Option<&'s str>,
    management: Option<bool>,
    kind: &'static str,
    /// The selector as delivered.
    text: &'s str,
}

impl Selected<'_> {
    fn row(&self, record: u64, resource: Option<&str>, value: Option<&str>, out: &mut Output<'_>) {
        out.row(
            record,
            &TrailEventSelectorsRow {
                trail_arn: self.arn,
                read_write_type: self.read_write,
                include_management_events: self.management,
                data_resource_type: resource,
                data_resource_value: value,
                selector_kind: Some(self.kind),
                selector: Some(self.text),
            },
        );
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

fn basic(arn: Option<&str>, record: u64, selector: &Map<String, Value>, out: &mut Output<'_>) {
    let read_write = selector.text("ReadWriteType");
    let text = Value::Object(selector.clone()).to_string();
    let management = selector.flag("IncludeManagementEvents");
    let selected = Selected { arn, read_write: read_write.as_deref(), management, kind: "basic", text: &text };
    let left_out = texts(selector.member("ExcludeManagementEventSources"));
    if !left_out.is_empty() {
        out.note(format!("a selector leaves out management events of {}", left_out.join(", ")));
    }
    let resources = selector.member("DataResources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut rows = 0;
    for resource in resources.iter().filter_map(Value::as_object) {
        let kind = resource.text("Type");
        for value in texts(resource.member("Values")) {
            selected.row(record, kind.as_deref(), Some(value), out);
            rows += 1;
        }
    }
    if rows == 0 {
        selected.row(record, None, None, out);
    }
}

/// An advanced selector is a conjunction of conditions on fields of the event.
fn advanced(arn: Option<&str>, record: u64, selector: &Map<String, Value>, out: &mut Output<'_>) -> Result<(), String> {
    let fields = selector.member("FieldSelectors").and_then(Value::as_array).ok_or("the selector has no FieldSelectors")?;
    let mut management = None;
    let mut read_write = "All";
    let (mut kinds, mut values, mut narrowed) = (Vec::new(), Vec::new(), Vec::new());
    for field in fields.iter().filter_map(Value::as_object) {
        let name = field.text("Field").unwrap_or_default();
        let equals = texts(field.member("Equals"));
        match name.as_str() {
            "eventCategory" => management = Some(equals.contains(&"Management")),
            "readOnly" if equals == ["true"] => read_write = "ReadOnly",
            "readOnly" if equals == ["false"] => read_write = "WriteOnly",
            "resources.type" => kinds.extend(equals),
            "resources.ARN" => {
                values.extend(equals);
                values.extend(texts(field.member("StartsWith")));
                let other = ["EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"];
                if other.iter().any(|condition| !texts(field.member(condition)).is_empty()) {
                    narrowed.push(name);
                }
            }
            _ => narrowed.push(name),
        }
    }
    if !narrowed.is_empty() {
        out.note(format!("an advanced selector records less than its row says: it is narrowed by {}", narrowed.join(", ")));
    }
    let text = Value::Object(selector.clone()).to_string();
    let selected = Selected { arn, read_write: Some(read_write), management, kind: "advanced", text: &text };
    if kinds.is_empty() {
        selected.row(record, None, None, out);
    }
    for kind in kinds {
        if values.is_empty() {
            selected.row(record, Some(kind), Some("*"), out);
        }
        for value in &values {
            selected.row(record, Some(kind), Some(value), out);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::read_text;
    use super::*;
    use crate::ingest::formats::cost::testing::{Yield, collect};

    fn read(text: &str, path: &str) -> Yield {
        collect(|out| read_text(text.as_bytes(), path, out).unwrap())
    }

    #[test]
    fn trails_as_described() {
        let read = read(
            r#"{"trailList":[{"Name":"main","TrailARN":"arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/main","HomeRegion":"cn-north-1",
                "S3BucketName":"acme-logs","S3KeyPrefix":"","IsMultiRegionTrail":"true","IncludeGlobalServiceEvents":true,
                "LogFileValidationEnabled":false,"HasCustomEventSelectors":true}]}"#,
            "x",
        );
        assert_eq!(read.account(), (1, 1, 0));
        let columns = [
            "trail_name",
            "account_id",
            "home_region",
            "s3_key_prefix",
            "is_multi_region_trail",
            "log_file_validation_enabled",
            "is_organization_trail",
            "kms_key_id",
        ];
        assert_eq!(read.table("trails")[0].pick(columns), ["main", "111122223333", "cn-north-1", "NULL", "true", "false", "NULL", "NULL"]);
    }

    #[test]
    fn status_in_old_and_new_fields() {
        let text = r#"{"IsLogging":true,"LatestDeliveryTime":1714558272.5,"StartLoggingTime":"2024-05-01T12:11:12+02:00","TimeLoggingStarted":"2020-01-01T00:00:00Z",
            "TimeLoggingStopped":"2024-04-01T00:00:00Z","LatestDigestDeliveryTime":"never","LatestDeliveryError":"AccessDenied"}"#;
        let read = read(text, "in/get_trail_status_main.json");
        let columns = [
            "trail_name",
            "is_logging",
            "latest_delivery_time",
            "latest_digest_delivery_time",
            "start_logging_time",
            "stop_logging_time",
            "latest_delivery_error",
        ];
        assert_eq!(
            read.table("trail_status")[0].pick(columns),
            ["main", "true", "2024-05-01T10:11:12.500000Z", "NULL", "2024-05-01T10:11:12Z", "2024-04-01T00:00:00Z", "AccessDenied"]
        );
        assert_eq!(read.notes, ["LatestDigestDeliveryTime: 'never' is not a time in a known form; it is NULL"]);
    }

    #[test]
    fn trails_in_file_names() {
        for (path, expected) in [
            ("get-trail-status-main.json", Some("main")),
            ("a/trail-status-111122223333-eu-west-1-Org_Trail.json", Some("Org_Trail")),
            ("trail_status_eu-west-1_111122223333_x.json", Some("x")),
            ("get-trail-status-main.json.gz", Some("main")),
            ("get-trail-status-main (2).json", Some("main")),
            ("get-trail-status.json", None),
            ("trail-status-111122223333.json", None),
            ("main.json", None),
            ("é-trail-status-x.json", None),
        ] {
            assert_eq!(trail_of_file(path).as_deref(), expected, "{path}");
        }
    }

    const COLUMNS: [&str; 5] =
        ["read_write_type", "include_management_events", "data_resource_type", "data_resource_value", "selector_kind"];

    #[test]
    fn basic_selectors_give_a_row_for_each_value() {
        let read = read(
            r#"{"TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main","EventSelectors":[
                {"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[],"ExcludeManagementEventSources":["kms.amazonaws.com"]},
                {"ReadWriteType":"WriteOnly","IncludeManagementEvents":false,"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::a/","arn:aws:s3:::b/"]},{"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]}]}]}"#,
            "x",
        );
        assert_eq!(read.account(), (2, 2, 0));
        let rows: Vec<_> = read.table("trail_event_selectors").iter().map(|r| (r.record, r.pick(COLUMNS))).collect();
        assert_eq!(
            rows,
            [
                (0, ["All", "true", "NULL", "NULL", "basic"]),
                (1, ["WriteOnly", "false", "AWS::S3::Object", "arn:aws:s3:::a/", "basic"]),
                (1, ["WriteOnly", "false", "AWS::S3::Object", "arn:aws:s3:::b/", "basic"]),
                (1, ["WriteOnly", "false", "AWS::Lambda::Function", "arn:aws:lambda", "basic"]),
            ]
        );
        assert_eq!(read.notes, ["a selector leaves out management events of kms.amazonaws.com"]);
    }

    #[test]
    fn advanced_selectors_are_read_by_field() {
        let read = read(
            r#"{"TrailARN":"t","AdvancedEventSelectors":[
                {"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"readOnly","Equals":["false"]}]},
                {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}]},
                {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},
                    {"Field":"resources.ARN","StartsWith":["arn:aws:s3:::a/"],"NotEndsWith":["x"]},{"Field":"eventName","Equals":["GetObject"]}]},
                {"Name":"odd"}]}"#,
            "x",
        );
        assert_eq!(read.account(), (4, 3, 1));
        let rows: Vec<_> = read.table("trail_event_selectors").iter().map(|r| (r.record, r.pick(COLUMNS))).collect();
        assert_eq!(
            rows,
            [
                (0, ["WriteOnly", "true", "NULL", "NULL", "advanced"]),
                (1, ["All", "false", "AWS::S3::Object", "*", "advanced"]),
                (2, ["All", "false", "AWS::S3::Object", "arn:aws:s3:::a/", "advanced"]),
            ]
        );
        assert_eq!(read.notes, ["an advanced selector records less than its row says: it is narrowed by resources.ARN, eventName"]);
    }

    #[test]
    fn a_trail_without_selectors_has_no_rows() {
        let read = read(r#"{"TrailARN":"t","EventSelectors":[],"AdvancedEventSelectors":null}"#, "x");
        assert_eq!((read.account(), read.rows.len()), ((0, 0, 0), 0));
    }
}
