//! Denys of plain HTTP.

use super::*;

/// Members of the statement, after the effect → answer for bucket `b`.
const CASES: &[(&str, &str)] = &[
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "yes",
    ),
    (
        r#""Principal":{"AWS":"*"},"Action":["s3:*"],"Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b"],"Condition":{"Bool":{"aws:SecureTransport":false}}"#,
        "yes",
    ),
    (r#""Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"AWS:securetransport":["false"]}}"#, "yes"),
    (r#""Principal":"*","Action":"S3:*","Resource":"arn:aws:s3:::b*","Condition":{"BoolIfExists":{"aws:SecureTransport":"FALSE"}}"#, "yes"),
    (r#""Principal":"*","NotAction":"iam:*","Resource":"arn:aws:s3:::*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#, "yes"),
    (r#""Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::other*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#, "yes"),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"NumericLessThanIfExists":{"s3:TlsVersion":"1.2"}}"#,
        "yes",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Null":{"s3:TlsVersion":"true"}}"#,
        "yes",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#,
        "yes",
    ),
    // Denies everything, so plain HTTP too.
    (r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#, "yes"),
    // Other resources.
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::other","arn:aws:s3:::other/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/logs/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "no",
    ),
    (r#""Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#, "no"),
    (r#""Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#, "no"),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b?","arn:aws:s3:::b?/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws-cn:s3:::b","arn:aws-cn:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "no",
    ),
    (r#""Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#, "no"),
    // Other actions.
    (
        r#""Principal":"*","Action":"s3:GetObject","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "no",
    ),
    (
        r#""Principal":"*","Action":["s3:Get*","s3:Put*"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "no",
    ),
    (
        r#""Principal":"*","NotAction":"s3:GetObject","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "no",
    ),
    // Some principals.
    (
        r#""Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "no",
    ),
    (
        r#""NotPrincipal":{"AWS":"111122223333"},"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        "no",
    ),
    // Other conditions.
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}"#,
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}"#,
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"},"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false","aws:PrincipalIsAWSService":"false"}}"#,
        "no",
    ),
    (
        r#""Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"StringEquals":{"aws:SecureTransport":"false"}}"#,
        "unknown",
    ),
];

#[test]
fn cases() {
    for (members, expected) in CASES {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny",{members}}}]}}"#);
        assert_eq!(denies_plain_http(&document(&text), "arn:aws:s3:::b").code(), *expected, "{members}");
        let text = text.replace(r#""Effect":"Deny""#, r#""Effect":"Allow""#);
        assert_eq!(denies_plain_http(&document(&text), "arn:aws:s3:::b"), Answer::No, "{text}");
    }
}

#[test]
fn two_statements_together() {
    let of = |resource: &str| {
        format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"{resource}","Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}"#
        )
    };
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{},{}]}}"#, of("arn:aws:s3:::b"), of("arn:aws:s3:::b/*"));
    assert_eq!(denies_plain_http(&document(&text), "arn:aws:s3:::b"), Answer::Yes);
    assert_eq!(denies_plain_http(&document(&text), "arn:aws:s3:::c"), Answer::No);
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws-us-gov:s3:::b","arn:aws-us-gov:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;
    assert_eq!(denies_plain_http(&document(text), "arn:aws-us-gov:s3:::b"), Answer::Yes);
}
