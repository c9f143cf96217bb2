//! Findings and figures of other tools, backups, access logs, and the client's own lists.

use crate::schema::row::tables;

tables! {
    table third_party_findings as ThirdPartyFindingsRow: "one finding of another tool, in that tool's words; the last state delivered", unit "finding", PerFile {
        source: text, "Security Hub, GuardDuty, IAM Access Analyzer, Inspector or Trusted Advisor";
        product: text, "the tool that found it, where the source gathers findings of others";
        finding_id: text, "id";
        finding_type: text, "type";
        rule_id: text, "generator, check or vulnerability";
        title: text, "title";
        detail: text, "description, or the finding's own details as JSON";
        severity: text, "as given";
        severity_level: text, "critical, high, medium, low or informational; NULL where none is given";
        status: text, "state of the record, as given";
        workflow: text, "state of the work on it, as given";
        compliance_status: text, "result of the check behind it, as given";
        control_id: text, "the tool's control";
        is_open: bool, "active, not suppressed, not resolved, not passed; NULL where it is not said";
        account_id: text, "account";
        region: text, "Region";
        resource_type: text, "type of the first resource, as given";
        resource_id: text, "the first resource";
        resources: text, "JSON list of all resources, where there are several";
        occurrences: int, "times it occurred";
        created_at: time, "made";
        first_observed_at: time, "first seen";
        last_observed_at: time, "last seen";
        updated_at: time, "last changed";
    }
    table trusted_advisor_checks as TrustedAdvisorChecksRow: "one check of Trusted Advisor: its result, or its name and category", unit "check", PerFile {
        account_id: text, "from the path, or NULL";
        check_id: text, "id";
        check_name: text, "name; NULL in results";
        category: text, "category; NULL in results";
        status: text, "ok, warning, error or not_available; NULL in descriptions";
        checked_at: time, "timestamp";
        resources_processed: int, "processed";
        resources_flagged: int, "flagged";
        resources_ignored: int, "ignored";
        resources_suppressed: int, "suppressed";
        estimated_monthly_savings: double, "estimate, as given, without a currency";
        estimated_percent_monthly_savings: double, "estimate";
    }
    table backup_jobs as BackupJobsRow: "one backup or copy job of AWS Backup", unit "backup job", PerFile {
        account_id: text, "account";
        region: text, "Region";
        job_kind: text, "backup or copy";
        job_id: text, "id";
        job_state: text, "COMPLETED, FAILED, ABORTED, EXPIRED, PARTIAL and others";
        status_message: text, "message";
        message_category: text, "category of the message";
        resource_arn: text, "what was backed up";
        resource_type: text, "its type in AWS Backup's words";
        resource_name: text, "its name";
        vault_arn: text, "vault written to";
        recovery_point_arn: text, "recovery point made";
        plan: text, "plan that started it; NULL = on demand";
        created_at: time, "CreationDate";
        created_epoch: int, "in seconds";
        completed_at: time, "CompletionDate";
        completed_epoch: int, "in seconds";
        bytes: int, "size";
        is_parent: bool, "parent of other jobs";
    }
    table restore_jobs as RestoreJobsRow: "one restore job of AWS Backup", unit "restore job", PerFile {
        account_id: text, "account";
        region: text, "Region";
        job_id: text, "id";
        job_status: text, "COMPLETED, FAILED, ABORTED and others";
        status_message: text, "message";
        resource_type: text, "type in AWS Backup's words";
        recovery_point_arn: text, "what was restored";
        source_arn: text, "the resource it was a backup of";
        created_arn: text, "the resource made";
        validation_status: text, "SUCCESSFUL, FAILED and others, where a validation ran";
        testing_plan: text, "restore testing plan that started it";
        created_at: time, "CreationDate";
        created_epoch: int, "in seconds";
        completed_at: time, "CompletionDate";
        completed_epoch: int, "in seconds";
        bytes: int, "size";
    }
    table backup_recovery_points as BackupRecoveryPointsRow: "one recovery point as the lists of AWS Backup give it", unit "recovery point", PerFile {
        account_id: text, "account";
        region: text, "Region";
        recovery_point_arn: text, "ARN";
        point_status: text, "COMPLETED, PARTIAL, EXPIRED and others";
        vault_name: text, "vault";
        resource_arn: text, "what it is a backup of";
        resource_type: text, "its type in AWS Backup's words";
        is_encrypted: bool, "encrypted";
        key_arn: text, "key";
        created_at: time, "CreationDate";
        created_epoch: int, "in seconds";
        completed_at: time, "CompletionDate";
        last_restored_at: time, "LastRestoreTime";
        last_restored_epoch: int, "in seconds";
        delete_after_days: int, "Lifecycle.DeleteAfterDays; NULL = kept without end, or not said";
        bytes: int, "size";
    }
    table backup_protected_resources as BackupProtectedResourcesRow: "one resource that AWS Backup holds backups of", unit "protected resource", PerFile {
        account_id: text, "account";
        region: text, "Region";
        resource_arn: text, "ARN";
        resource_type: text, "type in AWS Backup's words";
        resource_name: text, "name";
        last_backup_at: time, "LastBackupTime";
        last_backup_epoch: int, "in seconds";
    }
    table cloudwatch_metrics as CloudwatchMetricsRow: "one value of a metric of CloudWatch", unit "metric value", PerFile {
        account_id: text, "from the path, or NULL";
        region: text, "from the path, or NULL";
        metric_label: text, "label";
        metric_id: text, "id in the query";
        statistic: text, "statistic, where it is said";
        unit: text, "unit, where it is said";
        measured_at: time, "start of the interval";
        value: double, "value";
    }
    table s3_access as S3AccessRow: "requests of S3 server access logs with the same day, bucket, requester, operation and outcome; source_record is the first", unit "group of requests", PerFile {
        event_day: date, "day, UTC";
        bucket_name: text, "bucket";
        requester: text, "canonical id or ARN; NULL = anonymous";
        requester_account_id: text, "account of an ARN";
        is_anonymous: bool, "not authenticated";
        operation: text, "such as REST.GET.OBJECT";
        http_status: int, "status";
        error_code: text, "error";
        signature_version: text, "SigV2 or SigV4; NULL without";
        tls_version: text, "NULL = without TLS, or a line from before it was logged";
        requests: int, "requests";
        bytes_sent: int, "bytes sent";
        first_seen: time, "first";
        last_seen: time, "last";
        remote_ip: text, "address of the first request";
    }
    table wa_tool_answers as WaToolAnswersRow: "one choice of one question of the Well-Architected Tool, as the client answered it", unit "choice", PerFile {
        workload_id: text, "workload";
        lens: text, "lens";
        milestone: int, "milestone; NULL or 0 = current";
        pillar_id: text, "pillar in the tool's words";
        question_id: text, "question in the tool's words";
        question_title: text, "question";
        risk: text, "HIGH, MEDIUM, NONE, UNANSWERED or NOT_APPLICABLE, as the tool rates it";
        is_applicable: bool, "applies";
        reason: text, "why it does not apply";
        notes: text, "the client's notes";
        choice_id: text, "choice: the page of the practice";
        choice_title: text, "choice";
        choice_status: text, "SELECTED, UNSELECTED or NOT_APPLICABLE; NULL = nobody answered";
        choice_reason: text, "why it is not selected";
        choice_notes: text, "notes";
    }
    table wa_tool_improvements as WaToolImprovementsRow: "one improvement that the Well-Architected Tool proposes", unit "improvement", PerFile {
        workload_id: text, "workload";
        pillar_id: text, "pillar";
        question_id: text, "question";
        question_title: text, "question";
        risk: text, "as the tool rates it";
        choice_id: text, "choice";
        proposal: text, "what the tool proposes";
    }
    table wa_tool_workloads as WaToolWorkloadsRow: "one workload of the Well-Architected Tool", unit "workload", PerFile {
        workload_id: text, "id";
        workload_name: text, "name";
        environment: text, "PRODUCTION or PREPRODUCTION";
        review_owner: text, "who reviews";
        account_ids: text, "JSON list";
        updated_at: time, "last change";
        high_risks: int, "questions at high risk";
        medium_risks: int, "questions at medium risk";
        unanswered: int, "questions without an answer";
    }
    table client_control_matrix as ClientControlMatrixRow: "one control of the client's own", unit "client control", PerFile {
        control_id: text, "id";
        control_text: text, "text";
        criteria: text, "criteria";
        tests: text, "control ids of ours";
    }
    table empty_answers as EmptyAnswersRow: "one list that was asked for and held nothing", unit "empty list", PerFile {
        account_id: text, "from the path, or NULL";
        region: text, "from the path, or NULL";
        list_name: text, "its name in the answer";
        table_name: text, "the table that its records would be rows of";
        answer_format: text, "what the file is";
    }
}
