//! What is offered, and one input at a time: opened, hashed, recognised, read, accounted for.

pub mod beginning;
pub mod broken_off;
pub mod earlier;
pub mod input;
pub mod members;
pub mod offer;
pub mod outer;
pub mod parquet;
pub mod places;
pub mod registry;
