//! What is missing for which part of the report, and how to export it.

use std::collections::BTreeSet;

use super::screen;
use super::seen::Seen;
use crate::engagement::Engagement;
use crate::ingest::detect::Format;
use crate::ingest::formats::declaration::Request;

/// Each request once, in the order of the list.
fn requests() -> Vec<&'static Request> {
    let mut all: Vec<&Request> = Format::ALL.iter().flat_map(|format| format.declaration().requests).copied().collect();
    all.sort_by_key(|request| request.order);
    all.dedup_by_key(|request| request.order);
    all
}

/// The list, or a line that says nothing is missing.
pub(super) fn text(files: &[Seen], engagement: &Engagement) -> String {
    let accounts = |list: &mut dyn Iterator<Item = &Seen>| -> BTreeSet<String> {
        list.flat_map(|f| &f.places).map(|(a, _)| a.clone()).filter(|a| !a.is_empty()).collect()
    };
    let mut expected = accounts(&mut files.iter());
    expected.extend(engagement.scope.account.iter().map(|a| a.id.clone()));
    let mut rows = Vec::new();
    for request in requests() {
        let feeds = |format: Format| format.declaration().requests.iter().any(|own| own.order == request.order);
        let of = |f: &&Seen| f.format.is_some_and(feeds);
        let n = files.iter().filter(of).count();
        let have = accounts(&mut files.iter().filter(of));
        let missing: Vec<String> = expected.difference(&have).cloned().collect();
        let wanted = request.beside.is_none_or(|beside| files.iter().any(|f| f.format.is_some_and(|format| beside(format.declaration()))));
        let what = if n == 0 && wanted {
            request.what.to_owned()
        } else if n > 0 && request.each && !have.is_empty() && !missing.is_empty() {
            format!("{} of {}", request.what, few(&missing))
        } else {
            continue;
        };
        rows.push(vec![what, request.tells.to_owned(), request.how.to_owned()]);
    }
    if rows.is_empty() {
        return "\nNothing is missing for any part of the report; what the exports cover, day by day, stands in the report.\n".to_owned();
    }
    let columns = ["missing", "without it the report cannot tell", "how to export it"].map(str::to_owned);
    format!("\n{}", screen::table(&columns, &rows))
}

fn few(list: &[String]) -> String {
    const MOST: usize = 4;
    crate::base::text::list(list, MOST)
}
