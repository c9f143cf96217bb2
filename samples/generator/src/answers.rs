//! The answer key: what the sample holds on purpose, and totals a reader must arrive at.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One expected exception.
pub struct Answer {
    control: String,
    account: String,
    region: String,
    resource: String,
    why: String,
}

/// Everything `ANSWERS.md` says.
#[derive(Default)]
pub struct Answers {
    rows: Vec<Answer>,
    at_least: BTreeMap<String, &'static str>,
    totals: Vec<(String, String)>,
}

impl Answers {
    /// Notes an expected exception. `resource` is a Config resourceId, an eventID, or what the table's heading says.
    pub fn add(&mut self, control: &str, account: &str, region: &str, resource: &str, why: &str) {
        self.rows.push(Answer {
            control: control.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            resource: resource.to_owned(),
            why: why.to_owned(),
        });
    }

    /// Says that a control may report more than the rows of the key, and why.
    pub fn at_least(&mut self, control: &str, reason: &'static str) {
        self.at_least.insert(control.to_owned(), reason);
    }

    /// Notes a total.
    pub fn total(&mut self, name: impl Into<String>, value: impl ToString) {
        self.totals.push((name.into(), value.to_string()));
    }

    /// The file.
    pub fn markdown(&mut self) -> String {
        self.rows.sort_by(|a, b| (&a.control, &a.account, &a.region, &a.resource).cmp(&(&b.control, &b.account, &b.region, &b.resource)));
        let mut out = String::from(HEAD);
        out.push_str("\n## Expected exceptions\n\n| control | account | Region | resource or event | why |\n|---|---|---|---|---|\n");
        for row in &self.rows {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                cell(&row.control),
                cell(&row.account),
                cell(&row.region),
                cell(&row.resource),
                cell(&row.why)
            );
        }
        out.push_str("\n## Exceptions per control\n\n`exact`: no other row of the sample may be an exception of the control. `at least`: the rows above must be among its exceptions.\n\n| control | exceptions | certainty | note |\n|---|---|---|---|\n");
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(&row.control).or_default() += 1;
        }
        for (control, count) in counts {
            let note = self.at_least.get(control);
            let certainty = if note.is_some() { "at least" } else { "exact" };
            let _ = writeln!(out, "| {control} | {count} | {certainty} | {} |", note.copied().unwrap_or_default());
        }
        out.push_str("\n## Totals\n\n| total | value |\n|---|---|\n");
        for (name, value) in &self.totals {
            let _ = writeln!(out, "| {} | {} |", cell(name), cell(value));
        }
        out
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

const HEAD: &str = "\
# Answer key of the sample engagement

Written by `cargo run --release -p sample-generator` together with the files; everything in the sample is invented.
The figures come from the generator's own bookkeeping, never from the tool under test.

How to read it:

- Configuration controls are judged on the items valid at the end of the period (2026-06-30 23:00 UTC, which is midnight in Dublin).
- The column *resource or event* holds the `resourceId` of the configuration item, the `eventID` of the record
  (for a burst: of its first event), `account/user` for rows of a credential report, or the resource id of a cost row.
  Where something is missing, it holds what it is missing in: the account id or the Region.
- The period runs from 2026-03-31 23:00 UTC to 2026-06-30 23:00 UTC. One day of events before it is a baseline.
- One of the two waivers in `engagement.toml` ran out on 2026-05-31 and covers nothing.
- Controls that are not listed are outside the key: the sample makes no promise about them.
";
