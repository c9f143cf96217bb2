//! What became of the members of an archive.

use std::collections::BTreeMap;

use super::super::container::Limits;
use crate::ingest::remark::Remark;

/// Rejects remembered one by one for each archive.
pub(super) const LISTED: usize = 1_000;

/// What became of the members of an archive: found = read + set aside + refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Members found.
    pub members: u64,
    /// Members handed on.
    pub read: u64,
    /// What was set aside, and how much of it.
    pub set_aside: BTreeMap<String, u64>,
    /// Refused members, and whatever keeps members from being found.
    pub rejected: u64,
    /// The first thousand of them, by number of the member, with the reason.
    pub rejects: Vec<(u64, String)>,
    /// Refused members that are encrypted, or stored in a way that is not undone.
    pub unopened: u64,
    /// That it ends early or is damaged, and where.
    pub broken: Option<String>,
    /// Remarks.
    pub notes: Vec<Remark>,
}

impl Account {
    pub(super) fn set_aside(&mut self, what: &str) {
        *self.set_aside.entry(what.to_owned()).or_default() += 1;
    }

    pub(super) fn reject(&mut self, member: u64, reason: String) {
        self.rejected += 1;
        if self.rejects.len() < LISTED {
            self.rejects.push((member, reason));
        }
    }

    /// Refuses what is left of an archive that ends early or is damaged.
    pub(super) fn break_off(&mut self, member: u64, why: String) {
        self.broken.get_or_insert_with(|| why.clone());
        self.reject(member, why);
    }

    pub(super) fn unopened(&mut self, member: u64, reason: String) {
        self.unopened += 1;
        self.reject(member, reason);
    }

    /// Judges a member by its name; true if it is to be read.
    pub(super) fn admits(&mut self, member: u64, name: &str) -> bool {
        if let Some(why) = leads_out(name) {
            self.reject(member, format!("{name}: {why}; the member was not read"));
        } else if let Some(what) = litter(name) {
            self.set_aside(what);
        } else {
            return true;
        }
        false
    }

    /// A link is no file; one that leads outside is refused.
    pub(super) fn link(&mut self, member: u64, name: &str, target: &str) {
        // A symbolic link counts from its own folder, a hard link from the top: neither may climb.
        match leads_out(name).or_else(|| leads_out(target)) {
            Some(why) => self.reject(member, format!("{name}: a link to {target}: {why}; it was not followed")),
            None => self.set_aside("links inside the archive"),
        }
    }

    pub(super) fn too_many(&mut self, limits: &Limits, found: Option<u64>) {
        let found = found.map_or_else(|| format!("more than {}", limits.members), |n| n.to_string());
        let reason =
            format!("it has {found} members: those after the first {} were not read; --max-members raises the limit", limits.members);
        self.reject(limits.members, reason);
    }
}

/// Why a member's name must not be taken for a place in the archive. Both slashes count, since a
/// backslash is a slash to Windows.
pub(super) fn leads_out(name: &str) -> Option<&'static str> {
    let name = name.replace('\\', "/");
    if name.is_empty() || name.contains('\0') {
        return Some("it is no name of a file");
    }
    if name.starts_with('/') {
        return Some("the path is absolute");
    }
    if let [letter, b':', ..] = name.as_bytes()
        && letter.is_ascii_alphabetic()
    {
        return Some("the path names a drive");
    }
    name.split('/').any(|part| part == "..").then_some("the path leads out of the archive")
}

/// What operating systems put into archives beside the files.
pub(super) fn litter(name: &str) -> Option<&'static str> {
    let mut parts = name.split('/');
    if parts.clone().any(|part| part == "__MACOSX") {
        return Some("files of macOS (__MACOSX/)");
    }
    parts.next_back().is_some_and(|part| part.starts_with("._")).then_some("files of macOS (._*)")
}
