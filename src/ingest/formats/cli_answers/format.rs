//! Answers of the CLI about the evidence itself: trails, recorders, rules, accounts.

use serde_json::{Map, Value};

use super::{accounts, config, config_state, place_of, trails};
use crate::ingest::batch::Output;
use crate::ingest::formats::config::format::FAMILY as CONFIG;
use crate::ingest::formats::credentials::format::FAMILY as IAM;
use crate::ingest::formats::declaration::{ANSWER, Declaration, Family, Mark, Place, Read, Record, Request, Trace, rank};
use crate::ingest::formats::list::{Answer, AnswerError, List};
use crate::ingest::formats::organization;

/// Trails and accounts, in the documentation.
pub static TRAILS_FAMILY: Family = Family { order: 7, name: "Trails and accounts", note: "" };

/// What the client says, in the documentation.
pub(in crate::ingest) static CLIENT: Family = Family { order: 13, name: "The client's own words", note: "" };

/// The client's own controls, from a matrix or the engagement.
pub(in crate::ingest) static CONTROLS: Request = Request {
    order: 12,
    tells: "tests of the client's own controls",
    each: false,
    beside: None,
    what: "client controls",
    how: "[[client_control]] in engagement.toml, or a CSV with control_id, control_text, criteria, tests",
};

const LISTED: Declaration = Declaration { read: Read::Answers, record: Record::FirstList, place: Place::Path, ..Declaration::OTHER };

/// Results and definitions of AWS Config rules.
pub(in crate::ingest) static RULES: Declaration = Declaration {
    label: "AWS Config rule results",
    docs: Some((
        &CONFIG,
        "results of rules and conformance packs, of an account or an aggregator; rules and when they last ran; delivery channels",
    )),
    answers: &[
        Answer::named(&["ConfigRules"], Some("config_rules"), |answer, _, out| config::rules(answer, out)),
        Answer::named(&["ComplianceByConfigRules"], Some("config_compliance"), |answer, path, out| {
            config::by_rule(answer, &place_of(path), out)
        }),
        Answer::named(&["AggregateComplianceByConfigRules"], None, |answer, path, out| config::by_rule(answer, &place_of(path), out)),
        Answer::named(&["ComplianceByResources"], Some("config_compliance"), |answer, path, out| {
            config::by_resource(answer, &place_of(path), out)
        }),
        Answer::named(&["EvaluationResults"], Some("config_compliance"), |answer, path, out| {
            config::evaluations(answer, &place_of(path), out)
        }),
        Answer::named(&["AggregateEvaluationResults", "ConformancePackRuleEvaluationResults"], None, |answer, path, out| {
            config::evaluations(answer, &place_of(path), out)
        }),
        Answer::named(&["ConformancePackRuleComplianceList"], None, |answer, path, out| config::pack_rules(answer, &place_of(path), out)),
        Answer::named(&["ConformancePackComplianceSummaryList", "AggregateComplianceByConformancePacks"], None, |answer, path, out| {
            config::pack_summary(answer, &place_of(path), out)
        }),
        Answer::named(config::COUNTS, None, |_, _, out| {
            config::counts(
                "get-compliance-details-by-config-rule for each rule, or get-aggregate-compliance-details-by-config-rule of the aggregator",
                out,
            );
            Ok(())
        }),
        Answer::named(config::RESOURCE_COUNTS, None, |_, _, out| {
            config::counts("list-discovered-resources for each type, or list-aggregate-discovered-resources of the aggregator", out);
            Ok(())
        }),
        Answer::named(&["ConfigRulesEvaluationStatus"], Some("config_rule_status"), |answer, _, out| {
            config_state::rule_status(answer, out)
        }),
        Answer::named(&["DeliveryChannels"], Some("config_delivery_channels"), |answer, path, out| {
            config_state::delivery_channels(answer, &place_of(path), out)
        }),
        Answer::named(&["DeliveryChannelsStatus"], Some("config_delivery_channels"), |answer, path, out| {
            config_state::delivery_status(answer, &place_of(path), out)
        }),
    ],
    tables: &["config_compliance", "config_rules", "config_rule_status", "config_delivery_channels"],
    traces: &[
        Trace::Call("describe-config-rule"),
        Trace::Call("describe-compliance-by-"),
        Trace::Call("get-compliance-details-by-"),
        Trace::Call("get-compliance-summary-by-"),
        Trace::Call("get-conformance-pack-"),
    ],
    requests: &[&Request {
        order: 8,
        tells: "results of AWS Config's own rules",
        each: false,
        beside: None,
        what: "rule results",
        how: "aws configservice get-compliance-details-by-config-rule --config-rule-name RULE > config/ACCOUNT/REGION/RULE.json",
    }],
    examples: &[
        r#"{"ConfigRules":[{"ConfigRuleName":"r","ConfigRuleArn":"arn:aws:config:eu-west-1:111122223333:config-rule/x","Source":{"Owner":"AWS","SourceIdentifier":"ROOT_ACCOUNT_MFA_ENABLED"}}]}"#,
        r#"{"DeliveryChannels":[{"name":"default","s3BucketName":"b"}]}"#,
        r#"{"ConformancePackComplianceSummaryList":[{"ConformancePackName":"p","ConformancePackComplianceStatus":"COMPLIANT"}]}"#,
    ],
    ..LISTED
};

/// `describe-configuration-recorders` and their status. Asked before rules, whose answers are kept beside them at times.
pub(in crate::ingest) static RECORDERS: Declaration = Declaration {
    label: "AWS Config recorders",
    docs: Some((&CONFIG, "recorders")),
    rank: rank::RECORDERS,
    answers: &[
        Answer::named(&["ConfigurationRecorders"], Some("config_recorders"), |answer, path, out| {
            config::recorders(answer, &place_of(path), out)
        }),
        Answer::named(&["ConfigurationRecordersStatus"], Some("config_recorders"), |answer, path, out| {
            config::recorder_status(answer, &place_of(path), out)
        }),
    ],
    tables: &["config_recorders"],
    traces: &[Trace::Call("describe-configuration-recorder")],
    examples: &[
        r#"{"ConfigurationRecorders":[{"name":"default","roleARN":"arn:aws:iam::111122223333:role/x","recordingGroup":{"allSupported":true}}]}"#,
    ],
    ..LISTED
};

pub(in crate::ingest) static TRAILS: Declaration = Declaration {
    label: "describe-trails answer",
    docs: Some((&TRAILS_FAMILY, "`describe-trails`")),
    source: Some("describe-trails"),
    answers: &[Answer::named(&["trailList"], Some("trails"), |answer, path, out| trails::trails(answer, &place_of(path), out))],
    tables: &["trails"],
    traces: &[Trace::Quoted(&["trailList"], 1, ANSWER), Trace::Call("describe-trails")],
    requests: &[&Request {
        order: 3,
        tells: "settings of trails",
        each: false,
        beside: None,
        what: "describe-trails",
        how: "aws cloudtrail describe-trails > trails/ACCOUNT/describe-trails.json",
    }],
    examples: &[
        r#"{"trailList":[{"Name":"main","TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main","HomeRegion":"eu-west-1"}]}"#,
    ],
    ..LISTED
};

pub(in crate::ingest) static TRAIL_STATUS: Declaration = Declaration {
    label: "get-trail-status answer",
    docs: Some((&TRAILS_FAMILY, "`get-trail-status`")),
    answers: &[Answer::named(&["IsLogging"], None, |answer, path, out| {
        trails::status(answer, path, out);
        Ok(())
    })],
    record: Record::Document,
    place: Place::About(trails::trail_of_file),
    time: Some("LatestDeliveryTime"),
    tables: &["trail_status"],
    traces: &[Trace::Call("get-trail-status")],
    requests: &[&Request {
        order: 4,
        tells: "whether trails log",
        each: false,
        beside: None,
        what: "get-trail-status",
        how: "aws cloudtrail get-trail-status --name TRAIL > trails/get-trail-status-TRAIL.json",
    }],
    examples: &[r#"{"IsLogging":true,"LatestDeliveryTime":"2024-05-01T10:00:00Z"}"#],
    ..LISTED
};

pub(in crate::ingest) static SELECTORS: Declaration = Declaration {
    label: "get-event-selectors answer",
    docs: Some((&TRAILS_FAMILY, "`get-event-selectors`")),
    answers: &[Answer {
        list: List { beside: &["TrailARN"], ..List::named(&["EventSelectors", "AdvancedEventSelectors"]) },
        empty: Some("trail_event_selectors"),
        read: |answer, _, out| trails::selectors(answer, out),
    }],
    place: Place::Stated,
    tables: &["trail_event_selectors"],
    traces: &[Trace::Call("get-event-selectors")],
    requests: &[&Request {
        order: 5,
        tells: "what trails record",
        each: false,
        beside: None,
        what: "get-event-selectors",
        how: "aws cloudtrail get-event-selectors --trail-name TRAIL > trails/get-event-selectors-TRAIL.json",
    }],
    examples: &[
        r#"{"TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main","EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[]}]}"#,
    ],
    ..LISTED
};

/// `organizations list-accounts`. `Status` is retired in favour of `State`; older answers have the first only.
pub(in crate::ingest) static ACCOUNTS: Declaration = Declaration {
    label: "list-accounts answer",
    docs: Some((&TRAILS_FAMILY, "`organizations list-accounts`")),
    answers: &[
        Answer {
            list: List::unless_other(&["Accounts"], &["Id", "Arn"]),
            empty: Some("organization_accounts"),
            read: accounts::organization,
        },
        Answer { list: List::of(&["Accounts"], &["Id", "Status"]), empty: Some("organization_accounts"), read: accounts::organization },
        Answer { list: List::of(&["Accounts"], &["Id", "State"]), empty: Some("organization_accounts"), read: accounts::organization },
    ],
    place: Place::Only(|path| organization::is_of_parent(path).then(|| organization::parent_of(path).unwrap_or_default())),
    tables: &["organization_accounts", "organization_parents"],
    traces: &[Trace::Call("list-accounts")],
    requests: &[&Request {
        order: 10,
        tells: "which accounts there are",
        each: false,
        beside: None,
        what: "organizations list-accounts",
        how: "aws organizations list-accounts > trails/organizations-list-accounts.json",
    }],
    examples: &[
        r#"{"Accounts":[{"Id":"111122223333","Arn":"arn:aws:organizations::111122223333:account/o-1/111122223333","Name":"acme","Status":"ACTIVE"}]}"#,
    ],
    ..LISTED
};

pub(in crate::ingest) static ACCOUNT_SUMMARY: Declaration = Declaration {
    label: "IAM account summary",
    docs: Some((&IAM, "`get-account-summary`")),
    answers: &[Answer::named(&["SummaryMap"], None, |answer, path, out| accounts::summary(answer, &place_of(path), out))],
    record: Record::Document,
    tables: &["iam_account_summary"],
    traces: &[Trace::Quoted(&["SummaryMap"], 1, ANSWER), Trace::Call("get-account-summary")],
    examples: &[r#"{"SummaryMap":{"Users":3,"AccountMFAEnabled":1}}"#],
    ..LISTED
};

/// `list-discovered-resources` and its aggregate form. Asked before rules, like the recorders.
pub(in crate::ingest) static INVENTORY: Declaration = Declaration {
    label: "AWS Config inventory",
    docs: Some((&CONFIG, "`list-discovered-resources` as inventory")),
    rank: rank::RECORDERS,
    answers: &[
        Answer { list: List::unless_other(&["resourceIdentifiers"], &["resourceType"]), empty: None, read: inventory },
        Answer { list: List::of(&["ResourceIdentifiers"], &["ResourceType"]), empty: None, read: inventory },
    ],
    tables: &["config_inventory"],
    traces: &[Trace::Call("get-discovered-resource-"), Trace::Call("list-discovered-resources")],
    examples: &[r#"{"resourceIdentifiers":[{"resourceType":"AWS::EKS::Cluster","resourceId":"c"}]}"#],
    ..LISTED
};

pub(in crate::ingest) static CLIENT_CONTROLS: Declaration = Declaration {
    label: "client control matrix",
    docs: Some((&CLIENT, "control matrix as CSV")),
    marks: &[Mark::Table(|table| table.has("control_id") && (table.has("control_text") || table.has("criteria")))],
    read: Read::Text(|mut text, _, out| super::read_control_matrix(&mut text, out).map_err(|error| error.to_string())),
    record: Record::Row,
    tables: &["client_control_matrix"],
    requests: &[&CONTROLS],
    examples: &["control_id,control_text,criteria,tests\nC-1,Access is reviewed,CC6.1,\n"],
    ..Declaration::OTHER
};

fn inventory(answer: &Map<String, Value>, path: &str, out: &mut Output<'_>) -> Result<(), AnswerError> {
    config_state::inventory(answer, &place_of(path), out)
}
