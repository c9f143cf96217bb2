//! The resource control policies over an account.

use std::collections::BTreeSet;

use super::super::document::Document;

/// The resource control policies over the resources of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guards {
    /// Those that were read, with their names.
    pub read: Vec<(String, Document)>,
    /// Names of those whose text was not supplied or cannot be read.
    pub unread: BTreeSet<String>,
    /// Why those that were read stop nothing for sure.
    pub doubt: Option<Doubt>,
}

/// Why a resource control policy may not have stopped anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The account may be the management account.
    Management,
    /// Since when it is attached is not known.
    Since,
}
