//! Tables as Markdown: comment, caption, rows, note; the first rows of a long one, with where the others are.

use serde_json::json;
use tera::TeraResult;

use super::escape::{self, put};
use super::links::{is_workpaper, resolve};
use super::model::{Cell, CellKind, Column, Report, Table, is_id};
use super::notes::{Document, Shared, fail, lock};
use super::wording::Wording;

/// The first `rows` of a table, with where the others are: in its workpaper, else whole in the annex, where no table is cut.
pub(super) fn print_first(report: &Report, notes: &Shared, wording: &Wording, mut table: Table, rows: Option<usize>) -> TeraResult<String> {
    let rows = rows.filter(|_| lock(notes).document != Document::Annex);
    let Some(rows) = rows.filter(|rows| table.rows.len() > rows + usize::from(table.has_total_row) + SPARE) else {
        return print_table(report, notes, wording, table);
    };
    let whole = table.clone();
    let total = table.rows.split_off(rows).pop().filter(|_| table.has_total_row);
    table.rows.extend(total);
    table.total = table.total.max(whole.rows.len() as u64 - u64::from(whole.has_total_row));
    let mut elsewhere = None;
    if whole.workpaper.is_none() {
        let anchor = escape::slug(&escape::plain(in_full(&whole)));
        // The whole of a table may itself be the first of many rows.
        let is_whole = whole.total <= (whole.rows.len() - usize::from(whole.has_total_row)) as u64;
        let words = &wording.labels.words;
        let words = escape::md(if is_whole { &words.all_in_annex } else { &words.more_in_annex }, 400);
        elsewhere = Some(format!("[{words}]({}#{anchor})", Document::Annex.template()));
        lock(notes).cut.push(whole);
    }
    printed(report, notes, wording, table, elsewhere.as_deref())
}

/// Rows beyond those asked for that are printed all the same: a table is not cut for two rows.
const SPARE: usize = 2;

/// The heading of a table that is printed whole in the annex.
pub(super) fn in_full(table: &Table) -> &str {
    if table.caption.is_empty() { &table.id } else { &table.caption }
}

/// A table as Markdown: comment, caption, rows, note; remembers it for the HTML.
pub(super) fn print_table(report: &Report, notes: &Shared, wording: &Wording, table: Table) -> TeraResult<String> {
    printed(report, notes, wording, table, None)
}

/// [`print_table`] of a table that is printed whole elsewhere.
fn printed(report: &Report, notes: &Shared, wording: &Wording, table: Table, elsewhere: Option<&str>) -> TeraResult<String> {
    if !is_id(&table.id) {
        return fail(format!("table id `{}` is not an id", table.id));
    }
    if lock(notes).tables.contains_key(&table.id) {
        return fail(format!("table `{}` is printed twice", table.id));
    }
    let mut out = String::new();
    if table.rows.is_empty() {
        let lead = if table.caption.is_empty() { String::new() } else { format!("**{}**\n\n", escape::md(&table.caption, 400)) };
        put!(out, "{lead}{}", escape::md(&table.empty, 400));
    } else {
        put!(out, "<!--sixpillars:table {}-->\n\n", table.id);
        if !table.caption.is_empty() {
            put!(out, "**{}**\n\n", escape::md(&table.caption, 400));
        }
        for column in &table.columns {
            put!(out, "| {} ", escape::cell(&column.title, 80));
        }
        out.push_str("|\n");
        for column in &table.columns {
            out.push_str(if column.kind == CellKind::Number { "|---:" } else { "|---" });
        }
        out.push_str("|\n");
        for row in &table.rows {
            if row.len() != table.columns.len() {
                return fail(format!("table `{}` has {} columns and a row of {} cells", table.id, table.columns.len(), row.len()));
            }
            for (column, cell) in table.columns.iter().zip(row) {
                put!(out, "| {} ", print_cell(report, notes, column, cell)?);
            }
            out.push_str("|\n");
        }
        if let Some(note) = note(wording, &table, elsewhere)? {
            put!(out, "\n*{note}*");
        }
    }
    wording.check().map_err(|e| tera::Error::message(e.to_string()))?;
    lock(notes).tables.insert(table.id.clone(), table);
    Ok(out)
}

fn note(wording: &Wording, table: &Table, elsewhere: Option<&str>) -> TeraResult<Option<String>> {
    let shown = (table.rows.len() - usize::from(table.has_total_row)) as u64;
    let cut = table.total > shown;
    let figures = || {
        let figures = json!({"shown": escape::thousands(shown), "total": escape::thousands(table.total), "unit": table.counted_in});
        escape::md(&wording.said("shown", &figures), 400)
    };
    match &table.workpaper {
        Some(path) if !is_workpaper(path) => fail(format!("`{path}` is not a path below workpapers/")),
        Some(path) => {
            let lead = if cut { format!("{}; {}", figures(), wording.labels.words.all_in) } else { wording.labels.words.also_in.clone() };
            Ok(Some(format!("{} [{}]({path})", lead, escape::md(path, 200))))
        }
        None if cut => Ok(Some(match elsewhere {
            Some(link) => format!("{}; {link}", figures()),
            None => figures(),
        })),
        None => Ok(None),
    }
}

fn print_cell(report: &Report, notes: &Shared, column: &Column, cell: &Cell) -> TeraResult<String> {
    let text = match cell.kind.unwrap_or(column.kind) {
        CellKind::Code => escape::code_cell(&cell.text, escape::CODE_CAP),
        _ => escape::cell(&cell.text, escape::CELL_CAP),
    };
    match &cell.href {
        Some(href) if !cell.text.trim().is_empty() => Ok(format!("[{text}]({})", resolve(report, notes, href)?)),
        _ => Ok(text),
    }
}
