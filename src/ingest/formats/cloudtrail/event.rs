//! From the fields of a record to the columns of `cloudtrail_events`.

use rustc_hash::FxHashMap;

use super::actor::{Actor, Agent, is_console_host};
use super::declared::{Declared, flag};
use super::fields::{Fields, slot};
use super::kind::{self, Marks, RootMarks};
use super::unread::{Exported, Identity, Unread};
use super::{Event, Sink, unread};
use crate::base::time;
use crate::base::time::{DAY, HOUR};
use crate::ingest::formats::config::item::is_account;
use crate::ingest::remark::Remark;
use crate::schema::resource::EventColumn;
use crate::schema::row::Columns as _;
use crate::schema::tables::CloudtrailEventsRow;

/// User agents remembered at a time.
const AGENTS: usize = 1_024;

/// Makes events, remembering what user agents tell.
#[derive(Debug)]
pub struct Events<'c> {
    columns: &'c [EventColumn],
    agents: FxHashMap<String, Agent>,
    /// Values from which nothing may be concluded.
    unread: unread::Counts,
    /// What the records state.
    pub exported: Exported,
    /// Accounts that are none, and the first of them.
    no_account: (u64, String),
}

impl<'c> Events<'c> {
    /// Makes events with these declared columns.
    pub fn new(columns: &'c [EventColumn]) -> Self {
        Self {
            columns,
            agents: FxHashMap::default(),
            unread: unread::Counts::default(),
            exported: Exported::WHOLE,
            no_account: (0, String::new()),
        }
    }

    /// The cell that names the values from which nothing may be concluded: declared ones, and these.
    fn unread(&mut self, declared: &[Declared<'_>], missing: &[&'static str]) -> Option<String> {
        let found = self.columns.iter().zip(declared).filter_map(|(column, value)| Some((column.name.as_str(), value.unread()?)));
        let found: Vec<_> = found.chain(missing.iter().map(|name| (*name, Unread::NotExported))).collect();
        found.iter().for_each(|(_, why)| self.unread.add(*why));
        unread::cell(found.into_iter())
    }

    /// The account that a record is of. What is no account id of twelve digits leaves the event without one: the actor's
    /// may be another.
    fn account<'f>(&mut self, fields: &'f Fields<'_>) -> Option<&'f str> {
        let Some(recipient) = fields.get(slot::RECIPIENT) else { return fields.get(slot::ACCOUNT).filter(|account| is_account(account)) };
        if is_account(recipient) {
            return Some(recipient);
        }
        if self.no_account.0 == 0 {
            self.no_account.1 = short(recipient);
        }
        self.no_account.0 += 1;
        None
    }

    /// What the file's notes must say.
    pub fn notes(&self) -> Vec<Remark> {
        let (values, first) = &self.no_account;
        let text = format!("values of recipientAccountId are no account id of twelve digits and not stated now, the first {first:?}");
        let accounts = (*values > 0).then(|| Remark::counted(*values, text));
        accounts.into_iter().chain(self.unread.notes()).collect()
    }

    fn agent(&mut self, text: Option<&str>) -> Agent {
        let Some(text) = text else { return Agent::default() };
        if let Some(known) = self.agents.get(text) {
            return *known;
        }
        if self.agents.len() >= AGENTS {
            self.agents.clear();
        }
        let agent = Agent::of(text);
        self.agents.insert(text.to_owned(), agent);
        agent
    }

    /// Hands the event of a record, which is `record` as text, to the sink.
    ///
    /// # Errors
    /// With the reason why the record is no event.
    pub fn event(&mut self, number: u64, fields: &Fields<'_>, record: &str, sink: &mut dyn Sink) -> Result<(), String> {
        let get = |at: usize| fields.get(at);
        let stated = fields.slots[slot::EVENT_TIME].as_deref().ok_or("eventTime is missing")?;
        let micros = time::parse(stated).map_err(|e| format!("eventTime {:?}: {e}", short(stated)))?;
        if get(slot::EVENT_CATEGORY) == Some("Aggregated") {
            return Err("an aggregated-activity summary, not an event".to_owned());
        }
        let is_insight = fields.slots[slot::INSIGHT].is_some();
        for (at, name) in [(slot::EVENT_NAME, "eventName"), (slot::EVENT_SOURCE, "eventSource")] {
            if fields.slots[at].is_none() && !is_insight {
                return Err(format!("{name} is missing"));
            }
        }
        if let Some(version) = get(slot::EVENT_VERSION).filter(|v| !v.starts_with("1.")) {
            return Err(format!("eventVersion {:?} is of a major version this reader does not know", short(version)));
        }
        let account = self.account(fields);
        let is = |at: usize| get(at).and_then(flag);
        let day = micros.div_euclid(DAY);
        let read_only = is(slot::READ_ONLY);
        let management = is(slot::MANAGEMENT);
        let category = get(slot::EVENT_CATEGORY).unwrap_or(match (is_insight, management) {
            (true, _) => "Insight",
            (false, Some(false)) => "Data",
            (false, _) => "Management",
        });
        let identity = get(slot::KIND);
        let key = get(slot::ACCESS_KEY);
        let from_console = is(slot::FROM_CONSOLE);
        let agent = self.agent(get(slot::USER_AGENT));
        let in_console = from_console == Some(true)
            || identity != Some("AWSService") && (agent.is_console || get(slot::INVOKED_BY).is_some_and(is_console_host))
            || get(slot::EVENT_TYPE) == Some("AwsConsoleSignIn");
        let actor = Actor::of(fields, in_console);
        let made_by_service = matches!(actor.class, "aws_service" | "service_linked_role");
        let marks = Marks {
            category,
            event_type: get(slot::EVENT_TYPE).unwrap_or(""),
            source: get(slot::EVENT_SOURCE).unwrap_or(""),
            name: get(slot::EVENT_NAME).unwrap_or(""),
            addendum: get(slot::ADDENDUM).unwrap_or(""),
        };
        // The answer to a sign-in says itself what came of it; without the answer, a message does.
        let is_sign_in = kind::record_kind(marks) == kind::SIGN_IN;
        let is_answered = get(slot::CONSOLE_LOGIN).is_some();
        let by_message = !self.exported.outcome || is_sign_in && !is_answered;
        let failed = get(slot::ERROR_CODE).is_some()
            || get(slot::CONSOLE_LOGIN) == Some("Failure")
            || by_message && get(slot::ERROR_MESSAGE).is_some();
        let is_known = failed || is_answered || if is_sign_in { self.exported.sign_in } else { self.exported.outcome };
        let session_created = get(slot::SESSION_CREATED).and_then(|t| time::parse(t).ok());

        let change = kind::is_change(marks, failed, read_only);
        let is_change = if is_known { change } else { change.filter(|change| !change) };
        let mut missing = Vec::new();
        if !is_known {
            missing.push("outcome");
            missing.extend((is_change != change).then_some("is_change"));
        }
        let not_stated = identity.is_none() && may_be_root(self.exported.identity, fields);
        if not_stated {
            missing.push("user_identity_type");
        }
        let root = RootMarks {
            is_root: identity == Some("Root"),
            federated: identity == Some("FederatedUser") && get(slot::ISSUER_KIND) == Some("Root"),
            not_stated,
            assumed: is(slot::ASSUMED_ROOT) == Some(true),
            by_service: get(slot::INVOKED_BY).is_some_and(|by| !is_console_host(by)),
            failed,
        };
        let unread = self.unread(&fields.declared, &missing);

        let row = CloudtrailEventsRow {
            event_id: get(slot::EVENT_ID),
            event_time: Some(micros),
            event_date: Some(time::day_of(micros)),
            event_hour: Some(micros.rem_euclid(DAY) / HOUR),
            event_weekday: Some((day + 3).rem_euclid(7) + 1),
            event_epoch: Some(micros.div_euclid(1_000_000)),
            event_version: get(slot::EVENT_VERSION),
            event_source: get(slot::EVENT_SOURCE),
            event_name: get(slot::EVENT_NAME),
            event_type: get(slot::EVENT_TYPE),
            event_category: Some(category),
            aws_region: get(slot::AWS_REGION),
            account_id: account,
            recipient_account_id: get(slot::RECIPIENT),
            source_ip_address: get(slot::SOURCE_ADDRESS),
            user_agent: get(slot::USER_AGENT),
            error_code: get(slot::ERROR_CODE),
            error_message: get(slot::ERROR_MESSAGE),
            read_only,
            management_event: management,
            shared_event_id: get(slot::SHARED_EVENT_ID),
            vpc_endpoint_id: get(slot::VPC_ENDPOINT),
            user_identity_type: get(slot::KIND),
            user_identity_principal_id: get(slot::PRINCIPAL_ID),
            user_identity_arn: get(slot::ARN),
            user_identity_account_id: get(slot::ACCOUNT),
            user_identity_access_key_id: key,
            user_identity_user_name: get(slot::USER_NAME),
            user_identity_invoked_by: get(slot::INVOKED_BY),
            session_issuer_type: get(slot::ISSUER_KIND),
            session_issuer_arn: get(slot::ISSUER_ARN),
            session_issuer_user_name: get(slot::ISSUER_NAME),
            session_mfa_authenticated: is(slot::MFA),
            second_factor: is(slot::MFA).or_else(|| match get(slot::MFA_USED) {
                Some("Yes") => Some(true),
                Some("No") => Some(false),
                _ => None,
            }),
            session_created_at: session_created,
            session_source_identity: get(slot::SOURCE_IDENTITY),
            session_ec2_role_delivery: get(slot::ROLE_DELIVERY),
            session_assumed_root: is(slot::ASSUMED_ROOT),
            session_credential_from_console: from_console,
            on_behalf_of: actor.on_behalf_of.as_deref(),
            invoked_by_delegate: get(slot::DELEGATE),
            federated_provider: get(slot::WEB_PROVIDER),
            issued_access_key_id: get(slot::ISSUED_KEY),
            resource_arn: stated_text(fields.resource.0.as_deref()),
            resource_type: stated_text(fields.resource.1.as_deref()),
            tls_version: get(slot::TLS_VERSION),
            addendum_reason: get(slot::ADDENDUM),
            principal: actor.principal.as_deref(),
            session_name: stated_text(actor.session),
            actor_class: Some(actor.class),
            actor_grade: actor.grade,
            channel: match get(slot::USER_AGENT) {
                _ if made_by_service => Some("service"),
                _ if get(slot::INVOKED_BY).is_some_and(|by| !is_console_host(by)) => Some("service"),
                _ if in_console => Some("console"),
                Some(_) if agent.is_tool => Some("tool"),
                Some(_) => Some("sdk_cli"),
                None => None,
            },
            is_service_noise: Some(made_by_service),
            outcome: Some(match (failed, is_known) {
                (true, _) => "failure",
                (false, true) => "success",
                (false, false) => "unknown",
            }),
            is_write: read_only.map(|r| !r),
            in_console: Some(in_console),
            is_long_term_key: key.map(|k| k.starts_with("AKIA")),
            access_key_kind: key.and_then(|k| k.get(..4)),
            unread_values: unread.as_deref(),
            record_kind: Some(kind::record_kind(marks)),
            is_change,
            root_use: kind::root_use(marks, root),
        };
        let mut cells = Vec::with_capacity(CloudtrailEventsRow::COLUMNS.len() + fields.declared.len());
        cells.extend(row.cells());
        cells.extend(fields.declared.iter().map(Declared::cell));
        sink.event(number, &Event { time: micros, content_hash: fields.content_hash, cells: &cells, text: record });
        Ok(())
    }
}

/// Whether an export that states no type of identity leaves it open that root acted.
fn may_be_root(stated: Identity, fields: &Fields<'_>) -> bool {
    let named = |at: usize| fields.get(at).is_some_and(|name| name == "root" || name.ends_with(":root"));
    match stated {
        Identity::Typed => false,
        Identity::Named => named(slot::USER_NAME) || named(slot::ARN),
        Identity::Nobody => true,
    }
}

/// Text; empty text counts as not stated.
fn stated_text(text: Option<&str>) -> Option<&str> {
    text.filter(|t| !t.is_empty())
}

pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
