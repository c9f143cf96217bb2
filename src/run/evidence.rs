//! `evidence`: the client's own record behind a row.

use std::borrow::Cow;
use std::io::{self, Read};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use sha2::{Digest, Sha256};

use super::help::Advice;
use super::{catalogue, screen, store};
use crate::cli::{Evidence, Global};
use crate::ingest::reading::archive::{self, Blob, DEPTH, Kind, Member};
use crate::ingest::reading::container::Limits;
use crate::ingest::reading::span::Span;
use crate::ingest::{
    Offered,
    formats::{cloudtrail, config, readers},
    identity,
    reading::container,
};
use crate::store::manifest::InputFile;
use crate::store::{
    build,
    events::raw,
    reading::{offer, parquet},
};

/// Runs `evidence`.
///
/// # Errors
/// When the row is not of the store, or the file is not there or was changed.
pub fn run(options: &Evidence, global: &Global) -> anyhow::Result<ExitCode> {
    let catalogue = catalogue(global)?;
    let store = store(&options.store, &catalogue)?;
    let parsed = options.row.split_once(':').and_then(|(f, r)| Some((f, r.parse::<u64>().ok()?)));
    let Some((id, record)) = parsed else {
        bail!(Advice::new(
            format!("{:?} is no row", options.row),
            "write FILE_ID:RECORD, as the columns source_file_id and source_record print them"
        ));
    };
    let Some(file) = store.file(id) else {
        bail!(Advice::new(
            format!("the store knows no file {id}"),
            "`sixpillars query \"SELECT file_id, path FROM input_files\"` lists them"
        ));
    };
    let offered = build::offered(&options.inputs, &[])?;
    if let Some(bytes) = delivered(&offered, file)? {
        let found = if parquet::is_parquet(&bytes) {
            parquet::find(&bytes, record)
        } else {
            let text = container::unpack(bytes)?;
            match file.format.cloudtrail() {
                Some(container) => cloudtrail::find(container, &text.bytes, record),
                None => readers::find(file.format, &text.bytes, record).or_else(|| identity::find_empty(file.format, &text.bytes, record)),
            }
        };
        let Some(found) = found else { bail!("{} has no record {record}", file.paths[0]) };
        screen::say(global, &format!("{} record {record}, SHA-256 {} agrees", file.paths[0], file.sha256));
        print(found)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(kept) = raw::kept(&store, id, record)? {
        screen::say(global, &format!("{} record {record}, as the store has kept it (--keep-raw); no file was compared", file.paths[0]));
        print(kept)?;
        return Ok(ExitCode::SUCCESS);
    }
    if offered.is_empty() {
        bail!(Advice::new(
            "the store does not hold the record itself",
            "give the folder with the client's files; `ingest --keep-raw` keeps records of CloudTrail in the store"
        ));
    }
    if let Some(changed) = offered.iter().find(|o| file.paths.contains(&o.shown)) {
        bail!(Advice::new(
            format!("{} is not the file that was read: its SHA-256 differs from {}", changed.shown, file.sha256),
            "give the folder with the files as they were delivered"
        ));
    }
    bail!(Advice::new(
        format!("no file with SHA-256 {} (read as {}) among the inputs", file.sha256, file.paths[0]),
        "give the folder with the client's files"
    ));
}

/// Prints a record, its secrets masked.
fn print(record: String) -> anyhow::Result<()> {
    let masked = config::mask_text::mask_json_text(&record).map_or_else(|| record.clone(), Cow::into_owned);
    let printed = match serde_json::from_str::<serde_json::Value>(&masked) {
        Ok(value) => screen::json(&value)?,
        Err(_) => format!("{masked}\n"),
    };
    screen::out(&printed)?;
    Ok(())
}

/// The bytes that were read into the store, among the files offered or in their archives.
fn delivered(offered: &[Offered], file: &InputFile) -> anyhow::Result<Option<Vec<u8>>> {
    // A loose file is found by its size; archives are only opened when there is none.
    let (near, far): (Vec<&Offered>, Vec<&Offered>) = offered.iter().partition(|o| o.bytes == file.bytes && !o.once);
    for (candidates, depth) in [(near.clone(), DEPTH), (far, 0), (near, 0)] {
        for candidate in candidates.into_iter().filter(|o| o.refused.is_none()) {
            let context = || candidate.path.display().to_string();
            let blob = Blob::Span(offer::open(candidate).with_context(context)?);
            if let Some(bytes) = search(&blob, depth, file).with_context(context)? {
                return Ok(Some(bytes));
            }
        }
    }
    Ok(None)
}

/// What ends a search.
enum Ended {
    Found(Vec<u8>),
    Failed(io::Error),
}

/// The bytes wanted: these, or those of a member. Archives below `DEPTH` are not opened.
fn search(blob: &Blob, depth: u8, wanted: &InputFile) -> io::Result<Option<Vec<u8>>> {
    let limits = Limits::default();
    if blob.len() == wanted.bytes {
        let bytes = blob.bytes(&limits.stream(blob.packed()))?;
        if const_hex::encode(Sha256::digest(&bytes)) == wanted.sha256 {
            return Ok(Some(bytes));
        }
    }
    if depth >= DEPTH {
        return Ok(None);
    }
    let mut head = Vec::new();
    blob.read(|reader| reader.take(container::PEEK).read_to_end(&mut head))?;
    let Some(kind) = Kind::of(&head) else { return Ok(None) };
    let walked = archive::walk(blob, &kind, &limits, &mut |_, _, member| {
        let member = match member {
            Member::Apart(blob, _) => blob,
            Member::Passing(reader, size) => {
                let mut bytes = Vec::new();
                reader.take(container::PEEK).read_to_end(&mut bytes).map_err(Ended::Failed)?;
                if size != wanted.bytes && Kind::of(&bytes).is_none() {
                    return Ok(());
                }
                reader.take(limits.file).read_to_end(&mut bytes).map_err(Ended::Failed)?;
                Blob::Span(Span::of_bytes(bytes))
            }
        };
        match search(&member, depth + 1, wanted) {
            Ok(Some(bytes)) => Err(Ended::Found(bytes)),
            // A damaged member beside the one wanted is no reason to stop.
            Ok(None) | Err(_) => Ok(()),
        }
    });
    match walked {
        Ok(_) => Ok(None),
        Err(Ended::Found(bytes)) => Ok(Some(bytes)),
        Err(Ended::Failed(error)) => Err(error),
    }
}
