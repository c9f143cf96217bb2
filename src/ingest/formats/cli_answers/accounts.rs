//! What Organizations and IAM say about accounts.

use serde_json::{Map, Value};

use super::{AnswerError, Members, Place, each, list, of_arn};
use crate::base::account;
use crate::base::arn::account_piece;
use crate::ingest::batch::Output;
use crate::ingest::formats::config::item::is_account;
use crate::ingest::formats::organization;
use crate::schema::tables::{IamAccountSummaryRow, OrganizationAccountsRow};

/// `organizations list-accounts`, and `list-accounts-for-parent`, which has the same form. The latter holds the accounts of
/// one root or unit only: it says who their parent is, and not which accounts the organisation has.
pub(super) fn organization(answer: &Map<String, Value>, path: &str, out: &mut Output<'_>) -> Result<(), AnswerError> {
    if organization::is_of_parent(path) {
        return of_parent(answer, path, out);
    }
    each(list(answer, "Accounts")?, out, |record, listed, out| {
        let id = listed.text("Id").ok_or("the account has no Id")?;
        let id = account::parse(&id).map_err(|error| format!("Id: {error}"))?;
        let (name, email) = (listed.text("Name"), listed.text("Email"));
        let status = listed.text("Status").or_else(|| listed.text("State"));
        // arn:aws:organizations::MANAGEMENT:account/o-a1b2c3d4e5/111122223333
        let arn = listed.text("Arn");
        let organization = arn.as_deref().and_then(|arn| arn.split('/').find(|part| part.starts_with("o-")));
        let management = arn.as_deref().and_then(|arn| account_piece(arn)).filter(|id| is_account(id));
        // When an account joined is no time of the evidence: it does not widen the file's span.
        let joined = listed.moment("JoinedTimestamp", out);
        out.row(
            record,
            &OrganizationAccountsRow {
                account_id: Some(id),
                account_name: name.as_deref(),
                email: email.as_deref(),
                status: status.as_deref(),
                joined_at: joined,
                organization_id: organization,
                management_account_id: management,
            },
        );
        along(record, id, listed, management, out);
        Ok(())
    });
    Ok(())
}

fn of_parent(answer: &Map<String, Value>, path: &str, out: &mut Output<'_>) -> Result<(), AnswerError> {
    let parent = organization::parent_of(path);
    if parent.is_none() {
        out.note("the answer does not name the parent: name the file list-accounts-for-parent-ID.json, with the id of the root or unit");
    }
    each(list(answer, "Accounts")?, out, |record, listed, out| {
        let id = listed.text("Id").ok_or("the account has no Id")?;
        let id = account::parse(&id).map_err(|error| format!("Id: {error}"))?;
        let arn = listed.text("Arn");
        let management = arn.as_deref().and_then(|arn| of_arn(arn).0).filter(|id| is_account(id));
        organization::held(record, Some(id), parent.as_deref(), management, out);
        along(record, id, listed, management, out);
        Ok(())
    });
    Ok(())
}

/// What an account's own `Paths` say of what is above it.
fn along(record: u64, id: &str, account: &Map<String, Value>, management: Option<&str>, out: &mut Output<'_>) {
    let paths = account.member("Paths").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for path in paths.iter().filter_map(Value::as_str) {
        organization::held_along(record, id, path, management, out);
    }
}

/// `iam get-account-summary`: each number is a record, in order of name.
pub(super) fn summary(answer: &Map<String, Value>, place: &Place, out: &mut Output<'_>) -> Result<(), AnswerError> {
    let wrong = AnswerError::Shape { member: "SummaryMap", wanted: "an object of numbers" };
    let numbers = answer.get("SummaryMap").and_then(Value::as_object).ok_or(wrong)?;
    let mut names: Vec<&String> = numbers.keys().collect();
    names.sort();
    for name in names {
        let record = out.counts.read;
        out.read(1);
        match numbers.get(name).and_then(Value::as_i64) {
            Some(number) => {
                out.row(
                    record,
                    &IamAccountSummaryRow { account_id: place.account.as_deref(), summary_key: Some(name), summary_value: Some(number) },
                );
                out.kept(1);
            }
            None => out.reject(record, None, format!("{name:?} is no whole number")),
        }
    }
    if place.account.is_none() {
        out.note("the answer does not name its account: put the 12 digits into the file's name or folder");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::read_text;
    use crate::ingest::formats::cost::testing::collect;

    #[test]
    fn accounts_of_an_organization() {
        let text = r#"{"Accounts":[
            {"Id":"111122223333","Arn":"arn:aws:organizations::111122223333:account/o-1/111122223333","Email":"a@example.com","Name":"Main","Status":"ACTIVE","JoinedTimestamp":1714558272.0},
            {"Id":"012345678901","Arn":"a","State":"SUSPENDED","JoinedTimestamp":"2024-05-01T12:11:12+02:00"},{"Arn":"a","Id":""}]}"#;
        let read = collect(|out| read_text(text.as_bytes(), "x", out).unwrap());
        assert_eq!(read.account(), (3, 2, 1));
        let columns = ["account_id", "account_name", "email", "status", "joined_at", "organization_id", "management_account_id"];
        let rows: Vec<_> = read.table("organization_accounts").iter().map(|r| r.pick(columns)).collect();
        assert_eq!(
            rows,
            [
                ["111122223333", "Main", "a@example.com", "ACTIVE", "2024-05-01T10:11:12Z", "o-1", "111122223333"],
                ["012345678901", "NULL", "NULL", "SUSPENDED", "2024-05-01T10:11:12Z", "NULL", "NULL"],
            ]
        );
        assert_eq!(read.times, None);
        assert_eq!(read.rejects[0].reason, "the account has no Id");
    }

    #[test]
    fn accounts_of_one_parent_say_who_holds_them_and_not_which_there_are() {
        let text = r#"{"Accounts":[{"Id":"111122223333","Arn":"arn:aws:organizations::444455556666:account/o-a1b2c3d4e5/111122223333","Name":"prod","State":"ACTIVE"},{"Name":"x"}]}"#;
        let rows = |path: &str| {
            let read = collect(|out| read_text(text.as_bytes(), path, out).unwrap());
            assert_eq!(read.account(), (2, 1, 1), "{path}");
            assert_eq!(read.rejects[0].reason, "the account has no Id");
            let columns = ["child_id", "child_type", "parent_id", "parent_type", "management_account_id"];
            let parents: Vec<_> = read.table("organization_parents").iter().map(|r| r.pick(columns).join(" ")).collect();
            (parents, read.table("organization_accounts").len(), read.notes)
        };
        let (parents, accounts, notes) = rows("list-accounts-for-parent-ou-ab12-11111111.json");
        assert_eq!(parents, ["111122223333 ACCOUNT ou-ab12-11111111 ORGANIZATIONAL_UNIT 444455556666"]);
        assert_eq!((accounts, notes), (0, Vec::new()));
        let (parents, accounts, notes) = rows("list-accounts-for-parent.json");
        assert_eq!(parents, ["111122223333 ACCOUNT NULL NULL 444455556666"]);
        assert_eq!((accounts, notes.len()), (0, 1));
        let (parents, accounts, notes) = rows("trails/organizations-list-accounts.json");
        assert_eq!((parents, accounts, notes), (Vec::new(), 1, Vec::new()));
    }

    #[test]
    fn paths_of_accounts_say_all_that_is_above_them() {
        let account = |path: &str| {
            format!(
                r#"{{"Accounts":[{{"Id":"111122223333","Arn":"arn:aws:organizations::444455556666:account/o-a1b2c3d4e5/111122223333","State":"ACTIVE","Paths":["{path}"]}}]}}"#
            )
        };
        let rows = |path: &str| {
            let read = collect(|out| read_text(account(path).as_bytes(), "list-accounts.json", out).unwrap());
            assert_eq!(read.table("organization_accounts").len(), 1);
            read.table("organization_parents").iter().map(|r| r.pick(["child_id", "parent_id"]).join(" in ")).collect::<Vec<_>>()
        };
        let whole = ["ou-ab12-11111111 in r-ab12", "ou-ab12-22222222 in ou-ab12-11111111", "111122223333 in ou-ab12-22222222"];
        assert_eq!(rows("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/111122223333/"), whole);
        assert_eq!(rows("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/"), whole);
        assert_eq!(rows("o-a1b2c3d4e5/r-ab12/111122223333/"), ["111122223333 in r-ab12"]);
        assert_eq!(rows("o-a1b2c3d4e5/ou-ab12-11111111/"), [""; 0]);
    }

    #[test]
    fn summary_numbers_in_order_of_name() {
        let text = r#"{"SummaryMap":{"Users":5,"AccountMFAEnabled":1,"Odd":"x","Half":0.5}}"#;
        let read = collect(|out| read_text(text.as_bytes(), "in/111122223333/summary.json", out).unwrap());
        assert_eq!(read.account(), (4, 2, 2));
        let columns = ["account_id", "summary_key", "summary_value"];
        let rows: Vec<_> = read.table("iam_account_summary").iter().map(|r| (r.record, r.pick(columns))).collect();
        assert_eq!(rows, [(0, ["111122223333", "AccountMFAEnabled", "1"]), (3, ["111122223333", "Users", "5"])]);
        let read = collect(|out| read_text(text.as_bytes(), "summary.json", out).unwrap());
        assert_eq!(read.rows[0].get("account_id"), "NULL");
        assert_eq!(read.notes.len(), 1);
        collect(|out| assert!(read_text(br#"{"SummaryMap":[]}"#, "x", out).is_err()));
    }
}
