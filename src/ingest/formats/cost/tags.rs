//! Resource tags, however an export spells them: one column per key, or one map for all.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::header::{Fields, Header, fold};

/// Distinct map texts remembered; beyond it the memory starts anew.
const REMEMBERED: usize = 2_048;
/// Tags whose value names the environment, the first that is set wins.
const ENVIRONMENT: [&str; 3] = ["env", "environment", "stage"];

/// What the tags of one charge say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tagged {
    /// JSON object of keys and values, keys sorted; empty when there are none.
    pub(super) json: String,
    /// Value of the environment tag, lower case; empty when there is none.
    pub(super) environment: String,
    /// A tag the client set has a value. `None` when the export does not say.
    pub(super) has_user_tag: Option<bool>,
}

impl Tagged {
    /// The JSON text, or nothing.
    pub(super) fn json(&self) -> Option<&str> {
        Some(self.json.as_str()).filter(|t| !t.is_empty())
    }

    /// The environment, or nothing.
    pub(super) fn environment(&self) -> Option<&str> {
        Some(self.environment.as_str()).filter(|t| !t.is_empty())
    }

    fn clear(&mut self, known: bool) {
        self.json.clear();
        self.environment.clear();
        self.has_user_tag = known.then_some(false);
    }

    /// Adds one tag with a value. `quoted` is the key as JSON text; tags come sorted by key.
    fn add(&mut self, quoted: &str, value: &str, user: bool) {
        self.json.push(if self.json.is_empty() { '{' } else { ',' });
        self.json.push_str(quoted);
        self.json.push(':');
        push_json(&mut self.json, value);
        if user {
            self.has_user_tag = Some(true);
        }
    }

    fn close(&mut self) {
        if !self.json.is_empty() {
            self.json.push('}');
        }
    }

    fn set_environment(&mut self, value: &str) {
        self.environment.clear();
        self.environment.extend(value.trim().chars().flat_map(char::to_lowercase));
    }
}

/// How keys of tags are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// `user:CostCenter` and `aws:createdBy`; other keys as they are.
    Colon,
    /// `user_cost_center` and `aws_created_by`, as Athena naming and CUR 2.0 have them.
    Underscore,
}

impl Keys {
    /// The key as FOCUS has it (the client's own without prefix), and whether it is the client's.
    fn plain(self, key: &str) -> (String, bool) {
        if let Some(rest) = key.strip_prefix("user:") {
            return (rest.to_owned(), true);
        }
        if key.starts_with("aws:") {
            return (key.to_owned(), false);
        }
        if self == Self::Underscore {
            if let Some(rest) = key.strip_prefix("user_") {
                return (rest.to_owned(), true);
            }
            if let Some(rest) = key.strip_prefix("aws_") {
                return (format!("aws:{rest}"), false);
            }
        }
        (key.to_owned(), true)
    }
}

/// Place of a key among [`ENVIRONMENT`].
fn environment_rank(key: &str, user: bool) -> Option<usize> {
    ENVIRONMENT.iter().position(|name| user && key.eq_ignore_ascii_case(name))
}

/// One tag column.
#[derive(Debug, Clone)]
struct TagColumn {
    at: usize,
    key: String,
    quoted: String,
    user: bool,
    environment: Option<usize>,
}

/// The tag columns of a legacy report.
#[derive(Debug, Clone, Default)]
pub(super) struct TagColumns {
    columns: Vec<TagColumn>,
    /// Some of the columns have names without case.
    folded: bool,
}

impl TagColumns {
    /// Finds `resourceTags/...` and `resource_tags_...` columns.
    pub(super) fn of(header: &Header) -> Self {
        let mut columns = Vec::new();
        let mut folded = false;
        for (at, name) in header.names().iter().enumerate() {
            let lower = name.to_ascii_lowercase();
            let (prefix, keys) = if lower.starts_with("resourcetags/") {
                ("resourcetags/".len(), Keys::Colon)
            } else if lower.starts_with("resource_tags_") {
                ("resource_tags_".len(), Keys::Underscore)
            } else {
                continue;
            };
            let (key, user) = keys.plain(name.get(prefix..).unwrap_or(""));
            if key.is_empty() {
                continue;
            }
            let mut quoted = String::new();
            push_json(&mut quoted, &key);
            let environment = environment_rank(&key, user);
            folded |= keys == Keys::Underscore;
            columns.push(TagColumn { at, key, quoted, user, environment });
        }
        // Of two columns of one key the first stays in front.
        columns.sort_by(|a, b| a.key.cmp(&b.key).then(a.at.cmp(&b.at)));
        Self { columns, folded }
    }

    /// Whether the case of some keys is lost; `None` without columns.
    pub(super) fn folded(&self) -> Option<bool> {
        (!self.columns.is_empty()).then_some(self.folded)
    }

    /// Whether the report has any.
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Where the columns stand.
    pub(super) fn used(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().map(|column| column.at)
    }

    /// Reads the tags of a row into `tagged`.
    pub(super) fn read<R: Fields + ?Sized>(&self, row: &R, tagged: &mut Tagged) {
        tagged.clear(!self.columns.is_empty());
        let mut best = usize::MAX;
        let mut last: Option<&TagColumn> = None;
        for column in &self.columns {
            let value = row.field(column.at);
            if value.is_empty() || last.is_some_and(|l| l.key == column.key) {
                continue;
            }
            last = Some(column);
            tagged.add(&column.quoted, value, column.user);
            if let Some(rank) = column.environment.filter(|rank| *rank < best) {
                best = rank;
                tagged.set_environment(value);
            }
        }
        tagged.close();
    }
}

/// Reads tags given as one map, and remembers the texts it has seen: few differ.
#[derive(Debug)]
pub(super) struct TagMaps {
    keys: Keys,
    /// Only keys with this prefix are resource tags; it is taken off.
    prefix: &'static str,
    seen: FxHashMap<String, Option<Tagged>>,
}

impl TagMaps {
    /// `prefix` is `resourceTags/` for CUR 2.0's column `tags`, empty otherwise.
    pub(super) fn new(keys: Keys, prefix: &'static str) -> Self {
        Self { keys, prefix, seen: FxHashMap::default() }
    }

    /// Whether the export lost the case of the keys.
    pub(super) fn folded(&self) -> bool {
        self.keys == Keys::Underscore
    }

    /// The tags of a map text, or `None` if it is no map.
    pub(super) fn read(&mut self, text: &str) -> Option<&Tagged> {
        if !self.seen.contains_key(text) {
            if self.seen.len() >= REMEMBERED {
                self.seen.clear();
            }
            let tagged = self.parse(text);
            self.seen.insert(text.to_owned(), tagged);
        }
        self.seen.get(text).and_then(Option::as_ref)
    }

    fn parse(&self, text: &str) -> Option<Tagged> {
        let mut tags: BTreeMap<String, (String, bool)> = BTreeMap::new();
        for (key, value) in pairs(text)? {
            let Some(key) = key.strip_prefix(self.prefix) else { continue };
            if !value.is_empty() && !key.is_empty() {
                let (key, user) = self.keys.plain(key);
                tags.entry(key).or_insert((value, user));
            }
        }
        let mut tagged = Tagged::default();
        tagged.clear(true);
        let mut best = usize::MAX;
        let mut quoted = String::new();
        for (key, (value, user)) in &tags {
            quoted.clear();
            push_json(&mut quoted, key);
            tagged.add(&quoted, value, *user);
            if let Some(rank) = environment_rank(key, *user).filter(|rank| *rank < best) {
                best = rank;
                tagged.set_environment(value);
            }
        }
        tagged.close();
        Some(tagged)
    }
}

/// Reads a map of attributes, such as CUR 2.0's `product`, with keys folded.
#[derive(Debug, Default)]
pub(super) struct AttributeMaps {
    seen: FxHashMap<String, Vec<(String, String)>>,
}

impl AttributeMaps {
    /// The attributes of a map text; none if it is no map.
    pub(super) fn read(&mut self, text: &str) -> &[(String, String)] {
        if !self.seen.contains_key(text) {
            if self.seen.len() >= REMEMBERED {
                self.seen.clear();
            }
            let mut attributes = pairs(text).unwrap_or_default();
            attributes.retain(|(_, value)| !value.is_empty());
            for (key, _) in &mut attributes {
                *key = fold(key);
            }
            self.seen.insert(text.to_owned(), attributes);
        }
        self.seen.get(text).map_or(&[], Vec::as_slice)
    }
}

/// Keys and values of a map written as JSON object or as `{a=b, c=d}`; `None` if it is neither.
///
/// AWS documents no text form for maps in CSV, so both are accepted. In the second form a comma that
/// no `key=` follows belongs to the value before it.
pub(super) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Vec::new());
    }
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    if let Ok(Value::Object(members)) = serde_json::from_str(text) {
        let pairs: BTreeMap<String, String> = members.into_iter().filter_map(|(key, value)| Some((key, scalar(value)?))).collect();
        return Some(pairs.into_iter().collect());
    }
    if inner.trim_start().starts_with('"') {
        return None;
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    for piece in inner.split(',') {
        if let Some((key, value)) = piece.split_once('=') {
            pairs.push((key.trim().to_owned(), value.to_owned()));
        } else if let Some((_, value)) = pairs.last_mut() {
            value.push(',');
            value.push_str(piece);
        } else if !piece.trim().is_empty() {
            return None;
        }
    }
    for (_, value) in &mut pairs {
        *value = value.trim().to_owned();
    }
    Some(pairs)
}

/// The text of a JSON value; null is nothing.
fn scalar(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// Appends a JSON string.
fn push_json(out: &mut String, text: &str) {
    out.push('"');
    if text.bytes().any(|b| b < 0x20 || b == b'"' || b == b'\\') {
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c < ' ' => {
                    out.push_str("\\u00");
                    out.push(if c < '\u{10}' { '0' } else { '1' });
                    out.extend(char::from_digit(u32::from(c) % 16, 16));
                }
                c => out.push(c),
            }
        }
    } else {
        out.push_str(text);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tagged(json: &str, environment: &str, has: Option<bool>) -> Tagged {
        Tagged { json: json.to_owned(), environment: environment.to_owned(), has_user_tag: has }
    }

    #[test]
    fn columns_of_native_and_athena_names() {
        let header = Header::new([
            "x",
            "resourceTags/user:Team",
            "resourceTags/aws:createdBy",
            "resourceTags/user:Stage",
            "resourceTags/user:ENV",
            "resource_tags_user_cost_center",
            "resource_tags_aws_created_by",
            "noTags/user:app",
            "resourceTags/",
        ]);
        let columns = TagColumns::of(&header);
        let mut out = Tagged::default();
        columns.read(&["1", "a\"b", "", "Blue", " PROD ", "", ""][..], &mut out);
        assert_eq!(out, tagged(r#"{"ENV":" PROD ","Stage":"Blue","Team":"a\"b"}"#, "prod", Some(true)));
        columns.read(&["1", "", "root", "", "", "", "x", "zz"][..], &mut out);
        assert_eq!(out, tagged(r#"{"aws:createdBy":"root","aws:created_by":"x"}"#, "", Some(false)));
        columns.read(&["1"][..], &mut out);
        assert_eq!(out, tagged("", "", Some(false)));
        TagColumns::of(&Header::new(["a"])).read(&["1"][..], &mut out);
        assert_eq!(out, tagged("", "", None), "no tag column: not stated");
    }

    #[test]
    fn same_key_twice_counts_once() {
        let columns = TagColumns::of(&Header::new(["resource_tags_user_env", "resourceTags/user:env"]));
        let mut out = Tagged::default();
        columns.read(&["", "b"][..], &mut out);
        assert_eq!(out.json, r#"{"env":"b"}"#);
        columns.read(&["a", "b"][..], &mut out);
        assert_eq!((out.json.as_str(), out.environment.as_str()), (r#"{"env":"a"}"#, "a"));
    }

    #[test]
    fn maps_in_both_text_forms() {
        let mut maps = TagMaps::new(Keys::Underscore, "");
        for (text, expected) in [
            (
                r#"{"user_env":"Prod","aws_created_by":"x","user_empty":""}"#,
                Some(tagged(r#"{"aws:created_by":"x","env":"Prod"}"#, "prod", Some(true))),
            ),
            ("{user_env=dev, user_team=a,b}", Some(tagged(r#"{"env":"dev","team":"a,b"}"#, "dev", Some(true)))),
            ("{}", Some(tagged("", "", Some(false)))),
            ("", Some(tagged("", "", Some(false)))),
            (r#"{"user_n":5,"user_t":true,"user_z":null}"#, Some(tagged(r#"{"n":"5","t":"true"}"#, "", Some(true)))),
            (r#"{"broken":"#, None),
            (r#"{"broken":"x"#, None),
            ("plain", None),
            (r#"{"a":"b",}"#, None),
            ("{justtext}", None),
        ] {
            assert_eq!(maps.read(text), expected.as_ref(), "{text}");
            assert_eq!(maps.read(text), expected.as_ref(), "remembered: {text}");
        }
        let mut tags = TagMaps::new(Keys::Colon, "resourceTags/");
        let text = r#"{"resourceTags/env":"p","costCategory/x":"y","resourceTags/user_id":"7","accountTag/env":"q"}"#;
        assert_eq!(tags.read(text), Some(&tagged(r#"{"env":"p","user_id":"7"}"#, "p", Some(true))));
    }

    #[test]
    fn attributes_fold_their_keys() {
        let mut maps = AttributeMaps::default();
        assert_eq!(
            maps.read(r#"{"operating_system":"Linux","productName":"X","empty":""}"#),
            [("operatingsystem".to_owned(), "Linux".to_owned()), ("productname".to_owned(), "X".to_owned())]
        );
        assert!(maps.read("nonsense").is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let mut maps = TagMaps::new(Keys::Colon, "");
        for n in 0..REMEMBERED * 2 + 5 {
            assert!(maps.read(&format!("{{\"a\":\"{n}\"}}")).is_some());
        }
        assert!(maps.seen.len() <= REMEMBERED);
    }

    proptest! {
        #[test]
        fn columns_make_json_that_reads_back(key in "[a-zA-Z\"\\\\{}:= ]{1,12}", value in "\\PC{1,20}|[\\x00-\\x1f\"\\\\]{1,5}") {
            let name = format!("resourceTags/user:{key}x");
            let columns = TagColumns::of(&Header::new([name.as_str()]));
            let mut out = Tagged::default();
            columns.read(&[value.as_str()][..], &mut out);
            let read: BTreeMap<String, String> = serde_json::from_str(&out.json).unwrap();
            prop_assert_eq!(read.into_iter().collect::<Vec<_>>(), vec![(format!("{key}x"), value)]);
        }

        #[test]
        fn never_panics(text in "\\PC{0,60}|\\{[a-z=,\" ]{0,30}\\}") {
            drop(pairs(&text));
        }
    }
}
