//! What is this file? Content decides, never the name (formats.md keeps the fingerprints).
//!
//! Longer than other files: what a content is depends on the order of the questions, so they stand together.

use serde::{Deserialize, Serialize};

use super::own;
use crate::ingest::formats::cloudtrail::{self, Container};
use crate::ingest::formats::trail_exports::{self, Export, Header};
use crate::ingest::reading::json::{self, Element, Elements, Members};
use crate::ingest::{
    formats::{cli_error, cost, posture},
    reading::records,
};

/// Bytes looked at to recognise a document.
const PREFIX: usize = 256 << 10;

/// A kind of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// CloudTrail log file or console JSON download.
    CloudtrailRecords,
    /// A bare list of CloudTrail records.
    CloudtrailArray,
    /// CloudTrail records one after the other.
    CloudtrailStream,
    /// `aws cloudtrail lookup-events`.
    CloudtrailLookup,
    /// The console's event history as CSV.
    CloudtrailConsoleCsv,
    /// A CloudTrail Lake query result as CSV.
    CloudtrailQueryCsv,
    /// `aws cloudtrail get-query-results`.
    CloudtrailQueryAnswer,
    /// A CloudWatch Logs export task's object of CloudTrail records.
    CloudtrailLogLines,
    /// What a CloudWatch Logs subscription delivers of CloudTrail records.
    CloudtrailSubscription,
    /// `aws logs filter-log-events` or `get-log-events` of CloudTrail records.
    CloudtrailLogEvents,
    /// `aws logs get-query-results` (Logs Insights) of CloudTrail records.
    CloudtrailLogsInsights,
    /// CloudTrail records in EventBridge envelopes.
    CloudtrailEventBridge,
    /// CloudTrail records as Logstash leaves them.
    CloudtrailLogstash,
    /// CloudTrail's summaries of data events.
    CloudtrailAggregated,
    /// An S3 event notification.
    NotificationS3,
    /// An SNS notification, as such or as Lambda gets it.
    NotificationSns,
    /// SQS messages, as received or as Lambda gets them.
    NotificationSqs,
    /// A CloudTrail digest file.
    CloudtrailDigest,
    /// `aws cloudtrail list-public-keys`.
    PublicKeys,
    /// `aws s3api head-object`: the metadata of an object.
    ObjectMetadata,
    /// The sign file beside saved CloudTrail Lake results.
    LakeSignFile,
    /// AWS Config snapshot.
    ConfigSnapshot,
    /// AWS Config history file or `get-resource-config-history`.
    ConfigHistory,
    /// `batch-get-resource-config` and its aggregate form.
    ConfigBatch,
    /// `get-aggregate-resource-config`, a single item, or a change notification.
    ConfigItem,
    /// `select-resource-config` and its aggregate form.
    ConfigSelect,
    /// Results and definitions of AWS Config rules.
    ConfigAnswers,
    /// `describe-configuration-recorders` and their status.
    ConfigRecorders,
    /// Legacy cost and usage report CSV, native or Athena names.
    CostCur,
    /// CUR 2.0 CSV.
    CostCur2,
    /// FOCUS CSV.
    CostFocus,
    /// Manifest of a legacy cost and usage report, or of a data export (CUR 2.0, FOCUS).
    CostManifest,
    /// A Parquet file whose columns are none of the known ones.
    Parquet,
    /// Detailed Billing Report, which AWS has retired: named, not read.
    DetailedBilling,
    /// `ce get-cost-and-usage`, or the console's CSV.
    CostExplorer,
    /// Invoices: `invoicing list-invoice-summaries` or a typed list as CSV.
    Invoices,
    /// Cost Optimization Hub recommendations, exported.
    CostOptimizationHub,
    /// `cost-optimization-hub list-recommendations`.
    CostOptimizationHubAnswer,
    /// Compute Optimizer recommendations, exported.
    ComputeOptimizer,
    /// AWS's carbon emissions export.
    CarbonEmissions,
    /// IAM credential report CSV.
    CredentialReport,
    /// The CLI's JSON around a credential report.
    CredentialReportJson,
    /// `describe-trails`.
    DescribeTrails,
    /// `get-trail-status`.
    TrailStatus,
    /// `get-event-selectors`.
    EventSelectors,
    /// `organizations list-accounts`.
    OrganizationAccounts,
    /// `iam get-account-summary`.
    AccountSummary,
    /// The client's control matrix as CSV.
    ClientControls,
    /// `iam get-account-authorization-details`.
    AuthorizationDetails,
    /// `iam get-service-last-accessed-details` and its form with entities.
    LastAccessed,
    /// AWS Security Hub findings in the AWS Security Finding Format.
    SecurityHubFindings,
    /// Amazon `GuardDuty` findings, of the CLI or of an export to S3.
    GuardDutyFindings,
    /// IAM Access Analyzer findings.
    AccessAnalyzerFindings,
    /// Amazon Inspector findings.
    InspectorFindings,
    /// Results of AWS Trusted Advisor.
    TrustedAdvisor,
    /// Permission sets and assignments of IAM Identity Center.
    IdentityCenter,
    /// Policies of AWS Organizations.
    OrganizationPolicies,
    /// Parents, units and roots of AWS Organizations.
    OrganizationParents,
    /// Jobs and recovery points of AWS Backup.
    BackupJobs,
    /// CloudWatch metrics as JSON.
    Metrics,
    /// CloudWatch metrics as the console's CSV.
    MetricsCsv,
    /// Answers in the AWS Well-Architected Tool.
    WellArchitectedTool,
    /// S3 server access log.
    S3AccessLog,
    /// Inventories of AWS Config.
    ConfigInventory,
    /// The engagement file; read by the command line, not by a reader.
    Engagement,
    /// A zip or tar; its members are inputs of their own.
    Archive,
    /// Manifest of an earlier report of this program; the files that it lists are set aside with it.
    EarlierReport,
    /// Manifest of an evidence store; its tables are set aside with it.
    EvidenceStore,
    /// A table of an evidence store, by the columns that only its tables have.
    StoreTable,
    /// Mark of an output that an interrupted run left; all of it is set aside.
    UnfinishedOutput,
    /// An empty file.
    Empty,
    /// Nothing this version reads.
    Unrecognised,
    /// An error of the AWS CLI in the place of an answer.
    CliError,
    /// An empty list that several tools would answer with.
    EmptyList,
}

impl Format {
    /// Whether it holds the state of resources: items of AWS Config, or IAM's authorization details.
    pub fn is_configuration(self) -> bool {
        matches!(
            self,
            Self::ConfigSnapshot
                | Self::ConfigHistory
                | Self::ConfigBatch
                | Self::ConfigItem
                | Self::ConfigSelect
                | Self::AuthorizationDetails
        )
    }

    /// Whether a file of it holds charges.
    pub fn is_charges(self) -> bool {
        matches!(self, Self::CostCur | Self::CostCur2 | Self::CostFocus)
    }

    /// What the manifest calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::CloudtrailRecords => "CloudTrail log file",
            Self::CloudtrailArray => "CloudTrail records, bare list",
            Self::CloudtrailStream => "CloudTrail records, one after the other",
            Self::CloudtrailLookup => "CloudTrail lookup-events answer",
            Self::CloudtrailConsoleCsv => "CloudTrail console event history, CSV",
            Self::CloudtrailQueryCsv => "CloudTrail Lake query result",
            Self::CloudtrailQueryAnswer => "CloudTrail Lake get-query-results answer",
            Self::CloudtrailLogLines => "CloudTrail records exported from CloudWatch Logs",
            Self::CloudtrailSubscription => "CloudTrail records of a CloudWatch Logs subscription",
            Self::CloudtrailLogEvents => "CloudTrail records read from CloudWatch Logs",
            Self::CloudtrailLogsInsights => "CloudTrail records of a Logs Insights query",
            Self::CloudtrailEventBridge => "CloudTrail records in EventBridge envelopes",
            Self::CloudtrailLogstash => "CloudTrail records, from Logstash",
            Self::CloudtrailAggregated => "CloudTrail aggregated activity",
            Self::NotificationS3 => "S3 event notification, not CloudTrail",
            Self::NotificationSns => "SNS notification, not CloudTrail",
            Self::NotificationSqs => "SQS messages, not CloudTrail",
            Self::CloudtrailDigest => "CloudTrail digest file",
            Self::PublicKeys => "list-public-keys answer",
            Self::ObjectMetadata => "head-object answer",
            Self::LakeSignFile => "CloudTrail Lake sign file",
            Self::ConfigSnapshot => "AWS Config snapshot",
            Self::ConfigHistory => "AWS Config history",
            Self::ConfigBatch => "AWS Config batch answer",
            Self::ConfigItem => "AWS Config item",
            Self::ConfigSelect => "AWS Config select answer",
            Self::ConfigAnswers => "AWS Config rule results",
            Self::ConfigRecorders => "AWS Config recorders",
            Self::CostCur => "Cost and Usage Report",
            Self::CostCur2 => "Cost and Usage Report 2.0",
            Self::CostFocus => "FOCUS cost export",
            Self::CostManifest => "cost export manifest",
            Self::Parquet => "Parquet file of unknown columns",
            Self::DetailedBilling => "Detailed Billing Report (retired by AWS, not read)",
            Self::CostExplorer => "Cost Explorer totals",
            Self::Invoices => "list of invoices",
            Self::CostOptimizationHub | Self::CostOptimizationHubAnswer => "Cost Optimization Hub recommendations",
            Self::ComputeOptimizer => "Compute Optimizer recommendations",
            Self::CarbonEmissions => "AWS carbon emissions export",
            Self::CredentialReport | Self::CredentialReportJson => "IAM credential report",
            Self::DescribeTrails => "describe-trails answer",
            Self::TrailStatus => "get-trail-status answer",
            Self::EventSelectors => "get-event-selectors answer",
            Self::OrganizationAccounts => "list-accounts answer",
            Self::AccountSummary => "IAM account summary",
            Self::ClientControls => "client control matrix",
            Self::AuthorizationDetails => "IAM authorization details",
            Self::LastAccessed => "IAM last-accessed details",
            Self::SecurityHubFindings => "Security Hub findings",
            Self::GuardDutyFindings => "GuardDuty findings",
            Self::AccessAnalyzerFindings => "IAM Access Analyzer findings",
            Self::InspectorFindings => "Inspector findings",
            Self::TrustedAdvisor => "Trusted Advisor results",
            Self::IdentityCenter => "IAM Identity Center answer",
            Self::OrganizationPolicies => "Organizations policies",
            Self::OrganizationParents => "Organizations parents, units and roots",
            Self::BackupJobs => "AWS Backup lists",
            Self::Metrics | Self::MetricsCsv => "CloudWatch metrics",
            Self::WellArchitectedTool => "Well-Architected Tool answers",
            Self::S3AccessLog => "S3 server access log",
            Self::ConfigInventory => "AWS Config inventory",
            Self::Engagement => "engagement file",
            Self::CliError => "error of the AWS CLI",
            Self::EmptyList => "empty list of findings",
            Self::Archive => "archive, its files listed one by one",
            Self::EarlierReport => "earlier report of this program, not read as evidence",
            Self::EvidenceStore => "evidence store of this program, not read as evidence",
            Self::StoreTable => "table of an evidence store of this program, not read as evidence",
            Self::UnfinishedOutput => "output of an interrupted run of this program, not read as evidence",
            Self::Empty => "empty file",
            Self::Unrecognised => "not recognised",
        }
    }

    /// The container of CloudTrail records, for formats that are one.
    pub fn cloudtrail(self) -> Option<Container> {
        Some(match self {
            Self::CloudtrailRecords => Container::Records,
            Self::CloudtrailArray => Container::Array,
            Self::CloudtrailStream => Container::Stream,
            Self::CloudtrailLookup => Container::Export(Export::Lookup),
            Self::CloudtrailConsoleCsv => Container::Export(Export::ConsoleCsv),
            Self::CloudtrailQueryCsv => Container::Export(Export::QueryCsv),
            Self::CloudtrailQueryAnswer => Container::Export(Export::QueryAnswer),
            Self::CloudtrailLogLines => Container::Export(Export::LogLines),
            Self::CloudtrailSubscription => Container::Export(Export::Subscription),
            Self::CloudtrailLogEvents => Container::Export(Export::LogEvents),
            Self::CloudtrailLogsInsights => Container::Export(Export::LogsInsights),
            Self::CloudtrailEventBridge => Container::Export(Export::EventBridge),
            Self::CloudtrailLogstash => Container::Export(Export::Logstash),
            _ => return None,
        })
    }

    /// Why the records of a file are counted and enter no table, for formats whose records are no events.
    pub fn set_apart(self) -> Option<&'static str> {
        Some(match self {
            Self::CloudtrailAggregated => "summaries of data events: counting them beside the events they sum up would count twice",
            Self::NotificationS3 => "messages that tell of objects in S3; they hold no CloudTrail record",
            Self::NotificationSns | Self::NotificationSqs => "messages in the envelope of another service; what they carry is not read",
            _ => return None,
        })
    }
}

/// Names at the top of a JSON document, and of the first object in each list there.
#[derive(Debug, Default)]
struct Outline<'t> {
    top: Vec<(&'t str, u8)>,
    first: Vec<(&'t str, Vec<&'t str>)>,
    /// Lists whose first element is a list of objects: the first object's names.
    rows: Vec<(&'t str, Vec<&'t str>)>,
}

impl<'t> Outline<'t> {
    fn of_object(text: &'t [u8], at: usize) -> Self {
        let mut outline = Self::default();
        for (name, start, _) in Members::new(text, at).take(64) {
            outline.top.push((name, text.get(start).copied().unwrap_or(0)));
            if text.get(start) == Some(&b'[') {
                outline.first.push((name, first_names(text, start)));
                let row = json::skip_blank(text, start + 1);
                if text.get(row) == Some(&b'[') {
                    outline.rows.push((name, first_names(text, row)));
                }
            }
        }
        outline
    }

    fn has(&self, name: &str) -> bool {
        self.top.iter().any(|(n, _)| *n == name)
    }

    /// Whether a list holds rows of fields and values, as Logs Insights answers.
    fn fields_in(&self, name: &str) -> bool {
        self.rows.iter().any(|(n, names)| *n == name && names.contains(&"field") && names.contains(&"value"))
    }

    fn list(&self, name: &str) -> Option<&[&'t str]> {
        self.first.iter().find(|(n, _)| *n == name).map(|(_, names)| names.as_slice())
    }
}

/// Names of the first object of the list at `at`.
fn first_names(text: &[u8], at: usize) -> Vec<&str> {
    let first = json::skip_blank(text, at + 1);
    if text.get(first) == Some(&b'{') { Members::new(text, first).map(|(n, _, _)| n).take(64).collect() } else { Vec::new() }
}

/// Recognises a decompressed file. `unwrapped` tells where the document starts inside a recorded
/// answer (`{"status_code":200,"data":{...}}`).
pub fn detect(bytes: &[u8]) -> Format {
    let text = &bytes[..bytes.len().min(PREFIX)];
    if text.starts_with(b"PAR1") {
        return Format::Parquet;
    }
    if let Some(own) = own::recognise(text) {
        return own;
    }
    let at = json::skip_blank(text, 0);
    let found = match text.get(at) {
        None => Format::Empty,
        Some(b'{') => object(text, at),
        Some(b'[') if text[at..].starts_with(b"[engagement]") => Format::Engagement,
        Some(b'[') => {
            let names = first_names(text, at);
            if let Some(format) = trail_element(&names) {
                // A list of log records is its own format; the others are the same in a list and without.
                if format == Format::CloudtrailStream { Format::CloudtrailArray } else { format }
            } else if is_text_of_record(text, at) {
                Format::CloudtrailLookup
            } else if crate::ingest::formats::config::Kind::of(text).is_some() {
                Format::ConfigItem
            } else {
                posture::recognise(text, at).unwrap_or(Format::Unrecognised)
            }
        }
        Some(_) => csv(text),
    };
    // With its bracket damaged, the list of a log file looks like the value of a member, and its first record like the rest.
    if matches!(found, Format::Unrecognised | Format::CloudtrailStream) && cloudtrail::first_behind_frame(text).is_some() {
        return Format::CloudtrailRecords;
    }
    if found != Format::Unrecognised {
        return found;
    }
    if cli_error::of(text).is_some() {
        return Format::CliError;
    }
    if is_empty_list(bytes) {
        return Format::EmptyList;
    }
    behind_damage(text, at).unwrap_or(found)
}

/// An object with one member, an empty list of findings: Security Hub, GuardDuty and others answer so.
fn is_empty_list(text: &[u8]) -> bool {
    let letters: Vec<u8> = text.iter().take(64).copied().filter(|b| !b.is_ascii_whitespace()).collect();
    text.len() < 64 && [&b"{\"Findings\":[]}"[..], b"{\"findings\":[]}"].contains(&letters.as_slice())
}

/// Members of a log record, of which a damaged one still has most.
pub(super) const OF_A_RECORD: [&str; 10] = [
    "awsRegion",
    "eventID",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "recipientAccountId",
    "sourceIPAddress",
    "userIdentity",
];

/// What a file of log records is whose first ones are damaged: the first whole one tells.
fn behind_damage(text: &[u8], at: usize) -> Option<Format> {
    let records = || Members::new(text, at).find(|(name, start, _)| *name == "Records" && text.get(*start) == Some(&b'['));
    let (mut elements, alone) = match text.get(at)? {
        b'[' => (Elements::of_list(text, at), Format::CloudtrailArray),
        b'{' => match records() {
            Some((_, start, _)) => (Elements::of_list(text, start), Format::CloudtrailRecords),
            None => (Elements::of_stream(text), Format::CloudtrailStream),
        },
        _ => return None,
    };
    let mut damaged = false;
    loop {
        let (start, value) = match elements.next()? {
            Element::Whole(start, end) => (start, &text[start..end]),
            Element::Cut(start) => (start, &text[start..]),
        };
        if serde_json::from_slice::<&serde_json::value::RawValue>(value).is_ok() {
            let names: Vec<&str> = Members::new(value, 0).map(|(name, _, _)| name).take(64).collect();
            match trail_element(&names) {
                Some(Format::CloudtrailStream) if damaged => return Some(alone),
                Some(found) if damaged => return Some(found),
                // A record one of whose names is damaged.
                None if OF_A_RECORD.iter().filter(|name| names.contains(name)).count() > OF_A_RECORD.len() / 2 => {}
                _ => return None,
            }
        } else if alone != Format::CloudtrailStream {
            elements.resume_at(start, b'{', json::looks_like_record);
        }
        damaged = true;
    }
}

fn is_trail_record(names: &[&str]) -> bool {
    let has = |n: &str| names.contains(&n);
    (has("eventSource") || has("insightDetails")) && (has("eventTime") || has("eventVersion")) && !has("Sns") && !has("s3")
}

/// What a file is whose first element has these members, for elements that are records or hold one.
fn trail_element(names: &[&str]) -> Option<Format> {
    let has = |n: &str| names.contains(&n);
    Some(if has("CloudTrailEvent") {
        Format::CloudtrailLookup
    } else if has("summary") && has("timeWindow") {
        Format::CloudtrailAggregated
    } else if is_envelope(names) {
        Format::CloudtrailEventBridge
    } else if (has("@timestamp") || has("@version")) && has("eventSource") && has("eventVersion") {
        Format::CloudtrailLogstash
    } else if is_trail_record(names) {
        Format::CloudtrailStream
    } else {
        return None;
    })
}

/// `lookup-events` with a `--query` that leaves the records' texts: a list of strings.
fn is_text_of_record(text: &[u8], at: usize) -> bool {
    let first = json::skip_blank(text, at + 1);
    let end = json::end_of_value(text, first).unwrap_or(text.len());
    text.get(first) == Some(&b'"') && is_about_trail(&text[first..end])
}

/// Whether text, also JSON within JSON, speaks of CloudTrail's members.
fn is_about_trail(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"eventVersion").is_some() && memchr::memmem::find(text, b"eventSource").is_some()
}

fn is_envelope(names: &[&str]) -> bool {
    ["detail-type", "detail", "source"].iter().all(|n| names.contains(n))
}

/// What `Records` hold whose first has these members.
fn list_of_records(first: &[&str]) -> Format {
    let has = |n: &str| first.contains(&n);
    match trail_element(first) {
        Some(Format::CloudtrailAggregated) => Format::CloudtrailAggregated,
        Some(Format::CloudtrailStream) => Format::CloudtrailRecords,
        _ if first.is_empty() => Format::CloudtrailRecords,
        _ if has("Sns") => Format::NotificationSns,
        _ if has("s3") => Format::NotificationS3,
        _ if has("body") => Format::NotificationSqs,
        _ => Format::Unrecognised,
    }
}

/// CloudTrail events in the answers and envelopes of other services (formats.md 1.6 to 1.9).
fn trail_export(text: &[u8], outline: &Outline<'_>) -> Option<Format> {
    let has = |n: &str| outline.has(n);
    let first = |list: &str| outline.list(list);
    let logs = |format: Format, empty: bool| (empty || is_about_trail(text)).then_some(format);
    if first("Events").is_some_and(|first| first.contains(&"CloudTrailEvent") || first.is_empty()) {
        return Some(Format::CloudtrailLookup);
    }
    if has("QueryResultRows") {
        return Some(Format::CloudtrailQueryAnswer);
    }
    if first("logEvents").is_some_and(|first| has("messageType") || first.contains(&"message")) {
        let control = memchr::memmem::find(text, b"CONTROL_MESSAGE").is_some();
        return logs(Format::CloudtrailSubscription, control || first("logEvents").is_some_and(<[_]>::is_empty));
    }
    if let Some(first) = first("events")
        && (first.contains(&"message") && first.contains(&"timestamp")
            || first.is_empty() && (has("searchedLogStreams") || has("nextForwardToken")))
    {
        return logs(Format::CloudtrailLogEvents, first.is_empty());
    }
    if outline.fields_in("results") {
        return logs(Format::CloudtrailLogsInsights, false);
    }
    if has("Type") && has("MessageId") && has("TopicArn") && has("Message") {
        return Some(Format::NotificationSns);
    }
    if first("Messages").is_some_and(|first| first.contains(&"ReceiptHandle") || first.contains(&"Body")) {
        return Some(Format::NotificationSqs);
    }
    None
}

fn object(text: &[u8], at: usize) -> Format {
    let outline = Outline::of_object(text, at);
    let has = |n: &str| outline.has(n);
    let names: Vec<&str> = outline.top.iter().map(|(n, _)| *n).collect();
    if let Some(first) = outline.list("Records") {
        return list_of_records(first);
    }
    if let Some(format) = trail_export(text, &outline) {
        return format;
    }
    if has("digestS3Object") && has("digestEndTime") {
        return Format::CloudtrailDigest;
    }
    // One page of the documentation writes the name of the list in lower case.
    if has("PublicKeyList") || has("publicKeyList") {
        return Format::PublicKeys;
    }
    if has("hashSignature") && has("publicKeyFingerprint") && has("files") {
        return Format::LakeSignFile;
    }
    if has("Metadata") && ["ContentLength", "ETag", "LastModified"].iter().any(|n| has(n)) {
        return Format::ObjectMetadata;
    }
    if has("configurationItems") || has("fileVersion") && has("configSnapshotId") {
        return if has("configSnapshotId") { Format::ConfigSnapshot } else { Format::ConfigHistory };
    }
    if has("baseConfigurationItems") || has("BaseConfigurationItems") {
        return Format::ConfigBatch;
    }
    if has("ConfigurationItem") || has("configurationItem") || is_item(text, at) {
        return Format::ConfigItem;
    }
    if has("QueryInfo") && has("Results") {
        return Format::ConfigSelect;
    }
    if outline.list("resourceIdentifiers").is_some_and(|first| first.is_empty() || first.contains(&"resourceType"))
        || outline.list("ResourceIdentifiers").is_some_and(|first| first.contains(&"ResourceType"))
    {
        return Format::ConfigInventory;
    }
    if ["ConfigurationRecorders", "ConfigurationRecordersStatus"].iter().any(|n| has(n)) {
        return Format::ConfigRecorders;
    }
    const ANSWERS: [&str; 13] = [
        "ComplianceByConfigRules",
        "EvaluationResults",
        "AggregateComplianceByConfigRules",
        "AggregateEvaluationResults",
        "ComplianceByResources",
        "ConformancePackRuleComplianceList",
        "ConformancePackRuleEvaluationResults",
        "ConformancePackComplianceSummaryList",
        "AggregateComplianceByConformancePacks",
        "ConfigRules",
        "ConfigRulesEvaluationStatus",
        "DeliveryChannels",
        "DeliveryChannelsStatus",
    ];
    if ANSWERS.iter().any(|n| has(n)) {
        return Format::ConfigAnswers;
    }
    if has("assemblyId") && has("reportKeys") || has("executionId") && has("dataFiles") {
        return Format::CostManifest;
    }
    if cost_answer(text, at, &outline) {
        return Format::CostExplorer;
    }
    if has("InvoiceSummaries") {
        return Format::Invoices;
    }
    if outline.list("items").is_some_and(|first| first.contains(&"recommendationId")) {
        return Format::CostOptimizationHubAnswer;
    }
    if has("ReportFormat") && has("Content") {
        return Format::CredentialReportJson;
    }
    if has("trailList") {
        return Format::DescribeTrails;
    }
    if has("IsLogging") {
        return Format::TrailStatus;
    }
    if has("TrailARN") && (has("EventSelectors") || has("AdvancedEventSelectors")) {
        return Format::EventSelectors;
    }
    // `Status` is retired in favour of `State`; older answers have the first only.
    let is_account = |first: &[&str]| first.contains(&"Id") && (first.contains(&"Status") || first.contains(&"State"));
    if outline.list("Accounts").is_some_and(|first| first.is_empty() || is_account(first)) {
        return Format::OrganizationAccounts;
    }
    if has("SummaryMap") {
        return Format::AccountSummary;
    }
    if ["UserDetailList", "GroupDetailList", "RoleDetailList"].iter().any(|n| has(n)) {
        return Format::AuthorizationDetails;
    }
    if let Some(format) = posture::recognise(text, at) {
        return format;
    }
    if let Some(format) = trail_element(&names) {
        let envelope = if format == Format::CloudtrailEventBridge { envelope_of_config(text, at) } else { None };
        return envelope.unwrap_or(format);
    }
    // Answers recorded by test tools wrap the answer itself.
    if has("status_code")
        && let Some((_, start, _)) = Members::new(text, at).find(|(n, _, _)| *n == "data")
        && text.get(start) == Some(&b'{')
    {
        return object(text, start);
    }
    Format::Unrecognised
}

/// Answers of Cost Explorer, bare or kept by name in one object.
fn cost_answer(text: &[u8], at: usize, outline: &Outline<'_>) -> bool {
    let inside = |start: usize| text.get(start) == Some(&b'{') && Members::new(text, start).take(8).any(|(n, _, _)| n == "ResultsByTime");
    outline.has("ResultsByTime") || Members::new(text, at).take(4).any(|(_, start, _)| inside(start))
}

/// A bare configuration item names the type of its resource. A schema of items, which has the same
/// members, names the type of the member instead.
fn is_item(text: &[u8], at: usize) -> bool {
    let kind = Members::new(text, at).find(|(n, _, _)| *n == "resourceType").and_then(|(_, start, end)| text.get(start..end));
    kind.is_some_and(|kind| kind.windows(2).any(|w| w == b"::")) && crate::ingest::formats::config::Kind::of(text).is_some()
}

/// EventBridge envelopes carry Config items as well as CloudTrail records.
fn envelope_of_config(text: &[u8], at: usize) -> Option<Format> {
    let (_, start, _) = Members::new(text, at).find(|(n, _, _)| *n == "detail")?;
    if text.get(start) != Some(&b'{') {
        return None;
    }
    let names: Vec<&str> = Members::new(text, start).map(|(n, _, _)| n).take(64).collect();
    if names.contains(&"configurationItem") {
        return Some(Format::ConfigItem);
    }
    (!names.contains(&"eventSource")).then_some(Format::Unrecognised)
}

/// The answer itself inside a recorded answer; all of it for anything else.
pub fn inner(bytes: &[u8]) -> &[u8] {
    let at = json::skip_blank(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return bytes;
    }
    let mut status = false;
    let mut data = None;
    for (name, start, end) in Members::new(bytes, at).take(3) {
        match name {
            "status_code" => status = true,
            "data" if bytes.get(start) == Some(&b'{') => data = bytes.get(start..end),
            _ => {}
        }
    }
    data.filter(|_| status).unwrap_or(bytes)
}

fn csv(text: &[u8]) -> Format {
    let line = text.split(|b| *b == b'\n').next().unwrap_or(text);
    // What is binary shows it at once; a stray byte further on is damage of one record.
    if line.contains(&0) {
        return Format::Unrecognised;
    }
    let delimiter = records::delimiter_of(text);
    let cells = |line: &[u8]| -> Vec<String> {
        let fields = line.split(|b| *b == delimiter).map(|cell| String::from_utf8_lossy(cell).into_owned());
        fields.map(|cell| cell.trim().trim_matches('"').trim().to_owned()).collect()
    };
    let mut lines = text.split(|b| *b == b'\n');
    let header = cells(lines.next().unwrap_or(text));
    let lower: Vec<String> = header.iter().map(|c| c.to_ascii_lowercase()).collect();
    let has = |name: &str| lower.iter().any(|c| c == name);
    if lower.starts_with(&["user".to_owned(), "arn".to_owned(), "user_creation_time".to_owned()]) {
        return Format::CredentialReport;
    }
    if let Some(format) = cost::format_of_csv(&header, &cells(lines.next().unwrap_or(b""))) {
        return format;
    }
    if has("control_id") && (has("control_text") || has("criteria")) {
        return Format::ClientControls;
    }
    if posture::is_console_csv(header.iter().map(String::as_str)) {
        return Format::MetricsCsv;
    }
    if std::str::from_utf8(line).is_ok_and(posture::s3_access::is_access_log) {
        return Format::S3AccessLog;
    }
    match trail_exports::header(text) {
        Some(Header::Console) => return Format::CloudtrailConsoleCsv,
        Some(Header::Query) => return Format::CloudtrailQueryCsv,
        None => {}
    }
    if trail_exports::is_log_line(text) && is_about_trail(text) {
        return Format::CloudtrailLogLines;
    }
    // An engagement file is TOML: its first line that is no comment opens a table.
    let first = std::str::from_utf8(text).ok().and_then(|t| t.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#')));
    if first == Some("[engagement]") {
        return Format::Engagement;
    }
    Format::Unrecognised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_first_record_hides_no_log_file() {
        let whole = r#"{"eventSource":"a","eventTime":"b","awsRegion":"c","eventName":"d","eventID":"e"}"#;
        for broken in [
            r#"{"awsRegion":"c","eventName"{}x","eventSource":"a","eventTime":"b","eventID":"e"}"#,
            r#"{"awsRegion":"c","eventSo"#,
            r#"{"awsRegion":"c","eventName":"x","eventSou}rce":"a","eventTime":"b","eventID":"e","userIdentity":{},"eventType":"f"}"#,
        ] {
            let cases = [
                (format!("{broken}\n{whole}\n"), Format::CloudtrailStream),
                (format!("[{broken},{whole}]"), Format::CloudtrailArray),
                (format!("{{\"Records\":[{broken},{whole}]}}"), Format::CloudtrailRecords),
                // Something else stays something else.
                (format!("{broken}\n{{\"a\":1}}\n{whole}\n"), Format::Unrecognised),
            ];
            for (text, format) in cases {
                assert_eq!(detect(text.as_bytes()), format, "{text}");
            }
        }
    }

    #[test]
    fn content_decides() {
        let cases: &[(&str, Format)] = &[
            (
                r#"{"Records":[{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventTime":"x","userIdentity":{}}]}"#,
                Format::CloudtrailRecords,
            ),
            (r#"{"Records":[]}"#, Format::CloudtrailRecords),
            (r#"{"assemblyId":"a","account":"111122223333","reportKeys":["k"]}"#, Format::CostManifest),
            (r#"{"executionId":"e","columns":[],"dataFiles":["s3://bucket/key"]}"#, Format::CostManifest),
            (r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","s3":{},"eventTime":"x"}]}"#, Format::NotificationS3),
            (r#"{"Records":[{"EventSource":"aws:sns","Sns":{}}]}"#, Format::NotificationSns),
            (r#"{"Type":"Notification","MessageId":"1","TopicArn":"t","Message":"{}"}"#, Format::NotificationSns),
            (r#"{"Records":[{"messageId":"1","body":"{}","eventSource":"aws:sqs"}]}"#, Format::NotificationSqs),
            (r#"{"Messages":[{"MessageId":"1","ReceiptHandle":"r","Body":"{}"}]}"#, Format::NotificationSqs),
            (
                r#"{"Records":[{"eventVersion":"1.0","eventSource":"s3.amazonaws.com","eventCategory":"Aggregated","timeWindow":{},"summary":{}}]}"#,
                Format::CloudtrailAggregated,
            ),
            (
                r#"[{"eventVersion":"1.0","eventSource":"s3.amazonaws.com","eventCategory":"Aggregated","timeWindow":{},"summary":{}}]"#,
                Format::CloudtrailAggregated,
            ),
            (r#"[{"eventSource":"a","eventTime":"b"}]"#, Format::CloudtrailArray),
            ("{\"eventSource\":\"a\",\"eventTime\":\"b\"}\n{\"eventSource\":\"a\"}", Format::CloudtrailStream),
            (r#"{"Events":[{"EventId":"1","CloudTrailEvent":"{}"}]}"#, Format::CloudtrailLookup),
            (
                r#"{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","detail":{"eventSource":"x","eventTime":"y"}}"#,
                Format::CloudtrailEventBridge,
            ),
            (
                r#"[{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","detail":{"eventSource":"x"}}]"#,
                Format::CloudtrailEventBridge,
            ),
            (r#"{"version":"0","detail-type":"GuardDuty Finding","source":"aws.guardduty","detail":{}}"#, Format::Unrecognised),
            (r#"[{"EventId":"1","CloudTrailEvent":"{}"}]"#, Format::CloudtrailLookup),
            (r#"["{\"eventVersion\":\"1.08\",\"eventSource\":\"a\"}"]"#, Format::CloudtrailLookup),
            (r#"{"@timestamp":"x","@version":"1","eventVersion":"1.08","eventSource":"a"}"#, Format::CloudtrailLogstash),
            ("User name,AWS access key,Event time,Event source\n", Format::CloudtrailConsoleCsv),
            ("eventID,eventTime,eventName\n", Format::CloudtrailQueryCsv),
            ("# Execution Time: 2024-05-02T00:00:00Z Query Statement: SELECT 1\n_col0\n1\n", Format::CloudtrailQueryCsv),
            (r#"{"QueryStatus":"FINISHED","QueryResultRows":[[{"eventName":"x"}]]}"#, Format::CloudtrailQueryAnswer),
            ("2024-05-01T09:12:33.000Z {\"eventVersion\":\"1.08\",\"eventSource\":\"a\"}\n", Format::CloudtrailLogLines),
            ("2024-05-01T09:12:33.000Z {\"level\":\"info\"}\n", Format::Unrecognised),
            (
                r#"{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[{"message":"{\"eventVersion\":\"1.08\",\"eventSource\":\"a\"}"}]}"#,
                Format::CloudtrailSubscription,
            ),
            (r#"{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[{"message":"START"}]}"#, Format::Unrecognised),
            (
                r#"{"events":[{"timestamp":1,"message":"{\"eventVersion\":\"1.08\",\"eventSource\":\"a\"}"}],"searchedLogStreams":[]}"#,
                Format::CloudtrailLogEvents,
            ),
            (r#"{"events":[],"searchedLogStreams":[]}"#, Format::CloudtrailLogEvents),
            (r#"{"events":[{"timestamp":1,"message":"START"}]}"#, Format::Unrecognised),
            (
                r#"{"results":[[{"field":"@message","value":"{\"eventVersion\":\"1.08\",\"eventSource\":\"a\"}"}]],"statistics":{},"status":"Complete"}"#,
                Format::CloudtrailLogsInsights,
            ),
            (r#"{"digestEndTime":"x","digestS3Object":"y","logFiles":[]}"#, Format::CloudtrailDigest),
            (r#"{"PublicKeyList":[]}"#, Format::PublicKeys),
            (r#"{"publicKeyList":[{"Value":"x"}]}"#, Format::PublicKeys),
            (r#"{"LastModified":"x","ContentLength":1,"Metadata":{"signature":"00"}}"#, Format::ObjectMetadata),
            (r#"{"files":[],"hashSignature":"00","publicKeyFingerprint":"00","region":"us-east-1"}"#, Format::LakeSignFile),
            (r#"{"fileVersion":"1.0","configSnapshotId":"a","configurationItems":[]}"#, Format::ConfigSnapshot),
            (r#"{"configurationItems":[]}"#, Format::ConfigHistory),
            (r#"{"Results":["{}"],"QueryInfo":{}}"#, Format::ConfigSelect),
            (r#"{"resourceType":"AWS::EC2::Instance","configurationItemStatus":"OK","awsRegion":"eu-west-1"}"#, Format::ConfigItem),
            (r#"{"resourceType":"string","configurationItemStatus":"string","awsRegion":"string"}"#, Format::Unrecognised),
            (r#"{"status_code":200,"data":{"trailList":[]}}"#, Format::DescribeTrails),
            ("user,arn,user_creation_time,password_enabled\n", Format::CredentialReport),
            ("\"identity/LineItemId\",\"lineItem/UsageAmount\"\n", Format::CostCur),
            ("BilledCost,ChargeCategory\n", Format::CostFocus),
            ("line_item_unblended_cost,product\n", Format::CostCur2),
            ("[engagement]\nclient = 1\n", Format::Engagement),
            ("# a comment\n\n[engagement]\nclient = 1\n", Format::Engagement),
            (r#"{"UserDetailList":[],"RoleDetailList":[]}"#, Format::AuthorizationDetails),
            (r#"{"status_code":200,"data":{"GroupDetailList":[]}}"#, Format::AuthorizationDetails),
            (r#"{"resourceIdentifiers":[{"resourceType":"AWS::EKS::Cluster"}]}"#, Format::ConfigInventory),
            (r#"{"ConfigRulesEvaluationStatus":[]}"#, Format::ConfigAnswers),
            (r#"{"ConformancePackComplianceSummaryList":[]}"#, Format::ConfigAnswers),
            (r#"{"Policies":[{"PolicyName":"p","PolicyId":"ANPA","Arn":"a"}]}"#, Format::Unrecognised),
            (r#"{"Accounts":[{"Id":"111122223333","Arn":"a","State":"ACTIVE"}]}"#, Format::OrganizationAccounts),
            (r#"{"Parents":[{"Id":"r-ab12","Type":"ROOT"}]}"#, Format::OrganizationParents),
            (r#"{"Parents":["x"]}"#, Format::Unrecognised),
            (r#"{"OrganizationalUnits":[]}"#, Format::OrganizationParents),
            (r#"{"Roots":[{"Id":"r-ab12","Arn":"a","Name":"Root","PolicyTypes":[]}]}"#, Format::OrganizationParents),
            (r#"{"Findings":[]}"#, Format::EmptyList),
            ("\nAn error occurred (AccessDenied) when calling the DescribeTrails operation: no\n", Format::CliError),
            (r#"{"Error":{"Code":"ThrottlingException","Message":"Rate exceeded"}}"#, Format::CliError),
            ("An error occurred while reading this", Format::Unrecognised),
            (
                r#"{"findings":[{"id":"f","analyzedAt":1,"resourceType":"AWS::S3::Bucket","awsRegion":"x"}]}"#,
                Format::AccessAnalyzerFindings,
            ),
            ("Label,CPUUtilization\n2024-06-01,1\n", Format::MetricsCsv),
            ("label\nx\n", Format::Unrecognised),
            ("", Format::Empty),
            ("hello\n", Format::Unrecognised),
            (r#"{"hello":1}"#, Format::Unrecognised),
        ];
        for (text, format) in cases {
            assert_eq!(detect(text.as_bytes()), *format, "{text}");
        }
    }

    #[test]
    fn a_recorded_answer_is_opened() {
        let text = br#"{"status_code":200,"data":{"trailList":[]}}"#;
        assert_eq!(inner(text), br#"{"trailList":[]}"#);
        assert_eq!(inner(br#"{"trailList":[]}"#), br#"{"trailList":[]}"#);
    }
}
