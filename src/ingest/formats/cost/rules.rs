//! What a Cost and Usage Report record means in FOCUS terms, by its line item type.
//!
//! Two sums are kept: billed amounts add up to the unblended (or net) total, effective amounts to the
//! amortised total of AWS's published queries.

use super::cur::CurColumns;
use super::header::{Col, Fields, Header};
use crate::base::decimal;
use crate::schema::tables::CostsRow;

/// What a line item type means for the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Usage,
    Reserved,
    Covered,
    Negation,
    ReservationFee,
    PlanFee,
    PlanUpfront,
    Fee,
    Tax,
    Credit,
    Refund,
    Discount,
    Unknown,
}

impl Item {
    pub(super) fn of(line_item_type: &str) -> Self {
        match line_item_type {
            "Usage" => Self::Usage,
            "DiscountedUsage" => Self::Reserved,
            "SavingsPlanCoveredUsage" => Self::Covered,
            "SavingsPlanNegation" => Self::Negation,
            "RIFee" => Self::ReservationFee,
            "SavingsPlanRecurringFee" => Self::PlanFee,
            "SavingsPlanUpfrontFee" => Self::PlanUpfront,
            "Fee" => Self::Fee,
            "Tax" => Self::Tax,
            "Credit" => Self::Credit,
            "Refund" => Self::Refund,
            other if other.ends_with("Discount") => Self::Discount,
            _ => Self::Unknown,
        }
    }
}

/// The cost columns of a record before the rules, units of 10^-18.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    pub(super) unblended: i128,
    /// Blank on a discount record is 0: usage is net of it already. Elsewhere blank is the unblended cost.
    pub(super) net: i128,
    /// The one of both that is billed.
    pub(super) billed: i128,
}

/// What is left of a commitment, in units of 10^-18 of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unused {
    /// The record is no commitment fee.
    Not,
    /// The export lacks the columns.
    Unknown,
    /// So much.
    Part(i128),
}

/// The rules for amounts, by line item type.
pub(super) struct Amounts<'a> {
    pub(super) header: &'a Header,
    pub(super) columns: &'a CurColumns,
    /// Prefer the `Net` twins.
    pub(super) net: bool,
}

impl Amounts<'_> {
    /// Fills category, amounts, quantities and commitment of `charge`; says what is unused.
    pub(super) fn apply<'r, R: Fields + ?Sized>(
        &self,
        item: Item,
        row: &'r R,
        quantity: Option<i128>,
        costs: Costs,
        charge: &mut CostsRow<'r>,
        rounded: &mut u64,
    ) -> Result<Unused, String> {
        let c = self.columns;
        let billed = costs.billed;
        let plan = c.plan.get(row);
        // Capacity reservations stand in the same column, but they discount nothing.
        let reservation = c.reservation.get(row).filter(|arn| !arn.contains(":capacity-reservation/"));
        let bill_type = c.bill_type.get(row);

        // What holds for most types; the exceptions follow.
        charge.ChargeCategory = Some("Usage");
        charge.ChargeFrequency = Some("Usage-Based");
        charge.PricingCategory = Some("Standard");
        charge.BilledCost = Some(billed);
        charge.EffectiveCost = Some(billed);
        charge.ListCost = Some(billed);
        charge.ContractedCost = Some(billed);
        charge.PricingQuantity = quantity;
        let mut unused = Unused::Not;
        match item {
            Item::Usage => {
                charge.ListCost = self.list(row, quantity, rounded)?.or(Some(costs.unblended));
                charge.ConsumedQuantity = quantity;
                let spot = charge.x_UsageType.is_some_and(|u| u.contains("SpotUsage")) || c.term.get(row) == Some("Spot");
                if spot {
                    charge.PricingCategory = Some("Dynamic");
                }
            }
            Item::Reserved => {
                // Its unblended cost is 0: without a public price the list cost is unknown, not nothing.
                charge.ListCost = self.list(row, quantity, rounded)?;
                charge.EffectiveCost = self.either(c.ri_net_effective, c.ri_effective, row, rounded)?;
                cover(charge, quantity);
            }
            Item::Covered => {
                charge.ListCost = self.list(row, quantity, rounded)?.or(Some(costs.unblended));
                charge.EffectiveCost = self.either(c.plan_net_effective, c.plan_effective, row, rounded)?;
                cover(charge, quantity);
            }
            Item::ReservationFee => {
                purchase(charge, "Recurring");
                charge.x_ReservedUnits = self.header.amount(c.ri_total_units, row, rounded)?;
                charge.x_UnusedUnits = self.header.amount(c.ri_unused_quantity, row, rounded)?;
                unused = self.unused_reservation(row, rounded)?;
            }
            Item::PlanFee => {
                purchase(charge, "Recurring");
                charge.x_CommitmentUsed = self.header.amount(c.plan_used, row, rounded)?;
                charge.x_CommitmentTotal = self.header.amount(c.plan_total, row, rounded)?;
                unused = match (charge.x_CommitmentTotal, charge.x_CommitmentUsed) {
                    (Some(total), Some(used)) => Unused::Part(total.saturating_sub(used)),
                    _ => Unused::Unknown,
                };
            }
            Item::PlanUpfront => purchase(charge, "One-Time"),
            Item::Fee if reservation.is_some() => purchase(charge, "One-Time"),
            Item::Fee => {
                charge.ChargeCategory = Some("Purchase");
                charge.ChargeFrequency = Some(if bill_type == Some("Anniversary") { "Recurring" } else { "One-Time" });
            }
            Item::Tax => {
                charge.ChargeCategory = Some("Tax");
                charge.ChargeFrequency = Some("Recurring");
                charge.PricingCategory = None;
                charge.SkuId = None;
                charge.SkuPriceId = None;
            }
            Item::Credit => {
                charge.ChargeCategory = Some("Credit");
                charge.ChargeFrequency = Some("One-Time");
                charge.PricingCategory = Some("Other");
            }
            // The purchase has no effective cost, so neither has what takes it back.
            Item::Refund if takes_purchase_back(charge, plan.or(reservation)) => purchase(charge, "One-Time"),
            Item::Refund => {
                charge.ChargeCategory = Some(if charge.x_UsageType.is_some() { "Usage" } else { "Adjustment" });
                charge.ChargeFrequency = Some("One-Time");
                if bill_type == Some("Refund") {
                    charge.ChargeClass = Some("Correction");
                    charge.PricingCategory = None;
                }
            }
            Item::Discount => charge.ListCost = Some(0),
            Item::Unknown | Item::Negation => {
                charge.ChargeCategory = Some("Adjustment");
                charge.ChargeFrequency = Some("One-Time");
                charge.PricingCategory = Some("Other");
            }
        }
        if matches!(item, Item::Tax | Item::Credit | Item::Refund | Item::Discount | Item::Unknown) {
            // Such records repeat quantities of the charge they belong to.
            charge.PricingQuantity = None;
        }
        if charge.PricingQuantity.is_none() {
            charge.PricingUnit = None;
        }
        if charge.ConsumedQuantity.is_none() {
            charge.ConsumedUnit = None;
        }
        if item != Item::Usage {
            commit(charge, plan, reservation);
        }
        if charge.ChargeCategory == Some("Purchase") && charge.CommitmentDiscountId.is_some() {
            charge.ResourceId = charge.CommitmentDiscountId;
        }
        Ok(unused)
    }

    /// Cost at public prices: as stated, else rate times quantity.
    fn list<R: Fields + ?Sized>(&self, row: &R, quantity: Option<i128>, rounded: &mut u64) -> Result<Option<i128>, String> {
        if let Some(cost) = self.header.amount(self.columns.public_cost, row, rounded)? {
            return Ok(Some(cost));
        }
        // A product of two exact numbers may round; that is our doing, not the export's: not counted.
        let rate = self.header.amount(self.columns.public_rate, row, rounded)?;
        Ok(rate.zip(quantity).and_then(|(rate, quantity)| decimal::multiply(rate, quantity)).map(|p| p.units))
    }

    /// The net column where net is wanted and filled, else the plain one.
    fn either<R: Fields + ?Sized>(&self, net: Col, plain: Col, row: &R, rounded: &mut u64) -> Result<Option<i128>, String> {
        if self.net
            && let Some(cost) = self.header.amount(net, row, rounded)?
        {
            return Ok(Some(cost));
        }
        self.header.amount(plain, row, rounded)
    }

    /// Unused share of the upfront payment and of the month's fee.
    fn unused_reservation<R: Fields + ?Sized>(&self, row: &R, rounded: &mut u64) -> Result<Unused, String> {
        let c = self.columns;
        let upfront = self.either(c.ri_net_unused_upfront, c.ri_unused_upfront, row, rounded)?;
        let recurring = self.either(c.ri_net_unused_recurring, c.ri_unused_recurring, row, rounded)?;
        // Blank in a column that exists is nothing unused; without the columns it is not known.
        let known = c.ri_unused_upfront.is_present() || c.ri_unused_recurring.is_present();
        Ok(if known || upfront.is_some() || recurring.is_some() {
            Unused::Part(upfront.unwrap_or(0).saturating_add(recurring.unwrap_or(0)))
        } else {
            Unused::Unknown
        })
    }
}

/// Usage that a commitment pays for: nothing is billed for it here.
fn cover(charge: &mut CostsRow<'_>, quantity: Option<i128>) {
    charge.BilledCost = Some(0);
    charge.ContractedCost = charge.ListCost;
    charge.PricingCategory = Some("Committed");
    charge.CommitmentDiscountStatus = Some("Used");
    charge.ConsumedQuantity = quantity;
}

/// A commitment bought: usage rows carry its effective cost.
fn purchase(charge: &mut CostsRow<'_>, frequency: &'static str) {
    charge.ChargeCategory = Some("Purchase");
    charge.ChargeFrequency = Some(frequency);
    charge.EffectiveCost = Some(0);
}

/// Whether a refund gives the price of a commitment back, its upfront or recurring fee: its usage type or its description
/// says so, or it names the commitment and no usage. Refunds of usage, also of usage that a commitment paid for, are none.
fn takes_purchase_back(charge: &CostsRow<'_>, commitment: Option<&str>) -> bool {
    // Usage types of fees: ComputeSP:1yrAllUpfront, EC2InstanceSP:..., HeavyUsage:m5.large.
    let fee = charge.x_UsageType.is_some_and(|usage| usage.contains("SP:") || usage.contains("HeavyUsage"));
    let text = charge.ChargeDescription.unwrap_or("").to_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let described = holds(&["sign up charge", "sign-up charge"])
        || holds(&["savings plan", "savingsplan", "reserved instance", "reserved node", "reserved capacity", "reservation"])
            && holds(&["upfront", "up-front", "recurring", "fee", "purchase", "commitment"]);
    fee || described || commitment.is_some() && charge.x_UsageType.is_none()
}

/// Names the commitment a charge belongs to.
fn commit<'r>(charge: &mut CostsRow<'r>, plan: Option<&'r str>, reservation: Option<&'r str>) {
    let (id, category, kind) = match (plan, reservation) {
        (Some(plan), _) => (plan, "Spend", "Savings Plan"),
        (None, Some(reservation)) => (reservation, "Usage", "Reserved Instances"),
        (None, None) => return,
    };
    charge.CommitmentDiscountId = Some(id);
    charge.CommitmentDiscountCategory = Some(category);
    charge.CommitmentDiscountType = Some(kind);
}

impl<'a> CostsRow<'a> {
    /// The row for what is left unused of the commitment this purchase belongs to. The totals of the
    /// commitment stay with the purchase, so that they add up.
    pub(super) fn unused(&self, part: i128) -> CostsRow<'a> {
        CostsRow {
            ChargeCategory: Some("Usage"),
            ChargeFrequency: Some("Usage-Based"),
            PricingCategory: Some("Committed"),
            CommitmentDiscountStatus: Some("Unused"),
            BilledCost: Some(0),
            EffectiveCost: Some(part),
            ListCost: Some(0),
            ContractedCost: Some(0),
            PricingQuantity: None,
            PricingUnit: None,
            ConsumedQuantity: None,
            ConsumedUnit: None,
            x_CommitmentUsed: None,
            x_CommitmentTotal: None,
            x_ReservedUnits: None,
            x_UnusedUnits: None,
            x_Vcpu: None,
            ..*self
        }
    }
}

/// vCPUs of an instance, where the product states a plain number of them. Surcharges for an instance
/// carry its attributes too: counting them would count its hours twice.
pub(super) fn vcpus(stated: Option<&str>, usage_type: Option<&str>) -> Option<i128> {
    let surcharge = usage_type.is_some_and(|u| u.contains("EBSOptimized") || u.contains("CPUCredits"));
    let units = decimal::parse(stated?).ok()?.units;
    (!surcharge && units > 0).then_some(units)
}

/// `t3.micro` of `EU-BoxUsage:t3.micro`, `db.r5.large` of `InstanceUsage:db.r5.large`.
pub(super) fn instance_type_of(usage_type: &str) -> Option<&str> {
    let (_, last) = usage_type.rsplit_once(':')?;
    let plain = last.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-');
    let starts = last.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    (plain && starts && last.contains('.') && !last.ends_with('.')).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refunds_of_purchases_are_told_from_refunds_of_usage() {
        const PLAN: Option<&str> = Some("arn:aws:savingsplans::111122223333:savingsplan/0a");
        for (usage_type, description, commitment, expected) in [
            (Some("ComputeSP:1yrAllUpfront"), None, None, true),
            (Some("EU-HeavyUsage:m5.large"), None, None, true),
            (None, Some("Refund of Sign up charge for subscription: 1234"), None, true),
            (None, Some("Refund: 1 year All Upfront Compute Savings Plan"), None, true),
            (None, Some("Amazon RDS Reserved Instance recurring fee"), None, true),
            (None, None, PLAN, true),
            (Some("BoxUsage:m5.large"), None, PLAN, false),
            (Some("BoxUsage:m5.large"), Some("Refund of instance hours"), None, false),
            (None, Some("Service outage, October"), None, false),
            (None, None, None, false),
        ] {
            let charge = CostsRow { x_UsageType: usage_type, ChargeDescription: description, ..CostsRow::default() };
            assert_eq!(takes_purchase_back(&charge, commitment), expected, "{usage_type:?} {description:?}");
        }
    }

    #[test]
    fn instance_types_end_usage_types() {
        for (usage_type, expected) in [
            ("EU-BoxUsage:t3.micro", Some("t3.micro")),
            ("InstanceUsage:db.r5.large", Some("db.r5.large")),
            ("USE1-NodeUsage:cache.t4g.small", Some("cache.t4g.small")),
            ("BoxUsage:u-6tb1.112xlarge", Some("u-6tb1.112xlarge")),
            ("EBS:VolumeUsage.gp2", None),
            ("EU-CPUCredits:t3", None),
            ("EUW1-Requests-Tier1", None),
            ("x:", None),
            ("x:a.", None),
            ("", None),
        ] {
            assert_eq!(instance_type_of(usage_type), expected, "{usage_type}");
        }
    }
}
