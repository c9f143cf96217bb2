//! Brings Cost and Usage Report records, legacy and 2.0, to FOCUS columns.
//!
//! AWS does not publish how it derives its own FOCUS export, so rows are marked derived. Where a purchase
//! and what is left unused of it stand in one record, the unused part becomes a row of its own with
//! the same record number; the records that cancel savings plan usage at on-demand prices give no row,
//! since such usage is billed at 0 here. Longer than other files: what one column says depends on the line's type and
//! on other columns, and those rules are read together.

use super::columns::Writer;
use super::control::ControlSums;
use super::header::{Col, Fields, Header, columns};
use super::rules::{Amounts, Costs, Item, Unused, instance_type_of, vcpus};
use super::services;
use super::summary::CostSummary;
use super::tags::{AttributeMaps, Keys, TagColumns, TagMaps, Tagged};
use super::{BilledBasis, CostError, CostKind};
use crate::ingest::batch::Output;
use crate::schema::tables::CostsRow;

columns! {
    /// The columns of a report that are read, under legacy names; Athena and CUR 2.0 names fold alike.
    CurColumns {
        invoice_id: "bill/InvoiceId",
        invoicing_entity: "bill/InvoicingEntity",
        billing_entity: "bill/BillingEntity",
        bill_type: "bill/BillType",
        payer: "bill/PayerAccountId",
        billing_start: "bill/BillingPeriodStartDate",
        billing_end: "bill/BillingPeriodEndDate",
        account: "lineItem/UsageAccountId",
        line_item_type: "lineItem/LineItemType",
        start: "lineItem/UsageStartDate",
        end: "lineItem/UsageEndDate",
        product_code: "lineItem/ProductCode",
        usage_type: "lineItem/UsageType",
        operation: "lineItem/Operation",
        zone: "lineItem/AvailabilityZone",
        resource: "lineItem/ResourceId",
        usage_amount: "lineItem/UsageAmount",
        currency: "lineItem/CurrencyCode",
        unblended: "lineItem/UnblendedCost",
        net: "lineItem/NetUnblendedCost",
        description: "lineItem/LineItemDescription",
        legal_entity: "lineItem/LegalEntity",
        product_name: "product/ProductName",
        service_code: "product/servicecode",
        sku: "product/sku",
        region_code: "product/regionCode",
        region: "product/region",
        instance_type: "product/instanceType",
        product_family: "product/productFamily",
        operating_system: "product/operatingSystem",
        database_engine: "product/databaseEngine",
        transfer_type: "product/transferType",
        vcpu: "product/vcpu",
        product_map: "product",
        term: "pricing/term",
        unit: "pricing/unit",
        public_cost: "pricing/publicOnDemandCost",
        public_rate: "pricing/publicOnDemandRate",
        rate_code: "pricing/RateCode",
        rate_id: "pricing/RateId",
        reservation: "reservation/ReservationARN",
        ri_effective: "reservation/EffectiveCost",
        ri_net_effective: "reservation/NetEffectiveCost",
        ri_unused_upfront: "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
        ri_net_unused_upfront: "reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod",
        ri_unused_recurring: "reservation/UnusedRecurringFee",
        ri_net_unused_recurring: "reservation/NetUnusedRecurringFee",
        ri_unused_quantity: "reservation/UnusedQuantity",
        ri_total_units: "reservation/TotalReservedUnits",
        plan: "savingsPlan/SavingsPlanARN",
        plan_effective: "savingsPlan/SavingsPlanEffectiveCost",
        plan_net_effective: "savingsPlan/NetSavingsPlanEffectiveCost",
        plan_used: "savingsPlan/UsedCommitment",
        plan_total: "savingsPlan/TotalCommitmentToDate",
        tag_map: "resource_tags",
        all_tags_map: "tags",
        split_parent: "splitLineItem/ParentResourceId",
    }
}

/// Where a report keeps its tags.
#[derive(Debug)]
enum TagSource {
    Columns(TagColumns),
    Map(Col, TagMaps),
}

/// What never changes while a report is read.
#[derive(Debug)]
struct Layout {
    header: Header,
    columns: CurColumns,
    kind: CostKind,
    basis: BilledBasis,
}

/// What repeats from record to record and is read once.
#[derive(Debug)]
struct Memory {
    tags: TagSource,
    tagged: Tagged,
    products: AttributeMaps,
    unread: Tagged,
}

/// Reads the records of one report.
#[derive(Debug)]
pub(super) struct CurReader {
    layout: Layout,
    memory: Memory,
    writer: Writer,
    pub(super) summary: CostSummary,
}

impl CurReader {
    pub(super) fn new(kind: CostKind, header: Header, wanted: BilledBasis) -> Result<Self, CostError> {
        let columns = CurColumns::of(&header);
        for (col, column) in [
            (columns.unblended, "lineItem/UnblendedCost"),
            (columns.line_item_type, "lineItem/LineItemType"),
            (columns.start, "lineItem/UsageStartDate"),
        ] {
            if !col.is_present() {
                return Err(CostError::Missing { column });
            }
        }
        let has_net = columns.net.is_present();
        let basis = if has_net { wanted } else { BilledBasis::Unblended };
        let memory = Memory {
            tags: TagSource::of(&header, &columns),
            tagged: Tagged::default(),
            products: AttributeMaps::default(),
            unread: Tagged::default(),
        };
        let summary = CostSummary::new(kind, basis, has_net);
        Ok(Self { layout: Layout { header, columns, kind, basis }, memory, writer: Writer::default(), summary })
    }

    /// Adds a record to the control totals only.
    pub(super) fn tally<R: Fields + ?Sized>(&mut self, row: &R) -> Result<(), String> {
        let item = self.layout.item(row);
        let costs = self.layout.costs(item, row, &mut self.summary.rounded)?;
        self.layout.count(row, item, costs, (0, 0), &mut self.summary);
        Ok(())
    }

    /// Adds the amount of a rejected line, where it can be read.
    pub(super) fn rejected<R: Fields + ?Sized>(&mut self, row: &R) {
        let amount = self.layout.costs(self.layout.item(row), row, &mut 0).ok().map(|costs| costs.billed);
        self.summary.control.reject(self.layout.columns.currency.get(row).unwrap_or(""), amount);
    }

    /// Every column that is read, in the order of the header.
    pub(super) fn used(&self) -> Vec<usize> {
        let mut used = self.layout.columns.used();
        if let TagSource::Columns(columns) = &self.memory.tags {
            used.extend(columns.used());
        }
        used
    }

    pub(super) fn row<R: Fields + ?Sized>(&mut self, record: u64, row: &R, out: &mut Output<'_>) -> Result<(), String> {
        let Self { layout, memory, writer, summary } = self;
        let item = layout.item(row);
        let mut rounded = 0;
        let costs = layout.costs(item, row, &mut rounded)?;
        // A dropped negation must be as readable as any record that gives a row.
        let start = layout.header.required_time(layout.columns.start, row)?;
        if item == Item::Negation {
            let period = layout.header.time(layout.columns.billing_start, row)?;
            summary.rounded += rounded;
            layout.count(row, item, costs, (0, 0), summary);
            layout.control(row, item, period.or(Some(start)), costs, ControlSums::default(), summary);
            return Ok(());
        }
        let (header, c) = (&layout.header, &layout.columns);
        let split = c.split_parent.get(row).is_some();
        let from_map = memory.tags.is_map();
        let tag_keys_folded = memory.tags.folded();
        let (tagged, attributes) = memory.read(row, c);
        let mut charge = CostsRow {
            BillingPeriodStart: header.time(c.billing_start, row)?,
            BillingPeriodEnd: header.time(c.billing_end, row)?,
            ChargePeriodStart: Some(start),
            ChargePeriodEnd: header.time(c.end, row)?,
            Tags: tagged.json(),
            x_Environment: tagged.environment(),
            x_HasTags: tagged.has_user_tag,
            x_TagKeysFolded: tag_keys_folded.filter(|_| tagged.has_user_tag.is_some()),
            x_Derived: Some(true),
            x_SourceFormat: Some(layout.kind.source_format()),
            x_BilledBasis: Some(layout.basis.name()),
            ..c.texts(row, attributes)
        };
        let quantity = header.amount(c.usage_amount, row, &mut rounded)?;
        let amounts = Amounts { header, columns: c, net: layout.basis == BilledBasis::Net };
        let unused = amounts.apply(item, row, quantity, costs, &mut charge, &mut rounded)?;
        if split {
            charge.PricingQuantity = None;
            charge.ConsumedQuantity = None;
            charge.x_Vcpu = None;
        }

        // Nothing can go wrong from here on: only now is the record counted.
        summary.rounded += rounded;
        if item == Item::Unknown {
            summary.unknown(charge.x_LineItemType.unwrap_or(""));
        }
        if let Some(period) = charge.BillingPeriodStart {
            summary.period(period, charge.InvoiceId.is_some());
        }
        summary.split_records += u64::from(split);
        summary.unread_tags += u64::from(from_map && tagged.has_user_tag.is_none());
        summary.without_effective += u64::from(charge.EffectiveCost.is_none() || unused == Unused::Unknown);
        summary.overused += u64::from(matches!(unused, Unused::Part(part) if part < 0));
        summary.control.charge(charge.mark(), charge.InvoiceId.is_some());
        writer.row(record, &charge, out);
        let mut rows = 1;
        let mut effective = charge.EffectiveCost.unwrap_or(0);
        if let Unused::Part(part) = unused
            && part > 0
        {
            effective = effective.saturating_add(part);
            writer.row(record, &charge.unused(part), out);
            rows += 1;
        }
        let billed = charge.BilledCost.unwrap_or(0);
        layout.count(row, item, costs, (billed, effective), summary);
        let made = ControlSums { rows, billed, effective, ..ControlSums::default() };
        layout.control(row, item, charge.BillingPeriodStart.or(Some(start)), costs, made, summary);
        Ok(())
    }
}

impl TagSource {
    fn of(header: &Header, columns: &CurColumns) -> Self {
        let by_column = TagColumns::of(header);
        if by_column.is_empty() && columns.tag_map.is_present() {
            Self::Map(columns.tag_map, TagMaps::new(Keys::Underscore, ""))
        } else if by_column.is_empty() && columns.all_tags_map.is_present() {
            Self::Map(columns.all_tags_map, TagMaps::new(Keys::Colon, "resourceTags/"))
        } else {
            Self::Columns(by_column)
        }
    }

    /// Whether the export lost the case of the keys; `None` without tag columns.
    fn folded(&self) -> Option<bool> {
        match self {
            Self::Columns(columns) => columns.folded(),
            Self::Map(_, maps) => Some(maps.folded()),
        }
    }

    fn is_map(&self) -> bool {
        matches!(self, Self::Map(..))
    }
}

impl Memory {
    /// Tags and product attributes of a record. A tag map that is none leaves everything unsaid.
    fn read<R: Fields + ?Sized>(&mut self, row: &R, columns: &CurColumns) -> (&Tagged, &[(String, String)]) {
        let attributes = match columns.product_map.get(row) {
            Some(text) => self.products.read(text),
            None => &[],
        };
        let tagged = match &mut self.tags {
            TagSource::Columns(by_column) => {
                by_column.read(row, &mut self.tagged);
                &self.tagged
            }
            TagSource::Map(col, maps) => maps.read(col.get(row).unwrap_or("")).unwrap_or(&self.unread),
        };
        (tagged, attributes)
    }
}

impl Layout {
    fn item<R: Fields + ?Sized>(&self, row: &R) -> Item {
        self.columns.line_item_type.get(row).map_or(Item::Unknown, Item::of)
    }

    fn costs<R: Fields + ?Sized>(&self, item: Item, row: &R, rounded: &mut u64) -> Result<Costs, String> {
        let c = &self.columns;
        let unblended = self.header.required_amount(c.unblended, row, rounded)?;
        let net = self.header.amount(c.net, row, rounded)?;
        let net = net.unwrap_or(if item == Item::Discount && c.net.is_present() { 0 } else { unblended });
        let billed = match self.basis {
            BilledBasis::Unblended => unblended,
            BilledBasis::Net => net,
        };
        Ok(Costs { unblended, net, billed })
    }

    /// Adds a kept record to the sums: its own columns, and what its rows bill and amortise.
    fn count<R: Fields + ?Sized>(&self, row: &R, item: Item, costs: Costs, (billed, effective): (i128, i128), summary: &mut CostSummary) {
        let currency = self.columns.currency.get(row).unwrap_or("");
        summary.total(currency, |t| {
            t.records += 1;
            t.unblended = t.unblended.saturating_add(costs.unblended);
            t.net = t.net.saturating_add(costs.net);
            t.billed = t.billed.saturating_add(billed);
            t.effective = t.effective.saturating_add(effective);
        });
        if matches!(item, Item::Covered | Item::Negation) {
            let plan = self.columns.plan.get(row).unwrap_or("(no plan named)");
            summary.plan(plan, currency, costs.unblended, item == Item::Negation);
        }
    }
}

impl Layout {
    /// Adds a line to the control totals: `made` are its rows.
    fn control<R: Fields + ?Sized>(
        &self,
        row: &R,
        item: Item,
        start: Option<i64>,
        costs: Costs,
        made: ControlSums,
        summary: &mut CostSummary,
    ) {
        let c = &self.columns;
        let amount = costs.billed;
        let uncancelled = if matches!(item, Item::Covered | Item::Negation) { amount } else { 0 };
        let sums = ControlSums { lines: 1, amount, uncancelled, ..made };
        summary.control.line(start, Header::payer(c.payer, row), c.currency.get(row).unwrap_or(""), &sums);
    }
}

impl CurColumns {
    /// The columns that are taken over as text.
    fn texts<'r, R: Fields + ?Sized>(&self, row: &'r R, attributes: &'r [(String, String)]) -> CostsRow<'r> {
        let attribute =
            |col: Col, key: &str| col.get(row).or_else(|| attributes.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str()));
        let code = self.product_code.get(row);
        let service = code.and_then(services::service);
        let usage_type = self.usage_type.get(row);
        let unit = self.unit.get(row);
        CostsRow {
            BillingAccountId: self.payer.get(row),
            SubAccountId: self.account.get(row),
            BillingCurrency: self.currency.get(row),
            InvoiceId: self.invoice_id.get(row),
            ChargeDescription: self.description.get(row),
            PricingUnit: unit,
            ConsumedUnit: unit,
            ProviderName: Some("AWS"),
            PublisherName: self.legal_entity.get(row),
            InvoiceIssuerName: self.invoicing_entity.get(row),
            RegionId: attribute(self.region_code, "regioncode").or_else(|| attribute(self.region, "region")),
            AvailabilityZone: self.zone.get(row),
            ResourceId: self.resource.get(row),
            ServiceName: attribute(self.product_name, "productname")
                .or(service.map(|(name, _)| name))
                .or_else(|| attribute(self.service_code, "servicecode"))
                .or(code),
            ServiceCategory: Some(service.map_or(services::OTHER, |(_, category)| category)),
            SkuId: attribute(self.sku, "sku"),
            SkuPriceId: self.rate_code.get(row).or_else(|| self.rate_id.get(row)),
            x_LineItemType: self.line_item_type.get(row),
            x_ServiceCode: code,
            x_UsageType: usage_type,
            x_Operation: self.operation.get(row),
            x_InstanceType: attribute(self.instance_type, "instancetype").or_else(|| usage_type.and_then(instance_type_of)),
            x_ProductFamily: attribute(self.product_family, "productfamily"),
            x_OperatingSystem: attribute(self.operating_system, "operatingsystem"),
            x_DatabaseEngine: attribute(self.database_engine, "databaseengine"),
            x_TransferType: attribute(self.transfer_type, "transfertype"),
            x_BillingEntity: self.billing_entity.get(row),
            x_Vcpu: vcpus(attribute(self.vcpu, "vcpu"), usage_type),
            ..CostsRow::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Row, Yield, collect};
    use super::super::{CostOptions, CostSummary, read_csv};
    use super::*;
    use crate::base::decimal;

    const PLAN: &str = "arn:aws:savingsplans::111122223333:savingsplan/0a";
    const RESERVATION: &str = "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/1b";

    /// The columns the tests fill; others are left out, as in real files.
    const COLUMNS: &[&str] = &[
        "lineItem/LineItemType",
        "lineItem/UnblendedCost",
        "lineItem/NetUnblendedCost",
        "lineItem/UsageAmount",
        "lineItem/UsageType",
        "reservation/ReservationARN",
        "reservation/EffectiveCost",
        "reservation/NetEffectiveCost",
        "reservation/UnusedRecurringFee",
        "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
        "reservation/UnusedQuantity",
        "reservation/TotalReservedUnits",
        "savingsPlan/SavingsPlanARN",
        "savingsPlan/SavingsPlanEffectiveCost",
        "savingsPlan/UsedCommitment",
        "savingsPlan/TotalCommitmentToDate",
        "pricing/publicOnDemandCost",
        "pricing/publicOnDemandRate",
        "pricing/term",
        "bill/BillType",
        "lineItem/ResourceId",
        "product/vcpu",
        "resourceTags/user:env",
        "pricing/unit",
        "product/sku",
        "splitLineItem/ParentResourceId",
    ];

    fn csv(columns: &[&str], rows: &[&[(&str, &str)]]) -> String {
        let mut text = format!(
            "bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,lineItem/UsageAccountId,lineItem/UsageStartDate,\
             lineItem/UsageEndDate,lineItem/ProductCode,lineItem/CurrencyCode,{}\n",
            columns.join(",")
        );
        for row in rows {
            let cell = |name: &&str| row.iter().find(|(n, _)| name.ends_with(&format!("/{n}"))).map_or("", |(_, v)| *v);
            let cells: Vec<&str> = columns.iter().map(cell).collect();
            text += "111122223333,2024-05-01T00:00:00Z,2024-06-01T00:00:00Z,444455556666,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,AmazonEC2,USD,";
            text += &cells.join(",");
            text += "\n";
        }
        text
    }

    fn read_with(text: &str, basis: BilledBasis) -> (Yield, CostSummary) {
        let mut summary = None;
        let read = collect(|out| {
            summary = Some(read_csv(CostKind::LegacyCur, &mut text.as_bytes(), CostOptions { basis }, out).unwrap());
        });
        (read, summary.unwrap())
    }

    fn read(rows: &[&[(&str, &str)]]) -> (Yield, CostSummary) {
        let columns: Vec<&str> = COLUMNS.iter().copied().filter(|c| !c.contains("/Net")).collect();
        read_with(&csv(&columns, rows), BilledBasis::Unblended)
    }

    fn one(row: &[(&str, &str)]) -> Row {
        let (read, _) = read(&[row]);
        assert_eq!(read.account(), (1, 1, 0), "{:?}", read.rejects);
        assert_eq!(read.rows.len(), 1);
        read.rows[0].clone()
    }

    fn sum(rows: &[Row], column: &str) -> i128 {
        rows.iter().map(|row| decimal::parse(row.get(column)).map_or(0, |p| p.units)).sum()
    }

    const RULES: [&str; 6] =
        ["ChargeCategory", "BilledCost", "EffectiveCost", "ChargeFrequency", "PricingCategory", "CommitmentDiscountStatus"];

    /// One record of each kind, with amounts whose two totals are known beforehand: 21.50 each.
    const WORKED: &[&[(&str, &str)]] = &[
        &[("LineItemType", "Usage"), ("UnblendedCost", "10.00"), ("UsageAmount", "5")],
        &[
            ("LineItemType", "SavingsPlanCoveredUsage"),
            ("UnblendedCost", "9.00"),
            ("SavingsPlanARN", PLAN),
            ("SavingsPlanEffectiveCost", "6.00"),
            ("publicOnDemandCost", "9.00"),
            ("UsageAmount", "2"),
            ("ResourceId", "i-0a"),
        ],
        &[("LineItemType", "SavingsPlanNegation"), ("UnblendedCost", "-9.00"), ("SavingsPlanARN", PLAN)],
        &[
            ("LineItemType", "SavingsPlanRecurringFee"),
            ("UnblendedCost", "8.00"),
            ("SavingsPlanARN", PLAN),
            ("TotalCommitmentToDate", "8.00"),
            ("UsedCommitment", "6.00"),
        ],
        &[
            ("LineItemType", "DiscountedUsage"),
            ("UnblendedCost", "0"),
            ("ReservationARN", RESERVATION),
            ("EffectiveCost", "3.00"),
            ("publicOnDemandRate", "0.5"),
            ("UsageAmount", "9"),
            ("ResourceId", "i-0b"),
        ],
        &[
            ("LineItemType", "RIFee"),
            ("UnblendedCost", "4.00"),
            ("ReservationARN", RESERVATION),
            ("UnusedRecurringFee", "1.00"),
            ("TotalReservedUnits", "744"),
            ("UnusedQuantity", "186"),
            ("UsageAmount", "744"),
        ],
        &[("LineItemType", "Tax"), ("UnblendedCost", "1.50"), ("sku", "X"), ("UsageAmount", "1")],
        &[("LineItemType", "Credit"), ("UnblendedCost", "-2.00")],
    ];

    #[test]
    fn worked_numbers_add_up_on_both_sides() {
        let (read, summary) = read(WORKED);
        assert_eq!(read.account(), (8, 8, 0));
        // Eight records, one of them dropped, two of them doubled.
        assert_eq!(read.rows.len(), 9);
        assert_eq!(decimal::text(sum(&read.rows, "BilledCost")), "21.5");
        assert_eq!(decimal::text(sum(&read.rows, "EffectiveCost")), "21.5");
        let totals = summary.totals["USD"];
        let texts = [totals.unblended, totals.billed, totals.effective].map(decimal::text);
        assert_eq!(texts, ["21.5", "21.5", "21.5"]);
        assert_eq!(summary.uncancelled_plans().count(), 0);
        let plan = summary.plans[&(PLAN.to_owned(), "USD".to_owned())];
        assert_eq!((decimal::text(plan.covered), decimal::text(plan.negated), plan.negations), ("9".to_owned(), "-9".to_owned(), 1));
        assert_eq!(read.notes, ["1 SavingsPlanNegation records yield no row, since covered usage is billed at 0: -9 against 9 USD"]);
        let rules: Vec<_> = read.rows.iter().map(|row| (row.record, row.pick(RULES))).collect();
        assert_eq!(
            rules,
            [
                (0, ["Usage", "10", "10", "Usage-Based", "Standard", "NULL"]),
                (1, ["Usage", "0", "6", "Usage-Based", "Committed", "Used"]),
                (3, ["Purchase", "8", "0", "Recurring", "Standard", "NULL"]),
                (3, ["Usage", "0", "2", "Usage-Based", "Committed", "Unused"]),
                (4, ["Usage", "0", "3", "Usage-Based", "Committed", "Used"]),
                (5, ["Purchase", "4", "0", "Recurring", "Standard", "NULL"]),
                (5, ["Usage", "0", "1", "Usage-Based", "Committed", "Unused"]),
                (6, ["Tax", "1.5", "1.5", "Recurring", "NULL", "NULL"]),
                (7, ["Credit", "-2", "-2", "One-Time", "Other", "NULL"]),
            ]
        );
    }

    #[test]
    fn a_refund_of_a_purchase_takes_no_effective_cost_back_and_a_refund_of_usage_does() {
        let (read, _) = read(&[
            &[("LineItemType", "SavingsPlanUpfrontFee"), ("UnblendedCost", "500"), ("SavingsPlanARN", PLAN)],
            &[("LineItemType", "Refund"), ("UnblendedCost", "-500"), ("SavingsPlanARN", PLAN)],
            &[("LineItemType", "Fee"), ("UnblendedCost", "40"), ("ReservationARN", RESERVATION)],
            &[("LineItemType", "Refund"), ("UnblendedCost", "-40"), ("UsageType", "EU-HeavyUsage:t3.micro")],
            &[("LineItemType", "Usage"), ("UnblendedCost", "7"), ("UsageType", "EU-BoxUsage:t3.micro")],
            &[("LineItemType", "Refund"), ("UnblendedCost", "-3"), ("UsageType", "EU-BoxUsage:t3.micro")],
        ]);
        let effective: Vec<&str> = read.rows.iter().map(|row| row.get("EffectiveCost")).collect();
        assert_eq!(effective, ["0", "0", "0", "0", "7", "-3"]);
        let billed: Vec<&str> = read.rows.iter().map(|row| row.get("BilledCost")).collect();
        assert_eq!(billed, ["500", "-500", "40", "-40", "7", "-3"]);
        assert_eq!(read.rows[1].pick(["ChargeCategory", "CommitmentDiscountId"]), ["Purchase", PLAN]);
    }

    #[test]
    fn commitments_are_named_and_their_totals_stand_once() {
        fn picked<const N: usize>(read: &Yield, index: usize, columns: [&str; N]) -> [String; N] {
            read.rows[index].pick(columns).map(str::to_owned)
        }
        let (read, _) = read(WORKED);
        let names = ["CommitmentDiscountId", "CommitmentDiscountCategory", "CommitmentDiscountType", "ResourceId", "x_LineItemType"];
        assert_eq!(picked(&read, 1, names), [PLAN, "Spend", "Savings Plan", "i-0a", "SavingsPlanCoveredUsage"]);
        assert_eq!(picked(&read, 2, names), [PLAN, "Spend", "Savings Plan", PLAN, "SavingsPlanRecurringFee"]);
        assert_eq!(picked(&read, 3, names), [PLAN, "Spend", "Savings Plan", PLAN, "SavingsPlanRecurringFee"]);
        assert_eq!(picked(&read, 4, names), [RESERVATION, "Usage", "Reserved Instances", "i-0b", "DiscountedUsage"]);
        assert_eq!(picked(&read, 6, names), [RESERVATION, "Usage", "Reserved Instances", RESERVATION, "RIFee"]);
        assert_eq!(picked(&read, 0, names), ["NULL", "NULL", "NULL", "NULL", "Usage"]);
        let totals = ["x_CommitmentUsed", "x_CommitmentTotal", "x_ReservedUnits", "x_UnusedUnits"];
        assert_eq!(picked(&read, 2, totals), ["6", "8", "NULL", "NULL"]);
        assert_eq!(picked(&read, 3, totals), ["NULL"; 4]);
        assert_eq!(picked(&read, 5, totals), ["NULL", "NULL", "744", "186"]);
        assert_eq!(picked(&read, 6, totals), ["NULL"; 4]);
        let amounts = ["ListCost", "ContractedCost", "PricingQuantity", "ConsumedQuantity"];
        assert_eq!(picked(&read, 0, amounts), ["10", "10", "5", "5"]);
        assert_eq!(picked(&read, 1, amounts), ["9", "9", "2", "2"]);
        assert_eq!(picked(&read, 3, amounts), ["0", "0", "NULL", "NULL"]);
        assert_eq!(picked(&read, 4, amounts), ["4.5", "4.5", "9", "9"], "rate times quantity");
        assert_eq!(picked(&read, 5, amounts), ["4", "4", "744", "NULL"]);
        assert_eq!(read.rows[7].pick(["PricingQuantity", "SkuId", "PricingUnit"]), ["NULL"; 3], "tax has no quantity");
    }

    #[test]
    fn other_kinds_of_line() {
        let more = ["ChargeClass", "CommitmentDiscountId", "ResourceId"];
        for (row, rules, rest) in [
            (
                &[("LineItemType", "Fee"), ("UnblendedCost", "100"), ("ReservationARN", RESERVATION)][..],
                ["Purchase", "100", "0", "One-Time", "Standard", "NULL"],
                ["NULL", RESERVATION, RESERVATION],
            ),
            (
                &[("LineItemType", "Fee"), ("UnblendedCost", "29"), ("BillType", "Anniversary"), ("ResourceId", "s")],
                ["Purchase", "29", "29", "Recurring", "Standard", "NULL"],
                ["NULL", "NULL", "s"],
            ),
            (
                &[("LineItemType", "Fee"), ("UnblendedCost", "29"), ("BillType", "Purchase")],
                ["Purchase", "29", "29", "One-Time", "Standard", "NULL"],
                ["NULL", "NULL", "NULL"],
            ),
            (
                &[("LineItemType", "SavingsPlanUpfrontFee"), ("UnblendedCost", "50"), ("SavingsPlanARN", PLAN)],
                ["Purchase", "50", "0", "One-Time", "Standard", "NULL"],
                ["NULL", PLAN, PLAN],
            ),
            (
                &[("LineItemType", "Refund"), ("UnblendedCost", "-3"), ("BillType", "Refund"), ("UsageType", "EU-BoxUsage:t3.micro")],
                ["Usage", "-3", "-3", "One-Time", "NULL", "NULL"],
                ["Correction", "NULL", "NULL"],
            ),
            (
                &[("LineItemType", "Refund"), ("UnblendedCost", "-3"), ("BillType", "Anniversary")],
                ["Adjustment", "-3", "-3", "One-Time", "Standard", "NULL"],
                ["NULL", "NULL", "NULL"],
            ),
            (
                &[("LineItemType", "EdpDiscount"), ("UnblendedCost", "-0.5"), ("UsageAmount", "7")],
                ["Usage", "-0.5", "-0.5", "Usage-Based", "Standard", "NULL"],
                ["NULL", "NULL", "NULL"],
            ),
            (
                &[("LineItemType", "Usage"), ("UnblendedCost", "1"), ("UsageType", "EUW1-SpotUsage:c5.large")],
                ["Usage", "1", "1", "Usage-Based", "Dynamic", "NULL"],
                ["NULL", "NULL", "NULL"],
            ),
            (
                &[("LineItemType", "Usage"), ("UnblendedCost", "1"), ("term", "Spot"), ("ReservationARN", RESERVATION)],
                ["Usage", "1", "1", "Usage-Based", "Dynamic", "NULL"],
                ["NULL", "NULL", "NULL"],
            ),
            (
                &[
                    ("LineItemType", "Fee"),
                    ("UnblendedCost", "1"),
                    ("ReservationARN", "arn:aws:ec2:eu-west-1:111122223333:capacity-reservation/cr-1"),
                ],
                ["Purchase", "1", "1", "One-Time", "Standard", "NULL"],
                ["NULL", "NULL", "NULL"],
            ),
        ] {
            let charge = one(row);
            assert_eq!(charge.pick(RULES), rules, "{row:?}");
            assert_eq!(charge.pick(more), rest, "{row:?}");
        }
        let discount = one(&[("LineItemType", "EdpDiscount"), ("UnblendedCost", "-0.5"), ("UsageAmount", "7")]);
        assert_eq!(discount.pick(["ListCost", "ContractedCost", "PricingQuantity", "ConsumedQuantity"]), ["0", "-0.5", "NULL", "NULL"]);
    }

    #[test]
    fn unknown_types_are_kept_and_named() {
        let (read, summary) =
            read(&[&[("LineItemType", "FlatRateSubscription"), ("UnblendedCost", "20")], &[("LineItemType", ""), ("UnblendedCost", "1")]]);
        assert_eq!(read.rows[0].pick(RULES), ["Adjustment", "20", "20", "One-Time", "Other", "NULL"]);
        assert_eq!(read.account(), (2, 2, 0));
        assert_eq!(summary.unknown_types.len(), 2);
        assert_eq!(
            read.notes,
            [r#"line item types no rule knows, counted as Adjustment at their unblended or net cost: "" (1), "FlatRateSubscription" (1)"#]
        );
    }

    #[test]
    fn what_the_export_does_not_say_is_null() {
        let without: Vec<&str> = COLUMNS
            .iter()
            .copied()
            .filter(|c| !["/Net", "Effective", "Unused", "Commitment", "resourceTags"].iter().any(|part| c.contains(part)))
            .collect();
        let (read, summary) = read_with(&csv(&without, WORKED), BilledBasis::Net);
        assert_eq!(read.rows.len(), 7, "no unused rows out of nothing");
        assert_eq!(read.rows[1].pick(["EffectiveCost", "ListCost"]), ["NULL", "9"]);
        assert_eq!(summary.without_effective, 4);
        assert_eq!(summary.basis, BilledBasis::Unblended, "there is no net column to take");
        assert_eq!(read.rows[0].pick(["x_BilledBasis", "x_HasTags", "Tags"]), ["unblended", "NULL", "NULL"]);
        assert!(read.notes.iter().any(|n| n.starts_with("4 rows have no amortised cost")), "{:?}", read.notes);
    }

    #[test]
    fn more_used_than_committed_makes_no_row() {
        let (read, summary) = read(&[&[
            ("LineItemType", "SavingsPlanRecurringFee"),
            ("UnblendedCost", "8"),
            ("TotalCommitmentToDate", "8"),
            ("UsedCommitment", "8.01"),
        ]]);
        assert_eq!((read.rows.len(), summary.overused), (1, 1));
        let (read, summary) = read_with(
            &csv(COLUMNS, &[&[("LineItemType", "RIFee"), ("UnblendedCost", "8"), ("ReservationARN", RESERVATION)]]),
            BilledBasis::Unblended,
        );
        assert_eq!((read.rows.len(), summary.overused, summary.without_effective), (1, 0, 0), "blank is nothing unused");
    }

    #[test]
    fn net_basis_takes_discounts_once() {
        let rows: &[&[(&str, &str)]] = &[
            &[("LineItemType", "Usage"), ("UnblendedCost", "10"), ("NetUnblendedCost", "9")],
            &[("LineItemType", "EdpDiscount"), ("UnblendedCost", "-1")],
            &[("LineItemType", "Tax"), ("UnblendedCost", "2")],
            &[
                ("LineItemType", "DiscountedUsage"),
                ("UnblendedCost", "0"),
                ("NetUnblendedCost", "0"),
                ("ReservationARN", RESERVATION),
                ("EffectiveCost", "3"),
                ("NetEffectiveCost", "2.5"),
            ],
        ];
        let (unblended, summary) = read_with(&csv(COLUMNS, rows), BilledBasis::Unblended);
        assert_eq!(decimal::text(sum(&unblended.rows, "BilledCost")), "11");
        assert_eq!(decimal::text(sum(&unblended.rows, "EffectiveCost")), "14");
        assert_eq!(summary.choose_basis(), BilledBasis::Net);
        let (net, summary) = read_with(&csv(COLUMNS, rows), BilledBasis::Net);
        assert_eq!(decimal::text(sum(&net.rows, "BilledCost")), "11");
        assert_eq!(decimal::text(sum(&net.rows, "EffectiveCost")), "13.5");
        assert_eq!(net.rows[1].pick(["BilledCost", "ContractedCost", "x_BilledBasis"]), ["0", "0", "net"]);
        assert_eq!(net.rows[0].pick(["BilledCost", "ContractedCost", "ListCost"]), ["9", "9", "10"]);
        assert_eq!(summary.totals["USD"].net, summary.totals["USD"].unblended);
        assert_eq!(net.notes, ["net costs are present: 11 USD unblended and 11 USD net over this file, they agree; amounts are net"]);
    }

    #[test]
    fn attributes_tags_and_shares() {
        let row = one(&[
            ("LineItemType", "Usage"),
            ("UnblendedCost", "1"),
            ("UsageType", "EU-BoxUsage:t3.micro"),
            ("vcpu", "2"),
            ("user:env", "Prod"),
            ("UsageAmount", "1"),
            ("unit", "Hrs"),
        ]);
        assert_eq!(
            row.pick(["x_InstanceType", "x_Vcpu", "x_Environment", "x_HasTags", "Tags"]),
            ["t3.micro", "2", "prod", "true", r#"{"env":"Prod"}"#]
        );
        assert_eq!(
            row.pick(["ServiceName", "ServiceCategory", "x_ServiceCode", "ProviderName"]),
            ["Amazon Elastic Compute Cloud", "Compute", "AmazonEC2", "AWS"]
        );
        assert_eq!(
            row.pick(["charge_month", "charge_hour", "charge_weekday", "is_hourly", "charge_date"]),
            ["2024-05", "0", "3", "true", "2024-05-01"]
        );
        assert_eq!(
            row.pick(["x_Derived", "x_SourceFormat", "ConsumedUnit", "BillingPeriodEnd"]),
            ["true", "cur", "Hrs", "2024-06-01T00:00:00Z"]
        );
        let row = one(&[("LineItemType", "Usage"), ("UnblendedCost", "1"), ("UsageType", "EU-EBSOptimized:c4.large"), ("vcpu", "2")]);
        assert_eq!(row.pick(["x_Vcpu", "x_HasTags"]), ["NULL", "false"]);
        let row =
            one(&[("LineItemType", "Usage"), ("UnblendedCost", "0"), ("UsageAmount", "4"), ("ParentResourceId", "i-0a"), ("vcpu", "N/A")]);
        assert_eq!(row.pick(["ConsumedQuantity", "PricingQuantity", "x_Vcpu"]), ["NULL"; 3]);
    }

    #[test]
    fn cur2_maps_give_attributes_and_tags() {
        let text = "line_item_line_item_type,line_item_unblended_cost,line_item_usage_start_date,product,resource_tags,line_item_product_code,product_instance_type\n\
            Usage,0.5,2024-05-01 00:00:00.000,\"{\"\"product_name\"\":\"\"Amazon EC2\"\",\"\"vcpu\"\":\"\"4\"\",\"\"region\"\":\"\"eu-west-1\"\"}\",\
            \"{\"\"user_env\"\":\"\"Dev\"\"}\",AmazonEC2,m5.xlarge\n\
            Usage,0.25,2024-05-01 00:00:00.000,{},{broken,AmazonEC2,\n";
        let read = collect(|out| {
            let summary = read_csv(CostKind::Cur2, &mut text.as_bytes(), CostOptions::default(), out).unwrap();
            assert_eq!(summary.unread_tags, 1);
        });
        assert_eq!(read.account(), (2, 2, 0));
        let columns = ["ServiceName", "x_Vcpu", "RegionId", "x_InstanceType", "Tags", "x_HasTags", "x_SourceFormat", "is_hourly"];
        assert_eq!(read.rows[0].pick(columns), ["Amazon EC2", "4", "eu-west-1", "m5.xlarge", r#"{"env":"Dev"}"#, "true", "cur2", "NULL"]);
        assert_eq!(read.rows[1].pick(columns), ["Amazon Elastic Compute Cloud", "NULL", "NULL", "NULL", "NULL", "NULL", "cur2", "NULL"]);
    }
}
