//! One resource as AWS Config sees it: its versions over time, and the two dialects of a configuration item.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::clock::{DAY, iso_millis, millis, t};
use crate::random::hash;

/// One captured version.
#[derive(Clone)]
pub struct Version {
    /// Capture time.
    pub at: i64,
    /// `OK`, `ResourceDiscovered` or `ResourceDeleted`.
    pub status: &'static str,
    /// `configuration`; null once deleted.
    pub configuration: Value,
    /// `supplementaryConfiguration`.
    pub supplementary: Map<String, Value>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// One resource.
#[derive(Clone)]
pub struct Resource {
    /// Account.
    pub account: String,
    /// Region, or `global` for IAM.
    pub region: String,
    /// Availability zone text.
    pub zone: String,
    /// Type, without `AWS::`.
    pub kind: &'static str,
    /// `resourceId`.
    pub id: String,
    /// `resourceName`.
    pub name: String,
    /// ARN.
    pub arn: String,
    /// Creation time, when the type has one.
    pub created: Option<i64>,
    /// Relationships, file dialect.
    pub relationships: Vec<Value>,
    /// Versions, oldest first.
    pub versions: Vec<Version>,
}

/// Account and Region of something.
pub type Place = (&'static str, &'static str);

impl Resource {
    /// A resource that existed, unchanged, since well before the period.
    pub fn new(place: Place, kind: &'static str, id: &str, name: &str, arn: &str, configuration: Value) -> Self {
        let birth = t("2025-03-01 08:00:00") + (hash(id) % 250) as i64 * DAY + (hash(name) % 30_000) as i64;
        let version = Version {
            at: birth + 90 + (hash(arn) % 100) as i64 * DAY,
            status: "OK",
            configuration,
            supplementary: Map::new(),
            tags: Vec::new(),
        };
        Self {
            account: place.0.to_owned(),
            region: place.1.to_owned(),
            zone: if place.1 == "global" { "Not Applicable".to_owned() } else { "Regional".to_owned() },
            kind,
            id: id.to_owned(),
            name: name.to_owned(),
            arn: arn.to_owned(),
            created: Some(birth),
            relationships: Vec::new(),
            versions: vec![version],
        }
    }

    /// Sets the availability zone.
    #[must_use]
    pub fn zone(mut self, zone: &str) -> Self {
        zone.clone_into(&mut self.zone);
        self
    }

    /// Sets the tags of every version.
    #[must_use]
    pub fn tags(mut self, tags: &[(&str, &str)]) -> Self {
        for version in &mut self.versions {
            version.tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        }
        self
    }

    /// Sets one tag of every version; an empty value takes the tag away.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        for version in &mut self.versions {
            version.tags.retain(|(k, _)| k != key);
            if !value.is_empty() {
                version.tags.push((key.to_owned(), value.to_owned()));
            }
        }
        self
    }

    /// Sets a part of `supplementaryConfiguration`.
    #[must_use]
    pub fn extra(mut self, key: &str, value: Value) -> Self {
        for version in &mut self.versions {
            version.supplementary.insert(key.to_owned(), value.clone());
        }
        self
    }

    /// Sets a property of `configuration` in every version.
    #[must_use]
    pub fn with(mut self, key: &str, value: &Value) -> Self {
        for version in &mut self.versions {
            version.configuration[key] = value.clone();
        }
        self
    }

    /// Adds a relationship.
    #[must_use]
    pub fn related(mut self, label: &str, kind: &str, id: &str) -> Self {
        self.relationships.push(json!({"resourceType": format!("AWS::{kind}"), "resourceId": id, "name": label}));
        self
    }

    /// Adds a version captured at `when`, made from the one before it; later versions change with it.
    #[must_use]
    pub fn changed(mut self, when: &str, change: impl Fn(&mut Version)) -> Self {
        let at = t(when);
        let place = self.versions.iter().filter(|v| v.at <= at).count().max(1);
        let mut version = self.versions[place - 1].clone();
        version.at = at;
        version.status = "OK";
        self.versions.insert(place, version);
        self.versions[place..].iter_mut().for_each(change);
        self
    }

    /// Says that the resource was first seen at `when`.
    #[must_use]
    pub fn appeared(mut self, when: &str) -> Self {
        if let Some(version) = self.versions.first_mut() {
            version.at = t(when);
            version.status = "ResourceDiscovered";
        }
        self.created = Some(t(when) - 60);
        self
    }

    /// Adds the deletion.
    #[must_use]
    pub fn deleted(self, when: &str) -> Self {
        self.changed(when, |version| {
            version.status = "ResourceDeleted";
            version.configuration = Value::Null;
            version.supplementary = Map::new();
            version.tags.clear();
        })
    }

    /// The version that is valid at a time, if the resource exists then.
    pub fn at(&self, time: i64) -> Option<&Version> {
        self.versions.iter().rev().find(|v| v.at <= time).filter(|v| v.status != "ResourceDeleted")
    }

    /// The item as it stands in snapshot and history files.
    pub fn file_item(&self, version: &Version) -> Value {
        json!({
            "relatedEvents": [],
            "relationships": if version.configuration.is_null() { json!([]) } else { json!(self.relationships) },
            "configuration": version.configuration,
            "supplementaryConfiguration": version.supplementary,
            "tags": tag_map(version),
            "configurationItemVersion": "1.3",
            "configurationItemCaptureTime": iso_millis(version.at),
            "configurationStateId": version.at * 1000 + millis(version.at),
            "awsAccountId": self.account,
            "configurationItemStatus": version.status,
            "resourceType": format!("AWS::{}", self.kind),
            "resourceId": self.id,
            "resourceName": self.name,
            "ARN": self.arn,
            "awsRegion": self.region,
            "availabilityZone": self.zone,
            "configurationStateMd5Hash": "",
            "resourceCreationTime": self.created.map(iso_millis),
        })
    }

    /// The item as the API answers it: documents as JSON text inside JSON.
    pub fn api_item(&self, version: &Version) -> Value {
        let supplementary: Map<String, Value> = version.supplementary.iter().map(|(k, v)| (k.clone(), json!(v.to_string()))).collect();
        let relationships: Vec<Value> = self
            .relationships
            .iter()
            .map(|r| json!({"resourceType": r["resourceType"], "resourceId": r["resourceId"], "relationshipName": r["name"]}))
            .collect();
        json!({
            "version": "1.3",
            "accountId": self.account,
            "configurationItemCaptureTime": iso_millis(version.at).replace('Z', "+00:00"),
            "configurationItemStatus": version.status,
            "configurationStateId": (version.at * 1000 + millis(version.at)).to_string(),
            "configurationItemMD5Hash": "",
            "arn": self.arn,
            "resourceType": format!("AWS::{}", self.kind),
            "resourceId": self.id,
            "resourceName": self.name,
            "awsRegion": self.region,
            "availabilityZone": self.zone,
            "resourceCreationTime": self.created.map(|c| iso_millis(c).replace('Z', "+00:00")),
            "tags": tag_map(version),
            "relatedEvents": [],
            "relationships": relationships,
            "configuration": version.configuration.to_string(),
            "supplementaryConfiguration": supplementary,
            "recordingFrequency": "CONTINUOUS",
        })
    }
}

fn tag_map(version: &Version) -> Value {
    Value::Object(version.tags.iter().map(|(k, v)| (k.clone(), json!(v))).collect())
}

/// A policy document the way IAM items hold it: percent-encoded JSON.
pub fn encoded(document: &Value) -> String {
    let mut out = String::new();
    for byte in document.to_string().bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A policy document from its statements.
pub fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}
