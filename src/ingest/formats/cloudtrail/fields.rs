//! The members of a record that become fixed columns, found in a parsed record. Reading by walking the
//! text ([`super::walk`]) is the usual way and must give the same; this one is for records that the
//! walk does not take, and the oracle of its tests.

use std::borrow::Cow;

use serde_json::Value;

use super::declared::{Declared, declared_in};
use crate::ingest::reading::content;
use crate::schema::resource::EventColumn;

/// Paths of the members, by number.
pub const SLOTS: [&str; 45] = [
    "eventID",
    "eventTime",
    "eventVersion",
    "eventSource",
    "eventName",
    "eventType",
    "eventCategory",
    "awsRegion",
    "recipientAccountId",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "readOnly",
    "managementEvent",
    "sharedEventID",
    "vpcEndpointId",
    "sessionCredentialFromConsole",
    "userIdentity.type",
    "userIdentity.principalId",
    "userIdentity.arn",
    "userIdentity.accountId",
    "userIdentity.accessKeyId",
    "userIdentity.userName",
    "userIdentity.invokedBy",
    "userIdentity.sessionContext.sessionIssuer.type",
    "userIdentity.sessionContext.sessionIssuer.arn",
    "userIdentity.sessionContext.sessionIssuer.userName",
    "userIdentity.sessionContext.attributes.creationDate",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "userIdentity.sessionContext.sourceIdentity",
    "userIdentity.sessionContext.ec2RoleDelivery",
    "userIdentity.sessionContext.assumedRoot",
    "tlsDetails.tlsVersion",
    "addendum.reason",
    "responseElements.ConsoleLogin",
    "insightDetails",
    "userIdentity.onBehalfOf.userId",
    "userIdentity.onBehalfOf.identityStoreArn",
    "userIdentity.invokedByDelegate.accountId",
    "userIdentity.sessionContext.webIdFederationData.federatedProvider",
    "additionalEventData.UserName",
    "responseElements.credentials.accessKeyId",
    "additionalEventData.MFAUsed",
    "userIdentity.identityProvider",
];

/// Members that must be objects where they are present.
pub const OBJECTS: [&str; 4] =
    ["userIdentity", "userIdentity.sessionContext", "userIdentity.sessionContext.sessionIssuer", "userIdentity.sessionContext.attributes"];

/// Member that lists the resources of a record.
pub const RESOURCES: &str = "resources";

/// Numbers of the members in [`SLOTS`].
pub mod slot {
    pub const EVENT_ID: usize = 0;
    pub const EVENT_TIME: usize = 1;
    pub const EVENT_VERSION: usize = 2;
    pub const EVENT_SOURCE: usize = 3;
    pub const EVENT_NAME: usize = 4;
    pub const EVENT_TYPE: usize = 5;
    pub const EVENT_CATEGORY: usize = 6;
    pub const AWS_REGION: usize = 7;
    pub const RECIPIENT: usize = 8;
    pub const SOURCE_ADDRESS: usize = 9;
    pub const USER_AGENT: usize = 10;
    pub const ERROR_CODE: usize = 11;
    pub const ERROR_MESSAGE: usize = 12;
    pub const READ_ONLY: usize = 13;
    pub const MANAGEMENT: usize = 14;
    pub const SHARED_EVENT_ID: usize = 15;
    pub const VPC_ENDPOINT: usize = 16;
    pub const FROM_CONSOLE: usize = 17;
    pub const KIND: usize = 18;
    pub const PRINCIPAL_ID: usize = 19;
    pub const ARN: usize = 20;
    pub const ACCOUNT: usize = 21;
    pub const ACCESS_KEY: usize = 22;
    pub const USER_NAME: usize = 23;
    pub const INVOKED_BY: usize = 24;
    pub const ISSUER_KIND: usize = 25;
    pub const ISSUER_ARN: usize = 26;
    pub const ISSUER_NAME: usize = 27;
    pub const SESSION_CREATED: usize = 28;
    pub const MFA: usize = 29;
    pub const SOURCE_IDENTITY: usize = 30;
    pub const ROLE_DELIVERY: usize = 31;
    pub const ASSUMED_ROOT: usize = 32;
    pub const TLS_VERSION: usize = 33;
    pub const ADDENDUM: usize = 34;
    pub const CONSOLE_LOGIN: usize = 35;
    pub const INSIGHT: usize = 36;
    pub const ON_BEHALF_USER: usize = 37;
    pub const ON_BEHALF_STORE: usize = 38;
    pub const DELEGATE: usize = 39;
    pub const WEB_PROVIDER: usize = 40;
    pub const EVENT_USER: usize = 41;
    pub const ISSUED_KEY: usize = 42;
    pub const MFA_USED: usize = 43;
    pub const PROVIDER: usize = 44;
}

/// What a record says, as text.
#[derive(Debug, PartialEq)]
pub struct Fields<'a> {
    /// By number; `None` where the member is absent or null. Numbers and flags are taken as their text,
    /// since services disagree about types.
    pub slots: [Option<Cow<'a, str>>; SLOTS.len()],
    /// ARN and type of the first resource that has one of the two.
    pub resource: (Option<Cow<'a, str>>, Option<Cow<'a, str>>),
    /// Hash of the whole record.
    pub content_hash: u64,
    /// The columns the catalogue declares.
    pub declared: Vec<Declared<'a>>,
}

impl Default for Fields<'_> {
    fn default() -> Self {
        Self { slots: [const { None }; SLOTS.len()], resource: (None, None), content_hash: 0, declared: Vec::new() }
    }
}

impl Fields<'_> {
    /// A member's text; empty text counts as not stated.
    #[inline]
    pub fn get(&self, slot: usize) -> Option<&str> {
        self.slots.get(slot)?.as_deref().filter(|t| !t.is_empty())
    }
}

/// A scalar as text; what lists and objects hold is not shown.
fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => Cow::Borrowed(text),
        Value::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Object(_) => Cow::Borrowed("{…}"),
        Value::Array(_) => Cow::Borrowed("[…]"),
    })
}

fn at<'v>(record: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(record, |value, name| value.as_object()?.get(name))
}

/// The fields of a record given as text and parsed.
///
/// # Errors
/// When a member that must be an object is none.
pub fn of<'v>(text: &'v str, record: &'v Value, columns: &[EventColumn]) -> Result<Fields<'v>, String> {
    for path in OBJECTS {
        if at(record, path).is_some_and(|v| !v.is_object() && !v.is_null()) {
            return Err(format!("{path} is not an object"));
        }
    }
    let mut fields = Fields { content_hash: content::value(record), ..Fields::default() };
    for (slot, path) in fields.slots.iter_mut().zip(SLOTS) {
        *slot = at(record, path).and_then(text_of);
    }
    if let Some(list) = record.get(RESOURCES) {
        fields.resource = resource(list);
    }
    fields.declared = declared_in(text, columns);
    Ok(fields)
}

/// ARN and type of the first resource of the list that has one of the two.
fn resource(list: &Value) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    for item in list.as_array().into_iter().flatten() {
        let of = |name: &str| item.as_object()?.get(name).and_then(text_of);
        let found = (of("ARN"), of("type"));
        if found.0.is_some() || found.1.is_some() {
            return found;
        }
    }
    (None, None)
}
