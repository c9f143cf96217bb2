//! Asks a big table part by part, so that memory follows what a query keeps.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

use polars::prelude::*;

use super::moves;
use crate::facts::actors::Known;
use crate::schema::{self};
use crate::store::parquet::frame::{self};

/// Reads Parquet parts one by one, only the columns asked for.
pub(super) struct PartScan {
    pub(super) parts: Vec<PathBuf>,
    pub(super) columns: Vec<schema::Column>,
    pub(super) known: Option<Arc<Known>>,
}

impl AnonymousScan for PartScan {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn scan(&self, options: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        // In the order asked for: the plan takes what a scan returns as it comes.
        let columns: Vec<schema::Column> = match &options.with_columns {
            Some(wanted) => wanted.iter().filter_map(|w| self.columns.iter().find(|c| c.name == w.as_str()).cloned()).collect(),
            None => self.columns.clone(),
        };
        let names: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
        let known = self.known.as_ref().filter(|_| names.iter().any(|name| moves::MOVED.contains(&name.as_str())));
        let mut wanted = names.clone();
        if known.is_some() {
            wanted.extend(moves::NEEDED.iter().filter(|need| !names.iter().any(|name| name == *need)).map(|need| (*need).to_owned()));
        }
        let mut all = frame::empty(&columns);
        for part in &self.parts {
            let read = frame::read(part, Some(&wanted)).map_err(|e| polars_err!(ComputeError: "{e}"))?;
            let read = match known {
                Some(known) => moves::apply(known, read)?,
                None => read,
            };
            let read = read.select(names.iter().map(String::as_str))?;
            // Part by part, so that no more than one date is held beside the rows that are wanted.
            let read = match &options.predicate {
                Some(condition) => frame::released(read.lazy().filter(condition.clone()).collect()?)?,
                None => read,
            };
            all.vstack_mut(&read)?;
        }
        Ok(all)
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }

    /// polars hands the condition over as it was written; for kinds that it cannot hand over (windows and
    /// aggregates, which no WHERE may hold) it would silently leave it out, see the test.
    fn allows_predicate_pushdown(&self) -> bool {
        true
    }
}
