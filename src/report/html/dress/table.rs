//! Tables: caption, marks of severities and results, kinds of cells, note; all from the model's metadata.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::report::escape::{self, put};
use crate::report::html::cells;
use crate::report::model::{CellKind, Table};

use super::{Dress, Writer};

/// Tables with more rows can be filtered and sorted.
const LONG: usize = 12;

impl Writer<'_> {
    /// Writes the table between the events `start` and `end`, with its note; the index after them.
    pub(super) fn table(&mut self, start: usize, end: usize, caption: Option<Range<usize>>) -> usize {
        let id = match self.pending.take() {
            Some(Dress::Table(id)) => Some(id),
            _ => None,
        };
        let meta = id.as_ref().and_then(|id| self.tables.get(id));
        let sortable = if meta.is_some_and(|t| t.interactive || t.rows.len() > LONG) { " data-sort" } else { "" };
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
            "<div class=\"tbl\"{anchor}{sortable}><div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{}\"><table>",
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
                    self.out.push_str(if total { "<tr class=\"sum\">" } else { "<tr>" });
                }
                Event::End(TagEnd::TableRow) => {
                    self.out.push_str("</tr>\n");
                    row += 1;
                }
                Event::Start(Tag::TableCell) => {
                    let cell_end = self.end(i);
                    let own = meta.and_then(|t| t.rows.get(row)).and_then(|r| r.get(column)).and_then(|c| c.kind);
                    let kind = meta.and_then(|t| t.columns.get(column)).map(|c| c.kind);
                    let kind = if head { kind } else { own.or(kind) }.unwrap_or_default();
                    self.cell(i + 1..cell_end, kind, head, column == 0);
                    column += 1;
                    i = cell_end;
                }
                _ => {}
            }
            i += 1;
        }
        self.out.push_str("</tbody>");
    }

    fn cell(&mut self, range: Range<usize>, kind: CellKind, head: bool, first: bool) {
        let text = self.plain(range.clone());
        let class = match kind {
            CellKind::Number => " class=\"r\"",
            CellKind::Date => " class=\"d\"",
            // Long unbroken text must be allowed to break anywhere, short names must not.
            CellKind::Code if text.split_whitespace().any(|w| w.len() > 36) => " class=\"l\"",
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
        put!(self.out, "{open}{class}>");
        let mark = match kind {
            CellKind::Severity if !head => cells::severity_class(&text).map(|c| format!("sev {c}")),
            CellKind::Result if !head => cells::result_class(&text).map(|c| format!("res {c}")),
            _ => None,
        };
        if let Some(mark) = &mark {
            put!(self.out, "<span class=\"{mark}\">");
        }
        self.joints = true;
        self.inlines(range);
        self.joints = false;
        if mark.is_some() {
            self.out.push_str("</span>");
        }
        self.out.push_str(close);
    }
}
