//! The columns of the tables that answers fill: name, kind and meaning, in cell order.

use crate::schema::ColumnKind::{self, Bigint, Boolean, Text, Timestamp};

/// `trails`: one trail as `describe-trails` gives it.
pub const TRAIL_COLUMNS: &[(&str, ColumnKind, &str)] = &[
    ("trail_arn", Text, "TrailARN"),
    ("trail_name", Text, "Name"),
    ("home_region", Text, "HomeRegion"),
    ("account_id", Text, "account, from the ARN"),
    ("s3_bucket_name", Text, "S3BucketName"),
    ("s3_key_prefix", Text, "S3KeyPrefix"),
    ("is_multi_region_trail", Boolean, "IsMultiRegionTrail"),
    ("include_global_service_events", Boolean, "IncludeGlobalServiceEvents"),
    ("log_file_validation_enabled", Boolean, "LogFileValidationEnabled"),
    ("is_organization_trail", Boolean, "IsOrganizationTrail"),
    ("kms_key_id", Text, "KmsKeyId; NULL = not encrypted with a key of the client's"),
    ("cloud_watch_logs_log_group_arn", Text, "CloudWatchLogsLogGroupArn"),
    ("has_custom_event_selectors", Boolean, "HasCustomEventSelectors"),
    ("asked_account_id", Text, "account that answered, where the path names it; NULL otherwise"),
    ("asked_region", Text, "Region that answered, likewise"),
];

/// `trail_status`: one answer of `get-trail-status`.
pub const TRAIL_STATUS_COLUMNS: &[(&str, ColumnKind, &str)] = &[
    ("trail_name", Text, "from the file name or NULL: the answer does not name its trail"),
    ("is_logging", Boolean, "IsLogging"),
    ("latest_delivery_time", Timestamp, "LatestDeliveryTime"),
    ("latest_digest_delivery_time", Timestamp, "LatestDigestDeliveryTime"),
    ("start_logging_time", Timestamp, "StartLoggingTime, else TimeLoggingStarted"),
    ("stop_logging_time", Timestamp, "StopLoggingTime, else TimeLoggingStopped"),
    ("latest_delivery_error", Text, "LatestDeliveryError"),
    ("account_id", Text, "account, where the path names it; NULL otherwise"),
    ("region", Text, "Region, likewise"),
];

/// `trail_event_selectors`: one selector of a trail and one thing it selects.
pub const SELECTOR_COLUMNS: &[(&str, ColumnKind, &str)] = &[
    ("trail_arn", Text, "TrailARN"),
    ("read_write_type", Text, "All, ReadOnly or WriteOnly; for advanced selectors from the field readOnly"),
    ("include_management_events", Boolean, "management events are recorded"),
    ("data_resource_type", Text, "type of data events recorded, NULL for none"),
    ("data_resource_value", Text, "resource pattern; * = all of the type (advanced selectors without a resource)"),
    ("selector_kind", Text, "basic or advanced"),
    ("selector", Text, "the selector as delivered, JSON"),
];

/// `organization_accounts`: one account of `organizations list-accounts`.
pub const ORGANIZATION_ACCOUNT_COLUMNS: &[(&str, ColumnKind, &str)] = &[
    ("account_id", Text, "Id"),
    ("account_name", Text, "Name"),
    ("email", Text, "Email"),
    ("status", Text, "Status, else State"),
    ("joined_at", Timestamp, "JoinedTimestamp"),
    ("organization_id", Text, "from Arn"),
    ("management_account_id", Text, "from Arn"),
];

/// `iam_account_summary`: one number of `iam get-account-summary`.
pub const ACCOUNT_SUMMARY_COLUMNS: &[(&str, ColumnKind, &str)] = &[
    ("account_id", Text, "account, where the path names one; NULL otherwise"),
    ("summary_key", Text, "name of the number"),
    ("summary_value", Bigint, "the number"),
];

/// `config_compliance`: one result of an AWS Config rule, in AWS Config's own words.
pub const COMPLIANCE_COLUMNS: &[(&str, ColumnKind, &str)] = &[
    ("account_id", Text, "account, from the answer or the path"),
    ("region", Text, "Region, from the answer or the path"),
    ("rule_name", Text, "name of the rule as delivered; NULL for compliance by resource and of packs"),
    ("rule_identifier", Text, "the name folded to the spelling of managed rule identifiers"),
    ("resource_type", Text, "type of the resource; NULL for counts by rule"),
    ("resource_id", Text, "id of the resource; the pack's name for conformance packs"),
    ("compliance_type", Text, "COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE or INSUFFICIENT_DATA"),
    ("recorded_at", Timestamp, "ResultRecordedTime, else OrderingTimestamp"),
    ("annotation", Text, "Annotation"),
    ("origin", Text, "item, evaluation or summary"),
    ("capped", Boolean, "the count behind a summary is a lower bound; NULL when there is no count"),
];

/// `config_recorders`: one configuration recorder, as described or as its status says.
pub const RECORDER_COLUMNS: &[(&str, ColumnKind, &str)] = &[
    ("account_id", Text, "account, from an ARN of the recorder or the path; NULL otherwise"),
    ("region", Text, "Region, from the recorder's ARN or the path; NULL otherwise"),
    ("recorder_name", Text, "name"),
    ("recording", Boolean, "recording; stated by the status only"),
    ("all_supported", Boolean, "recordingGroup.allSupported; stated by the description only"),
    ("include_global", Boolean, "recordingGroup.includeGlobalResourceTypes; stated by the description only"),
    ("resource_types", Text, "JSON list of recorded types; a type after ! is excluded and all others are recorded"),
    ("last_status", Text, "lastStatus; stated by the status only"),
    ("last_start_at", Timestamp, "lastStartTime; stated by the status only"),
    ("last_stop_at", Timestamp, "lastStopTime; stated by the status only"),
    ("item_captured_at", Timestamp, "capture time of a configuration item; NULL in answers"),
];

/// `config_rules`: one rule of `describe-config-rules`, which tells the managed identifier behind a name.
pub const RULE_COLUMNS: &[(&str, ColumnKind, &str)] = &[
    ("account_id", Text, "account, from the ARN"),
    ("region", Text, "Region, from the ARN"),
    ("rule_name", Text, "ConfigRuleName"),
    ("rule_identifier", Text, "Source.SourceIdentifier of managed rules; NULL for the client's own"),
    ("owner", Text, "AWS, CUSTOM_LAMBDA or CUSTOM_POLICY"),
    ("state", Text, "ACTIVE, DELETING and others"),
    ("input_parameters", Text, "JSON text of the rule's parameters"),
];

/// `client_control_matrix`: one control of the client's own.
pub const CLIENT_CONTROL_COLUMNS: &[(&str, ColumnKind, &str)] = &[
    ("control_id", Text, "the client's id"),
    ("control_text", Text, "the client's text"),
    ("criteria", Text, "criteria as the client lists them"),
    ("tests", Text, "ids of our controls that test it, as listed"),
];
