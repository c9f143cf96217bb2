//! Cases of ports and of the standards' lists.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn purposes() {
    let cases = [
        (Protocol::Tcp, 22, "administration"),
        (Protocol::Tcp, 3389, "administration"),
        (Protocol::Udp, 3389, "administration"),
        (Protocol::Tcp, 5985, "administration"),
        (Protocol::Tcp, 5986, "administration"),
        (Protocol::Tcp, 1433, "database"),
        (Protocol::Tcp, 1521, "database"),
        (Protocol::Tcp, 2483, "database"),
        (Protocol::Tcp, 2484, "database"),
        (Protocol::Tcp, 3306, "database"),
        (Protocol::Tcp, 5432, "database"),
        (Protocol::Tcp, 5439, "database"),
        (Protocol::Tcp, 8182, "database"),
        (Protocol::Tcp, 9042, "database"),
        (Protocol::Tcp, 9160, "database"),
        (Protocol::Tcp, 27017, "database"),
        (Protocol::Tcp, 27018, "database"),
        (Protocol::Tcp, 6379, "cache"),
        (Protocol::Tcp, 11211, "cache"),
        (Protocol::Udp, 11211, "cache"),
        (Protocol::Tcp, 9200, "search"),
        (Protocol::Tcp, 445, "file_sharing"),
        (Protocol::Tcp, 2049, "file_sharing"),
        (Protocol::Udp, 2049, "file_sharing"),
        (Protocol::Tcp, 443, "web"),
        (Protocol::Udp, 22, ""),
        (Protocol::Udp, 3306, ""),
        (Protocol::Tcp, 12345, ""),
        (Protocol::Icmp, 8, ""),
    ];
    for (protocol, port, expected) in cases {
        assert_eq!(
            services(protocol, port, port).map(|service| service.purpose.code()).next().unwrap_or(""),
            expected,
            "{protocol:?} {port}"
        );
    }
}

#[test]
fn beyond_the_standards() {
    type Case = (&'static str, Protocol, u16, u16, &'static [(u16, u16)]);
    let cases: &[Case] = &[
        ("EC2.18", Protocol::Tcp, 80, 443, &[(81, 442)]),
        ("EC2.18", Protocol::Tcp, 80, 80, &[]),
        ("EC2.18", Protocol::Tcp, 443, 443, &[]),
        ("EC2.18", Protocol::Tcp, 79, 80, &[(79, 79)]),
        ("EC2.18", Protocol::Tcp, 0, 65535, &[(0, 79), (81, 442), (444, 65535)]),
        ("EC2.18", Protocol::Udp, 443, 443, &[(443, 443)]),
        ("EC2.18", Protocol::Icmp, 0, 255, &[]),
        ("EC2.13", Protocol::Tcp, 0, 65535, &[(22, 22)]),
        ("EC2.13", Protocol::Udp, 0, 65535, &[]),
        ("EC2.13", Protocol::All, 0, 65535, &[(22, 22)]),
        ("EC2.14", Protocol::Tcp, 3000, 4000, &[(3389, 3389)]),
        ("EC2.19", Protocol::Tcp, 20, 25, &[(20, 20), (21, 21), (22, 22), (23, 23), (25, 25)]),
        ("EC2.21", Protocol::Udp, 3389, 3389, &[(3389, 3389)]),
        ("CIS 5.1.2", Protocol::Tcp, 445, 445, &[(445, 445)]),
        ("CIS 5.3", Protocol::Tcp, 23, 3388, &[]),
    ];
    for (id, protocol, low, high, expected) in cases {
        assert_eq!(beyond(standard(id).unwrap(), *protocol, *low, *high), *expected, "{id} {protocol:?} {low}-{high}");
    }
}

#[test]
fn table_is_sound() {
    assert!(SERVICES.iter().all(|service| service.low <= service.high && (service.tcp || service.udp)));
    assert!(SERVICES.windows(2).all(|pair| pair[0].low <= pair[1].low), "by port");
}
