//! Since when what a user or role may do has stood as it stands: the latest capture time of what it rests on.

use std::collections::BTreeMap;

use super::items::Item;
use super::members::{list, member, text};
use crate::policy::estate::Principal;

/// Capture times of policies and groups.
pub struct Captured<'i> {
    /// By ARN.
    policies: BTreeMap<&'i str, Option<i64>>,
    /// By account and name, with the policies attached.
    groups: BTreeMap<(&'i str, &'i str), Group<'i>>,
}

/// When a group was captured, and the ARNs of the policies attached to it.
type Group<'i> = (Option<i64>, Vec<&'i str>);

impl<'i> Captured<'i> {
    /// The policies and groups among some items.
    pub fn of(items: &'i [Item]) -> Self {
        let mut all = Self { policies: BTreeMap::new(), groups: BTreeMap::new() };
        for item in items {
            match item.kind.as_str() {
                "AWS::IAM::Policy" => _ = all.policies.insert(&item.arn, item.span.from),
                "AWS::IAM::Group" => {
                    let attached = list(member(&item.configuration, "attachedManagedPolicies")).iter();
                    let attached = attached.filter_map(|policy| text(policy, "policyArn")).collect();
                    let name = text(&item.configuration, "groupName").unwrap_or(&item.name);
                    all.groups.insert((&item.account, name), (item.span.from, attached));
                }
                _ => {}
            }
        }
        all
    }

    /// The latest of a user or role, its policies, boundary and groups; `None` where one of them does not state its time.
    /// AWS's own policies, and what was not delivered, have none to state.
    pub fn latest(&self, item: &Item, principal: &Principal) -> Option<i64> {
        let groups = principal.groups.iter().filter_map(|name| self.groups.get(&(item.account.as_str(), name.as_str())));
        let (times, attached): (Vec<Option<i64>>, Vec<&Vec<&str>>) = groups.map(|(time, attached)| (*time, attached)).unzip();
        let arns = principal.attached.iter().chain(&principal.boundary).map(String::as_str);
        let policies = arns.chain(attached.into_iter().flatten().copied()).filter_map(|arn| self.policies.get(arn).copied());
        let all: Option<Vec<i64>> = policies.chain(times).chain([item.span.from]).collect();
        all?.into_iter().max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::items::Validity;
    use crate::policy::estate::Subject;

    fn item(kind: &str, name: &str, from: Option<i64>, configuration: &str) -> Item {
        Item {
            account: "111122223333".to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            arn: format!("arn:aws:iam::111122223333:policy/{name}"),
            configuration: serde_json::from_str(configuration).unwrap(),
            span: Validity { from, to: None },
            ..Item::default()
        }
    }

    #[test]
    fn a_grant_stands_since_the_last_change_of_what_it_rests_on() {
        let attached = r#"{"attachedManagedPolicies":[{"policyArn":"arn:aws:iam::111122223333:policy/far"}]}"#;
        let items = [
            item("AWS::IAM::Policy", "near", Some(20), "{}"),
            item("AWS::IAM::Policy", "far", Some(40), "{}"),
            item("AWS::IAM::Policy", "other", Some(90), "{}"),
            item("AWS::IAM::Policy", "edge", Some(50), "{}"),
            item("AWS::IAM::Policy", "timeless", None, "{}"),
            item("AWS::IAM::Group", "staff", Some(30), attached),
        ];
        let captured = Captured::of(&items);
        let user = item("AWS::IAM::User", "ada", Some(10), "{}");
        let mut principal = Principal::new(Subject::User, "arn:aws:iam::111122223333:user/ada", "111122223333");
        let policy = |name: &str| format!("arn:aws:iam::111122223333:policy/{name}");
        assert_eq!(captured.latest(&user, &principal), Some(10));
        principal.attached = vec![policy("near"), "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()];
        assert_eq!(captured.latest(&user, &principal), Some(20));
        principal.groups = vec!["staff".to_owned()];
        assert_eq!(captured.latest(&user, &principal), Some(40), "through the group's policy");
        principal.boundary = Some(policy("edge"));
        assert_eq!(captured.latest(&user, &principal), Some(50));
        principal.attached.push(policy("timeless"));
        assert_eq!(captured.latest(&user, &principal), None);
    }
}
