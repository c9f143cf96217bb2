//! The findings register: what it holds, that it is read back as it was typed, and what is said of what cannot be placed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sixpillars::report::model::register::Register;
use tempfile::TempDir;

use crate::harness::{Run, csv, log_file, query, record, sixpillars, write};

/// An event with parameters, minutes after ten.
fn event(minute: usize, source: &str, name: &str, parameters: Value) -> Value {
    let mut event = record(minute * 60, name, "cli");
    event["eventSource"] = json!(source);
    event["requestParameters"] = parameters;
    event
}

/// A user stops the trail twice, and makes a key for another user; a volume of the account is not encrypted.
fn exports() -> TempDir {
    let folder = TempDir::new().unwrap();
    let stop = |minute| event(minute, "cloudtrail.amazonaws.com", "StopLogging", json!({"name": "main"}));
    let key = event(20, "iam.amazonaws.com", "CreateAccessKey", json!({"userName": "bob"}));
    write(folder.path(), "in/trail/a.json", log_file(&[stop(1), key]));
    write(folder.path(), "in/trail/b.json", log_file(&[stop(2)]));
    let volume = json!({"configurationItemVersion": "1.3", "configurationItemCaptureTime": "2026-05-30T00:00:00.000Z", "configurationItemStatus": "OK",
        "configurationStateId": 1, "awsAccountId": "111122223333", "awsRegion": "eu-west-1", "resourceType": "AWS::EC2::Volume", "resourceId": "vol-1",
        "resourceName": "vol-1", "ARN": "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1", "tags": {}, "relationships": [],
        "configuration": {"encrypted": false, "volumeId": "vol-1", "state": {"value": "in-use"}}});
    let snapshot = json!({"fileVersion": "1.0", "configSnapshotId": "1", "configurationItems": [volume]});
    write(folder.path(), "in/config/111122223333_Config_eu-west-1_ConfigSnapshot_20260530T000000Z_x.json", snapshot.to_string());
    folder
}

const PERIOD: &str = "[engagement]\nclient = \"Acme\"\n\n[period]\nfrom = \"2026-05-01\"\nto = \"2026-05-31\"\n";

fn run(folder: &Path, name: &str, engagement: &str, more: &[&OsStr]) -> Run {
    let (input, out) = (folder.join("in"), folder.join(name));
    let stated = write(folder, "stated.toml", format!("{PERIOD}{engagement}"));
    let arguments =
        [OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), out.as_os_str(), OsStr::new("--engagement"), stated.as_os_str()];
    sixpillars(&[&arguments[..], more].concat())
}

fn register(report: &Path) -> Register {
    serde_json::from_slice(&std::fs::read(report.join("findings.json")).unwrap()).unwrap()
}

/// The id of the one finding that a control notes.
#[track_caller]
fn id_of(register: &Register, control: &str) -> String {
    let found: Vec<_> = register.findings.iter().filter(|f| f.controls.iter().any(|c| c == control)).collect();
    assert_eq!(found.len(), 1, "{control}: {:?}", register.findings.iter().map(|f| (&f.id, &f.controls)).collect::<Vec<_>>());
    found[0].id.clone()
}

/// A register with cells filled: id, column, text. Columns that it does not have are added.
fn fill(from: &Path, to: PathBuf, separator: u8, cells: &[(&str, &str, &str)]) -> PathBuf {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(from).unwrap();
    let mut rows: Vec<Vec<String>> = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    for (id, column, text) in cells {
        let at = rows[0].iter().position(|name| name == column).unwrap_or_else(|| {
            rows[0].push((*column).to_owned());
            rows[0].len() - 1
        });
        let width = rows[0].len();
        let own = rows[0].iter().position(|name| name == "id").unwrap();
        if !rows.iter().any(|row| row.get(own).is_some_and(|cell| cell == id)) {
            let mut row = vec![String::new(); width];
            row[own] = (*id).to_owned();
            rows.push(row);
        }
        let row = rows.iter_mut().find(|row| row.get(own).is_some_and(|cell| cell == id)).unwrap();
        row.resize(width, String::new());
        row[at] = (*text).to_owned();
    }
    let mut bytes = if separator == b';' { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
    let terminator = if separator == b';' { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer = csv::WriterBuilder::new().flexible(true).delimiter(separator).terminator(terminator).from_writer(&mut bytes);
    for row in rows {
        writer.write_record(row).unwrap();
    }
    drop(writer);
    std::fs::write(&to, bytes).unwrap();
    to
}

/// A cell of a register, as it stands in the file.
fn cell(report: &Path, id: &str, column: &str) -> String {
    let rows = csv(&report.join("findings.csv"));
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("{id} is not in the register"))[column].clone()
}

#[test]
fn events_of_one_resource_are_one_finding_whose_elements_are_all_there_in_any_order() {
    let folder = exports();
    run(folder.path(), "a", "", &[]).expect(0);
    let a = folder.path().join("a");
    let found = register(&a);
    let stopped = found.findings.iter().find(|f| f.controls.iter().any(|c| c == "event-trail-stopped")).unwrap();
    assert_eq!((stopped.exceptions, stopped.resources.as_slice(), stopped.actors.len()), (2, ["main".to_owned()].as_slice(), 1));
    assert_eq!((stopped.first.as_deref(), stopped.last.as_deref()), (Some("2026-05-04T10:01:00Z"), Some("2026-05-04T10:02:00Z")));
    for finding in &found.findings {
        let elements = [&finding.criteria.statement, &finding.condition, &finding.effect, &finding.recommendation, &finding.severity_basis];
        assert!(elements.iter().all(|text| !text.is_empty()) && !finding.evidence.is_empty(), "{finding:?}");
    }
    assert!(stopped.cause.contains("anna") && stopped.deviation_rate.is_none(), "{stopped:?}");
    let volume = found.findings.iter().find(|f| f.controls.iter().any(|c| c == "ebs-volume-encrypted")).unwrap();
    assert_eq!(volume.deviation_rate, None, "query and exception both ask for the state of the volume");
    // The same user made a key within a day: linked, not merged.
    let key = id_of(&found, "event-access-key-created");
    assert!(found.incidents.iter().any(|i| i.findings.contains(&stopped.id) && i.findings.contains(&key)), "{:?}", found.incidents);
    assert!(stopped.incidents.contains(&"I-01".to_owned()));
    // Files under other names, and one thread.
    std::fs::rename(folder.path().join("in/trail/a.json"), folder.path().join("in/trail/z.json")).unwrap();
    run(folder.path(), "b", "", &["--threads", "1"].map(OsStr::new)).expect(0);
    assert_eq!(found, register(&folder.path().join("b")));
    // At the top of the folder, and nowhere else.
    for name in ["findings.csv", "findings.xlsx", "findings.json", "findings.ocsf.json"] {
        assert!(a.join(name).is_file(), "{name}");
    }
    assert!(!a.join("workpapers/findings.csv").exists());
    let text = std::fs::read_to_string(a.join("report.md")).unwrap();
    assert!(text.contains("findings.csv") && !text.contains("workpapers/findings.csv"));
}

#[test]
fn what_is_typed_comes_back_byte_for_byte_and_what_cannot_be_placed_is_reported_and_kept() {
    let folder = exports();
    run(folder.path(), "a", "", &[]).expect(0);
    let first = folder.path().join("a");
    let found = register(&first);
    let (stopped, key) = (id_of(&found, "event-trail-stopped"), id_of(&found, "event-access-key-created"));
    // As a text editor writes them: what begins like a formula is given its apostrophe by the register.
    let typed = [
        (stopped.as_str(), "response", "partly agree"),
        (&stopped, "due_date", "31.12.2026"),
        (&stopped, "comment", "Zeile 1; \"zwei\"\r\nZeile 3, Größe 10 µm — 東京 🙂"),
        (&stopped, "remediation_evidence", "=HYPERLINK(\"x\")"),
        (&stopped, "retest_result", " 'quoted' \n\n+1\t@x"),
        (&stopped, "Ticket", "T-7"),
        (&key, "response", "agreed"),
        (&key, "due_date", "next month"),
        (&key, "comment", "'=already"),
        ("gone-0123456789", "comment", "fixed since"),
        ("gone-0123456789", "title", "A finding of last quarter"),
    ];
    for (separator, name) in [(b',', "comma"), (b';', "german")] {
        let filled = fill(&first.join("findings.csv"), folder.path().join(format!("{name}.csv")), separator, &typed);
        let out = folder.path().join(name);
        let said = run(folder.path(), name, "", &[OsStr::new("--responses"), filled.as_os_str()]).expect(0);
        said.says(&[
            &format!("{name}.csv, row"),
            "no finding of this report has the id \"gone-0123456789\"",
            "due_date \"next month\" is not a date",
            "response \"agreed\" is not agree, partly agree or disagree",
        ]);
        let read = register(&out);
        let answer = |id: &str| read.findings.iter().find(|f| f.id == id).unwrap().response.clone().unwrap();
        assert_eq!(answer(&stopped).comment, typed[2].2);
        assert_eq!(answer(&stopped).remediation_evidence, typed[3].2);
        assert_eq!(answer(&stopped).retest_result, typed[4].2);
        assert_eq!(answer(&stopped).added["Ticket"], "T-7");
        assert_eq!((answer(&key).response.as_str(), answer(&key).due_date.as_str()), ("agreed", "next month"));
        // In a spreadsheet the apostrophe would hide, and the text is the formula's.
        assert_eq!(answer(&key).comment, "=already");
        assert_eq!((read.not_in_report.len(), read.not_in_report[0].response.comment.as_str()), (1, "fixed since"));
        assert_eq!(cell(&out, "gone-0123456789", "status"), "not in this report");
        assert_eq!(cell(&out, "gone-0123456789", "title"), "A finding of last quarter");
        assert_eq!(cell(&out, &stopped, "remediation_evidence"), "'=HYPERLINK(\"x\")");
        // Beside the finding in the annex.
        let annex = std::fs::read_to_string(out.join("annex.md")).unwrap();
        assert!(
            annex.contains("Management response") && annex.contains("partly agree") && annex.contains("Größe"),
            "the annex lacks the response"
        );
        // Written again from the CSV and from the workbook: nothing changes any more.
        for (again, file) in [("csv", "findings.csv"), ("xlsx", "findings.xlsx")] {
            let next = format!("{name}-{again}");
            run(folder.path(), &next, "", &[OsStr::new("--responses"), out.join(file).as_os_str()]).expect(0);
            let next = folder.path().join(next);
            for same in ["findings.csv", "findings.xlsx"] {
                assert!(std::fs::read(out.join(same)).unwrap() == std::fs::read(next.join(same)).unwrap(), "{same} after {file}");
            }
        }
    }
}

#[test]
fn acceptances_owners_and_responses_of_the_engagement_are_in_the_register() {
    let folder = exports();
    run(folder.path(), "a", "", &[OsStr::new("--fail-on"), OsStr::new("low")]).expect(4).says(&["findings at or above", "open"]);
    let found = register(&folder.path().join("a"));
    let key = id_of(&found, "event-access-key-created");
    let stated = format!(
        "[[risk_acceptance]]\ncontrol = \"ebs-volume-encrypted\"\nresource = \"vol-*\"\nreason = \"test data\"\nowner = \"Ada\"\napprover = \"CISO\"\nexpiry = \"2026-12-31\"\n\
         [[risk_acceptance]]\ncontrol = \"event-trail-stopped\"\nresource = \"main\"\nreason = \"r\"\napprover = \"CISO\"\nexpiry = \"2026-05-30\"\n\
         [[risk_acceptance]]\ncontrol = \"event-access-key-created\"\nresource = \"nobody\"\nreason = \"r\"\nexpiry = \"2026-12-31\"\n\
         [[owner]]\naccount = \"111122223333\"\nresource = \"bob\"\nowner = \"Identity team\"\n\
         [[owner]]\nowner = \"Platform team\"\n\
         [[response]]\nid = \"{key}\"\nresponse = \"agree\"\ndue_date = \"2026-09-30\"\n\
         [[response]]\nid = \"nothing-0000000000\"\ncomment = \"c\"\n"
    );
    run(folder.path(), "b", &stated, &[]).expect(0).says(&["stated.toml, row 2: no finding of this report has the id"]);
    let b = folder.path().join("b");
    let found = register(&b);
    let by = |control: &str| found.findings.iter().find(|f| f.controls.iter().any(|c| c == control)).unwrap();
    let volume = by("ebs-volume-encrypted");
    assert_eq!((volume.status, volume.exceptions, volume.accepted), (sixpillars::findings::Status::RiskAccepted, 1, 1), "accepted stays");
    assert_eq!(by("event-trail-stopped").status, sixpillars::findings::Status::Open);
    assert_eq!(
        (by("event-access-key-created").owner.join(" "), by("event-trail-stopped").owner.join(" ")),
        ("Identity team".to_owned(), "Platform team".to_owned())
    );
    let response = by("event-access-key-created").response.as_ref().unwrap();
    assert_eq!((response.response.as_str(), response.file.as_str(), response.row), ("agree", "stated.toml", 1));
    let mut faults: Vec<_> = found
        .findings
        .iter()
        .filter(|f| f.controls.is_empty())
        .map(|f| (f.title.as_str(), f.severity_basis.as_str(), f.evidence.join(" ")))
        .collect();
    faults.sort();
    assert_eq!(
        faults,
        [
            ("Risk acceptance expired", "event-trail-stopped", "stated.toml: risk_acceptance 2".to_owned()),
            ("Risk acceptance matches no exception", "event-access-key-created", "stated.toml: risk_acceptance 3".to_owned()),
            ("Risk acceptance without approver", "event-access-key-created", "stated.toml: risk_acceptance 3".to_owned()),
        ]
    );
    let volume_id = volume.id.clone();
    // Over the report's folder, the results are tables.
    let rows = query(
        &b,
        "SELECT f.finding_id, f.status, COUNT(*) AS n FROM findings f JOIN exceptions e ON f.finding_id = e.finding_id WHERE e.control_id = 'ebs-volume-encrypted' GROUP BY f.finding_id, f.status",
    );
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0]["finding_id"].as_str(), rows[0]["status"].as_str(), rows[0]["n"].as_i64()),
        (Some(volume_id.as_str()), Some("risk accepted"), Some(1))
    );
    let total = query(&b.join("evidence"), "SELECT COUNT(*) AS n FROM exceptions");
    assert_eq!(total[0]["n"].as_i64(), Some(csv(&b.join("workpapers/exceptions.csv")).len() as i64));
    // Everything accepted in time: nothing is open, and the exit code says so.
    let all: String = found
        .findings
        .iter()
        .flat_map(|f| &f.controls)
        .collect::<std::collections::BTreeSet<_>>()
        .iter()
        .map(|c| format!("[[risk_acceptance]]\ncontrol = \"{c}\"\nreason = \"r\"\napprover = \"CISO\"\nexpiry = \"2026-12-31\"\n"))
        .collect();
    run(folder.path(), "c", &all, &[OsStr::new("--fail-on"), OsStr::new("informational")]).expect(0);
}

#[test]
fn a_file_that_is_no_register_stops_the_run_before_anything_is_read() {
    let folder = exports();
    let wrong = write(folder.path(), "wrong.csv", "a,b\n1,2\n");
    run(folder.path(), "a", "", &[OsStr::new("--responses"), wrong.as_os_str()]).expect(1).says(&[
        "wrong.csv",
        "no row names the column id",
        "help:",
    ]);
    assert!(!folder.path().join("a").exists());
}
