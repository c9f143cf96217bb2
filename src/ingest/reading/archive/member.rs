//! A member of an archive, and bytes that can be opened by themselves.

use std::io::{self, Read};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::super::container::Cap;
use super::super::span::Span;
use super::zip_entry::Entry;

/// First bytes by which [`Blob::likeness`] tells members of a tar apart.
pub(super) const LIKENESS: u64 = 512;

/// Bytes as delivered: a file, or a member that can be opened by itself.
#[derive(Debug, Clone)]
pub enum Blob {
    /// Bytes in a row.
    Span(Span),
    /// A member of a zip.
    Entry(Entry),
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
