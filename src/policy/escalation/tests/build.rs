//! A builder of small estates, and short forms for what tests ask.

use std::collections::BTreeMap;

use super::super::super::estate::{Account, Carried, Carrier, Estate, Group, Kind, ManagedPolicy, NamedText, Principal, Subject};
use super::super::{Chains, Finding, Standing, assess};

pub const A: &str = "111122223333";
pub const B: &str = "444455556666";
pub const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
pub const MFA: &str = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;

/// All kinds that can be delivered.
pub const KINDS: &[Kind] = &[
    Kind::AppRunnerService,
    Kind::CodeInterpreter,
    Kind::Stack,
    Kind::StackSet,
    Kind::BuildProject,
    Kind::Instance,
    Kind::LaunchTemplate,
    Kind::Cluster,
    Kind::ContainerInstance,
    Kind::Task,
    Kind::TaskDefinition,
    Kind::DevEndpoint,
    Kind::GlueJob,
    Kind::Function,
    Kind::Notebook,
    Kind::StateMachine,
];

pub fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{A}:user/{name}")
}

pub fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{A}:role/{name}")
}

fn strings(list: &[&str]) -> String {
    serde_json::to_string(list).unwrap()
}

pub fn allow(actions: &[&str], resources: &[&str]) -> String {
    format!(r#"{{"Effect":"Allow","Action":{},"Resource":{}}}"#, strings(actions), strings(resources))
}

pub fn allow_if(actions: &[&str], resources: &[&str], condition: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{},"Resource":{},"Condition":{condition}}}"#, strings(actions), strings(resources))
}

pub fn deny(actions: &[&str], resources: &[&str]) -> String {
    format!(r#"{{"Effect":"Deny","Action":{},"Resource":{}}}"#, strings(actions), strings(resources))
}

pub fn document(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

/// A trust policy for these principals, such as `{"Service":"lambda.amazonaws.com"}`.
pub fn trust(principal: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#)
}

pub fn trust_service(service: &str) -> String {
    trust(&format!(r#"{{"Service":"{service}"}}"#))
}

pub fn trust_aws(arn: &str) -> String {
    trust(&format!(r#"{{"AWS":"{arn}"}}"#))
}

pub struct Build(pub Estate);

impl Build {
    /// Two accounts of which everything was delivered.
    pub fn new() -> Self {
        let account =
            Account { roles_complete: true, users_complete: true, kinds_complete: KINDS.iter().copied().collect(), ..Account::default() };
        let accounts = BTreeMap::from([(A.to_owned(), account.clone()), (B.to_owned(), account)]);
        Self(Estate { accounts, ..Estate::default() })
    }

    pub fn user(&mut self, name: &str, statements: &[String]) -> &mut Principal {
        self.principal(Subject::User, &user_arn(name), A, statements)
    }

    pub fn role(&mut self, name: &str, trust: &str, statements: &[String]) -> &mut Principal {
        let role = self.principal(Subject::Role, &role_arn(name), A, statements);
        role.trust = Some(trust.to_owned());
        role.instance_profile = Some(true);
        role
    }

    /// A role with AdministratorAccess.
    pub fn admin_role(&mut self, trust: &str) -> &mut Principal {
        let role = self.role("admin", trust, &[]);
        role.attached.push(ADMIN.to_owned());
        role
    }

    pub fn principal(&mut self, kind: Subject, arn: &str, account: &str, statements: &[String]) -> &mut Principal {
        let mut item = Principal::new(kind, arn, account);
        if !statements.is_empty() {
            item.inline.push(NamedText { name: "own".into(), text: Some(document(statements)) });
        }
        self.0.principals.push(item);
        self.0.principals.last_mut().unwrap()
    }

    pub fn group(&mut self, name: &str, statements: &[String], attached: &[&str]) -> &mut Self {
        let inline =
            if statements.is_empty() { Vec::new() } else { vec![NamedText { name: "group".into(), text: Some(document(statements)) }] };
        let arn = format!("arn:aws:iam::{A}:group/{name}");
        let attached = attached.iter().map(|arn| (*arn).to_owned()).collect();
        self.0.groups.push(Group { arn, account: A.into(), name: name.into(), inline, attached });
        self
    }

    /// A customer managed policy; the versions in order, the first in force.
    pub fn policy(&mut self, name: &str, versions: &[&[String]]) -> String {
        let arn = format!("arn:aws:iam::{A}:policy/{name}");
        let versions = versions.iter().enumerate().map(|(at, statements)| (format!("v{}", at + 1), document(statements))).collect();
        self.0.policies.push(ManagedPolicy { arn: arn.clone(), default_version: "v1".into(), versions });
        arn
    }

    pub fn carrier(&mut self, kind: Kind, arn: &str, role: &str) -> &mut Self {
        self.carries(kind, arn, Carried::Role(role.into()))
    }

    pub fn carries(&mut self, kind: Kind, arn: &str, role: Carried) -> &mut Self {
        self.0.carriers.push(Carrier { kind, arn: arn.into(), account: A.into(), role, tags: Some(BTreeMap::new()) });
        self
    }

    pub fn findings(&self) -> Vec<Finding> {
        assess(&mut self.0.clone())
    }

    pub fn standing(&self, arn: &str) -> Standing {
        self.findings().into_iter().find(|finding| finding.principal == arn).unwrap().standing
    }
}

/// Paths of the first steps.
pub fn first_paths(chains: &Chains) -> Vec<&'static str> {
    chains.kept.iter().map(|chain| chain.steps[0].path).collect()
}

pub fn escalates(standing: &Standing) -> &Chains {
    let Standing::Escalates(chains) = standing else { panic!("{standing:#?}") };
    chains
}

pub fn is_admin(standing: &Standing) -> bool {
    matches!(standing, Standing::Administrator { open, .. } if open.is_empty())
}
