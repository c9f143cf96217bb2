//! Filters of topics, the same in the report's Markdown, where what they give is escaped as any value is, and in plain text:
//! statements as data, alternatives of charts and titles.

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::locale::Locale;
use crate::report::assemble::words;
use crate::report::escape;

fn fail<T>(message: impl Into<String>) -> TeraResult<T> {
    Err(tera::Error::message(message.into()))
}

fn text_of(filter: &str, value: &Value) -> TeraResult<String> {
    if value.is_array() || value.is_map() || value.is_undefined() || value.is_bytes() {
        return fail(format!("`{filter}` needs a text or number, not {}", value.name()));
    }
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn locale(state: &State<'_>) -> TeraResult<Locale> {
    Ok(Locale::of(&state.get::<String>("lang")?.unwrap_or_default()))
}

/// The value of a row's column.
fn field<'v>(row: &'v Value, name: &str) -> Option<&'v Value> {
    row.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
}

/// A count: a number, a list, or a query.
fn counted(value: &Value) -> TeraResult<u64> {
    let number = |value: &Value| value.as_u128().and_then(|n| u64::try_from(n).ok());
    if let Some(n) = number(value) {
        return Ok(n);
    }
    if let Some(list) = value.as_array() {
        return Ok(list.len() as u64);
    }
    if let Some(n) = value.as_map().and_then(|map| map.get(&"count".into())).and_then(number) {
        return Ok(n);
    }
    match value.as_str().and_then(|text| text.parse().ok()) {
        Some(n) => Ok(n),
        None => fail(format!("`count` needs a count, a list or a query, not {}", value.name())),
    }
}

/// Registers the filters that topics have besides those of all templates.
pub fn register(tera: &mut Tera) {
    tera.register_filter("count", |value: Value, kwargs: Kwargs, state: &State<'_>| -> TeraResult<String> {
        let n = counted(&value)?;
        let figure = locale(state)?.count(n);
        Ok(match (kwargs.get::<String>("one")?, kwargs.get::<String>("many")?) {
            (Some(one), _) if n == 1 => format!("{figure} {one}"),
            (_, Some(many)) => format!("{figure} {many}"),
            _ => figure,
        })
    });
    tera.register_filter("list", |value: Value, kwargs: Kwargs, state: &State<'_>| -> TeraResult<String> {
        let Some(values) = value.as_array() else { return fail(format!("`list` needs a list, not {}", value.name())) };
        let key = kwargs.get::<String>("key")?;
        let member = |value: &Value| match &key {
            Some(key) => match field(value, key) {
                Some(found) => text_of("list", found),
                None => fail(format!("`list` finds no {key:?} in a row")),
            },
            None => text_of("list", value),
        };
        let texts = values.iter().map(member).collect::<TeraResult<Vec<_>>>()?;
        Ok(locale(state)?.list(&texts, kwargs.get::<usize>("max")?.unwrap_or(5)))
    });
    tera.register_filter("decimal", |value: Value, kwargs: Kwargs, state: &State<'_>| -> TeraResult<String> {
        let text = text_of("decimal", &value)?;
        Ok(locale(state)?.decimal(&text, kwargs.get::<usize>("places")?.unwrap_or(1).min(18), false).unwrap_or(text))
    });
    tera.register_filter("money", |value: Value, kwargs: Kwargs, state: &State<'_>| -> TeraResult<String> {
        let text = text_of("money", &value)?;
        let figure = locale(state)?.decimal(&text, 2, true).unwrap_or(text);
        let currency = kwargs.must_get::<String>("currency")?;
        Ok(format!("{figure} {currency}").trim_end().to_owned())
    });
    tera.register_filter("percent", |value: Value, kwargs: Kwargs, state: &State<'_>| -> TeraResult<String> {
        let text = text_of("percent", &value)?;
        let Ok(share) = crate::base::decimal::parse(&text) else { return Ok(text) };
        let hundredfold = crate::base::decimal::text(share.units.saturating_mul(100));
        let places = kwargs.get::<usize>("places")?.unwrap_or(0).min(6);
        Ok(locale(state)?.decimal(&hundredfold, places, false).map_or(text, |figure| format!("{figure}\u{a0}%")))
    });
    tera.register_filter("duration", |value: Value, _: Kwargs, state: &State<'_>| -> TeraResult<String> {
        let text = text_of("duration", &value)?;
        Ok(locale(state)?.duration(&text).unwrap_or(text))
    });
    tera.register_filter("times", |value: Value, _: Kwargs, state: &State<'_>| -> TeraResult<String> {
        Ok(locale(state)?.times(counted(&value)?))
    });
    tera.register_filter("name", |value: Value, _: Kwargs, _: &State<'_>| -> TeraResult<String> {
        Ok(words::last_part(&text_of("name", &value)?).to_owned())
    });
    tera.register_filter("actor", |value: Value, kwargs: Kwargs, _: &State<'_>| -> TeraResult<String> {
        Ok(words::actor(&text_of("actor", &value)?, &kwargs.get::<String>("session")?.unwrap_or_default()))
    });
    tera.register_filter("filter_by", |value: Value, kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        let (key, wanted) = (kwargs.must_get::<String>("key")?, kwargs.must_get::<Value>("value")?);
        let Some(rows) = value.as_array() else { return fail(format!("`filter_by` needs a list, not {}", value.name())) };
        let holds = |row: &&Value| field(row, &key).is_some_and(|found| *found == wanted);
        Ok(Value::from(rows.iter().filter(holds).cloned().collect::<Vec<_>>()))
    });
    tera.register_filter("date", |value: Value, _: Kwargs, _: &State<'_>| -> TeraResult<String> {
        Ok(text_of("date", &value)?.chars().take(10).collect())
    });
    tera.register_filter("account", |value: Value, _: Kwargs, state: &State<'_>| -> TeraResult<String> {
        let id = text_of("account", &value)?;
        let names = state.get::<Value>("account_names")?;
        let name = names.as_ref().and_then(|names| field(names, &id)).and_then(Value::as_str);
        Ok(words::account(&id, name))
    });
}

/// A text up to a length: what `code` gives in plain text.
pub fn text_within(value: Value, kwargs: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let text = text_of("code", &value)?;
    Ok(text.chars().take(kwargs.get::<usize>("max")?.unwrap_or(escape::CODE_CAP)).collect())
}
