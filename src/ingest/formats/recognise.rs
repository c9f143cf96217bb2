//! What is this file? Content decides, never the name (formats.md keeps the fingerprints). The marks of the declared
//! formats are asked in the order of their ranks; what no mark can tell stands here.

use super::cloudtrail::{self, Carrier, was_record};
use super::cost::Header;
use super::declaration::{Declaration, Mark, Standing};
use super::list::{LEVELS, Shape, WRAPPERS, members_at, names_at};
use super::outline::{Outline, Table};
use super::own_outputs::Own;
use super::registry::{ASKED, Format};
use super::{cli_error, own_outputs};
use crate::ingest::reading::json::{self, Elements, Members};

/// Bytes looked at to recognise a document.
const PREFIX: usize = 256 << 10;

/// Recognises a decompressed file.
pub fn detect(bytes: &[u8]) -> Format {
    let text = &bytes[..bytes.len().min(PREFIX)];
    if text.starts_with(b"PAR1") {
        return Format::Parquet;
    }
    match own_outputs::recognise(text) {
        Some(Own::EarlierReport) => return Format::EarlierReport,
        Some(Own::EvidenceStore) => return Format::EvidenceStore,
        Some(Own::UnfinishedOutput) => return Format::UnfinishedOutput,
        None => {}
    }
    let at = json::skip_blank(text, 0);
    let found = match text.get(at) {
        None => return Format::Empty,
        Some(b'{') => object(text, at),
        Some(b'[') if text[at..].starts_with(own_outputs::ENGAGEMENT_TABLE) => Some(Format::Engagement),
        Some(b'[') => array(text, at),
        Some(_) => plain(text),
    };
    // With its bracket damaged, the list of a log file looks like the value of a member, and its first record like the rest.
    if matches!(found, None | Some(Format::CloudtrailStream)) && cloudtrail::first_behind_frame(text).is_some() {
        return Format::CloudtrailRecords;
    }
    let error = || cli_error::of(text).map(|_| Format::CliError);
    let empty = || is_empty_list(bytes).then_some(Format::EmptyList);
    found.or_else(error).or_else(empty).or_else(|| behind_damage(text, at)).unwrap_or(Format::Unrecognised)
}

/// The first format, in the order of ranks, whose declaration fits.
fn first(fits: impl Fn(&Declaration) -> bool) -> Option<Format> {
    ASKED.iter().copied().find(|format| fits(format.declaration()))
}

/// Whether a format claims an object by its marks or as one of its answers.
fn claims_object(of: &Declaration, outline: &Outline<'_>) -> bool {
    let marked = |mark: &Mark| match mark {
        Mark::Members(names) => names.iter().all(|name| outline.has(name)),
        Mark::List(list) => list.is_among(outline.text, &outline.members),
        Mark::Object(fits) => fits(outline),
        _ => false,
    };
    of.marks.iter().any(marked) || of.answers.iter().any(|answer| answer.list.is_among(outline.text, &outline.members))
}

/// Whether a format claims a text that is no JSON.
fn claims_table(of: &Declaration, table: &Table<'_>) -> bool {
    of.marks.iter().any(|mark| match mark {
        Mark::Columns(fits) => fits(&table.columns),
        Mark::Table(fits) => fits(table),
        Mark::Text(fits) => fits(table.text),
        _ => false,
    })
}

fn object(text: &[u8], at: usize) -> Option<Format> {
    let outline = Outline::at(text, at);
    first(|of| claims_object(of, &outline))
        .or_else(|| shaped(text, at, 0))
        .or_else(|| element(&outline, Standing::Alone))
        // Answers recorded by test tools wrap the answer itself.
        .or_else(|| {
            let inner = outline.start("data").filter(|start| outline.has("status_code") && text.get(*start) == Some(&b'{'))?;
            object(text, inner)
        })
}

fn array(text: &[u8], at: usize) -> Option<Format> {
    let outline = Outline::at(text, json::skip_blank(text, at + 1));
    let marked = |mark: &Mark| matches!(mark, Mark::Array(fits) if fits(text, at));
    element(&outline, Standing::Listed).or_else(|| first(|of| of.marks.iter().any(marked))).or_else(|| shaped(text, at, 0))
}

fn plain(text: &[u8]) -> Option<Format> {
    let table = Table::of(text)?;
    first(|of| claims_table(of, &table))
}

/// The format of a cost table with these columns.
pub fn of_columns<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Format> {
    let header = Header::new(names);
    first(|of| of.marks.iter().any(|mark| matches!(mark, Mark::Columns(fits) if fits(&header))))
}

/// The format of an object that stands by itself or in a list.
fn element(outline: &Outline<'_>, standing: Standing) -> Option<Format> {
    let marked = |mark: &Mark| matches!(mark, Mark::Element(of, fits) if (*of == standing || *of == Standing::Any) && fits(outline));
    first(|of| of.marks.iter().any(marked))
}

/// The format with a shape that fits.
fn with_shape(fits: impl Fn(&Shape) -> bool) -> Option<Format> {
    first(|of| of.shapes.iter().any(&fits))
}

/// What a document is whose records have a shape, also inside a wrapper.
fn shaped(text: &[u8], at: usize, level: u8) -> Option<Format> {
    if text.get(at) == Some(&b'[') {
        let names = names_at(text, json::skip_blank(text, at + 1));
        return with_shape(|shape| shape.bare && shape.list.marks(&names));
    }
    let members = members_at(text, at);
    let top: Vec<&str> = members.iter().map(|(name, _, _)| *name).collect();
    with_shape(|shape| shape.list.is_among(text, &members)).or_else(|| with_shape(|shape| shape.bare && shape.list.marks(&top))).or_else(
        || {
            let (_, inner, _) = members.iter().find(|(name, start, _)| WRAPPERS.contains(name) && text.get(*start) == Some(&b'{'))?;
            if level < LEVELS { shaped(text, *inner, level + 1) } else { None }
        },
    )
}

/// An object with one member, an empty list of findings: Security Hub, GuardDuty and others answer so.
fn is_empty_list(text: &[u8]) -> bool {
    let letters: Vec<u8> = text.iter().take(64).copied().filter(|b| !b.is_ascii_whitespace()).collect();
    text.len() < 64 && [&b"{\"Findings\":[]}"[..], b"{\"findings\":[]}"].contains(&letters.as_slice())
}

/// What a file of log records is whose first ones are damaged: the first whole one tells.
fn behind_damage(text: &[u8], at: usize) -> Option<Format> {
    let records = || Members::new(text, at).find(|(name, start, _)| *name == "Records" && text.get(*start) == Some(&b'['));
    let (mut elements, alone) = match text.get(at)? {
        b'[' => (Elements::of_list(text, at), Format::CloudtrailArray),
        b'{' => match records() {
            Some((_, start, _)) => (Elements::of_list(text, start), Format::CloudtrailRecords),
            None => (Elements::of_stream(text), Format::CloudtrailStream),
        },
        _ => return None,
    };
    let mut damaged = false;
    loop {
        let (start, value) = match elements.next()? {
            json::Element::Whole(start, end) => (start, &text[start..end]),
            json::Element::Cut(start) => (start, &text[start..]),
        };
        if serde_json::from_slice::<&serde_json::value::RawValue>(value).is_ok() {
            let outline = Outline::at(value, 0);
            let names = outline.names();
            match Carrier::of(&names) {
                Some(Carrier::Record) if damaged => return Some(alone),
                Some(_) if damaged => return element(&outline, Standing::Listed),
                // A record one of whose names is damaged.
                None if was_record(&names) => {}
                _ => return None,
            }
        } else if alone != Format::CloudtrailStream {
            elements.resume_at(start, b'{', json::looks_like_record);
        }
        damaged = true;
    }
}

/// Every format that claims an object or a table, also behind the one that is taken.
#[cfg(test)]
pub(super) fn claims(text: &[u8]) -> Vec<Format> {
    let at = json::skip_blank(text, 0);
    let all = |fits: &dyn Fn(&Declaration) -> bool| ASKED.iter().copied().filter(|format| fits(format.declaration())).collect();
    match text.get(at) {
        Some(b'{') => {
            let outline = Outline::at(text, at);
            let of_shape = |of: &Declaration| of.shapes.iter().any(|shape| shape.list.is_among(text, &outline.members));
            all(&|of| claims_object(of, &outline) || of_shape(of))
        }
        Some(b'[') | None => Vec::new(),
        Some(_) => Table::of(text).map_or_else(Vec::new, |table| all(&|of| claims_table(of, &table))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_first_record_hides_no_log_file() {
        let whole = r#"{"eventSource":"a","eventTime":"b","awsRegion":"c","eventName":"d","eventID":"e"}"#;
        for broken in [
            r#"{"awsRegion":"c","eventName"{}x","eventSource":"a","eventTime":"b","eventID":"e"}"#,
            r#"{"awsRegion":"c","eventSo"#,
            r#"{"awsRegion":"c","eventName":"x","eventSou}rce":"a","eventTime":"b","eventID":"e","userIdentity":{},"eventType":"f"}"#,
        ] {
            let cases = [
                (format!("{broken}\n{whole}\n"), Format::CloudtrailStream),
                (format!("[{broken},{whole}]"), Format::CloudtrailArray),
                (format!("{{\"Records\":[{broken},{whole}]}}"), Format::CloudtrailRecords),
                // Something else stays something else.
                (format!("{broken}\n{{\"a\":1}}\n{whole}\n"), Format::Unrecognised),
            ];
            for (text, format) in cases {
                assert_eq!(detect(text.as_bytes()), format, "{text}");
            }
        }
    }

    #[test]
    fn content_decides() {
        let cases: &[(&str, Format)] = &[
            (
                r#"{"Records":[{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventTime":"x","userIdentity":{}}]}"#,
                Format::CloudtrailRecords,
            ),
            (r#"{"Records":[]}"#, Format::CloudtrailRecords),
            (r#"{"assemblyId":"a","account":"111122223333","reportKeys":["k"]}"#, Format::CostManifest),
            (r#"{"executionId":"e","columns":[],"dataFiles":["s3://bucket/key"]}"#, Format::CostManifest),
            (r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","s3":{},"eventTime":"x"}]}"#, Format::NotificationS3),
            (r#"{"Records":[{"EventSource":"aws:sns","Sns":{}}]}"#, Format::NotificationSns),
            (r#"{"Type":"Notification","MessageId":"1","TopicArn":"t","Message":"{}"}"#, Format::NotificationSns),
            (r#"{"Records":[{"messageId":"1","body":"{}","eventSource":"aws:sqs"}]}"#, Format::NotificationSqs),
            (r#"{"Messages":[{"MessageId":"1","ReceiptHandle":"r","Body":"{}"}]}"#, Format::NotificationSqs),
            (
                r#"{"Records":[{"eventVersion":"1.0","eventSource":"s3.amazonaws.com","eventCategory":"Aggregated","timeWindow":{},"summary":{}}]}"#,
                Format::CloudtrailAggregated,
            ),
            (
                r#"[{"eventVersion":"1.0","eventSource":"s3.amazonaws.com","eventCategory":"Aggregated","timeWindow":{},"summary":{}}]"#,
                Format::CloudtrailAggregated,
            ),
            (r#"[{"eventSource":"a","eventTime":"b"}]"#, Format::CloudtrailArray),
            ("{\"eventSource\":\"a\",\"eventTime\":\"b\"}\n{\"eventSource\":\"a\"}", Format::CloudtrailStream),
            (r#"{"Events":[{"EventId":"1","CloudTrailEvent":"{}"}]}"#, Format::CloudtrailLookup),
            (
                r#"{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","detail":{"eventSource":"x","eventTime":"y"}}"#,
                Format::CloudtrailEventBridge,
            ),
            (
                r#"[{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","detail":{"eventSource":"x"}}]"#,
                Format::CloudtrailEventBridge,
            ),
            (r#"{"version":"0","detail-type":"GuardDuty Finding","source":"aws.guardduty","detail":{}}"#, Format::Unrecognised),
            (r#"[{"EventId":"1","CloudTrailEvent":"{}"}]"#, Format::CloudtrailLookup),
            (r#"["{\"eventVersion\":\"1.08\",\"eventSource\":\"a\"}"]"#, Format::CloudtrailLookup),
            (r#"{"@timestamp":"x","@version":"1","eventVersion":"1.08","eventSource":"a"}"#, Format::CloudtrailLogstash),
            ("User name,AWS access key,Event time,Event source\n", Format::CloudtrailConsoleCsv),
            ("eventID,eventTime,eventName\n", Format::CloudtrailQueryCsv),
            ("# Execution Time: 2024-05-02T00:00:00Z Query Statement: SELECT 1\n_col0\n1\n", Format::CloudtrailQueryCsv),
            (r#"{"QueryStatus":"FINISHED","QueryResultRows":[[{"eventName":"x"}]]}"#, Format::CloudtrailQueryAnswer),
            ("2024-05-01T09:12:33.000Z {\"eventVersion\":\"1.08\",\"eventSource\":\"a\"}\n", Format::CloudtrailLogLines),
            ("2024-05-01T09:12:33.000Z {\"level\":\"info\"}\n", Format::Unrecognised),
            (
                r#"{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[{"message":"{\"eventVersion\":\"1.08\",\"eventSource\":\"a\"}"}]}"#,
                Format::CloudtrailSubscription,
            ),
            (r#"{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[{"message":"START"}]}"#, Format::Unrecognised),
            (
                r#"{"events":[{"timestamp":1,"message":"{\"eventVersion\":\"1.08\",\"eventSource\":\"a\"}"}],"searchedLogStreams":[]}"#,
                Format::CloudtrailLogEvents,
            ),
            (r#"{"events":[],"searchedLogStreams":[]}"#, Format::CloudtrailLogEvents),
            (r#"{"events":[{"timestamp":1,"message":"START"}]}"#, Format::Unrecognised),
            (
                r#"{"results":[[{"field":"@message","value":"{\"eventVersion\":\"1.08\",\"eventSource\":\"a\"}"}]],"statistics":{},"status":"Complete"}"#,
                Format::CloudtrailLogsInsights,
            ),
            (r#"{"digestEndTime":"x","digestS3Object":"y","logFiles":[]}"#, Format::CloudtrailDigest),
            (r#"{"PublicKeyList":[]}"#, Format::PublicKeys),
            (r#"{"publicKeyList":[{"Value":"x"}]}"#, Format::PublicKeys),
            (r#"{"LastModified":"x","ContentLength":1,"Metadata":{"signature":"00"}}"#, Format::ObjectMetadata),
            (r#"{"files":[],"hashSignature":"00","publicKeyFingerprint":"00","region":"us-east-1"}"#, Format::LakeSignFile),
            (r#"{"fileVersion":"1.0","configSnapshotId":"a","configurationItems":[]}"#, Format::ConfigSnapshot),
            (r#"{"configurationItems":[]}"#, Format::ConfigHistory),
            (r#"{"Results":["{}"],"QueryInfo":{}}"#, Format::ConfigSelect),
            (r#"{"resourceType":"AWS::EC2::Instance","configurationItemStatus":"OK","awsRegion":"eu-west-1"}"#, Format::ConfigItem),
            (r#"{"resourceType":"string","configurationItemStatus":"string","awsRegion":"string"}"#, Format::Unrecognised),
            (r#"{"status_code":200,"data":{"trailList":[]}}"#, Format::DescribeTrails),
            ("user,arn,user_creation_time,password_enabled\n", Format::CredentialReport),
            ("\"identity/LineItemId\",\"lineItem/UsageAmount\"\n", Format::CostCur),
            ("BilledCost,ChargeCategory\n", Format::CostFocus),
            ("line_item_unblended_cost,product\n", Format::CostCur2),
            ("[engagement]\nclient = 1\n", Format::Engagement),
            ("# a comment\n\n[engagement]\nclient = 1\n", Format::Engagement),
            (r#"{"UserDetailList":[],"RoleDetailList":[]}"#, Format::AuthorizationDetails),
            (r#"{"status_code":200,"data":{"GroupDetailList":[]}}"#, Format::AuthorizationDetails),
            (r#"{"resourceIdentifiers":[{"resourceType":"AWS::EKS::Cluster"}]}"#, Format::ConfigInventory),
            (r#"{"ConfigRulesEvaluationStatus":[]}"#, Format::ConfigAnswers),
            (r#"{"ConformancePackComplianceSummaryList":[]}"#, Format::ConfigAnswers),
            (r#"{"Policies":[{"PolicyName":"p","PolicyId":"ANPA","Arn":"a"}]}"#, Format::Unrecognised),
            (r#"{"Accounts":[{"Id":"111122223333","Arn":"a","State":"ACTIVE"}]}"#, Format::OrganizationAccounts),
            (r#"{"Parents":[{"Id":"r-ab12","Type":"ROOT"}]}"#, Format::OrganizationParents),
            (r#"{"Parents":["x"]}"#, Format::Unrecognised),
            (r#"{"OrganizationalUnits":[]}"#, Format::OrganizationParents),
            (r#"{"Roots":[{"Id":"r-ab12","Arn":"a","Name":"Root","PolicyTypes":[]}]}"#, Format::OrganizationParents),
            (r#"{"Findings":[]}"#, Format::EmptyList),
            ("\nAn error occurred (AccessDenied) when calling the DescribeTrails operation: no\n", Format::CliError),
            (r#"{"Error":{"Code":"ThrottlingException","Message":"Rate exceeded"}}"#, Format::CliError),
            ("An error occurred while reading this", Format::Unrecognised),
            (
                r#"{"findings":[{"id":"f","analyzedAt":1,"resourceType":"AWS::S3::Bucket","awsRegion":"x"}]}"#,
                Format::AccessAnalyzerFindings,
            ),
            ("Label,CPUUtilization\n2024-06-01,1\n", Format::MetricsCsv),
            ("label\nx\n", Format::Unrecognised),
            ("", Format::Empty),
            ("hello\n", Format::Unrecognised),
            (r#"{"hello":1}"#, Format::Unrecognised),
        ];
        for (text, format) in cases {
            assert_eq!(detect(text.as_bytes()), *format, "{text}");
        }
    }
}
