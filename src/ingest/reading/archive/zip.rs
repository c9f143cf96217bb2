//! Members of a zip, by its central directory: each can be opened by itself, by any thread.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use zip::ZipArchive;

use super::zip_entry::{BUFFER, Entry, Zip};
use super::{Account, Blob, Member};
use crate::ingest::reading::container::Limits;
use crate::ingest::reading::span::{Span, SpanReader};

/// Bytes of a link's target that are looked at.
const TARGET: u64 = 4 << 10;

/// Names every member of a zip. The inner result is what is wrong with the zip itself.
pub(super) fn walk<E>(
    span: &Span,
    limits: &Limits,
    account: &mut Account,
    visit: &mut dyn FnMut(u64, &str, Member<'_>) -> Result<(), E>,
) -> Result<io::Result<()>, E> {
    let archive: ZipArchive<BufReader<SpanReader>> = match ZipArchive::new(BufReader::with_capacity(BUFFER, span.reader())) {
        Ok(archive) => archive,
        Err(error) => return Ok(Err(error.into())),
    };
    let zip = Arc::new(Zip { span: span.clone(), directory: archive.metadata(), limits: *limits });
    let found = zip.directory.len();
    if zip.directory.has_duplicate_names() {
        account.reject(0, "several members have the same name: only the last of each is read".to_owned());
    }
    if overlap(&zip) {
        return Ok(Err(io::Error::other("its members overlap, like a decompression bomb")));
    }
    for index in 0..found {
        let number = index as u64;
        if number == limits.members {
            account.too_many(limits, Some(found as u64));
            break;
        }
        account.members += 1;
        let entry = match zip.directory.entry(index) {
            Ok(entry) => entry,
            Err(error) => {
                account.reject(number, format!("its place in the directory is damaged: {error}"));
                continue;
            }
        };
        // Some writers on Windows put backslashes into names.
        let name =
            entry.name().map_or_else(|_| String::from_utf8_lossy(entry.name_raw()).into_owned(), |n| n.into_owned()).replace('\\', "/");
        let member = Entry { zip: Arc::clone(&zip), index, size: entry.size(), packed: entry.compressed_size(), crc: entry.crc32() };
        if entry.is_symlink() {
            let mut target = Vec::new();
            // A target that cannot be read is none.
            let _ = member.read(|reader| reader.take(TARGET).read_to_end(&mut target));
            account.link(number, &name, &String::from_utf8_lossy(&target));
        } else if !account.admits(number, &name) {
        } else if entry.is_dir() || name.ends_with('/') {
            account.set_aside("directories");
        } else if entry.encrypted() {
            account.unopened(number, format!("{name}: it is encrypted; unpack the zip with its password and give the files"));
        } else {
            account.read += 1;
            visit(number, &name, Member::Apart(Blob::Entry(member), entry.size()))?;
        }
    }
    Ok(Ok(()))
}

/// Whether members share bytes, which makes a zip expand without end: each must end before the next one's header.
fn overlap(zip: &Zip) -> bool {
    /// Bytes of a member's own header, without its name.
    const HEADER: u64 = 30;
    let entries = (0..zip.directory.len()).filter_map(|index| zip.directory.entry(index).ok());
    let mut places: Vec<(u64, u64)> = entries
        .map(|entry| {
            let start = entry.header_start();
            let bytes = (HEADER + entry.name_raw().len() as u64).saturating_add(entry.compressed_size());
            (start, start.saturating_add(bytes))
        })
        .collect();
    places.sort_unstable();
    let shared = places.windows(2).any(|two| matches!(two, [(_, end), (next, _)] if end > next));
    shared || places.iter().any(|(_, end)| *end > zip.span.len())
}
