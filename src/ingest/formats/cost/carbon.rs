//! AWS's own carbon figures: table `carbon_emissions`.
//!
//! The columns are those of the Data Exports table `CARBON_EMISSIONS` as AWS documents them; the customised report of
//! the console names some of them without the ending `_value`, so both are taken. Values are metric tons of
//! CO2 equivalent; what the column of units says is kept beside them.

use super::header::{Fields, Header, columns};
use super::{CostError, month_of};
use crate::base::time;
use crate::ingest::batch::Output;
use crate::ingest::remark::Remark;
use crate::schema::tables::CarbonEmissionsRow;

columns! {
    /// The columns that are read.
    CarbonColumns {
        start: "usage_period_start" | "usage_month",
        end: "usage_period_end",
        payer: "payer_account_id",
        account: "usage_account_id",
        region: "region_code",
        location: "location",
        product: "product_code",
        model: "model_version",
        refreshed: "last_refresh_timestamp",
        mbm: "total_mbm_emissions_value" | "total_mbm_emissions",
        mbm_unit: "total_mbm_emissions_unit",
        lbm: "total_lbm_emissions_value" | "total_lbm_emissions",
        lbm_unit: "total_lbm_emissions_unit",
        scope_1: "total_scope_1_emissions_value" | "total_scope_1_emissions",
        scope_2_mbm: "total_scope_2_mbm_emissions_value" | "total_scope_2_mbm_emissions",
        scope_2_lbm: "total_scope_2_lbm_emissions_value" | "total_scope_2_lbm_emissions",
        scope_3_mbm: "total_scope_3_mbm_emissions_value" | "total_scope_3_mbm_emissions",
        scope_3_lbm: "total_scope_3_lbm_emissions_value" | "total_scope_3_lbm_emissions",
    }
}

/// Whether these are the columns of a carbon export.
pub(super) fn is_carbon(header: &Header) -> bool {
    let c = CarbonColumns::of(header);
    c.start.is_present() && (c.mbm.is_present() || c.lbm.is_present())
}

/// Reads the rows of a carbon export.
#[derive(Debug)]
pub(super) struct CarbonReader {
    header: Header,
    columns: CarbonColumns,
    rounded: u64,
}

impl CarbonReader {
    pub(super) fn new(header: &Header) -> Result<Self, CostError> {
        let columns = CarbonColumns::of(header);
        if !columns.account.is_present() && !columns.payer.is_present() {
            return Err(CostError::Missing { column: "usage_account_id" });
        }
        Ok(Self { header: header.clone(), columns, rounded: 0 })
    }
}

impl super::RowReader for CarbonReader {
    fn row(&mut self, record: u64, row: &dyn Fields, out: &mut Output<'_>) -> Result<(), String> {
        let (h, c) = (&self.header, &self.columns);
        let mut rounded = 0;
        let mut amount = |col| h.amount(col, row, &mut rounded);
        let values = [c.mbm, c.lbm, c.scope_1, c.scope_2_mbm, c.scope_2_lbm, c.scope_3_mbm, c.scope_3_lbm].map(&mut amount);
        let [mbm, lbm, one, two_mbm, two_lbm, three_mbm, three_lbm] = values;
        // The console's report names months, not days.
        let named = c.start.get(row).and_then(month_of).and_then(|month| time::parse(&format!("{month}-01")).ok());
        let start = match h.time(c.start, row) {
            Ok(None) => return Err(format!("{} is empty", h.name(c.start))),
            Ok(Some(start)) => start,
            Err(why) => named.ok_or(why)?,
        };
        let month = time::month_text(time::day_of(start));
        let row = CarbonEmissionsRow {
            period_start: Some(start),
            period_end: h.time(c.end, row)?,
            emissions_month: Some(&month),
            payer_account_id: c.payer.get(row),
            account_id: c.account.get(row),
            region: c.region.get(row),
            location: c.location.get(row),
            product_code: c.product.get(row),
            mbm_emissions: mbm?,
            lbm_emissions: lbm?,
            scope_1_emissions: one?,
            scope_2_mbm_emissions: two_mbm?,
            scope_2_lbm_emissions: two_lbm?,
            scope_3_mbm_emissions: three_mbm?,
            scope_3_lbm_emissions: three_lbm?,
            unit: c.mbm_unit.get(row).or_else(|| c.lbm_unit.get(row)),
            model_version: c.model.get(row),
            refreshed_at: h.time(c.refreshed, row)?,
        };
        out.time(start);
        out.row(record, &row);
        self.rounded += rounded;
        Ok(())
    }

    fn used(&self) -> Vec<usize> {
        self.columns.used()
    }

    fn finish(self: Box<Self>, out: &mut Output<'_>) {
        if self.rounded > 0 {
            out.note(Remark::counted(self.rounded, "values have more than 18 decimals and were rounded half to even"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_table;
    use super::super::testing::collect;

    #[test]
    fn documented_columns_and_a_broken_row() {
        let text = "last_refresh_timestamp,location,model_version,payer_account_id,product_code,region_code,total_lbm_emissions_unit,\
            total_lbm_emissions_value,total_mbm_emissions_unit,total_mbm_emissions_value,usage_account_id,usage_period_end,usage_period_start\n\
            2026-07-15 00:00:00Z,EU (Ireland),v3.0.0,111122223333,AmazonEC2,eu-west-1,MTCO2e,0.25,MTCO2e,1.5E-3,444455556666,\
            2026-05-01 00:00:00Z,2026-04-01 00:00:00Z\n\
            2026-07-15 00:00:00Z,,v3.0.0,111122223333,AmazonS3,,MTCO2e,some,MTCO2e,,444455556666,,2026-04-01\n\
            2026-07-15 00:00:00Z,,v3.0.0,111122223333,AmazonS3,,MTCO2e,,MTCO2e,,444455556666,,2026-04-01\n";
        let read = collect(|out| read_table(&mut text.as_bytes(), out).unwrap());
        assert_eq!(read.account(), (3, 2, 1));
        assert_eq!(read.rejects[0].reason, "line 3: total_lbm_emissions_value: 'some' is not a number");
        let columns = ["emissions_month", "account_id", "region", "mbm_emissions", "lbm_emissions", "model_version", "unit"];
        assert_eq!(read.rows[0].pick(columns), ["2026-04", "444455556666", "eu-west-1", "0.0015", "0.25", "v3.0.0", "MTCO2e"]);
        assert_eq!(read.rows[1].pick(columns), ["2026-04", "444455556666", "NULL", "NULL", "NULL", "v3.0.0", "MTCO2e"]);
    }

    #[test]
    fn the_consoles_report_names_months() {
        let text = "usage_account_id,usage_month,total_mbm_emissions\n444455556666,2026-04,0.7\n";
        let read = collect(|out| read_table(&mut text.as_bytes(), out).unwrap());
        assert_eq!(read.rows[0].pick(["emissions_month", "mbm_emissions"]), ["2026-04", "0.7"]);
    }
}
