//! From the store's tables to what is verified. The only file of this folder that names the query engine.

use std::collections::BTreeMap;

use base64::Engine as _;
use polars::prelude::*;

use super::chain::{Digest, Saved};
use super::keys::{Keys, PublicKey};
use super::lake::SignFile;
use super::logs::Listed;
use crate::base::parallel::on_all_cores;
use crate::schema::SOURCE_FILE_ID;
use crate::schema::row::Row as _;
use crate::schema::tables::{DigestFilesRow, DigestLogFilesRow, DigestSignaturesRow, LakeSignFilesRow, PublicKeysRow};
use crate::store::{Store, StoreError, parquet::frame};

/// The columns of a frame by name, as texts, numbers, flags and times.
struct Frame<'s> {
    store: &'s Store,
    frame: DataFrame,
}

impl Frame<'_> {
    fn wrap<T>(&self, result: PolarsResult<T>) -> Result<T, StoreError> {
        result.map_err(|e| StoreError::polars(self.store.folder(), e))
    }

    fn text(&self, name: &str) -> Result<StringChunked, StoreError> {
        self.wrap(self.frame.column(name).and_then(|c| c.str().cloned()))
    }

    fn int(&self, name: &str) -> Result<Int64Chunked, StoreError> {
        self.wrap(self.frame.column(name).and_then(|c| c.cast(&DataType::Int64)).and_then(|c| c.i64().cloned()))
    }

    fn flag(&self, name: &str) -> Result<BooleanChunked, StoreError> {
        self.wrap(self.frame.column(name).and_then(|c| c.bool().cloned()))
    }
}

/// Calls `each` for the parts of a table, so that no more than one of them is held.
fn parts<'s>(store: &'s Store, table: &str, each: &mut dyn FnMut(&Frame<'s>) -> Result<(), StoreError>) -> Result<(), StoreError> {
    let Some(table) = store.schema().table(table) else { return Ok(()) };
    for part in store.parts(&table) {
        each(&Frame { store, frame: frame::read(&part, None)? })?;
    }
    Ok(())
}

/// The public keys.
pub fn keys(store: &Store) -> Result<Keys, StoreError> {
    let mut all = Vec::new();
    parts(store, PublicKeysRow::TABLE.name, &mut |f| {
        let (stated, md5, value) =
            (f.text(PublicKeysRow::key_fingerprint)?, f.text(PublicKeysRow::key_md5)?, f.text(PublicKeysRow::key_value)?);
        let (from, until) = (f.int(PublicKeysRow::valid_from)?, f.int(PublicKeysRow::valid_until)?);
        for row in 0..f.frame.height() {
            // The reader rejects what is no base64.
            let der = base64::engine::general_purpose::STANDARD.decode(value.get(row).unwrap_or("")).unwrap_or_default();
            let text = |c: &StringChunked| c.get(row).unwrap_or("").to_owned();
            all.push(PublicKey { md5: text(&md5), stated: text(&stated), der, from: from.get(row), until: until.get(row) });
        }
        Ok(())
    })?;
    Ok(Keys::new(all))
}

/// The signatures from saved metadata.
pub fn signatures(store: &Store) -> Result<Vec<Saved>, StoreError> {
    let mut all = Vec::new();
    parts(store, DigestSignaturesRow::TABLE.name, &mut |f| {
        let (name, signature, algorithm) = (
            f.text(DigestSignaturesRow::file_name)?,
            f.text(DigestSignaturesRow::signature)?,
            f.text(DigestSignaturesRow::signature_algorithm)?,
        );
        let generated = f.int(DigestSignaturesRow::backfill_generated_at)?;
        for row in 0..f.frame.height() {
            let text = |c: &StringChunked| c.get(row).unwrap_or("").to_owned();
            let generated = generated.get(row);
            all.push(Saved { file_name: text(&name), signature: text(&signature), algorithm: text(&algorithm), generated, used: false });
        }
        Ok(())
    })?;
    Ok(all)
}

/// The digests. Their own hash is that of the file they were read from.
pub fn digests(store: &Store) -> Result<Vec<Digest>, StoreError> {
    let Some(table) = store.schema().table(DigestFilesRow::TABLE.name) else { return Ok(Vec::new()) };
    let of_parts = on_all_cores(&store.parts(&table), |part| {
        let f = &Frame { store, frame: frame::read(part, None)? };
        let mut all = Vec::with_capacity(f.frame.height());
        let (account, region, trail, home) = (
            f.text(DigestFilesRow::account_id)?,
            f.text(DigestFilesRow::region)?,
            f.text(DigestFilesRow::trail_name)?,
            f.text(DigestFilesRow::home_region)?,
        );
        let (organization, end_text, bucket) =
            (f.text(DigestFilesRow::organization_id)?, f.text(DigestFilesRow::digest_end_text)?, f.text(DigestFilesRow::s3_bucket)?);
        let (object, fingerprint, algorithm) =
            (f.text(DigestFilesRow::s3_object)?, f.text(DigestFilesRow::key_fingerprint)?, f.text(DigestFilesRow::signature_algorithm)?);
        let (p_object, p_hash, p_signature) = (
            f.text(DigestFilesRow::previous_s3_object)?,
            f.text(DigestFilesRow::previous_sha256)?,
            f.text(DigestFilesRow::previous_signature)?,
        );
        let (backfill, is_start) = (f.flag(DigestFilesRow::is_backfill)?, f.flag(DigestFilesRow::is_start)?);
        let (start, end, files) = (f.int(DigestFilesRow::digest_start)?, f.int(DigestFilesRow::digest_end)?, f.text(SOURCE_FILE_ID)?);
        for row in 0..f.frame.height() {
            let text = |c: &StringChunked| c.get(row).unwrap_or("").to_owned();
            let some = |c: &StringChunked| c.get(row).map(str::to_owned);
            let file = store.manifest.files.get(files.get(row).unwrap_or(""));
            all.push(Digest {
                file_id: text(&files),
                paths: file.map(|f| f.paths.clone()).unwrap_or_default(),
                account: text(&account),
                region: text(&region),
                trail: text(&trail),
                home_region: text(&home),
                organization: text(&organization),
                backfill: backfill.get(row) == Some(true),
                start: start.get(row),
                end: end.get(row).unwrap_or(0),
                end_text: text(&end_text),
                bucket: text(&bucket),
                object: text(&object),
                sha256: file.and_then(|f| f.content_sha256.clone()).unwrap_or_default(),
                fingerprint: text(&fingerprint),
                algorithm: text(&algorithm),
                previous_object: some(&p_object),
                previous_sha256: some(&p_hash),
                previous_signature: some(&p_signature),
                is_start: is_start.get(row) == Some(true),
            });
        }
        Ok(all)
    });
    let all: Result<Vec<Vec<Digest>>, StoreError> = of_parts.into_iter().collect();
    Ok(all?.into_iter().flatten().collect())
}

/// The log files that digests list, one by one.
pub fn listed(store: &Store, each: &mut dyn FnMut(&Listed<'_>)) -> Result<(), StoreError> {
    parts(store, DigestLogFilesRow::TABLE.name, &mut |f| {
        let (files, object, hash, algorithm) = (
            f.text(SOURCE_FILE_ID)?,
            f.text(DigestLogFilesRow::s3_object)?,
            f.text(DigestLogFilesRow::sha256)?,
            f.text(DigestLogFilesRow::hash_algorithm)?,
        );
        let (oldest, newest) = (f.int(DigestLogFilesRow::oldest_event)?, f.int(DigestLogFilesRow::newest_event)?);
        for row in 0..f.frame.height() {
            each(&Listed {
                digest: files.get(row).unwrap_or(""),
                object: object.get(row).unwrap_or(""),
                sha256: hash.get(row).unwrap_or(""),
                algorithm: algorithm.get(row),
                events: (oldest.get(row), newest.get(row)),
            });
        }
        Ok(())
    })
}

/// Sign files of Lake results, each with what it lists in order.
pub fn sign_files(store: &Store) -> Result<Vec<SignFile>, StoreError> {
    let mut all: BTreeMap<String, SignFile> = BTreeMap::new();
    parts(store, LakeSignFilesRow::TABLE.name, &mut |f| {
        let (files, region, name, hash) = (
            f.text(SOURCE_FILE_ID)?,
            f.text(LakeSignFilesRow::region)?,
            f.text(LakeSignFilesRow::file_name)?,
            f.text(LakeSignFilesRow::file_sha256)?,
        );
        let (hash_algorithm, algorithm) = (f.text(LakeSignFilesRow::hash_algorithm)?, f.text(LakeSignFilesRow::signature_algorithm)?);
        let (signature, fingerprint, completed) = (
            f.text(LakeSignFilesRow::signature)?,
            f.text(LakeSignFilesRow::key_fingerprint)?,
            f.int(LakeSignFilesRow::query_completed_at)?,
        );
        // Rows of a file stand in the order of its list.
        for row in 0..f.frame.height() {
            let text = |c: &StringChunked| c.get(row).unwrap_or("").to_owned();
            let sign = all.entry(text(&files)).or_insert_with(|| SignFile {
                file_id: text(&files),
                region: text(&region),
                completed: completed.get(row),
                hash_algorithm: text(&hash_algorithm),
                algorithm: text(&algorithm),
                signature: text(&signature),
                fingerprint: text(&fingerprint),
                files: Vec::new(),
            });
            sign.files.push((text(&name), text(&hash)));
        }
        Ok(())
    })?;
    Ok(all.into_values().collect())
}
