//! Why a result does not reach everything, as data. Words are made here and nowhere else, and no code looks into them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::text::list;

/// Places named in a sentence; the rest are counted.
pub const NAMED: usize = 4;

/// Why the extent of a result is partial or none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Reason {
    /// Members of the population could not be decided.
    Undecided {
        /// How many.
        undetermined: u64,
        /// Of how many.
        population: u64,
    },
    /// The population is empty, and the evidence does not establish that nothing is there.
    NothingFound,
    /// The records hold nothing a measure can be computed from.
    NothingToCompute,
    /// No event of the period was supplied.
    NoEvents,
    /// No configuration item was supplied.
    NoItems {
        /// The resource type that nothing is therefore known about; `None` where all types are meant.
        resource_type: Option<String>,
    },
    /// Items were supplied, none of this type, and no recorder is known to record it.
    NoItemsOfType {
        /// The resource type.
        resource_type: String,
    },
    /// A table that an export of its own fills is empty.
    NoRecords {
        /// The table.
        table: String,
    },
    /// No result of an AWS Config rule for a resource was supplied.
    NoRuleResult {
        /// The managed rule's identifier.
        rule: String,
    },
    /// The engagement names nothing on a list that the entry looks up.
    ListNotStated {
        /// The list.
        list: String,
    },
    /// Some expected accounts have no result of an AWS Config rule.
    RuleResultsMissing {
        /// The managed rule's identifier.
        rule: String,
        /// The accounts.
        accounts: Vec<String>,
    },
    /// Some expected Regions of accounts with results have none of an AWS Config rule, which AWS Config gives Region by Region.
    RuleResultsMissingIn {
        /// The managed rule's identifier.
        rule: String,
        /// Accounts with Regions.
        places: Vec<Place>,
    },
    /// Some expected Regions of accounts with rows have none in a list that is asked for Region by Region.
    ListMissingIn {
        /// The table that the list fills.
        table: String,
        /// Accounts with Regions.
        places: Vec<Place>,
    },
    /// The list that says which accounts to expect goes on after the page that was delivered, or holds records that were not
    /// understood.
    ExpectedInPart {
        /// The paths of its files.
        files: Vec<String>,
    },
    /// Some expected accounts have no row in a list that is asked for account by account.
    ListMissing {
        /// The table that the list fills.
        table: String,
        /// The accounts.
        accounts: Vec<String>,
    },
    /// Files that give rows to what is tested are cut off, go on elsewhere, or hold records that were not understood.
    FilesInPart {
        /// How many.
        files: u64,
        /// The paths of the first, in order: there may be as many files as days, and every control may rest on them.
        named: Vec<String>,
    },
    /// Which accounts, or Regions, to expect is not known.
    ExpectedUnknown {
        /// What is not known.
        what: Expected,
    },
    /// What is tested is not known to be recorded in some expected places.
    NotKnownRecorded {
        /// Accounts, or accounts with Regions.
        places: Vec<Place>,
    },
    /// Expected days without any event supplied.
    DaysNotSupplied {
        /// Days, summed over accounts and Regions.
        days: u64,
        /// Accounts and Regions concerned.
        lines: u64,
    },
    /// Days without events that no digest file shows to have been quiet.
    DaysSilent {
        /// Days, summed over accounts and Regions.
        days: u64,
        /// Accounts and Regions concerned.
        lines: u64,
    },
    /// Days with events of which nothing shows that all log files were supplied.
    DaysNotShown {
        /// Days, summed over accounts and Regions.
        days: u64,
        /// Accounts and Regions concerned.
        lines: u64,
    },
    /// Events that no row stands for, since a value that the control reads was not stated or not kept.
    ValuesNotStated {
        /// How many.
        events: u64,
    },
    /// Days whose events all come from exports that hold less than a trail delivers.
    DaysWeaker {
        /// Days, summed over accounts and Regions.
        days: u64,
        /// Accounts and Regions concerned.
        lines: u64,
    },
    /// A division gave nothing although there is something to divide.
    NoBase {
        /// What is divided, in digits.
        part: String,
        /// Its currency; empty for what is no money.
        currency: String,
        /// What it is divided by; empty where there is nothing.
        whole: String,
    },
    /// Several files state the same charges, and nothing says which of them counts.
    ChargesRefused {
        /// Billing months, `YYYY-MM`.
        months: Vec<String>,
        /// The files.
        files: Vec<String>,
    },
    /// The evaluation failed; the error stands beside the reason.
    Failed,
}

/// An account, or one of its Regions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Account id.
    pub account: String,
    /// Region; empty where what is meant belongs to no Region.
    pub region: String,
}

impl Place {
    /// A Region of an account.
    pub fn new(account: &str, region: &str) -> Self {
        Self { account: account.to_owned(), region: region.to_owned() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.account)?;
        if self.region.is_empty() { Ok(()) } else { write!(f, " {}", self.region) }
    }
}

/// What is not known of the expected set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Accounts and Regions.
    AccountsAndRegions,
    /// Accounts.
    Accounts,
    /// Regions.
    Regions,
}

impl Reason {
    /// What it lacks: reasons of one family are stated together.
    pub fn family(&self) -> Family<'_> {
        match self {
            Self::NoItems { .. } => Family::Items,
            Self::NoItemsOfType { .. } => Family::ItemsOfType,
            Self::NoRecords { table } => Family::Export(export(table).name),
            Self::NoRuleResult { .. } => Family::RuleResults,
            Self::ListNotStated { .. } => Family::Lists,
            Self::Undecided { .. } => Family::Undecided,
            other => Family::Alone(other),
        }
    }

    /// The resource type, table, rule or list that is lacking.
    fn named(&self) -> Option<&str> {
        match self {
            Self::NoItems { resource_type } => resource_type.as_deref(),
            Self::NoItemsOfType { resource_type: name }
            | Self::NoRecords { table: name }
            | Self::NoRuleResult { rule: name }
            | Self::ListNotStated { list: name } => Some(name),
            _ => None,
        }
    }

    /// Whether it says that events do not cover the period.
    pub fn is_event_gap(&self) -> bool {
        matches!(self, Self::DaysNotSupplied { .. } | Self::DaysSilent { .. } | Self::DaysNotShown { .. } | Self::DaysWeaker { .. })
    }

    /// The same without its figures, for a line that sums up several results.
    pub fn in_short(&self) -> String {
        match self {
            reason if reason.is_event_gap() => "events do not cover the whole period".to_owned(),
            Self::NotKnownRecorded { .. } => {
                "not of every account and Region was a snapshot delivered whose recorder is known to record what is tested".to_owned()
            }
            Self::Undecided { .. } => "some rows could not be decided".to_owned(),
            Self::FilesInPart { .. } => "some files are here in part".to_owned(),
            reason => reason.to_string(),
        }
    }

    /// What to ask the client for.
    pub fn request(&self) -> &'static str {
        match self {
            Self::NoRecords { table } | Self::ListMissing { table, .. } | Self::ListMissingIn { table, .. } => export(table).request,
            Self::ListNotStated { .. } => "the names on the list, in engagement.toml ([[allow_list]])",
            Self::NoRuleResult { .. } | Self::RuleResultsMissing { .. } | Self::RuleResultsMissingIn { .. } => {
                export("config_compliance").request
            }
            Self::ExpectedInPart { .. } => "organizations list-accounts anew, with all pages, or the expected accounts in engagement.toml",
            Self::NoEvents
            | Self::ValuesNotStated { .. }
            | Self::DaysNotSupplied { .. }
            | Self::DaysSilent { .. }
            | Self::DaysNotShown { .. }
            | Self::DaysWeaker { .. } => "the trail's log files of the period for every account and Region, with their digest files",
            Self::NoItems { .. } | Self::NoItemsOfType { .. } | Self::NotKnownRecorded { .. } => {
                "an AWS Config snapshot of each account and Region (aws configservice deliver-config-snapshot), with the recorder's settings"
            }
            Self::NothingFound | Self::ExpectedUnknown { .. } => {
                "the expected accounts and Regions in engagement.toml, and the records of each of them"
            }
            Self::Undecided { .. } => "items that state the missing settings; the control's undetermined rows name them",
            Self::NothingToCompute | Self::NoBase { .. } => "see the measure's procedure",
            Self::ChargesRefused { .. } => "the export's manifest, or one delivery of each month only",
            Self::FilesInPart { .. } => "these files anew, whole, with all pages; the list of inputs says what is wrong with each",
            Self::Failed => "the error is printed with the control in the appendix",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = |lines: u64| counted(lines, "account and Region", "accounts and Regions");
        match self {
            Self::Undecided { undetermined, population } => write!(f, "{undetermined} of {population} could not be decided"),
            Self::NothingFound => f.write_str("no occurrences noted, and completeness not established"),
            Self::NothingToCompute => f.write_str("the records hold nothing it can be computed from"),
            Self::NoEvents => f.write_str("no CloudTrail event of the period was delivered"),
            Self::NoItems { resource_type: None } => f.write_str("no AWS Config item was delivered"),
            Self::NoItems { resource_type: Some(kind) } => {
                write!(f, "no AWS Config item was delivered, so nothing is known about {kind}")
            }
            Self::NoItemsOfType { resource_type } => {
                write!(f, "{resource_type}: no item was delivered, nor a snapshot of a recorder known to record it")
            }
            Self::NoRecords { table } => write!(f, "not delivered: {} (table {table})", export(table).name),
            Self::ListNotStated { list } => write!(f, "the engagement names nothing on its list {list}"),
            Self::NoRuleResult { rule } => write!(f, "no result by resource of an AWS Config rule {rule} was delivered"),
            Self::RuleResultsMissing { rule, accounts } => {
                write!(f, "no result of the AWS Config rule {rule} was delivered for {}", list(accounts, NAMED))
            }
            Self::ListMissing { table, accounts } => {
                let name = export(table).name;
                write!(f, "no record of {name} was delivered for {}: there is none, or nobody asked for it", list(accounts, NAMED))
            }
            Self::RuleResultsMissingIn { rule, places } => {
                write!(f, "no result of the AWS Config rule {rule} was delivered for {}", list(places.iter().map(Place::to_string), NAMED))
            }
            Self::ListMissingIn { table, places } => {
                let (name, places) = (export(table).name, list(places.iter().map(Place::to_string), NAMED));
                write!(f, "no record of {name} was delivered for {places}: there is none, or nobody asked for it")
            }
            Self::ExpectedInPart { files } => {
                write!(f, "the list of accounts is here in part ({}), so further accounts may be in scope", list(files, NAMED))
            }
            Self::FilesInPart { files, named } => {
                let of = counted(*files, "file is", "files are");
                let more = files.saturating_sub(named.len() as u64);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                write!(
                    f,
                    "{of} here in part: cut off, with more pages elsewhere, or with records that were not understood ({}{more})",
                    named.join(", ")
                )
            }
            Self::ExpectedUnknown { what } => f.write_str(match what {
                Expected::AccountsAndRegions => "the expected accounts and Regions are not known",
                Expected::Accounts => "the expected accounts are not known",
                Expected::Regions => "the expected Regions are not known",
            }),
            Self::NotKnownRecorded { places } => {
                write!(
                    f,
                    "no snapshot of a recorder known to record it was delivered for {}",
                    list(places.iter().map(Place::to_string), NAMED)
                )
            }
            Self::DaysNotSupplied { days, lines } => {
                write!(f, "no events were delivered for {} in {}", counted(*days, "expected day", "expected days"), places(*lines))
            }
            Self::DaysSilent { days, lines } => write!(
                f,
                "{} without events in {} cannot be told from missing logs, since no digest file shows that there were none",
                counted(*days, "day", "days"),
                places(*lines)
            ),
            Self::DaysNotShown { days, lines } => write!(
                f,
                "nothing shows that all log files of {} in {} are here: no digest file covers them, and they do not follow one another without a pause",
                counted(*days, "day with events", "days with events"),
                places(*lines)
            ),
            Self::ValuesNotStated { events } => write!(
                f,
                "{} could not be placed, because a value that decides is not in the export or was not kept",
                counted(*events, "event", "events")
            ),
            Self::DaysWeaker { days, lines } => write!(
                f,
                "the events of {} in {} come only from exports that hold less than a trail delivers",
                counted(*days, "day", "days"),
                places(*lines)
            ),
            Self::NoBase { part, currency, whole } => {
                let of = if currency.is_empty() { String::new() } else { format!(" in {currency}") };
                write!(f, "the share of {part}{of} is not determined, because ")?;
                if whole.is_empty() {
                    f.write_str("there is nothing to divide it by")
                } else {
                    write!(f, "what it is divided by is not above zero: {whole}")
                }
            }
            Self::ChargesRefused { months, files } => {
                let of = if months.is_empty() { String::new() } else { format!(" of {}", months.join(", ")) };
                let files = files.join(", ");
                write!(f, "charges not determined: nothing says which of these files states the charges{of}: {files}")
            }
            Self::Failed => f.write_str("its evaluation failed"),
        }
    }
}

/// The evidence that reasons of one family lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family<'r> {
    /// All configuration items.
    Items,
    /// Configuration items of some resource types.
    ItemsOfType,
    /// An export, by its name.
    Export(&'static str),
    /// Results of AWS Config rules.
    RuleResults,
    /// Names on lists of the engagement.
    Lists,
    /// Settings or values of single rows, which differ from test to test.
    Undecided,
    /// What no other reason lacks.
    Alone(&'r Reason),
}

/// Reasons by what they lack.
pub fn families<'r>(reasons: impl IntoIterator<Item = &'r Reason>) -> BTreeMap<Family<'r>, BTreeSet<&'r Reason>> {
    let mut families: BTreeMap<Family<'_>, BTreeSet<&Reason>> = BTreeMap::new();
    for reason in reasons {
        families.entry(reason.family()).or_default().insert(reason);
    }
    families
}

/// Reasons of one family in one sentence, which names what they name.
pub fn joined(reasons: &BTreeSet<&Reason>) -> String {
    let names: BTreeSet<&str> = reasons.iter().filter_map(|reason| reason.named()).collect();
    // One name may stand beside the reason that names none: the last says the more.
    let Some(last) = reasons.last() else { return String::new() };
    let several = names.len() > 1;
    let names = list(names, NAMED);
    match last.family() {
        Family::Items if several => format!("no AWS Config item was delivered, so nothing is known about {names}"),
        Family::ItemsOfType if several => format!("no item was delivered, nor a snapshot of a recorder known to record it: {names}"),
        Family::Export(export) if several => format!("not delivered: {export} (tables {names})"),
        Family::RuleResults if several => format!("no result by resource of the AWS Config rules {names} was delivered"),
        Family::Lists if several => format!("the engagement names nothing on its lists {names}"),
        Family::Undecided if reasons.len() > 1 => "rows that could not be decided".to_owned(),
        _ => last.to_string(),
    }
}

/// The sentences, in the order of the reasons.
pub fn sentences(reasons: &[Reason]) -> Vec<String> {
    reasons.iter().map(Reason::to_string).collect()
}

/// Why a row of a population could not be decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowReason {
    /// A resource type that the control rests on is not recorded there.
    NotRecorded {
        /// Resource type.
        resource_type: String,
        /// Account.
        account: String,
        /// Region.
        region: String,
    },
    /// AWS Config says that it does not record the resource any more: what it is like since then is not known.
    Lapsed {
        /// Since when, if it says so.
        since: Option<String>,
    },
    /// It is not known whether it is.
    RecordingUnknown {
        /// Resource type.
        resource_type: String,
        /// Account.
        account: String,
        /// Region.
        region: String,
    },
    /// It would be concluded from events that are not there, and it is not shown that all events are here.
    NotObserved {
        /// Account.
        account: String,
        /// Region; empty for all of the account.
        region: String,
        /// Days that are not wholly covered, summed over Regions.
        days: u64,
        /// Days of the span, likewise.
        of: u64,
    },
    /// The control says it itself.
    Told {
        /// In its words.
        text: String,
    },
    /// Columns of the condition were not supplied.
    NotSupplied {
        /// The columns.
        columns: Vec<String>,
    },
    /// A value that the control reads was too long or too deep to be kept, or is broken.
    NotKept {
        /// Columns, each with what is wrong with its value.
        values: Vec<String>,
    },
    /// All columns are there, and the condition still gave NULL.
    NoAnswer,
}

impl fmt::Display for RowReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRecorded { resource_type, account, region } => write!(f, "{resource_type} is not recorded in {account} {region}"),
            Self::Lapsed { since: Some(since) } => {
                write!(f, "AWS Config does not record this resource since {since}: its state after that is not known")
            }
            Self::Lapsed { since: None } => {
                f.write_str("AWS Config says that it does not record this resource any more: its present state is not known")
            }
            Self::RecordingUnknown { resource_type, account, region } => {
                write!(f, "no snapshot of a recorder known to record {resource_type} was delivered for {account} {region}")
            }
            Self::NotObserved { account, region, days, of } => {
                let (place, sum) =
                    if region.is_empty() { (account.clone(), ", summed over its Regions,") } else { (format!("{account} {region}"), "") };
                write!(
                    f,
                    "no event was found, but nothing shows that all log files of {place} are here: not for {days} of {}{sum}",
                    counted(*of, "day", "days")
                )?;
                f.write_str(" of the time that counts")
            }
            Self::Told { text } => f.write_str(text),
            Self::NotSupplied { columns } => {
                let words: Vec<String> = columns.iter().map(|column| column.replace('_', " ")).collect();
                write!(f, "not supplied: {}", words.join(", "))
            }
            Self::NotKept { values } => f.write_str(&values.join(", ")),
            Self::NoAnswer => f.write_str("the condition gave no answer"),
        }
    }
}

/// The export that fills a table.
pub struct Export {
    /// What it is called.
    pub name: &'static str,
    /// How to ask for it.
    pub request: &'static str,
}

/// The export that fills a table.
pub fn export(table: &str) -> Export {
    let command = |name: &'static str| Export { name, request: name };
    match table {
        "iam_credentials" | "root_credentials" => Export {
            name: "IAM credential report",
            request: "aws iam generate-credential-report, then aws iam get-credential-report, in each account",
        },
        "trails" => command("aws cloudtrail describe-trails"),
        "trail_status" => command("aws cloudtrail get-trail-status"),
        "trail_event_selectors" => command("aws cloudtrail get-event-selectors"),
        "config_compliance" => {
            Export { name: "AWS Config rule results", request: "aws configservice get-compliance-details-by-config-rule for each rule" }
        }
        "config_recorders" => Export {
            name: "configuration recorders",
            request: "aws configservice describe-configuration-recorders and describe-configuration-recorder-status in each Region",
        },
        "iam_account_summary" => command("aws iam get-account-summary"),
        "third_party_findings" => Export {
            name: "findings of Security Hub, GuardDuty, Access Analyzer, Inspector or Trusted Advisor",
            request: "aws securityhub get-findings, aws guardduty get-findings (or its export to S3), aws accessanalyzer list-findings-v2, aws inspector2 list-findings, aws support describe-trusted-advisor-check-result",
        },
        "backup_jobs" => command("aws backup list-backup-jobs"),
        "restore_jobs" => command("aws backup list-restore-jobs"),
        "backup_recovery_points" => command("aws backup list-recovery-points-by-backup-vault"),
        "backup_protected_resources" => command("aws backup list-protected-resources"),
        "identity_center_assignments" => command("aws sso-admin list-account-assignments"),
        "identity_center_permission_sets" => command("aws sso-admin describe-permission-set"),
        "identity_center_policies" => Export {
            name: "policies of permission sets from aws sso-admin",
            request: "aws sso-admin get-inline-policy-for-permission-set and list-managed-policies-in-permission-set",
        },
        "organization_policies" | "organization_policy_statements" => command("aws organizations describe-policy"),
        "organization_policy_targets" => command("aws organizations list-targets-for-policy"),
        "organization_parents" => Export {
            name: "aws organizations list-parents",
            request: "aws organizations list-parents for each account and unit, each in a file that has its id in its name",
        },
        "config_rule_status" => command("aws configservice describe-config-rule-evaluation-status"),
        "config_delivery_channels" => command("aws configservice describe-delivery-channel-status"),
        "s3_access" => Export { name: "S3 server access logs", request: "the server access logs of the buckets" },
        "iam_last_accessed" => command("aws iam get-service-last-accessed-details"),
        "trail_coverage" => {
            Export { name: "CloudTrail log files", request: "the trail's log files of the period for every account and Region" }
        }
        "trail_states" => Export {
            name: "AWS Config items of trails, or aws cloudtrail describe-trails",
            request: "aws cloudtrail describe-trails, and for each trail aws cloudtrail get-trail-status and get-event-selectors",
        },
        "config_deliveries" => Export {
            name: "AWS Config snapshots and history",
            request: "aws configservice deliver-config-snapshot in each Region, and the bucket of AWS Config below AWSLogs/ACCOUNT/Config",
        },
        "recorder_coverage" => export("config_recorders"),
        "integrity_chains" => Export { name: "CloudTrail digest files", request: "the digest files beside the trail's log files" },
        "costs" | "cost_daily" | "cost_resources" | "cost_hours" | "cost_tags" => Export {
            name: "cost and usage export",
            request: "the Cost and Usage Report or FOCUS export of each month of the period from the payer account, with resource ids, all tags and hourly rows (aws cur describe-report-definitions or aws bcm-data-exports list-exports, both with --region us-east-1, name bucket and prefix; aws s3 sync copies the files with their manifests)",
        },
        "cost_recommendations" => Export {
            name: "recommendations of Cost Optimization Hub or Compute Optimizer",
            request: "aws cost-optimization-hub list-recommendations --region us-east-1, or aws compute-optimizer get-ec2-instance-recommendations and the commands for other resource types",
        },
        "carbon_emissions" => Export {
            name: "AWS's own carbon export",
            request: "the carbon emissions export of the payer account (aws bcm-data-exports list-exports --region us-east-1)",
        },
        "wa_tool_answers" => {
            Export { name: "answers in the Well-Architected Tool", request: "aws wellarchitected list-answers for each workload" }
        }
        _ => Export { name: "the export that fills it", request: "see the control's procedure" },
    }
}

fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_and_say_so() {
        let places = |n: usize| Reason::NotKnownRecorded { places: (1..=n).map(|i| Place::new(&format!("p{i}"), "")).collect() };
        assert_eq!(places(4).to_string(), "no snapshot of a recorder known to record it was delivered for p1, p2, p3, p4");
        assert_eq!(places(6).to_string(), "no snapshot of a recorder known to record it was delivered for p1, p2, p3, p4 and 2 more");
    }

    #[test]
    fn one_is_not_many() {
        let gap = |days, lines| Reason::DaysNotSupplied { days, lines }.to_string();
        assert_eq!(gap(1, 1), "no events were delivered for 1 expected day in 1 account and Region");
        assert_eq!(gap(3, 2), "no events were delivered for 3 expected days in 2 accounts and Regions");
    }

    #[test]
    fn reasons_of_one_family_are_one_sentence() {
        let said = |reasons: &[Reason]| families(reasons).values().map(joined).collect::<Vec<_>>();
        let table = |name: &str| Reason::NoRecords { table: name.to_owned() };
        let rule = |name: &str| Reason::NoRuleResult { rule: name.to_owned() };
        assert_eq!(
            said(&[table("cost_daily"), table("iam_credentials"), table("cost_hours")]),
            [
                "not delivered: IAM credential report (table iam_credentials)",
                "not delivered: cost and usage export (tables cost_daily, cost_hours)",
            ]
        );
        assert_eq!(said(&[rule("B"), rule("A")]), ["no result by resource of the AWS Config rules A, B was delivered"]);
        assert_eq!(said(&[rule("A")]), [rule("A").to_string()]);
        // What lacks nothing in common stays apart.
        assert_eq!(said(&[Reason::NoEvents, Reason::NothingFound]).len(), 2);
    }

    #[test]
    fn only_gaps_of_days_are_gaps_of_events() {
        assert!(Reason::DaysSilent { days: 1, lines: 1 }.is_event_gap());
        assert!(!Reason::Undecided { undetermined: 1, population: 2 }.is_event_gap());
        assert!(!Reason::ExpectedUnknown { what: Expected::Regions }.is_event_gap());
    }
}
