//! Members of an archive become inputs of their own, read by all workers; the archive keeps the account
//! of what was found, set aside and refused.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::atomic::Ordering;

use sha2::{Digest, Sha256};

use super::StoreError;
use super::beginning::Beginning;
use super::build::{Job, hex};
use super::input::{From, HEAD, HeldBack, Task, streamed};
use super::manifest::{InputFile, Members, RejectEntry};
use super::runs::Runs;
use crate::ingest::archive::{self, Account, Blob, DEPTH, INSIDE, Kind, Member};
use crate::ingest::container::Start;
use crate::ingest::detect::Format;
use crate::ingest::span::Span;

/// A member that passes by is handed to another worker up to this size; a larger one is read on the
/// spot, so that few bytes wait.
const HANDED_ON: u64 = 16 << 20;
/// Bytes of a member that passes by and is held; a larger one is held back if it can be a stream.
const HELD: u64 = 64 << 20;

/// What identifies an archive: its SHA-256, its first bytes, its size.
type Identity<'h> = (String, &'h [u8], u64);

impl Job<'_> {
    /// Reads the members of an archive.
    pub(super) fn archive(&self, task: &Task, kind: &Kind, blob: &Blob, is: Identity<'_>, runs: &mut Runs) -> Result<(), StoreError> {
        let account = if task.depth < DEPTH {
            let mut held_back: BTreeMap<u64, HeldBack> = BTreeMap::new();
            let account = archive::walk(blob, kind, &self.reading.limits, &mut |number, name, member| {
                let shown = format!("{}{INSIDE}{name}", task.shown);
                self.known.fetch_add(1, Ordering::Relaxed);
                match member {
                    Member::Apart(blob, size) => {
                        let note = cut(blob.len(), size);
                        self.hand_on(task, shown, blob, note, runs)
                    }
                    Member::Passing(reader, size) => {
                        if let Some(later) = self.pass(task, &shown, reader, size, runs)? {
                            held_back.insert(number, later);
                        }
                        Ok(())
                    }
                }
            })?;
            if !held_back.is_empty() {
                archive::walk(blob, kind, &self.reading.limits, &mut |number, name, member| {
                    if let (Some(later), Member::Passing(reader, _)) = (held_back.get(&number), member) {
                        self.passing(&format!("{}{INSIDE}{name}", task.shown), later, reader)?;
                        self.done.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })?;
            }
            account
        } else {
            let reason = format!("an archive in an archive in an archive: only {DEPTH} are opened; unpack the outer one");
            Account { rejected: 1, rejects: vec![(0, reason)], ..Account::default() }
        };
        self.archived(task, kind, account, is);
        Ok(())
    }

    /// Gives a member to whoever is free; when all are busy and enough of them wait, reads it here.
    fn hand_on(&self, task: &Task, shown: String, blob: Blob, note: Option<String>, runs: &mut Runs) -> Result<(), StoreError> {
        let member = Task { shown, source: From::Member(blob), depth: task.depth + 1, note, give: task.give.clone() };
        if let Err(refused) = task.give.try_send(member) {
            self.take(refused.into_inner(), runs)?;
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Takes a member that passes by: held and handed on, or hashed now and read when it passes again.
    fn pass(&self, task: &Task, shown: &str, reader: &mut dyn Read, size: u64, runs: &mut Runs) -> Result<Option<HeldBack>, StoreError> {
        let unread = |error: &io::Error| {
            let member = Task {
                shown: shown.to_owned(),
                source: From::Member(Blob::Span(Span::of_bytes(Vec::new()))),
                depth: task.depth + 1,
                note: None,
                give: task.give.clone(),
            };
            self.unread(&member, size, error);
            Ok(None)
        };
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(HELD)).unwrap_or(0));
        if let Err(error) = reader.take(HELD).read_to_end(&mut bytes) {
            return unread(&error);
        }
        if size > HELD && bytes.len() as u64 == HELD {
            let head = bytes.get(..HEAD as usize).unwrap_or_default();
            if let Some(format) = streamed(&Start::of(head), head, size) {
                let mut hasher = Sha256::new();
                hasher.update(&bytes);
                drop(bytes);
                let rest = match hash(reader, &mut hasher) {
                    Ok(rest) => HELD + rest,
                    Err(error) => return unread(&error),
                };
                return Ok(Some(HeldBack { sha256: hex(&hasher.finalize()), format, size: rest, note: cut(rest, size) }));
            }
            let cap = self.reading.limits.whole(size);
            if size > cap.bytes {
                return unread(&io::Error::other(cap.error));
            }
            if let Err(error) = reader.take(cap.bytes).read_to_end(&mut bytes) {
                return unread(&error);
            }
        }
        let note = cut(bytes.len() as u64, size);
        let blob = Blob::Span(Span::of_bytes(bytes));
        if size <= HANDED_ON {
            self.hand_on(task, shown.to_owned(), blob, note, runs)?;
        } else {
            let member = Task { shown: shown.to_owned(), source: From::Member(blob), depth: task.depth + 1, note, give: task.give.clone() };
            self.take(member, runs)?;
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(None)
    }

    /// Puts an archive into the registry.
    fn archived(&self, task: &Task, kind: &Kind, account: Account, (sha256, head, size): Identity<'_>) {
        let mut entry = InputFile::new(sha256, task.shown.clone(), size, Format::Archive);
        // Its members are counted as files of their own; here only what could not become one.
        entry.read = account.rejected;
        entry.rejected = account.rejected;
        entry.rejects = account.rejects.into_iter().map(|(record, reason)| RejectEntry { record, byte_offset: None, reason }).collect();
        let broken = entry.rejects.iter().find(|r| r.reason.contains("cut after")).map(|r| r.reason.clone());
        entry.beginning = Beginning::of_archive(head, size, broken.is_some());
        entry.notes.push(format!("{} archive of {}", kind.label(), members(account.members, account.read)));
        if !account.set_aside.is_empty() {
            let list: Vec<String> = account.set_aside.iter().map(|(what, n)| format!("{n} {what}")).collect();
            entry.notes.push(format!("set aside: {}", list.join(", ")));
        }
        entry.notes.extend(task.note.clone());
        entry.notes.extend(account.notes);
        entry.notes.extend(broken);
        entry.members = Some(Members { kind: kind.label(), found: account.members, read: account.read, set_aside: account.set_aside });
        let mut registry = self.registry();
        registry.archives.insert(task.shown.clone(), kind.label());
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
fn cut(there: u64, size: u64) -> Option<String> {
    (there < size).then(|| format!("the archive is cut after {there} of {size} bytes of this member"))
}

fn hash(reader: &mut dyn Read, hasher: &mut Sha256) -> io::Result<u64> {
    let mut buffer = vec![0; 1 << 20];
    let mut count = 0;
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(count),
            n => {
                hasher.update(&buffer[..n]);
                count += n as u64;
            }
        }
    }
}
