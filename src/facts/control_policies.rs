//! Service and resource control policies of each account, level by level: the root, the units below it, the account itself.
//!
//! A policy that is attached to a level limits everything below it, so its Deny statements always count. That a level does
//! not allow something counts only where all service control policies attached to it are known: when the policies were listed,
//! the targets of each of them were supplied to the last page, and one of those attached to the level allows something, since
//! AWS attaches `FullAWSAccess` to every level until another policy takes its place. Elsewhere the level keeps a policy that
//! allows everything, and the result is an upper bound. Of resource control policies only the Deny statements matter: AWS's own
//! that allows everything is attached to every level and cannot be detached.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{DataFrame, PolarsResult, StringChunked};

use super::evidence::{Evidence, Which};
use crate::base::account::is_account;
use crate::policy::document::{self, Effect};
use crate::policy::estate::{Estate, NamedText};
use crate::policy::exposure::{Doubt, Guards};
use crate::schema::row::Row as _;
use crate::schema::tables::{OrganizationAccountsRow, OrganizationParentsRow, OrganizationPoliciesRow, OrganizationPolicyTargetsRow};
use crate::store::StoreError;

const ACCOUNTS: &str = OrganizationAccountsRow::TABLE.name;
const PARENTS: &str = OrganizationParentsRow::TABLE.name;
const POLICIES: &str = OrganizationPoliciesRow::TABLE.name;
const TARGETS: &str = OrganizationPolicyTargetsRow::TABLE.name;

const SERVICE_CONTROL: &str = "SERVICE_CONTROL_POLICY";
const RESOURCE_CONTROL: &str = "RESOURCE_CONTROL_POLICY";
/// AWS's own policies, which no export has to hold: the one allows everything, the other is a resource control policy.
const FULL_ACCESS: &str = "p-FullAWSAccess";
const FULL_RESOURCE_ACCESS: &str = "p-RCPFullAWSAccess";
/// More levels than an organization has: units are nested five deep at most.
const DEEPEST: usize = 32;
const ALLOW_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// Fills in which control policies limit the accounts that the estate has, and which of them is the management account.
///
/// # Errors
/// When a table cannot be read.
pub fn fill(evidence: &dyn Evidence, estate: &mut Estate) -> Result<(), StoreError> {
    let organization = Attachments::read(evidence)?;
    for id in &organization.managers {
        estate.accounts.entry(id.clone()).or_default().management = true;
    }
    let held: BTreeSet<String> = estate.accounts.keys().chain(estate.principals.iter().map(|p| &p.account)).cloned().collect();
    let levels = organization.levels();
    for id in held {
        let levels = organization.above(&id, &levels);
        if !levels.is_empty() {
            estate.accounts.entry(id.clone()).or_default().control_policies = Some(levels);
        }
        // Where the management account is not known, it may be this one, which they do not bind.
        let over: Vec<NamedText> =
            if organization.managers.is_empty() { Vec::new() } else { organization.resource_controls(&id).collect() };
        if !over.is_empty() {
            estate.accounts.entry(id).or_default().resource_controls = over;
        }
    }
    Ok(())
}

/// The resource control policies over the resources of each account that has any. `which`: versions of resources that ended
/// may be from before a policy was attached, which no answer dates.
///
/// # Errors
/// When a table cannot be read.
pub fn guards(which: Which, evidence: &dyn Evidence) -> Result<BTreeMap<String, Guards>, StoreError> {
    Ok(Attachments::read(evidence)?.guards(which))
}

/// A policy as it was listed or described.
#[derive(Debug, Default)]
struct Policy {
    name: Option<String>,
    /// What it is, in the API's words. None: not stated.
    kind: Option<String>,
    /// Its texts. Several are of several times, and none of them is known to be the one in force.
    texts: BTreeSet<String>,
}

/// What is known of an organization.
#[derive(Debug, Default)]
struct Attachments {
    /// Parents by child. Several are of several times.
    parents: BTreeMap<String, BTreeSet<String>>,
    policies: BTreeMap<String, Policy>,
    /// Policies by root, unit or account.
    attached: BTreeMap<String, BTreeSet<String>>,
    /// Policies of which all targets are known.
    asked: BTreeSet<String>,
    /// Management accounts.
    managers: BTreeSet<String>,
    /// Accounts of the organization.
    accounts: BTreeSet<String>,
}

/// Some columns of text of a table.
fn texts<const N: usize>(frame: &DataFrame, names: [&str; N]) -> PolarsResult<Vec<StringChunked>> {
    names.iter().map(|name| frame.column(name).and_then(|column| column.str().cloned())).collect()
}

impl Attachments {
    fn read(evidence: &dyn Evidence) -> Result<Self, StoreError> {
        let mut all = Self::default();
        for (table, read) in [
            (ACCOUNTS, Self::accounts as fn(&mut Self, &DataFrame) -> PolarsResult<()>),
            (PARENTS, Self::parents),
            (POLICIES, Self::policies),
            (TARGETS, Self::targets),
        ] {
            read(&mut all, &evidence.frame(table)?).map_err(|error| evidence.error(table, error))?;
        }
        Ok(all)
    }

    fn accounts(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let columns = texts(frame, [OrganizationAccountsRow::management_account_id, OrganizationAccountsRow::account_id])?;
        for (own, column) in [&mut self.managers, &mut self.accounts].into_iter().zip(columns) {
            own.extend(column.iter().flatten().map(str::to_owned));
        }
        Ok(())
    }

    fn parents(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let columns = texts(
            frame,
            [OrganizationParentsRow::child_id, OrganizationParentsRow::parent_id, OrganizationParentsRow::management_account_id],
        )?;
        for row in 0..frame.height() {
            let [child, parent, manager] = [0, 1, 2].map(|column| columns.get(column).and_then(|c| c.get(row)).map(str::to_owned));
            self.managers.extend(manager);
            if let (Some(child), Some(parent)) = (child, parent) {
                self.parents.entry(child).or_default().insert(parent);
            }
        }
        Ok(())
    }

    fn policies(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let columns = texts(
            frame,
            [
                OrganizationPoliciesRow::policy_id,
                OrganizationPoliciesRow::policy_name,
                OrganizationPoliciesRow::policy_type,
                OrganizationPoliciesRow::content,
            ],
        )?;
        for row in 0..frame.height() {
            let [id, name, kind, text] = [0, 1, 2, 3].map(|column| columns.get(column).and_then(|c| c.get(row)).map(str::to_owned));
            let Some(id) = id else { continue };
            let policy = self.policies.entry(id).or_default();
            // One name of a policy that was renamed: the first in order.
            policy.name = [policy.name.take(), name].into_iter().flatten().min();
            policy.kind = policy.kind.take().or(kind);
            policy.texts.extend(text);
        }
        Ok(())
    }

    fn targets(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let columns = texts(
            frame,
            [
                OrganizationPolicyTargetsRow::policy_id,
                OrganizationPolicyTargetsRow::target_id,
                OrganizationPolicyTargetsRow::management_account_id,
            ],
        )?;
        let more = frame.column(OrganizationPolicyTargetsRow::has_more)?.bool()?.clone();
        for row in 0..frame.height() {
            let [policy, target, manager] = [0, 1, 2].map(|column| columns.get(column).and_then(|c| c.get(row)).map(str::to_owned));
            self.managers.extend(manager);
            let (Some(policy), Some(target)) = (policy, target) else { continue };
            if more.get(row) == Some(false) {
                self.asked.insert(policy.clone());
            }
            self.attached.entry(target).or_default().insert(policy);
        }
        Ok(())
    }

    /// Whether the service control policies of the organization were listed, which names AWS's own, and the targets of each of
    /// them are known.
    fn is_whole(&self) -> bool {
        let mut listed = self.policies.iter().filter(|(_, policy)| policy.kind.as_deref() == Some(SERVICE_CONTROL));
        self.policies.contains_key(FULL_ACCESS) && listed.all(|(id, _)| self.asked.contains(id))
    }

    /// The policies of each root, unit and account of which something is known.
    fn levels(&self) -> BTreeMap<&str, Vec<NamedText>> {
        let whole = self.is_whole();
        let mut levels = BTreeMap::new();
        for (place, attached) in &self.attached {
            let mut level: Vec<NamedText> = attached.iter().filter_map(|id| self.text(id, SERVICE_CONTROL)).collect();
            if level.is_empty() {
                continue;
            }
            if !whole || !level.iter().any(allows) {
                level.push(NamedText { name: format!("others of {place}"), text: Some(ALLOW_ALL.to_owned()) });
            }
            levels.insert(place.as_str(), level);
        }
        levels
    }

    /// Of these, those that limit an account, from the root down.
    fn above(&self, account: &str, levels: &BTreeMap<&str, Vec<NamedText>>) -> Vec<Vec<NamedText>> {
        self.chain(account).iter().rev().filter_map(|place| levels.get(place).cloned()).collect()
    }

    /// An account, the units above it and the root, as far as they are known.
    fn chain<'a>(&'a self, account: &'a str) -> Vec<&'a str> {
        let mut chain = vec![account];
        // A child has one parent; where two are stated, what is above is not known.
        while let Some(parents) = chain.last().and_then(|child| self.parents.get(*child)) {
            let one = parents.first().filter(|parent| parents.len() == 1 && !chain.contains(&parent.as_str()));
            let Some(parent) = one.filter(|_| chain.len() < DEEPEST) else { break };
            chain.push(parent);
        }
        chain
    }

    /// Resource control policies by account. The resources of the management account have none.
    fn guards(&self, which: Which) -> BTreeMap<String, Guards> {
        let is_account = |id: &&String| is_account(id);
        let accounts: BTreeSet<&String> =
            self.accounts.iter().chain(self.parents.keys()).chain(self.attached.keys()).filter(is_account).collect();
        let mut all = BTreeMap::new();
        for account in accounts.into_iter().filter(|account| !self.managers.contains(*account)) {
            let mut guards = Guards {
                doubt: match which {
                    Which::All => Some(Doubt::Since),
                    Which::Standing => self.managers.is_empty().then_some(Doubt::Management),
                },
                ..Guards::default()
            };
            for policy in self.resource_controls(account) {
                match policy.text.as_deref().map(document::parse) {
                    Some(Ok(document)) => guards.read.push((policy.name, document)),
                    Some(Err(_)) | None => _ = guards.unread.insert(policy.name),
                }
            }
            if !guards.read.is_empty() || !guards.unread.is_empty() {
                all.insert(account.clone(), guards);
            }
        }
        all
    }

    /// Resource control policies over an account, wherever above it they are attached.
    fn resource_controls(&self, account: &str) -> impl Iterator<Item = NamedText> {
        let attached: BTreeSet<&String> = self.chain(account).iter().filter_map(|place| self.attached.get(*place)).flatten().collect();
        attached.into_iter().filter_map(|id| self.text(id, RESOURCE_CONTROL))
    }

    /// A policy with its text; None when it is of another type than this. One whose type is not known may be of this one.
    fn text(&self, id: &str, of: &str) -> Option<NamedText> {
        // AWS's own, which allow everything.
        match id {
            FULL_ACCESS if of == SERVICE_CONTROL => {
                return Some(NamedText { name: "FullAWSAccess".to_owned(), text: Some(ALLOW_ALL.to_owned()) });
            }
            FULL_ACCESS | FULL_RESOURCE_ACCESS => return None,
            _ => {}
        }
        let policy = self.policies.get(id);
        if policy.and_then(|policy| policy.kind.as_deref()).is_some_and(|kind| kind != of) {
            return None;
        }
        let name = policy.and_then(|policy| policy.name.as_deref()).unwrap_or(id).to_owned();
        let text = policy.and_then(|policy| policy.texts.first().filter(|_| policy.texts.len() == 1)).cloned();
        Some(NamedText { name, text })
    }
}

/// Whether a policy allows anything, which one without text may.
fn allows(policy: &NamedText) -> bool {
    let Some(Ok(document)) = policy.text.as_deref().map(document::parse) else { return true };
    document.statements.iter().any(|statement| statement.effect == Effect::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#;

    /// Account 111122223333 in unit `ou-ab12-11111111` of root `r-ab12`.
    fn tree() -> Attachments {
        let mut all = Attachments::default();
        for (child, parent) in [("111122223333", "ou-ab12-11111111"), ("ou-ab12-11111111", "r-ab12")] {
            all.parents.insert(child.to_owned(), BTreeSet::from([parent.to_owned()]));
        }
        all
    }

    fn policy(all: &mut Attachments, id: &str, kind: &str, text: Option<&str>) {
        let texts = text.map(str::to_owned).into_iter().collect();
        all.policies.insert(id.to_owned(), Policy { name: None, kind: Some(kind.to_owned()), texts });
    }

    fn attach(all: &mut Attachments, id: &str, targets: &[&str]) {
        all.asked.insert(id.to_owned());
        for target in targets {
            all.attached.entry((*target).to_owned()).or_default().insert(id.to_owned());
        }
    }

    /// Levels as names; `?` behind one without text.
    fn names(all: &Attachments) -> Option<Vec<String>> {
        let name = |policy: NamedText| policy.name + if policy.text.is_none() { "?" } else { "" };
        let level = |level: Vec<NamedText>| level.into_iter().map(name).collect::<Vec<_>>().join(" ");
        let levels = all.above("111122223333", &all.levels());
        (!levels.is_empty()).then(|| levels.into_iter().map(level).collect())
    }

    #[test]
    fn levels_go_from_the_root_down_to_the_account() {
        let mut all = tree();
        policy(&mut all, FULL_ACCESS, SERVICE_CONTROL, None);
        policy(&mut all, "p-deny0001", SERVICE_CONTROL, Some(DENY));
        attach(&mut all, FULL_ACCESS, &["r-ab12", "ou-ab12-11111111", "111122223333", "ou-ab12-22222222"]);
        attach(&mut all, "p-deny0001", &["ou-ab12-11111111"]);
        let known = ["FullAWSAccess", "FullAWSAccess p-deny0001", "FullAWSAccess"].map(str::to_owned);
        assert_eq!(names(&all).as_deref(), Some(&known[..]));
        // A policy that was listed and whose targets were not asked for may be attached anywhere.
        policy(&mut all, "p-other001", SERVICE_CONTROL, None);
        let open = [
            "FullAWSAccess others of r-ab12",
            "FullAWSAccess p-deny0001 others of ou-ab12-11111111",
            "FullAWSAccess others of 111122223333",
        ];
        assert_eq!(names(&all).as_deref(), Some(&open.map(str::to_owned)[..]));
    }

    #[test]
    fn a_deny_counts_although_what_else_is_attached_is_not_known() {
        let mut all = tree();
        policy(&mut all, "p-deny0001", SERVICE_CONTROL, Some(DENY));
        attach(&mut all, "p-deny0001", &["ou-ab12-11111111"]);
        assert_eq!(names(&all), Some(vec!["p-deny0001 others of ou-ab12-11111111".to_owned()]));
        // Whose unit it is decides.
        all.parents.remove("111122223333");
        assert_eq!(names(&all), None);
        let mut all = tree();
        attach(&mut all, "p-deny0001", &["ou-ab12-22222222"]);
        assert_eq!(names(&all), None);
    }

    #[test]
    fn a_level_allows_what_its_policies_allow_where_all_of_them_are_known() {
        let read = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
        let mut all = tree();
        policy(&mut all, FULL_ACCESS, SERVICE_CONTROL, None);
        policy(&mut all, "p-read0001", SERVICE_CONTROL, Some(read));
        policy(&mut all, "p-deny0001", SERVICE_CONTROL, Some(DENY));
        attach(&mut all, FULL_ACCESS, &["r-ab12"]);
        attach(&mut all, "p-read0001", &["ou-ab12-11111111"]);
        attach(&mut all, "p-deny0001", &["111122223333"]);
        let known = ["FullAWSAccess", "p-read0001", "p-deny0001 others of 111122223333"].map(str::to_owned);
        assert_eq!(names(&all).as_deref(), Some(&known[..]));
        // A list of targets that breaks off may leave out any level.
        all.asked.remove("p-read0001");
        let open = ["FullAWSAccess others of r-ab12", "p-read0001 others of ou-ab12-11111111", "p-deny0001 others of 111122223333"];
        assert_eq!(names(&all).as_deref(), Some(&open.map(str::to_owned)[..]));
        all.asked.insert("p-read0001".to_owned());
        all.policies.remove(FULL_ACCESS);
        assert_eq!(names(&all).as_deref(), Some(&open.map(str::to_owned)[..]), "nobody listed the policies");
    }

    #[test]
    fn two_parents_and_circles_say_nothing() {
        let mut all = tree();
        attach(&mut all, FULL_ACCESS, &["r-ab12", "111122223333"]);
        all.parents.entry("111122223333".to_owned()).or_default().insert("ou-ab12-22222222".to_owned());
        assert_eq!(names(&all), Some(vec!["FullAWSAccess others of 111122223333".to_owned()]));
        all.parents.insert("111122223333".to_owned(), BTreeSet::from(["111122223333".to_owned()]));
        assert_eq!(names(&all), Some(vec!["FullAWSAccess others of 111122223333".to_owned()]));
    }

    #[test]
    fn policies_of_other_types_are_left_out_and_those_without_text_are_not() {
        let mut all = tree();
        policy(&mut all, "p-lost0001", SERVICE_CONTROL, None);
        policy(&mut all, "p-tags0001", "TAG_POLICY", None);
        for id in [FULL_ACCESS, FULL_RESOURCE_ACCESS, "p-lost0001", "p-tags0001", "p-unknown1"] {
            attach(&mut all, id, &["r-ab12"]);
        }
        assert_eq!(names(&all), Some(vec!["FullAWSAccess p-lost0001? p-unknown1? others of r-ab12".to_owned()]));
        all.policies.entry("p-lost0001".to_owned()).or_default().texts.extend([DENY.to_owned()]);
        assert_eq!(names(&all), Some(vec!["FullAWSAccess p-lost0001 p-unknown1? others of r-ab12".to_owned()]));
        all.policies.entry("p-lost0001".to_owned()).or_default().texts.extend([ALLOW_ALL.to_owned()]);
        assert_eq!(
            names(&all),
            Some(vec!["FullAWSAccess p-lost0001? p-unknown1? others of r-ab12".to_owned()]),
            "two texts contradict each other"
        );
    }

    #[test]
    fn resource_control_policies_guard_the_accounts_below_them() {
        let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}"#;
        let mut all = tree();
        all.managers.insert("444455556666".to_owned());
        all.parents.insert("444455556666".to_owned(), BTreeSet::from(["r-ab12".to_owned()]));
        all.parents.insert("777788889999".to_owned(), BTreeSet::from(["ou-ab12-22222222".to_owned()]));
        policy(&mut all, "p-root0001", RESOURCE_CONTROL, Some(deny));
        policy(&mut all, "p-unit0001", RESOURCE_CONTROL, None);
        policy(&mut all, "p-elsewher", RESOURCE_CONTROL, Some(deny));
        policy(&mut all, "p-service1", SERVICE_CONTROL, Some(DENY));
        policy(&mut all, "p-brokenxx", RESOURCE_CONTROL, Some("{"));
        attach(&mut all, FULL_RESOURCE_ACCESS, &["r-ab12", "ou-ab12-11111111", "111122223333"]);
        attach(&mut all, "p-root0001", &["r-ab12"]);
        attach(&mut all, "p-service1", &["r-ab12"]);
        attach(&mut all, "p-unit0001", &["ou-ab12-11111111"]);
        attach(&mut all, "p-brokenxx", &["111122223333"]);
        attach(&mut all, "p-elsewher", &["ou-ab12-33333333"]);
        let guards = all.guards(Which::Standing);
        // The management account is left out, and so is one whose unit hangs nowhere.
        assert_eq!(guards.keys().collect::<Vec<_>>(), ["111122223333"]);
        let own = &guards["111122223333"];
        assert_eq!(own.read.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["p-root0001"]);
        assert_eq!(own.unread, BTreeSet::from(["p-brokenxx", "p-unit0001"].map(str::to_owned)));
        assert_eq!(own.doubt, None);
        assert_eq!(all.guards(Which::All)["111122223333"].doubt, Some(Doubt::Since), "no answer dates an attachment");
        all.managers.clear();
        assert_eq!(all.guards(Which::Standing)["111122223333"].doubt, Some(Doubt::Management));
    }

    #[test]
    fn without_resource_control_policies_nothing_is_guarded() {
        let mut all = tree();
        policy(&mut all, "p-service1", SERVICE_CONTROL, Some(DENY));
        attach(&mut all, "p-service1", &["r-ab12"]);
        attach(&mut all, FULL_RESOURCE_ACCESS, &["r-ab12"]);
        assert!(all.guards(Which::Standing).is_empty());
        // A policy of which nothing but an attachment is known may be one.
        attach(&mut all, "p-unknown1", &["r-ab12"]);
        assert_eq!(all.guards(Which::Standing)["111122223333"].unread, BTreeSet::from(["p-unknown1".to_owned()]));
    }
}
