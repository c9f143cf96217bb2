//! Invoices as the client or the auditor reads them off: `[[invoice]]`.

use serde::Deserialize;

use super::values::{Verdict, day_of_period};

/// An invoice total.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invoice {
    /// Number of the invoice.
    #[serde(default)]
    pub id: String,
    /// Billing month, such as `2026-04`.
    pub month: String,
    /// Currency of the amount.
    pub currency: String,
    /// Total with tax, as decimal text such as `"1834.20"`.
    pub amount: String,
}

/// The billing month.
pub(super) fn month(invoice: &Invoice) -> Verdict {
    let wrong = || (format!("{:?} is not a month", invoice.month), "write it as 2026-04".to_owned());
    day_of_period(&format!("{}-01", invoice.month)).is_ok().then_some(()).ok_or_else(wrong)
}

/// The currency, as ISO 4217 writes it.
pub(super) fn currency(invoice: &Invoice) -> Verdict {
    let wrong = || (format!("{:?} is not a currency", invoice.currency), "write its three letters, as USD".to_owned());
    let code = invoice.currency.len() == 3 && invoice.currency.bytes().all(|b| b.is_ascii_uppercase());
    code.then_some(()).ok_or_else(wrong)
}

/// The amount: decimal text.
pub(super) fn amount(invoice: &Invoice) -> Verdict {
    let digits = invoice.amount.strip_prefix('-').unwrap_or(&invoice.amount);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str, most: usize| !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
    let wrong = || (format!("{:?} is not an amount", invoice.amount), "write it as text, with a point: \"1834.20\"".to_owned());
    (plain(whole, 18) && plain(decimals, 18)).then_some(()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::super::{Engagement, Named};

    #[test]
    fn amounts_are_text_and_months_exist() {
        let with = |month: &str, amount: &str| {
            Engagement::parse(&format!("[[invoice]]\nmonth = {month:?}\ncurrency = \"USD\"\namount = {amount:?}\n"), "x", Named::Given)
                .map(|e| e.invoice.len())
        };
        assert_eq!(with("2026-04", "1834.20").unwrap(), 1);
        assert_eq!(with("2026-04", "-3").unwrap(), 1);
        for (month, amount) in
            [("2026-13", "1"), ("April", "1"), ("2026-04", "1,5"), ("2026-04", ""), ("2026-04", "1e5"), ("2026-04", ".5")]
        {
            assert!(with(month, amount).is_err(), "{month} {amount}");
        }
    }
}
