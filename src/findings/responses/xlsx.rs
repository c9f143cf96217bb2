//! The sheets of a workbook as rows of text.

use std::io::Cursor;

use calamine::{Data, Range, Reader as _, Xlsx};

/// Bytes that a workbook may unpack to.
const MOST: u64 = 512 << 20;
/// Rows and columns of a sheet that are read: a cell far out would otherwise make a table as large as the way to it.
const ROWS: u32 = 200_000;
const COLUMNS: u32 = 500;

/// All sheets, each from its first row and column on.
///
/// # Errors
/// With the reason in words, when it is no workbook, or larger than one of findings is.
pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<Vec<Vec<String>>>, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| e.to_string())?;
    let mut unpacked = 0_u64;
    for at in 0..archive.len() {
        unpacked = unpacked.saturating_add(archive.by_index_raw(at).map_err(|e| e.to_string())?.size());
    }
    if unpacked > MOST {
        return Err(format!("it unpacks to more than {MOST} bytes"));
    }
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|e| e.to_string())?;
    let mut sheets = Vec::new();
    for name in book.sheet_names() {
        let values = book.worksheet_range(&name).map_err(|e| e.to_string())?;
        let formulas = book.worksheet_formula(&name).map_err(|e| e.to_string())?;
        sheets.push(rows(&values, &formulas)?);
    }
    Ok(sheets)
}

fn rows(values: &Range<Data>, formulas: &Range<String>) -> Result<Vec<Vec<String>>, String> {
    let ends = [values.end(), formulas.end()].into_iter().flatten();
    let (last_row, last_column) = ends.fold((0, 0), |(row, column), end| (end.0.max(row), end.1.max(column)));
    if last_row >= ROWS || last_column >= COLUMNS {
        return Err(format!("a sheet has more than {ROWS} rows or {COLUMNS} columns"));
    }
    let cell = |at: (u32, u32)| {
        let value = values.get_value(at).map(text).unwrap_or_default();
        match formulas.get_value(at).filter(|formula| !formula.is_empty()) {
            // A formula that no spreadsheet has computed is kept as it was typed.
            Some(formula) if value.is_empty() => format!("={formula}"),
            _ => value,
        }
    };
    Ok((0..=last_row).map(|row| (0..=last_column).map(|column| cell((row, column))).collect()).collect())
}

/// A cell as text: dates as ISO 8601, numbers without a point where they are whole. Of an error nothing is left.
fn text(value: &Data) -> String {
    match value {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        Data::DateTime(date) if date.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            let time = if (hour, minute, second) == (0, 0, 0) { String::new() } else { format!("T{hour:02}:{minute:02}:{second:02}") };
            format!("{year:04}-{month:02}-{day:02}{time}")
        }
        Data::DateTime(duration) => duration.as_f64().to_string(),
        Data::Error(_) | Data::Empty => String::new(),
    }
}
