//! The invented company a quarter later, small: one snapshot for each account and Region that was delivered, and a month of
//! events. What changed since the sample is planted here and noted in `CHANGES.md`.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use crate::Outcome;
use crate::answers::Answers;
use crate::background::{Slice, Style};
use crate::clock::{DAY, t};
use crate::estate_operations::RECORDED;
use crate::item::Resource;
use crate::trail_files::{Writer, save};
use crate::world::{DEV, PROD, SEC, sample_accounts};
use crate::{config_files, engagement};

/// When the snapshots were taken.
const SNAPSHOT: &str = "09-30 22:50:12";
/// First day of events, how many days, and days in a file.
const EVENTS: (&str, i64, i64) = ("07-01", 31, 8);

/// One change since the sample: what becomes of a finding of a control in an account.
struct Change {
    status: &'static str,
    control: &'static str,
    account: &'static str,
    why: &'static str,
}

const CHANGES: [Change; 7] = [
    Change {
        status: "fixed",
        control: "s3-bucket-encryption",
        account: PROD,
        why: "acme-prod-legacy has a default encryption rule since 2026-07-15; it was the account's only exception",
    },
    Change {
        status: "fixed",
        control: "s3-versioned-bucket-lifecycle",
        account: PROD,
        why: "acme-prod-media is versioned no more, so it needs no rule for former versions: it left the population",
    },
    Change {
        status: "worse",
        control: "s3-bucket-versioning",
        account: PROD,
        why: "acme-prod-media is without versioning since 2026-08-03, beside acme-prod-exports",
    },
    Change {
        status: "new",
        control: "s3-bucket-versioning",
        account: SEC,
        why: "acme-config-history is without versioning since 2026-08-12; the account had no exception",
    },
    Change {
        status: "no longer testable",
        control: "s3-account-public-access-block",
        account: DEV,
        why: "nothing of the account was delivered",
    },
    Change { status: "no longer testable", control: "s3-bucket-public-read", account: DEV, why: "nothing of the account was delivered" },
    Change { status: "open", control: "rds-multi-az", account: PROD, why: "shop-catalogue still stands in one zone" },
];

/// Writes it.
pub fn write(out: &Path, seed: u64) -> Outcome<()> {
    // Its own key is CHANGES.md: the answers of the sample do not hold a quarter later.
    let mut answers = Answers::default();
    let resources: Vec<Resource> = config_files::estate(&mut answers).into_iter().filter(|r| r.account != DEV).map(changed).collect();
    for place in RECORDED.into_iter().filter(|(account, _)| *account != DEV) {
        config_files::write_snapshot(out, &resources, place, SNAPSHOT, seed)?;
    }
    events(out, seed)?;
    save(&out.join("engagement.toml"), engagement::of_third_quarter().as_bytes())?;
    save(&out.join("CHANGES.md"), key().as_bytes())
}

/// A resource with what happened to it since the sample.
fn changed(resource: Resource) -> Resource {
    let versioning = |when: &str, r: Resource| {
        r.changed(when, |version| {
            version
                .supplementary
                .insert("BucketVersioningConfiguration".to_owned(), json!({"status": "Suspended", "isMfaDeleteEnabled": null}));
        })
    };
    match (resource.kind, resource.name.as_str()) {
        ("S3::Bucket", "acme-prod-legacy") => resource.changed("07-15 09:20:00", |version| {
            let rule = json!({"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256", "kmsMasterKeyID": null}, "bucketKeyEnabled": false});
            version.supplementary.insert("ServerSideEncryptionConfiguration".to_owned(), json!({"rules": [rule]}));
        }),
        ("S3::Bucket", "acme-prod-media") => versioning("08-03 14:05:00", resource),
        ("S3::Bucket", "acme-config-history") => versioning("08-12 11:40:00", resource),
        _ => resource,
    }
}

fn events(out: &Path, seed: u64) -> Outcome<()> {
    let accounts = sample_accounts();
    let (first, days, step) = EVENTS;
    let mut slices = Vec::new();
    for (at, account) in accounts.iter().enumerate().filter(|(_, account)| account.id != DEV) {
        for (region, share) in &account.regions {
            for day in (0..days).step_by(step as usize) {
                let (from, to) = (t(first) + day * DAY, t(first) + days.min(day + step) * DAY);
                slices.push(Slice { account: at, region, from, to, events: share / 4 + 10, ordinal: day as u64, gap: None });
            }
        }
    }
    let style = Style { seed: seed + 1, lean: true, burst: 800 };
    Writer { out, accounts: &accounts, style: &style, planted: &[], level: 9 }.write(&slices, false)?;
    Ok(())
}

fn key() -> String {
    let mut text = String::from(
        "# What became of findings since the sample\n\nWritten by `cargo run --release -p sample-generator -- --second-period --out DIR` together with the files. \
         Findings that are not listed are outside the key.\n\n| status | control | account | why |\n|---|---|---|---|\n",
    );
    for Change { status, control, account, why } in CHANGES {
        let _ = writeln!(text, "| {status} | {control} | {account} | {why} |");
    }
    text
}
