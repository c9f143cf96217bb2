//! Trails, as answers of the command line state them.

use crate::schema::row::tables;

tables! {
    table trails as TrailsRow: "one trail as describe-trails gives it", unit "trail", PerFile {
        trail_arn: text, "ARN";
        trail_name: text, "name";
        home_region: text, "home Region";
        account_id: text, "from the ARN";
        s3_bucket_name: text, "bucket";
        s3_key_prefix: text, "prefix";
        is_multi_region_trail: bool, "all Regions";
        include_global_service_events: bool, "global services";
        log_file_validation_enabled: bool, "digests are written";
        is_organization_trail: bool, "whole organisation";
        kms_key_id: text, "key";
        cloud_watch_logs_log_group_arn: text, "log group";
        has_custom_event_selectors: bool, "selectors are set";
        asked_account_id: text, "account that answered, where the path names it";
        asked_region: text, "Region that answered, likewise";
    }
    table trail_status as TrailStatusRow: "one answer of get-trail-status", unit "trail status", PerFile {
        trail_name: text, "from the file name, or NULL";
        is_logging: bool, "logging";
        latest_delivery_time: time, "last log delivered";
        latest_digest_delivery_time: time, "last digest delivered";
        start_logging_time: time, "last start";
        stop_logging_time: time, "last stop";
        latest_delivery_error: text, "last error";
        account_id: text, "account, where the path names it";
        region: text, "Region, likewise";
    }
    table trail_event_selectors as TrailEventSelectorsRow: "one selector of a trail", unit "event selector", PerFile {
        trail_arn: text, "ARN";
        read_write_type: text, "All, ReadOnly or WriteOnly";
        include_management_events: bool, "management events";
        data_resource_type: text, "type of data events";
        data_resource_value: text, "resource pattern";
        selector_kind: text, "basic or advanced";
        selector: text, "the selector as delivered, JSON";
    }
}
