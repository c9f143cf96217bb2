//! Ports that carry administration, databases, file sharing and other services which should not face the internet.
//!
//! One table, so that a control names a group and not numbers. Port numbers are the defaults that IANA's Service Name and
//! Transport Protocol Port Number Registry or the vendor's manual gives, as of 2026-11. The lists of the standards are apart,
//! exactly as published, because a result against a standard must test what the standard tests.

use super::network::Protocol;

/// What a port is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Shells, remote desktops, remote management of hosts.
    Administration,
    /// Databases and data warehouses.
    Database,
    /// Caches that hold data in memory.
    Cache,
    /// Search engines and their consoles.
    Search,
    /// Message brokers and coordination services.
    Messaging,
    /// File systems and shares.
    FileSharing,
    /// Control planes of containers and orchestration.
    Orchestration,
    /// Directories and naming.
    Directory,
    /// Protocols that send passwords in clear text.
    ClearText,
    /// HTTP and HTTPS on their own ports.
    Web,
}

impl Purpose {
    /// Short code.
    pub fn code(self) -> &'static str {
        match self {
            Purpose::Administration => "administration",
            Purpose::Database => "database",
            Purpose::Cache => "cache",
            Purpose::Search => "search",
            Purpose::Messaging => "messaging",
            Purpose::FileSharing => "file_sharing",
            Purpose::Orchestration => "orchestration",
            Purpose::Directory => "directory",
            Purpose::ClearText => "clear_text",
            Purpose::Web => "web",
        }
    }
}

/// One service on its default port or ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// First port.
    pub low: u16,
    /// Last port.
    pub high: u16,
    /// Whether the service listens on TCP.
    pub tcp: bool,
    /// Whether the service listens on UDP.
    pub udp: bool,
    /// What it is for.
    pub purpose: Purpose,
    /// Name as people use it.
    pub name: &'static str,
}

impl Service {
    /// Whether the service listens on a protocol.
    pub fn speaks(&self, protocol: Protocol) -> bool {
        match protocol {
            Protocol::Tcp => self.tcp,
            Protocol::Udp => self.udp,
            Protocol::All => true,
            Protocol::Icmp | Protocol::Icmpv6 | Protocol::Number(_) | Protocol::Other => false,
        }
    }
}

const fn tcp(low: u16, high: u16, purpose: Purpose, name: &'static str) -> Service {
    Service { low, high, tcp: true, udp: false, purpose, name }
}

const fn udp(low: u16, high: u16, purpose: Purpose, name: &'static str) -> Service {
    Service { low, high, tcp: false, udp: true, purpose, name }
}

const fn both(low: u16, high: u16, purpose: Purpose, name: &'static str) -> Service {
    Service { low, high, tcp: true, udp: true, purpose, name }
}

use Purpose::{Administration, Cache, ClearText, Database, Directory, FileSharing, Messaging, Orchestration, Search, Web};

/// The table, by port.
pub const SERVICES: &[Service] = &[
    tcp(20, 21, ClearText, "FTP"),
    tcp(22, 22, Administration, "SSH"),
    tcp(23, 23, ClearText, "Telnet"),
    both(53, 53, Directory, "DNS"),
    udp(69, 69, ClearText, "TFTP"),
    tcp(80, 80, Web, "HTTP"),
    tcp(110, 110, ClearText, "POP3"),
    both(111, 111, FileSharing, "RPC port mapper"),
    tcp(135, 135, Administration, "Windows RPC"),
    both(137, 138, FileSharing, "NetBIOS"),
    tcp(139, 139, FileSharing, "NetBIOS session"),
    tcp(143, 143, ClearText, "IMAP"),
    udp(161, 161, Administration, "SNMP"),
    both(389, 389, Directory, "LDAP"),
    tcp(443, 443, Web, "HTTPS"),
    udp(443, 443, Web, "HTTP/3"),
    both(445, 445, FileSharing, "SMB"),
    tcp(512, 514, ClearText, "rexec, rlogin, rsh"),
    udp(623, 623, Administration, "IPMI"),
    tcp(636, 636, Directory, "LDAP over TLS"),
    tcp(873, 873, FileSharing, "rsync"),
    tcp(1433, 1433, Database, "Microsoft SQL Server"),
    udp(1434, 1434, Database, "Microsoft SQL Server browser"),
    tcp(1434, 1434, Database, "Microsoft SQL Server administration"),
    tcp(1521, 1521, Database, "Oracle Database"),
    tcp(1830, 1830, Database, "Oracle Database"),
    both(2049, 2049, FileSharing, "NFS"),
    tcp(2181, 2182, Messaging, "ZooKeeper"),
    tcp(2375, 2376, Orchestration, "Docker API"),
    tcp(2379, 2380, Orchestration, "etcd"),
    tcp(2483, 2484, Database, "Oracle Database"),
    tcp(3268, 3269, Directory, "Active Directory global catalog"),
    tcp(3306, 3306, Database, "MySQL, MariaDB, Aurora"),
    both(3389, 3389, Administration, "Remote Desktop"),
    tcp(4333, 4333, Database, "mSQL"),
    tcp(5432, 5432, Database, "PostgreSQL, Aurora"),
    tcp(5439, 5439, Database, "Amazon Redshift"),
    tcp(5601, 5601, Search, "Kibana, OpenSearch Dashboards"),
    tcp(5671, 5672, Messaging, "AMQP"),
    tcp(5900, 5909, Administration, "VNC"),
    tcp(5984, 5984, Database, "CouchDB"),
    tcp(5985, 5986, Administration, "Windows Remote Management"),
    tcp(6000, 6009, Administration, "X11"),
    tcp(6379, 6380, Cache, "Redis, Valkey"),
    tcp(6443, 6443, Orchestration, "Kubernetes API"),
    tcp(7000, 7001, Database, "Cassandra cluster"),
    tcp(7199, 7199, Database, "Cassandra JMX"),
    tcp(7473, 7474, Database, "Neo4j"),
    tcp(7687, 7687, Database, "Neo4j Bolt"),
    tcp(8086, 8086, Database, "InfluxDB"),
    tcp(8111, 8111, Cache, "DynamoDB Accelerator"),
    tcp(8123, 8123, Database, "ClickHouse"),
    tcp(8182, 8182, Database, "Amazon Neptune"),
    tcp(9000, 9000, Database, "ClickHouse"),
    tcp(9042, 9042, Database, "Cassandra"),
    tcp(9092, 9098, Messaging, "Kafka"),
    tcp(9111, 9111, Cache, "DynamoDB Accelerator over TLS"),
    tcp(9142, 9142, Database, "Amazon Keyspaces"),
    tcp(9160, 9160, Database, "Cassandra Thrift"),
    tcp(9200, 9200, Search, "Elasticsearch, OpenSearch"),
    tcp(9300, 9300, Search, "Elasticsearch, OpenSearch cluster"),
    tcp(10250, 10250, Orchestration, "Kubernetes kubelet"),
    both(11211, 11211, Cache, "Memcached"),
    tcp(15672, 15672, Messaging, "RabbitMQ management"),
    tcp(27017, 27019, Database, "MongoDB, DocumentDB"),
    tcp(28015, 28015, Database, "RethinkDB"),
    tcp(50000, 50000, Database, "Db2"),
    tcp(61616, 61617, Messaging, "ActiveMQ"),
];

/// Services whose ports meet an interval of a protocol.
pub fn services(protocol: Protocol, low: u16, high: u16) -> impl Iterator<Item = &'static Service> {
    SERVICES.iter().filter(move |service| service.speaks(protocol) && service.low <= high && low <= service.high)
}

/// A list of TCP and UDP ports of a published standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    /// Id of the control in the standard.
    pub id: &'static str,
    /// Ports, as published.
    pub ports: &'static [u16],
    /// Whether the ports are the only ones that may be open to the world (`true`) or must not be (`false`).
    pub permitted: bool,
    /// Protocols the control tests. Security Hub's controls on numbered ports test TCP; `None` tests TCP and UDP alike.
    pub protocol: Option<Protocol>,
}

/// Ports that standards list. AWS Security Hub CSPM user guide, "Security Hub CSPM controls for Amazon EC2", and CIS AWS
/// Foundations Benchmark 5.0.0, section 5, both read in 2026-11.
pub const STANDARDS: &[Standard] = &[
    Standard { id: "EC2.13", ports: &[22], permitted: false, protocol: Some(Protocol::Tcp) },
    Standard { id: "EC2.14", ports: &[3389], permitted: false, protocol: Some(Protocol::Tcp) },
    Standard { id: "EC2.18", ports: &[80, 443], permitted: true, protocol: None },
    Standard {
        id: "EC2.19",
        ports: &[
            20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601, 8080, 8088, 8888, 9200,
            9300,
        ],
        permitted: false,
        protocol: None,
    },
    Standard { id: "EC2.21", ports: &[22, 3389], permitted: false, protocol: None },
    Standard { id: "EC2.53", ports: &[22, 3389], permitted: false, protocol: None },
    Standard { id: "EC2.54", ports: &[22, 3389], permitted: false, protocol: None },
    Standard { id: "CIS 5.1.2", ports: &[445], permitted: false, protocol: None },
    Standard { id: "CIS 5.2", ports: &[22, 3389], permitted: false, protocol: None },
    Standard { id: "CIS 5.3", ports: &[22, 3389], permitted: false, protocol: None },
    Standard { id: "CIS 5.4", ports: &[22, 3389], permitted: false, protocol: None },
];

/// The list of a standard's control.
pub fn standard(id: &str) -> Option<&'static Standard> {
    STANDARDS.iter().find(|standard| standard.id == id)
}

/// Ports of an interval that a standard does not permit to be open to the world: the ends of each stretch. EC2.18 permits 80
/// and 443 over TCP and nothing over UDP, so 80 to 443 leaves 81 to 442.
pub fn beyond(standard: &Standard, protocol: Protocol, low: u16, high: u16) -> Vec<(u16, u16)> {
    let tested = match (standard.protocol, protocol) {
        (_, Protocol::Icmp | Protocol::Icmpv6 | Protocol::Number(_) | Protocol::Other) => false,
        (None, _) | (_, Protocol::All) => true,
        (Some(tested), protocol) => tested == protocol,
    };
    if !tested || low > high {
        return Vec::new();
    }
    let within = |port: &&u16| low <= **port && **port <= high;
    if !standard.permitted {
        return standard.ports.iter().filter(within).map(|&port| (port, port)).collect();
    }
    if protocol == Protocol::Udp {
        return vec![(low, high)];
    }
    let mut rest = Vec::new();
    let mut next = u32::from(low);
    for &port in standard.ports.iter().filter(within) {
        if next < u32::from(port) {
            rest.push((u16::try_from(next).unwrap_or(u16::MAX), port - 1));
        }
        next = u32::from(port) + 1;
    }
    if next <= u32::from(high) {
        rest.push((u16::try_from(next).unwrap_or(u16::MAX), high));
    }
    rest
}

#[cfg(test)]
mod tests;
