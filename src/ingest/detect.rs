//! What is this file? The formats answer, each by its declaration.

pub use super::formats::recognise::detect;
pub use super::formats::registry::Format;
