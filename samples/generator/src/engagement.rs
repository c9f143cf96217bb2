//! The auditor's own files: `engagement.toml`, the client's control matrix, and files that are no evidence.

use std::fmt::Write as _;
use std::path::Path;

use crate::Outcome;
use crate::answers::Answers;
use crate::cost::csv;
use crate::trail_files::save;

/// One control of the client: id, text, criteria, tests.
struct Control(&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const CONTROLS: [Control; 10] = [
    Control(
        "AC-1",
        "Everyone who signs in to AWS uses a second factor.",
        &["CC6.1"],
        &["iam-user-console-mfa", "event-console-login-no-mfa"],
    ),
    Control(
        "AC-2",
        "The root users of all accounts are locked away and not used.",
        &["CC6.1", "CC6.3"],
        &["event-root-activity", "iam-root-access-key", "iam-root-mfa"],
    ),
    Control("AC-3", "Access keys are replaced every 90 days.", &["CC6.1"], &["iam-access-key-rotation"]),
    Control(
        "AC-4",
        "Nobody holds more rights than the task needs.",
        &["CC6.3"],
        &["iam-policy-no-admin", "iam-admin-managed-policy-attached", "iam-role-trust-wildcard"],
    ),
    Control(
        "NW-1",
        "Nothing but the web tier is reachable from the internet.",
        &["CC6.6"],
        &["sg-no-open-ssh", "sg-open-database-ports", "rds-not-public", "event-sg-opened-to-world"],
    ),
    Control(
        "CR-1",
        "Data is encrypted at rest and on the way.",
        &["CC6.1", "CC6.7"],
        &["ebs-volume-encrypted", "rds-encrypted", "s3-bucket-tls-only"],
    ),
    Control(
        "LG-1",
        "API activity of all accounts is logged, kept unchangeable for a year and watched.",
        &["CC7.2"],
        &["cloudtrail-multi-region", "cloudtrail-log-validation", "event-trail-stopped", "s3-audit-bucket-object-lock"],
    ),
    Control(
        "MO-1",
        "Threat detection and configuration recording run in every Region in use.",
        &["CC7.1"],
        &["guardduty-enabled", "config-recorder-on"],
    ),
    Control(
        "CM-1",
        "Production changes go through the pipeline.",
        &["CC8.1"],
        &["event-manual-console-change", "event-lambda-code-changed-by-human", "cfn-drift"],
    ),
    Control(
        "BC-1",
        "Production data is backed up, the backups are restored in tests, and databases survive the loss of a zone.",
        &["A1.2", "A1.3"],
        &["rds-multi-az", "rds-backup-retention", "event-restore-test"],
    ),
];

/// Writes them.
pub fn write(out: &Path, answers: &mut Answers) -> Outcome<()> {
    save(&out.join("engagement.toml"), engagement().as_bytes())?;
    let mut matrix = String::from("control_id,control_text,criteria,tests\n");
    for Control(id, text, criteria, tests) in &CONTROLS {
        let _ = writeln!(matrix, "{id},{},{},{}", csv(text), csv(&criteria.join("; ")), csv(&tests.join("; ")));
    }
    save(&out.join("client-controls.csv"), matrix.as_bytes())?;
    answers.total("Engagement: client controls", CONTROLS.len());
    save(
        &out.join("notes.txt"),
        b"Exports received on 2026-07-02 and 2026-07-03, see engagement.toml.\nNot evidence; the tool lists this file as not recognised.\n",
    )?;
    // The head of a picture: signature and an empty image header chunk.
    let picture = [
        0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f,
        0x15, 0xc4, 0x89,
    ];
    save(&out.join("network-diagram.png"), &picture)?;
    answers.total("Files that no reader recognises (notes.txt, network-diagram.png)", 2);
    Ok(())
}

fn list(words: &[&str]) -> String {
    format!("[{}]", words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(", "))
}

fn engagement() -> String {
    let mut out = String::from(HEAD);
    for Control(id, text, criteria, tests) in &CONTROLS {
        let _ =
            write!(out, "\n[[client_control]]\nid = \"{id}\"\ntext = \"{text}\"\ncriteria = {}\ntests = {}\n", list(criteria), list(tests));
    }
    out.push_str(TAIL);
    out
}

/// The engagement file of the quarter after: the same, of another period. Nothing in it speaks of what was received.
pub fn of_third_quarter() -> String {
    let text = engagement();
    let kept = text.find("[[received]]").zip(text.find("[[workload]]")).map(|(from, to)| [&text[..from], &text[to..]].concat());
    let moved =
        [("second quarter", "third quarter"), ("2026-06-30", "2026-09-30"), ("2026-04-01", "2026-07-01"), ("2026-07-03", "2026-10-05")];
    moved.into_iter().fold(kept.unwrap_or(text), |text, (from, to)| text.replace(from, to))
}

const HEAD: &str = r#"# The sample engagement: an invented client, invented people (roles only), invented figures.

[engagement]
client = "Acme Robotics (invented)"
title = "Cloud review, second quarter of 2026"
prepared_by = "Audit senior"
reviewed_by = "Audit manager"
intended_users = "Management of Acme Robotics and its service auditor"

[period]
from = "2026-04-01"
to = "2026-06-30"
timezone = "Europe/Dublin"
business_hours = "07-19"
business_days = ["Mon", "Tue", "Wed", "Thu", "Fri"]

[scope]
soc2_categories = ["security", "availability"]
required_tags = ["env", "Owner", "CostCenter"]

[[scope.account]]
id = "111122223333"
name = "acme-prod"
environment = "production"
regions = ["eu-west-1", "eu-central-1", "us-east-1", "us-west-2"]

[[scope.account]]
id = "444455556666"
name = "acme-dev"
environment = "development"
regions = ["eu-west-1", "us-east-1", "us-west-2"]

[[scope.account]]
id = "777788889999"
name = "acme-security"
environment = "security"
regions = ["eu-west-1", "us-east-1"]

[[scope.known_account]]
id = "999900001111"
label = "Monitoring supplier (invented)"

[thresholds]
max_key_age_days = 90
max_idle_days = 90
min_retention_days = 365

[[allow_list]]
name = "break_glass_roles"
values = ["acme-break-glass", "arn:aws:iam::111122223333:role/acme-break-glass"]

[[allow_list]]
name = "pipeline_roles"
values = ["acme-ci-deploy"]
"#;

const TAIL: &str = r#"
[[representation]]
id = "SEC01-BP02"
statement = "The root users of the three accounts were not used in the quarter and hold no access keys."
who = "Head of platform (role)"
when = "2026-07-03"
reference = "Interview note 4"

[[representation]]
id = "Q-OPS-1"
statement = "All changes in production go through the pipeline; nobody changes anything by hand."
who = "Head of platform (role)"
when = "2026-07-03"
reference = "Interview note 6"

[[representation]]
id = "Q-SUS-3"
statement = "Development environments are switched off at night and at weekends."
who = "Head of engineering (role)"
when = "2026-07-03"
reference = "Interview note 9"

[[representation]]
id = "Q-SEC-4"
statement = "An incident response plan exists and was exercised on 2026-03-12."
who = "Security lead (role)"
when = "2026-07-03"
reference = "Plan version 7, exercise minutes"

[[representation]]
id = "Q-REL-3"
statement = "The order database was restored from a backup on 2026-05-26 and the data compared."
who = "Head of platform (role)"
when = "2026-07-03"
reference = "Change CHG-88"

[[waiver]]
control = "ec2-key-pair-in-use"
resource = "i-0ac3e000000000403"
reason = "Retired test host, to be removed in the third quarter."
until = "2026-12-31"
approved_by = "Head of platform (role)"

[[waiver]]
control = "elbv2-multi-az"
resource = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/telemetry/0ac3e00000000001"
reason = "Devices reconnect through a second address."
until = "2026-05-31"
approved_by = "Head of platform (role)"

[[owner]]
account = "777788889999"
owner = "Head of security (role)"

[[owner]]
account = "444455556666"
owner = "Engineering lead (role)"

[[owner]]
account = "111122223333"
owner = "Head of platform (role)"

[[received]]
path = "cloudtrail/"
who = "Platform engineer of the client (role)"
command = "aws s3 sync s3://acme-cloudtrail-logs/ cloudtrail/"
when = "2026-07-02"
how = "Encrypted file share"
received_by = "Audit senior"

[[received]]
path = "config/"
who = "Platform engineer of the client (role)"
command = "aws s3 sync s3://acme-config-history/ config/"
when = "2026-07-02"
how = "Encrypted file share"
received_by = "Audit senior"

[[received]]
path = "cost/"
who = "Finance partner of the client (role)"
command = "aws s3 sync s3://acme-billing/cost/ cost/"
when = "2026-07-03"
how = "Encrypted file share"
received_by = "Audit senior"

[[received]]
path = "iam/"
who = "Security engineer of the client (role)"
command = "aws iam get-credential-report --query Content --output text | base64 -d"
when = "2026-07-01"
how = "Encrypted file share"
received_by = "Audit senior"

[[workload]]
name = "shop"
accounts = ["111122223333"]
tags = { env = "prod" }

[[workload]]
name = "development"
accounts = ["444455556666"]
tags = { env = "dev" }
"#;
