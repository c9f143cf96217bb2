//! A large estate of identities for benchmarks and for comparing decisions: users, groups, roles, customer managed policies, and functions and
//! instances that carry roles, as one AWS Config snapshot for each account. Beside it `questions.json`: who asks to do what to which resource
//! of the same account, where no policy needs a value that only a request has.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::Outcome;
use crate::clock::{iso_millis, t};
use crate::item::encoded;
use crate::large_estate_policies::{Document, KINDS, NOUNS, REGIONS, TEAMS, boundary, identity, resource, trust};
use crate::random::{Random, example_id};
use crate::trail_files::{gzip, save};

/// AWS managed policies that are attached by ARN alone.
const MANAGED: [&str; 10] = [
    "ReadOnlyAccess",
    "SecurityAudit",
    "PowerUserAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonDynamoDBFullAccess",
    "AmazonSQSFullAccess",
    "AmazonEC2ReadOnlyAccess",
    "IAMReadOnlyAccess",
    "CloudWatchLogsFullAccess",
    "job-function/ViewOnlyAccess",
];
/// Those of them whose documents have no conditions.
const MANAGED_PLAIN: [&str; 6] =
    ["ReadOnlyAccess", "PowerUserAccess", "AmazonS3ReadOnlyAccess", "AmazonSQSFullAccess", "AmazonEC2ReadOnlyAccess", "IAMReadOnlyAccess"];
const SERVICES: [&str; 6] = [
    "lambda.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "glue.amazonaws.com",
    "states.amazonaws.com",
    "codebuild.amazonaws.com",
];

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Accounts, 1 to 3.
    pub accounts: usize,
    /// Users of all accounts.
    pub users: u64,
    /// Roles of all accounts.
    pub roles: u64,
    /// Customer managed policies of all accounts.
    pub policies: u64,
    /// Functions and instances of all accounts.
    pub resources: u64,
    /// Statements of 1,000 that are about IAM.
    pub iam: u64,
    /// Questions about the first account.
    pub questions: u64,
}

/// A user or role that questions may be asked about.
struct Asker {
    arn: String,
    about: Vec<usize>,
}

/// One account while it is made.
struct Account<'a> {
    id: &'a str,
    random: Random,
    iam: u64,
    managed: Vec<(String, Document)>,
    groups: Vec<(String, bool, Vec<usize>)>,
    /// Roles that functions and instances run with: the service, path and name.
    carriers: Vec<(Option<&'static str>, String)>,
    askers: Vec<Asker>,
    /// Roles whose trust policy can be decided without values of a request.
    trusted: Vec<String>,
    items: String,
    count: u64,
}

/// Writes the snapshots and the questions.
pub fn write(out: &Path, seed: u64, size: Size) -> Outcome<()> {
    let ids = ["111122223333", "444455556666", "777788889999"];
    let accounts = size.accounts.clamp(1, ids.len()) as u64;
    for (at, id) in ids.iter().take(accounts as usize).enumerate() {
        let random = Random::new(&[seed, 0xe57a, at as u64]);
        let share = |all: u64| all * (at as u64 + 1) / accounts - all * at as u64 / accounts;
        let mut account = Account {
            id,
            random,
            iam: size.iam,
            managed: Vec::new(),
            groups: Vec::new(),
            carriers: Vec::new(),
            askers: Vec::new(),
            trusted: Vec::new(),
            items: String::new(),
            count: 0,
        };
        account.policies(share(size.policies))?;
        account.groups(share(size.users) / 8 + 1)?;
        account.users(share(size.users))?;
        account.roles(share(size.roles))?;
        account.resources(share(size.resources))?;
        let snapshot = account.random.new_uuid();
        let text = format!("{{\"fileVersion\":\"1.0\",\"configSnapshotId\":\"{snapshot}\",\"configurationItems\":[{}]}}", account.items);
        let folder = format!("config/AWSLogs/{id}/Config/eu-west-1/2026/6/30/ConfigSnapshot");
        let name = format!("{id}_Config_eu-west-1_ConfigSnapshot_20260630T225012Z_{snapshot}.json.gz");
        save(&out.join(folder).join(name), &gzip(text.as_bytes(), 6)?)?;
        if at == 0 {
            let questions = account.questions(size.questions);
            save(&out.join("questions.json"), (serde_json::to_string_pretty(&questions)? + "\n").as_bytes())?;
        }
    }
    Ok(())
}

impl Account<'_> {
    fn item(&mut self, kind: &str, region: &str, id: &str, name: &str, arn: &str, configuration: &Value) -> Outcome<()> {
        let separator = if self.count == 0 { "" } else { "," };
        self.count += 1;
        let at = t("2026-06-30 22:00:00") - self.random.between(0, 7_000_000);
        let item = json!({
            "relatedEvents": [], "relationships": [], "configuration": configuration, "supplementaryConfiguration": {},
            "tags": {"team": name.split('-').next()}, "configurationItemVersion": "1.3", "configurationItemCaptureTime": iso_millis(at),
            "configurationStateId": 1_700_000_000_000_u64 + self.count, "awsAccountId": self.id, "configurationItemStatus": "OK",
            "resourceType": format!("AWS::{kind}"), "resourceId": id, "resourceName": name, "ARN": arn, "awsRegion": region,
            "availabilityZone": "Not Applicable", "configurationStateMd5Hash": "", "resourceCreationTime": iso_millis(at - 9_000_000),
        });
        write!(self.items, "{separator}{item}")?;
        Ok(())
    }

    fn policies(&mut self, count: u64) -> Outcome<()> {
        let account = self.id;
        for number in 0..count {
            let name = format!("{}-{}-{number}", self.random.word(&TEAMS), self.random.word(&NOUNS));
            let (id, arn) = (example_id("ANPA", &format!("{account}{name}"), 21), format!("arn:aws:iam::{account}:policy/{name}"));
            let limits = number % 5 == 0;
            let mut versions = Vec::new();
            let in_all = 1 + self.random.below(3);
            let in_force = 1 + self.random.below(in_all);
            for version in (1..=in_all).rev() {
                let document =
                    if limits { boundary(&mut self.random, account, self.iam) } else { identity(&mut self.random, account, self.iam) };
                let is_default = version == in_force;
                versions.push(json!({"document": encoded(&document.value), "versionId": format!("v{version}"), "isDefaultVersion": is_default, "createDate": "2025-03-01T09:00:00.000Z"}));
                if is_default {
                    self.managed.push((arn.clone(), document));
                }
            }
            let configuration = json!({
                "policyName": name, "policyId": id, "arn": arn, "path": "/", "defaultVersionId": format!("v{in_force}"), "attachmentCount": 1,
                "permissionsBoundaryUsageCount": 0, "isAttachable": true, "description": null, "createDate": "2024-03-01T09:00:00.000Z",
                "updateDate": "2026-02-01T09:00:00.000Z", "policyVersionList": versions,
            });
            self.item("IAM::Policy", "global", &id, &name, &arn, &configuration)?;
        }
        Ok(())
    }

    /// Inline and attached policies as items hold them, whether all are plain, and what they are about.
    fn held(&mut self, most: u64) -> (Value, Value, bool, Vec<usize>) {
        let (mut inline, mut attached, mut plain, mut about) = (Vec::new(), Vec::new(), true, Vec::new());
        for number in 0..self.random.below(most) {
            let document = identity(&mut self.random, self.id, self.iam);
            inline.push(json!({"policyName": format!("inline-{number}"), "policyDocument": encoded(&document.value)}));
            plain &= document.plain;
            about.extend(document.about);
        }
        for _ in 0..self.random.below(most) {
            if self.managed.is_empty() || self.random.chance(150) {
                let name = if self.random.chance(20) { "AdministratorAccess" } else { self.random.word(&MANAGED) };
                plain &= MANAGED_PLAIN.contains(&name);
                let last = name.rsplit('/').next();
                attached.push(json!({"policyName": last, "policyArn": format!("arn:aws:iam::aws:policy/{name}")}));
            } else {
                let (arn, document) = self.random.pick(&self.managed);
                plain &= document.plain;
                about.extend(&document.about);
                attached.push(json!({"policyName": arn.rsplit('/').next(), "policyArn": arn}));
            }
        }
        (json!(inline), json!(attached), plain, about)
    }

    fn groups(&mut self, count: u64) -> Outcome<()> {
        for number in 0..count {
            let name = format!("{}-group-{number}", self.random.word(&TEAMS));
            let (id, arn) = (example_id("AGPA", &format!("{}{name}", self.id), 21), format!("arn:aws:iam::{}:group/{name}", self.id));
            let (inline, attached, plain, about) = self.held(2);
            let configuration = json!({
                "path": "/", "groupName": name, "groupId": id, "arn": arn, "createDate": "2024-02-01T09:00:00.000Z",
                "groupPolicyList": inline, "attachedManagedPolicies": attached,
            });
            self.item("IAM::Group", "global", &id, &name, &arn, &configuration)?;
            self.groups.push((name, plain, about));
        }
        Ok(())
    }

    /// A boundary, mostly none, and whether it is plain.
    fn limit(&mut self) -> (Value, bool) {
        let limits: Vec<&(String, Document)> = self.managed.iter().step_by(5).collect();
        if limits.is_empty() || !self.random.chance(150) {
            return (Value::Null, true);
        }
        let (arn, plain) = if self.random.chance(150) {
            ("arn:aws:iam::aws:policy/PowerUserAccess".to_owned(), true)
        } else {
            let (arn, document) = *self.random.pick(&limits);
            (arn.clone(), document.plain)
        };
        (json!({"permissionsBoundaryType": "Policy", "permissionsBoundaryArn": arn}), plain)
    }

    fn users(&mut self, count: u64) -> Outcome<()> {
        for number in 0..count {
            let name = format!("{}-{number}", self.random.word(&TEAMS));
            let (id, arn) = (example_id("AIDA", &format!("{}{name}", self.id), 21), format!("arn:aws:iam::{}:user/{name}", self.id));
            let (inline, attached, mut plain, mut about) = self.held(3);
            let mut groups = Vec::new();
            for _ in 0..self.random.below(3) {
                let (group, all, kinds) = self.random.pick(&self.groups);
                if !groups.contains(group) {
                    groups.push(group.clone());
                    plain &= all;
                    about.extend(kinds);
                }
            }
            let (limit, limit_plain) = self.limit();
            let configuration = json!({
                "path": "/", "userName": name, "userId": id, "arn": arn, "createDate": "2024-02-01T09:00:00.000Z", "userPolicyList": inline,
                "groupList": groups, "attachedManagedPolicies": attached, "permissionsBoundary": limit, "tags": [],
            });
            self.item("IAM::User", "global", &id, &name, &arn, &configuration)?;
            if plain && limit_plain {
                self.askers.push(Asker { arn, about });
            }
        }
        Ok(())
    }

    fn roles(&mut self, count: u64) -> Outcome<()> {
        let account = self.id;
        let mut known: Vec<String> = self.askers.iter().take(200).map(|asker| asker.arn.clone()).collect();
        for number in 0..count {
            let team = self.random.word(&TEAMS);
            let name = format!("{team}-{}-{number}", self.random.word(&NOUNS));
            let (id, arn) = (example_id("AROA", &format!("{account}{name}"), 21), format!("arn:aws:iam::{account}:role/{team}/{name}"));
            let carried = number < count / 5;
            let service = if carried { Some(SERVICES[number as usize % 2]) } else { None };
            let service = service.or_else(|| self.random.chance(350).then(|| self.random.word(&SERVICES)));
            let others: Vec<String> = (0..self.random.below(3).min(known.len() as u64)).map(|_| self.random.pick(&known).clone()).collect();
            let trust =
                trust(&mut self.random, account, self.iam, service, if others.is_empty() { &known[..known.len().min(1)] } else { &others });
            let (inline, attached, plain, about) = self.held(3);
            let (limit, limit_plain) = self.limit();
            let profiles = if service == Some("ec2.amazonaws.com") {
                json!([{"path": "/", "instanceProfileName": name, "instanceProfileId": example_id("AIPA", &name, 21), "arn": format!("arn:aws:iam::{account}:instance-profile/{name}"), "createDate": "2025-03-01T08:00:00.000Z", "roles": []}])
            } else {
                json!([])
            };
            let configuration = json!({
                "path": format!("/{team}/"), "roleName": name, "roleId": id, "arn": arn, "createDate": "2025-03-01T08:00:00.000Z",
                "assumeRolePolicyDocument": encoded(&trust.value), "instanceProfileList": profiles, "rolePolicyList": inline,
                "attachedManagedPolicies": attached, "permissionsBoundary": limit, "tags": [], "roleLastUsed": null,
            });
            self.item("IAM::Role", "global", &id, &name, &arn, &configuration)?;
            if trust.plain {
                self.trusted.push(arn.clone());
            }
            if plain && limit_plain {
                self.askers.push(Asker { arn: arn.clone(), about });
            }
            if number % 7 == 0 {
                known.push(arn);
            }
            if carried {
                self.carriers.push((service, format!("{team}/{name}")));
            }
        }
        Ok(())
    }

    /// Functions and instances in turns, each with a role.
    fn resources(&mut self, count: u64) -> Outcome<()> {
        let account = self.id;
        for number in 0..count {
            let region = self.random.word(&REGIONS);
            let (team, noun) = (self.random.word(&TEAMS), self.random.word(&NOUNS));
            let is_function = number % 2 == 0;
            let service = if is_function { "lambda.amazonaws.com" } else { "ec2.amazonaws.com" };
            let fitting: Vec<&String> = self.carriers.iter().filter(|(of, _)| *of == Some(service)).map(|(_, role)| role).collect();
            let role = if fitting.is_empty() { None } else { Some((*self.random.pick(&fitting)).clone()) };
            if is_function {
                let name = format!("{team}-{noun}-{number}");
                let arn = format!("arn:aws:lambda:{region}:{account}:function:{name}");
                let configuration = json!({
                    "functionName": name, "functionArn": arn, "runtime": "python3.12", "handler": "index.handler", "timeout": 30, "memorySize": 512,
                    "role": role.map(|role| format!("arn:aws:iam::{account}:role/{role}")), "version": "$LATEST",
                });
                self.item("Lambda::Function", region, &name, &name, &arn, &configuration)?;
            } else {
                let id = format!("i-0{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4);
                let arn = format!("arn:aws:ec2:{region}:{account}:instance/{id}");
                let profile = role.as_deref().and_then(|role| role.rsplit('/').next());
                let configuration = json!({
                    "instanceId": id, "instanceType": "m5.large", "state": {"code": 16, "name": "running"},
                    "iamInstanceProfile": profile.map(|name| json!({"arn": format!("arn:aws:iam::{account}:instance-profile/{name}"), "id": example_id("AIPA", name, 21)})),
                    "metadataOptions": {"httpTokens": "required"},
                });
                self.item("EC2::Instance", region, &id, &format!("{team}-{noun}-{number}"), &arn, &configuration)?;
            }
        }
        Ok(())
    }

    /// Questions, each once; most are about what the asker's policies speak of.
    fn questions(&mut self, count: u64) -> Value {
        let mut all: Vec<Value> = Vec::new();
        let mut tries = count * 4;
        while (all.len() as u64) < count && tries > 0 && !self.askers.is_empty() {
            tries -= 1;
            let asker = self.random.pick(&self.askers);
            let at = if asker.about.is_empty() || self.random.chance(200) {
                self.random.index(KINDS.len())
            } else {
                *self.random.pick(&asker.about)
            };
            let kind = &KINDS[at];
            let mut action = format!("{}:{}", kind.service, self.random.word(kind.actions));
            let mut resource = resource(&mut self.random, kind, self.id);
            if !self.trusted.is_empty() && self.random.chance(80) {
                action = "sts:AssumeRole".to_owned();
                resource = self.random.pick(&self.trusted).clone();
            }
            let question = json!({"principal": asker.arn, "action": action, "resource": resource});
            if !all.contains(&question) {
                all.push(question);
            }
        }
        json!({"account": self.id, "questions": all})
    }
}
