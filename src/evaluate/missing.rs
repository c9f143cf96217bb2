//! What evidence a control lacks: tables, resource types, lists, accounts and Regions.

use std::collections::BTreeSet;
use std::sync::Arc;

use polars::prelude::*;

use super::reach::{Reach, reads_events};
use super::tables::Tables;
use crate::catalogue::check::{ALLOW_LIST, CONFIG_RULE};
use crate::catalogue::sql::Query;
use crate::catalogue::{Catalogue, Control, Kind};
use crate::facts::states;
use crate::reason::{Expected, NAMED, Place, Reason};
use crate::schema::{ResourceTable, Table};

/// Resource types a control rests on: those it requires, else that of the table its rows come from, else, over
/// configuration, those of every table that it reads.
pub(super) fn types_of(control: &Control, catalogue: &Catalogue) -> BTreeSet<String> {
    let required: BTreeSet<String> = control.requires.iter().filter(|r| r.starts_with("AWS::")).cloned().collect();
    if !required.is_empty() {
        return required;
    }
    let of = |table: &str| -> BTreeSet<String> {
        let Some((table, _)) = catalogue.schema.meant(table) else { return BTreeSet::new() };
        let fits = |r: &&std::sync::Arc<ResourceTable>| r.name == table.name || r.lists.iter().any(|l| l.name == table.name);
        catalogue.schema.resources().iter().filter(fits).map(|r| r.resource_type.clone()).collect()
    };
    let mut base = control.population.base().map(of).unwrap_or_default();
    base.extend(control.population.base().iter().flat_map(|table| states::types(table)).map(|kind| (*kind).to_owned()));
    if base.is_empty() && control.origin.kind == Kind::Config {
        let tables = || control.population.tables().iter();
        let stated = tables().flat_map(|table| states::types(table)).map(|kind| (*kind).to_owned());
        return tables().flat_map(|table| of(table)).chain(stated).collect();
    }
    base
}

/// What must be there and is not.
pub(crate) fn missing(control: &Control, catalogue: &Catalogue, tables: &Tables<'_>, reach: &Reach) -> Vec<Reason> {
    let mut missing = missing_tables(&control.requires, &control.population, tables);
    if reads_events(control.origin.kind, control.select.as_ref(), &[&control.population]) && reach.events == 0 {
        missing.push(Reason::NoEvents);
    }
    let items = base_table(control, catalogue).is_some_and(|table| table.name == "config_items");
    if items && reach.config.is_empty() {
        missing.push(Reason::NoItems { resource_type: None });
    }
    for kind in types_of(control, catalogue) {
        if !reach.types.contains(&kind) && !reach.recorded.is_recorded_anywhere(&kind) {
            missing.push(if reach.config.is_empty() {
                Reason::NoItems { resource_type: Some(kind) }
            } else {
                Reason::NoItemsOfType { resource_type: kind }
            });
        }
    }
    missing
}

/// Tables from files of their own that a query rests on and that are empty.
pub(crate) fn missing_tables(requires: &[String], query: &Query, tables: &Tables<'_>) -> Vec<Reason> {
    let schema = tables.schema();
    let own = |name: &str| {
        let per_file = [
            "iam_credentials",
            "root_credentials",
            "trails",
            "trail_status",
            "trail_event_selectors",
            "config_compliance",
            "config_recorders",
            "costs",
            "cost_daily",
            "cost_resources",
            "cost_hours",
            "cost_tags",
            "iam_account_summary",
            "third_party_findings",
            "identity_center_assignments",
            "identity_center_permission_sets",
            "identity_center_policies",
            "organization_policies",
            "organization_policy_statements",
            "backup_jobs",
            "restore_jobs",
            "backup_recovery_points",
            "backup_protected_resources",
            "config_rule_status",
            "config_delivery_channels",
            "s3_access",
            "iam_last_accessed",
        ];
        schema.table(name).is_some() && per_file.contains(&name)
    };
    let by_name = |r: &&String| !r.starts_with("AWS::") && !r.starts_with(CONFIG_RULE) && !r.starts_with(ALLOW_LIST);
    let mut wanted: BTreeSet<String> = requires.iter().filter(by_name).cloned().collect();
    if let Some(base) = query.base().filter(|t| own(t)) {
        wanted.insert(base.to_owned());
    }
    let mut missing: Vec<Reason> = wanted
        .into_iter()
        .filter(|t| tables.frame(t).is_ok_and(|f| f.height() == 0) && !empty_lists(t, tables))
        .map(|table| Reason::NoRecords { table })
        .collect();
    let stated = |list: &str| {
        let frame = tables.frame("allow_lists").ok()?;
        Some(frame.column("list_name").ok()?.str().ok()?.iter().any(|name| name == Some(list)))
    };
    let lists = requires.iter().filter_map(|r| r.strip_prefix(ALLOW_LIST));
    missing.extend(lists.filter(|list| stated(list) != Some(true)).map(|list| Reason::ListNotStated { list: list.to_owned() }));
    // Without any result the sentence above says so already.
    let any = tables.frame("config_compliance").is_ok_and(|f| f.height() > 0);
    for rule in rules(requires).filter(|rule| any && accounts_with(rule, tables).is_empty()) {
        missing.push(Reason::NoRuleResult { rule: rule.to_owned() });
    }
    missing
}

/// The rules among requirements.
pub(super) fn rules(requires: &[String]) -> impl Iterator<Item = &str> {
    requires.iter().filter_map(|r| r.strip_prefix(CONFIG_RULE))
}

/// Accounts with a result of a rule for a resource.
pub(super) fn accounts_with(rule: &str, tables: &Tables<'_>) -> BTreeSet<String> {
    places_with(Some(rule), tables).into_iter().map(|(account, _)| account).collect()
}

/// Accounts and Regions with a result of a rule, or of any, for a resource. A summary says nothing about any.
fn places_with(rule: Option<&str>, tables: &Tables<'_>) -> BTreeSet<(String, String)> {
    let found = || -> PolarsResult<BTreeSet<(String, String)>> {
        let frame = tables.frame("config_compliance").map_err(|e| polars_err!(ComputeError: "{e}"))?;
        let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned());
        let (identifiers, origins) = (text("rule_identifier")?, text("origin")?);
        let (accounts, regions) = (text("account_id")?, text("region")?);
        let is_meant = |row: &usize| rule.is_none_or(|rule| identifiers.get(*row) == Some(rule)) && origins.get(*row) != Some("summary");
        let place = |row| (accounts.get(row).unwrap_or("").to_owned(), regions.get(row).unwrap_or("").to_owned());
        Ok((0..frame.height()).filter(is_meant).map(place).collect())
    };
    // A table that cannot be read fails the control's own query, which tells why.
    found().unwrap_or_default()
}

/// Whether the rows of a control are items of no stated type, or facts about them: that none is there does not show that
/// their types were recorded.
pub(super) fn reads_any_type(control: &Control, catalogue: &Catalogue, types: &BTreeSet<String>) -> bool {
    let of_items = |table: Arc<Table>| {
        let name = table.name.as_str();
        name == "config_items" || states::TABLES.contains(&name) && !LISTS.contains(&name)
    };
    types.is_empty() && control.origin.kind == Kind::Config && base_table(control, catalogue).is_some_and(of_items)
}

/// The table whose rows the population's are, of a `_history` the one it belongs to.
pub(super) fn base_table(control: &Control, catalogue: &Catalogue) -> Option<Arc<Table>> {
    catalogue.schema.meant(control.population.base()?).map(|(table, _)| table)
}

/// Expected accounts and Regions whose configuration was not delivered, or does not record the type.
pub(super) fn config_gaps(control: &Control, catalogue: &Catalogue, reach: &Reach) -> Vec<Reason> {
    let types = types_of(control, catalogue);
    let of_any_type = reads_any_type(control, catalogue, &types);
    if types.is_empty() && !of_any_type || control.origin.kind != Kind::Config {
        return Vec::new();
    }
    if !reach.expected_known {
        return vec![Reason::ExpectedUnknown { what: Expected::AccountsAndRegions }];
    }
    let mut gaps = BTreeSet::new();
    for (account, region) in &reach.expected {
        if of_any_type && !reach.config.contains(&(account.clone(), region.clone())) {
            gaps.insert(Place::new(account, region));
        }
        for kind in &types {
            if reach.recorded.is_recorded(account, region, kind) != Some(true) {
                // IAM belongs to no Region.
                gaps.insert(Place::new(account, if kind.starts_with("AWS::IAM::") { "" } else { region }));
            }
        }
    }
    if gaps.is_empty() { Vec::new() } else { vec![Reason::NotKnownRecorded { places: gaps.into_iter().collect() }] }
}

/// Beginnings of the identifiers of rules about a whole account: one result of it is enough, whichever Region gives it.
const OF_ACCOUNT: [&str; 4] = ["IAM_", "ROOT_ACCOUNT_", "SECURITY_ACCOUNT_", "S3_ACCOUNT_"];

/// Expected Regions without anything, of accounts that have something somewhere.
fn places_without(with: &BTreeSet<(String, String)>, reach: &Reach) -> Vec<Place> {
    let accounts: BTreeSet<&str> = with.iter().map(|(account, _)| account.as_str()).collect();
    let without = reach.expected.iter().filter(|place| accounts.contains(place.0.as_str()) && !with.contains(*place));
    without.filter(|(_, region)| region != "global").map(|(account, region)| Place::new(account, region)).collect()
}

/// Expected accounts and Regions without a result of a rule that the control rests on.
pub(super) fn rule_gaps(control: &Control, tables: &Tables<'_>, reach: &Reach) -> Vec<Reason> {
    let expected: BTreeSet<&str> = reach.expected.iter().map(|(account, _)| account.as_str()).collect();
    let mut gaps = Vec::new();
    for rule in rules(&control.requires) {
        let with = accounts_with(rule, tables);
        let accounts: Vec<String> = expected.iter().copied().filter(|a| !with.contains(*a)).map(str::to_owned).collect();
        if !accounts.is_empty() {
            gaps.push(Reason::RuleResultsMissing { rule: rule.to_owned(), accounts });
        }
        if !OF_ACCOUNT.iter().any(|of| rule.starts_with(of)) {
            let places = places_without(&places_with(Some(rule), tables), reach);
            if !places.is_empty() {
                gaps.push(Reason::RuleResultsMissingIn { rule: rule.to_owned(), places });
            }
        }
    }
    gaps
}

/// Tables that lists of the AWS CLI fill, one call for each account and Region: that nothing is there cannot
/// be told from a list that nobody asked for.
pub(super) const LISTS: [&str; 9] = [
    "iam_credentials",
    "root_credentials",
    "backup_jobs",
    "restore_jobs",
    "backup_recovery_points",
    "config_compliance",
    "config_rule_status",
    "config_delivery_channels",
    "iam_last_accessed",
];

/// Of these, the ones that AWS answers Region by Region.
const REGIONAL: [&str; 6] =
    ["backup_jobs", "restore_jobs", "backup_recovery_points", "config_compliance", "config_rule_status", "config_delivery_channels"];

/// Tables that this program fills itself, for every account and Region.
pub(super) const OWN: [&str; 8] = [
    "account_regions",
    "accounts",
    "engagement",
    "input_files",
    "integrity_chains",
    "integrity_findings",
    "recorded_types",
    "trail_coverage",
];

/// Accounts of the answers that hold an empty list in the place of the rows of a table. One that does not say its account
/// has empty text.
pub(super) fn accounts_empty(table: &str, tables: &Tables<'_>) -> BTreeSet<String> {
    places_empty(table, tables).into_iter().map(|(account, _)| account).collect()
}

/// Accounts and Regions of the same.
fn places_empty(table: &str, tables: &Tables<'_>) -> BTreeSet<(String, String)> {
    let found = || {
        let frame = tables.frame("empty_answers").ok()?;
        let text = |name: &str| Some(frame.column(name).ok()?.str().ok()?.clone());
        let (names, accounts, regions) = (text("table_name")?, text("account_id")?, text("region")?);
        let place = |row: usize| (accounts.get(row).unwrap_or_default().to_owned(), regions.get(row).unwrap_or_default().to_owned());
        Some((0..frame.height()).filter(|row| names.get(*row) == Some(table)).map(place).collect())
    };
    found().unwrap_or_default()
}

/// Accounts and Regions with a row in a table that is answered Region by Region, or with an empty answer.
fn places_listed(table: &str, tables: &Tables<'_>) -> BTreeSet<(String, String)> {
    let mut places = places_empty(table, tables);
    if table == "config_compliance" {
        places.extend(places_with(None, tables));
        return places;
    }
    let found = || {
        let frame = tables.frame(table).ok()?;
        let text = |name: &str| Some(frame.column(name).ok()?.str().ok()?.clone());
        let (accounts, regions) = (text("account_id")?, text("region")?);
        let place = |row: usize| (accounts.get(row).unwrap_or_default().to_owned(), regions.get(row).unwrap_or_default().to_owned());
        Some((0..frame.height()).map(place).collect::<BTreeSet<_>>())
    };
    places.extend(found().unwrap_or_default());
    places
}

/// Whether the list that a table is made from was delivered, and empty.
pub(super) fn empty_lists(table: &str, tables: &Tables<'_>) -> bool {
    !accounts_empty(table, tables).is_empty()
}

/// Expected accounts without a row in the list that the control rests on, and without an empty list. Where nothing is
/// left of a list, whatever export it is of, it must hold every account: that nothing is there cannot be told from what
/// nobody exported.
pub(super) fn list_gaps(control: &Control, catalogue: &Catalogue, tables: &Tables<'_>, reach: &Reach, is_empty: bool) -> Vec<Reason> {
    let nothing_left = |t: &str| is_empty && !OWN.contains(&t) && types_of(control, catalogue).is_empty();
    let rests = |t: &&str| LISTS.contains(t) || empty_lists(t, tables) || nothing_left(t);
    let Some(table) = control.population.base().filter(rests) else { return Vec::new() };
    let found = || Some(tables.frame(table).ok()?.column("account_id").ok()?.str().ok()?.iter().flatten().map(str::to_owned).collect());
    let Some(mut with): Option<BTreeSet<String>> = found() else { return Vec::new() };
    with.extend(accounts_empty(table, tables));
    // An account may be expected without any Region of it.
    let stated = || {
        let frame = tables.frame("accounts").ok()?;
        let (ids, expected) = (frame.column("account_id").ok()?.str().ok()?.clone(), frame.column("expected").ok()?.bool().ok()?.clone());
        let rows = ids.iter().zip(expected.iter()).filter(|(_, expected)| *expected == Some(true));
        Some(rows.filter_map(|(id, _)| id.map(str::to_owned)).collect::<BTreeSet<String>>())
    };
    let mut accounts: BTreeSet<String> = reach.expected.iter().map(|(account, _)| account.clone()).collect();
    accounts.extend(stated().unwrap_or_default());
    if accounts.is_empty() {
        return vec![Reason::ExpectedUnknown { what: Expected::Accounts }];
    }
    let accounts: Vec<String> = accounts.into_iter().filter(|a| !with.contains(a)).collect();
    let mut gaps = Vec::new();
    if !accounts.is_empty() {
        gaps.push(Reason::ListMissing { table: table.to_owned(), accounts });
    }
    // A control of one rule says so of that rule.
    if REGIONAL.contains(&table) && rules(&control.requires).next().is_none() {
        let places = places_without(&places_listed(table, tables), reach);
        if !places.is_empty() {
            gaps.push(Reason::ListMissingIn { table: table.to_owned(), places });
        }
    }
    gaps
}

/// Files that give rows to the tables that queries name, where they hold less than was exported. What is missing of events is told
/// by day, account and Region instead.
pub(super) fn part_gaps(queries: &[&Query], tables: &Tables<'_>) -> Option<Reason> {
    let store = tables.store()?;
    let named = queries.iter().flat_map(|query| query.tables()).map(String::as_str);
    let named = named.flat_map(|name| std::iter::once(name).chain(states::made_from(name).iter().copied()));
    let declared = named.filter_map(|name| Some(tables.schema().meant(name)?.0));
    let in_part: BTreeSet<String> = declared
        .flat_map(|table| store.givers(&table).into_iter().filter(|file| file.is_in_part()).collect::<Vec<_>>())
        .map(|file| file.paths.first().unwrap_or(&file.file_id).clone())
        .collect();
    let files = in_part.len() as u64;
    (files > 0).then(|| Reason::FilesInPart { files, named: in_part.into_iter().take(NAMED).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::steps::assert_in_step;
    use crate::facts::recorded::{Recorded, Recording};

    fn reach(size: usize) -> Reach {
        let mut recorded = Recorded::default();
        let mut expected = BTreeSet::new();
        for n in 0..size {
            let (account, region) = (format!("{:012}", n / 3), format!("region-{}", n % 3));
            for kind in ["AWS::S3::Bucket", "AWS::IAM::Role", "AWS::IAM::User"] {
                recorded.add(&account, &region, kind, Recording::All);
            }
            expected.insert((account, region));
        }
        Reach { recorded: std::sync::Arc::new(recorded), expected, expected_known: true, ..Reach::default() }
    }

    #[test]
    fn what_is_not_recorded_is_found_in_step_with_accounts_and_regions() {
        let catalogue = Catalogue::load(None).unwrap();
        let rests_on = |kind: &str| {
            let mut controls = catalogue.controls.values().filter(|c| c.origin.kind == Kind::Config);
            controls.find(|c| types_of(c, &catalogue) == BTreeSet::from([kind.to_owned()])).unwrap()
        };
        for kind in ["AWS::S3::Bucket", "AWS::IAM::User"] {
            let control = rests_on(kind);
            assert_in_step(&format!("gaps of {kind}"), 3_000, 200, |size| {
                let reach = reach(size);
                let catalogue = &catalogue;
                move || assert!(config_gaps(control, catalogue, &reach).is_empty())
            });
        }
        // One place that nobody recorded is named.
        let mut reach = reach(6);
        reach.expected.insert(("111122223333".to_owned(), "eu-west-1".to_owned()));
        let places = vec![Place::new("111122223333", "eu-west-1")];
        assert_eq!(config_gaps(rests_on("AWS::S3::Bucket"), &catalogue, &reach), [Reason::NotKnownRecorded { places }]);
    }
}
