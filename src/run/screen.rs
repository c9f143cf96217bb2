//! The only place that writes to the terminal.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::Global;
use crate::report::escape;

/// Writes to standard output what was asked for, with what a terminal would obey or not show spelled out: also into a
/// pipe, since what is read from it ends on a screen too. A closed pipe is no error.
///
/// # Errors
/// When standard output cannot be written.
pub fn out(text: &str) -> io::Result<()> {
    let result = io::stdout().lock().write_all(shown(text).as_bytes());
    match result {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// A line to standard error, unless `--quiet`.
pub fn say(global: &Global, text: &str) {
    if !global.quiet {
        // Nothing can be done about a closed standard error.
        let _ = writeln!(io::stderr().lock(), "{}", shown(text));
    }
}

/// A progress bar on a terminal, nothing elsewhere.
pub fn bar(global: &Global, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if global.quiet || !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{msg:12} [{bar:40}] {pos}/{len} {eta}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what);
    bar
}

/// Text from files for a terminal: control and invisible characters but line ends and tabs are shown, not sent.
pub fn shown(text: &str) -> String {
    escape::visible(text, &['\n', '\t'])
}

/// A value as indented JSON. Characters that a terminal would obey or not show are written as `\u` and four digits, which
/// JSON reads back as the same text.
///
/// # Errors
/// When the value cannot be written as JSON.
pub fn json(value: &impl serde::Serialize) -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(value)?;
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c != '\n' && escape::is_invisible(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    Ok(out)
}

/// Rows as aligned text; control characters are shown, not sent to the terminal.
pub fn table(columns: &[String], rows: &[Vec<String>]) -> String {
    let shown = |text: &String| escape::visible(text, &[]);
    let columns: Vec<String> = columns.iter().map(shown).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|r| r.iter().map(shown).collect()).collect();
    let mut widths: Vec<usize> = columns.iter().map(|c| c.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count()).min(80);
        }
    }
    let mut text = String::new();
    let line = |cells: &[String], text: &mut String| {
        let mut out = String::new();
        for (cell, width) in cells.iter().zip(&widths) {
            out.push_str(cell);
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count()) + 2));
        }
        text.push_str(out.trim_end());
        text.push('\n');
    };
    line(&columns, &mut text);
    line(&widths.iter().map(|w| "-".repeat(*w)).collect::<Vec<_>>(), &mut text);
    for row in &rows {
        line(row, &mut text);
    }
    text
}

/// Rows as CSV, with cells that a spreadsheet would run made inert.
pub fn csv(columns: &[String], rows: &[Vec<String>]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().map(|c| crate::workpapers::csv::inert(c)))?;
    for row in rows {
        writer.write_record(row.iter().map(|c| crate::workpapers::csv::inert(c)))?;
    }
    Ok(String::from_utf8_lossy(&writer.into_inner()?).into_owned())
}
