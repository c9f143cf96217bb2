//! The export formats: a file or folder for each family, which declares what its formats look like, what they are worth
//! as evidence and how they are read. `registry` lists them.

pub mod cli_answers;
pub mod cli_error;
pub mod cloudtrail;
pub mod config;
pub mod cost;
pub mod credentials;
pub mod declaration;
pub mod integrity;
pub mod list;
pub mod notifications;
pub mod organization;
pub mod outline;
pub mod own_outputs;
pub mod posture;
pub mod readers;
pub mod recognise;
pub mod registry;
pub mod suspect;
#[cfg(test)]
mod tests;
pub mod trail_exports;
pub mod unread;
