//! Which resource types AWS Config recorded where, and how that is known.
//!
//! A recorder of all types says so of every type of the catalogue in its account and Region, so a large client has
//! millions of these facts. Types are kept by number, and each question is one look.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::steps;

/// How it is known whether a type is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// Items of AWS Config were delivered.
    Items,
    /// IAM's authorization details were delivered.
    Details,
    /// Another service's list of them was delivered.
    Answered,
    /// The recorder records all types.
    All,
    /// The recorder records all types but some others.
    AllButOthers,
    /// The recorder lists the type.
    Listed,
    /// The recorder records the type, and no snapshot of its account and Region is here: what it recorded is not known.
    Undelivered,
    /// An item says that its type is not recorded.
    SaidNot,
    /// The recorder is stopped.
    Stopped,
    /// The recorder leaves the type out.
    LeftOut,
    /// The recorder lists others only.
    NotListed,
}

impl Recording {
    /// Whether files that were delivered would show a resource of the type; `None` where they do not say.
    pub fn shows(self) -> Option<bool> {
        match self {
            Self::Items | Self::Details | Self::Answered | Self::All | Self::AllButOthers | Self::Listed => Some(true),
            Self::Undelivered => None,
            Self::SaidNot | Self::Stopped | Self::LeftOut | Self::NotListed => Some(false),
        }
    }

    /// The words in table `recorded_types`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Items => "items were delivered",
            Self::Details => "IAM authorization details were delivered",
            Self::Answered => "describe-trails was answered",
            Self::All => "the recorder records all supported types",
            Self::AllButOthers => "the recorder records all types but a few",
            Self::Listed => "the recorder lists it",
            Self::Undelivered => "the recorder records it, and no snapshot was delivered",
            Self::SaidNot => "an item says it is not recorded",
            Self::Stopped => "the recorder is stopped",
            Self::LeftOut => "the recorder leaves it out",
            Self::NotListed => "the recorder does not list it",
        }
    }

    /// Whether this says more than what was known: items say most, and that a type is recorded says more than that it is not.
    fn outweighs(self, known: Self) -> bool {
        self == Self::Items || weight(self.shows()) > weight(known.shows())
    }
}

/// That a type is recorded outweighs that it is not known, and this that it is not.
fn weight(shows: Option<bool>) -> u8 {
    match shows {
        Some(true) => 2,
        None => 1,
        Some(false) => 0,
    }
}

/// What is known of one account.
#[derive(Debug, Default)]
struct Account {
    /// By Region and number of the type.
    regions: BTreeMap<String, BTreeMap<u32, Recording>>,
    /// Types of which files of any of its Regions would show a resource: true; else not known of some: `None`; else false.
    anywhere: BTreeMap<u32, Option<bool>>,
}

/// Resource types by account and Region.
#[derive(Debug, Default)]
pub struct Recorded {
    /// Names of the types, by number.
    types: Vec<String>,
    numbers: BTreeMap<String, u32>,
    accounts: BTreeMap<String, Account>,
    /// Types recorded in any account.
    anywhere: BTreeSet<u32>,
}

impl Recorded {
    /// Takes in what is said of a type in an account and Region.
    pub fn add(&mut self, account: &str, region: &str, resource_type: &str, said: Recording) {
        steps::count(1);
        let number = self.number(resource_type);
        if !self.accounts.contains_key(account) {
            self.accounts.insert(account.to_owned(), Account::default());
        }
        let Some(known) = self.accounts.get_mut(account) else { return };
        if !known.regions.contains_key(region) {
            known.regions.insert(region.to_owned(), BTreeMap::new());
        }
        if let Some(types) = known.regions.get_mut(region) {
            let best = types.entry(number).or_insert(said);
            if said.outweighs(*best) {
                *best = said;
            }
        }
        let anywhere = known.anywhere.entry(number).or_insert(Some(false));
        if weight(said.shows()) > weight(*anywhere) {
            *anywhere = said.shows();
        }
        if said.shows() == Some(true) {
            self.anywhere.insert(number);
        }
    }

    fn number(&mut self, resource_type: &str) -> u32 {
        if let Some(number) = self.numbers.get(resource_type) {
            return *number;
        }
        let number = u32::try_from(self.types.len()).unwrap_or(u32::MAX);
        self.types.push(resource_type.to_owned());
        self.numbers.insert(resource_type.to_owned(), number);
        number
    }

    /// Whether a resource of a type would be in the files of an account and Region, `None` where nothing says so; IAM, and what
    /// is global, counts for the whole account.
    pub fn is_recorded(&self, account: &str, region: &str, resource_type: &str) -> Option<bool> {
        steps::count(1);
        let number = self.numbers.get(resource_type)?;
        let known = self.accounts.get(account)?;
        if resource_type.starts_with("AWS::IAM::") || region == "global" {
            return known.anywhere.get(number).copied().flatten();
        }
        known.regions.get(region)?.get(number).and_then(|recording| recording.shows())
    }

    /// Whether a type is recorded in any account and Region.
    pub fn is_recorded_anywhere(&self, resource_type: &str) -> bool {
        steps::count(1);
        self.numbers.get(resource_type).is_some_and(|number| self.anywhere.contains(number))
    }

    /// Account, Region, type and how it is known, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &str, Recording)> {
        let mut order = vec![0_u32; self.types.len()];
        for (place, number) in (0..).zip(self.numbers.values()) {
            if let Some(slot) = order.get_mut(*number as usize) {
                *slot = place;
            }
        }
        let places =
            self.accounts.iter().flat_map(|(account, known)| known.regions.iter().map(move |(region, types)| (account, region, types)));
        places.flat_map(move |(account, region, types)| {
            let mut sorted: Vec<(u32, &str, Recording)> = types
                .iter()
                .filter_map(|(number, said)| Some((*order.get(*number as usize)?, self.types.get(*number as usize)?.as_str(), *said)))
                .collect();
            sorted.sort_unstable_by_key(|(place, _, _)| *place);
            sorted.into_iter().map(move |(_, name, said)| (account.as_str(), region.as_str(), name, said))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `size` accounts with three Regions and four types each.
    fn large(size: usize) -> Recorded {
        let mut recorded = Recorded::default();
        for n in 0..size {
            for region in ["eu-west-1", "us-east-1", "global"] {
                for kind in ["AWS::S3::Bucket", "AWS::IAM::Role", "AWS::EC2::Instance", "AWS::KMS::Key"] {
                    recorded.add(&format!("{n:012}"), region, kind, Recording::All);
                }
            }
        }
        recorded
    }

    #[test]
    fn whether_a_type_is_recorded_is_one_look_however_many_accounts_there_are() {
        for (region, kind) in [("eu-west-1", "AWS::S3::Bucket"), ("eu-west-1", "AWS::IAM::Role"), ("global", "AWS::KMS::Key")] {
            steps::assert_in_step("questions of what is recorded", 5_000, 8, |size| {
                let recorded = large(size);
                move || {
                    for n in 0..size {
                        assert_eq!(recorded.is_recorded(&format!("{n:012}"), region, kind), Some(true));
                        assert!(recorded.is_recorded_anywhere(kind));
                    }
                }
            });
        }
    }

    #[test]
    fn a_hundred_thousand_types_are_taken_in_step() {
        steps::assert_in_step("distinct resource types", 50_000, 200, |size| {
            move || {
                let mut recorded = Recorded::default();
                (0..size).for_each(|n| recorded.add("111122223333", "eu-west-1", &format!("AWS::New::Type{n}"), Recording::Items));
                assert_eq!(recorded.iter().count(), size);
            }
        });
    }

    #[test]
    fn items_say_more_than_recorders_and_yes_more_than_no() {
        let mut recorded = Recorded::default();
        let mut add =
            |region: &str, kind: &str, said: &[Recording]| said.iter().for_each(|s| recorded.add("111122223333", region, kind, *s));
        add("eu-west-1", "AWS::S3::Bucket", &[Recording::Stopped, Recording::Items, Recording::SaidNot]);
        add("eu-west-1", "AWS::KMS::Key", &[Recording::SaidNot, Recording::Stopped]);
        add("eu-west-1", "AWS::EC2::Instance", &[Recording::NotListed, Recording::All, Recording::Listed]);
        add("eu-west-1", "AWS::IAM::Role", &[Recording::Details, Recording::All]);
        add("us-east-1", "AWS::IAM::User", &[Recording::LeftOut]);
        add("us-east-1", "AWS::EC2::Instance", &[Recording::SaidNot, Recording::Undelivered, Recording::Stopped]);
        add("us-east-1", "AWS::IAM::Role", &[Recording::Undelivered]);
        add("us-east-1", "AWS::IAM::Group", &[Recording::Undelivered, Recording::SaidNot]);
        add("eu-west-1", "AWS::IAM::User", &[Recording::Items]);
        let rows: Vec<_> = recorded.iter().map(|(_, region, kind, said)| (region, kind, said)).collect();
        assert_eq!(
            rows,
            [
                ("eu-west-1", "AWS::EC2::Instance", Recording::All),
                ("eu-west-1", "AWS::IAM::Role", Recording::Details),
                ("eu-west-1", "AWS::IAM::User", Recording::Items),
                ("eu-west-1", "AWS::KMS::Key", Recording::SaidNot),
                ("eu-west-1", "AWS::S3::Bucket", Recording::Items),
                ("us-east-1", "AWS::EC2::Instance", Recording::Undelivered),
                ("us-east-1", "AWS::IAM::Group", Recording::Undelivered),
                ("us-east-1", "AWS::IAM::Role", Recording::Undelivered),
                ("us-east-1", "AWS::IAM::User", Recording::LeftOut),
            ]
        );
        let asked = |account: &str, region: &str, kind: &str| recorded.is_recorded(account, region, kind);
        assert_eq!(asked("111122223333", "eu-west-1", "AWS::S3::Bucket"), Some(true));
        assert_eq!(asked("111122223333", "eu-west-1", "AWS::KMS::Key"), Some(false));
        assert_eq!(asked("111122223333", "us-east-1", "AWS::KMS::Key"), None, "nobody says");
        assert_eq!(asked("111122223333", "us-east-1", "AWS::IAM::User"), Some(true), "IAM counts for the account");
        assert_eq!(asked("111122223333", "global", "AWS::KMS::Key"), Some(false));
        assert_eq!(asked("444455556666", "eu-west-1", "AWS::S3::Bucket"), None);
        assert!(recorded.is_recorded_anywhere("AWS::IAM::User") && !recorded.is_recorded_anywhere("AWS::KMS::Key"));
    }
}
