//! Sharing without a policy document: lists of accounts on images and snapshots, permissions added by a call, KMS grants.

use std::collections::BTreeSet;

use super::super::document::{Actions, Base, Condition, Document, Effect, Operator, Principal, Principals, Statement, Version};
use super::super::pattern::Pattern;
use super::access::{Access, grantable};
use super::audience::{Answer, Audience};
use super::term::Term;
use super::{Certainty, Exposure, Known, Origin, Reason, Resource};
use crate::base::account::is_account;
use crate::base::arn::Arn;

/// With whom an image, snapshot or document is shared: an entry of its list. `all` is everybody with an AWS account; else an
/// account id, or the ARN of an organisation or of a unit of one (images only). `None` if it is none of these.
///
/// The ARN of an organisation names its management account, so it is the client's own if that account is known to be the client's.
pub fn shared_with(entry: &str, owner: Option<&str>, known: &Known) -> Option<Audience> {
    let entry = entry.trim();
    if entry.eq_ignore_ascii_case("all") || entry == "*" {
        return Some(Audience::AnyAwsAccount);
    }
    if is_account(entry) {
        let resource = Resource { owner: owner.map(str::to_owned), ..Resource::default() };
        return Some(Audience::account(entry, &resource));
    }
    let Arn { service: "organizations", account: management, resource, .. } = Arn::parse(entry)? else { return None };
    let mut names = resource.split('/');
    let (Some("organization" | "ou" | "root"), Some(id)) = (names.next(), names.next()) else { return None };
    if known.organization.is_none() && known.accounts.contains(management) {
        return Some(Audience::OwnOrganization(id.to_owned()));
    }
    Some(Audience::organization(id, known))
}

/// Parameters of Lambda's `AddPermission`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LambdaPermission {
    /// `Principal`: `*`, an account id, an ARN or a service principal.
    pub principal: String,
    /// `Action`.
    pub action: String,
    /// `SourceArn`.
    pub source_arn: Option<String>,
    /// `SourceAccount`.
    pub source_account: Option<String>,
    /// `PrincipalOrgID`.
    pub principal_org_id: Option<String>,
    /// `FunctionUrlAuthType`.
    pub function_url_auth_type: Option<String>,
    /// `EventSourceToken`.
    pub event_source_token: Option<String>,
    /// `InvokedViaFunctionUrl`.
    pub invoked_via_function_url: Option<bool>,
}

fn condition(base: Base, key: &str, value: &str) -> Condition {
    Condition { operator: Operator { base, set: None, if_exists: false }, key: key.to_owned(), values: vec![value.to_owned()] }
}

fn principal(text: &str) -> Principal {
    let root = text.split(':').collect::<Vec<_>>();
    match root.as_slice() {
        ["*"] => Principal::Anyone,
        [id] if is_account(id) => Principal::Account((*id).to_owned()),
        ["arn", _, "iam", "", id, "root"] if is_account(id) => Principal::Account((*id).to_owned()),
        ["arn", ..] => Principal::Aws(text.to_owned()),
        _ if text.contains('.') => Principal::Service(text.to_owned()),
        _ => Principal::Aws(text.to_owned()),
    }
}

fn document(principals: Vec<Principal>, actions: &[String], conditions: Vec<Condition>) -> Document {
    let statement = Statement {
        position: 0,
        sid: None,
        effect: Effect::Allow,
        principals: Some(Principals::These(principals)),
        actions: Actions::These(actions.iter().map(|action| Pattern::action(action)).collect()),
        resources: None,
        conditions,
    };
    Document { version: Version::V2012, id: None, statements: vec![statement] }
}

/// The statement that Lambda writes for a permission (AWS Lambda API Reference, `AddPermission`).
pub fn lambda_permission(permission: &LambdaPermission) -> Document {
    let mut conditions = Vec::new();
    let mut add = |base, key, value: &Option<String>| {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            conditions.push(condition(base, key, value));
        }
    };
    add(Base::ArnLike, "aws:sourcearn", &permission.source_arn);
    add(Base::StringEquals, "aws:sourceaccount", &permission.source_account);
    add(Base::StringEquals, "aws:principalorgid", &permission.principal_org_id);
    add(Base::StringEquals, "lambda:functionurlauthtype", &permission.function_url_auth_type);
    add(Base::StringEquals, "lambda:eventsourcetoken", &permission.event_source_token);
    add(Base::Bool, "lambda:invokedviafunctionurl", &permission.invoked_via_function_url.map(|flag| flag.to_string()));
    document(vec![principal(&permission.principal)], std::slice::from_ref(&permission.action), conditions)
}

/// The statement that `AddPermission` of SQS and SNS writes: accounts, and actions by name without the service. The prefix is
/// the service's: `sqs` or `sns`.
pub fn accounts_permission(service: &str, accounts: &[String], actions: &[String]) -> Document {
    let actions: Vec<String> =
        actions.iter().map(|action| if action.contains(':') { action.clone() } else { format!("{service}:{action}") }).collect();
    document(accounts.iter().map(|account| principal(account)).collect(), &actions, Vec::new())
}

/// The statement that EventBridge's `PutPermission` writes: an account or `*`, with an organisation where one is given.
pub fn eventbus_permission(principal_text: &str, action: &str, organization: Option<&str>) -> Document {
    let conditions = organization.map(|id| condition(Base::StringEquals, "aws:principalorgid", id)).into_iter().collect();
    document(vec![principal(principal_text)], &[action.to_owned()], conditions)
}

/// One KMS grant as `list-grants` delivers it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyGrant {
    /// `GranteePrincipal`: an ARN, or a service principal.
    pub grantee: String,
    /// `Operations`, without the service: `Decrypt`.
    pub operations: Vec<String>,
    /// Whether `Constraints` limits the encryption context.
    pub constrained: bool,
}

/// Who may use a key by its grants. A Deny of the key policy does not appear here; the policy's exposures are apart.
pub fn kms_grant_exposures(grants: &[KeyGrant], owner: Option<&str>, known: &Known) -> Vec<Exposure> {
    let resource = Resource { service: "kms".into(), arn: None, owner: owner.map(str::to_owned), vpc_only: false };
    let all = grantable("kms");
    let mut rows = super::judge::Rows::default();
    for (at, grant) in grants.iter().enumerate() {
        let term = Term::of_principal(&principal(&grant.grantee));
        for operation in &grant.operations {
            let lower = format!("kms:{}", operation.to_ascii_lowercase());
            let found = all.iter().find(|action| action.lower == lower);
            for row in term.rows(&resource, known, true) {
                rows.add(Exposure {
                    access: found.map_or(Access::Other, |action| action.access),
                    audience: row.audience,
                    certainty: if grant.constrained { Certainty::Conditional } else { Certainty::Sure },
                    public: Answer::No,
                    actions: BTreeSet::from([found.map_or_else(|| format!("kms:{operation}"), |action| action.name.to_owned())]),
                    named: [grant.grantee.clone()].into(),
                    origins: [Origin::KeyGrant(at)].into(),
                    reasons: if grant.constrained { [Reason::Condition("kms:encryptioncontext".into())].into() } else { BTreeSet::new() },
                });
            }
        }
    }
    rows.list()
}
