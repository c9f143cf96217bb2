//! IAM: users, groups, roles and customer policies of the three accounts.

use serde_json::{Value, json};

use crate::clock::t;
use crate::estate::{Estate, standard_tags};
use crate::item::{Place, Resource, encoded, policy};
use crate::random::example_id;
use crate::world::{DEV, PEOPLE, PROD, SEC, STRANGER, VENDOR, functions, instances, role_arn, sso_role};

/// IAM user id of a user.
pub fn user_id(account: &str, user: &str) -> String {
    example_id("AIDA", &format!("{account}{user}"), 21)
}

/// Users of an account with their group; an empty group means none.
pub fn user_list(account: &str) -> &'static [(&'static str, &'static str)] {
    match account {
        PROD => &[("ci-legacy", "pipelines"), ("backup-operator", "operators"), ("report-export", ""), ("legacy-ops", "operators")],
        DEV => &[("dev-admin", "operators"), ("device-lab", "devices"), ("tester", "operators")],
        _ => &[("log-forwarder", "forwarders")],
    }
}

fn role_id(account: &str, role: &str) -> String {
    example_id("AROA", &format!("{account}{role}"), 21)
}

fn policy_id(account: &str, name: &str) -> String {
    example_id("ANPA", &format!("{account}{name}"), 21)
}

/// Adds them.
pub fn build(e: &mut Estate<'_>) {
    for account in [PROD, DEV, SEC] {
        let place: Place = (account, "global");
        users(e, place);
        roles(e, place);
        policies(e, place);
    }
}

fn users(e: &mut Estate<'_>, place: Place) {
    let account = place.0;
    let mut groups: Vec<&str> = user_list(account).iter().map(|(_, group)| *group).filter(|g| !g.is_empty()).collect();
    groups.sort_unstable();
    groups.dedup();
    for (user, group) in user_list(account) {
        let id = user_id(account, user);
        let arn = format!("arn:aws:iam::{account}:user/{user}");
        let list = if group.is_empty() { json!([]) } else { json!([group]) };
        let mut r = Resource::new(place, "IAM::User", &id, user, &arn, json!({"path": "/", "userName": user, "userId": id, "arn": arn, "createDate": "2024-02-01T09:00:00.000Z", "userPolicyList": [], "groupList": list, "attachedManagedPolicies": []}))
            .tags(&standard_tags(place));
        match *user {
            "backup-operator" => {
                r = r.changed("04-28 20:18:00", |v| v.configuration["attachedManagedPolicies"] = managed(&["AdministratorAccess"]));
                e.flaw(
                    place,
                    &id,
                    "AdministratorAccess attached on 2026-04-28",
                    &["iam-admin-managed-policy-attached", "iam-user-no-direct-policies"],
                );
            }
            "tester" => {
                r = r.with("attachedManagedPolicies", &managed(&["ReadOnlyAccess"]));
                e.flaw(place, &id, "policy attached to the user", &["iam-user-no-direct-policies"]);
            }
            "report-export" => e.flaw(place, &id, "in no group", &["iam-user-in-group"]),
            _ => {}
        }
        e.add(r);
    }
    if account == DEV {
        groups.push("old-contractors");
    }
    for group in groups {
        let id = example_id("AGPA", &format!("{account}{group}"), 21);
        let arn = format!("arn:aws:iam::{account}:group/{group}");
        let mut r = Resource::new(
            place,
            "IAM::Group",
            &id,
            group,
            &arn,
            json!({"path": "/", "groupName": group, "groupId": id, "arn": arn, "createDate": "2024-02-01T09:00:00.000Z", "groupPolicyList": [], "attachedManagedPolicies": managed(&["ReadOnlyAccess"])}),
        );
        for (user, _) in user_list(account).iter().filter(|(_, g)| *g == group) {
            r = r.related("Contains User", "IAM::User", &user_id(account, user));
        }
        if group == "old-contractors" {
            e.flaw(place, &id, "group without users", &["iam-group-has-users"]);
        }
        e.add(r);
    }
}

fn managed(names: &[&str]) -> Value {
    names.iter().map(|n| json!({"policyName": n, "policyArn": format!("arn:aws:iam::aws:policy/{n}")})).collect()
}

fn by_service(service: &str, account: &str) -> Value {
    json!([{"Effect": "Allow", "Principal": {"Service": format!("{service}.amazonaws.com")}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": account}}}])
}

fn role(place: Place, name: &str, trust: Value, policies: Value) -> Resource {
    let id = role_id(place.0, name);
    let arn = role_arn(place.0, name);
    let path = arn.split(":role").nth(1).and_then(|p| p.strip_suffix(name)).unwrap_or("/").to_owned();
    Resource::new(place, "IAM::Role", &id, name, &arn, json!({
        "path": path, "roleName": name, "roleId": id, "arn": arn, "createDate": "2024-03-01T09:00:00.000Z", "assumeRolePolicyDocument": encoded(&policy(trust)),
        "instanceProfileList": [], "rolePolicyList": [], "attachedManagedPolicies": policies, "permissionsBoundary": null,
        "roleLastUsed": {"lastUsedDate": "2026-06-30T19:00:00.000Z", "region": "eu-west-1"}, "tags": []
    }))
    .tags(&standard_tags(place))
}

fn own(account: &str, name: &str) -> Value {
    json!([{"policyName": name, "policyArn": format!("arn:aws:iam::{account}:policy/{name}")}])
}

fn roles(e: &mut Estate<'_>, place: Place) {
    let account = place.0;
    let short = match account {
        PROD => "prod",
        DEV => "dev",
        _ => "sec",
    };
    let app = format!("acme-{short}-app");
    let mut names: Vec<(&str, &str)> = functions(short).iter().map(|(_, role)| (*role, "lambda")).collect();
    names.extend(instances(short).iter().map(|(_, role)| (*role, "ec2")));
    names.extend([("rds-monitoring", "monitoring.rds"), ("backup-service", "backup")]);
    if account != SEC {
        names.push(("eks-cluster", "eks"));
    }
    names.sort_unstable();
    names.dedup();
    for (name, service) in names {
        let mut r = role(place, name, by_service(service, account), own(account, &app));
        if name == "dev-lambda" {
            let inline = policy(json!([{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::acme-dev-artifacts/*"}]));
            r = r.with("rolePolicyList", &json!([{"policyName": "inline", "policyDocument": encoded(&inline)}]));
            e.flaw(place, &role_id(account, name), "inline policy", &["iam-no-inline-policies"]);
        }
        e.add(r);
    }
    // Identity Center.
    let mut sets: Vec<&str> = PEOPLE.iter().map(|p| p.permission_set).collect();
    sets.sort_unstable();
    sets.dedup();
    for set in sets {
        let name = sso_role(set, account);
        let trust = json!([{"Effect": "Allow", "Principal": {"Federated": format!("arn:aws:iam::{account}:saml-provider/AWSSSO_0ac3e_DO_NOT_DELETE")}, "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"], "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}]);
        let attached = match set {
            "PlatformPower" => managed(&["PowerUserAccess"]),
            "SecurityAudit" => managed(&["SecurityAudit"]),
            "Billing" => managed(&["AWSBillingReadOnlyAccess"]),
            "Developer" => own(account, &app),
            _ => managed(&["ReadOnlyAccess"]),
        };
        e.add(role(place, &name, trust, attached));
    }
    for service in ["AutoScaling", "Config", "RDS", "Backup", "ElasticLoadBalancing"] {
        let name = format!("AWSServiceRoleFor{service}");
        let trust = json!([{"Effect": "Allow", "Principal": {"Service": format!("{}.amazonaws.com", service.to_lowercase())}, "Action": "sts:AssumeRole"}]);
        e.add(role(place, &name, trust, json!([{"policyName": format!("{service}ServiceRolePolicy"), "policyArn": format!("arn:aws:iam::aws:policy/aws-service-role/{service}ServiceRolePolicy")}])));
    }
    special(e, place);
}

fn special(e: &mut Estate<'_>, place: Place) {
    let account = place.0;
    let oidc = |subject: &str| json!([{"Effect": "Allow", "Principal": {"Federated": format!("arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com")}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": subject}}}]);
    let trusted = |principal: String, condition: Value| {
        let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"});
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        json!([statement])
    };
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let deploy = if account == PROD { "acme-deploy-pass" } else { "acme-deploy" };
    e.add(role(place, "acme-ci-deploy", oidc("repo:acme-robotics/shop:ref:refs/heads/main"), own(account, deploy)));
    e.add(role(place, "acme-break-glass", trusted(format!("arn:aws:iam::{SEC}:root"), mfa.clone()), managed(&["PowerUserAccess"])));
    if account == DEV {
        e.answers.add("iam-support-role", account, "global", account, "AWSSupportAccess is attached to nothing in this account");
    } else {
        e.add(role(place, "support-access", trusted(format!("arn:aws:iam::{account}:root"), mfa), managed(&["AWSSupportAccess"])));
    }
    if account == PROD {
        e.add(role(
            place,
            "vendor-monitoring",
            trusted(format!("arn:aws:iam::{VENDOR}:root"), json!({"StringEquals": {"sts:ExternalId": "acme-7781"}})),
            managed(&["SecurityAudit"]),
        ));
        let own_account = trusted(format!("arn:aws:iam::{PROD}:root"), Value::Null);
        let open = encoded(&policy(json!([{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}])));
        e.add(
            role(place, "shop-partner-access", own_account, own(account, "acme-prod-app"))
                .changed("05-11 10:05:00", |v| v.configuration["assumeRolePolicyDocument"] = json!(open)),
        );
        e.flaw(
            place,
            &role_id(account, "shop-partner-access"),
            "every account may assume the role since 2026-05-11",
            &["iam-role-trust-wildcard"],
        );
        let saml = json!([{"Effect": "Allow", "Principal": {"Federated": format!("arn:aws:iam::{account}:saml-provider/acme")}, "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}]);
        e.add(role(place, "legacy-portal", saml, managed(&["ReadOnlyAccess"])));
    }
    if account == DEV {
        e.add(role(place, "vendor-scan", trusted(format!("arn:aws:iam::{STRANGER}:root"), Value::Null), managed(&["SecurityAudit"])));
        e.flaw(
            place,
            &role_id(account, "vendor-scan"),
            "an account outside the known set without an external id",
            &["iam-role-cross-account-external-id"],
        );
        e.add(role(place, "dev-ci", oidc("*"), own(account, "acme-deploy")));
        e.flaw(place, &role_id(account, "dev-ci"), "any subject of the provider may assume the role", &["iam-role-oidc-subject-condition"]);
        e.add(
            role(place, "old-migration", by_service("ec2", account), managed(&["ReadOnlyAccess"]))
                .with("roleLastUsed", &json!({"lastUsedDate": "2025-09-12T10:00:00.000Z", "region": "eu-west-1"})),
        );
    }
}

fn policies(e: &mut Estate<'_>, place: Place) {
    let account = place.0;
    let short = match account {
        PROD => "prod",
        DEV => "dev",
        _ => "sec",
    };
    let mut add = |name: &str, attached: u64, statements: Value| {
        let id = policy_id(account, name);
        let arn = format!("arn:aws:iam::{account}:policy/{name}");
        let version = json!([{"versionId": "v3", "isDefaultVersion": true, "createDate": "2026-02-01T09:00:00.000Z", "document": encoded(&policy(statements))}]);
        let r = Resource::new(place, "IAM::Policy", &id, name, &arn, json!({"policyName": name, "policyId": id, "arn": arn, "path": "/", "defaultVersionId": "v3", "attachmentCount": attached, "permissionsBoundaryUsageCount": 0, "isAttachable": true, "createDate": "2024-03-01T09:00:00.000Z", "updateDate": "2026-02-01T09:00:00.000Z", "policyVersionList": version})).tags(&standard_tags(place));
        e.resources.push(r);
        id
    };
    let own_bucket = format!("arn:aws:s3:::acme-{short}-*");
    add(
        &format!("acme-{short}-app"),
        6,
        json!([{"Sid": "Data", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": own_bucket}, {"Sid": "Secrets", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": format!("arn:aws:secretsmanager:*:{account}:secret:acme/*")}]),
    );
    let deploy = json!({"Effect": "Allow", "Action": ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "cloudformation:DescribeStacks"], "Resource": format!("arn:aws:cloudformation:*:{account}:stack/acme-*")});
    let mut flaws: Vec<(String, &str, &str)> = Vec::new();
    if account == PROD {
        let id = add("acme-deploy-pass", 1, json!([deploy, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}]));
        flaws.push((id, "PassRole on every role without a condition", "iam-policy-passrole-wildcard"));
        let id = add("acme-legacy-admin", 1, json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
        flaws.push((id, "every action on everything, attached", "iam-policy-no-admin"));
        let id = add("acme-decrypt", 1, json!([{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]));
        flaws.push((id, "decrypt with every key", "iam-policy-kms-decrypt-all"));
    } else {
        add(
            "acme-deploy",
            2,
            json!([deploy, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": format!("arn:aws:iam::{account}:role/acme-*"), "Condition": {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}}]),
        );
    }
    if account == DEV {
        let id = add("dev-s3-full", 1, json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]));
        flaws.push((id, "all of a service on everything", "iam-policy-no-full-service"));
        let id = add(
            "dev-not-iam",
            1,
            json!([{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": format!("arn:aws:s3:::acme-dev-*")}]),
        );
        flaws.push((id, "allows by NotAction", "iam-policy-not-action"));
        let id = add(
            "dev-forgotten",
            0,
            json!([{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": format!("arn:aws:sqs:eu-west-1:{account}:orders")}]),
        );
        flaws.push((id, "attached to nothing", "iam-customer-policy-unattached"));
    }
    for (id, why, control) in flaws {
        e.flaw(place, &id, why, &[control]);
    }
    if account == PROD {
        for control in ["iam-policy-passrole-wildcard", "iam-policy-kms-decrypt-all", "iam-policy-no-full-service"] {
            e.answers.at_least(control, "a policy that allows every action may count too");
        }
        // The version that allows everything came on 2026-05-11.
        let legacy = e.resources.iter_mut().find(|r| r.name == "acme-legacy-admin");
        if let Some(versions) = legacy.map(|r| &mut r.versions) {
            let narrow = encoded(&policy(json!([{"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"}])));
            let mut wide = versions[0].clone();
            wide.at = t("05-11 09:46:00");
            wide.configuration["policyVersionList"][0]["versionId"] = json!("v4");
            wide.configuration["policyVersionList"][0]["createDate"] = json!("2026-05-11T09:44:10.000Z");
            wide.configuration["defaultVersionId"] = json!("v4");
            versions[0].configuration["policyVersionList"][0]["document"] = json!(narrow);
            versions.push(wide);
        }
    }
}
