//! Numbers and times as text, the same on every machine.

use std::collections::BTreeMap;

pub use crate::base::text::{count, thousands};
pub use crate::base::zone::{date, moment};

/// A number with at most `places` decimals and grouped thousands.
pub fn decimal(number: f64, places: usize) -> String {
    if !number.is_finite() {
        return "not determined".to_owned();
    }
    let text = format!("{:.places$}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let grouped = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), thousands);
    let fraction = fraction.trim_end_matches('0');
    let zero = whole == "0" && fraction.is_empty();
    let sign = if number < 0.0 && !zero { "\u{2212}" } else { "" };
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

/// Money with two decimals and its currency.
pub fn money(number: f64, currency: &str) -> String {
    let text = format!("{:.2}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
    let grouped = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), thousands);
    let sign = if number < 0.0 && text != "0.00" { "\u{2212}" } else { "" };
    format!("{sign}{grouped}.{fraction} {currency}").trim_end().to_owned()
}

/// An account with its name, where one is known: `111122223333 (acme-prod)`.
pub fn account(id: &str, name: Option<&str>) -> String {
    match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{id} ({name})"),
        None => id.to_owned(),
    }
}

/// The workpaper path of an entry, if one was written.
pub fn workpaper(id: &str, written: &BTreeMap<String, (String, u64)>) -> Option<String> {
    ["csv", "parquet"].iter().map(|end| format!("workpapers/{id}.{end}")).find(|path| written.contains_key(path))
}

/// The end of an ARN or path.
pub fn last_part(text: &str) -> &str {
    text.rsplit(['/', ':']).next().unwrap_or(text)
}

/// The last part of an ARN, which names a user or role; other names whole.
pub fn name_of(text: &str) -> &str {
    if text.starts_with("arn:") { last_part(text) } else { text }
}

/// Who acted: the end of the principal's ARN, and the session where it says more.
pub fn actor(principal: &str, session: &str) -> String {
    let end = last_part(principal);
    if session.is_empty() || session == end { end.to_owned() } else { format!("{end} / {session}") }
}

/// Bytes in a unit people read.
#[expect(clippy::cast_precision_loss, reason = "for reading")]
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{} kB", decimal(n as f64 / 1e3, 1)),
        1_000_000..1_000_000_000 => format!("{} MB", decimal(n as f64 / 1e6, 1)),
        _ => format!("{} GB", decimal(n as f64 / 1e9, 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_are_named_shortly() {
        assert_eq!(actor("arn:aws:iam::111122223333:user/dev-admin", "dev-admin"), "dev-admin");
        assert_eq!(actor("arn:aws:iam::111122223333:role/x/Deploy", "run-7"), "Deploy / run-7");
        assert_eq!(actor("arn:aws:iam::111122223333:root", ""), "root");
    }
}
