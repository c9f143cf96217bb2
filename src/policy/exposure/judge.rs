//! A policy document as exposures: each action that a statement allows, after the document's own Denys, by audience.

use std::collections::{BTreeMap, BTreeSet};

use super::super::document::{Actions, Document, Effect, Principals, Resources, SetOperator, Statement, Version};
use super::super::network::Breadth;
use super::super::pattern::Pattern;
use super::access::{Access, Grantable, Scope, grantable, takes, unlisted};
use super::audience::{Answer, Audience, Network, Tenant};
use super::bound::{left_by_deny, of_allow};
use super::guard::{self, GuardDeny};
use super::guards::Guards;
use super::limit::{Ips, Limit};
use super::setting::{Bound, Setting, is_signed};
use super::term::{Caller, Term};
use super::{Certainty, Exposure, Known, Origin, Reason, Resource, tokens};

/// Most terms that one Allow is split into by Denys. Beyond it the Denys that would split further narrow nothing.
const TERMS_LIMIT: usize = 64;

/// Most pairs of an Allow and a Deny that are weighed.
const PAIRS_LIMIT: usize = 250_000;

/// Who may do what to the resource by this document. One row for each access and audience, in canonical order.
pub fn exposures(document: &Document, resource: &Resource, known: &Known) -> Vec<Exposure> {
    let statements: Vec<(Origin, &Statement)> =
        document.statements.iter().map(|statement| (Origin::Statement(statement.position), statement)).collect();
    let guards = guard::over(resource, known);
    let judged = |guards| judge(&statements, document.version, resource, known, guards);
    match guards {
        None => judged(None),
        Some(guards) => guards.weigh(judged(Some(guards)), || judged(None)),
    }
}

/// An Allow in terms.
struct Allow<'a> {
    origin: Origin,
    statement: &'a Statement,
    terms: Vec<Term>,
}

/// Address ranges of one action, over all statements.
struct Pool {
    ips: Ips,
    signed: bool,
    certainty: Certainty,
    origins: BTreeSet<Origin>,
    reasons: BTreeSet<Reason>,
}

/// A Deny of the document, or of a resource control policy.
enum Deny<'a> {
    Own(&'a Statement),
    Guard(GuardDeny<'a>),
}

impl Deny<'_> {
    fn statement(&self) -> &Statement {
        match self {
            Self::Own(statement) => statement,
            Self::Guard(guard) => guard.statement,
        }
    }

    /// Whether it takes in an action, in lower case.
    fn takes(&self, lower: &str) -> bool {
        takes(&self.statement().actions, lower) && (matches!(self, Self::Own(_)) || guard::is_covered(lower))
    }

    /// Whether it takes in every place that an Allow reaches.
    fn covers(&self, allow: Option<&Resources>, places: &[Pattern]) -> bool {
        match self {
            Self::Guard(GuardDeny { takes_in: Some(takes_in), .. }) => *takes_in,
            _ => covers(self.statement().resources.as_ref(), allow, places),
        }
    }
}

/// Statements of a document, and others that act like its statements, as exposures, narrowed by resource control policies.
pub(super) fn judge(
    statements: &[(Origin, &Statement)],
    version: Version,
    resource: &Resource,
    known: &Known,
    guards: Option<&Guards>,
) -> Vec<Exposure> {
    let service = resource.service.as_str();
    let allows: Vec<Allow> = statements
        .iter()
        .filter(|(_, statement)| statement.effect == Effect::Allow)
        .map(|&(origin, statement)| Allow { origin, statement, terms: terms(statement, version, service, known) })
        .collect();
    let own = statements.iter().map(|(_, statement)| *statement).filter(|statement| statement.effect == Effect::Deny).map(Deny::Own);
    let has_places = !places(resource, Scope::Whole).is_empty();
    let outer = guards.into_iter().flat_map(|guards| guards.denies(resource, has_places)).map(Deny::Guard);
    let denies: Vec<Deny<'_>> = own.chain(outer).collect();
    let mut rows = Rows::default();
    // AWS's largest policy has some hundred statements. Beyond this product Denys are not weighed, and nothing is sure.
    let too_many = allows.len().saturating_mul(denies.len()) > PAIRS_LIMIT;
    let denies = if too_many { Vec::new() } else { denies };
    let mut covered: BTreeMap<(usize, usize, Scope), bool> = BTreeMap::new();
    let mut memo: BTreeMap<(usize, Vec<usize>, bool), Vec<Term>> = BTreeMap::new();
    for action in grantable(service) {
        let signed = is_signed(action.lower);
        let places = places(resource, action.scope);
        let mut pool: Option<Pool> = None;
        for (number, allow) in allows.iter().enumerate() {
            if !takes(&allow.statement.actions, action.lower) || !reaches(allow.statement.resources.as_ref(), &places) {
                continue;
            }
            let effective: Vec<usize> = denies
                .iter()
                .enumerate()
                .filter(|(_, deny)| deny.takes(action.lower))
                .filter(|&(at, deny)| {
                    let covers = || deny.covers(allow.statement.resources.as_ref(), &places);
                    *covered.entry((number, at, action.scope)).or_insert_with(covers)
                })
                .map(|(at, _)| at)
                .collect();
            let left = memo.entry((number, effective.clone(), signed)).or_insert_with(|| {
                let denies = effective.iter().filter_map(|at| denies.get(*at));
                denies.fold(allow.terms.clone(), |terms, deny| after_deny(terms, deny, version, service, signed, known))
            });
            for term in left.iter().filter_map(|term| for_action(term, action.lower)) {
                match term.only_addresses() {
                    Some(ips) => join(&mut pool, ips, &term, allow.origin, signed),
                    None => rows.add_term(&term, &action, allow.origin, resource, known, signed),
                }
            }
        }
        if let Some(pool) = pool {
            rows.add_pool(pool, &action);
        }
    }
    for allow in &allows {
        for name in unlisted(&allow.statement.actions, service) {
            rows.add_unlisted(name, allow, resource, known);
        }
    }
    let mut list = rows.list();
    if too_many {
        for exposure in &mut list {
            exposure.certainty = Certainty::Unknown;
            exposure.reasons.insert(Reason::TooManyStatements);
        }
    }
    list
}

/// The terms of an Allow before any Deny.
fn terms(statement: &Statement, version: Version, service: &str, known: &Known) -> Vec<Term> {
    let mut reasons = BTreeSet::new();
    if matches!(statement.actions, Actions::AllBut(_)) {
        reasons.insert(Reason::NotAction);
    }
    if matches!(statement.resources, Some(Resources::AllBut(_))) {
        reasons.insert(Reason::NotResource);
    }
    let named: Vec<Term> = match &statement.principals {
        None => return Vec::new(),
        Some(Principals::These(list)) => list.iter().map(Term::of_principal).collect(),
        Some(Principals::AllBut(_)) => {
            reasons.insert(Reason::NotPrincipal);
            vec![Term::new(Caller::Anyone)]
        }
    };
    let setting = Setting::new(version, service, known.as_of, &statement.conditions);
    let bounds: Vec<Bound> = statement.conditions.iter().map(|condition| of_allow(condition, &setting)).collect();
    let mut terms: Vec<Term> = named
        .into_iter()
        .filter_map(|mut term| {
            term.reasons.extend(reasons.iter().cloned());
            for (bound, condition) in bounds.iter().zip(&statement.conditions) {
                // AWS documents the key for all requests, but not what it holds for a service principal.
                let spared = condition.key == "aws:principalaccount"
                    && (condition.operator.if_exists || condition.operator.set == Some(SetOperator::ForAllValues))
                    && matches!(term.caller, Caller::Service(_));
                match bound {
                    _ if spared => {}
                    Bound::Free(reason) => term.reasons.extend(reason.iter().cloned()),
                    Bound::Never(_) => return None,
                    Bound::Limit(limit, public) => {
                        if *limit == Limit::Token {
                            term.reasons.insert(Reason::Secret(condition.key.clone()));
                        }
                        if !term.limit(limit, *public) {
                            return None;
                        }
                    }
                    Bound::Open(reason @ Reason::Secret(key)) => {
                        term.external_id |= key == "sts:externalid";
                        term.reasons.insert(reason.clone());
                    }
                    Bound::Open(reason) => {
                        term.conditional = true;
                        if matches!(reason, Reason::Condition(key) if key == "s3:x-amz-server-side-encryption-aws-kms-key-id") {
                            term.public = term.public.min(Answer::Unknown);
                        }
                        term.reasons.insert(reason.clone());
                    }
                }
            }
            Some(term)
        })
        .collect();
    terms.sort();
    terms.dedup();
    terms
}

/// What a Deny leaves of the terms.
fn after_deny(terms: Vec<Term>, deny: &Deny<'_>, version: Version, service: &str, signed: bool, known: &Known) -> Vec<Term> {
    let (statement, version, reason) = match deny {
        Deny::Own(statement) => (*statement, version, Reason::Deny(statement.position)),
        Deny::Guard(guard) => (guard.statement, guard.version, Reason::ControlPolicy(guard.policy.to_owned())),
    };
    let setting = Setting::new(version, service, known.as_of, &statement.conditions);
    let mut left: BTreeSet<Term> = BTreeSet::new();
    for term in &terms {
        let parts = match deny {
            Deny::Own(_) => left_of(term, statement, &setting, signed),
            Deny::Guard(_) => guard::left_of(term, statement, &setting, signed, known),
        };
        match parts {
            Some(parts) => left.extend(parts.into_iter().map(|mut part| {
                part.reasons.insert(reason.clone());
                part
            })),
            None => _ = left.insert(term.clone()),
        }
    }
    if left.len() > TERMS_LIMIT { terms } else { left.into_iter().collect() }
}

/// The parts of a term that a Deny leaves. `None`: the Deny takes nothing from it that can be told.
fn left_of(term: &Term, deny: &Statement, setting: &Setting, signed: bool) -> Option<Vec<Term>> {
    let mut parts = Vec::new();
    match deny.principals.as_ref()? {
        Principals::These(list) => {
            if !list.iter().any(|principal| term.is_within(principal)) {
                return deny.conditions.is_empty().then(|| term.without_accounts(list)).flatten().map(|part| vec![part]);
            }
        }
        Principals::AllBut(list) => parts.extend(list.iter().filter_map(|principal| term.and_principal(principal))),
    }
    for condition in &deny.conditions {
        match left_by_deny(condition, setting, signed) {
            Bound::Free(_) | Bound::Open(_) => return None,
            Bound::Never(_) => {}
            Bound::Limit(limit, public) => {
                let mut part = term.clone();
                if part.limit(&limit, public) {
                    parts.push(part);
                }
            }
        }
    }
    Some(parts)
}

/// The term for one action: who assumes a role by which call.
fn for_action(term: &Term, lower: &str) -> Option<Term> {
    let saml = |provider: &str| provider.contains(":saml-provider/");
    let mut term = term.clone();
    let federated = match (lower, &term.caller) {
        ("sts:assumerole", Caller::Federated(_)) => return None,
        ("sts:assumerolewithsaml", Caller::Federated(provider)) if saml(provider) || provider == "*" => true,
        ("sts:assumerolewithwebidentity", Caller::Federated(provider)) if !saml(provider) => true,
        ("sts:assumerolewithsaml" | "sts:assumerolewithwebidentity", Caller::Anyone) => {
            // Callers with credentials of an account do not come by these calls.
            if term.accounts.is_some() || term.organizations.is_some() || term.unique_ids.is_some() || term.services.is_some() {
                return None;
            }
            let issuer = term.claims.keys().find_map(|key| tokens::issuer_of_claim(key)).map(str::to_owned);
            issuer.map(|issuer| term.caller = Caller::Federated(issuer)).is_some()
        }
        ("sts:assumerolewithsaml" | "sts:assumerolewithwebidentity", _) => return None,
        (_, caller) => matches!(caller, Caller::Federated(_)),
    };
    // Claims of a provider are in the requests of its users only.
    term.conditional |= !federated && !term.claims.is_empty();
    Some(term)
}

fn join(pool: &mut Option<Pool>, ips: &Ips, term: &Term, origin: Origin, signed: bool) {
    let certainty = if term.conditional { Certainty::Conditional } else { Certainty::Sure };
    let signed = signed || term.signed;
    match pool {
        None => *pool = Some(Pool { ips: ips.clone(), signed, certainty, origins: [origin].into(), reasons: term.reasons.clone() }),
        Some(pool) => {
            pool.ips = Ips { v4: pool.ips.v4.with(&ips.v4), v6: pool.ips.v6.with(&ips.v6) };
            pool.signed &= signed;
            pool.certainty = pool.certainty.max(certainty);
            pool.origins.insert(origin);
            pool.reasons.extend(term.reasons.iter().cloned());
        }
    }
}

/// Where an action takes place: patterns of the resource's ARN. Empty if it is not known.
fn places(resource: &Resource, scope: Scope) -> Vec<Pattern> {
    let Some(arn) = resource.arn.as_deref().filter(|_| !matches!(resource.service.as_str(), "backup" | "sts" | "ecr")) else {
        return Vec::new();
    };
    match scope {
        Scope::Bucket => vec![Pattern::literal(arn)],
        Scope::Object => vec![Pattern::resource(&format!("{arn}/*"), false)],
        Scope::Whole => {
            vec![Pattern::literal(arn), Pattern::resource(&format!("{arn}/*"), false), Pattern::resource(&format!("{arn}:*"), false)]
        }
    }
}

/// Whether a statement speaks of any of the places.
fn reaches(resources: Option<&Resources>, places: &[Pattern]) -> bool {
    let Some(resources) = resources.filter(|_| !places.is_empty()) else { return true };
    match resources {
        // A Resource that is no ARN (`/111122223333/queue`, which SQS once made) is taken for the resource itself.
        Resources::These(patterns) => patterns.iter().any(|pattern| {
            let is_arn = pattern.text().starts_with("arn:") || pattern.text().starts_with('*');
            !is_arn || (!pattern.is_short_arn() && places.iter().any(|place| pattern.meets(place)))
        }),
        Resources::AllBut(patterns) => !places.iter().all(|place| patterns.iter().any(|pattern| pattern.covers(place))),
    }
}

/// Whether a Deny's resources take in every place that an Allow's resources reach.
pub(super) fn covers(deny: Option<&Resources>, allow: Option<&Resources>, places: &[Pattern]) -> bool {
    let Some(deny) = deny else { return true };
    let takes_in = |target: &Pattern| match deny {
        Resources::These(patterns) => patterns.iter().any(|pattern| pattern.covers(target)),
        Resources::AllBut(patterns) => !patterns.iter().any(|pattern| pattern.meets(target)),
    };
    let everywhere = || match deny {
        Resources::These(patterns) => patterns.iter().any(Pattern::is_everything),
        Resources::AllBut(patterns) => patterns.is_empty(),
    };
    match allow {
        Some(Resources::These(patterns)) => patterns.iter().all(|pattern| {
            let met: Vec<&Pattern> = places.iter().filter(|place| pattern.meets(place)).collect();
            // A pattern that meets no known place is elsewhere, or the places are not known.
            takes_in(pattern) || if met.is_empty() { !places.is_empty() } else { met.iter().all(|place| takes_in(place)) }
        }),
        _ if places.is_empty() => everywhere(),
        _ => places.iter().all(takes_in),
    }
}

/// Exposures that are joined where access and audience are the same.
#[derive(Default)]
pub(super) struct Rows {
    rows: BTreeMap<(Access, Audience), Exposure>,
}

impl Rows {
    pub(super) fn add(&mut self, exposure: Exposure) {
        match self.rows.get_mut(&(exposure.access, exposure.audience.clone())) {
            None => _ = self.rows.insert((exposure.access, exposure.audience.clone()), exposure),
            Some(own) => {
                own.certainty = own.certainty.max(exposure.certainty);
                own.public = own.public.max(exposure.public);
                own.actions.extend(exposure.actions);
                own.named.extend(exposure.named);
                own.origins.extend(exposure.origins);
                own.reasons.extend(exposure.reasons);
            }
        }
    }

    fn add_term(&mut self, term: &Term, action: &Grantable, origin: Origin, resource: &Resource, known: &Known, signed: bool) {
        for row in term.rows(resource, known, signed) {
            let mut reasons = &term.reasons | &row.reasons;
            let foreign = matches!(&row.audience, Audience::Account(_)) && row.audience.is_beyond(known) != Answer::No;
            if resource.service == "sts" && foreign && !term.external_id {
                reasons.insert(Reason::NoExternalId);
            }
            // The definition is S3's; elsewhere a provider whose tenant is fixed is no more public than a role.
            let fixed = matches!(&row.audience, Audience::Federated { tenant, .. } if *tenant != Tenant::Anybody);
            let public = if fixed && resource.service != "s3" { Answer::No } else { term.is_public() };
            self.add(Exposure {
                access: action.access,
                audience: row.audience,
                certainty: if term.conditional { Certainty::Conditional } else { Certainty::Sure },
                public,
                actions: [action.name.to_owned()].into(),
                named: row.named,
                origins: [origin].into(),
                reasons,
            });
        }
    }

    fn add_pool(&mut self, pool: Pool, action: &Grantable) {
        let breadth = pool.ips.v4.breadth().max(pool.ips.v6.breadth());
        let mut reasons = pool.reasons;
        let audience = match breadth {
            Breadth::World => {
                reasons.insert(Reason::AddressesWorld);
                if pool.signed { Audience::AnyAwsAccount } else { Audience::Anyone }
            }
            other => {
                if other == Breadth::Wide {
                    reasons.insert(Reason::AddressesWide);
                }
                Audience::Network(Network::Addresses(other))
            }
        };
        self.add(Exposure {
            access: action.access,
            audience,
            certainty: pool.certainty,
            public: Answer::of(breadth >= Breadth::Wide),
            actions: [action.name.to_owned()].into(),
            named: BTreeSet::new(),
            origins: pool.origins,
            reasons,
        });
    }

    fn add_unlisted(&mut self, name: &str, allow: &Allow, resource: &Resource, known: &Known) {
        for term in &allow.terms {
            for row in term.rows(resource, known, is_signed(name)) {
                self.add(Exposure {
                    access: Access::Other,
                    audience: row.audience,
                    certainty: Certainty::Unknown,
                    public: term.is_public(),
                    actions: [name.to_owned()].into(),
                    named: row.named,
                    origins: [allow.origin].into(),
                    reasons: &(&term.reasons | &row.reasons) | &[Reason::UnknownAction(name.to_owned())].into(),
                });
            }
        }
    }

    pub(super) fn list(self) -> Vec<Exposure> {
        self.rows.into_values().collect()
    }
}
