//! Exposures beside single requests: whoever a document lets in must be in some audience.
//!
//! Each caller is a request with all its condition keys, judged by the conditions' own evaluation. The other direction, that
//! an audience holds nobody whom the document keeps out, is not asked: an audience is an upper bound.

use proptest::prelude::*;

use super::super::super::condition::{Context, Truth, truth};
use super::super::super::document::{Effect, Principal, Principals, Resources};
use super::super::super::network::{Breadth, parse_range};
use super::super::access::takes;
use super::*;

/// Objects, so that every resource pattern below leaves one.
const OBJECTS: [&str; 3] = ["arn:aws:s3:::b/x/y", "arn:aws:s3:::b/z/y", "arn:aws:s3:::b/w"];

/// A request for `s3:GetObject`.
#[derive(Debug, Clone)]
struct Caller {
    account: Option<&'static str>,
    organization: Option<&'static str>,
    service: Option<&'static str>,
    source_account: Option<&'static str>,
    source_arn: Option<&'static str>,
    endpoint: Option<&'static str>,
    ip: Option<&'static str>,
    plain: bool,
}

const ANONYMOUS: Caller = Caller {
    account: None,
    organization: None,
    service: None,
    source_account: None,
    source_arn: None,
    endpoint: None,
    ip: Some("8.8.8.8"),
    plain: false,
};

fn callers() -> Vec<Caller> {
    let mut all = vec![
        ANONYMOUS,
        Caller { ip: Some("203.0.114.9"), ..ANONYMOUS },
        Caller { ip: Some("200.1.1.1"), ..ANONYMOUS },
        Caller { ip: None, endpoint: Some("vpce-0a1b2c3d"), ..ANONYMOUS },
        Caller { ip: None, endpoint: Some("vpce-0fffffff"), ..ANONYMOUS },
    ];
    for (account, organization) in [
        ("111122223333", Some("o-a1b2c3d4e5")),
        ("222233334444", Some("o-a1b2c3d4e5")),
        ("999988887777", Some("o-zzzzzzzzzz")),
        ("999988887777", None),
        ("555566667777", None),
        ("555566667777", Some("o-yyyyyyyyyy")),
    ] {
        let signed = Caller { account: Some(account), organization, ..ANONYMOUS };
        all.push(signed.clone());
        all.push(Caller { ip: Some("203.0.114.9"), ..signed.clone() });
        all.push(Caller { ip: None, endpoint: Some("vpce-0a1b2c3d"), ..signed });
    }
    for (account, arn) in [
        (OWNER, "arn:aws:sns:eu-west-1:111122223333:t"),
        ("999988887777", "arn:aws:sns:eu-west-1:999988887777:t"),
        ("999988887777", "arn:aws:s3:::my-bucket"),
    ] {
        all.push(Caller {
            service: Some("sns.amazonaws.com"),
            source_account: Some(account),
            source_arn: Some(arn),
            ip: None,
            ..ANONYMOUS
        });
    }
    let plain: Vec<Caller> = all.iter().map(|caller| Caller { plain: true, ..caller.clone() }).collect();
    all.extend(plain);
    all
}

impl Caller {
    fn context(&self) -> Context {
        let mut context = Context::complete("s3");
        let mut set = |key: &str, value: Option<&str>| {
            if let Some(value) = value {
                context.set_text(key, value);
            }
        };
        let signed = self.account.is_some() || self.service.is_some();
        set("aws:securetransport", Some(if self.plain { "false" } else { "true" }));
        set("aws:sourceip", self.ip);
        set("aws:sourcevpce", self.endpoint);
        set("aws:principalaccount", Some(self.account.unwrap_or(if self.service.is_some() { "of AWS" } else { "anonymous" })));
        set("aws:principalorgid", self.organization);
        set(
            "aws:principalorgpaths",
            self.organization.map(|id| format!("{id}/{}/ou-ab12-x/", if id == "o-yyyyyyyyyy" { "r-zz99" } else { "r-ab12" })).as_deref(),
        );
        set("aws:principalarn", self.account.map(|id| format!("arn:aws:iam::{id}:role/r")).as_deref());
        set("aws:userid", Some(if signed { "AROACKCEVSQ6C2EXAMPLE:s" } else { "anonymous" }).filter(|_| self.service.is_none()));
        set("aws:principaltype", Some(if self.account.is_some() { "AssumedRole" } else { "Anonymous" }).filter(|_| self.service.is_none()));
        set("aws:principalisawsservice", signed.then_some(if self.service.is_some() { "true" } else { "false" }));
        set("aws:principalservicename", self.service);
        set("aws:sourceaccount", self.source_account);
        set("aws:sourcearn", self.source_arn);
        context
    }

    fn is(&self, principal: &Principal) -> bool {
        match principal {
            Principal::Anyone => true,
            Principal::Account(id) => self.account == Some(id),
            Principal::Aws(arn) => self.account.is_some_and(|id| *arn == format!("arn:aws:iam::{id}:role/r")),
            Principal::Service(name) => self.service == Some(name),
            Principal::Federated(_) | Principal::Canonical(_) => false,
        }
    }

    /// Whether a document lets the request through, by AWS's evaluation.
    fn is_let_in(&self, document: &Document, resource: &str) -> bool {
        let holds = |effect: Effect| {
            document.statements.iter().filter(|statement| statement.effect == effect).any(|statement| {
                let principal = match &statement.principals {
                    Some(Principals::These(list)) => list.iter().any(|principal| self.is(principal)),
                    Some(Principals::AllBut(list)) => !list.iter().any(|principal| self.is(principal)),
                    None => false,
                };
                let place = match &statement.resources {
                    Some(Resources::These(patterns)) => patterns.iter().any(|pattern| pattern.matches(resource)),
                    Some(Resources::AllBut(patterns)) => !patterns.iter().any(|pattern| pattern.matches(resource)),
                    None => true,
                };
                principal
                    && place
                    && takes(&statement.actions, "s3:getobject")
                    && truth(&statement.conditions, document.version, &self.context()) == Truth::Yes
            })
        };
        holds(Effect::Allow) && !holds(Effect::Deny)
    }

    /// Whether the caller is of an audience.
    fn is_of(&self, audience: &Audience) -> bool {
        match audience {
            Audience::Anyone => true,
            Audience::AnyAwsAccount => self.account.is_some() || self.service.is_some(),
            Audience::OwnAccount => self.account == Some(OWNER),
            Audience::Account(id) => self.account == Some(id),
            Audience::OwnOrganization(id) | Audience::OtherOrganization(id) | Audience::OrganizationUnknown(id) => {
                self.organization == Some(id)
            }
            Audience::UniqueId(id) => self.account.is_some() && id == "AROACKCEVSQ6C2EXAMPLE",
            Audience::Network(Network::Endpoint(id)) => self.endpoint == Some(id),
            // The audience does not list the ranges: named ones hold one of the addresses here.
            Audience::Network(Network::Addresses(breadth)) => {
                self.ip.is_some_and(|ip| parse_range(ip).is_some() && (*breadth >= Breadth::Wide || ip.starts_with("203.")))
            }
            Audience::Network(_) | Audience::Federated { .. } | Audience::CanonicalUser(_) => false,
            Audience::Service { name, pin } => {
                let named = self.service.is_some_and(|own| name == "*" || name == own);
                named
                    && match pin {
                        Pin::Nothing | Pin::Token => true,
                        Pin::Account(id) => self.source_account == Some(id),
                        Pin::Resource(_) => self.source_arn == Some("arn:aws:s3:::my-bucket"),
                        Pin::Organization(_) => false,
                    }
            }
        }
    }
}

const PRINCIPALS: [&str; 8] = [
    r#""Principal":"*""#,
    r#""Principal":{"AWS":"*"}"#,
    r#""Principal":{"AWS":"999988887777"}"#,
    r#""Principal":{"AWS":"arn:aws:iam::999988887777:role/r"}"#,
    r#""Principal":{"AWS":["111122223333","222233334444"]}"#,
    r#""Principal":{"Service":"sns.amazonaws.com"}"#,
    r#""NotPrincipal":{"AWS":"222233334444"}"#,
    r#""NotPrincipal":{"AWS":["arn:aws:iam::999988887777:role/r","111122223333"]}"#,
];
const RESOURCES: [&str; 6] = [
    r#""Resource":"*""#,
    r#""Resource":"arn:aws:s3:::b/*""#,
    r#""Resource":"arn:aws:s3:::b/x/*""#,
    r#""Resource":["arn:aws:s3:::b","arn:aws:s3:::other/*"]"#,
    r#""NotResource":"arn:aws:s3:::b/z/*""#,
    r#""NotResource":"arn:aws:s3:::other/*""#,
];
const ACTIONS: [&str; 4] =
    [r#""Action":"s3:GetObject""#, r#""Action":"s3:*""#, r#""NotAction":"s3:PutObject""#, r#""Action":["s3:List*","s3:Get?bject"]"#];
/// A key with values.
type Key = (&'static str, &'static [&'static str]);

/// Operators, `{}` where `Not` goes, with their keys.
const OPERATORS: [(&str, &[Key]); 7] = [
    (
        "String{}Equals",
        &[
            ("aws:PrincipalOrgID", &["o-a1b2c3d4e5", "o-zzzzzzzzzz", "o-*"]),
            ("aws:PrincipalAccount", &["999988887777", "111122223333"]),
            ("aws:SourceVpce", &["vpce-0a1b2c3d", "vpce-*"]),
            ("aws:SourceAccount", &["111122223333", "999988887777"]),
            ("aws:PrincipalType", &["Anonymous", "AssumedRole"]),
            ("aws:PrincipalServiceName", &["sns.amazonaws.com"]),
        ],
    ),
    (
        "String{}Like",
        &[
            ("aws:PrincipalOrgID", &["o-*", "o-a1b2c3d4e5", "o-??????????"]),
            ("aws:PrincipalAccount", &["????????????", "999988887777", "*"]),
            ("aws:SourceVpce", &["vpce-*", "vpce-0a1b2c3d"]),
            ("aws:userid", &["AROACKCEVSQ6C2EXAMPLE:*", "*"]),
            ("aws:PrincipalArn", &["arn:aws:iam::*:role/r", "arn:aws:iam::999988887777:role/*"]),
            ("aws:SourceAccount", &["*", "????????????"]),
        ],
    ),
    (
        "Arn{}Like",
        &[
            ("aws:PrincipalArn", &["arn:aws:iam::*:role/r", "arn:aws:iam::999988887777:role/r", "arn:aws:iam::222233334444:*"]),
            ("aws:SourceArn", &["arn:aws:sns:*:*:t", "arn:aws:s3:*:*:my-bucket", "arn:aws:sns:*:111122223333:*"]),
        ],
    ),
    ("{}IpAddress", &[("aws:SourceIp", &["203.0.114.0/24", "0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/0"])]),
    ("Bool", &[("aws:PrincipalIsAWSService", &["true", "false"]), ("aws:SecureTransport", &["true", "false"])]),
    (
        "Null",
        &[
            ("aws:PrincipalOrgID", &["true", "false"]),
            ("aws:SourceVpce", &["true", "false"]),
            ("aws:PrincipalArn", &["true", "false"]),
            ("aws:SourceArn", &["true", "false"]),
        ],
    ),
    ("ForAnyValue:String{}Like", &[("aws:PrincipalOrgPaths", &["o-a1b2c3d4e5/*", "o-*/r-ab12/*", "o-zzzzzzzzzz/r-ab12/ou-ab12-x/*"])]),
];

/// One operator with one key: negated or not, `IfExists` or not, `ForAllValues` or not.
fn condition() -> impl Strategy<Value = String> {
    (
        0..OPERATORS.len(),
        any::<prop::sample::Index>(),
        prop::collection::vec(any::<prop::sample::Index>(), 1..3),
        any::<bool>(),
        any::<bool>(),
        0_u8..5,
    )
        .prop_map(|(operator, key, values, negated, if_exists, set)| {
            let (name, keys) = OPERATORS[operator];
            let (key, texts) = keys[key.index(keys.len())];
            let values: Vec<String> = values.iter().map(|at| format!("\"{}\"", texts[at.index(texts.len())])).collect();
            let mut operator = name.replace("{}", if negated { "Not" } else { "" });
            if if_exists && name != "Null" {
                operator += "IfExists";
            }
            if set == 0 {
                operator = format!("ForAllValues:{}", operator.trim_start_matches("ForAnyValue:"));
            }
            format!(r#""{operator}":{{"{key}":[{}]}}"#, values.join(","))
        })
}

fn statement(effect: &'static str) -> impl Strategy<Value = String> {
    let conditions = prop::collection::vec(condition(), 0..3);
    (prop::sample::select(&PRINCIPALS[..]), prop::sample::select(&ACTIONS[..]), prop::sample::select(&RESOURCES[..]), conditions).prop_map(
        move |(principal, action, resource, mut conditions)| {
            // An operator stands once in a statement.
            conditions.sort();
            conditions.dedup_by_key(|condition| {
                condition.split(':').take(if condition.starts_with("\"For") { 2 } else { 1 }).collect::<Vec<_>>().join(":")
            });
            format!(r#"{{"Effect":"{effect}",{principal},{action},{resource},"Condition":{{{}}}}}"#, conditions.join(","))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whoever_is_let_in_is_in_an_audience(
        allows in prop::collection::vec(statement("Allow"), 1..3),
        denies in prop::collection::vec(statement("Deny"), 0..3),
    ) {
        let all: Vec<String> = allows.into_iter().chain(denies).collect();
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, all.join(","));
        let Ok(document) = parse(&text) else { return Ok(()) };
        let found = exposures(&document, &bucket(), &known());
        for caller in callers() {
            if OBJECTS.iter().any(|object| caller.is_let_in(&document, object)) {
                let of = found.iter().any(|exposure| exposure.actions.contains("s3:GetObject") && caller.is_of(&exposure.audience));
                prop_assert!(of, "{:?}\n{}\n{}", caller, words(&found), all.join("\n"));
            }
        }
    }
}
