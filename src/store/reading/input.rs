//! One input: a file offered or a member of an archive. Its hash tells whether it was read before; then
//! its content tells which reader reads it.
//!
//! What is stored under a hash was read from bytes that have it: a long input, which passes by once for its hash and
//! again for its records, is hashed both times.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::beginning::{Beginning, Watched};
use super::outer::Outer;
use super::{offer, outer, parquet};
use crate::base::hash::{self, Hashed};
use crate::base::parallel::in_order;
use crate::ingest::batch::Output;
use crate::ingest::detect::{self, Format};
use crate::ingest::formats::config;
use crate::ingest::reading::archive::{Blob, Kind};
use crate::ingest::reading::container::{self, Start};
use crate::ingest::reading::recorded;
use crate::ingest::reading::span::Span;
use crate::ingest::remark::{Inside, Remark};
use crate::ingest::unread::Unread;
use crate::ingest::{
    Offered,
    formats::{cloudtrail, readers, suspect, trail_exports},
    identity,
};
use crate::store::StoreError;
use crate::store::events::raw::Raw;
use crate::store::events::runs::Runs;
use crate::store::events::sink::EventSink;
use crate::store::job::{Job, Purpose, bears_on_integrity, may_be_listed};
use crate::store::manifest::InputFile;

/// Bytes of an input that are held as delivered; larger ones are read twice, once for their hash.
const HELD: u64 = 8 << 20;
/// The same of a member that must be unpacked to be read.
const HELD_MEMBER: u64 = 64 << 20;
/// Bytes of text from which a file of configuration items is cut into pieces. Compressed files hold about ten
/// to sixteen times their size.
const LONG: u64 = 16 << 20;
/// Bytes as delivered that tell what an input is.
pub(in crate::store) const HEAD: u64 = 512 << 10;

/// An input waiting for a worker.
pub(in crate::store) struct Task {
    /// What outputs print.
    pub(in crate::store) shown: String,
    pub(in crate::store) source: From,
    /// Archives it lies in.
    pub(in crate::store) depth: u8,
    /// What is already known to be wrong with it.
    pub(in crate::store) note: Option<Remark>,
    /// Its number among the files offered, or that of the file it lies in.
    pub(in crate::store) index: usize,
    /// The account of the outermost archive that it lies in.
    pub(in crate::store) outer: Option<Arc<Outer>>,
    /// Where members go that others may read.
    pub(in crate::store) give: Sender<Task>,
}

/// Where an input comes from.
pub(in crate::store) enum From {
    /// The command line.
    Offered(Offered),
    /// An archive.
    Member(Blob),
}

/// A member that passed by for its hash and is read when it passes by again.
pub(in crate::store) struct HeldBack {
    pub(in crate::store) sha256: String,
    pub(in crate::store) format: Format,
    pub(in crate::store) size: u64,
    pub(in crate::store) note: Option<Remark>,
}

impl Task {
    /// A file of the command line.
    pub(in crate::store) fn offered(offered: &Offered, index: usize, give: Sender<Self>) -> Self {
        let source = From::Offered(offered.clone());
        Self { shown: offered.shown.clone(), source, depth: 0, note: None, index, outer: None, give }
    }

    /// A member of this archive.
    pub(in crate::store) fn member(&self, shown: String, blob: Blob, note: Option<Remark>, outer: &Arc<Outer>) -> Self {
        let (source, outer) = (From::Member(blob), Some(Arc::clone(outer)));
        Self { shown, source, depth: self.depth + 1, note, index: self.index, outer, give: self.give.clone() }
    }

    /// Its path, if it is a file by itself.
    fn on_disk(&self) -> Option<&Path> {
        match &self.source {
            From::Offered(offered) if !offered.once => Some(&offered.path),
            _ => None,
        }
    }

    /// Size as delivered.
    pub(in crate::store) fn bytes(&self) -> u64 {
        match &self.source {
            From::Offered(offered) => offered.bytes,
            From::Member(blob) => blob.len(),
        }
    }
}

/// The right to read a file; others with the same bytes wait until it is given back.
struct Claim<'j, 's> {
    job: &'j Job<'s>,
    sha256: String,
    id: String,
    /// What rows call the file.
    index: u32,
    /// For an answer that its path tells apart, the place that the path names.
    place: Option<String>,
}

impl Drop for Claim<'_, '_> {
    fn drop(&mut self) {
        self.job.registry().reading.remove(&self.sha256);
        self.job.read.notify_all();
    }
}

impl Claim<'_, '_> {
    /// The entry of the file, before it is read.
    fn entry(&self, shown: String, bytes: u64, note: Option<Remark>) -> InputFile {
        let mut entry = InputFile::new(self.sha256.clone(), shown, bytes, Format::Unrecognised);
        entry.file_id.clone_from(&self.id);
        entry.place.clone_from(&self.place);
        entry.notes.extend(note);
        entry
    }
}

impl<'s> Job<'s> {
    /// Reads one input. Its own trouble ends up in its entry.
    pub(in crate::store) fn take(&self, task: Task, runs: &mut Runs) -> Result<(), StoreError> {
        let outer = task.outer.as_deref();
        if outer.is_some_and(Outer::is_spent) {
            // Nothing of the archive will stay.
            return Ok(());
        }
        let blob = match &task.source {
            From::Member(blob) => Ok(blob.clone()),
            From::Offered(offered) => offer::open(offered).map(Blob::Span),
        };
        let arrived = blob.and_then(|blob| Ok((arrive(&blob, outer)?, blob)));
        let ((sha256, arrived), blob) = match arrived {
            Ok(arrived) => arrived,
            Err(error) => {
                let refused = if let From::Offered(offered) = &task.source { offered.refused.as_ref() } else { None };
                self.unread(&task.shown, task.bytes(), task.depth, refused.map_or(Unread::Unreadable, |r| r.unread()), &error);
                return Ok(());
            }
        };
        let (start, size) = match &arrived {
            // A store that grows meets most of its files again, and reads none of those.
            Arrived::Whole(bytes) if self.knows(&sha256) => (Start::of(arrived.head()), bytes.len() as u64),
            Arrived::Whole(bytes) => (Start::of_whole(bytes), bytes.len() as u64),
            Arrived::Head(head) => (Start::of(head), blob.len()),
        };
        if let Some(kind) = Kind::begun(&start) {
            let head = arrived.head().to_vec();
            let blob = if let Arrived::Whole(bytes) = arrived { Blob::Span(Span::of_bytes(bytes)) } else { blob };
            return self.archive(&task, &kind, &blob, (sha256, &head, size), runs);
        }
        let Some(claim) = self.claim(&sha256, &task.shown, size) else {
            self.charge_copy(outer, &sha256);
            return Ok(());
        };
        let mut entry = claim.entry(task.shown.clone(), size, task.note.clone());
        let mut claim = Some(claim);
        let packed = blob.packed();
        let format = streamed(&start, arrived.head(), size);
        let read = match (arrived, format) {
            (Arrived::Whole(bytes), Some(format)) => {
                self.stream(&mut entry, format, &mut bytes.as_slice(), packed, outer)?;
                Ok(sha256.clone())
            }
            (Arrived::Whole(bytes), None) => {
                self.contents(&mut claim, &mut entry, (bytes, start), packed, runs)?;
                Ok(sha256.clone())
            }
            (Arrived::Head(_), Some(format)) => self.again(&blob, |job, reader| job.stream(&mut entry, format, reader, packed, outer))?,
            (Arrived::Head(head), None) if parquet::is_parquet(&head) && task.on_disk().is_some() => {
                let path = task.on_disk().unwrap_or(Path::new(""));
                self.parquet(parquet::Bytes::File(path), &mut entry)?;
                // The query engine opened the file by its path: so it is opened here.
                Span::open(path).and_then(|span| hash::of(&mut span.reader()))
            }
            (Arrived::Head(_), None) => match blob.bytes(&self.reading.limits.whole(packed)) {
                Ok(bytes) => {
                    let found = if blob.is_in_memory() { sha256.clone() } else { hash::of_bytes(&bytes) };
                    if found == sha256 {
                        self.contents(&mut claim, &mut entry, (bytes, start), packed, runs)?;
                    }
                    Ok(found)
                }
                Err(error) => {
                    entry.reject(&error);
                    Ok(sha256.clone())
                }
            },
        };
        if let (Some(outer), false) = (outer, format.is_some()) {
            outer.charge_text(&entry);
        }
        match claim {
            Some(claim) => self.settle_reading(claim, entry, read),
            None => Ok(()),
        }
    }

    /// Opens an input once more; gives the SHA-256 of what was read.
    fn again(
        &self,
        blob: &Blob,
        read: impl FnOnce(&Self, &mut dyn Read) -> Result<(), StoreError>,
    ) -> Result<io::Result<String>, StoreError> {
        let mut failed = Ok(());
        let found = blob.read(|reader| {
            let mut hashed = Hashed::new(reader);
            failed = read(self, &mut hashed);
            hashed.finish()
        });
        failed.map(|()| found)
    }

    /// Reads a member that was held back until its hash was known.
    pub(in crate::store) fn passing(
        &self,
        shown: &str,
        held_back: &HeldBack,
        reader: &mut dyn Read,
        outer: &Outer,
    ) -> Result<(), StoreError> {
        let HeldBack { sha256, format, size, note } = held_back;
        let Some(claim) = self.claim(sha256, shown, *size) else {
            self.charge_copy(Some(outer), sha256);
            return Ok(());
        };
        let mut entry = claim.entry(shown.to_owned(), *size, note.clone());
        let mut hashed = Hashed::new(reader);
        self.stream(&mut entry, *format, &mut hashed, *size, Some(outer))?;
        let read = hashed.finish();
        self.settle_reading(claim, entry, read)
    }

    /// Keeps what was read if the bytes read are those of the claim, and drops it if not.
    fn settle_reading(&self, claim: Claim<'_, '_>, entry: InputFile, read: io::Result<String>) -> Result<(), StoreError> {
        match read {
            Ok(found) if found == claim.sha256 => self.finish(&claim, entry),
            Ok(found) => {
                let why = format!(
                    "it changed while it was read: its SHA-256 was {} at first and {found} when its records were read, so nothing of it was kept",
                    claim.sha256
                );
                self.discard(&claim, &entry, Unread::Changed, &why)?;
            }
            Err(error) => {
                let why = format!("it could be read once and then no more, so nothing of it was kept: {error}");
                self.discard(&claim, &entry, Unread::Unreadable, &why)?;
            }
        }
        Ok(())
    }

    /// Takes back what was stored of a file whose bytes were not those of its hash.
    fn discard(&self, claim: &Claim<'_, '_>, entry: &InputFile, why: Unread, note: &str) -> Result<(), StoreError> {
        for table in entry.rows.keys() {
            let path = self.store.part_path(table, &claim.id);
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(StoreError::io(&path, e)),
                _ => {}
            }
        }
        self.pool.forget(&claim.id);
        let mut registry = self.registry();
        let mut paths = registry.files.remove(&claim.id).map_or_else(Vec::new, |known| known.paths);
        paths.extend(entry.paths.iter().cloned());
        // What an earlier run kept under this hash stays.
        if let Some(former) = self.store.manifest.files.get(&claim.id) {
            paths.retain(|path| !former.paths.contains(path));
            registry.files.insert(claim.id.clone(), former.clone());
        }
        paths.sort();
        paths.dedup();
        for path in paths {
            let mut lost = InputFile::unread(path, entry.bytes, why, note.to_owned());
            lost.reject(note);
            registry.unread.push(lost);
        }
        Ok(())
    }

    /// Charges an outermost archive with the text of a file that is not read again.
    fn charge_copy(&self, outer: Option<&Outer>, sha256: &str) {
        if let Some(outer) = outer {
            let registry = self.registry();
            // An answer that paths tell apart goes by other ids, and each entry of it has the same text.
            let of_content = || registry.files.values().find(|file| file.sha256 == sha256);
            if let Some(known) = registry.files.get(&registry.id_of(sha256)).or_else(of_content) {
                outer.charge_text(known);
            }
        }
    }

    /// Whether a file with this hash was met before.
    fn knows(&self, sha256: &str) -> bool {
        let registry = self.registry();
        registry.files.get(&registry.id_of(sha256)).is_some_and(|known| known.sha256 == sha256)
    }

    /// The right to read a file, unless these bytes were read before. Some answers take account or name
    /// from their path, and the first path counts: such a file is read again when its first path changes.
    fn claim(&self, sha256: &str, shown: &str, bytes: u64) -> Option<Claim<'_, 's>> {
        let mut registry = self.registry();
        registry.meet(shown, bytes);
        while registry.reading.contains(sha256) {
            registry = self.read.wait(registry).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        let (identity, place) = registry.identity(sha256, shown);
        let id = registry.id_for(sha256, &identity)?;
        let of_this_run = registry.fresh.contains(&id);
        if let Some(known) = registry.files.get_mut(&id) {
            let new = !known.paths.iter().any(|p| p == shown);
            if new {
                known.paths.push(shown.to_owned());
                known.paths.sort();
            }
            let first_now = known.paths.len() > 1 && known.paths.first().is_some_and(|p| p == shown);
            // Only events use the index, and a file of events is never read twice.
            let by_path = known.format.cloudtrail().is_none();
            if !(first_now && by_path && (new || !of_this_run)) {
                return None;
            }
        } else {
            let entry = InputFile::new(sha256.to_owned(), shown.to_owned(), bytes, Format::Unrecognised);
            registry.files.insert(id.clone(), InputFile { file_id: id.clone(), ..entry });
            registry.ids.push(id.clone());
        }
        if of_this_run {
            self.pool.forget(&id);
        }
        registry.fresh.insert(id.clone());
        registry.reading.insert(sha256.to_owned());
        let index = u32::try_from(registry.ids.len() - 1).unwrap_or(u32::MAX);
        drop(registry);
        Some(Claim { job: self, sha256: sha256.to_owned(), id, index, place })
    }

    /// Gives up a file that turned out to be an answer whose path is part of what it is, and asks for it as that.
    fn place<'j>(&'j self, claim: Claim<'j, 's>, format: Format, entry: &mut InputFile) -> Option<Claim<'j, 's>> {
        let mut registry = self.registry();
        // A store of an earlier version may know it by its content.
        if registry.files.get(&claim.id).is_some_and(|known| known.paths.len() > 1) {
            return Some(claim);
        }
        registry.files.remove(&claim.id);
        registry.fresh.remove(&claim.id);
        registry.answers.insert(claim.sha256.clone(), format);
        drop(registry);
        let sha256 = claim.sha256.clone();
        drop(claim);
        let shown = entry.paths.first().cloned().unwrap_or_default();
        let placed = self.claim(&sha256, &shown, entry.bytes)?;
        entry.file_id.clone_from(&placed.id);
        entry.place.clone_from(&placed.place);
        Some(placed)
    }

    /// Puts the account of a file into the registry, beside the paths it was met at.
    fn finish(&self, claim: &Claim<'_, '_>, mut entry: InputFile) {
        let mut registry = self.registry();
        if let Some(known) = registry.files.get_mut(&claim.id) {
            entry.paths.append(&mut known.paths);
            entry.paths.sort();
            entry.paths.dedup();
            *known = entry;
        }
    }

    /// Lists an input that cannot be read.
    pub(in crate::store) fn unread(&self, shown: &str, bytes: u64, depth: u8, why: Unread, error: &dyn Display) {
        let mut entry = InputFile::unread(shown.to_owned(), bytes, why, format!("cannot be read: {error}"));
        if depth > 0 {
            // A member is known to hold something; a file that cannot be opened may be anything.
            entry.reject_told(error.to_string());
        }
        let mut registry = self.registry();
        registry.meet(shown, bytes);
        registry.unread.push(entry);
    }

    /// Reads an input held whole, as delivered. The claim is another one afterwards when the path is part of what the
    /// input is, and none when the same answer from the same place was read before.
    fn contents<'j>(
        &'j self,
        claim: &mut Option<Claim<'j, 's>>,
        entry: &mut InputFile,
        (bytes, start): (Vec<u8>, Start),
        packed: u64,
        runs: &mut Runs,
    ) -> Result<(), StoreError> {
        if parquet::is_parquet(&bytes) {
            entry.beginning = Beginning::of(&bytes, false);
            return self.parquet(parquet::Bytes::Held(&bytes), entry);
        }
        let text = match container::unpack_from(bytes, start, &self.reading.limits.whole(packed)) {
            Ok(text) => text,
            Err(error) => {
                entry.reject(&error);
                return Ok(());
            }
        };
        let broken = text.trouble.is_some();
        entry.notes.extend(text.trouble.clone());
        entry.layers.clone_from(&text.layers);
        entry.beginning = Beginning::of(&text.bytes, broken);
        entry.format = detect::detect(&text.bytes);
        if claim.as_ref().is_some_and(|claim| claim.place.is_none()) && identity::is_named_by_path(entry.format, &text.bytes) {
            *claim = claim.take().and_then(|claim| self.place(claim, entry.format, entry));
        }
        let Some(index) = claim.as_ref().map(|claim| claim.index) else {
            text.recycle();
            return Ok(());
        };
        // Digests list the hash of the uncompressed content. It is taken always, not only when there are digests: they
        // may come with a later run, and the store must then be what one run would have made.
        if may_be_listed(entry.format) {
            entry.content_sha256 = Some(hash::of_bytes(text.content()));
        }
        let verified = self.purpose == Purpose::Verification && !bears_on_integrity(entry.format);
        if !verified {
            self.records(entry, &text, index, runs)?;
        }
        if entry.format == Format::Unrecognised
            && let Some(suspicion) = suspect::packed(&text.bytes).or_else(|| suspect::content(&text.bytes))
        {
            entry.unread = Some(suspicion.unread());
            entry.reject(suspicion.to_string());
        }
        // Damage that no record shows, such as a wrong checksum at the end, is a reject all the same: what was read is not certain.
        if let Some(trouble) = text.trouble.as_ref().filter(|_| entry.rejected == 0) {
            entry.reject(trouble.clone());
        }
        // Some exports end without a line feed; others break off after a bracket that is not the last.
        let lines = matches!(entry.format, Format::CredentialReport | Format::ClientControls | Format::Engagement);
        if !entry.notes.iter().any(Remark::is_cut)
            && entry.format != Format::Unrecognised
            && (entry.rejected > 0 || entry.beginning.open)
            && crate::ingest::reading::json::ends_inside(&text.bytes)
        {
            entry.notes.push(Remark::Cut { inside: Inside::Document });
        }
        let cut = entry.rejected > 0 || entry.notes.iter().any(Remark::is_cut);
        if !verified {
            entry.beginning.open = broken || cut || entry.beginning.open && !lines;
        }
        text.recycle();
        Ok(())
    }

    /// Reads the records of a text whose format is known.
    fn records(&self, entry: &mut InputFile, text: &container::Text, index: u32, runs: &mut Runs) -> Result<(), StoreError> {
        if let Some(container) = entry.format.cloudtrail() {
            let raw = Raw::of(self, &entry.file_id);
            let mut sink = EventSink { entry, runs, index, cells: self.kinds, raw, failed: None, apart: Vec::new() };
            let read = cloudtrail::read(container, &text.bytes, self.store.schema().event_columns(), &mut sink);
            let (failed, raw) = (sink.failed.take(), sink.raw.take());
            entry.read = read;
            entry.rows = raw.map_or_else(|| Ok(BTreeMap::new()), Raw::finish)?;
            if let Some(error) = failed {
                return Err(StoreError::io(self.store.folder(), error));
            }
        } else if let Some(reason) = entry.format.set_apart() {
            entry.read = trail_exports::count(&text.bytes);
            entry.out_of_scope = entry.read;
            entry.out_of_scope_reason = Some(reason.to_owned());
        } else if entry.format.is_assembly() {
            self.assembly(&text.bytes, entry);
        } else {
            self.rows(entry, |format, path, out| {
                readers::read_text(format, recorded::inner(&text.bytes), path, out);
                if out.counts.read == 0 {
                    identity::keep_empty(format, &text.bytes, path, out);
                }
            })?;
        }
        Ok(())
    }

    /// Reads an input as a stream: its format is one of those that can be larger than memory.
    fn stream(
        &self,
        entry: &mut InputFile,
        format: Format,
        input: &mut dyn Read,
        packed: u64,
        outer: Option<&Outer>,
    ) -> Result<(), StoreError> {
        entry.format = format;
        if self.purpose == Purpose::Verification {
            return Ok(());
        }
        let (text, layers) = match container::text(input, &self.reading.limits.stream(packed)) {
            Ok(opened) => opened,
            Err(error) => {
                entry.reject(&error);
                return Ok(());
            }
        };
        // Text that is not packed was charged when its bytes arrived.
        let text = outer::Charged::new(text, outer.filter(|_| !layers.is_empty()));
        entry.layers = layers;
        if format.is_charges() {
            // The same charges, packed or not, are one statement.
            let mut reader = BufReader::with_capacity(1 << 20, Watched::new(Hashed::new(text)));
            self.rows(entry, |format, _, out| readers::read_stream(format, &mut reader, out))?;
            let watched = reader.into_inner();
            ended(entry, &watched);
            entry.content_sha256 = watched.into_inner().finish().ok();
            return Ok(());
        }
        let mut reader = BufReader::with_capacity(1 << 20, Watched::new(text));
        if readers::is_streamed(format) {
            self.rows(entry, |format, _, out| readers::read_stream(format, &mut reader, out))?;
        } else {
            self.rows(entry, |_, path, out| self.pieces(&mut reader, path, out))?;
        }
        ended(entry, reader.get_ref());
        Ok(())
    }

    /// Reads a long file of configuration items, in pieces on all threads.
    fn pieces(&self, reader: &mut dyn Read, path: &str, out: &mut Output<'_>) {
        let Some(mut pieces) = config::Pieces::new(reader, self.reading.limits.file) else {
            out.read(1);
            out.reject(0, Some(0), "the text is no list of configuration items");
            return;
        };
        let (kind, ctx, schema) = (pieces.kind(), config::Context::from_path(path), Arc::clone(out.schema()));
        let mut together = config::Together::default();
        in_order(
            self.reading.threads,
            || pieces.next_piece(),
            |piece| config::read_piece(kind, &piece, &ctx, &schema),
            |read| together.add(read, out),
        );
        together.conclude(kind, out);
        if let Some(trouble) = pieces.trouble() {
            out.note(trouble);
        }
    }
}

/// How a text that passed by began, and that it broke off, unless a record says so.
fn ended<R: Read>(entry: &mut InputFile, watched: &Watched<R>) {
    entry.beginning = watched.beginning();
    if let Some(trouble) = watched.trouble().filter(|_| entry.rejected == 0) {
        // The reader of pieces says it with the place.
        if entry.notes.iter().any(Remark::is_cut) {
            entry.reject_told(trouble);
        } else {
            entry.reject(Remark::Damaged { why: trouble });
        }
    }
}

/// The format of an input that begins so and is so long, as delivered, if it is one that is read as a stream.
pub(in crate::store) fn streamed(start: &Start, head: &[u8], length: u64) -> Option<Format> {
    // Most files are JSON that is short enough to be held, and unpacking as much as recognising wants takes a while.
    if start.is_json() {
        let long = length > if container::is_packed(head) { LONG / 16 } else { LONG };
        return long.then(|| container::peek(head)).filter(|text| config::is_cut(text)).map(|text| detect::detect(&text));
    }
    Some(detect::detect(&container::peek(head))).filter(|f| readers::is_streamed(*f))
}

/// What of an input is held once its hash is known.
enum Arrived {
    /// All of it.
    Whole(Vec<u8>),
    /// The first bytes of a long one.
    Head(Vec<u8>),
}

impl Arrived {
    /// The first bytes.
    fn head(&self) -> &[u8] {
        let (Self::Whole(bytes) | Self::Head(bytes)) = self;
        bytes.get(..HEAD as usize).unwrap_or(bytes)
    }
}

/// Reads an input for its SHA-256. What is unpacked from an archive is charged to the outermost one.
fn arrive(blob: &Blob, outer: Option<&Outer>) -> io::Result<(String, Arrived)> {
    let unpacked = matches!(blob, Blob::Entry(_));
    let held = if unpacked { HELD_MEMBER } else { HELD };
    blob.read(|reader| {
        let mut reader = outer::Charged::new(reader, outer.filter(|_| unpacked));
        let mut bytes = container::space(usize::try_from(blob.len().min(held)).unwrap_or(0));
        (&mut reader).take(held + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= held {
            return Ok((hash::of_bytes(&bytes), Arrived::Whole(bytes)));
        }
        let hashed = Hashed::after(&bytes, &mut reader);
        bytes.truncate(HEAD as usize);
        bytes.shrink_to_fit();
        Ok((hashed.finish()?, Arrived::Head(bytes)))
    })
}
