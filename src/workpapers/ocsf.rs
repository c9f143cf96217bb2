//! The findings as events of the Open Cybersecurity Schema Framework: Compliance Finding, class 2003, by the schema of 1.3.0.
//! A finding is Fail or Unknown, never Pass: what was tested without an exception is no finding, and is not said here.

use serde_json::{Map, Value, json};

use crate::findings::Status;
use crate::outcome::Severity;
use crate::report::model::register::{Register, RegisterEntry};

/// Name and title of the file.
pub const OCSF: (&str, &str) = ("findings.ocsf.json", "Findings as OCSF Compliance Finding events");

/// Version of the schema.
const VERSION: &str = "1.3.0";
const CATEGORY: u32 = 2;
const CLASS: u32 = 2003;
/// Activity: created.
const CREATE: u32 = 1;

/// One event for each finding; `as_of` is the as-of time, UTC microseconds.
pub fn events(register: &Register, as_of: i64) -> Vec<Value> {
    register.findings.iter().map(|entry| event(entry, as_of / 1_000)).collect()
}

fn event(entry: &RegisterEntry, time: i64) -> Value {
    // A risk acceptance that does not stand is no check of a resource.
    let (status, status_id) = if entry.controls.is_empty() { ("Unknown", 0) } else { ("Fail", 3) };
    let (severity, severity_id) = severity(entry.severity);
    let (state, state_id) = match entry.status {
        Status::Open | Status::New => ("New", 1),
        Status::Worse | Status::Better => ("In Progress", 2),
        Status::RiskAccepted => ("Suppressed", 3),
        Status::Fixed => ("Resolved", 4),
        Status::NoLongerTestable => ("Unknown", 0),
    };
    let mut event = json!({
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + CREATE,
        "type_name": "Compliance Finding: Create",
        "time": time,
        "severity": severity,
        "severity_id": severity_id,
        "status": state,
        "status_id": state_id,
        "message": entry.condition,
        "metadata": {
            "version": VERSION,
            "profiles": ["cloud"],
            "product": { "name": "sixpillars", "vendor_name": "sixpillars", "version": env!("CARGO_PKG_VERSION") },
        },
        "cloud": cloud(entry),
        "finding_info": finding_info(entry),
        "compliance": {
            "standards": standards(entry),
            "requirements": entry.criteria.ids,
            "control": entry.severity_basis,
            "status": status,
            "status_id": status_id,
            "status_detail": entry.condition,
        },
        "resources": resources(entry),
    });
    if let Some(members) = event.as_object_mut() {
        if !entry.recommendation.is_empty() {
            members.insert("remediation".to_owned(), json!({ "desc": entry.recommendation }));
        }
        if let Some(response) = entry.response.as_ref().filter(|response| !response.comment.is_empty()) {
            members.insert("comment".to_owned(), json!(response.comment));
        }
    }
    event
}

fn severity(severity: Severity) -> (&'static str, u32) {
    match severity {
        Severity::Informational => ("Informational", 1),
        Severity::Low => ("Low", 2),
        Severity::Medium => ("Medium", 3),
        Severity::High => ("High", 4),
        Severity::Critical => ("Critical", 5),
    }
}

fn finding_info(entry: &RegisterEntry) -> Value {
    let mut info = json!({ "uid": entry.id, "title": entry.title, "desc": entry.effect, "types": [entry.family] });
    let micros = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    if let Some(members) = info.as_object_mut() {
        for (name, at) in [("first_seen_time", &entry.first), ("last_seen_time", &entry.last)] {
            members.extend(micros(at).map(|at| (name.to_owned(), json!(at.as_millisecond()))));
        }
    }
    info
}

/// Provider, and account and Region where there is one.
fn cloud(entry: &RegisterEntry) -> Value {
    let mut cloud = Map::from_iter([("provider".to_owned(), json!("AWS"))]);
    if let [account] = entry.accounts.as_slice() {
        cloud.insert("account".to_owned(), json!({ "uid": account, "type": "AWS Account", "type_id": 10 }));
    }
    if let [region] = entry.regions.as_slice() {
        cloud.insert("region".to_owned(), json!(region));
    }
    Value::Object(cloud)
}

fn resources(entry: &RegisterEntry) -> Vec<Value> {
    let one = |name: &String| {
        let mut resource = Map::from_iter([("name".to_owned(), json!(name))]);
        if let [region] = entry.regions.as_slice() {
            resource.insert("region".to_owned(), json!(region));
        }
        if let [owner] = entry.owner.as_slice() {
            resource.insert("owner".to_owned(), json!({ "name": owner }));
        }
        Value::Object(resource)
    };
    entry.resources.iter().map(one).collect()
}

/// Frameworks of the criteria; the schema wants one at least.
fn standards(entry: &RegisterEntry) -> Vec<&str> {
    let mut standards: Vec<&str> = entry.criteria.ids.iter().filter_map(|id| id.split_once(':')).map(|(framework, _)| framework).collect();
    standards.sort_unstable();
    standards.dedup();
    if standards.is_empty() { vec!["sixpillars"] } else { standards }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::register::{Criteria, ManagementResponse};

    /// Required attributes and their types, read from the schema of 1.3.0 (events/findings/compliance_finding.json, finding.json, base_event.json;
    /// objects/compliance.json, finding_info.json, metadata.json, product.json, cloud.json, remediation.json).
    const REQUIRED: [(&str, &str); 16] = [
        ("/activity_id", "integer"),
        ("/category_uid", "integer"),
        ("/class_uid", "integer"),
        ("/type_uid", "integer"),
        ("/time", "integer"),
        ("/severity_id", "integer"),
        ("/metadata", "object"),
        ("/metadata/version", "string"),
        ("/metadata/product", "object"),
        ("/metadata/product/vendor_name", "string"),
        ("/finding_info", "object"),
        ("/finding_info/uid", "string"),
        ("/finding_info/title", "string"),
        ("/compliance", "object"),
        ("/compliance/standards", "array"),
        ("/cloud/provider", "string"),
    ];

    fn kind(value: &Value) -> &'static str {
        match value {
            Value::Number(n) if n.is_i64() || n.is_u64() => "integer",
            Value::String(text) if !text.is_empty() => "string",
            Value::Array(list) if !list.is_empty() => "array",
            Value::Object(_) => "object",
            _ => "none",
        }
    }

    fn entry() -> RegisterEntry {
        RegisterEntry {
            id: "f-1".to_owned(),
            title: "T".to_owned(),
            controls: vec!["c".to_owned()],
            severity: Severity::High,
            accounts: vec!["111122223333".to_owned()],
            resources: vec!["b".to_owned()],
            first: Some("2026-05-01T10:00:00Z".to_owned()),
            criteria: Criteria {
                statement: "S".to_owned(),
                ids: vec!["soc2:CC6.1".to_owned(), "soc2:CC6.2".to_owned(), "wa:SEC01".to_owned()],
            },
            recommendation: "R".to_owned(),
            response: Some(ManagementResponse { comment: "we do".to_owned(), ..ManagementResponse::default() }),
            ..RegisterEntry::default()
        }
    }

    #[test]
    fn an_event_has_what_the_schema_requires_and_never_passes() {
        let acceptance = RegisterEntry { controls: Vec::new(), criteria: Criteria::default(), recommendation: String::new(), ..entry() };
        let accepted = RegisterEntry { status: Status::RiskAccepted, ..entry() };
        let register = Register { findings: vec![entry(), acceptance, accepted], ..Register::default() };
        let events = events(&register, 1_782_864_000_000_000);
        for event in &events {
            for (place, wanted) in REQUIRED {
                assert_eq!(event.pointer(place).map_or("none", kind), wanted, "{place} of {event}");
            }
            assert_eq!((&event["class_uid"], &event["type_uid"], &event["category_uid"]), (&json!(2003), &json!(200_301), &json!(2)));
            assert_eq!(event["time"], json!(1_782_864_000_000_i64), "milliseconds");
        }
        let states: Vec<_> = events.iter().map(|e| (e["compliance"]["status"].clone(), e["compliance"]["status_id"].clone())).collect();
        assert_eq!(states, [(json!("Fail"), json!(3)), (json!("Unknown"), json!(0)), (json!("Fail"), json!(3))]);
        assert_eq!((&events[0]["status"], &events[2]["status"]), (&json!("New"), &json!("Suppressed")));
        assert_eq!(events[0]["compliance"]["standards"], json!(["soc2", "wa"]));
        // 2026-05-01T10:00:00Z by `date -u -d ... +%s`.
        assert_eq!(events[0]["finding_info"]["first_seen_time"], json!(1_777_629_600_000_i64));
        assert_eq!(events[0]["severity_id"], json!(4));
        assert!(events[1].get("remediation").is_none() && events[0]["remediation"]["desc"] == "R");
    }
}
