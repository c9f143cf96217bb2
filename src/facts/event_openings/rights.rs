//! Calls that give rights to identities.

use std::collections::BTreeMap;

use super::super::evidence::Evidence;
use super::super::items::Item;
use super::super::opened::Opened;
use super::super::powers;
use super::call::{Call, parameter};
use crate::base::arn::account_piece;
use crate::policy::document::{self, Document};
use crate::policy::exposure::Answer;
use crate::policy::managed;
use crate::store::StoreError;

/// The key of a policy that a call made, which no ARN equals.
pub(super) fn made_key(account: &str, name: &str) -> String {
    format!("{account} {name}")
}

/// The texts of customer managed policies that items hold, by ARN.
pub(super) fn written(evidence: &dyn Evidence) -> Result<BTreeMap<String, String>, StoreError> {
    let items = Item::read(evidence, &["AWS::IAM::Policy"])?;
    let text_of = |item: &Item| {
        let (_, body) = powers::documents(item)?.into_iter().next()?;
        let body = body?;
        Some((item.arn.clone(), body.as_str().map_or_else(|| body.to_string(), str::to_owned)))
    };
    Ok(items.iter().filter_map(text_of).collect())
}

impl Call {
    pub(super) fn granted(&self) -> Opened {
        match Self::parsed(self.some(parameter::request_parameters_policy_document)) {
            Ok(document) => self.administration(&document, "the document"),
            Err(opened) => opened,
        }
    }

    pub(super) fn attached(&self, policies: &BTreeMap<String, String>) -> Opened {
        let Some(arn) = self.some(parameter::request_parameters_policy_arn) else {
            return Opened::open("the record does not name the policy");
        };
        let made = || policies.get(&made_key(account_piece(arn)?, arn.rsplit('/').next()?));
        let own = policies.get(arn).or_else(made).map(|text| document::parse(text));
        let parsed = own.or_else(|| managed::document(arn).map(|managed| document::parse(&managed.text)));
        match parsed {
            Some(Ok(document)) => self.administration(&document, arn),
            Some(Err(problem)) => Opened::open(format!("{arn} cannot be read: {problem}")),
            None => Opened::open(format!("the text of {arn} was not supplied")),
        }
    }

    pub(super) fn administration(&self, document: &Document, name: &str) -> Opened {
        match powers::administers(document, self.partition(), self.owner().as_deref()) {
            Answer::Yes => Opened::yes(format!("{name} gives administration")),
            Answer::No => Opened::no(),
            Answer::Unknown => Opened::open(format!("whether {name} gives administration depends on a condition")),
        }
    }
}
