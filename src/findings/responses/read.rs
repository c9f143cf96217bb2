//! A filled register, read back: CSV with any separator, or XLSX.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::Path;

use super::cells::restored;
use super::xlsx;
use super::{Answer, Place, ResponsesError};
use crate::base::shown;
use crate::findings::register::{GENERATED, TYPED, column};

/// Bytes of a register at most.
const MOST: u64 = 64 << 20;

/// Rows within which the heading stands: people put titles above it.
const HEADING_WITHIN: usize = 20;

/// Separators that a CSV may have.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Reads a file, every cell as it was typed.
///
/// # Errors
/// When it cannot be read, or no row names its columns.
pub fn read(path: &Path) -> Result<Vec<Answer>, ResponsesError> {
    let file = shown::name(path.file_name().unwrap_or_else(|| OsStr::new("responses")));
    let io = |source| ResponsesError::Io { file: file.clone(), source };
    let mut bytes = Vec::new();
    if !std::fs::metadata(path).map_err(io)?.is_file() {
        return Err(io(std::io::Error::other("it is not a regular file")));
    }
    std::fs::File::open(path).and_then(|opened| opened.take(MOST + 1).read_to_end(&mut bytes)).map_err(io)?;
    if bytes.len() as u64 > MOST {
        return Err(ResponsesError::Large { file, most: MOST });
    }
    of_bytes(&bytes, &file)
}

/// Reads the bytes of a file.
fn of_bytes(bytes: &[u8], file: &str) -> Result<Vec<Answer>, ResponsesError> {
    if bytes.starts_with(b"PK") {
        let sheets = xlsx::sheets(bytes).map_err(|why| ResponsesError::Workbook { file: file.to_owned(), why })?;
        let named = sheets.iter().find_map(|rows| answers(rows, file, &str::to_owned));
        return named.ok_or_else(|| ResponsesError::NoHeader { file: file.to_owned() });
    }
    let text = std::str::from_utf8(bytes).map_err(|_not_utf8| ResponsesError::Encoding { file: file.to_owned() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for separator in SEPARATORS {
        let rows = rows(text, separator).map_err(|e| ResponsesError::Csv { file: file.to_owned(), why: e.to_string() })?;
        if let Some(found) = answers(&rows, file, &restored) {
            return Ok(found);
        }
    }
    Err(ResponsesError::NoHeader { file: file.to_owned() })
}

fn rows(text: &str, separator: u8) -> Result<Vec<Vec<String>>, csv::Error> {
    let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut rows: Vec<Vec<String>> = Vec::new();
    for record in reader.into_records() {
        let record = record?;
        // The reader passes over empty lines, which are rows of the sheet all the same.
        let at = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(text.len());
        let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
        // The second half of a line end that the row before began.
        let rest = if before.ends_with('\r') { rest.strip_prefix('\n').unwrap_or(rest) } else { rest };
        let ends = &rest[..rest.len() - rest.trim_start_matches(['\r', '\n']).len()];
        let empty = ends.matches('\n').count().max(ends.matches('\r').count());
        rows.extend(std::iter::repeat_n(Vec::new(), empty));
        rows.push(record.iter().map(str::to_owned).collect());
    }
    Ok(rows)
}

/// The answers of a sheet; `None` where no row names the column `id` and one to fill.
fn answers(rows: &[Vec<String>], file: &str, typed: &dyn Fn(&str) -> String) -> Option<Vec<Answer>> {
    let is_heading = |row: &Vec<String>| {
        let names: Vec<String> = row.iter().map(|cell| column(cell)).collect();
        names.iter().any(|name| name == "id") && names.iter().any(|name| TYPED.contains(&name.as_str()))
    };
    let heading = rows.iter().take(HEADING_WITHIN).position(is_heading)?;
    let names: Vec<(String, &str)> = rows.get(heading)?.iter().map(|cell| (column(cell), cell.as_str())).collect();
    let mut found = Vec::new();
    for (at, row) in rows.iter().enumerate().skip(heading + 1) {
        let place = Place { file: file.to_owned(), row: at as u64 + 1 };
        let mut answer =
            Answer { id: String::new(), typed: TYPED.map(|_| String::new()), added: Vec::new(), generated: BTreeMap::new(), place };
        for (number, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let cell = typed(cell);
            let (name, heading) = names.get(number).map_or(("", ""), |(name, heading)| (name.as_str(), *heading));
            if let Some(place) = TYPED.iter().position(|column| *column == name) {
                // Of two columns with one name the first is meant, and what stands in the second is kept.
                match answer.typed.get_mut(place).filter(|own| own.is_empty()) {
                    Some(own) => *own = cell,
                    None => answer.added.push((format!("{heading} ({})", number + 1), cell)),
                }
            } else if GENERATED.contains(&name) {
                if name == "id" {
                    answer.id.clone_from(&cell);
                }
                answer.generated.insert(name.to_owned(), cell);
            } else {
                let heading = if heading.trim().is_empty() { format!("column {}", number + 1) } else { typed(heading) };
                answer.added.push((heading, cell));
            }
        }
        found.push(answer);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_german_excel_writes_semicolons_a_byte_order_mark_and_windows_line_ends() {
        let text = "\u{feff}finding;id;title;response;due_date;comment;Ticket\r\nF-01;a-1;T;agree;31.12.2026;\"Größe; \"\"neu\"\"\r\nzweite Zeile\";T-7\r\nF-02;b-2;T;;;;\r\n";
        let found = of_bytes(text.as_bytes(), "r.csv").unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].id.as_str(), found[0].place.row), ("a-1", 2));
        assert_eq!(found[0].cell("comment"), "Größe; \"neu\"\r\nzweite Zeile");
        assert_eq!(found[0].cell("due_date"), "31.12.2026");
        assert_eq!(found[0].added, [("Ticket".to_owned(), "T-7".to_owned())]);
    }

    #[test]
    fn titles_above_the_heading_and_headings_in_words_are_read() {
        let text = "Register of findings\n\nFinding,ID,Response,Due date,,Comment\nF-01,a-1,disagree,2026-12-31,stray,'=1\n";
        let found = of_bytes(text.as_bytes(), "r.csv").unwrap();
        assert_eq!((found[0].place.row, found[0].cell("due_date"), found[0].cell("comment")), (4, "2026-12-31", "=1"));
        assert_eq!(found[0].added, [("column 5".to_owned(), "stray".to_owned())]);
    }

    #[test]
    fn what_is_no_register_is_refused() {
        assert!(matches!(of_bytes(b"a,b\n1,2\n", "r.csv"), Err(ResponsesError::NoHeader { .. })));
        assert!(matches!(of_bytes(b"id,comment\na,Gr\xf6\xdfe\n", "r.csv"), Err(ResponsesError::Encoding { .. })));
        assert!(matches!(of_bytes(b"PK\x03\x04", "r.xlsx"), Err(ResponsesError::Workbook { .. })));
    }
}
