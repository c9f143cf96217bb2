//! Columns of the tables about completeness of the evidence, written down as in [`super::fixed`].

/// One path of a file offered.
pub(super) const INPUT_FILES: &str = "\
file_id text: first 16 hex digits of its SHA-256 (all of them where two files share these; unread- and 16 digits for what could not be read)
path text: relative to the argument
sha256 text: SHA-256 of the file as delivered; NULL for what could not be read
content_sha256 text: SHA-256 of its uncompressed content, for CloudTrail log and digest files
bytes int: size
format text: what it is
evidence_grade text: full, partial (not all records), lossy (not all of each record) or none
evidence_limits text: why, where not full
records_read int: records
records_kept int: kept
records_duplicate int: copies of others
records_out_of_scope int: set apart, such as cost restated later or what is no event
records_rejected int: not understood
first_time time: first time stated
last_time time: last time stated
file_name text: last part of the path
source_kind text: CloudTrail, AWS Config, cost, credential report, describe-trails or authorization details; NULL for other files
is_copy bool: a further path of the same content, whose records were not read again
records_outside int: of the records kept, events and charges outside the period
is_cut bool: the file ends early or is damaged
set_apart text: why records are out of scope
is_restated bool: a later delivery of the same billing month restates its charges";

/// One remark on a file.
pub(super) const FILE_REMARKS: &str = "\
file_id text: file
path text: its first path
times int: how often; NULL for a remark that is not counted
remark text: what was noticed; follows the number where it is counted";

/// What the engagement states about how files came.
pub(super) const CUSTODY: &str = "\
position int: place in the engagement, from 0
path text: file or folder as the engagement names it; NULL for the files it does not mention
exported_by text: who exported them
command text: command they were exported with
exported_at text: when, as the engagement writes it
received_how text: how they came
received_by text: who received them
files int: files supplied below the path
sha256 text: of the file or archive; for a folder SHA-256 over the lines of its files in order of path, each its hash, two spaces and the path; NULL without a file";

/// One delivery of AWS Config.
pub(super) const CONFIG_DELIVERIES: &str = "\
file_id text: file
kind text: snapshot or history
account_id text: account, from the name of the file or its items; NULL where neither states it
region text: Region, likewise
taken_at time: when a snapshot was taken; NULL for history
taken_epoch int: taken_at in seconds
items int: records of the file";

/// One configuration recorder as its settings, and items, show it.
pub(super) const RECORDER_COVERAGE: &str = "\
account_id text: account
region text: Region
recorder_name text: recorder; NULL where its settings were not supplied
recording bool: recording
scope text: all (supported types), named, all_but (named ones); NULL where that is not stated
types_named int: types that the settings name
includes_global bool: global types are recorded
types_with_items int: resource types of the catalogue with items of this account and Region
types_not_recorded int: resource types of the catalogue known not to be recorded";

/// One piece of evidence that the engagement needs.
pub(super) const EXPECTED_EVIDENCE: &str = "\
kind text: events, digests, snapshots, history, recorders, rule_results, credential_reports, trails, trail_status, trail_selectors, organization_accounts or client_controls
account_id text: account; NULL where it is not of one account
region text: Region; NULL where it is not of one Region
trail_name text: for events and digests the trail that records the account and Region; for answers about a trail, the trail
expected int: days, dates, accounts and Regions, or answers expected; NULL where the expected set is unknown
received int: of these, received
state text: received, received in part or not received
trails_known bool: trails of the account were described
log_location text: bucket and prefix of the trail
organization_trail bool: the trail is one of an organisation
writes_digests bool: the trail validates log files";

/// One month of charges.
pub(super) const CHARGE_MONTHS: &str = "\
charge_month text: month that the period touches, such as 2024-05
days int: days of the month";

/// One stretch without events.
pub(super) const EVENT_SILENCES: &str = "\
account_id text: account
region text: Region
silent_from time: last event before it, or since when nothing is shown to have happened
silent_until time: first event after it, or until when nothing is shown to have happened; NULL where no later file shows when it ended
seconds int: its length; NULL without an end
is_longest bool: the longest one of the account and Region
stop_event text: the call that stopped or deleted a trail within an hour of its start
stopped_at time: time of that call
principal text: who made it
session_name text: session of the caller";

/// Verification of log files as a whole.
pub(super) const INTEGRITY_TOTALS: &str = "\
log_files int: distinct log files supplied
log_files_unaltered int: of these, listed by a digest and unaltered
digest_files int: digest files supplied
lake_sign_files int: sign files of saved CloudTrail Lake results
lake_files_listed int: result files they list
lake_files_unaltered int: of these, supplied and unaltered
lake_signatures_verified int: sign files whose signature was verified";

/// One key that signatures were verified with.
pub(super) const INTEGRITY_KEYS: &str = "\
key_fingerprint text: fingerprint of the public key
digests int: digests whose signature was verified with it";

/// What IAM's authorization details add.
pub(super) const AUTHORIZATION_DETAIL_USE: &str = "\
resources_used int: resources read from the authorization details, since AWS Config does not hold them
resources_set_aside int: resources that AWS Config holds as well, whose items were used";
