//! Conditions on what is not known must agree with the same conditions on every value it may have.

use proptest::prelude::*;

use super::*;

const KEYS: &[(&str, &[&str])] = &[
    ("s3:prefix", &["", "a", "ab", "home/jo", "10", "true", "10.0.0.1"]),
    ("aws:SourceIp", &["10.0.0.1", "192.0.2.9", "2001:db8::1", "203.0.113.200"]),
    ("aws:SecureTransport", &["true", "false"]),
    ("aws:PrincipalAccount", &["111122223333", "999999999999"]),
    ("aws:SourceArn", &["arn:aws:sns:eu-west-1:111122223333:t", "arn:aws:s3:::b"]),
    ("aws:CurrentTime", &["2026-01-01T00:00:00Z", "2027-06-01T12:00:00+02:00", "1767225600"]),
    ("aws:TagKeys", &["a", "b", "c"]),
];

const VALUES: &[&str] = &[
    "*",
    "a",
    "a*",
    "?",
    "10",
    "11",
    "true",
    "false",
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/8",
    "192.0.2.0/24",
    "????????????",
    "111122223333",
    "arn:aws:sns:*:*:*",
    "arn:*:*:*:*:*",
    "arn:aws:s3",
    "2026-06-01",
    "1767225600",
    "${aws:username}",
    "${aws:PrincipalTag/x, 'a'}",
    "",
];

fn request(key: &str, value: Value) -> Context {
    let mut context = Context::new("s3", false);
    context.set_text("aws:username", "a");
    context.close("aws:PrincipalTag/");
    context.set(key, value);
    context
}

fn operators() -> impl Strategy<Value = Operator> {
    let sets = prop_oneof![3 => Just(None), 1 => Just(Some(SetOperator::ForAllValues)), 1 => Just(Some(SetOperator::ForAnyValue))];
    (proptest::sample::select(Base::ALL), sets, any::<bool>()).prop_map(|(base, set, if_exists)| Operator {
        base,
        set,
        if_exists: if_exists && base != Base::Null,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn unknown_agrees_with_every_value(
        operator in operators(),
        (key, known) in proptest::sample::select(KEYS),
        values in proptest::sample::subsequence(VALUES, 0..4),
        always: bool,
    ) {
        let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
        let conditions = [Condition { operator, key: fold_key(key), values }];
        let truth = |value: Value| truth(&conditions, Version::V2012, &request(key, value));
        let open = truth(Value::Unknown { always });
        let mut each: Vec<Truth> = known.iter().map(|value| truth(Value::Present(vec![(*value).to_owned()]))).collect();
        if keys::is_list(key) {
            each.push(truth(Value::Present(known.iter().map(|value| (*value).to_owned()).collect())));
        }
        if !always {
            each.push(truth(Value::Absent));
        }
        let undecided = matches!(open, Truth::Unknown(_));
        prop_assert!(undecided || each.iter().all(|one| *one == open || matches!(one, Truth::Unknown(_))), "{} {:?}: {:?} {:?}", operator, conditions, open, each);
    }

    /// A negated operator says the opposite of its positive one, where the key has one value.
    #[test]
    fn negation_is_the_opposite((key, known) in proptest::sample::select(&KEYS[..6]), at in 0usize..6, wanted in proptest::sample::select(&VALUES[..19])) {
        let value = known[at % known.len()];
        for (positive, negative) in [
            (Base::StringEquals, Base::StringNotEquals),
            (Base::StringEqualsIgnoreCase, Base::StringNotEqualsIgnoreCase),
            (Base::StringLike, Base::StringNotLike),
            (Base::NumericEquals, Base::NumericNotEquals),
            (Base::DateEquals, Base::DateNotEquals),
            (Base::IpAddress, Base::NotIpAddress),
            (Base::ArnLike, Base::ArnNotLike),
        ] {
            let of = |base: Base| {
                let operator = Operator { base, set: None, if_exists: false };
                let conditions = [Condition { operator, key: fold_key(key), values: vec![wanted.to_owned()] }];
                truth(&conditions, Version::V2012, &request(key, Value::Present(vec![value.to_owned()])))
            };
            let opposite = match of(positive) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::Unknown(_) => continue,
            };
            prop_assert_eq!(of(negative), opposite, "{} {} {}", negative.name(), value, wanted);
        }
    }
}

#[test]
fn dates_and_addresses_in_all_forms() {
    let cases = [
        ("DateEquals", "2026-01", "2026-01-01T00:00:00Z", true),
        ("DateEquals", "2026-01-01T00:00Z", "2026-01-01", true),
        ("DateEquals", "2026-01-01T00:00:00", "1767225600", true),
        ("DateEquals", "1767225600000", "1767225600", true),
        ("DateEquals", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.500Z", true),
        ("DateLessThan", "not a date", "2026-01-01", false),
        ("IpAddress", "10.1.2.3/8", "10.200.0.1", true),
        ("IpAddress", "10.1.2.3", "10.1.2.4", false),
        ("IpAddress", "2001:DB8::/32", "2001:db8:0:1::5", true),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", false),
        ("NotIpAddress", "0.0.0.0/0", "2001:db8::1", true),
        ("NumericEquals", "3600", "3600.0", true),
        ("NumericLessThan", "ten", "3", false),
        ("BinaryEquals", "QQ==", "QQ", true),
        ("Bool", "TRUE", "true", true),
        ("ArnLike", "arn:aws:sns:*:111122223333:t", "arn:aws:sns:eu-west-1:999:x:111122223333:t", false),
        ("StringLike", "arn:aws:sns:*:111122223333:t", "arn:aws:sns:eu-west-1:999:x:111122223333:t", true),
    ];
    for (operator, wanted, value, yes) in cases {
        let given = request("s3:prefix", Value::Present(vec![value.to_owned()]));
        let conditions: Vec<Condition> = condition(operator, "s3:prefix", &[wanted]).into_iter().collect();
        assert_eq!(conditions.len(), 1);
        assert_eq!(truth(&conditions, Version::V2012, &given) == Truth::Yes, yes, "{operator} {wanted} {value}");
    }
}
