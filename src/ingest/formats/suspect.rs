//! Files that no reader knows although they look like exports: damaged, cut at their beginning, or packed in a way that
//! is not undone. Content alone decides what a file *is* ([`super::recognise`]); a name, or a few words, make it suspected
//! only, and then it is a counted reject instead of one more file of no known kind. Names and words stand in the
//! declarations of the formats.

use std::fmt;

use super::declaration::{ANSWER, FileName, Trace};
use super::registry::Format;
use crate::ingest::reading::container::Layer;
use crate::ingest::unread::Unread;

/// Why a file is suspected to be an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspicion {
    /// Its name is that of such an export.
    Name(&'static str),
    /// It holds words of such an export.
    Content(&'static str),
    /// It is packed or encrypted so, and stays unopened.
    Packed(&'static str),
    /// Its name says that it is packed so, and it is not.
    NotPacked(&'static str),
}

impl Suspicion {
    /// The kind of reason.
    pub fn unread(self) -> Unread {
        match self {
            Self::Name(_) | Self::Content(_) => Unread::Suspected,
            Self::Packed(_) | Self::NotPacked(_) => Unread::Packed,
        }
    }
}

impl fmt::Display for Suspicion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(what) => write!(f, "its name is that of {what}, and its content is none that can be read: it may be damaged"),
            Self::Content(what) => {
                write!(f, "it holds parts of {what} and cannot be read as one: it may be damaged, or cut at its beginning")
            }
            Self::Packed(how) => write!(f, "it is {how}: what is inside was not read; unpack it and give the files"),
            Self::NotPacked(how) => write!(f, "its name says {how}, and its content is not: it may be damaged"),
        }
    }
}

/// What the first bytes of a file, as delivered or unpacked, say of packing that is not undone.
pub fn packed(head: &[u8]) -> Option<Suspicion> {
    const KNOWN: [(&[u8], &str); 15] = [
        (b"\x1f\x8b", "compressed more often than is undone"),
        (b"\x28\xb5\x2f\xfd", "compressed more often than is undone"),
        (b"BZh", "compressed with bzip2"),
        (b"\xfd7zXZ\0", "compressed with xz"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"Rar!\x1a\x07", "a RAR archive"),
        (b"\x04\x22\x4d\x18", "compressed with lz4"),
        (b"\xff\x06\0\0sNaPpY", "compressed with snappy"),
        (b"\x1f\x9d", "compressed with compress"),
        (b"LZIP\x01", "compressed with lzip"),
        (b"MSCF\0\0\0\0", "a cabinet archive"),
        (b"-----BEGIN PGP MESSAGE-----", "encrypted with PGP"),
        (b"age-encryption.org/v1", "encrypted with age"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----", "encrypted with age"),
        (b"Salted__", "encrypted with OpenSSL"),
    ];
    KNOWN.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, how)| Suspicion::Packed(how))
}

fn traces() -> impl Iterator<Item = &'static Trace> {
    Format::ALL.iter().flat_map(|format| format.declaration().traces)
}

/// Bytes of a text among which its columns stand.
const HEADER: usize = 64 << 10;

/// What a text of no known kind holds parts of.
pub fn content(text: &[u8]) -> Option<Suspicion> {
    let quoted = |name: &str| {
        // In JSON, and in JSON within JSON.
        [format!("\"{name}\""), format!("\\\"{name}\\\"")].iter().any(|name| memchr::memmem::find(text, name.as_bytes()).is_some())
    };
    let head = text.get(..HEADER).unwrap_or(text);
    let bare = |name: &str| memchr::memmem::find(head, name.as_bytes()).is_some();
    let enough =
        |names: &[&str], needed: usize, has: &dyn Fn(&str) -> bool| names.iter().filter(|name| has(name)).take(needed).count() == needed;
    let of_json = traces().find_map(|trace| match trace {
        Trace::Quoted(names, needed, what) => enough(names, *needed, &quoted).then_some(*what),
        _ => None,
    });
    let of_table = || {
        traces().find_map(|trace| match trace {
            Trace::Columns(names, needed, what) => enough(names, *needed, &bare).then_some(*what),
            _ => None,
        })
    };
    of_json.or_else(of_table).map(Suspicion::Content)
}

/// The export whose name a path has.
pub fn name(path: &str) -> Option<Suspicion> {
    let path = path.to_ascii_lowercase();
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", &path));
    // What macOS writes beside a file has the file's name; what Config writes to test the bucket is empty.
    if file.starts_with("._") || file.ends_with("configwritabilitycheckfile") || folders.split('/').any(|f| f == "__macosx") {
        return None;
    }
    let plain = [".gz", ".zst", ".zip"].iter().find_map(|packing| file.strip_suffix(packing)).unwrap_or(file);
    let (stem, ending) = plain.rsplit_once('.').unwrap_or((plain, ""));
    let name = FileName { whole: file, stem, ending, is_billed: folders.split('/').any(is_billing_period) };
    let delivered = traces().find_map(|trace| match trace {
        Trace::Name(fits, what) => fits(&name).then_some(*what),
        _ => None,
    });
    let called = || matches!(ending, "json" | "csv") && traces().any(|trace| matches!(trace, Trace::Call(call) if stem.contains(call)));
    delivered.or_else(|| called().then_some(ANSWER)).map(Suspicion::Name)
}

/// What the name of a file that was not unpacked says of packing.
pub fn said_to_be_packed(path: &str, layers: &[Layer]) -> Option<Suspicion> {
    let file = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    if file.starts_with("._") || !layers.is_empty() {
        return None;
    }
    let ending = file.rsplit_once('.')?.1;
    Some(Suspicion::NotPacked(match ending {
        "gz" | "tgz" => "gzip",
        "zst" => "zstd",
        "zip" => "zip",
        "tar" => "tar",
        "parquet" => "Parquet",
        "bz2" => "bzip2",
        "xz" => "xz",
        "7z" => "7z",
        _ => return None,
    }))
}

/// A folder of a billing period: `20260401-20260501`, `BILLING_PERIOD=2026-04`.
fn is_billing_period(folder: &str) -> bool {
    let days = |day: &str| day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit());
    folder.starts_with("billing_period=") || folder.split_once('-').is_some_and(|(from, to)| days(from) && days(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_exports_are_known() {
        let cases = [
            (
                "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/02/111122223333_CloudTrail_eu-west-1_20260502T2359Z_AAAA.json.gz",
                "log file",
            ),
            ("111122223333_CloudTrail-Insight_eu-west-1_20260502T2359Z_AAAA.json.gz", "log file"),
            ("111122223333_CloudTrail-Digest_eu-west-1_main_eu-west-1_20260502T235959Z.json.gz", "digest"),
            ("client.zip!/111122223333_Config_eu-west-1_ConfigSnapshot_20260502T000000Z_aaaa.json.gz", "snapshot"),
            ("111122223333_Config_eu-west-1_ConfigHistory_AWS::S3::Bucket_20260502T000000Z_20260502T010000Z_1.json.gz", "history"),
            ("cost/acme/20260401-20260501/acme-Manifest.json", "manifest"),
            ("cost/acme/20260401-20260501/a/acme-1.csv.zip", "cost export"),
            ("export/data/BILLING_PERIOD=2026-04/acme-00001.snappy.parquet", "cost export"),
            ("acme-00001.csv.gz", "cost export"),
            ("logs/2026-05-02-00-10-20-0123456789ABCDEF", "access log"),
            ("111122223333/get-credential-report.json", "CLI"),
        ];
        for (path, what) in cases {
            let found = name(path).map(|s| s.to_string()).unwrap_or_default();
            assert!(found.contains(what), "{path}: {found}");
        }
        for path in [
            "notes.txt",
            "AWSLogs/111122223333/Config/ConfigWritabilityCheckFile",
            "._111122223333_CloudTrail_eu-west-1_20260502T2359Z_AAAA.json.gz",
            "__MACOSX/111122223333_CloudTrail_eu-west-1_20260502T2359Z_AAAA.json.gz",
            "other.json",
            "report-00001.pdf",
            "describe-trails.txt",
            "table.csv",
            "111122223333_vpcflowlogs_eu-west-1_fl-1_20260502T0000Z_aa.log.gz",
        ] {
            assert_eq!(name(path), None, "{path}");
        }
    }

    #[test]
    fn words_of_exports_are_known_and_prose_is_not() {
        let held = |text: &str| content(text.as_bytes()).map(|s| s.to_string()).unwrap_or_default();
        let record = r#"ion":"1.08","userIdentity":{},"eventTime":"x","eventSource":"y","eventName":"z"}]}"#;
        assert!(held(record).contains("CloudTrail records"));
        assert!(held(&serde_json::to_string(record).unwrap()).contains("CloudTrail records"), "JSON within JSON");
        assert!(held(r#"ersion":"1.0","configurationItems":[]}"#).contains("Config"));
        assert!(held("usex,arn,user_creation_time,password_enabled,password_last_used\n").contains("credential report"));
        for text in [
            "The fields eventVersion, eventSource, eventName and eventTime tell what happened.",
            r#"{"source":["aws.iam"],"detail":{"eventSource":["iam.amazonaws.com"],"eventName":["CreateUser"]}}"#,
            r#"{"hello":1}"#,
            "",
        ] {
            assert_eq!(content(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_stays_unopened_is_named() {
        assert_eq!(packed(b"BZh91AY&SY"), Some(Suspicion::Packed("compressed with bzip2")));
        assert_eq!(packed(b"{}"), None);
        assert_eq!(said_to_be_packed("a/x.json.gz", &[]), Some(Suspicion::NotPacked("gzip")));
        assert_eq!(said_to_be_packed("a/x.json.gz", &[Layer::Gzip]), None);
        assert_eq!(said_to_be_packed("a/x.json", &[]), None);
    }
}
