//! Files whose content is the beginning of another one's: downloads that broke off.
//!
//! Of each text the manifest keeps a few short hashes of its first bytes, so that files of different
//! runs can be compared without being there. Only a file that ends as no whole one does is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ingest::remark::Remark;
use crate::store::manifest::Manifest;

/// Bytes at which hashes are taken: 1 and 1.5 times the powers of two from 256 to 64 KiB.
const MARKS: [usize; 17] = [256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12_288, 16_384, 24_576, 32_768, 49_152, 65_536];
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
    fn last_mark(&self) -> Option<usize> {
        MARKS.iter().rposition(|m| *m as u64 <= self.length)
    }

    /// The hashes up to a mark.
    fn up_to(&self, mark: usize) -> Option<&str> {
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

/// Notes on every file that breaks off which longer file begins the same. Taken afresh over all files,
/// so that runs do not matter.
pub fn settle(manifest: &mut Manifest) {
    let first = |path: &Vec<String>| path.first().cloned().unwrap_or_default();
    let mut wanted: BTreeMap<(usize, String), Vec<(u64, String)>> = BTreeMap::new();
    for file in manifest.files.values().filter(|f| f.beginning.open) {
        if let Some(mark) = file.beginning.last_mark()
            && let Some(hashes) = file.beginning.up_to(mark)
        {
            wanted.entry((mark, hashes.to_owned())).or_default();
        }
    }
    let marks: BTreeSet<usize> = wanted.keys().map(|(mark, _)| *mark).collect();
    for file in manifest.files.values() {
        for mark in &marks {
            let Some(hashes) = file.beginning.up_to(*mark) else { continue };
            if let Some(list) = wanted.get_mut(&(*mark, hashes.to_owned())) {
                list.push((file.beginning.length, first(&file.paths)));
            }
        }
    }
    for list in wanted.values_mut() {
        // The longest, then the first by name: the whole file rather than another broken copy.
        list.sort_by(|a, b| (std::cmp::Reverse(a.0), &a.1).cmp(&(std::cmp::Reverse(b.0), &b.1)));
    }
    for file in manifest.files.values_mut() {
        file.notes.retain(|n| !matches!(n, Remark::InterruptedDownload { .. }));
        let (Some(mark), true) = (file.beginning.last_mark(), file.beginning.open) else { continue };
        let Some(hashes) = file.beginning.up_to(mark) else { continue };
        let longest = wanted.get(&(mark, hashes.to_owned())).and_then(|list| list.first());
        if let Some((length, path)) = longest
            && *length > file.beginning.length
        {
            let (compared, length) = (MARKS[mark] as u64, file.beginning.length);
            file.notes.push(Remark::InterruptedDownload { compared, length, whole: path.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::detect::Format;
    use crate::store::manifest::InputFile;

    fn file(path: &str, text: &[u8]) -> InputFile {
        let mut file = InputFile::new(const_hex::encode(Sha256::digest(path.as_bytes())), path.to_owned(), 0, Format::Unrecognised);
        file.beginning = Beginning::of(text, false);
        file
    }

    fn notes(files: Vec<InputFile>) -> Vec<(String, String)> {
        let mut manifest = Manifest { files: files.into_iter().map(|f| (f.file_id.clone(), f)).collect(), ..Manifest::default() };
        settle(&mut manifest);
        settle(&mut manifest);
        let mut notes: Vec<_> = manifest.files.values().flat_map(|f| f.notes.iter().map(|n| (f.paths[0].clone(), n.to_string()))).collect();
        notes.sort();
        notes
    }

    #[test]
    fn a_broken_download_is_told_from_its_whole_file() {
        let whole = format!("{{\"Records\":[{}]}}", (0..9_000).map(|n| format!("{{\"a\":{n}}}")).collect::<Vec<_>>().join(","));
        let csv: String = (0..400).map(|n| format!("{n},{}\n", n * n)).collect();
        let found = notes(vec![
            file("whole.json", whole.as_bytes()),
            file("copy/whole.json", &[whole.as_bytes(), b"\n"].concat()),
            file("short.json", &whole.as_bytes()[..700]),
            file("long.json", &whole.as_bytes()[..80_001]),
            file("tiny.json", &whole.as_bytes()[..200]),
            file("other.json", &[&whole.as_bytes()[..500], &b"x".repeat(200)].concat()),
            file("all.csv", csv.as_bytes()),
            file("cut.csv", &csv.as_bytes()[..1_001]),
            // Whole lines: an earlier export of a file that grows looks like this.
            file("earlier.csv", &csv.as_bytes()[..csv.find("\n200,").unwrap() + 1]),
        ]);
        let note = |path: &str, compared: u32, of: u32, whole: &str| {
            let text =
                format!("the first {compared} of its {of} bytes are the beginning of {whole}, which is longer; an interrupted download?");
            (path.to_owned(), text)
        };
        assert_eq!(
            found,
            [
                note("cut.csv", 768, 1001, "all.csv"),
                note("long.json", 65_536, 80_001, "copy/whole.json"),
                note("short.json", 512, 700, "copy/whole.json"),
            ]
        );
    }

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
