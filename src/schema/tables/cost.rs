//! Charges, what they add up to, and what AWS states beside them.

use crate::schema::row::tables;

tables! {
    table costs as CostsRow: "one charge, in FOCUS columns", unit "charge", PerFile {
        BilledCost: decimal, "invoice basis";
        EffectiveCost: decimal, "amortised";
        ListCost: decimal, "at public price";
        ContractedCost: decimal, "after negotiated rates";
        BillingAccountId: text, "payer";
        SubAccountId: text, "account that used";
        BillingCurrency: text, "currency of all amounts of the row";
        InvoiceId: text, "invoice, once final";
        BillingPeriodStart: time, "inclusive";
        BillingPeriodEnd: time, "exclusive";
        ChargePeriodStart: time, "inclusive";
        ChargePeriodEnd: time, "exclusive";
        ChargeCategory: text, "Usage, Purchase, Tax, Credit or Adjustment";
        ChargeClass: text, "Correction or NULL";
        ChargeFrequency: text, "One-Time, Recurring or Usage-Based";
        ChargeDescription: text, "description";
        PricingCategory: text, "Standard, Dynamic, Committed or Other";
        PricingUnit: text, "unit";
        PricingQuantity: decimal, "quantity priced";
        ConsumedQuantity: decimal, "quantity used";
        ConsumedUnit: text, "unit";
        CommitmentDiscountId: text, "reservation or plan";
        CommitmentDiscountCategory: text, "Spend or Usage";
        CommitmentDiscountStatus: text, "Used or Unused";
        CommitmentDiscountType: text, "Savings Plan or Reserved Instances";
        ProviderName: text, "AWS";
        PublisherName: text, "legal entity";
        InvoiceIssuerName: text, "invoicing entity";
        RegionId: text, "Region";
        AvailabilityZone: text, "zone";
        ResourceId: text, "id, name or ARN";
        ServiceName: text, "service";
        ServiceCategory: text, "FOCUS category";
        SkuId: text, "SKU";
        SkuPriceId: text, "rate";
        Tags: text, "JSON object";
        x_LineItemType: text, "CUR line item type";
        x_ServiceCode: text, "CUR product code";
        x_UsageType: text, "CUR usage type";
        x_Operation: text, "CUR operation";
        x_InstanceType: text, "instance type";
        x_ProductFamily: text, "product family";
        x_OperatingSystem: text, "operating system";
        x_DatabaseEngine: text, "engine";
        x_TransferType: text, "kind of data transfer";
        x_BillingEntity: text, "AWS or AWS Marketplace";
        x_CommitmentUsed: decimal, "plan commitment used";
        x_CommitmentTotal: decimal, "plan commitment";
        x_ReservedUnits: decimal, "reserved units";
        x_UnusedUnits: decimal, "unused units";
        x_Vcpu: decimal, "vCPUs of the instance";
        x_Environment: text, "value of the tag env, environment or stage, lower case";
        x_HasTags: bool, "any user tag has a value";
        x_TagKeysFolded: bool, "the export lost the case of tag keys";
        x_Derived: bool, "FOCUS columns were derived from CUR";
        x_SourceFormat: text, "cur, cur2 or focus";
        x_BilledBasis: text, "unblended or net";
        charge_date: date, "date of ChargePeriodStart";
        charge_month: text, "month of ChargePeriodStart, such as 2024-05";
        charge_hour: int, "hour of ChargePeriodStart, UTC";
        charge_weekday: int, "1 = Monday";
        is_hourly: bool, "the charge period is at most an hour";
        spans_days: bool, "the charge period is longer than a day";
    }
    table cost_daily as CostDailyRow: "charges by day and kind", unit "group of charges", PerFile Unsourced {
        charge_date: date, "day";
        charge_month: text, "month";
        SubAccountId: text, "account";
        BillingCurrency: text, "currency";
        ServiceName: text, "service";
        ServiceCategory: text, "FOCUS category";
        RegionId: text, "Region";
        ChargeCategory: text, "FOCUS category of the charge";
        PricingCategory: text, "FOCUS pricing category";
        CommitmentDiscountStatus: text, "Used or Unused";
        CommitmentDiscountCategory: text, "Spend or Usage";
        x_LineItemType: text, "CUR line item type";
        x_ServiceCode: text, "CUR product code";
        x_UsageType: text, "CUR usage type";
        x_InstanceType: text, "instance type";
        x_ProductFamily: text, "product family";
        x_TransferType: text, "kind of data transfer";
        x_BillingEntity: text, "AWS or AWS Marketplace";
        x_Environment: text, "environment tag";
        x_HasTags: bool, "any user tag has a value";
        has_resource: bool, "the rows name a resource";
        spans_days: bool, "the charge period is longer than a day";
        charge_rows: int, "rows";
        BilledCost: decimal, "sum";
        EffectiveCost: decimal, "sum";
        ListCost: decimal, "sum";
        ContractedCost: decimal, "sum";
        ConsumedQuantity: decimal, "sum";
        x_CommitmentUsed: decimal, "sum";
        x_CommitmentTotal: decimal, "sum";
        x_ReservedUnits: decimal, "sum";
        x_UnusedUnits: decimal, "sum";
        x_VcpuHours: decimal, "vCPUs times hours, summed";
    }
    table cost_resources as CostResourcesRow: "charges by month and resource", unit "group of charges", PerFile Unsourced {
        charge_month: text, "month";
        SubAccountId: text, "account";
        BillingCurrency: text, "currency";
        ServiceName: text, "service";
        RegionId: text, "Region";
        ResourceId: text, "resource";
        CommitmentDiscountStatus: text, "Used or Unused";
        x_UsageType: text, "usage type";
        x_Environment: text, "environment tag";
        BilledCost: decimal, "sum";
        EffectiveCost: decimal, "sum";
        ConsumedQuantity: decimal, "sum";
    }
    table cost_hours as CostHoursRow: "hourly charges by hour", unit "group of charges", PerFile Unsourced {
        charge_date: date, "day";
        charge_hour: int, "hour, UTC";
        charge_weekday: int, "1 = Monday";
        SubAccountId: text, "account";
        BillingCurrency: text, "currency";
        ServiceCategory: text, "FOCUS category";
        x_Environment: text, "environment tag";
        EffectiveCost: decimal, "sum";
        x_VcpuHours: decimal, "sum";
    }
    table cost_tags as CostTagsRow: "charges by month and tag", unit "group of charges", PerFile Unsourced {
        charge_month: text, "month";
        SubAccountId: text, "account";
        BillingCurrency: text, "currency";
        ServiceName: text, "service";
        tag_key: text, "as delivered, without the prefix user";
        folded_key: text, "letters and digits of tag_key, in lower case";
        is_folded: bool, "the export lost the case of its tag keys, so only folded_key can be compared";
        tag_value: text, "as delivered";
        EffectiveCost: decimal, "sum";
    }
    table cost_explorer_totals as CostExplorerTotalsRow: "one amount that Cost Explorer states; never part of costs", unit "stated amount", PerFile {
        origin: text, "ce get-cost-and-usage or Cost Explorer console";
        period_start: time, "inclusive";
        period_end: time, "exclusive";
        cost_month: text, "month of period_start";
        metric: text, "UnblendedCost, AmortizedCost, ...; NULL when not stated";
        unit: text, "currency, or the sign that the console prints";
        amount: decimal, "amount";
        grouped_by: text, "dimensions of the group, NULL on totals";
        group_key: text, "the group, NULL on totals";
        account_id: text, "account of the group";
        is_total: bool, "over all groups";
        estimated: bool, "not final";
    }
    table invoice_totals as InvoiceTotalsRow: "one invoice, as AWS or the client lists it; never part of costs", unit "invoice", PerFile {
        invoice_id: text, "invoice";
        account_id: text, "payer";
        issuer: text, "invoicing entity";
        invoice_month: text, "billing month";
        issued_at: time, "issued";
        currency: text, "currency";
        amount: decimal, "total, tax included";
        amount_before_tax: decimal, "before tax";
        origin: text, "where the list comes from";
    }
    table cost_recommendations as CostRecommendationsRow: "one option that a tool of AWS recommends for one resource", unit "recommendation", PerFile {
        origin: text, "Cost Optimization Hub or Compute Optimizer";
        recommendation_id: text, "id";
        account_id: text, "account";
        region: text, "Region";
        resource_arn: text, "ARN";
        resource_id: text, "id, else the end of the ARN";
        resource_name: text, "name";
        resource_type: text, "kind of resource";
        finding: text, "the tool's finding";
        action: text, "the tool's action";
        option_rank: int, "1 is the tool's first choice; NULL without an option";
        current_state: text, "what there is";
        recommended_state: text, "what is recommended";
        estimated_monthly_savings: decimal, "the tool's estimate";
        savings_basis: text, "after discounts, before discounts, at on-demand prices";
        savings_percentage: decimal, "percent";
        estimated_monthly_cost: decimal, "of what there is";
        currency: text, "currency";
        effort: text, "effort as the tool grades it";
        performance_risk: text, "risk as the tool grades it";
        restart_needed: bool, "restart needed";
        rollback_possible: bool, "can be undone";
        lookback_days: int, "days looked at";
        refreshed_at: time, "when the tool looked";
        trouble: text, "why the tool has no recommendation";
    }
    table carbon_emissions as CarbonEmissionsRow: "one figure of AWS's own carbon export", unit "figure", PerFile {
        period_start: time, "inclusive";
        period_end: time, "end as delivered";
        emissions_month: text, "month of period_start";
        payer_account_id: text, "payer";
        account_id: text, "account that used";
        region: text, "Region";
        location: text, "place in words";
        product_code: text, "product";
        mbm_emissions: decimal, "market-based, all scopes delivered";
        lbm_emissions: decimal, "location-based, all scopes delivered";
        scope_1_emissions: decimal, "scope 1";
        scope_2_mbm_emissions: decimal, "scope 2, market-based";
        scope_2_lbm_emissions: decimal, "scope 2, location-based";
        scope_3_mbm_emissions: decimal, "scope 3, market-based";
        scope_3_lbm_emissions: decimal, "scope 3, location-based";
        unit: text, "MTCO2e, metric tons of CO2 equivalent";
        model_version: text, "AWS's method";
        refreshed_at: time, "last refreshed";
    }
    table cost_control_totals as CostControlTotalsRow: "one file, month, payer and currency of the charges read", unit "control total", Derived {
        file_id: text, "file";
        billing_source: text, "report or export the file belongs to";
        format: text, "what it is";
        billing_month: text, "month such as 2024-05";
        assembly: text, "delivery of the month";
        counted: bool, "the file's rows are in costs";
        set_apart: text, "why they are not";
        billing_account_id: text, "payer";
        currency: text, "currency";
        lines: int, "lines understood";
        cost_rows: int, "rows made of them";
        amount: decimal, "sum of the file's own cost column";
        uncancelled: decimal, "savings plan usage against its counter entries";
        billed: decimal, "BilledCost of the rows";
        effective: decimal, "EffectiveCost of the rows";
    }
    table cost_reconciliation as CostReconciliationRow: "one source, month and currency: lines read against the rows kept, which are read back; all months delivered", unit "source, month and currency", Derived {
        billing_source: text, "report or export";
        format: text, "what it is";
        billing_month: text, "month such as 2024-05; NULL when not stated";
        currency: text, "currency; NULL when not stated";
        first_charge: date, "first day of the charges of its files that count";
        last_charge: date, "the last one";
        lines: int, "lines whose rows count";
        amount: decimal, "sum of the files' own cost column over these lines";
        uncancelled: decimal, "savings plan usage against its counter entries";
        kept_rows: int, "rows of table costs";
        kept_billed: decimal, "BilledCost of these rows";
        kept_effective: decimal, "EffectiveCost of these rows";
        difference: decimal, "kept_billed less amount without uncancelled";
        agrees: bool, "no difference, and number of rows, billed and effective cost are those that reading gave";
        apart_lines: int, "lines of deliveries that are left out";
        apart_amount: decimal, "sum over these lines";
    }
    table cost_deliveries as CostDeliveriesRow: "one thing to know of the deliveries of a source and month of charges", unit "remark on a delivery", Derived {
        kind: text, "missing (files that a manifest names), superseded, set_apart, not_final (a file without invoices), remark or copy";
        billing_source: text, "report or export";
        format: text, "what it is";
        billing_month: text, "month such as 2024-05";
        delivery: text, "the delivery that is left out; NULL where deliveries have no name";
        counted_delivery: text, "the one that counts";
        path: text, "the files missing, the file left out, or the copy";
        other_path: text, "the file that counts in its place";
        files: int, "files concerned";
        lines: int, "lines left out";
        note: text, "remark";
    }
    table cost_overlaps as CostOverlapsRow: "files that state the same charges where nothing says which is current: none of them counts", unit "group of files", Derived {
        months: text, "their months, separated by commas; NULL when not stated";
        files: int, "files";
        paths: text, "their paths, separated by commas";
    }
    table cost_rejections as CostRejectionsRow: "rejected lines of one source and currency", unit "source and currency", Derived {
        billing_source: text, "report or export";
        currency: text, "currency; NULL for lines whose amount cannot be read";
        lines: int, "lines whose amount can be read";
        amount: decimal, "their sum";
        unread_lines: int, "lines whose amount cannot be read";
    }
    table cost_comparisons as CostComparisonsRow: "one monthly total that somebody else states, against the charges read; all months delivered", unit "stated total", Derived {
        origin: text, "Cost Explorer, the list of invoices, or the engagement";
        metric: text, "metric of Cost Explorer; NULL when not named, and for invoices";
        invoices: int, "number of invoices; NULL for Cost Explorer";
        billing_month: text, "month such as 2024-05";
        currency: text, "currency as charges write it";
        unit: text, "currency as stated";
        amount: decimal, "as stated";
        is_whole: bool, "the days stated make up the month";
        is_estimated: bool, "Cost Explorer calls it estimated";
        charges: decimal, "the charges read: effective cost for AmortizedCost, else unblended or billed cost";
        difference: decimal, "charges less amount, where comparable";
        agreement: text, "exact, to_the_cent, differs, no_charges (of the month and currency) or not_compared";
    }
}
