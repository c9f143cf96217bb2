//! Calls that share something by a list of accounts.

use serde_json::Value as Json;

use super::super::members::{list, member, text};
use super::super::opened::{Opened, beyond};
use super::call::{Call, parameter};
use crate::base::arn::Arn;
use crate::base::text::few;
use crate::policy::exposure::{self, Answer, KeyGrant, Known};
use crate::schema::tables::CloudtrailEventsRow;

impl Call {
    pub(super) fn shared(&self, column: &str, known: &Known) -> Opened {
        let Some(added) = self.json(column) else {
            // A call that only takes shares away, or sets something else.
            return if self.some(parameter::request_parameters_name).is_some() {
                Opened::no()
            } else {
                Opened::open("the record does not hold the shares")
            };
        };
        let entries = member(&added, "items").unwrap_or(&added);
        let name = |entry: &Json| {
            let of = ["userId", "group", "organizationArn", "organizationalUnitArn", "accountId"].iter().find_map(|name| text(entry, name));
            entry.as_str().or(of).map(str::to_owned)
        };
        let entries = list(Some(entries));
        let names: Vec<String> = entries.iter().filter_map(name).collect();
        let found = self.shares(&names, known);
        if names.len() < entries.len() && found.answer != Answer::Yes { Opened::open("a share cannot be read") } else { found }
    }

    /// With whom something is shared: everyone, or somebody outside the client.
    pub(super) fn shares(&self, names: &[String], known: &Known) -> Opened {
        let owner = self.owner();
        let mut open = Vec::new();
        for name in names {
            let lower = name.to_ascii_lowercase();
            let entry = if lower == "all" { &lower } else { name };
            let Some(audience) = exposure::shared_with(entry, owner.as_deref(), known) else {
                open.push(format!("who {name} is"));
                continue;
            };
            if audience.is_public() {
                return Opened::yes("everyone");
            }
            match audience.is_beyond(known) {
                Answer::Yes => return Opened::yes(format!("{name}, which nobody declared")),
                Answer::Unknown => open.push(format!("whether {name} is the client's")),
                Answer::No => {}
            }
        }
        if open.is_empty() { Opened::no() } else { Opened::open(format!("{} is not known", open.join(" and "))) }
    }

    /// A snapshot of Redshift for one account.
    pub(super) fn snapshot_access(&self, known: &Known) -> Opened {
        // AWS Support is named so.
        if self.some(parameter::request_parameters_account) == Some("amazon-redshift-support") {
            return Opened::no();
        }
        self.named_account(known)
    }

    /// The one account that a call lets in.
    pub(super) fn named_account(&self, known: &Known) -> Opened {
        match self.some(parameter::request_parameters_account) {
            Some(account) => self.shares(&[account.to_owned()], known),
            None => Opened::open("the record does not state the account"),
        }
    }

    /// A resource share: the principals that a call adds to it.
    pub(super) fn resource_share(&self, known: &Known) -> Opened {
        let names = self.list(parameter::request_parameters_principals);
        if names.is_empty() {
            let is_new = self.get(CloudtrailEventsRow::event_name) == "CreateResourceShare";
            return if is_new && self.some(parameter::request_parameters_name).is_some() {
                Opened::no()
            } else {
                Opened::beyond_only(Opened::open("with whom the share is shared is not in the record"))
            };
        }
        // A service acts for whoever uses it; users and roles stand for their account here.
        let accounts = names.iter().filter(|name| !name.ends_with(".amazonaws.com")).map(|name| match Arn::parse(name) {
            Some(Arn { service: "iam", account, .. }) => account.to_owned(),
            _ => name.clone(),
        });
        let accounts: Vec<String> = accounts.collect();
        let shares = self.shares(&accounts, known);
        // RAM refuses whoever is outside the organisation, if the account is in one.
        let inside = self.some(parameter::request_parameters_allow_external_principals) == Some("false");
        Opened::beyond_only(match shares.answer {
            Answer::Yes if inside && known.organization.is_some() => Opened::no(),
            Answer::Yes if inside => Opened::open(format!("whether {} is of the client's organisation is not known", few(&accounts))),
            _ => shares,
        })
    }

    /// A grant on a key: whom it lets use the key.
    pub(super) fn key_grant(&self, known: &Known) -> Opened {
        let Some(grantee) = self.some(parameter::request_parameters_grantee_principal) else {
            return Opened::open("the record does not state the grantee");
        };
        // What a grant is constrained to, an encryption context, limits the use and not the user.
        let operations = self.list(parameter::request_parameters_operations);
        let operations = if operations.is_empty() { vec!["*".to_owned()] } else { operations };
        let grant = KeyGrant { grantee: grantee.to_owned(), operations, constrained: false };
        beyond(&exposure::kms_grant_exposures(&[grant], self.owner().as_deref(), known), known)
    }
}
