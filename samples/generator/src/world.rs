//! The invented company: its accounts, Regions, people, roles and where they call from.

use crate::random::example_id;

/// Production account.
pub const PROD: &str = "111122223333";
/// Development account.
pub const DEV: &str = "444455556666";
/// Log archive and security account.
pub const SEC: &str = "777788889999";
/// A supplier the engagement names.
pub const VENDOR: &str = "999900001111";
/// An account nobody names.
pub const STRANGER: &str = "666600001111";
/// All Regions the company uses.
pub const REGIONS: [&str; 4] = ["eu-west-1", "eu-central-1", "us-east-1", "us-west-2"];

/// One account and what is needed to write its events.
#[derive(Clone)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Short name, part of resource names.
    pub short: String,
    /// Regions with their share of all events, in thousandths.
    pub regions: Vec<(&'static str, u64)>,
}

/// The three accounts of the sample.
pub fn sample_accounts() -> Vec<Account> {
    let account = |id: &str, short: &str, regions: &[(&'static str, u64)]| Account {
        id: id.to_owned(),
        short: short.to_owned(),
        regions: regions.to_vec(),
    };
    vec![
        account(PROD, "prod", &[("eu-west-1", 400), ("eu-central-1", 60), ("us-east-1", 180), ("us-west-2", 40)]),
        account(DEV, "dev", &[("eu-west-1", 140), ("us-east-1", 70)]),
        account(SEC, "sec", &[("eu-west-1", 70), ("us-east-1", 40)]),
    ]
}

/// `n` accounts, each in all four Regions, for large inputs.
pub fn many_accounts(n: usize) -> Vec<Account> {
    let fixed = [(PROD, "prod"), (DEV, "dev"), (SEC, "sec")];
    (0..n)
        .map(|at| Account {
            id: fixed.get(at).map_or_else(|| format!("5555{:08}", at * 1111), |(id, _)| (*id).to_owned()),
            short: fixed.get(at).map_or_else(|| format!("team{at}"), |(_, short)| (*short).to_owned()),
            regions: REGIONS.iter().copied().zip([450, 150, 300, 100]).collect(),
        })
        .collect()
}

/// A person who signs in through Identity Center; the session name is the e-mail address.
pub struct Person {
    /// Sign-in name.
    pub email: &'static str,
    /// Permission set of the role.
    pub permission_set: &'static str,
    /// Address the person always calls from.
    pub address: &'static str,
}

/// The people.
pub const PEOPLE: [Person; 8] = [
    Person { email: "platform.lead@acme.example", permission_set: "PlatformPower", address: "198.51.100.21" },
    Person { email: "platform.engineer@acme.example", permission_set: "PlatformPower", address: "198.51.100.22" },
    Person { email: "shop.developer@acme.example", permission_set: "Developer", address: "198.51.100.31" },
    Person { email: "robot.developer@acme.example", permission_set: "Developer", address: "192.0.2.41" },
    Person { email: "data.analyst@acme.example", permission_set: "ReadOnly", address: "198.51.100.51" },
    Person { email: "finance.partner@acme.example", permission_set: "Billing", address: "198.51.100.61" },
    Person { email: "security.engineer@acme.example", permission_set: "SecurityAudit", address: "2001:db8:10::71" },
    Person { email: "support.desk@acme.example", permission_set: "ReadOnly", address: "192.0.2.81" },
];

/// IAM users of an account, by short name: (name, address).
pub fn users(short: &str) -> &'static [(&'static str, &'static str)] {
    match short {
        "prod" => &[("ci-legacy", "203.0.113.20"), ("backup-operator", "198.51.100.90"), ("report-export", "203.0.113.24")],
        "dev" => &[("dev-admin", "198.51.100.92"), ("device-lab", "203.0.113.28")],
        "sec" => &[("log-forwarder", "203.0.113.30")],
        _ => &[("ci-legacy", "203.0.113.20"), ("robot-feed", "203.0.113.34")],
    }
}

/// Lambda functions of an account with the role each one runs under.
pub fn functions(short: &str) -> &'static [(&'static str, &'static str)] {
    match short {
        "prod" => &[
            ("shop-orders", "shop-api-lambda"),
            ("shop-checkout", "shop-api-lambda"),
            ("shop-catalogue", "shop-api-lambda"),
            ("robot-telemetry", "robot-telemetry-lambda"),
            ("image-resize", "image-resize-lambda"),
            ("nightly-report", "nightly-report-lambda"),
            ("stock-sync", "shop-worker-lambda"),
            ("webhook-in", "shop-worker-lambda"),
        ],
        "dev" => {
            &[("dev-orders", "dev-lambda"), ("dev-telemetry", "dev-lambda"), ("load-test", "dev-lambda"), ("old-importer", "dev-lambda")]
        }
        "sec" => &[("finding-router", "finding-router-lambda"), ("log-index", "log-index-lambda")],
        _ => &[("orders", "orders-lambda"), ("telemetry", "telemetry-lambda")],
    }
}

/// Instances that carry a role: (number for [`resource_id`], role).
pub fn instances(short: &str) -> &'static [(u64, &'static str)] {
    match short {
        "prod" => &[(101, "ec2-web"), (102, "ec2-web"), (103, "ec2-batch"), (104, "ec2-batch")],
        "dev" => &[(401, "dev-ec2"), (402, "dev-ec2"), (403, "dev-ec2")],
        "sec" => &[(701, "ec2-siem")],
        _ => &[(801, "ec2-web"), (802, "ec2-web")],
    }
}

/// Buckets applications of an account read and write.
pub fn buckets(short: &str) -> &'static [&'static str] {
    match short {
        "prod" => &["acme-prod-uploads", "acme-prod-media", "acme-prod-exports", "acme-prod-telemetry"],
        "dev" => &["acme-dev-artifacts", "acme-dev-downloads", "acme-dev-scratch"],
        "sec" => &["acme-findings", "acme-config-history"],
        _ => &["acme-team-data", "acme-team-artifacts"],
    }
}

/// An id of 17 hex digits such as `i-0ac3e000000000101`.
pub fn resource_id(kind: &str, n: u64) -> String {
    format!("{kind}-0ac3e{n:012}")
}

/// The name of the Identity Center role of a permission set.
pub fn sso_role(permission_set: &str, account: &str) -> String {
    let suffix = crate::random::hash(&format!("{permission_set}{account}"));
    format!("AWSReservedSSO_{permission_set}_{suffix:016x}")
}

/// The key id of an IAM user.
pub fn user_key(account: &str, user: &str) -> String {
    example_id("AKIA", &format!("{account}{user}"), 20)
}

/// The ARN of an IAM role, with the path of reserved and service-linked roles.
pub fn role_arn(account: &str, role: &str) -> String {
    let path = if role.starts_with("AWSReservedSSO_") {
        "aws-reserved/sso.amazonaws.com/eu-west-1/".to_owned()
    } else if let Some(service) = role.strip_prefix("AWSServiceRoleFor") {
        format!("aws-service-role/{}.amazonaws.com/", service.to_lowercase())
    } else {
        String::new()
    };
    format!("arn:aws:iam::{account}:role/{path}{role}")
}
