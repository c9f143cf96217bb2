//! S3's public access blocks: those of accounts and buckets over time, and the four settings as items state them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::evidence::{Evidence, recorded};
use super::items::Item;
use super::members::member;
use super::timeline::{Then, Timeline};
use crate::policy::exposure::PublicAccessBlock;
use crate::store::StoreError;

/// The type of an account's block.
pub const ACCOUNT_BLOCK: &str = "AWS::S3::AccountPublicAccessBlock";

/// The type of a bucket.
pub const BUCKET: &str = "AWS::S3::Bucket";

/// The public access blocks of accounts and buckets over time.
pub struct Blocks {
    /// By account; `None` where a version does not state all settings.
    delivered: BTreeMap<String, Timeline<Option<PublicAccessBlock>>>,
    /// By name of the bucket; `None` where a version does not show its block.
    buckets: BTreeMap<String, Timeline<Option<PublicAccessBlock>>>,
    /// Accounts where the type is recorded: without any item the account has none.
    recorded: BTreeSet<String>,
}

impl Blocks {
    /// Those among some items.
    ///
    /// # Errors
    /// When what is recorded cannot be read.
    pub fn read(items: &[Item], evidence: &dyn Evidence) -> Result<Self, StoreError> {
        let mut delivered: BTreeMap<String, Timeline<_>> = BTreeMap::new();
        for item in items.iter().filter(|item| item.kind == ACCOUNT_BLOCK) {
            delivered.entry(item.account.clone()).or_default().push(item, block(&item.configuration));
        }
        let mut buckets: BTreeMap<String, Timeline<_>> = BTreeMap::new();
        for item in items.iter().filter(|item| item.kind == BUCKET) {
            buckets.entry(item.name.clone()).or_default().push(item, bucket_block(&item.supplementary));
        }
        let recorded = recorded(evidence)?.into_iter().filter(|(_, kind)| kind == ACCOUNT_BLOCK).map(|(account, _)| account);
        Ok(Self { delivered, buckets, recorded: recorded.collect() })
    }

    /// When an account's block changes.
    pub fn changes(&self, account: &str) -> impl Iterator<Item = i64> {
        self.delivered.get(account).into_iter().flat_map(Timeline::changes)
    }

    /// When a bucket's block changes.
    pub fn bucket_changes(&self, name: &str) -> impl Iterator<Item = i64> {
        self.buckets.get(name).into_iter().flat_map(Timeline::changes)
    }

    /// A bucket's block at a time, where it is known.
    pub fn of_bucket(&self, name: &str, time: Option<i64>) -> Option<PublicAccessBlock> {
        match self.buckets.get(name).map(|versions| versions.at(time)) {
            Some(Then::Is(block)) => *block,
            Some(Then::Unknown | Then::Absent) | None => None,
        }
    }

    /// The account's block at a time, where it is known; all settings off where it has none.
    pub fn at(&self, account: &str, time: Option<i64>) -> Option<PublicAccessBlock> {
        match self.delivered.get(account).map(|versions| versions.at(time)) {
            Some(Then::Is(block)) => *block,
            Some(Then::Unknown) => None,
            Some(Then::Absent) => Some(PublicAccessBlock::default()),
            None => self.recorded.contains(account).then(PublicAccessBlock::default),
        }
    }
}

/// The block of a bucket, from the supplementary part of its item: without one, where the part was delivered, all settings are off.
pub fn bucket_block(parts: &Value) -> Option<PublicAccessBlock> {
    match member(parts, "PublicAccessBlockConfiguration") {
        Some(own) => block(own),
        None => parts.is_object().then(PublicAccessBlock::default),
    }
}

/// The four settings, if all were delivered.
pub fn block(value: &Value) -> Option<PublicAccessBlock> {
    let flag = |name: &str| member(value, name).and_then(|flag| flag.as_bool().or_else(|| flag.as_str()?.parse().ok()));
    Some(PublicAccessBlock {
        block_public_acls: flag("blockPublicAcls")?,
        ignore_public_acls: flag("ignorePublicAcls")?,
        block_public_policy: flag("blockPublicPolicy")?,
        restrict_public_buckets: flag("restrictPublicBuckets")?,
    })
}
