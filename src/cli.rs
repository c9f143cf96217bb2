//! The command line, and nothing else.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Audit reports from exported AWS files, offline.
///
/// Reads CloudTrail logs, AWS Config snapshots and history, cost and usage exports, IAM credential
/// reports and a few more, and writes Markdown and HTML reports on the six pillars of the
/// Well-Architected Framework and SOC 2 evidence. No call ever leaves the machine.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "Example:\n  sixpillars report exports/ -o report     then open report/report.html\n\nExit codes: 0 done; 1 failed, or no record kept; 2 wrong usage; 3 written, but not all is sound, or the period stated and the records do not meet; 4 open findings as --fail-on asks."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Say less: only errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Folder with catalogue files of your own, which replace ours file by file
    #[arg(long, global = true, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,
    /// Worker threads, at most 512; 0 = as many as there are cores
    #[arg(long, global = true, default_value_t = 0, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(0..=512))]
    pub threads: usize,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write an audit report from exported files, stores, or both
    #[command(
        after_help = "Examples:\n  sixpillars report exports/ -o report\n  sixpillars report exports/ --engagement engagement.toml --from 2026-04-01 --to 2026-06-30\n  sixpillars report exports/ --as-of 2026-06-30\n  sixpillars report client.zip more.tar.gz\n  sixpillars report --store evidence/"
    )]
    Report(Report),
    /// Say what the files are, what they cover, what is missing and how to export it
    #[command(after_help = "Example:\n  sixpillars inspect exports/")]
    Inspect(Inspect),
    /// Verify log files by digest files, or a report by its manifest
    #[command(
        after_help = "Examples:\n  sixpillars verify exports/\n  sixpillars verify exports/ keys/ --format json\n  sixpillars verify sixpillars-report/\n\nExit code 0: all that could be tested is sound; 3: a check failed or could not be confirmed; 1: nothing to verify."
    )]
    Verify(Verify),
    /// Read files and other stores into an evidence store
    #[command(
        after_help = "Examples:\n  sixpillars ingest exports/ --store evidence/\n  sixpillars ingest april/ may/ june/ --store quarter/"
    )]
    Ingest(Ingest),
    /// Run one SELECT over an evidence store
    #[command(
        after_help = "Example:\n  sixpillars query \"SELECT event_name, COUNT(*) AS n FROM cloudtrail_events GROUP BY event_name\" --store report/evidence"
    )]
    Query(Query),
    /// Print the client's own record that a row names, after checking the file's hash
    #[command(after_help = "Example:\n  sixpillars evidence 3fa9c1d20b7e4455:17 exports/ --store report/evidence")]
    Evidence(Evidence),
    /// Say what became of findings, controls and spend between reports
    #[command(
        after_help = "Examples:\n  sixpillars compare second-quarter/ third-quarter/ -o comparison\n  sixpillars compare q1/report.json q2/report.json q3/report.json q4/report.json"
    )]
    Compare(Compare),
    /// The controls, extracts and metrics of the catalogue
    #[command(
        subcommand,
        after_help = "Examples:\n  sixpillars controls list --format csv\n  sixpillars controls show s3-bucket-versioning\n  sixpillars controls test"
    )]
    Controls(Controls),
    /// The declared tables
    #[command(subcommand, after_help = "Examples:\n  sixpillars tables list\n  sixpillars tables show s3_buckets")]
    Tables(Tables),
    /// The templates of the report
    #[command(subcommand, after_help = "Examples:\n  sixpillars templates export mine/\n  sixpillars report exports/ --templates mine/")]
    Templates(Templates),
    /// The topics of the report: sections as Markdown with SQL
    #[command(
        subcommand,
        after_help = "Examples:\n  sixpillars topics list\n  sixpillars topics show soc2/log-tampering\n  sixpillars topics export mine/ soc2/log-tampering\n  sixpillars report exports/ --templates mine/"
    )]
    Topics(Topics),
    /// Write a commented engagement.toml to start from
    #[command(after_help = "Examples:\n  sixpillars init\n  sixpillars init client/engagement.toml")]
    Init(Init),
    /// Print completions for a shell
    #[command(
        after_help = "Examples:\n  source <(sixpillars completions bash)\n  sixpillars completions fish > ~/.config/fish/completions/sixpillars.fish"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What a file may cost before it is refused.
#[derive(Debug, Clone, Copy, Args)]
pub struct Caps {
    /// Bytes of text a file or member of an archive may hold, as 4G or 500M; cost CSVs and long lists of configuration items are read as streams, of any size
    #[arg(long, default_value = "4G", value_name = "SIZE", value_parser = size)]
    pub max_file_size: u64,
    /// Factor a file may grow by when it is unpacked, beyond 64 MiB
    #[arg(long, default_value_t = 250, value_name = "FACTOR", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_expansion: u64,
    /// Members of an archive that are read
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    pub max_members: u64,
}

/// What of the records is kept.
#[derive(Debug, Clone, Copy, Args)]
pub struct Keep {
    /// Keep CloudTrail records whole as well, in the table cloudtrail_raw, with secrets masked: the store becomes about three times as large
    #[arg(long)]
    pub keep_raw: bool,
}

/// Which engagement file is used.
#[derive(Debug, Clone, Default, Args)]
pub struct EngagementChoice {
    /// The engagement file; without it, an engagement.toml in the first folder given that holds one is used
    #[arg(long, value_name = "FILE")]
    pub engagement: Option<PathBuf>,
    /// Use no engagement file, even where one lies in a folder given
    #[arg(long, conflicts_with = "engagement")]
    pub no_engagement: bool,
}

/// Severity of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Critical.
    Critical,
    /// High and above.
    High,
    /// Medium and above.
    Medium,
    /// Low and above.
    Low,
    /// Any finding.
    Informational,
}

/// Readership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// The summary; the chapters stand in the annex.
    Executive,
    /// All chapters.
    #[value(alias = "full")]
    Technical,
    /// SOC 2 first, without recommendations and cost.
    Auditor,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// Files, archives, folders and evidence stores, in any mix; - is standard input
    #[arg(value_name = "INPUT", required_unless_present = "store")]
    pub inputs: Vec<PathBuf>,
    /// Evidence stores made by `ingest`; they may also stand among the inputs
    #[arg(long, value_name = "DIR")]
    pub store: Vec<PathBuf>,
    /// Where to write
    #[arg(short, long, default_value = "sixpillars-report", value_name = "DIR")]
    pub out: PathBuf,
    /// Engagement.
    #[command(flatten)]
    pub engagement: EngagementChoice,
    /// A filled findings.csv or findings.xlsx: its management responses are read by id and carried into the new register
    #[arg(long, value_name = "FILE")]
    pub responses: Option<PathBuf>,
    /// First day of the period (type 2); without any, the period is what the evidence covers
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub from: Option<String>,
    /// Last day of the period (type 2); it is in the period
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub to: Option<String>,
    /// Date of a type 1 examination
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with_all = ["from", "to"])]
    pub as_of: Option<String>,
    /// For whom
    #[arg(long, value_enum, default_value_t = Profile::Technical)]
    pub profile: Profile,
    /// Folder with templates of your own, which replace ours file by file
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// An earlier report, by its folder or report.json: findings say whether they are new, open, worse or better, and the comparison is written, too
    #[arg(long, value_name = "REPORT")]
    pub baseline: Option<PathBuf>,
    /// Exit with 4 when a finding at or above this severity is open
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Exit with 3 also when an input was not read, records were rejected or a check of log file integrity failed
    #[arg(long)]
    pub strict: bool,
    /// Replace an existing report, if nothing but what it wrote stands in its folder, unchanged
    #[arg(long)]
    pub force: bool,
    /// What is kept.
    #[command(flatten)]
    pub keep: Keep,
    /// Limits.
    #[command(flatten)]
    pub caps: Caps,
}

/// Options of `compare`.
#[derive(Debug, Args)]
pub struct Compare {
    /// Folders of reports, or their report.json: the earlier and the later one; more of them are put in the order of their periods
    #[arg(value_name = "REPORT", required = true, num_args = 2..)]
    pub reports: Vec<PathBuf>,
    /// Where to write
    #[arg(short, long, default_value = "sixpillars-comparison", value_name = "DIR")]
    pub out: PathBuf,
    /// Folder with templates of your own, which replace ours file by file
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
}

/// Options of `ingest`.
#[derive(Debug, Args)]
pub struct Ingest {
    /// Files, archives, folders and evidence stores, in any mix; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// The store to make or to add to
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// What is kept.
    #[command(flatten)]
    pub keep: Keep,
    /// Limits.
    #[command(flatten)]
    pub caps: Caps,
}

/// Format of what `verify` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerifyFormat {
    /// Text.
    Text,
    /// JSON, one object.
    Json,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Files, archives and folders: digests, log files, saved list-public-keys and head-object answers; or one report
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = VerifyFormat::Text)]
    pub format: VerifyFormat,
    /// Limits.
    #[command(flatten)]
    pub caps: Caps,
}

/// Options of `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// Files, archives and folders, in any mix; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Read every file to its end and count its records
    #[arg(long)]
    pub full: bool,
    /// Engagement.
    #[command(flatten)]
    pub engagement: EngagementChoice,
    /// Limits.
    #[command(flatten)]
    pub caps: Caps,
}

/// Format of printed rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned text.
    Table,
    /// CSV.
    Csv,
    /// JSON, one object for each row.
    Json,
}

/// Options of `query`.
#[derive(Debug, Clone, Args)]
pub struct Query {
    /// One SELECT
    pub sql: String,
    /// The store, or the folder of a report, whose findings and exceptions are tables too
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Rows printed at most; 0 = all
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub limit: usize,
    /// The engagement file, for the tables of the scope; none is looked for
    #[arg(long, value_name = "FILE")]
    pub engagement: Option<PathBuf>,
    /// How long the query may take, as 90s, 5m or 2h; 0 = without end
    #[arg(long, default_value = "300s", value_name = "TIME", value_parser = duration)]
    pub timeout: Duration,
    /// Memory the process may hold meanwhile, as 4G or 500M (on Linux; other systems do not say what it holds)
    #[arg(long, default_value = "4G", value_name = "SIZE", value_parser = size)]
    pub memory: u64,
}

/// Options of `evidence`.
#[derive(Debug, Args)]
pub struct Evidence {
    /// FILE_ID:RECORD, as source_file_id and source_record print it
    pub row: String,
    /// Files, archives and folders that hold the client's file; without any, the record is taken from a store that keeps raw records
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// The store that names the row
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
}

/// `controls`.
#[derive(Debug, Subcommand)]
pub enum Controls {
    /// List controls, extracts and metrics
    List {
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Explain one
    Show {
        /// Its id
        id: String,
    },
    /// Run the cases that stand beside the controls and in the topics
    Test {
        /// Ids; all without
        ids: Vec<String>,
        /// Also write the tables of cases that are ingested, as Parquet, into this folder: for a second SQL engine
        #[arg(long, value_name = "DIR")]
        write_tables: Option<PathBuf>,
        /// Folder with templates and topics of your own, whose cases run, too
        #[arg(long, value_name = "DIR")]
        templates: Option<PathBuf>,
    },
}

/// `topics`.
#[derive(Debug, Subcommand)]
pub enum Topics {
    /// List the topics by chapter
    List {
        /// Folder with topics of your own
        #[arg(long, value_name = "DIR")]
        templates: Option<PathBuf>,
    },
    /// Print the file of one
    Show {
        /// Its id, CHAPTER/TOPIC
        id: String,
        /// Folder with topics of your own
        #[arg(long, value_name = "DIR")]
        templates: Option<PathBuf>,
    },
    /// Write topics into a folder, to reword, translate or drop them there
    Export {
        /// The folder
        folder: PathBuf,
        /// Ids; all without
        ids: Vec<String>,
    },
}

/// `tables`.
#[derive(Debug, Subcommand)]
pub enum Tables {
    /// List the tables
    List {
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Describe one
    Show {
        /// Its name
        name: String,
    },
}

/// `templates`.
#[derive(Debug, Subcommand)]
pub enum Templates {
    /// List the templates
    List,
    /// Write the templates into a folder, to change them there
    Export {
        /// The folder
        folder: PathBuf,
    },
}

/// Options of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The file to write
    #[arg(default_value = "engagement.toml")]
    pub file: PathBuf,
}

fn date(text: &str) -> Result<String, String> {
    text.parse::<jiff::civil::Date>().map(|d| d.to_string()).map_err(|e| format!("write a date as 2026-06-30 ({e})"))
}

/// A time in seconds, minutes or hours.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a time as 90s, 5m or 2h, of a year at most".to_owned();
    let text = text.trim();
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        _ => (text, 1),
    };
    let seconds = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(unit)).filter(|n| *n <= 366 * 86_400);
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

/// A number of bytes, with K, M, G or T for powers of 1024.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || "write a size as 4G, 500M or a number of bytes".to_owned();
    let upper = text.trim().to_ascii_uppercase();
    let upper = upper.strip_suffix("IB").or_else(|| upper.strip_suffix('B')).unwrap_or(&upper);
    let (digits, power) = match upper.char_indices().last() {
        Some((at, unit @ ('K' | 'M' | 'G' | 'T'))) => (&upper[..at], "KMGT".find(unit).unwrap_or(0) as u32 + 1),
        _ => (upper, 0),
    };
    digits.parse::<u64>().ok().and_then(|n| n.checked_mul(1 << (10 * power))).filter(|n| *n > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, size};

    #[test]
    fn times_have_a_unit() {
        for (text, seconds) in [("300s", 300), ("5m", 300), ("2h", 7_200), ("90", 90), ("0", 0)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "s", "-1s", "1.5h", "5d", "99999999999999999999h", "9999999h", "五s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, bytes) in [("4G", 4 << 30), ("500m", 500 << 20), ("1 ".trim(), 1), ("2KiB", 2048), ("3TB", 3 << 40), ("7b", 7)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "0", "-1", "1.5G", "4GG", "99999999999T", "四G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
