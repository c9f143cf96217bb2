//! What must hold of every declared format.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::declaration::{Family, Grade, Holds, LOSSY_RANK, Read, Record, Request};
use super::readers;
use super::recognise::{claims, detect};
use super::registry::Format;
use crate::ingest::batch::{Batch, Output};

use crate::schema::Schema;

/// Formats that are known by something else than the beginning of a text.
const WITHOUT_EXAMPLE: [(Format, &str); 2] =
    [(Format::Archive, "by the magic bytes of zip and tar"), (Format::StoreTable, "by the columns at the end of a Parquet file")];

#[test]
fn every_format_has_an_example_that_no_other_claims() {
    for format in Format::ALL {
        let declaration = format.declaration();
        let exempt = WITHOUT_EXAMPLE.iter().any(|(other, _)| other == format);
        assert_eq!(declaration.examples.is_empty(), exempt, "{format:?}");
        for text in declaration.examples {
            assert_eq!(detect(text.as_bytes()), *format, "{text}");
            // The order of the registry decides nothing: whatever else claims the text has a later rank.
            let rivals: Vec<Format> = claims(text.as_bytes());
            let same_rank = rivals.iter().filter(|other| other.declaration().rank <= declaration.rank && *other != format);
            assert_eq!(same_rank.collect::<Vec<_>>(), Vec::<&Format>::new(), "{text}");
        }
    }
}

#[test]
fn a_text_that_holds_events_is_never_set_apart_as_messages() {
    let messages = r#""Messages":[{"MessageId":"1","ReceiptHandle":"r","Body":"{}"}]"#;
    let events = r#""QueryStatus":"FINISHED","QueryResultRows":[[{"eventID":"a"},{"eventTime":"2024-05-01 10:11:12.000"}]]"#;
    for text in [format!("{{{messages},{events}}}"), format!("{{{events},{messages}}}")] {
        assert!(matches!(detect(text.as_bytes()).declaration().holds, Holds::Events(_)), "{text}");
    }
}

#[test]
fn every_example_is_read_into_the_declared_tables() {
    let schema = Arc::new(Schema::new(Vec::new(), Vec::new()).unwrap());
    let mut wrong = Vec::new();
    for format in Format::ALL {
        let declaration = format.declaration();
        for table in declaration.tables {
            assert!(*table == "cloudtrail_events" || schema.table(table).is_some(), "{format:?} fills {table}, which is not declared");
        }
        for text in declaration.examples {
            let mut seen = BTreeSet::new();
            let mut sink = |batch: &Batch| {
                seen.insert(batch.table().name.clone());
            };
            let mut out = Output::new(Arc::clone(&schema), &mut sink);
            match declaration.read {
                Read::Stream(_) => readers::read_stream(*format, &mut text.as_bytes(), &mut out),
                _ => readers::read_text(*format, text.as_bytes(), "111122223333/eu-west-1/x.json", &mut out),
            }
            out.finish();
            let account = (out.counts.read, out.counts.kept, out.counts.rejected);
            let rejects: Vec<String> = out.rejects.iter().map(|reject| reject.reason.clone()).collect();
            drop(out);
            if account.2 > 0 && declaration.grade != Grade::None {
                wrong.push(format!("{format:?}: {rejects:?} of {text}"));
            }
            let undeclared: Vec<&String> = seen.iter().filter(|table| !declaration.tables.contains(&table.as_str())).collect();
            if !undeclared.is_empty() {
                wrong.push(format!("{format:?} fills {undeclared:?}"));
            }
            // An answer that holds nothing but empty lists is kept as that, see `identity`.
            let is_empty = serde_json::from_str::<BTreeMap<String, [(); 0]>>(text).is_ok();
            let is_read = !matches!(declaration.read, Read::Nothing) && declaration.grade != Grade::None && !is_empty;
            if is_read != (account.1 > 0) {
                wrong.push(format!("{format:?}: read, kept, rejected are {account:?} of {text}"));
            }
            let finds = !matches!(declaration.record, Record::Document);
            if is_read && finds && readers::find(*format, text.as_bytes(), 0).is_none() {
                wrong.push(format!("{format:?}: record 0 is not found in {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn declarations_agree_with_themselves() {
    let mut requests: BTreeMap<u8, *const Request> = BTreeMap::new();
    let mut families: BTreeMap<u8, &'static Family> = BTreeMap::new();
    for format in Format::ALL {
        let of = format.declaration();
        let lossy = of.copy_rank >= LOSSY_RANK;
        let is_events = matches!(of.holds, Holds::Events(_));
        assert_eq!(lossy, is_events && of.grade == Grade::Lossy, "{format:?}");
        assert_eq!(format.is_weaker_trail_evidence(), is_events && !format.is_log_file(), "{format:?}");
        assert_eq!(of.grade == Grade::Full, of.limits.is_empty(), "{format:?}: a limit without a grade, or a grade without");
        assert_eq!(is_events, matches!(of.record, Record::Event), "{format:?}");
        assert_eq!(!of.answers.is_empty(), matches!(of.read, Read::Answers), "{format:?}");
        assert_eq!(!of.shapes.is_empty(), matches!(of.read, Read::Shapes), "{format:?}");
        for request in of.requests {
            assert!(std::ptr::eq(*requests.entry(request.order).or_insert(*request), *request), "two requests at {}", request.order);
        }
        if let Some((family, _)) = of.docs {
            assert_eq!(*families.entry(family.order).or_insert(family), family, "two families at {}", family.order);
        }
    }
}

/// Manifests and tables keep these; more may come, none may go.
#[test]
fn ids_are_kept() {
    const KEPT: &str = "cloudtrail_records cloudtrail_array cloudtrail_stream cloudtrail_lookup cloudtrail_console_csv cloudtrail_query_csv \
        cloudtrail_query_answer cloudtrail_log_lines cloudtrail_subscription cloudtrail_log_events cloudtrail_logs_insights \
        cloudtrail_event_bridge cloudtrail_logstash cloudtrail_aggregated notification_s3 notification_sns notification_sqs \
        cloudtrail_digest public_keys object_metadata lake_sign_file config_snapshot config_history config_batch config_item config_select \
        config_answers config_recorders cost_cur cost_cur2 cost_focus cost_manifest parquet detailed_billing cost_explorer invoices \
        cost_optimization_hub cost_optimization_hub_answer compute_optimizer carbon_emissions credential_report credential_report_json \
        describe_trails trail_status event_selectors organization_accounts account_summary client_controls authorization_details \
        last_accessed security_hub_findings guard_duty_findings access_analyzer_findings inspector_findings trusted_advisor \
        identity_center organization_policies organization_parents backup_jobs metrics metrics_csv well_architected_tool s3_access_log \
        config_inventory engagement archive earlier_report evidence_store store_table unfinished_output empty unrecognised cli_error \
        empty_list";
    let ids: BTreeSet<String> =
        Format::ALL.iter().map(|format| serde_json::to_value(format).unwrap().as_str().unwrap().to_owned()).collect();
    for id in KEPT.split_whitespace() {
        assert!(ids.contains(id), "{id}");
    }
}

/// The rows of the table in `docs/inputs.md`.
fn documented() -> String {
    let mut rows: BTreeMap<u8, (&Family, Vec<&str>, Vec<&str>)> = BTreeMap::new();
    for format in Format::ALL {
        let declaration = format.declaration();
        let Some((family, text)) = declaration.docs else { continue };
        let (_, texts, tables) = rows.entry(family.order).or_insert_with(|| (family, Vec::new(), Vec::new()));
        texts.push(text);
        for table in declaration.tables {
            if !tables.contains(table) {
                tables.push(table);
            }
        }
    }
    let mut text = "| export | what is read | tables |\n|---|---|---|\n".to_owned();
    for (family, texts, tables) in rows.values() {
        let note = if family.note.is_empty() { String::new() } else { format!(". {}", family.note) };
        let tables: Vec<String> = tables.iter().map(|table| format!("`{table}`")).collect();
        text.push_str(&format!("| {} | {}{note} | {} |\n", family.name, texts.join("; "), tables.join(", ")));
    }
    text
}

#[test]
fn the_documentation_lists_the_declared_formats() {
    const BEGIN: &str = "<!-- from the declarations of the formats -->\n";
    const END: &str = "<!-- to here -->\n";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/inputs.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the mark before the table");
    let (table, after) = rest.split_once(END).expect("the mark behind the table");
    if std::env::var_os("REFRESH_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", documented())).unwrap();
        return;
    }
    assert_eq!(
        table,
        documented(),
        "docs/inputs.md is not what the formats declare; write it again: REFRESH_DOCS=1 cargo test --release --lib the_documentation_lists"
    );
}
