//! `iam get-account-authorization-details`: users, groups, roles and managed policies of an account.
//!
//! AWS Config's items of these types hold the same documents, so each detail is read as an item and fills
//! the same tables. Two things differ. The answer does not say when it was given: the file's name is asked
//! for a date, as for a credential report; without one the details count as valid at any date, and the file
//! says so. And it is no item of AWS Config's: where both know a resource, AWS Config's counts, since its
//! items say when they held (the status `AuthorizationDetail` tells the rows apart).
//!
//! Policies of AWS's own appear when they are attached. They stand under the account that attached them,
//! with AWS's ARN, which controls over the client's policies leave out.

use serde_json::Value;

use super::item::{Detail, Item};
use super::{Context, Reader};
use crate::base::time;
use crate::ingest::batch::Output;
use crate::ingest::formats::cli_answers::{self, kind_name, place_of};
use crate::ingest::reading::pages;
use crate::ingest::reading::tree::Tree;
use crate::ingest::{formats::credentials, reading::json};

/// The lists of an answer, in the order records are counted: list, type, names of id and name.
const LISTS: [(&str, &str, &str, &str); 4] = [
    ("UserDetailList", "AWS::IAM::User", "UserId", "UserName"),
    ("GroupDetailList", "AWS::IAM::Group", "GroupId", "GroupName"),
    ("RoleDetailList", "AWS::IAM::Role", "RoleId", "RoleName"),
    ("Policies", "AWS::IAM::Policy", "PolicyId", "PolicyName"),
];

/// The jq program that prints record `record` of a file: `jq -n 'PROGRAM' FILE`.
pub fn jq(record: u64) -> String {
    let lists: Vec<String> = LISTS.iter().map(|(list, ..)| format!(".{list}[]?")).collect();
    format!("[inputs | (.data? // .) | {}][{record}]", lists.join(", "))
}

/// The documents of a text, one after the other, until one is broken.
fn documents(text: &[u8]) -> impl Iterator<Item = Result<Value, serde_json::Error>> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    serde_json::Deserializer::from_slice(text).into_iter::<Value>()
}

/// Reads all pages of the answer.
pub fn read(text: &[u8], path: &str, out: &mut Output<'_>) {
    let mended = json::mend_surrogates(text);
    let text = mended.as_deref().unwrap_or(text);
    let captured = credentials::generated_from_name(path);
    match captured {
        Some(_) => out.note("the time the authorization details were given is taken from the file's name"),
        None => out.note(
            "the authorization details do not say when they were given: they are read as valid at any date (put the date into the file's name, such as 2024-06-30)",
        ),
    }
    let ctx = Context::default();
    let mut reader = Reader::new(&ctx, out);
    let mut any = false;
    for document in documents(text) {
        any = true;
        match document {
            Ok(document) => page(&document, path, captured, &mut reader),
            Err(error) => {
                let why = json::why(&error);
                reader.done(Err(format!("the text from here on is no whole JSON: {why}")), None);
            }
        }
    }
    if !any {
        reader.done(Err("the file holds no JSON document".to_owned()), Some(0));
    }
    let tally = reader.tally;
    tally.tell(out);
}

fn page(document: &Value, path: &str, captured: Option<i64>, reader: &mut Reader<'_, '_>) {
    let answer = cli_answers::unwrap(document);
    let lists: Vec<_> = LISTS.iter().filter_map(|entry| Some((entry, answer.get(entry.0)?))).collect();
    if lists.is_empty() {
        let why = cli_answers::refusal(answer).map_or_else(
            || "the document holds no authorization details".to_owned(),
            |code| format!("the answer holds the error {code} instead of data"),
        );
        return reader.done(Err(why), None);
    }
    if answer.get("IsTruncated").and_then(Value::as_bool) == Some(true) {
        reader.out.note(pages::incomplete("IsTruncated"));
    }
    let account = account_of(answer).or_else(|| place_of(path).account);
    for ((list, kind, id, name), value) in lists {
        match value {
            Value::Array(details) => {
                for detail in details {
                    let taken = item(detail, kind, id, name, account.as_deref(), captured, reader);
                    reader.done(taken, None);
                }
            }
            Value::Null => {}
            other => reader.done(Err(format!("{list} is {} and no list", kind_name(other))), None),
        }
    }
}

/// The account of an answer: that of its users, groups and roles, if they agree.
fn account_of(answer: &Value) -> Option<String> {
    let mut only: Option<&str> = None;
    for (list, ..) in &LISTS[..3] {
        for detail in answer.get(*list).and_then(Value::as_array).into_iter().flatten() {
            let Some(account) = detail.get("Arn").and_then(Value::as_str).and_then(|arn| cli_answers::of_arn(arn).0) else { continue };
            if only.is_some_and(|other| other != account) {
                return None;
            }
            only = Some(account);
        }
    }
    only.map(str::to_owned)
}

fn item(
    detail: &Value,
    resource_type: &'static str,
    id: &str,
    name: &str,
    account: Option<&str>,
    captured_at: Option<i64>,
    reader: &mut Reader<'_, '_>,
) -> Result<(), String> {
    let Value::Object(members) = detail else { return Err(format!("the detail is {} and no object", kind_name(detail))) };
    let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let created_at = members.get("CreateDate").and_then(|at| time::parse_json(at).ok());
    let detail = Detail {
        resource_type,
        id: text(id),
        name: text(name),
        arn: text("Arn"),
        account,
        captured_at,
        created_at,
        configuration: whole(detail, resource_type),
    };
    let item = Item::of_detail(detail, &mut reader.tally)?;
    reader.rows(item);
    Ok(())
}

/// Lists that AWS leaves out when they are empty: an item of AWS Config's always has them, and a count of
/// them is known to be nought.
fn whole<'a>(detail: &'a Value, resource_type: &str) -> Tree<'a> {
    let lists: &[&'static str] = match resource_type {
        "AWS::IAM::User" => &["UserPolicyList", "GroupList", "AttachedManagedPolicies"],
        "AWS::IAM::Group" => &["GroupPolicyList", "AttachedManagedPolicies"],
        "AWS::IAM::Role" => &["RolePolicyList", "AttachedManagedPolicies"],
        _ => &[],
    };
    let mut whole = Tree::from(detail);
    if let Tree::Object(members) = &mut whole {
        lists.iter().for_each(|list| members.or_insert(list, Tree::List(Vec::new())));
    }
    whole
}

/// The text of one record, for `evidence`.
pub fn find(text: &[u8], record: u64) -> Option<String> {
    let mended = json::mend_surrogates(text);
    let text = mended.as_deref().unwrap_or(text);
    let mut left = usize::try_from(record).ok()?;
    for document in documents(text) {
        let document = document.ok()?;
        let answer = cli_answers::unwrap(&document);
        for (list, ..) in LISTS {
            let details = answer.get(list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            if let Some(detail) = details.get(left) {
                return Some(detail.to_string());
            }
            left -= details.len();
        }
    }
    None
}
