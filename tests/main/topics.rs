//! Topics: a consultant rewords, translates, adds and drops sections of the report without a build, and is told file, line and
//! the nearest name where one is wrong.

use std::path::Path;

use tempfile::TempDir;

use crate::harness::{Run, documents, report_json, sample, sample_report, sixpillars, sixpillars_in, write};

/// A report of the sample with the templates of a folder.
fn report(templates: &Path, out: &Path) -> Run {
    sixpillars(&["report".as_ref(), sample().as_os_str(), "--templates".as_ref(), templates.as_os_str(), "--out".as_ref(), out.as_os_str()])
}

/// The file of a topic as `topics show` prints it.
fn shown(id: &str) -> String {
    sixpillars(&["topics", "show", id]).expect(0).out
}

const GERMAN: &str = "
{% if stops.count %}Die Aufzeichnung wurde {{ stops | times }} angehalten: {{ stops.rows | list(key=\"what\", max=3) }}.{% else %}Die gelieferten Aufzeichnungen enthalten kein Anhalten.{% endif %} {{ recording_calls | count(one=\"Aufruf\", many=\"Aufrufe\") }} insgesamt.

{{ statements() }}

{{ table(query=\"stops\") }}
";

#[test]
fn a_topic_is_translated_and_another_is_added() {
    let folder = TempDir::new().unwrap();
    let source = shown("soc2/log-tampering");
    let (front, _) = source.trim_start_matches("+++").split_once("\n+++\n").unwrap();
    let front = front
        .replacen("title = \"Log tampering\"", "title = \"Eingriffe in die Protokollierung\"\nlang = \"de\"", 1)
        .replace("account_id = { head = \"Account\"", "account_id = { head = \"Konto\"")
        .split("[[case]]")
        .next()
        .unwrap()
        .to_owned();
    write(folder.path(), "topics/soc2/log-tampering.md", format!("+++{front}\n+++\n{GERMAN}"));
    write(
        folder.path(),
        "topics/house/regions.md",
        "+++\ntitle = \"Where the house works\"\n[query.places]\ntitle = \"Accounts and Regions with events\"\nsql = \"SELECT account_id, region, CAST(SUM(events) AS BIGINT) AS events FROM trail_coverage GROUP BY account_id, region ORDER BY account_id NULLS LAST, region NULLS LAST\"\n[query.places.columns]\naccount_id = { head = \"Account\", as = \"account\" }\nevents = \"Events\"\n[[statement]]\nquery = \"places\"\ntone = \"note\"\ntitle = \"{{ row.region }}\"\ntext = \"{{ row.events | count(one='event', many='events') }} in {{ row.account_id | account }}.\"\n+++\n{{ places | count(one=\"place\", many=\"places\") }}.\n\n{{ table(query=\"places\") }}\n",
    );
    let out = folder.path().join("out");
    report(folder.path(), &out).expect(0);
    let text = documents(&out, "md");
    for wanted in [
        "### Eingriffe in die Protokollierung",
        "Die Aufzeichnung wurde zweimal angehalten: trail acme-dev-eu und configuration recorder. 5 Aufrufe insgesamt.",
        "| What | Konto |",
        "33,4 Stunden",
        " House\n",
        "### Where the house works",
        "in 111122223333 (acme-prod).",
    ] {
        assert!(text.contains(wanted), "{wanted:?} is not in the report");
    }
    let model = report_json(&out);
    // A reader sees which words are not the program's, and the hash of the templates covers them.
    for file in ["topics/house/regions.md", "topics/soc2/log-tampering.md"] {
        assert!(text.contains(file), "the report does not name {file}");
    }
    assert_ne!(model["cover"]["templates_sha256"], report_json(sample_report())["cover"]["templates_sha256"]);
    assert_eq!(model["topics"]["soc2/log-tampering"]["lang"], "de");
    assert!(model["topics"]["house/regions"]["queries"]["places"]["count"].as_u64().unwrap() > 3);
    // A statement that the text does not place stands below it all the same.
    assert!(model["topics"]["house/regions"]["statements"][0]["text"].as_str().unwrap().contains(" in "));
    let listed = sixpillars(&["topics".as_ref(), "list".as_ref(), "--templates".as_ref(), folder.path().as_os_str()]).expect(0).out;
    assert!(listed.lines().any(|line| line.starts_with("house/regions ") && line.ends_with("your folder")), "{listed}");
}

#[test]
fn a_topic_that_is_wrong_is_named_with_its_line() {
    let good = "+++\ntitle = \"T\"\n[query.all]\nsql = \"SELECT account_id, region FROM account_regions\"\n+++\n{{ all.count }}\n";
    let cases = [
        ("no fence", "title = \"T\"\n", "topics/own/t.md:1: +++: a topic begins with a line of +++"),
        ("toml", "+++\ntitle = \"T\"\ntitel = \"x\"\n+++\n", "topics/own/t.md:3: front matter: unknown field `titel`"),
        ("table", &good.replace("account_regions", "account_region"), "topics/own/t.md:4: query.all.sql: no table account_region; nearest: account_regions"),
        ("bare events", &good.replace("account_regions", "cloudtrail_events"), "topics/own/t.md:4: query.all.sql: a topic does not read cloudtrail_events itself"),
        ("query", &good.replace("all.count", "al.count"), "topics/own/t.md:6: names `al.count`: no query \"al\"; nearest: all"),
        (
            "column",
            &good.replace("{{ all.count }}", "Text\n\n{% for r in all.rows %}{{ r.regoin }}{% endfor %}"),
            "topics/own/t.md:8: names `r.regoin`: no column \"regoin\"; nearest: region",
        ),
        (
            "statement",
            &good.replace("\n+++\n{{", "\n[[statement]]\nquery = \"all\"\ntext = \"{{ row.acount_id }}\"\n+++\n{{"),
            "topics/own/t.md:7: names `row.acount_id`: no column \"acount_id\"; nearest: account_id",
        ),
        (
            "chart",
            &good.replace("\n+++\n{{", "\n[[chart]]\nid = \"own\"\nkind = \"bars\"\nquery = \"all\"\nlabel = \"region\"\nvalue = \"count\"\ntitle = \"x\"\nalt = \"x\"\n+++\n{{"),
            "chart.value: no column \"count\"; nearest: ",
        ),
        ("chart key", &good.replace("\n+++\n{{", "\n[[chart]]\nid = \"own\"\nkind = \"bars\"\nquery = \"all\"\nlabel = \"region\"\nvalue = \"region\"\ntitle = \"x\"\nalt = \"x\"\ntittle = \"y\"\n+++\n{{"), "no key \"tittle\"; nearest: title"),
        ("control", &good.replace("title = \"T\"", "title = \"T\"\ncontrols = [\"event-trail-stoped\"]"), "topics/own/t.md:3: controls: no control \"event-trail-stoped\"; nearest: event-trail-stopped"),
        ("syntax", &good.replace("{{ all.count }}", "{% if %}"), "topics/own/t.md"),
    ];
    for (what, text, wanted) in cases {
        let folder = TempDir::new().unwrap();
        write(folder.path(), "topics/own/t.md", text);
        let run = report(folder.path(), &folder.path().join("out")).expect(1);
        assert!(run.err.contains(wanted), "{what}: {}", run.err);
        assert!(!folder.path().join("out").exists(), "{what}: a report was written");
    }
}

#[test]
fn a_topic_is_dropped_unless_it_must_stand_in_every_report() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "topics/soc2/log-tampering.md", "+++\ndrop = true\n+++\n");
    report(folder.path(), &folder.path().join("out"))
        .expect(1)
        .says(&["topics/soc2/log-tampering.md:1: drop: this topic stands in every report; it may be reworded, not dropped"]);
}

#[test]
fn a_template_that_has_no_place_for_a_mandatory_topic_is_refused() {
    let folder = TempDir::new().unwrap();
    sixpillars_in(folder.path(), &["templates", "export", "mine"]).expect(0);
    let mine = folder.path().join("mine");
    for (name, include) in
        [("sections/soc2.md", "{% include \"chapters/soc2.md\" %}"), ("sections/chapters.md", "{% include \"chapters/others.md\" %}")]
    {
        let text = std::fs::read_to_string(mine.join(name)).unwrap();
        assert!(text.contains(include), "{name}");
        write(&mine, name, text.replace(include, ""));
    }
    report(&mine, &folder.path().join("out")).expect(1).says(&["the template set does not print the topic `soc2/log-tampering`"]);
}

#[test]
fn topics_are_taken_out_and_given_back() {
    let folder = TempDir::new().unwrap();
    sixpillars_in(folder.path(), &["topics", "export", "mine", "soc2/log-tampering"]).expect(0);
    let taken = std::fs::read_to_string(folder.path().join("mine/topics/soc2/log-tampering.md")).unwrap();
    assert_eq!(taken, shown("soc2/log-tampering"));
    sixpillars_in(folder.path(), &["topics", "export", "mine", "soc2/log-tampering"]).expect(1).says(&["exists already"]);
    sixpillars_in(folder.path(), &["topics", "export", "mine", "soc2/log-tempering"]).expect(1).says(&["soc2/log-tampering"]);
    let tested = sixpillars_in(folder.path(), &["controls", "test", "soc2/log-tampering", "--templates", "mine"]).expect(0);
    assert!(tested.out.contains("cases of topics passed, 0 failed"), "{}", tested.out);
    // A case whose text is not what it was is a failure that names the case.
    write(folder.path(), "mine/topics/soc2/log-tampering.md", taken.replace("Logging was stopped {{", "Somebody stopped logging {{"));
    let failed = sixpillars_in(folder.path(), &["controls", "test", "soc2/log-tampering", "--templates", "mine"]).expect(1);
    assert!(failed.out.contains("a trail and a recorder stopped, the recorder not started again: the text lacks"), "{}", failed.out);
}
