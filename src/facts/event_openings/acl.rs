//! Calls that set an access control list or a public access block.

use serde_json::Value as Json;

use super::super::exposures::has_vpc;
use super::super::members::{list, member, text};
use super::super::opened::Opened;
use super::call::{Call, parameter};
use crate::policy::exposure::Grantee;

/// Columns of the headers that grant, and what they let the grantee do.
const HEADERS: [(&str, &str); 5] = [
    (parameter::request_parameters_x_amz_grant_full_control, "do everything"),
    (parameter::request_parameters_x_amz_grant_read, "read"),
    (parameter::request_parameters_x_amz_grant_read_acp, "read the access control list"),
    (parameter::request_parameters_x_amz_grant_write, "write"),
    (parameter::request_parameters_x_amz_grant_write_acp, "change the access control list"),
];

/// Somebody to whom an access control list grants something.
enum Given {
    Group(Grantee),
    /// An account, by its canonical user id or its email address.
    Account(String),
    Unread,
}

impl Given {
    /// One piece of a header: `id="…"`, `uri=…`, `emailAddress="…"`.
    fn of_piece(piece: &str) -> Self {
        let Some((kind, value)) = piece.split_once('=') else { return Self::Unread };
        let value = value.trim().trim_matches(['"', '\'']).trim();
        match kind.trim().to_ascii_lowercase().as_str() {
            "uri" => Grantee::of_uri(value).map_or(Self::Unread, Self::Group),
            "id" | "emailaddress" if !value.is_empty() => Self::Account(value.to_owned()),
            _ => Self::Unread,
        }
    }

    /// The grantee of a list's grant.
    fn of_grant(grant: &Json) -> Self {
        let Some(grantee) = member(grant, "Grantee") else { return Self::Unread };
        let named = |names: &[&str]| names.iter().find_map(|name| text(grantee, name));
        match (named(&["URI", "Uri"]), named(&["ID", "Id", "EmailAddress"])) {
            (Some(uri), _) => Grantee::of_uri(uri).map_or(Self::Unread, Self::Group),
            (None, Some(id)) => Self::Account(id.to_owned()),
            (None, None) => Self::Unread,
        }
    }
}

impl Call {
    /// An access control list: a canned one, grants in headers, or a whole list. Of these AWS takes one.
    pub(super) fn acl(&self) -> Opened {
        const CANNED: [(&str, &str); 3] = [
            ("public-read", "everyone may read"),
            ("public-read-write", "everyone may read and write"),
            ("authenticated-read", "everyone with an AWS account may read"),
        ];
        let canned = self.texts(parameter::request_parameters_x_amz_acl);
        if let Some((_, what)) = CANNED.iter().find(|(name, _)| canned.iter().any(|n| n == name)) {
            return Opened::yes(*what);
        }
        let mut given: Vec<(Given, &str)> = Vec::new();
        for (column, may) in HEADERS {
            let texts = self.texts(column);
            let pieces = texts.iter().flat_map(|text| text.split(',')).filter(|piece| !piece.trim().is_empty());
            given.extend(pieces.map(|piece| (Given::of_piece(piece), may)));
        }
        let policy = self.json(parameter::request_parameters_access_control_policy);
        if canned.is_empty() && given.is_empty() && policy.is_none() {
            return Opened::open("the record does not hold the access control list");
        }
        let mut owner = None;
        if let Some(policy) = &policy {
            let grants =
                member(policy, "AccessControlList").and_then(|l| member(l, "Grant").or(Some(l))).or_else(|| member(policy, "Grants"));
            // A list without grants is empty text, or an empty object.
            let grants = match grants {
                None => return Opened::open("the access control list cannot be read"),
                Some(Json::String(text)) if text.trim().is_empty() => &[],
                Some(Json::Object(members)) if members.is_empty() => &[],
                grants => list(grants),
            };
            given.extend(grants.iter().map(|grant| (Given::of_grant(grant), text(grant, "Permission").unwrap_or("an access not stated"))));
            owner = member(policy, "Owner").and_then(|owner| text(owner, "ID")).map(str::to_owned);
        }
        Self::granted_by_list(&given, owner.as_deref())
    }

    /// Whether a call carries a canned list or grants in its headers.
    pub(super) fn has_acl_headers(&self) -> bool {
        let headers = HEADERS.iter().map(|(column, _)| *column);
        headers.chain([parameter::request_parameters_x_amz_acl]).any(|column| self.some(column).is_some())
    }

    fn granted_by_list(given: &[(Given, &str)], owner: Option<&str>) -> Opened {
        let (mut public, mut beyond) = (Opened::no(), Opened::no());
        for (to, may) in given {
            match to {
                Given::Group(Grantee::AllUsers) => return Opened::yes(format!("a grant to everyone ({may})")),
                Given::Group(Grantee::AuthenticatedUsers) => {
                    return Opened::yes(format!("a grant to everyone with an AWS account ({may})"));
                }
                Given::Group(_) => {}
                Given::Account(id) if owner == Some(id) => {}
                Given::Account(id) => {
                    beyond = Opened::open(format!("whether the account known to S3 as {id} is the client's is not known"))
                }
                Given::Unread => public = Opened::open("a grant of the access control list cannot be read"),
            }
        }
        Opened { beyond: Some(Box::new(beyond)), ..public }
    }

    pub(super) fn block(&self) -> Opened {
        const FLAGS: [&str; 4] = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
        let Some(settings) = self.json(parameter::request_parameters_public_access_block_configuration) else {
            return Opened::open("the record does not hold the settings");
        };
        let is_on = |name: &&str| match member(&settings, name) {
            Some(Json::Bool(on)) => *on,
            Some(Json::String(text)) => text.eq_ignore_ascii_case("true"),
            // A setting that is left out is off.
            _ => false,
        };
        let off: Vec<&str> = FLAGS.into_iter().filter(|name| !is_on(name)).collect();
        if off.is_empty() { Opened::no() } else { Opened::yes(format!("{} off", off.join(", "))) }
    }

    /// A new access point: its block is on unless the call says otherwise, and is never changed. One of a VPC is reached from
    /// there alone.
    pub(super) fn access_point(&self) -> Opened {
        let is_stated = self.some(parameter::request_parameters_public_access_block_configuration).is_some();
        if self.json(parameter::request_parameters_vpc_options).is_some_and(|options| has_vpc(&options))
            || (!is_stated && self.some(parameter::request_parameters_name).is_some())
        {
            return Opened::no();
        }
        self.block()
    }
}
