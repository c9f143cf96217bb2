//! What is offered: the files under the arguments, and standard input.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::ingest::Offered;
use crate::ingest::span::Span;

/// The argument that stands for standard input.
pub const STDIN: &str = "-";
/// What outputs call standard input.
pub const STDIN_SHOWN: &str = "stdin";
/// Bytes of standard input held in memory; more of them go to a temporary file without a name.
const IN_MEMORY: u64 = 64 << 20;

/// Lists the files under the arguments, sorted, without following links out of them.
///
/// # Errors
/// When an argument does not exist.
pub fn offered(inputs: &[PathBuf]) -> Result<Vec<Offered>, StoreError> {
    let mut files = Vec::new();
    for input in inputs {
        if input.as_os_str() == STDIN {
            if files.iter().any(|f: &Offered| f.path.as_os_str() == STDIN) {
                return Err(StoreError::io(input, io::Error::other("standard input can be given once only")));
            }
            files.push(Offered { path: input.clone(), shown: STDIN_SHOWN.to_owned(), bytes: 0, refused: None });
            continue;
        }
        let meta = std::fs::metadata(input).map_err(|e| StoreError::io(input, e))?;
        if meta.is_file() {
            let shown = input.file_name().map_or_else(|| "file".to_owned(), |n| n.to_string_lossy().into_owned());
            files.push(Offered { path: input.clone(), shown, bytes: meta.len(), refused: None });
            continue;
        }
        for entry in walkdir::WalkDir::new(input).sort_by_file_name() {
            let entry = entry.map_err(|e| StoreError::io(input, e.into()))?;
            let linked = entry.file_type().is_symlink();
            if !entry.file_type().is_file() && !linked {
                continue;
            }
            // A link is read only when it stays inside what was given.
            let inside = || Some(entry.path().canonicalize().ok()?.starts_with(input.canonicalize().ok()?));
            let refused =
                (linked && inside() != Some(true)).then(|| "it is a link that leads out of the folder given, or nowhere".to_owned());
            if linked && refused.is_none() && entry.path().is_dir() {
                continue;
            }
            let relative = entry.path().strip_prefix(input).unwrap_or(entry.path());
            let shown = relative.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
            let bytes = if refused.is_some() { 0 } else { std::fs::metadata(entry.path()).map_or(0, |m| m.len()) };
            files.push(Offered { path: entry.path().to_owned(), shown, bytes, refused });
        }
    }
    Ok(files)
}

/// The bytes of a file offered.
///
/// # Errors
/// When it was refused or cannot be opened.
pub fn open(offered: &Offered) -> io::Result<Span> {
    if let Some(why) = &offered.refused {
        return Err(io::Error::other(why.clone()));
    }
    if offered.path == Path::new(STDIN) { kept(&mut io::stdin().lock()) } else { Span::open(&offered.path) }
}

/// A stream that can be read once, kept so that it can be read again.
fn kept(stream: &mut dyn Read) -> io::Result<Span> {
    let mut bytes = Vec::new();
    stream.take(IN_MEMORY).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < IN_MEMORY {
        return Ok(Span::of_bytes(bytes));
    }
    let mut file = tempfile::tempfile()?;
    file.write_all(&bytes)?;
    io::copy(stream, &mut file)?;
    Span::of_file(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_kept_whole_in_memory_or_beside() {
        for bytes in [0, 5, IN_MEMORY - 1, IN_MEMORY, IN_MEMORY + 5] {
            let span = kept(&mut io::repeat(b'x').take(bytes)).unwrap();
            assert_eq!((span.len(), io::copy(&mut span.reader(), &mut io::sink()).unwrap()), (bytes, bytes));
        }
    }

    #[test]
    fn standard_input_is_offered_once() {
        let stdin = PathBuf::from(STDIN);
        assert_eq!(offered(std::slice::from_ref(&stdin)).unwrap()[0].shown, "stdin");
        assert!(offered(&[stdin.clone(), stdin]).is_err());
    }
}
