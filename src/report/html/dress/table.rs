//! Tables: caption, marks of severities and results, kinds of cells, note; all from the model's metadata.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::report::escape::{self, put};
use crate::report::html::cells;
use crate::report::model::{Cell, CellKind, Severity, Table};

use super::{Dress, Writer, breaks};
use crate::report::html::facets::Facets;

/// Tables with more rows can be sorted.
const SORTED: usize = 3;
/// Shades of a count.
const STEPS: u32 = 5;

impl Writer<'_> {
    /// Writes the table between the events `start` and `end`, with its note; the index after them.
    pub(super) fn table(&mut self, start: usize, end: usize, caption: Option<Range<usize>>) -> usize {
        let id = match self.pending.take() {
            Some(Dress::Table(id)) => Some(id),
            _ => None,
        };
        let meta = id.as_ref().and_then(|id| self.tables.get(id));
        let rows = self.events[start..end].iter().filter(|e| matches!(e, Event::Start(Tag::TableRow))).count();
        let rows = rows - usize::from(meta.is_some_and(|t| t.has_total_row) && rows > 0);
        let sortable = if rows > SORTED { " data-sort" } else { "" };
        let cut = meta.filter(|t| t.total > rows as u64).map_or_else(String::new, |t| format!(" data-of=\"{}\"", t.total));
        let name = caption.clone().map_or_else(
            || match meta {
                Some(t) if t.id.starts_with("exceptions-") => "Exceptions".into(),
                Some(t) if !t.caption.is_empty() => t.caption.clone(),
                _ => "Table".into(),
            },
            |c| self.plain(c),
        );
        let anchor = id.as_ref().map_or_else(String::new, |id| format!(" id=\"table-{}\"", escape::slug(id)));
        put!(
            self.out,
            "<div class=\"tbl\"{anchor}{sortable}{cut}><div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{}\"><table>",
            escape::html(&escape::plain(&name))
        );
        if let Some(caption) = caption {
            self.out.push_str("<caption><span>");
            self.inlines(caption.start + 1..caption.end - 1);
            self.out.push_str("</span></caption>");
        }
        self.rows(start, end, meta);
        self.out.push_str("</table></div>");
        let mut after = end + 1;
        if meta.is_some()
            && let Some(Event::Start(Tag::Paragraph)) = self.events.get(after)
        {
            let note_end = self.end(after);
            if self.whole(after, note_end, TagEnd::Emphasis) {
                self.out.push_str("<p class=\"tnote\">");
                self.inlines(after + 2..note_end - 1);
                self.out.push_str("</p>");
                after = note_end + 1;
            }
        }
        self.out.push_str("</div>\n");
        after
    }

    fn rows(&mut self, start: usize, end: usize, meta: Option<&Table>) {
        let body_rows = self.events[start..end].iter().filter(|e| matches!(e, Event::Start(Tag::TableRow))).count();
        let outcomes = meta.map(Facets::outcomes).unwrap_or_default();
        let most = meta.map_or(0.0, most_shaded);
        let (mut row, mut column, mut head) = (0_usize, 0_usize, false);
        let mut i = start + 1;
        while i < end {
            match &self.events[i] {
                Event::Start(Tag::TableHead) => {
                    self.out.push_str("<thead><tr>");
                    (head, column) = (true, 0);
                }
                Event::End(TagEnd::TableHead) => {
                    self.out.push_str("</tr></thead><tbody>");
                    head = false;
                }
                Event::Start(Tag::TableRow) => {
                    column = 0;
                    let total = meta.is_some_and(|t| t.has_total_row) && row + 1 == body_rows;
                    let attributes = match meta.and_then(|t| Some((t, t.rows.get(row)?))) {
                        _ if total => " class=\"sum\"".to_owned(),
                        Some((table, cells)) => self.facets.row(table, cells, &outcomes),
                        None => String::new(),
                    };
                    self.filterable();
                    put!(self.out, "<tr{attributes}>");
                }
                Event::End(TagEnd::TableRow) => {
                    self.out.push_str("</tr>\n");
                    row += 1;
                }
                Event::Start(Tag::TableCell) => {
                    let cell_end = self.end(i);
                    let cell = meta.filter(|_| !head).and_then(|t| t.rows.get(row)).and_then(|r| r.get(column));
                    let own = cell.and_then(|c| c.kind);
                    let figure = cell.map_or_else(String::new, figure);
                    let kind = meta.and_then(|t| t.columns.get(column)).map(|c| c.kind);
                    let kind = if head { kind } else { own.or(kind) }.unwrap_or_default();
                    let shade = meta.and_then(|t| t.columns.get(column)).and_then(|c| c.shade).zip(cell.and_then(|c| c.raw));
                    let shade = shade.map_or_else(String::new, |(severity, raw)| shade_class(severity, raw, most));
                    self.cell(i + 1..cell_end, kind, head, column == 0, (&figure, &shade));
                    column += 1;
                    i = cell_end;
                }
                _ => {}
            }
            i += 1;
        }
        self.out.push_str("</tbody>");
    }

    fn cell(&mut self, range: Range<usize>, kind: CellKind, head: bool, first: bool, (figure, shade): (&str, &str)) {
        let text = self.plain(range.clone());
        let class = match kind {
            CellKind::Number if !shade.is_empty() => shade,
            CellKind::Number => " class=\"r\"",
            CellKind::Date => " class=\"d\"",
            CellKind::Severity | CellKind::Result if head => " class=\"s\"",
            // Long unbroken text must be allowed to break anywhere, short names must not.
            CellKind::Code | CellKind::Text if breaks::longest(&text) > 36 => " class=\"l\"",
            CellKind::Code if text.len() <= 24 => " class=\"c\"",
            CellKind::Text if text.len() > 60 => " class=\"t\"",
            _ => "",
        };
        let row_head = first && matches!(kind, CellKind::Text | CellKind::Code);
        let (open, close) = match (head, row_head) {
            (true, _) => ("<th scope=\"col\"", "</th>"),
            (false, true) => ("<th scope=\"row\"", "</th>"),
            (false, false) => ("<td", "</td>"),
        };
        put!(self.out, "{open}{class}{figure}>");
        let mark = match kind {
            CellKind::Severity if !head => cells::severity_class(&text).map(|c| format!("sev {c}")),
            CellKind::Result if !head => cells::result_class(&text).map(|c| format!("res {c}")),
            _ => None,
        };
        if let Some(mark) = &mark {
            put!(self.out, "<span class=\"{mark}\">");
        }
        if kind == CellKind::Date && range.len() == 1 {
            // It stands on one line as it is.
            escape::push_html(&mut self.out, &text);
        } else {
            self.joints = true;
            self.inlines(range);
            self.joints = false;
        }
        if mark.is_some() {
            self.out.push_str("</span>");
        }
        self.out.push_str(close);
    }
}

/// The largest count of the columns that are shaded; a total is none of them.
fn most_shaded(table: &Table) -> f64 {
    let rows = &table.rows[..table.rows.len() - usize::from(table.has_total_row && !table.rows.is_empty())];
    let shaded = |row: &Vec<Cell>| -> f64 {
        let cells = table.columns.iter().zip(row).filter(|(column, _)| column.shade.is_some());
        cells.filter_map(|(_, cell)| cell.raw).filter(|raw| raw.is_finite()).fold(0.0, f64::max)
    };
    rows.iter().map(shaded).fold(0.0, f64::max)
}

/// The class of a shaded count: the colour, and a step of five by its share of the largest; nothing for none. The number
/// stands in the cell, so that the shade says nothing by itself.
fn shade_class(severity: Severity, raw: f64, most: f64) -> String {
    let step = (1..=STEPS).find(|step| raw * f64::from(STEPS) <= most * f64::from(*step));
    match step {
        Some(step) if raw > 0.0 => format!(" class=\"r heat h{step} h-{}\"", severity.word()),
        _ => String::new(),
    }
}

/// The number behind a cell, as an attribute to sort by where the text is more than its digits.
fn figure(cell: &Cell) -> String {
    let plain = cell.text.replace(',', "");
    match cell.raw.filter(|raw| raw.is_finite()) {
        Some(raw) if plain.bytes().all(|b| b.is_ascii_digit() || b == b'.') && plain.parse() == Ok(raw) => String::new(),
        Some(raw) => format!(" data-v=\"{raw}\""),
        None => String::new(),
    }
}
