//! The columns of table `costs`, and one row of it.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

use crate::base::time;
use crate::ingest::batch::{Cell, Output};
use crate::schema::ColumnKind::{self, Bigint, Boolean, Date, Decimal, Text, Timestamp};

/// Name, kind and meaning of every column of `costs`, in cell order. Amounts
/// are in units of 10^-18 of `BillingCurrency`, times UTC microseconds.
pub const COST_COLUMNS: &[(&str, ColumnKind, &str)] = &[
    ("BilledCost", Decimal, "amount on the invoice; usage covered by a commitment has 0"),
    ("EffectiveCost", Decimal, "amortised amount: commitments are spread over what they cover; NULL when the export lacks it"),
    ("ListCost", Decimal, "amount at public prices"),
    ("ContractedCost", Decimal, "amount after negotiated rates and before commitments; approximate when derived from CUR"),
    ("BillingAccountId", Text, "account that pays, as delivered"),
    ("SubAccountId", Text, "account that used, as delivered"),
    ("BillingCurrency", Text, "currency of every amount of the row; never add across currencies"),
    ("InvoiceId", Text, "invoice; NULL until the month is final"),
    ("BillingPeriodStart", Timestamp, "start of the billing period"),
    ("BillingPeriodEnd", Timestamp, "end of the billing period, exclusive"),
    ("ChargePeriodStart", Timestamp, "start of the charge"),
    ("ChargePeriodEnd", Timestamp, "end of the charge, exclusive"),
    ("ChargeCategory", Text, "Usage, Purchase, Tax, Credit or Adjustment"),
    ("ChargeClass", Text, "Correction of a period already invoiced, else NULL"),
    ("ChargeFrequency", Text, "One-Time, Recurring or Usage-Based"),
    ("ChargeDescription", Text, "description as delivered"),
    ("PricingCategory", Text, "Standard, Dynamic (spot), Committed or Other; NULL for tax"),
    ("PricingUnit", Text, "unit of PricingQuantity"),
    ("PricingQuantity", Decimal, "quantity priced"),
    ("ConsumedQuantity", Decimal, "quantity used; only for usage that took place"),
    ("ConsumedUnit", Text, "unit of ConsumedQuantity"),
    ("CommitmentDiscountId", Text, "ARN of the reservation or savings plan"),
    ("CommitmentDiscountCategory", Text, "Spend (savings plan) or Usage (reservation)"),
    ("CommitmentDiscountStatus", Text, "Used or Unused; NULL on purchases and without a commitment"),
    ("CommitmentDiscountType", Text, "Savings Plan or Reserved Instances, or as delivered"),
    ("ProviderName", Text, "who provides, AWS for CUR"),
    ("PublisherName", Text, "who makes the service, the legal entity for CUR"),
    ("InvoiceIssuerName", Text, "who invoices"),
    ("RegionId", Text, "Region, NULL for global services"),
    ("AvailabilityZone", Text, "zone"),
    ("ResourceId", Text, "id, name or ARN as delivered; the commitment on its purchase and unused rows"),
    ("ServiceName", Text, "name of the service"),
    ("ServiceCategory", Text, "FOCUS category of the service; from a static table for CUR"),
    ("SkuId", Text, "stock keeping unit"),
    ("SkuPriceId", Text, "rate"),
    ("Tags", Text, "JSON object of resource tags with a value, keys sorted and without the prefix user"),
    ("x_LineItemType", Text, "CUR line item type; also on synthetic unused rows"),
    ("x_ServiceCode", Text, "CUR product code"),
    ("x_UsageType", Text, "CUR usage type"),
    ("x_Operation", Text, "CUR operation"),
    ("x_InstanceType", Text, "instance type, else the one the usage type ends with"),
    ("x_ProductFamily", Text, "product family"),
    ("x_OperatingSystem", Text, "operating system"),
    ("x_DatabaseEngine", Text, "database engine"),
    ("x_TransferType", Text, "kind of data transfer"),
    ("x_BillingEntity", Text, "AWS or AWS Marketplace"),
    ("x_CommitmentUsed", Decimal, "savings plan commitment used; SavingsPlanRecurringFee purchase rows"),
    ("x_CommitmentTotal", Decimal, "savings plan commitment; SavingsPlanRecurringFee purchase rows"),
    ("x_ReservedUnits", Decimal, "units reserved; RIFee purchase rows"),
    ("x_UnusedUnits", Decimal, "reserved units not used; RIFee purchase rows"),
    ("x_Vcpu", Decimal, "vCPUs of the instance"),
    ("x_Environment", Text, "value of the tag env, environment or stage, lower case"),
    ("x_HasTags", Boolean, "any user tag has a value; NULL when the export has no tag column"),
    ("x_TagKeysFolded", Boolean, "the export lost the case of tag keys (CUR 2.0, Athena names); NULL when it has no tag column"),
    ("x_Derived", Boolean, "the FOCUS columns were derived from CUR"),
    ("x_SourceFormat", Text, "cur, cur2 or focus"),
    ("x_BilledBasis", Text, "unblended or net, the CUR column amounts came from; NULL for FOCUS"),
    ("charge_date", Date, "date of ChargePeriodStart"),
    ("charge_month", Text, "month of ChargePeriodStart, such as 2024-05"),
    ("charge_hour", Bigint, "hour of ChargePeriodStart, UTC; NULL unless is_hourly"),
    ("charge_weekday", Bigint, "day of the week of ChargePeriodStart, 1 = Monday"),
    ("is_hourly", Boolean, "the charge period is at most an hour; NULL when its end is not stated"),
    ("spans_days", Boolean, "the charge period is longer than a day; NULL when its end is not stated"),
];

/// Number of columns.
const WIDTH: usize = COST_COLUMNS.len();

/// One charge, FOCUS columns and ours; texts are borrowed from the record at hand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CostRow<'a> {
    pub(super) billed_cost: Option<i128>,
    pub(super) effective_cost: Option<i128>,
    pub(super) list_cost: Option<i128>,
    pub(super) contracted_cost: Option<i128>,
    pub(super) billing_account_id: Option<&'a str>,
    pub(super) sub_account_id: Option<&'a str>,
    pub(super) billing_currency: Option<&'a str>,
    pub(super) invoice_id: Option<&'a str>,
    pub(super) billing_period_start: Option<i64>,
    pub(super) billing_period_end: Option<i64>,
    pub(super) charge_period_start: Option<i64>,
    pub(super) charge_period_end: Option<i64>,
    pub(super) charge_category: Option<&'a str>,
    pub(super) charge_class: Option<&'a str>,
    pub(super) charge_frequency: Option<&'a str>,
    pub(super) charge_description: Option<&'a str>,
    pub(super) pricing_category: Option<&'a str>,
    pub(super) pricing_unit: Option<&'a str>,
    pub(super) pricing_quantity: Option<i128>,
    pub(super) consumed_quantity: Option<i128>,
    pub(super) consumed_unit: Option<&'a str>,
    pub(super) commitment_discount_id: Option<&'a str>,
    pub(super) commitment_discount_category: Option<&'a str>,
    pub(super) commitment_discount_status: Option<&'a str>,
    pub(super) commitment_discount_type: Option<&'a str>,
    pub(super) provider_name: Option<&'a str>,
    pub(super) publisher_name: Option<&'a str>,
    pub(super) invoice_issuer_name: Option<&'a str>,
    pub(super) region_id: Option<&'a str>,
    pub(super) availability_zone: Option<&'a str>,
    pub(super) resource_id: Option<&'a str>,
    pub(super) service_name: Option<&'a str>,
    pub(super) service_category: Option<&'a str>,
    pub(super) sku_id: Option<&'a str>,
    pub(super) sku_price_id: Option<&'a str>,
    pub(super) tags: Option<&'a str>,
    pub(super) line_item_type: Option<&'a str>,
    pub(super) service_code: Option<&'a str>,
    pub(super) usage_type: Option<&'a str>,
    pub(super) operation: Option<&'a str>,
    pub(super) instance_type: Option<&'a str>,
    pub(super) product_family: Option<&'a str>,
    pub(super) operating_system: Option<&'a str>,
    pub(super) database_engine: Option<&'a str>,
    pub(super) transfer_type: Option<&'a str>,
    pub(super) billing_entity: Option<&'a str>,
    pub(super) commitment_used: Option<i128>,
    pub(super) commitment_total: Option<i128>,
    pub(super) reserved_units: Option<i128>,
    pub(super) unused_units: Option<i128>,
    pub(super) vcpu: Option<i128>,
    pub(super) environment: Option<&'a str>,
    pub(super) has_tags: Option<bool>,
    pub(super) tag_keys_folded: Option<bool>,
    pub(super) derived: Option<bool>,
    pub(super) source_format: Option<&'a str>,
    pub(super) billed_basis: Option<&'a str>,
}

impl CostRow<'_> {
    /// The cells in column order; the last six follow from the charge period.
    fn cells<'s>(&'s self, month: &'s str) -> [Cell<'s>; WIDTH] {
        let start = self.charge_period_start;
        let day = start.map(time::day_of);
        let length = start.zip(self.charge_period_end).map(|(start, end)| end - start);
        let hourly = length.map(|length| (0..=time::HOUR).contains(&length));
        [
            decimal(self.billed_cost),
            decimal(self.effective_cost),
            decimal(self.list_cost),
            decimal(self.contracted_cost),
            Cell::text(self.billing_account_id),
            Cell::text(self.sub_account_id),
            Cell::text(self.billing_currency),
            Cell::text(self.invoice_id),
            Cell::micros(self.billing_period_start),
            Cell::micros(self.billing_period_end),
            Cell::micros(self.charge_period_start),
            Cell::micros(self.charge_period_end),
            Cell::text(self.charge_category),
            Cell::text(self.charge_class),
            Cell::text(self.charge_frequency),
            Cell::text(self.charge_description),
            Cell::text(self.pricing_category),
            Cell::text(self.pricing_unit),
            decimal(self.pricing_quantity),
            decimal(self.consumed_quantity),
            Cell::text(self.consumed_unit),
            Cell::text(self.commitment_discount_id),
            Cell::text(self.commitment_discount_category),
            Cell::text(self.commitment_discount_status),
            Cell::text(self.commitment_discount_type),
            Cell::text(self.provider_name),
            Cell::text(self.publisher_name),
            Cell::text(self.invoice_issuer_name),
            Cell::text(self.region_id),
            Cell::text(self.availability_zone),
            Cell::text(self.resource_id),
            Cell::text(self.service_name),
            Cell::text(self.service_category),
            Cell::text(self.sku_id),
            Cell::text(self.sku_price_id),
            Cell::text(self.tags),
            Cell::text(self.line_item_type),
            Cell::text(self.service_code),
            Cell::text(self.usage_type),
            Cell::text(self.operation),
            Cell::text(self.instance_type),
            Cell::text(self.product_family),
            Cell::text(self.operating_system),
            Cell::text(self.database_engine),
            Cell::text(self.transfer_type),
            Cell::text(self.billing_entity),
            decimal(self.commitment_used),
            decimal(self.commitment_total),
            decimal(self.reserved_units),
            decimal(self.unused_units),
            decimal(self.vcpu),
            Cell::text(self.environment),
            Cell::bool(self.has_tags),
            Cell::bool(self.tag_keys_folded),
            Cell::bool(self.derived),
            Cell::text(self.source_format),
            Cell::text(self.billed_basis),
            day.map_or(Cell::Null, Cell::Day),
            day.map_or(Cell::Null, |_| Cell::Text(month)),
            // The start of a day's or a month's charge says nothing about the hour of use.
            Cell::int(start.filter(|_| hourly == Some(true)).map(time::hour_of)),
            Cell::int(day.map(time::weekday)),
            Cell::bool(hourly),
            Cell::bool(length.map(|length| length > time::DAY)),
        ]
    }
}

impl CostRow<'_> {
    /// A hash of what identifies a charge, for comparing deliveries: neither amounts nor invoices, which a later
    /// delivery restates, nor the line item's id, which is unique within a delivery only. A resource is one whatever
    /// account pays; without it the accounts tell charges apart.
    pub(super) fn mark(&self) -> u64 {
        let mut hasher = FxHasher::default();
        for moment in [self.charge_period_start, self.charge_period_end] {
            hasher.write_i64(moment.unwrap_or(i64::MIN));
        }
        let accounts = if self.resource_id.is_some() { [None, None] } else { [self.billing_account_id, self.sub_account_id] };
        for text in [
            accounts[0],
            accounts[1],
            self.billing_currency,
            self.charge_category,
            self.line_item_type,
            self.service_name,
            self.service_code,
            self.usage_type,
            self.operation,
            self.region_id,
            self.availability_zone,
            self.resource_id,
            self.sku_id,
            self.sku_price_id,
            self.commitment_discount_id,
            self.charge_description,
        ] {
            let text = text.unwrap_or("");
            hasher.write_usize(text.len());
            hasher.write(text.as_bytes());
        }
        // The smallest hashes are the sample, so every bit has to depend on every byte.
        let mut mark = hasher.finish();
        for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
            mark = (mark ^ mark >> 33).wrapping_mul(factor);
        }
        mark ^ mark >> 33
    }
}

fn decimal(units: Option<i128>) -> Cell<'static> {
    units.map_or(Cell::Null, Cell::Decimal)
}

/// Writes rows out; remembers the month text of the day before.
#[derive(Debug, Default)]
pub(super) struct Writer {
    day: i32,
    month: String,
}

impl Writer {
    /// Adds a row to table `costs`.
    pub(super) fn row(&mut self, record: u64, row: &CostRow<'_>, out: &mut Output<'_>) {
        if let Some(start) = row.charge_period_start {
            let day = time::day_of(start);
            if day != self.day || self.month.is_empty() {
                self.day = day;
                self.month = time::month_text(day);
            }
            out.time(start);
            // A charge reaches to its end, the first instant that is not its own. A fee paid up front may name the years
            // it is for.
            if let Some(end) = row.charge_period_end.filter(|end| *end > start && *end - start <= 31 * time::DAY) {
                out.time(end - 1);
            }
        }
        out.row("costs", record, &row.cells(&self.month));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    #[test]
    fn columns_are_the_declared_tables() {
        let schema = Schema::new(Vec::new(), Vec::new()).unwrap();
        let declared: Vec<_> = schema.table("costs").unwrap().columns.iter().map(|c| (c.name.clone(), c.kind)).collect();
        let ours: Vec<_> = COST_COLUMNS.iter().map(|(name, kind, _)| ((*name).to_owned(), *kind)).collect();
        assert_eq!(ours, declared);
    }

    #[test]
    fn period_decides_hour_and_day() {
        let start = time::parse("2024-05-01T10:00:00Z").unwrap();
        let mut row = CostRow { charge_period_start: Some(start), charge_period_end: Some(start + time::HOUR), ..CostRow::default() };
        let tail = |row: &CostRow<'_>| format!("{:?}", &row.cells("2024-05")[WIDTH - 6..]);
        assert_eq!(tail(&row), "[Day(19844), Text(\"2024-05\"), Int(10), Int(3), Bool(true), Bool(false)]");
        row.charge_period_end = Some(start + time::DAY);
        assert_eq!(tail(&row), "[Day(19844), Text(\"2024-05\"), Null, Int(3), Bool(false), Bool(false)]");
        row.charge_period_end = Some(start + 31 * time::DAY);
        assert_eq!(tail(&row), "[Day(19844), Text(\"2024-05\"), Null, Int(3), Bool(false), Bool(true)]");
        row.charge_period_end = Some(start - 1);
        assert_eq!(tail(&row), "[Day(19844), Text(\"2024-05\"), Null, Int(3), Bool(false), Bool(false)]");
        row.charge_period_end = None;
        assert_eq!(tail(&row), "[Day(19844), Text(\"2024-05\"), Null, Int(3), Null, Null]");
        row.charge_period_start = None;
        assert_eq!(tail(&row), "[Null, Null, Null, Null, Null, Null]");
    }
}
