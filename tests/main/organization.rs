//! Service control policies, level by level: what a user's own policies give is blocked where its organisation denies it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{ingest, query};

const MANAGEMENT: &str = "444455556666";
/// In unit [`GUARDED`].
const MEMBER: &str = "111122223333";
/// In unit [`FREE`].
const OTHER: &str = "777788889999";

const ROOT: &str = "r-ab12";
const GUARDED: &str = "ou-ab12-11111111";
const FREE: &str = "ou-ab12-22222222";

const FULL: &str = "p-FullAWSAccess";
const GUARD: &str = "p-guard0001";

/// A user `ada` with `iam:*` in an account.
fn user(account: &str) -> Value {
    let arn = format!("arn:aws:iam::{account}:user/ada");
    let allow = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]});
    json!({
        "configurationItemVersion": "1.3", "configurationItemCaptureTime": "2026-06-30T00:00:00.000Z", "configurationItemStatus": "OK",
        "configurationStateId": "1", "awsAccountId": account, "awsRegion": "global", "resourceType": "AWS::IAM::User",
        "resourceId": format!("AIDA{account}"), "resourceName": "ada", "ARN": arn, "tags": {}, "relationships": [],
        "configuration": {
            "userName": "ada", "arn": arn, "path": "/", "attachedManagedPolicies": [], "groupList": [],
            "userPolicyList": [{"policyName": "own", "policyDocument": allow.to_string()}],
        },
    })
}

fn target(id: &str) -> Value {
    let (kind, part) = match id {
        ROOT => ("ROOT", "root"),
        GUARDED | FREE => ("ORGANIZATIONAL_UNIT", "ou"),
        _ => ("ACCOUNT", "account"),
    };
    json!({"TargetId": id, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:{part}/o-a1b2c3d4e5/{id}"), "Name": "n", "Type": kind})
}

fn summary(id: &str, name: &str) -> Value {
    json!({"Id": id, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:policy/o-a1b2c3d4e5/service_control_policy/{id}"), "Name": name,
        "Description": "", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": id == FULL})
}

fn described(id: &str, statement: &Value) -> Value {
    let content = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    json!({"Policy": {"PolicySummary": summary(id, "guard"), "Content": content}})
}

fn deny() -> Value {
    json!([{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}])
}

/// An export of the organization: file names and answers. `guarded` are the targets of the policy that denies `iam:*`.
fn organization(guarded: &[&str]) -> Vec<(String, Value)> {
    let everywhere = [ROOT, GUARDED, FREE, MEMBER, OTHER, MANAGEMENT];
    let targets = |ids: &[&str]| json!({"Targets": ids.iter().map(|id| target(id)).collect::<Vec<_>>()});
    let parent = |id: &str| json!({"Parents": [{"Id": id, "Type": if id == ROOT { "ROOT" } else { "ORGANIZATIONAL_UNIT" }}]});
    let files = [
        ("list-policies.json".to_owned(), json!({"Policies": [summary(FULL, "FullAWSAccess"), summary(GUARD, "guard")]})),
        (format!("describe-policy-{GUARD}.json"), described(GUARD, &deny())),
        (format!("list-targets-for-policy-{FULL}.json"), targets(&everywhere)),
        (format!("list-targets-for-policy-{GUARD}.json"), targets(guarded)),
        (format!("list-parents-{MEMBER}.json"), parent(GUARDED)),
        (format!("list-parents-{OTHER}.json"), parent(FREE)),
        (format!("list-parents-{MANAGEMENT}.json"), parent(ROOT)),
        (format!("list-parents-{GUARDED}.json"), parent(ROOT)),
        (format!("list-parents-{FREE}.json"), parent(ROOT)),
    ];
    files.into()
}

fn write(folder: &Path, files: &[(String, Value)]) {
    let items = json!({"fileVersion": "1.0", "configSnapshotId": "s", "configurationItems": [user(MEMBER), user(OTHER), user(MANAGEMENT)]});
    let input = folder.join("in/organizations");
    fs::create_dir_all(&input).unwrap();
    fs::write(folder.join("in/snapshot.json"), items.to_string()).unwrap();
    for (name, answer) in files {
        fs::write(input.join(name), answer.to_string()).unwrap();
    }
}

/// How `ada` stands in the member, the other member and the management account.
fn standings(files: &[(String, Value)]) -> [String; 3] {
    let folder = TempDir::new().unwrap();
    write(folder.path(), files);
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let rows = query(&store, "SELECT account_id, standing, open_question FROM principal_standings");
    [MEMBER, OTHER, MANAGEMENT].map(|account| {
        let row = rows.iter().find(|row| row["account_id"] == account).unwrap();
        let word = |name: &str| row[name].as_str().map_or(String::new(), str::to_owned);
        if row["open_question"].is_null() { word("standing") } else { format!("{}: {}", word("standing"), word("open_question")) }
    })
}

fn without(front: &str, guarded: &[&str]) -> Vec<(String, Value)> {
    let mut files = organization(guarded);
    let all = files.len();
    files.retain(|(name, _)| !name.starts_with(front));
    assert!(files.len() < all, "{front}");
    files
}

const ADMIN: &str = "administrator";

#[test]
fn a_deny_of_the_unit_blocks_its_accounts_and_no_others() {
    assert_eq!(standings(&[]), [ADMIN, ADMIN, ADMIN]);
    assert_eq!(standings(&organization(&[GUARDED])), ["blocked", ADMIN, ADMIN]);
    assert_eq!(standings(&organization(&[MEMBER])), ["blocked", ADMIN, ADMIN]);
    assert_eq!(standings(&organization(&[FREE])), [ADMIN, "blocked", ADMIN]);
    assert_eq!(standings(&organization(&[])), [ADMIN, ADMIN, ADMIN]);
}

#[test]
fn the_management_account_is_not_bound() {
    assert_eq!(standings(&organization(&[ROOT])), ["blocked", "blocked", ADMIN]);
    assert_eq!(standings(&organization(&[ROOT, MANAGEMENT])), ["blocked", "blocked", ADMIN]);
}

#[test]
fn without_parents_the_result_is_as_without_policies() {
    assert_eq!(standings(&without("list-parents", &[GUARDED])), [ADMIN, ADMIN, ADMIN]);
    assert_eq!(standings(&without("list-targets", &[GUARDED])), [ADMIN, ADMIN, ADMIN]);
    assert_eq!(standings(&without(&format!("list-parents-{MEMBER}"), &[GUARDED])), [ADMIN, ADMIN, ADMIN]);
    // The policy of the account's unit binds, whatever is above.
    assert_eq!(standings(&without(&format!("list-parents-{GUARDED}"), &[GUARDED])), ["blocked", ADMIN, ADMIN]);
    // An answer whose file does not say whose it is says nothing about anyone.
    let mut unnamed = without(&format!("list-parents-{MEMBER}"), &[GUARDED]);
    unnamed.push(("list-parents.json".to_owned(), json!({"Parents": [{"Id": GUARDED, "Type": "ORGANIZATIONAL_UNIT"}]})));
    assert_eq!(standings(&unnamed), [ADMIN, ADMIN, ADMIN]);
    // Nor does an error in its place.
    let mut refused = without(&format!("list-parents-{MEMBER}"), &[GUARDED]);
    let error = json!({"Error": {"Code": "AccessDeniedException", "Message": "no"}});
    refused.push((format!("list-parents-{MEMBER}.json"), error));
    assert_eq!(standings(&refused), [ADMIN, ADMIN, ADMIN]);
}

#[test]
fn lists_of_what_a_parent_holds_say_the_same_as_lists_of_parents() {
    let account = |id: &str| json!({"Id": id, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:account/o-a1b2c3d4e5/{id}"), "Name": "n", "State": "ACTIVE"});
    let unit = |id: &str| json!({"Id": id, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:ou/o-a1b2c3d4e5/{id}"), "Name": "n"});
    let mut files = without("list-parents", &[GUARDED]);
    files.extend([
        (format!("list-accounts-for-parent-{GUARDED}.json"), json!({"Accounts": [account(MEMBER)]})),
        (format!("list-accounts-for-parent-{FREE}.json"), json!({"Accounts": [account(OTHER)]})),
        (format!("list-accounts-for-parent-{ROOT}.json"), json!({"Accounts": [account(MANAGEMENT)]})),
        (format!("list-organizational-units-for-parent-{ROOT}.json"), json!({"OrganizationalUnits": [unit(GUARDED), unit(FREE)]})),
        (format!("list-organizational-units-for-parent-{FREE}.json"), json!({"OrganizationalUnits": []})),
        (
            "list-roots.json".to_owned(),
            json!({"Roots": [{"Id": ROOT, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:root/o-a1b2c3d4e5/{ROOT}"), "Name": "Root", "PolicyTypes": []}]}),
        ),
    ]);
    assert_eq!(standings(&files), ["blocked", ADMIN, ADMIN]);

    // So do the paths of newer answers.
    let within = |id: &str, path: &str| {
        let mut account = account(id);
        account["Paths"] = json!([format!("o-a1b2c3d4e5/{path}/{id}/")]);
        account
    };
    let mut files = without("list-parents", &[GUARDED]);
    let accounts = [within(MEMBER, &format!("{ROOT}/{GUARDED}")), within(OTHER, &format!("{ROOT}/{FREE}")), within(MANAGEMENT, ROOT)];
    files.push(("list-accounts.json".to_owned(), json!({"Accounts": accounts})));
    assert_eq!(standings(&files), ["blocked", ADMIN, ADMIN]);
}

#[test]
fn the_accounts_of_a_root_that_holds_them_all_are_two_answers() {
    let account =
        json!({"Id": MEMBER, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:account/o-a1b2c3d4e5/{MEMBER}"), "State": "ACTIVE"});
    let answer = json!({"Accounts": [account]});
    let folder = TempDir::new().unwrap();
    let names = ["list-accounts.json", "again/list-accounts.json", "list-accounts-for-parent-r-ab12.json"];
    write(folder.path(), &names.map(|name| (name.rsplit('/').next().unwrap().to_owned(), answer.clone())));
    fs::create_dir_all(folder.path().join("in/again")).unwrap();
    fs::write(folder.path().join("in").join(names[1]), answer.to_string()).unwrap();
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    assert_eq!(query(&store, "SELECT account_id FROM organization_accounts").len(), 1);
    let parents = query(&store, "SELECT child_id, parent_id FROM organization_parents");
    assert_eq!(parents.iter().map(|row| (&row["child_id"], &row["parent_id"])).collect::<Vec<_>>(), [(&json!(MEMBER), &json!(ROOT))]);
}

#[test]
fn a_policy_whose_text_was_not_supplied_leaves_the_result_open() {
    let files = without("describe-policy", &[GUARDED]);
    let open = "undetermined: the text of the organisation's policy guard, which was not supplied or cannot be read";
    assert_eq!(standings(&files), [open, ADMIN, ADMIN]);
}

#[test]
fn a_level_allows_only_what_its_policies_allow_where_all_are_known() {
    // The unit has a list of what is allowed in the place of AWS's policy.
    let mut files = organization(&[GUARDED]);
    let only = json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]);
    for (name, answer) in &mut files {
        if name.starts_with("describe-policy") {
            *answer = described(GUARD, &only);
        } else if name.ends_with(&format!("{FULL}.json")) {
            let targets = [ROOT, FREE, MEMBER, OTHER, MANAGEMENT].map(target);
            *answer = json!({"Targets": targets});
        }
    }
    assert_eq!(standings(&files), ["blocked", ADMIN, ADMIN]);
    // A page of targets that more follow leaves open what else the unit has.
    for (name, answer) in &mut files {
        if name.ends_with(&format!("{FULL}.json")) {
            answer["NextToken"] = json!("more");
        }
    }
    assert_eq!(standings(&files), [ADMIN, ADMIN, ADMIN]);
}

#[test]
fn an_empty_list_of_a_parent_is_not_one_of_the_organization() {
    let folder = TempDir::new().unwrap();
    let empty = |list: &str| json!({ list: [] });
    let files = [
        ("list-accounts-for-parent-r-ab12.json".to_owned(), empty("Accounts")),
        (format!("list-accounts-for-parent-{FREE}.json"), empty("Accounts")),
        (format!("list-organizational-units-for-parent-{FREE}.json"), empty("OrganizationalUnits")),
        (format!("list-targets-for-policy-{GUARD}.json"), empty("Targets")),
    ];
    write(folder.path(), &files);
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let rows = query(&store, "SELECT table_name FROM empty_answers ORDER BY table_name");
    let tables: Vec<_> = rows.iter().map(|row| row["table_name"].as_str().unwrap()).collect();
    assert_eq!(tables, ["organization_parents", "organization_parents", "organization_parents", "organization_policy_targets"]);
}
