//! Large AWS Config snapshots for benchmarks: items of six types, 2 to 4 KB each, every resource once.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::Outcome;
use crate::clock::{iso_millis, t};
use crate::random::Random;
use crate::trail_files::{gzip, save};

const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];
const REGIONS: [&str; 4] = ["eu-west-1", "eu-central-1", "us-east-1", "us-west-2"];
const TEAMS: [&str; 6] = ["payments", "data", "platform", "web", "mobile", "security"];

/// Writes `items` items into `files` snapshots.
pub fn write(out: &Path, seed: u64, items: u64, files: u64) -> Outcome<()> {
    for file in 0..files {
        let mut random = Random::new(&[seed, 0xc0f1, file]);
        let (first, last) = (items * file / files, items * (file + 1) / files);
        let place = (ACCOUNTS[file as usize % ACCOUNTS.len()], REGIONS[file as usize % REGIONS.len()]);
        let snapshot = random.new_uuid();
        let mut text = String::with_capacity(((last - first) * 2_600) as usize);
        write!(text, "{{\"fileVersion\":\"1.0\",\"configSnapshotId\":\"{snapshot}\",\"configurationItems\":[")?;
        for number in first..last {
            if number > first {
                text.push(',');
            }
            write!(text, "{}", item(&mut random, number, place))?;
        }
        text.push_str("]}");
        let name = format!("{}_Config_{}_ConfigSnapshot_20260630T225012Z_{snapshot}.json.gz", place.0, place.1);
        let folder = format!("config/AWSLogs/{}/Config/{}/2026/6/30/ConfigSnapshot", place.0, place.1);
        save(&out.join(folder).join(name), &gzip(text.as_bytes(), 6)?)?;
    }
    Ok(())
}

fn item(random: &mut Random, number: u64, (account, region): (&str, &str)) -> Value {
    let hex = |n: u64, prefix: &str| format!("{prefix}{:017x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4);
    let team = *random.pick(&TEAMS);
    let vpc = hex(number / 5_000, "vpc-0");
    let group = hex(number / 40, "sg-0");
    let (kind, id, configuration) = match number % 6 {
        0 => ("EC2::Instance", hex(number, "i-0"), instance(random, number, &vpc, &group)),
        1 => ("EC2::Volume", hex(number, "vol-0"), volume(random, number)),
        2 => ("EC2::SecurityGroup", hex(number, "sg-0"), security_group(random, number, &vpc)),
        3 => ("S3::Bucket", format!("example-{team}-{number}"), bucket(number, account, team)),
        4 => ("IAM::Role", hex(number, "AROA"), role(random, number, account, team)),
        _ => ("Lambda::Function", format!("{team}-function-{number}"), function(random, number, account, region, &group)),
    };
    let arn = format!("arn:aws:{}:{region}:{account}:{id}", kind.split("::").next().unwrap_or("x").to_ascii_lowercase());
    let at = t("2026-06-30 22:00:00") - random.between(0, 7_000_000);
    let cost_centre = format!("cc-{}", number % 50);
    json!({
        "relatedEvents": [],
        "relationships": [
            {"resourceId": vpc, "resourceType": "AWS::EC2::VPC", "name": "Is contained in Vpc"},
            {"resourceId": group, "resourceType": "AWS::EC2::SecurityGroup", "name": "Is associated with SecurityGroup"},
        ],
        "configuration": configuration,
        "supplementaryConfiguration": {},
        "tags": {"Name": format!("{team}-{number}"), "team": team, "environment": random.word(&["prod", "staging", "dev"]), "cost-centre": cost_centre},
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": iso_millis(at),
        "configurationStateId": 1_700_000_000_000_u64 + number,
        "awsAccountId": account,
        "configurationItemStatus": "OK",
        "resourceType": format!("AWS::{kind}"),
        "resourceId": id,
        "resourceName": format!("{team}-{number}"),
        "ARN": arn,
        "awsRegion": region,
        "availabilityZone": format!("{region}a"),
        "configurationStateMd5Hash": "",
        "resourceCreationTime": iso_millis(at - 9_000_000),
    })
}

fn instance(random: &mut Random, number: u64, vpc: &str, group: &str) -> Value {
    let address = format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255);
    let devices: Vec<Value> = (0..3)
        .map(|device| json!({"deviceName": format!("/dev/sd{}", ['a', 'b', 'c'][device]), "ebs": {"attachTime": "2026-01-10T10:00:00.000Z", "deleteOnTermination": device == 0, "status": "attached", "volumeId": format!("vol-0{:016x}", random.next())}}))
        .collect();
    json!({
        "amiLaunchIndex": 0, "imageId": format!("ami-0{:016x}", number % 40), "instanceId": format!("i-0{number:016x}"),
        "instanceType": random.word(&["m5.large", "t3.micro", "r6g.xlarge", "c7i.2xlarge"]), "kernelId": null, "keyName": null,
        "launchTime": "2026-01-10T10:00:00.000Z", "monitoring": {"state": random.word(&["disabled", "enabled"])},
        "placement": {"availabilityZone": "eu-west-1a", "groupName": "", "tenancy": "default"}, "platform": null,
        "privateDnsName": format!("ip-{}.internal", address.replace('.', "-")), "privateIpAddress": address, "productCodes": [],
        "publicDnsName": "", "publicIpAddress": null, "ramdiskId": null, "state": {"code": 16, "name": "running"},
        "stateTransitionReason": "", "subnetId": format!("subnet-0{:016x}", number / 900), "vpcId": vpc, "architecture": "x86_64",
        "blockDeviceMappings": devices, "clientToken": format!("{:032x}", random.next()), "ebsOptimized": true, "enaSupport": true,
        "hypervisor": "xen", "iamInstanceProfile": {"arn": "arn:aws:iam::111122223333:instance-profile/app", "id": "AIPAEXAMPLE"},
        "networkInterfaces": [{"description": "", "groups": [{"groupName": "app", "groupId": group}], "networkInterfaceId": format!("eni-0{:016x}", random.next()), "privateIpAddress": address, "sourceDestCheck": true, "status": "in-use", "vpcId": vpc}],
        "rootDeviceName": "/dev/sda", "rootDeviceType": "ebs", "securityGroups": [{"groupName": "app", "groupId": group}],
        "sourceDestCheck": true, "virtualizationType": "hvm", "cpuOptions": {"coreCount": 1, "threadsPerCore": 2},
        "metadataOptions": {"state": "applied", "httpTokens": random.word(&["optional", "required"]), "httpPutResponseHopLimit": 1, "httpEndpoint": "enabled"},
        "enclaveOptions": {"enabled": false}, "hibernationOptions": {"configured": false}, "licenses": [],
    })
}

fn volume(random: &mut Random, number: u64) -> Value {
    let attachments: Vec<Value> = if random.chance(900) {
        vec![
            json!({"attachTime": "2026-01-10T10:00:00.000Z", "device": "/dev/sda", "instanceId": format!("i-0{number:016x}"), "state": "attached", "volumeId": format!("vol-0{number:016x}"), "deleteOnTermination": false}),
        ]
    } else {
        Vec::new()
    };
    json!({
        "attachments": attachments, "availabilityZone": "eu-west-1a", "createTime": "2025-11-10T10:00:00.000Z", "encrypted": random.chance(800),
        "kmsKeyId": format!("arn:aws:kms:eu-west-1:111122223333:key/{}", random.new_uuid()), "size": random.between(8, 2_000), "snapshotId": format!("snap-0{:016x}", random.next()),
        "state": "in-use", "volumeId": format!("vol-0{number:016x}"), "iops": 3_000, "volumeType": random.word(&["gp2", "gp3", "io1"]), "multiAttachEnabled": false,
        "throughput": 125, "note": "x".repeat(1_100),
    })
}

fn security_group(random: &mut Random, number: u64, vpc: &str) -> Value {
    let rules: Vec<Value> = (0..6)
        .map(|rule| {
            let from = *random.pick(&[22, 80, 443, 3_306, 5_432, 8_080]);
            let range = format!("10.{}.{rule}.0/24", number % 250);
            json!({"fromPort": from, "ipProtocol": "tcp", "ipv6Ranges": [], "prefixListIds": [], "toPort": from, "userIdGroupPairs": [], "ipv4Ranges": [{"cidrIp": range, "description": "invented for measuring"}], "ipRanges": [range]})
        })
        .collect();
    json!({
        "description": "invented", "groupName": format!("group-{number}"), "ipPermissions": rules, "ownerId": "111122223333", "groupId": format!("sg-0{number:016x}"),
        "ipPermissionsEgress": [{"ipProtocol": "-1", "ipv6Ranges": [], "prefixListIds": [], "userIdGroupPairs": [], "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}], "ipRanges": ["0.0.0.0/0"]}], "vpcId": vpc,
    })
}

fn bucket(number: u64, account: &str, team: &str) -> Value {
    let lifecycle: Vec<Value> = (0..5)
        .map(|rule| json!({"id": format!("rule-{rule}"), "status": "Enabled", "prefix": format!("{team}/{rule}/"), "expirationInDays": 30 * (rule + 1), "noncurrentVersionExpirationInDays": 7, "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}]}))
        .collect();
    json!({"name": format!("example-{team}-{number}"), "owner": {"displayName": null, "id": format!("{number:064x}"), "accountId": account}, "creationDate": "2025-03-01T08:00:00.000Z", "region": "eu-west-1", "lifecycle": lifecycle, "note": "y".repeat(500)})
}

fn role(random: &mut Random, number: u64, account: &str, team: &str) -> Value {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let encoded = |text: &str| text.replace('{', "%7B").replace('}', "%7D").replace('"', "%22").replace(':', "%3A").replace(',', "%2C");
    let policies: Vec<Value> = (0..3)
        .map(|policy| {
            let document = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"s{policy}","Effect":"Allow","Action":["s3:GetObject","s3:PutObject","logs:*"],"Resource":["arn:aws:s3:::example-{team}-{}/*"]}}]}}"#,
                random.below(1_000)
            );
            json!({"policyName": format!("inline-{policy}"), "policyDocument": encoded(&document)})
        })
        .collect();
    json!({
        "path": "/", "roleName": format!("{team}-role-{number}"), "roleId": format!("AROA{number:017}"), "arn": format!("arn:aws:iam::{account}:role/{team}-role-{number}"), "createDate": "2025-03-01T08:00:00.000Z",
        "assumeRolePolicyDocument": encoded(trust), "instanceProfileList": [], "rolePolicyList": policies,
        "attachedManagedPolicies": [{"policyName": "ReadOnlyAccess", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}], "permissionsBoundary": null, "tags": [], "roleLastUsed": null,
    })
}

fn function(random: &mut Random, number: u64, account: &str, region: &str, group: &str) -> Value {
    let variables: serde_json::Map<String, Value> =
        (0..8).map(|n| (format!("SETTING_{n}"), json!(format!("{:032x}", random.next())))).collect();
    json!({
        "functionName": format!("function-{number}"), "functionArn": format!("arn:aws:lambda:{region}:{account}:function:function-{number}"), "runtime": random.word(&["python3.9", "python3.12", "nodejs18.x", "java21"]),
        "role": format!("arn:aws:iam::{account}:role/function-{number}"), "handler": "index.handler", "codeSize": random.between(1_000, 9_000_000), "description": "z".repeat(700), "timeout": 30, "memorySize": 512,
        "lastModified": "2026-05-01T10:00:00.000+0000", "codeSha256": format!("{:044x}", random.next()), "version": "$LATEST", "environment": {"variables": variables},
        "tracingConfig": {"mode": "PassThrough"}, "revisionId": random.new_uuid(), "layers": [], "state": "Active", "packageType": "Zip", "architectures": ["x86_64"], "vpcConfig": {"subnetIds": ["subnet-0a", "subnet-0b"], "securityGroupIds": [group]},
    })
}
