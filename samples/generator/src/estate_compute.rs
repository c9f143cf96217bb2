//! Compute: instances, volumes, scaling groups, functions, a cluster, image repositories.

use serde_json::{Value, json};

use crate::answers::Answers;
use crate::clock::t;
use crate::estate::{DEV_IE, DEV_US, Estate, PROD_IE, SEC_IE, arn, main_key, standard_tags};
use crate::item::{Place, Resource};
use crate::world::{functions, resource_id as id};

/// Adds them.
pub fn build(e: &mut Estate<'_>) {
    instances(e);
    volumes(e);
    scaling(e);
    lambdas(e);
    containers(e);
}

/// One instance: number, place, type, role, zone, subnet, groups.
struct Machine(u64, Place, &'static str, &'static str, &'static str, u64, u64);

fn machines() -> Vec<Machine> {
    vec![
        Machine(101, PROD_IE, "m7g.large", "ec2-web", "a", 112, 102),
        Machine(102, PROD_IE, "m7g.large", "ec2-web", "b", 113, 102),
        Machine(103, PROD_IE, "m7g.large", "ec2-batch", "a", 101, 104),
        Machine(104, PROD_IE, "c7g.xlarge", "ec2-batch", "b", 113, 102),
        Machine(401, DEV_IE, "t4g.medium", "dev-ec2", "a", 412, 402),
        Machine(402, DEV_IE, "t4g.medium", "dev-ec2", "a", 412, 402),
        Machine(403, DEV_IE, "t2.micro", "dev-ec2", "a", 412, 402),
        Machine(404, DEV_IE, "t4g.medium", "dev-ec2", "b", 413, 402),
        Machine(405, DEV_US, "t4g.medium", "dev-ec2", "a", 512, 502),
        Machine(701, SEC_IE, "m7g.large", "ec2-siem", "a", 712, 702),
    ]
}

fn instances(e: &mut Estate<'_>) {
    for Machine(n, place, kind, role, zone, subnet, sg) in machines() {
        let i = id("i", n);
        let az = format!("{}{zone}", place.1);
        let vpc = subnet / 100 * 100 + 1;
        let architecture = if kind.starts_with("t2") { "x86_64" } else { "arm64" };
        let configuration = json!({
            "instanceId": i, "state": {"code": 16, "name": "running"}, "instanceType": kind, "imageId": id("ami", 1), "launchTime": "2026-02-10T08:00:00.000Z",
            "platformDetails": "Linux/UNIX", "usageOperation": "RunInstances", "architecture": architecture, "ebsOptimized": true, "enaSupport": true,
            "monitoring": {"state": "enabled"}, "virtualizationType": "hvm", "hypervisor": "xen", "rootDeviceType": "ebs", "rootDeviceName": "/dev/xvda",
            "iamInstanceProfile": {"arn": format!("arn:aws:iam::{}:instance-profile/{role}", place.0), "id": format!("AIPAEXAMPLE{n:010}")},
            "metadataOptions": {"state": "applied", "httpTokens": "required", "httpPutResponseHopLimit": 1, "httpEndpoint": "enabled"},
            "maintenanceOptions": {"autoRecovery": "default"}, "privateIpAddress": format!("10.{}.1.{}", n / 100 * 10, n % 100 + 10),
            "networkInterfaces": [{"networkInterfaceId": id("eni", n), "status": "in-use", "subnetId": id("subnet", subnet), "vpcId": id("vpc", vpc)}],
            "securityGroups": [{"groupId": id("sg", sg), "groupName": "app"}], "subnetId": id("subnet", subnet), "vpcId": id("vpc", vpc),
            "placement": {"availabilityZone": az, "tenancy": "default"}, "stateTransitionReason": "",
            "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeId": id("vol", n), "status": "attached", "deleteOnTermination": true}}]
        });
        let mut r = Resource::new(place, "EC2::Instance", &i, &i, &arn("ec2", place, &format!("instance/{i}")), configuration)
            .zone(&az)
            .tags(&standard_tags(place))
            .tag("Name", &format!("{role}-{n}"))
            .related("Is contained in Vpc", "EC2::VPC", &id("vpc", vpc))
            .related("Is attached to Volume", "EC2::Volume", &id("vol", n));
        match n {
            103 => {
                r = r
                    .changed("04-16 10:00:00", |v| {
                        v.configuration["publicIpAddress"] = json!("203.0.113.140");
                        v.configuration["networkInterfaces"][0]["association"] =
                            json!({"publicIp": "203.0.113.140", "ipOwnerId": "amazon"});
                    })
                    .changed("06-17 10:02:00", |v| v.configuration["metadataOptions"]["httpTokens"] = json!("optional"));
                e.flaw(place, &i, "public address since 2026-04-16", &["ec2-no-public-ip"]);
                e.flaw(place, &i, "instance metadata version 1 allowed since 2026-06-17", &["ec2-imdsv2"]);
            }
            104 => {
                // The tag of a person who left, taken away.
                r = r.changed("04-23 09:00:00", |v| v.tags.retain(|(k, _)| k != "Owner"));
                e.flaw(place, &i, "no Owner tag", &["tag-owner", "tag-coverage"]);
            }
            402 => r = r.tag("Note", "a|b `code` <b>bold</b> \u{202e}evil\u{202c}"),
            403 => {
                r = r.with("keyName", &json!("old-laptop"));
                e.flaw(place, &i, "previous generation", &["ec2-current-generation"]);
                e.flaw(place, &i, "started with a key pair", &["ec2-key-pair-in-use"]);
            }
            404 => {
                r = r
                    .with("state", &json!({"code": 80, "name": "stopped"}))
                    .with("stateTransitionReason", &json!("User initiated (2026-03-02 10:00:00 GMT)"));
                if let Some(first) = r.versions.first_mut() {
                    first.at = t("2026-03-02 10:02:00");
                }
                e.flaw(place, &i, "stopped since 2026-03-02", &["ec2-stopped-too-long"]);
            }
            _ => {}
        }
        e.add(r);
    }
    e.answers.at_least("tag-coverage", "which types are taggable depends on the control");
    e.answers.at_least("tag-owner", "which types are taggable depends on the control");
}

/// What each volume is, so that the cost rows can agree: number, place, GiB, type, zone.
pub fn volume_list() -> Vec<(u64, Place, u64, &'static str, &'static str)> {
    let mut list: Vec<_> = machines()
        .iter()
        .map(|m| (m.0, m.1, if m.0 < 400 { 100 } else { 50 }, if m.0 == 401 || m.0 == 402 { "gp2" } else { "gp3" }, m.4))
        .collect();
    list.extend([
        (121, PROD_IE, 500, "gp3", "a"),
        (122, PROD_IE, 200, "gp3", "b"),
        (123, PROD_IE, 250, "gp3", "b"),
        (421, DEV_IE, 300, "gp3", "a"),
    ]);
    list
}

/// Volumes that belong to no instance.
pub const UNATTACHED: [u64; 3] = [121, 122, 421];

fn volumes(e: &mut Estate<'_>) {
    for (n, place, size, kind, zone) in volume_list() {
        let v = id("vol", n);
        let az = format!("{}{zone}", place.1);
        let attached = !UNATTACHED.contains(&n);
        let mut configuration = json!({"volumeId": v, "volumeType": kind, "size": size, "iops": 3000, "throughput": if kind == "gp3" { json!(125) } else { Value::Null }, "encrypted": true, "kmsKeyId": main_key(place), "state": if attached { "in-use" } else { "available" }, "attachments": [], "availabilityZone": az, "createTime": "2025-05-01T08:00:00.000Z", "snapshotId": "", "multiAttachEnabled": false});
        if attached {
            let instance = if n == 123 { 104 } else { n };
            configuration["attachments"] = json!([{"instanceId": id("i", instance), "volumeId": v, "state": "attached", "device": "/dev/xvda", "deleteOnTermination": n != 123}]);
        }
        let mut r = Resource::new(place, "EC2::Volume", &v, &v, &arn("ec2", place, &format!("volume/{v}")), configuration)
            .zone(&az)
            .tags(&standard_tags(place));
        if !attached {
            e.flaw(place, &v, "attached to nothing", &["ebs-unattached", "cost-ebs-unattached"]);
        }
        if kind == "gp2" {
            e.flaw(place, &v, "gp2", &["ebs-gp2"]);
        }
        match n {
            123 => {
                r = r.with("encrypted", &json!(false)).with("kmsKeyId", &Value::Null);
                e.flaw(place, &v, "not encrypted", &["ebs-volume-encrypted"]);
            }
            122 => {
                r = r.tag("CostCenter", "");
                e.flaw(place, &v, "no CostCenter tag", &["tag-coverage"]);
            }
            404 => e.flaw(place, &v, "attached to an instance stopped since 2026-03-02", &["ebs-on-stopped-instance"]),
            _ => {}
        }
        // An item of the newer shape, whose state is wrapped.
        if n == 701 {
            r = r.with("state", &json!({"value": "in-use"}));
        }
        e.add(r);
    }
}

fn scaling(e: &mut Estate<'_>) {
    for (place, name, zones, max, health, policy) in [
        (PROD_IE, "web", &["a", "b"][..], 8, "ELB", true),
        (PROD_IE, "batch", &["a", "b"][..], 6, "ELB", true),
        (DEV_IE, "dev-web", &["a"][..], 2, "EC2", false),
    ] {
        let a = arn("autoscaling", place, &format!("autoScalingGroup:0ac3e000-0000-4000-8000-000000000001:autoScalingGroupName/{name}"));
        let az: Vec<String> = zones.iter().map(|z| format!("{}{z}", place.1)).collect();
        let mut r = Resource::new(place, "AutoScaling::AutoScalingGroup", &a, name, &a, json!({
            "autoScalingGroupARN": a, "autoScalingGroupName": name, "minSize": 2, "maxSize": max, "desiredCapacity": 2, "availabilityZones": az, "healthCheckType": health,
            "healthCheckGracePeriod": 120, "launchTemplate": {"launchTemplateId": id("lt", 111), "launchTemplateName": "web", "version": "12"}, "suspendedProcesses": [], "capacityRebalance": false,
            "instances": [], "loadBalancerNames": [], "targetGroupARNs": [arn("elasticloadbalancing", place, "targetgroup/web/0ac3e00000000001")], "createdTime": "2025-04-05T09:00:00.000Z"
        }))
        .zone("Multiple Availability Zones")
        .tags(&standard_tags(place));
        for (week, desired) in [("04-13 07:00:00", 4), ("05-11 07:00:00", 3), ("06-08 07:00:00", 2)] {
            if policy {
                r = r.changed(week, |v| v.configuration["desiredCapacity"] = json!(desired));
            }
        }
        e.add(r);
        if policy {
            let p = arn(
                "autoscaling",
                place,
                &format!("scalingPolicy:0ac3e000-0000-4000-8000-000000000002:autoScalingGroupName/{name}:policyName/cpu"),
            );
            e.add(Resource::new(place, "AutoScaling::ScalingPolicy", &p, "cpu", &p, json!({"policyARN": p, "policyName": "cpu", "policyType": "TargetTrackingScaling", "autoScalingGroupName": name, "enabled": true, "targetTrackingConfiguration": {"targetValue": 50.0, "disableScaleIn": false, "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"}}})).tags(&standard_tags(place)));
        } else {
            e.flaw(
                place,
                &a,
                "one zone, no room, no policy, health of the host only",
                &["asg-multi-az", "asg-has-room", "asg-scaling-policy", "asg-elb-healthcheck"],
            );
        }
    }
}

fn lambdas(e: &mut Estate<'_>) {
    for place in [PROD_IE, DEV_IE, SEC_IE] {
        let (short, base) = match place {
            PROD_IE => ("prod", 101),
            DEV_IE => ("dev", 401),
            _ => ("sec", 701),
        };
        for (name, role) in functions(short) {
            let f = arn("lambda", place, &format!("function:{name}"));
            let mut r = Resource::new(place, "Lambda::Function", name, name, &f, json!({
                "functionName": name, "functionArn": f, "runtime": "python3.13", "architectures": ["arm64"], "memorySize": 512, "timeout": 30, "tracingConfig": {"mode": "Active"},
                "vpcConfig": {"vpcId": id("vpc", base), "subnetIds": [id("subnet", base + 11), id("subnet", base + 12)], "securityGroupIds": [id("sg", base + 1)]},
                "deadLetterConfig": {"targetArn": arn("sqs", place, "failed")}, "kmskeyArn": main_key(place), "lastModified": "2026-03-20T09:00:00.000+0000", "packageType": "Zip",
                "role": format!("arn:aws:iam::{}:role/{role}", place.0), "handler": "app.handler", "codeSize": 40_960, "state": {"value": "Active"}, "layers": [],
                "environment": {"variables": {"STAGE": short}}
            }))
            .tags(&standard_tags(place))
            .extra("Concurrency", json!({"reservedConcurrentExecutions": 20}))
            .extra("Policy", policy_text(&json!({"Sid": "api", "Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "lambda:InvokeFunction", "Resource": f, "Condition": {"StringEquals": {"AWS:SourceAccount": place.0}}})));
            // Deployments by the pipeline.
            for (at, day) in ["04-15", "05-12", "06-10"].iter().enumerate() {
                if (name.len() + at) % 2 == 0 {
                    r = r.changed(&format!("{day} 11:{:02}:00", name.len()), |v| {
                        v.configuration["lastModified"] = json!(format!("2026-{day}T11:{:02}:00.000+0000", name.len() - 1));
                    });
                }
            }
            r = spoil(e.answers, place, name, r, &f, base);
            e.add(r);
        }
    }
}

fn policy_text(statement: &Value) -> Value {
    json!(json!({"Version": "2012-10-17", "Id": "default", "Statement": [statement]}).to_string())
}

fn spoil(answers: &mut Answers, place: Place, name: &str, r: Resource, f: &str, base: u64) -> Resource {
    let mut flaw = |why: &str, controls: &[&str]| {
        for control in controls {
            answers.add(control, place.0, place.1, name, why);
        }
    };
    match name {
        "webhook-in" => {
            flaw("callable by everyone since 2026-05-28", &["lambda-not-public", "resource-policy-public-in-period"]);
            r.changed("05-28 13:12:00", |v| {
                v.supplementary.insert(
                    "Policy".to_owned(),
                    policy_text(
                        &json!({"Sid": "open", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": f}),
                    ),
                );
            })
        }
        "nightly-report" => {
            flaw("runtime out of support", &["lambda-runtime-supported"]);
            flaw("an access key in the environment", &["lambda-env-secrets"]);
            r.with("runtime", &json!("python3.7")).with("environment", &json!({"variables": {"STAGE": "prod", "AWS_KEY": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}}))
        }
        "old-importer" => {
            flaw(
                "x86, untraced, one subnet, no dead-letter queue",
                &["lambda-arm64", "lambda-tracing", "lambda-vpc-multi-az", "lambda-dlq"],
            );
            flaw("smallest memory and timeout", &["lambda-memory-timeout"]);
            flaw("runtime out of support", &["lambda-runtime-supported"]);
            r.with("architectures", &json!(["x86_64"]))
                .with("tracingConfig", &json!({"mode": "PassThrough"}))
                .with("runtime", &json!("nodejs12.x"))
                .with("memorySize", &json!(128))
                .with("timeout", &json!(3))
                .with("deadLetterConfig", &Value::Null)
                .with(
                    "vpcConfig",
                    &json!({"vpcId": id("vpc", base), "subnetIds": [id("subnet", base + 11)], "securityGroupIds": [id("sg", base + 1)]}),
                )
        }
        _ => r,
    }
}

fn containers(e: &mut Estate<'_>) {
    for (place, name, public, base) in [(PROD_IE, "robots", false, 101), (DEV_IE, "dev-robots", true, 401)] {
        let c = arn("eks", place, &format!("cluster/{name}"));
        let cidrs = if public { json!(["0.0.0.0/0"]) } else { json!([]) };
        e.add(
            Resource::new(place, "EKS::Cluster", name, name, &c, json!({"Name": name, "Arn": c, "Version": "1.34", "RoleArn": format!("arn:aws:iam::{}:role/eks-cluster", place.0), "ResourcesVpcConfig": {"EndpointPublicAccess": public, "EndpointPrivateAccess": true, "PublicAccessCidrs": cidrs, "SubnetIds": [id("subnet", base + 11), id("subnet", base + 12)], "SecurityGroupIds": [id("sg", base + 1)]}, "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}, {"Type": "audit"}, {"Type": "authenticator"}, {"Type": "controllerManager"}, {"Type": "scheduler"}]}}, "EncryptionConfig": [{"Provider": {"KeyArn": main_key(place)}, "Resources": ["secrets"]}]}))
                .tags(&standard_tags(place)),
        );
        if public {
            e.flaw(place, name, "cluster endpoint open to the internet", &["eks-endpoint-private"]);
        }
    }
    for (place, name, good) in [(PROD_IE, "shop/web", true), (PROD_IE, "robots/firmware", true), (DEV_IE, "dev/tools", false)] {
        let a = arn("ecr", place, &format!("repository/{name}"));
        e.add(
            Resource::new(place, "ECR::Repository", name, name, &a, json!({"RepositoryName": name, "Arn": a, "ImageScanningConfiguration": {"ScanOnPush": good}, "ImageTagMutability": if good { "IMMUTABLE" } else { "MUTABLE" }, "LifecyclePolicy": {"RegistryId": place.0, "LifecyclePolicyText": "{\"rules\":[{\"rulePriority\":1,\"selection\":{\"tagStatus\":\"untagged\",\"countType\":\"sinceImagePushed\",\"countUnit\":\"days\",\"countNumber\":14},\"action\":{\"type\":\"expire\"}}]}"}, "EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": main_key(place)}}))
                .tags(&standard_tags(place)),
        );
        if !good {
            e.flaw(place, name, "no scan on push, tags can be overwritten", &["ecr-scan", "ecr-immutable"]);
        }
    }
}
