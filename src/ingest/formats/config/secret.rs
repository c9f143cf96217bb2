//! What a secret looks like, by value and by name. Shapes are those the issuers publish: prefixes of
//! keys and tokens, PEM blocks, signed web tokens and addresses, assignments in scripts.
//!
//! Written as one pass over the bytes, since every text of every item goes through it.

/// Texts shorter than this hold none of the shapes.
const SHORTEST: usize = 8;

/// The kind of secret a text holds, if it looks like one. Says nothing about short passwords without a
/// name: see [`secret_name`].
pub fn detect_secret(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    if bytes.len() < SHORTEST || text.starts_with("[masked: ") {
        return None;
    }
    let plain_arn = text.starts_with("arn:") && !bytes.contains(&b' ') && !bytes.contains(&b'=');
    if plain_arn {
        return None;
    }
    if is_secret_access_key(bytes) {
        return Some("secret access key");
    }
    bytes.windows(2).enumerate().filter(|(_, pair)| may_begin(pair[0], pair[1])).find_map(|(at, _)| shape_at(bytes, at))
}

/// The first two bytes of the shapes, a bit for each pair. Single letters are far too common.
static BEGINNINGS: [u64; 1 << 10] = {
    let mut table = [0_u64; 1 << 10];
    let pairs = [
        *b"--", *b"AK", *b"AS", *b"AI", *b"ey", *b"gh", *b"gi", *b"gl", *b"xo", *b"ho", *b"sk", *b"rk", *b"SG", *b"np", *b"py", *b":/",
        *b": ", *b":\"", *b":'",
    ];
    let mut at = 0;
    while at < pairs.len() {
        let pair = (pairs[at][0] as usize) << 8 | pairs[at][1] as usize;
        table[pair >> 6] |= 1 << (pair & 63);
        at += 1;
    }
    // What is assigned may begin with any byte.
    let mut second = 0;
    while second < 256 {
        let pair = (b'=' as usize) << 8 | second;
        table[pair >> 6] |= 1 << (pair & 63);
        second += 1;
    }
    table
};

#[inline]
fn may_begin(first: u8, second: u8) -> bool {
    let pair = usize::from(first) << 8 | usize::from(second);
    BEGINNINGS[pair >> 6] >> (pair & 63) & 1 == 1
}

fn shape_at(bytes: &[u8], at: usize) -> Option<&'static str> {
    let rest = &bytes[at..];
    match rest[0] {
        b':' => address(rest).or_else(|| assignment(bytes, at)),
        b'=' => assignment(bytes, at),
        b'-' => (rest.starts_with(b"-----BEGIN ") && contains(&rest[..rest.len().min(64)], b"PRIVATE KEY-----")).then_some("private key"),
        _ if at > 0 && is_word(bytes[at - 1]) => None,
        b'A' => {
            if rest.starts_with(b"AKIA") || rest.starts_with(b"ASIA") {
                let run = run(&rest[4..], |b| b.is_ascii_uppercase() || b.is_ascii_digit());
                (run == 16 && !rest.get(20).is_some_and(|b| is_word(*b))).then_some("access key id")
            } else {
                prefixed(rest, b"AIza", 35).then_some("API key")
            }
        }
        b'e' => web_token(rest).then_some("JSON web token"),
        b'g' => {
            let hub = rest.len() > 4 && rest.starts_with(b"gh") && b"pousr".contains(&rest[2]) && prefixed(&rest[3..], b"_", 36);
            (hub || prefixed(rest, b"github_pat_", 22) || prefixed(rest, b"glpat-", 20)).then_some("token")
        }
        b'x' => (rest.len() > 5
            && rest.starts_with(b"xox")
            && rest[4] == b'-'
            && b"abeoprs".contains(&rest[3])
            && prefixed(&rest[4..], b"-", 10))
        .then_some("token"),
        b'h' => prefixed(rest, b"hooks.slack.com/services/", 8).then_some("webhook address"),
        b's' => (prefixed(rest, b"sk_live_", 16) || prefixed(rest, b"sk-ant-", 16) || prefixed(rest, b"sk-proj-", 16)).then_some("API key"),
        b'r' => prefixed(rest, b"rk_live_", 16).then_some("API key"),
        b'S' => (prefixed(rest, b"SG.", 20) && rest.get(25) == Some(&b'.')).then_some("API key"),
        b'n' => prefixed(rest, b"npm_", 36).then_some("token"),
        b'p' => prefixed(rest, b"pypi-", 32).then_some("token"),
        _ => None,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Characters of tokens and of URL-safe base64.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn run(bytes: &[u8], accepts: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|b| accepts(**b)).count()
}

fn prefixed(bytes: &[u8], prefix: &[u8], at_least: usize) -> bool {
    bytes.starts_with(prefix) && run(&bytes[prefix.len()..], is_token) >= at_least
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(bytes, wanted).is_some()
}

/// Forty characters of base64 and nothing else, of mixed case, as IAM makes them. Hexadecimal digests of
/// the same length have one case only.
fn is_secret_access_key(bytes: &[u8]) -> bool {
    bytes.len() == 40
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+' | b'='))
        && bytes.iter().filter(|b| b.is_ascii_uppercase()).count() >= 5
        && bytes.iter().filter(|b| b.is_ascii_lowercase()).count() >= 5
        && bytes.iter().any(u8::is_ascii_digit)
}

/// Three parts of URL-safe base64, the first two starting with an encoded brace.
fn web_token(bytes: &[u8]) -> bool {
    if !bytes.starts_with(b"eyJ") {
        return false;
    }
    let head = run(bytes, is_token);
    let Some(body) = bytes.get(head + 1..).filter(|b| bytes[head] == b'.' && b.starts_with(b"eyJ")) else {
        return false;
    };
    let length = run(body, is_token);
    body.get(length) == Some(&b'.') && run(&body[length + 1..], is_token) >= 10
}

/// `://user:password@host`. References such as `${...}` and stars are no passwords.
fn address(rest: &[u8]) -> Option<&'static str> {
    let after = rest.strip_prefix(b"://")?;
    let end = run(&after[..after.len().min(512)], |b| !matches!(b, b'/' | b'?' | b'#' | b' ' | b'"' | b'\'' | b'\n'));
    let authority = &after[..end];
    let host = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', &authority[..host])?;
    let password = &authority[colon + 1..host];
    let reference = password.is_empty() || matches!(password[0], b'$' | b'{' | b'<' | b'%') || password.iter().all(|b| *b == b'*');
    (!reference).then_some("password in an address")
}

/// `name=value`, `name = value` and `name: value` in scripts, settings and query strings.
fn assignment(bytes: &[u8], at: usize) -> Option<&'static str> {
    let colon = bytes[at] == b':';
    // After a colon a blank or quote must follow: ARNs and IAM actions are full of colons.
    if colon && !matches!(bytes.get(at + 1), Some(b' ' | b'"' | b'\'')) {
        return None;
    }
    let mut end = at;
    while end > 0 && at - end < 3 && matches!(bytes[end - 1], b' ' | b'"' | b'\'') {
        end -= 1;
    }
    let is_name = |b: u8| is_token(b) || b == b'.';
    let start = end - bytes[end.saturating_sub(64)..end].iter().rev().take_while(|b| is_name(**b)).count();
    let name = std::str::from_utf8(&bytes[start..end]).ok()?;
    let signed = ["X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential", "sig"];
    let kind = if signed.iter().any(|n| name.eq_ignore_ascii_case(n)) || name == "Signature" {
        "signed address"
    } else if name.eq_ignore_ascii_case("authorization") {
        "authorization header"
    } else {
        secret_name(name)?
    };
    let mut value = &bytes[at + 1..];
    for _ in 0..3 {
        match value.first() {
            Some(b' ' | b'"' | b'\'') => value = &value[1..],
            _ => break,
        }
    }
    let length = run(value, |b| !matches!(b, b' ' | b'"' | b'\'' | b'&' | b';' | b',' | b'\n' | b'\r' | b'\t' | b'\\'));
    let value = std::str::from_utf8(&value[..length]).ok()?;
    if !is_literal(value) || matches!(value.as_bytes()[0], b'$' | b'<' | b'%' | b'(' | b'`') {
        return None;
    }
    // Prose writes "password: must be changed"; an assignment by colon needs more than a word.
    let enough = if colon { length >= 6 && value.bytes().any(|b| !b.is_ascii_alphabetic() && b != b'.' && b != b'-') } else { length >= 4 };
    enough.then_some(kind)
}

/// Endings of names that speak of a secret without being one.
const ABOUT: [&str; 63] = [
    "arn",
    "arns",
    "id",
    "ids",
    "name",
    "names",
    "enabled",
    "disabled",
    "policy",
    "policies",
    "version",
    "type",
    "types",
    "length",
    "status",
    "state",
    "createdat",
    "date",
    "time",
    "url",
    "uri",
    "endpoint",
    "path",
    "validity",
    "units",
    "used",
    "changed",
    "rotated",
    "required",
    "reset",
    "age",
    "count",
    "param",
    "parameter",
    "ref",
    "file",
    "prefix",
    "expiration",
    "expiry",
    "expires",
    "provider",
    "manager",
    "rotation",
    "rule",
    "rules",
    "alias",
    "usage",
    "spec",
    "configuration",
    "config",
    "method",
    "algorithm",
    "expression",
    "source",
    "location",
    "format",
    "description",
    "encryption",
    "checks",
    "history",
    "reuse",
    "timeout",
    "validation",
];

/// Tokens that make a call repeatable or turn a page: no secrets.
const HARMLESS_TOKENS: [&str; 10] =
    ["client", "request", "creation", "next", "idempotency", "pagination", "continuation", "update", "lock", "change"];

/// The kind of secret a member, variable or parameter of this name would hold.
pub fn secret_name(name: &str) -> Option<&'static str> {
    if name.len() < 3 || name.len() > 128 || !may_name_a_secret(name.as_bytes()) {
        return None;
    }
    let mut buffer = [0_u8; 128];
    let mut length = 0;
    for byte in name.bytes().filter(u8::is_ascii_alphanumeric) {
        buffer[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    let plain = std::str::from_utf8(&buffer[..length]).ok()?;
    let kind = named(name, plain)?;
    (!ABOUT.iter().any(|ending| plain.ends_with(ending))).then_some(kind)
}

/// A quick look that turns most names down: each word below holds one of these.
fn may_name_a_secret(name: &[u8]) -> bool {
    name.windows(3).any(|three| {
        let lower = [three[0] | 32, three[1] | 32, three[2] | 32];
        matches!(&lower, b"pas" | b"pwd" | b"sec" | b"tok" | b"key" | b"cre")
    })
}

/// The kind by the words of a name; `plain` is the name in lower case without punctuation.
fn named(name: &str, plain: &str) -> Option<&'static str> {
    // All of the words but two have one of these; most names have none.
    let is_short_password = || {
        let end = name.len().checked_sub(5).and_then(|at| name.get(at..)).unwrap_or("");
        plain == "pwd"
            || plain == "pass"
            || plain.ends_with("dbpass")
            || plain.ends_with("userpass")
            || end == "_PASS"
            || end.get(1..).is_some_and(|e| e.eq_ignore_ascii_case("_pwd"))
    };
    if plain.contains("passw") && (plain.contains("password") || plain.contains("passwd")) || plain.contains("passphrase") {
        return Some("password");
    }
    if plain.contains("secret") {
        return Some("secret");
    }
    if let Some(before) = plain.strip_suffix("token") {
        return (!HARMLESS_TOKENS.iter().any(|t| before.ends_with(t))).then_some("token");
    }
    if plain.contains("privatekey") {
        return Some("private key");
    }
    if plain.contains("apikey") {
        return Some("API key");
    }
    if plain.ends_with("key") && ["accesskey", "accountkey", "signingkey", "sharedkey", "licensekey"].iter().any(|k| plain.ends_with(k)) {
        return Some("key");
    }
    if plain.ends_with("credentials") {
        return Some("credentials");
    }
    is_short_password().then_some("password")
}

/// Whether a value is written out: no reference to a parameter store, no placeholder, no setting.
pub fn is_literal(value: &str) -> bool {
    const REFERENCES: [&str; 10] =
        ["arn:", "{{resolve:", "${", "ssm:", "secretsmanager:", "http://", "https://", "[masked: ", "/", "vault:"];
    const SETTINGS: [&str; 18] = [
        "true",
        "false",
        "null",
        "none",
        "yes",
        "no",
        "on",
        "off",
        "enabled",
        "disabled",
        "required",
        "optional",
        "active",
        "inactive",
        "default",
        "noecho",
        "undefined",
        "0",
    ];
    let value = value.trim();
    !value.is_empty()
        && !value.bytes().all(|b| b == b'*')
        && !REFERENCES.iter().any(|r| value.starts_with(r))
        && !SETTINGS.iter().any(|s| value.eq_ignore_ascii_case(s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_recognised() {
        let jwt = format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}", "a".repeat(43));
        let cases: Vec<(String, &str)> = vec![
            ("AKIAIOSFODNN7EXAMPLE".into(), "access key id"),
            ("id=ASIAIOSFODNN7EXAMPLE;".into(), "access key id"),
            ("-----BEGIN PRIVATE KEY-----\nMIIE".into(), "private key"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----".into(), "private key"),
            (jwt, "JSON web token"),
            (format!("ghp_{}", "a1".repeat(18)), "token"),
            (format!("token xoxb-{}", "1".repeat(12)), "token"),
            ("https://bucket.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=0123abcd".into(), "signed address"),
            ("postgres://app:hunter2@db.example.com:5432/app".into(), "password in an address"),
            ("Server=db;User=app;Password=hunter2;".into(), "password"),
            ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG".into(), "secret"),
            ("{\"password\": \"hunter2!\"}".into(), "password"),
            ("Authorization: Basic0123456=".into(), "authorization header"),
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(), "secret access key"),
            (format!("AIza{}", "a".repeat(35)), "API key"),
            (format!("sk_live_{}", "a".repeat(24)), "API key"),
        ];
        for (text, kind) in cases {
            assert_eq!(detect_secret(&text), Some(kind), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_look_at_two_bytes_misses_no_shape(parts in proptest::collection::vec(0usize..24, 1..8)) {
            const PARTS: [&str; 24] = [
                "-----BEGIN PRIVATE KEY-----", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "AIza", "eyJa.eyJb.", "ghp_", "github_pat_",
                "glpat-", "xoxb-", "hooks.slack.com/services/", "sk_live_", "sk-ant-", "rk_live_", "SG.", "npm_", "pypi-", "://a:hunter2@b",
                "password=", "password: ", "0123456789abcdefghijklmnopqrstuvwxyz0", ".", " ", "é", "authorization='Basic 1'",
            ];
            let text: String = parts.iter().map(|part| PARTS[*part]).collect();
            let bytes = text.as_bytes();
            if bytes.len() >= SHORTEST && !is_secret_access_key(bytes) {
                let everywhere = (0..bytes.len()).find_map(|at| shape_at(bytes, at));
                proptest::prop_assert_eq!(detect_secret(&text), everywhere, "{}", text);
            }
        }
    }

    #[test]
    fn ordinary_values_are_not() {
        for text in [
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf",
            "arn:aws:iam::111122223333:role/AKIAIOSFODNN7EXAMPLE",
            "secretsmanager:GetSecretValue",
            "https://example.com:8443/path@x",
            "https://user@example.com/",
            "password: must be changed",
            "password=${DB_PASSWORD}",
            "Password=****;User=a",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "AKIA",
            "MAKIAIOSFODNN7EXAMPLE",
            "AKIAIOSFODNN7EXAMPLEX",
            "eyJhbGciOiJIUzI1NiJ9",
            "vpc-0123456789abcdef0",
            "2024-05-01T09:12:33.456Z",
            "[masked: password, 7 characters]",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "",
        ] {
            assert_eq!(detect_secret(text), None, "{text}");
        }
    }

    #[test]
    fn names_are_told_apart() {
        for (name, kind) in [
            ("password", Some("password")),
            ("DB_PASSWORD_PROD", Some("password")),
            ("MYSQL_PWD", Some("password")),
            ("SecretString", Some("secret")),
            ("OAuthToken", Some("token")),
            ("PrivateKey", Some("private key")),
            ("x-api-key", Some("API key")),
            ("httpTokens", None),
            ("ClientRequestToken", None),
            ("NextToken", None),
            ("passwordLastUsed", None),
            ("SECRET_NAME", None),
            ("apiKeySource", None),
            ("apiKeySelectionExpression", None),
            ("updateToken", None),
            ("kmsKeyId", None),
            ("compass", None),
            ("id", None),
        ] {
            assert_eq!(secret_name(name), kind, "{name}");
        }
    }

    #[test]
    fn any_bytes_are_survived() {
        for text in
            ["é=\u{0}=:://@:=\"'", "password=", "=password", "://:@", "eyJ.", "eyJ", "----------BEGIN ", "\u{1F600}password: é1234567"]
        {
            let _kind = detect_secret(text);
            let _name = secret_name(text);
            let _literal = is_literal(text);
        }
    }
}
