//! Which accounts and Regions are expected, and what is concluded where evidence of some of them is not there.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{documents, report_json, sixpillars, write};

const REPORT: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,access_key_1_active,\
    access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n\
    <root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,true,2023-01-01T00:00:00+00:00,N/A,true,false,N/A,N/A,false,N/A,N/A\n";

fn accounts(token: &str) -> String {
    format!(
        r#"{{"Accounts":[{{"Id":"111122223333","Arn":"arn:aws:organizations::111122223333:account/o-a1b2c3d4e5/111122223333","Name":"Main","Status":"ACTIVE"}}]{token}}}"#
    )
}

fn report(folder: &Path, name: &str, input: &Path, more: &[&str]) -> std::path::PathBuf {
    let out = folder.join(name);
    let mut arguments: Vec<&OsStr> = ["report", "--from", "2024-04-01", "--to", "2024-06-30", "--out"].map(OsStr::new).to_vec();
    arguments.extend([out.as_os_str(), input.as_os_str()]);
    arguments.extend(more.iter().map(OsStr::new));
    let run = sixpillars(&arguments);
    assert!([0, 3].contains(&run.code), "{}", run.err);
    out
}

fn control(report: &Value, id: &str) -> (String, String, String) {
    let control = &report["controls"][id];
    let text = |name: &str| control[name].as_str().unwrap().to_owned();
    (text("result"), text("extent"), control["reasons"].to_string())
}

#[test]
fn a_list_of_accounts_that_goes_on_leaves_no_test_full() {
    for (token, extent) in [("", "full"), (r#","NextToken":"abc""#, "partial")] {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        write(&input, "credential-report-2024-07-01.csv", REPORT);
        write(&input, "list-accounts.json", accounts(token));
        let out = report(folder.path(), "out", &input, &[]);
        let json = report_json(&out);
        for id in ["iam-root-mfa", "iam-root-recent-use", "iam-root-access-key"] {
            let (result, found, reasons) = control(&json, id);
            assert_eq!((result.as_str(), found.as_str()), ("no_exceptions_noted", extent), "{id}: {reasons}");
            assert_eq!(reasons.contains("list-accounts.json"), extent == "partial", "{id}: {reasons}");
        }
        // Where the engagement names the accounts, the list is not what says which there are.
        let engagement = write(folder.path(), "e.toml", "[[scope.account]]\nid = \"111122223333\"\nregions = [\"eu-west-1\"]\n");
        let out = report(folder.path(), "named", &input, &["--engagement", &engagement.to_string_lossy()]);
        assert_eq!(control(&report_json(&out), "iam-root-mfa").1, "full");
    }
}

#[test]
fn an_account_of_which_a_credential_report_is_here_is_not_without_a_record() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "credential-report-2024-07-01.csv", REPORT);
    let second = accounts("").replace("]", r#",{"Id":"444455556666","Name":"Second","Status":"ACTIVE"}]"#);
    write(&input, "list-accounts.json", second);
    let text = documents(&report(folder.path(), "out", &input, &[]), "md");
    assert!(!text.contains("Account without a record.** 111122223333"), "{text}");
    let missing = "Account without a record.** 444455556666 (Second) is expected, and no event, configuration item, trail, IAM report or charge of it";
    assert!(text.contains(missing), "{text}");
}

#[test]
fn rule_results_of_some_regions_are_not_those_of_all() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let results = r#"{"EvaluationResults":[{"EvaluationResultIdentifier":{"EvaluationResultQualifier":{"ConfigRuleName":"ec2-ebs-encryption-by-default","ResourceType":"AWS::::Account","ResourceId":"111122223333"}},"ComplianceType":"COMPLIANT","ResultRecordedTime":"2024-06-30T08:00:00Z"}]}"#;
    write(&input, "config/111122223333/eu-west-1/ec2-ebs-encryption-by-default.json", results);
    let scope = |regions: &str| format!("[[scope.account]]\nid = \"111122223333\"\nregions = [{regions}]\n");
    for (name, regions, extent) in [("one", "\"eu-west-1\"", "full"), ("two", "\"eu-west-1\", \"us-east-1\"", "partial")] {
        let engagement = write(folder.path(), &format!("{name}.toml"), scope(regions));
        let out = report(folder.path(), name, &input, &["--engagement", &engagement.to_string_lossy()]);
        let json = report_json(&out);
        for id in ["config-rule-noncompliance", "ebs-default-encryption"] {
            let (result, found, reasons) = control(&json, id);
            assert_eq!((result.as_str(), found.as_str()), ("no_exceptions_noted", extent), "{id}: {reasons}");
            assert_eq!(reasons.contains("us-east-1"), extent == "partial", "{id}: {reasons}");
        }
    }
    // An empty answer of the other Region says that there is none.
    write(&input, "config/111122223333/us-east-1/ec2-ebs-encryption-by-default.json", r#"{"EvaluationResults":[]}"#);
    let engagement = write(folder.path(), "two.toml", scope("\"eu-west-1\", \"us-east-1\""));
    let out = report(folder.path(), "three", &input, &["--engagement", &engagement.to_string_lossy()]);
    assert_eq!(control(&report_json(&out), "config-rule-noncompliance").1, "full");
}

#[test]
fn of_two_credential_reports_the_one_nearest_to_the_as_of_date_is_tested_and_named() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    write(&input, "credential-report-2024-06-29.csv", REPORT.replace("N/A,true,false", "N/A,false,false"));
    write(&input, "credential-report-2024-09-30.csv", REPORT);
    let json = report_json(&report(folder.path(), "out", &input, &[]));
    assert_eq!(control(&json, "iam-root-mfa").0, "exceptions_noted");
    assert_eq!(json["controls"]["iam-root-mfa"]["as_at"]["date"], "2024-06-29");
}
