//! Items in which AWS Config speaks of itself: results of its rules, and its recorders.

use serde_json::Value;

use super::Tally;
use super::decode::{field, text_field, to_text};
use super::item::Item;
use crate::ingest::batch::{Cell, Output};
use crate::ingest::cli_answers::rule_identifier;

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
    let resource_type = text_field(configuration, "targetResourceType").or(named.map(|n| n.0)).or(item.resource_type.as_deref());
    let resource_id = text_field(configuration, "targetResourceId").or(named.map(|n| n.1)).or(id);
    let overall = text_field(configuration, "complianceType");
    let mut row = |rule: Option<&str>, compliance: Option<&str>, annotation: Option<&str>| {
        let identifier = rule.map(rule_identifier);
        let annotation = annotation.map(|a| super::mask::mask_text(a).unwrap_or_else(|| a.to_owned()));
        out.row(
            "config_compliance",
            record,
            &[
                Cell::text(item.account_id.as_deref()),
                Cell::text(item.region.as_deref()),
                Cell::text(rule),
                Cell::text(identifier.as_deref()),
                Cell::text(resource_type),
                Cell::text(resource_id),
                Cell::text(compliance),
                Cell::micros(item.captured_at),
                Cell::text(annotation.as_deref()),
                Cell::Text("item"),
                Cell::Bool(false),
            ],
        );
    };
    match field(configuration, "configRuleList").and_then(Value::as_array) {
        Some(rules) if !rules.is_empty() => {
            for rule in rules {
                let compliance = text_field(rule, "complianceType");
                if compliance.is_none() {
                    tally.add("rule results name no complianceType".to_owned());
                }
                row(text_field(rule, "configRuleName"), compliance, text_field(rule, "annotation"));
            }
        }
        _ => row(None, overall, text_field(configuration, "annotation")),
    }
}

/// A recorder. Types that it leaves out, where it records all others, stand in the list with a `-`
/// before them.
fn recorder(item: &Item<'_>, record: u64, out: &mut Output<'_>) {
    let configuration = &item.configuration;
    let flag =
        |value: Option<&Value>| value.and_then(|v| v.as_bool().or_else(|| v.as_str().and_then(|t| t.to_ascii_lowercase().parse().ok())));
    let group = field(configuration, "RecordingGroup");
    let in_group = |name: &str| group.and_then(|g| field(g, name));
    let types = resource_types(group);
    out.row(
        "config_recorders",
        record,
        &[
            Cell::text(item.account_id.as_deref()),
            Cell::text(item.region.as_deref()),
            Cell::text(text_field(configuration, "Name").or(item.resource_name.as_deref())),
            flag(field(configuration, "Recording")).map_or(Cell::Null, Cell::Bool),
            flag(in_group("AllSupported")).map_or(Cell::Null, Cell::Bool),
            flag(in_group("IncludeGlobalResourceTypes")).map_or(Cell::Null, Cell::Bool),
            Cell::text(types.as_deref()),
            Cell::text(text_field(configuration, "LastStatus")),
        ],
    );
}

/// The types a recording group names, as a JSON list; excluded ones start with `-`. The API answer of
/// `describe-configuration-recorders` has the same members in another case.
pub fn resource_types(group: Option<&Value>) -> Option<String> {
    let group = group?;
    let list = |value: Option<&Value>| -> Vec<String> {
        value.and_then(Value::as_array).into_iter().flatten().filter_map(|t| t.as_str().map(str::to_owned)).collect()
    };
    let strategy = field(group, "RecordingStrategy").and_then(|s| text_field(s, "UseOnly"));
    let excluded = field(group, "ExclusionByResourceTypes").map(|e| list(field(e, "ResourceTypes"))).unwrap_or_default();
    let types = if strategy == Some("EXCLUSION_BY_RESOURCE_TYPES") || strategy.is_none() && !excluded.is_empty() {
        excluded.into_iter().map(|t| format!("-{t}")).collect()
    } else {
        list(field(group, "ResourceTypes"))
    };
    Some(to_text(&Value::from(types)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excluded_types_are_marked() {
        let group = serde_json::json!({"allSupported":false,"exclusionByResourceTypes":{"resourceTypes":["AWS::EC2::Volume"]},"recordingStrategy":{"useOnly":"EXCLUSION_BY_RESOURCE_TYPES"}});
        assert_eq!(resource_types(Some(&group)).as_deref(), Some(r#"["-AWS::EC2::Volume"]"#));
        assert_eq!(resource_types(None), None);
    }
}
