//! Documents made from the program are what the program says. `UPDATE_DOCS=1` writes them anew.

use std::fmt::Write as _;

use serde_json::Value;

use crate::harness::{root, sixpillars};

/// Compares a document with the one in the repository, or writes it.
fn fresh(name: &str, made: &str) {
    let path = root().join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{name} is not what the program says; UPDATE_DOCS=1 cargo test --release --test main docs:: writes it anew");
}

fn text<'v>(entry: &'v Value, key: &str) -> &'v str {
    entry[key].as_str().unwrap_or_default()
}

/// Criteria as text: `soc2:CC6.1`, ...
fn list(entry: &Value, key: &str) -> String {
    entry[key].as_array().unwrap().iter().map(|v| format!("`{}`", v.as_str().unwrap())).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_list_of_controls_is_what_the_catalogue_holds() {
    let entries: Vec<Value> = serde_json::from_str(&sixpillars(&["controls", "list", "--format", "json"]).expect(0).out).unwrap();
    let of = |kind: &str| entries.iter().filter(|e| e["kind"] == kind).cloned().collect::<Vec<_>>();
    let (controls, extracts, metrics) = (of("control"), of("extract"), of("metric"));
    let mut out = format!(
        "# Controls, extracts and metrics\n\nMade from the catalogue: {} controls, {} extracts, {} metrics. `sixpillars controls show ID` prints one with its SQL.\n",
        controls.len(),
        extracts.len(),
        metrics.len()
    );
    let mut pillars: Vec<&str> = controls.iter().map(|c| text(c, "pillar")).collect();
    pillars.sort_unstable();
    pillars.dedup();
    for pillar in pillars {
        write!(out, "\n## Controls: {}\n", pillar.replace('_', " ")).unwrap();
        for c in controls.iter().filter(|c| text(c, "pillar") == pillar) {
            write!(out, "\n### `{}`\n\n**{}.** {}\n\n", text(c, "id"), text(c, "title"), text(c, "objective")).unwrap();
            writeln!(out, "- Finding: {}; severity {}, effort {}", text(c, "finding"), text(c, "severity"), text(c, "effort")).unwrap();
            writeln!(out, "- Potential effect: {}", text(c, "effect")).unwrap();
            writeln!(out, "- Procedure: {}", text(c, "procedure")).unwrap();
            for (label, key) in [("Criteria", "criteria"), ("Context for", "context")] {
                if !list(c, key).is_empty() {
                    writeln!(out, "- {label}: {}", list(c, key)).unwrap();
                }
            }
            if !text(c, "limits").is_empty() {
                writeln!(out, "- Limits: {}", text(c, "limits")).unwrap();
            }
        }
    }
    for (title, kind) in [("Extracts", &extracts), ("Metrics", &metrics)] {
        write!(out, "\n## {title}\n\n| id | title | how |\n|---|---|---|\n").unwrap();
        for e in kind {
            writeln!(
                out,
                "| `{}` | {} | {} |",
                text(e, "id"),
                text(e, "title"),
                text(e, "procedure").replace('|', "\\|").replace('\n', " ")
            )
            .unwrap();
        }
    }
    fresh("docs/controls.md", &out);
}
