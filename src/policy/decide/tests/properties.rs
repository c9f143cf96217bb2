//! What must hold of any documents: a Deny never grants, more in an Allow never revokes, order means nothing, and questions over many resources
//! agree with questions about each.

use proptest::prelude::*;

use super::super::super::pattern::Pattern;
use super::*;

const USER: &str = "arn:aws:iam::111122223333:user/jo";

#[derive(Debug, Clone)]
struct Piece {
    deny: bool,
    not_action: bool,
    actions: Vec<&'static str>,
    not_resource: bool,
    resources: Vec<String>,
    condition: Option<(&'static str, &'static str, Vec<&'static str>)>,
}

impl Piece {
    fn json(&self) -> String {
        let list = |values: &[String]| serde_json::to_string(values).unwrap();
        let condition = self.condition.as_ref().map_or(String::new(), |(operator, key, values)| {
            format!(r#","Condition":{{"{operator}":{{"{key}":{}}}}}"#, serde_json::to_string(values).unwrap())
        });
        format!(
            r#"{{"Effect":"{}","{}Action":{},"{}Resource":{}{condition}}}"#,
            if self.deny { "Deny" } else { "Allow" },
            if self.not_action { "Not" } else { "" },
            serde_json::to_string(&self.actions).unwrap(),
            if self.not_resource { "Not" } else { "" },
            list(&self.resources),
        )
    }
}

fn text(pieces: &[Piece]) -> String {
    let statements: Vec<String> = pieces.iter().map(Piece::json).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

fn pieces(most: usize) -> impl Strategy<Value = Vec<Piece>> {
    let condition = prop_oneof![
        4 => Just(None),
        1 => Just(Some(("Bool", "aws:SecureTransport", vec!["true"]))),
        1 => Just(Some(("StringEquals", "aws:PrincipalAccount", vec!["999999999999", "111122223333"]))),
        1 => Just(Some(("StringNotEquals", "aws:NoSuchKey", vec!["x"]))),
        1 => Just(Some(("StringEquals", "aws:NoSuchKey", vec!["x"]))),
    ];
    let actions = proptest::sample::subsequence(vec!["s3:getobject", "s3:*", "ec2:*", "*", "s3:Put*"], 1..3);
    let resources = proptest::collection::vec("[ab*?]{1,3}|\\$\\{aws:username\\}", 1..3);
    let piece = (prop::bool::weighted(0.3), prop::bool::weighted(0.1), actions, prop::bool::weighted(0.2), resources, condition);
    let piece = piece.prop_map(|(deny, not_action, actions, not_resource, resources, condition)| Piece {
        deny,
        not_action,
        actions,
        not_resource,
        resources,
        condition,
    });
    proptest::collection::vec(piece, 0..most)
}

/// 0 refused, 1 open, 2 allowed.
fn rank(decision: &Decision) -> u8 {
    match decision {
        Decision::Denied | Decision::NotAllowed => 0,
        Decision::Conditional(_) | Decision::Unknown(_) => 1,
        Decision::Allowed => 2,
    }
}

fn ask(identity: &[Piece], boundary: Option<&[Piece]>, resource: &str) -> Outcome {
    with(identity, boundary, |request, policies| decide(&Request { resource, ..*request }, policies))
}

fn with<T>(identity: &[Piece], boundary: Option<&[Piece]>, of: impl FnOnce(&Request<'_>, &Policies<'_>) -> T) -> T {
    let who = user(USER);
    let context = context(&who, "s3:GetObject", None);
    let identity = compiled(&text(identity));
    let boundary = boundary.map(|pieces| compiled(&text(pieces)));
    let identity = [policy("own", &identity)];
    let boundary = boundary.as_ref().map(|document| policy("boundary", document));
    let policies = Policies { identity: &identity, boundary, ..Policies::default() };
    of(&Request { who: &who, action: "s3:GetObject", resource: "*", resource_account: None, context: &context }, &policies)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_deny_never_grants(own in pieces(4), mut more in pieces(2), resource in "[ab]{1,4}") {
        more.iter_mut().for_each(|piece| piece.deny = true);
        let before = ask(&own, None, &resource).decision;
        let after = ask(&[own, more].concat(), None, &resource).decision;
        prop_assert!(rank(&after) <= rank(&before), "{:?} {:?}", before, after);
    }

    #[test]
    fn an_allow_never_revokes(own in pieces(4), mut more in pieces(2), resource in "[ab]{1,4}") {
        more.iter_mut().for_each(|piece| piece.deny = false);
        let before = ask(&own, None, &resource).decision;
        let after = ask(&[own, more].concat(), None, &resource).decision;
        prop_assert!(rank(&after) >= rank(&before), "{:?} {:?}", before, after);
    }

    #[test]
    fn a_wider_pattern_never_revokes(own in pieces(4), at in 0usize..4, star in 0usize..3, resource in "[ab]{1,4}") {
        let mut wider = own.clone();
        if let Some(piece) = wider.get_mut(at).filter(|piece| !piece.deny && !piece.not_resource) {
            let pattern = &mut piece.resources[0];
            if !pattern.contains('$') {
                pattern.insert(star.min(pattern.len()), '*');
            }
        }
        prop_assert!(rank(&ask(&wider, None, &resource).decision) >= rank(&ask(&own, None, &resource).decision));
    }

    #[test]
    fn a_boundary_never_grants(own in pieces(4), boundary in pieces(3), resource in "[ab]{1,4}") {
        prop_assert!(rank(&ask(&own, Some(&boundary), &resource).decision) <= rank(&ask(&own, None, &resource).decision));
    }

    #[test]
    fn order_means_nothing(own in pieces(5), resource in "[ab]{1,4}") {
        let mut other = own.clone();
        other.reverse();
        for piece in &mut other {
            piece.actions.reverse();
            piece.resources.reverse();
            if let Some((_, _, values)) = &mut piece.condition {
                values.reverse();
            }
        }
        // Positions change with the order; everything else stays.
        let last = own.len().saturating_sub(1);
        let shown = |outcome: &Outcome, turned: bool| {
            let text = format!("{:?}", outcome.decision);
            let place = |at: usize| if turned { last - at } else { at };
            let used: std::collections::BTreeSet<usize> = outcome.used.iter().map(|used| place(used.position)).collect();
            (text.matches("Condition(").count(), text.chars().take_while(|c| c.is_alphabetic()).collect::<String>(), used)
        };
        prop_assert_eq!(shown(&ask(&own, None, &resource), false), shown(&ask(&other, None, &resource), true));
    }

    #[test]
    fn questions_over_many_agree_with_each(own in pieces(4), boundary in proptest::option::of(pieces(3)), scope in "[ab*?]{1,3}") {
        let pattern = Pattern::new(&scope);
        let over = with(&own, boundary.as_deref(), |request, policies| decide_over(request, std::slice::from_ref(&pattern), policies));
        let mut texts = vec![String::new()];
        let mut last = texts.clone();
        for _ in 0..5 {
            last = last.iter().flat_map(|text| ['a', 'b', '\u{e000}'].map(|c| format!("{text}{c}"))).collect();
            texts.extend(last.iter().cloned());
        }
        texts.push("jo".to_owned());
        let each: Vec<u8> = with(&own, boundary.as_deref(), |request, policies| {
            let matching = texts.iter().filter(|text| pattern.matches(text));
            matching.map(|text| rank(&decide(&Request { resource: text, ..*request }, policies).decision)).collect()
        });
        prop_assume!(!each.is_empty());
        let (some, all) = (rank(&over.some.decision), rank(&over.all.decision));
        let (most, least) = (*each.iter().max().unwrap(), *each.iter().min().unwrap());
        prop_assert!(all <= some);
        prop_assert!(some != 2 || most == 2, "some allowed, but none is: {:?}", over);
        prop_assert!(some != 0 || most == 0, "none allowed, but one is: {:?}", over);
        prop_assert!(all != 2 || least == 2, "all allowed, but one is not: {:?}", over);
        prop_assert!(all != 0 || least == 0, "not all allowed, but all are: {:?}", over);
    }
}
