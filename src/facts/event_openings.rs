//! Table `event_openings`: what a call that changes a policy, a share, rules of a network or selectors of a trail opens, by
//! its own parameters. Whether the call succeeded is the control's question.

mod acl;
mod call;
mod policies;
mod rights;
mod rules;
mod shares;

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::exposures::known;
use super::opened::Opened;
use crate::base::steps;
use crate::ingest::batch::Batch;
use crate::policy::exposure::{Answer, Known};
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{CloudtrailEventsRow, EventOpeningsRow};
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD, Schema};
use crate::store::StoreError;
pub use call::PARAMETERS;
use call::{Call, parameter, read_columns};

/// The table.
pub const EVENT_OPENINGS: &str = EventOpeningsRow::TABLE.name;

/// Service prefix of the resource whose policy a call sets, by event source and name.
const POLICIES: [(&str, &str, &str); 10] = [
    ("backup.amazonaws.com", "PutBackupVaultAccessPolicy", "backup"),
    ("ecr.amazonaws.com", "SetRepositoryPolicy", "ecr"),
    ("elasticfilesystem.amazonaws.com", "PutFileSystemPolicy", "elasticfilesystem"),
    ("kms.amazonaws.com", "PutKeyPolicy", "kms"),
    ("secretsmanager.amazonaws.com", "PutResourcePolicy", "secretsmanager"),
    ("sqs.amazonaws.com", "SetQueueAttributes", "sqs"),
    ("sqs.amazonaws.com", "CreateQueue", "sqs"),
    ("kms.amazonaws.com", "CreateKey", "kms"),
    ("kms.amazonaws.com", "ReplicateKey", "kms"),
    ("sns.amazonaws.com", "CreateTopic", "sns"),
];

/// Names of the calls.
const NAMES: [&str; 43] = [
    "AddLayerVersionPermission20181031",
    "AddPermission",
    "AddPermission20150331",
    "AddPermission20150331v2",
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "AuthorizeSecurityGroupIngress",
    "CreateBucket",
    "CreateFunctionUrlConfig",
    "CreateKey",
    "CreatePolicy",
    "CreatePolicyVersion",
    "CreateQueue",
    "CreateRole",
    "DeleteAccountPublicAccessBlock",
    "DeleteBucketPublicAccessBlock",
    "ModifyDBClusterSnapshotAttribute",
    "ModifyDBSnapshotAttribute",
    "ModifyDocumentPermission",
    "ModifyImageAttribute",
    "ModifySecurityGroupRules",
    "ModifySnapshotAttribute",
    "PutAccountPublicAccessBlock",
    "PutBackupVaultAccessPolicy",
    "PutBucketAcl",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutEventSelectors",
    "PutFileSystemPolicy",
    "PutGroupPolicy",
    "PutKeyPolicy",
    "PutPermission",
    "PutResourcePolicy",
    "PutRolePolicy",
    "PutUserPolicy",
    "ReplicateKey",
    "SetQueueAttributes",
    "SetRepositoryPolicy",
    "SetTopicAttributes",
    "UpdateAssumeRolePolicy",
    "UpdateFunctionUrlConfig",
    "CreateTopic",
];

/// The table.
///
/// # Errors
/// When events or items cannot be read.
pub fn compute(schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    let Some(table) = schema.table(EVENT_OPENINGS) else { return Ok(Vec::new()) };
    let mut out = Batch::new(table);
    let mut columns: Vec<&str> = read_columns().collect();
    columns.extend([CloudtrailEventsRow::event_time, SOURCE_FILE_ID, SOURCE_RECORD]);
    let frame = evidence.events(&NAMES, &columns)?;
    let error = |e| evidence.error(CloudtrailEventsRow::TABLE.name, e);
    let calls = Call::read(&frame).map_err(error)?;
    if calls.is_empty() {
        return Ok(vec![out]);
    }
    let known = known(evidence)?;
    let mut policies = rights::written(evidence)?;
    for call in &calls {
        // A policy that was made in the period, by its account and name; the items' text outranks it.
        let made = (call.get(CloudtrailEventsRow::event_name) == "CreatePolicy")
            .then(|| Some((call.owner()?, call.some(parameter::request_parameters_name)?)))
            .flatten();
        if let (Some((account, name)), Some(text)) = (made, call.some(parameter::request_parameters_policy_document)) {
            policies.entry(rights::made_key(&account, name)).or_insert_with(|| text.to_owned());
        }
    }
    for call in &calls {
        steps::count(1);
        let mut opened = call.opens(&known, &policies);
        if opened.answer != Answer::Yes
            && let Some(why) = call.unread()
        {
            opened = Opened::open(why);
        }
        let beyond = opened.beyond.as_deref();
        let row = EventOpeningsRow {
            event_name: Some(call.get(CloudtrailEventsRow::event_name)),
            opens: opened.flag(),
            what: filled(&opened.what),
            open_question: filled(&opened.open),
            beyond: beyond.and_then(Opened::flag),
            beyond_what: beyond.and_then(|beyond| filled(&beyond.what)),
            beyond_question: beyond.and_then(|beyond| filled(&beyond.open)),
            valid_from: call.time,
            valid_to: None,
            source_file_id: Some(&call.file),
            source_record: Some(call.record),
        };
        out.push(u64::try_from(call.record).unwrap_or_default(), &row);
    }
    Ok(vec![out])
}

impl Call {
    fn opens(&self, known: &Known, policies: &BTreeMap<String, String>) -> Opened {
        match (self.get(CloudtrailEventsRow::event_source), self.get(CloudtrailEventsRow::event_name)) {
            (_, "PutBucketPolicy") => self.policy("s3", self.some(parameter::request_parameters_bucket_policy), self.bucket(), known),
            // A bucket that is created without a list is its owner's.
            (_, "CreateBucket") if self.some(parameter::request_parameters_x_amz_acl).is_none() => Opened::no(),
            (_, "PutBucketAcl" | "CreateBucket") => self.acl(),
            (_, "DeleteBucketPublicAccessBlock" | "DeleteAccountPublicAccessBlock") => Opened::yes("the public access block was deleted"),
            (_, "PutBucketPublicAccessBlock" | "PutAccountPublicAccessBlock") => self.block(),
            (_, "CreateRole" | "UpdateAssumeRolePolicy") => self.trust(known),
            (_, "AttachGroupPolicy" | "AttachRolePolicy" | "AttachUserPolicy") => self.attached(policies),
            (_, "CreatePolicy" | "CreatePolicyVersion" | "PutGroupPolicy" | "PutRolePolicy" | "PutUserPolicy") => self.granted(),
            (_, "AuthorizeSecurityGroupIngress" | "ModifySecurityGroupRules") => self.rules(),
            (_, "PutEventSelectors") => self.selectors(),
            (_, "ModifySnapshotAttribute" | "ModifyImageAttribute") => {
                self.shared(parameter::request_parameters_create_volume_permission_add, known)
            }
            (_, "ModifyDBSnapshotAttribute" | "ModifyDBClusterSnapshotAttribute") => {
                self.shared(parameter::request_parameters_values_to_add, known)
            }
            (_, "ModifyDocumentPermission") => self.shared(parameter::request_parameters_account_ids_to_add, known),
            ("lambda.amazonaws.com", "CreateFunctionUrlConfig" | "UpdateFunctionUrlConfig") => self.url(),
            ("lambda.amazonaws.com", _) => self.lambda(known),
            ("sns.amazonaws.com", "SetTopicAttributes") => match self.some(parameter::request_parameters_attribute_name) {
                Some("Policy") => self.policy("sns", self.some(parameter::request_parameters_attribute_value), None, known),
                Some(_) => Opened::no(),
                None => Opened::open("the record does not state the attribute"),
            },
            (source @ ("sns.amazonaws.com" | "sqs.amazonaws.com"), "AddPermission") => {
                self.accounts(if source == "sns.amazonaws.com" { "sns" } else { "sqs" }, known)
            }
            ("events.amazonaws.com", "PutPermission") => self.bus(known),
            (source, name) => {
                let service = POLICIES.iter().find(|(of, call, _)| *of == source && *call == name).map(|(.., service)| *service);
                let text = self.some(parameter::request_parameters_policy);
                match (service, text) {
                    // What creates or sets other attributes need not have a policy.
                    (Some(_), None) if matches!(name, "CreateKey" | "ReplicateKey" | "CreateQueue" | "CreateTopic") => Opened::no(),
                    (Some("sqs"), None) if self.some(parameter::request_parameters_name).is_some() => Opened::no(),
                    (Some(service), text) => self.policy(service, text, None, known),
                    (None, _) => Opened::no(),
                }
            }
        }
    }
}
