//! What management represents about a question or practice, with the pieces of evidence that it stands against.

use std::collections::BTreeMap;

use super::{Input, piece};
use crate::base::text::distinct;
use crate::engagement;
use crate::evaluate::represented::{Said, Standing};
use crate::report::model::{Conflict, ControlResult, Representation};

/// What is said about `id`, as given; `None` when nothing is.
fn given(input: &Input<'_>, id: &str) -> Option<Representation> {
    let said: Vec<&engagement::Representation> = input.engagement.representation.iter().filter(|r| r.id == id).collect();
    let join = |part: fn(&engagement::Representation) -> &str, by: &str| distinct(said.iter().map(|r| part(r)), by);
    (!said.is_empty()).then(|| Representation {
        text: join(|r| &r.statement, " "),
        who: join(|r| &r.who, "; "),
        when: join(|r| &r.when, "; "),
        reference: join(|r| &r.reference, "; "),
        ..Representation::default()
    })
}

/// What is said about a question, and how it stands.
pub(super) fn about_question(
    input: &Input<'_>,
    controls: &BTreeMap<String, ControlResult>,
    id: &str,
    said: Option<&Said>,
) -> Option<Representation> {
    let said = said?;
    let pieces = |ids: &[String]| piece::all(input, controls, ids.iter().map(String::as_str));
    Some(Representation {
        standing: said.standing,
        contradicted_by: pieces(&said.contradicted_by),
        supported_by: pieces(&said.supported_by),
        limited_by: pieces(&said.limited_by),
        ..given(input, id)?
    })
}

/// Representations about practices that evidence contradicts, for the summary.
pub(super) fn practices_contradicted(input: &Input<'_>, controls: &BTreeMap<String, ControlResult>) -> Vec<Conflict> {
    let practices = input.catalogue.frameworks.well_architected.iter().flat_map(|question| &question.practices);
    let contradicted = practices.zip(&input.evaluation.practices).filter_map(|(practice, run)| {
        let given = given(input, &practice.id)?;
        let contradicted_by = piece::all(input, controls, run.contradicted_by());
        (!contradicted_by.is_empty()).then(|| Conflict {
            id: practice.id.clone(),
            title: practice.title.clone(),
            representation: Representation { standing: Standing::Contradicted, contradicted_by, ..given },
            href: Some("section:well_architected".to_owned()),
        })
    });
    contradicted.collect()
}
