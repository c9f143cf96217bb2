//! Rows of an export as records: each column goes to the member of a CloudTrail record that it shows.
//!
//! The console's CSV has fixed columns (formats.md 1.7); the columns of a query are whatever it selected
//! (1.8), so names are taken where they are CloudTrail's own and are listed as not read where not.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Found, Visitor, structs};
use crate::base::account::{self, AccountError};
use crate::base::text;
use crate::ingest::formats::cloudtrail::unread::{Exported, Identity};
use crate::ingest::remark::Remark;

/// How the text of a column becomes a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// As it is.
    Text,
    /// Twelve digits.
    Account,
    /// A structure of CloudTrail's own members.
    Struct,
    /// A map whose keys are the service's.
    Map,
    /// The list of resources.
    Resources,
    /// Details of an Insights event.
    Insight,
    /// The whole record as JSON.
    Record,
    /// Known, and nothing a table here holds.
    Left,
}

/// Column in lower case, where its text goes, and how.
const COLUMNS: &[(&str, &str, Kind)] = &[
    ("additionaleventdata", "additionalEventData", Kind::Map),
    ("addendum", "addendum", Kind::Struct),
    ("apiversion", "apiVersion", Kind::Text),
    ("aws access key", "userIdentity.accessKeyId", Kind::Text),
    ("aws region", "awsRegion", Kind::Text),
    ("awsregion", "awsRegion", Kind::Text),
    ("error code", "errorCode", Kind::Text),
    ("errorcode", "errorCode", Kind::Text),
    ("errormessage", "errorMessage", Kind::Text),
    ("event category", "eventCategory", Kind::Text),
    ("event id", "eventID", Kind::Text),
    ("event name", "eventName", Kind::Text),
    ("event source", "eventSource", Kind::Text),
    ("event time", "eventTime", Kind::Text),
    ("event type", "eventType", Kind::Text),
    ("eventcategory", "eventCategory", Kind::Text),
    ("eventid", "eventID", Kind::Text),
    ("eventjson", "", Kind::Record),
    ("eventname", "eventName", Kind::Text),
    ("eventsource", "eventSource", Kind::Text),
    ("eventtime", "eventTime", Kind::Text),
    ("eventtype", "eventType", Kind::Text),
    ("eventversion", "eventVersion", Kind::Text),
    ("insightcontext", "insightContext", Kind::Insight),
    ("insightsource", "insightSource", Kind::Insight),
    ("insightstate", "insightState", Kind::Insight),
    ("managementevent", "managementEvent", Kind::Text),
    ("metadata", "", Kind::Left),
    ("read-only", "readOnly", Kind::Text),
    ("readonly", "readOnly", Kind::Text),
    ("recipient account id", "recipientAccountId", Kind::Account),
    ("recipientaccountid", "recipientAccountId", Kind::Account),
    ("request id", "requestID", Kind::Text),
    ("requestid", "requestID", Kind::Text),
    ("requestparameters", "requestParameters", Kind::Map),
    ("resources", "resources", Kind::Resources),
    ("responseelements", "responseElements", Kind::Map),
    ("serviceeventdetails", "serviceEventDetails", Kind::Map),
    ("sessioncredentialfromconsole", "sessionCredentialFromConsole", Kind::Text),
    ("sharedeventid", "sharedEventID", Kind::Text),
    ("source ip address", "sourceIPAddress", Kind::Text),
    ("sourceipaddress", "sourceIPAddress", Kind::Text),
    ("tlsdetails", "tlsDetails", Kind::Struct),
    ("user agent", "userAgent", Kind::Text),
    ("user name", "userIdentity.userName", Kind::Text),
    ("useragent", "userAgent", Kind::Text),
    ("useridentity", "userIdentity", Kind::Struct),
    ("vpcendpointaccountid", "vpcEndpointAccountId", Kind::Text),
    ("vpcendpointid", "vpcEndpointId", Kind::Text),
];

/// Whether a column is one of CloudTrail's own.
pub(super) fn is_known(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    let first = name.split('.').next().unwrap_or("");
    COLUMNS.iter().any(|(column, _, kind)| *column == first && *kind != Kind::Left)
}

/// The column of a name, and the path below it for names such as `userIdentity.arn`.
fn column(name: &str) -> Option<(&'static str, Kind, &str)> {
    let (first, below) = name.trim().split_once('.').unwrap_or((name.trim(), ""));
    let (_, path, kind) = COLUMNS.iter().find(|(column, _, _)| column.eq_ignore_ascii_case(first))?;
    (below.is_empty() || matches!(kind, Kind::Struct | Kind::Map)).then_some((*path, *kind, below))
}

/// Member of `responseElements` that says what came of a console sign-in.
const SIGN_IN: &str = "ConsoleLogin";

/// Which columns a file has that say what came of a call and who made it.
#[derive(Debug, Default)]
pub(super) struct Columns {
    outcome: bool,
    sign_in: bool,
    named: bool,
    typed: bool,
}

impl Columns {
    fn add(&mut self, name: &str) {
        let Some((path, kind, below)) = column(name).or_else(|| identity(name)) else { return };
        self.outcome |= path == "errorCode";
        self.sign_in |= path == "errorMessage" || path == "responseElements" && (below.is_empty() || below.eq_ignore_ascii_case(SIGN_IN));
        self.named |= path.starts_with("userIdentity");
        self.typed |= path == "userIdentity" && kind == Kind::Struct && (below.is_empty() || below.eq_ignore_ascii_case("type"));
    }

    /// What the rows state.
    fn exported(&self) -> Exported {
        let identity = match (self.typed, self.named) {
            (true, _) => Identity::Typed,
            (false, true) => Identity::Named,
            (false, false) => Identity::Nobody,
        };
        Exported { outcome: self.outcome, sign_in: self.sign_in, identity }
    }
}

/// Looks at names only.
impl Visitor for Columns {
    fn record(&mut self, _: usize, found: Found<'_>) -> bool {
        if let Found::Cells(cells) = found {
            cells.iter().for_each(|(name, _)| self.add(name));
        }
        true
    }

    fn note(&mut self, _: Remark) {}
}

/// Members of `userIdentity` that exports name without a dot, such as `userIdentitytype` or `user_identity_arn`.
const IDENTITY: [&str; 7] = ["accessKeyId", "accountId", "arn", "invokedBy", "principalId", "type", "userName"];

/// The member of `userIdentity` that a column is, where its name is that of the member behind that of the structure.
fn identity(name: &str) -> Option<(&'static str, Kind, &'static str)> {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let member = letters.strip_prefix("useridentity")?;
    IDENTITY.iter().find(|known| known.eq_ignore_ascii_case(member)).map(|known| ("userIdentity", Kind::Struct, *known))
}

/// What exports write in the place of an error code when there was no error.
fn is_no_error(text: &str) -> bool {
    ["NoError", "No error", "None", "-"].iter().any(|none| none.eq_ignore_ascii_case(text))
}

/// Makes records of rows, and remembers what the file's notes must say.
#[derive(Debug, Default)]
pub(super) struct Maker {
    /// Cells went through a spreadsheet or may have.
    csv: bool,
    restored: u64,
    no_account: u64,
    first_no_account: Option<String>,
    structures: bool,
    broken: u64,
    without_id: u64,
    unread: BTreeSet<String>,
    columns: Columns,
    without_outcome: u64,
}

/// Names listed in a note.
const NAMED: usize = 12;

impl Maker {
    /// For one file; `csv` when ids are plain text that a spreadsheet may have changed, `columns` what is known of them before the rows.
    pub(super) fn new(csv: bool, columns: Columns) -> Self {
        Self { csv, columns, ..Self::default() }
    }

    /// The record of a row as JSON text, and what it states.
    ///
    /// # Errors
    /// In words, when there is no record in the row.
    pub(super) fn record(&mut self, cells: &[(Cow<'_, str>, Cow<'_, str>)]) -> Result<(String, Exported), String> {
        let mut record = Map::new();
        for (name, text) in cells {
            self.columns.add(name);
            let text = text.trim();
            if text.is_empty() || text == "null" {
                continue;
            }
            let Some((path, kind, below)) = column(name).or_else(|| identity(name)) else {
                self.unread.insert(short(name));
                continue;
            };
            let value = match kind {
                Kind::Record => {
                    if text.starts_with('{') {
                        return Ok((text.to_owned(), Exported::WHOLE));
                    }
                    continue;
                }
                Kind::Left => continue,
                Kind::Text if path == "errorCode" && is_no_error(text) => continue,
                Kind::Text => Value::String(text.to_owned()),
                Kind::Account => match self.account(text) {
                    Some(account) => Value::String(account),
                    None => continue,
                },
                Kind::Insight => {
                    set(&mut record, &["insightDetails", path], Value::String(text.to_owned()));
                    continue;
                }
                Kind::Struct | Kind::Map if !below.is_empty() => {
                    let account = path == "userIdentity" && below.eq_ignore_ascii_case("accountId");
                    match if account { self.account(text) } else { Some(text.to_owned()) } {
                        Some(text) => Value::String(text),
                        None => continue,
                    }
                }
                Kind::Struct | Kind::Map | Kind::Resources => match self.structure(kind, text) {
                    Some(value) => value,
                    None => continue,
                },
            };
            let steps = path.split('.').chain(below.split('.').filter(|s| !s.is_empty()).map(|step| match kind {
                Kind::Struct => structs::spelled(step),
                _ => step,
            }));
            set(&mut record, &steps.collect::<Vec<_>>(), value);
        }
        if !record.contains_key("eventName")
            && !record.contains_key("insightDetails")
            && cells.iter().any(|(name, text)| name.eq_ignore_ascii_case("eventData") && !text.is_empty())
        {
            return Err("an event that a channel brought into CloudTrail Lake (eventData), not one of AWS".to_owned());
        }
        if !record.contains_key("eventID") {
            self.without_id += 1;
        }
        let exported = self.columns.exported();
        self.without_outcome += u64::from(!exported.outcome);
        serde_json::to_string(&record).map(|text| (text, exported)).map_err(|error| error.to_string())
    }

    /// Account ids have twelve digits. A spreadsheet takes leading zeros away: one can be put back. Anything else is no
    /// account, and the event stays without one.
    fn account(&mut self, text: &str) -> Option<String> {
        match account::parse(text) {
            Ok(id) => Some(id.to_owned()),
            Err(AccountError::Eleven(digits)) if self.csv => {
                self.restored += 1;
                Some(format!("0{}", digits.trim()))
            }
            Err(_) => {
                self.no_account += 1;
                self.first_no_account.get_or_insert_with(|| short(text));
                None
            }
        }
    }

    fn structure(&mut self, kind: Kind, text: &str) -> Option<Value> {
        let value = match serde_json::from_str::<Value>(text) {
            Ok(value) => Some(value),
            Err(_) => {
                self.structures = true;
                structs::parse(text)
            }
        };
        let Some(value) = value.filter(|v| v.is_object() || v.is_array()) else {
            self.broken += 1;
            return None;
        };
        Some(match kind {
            Kind::Struct => structs::respell(value),
            Kind::Resources => resources(structs::respell(value)),
            _ => value,
        })
    }

    /// What the file's notes must say.
    pub(super) fn notes(&self) -> Vec<Remark> {
        let mut notes = Vec::new();
        if self.restored > 0 {
            notes.push(Remark::counted(
                self.restored,
                "account ids of eleven digits were given the leading zero back that a spreadsheet takes away",
            ));
        }
        if let Some(first) = &self.first_no_account {
            let values = if self.no_account == 1 { "1 value is" } else { &format!("{} values are", self.no_account) };
            let text = format!(
                "{values} no account id of twelve digits and not stated now, the first {first:?}: a spreadsheet may have changed it"
            );
            notes.push(Remark::Text { text });
        }
        if self.structures {
            notes.push(
                "structures such as userIdentity stand in this file as text that is not unambiguous; they were read as well as can be"
                    .into(),
            );
        }
        if self.broken > 0 {
            notes.push(Remark::counted(self.broken, "values of structures could not be read and are not stated"));
        }
        if self.without_outcome > 0 {
            let what = "records come without the column errorCode: whether these calls succeeded is not known";
            notes.push(Remark::counted(self.without_outcome, what));
        }
        if self.without_id > 0 {
            let what = "records without eventID: copies of them in other files cannot be told and count twice";
            notes.push(Remark::counted(self.without_id, what));
        }
        if !self.unread.is_empty() {
            let list = text::list(&self.unread, NAMED);
            notes.push(format!("columns that are no member of a CloudTrail record were not read: {list}").into());
        }
        notes
    }
}

/// Resources by their names in a record: `ARN`, `accountId`, `type`. The console's CSV has
/// `resourceType` and `resourceName`, which is an ARN for some types only.
fn resources(value: Value) -> Value {
    let Value::Array(list) = value else { return value };
    let rename = |value: Value| match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let name = match name.as_str() {
                    "arn" => "ARN",
                    "resourceType" => "type",
                    "resourceName" if value.as_str().is_some_and(|v| v.starts_with("arn:")) => "ARN",
                    other => other,
                };
                (name.to_owned(), value)
            })
            .collect(),
        other => other,
    };
    list.into_iter().map(rename).collect()
}

/// Puts a value at a path; what is there already stays.
fn set(record: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [] => {}
        [name] => match (record.get_mut(*name), value) {
            (Some(Value::Object(there)), Value::Object(more)) => {
                for (name, value) in more {
                    there.entry(name).or_insert(value);
                }
            }
            (Some(_), _) => {}
            (None, value) => {
                record.insert((*name).to_owned(), value);
            }
        },
        [name, below @ ..] => {
            let inner = record.entry((*name).to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                set(inner, below, value);
            }
        }
    }
}

fn short(text: &str) -> String {
    text.trim().chars().take(40).collect()
}
