//! One file by its beginning and its path.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;

use super::Seen;
use crate::ingest::cli_answers::place_of;
use crate::ingest::detect::{self, Format};
use crate::ingest::{Offered, container, time};
use crate::store::parquet;

/// Bytes as delivered that are read: enough for 256 KiB of text, compressed or not.
const HEAD: u64 = 512 << 10;
const DAY: i64 = 86_400_000_000;

/// What the beginning and the path of a file tell.
pub(super) fn file(offered: &Offered) -> Seen {
    let mut seen = Seen { path: offered.shown.clone(), bytes: offered.bytes, ..Seen::default() };
    let mut head = Vec::new();
    let read = File::open(&offered.path).and_then(|f| f.take(HEAD).read_to_end(&mut head));
    if read.is_err() {
        seen.format = Some(Format::Unrecognised);
        seen.hint = "it cannot be read";
        return seen;
    }
    let text = container::peek(&head);
    let format = match detect::detect(&text) {
        // Its columns stand at the end of the file.
        Format::Parquet => parquet::format(parquet::Bytes::File(&offered.path)),
        format => format,
    };
    seen.format = Some(format);
    if format == Format::Parquet {
        seen.hint = "Parquet with columns of no known export";
        return seen;
    }
    if format == Format::DetailedBilling {
        seen.hint = "Detailed Billing Report, retired by AWS: ask for CUR or FOCUS";
    }
    if matches!(format, Format::Unrecognised | Format::Empty) {
        seen.hint = hint(&head, &text, format);
        return seen;
    }
    if format == Format::Engagement {
        return seen;
    }
    seen.places = places(&offered.shown);
    if seen.places.iter().all(|(account, region)| account.is_empty() || region.is_empty()) {
        seen.places = places_in(&offered.shown, &text, format);
    }
    seen.times = dates(&offered.shown).or_else(|| times_in(&text, format));
    seen
}

/// What an unrecognised file looks like.
fn hint(head: &[u8], text: &[u8], format: Format) -> &'static str {
    if format == Format::Empty {
        return "empty file";
    }
    match (head, text) {
        ([b'P', b'K', 3, 4, ..], _) => "zip archive: unpack it first",
        ([0x1f, 0x8b, ..], []) => "damaged gzip",
        (_, [b'{' | b'[', ..]) => "JSON of another kind",
        (_, text) if text.contains(&0) => "binary file",
        _ => "text of another kind",
    }
}

/// Account and Region of a path; either may be empty.
pub(super) fn places(path: &str) -> BTreeSet<(String, String)> {
    let place = place_of(path);
    if place.account.is_none() && place.region.is_none() {
        return BTreeSet::new();
    }
    BTreeSet::from([(place.account.unwrap_or_default(), place.region.unwrap_or_default())])
}

/// Accounts and Regions of the first records, where the path leaves one open.
fn places_in(path: &str, text: &[u8], format: Format) -> BTreeSet<(String, String)> {
    let place = place_of(path);
    let (mut accounts, mut regions) = (BTreeSet::new(), BTreeSet::new());
    if format.cloudtrail().is_some() {
        accounts = values(text, "recipientAccountId", is_account);
        regions = values(text, "awsRegion", is_region);
    } else if matches!(format, Format::CredentialReport) {
        accounts = after(text, b"arn:aws:iam::", is_account);
    } else {
        for key in ["awsAccountId", "accountId", "OwnerAccountId"] {
            accounts.extend(values(text, key, is_account));
        }
        regions = values(text, "awsRegion", is_region);
    }
    if let Some(account) = place.account {
        accounts = BTreeSet::from([account]);
    }
    if let Some(region) = place.region {
        regions = BTreeSet::from([region]);
    }
    // Which goes with which is not known from so little; each is listed on its own.
    let alone = accounts.into_iter().map(|a| (a, String::new()));
    let mut all: BTreeSet<(String, String)> = alone.collect();
    if let ([(account, _)], [region]) = (all.iter().collect::<Vec<_>>().as_slice(), regions.iter().collect::<Vec<_>>().as_slice()) {
        return BTreeSet::from([(account.clone(), (*region).clone())]);
    }
    all.extend(regions.into_iter().map(|r| (String::new(), r)));
    all
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_region(text: &str) -> bool {
    text.matches('-').count() >= 2 && text.ends_with(|c: char| c.is_ascii_digit())
}

/// Values of a JSON key, also in JSON that is text inside JSON.
fn values(text: &[u8], key: &str, test: fn(&str) -> bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for at in memchr::memmem::find_iter(text, key.as_bytes()) {
        let rest = text.get(at + key.len()..).unwrap_or_default();
        let value: Vec<u8> = rest
            .iter()
            .copied()
            .skip_while(|b| matches!(b, b'"' | b'\\' | b':' | b' '))
            .take_while(|b| !matches!(b, b'"' | b'\\' | b','))
            .take(40)
            .collect();
        if let Ok(value) = String::from_utf8(value)
            && test(&value)
        {
            found.insert(value);
        }
    }
    found
}

/// The 12 characters after a mark.
fn after(text: &[u8], mark: &[u8], test: fn(&str) -> bool) -> BTreeSet<String> {
    memchr::memmem::find_iter(text, mark)
        .filter_map(|at| std::str::from_utf8(text.get(at + mark.len()..at + mark.len() + 12)?).ok())
        .filter(|v| test(v))
        .map(str::to_owned)
        .collect()
}

/// First and last time the first records state.
fn times_in(text: &[u8], format: Format) -> Option<(i64, i64)> {
    let keys: &[&str] = if format.cloudtrail().is_some() {
        &["eventTime"]
    } else {
        match format {
            Format::ConfigSnapshot | Format::ConfigHistory | Format::ConfigBatch | Format::ConfigItem | Format::ConfigSelect => {
                &["configurationItemCaptureTime"]
            }
            Format::TrailStatus => &["LatestDeliveryTime"],
            _ => return None,
        }
    };
    let found: BTreeSet<i64> = keys.iter().flat_map(|k| values(text, k, |_| true)).filter_map(|v| time::parse(&v).ok()).collect();
    Some((*found.first()?, *found.last()?))
}

/// First and last day a path names: `20260401-20260501` is a month whose end is exclusive, other dates
/// stand for themselves.
fn dates(path: &str) -> Option<(i64, i64)> {
    let day = |text: &str| -> Option<i64> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
        let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
        if !(2005..2100).contains(&year) {
            return None;
        }
        time::day_number(i64::from(year), month, day).map(|d| i64::from(d) * DAY)
    };
    let folders: Vec<&str> = path.split('/').collect();
    for folder in &folders {
        if let Some((a, b)) = folder.split_once('-')
            && a.len() == 8
            && b.len() == 8
            && let (Some(a), Some(b)) = (day(a), day(b))
        {
            return Some((a, b - 1));
        }
        if let Some(month) = folder.strip_prefix("BILLING_PERIOD=") {
            let first = day(&format!("{}-01", month))?;
            return Some((first, first + 27 * DAY));
        }
    }
    // Names of delivered files: 20260502T2359Z, 20260331T200511Z.
    let stamps: BTreeSet<i64> = super::name(path)
        .split(['_', '.'])
        .filter(|w| w.len() >= 9 && w.as_bytes().get(8) == Some(&b'T') && w.bytes().take(8).all(|b| b.is_ascii_digit()))
        .filter_map(|w| day(w.get(..8)?))
        .collect();
    if let (Some(first), Some(last)) = (stamps.first(), stamps.last()) {
        return Some((*first, *last));
    }
    // Folders of a delivery bucket: 2026/05/02.
    folders.windows(3).find_map(|w| {
        let [year, month, of] = w else { return None };
        let number = |t: &str, most: usize| {
            (t.len() <= most && !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<u32>().ok()).flatten()
        };
        (year.len() == 4).then_some(())?;
        let at = day(&format!("{:04}{:02}{:02}", number(year, 4)?, number(month, 2)?, number(of, 2)?))?;
        Some((at, at))
    })
}
