//! The tables that are the same for every engagement, written down as text: `column KIND: doc`.
//!
//! Kinds: `text`, `int`, `bool`, `time`, `date`, `decimal`, `double`. The order here is the order of
//! the cells a reader pushes.

use super::{Column, ColumnKind, EventColumn, Storage, Table};

/// Columns every configuration item has.
const ITEM: &str = "\
item_id text: first 16 hex digits of the SHA-256 over account, Region, type, id, capture time and state id
account_id text: 12 digits
region text: Region, or 'global'
availability_zone text: zone, or AWS's words for none
resource_type text: for example AWS::S3::Bucket
resource_id text: AWS Config's resourceId
resource_name text: resourceName, else resourceId
arn text: ARN
item_status text: configurationItemStatus
captured_at time: configurationItemCaptureTime
captured_date date: date of captured_at
captured_epoch int: captured_at in seconds
created_at time: resourceCreationTime
created_epoch int: created_at in seconds
state_id text: configurationStateId";

/// Columns every list table starts with.
const LIST: &str = "\
item_id text: the item the element belongs to
account_id text: 12 digits
region text: Region, or 'global'
resource_id text: AWS Config's resourceId
position int: 0-based place in the list";

const CONFIG_ITEMS: &str = "\
configuration text: the item's configuration as JSON, keys sorted, secrets masked
supplementary_configuration text: the same for supplementaryConfiguration";

const EVENTS_HEAD: &str = "\
event_id text: eventID
event_time time: eventTime
event_date date: date of event_time
event_hour int: hour of event_time, UTC
event_weekday int: 1 = Monday
event_epoch int: event_time in seconds
event_version text: eventVersion
event_source text: eventSource
event_name text: eventName
event_type text: eventType
event_category text: eventCategory, else derived from managementEvent
aws_region text: awsRegion
account_id text: recipient account, else the identity's
recipient_account_id text: recipientAccountId
source_ip_address text: sourceIPAddress
user_agent text: userAgent
error_code text: errorCode
error_message text: errorMessage
read_only bool: readOnly
management_event bool: managementEvent
shared_event_id text: sharedEventID
vpc_endpoint_id text: vpcEndpointId
user_identity_type text: userIdentity.type
user_identity_principal_id text: userIdentity.principalId
user_identity_arn text: userIdentity.arn
user_identity_account_id text: userIdentity.accountId
user_identity_access_key_id text: userIdentity.accessKeyId, first and last four characters
user_identity_user_name text: userIdentity.userName
user_identity_invoked_by text: userIdentity.invokedBy
session_issuer_type text: userIdentity.sessionContext.sessionIssuer.type
session_issuer_arn text: userIdentity.sessionContext.sessionIssuer.arn
session_issuer_user_name text: userIdentity.sessionContext.sessionIssuer.userName
session_mfa_authenticated bool: userIdentity.sessionContext.attributes.mfaAuthenticated; NULL = not stated
session_created_at time: userIdentity.sessionContext.attributes.creationDate
session_source_identity text: userIdentity.sessionContext.sourceIdentity
session_ec2_role_delivery text: userIdentity.sessionContext.ec2RoleDelivery
session_assumed_root bool: userIdentity.sessionContext.assumedRoot
session_credential_from_console bool: sessionCredentialFromConsole
resource_arn text: ARN of the first of resources[]
resource_type text: type of the first of resources[]
tls_version text: tlsDetails.tlsVersion
addendum_reason text: addendum.reason
principal text: a role session's role, else the identity's ARN, else user name@account, else invokedBy, principal id or type
session_name text: name of the role session, or the user
actor_class text: aws_service, service_linked_role, root, iac, human_federated, human_iam_user, workload_role, external_account or unknown
is_service_noise bool: the call was made by an AWS service or a service-linked role
outcome text: success or failure
is_write bool: read_only is false; NULL when not stated
in_console bool: made in the management console
is_long_term_key bool: the access key id begins AKIA; NULL without a key
access_key_kind text: AKIA, ASIA or other first four characters of the key id
copies int: copies of this record in the inputs, this one included
is_conflict bool: the same event id and account occur with other content
content_hash int: hash of the record's content, whatever the order of its members";

const ACTIVITY: &str = "\
event_date date: day
event_hour int: hour, UTC
event_weekday int: 1 = Monday
account_id text: account
aws_region text: Region
event_source text: service
event_name text: operation
event_category text: Management, Data, Insight or NetworkActivity
principal text: as in cloudtrail_events
session_name text: as in cloudtrail_events
user_identity_type text: userIdentity.type
actor_class text: as in cloudtrail_events
is_service_noise bool: as in cloudtrail_events
outcome text: success or failure
is_write bool: as in cloudtrail_events
in_console bool: as in cloudtrail_events
is_long_term_key bool: as in cloudtrail_events
events int: records
first_seen time: first event
last_seen time: last event";

const PRINCIPAL_SOURCES: &str = "\
event_date date: day
account_id text: account
principal text: as in cloudtrail_events
session_name text: as in cloudtrail_events
source_ip_address text: address
events int: records
first_seen time: first event
last_seen time: last event";

const ERROR_ACTIVITY: &str = "\
event_date date: day
account_id text: account
aws_region text: Region
principal text: as in cloudtrail_events
event_source text: service
event_name text: operation
error_code text: errorCode
events int: records";

const COSTS: &str = "\
BilledCost decimal: invoice basis
EffectiveCost decimal: amortised
ListCost decimal: at public price
ContractedCost decimal: after negotiated rates
BillingAccountId text: payer
SubAccountId text: account that used
BillingCurrency text: currency of all amounts of the row
InvoiceId text: invoice, once final
BillingPeriodStart time: inclusive
BillingPeriodEnd time: exclusive
ChargePeriodStart time: inclusive
ChargePeriodEnd time: exclusive
ChargeCategory text: Usage, Purchase, Tax, Credit or Adjustment
ChargeClass text: Correction or NULL
ChargeFrequency text: One-Time, Recurring or Usage-Based
ChargeDescription text: description
PricingCategory text: Standard, Dynamic, Committed or Other
PricingUnit text: unit
PricingQuantity decimal: quantity priced
ConsumedQuantity decimal: quantity used
ConsumedUnit text: unit
CommitmentDiscountId text: reservation or plan
CommitmentDiscountCategory text: Spend or Usage
CommitmentDiscountStatus text: Used or Unused
CommitmentDiscountType text: Savings Plan or Reserved Instances
ProviderName text: AWS
PublisherName text: legal entity
InvoiceIssuerName text: invoicing entity
RegionId text: Region
AvailabilityZone text: zone
ResourceId text: id, name or ARN
ServiceName text: service
ServiceCategory text: FOCUS category
SkuId text: SKU
SkuPriceId text: rate
Tags text: JSON object
x_LineItemType text: CUR line item type
x_ServiceCode text: CUR product code
x_UsageType text: CUR usage type
x_Operation text: CUR operation
x_InstanceType text: instance type
x_ProductFamily text: product family
x_OperatingSystem text: operating system
x_DatabaseEngine text: engine
x_TransferType text: kind of data transfer
x_BillingEntity text: AWS or AWS Marketplace
x_CommitmentUsed decimal: plan commitment used
x_CommitmentTotal decimal: plan commitment
x_ReservedUnits decimal: reserved units
x_UnusedUnits decimal: unused units
x_Vcpu decimal: vCPUs of the instance
x_Environment text: value of the tag env, environment or stage, lower case
x_HasTags bool: any user tag has a value
x_Derived bool: FOCUS columns were derived from CUR
x_SourceFormat text: cur, cur2 or focus
x_BilledBasis text: unblended or net
charge_date date: date of ChargePeriodStart
charge_month text: month of ChargePeriodStart, such as 2024-05
charge_hour int: hour of ChargePeriodStart, UTC
charge_weekday int: 1 = Monday
is_hourly bool: the charge period is at most an hour";

const COST_DAILY: &str = "\
charge_date date: day
charge_month text: month
SubAccountId text: account
BillingCurrency text: currency
ServiceName text: service
ServiceCategory text: FOCUS category
RegionId text: Region
ChargeCategory text: FOCUS category of the charge
PricingCategory text: FOCUS pricing category
CommitmentDiscountStatus text: Used or Unused
CommitmentDiscountCategory text: Spend or Usage
x_LineItemType text: CUR line item type
x_ServiceCode text: CUR product code
x_UsageType text: CUR usage type
x_InstanceType text: instance type
x_ProductFamily text: product family
x_TransferType text: kind of data transfer
x_BillingEntity text: AWS or AWS Marketplace
x_Environment text: environment tag
x_HasTags bool: any user tag has a value
has_resource bool: the rows name a resource
charge_rows int: rows
BilledCost decimal: sum
EffectiveCost decimal: sum
ListCost decimal: sum
ContractedCost decimal: sum
ConsumedQuantity decimal: sum
x_CommitmentUsed decimal: sum
x_CommitmentTotal decimal: sum
x_ReservedUnits decimal: sum
x_UnusedUnits decimal: sum
x_VcpuHours decimal: vCPUs times hours, summed";

const COST_RESOURCES: &str = "\
charge_month text: month
SubAccountId text: account
BillingCurrency text: currency
ServiceName text: service
RegionId text: Region
ResourceId text: resource
x_UsageType text: usage type
x_Environment text: environment tag
BilledCost decimal: sum
EffectiveCost decimal: sum
ConsumedQuantity decimal: sum";

const COST_HOURS: &str = "\
charge_date date: day
charge_hour int: hour, UTC
charge_weekday int: 1 = Monday
SubAccountId text: account
BillingCurrency text: currency
ServiceCategory text: FOCUS category
x_Environment text: environment tag
EffectiveCost decimal: sum
x_VcpuHours decimal: sum";

const COST_TAGS: &str = "\
charge_month text: month
SubAccountId text: account
BillingCurrency text: currency
ServiceName text: service
tag_key text: lower case, punctuation folded to _
tag_value text: as delivered
EffectiveCost decimal: sum";

const CREDENTIALS: &str = "\
account_id text: from the ARN
user_name text: user, or <root_account>
arn text: ARN
is_root bool: the root row
created_at time: user_creation_time
password_enabled bool: NULL when not_supported
password_state text: password_enabled as delivered
password_last_used_at time: password_last_used
password_last_used_state text: password_last_used when it is not a date
password_last_changed_at time: password_last_changed
mfa_active bool: mfa_active
access_key_1_active bool: access_key_1_active
access_key_1_last_rotated_at time: access_key_1_last_rotated
access_key_1_last_rotated_epoch int: in seconds
access_key_1_last_used_at time: access_key_1_last_used_date
access_key_1_last_used_epoch int: in seconds
access_key_1_last_used_service text: access_key_1_last_used_service
access_key_2_active bool: access_key_2_active
access_key_2_last_rotated_at time: access_key_2_last_rotated
access_key_2_last_rotated_epoch int: in seconds
access_key_2_last_used_at time: access_key_2_last_used_date
access_key_2_last_used_epoch int: in seconds
access_key_2_last_used_service text: access_key_2_last_used_service
cert_1_active bool: cert_1_active
cert_2_active bool: cert_2_active
created_epoch int: created_at in seconds
password_last_used_epoch int: in seconds
report_generated_at time: GeneratedTime, NULL unless known";

/// The small tables: name, storage, versioned, doc, columns.
const SMALL: &[(&str, Storage, bool, &str, &str)] = &[
    (
        "tags",
        Storage::PerFile,
        true,
        "one tag of one item version",
        "item_id text: item\naccount_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id\ntag_key text: key\ntag_value text: value",
    ),
    (
        "relationships",
        Storage::PerFile,
        true,
        "one relationship of one item version",
        "item_id text: item\naccount_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id\nrelationship text: label\nrelated_type text: type of the other\nrelated_id text: id of the other\nrelated_name text: name of the other",
    ),
    (
        "policy_statements",
        Storage::PerFile,
        true,
        "one statement of a policy document",
        "item_id text: item\naccount_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id\npolicy_kind text: identity, inline, trust or resource\npolicy_name text: policy\nstatement_id text: item, policy and statement ordinal\nsid text: Sid\neffect text: Allow or Deny\nis_not_principal bool: NotPrincipal is used\nis_not_action bool: NotAction is used\nis_not_resource bool: NotResource is used\nhas_condition bool: a Condition is present\nallows_any_principal bool: Allow for everyone\nany_action bool: Action has *\nany_resource bool: Resource has *",
    ),
    (
        "policy_principals",
        Storage::PerFile,
        true,
        "one principal of a statement",
        "statement_id text: statement\nitem_id text: item\nprincipal_type text: AWS, Service, Federated, CanonicalUser or *\nprincipal text: principal\nprincipal_account_id text: 12 digits or NULL",
    ),
    (
        "policy_actions",
        Storage::PerFile,
        true,
        "one action of a statement",
        "statement_id text: statement\nitem_id text: item\naction text: lower case",
    ),
    (
        "policy_resources",
        Storage::PerFile,
        true,
        "one resource of a statement",
        "statement_id text: statement\nitem_id text: item\nresource text: ARN or pattern",
    ),
    (
        "policy_conditions",
        Storage::PerFile,
        true,
        "one condition value of a statement",
        "statement_id text: statement\nitem_id text: item\noperator text: operator\ncondition_key text: lower case\ncondition_value text: value",
    ),
    (
        "config_compliance",
        Storage::PerFile,
        false,
        "one result of an AWS Config rule, in AWS Config's own words",
        "account_id text: account\nregion text: Region\nrule_name text: name as delivered\nrule_identifier text: managed rule identifier, folded\nresource_type text: type\nresource_id text: id\ncompliance_type text: COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE or INSUFFICIENT_DATA\nrecorded_at time: when\nannotation text: annotation\norigin text: item, evaluation or summary\ncapped bool: the count behind it is capped",
    ),
    (
        "config_recorders",
        Storage::PerFile,
        false,
        "one configuration recorder",
        "account_id text: account\nregion text: Region\nrecorder_name text: name\nrecording bool: recording\nall_supported bool: records all supported types\ninclude_global bool: records global types\nresource_types text: JSON list\nlast_status text: last status",
    ),
    (
        "trails",
        Storage::PerFile,
        false,
        "one trail as describe-trails gives it",
        "trail_arn text: ARN\ntrail_name text: name\nhome_region text: home Region\naccount_id text: from the ARN\ns3_bucket_name text: bucket\ns3_key_prefix text: prefix\nis_multi_region_trail bool: all Regions\ninclude_global_service_events bool: global services\nlog_file_validation_enabled bool: digests are written\nis_organization_trail bool: whole organisation\nkms_key_id text: key\ncloud_watch_logs_log_group_arn text: log group\nhas_custom_event_selectors bool: selectors are set",
    ),
    (
        "trail_status",
        Storage::PerFile,
        false,
        "one answer of get-trail-status",
        "trail_name text: from the file name, or NULL\nis_logging bool: logging\nlatest_delivery_time time: last log delivered\nlatest_digest_delivery_time time: last digest delivered\nstart_logging_time time: last start\nstop_logging_time time: last stop\nlatest_delivery_error text: last error",
    ),
    (
        "trail_event_selectors",
        Storage::PerFile,
        false,
        "one selector of a trail",
        "trail_arn text: ARN\nread_write_type text: All, ReadOnly or WriteOnly\ninclude_management_events bool: management events\ndata_resource_type text: type of data events\ndata_resource_value text: resource pattern\nselector_kind text: basic or advanced",
    ),
    (
        "organization_accounts",
        Storage::PerFile,
        false,
        "one account of the organisation",
        "account_id text: account\naccount_name text: name\nemail text: address\nstatus text: ACTIVE or other\njoined_at time: joined",
    ),
    (
        "client_control_matrix",
        Storage::PerFile,
        false,
        "one control of the client's own",
        "control_id text: id\ncontrol_text text: text\ncriteria text: criteria\ntests text: control ids of ours",
    ),
    (
        "iam_account_summary",
        Storage::PerFile,
        false,
        "one number of get-account-summary",
        "account_id text: account, NULL unless in the path\nsummary_key text: name\nsummary_value int: number",
    ),
    (
        "engagement",
        Storage::Derived,
        false,
        "one row: the period and the thresholds",
        "client text: client\nperiod_start time: inclusive\nperiod_end time: exclusive\nperiod_start_date date: first day\nperiod_end_date date: last day\nas_of time: the date configuration is read at\nas_of_date date: its date\nas_of_epoch int: in seconds\nperiod_days int: days\nbusiness_hour_from int: NULL unless stated\nbusiness_hour_to int: NULL unless stated\nmax_key_age_days int: threshold\nmax_idle_days int: threshold\nmin_retention_days int: threshold",
    ),
    (
        "accounts",
        Storage::Derived,
        false,
        "one account, expected or seen",
        "account_id text: account\naccount_name text: name\nenvironment text: environment\nexpected bool: named by the engagement or the organisation\nseen_in text: inputs it was seen in\nsaid_by text: who says it is expected",
    ),
    (
        "account_regions",
        Storage::Derived,
        false,
        "one account and Region, expected or seen",
        "account_id text: account\nregion text: Region\nexpected bool: named by the engagement\nseen bool: seen in the inputs",
    ),
    ("known_accounts", Storage::Derived, false, "one account the client knows", "account_id text: account\nlabel text: label"),
    ("required_tags", Storage::Derived, false, "one tag key the client requires", "tag_key text: key"),
    ("allow_lists", Storage::Derived, false, "one value of a named list of the engagement", "list_name text: list\nvalue text: value"),
    (
        "recorded_types",
        Storage::Derived,
        false,
        "one resource type in one account and Region",
        "account_id text: account\nregion text: Region\nresource_type text: type\nrecorded bool: recorded\nevidence text: how it is known",
    ),
    (
        "trail_coverage",
        Storage::Derived,
        false,
        "one account, Region and day of the period",
        "account_id text: account\nregion text: Region\nday date: day\nexpected bool: in the expected set\nevents int: events\ndelivered_events int: those in files as a trail delivers them\nlog_files int: files that hold them\nstate text: covered, silent, not_delivered or outside",
    ),
    (
        "input_files",
        Storage::Derived,
        false,
        "one file offered",
        "file_id text: first 16 hex digits of its SHA-256\npath text: relative to the argument\nsha256 text: SHA-256 of the file as delivered\nbytes int: size\nformat text: what it is\nevidence_grade text: full, partial (not all records), lossy (not all of each record) or none\nevidence_limits text: why, where not full\nrecords_read int: records\nrecords_kept int: kept\nrecords_duplicate int: copies of others\nrecords_out_of_scope int: set apart, such as cost restated later or what is no event\nrecords_rejected int: not understood\nfirst_time time: first time stated\nlast_time time: last time stated",
    ),
    (
        "rejected_records",
        Storage::Derived,
        false,
        "one record that was not understood",
        "file_id text: file\nrecord int: 0-based index\nbyte_offset int: offset after decompression\nreason text: why",
    ),
];

fn columns(text: &str) -> Vec<Column> {
    text.lines()
        .filter_map(|line| {
            let (head, doc) = line.split_once(": ")?;
            let (name, kind) = head.split_once(' ')?;
            let kind = match kind {
                "text" => ColumnKind::Text,
                "int" => ColumnKind::Bigint,
                "bool" => ColumnKind::Boolean,
                "time" => ColumnKind::Timestamp,
                "date" => ColumnKind::Date,
                "decimal" => ColumnKind::Decimal,
                "double" => ColumnKind::Double,
                _ => return None,
            };
            Some(Column { name: name.to_owned(), kind, doc: doc.to_owned() })
        })
        .collect()
}

/// Columns common to all configuration items.
pub fn item_columns() -> Vec<Column> {
    columns(ITEM)
}

/// Columns common to all list tables.
pub fn list_columns() -> Vec<Column> {
    columns(LIST)
}

/// Own columns of `cloudtrail_events` that do not come from the catalogue.
pub fn event_columns() -> Vec<Column> {
    columns(EVENTS_HEAD)
}

fn table(name: &str, doc: &str, columns: Vec<Column>, storage: Storage) -> Table {
    Table { name: name.to_owned(), doc: doc.to_owned(), columns, storage, versioned: false, sourced: storage != Storage::Derived }
}

/// All fixed tables; `events` are the declared request and response columns.
pub fn tables(events: &[EventColumn]) -> Vec<Table> {
    let mut all = columns(EVENTS_HEAD);
    all.extend(events.iter().map(|c| Column {
        name: c.name.clone(),
        kind: c.ty.kind(),
        doc: c.paths.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" or "),
    }));
    let rollup = |name: &str, doc: &str, text: &str, storage| Table { sourced: false, ..table(name, doc, columns(text), storage) };
    let mut tables = vec![
        table("cloudtrail_events", "one CloudTrail event, copies removed", all, Storage::PerDate),
        rollup("activity", "events by hour, actor and operation", ACTIVITY, Storage::PerDate),
        rollup("principal_sources", "events by day, actor and source address", PRINCIPAL_SOURCES, Storage::PerDate),
        rollup("error_activity", "failed events by day, actor and error", ERROR_ACTIVITY, Storage::PerDate),
        table("costs", "one charge, in FOCUS columns", columns(COSTS), Storage::PerFile),
        rollup("cost_daily", "charges by day and kind", COST_DAILY, Storage::PerFile),
        rollup("cost_resources", "charges by month and resource", COST_RESOURCES, Storage::PerFile),
        rollup("cost_hours", "hourly charges by hour", COST_HOURS, Storage::PerFile),
        rollup("cost_tags", "charges by month and tag", COST_TAGS, Storage::PerFile),
        table("iam_credentials", "one user of the IAM credential report", columns(CREDENTIALS), Storage::PerFile),
        Table {
            versioned: true,
            ..table(
                "config_items",
                "one version of one configuration item",
                [item_columns(), columns(CONFIG_ITEMS)].concat(),
                Storage::PerFile,
            )
        },
    ];
    for (name, storage, versioned, doc, text) in SMALL {
        tables.push(Table { versioned: *versioned, ..table(name, doc, columns(text), *storage) });
    }
    tables
}
