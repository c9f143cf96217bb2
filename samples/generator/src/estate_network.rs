//! Networks: VPCs, subnets, routes, NAT gateways, addresses, security groups, flow logs, load balancers.

use serde_json::{Value, json};

use crate::estate::{DEV_IE, Estate, PROD_IE, SEC_IE, arn, standard_tags};
use crate::item::{Place, Resource};
use crate::world::{PROD, resource_id as id};

fn ec2(place: Place, kind: &'static str, slug: &str, rid: &str, configuration: Value) -> Resource {
    Resource::new(place, kind, rid, rid, &arn("ec2", place, &format!("{slug}/{rid}")), configuration).tags(&standard_tags(place))
}

/// Adds them.
pub fn build(e: &mut Estate<'_>) {
    vpc(e, PROD_IE, 101, "10.20", &["a", "b"], true);
    vpc(e, (PROD, "us-east-1"), 201, "10.21", &["a", "b"], true);
    vpc(e, DEV_IE, 401, "10.40", &["a"], false);
    vpc(e, SEC_IE, 701, "10.70", &["a", "b"], true);
    groups(e);
    addresses(e);
    balancers(e);
}

/// One VPC with a public and a private subnet in zones a and b. `nats` names the zones that have a NAT gateway.
fn vpc(e: &mut Estate<'_>, place: Place, n: u64, net: &str, nats: &[&str], logged: bool) {
    let v = id("vpc", n);
    e.add(
        ec2(place, "EC2::VPC", "vpc", &v, json!({"vpcId": v, "cidrBlock": format!("{net}.0.0/16"), "isDefault": false, "state": "available", "instanceTenancy": "default", "ownerId": place.0, "dhcpOptionsId": id("dopt", n)}))
            .zone("Multiple Availability Zones"),
    );
    let flow = Resource::new(place, "EC2::FlowLog", &id("fl", n), &id("fl", n), &arn("ec2", place, &format!("vpc-flow-log/{}", id("fl", n))), json!({
        "flowLogId": id("fl", n), "resourceId": v, "flowLogStatus": "ACTIVE", "trafficType": "ALL", "logDestinationType": "cloud-watch-logs",
        "logGroupName": "/vpc/flow", "deliverLogsStatus": "SUCCESS", "maxAggregationInterval": 60, "creationTime": "2025-04-02T09:00:00.000Z"
    }))
    .tags(&standard_tags(place));
    if logged {
        e.add(flow);
    } else {
        e.add(flow.deleted("05-21 13:24:00"));
        e.flaw(place, &v, "flow log deleted, none left for the VPC", &["vpc-flow-logs"]);
    }
    for (at, zone) in ["a", "b"].iter().enumerate() {
        let az = format!("{}{zone}", place.1);
        for (public, offset) in [(true, 1), (false, 11)] {
            let number = n + offset - 1 + at as u64 + u64::from(!public);
            let s = id("subnet", number);
            let third = at as u64 + if public { 0 } else { 10 };
            let auto_public = public && !logged && *zone == "a";
            let zone_id = format!("{}-az{}", if place.1.starts_with("eu") { "euw1" } else { "use1" }, at + 1);
            e.add(
                ec2(place, "EC2::Subnet", "subnet", &s, json!({"subnetId": s, "vpcId": v, "availabilityZone": az, "availabilityZoneId": zone_id, "cidrBlock": format!("{net}.{third}.0/24"), "mapPublicIpOnLaunch": auto_public, "availableIpAddressCount": 200, "defaultForAz": false, "state": "available"}))
                    .zone(&az)
                    .tag("Name", if public { "public" } else { "private" })
                    .related("Is contained in Vpc", "EC2::VPC", &v),
            );
            if auto_public {
                e.flaw(place, &s, "subnet gives public addresses on launch", &["subnet-no-auto-public-ip"]);
            }
        }
        let public_subnet = id("subnet", n + at as u64);
        let private_subnet = id("subnet", n + 11 + at as u64);
        if nats.contains(zone) {
            let g = id("nat", n + at as u64);
            e.add(
                ec2(place, "EC2::NatGateway", "natgateway", &g, json!({"natGatewayId": g, "state": "available", "subnetId": public_subnet, "vpcId": v, "connectivityType": "public", "createTime": "2025-04-02T09:10:00.000Z", "natGatewayAddresses": [{"allocationId": id("eipalloc", n + at as u64), "publicIp": format!("198.51.100.{}", 100 + n % 100 + at as u64)}]}))
                    .zone("Not Applicable")
                    .related("Is contained in Subnet", "EC2::Subnet", &public_subnet),
            );
        } else {
            e.flaw(place, &private_subnet, "private subnet routes to a NAT gateway in another zone", &["nat-per-az"]);
        }
        let nat = id("nat", n + if nats.contains(zone) { at as u64 } else { 0 });
        for (public, table, subnet) in [(true, n + at as u64, &public_subnet), (false, n + 11 + at as u64, &private_subnet)] {
            let r = id("rtb", table);
            let way = if public {
                json!({"destinationCidrBlock": "0.0.0.0/0", "gatewayId": id("igw", n), "origin": "CreateRoute", "state": "active"})
            } else {
                json!({"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": nat, "origin": "CreateRoute", "state": "active"})
            };
            e.add(
                ec2(place, "EC2::RouteTable", "route-table", &r, json!({"routeTableId": r, "vpcId": v, "ownerId": place.0, "routes": [{"destinationCidrBlock": format!("{net}.0.0/16"), "gatewayId": "local", "origin": "CreateRouteTable", "state": "active"}, way], "associations": [{"main": false, "routeTableAssociationId": id("rtbassoc", table), "routeTableId": r, "subnetId": subnet, "associationState": {"state": "associated"}}]}))
                    .zone("Not Applicable"),
            );
        }
    }
    e.add(
        ec2(
            place,
            "EC2::InternetGateway",
            "internet-gateway",
            &id("igw", n),
            json!({"internetGatewayId": id("igw", n), "ownerId": place.0, "attachments": [{"state": "available", "vpcId": v}]}),
        )
        .zone("Multiple Availability Zones"),
    );
    // The default group of each VPC: no rules, save one.
    let sg = id("sg", n);
    let spoilt = n == 201;
    let rules = if spoilt {
        json!([{"ipProtocol": "-1", "ipRanges": [], "ipv4Ranges": [], "ipv6Ranges": [], "prefixListIds": [], "userIdGroupPairs": [{"groupId": sg, "userId": place.0}]}])
    } else {
        json!([])
    };
    e.add(group(place, n, n, "default", rules.clone()).with("ipPermissionsEgress", &rules));
    if spoilt {
        e.flaw(place, &sg, "default group has rules", &["vpc-default-sg-closed"]);
    }
}

fn group(place: Place, n: u64, vpc: u64, name: &str, rules: Value) -> Resource {
    let sg = id("sg", n);
    let mut resource = ec2(place, "EC2::SecurityGroup", "security-group", &sg, json!({"groupId": sg, "groupName": name, "description": name, "vpcId": id("vpc", vpc), "ownerId": place.0, "ipPermissions": rules, "ipPermissionsEgress": [rule("tcp", 443, "0.0.0.0/0")]}))
        .zone("Not Applicable")
        .related("Is contained in Vpc", "EC2::VPC", &id("vpc", vpc));
    name.clone_into(&mut resource.name);
    resource
}

fn rule(protocol: &str, port: u16, range: &str) -> Value {
    if range.contains("::") {
        json!({"fromPort": port, "toPort": port, "ipProtocol": protocol, "ipRanges": [], "ipv4Ranges": [], "ipv6Ranges": [{"cidrIpv6": range}], "prefixListIds": [], "userIdGroupPairs": []})
    } else {
        json!({"fromPort": port, "toPort": port, "ipProtocol": protocol, "ipRanges": [range], "ipv4Ranges": [{"cidrIp": range}], "ipv6Ranges": [], "prefixListIds": [], "userIdGroupPairs": []})
    }
}

fn groups(e: &mut Estate<'_>) {
    for (place, n, vpc, name, port, range) in [
        (PROD_IE, 102, 101, "web", 443, "10.20.0.0/16"),
        (PROD_IE, 103, 101, "database", 5433, "10.20.0.0/16"),
        (PROD_IE, 104, 101, "bastion", 443, "10.20.0.0/16"),
        (PROD_IE, 105, 101, "public-web", 443, "0.0.0.0/0"),
        ((PROD, "us-east-1"), 202, 201, "edge", 443, "10.21.0.0/16"),
        (DEV_IE, 402, 401, "dev-app", 443, "10.40.0.0/16"),
        (DEV_IE, 403, 401, "dev-desktop", 443, "10.40.0.0/16"),
        (DEV_IE, 404, 401, "dev-database", 5433, "10.40.0.0/16"),
        (SEC_IE, 702, 701, "siem", 443, "10.70.0.0/16"),
    ] {
        let sg = group(place, n, vpc, name, json!([rule("tcp", port, range)]));
        let sg = match n {
            104 => sg.changed("05-06 15:23:10", |v| {
                v.configuration["ipPermissions"] = json!([rule("tcp", 443, "10.20.0.0/16"), rule("tcp", 22, "0.0.0.0/0")])
            }),
            403 => sg
                .changed("05-19 09:02:30", |v| {
                    v.configuration["ipPermissions"] = json!([rule("tcp", 443, "10.40.0.0/16"), rule("tcp", 3389, "::/0")])
                })
                .changed("05-19 09:42:00", |v| v.configuration["ipPermissions"] = json!([rule("tcp", 443, "10.40.0.0/16")])),
            404 => sg.changed("04-20 13:07:00", |v| {
                v.configuration["ipPermissions"] = json!([rule("tcp", 5433, "10.40.0.0/16"), rule("tcp", 5432, "0.0.0.0/0")])
            }),
            _ => sg,
        };
        e.add(sg);
    }
    e.flaw(DEV_IE, &id("sg", 403), "remote desktop open to the internet for 40 minutes on 2026-05-19", &["sg-admin-ports-open-in-period"]);
    let ssh = id("sg", 104);
    e.flaw(
        PROD_IE,
        &ssh,
        "SSH open to the internet since 2026-05-06",
        &["sg-no-open-ssh", "sg-admin-ports-open-in-period", "sg-only-authorised-public-ports", "sg-attached-to-open-instance"],
    );
    e.flaw(
        DEV_IE,
        &id("sg", 404),
        "PostgreSQL open to the internet since 2026-04-20",
        &["sg-open-database-ports", "sg-no-open-high-risk-ports", "sg-only-authorised-public-ports"],
    );
    e.answers.at_least("sg-only-authorised-public-ports", "depends on the list of authorised ports");
    e.answers.at_least("sg-attached-to-open-instance", "one row per group or per interface");
    e.answers.at_least("nat-per-az", "one row per subnet or per VPC");
    // Interfaces, so that every group is in use; one has a public address and the open group.
    for (place, n, sg, subnet, public) in [
        (PROD_IE, 101, 102, 112, false),
        (PROD_IE, 102, 103, 113, false),
        (PROD_IE, 103, 104, 101, true),
        (PROD_IE, 104, 105, 101, false),
        ((PROD, "us-east-1"), 201, 202, 212, false),
        (DEV_IE, 401, 402, 412, false),
        (DEV_IE, 402, 403, 412, false),
        (DEV_IE, 403, 404, 412, false),
        (SEC_IE, 701, 702, 712, false),
    ] {
        let eni = id("eni", n);
        let mut configuration = json!({"networkInterfaceId": eni, "status": "in-use", "interfaceType": "interface", "requesterManaged": false, "sourceDestCheck": true, "subnetId": id("subnet", subnet), "vpcId": id("vpc", n / 100 * 100 + 1), "groups": [{"groupId": id("sg", sg), "groupName": "g"}], "attachment": {"attachmentId": id("eni-attach", n), "status": "attached", "deviceIndex": 0}});
        if n < 400 && n != 104 && n != 201 {
            configuration["attachment"]["instanceId"] = json!(id("i", n));
        }
        if public {
            configuration["association"] = json!({"publicIp": "203.0.113.140", "ipOwnerId": "amazon"});
        }
        let zone = format!("{}a", place.1);
        e.add(ec2(place, "EC2::NetworkInterface", "network-interface", &eni, configuration).zone(&zone));
    }
}

fn addresses(e: &mut Estate<'_>) {
    for (place, n, attached) in [
        (PROD_IE, 101, true),
        (PROD_IE, 102, true),
        (PROD_IE, 109, false),
        (DEV_IE, 401, true),
        (DEV_IE, 409, false),
        (SEC_IE, 701, true),
        (SEC_IE, 702, true),
        ((PROD, "us-east-1"), 201, true),
        ((PROD, "us-east-1"), 202, true),
    ] {
        let a = id("eipalloc", n);
        let mut configuration = json!({"allocationId": a, "publicIp": format!("198.51.100.{}", 100 + n % 100), "domain": "vpc"});
        if attached {
            configuration["associationId"] = json!(id("eipassoc", n));
            configuration["networkInterfaceId"] = json!(id("eni", n + 500));
        } else {
            e.flaw(place, &a, "Elastic IP address attached to nothing", &["eip-attached"]);
        }
        e.add(ec2(place, "EC2::EIP", "elastic-ip", &a, configuration).zone("Not Applicable"));
    }
}

fn balancers(e: &mut Estate<'_>) {
    for (place, name, kind, zones, logs, delete) in [
        (PROD_IE, "shop", "application", &["a", "b"][..], true, true),
        (PROD_IE, "telemetry", "network", &["a"][..], true, true),
        (DEV_IE, "dev-shop", "application", &["a", "b"][..], false, false),
    ] {
        let short = if kind == "application" { "app" } else { "net" };
        let lb = arn("elasticloadbalancing", place, &format!("loadbalancer/{short}/{name}/0ac3e00000000001"));
        let base = if place.0 == PROD { 101 } else { 401 };
        let az: Vec<Value> = zones.iter().enumerate().map(|(at, z)| json!({"zoneName": format!("{}{z}", place.1), "subnetId": id("subnet", base + at as u64), "loadBalancerAddresses": []})).collect();
        let attribute = |key: &str, on: bool| json!({"key": key, "value": on.to_string()});
        e.add(
            Resource::new(place, "ElasticLoadBalancingV2::LoadBalancer", &lb, name, &lb, json!({"loadBalancerArn": lb, "loadBalancerName": name, "type": kind, "scheme": if kind == "application" && place.0 == PROD { "internet-facing" } else { "internal" }, "state": {"code": "active"}, "availabilityZones": az, "securityGroups": [id("sg", base + 1)], "dNSName": format!("{name}-0ac3e.{}.elb.amazonaws.com", place.1), "createdTime": "2025-04-03T10:00:00.000Z", "vpcId": id("vpc", base)}))
                .zone("Multiple Availability Zones")
                .tags(&standard_tags(place))
                .extra("LoadBalancerAttributes", json!([attribute("access_logs.s3.enabled", logs), json!({"key": "access_logs.s3.bucket", "value": if logs { "acme-prod-access-logs" } else { "" }}), attribute("deletion_protection.enabled", delete), attribute("routing.http.drop_invalid_header_fields.enabled", true), json!({"key": "routing.http.desync_mitigation_mode", "value": "defensive"}), attribute("load_balancing.cross_zone.enabled", true)])),
        );
        if zones.len() == 1 {
            e.flaw(place, &lb, "load balancer in one zone", &["elbv2-multi-az"]);
        }
        if !logs {
            e.flaw(place, &lb, "no access logs, no deletion protection", &["elbv2-access-logs", "elbv2-deletion-protection"]);
        }
        let listeners: &[(&str, u16)] = if kind == "application" { &[("HTTPS", 443), ("HTTP", 80)] } else { &[("TLS", 8883)] };
        for (protocol, port) in listeners {
            let listener = lb.replace(":loadbalancer/", ":listener/") + &format!("/{port:016}");
            let plain = *protocol == "HTTP";
            let bad = plain && place.0 != PROD;
            let action = if plain && !bad {
                json!({"Type": "redirect", "Order": 1, "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}})
            } else {
                json!({"Type": "forward", "Order": 1, "TargetGroupArn": arn("elasticloadbalancing", place, &format!("targetgroup/{name}/0ac3e00000000001"))})
            };
            let mut configuration =
                json!({"ListenerArn": listener, "LoadBalancerArn": lb, "Protocol": protocol, "Port": port, "DefaultActions": [action]});
            if !plain {
                configuration["SslPolicy"] =
                    json!(if place.0 == PROD { "ELBSecurityPolicy-TLS13-1-2-2021-06" } else { "ELBSecurityPolicy-2016-08" });
                configuration["Certificates"] =
                    json!([{"CertificateArn": arn("acm", place, "certificate/0ac3e000-0000-4000-8000-000000000001")}]);
            }
            e.add(
                Resource::new(place, "ElasticLoadBalancingV2::Listener", &listener, &listener, &listener, configuration)
                    .tags(&standard_tags(place)),
            );
            if bad {
                e.flaw(place, &listener, "HTTP listener serves instead of redirecting", &["elbv2-http-redirect"]);
            }
            if !plain && place.0 != PROD {
                e.flaw(place, &listener, "old TLS policy", &["elbv2-tls-policy"]);
            }
        }
    }
}
