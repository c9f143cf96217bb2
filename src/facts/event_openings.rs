//! Table `event_openings`: what a call that changes a policy, a share, rules of a network or selectors of a trail opens, by
//! its own parameters. Whether the call succeeded is the control's question.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, DataType, PolarsResult};
use serde_json::Value as Json;

use super::evidence::Evidence;
use super::exposures::known;
use super::items::Item;
use super::members::{list, member, text};
use super::opened::{Opened, beyond, opened};
use super::{openings, powers};
use crate::base::arn::account_piece;
use crate::base::steps;
use crate::ingest::batch::Batch;
use crate::ingest::formats::cloudtrail::unread;
use crate::policy::document::{self, Document};
use crate::policy::exposure::{self, Answer, Exposure, Grantee, Known, LambdaPermission, Resource};
use crate::policy::network::{self, Audience, Protocol, Rule, Span};
use crate::policy::{managed, ports, selectors};
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{CloudtrailEventsRow, EventOpeningsRow};
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD, Schema};
use crate::store::StoreError;

/// The table.
pub const EVENT_OPENINGS: &str = EventOpeningsRow::TABLE.name;

/// Columns of the events catalogue that are read here: a constant for each, and the list of all.
macro_rules! parameters {
    ($($name:ident)*) => {
        #[allow(non_upper_case_globals, reason = "a constant has the name of the column that it names")]
        mod parameter {
            $(pub(super) const $name: &str = stringify!($name);)*
        }

        /// Columns of the events catalogue that this table is made from.
        pub const PARAMETERS: &[&str] = &[$(parameter::$name),*];
    };
}

parameters! {
    request_parameters_name
    request_parameters_bucket_name
    request_parameters_policy
    request_parameters_policy_document
    request_parameters_policy_arn
    request_parameters_bucket_policy
    request_parameters_x_amz_acl
    request_parameters_access_control_policy
    request_parameters_public_access_block_configuration
    request_parameters_principal
    request_parameters_action
    request_parameters_source_arn
    request_parameters_source_account
    request_parameters_principal_org_id
    request_parameters_auth_type
    request_parameters_account_ids_to_add
    request_parameters_create_volume_permission_add
    request_parameters_values_to_add
    response_elements_security_group_rule_set_items
    request_parameters_security_group_rule
    request_parameters_event_selectors
    request_parameters_attribute_name
    request_parameters_attribute_value
    request_parameters_aws_account_ids
    request_parameters_actions
}

/// Columns of every event that are read.
const COLUMNS: [&str; 5] = [
    CloudtrailEventsRow::event_name,
    CloudtrailEventsRow::event_source,
    CloudtrailEventsRow::account_id,
    CloudtrailEventsRow::aws_region,
    CloudtrailEventsRow::unread_values,
];

/// Columns that are read as texts.
fn read_columns() -> impl Iterator<Item = &'static str> {
    COLUMNS.into_iter().chain(PARAMETERS.iter().copied())
}

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
    let mut policies = written(evidence)?;
    for call in &calls {
        // A policy that was made in the period, by its account and name; the items' text outranks it.
        let made = (call.get(CloudtrailEventsRow::event_name) == "CreatePolicy")
            .then(|| Some((call.owner()?, call.some(parameter::request_parameters_name)?)))
            .flatten();
        if let (Some((account, name)), Some(text)) = (made, call.some(parameter::request_parameters_policy_document)) {
            policies.entry(made_key(&account, name)).or_insert_with(|| text.to_owned());
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

/// The key of a policy that a call made, which no ARN equals.
fn made_key(account: &str, name: &str) -> String {
    format!("{account} {name}")
}

/// The texts of customer managed policies that items hold, by ARN.
fn written(evidence: &dyn Evidence) -> Result<BTreeMap<String, String>, StoreError> {
    let items = Item::read(evidence, &["AWS::IAM::Policy"])?;
    let text_of = |item: &Item| {
        let (_, body) = powers::documents(item)?.into_iter().next()?;
        let body = body?;
        Some((item.arn.clone(), body.as_str().map_or_else(|| body.to_string(), str::to_owned)))
    };
    Ok(items.iter().filter_map(text_of).collect())
}

/// A call, its columns by name.
struct Call {
    texts: BTreeMap<&'static str, String>,
    time: Option<i64>,
    file: String,
    record: i64,
}

impl Call {
    fn read(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let mut columns = Vec::new();
        for name in read_columns() {
            columns.push((name, frame.column(name)?.str()?.clone()));
        }
        let (files, records) = (frame.column(SOURCE_FILE_ID)?.str()?.clone(), frame.column(SOURCE_RECORD)?.i64()?.clone());
        let times = frame.column(CloudtrailEventsRow::event_time)?.cast(&DataType::Int64)?.i64()?.clone();
        let call = |row: usize| Self {
            texts: columns.iter().filter_map(|(name, values)| Some((*name, values.get(row)?.to_owned()))).collect(),
            time: times.get(row),
            file: files.get(row).unwrap_or_default().to_owned(),
            record: records.get(row).unwrap_or_default(),
        };
        let mut calls: Vec<Self> = (0..frame.height()).map(call).collect();
        calls.sort_by(|a, b| (&a.file, a.record).cmp(&(&b.file, b.record)));
        Ok(calls)
    }

    fn get(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// A parameter that is there; empty text counts as absent.
    fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|text| !text.is_empty())
    }

    /// Parameters that were not kept or cannot be read, if any that is read here is among them.
    fn unread(&self) -> Option<String> {
        let found = unread::read(self.some(CloudtrailEventsRow::unread_values)?);
        let read = found.iter().filter(|(name, _)| read_columns().any(|read| read == name.as_str()));
        let told: Vec<String> = read.map(|(name, why)| format!("{name}: {why}")).collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    fn json(&self, name: &str) -> Option<Json> {
        serde_json::from_str(self.some(name)?).ok()
    }

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

    fn owner(&self) -> Option<String> {
        self.some(CloudtrailEventsRow::account_id).map(str::to_owned)
    }

    fn bucket(&self) -> Option<String> {
        self.some(parameter::request_parameters_bucket_name).map(|name| format!("arn:{}:s3:::{name}", self.partition()))
    }

    fn partition(&self) -> &'static str {
        match self.get(CloudtrailEventsRow::aws_region) {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    fn parsed(text: Option<&str>) -> Result<Document, Opened> {
        let Some(text) = text else { return Err(Opened::open("the record does not hold the policy")) };
        document::parse(text).map_err(|problem| Opened::open(format!("the policy cannot be read: {problem}")))
    }

    fn policy(&self, service: &str, text: Option<&str>, arn: Option<String>, known: &Known) -> Opened {
        match Self::parsed(text) {
            Ok(document) => self.exposed(&document, service, arn, known),
            Err(opened) => opened,
        }
    }

    fn exposed(&self, document: &Document, service: &str, arn: Option<String>, known: &Known) -> Opened {
        let resource = Resource { service: service.to_owned(), arn, owner: self.owner(), vpc_only: false };
        let found = exposure::exposures(document, &resource, known);
        let public = opened(&found, |exposure| Answer::of(exposure.audience.is_public()));
        Opened { beyond: Some(Box::new(beyond(&found, known))), ..public }
    }

    fn trust(&self, known: &Known) -> Opened {
        let document = match Self::parsed(self.some(parameter::request_parameters_policy_document)) {
            Ok(document) => document,
            Err(opened) => return opened,
        };
        // A service acts for the account that owns the role; whom it can be talked into is another question.
        let beyond = |exposure: &Exposure| match &exposure.audience {
            exposure::Audience::Service { .. } => Answer::No,
            // Whose users an identity provider of the account signs in is the provider's setting.
            exposure::Audience::Federated { .. } => Answer::of(exposure.audience.is_public()),
            audience => audience.is_beyond(known),
        };
        opened(&exposure::trust_exposures(&document, None, self.owner().as_deref(), known), beyond)
    }

    fn acl(&self) -> Opened {
        const CANNED: [(&str, &str); 3] = [
            ("public-read", "everyone may read"),
            ("public-read-write", "everyone may read and write"),
            ("authenticated-read", "everyone with an AWS account may read"),
        ];
        if let Some(acl) = self.some(parameter::request_parameters_x_amz_acl) {
            let named: Vec<String> = match serde_json::from_str(acl) {
                Ok(Json::Array(names)) => names.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
                Ok(Json::String(name)) => vec![name],
                _ => vec![acl.to_owned()],
            };
            let found = CANNED.iter().find(|(name, _)| named.iter().any(|n| n == name));
            return found.map_or_else(Opened::no, |(_, what)| Opened::yes(*what));
        }
        let Some(policy) = self.json(parameter::request_parameters_access_control_policy) else {
            return Opened::open("the record does not hold the access control list");
        };
        let grants =
            member(&policy, "AccessControlList").and_then(|l| member(l, "Grant").or(Some(l))).or_else(|| member(&policy, "Grants"));
        for grant in list(grants) {
            let uri = member(grant, "Grantee").and_then(|grantee| text(grantee, "URI").or_else(|| text(grantee, "Uri")));
            match uri.and_then(Grantee::of_uri) {
                Some(Grantee::AllUsers) => return Opened::yes("a grant to everyone"),
                Some(Grantee::AuthenticatedUsers) => return Opened::yes("a grant to everyone with an AWS account"),
                _ => {}
            }
        }
        if grants.is_none() { Opened::open("the access control list cannot be read") } else { Opened::no() }
    }

    fn block(&self) -> Opened {
        const FLAGS: [&str; 4] = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
        let Some(settings) = self.json(parameter::request_parameters_public_access_block_configuration) else {
            return Opened::open("the record does not hold the settings");
        };
        let is_on = |name: &&str| match member(&settings, name) {
            Some(Json::Bool(on)) => *on,
            Some(Json::String(text)) => text.eq_ignore_ascii_case("true"),
            // A setting that is left out is off.
            _ => false,
        };
        let off: Vec<&str> = FLAGS.into_iter().filter(|name| !is_on(name)).collect();
        if off.is_empty() { Opened::no() } else { Opened::yes(format!("{} off", off.join(", "))) }
    }

    fn granted(&self) -> Opened {
        match Self::parsed(self.some(parameter::request_parameters_policy_document)) {
            Ok(document) => self.administration(&document, "the document"),
            Err(opened) => opened,
        }
    }

    fn attached(&self, policies: &BTreeMap<String, String>) -> Opened {
        let Some(arn) = self.some(parameter::request_parameters_policy_arn) else {
            return Opened::open("the record does not name the policy");
        };
        let made = || policies.get(&made_key(account_piece(arn)?, arn.rsplit('/').next()?));
        let own = policies.get(arn).or_else(made).map(|text| document::parse(text));
        let parsed = own.or_else(|| managed::document(arn).map(|managed| document::parse(&managed.text)));
        match parsed {
            Some(Ok(document)) => self.administration(&document, arn),
            Some(Err(problem)) => Opened::open(format!("{arn} cannot be read: {problem}")),
            None => Opened::open(format!("the text of {arn} was not supplied")),
        }
    }

    fn administration(&self, document: &Document, name: &str) -> Opened {
        match powers::administers(document, self.partition(), self.owner().as_deref()) {
            Answer::Yes => Opened::yes(format!("{name} gives administration")),
            Answer::No => Opened::no(),
            Answer::Unknown => Opened::open(format!("whether {name} gives administration depends on a condition")),
        }
    }

    fn selectors(&self) -> Opened {
        let Some(text) = self.some(parameter::request_parameters_event_selectors) else {
            return Opened::open("the record does not hold the selectors");
        };
        match selectors::recorded(text) {
            Err(problem) => Opened::open(problem.to_string()),
            Ok(recorded) => match recorded.left_out() {
                Some(left_out) => Opened::yes(format!("the trail records {left_out}")),
                None => Opened::no(),
            },
        }
    }

    fn shared(&self, column: &str, known: &Known) -> Opened {
        let Some(added) = self.json(column) else {
            // A call that only takes shares away, or sets something else.
            return if self.some(parameter::request_parameters_name).is_some() {
                Opened::no()
            } else {
                Opened::open("the record does not hold the shares")
            };
        };
        let entries = member(&added, "items").unwrap_or(&added);
        let name = |entry: &Json| {
            let of = ["userId", "group", "organizationArn", "organizationalUnitArn", "accountId"].iter().find_map(|name| text(entry, name));
            entry.as_str().or(of).map(str::to_owned)
        };
        let entries = list(Some(entries));
        let names: Vec<String> = entries.iter().filter_map(name).collect();
        let found = self.shares(&names, known);
        if names.len() < entries.len() && found.answer != Answer::Yes { Opened::open("a share cannot be read") } else { found }
    }

    /// With whom something is shared: everyone, or somebody outside the client.
    fn shares(&self, names: &[String], known: &Known) -> Opened {
        let owner = self.owner();
        let mut open = Vec::new();
        for name in names {
            let lower = name.to_ascii_lowercase();
            let entry = if lower == "all" { &lower } else { name };
            let Some(audience) = exposure::shared_with(entry, owner.as_deref(), known) else {
                open.push(format!("who {name} is"));
                continue;
            };
            if audience.is_public() {
                return Opened::yes("everyone");
            }
            match audience.is_beyond(known) {
                Answer::Yes => return Opened::yes(format!("{name}, which nobody declared")),
                Answer::Unknown => open.push(format!("whether {name} is the client's")),
                Answer::No => {}
            }
        }
        if open.is_empty() { Opened::no() } else { Opened::open(format!("{} is not known", open.join(" and "))) }
    }

    fn url(&self) -> Opened {
        match self.some(parameter::request_parameters_auth_type) {
            Some("NONE") => Opened::yes("everyone, by a URL without sign-in"),
            Some(_) => Opened::no(),
            None if self.get(CloudtrailEventsRow::event_name) == "UpdateFunctionUrlConfig"
                && self.some(parameter::request_parameters_name).is_some() =>
            {
                Opened::no()
            }
            None => Opened::open("the record does not state the kind of sign-in"),
        }
    }

    fn lambda(&self, known: &Known) -> Opened {
        let Some(principal) = self.some(parameter::request_parameters_principal) else {
            return Opened::open("the record does not state the principal");
        };
        let owned = |name: &str| self.some(name).map(str::to_owned);
        let permission = LambdaPermission {
            principal: principal.to_owned(),
            action: self.some(parameter::request_parameters_action).unwrap_or("lambda:InvokeFunction").to_owned(),
            source_arn: owned(parameter::request_parameters_source_arn),
            source_account: owned(parameter::request_parameters_source_account),
            principal_org_id: owned(parameter::request_parameters_principal_org_id),
            function_url_auth_type: owned(parameter::request_parameters_auth_type),
            ..LambdaPermission::default()
        };
        let resource = Resource { service: "lambda".to_owned(), arn: None, owner: self.owner(), vpc_only: false };
        let found = exposure::exposures(&exposure::lambda_permission(&permission), &resource, known);
        // S3 names no account in the ARN of a bucket: without the account any bucket of that name, or any at all, will do.
        let is_open = |exposure: &Exposure| match &exposure.audience {
            exposure::Audience::Service { name, pin: exposure::Pin::Nothing | exposure::Pin::Resource(_) } => {
                Answer::of(name == "s3.amazonaws.com")
            }
            audience => Answer::of(audience.is_public()),
        };
        Opened { beyond: Some(Box::new(beyond(&found, known))), ..opened(&found, is_open) }
    }

    fn accounts(&self, service: &str, known: &Known) -> Opened {
        let texts = |name: &str| -> Vec<String> {
            self.json(name).map(|value| list(Some(&value)).iter().filter_map(Json::as_str).map(str::to_owned).collect()).unwrap_or_default()
        };
        let accounts = texts(parameter::request_parameters_aws_account_ids);
        if accounts.is_empty() {
            return Opened::open("the record does not state the accounts");
        }
        self.exposed(
            &exposure::accounts_permission(service, &accounts, &texts(parameter::request_parameters_actions)),
            service,
            None,
            known,
        )
    }

    fn bus(&self, known: &Known) -> Opened {
        if let Some(text) = self.some(parameter::request_parameters_policy) {
            return self.policy("events", Some(text), None, known);
        }
        let Some(principal) = self.some(parameter::request_parameters_principal) else {
            return Opened::open("the record does not state the principal");
        };
        let action = self.some(parameter::request_parameters_action).unwrap_or("events:PutEvents");
        let document = exposure::eventbus_permission(principal, action, self.some(parameter::request_parameters_principal_org_id));
        self.exposed(&document, "events", None, known)
    }

    /// Rules that a call adds: to the whole internet, on a port other than 80 and 443.
    fn rules(&self) -> Opened {
        let added = self
            .json(parameter::request_parameters_security_group_rule)
            .or_else(|| self.json(parameter::response_elements_security_group_rule_set_items));
        let Some(added) = added else { return Opened::open("the record does not show the rules") };
        let entries = member(&added, "items").unwrap_or(&added);
        if list(Some(entries)).is_empty() {
            return Opened::open("the record does not show the rules");
        }
        let read = list(Some(entries)).iter().filter_map(openings::event_rule);
        let (rules, partial): (Vec<Rule>, Vec<Rule>) = read.partition(|rule| !rule.protocol.is_empty());
        let Some(web) = ports::standard("EC2.18") else { return Opened::no() };
        let found = network::security_group(&rules);
        let mut open = if partial.is_empty() { Opened::no() } else { Opened::open("the record does not hold the protocol of a rule") };
        for opening in &found.list {
            let (low, high) = match opening.span {
                Span::Whole => (0, u16::MAX),
                Span::Ports(low, high) => (low, high),
                Span::Types(..) => continue,
            };
            let what = if let Protocol::Number(_) | Protocol::Other = opening.protocol {
                // Protocols that have no ports here, such as SCTP and GRE, are let in whole.
                format!("everything of protocol {}", opening.protocol.code())
            } else {
                let beyond = ports::beyond(web, opening.protocol, low, high);
                let Some((first, last)) = beyond.first() else { continue };
                let of =
                    if opening.protocol == Protocol::All { "every protocol".to_owned() } else { opening.protocol.code().to_uppercase() };
                let ports = if first == last { format!("port {first}") } else { format!("ports {first} to {last}") };
                format!("{ports} of {of}")
            };
            match &opening.audience {
                Audience::World => return Opened::yes(what),
                Audience::Unknown { sources, .. } => {
                    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
                    open = Opened::open(format!("who is behind {} was not supplied", sources.join(", ")));
                }
                Audience::Wide | Audience::Named => {}
            }
        }
        open
    }
}
