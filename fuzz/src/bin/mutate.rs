//! Mutates samples and gives them to one target: `mutate TARGET SECONDS [SEED] [FOLDER]`. The samples are
//! those of the project, examples of the declared formats, a few small ones below, and the files of a folder if one is given. Needs no nightly
//! compiler and knows no coverage; the seed of a failure is printed before the input is tried.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a tool of ours: it prints what it does, and whatever stops it is what it looks for"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use sixpillars_fuzz::ingest::detect::Format;

/// A small generator of random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() % n as u64) as usize }
    }
}

/// Texts that readers trip over.
const WORDS: [&[u8]; 28] = [
    b"null",
    b"{}",
    b"[]",
    b"\"\"",
    b"\\ud800",
    b"\0",
    b"1e999",
    b"-0",
    b"99999999999999999999",
    b"{\"a\":",
    b"[[[[[[[[",
    b"]]",
    b"}",
    b"\"",
    b",",
    b"\n",
    b"\r\n",
    b"\xff\xfe",
    b"\x1f\x8b\x08",
    b"0000-01-01T00:00:00Z",
    b"9999-12-31T23:59:60Z",
    b"+292277-01-01T00:00:00Z",
    b"2026-02-30",
    b"Records",
    b"configurationItems",
    b"CloudTrailEvent",
    b"\xc3",
    b"1.7976931348623157e308",
];

fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = corpus[random.below(corpus.len())].clone();
    // A window of a large sample, most of the time.
    if data.len() > 20_000 && random.below(8) != 0 {
        let from = if random.below(3) == 0 { random.below(data.len()) } else { 0 };
        let length = 2_000 + random.below(18_000);
        data = data[from..(from + length).min(data.len())].to_vec();
    }
    for _ in 0..=random.below(6) {
        let at = random.below(data.len() + 1);
        let end = (at + random.below(64)).min(data.len());
        match random.below(8) {
            0 if at < data.len() => data[at] ^= 1 << random.below(8),
            1 if at < data.len() => data[at] = random.next() as u8,
            2 => drop(data.drain(at..end)),
            3 => drop(data.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied())),
            4 => drop(data.splice(at..end, WORDS[random.below(WORDS.len())].iter().copied())),
            5 => data.truncate(at),
            6 => {
                let part = data[at..end].to_vec();
                let to = random.below(data.len() + 1);
                drop(data.splice(to..to, part));
            }
            _ => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                let part = other[from..(from + random.below(200)).min(other.len())].to_vec();
                drop(data.splice(at..end, part));
            }
        }
    }
    data
}

/// Small files of kinds that the sample has none of.
const SMALL: [(&str, &[u8]); 13] = [
    (
        "access_log",
        b"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be example-logs [06/May/2026:00:00:38 +0000] 192.0.2.3 arn:aws:iam::111122223333:user/anna 3E57427F3EXAMPLE REST.GET.OBJECT a%20key/x.txt \"GET /example/a%2520key?x=1 HTTP/1.1\" 200 - 113 113 7 6 \"-\" \"S3Console/0.4 \\\"x\\\"\" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader example-logs.s3.eu-west-1.amazonaws.com TLSv1.2 - -\n",
    ),
    (
        "posture",
        br#"{"Findings":[{"SchemaVersion":"2018-10-08","Id":"arn:aws:securityhub:eu-west-1:111122223333:x","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","AwsAccountId":"111122223333","CreatedAt":"2026-05-01T00:00:00Z","UpdatedAt":"2026-05-02T00:00:00Z","Severity":{"Label":"HIGH","Normalized":70},"Title":"x","Types":["a"],"Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::example"}],"Compliance":{"Status":"FAILED"},"Workflow":{"Status":"NEW"},"RecordState":"ACTIVE"}],"NextToken":"x"}"#,
    ),
    (
        "posture",
        br#"{"BackupJobs":[{"AccountId":"111122223333","BackupJobId":"1","State":"COMPLETED","ResourceArn":"arn:aws:rds:eu-west-1:111122223333:db:x","CreationDate":1777600000.5,"CompletionDate":"2026-05-01T02:00:00Z","BackupSizeInBytes":5,"ResourceType":"RDS"}]}"#,
    ),
    (
        "posture",
        br#"{"Label":"CPUUtilization","Datapoints":[{"Timestamp":"2026-05-01T00:00:00Z","Average":1.5e1,"Maximum":99.0,"Unit":"Percent"}]}"#,
    ),
    (
        "posture",
        br#"{"JobStatus":"COMPLETED","JobCreationDate":"2026-05-01T00:00:00Z","ServicesLastAccessed":[{"ServiceName":"Amazon S3","ServiceNamespace":"s3","LastAuthenticated":"2026-04-01T00:00:00Z","LastAuthenticatedEntity":"arn:aws:iam::111122223333:user/anna","TotalAuthenticatedEntities":1}],"IsTruncated":false}"#,
    ),
    (
        "digests",
        br#"{"PublicKeyList":[{"Value":"MIIBCgKCAQEA","ValidityStartTime":1444694400.0,"ValidityEndTime":"2026-06-01T00:00:00Z","Fingerprint":"8eba5db5bea9b640d1c96a77256fe7f2"}]}"#,
    ),
    (
        "digests",
        br#"{"AcceptRanges":"bytes","LastModified":"2026-05-01T00:00:00+00:00","ContentLength":5,"ETag":"\"d41d8cd98f00b204e9800998ecf8427e\"","Metadata":{"signature":"0a0b","signature-algorithm":"SHA256withRSA"}}"#,
    ),
    ("cost", b"Service,Costs($)\n\"Total costs\",12.5\nAmazon S3,1e-3\n"),
    (
        "cost",
        br#"{"ResultsByTime":[{"TimePeriod":{"Start":"2026-05-01","End":"2026-06-01"},"Groups":[{"Keys":["Amazon S3"],"Metrics":{"UnblendedCost":{"Amount":"1.5","Unit":"USD"}}}],"Estimated":false}]}"#,
    ),
    (
        "policy",
        br#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"a","Effect":"Allow","Action":["s3:Get*","s3:?utObject","iam:PassRole"],"Resource":["arn:aws:s3:::example/${aws:username}/*","arn:aws:iam::*:role/app-??"],"Condition":{"StringLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/*"]},"ForAllValues:StringEqualsIfExists":{"aws:TagKeys":["team"]},"NumericLessThan":{"s3:max-keys":10}}},{"Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3:::example/a","Condition":{"Bool":{"aws:SecureTransport":false},"Null":{"aws:PrincipalTag/team":"true"}}}]}"#,
    ),
    (
        "policy",
        br#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::example/*","Condition":{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]},"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:t?"}}},{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:user/anna","111122223333"]},"Action":"*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"StringNotEquals":{"aws:PrincipalOrgID":"o-aaaaaaaaaa"}}}]}"#,
    ),
    (
        "policy",
        br#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:root"],"Service":"lambda.amazonaws.com","Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":["sts:AssumeRole","sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","sts:ExternalId":"x"}}}}"#,
    ),
    (
        "policy",
        b"%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22kms%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D",
    ),
];

/// Archives of some of the samples, in all the ways they are packed.
fn archives(files: &[Vec<u8>]) -> Vec<Vec<u8>> {
    use std::io::Write as _;
    let names = ["a.json", "folder/b.json.gz", "__MACOSX/._a.json", "caf\u{e9}/c.csv"];
    let some = || names.iter().zip(files.iter().filter(|f| f.len() < 20_000));
    let tar = |files: &mut dyn Iterator<Item = (&&str, &Vec<u8>)>| {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
        }
        builder.into_inner().unwrap()
    };
    let zip = |files: &mut dyn Iterator<Item = (&&str, &Vec<u8>)>| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (at, (name, bytes)) in files.enumerate() {
            let method = if at % 2 == 0 { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
            writer.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let (tar_file, zip_file) = (tar(&mut some()), zip(&mut some()));
    let inside = [zip_file.clone(), gzip(&tar_file)];
    let nested = zip(&mut ["inner.zip", "inner.tar.gz"].iter().zip(&inside));
    vec![gzip(&tar_file), zstd::encode_all(tar_file.as_slice(), 3).unwrap(), gzip(&zip_file), nested, tar_file, zip_file]
}

/// The sample's files, packed as they are and unpacked, and for `time` their times.
fn corpus(target: &str, further: Option<&str>) -> Vec<Vec<u8>> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/acme");
    let wanted: &[&str] = match target {
        "cloudtrail" => &["cloudtrail"],
        "config" => &["config"],
        "cost" => &["cost"],
        "credentials" => &["iam"],
        "answers" => &["trails", "config"],
        "digests" => &["cloudtrail/AWSLogs/111122223333/CloudTrail-Digest"],
        "posture" | "access_log" => &["trails"],
        "policy" => &[],
        _ => &[""],
    };
    let mut found: Vec<Vec<u8>> =
        SMALL.iter().filter(|(of, _)| *of == target || target == "exports").map(|(_, text)| text.to_vec()).collect();
    if ["detect", "exports"].contains(&target) {
        let examples = Format::ALL.iter().flat_map(|format| format.declaration().examples);
        found.extend(examples.filter(|text| !text.is_empty()).map(|text| text.as_bytes().to_vec()));
    }
    for entry in further.into_iter().flat_map(|folder| walkdir::WalkDir::new(folder).sort_by_file_name()).map(Result::unwrap) {
        if entry.file_type().is_file() && entry.metadata().unwrap().len() < 2 << 20 {
            let bytes = std::fs::read(entry.path()).unwrap();
            found.push(sixpillars_fuzz::ingest::reading::container::unpack(bytes.clone()).map_or(bytes, |text| text.bytes));
        }
    }
    for entry in walkdir::WalkDir::new(&sample).sort_by_file_name().into_iter().map(Result::unwrap) {
        let name = entry.path().strip_prefix(&sample).unwrap().to_string_lossy().into_owned();
        let size = entry.metadata().unwrap().len();
        let toml = name.ends_with(".toml");
        if !entry.file_type().is_file() || !wanted.iter().any(|w| name.starts_with(w)) || size > 2 << 20 || toml != (target == "engagement")
        {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        if target == "container" {
            found.push(bytes);
        } else if let Ok(text) = sixpillars_fuzz::ingest::reading::container::unpack(bytes) {
            found.push(text.bytes);
        }
        if found.len() >= 400 {
            break;
        }
    }
    match target {
        "time" => {
            let times = [
                "2026-04-01T00:00:00Z",
                "2026-04-01T12:34:56.123456+02:00",
                "2026-04-01",
                "1775001600",
                "1775001600123",
                "20260401T000000Z",
            ];
            times.iter().map(|t| t.as_bytes().to_vec()).collect()
        }
        "archive" => archives(&found),
        "matrix" => {
            found.retain(|f| !f.starts_with(b"{"));
            found.push(b"control_id,control_text,criteria,tests\nC1,Logging is on,CC7.2,trail-logging\n".to_vec());
            found
        }
        _ => found,
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let seconds = arguments.next().and_then(|s| s.parse().ok()).unwrap_or(60);
    let mut seed: u64 = arguments.next().and_then(|s| s.parse().ok()).unwrap_or(1);
    let Some((_, target)) = sixpillars_fuzz::TARGETS.iter().find(|(n, _)| *n == name) else {
        println!("usage: mutate TARGET SECONDS [SEED] [FOLDER]; targets:");
        sixpillars_fuzz::TARGETS.iter().for_each(|(n, _)| println!("  {n}"));
        return;
    };
    let corpus = corpus(&name, arguments.next().as_deref());
    let start = Instant::now();
    let mut tried = 0u64;
    let mut slowest = Duration::ZERO;
    while start.elapsed() < Duration::from_secs(seconds) {
        let data = mutated(&corpus, &mut Random(seed));
        let one = Instant::now();
        if let Err(panic) = std::panic::catch_unwind(|| target(&data)) {
            let file = format!("{name}-{seed}.bin");
            std::fs::write(&file, &data).unwrap();
            println!("seed {seed}: written to {file}");
            std::panic::resume_unwind(panic);
        }
        if one.elapsed() > slowest {
            slowest = one.elapsed();
            println!("seed {seed}: {slowest:?} for {} bytes", data.len());
        }
        seed = seed.wrapping_add(1);
        tried += 1;
    }
    println!("{name}: {tried} inputs, none failed");
}
