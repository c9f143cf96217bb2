//! The tree of an organisation in answers of AWS Organizations: accounts, units and roots, and which of them holds which.
//!
//! An answer about one of them does not name it, so its file's name has to: `list-parents-111122223333.json`.
//! Ids have the forms of the API reference (botocore 1.43): 12 digits, `ou-ROOT-UNIT`, `r-ROOT`.

use super::cli_answers::without_copy_mark;
use super::config::item::is_account;
use crate::ingest::batch::Output;
use crate::schema::tables::OrganizationParentsRow;

/// The table that a statement of who holds whom is a row of.
pub const PARENTS: &str = "organization_parents";

const ACCOUNT: &str = "ACCOUNT";
const UNIT: &str = "ORGANIZATIONAL_UNIT";
const ROOT: &str = "ROOT";

/// What an id is of, in the API's words.
pub fn kind_of(id: &str) -> Option<&'static str> {
    let rest = |front: &str| id.strip_prefix(front);
    if is_account(id) {
        Some(ACCOUNT)
    } else if rest("r-").is_some_and(|root| is_part(root, 4)) {
        Some(ROOT)
    } else if rest("ou-").and_then(|id| id.split_once('-')).is_some_and(|(root, unit)| is_part(root, 4) && is_part(unit, 8)) {
        Some(UNIT)
    } else {
        None
    }
}

/// From `least` to 32 lower-case letters and digits.
fn is_part(text: &str, least: usize) -> bool {
    (least..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// The name of a path's file or folder, the last first, without what packing and copying add.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit(['/', '\\']).map(|name| {
        let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
        without_copy_mark(name.strip_suffix(".json").unwrap_or(name))
    })
}

/// Ids in a name, each once, in the order of their places.
fn ids(name: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let end = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        let word = end(rest);
        // An id is one word, or two or three joined by hyphens.
        let mut joined = vec![word];
        for _ in 0..2 {
            let last = joined.last().copied().unwrap_or(word);
            let Some(next) = rest.get(last..).and_then(|tail| tail.strip_prefix('-')) else { break };
            joined.push(last + 1 + end(next));
        }
        let id = joined.iter().filter_map(|length| rest.get(..*length)).find(|id| kind_of(id).is_some());
        if let Some(id) = id
            && !found.contains(&id)
        {
            found.push(id);
        }
        let taken = id.map_or(word, str::len).max(1);
        rest = rest.char_indices().map(|(at, _)| at).find(|at| *at >= taken).and_then(|at| rest.get(at..)).unwrap_or("");
    }
    found
}

fn only<'i>(mut found: impl Iterator<Item = &'i str>) -> Option<&'i str> {
    found.next().filter(|_| found.next().is_none())
}

/// The child that an answer of `list-parents` is about: the only unit that the file's name holds, else the only account,
/// else the only unit in the name of its folder. A unit comes first, since an account may say where the answer is from.
pub fn child_of(path: &str) -> Option<String> {
    let mut names = names(path);
    let file = ids(names.next()?);
    let of = |ids: &[&str], kind: &str| ids.iter().filter(|id| kind_of(id) == Some(kind)).count();
    let first = |ids: &[&str], kind: &str| only(ids.iter().copied().filter(|id| kind_of(id) == Some(kind))).map(str::to_owned);
    match (of(&file, UNIT), of(&file, ACCOUNT)) {
        (1, _) => first(&file, UNIT),
        (0, 1) => first(&file, ACCOUNT),
        (0, 0) => first(&ids(names.next()?), UNIT),
        _ => None,
    }
}

/// The root or unit that a list of what it holds is about: the only one in the file's name, else in that of its folder.
pub fn parent_of(path: &str) -> Option<String> {
    for name in names(path).take(2) {
        let parents: Vec<&str> = ids(name).into_iter().filter(|id| kind_of(id) != Some(ACCOUNT)).collect();
        match parents.as_slice() {
            [] => {}
            [parent] => return Some((*parent).to_owned()),
            _ => return None,
        }
    }
    None
}

/// The policy that a file is named after: the only id of one in its name.
pub fn policy_of(path: &str) -> Option<String> {
    let name = names(path).next()?;
    let alone = |at: usize| !name.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_alphanumeric()));
    let mut found: Vec<&str> = Vec::new();
    for (at, _) in name.match_indices("p-").filter(|(at, _)| alone(*at)) {
        let id = name.get(at + 2..)?;
        let length = id.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(id.len());
        let id = name.get(at..at + 2 + length)?;
        if (8..=128).contains(&length) && !found.contains(&id) {
            found.push(id);
        }
    }
    only(found.into_iter()).map(str::to_owned)
}

/// Whether a list of accounts is one of `list-accounts-for-parent`, which has the form of `list-accounts` and only the
/// accounts of one root or unit: its name says so, or names a unit.
pub fn is_of_parent(path: &str) -> bool {
    let Some(name) = names(path).next() else { return false };
    let said = name.to_ascii_lowercase().replace('_', "-").contains("for-parent");
    said || ids(name).into_iter().any(|id| kind_of(id) == Some(UNIT))
}

/// Writes that a root or unit holds a child. Either is NULL where the answer does not state it and no name does.
pub fn held(record: u64, child: Option<&str>, parent: Option<&str>, management: Option<&str>, out: &mut Output<'_>) {
    let row = OrganizationParentsRow {
        child_id: child,
        child_type: child.and_then(kind_of),
        parent_id: parent,
        parent_type: parent.and_then(kind_of),
        management_account_id: management,
    };
    out.row(record, &row);
}

/// Writes what a path such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/111122223333/` says of an account or unit and of all
/// above it. The account or unit itself need not stand at its end.
pub fn held_along(record: u64, id: &str, path: &str, management: Option<&str>, out: &mut Output<'_>) {
    let mut steps: Vec<&str> = path.split('/').filter(|part| kind_of(part).is_some()).collect();
    if steps.last() != Some(&id) {
        steps.push(id);
    }
    if steps.first().and_then(|first| kind_of(first)) != Some(ROOT) {
        return;
    }
    for pair in steps.windows(2) {
        if let [parent, child] = pair {
            held(record, Some(child), Some(parent), management, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_forms_of_the_reference() {
        for (id, kind) in [
            ("111122223333", Some(ACCOUNT)),
            ("r-ab12", Some(ROOT)),
            ("r-examplerootid111", Some(ROOT)),
            ("ou-ab12-11111111", Some(UNIT)),
            ("ou-examplerootid111-exampleouid111", Some(UNIT)),
            ("r-abc", None),
            ("r-AB12", None),
            ("ou-ab12-1111111", None),
            ("ou-ab12", None),
            ("11112222333", None),
        ] {
            assert_eq!(kind_of(id), kind, "{id}");
        }
    }

    #[test]
    fn the_child_is_the_only_one_that_the_file_names() {
        for (path, child) in [
            ("list-parents-111122223333.json", Some("111122223333")),
            ("organizations_list-parents_ou-ab12-11111111.json.gz", Some("ou-ab12-11111111")),
            ("list-parents/ou-ab12-11111111.json", Some("ou-ab12-11111111")),
            ("list-parents/111122223333.json", Some("111122223333")),
            ("444455556666-list-parents-ou-ab12-11111111 (1).json", Some("ou-ab12-11111111")),
            ("ou-ab12-11111111/list-parents.json", Some("ou-ab12-11111111")),
            ("list-parents-ou-ab12-111111111111.json", Some("ou-ab12-111111111111")),
            // The account of a folder may be the one that the answer was asked from.
            ("111122223333/list-parents.json", None),
            ("444455556666-list-parents-111122223333.json", None),
            ("list-parents-ou-ab12-11111111-ou-ab12-22222222.json", None),
            ("list-parents-r-ab12.json", None),
            ("list-parents.json", None),
            ("größe-111122223333.json", Some("111122223333")),
        ] {
            assert_eq!(child_of(path).as_deref(), child, "{path}");
        }
    }

    #[test]
    fn a_policy_is_named_by_its_id() {
        for (path, policy) in [
            ("list-targets-for-policy-p-FullAWSAccess.json", Some("p-FullAWSAccess")),
            ("444455556666/organizations-list-targets-for-policy-p-examplepolicyid111 (1).json", Some("p-examplepolicyid111")),
            ("list-targets-for-policy/p-abcd1234.json", Some("p-abcd1234")),
            ("444455556666-targets-p-abcd1234-eu-west-1.json.gz", Some("p-abcd1234")),
            ("list-targets-for-policy-p-1.json", None),
            ("list-targets-for-policy-p-abcd1234-p-efgh5678.json", None),
            ("backup-targets.json", None),
        ] {
            assert_eq!(policy_of(path).as_deref(), policy, "{path}");
        }
    }

    #[test]
    fn the_parent_is_the_only_root_or_unit_that_a_name_holds() {
        for (path, parent, of_parent) in [
            ("list-accounts-for-parent-r-ab12.json", Some("r-ab12"), true),
            ("list_accounts_for_parent_ou-ab12-11111111.json", Some("ou-ab12-11111111"), true),
            ("444455556666/eu-west-1/list-accounts-for-parent-r-ab12.json", Some("r-ab12"), true),
            ("ou-ab12-11111111/list-accounts-for-parent.json", Some("ou-ab12-11111111"), true),
            ("accounts-ou-ab12-11111111.json", Some("ou-ab12-11111111"), true),
            ("list-accounts-for-parent.json", None, true),
            ("list-accounts.json", None, false),
            ("org-r-prod-list-accounts.json", Some("r-prod"), false),
            ("ou-ab12-11111111/list-accounts.json", Some("ou-ab12-11111111"), false),
        ] {
            assert_eq!((parent_of(path).as_deref(), is_of_parent(path)), (parent, of_parent), "{path}");
        }
    }
}
