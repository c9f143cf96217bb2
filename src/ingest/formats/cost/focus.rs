//! Reads FOCUS exports (1.0, 1.1, 1.2, and what later versions renamed) as they are.
//!
//! Nothing is derived but our own `x_` columns. The text `NULL` is null: some tools write it.

use super::columns::Writer;
use super::control::ControlSums;
use super::header::{Fields, Header, columns};
use super::rules::{instance_type_of, vcpus};
use super::summary::CostSummary;
use super::tags::{AttributeMaps, Keys, TagMaps};
use super::{BilledBasis, CostError, CostKind};
use crate::ingest::batch::Output;
use crate::schema::tables::CostsRow;

columns! {
    /// The columns that are read; later names of the same thing follow the first.
    FocusColumns {
        billed: "BilledCost",
        effective: "EffectiveCost",
        list: "ListCost",
        contracted: "ContractedCost",
        billing_account: "BillingAccountId",
        sub_account: "SubAccountId",
        currency: "BillingCurrency",
        invoice: "InvoiceId",
        billing_start: "BillingPeriodStart",
        billing_end: "BillingPeriodEnd",
        start: "ChargePeriodStart",
        end: "ChargePeriodEnd",
        category: "ChargeCategory",
        class: "ChargeClass",
        frequency: "ChargeFrequency",
        description: "ChargeDescription",
        pricing_category: "PricingCategory",
        pricing_unit: "PricingUnit",
        pricing_quantity: "PricingQuantity",
        consumed_quantity: "ConsumedQuantity",
        consumed_unit: "ConsumedUnit",
        commitment: "CommitmentDiscountId",
        commitment_category: "CommitmentDiscountCategory",
        commitment_status: "CommitmentDiscountStatus",
        commitment_type: "CommitmentDiscountType",
        provider: "ProviderName" | "ServiceProviderName",
        publisher: "PublisherName" | "HostProviderName",
        issuer: "InvoiceIssuerName",
        region: "RegionId",
        zone: "AvailabilityZone",
        resource: "ResourceId",
        service: "ServiceName",
        service_category: "ServiceCategory",
        sku: "SkuId",
        sku_price: "SkuPriceId",
        sku_details: "SkuPriceDetails",
        tags: "Tags",
        service_code: "x_ServiceCode",
        usage_type: "x_UsageType" | "SkuMeter",
        operation: "x_Operation",
    }
}

/// Charge categories of the specification.
const CATEGORIES: [&str; 5] = ["Usage", "Purchase", "Tax", "Credit", "Adjustment"];

/// Reads the records of one FOCUS export.
#[derive(Debug)]
pub(super) struct FocusReader {
    header: Header,
    columns: FocusColumns,
    tags: TagMaps,
    details: AttributeMaps,
    writer: Writer,
    pub(super) summary: CostSummary,
}

/// A row whose cells `NULL` are empty.
struct Nulled<'r, R: ?Sized>(&'r R);

impl<R: Fields + ?Sized> Fields for Nulled<'_, R> {
    fn field(&self, column: usize) -> &str {
        match self.0.field(column) {
            "NULL" | "null" => "",
            text => text,
        }
    }
}

impl FocusReader {
    pub(super) fn new(header: Header) -> Result<Self, CostError> {
        let columns = FocusColumns::of(&header);
        for (col, column) in [(columns.billed, "BilledCost"), (columns.category, "ChargeCategory"), (columns.start, "ChargePeriodStart")] {
            if !col.is_present() {
                return Err(CostError::Missing { column });
            }
        }
        Ok(Self {
            header,
            columns,
            tags: TagMaps::new(Keys::Colon, ""),
            details: AttributeMaps::default(),
            writer: Writer::default(),
            summary: CostSummary::new(CostKind::Focus, BilledBasis::Unblended, false),
        })
    }

    /// Adds a record to the control totals only.
    pub(super) fn tally<R: Fields + ?Sized>(&mut self, row: &R) -> Result<(), String> {
        let row = &Nulled(row);
        let billed = self.header.required_amount(self.columns.billed, row, &mut self.summary.rounded)?;
        let effective = self.header.amount(self.columns.effective, row, &mut self.summary.rounded)?;
        self.count(row, billed, effective.unwrap_or(0));
        Ok(())
    }

    /// Adds the amount of a rejected line, where it can be read.
    pub(super) fn rejected<R: Fields + ?Sized>(&mut self, row: &R) {
        let row = &Nulled(row);
        let amount = self.header.required_amount(self.columns.billed, row, &mut 0).ok();
        self.summary.control.reject(self.columns.currency.get(row).unwrap_or(""), amount);
    }

    /// Every column that is read, in the order of the header.
    pub(super) fn used(&self) -> Vec<usize> {
        self.columns.used()
    }

    fn count<R: Fields + ?Sized>(&mut self, row: &R, billed: i128, effective: i128) {
        self.summary.total(self.columns.currency.get(row).unwrap_or(""), |t| {
            t.records += 1;
            t.billed = t.billed.saturating_add(billed);
            t.effective = t.effective.saturating_add(effective);
        });
    }

    pub(super) fn row<R: Fields + ?Sized>(&mut self, record: u64, row: &R, out: &mut Output<'_>) -> Result<(), String> {
        let row = &Nulled(row);
        let Self { header, columns: c, tags, details, writer, summary } = self;
        let mut rounded_here = 0;
        let rounded = &mut rounded_here;
        let billed = header.required_amount(c.billed, row, rounded)?;
        // A column that is there may not be empty; a column that is not there is not stated.
        let effective = if c.effective.is_present() { Some(header.required_amount(c.effective, row, rounded)?) } else { None };
        let details = c.sku_details.get(row).map_or(&[][..], |text| details.read(text));
        let detail = |key: &str| details.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str());
        let tagged = c.tags.is_present().then(|| tags.read(c.tags.get(row).unwrap_or("")));
        let usage_type = c.usage_type.get(row);
        let category = c.category.get(row);
        let mut charge = CostsRow {
            BilledCost: Some(billed),
            EffectiveCost: effective,
            ListCost: header.amount(c.list, row, rounded)?,
            ContractedCost: header.amount(c.contracted, row, rounded)?,
            BillingAccountId: c.billing_account.get(row),
            SubAccountId: c.sub_account.get(row),
            BillingCurrency: c.currency.get(row),
            InvoiceId: c.invoice.get(row),
            BillingPeriodStart: header.time(c.billing_start, row)?,
            BillingPeriodEnd: header.time(c.billing_end, row)?,
            ChargePeriodStart: Some(header.required_time(c.start, row)?),
            ChargePeriodEnd: header.time(c.end, row)?,
            ChargeCategory: category,
            ChargeClass: c.class.get(row),
            ChargeFrequency: c.frequency.get(row),
            ChargeDescription: c.description.get(row),
            PricingCategory: c.pricing_category.get(row),
            PricingUnit: c.pricing_unit.get(row),
            PricingQuantity: header.amount(c.pricing_quantity, row, rounded)?,
            ConsumedQuantity: header.amount(c.consumed_quantity, row, rounded)?,
            ConsumedUnit: c.consumed_unit.get(row),
            CommitmentDiscountId: c.commitment.get(row),
            CommitmentDiscountCategory: c.commitment_category.get(row).or_else(|| c.commitment.get(row).and_then(commitment_category)),
            CommitmentDiscountStatus: c.commitment_status.get(row),
            CommitmentDiscountType: c.commitment_type.get(row),
            ProviderName: c.provider.get(row),
            PublisherName: c.publisher.get(row),
            InvoiceIssuerName: c.issuer.get(row),
            RegionId: c.region.get(row),
            AvailabilityZone: c.zone.get(row),
            ResourceId: c.resource.get(row),
            ServiceName: c.service.get(row),
            ServiceCategory: c.service_category.get(row),
            SkuId: c.sku.get(row),
            SkuPriceId: c.sku_price.get(row),
            x_ServiceCode: c.service_code.get(row),
            x_UsageType: usage_type,
            x_Operation: c.operation.get(row),
            x_InstanceType: detail("instancetype").or_else(|| usage_type.and_then(instance_type_of)),
            x_OperatingSystem: detail("operatingsystem"),
            x_Vcpu: vcpus(detail("corecount"), usage_type),
            x_Derived: Some(false),
            x_SourceFormat: Some(CostKind::Focus.source_format()),
            ..CostsRow::default()
        };
        summary.rounded += rounded_here;
        match tagged {
            Some(Some(tagged)) => {
                charge.Tags = tagged.json();
                charge.x_Environment = tagged.environment();
                charge.x_HasTags = tagged.has_user_tag;
                charge.x_TagKeysFolded = Some(false);
            }
            Some(None) => summary.unread_tags += 1,
            None => {}
        }
        if !category.is_some_and(|name| CATEGORIES.contains(&name)) {
            summary.unknown(category.unwrap_or(""));
        }
        if let Some(period) = charge.BillingPeriodStart {
            summary.period(period, charge.InvoiceId.is_some());
        }
        summary.without_effective += u64::from(effective.is_none());
        let start = charge.BillingPeriodStart.or(charge.ChargePeriodStart);
        let sums = ControlSums { lines: 1, rows: 1, amount: billed, uncancelled: 0, billed, effective: effective.unwrap_or(0) };
        summary.control.line(start, Header::payer(c.billing_account, row), c.currency.get(row).unwrap_or(""), &sums);
        summary.control.charge(charge.mark(), charge.InvoiceId.is_some());
        writer.row(record, &charge, out);
        self.count(row, billed, effective.unwrap_or(0));
        Ok(())
    }
}

/// The category of a commitment of AWS by its ARN, for exports without that column.
fn commitment_category(id: &str) -> Option<&'static str> {
    let resource = id.strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
    if id.contains(":savingsplans:") || resource.contains("savingsplan/") {
        return Some("Spend");
    }
    ["reserved-instance", ":ri:", "reserved-node", "reservednode", "reserved"].iter().any(|word| resource.contains(word)).then_some("Usage")
}

#[cfg(test)]
mod tests {
    use super::super::testing::collect;
    use super::super::{CostOptions, read_csv};
    use super::*;

    const HEADER: &str = "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargeClass,\
        ChargeFrequency,ChargePeriodStart,ChargePeriodEnd,CommitmentDiscountId,CommitmentDiscountStatus,EffectiveCost,ListCost,ContractedCost,\
        PricingCategory,ServiceProviderName,ServiceCategory,ServiceName,SubAccountId,Tags,SkuMeter,SkuPriceDetails,x_ServiceCode\n";

    fn row(billed: &str, category: &str, start: &str, effective: &str, tags: &str) -> String {
        format!(
            "{billed},111122223333,USD,2024-05-01T00:00:00Z,2024-06-01T00:00:00Z,{category},NULL,Usage-Based,{start},2024-05-01T01:00:00Z,\
             arn:aws:savingsplans::111122223333:savingsplan/0a,Used,{effective},9.0,9.0,Committed,AWS,Compute,Amazon Elastic Compute Cloud,\
             444455556666,\"{}\",EU-BoxUsage:t3.large,\"{{\"\"CoreCount\"\":2,\"\"OperatingSystem\"\":\"\"Linux\"\"}}\",NULL\n",
            tags.replace('"', "\"\"")
        )
    }

    #[test]
    fn taken_over_as_it_is() {
        let text = HEADER.to_owned()
            + &row("0", "Usage", "2024-05-01T00:00:00Z", "6.0", r#"{"env":"Prod","aws:createdBy":"x"}"#)
            + &row("1E-7", "Usage", "2024-05-01 00:00:00", "0.0000001", "NULL")
            + &row("2", "Gift", "2024-05-01T00:00:00Z", "2", "{broken");
        let mut summary = None;
        let read = collect(|out| summary = Some(read_csv(CostKind::Focus, &mut text.as_bytes(), CostOptions::default(), out).unwrap()));
        let summary = summary.unwrap();
        assert_eq!(read.account(), (3, 3, 0));
        assert_eq!(
            read.rows[0].pick(["BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ChargeClass"]),
            ["0", "6", "9", "9", "NULL"]
        );
        assert_eq!(read.rows[0].pick(["Tags", "x_Environment", "x_HasTags"]), [r#"{"aws:createdBy":"x","env":"Prod"}"#, "prod", "true"]);
        assert_eq!(
            read.rows[0].pick(["ProviderName", "x_UsageType", "x_InstanceType", "x_Vcpu", "x_OperatingSystem", "x_ServiceCode"]),
            ["AWS", "EU-BoxUsage:t3.large", "t3.large", "2", "Linux", "NULL"]
        );
        assert_eq!(
            read.rows[0].pick(["x_Derived", "x_SourceFormat", "x_BilledBasis", "x_LineItemType", "is_hourly"]),
            ["false", "focus", "NULL", "NULL", "true"]
        );
        assert_eq!(read.rows[1].pick(["BilledCost", "Tags", "x_HasTags"]), ["0.0000001", "NULL", "false"]);
        assert_eq!(read.rows[2].pick(["ChargeCategory", "Tags", "x_HasTags"]), ["Gift", "NULL", "NULL"]);
        assert_eq!(summary.unknown_types["Gift"], 1);
        assert_eq!(crate::base::decimal::text(summary.totals["USD"].billed), "2.0000001");
        assert_eq!(read.notes.len(), 2, "{:?}", read.notes);
    }

    #[test]
    fn what_must_not_be_null_is_rejected_and_the_rest_goes_on() {
        let text = HEADER.to_owned()
            + &row("NULL", "Usage", "2024-05-01T00:00:00Z", "1", "")
            + &row("1", "Usage", "NULL", "1", "")
            + &row("1", "Usage", "2024-05-01T00:00:00Z", "null", "")
            + &row("1", "Usage", "2024-05-01T00:00:00Z", "one", "")
            + &row("1", "Usage", "2024-05-01T00:00:00Z", "1", "");
        let read = collect(|out| drop(read_csv(CostKind::Focus, &mut text.as_bytes(), CostOptions::default(), out).unwrap()));
        assert_eq!(read.account(), (5, 1, 4));
        let reasons: Vec<_> = read.rejects.iter().map(|r| r.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "line 2: BilledCost is empty",
                "line 3: ChargePeriodStart is empty",
                "line 4: EffectiveCost is empty",
                "line 5: EffectiveCost: 'one' is not a number",
            ]
        );
        assert_eq!(read.rows[0].record, 4);
    }

    #[test]
    fn a_column_not_exported_is_null() {
        let text = "ChargePeriodStart,BilledCost,ChargeCategory\n2024-05-01,1.5,Tax\n";
        let read = collect(|out| {
            let summary = read_csv(CostKind::Focus, &mut text.as_bytes(), CostOptions::default(), out).unwrap();
            assert_eq!(summary.without_effective, 1);
        });
        let row = &read.rows[0];
        assert_eq!(row.pick(["EffectiveCost", "ListCost", "Tags", "x_HasTags", "is_hourly", "charge_hour"]), ["NULL"; 6]);
        assert_eq!(row.pick(["charge_date", "charge_weekday"]), ["2024-05-01", "3"]);
    }
}
