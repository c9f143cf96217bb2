//! Cost and usage: three months of a legacy CUR with hourly rows, and one month of FOCUS before them.
//!
//! Amounts are whole numbers of 10⁻¹⁰ of the currency, so that the totals of the key are exact.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use crate::Outcome;
use crate::answers::Answers;
use crate::clock::{DAY, business_hour, civil, iso, t};
use crate::estate_compute::{UNATTACHED, volume_list};
use crate::random::{Random, hash};
use crate::trail_files::{gzip, save};
use crate::world::{DEV, PROD, SEC, resource_id};

/// One unit of money or usage.
const ONE: i64 = 10_000_000_000;
const SAVINGS_PLAN: &str = "arn:aws:savingsplans::111122223333:savingsplan/0ac3e000-0000-4000-8000-00000000c001";
const RESERVATION: &str = "arn:aws:rds:eu-west-1:111122223333:ri:0ac3e-shop-databases";

const COLUMNS: [&str; 54] = [
    "identity/LineItemId",
    "identity/TimeInterval",
    "bill/InvoiceId",
    "bill/InvoicingEntity",
    "bill/BillingEntity",
    "bill/BillType",
    "bill/PayerAccountId",
    "bill/BillingPeriodStartDate",
    "bill/BillingPeriodEndDate",
    "lineItem/UsageAccountId",
    "lineItem/LineItemType",
    "lineItem/UsageStartDate",
    "lineItem/UsageEndDate",
    "lineItem/ProductCode",
    "lineItem/UsageType",
    "lineItem/Operation",
    "lineItem/AvailabilityZone",
    "lineItem/ResourceId",
    "lineItem/UsageAmount",
    "lineItem/CurrencyCode",
    "lineItem/UnblendedRate",
    "lineItem/UnblendedCost",
    "lineItem/LineItemDescription",
    "lineItem/TaxType",
    "lineItem/LegalEntity",
    "product/ProductName",
    "product/servicecode",
    "product/sku",
    "product/region",
    "product/regionCode",
    "product/instanceType",
    "product/productFamily",
    "product/operatingSystem",
    "product/databaseEngine",
    "product/vcpu",
    "product/transferType",
    "pricing/term",
    "pricing/unit",
    "pricing/publicOnDemandCost",
    "pricing/publicOnDemandRate",
    "reservation/ReservationARN",
    "reservation/EffectiveCost",
    "reservation/RecurringFeeForUsage",
    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
    "reservation/UnusedRecurringFee",
    "reservation/UnusedQuantity",
    "reservation/TotalReservedUnits",
    "savingsPlan/SavingsPlanARN",
    "savingsPlan/SavingsPlanEffectiveCost",
    "savingsPlan/UsedCommitment",
    "savingsPlan/TotalCommitmentToDate",
    "resourceTags/user:CostCenter",
    "resourceTags/user:Owner",
    "resourceTags/user:env",
];

/// One line of the report.
#[derive(Clone, Default)]
struct Line {
    cells: BTreeMap<&'static str, String>,
    start: i64,
    currency: &'static str,
    unblended: i64,
    amortised: i64,
}

/// Decimal text of a number of units.
fn decimal(units: i64) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let units = units.abs();
    let text = format!("{sign}{}.{:010}", units / ONE, units % ONE);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() { "0".to_owned() } else { text.to_owned() }
}

fn money(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{part:0<10}");
    whole.parse::<i64>().unwrap_or(0) * ONE + digits[..10].parse::<i64>().unwrap_or(0)
}

/// What a line is about.
struct Thing<'a> {
    account: &'a str,
    code: &'static str,
    product: &'static str,
    usage: String,
    operation: &'static str,
    resource: String,
    family: &'static str,
    unit: &'static str,
    tags: Tags,
    more: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy)]
enum Tags {
    All,
    NoOwner,
    OddCase,
    None,
}

struct Month {
    from: i64,
    to: i64,
    lines: Vec<Line>,
}

impl Month {
    fn line(&mut self, thing: &Thing<'_>, kind: &str, span: (i64, i64), amount: i64, rate: i64) -> &mut Line {
        // amount and rate are both in units; the product is rounded towards zero.
        let cost = (i128::from(amount) * i128::from(rate) / i128::from(ONE)) as i64;
        let env = if thing.account == PROD {
            "prod"
        } else if thing.account == DEV {
            "dev"
        } else {
            "security"
        };
        let center = if thing.account == PROD {
            "CC-100"
        } else if thing.account == DEV {
            "CC-200"
        } else {
            "CC-300"
        };
        let tags = match thing.tags {
            Tags::All => (center, "platform", env),
            Tags::NoOwner => (center, "", env),
            Tags::OddCase => (center, "platform", "Prod "),
            Tags::None => ("", "", ""),
        };
        let mut cells: BTreeMap<&'static str, String> = BTreeMap::new();
        let mut set = |key: &'static str, value: &str| {
            if !value.is_empty() {
                cells.insert(key, value.to_owned());
            }
        };
        set("identity/TimeInterval", &format!("{}/{}", iso(span.0), iso(span.1)));
        set("bill/InvoicingEntity", "Amazon Web Services EMEA SARL");
        set("bill/BillingEntity", "AWS");
        set("bill/BillType", "Anniversary");
        set("bill/PayerAccountId", PROD);
        set("bill/BillingPeriodStartDate", &iso(self.from));
        set("bill/BillingPeriodEndDate", &iso(self.to));
        set("lineItem/UsageAccountId", thing.account);
        set("lineItem/LineItemType", kind);
        set("lineItem/UsageStartDate", &iso(span.0));
        set("lineItem/UsageEndDate", &iso(span.1));
        set("lineItem/ProductCode", thing.code);
        set("lineItem/UsageType", &thing.usage);
        set("lineItem/Operation", thing.operation);
        set("lineItem/ResourceId", &thing.resource);
        set("lineItem/UsageAmount", &decimal(amount));
        set("lineItem/CurrencyCode", "USD");
        set("lineItem/UnblendedRate", &decimal(rate));
        set("lineItem/LegalEntity", "Amazon Web Services EMEA SARL");
        set("product/ProductName", thing.product);
        set("product/servicecode", thing.code);
        set("product/sku", &format!("SKU{:08X}", hash(&thing.usage) as u32));
        set("product/region", "eu-west-1");
        set("product/regionCode", "eu-west-1");
        set("product/productFamily", thing.family);
        set("pricing/unit", thing.unit);
        set("pricing/term", "OnDemand");
        set("pricing/publicOnDemandRate", &decimal(rate));
        set("pricing/publicOnDemandCost", &decimal(cost));
        set("lineItem/LineItemDescription", &format!("${} per {}", decimal(rate), thing.unit));
        set("resourceTags/user:CostCenter", tags.0);
        set("resourceTags/user:Owner", tags.1);
        set("resourceTags/user:env", tags.2);
        for (key, value) in &thing.more {
            cells.insert(key, value.clone());
        }
        self.lines.push(Line { cells, start: span.0, currency: "USD", unblended: cost, amortised: cost });
        let at = self.lines.len() - 1;
        &mut self.lines[at]
    }

    /// One line for every hour in which `on` holds.
    fn hourly(&mut self, thing: &Thing<'_>, kind: &str, rate: i64, on: impl Fn(i64) -> bool, mut then: impl FnMut(&mut Line)) {
        for start in (self.from..self.to).step_by(3600) {
            if on(start) {
                then(self.line(thing, kind, (start, start + 3600), ONE, rate));
            }
        }
    }

    /// One line a day; the amount varies a little.
    fn daily(&mut self, thing: &Thing<'_>, amount: i64, rate: i64, vary: bool, seed: u64) {
        let mut rng = Random::new(&[seed, hash(&thing.usage), hash(&thing.resource), self.from as u64]);
        for start in (self.from..self.to).step_by(DAY as usize) {
            let percent = if vary { 80 + rng.below(40) as i64 } else { 100 };
            self.line(thing, "Usage", (start, start + DAY), amount / 100 * percent, rate);
        }
    }
}

fn thing<'a>(
    account: &'a str,
    code: &'static str,
    product: &'static str,
    usage: &str,
    operation: &'static str,
    resource: &str,
    family: &'static str,
    unit: &'static str,
) -> Thing<'a> {
    Thing {
        account,
        code,
        product,
        usage: usage.to_owned(),
        operation,
        resource: resource.to_owned(),
        family,
        unit,
        tags: Tags::All,
        more: Vec::new(),
    }
}

fn box_usage(account: &str, n: u64, kind: &str, vcpu: &str) -> Thing<'static> {
    let account = [PROD, DEV, SEC].into_iter().find(|a| *a == account).unwrap_or(PROD);
    let mut it = thing(
        account,
        "AmazonEC2",
        "Amazon Elastic Compute Cloud",
        &format!("EU-BoxUsage:{kind}"),
        "RunInstances",
        &resource_id("i", n),
        "Compute Instance",
        "Hrs",
    );
    it.more =
        vec![("product/instanceType", kind.to_owned()), ("product/operatingSystem", "Linux".to_owned()), ("product/vcpu", vcpu.to_owned())];
    it
}

fn month(number: i64, seed: u64) -> Month {
    let (from, to) = (t(&format!("{number:02}-01")), t(&format!("{:02}-01", number + 1)));
    let mut m = Month { from, to, lines: Vec::new() };
    compute(&mut m, seed);
    databases(&mut m);
    storage_and_network(&mut m, seed);
    fees(&mut m);
    m.lines.sort_by_key(|line| line.start);
    m
}

fn compute(m: &mut Month, seed: u64) {
    // Covered by the savings plan, around the clock.
    let web = box_usage(PROD, 101, "m7g.large", "2");
    let (list, covered) = (money("0.0911"), money("0.06"));
    m.hourly(
        &web,
        "SavingsPlanCoveredUsage",
        list,
        |_| true,
        |line| {
            line.amortised = covered;
            line.cells.insert("savingsPlan/SavingsPlanARN", SAVINGS_PLAN.to_owned());
            line.cells.insert("savingsPlan/SavingsPlanEffectiveCost", decimal(covered));
        },
    );
    let (from, to) = (m.from, m.to);
    for start in (from..to).step_by(DAY as usize) {
        let mut negation = box_usage(PROD, 101, "m7g.large", "2");
        negation.resource.clear();
        negation.tags = Tags::None;
        let line = m.line(&negation, "SavingsPlanNegation", (start, start + DAY), 24 * ONE, list);
        line.unblended = -line.unblended;
        line.amortised = 0;
        line.cells.insert("savingsPlan/SavingsPlanARN", SAVINGS_PLAN.to_owned());
        line.cells.remove("pricing/publicOnDemandCost");
    }
    let mut plan =
        thing(PROD, "ComputeSavingsPlans", "Savings Plans for AWS Compute usage", "ComputeSP:1yrNoUpfront", "", SAVINGS_PLAN, "", "Hrs");
    plan.tags = Tags::None;
    let commitment = money("0.08");
    m.hourly(
        &plan,
        "SavingsPlanRecurringFee",
        commitment,
        |_| true,
        |line| {
            line.amortised = commitment - covered;
            for (key, value) in [
                ("savingsPlan/SavingsPlanARN", SAVINGS_PLAN.to_owned()),
                ("savingsPlan/UsedCommitment", decimal(covered)),
                ("savingsPlan/TotalCommitmentToDate", decimal(commitment)),
            ] {
                line.cells.insert(key, value);
            }
            line.cells.remove("pricing/publicOnDemandCost");
            line.cells.remove("product/regionCode");
            line.cells.remove("product/region");
        },
    );
    m.hourly(&box_usage(PROD, 102, "m7g.large", "2"), "Usage", list, |_| true, |_| {});
    let mut batch = box_usage(PROD, 104, "c7g.xlarge", "4");
    batch.tags = Tags::NoOwner;
    m.hourly(&batch, "Usage", money("0.1552"), |hour| (6..20).contains(&(hour / 3600 % 24)), |_| {});
    let mut spot = box_usage(PROD, 105, "c7g.xlarge", "4");
    spot.usage = "EU-SpotUsage:c7g.xlarge".to_owned();
    spot.more.push(("pricing/term", "Spot".to_owned()));
    m.daily(&spot, 8 * ONE, money("0.0611"), true, seed);
    // Development runs through nights and weekends.
    for n in [401, 402] {
        m.hourly(&box_usage(DEV, n, "t4g.medium", "2"), "Usage", money("0.0368"), |_| true, |_| {});
    }
    m.daily(&box_usage(DEV, 403, "t2.micro", "1"), 24 * ONE, money("0.0126"), false, seed);
    m.daily(&box_usage(SEC, 701, "m7g.large", "2"), 24 * ONE, list, false, seed);
    let lambda = thing(
        PROD,
        "AWSLambda",
        "AWS Lambda",
        "EU-Lambda-GB-Second-ARM",
        "Invoke",
        "arn:aws:lambda:eu-west-1:111122223333:function:shop-orders",
        "Serverless",
        "Lambda-GB-Second",
    );
    m.daily(&lambda, 90_000 * ONE, money("0.0000133334"), true, seed);
    let tables = thing(
        PROD,
        "AmazonDynamoDB",
        "Amazon DynamoDB",
        "EU-WriteRequestUnits",
        "PayPerRequestThroughput",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
        "Amazon DynamoDB PayPerRequest Throughput",
        "WriteRequestUnits",
    );
    m.daily(&tables, 900_000 * ONE, money("0.0000007066"), true, seed);
}

fn databases(m: &mut Month) {
    let hours = (m.to - m.from) / 3600;
    let mut orders = thing(
        PROD,
        "AmazonRDS",
        "Amazon Relational Database Service",
        "EU-InstanceUsage:db.m7g.large",
        "CreateDBInstance:0014",
        "arn:aws:rds:eu-west-1:111122223333:db:shop-orders",
        "Database Instance",
        "Hrs",
    );
    orders.more = vec![
        ("product/instanceType", "db.m7g.large".to_owned()),
        ("product/databaseEngine", "PostgreSQL".to_owned()),
        ("product/vcpu", "2".to_owned()),
    ];
    let (list, fee) = (money("0.186"), money("0.12"));
    let reserve = |line: &mut Line, amount: i64| {
        let effective = fee * amount;
        (line.unblended, line.amortised) = (0, effective);
        for (key, value) in [
            ("pricing/term", "Reserved".to_owned()),
            ("lineItem/UnblendedRate", "0".to_owned()),
            ("reservation/ReservationARN", RESERVATION.to_owned()),
            ("reservation/EffectiveCost", decimal(effective)),
            ("reservation/RecurringFeeForUsage", decimal(effective)),
        ] {
            line.cells.insert(key, value);
        }
    };
    m.hourly(&orders, "DiscountedUsage", list, |_| true, |line| reserve(line, 1));
    let mut catalogue = thing(
        PROD,
        orders.code,
        orders.product,
        &orders.usage,
        orders.operation,
        "arn:aws:rds:eu-west-1:111122223333:db:shop-catalogue",
        orders.family,
        orders.unit,
    );
    catalogue.more.clone_from(&orders.more);
    let (from, to) = (m.from, m.to);
    for start in (from..to).step_by(DAY as usize) {
        reserve(m.line(&catalogue, "DiscountedUsage", (start, start + DAY), 12 * ONE, list), 12);
    }
    let mut paid =
        thing(PROD, orders.code, orders.product, "HeavyUsage:db.m7g.large", "CreateDBInstance:0014", "", "Database Instance", "Hrs");
    paid.tags = Tags::None;
    paid.more = vec![("product/instanceType", "db.m7g.large".to_owned())];
    let line = m.line(&paid, "RIFee", (from, to), 2 * hours * ONE, fee);
    line.amortised = fee * hours / 2;
    for (key, value) in [
        ("reservation/ReservationARN", RESERVATION.to_owned()),
        ("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "0".to_owned()),
        ("reservation/UnusedRecurringFee", decimal(fee * hours / 2)),
        ("reservation/UnusedQuantity", decimal(hours * ONE / 2)),
        ("reservation/TotalReservedUnits", decimal(2 * hours * ONE)),
        ("pricing/term", "Reserved".to_owned()),
    ] {
        line.cells.insert(key, value);
    }
    line.cells.remove("pricing/publicOnDemandCost");
    let mut reporting = thing(
        PROD,
        orders.code,
        orders.product,
        "EU-InstanceUsage:db.m5.large",
        "CreateDBInstance:0002",
        "arn:aws:rds:eu-west-1:111122223333:db:shop-reporting",
        orders.family,
        orders.unit,
    );
    reporting.more = vec![
        ("product/instanceType", "db.m5.large".to_owned()),
        ("product/databaseEngine", "MySQL".to_owned()),
        ("product/vcpu", "2".to_owned()),
    ];
    m.daily(&reporting, 24 * ONE, money("0.192"), false, 0);
}

fn storage_and_network(m: &mut Month, seed: u64) {
    let days = (m.to - m.from) / DAY;
    for (n, place, size, kind, _) in volume_list() {
        let rate = if kind == "gp2" { money("0.11") } else { money("0.088") };
        let prefix = if place.1 == "us-east-1" { "" } else { "EU-" };
        let mut volume = thing(
            place.0,
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            &format!("{prefix}EBS:VolumeUsage.{kind}"),
            "CreateVolume-Gp3",
            &resource_id("vol", n),
            "Storage",
            "GB-Mo",
        );
        if place.1 == "us-east-1" {
            volume.more = vec![("product/region", place.1.to_owned()), ("product/regionCode", place.1.to_owned())];
        }
        m.daily(&volume, size as i64 * ONE / days, rate, false, seed);
    }
    for (n, account) in [(109, PROD), (409, DEV)] {
        let mut idle = thing(
            account,
            "AmazonVPC",
            "Amazon Virtual Private Cloud",
            "EU-PublicIPv4:IdleAddress",
            "AllocateAddressVPC",
            &format!("arn:aws:ec2:eu-west-1:{account}:elastic-ip/{}", resource_id("eipalloc", n)),
            "VpcPublicIPv4Address",
            "Hrs",
        );
        idle.tags = Tags::None;
        m.daily(&idle, 24 * ONE, money("0.005"), false, seed);
    }
    let used = thing(
        PROD,
        "AmazonVPC",
        "Amazon Virtual Private Cloud",
        "EU-PublicIPv4:InUseAddress",
        "",
        "arn:aws:ec2:eu-west-1:111122223333:elastic-ip/eipalloc-0ac3e000000000101",
        "VpcPublicIPv4Address",
        "Hrs",
    );
    m.daily(&used, 24 * ONE, money("0.005"), false, seed);
    for n in [101, 102] {
        let nat = format!("arn:aws:ec2:eu-west-1:{PROD}:natgateway/{}", resource_id("nat", n));
        m.daily(
            &thing(PROD, "AmazonEC2", "Amazon Elastic Compute Cloud", "EU-NatGateway-Hours", "NatGateway", &nat, "NAT Gateway", "Hrs"),
            24 * ONE,
            money("0.048"),
            false,
            seed,
        );
        m.daily(
            &thing(PROD, "AmazonEC2", "Amazon Elastic Compute Cloud", "EU-NatGateway-Bytes", "NatGateway", &nat, "NAT Gateway", "GB"),
            if n == 101 { 30 * ONE } else { ONE / 100 },
            money("0.048"),
            true,
            seed,
        );
    }
    let lb = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/0ac3e00000000001";
    m.daily(
        &thing(
            PROD,
            "AWSELB",
            "Elastic Load Balancing",
            "EU-LoadBalancerUsage",
            "LoadBalancing:Application",
            lb,
            "Load Balancer-Application",
            "Hrs",
        ),
        24 * ONE,
        money("0.0252"),
        false,
        seed,
    );
    m.daily(
        &thing(
            PROD,
            "AWSELB",
            "Elastic Load Balancing",
            "EU-LCUUsage",
            "LoadBalancing:Application",
            lb,
            "Load Balancer-Application",
            "LCU-Hrs",
        ),
        40 * ONE,
        money("0.008"),
        true,
        seed,
    );
    let idle = "arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/app/dev-shop/0ac3e00000000001";
    m.daily(
        &thing(
            DEV,
            "AWSELB",
            "Elastic Load Balancing",
            "EU-LoadBalancerUsage",
            "LoadBalancing:Application",
            idle,
            "Load Balancer-Application",
            "Hrs",
        ),
        24 * ONE,
        money("0.0252"),
        false,
        seed,
    );
    for (bucket, account, size, tags) in [
        ("acme-prod-uploads", PROD, 900, Tags::All),
        ("acme-prod-media", PROD, 4_000, Tags::OddCase),
        ("acme-prod-legacy", PROD, 1_500, Tags::None),
        ("acme-dev-artifacts", DEV, 300, Tags::All),
        ("acme-cloudtrail-logs", SEC, 800, Tags::All),
    ] {
        let mut stored = thing(
            account,
            "AmazonS3",
            "Amazon Simple Storage Service",
            "EU-TimedStorage-ByteHrs",
            "StandardStorage",
            bucket,
            "Storage",
            "GB-Mo",
        );
        stored.tags = tags;
        m.daily(&stored, size * ONE / days, money("0.023"), false, seed);
    }
    for (usage, transfer, amount, rate) in [
        ("EU-DataTransfer-Out-Bytes", "AWS Outbound", 35, "0.09"),
        ("EU-DataTransfer-Regional-Bytes", "IntraRegion", 60, "0.01"),
        ("EU-USW2-AWS-Out-Bytes", "InterRegion Outbound", 12, "0.02"),
    ] {
        let mut moved =
            thing(PROD, "AmazonEC2", "Amazon Elastic Compute Cloud", usage, "RunInstances", &resource_id("i", 102), "Data Transfer", "GB");
        moved.more = vec![("product/transferType", transfer.to_owned())];
        m.daily(&moved, amount * ONE, money(rate), true, seed);
    }
    for (code, product, usage, operation, unit, amount, rate) in [
        ("AmazonCloudWatch", "AmazonCloudWatch", "EU-DataProcessing-Bytes", "PutLogEvents", "GB", 9, "0.57"),
        ("AWSConfig", "AWS Config", "EU-ConfigurationItemRecorded", "", "ConfigurationItemRecorded", 12, "0.003"),
        ("AWSCloudTrail", "AWS CloudTrail", "EU-PaidEventsRecorded", "", "Events", 4_000, "0.00002"),
        ("awskms", "AWS Key Management Service", "eu-west-1-KMS-Requests", "", "Requests", 30_000, "0.000003"),
    ] {
        // Nothing to put a tag on.
        let mut it = thing(PROD, code, product, usage, operation, "", "", unit);
        it.tags = Tags::None;
        m.daily(&it, amount * ONE, money(rate), true, seed);
    }
}

fn fees(m: &mut Month) {
    let (from, to) = (m.from, m.to);
    let hour = (from, from + 3600);
    let flat = |account: &'static str, code: &'static str, product: &'static str| {
        let mut it = thing(account, code, product, "", "", "", "", "");
        it.tags = Tags::None;
        it.more = [
            "product/region",
            "product/regionCode",
            "product/sku",
            "pricing/term",
            "pricing/publicOnDemandRate",
            "pricing/publicOnDemandCost",
            "lineItem/UnblendedRate",
            "pricing/unit",
        ]
        .map(|k| (k, String::new()))
        .to_vec();
        it
    };
    let mut support = flat(PROD, "AWSSupportBusiness", "AWS Support (Business)");
    support.usage = "Dollar".to_owned();
    m.line(&support, "Fee", (from, to), ONE, money("100")).cells.insert("lineItem/LineItemDescription", "Monthly support fee".to_owned());
    for (account, tax) in [(PROD, "212.4057"), (DEV, "21.1906"), (SEC, "31.0004")] {
        let line = m.line(&flat(account, "AmazonEC2", "Amazon Elastic Compute Cloud"), "Tax", (from, to), ONE, money(tax));
        line.cells.insert("lineItem/TaxType", "VAT".to_owned());
        line.cells.insert("lineItem/LineItemDescription", "Tax of type VAT".to_owned());
    }
    let line = m.line(&flat(PROD, "AmazonEC2", "Amazon Elastic Compute Cloud"), "Credit", hour, ONE, money("75"));
    (line.unblended, line.amortised) = (-line.unblended, -line.amortised);
    line.cells.insert("lineItem/LineItemDescription", "Migration credit".to_owned());
    let line = m.line(&flat(PROD, "acme7marketplace", "Observability Suite (Marketplace)"), "Fee", hour, ONE, money("49.5"));
    line.currency = "EUR";
    for (key, value) in [
        ("lineItem/CurrencyCode", "EUR"),
        ("bill/BillingEntity", "AWS Marketplace"),
        ("lineItem/LegalEntity", "Observability Suite B.V. (invented)"),
        ("lineItem/LineItemDescription", "=SUM(1+1) monthly contract | \"gold\""),
    ] {
        line.cells.insert(key, value.to_owned());
    }
}

/// One CSV cell.
pub fn csv(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn table(lines: &[Line], final_bill: bool) -> String {
    let mut out = COLUMNS.join(",");
    out.push('\n');
    for (at, line) in lines.iter().enumerate() {
        for (column, name) in COLUMNS.iter().enumerate() {
            if column > 0 {
                out.push(',');
            }
            match *name {
                "identity/LineItemId" => drop(write!(out, "acme{at:08x}")),
                "bill/InvoiceId" if final_bill => drop(write!(out, "EUINIE26-{}", civil(line.start).1)),
                "lineItem/UnblendedCost" => out.push_str(&decimal(line.unblended)),
                name => out.push_str(&csv(line.cells.get(name).map_or("", String::as_str))),
            }
        }
        out.push('\n');
    }
    out
}

/// Writes the three months and the FOCUS file.
pub fn write(out: &Path, seed: u64, answers: &mut Answers) -> Outcome<()> {
    for number in 4..=6 {
        let m = month(number, seed);
        let folder = format!("cost/acme-cur/2026{number:02}01-2026{:02}01", number + 1);
        let assembly = |n: u64| Random::new(&[seed, hash("assembly"), number as u64, n]).new_uuid();
        if number == 6 {
            let early: Vec<Line> = m.lines.iter().filter(|l| l.start < t("06-16")).cloned().collect();
            let id = assembly(1);
            let keys = manifest(&folder, &id, m.from, m.to);
            save(&out.join(format!("{folder}/{id}/acme-cur-1.csv.gz")), &gzip(table(&early, false).as_bytes(), 9)?)?;
            save(&out.join(format!("{folder}/{id}/acme-cur-Manifest.json")), keys.as_bytes())?;
            answers.total("Cost: lines of the superseded assembly of 2026-06 (not to be counted)", early.len());
        }
        let id = assembly(2);
        let keys = manifest(&folder, &id, m.from, m.to);
        save(&out.join(format!("{folder}/{id}/acme-cur-1.csv.gz")), &gzip(table(&m.lines, true).as_bytes(), 9)?)?;
        save(&out.join(format!("{folder}/{id}/acme-cur-Manifest.json")), keys.as_bytes())?;
        save(&out.join(format!("{folder}/acme-cur-Manifest.json")), keys.as_bytes())?;
        totals(&m, number, answers);
    }
    crate::focus::write(out, answers)?;
    key(answers);
    Ok(())
}

fn manifest(folder: &str, assembly: &str, from: i64, to: i64) -> String {
    let stamp = |time: i64| iso(time).replace(['-', ':'], "").replace('Z', ".000Z");
    let columns: Vec<_> =
        COLUMNS.iter().filter_map(|c| c.split_once('/')).map(|(category, name)| json!({"category": category, "name": name})).collect();
    let value = json!({"assemblyId": assembly, "account": PROD, "columns": columns, "charset": "UTF-8", "compression": "GZIP", "contentType": "text/csv", "reportId": "0ac3e0acme", "reportName": "acme-cur", "billingPeriod": {"start": stamp(from), "end": stamp(to)}, "bucket": "acme-billing", "reportKeys": [format!("{folder}/{assembly}/acme-cur-1.csv.gz")], "additionalArtifactKeys": []});
    value.to_string() + "\n"
}

fn totals(m: &Month, number: i64, answers: &mut Answers) {
    let label = format!("2026-{number:02}");
    answers.total(format!("Cost: lines of {label}"), m.lines.len());
    let sum = |keep: &dyn Fn(&Line) -> bool, value: &dyn Fn(&Line) -> i64| decimal(m.lines.iter().filter(|l| keep(l)).map(value).sum());
    for currency in ["USD", "EUR"] {
        answers.total(format!("Cost: unblended {currency} {label}"), sum(&|l| l.currency == currency, &|l| l.unblended));
        answers.total(format!("Cost: amortised {currency} {label}"), sum(&|l| l.currency == currency, &|l| l.amortised));
    }
    let usage = |text: &'static str| move |l: &Line| l.cells.get("lineItem/UsageType").is_some_and(|u| u.contains(text));
    answers.total(format!("Cost: idle public addresses USD {label}"), sum(&usage("IdleAddress"), &|l| l.unblended));
    answers.total(format!("Cost: gp2 storage USD {label}"), sum(&usage("VolumeUsage.gp2"), &|l| l.unblended));
    let loose = |l: &Line| UNATTACHED.iter().any(|n| l.cells.get("lineItem/ResourceId") == Some(&resource_id("vol", *n)));
    answers.total(format!("Cost: unattached volumes USD {label}"), sum(&loose, &|l| l.unblended));
    let untagged = |l: &Line| {
        let tagged =
            ["resourceTags/user:CostCenter", "resourceTags/user:Owner", "resourceTags/user:env"].iter().all(|k| l.cells.contains_key(k));
        !tagged && l.cells.get("lineItem/ResourceId").is_some_and(|r| !r.is_empty() && !r.contains("savingsplan"))
    };
    answers.total(format!("Cost: amortised cost of resources lacking a required tag USD {label}"), sum(&untagged, &|l| l.amortised));
    let kind = |name: &'static str| move |l: &Line| l.cells.get("lineItem/LineItemType").is_some_and(|k| k == name);
    answers.total(format!("Cost: unused savings plan commitment USD {label}"), sum(&kind("SavingsPlanRecurringFee"), &|l| l.amortised));
    answers.total(format!("Cost: unused reservations USD {label}"), sum(&kind("RIFee"), &|l| l.amortised));
    answers.total(format!("Cost: tax USD {label}"), sum(&kind("Tax"), &|l| l.unblended));
    answers.total(format!("Cost: credits USD {label}"), sum(&kind("Credit"), &|l| l.unblended));
    let nights = |l: &Line| {
        let dev = [401, 402].iter().any(|n| l.cells.get("lineItem/ResourceId") == Some(&resource_id("i", *n)));
        dev && kind("Usage")(l) && usage("BoxUsage")(l) && !business_hour(l.start)
    };
    answers.total(format!("Cost: hourly development instances outside business hours USD {label}"), sum(&nights, &|l| l.unblended));
}

fn key(answers: &mut Answers) {
    for (control, account, resource, why) in [
        ("cost-eip-idle", PROD, resource_id("eipalloc", 109), "idle address"),
        ("cost-eip-idle", DEV, resource_id("eipalloc", 409), "idle address"),
        ("cost-ebs-gp2", DEV, resource_id("vol", 401), "gp2 storage"),
        ("cost-ebs-gp2", DEV, resource_id("vol", 402), "gp2 storage"),
        ("sus-offhours-nonprod", DEV, resource_id("i", 401), "runs at nights and weekends"),
        ("sus-offhours-nonprod", DEV, resource_id("i", 402), "runs at nights and weekends"),
        ("cost-untagged", PROD, "acme-prod-legacy".to_owned(), "bucket without tags"),
        ("cost-untagged", PROD, resource_id("i", 104), "instance without Owner"),
        ("cost-tag-value-hygiene", PROD, "acme-prod-media".to_owned(), "env is written `Prod ` here and `prod` elsewhere"),
        (
            "cost-lb-idle",
            DEV,
            "arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/app/dev-shop/0ac3e00000000001".to_owned(),
            "hours without capacity units",
        ),
        ("cost-sp-unused-cost", PROD, SAVINGS_PLAN.to_owned(), "a quarter of the commitment is unused"),
        ("cost-ri-unused-cost", PROD, RESERVATION.to_owned(), "a quarter of the reserved hours is unused"),
    ] {
        answers.add(control, account, "eu-west-1", &resource, why);
    }
    for control in [
        "cost-eip-idle",
        "cost-ebs-gp2",
        "sus-offhours-nonprod",
        "cost-untagged",
        "cost-tag-value-hygiene",
        "cost-lb-idle",
        "cost-sp-unused-cost",
        "cost-ri-unused-cost",
        "cost-ebs-unattached",
    ] {
        answers.at_least(control, "a metric: the amounts stand in the totals");
    }
}
