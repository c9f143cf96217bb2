//! An invented report that fills every part of the model: for tests and for looking at the page. Nothing in it was measured.

#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::too_many_arguments,
    clippy::cast_precision_loss,
    reason = "sample data for tests"
)]

use std::collections::BTreeMap;

use super::model::*;
use super::tables::{self, NotTestedLine};
use super::templates::Templates;
use super::wording::Wording;

const PROD: &str = "111122223333";
const DATA: &str = "444455556666";
const DEV: &str = "777788889999";
const PILLARS: [(&str, &str); 6] = [
    ("operational_excellence", "Operational excellence"),
    ("security", "Security"),
    ("reliability", "Reliability"),
    ("performance_efficiency", "Performance efficiency"),
    ("cost_optimization", "Cost optimization"),
    ("sustainability", "Sustainability"),
];

/// A small deterministic source of variety.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn sha(seed: &str) -> String {
    let mut dice = Dice(seed.bytes().fold(7_u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b))));
    (0..64).map(|_| char::from_digit(u32::try_from(dice.roll(16)).unwrap(), 16).unwrap()).collect()
}

struct Draft {
    id: &'static str,
    title: &'static str,
    pillar: usize,
    severity: Severity,
    population: u64,
    exceptions: u64,
    undetermined: u64,
    table: &'static str,
    reason: &'static str,
    criteria: &'static [&'static str],
}

const fn draft(
    id: &'static str,
    title: &'static str,
    pillar: usize,
    severity: Severity,
    population: u64,
    exceptions: u64,
    undetermined: u64,
    table: &'static str,
    reason: &'static str,
    criteria: &'static [&'static str],
) -> Draft {
    Draft { id, title, pillar, severity, population, exceptions, undetermined, table, reason, criteria }
}

use Severity::{Critical, High, Informational, Low, Medium};

const DRAFTS: &[Draft] = &[
    draft(
        "s3-bucket-public-access-block",
        "Buckets block public access",
        1,
        Critical,
        48,
        1,
        0,
        "s3_buckets",
        "Bucket acme-exports allows everyone to read: its policy has Principal * and no public access block",
        &["SOC 2 CC6.1", "SOC 2 CC6.6", "SEC08-BP04", "CIS 5.0 2.1.4", "FSBP S3.8"],
    ),
    draft(
        "event-trail-stopped",
        "Trails are not stopped or deleted",
        1,
        Critical,
        3,
        1,
        0,
        "selected",
        "StopLogging on org-trail, all Regions, 91 hours until StartLogging",
        &["SOC 2 CC7.2", "SEC04-BP01", "CIS 5.0 3.1"],
    ),
    draft(
        "event-root-sign-in-without-mfa",
        "Root signs in with MFA",
        1,
        Critical,
        3,
        3,
        0,
        "selected",
        "Root signed in to the console without MFA",
        &["SOC 2 CC6.1", "SEC02-BP01", "CIS 5.0 1.5"],
    ),
    draft(
        "sg-ssh-open",
        "No security group opens port 22 to the world",
        1,
        High,
        133,
        2,
        0,
        "security_group_rules",
        "Rule allows 0.0.0.0/0 to port 22",
        &["SOC 2 CC6.6", "SEC05-BP02", "CIS 5.0 5.2", "FSBP EC2.13"],
    ),
    draft(
        "rds-encrypted",
        "Databases are encrypted at rest",
        1,
        High,
        14,
        1,
        1,
        "rds_instances",
        "Instance db-orders-2 has storage_encrypted false",
        &["SOC 2 CC6.1", "SEC08-BP02", "FSBP RDS.3"],
    ),
    draft(
        "iam-policy-privilege-escalation",
        "Policies grant no path to administrator",
        1,
        High,
        61,
        4,
        2,
        "iam_roles",
        "Role can become administrator: iam:PassRole on * with lambda:CreateFunction",
        &["SOC 2 CC6.3", "SEC03-BP02"],
    ),
    draft(
        "iam-access-key-age",
        "Access keys are rotated within 90 days",
        1,
        Medium,
        19,
        7,
        0,
        "iam_credentials",
        "Active key is 214 days old",
        &["SOC 2 CC6.1", "SEC02-BP05", "CIS 5.0 1.14"],
    ),
    draft(
        "elbv2-tls-policy",
        "Load balancers use a current TLS policy",
        1,
        Medium,
        11,
        2,
        0,
        "elbv2_listeners",
        "Listener accepts TLS 1.0 (ELBSecurityPolicy-2016-08)",
        &["SOC 2 CC6.7", "SEC09-BP02"],
    ),
    draft(
        "kms-key-rotation",
        "Customer managed keys rotate",
        1,
        Low,
        23,
        5,
        0,
        "kms_keys",
        "Rotation is off",
        &["SOC 2 CC6.1", "SEC08-BP01"],
    ),
    draft(
        "event-manual-console-change",
        "Production is changed by code",
        0,
        Medium,
        1_204,
        212,
        37,
        "selected",
        "ModifyDBInstance from the console by AdministratorSSO",
        &["SOC 2 CC8.1", "OPS05-BP10"],
    ),
    draft(
        "cloudwatch-alarm-actions",
        "Alarms have an action",
        0,
        Medium,
        88,
        9,
        0,
        "cloudwatch_alarms",
        "Alarm has no action for state ALARM",
        &["OPS08-BP04"],
    ),
    draft(
        "cfn-drift",
        "Stacks have not drifted",
        0,
        Low,
        41,
        6,
        12,
        "cloudformation_stacks",
        "Stack drift status is DRIFTED",
        &["OPS05-BP04"],
    ),
    draft(
        "rds-multi-az",
        "Databases stand in two zones",
        2,
        High,
        14,
        3,
        0,
        "rds_instances",
        "Instance stands in one Availability Zone",
        &["SOC 2 A1.2", "REL10-BP01"],
    ),
    draft(
        "backup-coverage",
        "Volumes and databases are in a backup plan",
        2,
        High,
        162,
        38,
        4,
        "backup_protected_resources",
        "No recovery point in the period",
        &["SOC 2 A1.2", "REL09-BP03"],
    ),
    draft(
        "s3-bucket-versioning",
        "Buckets keep object versions",
        2,
        Medium,
        48,
        19,
        0,
        "s3_buckets",
        "Bucket has versioning Off",
        &["SOC 2 A1.2", "REL09-BP01", "FSBP S3.14"],
    ),
    draft(
        "asg-multi-az",
        "Auto Scaling groups span zones",
        2,
        Medium,
        9,
        1,
        0,
        "autoscaling_groups",
        "Group spans one zone",
        &["REL10-BP01"],
    ),
    draft(
        "ec2-current-generation",
        "Instances are of a current generation",
        3,
        Low,
        96,
        22,
        0,
        "ec2_instances",
        "Instance type t2.large is of a previous generation",
        &["PERF02-BP01"],
    ),
    draft(
        "rds-performance-insights",
        "Performance Insights is on",
        3,
        Low,
        14,
        6,
        0,
        "rds_instances",
        "Performance Insights is off",
        &["PERF03-BP05"],
    ),
    draft(
        "ebs-unattached",
        "Volumes are attached",
        4,
        Medium,
        540,
        212,
        0,
        "ebs_volumes",
        "Volume is attached to nothing since 2023-11-04",
        &["COST04-BP02"],
    ),
    draft(
        "nat-unused",
        "NAT gateways carry traffic",
        4,
        Low,
        8,
        2,
        0,
        "nat_gateways",
        "No bytes were billed in the period",
        &["COST04-BP02"],
    ),
    draft("lambda-arm64", "Functions run on ARM", 5, Low, 118, 77, 0, "lambda_functions", "Function runs on x86_64", &["SUS05-BP01"]),
    draft(
        "asg-scheduled-off-hours",
        "Groups outside production stop at night",
        5,
        Informational,
        4,
        3,
        0,
        "autoscaling_groups",
        "Group has no scheduled action",
        &["SUS02-BP01"],
    ),
];

const CLEAN: &[(&str, &str, usize, Severity, u64, &str)] = &[
    ("s3-bucket-encryption", "Buckets encrypt objects by default", 1, High, 48, "s3_buckets"),
    ("s3-bucket-tls-only", "Buckets refuse requests without TLS", 1, Medium, 48, "s3_buckets"),
    ("trail-multi-region", "A trail records every Region", 1, High, 1, "trails"),
    ("trail-log-validation", "Trails write digests", 1, Medium, 1, "trails"),
    ("guardduty-enabled", "GuardDuty is on in every Region used", 1, High, 12, "account_regions"),
    ("event-break-glass-used", "Break-glass roles are used with cause", 1, High, 0, "selected"),
    ("secrets-rotation-enabled", "Secrets rotate", 1, Medium, 16, "secrets"),
    ("ebs-volume-encrypted", "Volumes are encrypted", 1, Medium, 540, "ebs_volumes"),
    ("cloudwatch-alarm-runbook-link", "Alarms name a runbook", 0, Low, 88, "cloudwatch_alarms"),
    ("lambda-tracing", "Functions are traced", 0, Low, 118, "lambda_functions"),
    ("vpc-flow-logs", "Networks keep flow logs", 0, Medium, 9, "vpcs"),
    ("rds-backup-retention", "Databases keep backups seven days", 2, High, 14, "rds_instances"),
    ("dynamodb-pitr", "Tables allow point-in-time recovery", 2, Medium, 31, "dynamodb_tables"),
    ("event-restore-test", "A restore was exercised in the period", 2, Medium, 4, "selected"),
    ("elbv2-multi-az", "Load balancers span zones", 2, Medium, 11, "load_balancers"),
    ("cloudfront-compression", "Distributions compress", 3, Low, 6, "cloudfront_distributions"),
    ("dynamodb-autoscale", "Tables scale with demand", 3, Low, 31, "dynamodb_tables"),
    ("eip-attached", "Addresses are attached", 4, Low, 22, "elastic_ips"),
    ("s3-bucket-lifecycle", "Buckets have a lifecycle", 4, Low, 48, "s3_buckets"),
    ("workspaces-autostop", "Desktops stop when unused", 5, Low, 0, "workspaces"),
];

const NOT_TESTED: &[(&str, &str, usize, Severity, usize)] = &[
    ("opensearch-https", "OpenSearch domains require HTTPS", 1, Medium, 0),
    ("opensearch-fault-tolerance", "OpenSearch domains span zones", 2, Medium, 0),
    ("eks-multi-az", "Kubernetes clusters span zones", 2, Medium, 0),
    ("organization-scp-present", "Service control policies are attached", 1, Medium, 1),
    ("iam-password-policy", "The password policy is strict", 1, Medium, 1),
    ("event-s3-data-read", "Reads of sensitive objects are recorded", 1, Medium, 2),
    ("budget-actions", "Budgets act", 4, Low, 0),
];

const REASONS: [(&str, &str); 3] = [
    (
        "the AWS Config recorder of 777788889999 excludes the resource type, and no snapshot of the other accounts holds it",
        "A snapshot after the recorder records all types",
    ),
    ("no export holds it", "aws organizations list-policies, aws iam get-account-password-policy"),
    ("the trail's event selectors record no data events for it", "Nothing for this period; enable data events for the next"),
];

fn exception_row(d: &Draft, i: u64, dice: &mut Dice) -> ExceptionRow {
    let (account, name) = [(PROD, "prod"), (DATA, "data"), (DEV, "dev")][usize::try_from(dice.roll(3)).unwrap()];
    let event = d.table == "selected";
    let file = if event {
        format!("cloudtrail/AWSLogs/{account}/CloudTrail/eu-west-1/2024/03/11/{account}_CloudTrail_eu-west-1_20240311T1405Z_{i:04}.json.gz")
    } else {
        format!("config/{account}_Config_eu-west-1_ConfigSnapshot_20240331T220000Z.json.gz")
    };
    let record = 80 + i * 13;
    let key = if event { "Records" } else { "configurationItems" };
    ExceptionRow {
        kind: if event { "StopLogging".into() } else { "AWS::S3::Bucket".into() },
        resource: format!("{}-{:04x}", d.table.trim_end_matches('s'), dice.roll(65_536)),
        name: String::new(),
        account: account.into(),
        account_name: name.into(),
        region: ["eu-west-1", "us-east-1"][usize::try_from(dice.roll(2)).unwrap()].into(),
        time: if event { format!("2024-03-{:02} 14:0{} UTC", 1 + dice.roll(28), i % 10) } else { String::new() },
        reason: d.reason.into(),
        evidence: EvidenceRef {
            jq: format!("zcat '{file}' | jq '.{key}[{record}]'"),
            sha256: sha(&file)[..12].into(),
            row: format!("{}:{record}", &sha(&file)[..12]),
            file,
            record,
        },
        who: if event { "person ines.k@acme.example (authenticated)".into() } else { String::new() },
        changed_by: (!event && i % 3 != 2).then(|| Changer {
            principal: "AWSReservedSSO_DataEngineer".into(),
            session: "ines.k@acme.example".into(),
            event_name: "DeleteBucketPublicAccessBlock".into(),
            time: "2024-03-11 14:02 UTC".into(),
            event_id: "b1c2".into(),
            confidence: [Confidence::Exact, Confidence::Name][usize::try_from(i % 2).unwrap()],
        }),
        waiver: String::new(),
    }
}

fn controls() -> BTreeMap<String, ControlResult> {
    let mut out = BTreeMap::new();
    let mut dice = Dice(42);
    for d in DRAFTS {
        let partial = d.undetermined > 0 || d.table == "selected";
        let mut c = base(d.id, d.title, d.pillar, d.severity, d.table);
        c.result = Outcome::ExceptionsNoted;
        c.extent = if partial { Extent::Partial } else { Extent::Full };
        if d.table == "selected" {
            c.extent_reasons.push("3 to 6 March is not covered by any log file".into());
        } else {
            c.as_at = Some(AsAt { date: "2024-03-31".into(), delivered_until: String::new(), is_of_period: true });
        }
        if d.undetermined > 0 {
            c.extent_reasons.push(format!("{} rows could not be decided", d.undetermined));
        }
        c.counts = Counts {
            table: d.table.into(),
            rows_of: if d.table == "selected" { "selected events" } else { "resources" }.into(),
            table_rows: Some(if d.table == "selected" { 31_204 } else { d.population + dice.roll(20) }),
            population: d.population,
            exceptions: d.exceptions,
            undetermined: d.undetermined,
            waived: u64::from(d.id == "kms-key-rotation"),
        };
        c.criteria = d.criteria.iter().map(|t| Criterion { text: (*t).into(), relation: "direct".into() }).collect();
        c.exceptions = (0..d.exceptions.min(10)).map(|i| exception_row(d, i, &mut dice)).collect();
        c.undetermined = (0..d.undetermined.min(3))
            .map(|i| UndeterminedRow {
                resource: format!("{}-u{i}", d.table),
                account: DEV.into(),
                region: "eu-west-1".into(),
                reason: "storage_encrypted was not delivered".into(),
            })
            .collect();
        if d.id == "kms-key-rotation" {
            c.acceptances.push(ControlAcceptance {
                resource: "key alias/legacy-archive".into(),
                reason: "RISK-118".into(),
                approver: "A. Osei".into(),
                owner: String::new(),
                expiry: "2024-06-30".into(),
                is_expired: false,
            });
            c.exceptions[0].waiver = "RISK-118".into();
        }
        if d.id == "s3-bucket-public-access-block" {
            c.exceptions[0].resource = "acme-exports".into();
        }
        c.workpaper = Some(format!("workpapers/exceptions/{}.csv", d.id));
        out.insert(c.id.clone(), c);
    }
    for (id, title, pillar, severity, population, table) in CLEAN {
        let mut c = base(id, title, *pillar, *severity, table);
        c.result = if *population == 0 { Outcome::NoOccurrences } else { Outcome::NoExceptionsNoted };
        c.extent = if *table == "selected" && *population > 0 { Extent::Partial } else { Extent::Full };
        if c.extent == Extent::Partial {
            c.extent_reasons.push("3 to 6 March is not covered by any log file".into());
        }
        c.counts = Counts { table: (*table).into(), table_rows: Some(*population + 3), population: *population, ..Counts::default() };
        out.insert(c.id.clone(), c);
    }
    for (id, title, pillar, severity, reason) in NOT_TESTED {
        let mut c = base(id, title, *pillar, *severity, "");
        c.extent_reasons.push(REASONS[*reason].0.into());
        out.insert(c.id.clone(), c);
    }
    // Weight: a catalogue of the usual size.
    for i in 0..40_u64 {
        let id = format!("example-control-{i:02}");
        let mut c = base(&id, "Resources of the example type are in the state that is wanted", 1, Low, "config_items");
        c.result = Outcome::NoExceptionsNoted;
        c.extent = Extent::Full;
        c.counts = Counts { table: "config_items".into(), table_rows: Some(2_917), population: 10 + i, ..Counts::default() };
        out.insert(id, c);
    }
    out
}

fn base(id: &str, title: &str, pillar: usize, severity: Severity, table: &str) -> ControlResult {
    ControlResult {
        id: id.into(),
        title: title.into(),
        finding: format!("{title}: deviation"),
        effort: Effort::Low,
        effect: "Harm can follow.".into(),
        pillar: PILLARS[pillar].0.into(),
        severity,
        objective: "Whoever can reach the resource without authority can read or change what it holds; the wanted state keeps that to the principals who need it.".into(),
        procedure: "For each resource of the type that AWS Config recorded in an account in scope, the setting is read from the item valid at the as-of date and compared with the wanted state.".into(),
        recommend: if severity <= High { "Set the account-level block first, then remove the statement from the policy; a deny in the organisation keeps it so.".into() } else { String::new() },
        limits: if pillar == 1 { "Access points and object ACLs are not in these records.".into() } else { String::new() },
        sql: vec![
            SqlText::new("population", format!("SELECT account_id, region, resource_type, resource_id, resource_name,\n       source_file_id, source_record, versioning_status\nFROM {}\nWHERE item_status <> 'ResourceDeleted'", if table.is_empty() { "opensearch_domains" } else { table })),
            SqlText::new("exception", "versioning_status <> 'Enabled'"),
            SqlText::new("reason", "'Bucket ' || resource_name || ' has versioning ' || versioning_status"),
        ],
        text_sha256: sha(id),
        origin: "catalogue".into(),
        counts: Counts { table: table.into(), ..Counts::default() },
        ..ControlResult::default()
    }
}

fn question(id: &str, text: &str, have: Strength, most: Strength, evidence: &[&str], left: &str) -> QuestionAnswer {
    let roles = [Role::Lead, Role::FurtherAgainst];
    let weaker = vec![
        StrengthReason::NotTested { entries: vec!["rds-encrypted".into(), "ebs-encrypted".into()], of: 7 },
        StrengthReason::Limited { tests: 2, of: 7, limitations: vec!["four days of the period have no log file".into()] },
        StrengthReason::Planned { kinds: 8, of: 15 },
    ];
    QuestionAnswer {
        id: id.into(),
        question: text.into(),
        strength: have,
        ceiling: most,
        strength_reasons: if have < most { weaker } else { vec![] },
        evidence: evidence.iter().zip(roles).map(|(href, role)| Evidence { role, piece: piece(href) }).collect(),
        left_to_represent: left.into(),
        representation: None,
    }
}

/// What `control:ID`, `metric:ID` or `extract:ID` came to.
fn piece(href: &str) -> Piece {
    let (kind, id) = href.split_once(':').unwrap();
    let came_to = match kind {
        "control" => CameTo::Control {
            deviation: "Resource in another state than the wanted one".into(),
            result: Outcome::ExceptionsNoted,
            exceptions: 14,
            population: 133,
            counted_in: CountedIn::Events,
            undetermined: 2,
            waived: 1,
            named: vec!["orders".into(), "billing".into()],
            more: 12,
        },
        "metric" => CameTo::Metric {
            values: vec![MetricValue { text: "62.4 %".into(), raw: Some(62.4), currency: "USD".into(), of: "48 of 77".into() }],
            unit: "percent".into(),
            range: Some(ValueRange { low: "12 kgCO2e".into(), high: "30 kgCO2e".into() }),
            target: "under 20 percent".into(),
        },
        _ => CameTo::Extract { rows: None },
    };
    let not_drawn = matches!(came_to, CameTo::Extract { .. });
    Piece {
        id: id.into(),
        title: format!("What {id} is about"),
        verdict: if not_drawn { Verdict::Silent } else { Verdict::Against },
        extent: if not_drawn { Extent::None } else { Extent::Partial },
        why: if not_drawn { "no record was delivered".into() } else { String::new() },
        came_to,
    }
}

fn secrets_stated() -> Representation {
    Representation {
        text: "No secret is stored outside Secrets Manager.".into(),
        who: "A. Osei, Head of Platform".into(),
        when: "2024-04-02".into(),
        reference: "REP-07".into(),
        standing: Standing::Contradicted,
        contradicted_by: vec![
            piece("control:secrets-rotation-enabled"),
            piece("metric:ops-change-by-code"),
            piece("extract:event-ssm-session"),
        ],
        ..Representation::default()
    }
}

fn restored(q: QuestionAnswer) -> QuestionAnswer {
    let representation = Representation {
        text: "The order database was restored.".into(),
        standing: Standing::Supported,
        supported_by: vec![piece("extract:event-restore-test")],
        limited_by: vec![piece("control:backup-coverage")],
        ..Representation::default()
    };
    QuestionAnswer { representation: Some(representation), ..q }
}

fn pillars(controls: &BTreeMap<String, ControlResult>) -> Vec<PillarSection> {
    use Strength::{Partial, Strong, Weak};
    let mut sec2 = question(
        "Q-SEC-2",
        "Are secrets managed and never hardcoded?",
        Partial,
        Partial,
        &["control:secrets-rotation-enabled"],
        "Source code, images, third-party vaults",
    );
    sec2.representation = Some(secrets_stated());
    let keys = [
        question(
            "K-OPS",
            "Can someone unfamiliar run the system at 2am?",
            Partial,
            Partial,
            &["control:event-manual-console-change", "control:cloudwatch-alarm-actions"],
            "A drill by an engineer new to the system; quality of the runbooks",
        ),
        question(
            "K-SEC",
            "How far does one compromised part reach?",
            Partial,
            Strong,
            &["control:iam-policy-privilege-escalation", "control:sg-ssh-open"],
            "Application-layer trust, secrets held outside AWS, service control policies",
        ),
        question(
            "K-REL",
            "What happens when one component fails?",
            Strong,
            Strong,
            &["control:rds-multi-az", "control:asg-multi-az"],
            "Client behaviour, data consistency, dependencies outside AWS",
        ),
        question(
            "K-PERF",
            "Is the most efficient technology used for each job?",
            Partial,
            Partial,
            &["control:ec2-current-generation"],
            "Utilisation and latency metrics, workload fit",
        ),
        question(
            "K-COST",
            "Is money spent on unused resources?",
            Strong,
            Strong,
            &["control:ebs-unattached", "metric:cost-idle-overall"],
            "Resources in use but without business value",
        ),
        question(
            "K-SUS",
            "How is the footprint kept small while needs are met?",
            Partial,
            Partial,
            &["control:lambda-arm64", "metric:sus-carbon-total-range"],
            "Stated targets; vendor carbon report",
        ),
    ];
    let reviews: [Vec<QuestionAnswer>; 6] = [
        vec![question(
            "Q-OPS-1",
            "Are all operations done through code, with no hand changes on servers?",
            Partial,
            Strong,
            &["control:event-manual-console-change"],
            "Changes made over SSH inside hosts are not in CloudTrail",
        )],
        vec![
            question(
                "Q-SEC-1",
                "Is least privilege applied in IAM?",
                Partial,
                Strong,
                &["control:iam-policy-privilege-escalation", "extract:event-access-review-usage"],
                "Business need for each grant; service control policies",
            ),
            sec2,
            question(
                "Q-SEC-3",
                "Is encryption enforced at rest and in transit?",
                Strong,
                Strong,
                &["control:rds-encrypted", "control:elbv2-tls-policy"],
                "Encryption inside applications and databases' client links",
            ),
            question("Q-SEC-4", "Is an incident response plan defined?", Strength::None, Weak, &[], "The plan, roles, and last exercise"),
        ],
        vec![restored(question(
            "Q-REL-3",
            "Are backups tested and not only made?",
            Strong,
            Strong,
            &["control:backup-coverage", "control:event-restore-test"],
            "Proof that restored data was examined",
        ))],
        vec![question(
            "Q-PERF-2",
            "Is a CDN used for static content?",
            Strong,
            Strong,
            &["control:cloudfront-compression"],
            "CDNs outside AWS",
        )],
        vec![question(
            "Q-COST-1",
            "Are unused resources ended automatically?",
            Strong,
            Strong,
            &["control:ebs-unattached"],
            "Policies in third-party tools",
        )],
        vec![question("Q-SUS-1", "Is ARM used where it fits?", Strong, Strong, &["control:lambda-arm64"], "Binary compatibility")],
    ];
    let by = |p: &str, o: &[Outcome]| {
        let mut list: Vec<&ControlResult> = controls.values().filter(|c| c.pillar == p && o.contains(&c.result)).collect();
        list.sort_by(|a, b| (a.severity, &a.id).cmp(&(b.severity, &b.id)));
        list.into_iter().map(|c| c.id.clone()).collect::<Vec<_>>()
    };
    let metrics: [&[&str]; 6] = [
        &["ops-change-by-code"],
        &["sec-roles-unused-share"],
        &[],
        &["perf-serverless-share"],
        &["cost-idle-overall", "cost-commitment-coverage"],
        &["sus-carbon-total-range"],
    ];
    let charts: [&[&str]; 6] = [
        &["changes-by-channel", "activity-hours"],
        &["exception-windows", "errors-by-day"],
        &[],
        &[],
        &["idle-by-service"],
        &["carbon-range"],
    ];
    let mut out = Vec::new();
    for (((i, (id, title)), key), questions) in PILLARS.iter().enumerate().zip(keys).zip(reviews) {
        let count = |o: Outcome| by(id, &[o]).len() as u64;
        out.push(PillarSection {
            id: (*id).into(),
            title: (*title).into(),
            counts: OutcomeCounts {
                exceptions_noted: count(Outcome::ExceptionsNoted),
                no_exceptions_noted: count(Outcome::NoExceptionsNoted),
                no_occurrences: count(Outcome::NoOccurrences),
                not_tested: count(Outcome::NotTested),
                partial: controls.values().filter(|c| c.pillar == *id && c.extent == Extent::Partial).count() as u64,
            },
            key_question: key,
            questions,
            metrics: metrics[i].iter().map(|m| (*m).into()).collect(),
            charts: charts[i].iter().map(|c| (*c).into()).collect(),
            exceptions: by(id, &[Outcome::ExceptionsNoted]),
            clean: by(id, &[Outcome::NoExceptionsNoted, Outcome::NoOccurrences]),
            not_tested: by(id, &[Outcome::NotTested]),
            limited_over_events: if i == 1 { 91 } else { 0 },
            unknown_names: if i == 1 {
                vec![UnknownName { about: "Q-SEC-2".into(), id: "rds-encryptd".into(), nearest: "rds-encrypted".into() }]
            } else {
                vec![]
            },
            tables: if i == 2 { vec![zones()] } else { vec![] },
        });
    }
    out
}

fn zones() -> Table {
    let mut t = Table::new(
        "zone-loss",
        "If one zone is lost, by workload",
        vec![
            Column::text("Workload"),
            Column::code("euw1-az1"),
            Column::code("euw1-az2"),
            Column::code("euw1-az3"),
            Column::text("What fails"),
        ],
    );
    t.push(vec!["orders".into(), "fails".into(), "survives".into(), "survives".into(), "db-orders stands in euw1-az1 only".into()]);
    t.push(vec!["web".into(), "degrades".into(), "degrades".into(), "survives".into(), "40 % of capacity; the group can refill".into()]);
    t.push(vec!["unassigned".into(), "unknown".into(), "unknown".into(), "unknown".into(), "".into()]);
    t
}

fn metrics() -> BTreeMap<String, MetricResult> {
    let one = |id: &str, title: &str, pillar: usize, unit: &str, direction: &str, values: Vec<MetricValue>| MetricResult {
        id: id.into(),
        title: title.into(),
        pillar: PILLARS[pillar].0.into(),
        unit: unit.into(),
        direction: direction.into(),
        extent: if values.is_empty() { Extent::None } else { Extent::Full },
        reasons: if values.is_empty() { vec!["no hourly cost rows were delivered".into()] } else { vec![] },
        values,
        opportunity: id == "cost-idle-overall",
        procedure: "The sum of the numerator is divided by the sum of the denominator over the period, per currency.".into(),
        sql: vec![
            SqlText::new(
                "numerator",
                "SELECT SUM(EffectiveCost) AS value, BillingCurrency AS currency\nFROM cost_resources GROUP BY BillingCurrency",
            ),
            SqlText::new(
                "denominator",
                "SELECT SUM(EffectiveCost) AS value, BillingCurrency AS currency\nFROM cost_daily GROUP BY BillingCurrency",
            ),
        ],
        text_sha256: sha(id),
        criteria: vec!["COST04-BP02".into()],
        workpaper: Some(format!("workpapers/metrics/{id}.csv")),
        ..MetricResult::default()
    };
    let v = |text: &str, raw: f64, currency: &str, of: &str| MetricValue {
        text: text.into(),
        raw: Some(raw),
        currency: currency.into(),
        of: of.into(),
    };
    [
        one("ops-change-by-code", "Production changes made by code", 0, "percent", "up", vec![v("82.4 %", 82.4, "", "992 of 1,204")]),
        one("sec-roles-unused-share", "Roles unused in the period", 1, "percent", "down", vec![v("18.0 %", 18.0, "", "11 of 61")]),
        one("perf-serverless-share", "Serverless and managed share of compute spend", 3, "percent", "up", vec![v("41.2 %", 41.2, "", "")]),
        one(
            "cost-idle-overall",
            "Spend on idle resources",
            4,
            "currency",
            "down",
            vec![v("5,214.77 USD", 5_214.77, "USD", "136,400.12 USD"), v("88.10 EUR", 88.1, "EUR", "2,004.00 EUR")],
        ),
        one("cost-commitment-coverage", "Steady compute covered by commitments", 4, "percent", "up", vec![v("47.9 %", 47.9, "", "")]),
        one(
            "sus-carbon-total-range",
            "Operational carbon, estimated",
            5,
            "kgCO2e",
            "down",
            vec![v("1,210 to 2,940 kgCO2e", 1_880.0, "", "")],
        ),
        one("sus-offhours-nonprod", "Spend outside business hours, not production", 5, "percent", "down", vec![]),
    ]
    .into_iter()
    .map(|m| (m.id.clone(), m))
    .collect()
}

fn extracts() -> BTreeMap<String, ExtractResult> {
    [("event-access-review-usage", "Services used by each principal", 1_204), ("event-change-population", "Every successful write in production", 18_221)]
        .into_iter()
        .map(|(id, title, rows)| {
            (id.to_string(), ExtractResult {
                id: id.into(),
                title: title.into(),
                pillar: "security".into(),
                objective: "The population from which samples are drawn.".into(),
                procedure: "One row per principal, service and account, from the daily rollup of events.".into(),
                rows: Some(rows),
                extent: Extent::Partial,
                reasons: vec!["3 to 6 March is not covered by any log file".into()],
                criteria: vec!["SOC 2 CC6.2".into()],
                limit_note: "Data events are not recorded.".into(),
                sql: vec![SqlText::new("query", "SELECT principal, event_source, account_id, SUM(events) AS events\nFROM activity GROUP BY principal, event_source, account_id")],
                text_sha256: sha(id),
                preview: None,
                workpaper: Some(format!("workpapers/extracts/{id}.parquet")),
            })
        })
        .collect()
}

fn charts() -> BTreeMap<String, Chart> {
    let mut dice = Dice(9);
    let c = |id: &str, title: &str, caption: &str, alt: &str, unit: &str, half: bool, data: ChartData| Chart {
        id: id.into(),
        title: title.into(),
        caption: caption.into(),
        alt: alt.into(),
        unit: unit.into(),
        half,
        data,
    };
    let bar = |label: &str, parts: &[f64], text: &str| Bar { label: label.into(), parts: parts.to_vec(), text: text.into() };
    let part = |name: &str, value: f64, text: &str, tone| Part { name: name.into(), value, text: text.into(), tone };
    let rows: Vec<CalendarRow> = [
        (PROD, "prod", "eu-west-1", 900),
        (PROD, "prod", "us-east-1", 500),
        (DATA, "data", "eu-west-1", 400),
        (DATA, "data", "us-east-1", 120),
        (DEV, "dev", "eu-west-1", 200),
        (DEV, "dev", "eu-central-1", 30),
    ]
    .iter()
    .map(|(a, n, r, most)| {
        let mut row = CalendarRow { label: format!("{a} {n} {r}"), ..CalendarRow::default() };
        for day in 0..91_u64 {
            let gap = (62..66).contains(&day);
            let silent = *n == "dev" && day % 7 > 4 && *r == "eu-central-1";
            row.days.push(if gap {
                DayState::NotDelivered
            } else if silent {
                DayState::Silent
            } else {
                DayState::Covered
            });
            row.events.push(if gap || silent { 0 } else { most / 5 + dice.roll(*most) });
        }
        row
    })
    .collect();
    let series = |name: &str, tone| SeriesKey::new(name, tone);
    let days = |base: u64, dice: &mut Dice| {
        (0..91_u64)
            .map(|d| (!(62..66).contains(&d)).then(|| (base + dice.roll(base) + if d % 7 < 5 { base } else { 0 }) as f64))
            .collect::<Vec<_>>()
    };
    let days1 = days(40, &mut dice);
    let days2 = days(9, &mut dice);
    let hours: Vec<Vec<f64>> = (0..7)
        .map(|d| (0..24).map(|h| if d < 5 && (8..19).contains(&h) { 40 + dice.roll(90) } else { dice.roll(9) } as f64).collect())
        .collect();
    let list = vec![
        c(
            "practices-by-pillar",
            "Best practices by what the evidence says",
            "306 practices. Grey has no evidence in these exports and is left to inquiry.",
            "Stacked bars per pillar. Contradicted: operational excellence 9, security 14, reliability 11, performance 4, cost 9, sustainability 3.",
            "",
            false,
            ChartData::Bars {
                series: vec![
                    series("contradicted", Tone::Critical),
                    series("supported", Tone::C1),
                    series("represented", Tone::C3),
                    series("undecided", Tone::C2),
                    series("without evidence", Tone::None),
                ],
                bars: vec![
                    bar("Operational excellence", &[9.0, 21.0, 4.0, 21.0, 12.0], "of 67"),
                    bar("Security", &[14.0, 38.0, 2.0, 6.0, 3.0], "of 63"),
                    bar("Reliability", &[11.0, 33.0, 3.0, 8.0, 10.0], "of 65"),
                    bar("Performance efficiency", &[4.0, 14.0, 0.0, 9.0, 5.0], "of 32"),
                    bar("Cost optimization", &[9.0, 22.0, 1.0, 10.0, 8.0], "of 50"),
                    bar("Sustainability", &[3.0, 14.0, 0.0, 4.0, 8.0], "of 29"),
                ],
            },
        ),
        c(
            "results",
            "Controls by result",
            "",
            "Of 89 controls 22 show exceptions, 58 none, 2 no occurrences and 7 were not tested.",
            "",
            true,
            ChartData::Donut {
                parts: vec![
                    part("no exceptions noted", 58.0, "58", Tone::C1),
                    part("exceptions noted", 22.0, "22", Tone::Critical),
                    part("not tested", 7.0, "7", Tone::None),
                    part("no occurrences", 2.0, "2", Tone::C3),
                ],
                centre: "89".into(),
            },
        ),
        c(
            "severity",
            "Exceptions by severity",
            "Controls, not resources.",
            "3 critical, 5 high, 7 medium, 6 low, 1 informational.",
            "controls",
            true,
            ChartData::Bars {
                series: Severity::ALL.map(|s| SeriesKey::new(s.word(), Tone::from(s))).to_vec(),
                bars: vec![
                    bar("critical", &[3.0], "3"),
                    bar("high", &[0.0, 5.0], "5"),
                    bar("medium", &[0.0, 0.0, 7.0], "7"),
                    bar("low", &[0.0, 0.0, 0.0, 6.0], "6"),
                    bar("informational", &[0.0, 0.0, 0.0, 0.0, 1.0], "1"),
                ],
            },
        ),
        c(
            "coverage-calendar",
            "Coverage of the period by account, Region and day",
            "Log files and digests. Daily recording blurs the edges of a gap to one day.",
            "Six rows of 91 days. No account or Region has a log file from 3 to 6 March.",
            "",
            false,
            ChartData::Calendar { from: "2024-01-01".into(), days: 91, rows, more: 0 },
        ),
        c(
            "exception-windows",
            "When exceptions were open",
            "From Config history and CloudTrail.",
            "Four rows: db-orders-2 unencrypted 22 to 24 January; bucket public from 11 March and still open; port 22 open twice; trail stopped 3 to 6 March.",
            "",
            false,
            ChartData::Windows {
                from: "2024-01-01".into(),
                days: 91,
                rows: vec![
                    WindowRow { label: "db-orders-2 not encrypted".into(), windows: vec![(21.4, 23.3)], tone: Tone::High },
                    WindowRow {
                        label: "bucket acme-exports public".into(),
                        windows: vec![(40.0, 40.2), (70.6, 91.0)],
                        tone: Tone::Critical,
                    },
                    WindowRow {
                        label: "sg-0a1 port 22 open to the world".into(),
                        windows: vec![(5.0, 11.0), (33.0, 33.3)],
                        tone: Tone::High,
                    },
                    WindowRow { label: "org-trail stopped".into(), windows: vec![(62.4, 66.2)], tone: Tone::Critical },
                ],
            },
        ),
        c(
            "errors-by-day",
            "Denied calls by day",
            "The line breaks where nothing is covered.",
            "Denied calls per day between 40 and 160, no data from 3 to 6 March.",
            "calls",
            false,
            ChartData::Days {
                from: "2024-01-01".into(),
                series: vec![
                    DaySeries { name: "access denied".into(), tone: Tone::C1, values: days1 },
                    DaySeries { name: "of these, people".into(), tone: Tone::C2, values: days2 },
                ],
                area: true,
            },
        ),
        c(
            "changes-by-channel",
            "Production changes by channel",
            "",
            "Pipeline 992, console 212.",
            "changes",
            true,
            ChartData::Share {
                parts: vec![
                    part("pipeline", 992.0, "992", Tone::C1),
                    part("console", 180.0, "180", Tone::C2),
                    part("command line", 32.0, "32", Tone::C3),
                ],
            },
        ),
        c(
            "activity-hours",
            "When people change production",
            "Hours of Europe/Paris.",
            "Most changes on weekdays from 8 to 19 hours.",
            "changes",
            true,
            ChartData::HourWeek { values: hours },
        ),
        c(
            "who-changed",
            "Who changed what",
            "Write actions by role and service; the most active first.",
            "deploy-pipeline changed lambda most, 240 actions; root made 4.",
            "",
            false,
            ChartData::Matrix {
                columns: ["iam", "ec2", "s3", "rds", "lambda", "kms", "logs"].map(String::from).to_vec(),
                rows: vec![
                    MatrixRow { label: "deploy-pipeline".into(), values: vec![4.0, 120.0, 88.0, 12.0, 240.0, 2.0, 31.0], tone: Tone::C1 },
                    MatrixRow { label: "AdministratorSSO".into(), values: vec![31.0, 64.0, 22.0, 9.0, 12.0, 5.0, 0.0], tone: Tone::C1 },
                    MatrixRow { label: "DataEngineerSSO".into(), values: vec![0.0, 8.0, 140.0, 22.0, 18.0, 1.0, 3.0], tone: Tone::C1 },
                    MatrixRow { label: "root".into(), values: vec![3.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], tone: Tone::Critical },
                    MatrixRow { label: "breakglass".into(), values: vec![6.0, 2.0, 0.0, 0.0, 0.0, 2.0, 0.0], tone: Tone::Critical },
                ],
            },
        ),
        c(
            "cost-by-month",
            "Effective cost by month",
            "Upper part: what idle resources cost.",
            "41.2 k USD in October rising to 52.3 k in March.",
            "USD",
            true,
            ChartData::Columns {
                series: vec![series("in use", Tone::C1), series("idle", Tone::C2)],
                columns: vec![
                    bar("Oct", &[37_300.0, 3_900.0], "41.2 k"),
                    bar("Nov", &[40_100.0, 2_900.0], "43.0 k"),
                    bar("Dec", &[43_800.0, 4_100.0], "47.9 k"),
                    bar("Jan", &[40_800.0, 4_300.0], "45.1 k"),
                    bar("Feb", &[42_000.0, 4_800.0], "46.8 k"),
                    bar("Mar", &[45_200.0, 7_100.0], "52.3 k"),
                ],
            },
        ),
        c(
            "cost-by-service",
            "Effective cost by service, March",
            "",
            "EC2 18.2 k, RDS 11.9 k, S3 6.1 k USD.",
            "USD",
            true,
            ChartData::Bars {
                series: vec![series("USD", Tone::C1)],
                bars: vec![
                    bar("Amazon Elastic Compute Cloud", &[18_200.0], "18,200"),
                    bar("Amazon Relational Database Service", &[11_900.0], "11,900"),
                    bar("Amazon Simple Storage Service", &[6_100.0], "6,100"),
                    bar("AWS Lambda", &[3_240.0], "3,240"),
                    bar("Amazon CloudFront", &[1_120.5], "1,121"),
                    bar("other", &[11_739.5], "11,740"),
                ],
            },
        ),
        c(
            "idle-by-service",
            "Spend on idle resources by service",
            "",
            "EBS 3.1 k, NAT gateways 1.2 k.",
            "USD",
            true,
            ChartData::Bars {
                series: vec![series("USD", Tone::C2)],
                bars: vec![
                    bar("EBS volumes", &[3_120.0], "3,120"),
                    bar("NAT gateways", &[1_210.0], "1,210"),
                    bar("Elastic IPs", &[884.77], "885"),
                ],
            },
        ),
        c(
            "carbon-range",
            "Operational carbon by account, estimated",
            "Range over published coefficients; market-based figures of AWS are not in these exports.",
            "prod 900 to 2,100, data 240 to 640, dev 70 to 200 kgCO2e.",
            "kgCO2e",
            true,
            ChartData::Ranges {
                items: vec![
                    RangeItem {
                        label: "prod".into(), low: 900.0, mid: 1_400.0, high: 2_100.0, text: "900 – 2,100".into(), tone: Tone::C1
                    },
                    RangeItem { label: "data".into(), low: 240.0, mid: 380.0, high: 640.0, text: "240 – 640".into(), tone: Tone::C1 },
                    RangeItem { label: "dev".into(), low: 70.0, mid: 100.0, high: 200.0, text: "70 – 200".into(), tone: Tone::C1 },
                ],
            },
        ),
        c("carbon-by-region", "Carbon by Region", "", "No figures.", "kgCO2e", true, ChartData::Bars { series: vec![], bars: vec![] }),
    ];
    list.into_iter().map(|c| (c.id.clone(), c)).collect()
}

/// Every topic of ours without its evidence, but that on the records, which has its table.
pub(super) fn topics() -> BTreeMap<String, TopicData> {
    let all = crate::catalogue::topics::load(None).unwrap_or_default();
    let data = |topic: &crate::catalogue::topics::Topic| {
        let table = |name: &String| Table::new(format!("{}-{name}", topic.chapter()), "", Vec::new());
        let query = |name: &String| (name.clone(), QueryData { table: table(name), ..QueryData::default() });
        TopicData {
            id: topic.id.clone(),
            title: topic.title.clone(),
            lang: topic.lang.code().into(),
            queries: topic.queries.keys().map(query).collect(),
            not_tested: "not supplied: the records that it needs.".into(),
            ..TopicData::default()
        }
    };
    let mut all: BTreeMap<String, TopicData> = all.values().map(|topic| (topic.id.clone(), data(topic))).collect();
    if let Some(records) = all.get_mut("coverage/records") {
        records.not_tested.clear();
        let columns = vec![
            Column::text("Input"),
            Column::number("Files"),
            Column::number("Read"),
            Column::number("Kept"),
            Column::text("Limits as evidence"),
        ];
        let mut inputs = Table::new("coverage-inputs", "Records by kind of input", columns);
        for (kind, files, read, kept, limits) in [
            ("CloudTrail log file", 3_940, 39_871, 31_204, ""),
            ("AWS Config snapshot", 171, 2_917, 2_917, ""),
            ("CloudTrail lookup-events answer", 6, 310, 12, "management events of 90 days"),
        ] {
            inputs.push(vec![kind.into(), Cell::count(files), Cell::count(read), Cell::count(kept), limits.into()]);
        }
        records.queries.insert("inputs".into(), QueryData { table: inputs, ..QueryData::default() });
    }
    all
}

/// The invented report.
pub(super) fn report() -> Report {
    let controls = controls();
    let metrics = metrics();
    let extracts = extracts();
    let pillars = pillars(&controls);
    let top = |severity, control: &str, title: &str, place: &str, when: &str, owner: &str, recommendation: &str| FindingLine {
        number: "F-01".into(),
        id: format!("{control}-00000000"),
        title: title.into(),
        control: control.into(),
        controls: vec![control.into()],
        severity,
        place: place.into(),
        when: when.into(),
        effect: "Harm can follow.".into(),
        owner: owner.into(),
        recommendation: recommendation.into(),
        exceptions: 1,
        is_open: true,
        ..FindingLine::default()
    };
    let findings = [
        top(
            Critical,
            "s3-bucket-public-access-block",
            "Bucket acme-exports: policy allows everyone to read, public access block removed",
            "data, eu-west-1",
            "11 Mar, still open",
            "DataEngineerSSO / ines.k",
            "Turn on the account-level public access block",
        ),
        top(
            Critical,
            "event-trail-stopped",
            "Trail org-trail stopped in all Regions, 3 to 6 March",
            "prod, all Regions",
            "closed 7 Mar",
            "AdministratorSSO / j.moreau",
            "Deny StopLogging outside break-glass",
        ),
        top(
            Critical,
            "event-root-sign-in-without-mfa",
            "Root signed in without MFA, 3 sessions",
            "prod",
            "14 Feb",
            "root",
            "Remove root keys, enforce MFA",
        ),
        top(
            High,
            "rds-encrypted",
            "Database db-orders was replaced by an unencrypted instance for 44 hours",
            "prod, eu-west-1",
            "closed 24 Jan",
            "deploy-pipeline",
            "Require encryption in the template",
        ),
        top(
            High,
            "backup-coverage",
            "38 of 162 volumes and databases have no recovery point",
            "all accounts",
            "whole period",
            "",
            "Select by tag in the backup plan",
        ),
    ];
    let wording = Wording::new(&Templates::load(None).unwrap()).unwrap();
    let top_exceptions = tables::priority_findings(&wording, findings.iter(), 31, "findings.csv");
    let not_tested_ids: Vec<String> = controls.values().filter(|c| c.result == Outcome::NotTested).map(|c| c.id.clone()).collect();
    let by_reason = tables::not_tested(
        &wording,
        &REASONS
            .iter()
            .enumerate()
            .map(|(i, (reason, how))| NotTestedLine {
                reason: (*reason).into(),
                controls: NOT_TESTED.iter().filter(|n| n.4 == i).map(|n| n.0.to_string()).collect(),
                how: (*how).into(),
            })
            .collect::<Vec<_>>(),
    );
    let mut workpapers =
        Table::new("workpapers", "Workpapers of this report", vec![Column::code("File"), Column::number("Bytes"), Column::code("SHA-256")])
            .in_workpaper("workpapers/MANIFEST.csv");
    workpapers.push(vec!["exceptions.xlsx".into(), Cell::count(88_123), sha("x").into()]);
    workpapers.total = 61;
    Report {
        findings: findings.to_vec(),
        topics: topics(),
        scope: EvidenceScope::default(),
        limitations: Vec::new(),
        account_names: BTreeMap::new(),
        schema_version: SCHEMA_VERSION,
        profile: Profile::Technical,
        cover: Cover {
            client: "Acme Robotics".into(),
            title: "Evidence from exported AWS records".into(),
            firm: "Harbour & Lane Assurance".into(),
            examination: "type 2".into(),
            period_unmet: String::new(),
            period_from: "1 January 2024".into(),
            period_to: "31 March 2024".into(),
            as_of: "2024-03-31 22:00 UTC".into(),
            configuration_until: "2024-03-31".into(),
            is_configuration_older: false,
            captured_later: 4,
            time_zone: "Europe/Paris".into(),
            period_utc_from: "2023-12-31 23:00".into(),
            period_utc_to: "2024-03-31 22:00".into(),
            period_said_by: "engagement".into(),
            prepared_by: "M. Lane".into(),
            reviewed_by: String::new(),
            intended_users: vec!["Management of Acme Robotics".into(), "the service auditor".into()],
            scope: CoverScope { accounts: 3, regions: 4, files: 4_118, records: 91_098 },
            tool_version: "0.1.0".into(),
            binary_sha256: sha("bin"),
            catalogue_sha256: sha("cat"),
            templates_sha256: sha("tpl"),
            engagement_sha256: sha("eng"),
            engagement_file: "engagement.toml".into(),
            engagement_found: true,
            engagement_unused: vec!["archive/engagement.toml".into()],
            catalogue: CatalogueSize { controls: controls.len() as u64, custom_controls: 0, extracts: 2, metrics: 7, tables: 214 },
            policy_data: PolicyData::default(),
        },
        summary: Summary {
            statements: vec![Statement {
                href: Some("section:coverage".into()),
                ..Statement::new(
                    StatementTone::Warning,
                    "Four days are not covered",
                    "The organisation trail was stopped from 3 to 6 March in every Region: event controls are tested with evidence limitations only.",
                )
            }],
            top_exceptions,
            conflicts: vec![Conflict {
                id: "Q-SEC-2".into(),
                title: "Secrets".into(),
                representation: secrets_stated(),
                href: Some("question:Q-SEC-2".into()),
            }],
        },
        not_tested: NotTested { controls: not_tested_ids, by_reason, metrics: vec!["sus-offhours-nonprod".into()], extracts: vec![] },
        appendix: Appendix {
            controls: controls.keys().cloned().collect(),
            metrics: metrics.keys().cloned().collect(),
            extracts: extracts.keys().cloned().collect(),
            thresholds: vec![Threshold { key: "max_key_age_days".into(), days: 90, is_stated: false }],
            custom_catalogue: Vec::new(),
            custom_templates: Vec::new(),
            workpapers,
        },
        pillars,
        controls,
        metrics,
        extracts,
        charts: charts(),
    }
}
