//! Sign files of saved CloudTrail Lake results (formats.md 1.8): hashes of the result files as delivered, and one
//! signature over these hashes. A saved key list is all it takes to verify them.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{Keys, Signature};
use super::logs::Files;
use super::{Finding, Severity};

/// One sign file as read: its id and its rows in the order of the list.
#[derive(Debug, Clone, Default)]
pub struct SignFile {
    /// The file.
    pub file_id: String,
    /// Region.
    pub region: String,
    /// When the query ended, UTC microseconds.
    pub completed: Option<i64>,
    /// Algorithm of the hashes.
    pub hash_algorithm: String,
    /// Algorithm of the signature.
    pub algorithm: String,
    /// Signature, hex.
    pub signature: String,
    /// Fingerprint of the key.
    pub fingerprint: String,
    /// Name and hash of each result file.
    pub files: Vec<(String, String)>,
}

/// What was verified of one sign file.
#[derive(Debug, Clone)]
pub struct LakeResult {
    /// Path of the sign file.
    pub path: String,
    /// Region.
    pub region: String,
    /// When the query ended.
    pub completed: Option<i64>,
    /// Result files listed.
    pub listed: u64,
    /// Of these, supplied as listed.
    pub unaltered: u64,
    /// What came of the signature.
    pub signature: Signature,
}

/// Verifies sign files against the files supplied.
pub fn results(sign_files: Vec<SignFile>, keys: &Keys, files: &Files<'_>, findings: &mut Vec<Finding>) -> Vec<LakeResult> {
    let mut all = Vec::new();
    if sign_files.is_empty() {
        return all;
    }
    let places: BTreeMap<&str, usize> =
        files.all().iter().enumerate().flat_map(|(at, f)| f.paths.iter().map(move |p| (p.as_str(), at))).collect();
    let hashes: BTreeSet<&str> = files.all().iter().map(|f| f.sha256.as_str()).collect();
    let by_id: BTreeMap<&str, &str> = files.all().iter().filter_map(|f| Some((f.file_id.as_str(), f.paths.first()?.as_str()))).collect();
    for sign in sign_files {
        let path = by_id.get(sign.file_id.as_str()).copied().unwrap_or("").to_owned();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let finding = |severity, kind, file: &str, detail: &str| Finding {
            region: sign.region.clone(),
            file: file.to_owned(),
            file_id: sign.file_id.clone(),
            from: sign.completed,
            until: sign.completed,
            ..Finding::new(severity, kind, detail)
        };
        let beside = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let mut unaltered = 0;
        let known_hash = sign.hash_algorithm.is_empty() || sign.hash_algorithm.eq_ignore_ascii_case("SHA-256");
        for (name, hash) in &sign.files {
            if known_hash && hashes.contains(hash.to_ascii_lowercase().as_str()) {
                unaltered += 1;
            } else if places.contains_key(beside(name).as_str()) {
                findings.push(if known_hash {
                    finding(Severity::Failed, "lake_file_altered", &beside(name), "the result file is not what the sign file lists")
                } else {
                    finding(
                        Severity::NotConfirmed,
                        "hash_unknown",
                        &beside(name),
                        "the sign file lists a hash of a kind that is not tested",
                    )
                });
            } else {
                findings.push(finding(
                    Severity::Failed,
                    "lake_file_missing",
                    &beside(name),
                    "the sign file lists the result file, and it was not supplied",
                ));
            }
        }
        let listed: BTreeSet<String> = sign.files.iter().map(|(name, _)| beside(name)).collect();
        let own = beside("result_");
        for (other, _) in places.range(own.as_str()..).take_while(|(p, _)| p.starts_with(&own)) {
            if other.ends_with(".csv.gz") && !listed.contains(*other) {
                findings.push(finding(
                    Severity::Failed,
                    "lake_file_not_listed",
                    other,
                    "the sign file beside it does not list the result file",
                ));
            }
        }
        let text = sign.files.iter().map(|(_, hash)| hash.as_str()).collect::<Vec<_>>().join(" ");
        let signature = keys.test(&sign.fingerprint, &sign.algorithm, text.as_bytes(), &sign.signature);
        match signature {
            Signature::Failed => {
                findings.push(finding(
                    Severity::Failed,
                    "lake_signature_failed",
                    &path,
                    "the signature does not fit the hashes that the sign file lists",
                ));
            }
            Signature::KeyUnknown if keys.is_empty() => {
                findings.push(finding(
                    Severity::Notice,
                    "lake_not_signed_for",
                    &path,
                    "no key list was supplied, so the signature is not verified",
                ));
            }
            Signature::Verified | Signature::NotSupplied => {}
            other => {
                let detail = format!("the signature is not verified: {}", other.word());
                findings.push(finding(Severity::NotConfirmed, "key_unknown", &path, &detail));
            }
        }
        all.push(LakeResult {
            path,
            region: sign.region.clone(),
            completed: sign.completed,
            listed: sign.files.len() as u64,
            unaltered,
            signature,
        });
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}
