//! Whole files in, rows out. Here: the tables declared for the tests, and what runs a file through the reader.

#![expect(clippy::needless_pass_by_value, reason = "literals of json! read better without a borrow")]

mod broken;
mod columns;
mod cut;
mod details;
mod in_step;
mod policies;
mod real;
mod shapes;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Context, Kind, read};
use crate::ingest::batch::{Batch, Cell, Counts, Output, Reject};
use crate::schema::resource::TableToml;
use crate::schema::{ColumnKind, ResourceTable, Schema};

const TABLES: &str = r#"
[[table]]
name = "s3_buckets"
resource_type = "AWS::S3::Bucket"
doc = "one bucket"
[table.columns]
bucket_name = { path = "configuration.name", type = "string" }
versioning_status = { path = "supplementaryConfiguration.BucketVersioningConfiguration.status", type = "string", absent = "Off" }
mfa_delete = { path = "supplementaryConfiguration.BucketVersioningConfiguration.isMfaDeleteEnabled", type = "boolean", absent = false }
requester_pays = { path = "supplementaryConfiguration.IsRequesterPaysEnabled", type = "boolean" }
policy = { path = "supplementaryConfiguration.BucketPolicy.policyText", type = "json" }
grants = { path = "supplementaryConfiguration.AccessControlList.grantList", type = "count", absent = 0 }
created_on = { path = "configuration.creationDate", type = "timestamp" }
environment = { path = ["tags.env", "tags.\"acme:env\""], type = "string", absent = "none" }

[[table]]
name = "volumes"
resource_type = "AWS::EC2::Volume"
doc = "one volume"
[table.columns]
state = { path = "configuration.state", type = "string" }
state_too = { path = "configuration.state.value", type = "string" }
size = { path = "configuration.size", type = "bigint" }
iops = { path = "configuration.iops", type = "double" }
encrypted = { path = "configuration.encrypted", type = "boolean", absent = false }
attachment_count = { path = "configuration.attachments", type = "count" }

[[table]]
name = "security_groups"
resource_type = "AWS::EC2::SecurityGroup"
doc = "one group"
[table.columns]
group_name = { path = "configuration.groupName", type = "string" }
[[table.list]]
name = "security_group_rules"
path = "configuration.ipPermissions[]"
doc = "one rule"
[table.list.columns]
from_port = { path = "fromPort", type = "bigint", absent = -1 }
group_name = { path = "^.configuration.groupName", type = "string" }
[[table.list]]
name = "security_group_ranges"
path = "configuration.ipPermissions[].ipv4Ranges[]"
doc = "one range"
[table.list.columns]
cidr = { path = "cidrIp", type = "string" }
from_port = { path = "^.fromPort", type = "bigint" }
[[table.list]]
name = "security_group_plain_ranges"
path = "configuration.ipPermissions[].ipRanges[]"
doc = "one range as text"
[table.list.columns]
cidr = { path = ".", type = "string" }

[[table]]
name = "load_balancers"
resource_type = "AWS::ElasticLoadBalancingV2::LoadBalancer"
doc = "one load balancer"
[table.columns]
deletion_protection = { path = "supplementaryConfiguration.LoadBalancerAttributes[key=deletion_protection.enabled].value", type = "boolean", absent = false }

[[table]]
name = "lambda_functions"
resource_type = "AWS::Lambda::Function"
doc = "one function"
[table.columns]
secret_variables = { path = "configuration.environment.variables", type = "secret_keys", absent = "[]" }
variables = { path = "configuration.environment.variables", type = "json" }
runtime = { path = "configuration.runtime", type = "string" }

[[table]]
name = "task_definitions"
resource_type = "AWS::ECS::TaskDefinition"
doc = "one task definition"
[table.columns]
family = { path = "configuration.Family", type = "string" }
[[table.list]]
name = "task_containers"
path = "configuration.ContainerDefinitions[]"
doc = "one container"
[table.list.columns]
image = { path = "Image", type = "string" }
secret_variables = { path = "Environment", type = "secret_keys" }

[[table]]
name = "launch_templates"
resource_type = "AWS::EC2::LaunchTemplate"
doc = "one template"
[table.columns]
user_data_secrets = { path = "configuration.LaunchTemplateData.UserData", type = "secret_keys", absent = "[]" }
user_data = { path = "configuration.LaunchTemplateData.UserData", type = "string" }

[[table]]
name = "patch_states"
resource_type = "AWS::SSM::PatchCompliance"
doc = "one instance"
[table.columns]
status = { path = "configuration.\"AWS:ComplianceItem\".Content.Patch.ComplianceSummary.Status", type = "string" }
[[table.list]]
name = "patches"
path = "configuration.\"AWS:ComplianceItem\".Content.Patch[]"
doc = "one patch"
[table.list.columns]
patch = { path = "Id", type = "string" }
installed_at = { path = "InstalledTime", type = "timestamp" }
"#;

fn schema() -> Arc<Schema> {
    #[derive(Deserialize)]
    struct File {
        table: Vec<TableToml>,
    }
    static SCHEMA: OnceLock<Arc<Schema>> = OnceLock::new();
    let read = || {
        let file: File = toml::from_str(TABLES).unwrap();
        let tables = file.table.into_iter().map(|t| ResourceTable::try_from(t).unwrap()).collect();
        Arc::new(Schema::new(tables, Vec::new()).unwrap())
    };
    Arc::clone(SCHEMA.get_or_init(read))
}

#[derive(Debug, Default)]
struct Outcome {
    rows: BTreeMap<String, Vec<Value>>,
    counts: Counts,
    rejects: Vec<Reject>,
    notes: Vec<String>,
    times: Option<(i64, i64)>,
}

impl Outcome {
    fn table(&self, name: &str) -> &[Value] {
        self.rows.get(name).map_or(&[], Vec::as_slice)
    }

    /// The named columns of all rows of a table.
    fn columns(&self, table: &str, names: &[&str]) -> Value {
        self.table(table).iter().map(|row| names.iter().map(|n| row[*n].clone()).collect::<Value>()).collect()
    }

    fn noted(&self, words: &str) -> bool {
        self.notes.iter().any(|n| n.contains(words))
    }

    fn assert_account(&self, read: u64, rejected: u64) {
        assert_eq!((self.counts.read, self.counts.rejected), (read, rejected), "{:?}", self.rejects);
        assert_eq!(self.counts.read, self.counts.kept + self.counts.rejected);
    }
}

fn rows_of(batch: &Batch) -> Vec<Value> {
    let mut rows = vec![serde_json::Map::new(); batch.len()];
    for (at, column) in batch.table().columns.iter().enumerate() {
        for (index, row) in rows.iter_mut().enumerate() {
            let value = match batch.cell(at, index) {
                Cell::Null => Value::Null,
                Cell::Text(text) => json!(text),
                Cell::Int(v) | Cell::Micros(v) => json!(v),
                Cell::Day(v) => json!(v),
                Cell::Bool(v) => json!(v),
                Cell::Double(v) => json!(v),
                Cell::Decimal(_) => panic!("no decimals here"),
            };
            assert!(column.kind != ColumnKind::Decimal);
            row.insert(column.name.clone(), value);
        }
    }
    for (row, record) in rows.iter_mut().zip(batch.records()) {
        row.insert("source_record".to_owned(), json!(record));
    }
    rows.into_iter().map(Value::Object).collect()
}

fn run_in(kind: Kind, bytes: &[u8], ctx: &Context) -> Outcome {
    outcome_of(|out| read(kind, bytes, ctx, out))
}

/// What a reader yields.
fn outcome_of(read: impl FnOnce(&mut Output<'_>)) -> Outcome {
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut outcome = Outcome::default();
    {
        let mut sink = |batch: &Batch| rows.entry(batch.table().name.clone()).or_default().extend(rows_of(batch));
        let mut out = Output::new(schema(), &mut sink);
        read(&mut out);
        out.finish();
        outcome.counts = out.counts;
        outcome.rejects = std::mem::take(&mut out.rejects);
        outcome.notes = out.notes.iter().map(ToString::to_string).collect();
        outcome.times = out.times;
    }
    outcome.rows = rows;
    outcome
}

fn run(text: impl AsRef<[u8]>) -> Outcome {
    let bytes = text.as_ref();
    run_in(Kind::of(bytes).expect("a kind"), bytes, &Context::default())
}

/// An item in the file dialect, with members laid over it.
fn item(resource_type: &str, id: &str, over: Value) -> Value {
    let mut item = json!({
        "configurationItemVersion":"1.3","configurationItemCaptureTime":"2024-06-30T00:00:00.000Z","configurationStateId":1_719_705_600_000_i64,
        "awsAccountId":"111122223333","configurationItemStatus":"OK","resourceType":resource_type,"resourceId":id,"resourceName":id,
        "ARN":format!("arn:aws:x:eu-west-1:111122223333:{id}"),"awsRegion":"eu-west-1","availabilityZone":"Regional",
        "resourceCreationTime":"2023-01-05T10:00:00.000Z","tags":{},"relatedEvents":[],"relationships":[],
        "configuration":{},"supplementaryConfiguration":{}
    });
    for (name, value) in over.as_object().unwrap() {
        if value == &json!("<left out>") {
            item.as_object_mut().unwrap().remove(name);
        } else {
            item[name] = value.clone();
        }
    }
    item
}

fn snapshot(items: &[Value]) -> String {
    json!({"fileVersion":"1.0","configSnapshotId":"aaaaaaaa-1111-2222-3333-444444444444","configurationItems":items}).to_string()
}

fn bucket(id: &str, supplementary: Value) -> Value {
    item(
        "AWS::S3::Bucket",
        id,
        json!({"configuration":{"name":id,"creationDate":"2023-01-05T10:00:00.000Z"},"supplementaryConfiguration":supplementary}),
    )
}

const BUCKET_POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Sid":"Open","Effect":"Allow","Principal":"*","Action":["s3:GetObject","S3:List*"],"Resource":"arn:aws:s3:::acme-data/*","Condition":{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","198.51.100.7"]},"Bool":{"aws:SecureTransport":true}}}}"#;
