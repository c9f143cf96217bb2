//! Reads the source: a room uses only rooms to its left, and a few things stand nowhere at all.

use std::collections::BTreeSet;
use std::path::Path;

use crate::circles::circles;
use crate::harness::root;

/// The rooms, in the order in which data passes them.
const ROOMS: [&str; 12] =
    ["base", "schema", "policy", "ingest", "store", "facts", "catalogue", "evaluate", "findings", "report", "workpapers", "run"];

/// Modules beside the rooms, with the first room that may use them. `cli` is for `run` and `main` alone.
const BESIDE: [(&str, &str); 4] = [("outcome", "schema"), ("reason", "facts"), ("engagement", "facts"), ("cli", "run")];

/// Rooms behind which polars stays, since its Rust API breaks at every minor version.
const POLARS: [&str; 3] = ["store", "facts", "evaluate"];

/// Lines a source file may have.
const LONGEST: usize = 1_000;

/// A line of Rust without its comment.
struct Line<'t> {
    file: &'t str,
    number: usize,
    code: &'t str,
}

/// Every source file: its path below `src`, and its text.
fn sources() -> Vec<(String, String)> {
    let src = root().join("src");
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&src).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|e| e == "rs") {
            let name = entry.path().strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
            files.push((name, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
    assert!(files.len() > 50, "the source was not found");
    files
}

/// Code lines; comments are left out, since they may name anything.
fn lines<'t>(file: &'t str, text: &'t str) -> impl Iterator<Item = Line<'t>> {
    text.lines().enumerate().map(move |(at, line)| {
        let code = if line.trim_start().starts_with("//") { "" } else { line.split(" // ").next().unwrap_or(line) };
        Line { file, number: at + 1, code }
    })
}

/// A file's text with the bodies of its test modules left empty, so that what stands behind them counts and lines keep their numbers.
fn without_test_modules(text: &str) -> String {
    let (mut marked, mut inside) = (false, false);
    let kept = text.lines().map(|line| {
        if inside {
            inside = line != "}";
            return "\n".to_owned();
        }
        inside = marked && line.contains("mod ") && line.ends_with('{');
        marked = line == "#[cfg(test)]";
        format!("{line}\n")
    });
    kept.collect()
}

/// The room a file belongs to: its folder, or its own name when it stands at the top.
fn room_of(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

/// Rooms a text names after `crate::`, also in a list: `crate::{store, ingest::batch}`.
fn named(text: &str) -> BTreeSet<(usize, String)> {
    let mut found = BTreeSet::new();
    for prefix in ["crate::", "sixpillars::"] {
        for (at, _) in text.match_indices(prefix) {
            if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &text[at + prefix.len()..];
            let Some(list) = rest.strip_prefix('{') else {
                found.insert((at, word(rest)));
                continue;
            };
            // First words at the outer level of the list.
            let mut depth = 0;
            let mut start = true;
            for (offset, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if c.is_alphabetic() && start && depth == 0 => {
                        found.insert((at, word(&list[offset..])));
                        start = false;
                    }
                    c if !c.is_whitespace() => start = false,
                    _ => {}
                }
            }
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn place(room: &str) -> Option<usize> {
    ROOMS.iter().position(|r| *r == room)
}

/// Why `user` may not use `used`, if it may not.
fn forbidden(user: &str, used: &str) -> Option<String> {
    if user == used || user == "main" || user == "lib" {
        return None;
    }
    if let Some((_, first)) = BESIDE.iter().find(|(name, _)| *name == used) {
        // Modules beside the rooms may use those before them in the list.
        let beside = |name: &str| BESIDE.iter().position(|(b, _)| *b == name);
        let allowed = place(user).is_some_and(|u| Some(u) >= place(first)) || beside(user) > beside(used);
        return (!allowed).then(|| format!("{used} is for {first} and the rooms right of it"));
    }
    let used_at = place(used)?;
    match place(user) {
        Some(at) if used_at < at => None,
        Some(_) => Some(format!("{used} stands right of {user}")),
        // What stands beside the rooms knows `base` only.
        None => (used != "base").then(|| format!("{user} uses no room but base")),
    }
}

#[test]
fn a_room_uses_only_rooms_to_its_left() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        // Over the whole text, since lists span lines; comments are blanked, so that places stay.
        let code: String = lines(&file, &text)
            .map(|l| format!("{:width$}\n", l.code, width = text.lines().nth(l.number - 1).unwrap_or("").len()))
            .collect();
        for (at, used) in named(&code) {
            if let Some(why) = forbidden(room_of(&file), &used) {
                let number = code[..at].matches('\n').count() + 1;
                wrong.push(format!("src/{file}:{number}: {}: {why}", text.lines().nth(number - 1).unwrap_or("").trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Circles that are still there: a file of each, and what takes it apart. Nothing is added here.
const CIRCLES: [(&str, &str); 5] = [
    ("ingest/formats/cloudtrail.rs", "exports of events that are no log files are read by the reader of events, and recognised beside it"),
    ("ingest/formats/config/compliance.rs", "`Tally` and `Item` are declared in the parent that also reads"),
    ("ingest/formats/cost/advice.rs", "`RowReader` is declared in the file that lists its readers"),
    ("ingest/formats/cost/cur.rs", "`CostKind` and `BilledBasis` are declared in the parent that also reads"),
    ("schema/mod.rs", "tables of resources and the columns of all tables name each other"),
];

#[test]
fn no_files_of_a_room_import_each_other() {
    let found = circles(&sources());
    let is_known = |circle: &[String], file: &str| circle.iter().any(|tie| tie.starts_with(&format!("src/{file}:")));
    let new: Vec<String> =
        found.iter().filter(|circle| !CIRCLES.iter().any(|(file, _)| is_known(circle, file))).map(|c| c.join("\n")).collect();
    assert!(new.is_empty(), "files import each other; move what they share into a file of its own:\n{}", new.join("\n\n"));
    let gone: Vec<&str> = CIRCLES.iter().map(|(file, _)| *file).filter(|file| !found.iter().any(|circle| is_known(circle, file))).collect();
    assert!(gone.is_empty(), "allowed and not there any more: {gone:?}");
}

#[test]
fn circles_are_found_over_parents_and_re_exports() {
    let files = |texts: &[(&str, &str)]| texts.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect::<Vec<_>>();
    let siblings = files(&[
        ("room/mod.rs", "mod a;\nmod b;\npub use a::One;\npub use b::Two;\n"),
        ("room/a.rs", "use super::Two;\npub struct One(Two);\n"),
        ("room/b.rs", "pub struct Two;\n\nfn look(one: &crate::room::One) {}\n"),
    ]);
    assert_eq!(
        circles(&siblings),
        [["src/room/a.rs:1 takes Two from src/room/b.rs".to_owned(), "src/room/b.rs:3 takes One from src/room/a.rs".to_owned()]]
    );
    let parent = |child: &str| files(&[("room.rs", "mod a;\npub struct Own;\nfn act() { a::act() }\n"), ("room/a.rs", child)]);
    assert_eq!(circles(&parent("use super::*;\npub fn act() -> Own { Own }\n")).len(), 1);
    assert_eq!(circles(&parent("pub fn act() {}\n#[cfg(test)]\nmod tests {\n    use super::super::Own;\n}\n")), [[""; 0]; 0]);
    assert_eq!(circles(&parent("//! [`super::Own`]\npub fn act() { let text = \"super::Own\"; }\n")), [[""; 0]; 0]);
    let narrow = files(&[
        ("room/a.rs", "use crate::room::b::two;\npub(in crate::room) struct One;\nfn act() { two() }\n"),
        ("room/b.rs", "pub(crate) fn two() -> super::a::One { super::a::One }\n"),
    ]);
    assert_eq!(circles(&narrow).len(), 1);
    let passing = files(&[("room/mod.rs", "mod a;\npub use a::One;\npub struct Own;\n"), ("room/a.rs", "pub struct One(super::Own);\n")]);
    assert_eq!(circles(&passing), [[""; 0]; 0], "a parent that passes a name on takes nothing");
}

#[test]
fn every_module_of_the_crate_has_its_place() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for line in lib.lines().filter_map(|l| l.strip_prefix("pub mod ")) {
        let name = line.trim_end_matches(';');
        let known = ROOMS.contains(&name) || BESIDE.iter().any(|(b, _)| *b == name);
        assert!(known, "src/lib.rs: module {name} is neither a room nor beside them");
    }
}

#[test]
fn the_query_engine_stays_in_its_rooms() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if POLARS.contains(&room_of(&file)) {
            continue;
        }
        for line in lines(&file, &text).filter(|l| l.code.contains("polars::") || l.code.contains("polars_io::")) {
            wrong.push(format!("src/{}:{}: {}", line.file, line.number, line.code.trim()));
        }
    }
    assert!(wrong.is_empty(), "polars is named outside {POLARS:?}:\n{}", wrong.join("\n"));
}

/// Files that handle cells in the order of a table's columns, each with the reason. None of them names a column by its place.
const IN_ORDER: [(&str, &str); 6] = [
    ("evaluate/cases.rs", "makes rows of any table from the columns that its declaration lists"),
    ("ingest/batch.rs", "is where rows become columns"),
    ("ingest/formats/config/extract.rs", "fills the columns that a resource type's TOML lists, in its order"),
    ("ingest/formats/config/mod.rs", "puts the documents of an item after the columns that all its tables share"),
    ("store/events/rollup.rs", "makes each column as the rollup's declaration lists it"),
    ("store/parquet/pool.rs", "copies whole rows"),
];

/// What only those files may call.
const ORDERED: [&str; 2] = [".push_cells(", ".row_after("];

/// Whether code asks for a cell or column by a number: `cell(3, row)`, `cells[3]`, `cells.get(3)`, `columns()[3]`, `cells.first()`.
fn is_by_number(code: &str) -> bool {
    const ASKS: [&str; 10] =
        [".cell(", ".codes(", ".set(", ".set_code(", "cells[", "cells.get(", "cells()[", "columns()[", "cells().get(", "columns().get("];
    let number = |call: &str| code.match_indices(call).any(|(at, _)| code[at + call.len()..].starts_with(|c: char| c.is_ascii_digit()));
    ASKS.into_iter().any(number) || code.contains("cells.first()") || code.contains("cells().first()")
}

/// A place in a row is told by a number in one of the calls above. Constants that are resolved from a name
/// (`schema::row::position`) pass, and so does a place that is looked up in a table's columns; a constant that is a number
/// does not, where a file says `const NAME: usize = NUMBER` and asks for a cell by that name.
#[test]
fn no_column_is_known_by_its_place() {
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for (file, text) in sources() {
        if file.contains("tests") || file.ends_with("cost/testing.rs") {
            continue;
        }
        let code = without_test_modules(&text);
        let is_number = |value: &str| value.trim_end_matches(';').bytes().all(|b| b.is_ascii_digit() || b == b'_');
        let numbers: Vec<&str> = code
            .lines()
            .filter_map(|line| line.split_once("const ")?.1.split_once(": usize = "))
            .filter(|(_, value)| is_number(value))
            .map(|(name, _)| name)
            .collect();
        let allowed = IN_ORDER.iter().find(|(name, _)| *name == file).map(|(name, _)| *name);
        for line in lines(&file, &code) {
            let by_constant = numbers.iter().any(|name| {
                [format!(".cell({name},"), format!("cells[{name}]"), format!("cells.get({name})"), format!(".set({name},")]
                    .iter()
                    .any(|ask| line.code.contains(ask.as_str()))
            });
            let in_order = ORDERED.iter().any(|call| line.code.contains(call));
            used.extend(allowed.filter(|_| in_order));
            if by_constant || in_order && allowed.is_none() || is_by_number(line.code) {
                wrong.push(format!("src/{}:{}: {}", line.file, line.number, line.code.trim()));
            }
        }
    }
    let unused: Vec<&str> = IN_ORDER.iter().map(|(name, _)| *name).filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "these handle no cells in order any more: {unused:?}");
    assert!(wrong.is_empty(), "write and read rows by the names of columns, as `schema::tables` declares them:\n{}", wrong.join("\n"));
}

#[test]
fn places_of_columns_are_seen() {
    for code in [
        "batch.cell(1, row)",
        "let id = event.cells[0];",
        "cells.get(12)",
        "batch.columns()[7]",
        "self.batch.set(0, id)",
        "event.cells.first()",
    ] {
        assert!(is_by_number(code), "{code}");
    }
    for code in ["batch.cell(EVENT_ID, row)", "cells[at]", "row.cells()", "batch.row(1)", "batch.push(0, &row)"] {
        assert!(!is_by_number(code), "{code}");
    }
}

#[test]
fn nothing_opens_a_socket() {
    // Whole paths, so that words in queries and messages stay free.
    const NEVER: [&str; 9] = [
        "std::net",
        "net::TcpStream",
        "TcpListener",
        "UdpSocket",
        "UnixStream",
        "UnixListener",
        "ToSocketAddrs",
        "tokio::",
        "Command::new",
    ];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for line in lines(&file, &text) {
            if let Some(word) = NEVER.iter().find(|w| line.code.contains(**w)) {
                wrong.push(format!("src/{}:{}: {word}: {}", line.file, line.number, line.code.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_read_can_stop_the_program() {
    // Overflow of sums and indices out of bounds are looked for by the fuzz targets and the damaged files.
    const STOPS: [&str; 16] = [
        "panic!",
        "unreachable!",
        "todo!",
        "unimplemented!",
        "assert!",
        "assert_eq!",
        "assert_ne!",
        ".unwrap()",
        ".unwrap_err()",
        ".expect(",
        ".expect_err(",
        "unwrap_unchecked",
        "process::exit",
        "process::abort",
        "panic_any",
        "slice::from_raw_parts",
    ];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        // Tests may stop: modules of their own, and those at the end of a file.
        if file.contains("tests") || file.ends_with("report/fixture.rs") || file.ends_with("cost/testing.rs") {
            continue;
        }
        for line in lines(&file, &without_test_modules(&text)) {
            let word = STOPS.iter().find(|word| {
                let starts = |at: usize| word.starts_with('.') || !line.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                line.code.match_indices(**word).any(|(at, _)| starts(at))
            });
            if let Some(word) = word {
                wrong.push(format!("src/{}:{}: {word}: {}", line.file, line.number, line.code.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Words that are looked for in texts that others wrote, each with the reason. Our own sentences never belong here.
const FOREIGN: [(&str, &str, &str); 18] = [
    ("ingest/formats/cli_error.rs", "calling the ", "how the AWS CLI words an error"),
    ("ingest/formats/config/secret.rs", "-----BEGIN ", "the first line of a key in PEM form"),
    ("ingest/formats/config/secret.rs", "PRIVATE KEY-----", "the same"),
    ("ingest/formats/cost/explorer.rs", "total cost", "the last column of a Cost Explorer download"),
    ("ingest/formats/cli_answers/place.rs", " copy", "what a file manager adds to the name of a copy"),
    ("ingest/reading/json.rs", " at line ", "serde_json gives an error's words with its place only"),
    ("ingest/formats/trail_exports/shapes.rs", "via CloudTrail", "the detail type of EventBridge"),
    ("ingest/formats/trail_exports/table.rs", "# Execution Time:", "the first line of a download from the CloudTrail Lake console"),
    ("evaluate/verdict.rs", " to ", "targets of metrics as the catalogue writes them"),
    ("evaluate/practices.rs", "not applicable", "how the client's answer in engagement.toml says that a question does not apply"),
    ("report/html.rs", "<meta http-equiv", "a tag in a template of the user's own"),
    ("run/catalogue.rs", "\\n  ", "indents a text, whatever it says"),
    ("schema/mod.rs", " of ", "the plural of a unit as the catalogue names it"),
    ("schema/mod.rs", " and ", "the same"),
    ("store/error.rs", "No space left on device", "polars keeps of the system's error only its words when it writes Parquet"),
    ("store/error.rs", "Disk quota exceeded", "the same"),
    ("store/error.rs", "Read-only file system", "the same"),
    ("store/error.rs", "Permission denied", "the same"),
];

/// Calls that look into a text, with the literals in their arguments that hold words: line, call and literal.
fn looked_for(text: &str) -> Vec<(usize, String, String)> {
    const CALLS: [&str; 17] = [
        "contains(",
        "starts_with(",
        "ends_with(",
        "split(",
        "splitn(",
        "rsplit(",
        "split_once(",
        "rsplit_once(",
        "strip_prefix(",
        "strip_suffix(",
        "find(",
        "rfind(",
        "trim_start_matches(",
        "trim_end_matches(",
        "replace(",
        "matches(",
        "match_indices(",
    ];
    let mut found = Vec::new();
    for call in CALLS {
        for (at, _) in text.match_indices(call) {
            if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            for literal in literals(&text[at + call.len()..]) {
                let words = literal
                    .as_bytes()
                    .windows(2)
                    .any(|w| (w[0] == b' ' && w[1].is_ascii_alphabetic()) || (w[0].is_ascii_alphabetic() && w[1] == b' '));
                if words {
                    found.push((text[..at].matches('\n').count() + 1, call.to_owned(), literal.to_owned()));
                }
            }
        }
    }
    found
}

/// The string literals up to the parenthesis that closes the one before the text.
fn literals(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut found) = (0, 1, Vec::new());
    while at < bytes.len() && depth > 0 {
        match bytes[at] {
            b'"' => {
                let start = at + 1;
                at = start;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                found.push(&text[start..at.min(bytes.len())]);
            }
            // A character, not a lifetime.
            b'\'' if bytes.get(at + 1) == Some(&b'\\') => at += 3,
            b'\'' if bytes.get(at + 2) == Some(&b'\'') => at += 2,
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    found
}

#[test]
fn no_code_looks_into_a_sentence() {
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for (file, text) in sources() {
        if file.contains("tests") || file.ends_with("report/fixture.rs") || file.ends_with("cost/testing.rs") {
            continue;
        }
        let code: String = lines(&file, &without_test_modules(&text)).map(|line| format!("{}\n", line.code)).collect();
        for (line, call, literal) in looked_for(&code) {
            match FOREIGN.iter().position(|(place, words, _)| *place == file && *words == literal) {
                Some(at) => drop(used.insert(at)),
                None => wrong.push(format!("src/{file}:{line}: {call}\"{literal}\"")),
            }
        }
    }
    assert!(wrong.is_empty(), "a sentence is taken apart; make it an enum with data:\n{}", wrong.join("\n"));
    let idle: Vec<&str> = FOREIGN.iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, (place, ..))| *place).collect();
    assert!(idle.is_empty(), "allowed and not there any more: {idle:?}");
}

/// What a text that is recognised may turn out not to be: an export. No declaration can stand for these.
const NO_EXPORT: [&str; 5] = ["Unrecognised", "Empty", "Archive", "Parquet", "StoreTable"];

/// Files outside the formats that ask for a certain one: the file, the format, and why its declaration cannot say it.
const ASKED_BY_NAME: [(&str, &str, &str); 10] = [
    ("facts/coverage/deliveries.rs", "ConfigSnapshot", "a snapshot is a state of one moment, history files are counted"),
    ("facts/coverage/deliveries.rs", "ConfigHistory", "the same"),
    ("facts/snapshots.rs", "ConfigSnapshot", "it alone holds all that a recorder recorded"),
    ("facts/coverage/trails.rs", "TrailStatus", "the one answer that is tied to its trail by its file's name"),
    ("report/assemble/summary.rs", "Engagement", "several may be delivered and one is used"),
    ("store/reading/input.rs", "CredentialReport", "exports that may end without a line feed and are not broken off"),
    ("store/reading/input.rs", "ClientControls", "the same"),
    ("store/reading/input.rs", "Engagement", "the same"),
    ("run/inspect/look.rs", "CliError", "its code is shown in the place of a hint"),
    ("run/inspect/look.rs", "Engagement", "accounts it names are expected, not seen"),
];

/// What is known of a format stands in its declaration; elsewhere no format is asked for by its name.
#[test]
fn formats_are_known_by_their_declarations() {
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for (file, text) in sources() {
        if file.starts_with("ingest/formats/")
            || file.contains("tests")
            || !text.contains("ingest::detect") && !text.contains("detect::Format")
        {
            continue;
        }
        for line in lines(&file, &without_test_modules(&text)) {
            for (at, _) in line.code.match_indices("Format::") {
                let name = word(&line.code[at + "Format::".len()..]);
                // Methods and ALL are no format; other enums of this name are not imported beside ours.
                let is_format = name.starts_with(|c: char| c.is_uppercase()) && name.contains(|c: char| c.is_lowercase());
                if !is_format || NO_EXPORT.contains(&name.as_str()) {
                    continue;
                }
                match ASKED_BY_NAME.iter().position(|(place, format, _)| *place == file && *format == name) {
                    Some(at) => drop(used.insert(at)),
                    None => wrong.push(format!("src/{file}:{}: Format::{name}", line.number)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "let the declaration say it, or allow it with the reason:\n{}", wrong.join("\n"));
    let idle: Vec<_> =
        ASKED_BY_NAME.iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, (place, name, _))| (place, name)).collect();
    assert!(idle.is_empty(), "allowed and not there any more: {idle:?}");
}

#[test]
fn no_error_carries_its_help_in_its_words() {
    for (file, text) in sources() {
        for line in lines(&file, &text).filter(|line| line.code.contains("\\nhelp: ")) {
            // What tests print, and what the command line prints once.
            let allowed = ["base/help.rs", "engagement/file.rs"].contains(&line.file);
            assert!(allowed, "src/{}:{}: {}", line.file, line.number, line.code.trim());
        }
    }
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<String> = sources()
        .iter()
        .map(|(file, text)| (file, text.lines().count()))
        // A filled report model for tests, written out member by member.
        .filter(|(file, lines)| *lines > LONGEST && !file.to_string().ends_with("report/fixture.rs"))
        .map(|(file, lines)| format!("src/{file}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {}", long.join(", "));
}

#[test]
fn nothing_names_a_place_of_its_own_making() {
    // Paths of a machine have no business in a project that others build.
    const NEVER: [&str; 4] = ["/work/", "/home/", "/root/", "/Users/"];
    let mut wrong = Vec::new();
    let files = ["src", "templates", ".ci", "samples/generator", "tests"].map(|f| root().join(f));
    for folder in files.iter().map(Path::new) {
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let entry = entry.unwrap();
            // This file holds the list itself.
            if !entry.file_type().is_file() || entry.path().ends_with("main/architecture.rs") {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
            for (at, line) in text.lines().enumerate() {
                if NEVER.iter().any(|n| line.contains(n)) {
                    wrong.push(format!("{}:{}: {}", entry.path().display(), at + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_readers_of_the_source_read_it_right() {
    let found = |text: &str| looked_for(text).into_iter().map(|(_, _, literal)| literal).collect::<Vec<_>>();
    assert_eq!(found(r#"n.contains("cut after") && x.find(|t| t.name == "AWS Config").ok_or("not of it")"#), ["cut after", "AWS Config"]);
    assert_eq!(found(r#"said.split_once( " of ")"#), [" of "]);
    assert_eq!(found(r#"list.contains('"') || format!("two words")"#), [""; 0]);
    assert_eq!(found(r#"fingerprint.starts_with("arn:") || my_find("two words")"#), [""; 0]);
    let names = |text: &str| named(text).into_iter().map(|(_, n)| n).collect::<Vec<_>>();
    assert_eq!(names("use crate::store::{Store, build::hex};"), ["store"]);
    assert_eq!(names("use crate::{ingest::{batch::Batch, time}, schema};"), ["ingest", "schema"]);
    assert_eq!(names("use my_crate::store;"), [""; 0]);
    assert!(forbidden("ingest", "store").is_some() && forbidden("store", "ingest").is_none());
    assert!(forbidden("store", "engagement").is_some() && forbidden("facts", "engagement").is_none());
    assert!(forbidden("report", "cli").is_some() && forbidden("run", "cli").is_none());
    assert!(forbidden("engagement", "ingest").is_some());
    assert!(forbidden("engagement", "base").is_none() && forbidden("base", "engagement").is_some());
}
