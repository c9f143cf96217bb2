//! Table `grants`: which watched actions each user and role is allowed, on what, and what limits it. Watched are the steps of
//! escalation, reading, writing and deleting of stored data, and the deletion of logs and backups.

use std::collections::BTreeSet;

use super::estate;
use super::evidence::Evidence;
use super::standings::{open_question, short, statement};
use crate::base::text::few_phrases as few;
use crate::ingest::batch::Batch;
use crate::policy::escalation::Open;
use crate::policy::grants::watched::Class;
use crate::policy::grants::{self, Grant, Limit, Scope, Services};
use crate::schema::Schema;
use crate::schema::filled;
use crate::schema::tables::GrantsRow;
use crate::store::StoreError;

/// The table.
pub const GRANTS: &str = "grants";

/// The table. An administrator is one row, with the action `*`.
///
/// # Errors
/// When items cannot be read.
pub fn compute(schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    let Some(table) = schema.table(GRANTS) else { return Ok(Vec::new()) };
    let mut out = Batch::new(table);
    let (mut estate, origins) = estate::read(evidence)?;
    for access in grants::access(&mut estate) {
        let Some(origin) = origins.get(&access.principal) else { continue };
        let mut push = |row: Row| {
            out.push(
                origin.record,
                &GrantsRow {
                    item_id: Some(&origin.item),
                    account_id: Some(&origin.account),
                    region: Some("global"),
                    resource_type: Some(&origin.kind),
                    resource_id: Some(&origin.id),
                    resource_name: Some(&origin.name),
                    principal_arn: Some(&access.principal),
                    action: Some(row.action),
                    action_class: Some(row.class),
                    scope: Some(row.scope),
                    resources: filled(&row.resources),
                    services: filled(&row.services),
                    certainty: Some(if row.open.is_empty() { "sure" } else { "open" }),
                    limits: filled(&row.limits),
                    statements: filled(&row.statements),
                    open_question: filled(&row.open),
                    valid_from: origin.since,
                    valid_to: None,
                    source_file_id: Some(&origin.file),
                    source_record: Some(i64::try_from(origin.record).unwrap_or(i64::MAX)),
                },
            );
        };
        if let Some(administrator) = &access.administrator {
            let open = Open { keys: administrator.keys.clone(), gaps: administrator.gaps.clone() };
            let statements = few(administrator.statements.iter().map(statement).collect());
            push(Row { statements, open: open_question(&open), ..Row::new("*", "administration", "everything") });
        }
        access.grants.iter().for_each(|grant| push(Row::of(grant)));
        if !access.gaps.is_empty() {
            let open = Open { gaps: access.gaps.clone(), ..Open::default() };
            push(Row { open: open_question(&open), ..Row::new("any", "not_known", "not_known") });
        }
    }
    Ok(vec![out])
}

/// A row, in words.
struct Row {
    action: &'static str,
    class: &'static str,
    scope: &'static str,
    resources: String,
    services: String,
    limits: String,
    statements: String,
    open: String,
}

impl Row {
    fn new(action: &'static str, class: &'static str, scope: &'static str) -> Self {
        let [resources, services, limits, statements, open] = [const { String::new() }; 5];
        Self { action, class, scope, resources, services, limits, statements, open }
    }

    fn of(grant: &Grant) -> Self {
        let (scope, resources) = match &grant.scope {
            Scope::Everything => ("everything", String::new()),
            Scope::Patterns(patterns) => ("patterns", few(patterns.iter().cloned().collect())),
            Scope::OwnOnly => ("own", String::new()),
        };
        let services = match &grant.services {
            Some(Services::Any) => "any".to_owned(),
            Some(Services::These(services)) => few(services.clone()),
            None => String::new(),
        };
        let limits: BTreeSet<String> = grant
            .limits
            .iter()
            .map(|limit| match limit {
                Limit::Deny(at) => format!("Deny of {}", statement(at)),
                Limit::Boundary(arn) => format!("permissions boundary {}", short(arn)),
                Limit::ControlPolicy => "service control policy".to_owned(),
            })
            .collect();
        let open = Open { keys: grant.keys.clone(), gaps: grant.gaps.clone() };
        Self {
            resources,
            services,
            limits: few(limits),
            statements: few(grant.statements.iter().map(statement).collect()),
            open: open_question(&open),
            ..Self::new(grant.action, class(grant.class), scope)
        }
    }
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Escalation => "escalation",
        Class::Pass => "pass_role",
        Class::DataRead => "data_read",
        Class::DataWrite => "data_write",
        Class::DataDelete => "data_delete",
        Class::LogDelete => "log_delete",
        Class::BackupDelete => "backup_delete",
    }
}
