//! Topics: from their queries' rows to what the templates print. SQL computed the rows and the topic's text words them;
//! here stand the filters, the charts and the order in which a chapter prints them.

mod cases;
mod charts;
mod check;
mod data;
mod draw;
mod filters;
mod locale;
mod plain;
mod table;
pub mod template;

pub use cases::{Failure, run as run_cases};
pub use check::check;
pub use data::all;
pub use draw::Draw;
pub(super) use filters::register;
pub(super) use locale::Locale;
