//! One CloudTrail record: its fields, its JSON in the order CloudTrail writes them, and who can make a call.

use std::fmt::Write as _;

use crate::clock::iso;
use crate::random::example_id;
use crate::world::{role_arn, sso_role, user_key};

/// One record. Text fields are plain; fields named after JSON parts hold JSON text, empty when absent.
#[allow(clippy::struct_field_names, reason = "the names of the record")]
#[derive(Clone, Default)]
pub struct Event {
    /// Seconds since 1970.
    pub time: i64,
    /// `1.08` to `1.11`.
    pub version: &'static str,
    /// Account that receives the record.
    pub account: String,
    /// Region.
    pub region: String,
    /// Service, without `.amazonaws.com`.
    pub source: String,
    /// API name.
    pub name: String,
    /// `userIdentity` as JSON.
    pub identity: String,
    /// Source address or service name.
    pub address: String,
    /// User agent.
    pub agent: String,
    /// Error code and message.
    pub error: Option<(String, String)>,
    /// `requestParameters` as JSON or `null`.
    pub request: String,
    /// `responseElements` as JSON or `null`.
    pub response: String,
    /// `additionalEventData` as JSON, or empty.
    pub additional: String,
    /// `resources` as JSON, or empty.
    pub resources: String,
    /// `serviceEventDetails` as JSON, or empty.
    pub details: String,
    /// `addendum` as JSON, or empty.
    pub addendum: String,
    /// Request id.
    pub request_id: String,
    /// Event id.
    pub event_id: String,
    /// Shared event id, or empty.
    pub shared_id: String,
    /// VPC endpoint id, or empty.
    pub endpoint: String,
    /// `readOnly`; `None` leaves the field out.
    pub read_only: Option<bool>,
    /// Event type; empty means `AwsApiCall`.
    pub kind: &'static str,
    /// Whether this is a data event.
    pub data: bool,
    /// Whether the credentials came from the console.
    pub console: bool,
    /// TLS version, or empty when the part is absent.
    pub tls: &'static str,
}

/// Appends a JSON string with its quotes.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl Event {
    /// Appends the record as compact JSON.
    pub fn write(&self, out: &mut String) {
        out.push_str("{\"eventVersion\":\"");
        out.push_str(self.version);
        out.push_str("\",\"userIdentity\":");
        out.push_str(&self.identity);
        text(out, "eventTime", &iso(self.time));
        out.push_str(",\"eventSource\":\"");
        out.push_str(&self.source);
        out.push_str(".amazonaws.com\"");
        text(out, "eventName", &self.name);
        text(out, "awsRegion", &self.region);
        text(out, "sourceIPAddress", &self.address);
        text(out, "userAgent", &self.agent);
        if let Some((code, message)) = &self.error {
            text(out, "errorCode", code);
            if !message.is_empty() {
                text(out, "errorMessage", message);
            }
        }
        json(out, "requestParameters", or_null(&self.request));
        json(out, "responseElements", if self.error.is_some() { "null" } else { or_null(&self.response) });
        json(out, "additionalEventData", &self.additional);
        if !self.request_id.is_empty() {
            text(out, "requestID", &self.request_id);
        }
        text(out, "eventID", &self.event_id);
        if let Some(read_only) = self.read_only {
            json(out, "readOnly", if read_only { "true" } else { "false" });
        }
        json(out, "resources", &self.resources);
        json(out, "serviceEventDetails", &self.details);
        text(out, "eventType", if self.kind.is_empty() { "AwsApiCall" } else { self.kind });
        json(out, "managementEvent", if self.data { "false" } else { "true" });
        text(out, "recipientAccountId", &self.account);
        if !self.shared_id.is_empty() {
            text(out, "sharedEventID", &self.shared_id);
        }
        if !self.endpoint.is_empty() {
            text(out, "vpcEndpointId", &self.endpoint);
        }
        text(out, "eventCategory", if self.data { "Data" } else { "Management" });
        json(out, "addendum", &self.addendum);
        if self.console {
            text(out, "sessionCredentialFromConsole", "true");
        }
        if !self.tls.is_empty() {
            let cipher = if self.tls == "TLSv1.3" { "TLS_AES_128_GCM_SHA256" } else { "ECDHE-RSA-AES128-GCM-SHA256" };
            let _ = write!(
                out,
                ",\"tlsDetails\":{{\"tlsVersion\":\"{}\",\"cipherSuite\":\"{cipher}\",\"clientProvidedHostHeader\":\"{}.{}.amazonaws.com\"}}",
                self.tls, self.source, self.region
            );
        }
        out.push('}');
    }

    /// The record as JSON text.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(1500);
        self.write(&mut out);
        out
    }
}

fn or_null(text: &str) -> &str {
    if text.is_empty() { "null" } else { text }
}

fn text(out: &mut String, key: &str, value: &str) {
    let _ = write!(out, ",\"{key}\":");
    quote(out, value);
}

fn json(out: &mut String, key: &str, value: &str) {
    if !value.is_empty() {
        let _ = write!(out, ",\"{key}\":{value}");
    }
}

/// Who makes a call.
#[derive(Clone, PartialEq)]
pub enum Actor {
    /// A person through Identity Center: e-mail and permission set.
    Person(String, String),
    /// A role session: role and session name.
    Role(String, String),
    /// An instance's role session: role, instance id.
    Instance(String, String),
    /// A service using a role: role and service.
    RoleByService(String, String),
    /// IAM user with a long-term key.
    User(String),
    /// IAM user signed in to the console, with or without MFA.
    ConsoleUser(String, bool),
    /// A service principal.
    Service(String),
    /// The root user, with a key id or none.
    Root(String),
    /// A service in the name of the root user.
    RootByService(String),
    /// Another account: account id and principal id.
    Account(String, String),
    /// `GetFederationToken` session of an IAM user: user, name.
    Federated(String, String),
    /// Web identity caller: provider and subject.
    WebIdentity(String, String),
    /// SAML caller: user name.
    Saml(String),
    /// Identity Center user.
    IdentityCenter(String),
    /// Directory user.
    Directory(String),
    /// CloudTrail could not tell.
    Unknown(String),
    /// Service events without a type.
    Untyped(String),
}

/// The ARN of a role session.
pub fn session_arn(account: &str, role: &str, session: &str) -> String {
    format!("arn:aws:sts::{account}:assumed-role/{role}/{session}")
}

impl Actor {
    /// `userIdentity` for a call at `time`.
    pub fn identity(&self, account: &str, time: i64) -> String {
        let mut out = String::with_capacity(700);
        match self {
            Self::Person(email, set) => role_session(&mut out, account, &sso_role(set, account), email, time, ""),
            Self::Role(role, session) => role_session(&mut out, account, role, session, time, ""),
            Self::Instance(role, id) => {
                role_session(&mut out, account, role, id, time, ",\"ec2RoleDelivery\":\"2.0\"");
            }
            Self::RoleByService(role, service) => {
                role_session(&mut out, account, role, role_by_service_session(role), time, "");
                out.pop();
                let _ = write!(out, ",\"invokedBy\":\"{service}.amazonaws.com\"}}");
            }
            Self::User(user) => {
                iam_user(&mut out, account, user, &user_key(account, user));
                out.push('}');
            }
            Self::ConsoleUser(user, mfa) => {
                let key = example_id("ASIA", &format!("{user}{}", time / 43_200), 20);
                iam_user(&mut out, account, user, &key);
                let _ = write!(
                    out,
                    ",\"sessionContext\":{{\"attributes\":{{\"creationDate\":\"{}\",\"mfaAuthenticated\":\"{mfa}\"}}}}}}",
                    iso(time - time % 3600)
                );
            }
            Self::Service(service) => {
                let _ = write!(out, "{{\"type\":\"AWSService\",\"invokedBy\":\"{service}.amazonaws.com\"}}");
            }
            Self::Root(key) => {
                let _ = write!(
                    out,
                    "{{\"type\":\"Root\",\"principalId\":\"{account}\",\"arn\":\"arn:aws:iam::{account}:root\",\"accountId\":\"{account}\",\"accessKeyId\":\"{key}\"}}"
                );
            }
            Self::RootByService(service) => {
                let _ = write!(
                    out,
                    "{{\"type\":\"Root\",\"principalId\":\"{account}\",\"arn\":\"arn:aws:iam::{account}:root\",\"accountId\":\"{account}\",\"invokedBy\":\"{service}.amazonaws.com\"}}"
                );
            }
            Self::Account(other, principal) => {
                let _ = write!(out, "{{\"type\":\"AWSAccount\",\"principalId\":\"{principal}\",\"accountId\":\"{other}\"}}");
            }
            Self::Federated(user, name) => {
                let issuer = example_id("AIDA", &format!("{account}{user}"), 21);
                let _ = write!(
                    out,
                    "{{\"type\":\"FederatedUser\",\"principalId\":\"{account}:{name}\",\"arn\":\"arn:aws:sts::{account}:federated-user/{name}\",\"accountId\":\"{account}\",\"accessKeyId\":\"{}\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"IAMUser\",\"principalId\":\"{issuer}\",\"arn\":\"arn:aws:iam::{account}:user/{user}\",\"accountId\":\"{account}\",\"userName\":\"{user}\"}},\"attributes\":{{\"creationDate\":\"{}\",\"mfaAuthenticated\":\"false\"}}}}}}",
                    example_id("ASIA", &format!("{name}{}", time / 43_200), 20),
                    iso(time - time % 3600)
                );
            }
            Self::WebIdentity(provider, subject) => {
                let _ = write!(
                    out,
                    "{{\"type\":\"WebIdentityUser\",\"principalId\":\"arn:aws:iam::{account}:oidc-provider/{provider}:sts.amazonaws.com:{subject}\",\"userName\":\"{subject}\",\"identityProvider\":\"arn:aws:iam::{account}:oidc-provider/{provider}\"}}"
                );
            }
            Self::Saml(user) => {
                let _ = write!(
                    out,
                    "{{\"type\":\"SAMLUser\",\"principalId\":\"Kx3EXAMPLEsaml=:{user}\",\"userName\":\"{user}\",\"identityProvider\":\"Kx3EXAMPLEsaml=\"}}"
                );
            }
            Self::IdentityCenter(user) => {
                let id = example_id("", user, 20).to_lowercase();
                let _ = write!(
                    out,
                    "{{\"type\":\"IdentityCenterUser\",\"accountId\":\"{account}\",\"onBehalfOf\":{{\"userId\":\"{id}\",\"identityStoreArn\":\"arn:aws:identitystore::{account}:identitystore/d-93677example\"}},\"credentialId\":\"{}\"}}",
                    example_id("", &format!("{user}{}", time / 43_200), 36)
                );
            }
            Self::Directory(user) => {
                let _ = write!(
                    out,
                    "{{\"type\":\"Directory\",\"principalId\":\"d-93677example:{user}\",\"accountId\":\"{account}\",\"userName\":\"{user}\"}}"
                );
            }
            Self::Unknown(user) => {
                let _ = write!(
                    out,
                    "{{\"type\":\"Unknown\",\"principalId\":\"{account}\",\"accountId\":\"{account}\",\"userName\":\"{user}\"}}"
                );
            }
            Self::Untyped(service) => {
                let _ = write!(out, "{{\"accountId\":\"{account}\",\"invokedBy\":\"{service}.amazonaws.com\"}}");
            }
        }
        out
    }
}

fn iam_user(out: &mut String, account: &str, user: &str, key: &str) {
    let _ = write!(
        out,
        "{{\"type\":\"IAMUser\",\"principalId\":\"{}\",\"arn\":\"arn:aws:iam::{account}:user/{user}\",\"accountId\":\"{account}\",\"accessKeyId\":\"{key}\",\"userName\":\"{user}\"",
        example_id("AIDA", &format!("{account}{user}"), 21)
    );
}

fn role_by_service_session(role: &str) -> &str {
    role.strip_prefix("AWSServiceRoleFor").unwrap_or("service-session")
}

fn role_session(out: &mut String, account: &str, role: &str, session: &str, time: i64, more: &str) {
    let id = example_id("AROA", &format!("{account}{role}"), 21);
    // One set of temporary credentials lasts a quarter of a day here, and is used from one address.
    let key = example_id("ASIA", &format!("{account}{role}{session}{}", time / 21_600), 20);
    let (arn, issuer) = (session_arn(account, role, session), role_arn(account, role));
    out.push_str("{\"type\":\"AssumedRole\",\"principalId\":");
    quote(out, &format!("{id}:{session}"));
    out.push_str(",\"arn\":");
    quote(out, &arn);
    let _ = write!(
        out,
        ",\"accountId\":\"{account}\",\"accessKeyId\":\"{key}\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\"principalId\":\"{id}\",\"arn\":\"{issuer}\",\"accountId\":\"{account}\",\"userName\":\"{role}\"}},\"webIdFederationData\":{{}},\"attributes\":{{\"creationDate\":\"{}\",\"mfaAuthenticated\":\"false\"}}{more}}}}}",
        iso(time - time % 3600)
    );
}
