//! Table `event_openings`: what a call that changes a policy, a share, rules of a network or selectors of a trail opens, by
//! its own parameters. Whether the call succeeded is the control's question.

mod acl;
mod call;
mod policies;
mod rights;
mod rules;
mod shares;

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
use rights::Written;

/// The table.
pub const EVENT_OPENINGS: &str = EventOpeningsRow::TABLE.name;

/// Names of the calls.
const NAMES: [&str; 74] = [
    "AddLayerVersionPermission20181031",
    "AddPermission",
    "AddPermission20150331",
    "AddPermission20150331v2",
    "AddUserToGroup",
    "AssociateResourceShare",
    "AttachCustomerManagedPolicyReferenceToPermissionSet",
    "AttachGroupPolicy",
    "AttachManagedPolicyToPermissionSet",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "AuthorizeDataShare",
    "AuthorizeEndpointAccess",
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSnapshotAccess",
    "CreateAccessPoint",
    "CreateBucket",
    "CreateDomain",
    "CreateElasticsearchDomain",
    "CreateEmailIdentityPolicy",
    "CreateFunctionUrlConfig",
    "CreateGrant",
    "CreateKey",
    "CreatePolicy",
    "CreatePolicyVersion",
    "CreateQueue",
    "CreateResourceShare",
    "CreateRestApi",
    "CreateRole",
    "CreateTable",
    "CreateTopic",
    "DeleteAccountPublicAccessBlock",
    "DeleteBucketPublicAccessBlock",
    "ModifyDBClusterSnapshotAttribute",
    "ModifyDBSnapshotAttribute",
    "ModifyDocumentPermission",
    "ModifyImageAttribute",
    "ModifySecurityGroupRules",
    "ModifySnapshotAttribute",
    "PutAccessPointPolicy",
    "PutAccessPointPolicyForObjectLambda",
    "PutAccountPublicAccessBlock",
    "PutBackupVaultAccessPolicy",
    "PutBucketAcl",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutDestinationPolicy",
    "PutDomainPermissionsPolicy",
    "PutEventSelectors",
    "PutFileSystemPolicy",
    "PutGroupPolicy",
    "PutIdentityPolicy",
    "PutInlinePolicyToPermissionSet",
    "PutKeyPolicy",
    "PutObjectAcl",
    "PutPermission",
    "PutPolicy",
    "PutRegistryPolicy",
    "PutRepositoryPermissionsPolicy",
    "PutResourcePolicy",
    "PutRolePolicy",
    "PutUserPolicy",
    "ReplicateKey",
    "SetDefaultPolicyVersion",
    "SetQueueAttributes",
    "SetRepositoryPolicy",
    "SetTopicAttributes",
    "SetVaultAccessPolicy",
    "UpdateAssumeRolePolicy",
    "UpdateDomainConfig",
    "UpdateElasticsearchDomainConfig",
    "UpdateEmailIdentityPolicy",
    "UpdateFunctionUrlConfig",
    "UpdateRestApi",
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
    let written = Written::read(evidence, &calls)?;
    for call in &calls {
        steps::count(1);
        let mut opened = call.opens(&known, &written);
        if opened.answer != Answer::Yes
            && let Some(why) = call.unread()
        {
            let beyond = opened.beyond.filter(|beyond| beyond.answer == Answer::Yes);
            opened = Opened { beyond, ..Opened::open(why) };
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
    fn opens(&self, known: &Known, written: &Written) -> Opened {
        match (self.get(CloudtrailEventsRow::event_source), self.get(CloudtrailEventsRow::event_name)) {
            // A directory bucket's sessions are all that its policy gives.
            ("s3express.amazonaws.com", "PutBucketPolicy") => {
                self.policy("s3express", self.some(parameter::request_parameters_bucket_policy), None, known)
            }
            (_, "PutBucketPolicy") => self.policy("s3", self.some(parameter::request_parameters_bucket_policy), self.bucket(), known),
            // A bucket that is created without a list is its owner's.
            (_, "CreateBucket") if !self.has_acl_headers() => Opened::no(),
            (_, "PutBucketAcl" | "PutObjectAcl" | "CreateBucket") => self.acl(),
            (_, "DeleteBucketPublicAccessBlock" | "DeleteAccountPublicAccessBlock") => Opened::yes("the public access block was deleted"),
            (_, "PutBucketPublicAccessBlock" | "PutAccountPublicAccessBlock") => self.block(),
            (_, "CreateRole" | "UpdateAssumeRolePolicy") => self.trust(known),
            (_, "AttachGroupPolicy" | "AttachRolePolicy" | "AttachUserPolicy") => self.attached(written),
            (_, "AttachManagedPolicyToPermissionSet") => self.attached(written),
            (_, "AttachCustomerManagedPolicyReferenceToPermissionSet") => self.attached_by_name(written),
            (_, "AddUserToGroup") => self.joined(written),
            (_, "CreatePolicyVersion") => self.version_made(),
            (_, "SetDefaultPolicyVersion") => self.version_set(written),
            (_, "CreatePolicy" | "PutGroupPolicy" | "PutRolePolicy" | "PutUserPolicy" | "PutInlinePolicyToPermissionSet") => self.granted(),
            ("kms.amazonaws.com", "CreateGrant") => Opened::beyond_only(self.key_grant(known)),
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
            ("apigateway.amazonaws.com", "CreateRestApi" | "UpdateRestApi") => self.api(known),
            (
                "es.amazonaws.com",
                "CreateDomain" | "CreateElasticsearchDomain" | "UpdateDomainConfig" | "UpdateElasticsearchDomainConfig",
            ) => self.domain(known),
            (_, "CreateAccessPoint") => self.access_point(),
            (_, "PutAccessPointPolicy") => self.policy("s3", self.some(parameter::request_parameters_policy), None, known),
            (_, "PutAccessPointPolicyForObjectLambda") => {
                self.policy("s3-object-lambda", self.some(parameter::request_parameters_policy), None, known)
            }
            ("ram.amazonaws.com", "CreateResourceShare" | "AssociateResourceShare") => self.resource_share(known),
            ("redshift.amazonaws.com", "AuthorizeSnapshotAccess") => self.snapshot_access(known),
            ("redshift.amazonaws.com", "AuthorizeDataShare" | "AuthorizeEndpointAccess") => Opened::beyond_only(self.named_account(known)),
            (source, name) => self.policy_of(source, name, known),
        }
    }
}
