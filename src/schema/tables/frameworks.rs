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
    table client_control_criteria as ClientControlCriteriaRow: "one criterion that a control of the client is meant for", unit "criterion of a client control", Derived {
        control_position: int, "place of the control in client_controls";
        criterion: text, "criterion as the client names it";
    }
    table client_control_tests as ClientControlTestsRow: "one control, measure or extract that a control of the client names as its test", unit "test of a client control", Derived {
        control_position: int, "place of the control in client_controls";
        test_position: int, "place among its tests, from 0";
        entry_id: text, "the test as the client names it";
    }
    table trust_criteria as TrustCriteriaRow: "one of the trust services criteria; filled when a report is made", unit "criterion", Derived {
        position: int, "place, from 0";
        criterion: text, "id, such as CC6.1";
        title: text, "its subject";
        category: text, "category that it is examined with";
        reach: text, "how far exports can reach: none, weak, partial or strong";
        elsewhere: text, "what the evidence shows, or where else to look";
        carried_by_aws: text, "what of it AWS carries as a subservice organisation; NULL for nothing";
    }
    table entry_criteria as EntryCriteriaRow: "one criterion that a control, measure or extract bears on; filled when a report is made", unit "criterion of an entry", Derived {
        entry_id: text, "control, measure or extract";
        framework: text, "soc2, wa, ...";
        criterion: text, "criterion of the framework";
        is_direct: bool, "it answers the criterion; not only context for it";
    }
    table entry_results as EntryResultsRow: "what one control, measure or extract came to; filled when a report is made", unit "result", Derived {
        entry_id: text, "control, measure or extract";
        kind: text, "control, metric or extract";
        title: text, "its title";
        severity: text, "severity of a control";
        severity_position: int, "its place, 0 for critical";
        result: text, "exceptions noted, no exceptions noted, no occurrences, measured, listed or not tested";
        population: int, "rows that a control tested, or that an extract has";
        exceptions: int, "exceptions of a control, risks that management accepts included";
        undetermined: int, "rows of a control that could not be decided";
        extent: text, "full, partial or none";
        limits: text, "why it was not tested, or what keeps it from reaching everything, the first reason; NULL where nothing does";
        leaves_open: text, "what the rows of an extract leave open";
        reads_configuration: bool, "a control that reads configuration as at the as-of date, not events of the period";
    }
    table unknown_names as UnknownNamesRow: "one test or criterion that a control of the client names and that does not exist; filled when a report is made", unit "unknown name", Derived {
        kind: text, "test or criterion";
        name: text, "the name";
        nearest: text, "the nearest name that exists";
    }
}
