//! Charges, what makes up a delivery of them, and what is compared with them.

use super::{CostKind, CostOptions, advice, carbon, explorer, invoices, kind_of, table};
use crate::ingest::batch::Output;
use crate::ingest::formats::declaration::{ANSWER, Declaration, Family, FileName, Holds, Mark, Read, Record, Request, Trace};
use crate::ingest::formats::list::List;
use crate::ingest::formats::outline::{Outline, Table};
use crate::ingest::reading::json::Members;

static CHARGES_FAMILY: Family = Family {
    order: 2,
    name: "Cost",
    note: "Each delivery restates its month, so only the current one counts, and a month that two exports state counts once. Files of the same content count once, packed or not; deliveries that nothing orders are refused and their months are not determined",
};

static TOTALS_FAMILY: Family = Family { order: 3, name: "Totals to compare with", note: "Never added to charges" };

static ADVICE_FAMILY: Family = Family { order: 4, name: "What AWS tools say", note: "Shown as third-party, not tested" };

static EXPORTS: Request = Request {
    order: 11,
    tells: "cost, waste and carbon",
    each: false,
    beside: None,
    what: "cost and usage export",
    how: "aws s3 sync s3://BILLING-BUCKET/PREFIX/REPORT/ cost/   (CSV, gzip, with resource ids and tags)",
};

/// Manifests, where a Cost and Usage Report is there without them.
pub(in crate::ingest) static MANIFESTS: Request = Request {
    order: 101,
    tells: "which assembly of a month is current",
    each: false,
    beside: Some(|beside| beside.label == CUR.label || beside.label == CUR_2.label),
    what: "manifests of the cost report",
    how: "copy the folders of the report whole, with *-Manifest.json",
};

const CHARGES: Declaration = Declaration {
    holds: Holds::Charges,
    source: Some("cost"),
    read: Read::Stream(|input, out| super::read_detected(input, CostOptions::default(), out).map(drop).map_err(|error| causes(&error))),
    record: Record::Row,
    tables: &["costs"],
    requests: &[&EXPORTS],
    ..Declaration::OTHER
};

pub(in crate::ingest) static CUR: Declaration = Declaration {
    label: "Cost and Usage Report",
    docs: Some((&CHARGES_FAMILY, "legacy Cost and Usage Report, native or Athena names, CSV or Parquet")),
    marks: &[
        Mark::Columns(|columns| matches!(kind_of(columns), Some(CostKind::LegacyCur | CostKind::LegacyCurSnake))),
        Mark::Table(is_short_report),
    ],
    traces: &[
        Trace::Name(is_export_name, "a cost export"),
        Trace::Columns(
            &["identity/LineItemId", "bill/PayerAccountId", "lineItem/UsageAccountId", "lineItem/UnblendedCost"],
            2,
            "a cost and usage report",
        ),
        Trace::Columns(&["bill_payer_account_id", "line_item_usage_account_id", "line_item_unblended_cost"], 2, "a cost and usage report"),
    ],
    examples: &[
        "identity/LineItemId,bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost\nx,111122223333,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z,111122223333,Usage,2026-04-01T00:00:00Z,2026-04-02T00:00:00Z,AmazonS3,Requests,1,USD,0.1\n",
    ],
    ..CHARGES
};

pub(in crate::ingest) static CUR_2: Declaration = Declaration {
    label: "Cost and Usage Report 2.0",
    docs: Some((&CHARGES_FAMILY, "CUR 2.0, CSV or Parquet")),
    marks: &[Mark::Columns(|columns| kind_of(columns) == Some(CostKind::Cur2))],
    examples: &[
        "line_item_unblended_cost,product,line_item_usage_start_date,line_item_currency_code,line_item_usage_account_id,bill_payer_account_id,bill_billing_period_start_date,bill_billing_period_end_date,line_item_line_item_type\n0.1,{},2026-04-01T00:00:00Z,USD,111122223333,111122223333,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z,Usage\n",
    ],
    ..CHARGES
};

pub(in crate::ingest) static FOCUS: Declaration = Declaration {
    label: "FOCUS cost export",
    docs: Some((&CHARGES_FAMILY, "FOCUS 1.0 to 1.2, CSV or Parquet")),
    marks: &[Mark::Columns(|columns| kind_of(columns) == Some(CostKind::Focus))],
    traces: &[Trace::Columns(
        &["BilledCost", "EffectiveCost", "ChargePeriodStart", "ChargeCategory", "BillingAccountId"],
        3,
        "a FOCUS export",
    )],
    examples: &[
        "BilledCost,EffectiveCost,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,BillingPeriodStart,BillingPeriodEnd,BillingCurrency,BillingAccountId\n0.1,0.1,Usage,2026-04-01T00:00:00Z,2026-04-02T00:00:00Z,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z,USD,111122223333\n",
    ],
    ..CHARGES
};

/// Manifest of a legacy cost and usage report, or of a data export (CUR 2.0, FOCUS).
pub(in crate::ingest) static MANIFEST: Declaration = Declaration {
    label: "cost export manifest",
    docs: Some((&CHARGES_FAMILY, "manifests of all of them")),
    holds: Holds::Assembly,
    requests: &[&MANIFESTS],
    marks: &[Mark::Members(&["assemblyId", "reportKeys"]), Mark::Members(&["executionId", "dataFiles"])],
    traces: &[
        Trace::Name(
            |name: &FileName<'_>| name.is_billed && name.ending == "json" && name.stem.ends_with("manifest"),
            "the manifest of a cost export",
        ),
        Trace::Quoted(&["reportKeys", "assemblyId"], 2, "the manifest of a cost export"),
    ],
    examples: &[
        r#"{"assemblyId":"a","account":"111122223333","reportKeys":["k"]}"#,
        r#"{"executionId":"e","columns":[],"dataFiles":["s3://bucket/key"]}"#,
    ],
    ..Declaration::OTHER
};

pub(in crate::ingest) static DETAILED_BILLING: Declaration = Declaration {
    label: "Detailed Billing Report (retired by AWS, not read)",
    hint: Some("Detailed Billing Report, retired by AWS: ask for CUR or FOCUS"),
    marks: &[Mark::Table(|table| {
        let columns = &table.columns;
        columns.has("RecordType") && columns.has("InvoiceID") && (columns.has("UnBlendedCost") || columns.has("Cost"))
    })],
    read: Read::Text(|_, _, out| {
        out.note("AWS has retired this report and it holds no amortised costs: it is not read. Ask for the Cost and Usage Report or a FOCUS export of the month");
        Ok(())
    }),
    examples: &["\"InvoiceID\",\"PayerAccountId\",\"RecordType\",\"ProductName\",\"Cost\"\n"],
    ..Declaration::NOTHING
};

/// `ce get-cost-and-usage`, or the console's CSV.
pub(in crate::ingest) static EXPLORER: Declaration = Declaration {
    label: "Cost Explorer totals",
    docs: Some((&TOTALS_FAMILY, "Cost Explorer (`ce get-cost-and-usage`, console CSV)")),
    marks: &[Mark::Object(holds_results), Mark::Table(|table| explorer::is_console(&as_texts(&table.header), &as_texts(&table.first)))],
    read: Read::Text(|text, _, out| super::read_explorer(text, out).map_err(|error| error.to_string())),
    record: Record::Found(|text, record| answer_or_row(text, record, explorer::find), None),
    tables: &["cost_explorer_totals"],
    traces: &[Trace::Quoted(&["ResultsByTime"], 1, ANSWER), Trace::Call("get-cost-and-usage")],
    examples: &[
        r#"{"ResultsByTime":[{"TimePeriod":{"Start":"2026-04-01","End":"2026-05-01"},"Total":{"UnblendedCost":{"Amount":"1","Unit":"USD"}},"Groups":[],"Estimated":false}]}"#,
        "Service,S3($),Total costs($)\nService total,1,1\n2026-04-01,1,1\n",
    ],
    ..Declaration::OTHER
};

/// `invoicing list-invoice-summaries`, or a typed list as CSV.
pub(in crate::ingest) static INVOICES: Declaration = Declaration {
    label: "list of invoices",
    docs: Some((
        &TOTALS_FAMILY,
        "invoices (`invoicing list-invoice-summaries`, a CSV with invoice, month, currency and amount, or `[[invoice]]` in the engagement)",
    )),
    marks: &[Mark::List(List::named(&["InvoiceSummaries"])), Mark::Table(|table| invoices::is_invoices(&table.columns))],
    read: Read::Text(|text, _, out| super::read_invoices(text, out).map_err(|error| error.to_string())),
    record: Record::Found(
        |text, record| answer_or_row(text, record, |text, record| table::find_listed("InvoiceSummaries", text, record)),
        None,
    ),
    tables: &["invoice_totals"],
    traces: &[Trace::Call("list-invoice-summaries")],
    examples: &[
        r#"{"InvoiceSummaries":[{"AccountId":"111122223333","InvoiceId":"i","BillingPeriod":{"Month":4,"Year":2026},"BaseCurrencyAmount":{"TotalAmount":"1","CurrencyCode":"USD"}}]}"#,
    ],
    ..Declaration::OTHER
};

const ADVICE: Declaration = Declaration {
    read: Read::Text(|text, _, out| read_table(text, out)),
    record: Record::Row,
    tables: &["cost_recommendations"],
    ..Declaration::OTHER
};

const HUB_LABEL: &str = "Cost Optimization Hub recommendations";

pub(in crate::ingest) static HUB: Declaration = Declaration {
    label: HUB_LABEL,
    docs: Some((&ADVICE_FAMILY, "Cost Optimization Hub export")),
    marks: &[Mark::Columns(|columns| kind_of(columns).is_none() && advice::is_hub(columns))],
    examples: &[
        "recommendation_id,account_id,action_type,estimated_monthly_savings_after_discount,region,resource_arn\nr,111122223333,Rightsize,1,eu-west-1,a\n",
    ],
    ..ADVICE
};

pub(in crate::ingest) static HUB_ANSWER: Declaration = Declaration {
    label: HUB_LABEL,
    docs: Some((&ADVICE_FAMILY, "`cost-optimization-hub list-recommendations`")),
    marks: &[Mark::List(List::of(&["items"], &["recommendationId"]))],
    read: Read::Text(|text, _, out| super::read_hub_answer(text, out).map_err(|error| error.to_string())),
    record: Record::Found(|text, record| table::find_listed("items", text, record), None),
    examples: &[
        r#"{"items":[{"recommendationId":"r","accountId":"111122223333","region":"eu-west-1","estimatedMonthlySavings":1.5,"currencyCode":"USD","actionType":"Rightsize"}]}"#,
    ],
    ..ADVICE
};

pub(in crate::ingest) static OPTIMIZER: Declaration = Declaration {
    label: "Compute Optimizer recommendations",
    docs: Some((&ADVICE_FAMILY, "Compute Optimizer exports")),
    marks: &[Mark::Columns(|columns| kind_of(columns).is_none() && advice::is_optimizer(columns))],
    examples: &[
        "accountId,instanceArn,finding,recommendations_count,recommendationOptions_1_instanceType\n111122223333,arn:aws:ec2:eu-west-1:111122223333:instance/i-1,Overprovisioned,1,t3.micro\n",
    ],
    ..ADVICE
};

pub(in crate::ingest) static CARBON: Declaration = Declaration {
    label: "AWS carbon emissions export",
    docs: Some((&ADVICE_FAMILY, "AWS's carbon emissions export")),
    marks: &[Mark::Columns(|columns| kind_of(columns).is_none() && carbon::is_carbon(columns))],
    tables: &["carbon_emissions"],
    examples: &[
        "usage_account_id,usage_period_start,usage_period_end,total_mbm_emissions_value,total_mbm_emissions_unit,total_lbm_emissions_value,total_lbm_emissions_unit\n111122223333,2026-04-01,2026-05-01,1,MTCO2e,1,MTCO2e\n",
    ],
    ..ADVICE
};

fn read_table(mut text: &[u8], out: &mut Output<'_>) -> Result<(), String> {
    super::read_table(&mut text, out).map_err(|error| error.to_string())
}

/// An error with what caused it: a stream that breaks says why only there.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

/// A report without the columns no row can do without is still one: it is read to say what is missing.
fn is_short_report(table: &Table<'_>) -> bool {
    let columns = &table.columns;
    let other = kind_of(columns).is_some() || carbon::is_carbon(columns) || advice::is_hub(columns) || advice::is_optimizer(columns);
    !other && (columns.has_exact("identity/LineItemId") || columns.has_exact("line_item_usage_amount"))
}

/// Answers of Cost Explorer, bare or kept by name in one object.
fn holds_results(outline: &Outline<'_>) -> bool {
    let inside = |start: usize| {
        outline.text.get(start) == Some(&b'{') && Members::new(outline.text, start).take(8).any(|(name, _, _)| name == "ResultsByTime")
    };
    outline.has("ResultsByTime") || outline.members.iter().take(4).any(|(_, start, _)| inside(*start))
}

fn as_texts(cells: &[String]) -> Vec<&str> {
    cells.iter().map(String::as_str).collect()
}

/// A part of a cost export: `NAME-00001.csv.gz`, `NAME-00001.snappy.parquet`.
fn is_numbered(stem: &str) -> bool {
    let stem = stem.strip_suffix(".snappy").unwrap_or(stem);
    stem.rsplit_once('-').is_some_and(|(_, number)| number.len() == 5 && number.bytes().all(|b| b.is_ascii_digit()))
}

fn is_export_name(name: &FileName<'_>) -> bool {
    let said = || ["cost-and-usage", "cost_and_usage", "focus"].iter().any(|word| name.whole.contains(word));
    matches!(name.ending, "csv" | "parquet") && (name.is_billed || is_numbered(name.stem) || said())
}

/// One record of a file that is an answer in JSON or a table.
fn answer_or_row(text: &[u8], record: u64, find: fn(&[u8], u64) -> Option<String>) -> Option<String> {
    let first = text.iter().find(|b| !b.is_ascii_whitespace());
    if matches!(first, Some(b'{' | b'[')) { find(text, record) } else { table::find_csv(text, record) }
}
