//! What is offered: the files under the arguments, pipes, and standard input.
//!
//! Nothing found below a folder is opened unless it is a file: opening a pipe there would wait for ever.

use std::collections::BTreeSet;
use std::fs::{File, FileType, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::earlier;
use crate::base::shown;
use crate::ingest::Offered;
use crate::ingest::reading::span::Span;
use crate::ingest::unread::Refused;
use crate::store::StoreError;

/// The argument that stands for standard input.
pub const STDIN: &str = "-";
/// What outputs call standard input.
pub const STDIN_SHOWN: &str = "stdin";
/// What outputs call a pipe without a name of its own, such as `<(zcat x)`.
const PIPE_SHOWN: &str = "pipe";
/// Other names of standard input.
const STDIN_PATHS: [&str; 3] = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
/// Bytes of standard input held in memory; more of them go to a temporary file without a name.
const IN_MEMORY: u64 = 64 << 20;

/// Lists the files under the arguments, sorted, without following links out of them. What stands at one of the real
/// paths `apart` is left out, what belongs to earlier reports and stores is set aside, and what is not to be opened is
/// listed with the reason.
///
/// # Errors
/// When an argument does not exist, cannot be listed, or is neither file, folder nor pipe, and when a pipe is given twice.
pub fn offered(inputs: &[PathBuf], apart: &[PathBuf]) -> Result<Vec<Offered>, StoreError> {
    let mut files = Vec::new();
    let mut streams = BTreeSet::new();
    for input in inputs {
        if input.as_os_str() == STDIN {
            let is = std::fs::metadata(STDIN_PATHS[0]).ok().as_ref().and_then(identity);
            once(&mut streams, input, Stream::Stdin, is)?;
            files.push(stream(input, STDIN_SHOWN.to_owned()));
            continue;
        }
        let meta = std::fs::metadata(input).map_err(|e| StoreError::io(input, e))?;
        let own_name = || input.file_name().map_or_else(|| "file".to_owned(), shown::name);
        if meta.is_dir() {
            folder(input, apart, &mut files)?;
        } else if meta.is_file() {
            files.push(Offered { path: input.clone(), shown: own_name(), bytes: meta.len(), refused: None, once: false });
        } else if is_pipe(&meta.file_type()) {
            let is_stdin = STDIN_PATHS.iter().any(|path| input == Path::new(path));
            once(&mut streams, input, if is_stdin { Stream::Stdin } else { Stream::Named(input.clone()) }, identity(&meta))?;
            // The number of an open file differs from shell to shell, and from run to run.
            let numbered = input.starts_with("/dev/fd") || input.starts_with("/proc");
            let shown = if is_stdin {
                STDIN_SHOWN.to_owned()
            } else if numbered {
                PIPE_SHOWN.to_owned()
            } else {
                own_name()
            };
            files.push(stream(input, shown));
        } else {
            let what = special(&meta.file_type()).unwrap_or("no file");
            return Err(StoreError::Special { path: input.clone(), what });
        }
    }
    earlier::set_aside(&mut files);
    Ok(files)
}

/// Lists the files of a folder. One below it that cannot be listed is named, and the rest is read.
fn folder(input: &Path, apart: &[PathBuf], files: &mut Vec<Offered>) -> Result<(), StoreError> {
    let shown = |path: &Path| shown::relative(path.strip_prefix(input).unwrap_or(path));
    let real = input.canonicalize().map_err(|e| StoreError::io(input, e))?;
    // The walk follows no link, so what lies below the argument has the same name below its real path.
    let left_out: Vec<PathBuf> = apart.iter().filter_map(|path| Some(input.join(path.strip_prefix(&real).ok()?))).collect();
    let walk = walkdir::WalkDir::new(input).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| !left_out.iter().any(|path| path == entry.path())) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => return Err(StoreError::io(input, error.into())),
            Err(error) => {
                let path = error.path().unwrap_or(input).to_owned();
                // What the system says, without the path, which is the machine's.
                let why = error.io_error().map_or_else(|| "it leads back into itself".to_owned(), ToString::to_string);
                files.push(Offered { shown: shown(&path), path, bytes: 0, refused: Some(Refused::Folder(why)), once: false });
                continue;
            }
        };
        if entry.file_type().is_dir() {
            continue;
        }
        let linked = entry.file_type().is_symlink();
        // A link is read only when it stays inside what was given.
        let inside = || {
            let target = entry.path().canonicalize().ok()?;
            Some(target.starts_with(&real) && !apart.iter().any(|path| target.starts_with(path)))
        };
        let target = std::fs::metadata(entry.path());
        let refused = if linked && inside() != Some(true) {
            Some(Refused::Link)
        } else {
            // Of a file whose target is not known, opening it says why.
            target.as_ref().ok().and_then(|meta| special(&meta.file_type())).map(Refused::Special)
        };
        if refused.is_none() && target.as_ref().is_ok_and(Metadata::is_dir) {
            continue;
        }
        let bytes = if refused.is_some() { 0 } else { target.map_or(0, |meta| meta.len()) };
        files.push(Offered { path: entry.path().to_owned(), shown: shown(entry.path()), bytes, refused, once: false });
    }
    Ok(())
}

fn stream(input: &Path, shown: String) -> Offered {
    Offered { path: input.to_owned(), shown, bytes: 0, refused: None, once: true }
}

/// What a stream is known by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stream {
    Stdin,
    Named(PathBuf),
    /// Device and number of its node.
    Node(u64, u64),
}

/// Fails if a stream was given before, by this name or another: its bytes can be had once.
fn once(streams: &mut BTreeSet<Stream>, input: &Path, name: Stream, node: Option<(u64, u64)>) -> Result<(), StoreError> {
    let new = streams.insert(name) & node.is_none_or(|(device, number)| streams.insert(Stream::Node(device, number)));
    if new { Ok(()) } else { Err(StoreError::io(input, io::Error::other("standard input, or a pipe, can be given once only"))) }
}

#[cfg(unix)]
fn identity(meta: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    // A device such as /dev/null may be many things at once.
    is_pipe(&meta.file_type()).then(|| (meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(unix)]
fn is_pipe(kind: &FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(kind)
}

#[cfg(not(unix))]
fn is_pipe(_: &FileType) -> bool {
    false
}

/// What a thing is that is neither file, folder nor link.
fn special(kind: &FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    let known = kind.is_file() || kind.is_dir() || kind.is_symlink();
    if is_pipe(kind) { Some("a pipe") } else { (!known).then_some("no file") }
}

/// The bytes of a file offered.
///
/// # Errors
/// When it was refused or cannot be opened.
pub fn open(offered: &Offered) -> io::Result<Span> {
    if let Some(why) = &offered.refused {
        return Err(io::Error::other(why.clone()));
    }
    match (offered.once, offered.path == Path::new(STDIN)) {
        (false, _) => Span::open(&offered.path),
        (true, true) => kept(&mut io::stdin().lock()),
        (true, false) => kept(&mut File::open(&offered.path)?),
    }
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
        #[cfg(unix)]
        assert!(matches!(offered(&[PathBuf::from("/dev/zero")], &[]), Err(StoreError::Special { .. })));
    }
}
