//! Answers of the AWS CLI that tell about the evidence itself: trails, recorders, rules, accounts.
//!
//! They are small and read whole. A file may hold one answer, several pages of one glued together, or
//! an answer wrapped by the tool that recorded it. What an answer does not say, such as its account or
//! Region, is taken from the file's path where it stands there beyond doubt, and is NULL otherwise.

pub mod accounts;
mod columns;
pub mod config;
pub mod config_state;
pub mod format;
pub mod matrix;
mod place;
pub mod trails;

use serde_json::{Map, Value};

pub use columns::{
    ACCOUNT_SUMMARY_COLUMNS, CLIENT_CONTROL_COLUMNS, COMPLIANCE_COLUMNS, ORGANIZATION_ACCOUNT_COLUMNS, RECORDER_COLUMNS, RULE_COLUMNS,
    SELECTOR_COLUMNS, TRAIL_COLUMNS, TRAIL_STATUS_COLUMNS,
};
pub use config::rule_identifier;
pub use matrix::{MatrixError, is_control_matrix, read_control_matrix};
pub use place::{Place, place_of, without_copy_mark};
pub use trails::trail_of_file;

use super::list::{Answer, AnswerError};
use crate::base::time;
use crate::ingest::batch::Output;

/// Which of these answers a document is, looking through the wrapping of recorded answers.
pub fn detect<'a>(answers: &[&'a Answer], value: &Value) -> Option<&'a Answer> {
    let object = unwrap(value).as_object()?;
    answers.iter().copied().find(|answer| answer.list.is_in(object))
}

/// The answer inside `{"status_code": 200, "data": {...}}`, as test tools record it; else the value.
pub fn unwrap(value: &Value) -> &Value {
    match (value.get("status_code"), value.get("data")) {
        (Some(_), Some(data)) if data.is_object() => data,
        _ => value,
    }
}

/// Reads every answer of a file. Records are counted on from answer to answer.
///
/// # Errors
/// When the text is no JSON, or a document in it is no known answer: what came before stays in `out`.
pub fn read_text(answers: &[&Answer], text: &[u8], path: &str, out: &mut Output<'_>) -> Result<(), AnswerError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut found = false;
    for document in serde_json::Deserializer::from_slice(text).into_iter::<Value>() {
        let document = document?;
        found = true;
        let answer = detect(answers, &document);
        let document = unwrap(&document);
        if let (None, Some(code)) = (answer, refusal(document)) {
            return Err(AnswerError::Refused { code });
        }
        let (answer, document) = answer.zip(document.as_object()).ok_or(AnswerError::Unknown)?;
        (answer.read)(document, path, out)?;
    }
    if found { Ok(()) } else { Err(AnswerError::Unknown) }
}

/// AWS's error code, if the answer is an error.
pub(in crate::ingest) fn refusal(answer: &Value) -> Option<String> {
    let code = answer.get("Error")?.get("Code")?.as_str()?;
    Some(code.chars().take(80).collect())
}

/// The members of a list of objects; absent and null are empty.
fn list<'v>(answer: &'v Map<String, Value>, member: &'static str) -> Result<&'v [Value], AnswerError> {
    match answer.get(member) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(AnswerError::Shape { member, wanted: "a list" }),
    }
}

/// The first of several lists that the answer has.
fn first_list<'v>(answer: &'v Map<String, Value>, members: &[&'static str]) -> Result<&'v [Value], AnswerError> {
    let member = members.iter().find(|member| answer.contains_key(**member)).or(members.first());
    member.map_or(Ok(&[]), |member| list(answer, member))
}

/// Reads each element with `row`; an error of it is a reject with that reason.
fn each(elements: &[Value], out: &mut Output<'_>, mut row: impl FnMut(u64, &Map<String, Value>, &mut Output<'_>) -> Result<(), String>) {
    for element in elements {
        let record = out.counts.read;
        out.read(1);
        let done = match element {
            Value::Object(object) => row(record, object, out),
            other => Err(format!("the element is {} and no object", kind_name(other))),
        };
        match done {
            Ok(()) => out.kept(1),
            Err(reason) => out.reject(record, None, reason),
        }
    }
}

/// What a value is, in words.
pub(in crate::ingest) fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a flag",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Reads members of an object, by AWS's own name or that name in other case.
pub(in crate::ingest) trait Members {
    /// The member.
    fn member(&self, name: &str) -> Option<&Value>;

    /// A text that is not empty. Numbers are given as text, so that ids written as numbers survive.
    fn text(&self, name: &str) -> Option<String> {
        match self.member(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A flag, also one written as text.
    fn flag(&self, name: &str) -> Option<bool> {
        match self.member(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// An object.
    fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        self.member(name)?.as_object()
    }

    /// A time, UTC microseconds. One that cannot be read is NULL and told.
    fn moment(&self, name: &str, out: &mut Output<'_>) -> Option<i64> {
        match time::parse_json(self.member(name)?) {
            Ok(micros) => Some(micros),
            Err(time::TimeError::Empty) => None,
            Err(error) => {
                out.note(format!("{name}: {error}; it is NULL"));
                None
            }
        }
    }
}

impl Members for Map<String, Value> {
    fn member(&self, name: &str) -> Option<&Value> {
        self.get(name).or_else(|| self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }
}

/// Account and Region of an ARN, where it has them.
pub(in crate::ingest) fn of_arn(arn: &str) -> (Option<&str>, Option<&str>) {
    let mut parts = arn.split(':');
    if parts.next() != Some("arn") {
        return (None, None);
    }
    let region = parts.nth(2).filter(|region| !region.is_empty());
    let account = parts.next().filter(|account| !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit()));
    (account, region)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::cost::testing::{collect, files_below, real_data};
    use super::super::registry;
    use super::*;
    use crate::schema::{ColumnKind, Schema};

    /// Reads answers of every kind.
    pub(in super::super) fn read_text(text: &[u8], path: &str, out: &mut Output<'_>) -> Result<(), AnswerError> {
        super::read_text(registry::answers(), text, path, out)
    }

    #[test]
    fn columns_are_the_declared_tables() {
        let schema = Schema::new(Vec::new(), Vec::new()).unwrap();
        for (table, columns) in [
            ("trails", TRAIL_COLUMNS),
            ("trail_status", TRAIL_STATUS_COLUMNS),
            ("trail_event_selectors", SELECTOR_COLUMNS),
            ("organization_accounts", ORGANIZATION_ACCOUNT_COLUMNS),
            ("iam_account_summary", ACCOUNT_SUMMARY_COLUMNS),
            ("config_compliance", COMPLIANCE_COLUMNS),
            ("config_recorders", RECORDER_COLUMNS),
            ("client_control_matrix", CLIENT_CONTROL_COLUMNS),
            ("config_rules", RULE_COLUMNS),
        ] {
            let declared = schema.table(table).unwrap();
            let declared: Vec<(&str, ColumnKind)> = declared.columns.iter().map(|c| (c.name.as_str(), c.kind)).collect();
            let ours: Vec<(&str, ColumnKind)> = columns.iter().map(|(name, kind, _)| (*name, *kind)).collect();
            assert_eq!(ours, declared, "{table}");
        }
    }

    #[test]
    fn pages_wrappings_and_refusals() {
        let page = |id: &str, token: &str| {
            format!(r#"{{"Accounts":[{{"Id":"{id}","Arn":"arn:aws:organizations::1:account/o/x","Name":"n"}}],"NextToken":"{token}"}}"#)
        };
        let text = page("111122223333", "abc") + &format!(r#"{{"status_code":200,"data":{}}}"#, page("444455556666", ""));
        let read = collect(|out| read_text(text.as_bytes(), "x", out).unwrap());
        assert_eq!(read.account(), (2, 2, 0));
        assert_eq!(
            read.rows.iter().map(|r| (r.record, r.get("account_id"))).collect::<Vec<_>>(),
            [(0, "111122223333"), (1, "444455556666")]
        );
        assert_eq!(read.notes, Vec::<String>::new(), "the page that the token names follows");
        collect(|out| {
            let error = |text: &str, out: &mut Output<'_>| read_text(text.as_bytes(), "x", out).unwrap_err().to_string();
            assert_eq!(
                error(r#"{"Error":{"Code":"AccessDenied","Message":"no"}}"#, out),
                "the answer holds the error AccessDenied instead of data; export it again"
            );
            assert_eq!(error(r#"{"trailList":{}}"#, out), "trailList of the answer is not a list");
            for text in ["{}", "[]", "5", r#"{"Accounts":[{"Id":"x"}]}"#, ""] {
                assert_eq!(error(text, out), "the document is none of the known answers of the AWS CLI", "{text}");
            }
            for text in [r#"{"trailList":["#, "nonsense", &"[".repeat(100_000)] {
                assert!(error(text, out).starts_with("the answer is not whole JSON: "));
            }
        });
    }

    #[test]
    fn elements_that_are_no_objects_are_rejected() {
        let read = collect(|out| {
            let text = r#"{"trailList":[null,5,"x",[],{"Name":"t"},{}]}"#;
            read_text(text.as_bytes(), "x", out).unwrap();
        });
        assert_eq!(read.account(), (6, 1, 5));
        let reasons: Vec<_> = read.rejects.iter().map(|r| (r.record, r.reason.as_str())).collect();
        assert_eq!(
            reasons,
            [
                (0, "the element is null and no object"),
                (1, "the element is a number and no object"),
                (2, "the element is a text and no object"),
                (3, "the element is a list and no object"),
                (5, "the trail has neither TrailARN nor Name"),
            ]
        );
    }

    #[test]
    fn arns() {
        assert_eq!(of_arn("arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/x"), (Some("111122223333"), Some("us-gov-west-1")));
        assert_eq!(of_arn("arn:aws:iam::111122223333:role/x"), (Some("111122223333"), None));
        assert_eq!(of_arn("arn:aws:s3:::bucket"), (None, None));
        assert_eq!(of_arn("arn:aws:iam::aws:policy/x"), (None, None));
        assert_eq!(of_arn("111122223333:x:y:z:w"), (None, None));
    }

    #[test]
    fn real_answers() {
        let mut read_files = 0;
        for (folder, min) in [("cloudtrail/cloud-custodian-cli", 70), ("config/cloud-custodian-cli", 15), ("posture/account-summary", 3)] {
            let Some(root) = real_data(folder) else { return };
            let mut here = 0;
            for path in files_below(&root) {
                if path.extension().is_none_or(|e| e != "json") {
                    continue;
                }
                let name = path.to_string_lossy().into_owned();
                let bytes = std::fs::read(&path).unwrap();
                let value: Value = serde_json::from_slice(&bytes).unwrap();
                if detect(registry::answers(), &value).is_none() {
                    // Items and queries are read elsewhere; errors are told.
                    let elsewhere = ["GetResourceConfigHistory", "SelectResourceConfig"];
                    let refused = refusal(unwrap(&value)).is_some();
                    assert!(refused || elsewhere.iter().any(|e| name.contains(e)), "{name}");
                    continue;
                }
                let read = collect(|out| read_text(&bytes, &name, out).unwrap());
                assert_eq!(read.account().2, 0, "{name}: {:?}", read.rejects);
                // Not every selector of these has a row in one table; every other record has one.
                assert!(read.rows.len() as u64 >= read.counts.kept, "{name}");
                here += 1;
            }
            assert!(here >= min, "{folder}: {here}");
            read_files += here;
        }
        eprintln!("{read_files} recorded answers read");
    }

    proptest! {
        #[test]
        fn any_json_ends_in_counts(answer in 0..registry::answers().len(), body in "(\\{\\}|null|[0-9]|\\[[0-9]?\\]|\\[\\{\\}\\]|\"x\"|\\[\\{\"Name\":[0-9],\"ConfigRuleName\":\\[\\],\"Id\":\\{\\}\\}\\])") {
            let text = format!("{{{:?}:{body}}}", registry::answers()[answer].list.names[0]);
            let read = collect(|out| drop(read_text(text.as_bytes(), "x", out)));
            prop_assert_eq!(read.counts.read, read.counts.kept + read.counts.rejected);
        }
    }
}
