//! Who owns what a finding is about: the owner tag of its resources, else the engagement.

use std::collections::BTreeMap;

use crate::engagement::Engagement;
use crate::evaluate::{EvaluateError, ExceptionRow, Grid, Tables, run_text};
use crate::policy::pattern::Pattern;

/// Owners by account and resource, by id and by name, from a tag `owner` however it is capitalised.
#[derive(Debug, Default)]
pub struct Tagged(BTreeMap<(String, String), String>);

impl Tagged {
    /// Reads the tags.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(tables: &Tables<'_>) -> Result<Self, EvaluateError> {
        const SQL: &str = "SELECT account_id, resource_id, MIN(tag_value) AS owner FROM tags WHERE LOWER(tag_key) = 'owner' AND tag_value <> '' GROUP BY account_id, resource_id";
        let frame = run_text(tables, "owners", SQL, &[])?;
        let grid = Grid::of(&frame, usize::MAX).map_err(|source| EvaluateError::Query { query: "owners".to_owned(), source })?;
        let text = |row: &[crate::evaluate::Value], name: &str| grid.get(row, &[name]).to_text();
        Ok(Self(grid.rows.iter().map(|row| ((text(row, "account_id"), text(row, "resource_id")), text(row, "owner"))).collect()))
    }

    fn of(&self, row: &ExceptionRow) -> Option<&String> {
        // An event of a bucket names it as its configuration does.
        let resource = if row.time.is_some() { &row.object } else { &row.resource };
        self.0.get(&(row.account.clone(), resource.clone()))
    }
}

/// The `[[owner]]` list of the engagement, made ready to be asked.
pub(super) struct Listed<'e>(Vec<(Option<&'e str>, Option<Pattern>, &'e str)>);

impl<'e> Listed<'e> {
    pub(super) fn of(engagement: &'e Engagement) -> Self {
        let one = |owner: &'e crate::engagement::Owner| {
            (owner.account.as_deref(), owner.resource.as_deref().map(Pattern::new), owner.owner.as_str())
        };
        Self(engagement.owner.iter().map(one).collect())
    }

    /// The first that matches account and resource.
    fn owner(&self, row: &ExceptionRow) -> Option<&'e str> {
        let named = if row.time.is_some() { [&row.object, &row.arn, &row.object] } else { [&row.resource, &row.arn, &row.name] };
        let matches = |pattern: &Pattern| named.iter().any(|name| !name.is_empty() && pattern.matches(name));
        let covers = |(account, pattern, _): &&(Option<&str>, Option<Pattern>, &str)| {
            account.is_none_or(|account| account == row.account) && pattern.as_ref().is_none_or(matches)
        };
        self.0.iter().find(covers).map(|(.., owner)| *owner)
    }
}

/// The owner of an exception's resource; the tag comes first.
pub(super) fn of<'o>(tagged: &'o Tagged, listed: &'o Listed<'_>, row: &ExceptionRow) -> Option<&'o str> {
    tagged.of(row).map(String::as_str).or_else(|| listed.owner(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagement::Owner;

    #[test]
    fn the_tag_comes_first_then_the_first_of_the_engagement_that_matches() {
        let tagged = Tagged([(("1".to_owned(), "tagged".to_owned()), "Tag team".to_owned())].into_iter().collect());
        let owner = |account: Option<&str>, resource: Option<&str>, owner: &str| Owner {
            account: account.map(str::to_owned),
            resource: resource.map(str::to_owned),
            owner: owner.to_owned(),
        };
        let list = vec![owner(Some("1"), Some("build-*"), "Build"), owner(Some("1"), None, "Platform"), owner(None, Some("any"), "All")];
        let engagement = Engagement { owner: list, ..Engagement::default() };
        let listed = Listed::of(&engagement);
        let row = |account: &str, resource: &str| ExceptionRow {
            account: account.to_owned(),
            resource: resource.to_owned(),
            ..ExceptionRow::default()
        };
        for (account, resource, wanted) in [
            ("1", "tagged", Some("Tag team")),
            ("1", "build-1", Some("Build")),
            ("1", "other", Some("Platform")),
            ("2", "tagged", None),
            ("2", "any", Some("All")),
        ] {
            assert_eq!(of(&tagged, &listed, &row(account, resource)), wanted, "{account} {resource}");
        }
        // An event's id is no resource; the account's owner answers for it.
        let event = ExceptionRow { time: Some(1), ..row("1", "build-1") };
        assert_eq!(of(&tagged, &listed, &event), Some("Platform"));
    }
}
