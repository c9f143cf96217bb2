//! The signature of every digest, from its successor or from saved metadata, and what is reported of it.

use std::collections::BTreeMap;

use super::chain::{Chain, Digest, Link, Saved};
use super::keys::{Keys, Signature};
use super::{Finding, Severity};
use crate::base::parallel::on_all_cores;
use crate::ingest::formats::integrity::base_name;

/// Tests the signature of every digest: the one its successor holds, else one from saved metadata.
pub(super) fn sign(chains: &mut [Chain], keys: &Keys, saved: &mut [Saved], findings: &mut Vec<Finding>) {
    let named: BTreeMap<String, usize> = saved.iter().enumerate().filter_map(|(at, s)| Some((digest_named(&s.file_name)?, at))).collect();
    let places: BTreeMap<String, usize> = saved.iter().enumerate().map(|(at, s)| (s.signature.clone(), at)).collect();
    let asked: Vec<Vec<Option<Stated>>> = chains.iter().map(|chain| signatures_of(chain, saved, &named, &places)).collect();
    // The arithmetic takes longer than all else about a chain, and no signature bears on another.
    let digests = chains.iter().flat_map(|chain| &chain.digests).zip(asked.iter().flatten());
    let mut tested = on_all_cores(&digests.collect::<Vec<_>>(), |(digest, stated)| {
        // A digest that is not in the chain must not be signed for by chance of order.
        let Some(Stated { algorithm, signature }) = stated else { return Signature::NotSupplied };
        keys.test(&digest.fingerprint, algorithm, digest.signed_text().as_bytes(), signature)
    })
    .into_iter();
    for chain in chains.iter_mut() {
        for digest in &chain.digests {
            chain.signatures.push(match tested.next() {
                None | Some(Signature::NotSupplied) => unnamed(digest, keys, saved),
                Some(found) => found,
            });
        }
        report(chain, keys, findings);
    }
    let unused = saved.iter().filter(|s| !s.used).count();
    if unused > 0 && !keys.is_empty() {
        let detail = format!("{unused} saved signatures of S3 objects fit no digest that was supplied");
        findings.push(Finding::new(Severity::Notice, "metadata_unused", detail));
    }
}

/// A signature, and how it says that it was made.
struct Stated {
    algorithm: String,
    signature: String,
}

/// What each digest of a chain is signed with: what its successor holds, else what was saved under its name.
fn signatures_of(
    chain: &Chain,
    saved: &mut [Saved],
    named: &BTreeMap<String, usize>,
    places: &BTreeMap<String, usize>,
) -> Vec<Option<Stated>> {
    let mut held: Vec<Option<usize>> = vec![None; chain.digests.len()];
    for (at, link) in chain.links.iter().enumerate() {
        if let Link::Linked(previous) | Link::Altered(previous) = link {
            held[*previous] = Some(at);
        }
    }
    let of = |(digest, held): (&Digest, Option<usize>)| {
        let from_successor = held.and_then(|s| chain.digests[s].previous_signature.clone());
        let by_name = named.get(base_name(&digest.object).trim_end_matches(".json")).copied();
        for used in by_name.into_iter().chain(from_successor.as_ref().and_then(|s| places.get(s).copied())) {
            if let Some(saved) = saved.get_mut(used) {
                saved.used = true;
            }
        }
        match (from_successor, by_name.and_then(|n| saved.get(n))) {
            (Some(signature), _) => Some(Stated { algorithm: digest.algorithm.clone(), signature }),
            (None, Some(saved)) => {
                let algorithm = if saved.algorithm.is_empty() { &digest.algorithm } else { &saved.algorithm };
                Some(Stated { algorithm: algorithm.clone(), signature: saved.signature.clone() })
            }
            (None, None) => None,
        }
    };
    chain.digests.iter().zip(held).map(of).collect()
}

/// A saved signature that names no digest is tried on those without one: it fits one digest only.
fn unnamed(digest: &Digest, keys: &Keys, saved: &mut [Saved]) -> Signature {
    let text = digest.signed_text();
    for candidate in saved.iter_mut().filter(|s| !s.used && digest_named(&s.file_name).is_none()) {
        if keys.test(&digest.fingerprint, &candidate.algorithm, text.as_bytes(), &candidate.signature) == Signature::Verified {
            candidate.used = true;
            return Signature::Verified;
        }
    }
    Signature::NotSupplied
}

/// The digest that the name of a file of saved metadata holds, without `.json.gz`.
fn digest_named(file_name: &str) -> Option<String> {
    let at = file_name.find("_CloudTrail-Digest_")?;
    let from = file_name.get(at.checked_sub(12)?..)?;
    let is_stamp = |s: &str| {
        s.len() == 17 && s.bytes().enumerate().all(|(i, b)| matches!((i, b), (0, b'_') | (9, b'T') | (16, b'Z')) || b.is_ascii_digit())
    };
    let end = (0..from.len()).rev().find(|i| from.get(*i..i + 17).is_some_and(is_stamp))? + 17;
    let backfill = if from.get(end..).is_some_and(|rest| rest.starts_with("_backfill")) { "_backfill" } else { "" };
    Some(format!("{}{backfill}", from.get(..end)?))
}

fn digests(n: u64) -> String {
    if n == 1 { "1 digest is".to_owned() } else { format!("{n} digests are") }
}

/// Findings about signatures: misfits one by one, what could not be tested together.
fn report(chain: &Chain, keys: &Keys, findings: &mut Vec<Finding>) {
    let mut unknown: BTreeMap<(&str, Signature), u64> = BTreeMap::new();
    let mut outside: BTreeMap<&str, u64> = BTreeMap::new();
    for (at, state) in chain.signatures.iter().enumerate() {
        let digest = &chain.digests[at];
        match state {
            // Where the content differs from what the successor recorded, that has been told.
            Signature::Failed if !chain.bad[at] => {
                let detail =
                    format!("the signature does not fit: the digest, or the signature, was not made with the key {}", digest.fingerprint);
                findings.push(chain.about(at, Severity::Failed, "signature_failed", detail));
            }
            Signature::KeyUnknown | Signature::FitsNotConfirmed | Signature::KeyNotConfirmed | Signature::AlgorithmUnknown => {
                *unknown.entry((&digest.fingerprint, *state)).or_default() += 1;
            }
            // The validity of the keys of backfill digests is that of the time they were made at, which metadata alone hold.
            Signature::Verified if !chain.backfill && !keys.valid_at(&digest.fingerprint, digest.end) => {
                *outside.entry(&digest.fingerprint).or_default() += 1;
            }
            _ => {}
        }
        let last = at + 1 == chain.digests.len();
        if *state == Signature::NotSupplied && !keys.is_empty() && !chain.bad[at] {
            let which = if last { "the newest digest" } else { "the last digest before a break of the chain" };
            let detail =
                format!("{which} is hash-linked only: its own signature stands in the metadata of its S3 object, which were not supplied");
            findings.push(chain.about(at, Severity::Notice, "hash_linked_only", detail));
        }
    }
    if !keys.is_empty() {
        for ((fingerprint, state), n) in unknown {
            let why = match state {
                Signature::FitsNotConfirmed => "and fit the key that the list states for it, whose MD5 is another",
                Signature::KeyNotConfirmed => "and do not fit the key that the list states for it, whose MD5 is another",
                Signature::AlgorithmUnknown => "with an algorithm that CloudTrail does not document",
                _ => "which no key list supplied holds",
            };
            let detail = format!("{} signed with the key {fingerprint}, {why}: not verified", digests(n));
            findings.push(chain.finding(Severity::NotConfirmed, "key_unknown", detail));
        }
    }
    for (fingerprint, n) in outside {
        let detail = format!("{} signed with the key {fingerprint} outside the time the key list states for it", digests(n));
        findings.push(chain.finding(Severity::Notice, "key_validity", detail));
    }
}
