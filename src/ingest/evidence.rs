//! How far each kind of export goes as evidence: whether a file holds all that was recorded, a part of
//! the records, or a part of each record. What follows from it is said wherever results rest on it.

use super::detect::Format;

/// How much of what was recorded an export can hold at best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Records whole, as the service delivers them.
    Full,
    /// Records whole, but not all of them: something chose among them or could not carry them.
    Partial,
    /// Records without a part of their content.
    Lossy,
    /// No evidence: not read, or not of the client's systems.
    None,
}

impl Grade {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Lossy => "lossy",
            Self::None => "none",
        }
    }
}

impl Format {
    /// What the format is worth as evidence, and its limits in a few words (formats.md 1.6 to 1.10).
    pub fn evidence(self) -> (Grade, &'static str) {
        match self {
            Self::CloudtrailArray | Self::CloudtrailStream => (Grade::Partial, "an extract of records, no sequence to test"),
            Self::CloudtrailLookup => (Grade::Partial, "management events of 90 days, one account and Region; no sequence to test"),
            Self::CloudtrailLogLines | Self::CloudtrailSubscription => {
                (Grade::Partial, "records over 256 KB never reach CloudWatch Logs; no sequence to test")
            }
            Self::CloudtrailLogEvents => {
                (Grade::Partial, "only what the command asked for, and no record over 256 KB; no sequence to test")
            }
            Self::CloudtrailLogsInsights => (
                Grade::Lossy,
                "only rows and fields that the query chose: its text is needed; 10,000 rows at most, and no record over 256 KB",
            ),
            Self::CloudtrailEventBridge => {
                (Grade::Partial, "delivered as well as can be, and read-only calls only where asked for; no sequence to test")
            }
            Self::CloudtrailLogstash => (Grade::Lossy, "records changed on their way through Logstash; no sequence to test"),
            Self::CloudtrailQueryCsv | Self::CloudtrailQueryAnswer => {
                (Grade::Lossy, "only rows and columns that the query chose: its text is needed; structures as ambiguous text")
            }
            Self::CloudtrailConsoleCsv => (
                Grade::Lossy,
                "management events of 90 days, one account and Region, without identity type, ARN, MFA, error message and parameters",
            ),
            Self::ConfigSelect => (Grade::Lossy, "only the fields asked for"),
            Self::ConfigBatch => (Grade::Lossy, "no tags, no relationships"),
            Self::CloudtrailAggregated => (Grade::None, "summaries of data events, set apart"),
            Self::NotificationS3 | Self::NotificationSns | Self::NotificationSqs => (Grade::None, "messages of another service, set apart"),
            Self::CliError => (Grade::None, "an error in the place of an answer"),
            Self::Engagement => (Grade::None, "what the client says, not evidence"),
            Self::EarlierReport => (Grade::None, "set aside with the files that it lists"),
            Self::EvidenceStore => (Grade::None, "set aside with its tables; a store is read when it is an input of its own"),
            Self::StoreTable => (Grade::None, "what this program wrote, set aside"),
            Self::UnfinishedOutput => (Grade::None, "set aside with its folder"),
            Self::Empty | Self::Unrecognised | Self::Parquet | Self::DetailedBilling => (Grade::None, "listed, not read"),
            _ => (Grade::Full, ""),
        }
    }

    /// Events, but with less to them than in the files that a trail delivers.
    pub fn is_weaker_trail_evidence(self) -> bool {
        self.cloudtrail().is_some() && self.evidence().0 != Grade::Full
    }

    /// Which of several copies of an event is kept: the one from the format of lowest rank. Copies from
    /// [`LOSSY_RANK`] on hold a part of the record only and are no other version of it.
    pub fn copy_rank(self) -> u8 {
        match self {
            Self::CloudtrailRecords => 0,
            Self::CloudtrailLogstash | Self::CloudtrailLogsInsights => LOSSY_RANK,
            Self::CloudtrailQueryCsv | Self::CloudtrailQueryAnswer => LOSSY_RANK + 1,
            Self::CloudtrailConsoleCsv => LOSSY_RANK + 2,
            _ => 1,
        }
    }
}

/// Rank of the first format whose copies of events lack a part of them.
pub const LOSSY_RANK: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lossy_trail_formats_and_only_they_rank_as_lossy() {
        let trails = [
            Format::CloudtrailRecords,
            Format::CloudtrailArray,
            Format::CloudtrailStream,
            Format::CloudtrailLookup,
            Format::CloudtrailConsoleCsv,
            Format::CloudtrailQueryCsv,
            Format::CloudtrailQueryAnswer,
            Format::CloudtrailLogLines,
            Format::CloudtrailSubscription,
            Format::CloudtrailLogEvents,
            Format::CloudtrailLogsInsights,
            Format::CloudtrailEventBridge,
            Format::CloudtrailLogstash,
        ];
        for format in trails {
            assert!(format.cloudtrail().is_some());
            assert_eq!(format.copy_rank() >= LOSSY_RANK, format.evidence().0 == Grade::Lossy, "{format:?}");
            assert_eq!(format.is_weaker_trail_evidence(), format != Format::CloudtrailRecords, "{format:?}");
        }
    }
}
