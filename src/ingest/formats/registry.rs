//! The export formats, one line each: the id that manifests and tables keep, and the declaration beside its reader.
//! Outputs list them in this order.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::cloudtrail::Container;
use super::declaration::{Declaration, Grade, Holds};
use super::list::{Answer, Shape};
use super::{
    cli_answers, cli_error, cloudtrail, config, cost, credentials, integrity, notifications, own_outputs, posture, trail_exports, unread,
};

macro_rules! registry {
    ($($name:ident => $declaration:expr;)*) => {
        /// A kind of export.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the label of each declaration says what it is")]
        pub enum Format {
            $($name),*
        }

        impl Format {
            /// All formats.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What is known of the format.
            pub fn declaration(self) -> &'static Declaration {
                match self {
                    $(Self::$name => &$declaration),*
                }
            }
        }
    };
}

registry! {
    CloudtrailRecords => cloudtrail::format::LOG_FILE;
    CloudtrailArray => cloudtrail::format::BARE_LIST;
    CloudtrailStream => cloudtrail::format::STREAM;
    CloudtrailLookup => trail_exports::format::LOOKUP;
    CloudtrailConsoleCsv => trail_exports::format::CONSOLE_CSV;
    CloudtrailQueryCsv => trail_exports::format::QUERY_CSV;
    CloudtrailQueryAnswer => trail_exports::format::QUERY_ANSWER;
    CloudtrailLogLines => trail_exports::format::LOG_LINES;
    CloudtrailSubscription => trail_exports::format::SUBSCRIPTION;
    CloudtrailLogEvents => trail_exports::format::LOG_EVENTS;
    CloudtrailLogsInsights => trail_exports::format::LOGS_INSIGHTS;
    CloudtrailEventBridge => trail_exports::format::EVENT_BRIDGE;
    CloudtrailLogstash => trail_exports::format::LOGSTASH;
    CloudtrailAggregated => notifications::AGGREGATED;
    NotificationS3 => notifications::S3;
    NotificationSns => notifications::SNS;
    NotificationSqs => notifications::SQS;
    CloudtrailDigest => integrity::format::DIGEST;
    PublicKeys => integrity::format::PUBLIC_KEYS;
    ObjectMetadata => integrity::format::OBJECT_METADATA;
    LakeSignFile => integrity::format::SIGN_FILE;
    ConfigSnapshot => config::format::SNAPSHOT;
    ConfigHistory => config::format::HISTORY;
    ConfigBatch => config::format::BATCH;
    ConfigItem => config::format::ITEM;
    ConfigSelect => config::format::SELECT;
    ConfigAnswers => cli_answers::format::RULES;
    ConfigRecorders => cli_answers::format::RECORDERS;
    CostCur => cost::format::CUR;
    CostCur2 => cost::format::CUR_2;
    CostFocus => cost::format::FOCUS;
    CostManifest => cost::format::MANIFEST;
    Parquet => unread::PARQUET;
    DetailedBilling => cost::format::DETAILED_BILLING;
    CostExplorer => cost::format::EXPLORER;
    Invoices => cost::format::INVOICES;
    CostOptimizationHub => cost::format::HUB;
    CostOptimizationHubAnswer => cost::format::HUB_ANSWER;
    ComputeOptimizer => cost::format::OPTIMIZER;
    CarbonEmissions => cost::format::CARBON;
    CredentialReport => credentials::format::CSV;
    CredentialReportJson => credentials::format::JSON;
    DescribeTrails => cli_answers::format::TRAILS;
    TrailStatus => cli_answers::format::TRAIL_STATUS;
    EventSelectors => cli_answers::format::SELECTORS;
    OrganizationAccounts => cli_answers::format::ACCOUNTS;
    AccountSummary => cli_answers::format::ACCOUNT_SUMMARY;
    ClientControls => cli_answers::format::CLIENT_CONTROLS;
    AuthorizationDetails => config::format::AUTHORIZATION_DETAILS;
    LastAccessed => posture::access::LAST_ACCESSED;
    SecurityHubFindings => posture::findings::SECURITY_HUB;
    GuardDutyFindings => posture::findings::GUARD_DUTY;
    AccessAnalyzerFindings => posture::findings::ACCESS_ANALYZER;
    InspectorFindings => posture::findings::INSPECTOR;
    TrustedAdvisor => posture::trusted_advisor::FORMAT;
    IdentityCenter => posture::access::IDENTITY_CENTER;
    OrganizationPolicies => posture::organization::POLICIES;
    OrganizationParents => posture::organization::PARENTS;
    BackupJobs => posture::backup::FORMAT;
    Metrics => posture::metrics::FORMAT;
    MetricsCsv => posture::metrics::CSV;
    WellArchitectedTool => posture::review::FORMAT;
    S3AccessLog => posture::s3_access::FORMAT;
    AccountRegions => posture::regions::FORMAT;
    ConfigInventory => cli_answers::format::INVENTORY;
    Engagement => own_outputs::ENGAGEMENT;
    Archive => unread::ARCHIVE;
    EarlierReport => own_outputs::EARLIER_REPORT;
    EvidenceStore => own_outputs::EVIDENCE_STORE;
    StoreTable => own_outputs::STORE_TABLE;
    UnfinishedOutput => own_outputs::UNFINISHED_OUTPUT;
    Empty => unread::EMPTY;
    Unrecognised => unread::UNRECOGNISED;
    CliError => cli_error::FORMAT;
    EmptyList => unread::EMPTY_LIST;
}

/// Formats in the order in which their marks are asked.
pub static ASKED: LazyLock<Vec<Format>> = LazyLock::new(|| {
    let mut all = Format::ALL.to_vec();
    all.sort_by_key(|format| format.declaration().rank);
    all
});

/// Answers of the CLI that are read as a whole, in that order: a file may hold several kinds of them.
pub fn answers() -> &'static [&'static Answer] {
    static ANSWERS: LazyLock<Vec<&'static Answer>> = LazyLock::new(|| ASKED.iter().flat_map(|f| f.declaration().answers).collect());
    &ANSWERS
}

/// Lists whose records are read one by one, in that order.
pub fn shapes() -> &'static [&'static Shape] {
    static SHAPES: LazyLock<Vec<&'static Shape>> = LazyLock::new(|| ASKED.iter().flat_map(|f| f.declaration().shapes).collect());
    &SHAPES
}

impl Format {
    /// What the manifest calls it.
    pub fn label(self) -> &'static str {
        self.declaration().label
    }

    /// The format under which it is listed: the first with its label. The CSV of a credential report and the CLI's JSON
    /// around it are one kind to a reader.
    pub fn listed_as(self) -> Self {
        Self::ALL.iter().copied().find(|format| format.label() == self.label()).unwrap_or(self)
    }

    /// Whether it holds the state of resources: items of AWS Config, or IAM's authorization details.
    pub fn is_configuration(self) -> bool {
        matches!(self.declaration().holds, Holds::Items | Holds::AuthorizationDetails)
    }

    /// Whether a file of it holds charges.
    pub fn is_charges(self) -> bool {
        self.declaration().holds == Holds::Charges
    }

    /// Whether it says which files make up a delivery of charges.
    pub fn is_assembly(self) -> bool {
        self.declaration().holds == Holds::Assembly
    }

    /// Whether it holds digests of log files.
    pub fn is_digest(self) -> bool {
        self.declaration().holds == Holds::Digests
    }

    /// Whether it proves anything about log files.
    pub fn is_integrity(self) -> bool {
        matches!(self.declaration().holds, Holds::Digests | Holds::Proof)
    }

    /// Whether it holds the credentials of an account's users.
    pub fn is_credentials(self) -> bool {
        self.declaration().holds == Holds::Credentials
    }

    /// Whether nothing is read from it.
    pub fn is_nothing(self) -> bool {
        self.declaration().holds == Holds::Nothing
    }

    /// The container of CloudTrail records, for formats that are one.
    pub fn cloudtrail(self) -> Option<Container> {
        match self.declaration().holds {
            Holds::Events(container) => Some(container),
            _ => None,
        }
    }

    /// Whether it is a log file as a trail delivers it.
    pub fn is_log_file(self) -> bool {
        self.declaration().holds == Holds::Events(Container::Records)
    }

    /// Why the records of a file are counted and enter no table, for formats whose records are no events.
    pub fn set_apart(self) -> Option<&'static str> {
        match self.declaration().holds {
            Holds::SetApart(why) => Some(why),
            _ => None,
        }
    }

    /// What the format is worth as evidence, and its limits in a few words (formats.md 1.6 to 1.10).
    pub fn evidence(self) -> (Grade, &'static str) {
        (self.declaration().grade, self.declaration().limits)
    }

    /// Events, but with less to them than in the files that a trail delivers.
    pub fn is_weaker_trail_evidence(self) -> bool {
        self.cloudtrail().is_some() && self.declaration().grade != Grade::Full
    }

    /// Which of several copies of an event is kept: the one from the format of lowest rank. Copies from
    /// [`super::declaration::LOSSY_RANK`] on hold a part of the record only and are no other version of it.
    pub fn copy_rank(self) -> u8 {
        self.declaration().copy_rank
    }
}
