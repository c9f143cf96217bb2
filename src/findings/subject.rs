//! Which resource an exception is about, in a form that events and configuration share.

use crate::base::arn::Arn;
use crate::catalogue::Control;
use crate::evaluate::ExceptionRow;

/// Service whose resources belong to the account and no Region; its events are recorded in one Region all the same.
const GLOBAL: &str = "iam";

/// The resource of a row: service, Region and name. The name of an event's resource comes from the column that the control
/// names; an event whose record does not hold it stands for itself.
pub fn resource(control: &Control, row: &ExceptionRow) -> String {
    let named = [&row.object, &row.arn].into_iter().find(|text| !text.is_empty());
    let (service, name) = match named.map(|text| (text, Arn::parse(text))) {
        Some((_, Some(arn))) => (arn.service.to_owned(), tail(&arn).to_owned()),
        Some((text, None)) => (service_of_events(control), text.clone()),
        None if row.time.is_some() => return format!("event={}", row.resource),
        None => (service_of_type(&row.kind), row.resource.clone()),
    };
    let region = if service == GLOBAL { "global" } else { &row.region };
    format!("resource={service}:{region}:{name}")
}

/// The name at the end of an ARN, without the type and, for IAM, without the path: `bucket`, `sg-1`, `function`, `role`.
fn tail<'a>(arn: &Arn<'a>) -> &'a str {
    if arn.service == GLOBAL {
        return arn.resource.rsplit('/').next().unwrap_or(arn.resource);
    }
    if arn.service == "s3" {
        return arn.resource;
    }
    arn.resource.split_once(['/', ':']).map_or(arn.resource, |(_, name)| name)
}

/// The service that all events of a control come from; empty where there are several.
fn service_of_events(control: &Control) -> String {
    let sources = control.select.iter().flat_map(|select| &select.sources);
    let mut services: Vec<&str> = sources.map(|source| source.split('.').next().unwrap_or(source)).collect();
    for service in &mut services {
        // Settings of buckets for a whole account come from a second endpoint.
        *service = service.strip_suffix("-control").unwrap_or(service);
    }
    services.sort_unstable();
    services.dedup();
    if let [one] = services.as_slice() { (*one).to_owned() } else { String::new() }
}

/// `AWS::EC2::SecurityGroup` is of `ec2`.
fn service_of_type(kind: &str) -> String {
    kind.split("::").nth(1).unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn an_event_and_a_configuration_item_of_one_resource_agree() {
        let catalogue = Catalogue::load(None).unwrap();
        let of = |control: &str, row: ExceptionRow| resource(&catalogue.controls[control], &row);
        let item = |kind: &str, resource: &str, arn: &str, region: &str| ExceptionRow {
            kind: kind.to_owned(),
            resource: resource.to_owned(),
            arn: arn.to_owned(),
            region: region.to_owned(),
            ..ExceptionRow::default()
        };
        let event = |object: &str, region: &str| ExceptionRow {
            time: Some(1),
            resource: "e1".to_owned(),
            object: object.to_owned(),
            region: region.to_owned(),
            ..ExceptionRow::default()
        };
        let bucket = of("s3-bucket-public-read", item("AWS::S3::Bucket", "b", "arn:aws:s3:::b", "eu-west-1"));
        assert_eq!(bucket, of("event-s3-made-public", event("b", "eu-west-1")));
        assert_ne!(bucket, of("event-s3-made-public", event("b", "us-east-1")), "the Region is part of it");
        let group = item("AWS::EC2::SecurityGroup", "sg-1", "arn:aws:ec2:eu-west-1:1:security-group/sg-1", "eu-west-1");
        assert_eq!(of("sg-no-open-ssh", group.clone()), of("event-sg-opened-to-world", event("sg-1", "eu-west-1")));
        assert_eq!(of("sg-no-open-ssh", ExceptionRow { arn: String::new(), ..group.clone() }), of("sg-no-open-ssh", group));
        // IAM is recorded in one Region and belongs to none.
        let role = item("AWS::IAM::Role", "AROA1", "arn:aws:iam::1:role/path/deploy", "global");
        assert_eq!(of("iam-role-trust-wildcard", role), of("event-role-trust-changed", event("deploy", "us-east-1")));
        // Without a name, an event stands for itself.
        assert_eq!(of("event-s3-made-public", event("", "eu-west-1")), "event=e1");
    }

    #[test]
    fn every_control_over_events_that_groups_by_resource_names_its_column() {
        let catalogue = Catalogue::load(None).unwrap();
        let silent: Vec<&str> = catalogue
            .controls
            .values()
            .filter(|control| control.cause.contains(&crate::catalogue::Cause::Resource) && control.select.is_some())
            .filter(|control| control.resource.is_none() && !control.population.names().contains("resource_id"))
            .map(|control| control.id.as_str())
            .collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
