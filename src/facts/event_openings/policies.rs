//! Calls that write the policy of a resource, or add to one.

use serde_json::Value as Json;

use super::super::exposures::has_vpc;
use super::super::members::{list, text};
use super::super::opened::{Opened, beyond, opened};
use super::call::{Call, parameter};
use crate::policy::document::{self, Document};
use crate::policy::exposure::{self, Answer, Exposure, Known, LambdaPermission, Resource};
use crate::schema::tables::CloudtrailEventsRow;

/// Service prefix of the resource whose policy a call sets, by event source and name.
const POLICIES: [(&str, &str, &str); 29] = [
    ("acm-pca.amazonaws.com", "PutPolicy", "acm-pca"),
    ("backup.amazonaws.com", "PutBackupVaultAccessPolicy", "backup"),
    ("cloudtrail.amazonaws.com", "PutResourcePolicy", "cloudtrail"),
    ("codeartifact.amazonaws.com", "PutDomainPermissionsPolicy", "codeartifact"),
    ("codeartifact.amazonaws.com", "PutRepositoryPermissionsPolicy", "codeartifact"),
    ("codebuild.amazonaws.com", "PutResourcePolicy", "codebuild"),
    ("dynamodb.amazonaws.com", "CreateTable", "dynamodb"),
    ("dynamodb.amazonaws.com", "PutResourcePolicy", "dynamodb"),
    ("ecr.amazonaws.com", "PutRegistryPolicy", "ecr"),
    ("ecr.amazonaws.com", "SetRepositoryPolicy", "ecr"),
    ("elasticfilesystem.amazonaws.com", "PutFileSystemPolicy", "elasticfilesystem"),
    ("glacier.amazonaws.com", "SetVaultAccessPolicy", "glacier"),
    ("glue.amazonaws.com", "PutResourcePolicy", "glue"),
    ("kinesis.amazonaws.com", "PutResourcePolicy", "kinesis"),
    ("kms.amazonaws.com", "CreateKey", "kms"),
    ("kms.amazonaws.com", "PutKeyPolicy", "kms"),
    ("kms.amazonaws.com", "ReplicateKey", "kms"),
    ("logs.amazonaws.com", "PutDestinationPolicy", "logs"),
    ("logs.amazonaws.com", "PutResourcePolicy", "logs"),
    ("redshift-serverless.amazonaws.com", "PutResourcePolicy", "redshift-serverless"),
    ("redshift.amazonaws.com", "PutResourcePolicy", "redshift"),
    ("secretsmanager.amazonaws.com", "PutResourcePolicy", "secretsmanager"),
    ("ses.amazonaws.com", "CreateEmailIdentityPolicy", "ses"),
    ("ses.amazonaws.com", "PutIdentityPolicy", "ses"),
    ("ses.amazonaws.com", "UpdateEmailIdentityPolicy", "ses"),
    ("sns.amazonaws.com", "CreateTopic", "sns"),
    ("sqs.amazonaws.com", "CreateQueue", "sqs"),
    ("sqs.amazonaws.com", "SetQueueAttributes", "sqs"),
    ("ssm.amazonaws.com", "PutResourcePolicy", "ssm"),
];

/// Calls that need not hold a policy: they create something, or set other attributes too.
const WITHOUT: [&str; 6] = ["CreateKey", "CreateQueue", "CreateTable", "CreateTopic", "ReplicateKey", "SetQueueAttributes"];

impl Call {
    /// What the policy that a call writes opens, by the table of services.
    pub(super) fn policy_of(&self, source: &str, name: &str, known: &Known) -> Opened {
        let Some((.., service)) = POLICIES.iter().find(|(of, call, _)| *of == source && *call == name) else { return Opened::no() };
        // CloudWatch Logs and CodeArtifact call it a document.
        let text = self.some(parameter::request_parameters_policy).or_else(|| self.some(parameter::request_parameters_policy_document));
        if text.is_none() && WITHOUT.contains(&name) {
            let is_known = name != "SetQueueAttributes" || self.some(parameter::request_parameters_name).is_some();
            return if is_known { Opened::no() } else { self.policy(service, None, None, known) };
        }
        self.policy(service, text, None, known)
    }

    /// The policy of a REST API, at creation or among the changes of a call.
    pub(super) fn api(&self, known: &Known) -> Opened {
        if let Some(text) = self.some(parameter::request_parameters_policy) {
            return self.policy("execute-api", Some(text), None, known);
        }
        let Some(changes) = self.json(parameter::request_parameters_patch_operations) else {
            let is_new = self.get(CloudtrailEventsRow::event_name) == "CreateRestApi";
            return if is_new && self.some(parameter::request_parameters_name).is_some() {
                Opened::no()
            } else {
                Opened::open("the record does not hold the changes")
            };
        };
        let of_policy = |change: &&Json| text(change, "path").is_some_and(|path| path.trim_matches('/') == "policy");
        match list(Some(&changes)).iter().rfind(of_policy) {
            None => Opened::no(),
            // Without a policy an API is open to whom its methods let in.
            Some(change) if text(change, "op") == Some("remove") => Opened::no(),
            Some(change) => self.policy("execute-api", text(change, "value"), None, known),
        }
    }

    /// The policy of an OpenSearch domain. One in a VPC is reached from there alone, whatever its policy says.
    pub(super) fn domain(&self, known: &Known) -> Opened {
        let Some(text) = self.some(parameter::request_parameters_policy) else {
            return if self.some(parameter::request_parameters_name).is_some() {
                Opened::no()
            } else {
                Opened::open("the record does not hold the policy")
            };
        };
        let vpc_only = self.json(parameter::request_parameters_vpc_options).is_some_and(|options| has_vpc(&options));
        match Self::parsed(Some(text)) {
            Ok(document) => self.exposed_in(&document, "es", None, vpc_only, known),
            Err(opened) => opened,
        }
    }
    pub(super) fn parsed(text: Option<&str>) -> Result<Document, Opened> {
        let Some(text) = text else { return Err(Opened::open("the record does not hold the policy")) };
        document::parse(text).map_err(|problem| Opened::open(format!("the policy cannot be read: {problem}")))
    }

    pub(super) fn policy(&self, service: &str, text: Option<&str>, arn: Option<String>, known: &Known) -> Opened {
        match Self::parsed(text) {
            Ok(document) => self.exposed(&document, service, arn, known),
            Err(opened) => opened,
        }
    }

    pub(super) fn exposed(&self, document: &Document, service: &str, arn: Option<String>, known: &Known) -> Opened {
        self.exposed_in(document, service, arn, false, known)
    }

    fn exposed_in(&self, document: &Document, service: &str, arn: Option<String>, vpc_only: bool, known: &Known) -> Opened {
        let resource = Resource { service: service.to_owned(), arn, owner: self.owner(), vpc_only };
        let found = exposure::exposures(document, &resource, known);
        let public = opened(&found, |exposure| Answer::of(exposure.audience.is_public()));
        Opened { beyond: Some(Box::new(beyond(&found, known))), ..public }
    }

    pub(super) fn trust(&self, known: &Known) -> Opened {
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

    pub(super) fn url(&self) -> Opened {
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

    pub(super) fn lambda(&self, known: &Known) -> Opened {
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

    pub(super) fn accounts(&self, service: &str, known: &Known) -> Opened {
        let accounts = self.list(parameter::request_parameters_aws_account_ids);
        if accounts.is_empty() {
            return Opened::open("the record does not state the accounts");
        }
        self.exposed(
            &exposure::accounts_permission(service, &accounts, &self.list(parameter::request_parameters_actions)),
            service,
            None,
            known,
        )
    }

    pub(super) fn bus(&self, known: &Known) -> Opened {
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
}
