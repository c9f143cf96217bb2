//! What a record counts as: the one place that says what is an API call, a sign-in and a change.
//!
//! Every count of the report, and every metric and extract, reads the two columns made here.

/// `record_kind` of an API call.
pub const CALL: &str = "call";
/// `record_kind` of a sign-in to the console, successful or not.
pub const SIGN_IN: &str = "sign_in";

/// What tells the kind of a record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Marks<'f> {
    /// `eventCategory`, stated or derived.
    pub category: &'f str,
    /// `eventType`.
    pub event_type: &'f str,
    /// `eventSource`.
    pub source: &'f str,
    /// `eventName`.
    pub name: &'f str,
    /// `addendum.reason`.
    pub addendum: &'f str,
}

/// Column `record_kind`: each record is of one kind, and the kinds add up to all records.
///
/// * `call`: a request to an API of AWS, by whomever.
/// * `sign_in`: a sign-in to the console (`ConsoleLogin`).
/// * `sign_in_step`: other records of the sign-in service, such as `SwitchRole`, `CheckMfa` and password recovery.
/// * `service_event`: something a service did that nobody called for.
/// * `insight`: CloudTrail's own remark on a rate of calls.
/// * `network_activity`: a call as a VPC endpoint saw it; the call has a record of its own.
/// * `update`: a record delivered anew with more data (addendum `UPDATED_DATA`); the call has a record of its own. Records
///   that were only late are calls.
pub fn record_kind(marks: Marks<'_>) -> &'static str {
    match marks {
        Marks { category: "Insight", .. } | Marks { event_type: "AwsCloudTrailInsight", .. } => "insight",
        Marks { category: "NetworkActivity", .. } | Marks { event_type: "AwsVpceEvent" | "AwsVpceEvents", .. } => "network_activity",
        Marks { addendum: "UPDATED_DATA", .. } => "update",
        Marks { source: "signin.amazonaws.com", name: "ConsoleLogin", .. } => SIGN_IN,
        Marks { event_type: "AwsConsoleSignIn", .. } | Marks { source: "signin.amazonaws.com", .. } => "sign_in_step",
        Marks { event_type: "AwsServiceEvent", .. } => "service_event",
        _ => CALL,
    }
}

/// Services whose calls open sessions, ask for help or carry messages of agents: none of them changes what the client runs.
const NO_CHANGE: [&str; 6] = [
    "sts.amazonaws.com",
    "sso-oauth.amazonaws.com",
    "support.amazonaws.com",
    "health.amazonaws.com",
    "ssmmessages.amazonaws.com",
    "ec2messages.amazonaws.com",
];
/// Calls that say they are no reads and change nothing that anybody manages: housekeeping of agents, sessions of IAM
/// Identity Center, uses of keys, and queries.
const HOUSEKEEPING: [&str; 17] = [
    "UpdateInstanceInformation",
    "PutInventory",
    "PutComplianceItems",
    "PutConfigurePackageResult",
    "UpdateInstanceAssociationStatus",
    "RegisterManagedInstance",
    "CreateLogStream",
    "BatchGetImage",
    "GetAuthorizationToken",
    "GenerateDataKey",
    "Decrypt",
    "StartQuery",
    "StartQueryExecution",
    "Authenticate",
    "Federate",
    "GetRoleCredentials",
    "Logout",
];

/// Column `is_change`: a successful API call that is a management event, not read-only, and neither opens a session nor is
/// housekeeping. `None` where all but `readOnly` is so, and that is not stated.
pub fn is_change(marks: Marks<'_>, failed: bool, read_only: Option<bool>) -> Option<bool> {
    let may_be = record_kind(marks) == CALL
        && marks.category == "Management"
        && !failed
        && !NO_CHANGE.contains(&marks.source)
        && !HOUSEKEEPING.contains(&marks.name);
    if may_be { read_only.map(|read_only| !read_only) } else { Some(false) }
}

/// What tells how root stands behind a record.
#[derive(Debug, Clone, Copy, Default)]
pub struct RootMarks {
    /// The identity is root's.
    pub is_root: bool,
    /// A session of `GetFederationToken` that root's credentials issued (`sessionIssuer.type`).
    pub federated: bool,
    /// The record's export cannot tell whether root acted.
    pub not_stated: bool,
    /// `sessionContext.assumedRoot`.
    pub assumed: bool,
    /// A service acted in root's name (`invokedBy`); the console is none.
    pub by_service: bool,
    /// The call or sign-in failed.
    pub failed: bool,
}

/// Column `root_use`, the one definition of use of root; `None` for records of others.
///
/// * `credentials`: somebody held root's credentials: a sign-in that succeeded, or a call, refused ones too.
/// * `federation_session`: a session that root's credentials issued (`GetFederationToken`). Its holder has of root's rights what
///   the session policy leaves, and need not hold the credentials.
/// * `failed_sign_in`: somebody tried to sign in as root.
/// * `recovery_request`: somebody asked to recover root's password, which anybody may.
/// * `task_session`: a session of central root access (`AssumeRoot`), limited to one task.
/// * `service`: a service acted in root's name, or reported something about it.
/// * `other_record`: an insight, a VPC endpoint's view or a record delivered anew: the call has a record of its own.
/// * `not_stated`: the export states no type of identity, and names root or nobody.
pub fn root_use(marks: Marks<'_>, root: RootMarks) -> Option<&'static str> {
    let kind = record_kind(marks);
    Some(match (root, kind) {
        (RootMarks { not_stated: true, .. }, _) => "not_stated",
        (RootMarks { is_root: false, federated: false, .. }, _) => return None,
        (_, "insight" | "network_activity" | "update") => "other_record",
        (RootMarks { by_service: true, .. }, _) | (_, "service_event") => "service",
        (RootMarks { federated: true, .. }, _) => "federation_session",
        (RootMarks { assumed: true, .. }, _) => "task_session",
        (_, SIGN_IN | "sign_in_step") if marks.name == "PasswordRecoveryRequested" => "recovery_request",
        (RootMarks { failed: true, .. }, SIGN_IN | "sign_in_step") => "failed_sign_in",
        _ => "credentials",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: Marks<'_> =
        Marks { category: "Management", event_type: "AwsApiCall", source: "ec2.amazonaws.com", name: "RunInstances", addendum: "" };

    #[test]
    fn each_record_is_of_one_kind() {
        let sign_in = Marks { event_type: "AwsConsoleSignIn", source: "signin.amazonaws.com", ..CREATE };
        for (marks, expected) in [
            (CREATE, CALL),
            (Marks { event_type: "", ..CREATE }, CALL),
            (Marks { event_type: "AwsConsoleAction", ..CREATE }, CALL),
            (Marks { category: "Data", source: "s3.amazonaws.com", name: "GetObject", ..CREATE }, CALL),
            (Marks { addendum: "DELIVERY_DELAY", ..CREATE }, CALL),
            (Marks { addendum: "UPDATED_DATA", ..CREATE }, "update"),
            (Marks { category: "Insight", event_type: "AwsCloudTrailInsight", source: "", name: "", addendum: "" }, "insight"),
            (Marks { category: "NetworkActivity", event_type: "AwsVpceEvent", ..CREATE }, "network_activity"),
            (Marks { event_type: "AwsServiceEvent", ..CREATE }, "service_event"),
            (Marks { name: "ConsoleLogin", ..sign_in }, SIGN_IN),
            // Exports without a type.
            (Marks { name: "ConsoleLogin", event_type: "", ..sign_in }, SIGN_IN),
            (Marks { name: "SwitchRole", ..sign_in }, "sign_in_step"),
            (Marks { name: "CheckMfa", event_type: "", ..sign_in }, "sign_in_step"),
        ] {
            assert_eq!(record_kind(marks), expected, "{marks:?}");
        }
    }

    #[test]
    fn use_of_root_is_told_apart() {
        let root = RootMarks { is_root: true, ..RootMarks::default() };
        let federated = RootMarks { federated: true, ..RootMarks::default() };
        let sign_in = Marks { event_type: "AwsConsoleSignIn", source: "signin.amazonaws.com", name: "ConsoleLogin", ..CREATE };
        for (marks, root, expected) in [
            (CREATE, RootMarks::default(), None),
            (CREATE, root, Some("credentials")),
            (CREATE, RootMarks { failed: true, ..root }, Some("credentials")),
            (CREATE, RootMarks { assumed: true, ..root }, Some("task_session")),
            (CREATE, RootMarks { by_service: true, ..root }, Some("service")),
            (CREATE, federated, Some("federation_session")),
            (sign_in, federated, Some("federation_session")),
            (CREATE, RootMarks { failed: true, ..federated }, Some("federation_session")),
            (CREATE, RootMarks { by_service: true, ..federated }, Some("service")),
            (Marks { addendum: "UPDATED_DATA", ..CREATE }, federated, Some("other_record")),
            (Marks { event_type: "AwsServiceEvent", ..CREATE }, root, Some("service")),
            (Marks { category: "Insight", ..CREATE }, root, Some("other_record")),
            (sign_in, root, Some("credentials")),
            (sign_in, RootMarks { failed: true, ..root }, Some("failed_sign_in")),
            (Marks { name: "CheckMfa", ..sign_in }, RootMarks { failed: true, ..root }, Some("failed_sign_in")),
            (Marks { name: "PasswordRecoveryRequested", ..sign_in }, root, Some("recovery_request")),
            (Marks { name: "PasswordRecoveryCompleted", ..sign_in }, root, Some("credentials")),
            (CREATE, RootMarks { not_stated: true, ..RootMarks::default() }, Some("not_stated")),
        ] {
            assert_eq!(root_use(marks, root), expected, "{marks:?} {root:?}");
        }
    }

    #[test]
    fn a_change_is_a_successful_management_call_that_is_not_read_only() {
        assert_eq!(is_change(CREATE, false, Some(false)), Some(true));
        assert_eq!(is_change(CREATE, false, Some(true)), Some(false));
        assert_eq!(is_change(CREATE, false, None), None, "the record does not say");
        assert_eq!(is_change(CREATE, true, Some(false)), Some(false), "it failed");
        for marks in [
            Marks { category: "Data", ..CREATE },
            Marks { event_type: "AwsServiceEvent", ..CREATE },
            Marks { addendum: "UPDATED_DATA", ..CREATE },
            Marks { source: "sts.amazonaws.com", name: "AssumeRole", ..CREATE },
            Marks { source: "signin.amazonaws.com", name: "ConsoleLogin", ..CREATE },
            Marks { source: "support.amazonaws.com", name: "RefreshTrustedAdvisorCheck", ..CREATE },
            Marks { source: "ssm.amazonaws.com", name: "UpdateInstanceInformation", ..CREATE },
        ] {
            assert_eq!(is_change(marks, false, Some(false)), Some(false), "{marks:?}");
            assert_eq!(is_change(marks, false, None), Some(false), "{marks:?}");
        }
        let assignment = Marks { source: "sso.amazonaws.com", name: "CreateAccountAssignment", ..CREATE };
        assert_eq!(is_change(assignment, false, Some(false)), Some(true), "who may enter which account");
    }
}
