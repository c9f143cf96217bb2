//! Configuration items as the estate that grants and escalations are computed over: identities, managed policies, and what
//! carries a role.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::evidence::{Evidence, recorded};
use super::items::Item;
use super::members::{list, member, text};
use super::since::Captured;
use super::{control_policies, exposures};
use crate::policy::estate::{
    Carried, Carrier, Estate, Group, Kind, ManagedPolicy, NamedText, Organization, Principal, ResourcePolicy, Subject,
};
use crate::schema::row::Row as _;
use crate::schema::tables::OrganizationAccountsRow;
use crate::store::StoreError;

const USER: &str = "AWS::IAM::User";
const ROLE: &str = "AWS::IAM::Role";
const GROUP: &str = "AWS::IAM::Group";
const POLICY: &str = "AWS::IAM::Policy";
const PROFILE: &str = "AWS::IAM::InstanceProfile";
const ORGANIZATION: &str = OrganizationAccountsRow::TABLE.name;

/// Types that carry a role, or that a path needs, with the members that name the role, the first that is there.
const CARRIERS: [(&str, Kind, &[&str]); 14] = [
    ("AWS::AppRunner::Service", Kind::AppRunnerService, &["InstanceConfiguration.InstanceRoleArn"]),
    ("AWS::BedrockAgentCore::CodeInterpreterCustom", Kind::CodeInterpreter, &["ExecutionRoleArn"]),
    ("AWS::CloudFormation::Stack", Kind::Stack, &["roleARN", "roleArn"]),
    ("AWS::CloudFormation::StackSet", Kind::StackSet, &["AdministrationRoleARN"]),
    ("AWS::CodeBuild::Project", Kind::BuildProject, &["serviceRole"]),
    ("AWS::EC2::Instance", Kind::Instance, &["iamInstanceProfile.arn"]),
    (
        "AWS::EC2::LaunchTemplate",
        Kind::LaunchTemplate,
        &["LaunchTemplateData.IamInstanceProfile.Arn", "LaunchTemplateData.IamInstanceProfile.Name"],
    ),
    ("AWS::ECS::Cluster", Kind::Cluster, &[]),
    ("AWS::ECS::Service", Kind::Task, &["TaskDefinition"]),
    ("AWS::ECS::TaskDefinition", Kind::TaskDefinition, &["TaskRoleArn"]),
    ("AWS::Glue::Job", Kind::GlueJob, &["Role"]),
    ("AWS::Lambda::Function", Kind::Function, &["role"]),
    ("AWS::SageMaker::NotebookInstance", Kind::Notebook, &["RoleArn"]),
    ("AWS::StepFunctions::StateMachine", Kind::StateMachine, &["RoleArn"]),
];

/// A user or role of the estate, and the item that it is from.
pub struct Origin {
    /// Id of the version.
    pub item: String,
    /// 12 digits.
    pub account: String,
    /// Type.
    pub kind: String,
    /// AWS Config's `resourceId`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Latest capture time among the user or role, its policies and its groups; `None` where one does not state it.
    pub since: Option<i64>,
    /// File.
    pub file: String,
    /// Record in the file.
    pub record: u64,
}

/// The estate, and the item behind each user and role by its ARN.
///
/// # Errors
/// When items cannot be read.
pub fn read(evidence: &dyn Evidence) -> Result<(Estate, BTreeMap<String, Origin>), StoreError> {
    let mut estate = Estate { organization: organization(evidence)?, ..Estate::default() };
    let mut origins = BTreeMap::new();
    accounts(evidence, &mut estate)?;
    let items = Item::read(evidence, &[USER, ROLE, GROUP, POLICY, PROFILE])?;
    let profiles = Profiles::of(&items);
    let captured = Captured::of(&items);
    for item in &items {
        match item.kind.as_str() {
            USER | ROLE => {
                let principal = principal(item);
                if !principal.arn.is_empty() {
                    origins.insert(principal.arn.clone(), origin(item, captured.latest(item, &principal)));
                    estate.principals.push(principal);
                }
            }
            GROUP => {
                let configuration = &item.configuration;
                estate.groups.push(Group {
                    arn: arn_of(item),
                    account: item.account.clone(),
                    name: text(configuration, "groupName").unwrap_or(&item.name).to_owned(),
                    inline: inline(configuration, "groupPolicyList", &item.name),
                    attached: attached(configuration),
                });
            }
            POLICY => estate.policies.extend(managed(item)),
            _ => {}
        }
    }
    drop(items);
    control_policies::fill(evidence, &mut estate)?;
    let types: Vec<&str> = CARRIERS.iter().map(|(kind, ..)| *kind).collect();
    carriers(&Item::read(evidence, &types)?, &profiles, &mut estate);
    let policies = exposures::policies(evidence)?.into_iter();
    estate.resources = policies.map(|(arn, account, text)| ResourcePolicy { arn, account, text: Some(text) }).collect();
    Ok((estate, origins))
}

fn origin(item: &Item, since: Option<i64>) -> Origin {
    Origin {
        item: item.item_id.clone(),
        account: item.account.clone(),
        kind: item.kind.clone(),
        id: item.id.clone(),
        name: item.name.clone(),
        since,
        file: item.file.clone(),
        record: item.record,
    }
}

fn arn_of(item: &Item) -> String {
    if item.arn.is_empty() { text(&item.configuration, "arn").unwrap_or_default().to_owned() } else { item.arn.clone() }
}

/// A document as text, however it was delivered.
fn document(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::String(_) | Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// Inline policies. A list that was not delivered is a policy whose text was not.
fn inline(configuration: &Value, name: &str, of: &str) -> Vec<NamedText> {
    let Some(policies) = member(configuration, name) else {
        return vec![NamedText { name: format!("inline policies of {of}"), text: None }];
    };
    let one = |policy: &Value| NamedText {
        name: text(policy, "policyName").unwrap_or_default().to_owned(),
        text: document(member(policy, "policyDocument")),
    };
    list(Some(policies)).iter().map(one).collect()
}

fn attached(configuration: &Value) -> Vec<String> {
    let arns = list(member(configuration, "attachedManagedPolicies")).iter().filter_map(|policy| text(policy, "policyArn"));
    arns.map(str::to_owned).collect()
}

fn principal(item: &Item) -> Principal {
    let configuration = &item.configuration;
    let is_role = item.kind == ROLE;
    let mut principal = Principal::new(if is_role { Subject::Role } else { Subject::User }, &arn_of(item), &item.account);
    principal.inline = inline(configuration, if is_role { "rolePolicyList" } else { "userPolicyList" }, &item.name);
    principal.attached = attached(configuration);
    let mut missing = |what: &str| principal.inline.push(NamedText { name: format!("{what} of {}", item.name), text: None });
    if member(configuration, "attachedManagedPolicies").is_none() {
        missing("attached policies");
    }
    if !is_role && member(configuration, "groupList").is_none() {
        missing("groups");
    }
    let boundary = member(configuration, "permissionsBoundary");
    principal.boundary = boundary.and_then(|b| text(b, "permissionsBoundaryArn").or_else(|| b.as_str())).map(str::to_owned);
    let group = |group: &Value| group.as_str().or_else(|| text(group, "groupName")).map(str::to_owned);
    principal.groups = list(member(configuration, "groupList")).iter().filter_map(group).collect();
    principal.tags = member(configuration, "tags").map(tags);
    if is_role {
        principal.trust = document(member(configuration, "assumeRolePolicyDocument"));
        principal.instance_profile = member(configuration, "instanceProfileList").map(|profiles| !list(Some(profiles)).is_empty());
        principal.service_linked = text(configuration, "path").is_some_and(|path| path.starts_with("/aws-service-role/"))
            || principal.arn.contains(":role/aws-service-role/");
    }
    principal
}

fn tags(value: &Value) -> BTreeMap<String, String> {
    if let Value::Object(members) = value {
        return members.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    }
    let one =
        |tag: &Value| Some((text(tag, "key")?.to_owned(), member(tag, "value").and_then(Value::as_str).unwrap_or_default().to_owned()));
    list(Some(value)).iter().filter_map(one).collect()
}

fn managed(item: &Item) -> Option<ManagedPolicy> {
    let configuration = &item.configuration;
    let delivered = list(member(configuration, "policyVersionList"));
    let is_default = |version: &&Value| member(version, "isDefaultVersion").and_then(Value::as_bool) == Some(true);
    let named = text(configuration, "defaultVersionId").or_else(|| text(delivered.iter().find(is_default)?, "versionId"));
    let only = if let [only] = delivered { text(only, "versionId") } else { None };
    let default_version = named.or(only)?.to_owned();
    let version = |version: &Value| Some((text(version, "versionId")?.to_owned(), document(member(version, "document"))?));
    let arn = arn_of(item);
    let versions = delivered.iter().filter_map(version).collect();
    (!arn.is_empty()).then_some(ManagedPolicy { arn, default_version, versions })
}

/// Which role an instance profile carries, by the profile's ARN, and by account and name.
#[derive(Default)]
struct Profiles {
    roles: BTreeMap<String, String>,
    by_name: BTreeMap<(String, String), String>,
}

impl Profiles {
    fn of(items: &[Item]) -> Self {
        let mut all = Self::default();
        for item in items {
            match item.kind.as_str() {
                PROFILE => {
                    let role =
                        list(member(&item.configuration, "roles")).iter().find_map(|role| text(role, "arn").or_else(|| role.as_str()));
                    role.into_iter().for_each(|role| all.add(&arn_of(item), &item.account, role));
                }
                ROLE => {
                    for profile in list(member(&item.configuration, "instanceProfileList")) {
                        let arn = text(profile, "arn").or_else(|| text(profile, "instanceProfileArn")).or_else(|| profile.as_str());
                        arn.into_iter().for_each(|arn| all.add(arn, &item.account, &arn_of(item)));
                    }
                }
                _ => {}
            }
        }
        all
    }

    fn add(&mut self, profile: &str, account: &str, role: &str) {
        if let Some(name) = profile.rsplit('/').next() {
            self.by_name.insert((account.to_owned(), name.to_owned()), role.to_owned());
        }
        self.roles.insert(profile.to_owned(), role.to_owned());
    }

    fn role(&self, account: &str, profile: &str) -> Option<String> {
        self.roles.get(profile).or_else(|| self.by_name.get(&(account.to_owned(), profile.rsplit('/').next()?.to_owned()))).cloned()
    }
}

/// What carries a role. A role that is named without its ARN is one of the account.
fn carriers(items: &[Item], profiles: &Profiles, estate: &mut Estate) {
    let roles: BTreeMap<(String, String), String> = estate
        .principals
        .iter()
        .filter(|p| p.kind == Subject::Role)
        .map(|p| ((p.account.clone(), p.name().to_owned()), p.arn.clone()))
        .collect();
    let task_roles: BTreeMap<&str, Option<&str>> = items
        .iter()
        .filter(|item| item.kind == "AWS::ECS::TaskDefinition")
        .map(|item| (item.id.as_str(), at(&item.configuration, "TaskRoleArn")))
        .collect();
    for item in items {
        let Some((_, kind, members)) = CARRIERS.iter().find(|(kind, ..)| *kind == item.kind) else { continue };
        let arn = if item.arn.is_empty() { item.id.clone() } else { item.arn.clone() };
        let role = match members.iter().find_map(|path| at(&item.configuration, path)) {
            None if kind.always_carries() => Carried::Unresolved(arn.clone()),
            None => Carried::Nothing,
            Some(named) => {
                let found = match kind {
                    Kind::Instance | Kind::LaunchTemplate => profiles.role(&item.account, named).map(Some),
                    Kind::Task => task_roles.get(named).map(|role| role.map(str::to_owned)),
                    _ if named.starts_with("arn:") => Some(Some(named.to_owned())),
                    _ => roles.get(&(item.account.clone(), named.rsplit('/').next().unwrap_or(named).to_owned())).cloned().map(Some),
                };
                found.map_or_else(|| Carried::Unresolved(named.to_owned()), |role| role.map_or(Carried::Nothing, Carried::Role))
            }
        };
        estate.carriers.push(Carrier {
            kind: *kind,
            arn,
            account: item.account.clone(),
            role,
            tags: member(&item.configuration, "tags").map(tags),
        });
    }
}

/// A text below members, their names joined by dots.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    let mut value = value;
    for name in path.split('.') {
        value = member(value, name)?;
    }
    value.as_str().filter(|text| !text.is_empty())
}

/// Accounts, and what of each was delivered whole: AWS Config records its type there, or authorization details hold it.
fn accounts(evidence: &dyn Evidence, estate: &mut Estate) -> Result<(), StoreError> {
    for (id, kind) in recorded(evidence)? {
        let account = estate.accounts.entry(id).or_default();
        match kind.as_str() {
            ROLE => account.roles_complete = true,
            USER => account.users_complete = true,
            other => account.kinds_complete.extend(CARRIERS.iter().filter(|(kind, ..)| *kind == other).map(|(_, kind, _)| *kind)),
        }
    }
    Ok(())
}

fn organization(evidence: &dyn Evidence) -> Result<Option<Organization>, StoreError> {
    let frame = evidence.frame(ORGANIZATION)?;
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned()).map_err(|e| evidence.error(ORGANIZATION, e));
    let (ids, organizations) = (text(OrganizationAccountsRow::account_id)?, text(OrganizationAccountsRow::organization_id)?);
    let accounts: BTreeSet<String> = ids.iter().flatten().map(str::to_owned).collect();
    let id = organizations.iter().flatten().min().unwrap_or_default().to_owned();
    Ok((!accounts.is_empty()).then_some(Organization { id, accounts }))
}
