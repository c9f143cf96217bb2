//! What security groups and network ACLs open, to how much of the internet. Pure arithmetic on intervals.
//!
//! Rules are joined before they are judged: two halves of the internet in two rules are the internet, and two rules that share
//! only some ports are joined on those. So one sweep over ports (ICMP: types) keeps the union of all active sources, per
//! protocol and family, and asks at each step how many public addresses it holds. For a security group that is the union of
//! its rules; for a network ACL the first entry that matches decides ("Network ACL rules", Amazon VPC User Guide).
//!
//! Output is canonical: neighbours with the same audience are one opening, protocols with one audience throughout are one
//! opening of [`Protocol::All`], and the order of rules changes nothing.

mod cover;
mod ranges;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use ranges::{Addresses, Breadth, Family, Interval, Range, SLIVER, parse as parse_range};
pub use rules::{AclRule, Entries, PrefixList, Problem, Protocol, Rule, Span};

use cover::Cover;
use rules::Read;

/// Who reaches an opening. Ordered for output.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// All public addresses, or all but a sliver ([`SLIVER`]).
    World,
    /// More than a /8 of public addresses (IPv6: a /32), not the world.
    Wide,
    /// Listed addresses, networks, groups or lists, no broader than that.
    Named,
    /// Some source is not known: a prefix list whose entries were not delivered, or a value that cannot be read.
    Unknown {
        /// How broad the sources are that are known.
        at_least: Breadth,
        /// Ids of the prefix lists, or the values.
        sources: BTreeSet<String>,
    },
}

impl Audience {
    /// Short code: `world`, `wide`, `named` or `unknown`.
    pub fn code(&self) -> &'static str {
        match self {
            Audience::World => "world",
            Audience::Wide => "wide",
            Audience::Named => "named",
            Audience::Unknown { .. } => "unknown",
        }
    }

    fn of(breadth: Breadth, named: bool, unknown: BTreeSet<String>) -> Option<Audience> {
        match breadth {
            Breadth::World => Some(Audience::World),
            at_least if !unknown.is_empty() => {
                Some(Audience::Unknown { at_least: if named { at_least.max(Breadth::Named) } else { at_least }, sources: unknown })
            }
            Breadth::Wide => Some(Audience::Wide),
            Breadth::Named => Some(Audience::Named),
            Breadth::Nothing => named.then_some(Audience::Named),
        }
    }
}

/// One opening: a protocol, a span of it, a family of addresses and who they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opening {
    /// Protocol. [`Protocol::All`] only where every protocol and port has this audience.
    pub protocol: Protocol,
    /// Family of the sources.
    pub family: Family,
    /// Ports or types.
    pub span: Span,
    /// Who reaches it.
    pub audience: Audience,
}

/// All openings of a group or ACL in canonical order, with what could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Openings {
    /// By protocol, family and span.
    pub list: Vec<Opening>,
    /// Values that EC2 could not have.
    pub problems: BTreeSet<Problem>,
}

impl Openings {
    /// Who reaches a port of TCP or UDP, or a type of ICMP. `None` if nobody does.
    pub fn at(&self, protocol: Protocol, family: Family, value: u16) -> Option<&Audience> {
        let listed = |protocol| {
            self.list.iter().filter(move |opening| opening.protocol == protocol && opening.family == family).find(|opening| {
                match opening.span {
                    Span::Whole => true,
                    Span::Ports(low, high) | Span::Types(low, high) => low <= value && value <= high,
                }
            })
        };
        let found = listed(protocol).or_else(|| listed(Protocol::All)).or_else(|| match protocol {
            Protocol::Number(_) => listed(Protocol::Other),
            _ => None,
        });
        found.map(|opening| &opening.audience)
    }
}

/// What a security group opens. Rules in any order.
pub fn security_group(rules: &[Rule]) -> Openings {
    let mut problems = BTreeSet::new();
    let read: Vec<Read> = rules.iter().map(|rule| Read::of_rule(rule, &mut problems)).collect();
    openings(&read, problems, |protocol, family| sweep(read.iter().filter(|rule| takes_part(rule.protocol, protocol)), protocol, family))
}

/// What a network ACL opens in one direction (`Egress` false for what comes in). Entries in any order; their numbers decide.
pub fn network_acl(rules: &[AclRule]) -> Openings {
    let mut problems = BTreeSet::new();
    let mut numbered: Vec<(&AclRule, Read)> = rules
        .iter()
        .map(|rule| {
            let is_icmp = matches!(Protocol::parse(&rule.protocol), Some(Protocol::Icmp | Protocol::Icmpv6));
            let (from, to) = if is_icmp { (rule.icmp_type, None) } else { (rule.from_port, rule.to_port) };
            let mut read = Read::new(&rule.protocol, from, to, &mut problems);
            read.cidr(&rule.cidr, &mut problems);
            (rule, read)
        })
        .collect();
    numbered.sort_by_key(|(rule, _)| *rule);
    let read: Vec<Read> = numbered.iter().map(|(_, read)| read.clone()).collect();
    openings(&read, problems, |protocol, family| {
        let rules: Vec<_> =
            numbered.iter().filter(|(_, read)| takes_part(read.protocol, protocol)).map(|(rule, read)| (rule.allow, read)).collect();
        first_match(&rules, protocol, family)
    })
}

/// Whether a rule of one protocol speaks of traffic of another.
fn takes_part(rule: Protocol, traffic: Protocol) -> bool {
    rule == Protocol::All || rule == traffic
}

/// Runs over protocols and families, and folds what is the same for all protocols.
fn openings(read: &[Read], problems: BTreeSet<Problem>, one: impl Fn(Protocol, Family) -> Vec<Opening>) -> Openings {
    let mut protocols: BTreeSet<Protocol> = read.iter().map(|rule| rule.protocol).filter(|&protocol| protocol != Protocol::All).collect();
    protocols.extend([Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Icmpv6, Protocol::Other]);
    let mut list = Vec::new();
    for family in Family::BOTH {
        let by_protocol: Vec<Vec<Opening>> = protocols.iter().map(|&protocol| one(protocol, family)).collect();
        let first = by_protocol.first().and_then(|openings| openings.first()).map(|opening| opening.audience.clone());
        let same = by_protocol.iter().all(|openings| match openings.as_slice() {
            [only] => Some(&only.audience) == first.as_ref() && is_whole(only),
            _ => false,
        });
        match first.filter(|_| same) {
            Some(audience) => list.push(Opening { protocol: Protocol::All, family, span: Span::Whole, audience }),
            None => list.extend(by_protocol.into_iter().flatten()),
        }
    }
    list.sort();
    Openings { list, problems }
}

fn is_whole(opening: &Opening) -> bool {
    opening.span == whole_span(opening.protocol)
}

fn whole_span(protocol: Protocol) -> Span {
    let highest = protocol.highest().unwrap_or(0);
    make_span(protocol, 0, highest)
}

fn make_span(protocol: Protocol, low: u16, high: u16) -> Span {
    match protocol {
        Protocol::Tcp | Protocol::Udp => Span::Ports(low, high),
        Protocol::Icmp | Protocol::Icmpv6 => Span::Types(low, high),
        Protocol::All | Protocol::Number(_) | Protocol::Other => Span::Whole,
    }
}

/// The span of a rule as seen from the traffic's protocol: a rule for all protocols spans all of it.
fn seen_span(rule: &Read, traffic: Protocol) -> (u16, u16) {
    let highest = traffic.highest().unwrap_or(0);
    if rule.protocol == Protocol::All { (0, highest) } else { (rule.span.0.min(highest), rule.span.1.min(highest)) }
}

/// Joins neighbouring stretches of one audience.
#[derive(Default)]
struct Stretches {
    list: Vec<(u16, u16, Audience)>,
}

impl Stretches {
    fn push(&mut self, low: u16, high: u16, audience: Option<Audience>) {
        let Some(audience) = audience else { return };
        match self.list.last_mut() {
            Some(last) if last.1.checked_add(1) == Some(low) && last.2 == audience => last.1 = high,
            _ => self.list.push((low, high, audience)),
        }
    }

    fn openings(self, protocol: Protocol, family: Family) -> Vec<Opening> {
        self.list
            .into_iter()
            .map(|(low, high, audience)| Opening { protocol, family, span: make_span(protocol, low, high), audience })
            .collect()
    }
}

/// The union of the rules' sources along the span of a protocol.
fn sweep<'a>(rules: impl Iterator<Item = &'a Read>, protocol: Protocol, family: Family) -> Vec<Opening> {
    let rules: Vec<(&Read, (u16, u16))> = rules.map(|rule| (rule, seen_span(rule, protocol))).collect();
    let mut cover = Cover::new(family, rules.iter().flat_map(|(rule, _)| rule.sources(family).ranges.iter().copied()));
    // At each port: the rules that begin, and those that ended just before.
    let mut events: BTreeMap<u32, (Vec<&Read>, Vec<&Read>)> = BTreeMap::new();
    for (rule, (low, high)) in &rules {
        events.entry(u32::from(*low)).or_default().0.push(rule);
        events.entry(u32::from(*high) + 1).or_default().1.push(rule);
    }
    let mut stretches = Stretches::default();
    let (mut ranges, mut named) = (0_usize, 0_usize);
    let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
    let ends: Vec<u32> = events.keys().copied().collect();
    for (at, end) in ends.iter().zip(ends.iter().skip(1).map(|next| next - 1)) {
        let Some((begun, ended)) = events.get(at) else { continue };
        for rule in begun {
            let sources = rule.sources(family);
            sources.ranges.iter().for_each(|&range| cover.add(range));
            ranges += sources.ranges.len();
            named += usize::from(sources.named);
            sources.unknown.iter().for_each(|source| *unknown.entry(source).or_default() += 1);
        }
        for rule in ended {
            let sources = rule.sources(family);
            sources.ranges.iter().for_each(|&range| cover.remove(range));
            ranges -= sources.ranges.len();
            named -= usize::from(sources.named);
            for source in &sources.unknown {
                if let Some(count) = unknown.get_mut(source.as_str()) {
                    *count -= 1;
                }
            }
        }
        let breadth = if ranges == 0 { Breadth::Nothing } else { ranges::breadth(family, cover.public()) };
        let sources = unknown.iter().filter(|(_, count)| **count > 0).map(|(source, _)| (*source).to_owned()).collect();
        if let (Ok(low), Ok(high)) = (u16::try_from(*at), u16::try_from(end)) {
            stretches.push(low, high, Audience::of(breadth, named > 0, sources));
        }
    }
    stretches.openings(protocol, family)
}

/// The sources that the first matching entry of an ACL admits, along the span of a protocol.
fn first_match(rules: &[(bool, &Read)], protocol: Protocol, family: Family) -> Vec<Opening> {
    let spans: Vec<(u16, u16)> = rules.iter().map(|(_, rule)| seen_span(rule, protocol)).collect();
    let starts: BTreeSet<u32> = spans.iter().flat_map(|&(low, high)| [u32::from(low), u32::from(high) + 1]).collect();
    let starts: Vec<u32> = starts.into_iter().collect();
    let mut stretches = Stretches::default();
    for (at, end) in starts.iter().zip(starts.iter().skip(1).map(|next| next - 1)) {
        let (Ok(low), Ok(high)) = (u16::try_from(*at), u16::try_from(end)) else { continue };
        let mut decided = Addresses::empty(family);
        let mut admitted = Addresses::empty(family);
        let mut unknown = BTreeSet::new();
        for ((allow, rule), span) in rules.iter().zip(&spans) {
            if span.0 > low || span.1 < high {
                continue;
            }
            let sources = rule.sources(family);
            let ranges = Addresses::new(family, sources.ranges.iter().copied());
            if *allow {
                admitted = admitted.with(&ranges.without(&decided));
            }
            decided = decided.with(&ranges);
            // What an unreadable entry decides is not known, and so is all that comes after it.
            unknown.extend(sources.unknown.iter().cloned());
        }
        stretches.push(low, high, Audience::of(admitted.breadth(), false, unknown));
    }
    stretches.openings(protocol, family)
}
