//! From the fields of a record to the columns of `cloudtrail_events`.

use rustc_hash::FxHashMap;

use super::actor::{Actor, Agent};
use super::declared::{Declared, flag};
use super::fields::{Fields, slot};
use super::kind::{self, Marks, RootMarks};
use super::unread::{Exported, Identity, Unread};
use super::{Event, Sink, unread};
use crate::base::time;
use crate::base::time::{DAY, HOUR};
use crate::ingest::batch::Cell;
use crate::ingest::formats::config::item::is_account;
use crate::ingest::remark::Remark;
use crate::schema::resource::EventColumn;

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
        let text = |at: usize| Cell::text(fields.get(at));
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
            || identity != Some("AWSService") && agent.is_console
            || get(slot::EVENT_TYPE) == Some("AwsConsoleSignIn");
        let actor = Actor::of(fields, in_console);
        let made_by_service = matches!(actor.class, "aws_service" | "service_linked_role");
        let failed = get(slot::ERROR_CODE).is_some()
            || get(slot::CONSOLE_LOGIN) == Some("Failure")
            || !self.exported.outcome && get(slot::ERROR_MESSAGE).is_some();
        // The answer to a sign-in says itself what came of it.
        let is_known = self.exported.outcome || failed || get(slot::CONSOLE_LOGIN).is_some();
        let marks = Marks {
            category,
            event_type: get(slot::EVENT_TYPE).unwrap_or(""),
            source: get(slot::EVENT_SOURCE).unwrap_or(""),
            name: get(slot::EVENT_NAME).unwrap_or(""),
            addendum: get(slot::ADDENDUM).unwrap_or(""),
        };
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
            not_stated,
            assumed: is(slot::ASSUMED_ROOT) == Some(true),
            by_service: get(slot::INVOKED_BY).is_some(),
            failed,
        };
        let unread = self.unread(&fields.declared, &missing);

        let mut cells = Vec::with_capacity(60 + fields.declared.len());
        cells.extend([
            text(slot::EVENT_ID),
            Cell::Int(micros),
            Cell::Int(day),
            Cell::Int(micros.rem_euclid(DAY) / HOUR),
            Cell::Int((day + 3).rem_euclid(7) + 1),
            Cell::Int(micros.div_euclid(1_000_000)),
            text(slot::EVENT_VERSION),
            text(slot::EVENT_SOURCE),
            text(slot::EVENT_NAME),
            text(slot::EVENT_TYPE),
            Cell::Text(category),
            text(slot::AWS_REGION),
            Cell::text(account),
            text(slot::RECIPIENT),
            text(slot::SOURCE_ADDRESS),
            text(slot::USER_AGENT),
            text(slot::ERROR_CODE),
            text(slot::ERROR_MESSAGE),
            Cell::bool(read_only),
            Cell::bool(management),
            text(slot::SHARED_EVENT_ID),
            text(slot::VPC_ENDPOINT),
            text(slot::KIND),
            text(slot::PRINCIPAL_ID),
            text(slot::ARN),
            text(slot::ACCOUNT),
            Cell::text(key),
            text(slot::USER_NAME),
            text(slot::INVOKED_BY),
            text(slot::ISSUER_KIND),
            text(slot::ISSUER_ARN),
            text(slot::ISSUER_NAME),
            Cell::bool(is(slot::MFA)),
            session_created.map_or(Cell::Null, Cell::Int),
            text(slot::SOURCE_IDENTITY),
            text(slot::ROLE_DELIVERY),
            Cell::bool(is(slot::ASSUMED_ROOT)),
            Cell::bool(from_console),
            Cell::text(actor.on_behalf_of.as_deref()),
            text(slot::DELEGATE),
            text(slot::WEB_PROVIDER),
            text(slot::ISSUED_KEY),
            stated_text(fields.resource.0.as_deref()),
            stated_text(fields.resource.1.as_deref()),
            text(slot::TLS_VERSION),
            text(slot::ADDENDUM),
            Cell::text(actor.principal.as_deref()),
            stated_text(actor.session),
            Cell::Text(actor.class),
            Cell::text(actor.grade),
            Cell::text(match get(slot::USER_AGENT) {
                _ if made_by_service => Some("service"),
                _ if in_console => Some("console"),
                Some(_) if agent.is_tool => Some("tool"),
                Some(_) => Some("sdk_cli"),
                None => None,
            }),
            Cell::Bool(made_by_service),
            Cell::Text(match (failed, is_known) {
                (true, _) => "failure",
                (false, true) => "success",
                (false, false) => "unknown",
            }),
            Cell::bool(read_only.map(|r| !r)),
            Cell::Bool(in_console),
            Cell::bool(key.map(|k| k.starts_with("AKIA"))),
            Cell::text(key.and_then(|k| k.get(..4))),
            Cell::text(unread.as_deref()),
            Cell::Text(kind::record_kind(marks)),
            Cell::bool(is_change),
            Cell::text(kind::root_use(marks, root)),
        ]);
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

/// Text as a cell; empty text counts as not stated.
fn stated_text(text: Option<&str>) -> Cell<'_> {
    Cell::text(text.filter(|t| !t.is_empty()))
}

pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
