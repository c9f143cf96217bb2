//! What can be said of an entry without evidence. An entry that could only fail when it runs is refused at load, with
//! file, entry, key and the nearest valid name.

use std::collections::BTreeSet;

use super::error::entry;
use super::sql::{BURSTS, Expression, Query, SELECTED, holds_events};
use super::{Bursts, Case, Catalogue, CatalogueError, Cause, Control, Extract, Metric, Origin, PILLARS, Select, nearest, selected_tables};

/// Columns that tell which row an exception is and where it stands in the client's files.
const SUBJECT: [&str; 3] = ["account_id", "source_file_id", "source_record"];
const EVENTS: &str = "cloudtrail_events";
const DIRECTIONS: [&str; 3] = ["up", "down", "none"];
/// What a requirement of the results of an AWS Config rule begins with; the managed identifier follows.
pub(crate) const CONFIG_RULE: &str = "config_rule:";
/// What a requirement of a list of the engagement begins with; its name follows.
pub(crate) const ALLOW_LIST: &str = "allow_list:";

/// Checks every entry and every question.
pub(super) fn all(catalogue: &Catalogue) -> Result<(), CatalogueError> {
    for c in catalogue.controls.values() {
        At::new(catalogue, &c.origin, &c.id).control(c)?;
    }
    for x in catalogue.extracts.values() {
        At::new(catalogue, &x.origin, &x.id).extract(x)?;
    }
    for m in catalogue.metrics.values() {
        At::new(catalogue, &m.origin, &m.id).metric(m)?;
    }
    catalogue.frameworks.check(&catalogue.ids())
}

/// The columns of an entry's query, in order.
///
/// # Errors
/// With the reason in words, when they cannot be told.
pub(crate) fn result_columns(catalogue: &Catalogue, query: &Query, bursts: Option<&Bursts>) -> Result<Vec<String>, String> {
    query.columns(&|table| match (table, bursts) {
        (SELECTED, _) => catalogue.schema.columns_of(EVENTS),
        (BURSTS, Some(bursts)) => Some(crate::facts::bursts::columns(&bursts.keys).into_iter().map(|c| c.name).collect()),
        _ => catalogue.schema.columns_of(table),
    })
}

pub(in crate::catalogue) type Checked<T = ()> = Result<T, CatalogueError>;

/// One entry, for messages about it.
pub(in crate::catalogue) struct At<'c> {
    catalogue: &'c Catalogue,
    file: &'c str,
    id: &'c str,
}

impl<'c> At<'c> {
    pub(in crate::catalogue) fn new(catalogue: &'c Catalogue, origin: &'c Origin, id: &'c str) -> Self {
        Self { catalogue, file: &origin.file, id }
    }

    fn refuse(&self, key: &str, why: String) -> CatalogueError {
        entry(self.file, self.id, key, why)
    }

    /// Refuses a name that is not among those known.
    fn among<'n>(&self, key: &str, what: &str, name: &str, known: impl Iterator<Item = &'n str> + Clone) -> Checked {
        if known.clone().any(|k| k == name) {
            return Ok(());
        }
        Err(self.refuse(key, format!("no {what} {name:?}; nearest: {}", nearest(name, known))))
    }

    /// What its finding is called and grouped by.
    fn finding(&self, c: &Control) -> Checked {
        if c.finding.trim().is_empty() || c.finding.to_lowercase() == c.title.to_lowercase() {
            return Err(self.refuse("finding", "name the deviation, not the state that should hold: it titles the exceptions".to_owned()));
        }
        if c.effect.trim().is_empty() {
            return Err(self.refuse("effect", "say in one sentence what may follow from an exception".to_owned()));
        }
        if c.cause.is_empty() {
            return Err(
                self.refuse("cause", "name what exceptions of one finding share: resource, actor, record, account, region".to_owned())
            );
        }
        let is_id = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let named = c.family.iter().map(|family| ("family", family)).chain(c.aliases.iter().map(|alias| ("aliases", alias)));
        for (key, name) in named {
            if !is_id(name) {
                return Err(self.refuse(key, format!("{name:?} is not an id: lower-case words with dashes between them")));
            }
        }
        if c.resource.is_some() && !c.cause.contains(&Cause::Resource) {
            return Err(self.refuse("resource", "nothing reads it: cause does not name resource".to_owned()));
        }
        Ok(())
    }

    fn control(&self, c: &Control) -> Checked {
        self.finding(c)?;
        self.pillar(&c.pillar)?;
        self.criteria(&c.criteria, &c.context)?;
        self.requires(&c.requires)?;
        self.select(c.select.as_ref(), c.bursts.as_ref())?;
        self.cases(&c.case)?;
        let columns = self.query("population", &c.population, c.select.as_ref(), c.bursts.as_ref())?;
        self.returns("population", &columns, &SUBJECT)?;
        if let Some(column) = &c.resource {
            self.among("resource", "column", column, columns.iter().map(String::as_str))?;
        }
        for (key, column) in c.absence.iter().flat_map(|absence| absence.columns()) {
            self.among(key, "column", column, columns.iter().map(String::as_str))?;
        }
        self.absence(c)?;
        self.expression("exception", &c.exception, &columns)?;
        self.expression("reason", &c.reason, &columns)?;
        c.undetermined.as_ref().map_or(Ok(()), |sentence| self.expression("undetermined", sentence, &columns))
    }

    /// A control that looks for events which may not be there concludes from their absence, unless it says why not.
    fn absence(&self, c: &Control) -> Checked {
        let asked: Vec<&str> = c.population.asked_for_absence().iter().map(String::as_str).filter(|table| holds_events(table)).collect();
        match (asked.is_empty(), &c.absence, &c.presence) {
            (false, None, None) => {
                let why = format!(
                    "its query may find nothing in {}, which shows nothing unless all log files are here; declare absence = {{ kind, account, region, from, to }}, or say in presence why nothing is concluded from it",
                    asked.join(", ")
                );
                Err(self.refuse("absence", why))
            }
            (true, _, Some(_)) => Err(self.refuse("presence", "no part of its query looks for events that may not be there".to_owned())),
            (_, Some(_), Some(_)) => Err(self.refuse("presence", "it declares absence, too; give one of them".to_owned())),
            _ => Ok(()),
        }
    }

    fn extract(&self, x: &Extract) -> Checked {
        self.pillar(&x.pillar)?;
        self.criteria(&x.criteria, &x.context)?;
        self.requires(&x.requires)?;
        self.select(x.select.as_ref(), x.bursts.as_ref())?;
        self.cases(&x.case)?;
        self.query("query", &x.query, x.select.as_ref(), x.bursts.as_ref()).map(|_| ())
    }

    fn metric(&self, m: &Metric) -> Checked {
        self.pillar(&m.pillar)?;
        self.criteria(&m.criteria, &m.context)?;
        self.requires(&m.requires)?;
        self.select(m.select.as_ref(), None)?;
        self.cases(&m.case)?;
        self.among("direction", "direction", &m.direction, DIRECTIONS.into_iter())?;
        if m.value.is_some() == (m.numerator.is_some() && m.denominator.is_some()) {
            return Err(self.refuse("value", "give either value, or numerator and denominator".to_owned()));
        }
        if m.breakdown.is_some() && m.breakdown_unit.is_none() && ["percent", "ratio"].contains(&m.unit.as_str()) {
            return Err(self.refuse("breakdown_unit", "say in which unit the values of the breakdown are".to_owned()));
        }
        for (key, query) in m.queries() {
            let columns = self.query(key, query, m.select.as_ref(), None)?;
            self.returns(key, &columns, if key == "breakdown" { &["label", "value"] } else { &["value"] })?;
        }
        Ok(())
    }

    fn pillar(&self, pillar: &str) -> Checked {
        self.among("pillar", "pillar", pillar, PILLARS.into_iter().map(|(p, _)| p))
    }

    fn criteria(&self, criteria: &[String], context: &[String]) -> Checked {
        let mut named = BTreeSet::new();
        for (key, list) in [("criteria", criteria), ("context", context)] {
            for criterion in list {
                self.catalogue.frameworks.check_criterion(criterion).map_err(|why| self.refuse(key, why))?;
                if !named.insert(criterion) {
                    return Err(self.refuse(key, format!("{criterion:?} is named twice; a test answers a criterion or is context for it")));
                }
            }
        }
        Ok(())
    }

    pub(in crate::catalogue) fn requires(&self, requires: &[String]) -> Checked {
        let schema = &self.catalogue.schema;
        for required in requires {
            if let Some(rule) = required.strip_prefix(CONFIG_RULE) {
                if rule.is_empty() || !rule.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') {
                    let why = format!("{rule:?} is no identifier of a managed rule, such as IAM_PASSWORD_POLICY");
                    return Err(self.refuse("requires", why));
                }
            } else if let Some(list) = required.strip_prefix(ALLOW_LIST) {
                self.allow_list("requires", list)?;
            } else if required.starts_with("AWS::") {
                let types = schema.resources().iter().map(|r| r.resource_type.as_str());
                if !types.clone().any(|t| t == required) {
                    let near = nearest(required, types);
                    let why = format!("no table holds items of the type {required:?}; nearest: {near}; or declare a [[table]] for it");
                    return Err(self.refuse("requires", why));
                }
            } else {
                self.among("requires", "table", required, schema.tables().map(|t| t.name.as_str()))?;
            }
        }
        Ok(())
    }

    pub(in crate::catalogue) fn select(&self, select: Option<&Select>, bursts: Option<&Bursts>) -> Checked {
        let columns = self.catalogue.schema.columns_of(EVENTS).unwrap_or_default();
        let known = || columns.iter().map(String::as_str);
        if let Some(select) = select {
            if select.events.is_empty() && select.sources.is_empty() && select.condition.is_none() {
                return Err(self.refuse("select", "say which events: events, sources or where".to_owned()));
            }
            if let Some(condition) = &select.condition {
                self.expression("select.where", condition, &columns)?;
            }
        }
        let Some(bursts) = bursts else { return Ok(()) };
        if select.is_none() {
            return Err(self.refuse("bursts", "bursts are found among selected events, and nothing is selected; add select".to_owned()));
        }
        for (key, name) in bursts.keys.iter().map(|k| ("bursts.keys", k)).chain(bursts.distinct.iter().map(|d| ("bursts.distinct", d))) {
            self.among(key, "column", name, known())?;
        }
        for (key, number) in [("bursts.minutes", bursts.minutes), ("bursts.at_least", bursts.at_least)] {
            if number == 0 {
                return Err(self.refuse(key, "it must be 1 or more".to_owned()));
            }
        }
        if bursts.exception_from.is_some_and(|from| from < bursts.at_least) {
            return Err(self.refuse("bursts.exception_from", "it must be at_least or more: smaller bursts are not found".to_owned()));
        }
        Ok(())
    }

    /// Checks a query and gives the columns of its result.
    pub(in crate::catalogue) fn query(
        &self,
        key: &str,
        query: &Query,
        select: Option<&Select>,
        bursts: Option<&Bursts>,
    ) -> Checked<Vec<String>> {
        query.check().map_err(|why| self.refuse(key, why))?;
        let schema = &self.catalogue.schema;
        let own = selected_tables(select, bursts);
        for table in query.tables() {
            let table = table.as_str();
            if own.contains(&table) || schema.columns_of(table).is_some() {
                continue;
            }
            let why = match table {
                SELECTED => "it reads selected, and nothing is selected; add select".to_owned(),
                BURSTS => "it reads bursts, and none are declared; add bursts".to_owned(),
                _ => {
                    let names = schema.tables().map(|t| t.name.as_str()).chain(own.iter().copied());
                    format!("no table {table}; nearest: {}", nearest(table, names))
                }
            };
            return Err(self.refuse(key, why));
        }
        for list in query.allow_lists() {
            self.allow_list(key, list)?;
        }
        query.order().map_err(|why| self.refuse(key, why))?;
        result_columns(self.catalogue, query, bursts).map_err(|why| self.refuse(key, why))
    }

    fn returns(&self, key: &str, columns: &[String], wanted: &[&str]) -> Checked {
        match wanted.iter().find(|w| !columns.iter().any(|c| c == *w)) {
            Some(wanted) => Err(self.refuse(key, format!("it must return {wanted}"))),
            None => Ok(()),
        }
    }

    fn expression(&self, key: &str, expression: &Expression, columns: &[String]) -> Checked {
        expression.check().map_err(|why| self.refuse(key, why))?;
        expression.columns().iter().try_for_each(|name| self.among(key, "column", name, columns.iter().map(String::as_str)))
    }

    fn allow_list(&self, key: &str, list: &str) -> Checked {
        let known = self.catalogue.allow_lists.keys();
        if known.clone().any(|k| k == list) {
            return Ok(());
        }
        let near = nearest(list, known.map(String::as_str));
        Err(self.refuse(key, format!("no list {list:?} is declared; nearest: {near}; or declare an [[allow_list]] with its name")))
    }

    /// A case that fills a list which nothing looks up would show nothing.
    fn cases(&self, cases: &[Case]) -> Checked {
        let rows = cases.iter().flat_map(|case| ["allow_lists", "listed_principals"].map(|table| case.rows.get(table))).flatten().flatten();
        let mut names = rows.filter_map(|row| row.get("list_name")?.as_str());
        names.try_for_each(|name| self.allow_list("case", name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROL: &str = r#"
[[control]]
id = "mine-1"
title = "t"
pillar = "reliability"
severity = "medium"
criteria = ["soc2:A1.2"]
context = ["soc2:CC7.5"]
finding = "Deviation of t"
effect = "Harm can follow."
effort = "low"
cause = ["resource"]
objective = "o"
procedure = "p"
requires = ["AWS::S3::Bucket", "trails"]
population = "SELECT * FROM s3_buckets"
exception = "versioning_status <> 'Enabled'"
reason = "'Bucket ' || resource_name"
recommend = "r"
"#;
    const BURST: &str = r#"
[[control]]
id = "mine-2"
title = "t"
pillar = "security"
severity = "medium"
criteria = []
finding = "Deviation of t"
effect = "Harm can follow."
effort = "low"
cause = ["resource"]
objective = "o"
procedure = "p"
select = { events = ["GetObject"], where = "outcome = 'success'" }
bursts = { keys = ["account_id", "principal"], distinct = "event_name", minutes = 5, at_least = 3 }
population = "SELECT b.*, l.value FROM bursts b LEFT JOIN (SELECT value FROM allow_lists WHERE list_name = 'security_tooling') AS l ON b.principal = l.value"
exception = "events > 10"
reason = "'burst'"
recommend = "r"
"#;
    const METRIC: &str = r#"
[[metric]]
id = "mine-3"
title = "t"
pillar = "security"
unit = "percent"
direction = "down"
procedure = "p"
numerator = "SELECT COUNT(*) AS value FROM iam_users"
denominator = "SELECT COUNT(*) AS value FROM iam_roles"
breakdown = "SELECT resource_name AS label, 1 AS value FROM iam_users ORDER BY label LIMIT 3"
breakdown_unit = "count"
"#;

    fn load(text: &str) -> Result<Catalogue, CatalogueError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("config")).unwrap();
        std::fs::write(folder.path().join("config/mine.toml"), text).unwrap();
        Catalogue::load(Some(folder.path()))
    }

    /// Every change must stop the load, naming file, entry, key and what to write instead.
    fn refused(text: &str, id: &str, changes: &[(&str, &str, &str, &str)]) {
        load(text).unwrap();
        for (from, to, key, says) in changes {
            assert_eq!(text.matches(from).count(), 1, "{from}");
            let wrong = load(&text.replace(from, to)).unwrap_err().to_string();
            assert!(wrong.starts_with(&format!("config/mine.toml: {id}: {key}: ")), "{to}: {wrong}");
            assert!(wrong.contains(says), "{to}: {wrong}");
        }
    }

    #[test]
    fn a_control_that_cannot_run_is_refused_at_load() {
        refused(
            CONTROL,
            "mine-1",
            &[
                ("\"reliability\"", "\"reliabilty\"", "pillar", "nearest: reliability"),
                ("soc2:A1.2", "soc2:A1.22", "criteria", "nearest: soc2:A1.2"),
                ("soc2:CC7.5", "soc2:CC75", "context", "nearest: soc2:CC7.5"),
                ("soc2:CC7.5", "soc2:A1.2", "context", "named twice"),
                ("AWS::S3::Bucket", "AWS::S3::Buckets", "requires", "nearest: AWS::S3::Bucket"),
                ("\"trails\"", "\"trail\"", "requires", "nearest: trails"),
                ("\"trails\"", "\"config_rule:iam\"", "requires", "IAM_PASSWORD_POLICY"),
                ("FROM s3_buckets", "FROM s3_bucket", "population", "nearest: s3_buckets"),
                ("FROM s3_buckets", "FROM selected", "population", "add select"),
                ("FROM s3_buckets", "FROM bursts", "population", "add bursts"),
                ("SELECT * FROM s3_buckets", "DELETE FROM s3_buckets", "population", "only SELECT"),
                ("SELECT * FROM s3_buckets", "SELECT versioning_status, resource_name FROM s3_buckets", "population", "account_id"),
                ("SELECT * FROM s3_buckets", "SELECT *, LOWER(arn) FROM s3_buckets", "population", "AS"),
                ("SELECT * FROM s3_buckets", "SELECT * FROM s3_buckets LIMIT 3", "population", "ORDER BY"),
                ("versioning_status <>", "versionning_status <>", "exception", "nearest: versioning_status"),
                ("<> 'Enabled'", "<> ", "exception", "expression"),
                ("|| resource_name", "|| resource_nam", "reason", "nearest: resource_name"),
            ],
        );
    }

    #[test]
    fn selections_bursts_and_lists_that_do_not_exist_are_refused_at_load() {
        refused(
            BURST,
            "mine-2",
            &[
                ("select = { events = [\"GetObject\"], where = \"outcome = 'success'\" }\n", "", "bursts", "add select"),
                ("events = [\"GetObject\"], where = \"outcome = 'success'\"", "", "select", "events, sources or where"),
                ("outcome = 'success'", "outcom = 'success'", "select.where", "nearest: outcome"),
                ("\"principal\"]", "\"principle\"]", "bursts.keys", "nearest: principal"),
                ("distinct = \"event_name\"", "distinct = \"event_nam\"", "bursts.distinct", "nearest: event_name"),
                ("minutes = 5", "minutes = 0", "bursts.minutes", "1 or more"),
                ("at_least = 3", "at_least = 3, exception_from = 2", "bursts.exception_from", "at_least or more"),
                ("'security_tooling'", "'security_tools'", "population", "nearest: security_tooling"),
                ("events > 10", "event > 10", "exception", "nearest: events"),
            ],
        );
        let case = "[[control.case]]\nwhy = \"w\"\nrows = { allow_lists = [{ list_name = \"security_tools\" }] }\nexpect = {}\n";
        let wrong = load(&format!("{BURST}{case}")).unwrap_err().to_string();
        assert!(wrong.contains("mine-2: case: ") && wrong.contains("nearest: security_tooling"), "{wrong}");
        let own = "[[allow_list]]\nname = \"security_tools\"\ndoc = \"d\"\n";
        load(&format!("{own}{BURST}{case}").replace("'security_tooling'", "'security_tools'")).unwrap();
        let wrong = load(&format!("{own}{own}{BURST}")).unwrap_err().to_string();
        assert!(wrong.contains("declared twice"), "{wrong}");
    }

    #[test]
    fn a_control_that_looks_for_events_which_may_not_be_there_says_what_it_concludes() {
        const UNUSED: &str = r#"
[[control]]
id = "mine-4"
title = "t"
pillar = "security"
severity = "low"
criteria = []
finding = "Deviation of t"
effect = "Harm can follow."
effort = "low"
cause = ["resource"]
objective = "o"
procedure = "p"
absence = { kind = "management", account = "account_id" }
population = "SELECT r.*, a.events FROM iam_roles r LEFT JOIN (SELECT principal, SUM(events) AS events FROM activity GROUP BY principal) AS a ON r.arn = a.principal"
exception = "events IS NULL"
reason = "'unused'"
recommend = "r"
"#;
        const DECLARED: &str = "absence = { kind = \"management\", account = \"account_id\" }\n";
        let presence = "presence = \"a role without events is undetermined\"\n";
        load(UNUSED).unwrap();
        load(&UNUSED.replace(DECLARED, presence)).unwrap();
        let listed = format!("{DECLARED}requires = [\"allow_list:security_tools\"]\n");
        for (text, key, says) in [
            (UNUSED.replace(DECLARED, ""), "absence", "its query may find nothing in activity"),
            (UNUSED.replace(DECLARED, &format!("{DECLARED}{presence}")), "presence", "declares absence, too"),
            (UNUSED.replace(DECLARED, presence).replace("LEFT JOIN", "JOIN"), "presence", "no part of its query"),
            (UNUSED.replace(DECLARED, &listed), "requires", "nearest: security_tooling"),
        ] {
            let wrong = load(&text).unwrap_err().to_string();
            assert!(wrong.starts_with(&format!("config/mine.toml: mine-4: {key}: ")) && wrong.contains(says), "{wrong}");
        }
    }

    #[test]
    fn a_metric_that_cannot_run_is_refused_at_load() {
        refused(
            METRIC,
            "mine-3",
            &[
                ("\"down\"", "\"less\"", "direction", "nearest"),
                ("denominator = \"SELECT COUNT(*) AS value FROM iam_roles\"\n", "", "value", "numerator and denominator"),
                ("breakdown_unit = \"count\"\n", "", "breakdown_unit", "unit"),
                ("AS value FROM iam_users\"\nden", "AS valu FROM iam_users\"\nden", "numerator", "value"),
                ("AS label", "AS lable", "breakdown", "label"),
                (" ORDER BY label", "", "breakdown", "ORDER BY"),
                ("FROM iam_users ORDER", "FROM selected ORDER", "breakdown", "add select"),
            ],
        );
    }

    #[test]
    fn the_rows_of_every_table_have_a_unit() {
        let catalogue = Catalogue::load(None).unwrap();
        let without: Vec<&str> = catalogue.schema.tables().filter(|t| t.unit == crate::schema::ROW).map(|t| t.name.as_str()).collect();
        assert!(without.is_empty(), "give a unit to {without:?}");
    }

    #[test]
    fn a_control_names_only_criteria_that_its_test_answers() {
        // A criterion that asks whether events are monitored is answered by no test that looks for the events.
        let catalogue = Catalogue::load(None).unwrap();
        let asks_for_monitoring = |criterion: &str| {
            let number = criterion.strip_prefix("cis5:4.").or_else(|| criterion.strip_prefix("cis7:5."));
            number.and_then(|n| n.parse().ok()).is_some_and(|n: u8| (1..=15).contains(&n))
        };
        let controls = catalogue.controls.values().map(|c| (&c.id, &c.criteria));
        let extracts = catalogue.extracts.values().map(|x| (&x.id, &x.criteria));
        for (id, criteria) in controls.chain(extracts) {
            let wrong: Vec<&String> = criteria.iter().filter(|c| asks_for_monitoring(c)).collect();
            assert!(wrong.is_empty(), "{id}: {wrong:?}");
        }
        // That nobody switched something off does not show that it is on.
        for (id, criterion) in [
            ("event-securityhub-disabled", "cis5:4.16"),
            ("event-macie-disabled", "cis5:2.1.3"),
            ("event-access-analyzer-deleted", "cis5:1.19"),
            ("event-trail-stopped", "wa:SEC04-BP01"),
            ("event-guardduty-disabled", "wa:SEC04-BP01"),
        ] {
            let control = &catalogue.controls[id];
            let named = |list: &[String]| list.iter().any(|c| c == criterion);
            assert!(!named(&control.criteria) && named(&control.context), "{id}: {criterion}");
        }
    }

    #[test]
    fn the_parameters_that_openings_are_made_from_are_declared() {
        let catalogue = Catalogue::load(None).unwrap();
        let declared: Vec<&str> = catalogue.schema.event_columns().iter().map(|c| c.name.as_str()).collect();
        for name in crate::facts::event_openings::PARAMETERS {
            assert!(declared.contains(name), "src/catalogue/events/columns.toml declares no {name}");
        }
    }

    #[test]
    fn the_lists_that_name_actors_are_declared() {
        let catalogue = Catalogue::load(None).unwrap();
        for (list, ..) in crate::facts::actors::LISTS {
            assert!(catalogue.allow_lists.contains_key(list), "{list}");
        }
    }
}
