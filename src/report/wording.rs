//! The words of what the program fills by itself: captions, headings and single words from `labels.toml`, sentences and
//! cells from `words.md`.

use std::sync::OnceLock;

use tera::Context;

use super::ReportError;
use super::labels::Labels;
use super::templates::Templates;
use super::words::Words;

/// File of sentences and cells.
const SENTENCES: &str = "words.md";

/// All words of one set of templates. A sentence whose component fails is empty; [`Wording::check`] then says why, and
/// whoever words anything asks it before the words are printed.
pub struct Wording {
    /// Captions, headings and single words.
    pub labels: Labels,
    sentences: Words,
    fault: OnceLock<String>,
}

impl Wording {
    /// Those of a set of templates.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn new(templates: &Templates) -> Result<Self, ReportError> {
        let labels = templates.labels().clone();
        Ok(Self { labels, sentences: Words::of_file(SENTENCES, templates)?, fault: OnceLock::new() })
    }

    /// What a component says of values by their names, as plain text.
    pub fn said(&self, component: &str, values: &serde_json::Value) -> String {
        let said = Context::from_serialize(values)
            .map_err(|e| ReportError::template(SENTENCES, &e))
            .and_then(|context| self.sentences.with(component, &context));
        said.unwrap_or_else(|fault| {
            // The first fault is the one told.
            let _ = self.fault.set(match fault {
                ReportError::Template { reason, .. } => reason,
                other => other.to_string(),
            });
            String::new()
        })
    }

    /// Whether every sentence could be worded.
    ///
    /// # Errors
    /// With the first that could not.
    pub fn check(&self) -> Result<(), ReportError> {
        match self.fault.get() {
            None => Ok(()),
            Some(reason) => Err(ReportError::Template { file: SENTENCES.to_owned(), reason: reason.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wording() -> Wording {
        Wording::new(&Templates::load(None).unwrap()).unwrap()
    }

    #[test]
    fn a_sentence_that_fails_is_told() {
        let wording = wording();
        assert_eq!(wording.said("opportunity", &json!({"title": "a < b"})), "a < b (opportunity)");
        wording.check().unwrap();
        assert_eq!(wording.said("no_such_component", &json!({})), "");
        assert!(wording.check().unwrap_err().to_string().starts_with("template words.md: "));
    }

    #[test]
    fn actors_are_worded_by_class_with_what_is_known_of_them() {
        let said = |who: serde_json::Value| wording().said("actor", &json!({ "who": who }));
        let of = |class: &str| said(json!({"class": class, "name": "", "grade": "", "session": "", "chain": ""}));
        assert_eq!(of("root_session"), "root, task session");
        assert_eq!(of("iam_user"), "IAM user, person or program");
        let whole = json!({"class": "human_federated", "name": "anna", "grade": "asserted", "session": "s1", "chain": "a, b"});
        assert_eq!(said(whole), "person anna (asserted), session s1, by way of a, b");
    }

    #[test]
    fn places_of_findings_limits_and_counts() {
        let wording = wording();
        let place = |f: serde_json::Value| wording.said("place", &json!({ "f": f }));
        assert_eq!(
            place(json!({"place": "acme-dev; eu-west-1", "when": "2026-05-20", "owner": ""})),
            "acme-dev; eu-west-1; 2026-05-20; unassigned"
        );
        assert_eq!(place(json!({"place": "", "when": "", "owner": "platform"})), "owner platform");
        let limit = |extent: &str, reasons: &str| wording.said("limits", &json!({"extent": extent, "reasons": reasons}));
        assert_eq!(
            [limit("full", ""), limit("partial", "L1"), limit("none", ""), limit("none", "L2")],
            ["none", "L1", "not tested", "not tested: L2"]
        );
        let shown = |unit: &str| wording.said("shown", &json!({"shown": "10", "total": "1,234", "unit": unit}));
        assert_eq!([shown(""), shown("findings")], ["10 of 1,234 shown", "10 of 1,234 findings shown"]);
        wording.check().unwrap();
    }

    #[test]
    fn findings_of_acceptances_and_responses_that_do_not_fit() {
        let wording = wording();
        let acceptance = |fault: &str| {
            let a = json!({"finding": "Key too old", "control": "iam-key-age", "resources": "anna", "fault": fault, "expiry": "2026-01-31", "covered": 2});
            wording.said("acceptance", &json!({ "a": a }))
        };
        let subject = "The risk acceptance for \"Key too old\" (iam-key-age), resources anna";
        assert_eq!(
            acceptance("expired"),
            format!("{subject}, expired on 2026-01-31. It is not applied; 2 exceptions in this report would match it.")
        );
        assert_eq!(acceptance("no_approver"), format!("{subject}, names no approver. It is applied to 2 exceptions."));
        assert_eq!(acceptance("no_expiry"), format!("{subject}, has no expiry date. It is applied to 2 exceptions."));
        assert_eq!(acceptance("matches_nothing"), format!("{subject}, matches no exception in this report."));
        let problem = |wrong: &str| {
            wording.said("response_problem", &json!({"p": {"wrong": wrong, "id": "\"F-1\"", "column": "due_date", "text": "\"soon\""}}))
        };
        assert_eq!(problem("unknown_id"), "no finding of this report has the id \"F-1\"; the response is kept in the register");
        assert_eq!(problem("date"), "due_date \"soon\" is not a date (2026-12-31 or 31.12.2026); it is kept as typed");
        assert_eq!(problem("word"), "response \"soon\" is not agree, partly agree or disagree; it is kept as typed");
        let cause = wording.said("cause_not_established", &json!({"changes": "PutBucketAcl by anna at noon (exact)"}));
        assert_eq!(cause, "Not established. Last recorded change of the resource: PutBucketAcl by anna at noon (exact).");
        let when = |first: &str, last: &str| wording.said("when", &json!({"w": {"first": first, "last": last, "as_at": "2026-06-30"}}));
        assert_eq!([when("", ""), when("a", "a"), when("a", "b")], ["as at 2026-06-30", "a", "a to b"]);
        let condition = |n: u64| wording.said("condition", &json!({"sentence": "It is open", "exceptions": n}));
        assert_eq!([condition(1), condition(1_200)], ["It is open.", "It is open. First of 1,200 exceptions."]);
        wording.check().unwrap();
    }
}
