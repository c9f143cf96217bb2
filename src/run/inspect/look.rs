//! One file by its beginning and its path; of an archive, every member.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io::Read;
use std::path::Path;

use super::seen::Seen;
use crate::base::account::is_account;
use crate::base::time;
use crate::base::time::DAY;
use crate::ingest::detect::{self, Format};
use crate::ingest::formats::cli_answers::place_of;
use crate::ingest::formats::cli_error;
use crate::ingest::formats::suspect;
use crate::ingest::reading::archive::{self, Blob, DEPTH, INSIDE, Kind, Member};
use crate::ingest::reading::container::Limits;
use crate::ingest::reading::span::Span;
use crate::ingest::{Offered, reading::container};
use crate::store::reading::{offer, parquet};

/// Bytes as delivered that are read: enough for 256 KiB of text, compressed or not.
const HEAD: u64 = 512 << 10;
/// What the beginnings and the paths of a file and of its members tell.
pub(super) fn files(offered: &Offered, limits: &Limits) -> Vec<Seen> {
    let mut all = Vec::new();
    match offer::open(offered) {
        Ok(span) => look(&offered.shown, &Blob::Span(span), 0, limits, &mut all),
        Err(error) => all.push(unread(&offered.shown, offered.bytes, &error.to_string())),
    }
    all
}

fn unread(path: &str, bytes: u64, why: &str) -> Seen {
    Seen { path: path.to_owned(), bytes, format: Some(Format::Unrecognised), hint: format!("it cannot be read: {why}"), ..Seen::default() }
}

fn look(shown: &str, blob: &Blob, depth: u8, limits: &Limits, all: &mut Vec<Seen>) {
    let head = match blob.read(|reader| head(reader)) {
        Ok(head) => head,
        Err(error) => return all.push(unread(shown, blob.len(), &error.to_string())),
    };
    let Some(kind) = Kind::of(&head) else {
        // Its columns stand at the end of a Parquet file.
        let whole = parquet::is_parquet(&head).then(|| blob.bytes(&limits.whole(blob.packed())).ok()).flatten();
        return all.push(beginning(shown, blob.len(), whole.as_deref().unwrap_or(&head)));
    };
    all.push(Seen { path: shown.to_owned(), bytes: blob.len(), format: Some(Format::Archive), ..Seen::default() });
    if depth == DEPTH {
        return all.push(unread(&format!("{shown}{INSIDE}"), 0, "archives lie too deep in one another; unpack the outer one"));
    }
    let walked = archive::walk::<Infallible>(blob, &kind, limits, &mut |_, name, member| {
        let path = format!("{shown}{INSIDE}{name}");
        match member {
            Member::Apart(blob, _) => look(&path, &blob, depth + 1, limits, all),
            Member::Passing(reader, size) => match passing(reader, size, limits) {
                Ok(Passed::Archive(span)) => look(&path, &Blob::Span(span), depth + 1, limits, all),
                Ok(Passed::Head(head)) => all.push(beginning(&path, size, &head)),
                Err(error) => all.push(unread(&path, size, &error.to_string())),
            },
        }
        Ok(())
    });
    let Ok(account) = walked;
    all.extend(account.rejects.iter().map(|(_, why)| unread(shown, 0, why)));
}

/// A member that passes by: an archive of its own, or the beginning of a file (all of it where that is needed).
enum Passed {
    Archive(Span),
    Head(Vec<u8>),
}

fn passing(reader: &mut dyn Read, size: u64, limits: &Limits) -> std::io::Result<Passed> {
    let mut head = head(reader)?;
    let archive = Kind::of(&head).is_some();
    if archive || parquet::is_parquet(&head) {
        reader.take(limits.whole(size).bytes).read_to_end(&mut head)?;
    }
    Ok(if archive { Passed::Archive(Span::of_bytes(head)) } else { Passed::Head(head) })
}

fn head(reader: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// What the beginning and the path of a file tell.
fn beginning(path: &str, bytes: u64, head: &[u8]) -> Seen {
    let mut seen = Seen { path: path.to_owned(), bytes, ..Seen::default() };
    let text = container::peek(head);
    let format = match detect::detect(&text) {
        Format::Parquet => parquet::format(parquet::Bytes::Held(head)),
        format => format,
    };
    seen.format = Some(format);
    format.declaration().hint.unwrap_or_default().clone_into(&mut seen.hint);
    if format == Format::Parquet {
        return seen;
    }
    if matches!(format, Format::Unrecognised | Format::Empty) {
        let suspicion = suspect::packed(&text).or_else(|| suspect::name(path)).or_else(|| suspect::content(&text));
        seen.hint = suspicion
            .map_or_else(|| format.declaration().hint.unwrap_or_else(|| hint(head, &text)).to_owned(), |suspicion| suspicion.to_string());
        return seen;
    }
    if let Some(error) = cli_error::of(&text).filter(|_| format == Format::CliError) {
        seen.hint = error.to_string();
    }
    if format == Format::Engagement {
        return seen;
    }
    seen.places = places(path);
    if seen.places.iter().all(|(account, region)| account.is_empty() || region.is_empty()) {
        seen.places = places_in(path, &text, format);
    }
    seen.times = dates(path).or_else(|| times_in(&text, format));
    seen
}

/// What an unrecognised file looks like.
fn hint(head: &[u8], text: &[u8]) -> &'static str {
    match (head, text) {
        ([0x1f, 0x8b, ..], []) => "damaged gzip",
        ([0x28, 0xb5, 0x2f, 0xfd, ..], []) => "damaged zstd",
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
    } else if format.is_credentials() {
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
    let member = format.declaration().time?;
    let found: BTreeSet<i64> = values(text, member, |_| true).iter().filter_map(|v| time::parse(v).ok()).collect();
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
    let stamps: BTreeSet<i64> = name(path)
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

/// The name of a file without its folders.
pub(super) fn name(path: &str) -> &str {
    Path::new(path).file_name().and_then(|n| n.to_str()).unwrap_or(path)
}
