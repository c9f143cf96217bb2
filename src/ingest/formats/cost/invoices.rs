//! Invoice totals, in table `invoice_totals`: what the bills say that the charges should come to.
//!
//! AWS offers them as the answer of `invoicing list-invoice-summaries`; a list typed from the invoices themselves is
//! taken as CSV with the columns invoice, month, currency and amount, under the names that bookkeeping uses for them.

use serde_json::Value;
use thiserror::Error;

use super::header::{Header, columns};
use crate::base::{decimal, time};
use crate::ingest::batch::Output;
use crate::ingest::reading::pages;
use crate::ingest::reading::records::{Records, RecordsError};
use crate::schema::tables::InvoiceTotalsRow;

/// Why a list of invoices cannot be read.
#[derive(Debug, Error)]
pub enum InvoicesError {
    /// Not JSON, or cut off.
    #[error("the answer is not whole JSON: {0}; export it again")]
    Json(#[from] serde_json::Error),
    /// No usable CSV.
    #[error(transparent)]
    Csv(#[from] RecordsError),
    /// Nothing in it.
    #[error("the file holds no InvoiceSummaries")]
    Unknown,
}

columns! {
    /// The columns of a typed list.
    InvoiceColumns {
        invoice: "invoice_id" | "invoice" | "invoice_number" | "invoice_no",
        month: "month" | "billing_month" | "billing_period" | "period",
        currency: "currency" | "currency_code",
        amount: "amount" | "total" | "total_amount" | "invoice_amount" | "amount_due",
        before_tax: "amount_before_tax" | "total_before_tax" | "net_amount",
        account: "account_id" | "account" | "payer_account_id",
        issuer: "issuer" | "invoicing_entity" | "entity",
        issued: "issued" | "issued_at" | "issued_date" | "invoice_date" | "date",
    }
}

/// Whether these are the columns of a list of invoices.
pub(super) fn is_invoices(header: &Header) -> bool {
    let c = InvoiceColumns::of(header);
    // Every line item of a Detailed Billing Report names an invoice, too.
    [c.invoice, c.month, c.currency, c.amount].iter().all(|col| col.is_present()) && !header.has("RecordType")
}

/// Reads either form, told apart by the first byte.
///
/// # Errors
/// When it is neither; what came before stays in `out`.
pub fn read_invoices(text: &[u8], out: &mut Output<'_>) -> Result<(), InvoicesError> {
    let first = text.iter().find(|b| !b.is_ascii_whitespace());
    if matches!(first, Some(b'{' | b'[')) { read_json(text, out) } else { read_csv(text, out) }
}

/// One invoice.
#[derive(Debug, Default)]
struct Invoice<'a> {
    invoice: Option<&'a str>,
    account: Option<&'a str>,
    issuer: Option<&'a str>,
    month: String,
    issued: Option<i64>,
    currency: Option<&'a str>,
    amount: i128,
    before_tax: Option<i128>,
    origin: &'static str,
}

impl Invoice<'_> {
    fn push(&self, record: u64, out: &mut Output<'_>) {
        let row = InvoiceTotalsRow {
            invoice_id: self.invoice,
            account_id: self.account,
            issuer: self.issuer,
            invoice_month: Some(&self.month),
            issued_at: self.issued,
            currency: self.currency,
            amount: Some(self.amount),
            amount_before_tax: self.before_tax,
            origin: Some(self.origin),
        };
        out.row(record, &row);
    }
}

/// `2024-05` of itself, `2024-5`, `2024-05-01`, `05/2024` or `May 2024`.
pub fn month_of(text: &str) -> Option<String> {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let text = text.trim();
    let parts: Vec<&str> = text.split(['-', '/', ' ', '.']).filter(|p| !p.is_empty()).collect();
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    let named = |part: &str| {
        let lower = part.to_lowercase();
        NAMES.iter().position(|name| lower.starts_with(name)).and_then(|at| u32::try_from(at + 1).ok())
    };
    let (year, month) = match parts.as_slice() {
        [year, month] if year.len() == 4 => (number(year)?, number(month).or_else(|| named(month))?),
        [month, year] if year.len() == 4 => (number(year)?, number(month).or_else(|| named(month))?),
        _ => return time::parse(text).ok().map(|micros| time::month_text(time::day_of(micros))),
    };
    ((1..=12).contains(&month) && (1990..=2200).contains(&year)).then(|| format!("{year:04}-{month:02}"))
}

fn read_csv(text: &[u8], out: &mut Output<'_>) -> Result<(), InvoicesError> {
    let mut input = text;
    let mut records = Records::open(&mut input)?;
    let header = Header::of_csv(&records);
    let c = InvoiceColumns::of(&header);
    while records.advance()? {
        let (index, line, offset) = (records.index(), records.line(), records.offset());
        out.read(1);
        let read = records.row().and_then(|row| {
            let month = c.month.get(&row).ok_or_else(|| format!("{} is empty", header.name(c.month)))?;
            let invoice = Invoice {
                invoice: c.invoice.get(&row),
                account: c.account.get(&row),
                issuer: c.issuer.get(&row),
                month: month_of(month).ok_or_else(|| format!("{}: '{month}' is no month", header.name(c.month)))?,
                issued: header.time(c.issued, &row)?,
                currency: Some(c.currency.get(&row).ok_or_else(|| format!("{} is empty", header.name(c.currency)))?),
                amount: header.required_amount(c.amount, &row, &mut 0)?,
                before_tax: header.amount(c.before_tax, &row, &mut 0)?,
                origin: "list of invoices",
            };
            invoice.push(index, out);
            Ok(())
        });
        match read {
            Ok(()) => out.kept(1),
            Err(reason) => out.reject(index, Some(offset), format!("line {line}: {reason}")),
        }
    }
    if let Some(why) = records.decimals().objection() {
        out.withdraw(why);
    }
    Ok(())
}

fn read_json(text: &[u8], out: &mut Output<'_>) -> Result<(), InvoicesError> {
    let mut found = false;
    let mut record = 0;
    for document in serde_json::Deserializer::from_slice(text).into_iter::<Value>() {
        let document = document?;
        let Some(list) = document.get("InvoiceSummaries").and_then(Value::as_array) else { continue };
        found = true;
        if document.get("NextToken").and_then(Value::as_str).is_some_and(|t| !t.is_empty()) {
            out.note(pages::incomplete("NextToken"));
        }
        for summary in list {
            out.read(1);
            match invoice(summary) {
                Ok(invoice) => {
                    invoice.push(record, out);
                    out.kept(1);
                }
                Err(reason) => out.reject(record, None, reason),
            }
            record += 1;
        }
    }
    if found { Ok(()) } else { Err(InvoicesError::Unknown) }
}

fn invoice(summary: &Value) -> Result<Invoice<'_>, String> {
    let text = |key: &str| summary.get(key).and_then(Value::as_str);
    let money = summary.get("BaseCurrencyAmount").ok_or("BaseCurrencyAmount is missing")?;
    let amount = |key: &str| {
        let value = money.get(key)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some(decimal::parse(&text).map(|p| p.units).map_err(|e| format!("BaseCurrencyAmount.{key}: {e}")))
    };
    let period = summary.get("BillingPeriod");
    let part = |key: &str| period.and_then(|p| p.get(key)).and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
    let (year, month) = part("Year").zip(part("Month")).ok_or("BillingPeriod has no Year and Month")?;
    Ok(Invoice {
        invoice: text("InvoiceId"),
        account: text("AccountId"),
        issuer: summary.get("Entity").and_then(|e| e.get("InvoicingEntity")).and_then(Value::as_str),
        month: month_of(&format!("{year}-{month}")).ok_or_else(|| format!("BillingPeriod: {year}-{month} is no month"))?,
        issued: summary.get("IssuedDate").and_then(|v| time::parse_json(v).ok()),
        currency: Some(money.get("CurrencyCode").and_then(Value::as_str).ok_or("BaseCurrencyAmount.CurrencyCode is missing")?),
        amount: amount("TotalAmount").ok_or("BaseCurrencyAmount.TotalAmount is missing")??,
        before_tax: amount("TotalAmountBeforeTax").transpose()?,
        origin: "invoicing list-invoice-summaries",
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::collect;
    use super::*;

    #[test]
    fn months_as_bookkeeping_writes_them() {
        for (text, expected) in [
            ("2024-05", Some("2024-05")),
            ("2024-5", Some("2024-05")),
            ("2024-05-01", Some("2024-05")),
            ("05/2024", Some("2024-05")),
            ("May 2024", Some("2024-05")),
            ("2024 December", Some("2024-12")),
            ("13/2024", None),
            ("May", None),
            ("", None),
        ] {
            assert_eq!(month_of(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn typed_list() {
        let text =
            "Invoice Number;Month;Currency;Amount;Account\nEUINGB26-1;2026-04;USD;1834.20;111122223333\nX;;USD;1;\nY;2026-04;USD;1x;\n";
        let read = collect(|out| read_invoices(text.as_bytes(), out).unwrap());
        assert_eq!(read.account(), (3, 1, 2));
        let columns = ["invoice_id", "invoice_month", "currency", "amount", "account_id", "amount_before_tax"];
        assert_eq!(read.rows[0].pick(columns), ["EUINGB26-1", "2026-04", "USD", "1834.2", "111122223333", "NULL"]);
        assert_eq!(read.rejects[1].reason, "line 4: Amount: '1x' is not a number");
        let mixed = collect(|out| read_invoices(text.replace("1x", "1,5").as_bytes(), out).unwrap());
        assert_eq!((mixed.account(), mixed.rows.len()), ((3, 0, 3), 0), "which mark is the decimal one is not known");
    }

    #[test]
    fn answer_of_the_invoicing_service() {
        let text = r#"{"InvoiceSummaries":[{"AccountId":"111122223333","InvoiceId":"E-1","IssuedDate":1746230400,"Entity":{"InvoicingEntity":"Amazon Web Services EMEA SARL"},
            "BillingPeriod":{"Month":4,"Year":2025},"InvoiceType":"INVOICE","BaseCurrencyAmount":{"TotalAmount":"12.10","TotalAmountBeforeTax":"10","CurrencyCode":"USD"}},
            {"InvoiceId":"E-2"}]}"#;
        let read = collect(|out| read_invoices(text.as_bytes(), out).unwrap());
        assert_eq!(read.account(), (2, 1, 1));
        let columns = ["invoice_id", "invoice_month", "amount", "amount_before_tax", "issuer", "issued_at"];
        let wanted = ["E-1", "2025-04", "12.1", "10", "Amazon Web Services EMEA SARL", "2025-05-03T00:00:00Z"];
        assert_eq!(read.rows[0].pick(columns), wanted);
        assert_eq!(read.rejects[0].reason, "BaseCurrencyAmount is missing");
    }
}
