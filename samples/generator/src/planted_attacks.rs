//! Steps of an intruder that public traces of attacks show, small: each is one the reports should name.

use crate::event::Actor;
use crate::planted_events::Planter;
use crate::world::{DEV, PROD, STRANGER, resource_id};

const IE: &str = "eu-west-1";

/// A step: when, in which account, which call with which parameters, whether it reads, the control that names it, and why.
type Step<'s> = (&'s str, &'s str, (&'s str, &'s str), String, bool, &'s [&'s str], &'s str);

/// Plants them, all by keys that leaked earlier.
pub fn plant(planter: &mut Planter<'_>) {
    let instance = |n: u64| resource_id("i", 400 + n);
    let shared = format!(
        r#"{{"bucketName":"acme-dev-artifacts","bucketPolicy":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{STRANGER}:root"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-dev-artifacts/*"}}]}}}}"#
    );
    let text = str::to_owned;
    let mut steps: Vec<Step<'_>> = vec![
        (
            "06-08 10:00:00",
            DEV,
            ("ec2", "EnableSerialConsoleAccess"),
            text(r#"{"EnableSerialConsoleAccessRequest":""}"#),
            false,
            &["event-serial-console-used"],
            "serial console opened",
        ),
        (
            "06-08 10:00:30",
            DEV,
            ("ec2-instance-connect", "SendSerialConsoleSSHPublicKey"),
            format!(r#"{{"instanceId":"{}","serialPort":0}}"#, instance(1)),
            false,
            &["event-serial-console-used"],
            "key sent to a serial console",
        ),
        (
            "06-08 10:05:00",
            DEV,
            ("ssm", "SendCommand"),
            format!(
                r#"{{"documentName":"AWS-RunShellScript","instanceIds":["{}"],"parameters":"HIDDEN_DUE_TO_SECURITY_REASONS"}}"#,
                instance(1)
            ),
            false,
            &["event-host-command-by-hand"],
            "a shell script of one's own on a host",
        ),
        (
            "06-08 10:20:00",
            DEV,
            ("rolesanywhere", "CreateTrustAnchor"),
            text(r#"{"name":"build-hosts","enabled":true}"#),
            false,
            &["event-roles-anywhere-changed"],
            "a certificate authority comes to stand for roles",
        ),
        (
            "06-08 10:30:00",
            DEV,
            ("route53resolver", "DeleteResolverQueryLogConfig"),
            text(r#"{"resolverQueryLogConfigId":"rqlc-0ac3e"}"#),
            false,
            &["event-dns-logs-deleted"],
            "query log deleted",
        ),
        (
            "06-08 10:40:00",
            DEV,
            ("s3", "PutBucketPolicy"),
            shared,
            false,
            &["event-resource-shared-beyond", "event-s3-policy-change"],
            "a bucket shared with an account nobody knows",
        ),
        (
            "06-09 10:00:00",
            PROD,
            ("secretsmanager", "BatchGetSecretValue"),
            text(r#"{"filters":[{"key":"name","values":["acme"]}]}"#),
            true,
            &["event-secrets-read-unnamed"],
            "secrets read by a filter",
        ),
        (
            "06-09 10:10:00",
            PROD,
            ("bedrock", "InvokeModel"),
            text(r#"{"modelId":"anthropic.claude-sonnet-4-5-20250929-v1:0"}"#),
            true,
            &["event-model-new-caller"],
            "a model called by a key that never did",
        ),
    ];
    for n in 0..3 {
        let first: &[&str] = if n == 0 { &["event-host-session-burst"] } else { &[] };
        let request = format!(r#"{{"instanceId":"{}","instanceOSUser":"ec2-user"}}"#, instance(1 + n));
        let when = ["06-08 10:10:00", "06-08 10:10:20", "06-08 10:10:40"][n as usize];
        steps.push((
            when,
            DEV,
            ("ec2-instance-connect", "SendSSHPublicKey"),
            request,
            false,
            first,
            "SSH keys sent to three hosts (first event of the burst)",
        ));
    }
    for n in 0..5 {
        let first: &[&str] = if n == 0 { &["event-password-data-read"] } else { &[] };
        let when = ["06-08 10:15:00", "06-08 10:15:05", "06-08 10:15:10", "06-08 10:15:15", "06-08 10:15:20"][n as usize];
        let why = "passwords of five instances asked for (first event of the burst)";
        steps.push((when, DEV, ("ec2", "GetPasswordData"), format!(r#"{{"instanceId":"{}"}}"#, instance(10 + n)), true, first, why));
    }
    for (n, name) in ["GetSendQuota", "ListIdentities", "GetAccountSendingEnabled"].into_iter().enumerate() {
        let first: &[&str] = if n == 0 { &["event-ses-abuse"] } else { &[] };
        let when = ["06-09 10:20:00", "06-09 10:20:02", "06-09 10:20:04"][n];
        steps.push((when, PROD, ("ses", name), text("null"), true, first, "mail sending looked into (first event of the burst)"));
    }
    steps.sort_by_key(|step| step.0);
    for (when, account, call, request, reads, controls, why) in steps {
        let user = if account == DEV { "dev-admin" } else { "ci-legacy" };
        let mut event = planter.event(when, (account, IE), &Actor::User(user.to_owned()), call, &request);
        event.read_only = Some(reads);
        if account == PROD {
            event.address = "203.0.113.200".to_owned();
        }
        planter.keep(event, controls, why);
    }
}
