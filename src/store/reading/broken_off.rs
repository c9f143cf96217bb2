//! Files whose content is the beginning of another one's: downloads that broke off.

use std::collections::{BTreeMap, BTreeSet};

use super::beginning::MARKS;
use crate::ingest::remark::Remark;
use crate::store::manifest::Manifest;

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
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::ingest::detect::Format;
    use crate::store::manifest::InputFile;
    use crate::store::reading::beginning::Beginning;

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
}
