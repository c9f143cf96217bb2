//! Which deliveries of cost data count.
//!
//! Every delivery ("assembly") of a report states its month whole, so two of them together double the bill; so do two
//! reports of one payer over one month. What counts is decided anew over all files whenever files come in, from their
//! paths, the manifests and their control totals, so that neither order nor number of runs shows.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::{Assembly, BillingSource, InputFile, Manifest};
use crate::ingest::cost::{self, FileTotals};
use crate::ingest::detect::Format;

/// One report's statement of one month: name, kind, month.
type Key = (String, Format, String);
/// Its deliveries: files by name of the delivery, empty for files that lie in no folder of a delivery.
type Deliveries = BTreeMap<String, BTreeSet<String>>;

/// Decides which files' rows count, and says why in the manifest.
pub fn settle(manifest: &mut Manifest) {
    let index = Index::of(&manifest.assemblies);
    let mut periods: BTreeMap<Key, Deliveries> = BTreeMap::new();
    let mut doubtful: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    for file in manifest.files.values().filter(|f| f.format.is_charges()) {
        for path in &file.paths {
            let (key, delivery, doubt) = place(file, path, &index, &manifest.assemblies);
            if let Some(doubt) = doubt {
                doubtful.entry(key.clone()).or_default().insert(doubt);
            }
            periods.entry(key).or_default().entry(delivery).or_default().insert(file.file_id.clone());
        }
    }
    let mut sources: Vec<BillingSource> = Vec::new();
    for (key, deliveries) in &periods {
        let mut source = choose(key, deliveries, manifest);
        source.remarks.extend(doubtful.get(key).into_iter().flatten().cloned());
        sources.push(source);
    }
    set_doubles_apart(&mut sources, manifest);
    apply(&sources, manifest);
    sources.sort();
    manifest.billing = sources;
}

/// The data files that manifests name, by the last part of their keys.
struct Index<'m> {
    by_name: BTreeMap<&'m str, Vec<(&'m str, &'m str)>>,
}

impl<'m> Index<'m> {
    fn of(assemblies: &'m BTreeMap<String, Assembly>) -> Self {
        let mut by_name: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (id, assembly) in assemblies {
            for key in &assembly.keys {
                by_name.entry(parts(key).next_back().unwrap_or("")).or_default().push((id, key));
            }
        }
        Self { by_name }
    }

    /// Manifests that name the file at `path`, with whether the folders agree as well.
    fn naming(&self, path: &str) -> Vec<(&'m str, bool)> {
        let mut found: Vec<(&str, bool)> = Vec::new();
        for (id, key) in self.by_name.get(parts(path).next_back().unwrap_or("")).into_iter().flatten() {
            let shared = parts(path).rev().zip(parts(key).rev()).take_while(|(a, b)| a == b).count();
            let whole = shared == parts(path).count().min(parts(key).count());
            // The name alone is the same in every assembly and month: three parts tell them apart.
            if shared >= 3 || whole {
                found.push((id, shared >= 3));
            }
        }
        found
    }
}

fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".")
}

/// Months that the lines of a file belong to.
fn months(file: &InputFile) -> BTreeSet<&str> {
    totals(file).map(|t| t.totals.iter().map(|t| t.month.as_str()).collect()).unwrap_or_default()
}

fn totals(file: &InputFile) -> Option<&FileTotals> {
    file.charges.as_ref()
}

/// Where a file belongs: report and month, delivery, and a doubt in words.
fn place(file: &InputFile, path: &str, index: &Index<'_>, assemblies: &BTreeMap<String, Assembly>) -> (Key, String, Option<String>) {
    let named = index.naming(path);
    let sure: Vec<&Assembly> = named.iter().filter(|(_, sure)| *sure).filter_map(|(id, _)| assemblies.get(*id)).collect();
    let weak: Vec<&Assembly> = named.iter().filter_map(|(id, _)| assemblies.get(*id)).collect();
    // A file copied out of its folders is named by every manifest that has its name: its lines say the month.
    let stated = months(file);
    let of_month: Vec<&Assembly> = weak.iter().filter(|a| stated.contains(a.period.as_str())).copied().collect();
    let candidates = if !sure.is_empty() { &sure } else { &of_month };
    let mut distinct: Vec<(&str, &str, &str)> =
        candidates.iter().map(|a| (a.report.as_str(), a.period.as_str(), a.assembly_id.as_str())).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let folders = cost::assembly_of(path);
    // Where files are replaced in place, manifests of several deliveries name the same keys.
    let same_month = distinct.windows(2).all(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1));
    if let [.., (report, month, id)] = distinct.as_slice()
        && (distinct.len() == 1 || !sure.is_empty() && same_month)
    {
        let doubt =
            (distinct.len() > 1).then(|| "manifests of several deliveries name the same files, which are replaced in place".to_owned());
        return (((*report).to_owned(), file.format, (*month).to_owned()), (*id).to_owned(), doubt);
    }
    if let Some(place) = folders {
        let name = if place.report.is_empty() { folder(path) } else { place.report };
        return ((name, file.format, place.period), place.assembly_id.unwrap_or_default(), None);
    }
    let doubt = (distinct.len() > 1).then(|| {
        format!("several manifests name {}, and its path does not say which delivery it is of", parts(path).next_back().unwrap_or(""))
    });
    let month = if stated.len() == 1 { stated.iter().next().map_or_else(String::new, |m| (*m).to_owned()) } else { String::new() };
    ((folder(path), file.format, month), String::new(), doubt)
}

/// The folder of a path; the top folder has no name.
fn folder(path: &str) -> String {
    let mut all: Vec<&str> = parts(path).collect();
    all.pop();
    if all.is_empty() { "(top folder)".to_owned() } else { all.join("/") }
}

/// What a delivery reaches: last time, lines, name.
type Reach = (Option<i64>, u64, String);

fn reach(name: &str, files: &BTreeSet<String>, manifest: &Manifest) -> Reach {
    let of = || files.iter().filter_map(|id| manifest.files.get(id));
    (of().filter_map(|f| f.last_time).max(), of().map(|f| f.read).sum(), name.to_owned())
}

/// Chooses the delivery of a month that counts.
fn choose(key: &Key, deliveries: &Deliveries, manifest: &Manifest) -> BillingSource {
    let (name, format, month) = key;
    let mut source =
        BillingSource { name: name.clone(), kind: format.label().to_owned(), month: month.clone(), ..BillingSource::default() };
    let about: Vec<&Assembly> = manifest
        .assemblies
        .values()
        .filter(|a| a.period == *month && (a.report == *name || deliveries.contains_key(&a.assembly_id)))
        .collect();
    // The copy of the manifest inside an assembly's folder only names itself; the one above it says which is current.
    let top: BTreeSet<&str> = about
        .iter()
        .filter(|a| cost::assembly_of(&a.path).is_none_or(|place| place.assembly_id.is_none()))
        .map(|a| a.assembly_id.as_str())
        .collect();
    let furthest = |names: &mut dyn Iterator<Item = (&String, &BTreeSet<String>)>| {
        names.map(|(delivery, files)| reach(delivery, files, manifest)).max().map(|(_, _, delivery)| delivery).unwrap_or_default()
    };
    let delivered: Vec<&str> = top.iter().filter(|id| deliveries.contains_key(**id)).copied().collect();
    source.assembly = match (delivered.as_slice(), top.len()) {
        ([one], 1) => (*one).to_owned(),
        ([], 0) => {
            if deliveries.len() > 1 {
                source.remarks.push(format!(
                    "no manifest says which of {} deliveries is current; the one that reaches furthest was taken",
                    deliveries.len()
                ));
            }
            // Executions of data exports begin with their date: the last by name is the newest.
            let dated = deliveries
                .keys()
                .all(|d| d.len() > 10 && d.as_bytes().get(4) == Some(&b'-') && d.as_bytes().first().is_some_and(u8::is_ascii_digit));
            if dated { deliveries.keys().next_back().cloned().unwrap_or_default() } else { furthest(&mut deliveries.iter()) }
        }
        ([], _) => {
            source
                .remarks
                .push("the manifest names a delivery of which no file was delivered; the one that reaches furthest was taken".to_owned());
            furthest(&mut deliveries.iter())
        }
        (several, _) => {
            if top.len() > 1 {
                source.remarks.push(format!(
                    "{} manifests name different deliveries as current; of those delivered the one that reaches furthest was taken",
                    top.len()
                ));
            }
            furthest(&mut deliveries.iter().filter(|(d, _)| several.contains(&d.as_str())))
        }
    };
    source.files = deliveries.get(&source.assembly).into_iter().flatten().cloned().collect();
    let others = deliveries.iter().filter(|(d, _)| **d != source.assembly);
    source.superseded = others.map(|(d, files)| (d.clone(), files.iter().cloned().collect())).collect();
    source.missing = missing(&source, &about, manifest);
    source
}

/// Data files that the manifests of the chosen delivery name and that were not delivered.
fn missing(source: &BillingSource, about: &[&Assembly], manifest: &Manifest) -> Vec<String> {
    let names: BTreeSet<&str> = source
        .files
        .iter()
        .filter_map(|id| manifest.files.get(id))
        .flat_map(|f| f.paths.iter())
        .filter_map(|path| parts(path).next_back())
        .collect();
    let keys: BTreeSet<&str> =
        about.iter().filter(|a| a.assembly_id == source.assembly).flat_map(|a| a.keys.iter().map(String::as_str)).collect();
    keys.into_iter().filter(|key| !names.contains(parts(key).next_back().unwrap_or(""))).map(str::to_owned).collect()
}

/// Payer, month and currency.
type Statement = (String, String, String);

/// What a source says of a month: lines, and the amount they come to.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    lines: u64,
    amount: i128,
}

impl Said {
    /// Whether this is a few stray lines beside `whole`, as a damaged date makes them, and no second bill. Other
    /// kinds of reports have more or fewer lines of the same month, but not another amount.
    fn is_stray(self, whole: Self) -> bool {
        let far = |few: u128, many: u128| few.saturating_mul(4) < many;
        far(self.lines.into(), whole.lines.into()) && far(self.amount.unsigned_abs(), whole.amount.unsigned_abs())
    }
}

/// Words for a few stray lines of a month that another source states whole.
fn remark(stray: Said, (_, month, _): &Statement, by: &str, whole: Said) -> String {
    let lines = if stray.lines == 1 { "1 line is".to_owned() } else { format!("{} lines are", stray.lines) };
    format!("{lines} of {month}, a month that {by} states with {} lines: is a date damaged?", whole.lines)
}

/// What a source states.
fn statements(source: &BillingSource, manifest: &Manifest) -> BTreeMap<Statement, Said> {
    let files = source.files.iter().filter_map(|id| manifest.files.get(id)).filter_map(totals);
    let mut stated: BTreeMap<Statement, Said> = BTreeMap::new();
    for total in files.flat_map(|t| &t.totals) {
        let said = stated.entry((total.payer.clone(), total.month.clone(), total.currency.clone())).or_default();
        said.lines += total.sums.lines;
        said.amount = said.amount.saturating_add(total.sums.amount);
    }
    stated
}

/// Two sources that state the same months of the same payer would double them. The whole one, then the one of the
/// kind that says most, then the longer counts. A source that states only some of another's months cannot be set
/// apart file by file without losing the others: the report says that those months are counted twice.
fn set_doubles_apart(sources: &mut [BillingSource], manifest: &Manifest) {
    let kind = |source: &BillingSource| {
        [Format::CostCur, Format::CostCur2, Format::CostFocus].iter().position(|f| f.label() == source.kind).unwrap_or(usize::MAX)
    };
    let lines = |source: &BillingSource| source.files.iter().filter_map(|id| manifest.files.get(id)).map(|f| f.read).sum::<u64>();
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|i| {
        let s = &sources[*i];
        (!s.missing.is_empty(), kind(s), std::cmp::Reverse(lines(s)), s.name.clone(), s.month.clone())
    });
    let mut taken: BTreeMap<Statement, (usize, Said)> = BTreeMap::new();
    for i in order {
        let stated = statements(&sources[i], manifest);
        let doubles = stated.iter().filter_map(|(statement, said)| {
            taken.get(statement).filter(|(_, other)| !other.is_stray(*said)).map(|(other, _)| (statement, *other))
        });
        let twice: Vec<(&Statement, usize)> = doubles.collect();
        if !stated.is_empty() && twice.len() == stated.len() {
            let by: BTreeSet<String> =
                twice.iter().map(|(_, other)| format!("{} ({})", sources[*other].name, sources[*other].kind)).collect();
            sources[i].set_apart =
                format!("the same month of the same payer is counted from {}", by.into_iter().collect::<Vec<_>>().join(" and "));
            continue;
        }
        let (strays, twice): (Vec<_>, Vec<_>) =
            twice.into_iter().partition(|(statement, _)| stated[*statement].is_stray(taken[*statement].1));
        for (statement, other) in strays {
            let remark = remark(stated[statement], statement, &sources[other].name, taken[statement].1);
            sources[i].remarks.push(remark);
        }
        if !twice.is_empty() {
            let months: BTreeSet<&str> = twice.iter().map(|((_, month, _), _)| month.as_str()).collect();
            let by: BTreeSet<&str> = twice.iter().map(|(_, other)| sources[*other].name.as_str()).collect();
            let remark = format!(
                "{} of the same payer also counted from {}: these months are counted twice, because this source holds other months as well; give only one of the two",
                months.into_iter().collect::<Vec<_>>().join(", "),
                by.into_iter().collect::<Vec<_>>().join(" and ")
            );
            sources[i].remarks.push(remark);
        }
        for (statement, said) in stated {
            match taken.get_mut(&statement) {
                Some(taken) if taken.1.is_stray(said) => {
                    let remark = remark(taken.1, &statement, &sources[i].name, said);
                    sources[taken.0].remarks.push(remark);
                    *taken = (i, said);
                }
                Some(_) => {}
                None => _ = taken.insert(statement, (i, said)),
            }
        }
    }
}

/// Writes the outcome into the accounts of the files.
fn apply(sources: &[BillingSource], manifest: &mut Manifest) {
    // A file may be part of several deliveries: unchanged files are delivered again. It counts if one of them does.
    let counted: BTreeSet<&str> =
        sources.iter().filter(|s| s.set_apart.is_empty()).flat_map(|s| s.files.iter().map(String::as_str)).collect();
    let mut reasons: BTreeMap<&str, String> = BTreeMap::new();
    for source in sources {
        for (delivery, files) in &source.superseded {
            for id in files {
                let named = if source.assembly.is_empty() {
                    "the files in the month's folder".to_owned()
                } else {
                    format!("assembly {}", source.assembly)
                };
                let reason = if delivery.is_empty() && !source.assembly.is_empty() {
                    format!("not part of {named}, which is the current one of the same billing period")
                } else {
                    format!("superseded by {named} of the same billing period")
                };
                reasons.entry(id).or_insert(reason);
            }
        }
        if !source.set_apart.is_empty() {
            for id in &source.files {
                reasons.entry(id).or_insert_with(|| source.set_apart.clone());
            }
        }
    }
    for file in manifest.files.values_mut().filter(|f| f.format.is_charges()) {
        let understood = file.kept + file.out_of_scope;
        file.out_of_scope_reason = reasons.get(file.file_id.as_str()).filter(|_| !counted.contains(file.file_id.as_str())).cloned();
        if file.out_of_scope_reason.is_some() {
            (file.kept, file.out_of_scope) = (0, understood);
        } else {
            (file.kept, file.out_of_scope) = (understood, 0);
        }
    }
}

#[cfg(test)]
#[path = "billing_tests.rs"]
mod tests;
