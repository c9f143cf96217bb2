//! Facts that SQL of the portable subset cannot compute: tables in, tables out, never a verdict.

pub mod actors;
pub mod blocks;
pub mod bursts;
pub mod changes;
pub mod control_policies;
pub mod costs;
pub mod estate;
pub mod event_openings;
pub mod evidence;
pub mod exposures;
pub mod grants;
pub mod integrity;
pub mod items;
pub mod members;
pub mod observation;
mod opened;
pub mod openings;
pub mod period_met;
pub mod powers;
pub mod recorded;
pub mod scope;
pub mod seen;
pub mod since;
pub mod standings;
pub mod states;
pub mod timeline;
pub mod trail_states;
