//! Columns of the tables about log file integrity, written down as in [`super::fixed`].

/// One digest file.
pub(super) const DIGEST_FILES: &str = "\
account_id text: awsAccountId
region text: Region whose logs it lists, from its object key
trail_name text: from its object key
home_region text: Region the trail was made in, from its object key
organization_id text: the o-... level of its object key, for an organisation trail
is_backfill bool: one of the separate chain that lists log files delivered late
digest_start time: digestStartTime, the window of delivery times
digest_end time: digestEndTime
digest_end_text text: digestEndTime to the letter, as it was signed
s3_bucket text: digestS3Bucket
s3_object text: digestS3Object
key_fingerprint text: digestPublicKeyFingerprint, of the key that signed this digest
signature_algorithm text: digestSignatureAlgorithm
newest_event time: newestEventTime over all log files listed
oldest_event time: oldestEventTime over all log files listed
previous_s3_bucket text: previousDigestS3Bucket
previous_s3_object text: previousDigestS3Object
previous_sha256 text: previousDigestHashValue, of the predecessor's uncompressed bytes
previous_hash_algorithm text: previousDigestHashAlgorithm
previous_signature text: previousDigestSignature, hex; the signature of the predecessor
is_start bool: all members about a predecessor are null: logging or validation began here
log_files int: log files listed";

/// One log file that a digest lists.
pub(super) const DIGEST_LOG_FILES: &str = "\
account_id text: awsAccountId of the digest
region text: Region of the digest
trail_name text: trail of the digest
digest_s3_object text: digestS3Object
digest_end time: digestEndTime
s3_bucket text: s3Bucket
s3_object text: s3Object
sha256 text: hashValue, of the uncompressed bytes
hash_algorithm text: hashAlgorithm
newest_event time: newestEventTime
oldest_event time: oldestEventTime";

/// One chain of digest files and what was verified of it.
pub(super) const INTEGRITY_CHAINS: &str = "\
account_id text: account
region text: Region
trail_name text: trail
home_region text: Region the trail was made in
organization_id text: organisation, for an organisation trail
is_backfill bool: the chain of log files delivered late
first_start time: start of the first digest supplied
last_end time: end of the newest digest supplied
digests int: digests supplied
digests_missing int: digests that should lie between them and were not supplied
digests_altered int: digests whose content is not what their successor recorded, or that no successor records
interruptions int: digests in mid-chain that have no predecessor: logging or validation was off before
log_files_listed int: log files listed
log_files_unaltered int: of these, supplied with the content listed
log_files_altered int: of these, supplied with other content
log_files_missing int: of these, not supplied
log_files_unlisted int: log files supplied of hours the digests cover, listed by none
signatures_verified int: digests whose signature was verified
signatures_failed int: digests whose signature does not fit
signatures_open int: digests whose signature could not be tested
newest_digest text: object key of the newest digest
assurance text: none, files only, files and keys, or files keys and metadata
state text: sound, interrupted, not confirmed or failed
source_file_id text: the file of the newest digest
source_record int: the digest in it";

/// One finding.
pub(super) const INTEGRITY_FINDINGS: &str = "\
severity text: failed, not confirmed or notice
kind text: kind of finding
account_id text: account
region text: Region
trail_name text: trail
file text: object key, or path as supplied
from_time time: start of what it is about
until_time time: end of what it is about
file_id text: the file supplied, where there is one
detail text: in words";
