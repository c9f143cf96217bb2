//! Markdown events to HTML: a writer of its own, since the library's writes inline styles and passes raw HTML.
//!
//! What it dresses, and by what:
//! - `<!--sixpillars:kpi-->` before a list: tiles.
//! - `<!--sixpillars:end-->` between two lists, which Markdown would take for one: nothing.
//! - `<!--sixpillars:table ID-->` before a table: caption, cell kinds, total row, sorting, from the model. A paragraph
//!   all in bold between the two is the caption, a paragraph all in italics after the table its note.
//! - `<!--sixpillars:workpaper ID-->` before a heading: what follows, to the next heading of the same or a higher level,
//!   is a folding box (controls, metrics, extracts) or a card (questions). Before a list or table it only sets the class.
//! - an image `charts/ID.svg` alone in its paragraph: the drawing; bold paragraph before it is its title, italic one after it its caption.
//! - a list whose items all begin with a bold label that ends in a colon: a definition list.
//! - GFM alerts: call-outs.

mod breaks;
mod table;

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::report::charts::{self, Purpose};
use crate::report::escape::{self, put};
use crate::report::links::{self, is_workpaper, to_page};
use crate::report::model::{Chart, ControlResult, Report, Severity, Table, is_id};

use super::cells::{self, split_number};
use super::facets::Facets;

/// Body and navigation of the page.
pub(super) struct Dressed {
    /// HTML of the body.
    pub(super) body: String,
    /// Headings of level 2 and 3.
    pub(super) nav: Vec<NavItem>,
}

/// Dresses a Markdown report.
pub(super) fn dress(markdown: &str, report: &Report, tables: &BTreeMap<String, Table>) -> Dressed {
    let options = Options::ENABLE_TABLES | Options::ENABLE_GFM;
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, options).collect();
    let mut writer = Writer {
        events: &events,
        out: String::with_capacity(markdown.len() * 2),
        report,
        tables,
        slugs: BTreeMap::new(),
        nav: Vec::new(),
        boxes: Vec::new(),
        section: false,
        figures: false,
        pending: None,
        joints: false,
        drawn: BTreeMap::new(),
        facets: Facets::new(report),
        section_at: 0,
        bar_at: None,
    };
    writer.out.push_str("<header class=\"cover\">");
    writer.blocks(0..events.len(), true);
    writer.close_figures();
    writer.close_boxes(1);
    writer.out.push_str(if writer.section { "</section>" } else { "</header>" });
    if let Some(at) = writer.bar_at {
        writer.out.insert_str(at, &writer.facets.bar());
    }
    Dressed { body: writer.out, nav: writer.nav }
}

/// Bytes of a drawing for phones, at most.
const NARROW: usize = 40_000;

/// What a comment announces for the next block.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Dress {
    Kpi,
    Table(String),
    Workpaper(String),
}

struct Writer<'a> {
    events: &'a [Event<'a>],
    out: String,
    report: &'a Report,
    tables: &'a BTreeMap<String, Table>,
    slugs: BTreeMap<String, usize>,
    nav: Vec<NavItem>,
    /// Open boxes: level of the heading each began with, and what closes it.
    boxes: Vec<(u8, &'static str)>,
    section: bool,
    figures: bool,
    pending: Option<Dress>,
    /// Inside a table cell: code may break at its joints.
    joints: bool,
    /// How often each chart has been drawn.
    drawn: BTreeMap<String, usize>,
    facets: Facets<'a>,
    /// Where the open section began.
    section_at: usize,
    /// Before which section the filters stand: the first that has something to filter.
    bar_at: Option<usize>,
}

impl<'a> Writer<'a> {
    /// Index of the event that ends the element begun at `start`.
    fn end(&self, start: usize) -> usize {
        let mut depth = 0_usize;
        for (i, event) in self.events.iter().enumerate().skip(start) {
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => {
                    depth -= 1;
                    if depth == 0 {
                        return i;
                    }
                }
                _ => {}
            }
        }
        self.events.len().saturating_sub(1)
    }

    /// The blocks of a range; inline events among them (tight list items) are written where they stand.
    fn blocks(&mut self, range: Range<usize>, top: bool) {
        let mut i = range.start;
        while i < range.end {
            let Event::Start(tag) = &self.events[i] else {
                self.inline(i);
                i += 1;
                continue;
            };
            let end = self.end(i);
            if top && let Some(after) = self.figure(i) {
                i = after;
                continue;
            }
            let comment = matches!(tag, Tag::HtmlBlock);
            if top && !comment {
                self.close_figures();
            }
            i = match tag {
                Tag::HtmlBlock => self.html_block(i, end),
                Tag::Heading { level, .. } => self.heading(i, end, *level, top),
                Tag::Paragraph => self.paragraph(i, end, top),
                Tag::Table(_) => self.table(i, end, None),
                Tag::List(start) => self.list(i, end, *start),
                Tag::BlockQuote(kind) => self.quote(i, end, *kind),
                Tag::CodeBlock(kind) => self.code_block(i, end, kind),
                _ => {
                    self.inlines(i..end + 1);
                    end + 1
                }
            };
        }
    }

    /// A comment of ours is remembered; any other HTML is text.
    fn html_block(&mut self, start: usize, end: usize) -> usize {
        let mut text = String::new();
        for event in &self.events[start + 1..end] {
            if let Event::Html(html) | Event::Text(html) = event {
                text.push_str(html);
            }
        }
        self.pending = parse_comment(text.trim_end_matches('\n'));
        if self.pending.is_none() && text.trim() != BETWEEN_LISTS {
            put!(self.out, "<p>{}</p>", escape::html(text.trim()));
        }
        end + 1
    }

    fn heading(&mut self, start: usize, end: usize, level: HeadingLevel, top: bool) -> usize {
        let level = level as u8;
        let pending = self.pending.take();
        let text = self.plain(start + 1..end);
        let id = self.anchor(&text);
        if top {
            self.close_boxes(level);
            if level == 2 {
                self.out.push_str(if self.section { "</section>" } else { "</header>" });
                self.section_at = self.out.len();
                put!(self.out, "<section aria-labelledby=\"{id}\">");
                self.section = true;
            }
            if level == 2 || level == 3 {
                self.nav.push(NavItem { level, id: id.clone(), text: text.clone() });
            }
        }
        if let (true, Some(Dress::Workpaper(known))) = (top, pending)
            && self.open_box(&known, level, &id, start + 1..end)
        {
            return end + 1;
        }
        put!(self.out, "<h{level} id=\"{id}\">");
        let (number, title) = split_number(&text);
        if level == 2 && !number.is_empty() {
            put!(self.out, "<span class=\"no\">{number}</span> {}", escape::html(title));
        } else {
            self.inlines(start + 1..end);
        }
        put!(self.out, "</h{level}>\n");
        end + 1
    }

    /// Opens the box that `id` of the model calls for; false when the model does not know it.
    fn open_box(&mut self, id: &str, level: u8, anchor: &str, heading: Range<usize>) -> bool {
        let report = self.report;
        let procedure = anchor == escape::slug(id);
        if let Some(control) = report.controls.get(id) {
            let open = !procedure && matches!(control.severity, Severity::Critical | Severity::High);
            let marks = Marks { attributes: self.facets.control(control, procedure), ..control_marks(control, procedure) };
            self.folding(open, level, anchor, heading, &marks);
        } else if let Some(question) = links::question(report, id) {
            put!(self.out, "<article class=\"q\"><div class=\"qh\"><h{level} id=\"{anchor}\">");
            self.inlines(heading);
            put!(self.out, "</h{level}>{}</div>", cells::strength(question));
            self.boxes.push((level, "</article>"));
        } else if let Some(metric) = report.metrics.get(id) {
            let values: Vec<String> = metric.values.iter().map(|v| escape::html(&v.text)).collect();
            let side = if values.is_empty() { "not determined".into() } else { values.join(", ") };
            let marks =
                Marks { title: escape::html(&metric.title), side, attributes: self.facets.other(&metric.pillar), ..Marks::default() };
            self.folding(false, level, anchor, heading, &marks);
        } else if let Some(extract) = report.extracts.get(id) {
            let rows = extract.rows.map_or("not drawn".into(), |n| format!("{} rows", escape::thousands(n)));
            let attributes = self.facets.other(&extract.pillar);
            let marks = Marks { title: escape::html(&extract.title), side: rows, attributes, ..Marks::default() };
            self.folding(false, level, anchor, heading, &marks);
        } else {
            return false;
        }
        true
    }

    /// A folding box: its summary is the heading with the marks around it.
    fn folding(&mut self, open: bool, level: u8, anchor: &str, heading: Range<usize>, marks: &Marks) {
        let open = if open { " open" } else { "" };
        let bare = if marks.lead.is_empty() { " bare" } else { "" };
        put!(self.out, "<details class=\"wp{bare}\"{}{open}><summary>{}<h{level} id=\"{anchor}\">", marks.attributes, marks.lead);
        self.filterable();
        self.inlines(heading);
        put!(self.out, "</h{level}>");
        if !marks.title.is_empty() {
            put!(self.out, "<span class=\"ti\">{}</span>", marks.title);
        }
        put!(self.out, "<span class=\"cnt\">{}</span></summary><div class=\"wpb\">", marks.side);
        self.boxes.push((level, "</div></details>"));
    }

    /// The filters stand before the first section that has something to filter.
    fn filterable(&mut self) {
        if self.bar_at.is_none() && self.section && self.facets.any() {
            self.bar_at = Some(self.section_at);
        }
    }

    fn paragraph(&mut self, start: usize, end: usize, top: bool) -> usize {
        if top
            && self.whole(start, end, TagEnd::Strong)
            && matches!(self.pending, Some(Dress::Table(_)))
            && matches!(self.events.get(end + 1), Some(Event::Start(Tag::Table(_))))
        {
            let table = end + 1;
            return self.table(table, self.end(table), Some(start + 1..end));
        }
        self.pending = None;
        self.out.push_str("<p>");
        self.inlines(start + 1..end);
        self.out.push_str("</p>\n");
        end + 1
    }

    /// True when the paragraph is one strong (or emphasised) text and nothing else.
    fn whole(&self, start: usize, end: usize, tag: TagEnd) -> bool {
        let opens = match tag {
            TagEnd::Strong => matches!(self.events.get(start + 1), Some(Event::Start(Tag::Strong))),
            _ => matches!(self.events.get(start + 1), Some(Event::Start(Tag::Emphasis))),
        };
        opens && end > start + 1 && self.end(start + 1) == end - 1
    }

    /// The chart of an image that stands alone in the paragraph begun at `start`.
    fn lone_chart(&self, start: usize) -> Option<&'a Chart> {
        let Some(Event::Start(Tag::Paragraph)) = self.events.get(start) else { return None };
        let Some(Event::Start(Tag::Image { dest_url, .. })) = self.events.get(start + 1) else { return None };
        if self.end(start + 1) + 1 != self.end(start) {
            return None;
        }
        self.chart(dest_url)
    }

    fn chart(&self, url: &str) -> Option<&'a Chart> {
        let id = url.strip_prefix("charts/")?.strip_suffix(".svg")?;
        self.report.charts.get(id)
    }

    /// Title, drawing and caption as a figure, when the block at `start` begins one; the index after it.
    fn figure(&mut self, start: usize) -> Option<usize> {
        let Event::Start(Tag::Paragraph) = self.events[start] else { return None };
        let end = self.end(start);
        let titled = self.whole(start, end, TagEnd::Strong);
        let image = if titled { end + 1 } else { start };
        let chart = self.lone_chart(image)?;
        self.pending = None;
        // A chart shown again must not bring its element ids again.
        let mut once = chart.clone();
        let shown = self.drawn.entry(chart.id.clone()).or_default();
        *shown += 1;
        if *shown > 1 {
            once.id = format!("{}-{shown}", chart.id);
        }
        if !self.figures {
            self.out.push_str("<div class=\"figs\">");
            self.figures = true;
        }
        let half = if chart.half { " half" } else { "" };
        put!(self.out, "<figure class=\"plot{half}\">");
        if titled {
            self.out.push_str("<p class=\"fig-title\">");
            self.inlines(start + 1..end);
            self.out.push_str("</p>");
        }
        put!(
            self.out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{}\">{}</div>",
            escape::html(&escape::plain(&chart.title)),
            charts::draw(&once, Purpose::Inline)
        );
        // A phone shows a chart whole, so it is drawn again for its width; a large one is only made smaller.
        if !once.half {
            let narrow = charts::draw(&Chart { id: format!("{}-narrow", once.id), half: true, ..once }, Purpose::Inline);
            if narrow.len() < NARROW {
                put!(self.out, "<div class=\"narrow\">{narrow}</div>");
            }
        }
        let mut after = self.end(image) + 1;
        if let Some(Event::Start(Tag::Paragraph)) = self.events.get(after) {
            let caption_end = self.end(after);
            if self.whole(after, caption_end, TagEnd::Emphasis) {
                self.out.push_str("<figcaption>");
                self.inlines(after + 2..caption_end - 1);
                self.out.push_str("</figcaption>");
                after = caption_end + 1;
            }
        }
        self.out.push_str("</figure>\n");
        Some(after)
    }

    fn list(&mut self, start: usize, end: usize, number: Option<u64>) -> usize {
        let pending = self.pending.take();
        let items = self.items(start, end);
        if pending == Some(Dress::Kpi) {
            // Rows of tiles come out even.
            let across = match items.len() {
                n @ 1..=5 => n.max(3),
                n if n % 4 == 0 => 4,
                n if n % 3 == 0 => 3,
                _ => 4,
            };
            put!(self.out, "<ul class=\"kpi k{across}\">");
            for item in items {
                self.out.push_str("<li>");
                self.blocks(item, false);
                self.out.push_str("</li>");
            }
            self.out.push_str("</ul>\n");
            return end + 1;
        }
        if number.is_none() && !items.is_empty() && items.iter().all(|item| self.label(item).is_some()) {
            self.out.push_str("<dl>");
            for item in items {
                let Some((label, rest)) = self.label(&item) else { continue };
                put!(self.out, "<div><dt>{}</dt><dd>", escape::html(&label));
                self.blocks(rest..item.end, false);
                self.out.push_str("</dd></div>");
            }
            self.out.push_str("</dl>\n");
            return end + 1;
        }
        let tag = if number.is_some() { "ol" } else { "ul" };
        match number {
            Some(n) if n != 1 => {
                put!(self.out, "<ol start=\"{n}\">");
            }
            _ => {
                put!(self.out, "<{tag}>");
            }
        }
        for item in items {
            self.out.push_str("<li>");
            self.blocks(item, false);
            self.out.push_str("</li>");
        }
        put!(self.out, "</{tag}>\n");
        end + 1
    }

    /// Insides of the list's items.
    fn items(&self, start: usize, end: usize) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let mut i = start + 1;
        while i < end {
            let item_end = self.end(i);
            out.push(i + 1..item_end);
            i = item_end + 1;
        }
        out
    }

    /// The bold label with colon that a tight item begins with, and where the rest begins.
    fn label(&self, item: &Range<usize>) -> Option<(String, usize)> {
        let loose = matches!(self.events.get(item.start), Some(Event::Start(Tag::Paragraph)));
        let at = item.start + usize::from(loose);
        let Some(Event::Start(Tag::Strong)) = self.events.get(at) else { return None };
        let end = self.end(at);
        let text = self.plain(at + 1..end);
        text.strip_suffix(':').map(|label| (label.to_string(), end + 1))
    }

    fn quote(&mut self, start: usize, end: usize, kind: Option<BlockQuoteKind>) -> usize {
        self.pending = None;
        let (class, word) = match kind {
            None => {
                self.out.push_str("<blockquote>");
                self.blocks(start + 1..end, false);
                self.out.push_str("</blockquote>\n");
                return end + 1;
            }
            Some(BlockQuoteKind::Note) => ("note", "Note"),
            Some(BlockQuoteKind::Tip) => ("tip", "Supported"),
            Some(BlockQuoteKind::Important) => ("important", "Important"),
            Some(BlockQuoteKind::Warning) => ("warning", "Restriction"),
            Some(BlockQuoteKind::Caution) => ("caution", "Caution"),
        };
        put!(self.out, "<div class=\"call {class}\" role=\"note\"><p class=\"word\">{word}</p>");
        self.blocks(start + 1..end, false);
        self.out.push_str("</div>\n");
        end + 1
    }

    fn code_block(&mut self, start: usize, end: usize, kind: &CodeBlockKind<'_>) -> usize {
        self.pending = None;
        let label = match kind {
            CodeBlockKind::Fenced(info) if &**info == "sql" => " aria-label=\"SQL\"",
            CodeBlockKind::Fenced(info) if &**info == "sh" => " aria-label=\"Commands\"",
            _ => " aria-label=\"Text\"",
        };
        put!(self.out, "<pre tabindex=\"0\" role=\"group\"{label}><code>");
        for event in &self.events[start + 1..end] {
            if let Event::Text(text) = event {
                escape::push_html(&mut self.out, text);
            }
        }
        self.out.push_str("</code></pre>\n");
        end + 1
    }

    fn inlines(&mut self, range: Range<usize>) {
        let mut i = range.start;
        while i < range.end {
            if let Event::Start(Tag::Image { dest_url, .. }) = &self.events[i] {
                let end = self.end(i);
                // An image that is not a chart alone in its paragraph is its text alternative.
                let alt = self.plain(i + 1..end);
                let known = self.chart(dest_url).is_some();
                put!(self.out, "[{}{}]", if known { "chart: " } else { "image: " }, escape::html(&alt));
                i = end + 1;
                continue;
            }
            self.inline(i);
            i += 1;
        }
    }

    fn inline(&mut self, i: usize) {
        match &self.events[i] {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => breaks::text(&mut self.out, text, self.joints),
            Event::Code(text) => breaks::code(&mut self.out, text, self.joints),
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::Start(Tag::Emphasis) => self.out.push_str("<em>"),
            Event::End(TagEnd::Emphasis) => self.out.push_str("</em>"),
            Event::Start(Tag::Strong) => self.out.push_str("<strong>"),
            Event::End(TagEnd::Strong) => self.out.push_str("</strong>"),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let page = to_page(dest_url);
                if page.is_some() || allowed(dest_url) {
                    self.out.push_str("<a href=\"");
                    escape::push_html(&mut self.out, page.as_deref().unwrap_or(dest_url));
                    self.out.push_str(if dest_url.starts_with("http") { "\" rel=\"noopener noreferrer\">" } else { "\">" });
                } else {
                    // The closing tag is the same for both.
                    self.out.push_str("<a>");
                }
            }
            Event::End(TagEnd::Link) => self.out.push_str("</a>"),
            _ => {}
        }
    }

    /// The visible text of a range.
    fn plain(&self, range: Range<usize>) -> String {
        let mut out = String::new();
        for event in &self.events[range] {
            match event {
                Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => out.push_str(text),
                Event::SoftBreak | Event::HardBreak => out.push(' '),
                _ => {}
            }
        }
        out
    }

    /// A heading's anchor, never given twice: GitHub's way of numbering.
    fn anchor(&mut self, text: &str) -> String {
        let slug = escape::slug(text);
        let mut id = slug.clone();
        let mut n = 0;
        while self.slugs.contains_key(&id) {
            n += 1;
            id = format!("{slug}-{n}");
        }
        self.slugs.insert(id.clone(), n);
        id
    }

    fn close_figures(&mut self) {
        if self.figures {
            self.out.push_str("</div>\n");
            self.figures = false;
        }
    }

    /// Closes the boxes begun by headings of this level or a lower one.
    fn close_boxes(&mut self, level: u8) {
        while let Some((_, close)) = self.boxes.pop_if(|(opened, _)| *opened >= level) {
            self.out.push_str(close);
        }
    }
}

/// HTML around the heading of a folding box.
#[derive(Default)]
struct Marks {
    /// Before it.
    lead: String,
    /// Below it; may be empty.
    title: String,
    /// At the end of the line.
    side: String,
    /// What the box is filtered by.
    attributes: String,
}

fn control_marks(control: &ControlResult, procedure: bool) -> Marks {
    let side = cells::count(control);
    if procedure {
        let title = escape::html(&escape::plain(control.heading()));
        return Marks { lead: cells::outcome(control.result), title, side, ..Marks::default() };
    }
    Marks { lead: cells::severity(control.severity), side, ..Marks::default() }
}

/// Keeps two lists apart.
const BETWEEN_LISTS: &str = "<!--sixpillars:end-->";

/// Exactly one of our comments, with a valid id.
fn parse_comment(text: &str) -> Option<Dress> {
    let inner = text.strip_prefix("<!--sixpillars:")?.strip_suffix("-->")?;
    match inner.split_once(' ') {
        None if inner == "kpi" => Some(Dress::Kpi),
        Some(("table", id)) if is_id(id) => Some(Dress::Table(id.into())),
        Some(("workpaper", id)) if is_id(id) => Some(Dress::Workpaper(id.into())),
        _ => None,
    }
}

/// Links that may be followed: the web by https or http, mail, anchors of this page, workpapers beside it.
fn allowed(url: &str) -> bool {
    let web = ["https://", "http://", "mailto:"];
    url.starts_with('#') || is_workpaper(url) || web.iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme))
}

/// A heading of the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    /// Heading level, 2 or 3.
    pub level: u8,
    /// Anchor.
    pub id: String,
    /// The heading's text.
    pub text: String,
}
