//! Who acted: the principal, the session and the class of actor of a record.

use std::borrow::Cow;

use super::fields::{Fields, slot};

/// Who acted.
#[derive(Debug, PartialEq, Eq)]
pub struct Actor<'f> {
    /// ARN of the user or role where it is known, else the nearest to it.
    pub principal: Option<Cow<'f, str>>,
    /// Name of the session or user.
    pub session: Option<&'f str>,
    /// Class of actor (`audit-practice` order: service, service-linked role, root, tool, person, workload).
    pub class: &'static str,
}

/// What a user agent tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agent {
    /// A tool of infrastructure as code.
    pub is_tool: bool,
    /// The AWS console.
    pub is_console: bool,
}

impl Agent {
    /// Reads a user agent.
    pub fn of(agent: &str) -> Self {
        let lower = agent.to_ascii_lowercase();
        let tools = ["terraform", "cloudformation", "aws-cdk", "cdk-", "pulumi", "opentofu"];
        let consoles = ["console.amazonaws.com", "signin.amazonaws.com", "S3Console", "AWSConsole", "aws-console", "AWS-Console"];
        Self { is_tool: tools.iter().any(|m| lower.contains(m)), is_console: consoles.iter().any(|m| agent.contains(m)) }
    }
}

impl<'f> Actor<'f> {
    /// The actor of a record whose user agent tells `agent`.
    pub fn of(fields: &'f Fields<'_>, agent: Agent) -> Self {
        let kind = fields.get(slot::KIND).unwrap_or("");
        let arn = fields.get(slot::ARN);
        let invoked_by = fields.get(slot::INVOKED_BY);
        let user = fields.get(slot::USER_NAME);
        let principal_id = fields.get(slot::PRINCIPAL_ID);
        let account = fields.get(slot::ACCOUNT);
        let issuer_arn = fields.get(slot::ISSUER_ARN);
        let role_session = matches!(kind, "AssumedRole" | "Role");
        let session = if role_session {
            arn.and_then(|a| a.split('/').nth(2).filter(|_| a.contains(":assumed-role/")))
                .or_else(|| principal_id.and_then(|p| p.split_once(':')).map(|(_, s)| s))
        } else {
            user.or_else(|| arn.and_then(|a| a.rsplit(['/', ':']).next()))
        };
        let of_arn = if role_session { issuer_arn.map(Cow::Borrowed).or_else(|| arn.map(role_of_session)) } else { arn.map(Cow::Borrowed) };
        let principal = of_arn
            .or_else(|| user.map(|u| account.map_or(Cow::Borrowed(u), |account| Cow::Owned(format!("{u}@{account}")))))
            .or_else(|| invoked_by.or(principal_id).map(Cow::Borrowed))
            .or_else(|| account.map(|a| Cow::Owned(format!("account {a}"))))
            .or_else(|| (!kind.is_empty()).then_some(Cow::Borrowed(kind)));
        let role_name =
            fields.get(slot::ISSUER_NAME).or_else(|| arn.filter(|_| role_session).and_then(|a| a.split('/').nth(1))).unwrap_or("");
        let service_linked =
            role_name.starts_with("AWSServiceRoleFor") || issuer_arn.is_some_and(|a| a.contains(":role/aws-service-role/"));
        let person = session.is_some_and(|s| s.contains('@')) || role_name.starts_with("AWSReservedSSO_");
        let class = if kind == "AWSService" || (kind.is_empty() && invoked_by.is_some()) {
            "aws_service"
        } else if service_linked {
            "service_linked_role"
        } else if invoked_by.is_some_and(|i| i.ends_with(".amazonaws.com") || i == "AWS Internal") {
            // A service acting in the name of a principal: its own work, not the person's.
            "aws_service"
        } else if kind == "Root" {
            "root"
        } else if agent.is_tool {
            "iac"
        } else if matches!(kind, "IdentityCenterUser" | "SAMLUser" | "Directory" | "FederatedUser") || role_session && person {
            "human_federated"
        } else if kind == "IAMUser" {
            "human_iam_user"
        } else if role_session || kind == "WebIdentityUser" {
            "workload_role"
        } else if kind == "AWSAccount" {
            "external_account"
        } else {
            "unknown"
        };
        Self { principal, session, class }
    }
}

/// `arn:aws:sts::1:assumed-role/Name/Session` to `arn:aws:iam::1:role/Name`.
fn role_of_session(arn: &str) -> Cow<'_, str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    if let [a, partition, "sts", region, account, resource] = parts.as_slice()
        && let Some(name) = resource.strip_prefix("assumed-role/").and_then(|r| r.split('/').next())
    {
        return Cow::Owned(format!("{a}:{partition}:iam:{region}:{account}:role/{name}"));
    }
    Cow::Borrowed(arn)
}
