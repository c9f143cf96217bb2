//! Rules of security groups and network ACLs as they are exported, read into protocols, spans and ranges.

use std::collections::BTreeSet;

use super::ranges::{Family, Range, parse};

/// IP protocol of an opening. Ordered for output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Every protocol, with every port.
    All,
    /// TCP, 6.
    Tcp,
    /// UDP, 17.
    Udp,
    /// ICMP for IPv4, 1.
    Icmp,
    /// ICMP for IPv6, 58.
    Icmpv6,
    /// Another protocol by its IANA number. It has no ports.
    Number(u8),
    /// Every protocol that has no opening of its own.
    Other,
}

impl Protocol {
    /// Reads a name or number as EC2 exports it. `-1` and `all` are every protocol. `None` for any other text.
    pub fn parse(text: &str) -> Option<Protocol> {
        let text = text.trim().to_ascii_lowercase();
        Some(match text.as_str() {
            "-1" | "all" => Protocol::All,
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "icmp" => Protocol::Icmp,
            "icmpv6" | "ipv6-icmp" => Protocol::Icmpv6,
            "gre" => Protocol::Number(47),
            "esp" => Protocol::Number(50),
            "ah" => Protocol::Number(51),
            "sctp" => Protocol::Number(132),
            number => match number.parse::<u8>().ok()? {
                1 => Protocol::Icmp,
                6 => Protocol::Tcp,
                17 => Protocol::Udp,
                58 => Protocol::Icmpv6,
                other => Protocol::Number(other),
            },
        })
    }

    /// Short code: `all`, `tcp`, `udp`, `icmp`, `icmpv6`, the number, or `other`.
    pub fn code(self) -> String {
        match self {
            Protocol::All => "all".into(),
            Protocol::Tcp => "tcp".into(),
            Protocol::Udp => "udp".into(),
            Protocol::Icmp => "icmp".into(),
            Protocol::Icmpv6 => "icmpv6".into(),
            Protocol::Number(number) => number.to_string(),
            Protocol::Other => "other".into(),
        }
    }

    /// Highest value of what a rule of the protocol counts: ports for TCP and UDP, types for ICMP. `None` where there is neither.
    pub(super) fn highest(self) -> Option<u16> {
        match self {
            Protocol::Tcp | Protocol::Udp => Some(u16::MAX),
            Protocol::Icmp | Protocol::Icmpv6 => Some(u16::from(u8::MAX)),
            Protocol::All | Protocol::Number(_) | Protocol::Other => None,
        }
    }
}

/// Entries of a prefix list that a rule names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entries {
    /// The list was delivered: its CIDR blocks, as text.
    Known(Vec<String>),
    /// AWS owns the list (`OwnerId` is `AWS`) and its entries were not delivered. Such a list holds one service's addresses.
    OfAws,
    /// Not delivered, or of another account.
    NotDelivered,
}

/// A prefix list as a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PrefixList {
    /// Id, `pl-…`.
    pub id: String,
    /// Family, where it is known. A list of unknown family counts for both.
    pub family: Option<Family>,
    /// What is known of its entries.
    pub entries: Entries,
}

/// One rule of a security group, as exported: one protocol and port range with all its sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// `IpProtocol` as exported: a name, a number or `-1`.
    pub protocol: String,
    /// First port, or the ICMP type. Absent or -1: every one.
    pub from_port: Option<i64>,
    /// Last port, or the ICMP code. Absent or -1: every one.
    pub to_port: Option<i64>,
    /// CIDR blocks of either family, as text.
    pub cidrs: Vec<String>,
    /// Prefix lists.
    pub prefix_lists: Vec<PrefixList>,
    /// Ids of the security groups whose members the rule admits.
    pub groups: Vec<String>,
}

/// One entry of a network ACL, as exported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AclRule {
    /// `RuleNumber`. Lower numbers decide first; 32767 is the default entry, shown as `*`.
    pub number: i64,
    /// `RuleAction` is `allow`.
    pub allow: bool,
    /// `Protocol`: a number or `-1`.
    pub protocol: String,
    /// First port. Absent or -1: every one.
    pub from_port: Option<i64>,
    /// Last port. Absent or -1: every one.
    pub to_port: Option<i64>,
    /// ICMP type. Absent or -1: every one.
    pub icmp_type: Option<i64>,
    /// The CIDR block of either family, as text.
    pub cidr: String,
}

/// A value that the rules hold and EC2 could not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// Not a protocol. The rule is taken for all protocols with unknown sources.
    Protocol(String),
    /// Not a range of ports. The rule is taken for all ports with unknown sources.
    Ports(Option<i64>, Option<i64>),
    /// Not a CIDR block. The source is taken as unknown.
    Cidr(String),
}

/// What an opening spans within its protocol. Ordered for output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// The protocol has neither ports nor types.
    Whole,
    /// Ports of TCP or UDP, first and last.
    Ports(u16, u16),
    /// Types of ICMP, first and last. Types are not ports.
    Types(u16, u16),
}

/// Sources of a rule in one family.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sources {
    pub ranges: Vec<(u128, u128)>,
    /// Some source has no addresses in the files but is limited: a group, a list of AWS.
    pub named: bool,
    /// Prefix lists whose entries are not known; the text of CIDR blocks that cannot be read.
    pub unknown: BTreeSet<String>,
}

/// A rule in the terms of the sweep.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub protocol: Protocol,
    /// Values of the protocol's span, inclusive. Meaningless where the protocol has none.
    pub span: (u16, u16),
    pub v4: Sources,
    pub v6: Sources,
}

impl Read {
    pub(super) fn sources(&self, family: Family) -> &Sources {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    fn sources_mut(&mut self, family: Family) -> &mut Sources {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }

    /// A rule without sources. What cannot be read makes the sources unknown and the span as wide as it can be.
    pub(super) fn new(protocol: &str, from: Option<i64>, to: Option<i64>, problems: &mut BTreeSet<Problem>) -> Read {
        let whole = (0, u16::MAX);
        let known = Protocol::parse(protocol);
        let span = known.and_then(|protocol| span(protocol, from, to));
        let mut read =
            Read { protocol: known.unwrap_or(Protocol::All), span: span.unwrap_or(whole), v4: Sources::default(), v6: Sources::default() };
        let problem = match (known, span) {
            (None, _) => Problem::Protocol(protocol.to_owned()),
            (_, None) => Problem::Ports(from, to),
            _ => return read,
        };
        for family in Family::BOTH {
            read.sources_mut(family).unknown.insert(match &problem {
                Problem::Protocol(text) | Problem::Cidr(text) => text.clone(),
                Problem::Ports(from, to) => format!("{}-{}", from.unwrap_or(-1), to.unwrap_or(-1)),
            });
        }
        problems.insert(problem);
        read
    }

    /// Adds a CIDR block as text.
    pub(super) fn cidr(&mut self, text: &str, problems: &mut BTreeSet<Problem>) {
        match parse(text) {
            Some(Range { family, interval }) => self.sources_mut(family).ranges.push(interval),
            None => {
                problems.insert(Problem::Cidr(text.to_owned()));
                for family in Family::BOTH {
                    self.sources_mut(family).unknown.insert(text.to_owned());
                }
            }
        }
    }

    fn prefix_list(&mut self, list: &PrefixList, problems: &mut BTreeSet<Problem>) {
        match &list.entries {
            Entries::Known(entries) => entries.iter().for_each(|entry| self.cidr(entry, problems)),
            limited => {
                for family in Family::BOTH.into_iter().filter(|family| list.family.is_none_or(|known| known == *family)) {
                    match limited {
                        Entries::OfAws => self.sources_mut(family).named = true,
                        _ => _ = self.sources_mut(family).unknown.insert(list.id.clone()),
                    }
                }
            }
        }
    }

    pub(super) fn of_rule(rule: &Rule, problems: &mut BTreeSet<Problem>) -> Read {
        let mut read = Read::new(&rule.protocol, rule.from_port, rule.to_port, problems);
        rule.cidrs.iter().for_each(|cidr| read.cidr(cidr, problems));
        rule.prefix_lists.iter().for_each(|list| read.prefix_list(list, problems));
        if !rule.groups.is_empty() {
            read.v4.named = true;
            read.v6.named = true;
        }
        read
    }
}

/// The values that a rule spans: ports, or ICMP types (EC2 puts the type into `FromPort` and the code into `ToPort`).
fn span(protocol: Protocol, from: Option<i64>, to: Option<i64>) -> Option<(u16, u16)> {
    let Some(highest) = protocol.highest() else { return Some((0, u16::MAX)) };
    let given = |value: Option<i64>| value.filter(|&value| value != -1);
    let value = |value: Option<i64>, absent| match given(value) {
        None => Some(absent),
        Some(value) => u16::try_from(value).ok().filter(|&value| value <= highest),
    };
    let low = value(from, 0)?;
    let high = match (protocol, given(from)) {
        (Protocol::Icmp | Protocol::Icmpv6, Some(_)) => low,
        (Protocol::Icmp | Protocol::Icmpv6, None) => highest,
        _ => value(to, highest)?,
    };
    (low <= high).then_some((low, high))
}
