//! Patterns against a plain recursive matcher and, for containment and intersection, against all short texts.

use proptest::prelude::*;

use super::*;

/// What a wildcard stands for, said again in the slowest and plainest way. `confined`: wildcards before the fifth colon of the pattern keep
/// inside their segment.
fn naive(pattern: &[char], text: &[char], confined: bool, colons: usize) -> bool {
    let free = !confined || colons >= 5;
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|n| (free || !text[..n].contains(&':')) && naive(rest, &text[n..], confined, colons)),
        Some(('?', rest)) => text.split_first().is_some_and(|(c, after)| (free || *c != ':') && naive(rest, after, confined, colons)),
        Some((own, rest)) => {
            text.split_first().is_some_and(|(c, after)| c == own && naive(rest, after, confined, colons + usize::from(*own == ':')))
        }
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// All texts of `letters` up to a length.
fn texts(letters: &str, longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        last = last.iter().flat_map(|text| letters.chars().map(move |c| format!("{text}{c}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}

#[test]
fn wildcards() {
    let cases = [
        ("s3:Get*", "s3:getobject", true),
        ("s3:?etObject", "s3:getobject", true),
        ("S3:GETOBJECT", "s3:getobject", true),
        ("iam:Pass?ole", "iam:passrole", true),
        ("iam:*ole", "iam:passrole", true),
        ("*:*", "iam:passrole", true),
        ("**", "iam:passrole", true),
        ("?*", "iam:passrole", true),
        ("s3:Get*", "s3:putobject", false),
        ("iam:PassRol", "iam:passrole", false),
        ("iam:PassRole?", "iam:passrole", false),
    ];
    for (pattern, text, wanted) in cases {
        assert_eq!(Pattern::action(pattern).matches(text), wanted, "{pattern} {text}");
    }
}

#[test]
fn everything() {
    for text in ["*", "**", "?*", "*?"] {
        assert!(
            Pattern::new(text).is_everything() && Pattern::action(text).is_everything() && Pattern::resource(text, true).is_everything(),
            "{text}"
        );
    }
    assert!(Pattern::action("*:*").is_everything() && !Pattern::new("*:*").is_everything());
    for text in ["", "a", "a*", "*a", "??*", "arn:*", "arn:aws:*"] {
        assert!(!Pattern::resource(text, true).is_everything(), "{text}");
    }
    assert!(!Pattern::action("s3:*").is_everything());
}

/// IAM User Guide, "IAM JSON policy elements: Resource".
#[test]
fn segments_of_a_resource() {
    let role = "arn:aws:iam::111122223333:role/path/r";
    let cases = [
        ("*", role, true),
        ("arn:aws:*", role, true),
        ("arn:aws:iam::*", role, true),
        ("arn:aws:iam::111122223333:role*", role, true),
        ("arn:aws:iam::*:role/*", role, true),
        ("arn:aws:iam::1111????3333:role/*", role, true),
        ("arn:aws:iam::1*3:role/path/r", role, true),
        ("arn:aws:iam::1*:role/path/r", role, true),
        ("arn:aws:iam::*3:user/*", role, false),
        ("arn:aws:iam::111122223333:ROLE/*", role, false),
        ("arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1/2/test/3/object.jpg", true),
        ("arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1///test///object.jpg", true),
        ("arn:aws:s3:::bucket/*/test/*", "arn:aws:s3:::bucket/1-test/object.jpg", false),
        ("arn:aws:logs:*:*:log-group:*:log-stream:x", "arn:aws:logs:eu-west-1:1:log-group:/a:b:log-stream:x", true),
        // A wildcard in the middle of a segment stays in it.
        ("arn:aws:x:a*b:1:r", "arn:aws:x:a:1:c:b:1:r", false),
        ("arn:aws:x:a*:1:r", "arn:aws:x:a:1:c:b:1:r", true),
        ("arn:aws:iam", role, true),
        ("arn:aws:s3", role, false),
    ];
    for (pattern, text, wanted) in cases {
        assert_eq!(Pattern::resource(pattern, true).matches(text), wanted, "{pattern} {text}");
    }
    assert!(Pattern::resource("arn:aws:iam", true).is_short_arn() && !Pattern::resource("arn:aws:iam::*", true).is_short_arn());
}

#[test]
fn covering() {
    let resource = |text: &str| Pattern::resource(text, true);
    let cases = [
        ("*", "arn:aws:s3:::b/*", true),
        ("arn:aws:s3:::*", "arn:aws:s3:::b/*", true),
        ("arn:aws:s3:::b*", "arn:aws:s3:::b/*", true),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b*", false),
        ("arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/*", true),
        ("arn:aws:iam::????????????:role/*", "arn:aws:iam::*:role/*", false),
        ("arn:aws:iam::*", "arn:aws:iam::111122223333:user/${aws:username}", true),
        ("arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::111122223333:user/a", false),
    ];
    for (large, small, wanted) in cases {
        assert_eq!(resource(large).covers(&resource(small)), wanted, "{large} {small}");
    }
    assert!(Pattern::new("?*").covers(&Pattern::new("*a")) && Pattern::new("*?").covers(&Pattern::new("?*")));
}

#[test]
fn variables() {
    let pattern = Pattern::resource("arn:aws:s3:::b/${aws:PrincipalTag/Team, 'none'}/${aws:username}/${*}/${?}${$}", true);
    let names: Vec<_> = pattern.variables().map(|variable| (variable.name.as_str(), variable.default.as_deref())).collect();
    assert_eq!(names, [("aws:principaltag/Team", Some("none")), ("aws:username", None)]);
    let text = |value: &str| Binding::Text(value.to_owned());
    let Resolved::Known(known) = pattern.resolve(|name| if name == "aws:username" { text("jo*") } else { Binding::Absent }) else {
        panic!("both have a value");
    };
    assert!(known.matches("arn:aws:s3:::b/none/jo*/*/?$") && !known.matches("arn:aws:s3:::b/none/john/*/?$"));
    assert_eq!(pattern.resolve(|_| Binding::Absent), Resolved::Never("aws:username".into()));
    assert!(matches!(pattern.resolve(|_| Binding::Unknown), Resolved::Unknown(_, names) if names.len() == 2));
    // Version 2008-10-17 has no variables.
    assert!(Pattern::resource("arn:aws:s3:::${aws:username}", false).matches("arn:aws:s3:::${aws:username}"));
    assert!(!Pattern::resource("${aws:username", true).has_variables());
}

#[test]
fn long_patterns_end() {
    let hard = Pattern::new(&"a*".repeat(2_000));
    let text = "a".repeat(4_000);
    assert!(hard.matches(&text) && !hard.matches(&format!("b{text}")));
    let stars = Pattern::new(&format!("{}b", "*a?".repeat(60)));
    assert!(stars.covers(&stars) && stars.meets(&Pattern::new("*b")) && !Pattern::new("b*").covers(&stars));
    // Exponential for a set of states; the answer is no, in time.
    let wide = |front: &str| Pattern::new(&format!("{front}{}", "?".repeat(400)));
    assert!(!wide("*a*b").covers(&wide("*ab")) || wide("*a*b").covers(&wide("*ab")));
    assert!(apart(&[&wide("a*"), &wide("b*"), &Pattern::new("*")]) && !covers_common(&wide("*a"), &[&wide("*b"), &wide("*c")]));
    assert!(!Pattern::new(&format!("*a{}", "?".repeat(40))).covers(&Pattern::new(&format!("*b{}", "?".repeat(40)))));
}

#[test]
fn common_text() {
    let found = common(&[&Pattern::resource("arn:aws:s3:::*", true), &Pattern::resource("arn:aws:s3:::a*z", true)]);
    assert_eq!(found, ["arn:aws:s3:::a\u{e000}z", "arn:aws:s3:::az"]);
    assert!(common(&[&Pattern::new("a*"), &Pattern::new("b*")]).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn matches_as_the_plain_matcher(pattern in "[ab:*?]{0,8}", text in "[abc:]{0,8}") {
        prop_assert_eq!(Pattern::new(&pattern).matches(&text), naive(&chars(&pattern), &chars(&text), false, 0));
        prop_assert_eq!(Pattern::arn(&pattern, true).matches(&text), naive(&chars(&pattern), &chars(&text), true, 0));
    }

    #[test]
    fn compares_as_all_short_texts(one in "[a:*?]{0,4}", two in "[a:*?]{0,4}", confined: (bool, bool)) {
        let build = |text: &str, confined: bool| if confined { Pattern::arn(text, true) } else { Pattern::new(text) };
        let (left, right) = (build(&one, confined.0), build(&two, confined.1));
        let (mut covers, mut meets) = (true, false);
        for text in texts("a:c", 7) {
            let both = (left.matches(&text), right.matches(&text));
            covers &= !both.1 || both.0;
            meets |= both.0 && both.1;
        }
        prop_assert_eq!(left.covers(&right), covers, "{} covers {}", one, two);
        prop_assert_eq!(left.meets(&right), meets, "{} meets {}", one, two);
        prop_assert_eq!(right.meets(&left), meets);
        let found = common(&[&left, &right]);
        prop_assert_eq!(!found.is_empty(), meets);
        prop_assert!(found.iter().all(|text| left.matches(text) && right.matches(text)));
    }

    #[test]
    fn common_texts_compare_as_all_short_texts(one in "[a:*?]{0,3}", two in "[a:*?]{0,3}", three in "[a:*?]{0,3}", confined: bool) {
        let large = if confined { Pattern::arn(&three, true) } else { Pattern::new(&three) };
        let (left, right) = (Pattern::new(&one), Pattern::new(&two));
        let both: Vec<String> = texts("a:c", 7).into_iter().filter(|text| left.matches(text) && right.matches(text)).collect();
        prop_assert_eq!(covers_common(&large, &[&left, &right]), both.iter().all(|text| large.matches(text)));
        prop_assert_eq!(apart(&[&left, &right, &large]), !both.iter().any(|text| large.matches(text)));
    }

    #[test]
    fn a_star_more_matches_more(pattern in "[ab*?]{0,6}", at in 0usize..6, text in "[ab]{0,8}") {
        let mut wider = pattern.clone();
        wider.insert(at.min(pattern.len()), '*');
        prop_assert!(!Pattern::new(&pattern).matches(&text) || Pattern::new(&wider).matches(&text));
        prop_assert!(Pattern::new(&wider).covers(&Pattern::new(&pattern)));
    }
}
