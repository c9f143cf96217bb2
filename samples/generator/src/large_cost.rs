//! A large legacy Cost and Usage Report for benchmarks: one month of 68 columns in files as AWS splits them.
//!
//! Accounts, usage types and resources repeat as they do in bills: what is on one line is mostly on the next as well,
//! so that compression and the number of groups are those of real reports.

use std::fmt::Write as _;
use std::path::Path;

use crate::Outcome;
use crate::clock::{iso, t};
use crate::random::Random;
use crate::trail_files::{gzip, save};

const HOUR: i64 = 3600;
const ASSEMBLY: &str = "0ac3e000-0000-4000-8000-0000000000b1";

const COLUMNS: [&str; 68] = [
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
    "lineItem/NormalizationFactor",
    "lineItem/NormalizedUsageAmount",
    "lineItem/CurrencyCode",
    "lineItem/UnblendedRate",
    "lineItem/UnblendedCost",
    "lineItem/BlendedRate",
    "lineItem/BlendedCost",
    "lineItem/LineItemDescription",
    "lineItem/TaxType",
    "lineItem/LegalEntity",
    "product/ProductName",
    "product/servicecode",
    "product/sku",
    "product/location",
    "product/region",
    "product/regionCode",
    "product/instanceType",
    "product/instanceTypeFamily",
    "product/productFamily",
    "product/operatingSystem",
    "product/tenancy",
    "product/databaseEngine",
    "product/memory",
    "product/vcpu",
    "product/storage",
    "product/usagetype",
    "product/transferType",
    "pricing/RateCode",
    "pricing/RateId",
    "pricing/currency",
    "pricing/term",
    "pricing/unit",
    "pricing/publicOnDemandCost",
    "pricing/publicOnDemandRate",
    "pricing/LeaseContractLength",
    "pricing/OfferingClass",
    "pricing/PurchaseOption",
    "reservation/ReservationARN",
    "reservation/EffectiveCost",
    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
    "reservation/UnusedRecurringFee",
    "savingsPlan/SavingsPlanARN",
    "savingsPlan/SavingsPlanEffectiveCost",
    "savingsPlan/UsedCommitment",
    "savingsPlan/TotalCommitmentToDate",
    "resourceTags/aws:createdBy",
    "resourceTags/user:CostCenter",
    "resourceTags/user:Owner",
    "resourceTags/user:env",
];

/// Service code, name, usage type after the Region's prefix, operation, family, unit, instance type with vCPUs, rate in 10⁻¹⁰.
type Template = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str, i64);

const TEMPLATES: [Template; 18] = [
    (
        "AmazonEC2",
        "Amazon Elastic Compute Cloud",
        "BoxUsage:m5.large",
        "RunInstances",
        "Compute Instance",
        "Hrs",
        "m5.large",
        "2",
        1_070_000_000,
    ),
    (
        "AmazonEC2",
        "Amazon Elastic Compute Cloud",
        "BoxUsage:t3.medium",
        "RunInstances",
        "Compute Instance",
        "Hrs",
        "t3.medium",
        "2",
        456_000_000,
    ),
    (
        "AmazonEC2",
        "Amazon Elastic Compute Cloud",
        "SpotUsage:c5.xlarge",
        "RunInstances:SV001",
        "Compute Instance",
        "Hrs",
        "c5.xlarge",
        "4",
        692_000_000,
    ),
    ("AmazonEC2", "Amazon Elastic Compute Cloud", "EBS:VolumeUsage.gp3", "CreateVolume-Gp3", "Storage", "GB-Mo", "", "", 880_000_000),
    ("AmazonEC2", "Amazon Elastic Compute Cloud", "EBS:SnapshotUsage", "CreateSnapshot", "Storage Snapshot", "GB-Mo", "", "", 500_000_000),
    ("AmazonEC2", "Amazon Elastic Compute Cloud", "NatGateway-Hours", "NatGateway", "NAT Gateway", "Hrs", "", "", 480_000_000),
    ("AmazonEC2", "Amazon Elastic Compute Cloud", "NatGateway-Bytes", "NatGateway", "NAT Gateway", "GB", "", "", 480_000_000),
    (
        "AmazonEC2",
        "Amazon Elastic Compute Cloud",
        "DataTransfer-Regional-Bytes",
        "InterZone-Out",
        "Data Transfer",
        "GB",
        "",
        "",
        100_000_000,
    ),
    ("AmazonS3", "Amazon Simple Storage Service", "TimedStorage-ByteHrs", "StandardStorage", "Storage", "GB-Mo", "", "", 230_000_000),
    ("AmazonS3", "Amazon Simple Storage Service", "Requests-Tier1", "PutObject", "API Request", "Requests", "", "", 50_000),
    ("AmazonS3", "Amazon Simple Storage Service", "Requests-Tier2", "GetObject", "API Request", "Requests", "", "", 4_000),
    (
        "AmazonRDS",
        "Amazon Relational Database Service",
        "InstanceUsage:db.r5.large",
        "CreateDBInstance:0014",
        "Database Instance",
        "Hrs",
        "db.r5.large",
        "2",
        2_800_000_000,
    ),
    (
        "AmazonRDS",
        "Amazon Relational Database Service",
        "RDS:GP2-Storage",
        "CreateDBInstance:0014",
        "Database Storage",
        "GB-Mo",
        "",
        "",
        1_270_000_000,
    ),
    ("AWSLambda", "AWS Lambda", "Lambda-GB-Second", "Invoke", "Serverless", "Lambda-GB-Second", "", "", 166_667),
    ("AWSLambda", "AWS Lambda", "Request", "Invoke", "Serverless", "Requests", "", "", 2_000),
    ("AmazonCloudWatch", "AmazonCloudWatch", "DataProcessing-Bytes", "PutLogEvents", "Data Payload", "GB", "", "", 5_700_000_000),
    ("awskms", "AWS Key Management Service", "KMS-Requests", "Decrypt", "API Request", "Requests", "", "", 30_000),
    (
        "AmazonDynamoDB",
        "Amazon DynamoDB",
        "ReadRequestUnits",
        "CommittedThroughput",
        "Amazon DynamoDB PayPerRequest Throughput",
        "ReadRequestUnits",
        "",
        "",
        2_830,
    ),
];

const REGIONS: [(&str, &str, &str); 4] = [
    ("EUW1", "eu-west-1", "EU (Ireland)"),
    ("USE1", "us-east-1", "US East (N. Virginia)"),
    ("EUC1", "eu-central-1", "EU (Frankfurt)"),
    ("USW2", "us-west-2", "US West (Oregon)"),
];

fn amount(units: i128) -> String {
    format!("{}.{:010}", units / 10_000_000_000, units % 10_000_000_000)
}

/// Writes `lines` lines in `files` files with their manifest.
pub fn write(out: &Path, seed: u64, lines: u64, files: u64) -> Outcome<()> {
    let (from, to) = (t("05-01"), t("06-01"));
    let folder = "cost/bench/20260501-20260601";
    let mut keys = Vec::new();
    for file in 0..files {
        let mut random = Random::new(&[seed, file]);
        let mut text = COLUMNS.join(",");
        text.push('\n');
        for n in lines * file / files..lines * (file + 1) / files {
            line(&mut text, &mut random, n, from, to)?;
        }
        let name = format!("{folder}/{ASSEMBLY}/bench-{:05}.csv.gz", file + 1);
        save(&out.join(&name), &gzip(text.as_bytes(), 6)?)?;
        keys.push(name);
    }
    let manifest = serde_json::json!({"assemblyId": ASSEMBLY, "account": "111122223333", "charset": "UTF-8", "compression": "GZIP",
        "contentType": "text/csv", "reportId": "bench", "reportName": "bench",
        "billingPeriod": {"start": "20260501T000000.000Z", "end": "20260601T000000.000Z"}, "bucket": "acme-billing", "reportKeys": keys});
    save(&out.join(format!("{folder}/bench-Manifest.json")), (manifest.to_string() + "\n").as_bytes())
}

/// One line: hour by hour, and within an hour service by service.
fn line(text: &mut String, random: &mut Random, n: u64, from: i64, to: i64) -> Outcome<()> {
    let hours = ((to - from) / HOUR) as u64;
    let start = from + (n / 2_700 % hours) as i64 * HOUR;
    let (code, product, usage, operation, family, unit, instance, vcpu, rate) = TEMPLATES[(n / 150 % TEMPLATES.len() as u64) as usize];
    let account = 111_122_223_330 + n / 25 % 6;
    let (prefix, region, location) = REGIONS[(n / 7 % 4) as usize];
    let zone = if instance.is_empty() { String::new() } else { format!("{region}{}", ['a', 'b', 'c'][(n % 3) as usize]) };
    let resource = match family {
        "Compute Instance" => format!("i-0{:016x}", (n % 150 + account).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4),
        "Storage Snapshot" => format!("arn:aws:ec2:{region}:{account}:snapshot/snap-0{:08x}", n % 400),
        "Storage" | "API Request" => format!("acme-data-{:03}", n % 220),
        _ => format!("arn:aws:{}:{region}:{account}:resource/{:05}", code.to_lowercase(), n % 180),
    };
    let used = if unit == "Hrs" { 10_000_000_000 } else { (random.next() % 90_000_000_000) as i128 + 1 };
    let cost = used * i128::from(rate) / 10_000_000_000;
    let kind = match n % 40 {
        0..3 if unit == "Hrs" => "DiscountedUsage",
        3..9 if unit == "Hrs" => "SavingsPlanCoveredUsage",
        9..15 if unit == "Hrs" => "SavingsPlanNegation",
        _ => "Usage",
    };
    let (unblended, sign) = match kind {
        "DiscountedUsage" => (0, ""),
        "SavingsPlanNegation" => (cost, "-"),
        _ => (cost, ""),
    };
    let (begin, end) = (iso(start), iso(start + HOUR));
    let plan = "arn:aws:savingsplans::111122223333:savingsplan/0ac3e000-0000-4000-8000-00000000c001";
    let reservation = "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/0ac3e000-0000-4000-8000-00000000d001";
    let planned = kind.starts_with("SavingsPlan");
    let team = n / 90 % 12;
    let sku = format!("{:X}", (n / 150 % 18 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    write!(
        text,
        "{first:016x}{second:016x},{begin}/{end},,Amazon Web Services EMEA SARL,AWS,Anniversary,111122223333,2026-05-01T00:00:00Z,2026-06-01T00:00:00Z,\
         {account:012},{kind},{begin},{end},{code},{prefix}-{usage},{operation},{zone},{resource},{used},,,USD,{rate},{sign}{cost},{rate},{sign}{cost},\
         \"${rate} per {unit}, {product} {usage}\",,Amazon Web Services EMEA SARL,{product},{code},{sku},{location},{region},{region},{instance},,{family},\
         {os},{tenancy},,,{vcpu},,{prefix}-{usage},,{sku}.JRTCKXETXF.6YS6EN2CT7,{id},USD,{term},{unit},{cost},{rate},,,,",
        first = random.next(),
        second = random.next(),
        used = amount(used),
        rate = amount(i128::from(rate)),
        cost = amount(unblended),
        os = if instance.is_empty() { "" } else { "Linux" },
        tenancy = if instance.is_empty() { "" } else { "Shared" },
        id = 4_000_000 + n / 150 % 18,
        term = if kind == "DiscountedUsage" { "Reserved" } else { "OnDemand" },
    )?;
    let effective = amount(cost * 6 / 10);
    match kind {
        "DiscountedUsage" => write!(text, "{reservation},{effective},,,,,,")?,
        _ if planned => write!(text, ",,,,{plan},{},,", if kind.ends_with("Usage") { effective.as_str() } else { "" })?,
        _ => text.push_str(",,,,,,,"),
    }
    writeln!(
        text,
        ",AssumedRole:role-{team:02},CC-{team:03},team-{team:02}@example.com,{}",
        ["prod", "dev", "Stage", ""][(n / 45 % 4) as usize]
    )?;
    Ok(())
}
