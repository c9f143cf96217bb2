//! Everyday traffic: fills slices of time of one account and Region with ordinary calls.

use std::fmt::Write as _;

use crate::calls::{CALLS, Call, GLOBAL, Kind};
use crate::clock::{civil, iso, weekend, working_hour};
use crate::event::{Actor, Event};
use crate::random::{Random, example_id, hash};
use crate::world::{Account, PEOPLE, VENDOR, buckets, functions, instances, resource_id, role_arn, sso_role, users};

/// A stretch of time of one account and Region that ends up in one log file.
#[derive(Clone)]
pub struct Slice {
    /// Index into the accounts.
    pub account: usize,
    /// Region.
    pub region: &'static str,
    /// First second.
    pub from: i64,
    /// First second after it.
    pub to: i64,
    /// Number of everyday events.
    pub events: u64,
    /// Ordinal of the file within the account and Region.
    pub ordinal: u64,
    /// Time inside the slice during which nothing was logged.
    pub gap: Option<(i64, i64)>,
}

/// How the everyday traffic is made.
pub struct Style {
    /// Seed of the whole run.
    pub seed: u64,
    /// Short tokens, for a small sample.
    pub lean: bool,
    /// Chance in 1000 that an event repeats the caller and call of the one before it.
    pub burst: u64,
}

/// Kinds of actors with their share in 1000; the letters are those of [`Call::who`].
const MIX: [(&str, u64); 8] = [("S", 190), ("L", 170), ("F", 290), ("I", 100), ("C", 80), ("H", 110), ("U", 40), ("X", 20)];

/// A generator for the random part of one slice.
fn stream(style: &Style, slice: &Slice, account: &Account) -> Random {
    Random::new(&[style.seed, hash(&account.id), hash(slice.region), slice.ordinal])
}

/// The everyday events of a slice, in the order they stand in the file (bursts, not sorted by time).
pub fn fill(style: &Style, slice: &Slice, account: &Account, mut each: impl FnMut(Event)) {
    let mut rng = stream(style, slice, account);
    let mut current: Option<(Actor, Vec<&'static Call>, &'static Call, i64)> = None;
    for _ in 0..slice.events {
        let again = rng.chance(style.burst);
        let next = match current.take() {
            Some((actor, calls, call, time)) if again && time + 6 < slice.to && !in_gap(slice, time + 6) => {
                let step = rng.between(0, 5);
                (actor, calls, call, time + step)
            }
            _ => {
                let time = moment(&mut rng, slice);
                let (actor, letter) = actor(&mut rng, account, time, slice.region);
                let calls = calls_of(letter, slice.region);
                let call = weighted(&mut rng, &calls);
                (actor, calls, call, time)
            }
        };
        let event = if matches!(next.2.who, "X") {
            rare(style, &mut rng, account, slice.region, next.3)
        } else {
            ordinary(style, &mut rng, account, slice.region, &next.0, next.2, next.3)
        };
        each(event);
        current = Some(next);
    }
}

fn in_gap(slice: &Slice, time: i64) -> bool {
    slice.gap.is_some_and(|(from, to)| (from..to).contains(&time))
}

fn moment(rng: &mut Random, slice: &Slice) -> i64 {
    for _ in 0..50 {
        let time = rng.between(slice.from, slice.to);
        // Nights and weekends are quieter.
        if !in_gap(slice, time) && (working_hour(time) || rng.chance(if weekend(time) { 300 } else { 600 })) {
            return time;
        }
    }
    slice.from
}

fn calls_of(letter: &str, region: &str) -> Vec<&'static Call> {
    CALLS.iter().filter(|c| c.who == letter && (region == "us-east-1" || !GLOBAL.contains(&c.source))).collect()
}

fn weighted(rng: &mut Random, calls: &[&'static Call]) -> &'static Call {
    let total: u64 = calls.iter().map(|c| u64::from(c.weight)).sum();
    let mut left = rng.below(total);
    for call in calls {
        if left < u64::from(call.weight) {
            return call;
        }
        left -= u64::from(call.weight);
    }
    calls[0]
}

fn actor(rng: &mut Random, account: &Account, time: i64, region: &str) -> (Actor, &'static str) {
    let mut left = rng.below(1000);
    let mut letter = "S";
    for (candidate, share) in MIX {
        if left < share {
            letter = candidate;
            break;
        }
        left -= share;
    }
    if letter == "H" && !working_hour(time) {
        letter = "F";
    }
    let short = account.short.as_str();
    let actor = match letter {
        "S" => Actor::Service(rng.word(&["config", "lambda", "cloudtrail", "delivery.logs", "ec2", "backup"]).to_owned()),
        "L" => {
            let service = rng.word(&["AutoScaling", "Config", "RDS", "Backup", "ElasticLoadBalancing"]);
            Actor::RoleByService(format!("AWSServiceRoleFor{service}"), service.to_lowercase())
        }
        "F" => {
            let (function, role) = *rng.pick(functions(short));
            Actor::Role(role.to_owned(), function.to_owned())
        }
        "I" => {
            let (n, role) = *rng.pick(instances(short));
            Actor::Instance(role.to_owned(), resource_id("i", n))
        }
        "C" => Actor::Role("acme-ci-deploy".to_owned(), format!("gha-run-{}", 40_000 + time / 14_400 % 20_000)),
        "H" => {
            // Each Region has its regulars, so that nobody appears to be in two places at once.
            let person = &PEOPLE[rng.below(5).wrapping_add(hash(region)).wrapping_add(hash(&account.id)) as usize % PEOPLE.len()];
            Actor::Person(person.email.to_owned(), person.permission_set.to_owned())
        }
        "U" => Actor::User(rng.pick(users(short)).0.to_owned()),
        _ => Actor::Unknown(String::new()),
    };
    (actor, letter)
}

/// The address and user agent an actor calls from.
pub fn whence(actor: &Actor, account: &Account, rng: &mut Random) -> (String, String) {
    let text = |s: &str| s.to_owned();
    match actor {
        Actor::Service(service) | Actor::RoleByService(_, service) | Actor::RootByService(service) | Actor::Untyped(service) => {
            (format!("{service}.amazonaws.com"), format!("{service}.amazonaws.com"))
        }
        Actor::Role(role, _) if role == "acme-ci-deploy" => (
            text("203.0.113.10"),
            text("aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/linux#6.11 md/arch#x86_64 lang/python#3.13.7 cfg/retry-mode#standard"),
        ),
        Actor::Role(_, function) => (
            format!("192.0.2.{}", 100 + hash(function) % 100),
            text(
                "Boto3/1.40.21 md/Botocore#1.40.21 md/awscrt#0.27.6 ua/2.1 os/linux#5.10.240 md/arch#aarch64 lang/python#3.13.7 md/pyimpl#CPython exec-env/AWS_Lambda_python3.13 m/Z,b,D cfg/retry-mode#legacy Botocore/1.40.21",
            ),
        ),
        Actor::Instance(_, id) => (
            format!("10.20.{}.{}", 1 + hash(id) % 3, 10 + hash(id) % 200),
            text("aws-sdk-go/1.55.5 (go1.23.4; linux; arm64) amazon-ssm-agent/3.3.1611.0"),
        ),
        Actor::Person(email, _) => {
            let address = PEOPLE.iter().find(|p| p.email == email).map_or("198.51.100.99", |p| p.address);
            let agent = if rng.chance(500) {
                "APN/1.0 HashiCorp/1.0 Terraform/1.13.1 (+https://www.terraform.io) terraform-provider-aws/6.9.0"
            } else {
                "aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/macos#25.0 md/arch#arm64 lang/python#3.13.7"
            };
            (text(address), text(agent))
        }
        Actor::User(user) | Actor::ConsoleUser(user, _) => {
            let address = users(&account.short).iter().find(|(name, _)| name == user).map_or("203.0.113.40", |(_, a)| *a);
            (
                text(address),
                text(
                    "aws-sdk-java/2.33.4 md/io#sync md/http#Apache ua/2.1 api/S3#2.33.x os/Linux#5.15 lang/java#21.0.8 md/OpenJDK_64-Bit_Server_VM#21.0.8+9-LTS md/vendor#Eclipse_Adoptium md/en_GB m/D,N,e",
                ),
            )
        }
        _ => (text("192.0.2.10"), text("aws-cli/2.31.3")),
    }
}

fn error_for(rng: &mut Random, call: &Call, actor: &Actor, account: &Account) -> Option<(String, String)> {
    let pair = |code: &str, message: String| Some((code.to_owned(), message));
    match (call.kind, call.source, actor) {
        (Kind::DataRead, "s3", _) if rng.chance(110) => pair("NoSuchKey", "The specified key does not exist.".to_owned()),
        (Kind::DataWrite, "dynamodb", _) if rng.chance(40) => {
            pair("ConditionalCheckFailedException", "The conditional request failed".to_owned())
        }
        (Kind::Read, _, Actor::RoleByService(..)) if rng.chance(60) => pair("ThrottlingException", "Rate exceeded".to_owned()),
        (Kind::Read, _, Actor::Person(..) | Actor::User(_)) if rng.chance(110) => pair(
            if call.source == "ec2" { "Client.UnauthorizedOperation" } else { "AccessDenied" },
            format!(
                "User is not authorized to perform: {}:{} because no identity-based policy allows the action in account {}",
                call.source, call.name, account.id
            ),
        ),
        (Kind::Write, "logs", _) if rng.chance(130) => {
            pair("ResourceAlreadyExistsException", "The specified log stream already exists".to_owned())
        }
        (Kind::Read, "ssm", _) if rng.chance(150) => pair("ParameterNotFound", String::new()),
        _ => None,
    }
}

fn ordinary(
    style: &Style,
    rng: &mut Random,
    account: &Account,
    region: &'static str,
    actor: &Actor,
    call: &'static Call,
    time: i64,
) -> Event {
    let mut words = Words { style, account, region, actor, time, role: String::new(), session: String::new(), dice: rng.next() };
    words.settle(rng);
    let (address, agent) = whence(actor, account, rng);
    let by_aws = matches!(actor, Actor::Service(_) | Actor::RoleByService(..));
    let data = matches!(call.kind, Kind::DataRead | Kind::DataWrite);
    let additional = if call.source == "s3" && data {
        format!(
            "{{\"SignatureVersion\":\"SigV4\",\"CipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"bytesTransferredIn\":{},\"AuthenticationMethod\":\"AuthHeader\",\"bytesTransferredOut\":{}}}",
            rng.below(2) * 1024,
            rng.below(64) * 512
        )
    } else {
        String::new()
    };
    Event {
        time,
        version: if style.lean || rng.chance(700) { "1.11" } else { rng.word(&["1.08", "1.09", "1.10"]) },
        account: account.id.clone(),
        region: region.to_owned(),
        source: call.source.to_owned(),
        name: call.name.to_owned(),
        identity: actor.identity(&account.id, time),
        address,
        agent,
        error: error_for(rng, call, actor, account),
        request: words.expand(rng, call.request),
        response: words.expand(rng, call.response),
        additional,
        resources: words.expand(rng, call.resources),
        request_id: rng.new_uuid(),
        event_id: rng.new_uuid(),
        read_only: Some(matches!(call.kind, Kind::Read | Kind::DataRead)),
        kind: if call.name == "RotationSucceeded" { "AwsServiceEvent" } else { "" },
        details: if call.name == "RotationSucceeded" { words.expand(rng, r#"{"secretId":"$secret"}"#) } else { String::new() },
        data,
        endpoint: if matches!(actor, Actor::Role(..)) && data && call.source == "s3" {
            "vpce-0ac3e000000000101".to_owned()
        } else {
            String::new()
        },
        tls: if by_aws { "" } else { "TLSv1.3" },
        ..Event::default()
    }
}

/// Identity types that are rare: each with the call it makes.
fn rare(style: &Style, rng: &mut Random, account: &Account, region: &'static str, time: i64) -> Event {
    let id = account.id.as_str();
    let mut event = Event {
        time,
        version: "1.11",
        account: account.id.clone(),
        region: region.to_owned(),
        request_id: rng.new_uuid(),
        event_id: rng.new_uuid(),
        read_only: Some(true),
        tls: "TLSv1.3",
        address: "192.0.2.10".to_owned(),
        agent: "aws-cli/2.31.3".to_owned(),
        ..Event::default()
    };
    let role_answer = |rng: &mut Random, role: &str, session: &str| {
        let actor = Actor::Role(role.to_owned(), session.to_owned());
        let words = Words { style, account, region, actor: &actor, time, role: role.to_owned(), session: session.to_owned(), dice: 0 };
        words.expand(rng, r#"{"credentials":{"accessKeyId":"$tempkey","sessionToken":"$token","expiration":"$expires"},"assumedRoleUser":{"assumedRoleId":"$roleid:$session","arn":"arn:aws:sts::$account:assumed-role/$role/$session"}}"#)
    };
    let actor = match rng.below(10) {
        0 => {
            (event.source, event.name) = ("sts".to_owned(), "AssumeRole".to_owned());
            event.request =
                format!("{{\"roleArn\":\"{}\",\"roleSessionName\":\"vendor\",\"externalId\":\"***\"}}", role_arn(id, "vendor-monitoring"));
            event.response = role_answer(rng, "vendor-monitoring", "vendor");
            event.shared_id = rng.new_uuid();
            event.address = "203.0.113.60".to_owned();
            Actor::Account(VENDOR.to_owned(), format!("{}:vendor-poller", example_id("AROA", VENDOR, 21)))
        }
        1 => {
            let user = users(&account.short)[0].0;
            (event.source, event.name, event.data) = ("s3".to_owned(), "GetObject".to_owned(), true);
            event.request = format!("{{\"bucketName\":\"{}\",\"key\":\"reports/summary.csv\"}}", buckets(&account.short)[0]);
            Actor::Federated(user.to_owned(), "report-viewer".to_owned())
        }
        2 => {
            (event.source, event.name) = ("sts".to_owned(), "AssumeRoleWithWebIdentity".to_owned());
            let session = format!("gha-run-{}", 40_000 + time / 14_400 % 20_000);
            event.request = format!(
                "{{\"roleArn\":\"{}\",\"roleSessionName\":\"{session}\",\"durationSeconds\":3600}}",
                role_arn(id, "acme-ci-deploy")
            );
            event.response = role_answer(rng, "acme-ci-deploy", &session);
            event.address = "203.0.113.10".to_owned();
            Actor::WebIdentity("token.actions.githubusercontent.com".to_owned(), "repo:acme-robotics/shop:ref:refs/heads/main".to_owned())
        }
        3 if working_hour(time) => {
            (event.source, event.name) = ("sts".to_owned(), "AssumeRoleWithSAML".to_owned());
            event.request = format!(
                "{{\"sAMLAssertionID\":\"_{}\",\"roleSessionName\":\"data.analyst@acme.example\",\"durationSeconds\":3600,\"roleArn\":\"{}\",\"principalArn\":\"arn:aws:iam::{id}:saml-provider/acme\"}}",
                rng.new_uuid(),
                role_arn(id, "legacy-portal")
            );
            event.response = role_answer(rng, "legacy-portal", "data.analyst@acme.example");
            event.address = "198.51.100.51".to_owned();
            Actor::Saml("data.analyst@acme.example".to_owned())
        }
        4 => {
            (event.source, event.name) = ("sso".to_owned(), "ListAccounts".to_owned());
            event.kind = "AwsApiCall";
            event.address = "198.51.100.51".to_owned();
            Actor::IdentityCenter("data.analyst@acme.example".to_owned())
        }
        5 => {
            (event.source, event.name) = ("workspaces".to_owned(), "DescribeWorkspaces".to_owned());
            Actor::Directory("kiosk".to_owned())
        }
        6 => {
            (event.source, event.name, event.kind) = ("sso".to_owned(), "UserAuthentication".to_owned(), "AwsServiceEvent");
            event.details = "{\"CredentialType\":\"PASSWORD\",\"UserAuthentication\":\"Success\"}".to_owned();
            event.address = "198.51.100.21".to_owned();
            Actor::Unknown("platform.lead@acme.example".to_owned())
        }
        7 => {
            (event.source, event.name, event.kind) = ("trustedadvisor".to_owned(), "RefreshCheck".to_owned(), "AwsServiceEvent");
            event.tls = "";
            event.address = "support.amazonaws.com".to_owned();
            event.agent = "support.amazonaws.com".to_owned();
            Actor::RootByService("support".to_owned())
        }
        8 => {
            (event.source, event.name, event.kind) = ("autoscaling".to_owned(), "InstanceLaunchSuccessful".to_owned(), "AwsServiceEvent");
            event.tls = "";
            event.read_only = None;
            event.address = "autoscaling.amazonaws.com".to_owned();
            event.agent = "autoscaling.amazonaws.com".to_owned();
            Actor::Untyped("autoscaling".to_owned())
        }
        _ if working_hour(time) => {
            let person = &PEOPLE[rng.index(4)];
            sign_in(&mut event, person.address);
            Actor::Person(person.email.to_owned(), person.permission_set.to_owned())
        }
        _ => {
            (event.source, event.name) = ("sts".to_owned(), "GetCallerIdentity".to_owned());
            Actor::Service("ec2".to_owned())
        }
    };
    event.identity = actor.identity(id, time);
    event
}

/// Makes a federated console sign-in of an event; the identity provider asked for the second factor, so CloudTrail says No.
fn sign_in(event: &mut Event, address: &str) {
    (event.source, event.name, event.kind) = ("signin".to_owned(), "ConsoleLogin".to_owned(), "AwsConsoleSignIn");
    event.read_only = Some(false);
    event.address = address.to_owned();
    event.agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36".to_owned();
    event.response = "{\"ConsoleLogin\":\"Success\"}".to_owned();
    event.additional = "{\"MobileVersion\":\"No\",\"MFAUsed\":\"No\"}".to_owned();
    event.request_id.clear();
}

/// What the `$words` of the table stand for in one event.
struct Words<'a> {
    style: &'a Style,
    account: &'a Account,
    region: &'static str,
    actor: &'a Actor,
    time: i64,
    role: String,
    session: String,
    /// Chooses what stays the same through all texts of one event.
    dice: u64,
}

impl Words<'_> {
    fn settle(&mut self, rng: &mut Random) {
        let short = self.account.short.as_str();
        (self.role, self.session) = match self.actor {
            Actor::Role(role, session) | Actor::Instance(role, session) => (role.clone(), session.clone()),
            Actor::Person(email, set) => (sso_role(set, &self.account.id), email.clone()),
            _ => {
                let (function, role) = *rng.pick(functions(short));
                (role.to_owned(), function.to_owned())
            }
        };
    }

    fn expand(&self, rng: &mut Random, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 128);
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
                continue;
            }
            // `$regiona` is an availability zone.
            if let Some(after) = rest.strip_prefix("regiona") {
                out.push_str(self.region);
                out.push('a');
                rest = after;
                continue;
            }
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            self.word(rng, &rest[..end], &mut out);
            rest = &rest[end..];
        }
        out.push_str(rest);
        out
    }

    fn word(&self, rng: &mut Random, word: &str, out: &mut String) {
        let short = self.account.short.as_str();
        let number = |at: u64| match short {
            "prod" => 100 + at,
            "dev" => 400 + at,
            "sec" => 700 + at,
            _ => 800 + at,
        };
        match word {
            "account" => out.push_str(&self.account.id),
            "region" => out.push_str(self.region),
            "short" | "env" => out.push_str(short),
            "bucket" => out.push_str(self.steady(buckets(short))),
            "key" => {
                let folder = self.steady(&["in", "out", "orders", "telemetry", "images"]);
                let _ = write!(out, "{folder}/{}/{:08x}", self.day(), self.dice >> 32);
                if !self.style.lean {
                    let _ = write!(out, "-{:016x}", self.dice.rotate_left(17));
                }
                out.push_str(".json");
            }
            "instance" => match self.actor {
                Actor::Instance(_, id) => out.push_str(id),
                _ => out.push_str(&resource_id("i", number(1))),
            },
            "volume" => out.push_str(&resource_id("vol", number(1))),
            "subnet" => out.push_str(&resource_id("subnet", number(12 + rng.below(2)))),
            "vpc" => out.push_str(&resource_id("vpc", number(1))),
            "sg" => out.push_str(&resource_id("sg", number(2))),
            "function" => match self.actor {
                Actor::Role(role, session) if role != "acme-ci-deploy" => out.push_str(session),
                _ => out.push_str(rng.pick(functions(short)).0),
            },
            "role" => out.push_str(&self.role),
            "session" => out.push_str(&self.session),
            "roleid" => out.push_str(&example_id("AROA", &format!("{}{}", self.account.id, self.role), 21)),
            "table" => out.push_str(self.steady(&["orders", "sessions", "telemetry"])),
            "queue" => out.push_str(self.steady(&["orders", "emails"])),
            "topic" => out.push_str("alerts"),
            "group" => out.push_str("web"),
            "cluster" => out.push_str("robots"),
            "db" => out.push_str(if short == "prod" { "shop-orders" } else { "dev-orders" }),
            "stack" => {
                let _ = write!(out, "acme-{short}-app");
            }
            "secret" => {
                let _ = write!(out, "acme/{short}/{}", self.steady(&["database", "payments", "mail"]));
            }
            "kms" => {
                let _ = write!(out, "0ac3e000-0000-4000-8000-{:012}", number(1));
            }
            "tempkey" => out.push_str(&example_id("ASIA", &format!("{}{}", self.session, self.time / 3600), 20)),
            "token" => {
                out.push_str("FwoGZXIvYXdzEXAMPLE");
                let length = if self.style.lean { 24 } else { 600 + rng.index(500) };
                rng.base64(out, length);
                out.push_str("==");
            }
            "expires" => out.push_str(&iso(self.time + 3600).replace('T', " ").replace('Z', "")),
            "time" => out.push_str(&iso(self.time)),
            "day" => out.push_str(&self.day()),
            "long" => {
                let (y, m, d) = civil(self.time);
                let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][(m - 1) as usize];
                let _ = write!(out, "{month} {d}, {y} 9:00:00 AM");
            }
            "millis" => {
                let _ = write!(out, "{}", self.time * 1000);
            }
            "n" => {
                let _ = write!(out, "{}", 2 + rng.below(250));
            }
            "uuid" => rng.uuid(out),
            "key8" => rng.base32(out, 8),
            "hex2" => rng.hex(out, 2),
            "hex8" => rng.hex(out, 8),
            "hex16" => rng.hex(out, 16),
            "hex17" => rng.hex(out, 17),
            "hex32" => rng.hex(out, if self.style.lean { 16 } else { 32 }),
            "hex40" => rng.hex(out, 40),
            "hex64" => rng.hex(out, 64),
            other => {
                out.push('$');
                out.push_str(other);
            }
        }
    }

    /// The same element through all texts of one event.
    fn steady<'a>(&self, list: &[&'a str]) -> &'a str {
        list[(self.dice % list.len() as u64) as usize]
    }

    fn day(&self) -> String {
        let (y, m, d) = civil(self.time);
        format!("{y:04}/{m:02}/{d:02}")
    }
}
