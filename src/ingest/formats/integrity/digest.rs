//! Digest files: one hour of one chain, with the hashes of the log files delivered in it (formats.md 2.1, 2.2).

use serde_json::{Map, Value};

use super::{member, moment, objects, text};
use crate::base::account::is_account;
use crate::base::time::{self, DAY};
use crate::ingest::batch::Output;
use crate::schema::tables::{DigestFilesRow, DigestLogFilesRow};

/// What the object key of a digest or a log file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectName<'t> {
    /// Account.
    pub account: &'t str,
    /// `CloudTrail`, `CloudTrail-Digest`, `CloudTrail-Insight` and so on.
    pub token: &'t str,
    /// Region whose events it is about.
    pub region: &'t str,
    /// Trail, for digests only; it may hold `_`, `-` and `.`.
    pub trail: &'t str,
    /// Region the trail was made in, for digests only.
    pub home_region: &'t str,
    /// Time in the name, UTC microseconds: of delivery for log files, of the window's end for digests.
    pub time: Option<i64>,
    /// Whether it is a digest of the separate chain of late log files.
    pub backfill: bool,
}

/// The last part of a path without `.gz`, so that a file that a browser unpacked keeps its name.
pub fn base_name(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".gz").unwrap_or(name)
}

/// Takes the name of a delivered file apart; `None` when it is not of that form. Names of digests are read from
/// the end, since a trail's name may hold any of the signs that part the fields.
pub fn object_name(key: &str) -> Option<ObjectName<'_>> {
    let name = base_name(key);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let (account, rest) = name.split_once('_')?;
    let is_account = is_account(account);
    let (token, rest) = rest.split_once('_')?;
    if !is_account || !token.starts_with("CloudTrail") {
        return None;
    }
    let (region, rest) = rest.split_once('_')?;
    if token != "CloudTrail-Digest" {
        let stamp = rest.get(..14).filter(|s| s.ends_with('Z'))?;
        return Some(ObjectName { account, token, region, time: moment_of(stamp), ..ObjectName::default() });
    }
    let (rest, backfill) = rest.strip_suffix("_backfill").map_or((rest, false), |rest| (rest, true));
    let (rest, stamp) = rest.rsplit_once('_')?;
    let (trail, home_region) = rest.rsplit_once('_')?;
    Some(ObjectName { account, token, region, trail, home_region, time: moment_of(stamp), backfill })
}

/// `20240501T0915Z` or `20240501T091533Z` as UTC microseconds.
fn moment_of(stamp: &str) -> Option<i64> {
    let digits = stamp.strip_suffix('Z')?.replace('T', "");
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 12 | 14) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|d| d.parse::<u32>().ok());
    let day = time::day_number(i64::from(part(0, 4)?), part(4, 6)?, part(6, 8)?)?;
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14).unwrap_or(0));
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(i64::from(day) * DAY + i64::from(hour * 3600 + minute * 60 + second) * 1_000_000)
}

/// Members without which AWS's own validator refuses a digest; they must be there, though some may be null.
const NEEDED: [&str; 6] =
    ["digestPublicKeyFingerprint", "digestS3Bucket", "digestS3Object", "previousDigestSignature", "digestStartTime", "digestEndTime"];

/// The members about the predecessor; all of them are null in the first digest of a chain.
const PREVIOUS: [&str; 5] = [
    "previousDigestS3Bucket",
    "previousDigestS3Object",
    "previousDigestHashValue",
    "previousDigestHashAlgorithm",
    "previousDigestSignature",
];

/// Reads a digest file to `digest_files` and `digest_log_files`. The digest itself is record 0, the log files it
/// lists are records 1, 2 and so on; entries without name or hash are rejected one by one.
pub fn read_digest(content: &[u8], out: &mut Output<'_>) {
    objects(content, out, |object, out| {
        let record = out.counts.read;
        out.read(1);
        match digest(object, record, out) {
            Ok(()) => out.kept(1),
            Err(reason) => out.reject(record, None, reason),
        }
        let Some(Value::Array(list)) = member(object, "logFiles") else { return };
        for entry in list {
            let record = out.counts.read;
            out.read(1);
            match log_file(object, entry, record, out) {
                Ok(()) => out.kept(1),
                Err(reason) => out.reject(record, None, reason),
            }
            out.flush_if_large();
        }
    });
}

fn digest(object: &Map<String, Value>, record: u64, out: &mut Output<'_>) -> Result<(), String> {
    let lacking: Vec<&str> = NEEDED.into_iter().filter(|name| !object.contains_key(*name)).collect();
    if !lacking.is_empty() {
        return Err(format!("the digest lacks {}", lacking.join(", ")));
    }
    let need = |name: &str| text(object, name).ok_or_else(|| format!("{name} of the digest is no text"));
    let (bucket, key, end_text) = (need("digestS3Bucket")?, need("digestS3Object")?, need("digestEndTime")?);
    let end = time::parse(end_text).map_err(|e| format!("digestEndTime: {e}"))?;
    let start = moment(object, "digestStartTime", out);
    let name = object_name(key).filter(|n| n.token == "CloudTrail-Digest");
    if name.is_none() {
        out.note("the object key of the digest is not of the form CloudTrail writes; Region and trail are NULL");
    }
    let name = name.unwrap_or_default();
    let said = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
    let (region, trail, home) = (said(name.region), said(name.trail), said(name.home_region));
    let account = text(object, "awsAccountId").map(str::to_owned).or_else(|| said(name.account));
    let organization = key.split('/').find(|part| part.starts_with("o-") && part.len() > 4);
    let listed = match member(object, "logFiles") {
        Some(Value::Array(list)) => list.len(),
        None | Some(Value::Null) => 0,
        Some(_) => return Err("logFiles of the digest is no list".to_owned()),
    };
    let is_start = PREVIOUS.iter().all(|name| object.get(*name).is_none_or(Value::is_null));
    let (newest, oldest) = (moment(object, "newestEventTime", out), moment(object, "oldestEventTime", out));
    out.times_of([start, Some(end)]);
    out.row(
        record,
        &DigestFilesRow {
            account_id: account.as_deref(),
            region: region.as_deref(),
            trail_name: trail.as_deref(),
            home_region: home.as_deref(),
            organization_id: organization,
            is_backfill: Some(name.backfill),
            digest_start: start,
            digest_end: Some(end),
            digest_end_text: Some(end_text),
            s3_bucket: Some(bucket),
            s3_object: Some(key),
            key_fingerprint: text(object, "digestPublicKeyFingerprint"),
            signature_algorithm: text(object, "digestSignatureAlgorithm"),
            newest_event: newest,
            oldest_event: oldest,
            previous_s3_bucket: text(object, "previousDigestS3Bucket"),
            previous_s3_object: text(object, "previousDigestS3Object"),
            previous_sha256: text(object, "previousDigestHashValue"),
            previous_hash_algorithm: text(object, "previousDigestHashAlgorithm"),
            previous_signature: text(object, "previousDigestSignature"),
            is_start: Some(is_start),
            log_files: Some(i64::try_from(listed).unwrap_or(i64::MAX)),
        },
    );
    Ok(())
}

fn log_file(digest: &Map<String, Value>, entry: &Value, record: u64, out: &mut Output<'_>) -> Result<(), String> {
    let entry = entry.as_object().ok_or("the entry of logFiles is no object")?;
    let need = |name: &str| text(entry, name).ok_or_else(|| format!("{name} of the entry of logFiles is no text"));
    let (object, hash) = (need("s3Object")?, need("hashValue")?);
    let key = text(digest, "digestS3Object");
    let name = key.and_then(object_name).unwrap_or_default();
    let end = text(digest, "digestEndTime").and_then(|t| time::parse(t).ok());
    let (newest, oldest) = (moment(entry, "newestEventTime", out), moment(entry, "oldestEventTime", out));
    let hash = hash.to_ascii_lowercase();
    let said = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
    let (region, trail) = (said(name.region), said(name.trail));
    out.row(
        record,
        &DigestLogFilesRow {
            account_id: text(digest, "awsAccountId"),
            region: region.as_deref(),
            trail_name: trail.as_deref(),
            digest_s3_object: key,
            digest_end: end,
            s3_bucket: text(entry, "s3Bucket"),
            s3_object: Some(object),
            sha256: Some(&hash),
            hash_algorithm: text(entry, "hashAlgorithm"),
            newest_event: newest,
            oldest_event: oldest,
        },
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::detect::Format;
    use crate::ingest::formats::cost::testing::collect;
    use crate::ingest::formats::readers::find;

    #[test]
    fn names_are_read_from_the_end() {
        let key = "p/AWSLogs/o-abc123/111122223333/CloudTrail-Digest/eu-west-1/2024/05/01/111122223333_CloudTrail-Digest_eu-west-1_my_odd.trail-1_us-east-1_20240501T100000Z_backfill.json.gz";
        let name = object_name(key).unwrap();
        assert_eq!((name.account, name.region, name.trail, name.home_region), ("111122223333", "eu-west-1", "my_odd.trail-1", "us-east-1"));
        assert!(name.backfill);
        assert_eq!(name.time, time::parse("2024-05-01T10:00:00Z").ok());
        let log = object_name("111122223333_CloudTrail-Insight_eu-west-1_20240501T0915Z_AbCdEfGhIjKlMnOp.json").unwrap();
        assert_eq!((log.token, log.time), ("CloudTrail-Insight", time::parse("2024-05-01T09:15:00Z").ok()));
        for odd in
            ["", "x.json.gz", "111122223333_CloudTrail_eu-west-1", "111122223333_Config_eu-west-1_20240501T0915Z_x", "é_CloudTrail_é_é"]
        {
            assert_eq!(object_name(odd), None, "{odd}");
        }
        assert_eq!(object_name("111122223333_CloudTrail_x_20241301T0915Z_y").unwrap().time, None);
    }

    const KEY: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2024/05/01/111122223333_CloudTrail-Digest_eu-west-1_main_us-east-1_20240501T100000Z.json.gz";

    fn document(more: &str) -> String {
        format!(
            r#"{{"awsAccountId":"111122223333","digestStartTime":"2024-05-01T09:00:00Z","digestEndTime":"2024-05-01T10:00:00Z","digestS3Bucket":"acme-logs","digestS3Object":"{KEY}","digestPublicKeyFingerprint":"31e8b5433410dfb61a9dc45cc65b22ff","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":null,"previousDigestS3Object":null,"previousDigestHashValue":null,"previousDigestHashAlgorithm":null,"previousDigestSignature":null,{more}}}"#
        )
    }

    #[test]
    fn a_digest_and_what_it_lists() {
        let list = r#""logFiles":[{"s3Bucket":"b","s3Object":"x/y.json.gz","hashValue":"9BB6","hashAlgorithm":"SHA-256","newestEventTime":"2024-05-01T09:10:01Z","oldestEventTime":"2024-05-01T09:05:44Z"},{"s3Object":"z"},5]"#;
        let read = collect(|out| read_digest(document(list).as_bytes(), out));
        assert_eq!(read.account(), (4, 2, 2));
        let digests = read.table("digest_files");
        assert_eq!(
            digests[0].pick(["account_id", "region", "trail_name", "home_region", "is_start", "log_files", "previous_signature"]),
            ["111122223333", "eu-west-1", "main", "us-east-1", "true", "3", "NULL"]
        );
        let logs = read.table("digest_log_files");
        assert_eq!((logs.len(), logs[0].record), (1, 1));
        assert_eq!(logs[0].pick(["s3_object", "sha256", "digest_s3_object"]), ["x/y.json.gz", "9bb6", KEY]);
        assert_eq!(find(Format::CloudtrailDigest, document(list).as_bytes(), 2).unwrap(), r#"{"s3Object":"z"}"#);
        assert!(find(Format::CloudtrailDigest, document(list).as_bytes(), 0).unwrap().contains("digestEndTime"));
        assert_eq!(find(Format::CloudtrailDigest, document(list).as_bytes(), 9), None);
    }

    #[test]
    fn what_lacks_a_member_is_rejected() {
        let broken = document(r#""logFiles":[]"#).replace("digestPublicKeyFingerprint", "x");
        let read = collect(|out| read_digest(broken.as_bytes(), out));
        assert_eq!(read.account(), (1, 0, 1));
        assert_eq!(read.rejects[0].reason, "the digest lacks digestPublicKeyFingerprint");
        let cut = document(r#""logFiles":[]"#);
        for text in [&cut[..cut.len() / 2], "", "[]", "5"] {
            let read = collect(|out| read_digest(text.as_bytes(), out));
            assert_eq!(read.account(), (1, 0, 1), "{text}");
        }
    }
}
