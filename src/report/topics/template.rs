//! The templates that topics and chapters become.

use std::collections::BTreeMap;

use super::super::escape::put;
use crate::base::text::capital;
use crate::catalogue::topics::Topic;

/// The chapter of topics that no section prints.
const OTHERS: &str = "chapters/others.md";

/// Template of a topic with its frame: heading, text, controls, method; nothing where it was not tested, which its chapter says.
pub fn frame_name(topic: &Topic) -> String {
    format!("chapters/{}.md", topic.id)
}

/// Templates of topics and of the chapters that print them, by name. `texts` are the other templates, which name the
/// chapters they have a place for; topics of other chapters follow in `chapters/others.md`.
pub fn templates(topics: &BTreeMap<String, Topic>, texts: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut chapters: BTreeMap<&str, Vec<&Topic>> = BTreeMap::new();
    for topic in topics.values() {
        all.push((frame_name(topic), frame(topic)));
        // Empty lines stand for the front matter, so that errors name the lines of the file.
        all.push((topic.file.clone(), format!("{}{}", "\n".repeat(topic.body_line - 1), topic.body)));
        chapters.entry(topic.chapter()).or_default().push(topic);
    }
    let placed = |chapter: &str| texts.iter().any(|(_, text)| text.contains(&format!("\"chapters/{chapter}.md\"")));
    let mut others = String::new();
    for (chapter, topics) in &mut chapters {
        topics.sort_by_key(|topic| (topic.order, &topic.id));
        let annex = format!("{chapter}_annex");
        let is_annexed = |topic: &Topic| topic.annex && placed(&annex);
        let include = |topic: &&Topic| format!("{{% include \"{}\" %}}\n\n", frame_name(topic));
        // A section may have a place for one topic by itself.
        let is_alone = |topic: &Topic| placed(&topic.id);
        let mut text: String = topics.iter().filter(|topic| !is_annexed(topic) && !is_alone(topic)).map(include).collect();
        if topics.iter().any(|topic| is_annexed(topic)) {
            put!(text, "{{{{ <annexed list={{topics_of(chapter=\"{chapter}\") | filter_by(key=\"annex\", value=true)}} /> }}}}\n\n");
            all.push((format!("chapters/{annex}.md"), topics.iter().filter(|topic| is_annexed(topic)).map(include).collect()));
        }
        let not_tested = if placed(chapter) { "topics_not_tested" } else { "topics_not_tested_why" };
        put!(text, "{{{{ <{not_tested} list={{topics_of(chapter=\"{chapter}\")}} /> }}}}\n\n");
        if !placed(chapter) {
            let title = capital(&chapter.replace('-', " "));
            put!(others, "{{{{ section(id=\"{chapter}\", title=\"{title}\") }}}}\n\n{text}");
        }
        all.push((format!("chapters/{chapter}.md"), text));
    }
    all.push((OTHERS.to_owned(), others));
    // A section may have a place for a chapter whose topics were all dropped.
    for chapter in named(texts) {
        if !all.iter().any(|(name, _)| *name == chapter) {
            all.push((chapter, String::new()));
        }
    }
    all
}

/// Names of chapters that templates include.
fn named(texts: &[(&str, &str)]) -> Vec<String> {
    let pieces = texts.iter().flat_map(|(_, text)| text.split('"'));
    let mut names: Vec<String> = pieces.filter(|piece| piece.starts_with("chapters/")).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

fn frame(topic: &Topic) -> String {
    let mut out = format!("{{% if topics[\"{0}\"] %}}{{% set topic = topics[\"{0}\"] %}}{{% set lang = topic.lang %}}", topic.id);
    for name in topic.queries.keys() {
        put!(out, "{{% set {name} = topic.queries.{name} %}}");
    }
    let statements = if topic.body.contains("statements()") { "" } else { "\n\n{{ statements() }}" };
    put!(
        out,
        "{{% if not topic.not_tested %}}{{{{ printed(topic=topic.id) }}}}\n\n### {{{{ topic.title }}}}\n\n{{% include \"{}\" %}}{statements}\n\n{{{{ <topic_limits t={{topic}} /> }}}}\n\n{{{{ <topic_foot t={{topic}} /> }}}}\n\n{{% endif %}}\n\n{{% endif %}}\n",
        topic.file
    );
    out
}
