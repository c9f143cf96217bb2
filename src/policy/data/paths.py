"""Write paths.toml: the public escalation paths and their siblings, one entry each.

Sources, November 2026: pathfinding.cloud (DataDog/pathfinding.cloud, data/paths, Apache-2.0) for ids, categories, required permissions and
prerequisites; AWS's documentation of each service for the service principal that a role must trust; entries whose id begins with `x-` are
siblings that the public list does not hold.

    python paths.py > paths.toml

Each need is `action over`, over one of:
    self      the principal itself            group     a group that the user is a member of, or joins
    user      another user                    role      another role
    policy    a customer managed policy       passed    a role that trusts one of `services`
    carrier   a resource that carries a role  any       something that the principal may name or create itself
"""

import json

PASS = "iam:PassRole passed"
EC2, ECS, GLUE = "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "glue.amazonaws.com"
CFN, BUILD, LAMBDA = "cloudformation.amazonaws.com", "codebuild.amazonaws.com", "lambda.amazonaws.com"
SAGE, AGENT, STATES = "sagemaker.amazonaws.com", "bedrock-agentcore.amazonaws.com", "states.amazonaws.com"
RUNNER = "tasks.apprunner.amazonaws.com"
out = []


def entry(id, category, gain, needs, **more):
    out.append({"id": id, "category": category, "gain": gain, "needs": needs, **more})


def passes(id, service, *actions, category="new-passrole", **more):
    services = service if isinstance(service, list) else [service]
    entry(id, category, "passed", [PASS, *(f"{a} any" for a in actions)], services=services, **more)


def carries(id, carrier, *needs, category="existing-passrole", **more):
    entry(id, category, "carrier", [n if " " in n else f"{n} carrier" for n in needs], carrier=carrier, **more)


passes("apprunner-001", RUNNER, "apprunner:CreateService", passed_to=[RUNNER, "apprunner.amazonaws.com"])
carries("apprunner-002", "app-runner-service", "apprunner:UpdateService")
interpreter = [f"bedrock-agentcore:{a}" for a in ("CreateCodeInterpreter", "StartCodeInterpreterSession", "InvokeCodeInterpreter")]
passes("bedrock-001", AGENT, *interpreter)
carries("bedrock-002", "code-interpreter", *interpreter[1:])
passes("cloudformation-001", CFN, "cloudformation:CreateStack")
carries("cloudformation-002", "stack", "cloudformation:UpdateStack")
passes("cloudformation-003", CFN, "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances")
passes("cloudformation-004", CFN, "cloudformation:UpdateStackSet", requires=["stack-set"])
carries("cloudformation-005", "stack", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", category="new-passrole")
passes("codebuild-001", BUILD, "codebuild:CreateProject", "codebuild:StartBuild")
carries("codebuild-002", "build-project", "codebuild:StartBuild")
carries("codebuild-003", "build-project", "codebuild:StartBuildBatch")
passes("codebuild-004", BUILD, "codebuild:CreateProject", "codebuild:StartBuildBatch")
pipeline = [f"datapipeline:{a}" for a in ("CreatePipeline", "PutPipelineDefinition", "ActivatePipeline")]
passes("datapipeline-001", ["datapipeline.amazonaws.com", "elasticmapreduce.amazonaws.com", EC2], *pipeline)
passes("ec2-001", EC2, "ec2:RunInstances", instance_profile=True)
carries("ec2-002", "instance", "ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances")
passes("ec2-003", EC2, "ec2:RequestSpotInstances", instance_profile=True)
template = ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"]
carries("ec2-004", "launch-template", *template)
carries("ec2-005", "launch-template", *template)
carries("ec2instanceconnect-003", "instance", "ec2-instance-connect:SendSSHPublicKey", "ec2:DescribeInstances any")
passes("ecs-001", ECS, "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:CreateService")
passes("ecs-002", ECS, "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:RunTask")
passes("ecs-003", ECS, "ecs:RegisterTaskDefinition", "ecs:CreateService", requires=["cluster"])
passes("ecs-004", ECS, "ecs:RegisterTaskDefinition", "ecs:RunTask", requires=["cluster"])
passes("ecs-005", ECS, "ecs:RegisterTaskDefinition", "ecs:StartTask", requires=["container-instance"])
carries("ecs-006", "task", "ecs:ExecuteCommand", "ecs:DescribeTasks any")
passes("ecs-007", ECS, "ecs:RegisterContainerInstance", "ecs:StartTask", requires=["cluster", "task-definition"])
passes("ecs-008", ECS, "ecs:RunTask", requires=["cluster", "task-definition"])
passes("ecs-009", ECS, "ecs:StartTask", requires=["container-instance", "task-definition"])
passes("glue-001", GLUE, "glue:CreateDevEndpoint")
carries("glue-002", "dev-endpoint", "glue:UpdateDevEndpoint")
passes("glue-003", GLUE, "glue:CreateJob", "glue:StartJobRun")
passes("glue-004", GLUE, "glue:CreateJob", "glue:CreateTrigger")
passes("glue-005", GLUE, "glue:UpdateJob", "glue:StartJobRun", requires=["glue-job"])
passes("glue-006", GLUE, "glue:UpdateJob", "glue:CreateTrigger", requires=["glue-job"])
passes("glue-007", GLUE, "glue:CreateSession", "glue:RunStatement")

own, other = "self-escalation", "principal-access"
entry("iam-001", own, "own-policy", ["iam:CreatePolicyVersion policy"])
entry("iam-002", other, "user", ["iam:CreateAccessKey user"])
entry("iam-003", other, "user", ["iam:CreateAccessKey user", "iam:DeleteAccessKey user"])
entry("iam-004", other, "user", ["iam:CreateLoginProfile user"])
entry("iam-005", own, "own-role", ["iam:PutRolePolicy self"])
entry("iam-006", other, "user", ["iam:UpdateLoginProfile user"])
entry("iam-007", own, "own-user", ["iam:PutUserPolicy self"])
entry("iam-008", own, "own-user", ["iam:AttachUserPolicy self"])
entry("iam-009", own, "own-role", ["iam:AttachRolePolicy self"])
entry("iam-010", own, "own-group", ["iam:AttachGroupPolicy group"])
entry("iam-011", own, "own-group", ["iam:PutGroupPolicy group"])
entry("iam-012", other, "role", ["iam:UpdateAssumeRolePolicy role"])
entry("iam-013", own, "join-group", ["iam:AddUserToGroup group"])
entry("iam-014", other, "widened-role", ["iam:AttachRolePolicy role", "sts:AssumeRole role"])
entry("iam-015", other, "widened-user", ["iam:AttachUserPolicy user", "iam:CreateAccessKey user"])
entry("iam-016", other, "widened-role", ["iam:CreatePolicyVersion policy", "sts:AssumeRole role"])
entry("iam-017", other, "widened-role", ["iam:PutRolePolicy role", "sts:AssumeRole role"])
entry("iam-018", other, "widened-user", ["iam:PutUserPolicy user", "iam:CreateAccessKey user"])
entry("iam-019", other, "widened-role", ["iam:AttachRolePolicy role", "iam:UpdateAssumeRolePolicy role"])
entry("iam-020", other, "widened-role", ["iam:CreatePolicyVersion policy", "iam:UpdateAssumeRolePolicy role"])
entry("iam-021", other, "widened-role", ["iam:PutRolePolicy role", "iam:UpdateAssumeRolePolicy role"])
passes("lambda-001", LAMBDA, "lambda:CreateFunction", "lambda:InvokeFunction")
passes("lambda-002", LAMBDA, "lambda:CreateFunction", "lambda:CreateEventSourceMapping")
carries("lambda-003", "function", "lambda:UpdateFunctionCode")
carries("lambda-004", "function", "lambda:UpdateFunctionCode", "lambda:InvokeFunction")
carries("lambda-005", "function", "lambda:UpdateFunctionCode", "lambda:AddPermission")
passes("lambda-006", LAMBDA, "lambda:CreateFunction", "lambda:AddPermission")
passes("sagemaker-001", SAGE, "sagemaker:CreateNotebookInstance")
passes("sagemaker-002", SAGE, "sagemaker:CreateTrainingJob")
passes("sagemaker-003", SAGE, "sagemaker:CreateProcessingJob")
carries("sagemaker-004", "notebook", "sagemaker:CreatePresignedNotebookInstanceUrl")
carries(
    "sagemaker-005", "notebook", "sagemaker:CreateNotebookInstanceLifecycleConfig any", "sagemaker:StopNotebookInstance",
    "sagemaker:UpdateNotebookInstance", "sagemaker:StartNotebookInstance",
)
carries("ssm-001", "instance", "ssm:StartSession", systems_manager=True)
# A command also needs its document.
carries("ssm-002", "instance", "ssm:SendCommand", "ssm:SendCommand any", systems_manager=True)
entry("sts-001", other, "role", ["sts:AssumeRole role"])

entry("x-iam-001", own, "own-version", ["iam:SetDefaultPolicyVersion policy"])
entry("x-iam-002", own, "lift-boundary", ["iam:DeleteUserPermissionsBoundary self"], subject="user")
entry("x-iam-003", own, "lift-boundary", ["iam:DeleteRolePermissionsBoundary self"], subject="role")
entry("x-iam-004", own, "lift-boundary", ["iam:PutUserPermissionsBoundary self"], subject="user")
entry("x-iam-005", own, "lift-boundary", ["iam:PutRolePermissionsBoundary self"], subject="role")
entry("x-iam-006", own, "drop-attached", ["iam:DetachUserPolicy self"], subject="user")
entry("x-iam-007", own, "drop-inline", ["iam:DeleteUserPolicy self"], subject="user")
entry("x-iam-008", own, "drop-attached", ["iam:DetachRolePolicy self"], subject="role")
entry("x-iam-009", own, "drop-inline", ["iam:DeleteRolePolicy self"], subject="role")
entry("x-iam-010", own, "leave-group", ["iam:RemoveUserFromGroup group"])
for number, put in ((11, "AttachRolePolicy"), (12, "PutRolePolicy")):
    entry(f"x-iam-0{number}", other, "created", ["iam:CreateRole any", f"iam:{put} any"])
for number, put in ((13, "AttachUserPolicy"), (14, "PutUserPolicy")):
    entry(f"x-iam-0{number}", other, "created", ["iam:CreateUser any", f"iam:{put} any", "iam:CreateAccessKey any"])
for number, put in ((15, "AttachUserPolicy"), (16, "PutUserPolicy")):
    entry(f"x-iam-0{number}", other, "widened-user", [f"iam:{put} user", "iam:CreateLoginProfile user"])
for number, put in ((17, "AttachUserPolicy"), (18, "PutUserPolicy")):
    entry(f"x-iam-0{number}", other, "widened-user", [f"iam:{put} user", "iam:UpdateLoginProfile user"])
carries("x-lambda-001", "function", "lambda:UpdateFunctionConfiguration")
carries("x-codebuild-001", "build-project", "codebuild:UpdateProject")
passes("x-states-001", STATES, "states:CreateStateMachine", "states:StartExecution")
carries("x-states-002", "state-machine", "states:UpdateStateMachine", "states:StartExecution")
# Last, because they build on what the others reach.
entry("x-iam-019", other, "reached-role", ["iam:AttachRolePolicy role"])
entry("x-iam-020", other, "reached-role", ["iam:PutRolePolicy role"])

print("# Made by paths.py; see there for sources and the meaning of the members.")
for path in out:
    print("\n[[path]]")
    for key, value in path.items():
        print(f"{key} = {json.dumps(value)}")
