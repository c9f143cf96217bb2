//! Items in which AWS Config speaks of itself: results of its rules, and its recorders.

use super::Tally;
use super::item::Item;
use crate::ingest::batch::Output;
use crate::ingest::formats::cli_answers::rule_identifier;
use crate::ingest::reading::tree::Tree;
use crate::schema::tables::{ConfigComplianceRow, ConfigRecordersRow};

/// Writes what an item says about rules or recorders, if its type is one of those.
pub fn rows(item: &Item<'_>, record: u64, tally: &mut Tally, out: &mut Output<'_>) {
    if item.is_deleted() || !item.configuration.is_object() {
        return;
    }
    match item.resource_type() {
        "AWS::Config::ResourceCompliance" | "AWS::Config::ConformancePackCompliance" => {
            results(item, record, tally, out);
        }
        "AWS::Config::ConfigurationRecorder" => recorder(item, record, out),
        _ => {}
    }
}

fn results(item: &Item<'_>, record: u64, tally: &mut Tally, out: &mut Output<'_>) {
    let configuration = &item.configuration;
    let id = item.resource_id.as_deref();
    // A result's own id is the type and id of the resource it is about.
    let named = if item.resource_type() == "AWS::Config::ResourceCompliance" { id.and_then(|i| i.split_once('/')) } else { None };
    let resource_type = configuration.text_field("targetResourceType").or(named.map(|n| n.0)).or(item.resource_type.as_deref());
    let resource_id = configuration.text_field("targetResourceId").or(named.map(|n| n.1)).or(id);
    let overall = configuration.text_field("complianceType");
    let mut row = |rule: Option<&str>, compliance: Option<&str>, annotation: Option<&str>| {
        let identifier = rule.map(rule_identifier);
        let annotation = annotation.map(|a| super::mask::mask_text(a).unwrap_or_else(|| a.to_owned()));
        out.row(
            record,
            &ConfigComplianceRow {
                account_id: item.account_id.as_deref(),
                region: item.region.as_deref(),
                rule_name: rule,
                rule_identifier: identifier.as_deref(),
                resource_type,
                resource_id,
                compliance_type: compliance,
                recorded_at: item.captured_at,
                annotation: annotation.as_deref(),
                origin: Some("item"),
                capped: Some(false),
            },
        );
    };
    match configuration.field("configRuleList").and_then(Tree::as_list) {
        Some(rules) if !rules.is_empty() => {
            for rule in rules {
                let compliance = rule.text_field("complianceType");
                if compliance.is_none() {
                    tally.add("rule results name no complianceType".to_owned());
                }
                row(rule.text_field("configRuleName"), compliance, rule.text_field("annotation"));
            }
        }
        _ => row(None, overall, configuration.text_field("annotation")),
    }
}

/// A recorder. Types that it leaves out, where it records all others, stand in the list with a `-`
/// before them.
fn recorder(item: &Item<'_>, record: u64, out: &mut Output<'_>) {
    let configuration = &item.configuration;
    let flag =
        |value: Option<&Tree<'_>>| value.and_then(|v| v.as_bool().or_else(|| v.as_str().and_then(|t| t.to_ascii_lowercase().parse().ok())));
    let group = configuration.field("RecordingGroup");
    let in_group = |name: &str| group.and_then(|g| g.field(name));
    let types = resource_types(group);
    out.row(
        record,
        &ConfigRecordersRow {
            account_id: item.account_id.as_deref(),
            region: item.region.as_deref(),
            recorder_name: configuration.text_field("Name").or(item.resource_name.as_deref()),
            recording: flag(configuration.field("Recording")),
            all_supported: flag(in_group("AllSupported")),
            include_global: flag(in_group("IncludeGlobalResourceTypes")),
            resource_types: types.as_deref(),
            last_status: configuration.text_field("LastStatus"),
            last_start_at: None,
            last_stop_at: None,
            item_captured_at: item.captured_at,
        },
    );
}

/// The types a recording group names, as a JSON list; excluded ones start with `-`. The API answer of
/// `describe-configuration-recorders` has the same members in another case.
fn resource_types(group: Option<&Tree<'_>>) -> Option<String> {
    let group = group?;
    let list = |value: Option<&Tree<'_>>| -> Vec<String> {
        value.and_then(Tree::as_list).into_iter().flatten().filter_map(|t| t.as_str().map(str::to_owned)).collect()
    };
    let strategy = group.field("RecordingStrategy").and_then(|s| s.text_field("UseOnly"));
    let excluded = group.field("ExclusionByResourceTypes").map(|e| list(e.field("ResourceTypes"))).unwrap_or_default();
    let types: Vec<String> = if strategy == Some("EXCLUSION_BY_RESOURCE_TYPES") || strategy.is_none() && !excluded.is_empty() {
        excluded.into_iter().map(|t| format!("-{t}")).collect()
    } else {
        list(group.field("ResourceTypes"))
    };
    Some(Tree::texts(types.iter().map(String::as_str)).to_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excluded_types_are_marked() {
        let group = serde_json::json!({"allSupported":false,"exclusionByResourceTypes":{"resourceTypes":["AWS::EC2::Volume"]},"recordingStrategy":{"useOnly":"EXCLUSION_BY_RESOURCE_TYPES"}});
        assert_eq!(resource_types(Some(&Tree::from(&group))).as_deref(), Some(r#"["-AWS::EC2::Volume"]"#));
        assert_eq!(resource_types(None), None);
    }
}
