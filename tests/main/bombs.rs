//! Archives that mean harm: bounded as a whole, and read once what lies in them twice.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::containers::{tarred, zipped};
use crate::harness::{add, gzip, gzip_hard, ingest, log_file, manifest, number, record, same_trees, sixpillars, write};

fn entries(store: &Path) -> BTreeMap<String, Value> {
    let manifest = manifest(store);
    let files = manifest["files"].as_object().unwrap().values();
    files.map(|f| (f["paths"][0].as_str().unwrap().to_owned(), f.clone())).collect()
}

fn log(id: usize) -> Vec<u8> {
    log_file(&[record(id, "PutObject", "cli")])
}

#[test]
fn archives_in_an_archive_are_bounded_by_what_was_delivered() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    // Each of three is within every bound of its own; together they are 120 MiB from some kilobytes.
    let inner = |id: usize| zipped([("log.json", &log(id)[..]), ("zeros.bin", &vec![id as u8; 40 << 20][..])]);
    let inners: Vec<(String, Vec<u8>)> = (1..=3).map(|id| (format!("{id}.zip"), inner(id))).collect();
    let members = || inners.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    write(&input, "bomb.zip", zipped(members()));
    write(&input, "bomb.tar.gz", gzip_hard(&tarred(members())));
    // Texts count as well as members.
    let packed: Vec<(String, Vec<u8>)> = (1..=3).map(|id| (format!("{id}.gz"), gzip_hard(&vec![id as u8; 40 << 20]))).collect();
    write(&input, "texts.zip", zipped(packed.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))));
    write(&input, "log.json", log(9));
    // Also in a bomb, and read here all the same.
    write(&input, "one.json", log(1));
    let store = ingest(folder.path(), &[&input]);
    let found = entries(&store);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["bomb.tar.gz", "bomb.zip", "log.json", "one.json", "texts.zip"]);
    for name in ["bomb.tar.gz", "bomb.zip", "texts.zip"] {
        let file = &found[name];
        assert_eq!((&file["read"], &file["rejected"], &file["unread"]), (&1.into(), &1.into(), &"expands".into()), "{file}");
        let why = file["rejects"][0]["reason"].as_str().unwrap();
        assert!(why.contains("67108864 bytes") && why.contains("--max-expansion"), "{why}");
    }
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 2);
    for threads in [1, 4] {
        let again = folder.path().join(format!("again{threads}"));
        add(&again, &[&input], threads);
        same_trees("bombs", &store, &again, &[]);
    }
    // The limit can be moved.
    let wide = folder.path().join("wide");
    let bomb = input.join("bomb.zip");
    let arguments = ["--max-expansion", "1000000", "--store"].map(OsStr::new);
    sixpillars(&[&[OsStr::new("ingest"), bomb.as_os_str()], &arguments[..], &[wide.as_os_str()]].concat()).expect(0);
    assert_eq!(number(&wide, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 3);
}

#[test]
fn members_of_all_layers_are_counted_together() {
    let folder = TempDir::new().unwrap();
    let inner = |id: usize| zipped([("a.json", &log(id)[..]), ("b.json", &log(id + 10)[..])]);
    let zip = write(folder.path(), "in/client.zip", zipped([("1.zip", &inner(1)[..]), ("2.zip", &inner(2)[..])]));
    let run = |store: &Path, most: &str| {
        let arguments = ["--max-members", most, "--store"].map(OsStr::new);
        sixpillars(&[&[OsStr::new("ingest"), zip.as_os_str()], &arguments[..], &[store.as_os_str()]].concat())
    };
    let (few, enough) = (folder.path().join("few"), folder.path().join("enough"));
    write(folder.path(), "x.json", log(5));
    run(&enough, "6").expect(0);
    assert_eq!(number(&enough, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 4);
    run(&few, "5").expect(1);
    let file = &entries(&few)["client.zip"];
    assert!(file["rejects"][0]["reason"].as_str().unwrap().contains("5 members") && file["unread"] == "expands", "{file}");
}

#[test]
fn an_archive_that_lies_in_another_twice_is_opened_once() {
    let folder = TempDir::new().unwrap();
    let inner = zipped([("log.json", &log(1)[..])]);
    let other = zipped([("log.json", &log(2)[..])]);
    let members = || [("b.zip", &inner[..]), ("a.zip", &inner[..]), ("c.zip", &other[..])];
    for (name, bytes) in [("client.zip", zipped(members())), ("client.tar", tarred(members())), ("client.tar.gz", gzip(&tarred(members())))]
    {
        let input = write(folder.path(), name, bytes);
        let store = folder.path().join(format!("{name}.store"));
        add(&store, &[&input], 2);
        let found = entries(&store);
        let paths = |file: &Value| file["paths"].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let inner = &found[&format!("{name}!/a.zip")];
        assert_eq!(paths(inner), [format!("{name}!/a.zip"), format!("{name}!/b.zip")]);
        assert_eq!((&inner["read"], &inner["members"]["read"]), (&0.into(), &1.into()), "{inner}");
        // The first in the archive's order was opened.
        assert_eq!(paths(&found[&format!("{name}!/b.zip!/log.json")]).len(), 1, "{found:?}");
        assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 2);
        for threads in [1, 4] {
            let again = folder.path().join(format!("{name}.again{threads}"));
            add(&again, &[&input], threads);
            same_trees("archives twice", &store, &again, &[]);
        }
    }
}

#[test]
fn members_of_a_zip_that_share_their_bytes_are_refused() {
    let folder = TempDir::new().unwrap();
    let mut zip = zipped([("a.json", &log(1)[..]), ("b.json", &log(1)[..])]);
    write(folder.path(), "in/sound.zip", &zip);
    // The directory sends the second name to the first one's bytes: no more bytes are listed than there are.
    let second = memchr::memmem::rfind(&zip, b"b.json").unwrap() - 46;
    assert_eq!(&zip[second..second + 4], b"PK\x01\x02");
    zip[second + 42..second + 46].copy_from_slice(&[0; 4]);
    write(folder.path(), "in/overlap.zip", &zip);
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let found = entries(&store);
    assert_eq!(found["sound.zip"]["rejected"], 0);
    assert!(found["overlap.zip"]["rejects"][0]["reason"].as_str().unwrap().contains("overlap"), "{}", found["overlap.zip"]);
}

#[test]
fn sparse_members_of_a_tar_are_refused_and_their_holes_not_read() {
    let folder = TempDir::new().unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_path("holes.json").unwrap();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_size(0);
    // Four exabytes, in the form for large numbers: reading them through would take a century.
    let gnu = header.as_gnu_mut().unwrap();
    gnu.realsize = [0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0];
    gnu.sparse[0].offset = [0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0];
    gnu.sparse[0].numbytes = *b"00000000000\0";
    header.set_cksum();
    tar.append(&header, &b""[..]).unwrap();
    tar.append_pax_extensions([("GNU.sparse.major", &b"1"[..]), ("GNU.sparse.minor", &b"0"[..])]).unwrap();
    let mut plain = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).unwrap();
    };
    plain("GNUSparseFile.1/pax.json", b"1\n0\n5\nhello");
    plain("log.json", &log(1));
    let bytes = tar.into_inner().unwrap();
    write(folder.path(), "in/a.tar", &bytes);
    write(folder.path(), "in/b.tar.gz", gzip(&bytes));
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    for name in ["a.tar", "b.tar.gz"] {
        let file = &entries(&store)[name];
        assert_eq!((&file["rejected"], &file["members"]["read"], &file["unread"]), (&2.into(), &1.into(), &"packed".into()), "{file}");
        assert!(file["rejects"].to_string().matches("--sparse").count() == 2, "{file}");
    }
    assert_eq!(number(&store, "SELECT COUNT(*) AS n FROM cloudtrail_events"), 1);
}
