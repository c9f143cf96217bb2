//! A figure that appears in two sections of a report is the same in both: read from `report.json`, for the sample and
//! for real exports.

use std::collections::BTreeMap;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{realdata, report_json, sample_report, sixpillars};

/// Everything of the report that satisfies `wanted`, in order.
fn all<'r>(value: &'r Value, wanted: &dyn Fn(&Value) -> bool, found: &mut Vec<&'r Value>) {
    if wanted(value) {
        found.push(value);
    }
    match value {
        Value::Object(members) => members.values().for_each(|v| all(v, wanted, found)),
        Value::Array(items) => items.iter().for_each(|v| all(v, wanted, found)),
        _ => {}
    }
}

/// The numbers of a text, without separators of thousands.
fn numbers(text: &str) -> Vec<f64> {
    let digits = |c: char| c.is_ascii_digit() || c == ',' || c == '.';
    text.split(|c: char| !digits(c)).filter_map(|part| part.trim_end_matches(['.', ',']).replace(',', "").parse().ok()).collect()
}

/// Sum of the first parts and of all parts of a chart of bars.
fn bars(report: &Value, chart: &str) -> (f64, f64) {
    // Of nothing, nothing is drawn.
    if report["charts"][chart].is_null() {
        return (0.0, 0.0);
    }
    let bars = report["charts"][chart]["data"]["bars"].as_array().or_else(|| report["charts"][chart]["data"]["Bars"]["bars"].as_array());
    let parts = |bar: &Value| bar["parts"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect::<Vec<_>>();
    let all: Vec<Vec<f64>> = bars.unwrap_or_else(|| panic!("no bars in {chart}: {}", report["charts"][chart])).iter().map(parts).collect();
    (all.iter().map(|p| p[0]).sum(), all.iter().flatten().sum())
}

fn same(what: &str, a: f64, b: f64) {
    // Amounts are printed with two decimals, and sums of printed ones differ by their rounding.
    assert!((a - b).abs() < 0.005, "{what}: {a} and {b}");
}

/// Calls, sign-ins and changes.
fn access(report: &Value) {
    let topic = |id: &str| &report["topics"][format!("access/{id}")];
    if topic("events")["not_tested"] != "" {
        assert!(topic("people")["not_tested"] != "", "events are there or not");
        return;
    }
    let rows = |id: &str, query: &str| topic(id)["queries"][query]["rows"].as_array().unwrap();
    let number = |row: &Value, column: &str| row[column].as_f64().unwrap_or_else(|| panic!("no number {column} in {row}"));
    let sum = |id: &str, query: &str, column: &str| rows(id, query).iter().map(|row| number(row, column)).sum::<f64>();
    let total = |id: &str, column: &str| number(&rows(id, "totals")[0], column);
    let events = total("events", "events");
    same("kinds of record and events", sum("events", "kinds", "events"), events);
    same("events of the summary and of the access section", in_summary(report, "recorded", "events"), events);
    let calls = rows("events", "kinds").iter().filter(|row| row["kind"] == "call").map(|row| number(row, "events")).sum::<f64>();

    same("API calls of people, roles and services", total("people", "calls") + total("roles", "calls") + total("services", "calls"), calls);
    let (changes, drawn) = bars(report, "access-by-class");
    same("API calls by class of actor", drawn, calls);
    let (all, own) = (total("changes", "changes"), total("changes", "own"));
    same("changes by class of actor in two charts", changes, all);
    same("changes by class and channel", bars(report, "access-changes-by-class").1, all);
    same("changes by class, as a table", sum("changes", "by_class", "changes"), all);
    let of_people = total("people", "changes");
    same("changes of people, roles and services", of_people + total("roles", "changes"), own);
    same("changes of all", own + total("services", "changes"), all);
    same("changes of people by hour", total("when", "changes"), of_people);
    same("changes of people drawn by hour", drawn_hours(report), of_people);
    same("changes of people beside those in the console", total("changes", "of_people"), of_people);
    let metric = &report["metrics"]["event-manual-console-change"]["values"];
    if let Some(of) = metric[0]["of"].as_str() {
        assert_eq!(numbers(of), [total("changes", "console"), of_people], "changes in the console as a measure");
    } else {
        same("no change by a person", of_people, 0.0);
    }
    same("the extract of changes", report["extracts"]["event-change-population"]["rows"].as_f64().unwrap(), own);
    if let Some(of) = report["metrics"]["event-throttling"]["values"][0]["of"].as_str() {
        same("API calls that throttling is a share of", numbers(of)[1], calls);
    }
    for column in ["calls", "changes", "sign_ins"] {
        same(&format!("{column} by person"), sum("people", "people", column), total("people", column));
    }
    for column in ["calls", "changes"] {
        same(&format!("{column} by role"), sum("roles", "roles", column), total("roles", column));
    }
    same("calls in the console", sum("people", "ways", "console"), total("people", "console"));
    same("failed calls by error", sum("failed", "errors", "calls"), total("failed", "calls"));
    same("data events", sum("data", "data", "calls"), total("data", "calls"));
}

/// A figure of the summary's first part.
fn in_summary(report: &Value, query: &str, column: &str) -> f64 {
    let row = &report["topics"]["summary/scope"]["queries"][query]["rows"][0];
    row[column].as_f64().unwrap_or_else(|| panic!("no number {column} in {row}"))
}

/// Sum of the chart of hours.
fn drawn_hours(report: &Value) -> f64 {
    let mut found = Vec::new();
    all(&report["charts"]["access-hours"]["data"], &|v| v.get("values").is_some_and(Value::is_array), &mut found);
    let Some(drawn) = found.first() else { return 0.0 };
    drawn["values"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap()).map(|v| v.as_f64().unwrap()).sum()
}

/// Controls: the summary, the pillars and every place that prints a result.
fn controls(report: &Value) {
    let controls = report["controls"].as_object().unwrap();
    let with: Vec<&Value> = controls.values().filter(|c| c["result"] == "exceptions_noted").collect();
    let exceptions: u64 = controls.values().map(|c| c["counts"]["exceptions"].as_u64().unwrap()).sum();
    same("controls with exceptions", in_summary(report, "tested", "with_exceptions"), with.len() as f64);
    same("exceptions", in_summary(report, "tested", "exceptions"), exceptions as f64);
    let untested = controls.values().filter(|c| c["result"] == "not_tested").count();
    same("controls not tested", in_summary(report, "tested", "not_tested"), untested as f64);
    same("controls tested", in_summary(report, "tested", "tested"), (controls.len() - untested) as f64);
    let accepted: u64 = controls.values().map(|c| c["counts"]["waived"].as_u64().unwrap()).sum();
    same("exceptions that management accepts", in_summary(report, "accepted", "exceptions"), accepted as f64);
    let top = &report["summary"]["top_exceptions"];
    let findings = report["findings"].as_array().unwrap();
    let count = |finding: &Value, key: &str| finding[key].as_u64().unwrap();
    let open = findings.iter().filter(|finding| finding["is_open"] == true).count();
    assert_eq!(top["total"].as_u64().unwrap(), open as u64, "the table of findings counts open findings");
    same("exceptions of all findings", findings.iter().map(|finding| count(finding, "exceptions")).sum::<u64>() as f64, exceptions as f64);
    let mut texts = Vec::new();
    all(report, &Value::is_string, &mut texts);
    for control in with {
        let mark = format!("{}: exceptions in ", control["finding"].as_str().unwrap());
        for text in texts.iter().filter_map(|t| t.as_str()) {
            let Some((_, rest)) = text.split_once(&mark) else { continue };
            let counts = &control["counts"];
            let found = numbers(rest);
            assert_eq!(found[..2], [counts["exceptions"].as_f64().unwrap(), counts["population"].as_f64().unwrap()], "{mark}{rest}");
        }
    }
}

/// Evidence of the questions and of what management states: its figures are those of the entries. Returns how many.
fn pieces(report: &Value) -> usize {
    let mut pieces = Vec::new();
    all(report, &|v| v["came_to"].is_object(), &mut pieces);
    for piece in &pieces {
        let (id, came_to) = (piece["id"].as_str().unwrap(), &piece["came_to"]);
        match came_to["kind"].as_str().unwrap() {
            "control" => {
                let entry = &report["controls"][id];
                assert_eq!(came_to["result"], entry["result"], "{id}");
                for count in ["exceptions", "population", "undetermined", "waived"] {
                    assert_eq!(came_to[count], entry["counts"][count], "{id}: {count}");
                }
            }
            "metric" => assert_eq!(came_to["values"], report["metrics"][id]["values"], "{id}"),
            _ => assert_eq!(came_to["rows"], report["extracts"][id]["rows"], "{id}"),
        }
    }
    pieces.len()
}

/// Measures and results: wherever a link to one stands beside a figure, it is the figure of its entry.
fn linked(report: &Value) {
    let mut links = Vec::new();
    let link = |v: &Value| v["href"].as_str().is_some_and(|h| h.starts_with("metric:") || h.starts_with("control:"));
    all(report, &link, &mut links);
    let mut compared = 0;
    for link in links {
        let (kind, id) = link["href"].as_str().unwrap().split_once(':').unwrap();
        let entry = &report[format!("{kind}s")][id];
        let Some(text) = link["text"].as_str().filter(|t| entry["title"].as_str() != Some(*t)) else { continue };
        if kind == "control" {
            let Some(rest) = text.strip_prefix("exceptions noted, ").or_else(|| text.strip_prefix("no exceptions noted, ")) else {
                continue;
            };
            let counts = &entry["counts"];
            let wanted = [counts["exceptions"].as_f64().unwrap(), counts["population"].as_f64().unwrap()];
            assert_eq!(numbers(rest)[..2], wanted, "{id}: {text}");
            compared += 1;
        } else if let Some(values) = entry["values"].as_array().filter(|v| !v.is_empty())
            && text.starts_with(|c: char| c.is_ascii_digit())
        {
            let texts: Vec<&str> = values.iter().map(|v| v["text"].as_str().unwrap()).collect();
            assert!(texts.iter().any(|t| text.contains(t)), "{id}: {text} and {texts:?}");
            compared += 1;
        }
    }
    compared += pieces(report);
    // Tables of measures: the title links, the value stands beside it.
    let mut tables = Vec::new();
    all(report, &|v| v["columns"][1]["title"] == "Value" && v["rows"].is_array(), &mut tables);
    for row in tables.iter().flat_map(|t| t["rows"].as_array().unwrap()) {
        let Some(id) = row[0]["href"].as_str().and_then(|h| h.strip_prefix("metric:")) else { continue };
        let texts: Vec<&str> = report["metrics"][id]["values"].as_array().unwrap().iter().map(|v| v["text"].as_str().unwrap()).collect();
        let shown = row[1]["text"].as_str().unwrap();
        // A row for each currency.
        assert!(if texts.is_empty() { shown == "not determined" } else { texts.contains(&shown) }, "{id}: {shown} and {texts:?}");
        compared += 1;
    }
    assert!(compared > 5, "only {compared} figures found to compare");
}

/// Money: totals by month, by kind and by place, as measures and as lines read.
fn cost(report: &Value) {
    let rows = |topic: &str, query: &str| report["topics"][topic]["queries"][query]["rows"].as_array().unwrap();
    if report["topics"]["cost/totals"]["not_tested"] != "" {
        assert!(report["topics"]["cost/places"]["not_tested"] != "", "charges are there or not");
        return;
    }
    let number = |row: &Value, column: &str| row[column].as_str().unwrap().parse::<f64>().unwrap_or(0.0);
    // Sums of a column by currency.
    let sums = |rows: &[Value], currency: &str, column: &str| {
        let mut sums: BTreeMap<String, f64> = BTreeMap::new();
        for row in rows {
            *sums.entry(row[currency].as_str().unwrap().to_owned()).or_default() += number(row, column);
        }
        sums
    };
    let equal = |what: &str, a: &BTreeMap<String, f64>, b: &BTreeMap<String, f64>| {
        assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{what}");
        for (currency, amount) in a {
            assert!((amount - b[currency]).abs() < 0.005, "{what}, {currency}: {amount} and {}", b[currency]);
        }
    };
    let months = rows("cost/totals", "months");
    let (billed, effective) = (sums(months, "billing_currency", "billed"), sums(months, "billing_currency", "effective"));
    let kinds = rows("cost/totals", "categories");
    equal("billed by month and by kind", &billed, &sums(kinds, "billing_currency", "billed"));
    equal("effective by month and by kind", &effective, &sums(kinds, "billing_currency", "effective"));
    let shown = rows("cost/totals", "currencies");
    equal("billed by month and in all", &billed, &sums(shown, "currency", "billed"));
    let (first, drawn) = (shown[0]["currency"].as_str().unwrap(), rows("cost/totals", "services"));
    same("the months drawn", effective[first], drawn.iter().map(|row| number(row, "effective")).sum());
    for (id, wanted) in [("cost-total-billed", &billed), ("cost-total-effective", &effective)] {
        let values = report["metrics"][id]["values"].as_array().unwrap();
        let values = values.iter().map(|v| (v["currency"].as_str().unwrap().to_owned(), v["raw"].as_f64().unwrap())).collect();
        equal(id, wanted, &values);
    }
    for query in ["by_service", "by_account", "by_region"] {
        equal(&format!("effective by {query}"), &effective, &sums(rows("cost/places", query), "billing_currency", "in_month"));
    }
    equal("effective by environment", &effective, &sums(rows("cost/allocation", "environments"), "billing_currency", "effective"));
    let in_figures: Vec<Value> = rows("cost/charges", "lines").iter().filter(|row| row["in_figures"] == "yes").cloned().collect();
    equal("billed as totals and as rows kept", &billed, &sums(&in_figures, "currency", "kept_billed"));
}

fn compare(report: &Value) {
    access(report);
    controls(report);
    linked(report);
    cost(report);
}

#[test]
fn figures_printed_in_two_sections_of_the_samples_report_are_the_same() {
    compare(&report_json(sample_report()));
}

#[test]
fn figures_printed_in_two_sections_of_reports_on_real_exports_are_the_same() {
    for folder in ["cloudtrail", "cost", "config", "posture"] {
        let Some(input) = realdata(folder) else { return };
        let out = TempDir::new().unwrap();
        let report = out.path().join("report");
        let run = sixpillars(&["report".as_ref(), input.as_os_str(), "--out".as_ref(), report.as_os_str()]);
        assert!([0, 3].contains(&run.code), "{folder}: {}", run.err);
        compare(&report_json(&report));
    }
}
