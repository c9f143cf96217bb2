//! What SQL cannot decide, as rows: see `facts`.

use crate::schema::row::{columns, tables};

columns! {
    /// What follows the keys of a group in the table `bursts`, which is made for one control.
    columns BurstColumns {
        burst_start: time, "first event of the burst";
        burst_end: time, "last event of the burst";
        events: int, "events";
        distinct_values: int, "distinct values, else events";
        without_value: int, "events without a value, each of which may hold one that no other has";
        exception_from: int, "number from which it is an exception";
        minutes: int, "length of the window";
        first_event_id: text, "id of the first event";
    }
}

tables! {
    table bucket_transport as BucketTransportRow: "whether the policy of one bucket refuses requests without TLS, for everybody, every action, the bucket and its objects", unit "bucket", Derived Versioned {
        item_id: text, "version of the bucket";
        account_id: text, "account";
        resource_id: text, "bucket";
        policy: text, "read, none, unreadable or not_supplied";
        refuses_plain_http: bool, "whether it does; NULL when not known";
        open_question: text, "why not";
        valid_from: time, "capture time of the version that shows it first; NULL when not stated";
        valid_to: time, "when a later version or a deletion ended it; NULL: it stands at the as-of date";
        source_file_id: text, "file";
        source_record: int, "record";
    }
    table root_credentials as RootCredentialsRow: "the root user of one account, as its newest credential report and its account summary show it; what one of them shows as open is open", unit "account", Derived {
        account_id: text, "account";
        mfa_active: bool, "MFA; FALSE where one of them says so";
        password_enabled: bool, "a password is there; TRUE where one of them says so";
        access_key_active: bool, "an access key is there; TRUE where one of them says so";
        said_by: text, "credential report, account summary, or both";
        mfa_differs: bool, "they disagree on MFA";
        access_key_differs: bool, "they disagree on access keys";
        source_file_id: text, "file of the record that shows what is open, else of the first";
        source_record: int, "its record";
    }
    table trail_states as TrailStatesRow: "one trail in one account that it was seen in, from AWS Config's items, describe-trails, get-trail-status, get-event-selectors and the calls of the period", unit "trail", Derived {
        account_id: text, "account that owns it, or that it was seen in";
        region: text, "home Region";
        resource_type: text, "AWS::CloudTrail::Trail";
        resource_id: text, "id, else name";
        resource_name: text, "name";
        trail_arn: text, "ARN";
        is_owner: bool, "the account owns the trail; one such row for each trail";
        is_multi_region_trail: bool, "all Regions; NULL where it is not stated, or two sources disagree";
        includes_global_events: bool, "global services, likewise";
        is_organization_trail: bool, "whole organisation, likewise";
        log_file_validation_enabled: bool, "digests are written, likewise";
        has_custom_selectors: bool, "selectors are set, likewise";
        has_insight_selectors: bool, "insights, likewise";
        s3_bucket_name: text, "bucket";
        kms_key_id: text, "key; empty for none, NULL where it is not stated or two sources disagree";
        log_group_arn: text, "log group of CloudWatch Logs, likewise";
        is_logging: bool, "logging, at the time of the answer or after the last call";
        started_at: time, "last start";
        stopped_at: time, "last stop";
        last_delivery_at: time, "last log file delivered";
        delivery_error: text, "error of the last delivery";
        left_out: text, "what of the management events its selectors leave out; empty for nothing, NULL where they were not supplied";
        records_all: bool, "it is logging, delivers and takes in all management events, as far as is known";
        why: text, "why not, or why that is not known";
        said_by: text, "what describes it";
        differences: text, "settings on which AWS Config and describe-trails disagree";
        source_file_id: text, "file of the description";
        source_record: int, "record of the description";
    }
    table event_openings as EventOpeningsRow: "one call that changes a policy, a share, rules of a security group, a public access block or selectors of a trail, and what its parameters open", unit "call", Derived {
        event_name: text, "the call";
        opens: bool, "whether it opens, shares or switches off; NULL when its parameters do not decide";
        what: text, "what it opens, and to whom";
        open_question: text, "why it is not decided";
        beyond: bool, "whether a resource policy lets in somebody outside the client who is not the public; NULL when its parameters do not decide, or for other calls";
        beyond_what: text, "whom, and for what";
        beyond_question: text, "why that is not decided";
        valid_from: time, "time of the event";
        valid_to: time, "NULL: how long it stayed so is not worked out";
        source_file_id: text, "file of the event";
        source_record: int, "record of the event";
    }
    table exposures as ExposuresRow: "one kind of access that a resource's policy, access control list or trust policy gives to one audience, after Deny statements, public access blocks and resource control policies; or that the evidence does not decide; in the _history, as it stood when the version was in force, with the public access block of the account as of then and the organisation as of the as-of date; resource control policies close nothing there for sure, since no answer says since when they are attached", unit "exposure", Derived Versioned {
        item_id: text, "version of the resource";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id";
        resource_name: text, "name, else id";
        access: text, "list, read, write, invoke, assume, administer, tag or other; any where the evidence is missing";
        audience: text, "anyone, any_aws_account, addresses, vpc, endpoint, access_point, mount_target, own_organization, other_organization, organization_unknown, account, unique_id, canonical_user, service, federated, own_account, or not_known";
        audience_value: text, "the account, organisation, service or provider";
        tied_to: text, "what ties a service (nothing, resource, token, organization, account) or the users of a provider (nothing, tenant, own)";
        is_public: bool, "the audience is the public";
        is_beyond: bool, "it reaches beyond the client; NULL when not known";
        public_by_definition: bool, "AWS's published definition calls the grant public; NULL when that is not known";
        certainty: text, "sure, conditional or unknown";
        actions: text, "actions, the first of them";
        origins: text, "statements, counted from 1, and grants";
        reasons: text, "codes";
        open_question: text, "what it depends on, where not sure";
        valid_from: time, "since when it stood, as captures of the resource and of its account's public access block show; NULL when not stated";
        valid_to: time, "when a later version of either, or a deletion, ended it; NULL: it stands at the as-of date";
        source_file_id: text, "file";
        source_record: int, "record";
    }
    table policy_powers as PolicyPowersRow: "one power that one policy document of an identity grants by itself, whoever holds it; or that the document is not known", unit "power of a policy", Derived Versioned {
        item_id: text, "version of the item";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id";
        resource_name: text, "name";
        arn: text, "ARN";
        policy_kind: text, "managed or inline";
        policy_name: text, "policy";
        power: text, "everything, full_service, pass_any_role, decrypt_any_key, inverted (Allow with NotAction or NotResource), or not_known";
        certainty: text, "sure or conditional";
        detail: text, "services";
        statements: text, "places of the statements, counted from 1";
        open_question: text, "what it depends on, where not sure";
        valid_from: time, "capture time of the version that shows it first; NULL when not stated";
        valid_to: time, "when a later version or a deletion ended it; NULL: it stands at the as-of date";
        source_file_id: text, "file";
        source_record: int, "record";
    }
    table actors as ActorsRow: "one principal, session name and source identity of the period's events, and who stands behind them by all evidence", unit "session", Derived {
        principal: text, "as in cloudtrail_events";
        session_name: text, "as in cloudtrail_events; empty where there is none";
        actor_class: text, "as in cloudtrail_events, of the strongest record";
        actor_grade: text, "authenticated, asserted or inferred";
        basis: text, "what the class rests on: records, password, other_records, opening (the call that opened the session), break_glass_list, people_list, pipeline_list or tooling_list";
        person: text, "name of the person";
        label: text, "name for reading: of a federated person as it is, else the end of the ARN of the person or principal; root with its account";
        candidates: text, "those who may stand behind it, where several opened sessions under the name and it is not known which of them acted; NULL where one is known";
        source_identity: text, "session_source_identity of its records; empty where there is none";
        chain: text, "who began the session and the sessions on the way, where their opening is in the records";
        opened: int, "openings in the period";
        channels: text, "ways that were used";
        events: int, "records";
        first_seen: time, "first event";
        last_seen: time, "last event";
    }
    table listed_principals as ListedPrincipalsRow: "one principal of the events that a value of the engagement's lists names, by its ARN or name, * for any characters", unit "listed principal", Derived {
        list_name: text, "list";
        value: text, "value of the list";
        principal: text, "as in cloudtrail_events";
    }
    table sessions as SessionsRow: "one opening of a session with credentials of its own (AssumeRole and its kin), also where two accounts recorded it", unit "opened session", Derived {
        access_key_id: text, "key of the session";
        opened_by: text, "name of the call";
        principal: text, "role, user or root that the session acts as";
        session_name: text, "its name";
        source_identity: text, "its source identity";
        account_id: text, "account";
        opened_at: time, "time of the call";
        opener_principal: text, "who called";
        opener_session: text, "session of the caller";
        chain: text, "who began it and the sessions on the way";
        sessions: int, "sessions in the chain";
        actor_class: text, "as in actors, of this opening";
        actor_grade: text, "as in actors, of this opening";
        person: text, "as in actors, of this opening";
        event_id: text, "event";
        source_file_id: text, "file";
        source_record: int, "record";
    }
    table principal_standings as PrincipalStandingsRow: "where one user or role stands: an administrator, able to come to rights that it lacks, kept from it, or neither", unit "user or role", Derived {
        item_id: text, "version of the item";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id";
        resource_name: text, "name";
        principal_arn: text, "ARN";
        standing: text, "administrator, escalates, undetermined, blocked or none";
        statements: text, "statements that make an administrator";
        ways: int, "ways that were found";
        shortest: text, "steps of the shortest one, and what it gives";
        open_question: text, "what it depends on, where undetermined";
        valid_from: time, "latest capture time among the user or role, its policies and its groups; NULL when one of them does not state it";
        valid_to: time, "NULL: earlier estates are not worked out";
        source_file_id: text, "file";
        source_record: int, "record";
    }
    table escalations as EscalationsRow: "one way of a user or role to rights that it lacks, or what stands against one; the five shortest of each", unit "way to more rights", Derived {
        item_id: text, "version of the item";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id";
        resource_name: text, "name";
        principal_arn: text, "ARN";
        position: int, "0 is the shortest";
        certainty: text, "sure, open or blocked";
        paths: text, "ids of the public paths, in order";
        steps: text, "permissions and targets, in order";
        target: text, "ARN of the principal that it becomes";
        outcome: text, "administration, or a right that it lacks";
        statements: text, "statements used";
        open_question: text, "what it depends on";
        blocked_by: text, "what stands against it";
        valid_from: time, "latest capture time among the user or role, its policies and its groups; NULL when one of them does not state it";
        valid_to: time, "NULL: earlier estates are not worked out";
        source_file_id: text, "file";
        source_record: int, "record";
    }
    table grants as GrantsRow: "one watched action that a user or role is allowed, after Deny statements, permissions boundary and control policies; an administrator is one row", unit "grant", Derived {
        item_id: text, "version of the item";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id";
        resource_name: text, "name";
        principal_arn: text, "ARN";
        action: text, "action; * of an administrator, any where its policies are not known";
        action_class: text, "escalation, pass_role, data_read, data_write, data_delete, log_delete, backup_delete, administration or not_known";
        scope: text, "everything, patterns, own (itself only) or not_known";
        resources: text, "patterns of resources, the first of them";
        services: text, "services that a role may be handed to; any";
        certainty: text, "sure or open";
        limits: text, "what takes something of it away";
        statements: text, "statements that allow it";
        open_question: text, "what it depends on";
        valid_from: time, "latest capture time among the user or role, its policies and its groups; NULL when one of them does not state it";
        valid_to: time, "NULL: earlier estates are not worked out";
        source_file_id: text, "file";
        source_record: int, "record";
    }
    table network_openings as NetworkOpeningsRow: "one stretch of ports that a security group or network ACL opens to the same sources, its rules joined; in the _history, with the prefix lists as of then", unit "opening", Derived Versioned {
        item_id: text, "version of the group or ACL";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id of the group or ACL";
        protocol: text, "all, tcp, udp, icmp, icmpv6, a number, or other";
        family: text, "ipv4 or ipv6";
        from_port: int, "first port, or type of ICMP; 0 where the protocol has none";
        to_port: int, "last one; 65535 where the protocol has none";
        audience: text, "world (all public addresses or all but a sliver), wide (more than a /8, IPv6 a /32), named, or unknown (a prefix list was not supplied)";
        sources: text, "the broadest sources";
        valid_from: time, "since when it stood, as captures of the group or ACL and of the prefix lists it names show; NULL when not stated";
        valid_to: time, "when a later version of either, or a deletion, ended it; NULL: it stands at the as-of date";
        source_file_id: text, "file";
        source_record: int, "record";
    }
    table network_opening_ports as NetworkOpeningPortsRow: "one known service, or port of a published list, within an opening that is not limited to named sources", unit "open port", Derived Versioned {
        item_id: text, "version of the group or ACL";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type";
        resource_id: text, "id of the group or ACL";
        protocol: text, "as in network_openings";
        family: text, "ipv4 or ipv6";
        purpose: text, "administration, database, cache and others; standard for a published list";
        service: text, "the service, or the control that has the list";
        from_port: int, "first port";
        to_port: int, "last port";
        audience: text, "world, wide or unknown";
        sources: text, "the broadest sources";
        valid_from: time, "as in network_openings";
        valid_to: time, "as in network_openings";
        source_file_id: text, "file";
        source_record: int, "record";
    }
}
