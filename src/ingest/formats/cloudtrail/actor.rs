//! Who acted: the principal, the session and the class of actor of a record.

use std::borrow::Cow;

use super::declared::flag;
use super::fields::{Fields, slot};
use super::provider::Subject;
use crate::base::arn::Arn;

/// Who acted, as far as one record tells. What other records of the session tell is added when tables are read
/// ([`crate::facts::actors`]).
#[derive(Debug, PartialEq, Eq)]
pub struct Actor<'f> {
    /// ARN of the user or role where it is known, else the nearest to it.
    pub principal: Option<Cow<'f, str>>,
    /// Name of the session or user.
    pub session: Option<&'f str>,
    /// Class of actor.
    pub class: &'static str,
    /// How the class is known: authenticated, asserted or inferred.
    pub grade: Option<&'static str>,
    /// The user of IAM Identity Center for whom the call was made, as `user id@identity store`.
    pub on_behalf_of: Option<Cow<'f, str>>,
}

/// Name of the session of every task session of central root access, which has none of its own.
pub const TASK_SESSION: &str = "task session";

/// What a failed sign-in names where the account has no such user: what was typed may be a password.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Types of identity in whose name services act as they were asked to.
const OF_SESSIONS: [&str; 5] = ["IAMUser", "FederatedUser", "SAMLUser", "Directory", "WebIdentityUser"];

/// IAM or an identity provider says who it is.
const AUTHENTICATED: Option<&str> = Some("authenticated");
/// A name that whoever opened the session chose.
const ASSERTED: Option<&str> = Some("asserted");
/// Concluded from the way of acting.
const INFERRED: Option<&str> = Some("inferred");

/// What a user agent tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agent {
    /// A tool of infrastructure as code.
    pub is_tool: bool,
    /// The AWS console.
    pub is_console: bool,
}

/// What the console calls itself inside a longer user agent, in lower case. `aws-internal` is not among them: all of AWS's own
/// clients say it.
const CONSOLES: [&str; 3] = ["s3console", "awsconsole", "aws-console"];

impl Agent {
    /// Reads a user agent.
    pub fn of(agent: &str) -> Self {
        let lower = agent.to_ascii_lowercase();
        let tools = ["terraform", "cloudformation", "aws-cdk", "cdk-", "pulumi", "opentofu"];
        let mut words = lower.split(|c: char| c.is_whitespace() || "[](),;".contains(c));
        Self {
            is_tool: tools.iter().any(|m| lower.contains(m)),
            is_console: CONSOLES.iter().any(|m| lower.contains(m)) || words.any(is_console_host),
        }
    }
}

/// Whether a host is the console or its sign-in: `signin.amazonaws.com`, `console.amazonaws.com`, and the form with a service
/// (`console.ec2.amazonaws.com`) or with a Region before it.
pub fn is_console_host(host: &str) -> bool {
    let Some(name) = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn")) else { return false };
    name.split('.').any(|label| matches!(label, "console" | "signin"))
}

impl<'f> Actor<'f> {
    /// The actor of a record; `in_console` says whether it was made in the console.
    pub fn of(fields: &'f Fields<'_>, in_console: bool) -> Self {
        let kind = fields.get(slot::KIND).unwrap_or("");
        let arn = fields.get(slot::ARN);
        // In the console it is the person who calls, whatever the record names as the way.
        let invoked_by = fields.get(slot::INVOKED_BY).filter(|by| !is_console_host(by));
        let principal_id = fields.get(slot::PRINCIPAL_ID);
        let account = fields.get(slot::ACCOUNT);
        let issuer_arn = fields.get(slot::ISSUER_ARN);
        let on_behalf_of = fields.get(slot::ON_BEHALF_USER).map(|user| {
            let store = fields.get(slot::ON_BEHALF_STORE).and_then(|arn| arn.rsplit('/').next());
            store.map_or(Cow::Borrowed(user), |store| Cow::Owned(format!("{user}@{store}")))
        });
        // Sign-ins to IAM Identity Center name their user beside the identity.
        let center = kind == "IdentityCenterUser" || kind == "Unknown" && on_behalf_of.is_some();
        let named = fields.get(slot::USER_NAME).filter(|name| *name != HIDDEN);
        let user = named.or_else(|| fields.get(slot::EVENT_USER).filter(|_| center));
        let role_session = matches!(kind, "AssumedRole" | "Role");
        let is = |at: usize| fields.get(at).and_then(flag) == Some(true);
        let session = if kind == "Root" && is(slot::ASSUMED_ROOT) {
            // Whoever opened it, it is not whoever holds root's credentials.
            Some(TASK_SESSION)
        } else if role_session {
            arn.and_then(|a| a.split('/').nth(2).filter(|_| a.contains(":assumed-role/")))
                .or_else(|| principal_id.and_then(|p| p.split_once(':')).map(|(_, s)| s))
        } else {
            user.or_else(|| arn.and_then(|a| a.rsplit(['/', ':']).next())).or_else(|| fields.get(slot::ON_BEHALF_USER))
        };
        let of_arn = if role_session { issuer_arn.map(Cow::Borrowed).or_else(|| arn.map(role_of_session)) } else { arn.map(Cow::Borrowed) };
        let principal = of_arn
            .or_else(|| on_behalf_of.clone().filter(|_| !role_session))
            .or_else(|| user.map(|u| account.map_or(Cow::Borrowed(u), |account| Cow::Owned(format!("{u}@{account}")))))
            .or_else(|| invoked_by.or(principal_id).map(Cow::Borrowed))
            .or_else(|| account.map(|a| Cow::Owned(format!("account {a}"))))
            .or_else(|| (!kind.is_empty()).then_some(Cow::Borrowed(kind)));
        let role_name =
            fields.get(slot::ISSUER_NAME).or_else(|| arn.filter(|_| role_session).and_then(|a| a.split('/').nth(1))).unwrap_or("");
        let service_linked =
            role_name.starts_with("AWSServiceRoleFor") || issuer_arn.is_some_and(|a| a.contains(":role/aws-service-role/"));
        let (class, grade) = if kind == "AWSService" || (kind.is_empty() && invoked_by.is_some()) {
            ("aws_service", AUTHENTICATED)
        } else if service_linked {
            ("service_linked_role", AUTHENTICATED)
        } else if !(center || role_session || OF_SESSIONS.contains(&kind)) && invoked_by.is_some_and(is_service) {
            // Services act in root's name by themselves, as when Trusted Advisor refreshes its checks.
            ("aws_service", AUTHENTICATED)
        } else if kind == "Root" {
            (if is(slot::ASSUMED_ROOT) { "root_session" } else { "root" }, AUTHENTICATED)
        } else if center || kind == "SAMLUser" || kind == "Directory" {
            ("human_federated", AUTHENTICATED)
        } else if kind == "FederatedUser" {
            // Whoever holds the user's keys names the session.
            ("human_federated", ASSERTED)
        } else if role_session {
            match session_class(fields, role_name, session, in_console) {
                // A service that a role was given to acts with its sessions; so it does for programs and, where other records
                // show one behind the session, for people.
                ("workload_role" | "unknown", _) if invoked_by.is_some_and(is_service) => ("aws_service", AUTHENTICATED),
                // A service passes on what a person asked of it, with the person's session.
                class => class,
            }
        } else if kind == "IAMUser" && named.is_none() && arn.is_none() {
            ("unknown", None)
        } else if kind == "IAMUser" {
            // Access keys serve people and programs alike.
            if in_console || is(slot::MFA) { ("human_iam_user", AUTHENTICATED) } else { ("iam_user", AUTHENTICATED) }
        } else if kind == "WebIdentityUser" {
            of_provider(fields.get(slot::PROVIDER), named)
        } else if kind == "AWSAccount" {
            ("external_account", AUTHENTICATED)
        } else {
            ("unknown", None)
        };
        Self { principal, session, class, grade, on_behalf_of }
    }
}

/// Who holds the session of a role.
fn session_class(fields: &Fields<'_>, role: &str, session: Option<&str>, in_console: bool) -> (&'static str, Option<&'static str>) {
    let is = |at: usize| fields.get(at).and_then(flag) == Some(true);
    if role.starts_with("AWSReservedSSO_") || fields.get(slot::ON_BEHALF_USER).is_some() {
        // IAM Identity Center names the session after its user.
        ("human_federated", AUTHENTICATED)
    } else if fields.get(slot::ROLE_DELIVERY).is_some() {
        ("workload_role", AUTHENTICATED)
    } else if fields.get(slot::SOURCE_IDENTITY).is_some() || session.is_some_and(|name| name.contains('@')) {
        ("human_federated", ASSERTED)
    } else if in_console || is(slot::MFA) {
        // Programs hold no second factor and open no console.
        ("human_federated", INFERRED)
    } else if let Some(provider) = fields.get(slot::WEB_PROVIDER) {
        // The session's name is chosen by whoever holds the token.
        match (of_provider(Some(provider), None), session) {
            // Amazon Cognito names all sessions so, guests' too.
            (("human_federated", _), Some("CognitoIdentityCredentials")) => ("unknown", None),
            (("human_federated", _), _) => ("human_federated", ASSERTED),
            (other, _) => other,
        }
    } else {
        ("workload_role", INFERRED)
    }
}

/// Whom a provider of web identities speaks for.
fn of_provider(provider: Option<&str>, name: Option<&str>) -> (&'static str, Option<&'static str>) {
    match Subject::of(provider.unwrap_or_default(), name.unwrap_or_default()) {
        Subject::Person => ("human_federated", AUTHENTICATED),
        Subject::Program => ("workload_role", AUTHENTICATED),
        Subject::Unknown => ("unknown", None),
    }
}

/// Whether `invokedBy` names a service.
fn is_service(by: &str) -> bool {
    by.ends_with(".amazonaws.com") || by.ends_with(".amazonaws.com.cn") || by == "AWS Internal"
}

/// `arn:aws:sts::1:assumed-role/Name/Session` to `arn:aws:iam::1:role/Name`.
fn role_of_session(arn: &str) -> Cow<'_, str> {
    if let Some(Arn { partition, service: "sts", region, account, resource }) = Arn::parse(arn)
        && let Some(name) = resource.strip_prefix("assumed-role/").and_then(|r| r.split('/').next())
    {
        return Cow::Owned(format!("arn:{partition}:iam:{region}:{account}:role/{name}"));
    }
    Cow::Borrowed(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_known_by_what_it_calls_itself() {
        for agent in [
            "signin.amazonaws.com",
            "console.amazonaws.com",
            "console.ec2.amazonaws.com",
            "console.amazonaws.com.cn",
            "eu-west-1.signin.amazonaws.com",
            "S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.666",
            "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11]",
            "[console.rds.amazonaws.com]",
            "AWSConsole, aws-internal/3",
            "AWS-Console-Mobile-App",
        ] {
            assert!(Agent::of(agent).is_console, "{agent}");
        }
        for agent in [
            "ec2.amazonaws.com",
            "cloudformation.amazonaws.com",
            "AWS Internal",
            "aws-internal/3 aws-sdk-java/1.12.1",
            "consoleapp.amazonaws.com",
            "console.ec2.amazonaws.com.example.org",
            "aws-cli/2.15.0",
        ] {
            assert!(!Agent::of(agent).is_console, "{agent}");
        }
    }
}
