//! Audiences: who may call, as far as a policy says.

use super::super::network::Breadth;
use super::{Known, Resource};

/// A three-valued answer. Ordered for a maximum that keeps the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// No.
    No,
    /// Not known.
    Unknown,
    /// Yes.
    Yes,
}

impl Answer {
    /// Yes or no.
    pub fn of(yes: bool) -> Answer {
        if yes { Answer::Yes } else { Answer::No }
    }

    /// Short code: `yes`, `no` or `unknown`.
    pub fn code(self) -> &'static str {
        match self {
            Answer::No => "no",
            Answer::Unknown => "unknown",
            Answer::Yes => "yes",
        }
    }
}

/// Where a call must come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// A VPC endpoint, `vpce-…`.
    Endpoint(String),
    /// A VPC, `vpc-…`; any VPC that can reach the resource where the id is empty.
    Vpc(String),
    /// A mount target of the file system, hence its VPC.
    MountTarget,
    /// An EFS access point, by ARN.
    AccessPoint(String),
    /// Addresses, none of them public or no more than a /8 (IPv6: a /32), or more.
    Addresses(Breadth),
}

/// What ties a service principal to somebody's resources. Without it anybody can make the service call (the confused deputy).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pin {
    /// Nothing.
    Nothing,
    /// A resource whose owner is not fixed: a bucket's ARN names no account, and a deleted bucket's name can be taken by others.
    Resource(String),
    /// A token that the caller must present.
    Token,
    /// An organisation, `o-…`.
    Organization(String),
    /// An account, 12 digits.
    Account(String),
}

/// Whose users an identity provider lets in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tenant {
    /// Anybody's: the provider is shared and no condition fixes the tenant.
    Anybody,
    /// The tenant that a condition fixes: the values of the deciding claim.
    Fixed(String),
    /// The provider serves one tenant only.
    Own,
}

/// Who may call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Everybody, without credentials.
    Anyone,
    /// Everybody who has an AWS account.
    AnyAwsAccount,
    /// Everybody in a network.
    Network(Network),
    /// The client's organisation.
    OwnOrganization(String),
    /// Another organisation, `o-…`.
    OtherOrganization(String),
    /// An organisation; the client's is not known.
    OrganizationUnknown(String),
    /// An account, 12 digits, other than the owner.
    Account(String),
    /// A principal by its unique id (`AIDA…`, `AROA…`): one that was deleted, or one named in a condition on `aws:userid`.
    UniqueId(String),
    /// An AWS service; the name is `*` where any service with that pin will do.
    Service {
        /// Service principal.
        name: String,
        /// What ties it.
        pin: Pin,
    },
    /// Users of an identity provider.
    Federated {
        /// The provider: ARN or domain name.
        provider: String,
        /// Whose users.
        tenant: Tenant,
    },
    /// An AWS account by its canonical user id of S3.
    CanonicalUser(String),
    /// The account that owns the resource.
    OwnAccount,
}

/// Accounts that AWS owns and documents as principals: Elastic Load Balancing's for access logs
/// ("Enable access logs for your Application Load Balancer", read 2026-11). Sharing with them is not sharing with a customer.
const AWS_OWNED: &[&str] = &[
    "127311923021",
    "033677994240",
    "027434742980",
    "797873946194",
    "098369216593",
    "754344448648",
    "589379963580",
    "718504428378",
    "383597477331",
    "600734575887",
    "114774131450",
    "783225319266",
    "582318560864",
    "985666609251",
    "054676820928",
    "156460612806",
    "652711504416",
    "635631232127",
    "009996457667",
    "897822967062",
    "076674570225",
    "507241528517",
    "048591011584",
    "190560391635",
    "638102146993",
    "037604701340",
];

impl Audience {
    /// Short code, without the data.
    pub fn code(&self) -> &'static str {
        match self {
            Audience::Anyone => "anyone",
            Audience::AnyAwsAccount => "any_aws_account",
            Audience::Network(Network::Endpoint(_)) => "endpoint",
            Audience::Network(Network::Vpc(_)) => "vpc",
            Audience::Network(Network::MountTarget) => "mount_target",
            Audience::Network(Network::AccessPoint(_)) => "access_point",
            Audience::Network(Network::Addresses(_)) => "addresses",
            Audience::OwnOrganization(_) => "own_organization",
            Audience::OtherOrganization(_) => "other_organization",
            Audience::OrganizationUnknown(_) => "organization_unknown",
            Audience::Account(_) => "account",
            Audience::UniqueId(_) => "unique_id",
            Audience::Service { .. } => "service",
            Audience::Federated { .. } => "federated",
            Audience::CanonicalUser(_) => "canonical_user",
            Audience::OwnAccount => "own_account",
        }
    }

    /// Whether it is the public: everybody, everybody with an AWS account, everybody in a range broader than S3 allows, or
    /// everybody whom a shared identity provider signs in.
    pub fn is_public(&self) -> bool {
        match self {
            Audience::Anyone | Audience::AnyAwsAccount | Audience::Federated { tenant: Tenant::Anybody, .. } => true,
            Audience::Network(Network::Addresses(breadth)) => *breadth >= Breadth::Wide,
            _ => false,
        }
    }

    /// Whether it reaches beyond the client. A service principal is AWS: it reaches beyond where it is tied to somebody else.
    /// Whether it is tied at all is another question: [`Audience::loose_pin`].
    pub fn is_beyond(&self, known: &Known) -> Answer {
        let account = |id: &str| {
            if known.accounts.contains(id) || AWS_OWNED.contains(&id) { Answer::No } else { Answer::Yes }
        };
        let organization = |id: &str| match &known.organization {
            Some(own) => Answer::of(own != id),
            None => Answer::Unknown,
        };
        match self {
            Audience::OwnAccount | Audience::OwnOrganization(_) => Answer::No,
            Audience::OrganizationUnknown(_) | Audience::UniqueId(_) | Audience::CanonicalUser(_) => Answer::Unknown,
            Audience::Account(id) | Audience::Service { pin: Pin::Account(id), .. } => account(id),
            Audience::Service { pin: Pin::Organization(id), .. } => organization(id),
            Audience::Service { pin: Pin::Nothing | Pin::Resource(_) | Pin::Token, .. } => Answer::No,
            Audience::Network(Network::Endpoint(id) | Network::Vpc(id)) if known.networks.contains(id) => Answer::No,
            Audience::Network(Network::MountTarget | Network::AccessPoint(_)) => Answer::No,
            Audience::Network(Network::Vpc(id)) if id.is_empty() => Answer::No,
            Audience::Network(Network::Endpoint(_) | Network::Vpc(_)) => Answer::Unknown,
            Audience::Network(Network::Addresses(breadth)) => {
                if *breadth >= Breadth::Wide {
                    Answer::Yes
                } else {
                    Answer::Unknown
                }
            }
            Audience::Federated { tenant: Tenant::Own, .. } => Answer::No,
            Audience::Federated { tenant: Tenant::Fixed(_), .. } => Answer::Unknown,
            Audience::Anyone
            | Audience::AnyAwsAccount
            | Audience::OtherOrganization(_)
            | Audience::Federated { tenant: Tenant::Anybody, .. } => Answer::Yes,
        }
    }

    /// What ties a service principal, where that leaves the owner of the source open: to nothing, or to a bucket whose owner is
    /// not fixed (IAM User Guide, "The confused deputy problem").
    pub fn loose_pin(&self) -> Option<&Pin> {
        match self {
            Audience::Service { pin: pin @ (Pin::Nothing | Pin::Resource(_)), .. } => Some(pin),
            _ => None,
        }
    }

    /// Whether everybody of this audience is of the other too, as far as the two say.
    pub fn is_within(&self, other: &Audience) -> bool {
        match other {
            Audience::Anyone => true,
            Audience::AnyAwsAccount => !matches!(self, Audience::Anyone | Audience::Network(_)),
            Audience::Service { name, pin: Pin::Nothing } => matches!(self, Audience::Service { name: own, .. } if own == name),
            Audience::Network(Network::Addresses(breadth)) => matches!(self, Audience::Network(Network::Addresses(own)) if own <= breadth),
            Audience::Federated { provider, tenant: Tenant::Anybody } => {
                matches!(self, Audience::Federated { provider: own, .. } if own == provider)
            }
            other => self == other,
        }
    }

    pub(super) fn account(id: &str, resource: &Resource) -> Audience {
        if resource.owner.as_deref() == Some(id) { Audience::OwnAccount } else { Audience::Account(id.to_owned()) }
    }

    pub(super) fn organization(id: &str, known: &Known) -> Audience {
        match &known.organization {
            Some(own) if own == id => Audience::OwnOrganization(id.to_owned()),
            Some(_) => Audience::OtherOrganization(id.to_owned()),
            None => Audience::OrganizationUnknown(id.to_owned()),
        }
    }
}
