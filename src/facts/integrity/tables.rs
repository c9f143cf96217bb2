//! The derived tables `integrity_chains`, `integrity_findings`, `integrity_totals` and `integrity_keys`.

use std::collections::BTreeMap;

use super::{Integrity, LakeResult, Signature};
use crate::ingest::batch::Batch;
use crate::schema::Schema;
use crate::schema::filled;
use crate::schema::row::Row as _;
use crate::schema::tables::{IntegrityChainsRow, IntegrityFindingsRow, IntegrityKeysRow, IntegrityTotalsRow};

fn int(n: u64) -> Option<i64> {
    Some(i64::try_from(n).unwrap_or(i64::MAX))
}

impl Integrity {
    /// Rows of the derived tables.
    pub fn tables(&self, schema: &Schema) -> Vec<Batch> {
        let mut all = Vec::new();
        if let Some(mut t) = schema.table(IntegrityChainsRow::TABLE.name).map(Batch::new) {
            for c in &self.chains {
                let (first, last) = c.span();
                let open = c.digests.len() as u64 - c.signed(Signature::Verified) - c.signed(Signature::Failed);
                t.push(
                    0,
                    &IntegrityChainsRow {
                        account_id: filled(&c.account),
                        region: filled(&c.region),
                        trail_name: filled(&c.trail),
                        home_region: filled(&c.home_region),
                        organization_id: filled(&c.organization),
                        is_backfill: Some(c.backfill),
                        first_start: first,
                        last_end: last,
                        digests: int(c.digests.len() as u64),
                        digests_missing: int(c.missing),
                        digests_altered: int(c.bad.iter().filter(|b| **b).count() as u64),
                        interruptions: int(c.restarts),
                        log_files_listed: int(c.logs.listed),
                        log_files_unaltered: int(c.logs.unaltered),
                        log_files_altered: int(c.logs.altered),
                        log_files_missing: int(c.logs.missing),
                        log_files_unlisted: int(c.logs.unlisted),
                        signatures_verified: int(c.signed(Signature::Verified)),
                        signatures_failed: int(c.signed(Signature::Failed)),
                        signatures_open: int(open),
                        newest_digest: filled(c.newest()),
                        assurance: Some(c.assurance.word()),
                        state: Some(c.state),
                        source_file_id: filled(c.digests.last().map_or("", |d| d.file_id.as_str())),
                        source_record: Some(0),
                    },
                );
            }
            all.push(t);
        }
        if let Some(mut t) = schema.table(IntegrityFindingsRow::TABLE.name).map(Batch::new) {
            for f in &self.findings {
                t.push(
                    0,
                    &IntegrityFindingsRow {
                        severity: Some(f.severity.word()),
                        kind: Some(f.kind),
                        account_id: filled(&f.account),
                        region: filled(&f.region),
                        trail_name: filled(&f.trail),
                        file: filled(&f.file),
                        from_time: f.from,
                        until_time: f.until,
                        file_id: filled(&f.file_id),
                        detail: Some(&f.detail),
                    },
                );
            }
            all.push(t);
        }
        if let Some(mut t) = schema.table(IntegrityTotalsRow::TABLE.name).map(Batch::new) {
            let digests = self.chains.iter().map(|c| c.digests.len() as u64).sum();
            let sum = |of: fn(&LakeResult) -> u64| self.lake.iter().map(of).sum();
            t.push(
                0,
                &IntegrityTotalsRow {
                    log_files: int(self.logs.0),
                    log_files_unaltered: int(self.logs.1),
                    digest_files: int(digests),
                    lake_sign_files: int(self.lake.len() as u64),
                    lake_files_listed: int(sum(|l| l.listed)),
                    lake_files_unaltered: int(sum(|l| l.unaltered)),
                    lake_signatures_verified: int(self.lake.iter().filter(|l| l.signature == Signature::Verified).count() as u64),
                },
            );
            all.push(t);
        }
        if let Some(mut t) = schema.table(IntegrityKeysRow::TABLE.name).map(Batch::new) {
            let mut used: BTreeMap<&str, u64> = BTreeMap::new();
            for chain in &self.chains {
                for (digest, _) in chain.digests.iter().zip(&chain.signatures).filter(|(_, s)| **s == Signature::Verified) {
                    *used.entry(&digest.fingerprint).or_default() += 1;
                }
            }
            for (key, digests) in used {
                t.push(0, &IntegrityKeysRow { key_fingerprint: Some(key), digests: int(digests) });
            }
            all.push(t);
        }
        all
    }
}
