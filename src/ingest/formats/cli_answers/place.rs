//! Account and Region a file's path names: exports are sorted into folders, or named, by them.

use crate::base::account::is_account;

/// What a path says about where an answer comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The only 12-digit number in the path.
    pub account: Option<String>,
    /// The only Region in the path.
    pub region: Option<String>,
}

/// A name without what a browser or file manager adds to that of a copy: ` (1)`, ` copy`.
pub fn without_copy_mark(name: &str) -> &str {
    let number = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit());
    let numbered = name.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")).filter(|(_, n)| !n.is_empty() && number(n));
    let name = numbered.map_or(name, |(name, _)| name);
    name.strip_suffix(" copy").unwrap_or(name)
}

/// First parts of Region names, and the parts that may stand before the number.
const AREAS: [&str; 11] = ["af", "ap", "ca", "cn", "eu", "eusc", "il", "me", "mx", "sa", "us"];
const SIDES: [&str; 15] = [
    "central",
    "de",
    "east",
    "gov",
    "iso",
    "isob",
    "isoe",
    "isof",
    "north",
    "northeast",
    "northwest",
    "south",
    "southeast",
    "southwest",
    "west",
];

/// Account and Region that a path names beyond doubt: two of a kind say nothing.
pub fn place_of(path: &str) -> Place {
    Place { account: only(accounts(path)), region: only(regions(path)) }
}

fn only<'p>(found: impl Iterator<Item = &'p str>) -> Option<String> {
    let mut only: Option<&str> = None;
    for text in found {
        if only.is_some_and(|other| other != text) {
            return None;
        }
        only = Some(text);
    }
    only.map(str::to_owned)
}

/// Numbers of 12 digits that stand alone: neither part of a longer word, nor of an id such as `sg-000000000104`.
fn accounts(path: &str) -> impl Iterator<Item = &str> {
    path.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .flat_map(|part| {
            let names: Vec<&str> = part.split('-').collect();
            let id = |at: usize| at.checked_sub(1).and_then(|before| names.get(before)).is_some_and(|before| ID_FRONTS.contains(before));
            let alone: Vec<&str> = names.iter().enumerate().filter(|(at, _)| !id(*at)).map(|(_, name)| *name).collect();
            alone
        })
        .filter(|name| is_account(name) && *name != "000000000000")
}

/// What ids of resources begin with: digits after it are no account.
const ID_FRONTS: [&str; 32] = [
    "acl", "ami", "aclassoc", "cgw", "dopt", "eigw", "eipalloc", "eipassoc", "eni", "fl", "fs", "fsap", "i", "igw", "key", "lt", "nat",
    "pcx", "pl", "r", "rtb", "rtbassoc", "sg", "sgr", "snap", "subnet", "tgw", "vgw", "vol", "vpc", "vpce", "vpn",
];

fn regions(path: &str) -> impl Iterator<Item = &str> {
    path.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')).filter_map(region_in)
}

/// A Region among the parts of a text such as `recorders-eu-west-1-prod`.
fn region_in(text: &str) -> Option<&str> {
    let mut starts = vec![0];
    starts.extend(text.match_indices('-').map(|(at, _)| at + 1));
    for (first, start) in starts.iter().enumerate() {
        let tail = text.get(*start..)?;
        let mut parts = tail.split('-');
        if !parts.next().is_some_and(|area| AREAS.contains(&area)) {
            continue;
        }
        for (sides, part) in parts.enumerate() {
            let number = part.len() == 1 && part.bytes().all(|b| b.is_ascii_digit());
            if number && sides > 0 {
                let end = starts.get(first + sides + 2).map_or(text.len(), |next| next - 1);
                return text.get(*start..end);
            }
            if !SIDES.contains(&part) {
                break;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_once_or_not_at_all() {
        for (path, account, region) in [
            ("111122223333/eu-west-1/recorders.json", Some("111122223333"), Some("eu-west-1")),
            ("x/recorders-111122223333-us-gov-west-1-a.json", Some("111122223333"), Some("us-gov-west-1")),
            ("rules_ap-southeast-2.json", None, Some("ap-southeast-2")),
            ("111122223333/444455556666/eu-west-1/us-east-1/x.json", None, None),
            ("111122223333/111122223333.json", Some("111122223333"), None),
            ("1111222233334/x-1-eu-west.json", None, None),
            ("Eu-West-1/eu-west-12/x.json", None, None),
            ("me-1/us-1.json", None, None),
            ("items/sg-000000000104.json", None, None),
            ("111122223333/vol-000000000104/sg-444455556666.json", Some("111122223333"), None),
            ("x/key111122223333.json", None, None),
            ("recorders_111122223333.json", Some("111122223333"), None),
            ("", None, None),
            ("é/–/eu-north-1é", None, Some("eu-north-1")),
        ] {
            let place = place_of(path);
            assert_eq!((place.account.as_deref(), place.region.as_deref()), (account, region), "{path}");
        }
    }
}
