//! Cases of rules, and the sweep against brute force.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn rule(protocol: &str, from: i64, to: i64, cidrs: &[&str]) -> Rule {
    Rule {
        protocol: protocol.into(),
        from_port: Some(from),
        to_port: Some(to),
        cidrs: cidrs.iter().map(|&cidr| cidr.to_owned()).collect(),
        prefix_lists: Vec::new(),
        groups: Vec::new(),
    }
}

fn words(openings: &Openings) -> String {
    let one = |opening: &Opening| {
        let span = match opening.span {
            Span::Whole => String::new(),
            Span::Ports(low, high) | Span::Types(low, high) if low == high => format!(" {low}"),
            Span::Ports(low, high) | Span::Types(low, high) => format!(" {low}-{high}"),
        };
        format!("{}{} {} {}", opening.protocol.code(), span, opening.family.code(), opening.audience.code())
    };
    openings.list.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Sources of one rule for TCP 22 → audience over IPv4, over IPv6.
const SOURCES: &[(&[&str], &str, &str)] = &[
    (&["0.0.0.0/0"], "world", "-"),
    (&["0.0.0.0/1", "128.0.0.0/1"], "world", "-"),
    (&["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"], "world", "-"),
    (&["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"], "world", "-"), // multicast and class E are missing
    (&["0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2", "128.0.0.0/1"], "world", "-"), // all but 10/8
    (&["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/4", "208.0.0.0/5", "216.0.0.0/6", "220.0.0.0/7", "222.0.0.0/8"], "world", "-"), // all but 223/8: a sliver
    (&["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/4"], "wide", "-"), // 208/4 is missing
    (&["0.0.0.0/1"], "wide", "-"),
    (&["128.0.0.0/1"], "wide", "-"),
    (&["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2"], "wide", "-"),
    (&["52.0.0.0/7"], "wide", "-"),
    (&["52.0.0.0/8", "54.0.0.0/8"], "wide", "-"),
    (&["52.0.0.0/8", "203.0.114.7/32"], "wide", "-"),
    (&["52.0.0.0/8"], "named", "-"),
    (&["52.0.0.0/9", "52.128.0.0/9"], "named", "-"),
    (&["203.0.114.7/32"], "named", "-"),
    (&["203.0.114.7"], "named", "-"),
    (&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"], "named", "-"),
    (&["10.0.0.0/7"], "named", "-"), // only 11/8 of it is public
    (&["240.0.0.0/4"], "named", "-"),
    (&["::/0"], "-", "world"),
    (&["::/1"], "-", "world"), // all assigned space lies in the lower half
    (&["::/1", "8000::/1"], "-", "world"),
    (&["2000::/3"], "-", "world"),
    (&["2000::/4"], "-", "world"),
    (&["2000::/4", "3000::/4"], "-", "world"),
    (&["8000::/1"], "-", "named"),
    (&["2a05:d018::/32"], "-", "named"),
    (&["2600:1f00::/24"], "-", "wide"),
    (&["2a05:d018::/31"], "-", "wide"),
    (&["2001:db8::/32"], "-", "named"),
    (&["fd00::/8"], "-", "named"),
    (&["fc00::/7", "fe80::/10"], "-", "named"),
    (&["0.0.0.0/0", "::/0"], "world", "world"),
    (&["10.0.0.0/8", "::/0"], "named", "world"),
    (&["0.0.0.0/0", "2a05:d018::/56"], "world", "named"),
    (&["10.1.2.3/0"], "world", "-"),  // host bits are cleared
    (&[" 0.0.0.0/0 "], "world", "-"), // blanks around
    (&["anywhere"], "unknown", "unknown"),
    (&["0.0.0.0/0", "anywhere"], "world", "unknown"),
    (&["0.0.0.0/33"], "unknown", "unknown"),
    (&[], "-", "-"),
];

#[test]
fn sources() {
    for (cidrs, v4, v6) in SOURCES {
        let found = |rules: &[Rule], family| security_group(rules).at(Protocol::Tcp, family, 22).map_or("-", Audience::code);
        let together = [rule("tcp", 22, 22, cidrs)];
        let apart: Vec<Rule> = cidrs.iter().rev().map(|cidr| rule("6", 0, 65535, &[cidr])).collect();
        for rules in [&together[..], &apart] {
            assert_eq!((found(rules, Family::V4), found(rules, Family::V6)), (*v4, *v6), "{cidrs:?}");
        }
    }
}

fn group_cases() -> Vec<(&'static str, Vec<Rule>, &'static str)> {
    let list = |entries, family| Rule { prefix_lists: vec![PrefixList { id: "pl-1".into(), family, entries }], ..rule("tcp", 22, 22, &[]) };
    let known = |entries: &[&str]| Entries::Known(entries.iter().map(|&entry| entry.to_owned()).collect());
    vec![
        ("nothing", vec![], ""),
        ("everything", vec![rule("-1", -1, -1, &["0.0.0.0/0"])], "all ipv4 world"),
        ("everything, ports given all the same", vec![rule("-1", 22, 22, &["0.0.0.0/0"])], "all ipv4 world"),
        ("everything without ports", vec![Rule { from_port: None, to_port: None, ..rule("-1", 0, 0, &["::/0"]) }], "all ipv6 world"),
        ("TCP by number", vec![rule("6", 443, 443, &["0.0.0.0/0"])], "tcp 443 ipv4 world"),
        ("TCP in capitals", vec![rule("TCP", 443, 443, &["0.0.0.0/0"])], "tcp 443 ipv4 world"),
        ("all of TCP by -1", vec![rule("tcp", -1, -1, &["0.0.0.0/0"])], "tcp 0-65535 ipv4 world"),
        (
            "all of TCP without ports",
            vec![Rule { from_port: None, to_port: None, ..rule("tcp", 0, 0, &["0.0.0.0/0"]) }],
            "tcp 0-65535 ipv4 world",
        ),
        ("neighbours", vec![rule("tcp", 80, 80, &["0.0.0.0/0"]), rule("tcp", 81, 90, &["0.0.0.0/0"])], "tcp 80-90 ipv4 world"),
        (
            "halves overlap on some ports",
            vec![rule("tcp", 20, 30, &["0.0.0.0/1"]), rule("tcp", 25, 40, &["128.0.0.0/1"])],
            "tcp 20-24 ipv4 wide, tcp 25-30 ipv4 world, tcp 31-40 ipv4 wide",
        ),
        (
            "half in a rule for everything",
            vec![rule("-1", -1, -1, &["0.0.0.0/1"]), rule("tcp", 22, 22, &["128.0.0.0/1"])],
            "tcp 0-21 ipv4 wide, tcp 22 ipv4 world, tcp 23-65535 ipv4 wide, udp 0-65535 ipv4 wide, icmp 0-255 ipv4 wide, icmpv6 0-255 ipv4 wide, other ipv4 wide",
        ),
        (
            "halves of two families are no whole",
            vec![rule("tcp", 22, 22, &["0.0.0.0/1", "8000::/1"])],
            "tcp 22 ipv4 wide, tcp 22 ipv6 named",
        ),
        (
            "halves of two protocols are no whole",
            vec![rule("tcp", 53, 53, &["0.0.0.0/1"]), rule("udp", 53, 53, &["128.0.0.0/1"])],
            "tcp 53 ipv4 wide, udp 53 ipv4 wide",
        ),
        ("ping", vec![rule("icmp", 8, -1, &["0.0.0.0/0"])], "icmp 8 ipv4 world"),
        ("ping by number", vec![rule("1", 8, 0, &["0.0.0.0/0"])], "icmp 8 ipv4 world"),
        ("all of ICMP", vec![rule("icmp", -1, -1, &["0.0.0.0/0"])], "icmp 0-255 ipv4 world"),
        ("ICMP for IPv6", vec![rule("icmpv6", -1, -1, &["::/0"])], "icmpv6 0-255 ipv6 world"),
        (
            "two ICMP types are no union",
            vec![rule("icmp", 8, -1, &["0.0.0.0/1"]), rule("icmp", 3, 4, &["128.0.0.0/1"])],
            "icmp 3 ipv4 wide, icmp 8 ipv4 wide",
        ),
        ("a protocol without ports", vec![rule("50", -1, -1, &["0.0.0.0/0"])], "50 ipv4 world"),
        ("a group", vec![Rule { groups: vec!["sg-2".into()], ..rule("tcp", 22, 22, &[]) }], "tcp 22 ipv4 named, tcp 22 ipv6 named"),
        ("a list that was not delivered", vec![list(Entries::NotDelivered, None)], "tcp 22 ipv4 unknown, tcp 22 ipv6 unknown"),
        ("one of known family", vec![list(Entries::NotDelivered, Some(Family::V4))], "tcp 22 ipv4 unknown"),
        ("a list of AWS", vec![list(Entries::OfAws, Some(Family::V4))], "tcp 22 ipv4 named"),
        ("a list that holds the world", vec![list(known(&["0.0.0.0/1", "128.0.0.0/1"]), Some(Family::V4))], "tcp 22 ipv4 world"),
        ("a list of addresses", vec![list(known(&["203.0.114.0/24"]), Some(Family::V4))], "tcp 22 ipv4 named"),
        ("an empty list", vec![list(known(&[]), Some(Family::V4))], ""),
        (
            "the world beside an unknown list",
            vec![list(Entries::NotDelivered, Some(Family::V4)), rule("tcp", 22, 22, &["0.0.0.0/0"])],
            "tcp 22 ipv4 world",
        ),
        (
            "wide beside an unknown list on some ports",
            vec![list(Entries::NotDelivered, Some(Family::V4)), rule("tcp", 20, 30, &["0.0.0.0/1"])],
            "tcp 20-21 ipv4 wide, tcp 22 ipv4 unknown, tcp 23-30 ipv4 wide",
        ),
        ("80 to 443", vec![rule("tcp", 80, 443, &["0.0.0.0/0"])], "tcp 80-443 ipv4 world"),
        ("a protocol that is none", vec![rule("web", 80, 80, &["0.0.0.0/0"])], "all ipv4 world, all ipv6 unknown"),
        ("ports that are none", vec![rule("tcp", 80, 70, &["10.0.0.0/8"])], "tcp 0-65535 ipv4 unknown, tcp 0-65535 ipv6 unknown"),
        ("ports beyond", vec![rule("tcp", 80, 70000, &["10.0.0.0/8"])], "tcp 0-65535 ipv4 unknown, tcp 0-65535 ipv6 unknown"),
    ]
}

#[test]
fn groups() {
    for (why, mut rules, expected) in group_cases() {
        assert_eq!(words(&security_group(&rules)), expected, "{why}");
        rules.reverse();
        let found = security_group(&rules);
        assert_eq!(words(&found), expected, "{why}, other order");
        rules.extend(rules.clone());
        assert_eq!(security_group(&rules), found, "{why}, twice");
    }
}

#[test]
fn sixty_narrow_rules_and_then_the_world() {
    let mut rules: Vec<Rule> = (0..60).map(|at| rule("tcp", 22, 22, &[&format!("10.{at}.0.0/24")])).collect();
    rules.push(rule("tcp", 22, 22, &["0.0.0.0/0"]));
    assert_eq!(words(&security_group(&rules)), "tcp 22 ipv4 world");
}

fn acl(number: i64, allow: bool, protocol: &str, ports: Option<(i64, i64)>, cidr: &str) -> AclRule {
    AclRule {
        number,
        allow,
        protocol: protocol.into(),
        from_port: ports.map(|p| p.0),
        to_port: ports.map(|p| p.1),
        icmp_type: None,
        cidr: cidr.into(),
    }
}

#[test]
fn acls() {
    let last = acl(32767, false, "-1", None, "0.0.0.0/0");
    let cases = [
        ("the default entry alone", vec![], ""),
        ("everything", vec![acl(100, true, "-1", None, "0.0.0.0/0")], "all ipv4 world"),
        ("everything over IPv6", vec![acl(101, true, "-1", None, "::/0")], "all ipv6 world"),
        ("the deny comes first", vec![acl(90, false, "-1", None, "0.0.0.0/0"), acl(100, true, "-1", None, "0.0.0.0/0")], ""),
        (
            "the deny comes too late",
            vec![acl(110, false, "-1", None, "0.0.0.0/0"), acl(100, true, "-1", None, "0.0.0.0/0")],
            "all ipv4 world",
        ),
        (
            "SSH is denied first",
            vec![acl(90, false, "6", Some((22, 22)), "0.0.0.0/0"), acl(100, true, "6", Some((0, 100)), "0.0.0.0/0")],
            "tcp 0-21 ipv4 world, tcp 23-100 ipv4 world",
        ),
        (
            "the deny takes half",
            vec![acl(90, false, "6", Some((22, 22)), "0.0.0.0/1"), acl(100, true, "6", Some((22, 22)), "0.0.0.0/0")],
            "tcp 22 ipv4 wide",
        ),
        (
            "the deny takes a sliver",
            vec![acl(90, false, "6", Some((22, 22)), "198.51.101.0/24"), acl(100, true, "6", Some((22, 22)), "0.0.0.0/0")],
            "tcp 22 ipv4 world",
        ),
        (
            "a deny for everything covers TCP",
            vec![acl(90, false, "-1", None, "0.0.0.0/0"), acl(100, true, "6", Some((22, 22)), "0.0.0.0/0")],
            "",
        ),
        (
            "a deny for TCP leaves UDP",
            vec![acl(90, false, "6", Some((0, 65535)), "0.0.0.0/0"), acl(100, true, "-1", None, "0.0.0.0/0")],
            "udp 0-65535 ipv4 world, icmp 0-255 ipv4 world, icmpv6 0-255 ipv4 world, other ipv4 world",
        ),
        (
            "two halves",
            vec![acl(90, true, "6", Some((22, 22)), "0.0.0.0/1"), acl(100, true, "6", Some((22, 30)), "128.0.0.0/1")],
            "tcp 22 ipv4 world, tcp 23-30 ipv4 wide",
        ),
        ("a name", vec![acl(90, true, "tcp", Some((22, 22)), "10.0.0.0/8")], "tcp 22 ipv4 named"),
        ("ping", vec![AclRule { icmp_type: Some(8), ..acl(90, true, "1", None, "0.0.0.0/0") }], "icmp 8 ipv4 world"),
        ("all of ICMP", vec![AclRule { icmp_type: Some(-1), ..acl(90, true, "1", None, "0.0.0.0/0") }], "icmp 0-255 ipv4 world"),
        ("an address that is none", vec![acl(90, true, "6", Some((22, 22)), "x")], "tcp 22 ipv4 unknown, tcp 22 ipv6 unknown"),
        (
            "the deny is not readable",
            vec![acl(90, false, "6", Some((22, 22)), "x"), acl(91, true, "6", Some((22, 22)), "0.0.0.0/1")],
            "tcp 22 ipv4 unknown, tcp 22 ipv6 unknown",
        ),
    ];
    for (why, mut rules, expected) in cases {
        rules.push(last.clone());
        assert_eq!(words(&network_acl(&rules)), expected, "{why}");
        rules.reverse();
        assert_eq!(words(&network_acl(&rules)), expected, "{why}, other order");
    }
}

#[test]
fn numbered_traffic_meets_other() {
    let open = security_group(&[rule("-1", -1, -1, &["0.0.0.0/0"]), rule("tcp", 22, 22, &["::/0"])]);
    assert_eq!(open.at(Protocol::Number(47), Family::V4, 0), Some(&Audience::World));
    assert_eq!(open.at(Protocol::Number(47), Family::V6, 0), None);
    assert_eq!(open.at(Protocol::Tcp, Family::V6, 23), None);
}

#[test]
fn thousands_of_rules() {
    let rules: Vec<Rule> =
        (0..4000_i64).map(|at| rule("tcp", at, at + 2000, &[&format!("{}.{}.0.0/16", 1 + at % 200, at % 256)])).collect();
    let started = std::time::Instant::now();
    assert!(security_group(&rules).list.len() > 1);
    assert!(started.elapsed().as_secs() < 5);
}

/// Blocks of a small space: a /4 is a unit, so that a set is 16 bits.
fn small_cidr() -> impl Strategy<Value = (u8, u8)> {
    (0_u8..=4).prop_flat_map(|length| (0..(1_u16 << length)).prop_map(move |at| (u8::try_from(at << (8 - length) & 0xff).unwrap(), length)))
}

fn small_rule() -> impl Strategy<Value = (bool, u8, (u8, u8), (u8, u8))> {
    (any::<bool>(), 0_u8..3, small_cidr(), (0_u8..12, 0_u8..6).prop_map(|(low, more)| (low, low + more)))
}

const PROTOCOLS: [&str; 3] = ["-1", "tcp", "udp"];

/// Blocks of /4 as bits, from 0.0.0.0 up.
fn blocks((first, length): (u8, u8)) -> u16 {
    (0..16_u8).filter(|block| length == 0 || (block << 4) >> (8 - length) == first >> (8 - length)).fold(0, |set, block| set | 1 << block)
}

fn breadth_of(set: u16) -> Option<&'static str> {
    let intervals = (0..16_u128).filter(|block| set >> block & 1 == 1).map(|block| (block << 28, (block << 28) + (1 << 28) - 1));
    match Addresses::new(Family::V4, intervals).breadth() {
        Breadth::Nothing => None,
        breadth => Some(breadth.code()),
    }
}

proptest! {
    #[test]
    fn group_is_the_union_of_its_rules(drawn in prop::collection::vec(small_rule(), 0..12)) {
        let rules: Vec<Rule> = drawn.iter().map(|&(_, protocol, (first, length), (low, high))| {
            rule(PROTOCOLS[usize::from(protocol)], low.into(), high.into(), &[&format!("{first}.0.0.0/{length}")])
        }).collect();
        let found = security_group(&rules);
        for (traffic, number) in [(Protocol::Tcp, 1), (Protocol::Udp, 2)] {
            for port in 0..20_u8 {
                let set = drawn.iter().filter(|(_, protocol, _, (low, high))| *protocol == 0 || *protocol == number && *low <= port && port <= *high)
                    .fold(0, |set, (_, _, cidr, _)| set | blocks(*cidr));
                prop_assert_eq!(found.at(traffic, Family::V4, port.into()).map(Audience::code), breadth_of(set));
            }
        }
        let mut turned = rules.clone();
        turned.reverse();
        prop_assert_eq!(security_group(&turned), found);
    }

    #[test]
    fn acl_is_its_first_match(drawn in prop::collection::vec(small_rule(), 0..10)) {
        let rules: Vec<AclRule> = drawn.iter().enumerate().map(|(at, &(allow, protocol, (first, length), (low, high)))| {
            acl(i64::try_from(at).unwrap(), allow, PROTOCOLS[usize::from(protocol)], Some((low.into(), high.into())), &format!("{first}.0.0.0/{length}"))
        }).collect();
        let found = network_acl(&rules);
        for (traffic, number) in [(Protocol::Tcp, 1), (Protocol::Udp, 2)] {
            for port in 0..20_u8 {
                let (mut decided, mut admitted) = (0_u16, 0_u16);
                for (allow, protocol, cidr, (low, high)) in &drawn {
                    if *protocol == 0 || *protocol == number && *low <= port && port <= *high {
                        if *allow { admitted |= blocks(*cidr) & !decided; }
                        decided |= blocks(*cidr);
                    }
                }
                prop_assert_eq!(found.at(traffic, Family::V4, port.into()).map(Audience::code), breadth_of(admitted));
            }
        }
    }

    #[test]
    fn sets_of_addresses(a in any::<u16>(), b in any::<u16>()) {
        let set = |bits: u16| Addresses::new(Family::V4, (0..16_u128).filter(move |at| bits >> at & 1 == 1).map(|at| (at * 3, at * 3 + 2)));
        prop_assert_eq!(set(a).with(&set(b)), set(a | b));
        prop_assert_eq!(set(a).and(&set(b)), set(a & b));
        prop_assert_eq!(set(a).without(&set(b)), set(a & !b));
    }

    #[test]
    fn another_rule_never_narrows(drawn in prop::collection::vec(small_rule(), 1..8)) {
        let rules: Vec<Rule> = drawn.iter().map(|&(_, protocol, (first, length), (low, high))| {
            rule(PROTOCOLS[usize::from(protocol)], low.into(), high.into(), &[&format!("{first}.0.0.0/{length}")])
        }).collect();
        let rank = |rules: &[Rule], port| security_group(rules).at(Protocol::Tcp, Family::V4, port).map_or(0, |audience| match audience {
            Audience::Named => 1, Audience::Wide => 2, Audience::Unknown { .. } => 3, Audience::World => 4,
        });
        for port in 0..20 {
            prop_assert!(rank(&rules[1..], port) <= rank(&rules, port));
        }
    }
}
