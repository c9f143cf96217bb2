//! Buckets as a whole.

use super::*;
use Delivered::{Is, Not};

const OFF: PublicAccessBlock =
    PublicAccessBlock { block_public_acls: false, ignore_public_acls: false, block_public_policy: false, restrict_public_buckets: false };
const RESTRICT: PublicAccessBlock = PublicAccessBlock { restrict_public_buckets: true, ..OFF };
const IGNORE: PublicAccessBlock = PublicAccessBlock { ignore_public_acls: true, ..OFF };
const BLOCKS: PublicAccessBlock = PublicAccessBlock { block_public_acls: true, block_public_policy: true, ..OFF };
const ALL: PublicAccessBlock =
    PublicAccessBlock { block_public_acls: true, ignore_public_acls: true, block_public_policy: true, restrict_public_buckets: true };

const PUBLIC: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
    {"Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"},
    {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"},
    {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}]}"#;
const SHARED: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#;
const UNITS: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*"}}}]}"#;

#[test]
fn policy_and_blocks() {
    let everything = "account 999988887777, anyone, own_account, service cloudtrail nothing";
    let doubtful = "account 999988887777?, anyone?, own_account, service cloudtrail nothing";
    let cases = [
        (PUBLIC, Is(OFF), Is(OFF), everything, "yes"),
        (PUBLIC, Is(RESTRICT), Is(OFF), "own_account, service cloudtrail nothing", "yes"),
        (PUBLIC, Is(OFF), Is(RESTRICT), "own_account, service cloudtrail nothing", "yes"),
        (PUBLIC, Is(OFF), Is(ALL), "own_account, service cloudtrail nothing", "yes"),
        (PUBLIC, Not, Is(ALL), "own_account, service cloudtrail nothing", "yes"),
        (PUBLIC, Is(ALL), Not, "own_account, service cloudtrail nothing", "yes"),
        (PUBLIC, Is(BLOCKS), Is(BLOCKS), everything, "yes"), // what refuses new ones leaves what is there
        (PUBLIC, Is(IGNORE), Is(IGNORE), everything, "yes"),
        (PUBLIC, Is(OFF), Not, doubtful, "yes"),
        (PUBLIC, Not, Is(OFF), doubtful, "yes"),
        (PUBLIC, Not, Not, doubtful, "yes"),
        (SHARED, Is(ALL), Is(ALL), "account 999988887777", "no"), // not public: the blocks leave it
        (SHARED, Not, Not, "account 999988887777", "no"),
        (UNITS, Is(OFF), Is(OFF), "own_organization", "unknown"),
        (UNITS, Is(RESTRICT), Is(OFF), "own_organization?", "unknown"),
    ];
    for (policy, block, account_block, expected, definition) in cases {
        let policy = document(policy);
        let bucket = Bucket {
            arn: "arn:aws:s3:::b".into(),
            owner: Some(OWNER.into()),
            policy: Is(Some(&policy)),
            acl: Is(Vec::new()),
            block,
            account_block,
            ..Bucket::default()
        };
        let found = bucket_exposures(&bucket, &known());
        assert_eq!((words(&found.exposures).as_str(), found.policy_public.code()), (expected, definition), "{block:?} {account_block:?}");
    }
}

#[test]
fn access_control_lists() {
    let grant = |grantee: Grantee, permission| Grant { grantee, permission };
    let world = || vec![grant(Grantee::AllUsers, Permission::Read)];
    let anybody = || vec![grant(Grantee::AuthenticatedUsers, Permission::FullControl)];
    let cases = [
        (world(), Is(OFF), Is(OFF), Is(Ownership::Acls), "anyone list"),
        (world(), Is(OFF), Is(OFF), Not, "anyone list"),
        (world(), Is(OFF), Is(OFF), Is(Ownership::Enforced), ""),
        (world(), Is(IGNORE), Is(OFF), Not, ""),
        (world(), Is(OFF), Is(IGNORE), Not, ""),
        (world(), Not, Is(IGNORE), Not, ""),
        (world(), Is(BLOCKS), Is(BLOCKS), Not, "anyone list"),
        (world(), Is(RESTRICT), Is(RESTRICT), Not, "anyone list"), // it speaks of policies
        (world(), Is(OFF), Not, Not, "anyone list?"),
        (anybody(), Is(OFF), Is(OFF), Not, "any_aws_account list, any_aws_account read, any_aws_account write, any_aws_account administer"),
        (vec![grant(Grantee::AllUsers, Permission::WriteAcp)], Is(OFF), Is(OFF), Not, "anyone administer"),
        (vec![grant(Grantee::AllUsers, Permission::Write)], Is(OFF), Is(OFF), Not, "anyone write"),
        (vec![grant(Grantee::AllUsers, Permission::ReadAcp)], Is(OFF), Is(OFF), Not, "anyone read"),
        (vec![grant(Grantee::Canonical("owner".into()), Permission::FullControl)], Is(OFF), Is(OFF), Not, ""),
        (vec![grant(Grantee::Canonical("other".into()), Permission::Read)], Is(ALL), Is(ALL), Not, "canonical_user list"),
        (vec![grant(Grantee::LogDelivery, Permission::Write)], Is(ALL), Is(ALL), Not, "service write"),
    ];
    for (acl, block, account_block, ownership, expected) in cases {
        let bucket = Bucket {
            arn: "arn:aws:s3:::b".into(),
            owner: Some(OWNER.into()),
            owner_canonical: Some("owner".into()),
            policy: Is(None),
            acl: Is(acl.clone()),
            block,
            account_block,
            ownership,
        };
        let mark = |exposure: &Exposure| if exposure.certainty == Certainty::Unknown { "?" } else { "" };
        let found: Vec<String> = bucket_exposures(&bucket, &known())
            .exposures
            .iter()
            .map(|exposure| format!("{} {}{}", exposure.audience.code(), exposure.access.code(), mark(exposure)))
            .collect();
        assert_eq!(found.join(", "), expected, "{acl:?} {block:?} {account_block:?} {ownership:?}");
    }
}

#[test]
fn a_deny_of_the_policy_holds_for_the_acl() {
    let policy = document(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}]}"#,
    );
    let bucket = Bucket {
        arn: "arn:aws:s3:::b".into(),
        owner: Some(OWNER.into()),
        policy: Is(Some(&policy)),
        acl: Is(vec![Grant { grantee: Grantee::AllUsers, permission: Permission::Read }]),
        block: Is(OFF),
        account_block: Is(OFF),
        ..Bucket::default()
    };
    assert_eq!(words(&bucket_exposures(&bucket, &known()).exposures), "own_organization");
}

#[test]
fn what_is_missing() {
    let bucket = Bucket { arn: "arn:aws:s3:::b".into(), ..Bucket::default() };
    let found = bucket_exposures(&bucket, &known());
    assert!(found.exposures.is_empty());
    assert_eq!(found.missing, [Missing::Policy, Missing::Acl].into());
    let enforced = Bucket { policy: Is(None), ownership: Is(Ownership::Enforced), ..bucket };
    assert_eq!(bucket_exposures(&enforced, &known()).missing, [].into());
}

#[test]
fn names_of_grantees_and_permissions() {
    let groups = [
        ("http://acs.amazonaws.com/groups/global/AllUsers", Some(Grantee::AllUsers)),
        ("https://acs.amazonaws.com/groups/global/AuthenticatedUsers", Some(Grantee::AuthenticatedUsers)),
        ("http://acs.amazonaws.com/groups/s3/LogDelivery", Some(Grantee::LogDelivery)),
        ("AllUsers", Some(Grantee::AllUsers)),
        ("http://example.com/", None),
    ];
    for (uri, expected) in groups {
        assert_eq!(Grantee::of_uri(uri), expected, "{uri}");
    }
    for (text, expected) in [
        ("READ_ACP", Some(Permission::ReadAcp)),
        ("ReadAcp", Some(Permission::ReadAcp)),
        ("FULL_CONTROL", Some(Permission::FullControl)),
        ("FullControl", Some(Permission::FullControl)),
        ("Reed", None),
    ] {
        assert_eq!(Permission::parse(text), expected, "{text}");
    }
}
