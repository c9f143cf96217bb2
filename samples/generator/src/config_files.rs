//! Writes the estate as AWS Config exports it: snapshots, history files, and two API answers.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::Outcome;
use crate::answers::Answers;
use crate::clock::{DAY, basic, civil, t};
use crate::estate::Estate;
use crate::estate_operations::RECORDED;
use crate::item::{Resource, Version};
use crate::random::{Random, hash};
use crate::trail_files::{gzip, save};
use crate::world::{PROD, resource_id};
use crate::{estate_compute, estate_data, estate_identity, estate_network, estate_operations};

/// When the three snapshots were taken.
const SNAPSHOTS: [&str; 3] = ["03-31 20:05:11", "04-01 01:04:47", "06-30 22:50:12"];

/// Builds the estate and writes every Config file.
pub fn write(out: &Path, seed: u64, answers: &mut Answers) -> Outcome<()> {
    let resources = estate(answers);
    let (mut items, mut files) = (0u64, 0u64);
    for place in RECORDED {
        for when in SNAPSHOTS {
            items += write_snapshot(out, &resources, place, when, seed)?;
            files += 1;
        }
    }
    answers.total("Config: snapshot files", files);
    answers.total("Config: items in snapshots, copies included", items);
    history(out, &resources, answers)?;
    api_answers(out, &resources, answers)?;
    count(&resources, answers);
    Ok(())
}

/// Every resource of the company.
pub fn estate(answers: &mut Answers) -> Vec<Resource> {
    let mut estate = Estate { resources: Vec::new(), answers };
    estate_network::build(&mut estate);
    estate_compute::build(&mut estate);
    estate_data::build(&mut estate);
    estate_identity::build(&mut estate);
    estate_operations::build(&mut estate);
    estate.resources
}

/// Writes the snapshot of an account and Region; gives the number of its items.
pub fn write_snapshot(out: &Path, resources: &[Resource], place: (&str, &str), when: &str, seed: u64) -> Outcome<u64> {
    let (n, text) = snapshot(resources, place, t(when), seed);
    let folder = folder(place, t(when));
    let name = format!("{}_Config_{}_ConfigSnapshot_{}_{}.json.gz", place.0, place.1, basic(t(when)), guid(seed, place, when));
    save(&out.join("config").join(folder).join("ConfigSnapshot").join(name), &gzip(text.to_string().as_bytes(), 9)?)?;
    Ok(n)
}

fn lives(resource: &Resource, place: (&str, &str)) -> bool {
    resource.account == place.0 && (resource.region == place.1 || resource.region == "global" && place.1 == "eu-west-1")
}

fn guid(seed: u64, place: (&str, &str), when: &str) -> String {
    Random::new(&[seed, hash(place.0), hash(place.1), hash(when)]).new_uuid()
}

fn folder(place: (&str, &str), time: i64) -> String {
    let (y, m, d) = civil(time);
    format!("AWSLogs/{}/Config/{}/{y}/{m}/{d}", place.0, place.1)
}

fn snapshot(resources: &[Resource], place: (&str, &str), time: i64, seed: u64) -> (u64, Value) {
    let items: Vec<Value> = resources.iter().filter(|r| lives(r, place)).filter_map(|r| r.at(time).map(|v| r.file_item(v))).collect();
    let n = items.len() as u64;
    (n, json!({"fileVersion": "1.0", "configSnapshotId": guid(seed, place, &time.to_string()), "configurationItems": items}))
}

/// One file per type and day, for what changed after the first snapshot.
fn history(out: &Path, resources: &[Resource], answers: &mut Answers) -> Outcome<()> {
    // Account, Region, type and day.
    type Key<'a> = (String, String, &'a str, i64);
    let mut files: BTreeMap<Key<'_>, Vec<(&Resource, &Version)>> = BTreeMap::new();
    for resource in resources {
        for version in &resource.versions {
            if version.at > t(SNAPSHOTS[1]) {
                let region = if resource.region == "global" { "eu-west-1" } else { &resource.region };
                let key = (resource.account.clone(), region.to_owned(), resource.kind, version.at / DAY);
                files.entry(key).or_default().push((resource, version));
            }
        }
    }
    let mut items = 0u64;
    for ((account, region, kind, _), versions) in &files {
        let (Some(first), Some(last)) = (versions.iter().map(|(_, v)| v.at).min(), versions.iter().map(|(_, v)| v.at).max()) else {
            continue;
        };
        let written: Vec<Value> = versions.iter().map(|(r, v)| r.file_item(v)).collect();
        items += written.len() as u64;
        let name =
            format!("{account}_Config_{region}_ConfigHistory_AWS__{}_{}_{}_1.json.gz", kind.replace("::", "__"), basic(first), basic(last));
        let text = json!({"fileVersion": "1.0", "configurationItems": written}).to_string();
        save(&out.join("config").join(folder((account, region), last)).join("ConfigHistory").join(name), &gzip(text.as_bytes(), 9)?)?;
    }
    answers.total("Config: history files", files.len());
    answers.total("Config: items in history files", items);
    Ok(())
}

fn api_answers(out: &Path, resources: &[Resource], answers: &mut Answers) -> Outcome<()> {
    let open = resource_id("sg", 104);
    let versions: Vec<Value> =
        resources.iter().filter(|r| r.id == open).flat_map(|r| r.versions.iter().rev().map(|v| r.api_item(v))).collect();
    answers.total("Config: items of the get-resource-config-history answer (all are in the files too)", versions.len());
    let text = serde_json::to_string_pretty(&json!({"configurationItems": versions}))?;
    save(&out.join(format!("config/get-resource-config-history-{open}.json")), (text + "\n").as_bytes())?;
    let rows: Vec<Value> = resources
        .iter()
        .filter(|r| r.account == PROD && r.kind == "EC2::Instance")
        .filter_map(|r| {
            r.at(t("06-30 22:59:00")).map(|v| {
                let tags: Vec<Value> = v.tags.iter().map(|(k, x)| json!({"key": k, "value": x, "tag": format!("{k}={x}")})).collect();
                json!(json!({"accountId": r.account, "awsRegion": r.region, "resourceType": "AWS::EC2::Instance", "resourceId": r.id, "tags": tags, "configuration": {"instanceType": v.configuration["instanceType"], "state": {"name": v.configuration["state"]["name"]}}}).to_string())
            })
        })
        .collect();
    answers.total("Config: rows of the select-resource-config answer", rows.len());
    let fields: Vec<Value> =
        ["accountId", "awsRegion", "resourceType", "resourceId", "tags", "configuration.instanceType", "configuration.state.name"]
            .iter()
            .map(|f| json!({"Name": f}))
            .collect();
    let text = serde_json::to_string_pretty(&json!({"Results": rows, "QueryInfo": {"SelectFields": fields}}))?;
    save(&out.join("config/select-resource-config-ec2-instances.json"), (text + "\n").as_bytes())?;
    let result = |id: &str, verdict: &str| json!({"EvaluationResultIdentifier": {"EvaluationResultQualifier": {"ConfigRuleName": "encrypted-volumes", "ResourceType": "AWS::EC2::Volume", "ResourceId": id, "EvaluationMode": "DETECTIVE"}, "OrderingTimestamp": "2026-06-29T08:00:00+00:00"}, "ComplianceType": verdict, "ResultRecordedTime": "2026-06-29T08:01:00+00:00", "ConfigRuleInvokedTime": "2026-06-29T08:00:58+00:00"});
    let rows = [
        result(&resource_id("vol", 101), "COMPLIANT"),
        result(&resource_id("vol", 123), "NON_COMPLIANT"),
        result(&resource_id("vol", 102), "COMPLIANT"),
    ];
    answers.total("Config: EvaluationResults rows", rows.len());
    let text = serde_json::to_string_pretty(&json!({"EvaluationResults": rows}))?;
    save(
        &out.join(format!("config/{PROD}/eu-west-1/get-compliance-details-by-config-rule-encrypted-volumes.json")),
        (text + "\n").as_bytes(),
    )?;
    Ok(())
}

fn count(resources: &[Resource], answers: &mut Answers) {
    let end = t("06-30 23:00:00");
    let mut types: BTreeMap<String, u64> = BTreeMap::new();
    let (mut versions, mut deleted) = (0u64, 0u64);
    for resource in resources {
        versions += resource.versions.iter().filter(|v| v.at <= end).count() as u64;
        deleted += u64::from(resource.at(end).is_none());
        if resource.at(end).is_some() {
            *types.entry(format!("AWS::{}", resource.kind)).or_default() += 1;
        }
    }
    answers.total("Config: resources at the end of the period, rule results included", types.values().sum::<u64>());
    answers.total("Config: resources deleted in the period", deleted);
    answers.total("Config: distinct item versions in all files", versions - missing(resources));
    for (kind, n) in types {
        answers.total(format!("Config: {kind} at the end of the period"), n);
    }
}

/// Versions so old that no snapshot and no history file holds them.
fn missing(resources: &[Resource]) -> u64 {
    let first = t(SNAPSHOTS[0]);
    resources.iter().map(|r| r.versions.iter().filter(|v| v.at <= first).count().saturating_sub(1) as u64).sum()
}
