//! Who asks, whom a statement names, and what is known of the request from that alone.

use super::super::condition::{Context, Value};
use super::super::document::{Effect, Principal, Principals};
use crate::base::arn::Arn;
use crate::base::arn::account_piece;

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// IAM user: its ARN.
    User {
        /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
        arn: String,
        /// Unique id (`AIDA…`), which a policy shows once the user is deleted and made anew.
        id: Option<String>,
    },
    /// IAM role, in a session whose name is not known.
    Role {
        /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
        arn: String,
        /// Unique id (`AROA…`).
        id: Option<String>,
    },
    /// One session of a role.
    Session {
        /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
        arn: String,
        /// The role's ARN, with its path.
        role: Option<String>,
    },
    /// Session of `GetFederationToken`.
    FederatedUser {
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
        arn: String,
        /// The IAM user whose keys made it.
        user: Option<String>,
    },
    /// Root user of an account.
    Root {
        /// Account, 12 digits.
        account: String,
    },
    /// Service principal, `lambda.amazonaws.com`.
    Service {
        /// Its name.
        name: String,
    },
    /// Somebody whom an identity provider vouches for, who assumes a role.
    Federated {
        /// The provider: ARN or domain name.
        provider: String,
    },
    /// Nobody: a request without credentials.
    Anonymous,
}

/// How a statement names a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// Not at all.
    Not,
    /// By its account, which leaves it to the account's identity policies.
    Account,
    /// By the ARN of the role behind the session: boundary and session policy still limit.
    Role,
    /// Itself, or anyone.
    Itself,
    /// By a session of the role; the session of this request is not known.
    OneSession,
    /// Not decided by the documentation (`NotPrincipal` in a Deny that names the principal or its account but not both).
    Unsure,
}

impl Who {
    /// Account of the principal.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::User { arn, .. } | Self::Role { arn, .. } | Self::Session { arn, .. } | Self::FederatedUser { arn, .. } => {
                account_piece(arn).filter(|account| !account.is_empty())
            }
            Self::Root { account } => Some(account),
            Self::Service { .. } | Self::Federated { .. } | Self::Anonymous => None,
        }
    }

    /// Whether it is the root user.
    pub fn is_root(&self) -> bool {
        matches!(self, Self::Root { .. })
    }

    /// Whether it is a service principal.
    pub fn is_service(&self) -> bool {
        matches!(self, Self::Service { .. })
    }

    /// Whether it is a service-linked role: its path is reserved.
    pub fn is_service_linked(&self) -> bool {
        let role = match self {
            Self::Role { arn, .. } => Some(arn.as_str()),
            Self::Session { role, .. } => role.as_deref(),
            _ => None,
        };
        role.is_some_and(|arn| arn.contains(":role/aws-service-role/"))
    }

    /// How one principal of a statement names this one.
    fn named_by(&self, principal: &Principal) -> Named {
        let itself = |yes: bool| if yes { Named::Itself } else { Named::Not };
        match principal {
            Principal::Anyone => Named::Itself,
            Principal::Account(account) => match self {
                Self::Root { account: own } => itself(own == account),
                _ if self.account() == Some(account) => Named::Account,
                _ => Named::Not,
            },
            Principal::Service(service) => match self {
                Self::Service { name } => itself(name.eq_ignore_ascii_case(service)),
                _ => Named::Not,
            },
            Principal::Federated(given) => match self {
                Self::Federated { provider } => itself(provider == given),
                _ => Named::Not,
            },
            Principal::Canonical(_) => Named::Not,
            Principal::Aws(given) => self.named_by_arn(given),
        }
    }

    fn named_by_arn(&self, given: &str) -> Named {
        match self {
            Self::User { arn, id } if given == arn || Some(given) == id.as_deref() => Named::Itself,
            Self::Role { arn, id } if given == arn || Some(given) == id.as_deref() => Named::Role,
            Self::Role { arn, .. } if is_session_of(given, arn) => Named::OneSession,
            Self::Session { arn, .. } | Self::FederatedUser { arn, .. } if given == arn => Named::Itself,
            Self::Session { role: Some(role), .. } if given == role => Named::Role,
            // The session's ARN has the role's name but not its path.
            Self::Session { arn, role: None } if is_session_of(arn, given) => Named::Role,
            Self::FederatedUser { user: Some(user), .. } if given == user => Named::Role,
            _ => Named::Not,
        }
    }

    /// How a statement's principals name this one. `bounded`: it has a permissions boundary.
    pub(super) fn named(&self, principals: Option<&Principals>, effect: Effect, bounded: bool) -> Named {
        match principals {
            // A resource policy's statement without principals applies to nobody.
            None => Named::Not,
            Some(Principals::These(list)) => strongest(list.iter().map(|principal| self.named_by(principal))),
            Some(Principals::AllBut(list)) => {
                let names: Vec<Named> = list.iter().map(|principal| self.named_by(principal)).collect();
                match effect {
                    Effect::Allow => match strongest(names) {
                        Named::Not => Named::Itself,
                        Named::OneSession => Named::OneSession,
                        _ => Named::Not,
                    },
                    Effect::Deny if bounded => Named::Itself,
                    Effect::Deny => self.left_out(&names, list.contains(&Principal::Anyone)),
                }
            }
        }
    }

    /// `NotPrincipal` in a Deny leaves out those who are listed with their account (IAM User Guide, "AWS JSON policy elements: NotPrincipal"). Listed
    /// without the account, a session whose role alone is listed, or the account alone: what AWS does is not documented for every service.
    fn left_out(&self, names: &[Named], anyone: bool) -> Named {
        let has = |named: Named| names.contains(&named);
        match self {
            _ if anyone => Named::Not,
            Self::Root { .. } | Self::Service { .. } | Self::Federated { .. } if has(Named::Itself) => Named::Not,
            Self::User { .. } if has(Named::Itself) && has(Named::Account) => Named::Not,
            Self::Session { .. } | Self::FederatedUser { .. } if has(Named::Itself) && has(Named::Role) && has(Named::Account) => {
                Named::Not
            }
            _ if has(Named::Itself) || has(Named::Role) || has(Named::OneSession) || has(Named::Account) => Named::Unsure,
            _ => Named::Itself,
        }
    }
}

/// The best of several: a sure name before one that depends on the session.
fn strongest(names: impl IntoIterator<Item = Named>) -> Named {
    let rank = |named: &Named| match named {
        Named::Not => 0,
        Named::OneSession => 1,
        Named::Unsure => 2,
        Named::Account => 3,
        Named::Role => 4,
        Named::Itself => 5,
    };
    names.into_iter().max_by_key(rank).unwrap_or(Named::Not)
}

/// Whether an assumed-role ARN is a session of a role, by account and by name.
fn is_session_of(session: &str, role: &str) -> bool {
    let (Some(session), Some(role)) = (Arn::parse(session), Arn::parse(role)) else { return false };
    if (session.service, role.service) != ("sts", "iam") {
        return false;
    }
    let name = session.resource.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next());
    let own = role.resource.strip_prefix("role/").and_then(|rest| rest.rsplit('/').next());
    session.partition == role.partition && session.account == role.account && name.is_some() && name == own
}

/// What is known of a request from who asks, the action and the resource's account. The caller adds tags, organization and network.
///
/// Source: IAM User Guide, "AWS global condition context keys", and the table of principal keys in "IAM policy elements: Variables and tags".
pub fn context(who: &Who, action: &str, resource_account: Option<&str>) -> Context {
    let service = action.split(':').next().unwrap_or_default();
    let mut context = Context::new(service, matches!(who, Who::Anonymous));
    if let Some(account) = resource_account {
        context.set_text("aws:ResourceAccount", account);
    }
    let name = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    let (arn, kind) = match who {
        Who::User { arn, .. } => (Some(arn.clone()), Some("User")),
        Who::Role { arn, .. } => (Some(arn.clone()), Some("AssumedRole")),
        Who::Session { role, .. } => (role.clone(), Some("AssumedRole")),
        Who::FederatedUser { arn, .. } => (Some(arn.clone()), Some("FederatedUser")),
        Who::Root { account } => (Some(format!("arn:aws:iam::{account}:root")), Some("Account")),
        Who::Service { .. } | Who::Federated { .. } | Who::Anonymous => (None, None),
    };
    if let Some(arn) = arn {
        context.set_text("aws:PrincipalArn", &arn);
    }
    if let Some(kind) = kind {
        context.set_text("aws:PrincipalType", kind);
        context.set_text("aws:PrincipalIsAWSService", "false");
        // These come with calls of services only.
        for key in ["Arn", "Account", "OrgID", "OrgPaths", "Owner"] {
            context.set(&format!("aws:Source{key}"), Value::Absent);
        }
        for key in ["aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"] {
            context.set(key, Value::Absent);
        }
    }
    if let Some(account) = who.account() {
        context.set_text("aws:PrincipalAccount", account);
    }
    match who {
        Who::User { arn, id } => {
            context.set_text("aws:username", &name(arn));
            if let Some(id) = id {
                context.set_text("aws:userid", id);
            }
        }
        Who::Root { account } => {
            context.set("aws:username", Value::Absent);
            context.set_text("aws:userid", account);
        }
        Who::Service { .. } => {
            context.set_text("aws:PrincipalIsAWSService", "true");
            for key in ["aws:username", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"] {
                context.set(key, Value::Absent);
            }
        }
        Who::Anonymous => {
            for key in ["aws:username", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalServiceName", "aws:TokenIssueTime"] {
                context.set(key, Value::Absent);
            }
            context.close("aws:principaltag/");
            // Requests without credentials have these two; whether they have an `aws:userid`, AWS's pages disagree.
            context.set_text("aws:PrincipalAccount", "anonymous");
            context.set_text("aws:PrincipalType", "Anonymous");
            context.set("aws:userid", Value::Unknown { always: false });
        }
        Who::Role { .. } | Who::Session { .. } | Who::FederatedUser { .. } => context.set("aws:username", Value::Absent),
        Who::Federated { .. } => {}
    }
    context
}
