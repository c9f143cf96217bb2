//! Runs the program and reads its output. The sample is ingested and reported once for the whole binary.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The invented client.
pub fn sample() -> PathBuf {
    root().join("samples/acme")
}

/// A folder of the real exports, or a message that they are not here.
pub fn realdata(folder: &str) -> Option<PathBuf> {
    let path = root().join("../shared/realdata").join(folder);
    if !path.is_dir() {
        eprintln!("skipped: ../shared/realdata/{folder} is not here");
        return None;
    }
    Some(path)
}

/// What a run of the program left behind.
pub struct Run {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Run {
    /// Fails unless the exit code is `code`.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n-- stdout\n{}\n-- stderr\n{}", self.out, self.err);
        self
    }

    /// Fails unless standard error holds every one of `parts`, and nothing that a user cannot read.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.err.contains(part), "standard error lacks {part:?}:\n{}", self.err);
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The program, with none of the caller's environment that could change what it prints.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sixpillars"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE", "RUST_LOG", "COLUMNS", "TZ"] {
        command.env_remove(name);
    }
    command
}

/// Runs the program in a folder that is then gone.
pub fn sixpillars<A: AsRef<OsStr>>(arguments: &[A]) -> Run {
    let folder = TempDir::new().unwrap();
    sixpillars_in(folder.path(), arguments)
}

/// Runs the program in `folder`.
pub fn sixpillars_in<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> Run {
    command().args(arguments).current_dir(folder).output().unwrap().into()
}

/// Rows of a query over a store, as JSON objects.
#[track_caller]
pub fn query(store: &Path, sql: &str) -> Vec<BTreeMap<String, Value>> {
    let arguments = ["query", sql, "--format", "json", "--limit", "0", "--store"].map(OsStr::new);
    let run = sixpillars(&[&arguments[..], &[store.as_os_str()]].concat()).expect(0);
    serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}", run.out))
}

/// The one number of a query over a store.
#[track_caller]
pub fn number(store: &Path, sql: &str) -> i64 {
    let rows = query(store, sql);
    let value = rows.first().and_then(|r| r.values().next()).unwrap_or_else(|| panic!("no row: {sql}"));
    value.as_i64().unwrap_or_else(|| panic!("{value} is no number: {sql}"))
}

/// The manifest of a store.
pub fn manifest(store: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(store.join("store.json")).unwrap()).unwrap()
}

/// Ingests into a new store below `folder`.
#[track_caller]
pub fn ingest(folder: &Path, inputs: &[&Path]) -> PathBuf {
    let store = folder.join("store");
    add(&store, inputs, 0);
    store
}

/// Ingests into a store with a number of threads.
#[track_caller]
pub fn add(store: &Path, inputs: &[&Path], threads: usize) {
    let threads = threads.to_string();
    let mut arguments = vec![OsStr::new("ingest")];
    arguments.extend(inputs.iter().map(|i| i.as_os_str()));
    arguments.extend([OsStr::new("--store"), store.as_os_str(), OsStr::new("--threads"), OsStr::new(&threads)]);
    sixpillars(&arguments).expect(0);
}

/// The sample as a store.
pub fn sample_store() -> &'static Path {
    static STORE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, store) = STORE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let store = ingest(folder.path(), &[&sample()]);
        (folder, store)
    });
    store
}

/// The sample's report, made from its files.
pub fn sample_report() -> &'static Path {
    static REPORT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, report) = REPORT.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("report");
        let sample = sample();
        let arguments = [OsStr::new("report"), sample.as_os_str(), OsStr::new("--out"), out.as_os_str()];
        sixpillars(&arguments).expect(0);
        (folder, out)
    });
    report
}

/// The same, whose engagement file was named. The first page says how it came to be used.
pub fn sample_report_of_named_engagement() -> &'static Path {
    static REPORT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, report) = REPORT.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("report");
        let (sample, engagement) = (sample(), sample().join("engagement.toml"));
        let named = [OsStr::new("--engagement"), engagement.as_os_str()];
        let arguments = [OsStr::new("report"), sample.as_os_str(), OsStr::new("--out"), out.as_os_str()];
        sixpillars(&[&arguments[..], &named].concat()).expect(0);
        (folder, out)
    });
    report
}

/// Both documents of a report, what is read and what is looked up, in one form (`md`, `html`).
pub fn documents(report: &Path, form: &str) -> String {
    let read = |name: &str| std::fs::read_to_string(report.join(format!("{name}.{form}"))).unwrap();
    read("report") + &read("annex")
}

/// `report.json` of a report.
pub fn report_json(report: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(report.join("report.json")).unwrap()).unwrap()
}

/// Every file below a folder with its bytes, by relative path.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    files
}

/// Fails naming the first files that differ, `left_out` apart.
#[track_caller]
pub fn same_trees(what: &str, a: &Path, b: &Path, left_out: &[&str]) {
    let (mut a, mut b) = (tree(a), tree(b));
    for name in left_out {
        a.remove(*name);
        b.remove(*name);
    }
    let names: Vec<&String> = a.keys().filter(|n| !b.contains_key(*n)).chain(b.keys().filter(|n| !a.contains_key(*n))).collect();
    assert!(names.is_empty(), "{what}: only one of both has {:?}", &names[..names.len().min(10)]);
    let differ: Vec<&String> = a.iter().filter(|(name, bytes)| b[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(differ.is_empty(), "{what}: {} files differ, such as {:?}", differ.len(), &differ[..differ.len().min(10)]);
}

/// Writes files below a folder.
pub fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}

/// One CloudTrail record, by its id, with a name and a user agent.
pub fn record(id: usize, name: &str, agent: &str) -> Value {
    serde_json::json!({
        "eventVersion": "1.10",
        "eventID": format!("00000000-0000-4000-8000-{id:012}"),
        "eventTime": format!("2026-05-04T10:{:02}:{:02}Z", id / 60 % 60, id % 60),
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": true,
        "readOnly": false,
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": agent,
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/anna",
            "accountId": "111122223333",
            "userName": "anna"
        },
        "requestParameters": {"bucketName": "acme-prod-media"},
        "responseElements": null
    })
}

/// A log file of records.
pub fn log_file(records: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({ "Records": records })).unwrap()
}

/// Packs bytes as gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    pack(bytes, flate2::Compression::fast())
}

/// Packs bytes as gzip, as small as they get.
pub fn gzip_hard(bytes: &[u8]) -> Vec<u8> {
    pack(bytes, flate2::Compression::best())
}

fn pack(bytes: &[u8], level: flate2::Compression) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Rows of a workpaper or another CSV file, by column name.
pub fn csv(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    reader.records().map(|record| header.iter().map(str::to_owned).zip(record.unwrap().iter().map(str::to_owned)).collect()).collect()
}
