//! Table `exposures`: who beyond a resource's own account may do what to it, by policies, access control lists and public
//! access blocks, and by the trust policies of roles. A resource whose evidence does not decide has a row that says so.

use std::collections::BTreeSet;

use polars::prelude::DataType;
use serde_json::Value;

use super::blocks::{ACCOUNT_BLOCK, BUCKET, Blocks, block, bucket_block};
use super::control_policies;
use super::evidence::{Evidence, Which};
use super::items::{Item, Validity};
use super::members::{list, member, text};
use crate::base::arn::Arn;
use crate::base::steps;
use crate::base::text::few;
use crate::ingest::batch::Batch;
use crate::policy::document;
use crate::policy::exposure::{
    self, Answer, Audience, Bucket, Certainty, Delivered, Doubt, Exposure, Grant, Grantee, Known, Missing, Network, Origin, Ownership,
    Permission, Pin, PublicAccessBlock, Resource, Tenant,
};
use crate::schema::Schema;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{
    AccountsRow, BucketTransportRow, ConfigItemsRow, EngagementRow, ExposuresRow, ItemColumns, KnownAccountsRow, OrganizationAccountsRow,
};
use crate::store::StoreError;

/// The table of exposures.
pub const EXPOSURES: &str = "exposures";
/// Whether a bucket's policy refuses requests without TLS.
pub const TRANSPORT: &str = BucketTransportRow::TABLE.name;

const ACCESS_POINT: &str = "AWS::S3::AccessPoint";
const ROLE: &str = "AWS::IAM::Role";

/// Where a policy stands, and what it means when it stands there not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    /// Every resource of the type has a policy: it was not supplied.
    NotSupplied,
    /// The resource has none, where the part of the item that would hold it was supplied.
    None,
}

/// Types with a policy of their own, the service of its actions, and the members that hold it.
const TYPES: [(&str, &str, &str, Absent); 15] = [
    ("AWS::ApiGateway::RestApi", "execute-api", "configuration.policy", Absent::None),
    ("AWS::Backup::BackupVault", "backup", "configuration.AccessPolicy", Absent::None),
    ("AWS::DynamoDB::Table", "dynamodb", "configuration.ResourcePolicy.PolicyDocument", Absent::None),
    ("AWS::ECR::Repository", "ecr", "configuration.RepositoryPolicyText", Absent::None),
    ("AWS::EFS::FileSystem", "elasticfilesystem", "configuration.FileSystemPolicy", Absent::None),
    ("AWS::Elasticsearch::Domain", "es", "configuration.accessPolicies", Absent::NotSupplied),
    ("AWS::Events::EventBus", "events", "configuration.Policy", Absent::None),
    (ROLE, "sts", "configuration.assumeRolePolicyDocument", Absent::NotSupplied),
    ("AWS::KMS::Key", "kms", "supplementary.Policy", Absent::NotSupplied),
    ("AWS::Lambda::Function", "lambda", "supplementary.Policy", Absent::None),
    ("AWS::OpenSearch::Domain", "es", "configuration.AccessPolicies", Absent::NotSupplied),
    (ACCESS_POINT, "s3", "configuration.Policy", Absent::None),
    ("AWS::SNS::Topic", "sns", "configuration.Policy", Absent::NotSupplied),
    ("AWS::SQS::Queue", "sqs", "configuration.Policy", Absent::NotSupplied),
    ("AWS::SecretsManager::ResourcePolicy", "secretsmanager", "configuration.ResourcePolicy", Absent::NotSupplied),
];

/// Both tables.
///
/// # Errors
/// When items cannot be read.
pub fn compute(which: Which, schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    let (Some(table), Some(transport)) = (schema.table(EXPOSURES), schema.table(TRANSPORT)) else { return Ok(Vec::new()) };
    let (mut out, mut transport) = (Batch::new(table), Batch::new(transport));
    let exempt = known(evidence)?;
    let known = Known { guards: control_policies::guards(which, evidence)?, ..exempt.clone() };
    let mut types: Vec<&str> = TYPES.iter().map(|(kind, ..)| *kind).collect();
    types.extend([BUCKET, ACCOUNT_BLOCK]);
    let items = Item::versions(which, evidence, &types)?;
    let blocks = Blocks::read(&items, evidence)?;
    for item in &items {
        steps::count(1);
        match item.kind.as_str() {
            BUCKET => {
                for span in item.span.cut(which, blocks.changes(&item.account)) {
                    bucket(Shown { item, span }, blocks.at(&item.account, span.from), &known, &mut out);
                }
                refusal(item, &mut transport);
            }
            ACCOUNT_BLOCK => {}
            ACCESS_POINT if !is_of_vpc(item) => {
                let name = text(&item.configuration, "Bucket").unwrap_or_default();
                for span in item.span.cut(which, blocks.changes(&item.account).chain(blocks.bucket_changes(name))) {
                    let account = blocks.at(&item.account, span.from);
                    access_point(Shown { item, span }, [blocks.of_bucket(name, span.from), account], &known, &mut out);
                }
            }
            _ => policy(Shown { item, span: item.span }, if is_exempt(item) { &exempt } else { &known }, &mut out),
        }
    }
    Ok(vec![out, transport])
}

/// Policies of resources that items hold: ARN, account and text.
///
/// # Errors
/// When items cannot be read.
pub fn policies(evidence: &dyn Evidence) -> Result<Vec<(String, String, String)>, StoreError> {
    let types: Vec<&str> = TYPES.iter().map(|(kind, ..)| *kind).filter(|kind| *kind != ROLE).chain([BUCKET]).collect();
    let items = Item::read(evidence, &types)?;
    let text_of = |item: &Item| {
        if item.kind == BUCKET {
            return bucket_policy(item).flatten();
        }
        let (_, _, path, _) = TYPES.iter().find(|(kind, ..)| *kind == item.kind)?;
        at(item, path).1.and_then(policy_text)
    };
    let arn = |item: &Item| if item.kind == BUCKET { bucket_arn(item) } else { item.arn.clone() };
    let policies = items.iter().filter_map(|item| Some((arn(item), item.account.clone(), text_of(item)?)));
    Ok(policies.filter(|(arn, ..)| !arn.is_empty()).collect())
}

/// What is known of the client: its accounts, its organisation, its networks.
///
/// # Errors
/// When a table cannot be read.
pub fn known(evidence: &dyn Evidence) -> Result<Known, StoreError> {
    let column = |table: &str, name: &str| -> Result<Vec<String>, StoreError> {
        let frame = evidence.frame(table)?;
        let texts = frame.column(name).and_then(|c| c.str().cloned()).map_err(|e| evidence.error(table, e))?;
        Ok(texts.iter().flatten().map(str::to_owned).collect())
    };
    let mut known = Known::default();
    let listed = column(OrganizationAccountsRow::TABLE.name, OrganizationAccountsRow::account_id)?;
    known.members.extend(listed.iter().cloned());
    known.accounts.extend(listed);
    known.organization = column(OrganizationAccountsRow::TABLE.name, OrganizationAccountsRow::organization_id)?.into_iter().min();
    // Accounts with evidence of their own, and those that the engagement names as known.
    known.accounts.extend(column(AccountsRow::TABLE.name, AccountsRow::account_id)?);
    known.accounts.extend(column(KnownAccountsRow::TABLE.name, KnownAccountsRow::account_id)?);
    let engagement = evidence.frame("engagement")?;
    let times = engagement
        .column(EngagementRow::as_of)
        .and_then(|c| c.cast(&DataType::Int64)?.i64().cloned())
        .map_err(|e| evidence.error(EngagementRow::TABLE.name, e))?;
    known.as_of = times.iter().flatten().next().and_then(|at| jiff::Timestamp::from_microsecond(at - 1).ok());
    let networks = evidence.items(&["AWS::EC2::VPC", "AWS::EC2::VPCEndpoint"])?;
    let networks = networks
        .column(ItemColumns::resource_id)
        .and_then(|c| c.str().cloned())
        .map_err(|e| evidence.error(ConfigItemsRow::TABLE.name, e))?;
    known.networks.extend(networks.iter().flatten().map(str::to_owned));
    Ok(known)
}

/// A value below members, their names joined by dots; the first names the part of the item.
fn at<'i>(item: &'i Item, path: &str) -> (&'i Value, Option<&'i Value>) {
    let (part, rest) = path.split_once('.').unwrap_or((path, ""));
    let part = if part == "configuration" { &item.configuration } else { &item.supplementary };
    (part, rest.split('.').try_fold(part, member))
}

/// A policy's text, however it was delivered; `None` for an empty one.
fn policy_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() || text.trim() == "null" => None,
        Value::String(text) => Some(text.clone()),
        Value::Object(members) if members.is_empty() => None,
        other => Some(other.to_string()),
    }
}

/// Whether resource control policies leave out an item: AWS managed keys and service-linked roles.
fn is_exempt(item: &Item) -> bool {
    let managed = || {
        ["keyManager", "keyMetadata.keyManager"]
            .iter()
            .any(|path| at(item, &format!("configuration.{path}")).1.and_then(Value::as_str) == Some("AWS"))
    };
    let linked = || {
        item.arn.contains(":role/aws-service-role/")
            || text(&item.configuration, "path").is_some_and(|path| path.starts_with("/aws-service-role/"))
    };
    match item.kind.as_str() {
        "AWS::KMS::Key" => managed(),
        ROLE => linked(),
        _ => false,
    }
}

/// A version of an item, and when what is said of it held.
#[derive(Clone, Copy)]
struct Shown<'i> {
    item: &'i Item,
    span: Validity,
}

fn policy(shown: Shown<'_>, known: &Known, out: &mut Batch) {
    let item = shown.item;
    let Some((_, service, path, absent)) = TYPES.iter().find(|(kind, ..)| *kind == item.kind) else { return };
    let (part, value) = at(item, path);
    let Some(text) = value.and_then(policy_text) else {
        if *absent == Absent::NotSupplied || !part.is_object() {
            open(shown, "its policy was not supplied", out);
        }
        return;
    };
    let document = match document::parse(&text) {
        Ok(document) => document,
        Err(problem) => return open(shown, &format!("its policy cannot be read: {problem}"), out),
    };
    let owner = Some(item.account.clone()).filter(|account| !account.is_empty());
    let arn = if *service == "execute-api" { api_arn(item) } else { Some(item.arn.clone()).filter(|arn| !arn.is_empty()) };
    if item.kind == ROLE {
        return rows(shown, &exposure::trust_exposures(&document, arn.as_deref(), owner.as_deref(), known), known, out);
    }
    let vpc_only =
        ["VPCOptions", "vpcOptions"].iter().any(|name| member(&item.configuration, name).is_some_and(has_vpc)) || is_of_vpc(item);
    let resource = Resource { service: (*service).to_owned(), arn, owner, vpc_only };
    rows(shown, &exposure::exposures(&document, &resource, known), known, out);
}

/// The ARN under which an API is called, which its policy names: items have that of its management.
fn api_arn(item: &Item) -> Option<String> {
    let arn = Arn::parse(&item.arn)?;
    let id = arn.resource.rsplit('/').next().filter(|id| !id.is_empty())?;
    Some(format!("arn:{}:execute-api:{}:{}:{id}", arn.partition, arn.region, item.account))
}

/// Whether it is an access point of a VPC, which is reached from that VPC alone, whatever its policy says.
fn is_of_vpc(item: &Item) -> bool {
    item.kind == ACCESS_POINT && text(&item.configuration, "NetworkOrigin") == Some("VPC")
}

/// Whether VPC options name a VPC or subnets.
pub(super) fn has_vpc(options: &Value) -> bool {
    let id = ["vPCId", "VPCId", "vpcId"].iter().find_map(|name| text(options, name));
    id.is_some() || !list(member(options, "subnetIds")).is_empty()
}

fn bucket_arn(item: &Item) -> String {
    if item.arn.is_empty() { format!("arn:aws:s3:::{}", item.name) } else { item.arn.clone() }
}

/// The text of a bucket's policy: `Some(None)` where it has none, `None` where it was not supplied. A feature that is missing
/// where the rest was delivered is not configured.
fn bucket_policy(item: &Item) -> Option<Option<String>> {
    let parts = &item.supplementary;
    let policy = member(parts, "BucketPolicy").map(|policy| policy_text(member(policy, "policyText").unwrap_or(&Value::Null)));
    policy.or_else(|| parts.is_object().then_some(None))
}

/// Whether the policy of a bucket refuses requests without TLS.
fn refusal(item: &Item, out: &mut Batch) {
    let (refuses, policy, question) = match bucket_policy(item) {
        None => (Answer::Unknown, "not_supplied", "its policy was not supplied".to_owned()),
        Some(None) => (Answer::No, "none", String::new()),
        Some(Some(text)) => match document::parse(&text) {
            Ok(document) => match exposure::denies_plain_http(&document, &bucket_arn(item)) {
                Answer::Unknown => (Answer::Unknown, "read", "its policy refuses only under a condition that files do not show".to_owned()),
                known => (known, "read", String::new()),
            },
            Err(problem) => (Answer::Unknown, "unreadable", format!("its policy cannot be read: {problem}")),
        },
    };
    let refuses = match refuses {
        Answer::Yes => Some(true),
        Answer::No => Some(false),
        Answer::Unknown => None,
    };
    let record = i64::try_from(item.record).unwrap_or(i64::MAX);
    out.push(
        item.record,
        &BucketTransportRow {
            item_id: Some(&item.item_id),
            account_id: filled(&item.account),
            resource_id: filled(&item.id),
            policy: Some(policy),
            refuses_plain_http: refuses,
            open_question: filled(&question),
            valid_from: item.span.from,
            valid_to: item.span.to,
            source_file_id: Some(&item.file),
            source_record: Some(record),
        },
    );
}

fn bucket(shown: Shown<'_>, account_block: Option<PublicAccessBlock>, known: &Known, out: &mut Batch) {
    let item = shown.item;
    let parts = &item.supplementary;
    let text = bucket_policy(item);
    let document = match text.as_ref().and_then(Option::as_ref).map(|text| document::parse(text)) {
        Some(Err(problem)) => return open(shown, &format!("its policy cannot be read: {problem}"), out),
        Some(Ok(document)) => Some(document),
        None => None,
    };
    let acl = member(parts, "AccessControlList");
    let delivered = acl.and_then(|acl| member(acl, "grantList")).map(|grants| list(Some(grants)));
    let grants = delivered.map(|delivered| delivered.iter().filter_map(grant).collect::<Vec<_>>());
    let unreadable = grants.as_ref().map_or(0, Vec::len) < delivered.map_or(0, <[_]>::len);
    let ownership = member(parts, "OwnershipControls").or_else(|| member(parts, "BucketOwnershipControls")).map(|controls| {
        let rules = list(member(controls, "rules"));
        let enforced = rules.iter().any(|rule| self::text(rule, "objectOwnership") == Some("BucketOwnerEnforced"));
        if enforced { Ownership::Enforced } else { Ownership::Acls }
    });
    let bucket = Bucket {
        arn: bucket_arn(item),
        owner: Some(item.account.clone()).filter(|account| !account.is_empty()),
        owner_canonical: acl.and_then(|acl| member(acl, "owner")).and_then(|owner| self::text(owner, "id")).map(str::to_owned),
        policy: if text.is_some() { Delivered::Is(document.as_ref()) } else { Delivered::Not },
        acl: grants.map_or(Delivered::Not, Delivered::Is),
        block: bucket_block(parts).map_or(Delivered::Not, Delivered::Is),
        account_block: account_block.map_or(Delivered::Not, Delivered::Is),
        ownership: ownership.map_or(Delivered::Not, Delivered::Is),
    };
    if unreadable && bucket.ownership != Delivered::Is(Ownership::Enforced) {
        open(shown, "a grant of its access control list cannot be read", out);
    }
    let found = exposure::bucket_exposures(&bucket, known);
    rows(shown, &found.exposures, known, out);
    for missing in &found.missing {
        let what = match missing {
            Missing::Policy => "its policy was not supplied",
            Missing::Acl => "its access control list was not supplied",
            // Without an exposure that it could stop a block decides nothing.
            Missing::BucketBlock | Missing::AccountBlock | Missing::Definition => continue,
        };
        open(shown, what, out);
    }
}

/// An access point that is reached over the internet. Its own block, that of its bucket and that of the account add up ("Managing
/// public access to access points for general purpose buckets", Amazon S3 User Guide).
fn access_point(shown: Shown<'_>, [bucket_block, account_block]: [Option<PublicAccessBlock>; 2], known: &Known, out: &mut Batch) {
    let item = shown.item;
    let Some(text) = member(&item.configuration, "Policy").and_then(policy_text) else {
        if !item.configuration.is_object() {
            open(shown, "its policy was not supplied", out);
        }
        return;
    };
    let document = match document::parse(&text) {
        Ok(document) => document,
        Err(problem) => return open(shown, &format!("its policy cannot be read: {problem}"), out),
    };
    let own_block = member(&item.configuration, "PublicAccessBlockConfiguration").and_then(block);
    let arn = if item.arn.is_empty() {
        format!("arn:aws:s3:{}:{}:accesspoint/{}", item.region, item.account, item.name)
    } else {
        item.arn.clone()
    };
    let point = Bucket {
        arn,
        owner: Some(item.account.clone()).filter(|account| !account.is_empty()),
        policy: Delivered::Is(Some(&document)),
        acl: Delivered::Is(Vec::new()),
        block: both(own_block, bucket_block).map_or(Delivered::Not, Delivered::Is),
        account_block: account_block.map_or(Delivered::Not, Delivered::Is),
        ownership: Delivered::Is(Ownership::Enforced),
        ..Bucket::default()
    };
    rows(shown, &exposure::bucket_exposures(&point, known).exposures, known, out);
}

/// Two blocks as one: a setting is on if it is in either. Not known where one was not delivered, and the other does not
/// restrict a public policy.
fn both(one: Option<PublicAccessBlock>, other: Option<PublicAccessBlock>) -> Option<PublicAccessBlock> {
    match (one, other) {
        (Some(one), Some(other)) => Some(PublicAccessBlock {
            block_public_acls: one.block_public_acls || other.block_public_acls,
            ignore_public_acls: one.ignore_public_acls || other.ignore_public_acls,
            block_public_policy: one.block_public_policy || other.block_public_policy,
            restrict_public_buckets: one.restrict_public_buckets || other.restrict_public_buckets,
        }),
        (Some(known), None) | (None, Some(known)) => Some(known).filter(|known| known.restrict_public_buckets),
        (None, None) => None,
    }
}

fn grant(grant: &Value) -> Option<Grant> {
    let permission = Permission::parse(text(grant, "permission")?)?;
    let grantee = member(grant, "grantee")?;
    let named = grantee.as_str().or_else(|| text(grantee, "uri")).or_else(|| text(grantee, "URI"));
    let group = named.and_then(|name| match name {
        "AllUsers" => Some(Grantee::AllUsers),
        "AuthenticatedUsers" => Some(Grantee::AuthenticatedUsers),
        "LogDelivery" => Some(Grantee::LogDelivery),
        uri => Grantee::of_uri(uri),
    });
    let canonical = || Some(Grantee::Canonical(text(grantee, "id").or_else(|| text(grantee, "identifier")).or(named)?.to_owned()));
    Some(Grant { grantee: group.or_else(canonical)?, permission })
}

/// A row for a resource whose evidence does not decide.
fn open(shown: Shown<'_>, why: &str, out: &mut Batch) {
    push(shown, &["any", "not_known", "", "", "unknown", "unknown", "unknown", "unknown", "", "", "", why], out);
}

fn rows(shown: Shown<'_>, found: &[Exposure], known: &Known, out: &mut Batch) {
    for exposure in found {
        let audience = &exposure.audience;
        let (value, tie) = named(audience);
        let public = if audience.is_public() { Answer::Yes } else { Answer::No };
        let origins: BTreeSet<String> = exposure.origins.iter().map(origin).collect();
        let reasons: BTreeSet<String> = exposure.reasons.iter().map(|reason| reason.code().to_owned()).collect();
        let limits = if exposure.certainty == Certainty::Sure { String::new() } else { depends(exposure) };
        push(
            shown,
            &[
                exposure.access.code(),
                audience.code(),
                value,
                tie,
                public.code(),
                audience.is_beyond(known).code(),
                exposure.public.code(),
                exposure.certainty.code(),
                &few(&exposure.actions),
                &few(&origins),
                &reasons.into_iter().collect::<Vec<_>>().join(", "),
                &limits,
            ],
            out,
        );
    }
}

/// Who the audience is, and what ties a service to somebody's resources or a provider to somebody's users.
fn named(audience: &Audience) -> (&str, &'static str) {
    match audience {
        Audience::Anyone | Audience::AnyAwsAccount | Audience::OwnAccount => ("", ""),
        Audience::Network(Network::Endpoint(id) | Network::Vpc(id) | Network::AccessPoint(id)) => (id, ""),
        Audience::Network(Network::MountTarget | Network::Addresses(_)) => ("", ""),
        Audience::OwnOrganization(id) | Audience::OtherOrganization(id) | Audience::OrganizationUnknown(id) => (id, ""),
        Audience::Account(id) | Audience::UniqueId(id) | Audience::CanonicalUser(id) => (id, ""),
        Audience::Service { name, pin } => (
            name,
            match pin {
                Pin::Nothing => "nothing",
                Pin::Resource(_) => "resource",
                Pin::Token => "token",
                Pin::Organization(_) => "organization",
                Pin::Account(_) => "account",
            },
        ),
        Audience::Federated { provider, tenant } => (
            provider,
            match tenant {
                Tenant::Anybody => "nothing",
                Tenant::Fixed(_) => "tenant",
                Tenant::Own => "own",
            },
        ),
    }
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Statement(at) => format!("statement {}", at + 1),
        Origin::AclGrant(at) => format!("ACL grant {}", at + 1),
        Origin::KeyGrant(at) => format!("key grant {}", at + 1),
    }
}

/// Who an exposure is for, and what it lets them do, in words.
pub(super) fn words(exposure: &Exposure) -> String {
    let (value, _) = named(&exposure.audience);
    let who = match &exposure.audience {
        Audience::Anyone => "everyone".to_owned(),
        Audience::AnyAwsAccount => "everyone with an AWS account".to_owned(),
        Audience::Network(Network::Addresses(_)) => "a large part of the internet".to_owned(),
        Audience::Account(id) => format!("account {id}"),
        Audience::Federated { provider, .. } => format!("all users of {provider}"),
        Audience::Service { name, .. } => format!("{name} on behalf of anybody"),
        other => format!("{} {value}", other.code().replace('_', " ")).trim_end().to_owned(),
    };
    let actions = few(&exposure.actions);
    if actions.is_empty() { who } else { format!("{who}: {actions}") }
}

/// What an exposure that is not sure depends on, in words.
pub(super) fn depends(exposure: &Exposure) -> String {
    few(exposure.reasons.iter().map(limit).collect::<BTreeSet<_>>())
}

/// What an exposure that is not sure depends on, in words.
fn limit(reason: &exposure::Reason) -> String {
    use exposure::Reason;
    match reason {
        Reason::Condition(key) => format!("a condition on {key}"),
        Reason::Secret(key) => format!("a secret in {key}"),
        Reason::PublicAccessBlock(Missing::AccountBlock) => "the account's public access block, which was not supplied".to_owned(),
        Reason::PublicAccessBlock(_) => "the public access block of the bucket or access point, which was not supplied".to_owned(),
        Reason::UnknownAction(action) => format!("what {action} does"),
        Reason::ControlPolicyText(name) => {
            format!("the resource control policy {name}, whose text was not supplied or cannot be read")
        }
        Reason::ControlPolicyDoubt(Doubt::Management) => {
            "whether its account is the management account, which resource control policies leave out".to_owned()
        }
        Reason::ControlPolicyDoubt(Doubt::Since) => "since when the resource control policies that stop it have been attached".to_owned(),
        other => other.code().replace('_', " "),
    }
}

fn push(Shown { item, span }: Shown<'_>, texts: &[&str; 12], out: &mut Batch) {
    let [access, audience, value, tie, public, beyond, defined, certainty, actions, origins, reasons, limits] = texts;
    let flag = |answer: &str| match answer {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    out.push(
        item.record,
        &ExposuresRow {
            item_id: Some(&item.item_id),
            account_id: filled(&item.account),
            region: filled(&item.region),
            resource_type: Some(&item.kind),
            resource_id: filled(&item.id),
            resource_name: filled(&item.name),
            access: Some(access),
            audience: Some(audience),
            audience_value: filled(value),
            tied_to: filled(tie),
            is_public: flag(public),
            is_beyond: flag(beyond),
            public_by_definition: flag(defined),
            certainty: Some(certainty),
            actions: filled(actions),
            origins: filled(origins),
            reasons: filled(reasons),
            open_question: filled(limits),
            valid_from: span.from,
            valid_to: span.to,
            source_file_id: Some(&item.file),
            source_record: Some(i64::try_from(item.record).unwrap_or(i64::MAX)),
        },
    );
}
