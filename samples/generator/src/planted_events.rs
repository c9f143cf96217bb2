//! The events that are there on purpose, each tied to the control that should report it.

use crate::answers::Answers;
use crate::clock::{business_hour, t};
use crate::event::{Actor, Event};
use crate::random::{Random, example_id, hash};
use crate::world::{DEV, PROD, SEC, STRANGER, resource_id, role_arn, user_key};

#[path = "planted_actors.rs"]
mod actors;

const IE: &str = "eu-west-1";
const US: &str = "us-east-1";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0 Safari/537.36";
const CLI: &str = "aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/linux#6.11 md/arch#x86_64 lang/python#3.13.7";

/// The planted events and the ids other parts of the sample refer to.
pub struct Planted {
    /// All planted events of S3-delivered files.
    pub events: Vec<Event>,
    /// Id of the event that a second trail tells differently.
    pub conflict_id: String,
}

/// What plants events and notes their answers.
pub struct Planter<'a> {
    rng: Random,
    answers: &'a mut Answers,
    events: Vec<Event>,
}

/// Makes them all.
pub fn plant(seed: u64, answers: &mut Answers) -> Planted {
    let mut p = Planter { rng: Random::new(&[seed, hash("planted")]), answers, events: Vec::new() };
    p.root();
    p.sign_ins();
    p.intruder();
    p.identities();
    p.logging();
    p.network_and_data();
    p.operations();
    p.actors();
    let conflict_id = p.oddities();
    crate::planted_attacks::plant(&mut p);
    for (control, reason) in [
        ("event-manual-console-change", "an extract: all console writes of people"),
        ("event-sg-change", "an extract: all security group changes"),
        ("event-s3-policy-change", "an extract: all bucket policy changes"),
        ("event-trail-created", "an extract"),
        ("event-out-of-window-change", "what counts as a person's write depends on the control"),
        ("event-new-region-use", "one row per event or per Region"),
        ("event-instances-burst", "depends on the baseline"),
        ("event-ssm-session", "an extract"),
    ] {
        p.answers.at_least(control, reason);
    }
    Planted { events: p.events, conflict_id }
}

impl Planter<'_> {
    /// A call of somebody at a time, in an account and Region.
    pub fn event(&mut self, when: &str, place: (&str, &str), actor: &Actor, call: (&str, &str), request: &str) -> Event {
        let time = t(when);
        let address = match actor {
            Actor::Root(_) => "203.0.113.50",
            Actor::Person(email, _) => crate::world::PEOPLE.iter().find(|p| p.email == email).map_or("198.51.100.99", |p| p.address),
            Actor::User(_) | Actor::ConsoleUser(..) => "198.51.100.92",
            _ => "203.0.113.10",
        };
        Event {
            time,
            version: "1.11",
            account: place.0.to_owned(),
            region: place.1.to_owned(),
            source: call.0.to_owned(),
            name: call.1.to_owned(),
            identity: actor.identity(place.0, time),
            address: address.to_owned(),
            agent: CLI.to_owned(),
            request: request.to_owned(),
            response: "null".to_owned(),
            request_id: self.rng.new_uuid(),
            event_id: self.rng.new_uuid(),
            read_only: Some(false),
            tls: "TLSv1.3",
            ..Event::default()
        }
    }

    /// Keeps an event and notes the controls that should report it.
    pub fn keep(&mut self, event: Event, controls: &[&str], why: &str) {
        for control in controls {
            self.answers.add(control, &event.account, &event.region, &event.event_id, why);
        }
        let person = event.identity.contains("AWSReservedSSO_") || event.identity.starts_with("{\"type\":\"IAMUser\"");
        let write = event.read_only == Some(false) && event.error.is_none() && !event.data && event.name != "ConsoleLogin";
        if person && write && !business_hour(event.time) {
            let why = format!("{} by a person outside business hours", event.name);
            self.answers.add("event-out-of-window-change", &event.account, &event.region, &event.event_id, &why);
        }
        self.events.push(event);
    }

    fn add(&mut self, when: &str, place: (&str, &str), actor: &Actor, call: (&str, &str), request: &str, controls: &[&str], why: &str) {
        let event = self.event(when, place, actor, call, request);
        self.keep(event, controls, why);
    }

    /// A write through the console.
    fn console(&mut self, when: &str, place: (&str, &str), actor: &Actor, call: (&str, &str), request: &str, controls: &[&str], why: &str) {
        let mut event = self.event(when, place, actor, call, request);
        event.console = true;
        event.agent = BROWSER.to_owned();
        let mut all = vec!["event-manual-console-change"];
        all.extend(controls);
        self.keep(event, &all, why);
    }

    fn login(&mut self, when: &str, account: &str, actor: &Actor, success: bool, mfa: bool) -> Event {
        let mut event = self.event(when, (account, US), actor, ("signin", "ConsoleLogin"), "null");
        event.kind = "AwsConsoleSignIn";
        event.request_id.clear();
        event.agent = BROWSER.to_owned();
        event.response = format!("{{\"ConsoleLogin\":\"{}\"}}", if success { "Success" } else { "Failure" });
        event.additional = format!(
            "{{\"LoginTo\":\"https://console.aws.amazon.com/console/home\",\"MobileVersion\":\"No\",\"MFAUsed\":\"{}\"}}",
            if mfa { "Yes" } else { "No" }
        );
        event
    }

    fn root(&mut self) {
        let root = Actor::Root(String::new());
        let login = self.login("04-14 19:42:11", PROD, &root, true, false);
        self.keep(
            login,
            &["event-root-activity", "event-root-console-login", "event-root-no-mfa"],
            "root signed in to the console without MFA",
        );
        let session = Actor::Root(example_id("ASIA", "root-session", 20));
        let mut contact = self.event(
            "04-14 19:47:02",
            (PROD, US),
            &session,
            ("account", "PutAlternateContact"),
            r#"{"alternateContactType":"BILLING","name":"HIDDEN_DUE_TO_SECURITY_REASONS","emailAddress":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        );
        contact.console = true;
        contact.agent = BROWSER.to_owned();
        self.keep(
            contact,
            &["event-root-activity", "event-account-contact-changed", "event-manual-console-change"],
            "root changed the billing contact",
        );
        let key = Actor::Root(example_id("AKIA", &format!("root{DEV}"), 20));
        for (when, name, request) in [
            ("05-09 02:13:40", "ListBuckets", r#"{"Host":"s3.amazonaws.com"}"#),
            (
                "05-09 02:13:58",
                "GetBucketPolicy",
                r#"{"bucketName":"acme-dev-trail-logs","Host":"acme-dev-trail-logs.s3.amazonaws.com","policy":""}"#,
            ),
        ] {
            let mut event = self.event(when, (DEV, US), &key, ("s3", name), request);
            event.read_only = Some(true);
            self.keep(event, &["event-root-activity"], "root access key used");
        }
    }

    fn sign_ins(&mut self) {
        let legacy = Actor::ConsoleUser("legacy-ops".to_owned(), false);
        let login = self.login("04-22 09:05:17", PROD, &legacy, true, false);
        self.keep(login, &["event-console-login-no-mfa"], "IAM user signed in without MFA");
        let good = Actor::ConsoleUser("dev-admin".to_owned(), true);
        for when in ["04-07 08:31:00", "05-05 09:12:44", "06-09 10:02:31"] {
            let login = self.login(when, DEV, &good, true, true);
            self.keep(login, &[], "");
        }
        let tester = Actor::ConsoleUser("tester".to_owned(), false);
        for (at, when) in ["23:10:04", "23:10:31", "23:11:02", "23:11:40", "23:12:15", "23:13:50"].iter().enumerate() {
            let mut login = self.login(&format!("05-17 {when}"), DEV, &tester, false, false);
            login.error = None;
            login.address = "203.0.113.99".to_owned();
            // Sign-in failures carry a message and no code.
            login.response = "{\"ConsoleLogin\":\"Failure\"}".to_owned();
            login.details.clear();
            let controls: &[&str] = if at == 0 { &["event-console-login-failures"] } else { &[] };
            self.keep(login, controls, "six failed sign-ins in four minutes (first event of the burst)");
        }
        let mut login = self.login("05-17 23:16:22", DEV, &tester, true, false);
        login.address = "203.0.113.99".to_owned();
        self.keep(
            login,
            &["event-console-login-success-after-failures", "event-console-login-no-mfa"],
            "sign-in without MFA right after six failures",
        );
    }

    /// One long story: a leaked key of an old pipeline user in production.
    fn intruder(&mut self) {
        let ci = Actor::User("ci-legacy".to_owned());
        let mut first = None;
        for (when, address) in
            [("06-03 02:40:10", "192.0.2.200"), ("06-03 02:49:33", "198.51.100.200"), ("06-03 02:58:01", "203.0.113.200")]
        {
            let mut event = self.event(when, (PROD, US), &ci, ("sts", "GetCallerIdentity"), "null");
            event.read_only = Some(true);
            event.address = address.to_owned();
            first.get_or_insert_with(|| event.event_id.clone());
            self.keep(event, &[], "");
        }
        if let Some(id) = first {
            self.answers.add(
                "event-concurrent-sources",
                PROD,
                US,
                &id,
                "one access key from three networks within 18 minutes (first event)",
            );
        }
        let denied: [(&str, &str, &str); 27] = [
            ("ec2", "DescribeVpcs", IE),
            ("ec2", "DescribeSubnets", IE),
            ("ec2", "DescribeKeyPairs", IE),
            ("ec2", "DescribeImages", IE),
            ("ec2", "DescribeInstances", IE),
            ("ec2", "CreateKeyPair", IE),
            ("ec2", "RunInstances", IE),
            ("ec2", "CreateSecurityGroup", IE),
            ("s3", "GetBucketLocation", IE),
            ("s3", "GetBucketEncryption", IE),
            ("s3", "PutBucketAcl", IE),
            ("lambda", "ListFunctions20150331", IE),
            ("lambda", "CreateFunction20150331", IE),
            ("rds", "DescribeDBSnapshots", IE),
            ("rds", "CreateDBSnapshot", IE),
            ("kms", "ListAliases", IE),
            ("kms", "ListGrants", IE),
            ("secretsmanager", "ListSecrets", IE),
            ("ssm", "DescribeInstanceInformation", IE),
            ("ssm", "SendCommand", IE),
            ("dynamodb", "ListTables", IE),
            ("ecr", "GetAuthorizationToken", IE),
            ("iam", "ListUsers", US),
            ("iam", "ListRoles", US),
            ("iam", "GetAccountAuthorizationDetails", US),
            ("iam", "CreateAccessKey", US),
            ("organizations", "ListAccounts", US),
        ];
        for (at, (source, name, region)) in denied.iter().enumerate() {
            let when = format!("06-03 03:{:02}:{:02}", 12 + at / 6, at % 6 * 9);
            let mut event = self.event(&when, (PROD, region), &ci, (source, name), "null");
            event.address = "203.0.113.200".to_owned();
            event.agent = "aws-cli/1.33.4 Python/3.12.6 Linux/6.10.9-kali-amd64 botocore/1.34.122".to_owned();
            event.read_only =
                Some(!(name.starts_with("Create") || name.starts_with("Run") || name.starts_with("Put") || name.starts_with("Send")));
            let code = if *source == "ec2" { "Client.UnauthorizedOperation" } else { "AccessDenied" };
            event.error =
                Some((code.to_owned(), format!("User: arn:aws:iam::{PROD}:user/ci-legacy is not authorized to perform: {source}:{name}")));
            let mut controls = Vec::new();
            if at == 0 {
                controls.push("event-offensive-user-agent");
                controls.push("event-denied-burst");
            }
            self.keep(event, &controls, "leaked key of ci-legacy: 27 different denied calls within five minutes");
        }
        for at in 0..12 {
            let request = format!("{{\"secretId\":\"acme/prod/partner-{at:02}\"}}");
            let mut event =
                self.event(&format!("06-04 02:31:{:02}", at * 4), (PROD, IE), &ci, ("secretsmanager", "GetSecretValue"), &request);
            event.read_only = Some(true);
            event.address = "203.0.113.200".to_owned();
            let controls: &[&str] = if at == 0 { &["event-secret-read-burst"] } else { &[] };
            self.keep(event, controls, "twelve secrets read within a minute (first event of the burst)");
        }
        let mut run = self.event(
            "06-20 01:30:45",
            (PROD, "ap-southeast-2"),
            &ci,
            ("ec2", "RunInstances"),
            r#"{"instancesSet":{"items":[{"imageId":"ami-0ac3e000000000999","minCount":1,"maxCount":1}]},"instanceType":"g5.12xlarge"}"#,
        );
        run.address = "203.0.113.200".to_owned();
        run.response = format!(
            "{{\"requestId\":\"{}\",\"instancesSet\":{{\"items\":[{{\"instanceId\":\"{}\",\"instanceType\":\"g5.12xlarge\"}}]}}}}",
            run.request_id,
            resource_id("i", 999)
        );
        self.keep(run, &["event-new-region-use", "event-instances-burst"], "an instance started in a Region that was never used before");
        let stolen = Actor::Instance("ec2-web".to_owned(), resource_id("i", 101));
        for (when, source, name) in [("06-05 04:01:12", "sts", "GetCallerIdentity"), ("06-05 04:02:40", "s3", "ListBuckets")] {
            let mut event = self.event(when, (PROD, IE), &stolen, (source, name), "null");
            event.read_only = Some(true);
            event.address = "203.0.113.77".to_owned();
            self.keep(event, &[], "credentials of an instance role used from the internet");
        }
        let why = "credentials of an instance role used from the internet, at one address";
        self.answers.add("event-instance-credentials-outside", PROD, "", &resource_id("i", 101), why);
    }

    fn identities(&mut self) {
        let legacy = Actor::ConsoleUser("legacy-ops".to_owned(), false);
        let place = (PROD, US);
        self.console(
            "04-28 20:15:03",
            place,
            &legacy,
            ("iam", "CreateAccessKey"),
            r#"{"userName":"backup-operator"}"#,
            &["event-access-key-created"],
            "a person made an access key for another user",
        );
        self.console(
            "04-28 20:16:11",
            place,
            &legacy,
            ("iam", "AttachUserPolicy"),
            r#"{"userName":"backup-operator","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#,
            &["event-admin-policy-attached", "event-iam-policy-change"],
            "AdministratorAccess attached to a user",
        );
        self.console(
            "04-28 20:17:36",
            place,
            &legacy,
            ("iam", "CreateLoginProfile"),
            r#"{"userName":"backup-operator","passwordResetRequired":false}"#,
            &["event-login-profile-created"],
            "a password set for another user",
        );
        self.console(
            "04-28 20:20:08",
            place,
            &legacy,
            ("iam", "DeactivateMFADevice"),
            &format!(r#"{{"userName":"legacy-ops","serialNumber":"arn:aws:iam::{PROD}:mfa/legacy-ops"}}"#),
            &["event-mfa-deactivated"],
            "MFA switched off and never on again",
        );
        let lead = Actor::Person("platform.lead@acme.example".to_owned(), "PlatformPower".to_owned());
        let engineer = Actor::Person("platform.engineer@acme.example".to_owned(), "PlatformPower".to_owned());
        self.add("05-11 09:44:10", place, &engineer, ("iam", "CreatePolicyVersion"), &format!(r#"{{"policyArn":"arn:aws:iam::{PROD}:policy/acme-legacy-admin","policyDocument":"{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}]}}","setAsDefault":true}}"#), &["event-admin-policy-attached", "event-iam-policy-change"], "new policy version allows every action on everything");
        self.add("05-11 10:02:51", place, &engineer, ("iam", "UpdateAssumeRolePolicy"), r#"{"roleName":"shop-partner-access","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\"}]}"}"#, &["event-role-trust-changed"], "trust policy opened to every account");
        // A phone is replaced: off and on again within the hour, so nothing to report.
        let admin = Actor::ConsoleUser("dev-admin".to_owned(), true);
        for (when, name) in [("05-05 09:20:00", "DeactivateMFADevice"), ("05-05 09:31:00", "EnableMFADevice")] {
            self.console(
                when,
                (DEV, US),
                &admin,
                ("iam", name),
                &format!(r#"{{"userName":"dev-admin","serialNumber":"arn:aws:iam::{DEV}:mfa/dev-admin"}}"#),
                &[],
                "replacement of a phone",
            );
        }
        self.add(
            "05-20 08:15:00",
            (DEV, US),
            &admin,
            ("iam", "CreateUser"),
            r#"{"userName":"sandbox-temp"}"#,
            &["event-user-created"],
            "joiner population",
        );
        self.console(
            "05-20 08:19:30",
            (DEV, US),
            &admin,
            ("iam", "UpdateAccountPasswordPolicy"),
            r#"{"minimumPasswordLength":8,"requireSymbols":false,"requireNumbers":true,"maxPasswordAge":0,"hardExpiry":false}"#,
            &["event-password-policy-changed"],
            "minimum password length lowered to 8",
        );
        let mut glass = self.event(
            "06-18 17:30:00",
            (PROD, US),
            &lead,
            ("sts", "AssumeRole"),
            &format!(r#"{{"roleArn":"{}","roleSessionName":"INC-2031"}}"#, role_arn(PROD, "acme-break-glass")),
        );
        glass.read_only = Some(true);
        self.keep(glass, &["event-break-glass-used"], "break-glass role assumed");
        let stranger = Actor::Account(STRANGER.to_owned(), format!("{}:probe", example_id("AROA", STRANGER, 21)));
        let mut cross = self.event(
            "05-13 11:11:11",
            (PROD, US),
            &stranger,
            ("sts", "AssumeRole"),
            &format!(r#"{{"roleArn":"{}","roleSessionName":"probe"}}"#, role_arn(PROD, "shop-partner-access")),
        );
        cross.read_only = Some(true);
        cross.shared_id = self.rng.new_uuid();
        cross.address = "203.0.113.201".to_owned();
        self.keep(cross, &["event-cross-account-assume"], "an account nobody knows assumed a role");
        let export = Actor::User("report-export".to_owned());
        let mut token = self.event(
            "06-02 10:00:00",
            place,
            &export,
            ("sts", "GetFederationToken"),
            r#"{"name":"report-viewer","durationSeconds":43200}"#,
        );
        token.address = "203.0.113.24".to_owned();
        self.keep(token, &["event-federation-token"], "IAM user hands out federation tokens");
    }

    fn logging(&mut self) {
        let admin = Actor::User("dev-admin".to_owned());
        let trail = format!("arn:aws:cloudtrail:{IE}:{DEV}:trail/acme-dev-eu");
        let place = (DEV, IE);
        self.add(
            "05-12 22:08:30",
            place,
            &admin,
            ("cloudtrail", "UpdateTrail"),
            &format!(r#"{{"name":"{trail}","enableLogFileValidation":false}}"#),
            &["event-trail-validation-off"],
            "log file validation switched off",
        );
        self.add(
            "05-12 22:10:05",
            place,
            &admin,
            ("cloudtrail", "StopLogging"),
            &format!(r#"{{"name":"{trail}"}}"#),
            &["event-trail-stopped"],
            "logging stopped for 33 hours",
        );
        self.add(
            "05-14 07:31:40",
            place,
            &admin,
            ("cloudtrail", "StartLogging"),
            &format!(r#"{{"name":"{trail}"}}"#),
            &["event-trail-created"],
            "logging started again",
        );
        self.add(
            "05-12 22:12:20",
            (DEV, US),
            &admin,
            ("config", "StopConfigurationRecorder"),
            r#"{"configurationRecorderName":"default"}"#,
            &["event-config-recorder-stopped"],
            "Config recorder stopped",
        );
        self.add(
            "05-14 07:33:00",
            (DEV, US),
            &admin,
            ("config", "StartConfigurationRecorder"),
            r#"{"configurationRecorderName":"default"}"#,
            &[],
            "",
        );
        let engineer = Actor::Person("platform.engineer@acme.example".to_owned(), "PlatformPower".to_owned());
        let security = Actor::Person("security.engineer@acme.example".to_owned(), "SecurityAudit".to_owned());
        self.console(
            "06-18 17:40:12",
            (PROD, "eu-central-1"),
            &engineer,
            ("guardduty", "DeleteDetector"),
            r#"{"detectorId":"0ac3e0000000000000000000000001ec"}"#,
            &["event-guardduty-disabled"],
            "GuardDuty detector deleted",
        );
        self.console("06-11 19:45:00", (SEC, IE), &security, ("s3", "PutBucketPolicy"), r#"{"bucketName":"acme-cloudtrail-logs","Host":"acme-cloudtrail-logs.s3.eu-west-1.amazonaws.com","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"AWSCloudTrailWrite","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-cloudtrail-logs/*"}]}}"#, &["event-log-bucket-tampering", "event-s3-policy-change"], "policy of the trail's bucket changed");
        self.add("05-13 06:02:00", (DEV, US), &admin, ("s3", "PutBucketLifecycle"), r#"{"bucketName":"acme-dev-trail-logs","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Days":7},"ID":"tidy"}},"lifecycle":""}"#, &["event-log-bucket-tampering", "event-log-bucket-expiry", "event-s3-policy-change"], "logs of the development trail now expire after 7 days");
        self.console(
            "05-21 13:20:00",
            place,
            &engineer,
            ("ec2", "DeleteFlowLogs"),
            r#"{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-0ac3e000000000401"}}}"#,
            &["event-flow-logs-deleted"],
            "flow log of the development VPC deleted",
        );
        self.console(
            "06-10 08:12:00",
            (PROD, IE),
            &engineer,
            ("monitoring", "DisableAlarmActions"),
            r#"{"alarmNames":["shop-orders-errors"]}"#,
            &["event-alarm-disabled"],
            "alarm actions switched off",
        );
        self.console(
            "06-10 08:25:00",
            (PROD, IE),
            &engineer,
            ("logs", "DeleteLogGroup"),
            r#"{"logGroupName":"/aws/lambda/old-checkout"}"#,
            &["event-cloudwatch-logs-deleted"],
            "log group deleted by a person",
        );
    }

    fn network_and_data(&mut self) {
        let developer = Actor::Person("shop.developer@acme.example".to_owned(), "Developer".to_owned());
        let engineer = Actor::Person("platform.engineer@acme.example".to_owned(), "PlatformPower".to_owned());
        let admin = Actor::User("dev-admin".to_owned());
        let open = |sg: u64, port: u16, range: &str| {
            format!(
                r#"{{"groupId":"{}","ipPermissions":{{"items":[{{"ipProtocol":"tcp","fromPort":{port},"toPort":{port},"groups":{{}},{range},"prefixListIds":{{}}}}]}}}}"#,
                resource_id("sg", sg)
            )
        };
        let v4 = r#""ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{}"#;
        let v6 = r#""ipRanges":{},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]}"#;
        let world = ["event-sg-opened-to-world", "event-sg-change"];
        self.console(
            "05-06 15:20:41",
            (PROD, IE),
            &developer,
            ("ec2", "AuthorizeSecurityGroupIngress"),
            &open(104, 22, v4),
            &world,
            "SSH opened to the internet and left open",
        );
        self.add(
            "05-19 09:00:12",
            (DEV, IE),
            &admin,
            ("ec2", "AuthorizeSecurityGroupIngress"),
            &open(403, 3389, v6),
            &world,
            "RDP opened to the internet for 40 minutes",
        );
        self.add(
            "05-19 09:40:12",
            (DEV, IE),
            &admin,
            ("ec2", "RevokeSecurityGroupIngress"),
            &open(403, 3389, v6),
            &["event-sg-change"],
            "RDP closed again",
        );
        self.add(
            "04-20 13:05:00",
            (DEV, IE),
            &admin,
            ("ec2", "AuthorizeSecurityGroupIngress"),
            &open(404, 5432, v4),
            &world,
            "database port opened to the internet",
        );
        self.add(
            "05-20 10:10:30",
            (DEV, IE),
            &admin,
            ("s3", "DeleteBucketPublicAccessBlock"),
            r#"{"bucketName":"acme-dev-downloads","publicAccessBlock":""}"#,
            &["event-s3-made-public"],
            "public access block of a bucket removed",
        );
        self.add("05-20 10:11:02", (DEV, IE), &admin, ("s3", "PutBucketPolicy"), r#"{"bucketName":"acme-dev-downloads","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"Public","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-dev-downloads/*"}]}}"#, &["event-s3-made-public", "event-s3-policy-change"], "bucket made readable by everyone");
        let nobody = Actor::Account("anonymous".to_owned(), String::new());
        for at in 0..3 {
            let mut event = self.event(&format!("05-22 0{}:17:09", at + 1), (DEV, IE), &nobody, ("s3", "GetObject"), &format!(r#"{{"bucketName":"acme-dev-downloads","Host":"acme-dev-downloads.s3.eu-west-1.amazonaws.com","key":"builds/{at}.zip"}}"#));
            event.data = true;
            event.read_only = Some(true);
            event.address = format!("203.0.113.{}", 210 + at);
            // The control reports a bucket once, by the first such event.
            let controls: &[&str] = if at == 0 { &["event-s3-anonymous-access"] } else { &[] };
            self.keep(event, controls, "objects read by anonymous callers");
        }
        self.console(
            "06-16 08:40:00",
            (PROD, IE),
            &engineer,
            ("rds", "ModifyDBInstance"),
            r#"{"dBInstanceIdentifier":"shop-reporting","publiclyAccessible":true,"applyImmediately":true}"#,
            &["event-rds-made-public"],
            "database made public",
        );
        self.console(
            "06-16 08:44:00",
            (PROD, IE),
            &engineer,
            ("rds", "ModifyDBInstance"),
            r#"{"dBInstanceIdentifier":"shop-reporting","backupRetentionPeriod":0,"deletionProtection":false,"applyImmediately":true}"#,
            &["event-rds-protection-removed"],
            "backups and deletion protection switched off",
        );
        self.add(
            "05-27 14:02:00",
            (DEV, IE),
            &admin,
            ("rds", "DeleteDBInstance"),
            r#"{"dBInstanceIdentifier":"dev-old","skipFinalSnapshot":true,"deleteAutomatedBackups":true}"#,
            &["event-db-deleted"],
            "database deleted without a final snapshot",
        );
        self.add("06-01 12:30:00", (DEV, IE), &admin, ("ec2", "ModifySnapshotAttribute"), r#"{"snapshotId":"snap-0ac3e000000000401","attributeType":"CREATE_VOLUME_PERMISSION","createVolumePermission":{"add":{"items":[{"group":"all"}]}}}"#, &["event-snapshot-shared"], "snapshot shared with everyone");
        self.add(
            "06-01 12:41:00",
            (DEV, IE),
            &admin,
            ("ec2", "DisableEbsEncryptionByDefault"),
            r#"{"DisableEbsEncryptionByDefaultRequest":""}"#,
            &["event-ebs-encryption-off"],
            "default volume encryption switched off",
        );
        self.console(
            "06-24 09:30:00",
            (PROD, IE),
            &engineer,
            ("kms", "ScheduleKeyDeletion"),
            r#"{"keyId":"0ac3e000-0000-4000-8000-000000000103","pendingWindowInDays":30}"#,
            &["event-kms-key-disabled"],
            "key scheduled for deletion",
        );
        self.console(
            "06-24 09:34:00",
            (PROD, IE),
            &engineer,
            ("kms", "DisableKeyRotation"),
            r#"{"keyId":"0ac3e000-0000-4000-8000-000000000102"}"#,
            &["event-kms-rotation-off"],
            "key rotation switched off",
        );
    }

    fn operations(&mut self) {
        let developer = Actor::Person("shop.developer@acme.example".to_owned(), "Developer".to_owned());
        let engineer = Actor::Person("platform.engineer@acme.example".to_owned(), "PlatformPower".to_owned());
        let place = (PROD, IE);
        self.console(
            "05-28 13:02:00",
            place,
            &developer,
            ("lambda", "UpdateFunctionCode20150331v2"),
            r#"{"functionName":"webhook-in","publish":true,"dryRun":false}"#,
            &["event-lambda-code-changed-by-human"],
            "code of a function replaced by hand",
        );
        self.console(
            "05-28 13:10:00",
            place,
            &developer,
            ("lambda", "AddPermission20150331v2"),
            r#"{"functionName":"webhook-in","statementId":"open","action":"lambda:InvokeFunction","principal":"*"}"#,
            &["event-lambda-public-policy"],
            "function made callable by everyone",
        );
        self.console("06-17 10:00:00", place, &engineer, ("ec2", "ModifyInstanceMetadataOptions"), &format!(r#"{{"ModifyInstanceMetadataOptionsRequest":{{"InstanceId":"{}","HttpTokens":"optional","HttpEndpoint":"enabled"}},"instanceId":"{}","httpTokens":"optional"}}"#, resource_id("i", 103), resource_id("i", 103)), &["event-imdsv1-enabled"], "instance metadata service version 1 allowed");
        self.add(
            "06-17 10:20:00",
            place,
            &engineer,
            ("ec2", "ModifyInstanceAttribute"),
            &format!(r#"{{"instanceId":"{}","userData":"<sensitiveDataRemoved>"}}"#, resource_id("i", 103)),
            &["event-userdata-changed"],
            "user data of an instance changed",
        );
        self.add(
            "05-26 09:00:00",
            place,
            &engineer,
            ("rds", "RestoreDBInstanceFromDBSnapshot"),
            r#"{"dBInstanceIdentifier":"shop-orders-restore-test","dBSnapshotIdentifier":"awsbackup-0ac3e000","publiclyAccessible":false}"#,
            &["event-restore-test"],
            "restore test of the order database",
        );
        let mut session = self.event(
            "06-17 10:05:00",
            place,
            &engineer,
            ("ssm", "StartSession"),
            &format!(r#"{{"target":"{}"}}"#, resource_id("i", 103)),
        );
        session.response = r#"{"sessionId":"platform.engineer@acme.example-0ac3e","tokenValue":"HIDDEN_DUE_TO_SECURITY_REASONS","streamUrl":"wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/platform.engineer@acme.example-0ac3e?role=publish_subscribe"}"#.to_owned();
        self.keep(session, &["event-ssm-session"], "interactive session on a production instance");
    }

    /// Texts and shapes that break careless readers.
    fn oddities(&mut self) -> String {
        let analyst = Actor::Person("data.analyst@acme.example".to_owned(), "ReadOnly".to_owned());
        let hostile = [
            "<script>alert(1)</script>",
            "=HYPERLINK(\"http://203.0.113.9\",\"open\")",
            "`|` **bold** [link](javascript:alert(1)) | cell",
            "user\u{202e}gpj.exe\u{202c} \u{200b}zero\u{2066}width\u{2069}",
            "<img src=x onerror=alert(1)> ${7*7} {{7*7}} %0d%0aSet-Cookie:x",
        ];
        for (at, agent) in hostile.iter().enumerate() {
            let mut event = self.event(&format!("05-25 1{at}:00:00"), (PROD, IE), &analyst, ("ec2", "DescribeRegions"), "null");
            event.read_only = Some(true);
            event.agent = (*agent).to_owned();
            self.keep(event, &[], "");
        }
        let formula = Actor::Role("vendor-monitoring".to_owned(), "=cmd|' /C calc'!A0".to_owned());
        let mut event = self.event("05-25 15:30:00", (PROD, IE), &formula, ("ec2", "DescribeRegions"), "null");
        event.read_only = Some(true);
        self.keep(event, &[], "");
        let mut legacy = self.event(
            "06-08 10:10:00",
            (PROD, IE),
            &Actor::User("report-export".to_owned()),
            ("s3", "GetBucketLocation"),
            r#"{"bucketName":"acme-prod-exports","location":""}"#,
        );
        legacy.read_only = Some(true);
        legacy.address = "203.0.113.24".to_owned();
        legacy.tls = "TLSv1.1";
        self.keep(legacy, &["event-tls-legacy"], "call over TLS 1.1");
        // A corrected record: the newer one replaces the older.
        let engineer = Actor::Person("platform.engineer@acme.example".to_owned(), "PlatformPower".to_owned());
        let mut original = self.event(
            "06-12 09:15:00",
            (PROD, IE),
            &engineer,
            ("ecs", "UpdateService"),
            r#"{"cluster":"shop","service":"web","desiredCount":6}"#,
        );
        original.agent = "APN/1.0 HashiCorp/1.0 Terraform/1.13.1 (+https://www.terraform.io)".to_owned();
        let mut corrected = original.clone();
        corrected.event_id = self.rng.new_uuid();
        corrected.response = r#"{"service":{"serviceName":"web","desiredCount":6}}"#.to_owned();
        corrected.addendum = format!(
            r#"{{"reason":"UPDATED_DATA","updatedFields":"responseElements","originalRequestID":"{}","originalEventID":"{}"}}"#,
            original.request_id, original.event_id
        );
        self.keep(original, &[], "");
        self.keep(corrected, &[], "");
        // A pair of records of one call that crosses accounts.
        let shared = self.rng.new_uuid();
        let reader = Actor::Role("log-index-lambda".to_owned(), "log-index".to_owned());
        let request =
            r#"{"bucketName":"acme-prod-access-logs","Host":"acme-prod-access-logs.s3.eu-west-1.amazonaws.com","key":"prod/one"}"#;
        let mut theirs = self.event("06-15 11:00:00", (SEC, IE), &reader, ("s3", "GetObject"), request);
        theirs.read_only = Some(true);
        theirs.data = true;
        theirs.address = "192.0.2.150".to_owned();
        theirs.shared_id.clone_from(&shared);
        let mut ours = theirs.clone();
        ours.account = PROD.to_owned();
        ours.event_id = self.rng.new_uuid();
        self.keep(theirs, &[], "");
        self.keep(ours, &[], "");
        // Told differently by the second trail, see trail_files.
        let mut told_twice = self.event(
            "06-02 09:30:00",
            (PROD, IE),
            &engineer,
            ("ec2", "ModifyVpcAttribute"),
            r#"{"vpcId":"vpc-0ac3e000000000101","enableDnsHostnames":{"value":true}}"#,
        );
        told_twice.agent = "APN/1.0 HashiCorp/1.0 Terraform/1.13.1 (+https://www.terraform.io)".to_owned();
        let id = told_twice.event_id.clone();
        self.keep(told_twice, &[], "");
        // The key of the legacy user is public knowledge in this story; keep it stable.
        debug_assert!(user_key(PROD, "ci-legacy").starts_with("AKIAEXAMPLE"));
        id
    }
}
