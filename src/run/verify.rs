//! `verify`: log files by CloudTrail's digest files, or a report's files by its manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::help::Advice;
use super::{reading, screen};
use crate::base::time;
use crate::cli::{Global, Verify, VerifyFormat};
use crate::facts::integrity::{Chain, Integrity, Severity, Signature};
use crate::ingest::remark;
use crate::schema::Schema;
use crate::store::{Store, build};
use crate::workpapers::package;

/// Findings printed of each weight; JSON holds all.
const SHOWN: usize = 200;

/// What can never be shown offline (formats.md 2.7).
const NEVER: &str = "Not shown by any file: that the keys are AWS's own, that no chain or sign file was withheld as a whole, and that nothing was cut off after the newest digest.";

/// Runs `verify`.
///
/// # Errors
/// When there is nothing to verify, or an input cannot be read.
pub fn run(options: &Verify, global: &Global) -> anyhow::Result<ExitCode> {
    if let [one] = options.inputs.as_slice()
        && one.join("manifest.json").is_file()
        && one.join("report.json").is_file()
    {
        return report(one, options.format);
    }
    let offered = build::offered(&options.inputs, &[]).context("an input cannot be listed")?;
    if offered.is_empty() {
        bail!(Advice::new("no file under the inputs given", "give the folder that holds the exported files"));
    }
    // Digests fill fixed tables only, so no catalogue is needed.
    let schema = Schema::new(Vec::new(), Vec::new())?;
    let folder = tempfile::tempdir()?;
    let mut store = Store::open_or_new(folder.path(), Arc::new(schema))?;
    let bar = screen::bar(global, "hashing");
    build::survey(&mut store, &offered, &reading(&options.caps, false, global), &|done, total, _| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    let found = Integrity::read(&store)?;
    let damaged: Vec<String> = store
        .manifest
        .files
        .values()
        .filter(|f| f.rejected > 0 || f.unread.is_some())
        .map(|f| {
            let why = f.rejects.first().map_or_else(|| remark::joined(&f.notes), |r| r.reason.clone());
            format!("{}: {why}", f.paths.join(" = "))
        })
        .collect();
    if found.is_empty() {
        let mut why = "no digest file and no sign file of CloudTrail Lake is among the inputs, so nothing can be verified".to_owned();
        for line in &damaged {
            let _ = write!(why, "\n  not read: {line}");
        }
        bail!(Advice::new(
            why,
            "export digests with aws s3 sync s3://LOG-BUCKET/AWSLogs/ACCOUNT/CloudTrail-Digest/ and keys with aws cloudtrail list-public-keys, in each Region"
        ));
    }
    match options.format {
        VerifyFormat::Text => screen::out(&text(&found, &damaged))?,
        VerifyFormat::Json => screen::out(&screen::json(&document(&found, &damaged))?)?,
    }
    Ok(if found.is_sound() && damaged.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn when(at: Option<i64>) -> String {
    at.map(time::rfc3339).unwrap_or_default()
}

fn text(found: &Integrity, damaged: &[String]) -> String {
    let mut out = String::new();
    for chain in &found.chains {
        out.push_str(&chain_text(chain));
    }
    for result in &found.lake {
        let (path, signature) = (&result.path, result.signature.word());
        let (whole, all) = (result.unaltered, result.listed);
        let _ = writeln!(out, "Lake result {path}\n  {whole} of {all} result files unaltered; signature: {signature}\n");
    }
    if !found.chains.is_empty() {
        let _ = writeln!(
            out,
            "{} of {} log files supplied are listed by a digest and unaltered; {} public keys supplied",
            found.logs.1, found.logs.0, found.keys
        );
    }
    for severity in [Severity::Failed, Severity::NotConfirmed, Severity::Notice] {
        let own: Vec<_> = found.findings.iter().filter(|f| f.severity == severity).collect();
        if own.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{} ({})", severity.word(), own.len());
        for f in own.iter().take(SHOWN) {
            let place = [&f.account, &f.region, &f.trail].into_iter().filter(|t| !t.is_empty()).cloned().collect::<Vec<_>>().join(" ");
            let _ = writeln!(out, "  [{}] {place}: {}", f.kind, f.detail);
            if !f.file.is_empty() {
                let _ = writeln!(out, "      {}", f.file);
            }
        }
        if own.len() > SHOWN {
            let _ = writeln!(out, "  and {} more; --format json prints all", own.len() - SHOWN);
        }
    }
    if !damaged.is_empty() {
        let _ = writeln!(out, "\nnot read ({})", damaged.len());
        for line in damaged.iter().take(SHOWN) {
            let _ = writeln!(out, "  {line}");
        }
        if damaged.len() > SHOWN {
            let _ = writeln!(out, "  and {} more; --format json prints all", damaged.len() - SHOWN);
        }
    }
    let _ = writeln!(out, "\n{NEVER}");
    out
}

fn chain_text(chain: &Chain) -> String {
    let (first, last) = chain.span();
    let all = chain.digests.len();
    let late = if chain.backfill { ", backfill" } else { "" };
    let organization = if chain.organization.is_empty() { String::new() } else { format!(" of organisation {}", chain.organization) };
    format!(
        "Chain {} {} {}{organization}{late}: {}\n  assurance: {} ({})\n  {all} digests from {} to {}, {} missing, {} interruptions\n  signatures: {} verified, {} do not fit, {} not tested\n  log files: {} listed, {} unaltered, {} altered, {} missing, {} not listed\n\n",
        chain.account,
        chain.region,
        chain.trail,
        chain.state,
        chain.assurance.word(),
        chain.assurance.meaning(),
        when(first),
        when(last),
        chain.missing,
        chain.restarts,
        chain.signed(Signature::Verified),
        chain.signed(Signature::Failed),
        all as u64 - chain.signed(Signature::Verified) - chain.signed(Signature::Failed),
        chain.logs.listed,
        chain.logs.unaltered,
        chain.logs.altered,
        chain.logs.missing,
        chain.logs.unlisted,
    )
}

fn document(found: &Integrity, damaged: &[String]) -> Value {
    let chains: Vec<Value> = found
        .chains
        .iter()
        .map(|c| {
            let (first, last) = c.span();
            json!({
                "account_id": c.account, "region": c.region, "trail_name": c.trail, "home_region": c.home_region,
                "organization_id": c.organization, "is_backfill": c.backfill, "state": c.state, "assurance": c.assurance.word(),
                "first_start": when(first), "last_end": when(last), "newest_digest": c.newest(),
                "digests": c.digests.len(), "digests_missing": c.missing, "interruptions": c.restarts,
                "digests_altered": c.bad.iter().filter(|b| **b).count(),
                "signatures_verified": c.signed(Signature::Verified), "signatures_failed": c.signed(Signature::Failed),
                "log_files": {"listed": c.logs.listed, "unaltered": c.logs.unaltered, "altered": c.logs.altered, "missing": c.logs.missing, "not_listed": c.logs.unlisted},
            })
        })
        .collect();
    let findings: Vec<Value> = found
        .findings
        .iter()
        .map(|f| {
            json!({"severity": f.severity.word(), "kind": f.kind, "account_id": f.account, "region": f.region, "trail_name": f.trail,
                "file": f.file, "from": when(f.from), "until": when(f.until), "detail": f.detail})
        })
        .collect();
    let lake: Vec<Value> = found
        .lake
        .iter()
        .map(|l| json!({"path": l.path, "region": l.region, "listed": l.listed, "unaltered": l.unaltered, "signature": l.signature.word()}))
        .collect();
    json!({
        "sound": found.is_sound() && damaged.is_empty(),
        "chains": chains, "lake_results": lake, "findings": findings, "not_read": damaged,
        "log_files_supplied": found.logs.0, "log_files_listed_and_unaltered": found.logs.1, "public_keys": found.keys,
        "never_shown": NEVER,
    })
}

/// Compares the files of a report with the hashes of its manifest.
fn report(folder: &Path, format: VerifyFormat) -> anyhow::Result<ExitCode> {
    let found = package::hashes(folder)?;
    let text = std::fs::read(folder.join("manifest.json"))?;
    let manifest: Value = serde_json::from_slice(&text).context("manifest.json is not whole JSON")?;
    let listed: BTreeMap<&str, &str> = manifest
        .get("outputs")
        .and_then(Value::as_object)
        .context("manifest.json lists no outputs")?
        .iter()
        .map(|(name, o)| (name.as_str(), o.get("sha256").and_then(Value::as_str).unwrap_or("")))
        .collect();
    let mut wrong: BTreeSet<(String, &str)> = BTreeSet::new();
    for (name, hash) in &listed {
        match found.get(*name) {
            Some(own) if own == hash => {}
            Some(_) => drop(wrong.insert(((*name).to_owned(), "changed"))),
            None => drop(wrong.insert(((*name).to_owned(), "missing"))),
        }
    }
    for name in found.keys().filter(|n| !listed.contains_key(n.as_str())) {
        wrong.insert((name.clone(), "added"));
    }
    match format {
        VerifyFormat::Json => {
            let list: Vec<Value> = wrong.iter().map(|(file, what)| json!({"file": file, "what": what})).collect();
            screen::out(&format!(
                "{}\n",
                serde_json::to_string_pretty(&json!({"sound": wrong.is_empty(), "files": listed.len(), "differences": list}))?
            ))?;
        }
        VerifyFormat::Text => {
            let lines: String = wrong.iter().map(|(file, what)| format!("  {what}: {file}\n")).collect();
            let text = format!(
                "{lines}{} of {} files are what manifest.json lists; {} differences. The manifest itself and run.json are in no list.\n",
                listed.len() - wrong.iter().filter(|(_, what)| *what != "added").count(),
                listed.len(),
                wrong.len()
            );
            screen::out(&text)?;
        }
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
