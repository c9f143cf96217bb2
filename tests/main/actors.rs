//! Who acted: a person behind a role, a tool in a person's hands, two people of one directory, chains of sessions, task sessions
//! of root, and lists of the engagement.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{csv, ingest, log_file, query, record, report_json, sixpillars, write};

const ACCOUNT: &str = "111122223333";

/// An event: its number, name, who made it and what else it states.
fn event(number: usize, name: &str, identity: Value, more: Value) -> Value {
    let mut event = record(number, name, "aws-cli/2.15");
    event["userIdentity"] = identity;
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

/// A session of a role; `key` is the id of its credentials.
fn session(role: &str, name: &str, key: &str) -> Value {
    json!({"type": "AssumedRole", "principalId": format!("AROAEXAMPLE:{name}"), "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"),
        "accountId": ACCOUNT, "accessKeyId": key,
        "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "arn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"), "accountId": ACCOUNT, "userName": role},
            "attributes": {"creationDate": "2026-05-04T09:00:00Z", "mfaAuthenticated": "false"}}})
}

fn user(name: &str, key: &str) -> Value {
    json!({"type": "IAMUser", "principalId": format!("AIDA{name}"), "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "accountId": ACCOUNT,
        "accessKeyId": key, "userName": name})
}

/// The call that opens a session of a role.
fn opening(number: usize, by: Value, role: &str, name: &str, key: &str) -> Value {
    event(
        number,
        "AssumeRole",
        by,
        json!({"eventSource": "sts.amazonaws.com", "readOnly": true,
            "requestParameters": {"roleArn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"), "roleSessionName": name},
            "responseElements": {"credentials": {"accessKeyId": key, "sessionToken": "x", "expiration": "May 4, 2026, 10:00:00 AM"},
                "assumedRoleUser": {"assumedRoleId": format!("AROAEXAMPLE:{name}"), "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}")}}}),
    )
}

fn store(events: &[Value]) -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "in/log.json", log_file(events));
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    (folder, store)
}

/// Class, grade, basis, person and chain by session name.
fn actors(store: &Path) -> BTreeMap<String, [String; 5]> {
    let rows = query(store, "SELECT principal, session_name, actor_class, actor_grade, basis, person, chain FROM actors");
    let text = |row: &BTreeMap<String, Value>, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let shown = |row: &BTreeMap<String, Value>| ["actor_class", "actor_grade", "basis", "person", "chain"].map(|name| text(row, name));
    rows.iter().map(|row| (text(row, "session_name"), shown(row))).collect()
}

/// Class of the events of one name, as controls see it.
fn class(store: &Path, name: &str) -> String {
    let rows = query(store, &format!("SELECT DISTINCT actor_class FROM cloudtrail_events WHERE event_name = '{name}'"));
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0]["actor_class"].as_str().unwrap().to_owned()
}

#[test]
fn a_role_in_the_console_is_a_person_in_all_calls_of_the_session() {
    let (_folder, store) = store(&[
        event(
            1,
            "CreateRole",
            session("Admin", "jdoe", "ASIAONE"),
            json!({"eventSource": "iam.amazonaws.com", "sessionCredentialFromConsole": "true"}),
        ),
        event(2, "PutRolePolicy", session("Admin", "jdoe", "ASIATWO"), json!({"eventSource": "iam.amazonaws.com"})),
        event(3, "DeleteRole", session("Admin", "i-0abc", "ASIATHREE"), json!({"eventSource": "iam.amazonaws.com"})),
    ]);
    assert_eq!(class(&store, "CreateRole"), "human_federated");
    assert_eq!(class(&store, "PutRolePolicy"), "human_federated", "the console shows whose the session is");
    assert_eq!(class(&store, "DeleteRole"), "workload_role");
    let activity = query(&store, "SELECT event_name, actor_class FROM activity ORDER BY event_name");
    let classes: Vec<&str> = activity.iter().map(|row| row["actor_class"].as_str().unwrap()).collect();
    assert_eq!(classes, ["human_federated", "workload_role", "human_federated"], "rollups say the same");
}

#[test]
fn a_tool_in_a_persons_hands_leaves_the_person() {
    let tool = json!({"userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.9.0", "eventSource": "iam.amazonaws.com"});
    let (_folder, store) = store(&[
        event(1, "CreateRole", session("AWSReservedSSO_Admin_0123456789abcdef", "ada@acme.example", "ASIAONE"), tool.clone()),
        event(2, "DeleteRole", session("deploy", "run-1", "ASIATWO"), tool),
    ]);
    let rows = query(&store, "SELECT event_name, actor_class, actor_grade, channel FROM cloudtrail_events ORDER BY event_name");
    let of = |n: usize| ["actor_class", "actor_grade", "channel"].map(|name| rows[n][name].as_str().unwrap().to_owned());
    assert_eq!(of(0), ["human_federated", "authenticated", "tool"]);
    assert_eq!(of(1), ["workload_role", "inferred", "tool"]);
}

#[test]
fn users_of_a_directory_are_told_apart() {
    let center = |user: &str| {
        json!({"type": "IdentityCenterUser", "accountId": ACCOUNT, "credentialId": "x",
            "onBehalfOf": {"userId": user, "identityStoreArn": "arn:aws:identitystore::111122223333:identitystore/d-1234567890"}})
    };
    let nobody = json!({"type": "Unknown", "principalId": "", "accountId": ACCOUNT, "userName": ""});
    let sso = |more: Value| {
        let mut all = json!({"eventSource": "sso.amazonaws.com"});
        more.as_object().unwrap().iter().for_each(|(key, value)| all[key] = value.clone());
        all
    };
    let (_folder, store) = store(&[
        event(1, "Federate", center("f0000000-0000-0000-0000-000000000001"), sso(json!({}))),
        event(2, "Federate", center("f0000000-0000-0000-0000-000000000002"), sso(json!({}))),
        event(
            3,
            "Federate",
            json!({"type": "IdentityCenterUser", "accountId": ACCOUNT}),
            sso(json!({"additionalEventData": {"UserName": "grace@acme.example"}})),
        ),
        event(4, "Federate", nobody, sso(json!({"additionalEventData": {"UserName": "x"}}))),
    ]);
    let people = query(&store, "SELECT person FROM actors WHERE actor_class = 'human_federated' ORDER BY person");
    let people: Vec<&str> = people.iter().map(|row| row["person"].as_str().unwrap()).collect();
    assert_eq!(people, ["f0000000-0000-0000-0000-000000000001", "f0000000-0000-0000-0000-000000000002", "grace@acme.example"]);
    let principal = query(&store, "SELECT principal FROM actors WHERE person LIKE '%0001'");
    assert_eq!(principal[0]["principal"], "f0000000-0000-0000-0000-000000000001@d-1234567890");
}

#[test]
fn a_chain_leads_to_the_person_who_began_it() {
    let console = json!({"eventSource": "iam.amazonaws.com", "sessionCredentialFromConsole": "true"});
    let (folder, store) = store(&[
        event(1, "ListUsers", user("ada", "ASIAUSER"), console),
        opening(2, user("ada", "AKIAUSER"), "jump", "one", "ASIAJUMP"),
        opening(3, session("jump", "one", "ASIAJUMP"), "target", "two", "ASIATARGET"),
        event(
            4,
            "DeleteTrail",
            session("target", "two", "ASIATARGET"),
            json!({"eventSource": "cloudtrail.amazonaws.com", "requestParameters": {"name": "main"}}),
        ),
        // A program's chain.
        opening(5, json!({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}), "job", "nightly", "ASIAJOB"),
        event(6, "PutItem", session("job", "nightly", "ASIAJOB"), json!({"eventSource": "dynamodb.amazonaws.com"})),
    ]);
    let found = actors(&store);
    let ada = "arn:aws:iam::111122223333:user/ada";
    assert_eq!(
        found["two"],
        ["human_iam_user", "authenticated", "opening", ada, "user/ada → role/jump (one) → role/target (two)"].map(str::to_owned)
    );
    assert_eq!(found["nightly"][..4], ["workload_role", "authenticated", "opening", ""].map(str::to_owned));
    assert_eq!(class(&store, "DeleteTrail"), "human_iam_user");
    // The exception names person, session and chain.
    let out = folder.path().join("report");
    sixpillars(&[OsStr::new("report"), store.as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(0);
    let rows = csv(&out.join("workpapers/exceptions.csv"));
    let row = rows.iter().find(|row| row["control"] == "event-trail-stopped").unwrap();
    assert_eq!(row["person"], ada);
    assert_eq!(row["session_name"], "two");
    assert_eq!(row["chain"], "user/ada → role/jump (one) → role/target (two)");
    let report = report_json(&out);
    let who = report["controls"]["event-trail-stopped"]["exceptions"][0]["who"].as_str().unwrap();
    assert_eq!(who, "person, as an IAM user ada (authenticated), session two, by way of user/ada → role/jump (one) → role/target (two)");
}

#[test]
fn one_opening_seen_in_two_accounts_is_one() {
    let mut here = opening(1, user("ada", "AKIAUSER"), "target", "two", "ASIATARGET");
    here["sharedEventID"] = json!("5d0a3c6e-0000-0000-0000-000000000001");
    let mut there = here.clone();
    there["eventID"] = json!("5d0a3c6e-0000-0000-0000-0000000000ff");
    there["recipientAccountId"] = json!("444455556666");
    there["userIdentity"] = json!({"type": "AWSAccount", "principalId": "AIDAada", "accountId": ACCOUNT});
    let (_folder, store) = store(&[there, here]);
    let sessions = query(&store, "SELECT opener_principal, chain FROM sessions");
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0]["opener_principal"], "arn:aws:iam::111122223333:user/ada", "the record that names the caller");
}

#[test]
fn keys_of_a_user_are_a_persons_only_where_something_shows_it() {
    let report = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n";
    let line = |name: &str, password: &str| {
        format!(
            "{name},arn:aws:iam::{ACCOUNT}:user/{name},2022-01-01T00:00:00+00:00,{password},no_information,N/A,N/A,false,true,2022-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
        )
    };
    let folder = TempDir::new().unwrap();
    write(folder.path(), "in/credential_report.csv", format!("{report}{}{}", line("grace", "true"), line("robot", "false")));
    let call = |number, name| event(number, "CreateRole", user(name, "AKIAUSER"), json!({"eventSource": "iam.amazonaws.com"}));
    write(folder.path(), "in/log.json", log_file(&[call(1, "grace"), call(2, "robot")]));
    let store = ingest(folder.path(), &[&folder.path().join("in")]);
    let found = actors(&store);
    assert_eq!(found["grace"][..3], ["human_iam_user", "inferred", "password"].map(str::to_owned));
    assert_eq!(found["robot"][..3], ["iam_user", "authenticated", "records"].map(str::to_owned));
}

#[test]
fn a_task_session_is_not_use_of_root() {
    let root = |more: Value| {
        let mut identity = json!({"type": "Root", "principalId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:root"), "accountId": ACCOUNT, "accessKeyId": "ASIAROOT"});
        more.as_object().unwrap().iter().for_each(|(key, value)| identity[key] = value.clone());
        identity
    };
    let (folder, store) = store(&[
        event(
            1,
            "DeleteBucketPolicy",
            root(json!({"sessionContext": {"assumedRoot": "true"}})),
            json!({"eventSource": "s3.amazonaws.com"}),
        ),
        event(
            2,
            "ConsoleLogin",
            root(json!({})),
            json!({"eventSource": "signin.amazonaws.com", "eventType": "AwsConsoleSignIn", "errorMessage": "Failed authentication",
            "responseElements": {"ConsoleLogin": "Failure"}}),
        ),
        event(
            3,
            "PasswordRecoveryRequested",
            root(json!({})),
            json!({"eventSource": "signin.amazonaws.com", "eventType": "AwsConsoleSignIn"}),
        ),
        event(
            4,
            "RefreshTrustedAdvisorCheck",
            root(json!({"invokedBy": "support.amazonaws.com"})),
            json!({"eventSource": "support.amazonaws.com"}),
        ),
    ]);
    let sorts = query(&store, "SELECT root_use, SUM(events) AS n FROM activity GROUP BY root_use ORDER BY root_use");
    let sorts: Vec<(&str, i64)> = sorts.iter().map(|row| (row["root_use"].as_str().unwrap(), row["n"].as_i64().unwrap())).collect();
    assert_eq!(sorts, [("failed_sign_in", 1), ("recovery_request", 1), ("service", 1), ("task_session", 1)]);
    let out = folder.path().join("report");
    sixpillars(&[OsStr::new("report"), store.as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(0);
    let report = report_json(&out);
    assert_eq!(report["controls"]["event-root-activity"]["counts"]["exceptions"], 0);
    assert_eq!(report["controls"]["event-root-email-changed"]["counts"]["exceptions"], 0, "a request changes nothing");
    let text = std::fs::read_to_string(out.join("report.md")).unwrap();
    assert!(text.contains("No use of root's credentials is in the records delivered."), "{text}");
}

#[test]
fn whoever_used_root_is_named_as_root_beside_services_and_task_sessions() {
    let arn = format!("arn:aws:iam::{ACCOUNT}:root");
    let root = |key: &str| json!({"type": "Root", "principalId": ACCOUNT, "arn": arn, "accountId": ACCOUNT, "accessKeyId": key});
    let (mut service, mut task) = (root("ASIASERVICE"), root("ASIATASK"));
    service["invokedBy"] = json!("support.amazonaws.com");
    task["sessionContext"] = json!({"assumedRoot": "true"});
    let mut assume = opening(3, user("ada", "AKIAUSER"), "x", "x", "ASIATASK");
    assume["eventName"] = json!("AssumeRoot");
    assume["requestParameters"] =
        json!({"targetPrincipal": ACCOUNT, "taskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}});
    let (folder, store) = store(&[
        event(1, "RunInstances", root("AKIAROOT"), json!({"eventSource": "ec2.amazonaws.com"})),
        event(2, "RefreshTrustedAdvisorCheck", service, json!({"eventSource": "support.amazonaws.com"})),
        assume,
        event(4, "DeleteBucketPolicy", task, json!({"eventSource": "s3.amazonaws.com"})),
    ]);
    let found = actors(&store);
    assert_eq!((found["root"][0].as_str(), found["root"][4].as_str()), ("root", ""), "no session led to root's credentials");
    assert_eq!(found["task session"][0], "root_session");
    assert!(found["task session"][4].starts_with("user/ada → root"), "{found:?}");
    let out = folder.path().join("report");
    sixpillars(&[OsStr::new("report"), store.as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(0);
    assert_eq!(report_json(&out)["controls"]["event-root-activity"]["exceptions"][0]["who"], "root (authenticated)");
}

#[test]
fn lists_of_the_engagement_name_roles_by_pattern() {
    let folder = TempDir::new().unwrap();
    let engagement = "[engagement]\nclient = \"Acme\"\n\n[[allow_list]]\nname = \"people_roles\"\nvalues = [\"Team-*\"]\n\n[[allow_list]]\nname = \"pipeline_roles\"\nvalues = [\"arn:aws:iam::*:role/deploy-*\"]\n";
    write(folder.path(), "in/engagement.toml", engagement);
    let call = |number, role: &str, name: &str| {
        event(
            number,
            "UpdatePipeline",
            session(role, name, &format!("ASIA{number}")),
            json!({"eventSource": "codepipeline.amazonaws.com", "requestParameters": {"name": "release"}}),
        )
    };
    let mut console = call(3, "deploy-prod", "mallory");
    console["sessionCredentialFromConsole"] = json!("true");
    write(
        folder.path(),
        "in/log.json",
        log_file(&[call(1, "Team-Ops", "x"), call(2, "deploy-prod", "run-7"), console, call(4, "Teams", "y")]),
    );
    let out = folder.path().join("report");
    sixpillars(&[OsStr::new("report"), folder.path().join("in").as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(0);
    let found = actors(&out.join("evidence"));
    // `query` on evidence has no engagement: the report's own tables say what its lists told.
    assert_eq!(found.len(), 4);
    let rows = csv(&out.join("workpapers/exceptions.csv"));
    let by: Vec<(&str, &str)> = rows
        .iter()
        .filter(|row| row["control"] == "event-pipeline-modified")
        .map(|row| (row["session_name"].as_str(), row["actor_grade"].as_str()))
        .collect();
    assert_eq!(by, [("x", "asserted"), ("mallory", "inferred")], "a list of pipelines excuses nobody in the console");
}

/// Session, class, grade and person of the events of one name, and who stands behind its exceptions, by resource.
fn of_users(folder: &Path, store: &Path, control: &str) -> Vec<(String, String)> {
    let out = folder.join("report");
    sixpillars(&[OsStr::new("report"), store.as_os_str(), OsStr::new("--out"), out.as_os_str()]).expect(0);
    let report = report_json(&out);
    let exceptions = report["controls"][control]["exceptions"].as_array().cloned().unwrap_or_default();
    exceptions.iter().map(|e| (e["reason"].as_str().unwrap().to_owned(), e["who"].as_str().unwrap_or_default().to_owned())).collect()
}

/// A change of a user's policy by hand.
fn policy(number: usize, by: Value, user: &str) -> Value {
    let more = json!({"eventSource": "iam.amazonaws.com", "requestParameters": {"userName": user, "policyName": "p"}});
    event(number, "PutUserPolicy", by, more)
}

#[test]
fn the_source_identity_of_a_record_says_whose_it_is() {
    let named = |name: &str, key: &str| {
        let mut session = session("deploy", "cli", key);
        session["sessionContext"]["sourceIdentity"] = json!(name);
        session
    };
    let (folder, store) = store(&[
        policy(1, named("alice", "ASIAONE"), "a"),
        policy(2, named("bob", "ASIATWO"), "b"),
        policy(3, session("deploy", "cli", "ASIATHREE"), "c"),
    ]);
    let rows = query(&store, "SELECT source_identity, actor_class, person, events FROM actors ORDER BY source_identity");
    let found: Vec<_> =
        rows.iter().map(|r| (r["source_identity"].as_str().unwrap(), r["actor_class"].as_str().unwrap(), r["person"].as_str())).collect();
    assert_eq!(found, [("", "workload_role", None), ("alice", "human_federated", Some("alice")), ("bob", "human_federated", Some("bob"))]);
    let who: Vec<String> = of_users(folder.path(), &store, "event-iam-policy-change").into_iter().map(|(_, who)| who).collect();
    assert_eq!(who, ["person alice (asserted), session cli", "person bob (asserted), session cli"]);
}

#[test]
fn the_key_that_an_opening_issued_says_whose_a_record_is() {
    let mut maria = user("maria", "AKIAMARIA");
    maria["sessionContext"] = json!({"attributes": {"mfaAuthenticated": "true"}});
    let mut bob = user("bob", "AKIABOB");
    bob["sessionContext"] = json!({"attributes": {"mfaAuthenticated": "true"}});
    let (folder, store) = store(&[
        opening(1, maria, "deploy", "cli", "ASIAONE"),
        opening(2, bob, "deploy", "cli", "ASIATWO"),
        policy(3, session("deploy", "cli", "ASIAONE"), "a"),
        policy(4, session("deploy", "cli", "ASIATWO"), "b"),
        // Nobody knows who opened this one.
        policy(5, session("deploy", "cli", "ASIATHREE"), "c"),
    ]);
    let who = of_users(folder.path(), &store, "event-iam-policy-change");
    let of = |name: &str| who.iter().find(|(reason, _)| reason.ends_with(name)).map(|(_, who)| who.as_str()).unwrap();
    assert_eq!(of("for a"), "person, as an IAM user maria (authenticated), session cli, by way of user/maria → role/deploy (cli)");
    assert_eq!(of("for b"), "person, as an IAM user bob (authenticated), session cli, by way of user/bob → role/deploy (cli)");
    assert_eq!(of("for c"), "person, as an IAM user (asserted), session cli, not known which of user/bob, user/maria");
}

#[test]
fn a_pipeline_that_shares_a_session_name_with_a_person_is_not_the_person() {
    let mut maria = user("maria", "AKIAMARIA");
    maria["sessionContext"] = json!({"attributes": {"mfaAuthenticated": "true"}});
    let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com");
    let github = json!({"type": "WebIdentityUser", "principalId": format!("{provider}:sts.amazonaws.com:repo:acme/app:ref:refs/heads/main"),
        "userName": "repo:acme/app:ref:refs/heads/main", "identityProvider": provider});
    let mut by_github = opening(2, github, "deploy", "terraform", "ASIATWO");
    by_github["eventName"] = json!("AssumeRoleWithWebIdentity");
    let (folder, store) = store(&[
        opening(1, maria, "deploy", "terraform", "ASIAONE"),
        by_github,
        policy(3, session("deploy", "terraform", "ASIATWO"), "pipeline"),
        policy(4, session("deploy", "terraform", "ASIAONE"), "person"),
        policy(5, session("deploy", "terraform", "ASIATHREE"), "either"),
    ]);
    let rows = query(
        &store,
        "SELECT event_id, actor_class FROM cloudtrail_events WHERE event_name = 'PutUserPolicy' ORDER BY event_time, event_id",
    );
    let classes: Vec<&str> = rows.iter().map(|row| row["actor_class"].as_str().unwrap()).collect();
    assert_eq!(classes, ["workload_role", "human_iam_user", "unknown"]);
    let who = of_users(folder.path(), &store, "event-iam-policy-change");
    assert_eq!(who.len(), 1, "{who:?}");
    assert!(who[0].1.contains("maria (authenticated)"), "{who:?}");
    let report = report_json(&folder.path().join("report"));
    assert_eq!(report["controls"]["event-iam-policy-change"]["counts"]["undetermined"], 1, "a person or a pipeline");
}

#[test]
fn what_a_service_does_for_a_persons_session_is_the_persons() {
    let mut ann = user("ann", "AKIAANN");
    ann["sessionContext"] = json!({"attributes": {"mfaAuthenticated": "true"}});
    let mut passed_on = ann.clone();
    passed_on["invokedBy"] = json!("cloudformation.amazonaws.com");
    let mut of_role = session("ops", "work", "ASIAOPS");
    of_role["invokedBy"] = json!("cloudformation.amazonaws.com");
    let mut of_program = session("config", "AWSConfig-Describe", "ASIACONFIG");
    of_program["invokedBy"] = json!("config.amazonaws.com");
    let service = json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"});
    let (folder, store) = store(&[
        policy(1, passed_on, "a"),
        opening(2, ann, "ops", "work", "ASIAOPS"),
        policy(3, of_role, "b"),
        opening(4, service, "config", "AWSConfig-Describe", "ASIACONFIG"),
        policy(5, of_program, "c"),
    ]);
    let who = of_users(folder.path(), &store, "event-iam-policy-change");
    let who: Vec<&str> = who.iter().map(|(_, who)| who.as_str()).collect();
    assert_eq!(
        who,
        [
            "person, as an IAM user ann (authenticated), through cloudformation.amazonaws.com",
            "person, as an IAM user ann (authenticated), session work, by way of user/ann → role/ops (work), through cloudformation.amazonaws.com"
        ]
    );
    let text = std::fs::read_to_string(folder.path().join("report/report.md")).unwrap();
    assert!(!text.contains("no change by a person is in the records"), "two changes are ann's");
    let noise = query(&store, "SELECT SUM(events) AS n FROM activity WHERE is_service_noise AND event_name = 'PutUserPolicy'");
    assert_eq!(noise[0]["n"], 1, "the recorder's own");
}

#[test]
fn a_user_of_a_web_identity_provider_is_a_person_or_a_program_by_the_provider() {
    let web = |provider: &str, name: &str| json!({"type": "WebIdentityUser", "principalId": format!("{provider}:app:{name}"), "userName": name, "identityProvider": provider});
    let by = |number, provider: &str, name: &str, role: &str, key: &str| {
        let mut call = opening(number, web(provider, name), role, "s", key);
        call["eventName"] = json!("AssumeRoleWithWebIdentity");
        call
    };
    let (_folder, store) = store(&[
        by(1, "accounts.google.com", "dev@acme.example", "google", "ASIAONE"),
        by(
            2,
            "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            "system:serviceaccount:prod:api",
            "eks",
            "ASIATWO",
        ),
        by(3, "arn:aws:iam::111122223333:oidc-provider/login.acme.example", "00u1", "own", "ASIATHREE"),
        policy(4, session("google", "s", "ASIAONE"), "a"),
        policy(5, session("eks", "s", "ASIATWO"), "b"),
        policy(6, session("own", "s", "ASIATHREE"), "c"),
    ]);
    let rows = query(&store, "SELECT principal, actor_class, person FROM actors WHERE session_name = 's' ORDER BY principal");
    let found: Vec<_> = rows.iter().map(|r| (r["actor_class"].as_str().unwrap(), r["person"].as_str())).collect();
    assert_eq!(found, [("workload_role", None), ("human_federated", Some("dev@acme.example")), ("unknown", None)]);
}

#[test]
fn a_sign_in_under_a_name_that_is_hidden_makes_no_user() {
    let hidden = json!({"type": "IAMUser", "accountId": ACCOUNT, "accessKeyId": "", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"});
    let more = json!({"eventSource": "signin.amazonaws.com", "eventType": "AwsConsoleSignIn",
        "errorMessage": "No username found in supplied account", "responseElements": {"ConsoleLogin": "Failure"}});
    let (_folder, store) = store(&[event(1, "ConsoleLogin", hidden, more)]);
    assert_eq!(class(&store, "ConsoleLogin"), "unknown");
}
