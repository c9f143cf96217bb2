//! Hourly digest files over log files already written, signed with a key made for this sample, which protects nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use flate2::read::MultiGzDecoder;
use md5::Md5;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Outcome;
use crate::answers::Answers;
use crate::clock::{DAY, PERIOD_START, basic, civil, iso, t};
use crate::trail_files::{gzip, save};
use crate::world::{Account, PROD, SEC};

/// A PKCS#1 private key, DER as base64.
const KEY: &str = include_str!("signing_key.txt");
const HOUR: i64 = 3600;

/// A key pair as CloudTrail keeps one for each Region.
pub struct Signer {
    pair: RsaKeyPair,
    fingerprint: String,
}

impl Signer {
    fn new() -> Outcome<Self> {
        let packed: String = KEY.split_whitespace().collect();
        let der = base64::engine::general_purpose::STANDARD.decode(packed)?;
        let pair = RsaKeyPair::from_der(&der).map_err(|e| e.to_string())?;
        let fingerprint = hex(&Md5::digest(pair.public_key().as_ref()));
        Ok(Self { pair, fingerprint })
    }

    fn sign(&self, text: &str) -> Outcome<String> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        // PKCS#1 v1.5 draws nothing at random, so the same text has the same signature.
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).map_err(|e| e.to_string())?;
        Ok(hex(&signature))
    }

    /// What `list-public-keys` answers.
    fn answer(&self) -> Value {
        let value = base64::engine::general_purpose::STANDARD.encode(self.pair.public_key().as_ref());
        json!({"PublicKeyList": [{
            "Value": value,
            "ValidityStartTime": "2026-03-20T09:14:22+00:00",
            "ValidityEndTime": "2036-07-19T09:14:22+00:00",
            "Fingerprint": self.fingerprint,
        }]})
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A log file on disk, as a digest lists it.
struct Log {
    key: String,
    delivered: i64,
    hash: String,
    oldest: String,
    newest: String,
}

/// The log files below a folder of one account and Region, by time of delivery.
fn logs(root: &Path, account: &str, region: &str) -> Outcome<Vec<(PathBuf, Log)>> {
    let folder = root.join(format!("AWSLogs/{account}/CloudTrail/{region}"));
    let mut all = Vec::new();
    let mut open = vec![folder];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let mut text = Vec::new();
            MultiGzDecoder::new(fs::File::open(&path)?).read_to_end(&mut text)?;
            let key = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            let stamp = key.rsplit('/').next().and_then(|n| n.split('_').nth(3)).ok_or("a log file without a time in its name")?;
            let delivered = t(&format!("{}-{}-{} {}:{}", &stamp[..4], &stamp[4..6], &stamp[6..8], &stamp[9..11], &stamp[11..13]));
            let document: Value = serde_json::from_slice(&text)?;
            let times: Vec<&str> = document["Records"].as_array().into_iter().flatten().filter_map(|r| r["eventTime"].as_str()).collect();
            let (oldest, newest) = (times.iter().min().copied().unwrap_or(""), times.iter().max().copied().unwrap_or(""));
            let log = Log { key, delivered, hash: hex(&Sha256::digest(&text)), oldest: oldest.to_owned(), newest: newest.to_owned() };
            all.push((path, log));
        }
    }
    all.sort_by(|a, b| (a.1.delivered, &a.1.key).cmp(&(b.1.delivered, &b.1.key)));
    Ok(all)
}

/// One account, Region and trail.
struct Chain<'a> {
    root: &'a Path,
    account: &'a str,
    region: &'a str,
    trail: &'a str,
    home: &'a str,
    bucket: &'a str,
}

/// Count of digests and of log files listed, and the name and signature of the newest digest.
struct Written {
    digests: u64,
    listed: u64,
    newest: String,
    signature: String,
}

impl Chain<'_> {
    fn key(&self, end: i64) -> String {
        let (y, m, d) = civil(end);
        format!(
            "AWSLogs/{a}/CloudTrail-Digest/{r}/{y:04}/{m:02}/{d:02}/{a}_CloudTrail-Digest_{r}_{}_{}_{}.json.gz",
            self.trail,
            self.home,
            basic(end),
            a = self.account,
            r = self.region
        )
    }

    /// Writes the digests of every hour from `from` to `to`. The chain goes on from one that is not here.
    fn write(&self, signer: &Signer, from: i64, to: i64, logs: &[&Log]) -> Outcome<Written> {
        let before = hex(&Sha256::digest(format!("{} {}", self.account, self.region)));
        let text = format!("{}\n{}/{}\n{before}\nnull", iso(from), self.bucket, self.key(from));
        let mut previous = (self.key(from), before, signer.sign(&text)?);
        let mut written = Written { digests: 0, listed: 0, newest: String::new(), signature: String::new() };
        let mut hours: BTreeMap<i64, Vec<&Log>> = BTreeMap::new();
        for log in logs {
            hours.entry(log.delivered.div_euclid(HOUR) * HOUR).or_default().push(log);
        }
        let mut start = from;
        while start < to {
            let end = start + HOUR;
            let own = hours.get(&start).map_or(&[][..], Vec::as_slice);
            let key = self.key(end);
            let list: Vec<Value> = own
                .iter()
                .map(|l| {
                    json!({"s3Bucket": self.bucket, "s3Object": l.key, "hashValue": l.hash, "hashAlgorithm": "SHA-256",
                        "newestEventTime": l.newest, "oldestEventTime": l.oldest})
                })
                .collect();
            let document = json!({
                "awsAccountId": self.account, "digestStartTime": iso(start), "digestEndTime": iso(end),
                "digestS3Bucket": self.bucket, "digestS3Object": key,
                "digestPublicKeyFingerprint": signer.fingerprint, "digestSignatureAlgorithm": "SHA256withRSA",
                "newestEventTime": own.iter().map(|l| &l.newest).max(), "oldestEventTime": own.iter().map(|l| &l.oldest).min(),
                "previousDigestS3Bucket": self.bucket, "previousDigestS3Object": previous.0,
                "previousDigestHashValue": previous.1, "previousDigestHashAlgorithm": "SHA-256",
                "previousDigestSignature": previous.2, "logFiles": list,
            });
            let content = serde_json::to_vec(&document)?;
            save(&self.root.join(&key), &gzip(&content, 9)?)?;
            let hash = hex(&Sha256::digest(&content));
            let signed = format!("{}\n{}/{key}\n{hash}\n{}", iso(end), self.bucket, previous.2);
            previous = (key, hash, signer.sign(&signed)?);
            written.digests += 1;
            written.listed += own.len() as u64;
            start = end;
        }
        (written.newest, _, written.signature) = previous;
        Ok(written)
    }
}

/// The sample's chains: ten days of production with a log file altered after delivery and one removed, and four sound
/// days of the security account, with the metadata of its newest digest. One day of these has no event, as its digests show.
pub fn sample(out: &Path, answers: &mut Answers) -> Outcome<()> {
    let root = out.join("cloudtrail");
    let signer = Signer::new()?;
    let (bucket, region, home) = ("acme-cloudtrail-logs", "eu-west-1", "eu-west-1");
    let prod = Chain { root: &root, account: PROD, region, trail: "acme-prod-trail", home, bucket };
    let found = logs(&root, PROD, region)?;
    let (from, to) = (t("06-22"), t("07-01 01:00"));
    let removed = Log {
        key: format!("AWSLogs/{PROD}/CloudTrail/{region}/2026/06/27/{PROD}_CloudTrail_{region}_20260627T0215Z_r3m0vedAfterward.json.gz"),
        delivered: t("06-27 02:15"),
        hash: hex(&Sha256::digest("a log file that was removed after delivery")),
        oldest: iso(t("06-27 02:06:11")),
        newest: iso(t("06-27 02:13:40")),
    };
    let mut listed: Vec<&Log> = found.iter().map(|(_, l)| l).filter(|l| (from..to).contains(&l.delivered)).collect();
    listed.push(&removed);
    let first = prod.write(&signer, from, to, &listed)?;
    alter(found.iter().find(|(_, l)| l.delivered >= t("06-24")).map(|(p, _)| p.as_path()).ok_or("no log file to alter")?)?;
    let why = "a log file of 2026-06-24 was altered, one of 2026-06-27 02:15 UTC removed";
    answers.add("event-log-file-digest-gap", PROD, region, "acme-prod-trail", why);

    let sec = Chain { root: &root, account: SEC, region, trail: "acme-security-trail", home, bucket };
    let found = logs(&root, SEC, region)?;
    let (from, to) = (t("06-19 20:00"), t("06-23 01:00"));
    let listed: Vec<&Log> = found.iter().map(|(_, l)| l).filter(|l| (from..to).contains(&l.delivered)).collect();
    let second = sec.write(&signer, from, to, &listed)?;
    let name = second.newest.rsplit('/').next().unwrap_or("").trim_end_matches(".json.gz");
    let metadata = json!({
        "LastModified": "2026-06-23T01:07:13+00:00", "ContentLength": 1100, "ContentType": "application/json", "ContentEncoding": "gzip",
        "Metadata": {"signature": second.signature, "signature-algorithm": "SHA256withRSA"},
    });
    save(&root.join(format!("digest-keys/head-object-{name}.json")), &serde_json::to_vec_pretty(&metadata)?)?;
    save(&root.join("digest-keys/list-public-keys-eu-west-1.json"), &serde_json::to_vec_pretty(&signer.answer())?)?;
    answers.total("Log file integrity: digest files", first.digests + second.digests);
    answers.total("Log file integrity: log files that digests list", first.listed + second.listed);
    answers.total("Log file integrity: of these altered", 1);
    answers.total("Log file integrity: of these not supplied", 1);
    // The newest digest of the production chain alone has no signature here.
    answers.total("Log file integrity: digests whose signature can be verified", first.digests + second.digests - 1);
    Ok(())
}

/// Changes one digit of a request id, as somebody who rewrites a log file would change more.
fn alter(path: &Path) -> Outcome<()> {
    let mut text = String::new();
    MultiGzDecoder::new(fs::File::open(path)?).read_to_string(&mut text)?;
    let at = text.find("\"requestID\":\"").ok_or("no request id in the log file")? + 13;
    let digit = if text.get(at..=at) == Some("0") { "1" } else { "0" };
    text.replace_range(at..=at, digit);
    save(path, &gzip(text.as_bytes(), 9)?)
}

/// Digests of every hour for every account and Region of a large input.
pub fn large(out: &Path, accounts: &[Account], days: i64) -> Outcome<()> {
    let root = out.join("cloudtrail");
    let signer = Signer::new()?;
    for account in accounts {
        for (region, _) in &account.regions {
            let chain = Chain { root: &root, account: &account.id, region, trail: "main", home: "eu-west-1", bucket: "logs" };
            let found = logs(&root, &account.id, region)?;
            let listed: Vec<&Log> = found.iter().map(|(_, l)| l).collect();
            chain.write(&signer, PERIOD_START - HOUR, PERIOD_START + days * DAY + 2 * HOUR, &listed)?;
        }
    }
    save(&out.join("list-public-keys.json"), &serde_json::to_vec_pretty(&signer.answer())?)
}
