//! Whether the later report could have noted a finding again. Absence of a finding is good news only if nothing here is
//! lacking; where a report does not say what its evidence is of, that is lacking, too.

use std::collections::{BTreeMap, BTreeSet};

use super::issued::{Control, Finding, Issued};
use super::kinds::{Lack, MissingEvidence, Side};
use crate::base::account::is_account;
use crate::reason::Reason;
use crate::report::model::{Extent, Outcome, ScopePlace};
use crate::schema::Schema;

/// Rows named that could not be decided.
const NAMED: usize = 3;

/// Two reports, with what is looked up for every finding.
pub(super) struct Reach<'i> {
    old: &'i Issued,
    new: &'i Issued,
    /// Kinds of evidence by account.
    seen_old: BTreeMap<&'i str, BTreeSet<&'i str>>,
    seen_new: BTreeMap<&'i str, BTreeSet<&'i str>>,
    places_old: BTreeMap<(&'i str, &'i str), &'i ScopePlace>,
    places_new: BTreeMap<(&'i str, &'i str), &'i ScopePlace>,
    /// What holds for every finding.
    common: Vec<Lack>,
    /// What holds for findings over a period.
    over_period: Vec<Lack>,
    /// What the tests of each control of the earlier report lack.
    tests: BTreeMap<&'i str, Test<'i>>,
}

/// A control of the earlier report against the later one.
struct Test<'i> {
    /// For findings of any account.
    lacks: Vec<Lack>,
    /// For findings of these accounts, by id.
    of_accounts: Vec<(BTreeSet<&'i str>, Lack)>,
    /// Rows that could not be decided and were not among those before, as account and resource; `None` where they are not all named.
    undecided: Option<Vec<(&'i str, &'i str)>>,
}

impl<'i> Reach<'i> {
    pub(super) fn of(old: &'i Issued, new: &'i Issued) -> Self {
        // Tables that are no resource type's: of these no recorder says whether all rows are here.
        let fixed = Schema::new(Vec::new(), Vec::new()).ok();
        let is_list = |table: &str| fixed.as_ref().is_none_or(|schema| schema.table(table).is_some());
        let compared = |(id, control): (&'i String, &'i Control)| (id.as_str(), test(id, control, new.controls.get(id), &is_list));
        let tests = old.controls.iter().map(compared).collect();
        let (common, over_period) = periods(old, new);
        Self {
            old,
            new,
            seen_old: seen(old),
            seen_new: seen(new),
            places_old: places(old),
            places_new: places(new),
            common,
            over_period,
            tests,
        }
    }

    /// What the later report lacks for a finding of the earlier one; empty where it was tested as fully as before.
    pub(super) fn lacks(&self, finding: &Finding) -> Vec<Lack> {
        if finding.is_of_engagement() {
            let is_used = !self.new.cover.engagement_sha256.is_empty();
            return if is_used { Vec::new() } else { vec![Lack::EvidenceMissing(MissingEvidence::EngagementFile)] };
        }
        let mut lacks = self.common.clone();
        for id in &finding.controls {
            let (Some(control), Some(test)) = (self.old.controls.get(id), self.tests.get(id.as_str())) else {
                lacks.push(Lack::ControlAbsent { control: Some(id.clone()), report: Side::Earlier });
                continue;
            };
            if control.is_over_period() {
                lacks.extend(self.over_period.iter().cloned());
            }
            lacks.extend(test.lacks.iter().cloned());
            let concerns = |accounts: &BTreeSet<&str>| finding.accounts.iter().any(|own| accounts.contains(own.as_str()));
            lacks.extend(test.of_accounts.iter().filter(|(accounts, _)| concerns(accounts)).map(|(_, lack)| lack.clone()));
            lacks.extend(self.undecided(id, finding, test));
            self.evidence(control, finding, &mut lacks);
        }
        if finding.controls.is_empty() {
            lacks.push(Lack::ControlAbsent { control: None, report: Side::Earlier });
        }
        lacks.sort();
        lacks.dedup();
        lacks
    }

    fn undecided(&self, id: &str, finding: &Finding, test: &Test<'_>) -> Option<Lack> {
        let (mut resources, mut more) = (Vec::new(), 0);
        if let Some(rows) = &test.undecided {
            let concerned = rows.iter().filter(|(account, _)| account.is_empty() || finding.accounts.iter().any(|own| own == account));
            let mut names = concerned.map(|(_, resource)| (*resource).to_owned());
            resources = names.by_ref().take(NAMED).collect();
            more = names.count() as u64;
            if resources.is_empty() {
                return None;
            }
        }
        Some(Lack::Undecided { control: id.to_owned(), resources, more })
    }

    /// Accounts, Regions and kinds of evidence that the finding's control rests on.
    fn evidence(&self, control: &Control, finding: &Finding, lacks: &mut Vec<Lack>) {
        if self.new.scope.accounts.is_empty() || self.old.scope.accounts.is_empty() {
            let report = if self.new.scope.accounts.is_empty() { Side::Later } else { Side::Earlier };
            lacks.push(Lack::EvidenceMissing(MissingEvidence::AccountsNotStated { report }));
            return;
        }
        if finding.accounts.is_empty() {
            lacks.push(Lack::EvidenceMissing(MissingEvidence::AccountNotNamed));
        }
        for account in &finding.accounts {
            let none = BTreeSet::new();
            let before = self.seen_old.get(account.as_str()).unwrap_or(&none);
            let Some(now) = self.seen_new.get(account.as_str()).filter(|kinds| !kinds.is_empty()) else {
                lacks.push(Lack::AccountMissing { account: account.clone() });
                continue;
            };
            for kind in before.difference(now).filter(|kind| bears_on(kind, control)) {
                let (evidence, account) = ((*kind).to_owned(), account.clone());
                lacks.push(Lack::EvidenceMissing(MissingEvidence::Records { evidence, account }));
            }
            // An event of the same kind may come from any Region of the account.
            let of_account = self.places_old.range((account.as_str(), "")..).take_while(|((of, _), _)| *of == account);
            for (key, before) in
                of_account.filter(|((_, region), _)| control.is_over_events || finding.regions.iter().any(|own| own == region))
            {
                self.region(control, before, self.places_new.get(key).copied(), lacks);
            }
        }
    }

    fn region(&self, control: &Control, before: &ScopePlace, now: Option<&ScopePlace>, lacks: &mut Vec<Lack>) {
        let (account, region) = (before.account.clone(), before.region.clone());
        let missing = |is_configuration| Lack::RegionMissing { is_configuration, account: account.clone(), region: region.clone() };
        let Some(now) = now else {
            lacks.push(missing(false));
            return;
        };
        if !control.is_over_events && before.has_configuration && !now.has_configuration {
            lacks.push(missing(true));
        }
        if control.is_over_events && now.days_missing > before.days_missing {
            lacks.push(Lack::DaysMissing { new: now.days_missing, account, region, old: before.days_missing });
        }
    }
}

/// Kinds of evidence, as [`ScopeAccount`](crate::report::model::ScopeAccount) names them.
const EVENTS: &str = "CloudTrail";
const CHARGES: &str = "cost";
const TRAILS: &str = "describe-trails";
const CREDENTIALS: &str = "credential report";
const AUTHORIZATION: &str = "authorization details";

/// Whether a control may rest on a kind of evidence. What a control lacks of lists that are asked for account by account, its
/// own limitations say.
fn bears_on(kind: &str, control: &Control) -> bool {
    let table = control.counts.table.as_str();
    match kind {
        EVENTS => control.is_over_events,
        CHARGES => table.starts_with("cost"),
        TRAILS => table.starts_with("trail"),
        CREDENTIALS | AUTHORIZATION => !control.is_over_events && table.starts_with("iam"),
        _ => !control.is_over_events,
    }
}

fn seen(report: &Issued) -> BTreeMap<&str, BTreeSet<&str>> {
    report.scope.accounts.iter().map(|account| (account.id.as_str(), account.seen_in.iter().map(String::as_str).collect())).collect()
}

fn places(report: &Issued) -> BTreeMap<(&str, &str), &ScopePlace> {
    report.scope.places.iter().map(|place| ((place.account.as_str(), place.region.as_str()), place)).collect()
}

/// What the periods lack: for every finding, and for those over a period.
fn periods(old: &Issued, new: &Issued) -> (Vec<Lack>, Vec<Lack>) {
    let (mut common, mut over) = (Vec::new(), Vec::new());
    if new.is_earlier(old) {
        common.push(Lack::Order);
    }
    if !new.cover.period_unmet.is_empty() {
        common.push(Lack::PeriodUnmet);
    }
    match (old.days(), new.days()) {
        // Quarters differ by two days; a tenth less is another period.
        (Some(before), Some(now)) if now * 10 >= before * 9 => {}
        (old, new) => over.push(Lack::PeriodShorter { old, new }),
    }
    (common, over)
}

/// What the test of a control lacks in the later report.
fn test<'i>(id: &str, old: &'i Control, new: Option<&'i Control>, is_list: &dyn Fn(&str) -> bool) -> Test<'i> {
    let control = || id.to_owned();
    let only = |lack| Test { lacks: vec![lack], of_accounts: Vec::new(), undecided: Some(Vec::new()) };
    let Some(new) = new else { return only(Lack::ControlAbsent { control: Some(control()), report: Side::Later }) };
    if new.result == Outcome::NotTested {
        let reasons = new.reasons.iter().map(Reason::to_string).collect();
        return only(Lack::ControlNotTested { control: control(), reasons });
    }
    let (mut lacks, mut of_accounts) = (Vec::new(), Vec::new());
    if old.sql != new.sql {
        lacks.push(Lack::ControlChanged { control: control() });
    }
    // Of events, none at all is a result where the evidence is complete. Resources that are not there were not tested.
    let is_shown = new.is_over_events && new.extent == Extent::Full && new.result == Outcome::NoOccurrences;
    let (was, is) = (old.counts.population, new.counts.population);
    if is == 0 && !is_shown {
        lacks.push(Lack::PopulationZero { control: control(), old: was });
    }
    if is > 0 && is < was && !new.is_over_events && is_list(&new.counts.table) {
        lacks.push(Lack::PopulationFell { control: control(), old: was, new: is });
    }
    for reason in &new.reasons {
        let limitation = || Lack::Limitation { control: control(), reason: Some(reason.to_string()) };
        match growth(reason, &old.reasons) {
            Growth::None => {}
            Growth::Anywhere => lacks.push(limitation()),
            Growth::In(accounts) => of_accounts.push((accounts, limitation())),
        }
    }
    if new.extent > old.extent && new.reasons.is_empty() {
        lacks.push(Lack::Limitation { control: control(), reason: None });
    }
    Test { lacks, of_accounts, undecided: undecided(old, new) }
}

/// Rows that could not be decided now and are not among those of before.
fn undecided<'i>(old: &Control, new: &'i Control) -> Option<Vec<(&'i str, &'i str)>> {
    if new.undetermined.len() as u64 != new.counts.undetermined {
        return None;
    }
    let key = |row: &crate::report::model::UndeterminedRow| (row.account.clone(), row.region.clone(), row.resource.clone());
    let before: BTreeSet<_> = old.undetermined.iter().map(key).collect();
    let fresh = new.undetermined.iter().filter(|row| !before.contains(&key(row)));
    Some(fresh.map(|row| (row.account.as_str(), row.resource.as_str())).collect())
}

/// Where a limitation is new or larger.
enum Growth<'i> {
    None,
    Anywhere,
    /// In these accounts.
    In(BTreeSet<&'i str>),
}

/// Where a limitation reaches further than those of before.
fn growth<'i>(now: &'i Reason, before: &'i [Reason]) -> Growth<'i> {
    use Reason as R;
    match now {
        // Looked at row by row, and day by day in each account and Region.
        R::Undecided { .. } | R::DaysNotSupplied { .. } | R::DaysSilent { .. } => Growth::None,
        R::NotKnownRecorded { .. }
        | R::ListMissing { .. }
        | R::RuleResultsMissing { .. }
        | R::ListMissingIn { .. }
        | R::RuleResultsMissingIn { .. } => {
            let known: BTreeSet<_> = before.iter().filter(|before| is_alike(before, now)).flat_map(places_of).collect();
            let fresh = places_of(now).into_iter().filter(|place| !known.contains(place));
            let accounts: BTreeSet<&str> = fresh.map(|(account, _)| account).collect();
            if accounts.is_empty() {
                Growth::None
            } else if accounts.iter().all(|account| is_account(account)) {
                Growth::In(accounts)
            } else {
                Growth::Anywhere
            }
        }
        now if before.iter().any(|before| covers(before, now)) => Growth::None,
        _ => Growth::Anywhere,
    }
}

/// Accounts that a limitation names, each with its Region where it names one.
fn places_of(reason: &Reason) -> Vec<(&str, &str)> {
    match reason {
        Reason::NotKnownRecorded { places } | Reason::ListMissingIn { places, .. } | Reason::RuleResultsMissingIn { places, .. } => {
            places.iter().map(|place| (place.account.as_str(), place.region.as_str())).collect()
        }
        Reason::ListMissing { accounts, .. } | Reason::RuleResultsMissing { accounts, .. } => {
            accounts.iter().map(|account| (account.as_str(), "")).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether two limitations that name accounts are of the same thing.
fn is_alike(a: &Reason, b: &Reason) -> bool {
    match (a, b) {
        (Reason::NotKnownRecorded { .. }, Reason::NotKnownRecorded { .. }) => true,
        (Reason::ListMissing { table: a, .. }, Reason::ListMissing { table: b, .. })
        | (Reason::ListMissingIn { table: a, .. }, Reason::ListMissingIn { table: b, .. })
        | (Reason::RuleResultsMissingIn { rule: a, .. }, Reason::RuleResultsMissingIn { rule: b, .. }) => a == b,
        (Reason::RuleResultsMissing { rule: a, .. }, Reason::RuleResultsMissing { rule: b, .. }) => a == b,
        _ => false,
    }
}

/// Whether a limitation of before says at least as much as one of now.
fn covers(before: &Reason, now: &Reason) -> bool {
    use Reason as R;
    match (before, now) {
        (R::DaysNotShown { days: d, lines: l }, R::DaysNotShown { days, lines })
        | (R::DaysWeaker { days: d, lines: l }, R::DaysWeaker { days, lines }) => days <= d && lines <= l,
        (R::ValuesNotStated { events: before }, R::ValuesNotStated { events }) => events <= before,
        (before, now) => before == now,
    }
}
