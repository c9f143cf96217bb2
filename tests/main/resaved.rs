//! Exports that a spreadsheet in another locale has opened and saved: other separators, other decimal marks.

use tempfile::TempDir;

use crate::harness::{ingest, manifest, query, write};

const CHARGES: &str = "identity/LineItemId;bill/PayerAccountId;bill/BillingPeriodStartDate;bill/BillingPeriodEndDate;lineItem/UsageAccountId;\
    lineItem/LineItemType;lineItem/UsageStartDate;lineItem/UsageEndDate;lineItem/ProductCode;lineItem/CurrencyCode;lineItem/UnblendedCost\r\n";

fn charge(id: u32, cost: &str) -> String {
    format!(
        "{id};111122223333;2024-05-01T00:00:00Z;2024-06-01T00:00:00Z;444455556666;Usage;2024-05-0{id}T00:00:00Z;2024-05-0{id}T01:00:00Z;AmazonEC2;USD;{cost}\r\n"
    )
}

fn of_charges(costs: &[&str]) -> String {
    CHARGES.to_owned() + &(1..).zip(costs).map(|(id, cost)| charge(id, cost)).collect::<String>()
}

#[test]
fn a_credential_report_with_other_separators_is_the_same_report() {
    let report = "user,arn,user_creation_time,password_enabled,mfa_active,access_key_1_active\n\
        <root_account>,arn:aws:iam::111122223333:root,2020-01-02T03:04:05+00:00,not_supported,false,false\n\
        ada,arn:aws:iam::111122223333:user/ada,2021-06-01T00:00:00+00:00,true,false,true\n";
    for separator in [",", ";", "\t"] {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        write(&input, "report.csv", report.replace(',', separator));
        let store = ingest(folder.path(), &[&input]);
        let rows = query(&store, "SELECT account_id, user_name, mfa_active FROM iam_credentials ORDER BY user_name");
        let users: Vec<_> = rows.iter().map(|row| format!("{} {} {}", row["account_id"], row["user_name"], row["mfa_active"])).collect();
        assert_eq!(users, ["\"111122223333\" \"<root_account>\" false", "\"111122223333\" \"ada\" false"], "{separator:?}");
    }
}

#[test]
fn decimal_commas_are_read_where_the_file_shows_that_they_are_decimal() {
    for (costs, sum) in [
        // 0.5 can be read in no other way, so 1,234 is no thousand.
        (&["1,234", "0,5", "2"][..], "3.734"),
        (&["1.234", "0.5", "2"], "3.734"),
    ] {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        write(&input, "may.csv", of_charges(costs));
        let store = ingest(folder.path(), &[&input]);
        let rows = query(&store, "SELECT CAST(SUM(EffectiveCost) AS VARCHAR) AS total FROM costs");
        assert_eq!(rows[0]["total"].as_str().unwrap().trim_end_matches('0'), sum, "{costs:?}");
    }
}

#[test]
fn amounts_that_may_be_thousands_leave_no_row() {
    for (costs, why) in [
        (&["1,234", "2"][..], "lineItem/UnblendedCost has '1,234', which may be 1.234 or 1234"),
        (&["1.234", "2"], "lineItem/UnblendedCost has '1.234', which may be 1.234 or 1234"),
        (
            &["0,5", "0.25"],
            "lineItem/UnblendedCost has '0,5' and lineItem/UnblendedCost has '0.25': commas and points cannot both mark decimals",
        ),
    ] {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        write(&input, "may.csv", of_charges(costs));
        write(&input, "accounts.json", r#"{"Accounts":[{"Id":"444455556666","Name":"a","Status":"ACTIVE"}]}"#);
        let store = ingest(folder.path(), &[&input]);
        assert_eq!(query(&store, "SELECT COUNT(*) AS n FROM costs")[0]["n"], 0, "{costs:?}");
        let manifest = manifest(&store);
        let file = manifest["files"].as_object().unwrap().values().find(|file| file["paths"][0] == "may.csv").unwrap();
        assert_eq!((&file["read"], &file["rejected"]), (&2.into(), &2.into()), "{file}");
        assert!(file["rejects"][0]["reason"].as_str().unwrap().starts_with(why), "{file}");
    }
}

#[test]
fn no_table_holds_an_account_id_that_is_none() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    let line = |payer: &str, account: &str| charge(1, "0,5").replace("111122223333", payer).replace("444455556666", account);
    let charges = CHARGES.to_owned()
        + &line("1.11122E+11", "11122223333")
        + &line("'111122223333", "=\"444455556666\"").replace("=\"444455556666\"", "\"=\"\"444455556666\"\"\"");
    write(&input, "may.csv", charges);
    write(
        &input,
        "list-accounts.json",
        r#"{"Accounts":[{"Id":"11122223333","Name":"a","Status":"ACTIVE"},{"Id":"444455556666","Name":"b","Status":"ACTIVE"}]}"#,
    );
    write(
        &input,
        "report.csv",
        "user,arn,user_creation_time,mfa_active\n<root_account>,arn:aws:iam::11122223333:root,2020-01-02T03:04:05+00:00,false\n",
    );
    let rules = r#"{"AggregateComplianceByConfigRules":[{"ConfigRuleName":"r","AccountId":"1.11122E+11","AwsRegion":"eu-west-1","Compliance":{"ComplianceType":"COMPLIANT"}}]}"#;
    write(&input, "rules.json", rules);
    let store = ingest(folder.path(), &[&input]);
    let rows = query(&store, "SELECT BillingAccountId, SubAccountId FROM costs ORDER BY BillingAccountId NULLS FIRST");
    let accounts: Vec<_> = rows.iter().map(|row| format!("{} {}", row["BillingAccountId"], row["SubAccountId"])).collect();
    assert_eq!(accounts, ["null null", "\"111122223333\" \"444455556666\""]);
    assert_eq!(query(&store, "SELECT account_id FROM organization_accounts")[0]["account_id"], "444455556666");
    assert_eq!(query(&store, "SELECT COUNT(*) AS n FROM organization_accounts")[0]["n"], 1);
    assert_eq!(query(&store, "SELECT COUNT(*) AS n FROM iam_credentials")[0]["n"], 0);
    assert_eq!(query(&store, "SELECT account_id FROM config_compliance")[0]["account_id"], serde_json::Value::Null);
    let manifest = manifest(&store);
    let file = |name: &str| manifest["files"].as_object().unwrap().values().find(|file| file["paths"][0] == name).unwrap().to_string();
    let eleven = "'11122223333' has eleven digits, and an account id has twelve: a spreadsheet may have taken a leading zero away";
    assert!(file("list-accounts.json").contains(&format!("Id: {eleven}")), "{}", file("list-accounts.json"));
    assert!(file("report.csv").contains(&format!("line 2: arn: {eleven}")), "{}", file("report.csv"));
    assert!(file("may.csv").contains("values that should be account ids are NULL now, the first BillingAccountId of record 0"));
    assert!(
        file("rules.json")
            .contains("value that should be an account id is NULL now, the first account_id of record 0: '1.11122E+11' is no")
    );
}
