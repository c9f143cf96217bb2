//! Workloads as the engagement declares them, and how many recorded resources each has.

use super::super::Input;
use crate::engagement::Workload;
use crate::evaluate::EvaluateError;
use crate::report::model::{Cell, Column, Table};

/// Resources by workload; those of several are shared, those of none unassigned.
pub(super) fn table(input: &Input<'_>) -> Table {
    let mut table = Table::new(
        "workloads",
        "Workloads reviewed, with the resources AWS Config recorded for them",
        vec![Column::text("Workload"), Column::text("Chosen by"), Column::number("Resources"), Column::number("Of these, shared")],
    )
    .or_empty("No workload is declared: the accounts are reviewed as one.");
    let workloads = &input.engagement.workload;
    if workloads.is_empty() {
        return table;
    }
    let counted = match count(input, workloads) {
        Ok(counted) => counted,
        // The names stand all the same; what failed is said where the figures would be.
        Err(error) => {
            for w in workloads {
                table.push(vec![Cell::text(&w.name), Cell::text(chosen(w)), Cell::text(format!("not counted: {error}")), Cell::text("")]);
            }
            return table;
        }
    };
    for (w, (all, shared)) in workloads.iter().zip(&counted.own) {
        table.push(vec![Cell::text(&w.name), Cell::text(chosen(w)), Cell::count(*all), Cell::count(*shared)]);
    }
    table.push(vec![
        Cell::text("shared"),
        Cell::text("resources of more than one workload"),
        Cell::count(counted.shared),
        Cell::count(counted.shared),
    ]);
    table.push(vec![Cell::text("unassigned"), Cell::text("resources of no workload"), Cell::count(counted.unassigned), Cell::text("")]);
    table
}

struct Counted {
    own: Vec<(u64, u64)>,
    shared: u64,
    unassigned: u64,
}

fn chosen(w: &Workload) -> String {
    let mut parts = Vec::new();
    if !w.accounts.is_empty() {
        parts.push(format!("{} {}", if w.accounts.len() == 1 { "account" } else { "accounts" }, w.accounts.join(", ")));
    }
    parts.extend(w.tags.iter().map(|(k, v)| format!("tag {k} = {v}")));
    if !w.stacks.is_empty() {
        parts.push(format!("{} {}", if w.stacks.len() == 1 { "stack" } else { "stacks" }, w.stacks.join(", ")));
    }
    if parts.is_empty() { "nothing: no resource is chosen".to_owned() } else { parts.join(" and ") }
}

/// Counts resources by the set of workloads they belong to; the sets are few however many the resources.
fn count(input: &Input<'_>, workloads: &[Workload]) -> Result<Counted, EvaluateError> {
    let grid = input.sql("workloads", &sql(workloads))?;
    let mut counted = Counted { own: vec![(0, 0); workloads.len()], shared: 0, unassigned: 0 };
    for row in &grid.rows {
        let n = match grid.get(row, &["resources"]) {
            crate::evaluate::Value::Int(n) => u64::try_from(*n).unwrap_or(0),
            _ => 0,
        };
        let members: Vec<usize> = (0..workloads.len())
            .filter(|i| matches!(grid.get(row, &[format!("in_{i}").as_str()]), crate::evaluate::Value::Int(1)))
            .collect();
        for i in &members {
            counted.own[*i].0 += n;
            counted.own[*i].1 += if members.len() > 1 { n } else { 0 };
        }
        match members.len() {
            0 => counted.unassigned += n,
            1 => {}
            _ => counted.shared += n,
        }
    }
    Ok(counted)
}

/// One query for all workloads: a part for each tag or stack, joined to the items valid at the as-of date.
fn sql(workloads: &[Workload]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut joins: Vec<String> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    for (i, w) in workloads.iter().enumerate() {
        let mut conditions: Vec<String> = Vec::new();
        if !w.accounts.is_empty() {
            conditions.push(format!("i.account_id IN ({})", list(w.accounts.iter().map(String::as_str))));
        }
        let mut tagged: Vec<String> =
            w.tags.iter().map(|(k, v)| format!("tag_key = {} AND tag_value = {}", literal(k), literal(v))).collect();
        if !w.stacks.is_empty() {
            tagged.push(format!(
                "tag_key = 'aws:cloudformation:stack-name' AND tag_value IN ({})",
                list(w.stacks.iter().map(String::as_str))
            ));
        }
        for (j, condition) in tagged.into_iter().enumerate() {
            let name = format!("w{i}_{j}");
            parts.push(format!("{name} AS (SELECT item_id AS {name}_item FROM tags WHERE {condition} GROUP BY item_id)"));
            joins.push(format!("LEFT JOIN {name} ON i.item_id = {name}.{name}_item"));
            conditions.push(format!("{name}_item IS NOT NULL"));
        }
        let condition = if conditions.is_empty() { "1 = 0".to_owned() } else { conditions.join(" AND ") };
        columns.push(format!("CASE WHEN {condition} THEN 1 ELSE 0 END AS in_{i}"));
    }
    let names: Vec<String> = (0..workloads.len()).map(|i| format!("in_{i}")).collect();
    parts.push(format!(
        "members AS (SELECT i.item_id AS member, {} FROM config_items i {} WHERE i.resource_type <> 'AWS::Config::ResourceCompliance')",
        columns.join(", "),
        joins.join(" ")
    ));
    format!(
        "WITH {} SELECT {}, CAST(COUNT(*) AS BIGINT) AS resources FROM members GROUP BY {}",
        parts.join(", "),
        names.join(", "),
        names.join(", ")
    )
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    texts.map(literal).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_engagement_stay_literals() {
        let w = Workload {
            name: "o'brien".to_owned(),
            accounts: vec!["111122223333".to_owned()],
            tags: [("team".to_owned(), "o'brien') OR ('a' = 'a".to_owned())].into_iter().collect(),
            stacks: vec!["shop".to_owned()],
        };
        let text = sql(&[w.clone(), Workload { name: "empty".to_owned(), accounts: vec![], tags: Default::default(), stacks: vec![] }]);
        assert!(text.contains("tag_value = 'o''brien'') OR (''a'' = ''a'"), "{text}");
        assert!(text.contains("1 = 0"), "{text}");
        crate::catalogue::sql::Query::parse(&text).unwrap();
        assert_eq!(chosen(&w), "account 111122223333 and tag team = o'brien') OR ('a' = 'a and stack shop");
    }
}
