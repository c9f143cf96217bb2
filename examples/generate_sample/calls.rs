//! The everyday calls: a table of which kind of actor calls which API with which parameters.
//!
//! `$words` in the JSON texts are filled in by [`crate::background`]. Nothing here may look like an
//! exception: no IAM writes, no logging or alarm changes, no open addresses.

/// What a call is to a reader of `readOnly` and `eventCategory`.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// Management, reads.
    Read,
    /// Management, writes.
    Write,
    /// Data event, reads.
    DataRead,
    /// Data event, writes.
    DataWrite,
}

/// One row of the table.
pub struct Call {
    /// Kinds of actors that make the call: S service, L service-linked role, F function, I instance,
    /// C pipeline, H person, U IAM user, X other identity types.
    pub who: &'static str,
    /// How often, relative to the others of the same kind of actor.
    pub weight: u32,
    /// Event source without `.amazonaws.com`.
    pub source: &'static str,
    /// Event name.
    pub name: &'static str,
    /// Read or write, management or data.
    pub kind: Kind,
    /// `requestParameters`.
    pub request: &'static str,
    /// `responseElements`.
    pub response: &'static str,
    /// `resources`.
    pub resources: &'static str,
}

use Kind::{DataRead, DataWrite, Read, Write};

const fn c(
    who: &'static str, weight: u32, source: &'static str, name: &'static str, kind: Kind, request: &'static str,
    response: &'static str, resources: &'static str,
) -> Call {
    Call { who, weight, source, name, kind, request, response, resources }
}

/// Services whose calls are recorded in us-east-1 only.
pub const GLOBAL: [&str; 10] = [
    "iam", "cloudfront", "route53", "organizations", "ce", "budgets", "health", "support", "sso", "tagging-global",
];

const CREDENTIALS: &str = r#"{"credentials":{"accessKeyId":"$tempkey","sessionToken":"$token","expiration":"$expires"},"assumedRoleUser":{"assumedRoleId":"$roleid:$session","arn":"arn:aws:sts::$account:assumed-role/$role/$session"}}"#;
const S3_OBJECT: &str = r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::$bucket/$key"},{"accountId":"$account","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::$bucket"}]"#;
const KMS_KEY: &str = r#"[{"accountId":"$account","type":"AWS::KMS::Key","ARN":"arn:aws:kms:$region:$account:key/$kms"}]"#;
const RUN_INSTANCES: &str = r#"{"requestId":"$uuid","reservationId":"r-$hex17","ownerId":"$account","groupSet":{},"instancesSet":{"items":[{"instanceId":"i-$hex17","imageId":"ami-$hex17","currentState":{"code":0,"name":"pending"},"privateDnsName":"ip-10-20-$n-$n.$region.compute.internal","amiLaunchIndex":0,"productCodes":{},"instanceType":"m7g.large","launchTime":$millis,"placement":{"availabilityZone":"$regiona","tenancy":"default"},"monitoring":{"state":"pending"},"subnetId":"$subnet","vpcId":"$vpc","privateIpAddress":"10.20.$n.$n","stateReason":{"code":"pending","message":"pending"},"architecture":"arm64","rootDeviceType":"ebs","rootDeviceName":"/dev/xvda","blockDeviceMapping":{},"virtualizationType":"hvm","hypervisor":"xen","tagSet":{"items":[{"key":"aws:autoscaling:groupName","value":"$group"},{"key":"env","value":"$env"},{"key":"Owner","value":"platform"},{"key":"CostCenter","value":"CC-100"}]},"clientToken":"$uuid","groupSet":{"items":[{"groupId":"$sg","groupName":"web"}]},"sourceDestCheck":true,"networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-$hex17","subnetId":"$subnet","vpcId":"$vpc","ownerId":"$account","status":"in-use","macAddress":"0a:00:5e:00:53:$hex2","privateIpAddress":"10.20.$n.$n","privateDnsName":"ip-10-20-$n-$n.$region.compute.internal","sourceDestCheck":true,"interfaceType":"interface","groupSet":{"items":[{"groupId":"$sg","groupName":"web"}]},"attachment":{"attachmentId":"eni-attach-$hex17","deviceIndex":0,"networkCardIndex":0,"status":"attaching","attachTime":$millis,"deleteOnTermination":true},"privateIpAddressesSet":{"item":[{"privateIpAddress":"10.20.$n.$n","privateDnsName":"ip-10-20-$n-$n.$region.compute.internal","primary":true}]},"ipv6AddressesSet":{},"tagSet":{}}]},"iamInstanceProfile":{"arn":"arn:aws:iam::$account:instance-profile/ec2-web","id":"AIPAEXAMPLE$key8"},"ebsOptimized":true,"enaSupport":true,"cpuOptions":{"coreCount":2,"threadsPerCore":1},"capacityReservationSpecification":{"capacityReservationPreference":"open"},"enclaveOptions":{"enabled":false},"metadataOptions":{"state":"pending","httpTokens":"required","httpPutResponseHopLimit":1,"httpEndpoint":"enabled","httpProtocolIpv4":"enabled","httpProtocolIpv6":"disabled","instanceMetadataTags":"disabled"},"maintenanceOptions":{"autoRecovery":"default"},"privateDnsNameOptions":{"hostnameType":"ip-name","enableResourceNameDnsARecord":false,"enableResourceNameDnsAAAARecord":false}}]},"requesterId":"$account"}"#;

/// The table. More than forty services and a hundred calls.
pub static CALLS: &[Call] = &[
    // Services in their own name.
    c("S", 14, "sts", "AssumeRole", Read, r#"{"roleArn":"arn:aws:iam::$account:role/$role","roleSessionName":"$session"}"#, CREDENTIALS, r#"[{"accountId":"$account","type":"AWS::IAM::Role","ARN":"arn:aws:iam::$account:role/$role"}]"#),
    c("S", 8, "s3", "GetBucketAcl", Read, r#"{"bucketName":"acme-cloudtrail-logs","Host":"acme-cloudtrail-logs.s3.$region.amazonaws.com","acl":""}"#, "null", r#"[{"accountId":"777788889999","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme-cloudtrail-logs"}]"#),
    c("S", 4, "s3", "PutObject", DataWrite, r#"{"bucketName":"acme-$short-access-logs","Host":"acme-$short-access-logs.s3.$region.amazonaws.com","key":"$short/$uuid","x-amz-acl":"bucket-owner-full-control"}"#, "null", r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme-$short-access-logs/$short/$uuid"}]"#),
    c("S", 8, "kms", "Decrypt", Read, r#"{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::$bucket"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#, "null", KMS_KEY),
    c("S", 6, "kms", "GenerateDataKey", Read, r#"{"keyId":"arn:aws:kms:$region:$account:key/$kms","keySpec":"AES_256","encryptionContext":{"aws:cloudtrail:arn":"arn:aws:cloudtrail:$region:$account:trail/acme-$short-trail"}}"#, "null", KMS_KEY),
    c("S", 2, "ec2", "CreateNetworkInterface", Write, r#"{"subnetId":"$subnet","description":"AWS Lambda VPC ENI-$function-$uuid","groupSet":{"items":[{"groupId":"$sg"}]},"ipv6AddressCount":0,"clientToken":"$uuid"}"#, r#"{"requestId":"$uuid","networkInterface":{"networkInterfaceId":"eni-$hex17","subnetId":"$subnet","vpcId":"$vpc","availabilityZone":"$regiona","status":"pending","privateIpAddress":"10.20.$n.$n"}}"#, ""),
    c("S", 2, "secretsmanager", "RotationSucceeded", Write, "null", "null", ""),
    c("S", 3, "sqs", "SendMessage", DataWrite, r#"{"queueUrl":"https://sqs.$region.amazonaws.com/$account/$queue"}"#, "null", ""),
    // Service-linked roles.
    c("L", 10, "ec2", "DescribeInstances", Read, r#"{"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"}]}}]}}"#, "null", ""),
    c("L", 8, "elasticloadbalancing", "DescribeTargetHealth", Read, r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:$region:$account:targetgroup/$group/$hex16"}"#, "null", ""),
    c("L", 6, "autoscaling", "DescribeAutoScalingGroups", Read, r#"{"autoScalingGroupNames":["$group"]}"#, "null", ""),
    c("L", 6, "ec2", "RunInstances", Write, r#"{"instancesSet":{"items":[{"minCount":1,"maxCount":1}]},"blockDeviceMapping":{},"availabilityZone":"$regiona","monitoring":{"enabled":true},"subnetId":"$subnet","disableApiTermination":false,"clientToken":"fleet-$uuid","launchTemplate":{"launchTemplateId":"lt-0ac3e000000000111","version":"12"}}"#, RUN_INSTANCES, ""),
    c("L", 2, "ec2", "TerminateInstances", Write, r#"{"instancesSet":{"items":[{"instanceId":"i-$hex17"}]}}"#, r#"{"requestId":"$uuid","instancesSet":{"items":[{"instanceId":"i-$hex17","currentState":{"code":32,"name":"shutting-down"},"previousState":{"code":16,"name":"running"}}]}}"#, ""),
    c("L", 4, "s3", "GetBucketVersioning", Read, r#"{"bucketName":"$bucket","Host":"s3.$region.amazonaws.com","versioning":""}"#, "null", r#"[{"accountId":"$account","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::$bucket"}]"#),
    c("L", 3, "iam", "ListRolePolicies", Read, r#"{"roleName":"$role"}"#, "null", ""),
    c("L", 3, "iam", "GetPolicyVersion", Read, r#"{"policyArn":"arn:aws:iam::$account:policy/acme-$short-app","versionId":"v3"}"#, "null", ""),
    c("L", 4, "lambda", "ListFunctions20150331", Read, r#"{"maxItems":50}"#, "null", ""),
    c("L", 3, "kms", "ListKeys", Read, "null", "null", ""),
    c("L", 2, "kms", "CreateGrant", Write, r#"{"keyId":"arn:aws:kms:$region:$account:key/$kms","granteePrincipal":"rds.amazonaws.com","operations":["Decrypt","GenerateDataKey"]}"#, r#"{"grantId":"$hex64"}"#, KMS_KEY),
    c("L", 2, "rds", "CreateDBSnapshot", Write, r#"{"dBInstanceIdentifier":"$db","dBSnapshotIdentifier":"awsbackup-$uuid"}"#, r#"{"dBSnapshotIdentifier":"awsbackup-$uuid","dBInstanceIdentifier":"$db","engine":"postgres","status":"creating","encrypted":true}"#, ""),
    c("L", 2, "ec2", "CreateSnapshot", Write, r#"{"volumeId":"$volume","description":"daily"}"#, r#"{"snapshotId":"snap-$hex17","volumeId":"$volume","status":"pending","encrypted":true}"#, ""),
    c("L", 4, "config", "DescribeConfigRules", Read, "null", "null", ""),
    c("L", 3, "elasticache", "DescribeCacheClusters", Read, r#"{"maxRecords":100,"showCacheNodeInfo":true}"#, "null", ""),
    c("L", 2, "guardduty", "GetDetector", Read, r#"{"detectorId":"$hex32"}"#, "null", ""),
    c("L", 2, "access-analyzer", "GetAnalyzedResource", Read, r#"{"analyzerArn":"arn:aws:access-analyzer:$region:$account:analyzer/acme","resourceArn":"arn:aws:s3:::$bucket"}"#, "null", ""),
    c("L", 2, "inspector2", "ListCoverage", Read, r#"{"maxResults":100}"#, "null", ""),
    // Functions.
    c("F", 7, "s3", "GetObject", DataRead, r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"$key"}"#, "null", S3_OBJECT),
    c("F", 5, "s3", "PutObject", DataWrite, r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"$key"}"#, r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-version-id":"$hex32"}"#, S3_OBJECT),
    c("F", 4, "dynamodb", "GetItem", DataRead, r#"{"tableName":"$table","key":{"pk":"***"},"consistentRead":false}"#, "null", r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$table"}]"#),
    c("F", 3, "dynamodb", "PutItem", DataWrite, r#"{"tableName":"$table","key":{"pk":"***"}}"#, "null", r#"[{"accountId":"$account","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$region:$account:table/$table"}]"#),
    c("F", 16, "logs", "CreateLogStream", Write, r#"{"logGroupName":"/aws/lambda/$function","logStreamName":"$day/[$$LATEST]$hex32"}"#, "null", ""),
    c("F", 12, "kms", "Decrypt", Read, r#"{"encryptionContext":{"aws:lambda:FunctionArn":"arn:aws:lambda:$region:$account:function:$function"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#, "null", KMS_KEY),
    c("F", 10, "secretsmanager", "GetSecretValue", Read, r#"{"secretId":"$secret"}"#, "null", ""),
    c("F", 5, "ssm", "GetParameter", Read, r#"{"name":"/acme/$short/config","withDecryption":false}"#, "null", ""),
    c("F", 4, "sts", "GetCallerIdentity", Read, "null", "null", ""),
    c("F", 4, "dynamodb", "DescribeTable", Read, r#"{"tableName":"$table"}"#, "null", ""),
    c("F", 3, "states", "StartExecution", Write, r#"{"stateMachineArn":"arn:aws:states:$region:$account:stateMachine:orders","name":"$uuid","input":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#, r#"{"executionArn":"arn:aws:states:$region:$account:execution:orders:$uuid","startDate":"$long"}"#, ""),
    c("F", 3, "kinesis", "DescribeStreamSummary", Read, r#"{"streamName":"telemetry"}"#, "null", ""),
    c("F", 3, "events", "ListRules", Read, r#"{"eventBusName":"default","limit":100}"#, "null", ""),
    c("F", 2, "athena", "StartQueryExecution", Write, r#"{"queryString":"HIDDEN_DUE_TO_SECURITY_REASONS","workGroup":"primary","clientRequestToken":"$uuid"}"#, r#"{"queryExecutionId":"$uuid"}"#, ""),
    c("F", 2, "glue", "GetTable", Read, r#"{"databaseName":"telemetry","name":"readings"}"#, "null", ""),
    // Instances.
    c("I", 14, "ssm", "UpdateInstanceInformation", Write, r#"{"instanceId":"$instance","agentVersion":"3.3.1611.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.20.1.17","computerName":"ip-10-20-1-17.$region.compute.internal","agentName":"amazon-ssm-agent"}"#, "null", ""),
    c("I", 8, "ssm", "ListInstanceAssociations", Read, r#"{"instanceId":"$instance","maxResults":20}"#, "null", ""),
    c("I", 6, "s3", "GetObject", DataRead, r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"$key"}"#, "null", S3_OBJECT),
    c("I", 3, "ecr", "GetAuthorizationToken", Read, "null", "null", ""),
    c("I", 3, "ecr", "BatchGetImage", Read, r#"{"registryId":"$account","repositoryName":"shop/web","imageIds":[{"imageTag":"2026.$n"}]}"#, "null", r#"[{"accountId":"$account","ARN":"arn:aws:ecr:$region:$account:repository/shop/web"}]"#),
    c("I", 3, "ec2", "DescribeTags", Read, r#"{"filterSet":{"items":[{"name":"resource-id","valueSet":{"items":[{"value":"$instance"}]}}]},"maxResults":1000}"#, "null", ""),
    c("I", 2, "elasticfilesystem", "NewClientConnection", Write, "null", "null", ""),
    c("I", 2, "autoscaling", "CompleteLifecycleAction", Write, r#"{"autoScalingGroupName":"$group","lifecycleHookName":"ready","lifecycleActionResult":"CONTINUE","instanceId":"$instance"}"#, "null", ""),
    // The deployment pipeline.
    c("C", 10, "cloudformation", "DescribeStackEvents", Read, r#"{"stackName":"$stack"}"#, "null", ""),
    c("C", 4, "cloudformation", "CreateChangeSet", Write, r#"{"stackName":"$stack","changeSetName":"CHG-$n-$hex8","capabilities":["CAPABILITY_NAMED_IAM"],"parameters":[{"parameterValue":"***","parameterKey":"Version"}]}"#, r#"{"id":"arn:aws:cloudformation:$region:$account:changeSet/CHG-$hex8/$uuid","stackId":"arn:aws:cloudformation:$region:$account:stack/$stack/$uuid"}"#, ""),
    c("C", 4, "cloudformation", "ExecuteChangeSet", Write, r#"{"stackName":"$stack","changeSetName":"CHG-$n-$hex8"}"#, "null", ""),
    c("C", 8, "lambda", "UpdateFunctionCode20150331v2", Write, r#"{"functionName":"$function","s3Bucket":"acme-$short-artifacts","s3Key":"$function/$hex8.zip","publish":true,"dryRun":false}"#, r#"{"functionName":"$function","functionArn":"arn:aws:lambda:$region:$account:function:$function","runtime":"python3.13","role":"arn:aws:iam::$account:role/$role","handler":"app.handler","codeSize":$n,"description":"","timeout":30,"memorySize":512,"lastModified":"$time","codeSha256":"$hex32","version":"$n","vpcConfig":{"subnetIds":["$subnet"],"securityGroupIds":["$sg"],"vpcId":"$vpc","ipv6AllowedForDualStack":false},"tracingConfig":{"mode":"Active"},"revisionId":"$uuid","state":"Active","lastUpdateStatus":"InProgress","lastUpdateStatusReasonCode":"Creating","packageType":"Zip","architectures":["arm64"],"ephemeralStorage":{"size":512},"snapStart":{"applyOn":"None","optimizationStatus":"Off"},"runtimeVersionConfig":{"runtimeVersionArn":"arn:aws:lambda:$region::runtime:$hex64"},"loggingConfig":{"logFormat":"JSON","logGroup":"/aws/lambda/$function"}}"#, ""),
    c("C", 4, "ecr", "PutImage", Write, r#"{"registryId":"$account","repositoryName":"shop/web","imageTag":"2026.$n","imageManifest":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#, r#"{"image":{"registryId":"$account","repositoryName":"shop/web","imageId":{"imageDigest":"sha256:$hex64","imageTag":"2026.$n"}}}"#, ""),
    c("C", 3, "s3", "PutObject", DataWrite, r#"{"bucketName":"acme-$short-artifacts","Host":"acme-$short-artifacts.s3.$region.amazonaws.com","key":"$function/$hex8.zip"}"#, "null", r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme-$short-artifacts/$function/$hex8.zip"}]"#),
    c("C", 2, "codebuild", "StartBuild", Write, r#"{"projectName":"shop","sourceVersion":"$hex40"}"#, r#"{"build":{"id":"shop:$uuid","buildStatus":"IN_PROGRESS","currentPhase":"QUEUED","initiator":"acme-ci-deploy"}}"#, ""),
    c("C", 3, "ecs", "UpdateService", Write, r#"{"cluster":"shop","service":"web","taskDefinition":"web:$n","forceNewDeployment":true}"#, r#"{"service":{"serviceArn":"arn:aws:ecs:$region:$account:service/shop/web","serviceName":"web","status":"ACTIVE","desiredCount":4,"runningCount":4,"launchType":"FARGATE"}}"#, ""),
    c("C", 3, "eks", "DescribeCluster", Read, r#"{"name":"$cluster"}"#, "null", ""),
    c("C", 2, "cloudfront", "CreateInvalidation", Write, r#"{"distributionId":"E1EXAMPLEACME","invalidationBatch":{"paths":{"quantity":1,"items":["/*"]},"callerReference":"$uuid"}}"#, r#"{"location":"https://cloudfront.amazonaws.com/2020-05-31/distribution/E1EXAMPLEACME/invalidation/I$hex8"}"#, ""),
    c("C", 2, "ssm", "PutParameter", Write, r#"{"name":"/acme/$short/version","type":"String","overwrite":true,"value":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#, r#"{"version":$n,"tier":"Standard"}"#, ""),
    c("C", 1, "codepipeline", "GetPipelineState", Read, r#"{"name":"shop"}"#, "null", ""),
    // People.
    c("H", 8, "ec2", "DescribeSecurityGroups", Read, r#"{"maxResults":1000,"securityGroupSet":{},"securityGroupIdSet":{},"filterSet":{}}"#, "null", ""),
    c("H", 6, "ec2", "DescribeVolumes", Read, r#"{"maxResults":500,"volumeSet":{},"filterSet":{}}"#, "null", ""),
    c("H", 6, "monitoring", "DescribeAlarms", Read, r#"{"maxRecords":100}"#, "null", ""),
    c("H", 6, "logs", "StartQuery", Read, r#"{"logGroupName":"/aws/lambda/$function","queryString":"HIDDEN_DUE_TO_SECURITY_REASONS","startTime":$millis,"endTime":$millis}"#, r#"{"queryId":"$uuid"}"#, ""),
    c("H", 5, "rds", "DescribeDBInstances", Read, r#"{"maxRecords":100}"#, "null", ""),
    c("H", 5, "s3", "ListBuckets", Read, r#"{"Host":"s3.$region.amazonaws.com"}"#, "null", ""),
    c("H", 4, "cloudtrail", "LookupEvents", Read, r#"{"maxResults":50,"lookupAttributes":[{"attributeKey":"ReadOnly","attributeValue":"false"}]}"#, "null", ""),
    c("H", 4, "lambda", "GetFunction20150331v2", Read, r#"{"functionName":"arn:aws:lambda:$region:$account:function:$function"}"#, "null", ""),
    c("H", 3, "ce", "GetCostAndUsage", Read, r#"{"timePeriod":{"start":"2026-04-01","end":"2026-06-30"},"granularity":"MONTHLY","metrics":["UnblendedCost"]}"#, "null", ""),
    c("H", 2, "budgets", "DescribeBudgets", Read, r#"{"accountId":"$account","maxResults":100}"#, "null", ""),
    c("H", 2, "organizations", "DescribeOrganization", Read, "null", "null", ""),
    c("H", 2, "route53", "ListHostedZones", Read, r#"{"maxItems":100}"#, "null", ""),
    c("H", 2, "health", "DescribeEventAggregates", Read, r#"{"aggregateField":"eventTypeCategory"}"#, "null", ""),
    c("H", 2, "acm", "ListCertificates", Read, r#"{"maxItems":100}"#, "null", ""),
    c("H", 2, "backup", "ListRecoveryPointsByBackupVault", Read, r#"{"backupVaultName":"acme-$short","maxResults":100}"#, "null", ""),
    c("H", 2, "securityhub", "GetFindings", Read, r#"{"maxResults":100}"#, "null", ""),
    c("H", 2, "wafv2", "ListWebACLs", Read, r#"{"scope":"REGIONAL","limit":100}"#, "null", ""),
    c("H", 2, "servicequotas", "ListServiceQuotas", Read, r#"{"serviceCode":"ec2"}"#, "null", ""),
    c("H", 2, "apigateway", "GetRestApis", Read, r#"{"limit":500}"#, "null", ""),
    c("H", 2, "tagging", "GetResources", Read, r#"{"resourcesPerPage":100}"#, "null", ""),
    c("H", 3, "ec2", "CreateTags", Write, r#"{"resourcesSet":{"items":[{"resourceId":"$volume"}]},"tagSet":{"items":[{"key":"env","value":"$env"}]}}"#, r#"{"requestId":"$uuid","_return":true}"#, ""),
    c("H", 2, "autoscaling", "UpdateAutoScalingGroup", Write, r#"{"autoScalingGroupName":"$group","desiredCapacity":4}"#, "null", ""),
    c("H", 2, "sns", "SetSubscriptionAttributes", Write, r#"{"subscriptionArn":"arn:aws:sns:$region:$account:$topic:$uuid","attributeName":"RawMessageDelivery","attributeValue":"true"}"#, "null", ""),
    c("H", 2, "elasticloadbalancing", "ModifyTargetGroupAttributes", Write, r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:$region:$account:targetgroup/$group/$hex16","attributes":[{"key":"deregistration_delay.timeout_seconds","value":"30"}]}"#, r#"{"attributes":[{"key":"deregistration_delay.timeout_seconds","value":"30"}]}"#, ""),
    // IAM users with long-term keys.
    c("U", 6, "s3", "ListObjects", DataRead, r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","prefix":"reports/"}"#, "null", r#"[{"accountId":"$account","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::$bucket"},{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::$bucket/reports/"}]"#),
    c("U", 6, "s3", "GetObject", DataRead, r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"reports/$day/$hex8.csv"}"#, "null", S3_OBJECT),
    c("U", 4, "dynamodb", "ListTables", Read, r#"{"limit":100}"#, "null", ""),
    c("U", 4, "sqs", "GetQueueAttributes", Read, r#"{"queueUrl":"https://sqs.$region.amazonaws.com/$account/$queue","attributeNames":["All"]}"#, "null", ""),
    c("U", 3, "cloudformation", "DescribeStacks", Read, r#"{"stackName":"$stack"}"#, "null", ""),
    c("U", 3, "firehose", "DescribeDeliveryStream", Read, r#"{"deliveryStreamName":"telemetry"}"#, "null", ""),
    c("U", 2, "ecr", "DescribeRepositories", Read, r#"{"registryId":"$account"}"#, "null", ""),
    // Rare identity types; the actor decides which of these fits.
    c("X", 1, "s3", "HeadObject", DataRead, r#"{"bucketName":"$bucket","Host":"$bucket.s3.$region.amazonaws.com","key":"$key"}"#, "null", S3_OBJECT),
];
