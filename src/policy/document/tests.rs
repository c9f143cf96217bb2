//! Spellings that mean the same, and documents that AWS would refuse.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

const SIMPLE: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b/*"]}]}"#;

fn fault(text: &str) -> (Fault, Option<usize>, Option<String>) {
    let problem = parse(text).unwrap_err();
    (problem.fault, problem.place.statement, problem.place.member)
}

#[test]
fn one_meaning_in_all_wrappings() {
    let wanted = parse(SIMPLE).unwrap();
    let encoded = percent_encoding::utf8_percent_encode(SIMPLE, percent_encoding::NON_ALPHANUMERIC).to_string();
    let quoted = serde_json::to_string(SIMPLE).unwrap();
    let pretty = SIMPLE.replace(',', ",\n\t\t").replace("\":", "\" : ");
    let lower = SIMPLE.replace("Statement", "statement").replace("Effect", "effect").replace("Action", "ACTION");
    for text in [
        encoded.clone(),
        percent_encoding::utf8_percent_encode(&encoded, percent_encoding::NON_ALPHANUMERIC).to_string(),
        quoted.clone(),
        serde_json::to_string(&quoted).unwrap(),
        serde_json::to_string(&encoded).unwrap(),
        format!("[{SIMPLE}]"),
        format!("\u{feff}  {SIMPLE}\n"),
        SIMPLE.replace(r#"["s3:GetObject"]"#, r#""S3:getobject""#).replace(['[', ']'], ""),
        lower,
        pretty,
    ] {
        assert_eq!(parse(&text).as_ref(), Ok(&wanted), "{text}");
    }
}

#[test]
fn principals_of_all_kinds() {
    let with =
        |principal: &str| parse(&format!(r#"{{"Statement":{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}}}"#));
    let account = || Principal::Account("111122223333".to_owned());
    let cases = [
        (r#""*""#, vec![Principal::Anyone]),
        (r#"{"AWS":"*"}"#, vec![Principal::Anyone]),
        (r#"{"AWS":["*"]}"#, vec![Principal::Anyone]),
        (r#"{"AWS":["arn:aws:iam::111122223333:root","*"]}"#, vec![account(), Principal::Anyone]),
        (r#"{"AWS":"111122223333"}"#, vec![account()]),
        (r#"{"AWS":"arn:aws-cn:iam::111122223333:root"}"#, vec![account()]),
        (r#"{"AWS":"arn:aws:iam::1:root"}"#, vec![Principal::Aws("arn:aws:iam::1:root".to_owned())]),
        (r#"{"AWS":"AIDAEXAMPLE"}"#, vec![Principal::Aws("AIDAEXAMPLE".to_owned())]),
        (
            r#"{"Service":"ec2.amazonaws.com","Federated":"cognito-identity.amazonaws.com"}"#,
            vec![Principal::Service("ec2.amazonaws.com".to_owned()), Principal::Federated("cognito-identity.amazonaws.com".to_owned())],
        ),
        (r#"{"CanonicalUser":"79a59d"}"#, vec![Principal::Canonical("79a59d".to_owned())]),
    ];
    for (text, wanted) in cases {
        assert_eq!(with(text).unwrap().statements[0].principals, Some(Principals::These(wanted)), "{text}");
    }
}

#[test]
fn conditions_of_all_types() {
    let text = r#"{"Statement":{"Effect":"Deny","NotAction":"s3:*","NotResource":"*","NotPrincipal":{"AWS":"*"},"Condition":{
        "NumericLessThan":{"aws:MultiFactorAuthAge":3600},"Bool":{"AWS:SecureTransport":[false]},
        "ForAnyValue:StringLikeIfExists":{"aws:PrincipalTag/Team":["A","b"]}}}}"#;
    let document = parse(text).unwrap();
    let statement = &document.statements[0];
    assert_eq!((document.version, statement.effect), (Version::V2008, Effect::Deny));
    assert!(matches!(statement.actions, Actions::AllBut(_)) && matches!(statement.resources, Some(Resources::AllBut(_))));
    let shown: Vec<String> = statement.conditions.iter().map(|c| format!("{} {} {}", c.operator, c.key, c.values.join(","))).collect();
    assert_eq!(
        shown,
        [
            "NumericLessThan aws:multifactorauthage 3600",
            "Bool aws:securetransport false",
            "ForAnyValue:StringLikeIfExists aws:principaltag/Team A,b",
        ]
    );
}

#[test]
fn what_aws_refuses_is_a_problem() {
    let statement = |members: &str| format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},{{{members}}}]}}"#);
    let second = |fault: Fault, member: &str| (fault, Some(1), Some(member.to_owned()));
    let cases = [
        (r#""Effect":"Allow","Action":"*","Resource":"*","Conditon":{}"#, second(Fault::UnknownMember, "Conditon")),
        (r#""Effect":"Allow","Action":"*","Resources":"*""#, second(Fault::UnknownMember, "Resources")),
        (r#""Action":"*","Resource":"*""#, second(Fault::Missing, "Effect")),
        (r#""Effect":"allow","Action":"*""#, second(Fault::UnknownEffect("allow".to_owned()), "Effect")),
        (r#""Effect":"Allow","Resource":"*""#, second(Fault::Missing, "Action")),
        (r#""Effect":"Allow","Action":"*","NotAction":"s3:*""#, second(Fault::Repeated, "NotAction")),
        (r#""Effect":"Allow","Action":"*","Action":"s3:*""#, second(Fault::Repeated, "Action")),
        (r#""Effect":"Allow","Action":5"#, second(Fault::WrongType, "Action")),
        (r#""Effect":"Allow","Action":[["*"]]"#, second(Fault::WrongType, "Action")),
        (
            r#""Effect":"Allow","Action":"*","Condition":{"StringEqual":{"a":"b"}}"#,
            second(Fault::UnknownOperator("StringEqual".to_owned()), "StringEqual"),
        ),
        (
            r#""Effect":"Allow","Action":"*","Condition":{"NullIfExists":{"a":"true"}}"#,
            second(Fault::UnknownOperator("NullIfExists".to_owned()), "NullIfExists"),
        ),
        (r#""Effect":"Allow","Action":"*","Condition":{"StringEquals":{"a":"b","A":"c"}}"#, second(Fault::Repeated, "A")),
        (
            r#""Effect":"Allow","Action":"*","Principal":"arn:aws:iam::1:root""#,
            second(Fault::UntypedPrincipal("arn:aws:iam::1:root".to_owned()), "Principal"),
        ),
        (r#""Effect":"Allow","Action":"*","Principal":{"Aws2":"*"}"#, second(Fault::UnknownMember, "Aws2")),
    ];
    for (members, wanted) in cases {
        assert_eq!(fault(&statement(members)), wanted, "{members}");
    }
    let whole = [
        ("", Fault::Empty),
        (" \u{feff} ", Fault::Empty),
        ("null", Fault::WrongType),
        ("[]", Fault::SeveralDocuments(0)),
        ("[{},{}]", Fault::SeveralDocuments(2)),
        ("{}", Fault::Missing),
        (r#"{"Statement":[]"#, Fault::NotJson { line: 1, column: 15 }),
        (r#"{"Version":"2012-10-18","Statement":[]}"#, Fault::UnknownVersion("2012-10-18".to_owned())),
        ("%FF%7B", Fault::NotUtf8),
        (r#""\"\"""#, Fault::Empty),
        (r#"{"Statement":[],"Comment":"x"}"#, Fault::UnknownMember),
    ];
    for (text, wanted) in whole {
        assert_eq!(fault(text).0, wanted, "{text}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    assert_eq!(fault(&" ".repeat(SIZE_LIMIT + 1)).0, Fault::TooLong);
    for depth in [127, 128, 1_000, 400_000] {
        assert!(matches!(fault(&"[".repeat(depth)).0, Fault::TooDeep | Fault::NotJson { .. }), "{depth}");
        let nested = format!(r#"{{"Statement":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(matches!(fault(&nested).0, Fault::TooDeep | Fault::WrongType), "{depth}");
    }
    let mut quoted = SIMPLE.to_owned();
    for _ in 0..9 {
        quoted = serde_json::to_string(&quoted).unwrap();
    }
    assert_eq!(fault(&quoted).0, Fault::TooDeep);
}

#[test]
fn operators_by_name() {
    for base in Base::ALL {
        for (front, set) in
            [("", None), ("forallvalues:", Some(SetOperator::ForAllValues)), ("ForAnyValue:", Some(SetOperator::ForAnyValue))]
        {
            let operator = Operator::parse(&format!("{front}{}", base.name().to_lowercase())).unwrap();
            assert_eq!(operator, Operator { base: *base, set, if_exists: false });
            assert_eq!(Operator::parse(&operator.to_string()), Some(operator));
        }
    }
    assert_eq!(Operator::parse("IfExists"), None);
    assert_eq!(Operator::parse("ForSomeValue:StringEquals"), None);
}

proptest! {
    /// A document with a piece replaced, doubled or cut is read or refused, and never empty by accident.
    #[test]
    fn mutated_documents_never_panic(at in 0usize..200, length in 0usize..20, insert in "[\\[\\]{}\",:a*%\\\\]{0,4}") {
        let mut text: Vec<char> = SIMPLE.chars().collect();
        let from = at.min(text.len());
        let to = (from + length).min(text.len());
        text.splice(from..to, insert.chars());
        let text: String = text.into_iter().collect();
        if let Ok(document) = parse(&text) {
            prop_assert!(!document.statements.is_empty() || !text.contains("Effect") || text.contains("[]"));
        }
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,40}") {
        let _answer = parse(&text);
    }
}
