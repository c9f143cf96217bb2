//! What each principal may do of what an auditor watches.

pub mod verdict;
pub mod watched;
pub mod world;
