//! What an action lets a caller do to the resource that carries the policy.
//!
//! Access levels and resource types are AWS's (Service Authorization Reference, by `actions`), with a few actions classed by
//! what they give away: `kms:Decrypt` is a write to AWS and shows what the key protects.

use super::super::actions::{self, Level};
use super::super::document::Actions;
use super::super::pattern::Pattern;

/// Class of access. Ordered for output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Lists what is there.
    List,
    /// Reads content or settings; decrypts.
    Read,
    /// Creates, changes or deletes.
    Write,
    /// Runs a function or API, or uses a key without seeing what it protects.
    Invoke,
    /// Assumes the role.
    Assume,
    /// Grants or changes permissions, or bypasses retention.
    Administer,
    /// Changes tags only.
    Tag,
    /// An action that the list of actions does not have.
    Other,
}

impl Access {
    /// Short code.
    pub fn code(self) -> &'static str {
        match self {
            Access::List => "list",
            Access::Read => "read",
            Access::Write => "write",
            Access::Invoke => "invoke",
            Access::Assume => "assume",
            Access::Administer => "administer",
            Access::Tag => "tag",
            Access::Other => "other",
        }
    }
}

/// What an action is checked against, as seen from the resource with the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// The bucket itself (S3).
    Bucket,
    /// Objects of the bucket (S3).
    Object,
    /// The resource and what belongs to it.
    Whole,
}

/// One action that a policy on a resource of its service can grant.
#[derive(Debug, Clone)]
pub(super) struct Grantable {
    /// `service:Name`, as AWS spells it.
    pub name: &'static str,
    /// The same in lower case.
    pub lower: &'static str,
    pub access: Access,
    pub scope: Scope,
}

/// Service prefix → types of resource that carry a policy, or lie in one that does.
const CARRIERS: &[(&str, &[&str])] = &[
    ("s3", &["bucket", "object"]),
    ("kms", &["key"]),
    ("sqs", &["queue"]),
    ("sns", &["topic"]),
    ("lambda", &["function", "function alias", "function version", "layerVersion"]),
    ("secretsmanager", &["Secret"]),
    ("ecr", &["repository"]),
    ("elasticfilesystem", &["file-system"]),
    ("es", &["domain"]),
    ("backup", &["backupVault", "recoveryPoint"]),
    ("events", &["event-bus", "event-busv2", "rule-on-custom-event-bus", "rule-on-default-event-bus"]),
    ("glacier", &["vault"]),
    ("dynamodb", &["table", "index", "stream"]),
    ("kinesis", &["stream", "consumer"]),
    ("logs", &["log-group", "log-stream", "destination"]),
    ("sts", &["role"]),
];

/// Actions whose class says more than AWS's level. What can replace the policy administers.
const CLASSES: &[(&str, Access)] = &[
    ("execute-api:invoke", Access::Invoke),
    ("kms:decrypt", Access::Read),
    ("kms:derivesharedsecret", Access::Read),
    ("kms:encrypt", Access::Invoke),
    ("kms:generatedatakey", Access::Invoke),
    ("kms:generatedatakeypair", Access::Invoke),
    ("kms:generatedatakeypairwithoutplaintext", Access::Invoke),
    ("kms:generatedatakeywithoutplaintext", Access::Invoke),
    ("kms:generatemac", Access::Invoke),
    ("kms:reencryptfrom", Access::Read),
    ("kms:reencryptto", Access::Invoke),
    ("kms:sign", Access::Invoke),
    ("kms:verify", Access::Invoke),
    ("kms:verifymac", Access::Invoke),
    ("lambda:invokeasync", Access::Invoke),
    ("lambda:invokefunction", Access::Invoke),
    ("lambda:invokefunctionurl", Access::Invoke),
    ("sns:settopicattributes", Access::Administer),
    ("sqs:setqueueattributes", Access::Administer),
    ("sts:assumerole", Access::Assume),
    ("sts:assumerolewithsaml", Access::Assume),
    ("sts:assumerolewithwebidentity", Access::Assume),
    ("sts:setcontext", Access::Tag),
    ("sts:setsourceidentity", Access::Tag),
    ("sts:tagsession", Access::Tag),
];

/// All actions that a policy on a resource of the service can grant, by name.
pub(super) fn grantable(service: &str) -> Vec<Grantable> {
    let carriers = CARRIERS.iter().find(|(name, _)| *name == service).map(|(_, types)| *types);
    actions::beginning(&format!("{service}:"))
        .filter_map(|number| {
            let (action, lower) = (actions::all().get(number)?, actions::lower(number));
            let class =
                CLASSES.binary_search_by(|(name, _)| (*name).cmp(lower)).ok().and_then(|at| CLASSES.get(at)).map(|(_, class)| *class);
            let applies = |name: &str| action.resources.iter().any(|kind| kind.name == name);
            let scope = match carriers {
                Some(_) if service == "s3" && applies("object") => Scope::Object,
                Some(_) if service == "s3" && applies("bucket") => Scope::Bucket,
                Some(types) if types.iter().any(|name| applies(name)) || class.is_some() => Scope::Whole,
                Some(_) => return None,
                None => Scope::Whole,
            };
            let access = class.unwrap_or(match action.level {
                Level::List => Access::List,
                Level::Read => Access::Read,
                Level::Write => Access::Write,
                Level::Permissions => Access::Administer,
                Level::Tagging => Access::Tag,
            });
            Some(Grantable { name: &action.name, lower, access, scope })
        })
        .collect()
}

/// Whether a statement's actions take in an action (lower case).
pub(super) fn takes(actions: &Actions, lower: &str) -> bool {
    match actions {
        Actions::These(patterns) => patterns.iter().any(|pattern| pattern.matches(lower)),
        Actions::AllBut(patterns) => !patterns.iter().any(|pattern| pattern.matches(lower)),
    }
}

/// Actions named in full for the service that the list of actions does not have: newer than the list, or none.
pub(super) fn unlisted<'a>(actions: &'a Actions, service: &str) -> Vec<&'a str> {
    let Actions::These(patterns) = actions else { return Vec::new() };
    let is_unlisted = |name: &&str| name.split_once(':').is_some_and(|(prefix, _)| prefix == service) && actions::find(name).is_none();
    patterns.iter().filter_map(Pattern::exact).filter(is_unlisted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_sorted() {
        assert!(CLASSES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn classes() {
        let cases = [
            ("s3", "s3:GetObject", Access::Read),
            ("s3", "s3:ListBucket", Access::List),
            ("s3", "s3:PutObject", Access::Write),
            ("s3", "s3:AbortMultipartUpload", Access::Write),
            ("s3", "s3:DeleteObject", Access::Write),
            ("s3", "s3:PutBucketPolicy", Access::Administer),
            ("s3", "s3:BypassGovernanceRetention", Access::Administer),
            ("kms", "kms:Decrypt", Access::Read),
            ("kms", "kms:PutKeyPolicy", Access::Administer),
            ("sqs", "sqs:SendMessage", Access::Write),
            ("sqs", "sqs:ReceiveMessage", Access::Read),
            ("sns", "sns:Publish", Access::Write),
            ("lambda", "lambda:InvokeFunction", Access::Invoke),
            ("lambda", "lambda:InvokeFunctionUrl", Access::Invoke),
            ("secretsmanager", "secretsmanager:GetSecretValue", Access::Read),
            ("ecr", "ecr:BatchGetImage", Access::Read),
            ("es", "es:ESHttpGet", Access::Read),
            ("execute-api", "execute-api:Invoke", Access::Invoke),
            ("sts", "sts:AssumeRole", Access::Assume),
            ("sts", "sts:AssumeRoleWithWebIdentity", Access::Assume),
            ("events", "events:PutEvents", Access::Write),
            ("elasticfilesystem", "elasticfilesystem:ClientMount", Access::Read),
        ];
        for (service, name, access) in cases {
            let all = grantable(service);
            assert_eq!(all.iter().find(|action| action.name == name).map(|action| action.access), Some(access), "{name}");
        }
        assert!(grantable("s3").iter().all(|action| action.name != "s3:ListAllMyBuckets"));
    }
}
