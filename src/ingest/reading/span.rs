//! Bytes as delivered, wherever they lie: a file, a part of it, or memory. They can be read any number
//! of times and by several threads at once, since every read names its place.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// Where bytes lie.
#[derive(Debug, Clone)]
enum Source {
    Memory(Arc<Vec<u8>>),
    File(Arc<File>),
}

/// A run of bytes that can be read again and again.
#[derive(Debug, Clone)]
pub struct Span {
    source: Source,
    start: u64,
    length: u64,
}

impl Span {
    /// All of a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::of_file(File::open(path)?)
    }

    /// All of an open file.
    ///
    /// # Errors
    /// When its length is not to be had.
    pub fn of_file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { source: Source::File(Arc::new(file)), start: 0, length })
    }

    /// Bytes in memory.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        let length = bytes.len() as u64;
        Self { source: Source::Memory(Arc::new(bytes)), start: 0, length }
    }

    /// `length` bytes from `start` on, cut at this one's end.
    #[must_use]
    pub fn part(&self, start: u64, length: u64) -> Self {
        let start = start.min(self.length);
        Self { source: self.source.clone(), start: self.start + start, length: length.min(self.length - start) }
    }

    /// Number of bytes.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether nothing can change the bytes.
    pub fn is_in_memory(&self) -> bool {
        matches!(self.source, Source::Memory(_))
    }

    /// A reader of its own, from the first byte.
    pub fn reader(&self) -> SpanReader {
        SpanReader { span: self.clone(), at: 0 }
    }

    /// Reads at a place.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(at);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(into.len());
        let Some(into) = into.get_mut(..wanted).filter(|w| !w.is_empty()) else { return Ok(0) };
        let at = self.start + at;
        match &self.source {
            Source::Memory(bytes) => {
                let from = usize::try_from(at).unwrap_or(usize::MAX);
                let found = bytes.get(from..).unwrap_or_default();
                let n = found.len().min(into.len());
                into[..n].copy_from_slice(&found[..n]);
                Ok(n)
            }
            Source::File(file) => read_file_at(file, into, at),
        }
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_file_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}

/// Reads and seeks in a [`Span`].
#[derive(Debug, Clone)]
pub struct SpanReader {
    span: Span,
    at: u64,
}

impl Read for SpanReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.span.read_at(self.at, into)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for SpanReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.span.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the first byte"))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_places() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, b"0123456789").unwrap();
        for span in [Span::open(&path).unwrap(), Span::of_bytes(b"0123456789".to_vec())] {
            let mut text = String::new();
            span.part(2, 5).part(1, 100).reader().read_to_string(&mut text).unwrap();
            assert_eq!(text, "3456");
            assert!(span.part(20, 5).is_empty());
            let mut reader = span.reader();
            reader.seek(SeekFrom::End(-2)).unwrap();
            text.clear();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, "89");
            assert!(reader.seek(SeekFrom::Current(-11)).is_err());
            reader.seek(SeekFrom::Start(50)).unwrap();
            assert_eq!(reader.read(&mut [0; 4]).unwrap(), 0);
        }
    }
}
