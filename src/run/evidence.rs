//! `evidence`: the client's own record behind a row.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use sha2::{Digest, Sha256};

use super::{catalogue, screen, store};
use crate::cli::{Evidence, Global};
use crate::ingest::{cloudtrail, config, container, readers};
use crate::store::{build, parquet};

/// Runs `evidence`.
///
/// # Errors
/// When the row is not of the store, or the file is not there or was changed.
pub fn run(options: &Evidence, global: &Global) -> anyhow::Result<ExitCode> {
    let catalogue = catalogue(global)?;
    let store = store(&options.store, &catalogue)?;
    let parsed = options.row.split_once(':').and_then(|(f, r)| Some((f, r.parse::<u64>().ok()?)));
    let Some((id, record)) = parsed else {
        bail!("{:?} is no row\nhelp: write FILE_ID:RECORD, as the columns source_file_id and source_record print them", options.row);
    };
    let Some(file) = store.file(id) else {
        bail!("the store knows no file {id}\nhelp: `sixpillars query \"SELECT file_id, path FROM input_files\"` lists them");
    };
    let offered = build::offered(&options.inputs)?;
    let same_size: Vec<_> = offered.iter().filter(|o| o.bytes == file.bytes).collect();
    for candidate in same_size {
        let bytes = std::fs::read(&candidate.path).with_context(|| candidate.path.display().to_string())?;
        if build::hex(&Sha256::digest(&bytes)) != file.sha256 {
            continue;
        }
        let found = if parquet::is_parquet(&bytes) {
            parquet::find(&bytes, record)
        } else {
            let text = container::unpack(bytes)?;
            match file.format.cloudtrail() {
                Some(container) => cloudtrail::find(container, &text.bytes, record),
                None => readers::find(file.format, &text.bytes, record),
            }
        };
        let Some(found) = found else { bail!("{} has no record {record}", file.paths[0]) };
        screen::say(global, &format!("{} record {record}, SHA-256 {} agrees", file.paths[0], file.sha256));
        let printed = match serde_json::from_str::<serde_json::Value>(&found) {
            Ok(mut value) => {
                config::mask::mask_json(&mut value, "");
                serde_json::to_string_pretty(&value)?
            }
            Err(_) => found,
        };
        screen::out(&format!("{printed}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(changed) = offered.iter().find(|o| file.paths.contains(&o.shown)) {
        bail!(
            "{} is not the file that was read: its SHA-256 differs from {}\nhelp: give the folder with the files as they were delivered",
            changed.shown,
            file.sha256
        );
    }
    bail!(
        "no file with SHA-256 {} (read as {}) among the inputs\nhelp: give the folder with the client's files",
        file.sha256,
        file.paths[0]
    );
}
