//! Cases in the form the world delivers: configuration items, events or whole files, which pass ingestion before the
//! SQL runs.
//!
//! What a case leaves out of an item or an event gets a default, so that it stays a few lines. A text is completed as
//! a text: its blanks, its order and its escapes reach ingestion as the case prints them.

use crate::catalogue::sql::Query;
use crate::catalogue::{Case, Select};
use crate::ingest::reading::json::{self, Members};
use crate::schema::Schema;

/// A file of a case: its path, as a delivery has it, and its text.
pub type File = (String, String);

/// Which form the evidence of a case has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Rows of tables: nothing is ingested.
    Rows,
    /// Configuration items.
    Items,
    /// CloudTrail events.
    Events,
    /// Whole files.
    Files,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rows, Self::Items, Self::Events, Self::Files];

    /// The form of a case: that of the most of the world which it holds.
    pub fn of(case: &Case) -> Self {
        if !case.files.is_empty() {
            Self::Files
        } else if !case.events.is_empty() {
            Self::Events
        } else if !case.items.is_empty() {
            Self::Items
        } else {
            Self::Rows
        }
    }

    /// Its name, as the key of a case has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Items => "items",
            Self::Events => "events",
            Self::Files => "files",
        }
    }
}

/// The files that deliver what a case holds. `queries` and `select` are those of the entry: the table that its rows
/// come from says which type an item is of, the events it selects which service an event is of.
///
/// # Errors
/// In words, when an item or event is no JSON object.
pub fn files(case: &Case, schema: &Schema, queries: &[&Query], select: Option<&Select>) -> Result<Vec<File>, String> {
    let mut files: Vec<File> = case.files.iter().map(|(name, text)| (name.clone(), text.clone())).collect();
    if !case.items.is_empty() {
        let base = queries.iter().find_map(|query| query.base());
        let kind = schema.resources().iter().find(|r| base == Some(r.name.as_str())).map(|r| r.resource_type.clone());
        let items = case.items.iter().enumerate().map(|(n, item)| completed(item, &item_defaults(n, kind.as_deref())));
        let items = items.collect::<Result<Vec<_>, _>>()?.join(",");
        files.push((
            "AWSLogs/111122223333/Config/eu-west-1/2024/6/30/ConfigSnapshot/111122223333_Config_eu-west-1_ConfigSnapshot_20240630T000000Z_case.json".to_owned(),
            format!(r#"{{"fileVersion":"1.0","configSnapshotId":"case","configurationItems":[{items}]}}"#),
        ));
    }
    if !case.events.is_empty() {
        let source = select.and_then(|select| select.sources.first());
        let events = case.events.iter().enumerate().map(|(n, event)| completed(event, &event_defaults(n, source.map(String::as_str))));
        let events = events.collect::<Result<Vec<_>, _>>()?.join(",");
        files.push((
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/01/111122223333_CloudTrail_eu-west-1_20240501T1005Z_case.json".to_owned(),
            format!(r#"{{"Records":[{events}]}}"#),
        ));
    }
    Ok(files)
}

/// Members of the `n`th item, where the case does not give them.
fn item_defaults(n: usize, kind: Option<&str>) -> Vec<(&'static str, String)> {
    let region = if kind.is_some_and(|kind| kind.starts_with("AWS::IAM::")) { "global" } else { "eu-west-1" };
    let mut members = vec![
        ("configurationItemVersion", quoted("1.3")),
        ("configurationItemCaptureTime", quoted("2024-06-30T00:00:00.000Z")),
        ("configurationItemStatus", quoted("OK")),
        ("configurationStateId", (n + 1).to_string()),
        ("awsAccountId", quoted("111122223333")),
        ("awsRegion", quoted(region)),
        ("resourceId", quoted(&format!("r{n}"))),
        ("tags", "{}".to_owned()),
        ("relationships", "[]".to_owned()),
    ];
    members.extend(kind.map(|kind| ("resourceType", quoted(kind))));
    members
}

/// Members of the `n`th event, where the case does not give them.
fn event_defaults(n: usize, source: Option<&str>) -> Vec<(&'static str, String)> {
    let identity = r#"{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/ada","accountId":"111122223333","userName":"ada"}"#;
    let mut members = vec![
        ("eventVersion", quoted("1.11")),
        ("userIdentity", identity.to_owned()),
        ("eventTime", quoted("2024-05-01T10:00:00Z")),
        ("awsRegion", quoted("eu-west-1")),
        ("sourceIPAddress", quoted("192.0.2.1")),
        ("userAgent", quoted("aws-cli/2.15.0")),
        ("eventID", quoted(&format!("e{n}"))),
        ("eventType", quoted("AwsApiCall")),
        ("eventCategory", quoted("Management")),
        ("managementEvent", "true".to_owned()),
        ("readOnly", "false".to_owned()),
        ("recipientAccountId", quoted("111122223333")),
    ];
    members.extend(source.map(|source| ("eventSource", quoted(source))));
    members
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An object as JSON text with the members it lacks, at its end.
fn completed(given: &toml::Value, defaults: &[(&'static str, String)]) -> Result<String, String> {
    let text = match given {
        toml::Value::String(text) => text.trim_end().to_owned(),
        other => serde_json::to_string(other).map_err(|error| error.to_string())?,
    };
    let open = json::skip_blank(text.as_bytes(), 0);
    let body = text.strip_suffix('}').filter(|_| text.as_bytes().get(open) == Some(&b'{'));
    let body = body.ok_or_else(|| format!("an item or event is a JSON object, not {text:?}"))?;
    let mut names: Vec<&str> = Members::new(text.as_bytes(), open).map(|(name, _, _)| name).collect();
    if names.contains(&"accountId") {
        names.push("awsAccountId");
    }
    let mut whole = body.to_owned();
    let mut first = names.is_empty();
    for (name, value) in defaults.iter().filter(|(name, _)| !names.contains(name)) {
        whole.push_str(if first { "" } else { "," });
        whole.push_str(&format!("{}:{value}", quoted(name)));
        first = false;
    }
    whole.push('}');
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_case_leaves_out_is_added_and_what_it_prints_stays() {
        let defaults = [("a", "1".to_owned()), ("b", quoted("x"))];
        let of = |text: &str| completed(&toml::Value::String(text.to_owned()), &defaults);
        assert_eq!(of("{}").unwrap(), r#"{"a":1,"b":"x"}"#);
        assert_eq!(of("{ \"c\": [ 1,\t2 ],\n \"b\" : null }\n").unwrap(), "{ \"c\": [ 1,\t2 ],\n \"b\" : null ,\"a\":1}");
        let table = toml::from_str::<toml::Table>("v = { c = true, a = 2 }").unwrap();
        assert_eq!(completed(&table["v"], &defaults).unwrap(), r#"{"c":true,"a":2,"b":"x"}"#);
        assert!(of("[1]").is_err() && of("{\"a\":1").is_err());
    }
}
