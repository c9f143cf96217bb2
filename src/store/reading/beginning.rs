//! How a text begins, and whether it ends: what is needed to know a download that broke off.
//!
//! Of each text the manifest keeps a few short hashes of its first bytes, so that files of different
//! runs can be compared without being there. Only a file that ends as no whole one does is compared.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes at which hashes are taken: 1 and 1.5 times the powers of two from 256 to 64 KiB.
pub(super) const MARKS: [usize; 17] =
    [256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12_288, 16_384, 24_576, 32_768, 49_152, 65_536];
/// Bytes of each hash that are kept. All of them must agree, the last one alone by chance once in 16 million.
const KEPT: usize = 3;

/// How a text begins, and whether it ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    /// Bytes of the text.
    pub length: u64,
    /// Hashes of its first bytes, one after the other.
    pub hashes: String,
    /// It ends as no whole file of its kind does.
    pub open: bool,
}

impl Beginning {
    /// Of a text held whole; `broken` when it is known to end early.
    pub fn of(text: &[u8], broken: bool) -> Self {
        Self { length: text.len() as u64, hashes: hashes(text), open: broken || ends_open(text, text) }
    }

    /// Of an archive, by its first bytes as delivered.
    pub fn of_archive(head: &[u8], length: u64, broken: bool) -> Self {
        Self { length, hashes: hashes(head), open: broken }
    }

    /// The last mark a text of this length reaches.
    pub(super) fn last_mark(&self) -> Option<usize> {
        MARKS.iter().rposition(|m| *m as u64 <= self.length)
    }

    /// The hashes up to a mark.
    pub(super) fn up_to(&self, mark: usize) -> Option<&str> {
        self.hashes.get(..(mark + 1) * KEPT * 2)
    }
}

fn hashes(text: &[u8]) -> String {
    let mut hasher = Sha256::new();
    let mut done = 0;
    let mut found = Vec::new();
    for mark in MARKS {
        let Some(next) = text.get(done..mark) else { break };
        hasher.update(next);
        done = mark;
        found.extend(hasher.clone().finalize().into_iter().take(KEPT));
    }
    const_hex::encode(found)
}

/// Whether a text that begins and ends so breaks off: JSON without its bracket, lines without an end.
fn ends_open(head: &[u8], tail: &[u8]) -> bool {
    let first = head.iter().find(|b| !b.is_ascii_whitespace());
    let last = tail.iter().rev().find(|b| !b.is_ascii_whitespace());
    match first {
        None => false,
        Some(b'{' | b'[') => !matches!(last, Some(b'}' | b']')),
        Some(_) if head.starts_with(b"PAR1") => !tail.ends_with(b"PAR1"),
        Some(_) => tail.last() != Some(&b'\n'),
    }
}

/// Keeps the beginning of a text that passes by.
pub struct Watched<R> {
    inner: R,
    head: Vec<u8>,
    last: Vec<u8>,
    length: u64,
    broken: Option<String>,
}

impl<R: Read> Watched<R> {
    /// Watches `inner`.
    pub fn new(inner: R) -> Self {
        Self { inner, head: Vec::new(), last: Vec::new(), length: 0, broken: None }
    }

    /// The text itself.
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// What was seen.
    pub fn beginning(&self) -> Beginning {
        Beginning { length: self.length, hashes: hashes(&self.head), open: self.broken.is_some() || ends_open(&self.head, &self.last) }
    }

    /// What broke it off.
    pub fn trouble(&self) -> Option<String> {
        self.broken.clone()
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into).inspect_err(|error| self.broken = Some(error.to_string()))?;
        let seen = into.get(..n).unwrap_or_default();
        let room = MARKS[MARKS.len() - 1] - self.head.len();
        self.head.extend_from_slice(&seen[..n.min(room)]);
        if n > 0 {
            self.last = seen[n.saturating_sub(4)..].to_vec();
        }
        self.length += n as u64;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_seen_as_a_whole_file_is() {
        let text: Vec<u8> = (0..30_000u32).flat_map(|n| format!("{n},").into_bytes()).collect();
        for length in [0, 1, 255, 256, 70_000, text.len()] {
            let mut watched = Watched::new(io::BufReader::with_capacity(777, &text[..length]));
            io::copy(&mut watched, &mut io::sink()).unwrap();
            assert_eq!(watched.beginning(), Beginning::of(&text[..length], false));
        }
    }
}
