//! Archives of many files: zip, tar, and tar under gzip or zstd, read in place. Nothing is extracted.
//!
//! [`walk`] names every member. It sets aside what is no evidence (directories, what macOS adds) and
//! refuses names and links that lead outside; both are counted, so that nothing is skipped in silence.

mod tar;
mod zip;

use std::collections::BTreeMap;
use std::io::{self, Read};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::container::{self, Cap, Layer, Limits, Start};
use super::span::Span;
use crate::ingest::remark::Remark;

/// Between the path of an archive and the name of a member in what outputs print.
pub const INSIDE: &str = "!/";
/// Archives one inside the other that are opened: a client's zip, and the zips or tars in it.
pub const DEPTH: u8 = 2;
/// Bytes of a zip that is itself compressed or inside another archive: it must be held in memory.
const HELD: u64 = 512 << 20;
/// First bytes by which [`Blob::likeness`] tells members of a tar apart.
const LIKENESS: u64 = 512;
/// Rejects remembered one by one for each archive.
const LISTED: usize = 1_000;

/// How members are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Zip,
    Tar,
}

/// What kind of archive a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    form: Form,
    layers: Vec<Layer>,
}

impl Kind {
    /// The kind of archive that begins so, if it is one; the bytes are as delivered.
    pub fn of(head: &[u8]) -> Option<Self> {
        Self::begun(&Start::of(head))
    }

    /// The kind of archive that begins so once its compression is taken off.
    pub fn begun(start: &Start) -> Option<Self> {
        let first = &start.bytes;
        let form = if matches!(first.as_slice(), [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..]) {
            Form::Zip
        } else if tar::is_header(first) {
            Form::Tar
        } else {
            return None;
        };
        Some(Self { form, layers: start.layers.clone() })
    }

    /// Its usual ending: `zip`, `tar`, `tar.gz`, `tar.zst`.
    pub fn label(&self) -> String {
        let mut label = if self.form == Form::Zip { "zip" } else { "tar" }.to_owned();
        for layer in self.layers.iter().rev() {
            label.push_str(if *layer == Layer::Gzip { ".gz" } else { ".zst" });
        }
        label
    }
}

/// Bytes as delivered: a file, or a member that can be opened by itself.
#[derive(Debug, Clone)]
pub enum Blob {
    /// Bytes in a row.
    Span(Span),
    /// A member of a zip.
    Entry(zip::Entry),
}

impl Blob {
    /// Number of bytes, as far as the archive tells the truth.
    pub fn len(&self) -> u64 {
        match self {
            Self::Span(span) => span.len(),
            Self::Entry(entry) => entry.size(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether nothing can change the bytes.
    pub fn is_in_memory(&self) -> bool {
        match self {
            Self::Span(span) => span.is_in_memory(),
            Self::Entry(_) => false,
        }
    }

    /// A number that members with the same bytes share, and few others. Reads some bytes at most.
    pub fn likeness(&self) -> u64 {
        match self {
            Self::Span(span) => {
                let mut head = Vec::with_capacity(LIKENESS as usize);
                // What cannot be read now cannot be read later either, and that is said then.
                let _ = span.reader().take(LIKENESS).read_to_end(&mut head);
                xxh3_64_with_seed(&head, span.len())
            }
            Self::Entry(entry) => entry.likeness(),
        }
    }

    /// Bytes it takes where it lies: what expansion is measured against.
    pub fn packed(&self) -> u64 {
        match self {
            Self::Span(span) => span.len(),
            Self::Entry(entry) => entry.packed(),
        }
    }

    /// Opens it and hands on a reader of its bytes. Of a zip the checksum is tested at the end.
    ///
    /// # Errors
    /// What `read` says, or when it cannot be opened.
    pub fn read<T>(&self, read: impl FnOnce(&mut dyn Read) -> io::Result<T>) -> io::Result<T> {
        match self {
            Self::Span(span) => read(&mut span.reader()),
            Self::Entry(entry) => entry.read(read),
        }
    }

    /// All of its bytes.
    ///
    /// # Errors
    /// When it cannot be read, or is larger than `cap`.
    pub fn bytes(&self, cap: &Cap) -> io::Result<Vec<u8>> {
        if self.len() > cap.bytes {
            return Err(io::Error::other(cap.error.clone()));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(self.len().min(64 << 20)).unwrap_or(0));
        self.read(|reader| reader.take(cap.bytes.saturating_add(1)).read_to_end(&mut bytes))?;
        if bytes.len() as u64 > cap.bytes {
            return Err(io::Error::other(cap.error.clone()));
        }
        Ok(bytes)
    }
}

/// A member on its way to a reader.
pub enum Member<'m> {
    /// It can be opened by itself, at any time, by any thread; with the size the archive states.
    Apart(Blob, u64),
    /// It passes by once, with its size.
    Passing(&'m mut dyn Read, u64),
}

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
    fn set_aside(&mut self, what: &str) {
        *self.set_aside.entry(what.to_owned()).or_default() += 1;
    }

    fn reject(&mut self, member: u64, reason: String) {
        self.rejected += 1;
        if self.rejects.len() < LISTED {
            self.rejects.push((member, reason));
        }
    }

    /// Refuses what is left of an archive that ends early or is damaged.
    fn break_off(&mut self, member: u64, why: String) {
        self.broken.get_or_insert_with(|| why.clone());
        self.reject(member, why);
    }

    fn unopened(&mut self, member: u64, reason: String) {
        self.unopened += 1;
        self.reject(member, reason);
    }

    /// Judges a member by its name; true if it is to be read.
    fn admits(&mut self, member: u64, name: &str) -> bool {
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
    fn link(&mut self, member: u64, name: &str, target: &str) {
        // A symbolic link counts from its own folder, a hard link from the top: neither may climb.
        match leads_out(name).or_else(|| leads_out(target)) {
            Some(why) => self.reject(member, format!("{name}: a link to {target}: {why}; it was not followed")),
            None => self.set_aside("links inside the archive"),
        }
    }

    fn too_many(&mut self, limits: &Limits, found: Option<u64>) {
        let found = found.map_or_else(|| format!("more than {}", limits.members), |n| n.to_string());
        let reason =
            format!("it has {found} members: those after the first {} were not read; --max-members raises the limit", limits.members);
        self.reject(limits.members, reason);
    }
}

/// Why a member's name must not be taken for a place in the archive. Both slashes count, since a
/// backslash is a slash to Windows.
fn leads_out(name: &str) -> Option<&'static str> {
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
fn litter(name: &str) -> Option<&'static str> {
    let mut parts = name.split('/');
    if parts.clone().any(|part| part == "__MACOSX") {
        return Some("files of macOS (__MACOSX/)");
    }
    parts.next_back().is_some_and(|part| part.starts_with("._")).then_some("files of macOS (._*)")
}

/// Names every member of an archive to `visit`, in the archive's order, with its number from 0.
///
/// # Errors
/// What `visit` says. Trouble with the archive is in the account.
pub fn walk<E>(
    blob: &Blob,
    kind: &Kind,
    limits: &Limits,
    visit: &mut dyn FnMut(u64, &str, Member<'_>) -> Result<(), E>,
) -> Result<Account, E> {
    let mut account = Account::default();
    let walked = match (kind.form, blob) {
        (Form::Tar, Blob::Span(span)) if kind.layers.is_empty() => tar::walk_in_place(span, limits, &mut account, visit),
        (Form::Tar, _) => {
            let cap = limits.stream(blob.packed());
            let mut failed = None;
            let read = blob.read(|reader| {
                let (unpacked, _) = container::unpacked(reader, &cap)?;
                match tar::walk_stream(unpacked, limits, &mut account, visit) {
                    Ok(ended) => ended,
                    Err(error) => {
                        failed = Some(error);
                        Ok(())
                    }
                }
            });
            failed.map_or(Ok(read), Err)
        }
        (Form::Zip, Blob::Span(span)) if kind.layers.is_empty() => zip::walk(span, limits, &mut account, visit),
        (Form::Zip, _) => match held(blob, kind, limits) {
            Ok(span) => zip::walk(&span, limits, &mut account, visit),
            Err(error) => Ok(Err(error)),
        },
    }?;
    if let Err(error) = walked {
        let at = account.members;
        account.break_off(at, format!("the {} is damaged or cut after {at} members: {error}", kind.label()));
    }
    Ok(account)
}

/// A zip that does not lie in a row anywhere, in memory.
fn held(blob: &Blob, kind: &Kind, limits: &Limits) -> io::Result<Span> {
    let mut cap = limits.stream(blob.packed());
    let too_large = || io::Error::other(format!("a zip inside another file may have {HELD} bytes; unpack the outer one"));
    cap.bytes = cap.bytes.min(HELD);
    let mut bytes = Vec::new();
    blob.read(|reader| {
        let unpacked: Box<dyn Read + '_> = if kind.layers.is_empty() { Box::new(reader) } else { container::unpacked(reader, &cap)?.0 };
        unpacked.take(HELD + 1).read_to_end(&mut bytes)
    })?;
    if bytes.len() as u64 > HELD { Err(too_large()) } else { Ok(Span::of_bytes(bytes)) }
}

#[cfg(test)]
mod tests;
