//! Table `policy_powers`: what single policy documents of identities grant by themselves, apart from who holds them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::evidence::{Evidence, Which};
use super::items::Item;
use super::members::{list, member, text};
use crate::base::steps;
use crate::ingest::batch::Batch;
use crate::policy::condition::Value;
use crate::policy::decide::{self, Compiled, Decision, Outcome, Over, Policies, Policy, Reason, Request, ResourcePolicy, Who};
use crate::policy::document::{self, Actions, Document, Effect, Problem, Resources};
use crate::policy::pattern::Pattern;
use crate::schema::Schema;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::PolicyPowersRow;
use crate::store::StoreError;

/// The table.
pub const POWERS: &str = PolicyPowersRow::TABLE.name;

const TYPES: [&str; 4] = ["AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User"];

/// Whoever may do these on every resource of the account widens any right at will.
const OVER_IAM: [&str; 5] =
    ["iam:AttachUserPolicy", "iam:CreateAccessKey", "iam:CreatePolicyVersion", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"];
/// One action each of services that have little to do with one another, and a pattern of their resources. A policy that
/// leaves out two of them at most grants everything but a little.
const OF_OTHERS: [(&str, &str); 6] = [
    ("ec2:TerminateInstances", "arn:{}:ec2:*:{account}:instance/*"),
    ("kms:ScheduleKeyDeletion", "arn:{}:kms:*:{account}:key/*"),
    ("lambda:UpdateFunctionCode", "arn:{}:lambda:*:{account}:function:*"),
    ("rds:DeleteDBInstance", "arn:{}:rds:*:{account}:db:*"),
    ("s3:DeleteObject", "arn:{}:s3:::*"),
    ("sqs:DeleteQueue", "arn:{}:sqs:*:{account}:*"),
];
const LEFT_OUT: usize = 2;

/// A service that no role trusts: a condition that lets it be passed to limits nothing.
const NO_SERVICE: &str = "any.amazonaws.com";

/// Stands for an account that is not stated.
const NO_ACCOUNT: &str = "111122223333";

/// The table.
///
/// # Errors
/// When items cannot be read.
pub fn compute(which: Which, schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    let Some(table) = schema.table(POWERS) else { return Ok(Vec::new()) };
    let mut out = Batch::new(table);
    // Many hold the same documents: each is judged once for its account.
    let mut judged: BTreeMap<Held<'_>, Result<Vec<Power>, Problem>> = BTreeMap::new();
    let items = Item::versions(which, evidence, &TYPES)?;
    for item in &items {
        steps::count(1);
        let Some(documents) = documents(item) else {
            push(item, "", &Power { power: "not_known", open: "its policies were not supplied".to_owned(), ..Power::default() }, &mut out);
            continue;
        };
        for (name, body) in documents {
            let text = match body {
                Some(Json::String(text)) => Cow::Borrowed(text.as_str()),
                Some(other) => Cow::Owned(other.to_string()),
                None => {
                    let open = format!("the text of policy {name} was not supplied");
                    push(item, &name, &Power { power: "not_known", open, ..Power::default() }, &mut out);
                    continue;
                }
            };
            let place = (account(item), partition(item), text);
            let found = judged.entry(place).or_insert_with_key(|(account, partition, text)| {
                document::parse(text).map(|document| powers(account, partition, &document))
            });
            match found {
                Ok(powers) => powers.iter().for_each(|power| push(item, &name, power, &mut out)),
                Err(problem) => {
                    let open = format!("policy {name} cannot be read: {problem}");
                    push(item, &name, &Power { power: "not_known", open, ..Power::default() }, &mut out);
                }
            }
        }
    }
    Ok(vec![out])
}

/// The documents of an item by name, of a managed policy the one in force; `None` where they were not delivered.
pub(super) fn documents(item: &Item) -> Option<Vec<(String, Option<&Json>)>> {
    let configuration = &item.configuration;
    let inline = |list_name: &str| {
        let policies = member(configuration, list_name)?;
        let named = |policy| (text(policy, "policyName").unwrap_or_default().to_owned(), member(policy, "policyDocument"));
        Some(list(Some(policies)).iter().map(named).collect())
    };
    match item.kind.as_str() {
        "AWS::IAM::Group" => inline("groupPolicyList"),
        "AWS::IAM::Role" => inline("rolePolicyList"),
        "AWS::IAM::User" => inline("userPolicyList"),
        _ => {
            let versions = list(member(configuration, "policyVersionList"));
            let default = text(configuration, "defaultVersionId");
            let in_force = versions
                .iter()
                .find(|version| member(version, "isDefaultVersion").and_then(Json::as_bool) == Some(true))
                .or_else(|| versions.iter().find(|version| default.is_some() && text(version, "versionId") == default))
                .or(if let [only] = versions { Some(only) } else { None })?;
            Some(vec![(item.name.clone(), member(in_force, "document"))])
        }
    }
}

/// Account, partition and text of a document.
type Held<'a> = (&'a str, &'a str, Cow<'a, str>);

/// One power of a document.
#[derive(Default)]
struct Power {
    power: &'static str,
    certainty: &'static str,
    detail: String,
    statements: BTreeSet<usize>,
    open: String,
}

/// A document as the only policy of somebody of the account.
pub(super) struct Alone<'d> {
    compiled: &'d Compiled,
    who: Who,
    account: String,
    pub(super) partition: String,
}

impl<'d> Alone<'d> {
    /// The caller by kind and name (`role/app`); `who` makes a principal of its ARN.
    pub(super) fn new(
        compiled: &'d Compiled,
        partition: &str,
        account: Option<&str>,
        caller: &str,
        who: impl FnOnce(String) -> Who,
    ) -> Self {
        let account = account.unwrap_or(NO_ACCOUNT).to_owned();
        let who = who(format!("arn:{partition}:iam::{account}:{caller}"));
        Self { compiled, who, account, partition: partition.to_owned() }
    }

    /// What is decided of an action over a scope, with values of the request beside those that the caller has.
    pub(super) fn ask(&self, action: &str, scope: &str, values: &[(&str, Value)]) -> Over {
        let mut context = decide::context(&self.who, action, Some(&self.account));
        for (key, value) in values {
            context.set(key, value.clone());
        }
        let scope = scope.replace("{}", &self.partition).replace("{account}", &self.account);
        let request = Request { who: &self.who, action, resource: &scope, resource_account: Some(&self.account), context: &context };
        let policy = [Policy { name: "", document: Some(self.compiled) }];
        let policies = Policies { identity: &policy, resource: ResourcePolicy::Unasked, ..Policies::default() };
        decide::decide_over(&request, &[Pattern::resource(&scope, false)], &policies)
    }
}

fn over_iam(alone: &Alone<'_>) -> Option<Power> {
    let outcomes: Vec<Outcome> = OVER_IAM.iter().map(|action| alone.ask(action, "arn:{}:iam::{account}:*", &[]).all).collect();
    all_of("everything", &outcomes)
}

/// Account of an item, or one that stands for it.
fn account(item: &Item) -> &str {
    if item.account.is_empty() { NO_ACCOUNT } else { &item.account }
}

fn partition(item: &Item) -> &str {
    item.arn.split(':').nth(1).filter(|partition| !partition.is_empty()).unwrap_or("aws")
}

fn powers(account: &str, partition: &str, document: &Document) -> Vec<Power> {
    let compiled = Compiled::new(document, OVER_IAM.into_iter().chain(["iam:PassRole", "kms:Decrypt", "kms:ReEncryptFrom"]));
    let alone = Alone::new(&compiled, partition, Some(account), "role/holder", |arn| Who::Role { arn, id: None });
    let found =
        [everything(&alone), full_services(document, &alone), pass_any_role(&alone), decrypt_any_key(document, &alone), inverted(document)];
    found.into_iter().flatten().collect()
}

/// A power by the decisions that make it, all of which must allow; `None` when one refuses.
fn all_of(power: &'static str, outcomes: &[Outcome]) -> Option<Power> {
    if outcomes.iter().any(|outcome| outcome.decision.is_refused()) {
        return None;
    }
    let mut open = BTreeSet::new();
    for outcome in outcomes {
        if let Decision::Conditional(reasons) | Decision::Unknown(reasons) = &outcome.decision {
            open.extend(reasons.iter().map(reason));
        }
    }
    let certainty = if open.is_empty() { "sure" } else { "conditional" };
    let statements = outcomes.iter().flat_map(|outcome| &outcome.used).map(|used| used.position + 1).collect();
    Some(Power { power, certainty, statements, open: open.into_iter().collect::<Vec<_>>().join(", "), ..Power::default() })
}

/// What a decision depends on, in words.
pub(super) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Condition(_, undecided) => format!("a condition on {}", undecided.key),
        Reason::Variable(_, key) => format!("the value of {key}"),
        Reason::SessionName(_) => "the name of a session".to_owned(),
        Reason::NotPrincipal(_) => "whom a Deny with NotPrincipal leaves out".to_owned(),
        Reason::Part(_) | Reason::Unproven => "which resources are meant".to_owned(),
        Reason::NotRead(_, name) => format!("the text of {name}"),
        Reason::OtherSide => "the policy of the resource".to_owned(),
    }
}

/// Everything, or everything but a little.
fn everything(alone: &Alone<'_>) -> Option<Power> {
    let power = over_iam(alone)?;
    let others = OF_OTHERS.iter().map(|(action, scope)| alone.ask(action, scope, &[]).all.decision);
    let refused = others.filter(Decision::is_refused).count();
    (refused <= LEFT_OUT).then_some(power)
}

/// Whether a statement holds for every resource.
fn is_for_all(resources: Option<&Resources>, alone: &Alone<'_>) -> bool {
    let arns = Pattern::new(&format!("arn:{}:*", alone.partition));
    match resources {
        Some(Resources::These(patterns)) => patterns.iter().any(|pattern| pattern.is_everything() || pattern.covers(&arns)),
        Some(Resources::AllBut(_)) | None => false,
    }
}

/// All actions of a service, by one pattern, on every resource.
fn full_services(document: &Document, alone: &Alone<'_>) -> Option<Power> {
    let mut services = BTreeSet::new();
    let mut statements = BTreeSet::new();
    for statement in document.statements.iter().filter(|s| s.effect == Effect::Allow && is_for_all(s.resources.as_ref(), alone)) {
        let Actions::These(patterns) = &statement.actions else { continue };
        for pattern in patterns {
            let Some((service, name)) = pattern.text().split_once(':') else { continue };
            let is_named = !service.is_empty() && !service.contains(['*', '?']);
            if is_named && Pattern::new(name).is_everything() {
                services.insert(service.to_owned());
                statements.insert(statement.position + 1);
            }
        }
    }
    let detail = services.into_iter().collect::<Vec<_>>().join(", ");
    (!detail.is_empty()).then(|| Power { power: "full_service", certainty: "sure", detail, statements, ..Power::default() })
}

/// `iam:PassRole` on every role of the account, to any service.
fn pass_any_role(alone: &Alone<'_>) -> Option<Power> {
    let ask = |service: Value| alone.ask("iam:PassRole", "arn:{}:iam::{account}:role/*", &[("iam:PassedToService", service)]).all;
    let answers = [ask(Value::Present(vec![NO_SERVICE.to_owned()])), ask(Value::Absent)];
    let powers = answers.iter().filter_map(|answer| all_of("pass_any_role", std::slice::from_ref(answer)));
    powers.max_by_key(|power| power.certainty == "sure")
}

/// Decryption with every key of the account, of all Regions or of one.
fn decrypt_any_key(document: &Document, alone: &Alone<'_>) -> Option<Power> {
    let mut regions = BTreeSet::from(["*".to_owned()]);
    for statement in &document.statements {
        if let Some(Resources::These(patterns)) = &statement.resources {
            let of_arn = |pattern: &Pattern| Some(pattern.text().split(':').nth(3)?.to_owned()).filter(|region| !region.is_empty());
            regions.extend(patterns.iter().filter_map(of_arn));
        }
    }
    let ask = |action: &str, region: &str| alone.ask(action, &format!("arn:{{}}:kms:{region}:{{account}}:key/*"), &[]).all;
    let answers = regions.iter().flat_map(|region| [ask("kms:Decrypt", region), ask("kms:ReEncryptFrom", region)]);
    let powers: Vec<Power> = answers.filter_map(|answer| all_of("decrypt_any_key", &[answer])).collect();
    powers.into_iter().max_by_key(|power| power.certainty == "sure")
}

/// Allow with NotAction or NotResource.
fn inverted(document: &Document) -> Option<Power> {
    let is_inverted = |s: &&document::Statement| {
        s.effect == Effect::Allow && (matches!(s.actions, Actions::AllBut(_)) || matches!(s.resources, Some(Resources::AllBut(_))))
    };
    let statements: BTreeSet<usize> = document.statements.iter().filter(is_inverted).map(|s| s.position + 1).collect();
    (!statements.is_empty()).then(|| Power { power: "inverted", certainty: "sure", statements, ..Power::default() })
}

fn push(item: &Item, policy: &str, power: &Power, out: &mut Batch) {
    let statements = power.statements.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let kind = if item.kind == "AWS::IAM::Policy" { "managed" } else { "inline" };
    out.push(
        item.record,
        &PolicyPowersRow {
            item_id: Some(&item.item_id),
            account_id: Some(&item.account),
            region: Some(&item.region),
            resource_type: Some(&item.kind),
            resource_id: Some(&item.id),
            resource_name: Some(&item.name),
            arn: filled(&item.arn),
            policy_kind: Some(kind),
            policy_name: filled(policy),
            power: Some(power.power),
            certainty: filled(power.certainty),
            detail: filled(&power.detail),
            statements: filled(&statements),
            open_question: filled(&power.open),
            valid_from: item.span.from,
            valid_to: item.span.to,
            source_file_id: Some(&item.file),
            source_record: Some(i64::try_from(item.record).unwrap_or(i64::MAX)),
        },
    );
}
