//! `inspect`: what the files are, what they cover, what is missing and how to export it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::{catalogue, ingest, screen};
use crate::cli::{Global, Inspect};
use crate::ingest::detect::{self, Format};
use crate::ingest::{container, time};
use crate::report::assemble::words;
use crate::store::build;

/// Bytes read of a file to recognise it.
const HEAD: u64 = 512 << 10;
/// Unrecognised files named one by one.
const NAMED: usize = 20;

/// Read, kept, duplicate, out of scope, rejected; first and last time.
type Sum = ([u64; 5], Option<i64>, Option<i64>);

#[derive(Default)]
struct Kind {
    files: u64,
    bytes: u64,
    seen: BTreeSet<String>,
}

/// Runs `inspect`.
///
/// # Errors
/// When an input does not exist or holds no file.
pub fn run(options: &Inspect, global: &Global) -> anyhow::Result<ExitCode> {
    let offered = build::offered(&options.inputs).context("an input cannot be listed")?;
    if offered.is_empty() {
        bail!("no file under the inputs given\nhelp: give the folder that holds the exported files");
    }
    let mut kinds: BTreeMap<Format, Kind> = BTreeMap::new();
    let mut unknown = Vec::new();
    for file in &offered {
        let mut head = Vec::new();
        if let Some(why) = &file.refused {
            unknown.push(format!("{}: cannot be read: {why}", file.shown));
            continue;
        }
        let read = std::fs::File::open(&file.path).and_then(|f| f.take(HEAD).read_to_end(&mut head));
        let format = match read {
            Ok(_) => detect::detect(&container::peek(&head)),
            Err(error) => {
                unknown.push(format!("{}: cannot be read: {error}", file.shown));
                continue;
            }
        };
        if matches!(format, Format::Unrecognised | Format::Empty) {
            unknown.push(format!("{}: {}", file.shown, format.label()));
        }
        let kind = kinds.entry(format).or_default();
        kind.files += 1;
        kind.bytes += file.bytes;
        kind.seen.extend(places(&file.shown));
    }
    let columns = ["what it is", "files", "size", "accounts and Regions named by the paths"].map(str::to_owned);
    let rows: Vec<Vec<String>> = kinds
        .iter()
        .map(|(format, kind)| {
            let seen: Vec<&str> = kind.seen.iter().take(8).map(String::as_str).collect();
            let more = if kind.seen.len() > 8 { format!(" and {} more", kind.seen.len() - 8) } else { String::new() };
            vec![format.label().to_owned(), words::thousands(kind.files), words::bytes(kind.bytes), format!("{}{more}", seen.join(", "))]
        })
        .collect();
    screen::out(&screen::table(&columns, &rows))?;
    if !unknown.is_empty() {
        let more = unknown.len().saturating_sub(NAMED);
        let list: String = unknown.iter().take(NAMED).map(|u| format!("  {u}\n")).collect();
        screen::out(&format!("\nNot read:\n{list}{}", if more > 0 { format!("  and {more} more\n") } else { String::new() }))?;
    }
    let missing = missing(&kinds);
    if !missing.is_empty() {
        let list: String = missing.iter().map(|(what, how)| format!("  {what}\n    {how}\n")).collect();
        screen::out(&format!("\nMissing, and how to export it:\n{list}"))?;
    }
    if options.full {
        full(options, global)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Account and Region as the folders of the delivery bucket name them.
fn places(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().position(|p| p.starts_with("CloudTrail") || *p == "Config")?;
    let account = parts.get(at.checked_sub(1)?)?;
    let region = parts.get(at + 1)?;
    (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())).then(|| format!("{account} {region}"))
}

/// Kinds of input that parts of the report rest on and that are not here.
fn missing(kinds: &BTreeMap<Format, Kind>) -> Vec<(&'static str, &'static str)> {
    let has = |wanted: &[Format]| wanted.iter().any(|f| kinds.contains_key(f));
    let mut list = Vec::new();
    let mut need = |there: bool, what, how| {
        if !there {
            list.push((what, how));
        }
    };
    need(
        kinds.keys().any(|f| f.cloudtrail().is_some()),
        "CloudTrail events: access, changes, root use, tampering",
        "aws s3 sync s3://LOG-BUCKET/AWSLogs/ cloudtrail/ --exclude '*' --include '*/CloudTrail/*'",
    );
    need(
        has(&[Format::ConfigSnapshot, Format::ConfigHistory]),
        "AWS Config items: every control over configuration",
        "aws configservice deliver-config-snapshot --delivery-channel-name NAME, then copy the snapshot from the delivery bucket, in every account and Region",
    );
    need(
        has(&[Format::CostCur, Format::CostCur2, Format::CostFocus]),
        "cost and usage: cost, performance and sustainability metrics",
        "copy the months of the period from the bucket of the Cost and Usage Report or the FOCUS export",
    );
    need(
        has(&[Format::CredentialReport, Format::CredentialReportJson]),
        "IAM credential reports: root keys, MFA, age and use of credentials",
        "aws iam generate-credential-report; aws iam get-credential-report > credential-report-ACCOUNT.json, in every account",
    );
    need(
        has(&[Format::DescribeTrails]),
        "trail answers: whether trails are multi-Region, validated and logging",
        "aws cloudtrail describe-trails; get-trail-status --name TRAIL; get-event-selectors --trail-name TRAIL",
    );
    need(
        has(&[Format::OrganizationAccounts, Format::Engagement]),
        "the expected accounts and Regions: what absence means",
        "aws organizations list-accounts, or engagement.toml (sixpillars init writes one to fill in)",
    );
    list
}

/// Reads everything into a store that is thrown away, and prints the account of the records.
fn full(options: &Inspect, global: &Global) -> anyhow::Result<()> {
    let catalogue = catalogue(global)?;
    let folder = tempfile::tempdir()?;
    let store = ingest::into_store(&options.inputs, folder.path(), &catalogue, global)?;
    let mut sums: BTreeMap<Format, Sum> = BTreeMap::new();
    for file in store.manifest.files.values() {
        let sum = sums.entry(file.format).or_default();
        let copies = (file.paths.len() as u64 - 1) * file.read;
        for (total, n) in sum.0.iter_mut().zip([file.read + copies, file.kept, file.duplicate + copies, file.out_of_scope, file.rejected]) {
            *total += n;
        }
        sum.1 = sum.1.into_iter().chain(file.first_time).min();
        sum.2 = sum.2.into_iter().chain(file.last_time).max();
    }
    let columns = ["what it is", "read", "kept", "duplicate", "out of scope", "rejected", "first", "last"].map(str::to_owned);
    let when = |t: Option<i64>| t.map(time::rfc3339).unwrap_or_default();
    let rows: Vec<Vec<String>> = sums
        .iter()
        .map(|(format, (counts, first, last))| {
            let mut row = vec![format.label().to_owned()];
            row.extend(counts.iter().map(|n| words::thousands(*n)));
            row.extend([when(*first), when(*last)]);
            row
        })
        .collect();
    screen::out(&format!("\n{}", screen::table(&columns, &rows)))?;
    Ok(())
}
