//! Messages and summaries that are delivered like CloudTrail's records and hold none: counted, and in no table.

use super::cloudtrail::Carrier;
use super::cloudtrail::format::holds_records;
use super::declaration::{Declaration, Grade, Holds, Mark, Standing, rank};
use super::list::List;

/// What all of them have in common.
const APART: Declaration =
    Declaration { grade: Grade::None, rank: rank::MESSAGES, limits: "messages of another service, set apart", ..Declaration::OTHER };

const ENVELOPE: Holds = Holds::SetApart("messages in the envelope of another service; what they carry is not read");

pub(in crate::ingest) static AGGREGATED: Declaration = Declaration {
    label: "CloudTrail aggregated activity",
    rank: rank::RECORDS,
    holds: Holds::SetApart("summaries of data events: counting them beside the events they sum up would count twice"),
    limits: "summaries of data events, set apart",
    marks: &[
        Mark::Object(|outline| holds_records(outline, |first| Carrier::of(first) == Some(Carrier::Aggregated))),
        Mark::Element(Standing::Any, |outline| Carrier::of(&outline.names()) == Some(Carrier::Aggregated)),
    ],
    examples: &[
        r#"{"Records":[{"eventVersion":"1.0","eventSource":"s3.amazonaws.com","eventCategory":"Aggregated","timeWindow":{},"summary":{}}]}"#,
    ],
    ..APART
};

pub(in crate::ingest) static S3: Declaration = Declaration {
    label: "S3 event notification, not CloudTrail",
    holds: Holds::SetApart("messages that tell of objects in S3; they hold no CloudTrail record"),
    marks: &[Mark::Object(|outline| {
        holds_records(outline, |first| first.contains(&"s3") && !first.contains(&"Sns") && !is_element_of_records(first))
    })],
    examples: &[r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","s3":{},"eventTime":"x"}]}"#],
    ..APART
};

/// An SNS notification, as such or as Lambda gets it.
pub(in crate::ingest) static SNS: Declaration = Declaration {
    label: "SNS notification, not CloudTrail",
    holds: ENVELOPE,
    marks: &[
        Mark::Object(|outline| holds_records(outline, |first| first.contains(&"Sns") && !is_element_of_records(first))),
        Mark::Members(&["Type", "MessageId", "TopicArn", "Message"]),
    ],
    examples: &[
        r#"{"Records":[{"EventSource":"aws:sns","Sns":{}}]}"#,
        r#"{"Type":"Notification","MessageId":"1","TopicArn":"t","Message":"{}"}"#,
    ],
    ..APART
};

/// SQS messages, as received or as Lambda gets them.
pub(in crate::ingest) static SQS: Declaration = Declaration {
    label: "SQS messages, not CloudTrail",
    holds: ENVELOPE,
    marks: &[
        Mark::Object(|outline| {
            holds_records(outline, |first| {
                first.contains(&"body") && !["Sns", "s3"].iter().any(|other| first.contains(other)) && !is_element_of_records(first)
            })
        }),
        Mark::List(List::of(&["Messages"], &["ReceiptHandle"])),
        Mark::List(List::of(&["Messages"], &["Body"])),
    ],
    examples: &[
        r#"{"Records":[{"messageId":"1","body":"{}","eventSource":"aws:sqs"}]}"#,
        r#"{"Messages":[{"MessageId":"1","ReceiptHandle":"r","Body":"{}"}]}"#,
    ],
    ..APART
};

/// Elements that `Records` hold of CloudTrail's own.
fn is_element_of_records(first: &[&str]) -> bool {
    matches!(Carrier::of(first), Some(Carrier::Aggregated | Carrier::Record))
}
