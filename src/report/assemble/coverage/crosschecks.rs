//! One kind of record against another: accounts and Regions that stand in one and not in the other.

use std::collections::BTreeSet;

use super::super::{Input, words};
use super::integrity::named;
use crate::evaluate::EvaluateError;
use crate::facts::scope::AccountLine;
use crate::report::model::{Statement, StatementTone};

/// The statements.
pub(super) fn statements(input: &Input<'_>) -> Result<Vec<Statement>, EvaluateError> {
    let mut all = accounts(input);
    all.extend(regions(input));
    all.extend(cost_regions(input)?);
    let details = input.tables.details()?;
    if details.used + details.set_aside > 0 {
        all.push(Statement::new(
            StatementTone::Note,
            "IAM",
            format!(
                "IAM's authorization details know {}. For {} that AWS Config knows too its items were used; the other {} are read from the details, which say how things stood when they were given and nothing of the time before.",
                words::count(details.used + details.set_aside, "resource", "resources"),
                words::thousands(details.set_aside),
                words::thousands(details.used)
            ),
        ));
    }
    if all.is_empty() {
        let kinds: BTreeSet<&str> = input.scope.accounts.values().flat_map(|a| a.seen_in.iter().copied()).collect();
        all.push(Statement::plain(match kinds.len() {
            0 => "No record delivered names an account, so nothing can be compared.",
            1 => "One kind of record was delivered, so nothing can be compared.",
            _ => "Every account and Region seen in one kind of record is seen in the others that were delivered.",
        }));
    }
    Ok(all)
}

fn accounts(input: &Input<'_>) -> Vec<Statement> {
    let lines = &input.scope.accounts;
    let any = |kind: &str| lines.values().any(|a| a.seen_in.contains(kind));
    let pick = |test: &dyn Fn(&AccountLine) -> bool| -> Vec<String> {
        lines.iter().filter(|(_, a)| test(a)).map(|(id, _)| input.account(id)).collect()
    };
    let seen = |a: &AccountLine, kind: &str| a.seen_in.contains(kind);
    let mut all = Vec::new();
    let mut say = |tone, list: Vec<String>, what: &str| {
        if !list.is_empty() {
            all.push(Statement::new(
                tone,
                "",
                format!("{} {what}: {}.", words::count(list.len() as u64, "account", "accounts"), named(&list)),
            ));
        }
    };
    say(StatementTone::Warning, pick(&|a| a.expected && a.seen_in.is_empty()), "expected and seen in no record at all");
    if input.scope.expected_by.is_some() {
        say(StatementTone::Important, pick(&|a| !a.expected && !a.seen_in.is_empty()), "seen in the records and not expected");
    }
    if any("CloudTrail") {
        say(
            StatementTone::Warning,
            pick(&|a| seen(a, "AWS Config") && !seen(a, "CloudTrail")),
            "with configuration items and no CloudTrail event",
        );
    }
    if any("AWS Config") {
        say(
            StatementTone::Warning,
            pick(&|a| seen(a, "CloudTrail") && !seen(a, "AWS Config")),
            "with CloudTrail events and no configuration item",
        );
    }
    if any("cost") && (any("CloudTrail") || any("AWS Config")) {
        say(
            StatementTone::Warning,
            pick(&|a| seen(a, "cost") && !seen(a, "CloudTrail") && !seen(a, "AWS Config")),
            "that cost money and stand in neither CloudTrail nor AWS Config",
        );
        say(
            StatementTone::Plain,
            pick(&|a| (seen(a, "CloudTrail") || seen(a, "AWS Config")) && !seen(a, "cost")),
            "with records and no charge in the cost export",
        );
    }
    if any("credential report") {
        say(
            StatementTone::Plain,
            pick(&|a| seen(a, "CloudTrail") && !seen(a, "credential report")),
            "with CloudTrail events and no credential report",
        );
    }
    all
}

/// Accounts and Regions with items and no event, with events and no item, and with events nobody expected.
fn regions(input: &Input<'_>) -> Vec<Statement> {
    let with_events = with_events(input);
    let with_items: BTreeSet<(String, String)> = input.scope.config.iter().filter(|(_, r)| r.contains('-')).cloned().collect();
    let expected = input.scope.expected();
    let texts =
        |list: Vec<&(String, String)>| -> Vec<String> { list.into_iter().map(|(a, r)| format!("{} {r}", input.account(a))).collect() };
    let mut all = Vec::new();
    let mut say = |tone, list: Vec<String>, what: &str| {
        if !list.is_empty() {
            let n = words::count(list.len() as u64, "account and Region", "accounts and Regions");
            all.push(Statement::new(tone, "", format!("{n} {what}: {}.", named(&list))));
        }
    };
    if input.scope.events > 0 {
        say(StatementTone::Warning, texts(with_items.difference(&with_events).collect()), "with resources and no event of the period");
    }
    if !with_items.is_empty() {
        say(StatementTone::Important, texts(with_events.difference(&with_items).collect()), "with events and no configuration item");
    }
    if !expected.is_empty() {
        say(
            StatementTone::Important,
            texts(with_events.iter().filter(|p| !expected.contains(*p)).collect()),
            "with events and not among those expected",
        );
        let neither = expected.iter().filter(|p| !with_events.contains(*p) && !with_items.contains(*p)).collect();
        say(StatementTone::Warning, texts(neither), "expected, with neither an event nor a configuration item");
    }
    all
}

/// Accounts and Regions with an event of the period.
fn with_events(input: &Input<'_>) -> BTreeSet<(String, String)> {
    let lines = input.scope.coverage.iter().filter(|l| l.days.iter().any(|(_, n)| *n > 0));
    lines.map(|l| (l.account.clone(), l.region.clone())).collect()
}

/// Regions with usage in the bill and no event.
fn cost_regions(input: &Input<'_>) -> Result<Option<Statement>, EvaluateError> {
    if input.scope.events == 0 {
        return Ok(None);
    }
    let text = "SELECT SubAccountId AS account_id, RegionId AS region, COUNT(*) AS lines FROM cost_daily \
                WHERE ChargeCategory = 'Usage' AND SubAccountId IS NOT NULL AND RegionId IS NOT NULL GROUP BY SubAccountId, RegionId \
                ORDER BY account_id NULLS LAST, region NULLS LAST";
    let grid = input.sql("cost Regions", text)?;
    let with_events = with_events(input);
    let list: Vec<String> = grid
        .rows
        .iter()
        .map(|r| (grid.get(r, &["account_id"]).to_text(), grid.get(r, &["region"]).to_text()))
        .filter(|place| place.1.contains('-') && !with_events.contains(place))
        .map(|(a, r)| format!("{} {r}", input.account(&a)))
        .collect();
    let n = words::count(list.len() as u64, "account and Region", "accounts and Regions");
    let text = format!("{n} with usage in the cost export and no event of the period: {}.", named(&list));
    Ok((!list.is_empty()).then(|| Statement::new(StatementTone::Important, "", text)))
}
