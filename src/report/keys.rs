//! Keys that templates name and the model does not have.
//!
//! tera makes rendering an undefined value an error, but takes `{% if cover.clinet %}` for false. A misspelled
//! key would then be an empty place in a report, so dotted paths that begin at the model are looked up here first.

use serde_json::Value;

use super::ReportError;

/// Looks up every dotted path of `text` that begins with a key of the model.
///
/// # Errors
/// When a path leads to a key that does not exist. Paths into lists and into values that are absent in this
/// report cannot be followed and are left to tera.
pub(super) fn check(file: &str, text: &str, model: &Value) -> Result<(), ReportError> {
    for tag in tags(text) {
        if let Some(target) = iterates(tag)
            && (target.is_empty() || matches!(follow(model, target), Some(Value::Object(_))))
        {
            return Err(ReportError::Template {
                file: file.into(),
                reason: format!("`{}` walks over a map, whose order tera does not keep; walk over a list of ids", tag.trim()),
            });
        }
        for path in paths(tag) {
            let mut at = model;
            for (depth, key) in path.split('.').enumerate() {
                match at {
                    Value::Object(map) => match map.get(key) {
                        Some(next) => at = next,
                        // Names of loops and arguments are not the model's.
                        None if depth == 0 => break,
                        None => {
                            return Err(ReportError::Template {
                                file: file.into(),
                                reason: format!("names `{path}`, but the report has no key `{key}` there"),
                            });
                        }
                    },
                    _ => break,
                }
            }
        }
    }
    Ok(())
}

/// What a `for` tag walks over: a dotted path, empty when it takes keys and values; `None` for other tags.
fn iterates(tag: &str) -> Option<&str> {
    let words: Vec<&str> = tag.trim_matches(|c: char| c == '-' || c.is_whitespace()).split_whitespace().collect();
    match words.as_slice() {
        ["for", _, "in", path, ..] => Some(*path),
        ["for", one, ..] if one.contains(',') => Some(""),
        ["for", _, comma, ..] if comma.starts_with(',') => Some(""),
        _ => None,
    }
}

fn follow<'m>(model: &'m Value, path: &str) -> Option<&'m Value> {
    path.split('.').try_fold(model, |at, key| at.get(key))
}

/// The insides of `{{ }}` and `{% %}`.
pub(super) fn tags(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let after = &rest[open..];
        let close = match after.as_bytes().get(1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => {
                rest = after.find("#}").map_or("", |end| &after[end + 2..]);
                continue;
            }
            _ => {
                rest = &after[1..];
                continue;
            }
        };
        let Some(end) = after.find(close) else { break };
        out.push(&after[2..end]);
        rest = &after[end + 2..];
    }
    out
}

/// Dotted names outside string literals, not followed by `=` or `(`: variables.
pub(super) fn paths(tag: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let bytes = tag.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            quote @ (b'"' | b'\'' | b'`') => {
                i += 1;
                while i < bytes.len() && bytes[i] != quote {
                    i += 1;
                }
                i += 1;
            }
            b if b.is_ascii_alphabetic() || b == b'_' => {
                let start = i;
                while i < bytes.len() && (bytes[i].is_ascii_alphanumeric() || matches!(bytes[i], b'_' | b'.')) {
                    i += 1;
                }
                let path = tag[start..i].trim_end_matches('.');
                let before = tag[..start].trim_end().chars().next_back();
                let after = tag[i..].trim_start();
                let assigned = after.starts_with('=') && !after.starts_with("==");
                if path.contains('.') && before != Some('.') && before != Some('|') && !assigned && !after.starts_with('(') {
                    out.push(path);
                }
            }
            _ => i += 1,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn misspelled_keys_are_named() {
        let model = json!({"cover": {"client": "x", "people": []}, "cost": null});
        let check = |text: &str| check("a.md", text, &model);
        assert!(check("{% if cover.client %}{{ cover.client | md(max=3) }}{% endif %}").is_ok());
        assert!(check("{% for p in cover.people %}{{ p.nothing }}{% endfor %}").is_ok());
        assert!(check("{{ cost.total }} {# cover.nope #} {{ \"cover.nope\" }} cover.nope").is_ok());
        assert!(check("{% if cover.clinet %}{% endif %}").is_err());
        assert!(check("{% for k, v in cover.people %}{% endfor %}").is_err());
        assert!(check("{%- for v in cover -%}{% endfor %}").is_err());
        assert!(check("{{ cover . client }}{{ f(a=cover.clinet) }}").is_err());
    }
}
