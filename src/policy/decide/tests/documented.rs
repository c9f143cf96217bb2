//! Rules of AWS's documentation that a simulator of complete requests cannot show: what is not known, who is left out, many resources.

use super::super::super::condition::{Cause, Value};
use super::super::super::pattern::Pattern;
use super::*;

const USER: &str = "arn:aws:iam::111122223333:user/team/jo";
const ROLE: &str = "arn:aws:iam::111122223333:role/app/r";
const LINKED: &str = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/R";
const ALL: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

fn role(arn: &str) -> Who {
    Who::Role { arn: arn.to_owned(), id: Some("AROAEXAMPLE".to_owned()) }
}

fn statement(effect: &str, more: &str) -> String {
    format!(r#"{{"Effect":"{effect}","Action":"s3:*","Resource":"*"{more}}}"#)
}

fn document(statements: &[String]) -> Compiled {
    compiled(&format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")))
}

/// Identity policies alone, `s3:GetObject`, with what is known from the principal.
fn alone(who: &Who, statements: &[String]) -> Outcome {
    let document = document(statements);
    let context = context(who, "s3:GetObject", Some("111122223333"));
    let request =
        Request { who, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", resource_account: Some("111122223333"), context: &context };
    decide(&request, &Policies { identity: &[policy("own", &document)], ..Policies::default() })
}

fn when(operator: &str, key: &str, values: &str) -> String {
    format!(r#","Condition":{{"{operator}":{{"{key}":{values}}}}}"#)
}

#[derive(Debug, PartialEq)]
enum Is {
    Allowed,
    Refused,
    Open,
}

fn is(outcome: &Outcome) -> Is {
    match outcome.decision {
        Decision::Allowed => Is::Allowed,
        Decision::Denied | Decision::NotAllowed => Is::Refused,
        Decision::Conditional(_) | Decision::Unknown(_) => Is::Open,
    }
}

#[test]
fn keys_that_files_do_not_show() {
    let cases = [
        // Operator, key, values; decided in an Allow, and in a Deny beside an Allow.
        ("Bool", "aws:SecureTransport", r#""true""#, Is::Open, Is::Open),
        ("Bool", "aws:SecureTransport", r#"["true","false"]"#, Is::Allowed, Is::Refused),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", r#""false""#, Is::Open, Is::Open),
        ("Null", "aws:SecureTransport", r#""true""#, Is::Refused, Is::Allowed),
        ("Null", "aws:MultiFactorAuthPresent", r#""true""#, Is::Open, Is::Open),
        // In every request: a pattern that matches all values decides.
        ("StringLike", "aws:UserAgent", r#""*""#, Is::Allowed, Is::Refused),
        ("StringLike", "aws:SourceVpce", r#""*""#, Is::Open, Is::Open),
        ("StringLikeIfExists", "aws:SourceVpce", r#""*""#, Is::Allowed, Is::Refused),
        ("StringLikeIfExists", "aws:SourceVpce", r#""vpce-*""#, Is::Allowed, Is::Refused),
        ("StringEquals", "aws:SourceVpce", r#""vpc-1""#, Is::Refused, Is::Allowed),
        // Not documented: absent.
        ("StringEquals", "aws:NoSuchKey", r#""x""#, Is::Refused, Is::Allowed),
        ("StringNotEquals", "aws:NoSuchKey", r#""x""#, Is::Allowed, Is::Refused),
        ("ForAllValues:StringEquals", "aws:NoSuchKey", r#""x""#, Is::Allowed, Is::Refused),
        ("StringEqualsIfExists", "kms:ViaService", r#""x""#, Is::Allowed, Is::Refused),
        // Known from the principal.
        ("StringLike", "aws:PrincipalAccount", r#""????????????""#, Is::Allowed, Is::Refused),
        ("StringEquals", "aws:PrincipalAccount", r#""999999999999""#, Is::Refused, Is::Allowed),
        ("ArnLike", "aws:PrincipalArn", r#""arn:aws:iam::*:user/team/*""#, Is::Allowed, Is::Refused),
        ("ArnLike", "aws:PrincipalArn", r#""arn:aws:iam::*:user/*""#, Is::Allowed, Is::Refused),
        ("ArnLike", "aws:PrincipalArn", r#""arn:aws:iam::*:role/*""#, Is::Refused, Is::Allowed),
        // Six segments are compared; what a shorter pattern does is not documented.
        ("ArnLike", "aws:PrincipalArn", r#""arn:aws:iam::*""#, Is::Open, Is::Open),
        ("ArnLike", "aws:PrincipalArn", r#""arn:aws:sts::*""#, Is::Refused, Is::Allowed),
        // Services send these, users do not.
        ("StringEquals", "aws:SourceAccount", r#""111122223333""#, Is::Refused, Is::Allowed),
        // A key with a list needs a set operator.
        ("StringLike", "aws:PrincipalOrgPaths", r#""*""#, Is::Refused, Is::Allowed),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", r#""o-a1b2c3d4e5/*""#, Is::Open, Is::Open),
        ("IpAddress", "aws:SourceIp", r#"["0.0.0.0/1","128.0.0.0/1"]"#, Is::Open, Is::Open),
        ("IpAddressIfExists", "aws:SourceIp", r#"["0.0.0.0/1","128.0.0.0/1","::/0"]"#, Is::Allowed, Is::Refused),
        ("StringEquals", "aws:username", r#""${aws:username}""#, Is::Allowed, Is::Refused),
        ("StringEquals", "aws:username", r#""${aws:PrincipalTag/name}""#, Is::Open, Is::Open),
        ("StringEquals", "aws:username", r#""${aws:NoSuchKey}""#, Is::Refused, Is::Allowed),
    ];
    for (operator, key, values, allow, deny) in cases {
        let condition = when(operator, key, values);
        assert_eq!(is(&alone(&user(USER), &[statement("Allow", &condition)])), allow, "Allow {condition}");
        let both = [statement("Allow", ""), statement("Deny", &condition)];
        assert_eq!(is(&alone(&user(USER), &both)), deny, "Deny {condition}");
    }
}

#[test]
fn reasons_name_statement_and_key() {
    let found = alone(&user(USER), &[statement("Allow", ""), statement("Deny", &when("Bool", "aws:SecureTransport", r#""false""#))]);
    let Decision::Conditional(reasons) = &found.decision else { panic!("{found:?}") };
    let [Reason::Condition(used, undecided)] = reasons.as_slice() else { panic!("{reasons:?}") };
    assert_eq!((used.position, used.policy.as_str(), undecided.key.as_str()), (1, "own", "aws:securetransport"));
    assert_eq!(undecided.cause, Cause::ValueUnknown);
    assert_eq!(reasons[0].to_string(), "identity policy own, statement 2: Bool on aws:securetransport: value not in the evidence");
    assert_eq!(found.used.iter().map(|used| used.position).collect::<Vec<_>>(), [0]);
}

#[test]
fn policies_that_were_not_read() {
    let who = user(USER);
    let context = context(&who, "s3:GetObject", None);
    let request = Request { who: &who, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", resource_account: None, context: &context };
    let all = compiled(ALL);
    let own = [policy("own", &all)];
    let lost = Policy { name: "lost", document: None };
    let unknown = |policies: &Policies<'_>| matches!(decide(&request, policies).decision, Decision::Unknown(_));
    assert!(unknown(&Policies { identity: &[lost], ..Policies::default() }));
    assert!(unknown(&Policies { identity: &[own[0], lost], ..Policies::default() }));
    assert!(unknown(&Policies { identity: &own, boundary: Some(lost), ..Policies::default() }));
    assert!(unknown(&Policies { identity: &own, resource: ResourcePolicy::NotDelivered(ResourceKind::S3), ..Policies::default() }));
    // What was read denies, whatever the rest says.
    let deny = document(&[statement("Deny", "")]);
    assert_eq!(decide(&request, &Policies { identity: &[lost, policy("deny", &deny)], ..Policies::default() }).decision, Decision::Denied);
    // Control policies that are not there are a limit of the result, stated elsewhere.
    let levels = [Level { id: "r-1", policies: None }, Level { id: "ou-1", policies: Some(&[lost]) }];
    assert_eq!(decide(&request, &Policies { identity: &own, scps: &levels, ..Policies::default() }).decision, Decision::Allowed);
}

#[test]
fn whom_control_policies_leave_out() {
    let (all, deny) =
        (compiled(ALL), compiled(r#"{"Statement":{"Effect":"Deny","Action":["s3:*","ec2:*"],"Resource":"*","Principal":"*"}}"#));
    let (own, attached) = ([policy("own", &all)], [policy("all", &all), policy("deny", &deny)]);
    let levels = [Level { id: "r-1", policies: Some(&attached) }];
    let cases = [
        (user(USER), "s3:GetObject", false, Is::Refused, Is::Refused),
        (user(USER), "s3:GetObject", true, Is::Allowed, Is::Refused),
        (role(LINKED), "s3:GetObject", false, Is::Allowed, Is::Allowed),
        (role(ROLE), "s3:GetObject", false, Is::Refused, Is::Refused),
        (Who::Root { account: "111122223333".to_owned() }, "s3:GetObject", false, Is::Refused, Is::Refused),
        // EC2 is not among the services of resource control policies.
        (user(USER), "ec2:RunInstances", false, Is::Refused, Is::Allowed),
    ];
    for (who, action, manages, scp, rcp) in cases {
        let context = context(&who, action, None);
        let request = Request { who: &who, action, resource: "*", resource_account: None, context: &context };
        assert_eq!(is(&decide(&request, &Policies { identity: &own, scps: &levels, manages, ..Policies::default() })), scp, "{who:?}");
        assert_eq!(is(&decide(&request, &Policies { identity: &own, rcps: &levels, manages, ..Policies::default() })), rcp, "{who:?}");
    }
}

/// Decision of a resource policy alone, for `s3:GetObject` in the account of the principal.
fn of_resource(who: &Who, statement: &str) -> Outcome {
    let document = compiled(&format!(r#"{{"Statement":[{{"Action":"s3:*","Resource":"*",{statement}}}]}}"#));
    let context = context(who, "s3:GetObject", Some("111122223333"));
    let request =
        Request { who, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", resource_account: Some("111122223333"), context: &context };
    decide(&request, &Policies { resource: ResourcePolicy::Given(ResourceKind::S3, policy("bucket", &document)), ..Policies::default() })
}

#[test]
fn whom_a_statement_names() {
    let session = Who::Session { arn: "arn:aws:sts::111122223333:assumed-role/r/s".to_owned(), role: Some(ROLE.to_owned()) };
    let allow = |aws: &str| format!(r#""Effect":"Allow","Principal":{{"AWS":"{aws}"}}"#);
    let cases = [
        (role(ROLE), allow(ROLE), Is::Allowed),
        (role(ROLE), allow("AROAEXAMPLE"), Is::Allowed),
        (role(ROLE), allow("arn:aws:iam::111122223333:role/r"), Is::Refused),
        // One session of the role: whoever may assume the role chooses its name.
        (role(ROLE), allow("arn:aws:sts::111122223333:assumed-role/r/s"), Is::Open),
        (role(ROLE), allow("arn:aws:sts::999999999999:assumed-role/r/s"), Is::Refused),
        (session.clone(), allow("arn:aws:sts::111122223333:assumed-role/r/s"), Is::Allowed),
        (session.clone(), allow("arn:aws:sts::111122223333:assumed-role/r/t"), Is::Refused),
        (session.clone(), allow(ROLE), Is::Allowed),
        (user(USER), allow("111122223333"), Is::Refused),
        (user(USER), r#""Effect":"Allow","NotPrincipal":{"AWS":"999999999999"}"#.to_owned(), Is::Allowed),
        (user(USER), format!(r#""Effect":"Allow","NotPrincipal":{{"AWS":"{USER}"}}"#), Is::Refused),
        (Who::Anonymous, r#""Effect":"Allow","NotPrincipal":{"AWS":"999999999999"}"#.to_owned(), Is::Allowed),
        (Who::Root { account: "111122223333".to_owned() }, allow("999999999999"), Is::Allowed),
        (Who::Service { name: "sns.amazonaws.com".to_owned() }, allow("111122223333"), Is::Refused),
        (user(USER), r#""Effect":"Allow""#.to_owned(), Is::Refused),
    ];
    for (who, statement, wanted) in cases {
        assert_eq!(is(&of_resource(&who, &statement)), wanted, "{who:?} {statement}");
    }
}

#[test]
fn not_principal_in_a_deny() {
    let all = compiled(ALL);
    let own = [policy("own", &all)];
    let root = "arn:aws:iam::111122223333:root";
    let session = "arn:aws:sts::111122223333:assumed-role/r/s";
    let of = |who: &Who, list: &[&str], boundary: Option<Policy<'_>>| {
        let text = format!(
            r#"{{"Statement":{{"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{{"AWS":{}}}}}}}"#,
            serde_json::to_string(list).unwrap()
        );
        let document = compiled(&text);
        let context = context(who, "s3:GetObject", None);
        let request = Request { who, action: "s3:GetObject", resource: "*", resource_account: None, context: &context };
        let resource = ResourcePolicy::Given(ResourceKind::S3, policy("bucket", &document));
        is(&decide(&request, &Policies { identity: &own, boundary, resource, ..Policies::default() }))
    };
    let known = Who::Session { arn: session.to_owned(), role: Some(ROLE.to_owned()) };
    assert_eq!(of(&user(USER), &[USER, root], None), Is::Allowed);
    assert_eq!(of(&user(USER), &[USER], None), Is::Open);
    assert_eq!(of(&user(USER), &[root], None), Is::Open);
    assert_eq!(of(&user(USER), &[USER, root], Some(own[0])), Is::Refused);
    assert_eq!(of(&known, &[session, ROLE, root], None), Is::Allowed);
    assert_eq!(of(&known, &[ROLE, root], None), Is::Open);
    assert_eq!(of(&role(ROLE), &[ROLE, root], None), Is::Open);
    assert_eq!(of(&Who::Anonymous, &[root], None), Is::Refused);
}

/// On some, on all, of a pattern of users.
fn users(statements: &str, boundary: Option<&str>, scope: &str) -> (Is, Is) {
    let document = compiled(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#));
    let boundary = boundary.map(compiled);
    let who = user("arn:aws:iam::111122223333:user/jo");
    let context = context(&who, "iam:CreateAccessKey", None);
    let request = Request { who: &who, action: "iam:CreateAccessKey", resource: "*", resource_account: None, context: &context };
    let boundary = boundary.as_ref().map(|document| policy("boundary", document));
    let policies = Policies { identity: &[policy("own", &document)], boundary, ..Policies::default() };
    let over = decide_over(&request, &[Pattern::resource(scope, false)], &policies);
    (is(&over.some), is(&over.all))
}

#[test]
fn over_many_resources() {
    let every = "arn:aws:iam::111122223333:user/*";
    let allow = |resource: &str| format!(r#"{{"Effect":"Allow","Action":"iam:*","Resource":"{resource}"}}"#);
    let deny = |resource: &str| format!(r#"{{"Effect":"Deny","Action":"iam:CreateA*","Resource":"{resource}"}}"#);
    let cases = [
        (allow("*"), every, Is::Allowed, Is::Allowed),
        (allow(every), every, Is::Allowed, Is::Allowed),
        (allow("arn:aws:iam::*:user/a*"), every, Is::Allowed, Is::Refused),
        (allow("arn:aws:iam::999999999999:user/*"), every, Is::Refused, Is::Refused),
        (allow("arn:aws:iam::111122223333:user/${aws:username}"), every, Is::Allowed, Is::Refused),
        // One value cannot reach all, but which resource it leaves out is not known.
        (allow("arn:aws:iam::111122223333:user/${aws:PrincipalTag/x}"), every, Is::Open, Is::Open),
        (allow("*") + "," + &deny("arn:aws:iam::111122223333:user/admin*"), every, Is::Allowed, Is::Refused),
        (allow("arn:aws:iam::*:user/a*") + "," + &deny("arn:aws:iam::*:user/*"), every, Is::Refused, Is::Refused),
        (allow("arn:aws:iam::*:user/a*") + "," + &deny("arn:aws:iam::*:user/a?*"), every, Is::Allowed, Is::Refused),
        (allow("arn:aws:iam::*:user/ab*") + "," + &deny("arn:aws:iam::*:user/a?*"), every, Is::Refused, Is::Refused),
        (allow("arn:aws:iam::*:role/*"), every, Is::Refused, Is::Refused),
        (r#"{"Effect":"Allow","Action":"iam:*","NotResource":"arn:aws:iam::*:user/admin"}"#.to_owned(), every, Is::Allowed, Is::Refused),
        (r#"{"Effect":"Allow","Action":"iam:*","NotResource":"arn:aws:iam::*:role/*"}"#.to_owned(), every, Is::Allowed, Is::Allowed),
        (r#"{"Effect":"Allow","Action":"iam:*","NotResource":"arn:aws:iam::*:user/*"}"#.to_owned(), every, Is::Refused, Is::Refused),
        (r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}"#.to_owned(), every, Is::Allowed, Is::Allowed),
        (allow("*"), "*", Is::Allowed, Is::Allowed),
        (allow(every), "*", Is::Allowed, Is::Refused),
    ];
    for (statements, scope, some, all) in cases {
        assert_eq!(users(&statements, None, scope), (some, all), "{statements}");
    }
    let boundary = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::*:user/b*"}}"#;
    assert_eq!(users(&allow("*"), Some(boundary), every), (Is::Allowed, Is::Refused));
    assert_eq!(users(&allow("arn:aws:iam::*:user/a*"), Some(boundary), every), (Is::Refused, Is::Refused));
    assert_eq!(users(&allow("arn:aws:iam::*:user/*z"), Some(boundary), every), (Is::Allowed, Is::Refused));
}

#[test]
fn requests_without_credentials() {
    let nobody = context(&Who::Anonymous, "s3:GetObject", Some("111122223333"));
    assert_eq!(nobody.value("aws:PrincipalArn"), Value::Absent);
    assert_eq!(nobody.value("aws:PrincipalOrgID"), Value::Absent);
    assert_eq!(nobody.value("aws:PrincipalTag/a"), Value::Absent);
    assert_eq!(nobody.value("aws:SourceIp"), Value::Unknown { always: false });
    let anyone = |condition: &str| of_resource(&Who::Anonymous, &format!(r#""Effect":"Allow","Principal":"*"{condition}"#));
    assert_eq!(is(&anyone("")), Is::Allowed);
    assert_eq!(is(&anyone(&when("StringEquals", "aws:PrincipalOrgID", r#""o-a1b2c3d4e5""#))), Is::Refused);
    assert_eq!(is(&anyone(&when("StringEqualsIfExists", "aws:PrincipalOrgID", r#""o-a1b2c3d4e5""#))), Is::Allowed);
    assert_eq!(is(&anyone(&when("StringLike", "aws:PrincipalAccount", r#""????????????""#))), Is::Refused);
    assert_eq!(is(&anyone(&when("IpAddress", "aws:SourceIp", r#""10.0.0.0/8""#))), Is::Open);
}

/// A context states absence and lists, and passes to another service.
#[test]
fn contexts() {
    let mut context = context(&user(USER), "s3:GetObject", None);
    assert_eq!(context.value("AWS:UserName"), Value::Present(vec!["jo".to_owned()]));
    assert_eq!(context.value("aws:PrincipalTag/a"), Value::Unknown { always: false });
    context.set_text("aws:PrincipalTag/a", "b");
    context.close("aws:PrincipalTag/");
    assert_eq!(
        (context.value("aws:principaltag/A"), context.value("aws:PrincipalTag/c")),
        (Value::Present(vec!["b".to_owned()]), Value::Absent)
    );
    assert_eq!(context.value("s3:prefix"), Value::Unknown { always: false });
    assert_eq!(context.for_service("kms").value("s3:prefix"), Value::Absent);
    context.set("s3:prefix", Value::Present(Vec::new()));
    assert_eq!(context.value("s3:prefix"), Value::Absent);
}
