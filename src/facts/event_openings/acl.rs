//! Calls that set an access control list or a public access block.

use serde_json::Value as Json;

use super::super::exposures::has_vpc;
use super::super::members::{list, member, text};
use super::super::opened::Opened;
use super::call::{Call, parameter};
use crate::policy::exposure::Grantee;

impl Call {
    pub(super) fn acl(&self) -> Opened {
        const CANNED: [(&str, &str); 3] = [
            ("public-read", "everyone may read"),
            ("public-read-write", "everyone may read and write"),
            ("authenticated-read", "everyone with an AWS account may read"),
        ];
        if let Some(acl) = self.some(parameter::request_parameters_x_amz_acl) {
            let named: Vec<String> = match serde_json::from_str(acl) {
                Ok(Json::Array(names)) => names.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
                Ok(Json::String(name)) => vec![name],
                _ => vec![acl.to_owned()],
            };
            let found = CANNED.iter().find(|(name, _)| named.iter().any(|n| n == name));
            return found.map_or_else(Opened::no, |(_, what)| Opened::yes(*what));
        }
        let Some(policy) = self.json(parameter::request_parameters_access_control_policy) else {
            return Opened::open("the record does not hold the access control list");
        };
        let grants =
            member(&policy, "AccessControlList").and_then(|l| member(l, "Grant").or(Some(l))).or_else(|| member(&policy, "Grants"));
        for grant in list(grants) {
            let uri = member(grant, "Grantee").and_then(|grantee| text(grantee, "URI").or_else(|| text(grantee, "Uri")));
            match uri.and_then(Grantee::of_uri) {
                Some(Grantee::AllUsers) => return Opened::yes("a grant to everyone"),
                Some(Grantee::AuthenticatedUsers) => return Opened::yes("a grant to everyone with an AWS account"),
                _ => {}
            }
        }
        if grants.is_none() { Opened::open("the access control list cannot be read") } else { Opened::no() }
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
