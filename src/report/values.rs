//! The template engine with the filters of values: everything is escaped as running text unless a filter says otherwise.

use std::sync::Arc;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::escape;
use super::model::Report;
use super::model::limitations::brief;
use super::notes::fail;
use super::topics;

/// An engine that escapes, with the filters of values only.
pub(super) fn bare(report: &Arc<Report>) -> Tera {
    let mut tera = Tera::new();
    tera.set_escape_fn(|text, out| out.write_all(escape::md(text, escape::MD_CAP).as_bytes()));
    tera.autoescape_on([".md"]);
    filters(&mut tera, report);
    topics::register(&mut tera);
    tera
}

pub(super) fn safe(text: &str) -> Value {
    Value::safe_string(text)
}

/// The text of a value, for escapes: strings as they are, numbers as printed; lists and maps are refused.
fn text_of(value: &Value) -> TeraResult<String> {
    if value.is_array() || value.is_map() || value.is_undefined() || value.is_bytes() {
        return fail(format!("an escape needs text, not {}", value.name()));
    }
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_string))
}

type Escape = fn(&str, usize) -> String;

fn escape_filter(tera: &mut Tera, name: &'static str, cap: usize, escape: Escape) {
    tera.register_filter(name, move |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let max = kwargs.get::<usize>("max")?.unwrap_or(cap).clamp(1, 1_000_000);
        Ok(safe(&escape(&text_of(&value)?, max)))
    });
}

fn filters(tera: &mut Tera, report: &Arc<Report>) {
    escape_filter(tera, "md", escape::MD_CAP, escape::md);
    escape_filter(tera, "cell", escape::CELL_CAP, escape::cell);
    escape_filter(tera, "code", escape::CODE_CAP, escape::code);
    escape_filter(tera, "code_cell", escape::CODE_CAP, escape::code_cell);
    tera.register_filter("codeblock", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let max = kwargs.get::<usize>("max")?.unwrap_or(escape::CODEBLOCK_CAP).clamp(1, 10_000_000);
        let info = kwargs.get::<String>("info")?.unwrap_or_default();
        Ok(safe(&escape::codeblock(&text_of(&value)?, &info, max)))
    });
    tera.register_filter("num", |value: Value, _: Kwargs, _: &State| -> TeraResult<Value> {
        match value.as_u128().and_then(|n| u64::try_from(n).ok()) {
            Some(n) => Ok(safe(&escape::thousands(n))),
            None => fail(format!("`num` needs a count, not {}", value.name())),
        }
    });
    tera.register_filter("words", |value: Value, _: Kwargs, _: &State| -> TeraResult<String> { Ok(text_of(&value)?.replace('_', " ")) });
    // Whoever needs raw Markdown writes it in the template; a value never is.
    tera.register_filter("safe", |_: Value, _: Kwargs, _: &State| -> TeraResult<Value> {
        fail("`safe` is not available in report templates: values are always escaped")
    });
    let r = Arc::clone(report);
    tera.register_filter("note", move |value: Value, _: Kwargs, _: &State| -> TeraResult<String> {
        Ok(brief(&r.limitations, &text_of(&value)?).to_owned())
    });
}
