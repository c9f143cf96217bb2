//! Completeness of the evidence: the account of every file, what was expected and what of it was received.

use crate::schema::row::tables;

tables! {
    table input_files as InputFilesRow: "one path of a file offered", unit "file", Derived {
        file_id: text, "first 16 hex digits of its SHA-256 (all of them where two files share these; unread- and 16 digits for what could not be read)";
        path: text, "relative to the argument";
        sha256: text, "SHA-256 of the file as delivered; NULL for what could not be read";
        content_sha256: text, "SHA-256 of its uncompressed content, for CloudTrail log and digest files";
        bytes: int, "size";
        format: text, "what it is";
        evidence_grade: text, "full, partial (not all records), lossy (not all of each record) or none";
        evidence_limits: text, "why, where not full";
        records_read: int, "records";
        records_kept: int, "kept";
        records_duplicate: int, "copies of others";
        records_out_of_scope: int, "set apart, such as cost restated later or what is no event";
        records_rejected: int, "not understood";
        first_time: time, "first time stated";
        last_time: time, "last time stated";
        file_name: text, "last part of the path";
        source_kind: text, "CloudTrail, AWS Config, cost, credential report, describe-trails or authorization details; NULL for other files";
        is_copy: bool, "a further path of the same content, whose records were not read again";
        records_outside: int, "of the records kept, events and charges outside the period";
        is_cut: bool, "the file ends early or is damaged";
        set_apart: text, "why records are out of scope";
        is_restated: bool, "a later delivery of the same billing month restates its charges";
    }
    table rejected_records as RejectedRecordsRow: "one record that was not understood", unit "record", Derived {
        file_id: text, "file";
        record: int, "0-based index";
        byte_offset: int, "offset after decompression";
        reason: text, "why";
    }
    table file_remarks as FileRemarksRow: "one remark on a file", unit "remark on a file", Derived {
        file_id: text, "file";
        path: text, "its first path";
        times: int, "how often; NULL for a remark that is not counted";
        remark: text, "what was noticed; follows the number where it is counted";
    }
    table custody as CustodyRow: "one file or folder that the engagement states the custody of", unit "file or folder", Derived {
        position: int, "place in the engagement, from 0";
        path: text, "file or folder as the engagement names it; NULL for the files it does not mention";
        exported_by: text, "who exported them";
        command: text, "command they were exported with";
        exported_at: text, "when, as the engagement writes it";
        received_how: text, "how they came";
        received_by: text, "who received them";
        files: int, "files supplied below the path";
        sha256: text, "of the file or archive; for a folder SHA-256 over the lines of its files in order of path, each its hash, two spaces and the path; NULL without a file";
    }
    table config_deliveries as ConfigDeliveriesRow: "one snapshot or history file of AWS Config, for each account and Region it is of", unit "snapshot or history file", Derived {
        file_id: text, "file";
        kind: text, "snapshot or history";
        account_id: text, "account, from the name of the file or its items; NULL where neither states it";
        region: text, "Region, likewise";
        taken_at: time, "when a snapshot was taken; NULL for history";
        taken_epoch: int, "taken_at in seconds";
        items: int, "records of the file";
    }
    table recorder_coverage as RecorderCoverageRow: "one configuration recorder with its settings; or one account and Region, expected or with items, whose settings were not supplied", unit "configuration recorder", Derived {
        account_id: text, "account";
        region: text, "Region";
        recorder_name: text, "recorder; NULL where its settings were not supplied";
        recording: bool, "recording";
        scope: text, "all (supported types), named, all_but (named ones); NULL where that is not stated";
        types_named: int, "types that the settings name";
        includes_global: bool, "global types are recorded";
        types_with_items: int, "resource types of the catalogue with items of this account and Region";
        types_not_recorded: int, "resource types of the catalogue known not to be recorded";
    }
    table expected_evidence as ExpectedEvidenceRow: "one piece of evidence that the engagement needs, and what of it was received", unit "expected piece of evidence", Derived {
        kind: text, "events, digests, snapshots, history, recorders, rule_results, credential_reports, trails, trail_status, trail_selectors, organization_accounts or client_controls";
        account_id: text, "account; NULL where it is not of one account";
        region: text, "Region; NULL where it is not of one Region";
        trail_name: text, "for events and digests the trail that records the account and Region; for answers about a trail, the trail";
        expected: int, "days, dates, accounts and Regions, or answers expected; NULL where the expected set is unknown";
        received: int, "of these, received";
        state: text, "received, received in part or not received";
        trails_known: bool, "trails of the account were described";
        log_location: text, "bucket and prefix of the trail";
        organization_trail: bool, "the trail is one of an organisation";
        writes_digests: bool, "the trail validates log files";
    }
    table charge_months as ChargeMonthsRow: "one month that the period touches", unit "month", Derived {
        charge_month: text, "month that the period touches, such as 2024-05";
        days: int, "days of the month";
    }
    table period_hours as PeriodHoursRow: "one hour of the period, as table activity counts them in UTC, in the engagement's time zone", unit "hour", Derived {
        event_date: date, "day, UTC";
        event_hour: int, "hour, UTC";
        zone: text, "the time zone";
        zone_weekday: int, "day of the week there, 1 = Monday";
        zone_hour: int, "hour of the day there";
        zone_minute: int, "minutes past that hour at which it begins: 0 unless the zone differs from UTC by a part of an hour";
        is_business: bool, "begins in the business hours stated, on a business day that is no holiday; NULL unless hours, days and zone are stated";
    }
    table event_silences as EventSilencesRow: "the longest stretch without events of one account and Region, and each that a stopped or deleted trail began", unit "silence", Derived {
        account_id: text, "account";
        region: text, "Region";
        silent_from: time, "last event before it, or since when nothing is shown to have happened";
        silent_until: time, "first event after it, or until when nothing is shown to have happened; NULL where no later file shows when it ended";
        seconds: int, "its length; NULL without an end";
        is_longest: bool, "the longest one of the account and Region";
        stop_event: text, "the call that stopped or deleted a trail within an hour of its start";
        stopped_at: time, "time of that call";
        principal: text, "who made it";
        session_name: text, "session of the caller";
    }
    table authorization_detail_use as AuthorizationDetailUseRow of numbers: "one row: resources that IAM's authorization details hold", unit "total", Derived {
        resources_used: int, "resources read from the authorization details, since AWS Config does not hold them";
        resources_set_aside: int, "resources that AWS Config holds as well, whose items were used";
    }
}
