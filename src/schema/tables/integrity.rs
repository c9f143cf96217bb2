//! Log file integrity: digest files, signatures, keys, and what was verified.

use crate::schema::row::tables;

tables! {
    table digest_files as DigestFilesRow: "one CloudTrail digest file", unit "digest file", Pooled {
        account_id: text, "awsAccountId";
        region: text, "Region whose logs it lists, from its object key";
        trail_name: text, "from its object key";
        home_region: text, "Region the trail was made in, from its object key";
        organization_id: text, "the o-... level of its object key, for an organisation trail";
        is_backfill: bool, "one of the separate chain that lists log files delivered late";
        digest_start: time, "digestStartTime, the window of delivery times";
        digest_end: time, "digestEndTime";
        digest_end_text: text, "digestEndTime to the letter, as it was signed";
        s3_bucket: text, "digestS3Bucket";
        s3_object: text, "digestS3Object";
        key_fingerprint: text, "digestPublicKeyFingerprint, of the key that signed this digest";
        signature_algorithm: text, "digestSignatureAlgorithm";
        newest_event: time, "newestEventTime over all log files listed";
        oldest_event: time, "oldestEventTime over all log files listed";
        previous_s3_bucket: text, "previousDigestS3Bucket";
        previous_s3_object: text, "previousDigestS3Object";
        previous_sha256: text, "previousDigestHashValue, of the predecessor's uncompressed bytes";
        previous_hash_algorithm: text, "previousDigestHashAlgorithm";
        previous_signature: text, "previousDigestSignature, hex; the signature of the predecessor";
        is_start: bool, "all members about a predecessor are null: logging or validation began here";
        log_files: int, "log files listed";
    }
    table digest_log_files as DigestLogFilesRow: "one log file that a digest lists", unit "listed log file", Pooled {
        account_id: text, "awsAccountId of the digest";
        region: text, "Region of the digest";
        trail_name: text, "trail of the digest";
        digest_s3_object: text, "digestS3Object";
        digest_end: time, "digestEndTime";
        s3_bucket: text, "s3Bucket";
        s3_object: text, "s3Object";
        sha256: text, "hashValue, of the uncompressed bytes";
        hash_algorithm: text, "hashAlgorithm";
        newest_event: time, "newestEventTime";
        oldest_event: time, "oldestEventTime";
    }
    table public_keys as PublicKeysRow: "one public key of CloudTrail, as list-public-keys gives it", unit "public key", PerFile {
        key_fingerprint: text, "Fingerprint as stated";
        key_md5: text, "MD5 of the key's DER bytes, lower-case hex";
        key_value: text, "base64 of the DER of a PKCS#1 RSAPublicKey";
        valid_from: time, "ValidityStartTime";
        valid_until: time, "ValidityEndTime";
    }
    table digest_signatures as DigestSignaturesRow: "the signature in the saved metadata of one digest object", unit "signature", PerFile {
        file_name: text, "name of the file it was saved in";
        signature: text, "hex";
        signature_algorithm: text, "algorithm";
        backfill_generated_at: time, "when a backfill digest was made";
        last_modified: time, "LastModified of the object";
    }
    table lake_sign_files as LakeSignFilesRow: "one result file that a CloudTrail Lake sign file lists", unit "result file", PerFile {
        region: text, "Region";
        query_completed_at: time, "queryCompleteTime";
        position: int, "0-based place in the list";
        file_name: text, "fileName";
        file_sha256: text, "fileHashValue, of the file as delivered";
        hash_algorithm: text, "hashAlgorithm";
        signature_algorithm: text, "signatureAlgorithm";
        signature: text, "hashSignature, hex";
        key_fingerprint: text, "publicKeyFingerprint";
    }
    table integrity_chains as IntegrityChainsRow: "one chain of digest files: account, Region and trail", unit "chain of digest files", Derived {
        account_id: text, "account";
        region: text, "Region";
        trail_name: text, "trail";
        home_region: text, "Region the trail was made in";
        organization_id: text, "organisation, for an organisation trail";
        is_backfill: bool, "the chain of log files delivered late";
        first_start: time, "start of the first digest supplied";
        last_end: time, "end of the newest digest supplied";
        digests: int, "digests supplied";
        digests_missing: int, "digests that should lie between them and were not supplied";
        digests_altered: int, "digests whose content is not what their successor recorded, or that no successor records";
        interruptions: int, "digests in mid-chain that have no predecessor: logging or validation was off before";
        log_files_listed: int, "log files listed";
        log_files_unaltered: int, "of these, supplied with the content listed";
        log_files_altered: int, "of these, supplied with other content";
        log_files_missing: int, "of these, not supplied";
        log_files_unlisted: int, "log files supplied of hours the digests cover, listed by none";
        signatures_verified: int, "digests whose signature was verified";
        signatures_failed: int, "digests whose signature does not fit";
        signatures_open: int, "digests whose signature could not be tested";
        newest_digest: text, "object key of the newest digest";
        assurance: text, "none, files only, files and keys, or files keys and metadata";
        state: text, "sound, interrupted, not confirmed or failed";
        source_file_id: text, "the file of the newest digest";
        source_record: int, "the digest in it";
    }
    table integrity_findings as IntegrityFindingsRow: "one finding of the verification of log files", unit "integrity finding", Derived {
        severity: text, "failed, not confirmed or notice";
        kind: text, "kind of finding";
        account_id: text, "account";
        region: text, "Region";
        trail_name: text, "trail";
        file: text, "object key, or path as supplied";
        from_time: time, "start of what it is about";
        until_time: time, "end of what it is about";
        file_id: text, "the file supplied, where there is one";
        detail: text, "in words";
    }
    table integrity_totals as IntegrityTotalsRow of numbers: "one row: what verification of log files came to", unit "total", Derived {
        log_files: int, "distinct log files supplied";
        log_files_unaltered: int, "of these, listed by a digest and unaltered";
        digest_files: int, "digest files supplied";
        lake_sign_files: int, "sign files of saved CloudTrail Lake results";
        lake_files_listed: int, "result files they list";
        lake_files_unaltered: int, "of these, supplied and unaltered";
        lake_signatures_verified: int, "sign files whose signature was verified";
    }
    table integrity_keys as IntegrityKeysRow: "one key that signatures of digests were verified with", unit "public key", Derived {
        key_fingerprint: text, "fingerprint of the public key";
        digests: int, "digests whose signature was verified with it";
    }
}
