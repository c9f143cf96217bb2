//! Changes: by whom and through which channel, at which hours, by privileged roles; joiners and leavers.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Input, words};
use super::shared::{SHOWN, class, controls, drawn, extracts, number, share};
use crate::base::text::capital;
use crate::evaluate::{EvaluateError, Value};
use crate::reason;
use crate::report::model::{Bar, Cell, Chart, ChartData, Column, Kpi, SeriesKey, Table, Tone, Topic};

/// Channels in the order of columns; [`CHANNEL`] gives their numbers.
const CHANNELS: [(&str, Tone); 6] = [
    ("console", Tone::C2),
    ("pipeline", Tone::C5),
    ("infrastructure as code", Tone::C1),
    ("long-term key", Tone::C4),
    ("session", Tone::C3),
    ("AWS service", Tone::None),
];
const BY_SERVICE: usize = 5;

/// The channel of an event as SQL: numbers of [`CHANNELS`]. `listed` is the principal, where the engagement's list of pipelines
/// names it.
const CHANNEL: &str = "CASE WHEN COALESCE(is_service_noise, FALSE) THEN 5 WHEN listed IS NOT NULL THEN 1 WHEN channel = 'tool' THEN 2 \
                       WHEN COALESCE(in_console, FALSE) THEN 0 WHEN COALESCE(is_long_term_key, FALSE) THEN 3 ELSE 4 END";

/// Changes by class of actor and channel.
pub(super) fn changes(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<Topic, EvaluateError> {
    let text = format!(
        "WITH listed AS (SELECT DISTINCT principal AS listed FROM listed_principals WHERE list_name = 'pipeline_roles'), \
         ways AS (SELECT actor_class, {CHANNEL} AS way, events FROM activity LEFT JOIN listed ON principal = listed WHERE is_change) \
         SELECT actor_class, way, SUM(events) AS changes FROM ways GROUP BY actor_class, way"
    );
    let grid = input.sql("changes", &text)?;
    let mut classes: BTreeMap<String, [u64; CHANNELS.len()]> = BTreeMap::new();
    for row in &grid.rows {
        let channel = usize::try_from(number(&grid, row, "way")).unwrap_or(0);
        let sums = classes.entry(grid.get(row, &["actor_class"]).to_text()).or_default();
        if let Some(sum) = sums.get_mut(channel) {
            *sum += number(&grid, row, "changes");
        }
    }
    let mut order: Vec<(String, [u64; CHANNELS.len()])> = classes.into_iter().collect();
    order.sort_by_key(|(name, sums)| (std::cmp::Reverse(sums.iter().sum::<u64>()), name.clone()));
    let mut columns = vec![Column::text("Actor")];
    columns.extend(CHANNELS.map(|(name, _)| Column::number(capital(name))));
    columns.push(Column::number("All"));
    let mut table = Table::new("access-changes-table", "Changes by class of actor and channel", columns)
        .or_empty("No change was recorded in the period.");
    let mut totals = [0; CHANNELS.len()];
    for (name, sums) in &order {
        let mut row = vec![Cell::text(class(name))];
        row.extend(sums.iter().map(|n| Cell::count(*n)));
        row.push(Cell::count(sums.iter().sum()));
        table.push(row);
        for (total, n) in totals.iter_mut().zip(sums) {
            *total += n;
        }
    }
    let all: u64 = totals.iter().sum();
    if !order.is_empty() {
        let mut row = vec![Cell::text("Total")];
        row.extend(totals.iter().map(|n| Cell::count(*n)));
        row.push(Cell::count(all));
        table.rows.push(row);
        table.has_total_row = true;
    }
    let bars: Vec<Bar> = order
        .iter()
        .map(|(name, sums)| Bar {
            label: class(name).to_owned(),
            parts: sums.iter().map(|n| drawn(*n)).collect(),
            text: words::thousands(sums.iter().sum()),
        })
        .collect();
    let alt: Vec<String> = bars.iter().map(|b| format!("{} {}", b.label, b.text)).collect();
    charts.insert(
        "access-changes-by-class".to_owned(),
        Chart {
            id: "access-changes-by-class".to_owned(),
            title: "Changes by class of actor and channel".to_owned(),
            caption: "Changes are successful management calls that are not read-only.".to_owned(),
            alt: if alt.is_empty() { "No change.".to_owned() } else { format!("Changes: {}.", alt.join(", ")) },
            unit: "changes".to_owned(),
            half: true,
            data: ChartData::Bars { series: CHANNELS.map(|(name, tone)| SeriesKey::new(name, tone)).to_vec(), bars },
        },
    );
    let text = "SELECT SUM(CASE WHEN is_write AND event_category = 'Data' AND outcome = 'success' AND record_kind = 'call' THEN events ELSE 0 END) AS data_writes, \
                SUM(CASE WHEN is_change IS NULL THEN events ELSE 0 END) AS not_stated FROM activity";
    let others = input.sql("other writes", text)?;
    let get = |name: &str| others.rows.first().map_or(0, |r| number(&others, r, name));
    let own = all - totals[BY_SERVICE];
    let population = input.evaluation.extracts.get("event-change-population").and_then(|x| x.rows);
    let population =
        population.map_or(String::new(), |n| format!(" The extract for drawing samples holds {}.", words::count(n, "change", "changes")));
    let (in_console, of_people) = super::people::changes_of_people(input)?;
    let kpi = |n: u64, label: &str, note: String| Kpi { value: words::thousands(n), raw: Some(drawn(n)), label: label.to_owned(), note };
    Ok(Topic {
        id: "access-changes".to_owned(),
        title: "Population of changes".to_owned(),
        lead: format!(
            "{} in the period, {} of them by people and roles.{population}",
            words::count(all, "change", "changes"),
            words::thousands(own)
        ),
        kpis: vec![
            kpi(
                in_console,
                "changes by people in the console",
                if of_people == 0 {
                    "no change by a person is in the records".to_owned()
                } else {
                    format!("{} of people's {}", share(in_console, of_people), words::count(of_people, "change", "changes"))
                },
            ),
            kpi(
                totals[1],
                "changes by pipeline roles",
                if input.engagement.allow_list.iter().all(|list| list.name != "pipeline_roles" || list.values.is_empty()) {
                    "the engagement names none".to_owned()
                } else {
                    share(totals[1], own)
                },
            ),
            kpi(totals[2], "changes by infrastructure as code", share(totals[2], own)),
            kpi(totals[3], "changes with a long-term key", share(totals[3], own)),
            kpi(get("data_writes"), "writes of data (objects, items), not in the table", String::new()),
        ],
        charts: vec!["access-changes-by-class".to_owned()],
        tables: vec![table],
        controls: controls(input, &["event-manual-console-change", "event-lambda-code-changed-by-human"]),
        extracts: extracts(input, &["event-change-population", "event-deployments"]),
        method: format!(
            "A change is a successful API call that is a management event and not read-only; sign-ins, sessions (AssumeRole and the like), support cases and housekeeping of agents are none. {} not say whether they read and are not counted. One deployment is many such events. The channel is told in this order: AWS service, pipeline (roles the engagement names in the list pipeline_roles), infrastructure as code (by user agent), console, long-term key (AKIA), any other session.",
            words::count(get("not_stated"), "call does", "calls do")
        ),
        ..Topic::default()
    })
}

/// When people change things: hour of the day by weekday.
pub(super) fn hours(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<Topic, EvaluateError> {
    let grid = super::people::changes_by_hour(input)?;
    let mut values = vec![vec![0.0; 24]; 7];
    let (mut all, mut weekend) = (0, 0);
    for row in &grid.rows {
        let at = |name: &str| usize::try_from(number(&grid, row, name)).unwrap_or(0);
        let (day, hour, changes) = (at("event_weekday"), at("event_hour"), number(&grid, row, "changes"));
        let Some(cell) = day.checked_sub(1).and_then(|d| values.get_mut(d)).and_then(|d| d.get_mut(hour)) else { continue };
        *cell += drawn(changes);
        all += changes;
        if day > 5 {
            weekend += changes;
        }
    }
    charts.insert(
        "access-hours".to_owned(),
        Chart {
            id: "access-hours".to_owned(),
            title: "When people change things (UTC)".to_owned(),
            caption: "Changes of people, IAM users and root by hour of the day and weekday, in UTC.".to_owned(),
            alt: format!(
                "{} by people, {} of them on Saturday or Sunday, by UTC hour and weekday.",
                words::count(all, "change", "changes"),
                words::thousands(weekend)
            ),
            unit: "changes".to_owned(),
            half: false,
            data: ChartData::HourWeek { values },
        },
    );
    Ok(Topic {
        id: "access-when".to_owned(),
        title: "When people change things".to_owned(),
        lead: if all == 0 {
            "No change by a person is in the records delivered.".to_owned()
        } else {
            format!(
                "{} by people, {} ({}) on a Saturday or Sunday. Hours and weekdays are UTC.",
                words::count(all, "change", "changes"),
                words::thousands(weekend),
                share(weekend, all)
            )
        },
        charts: vec!["access-hours".to_owned()],
        ..Topic::default()
    })
}

/// Use of root and of roles named for administration.
pub(super) fn privileged(input: &Input<'_>) -> Result<Topic, EvaluateError> {
    // The same names as the extract of privileged sessions looks for, and root beside them.
    let text = "SELECT account_id, principal, COUNT(DISTINCT session_name) AS sessions, COUNT(DISTINCT event_date) AS days, SUM(CASE WHEN record_kind = 'call' THEN events ELSE 0 END) AS calls, \
                SUM(CASE WHEN is_change THEN events ELSE 0 END) AS changes, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen \
                FROM activity WHERE record_kind IN ('call', 'sign_in') AND COALESCE(is_service_noise, FALSE) = FALSE AND (actor_class IN ('root', 'root_session') OR principal LIKE '%AWSReservedSSO_Administrator%' \
                OR principal LIKE '%AWSReservedSSO_PowerUser%' OR principal LIKE '%OrganizationAccountAccessRole%' OR principal LIKE '%AWSControlTowerExecution%' \
                OR LOWER(principal) LIKE '%role/%admin%') GROUP BY account_id, principal ORDER BY changes DESC NULLS LAST, calls DESC NULLS LAST, principal NULLS LAST, account_id NULLS LAST";
    let grid = input.sql("privileged roles", text)?;
    let emergency: BTreeSet<&str> = input
        .engagement
        .allow_list
        .iter()
        .filter(|l| l.name == "break_glass_roles")
        .flat_map(|l| l.values.iter().map(String::as_str))
        .collect();
    let columns = vec![
        Column::text("Account").accounts(),
        Column::code("Principal"),
        Column::number("Sessions by name"),
        Column::number("Days"),
        Column::number("Calls"),
        Column::number("Changes"),
        Column::date("First seen"),
        Column::date("Last seen"),
    ];
    let mut table = Table::new("access-privileged-table", "Root users and roles whose name says administration", columns)
        .or_empty("Neither root nor a role of such a name was used in what was delivered.");
    for row in grid.rows.iter().take(SHOWN) {
        let [first, last] = super::seen(input, &grid, row);
        let mut cells =
            vec![Cell::text(input.account(&grid.get(row, &["account_id"]).to_text())), Cell::text(grid.get(row, &["principal"]).to_text())];
        cells.extend(["sessions", "days", "calls", "changes"].map(|n| Cell::count(number(&grid, row, n))));
        cells.extend([first, last]);
        table.push(cells);
    }
    table.total = grid.rows.len() as u64;
    let roots = grid.rows.iter().filter(|r| matches!(grid.get(r, &["principal"]), Value::Text(t) if t.ends_with(":root"))).count() as u64;
    let named = if emergency.is_empty() {
        "The engagement names no emergency roles.".to_owned()
    } else {
        format!("Emergency roles named by the engagement: {}.", emergency.iter().copied().collect::<Vec<_>>().join(", "))
    };
    Ok(Topic {
        id: "access-privileged".to_owned(),
        title: "Use of privileged roles".to_owned(),
        lead: match (roots, grid.rows.len() as u64 - roots) {
            // None seen is no statement about root: an export may name root and not say that it is.
            (0, 0) => format!("No role of such a name is in the records delivered. {named}"),
            (roots, roles) => {
                let seen = [
                    (roots, words::count(roots, "root user", "root users")),
                    (roles, words::count(roles, "role named for administration", "roles named for administration")),
                ];
                let seen: Vec<String> = seen.into_iter().filter(|(n, _)| *n > 0).map(|(_, text)| text).collect();
                format!("Used: {}. {named}", seen.join(" and "))
            }
        },
        tables: vec![table],
        controls: controls(
            input,
            &[
                "event-root-activity",
                "event-root-no-mfa",
                "event-root-console-login",
                "event-admin-policy-attached",
                "event-break-glass-used",
                "iam-role-trust-wildcard",
            ],
        ),
        extracts: extracts(input, &["event-privileged-role-assumed", "event-break-glass-used"]),
        method: "Chosen by name. Roles that hold administrator rights under another name are found by the controls over IAM policies."
            .to_owned(),
        ..Topic::default()
    })
}

/// Listings for joiners, movers and leavers: counts and where the rows are.
pub(super) fn joiners(input: &Input<'_>) -> Topic {
    const LISTED: [&str; 6] = [
        "event-user-created",
        "event-user-deleted",
        "event-user-group-change",
        "event-sso-change",
        "event-role-created",
        "event-access-key-rotated",
    ];
    let columns = vec![Column::text("Listing"), Column::number("Rows"), Column::text("What it leaves open")];
    let mut table =
        Table::new("access-joiners-table", "Populations to agree to HR and asset records: joiners, movers and leavers", columns)
            .or_empty("The catalogue has no such listing.");
    for id in LISTED {
        let (Some(extract), Some(run)) = (input.catalogue.extracts.get(id), input.evaluation.extracts.get(id)) else { continue };
        let rows = run.rows.map_or_else(|| Cell::text("not drawn"), Cell::count);
        let open = if run.rows.is_none() { reason::sentences(&run.reasons).join("; ") } else { extract.limit_note.clone() };
        table.push(vec![Cell::text(&extract.title).link(format!("extract:{id}")), rows, Cell::text(open)]);
    }
    Topic {
        id: "access-joiners".to_owned(),
        title: "Joiners, movers and leavers".to_owned(),
        lead: "Events that gave, moved or took access. Whether each was asked for and approved, and whether everyone who left lost access in time, needs the client's lists of people, which are not in these exports.".to_owned(),
        tables: vec![table],
        controls: controls(input, &["event-login-profile-created", "event-access-key-created", "event-dormant-principal"]),
        extracts: extracts(input, &LISTED),
        ..Topic::default()
    }
}
