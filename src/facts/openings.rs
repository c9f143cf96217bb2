//! Tables `network_openings` and `network_opening_ports`: what security groups and network ACLs let in, and from how much of
//! the internet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::evidence::{Evidence, Which};
use super::items::{Item, Validity};
use super::members::{list, member, text};
use super::timeline::{Then, Timeline};
use crate::base::steps;
use crate::base::text::few;
use crate::ingest::batch::Batch;
use crate::policy::network::{self, AclRule, Audience, Entries, Family, Opening, PrefixList, Protocol, Rule, Span};
use crate::policy::ports;
use crate::schema::Schema;
use crate::schema::row::Row as _;
use crate::schema::tables::{NetworkOpeningPortsRow, NetworkOpeningsRow};
use crate::store::StoreError;

/// One opening.
pub const OPENINGS: &str = NetworkOpeningsRow::TABLE.name;
/// One known service, or port of a standard's list, within an opening that is not limited to named sources.
pub const PORTS: &str = NetworkOpeningPortsRow::TABLE.name;

const GROUP: &str = "AWS::EC2::SecurityGroup";
const ACL: &str = "AWS::EC2::NetworkAcl";
const PREFIX_LIST: &str = "AWS::EC2::PrefixList";

/// Both tables.
///
/// # Errors
/// When items cannot be read.
pub fn compute(which: Which, schema: &Schema, evidence: &dyn Evidence) -> Result<Vec<Batch>, StoreError> {
    let items = Item::versions(which, evidence, &[GROUP, ACL, PREFIX_LIST])?;
    let mut lists: Lists<'_> = BTreeMap::new();
    for item in items.iter().filter(|item| item.kind == PREFIX_LIST) {
        lists.entry(&item.id).or_default().push(item, prefix_list(item));
    }
    let (Some(openings), Some(ports)) = (schema.table(OPENINGS), schema.table(PORTS)) else { return Ok(Vec::new()) };
    let (mut openings, mut ports) = (Batch::new(openings), Batch::new(ports));
    for item in &items {
        steps::count(1);
        match item.kind.as_str() {
            GROUP => {
                let Some(rules) = member(&item.configuration, "ipPermissions") else { continue };
                let rules = list(Some(rules));
                let changes = rules.iter().flat_map(prefix_list_ids).filter_map(|id| lists.get(id)).flat_map(Timeline::changes);
                for span in item.span.cut(which, changes) {
                    let rules: Vec<Rule> = rules.iter().map(|rule| group_rule(rule, &lists, span)).collect();
                    let found = network::security_group(&rules);
                    let sources = |opening: &Opening| {
                        named(rules.iter().filter(|rule| meets(&rule.protocol, (rule.from_port, rule.to_port), opening)), opening)
                    };
                    push((item, span), &found.list, &sources, &mut openings, &mut ports);
                }
            }
            ACL => {
                let Some(entries) = member(&item.configuration, "entries") else { continue };
                let rules: Vec<AclRule> = list(Some(entries)).iter().filter_map(acl_rule).collect();
                let found = network::network_acl(&rules);
                let sources = |opening: &Opening| {
                    let allowing = rules.iter().filter(|rule| rule.allow && meets(&rule.protocol, (rule.from_port, rule.to_port), opening));
                    broadest(allowing.map(|rule| rule.cidr.clone()).filter(|cidr| of_family(cidr, opening.family)).collect())
                };
                push((item, item.span), &found.list, &sources, &mut openings, &mut ports);
            }
            _ => {}
        }
    }
    Ok(vec![openings, ports])
}

/// Prefix lists over time, by id.
type Lists<'i> = BTreeMap<&'i str, Timeline<PrefixList>>;

/// The prefix lists that a rule of a security group names.
fn prefix_list_ids(rule: &Value) -> impl Iterator<Item = &str> {
    list(member(rule, "prefixListIds")).iter().filter_map(|id| id.as_str().or_else(|| text(id, "prefixListId")))
}

/// A rule of a security group: its addresses stand as objects, in older items as words, or as both.
fn group_rule(rule: &Value, lists: &Lists<'_>, span: Validity) -> Rule {
    let mut cidrs = BTreeSet::new();
    for name in ["ipv4Ranges", "ipRanges", "ipv6Ranges"] {
        for range in list(member(rule, name)) {
            let cidr = range.as_str().or_else(|| text(range, "cidrIp")).or_else(|| text(range, "cidrIpv6"));
            cidrs.extend(cidr.map(str::to_owned));
        }
    }
    let entries = |id: &str| match lists.get(id).map(|versions| versions.at(span.from)) {
        Some(Then::Is(entries)) => entries.clone(),
        Some(Then::Absent | Then::Unknown) | None => PrefixList { id: id.to_owned(), family: None, entries: Entries::NotDelivered },
    };
    let groups = list(member(rule, "userIdGroupPairs")).iter().filter_map(|pair| text(pair, "groupId"));
    Rule {
        protocol: scalar(member(rule, "ipProtocol")).unwrap_or_default(),
        from_port: number(member(rule, "fromPort")),
        to_port: number(member(rule, "toPort")),
        cidrs: cidrs.into_iter().collect(),
        prefix_lists: prefix_list_ids(rule).map(entries).collect(),
        groups: groups.map(str::to_owned).collect(),
    }
}

/// A rule as an event shows it: one of `securityGroupRuleSet`, of `ipPermissions`, or of a change; `None` for one of egress.
/// Where the record holds no protocol, the rule's is empty.
pub(super) fn event_rule(entry: &Value) -> Option<Rule> {
    let entry = member(entry, "SecurityGroupRule").unwrap_or(entry);
    let flag = |name: &str| member(entry, name).and_then(|flag| flag.as_bool().or_else(|| flag.as_str()?.parse().ok()));
    if flag("isEgress") == Some(true) {
        return None;
    }
    let items = |name: &str| list(member(entry, name).map(|value| member(value, "items").unwrap_or(value)));
    let mut cidrs: Vec<String> = ["cidrIpv4", "cidrIpv6"].iter().filter_map(|name| text(entry, name)).map(str::to_owned).collect();
    for range in items("ipRanges").iter().chain(items("ipv6Ranges")) {
        cidrs.extend(text(range, "cidrIp").or_else(|| text(range, "cidrIpv6")).map(str::to_owned));
    }
    let lists = items("prefixListIds").iter().filter_map(|id| text(id, "prefixListId")).chain(text(entry, "prefixListId"));
    let unknown = |id: &str| PrefixList { id: id.to_owned(), family: None, entries: Entries::NotDelivered };
    let groups = items("groups").iter().filter_map(|group| text(group, "groupId")).chain(text(entry, "referencedGroupId"));
    Some(Rule {
        protocol: scalar(member(entry, "ipProtocol")).unwrap_or_default(),
        from_port: number(member(entry, "fromPort")),
        to_port: number(member(entry, "toPort")),
        cidrs,
        prefix_lists: lists.map(unknown).collect(),
        groups: groups.map(str::to_owned).collect(),
    })
}

/// An entry of a network ACL that concerns what comes in.
fn acl_rule(entry: &Value) -> Option<AclRule> {
    let egress = member(entry, "egress").or_else(|| member(entry, "isEgress"));
    if egress.and_then(Value::as_bool) == Some(true) {
        return None;
    }
    let range = member(entry, "portRange").unwrap_or(&Value::Null);
    let icmp = member(entry, "icmpTypeCode").unwrap_or(&Value::Null);
    Some(AclRule {
        number: number(member(entry, "ruleNumber")).unwrap_or(32_767),
        allow: text(entry, "ruleAction").is_some_and(|action| action.eq_ignore_ascii_case("allow")),
        protocol: scalar(member(entry, "protocol")).unwrap_or_default(),
        from_port: number(member(range, "from")),
        to_port: number(member(range, "to")),
        icmp_type: number(member(icmp, "type")),
        cidr: text(entry, "cidrBlock").or_else(|| text(entry, "ipv6CidrBlock")).unwrap_or_default().to_owned(),
    })
}

/// A prefix list as an item delivers it.
fn prefix_list(item: &Item) -> PrefixList {
    let configuration = &item.configuration;
    let family = match text(configuration, "addressFamily") {
        Some("IPv4") => Some(Family::V4),
        Some("IPv6") => Some(Family::V6),
        _ => None,
    };
    let entries = match member(configuration, "entries") {
        Some(entries) => Entries::Known(list(Some(entries)).iter().filter_map(|entry| text(entry, "cidr")).map(str::to_owned).collect()),
        None if text(configuration, "ownerId") == Some("AWS") => Entries::OfAws,
        None => Entries::NotDelivered,
    };
    PrefixList { id: item.id.clone(), family, entries }
}

fn scalar(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Whether a rule takes part in an opening.
fn meets(protocol: &str, (from, to): (Option<i64>, Option<i64>), opening: &Opening) -> bool {
    let (low, high) = ends(opening.span);
    let whole = |port: Option<i64>, end: i64| port.filter(|port| *port >= 0).unwrap_or(end);
    match Protocol::parse(protocol) {
        None | Some(Protocol::All) => true,
        Some(_) if opening.protocol == Protocol::All => true,
        Some(Protocol::Tcp | Protocol::Udp) => {
            Protocol::parse(protocol) == Some(opening.protocol) && whole(from, 0) <= high && low <= whole(to, 65_535)
        }
        Some(protocol) => protocol == opening.protocol,
    }
}

/// First and last port; all of them where the protocol has none.
fn ends(span: Span) -> (i64, i64) {
    match span {
        Span::Whole => (0, 65_535),
        Span::Ports(low, high) | Span::Types(low, high) => (i64::from(low), i64::from(high)),
    }
}

fn of_family(cidr: &str, family: Family) -> bool {
    cidr.contains(':') == (family == Family::V6)
}

/// The sources of an opening's rules, as its family sees them.
fn named<'r>(rules: impl Iterator<Item = &'r Rule>, opening: &Opening) -> String {
    let mut sources = BTreeSet::new();
    for rule in rules {
        sources.extend(rule.cidrs.iter().filter(|cidr| of_family(cidr, opening.family)).cloned());
        let of_list = |list: &&PrefixList| list.family.is_none_or(|family| family == opening.family);
        sources.extend(rule.prefix_lists.iter().filter(of_list).map(|list| list.id.clone()));
        if opening.audience == Audience::Named {
            sources.extend(rule.groups.iter().cloned());
        }
    }
    broadest(sources)
}

/// The broadest of some sources, since they matter most; the rest counted.
fn broadest(sources: BTreeSet<String>) -> String {
    let bits = |source: &String| source.rsplit_once('/').and_then(|(_, bits)| bits.parse::<u8>().ok()).unwrap_or(u8::MAX);
    let mut sources: Vec<String> = sources.into_iter().collect();
    sources.sort_by_key(|source| (bits(source), source.clone()));
    few(sources)
}

fn push((item, span): (&Item, Validity), found: &[Opening], sources: &dyn Fn(&Opening) -> String, openings: &mut Batch, known: &mut Batch) {
    for opening in found {
        let (low, high) = ends(opening.span);
        let protocol = opening.protocol.code();
        let family = if opening.family == Family::V4 { "ipv4" } else { "ipv6" };
        let sources = sources(opening);
        let row = NetworkOpeningsRow {
            item_id: Some(&item.item_id),
            account_id: Some(&item.account),
            region: Some(&item.region),
            resource_type: Some(&item.kind),
            resource_id: Some(&item.id),
            protocol: Some(&protocol),
            family: Some(family),
            from_port: Some(low),
            to_port: Some(high),
            audience: Some(opening.audience.code()),
            sources: Some(&sources),
            valid_from: span.from,
            valid_to: span.to,
            source_file_id: Some(&item.file),
            source_record: Some(i64::try_from(item.record).unwrap_or(i64::MAX)),
        };
        openings.push(item.record, &row);
        if opening.audience == Audience::Named {
            continue;
        }
        let mut port = |purpose: &str, name: &str, low: u16, high: u16| {
            let port = NetworkOpeningPortsRow {
                item_id: row.item_id,
                account_id: row.account_id,
                region: row.region,
                resource_type: row.resource_type,
                resource_id: row.resource_id,
                protocol: row.protocol,
                family: row.family,
                purpose: Some(purpose),
                service: Some(name),
                from_port: Some(i64::from(low)),
                to_port: Some(i64::from(high)),
                audience: row.audience,
                sources: row.sources,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                source_file_id: row.source_file_id,
                source_record: row.source_record,
            };
            known.push(item.record, &port);
        };
        let (low, high) = (u16::try_from(low).unwrap_or(0), u16::try_from(high).unwrap_or(u16::MAX));
        let has_ports = |protocol| matches!(protocol, Protocol::All | Protocol::Tcp | Protocol::Udp);
        if !has_ports(opening.protocol) {
            continue;
        }
        let mut services = BTreeSet::new();
        for protocol in [Protocol::Tcp, Protocol::Udp].into_iter().filter(|p| [*p, Protocol::All].contains(&opening.protocol)) {
            services.extend(ports::services(protocol, low, high).map(|s| (s.purpose.code(), s.name, s.low.max(low), s.high.min(high))));
        }
        services.into_iter().for_each(|(purpose, name, low, high)| port(purpose, name, low, high));
        for standard in ports::STANDARDS {
            for (low, high) in ports::beyond(standard, opening.protocol, low, high) {
                port("standard", standard.id, low, high);
            }
        }
    }
}
