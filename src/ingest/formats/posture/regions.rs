//! Which Regions an account has enabled: `account list-regions`, the set that exports of all Regions are held against.

use serde_json::Value;

use super::{Members, object};
use crate::ingest::batch::Output;
use crate::ingest::formats::cli_answers::format::TRAILS_FAMILY;
use crate::ingest::formats::declaration::{Declaration, Place, Trace, rank};
use crate::ingest::formats::list::{Around, List, Shape};
use crate::schema::tables::AccountRegionStatusRow;

pub(in crate::ingest) static FORMAT: Declaration = Declaration {
    label: "account list-regions answer",
    rank: rank::FEW_NAMES,
    docs: Some((&TRAILS_FAMILY, "`account list-regions`")),
    examples: &[
        r#"{"Regions":[{"RegionName":"eu-west-1","RegionOptStatus":"ENABLED_BY_DEFAULT"},{"RegionName":"af-south-1","RegionOptStatus":"DISABLED"}]}"#,
    ],
    shapes: &[Shape { list: List::of(&["Regions"], &["RegionName", "RegionOptStatus"]), bare: false, empty: None, read: region }],
    place: Place::Path,
    tables: &["account_region_status"],
    traces: &[Trace::Call("list-regions")],
    ..Declaration::SHAPED
};

/// One Region. The answer does not name its account.
fn region(around: &Around<'_>, record: u64, value: &Value, out: &mut Output<'_>) -> Result<(), String> {
    let region = object(value)?;
    let name = region.text("RegionName").ok_or("the Region has no RegionName")?;
    let status = region.text("RegionOptStatus").ok_or("the Region has no RegionOptStatus")?;
    // One that is being enabled or disabled is neither yet.
    let is_enabled = match status.as_str() {
        "ENABLED" | "ENABLED_BY_DEFAULT" => Some(true),
        "DISABLED" => Some(false),
        _ => None,
    };
    if around.place.account.is_none() {
        out.note("the answer does not name its account: put the 12 digits into the file's name or folder");
    }
    out.row(
        record,
        &AccountRegionStatusRow { account_id: around.place.account.as_deref(), region: Some(&name), opt_status: Some(&status), is_enabled },
    );
    Ok(())
}
