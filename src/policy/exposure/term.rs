//! Terms: one principal of one Allow with every limit on it, narrowed by Denys and turned into audiences.

use std::collections::{BTreeMap, BTreeSet};

use super::super::document::Principal;
use super::super::network::Breadth;
use super::audience::{Answer, Audience, Network, Pin};
use super::limit::{Claimed, Ips, Limit, Source};
use super::tokens::Row;
use super::{Known, Reason, Resource, tokens};
use crate::base::account::is_account;

/// Whom a statement names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Caller {
    Anyone,
    /// An account, and the ARN if a principal of it is named.
    Account(String, Option<String>),
    UniqueId(String),
    Service(String),
    Federated(String),
    Canonical(String),
}

/// A caller with limits. An absent limit limits nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    pub caller: Caller,
    pub signed: bool,
    pub accounts: Option<BTreeSet<String>>,
    pub owners: Option<BTreeSet<String>>,
    pub unique_ids: Option<BTreeSet<String>>,
    pub organizations: Option<BTreeMap<String, BTreeSet<String>>>,
    /// A service principal is required: of these names, or any.
    pub services: Option<Option<BTreeSet<String>>>,
    pub source_accounts: Option<BTreeSet<String>>,
    pub source_organizations: Option<BTreeSet<String>>,
    pub source_arns: Option<BTreeSet<Source>>,
    pub token: bool,
    pub endpoint_accounts: Option<BTreeSet<String>>,
    pub endpoint_organizations: Option<BTreeSet<String>>,
    pub access_points: Option<BTreeSet<String>>,
    pub networks: Option<BTreeSet<Network>>,
    pub addresses: Option<Ips>,
    pub claims: BTreeMap<String, BTreeSet<Claimed>>,
    /// Whether AWS's definition calls the term public, addresses left aside.
    pub public: Answer,
    /// Whether it depends on a condition that the caller cannot meet at will.
    pub conditional: bool,
    /// The condition `sts:ExternalId` is there.
    pub external_id: bool,
    /// What a resource control policy leaves of everybody: AWS services.
    pub spared: bool,
    pub reasons: BTreeSet<Reason>,
}

fn meet<T: Ord + Clone>(own: &mut Option<BTreeSet<T>>, other: BTreeSet<T>) -> bool {
    let met = match own.take() {
        Some(own) => own.intersection(&other).cloned().collect(),
        None => other,
    };
    let some = !met.is_empty();
    *own = Some(met);
    some
}

impl Term {
    pub(super) fn new(caller: Caller) -> Term {
        let public = match &caller {
            // S3's examples count a federated principal as public.
            Caller::Anyone | Caller::Federated(_) => Answer::Yes,
            Caller::Service(name) => Answer::of(name == "*"),
            Caller::Account(id, _) => Answer::of(!is_account(id)),
            Caller::UniqueId(_) | Caller::Canonical(_) => Answer::No,
        };
        Term {
            signed: matches!(caller, Caller::Account(..) | Caller::UniqueId(_) | Caller::Canonical(_)),
            caller,
            accounts: None,
            owners: None,
            unique_ids: None,
            organizations: None,
            services: None,
            source_accounts: None,
            source_organizations: None,
            source_arns: None,
            token: false,
            endpoint_accounts: None,
            endpoint_organizations: None,
            access_points: None,
            networks: None,
            addresses: None,
            claims: BTreeMap::new(),
            public,
            conditional: false,
            external_id: false,
            spared: false,
            reasons: BTreeSet::new(),
        }
    }

    pub(super) fn of_principal(principal: &Principal) -> Term {
        Term::new(match principal {
            Principal::Anyone => Caller::Anyone,
            Principal::Account(id) => Caller::Account(id.clone(), None),
            Principal::Service(name) => Caller::Service(name.to_ascii_lowercase()),
            Principal::Federated(name) => Caller::Federated(name.clone()),
            Principal::Canonical(id) => Caller::Canonical(id.clone()),
            Principal::Aws(text) => {
                let parts: Vec<&str> = text.splitn(6, ':').collect();
                match parts.as_slice() {
                    // CloudFront's origin access identities stand under an account of that name.
                    ["arn", _, "iam", _, account, _] if account.eq_ignore_ascii_case("cloudfront") => {
                        let mut term = Term::new(Caller::Service("cloudfront.amazonaws.com".into()));
                        term.source_arns = Some([Source::Resource(text.clone())].into());
                        term.public = Answer::No;
                        return term;
                    }
                    ["arn", _, "iam" | "sts", _, account, _] => Caller::Account((*account).to_owned(), Some(text.clone())),
                    _ => Caller::UniqueId(text.clone()),
                }
            }
        })
    }

    /// Adds a limit. False if nobody is left.
    pub(super) fn limit(&mut self, limit: &Limit, public: Answer) -> bool {
        if !matches!(limit, Limit::Addresses(_) | Limit::Claim(..) | Limit::Token) {
            self.public = self.public.min(public);
        }
        match limit {
            Limit::Signed => {
                self.signed = true;
                true
            }
            Limit::Accounts(ids) => self.principal() && meet(&mut self.accounts, ids.clone()) && self.fits_accounts(),
            Limit::Owners(ids) => {
                let fits = !matches!(&self.caller, Caller::Account(id, _) if !ids.contains(id));
                fits && meet(&mut self.owners, ids.clone())
            }
            Limit::UniqueIds(ids) => self.principal() && meet(&mut self.unique_ids, ids.clone()),
            Limit::Organizations(ids) => {
                let met: BTreeMap<_, _> = match self.organizations.take() {
                    Some(own) => own
                        .into_iter()
                        .filter_map(|(id, units)| ids.get(&id).map(|more| (id, if units.is_empty() { more.clone() } else { units })))
                        .collect(),
                    None => ids.clone(),
                };
                let some = !met.is_empty();
                self.organizations = Some(met);
                self.principal() && some
            }
            Limit::Services(names) => {
                let own = self.services.take();
                let mut met = own.flatten();
                let some = names.as_ref().is_none_or(|names| meet(&mut met, names.clone()));
                self.services = Some(met);
                some && self.service()
            }
            Limit::SourceAccounts(ids) => self.service() && meet(&mut self.source_accounts, ids.clone()) && self.fits_sources(),
            Limit::SourceOrganizations(ids) => self.service() && meet(&mut self.source_organizations, ids.clone()),
            Limit::SourceArns(arns) => self.service() && meet(&mut self.source_arns, arns.clone()) && self.fits_sources(),
            Limit::Token => {
                self.token = true;
                true
            }
            Limit::EndpointAccounts(ids) => meet(&mut self.endpoint_accounts, ids.clone()),
            Limit::EndpointOrganizations(ids) => meet(&mut self.endpoint_organizations, ids.clone()),
            Limit::AccessPoints(ids) => meet(&mut self.access_points, ids.clone()),
            // An endpoint and a VPC are two views of one place: both given, the endpoint is the narrower.
            Limit::Networks(ids) => match &mut self.networks {
                Some(own) if own.iter().zip(ids).all(|(a, b)| std::mem::discriminant(a) == std::mem::discriminant(b)) => {
                    meet(&mut self.networks, ids.clone())
                }
                Some(own) => {
                    if ids.iter().all(|id| matches!(id, Network::Endpoint(_))) {
                        own.clone_from(ids);
                    }
                    true
                }
                None => meet(&mut self.networks, ids.clone()),
            },
            Limit::Addresses(ips) => {
                let met = match self.addresses.take() {
                    Some(own) => Ips { v4: own.v4.and(&ips.v4), v6: own.v6.and(&ips.v6) },
                    None => ips.clone(),
                };
                let some = !met.v4.is_empty() || !met.v6.is_empty();
                self.addresses = Some(met);
                some
            }
            Limit::Claim(name, values) => {
                // Two conditions on one claim both hold; the values of the narrower are enough.
                self.claims.entry(name.clone()).and_modify(|own| tokens::narrower(own, values)).or_insert_with(|| values.clone());
                true
            }
        }
    }

    /// Whether the caller can be a principal of an account: a service principal has neither account nor organisation.
    fn principal(&mut self) -> bool {
        self.signed = true;
        self.services.is_none()
            && self.source_accounts.is_none()
            && self.source_arns.is_none()
            && !matches!(self.caller, Caller::Service(_))
    }

    fn fits_accounts(&mut self) -> bool {
        match (&self.caller, &self.accounts) {
            (Caller::Account(id, _), Some(accounts)) => accounts.contains(id),
            _ => true,
        }
    }

    /// Whether the caller can be a service principal. Principals of accounts carry no source.
    fn service(&mut self) -> bool {
        let named = match (&self.caller, &self.services) {
            (Caller::Service(name), Some(Some(names))) => name == "*" || names.iter().any(|own| own.eq_ignore_ascii_case(name)),
            (Caller::Service(_) | Caller::Anyone, _) => true,
            _ => false,
        };
        named && self.accounts.is_none() && self.organizations.is_none() && self.unique_ids.is_none()
    }

    fn fits_sources(&mut self) -> bool {
        let (Some(accounts), Some(arns)) = (&self.source_accounts, &mut self.source_arns) else { return true };
        arns.retain(|arn| match arn {
            Source::Account(id) => accounts.contains(id),
            Source::Resource(_) => true,
        });
        !arns.is_empty()
    }

    /// Whether a principal that a Deny names takes in the whole term.
    pub(super) fn is_within(&self, principal: &Principal) -> bool {
        let denied = Term::of_principal(principal);
        match (&self.caller, &denied.caller) {
            (_, Caller::Anyone) => true,
            (Caller::Account(id, _), Caller::Account(other, None)) => id == other,
            (Caller::Account(id, Some(arn)), Caller::Account(other, Some(denied))) => id == other && arn == denied,
            (Caller::Anyone, Caller::Account(other, None)) => {
                self.accounts.as_ref().is_some_and(|accounts| accounts.iter().all(|id| id == other))
            }
            (Caller::Account(..), _) | (Caller::Anyone, _) => false,
            (own, other) => own == other,
        }
    }

    /// Whether only service principals are left.
    pub(super) fn is_service(&self) -> bool {
        matches!(self.caller, Caller::Service(_))
            || self.services.is_some()
            || self.source_accounts.is_some()
            || self.source_organizations.is_some()
            || self.source_arns.is_some()
    }

    /// Whether every request of the term holds a key of the source, since the term asks for its value.
    pub(super) fn states(&self, key: &str) -> bool {
        match key {
            "aws:sourceaccount" => self.source_accounts.is_some(),
            "aws:sourcearn" => self.source_arns.is_some(),
            "aws:sourceorgid" | "aws:sourceorgpaths" => self.source_organizations.is_some(),
            _ => false,
        }
    }

    /// What a Deny with `NotPrincipal` leaves: the part of the term that the principal named is.
    pub(super) fn and_principal(&self, principal: &Principal) -> Option<Term> {
        let kept = Term::of_principal(principal);
        let mut term = self.clone();
        match (&self.caller, kept.caller) {
            (_, Caller::Anyone) => {}
            (Caller::Anyone, caller) => {
                term.signed |= kept.signed;
                term.public = term.public.min(kept.public);
                let is_service = matches!(caller, Caller::Service(_));
                term.caller = caller;
                if let Some(arns) = kept.source_arns {
                    term.source_arns = Some(arns);
                }
                let needs_service = term.services.is_some() || term.source_accounts.is_some() || term.source_organizations.is_some();
                let needs_principal = term.accounts.is_some() || term.organizations.is_some() || term.unique_ids.is_some();
                if (needs_service && !is_service) || (needs_principal && is_service) || !term.fits_accounts() {
                    return None;
                }
            }
            (Caller::Account(id, None), Caller::Account(other, arn)) if *id == other => term.caller = Caller::Account(other, arn),
            (Caller::Account(id, Some(own)), Caller::Account(other, arn)) if *id == other && arn.as_ref().is_none_or(|arn| arn == own) => {}
            (own, other) if *own == other => {}
            _ => return None,
        }
        Some(term)
    }

    /// The audiences. Addresses are not judged here: their union over statements decides.
    pub(super) fn rows(&self, resource: &Resource, known: &Known, signed_only: bool) -> Vec<Row> {
        let row = |audience| Row { audience, named: BTreeSet::new(), reasons: BTreeSet::new() };
        let with = |audience, reason: Reason| Row { audience, named: BTreeSet::new(), reasons: [reason].into() };
        match &self.caller {
            Caller::Account(id, arn) if is_account(id) => {
                vec![Row { audience: Audience::account(id, resource), named: arn.iter().cloned().collect(), reasons: BTreeSet::new() }]
            }
            // AWS refuses wildcards there; a file can hold one all the same.
            Caller::Account(_, arn) => {
                vec![Row { audience: Audience::AnyAwsAccount, named: arn.iter().cloned().collect(), reasons: BTreeSet::new() }]
            }
            Caller::UniqueId(id) => vec![row(Audience::UniqueId(id.clone()))],
            Caller::Canonical(id) => vec![row(Audience::CanonicalUser(id.clone()))],
            Caller::Service(name) => self.service_rows(name, resource),
            Caller::Federated(provider) => tokens::rows(provider, &self.claims),
            Caller::Anyone => {
                if let Some(ids) = &self.accounts {
                    return ids.iter().map(|id| row(Audience::account(id, resource))).collect();
                }
                if let Some(ids) = &self.unique_ids {
                    return ids.iter().map(|id| row(Audience::UniqueId(id.clone()))).collect();
                }
                if let Some(ids) = &self.organizations {
                    let organization = |(id, units): (&String, &BTreeSet<String>)| Row {
                        audience: Audience::organization(id, known),
                        named: units.clone(),
                        reasons: BTreeSet::new(),
                    };
                    return ids.iter().map(organization).collect();
                }
                let sources = self.source_accounts.is_some() || self.source_organizations.is_some() || self.source_arns.is_some();
                if sources || matches!(self.services, Some(Some(_))) {
                    return self.service_names().iter().flat_map(|name| self.service_rows(name, resource)).collect();
                }
                if let Some(ids) = &self.owners {
                    return ids.iter().map(|id| row(Audience::account(id, resource))).collect();
                }
                if let Some(ids) = &self.endpoint_accounts {
                    return ids.iter().map(|id| with(Audience::account(id, resource), Reason::ThroughEndpoint)).collect();
                }
                if let Some(ids) = &self.endpoint_organizations {
                    return ids.iter().map(|id| with(Audience::organization(id, known), Reason::ThroughEndpoint)).collect();
                }
                if let Some(ids) = &self.access_points {
                    return ids.iter().map(|id| with(Audience::account(id, resource), Reason::ThroughAccessPoint)).collect();
                }
                if let Some(networks) = &self.networks {
                    return networks.iter().map(|network| row(Audience::Network(network.clone()))).collect();
                }
                if resource.vpc_only {
                    return vec![row(Audience::Network(Network::Vpc(String::new())))];
                }
                if self.services.is_some() {
                    return self.service_rows("*", resource);
                }
                if self.signed {
                    vec![row(Audience::AnyAwsAccount)]
                } else if signed_only {
                    vec![with(Audience::AnyAwsAccount, Reason::SignedOnly)]
                } else {
                    vec![row(Audience::Anyone)]
                }
            }
        }
    }

    fn service_names(&self) -> Vec<String> {
        match &self.services {
            Some(Some(names)) => names.iter().map(|name| name.to_ascii_lowercase()).collect(),
            _ => vec!["*".to_owned()],
        }
    }

    fn service_rows(&self, name: &str, resource: &Resource) -> Vec<Row> {
        let service =
            |pin| Row { audience: Audience::Service { name: name.to_owned(), pin }, named: BTreeSet::new(), reasons: BTreeSet::new() };
        let mut rows: Vec<Row> = Vec::new();
        let mut named = BTreeSet::new();
        let accounts = self.source_accounts.as_ref().or(self.owners.as_ref());
        for arn in self.source_arns.iter().flatten() {
            match (arn, accounts, &self.source_organizations) {
                (Source::Account(id), ..) => rows.push(service(Pin::Account(id.clone()))),
                (Source::Resource(text), None, None) => rows.push(service(Pin::Resource(text.clone()))),
                (Source::Resource(text), ..) => _ = named.insert(text.clone()),
            }
        }
        if rows.is_empty() {
            rows.extend(accounts.into_iter().flatten().map(|id| service(Pin::Account(id.clone()))));
        }
        if rows.is_empty() {
            rows.extend(self.source_organizations.iter().flatten().map(|id| service(Pin::Organization(id.clone()))));
        }
        if rows.is_empty() && self.token {
            rows.push(service(Pin::Token));
        }
        if rows.is_empty() {
            // Any service on anybody's behalf: whoever has an account can make some service call.
            rows.push(if name == "*" && !self.spared {
                let network = resource.vpc_only.then(|| Audience::Network(Network::Vpc(String::new())));
                Row {
                    audience: network.unwrap_or(Audience::AnyAwsAccount),
                    named: BTreeSet::new(),
                    reasons: [Reason::ThroughAnyService].into(),
                }
            } else {
                service(Pin::Nothing)
            });
        }
        for row in &mut rows {
            row.named.extend(named.iter().cloned());
        }
        rows
    }

    /// Whether AWS's definition calls the term public, addresses included.
    pub(super) fn is_public(&self) -> Answer {
        let narrow = self.addresses.as_ref().is_some_and(|ips| ips.v4.breadth().max(ips.v6.breadth()) < Breadth::Wide);
        if narrow { Answer::No } else { self.public }
    }

    /// Whether the term is bounded by addresses and by nothing that names a caller.
    pub(super) fn only_addresses(&self) -> Option<&Ips> {
        let free = self.caller == Caller::Anyone
            && !self.spared
            && self.accounts.is_none()
            && self.owners.is_none()
            && self.unique_ids.is_none()
            && self.organizations.is_none()
            && !matches!(self.services, Some(Some(_)))
            && self.source_accounts.is_none()
            && self.source_organizations.is_none()
            && self.source_arns.is_none()
            && self.endpoint_accounts.is_none()
            && self.endpoint_organizations.is_none()
            && self.access_points.is_none()
            && self.networks.is_none();
        self.addresses.as_ref().filter(|_| free)
    }
}

impl Term {
    /// The term without accounts that a Deny names, where it lists accounts. `None` if the Deny names none of them.
    pub(super) fn without_accounts(&self, denied: &[Principal]) -> Option<Term> {
        let accounts = self.accounts.as_ref().filter(|_| self.caller == Caller::Anyone)?;
        let is_denied = |id: &String| denied.iter().any(|principal| matches!(principal, Principal::Account(other) if other == id));
        let left: BTreeSet<String> = accounts.iter().filter(|id| !is_denied(id)).cloned().collect();
        (left.len() < accounts.len()).then(|| Term { accounts: Some(left), ..self.clone() })
    }
}
