//! Calls that opened sessions, and the chains that they make.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::PolarsResult;

use super::super::evidence::Evidence;
use crate::base::arn::Arn;
use crate::ingest::formats::cloudtrail::TASK_SESSION;
use crate::schema::row::Row as _;
use crate::schema::tables::CloudtrailEventsRow;
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD};
use crate::store::StoreError;

/// Calls that open a session with credentials of its own.
pub(super) const OPENING: [&str; 6] =
    ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "GetFederationToken", "GetSessionToken"];

/// Sessions of a chain that are followed.
pub(super) const LONGEST: usize = 16;

/// Principal, name of the session and source identity: what records of one session share.
pub(super) type Key = (String, String, String);

/// The call that opened a session.
#[derive(Debug, Clone, Default)]
pub(super) struct Opening {
    pub(super) name: String,
    /// Key id of the session that it opened.
    pub(super) key: String,
    /// Id that the records of one call in several accounts share, else the event's own.
    pub(super) call: String,
    /// Whether the record only names the caller's account.
    pub(super) foreign: bool,
    pub(super) opener: Key,
    pub(super) opener_class: String,
    pub(super) opener_key: String,
    pub(super) principal: String,
    pub(super) session: String,
    pub(super) source_identity: String,
    pub(super) account: String,
    pub(super) time: i64,
    pub(super) event: String,
    pub(super) file: String,
    pub(super) record: i64,
}

impl Opening {
    /// The session that it opened.
    pub(super) fn opened(&self) -> Key {
        (self.principal.clone(), self.session.clone(), self.source_identity.clone())
    }
}

/// The calls of the period that opened sessions, each once: a call that crosses accounts is recorded in both. And the roles that
/// were asked for, refused ones too.
pub(super) fn openings(evidence: &dyn Evidence) -> Result<(Vec<Opening>, BTreeSet<String>), StoreError> {
    const TABLE: &str = CloudtrailEventsRow::TABLE.name;
    const COLUMNS: [&str; 20] = [
        CloudtrailEventsRow::event_name,
        CloudtrailEventsRow::issued_access_key_id,
        CloudtrailEventsRow::shared_event_id,
        CloudtrailEventsRow::event_id,
        CloudtrailEventsRow::user_identity_type,
        CloudtrailEventsRow::principal,
        CloudtrailEventsRow::session_name,
        CloudtrailEventsRow::actor_class,
        CloudtrailEventsRow::user_identity_access_key_id,
        "request_parameters_role_arn",
        "request_parameters_role_session_name",
        "request_parameters_target_principal",
        "response_elements_federated_user_arn",
        "request_parameters_source_identity",
        CloudtrailEventsRow::account_id,
        CloudtrailEventsRow::event_time,
        CloudtrailEventsRow::outcome,
        SOURCE_FILE_ID,
        SOURCE_RECORD,
        CloudtrailEventsRow::session_source_identity,
    ];
    let frame = evidence.events(&OPENING, &COLUMNS)?;
    let mut asked = BTreeSet::new();
    let mut read = || -> PolarsResult<Vec<Opening>> {
        let mut texts = BTreeMap::new();
        for name in COLUMNS.iter().filter(|name| !matches!(**name, CloudtrailEventsRow::event_time | SOURCE_RECORD)) {
            texts.insert(*name, frame.column(name)?.str()?.clone());
        }
        let time = frame.column(CloudtrailEventsRow::event_time)?.cast(&polars::prelude::DataType::Int64)?.i64()?.clone();
        let record = frame.column(SOURCE_RECORD)?.i64()?.clone();
        let mut all = Vec::new();
        for row in 0..frame.height() {
            let get = |name: &str| texts.get(name).and_then(|column| column.get(row)).unwrap_or_default().to_owned();
            asked.extend(Some(get("request_parameters_role_arn")).filter(|role| !role.is_empty()));
            if get(CloudtrailEventsRow::outcome) == "failure" {
                continue;
            }
            let own = get(CloudtrailEventsRow::session_source_identity);
            let opener = (get(CloudtrailEventsRow::principal), get(CloudtrailEventsRow::session_name), own);
            let first = |names: [&str; 2]| names.iter().map(|name| get(name)).find(|text| !text.is_empty()).unwrap_or_default();
            let name = get(CloudtrailEventsRow::event_name);
            let role = first(["request_parameters_role_arn", "request_parameters_target_principal"]);
            let federated = get("response_elements_federated_user_arn");
            let (principal, session) = match name.as_str() {
                "GetSessionToken" => (opener.0.clone(), opener.1.clone()),
                "GetFederationToken" => {
                    let session = federated.rsplit('/').next().unwrap_or_default().to_owned();
                    (federated, session)
                }
                "AssumeRoot" => (root_of(&role), TASK_SESSION.to_owned()),
                _ => (role, get("request_parameters_role_session_name")),
            };
            all.push(Opening {
                name,
                key: get(CloudtrailEventsRow::issued_access_key_id),
                call: first([CloudtrailEventsRow::shared_event_id, CloudtrailEventsRow::event_id]),
                foreign: get(CloudtrailEventsRow::user_identity_type) == "AWSAccount",
                opener,
                opener_class: get(CloudtrailEventsRow::actor_class),
                opener_key: get(CloudtrailEventsRow::user_identity_access_key_id),
                principal,
                session,
                source_identity: first(["request_parameters_source_identity", CloudtrailEventsRow::session_source_identity]),
                account: get(CloudtrailEventsRow::account_id),
                time: time.get(row).unwrap_or_default(),
                event: get(CloudtrailEventsRow::event_id),
                file: get(SOURCE_FILE_ID),
                record: record.get(row).unwrap_or_default(),
            });
        }
        Ok(all)
    };
    let mut all = read().map_err(|e| evidence.error(TABLE, e))?;
    // Of the records of one call, the one that names the caller, then the first by file.
    let once = |opening: &Opening| if opening.key.is_empty() { opening.call.clone() } else { opening.key.clone() };
    all.sort_by(|a, b| {
        let order = |o: &Opening| (once(o), o.foreign, o.time, o.event.clone(), o.account.clone(), o.file.clone(), o.record);
        order(a).cmp(&order(b))
    });
    all.dedup_by(|later, first| once(later) == once(first));
    all.sort_by(|a, b| (a.time, &a.event, &a.file, a.record).cmp(&(b.time, &b.event, &b.file, b.record)));
    Ok((all, asked))
}

/// ARN of the root user that a task session acts as; the call names it by ARN or by account.
pub(super) fn root_of(target: &str) -> String {
    if target.starts_with("arn:") { target.to_owned() } else { format!("arn:aws:iam::{target}:root") }
}

/// Who began the sessions that lead to one.
pub(super) struct Chain<'o> {
    /// From the one who began to the last session.
    pub(super) text: String,
    pub(super) length: usize,
    /// The first opening of the chain.
    pub(super) first: &'o Opening,
}

/// Openings by the key id that they issued.
pub(super) struct Chains<'o> {
    pub(super) by_key: BTreeMap<&'o str, &'o Opening>,
    /// By the session that they opened.
    pub(super) opened: BTreeMap<Key, Vec<&'o Opening>>,
}

impl<'o> Chains<'o> {
    pub(super) fn new(openings: &'o [Opening]) -> Self {
        let mut all = Self { by_key: BTreeMap::new(), opened: BTreeMap::new() };
        for opening in openings {
            if !opening.key.is_empty() {
                all.by_key.insert(&opening.key, opening);
            }
            all.opened.entry(opening.opened()).or_default().push(opening);
        }
        all
    }

    pub(super) fn of(&self, opening: &'o Opening) -> Chain<'o> {
        let mut steps = vec![opening];
        let mut met = BTreeSet::from([opening.call.as_str()]);
        let mut first = opening;
        while let Some(before) = self.by_key.get(first.opener_key.as_str()).filter(|_| steps.len() < LONGEST) {
            if !met.insert(&before.call) {
                break;
            }
            steps.push(before);
            first = before;
        }
        let mut names = vec![shown(&first.opener.0, &first.opener.1)];
        names.extend(steps.iter().rev().map(|step| shown(&step.principal, &step.session)));
        Chain { text: names.join(" → "), length: steps.len(), first }
    }
}

/// A principal and its session, short enough to be read in a chain.
pub(super) fn shown(principal: &str, session: &str) -> String {
    let name = Arn::parse(principal).map_or(principal, |arn| arn.resource);
    if session.is_empty() || name.ends_with(session) || name == "root" { name.to_owned() } else { format!("{name} ({session})") }
}
