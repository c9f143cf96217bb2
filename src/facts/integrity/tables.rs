//! The derived tables `integrity_chains`, `integrity_findings`, `integrity_totals` and `integrity_keys`.

use std::collections::BTreeMap;

use super::{Integrity, LakeResult, Signature};
use crate::ingest::batch::{Batch, Cell};
use crate::schema::Schema;

fn int(n: u64) -> Cell<'static> {
    Cell::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Empty text is NULL.
fn text(text: &str) -> Cell<'_> {
    Cell::text(Some(text).filter(|t| !t.is_empty()))
}

impl Integrity {
    /// Rows of the derived tables.
    pub fn tables(&self, schema: &Schema) -> Vec<Batch> {
        let mut all = Vec::new();
        if let Some(mut t) = schema.table("integrity_chains").map(Batch::new) {
            for c in &self.chains {
                let (first, last) = c.span();
                let open = c.digests.len() as u64 - c.signed(Signature::Verified) - c.signed(Signature::Failed);
                t.push(
                    0,
                    &[
                        text(&c.account),
                        text(&c.region),
                        text(&c.trail),
                        text(&c.home_region),
                        text(&c.organization),
                        Cell::Bool(c.backfill),
                        Cell::micros(first),
                        Cell::micros(last),
                        int(c.digests.len() as u64),
                        int(c.missing),
                        int(c.bad.iter().filter(|b| **b).count() as u64),
                        int(c.restarts),
                        int(c.logs.listed),
                        int(c.logs.unaltered),
                        int(c.logs.altered),
                        int(c.logs.missing),
                        int(c.logs.unlisted),
                        int(c.signed(Signature::Verified)),
                        int(c.signed(Signature::Failed)),
                        int(open),
                        text(c.newest()),
                        Cell::Text(c.assurance.word()),
                        Cell::Text(c.state),
                        text(c.digests.last().map_or("", |d| d.file_id.as_str())),
                        Cell::Int(0),
                    ],
                );
            }
            all.push(t);
        }
        if let Some(mut t) = schema.table("integrity_findings").map(Batch::new) {
            for f in &self.findings {
                t.push(
                    0,
                    &[
                        Cell::Text(f.severity.word()),
                        Cell::Text(f.kind),
                        text(&f.account),
                        text(&f.region),
                        text(&f.trail),
                        text(&f.file),
                        Cell::micros(f.from),
                        Cell::micros(f.until),
                        text(&f.file_id),
                        Cell::Text(&f.detail),
                    ],
                );
            }
            all.push(t);
        }
        if let Some(mut t) = schema.table("integrity_totals").map(Batch::new) {
            let digests = self.chains.iter().map(|c| c.digests.len() as u64).sum();
            let sum = |of: fn(&LakeResult) -> u64| self.lake.iter().map(of).sum();
            let verified = self.lake.iter().filter(|l| l.signature == Signature::Verified).count() as u64;
            let lake = [self.lake.len() as u64, sum(|l| l.listed), sum(|l| l.unaltered), verified];
            let figures = [self.logs.0, self.logs.1, digests].into_iter().chain(lake);
            t.push(0, &figures.map(int).collect::<Vec<_>>());
            all.push(t);
        }
        if let Some(mut t) = schema.table("integrity_keys").map(Batch::new) {
            let mut used: BTreeMap<&str, u64> = BTreeMap::new();
            for chain in &self.chains {
                for (digest, _) in chain.digests.iter().zip(&chain.signatures).filter(|(_, s)| **s == Signature::Verified) {
                    *used.entry(&digest.fingerprint).or_default() += 1;
                }
            }
            for (key, digests) in used {
                t.push(0, &[Cell::Text(key), int(digests)]);
            }
            all.push(t);
        }
        all
    }
}
