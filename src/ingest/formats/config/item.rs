//! A configuration item, read from either dialect into one form.
//!
//! The file dialect (snapshots, history files, notifications) and the API dialect name some members
//! differently and deliver `configuration` as an object or as text; items from before 2015 misspell
//! two names. Which one is met is decided by the names and values of each item, never by the file.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as DeError, IgnoredAny, MapAccess, SeqAccess, Visitor};
use sha2::{Digest, Sha256};

use super::decode;
use super::{Context, Tally};

pub use crate::base::account::is_account;
use crate::base::time;
use crate::ingest::reading::tree::{self, Name, Tree};

/// Status of rows that come from an answer to a query, which holds only the fields it asked for.
pub const SELECT_RESULT: &str = "SelectResult";

/// Text borrowed from the file where it has no escapes; numbers and flags as their text; null, lists and
/// objects as nothing, except that `{"value": x}` is `x`.
#[derive(Debug, Default, Clone)]
pub struct Scalar<'a>(pub Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;
        fn owned<'de>(text: String) -> Scalar<'de> {
            Scalar(Some(Cow::Owned(text)))
        }
        impl<'de> Visitor<'de> for ScalarVisitor {
            type Value = Scalar<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_borrowed_str<E: DeError>(self, v: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar(Some(Cow::Borrowed(v))))
            }
            fn visit_str<E: DeError>(self, v: &str) -> Result<Scalar<'de>, E> {
                Ok(owned(v.to_owned()))
            }
            fn visit_bool<E: DeError>(self, v: bool) -> Result<Scalar<'de>, E> {
                Ok(Scalar(Some(Cow::Borrowed(if v { "true" } else { "false" }))))
            }
            fn visit_i64<E: DeError>(self, v: i64) -> Result<Scalar<'de>, E> {
                Ok(owned(v.to_string()))
            }
            fn visit_u64<E: DeError>(self, v: u64) -> Result<Scalar<'de>, E> {
                Ok(owned(v.to_string()))
            }
            fn visit_f64<E: DeError>(self, v: f64) -> Result<Scalar<'de>, E> {
                Ok(owned(tree::whole_of(v).map_or_else(|| v.to_string(), |n| n.to_string())))
            }
            fn visit_unit<E: DeError>(self) -> Result<Scalar<'de>, E> {
                Ok(Scalar(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
                let mut inner = Scalar(None);
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    if name.0 == "value" {
                        inner = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(inner)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }
        }
        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// The tags of an item: an object, or a list of pairs in query answers and some documents.
#[derive(Debug, Default)]
pub struct Tags<'a>(pub Vec<(Cow<'a, str>, Option<Cow<'a, str>>)>);

impl<'de> Deserialize<'de> for Tags<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagsVisitor;
        impl<'de> Visitor<'de> for TagsVisitor {
            type Value = Tags<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tags as an object or a list")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tags<'de>, A::Error> {
                let mut tags = Vec::with_capacity(map.size_hint().unwrap_or(4));
                while let Some((name, value)) = map.next_entry::<Name<'de>, Scalar<'de>>()? {
                    tags.push((name.0, value.0));
                }
                Ok(Tags(tags))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tags<'de>, A::Error> {
                let mut tags = Vec::new();
                while let Some(element) = seq.next_element::<Tree<'_>>()? {
                    tags.extend(pair(&element));
                }
                Ok(Tags(tags))
            }
            fn visit_unit<E: DeError>(self) -> Result<Tags<'de>, E> {
                Ok(Tags::default())
            }
            fn visit_str<E: DeError>(self, v: &str) -> Result<Tags<'de>, E> {
                let mut unread = 0;
                Ok(Tags(tags_of(&decode::document(Tree::Text(Cow::Borrowed(v)), &mut unread)).unwrap_or_default()))
            }
        }
        deserializer.deserialize_any(TagsVisitor)
    }
}

type Tag<'a> = (Cow<'a, str>, Option<Cow<'a, str>>);

/// `{"key": ..., "value": ...}` in the spellings met.
fn pair<'a>(element: &Tree<'_>) -> Option<Tag<'a>> {
    let find = |names: [&str; 2]| names.into_iter().find_map(|n| element.field(n));
    let key = find(["key", "tagKey"])?.as_str()?.to_owned();
    Some((Cow::Owned(key), find(["value", "tagValue"]).and_then(text_of)))
}

fn text_of<'a>(value: &Tree<'_>) -> Option<Cow<'a, str>> {
    value.scalar_text().map(|text| Cow::Owned(text.into_owned()))
}

/// Tags as an item's own documents hold them.
fn tags_of<'a>(value: &Tree<'_>) -> Option<Vec<Tag<'a>>> {
    match value {
        Tree::Object(map) => Some(map.iter().map(|(k, v)| (Cow::Owned(k.to_owned()), text_of(v))).collect()),
        Tree::List(elements) => Some(elements.iter().filter_map(pair).collect()),
        _ => None,
    }
}

/// One entry of `relationships`.
#[derive(Debug, Default)]
pub struct Relationship<'a> {
    /// `name` or `relationshipName`.
    pub label: Scalar<'a>,
    /// `resourceType`.
    pub resource_type: Scalar<'a>,
    /// `resourceId`.
    pub resource_id: Scalar<'a>,
    /// `resourceName`.
    pub resource_name: Scalar<'a>,
}

impl<'de> Deserialize<'de> for Relationship<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RelationshipVisitor;
        impl<'de> Visitor<'de> for RelationshipVisitor {
            type Value = Relationship<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a relationship object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Relationship<'de>, A::Error> {
                let mut read = Relationship::default();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    match name.0.as_ref() {
                        "name" | "relationshipName" => read.label = map.next_value()?,
                        "resourceType" => read.resource_type = map.next_value()?,
                        "resourceId" => read.resource_id = map.next_value()?,
                        "resourceName" => read.resource_name = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(read)
            }
        }
        deserializer.deserialize_map(RelationshipVisitor)
    }
}

/// The members of an item as delivered, under one name for both dialects. `None` = not delivered.
#[derive(Debug, Default)]
pub struct Delivered<'a> {
    account_id: Scalar<'a>,
    region: Scalar<'a>,
    availability_zone: Scalar<'a>,
    resource_type: Scalar<'a>,
    resource_id: Scalar<'a>,
    resource_name: Scalar<'a>,
    arn: Scalar<'a>,
    status: Scalar<'a>,
    captured_at: Scalar<'a>,
    created_at: Scalar<'a>,
    state_id: Scalar<'a>,
    configuration: Option<Tree<'a>>,
    supplementary: Option<Tree<'a>>,
    tags: Option<Tags<'a>>,
    relationships: Option<Vec<Relationship<'a>>>,
}

impl<'de> Deserialize<'de> for Delivered<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemVisitor;
        impl<'de> Visitor<'de> for ItemVisitor {
            type Value = Delivered<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a configuration item")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Delivered<'de>, A::Error> {
                let mut read = Delivered::default();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    match name.0.as_ref() {
                        "awsAccountId" | "accountId" => read.account_id = map.next_value()?,
                        "awsRegion" => read.region = map.next_value()?,
                        "availabilityZone" | "availibilityZone" => read.availability_zone = map.next_value()?,
                        "resourceType" => read.resource_type = map.next_value()?,
                        "resourceId" => read.resource_id = map.next_value()?,
                        "resourceName" => read.resource_name = map.next_value()?,
                        "ARN" | "arn" => read.arn = map.next_value()?,
                        "configurationItemStatus" => read.status = map.next_value()?,
                        "configurationItemCaptureTime" => read.captured_at = map.next_value()?,
                        "resourceCreationTime" => read.created_at = map.next_value()?,
                        "configurationStateId" | "configurationStateID" => read.state_id = map.next_value()?,
                        "configuration" => read.configuration = map.next_value()?,
                        "supplementaryConfiguration" => read.supplementary = map.next_value()?,
                        "tags" => read.tags = map.next_value()?,
                        "relationships" => read.relationships = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(read)
            }
        }
        deserializer.deserialize_map(ItemVisitor)
    }
}

/// Status of rows that come from IAM's authorization details: whole, but no item of AWS Config's.
pub const AUTHORIZATION_DETAIL: &str = "AuthorizationDetail";

/// What `get-account-authorization-details` says about one user, group, role or policy.
#[derive(Debug)]
pub struct Detail<'a> {
    /// The type AWS Config gives such a resource.
    pub resource_type: &'static str,
    /// Id, as AWS Config uses it.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// ARN.
    pub arn: Option<String>,
    /// Account, where the ARN has none.
    pub account: Option<&'a str>,
    /// When the answer was given, UTC microseconds.
    pub captured_at: Option<i64>,
    /// When the resource was made, UTC microseconds.
    pub created_at: Option<i64>,
    /// The detail itself.
    pub configuration: Tree<'a>,
}

/// An item ready to become rows: documents opened, times in UTC microseconds.
#[derive(Debug)]
pub struct Item<'a> {
    /// First 16 hex digits of the SHA-256 over what makes the item version unique.
    pub item_id: String,
    /// Account, from the item, else its ARN, else the path of the file.
    pub account_id: Option<Cow<'a, str>>,
    /// Region or `global`, from the same places.
    pub region: Option<Cow<'a, str>>,
    /// Zone as delivered.
    pub availability_zone: Option<Cow<'a, str>>,
    /// Type; only a query answer may lack it.
    pub resource_type: Option<Cow<'a, str>>,
    /// Id, else name, else ARN.
    pub resource_id: Option<Cow<'a, str>>,
    /// Name, else id.
    pub resource_name: Option<Cow<'a, str>>,
    /// ARN.
    pub arn: Option<Cow<'a, str>>,
    /// Status in today's words.
    pub status: Option<Cow<'a, str>>,
    /// When AWS Config recorded it.
    pub captured_at: Option<i64>,
    /// When the resource was made.
    pub created_at: Option<i64>,
    /// State id as text.
    pub state_id: Option<Cow<'a, str>>,
    /// The configuration; null when not delivered.
    pub configuration: Tree<'a>,
    /// The supplementary configuration; null when not delivered.
    pub supplementary: Tree<'a>,
    /// Tags, in the order delivered.
    pub tags: Vec<Tag<'a>>,
    /// Whether tags were delivered at all, if only to say there are none.
    pub tags_delivered: bool,
    /// Relationships.
    pub relationships: Vec<Relationship<'a>>,
    /// Holds only what a query asked for: absence says nothing.
    pub partial: bool,
}

impl<'a> Item<'a> {
    /// An item made from authorization details. AWS Config gives IAM resources the same ids and the same
    /// members in another case. The answer has no state id: in the item's id a hash of the content stands
    /// for it, so that two answers that say the same are copies and two that differ are not.
    ///
    /// # Errors
    /// When the detail does not say which resource it is about.
    pub fn of_detail(detail: Detail<'a>, tally: &mut Tally) -> Result<Self, String> {
        let arn_account = detail.arn.as_deref().and_then(|arn| of_arn(arn).0).map(str::to_owned);
        let content = detail.configuration.to_text();
        let read = Delivered {
            account_id: Scalar(arn_account.or_else(|| detail.account.map(str::to_owned)).map(Cow::Owned)),
            region: Scalar(Some(Cow::Borrowed("global"))),
            resource_type: Scalar(Some(Cow::Borrowed(detail.resource_type))),
            resource_id: Scalar(detail.id.map(Cow::Owned)),
            resource_name: Scalar(detail.name.map(Cow::Owned)),
            arn: Scalar(detail.arn.map(Cow::Owned)),
            status: Scalar(Some(Cow::Borrowed(AUTHORIZATION_DETAIL))),
            // Filled below, since the answer gives no text of it.
            captured_at: Scalar(None),
            configuration: Some(detail.configuration),
            ..Delivered::default()
        };
        // What the answer leaves out is known not to be: only answers to queries are partial. Capture times
        // are missing by nature here and told by the reader.
        let mut item = Self::new(read, false, &Context::default(), &mut Tally::default())?;
        if item.configuration.is_text() {
            tally.add("details could not be opened".to_owned());
        }
        item.captured_at = detail.captured_at;
        item.created_at = detail.created_at;
        item.item_id = item_id(&[
            item.account_id.as_deref().unwrap_or(""),
            "global",
            detail.resource_type,
            item.resource_id.as_deref().unwrap_or(""),
            &detail.captured_at.map_or_else(String::new, |at| at.to_string()),
            &item_id(&[&content]),
        ]);
        Ok(item)
    }

    /// Whether the resource was gone.
    pub fn is_deleted(&self) -> bool {
        self.status.as_deref().is_some_and(|s| s.starts_with("ResourceDeleted"))
    }

    /// The type, or an empty text.
    pub fn resource_type(&self) -> &str {
        self.resource_type.as_deref().unwrap_or("")
    }
}

/// Whether versions seen in several Regions are one.
fn is_global(resource_type: &str, region: Option<&str>) -> bool {
    region == Some("global") || resource_type.starts_with("AWS::IAM::")
}

/// Account and Region of an ARN, where it states them.
fn of_arn(arn: &str) -> (Option<&str>, Option<&str>) {
    let mut parts = arn.split(':');
    if parts.next() != Some("arn") {
        return (None, None);
    }
    let region = parts.nth(2).filter(|r| !r.is_empty());
    let account = parts.next().filter(|a| is_account(a));
    (account, region)
}

fn filled(scalar: Scalar<'_>) -> Option<Cow<'_, str>> {
    scalar.0.filter(|text| !text.is_empty())
}

fn moment(text: Option<&str>, what: &str, tally: &mut Tally) -> Option<i64> {
    let text = text?;
    match time::parse(text) {
        Ok(micros) => Some(micros),
        Err(_unreadable) => {
            tally.add(format!("values of {what} are no time and stored as NULL"));
            None
        }
    }
}

impl<'a> Item<'a> {
    /// Completes what was delivered. `partial` for answers to queries.
    ///
    /// # Errors
    /// When the object does not say which resource it is about.
    pub fn new(read: Delivered<'a>, partial: bool, ctx: &Context, tally: &mut Tally) -> Result<Self, String> {
        let mut arn = filled(read.arn);
        let mut unread = 0;
        let configuration = read.configuration.map_or(Tree::Null, |v| decode::document(v, &mut unread));
        let supplementary = match read.supplementary {
            Some(Tree::Object(members)) => Tree::Object(members.into_iter().map(|(n, v)| (n, decode::document(v, &mut unread))).collect()),
            Some(other) => decode::document(other, &mut unread),
            None => Tree::Null,
        };
        tally.count("texts that should hold JSON and do not, kept as text", unread);
        if partial && arn.is_none() {
            let own = configuration.text_field("arn").filter(|a| a.starts_with("arn:"));
            arn = own.map(|a| Cow::Owned(a.to_owned()));
        }
        let resource_type = filled(read.resource_type);
        let name = filled(read.resource_name);
        let resource_id = filled(read.resource_id).or_else(|| name.clone()).or_else(|| arn.clone());
        if partial {
            if resource_id.is_none() && configuration.is_null() {
                return Err("the answer row names no resource and holds no configuration (a count or another aggregate)".to_owned());
            }
        } else if resource_type.is_none() {
            return Err("the item has no resourceType".to_owned());
        } else if resource_id.is_none() {
            return Err("the item has no resourceId, resourceName or ARN".to_owned());
        }
        let (arn_account, arn_region) = arn.as_deref().map_or((None, None), of_arn);
        let or_else = |own: Option<Cow<'a, str>>, arn: Option<&str>, path: Option<&str>| {
            own.or_else(|| arn.or(path).map(|text| Cow::Owned(text.to_owned())))
        };
        let account_id = or_else(filled(read.account_id), arn_account, ctx.account_id.as_deref());
        let type_text = resource_type.as_deref().unwrap_or("");
        let hint = if type_text.starts_with("AWS::IAM::") { Some("global") } else { ctx.region.as_deref() };
        let region = or_else(filled(read.region), arn_region, hint);
        let status = if partial { Some(Cow::Borrowed(SELECT_RESULT)) } else { filled(read.status).map(todays_word) };
        let captured_at = moment(filled(read.captured_at).as_deref(), "configurationItemCaptureTime", tally);
        let created_at = moment(filled(read.created_at).as_deref(), "resourceCreationTime", tally);
        let state_id = filled(read.state_id);
        if !partial && captured_at.is_none() {
            tally.add("items have no capture time".to_owned());
        }
        let (tags, tags_delivered) = tags(read.tags, &configuration, &supplementary);
        let item_id = item_id(&[
            account_id.as_deref().unwrap_or(""),
            if is_global(type_text, region.as_deref()) { "global" } else { region.as_deref().unwrap_or("") },
            type_text,
            resource_id.as_deref().unwrap_or(""),
            &captured_at.map_or_else(String::new, |t| t.to_string()),
            state_id.as_deref().unwrap_or(""),
        ]);
        Ok(Self {
            item_id,
            account_id,
            region,
            availability_zone: filled(read.availability_zone),
            resource_name: name.or_else(|| resource_id.clone()),
            resource_type,
            resource_id,
            arn,
            status,
            captured_at,
            created_at,
            state_id,
            configuration,
            supplementary,
            tags,
            tags_delivered,
            relationships: read.relationships.unwrap_or_default(),
            partial,
        })
    }
}

/// Items from before 2015 use shorter words.
fn todays_word(status: Cow<'_, str>) -> Cow<'_, str> {
    match status.as_ref() {
        "Discovered" => Cow::Borrowed("ResourceDiscovered"),
        "Deleted" => Cow::Borrowed("ResourceDeleted"),
        _ => status,
    }
}

/// Tags from the item, else from its documents: batch answers leave the member out, and for some types
/// only the documents carry them.
fn tags<'a>(own: Option<Tags<'a>>, configuration: &Tree<'_>, supplementary: &Tree<'_>) -> (Vec<Tag<'a>>, bool) {
    let delivered = own.is_some();
    let mut tags = own.unwrap_or_default().0;
    if tags.is_empty() {
        let inner =
            ["Tags", "tagSet", "TagList"].iter().find_map(|n| supplementary.field(n).or_else(|| configuration.field(n)).and_then(tags_of));
        if let Some(inner) = inner {
            return (inner, true);
        }
    }
    tags.shrink_to_fit();
    (tags, delivered)
}

fn item_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update(b"|");
        }
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(8).fold(String::with_capacity(16), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Item<'_> {
        Item::new(serde_json::from_str(text).unwrap(), false, &Context::default(), &mut Tally::default()).unwrap()
    }

    const FILE: &str = r#"{"configurationItemVersion":"1.3","configurationItemCaptureTime":"2024-05-01T09:12:33.456Z",
        "configurationStateId":1714554753456,"awsAccountId":"111122223333","configurationItemStatus":"OK","resourceType":"AWS::S3::Bucket",
        "resourceId":"acme-data","resourceName":"acme-data","ARN":"arn:aws:s3:::acme-data","awsRegion":"eu-west-1","availabilityZone":"Regional",
        "configuration":{"name":"acme-data"},"supplementaryConfiguration":{"IsRequesterPaysEnabled":false},"tags":{"env":"prod"},
        "relationships":[{"name":"Is in","resourceType":"AWS::X::Y","resourceId":"y"}]}"#;
    const API: &str = r#"{"version":"1.3","configurationItemCaptureTime":1714554753.456,
        "configurationStateId":"1714554753456","accountId":"111122223333","configurationItemStatus":"OK","resourceType":"AWS::S3::Bucket",
        "resourceId":"acme-data","resourceName":"acme-data","arn":"arn:aws:s3:::acme-data","awsRegion":"eu-west-1","availibilityZone":"Regional",
        "configuration":"{\"name\":\"acme-data\"}","supplementaryConfiguration":{"IsRequesterPaysEnabled":"false"},"tags":[{"key":"env","value":"prod","tag":"env=prod"}],
        "relationships":[{"relationshipName":"Is in","resourceType":"AWS::X::Y","resourceId":"y"}]}"#;

    #[test]
    fn both_dialects_make_the_same_item() {
        let (file, api) = (read(FILE), read(API));
        assert_eq!(file.item_id, api.item_id);
        assert_eq!(file.item_id.len(), 16);
        assert_eq!(file.captured_at, Some(1_714_554_753_456_000));
        for item in [&file, &api] {
            assert_eq!(item.account_id.as_deref(), Some("111122223333"));
            assert_eq!(item.arn.as_deref(), Some("arn:aws:s3:::acme-data"));
            assert_eq!(item.availability_zone.as_deref(), Some("Regional"));
            assert_eq!(item.state_id.as_deref(), Some("1714554753456"));
            assert_eq!(item.configuration, Tree::from(&json!({"name":"acme-data"})));
            assert_eq!(item.tags, vec![(Cow::Borrowed("env"), Some(Cow::Borrowed("prod")))]);
            assert_eq!(item.relationships[0].label.0.as_deref(), Some("Is in"));
        }
    }

    #[test]
    fn the_id_leaves_the_region_out_for_global_types() {
        let in_region = |kind: &str, region: &str| {
            read(&format!(r#"{{"resourceType":"{kind}","resourceId":"x","awsRegion":"{region}","awsAccountId":"111122223333"}}"#)).item_id
        };
        assert_eq!(in_region("AWS::IAM::Role", "us-east-1"), in_region("AWS::IAM::Role", "global"));
        assert_ne!(in_region("AWS::EC2::VPC", "us-east-1"), in_region("AWS::EC2::VPC", "eu-west-1"));
    }

    #[test]
    fn the_id_is_what_sha256sum_says() {
        // printf '111122223333|eu-west-1|AWS::S3::Bucket|acme-data|1714554753456000|1714554753456' | sha256sum
        assert_eq!(read(FILE).item_id, "96704e34c642eb33");
    }

    #[test]
    fn odd_members_are_taken_as_they_are() {
        let item = read(
            r#"{"resourceType":"AWS::EC2::VPC","resourceId":12345678901234567890,"configurationStateID":1e3,"configurationItemStatus":"Deleted",
            "configuration":null,"supplementaryConfiguration":null,"tags":null,"relationships":null,"configurationItemCaptureTime":"soon","resourceName":["a"],
            "resource\u0054ype":"AWS::EC2::VPC","availabilityZone":{"value":"eu-west-1a"}}"#,
        );
        assert_eq!(item.resource_id.as_deref(), Some("12345678901234567890"));
        assert_eq!(item.resource_name.as_deref(), Some("12345678901234567890"));
        assert_eq!(item.state_id.as_deref(), Some("1000"));
        assert_eq!(item.availability_zone.as_deref(), Some("eu-west-1a"));
        assert!(item.is_deleted() && !item.tags_delivered && item.captured_at.is_none());
    }

    #[test]
    fn account_and_region_come_from_the_arn_when_not_stated() {
        let item = read(r#"{"resourceType":"AWS::KMS::Key","resourceId":"k","arn":"arn:aws-cn:kms:cn-north-1:444455556666:key/k"}"#);
        assert_eq!((item.account_id.as_deref(), item.region.as_deref()), (Some("444455556666"), Some("cn-north-1")));
    }

    #[test]
    fn an_object_that_names_no_resource_is_refused() {
        let mut tally = Tally::default();
        let refused = |text: &'static str, partial, tally: &mut Tally| {
            Item::new(serde_json::from_str(text).unwrap(), partial, &Context::default(), tally).unwrap_err()
        };
        assert!(refused("{}", false, &mut tally).contains("resourceType"));
        assert!(refused(r#"{"resourceType":"AWS::EC2::VPC"}"#, false, &mut tally).contains("resourceId"));
        assert!(refused(r#"{"COUNT(*)":3}"#, true, &mut tally).contains("aggregate"));
    }

    #[test]
    fn tags_fall_back_on_the_documents() {
        let item = read(
            r#"{"resourceType":"AWS::KMS::Key","resourceId":"k","supplementaryConfiguration":{"Tags":"[{\"tagKey\":\"a\",\"tagValue\":\"b\"}]"}}"#,
        );
        assert_eq!(item.tags, vec![(Cow::Borrowed("a"), Some(Cow::Borrowed("b")))]);
        assert!(item.tags_delivered);
    }
}
