//! Writes the sample engagement of this repository, or a large input for benchmarks.
//!
//! ```text
//! cargo run --release -p sample-generator -- --out samples/acme
//! cargo run --release -p sample-generator -- --out target/ct1m --only cloudtrail --distinct --events 1000000
//! cargo run --release -p sample-generator -- --out target/cur2m --cost-lines 2000000
//! cargo run --release -p sample-generator -- --out target/estate --estate-roles 10000 --estate-resources 2000
//! cargo run --release -p sample-generator -- --out target/month --month-people 200
//! cargo run --release -p sample-generator -- --out samples/acme-later --second-period
//! ```
//!
//! Everything is invented: the company, the people (roles only), the accounts and the addresses (RFC 5737 and RFC 3849).
//! The same arguments give the same bytes: no clock, no hash order, gzip without time or name. Each module writes
//! one kind of export and tells [`answers`] what a careful reader must find in it.

#![allow(unreachable_pub, reason = "one program: pub marks what other modules use")]
#![allow(clippy::print_stderr, reason = "main alone turns an error into text")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "invented numbers, all far from the limits of their types"
)]
#![allow(clippy::doc_markdown, reason = "CloudTrail and FOCUS are names, not code")]
#![allow(clippy::too_many_arguments, reason = "table-like calls read better with one line a row")]
#![allow(clippy::assigning_clones, reason = "fields of a fresh record; nothing is there to reuse")]
#![allow(clippy::needless_pass_by_value, reason = "JSON values are built where they are passed")]

mod answers;
mod background;
mod calls;
mod clock;
mod config_files;
mod cost;
mod digests;
mod engagement;
mod estate;
mod estate_compute;
mod estate_data;
mod estate_identity;
mod estate_network;
mod estate_operations;
mod event;
mod focus;
mod item;
mod large_config;
mod large_cost;
mod large_estate;
mod large_estate_policies;
mod ordinary_month;
mod other_tools;
mod planted_attacks;
mod planted_events;
mod posture;
mod random;
mod second_period;
mod trail_files;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use answers::Answers;
use background::Style;
use trail_files::{Writer, extras, large_slices, sample_slices, save};

/// Result of anything that writes files.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Which exports to write.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Only {
    /// CloudTrail log files.
    Cloudtrail,
    /// AWS Config snapshots and history.
    Config,
    /// Cost and usage reports.
    Cost,
    /// Every export, the engagement and the answer key.
    All,
}

/// Writes an invented client's exports.
#[derive(Parser)]
#[command(name = "sample-generator", about)]
struct Options {
    /// Folder to write into; it is made when missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Number of everyday CloudTrail events.
    #[arg(long, default_value_t = 26_000)]
    events: u64,
    /// Number of accounts (the sample needs 3; more only with --distinct).
    #[arg(long, default_value_t = 3)]
    accounts: usize,
    /// Days from 2026-04-01 on.
    #[arg(long, default_value_t = 91)]
    days: i64,
    /// Seed; another seed gives other ids and another traffic.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// Large CloudTrail input: every event id once, no planted exceptions or odd files, about 1,300 events a file.
    #[arg(long)]
    distinct: bool,
    /// Large Cost and Usage Report of this many lines in 8 files, and nothing else.
    #[arg(long)]
    cost_lines: Option<u64>,
    /// Large AWS Config snapshots of this many items, and nothing else.
    #[arg(long)]
    config_items: Option<u64>,
    /// Files the large snapshots are split into.
    #[arg(long, default_value_t = 8, requires = "config_items")]
    config_files: u64,
    /// Large estate of this many roles, and of users, policies, functions and instances, as AWS Config snapshots, and nothing else.
    #[arg(long)]
    estate_roles: Option<u64>,
    /// Users of the large estate.
    #[arg(long, default_value_t = 400, requires = "estate_roles")]
    estate_users: u64,
    /// Customer managed policies of the large estate.
    #[arg(long, default_value_t = 600, requires = "estate_roles")]
    estate_policies: u64,
    /// Functions and instances of the large estate.
    #[arg(long, default_value_t = 200, requires = "estate_roles")]
    estate_resources: u64,
    /// Accounts of the large estate, 3 at most.
    #[arg(long, default_value_t = 1, requires = "estate_roles")]
    estate_accounts: usize,
    /// Of 1,000 statements of the large estate those about IAM; the more, the more allow everything or everything but a little.
    #[arg(long, default_value_t = 200, requires = "estate_roles")]
    estate_iam: u64,
    /// Questions about the first account of the large estate, in `questions.json`.
    #[arg(long, default_value_t = 1_500, requires = "estate_roles")]
    estate_questions: u64,
    /// CloudTrail log files of a month of ordinary administration by so many people, and nothing else.
    #[arg(long)]
    month_people: Option<u64>,
    /// The same company a quarter later, small, with what changed in `CHANGES.md`, and nothing else.
    #[arg(long)]
    second_period: bool,
    /// With --distinct: hourly digest files and their public key as well.
    #[arg(long, requires = "distinct")]
    digests: bool,
    /// Write only this export.
    #[arg(long, value_enum, default_value_t = Only::All)]
    only: Only,
}

fn run(options: &Options) -> Outcome<()> {
    let wants = |kind: Only| options.only == Only::All || options.only == kind;
    let mut answers = Answers::default();
    if let Some(lines) = options.cost_lines {
        return large_cost::write(&options.out, options.seed, lines, 8);
    }
    if let Some(items) = options.config_items {
        return large_config::write(&options.out, options.seed, items, options.config_files.max(1));
    }
    if let Some(roles) = options.estate_roles {
        let size = large_estate::Size {
            accounts: options.estate_accounts,
            users: options.estate_users,
            roles,
            policies: options.estate_policies,
            resources: options.estate_resources,
            iam: options.estate_iam,
            questions: options.estate_questions,
        };
        return large_estate::write(&options.out, options.seed, size);
    }
    if let Some(people) = options.month_people {
        return ordinary_month::write(&options.out, options.seed, people);
    }
    if options.second_period {
        return second_period::write(&options.out, options.seed);
    }
    if !options.distinct && (options.accounts != 3 || options.days != 91) {
        return Err("the sample has 3 accounts and 91 days; help: add --distinct for other sizes".into());
    }
    if options.distinct {
        if !wants(Only::Cloudtrail) {
            return Err("--distinct makes CloudTrail files only; help: leave out --only or say --only cloudtrail".into());
        }
        let accounts = world::many_accounts(options.accounts.max(1));
        let style = Style { seed: options.seed, lean: false, burst: 860 };
        let writer = Writer { out: &options.out, accounts: &accounts, style: &style, planted: &[], level: 6 };
        writer.write(&large_slices(&accounts, options.seed, options.events, options.days.max(1)), false)?;
        if options.digests {
            digests::large(&options.out, &accounts, options.days.max(1))?;
        }
        return Ok(());
    }
    if wants(Only::Cloudtrail) {
        let accounts = world::sample_accounts();
        let planted = planted_events::plant(options.seed, &mut answers);
        let style = Style { seed: options.seed, lean: true, burst: 800 };
        let slices = sample_slices(&accounts, options.events, options.days.max(1));
        let writer = Writer { out: &options.out, accounts: &accounts, style: &style, planted: &planted.events, level: 9 };
        let tally = writer.write(&slices, true)?;
        extras(&writer, &slices, &planted, &tally, &mut answers)?;
        digests::sample(&options.out, &mut answers)?;
    }
    if wants(Only::Config) {
        config_files::write(&options.out, options.seed, &mut answers)?;
    }
    if wants(Only::Cost) {
        cost::write(&options.out, options.seed, &mut answers)?;
    }
    if options.only == Only::All {
        posture::write(&options.out, &mut answers)?;
        other_tools::write(&options.out, &mut answers)?;
        engagement::write(&options.out, &mut answers)?;
    }
    save(&options.out.join("ANSWERS.md"), answers.markdown().as_bytes())
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sample-generator: {error}");
            ExitCode::FAILURE
        }
    }
}
