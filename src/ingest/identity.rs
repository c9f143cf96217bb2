//! What tells two inputs with the same content apart: the place that their paths name, for answers whose records do not
//! name their own.
//!
//! `get-trail-status` of two trails, the recorders of three Regions and an empty list of any account may be the same
//! bytes and are not the same answer. A copy that a browser or a person made beside an answer names the same place.

use crate::schema::tables::EmptyAnswersRow;
use serde_json::{Map, Value};

use super::batch::Output;
use super::detect::Format;
use crate::ingest::formats::cli_answers::{self, place_of, without_copy_mark};
use crate::ingest::formats::declaration::Place;
use crate::ingest::formats::list::List;
use crate::ingest::formats::{organization, registry};
use crate::ingest::reading::recorded;

/// Bytes up to which a text is asked whether it is an empty answer.
const SMALL: usize = 4096;

/// Whether the records of a text leave open where they are from, so that its path has to say it.
pub fn is_named_by_path(format: Format, text: &[u8]) -> bool {
    !matches!(format.declaration().place, Place::Stated) || !empty_lists(format, text).is_empty()
}

/// What a path says of where an answer is from, in a form to compare; empty when it says nothing.
pub fn place(format: Format, path: &str) -> String {
    let name = match format.declaration().place {
        // The list of all accounts is the same wherever it lies; that of a root or unit names it.
        Place::Only(about) => return about(path).unwrap_or_default(),
        Place::About(about) => about(path),
        Place::Path | Place::Stated => None,
    };
    let place = place_of(path);
    let parts = [place.account, place.region, name.map(|name| without_copy_mark(&name).to_owned())];
    if parts.iter().all(Option::is_none) { String::new() } else { parts.map(Option::unwrap_or_default).join("\0") }
}

/// Whether an answer whose path names no place may be a copy of one whose path does. The accounts of an organisation are
/// not those of a root that holds them all, although the answers are the same bytes.
pub fn may_be_copy(format: Format) -> bool {
    !matches!(format.declaration().place, Place::Only(_))
}

/// The lists of an answer, by name, when it holds nothing but empty ones: nothing of their kind was there.
pub fn empty_lists(format: Format, text: &[u8]) -> Vec<String> {
    if text.len() > SMALL || format.cloudtrail().is_some() || format.is_nothing() {
        return Vec::new();
    }
    let Ok(document) = serde_json::from_slice::<Value>(recorded::inner(text)) else { return Vec::new() };
    let nothing = Map::new();
    let members = cli_answers::unwrap(&document).as_object().unwrap_or(&nothing);
    let lists: Vec<(&String, &Vec<Value>)> = members.iter().filter_map(|(name, value)| Some((name, value.as_array()?))).collect();
    // A page that more follows, or an answer that states something beside its list, is not "nothing there".
    let more = members.iter().any(|(name, value)| !value.is_array() && !value.is_null() && name != "ResponseMetadata");
    if more || lists.iter().any(|(_, list)| !list.is_empty()) {
        return Vec::new();
    }
    lists.into_iter().map(|(name, _)| name.clone()).collect()
}

/// The table that is empty where a list of this name is.
fn table_of(list: &str) -> Option<&'static str> {
    let held = |of: &List, empty: Option<&'static str>| empty.filter(|_| of.names.contains(&list));
    let answers = registry::answers().iter().find_map(|answer| held(&answer.list, answer.empty));
    answers.or_else(|| registry::shapes().iter().find_map(|shape| held(&shape.list, shape.empty)))
}

/// Keeps an answer that holds nothing but empty lists as a row for each list: nothing was there, at the place that the
/// path names.
pub fn keep_empty(format: Format, text: &[u8], path: &str, out: &mut Output<'_>) {
    let place = place_of(path);
    // Of a root or unit the answer says that it holds no accounts, not that there are none.
    let of_parent = matches!(format.declaration().place, Place::Only(about) if about(path).is_some());
    for list in empty_lists(format, text) {
        let record = out.counts.read;
        out.read(1);
        out.row(
            record,
            &EmptyAnswersRow {
                account_id: place.account.as_deref(),
                region: place.region.as_deref(),
                list_name: Some(&list),
                table_name: if of_parent { Some(organization::PARENTS) } else { table_of(&list) },
                answer_format: Some(format.label()),
            },
        );
        out.kept(1);
    }
}

/// The answer behind a row of [`keep_empty`]: all of it, since it holds nothing else.
pub fn find_empty(format: Format, text: &[u8], record: u64) -> Option<String> {
    let at = usize::try_from(record).ok()?;
    empty_lists(format, text).get(at)?;
    Some(String::from_utf8_lossy(recorded::inner(text)).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::detect::detect;

    #[test]
    fn a_place_is_what_the_path_names_and_a_copy_names_the_same() {
        let status = |path| place(Format::TrailStatus, path);
        assert_ne!(status("get-trail-status-main.json"), status("get-trail-status-other.json"));
        assert_eq!(status("get-trail-status-main.json"), status("copies/get-trail-status-main (1).json"));
        assert_eq!(status("get-trail-status-main.json"), status("get-trail-status-main.json.gz"));
        assert_eq!(status("status.json"), "");
        let recorders = |path| place(Format::ConfigRecorders, path);
        assert_ne!(recorders("eu-west-1/recorders.json"), recorders("us-east-1/recorders.json"));
        assert_eq!(recorders("eu-west-1/recorders.json"), recorders("eu-west-1/recorders copy.json"));
        let parents = |path| place(Format::OrganizationParents, path);
        assert_ne!(parents("list-parents-111122223333.json"), parents("list-parents-444455556666.json"));
        assert_eq!(parents("list-parents-ou-ab12-11111111.json"), parents("copies/list-parents-ou-ab12-11111111 (1).json"));
        let accounts = |path| place(Format::OrganizationAccounts, path);
        assert_eq!(accounts("111122223333/list-accounts.json"), "");
        assert_eq!(accounts("list-accounts-for-parent-r-ab12.json"), "r-ab12");
        assert_ne!(place(Format::AccountSummary, "111122223333/s.json"), place(Format::AccountSummary, "444455556666/s.json"));
    }

    #[test]
    fn an_empty_answer_is_one_that_holds_nothing_else() {
        let lists = |text: &str| empty_lists(detect(text.as_bytes()), text.as_bytes());
        assert_eq!(lists(r#"{"trailList":[]}"#), ["trailList"]);
        assert_eq!(lists("{ \"Findings\": [\n] }"), ["Findings"]);
        assert_eq!(lists(r#"{"Findings":[],"NextToken":"more"}"#), [""; 0]);
        assert_eq!(lists(r#"{"trailList":[{"Name":"main"}]}"#), [""; 0]);
        assert_eq!(lists(r#"{"Records":[]}"#), [""; 0]);

        let text = r#"{"trailList":[]}"#.as_bytes();
        let found = |record| find_empty(detect(text), text, record);
        assert_eq!((found(0).as_deref(), found(1)), (Some(r#"{"trailList":[]}"#), None));
    }
}
