//! Exports that prove the integrity of log files.

use super::find_in;
use crate::ingest::formats::declaration::{ANSWER, Declaration, Family, FileName, Holds, Mark, Read, Record, Request, Trace, rank};
use crate::ingest::formats::list::List;

static FAMILY: Family = Family { order: 6, name: "Log file integrity", note: "" };

const PROOF: Declaration = Declaration { holds: Holds::Proof, rank: rank::INTEGRITY, ..Declaration::OTHER };

pub(in crate::ingest) static DIGEST: Declaration = Declaration {
    label: "CloudTrail digest file",
    holds: Holds::Digests,
    docs: Some((&FAMILY, "CloudTrail digest files")),
    marks: &[Mark::Members(&["digestS3Object", "digestEndTime"])],
    read: Read::Text(|text, _, out| {
        super::read_digest(text, out);
        Ok(())
    }),
    record: Record::Found(|text, record| find_in(text, true, Some("logFiles"), record), None),
    tables: &["digest_files", "digest_log_files"],
    traces: &[
        Trace::Name(|name: &FileName<'_>| name.whole.contains("_cloudtrail-digest_"), "a CloudTrail digest file"),
        Trace::Quoted(
            &["digestS3Bucket", "digestS3Object", "digestStartTime", "digestEndTime", "previousDigestSignature"],
            2,
            "a CloudTrail digest file",
        ),
    ],
    requests: &[&Request {
        order: 1,
        tells: "that no log file is missing",
        each: true,
        beside: None,
        what: "CloudTrail digest files",
        how: "aws s3 sync s3://TRAIL-BUCKET/AWSLogs/ACCOUNT/CloudTrail-Digest/ cloudtrail/AWSLogs/ACCOUNT/CloudTrail-Digest/",
    }],
    examples: &[
        r#"{"awsAccountId":"111122223333","digestStartTime":"2024-05-01T09:00:00Z","digestEndTime":"2024-05-01T10:00:00Z","digestS3Bucket":"b","digestS3Object":"AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2024/05/01/111122223333_CloudTrail-Digest_eu-west-1_main_eu-west-1_20240501T100000Z.json.gz","digestPublicKeyFingerprint":"00","digestSignatureAlgorithm":"SHA256withRSA","previousDigestSignature":null,"logFiles":[{"s3Bucket":"b","s3Object":"x.json.gz","hashValue":"00","hashAlgorithm":"SHA-256"}]}"#,
    ],
    ..PROOF
};

pub(in crate::ingest) static PUBLIC_KEYS: Declaration = Declaration {
    label: "list-public-keys answer",
    docs: Some((&FAMILY, "`list-public-keys`")),
    // One page of AWS's documentation writes the name of the list in lower case.
    marks: &[Mark::List(List::named(&["PublicKeyList", "publicKeyList"]))],
    read: Read::Text(|text, _, out| {
        super::read_public_keys(text, out);
        Ok(())
    }),
    record: Record::Found(|text, record| find_in(text, false, Some("PublicKeyList"), record), None),
    tables: &["public_keys"],
    traces: &[Trace::Quoted(&["PublicKeyList"], 1, ANSWER), Trace::Call("list-public-keys")],
    requests: &[&Request {
        order: 2,
        tells: "that the digest files are CloudTrail's own",
        each: false,
        beside: None,
        what: "public keys of CloudTrail",
        how: "aws cloudtrail list-public-keys --start-time FROM --end-time TO --region REGION > list-public-keys-REGION.json, in each Region",
    }],
    examples: &[
        r#"{"PublicKeyList":[{"Value":"AA==","Fingerprint":"00","ValidityStartTime":"2024-05-01T09:00:00Z","ValidityEndTime":"2024-06-01T09:00:00Z"}]}"#,
    ],
    ..PROOF
};

/// `aws s3api head-object`.
pub(in crate::ingest) static OBJECT_METADATA: Declaration = Declaration {
    label: "head-object answer",
    docs: Some((&FAMILY, "the metadata of a digest as `s3api head-object` prints them")),
    marks: &[
        Mark::Members(&["Metadata", "ContentLength"]),
        Mark::Members(&["Metadata", "ETag"]),
        Mark::Members(&["Metadata", "LastModified"]),
    ],
    read: Read::Text(|text, path, out| {
        super::read_metadata(text, path, out);
        Ok(())
    }),
    record: Record::Found(|text, record| find_in(text, true, None, record), None),
    tables: &["digest_signatures"],
    traces: &[Trace::Call("head-object")],
    examples: &[
        r#"{"LastModified":"2024-05-01T10:05:00Z","ContentLength":1,"ETag":"x","Metadata":{"signature":"00","signature-algorithm":"SHA256withRSA"}}"#,
    ],
    ..PROOF
};

pub(in crate::ingest) static SIGN_FILE: Declaration = Declaration {
    label: "CloudTrail Lake sign file",
    docs: Some((&FAMILY, "sign files of saved CloudTrail Lake results")),
    marks: &[Mark::Members(&["hashSignature", "publicKeyFingerprint", "files"])],
    read: Read::Text(|text, _, out| {
        super::read_sign_file(text, out);
        Ok(())
    }),
    record: Record::Found(|text, record| find_in(text, false, Some("files"), record), None),
    tables: &["lake_sign_files"],
    examples: &[
        r#"{"files":[{"fileName":"result_1.csv.gz","fileHashValue":"00"}],"hashSignature":"00","publicKeyFingerprint":"00","region":"us-east-1"}"#,
    ],
    ..PROOF
};
