//! Text from a client's files that means harm: it must come out as text, in every format.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{csv, documents, log_file, record, sixpillars, write};

/// What attackers write into names, tags, user agents and messages.
const ATTACKS: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(2)>",
    "[click](javascript:alert(3))",
    "![x](http://203.0.113.9/pixel.png)",
    "=HYPERLINK(\"http://203.0.113.9/\",\"open\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "a | b | c\n\n# Opinion\n\nAll is well.",
    "```\n</code></pre><h1>fence</h1>",
    "<!--sixpillars:kpi-->",
    "{{ controls }}{% include \"sections/cover.md\" %}",
    "\u{202e}gnirts desrever\u{0007}\u{001b}[31mred",
    "&lt;b&gt; <http://203.0.113.9/> https://203.0.113.9/auto",
];

struct Made {
    _folder: TempDir,
    report: PathBuf,
}

fn report() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        let mut events = Vec::new();
        let mut items = Vec::new();
        for (at, attack) in ATTACKS.iter().enumerate() {
            // Events that controls and extracts list: a trail stopped by a user with a hostile name and agent.
            let mut event = record(at + 1, "StopLogging", attack);
            event["eventSource"] = "cloudtrail.amazonaws.com".into();
            event["requestParameters"] = json!({ "name": attack });
            event["userIdentity"]["userName"] = (*attack).into();
            event["userIdentity"]["arn"] = format!("arn:aws:iam::111122223333:user/{attack}").into();
            events.push(event);
            let mut failed = record(at + 101, "GetSecretValue", attack);
            failed["eventSource"] = "secretsmanager.amazonaws.com".into();
            failed["errorCode"] = (*attack).into();
            failed["errorMessage"] = (*attack).into();
            failed["awsRegion"] = (*attack).into();
            events.push(failed);
            items.push(json!({
                "configurationItemVersion": "1.3",
                "configurationItemCaptureTime": "2026-05-01T10:00:00.000Z",
                "configurationItemStatus": "ResourceDiscovered",
                "configurationStateId": 1,
                "awsAccountId": "111122223333",
                "awsRegion": "eu-west-1",
                "resourceType": "AWS::S3::Bucket",
                "resourceId": format!("bucket-{at}{attack}"),
                "resourceName": format!("bucket-{at}{attack}"),
                "ARN": format!("arn:aws:s3:::{attack}"),
                "tags": { "Owner": attack, *attack: "x" },
                "configuration": { "name": attack, "owner": { "displayName": attack } },
                "supplementaryConfiguration": { "BucketVersioningConfiguration": { "status": attack } }
            }));
        }
        write(&input, "cloudtrail/log.json", log_file(&events));
        let snapshot = json!({ "fileVersion": "1.0", "configSnapshotId": "1", "configurationItems": items });
        write(&input, "config/snapshot.json", snapshot.to_string());
        // A client's own words are no safer.
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let engagement = format!(
            "[engagement]\nclient = {0}\ntitle = {1}\n[period]\nfrom = \"2026-05-01\"\nto = \"2026-05-31\"\n[[client_control]]\nid = \"AC-1\"\ntext = {0}\ncriteria = [\"CC6.1\"]\ntests = [\"event-trail-stopped\"]\n[[waiver]]\ncontrol = \"event-trail-stopped\"\nreason = {1}\napproved_by = {0}\n",
            quoted(ATTACKS[0]),
            quoted(ATTACKS[6]),
        );
        write(&input, "engagement.toml", engagement);
        write(&input, "<img src=x onerror=alert(4)>.json", log_file(&[record(999, "PutObject", "cli")]));
        let report = folder.path().join("report");
        sixpillars(&[OsStr::new("report"), input.as_os_str(), OsStr::new("--out"), report.as_os_str()]).expect(0);
        Made { _folder: folder, report }
    })
}

/// Tags of a page, outside its own style and script: `name` and the text up to `>`.
fn tags(html: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name: String = rest.trim_start_matches('/').chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '!').collect();
        let mut quote = None;
        let end = rest
            .char_indices()
            .find(|(_, c)| {
                match (quote, *c) {
                    (None, '"' | '\'') => quote = Some(*c),
                    (Some(q), c) if c == q => quote = None,
                    (None, '>') => return true,
                    _ => {}
                }
                false
            })
            .map_or(rest.len(), |(i, _)| i);
        found.push((name.to_ascii_lowercase(), rest[..end].to_owned()));
        rest = &rest[end..];
        // What stands in a script or a style is not markup.
        for raw in ["script", "style"] {
            if name.eq_ignore_ascii_case(raw) && !found.last().unwrap().1.starts_with('/') {
                let close = rest.to_ascii_lowercase().find(&format!("</{raw}")).unwrap();
                rest = &rest[close..];
            }
        }
    }
    found
}

#[test]
fn the_page_holds_attacks_as_text_only() {
    let html = documents(&report().report, "html");
    // The attacks came through to the page at all.
    assert!(html.contains("alert(1)") && html.contains("alert(3)"), "the page shows none of the attacks");
    let tags = tags(&html);
    let scripts = tags.iter().filter(|(name, inner)| name == "script" && !inner.starts_with('/')).count();
    assert_eq!(scripts, 2, "one script in each page, ours");
    for (name, inner) in &tags {
        assert!(!["iframe", "object", "embed", "form", "base"].contains(&name.as_str()), "<{inner}>");
        // An empty icon keeps browsers from asking for one.
        assert!(name != "link" || inner.contains("href=\"data:,\""), "<{inner}>");
        let lower = inner.to_ascii_lowercase();
        // Attributes as the parser sees them: a name after a blank, outside quotes.
        let bare: String = lower.split('"').step_by(2).collect();
        for bad in [" on", "\non", "/on"] {
            for (at, _) in bare.match_indices(bad) {
                let word: String = bare[at + 1..].chars().take_while(|c| c.is_ascii_alphabetic()).collect();
                assert!(!bare[at + 1 + word.len()..].starts_with('='), "an event handler: <{inner}>");
            }
        }
        // A value that rows are filtered by is a name and never an address; nothing else may be a script.
        let parts: Vec<&str> = lower.split('"').collect();
        for attribute in parts.chunks(2).filter(|pair| pair.iter().any(|part| part.contains("javascript:"))) {
            let named = attribute[0].split_whitespace().last().unwrap_or_default();
            assert!(["value=", "data-account=", "data-region="].contains(&named), "<{inner}>");
        }
        if name == "img" || name == "image" {
            assert!(!lower.contains("http"), "<{inner}>");
        }
        if name == "a" && lower.contains("href=\"http") {
            assert!(!lower.contains("203.0.113.9"), "a link made from data: <{inner}>");
        }
    }
    assert!(!html.contains("<h1>fence</h1>") && !html.contains("<b> <http"));
    let headings = html.matches("<h1").count();
    assert_eq!(headings, html.matches("</h1>").count());
    assert!(!html.contains(">Opinion<") && !html.contains(">\nOpinion"), "a heading made from data");
    // Control characters that reverse or colour text do not reach the page.
    for c in ['\u{202e}', '\u{7}', '\u{1b}'] {
        assert!(!html.contains(c), "{:x}", c as u32);
    }
    let policy = html.find("Content-Security-Policy").expect("the page states its policy");
    assert!(html[policy..policy + 400].contains("default-src 'none'"));
}

#[test]
fn the_markdown_holds_attacks_as_text_only() {
    let text = documents(&report().report, "md");
    assert!(!text.lines().any(|l| l.trim_start().starts_with("# Opinion")), "a heading made from data");
    // Rendered by the reference parser with nothing of ours in between: no link to the attacker, no raw HTML but
    // the comments of the templates.
    use pulldown_cmark::{Event, Options, Parser, Tag};
    for event in Parser::new_ext(&text, Options::all()) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                assert!(html.trim().starts_with("<!--sixpillars:") && html.trim().ends_with("-->"), "raw HTML: {html}");
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                assert!(!dest_url.contains("203.0.113.9") && !dest_url.starts_with("javascript:"), "{dest_url}");
            }
            _ => {}
        }
    }
    for c in ['\u{202e}', '\u{7}', '\u{1b}'] {
        assert!(!text.contains(c), "{:x}", c as u32);
    }
}

#[test]
fn workpapers_run_nothing_in_a_spreadsheet() {
    let papers = report().report.join("workpapers");
    let mut cells = 0;
    for entry in std::fs::read_dir(&papers).unwrap().map(Result::unwrap) {
        if entry.path().extension().is_none_or(|e| e != "csv") {
            continue;
        }
        for row in csv(&entry.path()) {
            for (column, cell) in row {
                cells += 1;
                let first = cell.trim_start().chars().next();
                let number = cell.parse::<f64>().is_ok();
                assert!(number || !first.is_some_and(|c| "=+-@\t\r".contains(c)), "{}: {column}: {cell:?}", entry.path().display());
            }
        }
    }
    assert!(cells > 100);
    let exceptions = csv(&papers.join("exceptions.csv"));
    assert!(exceptions.iter().any(|r| r.values().any(|c| c.contains("HYPERLINK"))), "the attack came through at all");
}

#[test]
fn drawings_are_text_too() {
    let charts = report().report.join("charts");
    for entry in std::fs::read_dir(charts).unwrap().map(Result::unwrap) {
        let svg = std::fs::read_to_string(entry.path()).unwrap();
        for (name, inner) in tags(&svg) {
            assert!(!["script", "img", "image", "foreignobject", "a"].contains(&name.as_str()), "{}: <{inner}>", entry.path().display());
        }
    }
}

#[test]
fn a_terminal_gets_no_control_characters() {
    let store = report().report.join("evidence");
    let run = sixpillars(
        &["query", "SELECT user_agent, error_message FROM cloudtrail_events", "--limit", "0", "--store"]
            .map(OsStr::new)
            .iter()
            .copied()
            .chain([store.as_os_str()])
            .collect::<Vec<_>>(),
    )
    .expect(0);
    assert!(run.out.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(!run.out.contains('\u{202e}'), "text that turns the line around");
}
