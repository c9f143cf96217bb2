//! CloudTrail events, what they add up to, and their copies.

use crate::schema::row::{columns, tables};

columns! {
    /// What the store adds to an event when it closes the event's date.
    names EventClosing {
        copies: int, "copies of this record in the inputs, this one included";
        is_conflict: bool, "the same event id and account occur with other content";
        content_hash: int, "hash of the record's content, whatever the order of its members";
    }
}

tables! {
    table cloudtrail_events as CloudtrailEventsRow: "one CloudTrail event, copies removed", unit "event", PerDate {
        event_id: text, "eventID";
        event_time: time, "eventTime";
        event_date: date, "date of event_time";
        event_hour: int, "hour of event_time, UTC";
        event_weekday: int, "1 = Monday";
        event_epoch: int, "event_time in seconds";
        event_version: text, "eventVersion";
        event_source: text, "eventSource";
        event_name: text, "eventName";
        event_type: text, "eventType";
        event_category: text, "eventCategory, else derived from managementEvent";
        aws_region: text, "awsRegion";
        account_id: text, "recipient account, else the identity's";
        recipient_account_id: text, "recipientAccountId";
        source_ip_address: text, "sourceIPAddress";
        user_agent: text, "userAgent";
        error_code: text, "errorCode";
        error_message: text, "errorMessage";
        read_only: bool, "readOnly";
        management_event: bool, "managementEvent";
        shared_event_id: text, "sharedEventID";
        vpc_endpoint_id: text, "vpcEndpointId";
        user_identity_type: text, "userIdentity.type";
        user_identity_principal_id: text, "userIdentity.principalId";
        user_identity_arn: text, "userIdentity.arn";
        user_identity_account_id: text, "userIdentity.accountId";
        user_identity_access_key_id: text, "userIdentity.accessKeyId; the id of a key is no secret";
        user_identity_user_name: text, "userIdentity.userName";
        user_identity_invoked_by: text, "userIdentity.invokedBy";
        session_issuer_type: text, "userIdentity.sessionContext.sessionIssuer.type";
        session_issuer_arn: text, "userIdentity.sessionContext.sessionIssuer.arn";
        session_issuer_user_name: text, "userIdentity.sessionContext.sessionIssuer.userName";
        session_mfa_authenticated: bool, "userIdentity.sessionContext.attributes.mfaAuthenticated; NULL = not stated";
        second_factor: bool, "whether the session, or the sign-in (additionalEventData.MFAUsed), states a second factor; NULL = not stated";
        session_created_at: time, "userIdentity.sessionContext.attributes.creationDate";
        session_source_identity: text, "userIdentity.sessionContext.sourceIdentity";
        session_ec2_role_delivery: text, "userIdentity.sessionContext.ec2RoleDelivery";
        session_assumed_root: bool, "userIdentity.sessionContext.assumedRoot";
        session_credential_from_console: bool, "sessionCredentialFromConsole";
        on_behalf_of: text, "userIdentity.onBehalfOf, as user id@identity store";
        invoked_by_delegate: text, "userIdentity.invokedByDelegate.accountId, the account that a service provider acts for";
        federated_provider: text, "userIdentity.sessionContext.webIdFederationData.federatedProvider";
        issued_access_key_id: text, "responseElements.credentials.accessKeyId, the key of the session that the call opened";
        resource_arn: text, "ARN of the first of resources[]";
        resource_type: text, "type of the first of resources[]";
        tls_version: text, "tlsDetails.tlsVersion";
        addendum_reason: text, "addendum.reason";
        principal: text, "a role session's role, else the identity's ARN, else user name@account, else invokedBy, principal id or type";
        session_name: text, "name of the role session, or the user";
        actor_class: text, "who acted: aws_service, service_linked_role, root, root_session (a task session of central root access), human_federated, human_iam_user, iam_user (person or program: nothing shows which), workload_role, external_account or unknown";
        actor_grade: text, "how that is known: authenticated (IAM or an identity provider says so), asserted (a name that whoever opened the session chose) or inferred; NULL when unknown";
        channel: text, "by which way: console, tool (a tool of infrastructure as code, by its user agent), sdk_cli or service (a service's own call, or one that a service passed on in the actor's name: invokedBy); NULL where the record has no user agent";
        is_service_noise: bool, "the call was made by an AWS service for itself or a role that it was given, or by a service-linked role; not one that it made in the name of a person or user";
        outcome: text, "success, failure, or unknown where an export has no column for it";
        is_write: bool, "read_only is false; NULL when not stated";
        in_console: bool, "made in the management console";
        is_long_term_key: bool, "the access key id begins AKIA; NULL without a key";
        access_key_kind: text, "AKIA, ASIA or other first four characters of the key id";
        unread_values: text, "JSON object from the name of a column to why nothing may be concluded from it (cut at so many characters, deep, broken, not_exported); NULL for none";
        record_kind: text, "call (an API call), sign_in (ConsoleLogin), sign_in_step, service_event, insight, network_activity or update";
        is_change: bool, "a successful API call that is a management event, not read-only, no session and no housekeeping; NULL when readOnly or the outcome is not stated";
        root_use: text, "how root stands behind the record: credentials, federation_session, failed_sign_in, recovery_request, task_session, service, other_record or not_stated; NULL for others";
    }
    table activity as ActivityRow: "events by hour, actor and operation", unit "group of events", PerDate Unsourced {
        event_date: date, "day";
        event_hour: int, "hour, UTC";
        event_weekday: int, "1 = Monday";
        account_id: text, "account";
        aws_region: text, "Region";
        event_source: text, "service";
        event_name: text, "operation";
        event_category: text, "Management, Data, Insight or NetworkActivity";
        principal: text, "as in cloudtrail_events";
        session_name: text, "as in cloudtrail_events";
        user_identity_type: text, "userIdentity.type";
        actor_class: text, "as in cloudtrail_events";
        actor_grade: text, "as in cloudtrail_events";
        channel: text, "as in cloudtrail_events";
        session_source_identity: text, "as in cloudtrail_events";
        is_service_noise: bool, "as in cloudtrail_events";
        outcome: text, "success, failure, or unknown where an export has no column for it";
        is_write: bool, "as in cloudtrail_events";
        in_console: bool, "as in cloudtrail_events";
        is_long_term_key: bool, "as in cloudtrail_events";
        second_factor: bool, "as in cloudtrail_events";
        record_kind: text, "as in cloudtrail_events";
        is_change: bool, "as in cloudtrail_events";
        root_use: text, "as in cloudtrail_events";
        events: int, "records";
        first_seen: time, "first event";
        last_seen: time, "last event";
    }
    table principal_sources as PrincipalSourcesRow: "events by day, actor and source address", unit "group of events", PerDate Unsourced {
        event_date: date, "day";
        account_id: text, "account";
        principal: text, "as in cloudtrail_events";
        session_name: text, "as in cloudtrail_events";
        session_source_identity: text, "as in cloudtrail_events";
        source_ip_address: text, "address";
        record_kind: text, "as in cloudtrail_events";
        events: int, "records";
        first_seen: time, "first event";
        last_seen: time, "last event";
    }
    table error_activity as ErrorActivityRow: "failed events by day, actor and error", unit "group of events", PerDate Unsourced {
        event_date: date, "day";
        account_id: text, "account";
        aws_region: text, "Region";
        principal: text, "as in cloudtrail_events";
        event_source: text, "service";
        event_name: text, "operation";
        error_code: text, "errorCode";
        record_kind: text, "as in cloudtrail_events";
        events: int, "records";
    }
    table cloudtrail_raw as CloudtrailRawRow: "one CloudTrail record as delivered, copies among them; filled by --keep-raw only", unit "event", PerFile {
        event_id: text, "event";
        event_time: time, "when";
        record: document, "the record's JSON, secrets masked";
    }
    table event_copies as EventCopiesRow: "one record of a log file that is a copy of an event kept from elsewhere", unit "copied event", PerDate {
        event_date: date, "day of the event";
        kept_file_id: text, "file of the copy that was kept: source_file_id in cloudtrail_events";
        kept_record: int, "its source_record";
    }
}
