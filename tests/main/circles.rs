//! Finds files of one room that import each other, directly or over others.
//!
//! It reads names as the compiler would resolve them: through `super`, `self`, `crate`, imports and re-exports, down to
//! the file that defines the item. A `mod.rs` that only declares or re-exports imports nothing. Methods are not paths, so
//! a call of a method counts for nothing; the type it belongs to does. Tests are left out.

use std::collections::{BTreeMap, BTreeSet};

/// A path of module names from the root of the crate.
type Path = Vec<String>;

/// What one file declares and uses.
#[derive(Default)]
struct Module {
    file: String,
    /// Names of the items that stand at its outer level.
    items: BTreeSet<String>,
    /// Names that its `use` lines bring in.
    imports: BTreeMap<String, Import>,
    /// Modules whose names it imports all.
    globs: Vec<(Path, usize)>,
    /// Paths and single names in its code, each with its line.
    words: Vec<(Path, usize)>,
    /// Child modules that are compiled for tests only.
    tests: BTreeSet<String>,
}

struct Import {
    path: Path,
    line: usize,
    /// `pub use`: passes the name on, and uses it only where the code does.
    passed_on: bool,
    /// At the outer level, where children and other files see it.
    outer: bool,
}

/// Why a file depends on another: the line and the name it takes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Tie {
    line: usize,
    name: String,
}

type Graph = BTreeMap<String, BTreeMap<String, Tie>>;

/// Each circle as one text: its files, and for each pair of neighbours the line that ties them. `files` are paths below
/// `src` with their texts.
pub fn circles(files: &[(String, String)]) -> Vec<Vec<String>> {
    let modules = modules(files);
    let graph = graph(&modules);
    let groups = groups(&graph);
    groups.into_iter().map(|group| ties(&graph, &group)).collect()
}

/// Lines `src/A:LINE takes NAME from src/B` for all ties inside a group.
fn ties(graph: &Graph, group: &BTreeSet<String>) -> Vec<String> {
    let inside = |file: &String| graph.get(file).into_iter().flatten().filter(|(to, _)| group.contains(*to));
    let line = |from: &String, to: &String, tie: &Tie| format!("src/{from}:{} takes {} from src/{to}", tie.line, tie.name);
    group.iter().flat_map(|from| inside(from).map(move |(to, tie)| line(from, to, tie))).collect()
}

fn modules(files: &[(String, String)]) -> BTreeMap<Path, Module> {
    let mut modules: BTreeMap<Path, Module> =
        files.iter().map(|(file, text)| (module_path(file), read(file, &without_tests(&blanked(text))))).collect();
    let tests: Vec<Path> = modules
        .iter()
        .flat_map(|(path, module)| module.tests.iter().map(move |child| [path.as_slice(), std::slice::from_ref(child)].concat()))
        .collect();
    modules.retain(|path, _| !tests.iter().any(|test| path.starts_with(test)));
    modules
}

fn module_path(file: &str) -> Path {
    let stem = file.trim_end_matches(".rs");
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    if ["lib", "main"].contains(&stem) { Path::new() } else { stem.split('/').map(str::to_owned).collect() }
}

/// The text with comments, strings and characters as blanks; lines stay where they are.
fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let before = out.chars().next_back().is_some_and(is_word);
        let raw = rest.strip_prefix('r').map(|r| r.trim_start_matches('#')).filter(|r| r.starts_with('"') && !before);
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(after) = raw {
            let hashes = rest.len() - after.len() - 1;
            let end = format!("\"{}", "#".repeat(hashes));
            after[1..].find(&end).map_or(rest.len(), |at| hashes + 2 + at + end.len())
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |at| at + 2)
        } else if rest.starts_with("'\\") {
            rest[3..].find('\'').map_or(rest.len(), |at| at + 4)
        } else if c == '\'' && rest.chars().nth(2) == Some('\'') {
            rest.chars().take(3).map(char::len_utf8).sum()
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        out.extend(rest[..taken].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[taken..];
    }
    out
}

/// Blanks what is compiled for tests only, but for the declaration of a module in a file of its own.
fn without_tests(text: &str) -> String {
    let mut out = text.to_owned();
    for (at, mark) in text.match_indices("#[cfg(test)]") {
        let item = &text[at + mark.len()..];
        let mut depth = 0;
        let end = item.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0 && (c == ';' || c == '}')
        });
        let end = at + mark.len() + end.map_or(item.len(), |end| end + 1);
        if text[at..end].contains('{') || text[at..end].contains("use ") {
            let blank: String = text[at..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            out.replace_range(at..end, &blank);
        }
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Reads the declarations, imports and paths of blanked text.
fn read(file: &str, text: &str) -> Module {
    let mut module = Module { file: file.to_owned(), ..Module::default() };
    let base = module_path(file);
    let mut code = text.to_owned();
    for (at, _) in text.match_indices("use ") {
        let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
        let before = text[start..at].trim();
        if !(before.is_empty() || before == "pub" || (before.starts_with("pub(") && before.ends_with(')'))) {
            continue;
        }
        let end = at + text[at..].find(';').unwrap_or(0);
        let line = text[..at].matches('\n').count() + 1;
        let mut found = Vec::new();
        tree(&[], &text[at + 4..end], &mut found);
        for (path, alias) in found {
            let path = absolute(&base, path);
            if alias == "*" {
                module.globs.push((path, line));
            } else if alias != "_" {
                let outer = text[start..].starts_with("use") || text[start..].starts_with("pub");
                module.imports.insert(alias, Import { path, line, passed_on: before.starts_with("pub"), outer });
            }
        }
        code.replace_range(start..end, &text[start..end].replace(|c| c != '\n', " "));
    }
    let mut test = false;
    for line in code.lines() {
        let public =
            line.strip_prefix("pub").map(|rest| rest.split_once(')').filter(|_| rest.starts_with('(')).map_or(rest, |(_, rest)| rest));
        let bare = public.map_or(line, str::trim_start);
        let bare = bare.strip_prefix("const fn ").map_or_else(|| bare.to_owned(), |l| format!("fn {l}"));
        let mut parts = bare.split(|c| !is_word(c)).filter(|w| !w.is_empty());
        match (parts.next(), parts.next()) {
            (Some("mod"), Some(name)) if test => drop(module.tests.insert(name.to_owned())),
            (Some("fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union" | "macro_rules"), Some(name))
                if bare.starts_with(|c| c != ' ') =>
            {
                module.items.insert(name.to_owned());
            }
            _ => {}
        }
        test = line == "#[cfg(test)]" || (test && line.starts_with("#["));
    }
    module.words = words(&code);
    module
}

/// The leaves of a `use` tree, each with the name it has here.
fn tree(prefix: &[String], text: &str, found: &mut Vec<(Path, String)>) {
    let text = text.trim();
    if let Some(open) = text.find('{') {
        let head = text[..open].split("::").map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned);
        let prefix: Path = prefix.iter().cloned().chain(head).collect();
        let inner = &text[open + 1..text.rfind('}').unwrap_or(text.len())];
        let (mut depth, mut start) = (0, 0);
        for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    tree(&prefix, &inner[start..at], found);
                    start = at + 1;
                }
                _ => {}
            }
        }
    } else if !text.is_empty() {
        let (path, alias) = text.split_once(" as ").map_or((text, None), |(path, alias)| (path, Some(alias.trim())));
        let mut path: Path = prefix.iter().cloned().chain(path.split("::").map(|s| s.trim().to_owned())).collect();
        let last = path.last().cloned().unwrap_or_default();
        if last == "self" || last == "*" {
            path.pop();
        }
        let name = if last == "self" { path.last().cloned().unwrap_or_default() } else { last };
        found.push((path, alias.map_or(name, str::to_owned)));
    }
}

/// A path with `crate`, `self` and `super` at its start resolved; others begin with the name they began with, marked by
/// an empty first segment, to be looked up among children and imports.
fn absolute(base: &[String], path: Path) -> Path {
    let mut at: Path = base.to_vec();
    let mut rest = path.as_slice();
    match rest.first().map(String::as_str) {
        Some("crate" | "sixpillars") => {
            at.clear();
            rest = &rest[1..];
        }
        Some("self") => rest = &rest[1..],
        Some("super") => {
            while rest.first().is_some_and(|s| s == "super") {
                at.pop();
                rest = &rest[1..];
            }
        }
        _ => return [&[String::new()], rest].concat(),
    }
    [at.as_slice(), rest].concat()
}

/// Paths and single names in code without its imports.
fn words(code: &str) -> Vec<(Path, usize)> {
    let mut found = Vec::new();
    for (at, line) in code.lines().enumerate() {
        let mut path = Path::new();
        let mut joined = false;
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            if is_word(c) {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                if !joined && !path.is_empty() {
                    found.push((std::mem::take(&mut path), at + 1));
                }
                path.push(rest[..end].to_owned());
                rest = &rest[end..];
                joined = false;
            } else if let Some(after) = rest.strip_prefix("::").filter(|_| !path.is_empty()) {
                joined = true;
                rest = after;
            } else {
                if !path.is_empty() {
                    found.push((std::mem::take(&mut path), at + 1));
                }
                joined = false;
                // The name after `fn` is declared here, not used.
                if found.last().is_some_and(|(last, line)| *line == at + 1 && last == &["fn"]) && c == ' ' {
                    found.pop();
                    rest = rest.trim_start().trim_start_matches(is_word);
                    continue;
                }
                // A field or a method: no name of an item.
                let dot = c == '.' && !rest.starts_with("..");
                rest = &rest[c.len_utf8()..];
                if dot {
                    rest = rest.trim_start_matches(is_word);
                }
            }
        }
        if !path.is_empty() {
            found.push((path, at + 1));
        }
    }
    found
}

/// The files that define what an absolute path names; a path may name a module and an item at once.
fn resolve(modules: &BTreeMap<Path, Module>, path: &[String], depth: usize) -> BTreeSet<Path> {
    let mut found = BTreeSet::new();
    if depth > 16 {
        return found;
    }
    // The longest beginning that is a module.
    let length = (0..=path.len()).rev().find(|n| modules.contains_key(&path[..*n]));
    let Some(length) = length else { return found };
    // What has the name of a child module may be an item beside it.
    for length in [Some(length), length.checked_sub(1).filter(|_| length == path.len())].into_iter().flatten() {
        let Some(module) = modules.get(&path[..length]) else { continue };
        let Some(name) = path.get(length) else {
            found.insert(path.to_vec());
            continue;
        };
        if module.items.contains(name) {
            found.insert(path[..length].to_vec());
        } else if let Some(import) = module.imports.get(name).filter(|import| import.outer) {
            found.extend(resolve(modules, &from_here(modules, &path[..length], &[&import.path, &path[length + 1..]].concat()), depth + 1));
        } else {
            for (glob, _) in &module.globs {
                found.extend(resolve(
                    modules,
                    &from_here(modules, &path[..length], &[glob, &path[length..length + 1]].concat()),
                    depth + 1,
                ));
            }
        }
    }
    found
}

/// A path that begins with a name of the file `here`: a child module or an import of its own.
fn from_here(modules: &BTreeMap<Path, Module>, here: &[String], path: &[String]) -> Path {
    let Some((_, rest)) = path.split_first().filter(|(first, _)| first.is_empty()) else { return path.to_vec() };
    let Some(name) = rest.first() else { return Path::new() };
    let import = modules.get(here).and_then(|module| module.imports.get(name));
    match import {
        // An import of itself (`use anyhow;`) leads nowhere.
        Some(import) if !import.path.first().is_some_and(String::is_empty) => [&import.path, &rest[1..]].concat(),
        Some(import) if import.path.get(1) != Some(name) => from_here(modules, here, &[&import.path, &rest[1..]].concat()),
        _ => [here, rest].concat(),
    }
}

/// Which file takes what from which other file of its room.
fn graph(modules: &BTreeMap<Path, Module>) -> Graph {
    let mut graph = Graph::new();
    for (here, module) in modules {
        let mut tie = |path: &[String], line: usize| {
            let path = from_here(modules, here, path);
            for target in resolve(modules, &path, 0) {
                // A module alone is a name on the way to its items.
                if target == path || target == *here || target.first() != here.first() {
                    continue;
                }
                let name = path[target.len().min(path.len() - 1)..].join("::");
                let to = &modules[&target].file;
                graph.entry(module.file.clone()).or_default().entry(to.clone()).or_insert(Tie { line, name });
            }
        };
        for import in module.imports.values().filter(|import| !import.passed_on) {
            tie(&import.path, import.line);
        }
        for (word, line) in &module.words {
            let first = &word[0];
            if ["crate", "self", "super", "sixpillars"].contains(&first.as_str()) {
                tie(&absolute(here, word.clone()), *line);
            } else if module.imports.contains_key(first) || (word.len() > 1 && !module.items.contains(first)) {
                tie(&[&[String::new()], word.as_slice()].concat(), *line);
            } else if !module.items.contains(first) {
                for (glob, _) in &module.globs {
                    tie(&[glob.as_slice(), std::slice::from_ref(first)].concat(), *line);
                }
            }
        }
    }
    graph
}

/// Groups of files in which each reaches each other one.
fn groups(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = graph
        .keys()
        .map(|start| {
            let (mut seen, mut todo) = (BTreeSet::new(), vec![start]);
            while let Some(file) = todo.pop() {
                todo.extend(graph.get(file).into_iter().flat_map(BTreeMap::keys).filter(|to| seen.insert(*to)));
            }
            (start, seen)
        })
        .collect();
    let reaches = |from: &String, to: &String| reach.get(from).is_some_and(|seen| seen.contains(to));
    let group = |file: &String| -> BTreeSet<String> {
        graph.keys().filter(|other| reaches(file, other) && reaches(other, file)).cloned().collect()
    };
    let all: BTreeSet<BTreeSet<String>> = graph.keys().map(group).filter(|group| group.len() > 1).collect();
    all.into_iter().collect()
}
