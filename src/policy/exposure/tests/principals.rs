//! Principals, actions and resources.

use super::*;

/// Principal → audiences, public by AWS's definition.
const PRINCIPALS: &[(&str, &str, &str)] = &[
    (r#""*""#, "anyone", "yes"),
    (r#"{"AWS":"*"}"#, "anyone", "yes"),
    (r#"{"AWS":["*"]}"#, "anyone", "yes"),
    (r#"{"aws":["*"]}"#, "anyone", "yes"),
    (r#"{"AWS":["arn:aws:iam::111122223333:root","*"]}"#, "anyone, own_account", "yes"),
    (r#"{"AWS":["*","arn:aws:iam::111122223333:root"]}"#, "anyone, own_account", "yes"),
    (r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, "own_account", "no"),
    (r#"{"AWS":"111122223333"}"#, "own_account", "no"),
    (r#"{"AWS":"222233334444"}"#, "account 222233334444", "no"),
    (r#"{"AWS":"999988887777"}"#, "account 999988887777", "no"),
    (r#"{"AWS":["999988887777"]}"#, "account 999988887777", "no"),
    (r#"{"AWS":"arn:aws:iam::999988887777:root"}"#, "account 999988887777", "no"),
    (r#"{"AWS":"arn:aws-cn:iam::999988887777:root"}"#, "account 999988887777", "no"),
    (r#"{"AWS":"arn:aws-us-gov:iam::999988887777:role/r"}"#, "account 999988887777", "no"),
    (r#"{"AWS":"arn:aws:iam::999988887777:user/path/u"}"#, "account 999988887777", "no"),
    (r#"{"AWS":"arn:aws:sts::999988887777:assumed-role/r/s"}"#, "account 999988887777", "no"),
    (r#"{"AWS":"arn:aws:sts::999988887777:federated-user/u"}"#, "account 999988887777", "no"),
    (r#"{"AWS":"arn:aws:iam::*:root"}"#, "any_aws_account", "yes"),
    (r#"{"AWS":"arn:aws:iam::????????????:role/r"}"#, "any_aws_account", "yes"),
    (r#"{"AWS":"AIDACKCEVSQ6C2EXAMPLE"}"#, "unique_id AIDACKCEVSQ6C2EXAMPLE", "no"),
    (r#"{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}"#, "service cloudfront resource", "no"),
    (r#"{"Service":"cloudtrail.amazonaws.com"}"#, "service cloudtrail nothing", "no"),
    (r#"{"Service":["cloudtrail.amazonaws.com","config.amazonaws.com"]}"#, "service cloudtrail nothing, service config nothing", "no"),
    (r#"{"Service":"*"}"#, "any_aws_account", "yes"),
    (r#"{"CanonicalUser":"79a5"}"#, "canonical_user 79a5", "no"),
    (r#"{"Federated":"graph.facebook.com"}"#, "federated anybody", "yes"),
    (r#"{"AWS":"127311923021"}"#, "account 127311923021", "no"),
];

#[test]
fn principals() {
    for (principal, expected, definition) in PRINCIPALS {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}]}}"#
        );
        let found = exposures(&document(&text), &bucket(), &known());
        assert_eq!((words(&found).as_str(), public(&found)), (*expected, *definition), "{principal}");
    }
}

#[test]
fn not_principal_in_an_allow_is_everybody_else() {
    for named in [r#"{"AWS":"999988887777"}"#, r#"{"AWS":["arn:aws:iam::111122223333:root"]}"#, r#"{"Service":"ec2.amazonaws.com"}"#] {
        let text = format!(r#"{{"Statement":{{"Effect":"Allow","NotPrincipal":{named},"Action":"s3:GetObject","Resource":"*"}}}}"#);
        let found = exposures(&document(&text), &bucket(), &known());
        assert_eq!((words(&found).as_str(), public(&found)), ("anyone", "yes"), "{named}");
        assert!(found[0].reasons.contains(&Reason::NotPrincipal));
    }
}

/// Action or NotAction, resource → classes of access for everybody.
const ACTIONS: &[(&str, &str, &str)] = &[
    (r#""Action":"s3:GetObject""#, "arn:aws:s3:::b/*", "read"),
    (r#""Action":"S3:getobject""#, "arn:aws:s3:::b/*", "read"),
    (r#""Action":"s3:Ge*""#, "arn:aws:s3:::b/*", "read"),
    (r#""Action":"s3:?etObject""#, "arn:aws:s3:::b/*", "read"),
    (r#""Action":"s3:*Object""#, "arn:aws:s3:::b/*", "read write"),
    (r#""Action":"*:*""#, "*", "list read write administer"),
    (r#""Action":"*""#, "*", "list read write administer"),
    (r#""Action":"s3:*""#, "*", "list read write administer"),
    (r#""Action":"**""#, "**", "list read write administer"),
    (r#""Action":"s*:*""#, "*", "list read write administer"),
    (r#""Action":"s3:Pu*""#, "arn:aws:s3:::b/*", "write administer"),
    (r#""Action":"s3:De*""#, "arn:aws:s3:::b/*", "write"),
    (r#""Action":"s3:AbortMultipartUpload""#, "arn:aws:s3:::b/*", "write"),
    (r#""Action":"s3:BypassGovernanceRetention""#, "arn:aws:s3:::b/*", "administer"),
    (r#""Action":"s3:PutObject*""#, "arn:aws:s3:::b/*", "write administer"),
    (r#""Action":"s3:PutObject""#, "arn:aws:s3:::b/*", "write"),
    (r#""Action":"s3:PutBucketPolicy""#, "arn:aws:s3:::b", "administer"),
    (r#""Action":"s3:PutBucketAcl""#, "*", "administer"),
    (r#""Action":"s3:ListBucket""#, "arn:aws:s3:::b", "list"),
    (r#""Action":["s3:ListBucket","s3:GetObject"]"#, "arn:aws:s3:::b*", "list read"),
    (r#""NotAction":"s3:GetObject""#, "*", "list read write administer"),
    (r#""NotAction":"s3:*""#, "*", ""),
    (r#""NotAction":["s3:Get*","s3:List*"]"#, "arn:aws:s3:::b/*", "write administer"),
    (r#""NotAction":"ec2:*""#, "*", "list read write administer"),
    // Objects and bucket are two resources.
    (r#""Action":"s3:GetObject""#, "arn:aws:s3:::b", ""),
    (r#""Action":"s3:ListBucket""#, "arn:aws:s3:::b/*", ""),
    (r#""Action":"s3:GetObject""#, "arn:aws:s3:::b/public/*", "read"),
    (r#""Action":"s3:GetObject""#, "arn:aws:s3:::other/*", ""),
    (r#""Action":"s3:GetObject""#, "arn:aws:s3:::bucket/*", ""),
    (r#""Action":"s3:GetObject""#, "arn:aws:s3:::b?/*", "read"), // the question mark may be the slash: keys that begin with one
    (r#""Action":"s3:GetObject""#, "arn:aws:s3:::*", "read"),
    (r#""Action":"s3:GetObject""#, "arn:aws-cn:s3:::b/*", ""),
    // Nothing that a bucket policy could grant.
    (r#""Action":"s3:ListAllMyBuckets""#, "*", ""),
    (r#""Action":"sqs:SendMessage""#, "*", ""),
    (r#""Action":"s3:GetSomethingNew""#, "*", "other"),
];

#[test]
fn actions() {
    for (action, resource, expected) in ACTIONS {
        let text =
            format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*",{action},"Resource":"{resource}"}}]}}"#);
        let found = exposures(&document(&text), &bucket(), &known());
        let codes: Vec<&str> = found.iter().map(|exposure| exposure.access.code()).collect();
        assert_eq!(codes.join(" "), *expected, "{action} {resource}");
    }
}

#[test]
fn forms_of_resources() {
    let cases = [
        (r#""NotResource":"arn:aws:s3:::b/private/*""#, "anyone"),
        (r#""NotResource":"arn:aws:s3:::b/*""#, ""),
        (r#""NotResource":["arn:aws:s3:::other/*"]"#, "anyone"),
        (r#""Resource":["arn:aws:s3:::other/*","arn:aws:s3:::b/*"]"#, "anyone"),
        (r#""Resource":"arn:aws:s3:::b/${aws:username}/*""#, "anyone"),
    ];
    for (resource, expected) in cases {
        let text =
            format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",{resource}}}]}}"#);
        assert_eq!(words(&exposures(&document(&text), &bucket(), &known())), expected, "{resource}");
    }
}

#[test]
fn sixty_statements_and_then_the_world() {
    let narrow = r#"{"Effect":"Allow","Principal":{"AWS":"222233334444"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},"#;
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}]}}"#,
        narrow.repeat(60)
    );
    let found = exposures(&document(&text), &bucket(), &known());
    assert_eq!(words(&found), "account 222233334444, anyone");
    assert_eq!(found[0].origins, [Origin::Statement(60)].into());
}

#[test]
fn beyond_the_client() {
    let cases = [
        (Audience::Anyone, "yes"),
        (Audience::OwnAccount, "no"),
        (Audience::Account("222233334444".into()), "no"),
        (Audience::Account("999988887777".into()), "yes"),
        (Audience::Account("127311923021".into()), "no"),
        (Audience::OwnOrganization("o-a1b2c3d4e5".into()), "no"),
        (Audience::OtherOrganization("o-zzzzzzzzzz".into()), "yes"),
        (Audience::OrganizationUnknown("o-zzzzzzzzzz".into()), "unknown"),
        (Audience::Service { name: "s3.amazonaws.com".into(), pin: Pin::Nothing }, "no"),
        (Audience::Service { name: "s3.amazonaws.com".into(), pin: Pin::Account(OWNER.into()) }, "no"),
        (Audience::Service { name: "s3.amazonaws.com".into(), pin: Pin::Account("999988887777".into()) }, "yes"),
        (Audience::Service { name: "s3.amazonaws.com".into(), pin: Pin::Organization("o-a1b2c3d4e5".into()) }, "no"),
        (Audience::Network(Network::Endpoint("vpce-0a1b2c3d".into())), "no"),
        (Audience::Network(Network::Endpoint("vpce-0fffffff".into())), "unknown"),
    ];
    for (audience, expected) in cases {
        assert_eq!(audience.is_beyond(&known()).code(), expected, "{audience:?}");
    }
}

#[test]
fn services_that_anybody_can_make_call() {
    let service = |pin| Audience::Service { name: "s3.amazonaws.com".into(), pin };
    assert_eq!(service(Pin::Nothing).loose_pin(), Some(&Pin::Nothing));
    assert!(service(Pin::Resource("arn:aws:s3:::my-bucket".into())).loose_pin().is_some());
    for pin in [Pin::Account(OWNER.into()), Pin::Organization("o-a1b2c3d4e5".into()), Pin::Token] {
        assert_eq!(service(pin).loose_pin(), None);
    }
}
