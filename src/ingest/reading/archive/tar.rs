//! Members of a tar. One that lies in a file as it is can be read in place, member by member; one under
//! gzip or zstd passes by as a stream.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use tar::{Archive, Entry};

use super::{Account, Blob, Member};
use crate::ingest::reading::container::Limits;
use crate::ingest::reading::span::Span;

/// Bytes the headers of one member may take: without a limit a long name could fill the memory.
const HEADERS: u64 = 4 << 20;
const BLOCK: usize = 512;

/// Whether a file that begins so is a tar: the checksum of a member's header is right, or there is
/// nothing but the end mark of an empty tar.
pub(super) fn is_header(head: &[u8]) -> bool {
    let Some(block) = head.get(..BLOCK) else { return false };
    if head.iter().all(|b| *b == 0) {
        return head.len() >= 2 * BLOCK;
    }
    // Octal digits, ended by a NUL or a space.
    let digits = block[148..156].iter().copied().skip_while(|b| *b == b' ').take_while(|b| (b'0'..=b'7').contains(b));
    let (count, stated) = digits.fold((0, 0u64), |(n, sum), b| (n + 1, sum * 8 + u64::from(b - b'0')));
    let sum: u64 = block.iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u64::from(*b) }).sum();
    count > 0 && sum == stated && block[0] != 0
}

/// Names the members of a tar that lies in a row; each can be read by itself.
pub(super) fn walk_in_place<E>(
    span: &Span,
    limits: &Limits,
    account: &mut Account,
    visit: &mut dyn FnMut(u64, &str, Member<'_>) -> Result<(), E>,
) -> Result<io::Result<()>, E> {
    let meter = Meter::default();
    let mut archive = Archive::new(Metered { inner: span.reader(), meter: meter.clone() });
    meter.headers();
    let entries = match archive.entries_with_seek() {
        Ok(entries) => entries,
        Err(error) => return Ok(Err(error)),
    };
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(error)),
        };
        let sparse = is_sparse(&mut entry);
        let Some((number, name)) = judge(&entry, sparse, limits, account) else { break };
        let (start, size) = (entry.raw_file_position(), entry.size());
        if let Some(name) = name {
            account.read += 1;
            let part = span.part(start, size);
            if part.len() < size {
                cut(account, &name, part.len(), size);
            }
            visit(number, &name, Member::Apart(Blob::Span(part), size))?;
        }
        meter.headers();
    }
    end(account, &meter);
    Ok(Ok(()))
}

/// Names the members of a tar that passes by.
pub(super) fn walk_stream<E>(
    input: impl Read,
    limits: &Limits,
    account: &mut Account,
    visit: &mut dyn FnMut(u64, &str, Member<'_>) -> Result<(), E>,
) -> Result<io::Result<()>, E> {
    let meter = Meter::default();
    let mut archive = Archive::new(Metered { inner: input, meter: meter.clone() });
    meter.headers();
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return Ok(Err(error)),
    };
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(error)),
        };
        meter.free();
        let sparse = is_sparse(&mut entry);
        let Some((number, name)) = judge(&entry, sparse, limits, account) else { break };
        if sparse {
            // Its holes may be of any size: they are not read through, what is stored of it is passed over.
            let gnu = entry.header().entry_type().is_gnu_sparse();
            let stored = if gnu { entry.header().entry_size().unwrap_or(0) } else { entry.size() };
            meter.headers_after(stored);
            continue;
        }
        let size = entry.size();
        let mut counted = Counted { inner: &mut entry, count: 0, failed: None };
        if let Some(name) = &name {
            account.read += 1;
            visit(number, name, Member::Passing(&mut counted, size))?;
        }
        let rest = io::copy(&mut counted, &mut io::sink());
        let (count, failed) = (counted.count, counted.failed.take());
        if let Some(error) = failed.or(rest.err()) {
            return Ok(Err(error));
        }
        if count < size {
            cut(account, name.as_deref().unwrap_or("a member set aside"), count, size);
            return Ok(Ok(()));
        }
        meter.headers();
    }
    end(account, &meter);
    Ok(Ok(()))
}

/// Whether a member is stored without its holes: as GNU tar marks it, or by a header of its own (PAX).
fn is_sparse<R: Read>(entry: &mut Entry<'_, R>) -> bool {
    let marked = |entry: &mut Entry<'_, R>| {
        let extensions = entry.pax_extensions().ok().flatten()?;
        Some(extensions.flatten().any(|extension| extension.key_bytes().starts_with(b"GNU.sparse.")))
    };
    entry.header().entry_type().is_gnu_sparse() || marked(entry) == Some(true)
}

/// Counts a member; none when there are too many, and no name when it is not to be read.
fn judge<R: Read>(entry: &Entry<'_, R>, sparse: bool, limits: &Limits, account: &mut Account) -> Option<(u64, Option<String>)> {
    let number = account.members;
    if number == limits.members {
        account.too_many(limits, None);
        return None;
    }
    account.members += 1;
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let kind = entry.header().entry_type();
    if kind.is_symlink() || kind.is_hard_link() {
        let target = entry.link_name_bytes().map(|t| String::from_utf8_lossy(&t).into_owned()).unwrap_or_default();
        account.link(number, &name, &target);
    } else if kind.is_pax_global_extensions() {
        account.set_aside("headers of the tar itself");
    } else if !account.admits(number, &name) {
    } else if kind.is_dir() || name.ends_with('/') {
        account.set_aside("directories");
    } else if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
        account.set_aside("devices and pipes");
    } else if sparse {
        account.unopened(number, format!("{name}: it is stored as a sparse file; pack it again without --sparse"));
    } else if kind.is_file() || kind.is_contiguous() {
        return Some((number, Some(name)));
    } else {
        account.reject(number, format!("{name}: no known kind of member (type {:?})", char::from(kind.as_byte())));
    }
    Some((number, None))
}

fn cut(account: &mut Account, name: &str, there: u64, size: u64) {
    let at = account.members;
    account
        .break_off(at, format!("the tar is cut after {there} of {size} bytes of {name}; what was there is read, what followed is unknown"));
}

fn end(account: &mut Account, meter: &Meter) {
    if meter.zeros.get() < BLOCK as u64 && account.rejected == 0 {
        account.notes.push("the tar has no end mark: it may be cut between two members".into());
    }
}

/// What passes through a reader.
#[derive(Clone, Default)]
struct Meter {
    /// Bytes that may still be read.
    left: Rc<Cell<u64>>,
    /// Zeros at the end of what was read.
    zeros: Rc<Cell<u64>>,
}

impl Meter {
    /// Headers come next.
    fn headers(&self) {
        self.left.set(HEADERS);
    }

    /// So many bytes come next, and headers after them.
    fn headers_after(&self, bytes: u64) {
        self.left.set(HEADERS.saturating_add(bytes));
    }

    /// Content comes next, which may be of any length.
    fn free(&self) {
        self.left.set(u64::MAX);
    }
}

struct Metered<R> {
    inner: R,
    meter: Meter,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.meter.left.get();
        if left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("the header of a member is longer than {HEADERS} bytes")));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(into.len());
        let n = self.inner.read(&mut into[..most])?;
        self.meter.left.set(left - n as u64);
        let zeros = into[..n].iter().rev().take_while(|b| **b == 0).count();
        self.meter.zeros.set(if zeros == n { self.meter.zeros.get() + n as u64 } else { zeros as u64 });
        Ok(n)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Counts what is read of a member, and keeps the error that ended it.
struct Counted<R> {
    inner: R,
    count: u64,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.failed.is_some() {
            return Ok(0);
        }
        match self.inner.read(into) {
            Ok(n) => {
                self.count += n as u64;
                Ok(n)
            }
            // To its reader a member that breaks off ends early; the archive says why.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.failed = Some(error);
                Ok(0)
            }
        }
    }
}
