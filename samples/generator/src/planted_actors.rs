//! Planted events about who acts: a person behind a role in the console, a tool in a person's hands, a chain of sessions, a task
//! session of root, and attempts that do not show use of root.

use super::Planter;
use crate::event::Actor;
use crate::random::example_id;
use crate::world::{DEV, PROD, role_arn};

const US: &str = "us-east-1";
const IE: &str = "eu-west-1";
const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.13.1 (+https://www.terraform.io) terraform-provider-aws/6.9.0";

impl Planter<'_> {
    pub(super) fn actors(&mut self) {
        self.behind_a_role();
        self.chain();
        self.root_at_one_remove();
        self.directory();
    }

    /// A role of no telling name: one call from the console shows that a person holds the session.
    fn behind_a_role(&mut self) {
        let ops = Actor::Role("acme-platform-ops".to_owned(), "jdoe".to_owned());
        let policy = |name: &str| {
            format!(
                r#"{{"roleName":"image-resize-lambda","policyName":"{name}","policyDocument":"{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::acme-prod-media/*\"}}]}}"}}"#
            )
        };
        let why = "a person behind a role changed a policy in the console";
        self.console(
            "05-05 10:12:07",
            (PROD, US),
            &ops,
            ("iam", "PutRolePolicy"),
            &policy("read-media"),
            &["event-iam-policy-change"],
            why,
        );
        let why = "the same session without the console: still the person's";
        self.add(
            "05-05 10:31:44",
            (PROD, US),
            &ops,
            ("iam", "PutRolePolicy"),
            &policy("read-media-too"),
            &["event-iam-policy-change"],
            why,
        );
        // A tool's user agent makes no pipeline of a person.
        let engineer = Actor::Person("robot.developer@acme.example".to_owned(), "Developer".to_owned());
        let mut code = self.event(
            "05-06 14:20:51",
            (DEV, IE),
            &engineer,
            ("lambda", "UpdateFunctionCode20150331v2"),
            r#"{"functionName":"dev-telemetry","publish":false,"dryRun":false}"#,
        );
        code.agent = TERRAFORM.to_owned();
        self.keep(code, &["event-lambda-code-changed-by-human"], "a person changed a function with a tool of infrastructure as code");
    }

    /// A user assumes a role, and with it another; what the last session does is the user's.
    fn chain(&mut self) {
        let user = Actor::ConsoleUser("backup-operator".to_owned(), true);
        let opened = |role: &str, session: &str, key: &str| {
            format!(
                r#"{{"credentials":{{"accessKeyId":"{key}","sessionToken":"HIDDEN_DUE_TO_SECURITY_REASONS","expiration":"May 7, 2026, 12:00:00 PM"}},"assumedRoleUser":{{"assumedRoleId":"{}:{session}","arn":"arn:aws:sts::{PROD}:assumed-role/{role}/{session}"}}}}"#,
                example_id("AROA", &format!("{PROD}{role}"), 21)
            )
        };
        let asks = |role: &str, session: &str| {
            format!(r#"{{"roleArn":"{}","roleSessionName":"{session}","durationSeconds":3600}}"#, role_arn(PROD, role))
        };
        let (first, second) = (("acme-jump", "step-one"), ("acme-release", "step-two"));
        let jump = Actor::Role(first.0.to_owned(), first.1.to_owned());
        let release = Actor::Role(second.0.to_owned(), second.1.to_owned());
        let key = |identity: &str| {
            identity.split("\"accessKeyId\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
        };
        for (when, by, (role, session), next) in [("05-07 11:02:10", &user, first, &jump), ("05-07 11:02:41", &jump, second, &release)] {
            let mut event = self.event(when, (PROD, IE), by, ("sts", "AssumeRole"), &asks(role, session));
            event.read_only = Some(true);
            event.response = opened(role, session, &key(&next.identity(PROD, event.time)));
            self.keep(event, &[], "");
        }
        self.add(
            "05-07 11:05:22",
            (PROD, IE),
            &release,
            ("codepipeline", "UpdatePipeline"),
            r#"{"pipeline":{"name":"shop-release","version":4}}"#,
            &["event-pipeline-modified"],
            "a person changed a pipeline through two roles",
        );
    }

    /// Root in the records where nobody used its credentials.
    fn root_at_one_remove(&mut self) {
        let admin = Actor::Person("platform.lead@acme.example".to_owned(), "PlatformPower".to_owned());
        let mut assume = self.event(
            "05-12 09:40:02",
            (PROD, US),
            &admin,
            ("sts", "AssumeRoot"),
            &format!(r#"{{"targetPrincipal":"{DEV}","taskPolicyArn":{{"arn":"arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}},"durationSeconds":900}}"#),
        );
        let key = example_id("ASIA", "root-task", 20);
        assume.response = format!(
            r#"{{"credentials":{{"accessKeyId":"{key}","sessionToken":"HIDDEN_DUE_TO_SECURITY_REASONS","expiration":"May 12, 2026, 9:55:02 AM"}},"sourceIdentity":"platform.lead@acme.example"}}"#
        );
        self.keep(assume, &["event-root-assume-root"], "a root session by a role that is not agreed");
        let mut task = self.event(
            "05-12 09:43:30",
            (DEV, US),
            &Actor::Root(key),
            ("s3", "DeleteBucketPolicy"),
            r#"{"bucketName":"acme-dev-scratch","Host":"acme-dev-scratch.s3.amazonaws.com","policy":""}"#,
        );
        task.identity = task.identity.replacen(
            '}',
            r#","sessionContext":{"attributes":{"creationDate":"2026-05-12T09:40:02Z","mfaAuthenticated":"false"},"assumedRoot":"true"}}"#,
            1,
        );
        self.keep(task, &[], "");
        let root = Actor::Root(String::new());
        let failed = self.login("05-13 21:14:09", DEV, &root, false, false);
        self.keep(failed, &[], "");
        let mut recovery = self.login("05-13 21:16:40", DEV, &root, true, false);
        recovery.name = "PasswordRecoveryRequested".to_owned();
        recovery.response = r#"{"PasswordRecoveryRequested":"Success"}"#.to_owned();
        recovery.additional.clear();
        self.keep(recovery, &[], "");
    }

    /// Two users of one directory.
    fn directory(&mut self) {
        for (when, user) in [("05-08 08:30:00", "data.analyst@acme.example"), ("05-08 08:31:00", "shop.developer@acme.example")] {
            let mut event = self.event(when, (PROD, IE), &Actor::IdentityCenter(user.to_owned()), ("sso", "Federate"), "null");
            event.kind = "AwsServiceEvent";
            self.keep(event, &[], "");
        }
    }
}
