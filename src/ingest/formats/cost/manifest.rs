//! Which delivery of a month's cost export is the current one.
//!
//! Each delivery ("assembly") states its month anew and whole, so that two of them together would double
//! the bill. The manifest at the month's folder names the files of the newest.

use serde::Deserialize;
use thiserror::Error;

use crate::base::time;

/// Why a text is not a manifest of a legacy report.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// No JSON of that shape.
    #[error("the cost report manifest cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A period that is no time.
    #[error("the cost report manifest's billing period cannot be read: {0}")]
    Period(#[from] time::TimeError),
    /// Nothing says which month a data export is of.
    #[error("the manifest of the data export names no file in a folder BILLING_PERIOD=YYYY-MM, nor does it lie in one")]
    NoPeriod,
}

/// What a manifest says about a delivery, whichever kind of export it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Name of the report or export.
    pub report: String,
    /// Month, such as `2024-05`.
    pub period: String,
    /// The delivery: its folder's name where deliveries have folders of their own.
    pub id: String,
    /// Object keys of the data files, in the manifest's order.
    pub keys: Vec<String>,
}

/// The manifest of a data export (CUR 2.0, FOCUS). AWS documents where it lies and not what it holds; these members
/// are what programs read that others have published.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExportManifest {
    execution_id: String,
    /// Addresses, `s3://BUCKET/KEY`.
    data_files: Vec<String>,
}

/// Reads the manifest of a legacy report or of a data export that lies at `path`.
///
/// # Errors
/// When it is neither, or its period cannot be told.
pub fn delivery_of(bytes: &[u8], path: &str) -> Result<Delivery, ManifestError> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(export) = serde_json::from_slice::<ExportManifest>(text) else {
        let manifest = parse_manifest(bytes)?;
        let period = manifest.period();
        return Ok(Delivery { report: manifest.report_name, period, id: manifest.assembly_id, keys: manifest.report_keys });
    };
    let key = |address: &String| {
        let of_bucket = address.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        of_bucket.map_or_else(|| address.clone(), |(_, key)| key.to_owned())
    };
    let keys: Vec<String> = export.data_files.iter().map(key).collect();
    // An export without data names no files.
    let place = keys.first().and_then(|key| assembly_of(key)).or_else(|| assembly_of(path)).ok_or(ManifestError::NoPeriod)?;
    Ok(Delivery { report: place.report, period: place.period, id: place.assembly_id.unwrap_or(export.execution_id), keys })
}

/// The manifest of a legacy Cost and Usage Report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurManifest {
    /// The delivery; a UUID.
    pub assembly_id: String,
    /// Name of the report.
    pub report_name: String,
    /// Account the report belongs to, as delivered.
    pub account: String,
    /// Start of the month, UTC microseconds.
    pub period_start: i64,
    /// End of the month, exclusive.
    pub period_end: i64,
    /// Object keys of the data files, prefix included, in the manifest's order.
    pub report_keys: Vec<String>,
    /// Data files are replaced in place: they lie beside this manifest, not in a folder of their own.
    pub overwrites: bool,
    /// When it was made; manifests seen so far do not say.
    pub created: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    assembly_id: String,
    #[serde(default)]
    report_name: String,
    #[serde(default)]
    account: String,
    billing_period: Period,
    report_keys: Vec<String>,
    #[serde(default, alias = "createdAt", alias = "created")]
    created_at: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Period {
    start: String,
    end: String,
}

/// Reads the manifest of a legacy report.
///
/// # Errors
/// When it is not JSON of that shape or its period is no time.
pub fn parse_manifest(bytes: &[u8]) -> Result<CurManifest, ManifestError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let written: Written = serde_json::from_slice(bytes)?;
    let overwrites = !written.report_keys.iter().any(|key| key.split('/').any(|part| part == written.assembly_id));
    Ok(CurManifest {
        period_start: time::parse(&written.billing_period.start)?,
        period_end: time::parse(&written.billing_period.end)?,
        created: written.created_at.as_ref().and_then(|value| time::parse_json(value).ok()),
        overwrites,
        assembly_id: written.assembly_id,
        report_name: written.report_name,
        account: written.account,
        report_keys: written.report_keys,
    })
}

impl CurManifest {
    /// Whether this manifest names a data file, by the tail of the file's path: exports are copied
    /// from the bucket with more or fewer folders in front.
    pub fn names(&self, path: &str) -> bool {
        let path: Vec<&str> = parts(path).collect();
        self.report_keys.iter().any(|key| {
            let key: Vec<&str> = parts(key).collect();
            // The name alone is the same in every assembly and month: three parts tell them apart.
            let shared = path.iter().rev().zip(key.iter().rev()).take_while(|(a, b)| a == b).count();
            shared > 0 && (shared >= 3 || shared == path.len().min(key.len()))
        })
    }

    /// Month of the report, such as `2024-05`.
    pub fn period(&self) -> String {
        time::month_text(time::day_of(self.period_start))
    }
}

/// What the folders of a cost file say about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assembly {
    /// Name of the report or export.
    pub report: String,
    /// Month, such as `2024-05`.
    pub period: String,
    /// The delivery, where deliveries have folders of their own: a UUID, or for CUR 2.0 and FOCUS the
    /// execution's date and id, which sort by age.
    pub assembly_id: Option<String>,
}

/// Reads report, month and delivery from the folders a cost file lies in; `None` for other layouts.
///
/// Known: `REPORT/20240501-20240601/[ASSEMBLY/]FILE`, `REPORT/[REPORT/]year=2024/month=5/FILE` and
/// `EXPORT/data|metadata/BILLING_PERIOD=2024-05/[EXECUTION/]FILE`.
pub fn assembly_of(path: &str) -> Option<Assembly> {
    let parts: Vec<&str> = parts(path).collect();
    let (_, folders) = parts.split_last()?;
    for (at, folder) in folders.iter().enumerate() {
        let before = |steps: usize| at.checked_sub(steps).and_then(|i| folders.get(i)).copied();
        let (period, report, rest) = if let Some(period) = dated(folder) {
            (period, before(1), at + 1)
        } else if let Some(period) = folder.strip_prefix("BILLING_PERIOD=").and_then(month) {
            let report = before(1).filter(|f| *f == "data" || *f == "metadata").and_then(|_| before(2));
            (period, report.or_else(|| before(1)), at + 1)
        } else if let Some(period) = hive(folder, folders.get(at + 1).copied()) {
            (period, before(1), at + 2)
        } else {
            continue;
        };
        // A file given without its outer folders has no report name to tell.
        let assembly_id = folders.get(rest).map(|id| (*id).to_owned());
        return Some(Assembly { report: report.unwrap_or("").to_owned(), period, assembly_id });
    }
    None
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".")
}

/// `2024-05` of `20240501-20240601`.
fn dated(folder: &str) -> Option<String> {
    let (start, end) = folder.split_once('-')?;
    let eight = |text: &str| text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    if !eight(start) || !eight(end) {
        return None;
    }
    let (start, end) = (time::parse(start).ok()?, time::parse(end).ok()?);
    (start < end).then(|| time::month_text(time::day_of(start)))
}

/// `2024-05` of itself, if it is a month.
fn month(text: &str) -> Option<String> {
    time::parse(&format!("{text}-01")).ok().map(|micros| time::month_text(time::day_of(micros)))
}

/// `2024-05` of `year=2024` and `month=5`.
fn hive(folder: &str, next: Option<&str>) -> Option<String> {
    let year: u32 = folder.strip_prefix("year=")?.parse().ok()?;
    let number: u32 = next?.strip_prefix("month=")?.parse().ok()?;
    month(&format!("{year:04}-{number:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"{"assemblyId":"11111111-2222-3333-4444-555555555555","account":"111122223333",
        "columns":[{"category":"identity","name":"LineItemId"}],"charset":"UTF-8","compression":"GZIP","contentType":"text/csv",
        "reportId":"r","reportName":"acme","billingPeriod":{"start":"20240501T000000.000Z","end":"20240601T000000.000Z"},
        "bucket":"acme-billing","reportKeys":["cost/acme/20240501-20240601/11111111-2222-3333-4444-555555555555/acme-1.csv.gz"],
        "additionalArtifactKeys":[{"artifactType":"RedshiftCommands","name":"x"}]}"#;

    #[test]
    fn manifest_of_a_month() {
        let manifest = parse_manifest(format!("\u{feff}{MANIFEST}").as_bytes()).unwrap();
        assert_eq!(manifest.assembly_id, "11111111-2222-3333-4444-555555555555");
        assert_eq!((manifest.report_name.as_str(), manifest.account.as_str()), ("acme", "111122223333"));
        assert_eq!(manifest.period(), "2024-05");
        assert_eq!(time::rfc3339(manifest.period_end), "2024-06-01T00:00:00Z");
        assert_eq!((manifest.overwrites, manifest.created), (false, None));
        let id = "11111111-2222-3333-4444-555555555555";
        for (path, named) in [
            (format!("in/cost/acme/20240501-20240601/{id}/acme-1.csv.gz"), true),
            (format!("20240501-20240601/{id}/acme-1.csv.gz"), true),
            (format!(r"bill\20240501-20240601\{id}\acme-1.csv.gz"), true),
            ("acme-1.csv.gz".to_owned(), true),
            ("other/acme-1.csv.gz".to_owned(), false),
            ("cost/acme/20240501-20240601/99999999-2222-3333-4444-555555555555/acme-1.csv.gz".to_owned(), false),
            (format!("20240501-20240601/{id}/acme-2.csv.gz"), false),
            (String::new(), false),
        ] {
            assert_eq!(manifest.names(&path), named, "{path}");
        }
        let flat = MANIFEST.replace("20240501-20240601/11111111-2222-3333-4444-555555555555/", "20240501-20240601/");
        assert!(parse_manifest(flat.as_bytes()).unwrap().overwrites);
    }

    #[test]
    fn manifest_of_a_data_export() {
        let written = |files: &[&str]| {
            serde_json::json!({"executionId": "e1", "columns": [{"name": "bill_bill_type"}], "dataFiles": files}).to_string()
        };
        let delivery = |report: &str, id: &str, keys: &[&str]| Delivery {
            report: report.to_owned(),
            period: "2024-05".to_owned(),
            id: id.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        let path = "p/exp/metadata/BILLING_PERIOD=2024-05/exp-Manifest.json";
        // Each execution in a folder of its own, files replaced in place, and no data at all.
        let own = "p/exp/data/BILLING_PERIOD=2024-05/2024-05-07T01:02:03.004Z-e1/exp-00001.csv.gz";
        let read = delivery_of(written(&[&format!("s3://acme-billing/{own}")]).as_bytes(), path).unwrap();
        assert_eq!(read, delivery("exp", "2024-05-07T01:02:03.004Z-e1", &[own]));
        let flat = "p/exp/data/BILLING_PERIOD=2024-05/exp-00001.snappy.parquet";
        assert_eq!(
            delivery_of(written(&[&format!("s3://acme-billing/{flat}")]).as_bytes(), "x.json").unwrap(),
            delivery("exp", "e1", &[flat])
        );
        assert_eq!(delivery_of(written(&[]).as_bytes(), path).unwrap(), delivery("exp", "e1", &[]));
        assert!(matches!(delivery_of(written(&[]).as_bytes(), "x.json"), Err(ManifestError::NoPeriod)));
        let legacy = delivery_of(MANIFEST.as_bytes(), "x.json").unwrap();
        assert_eq!((legacy.report.as_str(), legacy.period.as_str(), legacy.keys.len()), ("acme", "2024-05", 1));
    }

    #[test]
    fn broken_manifests_are_errors() {
        for broken in
            ["", "{}", "[]", "{\"assemblyId\":1}", &MANIFEST.replace("20240501T000000.000Z", "soon"), &MANIFEST[..MANIFEST.len() - 1]]
        {
            assert!(parse_manifest(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[test]
    fn folders_tell_report_month_and_delivery() {
        let assembly = |report: &str, period: &str, id: Option<&str>| {
            Some(Assembly { report: report.to_owned(), period: period.to_owned(), assembly_id: id.map(str::to_owned) })
        };
        for (path, expected) in [
            ("cost/acme/20240501-20240601/aaaa/acme-1.csv.gz", assembly("acme", "2024-05", Some("aaaa"))),
            ("cost/acme/20240501-20240601/acme-1.csv.gz", assembly("acme", "2024-05", None)),
            ("20240501-20240601/acme-1.csv.gz", assembly("", "2024-05", None)),
            ("p/acme/acme/year=2024/month=5/acme-00001.snappy.parquet", assembly("acme", "2024-05", None)),
            ("p/exp/data/BILLING_PERIOD=2024-05/exp-00001.csv.gz", assembly("exp", "2024-05", None)),
            (
                "p/exp/data/BILLING_PERIOD=2024-05/2024-05-07T01:02:03.004Z-abc/exp-00001.csv.gz",
                assembly("exp", "2024-05", Some("2024-05-07T01:02:03.004Z-abc")),
            ),
            ("exp/metadata/BILLING_PERIOD=2024-05/exp-Manifest.json", assembly("exp", "2024-05", None)),
            ("BILLING_PERIOD=2024-05/x.csv", assembly("", "2024-05", None)),
            ("acme.csv", None),
            ("a/20241301-20240601/acme.csv", None),
            ("a/20240601-20240501/acme.csv", None),
            ("a/year=2024/month=13/acme.csv", None),
            ("a/year=2024/acme.csv", None),
            ("20240501-20240601", None),
            ("", None),
        ] {
            assert_eq!(assembly_of(path), expected, "{path}");
        }
    }

    #[test]
    fn real_manifest() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/realdata/cost/nise/s3-layout/prod/cur");
        let Ok(bytes) = std::fs::read(root.join("20260701-20260801/cur-Manifest.json")) else {
            eprintln!("skipped: no real exports beside the project");
            return;
        };
        let manifest = parse_manifest(&bytes).unwrap();
        assert_eq!((manifest.report_name.as_str(), manifest.period().as_str()), ("cur", "2026-07"));
        let path = "prod/cur/20260701-20260801/af603278-75cd-4737-85d8-44fbd6f4f0b0/July-2026-cur.csv.gz";
        assert_eq!(assembly_of(path).unwrap().assembly_id.unwrap(), manifest.assembly_id);
        assert_eq!(assembly_of(path).unwrap().report, "cur");
        assert!(manifest.names(path), "{:?}", manifest.report_keys);
    }
}
