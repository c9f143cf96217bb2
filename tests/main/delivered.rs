//! The same evidence delivered otherwise: printed with blanks or tabs, members in another order, not packed, in more
//! files, twice. Nothing of that may change a result; and what is too long or too deep to be kept is no pass.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{csv, gzip, log_file, query, record, report_json, sample, sixpillars, tree, write};

/// How JSON is printed.
#[derive(Clone, Copy)]
struct Print {
    indent: &'static str,
    after_colon: &'static str,
    /// Members from the last name to the first.
    reversed: bool,
    /// Also the documents that texts hold.
    inside: bool,
}

const BLANKS: Print = Print { indent: "    ", after_colon: " ", reversed: false, inside: false };
const TABS: Print = Print { indent: "\t", after_colon: "\t", reversed: true, inside: true };

impl Print {
    fn print(self, value: &Value) -> String {
        let mut out = String::new();
        self.value(value, 0, &mut out);
        out
    }

    fn value(self, value: &Value, depth: usize, out: &mut String) {
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            out.push_str(&self.indent.repeat(depth));
        };
        match value {
            Value::Object(members) if !members.is_empty() => {
                let mut members: Vec<_> = members.iter().collect();
                if self.reversed {
                    members.reverse();
                }
                out.push('{');
                for (n, (name, member)) in members.into_iter().enumerate() {
                    out.push_str(if n > 0 { "," } else { "" });
                    line(out, depth + 1);
                    out.push_str(&format!("{} :{}", json!(name), self.after_colon));
                    self.value(member, depth + 1, out);
                }
                line(out, depth);
                out.push('}');
            }
            Value::Array(elements) if !elements.is_empty() => {
                out.push('[');
                for (n, element) in elements.iter().enumerate() {
                    out.push_str(if n > 0 { " ," } else { "" });
                    line(out, depth + 1);
                    self.value(element, depth + 1, out);
                }
                line(out, depth);
                out.push(']');
            }
            Value::String(text) if self.inside && text.starts_with('{') => match serde_json::from_str::<Value>(text) {
                Ok(inner) => out.push_str(&json!(self.print(&inner)).to_string()),
                Err(_) => out.push_str(&value.to_string()),
            },
            other => out.push_str(&other.to_string()),
        }
    }
}

/// Turns a file, by its name and content, into others.
type Rewrite<'r> = &'r dyn Fn(&str, &[u8]) -> Vec<(String, Vec<u8>)>;

/// The sample without its digests, which hold the hashes of the files as they were; `each` turns every file with events
/// or configuration, unpacked, into others. Damaged files stay as they are.
fn delivered(each: Rewrite<'_>) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in tree(&sample()) {
        if name.contains("CloudTrail-Digest") || name.contains("digest-keys") {
            continue;
        }
        let rewritten = ["cloudtrail/", "config/", "trails/", "other-tools/", "backup/"].iter().any(|part| name.starts_with(part));
        let mut text = Vec::new();
        if name.ends_with(".gz") {
            let unpacked = std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&bytes[..]), &mut text);
            text = if unpacked.is_ok() { text } else { Vec::new() };
        } else {
            text.extend_from_slice(&bytes);
        }
        let whole = rewritten && name.contains("json") && !documents(&text).is_empty();
        let files = if whole { each(&name, &text) } else { vec![(name, bytes)] };
        for (name, bytes) in files {
            write(folder.path(), &name, bytes);
        }
    }
    folder
}

/// The documents of a file, which follow one another; none of one that is damaged.
fn documents(text: &[u8]) -> Vec<Value> {
    serde_json::Deserializer::from_slice(text).into_iter().collect::<Result<_, _>>().unwrap_or_default()
}

fn printed(print: Print, text: &[u8]) -> Vec<u8> {
    documents(text).iter().map(|document| print.print(document) + "\n").collect::<String>().into_bytes()
}

/// Packed where the name says so.
fn packed(name: &str, text: &[u8]) -> Vec<u8> {
    if name.ends_with(".gz") { gzip(text) } else { text.to_vec() }
}

/// Result, population, exceptions and undetermined rows of every control; then each exception and undetermined row but
/// for the file and record it stands in.
#[derive(Debug, PartialEq)]
struct Results {
    controls: BTreeMap<String, [String; 4]>,
    rows: Vec<String>,
}

fn results(input: &Path) -> Results {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("report");
    sixpillars(&[OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(0);
    let report = report_json(&out);
    let of = |control: &Value| {
        let count = |name: &str| control["counts"][name].to_string();
        [control["result"].to_string(), count("population"), count("exceptions"), count("undetermined")]
    };
    let controls = report["controls"].as_object().unwrap().iter().map(|(id, control)| (id.clone(), of(control))).collect();
    let mut rows: Vec<String> = ["exceptions.csv", "undetermined.csv"]
        .iter()
        .flat_map(|name| csv(&out.join("workpapers").join(name)))
        .map(|mut row| {
            row.remove("evidence_row");
            format!("{row:?}")
        })
        .collect();
    rows.sort();
    Results { controls, rows }
}

/// What differs, in words.
fn differences(what: &str, found: &Results, wanted: &Results) -> String {
    let mut text = String::new();
    for (id, control) in wanted.controls.iter().filter(|(id, control)| found.controls.get(*id) != Some(control)) {
        text.push_str(&format!("{what}: {id}: {control:?} became {:?}\n", found.controls.get(id)));
    }
    for (verb, a, b) in [("gained", found, wanted), ("lost", wanted, found)] {
        for row in a.rows.iter().filter(|row| !b.rows.contains(row)).take(5) {
            text.push_str(&format!("{what}: {verb} {row}\n"));
        }
    }
    if found.rows.len() != wanted.rows.len() {
        text.push_str(&format!("{what}: {} rows became {}\n", wanted.rows.len(), found.rows.len()));
    }
    text
}

#[test]
fn the_sample_delivered_otherwise_gives_the_same_results() {
    let plain = |name: &str| name.trim_end_matches(".gz").to_owned();
    let compact = results(delivered(&|name, text| vec![(name.to_owned(), packed(name, text))]).path());
    assert!(compact.controls.len() > 200 && compact.rows.len() > 200, "{}", compact.rows.len());
    let blanks = delivered(&|name, text| vec![(plain(name), printed(BLANKS, text))]);
    let tabs = delivered(&|name, text| vec![(name.to_owned(), packed(name, &printed(TABS, text)))]);
    let split = delivered(&|name, text| {
        let records = documents(text).first().and_then(|document| document["Records"].as_array().cloned());
        let Some(records) = records.filter(|records| records.len() > 1) else { return vec![(name.to_owned(), packed(name, text))] };
        let (first, second) = records.split_at(records.len() / 2);
        let part = |letter: &str| name.replace(".json", &format!("{letter}.json"));
        vec![(part("a"), packed(name, &log_file(first))), (part("b"), packed(name, &log_file(second)))]
    });
    let twice = delivered(&|name, text| {
        let bytes = packed(name, text);
        vec![(name.to_owned(), bytes.clone()), (name.replace(".json", " (1).json"), bytes)]
    });
    let forms = [
        ("indented by blanks, not packed", blanks),
        ("indented by tabs, members in another order", tabs),
        ("log files split", split),
        ("a copy beside each file", twice),
    ];
    let found: String = forms.iter().map(|(what, folder)| differences(what, &results(folder.path()), &compact)).collect();
    assert!(found.is_empty(), "{found}");
}

/// A store of events of one kind.
fn store(folder: &TempDir, records: &[Value]) -> PathBuf {
    let file = write(folder.path(), "log.json", log_file(records));
    crate::harness::ingest(folder.path(), &[&file])
}

fn call(id: usize, source: &str, name: &str, parameters: Value) -> Value {
    let mut call = record(id, name, "aws-cli/2.15.0");
    call["eventSource"] = source.into();
    call["requestParameters"] = parameters;
    call
}

/// Exceptions and undetermined rows of a control over events.
fn judged(records: &[Value], control: &str) -> (u64, u64, String) {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "in/log.json", log_file(records));
    let (input, out) = (folder.path().join("in"), folder.path().join("report"));
    sixpillars(&[OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(0);
    let control = report_json(&out)["controls"][control].clone();
    let reason = control["undetermined"][0]["reason"].as_str().unwrap_or("").to_owned();
    (control["counts"]["exceptions"].as_u64().unwrap(), control["counts"]["undetermined"].as_u64().unwrap(), reason)
}

fn rules(closed: usize) -> Value {
    let rule =
        |cidr: String, port: u16| json!({"ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": cidr, "groupId": "sg-1"});
    let mut rules: Vec<Value> = (0..closed).map(|n| rule(format!("10.{}.{}.0/24", n / 256, n % 256), 443)).collect();
    rules.push(rule("0.0.0.0/0".to_owned(), 22));
    json!(rules)
}

#[test]
fn long_parameters_are_judged_whole_and_those_beyond_any_policy_are_undetermined() {
    let opened = |closed: usize| {
        let mut call = call(1, "ec2.amazonaws.com", "AuthorizeSecurityGroupIngress", json!({"groupId": "sg-1"}));
        call["responseElements"] = json!({"securityGroupRuleSet": {"items": rules(closed)}});
        [call]
    };
    assert_eq!(judged(&opened(60), "event-sg-opened-to-world"), (1, 0, String::new()));
    // 1 MB of rules: more than CloudTrail delivers.
    let (exceptions, undetermined, reason) = judged(&opened(12_000), "event-sg-opened-to-world");
    assert_eq!((exceptions, undetermined), (0, 1));
    assert!(reason.contains("cut at 102400 characters"), "{reason}");

    let policy = |closed: usize| {
        let mut statements =
            vec![json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:GetObject"}); closed];
        statements.push(json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}));
        [call(1, "s3.amazonaws.com", "PutBucketPolicy", json!({"bucketName": "web", "bucketPolicy": {"Statement": statements}}))]
    };
    assert_eq!(judged(&policy(60), "event-s3-made-public"), (1, 0, String::new()));
    assert_eq!(judged(&policy(2_000), "event-s3-made-public").1, 1);
}

#[test]
fn deep_nesting_costs_a_note_and_not_the_event() {
    let deep = |levels: usize| format!("{}1{}", "{\"a\":[".repeat(levels / 2), "]}".repeat(levels / 2));
    let folder = TempDir::new().unwrap();
    let mut texts: Vec<String> = Vec::new();
    for (id, levels) in [(1, 100), (2, 1_000), (3, 60_000)] {
        let call = call(id, "s3.amazonaws.com", "PutBucketPolicy", json!({"bucketName": "web", "bucketPolicy": "HERE"}));
        texts.push(call.to_string().replace("\"HERE\"", &deep(levels)));
    }
    let file = write(folder.path(), "log.json", format!("{{\"Records\":[{}]}}", texts.join(",")));
    let store = crate::harness::ingest(folder.path(), &[&file]);
    let rows = query(
        &store,
        "SELECT event_id, request_parameters_bucket_policy AS policy, unread_values FROM cloudtrail_events ORDER BY event_id",
    );
    let kept: Vec<(bool, String)> = rows.iter().map(|row| (row["policy"].is_string(), row["unread_values"].to_string())).collect();
    let lost = json!(r#"{"request_parameters_bucket_policy":"deep"}"#).to_string();
    assert_eq!(kept, [(true, "null".to_owned()), (false, lost.clone()), (false, lost)]);
    let manifest = crate::harness::manifest(&store);
    let notes = manifest["files"].to_string();
    let said = r#""times":2,"what":"values of the parameters are nested more than 128 levels deep"#;
    assert!(notes.contains(said), "{notes}");
}

#[test]
fn parameters_have_one_form_however_they_were_printed() {
    let document = "{\n\t\"Statement\": [ { \"Effect\": \"Allow\", \"Action\": \"*\" } ]\n}";
    let wanted = r#"{"Statement":[{"Effect":"Allow","Action":"*"}]}"#;
    let folder = TempDir::new().unwrap();
    let parameters = [
        json!({"policyDocument": document}),
        json!({"assumeRolePolicyDocument": document.replace('\n', "\r\n")}),
        json!({"policyDocument": json!(document).to_string()}),
        json!({"policyDocument": "%7B%22Statement%22%3A%20%5B%20%7B%20%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%7D%5D%7D"}),
    ];
    let records: Vec<Value> =
        parameters.into_iter().enumerate().map(|(n, parameters)| call(n, "iam.amazonaws.com", "PutUserPolicy", parameters)).collect();
    let rows = query(&store(&folder, &records), "SELECT request_parameters_policy_document AS document FROM cloudtrail_events");
    assert_eq!(rows.len(), records.len());
    assert!(rows.iter().all(|row| row["document"] == wanted), "{rows:?}");
}
