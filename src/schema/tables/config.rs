//! Configuration items, what stands inside them, and AWS Config's own state.

use crate::schema::row::{columns, tables};

columns! {
    /// What every row of an item begins with, in `config_items` and in the tables of its type.
    columns ItemColumns {
        item_id: text, "first 16 hex digits of the SHA-256 over account, Region, type, id, capture time and state id";
        account_id: text, "12 digits";
        region: text, "Region, or 'global'";
        availability_zone: text, "zone, or AWS's words for none";
        resource_type: text, "for example AWS::S3::Bucket";
        resource_id: text, "AWS Config's resourceId";
        resource_name: text, "resourceName, else resourceId";
        arn: text, "ARN";
        item_status: text, "configurationItemStatus";
        captured_at: time, "configurationItemCaptureTime";
        captured_date: date, "date of captured_at";
        captured_epoch: int, "captured_at in seconds";
        created_at: time, "resourceCreationTime";
        created_epoch: int, "created_at in seconds";
        state_id: text, "configurationStateId";
    }
    /// What every row of a list inside an item begins with.
    columns ListColumns {
        item_id: text, "the item the element belongs to";
        account_id: text, "12 digits";
        region: text, "Region, or 'global'";
        resource_id: text, "AWS Config's resourceId";
        position: int, "0-based place in the list";
    }
}

tables! {
    table config_items as ConfigItemsRow begins ItemColumns: "one version of one configuration item", unit "configuration item", PerFile Versioned {
        configuration: document, "the item's configuration as JSON, keys sorted, secrets masked";
        supplementary_configuration: document, "the same for supplementaryConfiguration";
    }
    table tags as TagsRow: "one tag of one item version", unit "tag", PerFile Versioned {
        item_id: text, "item";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id";
        tag_key: text, "key";
        tag_value: text, "value";
    }
    table relationships as RelationshipsRow: "one relationship of one item version", unit "relationship", PerFile Versioned {
        item_id: text, "item";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id";
        relationship: text, "label";
        related_type: text, "type of the other";
        related_id: text, "id of the other";
        related_name: text, "name of the other";
    }
    table policy_statements as PolicyStatementsRow: "one statement of a policy document", unit "policy statement", PerFile Versioned {
        item_id: text, "item";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id";
        policy_kind: text, "identity, inline, trust or resource";
        policy_name: text, "policy";
        statement_id: text, "item, policy and statement ordinal";
        sid: text, "Sid";
        effect: text, "Allow or Deny";
        is_not_principal: bool, "NotPrincipal is used";
        is_not_action: bool, "NotAction is used";
        is_not_resource: bool, "NotResource is used";
        has_condition: bool, "a Condition is present";
        allows_any_principal: bool, "Allow for everyone";
        any_action: bool, "Action has *";
        any_resource: bool, "Resource has *";
    }
    table policy_principals as PolicyPrincipalsRow: "one principal of a statement", unit "principal", PerFile Versioned {
        statement_id: text, "statement";
        item_id: text, "item";
        principal_type: text, "AWS, Service, Federated, CanonicalUser or *";
        principal: text, "principal";
        principal_account_id: text, "12 digits or NULL";
    }
    table policy_actions as PolicyActionsRow: "one action of a statement", unit "action", PerFile Versioned {
        statement_id: text, "statement";
        item_id: text, "item";
        action: text, "lower case";
    }
    table policy_resources as PolicyResourcesRow: "one resource of a statement", unit "resource", PerFile Versioned {
        statement_id: text, "statement";
        item_id: text, "item";
        resource: text, "ARN or pattern";
    }
    table policy_conditions as PolicyConditionsRow: "one condition value of a statement", unit "condition", PerFile Versioned {
        statement_id: text, "statement";
        item_id: text, "item";
        operator: text, "operator";
        condition_key: text, "lower case";
        condition_value: text, "value";
    }
    table config_compliance as ConfigComplianceRow: "one result of an AWS Config rule, in AWS Config's own words", unit "rule result", PerFile {
        account_id: text, "account";
        region: text, "Region";
        rule_name: text, "name as delivered";
        rule_identifier: text, "managed rule identifier, folded";
        resource_type: text, "type";
        resource_id: text, "id";
        compliance_type: text, "COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE or INSUFFICIENT_DATA";
        recorded_at: time, "when";
        annotation: text, "annotation";
        origin: text, "item, evaluation or summary";
        capped: bool, "the count behind it is capped";
    }
    table config_recorders as ConfigRecordersRow: "one configuration recorder", unit "recorder", PerFile {
        account_id: text, "account";
        region: text, "Region";
        recorder_name: text, "name";
        recording: bool, "recording";
        all_supported: bool, "records all supported types";
        include_global: bool, "records global types";
        resource_types: text, "JSON list";
        last_status: text, "last status";
        last_start_at: time, "last start";
        last_stop_at: time, "last stop";
        item_captured_at: time, "when the configuration item was captured; NULL in an answer of the command line";
    }
    table config_rules as ConfigRulesRow: "one AWS Config rule as described", unit "rule", PerFile {
        account_id: text, "from the ARN";
        region: text, "from the ARN";
        rule_name: text, "name";
        rule_identifier: text, "managed rule identifier; NULL for the client's own rules";
        owner: text, "AWS, CUSTOM_LAMBDA or CUSTOM_POLICY";
        state: text, "ACTIVE and others";
        input_parameters: text, "JSON of the parameters";
    }
    table config_rule_status as ConfigRuleStatusRow: "when an AWS Config rule last ran", unit "rule", PerFile {
        account_id: text, "from the ARN";
        region: text, "from the ARN";
        rule_name: text, "name";
        first_activated_at: time, "first activated";
        last_evaluated_at: time, "last evaluation that succeeded";
        last_failed_at: time, "last evaluation that failed";
        last_error: text, "code and message of the last error";
        has_started: bool, "evaluated at least once";
    }
    table config_delivery_channels as ConfigDeliveryChannelsRow: "one delivery channel of AWS Config, as described or as its status says", unit "delivery channel", PerFile {
        account_id: text, "from the topic's ARN or the path";
        region: text, "from the topic's ARN or the path";
        channel_name: text, "name";
        bucket_name: text, "bucket; NULL in a status";
        key_prefix: text, "prefix";
        kms_key_arn: text, "key";
        topic_arn: text, "topic";
        snapshot_frequency: text, "how often snapshots are delivered; NULL = never, or a status";
        last_history_status: text, "of the last history delivery; stated by the status only";
        last_history_at: time, "last history delivered";
        last_snapshot_status: text, "of the last snapshot";
        last_snapshot_at: time, "last snapshot delivered";
    }
    table config_inventory as ConfigInventoryRow: "one resource that AWS Config knows: that it exists, and nothing else", unit "resource", PerFile {
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id";
        resource_name: text, "name";
        deleted_at: time, "when it was deleted";
    }
}
