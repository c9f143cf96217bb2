//! What sections read rows of queries with. Topics of the chapter `soc2` say SOC 2.

pub(super) mod cells;
