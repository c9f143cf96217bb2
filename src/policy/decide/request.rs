//! What is asked, and the policies that bear on it.

use super::super::condition::Context;
use super::compiled::Compiled;
use super::principal::Who;
use super::reason::ResourceKind;

/// One policy with the name it is reported under.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// ARN or name; for an inline policy its holder and name.
    pub name: &'a str,
    /// The document; none where it was not delivered or could not be read.
    pub document: Option<&'a Compiled>,
}

/// The policy of the resource that is asked about.
#[derive(Debug, Clone, Copy, Default)]
pub enum ResourcePolicy<'a> {
    /// The question is about the principal's own policies: the resource's side counts as willing in the same account, and as unknown across accounts.
    #[default]
    Unasked,
    /// The resource has none.
    Nothing(ResourceKind),
    /// The resource has one, or may have one, that was not delivered.
    NotDelivered(ResourceKind),
    /// The resource's policy.
    Given(ResourceKind, Policy<'a>),
}

/// The control policies of one level: root, unit or account.
#[derive(Debug, Clone, Copy)]
pub struct Level<'a> {
    /// Id of the root, unit or account.
    pub id: &'a str,
    /// Attached policies; none where attachments are not known. Such a level, and one with a policy that was not read, counts as allowing; the Deny
    /// statements that were read still deny.
    pub policies: Option<&'a [Policy<'a>]>,
}

/// All policies that apply to a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// Inline and attached policies of the principal, and those of its groups.
    pub identity: &'a [Policy<'a>],
    /// Permissions boundary.
    pub boundary: Option<Policy<'a>>,
    /// Session policies; together they limit. Empty: the session has none.
    pub session: &'a [Policy<'a>],
    /// The resource's policy.
    pub resource: ResourcePolicy<'a>,
    /// Service control policies of the principal's account, from the root down. Empty: not delivered, or no organization.
    pub scps: &'a [Level<'a>],
    /// The principal's account is the management account: SCPs do not apply.
    pub manages: bool,
    /// Resource control policies of the resource's account. Empty: not delivered, no organization, or the management account.
    pub rcps: &'a [Level<'a>],
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub who: &'a Who,
    /// Action, `service:Name`, in any case.
    pub action: &'a str,
    /// ARN of the resource; `*` for actions that take none.
    pub resource: &'a str,
    /// Account of the resource; none if unknown, which counts as the principal's own.
    pub resource_account: Option<&'a str>,
    /// What is known of the request.
    pub context: &'a Context,
}
