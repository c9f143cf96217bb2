//! One month of FOCUS 1.0, the month before the audited quarter.

use std::path::Path;

use crate::Outcome;
use crate::answers::Answers;
use crate::clock::{DAY, iso, t};
use crate::cost::csv;
use crate::random::Random;
use crate::trail_files::save;
use crate::world::{DEV, PROD, SEC};

const COLUMNS: [&str; 43] = [
    "AvailabilityZone",
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "Tags",
];

/// One resource: account, service, category, resource, unit, cents a day.
struct Charge(&'static str, &'static str, &'static str, &'static str, &'static str, u64);

const CHARGES: [Charge; 9] = [
    Charge(PROD, "Amazon Elastic Compute Cloud", "Compute", "i-0ac3e000000000102", "Hrs", 219),
    Charge(PROD, "Amazon Relational Database Service", "Databases", "arn:aws:rds:eu-west-1:111122223333:db:shop-orders", "Hrs", 446),
    Charge(PROD, "Amazon Simple Storage Service", "Storage", "acme-prod-media", "GB-Mo", 297),
    Charge(PROD, "AWS Lambda", "Compute", "arn:aws:lambda:eu-west-1:111122223333:function:shop-orders", "Lambda-GB-Second", 120),
    Charge(
        PROD,
        "Elastic Load Balancing",
        "Networking",
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/0ac3e00000000001",
        "Hrs",
        61,
    ),
    Charge(DEV, "Amazon Elastic Compute Cloud", "Compute", "i-0ac3e000000000401", "Hrs", 88),
    Charge(DEV, "Amazon Elastic Compute Cloud", "Compute", "vol-0ac3e000000000421", "GB-Mo", 85),
    Charge(SEC, "Amazon Simple Storage Service", "Storage", "acme-cloudtrail-logs", "GB-Mo", 59),
    Charge(SEC, "Amazon Elastic Compute Cloud", "Compute", "i-0ac3e000000000701", "Hrs", 219),
];

/// Writes `cost/focus-2026-03.csv`.
pub fn write(out: &Path, answers: &mut Answers) -> Outcome<()> {
    let (from, to) = (t("03-01"), t("04-01"));
    let mut text = COLUMNS.join(",");
    text.push('\n');
    let (mut rows, mut cents) = (0u64, 0i64);
    let mut rng = Random::new(&[2026, 3]);
    let mut put = |charge: &Charge, category: &str, frequency: &str, span: (i64, i64), amount: i64, tagged: bool| {
        let cost = format!("{}{}.{:02}", if amount < 0 { "-" } else { "" }, amount.abs() / 100, amount.abs() % 100);
        let env = if charge.0 == PROD {
            "prod"
        } else if charge.0 == DEV {
            "dev"
        } else {
            "security"
        };
        let name = if charge.0 == PROD {
            "acme-prod"
        } else if charge.0 == DEV {
            "acme-dev"
        } else {
            "acme-security"
        };
        let usage = category == "Usage";
        let cells: Vec<String> = COLUMNS
            .iter()
            .map(|column| match *column {
                "BilledCost" | "EffectiveCost" | "ListCost" | "ContractedCost" => cost.clone(),
                "BillingAccountId" => PROD.to_owned(),
                "BillingAccountName" => "acme-prod".to_owned(),
                "BillingCurrency" => "USD".to_owned(),
                "BillingPeriodStart" => iso(from),
                "BillingPeriodEnd" => iso(to),
                "ChargePeriodStart" => iso(span.0),
                "ChargePeriodEnd" => iso(span.1),
                "ChargeCategory" => category.to_owned(),
                "ChargeFrequency" => frequency.to_owned(),
                "ChargeDescription" => format!("{category} of {}", charge.1),
                "ConsumedQuantity" | "PricingQuantity" if usage => "24".to_owned(),
                "ConsumedUnit" | "PricingUnit" if usage => charge.4.to_owned(),
                "PricingCategory" if usage => "Standard".to_owned(),
                "InvoiceIssuerName" | "PublisherName" => "Amazon Web Services EMEA SARL".to_owned(),
                "ProviderName" => "AWS".to_owned(),
                "RegionId" if usage => "eu-west-1".to_owned(),
                "RegionName" if usage => "EU (Ireland)".to_owned(),
                "ResourceId" if usage => charge.3.to_owned(),
                "ServiceCategory" => charge.2.to_owned(),
                "ServiceName" => charge.1.to_owned(),
                "SkuId" | "SkuPriceId" if usage => format!("SKU{:08X}", crate::random::hash(charge.1) as u32),
                "SubAccountId" => charge.0.to_owned(),
                "SubAccountName" => name.to_owned(),
                "Tags" if tagged => format!("{{\"env\":\"{env}\",\"Owner\":\"platform\",\"CostCenter\":\"CC\"}}"),
                _ => String::new(),
            })
            .map(|cell| csv(&cell))
            .collect();
        text.push_str(&cells.join(","));
        text.push('\n');
        rows += 1;
        cents += amount;
    };
    for charge in &CHARGES {
        for start in (from..to).step_by(DAY as usize) {
            let amount = charge.5 as i64 + rng.between(-9, 10);
            put(charge, "Usage", "Usage-Based", (start, start + DAY), amount, charge.3 != "vol-0ac3e000000000421");
        }
    }
    for (account, amount) in [(0, 19_840), (5, 2_010), (7, 2_950)] {
        put(&CHARGES[account], "Tax", "Recurring", (from, to), amount, false);
    }
    put(&CHARGES[0], "Credit", "One-Time", (from, from + DAY), -7_500, false);
    save(&out.join("cost/focus-2026-03.csv"), text.as_bytes())?;
    answers.total("Cost: rows of the FOCUS file of 2026-03", rows);
    answers.total("Cost: BilledCost and EffectiveCost USD 2026-03 (FOCUS)", format!("{}.{:02}", cents / 100, cents % 100));
    Ok(())
}
