//! `views.sql`: the tables under the names that controls use, for DuckDB started in the report's folder.
//!
//! The tables made for the engagement, the list of valid items and the bursts found are written as
//! Parquet beside it, so that nothing but SQL is needed to re-perform a control.

use std::fmt::Write as _;
use std::path::Path;

use super::WorkpaperError;
use crate::base::time;
use crate::catalogue::Catalogue;
use crate::evaluate::{Evaluation, Tables, write_parquet};
use crate::facts::actors;
use crate::schema::{Column, Storage, Table};
use crate::store::{Store, manifest::staging};

/// Writes `evidence/derived/*.parquet`, `evidence/bursts/*.parquet` and `views.sql` into `folder`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(
    folder: &Path,
    catalogue: &Catalogue,
    store: &Store,
    tables: &Tables<'_>,
    evaluation: &Evaluation,
) -> Result<(), WorkpaperError> {
    let derived = folder.join("evidence").join(staging::DERIVED);
    std::fs::create_dir_all(&derived).map_err(|e| WorkpaperError::io(&derived, e))?;
    let mut text = String::from(
        "-- The evidence under the names that the controls use. Start DuckDB in this folder:\n\
         --   duckdb -init views.sql\n\
         -- A control that selects events reads `selected`: create it from the control's `select` text in the report,\n\
         --   CREATE OR REPLACE VIEW selected AS SELECT ...;\n\
         -- and `bursts` from evidence/bursts/CONTROL.parquet.\n\n",
    );
    let (all, current) = tables.item_keys()?;
    for (name, keys) in [("item_versions", all), ("current_items", current)] {
        if keys.width() > 0 {
            write_parquet(&keys, &derived.join(format!("{name}.parquet")))?;
        }
    }
    for table in catalogue.schema.tables() {
        let made =
            !table.storage.is_read() || matches!(table.name.as_str(), "config_compliance" | "iam_credentials" | "third_party_findings");
        if made {
            let history = table.versioned.then(|| format!("{}_history", table.name));
            for name in [table.name.clone()].into_iter().chain(history) {
                write_parquet(&tables.frame(&name)?, &derived.join(format!("{name}.parquet")))?;
                let _ = writeln!(text, "CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('evidence/derived/{name}.parquet');");
            }
            continue;
        }
        let from = parts(store, table);
        let columns = table.all_columns();
        let list = columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
        let Some(from) = from else {
            let _ = writeln!(text, "CREATE OR REPLACE VIEW {} AS {};", table.name, nothing(&columns));
            if table.versioned {
                let _ = writeln!(text, "CREATE OR REPLACE VIEW {}_history AS {};", table.name, nothing(&columns));
            }
            continue;
        };
        if table.versioned {
            for (name, keys) in [(format!("{}_history", table.name), "item_versions"), (table.name.clone(), "current_items")] {
                let _ = writeln!(
                    text,
                    "CREATE OR REPLACE VIEW {name} AS SELECT {list} FROM {from} AS t WHERE EXISTS (SELECT 1 FROM read_parquet('evidence/derived/{keys}.parquet') AS k WHERE k.source_file_id = t.source_file_id AND k.source_record = t.source_record);"
                );
            }
        } else if columns.iter().any(|c| c.name == "actor_class") {
            let has_key = columns.iter().any(|c| c.name == "user_identity_access_key_id");
            let list = columns.iter().map(|c| moved(&c.name, has_key)).collect::<Vec<_>>().join(", ");
            let _ = writeln!(
                text,
                "CREATE OR REPLACE VIEW {} AS SELECT {list} FROM {from} AS t LEFT JOIN (SELECT principal AS who, session_name AS who_session, \
                 source_identity AS who_source, actor_class AS who_class, actor_grade AS who_grade, basis AS who_basis, \
                 candidates AS who_candidates FROM read_parquet('evidence/derived/actors.parquet')) AS a \
                 ON t.principal = a.who AND COALESCE(t.session_name, '') = a.who_session AND COALESCE(t.session_source_identity, '') = a.who_source{}{};",
                table.name,
                if has_key {
                    " LEFT JOIN (SELECT access_key_id AS issued_key, principal AS issued_to, session_name AS issued_session, actor_class AS issued_class, \
                     actor_grade AS issued_grade FROM read_parquet('evidence/derived/sessions.parquet') WHERE access_key_id IS NOT NULL AND actor_class IS NOT NULL) AS k \
                     ON t.user_identity_access_key_id = k.issued_key AND t.principal = k.issued_to AND COALESCE(t.session_name, '') = COALESCE(k.issued_session, '')"
                } else {
                    ""
                },
                period(table, tables)
            );
        } else {
            let _ = writeln!(text, "CREATE OR REPLACE VIEW {} AS SELECT {list} FROM {from}{};", table.name, period(table, tables));
        }
    }
    let bursts = folder.join("evidence").join(staging::BURSTS);
    for (id, run) in &evaluation.controls {
        if let Some(frame) = &run.bursts {
            std::fs::create_dir_all(&bursts).map_err(|e| WorkpaperError::io(&bursts, e))?;
            write_parquet(frame, &bursts.join(format!("{id}.parquet")))?;
        }
    }
    let path = folder.join("views.sql");
    std::fs::write(&path, text).map_err(|e| WorkpaperError::io(&path, e))
}

/// A column of events: what all evidence shows of the actor stands in the place of what the record does, as the engine has it
/// ([`actors::Known::of_record`]): whoever opened the session with the record's key, where openings under one name do not agree.
fn moved(name: &str, has_key: bool) -> String {
    let movable = actors::MOVABLE.map(|class| format!("'{class}'")).join(", ");
    let own = "a.who_class IS NOT NULL AND a.who_candidates IS NULL AND a.who_class <> 'unknown'";
    let (class, grade) = if has_key {
        (
            format!("CASE WHEN k.issued_class IS NOT NULL AND NOT ({own}) THEN k.issued_class ELSE a.who_class END"),
            format!(
                "CASE WHEN k.issued_class IS NOT NULL AND NOT ({own}) THEN k.issued_grade WHEN k.issued_class IS NULL AND a.who_basis = 'opening' \
                 AND COALESCE(t.user_identity_access_key_id, '') <> '' AND a.who_grade = 'authenticated' THEN 'asserted' ELSE a.who_grade END"
            ),
        )
    } else {
        ("a.who_class".to_owned(), "a.who_grade".to_owned())
    };
    let moves = format!(
        "(t.actor_class IN ({movable}) OR t.actor_class = '{}' AND COALESCE({class}, '') IN ('human_federated', 'human_iam_user'))",
        actors::MOVED_TO_PEOPLE
    );
    match name {
        "actor_class" => format!("CASE WHEN {moves} THEN COALESCE({class}, t.actor_class) ELSE t.actor_class END AS actor_class"),
        "actor_grade" => format!("CASE WHEN {moves} AND {class} IS NOT NULL THEN {grade} ELSE t.actor_grade END AS actor_grade"),
        "is_service_noise" => {
            format!("CASE WHEN {moves} AND {class} IS NOT NULL THEN FALSE ELSE t.is_service_noise END AS is_service_noise")
        }
        name => format!("t.{name} AS {name}"),
    }
}

/// The Parquet files of a table, as DuckDB reads them.
fn parts(store: &Store, table: &Table) -> Option<String> {
    let parts = store.parts(table);
    let names: Vec<String> = parts
        .iter()
        .filter_map(|p| p.file_name())
        .map(|n| format!("'evidence/tables/{}/{}'", table.name, n.to_string_lossy().replace('\'', "''")))
        .collect();
    (!names.is_empty()).then(|| format!("read_parquet([{}])", names.join(", ")))
}

fn nothing(columns: &[Column]) -> String {
    let list: Vec<String> = columns.iter().map(|c| format!("CAST(NULL AS {}) AS {}", c.kind.sql(), c.name)).collect();
    format!("SELECT {} WHERE FALSE", list.join(", "))
}

/// The same cut of the period that the engine makes.
fn period(table: &Table, tables: &Tables<'_>) -> String {
    let window = tables.window();
    if window.start == i64::MIN {
        return String::new();
    }
    let at = |micros: i64| format!("TIMESTAMP '{}'", time::rfc3339(micros).replace('T', " ").trim_end_matches('Z'));
    let has = |name: &str| table.columns.iter().any(|c| c.name == name);
    if has("charge_month") || has("charge_date") {
        let (first, last) = tables.charge_months();
        let month = if has("charge_month") { "charge_month" } else { "strftime(charge_date, '%Y-%m')" };
        return format!(" WHERE {month} BETWEEN '{first}' AND '{last}'");
    }
    if table.storage != Storage::PerDate {
        return String::new();
    }
    if has("event_time") {
        format!(" WHERE event_time >= {} AND event_time < {}", at(window.start), at(window.end))
    } else if has("first_seen") {
        format!(" WHERE first_seen < {} AND last_seen >= {}", at(window.end), at(window.start))
    } else {
        let day = |micros: i64| time::date_text(time::day_of(micros));
        format!(" WHERE event_date BETWEEN DATE '{}' AND DATE '{}'", day(window.start), day(window.end - 1))
    }
}
