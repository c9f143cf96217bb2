//! One member of a zip: it can be opened by itself.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use zip::ZipReadOptions;
use zip::read::ZipArchiveMetadata;

use crate::ingest::reading::container::{Capped, Limits};
use crate::ingest::reading::span::Span;

/// Bytes read at a time.
pub(super) const BUFFER: usize = 64 << 10;

/// A zip and what its directory says.
#[derive(Debug)]
pub(super) struct Zip {
    pub(super) span: Span,
    pub(super) directory: Arc<ZipArchiveMetadata>,
    pub(super) limits: Limits,
}

/// One member of a zip.
#[derive(Debug, Clone)]
pub struct Entry {
    pub(super) zip: Arc<Zip>,
    pub(super) index: usize,
    pub(super) size: u64,
    pub(super) packed: u64,
    pub(super) crc: u32,
}

impl Entry {
    /// A number that members with the same bytes share.
    pub(super) fn likeness(&self) -> u64 {
        self.size.rotate_left(32) ^ u64::from(self.crc)
    }

    /// Size, as the directory says.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Size in the zip.
    pub(super) fn packed(&self) -> u64 {
        self.packed
    }

    /// Hands on a reader of the member, which fails at its end when the checksum is wrong.
    pub(super) fn read<T>(&self, read: impl FnOnce(&mut dyn Read) -> io::Result<T>) -> io::Result<T> {
        let mut reader = BufReader::with_capacity(BUFFER, self.zip.span.reader());
        let entry = self.zip.directory.entry(self.index)?;
        let file = entry.with_reader(&mut reader, ZipReadOptions::new())?;
        read(&mut Capped::new(file, &self.zip.limits.stream(self.packed)))
    }
}
