//! Documents made ready, and what their statements say of one question.

use rustc_hash::FxHashMap;

use super::super::condition::Tests;
use super::super::document::{Actions, Document, Effect, Principals, Resources};
use super::super::pattern::Pattern;

/// A document made ready: distinct documents are compiled once and shared by all principals that hold them.
#[derive(Debug, Clone)]
pub struct Compiled {
    rules: Vec<Rule>,
    /// Watched actions, lower case, and the rules that apply to each.
    index: FxHashMap<String, Vec<usize>>,
}

/// A statement, compiled.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) position: usize,
    pub(super) sid: Option<String>,
    pub(super) effect: Effect,
    pub(super) principals: Option<Principals>,
    pub(super) actions: Actions,
    pub(super) resources: Option<Resources>,
    pub(super) tests: Tests,
}

impl Compiled {
    /// Compiles a document; `watched` are actions that will be asked about often. Others work too, only slower.
    pub fn new<'a>(document: &Document, watched: impl IntoIterator<Item = &'a str>) -> Self {
        let rules: Vec<Rule> = document
            .statements
            .iter()
            .map(|statement| Rule {
                position: statement.position,
                sid: statement.sid.clone(),
                effect: statement.effect,
                principals: statement.principals.clone(),
                actions: statement.actions.clone(),
                resources: statement.resources.clone(),
                tests: Tests::new(&statement.conditions, document.version),
            })
            .collect();
        let on = |action: &str| (0..rules.len()).filter(|at| rules[*at].has_action(action)).collect();
        let index = watched.into_iter().map(str::to_lowercase).map(|action| (action.clone(), on(&action))).collect();
        Self { rules, index }
    }

    pub(super) fn rules<'s>(&'s self, action: &'s str) -> impl Iterator<Item = &'s Rule> {
        let found = self.index.get(action);
        let scanned = found.is_none().then(|| self.rules.iter().filter(move |rule| rule.has_action(action)));
        let indexed = found.into_iter().flatten().filter_map(|at| self.rules.get(*at));
        indexed.chain(scanned.into_iter().flatten())
    }

    /// Whether some statement allows the action on some resource, before conditions.
    pub(super) fn allows(&self, action: &str) -> bool {
        self.rules(action).any(|rule| rule.effect == Effect::Allow)
    }

    /// Resources that statements on this action name, in `Resource` or `NotResource`.
    pub(super) fn named_resources<'s>(&'s self, action: &'s str) -> Vec<&'s Pattern> {
        let mut all = Vec::new();
        for rule in self.rules(action) {
            match &rule.resources {
                Some(Resources::These(list) | Resources::AllBut(list)) => all.extend(list),
                None => {}
            }
        }
        all
    }

    /// Resources that Allow statements on this action name; none for a statement that names what it leaves out, or no resource at all.
    pub(super) fn allowed_resources<'s>(&'s self, action: &'s str) -> Vec<Option<&'s Pattern>> {
        let mut all = Vec::new();
        for rule in self.rules(action).filter(|rule| rule.effect == Effect::Allow) {
            match &rule.resources {
                Some(Resources::These(list)) => all.extend(list.iter().map(Some)),
                Some(Resources::AllBut(_)) | None => all.push(None),
            }
        }
        all
    }
}
