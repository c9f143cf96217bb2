//! What a piece of evidence came to, in the few words that the templates give it, as plain text for the cells of workpapers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ReportError;
use super::markdown::engine;
use super::model::{Piece, Report};
use super::notes::Shared;
use super::templates::Templates;
use super::words::Words;
use crate::catalogue::topics::Topic;

/// Words pieces of evidence.
pub struct FewWords(Words);

impl FewWords {
    /// By a set of templates.
    ///
    /// # Errors
    /// When a template cannot be read.
    pub fn new(report: &Report, templates: &Templates, topics: &BTreeMap<String, Topic>) -> Result<Self, ReportError> {
        let engine = engine(&Arc::new(report.clone()), &Shared::default(), templates, topics)?;
        Ok(Self(Words::new(engine, "components.md")))
    }

    /// A piece in few words, on one line and not escaped.
    ///
    /// # Errors
    /// When the template fails.
    pub fn of(&self, piece: &Piece) -> Result<String, ReportError> {
        let text = self.0.of("few_words", "p", piece)?;
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Extent, Outcome, Strength};
    use crate::report::model::{
        CameTo, CountedIn, Evidence, MetricValue, QuestionAnswer, Representation, Role, Standing, StrengthReason, ValueRange, Verdict,
    };

    /// What a component of our templates says of a value.
    fn said<T: serde::Serialize>(component: &str, argument: &'static str, value: &T) -> String {
        let words = FewWords::new(&Report::default(), &Templates::load(None).unwrap(), &BTreeMap::new()).unwrap();
        words.0.of(component, argument, value).unwrap()
    }

    fn piece(title: &str, verdict: Verdict, came_to: CameTo) -> Piece {
        let extent = if verdict == Verdict::Silent { Extent::None } else { Extent::Full };
        Piece { id: title.to_lowercase(), title: title.to_owned(), verdict, extent, why: String::new(), came_to }
    }

    fn control(result: Outcome, exceptions: u64, population: u64) -> CameTo {
        CameTo::Control {
            deviation: "Database in one zone".to_owned(),
            result,
            exceptions,
            population,
            counted_in: CountedIn::Items,
            undetermined: 0,
            waived: 0,
            named: Vec::new(),
            more: exceptions,
        }
    }

    fn both(piece: &Piece) -> [String; 2] {
        [said("few_words", "p", piece), said("clause", "p", piece)]
    }

    #[test]
    fn controls_are_worded_with_their_figures() {
        let noted = CameTo::Control {
            deviation: "Database in one zone".to_owned(),
            result: Outcome::ExceptionsNoted,
            exceptions: 1_234,
            population: 61_000,
            counted_in: CountedIn::Events,
            undetermined: 1,
            waived: 2,
            named: vec!["orders".to_owned(), "a < b".to_owned()],
            more: 1_232,
        };
        let figures = "1,234 of 61,000 events";
        assert_eq!(
            both(&piece("Two zones", Verdict::Against, noted)),
            [
                format!("exceptions noted, {figures}, 2 of them accepted, 1 undetermined"),
                format!("Database in one zone: exceptions in {figures} (orders, a < b and 1,232 more), 2 of them accepted, 1 undetermined"),
            ]
        );
        let none = piece("Two zones", Verdict::For, control(Outcome::NoExceptionsNoted, 0, 61));
        assert_eq!(both(&none), ["no exceptions noted, 0 of 61", "Two zones: no exceptions noted, 0 of 61"]);
        let empty = piece("Two zones", Verdict::Open, control(Outcome::NoOccurrences, 0, 0));
        assert_eq!(both(&empty), ["no occurrences", "Two zones: no occurrences"]);
        let mut silent = piece("Two zones", Verdict::Silent, control(Outcome::NotTested, 0, 0));
        assert_eq!(both(&silent), ["not tested", "Two zones: not tested"]);
        silent.why = "no item was delivered".to_owned();
        assert_eq!(both(&silent), ["not tested", "Two zones: not tested (no item was delivered)"]);
    }

    #[test]
    fn measures_say_whose_currency_a_share_is_of_their_range_and_a_target_missed() {
        let value =
            |text: &str, of: &str| MetricValue { text: text.to_owned(), raw: Some(1.0), currency: "USD".to_owned(), of: of.to_owned() };
        let measure = |values: Vec<MetricValue>, unit: &str, range: Option<ValueRange>| CameTo::Metric {
            values,
            unit: unit.to_owned(),
            range,
            target: "under 20 percent".to_owned(),
        };
        let share = measure(vec![value("64.3 %", "103.33 of 160.74"), value("1 %", "")], "percent", None);
        let words = "64.3 % (USD), 103.33 of 160.74; 1 % (USD)";
        assert_eq!(both(&piece("At night", Verdict::Open, share.clone())), [words.to_owned(), format!("At night: {words}")]);
        let missed = piece("At night", Verdict::Against, share);
        assert_eq!(said("few_words", "p", &missed), format!("{words} (target under 20 percent missed)"));
        let range = Some(ValueRange { low: "1 kg".to_owned(), high: "3 kg".to_owned() });
        let estimate = piece("Carbon", Verdict::Open, measure(vec![value("2 kg", "")], "kg", range));
        assert_eq!(both(&estimate), ["2 kg (from 1 kg to 3 kg)", "Carbon: 2 kg (from 1 kg to 3 kg)"]);
        let mut none = piece("At night", Verdict::Silent, measure(Vec::new(), "percent", None));
        none.why = "no record".to_owned();
        assert_eq!(both(&none), ["not determined", "At night: not determined (no record)"]);
    }

    #[test]
    fn an_extract_without_rows_is_none_only_where_all_evidence_is_there() {
        let of = |rows, extent| both(&Piece { extent, ..piece("Restores", Verdict::Open, CameTo::Extract { rows }) });
        assert_eq!(of(Some(1), Extent::Partial), ["1 row", "Restores: 1"]);
        assert_eq!(of(Some(2_000), Extent::Full), ["2,000 rows", "Restores: 2,000"]);
        assert_eq!(of(Some(0), Extent::Full), ["none", "Restores: none"]);
        assert_eq!(of(Some(0), Extent::Partial), ["none in the records delivered", "Restores: none in the records delivered"]);
        assert_eq!(of(None, Extent::None), ["not drawn", "Restores: not drawn"]);
    }

    #[test]
    fn the_sentence_is_made_of_the_leads_and_counts_the_rest() {
        let evidence = |role: Role, title: &str| Evidence {
            role,
            piece: match role {
                Role::FurtherAgainst => piece(title, Verdict::Against, control(Outcome::ExceptionsNoted, 1, 2)),
                _ => piece(title, Verdict::Open, CameTo::Extract { rows: Some(4) }),
            },
        };
        let answer = |roles: &[Role]| {
            let evidence = roles.iter().zip('A'..).map(|(role, name)| evidence(*role, &name.to_string())).collect();
            said("answer", "q", &QuestionAnswer { evidence, strength: Strength::Weak, ..QuestionAnswer::default() })
        };
        use Role::{Further, FurtherAgainst, FurtherFor, InPlaceOfLead, Lead, LeadNotTested};
        for (roles, sentence) in [
            (&[][..], "No record delivered bears on it."),
            (&[LeadNotTested, Further], "No record delivered bears on it."),
            (&[LeadNotTested, InPlaceOfLead, InPlaceOfLead, Further], "B: 4. C: 4. What would lead the answer was not delivered."),
            (&[Lead], "A: 4."),
            (&[Lead, Lead, Further], "A: 4. B: 4."),
            (&[Lead, LeadNotTested, LeadNotTested, FurtherFor], "A: 4. One further test shows no exception. Not tested: B; C."),
            (&[Lead, FurtherFor, FurtherFor], "A: 4. 2 further tests show no exception."),
            (&[Lead, FurtherAgainst], "A: 4. One further test shows exceptions or misses its target (Database in one zone)."),
            (
                &[Lead, FurtherAgainst, FurtherFor],
                "A: 4. Of 2 further tests and measured targets, 1 shows exceptions or misses its target (Database in one zone).",
            ),
            (
                &[Lead, FurtherAgainst, FurtherAgainst, FurtherAgainst, FurtherAgainst, FurtherFor, LeadNotTested],
                "A: 4. Of 5 further tests and measured targets, 4 show exceptions or miss their target (Database in one zone; Database in \
                 one zone; Database in one zone and 1 more). Not tested: G.",
            ),
        ] {
            assert_eq!(answer(roles), sentence, "{roles:?}");
        }
    }

    #[test]
    fn why_evidence_is_weaker_is_said_with_its_figures() {
        let texts = |n: usize| ["a", "b", "c", "d", "e"][..n].iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        for (reason, words) in [
            (StrengthReason::NothingDelivered, "nothing was delivered that bears on it"),
            (StrengthReason::NotTested { entries: texts(3), of: 9 }, "3 of 9 not tested: a, b, c"),
            (StrengthReason::NotTested { entries: texts(5), of: 9 }, "5 of 9 not tested: a, b, c and 2 more"),
            (
                StrengthReason::Limited { tests: 6, of: 9, limitations: texts(5) },
                "6 of 9 tested with evidence limitations (a; b; c; 2 more)",
            ),
            (StrengthReason::Limited { tests: 1, of: 9, limitations: texts(1) }, "1 of 9 tested with evidence limitations (a)"),
            (StrengthReason::Planned { kinds: 3, of: 5 }, "3 of the 5 kinds of evidence that bear on it are not tested by this version"),
        ] {
            assert_eq!(said("weaker", "reason", &reason), words);
        }
    }

    #[test]
    fn what_nothing_supports_rests_on_words_alone() {
        let of = |standing, supported: u64, limited: u64| {
            let pieces = |n: u64| (0..n).map(|_| piece("Restores", Verdict::Open, CameTo::Extract { rows: Some(1) })).collect();
            let stated = Representation { standing, supported_by: pieces(supported), limited_by: pieces(limited), ..Default::default() };
            said("standing", "r", &stated)
        };
        let alone = "it rests on management's words alone.";
        assert_eq!(of(Standing::WithoutEvidence, 0, 0), format!("Nothing delivered bears on it: {alone}"));
        assert_eq!(of(Standing::Unsupported, 0, 0), format!("No record delivered contradicts it, and none supports it: {alone}"));
        assert_eq!(of(Standing::Supported, 2, 0), "Records support it: Restores: 1; Restores: 1.");
        assert_eq!(of(Standing::Supported, 1, 1), "Records support it: Restores: 1. It does not reach everything: Restores: 1.");
        let stated = Representation { who: "CTO".to_owned(), when: "May".to_owned(), ..Representation::default() };
        assert_eq!(said("source", "r", &stated), "CTO, May");
        let stated = Representation { reference: "Note 4".to_owned(), ..Representation::default() };
        assert_eq!(said("source", "r", &stated), "not stated, Note 4");
    }
}
