//! Archives made here, read back, and broken in every way that is known.

use std::io::{Cursor, Write};

use ::tar::{Builder, EntryType, Header};
use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, ZipWriter};

use super::*;

const STORED: SimpleFileOptions = SimpleFileOptions::DEFAULT.compression_method(CompressionMethod::Stored);
const DEFLATED: SimpleFileOptions = SimpleFileOptions::DEFAULT.compression_method(CompressionMethod::Deflated);

fn zip_of(members: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A header with a name as it stands: the builder would refuse some.
fn header(name: &str, size: u64, kind: EntryType) -> Header {
    let mut header = Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(size);
    header.set_mode(0o644);
    header.set_entry_type(kind);
    header.set_cksum();
    header
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, bytes) in members {
        tar.append(&header(name, bytes.len() as u64, EntryType::Regular), *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A walk's account and what was read: name and bytes, or the error.
type Walked = (Account, Vec<(String, Result<Vec<u8>, String>)>);

fn walked(bytes: &[u8], limits: &Limits) -> Walked {
    let kind = Kind::of(bytes).expect("an archive");
    let mut read = Vec::new();
    let account = walk::<()>(&Blob::Span(Span::of_bytes(bytes.to_vec())), &kind, limits, &mut |_, name, member| {
        let content = match member {
            Member::Apart(blob, _) => blob.bytes(&limits.whole(blob.packed())).map_err(|e| e.to_string()),
            Member::Passing(reader, _) => {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).map(|_| bytes).map_err(|e| e.to_string())
            }
        };
        read.push((name.to_owned(), content));
        Ok(())
    })
    .unwrap();
    assert_eq!(account.read, read.len() as u64);
    (account, read)
}

fn read_all(bytes: &[u8]) -> Walked {
    walked(bytes, &Limits::default())
}

/// The same members in every kind of archive.
fn every_kind(members: &[(&str, &[u8])]) -> Vec<(&'static str, Vec<u8>)> {
    let tar = tar_of(members);
    vec![
        ("zip", zip_of(members, STORED)),
        ("zip", zip_of(members, DEFLATED)),
        ("zip.gz", gz(&zip_of(members, STORED))),
        ("tar.gz", gz(&tar)),
        ("tar.zst", zstd::encode_all(tar.as_slice(), 1).unwrap()),
        ("tar", tar),
    ]
}

#[test]
fn members_are_read_from_every_kind() {
    let long = vec![b'x'; 200_000];
    let members: &[(&str, &[u8])] = &[("a/one.json", b"{}"), ("a/empty", b""), ("./b/two.csv", &long)];
    for (label, bytes) in every_kind(members) {
        assert_eq!(Kind::of(&bytes).unwrap().label(), label);
        let (account, read) = read_all(&bytes);
        let expected: Vec<_> = members.iter().map(|(n, b)| ((*n).to_owned(), Ok(b.to_vec()))).collect();
        assert_eq!(read, expected, "{label}");
        assert_eq!((account.members, account.rejected, account.notes), (3, 0, vec![]), "{label}");
    }
}

#[test]
fn empty_archives_hold_nothing_and_are_no_error() {
    for (label, bytes) in every_kind(&[]) {
        assert_eq!(read_all(&bytes), (Account::default(), vec![]), "{label}");
    }
    for other in [&b""[..], b"{}", b"PK", &[0; 512], &gz(b"{}"), &[1; 600], b"PAR1"] {
        assert_eq!(Kind::of(other), None);
    }
}

#[test]
fn what_leads_outside_is_refused_and_counted() {
    let members: &[(&str, &[u8])] = &[
        ("../x", b"1"),
        ("a/../../x", b"2"),
        ("/etc/x", b"3"),
        ("C:\\x", b"4"),
        ("a\\..\\..\\x", b"5"),
        ("\\\\server\\x", b"6"),
        ("c:x", b"7"),
        ("fine..json", b"8"),
    ];
    for (label, bytes) in every_kind(members) {
        let (account, read) = read_all(&bytes);
        assert_eq!(read, [("fine..json".to_owned(), Ok(b"8".to_vec()))], "{label}");
        assert_eq!((account.members, account.read, account.rejected), (8, 1, 7), "{label}");
        assert_eq!(account.rejects.iter().map(|r| r.0).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
        for (at, why) in [(0, "leads out"), (2, "absolute"), (3, "drive"), (4, "leads out"), (5, "absolute")] {
            assert!(account.rejects[at].1.contains(why), "{label}: {:?}", account.rejects[at]);
        }
    }
}

#[test]
fn what_is_no_evidence_is_set_aside_and_counted() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_directory("a", STORED).unwrap();
    for name in ["__MACOSX/a/._x.json", "a/._y.json", "a/x.json"] {
        zip.start_file(name, STORED).unwrap();
    }
    zip.add_symlink("a/link", "x.json", STORED).unwrap();
    zip.add_symlink("a/out", "/etc/passwd", STORED).unwrap();
    let zip = zip.finish().unwrap().into_inner();

    let mut tar = Builder::new(Vec::new());
    tar.append(&header("a/", 0, EntryType::Directory), &b""[..]).unwrap();
    for name in ["__MACOSX/a/._x.json", "a/._y.json", "a/x.json"] {
        tar.append(&header(name, 0, EntryType::Regular), &b""[..]).unwrap();
    }
    for (name, target, kind) in [("a/link", "x.json", EntryType::Symlink), ("a/out", "../../etc/passwd", EntryType::Link)] {
        let mut link = header(name, 0, kind);
        link.set_link_name_literal(target).unwrap();
        link.set_cksum();
        tar.append(&link, &b""[..]).unwrap();
    }
    let mut tar_bytes = tar.into_inner().unwrap();
    for bytes in [zip, gz(&tar_bytes), std::mem::take(&mut tar_bytes)] {
        let (account, read) = read_all(&bytes);
        assert_eq!(read.iter().map(|r| r.0.as_str()).collect::<Vec<_>>(), ["a/x.json"]);
        let aside: Vec<_> = account.set_aside.iter().map(|(what, n)| (what.as_str(), *n)).collect();
        let expected =
            [("directories", 1), ("files of macOS (._*)", 1), ("files of macOS (__MACOSX/)", 1), ("links inside the archive", 1)];
        assert_eq!(aside, expected);
        assert_eq!((account.members, account.rejected), (6, 1));
        assert!(account.rejects[0].1.starts_with("a/out: a link to "), "{:?}", account.rejects);
    }
}

#[test]
fn a_truncated_archive_yields_what_is_whole_and_says_so() {
    // Does not shrink, so that half of the archive is half of its members.
    let mut state = 1u64;
    let noise: Vec<u8> = (0..1_200_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect();
    let members: Vec<(String, &[u8])> = (0..8).map(|n| (format!("{n}.bin"), &noise[n * 150_000..(n + 1) * 150_000])).collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(n, b)| (n.as_str(), *b)).collect();
    for (label, bytes) in every_kind(&members) {
        let (account, read) = read_all(&bytes[..bytes.len() / 2 + 700]);
        assert_eq!(account.rejected, 1, "{label}: {account:?}");
        assert!(account.rejects[0].1.contains("cut after"), "{label}: {:?}", account.rejects);
        if label.starts_with("zip") {
            // Its directory stands at the end.
            assert!(read.is_empty(), "{label}");
            continue;
        }
        assert!((3..=5).contains(&read.len()), "{label}: {}", read.len());
        for (at, (_, content)) in read.iter().enumerate() {
            let content = content.as_ref().unwrap();
            assert!(members[at].1.starts_with(content), "{label} {at}");
            assert!(content.len() == 150_000 || at == read.len() - 1, "{label}: only the last one is cut");
        }
    }
    // Cut between two members: only the missing end mark shows it.
    let tar = tar_of(&members);
    for bytes in [tar[..2 * (512 + 150_016)].to_vec(), gz(&tar[..2 * (512 + 150_016)])] {
        let (account, read) = read_all(&bytes);
        assert_eq!((read.len(), account.rejected), (2, 0));
        assert!(account.notes[0].to_string().contains("no end mark"), "{account:?}");
    }
}

#[test]
fn a_wrong_checksum_is_told_and_its_neighbours_are_read() {
    for options in [STORED, DEFLATED] {
        let text = b"{\"Records\":[1,2,3,4,5,6,7,8,9,10]}";
        let mut bytes = zip_of(&[("a.json", text), ("b.json", text)], options);
        if options.compression_method(CompressionMethod::Stored) == options {
            bytes[30 + "a.json".len() + 5] ^= 1;
        } else {
            // The checksum itself, in the directory.
            let at = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
            bytes[at + 16] ^= 1;
        }
        let (account, read) = read_all(&bytes);
        assert_eq!(account.rejected, 0);
        assert!(read[0].1.as_ref().unwrap_err().to_lowercase().contains("checksum"), "{:?}", read[0]);
        assert_eq!(read[1].1.as_deref(), Ok(&text[..]));
    }
}

#[test]
fn an_encrypted_member_is_refused() {
    let mut bytes = zip_of(&[("a.json", b"{}")], STORED);
    // The flag of encryption, in both headers.
    let at = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    bytes[at + 8] |= 1;
    bytes[6] |= 1;
    let (account, read) = read_all(&bytes);
    assert!(read.is_empty());
    assert!(account.rejects[0].1.contains("encrypted"), "{account:?}");
}

#[test]
fn bombs_are_refused() {
    let zeros = vec![0u8; 70 << 20];
    let (_, read) = read_all(&zip_of(&[("bomb", &zeros), ("fine", b"{}")], DEFLATED));
    assert!(read[0].1.as_ref().unwrap_err().contains("--max-expansion"), "{:?}", read[0].1);
    assert!(read[1].1.is_ok());
    // A tar that expands without end stops; it must not be read whole first.
    let limits = Limits { expansion: 50, ..Limits::default() };
    let (account, _) = walked(&gz(&tar_of(&[("bomb", &zeros)])), &limits);
    assert!(account.rejects[0].1.contains("--max-expansion"), "{account:?}");
    let limits = Limits { file: 10, ..Limits::default() };
    let (_, read) = walked(&zip_of(&[("large", b"12345678901"), ("fine", b"1234567890")], STORED), &limits);
    assert_eq!(read[0].1, Err("it holds more than 10 bytes; --max-file-size raises the limit".to_owned()));
    assert!(read[1].1.is_ok());
    // Members that share their bytes: the second entry of the directory points at the first member.
    let mut bytes = zip_of(&[("a", &[7; 4000]), ("b", &[7; 4000])], STORED);
    let second = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[second + 42..second + 46].copy_from_slice(&[0; 4]);
    let first = memchr::memmem::find(&bytes, b"PK\x03\x04").unwrap();
    assert_eq!(first, 0);
    let cut_out = 30 + 1 + 4000;
    let mut overlapping = [&bytes[..cut_out], &bytes[2 * cut_out..]].concat();
    let end = overlapping.len() - 22;
    let directory = (cut_out as u32).to_le_bytes();
    overlapping[end + 16..end + 20].copy_from_slice(&directory);
    let (account, read) = read_all(&overlapping);
    assert!(read.is_empty() && account.rejects[0].1.contains("overlap"), "{account:?}");
}

#[test]
fn no_more_members_than_the_limit_are_read() {
    let limits = Limits { members: 2, ..Limits::default() };
    for (label, bytes) in every_kind(&[("a", b"1"), ("b", b"2"), ("c", b"3")]) {
        let (account, read) = walked(&bytes, &limits);
        assert_eq!((read.len(), account.members, account.rejected), (2, 2, 1), "{label}");
        let (at, why) = &account.rejects[0];
        assert!(*at == 2 && why.contains("the first 2") && why.contains("--max-members"), "{label}: {why}");
        assert_eq!(walked(&bytes, &Limits { members: 3, ..limits }).0.rejected, 0, "{label}");
    }
}

#[test]
fn a_name_without_end_does_not_fill_the_memory() {
    let mut tar = Builder::new(Vec::new());
    let long = vec![b'n'; 6 << 20];
    let mut name = Header::new_gnu();
    name.set_path("././@LongLink").unwrap();
    name.set_size(long.len() as u64);
    name.set_entry_type(EntryType::GNULongName);
    name.set_cksum();
    tar.append(&name, long.as_slice()).unwrap();
    tar.append(&header("x", 0, EntryType::Regular), &b""[..]).unwrap();
    let tar = tar.into_inner().unwrap();
    for bytes in [gz(&tar), tar] {
        let (account, read) = read_all(&bytes);
        assert!(read.is_empty());
        assert!(account.rejects[0].1.contains("header of a member"), "{account:?}");
    }
}

#[test]
fn two_members_of_one_name_are_told() {
    // The writer refuses equal names, so one is renamed in both headers.
    let mut bytes = zip_of(&[("a.json", b"1"), ("b.json", b"2")], STORED);
    for at in memchr::memmem::find_iter(&bytes.clone(), b"b.json") {
        bytes[at] = b'a';
    }
    let (account, read) = read_all(&bytes);
    assert_eq!(read, [("a.json".to_owned(), Ok(b"2".to_vec()))]);
    assert!(account.rejects[0].1.contains("same name"), "{account:?}");
}

#[test]
fn a_zip_written_on_windows_has_slashes() {
    let (_, read) = read_all(&zip_of(&[("AWSLogs\\111122223333\\x.json", b"{}")], STORED));
    assert_eq!(read[0].0, "AWSLogs/111122223333/x.json");
}

#[test]
fn one_archive_in_another() {
    let inner = zip_of(&[("x.json", b"{}")], DEFLATED);
    for (label, outer) in every_kind(&[("in.zip", &inner)]) {
        let (_, read) = read_all(&outer);
        let (_, deep) = read_all(read[0].1.as_ref().unwrap());
        assert_eq!(deep[0].0, "x.json", "{label}");
    }
    // As it lies in a zip, without a copy of its bytes made first.
    let outer = zip_of(&[("in.zip", &inner)], DEFLATED);
    let mut names = Vec::new();
    let kind = Kind::of(&outer).unwrap();
    let limits = Limits::default();
    walk::<()>(&Blob::Span(Span::of_bytes(outer)), &kind, &limits, &mut |_, _, member| {
        if let Member::Apart(blob, _) = member {
            walk::<()>(&blob, &Kind::of(&inner).unwrap(), &limits, &mut |_, name, _| {
                names.push(name.to_owned());
                Ok(())
            })?;
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(names, ["x.json"]);
}
