//! People, roles and services: what each used, changed and from where.

use std::collections::BTreeMap;

use super::super::{Input, words};
use super::mfa;
use super::shared::{SHOWN, class, drawn, number, quoted, seen, service, share};
use crate::base::arn::Arn;
use crate::base::text;
use crate::evaluate::{EvaluateError, Grid, Value};
use crate::report::model::{Bar, Cell, Chart, ChartData, Column, Kpi, MatrixRow, SeriesKey, Statement, Table, Tone, Topic};

/// Calls and sign-ins that no service made for itself, each with the person behind it. Other records, such as insights, are no acts.
const NAMED: &str = "WITH own AS (\
 SELECT principal, COALESCE(session_name, '') AS session_label, account_id, event_source, event_weekday, event_hour, actor_class, channel, outcome, record_kind, is_change, in_console, \
 is_long_term_key, events, first_seen, last_seen \
 FROM activity WHERE COALESCE(is_service_noise, FALSE) = FALSE AND record_kind IN ('call', 'sign_in')\
), named AS (\
 SELECT o.principal AS principal, o.session_label AS session_label, o.account_id AS account_id, o.event_source AS event_source, o.event_weekday AS event_weekday, o.event_hour AS event_hour, \
 o.actor_class AS actor_class, o.channel AS channel, o.outcome AS outcome, o.record_kind AS record_kind, o.is_change AS is_change, o.in_console AS in_console, \
 o.is_long_term_key AS is_long_term_key, o.events AS events, o.first_seen AS first_seen, o.last_seen AS last_seen, COALESCE(a.person, o.principal) AS person \
 FROM own AS o LEFT JOIN actors AS a ON o.principal = a.principal AND o.session_label = a.session_name)";

/// Classes of people.
const PERSON: &str = "('human_federated', 'human_iam_user', 'root', 'root_session')";

/// What people did, each act with the person's name.
const PEOPLE: &str = ", acts AS (SELECT person AS actor, actor_class AS kind, principal, session_label, account_id, event_source, event_weekday, event_hour, channel, outcome, \
 record_kind, is_change, in_console, is_long_term_key, events, first_seen, last_seen \
 FROM named WHERE actor_class IN ('human_federated', 'human_iam_user', 'root', 'root_session'))";

/// What all others did, by role.
const ROLES: &str = ", acts AS (SELECT principal AS actor, actor_class AS kind, principal, session_label, account_id, event_source, event_weekday, event_hour, channel, outcome, \
 record_kind, is_change, in_console, is_long_term_key, events, first_seen, last_seen \
 FROM named WHERE actor_class NOT IN ('human_federated', 'human_iam_user', 'root', 'root_session'))";

const SUMS: &str = "COUNT(DISTINCT account_id) AS accounts, MIN(account_id) AS first_account, MAX(account_id) AS last_account, COUNT(DISTINCT principal) AS principals, \
 COUNT(DISTINCT session_label) AS sessions, COUNT(DISTINCT event_source) AS services, SUM(CASE WHEN record_kind = 'call' THEN events ELSE 0 END) AS calls, \
 SUM(CASE WHEN record_kind = 'sign_in' THEN events ELSE 0 END) AS sign_ins, \
 SUM(CASE WHEN is_change THEN events ELSE 0 END) AS changes, SUM(CASE WHEN outcome = 'failure' THEN events ELSE 0 END) AS failed, \
 SUM(CASE WHEN in_console AND record_kind = 'call' THEN events ELSE 0 END) AS console, SUM(CASE WHEN channel = 'tool' THEN events ELSE 0 END) AS by_tool, \
 SUM(CASE WHEN is_long_term_key THEN events ELSE 0 END) AS long_term, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen";

/// Changes of people by hour of the week, in UTC: `event_weekday`, `event_hour`, `changes`.
///
/// # Errors
/// When the query fails.
pub(super) fn changes_by_hour(input: &Input<'_>) -> Result<Grid, EvaluateError> {
    let text = format!(
        "{NAMED}{PEOPLE} SELECT event_weekday, event_hour, SUM(events) AS changes FROM acts WHERE is_change GROUP BY event_weekday, event_hour"
    );
    input.sql("hours of changes", &text)
}

/// Changes of people: in the console, and all.
///
/// # Errors
/// When the query fails.
pub(super) fn changes_of_people(input: &Input<'_>) -> Result<(u64, u64), EvaluateError> {
    let text = format!(
        "{NAMED}{PEOPLE} SELECT SUM(CASE WHEN in_console THEN events ELSE 0 END) AS console, SUM(events) AS changes FROM acts WHERE is_change"
    );
    let grid = input.sql("changes of people", &text)?;
    Ok(grid.rows.first().map_or((0, 0), |r| (number(&grid, r, "console"), number(&grid, r, "changes"))))
}

/// Actors of one sort with their sums, most writes first.
struct Actors {
    grid: Grid,
    /// Services by actor, most calls first.
    services: BTreeMap<String, Vec<String>>,
    /// Source addresses by actor: how many, and the busiest.
    sources: BTreeMap<String, (u64, String)>,
}

impl Actors {
    fn read(input: &Input<'_>, acts: &str, people: bool) -> Result<Self, EvaluateError> {
        let text = format!(
            "{NAMED}{acts} SELECT actor, kind, {SUMS} FROM acts GROUP BY actor, kind ORDER BY changes DESC NULLS LAST, calls DESC NULLS LAST, actor NULLS LAST, kind NULLS LAST"
        );
        let grid = input.sql("actors", &text)?;
        let names = quoted(grid.rows.iter().take(SHOWN).filter_map(|r| grid.get(r, &["actor"]).text()));
        let text = format!(
            "{NAMED}{acts} SELECT actor, event_source, SUM(events) AS calls FROM acts WHERE actor IN ({names}) GROUP BY actor, event_source ORDER BY calls DESC NULLS LAST, event_source NULLS LAST, actor NULLS LAST"
        );
        let found = input.sql("services of actors", &text)?;
        let mut services: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in &found.rows {
            services
                .entry(found.get(row, &["actor"]).to_text())
                .or_default()
                .push(service(&found.get(row, &["event_source"]).to_text()).to_owned());
        }
        Ok(Self { sources: sources(input, &names, people)?, grid, services })
    }

    fn service_text(&self, actor: &str) -> String {
        const MOST: usize = 4;
        let none = Vec::new();
        let list = self.services.get(actor).unwrap_or(&none);
        text::list(list, MOST)
    }

    fn source_text(&self, actor: &str) -> String {
        match self.sources.get(actor) {
            None => String::new(),
            Some((1, address)) => address.clone(),
            Some((n, address)) => format!("{n}, mostly {address}"),
        }
    }

    fn sum(&self, name: &str) -> u64 {
        self.grid.rows.iter().map(|r| number(&self.grid, r, name)).sum()
    }
}

/// Source addresses of actors; a call that a service made in their name shows the service, and no address.
fn sources(input: &Input<'_>, names: &str, people: bool) -> Result<BTreeMap<String, (u64, String)>, EvaluateError> {
    let (actor, kept) = if people { ("COALESCE(a.person, s.principal)", "IN") } else { ("s.principal", "NOT IN") };
    let text = format!(
        "WITH origin AS (SELECT principal, COALESCE(session_name, '') AS session_label, source_ip_address, events FROM principal_sources WHERE source_ip_address IS NOT NULL AND source_ip_address NOT LIKE '%.amazonaws.com' AND record_kind IN ('call', 'sign_in')), \
         used AS (SELECT {actor} AS actor, s.source_ip_address AS address, s.events AS events FROM origin AS s JOIN actors AS a ON s.principal = a.principal AND s.session_label = a.session_name WHERE a.actor_class {kept} {PERSON}) \
         SELECT actor, address, SUM(events) AS calls FROM used WHERE actor IN ({names}) GROUP BY actor, address ORDER BY calls DESC NULLS LAST, address NULLS LAST, actor NULLS LAST"
    );
    let grid = input.sql("source addresses", &text)?;
    let mut all: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for row in &grid.rows {
        let entry = all.entry(grid.get(row, &["actor"]).to_text()).or_insert_with(|| (0, grid.get(row, &["address"]).to_text()));
        entry.0 += 1;
    }
    Ok(all)
}

/// The accounts of a row: one or two by name, else how many.
fn accounts(input: &Input<'_>, grid: &Grid, row: &[Value]) -> String {
    let name = |column: &str| {
        let id = grid.get(row, &[column]).to_text();
        input.scope.accounts.get(&id).map(|a| a.name.clone()).filter(|n| !n.is_empty()).unwrap_or(id)
    };
    match number(grid, row, "accounts") {
        0 => String::new(),
        1 => name("first_account"),
        2 => format!("{}, {}", name("first_account"), name("last_account")),
        n => format!("{n} accounts"),
    }
}

/// Last part of an ARN that names a user, role or root; other texts whole.
fn short(principal: &str) -> String {
    match Arn::parse(principal) {
        Some(Arn { account, resource: "root", .. }) => format!("root of {account}"),
        Some(Arn { resource, .. }) => resource.rsplit('/').next().unwrap_or(resource).to_owned(),
        None => principal.to_owned(),
    }
}

/// People: one row each.
pub(super) fn people(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<Topic, EvaluateError> {
    let actors = Actors::read(input, PEOPLE, true)?;
    let grid = &actors.grid;
    let known = input.sql("people", "SELECT principal, session_name, person FROM actors WHERE person IS NOT NULL")?;
    let person: BTreeMap<(String, String), String> = known
        .rows
        .iter()
        .map(|r| {
            let [principal, session, person] = ["principal", "session_name", "person"].map(|name| known.get(r, &[name]).to_text());
            ((principal, session), person)
        })
        .collect();
    let mut factors: BTreeMap<String, mfa::Stated> = BTreeMap::new();
    for (key, stated) in mfa::stated(input)? {
        let person = person.get(&key).cloned().unwrap_or(key.0);
        factors.entry(person).or_default().add(stated);
    }
    let (table, ways) = people_tables(input, &actors, &factors);
    let of = |kind: &str| grid.rows.iter().filter(|r| grid.get(r, &["kind"]).text() == Some(kind)).count() as u64;
    // A name without a type of identity may be anybody's, root's too.
    let unstated = input.evaluation.unstated.identity;
    let events = words::count(unstated, "event states", "events state");
    let open = if unstated == 0 { String::new() } else { format!("not known of {}", words::count(unstated, "event", "events")) };
    let kpi = |n: u64, label: &str, note: String| Kpi { value: words::thousands(n), raw: Some(drawn(n)), label: label.to_owned(), note };
    let kpis = vec![
        kpi(of("human_federated"), "people, federated", open.clone()),
        kpi(of("human_iam_user"), "IAM users that people use", "with a password, the console or a second factor".to_owned()),
        kpi(of("root"), "root users seen", open),
        kpi(
            actors.sum("changes"),
            "changes by them",
            if actors.sum("calls") == 0 {
                "no API call by a person".to_owned()
            } else {
                format!("of {}", words::count(actors.sum("calls"), "API call", "API calls"))
            },
        ),
        kpi(actors.sum("console"), "API calls in the console", String::new()),
        kpi(actors.sum("sign_ins"), "sign-ins to the console", "failed ones included".to_owned()),
    ];
    let chart = who_changed(input)?;
    let names = vec![chart.id.clone()];
    charts.insert(chart.id.clone(), chart);
    let text = format!("{events} no type of identity: who made them stands in none of these figures.");
    let statements = if unstated == 0 { Vec::new() } else { vec![Statement::plain(text)] };
    Ok(Topic {
        id: "access-people".to_owned(),
        title: "Who accessed what: people".to_owned(),
        lead: lead(&actors, [of("human_federated"), of("human_iam_user"), of("root")], unstated),
        kpis,
        statements,
        charts: names,
        tables: vec![table, ways],
        controls: super::controls(input, &["event-console-login-no-mfa", "event-concurrent-sources", "event-root-activity", "event-dormant-principal"]),
        extracts: super::extracts(input, &["event-access-review-usage"]),
        method: "A person is whoever an identity provider says so (IAM Identity Center, SAML), whose session has a source identity or a name like an e-mail address, who used the console or a second factor, or whose session a person opened; roles that the engagement lists as people's count too (table actors says what each rests on). A session takes the name of the person who began the chain. Two people who share a session name count as one, one person with two names as two. IAM users of whom nothing shows whether they are people are in the table of roles. The second factor is what the session states: sessions from an identity provider often state none or 'no', whatever the provider asked for.".to_owned(),
        ..Topic::default()
    })
}

/// Who of the people was seen, and how much they did.
fn lead(actors: &Actors, [federated, users, roots]: [u64; 3], unstated: u64) -> String {
    let who: Vec<String> =
        [(federated, "federated person", "federated people"), (users, "IAM user", "IAM users"), (roots, "root user", "root users")]
            .into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, one, many)| words::count(n, one, many))
            .collect();
    let who = match who.as_slice() {
        [] if unstated > 0 => return "Whether people acted is not known: the exports do not say who did.".to_owned(),
        [] => return "No federated person, IAM user or root user was seen.".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    format!(
        "{who} made {}, {} of them changes, and {}.",
        words::count(actors.sum("calls"), "API call", "API calls"),
        words::thousands(actors.sum("changes")),
        words::count(actors.sum("sign_ins"), "sign-in to the console", "sign-ins to the console")
    )
}

/// What people did, and by which way they came.
fn people_tables(input: &Input<'_>, actors: &Actors, factors: &BTreeMap<String, mfa::Stated>) -> (Table, Table) {
    let grid = &actors.grid;
    let columns = vec![
        Column::code("Person or user"),
        Column::text("Kind"),
        Column::text("Accounts"),
        Column::text("Services used"),
        Column::number("Calls"),
        Column::number("Changes"),
        Column::number("Share of changes"),
        Column::number("Sign-ins"),
        Column::number("Failed"),
        Column::date("First seen"),
        Column::date("Last seen"),
    ];
    let mut table = Table::new("access-people-table", "People and IAM users, most changes first", columns)
        .or_empty("No event of a person was delivered.");
    let columns = vec![
        Column::code("Person or user"),
        Column::number("Calls in the console"),
        Column::number("With a tool of infrastructure as code"),
        Column::number("With a long-term key"),
        Column::text("Source addresses"),
        Column::text("Second factor stated"),
    ];
    let mut ways =
        Table::new("access-people-ways", "Access path, in the same order", columns).or_empty("No event of a person was delivered.");
    for row in grid.rows.iter().take(SHOWN) {
        let actor = grid.get(row, &["actor"]).to_text();
        let kind = grid.get(row, &["kind"]).to_text();
        let get = |name: &str| number(grid, row, name);
        let [first, last] = seen(input, grid, row);
        let name = if kind == "human_federated" { actor.clone() } else { short(&actor) };
        table.push(vec![
            Cell::text(&name),
            Cell::text(match kind.as_str() {
                "human_federated" => format!("federated, {}", words::count(get("principals"), "role", "roles")),
                "root" => "root user".to_owned(),
                "root_session" => "root, task session".to_owned(),
                _ => "IAM user".to_owned(),
            }),
            Cell::text(accounts(input, grid, row)),
            Cell::text(actors.service_text(&actor)),
            Cell::count(get("calls")),
            Cell::count(get("changes")),
            Cell::figure(share(get("changes"), get("calls")), drawn(get("changes")) / drawn(get("calls").max(1))),
            Cell::count(get("sign_ins")),
            Cell::count(get("failed")),
            first,
            last,
        ]);
        ways.push(vec![
            Cell::text(name),
            Cell::count(get("console")),
            Cell::count(get("by_tool")),
            Cell::count(get("long_term")),
            Cell::text(actors.source_text(&actor)),
            Cell::text(factors.get(&actor).copied().unwrap_or_default().text()),
        ]);
    }
    table.total = grid.rows.len() as u64;
    ways.total = table.total;
    table.interactive = true;
    (table, ways)
}

/// Roles and other principals behind which no person is known.
pub(super) fn roles(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<Topic, EvaluateError> {
    let actors = Actors::read(input, ROLES, false)?;
    let grid = &actors.grid;
    let columns = vec![
        Column::code("Role or principal"),
        Column::text("Kind"),
        Column::text("Accounts"),
        Column::text("Services used"),
        Column::number("Sessions"),
        Column::number("Calls"),
        Column::number("Changes"),
        Column::number("Share of changes"),
        Column::number("Failed"),
        Column::text("Source addresses"),
        Column::date("First seen"),
        Column::date("Last seen"),
    ];
    let mut table = Table::new("access-roles-table", "Roles and other principals, most changes first", columns)
        .or_empty("No event of a role was delivered.");
    for row in grid.rows.iter().take(SHOWN) {
        let actor = grid.get(row, &["actor"]).to_text();
        let get = |name: &str| number(grid, row, name);
        let [first, last] = seen(input, grid, row);
        table.push(vec![
            Cell::text(short(&actor)),
            Cell::text(class(&grid.get(row, &["kind"]).to_text())),
            Cell::text(accounts(input, grid, row)),
            Cell::text(actors.service_text(&actor)),
            Cell::count(get("sessions")),
            Cell::count(get("calls")),
            Cell::count(get("changes")),
            Cell::figure(share(get("changes"), get("calls")), drawn(get("changes")) / drawn(get("calls").max(1))),
            Cell::count(get("failed")),
            Cell::text(actors.source_text(&actor)),
            first,
            last,
        ]);
    }
    table.total = grid.rows.len() as u64;
    table.interactive = true;
    let chart = by_service(input)?;
    let names = vec![chart.id.clone()];
    charts.insert(chart.id.clone(), chart);
    Ok(Topic {
        id: "access-roles".to_owned(),
        title: "Who accessed what: roles and machines".to_owned(),
        lead: if grid.rows.is_empty() {
            "No API call of a role or other principal behind which no person is known was delivered.".to_owned()
        } else {
            format!(
                "{} made {}, {} of them changes.",
                words::count(
                    grid.rows.len() as u64,
                    "role or other principal behind which no person is known",
                    "roles and other principals behind which no person is known"
                ),
                words::count(actors.sum("calls"), "API call", "API calls"),
                words::thousands(actors.sum("changes"))
            )
        },
        charts: names,
        tables: vec![table],
        controls: super::controls(input, &["event-cross-account-assume", "event-instance-credentials-outside"]),
        method: "A role is one row in each class of actor it was seen in.".to_owned(),
        ..Topic::default()
    })
}

/// What AWS services did for themselves: counted, not listed.
pub(super) fn services(input: &Input<'_>, charts: &mut BTreeMap<String, Chart>) -> Result<Topic, EvaluateError> {
    let text = "SELECT COUNT(DISTINCT principal) AS principals, SUM(events) AS calls, SUM(CASE WHEN is_change THEN events ELSE 0 END) AS changes \
                FROM activity WHERE COALESCE(is_service_noise, FALSE) AND record_kind = 'call'";
    let grid = input.sql("service noise", text)?;
    let get = |name: &str| grid.rows.first().map_or(0, |r| number(&grid, r, name));
    let text = "SELECT actor_class, SUM(events) AS calls, SUM(CASE WHEN is_change THEN events ELSE 0 END) AS changes \
                FROM activity WHERE record_kind = 'call' GROUP BY actor_class ORDER BY calls DESC NULLS LAST, actor_class NULLS LAST";
    let classes = input.sql("actor classes", text)?;
    let bars: Vec<Bar> = classes
        .rows
        .iter()
        .map(|r| {
            let (calls, changes) = (number(&classes, r, "calls"), number(&classes, r, "changes"));
            Bar {
                label: class(&classes.get(r, &["actor_class"]).to_text()).to_owned(),
                parts: vec![drawn(changes), drawn(calls.saturating_sub(changes))],
                text: words::thousands(calls),
            }
        })
        .collect();
    let alt: Vec<String> = bars.iter().map(|b| format!("{} {}", b.label, b.text)).collect();
    let chart = Chart {
        id: "access-by-class".to_owned(),
        title: "Calls by class of actor".to_owned(),
        caption: "Services acting for themselves are counted here and left out elsewhere.".to_owned(),
        alt: format!("Calls: {}.", alt.join(", ")),
        unit: "calls".to_owned(),
        half: false,
        data: ChartData::Bars { series: vec![SeriesKey::new("changes", Tone::C2), SeriesKey::new("other calls", Tone::C1)], bars },
    };
    let names = vec![chart.id.clone()];
    charts.insert(chart.id.clone(), chart);
    Ok(Topic {
        id: "access-services".to_owned(),
        title: "AWS services".to_owned(),
        statements: vec![Statement::plain(if get("calls") == 0 {
            "No API call of an AWS service was delivered.".to_owned()
        } else {
            format!(
                "{} by {} (services and their linked roles), {} of them changes, are counted here and left out of the tables.",
                words::count(get("calls"), "API call", "API calls"),
                words::count(get("principals"), "principal of AWS", "principals of AWS"),
                words::thousands(get("changes"))
            )
        })],
        charts: names,
        ..Topic::default()
    })
}

/// API calls by service, reads and writes, without service noise.
fn by_service(input: &Input<'_>) -> Result<Chart, EvaluateError> {
    let text = "SELECT event_source, SUM(events) AS calls, SUM(CASE WHEN is_write THEN events ELSE 0 END) AS writes FROM activity \
                WHERE COALESCE(is_service_noise, FALSE) = FALSE AND record_kind = 'call' GROUP BY event_source ORDER BY calls DESC NULLS LAST, event_source NULLS LAST LIMIT 12";
    let grid = input.sql("events by service", text)?;
    let bars: Vec<Bar> = grid
        .rows
        .iter()
        .map(|r| {
            let (calls, writes) = (number(&grid, r, "calls"), number(&grid, r, "writes"));
            Bar {
                label: service(&grid.get(r, &["event_source"]).to_text()).to_owned(),
                parts: vec![drawn(writes), drawn(calls.saturating_sub(writes))],
                text: words::thousands(calls),
            }
        })
        .collect();
    let alt: Vec<String> = bars.iter().map(|b| format!("{} {}", b.label, b.text)).collect();
    Ok(Chart {
        id: "access-by-service".to_owned(),
        title: "API calls by service".to_owned(),
        caption: "The twelve services most called, by people and roles; AWS services acting for themselves are left out.".to_owned(),
        alt: format!("Calls by service: {}.", alt.join(", ")),
        unit: "calls".to_owned(),
        half: false,
        data: ChartData::Bars { series: vec![SeriesKey::new("writes", Tone::C2), SeriesKey::new("reads", Tone::C1)], bars },
    })
}

/// Changes by user and service: the most active by the services most changed.
fn who_changed(input: &Input<'_>) -> Result<Chart, EvaluateError> {
    const COLUMNS: usize = 10;
    const ROWS: usize = 16;
    let text = format!(
        "{NAMED}{PEOPLE} SELECT actor, kind, event_source, SUM(events) AS changes FROM acts WHERE is_change GROUP BY actor, kind, event_source \
         ORDER BY changes DESC NULLS LAST, actor NULLS LAST, event_source NULLS LAST"
    );
    let grid = input.sql("who changed what", &text)?;
    let mut by_service: BTreeMap<String, u64> = BTreeMap::new();
    let mut by_actor: BTreeMap<(String, String), BTreeMap<String, u64>> = BTreeMap::new();
    for row in &grid.rows {
        let source = service(&grid.get(row, &["event_source"]).to_text()).to_owned();
        let changes = number(&grid, row, "changes");
        *by_service.entry(source.clone()).or_default() += changes;
        let actor = (grid.get(row, &["actor"]).to_text(), grid.get(row, &["kind"]).to_text());
        *by_actor.entry(actor).or_default().entry(source).or_default() += changes;
    }
    let mut columns: Vec<(String, u64)> = by_service.into_iter().collect();
    columns.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    columns.truncate(COLUMNS);
    let mut actors: Vec<((String, String), BTreeMap<String, u64>)> = by_actor.into_iter().collect();
    actors.sort_by_key(|(who, sums)| (std::cmp::Reverse(sums.values().sum::<u64>()), who.clone()));
    let alt: Vec<String> =
        actors.iter().take(5).map(|((who, _), sums)| format!("{} {}", short(who), words::thousands(sums.values().sum()))).collect();
    let rows: Vec<MatrixRow> = actors
        .iter()
        .take(ROWS)
        .map(|((who, kind), sums)| MatrixRow {
            label: short(who),
            values: columns.iter().map(|(s, _)| drawn(sums.get(s).copied().unwrap_or(0))).collect(),
            tone: if kind == "root" { Tone::Critical } else { Tone::C1 },
        })
        .collect();
    Ok(Chart {
        id: "access-who-changed".to_owned(),
        title: "Changes by user and service".to_owned(),
        caption: "Changes by person and service; root users in red.".to_owned(),
        alt: if alt.is_empty() { "No change by a person.".to_owned() } else { format!("Changes of the most active: {}.", alt.join(", ")) },
        unit: "changes".to_owned(),
        half: false,
        data: ChartData::Matrix { columns: columns.into_iter().map(|(s, _)| s).collect(), rows },
    })
}
