//! Where the links inside the documents and between them lead.

use tera::TeraResult;

use super::escape;
use super::model::{Profile, QuestionAnswer, Report};
use super::notes::{Document, Shared, fail, lock};

/// Where a link of the model leads from the document that is being rendered.
///
/// # Errors
/// When it leads nowhere.
pub(super) fn resolve(report: &Report, notes: &Shared, href: &str) -> TeraResult<String> {
    if let Some(anchor) = href.strip_prefix('#')
        && is_anchor(anchor)
    {
        return Ok(href.to_owned());
    }
    if is_workpaper(href) {
        return Ok(href.to_owned());
    }
    let unknown = || fail(format!("link `{href}` leads nowhere in this report"));
    let Some((kind, id)) = href.split_once(':') else { return unknown() };
    let annexed = |known: bool| if known { Some((Document::Annex, escape::slug(id))) } else { None };
    let chapters = if report.profile == Profile::Executive { Document::Annex } else { Document::Report };
    let found = match kind {
        "control" => report.controls.get(id).map(|c| {
            let has_rows = report.pillars.iter().any(|p| p.exceptions.iter().any(|e| e == id));
            (Document::Annex, if has_rows { heading_anchor(&c.finding, &c.id) } else { escape::slug(&c.id) })
        }),
        "procedure" => annexed(report.controls.contains_key(id)),
        "metric" => annexed(report.metrics.contains_key(id)),
        "extract" => annexed(report.extracts.contains_key(id)),
        "question" => question(report, id).map(|q| (chapters, heading_anchor(&q.question, &q.id))),
        "evidence" => question(report, id).map(|q| (Document::Annex, heading_anchor(&q.question, &q.id))),
        "topic" => report.topics.get(id).map(|topic| (Document::Annex, escape::slug(&escape::plain(&topic.title)))),
        "section" => match &lock(notes).anchors {
            // Numbers, and so anchors, of sections are known in the second pass.
            None => return Ok("#".to_owned()),
            Some(anchors) => anchors.get(id).or_else(|| if OMITTED.contains(&id) { anchors.get("not_tested") } else { None }).cloned(),
        },
        _ => None,
    };
    let Some((document, anchor)) = found else { return unknown() };
    let from = lock(notes).document;
    Ok(if document == from { format!("#{anchor}") } else { format!("{}#{anchor}", document.template()) })
}

/// A question of a pillar, the key question among them, by its id.
pub(super) fn question<'r>(report: &'r Report, id: &str) -> Option<&'r QuestionAnswer> {
    report.pillars.iter().flat_map(|p| p.questions.iter().chain([&p.key_question])).find(|q| q.id == id)
}

fn is_anchor(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A link to the other document's text, as a link to its page; `None` for every other link.
pub(super) fn to_page(url: &str) -> Option<String> {
    let (file, anchor) = url.split_once('#').map_or((url, None), |(file, anchor)| (file, Some(anchor)));
    let document = Document::ALL.into_iter().find(|document| document.template() == file)?;
    match anchor {
        None => Some(document.page().to_owned()),
        Some(anchor) if is_anchor(anchor) => Some(format!("{}#{anchor}", document.page())),
        Some(_) => None,
    }
}

/// The anchor of a heading printed as "TITLE (ID)".
fn heading_anchor(title: &str, id: &str) -> String {
    escape::slug(&format!("{} ({id})", escape::plain(title)))
}

/// Chapters that are not printed without evidence; a link to one leads to what was not tested.
const OMITTED: [&str; 3] = ["cost", "other_tools", "well_architected"];

/// The files beside the report that tables name: the register of findings.
const BESIDE: [&str; 2] = ["findings.csv", "findings.xlsx"];

/// True for a relative path below `workpapers/` made of a fixed alphabet, and for the register.
pub fn is_workpaper(path: &str) -> bool {
    BESIDE.contains(&path)
        || path.strip_prefix("workpapers/").is_some_and(|rest| {
            !rest.is_empty()
                && rest.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
                && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documents_of_the_report_are_pages() {
        assert_eq!(to_page("annex.md#x-1").as_deref(), Some("annex.html#x-1"));
        assert_eq!(to_page("report.md").as_deref(), Some("report.html"));
        for other in ["annex.md#a b", "annex.md#", "other.md#x", "../annex.md#x", "annex.html#x", "javascript:annex.md"] {
            assert_eq!(to_page(other), None, "{other}");
        }
    }
}
