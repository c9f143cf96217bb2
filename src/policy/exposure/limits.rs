//! Condition keys that limit the caller, and the values that fix one.
//!
//! Sources: IAM User Guide, "AWS global condition context keys" (what each key holds, when it is in a request, and that
//! wildcards in account, organisation and endpoint ids have no valid use); for what counts as public, Amazon S3 User Guide,
//! "The meaning of public", both read in 2026-11.

use std::collections::{BTreeMap, BTreeSet};

use super::super::document::{Base, Condition, Version};
use super::super::network::{Addresses, Family, parse_range};
use super::super::pattern::Pattern;
use super::Reason;
use super::audience::{Answer, Network};
use super::limit::{Claimed, Ips, Limit, Source};
use super::setting::{Bound, Setting, is_bool};
use crate::base::account::is_account;
use crate::base::arn::Arn;

/// A value as the operator takes it: one text, or a pattern that fixes none.
enum Fixed {
    Text(String),
    Open,
}

fn fixed(value: &str, base: Base, version: Version) -> Fixed {
    let wild = matches!(base, Base::StringLike | Base::ArnLike | Base::ArnEquals) && value.contains(['*', '?']);
    let variable = version == Version::V2012 && value.contains("${");
    if wild || variable { Fixed::Open } else { Fixed::Text(value.to_owned()) }
}

/// Fixed values of a form; an open value frees the whole condition, a fixed one of another form matches nothing.
fn values_of(condition: &Condition, base: Base, setting: &Setting, form: impl Fn(&str) -> bool) -> Result<BTreeSet<String>, Bound> {
    let mut texts = BTreeSet::new();
    for value in &condition.values {
        match fixed(value, base, setting.version) {
            Fixed::Text(text) if form(&text) => _ = texts.insert(text),
            Fixed::Text(_) => {}
            Fixed::Open => return Err(Bound::Free(Some(Reason::Wildcard(condition.key.clone())))),
        }
    }
    if texts.is_empty() { Err(Bound::Never(Reason::NeverHolds(condition.key.clone()))) } else { Ok(texts) }
}

fn limited(values: Result<BTreeSet<String>, Bound>, limit: impl Fn(BTreeSet<String>) -> Limit, public: Answer) -> Bound {
    match values {
        Ok(values) => Bound::Limit(limit(values), public),
        Err(bound) => bound,
    }
}

/// An open value still tells that the caller is signed.
fn signed_at_least(bound: Bound) -> Bound {
    match bound {
        Bound::Free(_) => Bound::Limit(Limit::Signed, Answer::Yes),
        other => other,
    }
}

/// An organisation's id: `o-` and 10 to 32 letters and digits.
fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-")
        .is_some_and(|id| (10..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// For whom a positive condition holds.
pub(super) fn positive(condition: &Condition, base: Base, setting: &Setting) -> Bound {
    let key = condition.key.as_str();
    let accounts = || values_of(condition, base, setting, is_account);
    let organizations = || values_of(condition, base, setting, is_organization);
    match key {
        // An anonymous request holds `anonymous`, which `*` matches and twelve question marks do not.
        "aws:principalaccount" => match limited(accounts(), Limit::Accounts, Answer::No) {
            Bound::Free(reason) if condition.values.iter().any(|value| takes_anonymous(value, setting)) => Bound::Free(reason),
            other => signed_at_least(other),
        },
        "kms:calleraccount" => signed_at_least(limited(accounts(), Limit::Accounts, Answer::No)),
        "aws:sourceowner" => limited(accounts(), Limit::Owners, Answer::No),
        "aws:principalorgid" => signed_at_least(limited(
            organizations(),
            |ids| Limit::Organizations(ids.into_iter().map(|id| (id, BTreeSet::new())).collect()),
            Answer::No,
        )),
        "aws:principalorgpaths" => signed_at_least(paths(condition, base, setting, Limit::Organizations)),
        "aws:principalarn" => principal_arns(condition, base, setting),
        "aws:userid" => user_ids(condition, base, setting),
        "aws:sourceaccount" => limited(accounts(), Limit::SourceAccounts, Answer::No),
        "aws:sourceorgid" => limited(organizations(), Limit::SourceOrganizations, Answer::Unknown),
        "aws:sourceorgpaths" => paths(condition, base, setting, |ids| Limit::SourceOrganizations(ids.into_keys().collect())),
        "aws:sourcearn" => source_arns(condition, base, setting),
        "aws:sourcevpce" => networks(condition, base, setting, "vpce-", Network::Endpoint),
        "aws:sourcevpc" => networks(condition, base, setting, "vpc-", Network::Vpc),
        "aws:sourcevpcarn" => arn_accounts(condition, base, setting, Limit::EndpointAccounts),
        "aws:vpceaccount" => limited(accounts(), Limit::EndpointAccounts, Answer::Unknown),
        "aws:vpceorgid" => limited(organizations(), Limit::EndpointOrganizations, Answer::Unknown),
        "aws:vpceorgpaths" => paths(condition, base, setting, |ids| Limit::EndpointOrganizations(ids.into_keys().collect())),
        "s3:dataaccesspointaccount" => limited(accounts(), Limit::AccessPoints, Answer::No),
        // The name of the access point may hold a wildcard as long as the account is fixed: the one exception of S3's definition.
        "s3:dataaccesspointarn" => match arn_accounts(condition, base, setting, Limit::AccessPoints) {
            Bound::Limit(limit, _) => Bound::Limit(limit, Answer::No),
            other => other,
        },
        "aws:sourceip" => addresses(condition),
        "aws:principalisawsservice" => match (is_bool(condition, true), is_bool(condition, false)) {
            (true, _) => Bound::Limit(Limit::Services(None), Answer::Yes),
            (_, true) => Bound::Limit(Limit::Signed, Answer::Yes),
            _ => Bound::Free(None),
        },
        "aws:principalservicename" | "aws:principalservicenameslist" => {
            match values_of(condition, base, setting, |text| text.contains('.')) {
                Ok(names) => Bound::Limit(Limit::Services(Some(names)), Answer::No),
                Err(Bound::Free(_)) => Bound::Limit(Limit::Services(None), Answer::Yes),
                Err(other) => other,
            }
        }
        "aws:principaltype" => {
            let anonymous = condition.values.iter().any(|value| value.eq_ignore_ascii_case("Anonymous") || value.contains(['*', '?']));
            if anonymous { Bound::Free(None) } else { Bound::Limit(Limit::Signed, Answer::Yes) }
        }
        "ec2:sourceinstancearn" | "ssm:sourceinstancearn" | "lambda:sourcefunctionarn" | "codebuild:projectarn" | "codebuild:buildarn" => {
            signed_at_least(arn_accounts(condition, base, setting, Limit::Accounts))
        }
        "lambda:functionurlauthtype" => {
            let none = condition.values.iter().any(|value| value == "NONE" || value.contains(['*', '?']));
            if none { Bound::Free(None) } else { Bound::Limit(Limit::Signed, Answer::Yes) }
        }
        "lambda:eventsourcetoken" => match values_of(condition, base, setting, |_| true) {
            Ok(_) => Bound::Limit(Limit::Token, Answer::Yes),
            Err(bound) => bound,
        },
        "sts:externalid" => match values_of(condition, base, setting, |_| true) {
            Ok(_) => Bound::Open(Reason::Secret(key.to_owned())),
            Err(bound) => bound,
        },
        "elasticfilesystem:accessedviamounttarget" if is_bool(condition, true) => {
            Bound::Limit(Limit::Networks([Network::MountTarget].into()), Answer::No)
        }
        "elasticfilesystem:accesspointarn" => match values_of(condition, base, setting, |_| true) {
            Ok(arns) => Bound::Limit(Limit::Networks(arns.into_iter().map(Network::AccessPoint).collect()), Answer::No),
            Err(bound) => bound,
        },
        // Listed by earlier editions of S3's definition, no longer by the present one.
        "s3:x-amz-server-side-encryption-aws-kms-key-id" => Bound::Open(Reason::Condition(key.to_owned())),
        _ => other(condition, base, setting),
    }
}

fn takes_anonymous(value: &str, setting: &Setting) -> bool {
    Pattern::value(value, setting.version == Version::V2012).matches("anonymous")
}

/// Keys that hold nothing of the caller's identity.
fn other(condition: &Condition, base: Base, setting: &Setting) -> Bound {
    let key = condition.key.as_str();
    let prefix = key.rsplit_once(':').map_or("", |(prefix, _)| prefix);
    if prefix == "saml" || prefix.contains('.') {
        let wild = matches!(base, Base::StringLike | Base::ArnLike | Base::ArnEquals);
        let claimed = |value: &String| match setting.version == Version::V2012 && value.contains("${") {
            true => Claimed { text: "*".to_owned(), wild: true },
            false => Claimed { text: value.clone(), wild },
        };
        return Bound::Limit(Limit::Claim(key.to_owned(), condition.values.iter().map(claimed).collect()), Answer::Yes);
    }
    const NOT_CALLER: &[&str] = &["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"];
    if NOT_CALLER.contains(&key) {
        return Bound::Free(Some(Reason::NotAboutCaller(key.to_owned())));
    }
    const SIGNED: &[&str] = &["aws:multifactorauthpresent", "aws:username", "aws:principaltag", "aws:assumedroot"];
    if SIGNED.iter().any(|known| key == *known || key.starts_with(&format!("{known}/"))) {
        return Bound::Limit(Limit::Signed, Answer::Yes);
    }
    // A value that every text matches asks only that the key be there, and the caller puts it there. Tags of what is called are not
    // the caller's.
    let of_resource = key.contains("resourcetag") || key.contains("existingobjecttag");
    let is_wild = matches!(base, Base::StringLike | Base::ArnLike | Base::ArnEquals);
    let is_everything = |value: &String| Pattern::value(value, setting.version == Version::V2012).is_everything();
    if is_wild && !of_resource && condition.values.iter().any(is_everything) {
        return Bound::Free(Some(Reason::Wildcard(key.to_owned())));
    }
    const CHOSEN: &[&str] = &[
        "aws:securetransport",
        "aws:referer",
        "aws:useragent",
        "aws:requestedregion",
        "aws:vpcsourceip",
        "aws:tagkeys",
        "aws:requesttag",
        "s3:prefix",
        "s3:delimiter",
        "s3:max-keys",
        "s3:tlsversion",
        "s3:signatureversion",
        "s3:signatureage",
        "s3:authtype",
        "s3:versionid",
        "s3:locationconstraint",
        "s3:requestobjecttag",
        "s3:requestobjecttagkeys",
        "kms:viaservice",
        "kms:encryptionalgorithm",
        "kms:grantoperations",
        "kms:grantconstrainttype",
        "kms:grantisforawsresource",
        "lambda:invokedviafunctionurl",
        "secretsmanager:versionstage",
        "secretsmanager:versionid",
        "elasticfilesystem:accessedviamounttarget",
        "sns:protocol",
    ];
    let chosen = key.starts_with("s3:x-amz-") || CHOSEN.iter().any(|known| key == *known || key.starts_with(&format!("{known}/")));
    if chosen { Bound::Free(Some(Reason::CallerChooses(key.to_owned()))) } else { Bound::Open(Reason::Condition(key.to_owned())) }
}

/// Organisation paths: the organisation must be fixed up to the first slash. Wildcards below it are how AWS writes units.
fn paths(condition: &Condition, base: Base, setting: &Setting, limit: impl Fn(BTreeMap<String, BTreeSet<String>>) -> Limit) -> Bound {
    let wild = matches!(base, Base::StringLike);
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut public = Answer::No;
    for value in &condition.values {
        let is_open = matches!(fixed(value, base, setting.version), Fixed::Open);
        match value.split_once('/') {
            Some((id, path)) if is_organization(id) => {
                if is_open {
                    public = Answer::Unknown;
                } else if value.contains(['*', '?']) && !wild {
                    // A path cannot hold these characters, and this operator takes them for such.
                    continue;
                }
                let whole = path.chars().all(|c| matches!(c, '*' | '/'));
                let units = found.entry(id.to_owned()).or_default();
                if !whole {
                    units.insert(value.clone());
                }
            }
            _ if is_open => return Bound::Free(Some(Reason::Wildcard(condition.key.clone()))),
            _ => {}
        }
    }
    if found.is_empty() { Bound::Never(Reason::NeverHolds(condition.key.clone())) } else { Bound::Limit(limit(found), public) }
}

/// The account segment of an ARN pattern, where it is fixed. Variables fix nothing.
fn arn_account(value: &str, version: Version) -> Option<&str> {
    let account = Arn::parse(value)?.account;
    let before = value.split(account).next().unwrap_or_default();
    (is_account(account) && !(version == Version::V2012 && before.contains("${"))).then_some(account)
}

fn arn_accounts(condition: &Condition, base: Base, setting: &Setting, limit: impl Fn(BTreeSet<String>) -> Limit) -> Bound {
    let mut accounts = BTreeSet::new();
    for value in &condition.values {
        match (arn_account(value, setting.version), fixed(value, base, setting.version)) {
            (Some(account), _) => _ = accounts.insert(account.to_owned()),
            (None, Fixed::Open) => return Bound::Free(Some(Reason::Wildcard(condition.key.clone()))),
            (None, Fixed::Text(_)) => {}
        }
    }
    if accounts.is_empty() {
        Bound::Never(Reason::NeverHolds(condition.key.clone()))
    } else {
        Bound::Limit(limit(accounts), Answer::Unknown)
    }
}

fn principal_arns(condition: &Condition, base: Base, setting: &Setting) -> Bound {
    // By the letter of S3's definition a wildcard does not narrow, even where the account is fixed.
    let open = condition.values.iter().any(|value| matches!(fixed(value, base, setting.version), Fixed::Open));
    match signed_at_least(arn_accounts(condition, base, setting, Limit::Accounts)) {
        Bound::Limit(limit @ Limit::Accounts(_), _) => Bound::Limit(limit, Answer::of(open)),
        other => other,
    }
}

/// Unique ids: `AIDA…`, `AROA…:session`, or an account for its root user. `AROA…:*` fixes the role.
fn user_ids(condition: &Condition, base: Base, setting: &Setting) -> Bound {
    let (mut ids, mut accounts) = (BTreeSet::new(), BTreeSet::new());
    let mut public = Answer::No;
    for value in &condition.values {
        let is_open = matches!(fixed(value, base, setting.version), Fixed::Open);
        let id = value.split(':').next().unwrap_or_default();
        let is_id = id.len() >= 16 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        match (is_open, is_id) {
            (false, _) if is_account(value) => _ = accounts.insert(value.clone()),
            (false, true) => _ = ids.insert(id.to_owned()),
            (true, true) => {
                public = Answer::Yes;
                ids.insert(id.to_owned());
            }
            (true, false) if takes_anonymous(value, setting) => return Bound::Free(Some(Reason::Wildcard(condition.key.clone()))),
            (true, false) => return Bound::Limit(Limit::Signed, Answer::Yes),
            (false, false) => {}
        }
    }
    match (ids.is_empty(), accounts.is_empty()) {
        (true, true) => Bound::Never(Reason::NeverHolds(condition.key.clone())),
        (true, false) => Bound::Limit(Limit::Accounts(accounts), public),
        // Both kinds: the ids' accounts are not known.
        _ => Bound::Limit(Limit::UniqueIds(&ids | &accounts), public),
    }
}

/// `aws:SourceArn`: an account, or a name that is unique without one. Bucket names are unique within a partition, so
/// `arn:aws:s3:*:*:my-bucket`, which SNS and SQS documented for years, fixes the bucket but not its owner.
fn source_arns(condition: &Condition, base: Base, setting: &Setting) -> Bound {
    let mut sources = BTreeSet::new();
    let mut public = Answer::No;
    for value in &condition.values {
        let is_open = matches!(fixed(value, base, setting.version), Fixed::Open);
        if is_open {
            public = Answer::Yes;
        }
        if let Some(account) = arn_account(value, setting.version) {
            sources.insert(Source::Account(account.to_owned()));
            continue;
        }
        let parts: Vec<&str> = value.splitn(6, ':').collect();
        let source = match parts.as_slice() {
            ["arn", _, service, _, account, name] => {
                let name = name.split('/').next().unwrap_or_default();
                let literal = !name.is_empty() && !name.contains(['*', '?', '$']) && !service.contains(['*', '?', '$']);
                let unowned = account.is_empty() || (*service == "s3" && account.chars().all(|c| matches!(c, '*' | '?')));
                // Services other than S3 without an account in their ARNs put the unique id behind a slash: `/restapis/abc`.
                let id = parts.last().is_some_and(|id| {
                    id.trim_matches('/').split('/').nth(1).is_some_and(|id| !id.is_empty() && !id.contains(['*', '?', '$']))
                });
                unowned && (literal && *service == "s3" || *service != "s3" && !is_open_start(value) && (literal || id))
            }
            _ => false,
        };
        if source {
            sources.insert(Source::Resource(value.clone()));
        } else if is_open {
            return Bound::Limit(Limit::Services(None), Answer::Yes);
        }
    }
    if sources.is_empty() {
        Bound::Never(Reason::NeverHolds(condition.key.clone()))
    } else {
        Bound::Limit(Limit::SourceArns(sources), public)
    }
}

fn is_open_start(value: &str) -> bool {
    value.split(':').nth(2).is_none_or(|service| service.is_empty() || service.contains(['*', '?']))
}

fn networks(condition: &Condition, base: Base, setting: &Setting, prefix: &str, network: impl Fn(String) -> Network) -> Bound {
    let form =
        |text: &str| text.strip_prefix(prefix).is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    match values_of(condition, base, setting, form) {
        Ok(ids) => Bound::Limit(Limit::Networks(ids.into_iter().map(network).collect()), Answer::No),
        Err(bound) => bound,
    }
}

fn addresses(condition: &Condition) -> Bound {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for value in &condition.values {
        match parse_range(value) {
            Some(range) if range.family == Family::V4 => v4.push(range.interval),
            Some(range) => v6.push(range.interval),
            // A variable, or a text that S3 would not have accepted.
            None => return Bound::Free(Some(Reason::Wildcard(condition.key.clone()))),
        }
    }
    if v4.is_empty() && v6.is_empty() {
        return Bound::Never(Reason::NeverHolds(condition.key.clone()));
    }
    // Whether the union is public is judged over all statements, where all are known.
    Bound::Limit(Limit::Addresses(Ips { v4: Addresses::new(Family::V4, v4), v6: Addresses::new(Family::V6, v6) }), Answer::No)
}
