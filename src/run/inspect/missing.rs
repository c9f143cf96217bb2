//! What is missing for which part of the report, and how to export it.

use std::collections::BTreeSet;

use super::screen;
use super::seen::Seen;
use crate::engagement::Engagement;
use crate::ingest::detect::Format;

/// A part of the report and the exports that feed it.
struct Part {
    /// What the report then tells.
    tells: &'static str,
    /// Any of these formats will do.
    formats: &'static [Format],
    /// Whether each account needs its own.
    each: bool,
    /// The export and how to make it.
    what: &'static str,
    how: &'static str,
}

const PARTS: &[Part] = &[
    Part {
        tells: "who accessed and changed what",
        formats: &[Format::CloudtrailRecords, Format::CloudtrailArray, Format::CloudtrailStream],
        each: true,
        what: "CloudTrail log files",
        how: "aws s3 sync s3://TRAIL-BUCKET/AWSLogs/ cloudtrail/AWSLogs/",
    },
    Part {
        tells: "that no log file is missing",
        formats: &[Format::CloudtrailDigest],
        each: true,
        what: "CloudTrail digest files",
        how: "aws s3 sync s3://TRAIL-BUCKET/AWSLogs/ACCOUNT/CloudTrail-Digest/ cloudtrail/AWSLogs/ACCOUNT/CloudTrail-Digest/",
    },
    Part {
        tells: "that the digest files are CloudTrail's own",
        formats: &[Format::PublicKeys],
        each: false,
        what: "public keys of CloudTrail",
        how: "aws cloudtrail list-public-keys --start-time FROM --end-time TO --region REGION > list-public-keys-REGION.json, in each Region",
    },
    Part {
        tells: "settings of trails",
        formats: &[Format::DescribeTrails],
        each: false,
        what: "describe-trails",
        how: "aws cloudtrail describe-trails > trails/ACCOUNT/describe-trails.json",
    },
    Part {
        tells: "whether trails log",
        formats: &[Format::TrailStatus],
        each: false,
        what: "get-trail-status",
        how: "aws cloudtrail get-trail-status --name TRAIL > trails/get-trail-status-TRAIL.json",
    },
    Part {
        tells: "what trails record",
        formats: &[Format::EventSelectors],
        each: false,
        what: "get-event-selectors",
        how: "aws cloudtrail get-event-selectors --trail-name TRAIL > trails/get-event-selectors-TRAIL.json",
    },
    Part {
        tells: "how resources are set, zone by zone",
        formats: &[Format::ConfigSnapshot, Format::ConfigBatch],
        each: true,
        what: "AWS Config snapshots",
        how: "aws configservice deliver-config-snapshot --delivery-channel-name default; aws s3 sync s3://CONFIG-BUCKET/AWSLogs/ config/AWSLogs/",
    },
    Part {
        tells: "how settings changed in the period",
        formats: &[Format::ConfigHistory],
        each: true,
        what: "AWS Config history",
        how: "aws s3 sync s3://CONFIG-BUCKET/AWSLogs/ config/AWSLogs/ --exclude '*' --include '*ConfigHistory*'",
    },
    Part {
        tells: "results of AWS Config's own rules",
        formats: &[Format::ConfigAnswers],
        each: false,
        what: "rule results",
        how: "aws configservice get-compliance-details-by-config-rule --config-rule-name RULE > config/ACCOUNT/REGION/RULE.json",
    },
    Part {
        tells: "passwords, keys and second factors",
        formats: &[Format::CredentialReport, Format::CredentialReportJson],
        each: true,
        what: "IAM credential report",
        how: "aws iam generate-credential-report; aws iam get-credential-report --query Content --output text | base64 -d > iam/ACCOUNT/credential-report.csv",
    },
    Part {
        tells: "which accounts there are",
        formats: &[Format::OrganizationAccounts],
        each: false,
        what: "organizations list-accounts",
        how: "aws organizations list-accounts > trails/organizations-list-accounts.json",
    },
    Part {
        tells: "cost, waste and carbon",
        formats: &[Format::CostCur, Format::CostCur2, Format::CostFocus],
        each: false,
        what: "cost and usage export",
        how: "aws s3 sync s3://BILLING-BUCKET/PREFIX/REPORT/ cost/   (CSV, gzip, with resource ids and tags)",
    },
    Part {
        tells: "tests of the client's own controls",
        formats: &[Format::ClientControls, Format::Engagement],
        each: false,
        what: "client controls",
        how: "[[client_control]] in engagement.toml, or a CSV with control_id, control_text, criteria, tests",
    },
    Part {
        tells: "period, scope, representations",
        formats: &[Format::Engagement],
        each: false,
        what: "engagement.toml",
        how: "sixpillars init",
    },
];

/// The list, or a line that says nothing is missing.
pub(super) fn text(files: &[Seen], engagement: &Engagement) -> String {
    let accounts = |list: &mut dyn Iterator<Item = &Seen>| -> BTreeSet<String> {
        list.flat_map(|f| &f.places).map(|(a, _)| a.clone()).filter(|a| !a.is_empty()).collect()
    };
    let mut expected = accounts(&mut files.iter());
    expected.extend(engagement.scope.account.iter().map(|a| a.id.clone()));
    let mut rows = Vec::new();
    for part in PARTS {
        let of = |f: &&Seen| f.format.is_some_and(|x| part.formats.contains(&x));
        let n = files.iter().filter(of).count();
        let have = accounts(&mut files.iter().filter(of));
        let missing: Vec<String> = expected.difference(&have).cloned().collect();
        let what = if n == 0 {
            part.what.to_owned()
        } else if part.each && !have.is_empty() && !missing.is_empty() {
            format!("{} of {}", part.what, few(&missing))
        } else {
            continue;
        };
        rows.push(vec![what, part.tells.to_owned(), part.how.to_owned()]);
    }
    let logs = |f: &Seen| f.format.is_some_and(|x| x.cloudtrail().is_some());
    if files.iter().any(logs) && !files.iter().any(|f| f.format == Some(Format::CloudtrailRecords)) {
        rows.push(vec![
            "log files as the trail delivers them".to_owned(),
            "a sequence that can be tested; extracts prove less".to_owned(),
            PARTS[0].how.to_owned(),
        ]);
    }
    if files.iter().any(|f| matches!(f.format, Some(Format::CostCur | Format::CostCur2)))
        && !files.iter().any(|f| f.format == Some(Format::CostManifest))
    {
        rows.push(vec![
            "manifests of the cost report".to_owned(),
            "which assembly of a month is current".to_owned(),
            "copy the folders of the report whole, with *-Manifest.json".to_owned(),
        ]);
    }
    if rows.is_empty() {
        return "\nNothing is missing for any part of the report; what the exports cover, day by day, stands in the report.\n".to_owned();
    }
    let columns = ["missing", "without it the report cannot tell", "how to export it"].map(str::to_owned);
    format!("\n{}", screen::table(&columns, &rows))
}

fn few(list: &[String]) -> String {
    const MOST: usize = 4;
    crate::base::text::list(list, MOST)
}
