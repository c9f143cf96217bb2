//! Chains without a store. What files on disk lead to is tested in `tests/main/integrity.rs`.

use proptest::prelude::*;

use super::chain::{self, Digest, Link, Saved};
use super::*;

fn digest(hour: i64, previous: Option<&Digest>) -> Digest {
    let object = format!("AWSLogs/1/CloudTrail-Digest/eu-west-1/111122223333_CloudTrail-Digest_eu-west-1_main_eu-west-1_{hour}.json.gz");
    Digest {
        file_id: format!("file{hour}"),
        paths: vec![object.clone()],
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        trail: "main".into(),
        start: Some(hour * crate::base::time::HOUR),
        end: (hour + 1) * crate::base::time::HOUR,
        end_text: format!("end of {hour}"),
        bucket: "b".into(),
        object,
        sha256: format!("hash{hour}"),
        previous_object: previous.map(|p| p.object.clone()),
        previous_sha256: previous.map(|p| p.sha256.clone()),
        previous_signature: previous.map(|p| format!("aa{}", p.start.unwrap_or(0))),
        is_start: previous.is_none(),
        ..Digest::default()
    }
}

fn hours(n: i64) -> Vec<Digest> {
    let mut all: Vec<Digest> = Vec::new();
    for hour in 0..n {
        let next = digest(hour, all.last());
        all.push(next);
    }
    all
}

fn built(digests: Vec<Digest>) -> (Vec<Chain>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut chains = chain::chains(digests, &mut findings);
    sign::sign(&mut chains, &Keys::default(), &mut [], &mut findings);
    findings.sort();
    chain::conclude(&mut chains, &findings);
    (chains, findings)
}

#[test]
fn the_signed_text_is_four_lines_without_an_end() {
    let all = hours(2);
    assert_eq!(all[0].signed_text(), format!("end of 0\nb/{}\nhash0\nnull", all[0].object));
    assert_eq!(all[1].signed_text(), format!("end of 1\nb/{}\nhash1\naa0", all[1].object));
}

#[test]
fn of_two_contents_the_recorded_one_counts() {
    let mut all = hours(3);
    let mut forged = all[1].clone();
    (forged.sha256, forged.file_id) = ("0".into(), "forged".into());
    all.push(forged);
    // The same content in another packing is a copy.
    let mut copy = all[2].clone();
    copy.file_id = "copy".into();
    all.push(copy);
    let (chains, findings) = built(all);
    assert_eq!(findings.iter().map(|f| f.kind).collect::<Vec<_>>(), ["digest_conflict"]);
    assert_eq!(chains[0].digests.iter().map(|d| d.file_id.as_str()).collect::<Vec<_>>(), ["file0", "file1", "copy"]);
    assert_eq!(chains[0].links, [Link::Start, Link::Linked(0), Link::Linked(1)]);
    assert_eq!(chains[0].state, "failed");
}

#[test]
fn a_digest_put_in_stands_outside_the_chain() {
    let mut all = hours(3);
    let mut inserted = digest(1, Some(&all[0]));
    inserted.object.push_str(".x");
    inserted.sha256 = "other".into();
    all.push(inserted);
    let (chains, findings) = built(all);
    assert_eq!(findings.iter().filter(|f| f.severity == Severity::Failed).map(|f| f.kind).collect::<Vec<_>>(), ["digest_not_in_chain"]);
    assert_eq!(chains[0].assurance, Assurance::None);
}

#[test]
fn quiet_needs_the_whole_time_and_an_hour_more() {
    let (chains, _) = built(hours(10));
    let holds = |chains: &[Chain], from: i64, until: i64| {
        let integrity = Integrity { chains: chains.to_vec(), ..Integrity::default() };
        integrity.quiet().holds(&chains[0].account, &chains[0].region, from * crate::base::time::HOUR, until * crate::base::time::HOUR)
    };
    let quiet = |from: i64, until: i64| holds(&chains, from, until);
    assert!(quiet(0, 9) && quiet(3, 5));
    assert!(!quiet(0, 10) && !quiet(-1, 5));
    let mut altered = chains.clone();
    altered[0].unseen.push((4 * crate::base::time::HOUR, 4 * crate::base::time::HOUR + 5));
    assert!(!holds(&altered, 3, 5) && holds(&altered, 5, 8));
    assert!(!Integrity::default().quiet().holds("111122223333", "eu-west-1", 0, crate::base::time::HOUR), "no chain shows nothing");
}

#[test]
fn a_published_signature_fits_its_key_only() {
    let folder = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/realdata/cloudtrail-digest/lake-sign-file");
    let Ok(der) = std::fs::read(folder.join("lake_query_public_key.pkcs1.der")) else {
        eprintln!("skipped: no real exports at ../shared/realdata/cloudtrail-digest");
        return;
    };
    let sign: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("result_sign.json")).unwrap()).unwrap();
    let (hash, signature) = (sign["files"][0]["fileHashValue"].as_str().unwrap(), sign["hashSignature"].as_str().unwrap());
    assert!(keys::fits(&der, hash.as_bytes(), signature));
    assert!(!keys::fits(&der, format!("{hash} ").as_bytes(), signature));
    assert!(!keys::fits(&der[1..], hash.as_bytes(), signature));
    for odd in ["", "0", "zz", "4dc4", "é"] {
        assert!(!keys::fits(&der, hash.as_bytes(), odd));
    }
}

proptest! {
    /// Whatever digests say of each other, every one of them stands in one chain, and order changes nothing.
    #[test]
    fn any_digests_end_in_chains(picks in proptest::collection::vec((0i64..5, 0i64..5, any::<bool>(), any::<bool>(), 0usize..3), 0..12), seed in any::<u64>()) {
        let digests: Vec<Digest> = picks.iter().enumerate().map(|(n, (hour, before, start, backfill, hash))| {
            let previous = digest(*before, None);
            let mut one = digest(*hour, (!start).then_some(&previous));
            one.backfill = *backfill;
            one.file_id = format!("{n:02}");
            one.sha256 = format!("hash{hash}");
            if hour == before {
                one.start = None;
            }
            one
        }).collect();
        let mut shuffled = digests.clone();
        let length = shuffled.len().max(1);
        shuffled.rotate_left(usize::try_from(seed % length as u64).unwrap());
        shuffled.reverse();
        let show = |(chains, findings): (Vec<Chain>, Vec<Finding>)| format!("{:?} {findings:?}", chains.iter().map(|c| (&c.digests, &c.links, c.state, c.missing)).collect::<Vec<_>>());
        let sorted = |mut digests: Vec<Digest>| { digests.iter_mut().for_each(|d| d.paths.sort()); digests };
        prop_assert_eq!(show(built(sorted(digests))), show(built(sorted(shuffled))));
    }

    #[test]
    fn any_name_of_saved_metadata_is_taken(name in ".{0,60}") {
        let mut saved = [Saved { file_name: name.clone(), ..Saved::default() }, Saved { file_name: format!("111122223333_CloudTrail-Digest_{name}"), ..Saved::default() }];
        let mut findings = Vec::new();
        let mut chains = chain::chains(hours(1), &mut findings);
        sign::sign(&mut chains, &Keys::default(), &mut saved, &mut findings);
    }
}

/// Chains of `size` accounts, each with a log file that was not supplied and a finding about it.
fn many(size: usize) -> (Vec<Chain>, Vec<Finding>) {
    let (chains, _) = built(hours(30));
    let own = |n: usize| Chain {
        account: format!("{n:012}"),
        unseen: vec![(4 * crate::base::time::HOUR, 5 * crate::base::time::HOUR)],
        ..chains[0].clone()
    };
    let chains: Vec<Chain> = (0..size).map(own).collect();
    let findings = chains.iter().map(|c| c.finding(Severity::Failed, "log_missing", "x")).collect();
    (chains, findings)
}

#[test]
fn very_many_chains_are_concluded_and_asked_in_step() {
    use crate::base::steps::assert_in_step;
    assert_in_step("findings of many chains", 500, 2_000, |size| {
        let (mut chains, findings) = many(size);
        move || {
            chain::conclude(&mut chains, &findings);
            assert!(chains.iter().all(|c| c.state == "failed"));
        }
    });
    assert_in_step("quiet days of many accounts", 500, 2_000, |size| {
        let (chains, findings) = many(size);
        let integrity = Integrity { chains, findings, ..Integrity::default() };
        move || {
            let quiet = integrity.quiet();
            for n in 0..size {
                let holds = |hour: i64| {
                    quiet.holds(&format!("{n:012}"), "eu-west-1", hour * crate::base::time::HOUR, (hour + 1) * crate::base::time::HOUR)
                };
                assert!(holds(0) && !holds(4) && holds(20) && !holds(29));
            }
        }
    });
    // One chain: many stretches and many log files that were not supplied, asked for many days.
    assert_in_step("days of one long chain", 1_000, 2_000, |size| {
        let hours = i64::try_from(size).unwrap();
        let mut digests = self::hours(hours);
        digests.iter_mut().filter(|d| d.start.unwrap_or(0) % (3 * crate::base::time::HOUR) == 0).for_each(|d| d.is_start = true);
        let (mut chains, findings) = built(digests);
        chains[0].unseen = (0..hours).map(|hour| (hour * crate::base::time::HOUR, hour * crate::base::time::HOUR + 1)).collect();
        let integrity = Integrity { chains, findings, ..Integrity::default() };
        move || {
            let quiet = integrity.quiet();
            for hour in 0..hours {
                assert!(!quiet.holds("111122223333", "eu-west-1", hour * crate::base::time::HOUR, (hour + 1) * crate::base::time::HOUR));
            }
        }
    });
    // One object that came with very many contents.
    assert_in_step("contents of one digest", 1_000, 3_000, |size| {
        let all: Vec<Digest> =
            (0..size).map(|n| Digest { sha256: format!("hash{n}"), file_id: format!("file{n}"), ..digest(0, None) }).collect();
        move || assert_eq!(built(all).0[0].digests.len(), 1)
    });
}
