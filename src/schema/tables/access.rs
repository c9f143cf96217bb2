//! Users, access, IAM Identity Center and the organisation, as answers of the command line state them.

use crate::schema::row::tables;

tables! {
    table iam_credentials as IamCredentialsRow: "one user of the IAM credential report", unit "user", PerFile {
        account_id: text, "from the ARN";
        user_name: text, "user, or <root_account>";
        arn: text, "ARN";
        is_root: bool, "the root row";
        created_at: time, "user_creation_time";
        password_enabled: bool, "NULL when not_supported";
        password_state: text, "password_enabled as delivered";
        password_last_used_at: time, "password_last_used";
        password_last_used_state: text, "password_last_used when it is not a date";
        password_last_changed_at: time, "password_last_changed";
        mfa_active: bool, "mfa_active";
        access_key_1_active: bool, "access_key_1_active";
        access_key_1_last_rotated_at: time, "access_key_1_last_rotated";
        access_key_1_last_rotated_epoch: int, "in seconds";
        access_key_1_last_used_at: time, "access_key_1_last_used_date";
        access_key_1_last_used_epoch: int, "in seconds";
        access_key_1_last_used_service: text, "access_key_1_last_used_service";
        access_key_2_active: bool, "access_key_2_active";
        access_key_2_last_rotated_at: time, "access_key_2_last_rotated";
        access_key_2_last_rotated_epoch: int, "in seconds";
        access_key_2_last_used_at: time, "access_key_2_last_used_date";
        access_key_2_last_used_epoch: int, "in seconds";
        access_key_2_last_used_service: text, "access_key_2_last_used_service";
        cert_1_active: bool, "cert_1_active";
        cert_2_active: bool, "cert_2_active";
        created_epoch: int, "created_at in seconds";
        password_last_used_epoch: int, "in seconds";
        report_generated_at: time, "GeneratedTime, NULL unless known";
        report_generated_epoch: int, "in seconds";
        report_generated_date: date, "its date";
        password_last_changed_epoch: int, "in seconds";
    }
    table iam_account_summary as IamAccountSummaryRow: "one number of get-account-summary", unit "account figure", PerFile {
        account_id: text, "account, NULL unless in the path";
        summary_key: text, "name";
        summary_value: int, "number";
    }
    table iam_last_accessed as IamLastAccessedRow: "one service, or action of it, and when it was last accessed; attempts that were denied count, too", unit "service of an identity", PerFile {
        account_id: text, "account";
        subject: text, "the identity (or service) asked about, from the file name, or NULL";
        service_namespace: text, "service; NULL for entities";
        service_name: text, "its name";
        action_name: text, "action, where it is tracked";
        last_accessed_at: time, "last attempt; NULL = none in the tracking period";
        last_accessed_epoch: int, "in seconds";
        last_accessed_region: text, "Region";
        entity_arn: text, "who";
        entities: int, "entities that accessed it";
        job_completed_at: time, "JobCompletionDate";
        job_completed_epoch: int, "in seconds";
    }
    table identity_center_permission_sets as IdentityCenterPermissionSetsRow: "one permission set of IAM Identity Center, listed or described", unit "permission set", PerFile {
        permission_set_arn: text, "ARN";
        instance_id: text, "instance";
        set_name: text, "name; NULL when only listed";
        description: text, "description";
        session_duration: text, "ISO 8601 duration";
        created_at: time, "made";
        origin: text, "listed or described";
    }
    table identity_center_assignments as IdentityCenterAssignmentsRow: "one assignment of a permission set to a user or group in an account", unit "assignment", PerFile {
        account_id: text, "account";
        permission_set_arn: text, "permission set";
        principal_type: text, "USER or GROUP";
        principal_id: text, "id in the identity store";
    }
    table identity_center_policies as IdentityCenterPoliciesRow: "one policy of a permission set", unit "policy", PerFile {
        permission_set: text, "from the file name, or NULL";
        policy_kind: text, "managed, customer_managed, inline or boundary";
        policy_name: text, "name";
        policy_arn: text, "ARN";
        document: text, "the inline document as JSON";
        allows_everything: bool, "an Allow of every action on every resource; NULL without a document";
    }
    table organization_accounts as OrganizationAccountsRow: "one account of the organisation", unit "account", PerFile {
        account_id: text, "account";
        account_name: text, "name";
        email: text, "address";
        status: text, "ACTIVE or other";
        joined_at: time, "joined";
        organization_id: text, "from the ARN";
        management_account_id: text, "account that manages the organisation, from the ARN";
    }
    table organization_policies as OrganizationPoliciesRow: "one policy of AWS Organizations", unit "policy", PerFile {
        policy_id: text, "id";
        arn: text, "ARN";
        policy_name: text, "name";
        description: text, "description";
        policy_type: text, "SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY and others";
        aws_managed: bool, "made by AWS";
        content: text, "the document as JSON; NULL when only listed";
        statements: int, "statements; NULL when only listed";
    }
    table organization_policy_statements as OrganizationPolicyStatementsRow: "one statement of a service or resource control policy: a limit, never a grant", unit "policy statement", PerFile {
        policy_id: text, "policy";
        policy_type: text, "type";
        position: int, "0-based place";
        sid: text, "Sid";
        effect: text, "Allow or Deny";
        principal: text, "as JSON";
        is_not_action: bool, "NotAction is used";
        actions: text, "JSON list";
        is_not_resource: bool, "NotResource is used";
        resources: text, "JSON list";
        condition: text, "as JSON";
    }
    table organization_policy_targets as OrganizationPolicyTargetsRow: "one target of a policy of AWS Organizations", unit "policy target", PerFile {
        policy_id: text, "from the file name, or NULL";
        target_id: text, "account, unit or root";
        target_type: text, "ACCOUNT, ORGANIZATIONAL_UNIT or ROOT";
        target_name: text, "name";
        management_account_id: text, "from the ARN";
        has_more: bool, "the answer is a page that more follows";
    }
    table organization_parents as OrganizationParentsRow: "one statement of AWS Organizations that a root or unit holds an account or unit; a root by itself", unit "stated parent", PerFile {
        child_id: text, "account, unit or root; from the file name where the answer does not state it, or NULL";
        child_type: text, "ACCOUNT, ORGANIZATIONAL_UNIT or ROOT";
        parent_id: text, "root or unit, likewise; NULL for a root";
        parent_type: text, "ROOT or ORGANIZATIONAL_UNIT";
        management_account_id: text, "from the ARN; NULL where the answer has none";
    }
}
