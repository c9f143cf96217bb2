//! Names and FOCUS categories of AWS services by product code.
//!
//! The categories are FOCUS 1.0's own list; which service belongs where is our reading of them, since
//! AWS publishes no table. Product codes are as cost exports print them, old spellings included.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// Name and category by code: asked for every charge.
static BY_CODE: LazyLock<FxHashMap<&'static [u8], (&'static str, &'static str)>> =
    LazyLock::new(|| SERVICES.iter().map(|(code, name, category)| (code.as_bytes(), (*name, *category))).collect());

/// Lower-case product code, display name, FOCUS `ServiceCategory`; sorted by code.
const SERVICES: &[(&str, &str, &str)] = &[
    ("amazonapigateway", "Amazon API Gateway", "Integration"),
    ("amazonappstream", "Amazon AppStream", "Compute"),
    ("amazonathena", "Amazon Athena", "Analytics"),
    ("amazonbedrock", "Amazon Bedrock", "AI and Machine Learning"),
    ("amazonbraket", "Amazon Braket", "Compute"),
    ("amazonchime", "Amazon Chime", "Business Applications"),
    ("amazoncloudfront", "Amazon CloudFront", "Networking"),
    ("amazoncloudsearch", "Amazon CloudSearch", "Analytics"),
    ("amazoncloudwatch", "AmazonCloudWatch", "Management and Governance"),
    ("amazoncognito", "Amazon Cognito", "Identity"),
    ("amazoncomprehend", "Amazon Comprehend", "AI and Machine Learning"),
    ("amazonconnect", "Amazon Connect", "Business Applications"),
    ("amazondax", "Amazon DynamoDB Accelerator (DAX)", "Databases"),
    ("amazondetective", "Amazon Detective", "Security"),
    ("amazondocdb", "Amazon DocumentDB (with MongoDB compatibility)", "Databases"),
    ("amazondynamodb", "Amazon DynamoDB", "Databases"),
    ("amazonec2", "Amazon Elastic Compute Cloud", "Compute"),
    ("amazonecr", "Amazon EC2 Container Registry (ECR)", "Compute"),
    ("amazonecrpublic", "Amazon Elastic Container Registry Public", "Compute"),
    ("amazonecs", "Amazon Elastic Container Service", "Compute"),
    ("amazonefs", "Amazon Elastic File System", "Storage"),
    ("amazoneks", "Amazon Elastic Container Service for Kubernetes", "Compute"),
    ("amazonelasticache", "Amazon ElastiCache", "Databases"),
    ("amazones", "Amazon OpenSearch Service", "Analytics"),
    ("amazonforecast", "Amazon Forecast", "AI and Machine Learning"),
    ("amazonfsx", "Amazon FSx", "Storage"),
    ("amazonglacier", "Amazon Glacier", "Storage"),
    ("amazonguardduty", "Amazon GuardDuty", "Security"),
    ("amazoninspector", "Amazon Inspector", "Security"),
    ("amazoninspectorv2", "Amazon Inspector", "Security"),
    ("amazonivs", "Amazon Interactive Video Service", "Media"),
    ("amazonkendra", "Amazon Kendra", "AI and Machine Learning"),
    ("amazonkinesis", "Amazon Kinesis", "Analytics"),
    ("amazonkinesisanalytics", "Amazon Kinesis Analytics", "Analytics"),
    ("amazonkinesisfirehose", "Amazon Kinesis Firehose", "Analytics"),
    ("amazonlex", "Amazon Lex", "AI and Machine Learning"),
    ("amazonlightsail", "Amazon Lightsail", "Compute"),
    ("amazonlocationservice", "Amazon Location Service", "Web"),
    ("amazonmacie", "Amazon Macie", "Security"),
    ("amazonmcs", "Amazon Keyspaces (for Apache Cassandra)", "Databases"),
    ("amazonmemorydb", "Amazon MemoryDB", "Databases"),
    ("amazonmq", "Amazon MQ", "Integration"),
    ("amazonmsk", "Amazon Managed Streaming for Apache Kafka", "Analytics"),
    ("amazonmwaa", "Amazon Managed Workflows for Apache Airflow", "Integration"),
    ("amazonneptune", "Amazon Neptune", "Databases"),
    ("amazonpersonalize", "Amazon Personalize", "AI and Machine Learning"),
    ("amazonpinpoint", "Amazon Pinpoint", "Business Applications"),
    ("amazonpolly", "Amazon Polly", "AI and Machine Learning"),
    ("amazonqldb", "Amazon Quantum Ledger Database", "Databases"),
    ("amazonquicksight", "Amazon QuickSight", "Analytics"),
    ("amazonrds", "Amazon Relational Database Service", "Databases"),
    ("amazonredshift", "Amazon Redshift", "Analytics"),
    ("amazonregistrar", "Amazon Registrar", "Networking"),
    ("amazonrekognition", "Amazon Rekognition", "AI and Machine Learning"),
    ("amazonroute53", "Amazon Route 53", "Networking"),
    ("amazons3", "Amazon Simple Storage Service", "Storage"),
    ("amazons3glacierdeeparchive", "Amazon S3 Glacier Deep Archive", "Storage"),
    ("amazonsagemaker", "Amazon SageMaker", "AI and Machine Learning"),
    ("amazonsecuritylake", "Amazon Security Lake", "Security"),
    ("amazonses", "Amazon Simple Email Service", "Business Applications"),
    ("amazonsimpledb", "Amazon SimpleDB", "Databases"),
    ("amazonsns", "Amazon Simple Notification Service", "Integration"),
    ("amazonstates", "AWS Step Functions", "Integration"),
    ("amazonswf", "Amazon Simple Workflow Service", "Integration"),
    ("amazontextract", "Amazon Textract", "AI and Machine Learning"),
    ("amazontimestream", "Amazon Timestream", "Databases"),
    ("amazonvpc", "Amazon Virtual Private Cloud", "Networking"),
    ("amazonworkdocs", "Amazon WorkDocs", "Business Applications"),
    ("amazonworkmail", "Amazon WorkMail", "Business Applications"),
    ("amazonworkspaces", "Amazon WorkSpaces", "Compute"),
    ("awsamplify", "AWS Amplify", "Web"),
    ("awsapprunner", "AWS App Runner", "Compute"),
    ("awsappsync", "AWS AppSync", "Integration"),
    ("awsauditmanager", "AWS Audit Manager", "Security"),
    ("awsbackup", "AWS Backup", "Storage"),
    ("awsbudgets", "AWS Budgets", "Management and Governance"),
    ("awscertificatemanager", "AWS Certificate Manager", "Security"),
    ("awscloudformation", "AWS CloudFormation", "Management and Governance"),
    ("awscloudmap", "AWS Cloud Map", "Networking"),
    ("awscloudtrail", "AWS CloudTrail", "Management and Governance"),
    ("awscodeartifact", "AWS CodeArtifact", "Developer Tools"),
    ("awscodecommit", "AWS CodeCommit", "Developer Tools"),
    ("awscodedeploy", "AWS CodeDeploy", "Developer Tools"),
    ("awscodepipeline", "AWS CodePipeline", "Developer Tools"),
    ("awsconfig", "AWS Config", "Management and Governance"),
    ("awscostexplorer", "AWS Cost Explorer", "Management and Governance"),
    ("awsdatabasemigrationsvc", "AWS Database Migration Service", "Migration"),
    ("awsdatasync", "AWS DataSync", "Migration"),
    ("awsdatatransfer", "AWS Data Transfer", "Networking"),
    ("awsdevelopersupport", "AWS Support (Developer)", "Other"),
    ("awsdevicefarm", "AWS Device Farm", "Mobile"),
    ("awsdirectconnect", "AWS Direct Connect", "Networking"),
    ("awsdirectoryservice", "AWS Directory Service", "Identity"),
    ("awselasticdisasterrecovery", "AWS Elastic Disaster Recovery", "Storage"),
    ("awselb", "Elastic Load Balancing", "Networking"),
    ("awselementalmediaconvert", "AWS Elemental MediaConvert", "Media"),
    ("awselementalmedialive", "AWS Elemental MediaLive", "Media"),
    ("awselementalmediapackage", "AWS Elemental MediaPackage", "Media"),
    ("awselementalmediastore", "AWS Elemental MediaStore", "Media"),
    ("awsevents", "CloudWatch Events", "Integration"),
    ("awsfms", "AWS Firewall Manager", "Security"),
    ("awsglobalaccelerator", "AWS Global Accelerator", "Networking"),
    ("awsglue", "AWS Glue", "Analytics"),
    ("awsiot", "AWS IoT", "Internet of Things"),
    ("awsiotanalytics", "AWS IoT Analytics", "Internet of Things"),
    ("awsiotdevicemanagement", "AWS IoT Device Management", "Internet of Things"),
    ("awskms", "AWS Key Management Service", "Security"),
    ("awslakeformation", "AWS Lake Formation", "Analytics"),
    ("awslambda", "AWS Lambda", "Compute"),
    ("awsnetworkfirewall", "AWS Network Firewall", "Networking"),
    ("awsqueueservice", "Amazon Simple Queue Service", "Integration"),
    ("awssecretsmanager", "AWS Secrets Manager", "Security"),
    ("awssecurityhub", "AWS Security Hub", "Security"),
    ("awsservicecatalog", "AWS Service Catalog", "Management and Governance"),
    ("awsshield", "AWS Shield", "Security"),
    ("awsstoragegateway", "AWS Storage Gateway", "Storage"),
    ("awssupportbusiness", "AWS Support (Business)", "Other"),
    ("awssupportenterprise", "AWS Support (Enterprise)", "Other"),
    ("awssystemsmanager", "AWS Systems Manager", "Management and Governance"),
    ("awstransfer", "AWS Transfer Family", "Migration"),
    ("awswaf", "AWS WAF", "Security"),
    ("awsxray", "AWS X-Ray", "Developer Tools"),
    ("cloudhsm", "AWS CloudHSM", "Security"),
    ("codebuild", "AWS CodeBuild", "Developer Tools"),
    ("computesavingsplans", "Savings Plans for AWS Compute usage", "Compute"),
    ("contactcentertelecomm", "Contact Center Telecommunications (service sold by AMCS, LLC)", "Business Applications"),
    ("databasesavingsplans", "Savings Plans for AWS Database usage", "Databases"),
    ("elasticmapreduce", "Amazon Elastic MapReduce", "Analytics"),
    ("machinelearningsavingsplans", "Savings Plans for AWS Machine Learning usage", "AI and Machine Learning"),
    ("ocbpremiumsupport", "AWS Premium Support", "Other"),
    ("transcribe", "Amazon Transcribe", "AI and Machine Learning"),
    ("translate", "Amazon Translate", "AI and Machine Learning"),
];

/// The category of services the table does not know.
pub(super) const OTHER: &str = "Other";

/// Display name and FOCUS category of a product code, in any case.
pub(super) fn service(code: &str) -> Option<(&'static str, &'static str)> {
    // The longest code of the table has 27 letters; marketplace codes are longer or unknown.
    let mut lower = [0_u8; 32];
    let lower = lower.get_mut(..code.len())?;
    lower.copy_from_slice(code.as_bytes());
    lower.make_ascii_lowercase();
    BY_CODE.get(&*lower).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FOCUS 1.0, allowed values of `ServiceCategory`.
    const CATEGORIES: &[&str] = &[
        "AI and Machine Learning",
        "Analytics",
        "Business Applications",
        "Compute",
        "Databases",
        "Developer Tools",
        "Identity",
        "Integration",
        "Internet of Things",
        "Management and Governance",
        "Media",
        "Migration",
        "Mobile",
        "Multicloud",
        "Networking",
        "Security",
        "Storage",
        "Web",
        "Other",
    ];

    #[test]
    fn table_is_sorted_and_uses_known_categories() {
        assert!(SERVICES.is_sorted_by(|a, b| a.0 < b.0));
        for (code, name, category) in SERVICES {
            assert!(CATEGORIES.contains(category), "{code}: {category}");
            assert!(code.len() <= 32 && !name.is_empty());
            assert_eq!(*code, code.to_ascii_lowercase());
        }
        assert!(SERVICES.len() >= 60);
    }

    #[test]
    fn looked_up_in_any_case() {
        assert_eq!(service("AmazonEC2"), Some(("Amazon Elastic Compute Cloud", "Compute")));
        assert_eq!(service("awsKMS"), Some(("AWS Key Management Service", "Security")));
        assert_eq!(service("5hnnev4d0v7mapf09j0v8of0o2"), None);
        assert_eq!(service(&"x".repeat(1_000)), None);
        assert_eq!(service(""), None);
    }
}
