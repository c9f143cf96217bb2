use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::declared::{self, Declared};
use super::fields::{self, Fields};
use super::unread::Unread;
use super::walk::{GaveUp, Walk};
use super::{Container, Event, Sink, find, read};
use crate::ingest::batch::Cell;
use crate::schema::resource::{EventColumn, event_columns};
use crate::schema::row::{Columns as _, position};
use crate::schema::tables::CloudtrailEventsRow;

const NAME: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::event_name);
const ACCOUNT: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::account_id);

const COLUMNS: &str = r#"
name = { path = ["requestParameters.name", "requestParameters.deep.name"], type = "string" }
first = { path = "requestParameters.list[].id", type = "bigint" }
object = { path = "requestParameters.deep", type = "json" }
flag = { path = "responseElements.enabled", type = "boolean" }
tagged = { path = "requestParameters.tags[key=owner].value", type = "string" }
"#;

fn columns() -> Vec<EventColumn> {
    event_columns(toml::from_str(COLUMNS).unwrap()).unwrap()
}

fn walked<'t>(text: &'t str, columns: &[EventColumn]) -> Result<(usize, Fields<'t>), GaveUp> {
    let mut walk = Walk::new(columns);
    walk.start(0);
    walk.record(text, 0)
}

fn sample() -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": "2026-04-01T10:11:12Z", "eventID": "a-1", "eventName": "PutThing", "eventSource": "x.amazonaws.com",
        "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/Dev/ada@example.com", "accountId": "111122223333",
            "sessionContext": {"attributes": {"mfaAuthenticated": "true", "creationDate": "2026-04-01T10:00:00Z"}, "sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/Dev"}}},
        "requestParameters": {"deep": {"name": "inner \"quoted\" é \\ \u{1F600}"}, "list": [{"id": 7}, {"id": 8}], "tags": [{"key": "a", "value": "b"}, {"key": "owner", "value": "ada"}]},
        "responseElements": {"enabled": false, "nothing": null, "numbers": [1, -2.5, 1e3, 0.1]},
        "resources": [{"accountId": "1"}, {"ARN": "arn:aws:s3:::bucket", "type": "AWS::S3::Bucket"}],
        "readOnly": false, "tlsDetails": {"tlsVersion": "TLSv1.3"}, "empty": {}, "none": []
    })
}

#[test]
fn the_walk_finds_what_the_parser_finds() {
    let columns = columns();
    for text in [sample().to_string(), serde_json::to_string_pretty(&sample()).unwrap()] {
        let (end, found) = walked(&text, &columns).unwrap();
        assert_eq!(end, text.len());
        let parsed: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(found, fields::of(&text, &parsed, &columns).unwrap());
        assert_eq!(found.get(fields::slot::ISSUER_ARN), Some("arn:aws:iam::111122223333:role/Dev"));
        assert_eq!(found.resource.0.as_deref(), Some("arn:aws:s3:::bucket"));
        let text = |t: &'static str| Declared::Text(Cow::Borrowed(t));
        assert_eq!(found.declared[0], text("inner \"quoted\" é \\ \u{1F600}"));
        assert_eq!(found.declared[1], Declared::Int(7));
        assert_eq!(found.declared[3], Declared::Bool(false));
        assert_eq!(found.declared[4], text("ada"));
    }
}

#[test]
fn texts_that_hold_json_are_read_like_the_json_itself() {
    let columns = columns();
    let deep = json!({"name": "inner", "list": [1.50, {"a": 1e3}]});
    let plain = json!({"deep": deep, "list": [{"id": 7}], "tags": [{"key": "owner", "value": "ada"}]});
    let spread = |value: &Value| serde_json::to_string_pretty(value).unwrap().replace("  ", "\t");
    let mut as_text = plain.clone();
    as_text["deep"] = spread(&plain["deep"]).into();
    as_text["list"] = spread(&plain["list"]).into();
    as_text["tags"] = spread(&plain["tags"]).into();
    for parameters in [plain.clone(), as_text.clone(), json!(spread(&plain)), json!(as_text.to_string())] {
        let mut record = sample();
        record["requestParameters"] = parameters;
        for text in [record.to_string(), spread(&record)] {
            let (_, found) = walked(&text, &columns).unwrap();
            let text_of = |t: &str| Declared::Text(Cow::Owned(t.to_owned()));
            let wanted = [
                text_of("inner"),
                Declared::Int(7),
                text_of(r#"{"list":[1.5,{"a":1000.0}],"name":"inner"}"#),
                Declared::Bool(false),
                text_of("ada"),
            ];
            assert_eq!(found.declared, wanted, "{text}");
            assert_eq!(found, fields::of(&text, &serde_json::from_str(&text).unwrap(), &columns).unwrap());
        }
    }
}

#[test]
fn numbers_and_names_stay_as_delivered() {
    let text = r#"{"requestParameters": {"deep": {"b": 1.50, "a": 12345678901234567890123, "B": 1e3 } }}"#;
    let (_, found) = walked(text, &columns()).unwrap();
    assert_eq!(found.declared[2], Declared::Text(Cow::Borrowed(r#"{"b":1.50,"a":12345678901234567890123,"B":1e3}"#)));
}

#[test]
fn what_is_too_long_too_deep_or_broken_is_named() {
    let columns = columns();
    let of = |parameters: &str| {
        let text = format!(r#"{{"requestParameters":{parameters}}}"#);
        walked(&text, &columns).unwrap().1.declared.iter().map(Declared::unread).collect::<Vec<_>>()
    };
    let long = "é".repeat(declared::MAX_TEXT);
    assert_eq!(of(&json!({ "name": long }).to_string()), [None; 5], "characters count, not bytes");
    assert_eq!(of(&json!({ "name": format!("{long}x") }).to_string())[0], Some(Unread::Cut(declared::MAX_TEXT)));
    let document = json!({ "deep": {"a": "x".repeat(declared::MAX_DOCUMENT)} }).to_string();
    assert_eq!(of(&document)[2], Some(Unread::Cut(declared::MAX_DOCUMENT)));
    let deep = format!(r#"{{"deep":{}1{}}}"#, "[".repeat(1_000), "]".repeat(1_000));
    assert_eq!(of(&deep)[2], Some(Unread::Deep));
    assert_eq!(of(r#"{"deep":"{\"a\": ["}"#)[2], Some(Unread::Broken));
}

#[test]
fn content_has_one_hash_however_it_is_written() {
    let plain = sample().to_string();
    let other = serde_json::to_string_pretty(&sample()).unwrap().replace('é', "\\u00e9").replace("1000.0", "1E3");
    let hash = |text: &str| walked(text, &[]).unwrap().1.content_hash;
    assert_eq!(hash(&plain), hash(&other));
    assert_ne!(hash(&plain), hash(&plain.replace("PutThing", "GetThing")));
}

/// Values as they may stand in a record.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[\\\\\"/a\u{1}\n{}\\[\\]]{0,8}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        proptest::sample::select(vec![
            "eventID",
            "userIdentity",
            "sessionContext",
            "attributes",
            "type",
            "arn",
            "requestParameters",
            "deep",
            "name",
            "list",
            "id",
            "resources",
            "ARN",
            "detail",
        ])
        .prop_map(str::to_owned),
        ".{0,4}",
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..6).prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn walk_and_parser_agree_on_any_object(value in any_json(), pretty in any::<bool>()) {
        prop_assume!(value.is_object());
        let columns = columns();
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        if let Ok((end, found)) = walked(&text, &columns) {
            prop_assert_eq!(end, text.len());
            let parsed: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(found, fields::of(&text, &parsed, &columns).unwrap());
        }
    }

    #[test]
    fn what_the_walk_takes_is_json(at in 0usize..900, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = sample().to_string().into_bytes();
        if at < bytes.len() {
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
        }
        if let Ok(text) = std::str::from_utf8(&bytes)
            && let Ok((end, found)) = walked(text, &columns())
        {
            let parsed: Value = serde_json::from_str(&text[..end]).expect("the walk took what is no JSON");
            prop_assert_eq!(found, fields::of(&text[..end], &parsed, &columns()).unwrap());
        }
    }
}

#[derive(Default)]
struct Seen {
    names: Vec<(u64, String)>,
    accounts: Vec<Option<String>>,
    rejects: Vec<(u64, u64, String)>,
    notes: Vec<String>,
}

impl Sink for Seen {
    fn event(&mut self, record: u64, event: &Event<'_>) {
        let Cell::Text(name) = event.cells[NAME] else { panic!("no name") };
        self.names.push((record, name.to_owned()));
        self.accounts.push(if let Cell::Text(account) = event.cells[ACCOUNT] { Some(account.to_owned()) } else { None });
    }
    fn reject(&mut self, record: u64, offset: u64, reason: String) {
        self.rejects.push((record, offset, reason));
    }
    fn apart(&mut self, reason: &str) {
        panic!("nothing here is set apart: {reason}");
    }
    fn note(&mut self, note: crate::ingest::remark::Remark) {
        self.notes.push(note.to_string());
    }
}

fn record(name: &str) -> String {
    let mut value = sample();
    value["eventName"] = name.into();
    value.to_string()
}

#[test]
fn damage_costs_the_damaged_record_only() {
    let stray_quote = record("Two").replacen("\"eventVersion\":", "\"eventVersion\"\":", 1);
    let control = record("Two").replacen("TLSv1.3", "TLS\u{1}", 1);
    let twice = record("Two").replacen("{", "{\"eventName\":\"One\",", 1);
    let cut_short = record("Two").replacen("\"eventTime\":\"2026-04-01T10:11:12Z\"", "\"eventTime\":", 1);
    for damaged in [stray_quote, control, twice, cut_short, "7".to_owned(), record("Two").replacen("2026-04-01T10:11:12Z", "yesterday", 1)]
    {
        let text = format!("{{\"Records\":[{},{damaged},{},{}]}}", record("One"), record("Three"), record("Four"));
        let mut seen = Seen::default();
        assert_eq!(read(Container::Records, text.as_bytes(), &columns(), &mut seen), 4, "{damaged}");
        assert_eq!(seen.names, [(0, "One".to_owned()), (2, "Three".to_owned()), (3, "Four".to_owned())], "{damaged}");
        assert_eq!(seen.rejects.len(), 1);
        let found = find(Container::Records, text.as_bytes(), 2).unwrap();
        assert_eq!(found, record("Three"), "records have the number they were read by: {damaged}");
        assert_eq!((seen.rejects[0].0, seen.rejects[0].1 as usize), (1, 13 + record("One").len()));
    }
}

#[test]
fn damaged_neighbours_count_one_by_one() {
    let missing_comma = record("Two").replacen(",\"eventID\"", "\"eventID\"", 1);
    let text = format!("[{},{missing_comma},7,{missing_comma},{}]", record("One"), record("Three"));
    let mut seen = Seen::default();
    assert_eq!(read(Container::Array, text.as_bytes(), &columns(), &mut seen), 5);
    assert_eq!(seen.names, [(0, "One".to_owned()), (4, "Three".to_owned())]);
    assert_eq!(seen.rejects.iter().map(|r| r.0).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn envelopes_streams_and_cuts() {
    let envelope = json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.x", "detail": sample()}).to_string();
    let text = format!("{}\n{envelope}{}\n", record("One"), record("Three"));
    let mut seen = Seen::default();
    assert_eq!(read(Container::Stream, text.as_bytes(), &columns(), &mut seen), 3);
    assert_eq!(seen.names.iter().map(|n| n.1.as_str()).collect::<Vec<_>>(), ["One", "PutThing", "Three"]);
    let cut = &format!("[{},{}]", record("One"), record("Two"))[..record("One").len() + 40];
    let mut seen = Seen::default();
    assert_eq!(read(Container::Array, cut.as_bytes(), &columns(), &mut seen), 2);
    assert_eq!((seen.names.len(), seen.rejects.len(), seen.notes.len()), (1, 1, 1));
}

#[test]
fn what_is_no_account_id_leaves_the_event_without_account_and_is_counted() {
    let of = |recipient: &str| {
        let mut value = sample();
        value["recipientAccountId"] = recipient.into();
        value.to_string()
    };
    let text = format!("[{},{},{}]", of("11112222333"), of("111122223333"), of("REDACTED"));
    let mut seen = Seen::default();
    assert_eq!(read(Container::Array, text.as_bytes(), &columns(), &mut seen), 3);
    assert_eq!((seen.names.len(), seen.rejects.len()), (3, 0));
    assert_eq!(seen.accounts, [None, Some("111122223333".to_owned()), None]);
    assert!(seen.notes[0].starts_with('2') && seen.notes[0].contains("\"11112222333\""), "{:?}", seen.notes);
}
