//! The tables that are the same for every engagement, written down as text: `column KIND: doc`.
//!
//! Kinds: `text`, `int`, `bool`, `time`, `date`, `decimal`, `double`. The order here is the order of
//! the cells a reader pushes. Longer than other files, since it is one list and nothing else.

use super::{Column, ColumnKind, EventColumn, Storage, Table, integrity, results, units};

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
configuration document: the item's configuration as JSON, keys sorted, secrets masked
supplementary_configuration document: the same for supplementaryConfiguration";

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
user_identity_access_key_id text: userIdentity.accessKeyId; the id of a key is no secret
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
on_behalf_of text: userIdentity.onBehalfOf, as user id@identity store
invoked_by_delegate text: userIdentity.invokedByDelegate.accountId, the account that a service provider acts for
federated_provider text: userIdentity.sessionContext.webIdFederationData.federatedProvider
issued_access_key_id text: responseElements.credentials.accessKeyId, the key of the session that the call opened
resource_arn text: ARN of the first of resources[]
resource_type text: type of the first of resources[]
tls_version text: tlsDetails.tlsVersion
addendum_reason text: addendum.reason
principal text: a role session's role, else the identity's ARN, else user name@account, else invokedBy, principal id or type
session_name text: name of the role session, or the user
actor_class text: who acted: aws_service, service_linked_role, root, root_session (a task session of central root access), human_federated, human_iam_user, iam_user (person or program: nothing shows which), workload_role, external_account or unknown
actor_grade text: how that is known: authenticated (IAM or an identity provider says so), asserted (a name that whoever opened the session chose) or inferred; NULL when unknown
channel text: by which way: console, tool (a tool of infrastructure as code, by its user agent), sdk_cli or service; NULL where the record has no user agent
is_service_noise bool: the call was made by an AWS service or a service-linked role
outcome text: success, failure, or unknown where an export has no column for it
is_write bool: read_only is false; NULL when not stated
in_console bool: made in the management console
is_long_term_key bool: the access key id begins AKIA; NULL without a key
access_key_kind text: AKIA, ASIA or other first four characters of the key id
unread_values text: JSON object from the name of a column to why nothing may be concluded from it (cut at so many characters, deep, broken, not_exported); NULL for none
record_kind text: call (an API call), sign_in (ConsoleLogin), sign_in_step, service_event, insight, network_activity or update
is_change bool: a successful API call that is a management event, not read-only, no session and no housekeeping; NULL when readOnly or the outcome is not stated
root_use text: how root stands behind the record: credentials, failed_sign_in, recovery_request, task_session, service, other_record or not_stated; NULL for others
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
actor_grade text: as in cloudtrail_events
channel text: as in cloudtrail_events
session_source_identity text: as in cloudtrail_events
is_service_noise bool: as in cloudtrail_events
outcome text: success, failure, or unknown where an export has no column for it
is_write bool: as in cloudtrail_events
in_console bool: as in cloudtrail_events
is_long_term_key bool: as in cloudtrail_events
record_kind text: as in cloudtrail_events
is_change bool: as in cloudtrail_events
root_use text: as in cloudtrail_events
events int: records
first_seen time: first event
last_seen time: last event";

const PRINCIPAL_SOURCES: &str = "\
event_date date: day
account_id text: account
principal text: as in cloudtrail_events
session_name text: as in cloudtrail_events
source_ip_address text: address
record_kind text: as in cloudtrail_events
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
record_kind text: as in cloudtrail_events
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
x_TagKeysFolded bool: the export lost the case of tag keys
x_Derived bool: FOCUS columns were derived from CUR
x_SourceFormat text: cur, cur2 or focus
x_BilledBasis text: unblended or net
charge_date date: date of ChargePeriodStart
charge_month text: month of ChargePeriodStart, such as 2024-05
charge_hour int: hour of ChargePeriodStart, UTC
charge_weekday int: 1 = Monday
is_hourly bool: the charge period is at most an hour
spans_days bool: the charge period is longer than a day";

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
spans_days bool: the charge period is longer than a day
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
CommitmentDiscountStatus text: Used or Unused
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
tag_key text: as delivered, without the prefix user
folded_key text: letters and digits of tag_key, in lower case
is_folded bool: the export lost the case of its tag keys, so only folded_key can be compared
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
report_generated_at time: GeneratedTime, NULL unless known
report_generated_epoch int: in seconds
report_generated_date date: its date
password_last_changed_epoch int: in seconds";

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
        "account_id text: account\nregion text: Region\nrecorder_name text: name\nrecording bool: recording\nall_supported bool: records all supported types\ninclude_global bool: records global types\nresource_types text: JSON list\nlast_status text: last status\nlast_start_at time: last start\nlast_stop_at time: last stop\nitem_captured_at time: when the configuration item was captured; NULL in an answer of the command line",
    ),
    (
        "trails",
        Storage::PerFile,
        false,
        "one trail as describe-trails gives it",
        "trail_arn text: ARN\ntrail_name text: name\nhome_region text: home Region\naccount_id text: from the ARN\ns3_bucket_name text: bucket\ns3_key_prefix text: prefix\nis_multi_region_trail bool: all Regions\ninclude_global_service_events bool: global services\nlog_file_validation_enabled bool: digests are written\nis_organization_trail bool: whole organisation\nkms_key_id text: key\ncloud_watch_logs_log_group_arn text: log group\nhas_custom_event_selectors bool: selectors are set\nasked_account_id text: account that answered, where the path names it\nasked_region text: Region that answered, likewise",
    ),
    (
        "trail_status",
        Storage::PerFile,
        false,
        "one answer of get-trail-status",
        "trail_name text: from the file name, or NULL\nis_logging bool: logging\nlatest_delivery_time time: last log delivered\nlatest_digest_delivery_time time: last digest delivered\nstart_logging_time time: last start\nstop_logging_time time: last stop\nlatest_delivery_error text: last error\naccount_id text: account, where the path names it\nregion text: Region, likewise",
    ),
    (
        "trail_event_selectors",
        Storage::PerFile,
        false,
        "one selector of a trail",
        "trail_arn text: ARN\nread_write_type text: All, ReadOnly or WriteOnly\ninclude_management_events bool: management events\ndata_resource_type text: type of data events\ndata_resource_value text: resource pattern\nselector_kind text: basic or advanced\nselector text: the selector as delivered, JSON",
    ),
    (
        "organization_accounts",
        Storage::PerFile,
        false,
        "one account of the organisation",
        "account_id text: account\naccount_name text: name\nemail text: address\nstatus text: ACTIVE or other\njoined_at time: joined\norganization_id text: from the ARN\nmanagement_account_id text: account that manages the organisation, from the ARN",
    ),
    (
        "cloudtrail_raw",
        Storage::PerFile,
        false,
        "one CloudTrail record as delivered, copies among them; filled by --keep-raw only",
        "event_id text: event\nevent_time time: when\nrecord document: the record's JSON, secrets masked",
    ),
    (
        "event_copies",
        Storage::PerDate,
        false,
        "one record of a log file that is a copy of an event kept from elsewhere",
        "event_date date: day of the event\nkept_file_id text: file of the copy that was kept: source_file_id in cloudtrail_events\nkept_record int: its source_record",
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
        "third_party_findings",
        Storage::PerFile,
        false,
        "one finding of another tool, in that tool's words; the last state delivered",
        "source text: Security Hub, GuardDuty, IAM Access Analyzer, Inspector or Trusted Advisor\nproduct text: the tool that found it, where the source gathers findings of others\nfinding_id text: id\nfinding_type text: type\nrule_id text: generator, check or vulnerability\ntitle text: title\ndetail text: description, or the finding's own details as JSON\nseverity text: as given\nseverity_level text: critical, high, medium, low or informational; NULL where none is given\nstatus text: state of the record, as given\nworkflow text: state of the work on it, as given\ncompliance_status text: result of the check behind it, as given\ncontrol_id text: the tool's control\nis_open bool: active, not suppressed, not resolved, not passed; NULL where it is not said\naccount_id text: account\nregion text: Region\nresource_type text: type of the first resource, as given\nresource_id text: the first resource\nresources text: JSON list of all resources, where there are several\noccurrences int: times it occurred\ncreated_at time: made\nfirst_observed_at time: first seen\nlast_observed_at time: last seen\nupdated_at time: last changed",
    ),
    (
        "trusted_advisor_checks",
        Storage::PerFile,
        false,
        "one check of Trusted Advisor: its result, or its name and category",
        "account_id text: from the path, or NULL\ncheck_id text: id\ncheck_name text: name; NULL in results\ncategory text: category; NULL in results\nstatus text: ok, warning, error or not_available; NULL in descriptions\nchecked_at time: timestamp\nresources_processed int: processed\nresources_flagged int: flagged\nresources_ignored int: ignored\nresources_suppressed int: suppressed\nestimated_monthly_savings double: estimate, as given, without a currency\nestimated_percent_monthly_savings double: estimate",
    ),
    (
        "iam_last_accessed",
        Storage::PerFile,
        false,
        "one service, or action of it, and when it was last accessed; attempts that were denied count, too",
        "account_id text: account\nsubject text: the identity (or service) asked about, from the file name, or NULL\nservice_namespace text: service; NULL for entities\nservice_name text: its name\naction_name text: action, where it is tracked\nlast_accessed_at time: last attempt; NULL = none in the tracking period\nlast_accessed_epoch int: in seconds\nlast_accessed_region text: Region\nentity_arn text: who\nentities int: entities that accessed it\njob_completed_at time: JobCompletionDate
job_completed_epoch int: in seconds",
    ),
    (
        "identity_center_permission_sets",
        Storage::PerFile,
        false,
        "one permission set of IAM Identity Center, listed or described",
        "permission_set_arn text: ARN\ninstance_id text: instance\nset_name text: name; NULL when only listed\ndescription text: description\nsession_duration text: ISO 8601 duration\ncreated_at time: made\norigin text: listed or described",
    ),
    (
        "identity_center_assignments",
        Storage::PerFile,
        false,
        "one assignment of a permission set to a user or group in an account",
        "account_id text: account\npermission_set_arn text: permission set\nprincipal_type text: USER or GROUP\nprincipal_id text: id in the identity store",
    ),
    (
        "identity_center_policies",
        Storage::PerFile,
        false,
        "one policy of a permission set",
        "permission_set text: from the file name, or NULL\npolicy_kind text: managed, customer_managed, inline or boundary\npolicy_name text: name\npolicy_arn text: ARN\ndocument text: the inline document as JSON\nallows_everything bool: an Allow of every action on every resource; NULL without a document",
    ),
    (
        "organization_policies",
        Storage::PerFile,
        false,
        "one policy of AWS Organizations",
        "policy_id text: id\narn text: ARN\npolicy_name text: name\ndescription text: description\npolicy_type text: SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY and others\naws_managed bool: made by AWS\ncontent text: the document as JSON; NULL when only listed\nstatements int: statements; NULL when only listed",
    ),
    (
        "organization_policy_statements",
        Storage::PerFile,
        false,
        "one statement of a service or resource control policy: a limit, never a grant",
        "policy_id text: policy\npolicy_type text: type\nposition int: 0-based place\nsid text: Sid\neffect text: Allow or Deny\nprincipal text: as JSON\nis_not_action bool: NotAction is used\nactions text: JSON list\nis_not_resource bool: NotResource is used\nresources text: JSON list\ncondition text: as JSON",
    ),
    (
        "organization_policy_targets",
        Storage::PerFile,
        false,
        "one target of a policy of AWS Organizations",
        "policy_id text: from the file name, or NULL\ntarget_id text: account, unit or root\ntarget_type text: ACCOUNT, ORGANIZATIONAL_UNIT or ROOT\ntarget_name text: name\nmanagement_account_id text: from the ARN\nhas_more bool: the answer is a page that more follows",
    ),
    (
        "organization_parents",
        Storage::PerFile,
        false,
        "one statement of AWS Organizations that a root or unit holds an account or unit; a root by itself",
        "child_id text: account, unit or root; from the file name where the answer does not state it, or NULL\nchild_type text: ACCOUNT, ORGANIZATIONAL_UNIT or ROOT\nparent_id text: root or unit, likewise; NULL for a root\nparent_type text: ROOT or ORGANIZATIONAL_UNIT\nmanagement_account_id text: from the ARN; NULL where the answer has none",
    ),
    (
        "backup_jobs",
        Storage::PerFile,
        false,
        "one backup or copy job of AWS Backup",
        "account_id text: account\nregion text: Region\njob_kind text: backup or copy\njob_id text: id\njob_state text: COMPLETED, FAILED, ABORTED, EXPIRED, PARTIAL and others\nstatus_message text: message\nmessage_category text: category of the message\nresource_arn text: what was backed up\nresource_type text: its type in AWS Backup's words\nresource_name text: its name\nvault_arn text: vault written to\nrecovery_point_arn text: recovery point made\nplan text: plan that started it; NULL = on demand\ncreated_at time: CreationDate\ncreated_epoch int: in seconds\ncompleted_at time: CompletionDate\ncompleted_epoch int: in seconds\nbytes int: size\nis_parent bool: parent of other jobs",
    ),
    (
        "restore_jobs",
        Storage::PerFile,
        false,
        "one restore job of AWS Backup",
        "account_id text: account\nregion text: Region\njob_id text: id\njob_status text: COMPLETED, FAILED, ABORTED and others\nstatus_message text: message\nresource_type text: type in AWS Backup's words\nrecovery_point_arn text: what was restored\nsource_arn text: the resource it was a backup of\ncreated_arn text: the resource made\nvalidation_status text: SUCCESSFUL, FAILED and others, where a validation ran\ntesting_plan text: restore testing plan that started it\ncreated_at time: CreationDate\ncreated_epoch int: in seconds\ncompleted_at time: CompletionDate\ncompleted_epoch int: in seconds\nbytes int: size",
    ),
    (
        "backup_recovery_points",
        Storage::PerFile,
        false,
        "one recovery point as the lists of AWS Backup give it",
        "account_id text: account\nregion text: Region\nrecovery_point_arn text: ARN\npoint_status text: COMPLETED, PARTIAL, EXPIRED and others\nvault_name text: vault\nresource_arn text: what it is a backup of\nresource_type text: its type in AWS Backup's words\nis_encrypted bool: encrypted\nkey_arn text: key\ncreated_at time: CreationDate\ncreated_epoch int: in seconds\ncompleted_at time: CompletionDate\nlast_restored_at time: LastRestoreTime\nlast_restored_epoch int: in seconds\ndelete_after_days int: Lifecycle.DeleteAfterDays; NULL = kept without end, or not said\nbytes int: size",
    ),
    (
        "empty_answers",
        Storage::PerFile,
        false,
        "one list that was asked for and held nothing",
        "account_id text: from the path, or NULL\nregion text: from the path, or NULL\nlist_name text: its name in the answer\ntable_name text: the table that its records would be rows of\nanswer_format text: what the file is",
    ),
    (
        "backup_protected_resources",
        Storage::PerFile,
        false,
        "one resource that AWS Backup holds backups of",
        "account_id text: account\nregion text: Region\nresource_arn text: ARN\nresource_type text: type in AWS Backup's words\nresource_name text: name\nlast_backup_at time: LastBackupTime\nlast_backup_epoch int: in seconds",
    ),
    (
        "cloudwatch_metrics",
        Storage::PerFile,
        false,
        "one value of a metric of CloudWatch",
        "account_id text: from the path, or NULL\nregion text: from the path, or NULL\nmetric_label text: label\nmetric_id text: id in the query\nstatistic text: statistic, where it is said\nunit text: unit, where it is said\nmeasured_at time: start of the interval\nvalue double: value",
    ),
    (
        "s3_access",
        Storage::PerFile,
        false,
        "requests of S3 server access logs with the same day, bucket, requester, operation and outcome; source_record is the first",
        "event_day date: day, UTC\nbucket_name text: bucket\nrequester text: canonical id or ARN; NULL = anonymous\nrequester_account_id text: account of an ARN\nis_anonymous bool: not authenticated\noperation text: such as REST.GET.OBJECT\nhttp_status int: status\nerror_code text: error\nsignature_version text: SigV2 or SigV4; NULL without\ntls_version text: NULL = without TLS, or a line from before it was logged\nrequests int: requests\nbytes_sent int: bytes sent\nfirst_seen time: first\nlast_seen time: last\nremote_ip text: address of the first request",
    ),
    (
        "wa_tool_answers",
        Storage::PerFile,
        false,
        "one choice of one question of the Well-Architected Tool, as the client answered it",
        "workload_id text: workload\nlens text: lens\nmilestone int: milestone; NULL or 0 = current\npillar_id text: pillar in the tool's words\nquestion_id text: question in the tool's words\nquestion_title text: question\nrisk text: HIGH, MEDIUM, NONE, UNANSWERED or NOT_APPLICABLE, as the tool rates it\nis_applicable bool: applies\nreason text: why it does not apply\nnotes text: the client's notes\nchoice_id text: choice: the page of the practice\nchoice_title text: choice\nchoice_status text: SELECTED, UNSELECTED or NOT_APPLICABLE; NULL = nobody answered\nchoice_reason text: why it is not selected\nchoice_notes text: notes",
    ),
    (
        "wa_tool_improvements",
        Storage::PerFile,
        false,
        "one improvement that the Well-Architected Tool proposes",
        "workload_id text: workload\npillar_id text: pillar\nquestion_id text: question\nquestion_title text: question\nrisk text: as the tool rates it\nchoice_id text: choice\nproposal text: what the tool proposes",
    ),
    (
        "wa_tool_workloads",
        Storage::PerFile,
        false,
        "one workload of the Well-Architected Tool",
        "workload_id text: id\nworkload_name text: name\nenvironment text: PRODUCTION or PREPRODUCTION\nreview_owner text: who reviews\naccount_ids text: JSON list\nupdated_at time: last change\nhigh_risks int: questions at high risk\nmedium_risks int: questions at medium risk\nunanswered int: questions without an answer",
    ),
    (
        "config_rules",
        Storage::PerFile,
        false,
        "one AWS Config rule as described",
        "account_id text: from the ARN\nregion text: from the ARN\nrule_name text: name\nrule_identifier text: managed rule identifier; NULL for the client's own rules\nowner text: AWS, CUSTOM_LAMBDA or CUSTOM_POLICY\nstate text: ACTIVE and others\ninput_parameters text: JSON of the parameters",
    ),
    (
        "config_rule_status",
        Storage::PerFile,
        false,
        "when an AWS Config rule last ran",
        "account_id text: from the ARN\nregion text: from the ARN\nrule_name text: name\nfirst_activated_at time: first activated\nlast_evaluated_at time: last evaluation that succeeded\nlast_failed_at time: last evaluation that failed\nlast_error text: code and message of the last error\nhas_started bool: evaluated at least once",
    ),
    (
        "config_delivery_channels",
        Storage::PerFile,
        false,
        "one delivery channel of AWS Config, as described or as its status says",
        "account_id text: from the topic's ARN or the path\nregion text: from the topic's ARN or the path\nchannel_name text: name\nbucket_name text: bucket; NULL in a status\nkey_prefix text: prefix\nkms_key_arn text: key\ntopic_arn text: topic\nsnapshot_frequency text: how often snapshots are delivered; NULL = never, or a status\nlast_history_status text: of the last history delivery; stated by the status only\nlast_history_at time: last history delivered\nlast_snapshot_status text: of the last snapshot\nlast_snapshot_at time: last snapshot delivered",
    ),
    (
        "config_inventory",
        Storage::PerFile,
        false,
        "one resource that AWS Config knows: that it exists, and nothing else",
        "account_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id\nresource_name text: name\ndeleted_at time: when it was deleted",
    ),
    (
        "public_keys",
        Storage::PerFile,
        false,
        "one public key of CloudTrail, as list-public-keys gives it",
        "key_fingerprint text: Fingerprint as stated\nkey_md5 text: MD5 of the key's DER bytes, lower-case hex\nkey_value text: base64 of the DER of a PKCS#1 RSAPublicKey\nvalid_from time: ValidityStartTime\nvalid_until time: ValidityEndTime",
    ),
    (
        "digest_signatures",
        Storage::PerFile,
        false,
        "the signature in the saved metadata of one digest object",
        "file_name text: name of the file it was saved in\nsignature text: hex\nsignature_algorithm text: algorithm\nbackfill_generated_at time: when a backfill digest was made\nlast_modified time: LastModified of the object",
    ),
    (
        "lake_sign_files",
        Storage::PerFile,
        false,
        "one result file that a CloudTrail Lake sign file lists",
        "region text: Region\nquery_completed_at time: queryCompleteTime\nposition int: 0-based place in the list\nfile_name text: fileName\nfile_sha256 text: fileHashValue, of the file as delivered\nhash_algorithm text: hashAlgorithm\nsignature_algorithm text: signatureAlgorithm\nsignature text: hashSignature, hex\nkey_fingerprint text: publicKeyFingerprint",
    ),
    ("integrity_chains", Storage::Derived, false, "one chain of digest files: account, Region and trail", integrity::INTEGRITY_CHAINS),
    ("integrity_findings", Storage::Derived, false, "one finding of the verification of log files", integrity::INTEGRITY_FINDINGS),
    (
        "engagement",
        Storage::Derived,
        false,
        "one row: the period and the thresholds",
        "client text: client\nperiod_start time: inclusive\nperiod_end time: exclusive\nperiod_start_date date: first day\nperiod_end_date date: last day\nas_of time: the date configuration is read at\nas_of_date date: its date\nas_of_epoch int: in seconds\nperiod_end_epoch int: period_end in seconds\nperiod_days int: days\nfirst_charge_month text: first month whose charges belong to the period, such as 2024-05\nlast_charge_month text: the last one\ncharge_months int: number of these months\nbusiness_hour_from int: NULL unless stated\nbusiness_hour_to int: NULL unless stated\nmax_key_age_days int: threshold\nmax_idle_days int: threshold\nmin_retention_days int: threshold",
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
    (
        "required_tags",
        Storage::Derived,
        false,
        "one tag key the client requires",
        "tag_key text: key\nfolded_key text: letters and digits of tag_key, in lower case",
    ),
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
        "account_id text: account\nregion text: Region\nday date: day\nexpected bool: in the expected set\nevents int: events\ndelivered_events int: those in files as a trail delivers them\nlog_files int: files that hold them\nstate text: covered, quiet (no event, as digests show), silent, not_delivered or outside",
    ),
    (
        "observation",
        Storage::Derived,
        false,
        "one stretch of time of which all events of a kind in an account and Region are here; all other time is unknown",
        "account_id text: account\nregion text: Region\nkind text: management or sign_in\nobserved_from time: start\nobserved_until time: end\nevidence text: digests, or deliveries (log files without a hole between them)",
    ),
    (
        "item_validity",
        Storage::Derived,
        false,
        "one version of a configuration item that was captured before the as-of date, and when it stood",
        "item_id text: the version\naccount_id text: account\nregion text: Region, or 'global'\nresource_type text: type\nresource_id text: id\nvalid_from time: capture time; NULL when not stated\nvalid_to time: when a later version, a deletion or the end of recording ended it; NULL: it stands at the as-of date\nshown_until time: latest time at which evidence shows that it stood: its capture, a snapshot that holds it, what ended it\nearlier_unknown bool: the resource may have been there before without a version that was delivered: it is the first one, or recording had stopped\nsource_file_id text: file\nsource_record int: record",
    ),
    (
        "bucket_transport",
        Storage::Derived,
        true,
        "whether the policy of one bucket refuses requests without TLS, for everybody, every action, the bucket and its objects",
        "item_id text: version of the bucket\naccount_id text: account\nresource_id text: bucket\npolicy text: read, none, unreadable or not_supplied\nrefuses_plain_http bool: whether it does; NULL when not known\nopen_question text: why not\nvalid_from time: capture time of the version that shows it first; NULL when not stated\nvalid_to time: when a later version or a deletion ended it; NULL: it stands at the as-of date\nsource_file_id text: file\nsource_record int: record",
    ),
    (
        "trail_states",
        Storage::Derived,
        false,
        "one trail in one account that it was seen in, from AWS Config's items, describe-trails, get-trail-status, get-event-selectors and the calls of the period",
        "account_id text: account that owns it, or that it was seen in\nregion text: home Region\nresource_type text: AWS::CloudTrail::Trail\nresource_id text: id, else name\nresource_name text: name\ntrail_arn text: ARN\nis_owner bool: the account owns the trail; one such row for each trail\nis_multi_region_trail bool: all Regions; NULL where it is not stated, or two sources disagree\nincludes_global_events bool: global services, likewise\nis_organization_trail bool: whole organisation, likewise\nlog_file_validation_enabled bool: digests are written, likewise\nhas_custom_selectors bool: selectors are set, likewise\nhas_insight_selectors bool: insights, likewise\ns3_bucket_name text: bucket\nkms_key_id text: key; empty for none, NULL where it is not stated or two sources disagree\nlog_group_arn text: log group of CloudWatch Logs, likewise\nis_logging bool: logging, at the time of the answer or after the last call\nstarted_at time: last start\nstopped_at time: last stop\nlast_delivery_at time: last log file delivered\ndelivery_error text: error of the last delivery\nleft_out text: what of the management events its selectors leave out; empty for nothing, NULL where they were not supplied\nrecords_all bool: it is logging, delivers and takes in all management events, as far as is known\nwhy text: why not, or why that is not known\nsaid_by text: what describes it\ndifferences text: settings on which AWS Config and describe-trails disagree\nsource_file_id text: file of the description\nsource_record int: record of the description",
    ),
    (
        "event_openings",
        Storage::Derived,
        false,
        "one call that changes a policy, a share, rules of a security group, a public access block or selectors of a trail, and what its parameters open",
        "event_name text: the call\nopens bool: whether it opens, shares or switches off; NULL when its parameters do not decide\nwhat text: what it opens, and to whom\nopen_question text: why it is not decided\nbeyond bool: whether a resource policy lets in somebody outside the client who is not the public; NULL when its parameters do not decide, or for other calls\nbeyond_what text: whom, and for what\nbeyond_question text: why that is not decided\nvalid_from time: time of the event\nvalid_to time: NULL: how long it stayed so is not worked out\nsource_file_id text: file of the event\nsource_record int: record of the event",
    ),
    (
        "exposures",
        Storage::Derived,
        true,
        "one kind of access that a resource's policy, access control list or trust policy gives to one audience, after Deny statements, public access blocks and resource control policies; or that the evidence does not decide; in the _history, as it stood when the version was in force, with the public access block of the account as of then and the organisation as of the as-of date; resource control policies close nothing there for sure, since no answer says since when they are attached",
        "item_id text: version of the resource\naccount_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id\nresource_name text: name, else id\naccess text: list, read, write, invoke, assume, administer, tag or other; any where the evidence is missing\naudience text: anyone, any_aws_account, addresses, vpc, endpoint, access_point, mount_target, own_organization, other_organization, organization_unknown, account, unique_id, canonical_user, service, federated, own_account, or not_known\naudience_value text: the account, organisation, service or provider\ntied_to text: what ties a service (nothing, resource, token, organization, account) or the users of a provider (nothing, tenant, own)\nis_public bool: the audience is the public\nis_beyond bool: it reaches beyond the client; NULL when not known\npublic_by_definition bool: AWS's published definition calls the grant public; NULL when that is not known\ncertainty text: sure, conditional or unknown\nactions text: actions, the first of them\norigins text: statements, counted from 1, and grants\nreasons text: codes\nopen_question text: what it depends on, where not sure\nvalid_from time: since when it stood, as captures of the resource and of its account's public access block show; NULL when not stated\nvalid_to time: when a later version of either, or a deletion, ended it; NULL: it stands at the as-of date\nsource_file_id text: file\nsource_record int: record",
    ),
    (
        "policy_powers",
        Storage::Derived,
        true,
        "one power that one policy document of an identity grants by itself, whoever holds it; or that the document is not known",
        "item_id text: version of the item\naccount_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id\nresource_name text: name\narn text: ARN\npolicy_kind text: managed or inline\npolicy_name text: policy\npower text: everything, full_service, pass_any_role, decrypt_any_key, inverted (Allow with NotAction or NotResource), or not_known\ncertainty text: sure or conditional\ndetail text: services\nstatements text: places of the statements, counted from 1\nopen_question text: what it depends on, where not sure\nvalid_from time: capture time of the version that shows it first; NULL when not stated\nvalid_to time: when a later version or a deletion ended it; NULL: it stands at the as-of date\nsource_file_id text: file\nsource_record int: record",
    ),
    (
        "actors",
        Storage::Derived,
        false,
        "one principal and session of the period's events, and who stands behind it by all evidence",
        "principal text: as in cloudtrail_events
session_name text: as in cloudtrail_events; empty where there is none
actor_class text: as in cloudtrail_events, of the strongest record
actor_grade text: authenticated, asserted or inferred
basis text: what the class rests on: records, password, other_records, opening (the call that opened the session), break_glass_list, people_list, pipeline_list or tooling_list
person text: name of the person
source_identity text: source identity of the session
chain text: who began the session and the sessions on the way, where their opening is in the records
opened int: openings in the period
channels text: ways that were used
events int: records
first_seen time: first event
last_seen time: last event",
    ),
    (
        "listed_principals",
        Storage::Derived,
        false,
        "one principal of the events that a value of the engagement's lists names, by its ARN or name, * for any characters",
        "list_name text: list\nvalue text: value of the list\nprincipal text: as in cloudtrail_events",
    ),
    (
        "sessions",
        Storage::Derived,
        false,
        "one opening of a session with credentials of its own (AssumeRole and its kin), also where two accounts recorded it",
        "access_key_id text: key of the session
opened_by text: name of the call
principal text: role, user or root that the session acts as
session_name text: its name
source_identity text: its source identity
account_id text: account
opened_at time: time of the call
opener_principal text: who called
opener_session text: session of the caller
chain text: who began it and the sessions on the way
sessions int: sessions in the chain
actor_class text: as in actors
person text: as in actors
event_id text: event
source_file_id text: file
source_record int: record",
    ),
    (
        "principal_standings",
        Storage::Derived,
        false,
        "where one user or role stands: an administrator, able to come to rights that it lacks, kept from it, or neither",
        "item_id text: version of the item\naccount_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id\nresource_name text: name\nprincipal_arn text: ARN\nstanding text: administrator, escalates, undetermined, blocked or none\nstatements text: statements that make an administrator\nways int: ways that were found\nshortest text: steps of the shortest one, and what it gives\nopen_question text: what it depends on, where undetermined\nvalid_from time: latest capture time among the user or role, its policies and its groups; NULL when one of them does not state it\nvalid_to time: NULL: earlier estates are not worked out\nsource_file_id text: file\nsource_record int: record",
    ),
    (
        "escalations",
        Storage::Derived,
        false,
        "one way of a user or role to rights that it lacks, or what stands against one; the five shortest of each",
        "item_id text: version of the item\naccount_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id\nresource_name text: name\nprincipal_arn text: ARN\nposition int: 0 is the shortest\ncertainty text: sure, open or blocked\npaths text: ids of the public paths, in order\nsteps text: permissions and targets, in order\ntarget text: ARN of the principal that it becomes\noutcome text: administration, or a right that it lacks\nstatements text: statements used\nopen_question text: what it depends on\nblocked_by text: what stands against it\nvalid_from time: latest capture time among the user or role, its policies and its groups; NULL when one of them does not state it\nvalid_to time: NULL: earlier estates are not worked out\nsource_file_id text: file\nsource_record int: record",
    ),
    (
        "grants",
        Storage::Derived,
        false,
        "one watched action that a user or role is allowed, after Deny statements, permissions boundary and control policies; an administrator is one row",
        "item_id text: version of the item\naccount_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id\nresource_name text: name\nprincipal_arn text: ARN\naction text: action; * of an administrator, any where its policies are not known\naction_class text: escalation, pass_role, data_read, data_write, data_delete, log_delete, backup_delete, administration or not_known\nscope text: everything, patterns, own (itself only) or not_known\nresources text: patterns of resources, the first of them\nservices text: services that a role may be handed to; any\ncertainty text: sure or open\nlimits text: what takes something of it away\nstatements text: statements that allow it\nopen_question text: what it depends on\nvalid_from time: latest capture time among the user or role, its policies and its groups; NULL when one of them does not state it\nvalid_to time: NULL: earlier estates are not worked out\nsource_file_id text: file\nsource_record int: record",
    ),
    (
        "network_openings",
        Storage::Derived,
        true,
        "one stretch of ports that a security group or network ACL opens to the same sources, its rules joined; in the _history, with the prefix lists as of then",
        "item_id text: version of the group or ACL\naccount_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id of the group or ACL\nprotocol text: all, tcp, udp, icmp, icmpv6, a number, or other\nfamily text: ipv4 or ipv6\nfrom_port int: first port, or type of ICMP; 0 where the protocol has none\nto_port int: last one; 65535 where the protocol has none\naudience text: world (all public addresses or all but a sliver), wide (more than a /8, IPv6 a /32), named, or unknown (a prefix list was not supplied)\nsources text: the broadest sources\nvalid_from time: since when it stood, as captures of the group or ACL and of the prefix lists it names show; NULL when not stated\nvalid_to time: when a later version of either, or a deletion, ended it; NULL: it stands at the as-of date\nsource_file_id text: file\nsource_record int: record",
    ),
    (
        "network_opening_ports",
        Storage::Derived,
        true,
        "one known service, or port of a published list, within an opening that is not limited to named sources",
        "item_id text: version of the group or ACL\naccount_id text: account\nregion text: Region\nresource_type text: type\nresource_id text: id of the group or ACL\nprotocol text: as in network_openings\nfamily text: ipv4 or ipv6\npurpose text: administration, database, cache and others; standard for a published list\nservice text: the service, or the control that has the list\nfrom_port int: first port\nto_port int: last port\naudience text: world, wide or unknown\nsources text: the broadest sources\nvalid_from time: as in network_openings\nvalid_to time: as in network_openings\nsource_file_id text: file\nsource_record int: record",
    ),
    (
        "input_files",
        Storage::Derived,
        false,
        "one file offered",
        "file_id text: first 16 hex digits of its SHA-256 (all of them where two files share these; unread- and 16 digits for what could not be read)\npath text: relative to the argument\nsha256 text: SHA-256 of the file as delivered; NULL for what could not be read\ncontent_sha256 text: SHA-256 of its uncompressed content, for CloudTrail log and digest files\nbytes int: size\nformat text: what it is\nevidence_grade text: full, partial (not all records), lossy (not all of each record) or none\nevidence_limits text: why, where not full\nrecords_read int: records\nrecords_kept int: kept\nrecords_duplicate int: copies of others\nrecords_out_of_scope int: set apart, such as cost restated later or what is no event\nrecords_rejected int: not understood\nfirst_time time: first time stated\nlast_time time: last time stated",
    ),
    (
        "rejected_records",
        Storage::Derived,
        false,
        "one record that was not understood",
        "file_id text: file\nrecord int: 0-based index\nbyte_offset int: offset after decompression\nreason text: why",
    ),
];

/// Cost data beside the charges: name, doc, columns. One Parquet file per source file each.
const COST_SMALL: &[(&str, &str, &str)] = &[
    (
        "cost_explorer_totals",
        "one amount that Cost Explorer states; never part of costs",
        "origin text: ce get-cost-and-usage or Cost Explorer console\nperiod_start time: inclusive\nperiod_end time: exclusive\ncost_month text: month of period_start\nmetric text: UnblendedCost, AmortizedCost, ...; NULL when not stated\nunit text: currency, or the sign that the console prints\namount decimal: amount\ngrouped_by text: dimensions of the group, NULL on totals\ngroup_key text: the group, NULL on totals\naccount_id text: account of the group\nis_total bool: over all groups\nestimated bool: not final",
    ),
    (
        "invoice_totals",
        "one invoice, as AWS or the client lists it; never part of costs",
        "invoice_id text: invoice\naccount_id text: payer\nissuer text: invoicing entity\ninvoice_month text: billing month\nissued_at time: issued\ncurrency text: currency\namount decimal: total, tax included\namount_before_tax decimal: before tax\norigin text: where the list comes from",
    ),
    (
        "cost_recommendations",
        "one option that a tool of AWS recommends for one resource",
        "origin text: Cost Optimization Hub or Compute Optimizer\nrecommendation_id text: id\naccount_id text: account\nregion text: Region\nresource_arn text: ARN\nresource_id text: id, else the end of the ARN\nresource_name text: name\nresource_type text: kind of resource\nfinding text: the tool's finding\naction text: the tool's action\noption_rank int: 1 is the tool's first choice; NULL without an option\ncurrent_state text: what there is\nrecommended_state text: what is recommended\nestimated_monthly_savings decimal: the tool's estimate\nsavings_basis text: after discounts, before discounts, at on-demand prices\nsavings_percentage decimal: percent\nestimated_monthly_cost decimal: of what there is\ncurrency text: currency\neffort text: effort as the tool grades it\nperformance_risk text: risk as the tool grades it\nrestart_needed bool: restart needed\nrollback_possible bool: can be undone\nlookback_days int: days looked at\nrefreshed_at time: when the tool looked\ntrouble text: why the tool has no recommendation",
    ),
    (
        "carbon_emissions",
        "one figure of AWS's own carbon export",
        "period_start time: inclusive\nperiod_end time: end as delivered\nemissions_month text: month of period_start\npayer_account_id text: payer\naccount_id text: account that used\nregion text: Region\nlocation text: place in words\nproduct_code text: product\nmbm_emissions decimal: market-based, all scopes delivered\nlbm_emissions decimal: location-based, all scopes delivered\nscope_1_emissions decimal: scope 1\nscope_2_mbm_emissions decimal: scope 2, market-based\nscope_2_lbm_emissions decimal: scope 2, location-based\nscope_3_mbm_emissions decimal: scope 3, market-based\nscope_3_lbm_emissions decimal: scope 3, location-based\nunit text: MTCO2e, metric tons of CO2 equivalent\nmodel_version text: AWS's method\nrefreshed_at time: last refreshed",
    ),
];

fn columns(text: &str) -> Vec<Column> {
    text.lines()
        .filter_map(|line| {
            let (head, doc) = line.split_once(": ")?;
            let (name, kind) = head.split_once(' ')?;
            let kind = match kind {
                "text" => ColumnKind::Text,
                "document" => ColumnKind::Document,
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
    Table {
        name: name.to_owned(),
        doc: doc.to_owned(),
        unit: units::of(name).to_owned(),
        columns,
        storage,
        versioned: false,
        sourced: storage != Storage::Derived,
    }
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
        table("digest_files", "one CloudTrail digest file", columns(integrity::DIGEST_FILES), Storage::Pooled),
        table("digest_log_files", "one log file that a digest lists", columns(integrity::DIGEST_LOG_FILES), Storage::Pooled),
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
    tables.extend(COST_SMALL.iter().map(|(name, doc, text)| table(name, doc, columns(text), Storage::PerFile)));
    tables.extend(results::TABLES.iter().map(|(name, doc, text)| table(name, doc, columns(text), Storage::Derived)));
    for (name, storage, versioned, doc, text) in SMALL {
        tables.push(Table { versioned: *versioned, ..table(name, doc, columns(text), *storage) });
    }
    tables
}
