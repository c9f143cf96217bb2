//! Criteria of frameworks, the client's controls, and what controls, measures and extracts came to.

use crate::schema::row::tables;

tables! {
    table criteria_categories as CriteriaCategoriesRow: "one category of the trust services criteria", unit "category", Derived {
        position: int, "place, from 0";
        category: text, "security, availability, confidentiality, processing_integrity or privacy";
        title: text, "its title";
        in_scope: bool, "it is examined: the engagement names it, or it is security, which every examination has";
        is_named: bool, "the engagement names it";
    }
    table client_controls as ClientControlsRow: "one control of the client's own", unit "client control", Derived {
        control_position: int, "place, from 0";
        control_id: text, "id as the client writes it";
        control_text: text, "what the client does";
        criteria: text, "criteria that it is meant for, one after another";
        said_by: text, "engagement, or file (the client's control matrix)";
        is_used: bool, "the report uses it: where the engagement names controls, those of a file are not used";
    }
    table management_statements as ManagementStatementsRow: "one statement of management, as the engagement gives it", unit "statement", Derived {
        position: int, "place, from 0";
        about: text, "the question, practice or control of the client that it is about";
        statement: text, "the words";
        stated_by: text, "who stated it, with role";
        stated_on: text, "when";
        reference: text, "document or ticket";
    }
    table client_control_criteria as ClientControlCriteriaRow: "one criterion that a control of the client is meant for", unit "criterion of a client control", Derived {
        control_position: int, "place of the control in client_controls";
        criterion: text, "criterion as the client names it";
    }
    table client_control_tests as ClientControlTestsRow: "one control, measure or extract that a control of the client names as its test", unit "test of a client control", Derived {
        control_position: int, "place of the control in client_controls";
        test_position: int, "place among its tests, from 0";
        entry_id: text, "the test as the client names it";
    }
    table trust_criteria as TrustCriteriaRow: "one of the trust services criteria", unit "criterion", Reported {
        position: int, "place, from 0";
        criterion: text, "id, such as CC6.1";
        title: text, "its subject";
        category: text, "category that it is examined with";
        reach: text, "how far exports can reach: none, weak, partial or strong";
        elsewhere: text, "what the evidence shows, or where else to look";
        carried_by_aws: text, "what of it AWS carries as a subservice organisation; NULL for nothing";
    }
    table entry_criteria as EntryCriteriaRow: "one criterion that a control, measure or extract bears on", unit "criterion of an entry", Reported {
        entry_id: text, "control, measure or extract";
        framework: text, "soc2, wa, ...";
        criterion: text, "criterion of the framework";
        is_direct: bool, "it answers the criterion; not only context for it";
    }
    table entry_results as EntryResultsRow: "what one control, measure or extract came to", unit "result", Reported {
        entry_id: text, "control, measure or extract";
        kind: text, "control, metric or extract";
        title: text, "its title";
        pillar: text, "id of its pillar";
        severity: text, "severity of a control";
        severity_position: int, "its place, 0 for critical";
        result: text, "exceptions noted, no exceptions noted, no occurrences, measured, listed or not tested";
        population: int, "rows that a control tested, or that an extract has";
        exceptions: int, "exceptions of a control, risks that management accepts included";
        undetermined: int, "rows of a control that could not be decided";
        extent: text, "full, partial or none";
        limits: text, "why it was not tested, or what keeps it from reaching everything, the first reason; NULL where nothing does";
        leaves_open: text, "what the rows of an extract leave open";
        deviation: text, "what exceptions of a control show";
        reads_configuration: bool, "a control that reads configuration as at the as-of date, not events of the period";
    }
    table unknown_names as UnknownNamesRow: "one test or criterion that a control of the client names and that does not exist", unit "unknown name", Reported {
        kind: text, "test or criterion";
        name: text, "the name";
        nearest: text, "the nearest name that exists";
    }
    table practice_results as PracticeResultsRow: "one Well-Architected practice and what the evidence says about it", unit "practice", Reported {
        position: int, "place in the framework, from 0";
        practice: text, "id, such as SEC01-BP02";
        title: text, "its subject";
        page: text, "name of its page in the framework's documentation, in lower case, which is also the id of its choice in the Well-Architected Tool";
        question: text, "id of its question";
        pillar: text, "id of its pillar";
        pillar_position: int, "place of the pillar, from 0";
        pillar_title: text, "title of the pillar";
        published_risk: text, "risk if it is absent: high, medium or low";
        published_risk_position: int, "its place, 0 for high";
        status: text, "contradicted, supported, represented, undecided or without evidence";
        status_position: int, "its place in this order, from 0";
        undecided: text, "why what bears on it decides nothing: lower severity, not concluded or not tested; NULL where it decides or nothing bears on it";
        stated: text, "what management states about it";
        stated_by: text, "who stated it, with role";
        stated_on: text, "when";
    }
    table practice_evidence as PracticeEvidenceRow: "one control, measure or extract that bears on a Well-Architected practice", unit "piece of evidence", Reported {
        practice: text, "the practice";
        position: int, "place among its evidence, from 0: what speaks against it first, the most severe first";
        entry_id: text, "control, measure or extract";
        verdict: text, "against, for, open (nothing is concluded from it) or silent (not tested)";
        contradicts: bool, "it contradicts the practice: a control of high or critical severity with exceptions, or named by the engagement as contradicting what management states";
    }
    table question_results as QuestionResultsRow: "one question of the Well-Architected Framework with our risk", unit "question", Reported {
        position: int, "place in the framework, from 0";
        question: text, "id, such as SEC01";
        title: text, "its subject";
        pillar: text, "id of its pillar";
        pillar_position: int, "place of the pillar, from 0";
        pillar_title: text, "title of the pillar";
        risk: text, "our risk: high, medium, low, unanswered, none or not applicable";
    }
}
