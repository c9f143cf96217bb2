//! Archives of many files: zip, tar, and tar under gzip or zstd, read in place. Nothing is extracted.
//!
//! [`walk`] names every member. It sets aside what is no evidence (directories, what macOS adds) and
//! refuses names and links that lead outside; both are counted, so that nothing is skipped in silence.

mod account;
mod member;
mod tar;
mod zip;
mod zip_entry;

pub use account::Account;
pub use member::{Blob, Member};
use std::io::{self, Read};

use super::container::{self, Layer, Limits, Start};
use super::span::Span;

/// Between the path of an archive and the name of a member in what outputs print.
pub const INSIDE: &str = "!/";
/// Archives one inside the other that are opened: a client's zip, and the zips or tars in it.
pub const DEPTH: u8 = 2;
/// Bytes of a zip that is itself compressed or inside another archive: it must be held in memory.
const HELD: u64 = 512 << 20;

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
