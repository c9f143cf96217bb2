//! The escalation paths as data: what each one needs, over what, and what it gives.
//!
//! `data/paths.py` holds them with their sources. Everything that a path needs is here; how a need is decided is in `escalation`.

use std::sync::OnceLock;

use serde::Deserialize;

const DATA: &str = include_str!("data/paths.toml");

/// One path.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Path {
    /// Identifier: pathfinding.cloud's, or `x-…` for a sibling that the public list does not hold.
    pub id: String,
    /// Category of the public list.
    pub category: Category,
    /// What the principal gets.
    pub gain: Gain,
    /// Permissions that are all needed.
    pub needs: Vec<Need>,
    /// Service principals of which the passed role must trust one.
    #[serde(default)]
    pub services: Vec<String>,
    /// Values of `iam:PassedToService` in the request, where they are not `services`.
    #[serde(default, rename = "passed_to")]
    pub passed_to: Vec<String>,
    /// Kind of resource that carries the role, for [`Gain::Carrier`].
    #[serde(default)]
    pub carrier: Option<Kind>,
    /// Kinds of resource of which one must exist.
    #[serde(default)]
    pub requires: Vec<Kind>,
    /// Whether the passed role must be in an instance profile.
    #[serde(default, rename = "instance_profile")]
    pub instance_profile: bool,
    /// Whether the instance must be managed by Systems Manager.
    #[serde(default, rename = "systems_manager")]
    pub systems_manager: bool,
    /// The kind of principal that can go this path; absent: both.
    #[serde(default)]
    pub subject: Option<Subject>,
}

/// Category, as pathfinding.cloud names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Changes its own permissions.
    SelfEscalation,
    /// Becomes another principal.
    PrincipalAccess,
    /// Hands a role to a service that runs the principal's code.
    NewPassrole,
    /// Takes over what already carries a role.
    ExistingPassrole,
}

/// What a path gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gain {
    /// A user's own policies, up to its boundary.
    OwnUser,
    /// A role's own policies, up to its boundary.
    OwnRole,
    /// The policies of a group that the user is in, up to the user's boundary.
    OwnGroup,
    /// The text of a customer managed policy that applies to the principal.
    OwnPolicy,
    /// An older or newer version of a customer managed policy that applies to the principal.
    OwnVersion,
    /// The policies of a group that the user joins.
    JoinGroup,
    /// The principal's rights without its permissions boundary.
    LiftBoundary,
    /// The principal's rights without one of its attached policies (and its Deny).
    DropAttached,
    /// The principal's rights without one of its inline policies (and its Deny).
    DropInline,
    /// The principal's rights without one of its groups (and its Deny).
    LeaveGroup,
    /// Another user's credentials.
    User,
    /// Another user's credentials, after its policies were widened up to its boundary.
    WidenedUser,
    /// A session of another role.
    Role,
    /// A session of another role, after its policies were widened up to its boundary.
    WidenedRole,
    /// A role that another path leads to, after its policies were widened up to its boundary.
    ReachedRole,
    /// A passed role.
    Passed,
    /// The role that a resource carries.
    Carrier,
    /// A new principal with any policy.
    Created,
}

/// Kind of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// IAM user.
    User,
    /// IAM role.
    Role,
}

/// Kinds of resource that carry a role, or that a path needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// App Runner service: its instance role.
    AppRunnerService,
    /// Bedrock AgentCore code interpreter.
    CodeInterpreter,
    /// CloudFormation stack with a service role.
    Stack,
    /// CloudFormation stack set with its administration role.
    StackSet,
    /// CodeBuild project.
    BuildProject,
    /// EC2 instance with an instance profile.
    Instance,
    /// EC2 launch template with an instance profile.
    LaunchTemplate,
    /// ECS cluster.
    Cluster,
    /// ECS container instance.
    ContainerInstance,
    /// ECS task or service: its task role.
    Task,
    /// ECS task definition.
    TaskDefinition,
    /// Glue development endpoint.
    DevEndpoint,
    /// Glue job.
    GlueJob,
    /// Lambda function.
    Function,
    /// SageMaker notebook instance.
    Notebook,
    /// Step Functions state machine.
    StateMachine,
    /// Carries a role, and no path here takes it over (EKS cluster, node group, pod identity).
    Other,
}

impl Kind {
    /// The service principal that the carried role trusts.
    pub fn service(self) -> Option<&'static str> {
        Some(match self {
            Self::AppRunnerService => "tasks.apprunner.amazonaws.com",
            Self::CodeInterpreter => "bedrock-agentcore.amazonaws.com",
            Self::Stack | Self::StackSet => "cloudformation.amazonaws.com",
            Self::BuildProject => "codebuild.amazonaws.com",
            Self::Instance | Self::LaunchTemplate => "ec2.amazonaws.com",
            Self::Task => "ecs-tasks.amazonaws.com",
            Self::DevEndpoint | Self::GlueJob => "glue.amazonaws.com",
            Self::Function => "lambda.amazonaws.com",
            Self::Notebook => "sagemaker.amazonaws.com",
            Self::StateMachine => "states.amazonaws.com",
            Self::Cluster | Self::ContainerInstance | Self::TaskDefinition | Self::Other => return None,
        })
    }

    /// Whether the service makes none without a role: one whose role was not delivered has one all the same.
    pub fn always_carries(self) -> bool {
        matches!(self, Self::Function | Self::BuildProject | Self::GlueJob | Self::Notebook | Self::StateMachine)
    }
}

/// One permission and what it must hold over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Need {
    /// Action as AWS spells it.
    pub action: String,
    /// What it must hold over.
    pub over: Over,
}

/// What a permission must hold over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Over {
    /// The principal itself.
    Own,
    /// Another user.
    User,
    /// Another role.
    Role,
    /// A group.
    Group,
    /// A customer managed policy.
    Policy,
    /// The passed role.
    Passed,
    /// The resource that carries a role.
    Carrier,
    /// Something that the principal may name or create itself.
    Any,
}

impl TryFrom<String> for Need {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (action, over) = text.split_once(' ').ok_or_else(|| text.clone())?;
        let over = match over {
            "self" => Over::Own,
            "user" => Over::User,
            "role" => Over::Role,
            "group" => Over::Group,
            "policy" => Over::Policy,
            "passed" => Over::Passed,
            "carrier" => Over::Carrier,
            "any" => Over::Any,
            _ => return Err(text.clone()),
        };
        Ok(Self { action: action.to_owned(), over })
    }
}

impl Path {
    /// Service principals that the request to pass the role may name.
    pub fn passed_to(&self) -> &[String] {
        if self.passed_to.is_empty() { &self.services } else { &self.passed_to }
    }
}

#[derive(Deserialize)]
struct File {
    path: Vec<Path>,
}

/// All paths, in the order of the file: the public list, then the siblings.
pub fn all() -> &'static [Path] {
    static ALL: OnceLock<Vec<Path>> = OnceLock::new();
    // The file is part of the build and a test reads it: damage shows there.
    ALL.get_or_init(|| toml::from_str::<File>(DATA).map(|file| file.path).unwrap_or_default())
}

/// The path with this id.
pub fn find(id: &str) -> Option<&'static Path> {
    all().iter().find(|path| path.id == id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_path_is_whole() {
        let paths = toml::from_str::<File>(DATA).unwrap().path;
        assert_eq!(paths.iter().filter(|path| !path.id.starts_with("x-")).count(), 71);
        let ids: BTreeSet<&str> = paths.iter().map(|path| path.id.as_str()).collect();
        assert_eq!(ids.len(), paths.len());
        for path in &paths {
            assert!(!path.needs.is_empty(), "{}", path.id);
            assert_eq!(path.gain == Gain::Passed, !path.services.is_empty(), "{}", path.id);
            assert_eq!(path.gain == Gain::Carrier, path.carrier.is_some(), "{}", path.id);
            assert_eq!(path.gain == Gain::Passed, path.needs.iter().any(|need| need.over == Over::Passed), "{}", path.id);
            for need in &path.needs {
                assert!(super::super::actions::find(&need.action).is_some(), "{} {}", path.id, need.action);
            }
        }
        assert_eq!(find("lambda-001").unwrap().needs[2], Need { action: "lambda:InvokeFunction".into(), over: Over::Any });
        assert_eq!(find("nosuch"), None);
    }
}
