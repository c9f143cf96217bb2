//! One input: a file offered or a member of an archive. Its hash tells whether it was read before; then
//! its content tells which reader reads it.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::Sender;
use sha2::{Digest, Sha256};

use super::beginning::{Beginning, Hashed, Watched};
use super::build::{EventSink, Job, Purpose, bears_on_integrity, hex, may_be_listed};
use super::manifest::{InputFile, RejectEntry};
use super::parallel::in_order;
use super::raw::Raw;
use super::runs::Runs;
use super::{StoreError, offer, parquet};
use crate::ingest::archive::{Blob, Kind};
use crate::ingest::batch::Output;
use crate::ingest::config;
use crate::ingest::container::{self, Start};
use crate::ingest::detect::{self, Format};
use crate::ingest::span::Span;
use crate::ingest::{Offered, cloudtrail, readers, trail_exports};

/// Bytes of an input that are held as delivered; larger ones are read twice, once for their hash.
const HELD: u64 = 8 << 20;
/// The same of a member that must be unpacked to be read.
const HELD_MEMBER: u64 = 64 << 20;
/// Bytes of text from which a file of configuration items is cut into pieces. Compressed files hold about ten
/// to sixteen times their size.
const LONG: u64 = 16 << 20;
/// Bytes as delivered that tell what an input is.
pub(super) const HEAD: u64 = 512 << 10;

/// An input waiting for a worker.
pub(super) struct Task {
    /// What outputs print.
    pub(super) shown: String,
    pub(super) source: From,
    /// Archives it lies in.
    pub(super) depth: u8,
    /// What is already known to be wrong with it.
    pub(super) note: Option<String>,
    /// Where members go that others may read.
    pub(super) give: Sender<Task>,
}

/// Where an input comes from.
pub(super) enum From {
    /// The command line.
    Offered(Offered),
    /// An archive.
    Member(Blob),
}

/// A member that passed by for its hash and is read when it passes by again.
pub(super) struct HeldBack {
    pub(super) sha256: String,
    pub(super) format: Format,
    pub(super) size: u64,
    pub(super) note: Option<String>,
}

impl Task {
    /// A file of the command line.
    pub(super) fn offered(offered: &Offered, give: Sender<Self>) -> Self {
        Self { shown: offered.shown.clone(), source: From::Offered(offered.clone()), depth: 0, note: None, give }
    }

    /// Its path, if it is a file by itself.
    fn on_disk(&self) -> Option<&Path> {
        match &self.source {
            From::Offered(offered) if offered.path.as_os_str() != offer::STDIN => Some(&offered.path),
            _ => None,
        }
    }

    /// Size as delivered.
    pub(super) fn bytes(&self) -> u64 {
        match &self.source {
            From::Offered(offered) => offered.bytes,
            From::Member(blob) => blob.len(),
        }
    }
}

/// The right to read a file; others with the same bytes wait until it is given back.
struct Claim<'j, 's> {
    job: &'j Job<'s>,
    id: String,
    /// What rows call the file.
    index: u32,
}

impl Drop for Claim<'_, '_> {
    fn drop(&mut self) {
        self.job.registry().reading.remove(&self.id);
        self.job.read.notify_all();
    }
}

impl<'s> Job<'s> {
    /// Reads one input. Its own trouble ends up in its entry.
    pub(super) fn take(&self, task: Task, runs: &mut Runs) -> Result<(), StoreError> {
        let blob = match &task.source {
            From::Member(blob) => Ok(blob.clone()),
            From::Offered(offered) => offer::open(offered).map(Blob::Span),
        };
        let blob = match blob {
            Ok(blob) => blob,
            Err(error) => {
                self.unread(&task, task.bytes(), &error);
                return Ok(());
            }
        };
        let (sha256, arrived) = match arrive(&blob) {
            Ok(arrived) => arrived,
            Err(error) => {
                self.unread(&task, blob.len(), &error);
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
        let Some(claim) = self.claim(&sha256, &task.shown, size) else { return Ok(()) };
        let mut entry = InputFile::new(sha256, task.shown.clone(), size, Format::Unrecognised);
        entry.notes.extend(task.note.clone());
        let packed = blob.packed();
        let format = streamed(&start, arrived.head(), size);
        let done = match (arrived, format) {
            (Arrived::Whole(bytes), Some(format)) => self.stream(&mut entry, format, &mut bytes.as_slice(), packed),
            (Arrived::Whole(bytes), None) => self.contents(&mut entry, (bytes, start), packed, claim.index, runs),
            (Arrived::Head(_), Some(format)) => self.again(&blob, |job, reader| job.stream(&mut entry, format, reader, packed)),
            (Arrived::Head(head), None) if parquet::is_parquet(&head) && task.on_disk().is_some() => {
                let path = task.on_disk().unwrap_or(Path::new(""));
                self.parquet(parquet::Bytes::File(path), &mut entry)
            }
            (Arrived::Head(_), None) => match blob.bytes(&self.reading.limits.whole(packed)) {
                Ok(bytes) => self.contents(&mut entry, (bytes, start), packed, claim.index, runs),
                Err(error) => {
                    reject(&mut entry, &error.to_string());
                    Ok(())
                }
            },
        };
        done?;
        self.finish(&claim, entry);
        Ok(())
    }

    /// Opens an input once more.
    fn again(&self, blob: &Blob, read: impl FnOnce(&Self, &mut dyn Read) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut failed = Ok(());
        let opened = blob.read(|reader| {
            failed = read(self, reader);
            Ok(())
        });
        failed.and_then(|()| opened.map_err(|e| StoreError::io(self.store.folder(), e)))
    }

    /// Reads a member that was held back until its hash was known.
    pub(super) fn passing(&self, shown: &str, held_back: &HeldBack, reader: &mut dyn Read) -> Result<(), StoreError> {
        let HeldBack { sha256, format, size, note } = held_back;
        let Some(claim) = self.claim(sha256, shown, *size) else { return Ok(()) };
        let mut entry = InputFile::new(sha256.clone(), shown.to_owned(), *size, Format::Unrecognised);
        entry.notes.extend(note.clone());
        self.stream(&mut entry, *format, reader, *size)?;
        self.finish(&claim, entry);
        Ok(())
    }

    /// Whether a file with this hash was met before.
    fn knows(&self, sha256: &str) -> bool {
        sha256.get(..16).is_some_and(|id| self.registry().files.contains_key(id))
    }

    /// The right to read a file, unless these bytes were read before. Some answers take account or name
    /// from their path, and the first path counts: such a file is read again when its first path changes.
    fn claim(&self, sha256: &str, shown: &str, bytes: u64) -> Option<Claim<'_, 's>> {
        let id = sha256.get(..16)?.to_owned();
        let mut registry = self.registry();
        while registry.reading.contains(&id) {
            registry = self.read.wait(registry).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
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
            registry.files.insert(id.clone(), InputFile::new(sha256.to_owned(), shown.to_owned(), bytes, Format::Unrecognised));
            registry.ids.push(id.clone());
        }
        if of_this_run {
            self.pool.forget(&id);
        }
        registry.fresh.insert(id.clone());
        registry.reading.insert(id.clone());
        let index = u32::try_from(registry.ids.len() - 1).unwrap_or(u32::MAX);
        drop(registry);
        Some(Claim { job: self, id, index })
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

    /// An input that cannot be read has no hash; its name stands in, so that it is listed.
    pub(super) fn unread(&self, task: &Task, bytes: u64, error: &io::Error) {
        let stand_in = hex(&Sha256::digest(task.shown.as_bytes()));
        let mut entry = InputFile::new(stand_in, task.shown.clone(), bytes, Format::Unrecognised);
        entry.notes.push(format!("cannot be read: {error}"));
        if task.depth > 0 {
            // A member is known to hold something; a file that cannot be opened may be anything.
            reject(&mut entry, &error.to_string());
        }
        let mut registry = self.registry();
        registry.fresh.insert(entry.file_id.clone());
        registry.files.insert(entry.file_id.clone(), entry);
    }

    /// Reads an input held whole, as delivered.
    fn contents(
        &self,
        entry: &mut InputFile,
        (bytes, start): (Vec<u8>, Start),
        packed: u64,
        index: u32,
        runs: &mut Runs,
    ) -> Result<(), StoreError> {
        if parquet::is_parquet(&bytes) {
            entry.beginning = Beginning::of(&bytes, false);
            return self.parquet(parquet::Bytes::Held(&bytes), entry);
        }
        let text = match container::unpack_from(bytes, start, &self.reading.limits.whole(packed)) {
            Ok(text) => text,
            Err(error) => {
                reject(entry, &error.to_string());
                return Ok(());
            }
        };
        let broken = text.trouble.is_some();
        entry.notes.extend(text.trouble.clone());
        entry.layers.clone_from(&text.layers);
        entry.beginning = Beginning::of(&text.bytes, broken);
        entry.format = detect::detect(&text.bytes);
        // Digests list the hash of the uncompressed content. It is taken always, not only when there are digests: they
        // may come with a later run, and the store must then be what one run would have made.
        if may_be_listed(entry.format) {
            entry.content_sha256 = Some(hex(&Sha256::digest(text.content())));
        }
        if self.purpose == Purpose::Verification && !bears_on_integrity(entry.format) {
            return Ok(());
        }
        if let Some(container) = entry.format.cloudtrail() {
            let raw = Raw::of(self, &entry.file_id);
            let mut sink = EventSink { entry, runs, index, cells: self.kinds, raw, failed: None };
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
        } else if entry.format == Format::CostManifest {
            self.assembly(&text.bytes, entry);
        } else {
            self.rows(entry, |format, path, out| readers::read_text(format, detect::inner(&text.bytes), path, out))?;
        }
        // Some exports end without a line feed; others break off after a bracket that is not the last.
        let lines = matches!(entry.format, Format::CredentialReport | Format::ClientControls | Format::Engagement);
        let cut = entry.rejected > 0 || entry.notes.iter().any(|n| n.contains("cut"));
        entry.beginning.open = broken || cut || entry.beginning.open && !lines;
        text.recycle();
        Ok(())
    }

    /// Reads an input as a stream: its format is one of those that can be larger than memory.
    fn stream(&self, entry: &mut InputFile, format: Format, input: &mut dyn Read, packed: u64) -> Result<(), StoreError> {
        entry.format = format;
        if self.purpose == Purpose::Verification {
            return Ok(());
        }
        let (text, layers) = match container::text(input, &self.reading.limits.stream(packed)) {
            Ok(opened) => opened,
            Err(error) => {
                reject(entry, &error.to_string());
                return Ok(());
            }
        };
        entry.layers = layers;
        if format.is_charges() {
            // The same charges, packed or not, are one statement.
            let mut reader = BufReader::with_capacity(1 << 20, Watched::new(Hashed::new(text)));
            self.rows(entry, |format, path, out| readers::read_stream(format, &mut reader, path, out))?;
            let watched = reader.into_inner();
            entry.beginning = watched.beginning();
            entry.content_sha256 = watched.into_inner().finish().ok();
            return Ok(());
        }
        let mut reader = BufReader::with_capacity(1 << 20, Watched::new(text));
        if readers::is_streamed(format) {
            self.rows(entry, |format, path, out| readers::read_stream(format, &mut reader, path, out))?;
        } else {
            self.rows(entry, |_, path, out| self.pieces(&mut reader, path, out))?;
        }
        entry.beginning = reader.get_ref().beginning();
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

/// The format of an input that begins so and is so long, as delivered, if it is one that is read as a stream.
pub(super) fn streamed(start: &Start, head: &[u8], length: u64) -> Option<Format> {
    // Most files are JSON that is short enough to be held, and unpacking as much as recognising wants takes a while.
    if start.is_json() {
        let long = length > if container::is_packed(head) { LONG / 16 } else { LONG };
        return long.then(|| container::peek(head)).filter(|text| config::is_cut(text)).map(|text| detect::detect(&text));
    }
    Some(detect::detect(&container::peek(head))).filter(|f| readers::is_streamed(*f))
}

/// A file whose frame is broken counts as one record that could not be read.
fn reject(entry: &mut InputFile, why: &str) {
    if !entry.notes.iter().any(|n| n.ends_with(why)) {
        entry.notes.push(why.to_owned());
    }
    entry.read += 1;
    entry.rejected += 1;
    entry.rejects.push(RejectEntry { record: 0, byte_offset: Some(0), reason: why.to_owned() });
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

/// Reads an input for its SHA-256.
fn arrive(blob: &Blob) -> io::Result<(String, Arrived)> {
    let held = if matches!(blob, Blob::Entry(_)) { HELD_MEMBER } else { HELD };
    blob.read(|reader| {
        let mut bytes = container::space(usize::try_from(blob.len().min(held)).unwrap_or(0));
        (&mut *reader).take(held + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= held {
            return Ok((hex(&Sha256::digest(&bytes)), Arrived::Whole(bytes)));
        }
        let mut hasher = Sha256::new();
        hasher.update(&bytes);
        bytes.truncate(HEAD as usize);
        bytes.shrink_to_fit();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok((hex(&hasher.finalize()), Arrived::Head(bytes))),
                n => hasher.update(&buffer[..n]),
            }
        }
    })
}
