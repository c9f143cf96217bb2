//! The engagement, what was expected and what was seen.

use crate::schema::row::tables;

tables! {
    table engagement as EngagementRow: "one row: the period and the thresholds", unit "engagement", Derived {
        client: text, "client";
        period_start: time, "inclusive";
        period_end: time, "exclusive";
        period_start_date: date, "first day";
        period_end_date: date, "last day";
        as_of: time, "the date configuration is read at";
        as_of_date: date, "its date";
        as_of_epoch: int, "in seconds";
        period_end_epoch: int, "period_end in seconds";
        period_days: int, "days";
        first_charge_month: text, "first month whose charges belong to the period, such as 2024-05";
        last_charge_month: text, "the last one";
        charge_months: int, "number of these months";
        business_hour_from: int, "NULL unless stated";
        business_hour_to: int, "NULL unless stated";
        max_key_age_days: int, "threshold";
        max_idle_days: int, "threshold";
        min_retention_days: int, "threshold";
        max_key_age_is_stated: bool, "the engagement states max_key_age_days; else the catalogue's default holds";
        max_idle_is_stated: bool, "the same of max_idle_days";
        min_retention_is_stated: bool, "the same of min_retention_days";
        examination: text, "type 1 or type 2; NULL where it is not stated";
    }
    table accounts as AccountsRow: "one account, expected or seen", unit "account", Derived {
        account_id: text, "account";
        account_name: text, "name";
        environment: text, "environment";
        expected: bool, "named by the engagement or the organisation";
        seen_in: text, "inputs it was seen in";
        said_by: text, "who says it is expected";
    }
    table account_regions as AccountRegionsRow: "one account and Region, expected or seen", unit "account and Region", Derived {
        account_id: text, "account";
        region: text, "Region";
        expected: bool, "named by the engagement";
        seen: bool, "seen in the inputs";
        with_items: bool, "items of AWS Config name it";
    }
    table account_region_status as AccountRegionStatusRow: "one Region of account list-regions", unit "Region of an account", PerFile {
        account_id: text, "account, NULL unless in the path";
        region: text, "Region";
        opt_status: text, "RegionOptStatus as delivered";
        is_enabled: bool, "enabled, also by default; NULL while it is being enabled or disabled";
    }
    table known_accounts as KnownAccountsRow: "one account the client knows", unit "account", Derived {
        account_id: text, "account";
        label: text, "label";
    }
    table required_tags as RequiredTagsRow: "one tag key the client requires", unit "required tag", Derived {
        tag_key: text, "key";
        folded_key: text, "letters and digits of tag_key, in lower case";
    }
    table allow_lists as AllowListsRow: "one value of a named list of the engagement", unit "listed value", Derived {
        list_name: text, "list";
        value: text, "value";
    }
    table workloads as WorkloadsRow: "one workload that the engagement declares", unit "workload", Derived {
        position: int, "place, from 0";
        workload_name: text, "name";
        conditions: int, "conditions that a resource of it meets, all of them; 0: none is chosen";
        accounts: text, "accounts, one after another; NULL for any";
        account_count: int, "number of them";
        tags: text, "tags, one after another; NULL for any";
        stacks: text, "CloudFormation stacks, one after another; NULL for any";
        stack_count: int, "number of them";
    }
    table workload_choices as WorkloadChoicesRow: "one value that meets a condition of a workload", unit "value of a workload", Derived {
        position: int, "place of the workload";
        condition: int, "place of the condition; its values are alternatives";
        tag_key: text, "key of the tag that holds the value; NULL where it is an account";
        choice: text, "the value";
    }
    table recorded_types as RecordedTypesRow: "one resource type in one account and Region", unit "resource type of an account and Region", Derived {
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        recorded: bool, "whether the files delivered would show such a resource; NULL where its recorder records it and no snapshot was delivered";
        evidence: text, "how it is known";
    }
    table trail_coverage as TrailCoverageRow: "one account, Region and day of the period", unit "account-Region-day", Derived {
        account_id: text, "account";
        region: text, "Region";
        day: date, "day";
        expected: bool, "in the expected set";
        events: int, "events";
        delivered_events: int, "those in files as a trail delivers them";
        log_files: int, "files that hold them";
        state: text, "covered, quiet (no event, as digests show), silent, not_delivered or outside";
    }
    table observation as ObservationRow: "one stretch of time of which all events of a kind in an account and Region are here; all other time is unknown", unit "observed stretch", Derived {
        account_id: text, "account";
        region: text, "Region";
        kind: text, "management or sign_in";
        observed_from: time, "start";
        observed_until: time, "end";
        evidence: text, "digests, or deliveries (log files without a hole between them)";
    }
    table item_validity as ItemValidityRow: "one version of a configuration item that was captured before the as-of date, and when it stood", unit "version", Derived {
        item_id: text, "the version";
        account_id: text, "account";
        region: text, "Region, or 'global'";
        resource_type: text, "type";
        resource_id: text, "id";
        valid_from: time, "capture time; NULL when not stated";
        valid_to: time, "when a later version, a deletion or the end of recording ended it; NULL: it stands at the as-of date";
        shown_until: time, "latest time at which evidence shows that it stood: its capture, a snapshot that holds it, what ended it";
        earlier_unknown: bool, "the resource may have been there before without a version that was delivered: it is the first one, or recording had stopped";
        source_file_id: text, "file";
        source_record: int, "record";
    }
}
