//! Secrets are told apart by the shape of a value or by the name it stands under, and masked before
//! anything is stored. What is left says the kind and the length: `[masked: password, 12 characters]`.
//!
//! Where a place is known to carry secrets (environment variables, user data, stack parameters)
//! every value is masked, whatever it looks like.

use std::borrow::Cow;

use super::secret::{detect_secret, is_literal, secret_name};
use crate::ingest::reading::tree::{Members, Tree};

/// Kinds of values masked because of their place.
const ENVIRONMENT: &str = "environment value";
const USER_DATA: &str = "user data";
const PARAMETER: &str = "parameter value";

/// Names of lists or maps of environment variables.
pub(super) const ENVIRONMENT_NAMES: [&str; 6] =
    ["environmentvariables", "environmentvariable", "runtimeenvironmentvariables", "containerenvironment", "envvars", "env"];

/// What stands for a masked value.
pub fn masked(kind: &str, text: &str) -> String {
    format!("[masked: {kind}, {} characters]", text.chars().count())
}

/// The masked form of a text that looks like a secret.
pub fn mask_text(text: &str) -> Option<String> {
    detect_secret(text).map(|kind| masked(kind, text))
}

/// The masked form of the value of a tag, a variable or another pair of name and value.
pub fn mask_named(name: &str, value: &str) -> Option<String> {
    let kind = detect_secret(value).or_else(|| secret_name(name).filter(|_| is_literal(value)))?;
    Some(masked(kind, value))
}

/// The kind of secret a text is, by its shape or by the name it stands under.
pub(super) fn kind_of(text: &str, name: &str) -> Option<&'static str> {
    if !is_open(text) {
        return None;
    }
    detect_secret(text).or_else(|| secret_name(name).filter(|_| is_literal(text)))
}

/// Whether there is anything left to mask.
fn is_open(text: &str) -> bool {
    !text.is_empty() && !text.starts_with("[masked: ")
}

/// Masks the secrets in a document of an item of `resource_type`; returns how many values were masked.
/// Lists and objects keep their shape: only scalars change. Masking twice changes nothing more.
pub fn mask_json(value: &mut Tree<'_>, resource_type: &str) -> u32 {
    let mut masker = Masker { resource_type, count: 0 };
    masker.walk(value, "", None);
    masker.count
}

struct Masker<'t> {
    resource_type: &'t str,
    count: u32,
}

impl Masker<'_> {
    /// `all` names the kind when every scalar here is to be masked.
    fn walk(&mut self, value: &mut Tree<'_>, name: &str, all: Option<&'static str>) {
        match value {
            Tree::Null => {}
            Tree::Bool(_) | Tree::Number(_) => {
                if let Some(kind) = all {
                    self.count += 1;
                    *value = Tree::Text(Cow::Owned(masked(kind, &value.to_text())));
                }
            }
            Tree::Text(text) => {
                if let Some(kind) = if all.is_some() && is_open(text) { all } else { kind_of(text, name) } {
                    self.count += 1;
                    *text = Cow::Owned(masked(kind, text));
                }
            }
            Tree::List(elements) => {
                for element in elements {
                    self.walk(element, name, all);
                }
            }
            Tree::Object(members) => {
                let pair = Pair::of(members).map(|pair| (pair.at_name, pair.at_value, pair.name.to_owned()));
                for (at, (member, value)) in members.iter_mut().enumerate() {
                    if let Some((_, _, pair_name)) = pair.as_ref().filter(|(_, at_value, _)| *at_value == at) {
                        self.walk(value, pair_name, all.or_else(|| self.place(member, value)));
                    } else if pair.as_ref().is_some_and(|(at_name, ..)| *at_name == at || is_type(member)) {
                        // The name of a variable is evidence, not a secret; it is looked at all the same.
                        self.walk(value, "", None);
                    } else {
                        let all = all.or_else(|| self.place(member, value));
                        self.walk(value, member, all);
                    }
                }
            }
        }
    }

    /// The kind of everything below a member that is known to carry secrets.
    fn place(&self, name: &str, value: &Tree<'_>) -> Option<&'static str> {
        // Names are compared only where their first letter and length make it worth while.
        match name.as_bytes().first().map(u8::to_ascii_lowercase) {
            Some(b'e' | b'r' | b'c') => {
                if name.eq_ignore_ascii_case("environment") {
                    return self.is_environment(value).then_some(ENVIRONMENT);
                }
                ENVIRONMENT_NAMES
                    .iter()
                    .any(|n| name.eq_ignore_ascii_case(n))
                    .then_some(ENVIRONMENT)
                    .filter(|_| value.is_object() || value.is_list())
            }
            Some(b'u') => is_user_data(name).then_some(USER_DATA),
            Some(b'v') => {
                (name.eq_ignore_ascii_case("variables") && self.resource_type.starts_with("AWS::Lambda::")).then_some(ENVIRONMENT)
            }
            Some(b'p') => (name.eq_ignore_ascii_case("parameterValue") && self.resource_type.starts_with("AWS::CloudFormation::"))
                .then_some(PARAMETER),
            _ => None,
        }
    }

    /// Whether a member `environment` is itself a list or map of variables. For Lambda and `CodeBuild` it
    /// is an object that holds them beside settings that controls read.
    fn is_environment(&self, value: &Tree<'_>) -> bool {
        match value {
            Tree::List(_) => true,
            Tree::Object(members) => {
                const SERVICES: [&str; 5] = ["AWS::SageMaker::", "AWS::Batch::", "AWS::ECS::", "AWS::AppRunner::", "AWS::Lambda::"];
                SERVICES.iter().any(|s| self.resource_type.starts_with(s)) && members.values().all(|v| !v.is_object() && !v.is_list())
            }
            _ => false,
        }
    }
}

/// Members that make an object a pair of name and value, in any case.
const PAIRS: [(&str, &str); 6] = [
    ("name", "value"),
    ("key", "value"),
    ("parameterKey", "parameterValue"),
    ("parameterName", "parameterValue"),
    ("outputKey", "outputValue"),
    ("tagKey", "tagValue"),
];

/// An object that gives a name and a value in two members.
struct Pair<'m> {
    /// Which member gives the name.
    at_name: usize,
    name: &'m str,
    /// Which member gives the value.
    at_value: usize,
    value: &'m Tree<'m>,
}

impl<'m> Pair<'m> {
    fn of(members: &'m Members<'m>) -> Option<Self> {
        // Few objects have such a member: all others are told at one look.
        if members.len() < 2 || !members.names().any(may_be_value) {
            return None;
        }
        PAIRS.iter().find_map(|(name, value)| {
            let find = |wanted: &str| members.iter().enumerate().find(|(_, (n, _))| n.eq_ignore_ascii_case(wanted));
            let (at_value, (_, value)) = find(value)?;
            let (at_name, (_, name)) = find(name)?;
            Some(Self { at_name, name: name.as_str()?, at_value, value })
        })
    }
}

/// Whether a member of this name may be the value of a pair.
pub(super) fn may_be_value(name: &str) -> bool {
    name.len().checked_sub(5).and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case("value"))
}

/// Whether a member of this name holds user data.
pub(super) fn is_user_data(name: &str) -> bool {
    name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("userdata"))
}

/// `type` beside a pair tells whether its value is a literal.
fn is_type(name: &str) -> bool {
    name.eq_ignore_ascii_case("type")
}

/// Names below `value` whose value looks like a secret, or whose name says secret and whose value is a
/// literal; sorted, each once. `own_name` is the name of `value` itself, for a single text.
/// To be asked before [`mask_json`].
pub fn secret_keys(value: &Tree<'_>, own_name: &str) -> Vec<String> {
    let mut names = Vec::new();
    collect(value, own_name, &mut names);
    names.sort_unstable();
    names.dedup();
    names
}

fn collect(value: &Tree<'_>, own_name: &str, names: &mut Vec<String>) {
    match value {
        Tree::Object(members) => {
            if let Some(pair) = Pair::of(members) {
                let by_reference = members
                    .member("type")
                    .and_then(Tree::as_str)
                    .is_some_and(|t| t.eq_ignore_ascii_case("PARAMETER_STORE") || t.eq_ignore_ascii_case("SECRETS_MANAGER"));
                if !by_reference && is_secret(pair.value, pair.name) {
                    names.push(pair.name.to_owned());
                }
                return;
            }
            for (name, value) in members.iter() {
                if is_secret(value, name) {
                    names.push(name.to_owned());
                } else if value.is_list() || value.is_object() {
                    collect(value, name, names);
                }
            }
        }
        Tree::List(elements) => {
            for element in elements {
                collect(element, own_name, names);
            }
        }
        scalar => {
            if is_secret(scalar, own_name) {
                names.push(own_name.to_owned());
            }
        }
    }
}

/// Whether a scalar looks like a secret by itself or under its name. User data is looked into.
fn is_secret(value: &Tree<'_>, name: &str) -> bool {
    let Tree::Text(text) = value else { return false };
    if text.starts_with("[masked: ") {
        return false;
    }
    if detect_secret(text).is_some() || secret_name(name).is_some() && is_literal(text) {
        return true;
    }
    is_user_data(name) && decoded(text).is_some_and(|t| detect_secret(&t).is_some())
}

/// User data is delivered in base64.
fn decoded(text: &str) -> Option<String> {
    use base64::Engine;
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use serde_json::{Value, json};

    use super::*;

    fn after(value: Value, resource_type: &str) -> Tree<'static> {
        let mut value = Tree::from(&value).into_owned();
        let count = mask_json(&mut value, resource_type);
        let once = value.clone();
        assert_eq!(mask_json(&mut value, resource_type), 0, "masking is done once");
        assert_eq!(value, once);
        assert_eq!(count as usize, once.to_text().matches("[masked: ").count());
        value
    }

    #[test]
    fn lambda_variables_are_masked_whole() {
        let value =
            json!({"environment":{"variables":{"STAGE":"prod","DB_PASSWORD":"hunter2","EMPTY":"","BLOB":{"a":1}}},"handler":"index.main"});
        assert_eq!(
            after(value, "AWS::Lambda::Function"),
            json!({"environment":{"variables":{
                "STAGE":"[masked: environment value, 4 characters]",
                "DB_PASSWORD":"[masked: environment value, 7 characters]",
                "EMPTY":"",
                "BLOB":{"a":"[masked: environment value, 1 characters]"}}},"handler":"index.main"})
        );
    }

    #[test]
    fn ecs_variables_are_masked_and_references_kept() {
        let value = json!({"ContainerDefinitions":[{"Name":"web","Environment":[{"Name":"LEVEL","Value":"info"}],
            "Secrets":[{"Name":"DB_PASSWORD","ValueFrom":"arn:aws:ssm:eu-west-1:111122223333:parameter/db"}]}]});
        assert_eq!(
            after(value, "AWS::ECS::TaskDefinition"),
            json!({"ContainerDefinitions":[{"Name":"web","Environment":[{"Name":"LEVEL","Value":"[masked: environment value, 4 characters]"}],
            "Secrets":[{"Name":"DB_PASSWORD","ValueFrom":"arn:aws:ssm:eu-west-1:111122223333:parameter/db"}]}]})
        );
    }

    #[test]
    fn codebuild_settings_stay_beside_masked_variables() {
        let value = json!({"environment":{"privilegedMode":true,"image":"aws/codebuild/standard:7.0","environmentVariables":[{"name":"A","type":"PLAINTEXT","value":"b"}]}});
        assert_eq!(
            after(value, "AWS::CodeBuild::Project"),
            json!({"environment":{"privilegedMode":true,"image":"aws/codebuild/standard:7.0","environmentVariables":[{"name":"A","type":"PLAINTEXT","value":"[masked: environment value, 1 characters]"}]}})
        );
    }

    #[test]
    fn user_data_and_stack_parameters_are_masked() {
        assert_eq!(
            after(json!({"LaunchTemplateData":{"UserData":"IyEvYmluL3No"}}), "AWS::EC2::LaunchTemplate"),
            json!({"LaunchTemplateData":{"UserData":"[masked: user data, 12 characters]"}})
        );
        assert_eq!(
            after(
                json!({"parameters":[{"parameterKey":"Size","parameterValue":"big"}],"outputs":[{"outputKey":"ApiToken","outputValue":"abc123"},{"outputKey":"Url","outputValue":"https://example.com"}]}),
                "AWS::CloudFormation::Stack"
            ),
            json!({"parameters":[{"parameterKey":"Size","parameterValue":"[masked: parameter value, 3 characters]"}],
                "outputs":[{"outputKey":"ApiToken","outputValue":"[masked: token, 6 characters]"},{"outputKey":"Url","outputValue":"https://example.com"}]})
        );
    }

    #[test]
    fn settings_that_controls_read_are_left() {
        let value = json!({
            "metadataOptions":{"httpTokens":"required","httpPutResponseHopLimit":1},
            "masterUserSecret":{"secretArn":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf","secretStatus":"active"},
            "passwordLastUsed":"2024-05-01T00:00:00Z","AuthTokenEnabled":"true","CreationToken":"quickstart-1",
            "kmsKeyId":"arn:aws:kms:eu-west-1:111122223333:key/a","keyName":"admin","SecretName":"prod/db",
            "parameters":[{"parameterName":"password_encryption","parameterValue":"scram-sha-256"}],
            "attributes":[{"key":"deletion_protection.enabled","value":"true"}],
            "Policy":{"Statement":[{"Sid":"x","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Condition":{"StringEquals":{"sts:ExternalId":"abc","aws:PrincipalTag/token":"arn:aws:iam::111122223333:root"}}}]},
        });
        assert_eq!(after(value.clone(), "AWS::RDS::DBInstance"), value);
    }

    #[test]
    fn names_and_shapes_tell_secrets() {
        assert_eq!(
            after(
                json!({"MasterUserPassword":"s3cret!","sessionToken":"abcdef","note":"key AKIAIOSFODNN7EXAMPLE","list":["-----BEGIN RSA PRIVATE KEY-----\nMII"]}),
                ""
            ),
            json!({"MasterUserPassword":"[masked: password, 7 characters]","sessionToken":"[masked: token, 6 characters]",
                "note":"[masked: access key id, 24 characters]","list":["[masked: private key, 35 characters]"]})
        );
    }

    #[test]
    fn secret_names_are_listed_without_their_values() {
        let keys = |v: Value, name: &str| secret_keys(&Tree::from(&v), name);
        assert_eq!(
            keys(
                json!({"STAGE":"prod","DB_PASSWORD":"hunter2","API_TOKEN":"{{resolve:ssm:/t}}","KEY":"AKIAIOSFODNN7EXAMPLE","SECRET_ARN":"x"}),
                "variables"
            ),
            ["DB_PASSWORD", "KEY"]
        );
        assert_eq!(
            keys(
                json!([{"name":"DB_PASSWORD","value":"/prod/db","type":"PARAMETER_STORE"},{"name":"TOKEN","value":"abc"},{"Name":"LEVEL","Value":"info"}]),
                "environment"
            ),
            ["TOKEN"]
        );
        // `export AWS_SECRET_ACCESS_KEY=...` in base64
        let script = base64::engine::general_purpose::STANDARD
            .encode("#!/bin/sh\nexport AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00\n");
        assert_eq!(keys(json!(script), "userData"), ["userData"]);
        assert_eq!(keys(json!("IyEvYmluL3No"), "userData"), Vec::<String>::new());
        assert_eq!(keys(json!({}), "variables"), Vec::<String>::new());
        assert_eq!(keys(json!([{"parameterKey":"DbPassword","parameterValue":"****"}]), "parameters"), Vec::<String>::new());
    }
}
