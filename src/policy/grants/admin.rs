//! Who is an administrator.
//!
//! An administrator is a principal that can give any right in its account to anyone, itself included. The test is on IAM's own powers,
//! because whoever holds them over all of the account holds everything a step later, and whoever lacks them does not, however many
//! services it may use (`PowerUserAccess`):
//! - its policies allow all of `CORE` over every user, role, group and policy of the account; and
//! - after Deny, boundary and control policies there is still a way to a principal with any policy: to attach or write a policy to
//!   roles together with creating or re-trusting roles, or the same for users with creating them or their credentials.
//!
//! So `*`, `iam:*`, `NotAction: s3:*` on `*` are administration; a Deny on `iam:CreateUser`, on one role or on another service does not
//! end it, and a Deny on `iam:*`, or a boundary that leaves IAM out, does.

use super::super::condition::Context;
use super::super::pattern::Pattern;
use super::verdict::{Block, Question, Support, Verdict};
use super::watched;
use super::world::{Holder, World};

/// Powers that an administrator's own policies must allow over all of the account.
const CORE: &[&str] = &[
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:AddUserToGroup",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:PassRole",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
];
/// Of each pair one action of either side must remain.
const WAYS: &[[&[&str]; 2]] = &[
    [&["iam:AttachRolePolicy", "iam:PutRolePolicy"], &["iam:CreateRole", "iam:UpdateAssumeRolePolicy"]],
    [
        &["iam:AttachUserPolicy", "iam:PutUserPolicy"],
        &["iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"],
    ],
];

/// Whether the principal is an administrator: No where its policies do not allow it, Blocked where something stands against them.
pub fn administrator(world: &World<'_>, holder: &Holder, context: &Context) -> Verdict {
    let item = world.item(holder);
    let mut whole = Verdict::Yes(Support::default());
    let mut found: Vec<(&str, Verdict)> = Vec::with_capacity(CORE.len());
    for name in CORE {
        let Some(action) = watched::index(name) else { return Verdict::No };
        let question = Question { world, holder, action, context };
        let verdict = question.everywhere(&types(action, item.partition(), &item.account));
        match &verdict {
            Verdict::No => return Verdict::No,
            // A condition that does not hold is no Allow: `iam:CreateRole` only with a boundary is the case in point.
            Verdict::Blocked(blocks) if blocks.iter().all(|block| matches!(block, Block::Condition(_))) => return Verdict::No,
            _ => {}
        }
        found.push((name, verdict));
    }
    let of = |names: &[&str]| {
        let some = found.iter().filter(|(name, _)| names.contains(name)).map(|(_, verdict)| verdict.clone());
        some.reduce(Verdict::or).unwrap_or(Verdict::No)
    };
    let way = WAYS.iter().map(|[policies, principals]| of(policies).and(of(principals))).reduce(Verdict::or).unwrap_or(Verdict::No);
    for (_, verdict) in &found {
        if let Verdict::Yes(_) = verdict {
            whole = whole.and(verdict.clone());
        }
    }
    match way {
        Verdict::Yes(support) => {
            let mut all = if let Verdict::Yes(all) = whole { all } else { Support::default() };
            // What hinders some of the powers does not matter while a way remains; what the way rests on does.
            all.keys = support.keys;
            all.gaps = support.gaps;
            Verdict::Yes(all)
        }
        blocked => blocked,
    }
}

/// What requests of a watched action name in one account, as patterns.
pub fn types(action: usize, partition: &str, account: &str) -> Vec<Vec<Pattern>> {
    let fill = |text: &String| {
        let text = text.replacen("arn:*:", &format!("arn:{partition}:"), 1).replace("{a}", account);
        Pattern::resource(&text, false)
    };
    watched::all()[action].needs.iter().map(|group| group.iter().map(fill).collect()).collect()
}
