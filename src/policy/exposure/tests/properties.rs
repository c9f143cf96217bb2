//! What must hold for every document: a Deny never widens, a wider pattern never narrows, order means nothing.

use proptest::prelude::*;

use super::*;

const PRINCIPALS: [&str; 7] = [
    r#""Principal":"*""#,
    r#""Principal":{"AWS":"999988887777"}"#,
    r#""Principal":{"AWS":"111122223333"}"#,
    r#""Principal":{"Service":"sns.amazonaws.com"}"#,
    r#""NotPrincipal":{"AWS":"222233334444"}"#,
    r#""Principal":{"AWS":["999988887777","*"]}"#,
    r#""Principal":{"CanonicalUser":"79a5"}"#,
];
const ACTIONS: [&str; 6] = [
    r#""Action":"s3:GetObject""#,
    r#""Action":"s3:Get*""#,
    r#""Action":"s3:*""#,
    r#""Action":"*""#,
    r#""NotAction":"s3:PutObject""#,
    r#""Action":"s3:List*""#,
];
const RESOURCES: [&str; 5] = [
    r#""Resource":"*""#,
    r#""Resource":"arn:aws:s3:::b/*""#,
    r#""Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#,
    r#""Resource":"arn:aws:s3:::b/x/*""#,
    r#""NotResource":"arn:aws:s3:::b/x/*""#,
];
const CONDITIONS: [&str; 12] = [
    "",
    r#""StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#,
    r#""StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#,
    r#""StringNotEqualsIfExists":{"aws:SourceVpce":"vpce-0a1b2c3d"}"#,
    r#""IpAddress":{"aws:SourceIp":"0.0.0.0/1"}"#,
    r#""IpAddress":{"aws:SourceIp":"128.0.0.0/1"}"#,
    r#""NotIpAddress":{"aws:SourceIp":"203.0.114.0/24"}"#,
    r#""Bool":{"aws:SecureTransport":"false"}"#,
    r#""StringLike":{"aws:PrincipalAccount":"????????????"}"#,
    r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::222233334444:role/*"}"#,
    r#""StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}"#,
    r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
];

fn statement(effect: &'static str) -> impl Strategy<Value = String> {
    (
        prop::sample::select(&PRINCIPALS[..]),
        prop::sample::select(&ACTIONS[..]),
        prop::sample::select(&RESOURCES[..]),
        prop::sample::select(&CONDITIONS[..]),
    )
        .prop_map(move |(principal, action, resource, condition)| {
            format!(r#"{{"Effect":"{effect}",{principal},{action},{resource},"Condition":{{{condition}}}}}"#)
        })
}

fn judged(statements: &[String]) -> Vec<Exposure> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    exposures(&document(&text), &bucket(), &known())
}

/// Without positions, which follow the order.
fn bare(mut exposures: Vec<Exposure>) -> Vec<Exposure> {
    for exposure in &mut exposures {
        exposure.origins.clear();
        exposure.reasons.retain(|reason| !matches!(reason, Reason::Deny(_)));
    }
    exposures
}

/// Whether each of the first is within one of the second, action for action. Who is named and comes from a network that is
/// named too appears under the name, and so does an account of an organisation: those are not compared.
fn within(narrow: &[Exposure], wide: &[Exposure]) -> Result<(), String> {
    for exposure in narrow {
        for action in &exposure.actions {
            let found = wide.iter().any(|other| {
                let named = match other.audience {
                    Audience::Network(_) => !exposure.audience.is_public(),
                    Audience::OwnOrganization(_) => matches!(exposure.audience, Audience::Account(_) | Audience::OwnAccount),
                    // A network may be left of signed callers.
                    Audience::AnyAwsAccount => matches!(exposure.audience, Audience::Network(_)),
                    _ => false,
                };
                other.actions.contains(action) && (named || exposure.audience.is_within(&other.audience))
            });
            // A row is public if one of its actions is.
            let public = wide.iter().filter(|other| other.access == exposure.access).map(|other| other.public).max();
            if !found || Some(exposure.public) > public {
                return Err(format!("{action} for {:?} ({:?})", exposure.audience, exposure.public));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_deny_never_widens(allows in prop::collection::vec(statement("Allow"), 1..4), denies in prop::collection::vec(statement("Deny"), 0..3), more in statement("Deny")) {
        let mut all: Vec<String> = allows.into_iter().chain(denies).collect();
        let before = judged(&all);
        all.push(more);
        let after = judged(&all);
        prop_assert!(within(&after, &before).is_ok(), "{:?}\n{}", within(&after, &before), all.join("\n"));
    }

    #[test]
    fn another_allow_never_narrows(allows in prop::collection::vec(statement("Allow"), 1..4), denies in prop::collection::vec(statement("Deny"), 0..3), more in statement("Allow")) {
        let mut all: Vec<String> = allows.into_iter().chain(denies).collect();
        let before = judged(&all);
        all.push(more);
        let after = judged(&all);
        prop_assert!(within(&before, &after).is_ok(), "{:?}\n{}", within(&before, &after), all.join("\n"));
    }

    #[test]
    fn a_wider_pattern_never_narrows(principal in prop::sample::select(&PRINCIPALS[..]), condition in prop::sample::select(&CONDITIONS[..]), deny in statement("Deny"), cut in 0_usize..9) {
        let name = "GetObject";
        let of = |action: String| format!(r#"{{"Effect":"Allow",{principal},"Action":"s3:{action}","Resource":"arn:aws:s3:::b/*","Condition":{{{condition}}}}}"#);
        let narrow = judged(&[of(name.into()), deny.clone()]);
        let wide = judged(&[of(format!("{}*", &name[..cut])), deny]);
        prop_assert!(within(&narrow, &wide).is_ok(), "{:?}", within(&narrow, &wide));
    }

    #[test]
    fn order_means_nothing(mut all in prop::collection::vec(prop_oneof![statement("Allow"), statement("Deny")], 1..6)) {
        let one = bare(judged(&all));
        all.reverse();
        prop_assert_eq!(bare(judged(&all)), one);
    }
}
