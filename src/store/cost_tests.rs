//! From files to a store and back: Parquet against CSV, order of deliveries, real exports.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::*;
use polars_io::prelude::ParquetWriter;

use super::{Store, build};
use crate::base::{decimal, time};
use crate::ingest::reading::container::Limits;
use crate::schema::Schema as Declared;

fn store(folder: &Path, inputs: &[PathBuf]) -> Store {
    let schema = Arc::new(Declared::new(Vec::new(), Vec::new()).unwrap());
    let mut store = Store::open_or_new(folder, schema).unwrap();
    for input in inputs {
        let offered = build::offered(std::slice::from_ref(input), &[]).unwrap();
        build::ingest(&mut store, &offered, &[], &build::Reading { limits: Limits::default(), threads: 2, keep_raw: false }, &|_, _, _| {})
            .unwrap();
    }
    store
}

/// Sums of a decimal column of `costs`.
fn sum(store: &Store, column: &str) -> String {
    let table = store.schema().table("costs").unwrap();
    let frame = store.read(&table, Some(&[column.to_owned()])).unwrap();
    let values = frame.column(column).unwrap().as_materialized_series().decimal().unwrap().physical().iter().flatten().sum();
    decimal::text(values)
}

/// The rows of `costs` without the file they came from.
fn rows(store: &Store) -> DataFrame {
    let table = store.schema().table("costs").unwrap();
    store.read(&table, None).unwrap().drop("source_file_id").unwrap()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

fn parquet(frame: &mut DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Two row groups, so that slices are crossed.
    ParquetWriter::new(&mut bytes).with_row_group_size(Some(2)).finish(frame).unwrap();
    bytes
}

fn times(values: &[&str]) -> Column {
    let micros: Vec<i64> = values.iter().map(|v| time::parse(v).unwrap()).collect();
    Int64Chunked::from_vec("".into(), micros).into_series().cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap().into_column()
}

fn decimals(values: &[i128], scale: usize) -> Column {
    Int128Chunked::from_vec("".into(), values.to_vec()).into_decimal_unchecked(38, scale).into_series().into_column()
}

/// Lists of keys with values, as Parquet maps arrive.
fn maps(values: &[&[(&str, &str)]]) -> Column {
    let rows = values.iter().map(|pairs| {
        let keys = StringChunked::from_iter_values("key".into(), pairs.iter().map(|p| p.0)).into_series();
        let values = StringChunked::from_iter_values("value".into(), pairs.iter().map(|p| p.1)).into_series();
        StructChunked::from_series("".into(), pairs.len(), [keys, values].iter()).unwrap().into_series()
    });
    Series::new("".into(), rows.collect::<Vec<_>>()).into_column()
}

#[test]
fn parquet_and_csv_of_a_month_give_the_same_rows() {
    let temp = tempfile::tempdir().unwrap();
    let csv = "line_item_line_item_type,line_item_unblended_cost,line_item_usage_start_date,line_item_usage_end_date,line_item_usage_amount,\
        line_item_currency_code,line_item_product_code,bill_billing_period_start_date,bill_payer_account_id,product,resource_tags,reservation_effective_cost\n\
        Usage,0.0114,2024-05-01T00:00:00Z,2024-05-01T01:00:00Z,1,USD,AmazonEC2,2024-05-01T00:00:00Z,111122223333,\
        \"{\"\"product_name\"\":\"\"Amazon EC2\"\",\"\"vcpu\"\":\"\"2\"\"}\",\"{\"\"user_env\"\":\"\"Prod\"\"}\",\n\
        DiscountedUsage,0,2024-05-01T01:00:00Z,2024-05-01T02:00:00Z,1.5,USD,AmazonEC2,2024-05-01T00:00:00Z,111122223333,{},{},0.000000123456789\n\
        Tax,1.5,2024-05-01T00:00:00Z,2024-06-01T00:00:00Z,1,USD,AmazonEC2,2024-05-01T00:00:00Z,111122223333,{},{},\n\
        Credit,-0.25,2024-05-03T00:00:00Z,2024-06-01T00:00:00Z,,USD,,2024-05-01T00:00:00Z,111122223333,{},\"{\"\"user_env\"\":\"\"dev\"\"}\",\n";
    let text = |values: &[Option<&str>]| StringChunked::from_slice_options("".into(), values).into_series();
    let month = ["2024-05-01T00:00:00Z"; 4];
    let columns = [
        ("line_item_line_item_type", text(&[Some("Usage"), Some("DiscountedUsage"), Some("Tax"), Some("Credit")]).into_column()),
        ("line_item_unblended_cost", Float64Chunked::from_slice("".into(), &[0.0114, 0.0, 1.5, -0.25]).into_column()),
        (
            "line_item_usage_start_date",
            times(&["2024-05-01T00:00:00Z", "2024-05-01T01:00:00Z", "2024-05-01T00:00:00Z", "2024-05-03T00:00:00Z"]),
        ),
        (
            "line_item_usage_end_date",
            times(&["2024-05-01T01:00:00Z", "2024-05-01T02:00:00Z", "2024-06-01T00:00:00Z", "2024-06-01T00:00:00Z"]),
        ),
        ("line_item_usage_amount", Float64Chunked::from_slice_options("".into(), &[Some(1.0), Some(1.5), Some(1.0), None]).into_column()),
        // A dictionary of strings.
        ("line_item_currency_code", text(&[Some("USD"); 4]).cast(&DataType::from_categories(Categories::global())).unwrap().into_column()),
        ("line_item_product_code", text(&[Some("AmazonEC2"), Some("AmazonEC2"), Some("AmazonEC2"), None]).into_column()),
        ("bill_billing_period_start_date", times(&month)),
        ("bill_payer_account_id", text(&[Some("111122223333"); 4]).into_column()),
        ("product", maps(&[&[("product_name", "Amazon EC2"), ("vcpu", "2")], &[], &[], &[]])),
        ("resource_tags", maps(&[&[("user_env", "Prod")], &[], &[], &[("user_env", "dev")]])),
        ("reservation_effective_cost", decimals(&[0, 123_456_789, 0, 0], 15)),
    ];
    let columns = columns.into_iter().map(|(name, column)| column.with_name(name.into())).collect();
    let mut frame = DataFrame::new(4, columns).unwrap();
    let from_parquet = store(&temp.path().join("p"), &[write(temp.path(), "a/exp-00001.snappy.parquet", &parquet(&mut frame))]);
    let from_csv = store(&temp.path().join("c"), &[write(temp.path(), "b/exp-00001.csv", csv.as_bytes())]);
    let file = from_parquet.manifest.files.values().next().unwrap();
    assert_eq!((file.format.label(), file.read, file.kept), ("Cost and Usage Report 2.0", 4, 4));
    assert!(file.notes.iter().any(|n| n.to_string().contains("binary floating point")), "{:?}", file.notes);
    let (parquet, csv) = (rows(&from_parquet), rows(&from_csv));
    assert!(parquet.equals_missing(&csv), "{parquet}\n{csv}");
    assert_eq!(parquet.height(), 4);
    assert_eq!(file.charges, from_csv.manifest.files.values().next().unwrap().charges);
    assert_eq!(sum(&from_parquet, "BilledCost"), "1.2614");
}

#[test]
fn damaged_parquet_is_accounted_for() {
    let lines = 40;
    let text = |value: &str| StringChunked::from_iter_values("".into(), std::iter::repeat_n(value, lines)).into_column();
    let amounts: Vec<i128> = (0..lines as i128).map(|n| n * 1_000).collect();
    let columns = [
        ("line_item_line_item_type", text("Usage")),
        ("line_item_unblended_cost", decimals(&amounts, 6)),
        ("line_item_usage_start_date", times(&vec!["2024-05-01T00:00:00Z"; lines])),
        ("line_item_currency_code", text("USD")),
        ("bill_billing_period_start_date", times(&vec!["2024-05-01T00:00:00Z"; lines])),
        ("bill_payer_account_id", text("111122223333")),
        ("resource_tags", maps(&vec![&[("user_env", "Prod")][..]; lines])),
    ];
    let columns = columns.into_iter().map(|(name, column)| column.with_name(name.into())).collect();
    let whole = parquet(&mut DataFrame::new(lines, columns).unwrap());
    let schema = Arc::new(Declared::new(Vec::new(), Vec::new()).unwrap());
    // SplitMix64, so that a failure can be had again.
    let mut state = 1_u64;
    let mut random = |n: usize| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((z ^ (z >> 27)) % n as u64) as usize
    };
    let cases = std::env::var("DAMAGED_FILES").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    for case in 0..=cases {
        let mut bytes = whole.clone();
        for _ in 0..case.min(1 + case % 3) {
            // The footer, which says where everything is, as often as the rest.
            let from = if case % 2 == 0 { bytes.len() * 3 / 4 } else { 0 };
            let at = from + random(bytes.len() - from);
            match random(4) {
                0 => bytes[at] ^= 1 << random(8),
                1 => bytes[at] = random(256) as u8,
                2 => drop(bytes.drain(at..(at + 5).min(whole.len() / 2).max(at))),
                _ => bytes.insert(at, random(256) as u8),
            }
        }
        let mut rows = 0;
        let mut sink = |batch: &crate::ingest::batch::Batch| rows += if batch.table().name == "costs" { batch.len() } else { 0 };
        let mut out = crate::ingest::batch::Output::new(Arc::clone(&schema), &mut sink);
        crate::store::reading::parquet::read(crate::store::reading::parquet::Bytes::Held(&bytes), &mut out);
        out.finish();
        let (counts, rejects) = (out.counts, out.rejects.len() as u64);
        drop(out);
        assert_eq!((counts.read, rejects), (counts.kept + counts.rejected, counts.rejected), "case {case}");
        assert_eq!(rows as u64, counts.kept, "case {case}");
        assert!(case > 0 || counts.kept == lines as u64);
        let _ = crate::store::reading::parquet::format(crate::store::reading::parquet::Bytes::Held(&bytes));
        let _ = crate::store::reading::parquet::find(&bytes, 3);
    }
}

#[test]
fn broken_rows_of_parquet_are_rejected_with_their_number() {
    let temp = tempfile::tempdir().unwrap();
    let text = |values: &[Option<&str>]| StringChunked::from_slice_options("".into(), values).into_column();
    let columns = [
        ("BilledCost", decimals(&[150, 25, 300], 2)),
        ("ChargeCategory", text(&[Some("Usage"), Some("Usage"), Some("Tax")])),
        ("ChargePeriodStart", text(&[Some("2024-05-01"), Some("soon"), Some("2024-05-02")])),
        ("BillingCurrency", text(&[Some("USD"); 3])),
    ];
    let columns = columns.into_iter().map(|(name, column)| column.with_name(name.into())).collect();
    let mut frame = DataFrame::new(3, columns).unwrap();
    let bytes = parquet(&mut frame);
    let made = store(&temp.path().join("s"), &[write(temp.path(), "f.parquet", &bytes)]);
    let file = made.manifest.files.values().next().unwrap();
    assert_eq!((file.format.label(), file.read, file.kept, file.rejected), ("FOCUS cost export", 3, 2, 1));
    assert_eq!((file.rejects[0].record, file.rejects[0].reason.contains("'soon'")), (1, true));
    assert_eq!(decimal::text(file.charges.as_ref().unwrap().rejected[0].amount), "0.25");
    assert_eq!(sum(&made, "BilledCost"), "4.5");
    let found = crate::store::reading::parquet::find(&bytes, 1).unwrap();
    assert!(found.contains("\"soon\"") && found.contains("\"0.25\""), "{found}");
    assert_eq!(crate::store::reading::parquet::find(&bytes, 3), None);
    // Cut anywhere, it is a reject and never a panic.
    for cut in [5, bytes.len() / 3, bytes.len() / 2, bytes.len() - 9, bytes.len() - 1] {
        let folder = temp.path().join(format!("cut{cut}"));
        let made = store(&folder, &[write(temp.path(), &format!("cut{cut}.parquet"), &bytes[..cut])]);
        let file = made.manifest.files.values().next().unwrap();
        assert!(file.balances() && file.rejected > 0, "{cut}: {file:?}");
    }
}

/// Two deliveries of one month, in both orders and in one go.
#[test]
fn a_second_delivery_replaces_the_first_whatever_the_order() {
    let header = "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UnblendedCost,lineItem/CurrencyCode,bill/BillingPeriodStartDate\n";
    let line = |day: u32, cost: &str| format!("Usage,2024-05-{day:02}T00:00:00Z,{cost},USD,2024-05-01T00:00:00Z\n");
    let temp = tempfile::tempdir().unwrap();
    let month = "acme/20240501-20240601";
    let put = |half: &str, assembly: &str, text: &str| {
        let folder = temp.path().join(half);
        write(&folder, &format!("{month}/{assembly}/acme-1.csv"), text.as_bytes());
        let keys = format!("\"cost/{month}/{assembly}/acme-1.csv\"");
        let manifest = format!(
            r#"{{"assemblyId":"{assembly}","reportName":"acme","billingPeriod":{{"start":"20240501T000000.000Z","end":"20240601T000000.000Z"}},"reportKeys":[{keys}]}}"#
        );
        write(&folder, &format!("{month}/{assembly}/acme-Manifest.json"), manifest.as_bytes());
        (folder, manifest)
    };
    let (first, _) = put("first", "aaaaaaaa", &(header.to_owned() + &line(1, "1.25") + &line(31, "2")));
    let (second, manifest) = put("second", "bbbbbbbb", &(header.to_owned() + &line(1, "1.5") + &line(2, "0.001")));
    write(&second, &format!("{month}/acme-Manifest.json"), manifest.as_bytes());
    let one = store(&temp.path().join("12"), &[first.clone(), second.clone()]);
    let other = store(&temp.path().join("21"), &[second, first]);
    for made in [&one, &other] {
        assert_eq!(sum(made, "BilledCost"), "1.501");
        assert_eq!(made.manifest.billing[0].assembly, "bbbbbbbb");
    }
    assert_eq!(serde_json::to_string(&one.manifest.files).unwrap(), serde_json::to_string(&other.manifest.files).unwrap());
    assert_eq!(one.manifest.billing, other.manifest.billing);
    assert!(rows(&one).equals_missing(&rows(&other)));
    let apart: u64 = one.manifest.files.values().map(|f| f.out_of_scope).sum();
    assert_eq!(apart, 2);
}

#[test]
fn real_reports_account_for_every_line_and_amount() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/realdata/cost");
    if !root.is_dir() {
        eprintln!("skipped: no real exports beside the project");
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let nise = store(&temp.path().join("nise"), &[root.join("nise")]);
    let file = nise.manifest.files.values().find(|f| f.charges.is_some()).unwrap();
    // Counted and summed outside, with a CSV reader and decimals of any length.
    assert_eq!((file.read, file.kept, file.rejected), (14_352, 14_352, 0));
    let charges = file.charges.as_ref().unwrap();
    let total = charges.totals.iter().map(|t| t.sums.amount).sum();
    assert!(decimal::text(total).starts_with("142800.0420461457854424"), "{}", decimal::text(total));
    let stored = sum(&nise, "BilledCost");
    let uncancelled: i128 = charges.totals.iter().map(|t| t.sums.uncancelled).sum();
    assert_eq!(decimal::parse(&stored).unwrap().units + uncancelled, total);
    assert!(nise.manifest.billing[0].missing.is_empty(), "{:?}", nise.manifest.billing);
}
