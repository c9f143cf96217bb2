//! Reading a document: out of its wrappings, member by member.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::super::pattern::Pattern;
use super::{
    Actions, Condition, Document, Effect, Fault, Operator, Principal, Principals, Problem, Resources, SIZE_LIMIT, Statement, Version,
    fold_key,
};
use crate::base::account::is_account;

/// How often a document may be wrapped (encoded, quoted, listed) before it is refused.
const WRAPS_LIMIT: usize = 8;

/// Reads a document: raw JSON, URL-encoded, or JSON inside a JSON string.
///
/// # Errors
/// A [`Problem`] for everything that AWS would refuse, and for documents beyond the limits of size and depth.
pub fn parse(text: &str) -> Result<Document, Problem> {
    if text.len() > SIZE_LIMIT {
        return Err(Fault::TooLong.at(None, ""));
    }
    let mut text = std::borrow::Cow::Borrowed(text);
    for _ in 0..WRAPS_LIMIT {
        let bare = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        match bare.chars().next() {
            None => return Err(Fault::Empty.at(None, "")),
            Some('%') => {
                let decoded = percent_encoding::percent_decode_str(bare).decode_utf8();
                text = decoded.map_err(|_not_utf8| Fault::NotUtf8.at(None, ""))?.into_owned().into();
            }
            Some(_) => match unwrap(read(bare)?)? {
                Node::Text(inner) => text = inner.into(),
                node => return document(node),
            },
        }
    }
    Err(Fault::TooDeep.at(None, ""))
}

/// Takes a document out of lists of one.
fn unwrap(mut node: Node) -> Result<Node, Problem> {
    while let Node::List(mut nodes) = node {
        node = match (nodes.len(), nodes.pop()) {
            (1, Some(inner)) => inner,
            (count, _) => return Err(Fault::SeveralDocuments(count).at(None, "")),
        };
    }
    Ok(node)
}

fn read(text: &str) -> Result<Node, Problem> {
    serde_json::from_str(text).map_err(|error| {
        let fault = if depth(text) > DEEPEST { Fault::TooDeep } else { Fault::NotJson { line: error.line(), column: error.column() } };
        fault.at(None, "")
    })
}

/// Levels at which the JSON reader stops, before the stack is at risk; a policy has at most six.
const DEEPEST: usize = 127;

/// How deep a text is nested: brackets outside strings.
fn depth(text: &str) -> usize {
    let (mut now, mut most, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                now += 1;
                most = most.max(now);
            }
            b']' | b'}' if !in_string => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// JSON that keeps the order of members and members that stand twice.
enum Node {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Node;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
                Ok(Node::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
                Ok(Node::Number(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
                Ok(Node::Number(value.to_string()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
                Ok(Node::Number(value.to_string()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Node, E> {
                Ok(Node::Text(value.to_owned()))
            }
            fn visit_string<E>(self, value: String) -> Result<Node, E> {
                Ok(Node::Text(value))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
                let mut nodes = Vec::new();
                while let Some(node) = list.next_element()? {
                    nodes.push(node);
                }
                Ok(Node::List(nodes))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Node::Object(members))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Sorts members into the places of `names`, which are compared without case. An unknown or repeated one is a problem.
fn members<const N: usize>(
    node: Node,
    names: [&str; N],
    statement: Option<usize>,
    of: &str,
) -> Result<[Option<(String, Node)>; N], Problem> {
    let Node::Object(given) = node else { return Err(Fault::WrongType.at(statement, of)) };
    let mut slots = [const { None }; N];
    for (name, value) in given {
        let Some(at) = names.iter().position(|known| known.eq_ignore_ascii_case(&name)) else {
            return Err(Fault::UnknownMember.at(statement, &name));
        };
        if slots[at].is_some() {
            return Err(Fault::Repeated.at(statement, &name));
        }
        slots[at] = Some((name, value));
    }
    Ok(slots)
}

fn document(node: Node) -> Result<Document, Problem> {
    let [version, id, statements] = members(node, ["Version", "Id", "Statement"], None, "")?;
    let version = match version {
        None => Version::V2008,
        Some((name, node)) => match text(node, None, &name)?.as_str() {
            "2012-10-17" => Version::V2012,
            "2008-10-17" => Version::V2008,
            other => return Err(Fault::UnknownVersion(other.to_owned()).at(None, &name)),
        },
    };
    let id = id.map(|(name, node)| text(node, None, &name)).transpose()?;
    let statements = match statements {
        None => return Err(Fault::Missing.at(None, "Statement")),
        Some((_, Node::List(nodes))) => nodes,
        Some((_, node)) => vec![node],
    };
    let statements = statements.into_iter().enumerate().map(|(at, node)| statement(at, node, version)).collect::<Result<_, _>>()?;
    Ok(Document { version, id, statements })
}

fn statement(position: usize, node: Node, version: Version) -> Result<Statement, Problem> {
    let at = Some(position);
    let names = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    let [sid, effect, principal, not_principal, action, not_action, resource, not_resource, condition] =
        members(node, names, at, "Statement")?;
    let sid = sid.map(|(name, node)| text(node, at, &name)).transpose()?.filter(|sid| !sid.is_empty());
    let effect = match effect {
        None => return Err(Fault::Missing.at(at, "Effect")),
        Some((name, node)) => match text(node, at, &name)?.as_str() {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            other => return Err(Fault::UnknownEffect(other.to_owned()).at(at, &name)),
        },
    };
    let principals = match (principal, not_principal) {
        (None, None) => None,
        (Some((name, node)), None) => Some(Principals::These(principals(node, at, &name)?)),
        (None, Some((name, node))) => Some(Principals::AllBut(principals(node, at, &name)?)),
        (Some(_), Some((name, _))) => return Err(Fault::Repeated.at(at, &name)),
    };
    let patterns = |(name, node): (String, Node), new: &dyn Fn(&str) -> Pattern| -> Result<Vec<Pattern>, Problem> {
        Ok(texts(node, at, &name)?.iter().map(|text| new(text)).collect())
    };
    let actions = match (action, not_action) {
        (None, None) => return Err(Fault::Missing.at(at, "Action")),
        (Some(given), None) => Actions::These(patterns(given, &Pattern::action)?),
        (None, Some(given)) => Actions::AllBut(patterns(given, &Pattern::action)?),
        (Some(_), Some((name, _))) => return Err(Fault::Repeated.at(at, &name)),
    };
    let new_resource = |text: &str| Pattern::resource(text, version == Version::V2012);
    let resources = match (resource, not_resource) {
        (None, None) => None,
        (Some(given), None) => Some(Resources::These(patterns(given, &new_resource)?)),
        (None, Some(given)) => Some(Resources::AllBut(patterns(given, &new_resource)?)),
        (Some(_), Some((name, _))) => return Err(Fault::Repeated.at(at, &name)),
    };
    let conditions = condition.map(|(name, node)| conditions(node, at, &name)).transpose()?.unwrap_or_default();
    Ok(Statement { position, sid, effect, principals, actions, resources, conditions })
}

fn principals(node: Node, at: Option<usize>, name: &str) -> Result<Vec<Principal>, Problem> {
    match node {
        Node::Text(text) if text == "*" => Ok(vec![Principal::Anyone]),
        Node::Text(text) => Err(Fault::UntypedPrincipal(text).at(at, name)),
        node => {
            let [aws, service, federated, canonical] = members(node, ["AWS", "Service", "Federated", "CanonicalUser"], at, name)?;
            let mut all = Vec::new();
            let mut add = |given: Option<(String, Node)>, new: fn(String) -> Principal| -> Result<(), Problem> {
                if let Some((name, node)) = given {
                    all.extend(texts(node, at, &name)?.into_iter().map(new));
                }
                Ok(())
            };
            add(aws, aws_principal)?;
            add(service, Principal::Service)?;
            add(federated, Principal::Federated)?;
            add(canonical, Principal::Canonical)?;
            Ok(all)
        }
    }
}

/// `*` is anyone; an account is given bare or as its root.
fn aws_principal(text: String) -> Principal {
    if text == "*" {
        return Principal::Anyone;
    }
    let parts: Vec<&str> = text.split(':').collect();
    let account = match parts.as_slice() {
        [bare] => Some(*bare),
        ["arn", _, "iam", "", id, "root"] => Some(*id),
        _ => None,
    };
    match account.filter(|id| is_account(id)) {
        Some(id) => Principal::Account(id.to_owned()),
        None => Principal::Aws(text),
    }
}

fn conditions(node: Node, at: Option<usize>, of: &str) -> Result<Vec<Condition>, Problem> {
    let Node::Object(operators) = node else { return Err(Fault::WrongType.at(at, of)) };
    let mut all: Vec<Condition> = Vec::new();
    for (name, node) in operators {
        let Some(operator) = Operator::parse(name.trim()) else { return Err(Fault::UnknownOperator(name.clone()).at(at, &name)) };
        let Node::Object(keys) = node else { return Err(Fault::WrongType.at(at, &name)) };
        for (key, node) in keys {
            let folded = fold_key(&key);
            if all.iter().any(|known| known.operator == operator && known.key == folded) {
                return Err(Fault::Repeated.at(at, &key));
            }
            let values = match node {
                Node::List(nodes) => nodes.into_iter().map(|node| scalar(node, at, &key)).collect::<Result<_, _>>()?,
                node => vec![scalar(node, at, &key)?],
            };
            all.push(Condition { operator, key: folded, values });
        }
    }
    Ok(all)
}

fn scalar(node: Node, at: Option<usize>, member: &str) -> Result<String, Problem> {
    match node {
        Node::Text(text) | Node::Number(text) => Ok(text),
        Node::Bool(value) => Ok(value.to_string()),
        _ => Err(Fault::WrongType.at(at, member)),
    }
}

fn text(node: Node, at: Option<usize>, member: &str) -> Result<String, Problem> {
    if let Node::Text(text) = node { Ok(text) } else { Err(Fault::WrongType.at(at, member)) }
}

fn texts(node: Node, at: Option<usize>, member: &str) -> Result<Vec<String>, Problem> {
    match node {
        Node::List(nodes) => nodes.into_iter().map(|node| text(node, at, member)).collect(),
        node => Ok(vec![text(node, at, member)?]),
    }
}
