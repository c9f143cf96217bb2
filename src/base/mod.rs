//! Values that every room shares and that know nothing of any room: times, exact amounts, hashes, ids, work on all
//! cores, help beside an error.

pub mod account;
pub mod arn;
pub mod decimal;
pub mod hash;
pub mod help;
pub mod nearest;
pub mod parallel;
pub mod shown;
pub mod small_file;
pub mod steps;
pub mod text;
pub mod time;
pub mod zone;
