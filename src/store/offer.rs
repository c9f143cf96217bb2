//! What is offered: the files under the arguments, and standard input.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{StoreError, earlier};
use crate::ingest::span::Span;
use crate::ingest::{Offered, shown};

/// The argument that stands for standard input.
pub const STDIN: &str = "-";
/// What outputs call standard input.
pub const STDIN_SHOWN: &str = "stdin";
/// Bytes of standard input held in memory; more of them go to a temporary file without a name.
const IN_MEMORY: u64 = 64 << 20;

/// Lists the files under the arguments, sorted, without following links out of them. What stands at one of the real
/// paths `apart` is left out, and what belongs to earlier reports and stores is set aside.
///
/// # Errors
/// When an argument does not exist.
pub fn offered(inputs: &[PathBuf], apart: &[PathBuf]) -> Result<Vec<Offered>, StoreError> {
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
            let shown = input.file_name().map_or_else(|| "file".to_owned(), shown::name);
            files.push(Offered { path: input.clone(), shown, bytes: meta.len(), refused: None });
            continue;
        }
        let real = input.canonicalize().map_err(|e| StoreError::io(input, e))?;
        // The walk follows no link, so what lies below the argument has the same name below its real path.
        let left_out: Vec<PathBuf> = apart.iter().filter_map(|path| Some(input.join(path.strip_prefix(&real).ok()?))).collect();
        let walk = walkdir::WalkDir::new(input).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| !left_out.iter().any(|path| path == entry.path())) {
            let entry = entry.map_err(|e| StoreError::io(input, e.into()))?;
            let linked = entry.file_type().is_symlink();
            if !entry.file_type().is_file() && !linked {
                continue;
            }
            // A link is read only when it stays inside what was given.
            let inside = || {
                let target = entry.path().canonicalize().ok()?;
                Some(target.starts_with(&real) && !apart.iter().any(|path| target.starts_with(path)))
            };
            let refused =
                (linked && inside() != Some(true)).then(|| "it is a link that leads out of the folder given, or nowhere".to_owned());
            if linked && refused.is_none() && entry.path().is_dir() {
                continue;
            }
            let relative = entry.path().strip_prefix(input).unwrap_or(entry.path());
            let shown = shown::relative(relative);
            let bytes = if refused.is_some() { 0 } else { std::fs::metadata(entry.path()).map_or(0, |m| m.len()) };
            files.push(Offered { path: entry.path().to_owned(), shown, bytes, refused });
        }
    }
    earlier::set_aside(&mut files);
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
        assert_eq!(offered(std::slice::from_ref(&stdin), &[]).unwrap()[0].shown, "stdin");
        assert!(offered(&[stdin.clone(), stdin], &[]).is_err());
    }
}
