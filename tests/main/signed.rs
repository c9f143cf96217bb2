//! Log files and digests as a trail delivers them, signed with keys made for these tests, which protect nothing.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use md5::Md5;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{gzip, log_file, record, write};

/// Two keys: that of the sample, and another one.
const KEYS: [&str; 2] = [include_str!("../../samples/generator/src/signing_key.txt"), include_str!("other_key.txt")];

/// Account, Region, trail and bucket of all chains made here.
pub const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const BUCKET: &str = "acme-logs";

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A key pair.
pub struct Signer(RsaKeyPair);

impl Signer {
    pub fn new(which: usize) -> Self {
        let packed: String = KEYS[which].split_whitespace().collect();
        Self(RsaKeyPair::from_der(&base64::engine::general_purpose::STANDARD.decode(packed).unwrap()).unwrap())
    }

    pub fn der(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    pub fn fingerprint(&self) -> String {
        hex(&Md5::digest(self.der()))
    }

    pub fn sign(&self, text: &str) -> String {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
        hex(&signature)
    }

    /// The answer of `list-public-keys` that holds this key.
    pub fn answer(&self) -> Value {
        let value = base64::engine::general_purpose::STANDARD.encode(self.der());
        json!({"PublicKeyList": [{"Value": value, "ValidityStartTime": 1_775_000_000.0, "ValidityEndTime": 1_790_000_000.0, "Fingerprint": self.fingerprint()}]})
    }
}

/// A chain being delivered: one hour of 2026-05-04 after the other.
pub struct Chain {
    folder: PathBuf,
    /// Path below `AWSLogs/`, with the organisation where there is one.
    pub subtree: String,
    pub trail: String,
    pub backfill: bool,
    pub signer: Signer,
    /// Signs in place of `signer`, under its fingerprint.
    pub forger: Option<Signer>,
    previous: Option<(String, String, String)>,
    hour: usize,
    /// Digest files and the log files of each, by hour.
    pub digests: Vec<PathBuf>,
    pub logs: Vec<Vec<PathBuf>>,
}

impl Chain {
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            subtree: ACCOUNT.to_owned(),
            trail: "main_of.acme-1".to_owned(),
            backfill: false,
            signer: Signer::new(0),
            forger: None,
            previous: None,
            hour: 0,
            digests: Vec::new(),
            logs: Vec::new(),
        }
    }

    fn time(hour: usize) -> String {
        format!("2026-05-{:02}T{:02}:00:00Z", 4 + hour / 24, hour % 24)
    }

    fn day(hour: usize) -> String {
        format!("2026/05/{:02}", 4 + hour / 24)
    }

    /// Object key of a log file delivered in an hour.
    pub fn log_key(&self, hour: usize, n: usize) -> String {
        let stamp = Self::time(hour).replace([':', '-'], "").replace("0000Z", &format!("{:02}Z", 15 + n));
        format!(
            "AWSLogs/{}/CloudTrail/{REGION}/{}/{ACCOUNT}_CloudTrail_{REGION}_{stamp}_{hour:08}{n:08}.json.gz",
            self.subtree,
            Self::day(hour)
        )
    }

    /// Content of a log file of an hour: one event of it.
    pub fn content(hour: usize, n: usize) -> Vec<u8> {
        let mut event = record(hour * 100 + n, "PutObject", "cli");
        event["eventTime"] = Self::time(hour).replace(":00:00Z", &format!(":{:02}:30Z", 10 + n)).into();
        log_file(&[event])
    }

    /// Delivers an hour with this number of log files.
    pub fn deliver(&mut self, logs: usize) {
        let hour = self.hour;
        let mut paths = Vec::new();
        let mut list = Vec::new();
        for n in 0..logs {
            let content = Self::content(hour, n);
            let key = self.log_key(hour, n);
            paths.push(write(&self.folder, &key, gzip(&content)));
            let at = Self::time(hour).replace(":00:00Z", &format!(":{:02}:30Z", 10 + n));
            list.push(json!({"s3Bucket": BUCKET, "s3Object": key, "hashValue": hex(&Sha256::digest(&content)), "hashAlgorithm": "SHA-256", "newestEventTime": at, "oldestEventTime": at}));
        }
        let backfill = if self.backfill { "_backfill" } else { "" };
        let end = Self::time(hour + 1);
        let key = format!(
            "AWSLogs/{}/CloudTrail-Digest/{REGION}/{}/{ACCOUNT}_CloudTrail-Digest_{REGION}_{}_us-east-1_{}{backfill}.json.gz",
            self.subtree,
            Self::day(hour + 1),
            self.trail,
            end.replace([':', '-'], "")
        );
        let (object, hash, signature) = match &self.previous {
            Some((object, hash, signature)) => (Some(object), Some(hash), Some(signature)),
            None => (None, None, None),
        };
        let document = json!({
            "awsAccountId": ACCOUNT, "digestStartTime": Self::time(hour), "digestEndTime": end, "digestS3Bucket": BUCKET, "digestS3Object": key,
            "digestPublicKeyFingerprint": self.signer.fingerprint(), "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": list.last().map(|l| l["newestEventTime"].clone()), "oldestEventTime": list.first().map(|l| l["oldestEventTime"].clone()),
            "previousDigestS3Bucket": object.map(|_| BUCKET), "previousDigestS3Object": object, "previousDigestHashValue": hash,
            "previousDigestHashAlgorithm": object.map(|_| "SHA-256"), "previousDigestSignature": signature, "logFiles": list,
        });
        let content = serde_json::to_vec(&document).unwrap();
        let hash = hex(&Sha256::digest(&content));
        let text = format!("{end}\n{BUCKET}/{key}\n{hash}\n{}", signature.map_or("null", String::as_str));
        let signed = self.forger.as_ref().unwrap_or(&self.signer).sign(&text);
        self.digests.push(write(&self.folder, &key, gzip(&content)));
        self.logs.push(paths);
        self.previous = Some((key, hash, signed));
        self.hour += 1;
    }

    /// Hours in which nothing is delivered, since logging or validation is off; the next digest begins anew.
    pub fn pause(&mut self, hours: usize) {
        self.hour += hours;
        self.previous = None;
    }

    /// Saves the list of public keys.
    pub fn save_keys(&self) {
        write(&self.folder, "keys.json", self.signer.answer().to_string());
    }

    /// Saves the metadata of the newest digest as `head-object` prints them.
    pub fn save_metadata(&self, name: &str) {
        let (_, _, signature) = self.previous.as_ref().unwrap();
        let answer = json!({"LastModified": "2026-05-04T10:07:00+00:00", "ContentLength": 912, "Metadata": {"signature": signature, "signature-algorithm": "SHA256withRSA"}});
        write(&self.folder, name, answer.to_string());
    }
}
