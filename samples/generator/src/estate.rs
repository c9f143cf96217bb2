//! All resources of the company, built clean first and then spoilt one by one on purpose.

use crate::answers::Answers;
use crate::item::{Place, Resource};
use crate::world::{DEV, PROD, SEC};

/// The resources and the key they are noted in.
pub struct Estate<'a> {
    /// Every resource that Config records.
    pub resources: Vec<Resource>,
    /// The answer key.
    pub answers: &'a mut Answers,
}

/// Production, Ireland.
pub const PROD_IE: Place = (PROD, "eu-west-1");
/// Development, Ireland.
pub const DEV_IE: Place = (DEV, "eu-west-1");
/// Development, Virginia: only some types are recorded here.
pub const DEV_US: Place = (DEV, "us-east-1");
/// Log archive, Ireland.
pub const SEC_IE: Place = (SEC, "eu-west-1");

impl Estate<'_> {
    /// Keeps a resource.
    pub fn add(&mut self, resource: Resource) {
        self.resources.push(resource);
    }

    /// A flaw of a whole account, which the control reports under the account's id.
    pub fn flaw_of_account(&mut self, account: &str, why: &str, control: &str) {
        self.answers.add(control, account, "global", account, why);
    }

    /// Notes that a resource is an expected exception of some controls.
    pub fn flaw(&mut self, place: Place, resource: &str, why: &str, controls: &[&str]) {
        for control in controls {
            self.answers.add(control, place.0, place.1, resource, why);
        }
    }
}

/// The three tags the engagement requires, with the class of the data.
pub fn standard_tags(place: Place) -> Vec<(&'static str, &'static str)> {
    let (env, cost_center) = match place.0 {
        PROD => ("prod", "CC-100"),
        DEV => ("dev", "CC-200"),
        _ => ("security", "CC-300"),
    };
    vec![("env", env), ("Owner", "platform"), ("CostCenter", cost_center), ("DataClassification", "internal")]
}

/// The id of a key of an account.
pub fn key_id(n: u64) -> String {
    format!("0ac3e000-0000-4000-8000-{n:012}")
}

/// The ARN of the account's main key in a Region.
pub fn main_key(place: Place) -> String {
    let n = match place.0 {
        PROD => 101,
        DEV => 401,
        _ => 701,
    };
    format!("arn:aws:kms:{}:{}:key/{}", place.1, place.0, key_id(n))
}

/// An ARN with Region and account.
pub fn arn(service: &str, place: Place, rest: &str) -> String {
    format!("arn:aws:{service}:{}:{}:{rest}", place.1, place.0)
}
