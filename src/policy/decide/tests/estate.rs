//! Direct questions of a large estate: our decisions beside the simulator's (`tests/oracle/policy/estate.mjs`).

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value as Json;

use super::super::super::managed;
use super::oracle::word;
use super::*;

/// What users and roles hold, from an AWS Config snapshot, without the code that reads one for reports.
#[derive(Default)]
struct Estate {
    items: BTreeMap<(String, String), Json>,
}

impl Estate {
    fn read(folder: &Path, account: &str) -> Self {
        let wanted = format!("{account}_Config_");
        let mut files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
        let file = files.find(|file| file.file_name().to_string_lossy().starts_with(&wanted)).expect("a snapshot of the account");
        let mut text = String::new();
        flate2::read::GzDecoder::new(std::fs::File::open(file.path()).unwrap()).read_to_string(&mut text).unwrap();
        let snapshot: Json = serde_json::from_str(&text).unwrap();
        let mut estate = Self::default();
        for item in snapshot["configurationItems"].as_array().unwrap() {
            let key = |member: &str| item[member].as_str().unwrap().to_owned();
            estate.items.insert((key("resourceType"), key("ARN")), item["configuration"].clone());
        }
        estate
    }

    fn get(&self, kind: &str, arn: &str) -> &Json {
        self.items.get(&(format!("AWS::IAM::{kind}"), arn.to_owned())).unwrap_or_else(|| panic!("{arn} is not there"))
    }

    fn managed(&self, arn: &str) -> Compiled {
        if let Some(managed) = managed::document(arn) {
            return compiled(&managed.text);
        }
        let versions = self.get("Policy", arn)["policyVersionList"].as_array().unwrap();
        compiled(versions.iter().find(|version| version["isDefaultVersion"] == true).unwrap()["document"].as_str().unwrap())
    }

    /// Inline and attached policies.
    fn held(&self, holder: &Json, list: &str) -> Vec<Compiled> {
        let inline = holder[list].as_array().unwrap().iter().map(|policy| compiled(policy["policyDocument"].as_str().unwrap()));
        let attached = holder["attachedManagedPolicies"].as_array().unwrap();
        inline.chain(attached.iter().map(|policy| self.managed(policy["policyArn"].as_str().unwrap()))).collect()
    }

    fn decide(&self, account: &str, question: &Json) -> Outcome {
        let text = |member: &str| question[member].as_str().unwrap();
        let (arn, action, resource) = (text("principal"), text("action"), text("resource"));
        let (who, holder, mut identity) = if arn.contains(":role/") {
            let holder = self.get("Role", arn);
            (Who::Role { arn: arn.to_owned(), id: None }, holder, self.held(holder, "rolePolicyList"))
        } else {
            let holder = self.get("User", arn);
            (user(arn), holder, self.held(holder, "userPolicyList"))
        };
        for group in holder["groupList"].as_array().into_iter().flatten() {
            let arn = format!("arn:aws:iam::{account}:group/{}", group.as_str().unwrap());
            identity.extend(self.held(self.get("Group", &arn), "groupPolicyList"));
        }
        let boundary = holder["permissionsBoundary"]["permissionsBoundaryArn"].as_str().map(|arn| self.managed(arn));
        let trust =
            (action == "sts:AssumeRole").then(|| compiled(self.get("Role", resource)["assumeRolePolicyDocument"].as_str().unwrap()));
        let kind = if action.starts_with("s3:") { ResourceKind::S3 } else { ResourceKind::Other };
        let identity: Vec<Policy<'_>> = identity.iter().map(|document| policy("identity", document)).collect();
        let policies = Policies {
            identity: &identity,
            boundary: boundary.as_ref().map(|document| policy("boundary", document)),
            resource: match &trust {
                Some(document) => ResourcePolicy::Given(ResourceKind::Trust, policy("trust", document)),
                None => ResourcePolicy::Nothing(kind),
            },
            ..Policies::default()
        };
        let context = context(&who, action, Some(account));
        super::decide(&Request { who: &who, action, resource, resource_account: Some(account), context: &context }, &policies)
    }
}

#[test]
#[ignore = "needs a generated estate and the simulator's decisions of it: ESTATE and ESTATE_DECISIONS"]
#[allow(clippy::print_stdout, reason = "the differences are for whoever runs this")]
fn decisions_of_an_estate() {
    let (Some(folder), Some(decisions)) = (std::env::var_os("ESTATE"), std::env::var_os("ESTATE_DECISIONS")) else {
        println!("skipped: ESTATE and ESTATE_DECISIONS are not set");
        return;
    };
    let file: Json = serde_json::from_str(&std::fs::read_to_string(decisions).unwrap()).unwrap();
    let account = file["account"].as_str().unwrap();
    let estate = Estate::read(Path::new(&folder), account);
    let questions = file["questions"].as_array().unwrap();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for question in questions {
        let (ours, theirs) = (estate.decide(account, question), question["decision"].as_str().unwrap());
        *counts.entry((theirs, word(&ours.decision))).or_default() += 1;
        if word(&ours.decision) != theirs {
            let used: Vec<String> = ours.used.iter().map(|used| format!("{} {}", used.policy, used.position + 1)).collect();
            println!("{question}: ours {:?} by {used:?}", ours.decision);
        }
    }
    let agree: usize = counts.iter().filter(|((theirs, ours), _)| theirs == ours).map(|(_, count)| count).sum();
    println!("{agree} of {} agree; theirs, ours: {counts:?}", questions.len());
}
