//! Tables `principal_standings` and `escalations`: which users and roles are administrators, which can come to rights that
//! they lack, by which steps, and what stands against it.

use std::collections::BTreeSet;

use super::estate;
use super::evidence::Evidence;
use crate::base::arn::Arn;
use crate::base::text::few_phrases as few;
use crate::ingest::batch::Batch;
use crate::policy::escalation::{self, BlockedPath, Blocker, Chain, Chains, Gap, Open, Outcome, Place, Standing, StatementRef, Step, Via};
use crate::policy::paths::{self, Kind};
use crate::schema::Schema;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{EscalationsRow, PrincipalStandingsRow};
use crate::store::StoreError;

/// One row for each user and role.
pub const STANDINGS: &str = PrincipalStandingsRow::TABLE.name;
/// One row for each way that was found.
pub const ESCALATIONS: &str = "escalations";

/// Both tables.
///
/// # Errors
/// When items cannot be read.
pub fn compute(schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    let (Some(standings), Some(escalations)) = (schema.table(STANDINGS), schema.table(ESCALATIONS)) else { return Ok(Vec::new()) };
    let (mut standings, mut escalations) = (Batch::new(standings), Batch::new(escalations));
    let (mut estate, origins) = estate::read(evidence)?;
    for finding in escalation::assess(&mut estate) {
        let Some(origin) = origins.get(&finding.principal) else { continue };
        let told = Told::of(&finding.standing);
        let source_record = Some(i64::try_from(origin.record).unwrap_or(i64::MAX));
        let standing = PrincipalStandingsRow {
            item_id: Some(&origin.item),
            account_id: filled(&origin.account),
            region: Some("global"),
            resource_type: Some(&origin.kind),
            resource_id: filled(&origin.id),
            resource_name: filled(&origin.name),
            principal_arn: Some(&finding.principal),
            standing: Some(told.standing),
            statements: filled(&told.by),
            ways: Some(told.ways),
            shortest: filled(&told.shortest),
            open_question: filled(&told.open),
            valid_from: origin.since,
            valid_to: None,
            source_file_id: Some(&origin.file),
            source_record,
        };
        standings.push(origin.record, &standing);
        for (position, way) in told.rows.iter().enumerate() {
            let row = EscalationsRow {
                item_id: standing.item_id,
                account_id: standing.account_id,
                region: standing.region,
                resource_type: standing.resource_type,
                resource_id: standing.resource_id,
                resource_name: standing.resource_name,
                principal_arn: standing.principal_arn,
                position: Some(i64::try_from(position).unwrap_or(i64::MAX)),
                certainty: Some(way.certainty),
                paths: Some(&way.paths),
                steps: Some(&way.steps),
                target: filled(&way.target),
                outcome: filled(&way.outcome),
                statements: filled(&way.statements),
                open_question: filled(&way.open),
                blocked_by: filled(&way.blocked),
                valid_from: standing.valid_from,
                valid_to: None,
                source_file_id: standing.source_file_id,
                source_record,
            };
            escalations.push(origin.record, &row);
        }
    }
    Ok(vec![standings, escalations])
}

/// A standing, in words.
struct Told {
    standing: &'static str,
    /// Statements that make an administrator.
    by: String,
    ways: i64,
    shortest: String,
    open: String,
    rows: Vec<Way>,
}

/// A way to rights, in words.
struct Way {
    certainty: &'static str,
    paths: String,
    steps: String,
    target: String,
    outcome: String,
    statements: String,
    open: String,
    blocked: String,
}

impl Told {
    fn of(standing: &Standing) -> Self {
        let none = Self { standing: "none", by: String::new(), ways: 0, shortest: String::new(), open: String::new(), rows: Vec::new() };
        match standing {
            Standing::Administrator { statements, open } => {
                let standing = if open.is_empty() { "administrator" } else { "undetermined" };
                let by = few(statements.iter().map(statement).collect());
                Self { standing, by, open: open_question(open), ..none }
            }
            Standing::Escalates(chains) => Self { standing: "escalates", ..none }.with(chains, "sure", &Open::default()),
            Standing::Undetermined { chains, open } => {
                Self { standing: "undetermined", open: open_question(open), ..none }.with(chains, "open", open)
            }
            Standing::Blocked(paths) => {
                let rows: Vec<Way> = paths.iter().map(blocked).collect();
                Self { standing: "blocked", ways: count(rows.len()), rows, ..none }
            }
            Standing::None => none,
        }
    }

    fn with(self, chains: &Chains, certainty: &'static str, open: &Open) -> Self {
        let rows: Vec<Way> = chains.kept.iter().map(|chain| way(chain, certainty, open)).collect();
        let shortest = rows.first().map(|way| format!("{}{}", way.steps, outcome_clause(&way.outcome))).unwrap_or_default();
        Self { ways: count(chains.kept.len() + chains.more), shortest, rows, ..self }
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn outcome_clause(outcome: &str) -> String {
    if outcome.is_empty() { String::new() } else { format!(", which gives {outcome}") }
}

fn way(chain: &Chain, certainty: &'static str, open: &Open) -> Way {
    let statements: BTreeSet<String> = chain.steps.iter().flat_map(|step| &step.statements).map(statement).collect();
    Way {
        certainty,
        paths: chain.steps.iter().map(|step| step.path).collect::<Vec<_>>().join(" > "),
        steps: chain.steps.iter().map(step).collect::<Vec<_>>().join(", then "),
        target: chain.steps.iter().rev().find_map(|step| step.to.clone()).unwrap_or_default(),
        outcome: match &chain.outcome {
            Outcome::Administration => "administration".to_owned(),
            Outcome::Rights(right) => format!("{} on {}", right.action, right.resource),
            Outcome::Unknown => String::new(),
        },
        statements: few(statements),
        open: open_question(open),
        blocked: String::new(),
    }
}

/// What a step takes: the permissions, whom it gives, and through what.
fn step(step: &Step) -> String {
    let mut needs: Vec<&str> = Vec::new();
    for need in paths::all().iter().filter(|path| path.id == step.path).flat_map(|path| &path.needs) {
        if !needs.contains(&need.action.as_str()) {
            needs.push(&need.action);
        }
    }
    let through = match &step.through {
        Via::Nothing => String::new(),
        Via::Resource(arn) => format!(" through {}", short(arn)),
        Via::Kind(of) => format!(" through some {}", kind(*of)),
        Via::Policy(arn) => format!(" on {}", short(arn)),
        Via::Group(arn) => format!(" on {}", short(arn)),
        Via::Service(service) => format!(" with {service}"),
    };
    let to = step.to.as_ref().map_or(String::new(), |to| format!(" to {}", short(to)));
    let needs = if needs.is_empty() { step.path.to_owned() } else { needs.join(" and ") };
    format!("{needs}{to}{through}")
}

/// An ARN without partition and service: `111122223333:role/admin`.
pub(super) fn short(arn: &str) -> String {
    match Arn::parse(arn) {
        Some(Arn { account: "aws", resource, .. }) => format!("{resource} of AWS"),
        Some(Arn { account: "", resource, .. }) => resource.to_owned(),
        Some(Arn { account, resource, .. }) => format!("{resource} of {account}"),
        None => arn.to_owned(),
    }
}

fn blocked(path: &BlockedPath) -> Way {
    let by: BTreeSet<String> = path
        .by
        .iter()
        .map(|blocker| match blocker {
            Blocker::Deny(at) => format!("Deny of {}", statement(at)),
            Blocker::Boundary(arn) => format!("permissions boundary {}", short(arn)),
            Blocker::ControlPolicy => "service control policy".to_owned(),
            Blocker::ResourceControlPolicy => "resource control policy".to_owned(),
            Blocker::Condition(at) => format!("condition of {}", statement(at)),
            Blocker::Trust(arn) => format!("trust policy of {}", short(arn)),
        })
        .collect();
    Way {
        certainty: "blocked",
        paths: path.path.unwrap_or("administration").to_owned(),
        steps: path.path.unwrap_or("its own policies").to_owned(),
        target: path.to.clone().unwrap_or_default(),
        outcome: String::new(),
        statements: String::new(),
        open: String::new(),
        blocked: few(by),
    }
}

/// A statement as a reader finds it: its policy and its place, counted from 1.
pub(super) fn statement(at: &StatementRef) -> String {
    format!("{}, statement {}", policy(&at.policy), at.position + 1)
}

fn policy(place: &Place) -> String {
    match place {
        Place::Inline(name) => format!("inline policy {name}"),
        Place::Attached(arn) => short(arn),
        Place::GroupInline(group, name) => format!("inline policy {name} of group {group}"),
        Place::GroupAttached(group, arn) => format!("{} through group {group}", short(arn)),
        Place::Boundary(arn) => format!("permissions boundary {}", short(arn)),
        Place::ControlPolicy(name) => format!("service control policy {name}"),
        Place::Trust(arn) => format!("trust policy of {}", short(arn)),
        Place::Written => "a policy that it writes itself".to_owned(),
    }
}

/// A kind of resource, as people call it.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::AppRunnerService => "App Runner service",
        Kind::CodeInterpreter => "AgentCore code interpreter",
        Kind::Stack => "CloudFormation stack",
        Kind::StackSet => "CloudFormation stack set",
        Kind::BuildProject => "CodeBuild project",
        Kind::Instance => "EC2 instance",
        Kind::LaunchTemplate => "launch template",
        Kind::Cluster => "ECS cluster",
        Kind::ContainerInstance => "ECS container instance",
        Kind::Task => "ECS task",
        Kind::TaskDefinition => "ECS task definition",
        Kind::DevEndpoint => "Glue development endpoint",
        Kind::GlueJob => "Glue job",
        Kind::Function => "Lambda function",
        Kind::Notebook => "SageMaker notebook",
        Kind::StateMachine => "state machine",
        Kind::Other => "other resource with a role",
    }
}

/// What a result depends on, in words.
pub(super) fn open_question(open: &Open) -> String {
    let mut questions: BTreeSet<String> = open.keys.iter().map(|key| format!("a condition on {key}")).collect();
    questions.extend(open.gaps.iter().map(|gap| match gap {
        Gap::PolicyText(name) => format!("the text of {}, which was not supplied", short(name)),
        Gap::PolicyBroken(name) => format!("{}, which cannot be read", short(name)),
        Gap::BoundaryText(arn) => format!("the text of the permissions boundary {}, which was not supplied", short(arn)),
        Gap::ControlText(name) => format!("the text of the organisation's policy {name}, which was not supplied or cannot be read"),
        Gap::TrustText(arn) => format!("the trust policy of {}, which was not supplied", short(arn)),
        Gap::Ways => "ways beyond the million that are followed".to_owned(),
        Gap::Roles(account) => format!("the roles of account {account}, which were not supplied"),
        Gap::Users(account) => format!("the users of account {account}, which were not supplied"),
        Gap::Resources(account, of) => format!("whether account {account} has a {}, since those were not supplied", kind(*of)),
        Gap::Carried(name) => format!("which role {} gives, which was not supplied", short(name)),
        Gap::InstanceProfile(arn) => format!("whether {} is in an instance profile", short(arn)),
        Gap::SystemsManager(arn) => format!("whether the instances of {} are managed by Systems Manager", short(arn)),
    }));
    few(questions)
}
