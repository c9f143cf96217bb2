//! Calls that give rights to identities.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::super::evidence::Evidence;
use super::super::items::Item;
use super::super::members::{list, member, text};
use super::super::opened::Opened;
use super::super::powers;
use super::super::widening::{self, Holder, Widening};
use super::call::{Call, parameter};
use crate::base::arn::account_piece;
use crate::policy::document::{self, Document};
use crate::policy::managed;
use crate::schema::tables::CloudtrailEventsRow;
use crate::store::StoreError;

const POLICY: &str = "AWS::IAM::Policy";
const GROUP: &str = "AWS::IAM::Group";

/// Texts of policies that evidence holds.
#[derive(Default)]
pub(super) struct Written {
    /// Of customer managed policies, the text in force by ARN.
    in_force: BTreeMap<String, String>,
    /// Of customer managed policies that a call made, by account and name; items outrank them.
    made: BTreeMap<(String, String), String>,
    /// Versions of customer managed policies, by ARN and version.
    versions: BTreeMap<(String, String), String>,
    /// Accounts of which policies were delivered.
    accounts: BTreeSet<String>,
    /// What groups hold, by account and name.
    groups: BTreeMap<(String, String), Held>,
}

/// What a group holds.
struct Held {
    /// Texts of inline policies; `None` for one that was not supplied.
    inline: Vec<(String, Option<String>)>,
    /// ARNs of attached policies.
    attached: Vec<String>,
}

fn text_of(body: &serde_json::Value) -> String {
    body.as_str().map_or_else(|| body.to_string(), str::to_owned)
}

impl Written {
    /// What items and calls show.
    ///
    /// # Errors
    /// When items cannot be read.
    pub(super) fn read(evidence: &dyn Evidence, calls: &[Call]) -> Result<Self, StoreError> {
        let mut written = Self::default();
        for item in &Item::read(evidence, &[POLICY, GROUP])? {
            if item.kind == POLICY {
                written.policy(item);
            } else {
                written.group(item);
            }
        }
        for call in calls {
            written.call(call);
        }
        Ok(written)
    }

    fn policy(&mut self, item: &Item) {
        self.accounts.insert(item.account.clone());
        if let Some((_, Some(body))) = powers::documents(item).and_then(|documents| documents.into_iter().next()) {
            self.in_force.insert(item.arn.clone(), text_of(body));
        }
        for version in list(member(&item.configuration, "policyVersionList")) {
            if let (Some(id), Some(body)) = (text(version, "versionId"), member(version, "document")) {
                self.versions.insert((item.arn.clone(), id.to_owned()), text_of(body));
            }
        }
    }

    fn group(&mut self, item: &Item) {
        let Some(inline) = powers::documents(item) else { return };
        let Some(attached) = member(&item.configuration, "attachedManagedPolicies") else { return };
        let held = Held {
            inline: inline.into_iter().map(|(name, body)| (name, body.map(text_of))).collect(),
            attached: list(Some(attached)).iter().filter_map(|policy| text(policy, "policyArn")).map(str::to_owned).collect(),
        };
        self.groups.insert((item.account.clone(), item.name.clone()), held);
    }

    /// A policy, or a version of one, that a call made.
    fn call(&mut self, call: &Call) {
        let Some(body) = call.some(parameter::request_parameters_policy_document) else { return };
        match call.get(CloudtrailEventsRow::event_name) {
            "CreatePolicy" => {
                if let (Some(account), Some(name)) = (call.owner(), call.some(parameter::request_parameters_name)) {
                    self.made.entry((account, name.to_owned())).or_insert_with(|| body.to_owned());
                }
            }
            "CreatePolicyVersion" => {
                let named = (call.some(parameter::request_parameters_policy_arn), call.some(parameter::request_parameters_version_id));
                if let (Some(arn), Some(version)) = named {
                    self.versions.entry((arn.to_owned(), version.to_owned())).or_insert_with(|| body.to_owned());
                }
            }
            _ => {}
        }
    }

    /// The text that a call gave a policy, by its ARN; a call does not show the path.
    fn made(&self, arn: &str) -> Option<&String> {
        self.made.get(&(account_piece(arn)?.to_owned(), arn.rsplit('/').next()?.to_owned()))
    }

    /// The text in force of a policy, by its ARN.
    fn text(&self, arn: &str) -> Option<Cow<'_, str>> {
        let own = self.in_force.get(arn).or_else(|| self.made(arn)).map(|text| Cow::Borrowed(text.as_str()));
        own.or_else(|| managed::document(arn).map(|managed| Cow::Owned(managed.text.to_string())))
    }

    /// The text of a version of a policy.
    fn version(&self, arn: &str, version: &str) -> Option<&String> {
        let first = || self.made(arn).filter(|_| version == "v1");
        self.versions.get(&(arn.to_owned(), version.to_owned())).or_else(first)
    }
}

impl Call {
    /// Who holds what the call writes or attaches.
    fn holder(&self) -> Holder<'_> {
        match self.get(CloudtrailEventsRow::event_name) {
            "AttachUserPolicy" | "PutUserPolicy" => Holder::User(self.some(parameter::request_parameters_user_name)),
            "AttachRolePolicy" | "PutRolePolicy" => Holder::Role(self.some(parameter::request_parameters_role_name)),
            "AttachGroupPolicy" | "PutGroupPolicy" => Holder::Group(self.some(parameter::request_parameters_group_name)),
            // A permission set becomes a role.
            name if name.ends_with("ToPermissionSet") => Holder::Role(None),
            _ => Holder::Anybody,
        }
    }

    pub(super) fn granted(&self) -> Opened {
        self.administration(self.some(parameter::request_parameters_policy_document), "the document", self.holder())
    }

    /// A version of a policy: one that is not made the default changes nothing yet.
    pub(super) fn version_made(&self) -> Opened {
        match self.some(parameter::request_parameters_set_as_default) {
            Some("true") => self.granted(),
            _ if self.some(parameter::request_parameters_policy_arn).is_some() => Opened::no(),
            _ => Opened::open("the record does not state whether the version is the default"),
        }
    }

    /// A version that becomes the default.
    pub(super) fn version_set(&self, written: &Written) -> Opened {
        let named = (self.some(parameter::request_parameters_policy_arn), self.some(parameter::request_parameters_version_id));
        let (Some(arn), Some(version)) = named else { return Opened::open("the record does not name the policy and its version") };
        let name = format!("version {version} of {arn}");
        match written.version(arn, version) {
            Some(text) => self.administration(Some(text), &name, Holder::Anybody),
            None => Opened::open(format!("the text of {name} was not supplied")),
        }
    }

    pub(super) fn attached(&self, written: &Written) -> Opened {
        match self.some(parameter::request_parameters_policy_arn) {
            Some(arn) => self.attached_by_arn(arn, written, self.holder()),
            None => Opened::open("the record does not name the policy"),
        }
    }

    fn attached_by_arn(&self, arn: &str, written: &Written, holder: Holder<'_>) -> Opened {
        match written.text(arn) {
            Some(text) => self.administration(Some(&text), arn, holder),
            None => Opened::open(format!("the text of {arn} was not supplied")),
        }
    }

    /// A policy by name, which stands in every account that the permission set is assigned to.
    pub(super) fn attached_by_name(&self, written: &Written) -> Opened {
        let reference = self.json(parameter::request_parameters_policy_reference).unwrap_or_default();
        let Some(name) = text(&reference, "name") else { return Opened::open("the record does not name the policy") };
        let path = text(&reference, "path").unwrap_or("/");
        let ending = format!(":policy{path}{name}");
        let found = written.in_force.iter().filter(|(arn, _)| arn.ends_with(&ending));
        let mut open = Vec::new();
        let mut accounts = BTreeSet::new();
        for (arn, text) in found {
            accounts.extend(account_piece(arn));
            let opened = self.administration(Some(text), arn, Holder::Role(None));
            if opened.flag() == Some(true) {
                return opened;
            }
            open.extend(Some(opened.open).filter(|open| !open.is_empty()));
        }
        match open.into_iter().next() {
            Some(open) => Opened::open(open),
            // Accounts of which policies were delivered, all of which have it.
            None if !accounts.is_empty() && written.accounts.iter().all(|account| accounts.contains(account.as_str())) => Opened::no(),
            None => Opened::open(format!("the text of {name} was not supplied for all accounts")),
        }
    }

    /// A user who joins a group: the rights are those of the group's policies.
    pub(super) fn joined(&self, written: &Written) -> Opened {
        let named = (self.owner(), self.some(parameter::request_parameters_group_name));
        let (Some(account), Some(group)) = named else { return Opened::open("the record does not name the group") };
        let Some(held) = written.groups.get(&(account, group.to_owned())) else {
            return Opened::open(format!("the policies of group {group} were not supplied"));
        };
        let holder = Holder::Group(Some(group));
        let inline = held.inline.iter().map(|(name, text)| match text {
            Some(text) => self.administration(Some(text), &format!("policy {name} of group {group}"), holder),
            None => Opened::open(format!("the text of policy {name} of group {group} was not supplied")),
        });
        let attached = held.attached.iter().map(|arn| self.attached_by_arn(arn, written, holder));
        let mut open = Opened::no();
        for opened in inline.chain(attached) {
            match opened.flag() {
                Some(true) => return opened,
                None => open = opened,
                Some(false) => {}
            }
        }
        open
    }

    fn administration(&self, text: Option<&str>, name: &str, holder: Holder<'_>) -> Opened {
        let Some(text) = text else { return Opened::open("the record does not hold the policy") };
        let document: Document = match document::parse(text) {
            Ok(document) => document,
            Err(problem) => return Opened::open(format!("{name} cannot be read: {problem}")),
        };
        match widening::of(&document, self.partition(), self.owner().as_deref(), holder) {
            Widening::Sure(by) => Opened::yes(format!("{name} gives administration by {by}")),
            Widening::No => Opened::no(),
            Widening::Open(why) => Opened::open(format!("{name}: {why}")),
        }
    }
}
