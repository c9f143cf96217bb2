//! Facts that SQL of the portable subset cannot compute: tables in, tables out, never a verdict.

pub mod actors;
pub mod blocks;
pub mod bursts;
pub mod changes;
pub mod control_policies;
pub mod costs;
pub mod coverage;
pub mod estate;
pub mod event_openings;
pub mod exposures;
pub mod grants;
pub mod integrity;
pub mod observation;
pub mod openings;
pub mod powers;
pub mod recorded;
pub mod scope;
pub mod seen;
pub mod silences;
pub mod since;
pub mod standings;
pub mod states;
pub mod trail_states;
