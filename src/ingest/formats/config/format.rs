//! Items of AWS Config, however they are delivered, and IAM's authorization details, which become the same tables.

use super::{Context, Kind, authorization};
use crate::ingest::formats::declaration::{
    ANSWER, Declaration, Family, FileName, Grade, Holds, Mark, Read, Record, Request, Standing, Trace, rank,
};
use crate::ingest::formats::list::List;
use crate::ingest::formats::outline::Outline;
use crate::ingest::formats::{cloudtrail::Carrier, credentials};
use crate::ingest::reading::json::Members;

/// AWS Config, in the documentation.
pub(in crate::ingest) static FAMILY: Family = Family { order: 1, name: "AWS Config", note: "" };

static SNAPSHOTS: Request = Request {
    order: 6,
    tells: "how resources are set, zone by zone",
    each: true,
    beside: None,
    what: "AWS Config snapshots",
    how: "aws configservice deliver-config-snapshot --delivery-channel-name default; aws s3 sync s3://CONFIG-BUCKET/AWSLogs/ config/AWSLogs/",
};

const TABLES: &[&str] = &["config_items", "tags", "relationships", "policy_statements"];

const ITEMS: Declaration = Declaration {
    holds: Holds::Items,
    rank: rank::ITEMS,
    source: Some("AWS Config"),
    time: Some("configurationItemCaptureTime"),
    read: Read::Text(|text, path, out| {
        if let Some(kind) = Kind::of(text) {
            super::read(kind, text, &Context::from_path(path), out);
        }
        Ok(())
    }),
    tables: TABLES,
    ..Declaration::OTHER
};

pub(in crate::ingest) static SNAPSHOT: Declaration = Declaration {
    label: "AWS Config snapshot",
    docs: Some((&FAMILY, "snapshots as delivered")),
    marks: &[Mark::Members(&["configurationItems", "configSnapshotId"]), Mark::Members(&["fileVersion", "configSnapshotId"])],
    record: Record::Item(Kind::Items),
    traces: &[
        Trace::Name(|name: &FileName<'_>| name.whole.contains("_configsnapshot_"), "an AWS Config snapshot"),
        Trace::Quoted(
            &["configurationItems", "configSnapshotId", "configurationItemCaptureTime", "configurationItemStatus"],
            1,
            "AWS Config items",
        ),
    ],
    requests: &[&SNAPSHOTS],
    examples: &[
        r#"{"fileVersion":"1.0","configSnapshotId":"a","configurationItems":[{"version":"1.3","accountId":"111122223333","configurationItemCaptureTime":"2024-05-01T10:00:00Z","configurationItemStatus":"OK","configurationStateId":1,"resourceType":"AWS::S3::Bucket","resourceId":"b","awsRegion":"eu-west-1","configuration":{"name":"b"}}]}"#,
    ],
    ..ITEMS
};

pub(in crate::ingest) static HISTORY: Declaration = Declaration {
    label: "AWS Config history",
    docs: Some((&FAMILY, "history as delivered, `get-resource-config-history`")),
    marks: &[Mark::Object(|outline| outline.has("configurationItems") && !outline.has("configSnapshotId"))],
    record: Record::Item(Kind::Items),
    traces: &[
        Trace::Name(|name: &FileName<'_>| name.whole.contains("_confighistory_"), "an AWS Config history file"),
        Trace::Call("get-resource-config-history"),
    ],
    requests: &[&Request {
        order: 7,
        tells: "how settings changed in the period",
        each: true,
        beside: None,
        what: "AWS Config history",
        how: "aws s3 sync s3://CONFIG-BUCKET/AWSLogs/ config/AWSLogs/ --exclude '*' --include '*ConfigHistory*'",
    }],
    examples: &[
        r#"{"configurationItems":[{"version":"1.3","accountId":"111122223333","configurationItemCaptureTime":"2024-05-01T10:00:00Z","configurationItemStatus":"OK","configurationStateId":1,"resourceType":"AWS::S3::Bucket","resourceId":"b","awsRegion":"eu-west-1","configuration":{"name":"b"}}]}"#,
    ],
    ..ITEMS
};

pub(in crate::ingest) static BATCH: Declaration = Declaration {
    label: "AWS Config batch answer",
    docs: Some((&FAMILY, "`batch-get-resource-config` and its aggregate form")),
    grade: Grade::Lossy,
    limits: "no tags, no relationships",
    marks: &[Mark::List(List::named(&["baseConfigurationItems", "BaseConfigurationItems"]))],
    record: Record::Item(Kind::BaseItems),
    traces: &[Trace::Call("batch-get-resource-config")],
    requests: &[&SNAPSHOTS],
    examples: &[
        r#"{"baseConfigurationItems":[{"version":"1.3","accountId":"111122223333","configurationItemCaptureTime":"2024-05-01T10:00:00Z","configurationItemStatus":"OK","configurationStateId":"1","resourceType":"AWS::S3::Bucket","resourceId":"b","awsRegion":"eu-west-1","configuration":"{}"}]}"#,
    ],
    ..ITEMS
};

pub(in crate::ingest) static ITEM: Declaration = Declaration {
    label: "AWS Config item",
    docs: Some((&FAMILY, "single items, bare lists of them, change notifications, `get-aggregate-resource-config`")),
    marks: &[
        Mark::List(List::named(&["ConfigurationItem", "configurationItem"])),
        Mark::Object(is_item),
        Mark::Element(Standing::Alone, is_envelope),
        Mark::Array(|text, _| Kind::of(text).is_some()),
    ],
    record: Record::Item(Kind::Item),
    traces: &[Trace::Call("get-aggregate-")],
    examples: &[
        r#"{"version":"1.3","accountId":"111122223333","configurationItemCaptureTime":"2024-05-01T10:00:00Z","configurationItemStatus":"OK","configurationStateId":1,"resourceType":"AWS::S3::Bucket","resourceId":"b","awsRegion":"eu-west-1","configuration":{"name":"b"}}"#,
        r#"[{"version":"1.3","accountId":"111122223333","configurationItemCaptureTime":"2024-05-01T10:00:00Z","configurationItemStatus":"OK","configurationStateId":1,"resourceType":"AWS::S3::Bucket","resourceId":"b","awsRegion":"eu-west-1","configuration":{"name":"b"}}]"#,
        r#"{"version":"0","detail-type":"Config","source":"aws.config","detail":{"configurationItem":{"version":"1.3","accountId":"111122223333","configurationItemCaptureTime":"2024-05-01T10:00:00Z","configurationItemStatus":"OK","configurationStateId":1,"resourceType":"AWS::S3::Bucket","resourceId":"b","awsRegion":"eu-west-1","configuration":{"name":"b"}}}}"#,
    ],
    ..ITEMS
};

pub(in crate::ingest) static SELECT: Declaration = Declaration {
    label: "AWS Config select answer",
    docs: Some((&FAMILY, "`select-resource-config` and its aggregate form")),
    grade: Grade::Lossy,
    limits: "only the fields asked for",
    marks: &[Mark::Members(&["QueryInfo", "Results"])],
    record: Record::Item(Kind::Select),
    traces: &[Trace::Call("select-resource-config")],
    examples: &[
        r#"{"Results":["{\"version\":\"1.3\",\"accountId\":\"111122223333\",\"configurationItemCaptureTime\":\"2024-05-01T10:00:00Z\",\"configurationItemStatus\":\"OK\",\"configurationStateId\":1,\"resourceType\":\"AWS::S3::Bucket\",\"resourceId\":\"b\",\"awsRegion\":\"eu-west-1\",\"configuration\":{\"name\":\"b\"}}"],"QueryInfo":{}}"#,
    ],
    ..ITEMS
};

/// `iam get-account-authorization-details`.
pub(in crate::ingest) static AUTHORIZATION_DETAILS: Declaration = Declaration {
    label: "IAM authorization details",
    docs: Some((
        &credentials::format::FAMILY,
        "`get-account-authorization-details` (as users, groups, roles and policies, beside AWS Config's items)",
    )),
    holds: Holds::AuthorizationDetails,
    source: Some("authorization details"),
    marks: &[Mark::List(List::named(&["UserDetailList", "GroupDetailList", "RoleDetailList"]))],
    read: Read::Text(|text, path, out| {
        authorization::read(text, path, out);
        Ok(())
    }),
    record: Record::Found(authorization::find, Some(authorization::jq)),
    tables: TABLES,
    traces: &[Trace::Quoted(&["UserDetailList"], 1, ANSWER), Trace::Call("get-account-authorization-details")],
    examples: &[
        r#"{"UserDetailList":[{"Path":"/","UserName":"ada","UserId":"AIDA0000000000000001","Arn":"arn:aws:iam::111122223333:user/ada","CreateDate":"2024-05-01T10:00:00Z"}],"RoleDetailList":[]}"#,
    ],
    ..Declaration::OTHER
};

/// A bare configuration item names the type of its resource. A schema of items, which has the same members, names the
/// type of the member instead.
fn is_item(outline: &Outline<'_>) -> bool {
    let kind =
        outline.members.iter().find(|(name, _, _)| *name == "resourceType").and_then(|(_, start, end)| outline.text.get(*start..*end));
    kind.is_some_and(|kind| kind.windows(2).any(|w| w == b"::")) && Kind::of(outline.text).is_some()
}

/// An EventBridge envelope around an item.
fn is_envelope(outline: &Outline<'_>) -> bool {
    let detail = outline.start("detail").filter(|start| outline.text.get(*start) == Some(&b'{'));
    Carrier::of(&outline.names()) == Some(Carrier::Envelope)
        && detail.is_some_and(|start| Members::new(outline.text, start).any(|(name, _, _)| name == "configurationItem"))
}

/// The text of one item, for `evidence`.
pub fn find(text: &[u8], record: u64) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(text).ok()?;
    let at = usize::try_from(record).ok()?;
    let found = match Kind::of(text)? {
        Kind::Items => document.get("configurationItems")?.get(at)?,
        Kind::BaseItems => document.get("baseConfigurationItems").or_else(|| document.get("BaseConfigurationItems"))?.get(at)?,
        Kind::Select => document.get("Results")?.get(at)?,
        Kind::List => document.get(at)?,
        Kind::Item => &document,
    };
    // Answers to queries hold items as text.
    Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
}
