//! The IAM credential report: CSV as the console gives it, or the CLI's JSON around it.
//!
//! Cells know three states. A date or a flag is taken as such; `N/A`, `no_information` and
//! `not_supported` become NULL, and where the difference matters the raw word has a column of its own.

pub mod format;

use std::io::BufRead;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::base::arn::account_piece;
use crate::base::{account, time};
use crate::ingest::batch::Output;
use crate::ingest::reading::records::{Record, Records, RecordsError};
use crate::ingest::remark::Remark;
use crate::schema::tables::IamCredentialsRow;

/// Words that stand for no date.
const NO_DATE: [&str; 3] = ["N/A", "no_information", "not_supported"];

/// Why a credential report cannot be read.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// The CSV cannot be read.
    #[error(transparent)]
    Csv(#[from] RecordsError),
    /// The header is another file's.
    #[error("the credential report has no column {column}; export it again with get-credential-report")]
    Missing {
        /// The column's name.
        column: &'static str,
    },
    /// The CLI's answer is no JSON of the known shape.
    #[error("the credential report's JSON cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// The report inside the answer is neither base64 nor CSV.
    #[error("the content of the credential report's JSON is neither base64 nor CSV")]
    Content,
    /// AWS answered with an error.
    #[error("the answer holds the error {code} and no report; export it again")]
    Refused {
        /// AWS's error code.
        code: String,
    },
}

/// Whether a CSV header is that of a credential report.
pub fn detect(header: &csv::ByteRecord) -> bool {
    let has = |name: &str| {
        header.iter().any(|cell| {
            let text = String::from_utf8_lossy(cell);
            text.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(name)
        })
    };
    ["user", "arn", "user_creation_time"].into_iter().all(has)
}

/// Reads the report as CSV into table `iam_credentials`. The report does not say when it was made:
/// the file's name is asked for a date.
///
/// # Errors
/// When there is no usable header, or the stream breaks.
pub fn read_csv(input: &mut dyn BufRead, path: &str, out: &mut Output<'_>) -> Result<(), CredentialError> {
    let generated = generated_from_name(path);
    match generated {
        Some(_) => out.note("the time the credential report was made is taken from its file name"),
        None => out.note("the credential report does not say when it was made"),
    }
    read(input, generated, out)
}

/// Reads the answer of `iam get-credential-report`: `Content` in base64 (or plain, as some tools record
/// it) and `GeneratedTime`.
///
/// # Errors
/// When the answer or the report in it cannot be read, or it is an error of AWS's.
pub fn read_json(bytes: &[u8], out: &mut Output<'_>) -> Result<(), CredentialError> {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "Code")]
        code: String,
    }
    #[derive(Deserialize)]
    struct Answer {
        #[serde(rename = "Content")]
        content: Option<String>,
        #[serde(rename = "GeneratedTime")]
        generated: Option<Value>,
        #[serde(rename = "Error")]
        error: Option<Refusal>,
        /// Answers recorded by test tools stand in here.
        data: Option<Box<Answer>>,
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut answer: Answer = serde_json::from_slice(bytes)?;
    if let (None, Some(inner)) = (&answer.content, answer.data.take()) {
        answer = *inner;
    }
    if let Some(Refusal { code }) = answer.error {
        return Err(CredentialError::Refused { code: code.chars().take(80).collect() });
    }
    let content = answer.content.ok_or(CredentialError::Content)?;
    let compact: String = content.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let csv = match STANDARD.decode(&compact) {
        Ok(csv) => csv,
        Err(_) if content.trim_start().to_ascii_lowercase().starts_with("user,") => content.into_bytes(),
        Err(_) => return Err(CredentialError::Content),
    };
    let generated = answer.generated.as_ref().and_then(|value| match time::parse_json(value) {
        Ok(micros) => Some(micros),
        Err(error) => {
            out.note(format!("GeneratedTime of the credential report: {error}"));
            None
        }
    });
    read(&mut csv.as_slice(), generated, out)
}

/// A moment in a file name, such as `2024-05-01` or `2024-05-01T10_00_00`: what the console and careful
/// clients put there.
pub(in crate::ingest) fn generated_from_name(path: &str) -> Option<i64> {
    let name = path.rsplit(['/', '\\']).next()?;
    (0..name.len()).find_map(|at| {
        let tail = name.get(at..)?;
        if at > 0 && name.as_bytes().get(at - 1).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let date = tail.get(..10)?;
        if date.as_bytes().get(4) != Some(&b'-') {
            return None;
        }
        let day = time::parse(date).ok()?;
        let clock = tail.get(11..19).map(|clock| clock.replace(['_', '-', '.'], ":"));
        let moment = clock.and_then(|clock| time::parse(&format!("{date}T{clock}Z")).ok());
        Some(moment.unwrap_or(day))
    })
}

/// Places of the columns that are read.
struct Places {
    user: usize,
    arn: usize,
    created: usize,
    password: Option<usize>,
    password_used: Option<usize>,
    password_changed: Option<usize>,
    mfa: Option<usize>,
    keys: [KeyPlaces; 2],
    certificates: [Option<usize>; 2],
    further: Option<usize>,
}

struct KeyPlaces {
    active: Option<usize>,
    rotated: Option<usize>,
    used: Option<usize>,
    service: Option<usize>,
}

impl Places {
    fn of(header: &[String]) -> Result<Self, CredentialError> {
        let find = |name: &str| header.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        let must = |column: &'static str| find(column).ok_or(CredentialError::Missing { column });
        let key = |n: u8| KeyPlaces {
            active: find(&format!("access_key_{n}_active")),
            rotated: find(&format!("access_key_{n}_last_rotated")),
            used: find(&format!("access_key_{n}_last_used_date")),
            service: find(&format!("access_key_{n}_last_used_service")),
        };
        Ok(Self {
            user: must("user")?,
            arn: must("arn")?,
            created: must("user_creation_time")?,
            password: find("password_enabled"),
            password_used: find("password_last_used"),
            password_changed: find("password_last_changed"),
            mfa: find("mfa_active"),
            keys: [key(1), key(2)],
            certificates: [find("cert_1_active"), find("cert_2_active")],
            further: find("additional_credentials_info"),
        })
    }
}

fn read(input: &mut dyn BufRead, generated: Option<i64>, out: &mut Output<'_>) -> Result<(), CredentialError> {
    let mut records = Records::open(input)?;
    let places = Places::of(records.header())?;
    if let Some(generated) = generated {
        out.time(generated);
    }
    let (mut odd, mut further) = (Odd::default(), 0_u64);
    let header = records.header().to_vec();
    while records.advance()? {
        let (index, line, offset) = (records.index(), records.line(), records.offset());
        out.read(1);
        let done = records.row().and_then(|row| {
            user(&places, &row, index, generated, &mut odd, out)?;
            further += u64::from(places.further.is_some_and(|at| !matches!(row.field(at), "" | "N/A" | "0")));
            Ok(())
        });
        match done {
            Ok(()) => out.kept(1),
            Err(reason) => out.reject(index, Some(offset), format!("line {line}: {reason}")),
        }
    }
    odd.tell(&header, out);
    if further > 0 {
        out.note(Remark::counted(further, "users have more keys or certificates than the report lists"));
    }
    Ok(())
}

/// Cells that are neither what their column holds nor a known word: they become NULL, and are told.
#[derive(Default)]
struct Odd {
    count: u64,
    first: Option<(usize, u64)>,
}

impl Odd {
    fn add(&mut self, column: usize, record: u64) {
        self.count += 1;
        self.first.get_or_insert((column, record));
    }

    fn tell(&self, header: &[String], out: &mut Output<'_>) {
        if let Some((column, record)) = self.first {
            let name = header.get(column).map_or("", String::as_str);
            let cells = if self.count == 1 { "cell is" } else { "cells are" };
            out.note(Remark::counted(
                self.count,
                format!(
                    "{cells} neither a value nor a known word of a credential report and NULL now, the first {name} of record {record}"
                ),
            ));
        }
    }
}

/// One user's row.
fn user(places: &Places, row: &Record<'_>, record: u64, generated: Option<i64>, odd: &mut Odd, out: &mut Output<'_>) -> Result<(), String> {
    let text = |at: Option<usize>| at.map(|at| row.field(at).trim()).filter(|text| !text.is_empty());
    let name = text(Some(places.user)).ok_or("user is empty")?;
    let arn = text(Some(places.arn));
    let account = arn.and_then(|arn| account_piece(arn)).filter(|account| !account.is_empty());
    let account = account.map(account::parse).transpose().map_err(|error| format!("arn: {error}"))?;
    let mut moment = |at: Option<usize>| {
        let value = text(at)?;
        let micros = time::parse(value).ok();
        if let (None, Some(at), false) = (micros, at, NO_DATE.contains(&value)) {
            odd.add(at, record);
        }
        micros
    };
    let created = moment(Some(places.created));
    let password_used = moment(places.password_used);
    let password_changed = moment(places.password_changed);
    let key_moments = [0, 1].map(|n: usize| {
        let key = &places.keys[n];
        [moment(key.rotated), moment(key.used)]
    });
    let mut flag = |at: Option<usize>| match text(at)? {
        value if value.eq_ignore_ascii_case("true") => Some(true),
        value if value.eq_ignore_ascii_case("false") => Some(false),
        value => {
            if let (Some(at), false) = (at, NO_DATE.contains(&value)) {
                odd.add(at, record);
            }
            None
        }
    };
    let password = flag(places.password);
    let mfa = flag(places.mfa);
    let actives = [flag(places.keys[0].active), flag(places.keys[1].active)];
    let certificates = places.certificates.map(&mut flag);
    let epoch = |micros: Option<i64>| micros.map(time::epoch_seconds);
    let service = |n: usize| text(places.keys[n].service).filter(|word| !NO_DATE.contains(word));
    let is_root = name == "<root_account>" || arn.is_some_and(|arn| arn.ends_with(":root"));
    let [[rotated_1, used_1], [rotated_2, used_2]] = key_moments;
    let used_word = if password_used.is_none() { text(places.password_used) } else { None };
    out.row(
        record,
        &IamCredentialsRow {
            account_id: account,
            user_name: Some(name),
            arn,
            is_root: Some(is_root),
            created_at: created,
            password_enabled: password,
            password_state: text(places.password),
            password_last_used_at: password_used,
            password_last_used_state: used_word,
            password_last_changed_at: password_changed,
            mfa_active: mfa,
            access_key_1_active: actives[0],
            access_key_1_last_rotated_at: rotated_1,
            access_key_1_last_rotated_epoch: epoch(rotated_1),
            access_key_1_last_used_at: used_1,
            access_key_1_last_used_epoch: epoch(used_1),
            access_key_1_last_used_service: service(0),
            access_key_2_active: actives[1],
            access_key_2_last_rotated_at: rotated_2,
            access_key_2_last_rotated_epoch: epoch(rotated_2),
            access_key_2_last_used_at: used_2,
            access_key_2_last_used_epoch: epoch(used_2),
            access_key_2_last_used_service: service(1),
            cert_1_active: certificates[0],
            cert_2_active: certificates[1],
            created_epoch: epoch(created),
            password_last_used_epoch: epoch(password_used),
            report_generated_at: generated,
            report_generated_epoch: epoch(generated),
            report_generated_date: generated.map(time::day_of),
            password_last_changed_epoch: epoch(password_changed),
        },
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cost::testing::{Yield, collect, files_below, real_data};
    use super::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,\
        mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
        access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,\
        access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
    const ROOT: &str = "<root_account>,arn:aws:iam::111122223333:root,2020-01-02T03:04:05+00:00,not_supported,2024-04-30T08:00:00+00:00,\
        not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
    const ADA: &str = "ada,arn:aws:iam::111122223333:user/ada,2021-06-01T00:00:00Z,TRUE,no_information,2021-06-01T00:00:00+00:00,N/A,False,true,\
        2021-06-01T00:00:00+00:00,2024-04-29T12:15:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,true,N/A";

    fn read_text(text: &str, path: &str) -> (Yield, Result<(), CredentialError>) {
        let mut result = Ok(());
        let read = collect(|out| result = read_csv(&mut text.as_bytes(), path, out));
        (read, result)
    }

    #[test]
    fn three_states_stay_apart() {
        let (read, result) = read_text(&format!("{HEADER}\n{ROOT}\n{ADA}"), "in/report.csv");
        assert!(result.is_ok());
        assert_eq!(read.account(), (2, 2, 0));
        let states = [
            "account_id",
            "is_root",
            "password_enabled",
            "password_state",
            "password_last_used_at",
            "password_last_used_state",
            "mfa_active",
        ];
        assert_eq!(read.rows[0].pick(states), ["111122223333", "true", "NULL", "not_supported", "2024-04-30T08:00:00Z", "NULL", "true"]);
        assert_eq!(read.rows[1].pick(states), ["111122223333", "false", "true", "TRUE", "NULL", "no_information", "false"]);
        let keys = [
            "access_key_1_active",
            "access_key_1_last_rotated_at",
            "access_key_1_last_rotated_epoch",
            "access_key_1_last_used_at",
            "access_key_1_last_used_epoch",
            "access_key_1_last_used_service",
            "access_key_2_active",
            "access_key_2_last_rotated_at",
            "access_key_2_last_used_service",
            "cert_1_active",
            "cert_2_active",
            "created_epoch",
            "password_last_used_epoch",
            "report_generated_at",
        ];
        assert_eq!(
            read.rows[1].pick(keys),
            [
                "true",
                "2021-06-01T00:00:00Z",
                "1622505600",
                "2024-04-29T12:15:00Z",
                "1714392900",
                "s3",
                "false",
                "NULL",
                "NULL",
                "false",
                "true",
                "1622505600",
                "NULL",
                "NULL"
            ]
        );
        assert_eq!(read.rows[0].pick(["access_key_1_last_used_service", "password_last_used_epoch"]), ["NULL", "1714464000"]);
        assert_eq!(read.notes, ["the credential report does not say when it was made"]);
    }

    #[test]
    fn broken_rows_and_cells() {
        let odd = ADA.replace("2021-06-01T00:00:00Z", "yesterday").replace("TRUE", "maybe");
        let empty = ADA.replacen("ada,", ",", 1);
        let text = format!("{HEADER},additional_credentials_info\r\n{odd},\r\nbob,arn\r\n{empty},\r\n{ROOT},2 keys\r\n");
        let (read, result) = read_text(&text, "x.csv");
        assert!(result.is_ok());
        assert_eq!(read.account(), (4, 2, 2));
        assert_eq!(read.rows[0].pick(["created_at", "password_enabled", "password_state", "user_name"]), ["NULL", "NULL", "maybe", "ada"]);
        assert_eq!(read.rejects[0].reason, "line 3: the record has 2 fields where the header has 23");
        assert_eq!(read.rejects[1].reason, "line 4: user is empty");
        assert_eq!(
            &read.notes[1..],
            [
                "2 cells are neither a value nor a known word of a credential report and NULL now, the first user_creation_time of record 0",
                "1 users have more keys or certificates than the report lists"
            ]
        );
        let (_, result) = read_text("a,b\n1,2", "x");
        assert!(matches!(result, Err(CredentialError::Missing { column: "user" })));
        let (_, result) = read_text("", "x");
        assert!(matches!(result, Err(CredentialError::Csv(RecordsError::Empty))));
        let (read, result) = read_text("user,arn,user_creation_time\n", "x");
        assert!(result.is_ok());
        assert_eq!(read.account(), (0, 0, 0));
    }

    #[test]
    fn answers_of_the_cli() {
        let csv = format!("{HEADER}\n{ADA}");
        let base64 = STANDARD.encode(&csv);
        let plain = serde_json::to_string(&csv).unwrap();
        for json in [
            format!(r#"{{"Content":"{base64}","ReportFormat":"text/csv","GeneratedTime":"2024-05-01T10:00:00+00:00"}}"#),
            format!(r#"{{"Content":{plain},"GeneratedTime":1714557600.0}}"#),
            format!("\u{feff}{{\"status_code\":200,\"data\":{{\"Content\":\"{base64}\",\"GeneratedTime\":1714557600}}}}"),
        ] {
            let read = collect(|out| read_json(json.as_bytes(), out).unwrap());
            assert_eq!(read.account(), (1, 1, 0));
            assert_eq!(read.rows[0].get("report_generated_at"), "2024-05-01T10:00:00Z");
            assert_eq!(read.notes, [""; 0]);
            assert_eq!(read.times, Some((1_714_557_600_000_000, 1_714_557_600_000_000)));
        }
        let refused = collect(|out| {
            let error = read_json(br#"{"Error":{"Code":"ReportInProgress","Type":"Sender"}}"#, out).unwrap_err();
            assert_eq!(error.to_string(), "the answer holds the error ReportInProgress and no report; export it again");
            for broken in ["", "[]", "{}", "{\"Content\":\"%%%\"}", "{\"Content\":5}"] {
                assert!(read_json(broken.as_bytes(), out).is_err(), "{broken}");
            }
        });
        assert_eq!(refused.account(), (0, 0, 0));
        let read = collect(|out| read_json(format!(r#"{{"Content":"{base64}","GeneratedTime":"soon"}}"#).as_bytes(), out).unwrap());
        assert_eq!(read.rows[0].get("report_generated_at"), "NULL");
        assert_eq!(read.notes.len(), 1);
    }

    #[test]
    fn dates_in_file_names() {
        for (path, expected) in [
            ("in/status_reports_2024-05-01T10_11_12+00_00.csv", Some("2024-05-01T10:11:12Z")),
            ("credential-report-2024-05-01.csv", Some("2024-05-01T00:00:00Z")),
            (r"C:\x\2024-05-01 10-11-12.csv", Some("2024-05-01T10:11:12Z")),
            ("2024-05-01/report.csv", None),
            ("report-12024-05-01.csv", None),
            ("report-2024-13-01.csv", None),
            ("réport.csv", None),
            ("", None),
        ] {
            assert_eq!(generated_from_name(path).map(time::rfc3339).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn headers() {
        let record = |text: &str| csv::ByteRecord::from(text.split(',').collect::<Vec<_>>());
        assert!(detect(&record(HEADER)));
        assert!(detect(&record("\u{feff}User, ARN ,user_creation_time")));
        assert!(!detect(&record("user,arn")));
    }

    #[test]
    fn real_reports() {
        let Some(root) = real_data("posture/credential-report") else { return };
        let mut users = 0;
        for path in files_below(&root) {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.to_string_lossy().into_owned();
            let read = collect(|out| {
                if path.extension().is_some_and(|e| e == "json") {
                    if let Err(error) = read_json(&bytes, out) {
                        assert!(matches!(error, CredentialError::Refused { .. }), "{name}: {error}");
                    }
                } else {
                    read_csv(&mut &bytes[..], &name, out).unwrap();
                }
            });
            let (_, kept, rejected) = read.account();
            assert_eq!(rejected, 0, "{name}: {:?}", read.rejects);
            assert!(read.rows.iter().all(|row| row.get("created_at") != "NULL" && row.get("mfa_active") != "NULL"), "{name}");
            users += kept;
        }
        assert!(users > 20, "{users}");
    }

    proptest! {
        #[test]
        fn any_text_ends_in_counts(body in "(\\PC|[,\n\"]){0,200}") {
            let (read, _) = read_text(&format!("{HEADER}\n{body}"), "x");
            prop_assert_eq!(read.counts.read, read.counts.kept + read.counts.rejected);
            collect(|out| drop(read_json(body.as_bytes(), out)));
        }
    }
}
