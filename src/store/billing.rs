//! Which deliveries of cost data count.
//!
//! Every delivery ("assembly") of a report states its month whole, so two of them together double the bill; so do two
//! reports of one payer over one month. What counts is decided anew over all files whenever files come in, from their
//! paths, the manifests and their control totals, so that neither order nor number of runs shows.
//!
//! Files of the same content count once, packed or not. Deliveries are ordered by the manifest of their month, by the date
//! that the folder of an execution begins with, by how far their charges reach, and by invoices: a month is final once
//! its charges name them. What nothing orders is refused: neither statement counts, and the months are not determined.

use std::collections::{BTreeMap, BTreeSet};

use super::doubles;
use super::manifest::{Assembly, BillingSource, InputFile, Manifest, Overlap};
use crate::ingest::detect::Format;
use crate::ingest::formats::cost;

/// One report's statement of one month: name, kind, month.
type Key = (String, Format, String);
/// Its deliveries: files by name of the delivery, empty for files that lie in no folder of a delivery.
type Deliveries = BTreeMap<String, BTreeSet<String>>;

/// Decides which files' rows count, and says why in the manifest.
pub fn settle(manifest: &mut Manifest) {
    let index = Index::of(&manifest.assemblies);
    let copies = copies(manifest);
    for file in manifest.files.values_mut().filter(|f| f.format.is_charges()) {
        file.copy_of = copies.get(&file.file_id).cloned();
    }
    let mut periods: BTreeMap<Key, Deliveries> = BTreeMap::new();
    let mut doubtful: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    let mut known: BTreeMap<Key, bool> = BTreeMap::new();
    for file in manifest.files.values().filter(|f| f.format.is_charges()) {
        for path in &file.paths {
            let Place { key, delivery, doubt, loose } = place(file, path, &index, &manifest.assemblies);
            if let Some(doubt) = doubt {
                doubtful.entry(key.clone()).or_default().insert(doubt);
            }
            known.entry(key.clone()).and_modify(|all| *all &= loose).or_insert(loose);
            let id = copies.get(&file.file_id).unwrap_or(&file.file_id);
            periods.entry(key).or_default().entry(delivery).or_default().insert(id.clone());
        }
    }
    drop_repeated(&mut periods, &known);
    let mut sources: Vec<BillingSource> = Vec::new();
    let mut overlaps: Vec<Overlap> = Vec::new();
    for (key, deliveries) in &periods {
        let mut source = choose(key, deliveries, manifest, &mut overlaps);
        source.loose = known.get(key).copied().unwrap_or(false);
        source.remarks.extend(doubtful.get(key).into_iter().flatten().cloned());
        if source.assembly.is_empty() {
            doubles::restatements(&mut source, manifest, &mut overlaps);
        }
        sources.push(source);
    }
    doubles::set_apart(&mut sources, manifest, &mut overlaps);
    overlaps.sort();
    apply(&sources, &overlaps, &copies, manifest);
    sources.sort();
    manifest.billing = sources;
    manifest.overlaps = overlaps;
}

/// Drops what folders without a layout state where every file of it is, by content, a file of another statement: the same
/// export, unpacked somewhere else. Of two such folders the first stays.
fn drop_repeated(periods: &mut BTreeMap<Key, Deliveries>, loose: &BTreeMap<Key, bool>) {
    let all = |deliveries: &Deliveries| deliveries.values().flatten().cloned().collect::<BTreeSet<String>>();
    let mut stated: BTreeMap<Key, BTreeSet<String>> = periods.iter().map(|(key, deliveries)| (key.clone(), all(deliveries))).collect();
    let mut holders: BTreeMap<String, Vec<Key>> = BTreeMap::new();
    for (key, files) in &stated {
        for file in files {
            holders.entry(file.clone()).or_default().push(key.clone());
        }
    }
    let is_loose = |key: &Key| loose.get(key).copied().unwrap_or(false);
    // From the last on, so that of equal ones the first is left.
    for key in stated.keys().rev().filter(|key| is_loose(key)).cloned().collect::<Vec<_>>() {
        let files = &stated[&key];
        let Some(others) = files.first().and_then(|file| holders.get(file)) else { continue };
        let repeated = |other: &Key| *other != key && stated.get(other).is_some_and(|whole| files.is_subset(whole));
        if others.iter().any(repeated) {
            stated.remove(&key);
            periods.remove(&key);
        }
    }
}

/// Files with the content of another, and which one stands for all of them: the first by id.
fn copies(manifest: &Manifest) -> BTreeMap<String, String> {
    let mut first: BTreeMap<(Format, &str), &str> = BTreeMap::new();
    let mut copies = BTreeMap::new();
    for file in manifest.files.values().filter(|f| f.format.is_charges()) {
        let Some(content) = &file.content_sha256 else { continue };
        let original = *first.entry((file.format, content)).or_insert(&file.file_id);
        if original != file.file_id {
            copies.insert(file.file_id.clone(), original.to_owned());
        }
    }
    copies
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

/// Where a file belongs.
struct Place {
    key: Key,
    /// Name of the delivery; empty where neither manifest nor folders name it.
    delivery: String,
    /// What is not certain about it, in words.
    doubt: Option<String>,
    /// Neither a manifest nor the layout of the folders names a report.
    loose: bool,
}

/// Where the file at `path` belongs.
fn place(file: &InputFile, path: &str, index: &Index<'_>, assemblies: &BTreeMap<String, Assembly>) -> Place {
    let named = index.naming(path);
    let sure: Vec<&Assembly> = named.iter().filter(|(_, sure)| *sure).filter_map(|(id, _)| assemblies.get(*id)).collect();
    let weak: Vec<&Assembly> = named.iter().filter_map(|(id, _)| assemblies.get(*id)).collect();
    // A file copied out of its folders is named by every manifest that has its name: its lines say the month.
    let stated = file.months();
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
        let key = ((*report).to_owned(), file.format, (*month).to_owned());
        return Place { key, delivery: (*id).to_owned(), doubt, loose: false };
    }
    if let Some(place) = folders {
        let name = if place.report.is_empty() { folder(path) } else { place.report };
        let delivery = place.assembly_id.unwrap_or_default();
        return Place { key: (name, file.format, place.period), delivery, doubt: None, loose: false };
    }
    let doubt = (distinct.len() > 1).then(|| {
        format!("several manifests name {}, and its path does not say which delivery it is of", parts(path).next_back().unwrap_or(""))
    });
    let month = if stated.len() == 1 { stated.iter().next().map_or_else(String::new, |m| (*m).to_owned()) } else { String::new() };
    Place { key: (folder(path), file.format, month), delivery: String::new(), doubt, loose: true }
}

/// The folder of a path; the top folder has no name.
fn folder(path: &str) -> String {
    let mut all: Vec<&str> = parts(path).collect();
    all.pop();
    if all.is_empty() { "(top folder)".to_owned() } else { all.join("/") }
}

/// Of deliveries that no manifest and no date orders, the one that is current: each states the month from its first day,
/// so the one whose charges reach furthest is the latest; of those that reach as far, the one with invoices is final.
/// `None` if that does not decide.
fn latest<'d>(deliveries: &[(&'d String, &BTreeSet<String>)], manifest: &Manifest) -> Option<&'d String> {
    let of = |files: &BTreeSet<String>| files.iter().filter_map(|id| manifest.files.get(id)).collect::<Vec<_>>();
    let reach = |files: &BTreeSet<String>| of(files).iter().filter_map(|f| f.last_time).max();
    let furthest = deliveries.iter().map(|(_, files)| reach(files)).max()?;
    let mut left: Vec<_> = deliveries.iter().filter(|(_, files)| reach(files) == furthest).collect();
    if left.len() > 1 {
        let invoiced = |files: &BTreeSet<String>| of(files).iter().filter_map(|f| f.charges.as_ref()).any(|t| t.invoiced > 0);
        if left.iter().any(|(_, files)| invoiced(files)) {
            left.retain(|(_, files)| invoiced(files));
        }
    }
    // The same files under two names are one statement.
    let alike = left.windows(2).all(|pair| pair[0].1 == pair[1].1);
    left.last().filter(|_| alike).map(|(name, _)| *name)
}

/// Chooses the delivery of a month that counts.
fn choose(key: &Key, deliveries: &Deliveries, manifest: &Manifest, overlaps: &mut Vec<Overlap>) -> BillingSource {
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
    let delivered: Vec<&str> = top.iter().filter(|id| deliveries.contains_key(**id)).copied().collect();
    // Executions of data exports begin with their date: the last by name is the newest.
    let dated = deliveries
        .keys()
        .all(|d| d.len() > 10 && d.as_bytes().get(4) == Some(&b'-') && d.as_bytes().first().is_some_and(u8::is_ascii_digit));
    let mut candidates: Vec<(&String, &BTreeSet<String>)> = deliveries.iter().collect();
    let chosen = match (delivered.as_slice(), top.len()) {
        ([one], 1) => Some((*one).to_owned()),
        ([], 0) if dated => {
            if deliveries.len() > 1 {
                source.remarks.push(format!(
                    "no manifest says which of {} deliveries is current; the newest by its date was taken",
                    deliveries.len()
                ));
            }
            deliveries.keys().next_back().cloned()
        }
        ([], found) => {
            if deliveries.len() > 1 || found > 0 {
                source.remarks.push(if found > 0 {
                    "the manifest names a delivery of which no file was delivered; the one that reaches furthest was taken".to_owned()
                } else {
                    format!("no manifest says which of {} deliveries is current; the one that reaches furthest was taken", deliveries.len())
                });
            }
            latest(&candidates, manifest).cloned()
        }
        (several, _) => {
            if top.len() > 1 {
                source.remarks.push(format!(
                    "{} manifests name different deliveries as current; of those delivered the one that reaches furthest was taken",
                    top.len()
                ));
            }
            candidates.retain(|(d, _)| several.contains(&d.as_str()));
            latest(&candidates, manifest).cloned()
        }
    };
    let Some(chosen) = chosen else {
        source.remarks.clear();
        source.files = candidates.iter().flat_map(|(_, files)| files.iter().cloned()).collect::<BTreeSet<_>>().into_iter().collect();
        overlaps.push(Overlap::of(source.files.iter().cloned(), manifest));
        return source;
    };
    source.assembly = chosen;
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

/// Writes the outcome into the accounts of the files.
fn apply(sources: &[BillingSource], overlaps: &[Overlap], copies: &BTreeMap<String, String>, manifest: &mut Manifest) {
    let refused: BTreeMap<&str, String> =
        overlaps.iter().flat_map(|overlap| overlap.files.iter().map(|id| (id.as_str(), overlap.reason(manifest)))).collect();
    // A file may be part of several deliveries: unchanged files are delivered again. It counts if one of them does.
    let counted: BTreeSet<&str> = sources
        .iter()
        .filter(|s| s.set_apart.is_empty())
        .flat_map(|s| s.files.iter().map(String::as_str))
        .filter(|id| !refused.contains_key(id))
        .collect();
    let mut reasons: BTreeMap<&str, String> = refused.clone();
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
        for (id, by) in &source.not_final {
            let by = manifest.files.get(by).and_then(|f| f.paths.first()).map_or("", String::as_str);
            reasons
                .entry(id)
                .or_insert_with(|| format!("not final: its charges name no invoice, and {by} states the same month with invoices"));
        }
        if !source.set_apart.is_empty() {
            for id in &source.files {
                reasons.entry(id).or_insert_with(|| source.set_apart.clone());
            }
        }
    }
    let mut outcomes: BTreeMap<String, Option<String>> = BTreeMap::new();
    for file in manifest.files.values().filter(|f| f.format.is_charges()) {
        let id = file.file_id.as_str();
        let reason = match copies.get(id).and_then(|original| manifest.files.get(original)) {
            Some(original) => Some(format!("the same content as {}", original.paths.first().map_or("", String::as_str))),
            None => reasons.get(id).filter(|_| !counted.contains(id)).cloned(),
        };
        outcomes.insert(file.file_id.clone(), reason);
    }
    for file in manifest.files.values_mut().filter(|f| f.format.is_charges()) {
        let understood = file.kept + file.duplicate + file.out_of_scope;
        (file.kept, file.duplicate, file.out_of_scope) = (0, 0, 0);
        file.out_of_scope_reason = outcomes.remove(&file.file_id).flatten();
        *if file.copy_of.is_some() {
            &mut file.duplicate
        } else if file.out_of_scope_reason.is_some() {
            &mut file.out_of_scope
        } else {
            &mut file.kept
        } = understood;
    }
}

#[cfg(test)]
#[path = "billing_tests.rs"]
mod tests;
