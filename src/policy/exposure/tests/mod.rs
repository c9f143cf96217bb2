//! Cases of exposures. Each table gives a policy, or a part of one, and the audiences that AWS would let in, in short words;
//! beside each fault stands its innocent twin.
#![allow(clippy::unwrap_used, reason = "tests")]

mod callers;
mod conditions;
mod denies;
mod guards;
mod principals;
mod properties;
mod s3;
mod services;
mod sharing;
mod tls;
mod trust;

use super::super::document::{Document, parse};
use super::*;

/// Owner of every resource here.
const OWNER: &str = "111122223333";

/// The client: two accounts, one organisation, one endpoint.
fn known() -> Known {
    Known {
        accounts: [OWNER, "222233334444"].map(str::to_owned).into(),
        organization: Some("o-a1b2c3d4e5".into()),
        networks: ["vpce-0a1b2c3d"].map(str::to_owned).into(),
        ..Known::default()
    }
}

fn document(text: &str) -> Document {
    parse(text).unwrap_or_else(|problem| panic!("{problem}: {text}"))
}

fn bucket() -> Resource {
    Resource { owner: Some(OWNER.into()), ..Resource::of_arn("arn:aws:s3:::b").unwrap() }
}

/// An audience in short words.
fn word(audience: &Audience) -> String {
    let data = match audience {
        Audience::Network(Network::Endpoint(id) | Network::Vpc(id) | Network::AccessPoint(id)) => id.clone(),
        Audience::Network(Network::Addresses(breadth)) => breadth.code().into(),
        Audience::OtherOrganization(id)
        | Audience::OrganizationUnknown(id)
        | Audience::Account(id)
        | Audience::UniqueId(id)
        | Audience::CanonicalUser(id) => id.clone(),
        Audience::Service { name, pin } => {
            let name = name.trim_end_matches(".amazonaws.com");
            match pin {
                Pin::Nothing => format!("{name} nothing"),
                Pin::Resource(_) => format!("{name} resource"),
                Pin::Token => format!("{name} token"),
                Pin::Organization(id) => format!("{name} organization {id}"),
                Pin::Account(id) => format!("{name} account {id}"),
            }
        }
        Audience::Federated { tenant, .. } => match tenant {
            Tenant::Anybody => "anybody".into(),
            Tenant::Fixed(value) => format!("fixed {value}"),
            Tenant::Own => "own".into(),
        },
        _ => String::new(),
    };
    format!("{} {data}", audience.code()).trim_end().to_owned()
}

/// Audiences in short words, each once; `~` conditional, `?` unknown.
fn words(exposures: &[Exposure]) -> String {
    let mut all: Vec<(String, Certainty)> = Vec::new();
    for exposure in exposures {
        let word = word(&exposure.audience);
        match all.iter_mut().find(|(own, _)| *own == word) {
            Some((_, certainty)) => *certainty = (*certainty).max(exposure.certainty),
            None => all.push((word, exposure.certainty)),
        }
    }
    all.sort();
    let mark = |certainty| match certainty {
        Certainty::Sure => "",
        Certainty::Conditional => "~",
        Certainty::Unknown => "?",
    };
    all.iter().map(|(word, certainty)| format!("{word}{}", mark(*certainty))).collect::<Vec<_>>().join(", ")
}

/// The worst answer on AWS's definition.
fn public(exposures: &[Exposure]) -> &'static str {
    exposures.iter().map(|exposure| exposure.public).max().unwrap_or(Answer::No).code()
}
