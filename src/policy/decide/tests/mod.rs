//! The engine beside a second engine and AWS's documentation, and properties that hold whatever the documents say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod documented;
mod estate;
mod oracle;
mod properties;

use super::super::document::parse;
use super::*;

/// A compiled document from its text.
fn compiled(text: &str) -> Compiled {
    Compiled::new(&parse(text).unwrap_or_else(|problem| panic!("{problem}: {text}")), [])
}

fn policy<'a>(name: &'a str, document: &'a Compiled) -> Policy<'a> {
    Policy { name, document: Some(document) }
}

fn user(arn: &str) -> Who {
    Who::User { arn: arn.to_owned(), id: None }
}
