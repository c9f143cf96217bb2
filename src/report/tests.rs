//! Tests of the whole rendering: what a reader gets, and what an attacker does not.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::model::*;
use super::*;

/// Texts that try to become something else than text.
const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<root_account>",
    "<!--sixpillars:kpi-->",
    "<!--sixpillars:workpaper rds-encrypted-->",
    "<!-- x --><b>bold</b>",
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "![x](https://evil.example/beacon.png)",
    "![x](charts/results.svg)",
    "<https://evil.example/>",
    "https://evil.example/ www.evil.example",
    "[ref]: https://evil.example/ \"t\"",
    "[^1]: note",
    "# heading",
    "\n# heading\n",
    "\n\n---\n\n***\n\n===\n",
    "- item\n- item",
    "1. one",
    "> quote",
    "> [!CAUTION]\n> quote",
    "    indented code",
    "a | b | c\n|---|---|\n| d |",
    "|",
    "\\|",
    "\\",
    "`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "``````` `",
    "**bold** __bold__ *em* _em_ ~~del~~",
    "{{ cover.client }}",
    "{% include \"report.md\" %}",
    "{# comment",
    "&lt;script&gt; &#60;script&#62; &amp;",
    "\u{202E}txt.exe\u{202C} \u{2066}x\u{2069}",
    "\u{200B}\u{FEFF}\u{AD}\u{E0041}",
    "nul\0byte\u{7}\u{1b}[31mred\u{1b}[0m\u{9b}",
    "line\u{2028}sep\u{85}",
    "$x^2$ $$y$$ :smile: @team",
    "{#id .class onclick=alert(1)}",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "x\" style=\"background:url(https://evil.example)",
    "</style><style>*{display:none}</style>",
    "=cmd|' /C calc'!A0",
    "\r\n\t text \t\r\n",
];

/// The text of both documents.
fn texts(rendered: &Rendered) -> String {
    format!("{}{}", rendered.report.markdown, rendered.annex.markdown)
}

/// Both pages, one after the other.
fn pages(rendered: &Rendered) -> String {
    format!("{}{}", rendered.report.html, rendered.annex.html)
}

/// Writes the invented report where `SIXPILLARS_REPORT_OUT` says, for looking at it.
#[test]
fn renders_every_part() {
    let report = fixture::report();
    let rendered = render(&report, None).unwrap();
    if let Some(out) = std::env::var_os("SIXPILLARS_REPORT_OUT") {
        let out = PathBuf::from(out);
        fs::create_dir_all(out.join("charts")).unwrap();
        for (name, page) in [("report", &rendered.report), ("annex", &rendered.annex)] {
            fs::write(out.join(format!("{name}.md")), &page.markdown).unwrap();
            fs::write(out.join(format!("{name}.html")), &page.html).unwrap();
        }
        fs::write(out.join("report.json"), serde_json::to_string_pretty(&report).unwrap()).unwrap();
        for (id, svg) in &rendered.charts {
            fs::write(out.join(format!("charts/{id}.svg")), svg).unwrap();
        }
    }
    assert!(pages(&rendered).len() < 1_500_000, "{}", pages(&rendered).len());
    assert!(report.charts.len() >= 6);
    for chart in report.charts.values() {
        assert!(rendered.charts[&chart.id].starts_with("<svg xmlns="), "{}", chart.id);
    }
    for table in ["coverage-inputs", "exceptions-rds-encrypted", "priority-findings", "workpapers"] {
        assert!(texts(&rendered).contains(&format!("<!--sixpillars:table {table}-->")), "{table}");
        assert!(pages(&rendered).contains(&format!("id=\"table-{table}\"")), "{table}");
    }
    assert!(!pages(&rendered).contains("sixpillars:"), "no comment may be left over");
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let report = fixture::report();
    assert_eq!(render(&report, None).unwrap(), render(&report, None).unwrap());
    let again: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(again, report);
    assert_eq!(render(&again, None).unwrap(), render(&report, None).unwrap());
}

/// Every start tag of the page outside style and script: name and attributes.
fn tags(html: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let end = rest.find('>').expect("a tag ends");
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if tag.starts_with("style") || tag.starts_with("script") {
            let close = format!("</{}", &tag[..tag.find(' ').unwrap_or(tag.len())]);
            rest = &rest[rest.find(&close).expect("it is closed")..];
        }
        out.push(tag.to_string());
    }
    out
}

fn shape(html: &str) -> Vec<String> {
    let strip = |tag: String| {
        // Labels and coordinates differ with the data; names and classes must not.
        let class = tag.split("class=\"").nth(1).and_then(|c| c.split('"').next()).unwrap_or_default().to_string();
        let name = tag.split_whitespace().next().unwrap_or_default().trim_end_matches('/').to_string();
        let attributes: String = attribute_names(&tag).join(",");
        format!("{name} .{class} {attributes}")
    };
    tags(html)
        .into_iter()
        .map(strip)
        .filter(|t| {
            !t.starts_with("wbr") && !t.starts_with("bdi") && !t.starts_with("/bdi") && !t.starts_with("text") && !t.starts_with("/text")
        })
        .collect()
}

fn attribute_names(tag: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut quoted = false;
    let mut name = String::new();
    for c in tag.chars().skip_while(|c| !c.is_whitespace()) {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '=' => names.push(std::mem::take(&mut name)),
            c if c.is_whitespace() || c == '/' => {
                if !name.is_empty() {
                    names.push(std::mem::take(&mut name));
                }
            }
            c => name.push(c),
        }
    }
    if !name.is_empty() {
        names.push(name);
    }
    names
}

const ELEMENTS: &[&str] = &[
    "!doctype",
    "html",
    "head",
    "meta",
    "link",
    "title",
    "style",
    "body",
    "a",
    "div",
    "nav",
    "p",
    "b",
    "span",
    "details",
    "summary",
    "ol",
    "ul",
    "li",
    "button",
    "main",
    "header",
    "section",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "strong",
    "em",
    "code",
    "pre",
    "figure",
    "figcaption",
    "article",
    "i",
    "wbr",
    "script",
    "svg",
    "desc",
    "rect",
    "path",
    "circle",
    "text",
    "defs",
    "pattern",
    "label",
    "input",
    "kbd",
    "bdi",
];

fn inspect(html: &str) {
    for tag in tags(html) {
        let name = tag.trim_start_matches('/').split(|c: char| c.is_whitespace() || c == '/').next().unwrap().to_string();
        assert!(ELEMENTS.contains(&name.as_str()), "<{tag}>");
        for attribute in attribute_names(&tag) {
            assert!(!attribute.starts_with("on") && attribute != "style" && attribute != "src", "<{tag}>");
        }
        if let Some(href) = tag.split("href=\"").nth(1).and_then(|h| h.split('"').next()) {
            let beside = |page: &str| href == page || href.starts_with(&format!("{page}#"));
            let ours = href.starts_with('#')
                || href.starts_with("workpapers/")
                || href == "findings.csv"
                || beside("report.html")
                || beside("annex.html");
            assert!(ours || href == "data:,", "{href}");
        }
    }
    for c in html.chars() {
        assert!(c == '\n' || !escape::is_invisible(c), "{:?}", c);
    }
}

/// Puts `attack` into every text of the report that could come from a log, a file name, a tag or an engagement.
fn poisoned(attack: &str) -> Report {
    let mut report = fixture::report();
    let weight = |id: &String| id.starts_with("example-control-");
    report.controls.retain(|id, _| !weight(id));
    report.appendix.controls.retain(|id| !weight(id));
    for p in &mut report.pillars {
        p.clean.retain(|id| !weight(id));
    }
    // Fewer rows of each kind: what differs is the text, not the number.
    report.controls.values_mut().for_each(|c| c.exceptions.truncate(2));
    report.controls.values_mut().for_each(|c| c.undetermined.truncate(1));
    let mut value = serde_json::to_value(&report).unwrap();
    poison(&mut value, attack, "");
    let mut poisoned: Report = serde_json::from_value(value).unwrap();
    // Pillars keep their titles: they are ours.
    for (p, q) in poisoned.pillars.iter_mut().zip(&report.pillars) {
        p.title.clone_from(&q.title);
    }
    poisoned
}

/// Keys whose values are ids, links, closed words or numbers as text: never free text.
const OURS: &[&str] = &[
    "id",
    "href",
    "pillar",
    "severity",
    "effort",
    "result",
    "extent",
    "tone",
    "kind",
    "strength",
    "ceiling",
    "confidence",
    "workpaper",
    "from",
    "charts",
    "exceptions",
    "clean",
    "not_tested",
    "metrics",
    "controls",
    "extracts",
    "chart",
    "days",
    "profile",
    "examination",
    "direction",
    "relation",
    "facet",
    "shade",
    "role",
    "verdict",
    "standing",
    "counted_in",
];

fn poison(value: &mut serde_json::Value, attack: &str, key: &str) {
    match value {
        serde_json::Value::String(text) if !OURS.contains(&key) => *text = format!("{attack}{text}{attack}"),
        serde_json::Value::Array(list) => {
            for item in list {
                poison(item, attack, if item.is_string() { key } else { "" });
            }
        }
        serde_json::Value::Object(map) => {
            for (key, item) in map {
                poison(item, attack, key);
            }
        }
        _ => {}
    }
}

#[test]
fn attacks_stay_text_everywhere() {
    let clean = shape(&pages(&render(&poisoned("zq"), None).unwrap()));
    for attack in ATTACKS {
        let rendered = render(&poisoned(attack), None).unwrap_or_else(|e| panic!("{attack:?}: {e}"));
        inspect(&pages(&rendered));
        let shape = shape(&pages(&rendered));
        for (i, (a, b)) in clean.iter().zip(&shape).enumerate() {
            // Cells get a class by the length of their text, which is all that an attack may change.
            let same = |t: &str| {
                t.replace(" .t ", " . ")
                    .replace(" .l ", " . ")
                    .replace(" .c ", " . ")
                    .replace(",class", "")
                    .replace("class,", "")
                    .replace(" class", " ")
            };
            assert!(a == b || same(a) == same(b), "{attack:?} changes element {i}: {a} to {b}");
        }
        assert_eq!(clean.len(), shape.len(), "{attack:?}");
        for svg in rendered.charts.values() {
            assert!(!svg.contains("<script") && !svg.contains("onload=\"") && !svg.contains("<img"), "{attack:?}");
        }
        for c in texts(&rendered).chars() {
            assert!(c == '\n' || c == '\t' || !escape::is_invisible(c), "{attack:?}: {c:?}");
        }
    }
}

#[test]
fn rows_and_boxes_carry_what_readers_filter_by() {
    let mut report = fixture::report();
    let hostile = "eu\" onmouseover=\"alert(1)\n<script>";
    let control = report.controls.get_mut("rds-encrypted").unwrap();
    control.exceptions.truncate(2);
    control.exceptions[0].region = hostile.into();
    control.undetermined.clear();
    control.counts.exceptions = control.exceptions.len() as u64;
    control.counts.undetermined = 0;
    control.criteria = vec![Criterion { text: "soc2:CC6.1".into(), relation: "direct".into() }];
    let account = control.exceptions[0].account.clone();
    let severity = control.severity.word();
    let html = render(&report, None).unwrap().annex.html;
    inspect(&html);
    let tags = tags(&html);
    let shown = "eu&quot; onmouseover=&quot;alert(1)\\u{A}&lt;script&gt;";
    assert!(tags.iter().any(|t| t.starts_with("tr ") && t.contains(&format!("data-account=\"{account}\" data-region=\"{shown}\""))));
    let boxes: Vec<&String> =
        tags.iter().filter(|t| t.starts_with("details class=\"wp") && t.contains("data-framework=\"soc2\"")).collect();
    assert_eq!(boxes.len(), 2, "its exceptions and its procedure");
    assert!(boxes[0].contains(shown) && !boxes[1].contains("data-account"), "{boxes:?}");
    for part in [&format!("data-severity=\"{severity}\""), "data-status=\"exceptions noted\"", "data-pillar="] {
        assert!(boxes.iter().all(|t| t.contains(part)), "{part}: {boxes:?}");
    }
    // The bar offers each value once, escaped as well, and stands before the first section with something to filter.
    assert_eq!(tags.iter().filter(|t| *t == &format!("input type=\"checkbox\" value=\"{shown}\"")).count(), 1);
    assert_eq!(html.matches("class=\"filters\"").count(), 1);
    assert!(html.find("class=\"filters\"") < html.find("data-severity="));
    // Rows that are cut could be of any account: a box must not be hidden for those it does not show.
    report.controls.get_mut("rds-encrypted").unwrap().counts.exceptions += 1;
    let html = render(&report, None).unwrap().annex.html;
    assert!(!self::tags(&html).iter().any(|t| t.starts_with("details ") && t.contains(shown)));
}

#[test]
fn what_a_row_states_is_not_read_from_its_text() {
    let row = |account: &str| {
        vec![Cell::text(account), Cell::severity(Severity::High), Cell::figure("1.5 GB", 1_500_000_000.0), Cell::count(1_200)]
    };
    let columns = vec![Column::text("Where").accounts(), Column::severity("Severity"), Column::number("Size"), Column::number("Calls")];
    let mut table = Table::new("odd", "Odd", columns);
    ["111122223333", "111122223333 (acme-prod)", "acme-prod", "eu-west-1"].iter().for_each(|name| table.push(row(name)));
    table.total = 9;
    let mut report = fixture::report();
    report.account_names = [("111122223333".to_owned(), "acme-prod".to_owned())].into();
    report.pillars[0].tables.push(table);
    let html = pages(&render(&report, None).unwrap());
    let part = html.split("id=\"table-odd\"").nth(1).unwrap().split("</table>").next().unwrap();
    assert!(part.starts_with(" data-sort data-of=\"9\">"), "{}", &part[..40]);
    assert_eq!(part.matches("<tr data-severity=\"high\" data-account=\"111122223333\">").count(), 3, "{part}");
    assert!(part.contains("data-account=\"eu-west-1\""), "a column of accounts is one, whatever its text");
    assert_eq!(part.matches("class=\"r\" data-v=\"1500000000\"").count(), 4);
    assert!(part.contains("<td class=\"r\">1,200</td>") && part.contains("<th scope=\"col\" class=\"s\">Severity</th>"), "{part}");
}

#[test]
fn the_page_holds_to_its_policy() {
    let html = pages(&render(&fixture::report(), None).unwrap());
    inspect(&html);
    assert!(html.contains("default-src 'none'; style-src 'sha256-"));
    assert!(!html.contains("unsafe-inline"));
    let between = |open: &str, close: &str| html.split(open).nth(1).unwrap().split(close).next().unwrap().to_string();
    use base64::Engine as _;
    use sha2::Digest as _;
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let digest = sha2::Sha256::digest(between(open, close).as_bytes());
        assert!(html.contains(&format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(digest))), "{open}");
    }
    assert!(templates::Templates::load(None).unwrap().text("report.js").len() < 26_000);
}

#[test]
fn every_link_within_the_page_arrives_and_every_id_is_unique() {
    for profile in [Profile::Technical, Profile::Executive] {
        let rendered = render(&Report { profile, ..fixture::report() }, None).unwrap();
        let both = [("report.html", &rendered.report.html), ("annex.html", &rendered.annex.html)];
        let mut ids: BTreeSet<(&str, String)> = BTreeSet::new();
        for (page, html) in both {
            for tag in tags(html) {
                if let Some(id) = tag.split(" id=\"").nth(1).and_then(|h| h.split('"').next()) {
                    assert!(ids.insert((page, id.to_string())), "id {id} twice in {page}");
                }
            }
        }
        let mut across = 0;
        for (page, html) in both {
            for tag in tags(html) {
                let href = tag.split("href=\"").nth(1).and_then(|h| h.split('"').next()).unwrap_or_default();
                if let Some((file, anchor)) = href.split_once('#') {
                    across += usize::from(!file.is_empty());
                    let file = if file.is_empty() { page } else { file };
                    assert!(ids.contains(&(file, anchor.to_string())), "{href} in {page}");
                }
                for name in tag.split("aria-labelledby=\"").skip(1).flat_map(|t| t.split('"').next().unwrap().split(' ')) {
                    assert!(ids.contains(&(page, name.to_string())), "{name} in {page}");
                }
            }
        }
        assert!(across > 5, "{across}");
    }
}

#[test]
fn what_was_not_tested_is_no_absence_of_limitations() {
    let report = fixture::report();
    let untested = report.controls.values().filter(|c| c.result == Outcome::NotTested && c.extent == Extent::None).count();
    assert!(untested > 0);
    let markdown = texts(&render(&report, None).unwrap());
    assert!(!markdown.contains("| none: ") && !markdown.contains("limitation:** none: "), "none and a reason");
    assert!(markdown.contains("**Evidence limitation:** not tested: "));
}

#[test]
fn words_of_an_opinion_do_not_stand_in_our_text() {
    let topics = crate::catalogue::topics::embedded();
    let topics = topics.iter().map(|(name, text)| (name.as_str(), *text));
    for (name, text) in templates::EMBEDDED.iter().copied().chain(topics) {
        // The results of AWS Config's rules stand in its own words.
        let lower = text.replace("NON_COMPLIANT", "").replace("COMPLIANT", "").to_lowercase();
        for word in ["compliant", "criterion met", "criteria met", "passed", "secure ", "score"] {
            assert!(!lower.contains(word), "{name}: {word}");
        }
    }
}

fn folder(files: &[(&str, &str)]) -> PathBuf {
    let name: String = std::thread::current().name().unwrap_or("t").chars().filter(char::is_ascii_alphanumeric).collect();
    let at = std::env::temp_dir().join(format!("sixpillars-templates-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&at);
    for below in ["sections", "topics/coverage"] {
        fs::create_dir_all(at.join(below)).unwrap();
    }
    for (name, text) in files {
        fs::write(at.join(name), text).unwrap();
    }
    at
}

#[test]
fn a_folder_overrides_file_by_file() {
    let at = folder(&[
        ("sections/access.md", "{{ section(id=\"access\", title=\"Who came\") }}\n\nOurs.\n\n{% include \"chapters/access.md\" %}"),
        ("notes.txt", "left alone"),
    ]);
    let set = Templates::load(Some(&at)).unwrap();
    assert_eq!(set.overridden(), ["sections/access.md"]);
    assert_ne!(set.sha256(&BTreeMap::new()), Templates::load(None).unwrap().sha256(&BTreeMap::new()));
    let rendered = render_with(&fixture::report(), &set, &crate::catalogue::topics::load(None).unwrap()).unwrap();
    assert!(pages(&rendered).contains("Who came") && texts(&rendered).contains("## 11 Who came"));
    fs::remove_dir_all(at).unwrap();
}

fn refused(files: &[(&str, &str)]) -> String {
    let at = folder(files);
    let error = render(&fixture::report(), Some(&at)).unwrap_err().to_string();
    fs::remove_dir_all(at).unwrap();
    error
}

#[test]
fn sets_without_what_must_be_printed_are_refused() {
    assert!(refused(&[("sections/limits.md", "  ")]).contains("limits"));
    let main = templates::EMBEDDED.iter().find(|(n, _)| *n == "sections/chapters.md").unwrap().1;
    assert!(refused(&[("sections/chapters.md", &main.replace("{% include \"sections/not_tested.md\" %}", ""))]).contains("not_tested"));
    let no_chapter = ("sections/coverage.md", "{{ section(id=\"coverage\", title=\"x\") }}");
    assert!(refused(&[no_chapter]).contains("coverage"), "a chapter without a place would be a second section of the same id");
    let nowhere = main.replace("{% include \"chapters/others.md\" %}", "");
    assert!(refused(&[no_chapter, ("sections/chapters.md", &nowhere)]).contains("the topic `coverage/custody`"));
    let records = "+++\ntitle = \"Records\"\n+++\nAll is well.\n";
    assert!(refused(&[("topics/coverage/records.md", records)]).contains("the table of inputs"));
    assert!(refused(&[("sections/limits.md", "{{ section(id=\"limits\", title=\"x\") }} none")]).contains("limit"));
    assert!(refused(&[("sections/not_tested.md", "{{ section(id=\"not_tested\", title=\"x\") }} none")]).contains("not tested"));
}

#[test]
fn mistakes_in_templates_are_errors() {
    assert!(refused(&[("sections/access.md", "{{ cover.clinet }}")]).contains("clinet"));
    assert!(refused(&[("sections/access.md", "{% if cover.clinet %}{% endif %}")]).contains("clinet"));
    assert!(refused(&[("sections/access.md", "{{ nothing }}")]).contains("nothing"));
    assert!(refused(&[("sections/access.md", "{{ cover.client | safe }}")]).contains("safe"));
    assert!(refused(&[("sections/access.md", "{{ chart(id=\"nope\") }}")]).contains("nope"));
    assert!(refused(&[("sections/access.md", "{{ link(text=\"x\", href=\"https://evil.example\") }}")]).contains("nowhere"));
    assert!(refused(&[("sections/access.md", "{{ link(text=\"x\", href=\"workpapers/../../etc/passwd\") }}")]).contains("nowhere"));
    assert!(refused(&[("sections/access.md", "{{ link(text=\"x\", href=\"section:nope\") }}")]).contains("nope"));
    assert!(refused(&[("sections/access.md", "{{ summary.top_exceptions | table }}")]).contains("twice"));
    assert!(refused(&[("sections/access.md", "{% for k in controls %}{{ k.id }}{% endfor %}")]).contains("order"));
    assert!(refused(&[("sytle.css", "a{}")]).contains("sytle.css"));
    assert!(refused(&[("style.css", "</STYLE><script>")]).contains("</style"));
    assert!(refused(&[("report.html", "<html>{{ page_body }}</html>")]).contains("page_policy"));
}

#[test]
fn html_written_in_a_template_is_text() {
    let at = folder(&[(
        "sections/access.md",
        "{{ section(id=\"access\", title=\"x\") }}\n\n{% include \"chapters/access.md\" %}\n\n<script>alert(1)</script>\n\n<div onclick=\"x\">y</div>\n\nin <b>line</b> [a](javascript:x) [b](https://example.org) ![i](https://example.org/i.png)\n\n<!--sixpillars:kpi x-->\n\n<!--sixpillars:workpaper ../x-->\n",
    )]);
    let html = pages(&render(&fixture::report(), Some(&at)).unwrap());
    fs::remove_dir_all(at).unwrap();
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && html.contains("in &lt;b&gt;line&lt;/b&gt; <a>a</a>"));
    assert!(html.contains("<a href=\"https://example.org\" rel=\"noopener noreferrer\">b</a> [image: i]"));
    assert!(html.contains("&lt;!--sixpillars:kpi x--&gt;") && html.contains("&lt;!--sixpillars:workpaper ../x--&gt;"));
}

#[test]
fn a_list_after_tiles_is_not_drawn_as_tiles() {
    let at = folder(&[(
        "sections/access.md",
        "{{ section(id=\"access\", title=\"x\") }}\n\n{% include \"chapters/access.md\" %}\n\n<!--sixpillars:kpi-->\n- **1** tile\n\n<!--sixpillars:end-->\n\n- a remark\n",
    )]);
    let html = pages(&render(&fixture::report(), Some(&at)).unwrap());
    fs::remove_dir_all(at).unwrap();
    assert!(html.contains("<ul class=\"kpi k3\"><li><strong>1</strong> tile</li></ul>\n<ul><li>a remark</li></ul>"), "{html}");
}

#[test]
fn an_inconsistent_model_is_refused() {
    let mut report = fixture::report();
    report.not_tested.controls.pop();
    assert!(matches!(render(&report, None), Err(ReportError::Model(_))));
    let mut report = fixture::report();
    report.pillars[0].exceptions.push("nope".into());
    assert!(matches!(render(&report, None), Err(ReportError::Model(_))));
    let mut report = fixture::report();
    report.pillars[0].charts.extend(["results".into(), "results".into()]);
    assert!(pages(&render(&report, None).unwrap()).contains("chart-results-2-t"), "a chart may be shown twice");
    report.summary.top_exceptions.rows[0].pop();
    assert!(matches!(render(&report, None), Err(ReportError::Template { .. })));
}

#[test]
fn an_empty_report_still_says_what_it_lacks() {
    let rendered = render(&empty(), None).unwrap();
    assert!(texts(&rendered).contains("Records accounted for") && pages(&rendered).contains("What was not tested"));
}

/// A report with nothing in it but table ids, which must differ.
fn empty() -> Report {
    let mut report = Report::default();
    let ids: [&mut Table; 3] = [&mut report.summary.top_exceptions, &mut report.not_tested.by_reason, &mut report.appendix.workpapers];
    for (i, table) in ids.into_iter().enumerate() {
        table.id = format!("t{i}");
    }
    report.topics = fixture::topics();
    report
}

#[test]
fn the_auditor_profile_prints_no_cost() {
    let mut report = fixture::report();
    report.profile = Profile::Auditor;
    assert!(matches!(render(&report, None), Err(ReportError::Model(_))), "recommendations are left out too");
    report.controls.values_mut().for_each(|c| c.recommend.clear());
    assert!(matches!(render(&report, None), Err(ReportError::Model(_))), "and topics about cost");
    report.topics.retain(|id, _| !id.starts_with("cost/"));
    let text = texts(&render(&report, None).unwrap());
    assert!(!text.contains("Cost and carbon"));
    let place = |heading: &str| text.find(heading).unwrap_or_else(|| panic!("no {heading}"));
    assert!(place("## 3 SOC 2") < place(" Operational excellence\n"), "SOC 2 comes first");
}

/// Text of a Markdown document as a reader sees it, and whether anything but plain paragraphs came of it.
fn read(markdown: &str) -> (String, bool) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let (mut text, mut only) = (String::new(), true);
    for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
        match event {
            Event::Text(t) | Event::Code(t) => text.push_str(&t),
            Event::Start(Tag::Paragraph | Tag::CodeBlock(_)) | Event::End(_) | Event::SoftBreak => {}
            _ => only = false,
        }
    }
    (text, only)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn md_reads_back_as_text(text in "(?s).{0,60}") {
        let (seen, only) = read(&format!("x {} y", escape::md(&text, 1_000)));
        prop_assert!(only, "{text:?}");
        let want = format!("x {} y", escape::plain(&text)).split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(seen.split_whitespace().collect::<Vec<_>>().join(" "), want);
    }

    #[test]
    fn md_at_the_start_of_a_line_is_a_paragraph(text in "(?s)[ \\-+=#>0-9.)*_`~|\\[\\]!a<>&\\\\\n\t:$]{1,12}") {
        let shown = escape::md(&text, 1_000);
        let (_, only) = read(&format!("{shown}\n"));
        prop_assert!(only, "{text:?} as {shown:?}");
        let (_, only) = read(&format!("x\n{shown}\n"));
        prop_assert!(only, "after a line: {text:?} as {shown:?}");
    }

    #[test]
    fn cells_keep_their_table(text in "(?s).{0,40}", code in any::<bool>()) {
        let shown = if code { escape::code_cell(&text, 1_000) } else { escape::cell(&text, 1_000) };
        prop_assert!(!shown.contains('\n'));
        let table = format!("| a | b |\n|---|---|\n| {shown} | end |\n");
        use pulldown_cmark::{Event, Options, Parser, Tag};
        let (mut cells, mut last, mut other) = (0, String::new(), false);
        for event in Parser::new_ext(&table, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
            match event {
                Event::Start(Tag::TableCell) => { cells += 1; last.clear(); }
                Event::Text(t) | Event::Code(t) => last.push_str(&t),
                Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow) | Event::End(_) => {}
                _ => other = true,
            }
        }
        prop_assert!(!other, "{shown:?}");
        prop_assert_eq!(cells, 4, "{:?}", shown);
        prop_assert_eq!(last, "end");
    }

    #[test]
    fn code_reads_back(text in "(?s)[`a |\\\\<>\n]{0,20}") {
        let shown = escape::code(&text, 1_000);
        let (seen, only) = read_code(&format!("x {shown} y"));
        prop_assert!(only, "{shown:?}");
        prop_assert!(seen.starts_with("x ") && seen.ends_with(" y"), "{shown:?}: {seen:?}");
    }

    #[test]
    fn blocks_hold_their_text(text in "(?s)[`~a \n<>]{0,40}") {
        let block = escape::codeblock(&text, "sql", 10_000);
        let (seen, _) = read(&format!("before\n\n{block}\n\nafter\n"));
        prop_assert!(seen.starts_with("before") && seen.ends_with("after"), "{block}");
        prop_assert!(seen.contains(text.trim_matches('\n')), "{block}");
    }

    #[test]
    fn html_holds_no_markup(text in "(?s).{0,80}") {
        let shown = escape::html(&text);
        prop_assert!(!shown.contains(['<', '>', '"', '\'']));
        prop_assert!(!shown.chars().any(|c| c != '\n' && escape::is_invisible(c)));
    }

    #[test]
    fn cuts_never_exceed(text in "(?s).{0,80}", max in 1_usize..40) {
        prop_assert!(read(&escape::md(&text, max)).0.chars().count() <= max);
    }
}

fn read_code(markdown: &str) -> (String, bool) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let (mut text, mut only) = (String::new(), true);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
        match event {
            Event::Text(t) | Event::Code(t) => text.push_str(&t),
            Event::Start(Tag::Paragraph) | Event::End(_) => {}
            _ => only = false,
        }
    }
    (text, only)
}

/// A catalogue of the size to come and a year of many Regions: the page stays within reach of a browser.
#[test]
fn a_large_report_stays_in_reach() {
    let mut report = fixture::report();
    let sample = report.controls["s3-bucket-versioning"].clone();
    for i in 0..500 {
        let mut control = sample.clone();
        control.id = format!("large-{i:03}");
        report.pillars[2].exceptions.push(control.id.clone());
        report.appendix.controls.push(control.id.clone());
        report.controls.insert(control.id.clone(), control);
    }
    let row = CalendarRow {
        label: "111122223333 prod eu-west-1".into(),
        days: vec![DayState::Covered; 366],
        events: (0..366).map(|d| d * 7_919 % 1_000).collect(),
    };
    if let Some(chart) = report.charts.get_mut("coverage-calendar") {
        chart.data = ChartData::Calendar { from: "2024-01-01".into(), days: 366, rows: vec![row; 60], more: 14_940 };
    }
    let rendered = render(&report, None).unwrap();
    for page in [&rendered.report.html, &rendered.annex.html] {
        // Three times as many controls as the catalogue has; what readers filter by takes a twelfth.
        assert!(page.len() < 5 << 20, "{}", page.len());
    }
}
