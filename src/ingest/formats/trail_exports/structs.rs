//! Structures as CloudTrail Lake prints them in CSV: `{type=Root, sessioncontext={attributes=null}}`.
//!
//! Keys of declared structures are in lower case, values unquoted, so that a value with `,`, `=` or `}`
//! cannot be told from structure beyond doubt (formats.md 1.8). What is read here is a best effort and
//! is called so in the file's notes.

use serde_json::{Map, Value};

use crate::base::steps;
use crate::ingest::reading::json;

/// Structures nested deeper are not read.
const MAX_DEPTH: usize = 32;

/// Members of CloudTrail's structures by their name in lower case.
const NAMES: &[&str] = &[
    "accessKeyId",
    "accountId",
    "arn",
    "assumedRoot",
    "attributes",
    "cipherSuite",
    "clientProvidedHostHeader",
    "creationDate",
    "credentialId",
    "credentialsIssuedTo",
    "ec2RoleDelivery",
    "federatedProvider",
    "identityProvider",
    "identityStoreArn",
    "inScopeOf",
    "invokedBy",
    "invokedByDelegate",
    "issuerType",
    "keyExchange",
    "mfaAuthenticated",
    "onBehalfOf",
    "originalEventID",
    "originalRequestID",
    "principalId",
    "reason",
    "sessionContext",
    "sessionIssuer",
    "signInSessionArn",
    "sourceAccount",
    "sourceArn",
    "sourceIdentity",
    "tlsVersion",
    "type",
    "updatedFields",
    "userId",
    "userName",
    "webIdFederationData",
];

/// A member's name in CloudTrail's spelling, whatever its case; unknown names as they are.
pub(super) fn spelled(name: &str) -> &str {
    NAMES.iter().find(|known| known.eq_ignore_ascii_case(name)).copied().unwrap_or(name)
}

/// The same for all names inside a value.
pub(super) fn respell(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().map(|(name, value)| (spelled(&name).to_owned(), respell(value))).collect(),
        Value::Array(list) => list.into_iter().map(respell).collect(),
        other => other,
    }
}

/// Reads a structure, map or list; `None` when the text is none to its end.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut parser = Parser { text, at: 0, left: READINGS * (text.len() + 100) };
    let value = parser.nested(0)?;
    parser.text[parser.at..].trim().is_empty().then_some(value)
}

/// How often a text may be read in all: what does not close is tried again and again.
const READINGS: usize = 64;

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// Bytes that may still be looked at: text that is read twice over and over must come to an end.
    left: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Takes bytes looked at from those left; `None` when there are no more.
    fn spend(&mut self, bytes: usize) -> Option<()> {
        steps::count(bytes);
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }

    fn eat(&mut self, what: char) -> bool {
        let found = self.rest().starts_with(what);
        if found {
            self.at += what.len_utf8();
        }
        found
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
    }

    /// What opens with a brace or bracket.
    fn nested(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        // Maps hold JSON as text.
        let end = json::end_of_value(self.rest().as_bytes(), 0);
        self.spend(end.unwrap_or(self.rest().len()))?;
        if let Some(end) = end
            && let Some(value) = self.rest().get(..end).and_then(|text| serde_json::from_str::<Value>(text).ok())
        {
            self.at += end;
            return Some(value);
        }
        if self.eat('{') {
            let mut members = Map::new();
            self.blanks();
            while !self.eat('}') {
                let name = key(self.rest())?.to_owned();
                self.at += name.len() + 1;
                let value = self.value(depth, '}')?;
                members.insert(name, value);
                self.next('}')?;
            }
            return Some(Value::Object(members));
        }
        if self.eat('[') {
            let mut list = Vec::new();
            self.blanks();
            while !self.eat(']') {
                list.push(self.value(depth, ']')?);
                self.next(']')?;
            }
            return Some(Value::Array(list));
        }
        None
    }

    /// The comma between two members, or nothing before the closing sign.
    fn next(&mut self, close: char) -> Option<()> {
        if self.eat(',') {
            self.blanks();
            return Some(());
        }
        self.rest().starts_with(close).then_some(())
    }

    fn value(&mut self, depth: usize, close: char) -> Option<Value> {
        let before = self.at;
        self.spend(1)?;
        if self.rest().starts_with(['{', '['])
            && let Some(value) = self.nested(depth + 1)
        {
            return Some(value);
        }
        self.at = before;
        let rest = self.rest();
        // A comma parts two members only when a name follows it; in a list it always does.
        let end = rest
            .char_indices()
            .find(|(at, c)| *c == close || *c == ',' && (close == ']' || key(rest[at + 1..].trim_start_matches(' ')).is_some()))
            .map(|(at, _)| at);
        let looked_at = end.unwrap_or(rest.len());
        self.spend(looked_at)?;
        let end = end?;
        let text = self.rest()[..end].to_owned();
        self.at += end;
        Some(if text == "null" { Value::Null } else { Value::String(text) })
    }
}

/// The name at the start of `name=`.
fn key(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | '@')))?;
    (end > 0 && text[end..].starts_with('=')).then(|| &text[..end])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn structures_maps_and_lists() {
        let text = "{type=AssumedRole, principalid=AROA:x, sessioncontext={attributes={creationdate=2024-05-01 08:00:00.000, mfaauthenticated=true}, sessionissuer={}}, invokedby=null}";
        let value = respell(parse(text).unwrap());
        let wanted = json!({"type": "AssumedRole", "principalId": "AROA:x", "invokedBy": null,
            "sessionContext": {"attributes": {"creationDate": "2024-05-01 08:00:00.000", "mfaAuthenticated": "true"}, "sessionIssuer": {}}});
        assert_eq!(value, wanted);
        assert_eq!(parse("[{a=1}, {a=2}]").unwrap(), json!([{"a": "1"}, {"a": "2"}]));
        assert_eq!(
            parse("{Description=one, two and three, x={\"y\":[1]}}").unwrap(),
            json!({"Description": "one, two and three", "x": {"y": [1]}})
        );
        assert_eq!(parse("{}").unwrap(), json!({}));
    }

    #[test]
    fn what_is_none_is_none() {
        for text in ["", "x", "{a=1", "{a}", "{a=1}}", "[1", "{=1}", "{a={b=1}"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"{a=".repeat(10_000)), None);
    }
}
