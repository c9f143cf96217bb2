//! A bucket as a whole: policy, access control list, public access blocks of bucket and account, object ownership.
//!
//! The settings of bucket and account add up: the more restrictive holds. `RestrictPublicBuckets` leaves of a bucket with a
//! public policy only its own account and AWS services, "including non-public delegation to specific accounts";
//! `IgnorePublicAcls` leaves of its ACL only what is not public; the two `Block…` settings refuse new ones and take nothing
//! away (Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage"). `BucketOwnerEnforced` disables ACLs, and
//! cannot be set while the ACL grants others anything ("Controlling ownership of objects"), so grants in an ACL are in force
//! where the setting was not delivered.

use std::collections::BTreeSet;

use super::super::document::{Actions, Base, Condition, Document, Effect, Operator, Principal, Principals, Resources, Statement, Version};
use super::super::pattern::Pattern;
use super::Missing;
use super::audience::{Answer, Audience};
use super::guard;
use super::guards::Guards;
use super::judge::{Rows, judge};
use super::{Certainty, Exposure, Known, Origin, Reason, Resource};

/// A part of the evidence that was delivered, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivered<T> {
    /// Delivered; "there is none" is delivered too.
    Is(T),
    /// Not delivered.
    #[default]
    Not,
}

impl<T> Delivered<T> {
    /// The part, where it was delivered.
    pub fn get(&self) -> Option<&T> {
        match self {
            Delivered::Is(part) => Some(part),
            Delivered::Not => None,
        }
    }
}

/// Public access block settings. All false where there is no configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PublicAccessBlock {
    /// Refuses new public ACLs.
    pub block_public_acls: bool,
    /// Ignores public ACLs.
    pub ignore_public_acls: bool,
    /// Refuses new public policies.
    pub block_public_policy: bool,
    /// Limits a bucket with a public policy to its account and AWS services.
    pub restrict_public_buckets: bool,
}

/// Object ownership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// `BucketOwnerEnforced`: ACLs are disabled.
    Enforced,
    /// `BucketOwnerPreferred`, `ObjectWriter`, or no setting: ACLs are in force.
    Acls,
}

/// Whom an ACL grant names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// Everybody (`…/groups/global/AllUsers`).
    AllUsers,
    /// Everybody with an AWS account (`…/groups/global/AuthenticatedUsers`).
    AuthenticatedUsers,
    /// S3's log delivery (`…/groups/s3/LogDelivery`).
    LogDelivery,
    /// An account by its canonical user id.
    Canonical(String),
}

impl Grantee {
    /// Reads a group's URI, in any case and with `http` or `https`.
    pub fn of_uri(uri: &str) -> Option<Grantee> {
        match uri.trim().rsplit('/').next()?.to_ascii_lowercase().as_str() {
            "allusers" => Some(Grantee::AllUsers),
            "authenticatedusers" => Some(Grantee::AuthenticatedUsers),
            "logdelivery" => Some(Grantee::LogDelivery),
            _ => None,
        }
    }
}

/// What an ACL grant allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Lists the objects.
    Read,
    /// Creates objects.
    Write,
    /// Reads the ACL.
    ReadAcp,
    /// Writes the ACL.
    WriteAcp,
    /// All of them.
    FullControl,
}

impl Permission {
    /// Reads S3's name (`READ_ACP`), or the name of Config's items (`ReadAcp`).
    pub fn parse(text: &str) -> Option<Permission> {
        match text.trim().replace('_', "").to_ascii_lowercase().as_str() {
            "read" => Some(Permission::Read),
            "write" => Some(Permission::Write),
            "readacp" => Some(Permission::ReadAcp),
            "writeacp" => Some(Permission::WriteAcp),
            "fullcontrol" => Some(Permission::FullControl),
            _ => None,
        }
    }

    /// The actions ("Access control list (ACL) overview", mapping of ACL permissions and access policy permissions).
    fn actions(self) -> &'static [&'static str] {
        match self {
            Permission::Read => &["s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"],
            Permission::Write => &["s3:putobject"],
            Permission::ReadAcp => &["s3:getbucketacl"],
            Permission::WriteAcp => &["s3:putbucketacl"],
            Permission::FullControl => &[
                "s3:listbucket",
                "s3:listbucketversions",
                "s3:listbucketmultipartuploads",
                "s3:putobject",
                "s3:getbucketacl",
                "s3:putbucketacl",
            ],
        }
    }
}

/// One grant of a bucket's ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whom it names.
    pub grantee: Grantee,
    /// What it allows.
    pub permission: Permission,
}

/// A bucket with what was delivered of it.
#[derive(Debug, Clone, Default)]
pub struct Bucket<'a> {
    /// ARN, `arn:aws:s3:::name`.
    pub arn: String,
    /// Account that owns it.
    pub owner: Option<String>,
    /// Canonical user id of that account.
    pub owner_canonical: Option<String>,
    /// Policy; `Is(None)` if the bucket has none.
    pub policy: Delivered<Option<&'a Document>>,
    /// Grants of the ACL.
    pub acl: Delivered<Vec<Grant>>,
    /// The bucket's block.
    pub block: Delivered<PublicAccessBlock>,
    /// The account's block.
    pub account_block: Delivered<PublicAccessBlock>,
    /// Object ownership.
    pub ownership: Delivered<Ownership>,
}

/// What a bucket exposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketExposures {
    /// Exposures in force.
    pub exposures: Vec<Exposure>,
    /// Whether AWS's definition calls the policy public, whatever the blocks do about it.
    pub policy_public: Answer,
    /// Parts without which there may be more, or less.
    pub missing: BTreeSet<Missing>,
}

/// One setting of both blocks: on if one of them is, and else unknown if one was not delivered.
fn setting(bucket: &Bucket, flag: impl Fn(&PublicAccessBlock) -> bool) -> (Answer, Option<Missing>) {
    match (bucket.block.get().map(&flag), bucket.account_block.get().map(&flag)) {
        (Some(true), _) | (_, Some(true)) => (Answer::Yes, None),
        (None, _) => (Answer::Unknown, Some(Missing::BucketBlock)),
        (_, None) => (Answer::Unknown, Some(Missing::AccountBlock)),
        _ => (Answer::No, None),
    }
}

/// What a bucket exposes by policy and ACL, after blocks, ownership and resource control policies.
pub fn bucket_exposures(bucket: &Bucket, known: &Known) -> BucketExposures {
    let resource = Resource { service: "s3".into(), arn: Some(bucket.arn.clone()), owner: bucket.owner.clone(), vpc_only: false };
    let guards = guard::over(&resource, known);
    let mut found = guarded(bucket, &resource, known, guards);
    if let Some(guards) = guards {
        found.exposures = guards.weigh(found.exposures, || guarded(bucket, &resource, known, None).exposures);
    }
    found
}

fn guarded(bucket: &Bucket, resource: &Resource, known: &Known, guards: Option<&Guards>) -> BucketExposures {
    let mut missing = BTreeSet::new();
    let document = match &bucket.policy {
        Delivered::Is(document) => *document,
        Delivered::Not => {
            missing.insert(Missing::Policy);
            None
        }
    };
    let version = document.map_or(Version::V2012, |document| document.version);
    let policy: Vec<(Origin, &Statement)> = document
        .iter()
        .flat_map(|document| &document.statements)
        .map(|statement| (Origin::Statement(statement.position), statement))
        .collect();
    let by_policy = judge(&policy, version, resource, known, guards);
    // S3 looks at the policy alone, whatever the organisation forbids.
    let of_policy = guards.map(|_| judge(&policy, version, resource, known, None));
    let policy_public = of_policy.as_ref().unwrap_or(&by_policy).iter().map(|exposure| exposure.public).max().unwrap_or(Answer::No);

    let mut rows = Rows::default();
    let (restrict, lacking) = setting(bucket, |block| block.restrict_public_buckets);
    for mut exposure in by_policy {
        let stays = matches!(exposure.audience, Audience::OwnAccount | Audience::Service { .. });
        if !stays && policy_public != Answer::No && restrict != Answer::No {
            if policy_public == Answer::Yes && restrict == Answer::Yes {
                continue;
            }
            let part = lacking.unwrap_or(Missing::Definition);
            missing.insert(part);
            exposure.certainty = Certainty::Unknown;
            exposure.reasons.insert(Reason::PublicAccessBlock(part));
        }
        rows.add(exposure);
    }

    match &bucket.acl {
        Delivered::Not if bucket.ownership != Delivered::Is(Ownership::Enforced) => _ = missing.insert(Missing::Acl),
        Delivered::Is(grants) if bucket.ownership != Delivered::Is(Ownership::Enforced) => {
            let statements: Vec<(Origin, Statement)> =
                grants.iter().enumerate().filter_map(|(at, grant)| statement(at, grant, bucket)).collect();
            let denies = policy.iter().filter(|(_, statement)| statement.effect == Effect::Deny).copied();
            let all: Vec<(Origin, &Statement)> = statements.iter().map(|(origin, statement)| (*origin, statement)).chain(denies).collect();
            let (ignore, lacking) = setting(bucket, |block| block.ignore_public_acls);
            for mut exposure in judge(&all, version, resource, known, guards) {
                exposure.reasons.insert(Reason::Acl);
                if exposure.public == Answer::Yes {
                    match (ignore, lacking) {
                        (Answer::Yes, _) => continue,
                        (_, Some(part)) => {
                            missing.insert(part);
                            exposure.certainty = Certainty::Unknown;
                            exposure.reasons.insert(Reason::PublicAccessBlock(part));
                        }
                        _ => {}
                    }
                }
                rows.add(exposure);
            }
        }
        _ => {}
    }
    BucketExposures { exposures: rows.list(), policy_public, missing }
}

/// An ACL grant as a statement that allows the same. `None` for the owner's own.
fn statement(at: usize, grant: &Grant, bucket: &Bucket) -> Option<(Origin, Statement)> {
    let principal = match &grant.grantee {
        Grantee::AllUsers | Grantee::AuthenticatedUsers => Principal::Anyone,
        Grantee::LogDelivery => Principal::Service("logging.s3.amazonaws.com".into()),
        Grantee::Canonical(id) if bucket.owner_canonical.as_ref() == Some(id) => return None,
        Grantee::Canonical(id) => Principal::Canonical(id.clone()),
    };
    // A signed request has the key; an anonymous one has not.
    let signed = Condition {
        operator: Operator { base: Base::Null, set: None, if_exists: false },
        key: "aws:principalarn".into(),
        values: vec!["false".into()],
    };
    let statement = Statement {
        position: at,
        sid: None,
        effect: Effect::Allow,
        principals: Some(Principals::These(vec![principal])),
        actions: Actions::These(grant.permission.actions().iter().map(|name| Pattern::action(name)).collect()),
        resources: Some(Resources::These(vec![Pattern::literal(&bucket.arn), Pattern::resource(&format!("{}/*", bucket.arn), false)])),
        conditions: if grant.grantee == Grantee::AuthenticatedUsers { vec![signed] } else { Vec::new() },
    };
    Some((Origin::AclGrant(at), statement))
}
