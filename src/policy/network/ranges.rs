//! Sets of addresses as sorted, disjoint intervals, and how much of the public internet they hold.
//!
//! One number type serves both families: an IPv4 address is its 32 bits, an IPv6 address its 128 bits. The two are never
//! mixed, because every set knows its family.
//!
//! What counts as public is taken from IANA's registries as of 2026-11: the IPv4 Special-Purpose Address Registry (RFC 6890),
//! the IPv4 address space registry for multicast and class E, and for IPv6 the Global Unicast Address Assignments (blocks
//! that IANA has given to the regional registries) less the IPv6 Special-Purpose Address Registry. IPv6 space that nobody
//! has been given holds no caller, so it does not count: a rule for `2000::/4` admits every address in use.

use core::net::IpAddr;
use std::sync::LazyLock;

use ipnet::IpNet;

/// Address family of a set of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4, 32 bits.
    V4,
    /// IPv6, 128 bits.
    V6,
}

impl Family {
    /// Both families, in the order of output.
    pub const BOTH: [Family; 2] = [Family::V4, Family::V6];

    /// Short code: `ipv4` or `ipv6`.
    pub fn code(self) -> &'static str {
        match self {
            Family::V4 => "ipv4",
            Family::V6 => "ipv6",
        }
    }
}

/// An inclusive interval of addresses, as numbers of its family.
pub type Interval = (u128, u128);

/// How much of the public internet a set of addresses holds. Ordered from narrow to broad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Breadth {
    /// No address at all.
    Nothing,
    /// Some addresses, public or private, and no more public ones than a /8 (IPv6: a /32) holds.
    Named,
    /// More public addresses than a /8 (IPv6: a /32) holds. S3's definition of public draws the line there.
    Wide,
    /// Every public address, or all but a sliver: at most one in [`SLIVER`] is left out.
    World,
}

impl Breadth {
    /// Short code: `nothing`, `named`, `wide` or `world`.
    pub fn code(self) -> &'static str {
        match self {
            Breadth::Nothing => "nothing",
            Breadth::Named => "named",
            Breadth::Wide => "wide",
            Breadth::World => "world",
        }
    }
}

/// A set still counts as the world when at most one public address in this many is missing from it (1.6 %, less than four /8).
///
/// A rule that leaves out a few networks shuts nobody out: addresses elsewhere can be rented by the hour, and whoever scans
/// the internet scans from many. The share is far below the quarter (one /2) or half (one /1) that a deliberate partial
/// opening leaves out, so those stay [`Breadth::Wide`].
pub const SLIVER: u128 = 64;

/// IPv4 ranges that no caller on the public internet can have (IANA IPv4 Special-Purpose Address Registry, 2026-11).
const RESERVED_V4: &[&str] = &[
    "0.0.0.0/8",       // this network
    "10.0.0.0/8",      // private use, RFC 1918
    "100.64.0.0/10",   // shared address space, RFC 6598
    "127.0.0.0/8",     // loopback
    "169.254.0.0/16",  // link local
    "172.16.0.0/12",   // private use, RFC 1918
    "192.0.0.0/24",    // IETF protocol assignments
    "192.0.2.0/24",    // documentation, TEST-NET-1
    "192.88.99.0/24",  // deprecated 6to4 relay anycast
    "192.168.0.0/16",  // private use, RFC 1918
    "198.18.0.0/15",   // benchmarking
    "198.51.100.0/24", // documentation, TEST-NET-2
    "203.0.113.0/24",  // documentation, TEST-NET-3
    "224.0.0.0/4",     // multicast
    "240.0.0.0/4",     // reserved, limited broadcast
];

/// IPv6 blocks that IANA has assigned to the regional registries (IPv6 Global Unicast Address Assignments, 2026-11).
const ASSIGNED_V6: &[&str] = &[
    "2001:200::/23",
    "2001:400::/23",
    "2001:600::/23",
    "2001:800::/22",
    "2001:c00::/23",
    "2001:e00::/23",
    "2001:1200::/23",
    "2001:1400::/22",
    "2001:1800::/23",
    "2001:1a00::/23",
    "2001:1c00::/22",
    "2001:2000::/19",
    "2001:4000::/23",
    "2001:4200::/23",
    "2001:4400::/23",
    "2001:4600::/23",
    "2001:4800::/23",
    "2001:4a00::/23",
    "2001:4c00::/23",
    "2001:5000::/20",
    "2001:8000::/19",
    "2001:a000::/20",
    "2001:b000::/20",
    "2003::/18",
    "2400::/12",
    "2410::/12",
    "2600::/12",
    "2610::/23",
    "2620::/23",
    "2630::/12",
    "2800::/12",
    "2a00::/12",
    "2a10::/12",
    "2c00::/12",
];

/// Ranges within the assigned blocks that are not for the internet (IANA IPv6 Special-Purpose Address Registry, 2026-11).
const RESERVED_V6: &[&str] = &["2001:db8::/32"]; // documentation; what else the registry lists lies outside the assigned blocks or is reachable

/// Public addresses of IPv4, and of IPv6, as sorted disjoint intervals.
static PUBLIC: LazyLock<[Addresses; 2]> = LazyLock::new(|| {
    let set = |family, texts: &[&str]| Addresses::new(family, texts.iter().filter_map(|text| parse(text)).map(|net| net.interval));
    let all_v4 = Addresses::new(Family::V4, [(0, u128::from(u32::MAX))]);
    [all_v4.without(&set(Family::V4, RESERVED_V4)), set(Family::V6, ASSIGNED_V6).without(&set(Family::V6, RESERVED_V6))]
});

/// A range of addresses with its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// Family of the range.
    pub family: Family,
    /// First and last address.
    pub interval: Interval,
}

/// Reads a CIDR block, or a bare address as a block of one. Host bits are cleared, as EC2 and S3 do. `None` for any other text.
pub fn parse(text: &str) -> Option<Range> {
    let text = text.trim();
    let net = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    Some(match net {
        IpNet::V4(net) => {
            Range { family: Family::V4, interval: (u128::from(u32::from(net.network())), u128::from(u32::from(net.broadcast()))) }
        }
        IpNet::V6(net) => Range { family: Family::V6, interval: (u128::from(net.network()), u128::from(net.broadcast())) },
    })
}

/// A set of addresses of one family: sorted, disjoint, no two intervals adjacent. Equal sets are equal values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addresses {
    family: Family,
    intervals: Vec<Interval>,
}

impl Addresses {
    /// The union of the intervals, in any order.
    pub fn new(family: Family, intervals: impl IntoIterator<Item = Interval>) -> Self {
        let mut given: Vec<Interval> = intervals.into_iter().collect();
        given.sort_unstable();
        let mut merged: Vec<Interval> = Vec::with_capacity(given.len());
        for (low, high) in given {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Addresses { family, intervals: merged }
    }

    /// No address.
    pub fn empty(family: Family) -> Self {
        Addresses { family, intervals: Vec::new() }
    }

    /// Every address of the family.
    pub fn all(family: Family) -> Self {
        let last = match family {
            Family::V4 => u128::from(u32::MAX),
            Family::V6 => u128::MAX,
        };
        Addresses { family, intervals: vec![(0, last)] }
    }

    /// The public addresses of a family.
    pub fn public(family: Family) -> &'static Addresses {
        match family {
            Family::V4 => &PUBLIC[0],
            Family::V6 => &PUBLIC[1],
        }
    }

    /// Family of the set.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The intervals in ascending order.
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// Whether the set holds no address.
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// Addresses in either set. The family is that of `self`.
    pub fn with(&self, other: &Addresses) -> Addresses {
        Addresses::new(self.family, self.intervals.iter().chain(&other.intervals).copied())
    }

    /// Addresses in both sets.
    pub fn and(&self, other: &Addresses) -> Addresses {
        let (mut left, mut right) = (0, 0);
        let mut both = Vec::new();
        while let (Some(&a), Some(&b)) = (self.intervals.get(left), other.intervals.get(right)) {
            let (low, high) = (a.0.max(b.0), a.1.min(b.1));
            if low <= high {
                both.push((low, high));
            }
            if a.1 < b.1 {
                left += 1;
            } else {
                right += 1;
            }
        }
        Addresses::new(self.family, both)
    }

    /// Addresses of this set that are not in the other.
    pub fn without(&self, other: &Addresses) -> Addresses {
        let mut rest = Vec::new();
        let mut next = 0;
        for &(low, high) in &self.intervals {
            let mut start = Some(low);
            while other.intervals.get(next).is_some_and(|cut| cut.1 < low) {
                next += 1;
            }
            for &(cut_low, cut_high) in other.intervals.get(next..).unwrap_or_default() {
                let Some(from) = start.filter(|_| cut_low <= high) else { break };
                if cut_low > from {
                    rest.push((from, cut_low - 1));
                }
                start = cut_high.checked_add(1).map(|after| after.max(from)).filter(|&after| after <= high);
            }
            if let Some(from) = start {
                rest.push((from, high));
            }
        }
        Addresses::new(self.family, rest)
    }

    /// How many public addresses the set holds.
    pub fn public_count(&self) -> u128 {
        count(self.and(Addresses::public(self.family)).intervals())
    }

    /// How much of the public internet the set holds.
    pub fn breadth(&self) -> Breadth {
        if self.is_empty() { Breadth::Nothing } else { breadth(self.family, self.public_count()) }
    }
}

/// Addresses in the intervals. Never all of IPv6, so the sum fits.
pub(super) fn count(intervals: &[Interval]) -> u128 {
    intervals.iter().fold(0, |sum: u128, (low, high)| sum.saturating_add(high - low).saturating_add(1))
}

/// The breadth of a set that holds some address and this many public ones.
pub(super) fn breadth(family: Family, public: u128) -> Breadth {
    let total = count(Addresses::public(family).intervals());
    let wide: u128 = match family {
        Family::V4 => 1 << 24,
        Family::V6 => 1 << 96,
    };
    if public >= total - total / SLIVER {
        Breadth::World
    } else if public > wide {
        Breadth::Wide
    } else {
        Breadth::Named
    }
}
