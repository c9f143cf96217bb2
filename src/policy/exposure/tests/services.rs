//! Policies of services other than S3.

use super::*;

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:f";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:t";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:q";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

/// Resource, statement's members → audiences.
fn cases() -> Vec<(&'static str, String, &'static str)> {
    let any = |members: &str| members.to_owned();
    vec![
        // Topics.
        (
            TOPIC,
            any(
                r#""Principal":{"AWS":"*"},"Action":["SNS:Publish","SNS:Subscribe"],"Resource":"arn:aws:sns:eu-west-1:111122223333:t","Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}"#,
            ),
            "own_account",
        ),
        (TOPIC, any(r#""Principal":{"AWS":"*"},"Action":"SNS:Publish","Resource":"*""#), "anyone"),
        (TOPIC, any(r#""Principal":{"AWS":"*"},"Action":"SNS:Publish","Resource":"arn:aws:sns:eu-west-1:111122223333:other""#), ""),
        (
            TOPIC,
            any(
                r#""Principal":{"AWS":"*"},"Action":"SNS:Publish","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:*:my-bucket"}}"#,
            ),
            "service * resource",
        ),
        (
            TOPIC,
            any(
                r#""Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws-cn:s3:*:*:my-bucket"}}"#,
            ),
            "service * resource",
        ),
        (
            TOPIC,
            any(
                r#""Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"StringLike":{"aws:SourceArn":"arn:aws:s3:*:*:my-bucket"},"StringEquals":{"aws:SourceAccount":"111122223333"}}"#,
            ),
            "service * account 111122223333",
        ),
        (
            TOPIC,
            any(
                r#""Principal":{"Service":"s3.amazonaws.com"},"Action":"sns:Publish","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket"}}"#,
            ),
            "service s3 resource",
        ),
        (TOPIC, any(r#""Principal":{"Service":"s3.amazonaws.com"},"Action":"sns:Publish","Resource":"*""#), "service s3 nothing"),
        (
            TOPIC,
            any(r#""Principal":"*","Action":"sns:Subscribe","Resource":"*","Condition":{"StringLike":{"sns:Endpoint":"*@example.com"}}"#),
            "anyone~",
        ),
        (
            TOPIC,
            any(r#""Principal":"*","Action":"sns:Subscribe","Resource":"*","Condition":{"StringEquals":{"sns:Protocol":"https"}}"#),
            "anyone",
        ),
        (
            TOPIC,
            any(
                r#""Principal":{"AWS":"*"},"Action":"SNS:Publish","Resource":"*","Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:*:my-bucket"}}"#,
            ),
            "service * account 111122223333",
        ),
        (
            TOPIC,
            any(
                r#""Principal":{"AWS":"999988887777"},"Action":"SNS:Publish","Resource":"*","Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}"#,
            ),
            "",
        ),
        (
            TOPIC,
            any(r#""Principal":{"AWS":"*"},"Action":"SNS:Publish","Resource":"*","Condition":{"StringLike":{"AWS:SourceOwner":"*"}}"#),
            "anyone",
        ),
        // Queues.
        (QUEUE, any(r#""Principal":"*","Action":"SQS:*","Resource":"arn:aws:sqs:eu-west-1:111122223333:q""#), "anyone"),
        (QUEUE, any(r#""Principal":"*","Action":"SQS:SendMessage","Resource":"/111122223333/q""#), "anyone"),
        (QUEUE, any(r#""Principal":"*","Action":"SQS:SendMessage","Resource":"arn:aws:sqs:eu-west-1:111122223333:other""#), ""),
        (
            QUEUE,
            any(
                r#""Principal":"*","Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:t"}}"#,
            ),
            "service * account 111122223333",
        ),
        (
            QUEUE,
            any(
                r#""Principal":"*","Action":"sqs:SendMessage","Resource":"*","Condition":{"StringLike":{"aws:SourceAccount":"????????????"}}"#,
            ),
            "anyone",
        ),
        (
            QUEUE,
            any(
                r#""Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:events:eu-west-1:111122223333:rule/r"}}"#,
            ),
            "service events account 111122223333",
        ),
        (
            QUEUE,
            any(
                r#""Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
            ),
            "",
        ),
        (
            QUEUE,
            any(
                r#""Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"}}"#,
            ),
            "service sns organization o-a1b2c3d4e5",
        ),
        // Keys: every call is signed.
        (KEY, any(r#""Principal":"*","Action":"kms:*","Resource":"*""#), "any_aws_account"),
        (KEY, any(r#""Principal":{"AWS":"*"},"Action":"kms:Decryp?","Resource":"*""#), "any_aws_account"),
        (
            KEY,
            any(
                r#""Principal":{"AWS":"*"},"Action":["kms:Decrypt","kms:Encrypt"],"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"s3.eu-west-1.amazonaws.com"}}"#,
            ),
            "own_account",
        ),
        (
            KEY,
            any(
                r#""Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}"#,
            ),
            "any_aws_account",
        ),
        (KEY, any(r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*""#), "own_account"),
        (
            KEY,
            any(r#""Principal":{"AWS":["arn:aws:iam::111122223333:root","*"]},"Action":"kms:*","Resource":"*""#),
            "any_aws_account, own_account",
        ),
        (
            KEY,
            any(r#""Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringLike":{"kms:CallerAccount":"*"}}"#),
            "any_aws_account",
        ),
        (
            KEY,
            any(
                r#""Principal":{"AWS":"999988887777"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}"#,
            ),
            "account 999988887777",
        ),
        // Functions.
        (
            FUNCTION,
            any(r#""Principal":"*","Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:eu-west-1:111122223333:function:f""#),
            "any_aws_account",
        ),
        (
            FUNCTION,
            any(r#""Principal":"*","Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:eu-west-1:111122223333:function:f:live""#),
            "any_aws_account",
        ),
        (
            FUNCTION,
            any(
                r#""Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"*","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}"#,
            ),
            "anyone",
        ),
        (
            FUNCTION,
            any(
                r#""Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"*","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}"#,
            ),
            "any_aws_account",
        ),
        (
            FUNCTION,
            any(
                r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"lambda:InvokeFunctionUrl","Resource":"*","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}"#,
            ),
            "own_account",
        ),
        (
            FUNCTION,
            any(
                r#""Principal":"*","Action":"lambda:InvokeFunction","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
            ),
            "own_organization",
        ),
        (
            FUNCTION,
            any(r#""Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"*""#),
            "service s3 nothing",
        ),
        (
            FUNCTION,
            any(
                r#""Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"*","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::my-bucket"}}"#,
            ),
            "service s3 resource",
        ),
        (
            FUNCTION,
            any(
                r#""Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"*","Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::my-bucket"}}"#,
            ),
            "service s3 account 111122223333",
        ),
        (
            FUNCTION,
            any(
                r#""Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"*","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:eu-west-1:111122223333:api/*/GET/x"}}"#,
            ),
            "service apigateway account 111122223333",
        ),
        (
            FUNCTION,
            any(
                r#""Principal":{"Service":"alexa-appkit.amazon.com"},"Action":"lambda:InvokeFunction","Resource":"*","Condition":{"StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill.x"}}"#,
            ),
            "service alexa-appkit.amazon.com token",
        ),
        (
            FUNCTION,
            any(
                r#""Principal":"*","Action":"lambda:InvokeFunction","Resource":"*","Condition":{"StringEquals":{"lambda:EventSourceToken":"t"}}"#,
            ),
            "any_aws_account",
        ),
        (FUNCTION, any(r#""Principal":{"AWS":"999988887777"},"Action":"lambda:Get*","Resource":"*""#), "account 999988887777"),
        // Secrets, repositories, vaults, buses, tables, streams.
        (
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-AbCdEf",
            any(r#""Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*""#),
            "any_aws_account",
        ),
        (
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-AbCdEf",
            any(
                r#""Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}"#,
            ),
            "any_aws_account",
        ),
        (
            "arn:aws:ecr:eu-west-1:111122223333:repository/r",
            any(r#""Principal":"*","Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]"#),
            "any_aws_account",
        ),
        (
            "arn:aws:ecr:eu-west-1:111122223333:repository/r",
            any(r#""Principal":{"AWS":"arn:aws:iam::222233334444:root"},"Action":"ecr:*""#),
            "account 222233334444",
        ),
        (
            "arn:aws:backup:eu-west-1:111122223333:backup-vault:v",
            any(r#""Principal":"*","Action":"backup:CopyIntoBackupVault","Resource":"*""#),
            "any_aws_account",
        ),
        (
            "arn:aws:events:eu-west-1:111122223333:event-bus/default",
            any(r#""Principal":"*","Action":"events:PutEvents","Resource":"arn:aws:events:eu-west-1:111122223333:event-bus/default""#),
            "any_aws_account",
        ),
        (
            "arn:aws:events:eu-west-1:111122223333:event-bus/default",
            any(
                r#""Principal":"*","Action":"events:PutEvents","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-zzzzzzzzzz"}}"#,
            ),
            "other_organization o-zzzzzzzzzz",
        ),
        (
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
            any(r#""Principal":"*","Action":"dynamodb:Query","Resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/*""#),
            "any_aws_account",
        ),
        (
            "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
            any(r#""Principal":{"AWS":"999988887777"},"Action":"kinesis:PutRecord","Resource":"*""#),
            "account 999988887777",
        ),
        (
            "arn:aws:glacier:eu-west-1:111122223333:vaults/v",
            any(r#""Principal":"*","Action":"glacier:*","Resource":"*""#),
            "any_aws_account",
        ),
        // File systems.
        (
            "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1",
            any(r#""Principal":{"AWS":"*"},"Action":"elasticfilesystem:ClientMount""#),
            "anyone",
        ),
        (
            "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1",
            any(
                r#""Principal":{"AWS":"*"},"Action":["elasticfilesystem:ClientMount","elasticfilesystem:ClientWrite"],"Condition":{"Bool":{"elasticfilesystem:AccessedViaMountTarget":"true"}}"#,
            ),
            "mount_target",
        ),
        // OpenSearch.
        (
            "arn:aws:es:eu-west-1:111122223333:domain/d",
            any(r#""Principal":{"AWS":"*"},"Action":"es:*","Resource":"arn:aws:es:eu-west-1:111122223333:domain/d/*""#),
            "anyone",
        ),
        (
            "arn:aws:es:eu-west-1:111122223333:domain/d",
            any(
                r#""Principal":{"AWS":"*"},"Action":"es:ESHttp*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["203.0.114.0/24"]}}"#,
            ),
            "addresses named",
        ),
        (
            "arn:aws:es:eu-west-1:111122223333:domain/d",
            any(
                r#""Principal":{"AWS":"*"},"Action":"es:ESHttp*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#,
            ),
            "anyone",
        ),
        // APIs.
        (
            "arn:aws:execute-api:eu-west-1:111122223333:api",
            any(r#""Principal":"*","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:eu-west-1:111122223333:api/*""#),
            "anyone",
        ),
        (
            "arn:aws:execute-api:eu-west-1:111122223333:api",
            any(
                r#""Principal":"*","Action":"execute-api:Invoke","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-0a1b2c3d"}}"#,
            ),
            "endpoint vpce-0a1b2c3d",
        ),
        // A service without a table of its own.
        (
            "arn:aws:codeartifact:eu-west-1:111122223333:domain/d",
            any(r#""Principal":"*","Action":"codeartifact:*","Resource":"*""#),
            "any_aws_account",
        ),
    ]
}

#[test]
fn services() {
    let mut wrong = Vec::new();
    for (arn, members, expected) in cases() {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{members}}}]}}"#);
        let found = words(&exposures(&document(&text), &Resource::of_arn(arn).unwrap(), &known()));
        if found != expected {
            wrong.push(format!("{members}\n   is {found:?}\n   not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn inside_a_vpc() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"es:*","Resource":"*"}]}"#;
    let domain = Resource { vpc_only: true, ..Resource::of_arn("arn:aws:es:eu-west-1:111122223333:domain/d").unwrap() };
    let found = exposures(&document(text), &domain, &known());
    assert_eq!(words(&found), "vpc");
    assert!(found.iter().all(|exposure| !exposure.audience.is_public()));
}

#[test]
fn lambda_permissions() {
    let given = |principal: &str, action: &str| LambdaPermission {
        principal: principal.into(),
        action: action.into(),
        ..LambdaPermission::default()
    };
    let url = |auth: &str| LambdaPermission { function_url_auth_type: Some(auth.into()), ..given("*", "lambda:InvokeFunctionUrl") };
    let cases = [
        (given("*", "lambda:InvokeFunction"), "any_aws_account"),
        (url("NONE"), "anyone"),
        (url("AWS_IAM"), "any_aws_account"),
        (LambdaPermission { invoked_via_function_url: Some(true), ..given("*", "lambda:InvokeFunction") }, "any_aws_account"),
        (given("999988887777", "lambda:InvokeFunction"), "account 999988887777"),
        (given("arn:aws:iam::999988887777:root", "lambda:*"), "account 999988887777"),
        (given("arn:aws:iam::999988887777:role/r", "lambda:InvokeFunction"), "account 999988887777"),
        (given("111122223333", "lambda:InvokeFunction"), "own_account"),
        (given("s3.amazonaws.com", "lambda:InvokeFunction"), "service s3 nothing"),
        (
            LambdaPermission { source_arn: Some("arn:aws:s3:::my-bucket".into()), ..given("s3.amazonaws.com", "lambda:InvokeFunction") },
            "service s3 resource",
        ),
        (
            LambdaPermission {
                source_arn: Some("arn:aws:s3:::my-bucket".into()),
                source_account: Some(OWNER.into()),
                ..given("s3.amazonaws.com", "lambda:InvokeFunction")
            },
            "service s3 account 111122223333",
        ),
        (
            LambdaPermission {
                source_arn: Some("arn:aws:sns:eu-west-1:111122223333:t".into()),
                ..given("sns.amazonaws.com", "lambda:InvokeFunction")
            },
            "service sns account 111122223333",
        ),
        (
            LambdaPermission {
                source_arn: Some("arn:aws:events:*:*:rule/*".into()),
                ..given("events.amazonaws.com", "lambda:InvokeFunction")
            },
            "service events nothing",
        ),
        (LambdaPermission { principal_org_id: Some("o-a1b2c3d4e5".into()), ..given("*", "lambda:InvokeFunction") }, "own_organization"),
        (
            LambdaPermission { event_source_token: Some("t".into()), ..given("alexa-appkit.amazon.com", "lambda:InvokeFunction") },
            "service alexa-appkit.amazon.com token",
        ),
    ];
    for (permission, expected) in cases {
        let found = exposures(&lambda_permission(&permission), &Resource::of_arn(FUNCTION).unwrap(), &known());
        assert_eq!(words(&found), expected, "{permission:?}");
    }
}
