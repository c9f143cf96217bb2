//! A month of ordinary administration: many people, pipelines, containers, operators, tools. Nothing in it is an attack, so
//! what the controls say about it is what they say about honest work. Its events are not part of the sample.

use std::fmt::Write as _;
use std::path::Path;

use crate::Outcome;
use crate::clock::{DAY, civil, t, weekend};
use crate::event::{Actor, Event};
use crate::random::{Random, hash};
use crate::trail_files::{gzip, save};
use crate::world::{DEV, PROD, SEC, VENDOR, resource_id};

const IE: &str = "eu-west-1";
const US: &str = "us-east-1";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0 Safari/537.36";
const CLI: &str = "aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/linux#6.11 md/arch#x86_64 lang/python#3.13.7";
const SDK: &str = "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#5.10.240 md/arch#aarch64 lang/python#3.13.7";
const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.13.1 (+https://www.terraform.io) terraform-provider-aws/6.9.0";
/// Days of the month that is written.
const DAYS: i64 = 30;
/// The exit of the networks with instances and workstations.
const EXIT: &str = "203.0.113.100";

/// A page of the console: its service and the calls it makes when it opens.
type PageCalls = (&'static str, &'static [&'static str]);

const PAGES: [PageCalls; 9] = [
    (
        "ec2",
        &[
            "DescribeInstances",
            "DescribeInstanceStatus",
            "DescribeSecurityGroups",
            "DescribeVolumes",
            "DescribeKeyPairs",
            "DescribeAddresses",
            "DescribeSnapshots",
            "DescribeTags",
            "DescribeRegions",
            "DescribeVpcs",
            "DescribeSubnets",
            "DescribeImages",
        ],
    ),
    ("s3", &["ListBuckets", "GetBucketLocation", "GetBucketPolicyStatus", "GetBucketPublicAccessBlock", "GetBucketVersioning"]),
    ("iam", &["ListUsers", "ListRoles", "GetAccountSummary", "ListPolicies", "ListGroups", "ListAccessKeys", "ListMFADevices"]),
    ("secretsmanager", &["ListSecrets", "DescribeSecret"]),
    ("ses", &["GetAccount", "ListEmailIdentities", "GetSendQuota", "GetSendStatistics", "ListConfigurationSets"]),
    ("lambda", &["ListFunctions20150331", "GetAccountSettings20160819", "GetFunction20150331v2"]),
    ("monitoring", &["DescribeAlarms", "ListDashboards", "GetDashboard", "DescribeAnomalyDetectors"]),
    ("rds", &["DescribeDBInstances", "DescribeDBClusters", "DescribeDBSnapshots", "DescribePendingMaintenanceActions"]),
    ("bedrock", &["ListFoundationModels", "ListInferenceProfiles", "GetFoundationModelAvailability"]),
];

struct Month {
    rng: Random,
    events: Vec<Event>,
}

/// Someone who comes through Identity Center.
struct Colleague {
    email: String,
    set: &'static str,
    address: String,
}

/// Writes the log files of the month below `out`, one for each account, Region and day.
pub fn write(out: &Path, seed: u64, people: u64) -> Outcome<()> {
    let staff: Vec<Colleague> = (0..people).map(colleague).collect();
    let start = t("2026-05-01");
    for day in 0..DAYS {
        let mut month = Month { rng: Random::new(&[seed, hash("ordinary month"), day as u64]), events: Vec::new() };
        let at = start + day * DAY;
        month.people(&staff, day, at);
        month.operators(&staff, day, at);
        month.pipelines(day, at);
        month.workloads(day, at);
        month.tools(day, at);
        month.services(at);
        files(out, month.events, at)?;
    }
    Ok(())
}

fn files(out: &Path, mut events: Vec<Event>, at: i64) -> Outcome<()> {
    events.sort_by(|a, b| (&a.account, &a.region, a.time, &a.event_id).cmp(&(&b.account, &b.region, b.time, &b.event_id)));
    let (y, m, d) = civil(at);
    for group in events.chunk_by(|a, b| (&a.account, &a.region) == (&b.account, &b.region)) {
        let (account, region) = (&group[0].account, &group[0].region);
        let mut text = String::from("{\"Records\":[");
        for (n, event) in group.iter().enumerate() {
            text.push_str(if n > 0 { "," } else { "" });
            event.write(&mut text);
        }
        text.push_str("]}");
        let name = format!(
            "cloudtrail/AWSLogs/{account}/CloudTrail/{region}/{y:04}/{m:02}/{d:02}/{account}_CloudTrail_{region}_{y:04}{m:02}{d:02}T2355Z_OrdinaryMonth0001.json.gz"
        );
        save(&out.join(name), &gzip(text.as_bytes(), 6)?)?;
    }
    Ok(())
}

fn colleague(n: u64) -> Colleague {
    let (role, set) = match n % 20 {
        0..=10 => ("developer", "Developer"),
        11..=13 => ("analyst", "ReadOnly"),
        14..=16 => ("operator", "PlatformPower"),
        17 | 18 => ("finance", "Billing"),
        _ => ("security", "SecurityAudit"),
    };
    let address = if n.is_multiple_of(3) { format!("198.51.100.{}", 100 + n % 100) } else { "198.51.100.10".to_owned() };
    Colleague { email: format!("{role}.{n:03}@acme.example"), set, address }
}

impl Colleague {
    fn actor(&self) -> Actor {
        Actor::Person(self.email.clone(), self.set.to_owned())
    }
}

fn role(name: &str, session: impl Into<String>) -> Actor {
    Actor::Role(name.to_owned(), session.into())
}

impl Month {
    fn event(&mut self, time: i64, place: (&str, &str), actor: &Actor, call: (&str, &str), request: impl Into<String>) -> &mut Event {
        let (source, name) = call;
        let global = matches!(source, "iam" | "organizations" | "ce" | "budgets" | "health");
        let reads = ["Describe", "Get", "List", "Lookup", "BatchGet", "Invoke", "Converse", "Assume", "Filter", "Decrypt"];
        let event = Event {
            time,
            version: "1.11",
            account: place.0.to_owned(),
            region: if global { US } else { place.1 }.to_owned(),
            source: source.to_owned(),
            name: name.to_owned(),
            identity: actor.identity(place.0, time),
            address: EXIT.to_owned(),
            agent: SDK.to_owned(),
            request: request.into(),
            response: "null".to_owned(),
            request_id: self.rng.new_uuid(),
            event_id: self.rng.new_uuid(),
            read_only: Some(reads.iter().any(|begin| name.starts_with(begin))),
            tls: "TLSv1.3",
            ..Event::default()
        };
        self.events.push(event);
        let last = self.events.len() - 1;
        &mut self.events[last]
    }

    fn by(&mut self, who: &Colleague, time: i64, place: (&str, &str), call: (&str, &str), request: &str, console: bool) -> &mut Event {
        let event = self.event(time, place, &who.actor(), call, request);
        event.address.clone_from(&who.address);
        event.agent = if console { BROWSER } else { CLI }.to_owned();
        event.console = console;
        event
    }

    fn denied(&mut self) {
        if let Some(event) = self.events.last_mut() {
            let code = if event.source == "ec2" { "Client.UnauthorizedOperation" } else { "AccessDenied" };
            event.error = Some((code.to_owned(), "User is not authorized to perform the action".to_owned()));
        }
    }

    /// A time of the working day.
    fn hour(&mut self, at: i64) -> i64 {
        at + self.rng.between(7 * 3600, 17 * 3600)
    }

    /// What most people do: pages of the console, a few commands, a plan of infrastructure.
    fn people(&mut self, staff: &[Colleague], day: i64, at: i64) {
        for (n, who) in staff.iter().enumerate() {
            if weekend(at) && !self.rng.chance(30) || !self.rng.chance(600) {
                continue;
            }
            let account = *self.rng.pick(&[PROD, DEV, DEV]);
            let place = (account, IE);
            let mut time = self.hour(at);
            let sign_in = self.by(who, time, (account, US), ("signin", "GetSigninToken"), "null", false);
            sign_in.response = "{\"GetSigninToken\":\"Success\"}".to_owned();
            sign_in.agent = "Jersey/${project.version} (HttpUrlConnection 21.0.8)".to_owned();
            sign_in.kind = "AwsConsoleSignIn";
            let login = self.by(who, time + 1, (account, US), ("signin", "ConsoleLogin"), "null", false);
            login.response = "{\"ConsoleLogin\":\"Success\"}".to_owned();
            login.additional = "{\"MobileVersion\":\"No\",\"MFAUsed\":\"No\"}".to_owned();
            login.agent = BROWSER.to_owned();
            login.kind = "AwsConsoleSignIn";
            login.read_only = Some(false);
            for _ in 0..self.rng.between(2, 6) {
                let (source, calls) = *self.rng.pick(&PAGES);
                for call in calls {
                    let second = time + self.rng.between(2, 10);
                    self.by(who, second, place, (source, call), "null", true);
                    if who.set == "Developer" && source == "iam" && self.rng.chance(500) {
                        self.denied();
                    }
                }
                time += self.rng.between(60, 1500);
            }
            match who.set {
                "Developer" => self.developer(who, n, day, place, time),
                "Billing" => {
                    for call in ["GetCostAndUsage", "GetCostForecast", "GetDimensionValues"] {
                        self.by(who, time, place, ("ce", call), "null", true);
                    }
                }
                _ => {}
            }
        }
    }

    fn developer(&mut self, who: &Colleague, n: usize, day: i64, place: (&str, &str), time: i64) {
        if self.rng.chance(400) {
            for (source, name) in
                [("sts", "GetCallerIdentity"), ("s3", "ListBuckets"), ("logs", "FilterLogEvents"), ("ec2", "DescribeInstances")]
            {
                let second = time + self.rng.between(0, 240);
                self.by(who, second, place, (source, name), "null", false);
            }
        }
        if self.rng.chance(60) {
            // A command line that is not allowed to do what was meant.
            for (source, name) in [("ec2", "RunInstances"), ("iam", "CreateRole"), ("kms", "CreateKey")] {
                let request = if name == "RunInstances" {
                    r#"{"instanceType":"m7g.large","instancesSet":{"items":[{"minCount":1,"maxCount":1}]}}"#
                } else {
                    "null"
                };
                self.by(who, time + 30, place, (source, name), request, false);
                self.denied();
            }
        }
        if self.rng.chance(80) {
            // A secret of the team's own in development, two or three of them.
            for secret in 0..self.rng.between(1, 4) {
                let request = format!("{{\"secretId\":\"acme/dev/team-{}-{secret}\"}}", n % 9);
                self.by(who, time + secret * 20, (DEV, IE), ("secretsmanager", "GetSecretValue"), &request, secret % 2 == 0);
            }
        }
        if self.rng.chance(70) {
            let request = format!("{{\"instanceId\":\"{}\",\"instanceOSUser\":\"ec2-user\"}}", resource_id("i", 400 + n as u64 % 9));
            self.by(who, time, (DEV, IE), ("ec2-instance-connect", "SendSSHPublicKey"), &request, false);
        }
        if n.is_multiple_of(14) && self.rng.chance(400) {
            let request = r#"{"modelId":"anthropic.claude-sonnet-4-5-20250929-v1:0"}"#;
            for step in 0..self.rng.between(1, 6) {
                self.by(who, time + step * 40, (DEV, IE), ("bedrock", "ConverseStream"), request, true);
            }
        }
        if n < 30 && day % 10 == 4 && self.rng.chance(50) {
            // A first try of a model by a program, and of an instance for it.
            self.by(who, time, (DEV, IE), ("bedrock", "Converse"), r#"{"modelId":"amazon.nova-pro-v1:0"}"#, false);
            self.by(
                who,
                time + 600,
                (DEV, IE),
                ("ec2", "RunInstances"),
                r#"{"instanceType":"g5.xlarge","instancesSet":{"items":[{"minCount":1,"maxCount":1}]}}"#,
                true,
            );
        }
        if n % 31 == 5 && self.rng.chance(150) {
            // A function mended by hand in development.
            self.by(
                who,
                time,
                (DEV, IE),
                ("lambda", "UpdateFunctionCode20150331v2"),
                r#"{"functionName":"dev-orders","publish":false}"#,
                true,
            );
        }
    }

    /// Operations: on call, sessions on hosts, passwords of new instances, plans from a laptop, a little identity work.
    fn operators(&mut self, staff: &[Colleague], day: i64, at: i64) {
        let operators: Vec<&Colleague> = staff.iter().filter(|who| who.set == "PlatformPower").collect();
        if operators.is_empty() {
            return;
        }
        let instance = |n: u64| resource_id("i", 100 + n % 40);
        // Two on call, any hour: a few secrets, a host or two, and once a week a whole cluster.
        for turn in 0..2 {
            let who = operators[(day as usize / 7 * 2 + turn) % operators.len()];
            let time = at + self.rng.between(0, 86_000);
            for secret in 0..self.rng.between(0, 4) {
                let request = format!("{{\"secretId\":\"acme/prod/service-{:02}\"}}", self.rng.below(60));
                self.by(who, time + secret * 30, (PROD, IE), ("secretsmanager", "GetSecretValue"), &request, secret % 2 == 1);
            }
            let hosts = if day % 7 == 3 && turn == 0 { 4 } else { self.rng.between(0, 3) };
            for host in 0..hosts {
                let request = format!("{{\"target\":\"{}\"}}", instance(day as u64 * 5 + host as u64));
                self.by(who, time + 300 + host * 90, (PROD, IE), ("ssm", "StartSession"), &request, host % 2 == 0);
            }
        }
        if weekend(at) {
            return;
        }
        // Two whose work is on hosts, every day.
        for (n, who) in operators.iter().take(2).enumerate() {
            let time = self.hour(at);
            for host in 0..5 {
                let request = format!("{{\"target\":\"{}\"}}", instance(n as u64 * 10 + host));
                self.by(who, time + host as i64 * 60, (PROD, IE), ("ssm", "StartSession"), &request, false);
            }
            let request = format!(
                "{{\"documentName\":\"AWS-RunShellScript\",\"instanceIds\":[\"{}\"],\"parameters\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}}",
                instance(7)
            );
            self.by(who, time + 1800, (PROD, IE), ("ssm", "SendCommand"), &request, false);
        }
        let who = operators[self.rng.index(operators.len())];
        let time = self.hour(at);
        if self.rng.chance(250) {
            let request = format!("{{\"documentName\":\"AWS-RunShellScript\",\"instanceIds\":[\"{}\"]}}", instance(9));
            self.by(who, time, (PROD, IE), ("ssm", "SendCommand"), &request, true);
        }
        if self.rng.chance(300) {
            // The console asks again until the password is there.
            for host in 0..self.rng.between(1, 3) {
                for again in 0..5 {
                    let request = format!("{{\"instanceId\":\"{}\"}}", instance(20 + host as u64));
                    self.by(who, time + host * 120 + again * 15, (PROD, IE), ("ec2", "GetPasswordData"), &request, true);
                }
            }
        }
        if self.rng.chance(500) {
            self.plan(who, time);
        }
        if self.rng.chance(150) {
            let request = r#"{"roleName":"acme-orders-task","policyName":"queue","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sqs:SendMessage\",\"Resource\":\"arn:aws:sqs:eu-west-1:444455556666:orders\"}]}"}"#;
            self.by(who, time, (DEV, US), ("iam", "PutRolePolicy"), request, true);
        }
        if day == 11 {
            self.by(who, time, (DEV, US), ("iam", "CreateAccessKey"), r#"{"userName":"device-lab"}"#, true);
        }
    }

    /// Infrastructure code that compares what is there, from a laptop.
    fn plan(&mut self, who: &Colleague, time: i64) {
        let mut second = time;
        let mut call = |month: &mut Self, source: &str, name: &str, request: &str| {
            second += 1;
            month.by(who, second, (DEV, IE), (source, name), request, false).agent = TERRAFORM.to_owned();
        };
        for (source, name) in [
            ("sts", "GetCallerIdentity"),
            ("ec2", "DescribeVpcs"),
            ("ec2", "DescribeSubnets"),
            ("ec2", "DescribeInstances"),
            ("iam", "GetRole"),
            ("s3", "GetBucketPolicy"),
            ("kms", "DescribeKey"),
        ] {
            call(self, source, name, "null");
        }
        for n in 0..8 {
            for attribute in ["instanceInitiatedShutdownBehavior", "disableApiTermination", "userData"] {
                call(
                    self,
                    "ec2",
                    "DescribeInstanceAttribute",
                    &format!("{{\"attribute\":\"{attribute}\",\"instanceId\":\"{}\"}}", resource_id("i", 400 + n)),
                );
            }
        }
        for n in 0..6 {
            call(self, "ssm", "GetParameter", &format!("{{\"name\":\"/acme/dev/network/{n}\",\"withDecryption\":true}}"));
        }
    }

    /// Deployments: twenty and more a day by roles of eight teams, and one that runs once a month.
    fn pipelines(&mut self, day: i64, at: i64) {
        let runs = if weekend(at) { 3 } else { 24 };
        for run in 0..runs {
            let team = self.rng.below(8);
            let account = if run % 3 == 0 { PROD } else { DEV };
            let name = format!("acme-deploy-team{team}");
            let session = format!("gha-run-{}", 40_000 + day * 100 + run);
            let time = self.hour(at);
            self.deploy(&name, &session, account, time, 10 + team * 3);
        }
        if day == 14 {
            self.deploy("acme-disaster-rehearsal", "rehearsal-05", PROD, at + 10 * 3600, 15);
        }
    }

    fn deploy(&mut self, name: &str, session: &str, account: &str, time: i64, secrets: u64) {
        let actor = role(name, session);
        let mut second = time;
        let mut call = |month: &mut Self, source: &str, name: &str, request: &str| {
            second += 1;
            let event = month.event(second, (account, IE), &actor, (source, name), request);
            event.agent = TERRAFORM.to_owned();
            event.address = "203.0.113.10".to_owned();
        };
        for (source, name) in [
            ("sts", "GetCallerIdentity"),
            ("ec2", "DescribeVpcs"),
            ("ec2", "DescribeSubnets"),
            ("ec2", "DescribeSecurityGroups"),
            ("ec2", "DescribeInstances"),
            ("iam", "GetRole"),
            ("iam", "ListRolePolicies"),
            ("s3", "GetBucketPolicy"),
            ("kms", "DescribeKey"),
            ("ecs", "DescribeServices"),
            ("lambda", "GetFunction20150331v2"),
        ] {
            call(self, source, name, "null");
        }
        for n in 0..secrets {
            if n % 3 == 0 {
                call(self, "secretsmanager", "GetSecretValue", &format!("{{\"secretId\":\"acme/{name}/{n:02}\"}}"));
            } else {
                call(self, "ssm", "GetParameter", &format!("{{\"name\":\"/acme/{name}/{n:02}\",\"withDecryption\":true}}"));
            }
        }
        for n in 0..12 {
            call(
                self,
                "ec2",
                "DescribeInstanceAttribute",
                &format!("{{\"attribute\":\"userData\",\"instanceId\":\"{}\"}}", resource_id("i", 100 + n)),
            );
        }
        call(self, "ecs", "RegisterTaskDefinition", r#"{"family":"orders"}"#);
        call(self, "ecs", "UpdateService", r#"{"cluster":"acme","service":"orders"}"#);
        call(self, "lambda", "UpdateFunctionCode20150331v2", r#"{"functionName":"orders","publish":true}"#);
        call(
            self,
            "s3",
            "PutBucketLifecycle",
            r#"{"bucketName":"acme-scratch","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Days":7}}}}"#,
        );
        call(
            self,
            "ec2",
            "AuthorizeSecurityGroupIngress",
            r#"{"groupId":"sg-0ac3e","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":5432,"toPort":5432,"ipRanges":{"items":[{"cidrIp":"10.20.0.0/16"}]}}]}}"#,
        );
        let own = format!(
            "{{\"bucketName\":\"acme-artifacts\",\"bucketPolicy\":{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"arn:aws:iam::{DEV}:root\"}},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::acme-artifacts/*\"}}]}}}}"
        );
        call(self, "s3", "PutBucketPolicy", &own);
    }

    /// Containers that read their parameters when they start, jobs, applications, a model in daily use, scaling.
    fn workloads(&mut self, day: i64, at: i64) {
        for app in 0..30 {
            let name = format!("acme-app{app:02}-task");
            for _ in 0..self.rng.between(2, 9) {
                let mut session = String::new();
                self.rng.hex(&mut session, 32);
                let actor = role(&name, session);
                let time = at + self.rng.between(0, 86_000);
                let names: Vec<String> = (0..3 + app % 8).map(|n| format!("\"/acme/app{app:02}/{n}\"")).collect();
                self.event(
                    time,
                    (PROD, IE),
                    &actor,
                    ("ssm", "GetParameters"),
                    format!("{{\"names\":[{}],\"withDecryption\":true}}", names.join(",")),
                );
                for n in 0..1 + app % 3 {
                    self.event(
                        time + 1,
                        (PROD, IE),
                        &actor,
                        ("secretsmanager", "GetSecretValue"),
                        format!("{{\"secretId\":\"acme/app{app:02}/{n}\"}}"),
                    );
                }
                for n in 0..6 {
                    self.event(
                        time + 2 + n * 40,
                        (PROD, IE),
                        &actor,
                        ("kms", "Decrypt"),
                        "{\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"}",
                    );
                }
            }
        }
        // A program with twelve parameters of its own, and one that keeps all secrets of a cluster up to date.
        for start in 0..4 {
            let actor = role("acme-warehouse-task", format!("warehouse{day:02}{start}"));
            let names = |from: u64| (from..from + 8).map(|n| format!("\"/acme/warehouse/{n}\"")).collect::<Vec<_>>().join(",");
            for from in [0, 8] {
                let request = format!("{{\"names\":[{}],\"withDecryption\":true}}", names(from));
                self.event(at + start * 20_000, (PROD, IE), &actor, ("ssm", "GetParameters"), request);
            }
        }
        for hour in 0..24 {
            let actor = role("acme-external-secrets", "external-secrets");
            for n in 0..25 {
                self.event(
                    at + hour * 3600 + n,
                    (PROD, IE),
                    &actor,
                    ("secretsmanager", "GetSecretValue"),
                    format!("{{\"secretId\":\"acme/cluster/{n:02}\"}}"),
                );
            }
            let filter = r#"{"filters":[{"key":"tag-key","values":["cluster"]}]}"#;
            self.event(at + hour * 3600 + 40, (PROD, IE), &actor, ("secretsmanager", "BatchGetSecretValue"), filter);
            for job in 0..6 {
                let actor = role(&format!("acme-job{job}"), format!("job{job}-{day:02}{hour:02}"));
                let request = format!("{{\"path\":\"/acme/job{job}\",\"recursive\":true,\"withDecryption\":true}}");
                self.event(at + hour * 3600 + 300 + job, (PROD, IE), &actor, ("ssm", "GetParametersByPath"), request);
            }
            let mailer = role("acme-mailer-lambda", "mailer");
            for name in ["GetSendQuota", "GetSendStatistics"] {
                self.event(at + hour * 3600 + 500, (PROD, IE), &mailer, ("ses", name), "null");
            }
            let assistant = role("acme-assistant-task", format!("assistant{day:02}"));
            for n in 0..4 {
                let request = r#"{"modelId":"anthropic.claude-sonnet-4-5-20250929-v1:0"}"#;
                self.event(at + hour * 3600 + n * 700, (PROD, IE), &assistant, ("bedrock", "InvokeModel"), request);
                if n == 0
                    && self.rng.chance(40)
                    && let Some(event) = self.events.last_mut()
                {
                    event.error = Some(("ThrottlingException".to_owned(), "Too many requests".to_owned()));
                }
            }
        }
        if day == 1 {
            let actor = role("acme-month-end", "month-end-05");
            for n in 0..12 {
                self.event(
                    at + 3000 + n * 5,
                    (PROD, IE),
                    &actor,
                    ("secretsmanager", "GetSecretValue"),
                    format!("{{\"secretId\":\"acme/ledger/{n:02}\"}}"),
                );
            }
        }
        // Instances: agents report, programs call, all through one exit; a person at a workstation behind it too.
        for n in 0..20 {
            let actor = Actor::Instance("ec2-web".to_owned(), resource_id("i", 100 + n));
            for (part, (source, name)) in [
                ("ssm", "UpdateInstanceInformation"),
                ("ssm", "ListInstanceAssociations"),
                ("s3", "ListBuckets"),
                ("sts", "GetCallerIdentity"),
            ]
            .into_iter()
            .enumerate()
            {
                let time = at + self.rng.between(0, 86_000);
                if part < 2 || self.rng.chance(300) {
                    self.event(time, (PROD, IE), &actor, (source, name), "null");
                }
            }
        }
        let desk = Colleague { email: "operator.014@acme.example".to_owned(), set: "PlatformPower", address: EXIT.to_owned() };
        let time = self.hour(at);
        self.by(&desk, time, (PROD, IE), ("ec2", "DescribeInstances"), "null", false);
        // Scaling: by the service, by a cluster's own scaler, and training on a dozen days.
        let scaler = Actor::RoleByService("AWSServiceRoleForAutoScaling".to_owned(), "autoscaling".to_owned());
        for _ in 0..12 {
            let time = at + self.rng.between(0, 86_000);
            let event = self.event(
                time,
                (PROD, IE),
                &scaler,
                ("ec2", "RunInstances"),
                r#"{"instancesSet":{"items":[{"minCount":1,"maxCount":1}]},"instanceType":"m7g.large"}"#,
            );
            event.address = "autoscaling.amazonaws.com".to_owned();
            event.agent = "autoscaling.amazonaws.com".to_owned();
        }
        let cluster = role("acme-cluster-scaler", "karpenter");
        for _ in 0..5 {
            let time = at + self.rng.between(0, 86_000);
            self.event(time, (DEV, IE), &cluster, ("ec2", "CreateFleet"), r#"{"CreateFleetRequest":{"LaunchTemplateConfigs":{"Overrides":[{"InstanceType":"m7g.large"},{"InstanceType":"m7g.xlarge"}],"tag":1},"Type":"instant"}}"#);
        }
        if day % 3 == 0 {
            let train = role("acme-training", format!("train{day:02}"));
            self.event(
                at + 4000,
                (DEV, IE),
                &train,
                ("ec2", "RunInstances"),
                r#"{"instanceType":"g5.12xlarge","instancesSet":{"items":[{"minCount":2,"maxCount":2}]}}"#,
            );
        }
    }

    /// Posture, cost and backup tools, every day over all accounts.
    fn tools(&mut self, day: i64, at: i64) {
        for account in [PROD, DEV, SEC] {
            let vendor = Actor::Account(VENDOR.to_owned(), "AROAEXAMPLEVENDOR00001:scanner".to_owned());
            let arn = format!("{{\"roleArn\":\"arn:aws:iam::{account}:role/acme-posture-scanner\",\"roleSessionName\":\"scanner\"}}");
            self.event(at + 7000, (account, IE), &vendor, ("sts", "AssumeRole"), arn);
            let scanner = role("acme-posture-scanner", "scanner");
            let mut second = at + 7001;
            for (source, calls) in PAGES {
                for call in calls {
                    second += 1;
                    self.event(second, (account, IE), &scanner, (source, call), "null");
                }
            }
            self.event(second, (account, IE), &scanner, ("iam", "GetAccountAuthorizationDetails"), "null");
            for n in 0..30 {
                let request = format!("{{\"attribute\":\"userData\",\"instanceId\":\"{}\"}}", resource_id("i", 100 + n));
                self.event(second + n as i64, (account, IE), &scanner, ("ec2", "DescribeInstanceAttribute"), request);
            }
            let cost = role("acme-cost-tool", "cost");
            for (source, name) in [
                ("ce", "GetCostAndUsage"),
                ("organizations", "ListAccounts"),
                ("ec2", "DescribeInstances"),
                ("ec2", "DescribeVolumes"),
                ("rds", "DescribeDBInstances"),
                ("s3", "ListBuckets"),
                ("cur", "DescribeReportDefinitions"),
            ] {
                self.event(at + 9000 + day, (account, IE), &cost, (source, name), "null");
            }
        }
    }

    /// What AWS does by itself.
    fn services(&mut self, at: i64) {
        let backup = Actor::RoleByService("AWSServiceRoleForBackup".to_owned(), "backup".to_owned());
        for n in 0..25 {
            let mut bucket = String::new();
            let _ = write!(bucket, "{{\"resourceArn\":\"arn:aws:dynamodb:{IE}:{PROD}:table/t{n}\"}}");
            let event = self.event(at + 2 * 3600 + n * 30, (PROD, IE), &backup, ("backup", "StartBackupJob"), bucket);
            event.address = "backup.amazonaws.com".to_owned();
        }
        for (service, source, name, request) in [
            ("cloudtrail", "s3", "GetBucketAcl", r#"{"bucketName":"acme-trail-logs"}"#),
            ("config", "ec2", "DescribeInstances", "null"),
            ("ecs-tasks", "sts", "AssumeRole", r#"{"roleArn":"arn:aws:iam::111122223333:role/acme-app00-task"}"#),
            ("lambda", "sts", "AssumeRole", r#"{"roleArn":"arn:aws:iam::111122223333:role/acme-mailer-lambda"}"#),
        ] {
            let actor = Actor::Service(service.to_owned());
            for n in 0..40 {
                let event = self.event(at + n * 2100, (PROD, IE), &actor, (source, name), request);
                event.address = format!("{service}.amazonaws.com");
                event.agent = format!("{service}.amazonaws.com");
                event.tls = "";
            }
        }
    }
}
