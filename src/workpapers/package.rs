//! `manifest.json`: SHA-256 of every input and every output.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::WorkpaperError;
use crate::base::parallel::on_all_cores;
use crate::base::shown;
use crate::ingest::formats::own_outputs;
use crate::store::Store;
use crate::store::manifest::Members;

#[derive(Serialize)]
struct Input<'a> {
    path: &'a str,
    sha256: &'a str,
    bytes: u64,
    format: &'static str,
    evidence: &'static str,
    read: u64,
    kept: u64,
    duplicate: u64,
    out_of_scope: u64,
    rejected: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<&'a Members>,
}

#[derive(Serialize)]
struct Output {
    sha256: String,
    bytes: u64,
}

#[derive(Serialize)]
struct Package<'a> {
    /// First, so that the beginning of the file tells what it is.
    kind: &'static str,
    schema_version: u32,
    inputs: Vec<Input<'a>>,
    outputs: BTreeMap<String, Output>,
}

/// Files whose content changes from run to run, or that would have to hold their own hash.
const LEFT_OUT: [&str; 2] = [own_outputs::REPORT_MANIFEST, own_outputs::REPORT_RUN];

/// SHA-256 of the files of a report, by path below its folder, those left out of the manifest aside.
///
/// # Errors
/// When a file cannot be read.
pub fn hashes(folder: &Path) -> Result<BTreeMap<String, String>, WorkpaperError> {
    Ok(outputs(folder)?.into_iter().map(|(name, output)| (name, output.sha256)).collect())
}

/// SHA-256 and length of a file.
///
/// # Errors
/// When it cannot be read.
pub fn hash_of(path: &Path) -> std::io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let bytes = std::io::copy(&mut std::fs::File::open(path)?, &mut hasher_writer::Writer(&mut hasher))?;
    Ok((const_hex::encode(hasher.finalize()), bytes))
}

fn outputs(folder: &Path) -> Result<BTreeMap<String, Output>, WorkpaperError> {
    let mut files = Vec::new();
    for found in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let found = found.map_err(|e| WorkpaperError::Write { path: folder.to_owned(), why: e.to_string() })?;
        if !found.file_type().is_file() {
            continue;
        }
        let relative = found.path().strip_prefix(folder).unwrap_or(found.path());
        let name = shown::relative(relative);
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        files.push((name, found.into_path()));
    }
    let hashed = on_all_cores(&files, |(name, path)| {
        let (sha256, bytes) = hash_of(path).map_err(|e| WorkpaperError::io(path, e))?;
        Ok((name.clone(), Output { sha256, bytes }))
    });
    hashed.into_iter().collect()
}

/// Writes the manifest of everything under `folder`.
///
/// # Errors
/// When a file cannot be read or written.
pub fn write(folder: &Path, store: &Store) -> Result<(), WorkpaperError> {
    let outputs = outputs(folder)?;
    let mut inputs: Vec<Input<'_>> = store
        .manifest
        .files
        .values()
        .flat_map(|f| {
            f.paths.iter().enumerate().map(move |(n, path)| {
                let (kept, duplicate, out_of_scope, rejected) =
                    if n == 0 { (f.kept, f.duplicate, f.out_of_scope, f.rejected) } else { (0, f.read, 0, 0) };
                Input {
                    path,
                    sha256: &f.sha256,
                    bytes: f.bytes,
                    format: f.format.label(),
                    evidence: f.format.evidence().0.word(),
                    read: f.read,
                    kept,
                    duplicate,
                    out_of_scope,
                    rejected,
                    members: f.members.as_ref(),
                }
            })
        })
        .collect();
    inputs.sort_by(|a, b| (a.path, a.sha256).cmp(&(b.path, b.sha256)));
    let path = folder.join(own_outputs::REPORT_MANIFEST);
    let text = serde_json::to_vec_pretty(&Package {
        kind: own_outputs::REPORT_KIND,
        schema_version: own_outputs::REPORT_VERSION,
        inputs,
        outputs,
    })
    .map_err(|e| WorkpaperError::Write { path: path.clone(), why: e.to_string() })?;
    std::fs::write(&path, text).map_err(|e| WorkpaperError::io(&path, e))
}

mod hasher_writer {
    //! A hasher as a place to write to.

    use sha2::{Digest, Sha256};

    pub(super) struct Writer<'h>(pub(super) &'h mut Sha256);

    impl std::io::Write for Writer<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}
