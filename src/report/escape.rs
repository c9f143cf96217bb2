//! Escapes: the border between hostile text and what is printed.
//!
//! User agents, names, tags and error messages are written by whoever was being watched. Each place text can
//! land in has its own escape here, and nothing else in the room may put a value into a document:
//! [`md`] (running text), [`cell`] (a table cell), [`code`] and [`code_cell`] (code spans), [`codeblock`],
//! [`html`] (text and quoted attributes of HTML and SVG).
//!
//! Common to all: control characters, bidirectional controls, zero-width and other invisible characters are
//! shown as `\u{202E}`; text beyond a cap is cut with a visible ellipsis (the workpapers hold it whole).

pub use crate::base::text::thousands;
/// `write!` to a `String`, which cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {
        std::fmt::Write::write_fmt(&mut $out, format_args!($($arg)*)).unwrap_or_default()
    };
}
pub(super) use put;

/// Default cap of [`md`], in characters.
pub const MD_CAP: usize = 4_000;
/// Default cap of [`cell`], in characters.
pub const CELL_CAP: usize = 300;
/// Default cap of [`code`] and [`code_cell`], in characters.
pub const CODE_CAP: usize = 240;
/// Default cap of [`codeblock`], in characters.
pub const CODEBLOCK_CAP: usize = 20_000;

/// True for a character that a reader would not see, or that changes how its neighbours are read.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// Cuts `text` to `max` characters, the last of them an ellipsis where something was cut.
fn cut(text: &str, max: usize) -> (&str, bool) {
    if text.char_indices().nth(max).is_none() {
        return (text, false);
    }
    let end = text.char_indices().nth(max.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    (&text[..end], true)
}

/// Plain text with invisible characters spelled out; no markup is escaped. `breaks` tells which of `\n` and
/// `\t` may stay.
pub fn visible(text: &str, breaks: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) && !breaks.contains(&c) {
            push_code_point(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

fn push_code_point(out: &mut String, c: char) {
    put!(*out, "\\u{{{:X}}}", c as u32);
}

/// Running text. Line breaks, tabs and runs of spaces become one space; nothing in it can open a Markdown
/// construct, wherever the template puts it.
pub fn md(text: &str, max: usize) -> String {
    inline(&plain(text), max)
}

/// What a reader of [`md`] sees, before the cap: one line, invisible characters spelled out.
///
/// Spaces at its edges are left out.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
            if !plain.ends_with(' ') {
                plain.push(' ');
            }
        } else if is_invisible(c) {
            push_code_point(&mut plain, c);
        } else {
            plain.push(c);
        }
    }
    // A space at an edge would keep emphasis around the text from closing.
    plain.trim_matches(' ').to_string()
}

/// A table cell in running text. Line breaks and tabs are shown, so that a cell stays on its row and nothing
/// is hidden; an empty cell is an en dash.
pub fn cell(text: &str, max: usize) -> String {
    let shown = visible(text, &[]);
    let trimmed = shown.trim_matches(' ');
    if trimmed.is_empty() {
        return "–".into();
    }
    inline(trimmed, max)
}

/// Escapes Markdown's own characters in one line of visible text.
fn inline(text: &str, max: usize) -> String {
    let (text, was_cut) = cut(text, max);
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + text.len() / 8 + 4);
    // Where a line-start construct (list, heading underline) could begin: after leading spaces and digits.
    let lead = chars.iter().take_while(|c| **c == ' ').count();
    let digits = chars[lead..].iter().take_while(|c| c.is_ascii_digit()).count();
    for (i, &c) in chars.iter().enumerate() {
        let prev = i.checked_sub(1).and_then(|p| chars.get(p)).copied();
        let next = chars.get(i + 1).copied();
        let escape = match c {
            '\\' | '`' | '*' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '$' | '@' | '^' => true,
            // Between two letters or digits an underscore can neither open nor close emphasis.
            '_' => !(prev.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric)),
            '!' => next.is_none_or(|n| n == '['),
            // Renderers with automatic links must not make one of it.
            ':' => i == lead || chars.get(i + 1..i + 3) == Some(&['/', '/']) || next.is_none(),
            '-' | '+' | '=' => i == lead,
            '.' | ')' => {
                i == lead + digits && next.is_none_or(|n| n == ' ')
                    || (c == '.' && i >= 3 && chars[i - 3..i].iter().all(|w| w.eq_ignore_ascii_case(&'w')))
            }
            _ => false,
        };
        if escape {
            out.push('\\');
        }
        out.push(c);
    }
    if was_cut {
        out.push('…');
    }
    out
}

/// A code span outside tables: a fence longer than any run of backticks inside.
pub fn code(text: &str, max: usize) -> String {
    let shown = visible(text, &[]);
    if shown.trim_matches(' ').is_empty() {
        return "–".into();
    }
    let (kept, was_cut) = cut(&shown, max);
    let kept = if was_cut { format!("{kept}…") } else { kept.to_string() };
    span(&kept)
}

/// A code span inside a table, where `|` must be escaped even in code. The backslash belongs to the table,
/// not to the code, so a backslash right before a pipe cannot be told from it: it is shown as a code point.
pub fn code_cell(text: &str, max: usize) -> String {
    let shown = visible(text, &[]);
    if shown.trim_matches(' ').is_empty() {
        return "–".into();
    }
    let (kept, was_cut) = cut(&shown, max);
    let mut safe = String::with_capacity(kept.len() + 8);
    let mut rest = kept.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '|' => safe.push_str("\\|"),
            '\\' if rest.peek() == Some(&'|') => safe.push_str("\\u{5C}"),
            c => safe.push(c),
        }
    }
    if was_cut {
        safe.push('…');
    } else if safe.ends_with('\\') {
        // A backslash at the end of a cell could escape the cell's own border in a careless renderer.
        safe.pop();
        safe.push_str("\\u{5C}");
    }
    span(&safe)
}

fn longest_run(text: &str, of: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

fn span(text: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    // One space each side is taken off again by the reader when both ends have one and the text is not blank.
    let pad = text.starts_with('`') || text.ends_with('`') || (text.starts_with(' ') && text.ends_with(' '));
    let pad = if pad { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A fenced code block; line feeds and tabs stay, every other invisible character is shown. `info` is a
/// language word of letters only.
pub fn codeblock(text: &str, info: &str, max: usize) -> String {
    let text = text.replace("\r\n", "\n");
    let shown = visible(&text, &['\n', '\t']);
    let (kept, was_cut) = cut(&shown, max);
    let kept = kept.trim_matches('\n');
    let fence = "`".repeat(longest_run(kept, '`').max(2) + 1);
    let info: String = info.chars().filter(char::is_ascii_alphanumeric).collect();
    let more = if was_cut { "\n…" } else { "" };
    format!("{fence}{info}\n{kept}{more}\n{fence}")
}

/// Text and quoted attribute values of HTML and SVG. Invisible characters other than line feeds are shown here
/// too: the last border before the page.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    push_html(&mut out, text);
    out
}

/// [`html`], appended to `out`.
pub fn push_html(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            '\t' => out.push(' '),
            c if is_invisible(c) => push_code_point(out, c),
            c => out.push(c),
        }
    }
}

/// A heading's anchor as GitHub would make it, kept to `a-z 0-9 - _`: lower case, spaces to hyphens, the rest
/// left out. `section` when nothing is left.
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            'a'..='z' | '0'..='9' | '-' | '_' => out.push(c),
            ' ' => out.push('-'),
            _ => {}
        }
    }
    if out.is_empty() { "section".into() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_text_is_inert() {
        assert_eq!(md("a *b* _c_ snake_case", 99), r"a \*b\* \_c\_ snake_case");
        assert_eq!(md("- item", 99), r"\- item");
        assert_eq!(md("-5.2", 99), r"\-5.2");
        assert_eq!(md("1. one", 99), r"1\. one");
        assert_eq!(md("12.5", 99), "12.5");
        assert_eq!(md("[x](javascript:alert(1))", 99), r"\[x\](javascript:alert(1))");
        assert_eq!(md("https://evil.example/", 99), r"https\://evil.example/");
        assert_eq!(md("a\r\n\r\n# b", 99), r"a \# b");
        assert_eq!(md("\u{202E}x", 99), r"\\u\{202E\}x");
    }

    #[test]
    fn cells_stay_on_their_row() {
        assert_eq!(cell("a|b\nc", 99), r"a\|b\\u\{A\}c");
        assert_eq!(cell("", 99), "–");
        assert_eq!(cell("   ", 99), "–");
        assert_eq!(code_cell("a|b", 99), r"`a\|b`");
        assert_eq!(code_cell(r"a\|b", 99), r"`a\u{5C}\|b`");
    }

    #[test]
    fn fences_outgrow_their_text() {
        assert_eq!(code("a`b", 99), "``a`b``");
        assert_eq!(code("`", 99), "`` ` ``");
        assert_eq!(codeblock("x\n````\ny", "sql", 99), "`````sql\nx\n````\ny\n`````");
    }

    #[test]
    fn cuts_show_themselves() {
        assert_eq!(md("abcdef", 4), "abc…");
        assert_eq!(md("abcd", 4), "abcd");
        assert_eq!(code("abcdef", 4), "`abc…`");
    }

    #[test]
    fn figures_and_anchors() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(slug("7 Security & risk: (a)"), "7-security--risk-a");
        assert_eq!(slug("日本"), "section");
    }
}
