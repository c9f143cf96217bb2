//! Amazon S3 server access logs: one request a line, fields parted by blanks, some in quotes or brackets
//! (S3 user guide, log format). Files can be larger than memory: lines pass by, and requests of the same
//! day, bucket, requester, operation and outcome are counted together.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::metrics::MEASURES;
use crate::base::time;
use crate::ingest::batch::Output;
use crate::ingest::formats::cli_answers::of_arn;
use crate::ingest::formats::declaration::{Declaration, FileName, Mark, Read, Record, Trace};
use crate::schema::tables::S3AccessRow;

/// Longest line read; a request line is a few kilobytes at most.
const LONGEST: usize = 1 << 20;
/// Groups held at once. Beyond them what was counted is written, and a group may have several rows.
const GROUPS: usize = 100_000;
/// Fields up to the version id, which every line has.
const FIELDS: usize = 18;

pub(in crate::ingest) static FORMAT: Declaration = Declaration {
    label: "S3 server access log",
    docs: Some((&MEASURES, "S3 server access logs (counted together by day, bucket, requester and outcome)")),
    marks: &[Mark::Table(|table| std::str::from_utf8(table.line).is_ok_and(is_access_log))],
    read: Read::Stream(|input, out| read(input, out).map_err(|error| error.to_string())),
    record: Record::Line(find),
    tables: &["s3_access"],
    traces: &[Trace::Name(|name: &FileName<'_>| is_log_name(name.whole), "an S3 server access log")],
    examples: &[
        "0000000000000000000000000000000000000000000000000000000000000000 b [01/Apr/2026:10:11:12 +0000] 192.0.2.3 arn:aws:iam::111122223333:user/ada R1 REST.GET.OBJECT k \"GET /b/k HTTP/1.1\" 200 - 1 1 1 1 \"-\" \"x\" -\n",
    ],
    ..Declaration::OTHER
};

/// `YYYY-MM-DD-hh-mm-ss-` and 16 letters, after any prefix.
fn is_log_name(file: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00-00-00-00-";
    let Some(from) = file.len().checked_sub(SHAPE.len() + 16) else { return false };
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    let (bytes, end) = (file.as_bytes(), from + SHAPE.len());
    bytes[from..end].iter().zip(SHAPE).all(fits) && bytes[end..].iter().all(u8::is_ascii_alphanumeric)
}

/// Whether a first line is one of such a log.
pub fn is_access_log(line: &str) -> bool {
    let Some(fields) = fields(line) else { return false };
    fields.len() >= FIELDS && at_of(fields[2]).is_some() && is_owner(fields[0]) && is_operation(fields[6]) && fields[8].len() < LONGEST
}

/// A canonical user id, or - in logs of services.
fn is_owner(text: &str) -> bool {
    text == "-" || text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_operation(text: &str) -> bool {
    ["REST.", "SOAP.", "WEBSITE.", "BATCH.", "S3."].iter().any(|front| text.starts_with(front))
}

/// Place of the user agent, the last field in quotes.
const USER_AGENT: usize = 16;

/// The fields of a line; `None` when a quote or bracket is not closed.
///
/// S3 does not escape quotes, and callers choose the text of three fields. Those before them are read from
/// the front. A closing quote is one before a blank, and the user agent ends at the line's last quote,
/// since no field behind it has any: so what a caller writes there moves no other field.
fn fields(line: &str) -> Option<Vec<&str>> {
    let mut fields = Vec::with_capacity(27);
    let mut rest = line.trim_end_matches(['\r', '\n']);
    while !rest.is_empty() {
        let (field, after) = if let Some(inner) = rest.strip_prefix('"') {
            let end = if fields.len() == USER_AGENT { inner.rfind('"')? } else { closing_quote(inner)? };
            (&inner[..end], &inner[end + 1..])
        } else if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']')?;
            (&inner[..end], &inner[end + 1..])
        } else {
            let end = rest.find(' ').unwrap_or(rest.len());
            (&rest[..end], &rest[end..])
        };
        fields.push(field);
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Some(fields)
}

/// The first quote before a blank or the end.
fn closing_quote(text: &str) -> Option<usize> {
    text.match_indices('"').map(|(at, _)| at).find(|at| matches!(text.as_bytes().get(at + 1), None | Some(b' ')))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `06/Feb/2019:00:00:38 +0000`.
fn at_of(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once(':')?;
    let mut parts = date.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let (clock, zone) = clock.split_once(' ')?;
    time::parse(&format!("{year}-{month:02}-{day}T{clock}{zone}")).ok()
}

/// What is counted together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    day: i32,
    bucket: String,
    requester: Option<String>,
    operation: String,
    status: Option<i64>,
    error: Option<String>,
    signature: Option<String>,
    tls: Option<String>,
}

struct Sum {
    requests: i64,
    bytes: i64,
    first: i64,
    last: i64,
    record: u64,
    address: Option<String>,
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty() && *text != "-")
}

/// Group, time, bytes sent and address of a line.
fn line_of(line: &str) -> Result<(Group, i64, i64, Option<String>), String> {
    let fields = fields(line).ok_or("a quote or bracket is not closed")?;
    if fields.len() < FIELDS {
        return Err(format!("the line has {} fields and not {FIELDS} or more", fields.len()));
    }
    let at = at_of(fields[2]).ok_or_else(|| format!("{:?} is no time of an access log", fields[2].chars().take(40).collect::<String>()))?;
    let text = |index: usize| fields.get(index).and_then(|text| given(text)).map(str::to_owned);
    let number = |index: usize| fields.get(index).and_then(|text| given(text)).and_then(|text| text.parse::<i64>().ok());
    let group = Group {
        day: time::day_of(at),
        bucket: fields[1].to_owned(),
        requester: text(4),
        operation: fields[6].to_owned(),
        status: number(9),
        error: text(10),
        signature: text(19),
        tls: text(23),
    };
    Ok((group, at, number(11).unwrap_or(0), text(3)))
}

/// Reads a log into table `s3_access`.
///
/// # Errors
/// When the stream breaks: what came before stays in `out`.
pub fn read(input: &mut dyn BufRead, out: &mut Output<'_>) -> std::io::Result<()> {
    let mut groups: BTreeMap<Group, Sum> = BTreeMap::new();
    let mut line = Vec::new();
    let mut offset = 0_u64;
    let mut end = Ok(());
    loop {
        line.clear();
        let taken = match take_line(input, &mut line) {
            Ok(taken) => taken,
            Err(error) => {
                end = Err(error);
                break;
            }
        };
        if taken == 0 {
            break;
        }
        let start = offset;
        offset += taken;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let record = out.counts.read;
        out.read(1);
        if taken as usize > LONGEST {
            out.reject(record, Some(start), format!("the line is longer than {LONGEST} bytes"));
            continue;
        }
        match line_of(&String::from_utf8_lossy(&line)) {
            Ok((group, at, bytes, address)) => {
                out.kept(1);
                out.time(at);
                let new = Sum { requests: 0, bytes: 0, first: at, last: at, record, address };
                let sum = groups.entry(group).or_insert(new);
                sum.requests += 1;
                sum.bytes = sum.bytes.saturating_add(bytes);
                (sum.first, sum.last) = (sum.first.min(at), sum.last.max(at));
            }
            Err(why) => out.reject(record, Some(start), why),
        }
        if groups.len() >= GROUPS {
            write(&mut groups, out);
        }
    }
    write(&mut groups, out);
    end
}

/// One line with its end, at most [`LONGEST`] bytes of it kept; returns its whole length.
fn take_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<u64> {
    let mut length = 0_u64;
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(length);
        }
        let end = memchr::memchr(b'\n', buffer);
        let take = end.map_or(buffer.len(), |at| at + 1);
        let room = LONGEST.saturating_sub(line.len());
        line.extend_from_slice(&buffer[..take.min(room)]);
        length += take as u64;
        input.consume(take);
        if end.is_some() {
            return Ok(length);
        }
    }
}

fn write(groups: &mut BTreeMap<Group, Sum>, out: &mut Output<'_>) {
    for (group, sum) in std::mem::take(groups) {
        let account = group.requester.as_deref().and_then(|requester| of_arn(requester).0);
        out.row(
            sum.record,
            &S3AccessRow {
                event_day: Some(group.day),
                bucket_name: Some(&group.bucket),
                requester: group.requester.as_deref(),
                requester_account_id: account,
                is_anonymous: Some(group.requester.is_none()),
                operation: Some(&group.operation),
                http_status: group.status,
                error_code: group.error.as_deref(),
                signature_version: group.signature.as_deref(),
                tls_version: group.tls.as_deref(),
                requests: Some(sum.requests),
                bytes_sent: Some(sum.bytes),
                first_seen: Some(sum.first),
                last_seen: Some(sum.last),
                remote_ip: sum.address.as_deref(),
            },
        );
        out.flush_if_large();
    }
}

/// Names of the fields, in order.
const NAMES: [&str; 26] = [
    "bucket_owner",
    "bucket",
    "time",
    "remote_ip",
    "requester",
    "request_id",
    "operation",
    "key",
    "request_uri",
    "http_status",
    "error_code",
    "bytes_sent",
    "object_size",
    "total_time",
    "turn_around_time",
    "referer",
    "user_agent",
    "version_id",
    "host_id",
    "signature_version",
    "cipher_suite",
    "authentication_type",
    "host_header",
    "tls_version",
    "access_point_arn",
    "acl_required",
];

/// Line `record` of a log, blank lines not counted, as a JSON object of its fields, so that signed URLs in
/// it are masked like any other secret.
pub fn find(text: &[u8], record: u64) -> Option<String> {
    let mut lines = text.split(|b| *b == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
    let line = String::from_utf8_lossy(lines.nth(usize::try_from(record).ok()?)?).into_owned();
    let object: serde_json::Map<String, serde_json::Value> =
        NAMES.iter().zip(fields(&line)?).map(|(name, field)| ((*name).to_owned(), field.into())).collect();
    serde_json::to_string(&object).ok()
}
