//! One function for each reader: whatever the bytes are, it must come back, and account for every record.
//!
//! The readers are compiled from the program's own source, without the store and its query engine. Run one
//! with `cargo +nightly fuzz run --features libfuzzer-sys TARGET`, or all of them, on a stable compiler and
//! without coverage, with `cargo run --release -p sixpillars-fuzz --bin mutate -- TARGET SECONDS [SEED] [FOLDER]`.
//! Parquet files are read by the query engine: `tests/main/damage.rs` damages those.

#![allow(dead_code, reason = "the rooms are whole; only a part of each is used here")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "whatever stops a target is what it looks for")]

#[path = "../../src/base/mod.rs"]
pub mod base;
#[path = "../../src/ingest/mod.rs"]
pub mod ingest;
#[path = "../../src/schema/mod.rs"]
pub mod schema;

// A file's own modules are looked for beside it, unless it stands in a module with a path.
#[path = "../../src"]
mod program {
    pub mod engagement;
    pub mod policy;
}

pub use program::{engagement, policy as policies};

use std::path::Path;
use std::sync::{Arc, OnceLock};

use base::{decimal, time};
use ingest::batch::{Batch, Cell, Output};
use ingest::detect;
use ingest::formats::cloudtrail::{self, Container, Event};
use ingest::formats::{cli_answers, config, cost, integrity, posture, readers, registry};
use ingest::reading::tree::Tree;
use ingest::reading::{archive, container, json, recorded, span};
use schema::Schema;
use schema::resource::{ResourceTable, TableToml, event_columns};

/// A target by its name.
pub type Target = fn(&[u8]);

/// All targets.
pub const TARGETS: [(&str, Target); 16] = [
    ("cloudtrail", cloudtrail),
    ("config", config),
    ("cost", cost),
    ("credentials", credentials),
    ("answers", answers),
    ("exports", exports),
    ("posture", posture),
    ("digests", digests),
    ("access_log", access_log),
    ("archive", archive),
    ("container", container),
    ("detect", detect),
    ("time", time),
    ("engagement", engagement),
    ("matrix", matrix),
    ("policy", policy),
];

#[derive(serde::Deserialize)]
struct File {
    #[serde(default)]
    table: Vec<TableToml>,
    #[serde(default)]
    columns: toml::Table,
}

/// The tables the catalogue declares.
fn declared() -> &'static Arc<Schema> {
    static SCHEMA: OnceLock<Arc<Schema>> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let (mut tables, mut columns) = (Vec::new(), Vec::new());
        for room in ["config", "events"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/catalogue").join(room);
            let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
            files.sort();
            for file in files {
                let file: File = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
                tables.extend(file.table.into_iter().map(|t| ResourceTable::try_from(t).unwrap()));
                columns.extend(event_columns(file.columns).unwrap());
            }
        }
        Arc::new(Schema::new(tables, columns).unwrap())
    })
}

/// Runs a reader of rows and holds its account against itself.
fn account(read: impl FnOnce(&mut Output<'_>)) {
    let mut records: Vec<(String, i64)> = Vec::new();
    let mut sink = |batch: &Batch| records.extend(batch.records().iter().map(|r| (batch.table().name.clone(), *r)));
    let mut out = Output::new(Arc::clone(declared()), &mut sink);
    read(&mut out);
    out.finish();
    let (counts, rejects) = (out.counts, std::mem::take(&mut out.rejects));
    let misfits: Vec<String> = out.notes.iter().map(ToString::to_string).filter(|n| n.contains("did not fit")).collect();
    drop(out);
    assert!(misfits.is_empty(), "{misfits:?}");
    assert_eq!(counts.read, counts.kept + counts.rejected, "{counts:?}");
    assert_eq!(rejects.len() as u64, counts.rejected.min(1_000));
    for reject in &rejects {
        assert!(reject.record < counts.read, "{reject:?} of {}", counts.read);
        assert!(!reject.reason.trim().is_empty());
    }
    for (table, record) in &records {
        assert!(u64::try_from(*record).is_ok_and(|r| r < counts.read), "{table}: row of record {record} of {}", counts.read);
    }
}

/// Sees every event, and that the cells fit the columns.
#[derive(Default)]
struct Seen {
    events: Vec<u64>,
    rejects: Vec<u64>,
    apart: u64,
}

impl cloudtrail::Sink for Seen {
    fn event(&mut self, record: u64, event: &Event<'_>) {
        let table = declared().table("cloudtrail_events").unwrap();
        assert_eq!(event.cells.len() + 3, table.columns.len());
        assert!(matches!(event.cells[1], Cell::Int(t) if t == event.time));
        // What a store names its files by.
        let day = time::day_of(event.time);
        assert_eq!(time::civil(day).0.clamp(-300_000, 300_000), time::civil(day).0);
        assert!(!time::date_text(day).contains('/'));
        self.events.push(record);
    }

    fn reject(&mut self, record: u64, _: u64, reason: String) {
        assert!(!reason.trim().is_empty());
        self.rejects.push(record);
    }

    fn apart(&mut self, reason: &str) {
        assert!(!reason.trim().is_empty());
        self.apart += 1;
    }

    fn note(&mut self, _: ingest::remark::Remark) {}
}

/// Log files in all containers.
pub fn cloudtrail(data: &[u8]) {
    let found = detect::detect(data).cloudtrail();
    for shape in [Some(Container::Records), Some(Container::Array), Some(Container::Stream), found].into_iter().flatten() {
        let mut seen = Seen::default();
        let read = cloudtrail::read(shape, data, declared().event_columns(), &mut seen);
        let mut all = [seen.events.clone(), seen.rejects].concat();
        all.sort_unstable();
        // Records that are set apart are told as such, without their numbers.
        assert_eq!(all.len() as u64 + seen.apart, read, "{shape:?}: {all:?} and {} apart", seen.apart);
        assert!(all.is_sorted_by(|a, b| a < b) && all.last().is_none_or(|last| *last < read), "{shape:?}: {read} read, {all:?}");
        if found == Some(shape) {
            for record in seen.events.iter().take(3) {
                assert!(cloudtrail::find(shape, data, *record).is_some(), "{shape:?}: record {record} is not found again");
            }
        }
    }
    let _ = json::mend_surrogates(data);
}

/// Configuration items in all containers.
pub fn config(data: &[u8]) {
    let context = config::Context::from_path("AWSLogs/111122223333/Config/eu-west-1/2026/4/1/x.json");
    if let Some(kind) = config::Kind::of(data) {
        account(|out| config::read(kind, data, &context, out));
    }
    // The same cut into many pieces, as long files are.
    if let Some(mut pieces) = config::Pieces::of_size(data, 1 << 30, 300) {
        let (kind, mut together) = (pieces.kind(), config::Together::default());
        account(|out| {
            while let Some(piece) = pieces.next_piece() {
                together.add(config::read_piece(kind, &piece, &context, declared()), out);
            }
            together.conclude(kind, out);
        });
    }
    let text = std::str::from_utf8(data).unwrap_or_default();
    if let (Ok(mut tree), Some(masked)) = (serde_json::from_str::<Tree<'_>>(text), config::mask_text::mask_json_text(text)) {
        config::mask::mask_json(&mut tree, "");
        assert_eq!(serde_json::from_str::<Tree<'_>>(&masked).unwrap(), tree);
    }
    if let Ok(mut value) = serde_json::from_slice::<Tree<'_>>(data) {
        // The oracle: what serde_json reads is what a tree reads, and what it writes.
        let plain: serde_json::Value = serde_json::from_slice(data).unwrap();
        assert_eq!(Tree::from(&plain), value);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&value.to_text()).unwrap(), plain);
        config::mask::mask_json(&mut value, "AWS::Lambda::Function");
    }
}

/// Cost and usage files.
pub fn cost(data: &[u8]) {
    account(|out| readers::read_stream(detect::Format::CostCur, &mut &*data, out));
    let _ = cost::delivery_of(data, "exp/metadata/BILLING_PERIOD=2024-05/exp-Manifest.json");
    let text = String::from_utf8_lossy(data);
    let _ = cost::assembly_of(&text);
    if let Ok(parsed) = decimal::parse(&text) {
        let again = decimal::parse(&decimal::text(parsed.units)).unwrap();
        assert_eq!(again.units, parsed.units);
    }
}

/// Credential reports.
pub fn credentials(data: &[u8]) {
    account(|out| readers::read_text(detect::Format::CredentialReport, data, "iam/credential-report-111122223333.csv", out));
    account(|out| readers::read_text(detect::Format::CredentialReportJson, data, "iam/x.json", out));
}

/// Answers of the command-line interface.
pub fn answers(data: &[u8]) {
    account(|out| {
        if cli_answers::read_text(registry::answers(), data, "111122223333/eu-west-1/describe-trails.json", out).is_err() {
            // What readers do about a file whose frame is broken.
            out.read(1);
            out.reject(0, None, "broken");
        }
    });
}

/// Every other export, by its own reader: findings, digests, keys, backups, reviews, metrics, invoices.
pub fn exports(data: &[u8]) {
    let format = detect::detect(data);
    account(|out| readers::read_text(format, data, "111122223333/eu-west-1/x.json", out));
    for record in [0, 1, 7] {
        let _ = readers::find(format, data, record);
    }
}

/// Findings, backups, policies, reviews, metrics and last-accessed answers, whatever they are recognised as.
pub fn posture(data: &[u8]) {
    account(|out| posture::read(registry::shapes(), data, "111122223333/eu-west-1/x.json", out));
    for record in [0, 1, 7] {
        let _ = posture::find(registry::shapes(), data, record);
    }
    account(|out| {
        if posture::read_csv(&mut &*data, out).is_err() {
            out.read(1);
            out.reject(0, None, "broken");
        }
    });
}

/// Digest files, public keys, metadata of objects and sign files.
pub fn digests(data: &[u8]) {
    account(|out| integrity::read_digest(data, out));
    account(|out| integrity::read_public_keys(data, out));
    account(|out| integrity::read_metadata(data, "head/AWSLogs/111122223333/CloudTrail-Digest/x.json", out));
    account(|out| integrity::read_sign_file(data, out));
    for format in
        [detect::Format::CloudtrailDigest, detect::Format::PublicKeys, detect::Format::ObjectMetadata, detect::Format::LakeSignFile]
    {
        let _ = readers::find(format, data, 0);
    }
    let text = String::from_utf8_lossy(data);
    let _ = integrity::object_name(&text);
}

/// Server access logs of S3.
pub fn access_log(data: &[u8]) {
    account(|out| readers::read_stream(detect::Format::S3AccessLog, &mut &*data, out));
    for record in [0, 3] {
        let _ = readers::find(detect::Format::S3AccessLog, data, record);
    }
}

/// Archives: every member is found, set aside or refused, and an archive lies about its sizes at its own cost.
pub fn archive(data: &[u8]) {
    let limits = container::Limits { members: 50, file: 1 << 20, ..container::Limits::default() };
    opened(&archive::Blob::Span(span::Span::of_bytes(data.to_vec())), data, &limits, 0);
}

fn opened(blob: &archive::Blob, head: &[u8], limits: &container::Limits, depth: u8) {
    let Some(kind) = archive::Kind::of(head) else { return };
    let mut read = 0;
    let account = archive::walk(blob, &kind, limits, &mut |_, name, member| {
        read += 1;
        assert!(!name.is_empty() && !name.starts_with('/') && name.split(['/', '\\']).all(|part| part != ".."), "{name:?}");
        let bytes = match member {
            archive::Member::Apart(blob, _) => blob.bytes(&limits.whole(blob.packed())).unwrap_or_default(),
            archive::Member::Passing(reader, _) => {
                let mut bytes = Vec::new();
                // What damage makes of a member is met by its reader.
                let _ = std::io::Read::read_to_end(&mut std::io::Read::take(reader, limits.file), &mut bytes);
                bytes
            }
        };
        if depth < archive::DEPTH {
            opened(&archive::Blob::Span(span::Span::of_bytes(bytes.clone())), &bytes, limits, depth + 1);
        }
        Ok::<(), ()>(())
    })
    .unwrap_or_default();
    assert_eq!(account.read, read);
    let set_aside: u64 = account.set_aside.values().sum();
    assert!(account.members <= account.read + set_aside + account.rejected, "{account:?}");
    assert_eq!(account.rejects.len() as u64, account.rejected.min(1_000));
    assert!(account.rejects.iter().all(|(_, why)| !why.trim().is_empty()));
}

/// Compressed and encoded files.
pub fn container(data: &[u8]) {
    let (whole, streamed) = (container::Start::of_whole(data), container::Start::of(data));
    assert_eq!((&whole.bytes, &whole.layers), (&streamed.bytes, &streamed.layers), "how it begins does not depend on how it is read");
    let cap = container::Limits::default().whole(data.len() as u64);
    let text = |unpacked: Result<container::Text, _>| unpacked.map(|t| (t.bytes, t.trouble, t.layers));
    assert_eq!(text(container::unpack_from(data.to_vec(), whole, &cap)), text(container::unpack(data.to_vec())));
    let head = container::peek(data);
    if let Ok(text) = container::unpack(data.to_vec())
        && text.trouble.is_none()
        && head.len() < 200 << 10
        && !container::is_gzip(&head)
        && !data.starts_with(&[0xFF, 0xFE])
        && !data.starts_with(&[0xFE, 0xFF])
    {
        assert!(text.bytes.starts_with(&head), "what is recognised is not what is read");
    }
}

/// Recognition.
pub fn detect(data: &[u8]) {
    let format = detect::detect(data);
    let _ = recorded::inner(data);
    let _ = readers::find(format, data, 0);
}

/// Times in any spelling.
pub fn time(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(micros) = time::parse(text) {
        let day = time::day_of(micros);
        let (year, month, date) = time::civil(day);
        assert_eq!(time::day_number(year, month, date), Some(day), "{text}");
        assert_eq!(time::parse(&time::rfc3339(micros)), Ok(micros), "{text}: {}", time::rfc3339(micros));
    }
    if let Ok(value) = serde_json::from_str(text) {
        let _ = time::parse_json(&value);
    }
}

/// `engagement.toml`.
pub fn engagement(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(engagement) = engagement::Engagement::parse(text, "engagement.toml", engagement::Named::Given) {
        let _ = engagement.period(None, None, None, None);
        let _ = engagement.period(None, None, None, Some((0, 86_400_000_000)));
    }
}

/// The client's control matrix.
pub fn matrix(data: &[u8]) {
    account(|out| readers::read_text(detect::Format::ClientControls, data, "controls.csv", out));
}

/// Policy documents: read, asked about single resources and many, and whom they let in. What is refused says why.
pub fn policy(data: &[u8]) {
    use policies::decide::{self, Compiled, Decision, Policies, Policy, Request, ResourceKind, ResourcePolicy, Who};
    use policies::exposure::{self, Delivered, Known};
    use policies::{document, pattern::Pattern};

    const ACTIONS: [&str; 6] = ["s3:GetObject", "sts:AssumeRole", "kms:Decrypt", "iam:PassRole", "ec2:DescribeInstances", "x:y"];
    const OWNER: &str = "111122223333";
    const SCOPES: [&str; 5] = [
        "*",
        "arn:aws:s3:::example/*",
        "arn:aws:s3:::example/a?",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:kms:eu-west-1:111122223333:key/1",
    ];
    let Ok(text) = std::str::from_utf8(data) else { return };
    let document = match document::parse(text) {
        Ok(document) => document,
        Err(problem) => return assert!(!problem.to_string().trim().is_empty()),
    };
    let compiled = Compiled::new(&document, ["s3:GetObject"]);
    let own = [Policy { name: "own", document: Some(&compiled) }];
    let askers = [
        Who::User { arn: format!("arn:aws:iam::{OWNER}:user/anna"), id: None },
        Who::Role { arn: "arn:aws:iam::444455556666:role/app/x".to_owned(), id: Some("AROAEXAMPLE".to_owned()) },
        Who::Service { name: "lambda.amazonaws.com".to_owned() },
        Who::Anonymous,
    ];
    for who in &askers {
        for action in ACTIONS {
            let context = decide::context(who, action, Some(OWNER));
            let as_identity = Policies { identity: &own, boundary: Some(own[0]), ..Policies::default() };
            let as_resource = Policies { resource: ResourcePolicy::Given(ResourceKind::S3, own[0]), ..Policies::default() };
            for policies in [as_identity, as_resource] {
                for scope in SCOPES {
                    let request = Request { who, action, resource: scope, resource_account: Some(OWNER), context: &context };
                    let _ = decide::decide(&request, &policies);
                    let over = decide::decide_over(&request, &[Pattern::resource(scope, true)], &policies);
                    assert!(over.all.decision != Decision::Allowed || !over.some.decision.is_refused(), "{over:?}");
                }
            }
        }
    }
    let known = Known { accounts: [OWNER.to_owned()].into(), organization: Some("o-aaaaaaaaaa".to_owned()), ..Known::default() };
    let bucket = exposure::Bucket {
        arn: "arn:aws:s3:::example".to_owned(),
        owner: Some(OWNER.to_owned()),
        policy: Delivered::Is(Some(&document)),
        ..exposure::Bucket::default()
    };
    let _ = exposure::bucket_exposures(&bucket, &known);
    let _ = exposure::trust_exposures(&document, Some("arn:aws:iam::111122223333:role/example"), Some(OWNER), &known);
    let _ = exposure::denies_plain_http(&document, &bucket.arn);
}
