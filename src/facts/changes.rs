//! Who changed a resource last: successful writes joined to resources by the names they use.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use crate::base::time;
use crate::schema::ColumnKind;
use crate::schema::row::Row as _;
use crate::schema::tables::CloudtrailEventsRow;
use crate::store::{Store, StoreError, parquet::frame};

/// How sure a join is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Only the name's last part agrees.
    Weak,
    /// The event names the resource's name.
    Name,
    /// The event names the resource's id or ARN.
    Exact,
}

/// The last write found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When, UTC microseconds.
    pub time: i64,
    /// Operation.
    pub event_name: String,
    /// Who.
    pub principal: String,
    /// Session.
    pub session: String,
    /// Event.
    pub event_id: String,
    /// How sure.
    pub confidence: Confidence,
}

/// What a resource may be called in an event: account, service whose calls may mean it, text. An empty service is any: an
/// ARN means one resource whoever says it.
pub type Key = (String, String, String);

/// Names of a resource of type `kind`. Its id and its name count in calls to its own service only: a database, a function
/// and a queue may all be called `orders`.
pub fn names(account: &str, kind: &str, id: &str, name: &str, arn: &str) -> Vec<(Key, Confidence)> {
    let own = service(kind);
    let mut all = Vec::new();
    for (text, confidence) in [(id, Confidence::Exact), (arn, Confidence::Exact), (name, Confidence::Name)] {
        if text.len() >= 3 {
            let service = if text.starts_with("arn:") { String::new() } else { own.clone() };
            all.push(((account.to_owned(), service, text.to_owned()), confidence));
        }
    }
    all
}

/// The service that a resource type's calls go to, as event sources write it without `.amazonaws.com`; empty for what is
/// no resource type.
fn service(kind: &str) -> String {
    let mut parts = kind.split("::");
    let (Some("AWS"), Some(space)) = (parts.next(), parts.next()) else { return String::new() };
    // Where the two differ; names from the event sources of CloudTrail's records.
    let known = match space {
        "ElasticLoadBalancing" | "ElasticLoadBalancingV2" => "elasticloadbalancing",
        "EFS" => "elasticfilesystem",
        "CloudWatch" => "monitoring",
        "StepFunctions" => "states",
        "OpenSearch" | "Elasticsearch" => "es",
        "ApiGateway" | "ApiGatewayV2" => "apigateway",
        "MSK" => "kafka",
        "AmazonMQ" => "mq",
        other => return other.to_ascii_lowercase(),
    };
    known.to_owned()
}

/// The last successful write up to `until` that names one of `wanted`. Writes of data, such as `PutItem`, change what a
/// resource holds and not the resource: they do not count.
///
/// # Errors
/// When events cannot be read.
pub fn last_changes(store: &Store, wanted: &BTreeSet<Key>, until: i64) -> Result<BTreeMap<Key, Change>, StoreError> {
    let mut found: BTreeMap<Key, Change> = BTreeMap::new();
    let Some(table) = store.schema().table(CloudtrailEventsRow::TABLE.name) else { return Ok(found) };
    let error = |e| StoreError::polars(store.folder(), e);
    // Every text column of the request or response may hold the name.
    let named: Vec<String> = table
        .columns
        .iter()
        .filter(|c| {
            c.kind == ColumnKind::Text
                && (c.name == CloudtrailEventsRow::resource_arn
                    || c.name.starts_with("request_parameters_")
                    || c.name.starts_with("response_elements_"))
        })
        .map(|c| c.name.clone())
        .collect();
    let fixed = [
        CloudtrailEventsRow::event_time,
        CloudtrailEventsRow::event_name,
        CloudtrailEventsRow::event_source,
        CloudtrailEventsRow::event_category,
        CloudtrailEventsRow::principal,
        CloudtrailEventsRow::session_name,
        CloudtrailEventsRow::event_id,
        CloudtrailEventsRow::account_id,
        CloudtrailEventsRow::is_write,
        "outcome",
    ];
    let columns: Vec<String> = fixed.iter().map(|c| (*c).to_owned()).chain(named.iter().cloned()).collect();
    let texts: BTreeSet<&str> = wanted.iter().map(|(_, _, text)| text.as_str()).collect();
    let last_day = time::date_text(time::day_of(until.saturating_sub(1)));
    // From the last date back: the first match of a name is the one wanted.
    for part in store.parts(&table).into_iter().rev() {
        if part.file_stem().is_some_and(|s| s.to_string_lossy().as_ref() > last_day.as_str()) {
            continue;
        }
        let read = frame::read(&part, Some(&columns))?;
        let mask = read.column(CloudtrailEventsRow::is_write).and_then(|c| c.bool().cloned()).map_err(error)?;
        let mask: BooleanChunked = mask.iter().map(|w| Some(w == Some(true))).collect();
        let read = read.filter(&mask).map_err(error)?;
        let times = read.column(CloudtrailEventsRow::event_time).and_then(|c| c.cast(&DataType::Int64)).map_err(error)?;
        let times = times.i64().map_err(error)?;
        let text = |name: &str| read.column(name).and_then(|c| c.str().cloned()).map_err(error);
        let (event, principal, session, id, account, outcome) = (
            text(CloudtrailEventsRow::event_name)?,
            text(CloudtrailEventsRow::principal)?,
            text(CloudtrailEventsRow::session_name)?,
            text(CloudtrailEventsRow::event_id)?,
            text(CloudtrailEventsRow::account_id)?,
            text(CloudtrailEventsRow::outcome)?,
        );
        let (source, category) = (text(CloudtrailEventsRow::event_source)?, text(CloudtrailEventsRow::event_category)?);
        let named: Vec<StringChunked> = named.iter().map(|n| text(n)).collect::<Result<_, _>>()?;
        for row in (0..read.height()).rev() {
            let at = times.get(row).unwrap_or(i64::MAX);
            if at >= until || outcome.get(row) != Some("success") || category.get(row) == Some("Data") {
                continue;
            }
            let service = source.get(row).unwrap_or("");
            let service = service.strip_suffix(".amazonaws.com").unwrap_or(service);
            for column in &named {
                let Some(value) = column.get(row).filter(|v| texts.contains(v)) else { continue };
                for service in [service, ""] {
                    let key = (account.get(row).unwrap_or("").to_owned(), service.to_owned(), value.to_owned());
                    if wanted.contains(&key) && !found.contains_key(&key) {
                        let own = |c: &StringChunked| c.get(row).unwrap_or("").to_owned();
                        found.insert(
                            key,
                            Change {
                                time: at,
                                event_name: own(&event),
                                principal: own(&principal),
                                session: own(&session),
                                event_id: own(&id),
                                confidence: Confidence::Exact,
                            },
                        );
                    }
                }
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_in_calls_to_its_own_service() {
        let key = |service: &str, text: &str| ("111122223333".to_owned(), service.to_owned(), text.to_owned());
        let arn = "arn:aws:rds:eu-west-1:111122223333:db:orders";
        let of = |kind| names("111122223333", kind, "db-ABC", "orders", arn);
        assert_eq!(
            of("AWS::RDS::DBInstance"),
            [(key("rds", "db-ABC"), Confidence::Exact), (key("", arn), Confidence::Exact), (key("rds", "orders"), Confidence::Name)]
        );
        for (kind, wanted) in [
            ("AWS::ElasticLoadBalancingV2::LoadBalancer", "elasticloadbalancing"),
            ("AWS::EC2::Instance", "ec2"),
            ("AWS::CloudWatch::Alarm", "monitoring"),
            ("ConsoleLogin", ""),
        ] {
            assert_eq!(service(kind), wanted, "{kind}");
        }
    }
}
