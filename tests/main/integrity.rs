//! Log file integrity against chains signed by the tests themselves, and against OpenSSL.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Run, add, gzip, ingest, number, query, realdata, report_json, same_trees, sample, sample_report, sixpillars, write};
use crate::signed::{ACCOUNT, Chain, Signer};

/// Six hours with two, none, one, three, none and one log files.
fn chain(folder: &Path) -> Chain {
    let mut chain = Chain::new(folder);
    for logs in [2, 0, 1, 3, 0, 1] {
        chain.deliver(logs);
    }
    chain
}

fn verify(folder: &Path) -> (i32, Value) {
    let run = run(folder, &["--format", "json"]);
    let value = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {} {}", run.out, run.err));
    (run.code, value)
}

fn run(folder: &Path, more: &[&str]) -> Run {
    let mut arguments = vec![OsStr::new("verify"), folder.as_os_str()];
    arguments.extend(more.iter().map(OsStr::new));
    sixpillars(&arguments)
}

/// Kinds of the findings that are not mere notices, with their number.
fn kinds(found: &Value) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for f in found["findings"].as_array().unwrap().iter().filter(|f| f["severity"] != "notice") {
        *kinds.entry(f["kind"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    kinds
}

/// Verifies after `change` to a sound chain with keys and metadata; expects exit code 3 and these findings.
#[track_caller]
fn catches(change: impl FnOnce(&mut Chain, &Path), expected: &[(&str, usize)]) -> Value {
    let folder = TempDir::new().unwrap();
    let mut chain = chain(folder.path());
    chain.save_keys();
    chain.save_metadata("head-object.json");
    change(&mut chain, folder.path());
    let (code, found) = verify(folder.path());
    let expected: BTreeMap<String, usize> = expected.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect();
    assert_eq!(kinds(&found), expected, "{found:#}");
    assert_eq!(code, 3);
    assert_eq!(found["sound"], false);
    found
}

fn gunzip(path: &Path) -> Vec<u8> {
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut text).unwrap();
    text
}

#[test]
fn a_sound_chain_reaches_the_level_of_what_was_supplied() {
    let folder = TempDir::new().unwrap();
    let chain = chain(folder.path());
    let expect = |assurance: &str, verified: u64| {
        let (code, found) = verify(folder.path());
        assert_eq!((code, &found["sound"]), (0, &json!(true)), "{found:#}");
        let c = &found["chains"][0];
        assert_eq!(
            (&c["assurance"], &c["state"], &c["signatures_verified"]),
            (&json!(assurance), &json!("sound"), &json!(verified)),
            "{found:#}"
        );
        assert_eq!((&c["trail_name"], &c["home_region"], &c["digests"]), (&json!("main_of.acme-1"), &json!("us-east-1"), &json!(6)));
        assert_eq!(c["log_files"], json!({"listed": 7, "unaltered": 7, "altered": 0, "missing": 0, "not_listed": 0}));
        assert_eq!((&found["log_files_supplied"], &found["log_files_listed_and_unaltered"]), (&json!(7), &json!(7)));
        found
    };
    expect("files only", 0);
    let text = run(folder.path(), &[]).expect(0).out;
    assert!(text.contains("chain consistent, signature not verified"), "{text}");
    chain.save_keys();
    let found = expect("files and keys", 5);
    let newest = found["findings"].as_array().unwrap().iter().find(|f| f["kind"] == "hash_linked_only").unwrap();
    assert_eq!(newest["file"], found["chains"][0]["newest_digest"]);
    // A name that says nothing: the signature fits one digest only.
    chain.save_metadata("answer.json");
    expect("files keys and metadata", 6);
    std::fs::remove_file(folder.path().join("answer.json")).unwrap();
    let name = chain.digests[5].file_name().unwrap().to_string_lossy().into_owned();
    chain.save_metadata(&format!("head-object-{name}.json"));
    expect("files keys and metadata", 6);
}

#[test]
fn only_the_content_counts_not_how_it_is_packed() {
    let folder = TempDir::new().unwrap();
    let chain = chain(folder.path());
    chain.save_keys();
    chain.save_metadata("head.json");
    // Unpacked by a browser, under the old name and under a new one; packed twice by a proxy.
    let [a, b, c] = [&chain.logs[0][0], &chain.logs[0][1], &chain.logs[2][0]];
    std::fs::write(a, gunzip(a)).unwrap();
    std::fs::write(b.with_extension(""), gunzip(b)).unwrap();
    std::fs::remove_file(b).unwrap();
    std::fs::write(c, gzip(&gzip(&gunzip(c)))).unwrap();
    std::fs::write(&chain.digests[1], gunzip(&chain.digests[1])).unwrap();
    let (code, found) = verify(folder.path());
    assert_eq!((code, &found["chains"][0]["assurance"]), (0, &json!("files keys and metadata")), "{found:#}");
    // In one folder without any of the bucket's.
    let flat = TempDir::new().unwrap();
    for path in walkdir::WalkDir::new(folder.path()).into_iter().map(Result::unwrap).filter(|e| e.file_type().is_file()) {
        std::fs::copy(path.path(), flat.path().join(path.file_name())).unwrap();
    }
    let (code, found) = verify(flat.path());
    assert_eq!((code, &found["chains"][0]["log_files"]["unaltered"]), (0, &json!(7)), "{found:#}");
}

#[test]
fn changes_of_a_log_file_are_caught() {
    catches(
        |chain, _| {
            let path = &chain.logs[3][1];
            let mut text = gunzip(path);
            let at = text.windows(9).position(|w| w == b"PutObject").unwrap();
            text[at] = b'G';
            std::fs::write(path, gzip(&text)).unwrap();
        },
        &[("log_altered", 1)],
    );
    catches(
        |chain, _| {
            let path = &chain.logs[3][1];
            std::fs::write(path, gzip(&[gunzip(path), b"\n".to_vec()].concat())).unwrap();
        },
        &[("log_altered", 1)],
    );
    // What was delivered was the first member only.
    catches(
        |chain, _| {
            let path = &chain.logs[0][0];
            std::fs::write(path, [std::fs::read(path).unwrap(), gzip(&Chain::content(9, 9))].concat()).unwrap();
        },
        &[("log_altered", 1)],
    );
    catches(|chain, _| std::fs::write(&chain.logs[0][0], b"").unwrap(), &[("log_altered", 1)]);
    catches(|chain, _| std::fs::write(&chain.logs[0][0], b"\x1f\x8b nonsense").unwrap(), &[("log_altered", 1)]);
    let found = catches(|chain, _| std::fs::remove_file(&chain.logs[2][0]).unwrap(), &[("log_missing", 1)]);
    // The digests themselves still hold.
    assert_eq!((&found["chains"][0]["assurance"], &found["chains"][0]["state"]), (&json!("files keys and metadata"), &json!("failed")));
    // Both the original and a changed copy of it.
    catches(
        |chain, folder| drop(write(folder, &format!("copy/{}", chain.log_key(0, 0)), gzip(&Chain::content(7, 7)))),
        &[("log_conflict", 1)],
    );
}

#[test]
fn a_log_file_put_in_is_caught() {
    let found = catches(|chain, folder| drop(write(folder, &chain.log_key(1, 7), gzip(&Chain::content(1, 7)))), &[("log_not_listed", 1)]);
    assert_eq!(found["chains"][0]["log_files"]["not_listed"], 1);
    // Another trail's log files lie elsewhere, and those before the first digest are of no digest: neither is a failure.
    let folder = TempDir::new().unwrap();
    let chain = chain(folder.path());
    write(folder.path(), &format!("other/{}", chain.log_key(1, 7)), gzip(&Chain::content(1, 7)));
    write(folder.path(), &chain.log_key(30, 0), gzip(&Chain::content(30, 0)));
    let (code, found) = verify(folder.path());
    assert_eq!((code, &found["log_files_supplied"], &found["log_files_listed_and_unaltered"]), (0, &json!(9), &json!(7)), "{found:#}");
    assert!(
        found["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|f| f["kind"] == "logs_not_covered" && f["detail"].as_str().unwrap().starts_with("no digest covers 2 log files"))
    );
}

#[test]
fn missing_and_altered_digests_are_caught() {
    let found = catches(|chain, _| std::fs::remove_file(&chain.digests[1]).unwrap(), &[("digest_missing", 1)]);
    assert_eq!((&found["chains"][0]["digests_missing"], &found["chains"][0]["assurance"]), (&json!(1), &json!("none")));
    let found = catches(
        |chain, _| {
            std::fs::remove_file(&chain.digests[1]).unwrap();
            std::fs::remove_file(&chain.digests[4]).unwrap();
        },
        &[("digest_missing", 2)],
    );
    assert_eq!(found["chains"][0]["digests_missing"], 2);
    // Two in a row are one gap of two hours, from 01:00 to 03:00 UTC; the log file listed in it is then listed nowhere.
    let found = catches(
        |chain, _| {
            std::fs::remove_file(&chain.digests[1]).unwrap();
            std::fs::remove_file(&chain.digests[2]).unwrap();
        },
        &[("digest_missing", 1)],
    );
    assert_eq!(found["chains"][0]["digests_missing"], 2);
    let gap = found["findings"].as_array().unwrap().iter().find(|f| f["kind"] == "digest_missing").unwrap();
    assert_eq!((&gap["from"], &gap["until"]), (&json!("2026-05-04T01:00:00Z"), &json!("2026-05-04T03:00:00Z")));
    // A log file taken out of its digest: the digest is not what its successor records, and the file is listed nowhere.
    catches(
        |chain, _| {
            let path = &chain.digests[3];
            let mut digest: Value = serde_json::from_slice(&gunzip(path)).unwrap();
            digest["logFiles"].as_array_mut().unwrap().pop();
            std::fs::write(path, gzip(&serde_json::to_vec(&digest).unwrap())).unwrap();
        },
        &[("digest_altered", 1)],
    );
}

#[test]
fn a_digest_signed_with_another_key_is_caught() {
    // In the middle, under the fingerprint of the right key.
    let folder = TempDir::new().unwrap();
    let mut forged = Chain::new(folder.path());
    forged.deliver(1);
    forged.forger = Some(Signer::new(1));
    forged.deliver(1);
    forged.forger = None;
    forged.deliver(1);
    forged.save_keys();
    let (code, found) = verify(folder.path());
    assert_eq!((code, kinds(&found)), (3, BTreeMap::from([("signature_failed".to_owned(), 1)])), "{found:#}");
    let failed = found["findings"].as_array().unwrap().iter().find(|f| f["kind"] == "signature_failed").unwrap();
    assert!(failed["file"].as_str().unwrap().ends_with("_20260504T020000Z.json.gz"), "{failed}");
    // The newest one, whose signature stands in the metadata.
    let folder = TempDir::new().unwrap();
    let mut forged = Chain::new(folder.path());
    forged.deliver(1);
    forged.forger = Some(Signer::new(1));
    forged.deliver(0);
    forged.save_keys();
    let name = forged.digests[1].file_name().unwrap().to_string_lossy().into_owned();
    forged.save_metadata(&format!("{name}.head.json"));
    let (code, found) = verify(folder.path());
    assert_eq!((code, kinds(&found)), (3, BTreeMap::from([("signature_failed".to_owned(), 1)])), "{found:#}");
    // Wholly with another key, which no list holds.
    let folder = TempDir::new().unwrap();
    let mut other = Chain::new(folder.path());
    other.save_keys();
    other.signer = Signer::new(1);
    other.deliver(1);
    other.deliver(1);
    let (code, found) = verify(folder.path());
    assert_eq!((code, kinds(&found)), (3, BTreeMap::from([("key_unknown".to_owned(), 1)])), "{found:#}");
    assert_eq!((&found["chains"][0]["assurance"], &found["chains"][0]["state"]), (&json!("files only"), &json!("not confirmed")));
}

#[test]
fn a_fingerprint_that_is_not_of_the_key_confirms_nothing() {
    let folder = TempDir::new().unwrap();
    let chain = chain(folder.path());
    // The right key's fingerprint over another key.
    let mut answer = Signer::new(1).answer();
    answer["PublicKeyList"][0]["Fingerprint"] = chain.signer.fingerprint().into();
    write(folder.path(), "keys.json", answer.to_string());
    let (code, found) = verify(folder.path());
    assert_eq!(code, 3);
    assert_eq!(kinds(&found), BTreeMap::from([("key_fingerprint".to_owned(), 1), ("key_unknown".to_owned(), 1)]), "{found:#}");
    assert_eq!(found["chains"][0]["signatures_verified"], 0);
    assert_eq!(found["chains"][0]["signatures_failed"], 0);
}

#[test]
fn interruptions_backfill_and_organisation_trails_are_chains_of_their_own() {
    let folder = TempDir::new().unwrap();
    let mut hourly = Chain::new(folder.path());
    hourly.subtree = format!("o-exampleorg/{ACCOUNT}");
    hourly.deliver(1);
    hourly.deliver(1);
    hourly.pause(5);
    hourly.deliver(1);
    hourly.deliver(0);
    let mut late = Chain::new(folder.path());
    late.backfill = true;
    late.subtree.clone_from(&hourly.subtree);
    late.deliver(1);
    late.deliver(0);
    hourly.save_keys();
    let (code, found) = verify(folder.path());
    assert_eq!(code, 0, "{found:#}");
    let chains = found["chains"].as_array().unwrap();
    assert_eq!(chains.len(), 2);
    assert_eq!(
        (&chains[0]["state"], &chains[0]["interruptions"], &chains[0]["organization_id"]),
        (&json!("interrupted"), &json!(1), &json!("o-exampleorg"))
    );
    assert_eq!((&chains[1]["state"], &chains[1]["is_backfill"]), (&json!("sound"), &json!(true)));
    // The end of each part of a chain is hash-linked only: hours 1 and 8 of the hourly one, hour 1 of the other.
    let linked = found["findings"].as_array().unwrap().iter().filter(|f| f["kind"] == "hash_linked_only").count();
    assert_eq!(linked, 3);
    let restart = found["findings"].as_array().unwrap().iter().find(|f| f["kind"] == "chain_restarted").unwrap();
    assert!(restart["detail"].as_str().unwrap().contains("5 hours"), "{restart}");
}

#[test]
fn without_digests_nothing_is_called_verified() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "log.json", Chain::content(1, 1));
    run(folder.path(), &[]).expect(1).says(&["no digest file", "help:"]);
    // A digest that cannot be read is told.
    write(folder.path(), "digest.json", br#"{"digestS3Object":"x","digestEndTime":"y"}"#);
    run(folder.path(), &[]).expect(1).says(&["no digest file", "digest.json", "the digest lacks"]);
}

#[test]
fn order_and_runs_change_nothing() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let chain = chain(&input);
    chain.save_keys();
    let whole = ingest(folder.path(), &[&input]);
    for round in 0..2 {
        let twice = folder.path().join(format!("twice{round}"));
        let (digests, logs) =
            (input.join("AWSLogs").join(ACCOUNT).join("CloudTrail-Digest"), input.join("AWSLogs").join(ACCOUNT).join("CloudTrail"));
        for part in if round == 0 { [&digests, &logs] } else { [&logs, &digests] } {
            add(&twice, &[part], 3);
        }
        add(&twice, &[&input], 1);
        // Files of a former run have two paths by now; tables are the same bytes.
        same_trees("digests in two goes", &whole.join("tables/digest_files"), &twice.join("tables/digest_files"), &[]);
        same_trees("digests in two goes", &whole.join("tables/digest_log_files"), &twice.join("tables/digest_log_files"), &[]);
        assert_eq!(number(&twice, "SELECT SUM(log_files_unaltered) AS n FROM integrity_chains"), 7);
        assert_eq!(number(&twice, "SELECT SUM(signatures_verified) AS n FROM integrity_chains"), 5);
    }
}

/// A day whose digests list nothing that may hold its events is shown to be quiet; without them it is unknown.
#[test]
fn digests_show_that_nothing_happened() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let mut chain = Chain::new(&input);
    // Events on the 4th and the 6th, none on the 5th; digests up to an hour after the 6th.
    for hour in 0..73 {
        chain.deliver(usize::from(hour < 20 || (48..60).contains(&hour)));
    }
    let states = |store: &Path| -> Vec<String> {
        query(store, "SELECT day, state FROM trail_coverage ORDER BY day").iter().map(|r| r["state"].as_str().unwrap().to_owned()).collect()
    };
    let store = folder.path().join("with");
    add(&store, &[&input], 1);
    assert_eq!(states(&store), ["covered", "outside", "covered"], "nobody expected the day");
    let engagement = write(
        folder.path(),
        "engagement.toml",
        format!(
            "[period]\nfrom = \"2026-05-04\"\nto = \"2026-05-06\"\n\n[[scope.account]]\nid = \"{ACCOUNT}\"\nregions = [\"eu-west-1\"]\n"
        ),
    );
    let states = |store: &Path| -> Vec<String> {
        let sql = "SELECT day, state FROM trail_coverage ORDER BY day";
        let arguments = ["query", sql, "--format", "json", "--store"].map(OsStr::new);
        let run =
            sixpillars(&[&arguments[..], &[store.as_os_str(), OsStr::new("--engagement"), engagement.as_os_str()]].concat()).expect(0);
        let rows: Vec<Value> = serde_json::from_str(&run.out).unwrap();
        rows.iter().map(|r| r["state"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(states(&store), ["covered", "quiet", "covered"]);
    // One digest of the day is missing: silence again.
    std::fs::remove_file(&chain.digests[30]).unwrap();
    let store = folder.path().join("without");
    add(&store, &[&input], 1);
    assert_eq!(states(&store), ["covered", "silent", "covered"]);
}

#[test]
fn a_report_is_verified_by_its_manifest() {
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("report");
    for entry in walkdir::WalkDir::new(sample_report()).into_iter().map(Result::unwrap) {
        let target = copy.join(entry.path().strip_prefix(sample_report()).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
    assert_eq!(verify(&copy).0, 0);
    std::fs::write(copy.join("report.md"), "all is well").unwrap();
    std::fs::remove_file(copy.join("workpapers/exceptions.csv")).unwrap();
    std::fs::write(copy.join("workpapers/more.csv"), "x").unwrap();
    let (code, found) = verify(&copy);
    assert_eq!(code, 3);
    let list: Vec<(&str, &str)> =
        found["differences"].as_array().unwrap().iter().map(|d| (d["file"].as_str().unwrap(), d["what"].as_str().unwrap())).collect();
    assert_eq!(list, [("report.md", "changed"), ("workpapers/exceptions.csv", "missing"), ("workpapers/more.csv", "added")]);
}

#[test]
fn the_report_tells_and_strict_stops() {
    let report = report_json(sample_report());
    let topic = &report["topics"]["coverage/integrity"];
    let text = topic["statements"].to_string();
    assert!(text.contains("Log file integrity: checks failed") && text.contains("hash-linked only"), "{text}");
    assert_eq!(topic["queries"]["chains"]["count"], 2);
    // The summary has a part of its own for it.
    let text = std::fs::read_to_string(sample_report().join("report.md")).unwrap();
    let part = text.split("### Integrity of evidence").nth(1).unwrap().split("\n### ").next().unwrap();
    assert!(part.contains("2 checks of log file integrity failed"), "{part}");
    assert!(sample_report().join("workpapers/integrity-checks.csv").is_file());
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let chain = chain(&input);
    let out = folder.path().join("report");
    let strict = |expected: i32| {
        let arguments =
            [OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str(), OsStr::new("--strict"), OsStr::new("--force")];
        sixpillars(&arguments).expect(expected)
    };
    strict(0);
    std::fs::remove_file(&chain.logs[0][0]).unwrap();
    strict(3).says(&["log file integrity: 1 checks failed"]);
}

/// The result of a real query of CloudTrail Lake, its sign file, and the key that signed it.
#[test]
fn a_real_sign_file_is_verified() {
    let Some(real) = realdata("cloudtrail-digest/lake-sign-file") else { return };
    let folder = TempDir::new().unwrap();
    for name in ["result_sign.json", "result_1.csv.gz"] {
        std::fs::copy(real.join(name), folder.path().join(name)).unwrap();
    }
    use base64::Engine as _;
    let der = std::fs::read(real.join("lake_query_public_key.pkcs1.der")).unwrap();
    let key = base64::engine::general_purpose::STANDARD.encode(der);
    // The fingerprint in the sign file is not the MD5 of this key: the signature fits, and more cannot be said.
    write(
        folder.path(),
        "keys.json",
        json!({"PublicKeyList": [{"Value": key, "Fingerprint": "67b9fa73676d86966b449dd677850753"}]}).to_string(),
    );
    let (code, found) = verify(folder.path());
    assert_eq!(code, 3);
    assert_eq!(found["lake_results"][0]["signature"], "fits, fingerprint of the key not confirmed");
    assert_eq!(found["lake_results"][0]["unaltered"], 1);
    // With the fingerprint that is the key's own, the same signature is verified.
    let sign = std::fs::read_to_string(real.join("result_sign.json")).unwrap();
    let sign = sign.replace("67b9fa73676d86966b449dd677850753", "e00b881a39d15623efee61d0eaf2874a");
    std::fs::write(folder.path().join("result_sign.json"), &sign).unwrap();
    write(folder.path(), "keys.json", json!({"PublicKeyList": [{"Value": key}]}).to_string());
    let (code, found) = verify(folder.path());
    assert_eq!(
        (code, &found["lake_results"][0]["signature"], &found["lake_results"][0]["unaltered"]),
        (0, &json!("verified"), &json!(1)),
        "{found:#}"
    );
    // A result file that the sign file does not list, and one that was changed.
    write(folder.path(), "result_2.csv.gz", gzip(b"eventName\nStopLogging\n"));
    let mut packed = std::fs::read(folder.path().join("result_1.csv.gz")).unwrap();
    packed.push(0);
    std::fs::write(folder.path().join("result_1.csv.gz"), packed).unwrap();
    let (code, found) = verify(folder.path());
    assert_eq!(
        (code, kinds(&found)),
        (3, BTreeMap::from([("lake_file_altered".to_owned(), 1), ("lake_file_not_listed".to_owned(), 1)])),
        "{found:#}"
    );
    // Another hash in the list is not what was signed.
    std::fs::write(folder.path().join("result_sign.json"), sign.replace("5b918b3f", "5b918b3e")).unwrap();
    assert!(kinds(&verify(folder.path()).1).contains_key("lake_signature_failed"));
}

/// OpenSSL verifies the signatures of the sample's digests: hashes, signed texts and keys are put together here from
/// the files alone, and as many must fit as this program says.
#[test]
fn openssl_verifies_the_same_signatures() {
    let openssl = |arguments: &[&OsStr]| Command::new("openssl").args(arguments).output();
    if openssl(&[OsStr::new("version")]).is_err() {
        eprintln!("skipped: openssl is not here");
        return;
    }
    let folder = TempDir::new().unwrap();
    let answer: Value =
        serde_json::from_slice(&std::fs::read(sample().join("cloudtrail/digest-keys/list-public-keys-eu-west-1.json")).unwrap()).unwrap();
    let value = answer["PublicKeyList"][0]["Value"].as_str().unwrap();
    let lines: Vec<String> = value.as_bytes().chunks(64).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
    let rsa =
        write(folder.path(), "rsa.pem", format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", lines.join("\n")));
    let key = folder.path().join("key.pem");
    let convert = ["rsa", "-RSAPublicKey_in", "-pubout", "-in"].map(OsStr::new);
    let done = openssl(&[&convert[..], &[rsa.as_os_str(), OsStr::new("-out"), key.as_os_str()]].concat()).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    let mut digests: BTreeMap<String, (Value, Vec<u8>)> = BTreeMap::new();
    for entry in walkdir::WalkDir::new(sample().join("cloudtrail/AWSLogs")).into_iter().map(Result::unwrap) {
        if entry.path().to_string_lossy().contains("CloudTrail-Digest") && entry.file_type().is_file() {
            let content = gunzip(entry.path());
            let digest: Value = serde_json::from_slice(&content).unwrap();
            digests.insert(digest["digestS3Object"].as_str().unwrap().to_owned(), (digest, content));
        }
    }
    let mut signatures: BTreeMap<String, String> = BTreeMap::new();
    for (digest, _) in digests.values() {
        if let (Some(object), Some(signature)) = (digest["previousDigestS3Object"].as_str(), digest["previousDigestSignature"].as_str()) {
            signatures.insert(object.to_owned(), signature.to_owned());
        }
    }
    for entry in std::fs::read_dir(sample().join("cloudtrail/digest-keys")).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(name) = name.strip_prefix("head-object-") {
            let answer: Value = serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap();
            let object = digests.keys().find(|o| o.ends_with(&name.replace(".json", ".json.gz"))).unwrap().clone();
            signatures.insert(object, answer["Metadata"]["signature"].as_str().unwrap().to_owned());
        }
    }
    let mut fit = 0;
    for (object, (digest, content)) in &digests {
        let Some(signature) = signatures.get(object) else { continue };
        let body = write(folder.path(), "body", content);
        let hashed = openssl(&["dgst", "-sha256", "-r"].map(OsStr::new).into_iter().chain([body.as_os_str()]).collect::<Vec<_>>()).unwrap();
        let hash = String::from_utf8_lossy(&hashed.stdout).split_whitespace().next().unwrap().to_owned();
        let text = [
            digest["digestEndTime"].as_str().unwrap(),
            &format!("{}/{object}", digest["digestS3Bucket"].as_str().unwrap()),
            &hash,
            digest["previousDigestSignature"].as_str().unwrap_or("null"),
        ]
        .join("\n");
        let bytes: Vec<u8> = (0..signature.len()).step_by(2).map(|i| u8::from_str_radix(&signature[i..i + 2], 16).unwrap()).collect();
        let (text, signature) = (write(folder.path(), "text", text), write(folder.path(), "signature", bytes));
        let verify = ["dgst", "-sha256", "-verify"].map(OsStr::new);
        let done = openssl(&[&verify[..], &[key.as_os_str(), OsStr::new("-signature"), signature.as_os_str(), text.as_os_str()]].concat())
            .unwrap();
        fit += usize::from(done.status.success());
    }
    let (_, found) = verify(&sample());
    let ours: u64 = found["chains"].as_array().unwrap().iter().map(|c| c["signatures_verified"].as_u64().unwrap()).sum();
    assert_eq!(
        (fit, digests.len()),
        (usize::try_from(ours).unwrap(), usize::try_from(ours).unwrap() + 1),
        "all but the newest of one chain"
    );
}
