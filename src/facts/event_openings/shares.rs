//! Calls that share something by a list of accounts.

use serde_json::Value as Json;

use super::super::members::{list, member, text};
use super::super::opened::Opened;
use super::call::{Call, parameter};
use crate::policy::exposure::{self, Answer, Known};

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
}
