//! Invoices as the client or the auditor reads them off: `[[invoice]]`.

use serde::Deserialize;

use super::{EngagementError, date, value};

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

/// Checks months and amounts.
pub(super) fn check(invoices: &[Invoice]) -> Result<(), EngagementError> {
    for invoice in invoices {
        date("invoice.month", &format!("{}-01", invoice.month))?;
        let digits = invoice.amount.strip_prefix('-').unwrap_or(&invoice.amount);
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str, most: usize| !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole, 18) || !plain(decimals, 18) {
            return Err(value("invoice.amount", format!("{:?} is no amount; write it as text: \"1834.20\"", invoice.amount)));
        }
        if invoice.currency.is_empty() {
            return Err(value("invoice.currency", "is empty; write it as \"USD\""));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Engagement;

    #[test]
    fn amounts_are_text_and_months_exist() {
        let with = |month: &str, amount: &str| {
            Engagement::parse(&format!("[[invoice]]\nmonth = {month:?}\ncurrency = \"USD\"\namount = {amount:?}\n"), "x")
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
