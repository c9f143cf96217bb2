//! The IAM credential report, as CSV or in the CLI's JSON.

use crate::ingest::formats::declaration::{ANSWER, Declaration, Family, Holds, Mark, Read, Record, Request, Trace, rank};

/// IAM, in the documentation.
pub(in crate::ingest) static FAMILY: Family = Family { order: 5, name: "IAM", note: "" };

static REPORTS: Request = Request {
    order: 9,
    tells: "passwords, keys and second factors",
    each: true,
    beside: None,
    what: "IAM credential report",
    how: "aws iam generate-credential-report; aws iam get-credential-report --query Content --output text | base64 -d > iam/ACCOUNT/credential-report.csv",
};

const CREDENTIALS: Declaration = Declaration {
    label: "IAM credential report",
    holds: Holds::Credentials,
    source: Some("credential report"),
    tables: &["iam_credentials"],
    requests: &[&REPORTS],
    ..Declaration::OTHER
};

pub(in crate::ingest) static CSV: Declaration = Declaration {
    rank: rank::FINDINGS,
    docs: Some((&FAMILY, "credential report (CSV, or the CLI's JSON)")),
    marks: &[Mark::Table(|table| table.starts_with(&["user", "arn", "user_creation_time"]))],
    read: Read::Text(|text, path, out| super::read_csv(&mut &*text, path, out).map_err(|error| error.to_string())),
    record: Record::Row,
    traces: &[
        Trace::Columns(
            &["password_enabled", "password_last_used", "mfa_active", "access_key_1_active", "cert_1_active"],
            2,
            "an IAM credential report",
        ),
        Trace::Call("credential-report"),
        Trace::Call("credential_report"),
    ],
    examples: &["user,arn,user_creation_time,password_enabled\nada,arn:aws:iam::111122223333:user/ada,2024-05-01T10:00:00Z,true\n"],
    ..CREDENTIALS
};

pub(in crate::ingest) static JSON: Declaration = Declaration {
    marks: &[Mark::Members(&["ReportFormat", "Content"])],
    read: Read::Text(|text, _, out| super::read_json(text, out).map_err(|error| error.to_string())),
    traces: &[Trace::Quoted(&["ReportFormat"], 1, ANSWER), Trace::Call("get-credential-report")],
    examples: &[
        r#"{"ReportFormat":"text/csv","GeneratedTime":"2024-05-02T10:00:00Z","Content":"dXNlcixhcm4sdXNlcl9jcmVhdGlvbl90aW1lLHBhc3N3b3JkX2VuYWJsZWQKYWRhLGFybjphd3M6aWFtOjoxMTExMjIyMjMzMzM6dXNlci9hZGEsMjAyNC0wNS0wMVQxMDowMDowMFosdHJ1ZQo="}"#,
    ],
    ..CREDENTIALS
};
