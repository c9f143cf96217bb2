//! The HTML report: the Markdown report dressed, in one self-contained file.
//!
//! No element comes from data or from a template's raw HTML: the writer knows a fixed set of elements and classes,
//! everything else is text. Styles and script are inline and named by hash in a Content-Security-Policy that allows
//! nothing else; the page makes no request.

mod cells;
mod dress;
mod facets;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tera::{Context, Tera, Value};

pub use cells::split_number;
pub use dress::NavItem;

use super::ReportError;
use super::escape::{self, put};
use super::markdown::Rendered;
use super::model::Report;
use super::notes::Document;
use super::templates::Templates;

/// Makes the page.
///
/// # Errors
/// When the shell template fails, or leaves out the policy, the style or the body.
pub fn page(report: &Report, document: Document, rendered: &Rendered, templates: &Templates) -> Result<String, ReportError> {
    let dressed = dress::dress(&rendered.text, report, &rendered.tables);
    let style = squeeze(&format!("{}\n{}", templates.text("charts.css"), templates.text("style.css")));
    let script = templates.text("report.js").trim().to_string();
    let script_policy = if script.is_empty() { "'none'".to_string() } else { format!("'{}'", hash(&script)) };
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src {script_policy}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(&style)
    );
    let parts = [
        ("policy", format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")),
        ("style", format!("<style>{style}</style>")),
        ("script", if script.is_empty() { String::new() } else { format!("<script>{script}</script>") }),
        ("navigation", navigation(&dressed.nav, report)),
        ("body", dressed.body),
    ];
    let mut context = Context::from_serialize(report).map_err(|e| ReportError::template("report.html", &e))?;
    context.insert("annex", &(document == Document::Annex));
    context.insert("comparison", &(document == Document::Comparison));
    for (name, html) in &parts {
        context.insert_value(format!("page_{name}"), Value::safe_string(html));
    }
    let mut tera = Tera::new();
    tera.set_escape_fn(|text, out| out.write_all(escape::html(text).as_bytes()));
    tera.add_raw_template("report.html", templates.text("report.html")).map_err(|e| ReportError::template("report.html", &e))?;
    let html = tera.render("report.html", &context).map_err(|e| ReportError::template("report.html", &e))?;
    for (name, part) in &parts {
        if !html.contains(part.as_str()) {
            return Err(ReportError::Template {
                file: "report.html".into(),
                reason: format!("does not print `page_{name}`; put {{{{ page_{name} }}}} where it belongs"),
            });
        }
    }
    // A policy binds only what comes after it.
    let before = html.split("<meta http-equiv").next().unwrap_or_default().to_ascii_lowercase();
    if ["<style", "<script", "<link", "<img", "<body", "<iframe"].iter().any(|tag| before.contains(tag)) {
        return Err(ReportError::Template {
            file: "report.html".into(),
            reason: "`page_policy` must come before every style, script, link and image".into(),
        });
    }
    Ok(html)
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// Style sheets lose comments and line ends; nothing else about them changes.
fn squeeze(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..].find("*/").map_or("", |end| &rest[start + end + 2..]);
    }
    out.push_str(rest);
    out.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The navigation: sections, and below each its parts.
fn navigation(items: &[NavItem], report: &Report) -> String {
    let mut out = String::from("<ol>");
    let (mut open, mut inner) = (false, false);
    for item in items {
        if item.level == 2 {
            if inner {
                out.push_str("</ol>");
            }
            if open {
                out.push_str("</li>");
            }
            (open, inner) = (true, false);
            let (number, title) = split_number(&item.text);
            put!(
                out,
                "<li><a href=\"#{}\"><span class=\"no\">{}</span><span class=\"ti\">{}</span>",
                item.id,
                escape::html(number),
                escape::html(title)
            );
            let noted = report.pillars.iter().find(|p| p.title == title).map(|p| p.counts.exceptions_noted);
            if let Some(n) = noted.filter(|n| *n > 0) {
                put!(out, "<span class=\"n\">{n}<span class=\"vh\"> controls with exceptions</span></span>");
            }
            out.push_str("</a>");
        } else if open {
            if !inner {
                out.push_str("<ol>");
                inner = true;
            }
            put!(out, "<li><a href=\"#{}\">{}</a></li>", item.id, escape::html(&item.text));
        }
    }
    if inner {
        out.push_str("</ol>");
    }
    if open {
        out.push_str("</li>");
    }
    out.push_str("</ol>");
    out
}
