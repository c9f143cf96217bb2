//! Members of an archive become inputs of their own, read by all workers; the archive keeps the account
//! of what was found, set aside and refused.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::beginning::Beginning;
use super::input::{HEAD, HeldBack, Task, streamed};
use super::outer::{self, Charged, Outer};
use crate::base::hash::{self, Hashed};
use crate::ingest::detect::Format;
use crate::ingest::reading::archive::{self, Account, Blob, DEPTH, INSIDE, Kind, Member};
use crate::ingest::reading::container::{self, Start};
use crate::ingest::reading::span::Span;
use crate::ingest::remark::Remark;
use crate::ingest::unread::Unread;
use crate::store::StoreError;
use crate::store::events::runs::Runs;
use crate::store::job::Job;
use crate::store::manifest::{InputFile, Members, RejectEntry};

/// A member that passes by is handed to another worker up to this size; a larger one is read on the
/// spot, so that few bytes wait.
const HANDED_ON: u64 = 16 << 20;
/// Bytes of a member that passes by and is held; a larger one is held back if it can be a stream.
const HELD: u64 = 64 << 20;

/// What identifies an archive: its SHA-256, its first bytes, its size.
type Identity<'h> = (String, &'h [u8], u64);

impl Job<'_> {
    /// Reads the members of an archive.
    pub(in crate::store) fn archive(
        &self,
        task: &Task,
        kind: &Kind,
        blob: &Blob,
        is: Identity<'_>,
        runs: &mut Runs,
    ) -> Result<(), StoreError> {
        if task.depth == 0 && self.hindsight.refused.contains(&task.index) {
            let reason = outer::refusal(is.2, &self.reading.limits);
            let account = Account { rejected: 1, rejects: vec![(0, reason)], ..Account::default() };
            self.archived(task, kind, account, is, Some(Unread::Expands));
            return Ok(());
        }
        if task.depth >= DEPTH {
            let reason = format!("an archive in an archive in an archive: only {DEPTH} are opened; unpack the outer one");
            let account = Account { rejected: 1, rejects: vec![(0, reason)], unopened: 1, ..Account::default() };
            self.archived(task, kind, account, is, None);
            return Ok(());
        }
        let outer = task.outer.clone().unwrap_or_else(|| {
            let outer = Arc::new(Outer::new(task.index, is.2, &self.reading.limits));
            self.outers().push(Arc::clone(&outer));
            outer
        });
        let mut held_back: BTreeMap<u64, HeldBack> = BTreeMap::new();
        let mut inner = Inner::default();
        let account = archive::walk(blob, kind, &self.reading.limits, &mut |number, name, member| {
            let shown = format!("{}{INSIDE}{name}", task.shown);
            outer.charge_member();
            if outer.is_spent() {
                return Ok(());
            }
            self.known.fetch_add(1, Ordering::Relaxed);
            match member {
                Member::Apart(blob, size) => {
                    // An archive in one that lies in another is not opened at all.
                    if let Some(sha256) = Some(&blob).filter(|_| task.depth == 0).and_then(|blob| inner.copy_of(blob)) {
                        self.copied(sha256, shown, blob.len());
                        return Ok(());
                    }
                    let note = cut(blob.len(), size);
                    self.hand_on(task.member(shown, blob, note, &outer), runs)
                }
                Member::Passing(reader, size) => {
                    if let Some(later) = self.pass(task, &shown, (reader, size), (&outer, &mut inner), runs)? {
                        held_back.insert(number, later);
                    }
                    Ok(())
                }
            }
        })?;
        if !held_back.is_empty() && !outer.is_spent() {
            archive::walk(blob, kind, &self.reading.limits, &mut |number, name, member| {
                if let (Some(later), Member::Passing(reader, _)) = (held_back.get(&number), member) {
                    self.passing(&format!("{}{INSIDE}{name}", task.shown), later, reader, &outer)?;
                    self.done.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            })?;
        }
        if self.is_changed(blob, &is.0) {
            let why =
                "it changed while its members were read: each of them is listed with the hash of what was read of it, the archive has none";
            let mut entry = InputFile::unread(task.shown.clone(), is.2, Unread::Changed, why.to_owned());
            entry.reject(why);
            let mut registry = self.registry();
            registry.archives.insert(task.shown.clone(), kind.label());
            registry.unread.push(entry);
            return Ok(());
        }
        self.archived(task, kind, account, is, None);
        Ok(())
    }

    /// Whether a long archive has another hash by now than before its members were read.
    fn is_changed(&self, blob: &Blob, sha256: &str) -> bool {
        // A member of a zip was read from the archive around it, which is asked the same.
        matches!(blob, Blob::Span(_)) && !blob.is_in_memory() && blob.read(|reader| hash::of(reader)).map_or(true, |found| found != sha256)
    }

    /// Lists an archive with the same bytes as one before it in the same archive: its members are those.
    fn copied(&self, sha256: String, shown: String, bytes: u64) {
        let mut registry = self.registry();
        registry.meet(&shown, bytes);
        registry.copies.push((sha256, shown));
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Gives a member to whoever is free; when all are busy and enough of them wait, reads it here.
    fn hand_on(&self, member: Task, runs: &mut Runs) -> Result<(), StoreError> {
        if let Err(refused) = member.give.clone().try_send(member) {
            self.take(refused.into_inner(), runs)?;
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Takes a member that passes by: held and handed on, or hashed now and read when it passes again.
    fn pass(
        &self,
        task: &Task,
        shown: &str,
        (reader, size): (&mut dyn Read, u64),
        (outer, inner): (&Arc<Outer>, &mut Inner),
        runs: &mut Runs,
    ) -> Result<Option<HeldBack>, StoreError> {
        let unread = |error: &io::Error| {
            self.unread(shown, size, task.depth + 1, Unread::Unreadable, error);
            Ok(None)
        };
        let mut reader = Charged::new(reader, Some(outer));
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(HELD)).unwrap_or(0));
        if let Err(error) = (&mut reader).take(HELD).read_to_end(&mut bytes) {
            return unread(&error);
        }
        if size > HELD && bytes.len() as u64 == HELD {
            let head = bytes.get(..HEAD as usize).unwrap_or_default();
            if let Some(format) = streamed(&Start::of(head), head, size) {
                let mut counted = Counted { inner: reader, count: HELD };
                let hashed = Hashed::after(&bytes, &mut counted).finish();
                return match hashed {
                    Ok(sha256) => Ok(Some(HeldBack { sha256, format, size: counted.count, note: cut(counted.count, size) })),
                    Err(error) => unread(&error),
                };
            }
            let cap = self.reading.limits.whole(size);
            if size > cap.bytes {
                return unread(&io::Error::other(cap.error));
            }
            if let Err(error) = (&mut reader).take(cap.bytes).read_to_end(&mut bytes) {
                return unread(&error);
            }
        }
        let note = cut(bytes.len() as u64, size);
        if let Some(sha256) = inner.copy_passing(&bytes) {
            self.copied(sha256, shown.to_owned(), bytes.len() as u64);
            return Ok(None);
        }
        let member = task.member(shown.to_owned(), Blob::Span(Span::of_bytes(bytes)), note, outer);
        if size <= HANDED_ON {
            self.hand_on(member, runs)?;
        } else {
            self.take(member, runs)?;
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(None)
    }

    /// Puts an archive into the registry.
    fn archived(&self, task: &Task, kind: &Kind, account: Account, (sha256, head, size): Identity<'_>, unread: Option<Unread>) {
        let mut entry = InputFile::new(sha256, task.shown.clone(), size, Format::Archive);
        entry.unread = unread.or_else(|| (account.unopened > 0).then_some(Unread::Packed));
        // Its members are counted as files of their own; here only what could not become one.
        entry.read = account.rejected;
        entry.rejected = account.rejected;
        entry.rejects = account.rejects.into_iter().map(|(record, reason)| RejectEntry { record, byte_offset: None, reason }).collect();
        let broken = account.broken.map(|why| Remark::Damaged { why });
        entry.beginning = Beginning::of_archive(head, size, broken.is_some());
        entry.notes.push(format!("{} archive of {}", kind.label(), members(account.members, account.read)).into());
        if !account.set_aside.is_empty() {
            let list: Vec<String> = account.set_aside.iter().map(|(what, n)| format!("{n} {what}")).collect();
            entry.notes.push(format!("set aside: {}", list.join(", ")).into());
        }
        entry.notes.extend(task.note.clone());
        entry.notes.extend(account.notes);
        entry.notes.extend(broken);
        entry.members = Some(Members { kind: kind.label(), found: account.members, read: account.read, set_aside: account.set_aside });
        let mut registry = self.registry();
        registry.meet(&task.shown, size);
        registry.archives.insert(task.shown.clone(), kind.label());
        let Some(id) = registry.id_for(&entry.sha256, &entry.sha256) else { return };
        entry.file_id = id;
        if let Some(known) = registry.files.get_mut(&entry.file_id) {
            entry.paths.append(&mut known.paths);
            entry.paths.sort();
            entry.paths.dedup();
        } else {
            registry.ids.push(entry.file_id.clone());
        }
        registry.fresh.insert(entry.file_id.clone());
        registry.files.insert(entry.file_id.clone(), entry);
    }
}

fn members(found: u64, read: u64) -> String {
    let members = if found == 1 { "1 member".to_owned() } else { format!("{found} members") };
    if found == read {
        format!("{members}, read as files of their own")
    } else {
        format!("{members}, {read} of them read as files of their own")
    }
}

/// What to say of a member that ends early.
fn cut(there: u64, size: u64) -> Option<Remark> {
    (there < size).then(|| Remark::Damaged { why: format!("the archive is cut after {there} of {size} bytes of this member") })
}

/// Archives met in an archive: of those with the same bytes the first is opened, in the archive's order.
#[derive(Default)]
struct Inner {
    /// The first members that can be opened at any time, by their likeness.
    apart: BTreeMap<u64, Blob>,
    /// Further archives of a likeness that have other bytes.
    others: Vec<(u64, Blob)>,
    /// Hashes of archives that passed by.
    passed: BTreeSet<String>,
}

impl Inner {
    /// The hash of an archive if one before it has the same bytes.
    fn copy_of(&mut self, blob: &Blob) -> Option<String> {
        let likeness = blob.likeness();
        let Some(first) = self.apart.get(&likeness) else {
            self.apart.insert(likeness, blob.clone());
            return None;
        };
        // Trouble with a member is met again when it is read.
        let mut head = Vec::new();
        let looked = blob.read(|reader| reader.take(HEAD).read_to_end(&mut head));
        if looked.is_err() || Kind::of(&head).is_none() {
            return None;
        }
        let of = |blob: &Blob| blob.read(|reader| hash::of(reader)).ok();
        let sha256 = of(blob)?;
        let mut alike = std::iter::once(first).chain(self.others.iter().filter(|(of, _)| *of == likeness).map(|(_, other)| other));
        if alike.any(|other| of(other).as_ref() == Some(&sha256)) {
            return Some(sha256);
        }
        self.others.push((likeness, blob.clone()));
        None
    }

    /// The same of an archive that passes by. One that is compressed as a whole is opened again.
    fn copy_passing(&mut self, bytes: &[u8]) -> Option<String> {
        if container::is_packed(bytes) || Kind::of(bytes.get(..HEAD as usize).unwrap_or(bytes)).is_none() {
            return None;
        }
        let sha256 = hash::of_bytes(bytes);
        (!self.passed.insert(sha256.clone())).then_some(sha256)
    }
}

/// Counts what passes.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.count += n as u64;
        Ok(n)
    }
}
