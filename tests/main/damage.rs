//! Damage at random: whatever is wrong with a file, read = kept + duplicate + out of scope + rejected, and the
//! records beside the damage arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{ingest, log_file, manifest, number, query, record, write};

/// Files of each kind; a search for rarer faults sets `DAMAGED_FILES`, and another `DAMAGE_SEED`.
const FILES: usize = 60;
/// Records of each file.
const RECORDS: usize = 12;

fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A small generator of random numbers (SplitMix64), so that a failure can be had again.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// A text and where its records stand in it.
struct Text {
    bytes: Vec<u8>,
    /// The records' names and their places.
    records: Vec<(String, Range<usize>)>,
}

impl Text {
    /// Records between what comes before and after them.
    fn of(before: &str, records: &[(String, String)], between: &str, after: &str) -> Self {
        let mut bytes = before.as_bytes().to_vec();
        let mut places = Vec::new();
        for (at, (name, text)) in records.iter().enumerate() {
            if at > 0 {
                bytes.extend_from_slice(between.as_bytes());
            }
            places.push((name.clone(), bytes.len()..bytes.len() + text.len()));
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.extend_from_slice(after.as_bytes());
        Self { bytes, records: places }
    }

    /// Damages one to three records and what stands between them; gives the names of the records it did not touch.
    fn damage(mut self, words: &[&[u8]], random: &mut Random) -> (Vec<u8>, BTreeSet<String>) {
        let mut whole: BTreeSet<String> = self.records.iter().map(|(name, _)| name.clone()).collect();
        let (first, last) = (self.records[0].1.start, self.records.last().unwrap().1.end);
        let mut hits: Vec<Range<usize>> = Vec::new();
        for _ in 0..=random.below(3) {
            let at = first + random.below(last - first);
            hits.push(at..(at + random.below(40)).min(last));
        }
        // From the last to the first, so that places stay true.
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.start));
        let mut from = usize::MAX;
        for hit in hits {
            let hit = hit.start..hit.end.min(from);
            from = hit.start;
            // What is inserted before a record's first byte touches none, but it takes the comma's place.
            let touched = |place: &Range<usize>| place.start <= hit.end.max(hit.start + 1) && hit.start <= place.end;
            self.records.iter().filter(|(_, place)| touched(place)).for_each(|(name, _)| _ = whole.remove(name));
            match random.below(6) {
                kind @ (0 | 1) => {
                    let byte = if kind == 0 { self.bytes[hit.start] ^ 1 << random.below(7) } else { random.below(256) as u8 };
                    // Where a quote does more harm than to its own record, none comes about.
                    self.bytes[hit.start] = if byte == b'"' && !words.iter().any(|word| word.contains(&b'"')) { b'x' } else { byte };
                }
                2 => drop(self.bytes.drain(hit)),
                3 => drop(self.bytes.splice(hit.start..hit.start, words[random.below(words.len())].iter().copied())),
                4 => drop(self.bytes.splice(hit, words[random.below(words.len())].iter().copied())),
                _ => {
                    let again = self.bytes[hit.clone()].to_vec();
                    drop(self.bytes.splice(hit.start..hit.start, again));
                }
            }
        }
        (self.bytes, whole)
    }
}

/// What damage writes into JSON.
const JSON: [&[u8]; 14] = [b"null", b"{}", b"[]", b"\"", b"\\", b"\0", b"1e999", b"{\"a\":", b"]", b"}", b"},{", b",", b"\n", b"\xff\xfe"];

/// Writes damaged files, ingests them, and holds the store against what was not damaged.
fn arrive(what: &str, file: impl Fn(usize) -> Text, extension: &str, words: &[&[u8]], table: &str, column: &str) {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let seed = setting("DAMAGE_SEED", 1) as u64;
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for number in 0..setting("DAMAGED_FILES", FILES) {
        let mut random = Random(seed << 32 | number as u64);
        let (bytes, whole) = file(number).damage(words, &mut random);
        // Each in a folder of its own: files of charges of one folder are parts of one bill.
        let name = format!("{number:05}/x.{extension}");
        write(&input, &name, bytes);
        wanted.insert(name, whole);
    }
    let store = ingest(folder.path(), &[&input]);
    if std::env::var_os("DAMAGE_KEEP").is_some() {
        println!("{}", folder.keep().display());
    }
    balances(what, &store, table);
    let rows = query(&store, &format!("SELECT DISTINCT {column} AS name FROM {table}"));
    let arrived: BTreeSet<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    let mut lost = Vec::new();
    for (file, whole) in &wanted {
        lost.extend(whole.iter().filter(|name| !arrived.contains(name.as_str())).map(|name| (file.clone(), name.clone())));
    }
    assert!(wanted.values().map(BTreeSet::len).sum::<usize>() > wanted.len() * RECORDS / 2);
    assert!(lost.is_empty(), "{what}: {} records beside the damage did not arrive: {lost:?}", lost.len());
}

/// The account of each file closes, and what it calls kept is in the table.
fn balances(what: &str, store: &Path, table: &str) {
    let count = |file: &Value, name: &str| file[name].as_u64().unwrap();
    let mut kept = 0;
    for file in manifest(store)["files"].as_object().unwrap().values() {
        let sum = count(file, "kept") + count(file, "duplicate") + count(file, "out_of_scope") + count(file, "rejected");
        assert_eq!(count(file, "read"), sum, "{what}: {file}");
        let rejects = file["rejects"].as_array().unwrap();
        assert_eq!(rejects.len() as u64, count(file, "rejected"), "{what}: {file}");
        assert!(rejects.iter().all(|r| !r["reason"].as_str().unwrap().is_empty()), "{what}: {file}");
        kept += count(file, "kept");
    }
    assert_eq!(number(store, &format!("SELECT COUNT(*) AS n FROM {table}")), i64::try_from(kept).unwrap(), "{what}");
}

fn events(file: usize) -> Vec<(String, String)> {
    let event = |n: usize| {
        let event = record(file * 100 + n, "PutObject", "cli");
        (event["eventID"].as_str().unwrap().to_owned(), event.to_string())
    };
    (0..RECORDS).map(event).collect()
}

#[test]
fn log_files_lose_what_is_damaged_and_no_more() {
    // The helper writes log files as this text does.
    assert_eq!(
        log_file(&[record(1, "PutObject", "cli")]),
        Text::of("{\"Records\":[", &[("".into(), record(1, "PutObject", "cli").to_string())], ",", "]}").bytes
    );
    let file = |n: usize| match n % 3 {
        0 => Text::of("{\"Records\":[", &events(n), ",", "]}"),
        1 => Text::of("{\"Records\": [\n", &events(n), ",\n", "\n]}\n"),
        _ => Text::of("", &events(n), "\n", "\n"),
    };
    arrive("log files", file, "json", &JSON, "cloudtrail_events", "event_id");
}

#[test]
fn snapshots_lose_what_is_damaged_and_no_more() {
    let item = |file: usize, n: usize| {
        let name = format!("example-{file}-{n}");
        let item = json!({
            "version": "1.3",
            "configurationItemCaptureTime": "2026-05-01T00:00:00.000Z",
            "configurationStateId": format!("{}", file * 100 + n),
            "configurationItemStatus": "OK",
            "awsAccountId": "111122223333",
            "awsRegion": "eu-west-1",
            "resourceType": "AWS::S3::Bucket",
            "resourceId": name,
            "ARN": format!("arn:aws:s3:::{name}"),
            "tags": {"env": "prod"},
            "relationships": [],
            "configuration": {"name": name, "owner": {"id": "x"}},
            "supplementaryConfiguration": {"IsRequesterPaysEnabled": "false"}
        });
        (name, item.to_string())
    };
    let before = "{\"fileVersion\":\"1.0\",\"configSnapshotId\":\"9c1409f3\",\"configurationItems\":[";
    let file = |n: usize| Text::of(before, &(0..RECORDS).map(|r| item(n, r)).collect::<Vec<_>>(), ",", "]}");
    arrive("snapshots", file, "json", &JSON, "config_items_history", "resource_id");
}

#[test]
fn charges_lose_what_is_damaged_and_no_more() {
    let header = "identity/LineItemId,bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/ResourceId,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/LineItemDescription\n";
    // Each file a month of its own: two reports of one month would be set apart as doubles.
    let month = |n: usize| format!("{:04}-{:02}-01T00:00:00Z", 1990 + n / 12, n % 12 + 1);
    let line = |file: usize, n: usize| {
        let (name, start, end) = (format!("i-{file}-{n}"), month(file), month(file + 1));
        let text = format!(
            "{name},111122223333,{start},{end},444455556666,Usage,{start},{start},AmazonEC2,EU-BoxUsage:m7g.large,{name},1,USD,0.01,per hour"
        );
        (name, text)
    };
    let file = |n: usize| Text::of(header, &(0..RECORDS).map(|r| line(n, r)).collect::<Vec<_>>(), "\n", "\n");
    // No quote: at the start of a field it reaches to the next one, over any number of lines, which are one reject.
    let words: [&[u8]; 8] = [b"null", b"\\", b"\0", b"1e999", b",", b";", b"\r", b"\xff\xfe"];
    arrive("charges", file, "csv", &words, "costs", "ResourceId");
}
