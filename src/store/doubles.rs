//! Statements of the same charges by several files or sources: which counts, and which nothing orders.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::{BillingSource, InputFile, Manifest, Overlap};
use crate::base::decimal;
use crate::ingest::detect::Format;

/// Of the charges sampled of two files, the share from which on both state the same charges: 1 in so many. Parts of one
/// delivery share next to none, since charges that are alike in all but their amounts are summed in one line.
const SHARED: usize = 5;

/// Whether two files state the same charges.
fn alike(a: &InputFile, b: &InputFile) -> bool {
    let Some((ours, theirs)) = a.charges.as_ref().zip(b.charges.as_ref()) else { return false };
    let (both, of) = ours.shared(theirs);
    both > 0 && both * SHARED >= of
}

fn invoiced(file: &InputFile) -> bool {
    file.charges.as_ref().is_some_and(|t| t.invoiced > 0)
}

/// Adds an overlap, together with those that share a file with it.
fn refuse(overlaps: &mut Vec<Overlap>, files: BTreeSet<String>, manifest: &Manifest) {
    let mut files = files;
    overlaps.retain(|known| {
        let apart = known.files.is_disjoint(&files);
        if !apart {
            files.extend(known.files.iter().cloned());
        }
        apart
    });
    overlaps.push(Overlap::of(files, manifest));
}

/// Files that lie together and belong to no delivery that is known by name are parts of one, unless they state the same
/// charges. Then those with invoices are final; without invoices nothing says which of them is current.
pub(super) fn restatements(source: &mut BillingSource, manifest: &Manifest, overlaps: &mut Vec<Overlap>) {
    let files: Vec<&InputFile> = source.files.iter().filter_map(|id| manifest.files.get(id)).collect();
    let pairs: Vec<(&InputFile, &InputFile)> = files
        .iter()
        .enumerate()
        .flat_map(|(at, a)| files.iter().skip(at + 1).map(move |b| (*a, *b)))
        .filter(|(a, b)| alike(a, b))
        .collect();
    let mut not_final: BTreeMap<String, String> = BTreeMap::new();
    for (a, b) in &pairs {
        let (open, closed) = match (invoiced(a), invoiced(b)) {
            (false, true) => (a, b),
            (true, false) => (b, a),
            _ => continue,
        };
        not_final.entry(open.file_id.clone()).or_insert_with(|| closed.file_id.clone());
    }
    for (a, b) in &pairs {
        if ![a, b].iter().any(|file| not_final.contains_key(&file.file_id)) {
            refuse(overlaps, [a.file_id.clone(), b.file_id.clone()].into(), manifest);
        }
    }
    source.files.retain(|id| !not_final.contains_key(id));
    source.not_final = not_final.into_iter().collect();
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

    /// Whether both come to the same, to the cent.
    fn agrees(self, other: Self) -> bool {
        self.amount.abs_diff(other.amount) < decimal::ONE.unsigned_abs() / 100
    }
}

/// Words for a few stray lines of a month that another source states whole.
fn remark(stray: Said, (_, month, _): &Statement, by: &str, whole: Said) -> String {
    let lines = if stray.lines == 1 { "1 line is".to_owned() } else { format!("{} lines are", stray.lines) };
    format!("{lines} of {month}, a month that {by} states with {} lines: is a date damaged?", whole.lines)
}

fn files<'m>(source: &'m BillingSource, manifest: &'m Manifest) -> impl Iterator<Item = &'m InputFile> {
    source.files.iter().filter_map(|id| manifest.files.get(id))
}

/// What a source states.
fn statements(source: &BillingSource, manifest: &Manifest) -> BTreeMap<Statement, Said> {
    let mut stated: BTreeMap<Statement, Said> = BTreeMap::new();
    for total in files(source, manifest).filter_map(|file| file.charges.as_ref()).flat_map(|t| &t.totals) {
        let said = stated.entry((total.payer.clone(), total.month.clone(), total.currency.clone())).or_default();
        said.lines += total.sums.lines;
        said.amount = said.amount.saturating_add(total.sums.amount);
    }
    stated
}

/// Whether two sources of one payer and month state different charges: parts of one export that lie in one folder, or
/// the reports of different member accounts.
fn distinct(a: &BillingSource, b: &BillingSource, manifest: &Manifest) -> bool {
    if a.kind != b.kind {
        return false;
    }
    let accounts = |s| files(s, manifest).flat_map(|f| f.seen.iter().map(|(account, _)| account)).collect::<BTreeSet<_>>();
    let (ours, theirs) = (accounts(a), accounts(b));
    if !ours.is_empty() && !theirs.is_empty() && ours.is_disjoint(&theirs) {
        return true;
    }
    let sampled = |s| files(s, manifest).filter_map(|file| file.charges.as_ref()).all(|t| !t.marks.is_empty());
    a.loose
        && b.loose
        && a.name == b.name
        && sampled(a)
        && sampled(b)
        && !files(a, manifest).any(|a| files(b, manifest).any(|b| alike(a, b)))
}

/// Two sources that state the same months of the same payer would double them. The whole one, then the one of the
/// kind that says most (formats of charges stand in that order), then the one that a manifest or its folders name, then the one with invoices, then the longer
/// counts. Of two of one kind that differ in their amounts, or of which neither is named, none is known to be current:
/// both are refused. So are sources of which each states months that the other does not.
pub(super) fn set_apart(sources: &mut [BillingSource], manifest: &Manifest, overlaps: &mut Vec<Overlap>) {
    let kind = |source: &BillingSource| {
        let mut charges = Format::ALL.iter().filter(|format| format.is_charges());
        charges.position(|format| format.label() == source.kind).unwrap_or(usize::MAX)
    };
    let lines = |source: &BillingSource| files(source, manifest).map(|f| f.read).sum::<u64>();
    let is_invoiced = |source: &BillingSource| files(source, manifest).any(invoiced);
    let refused: BTreeSet<String> = overlaps.iter().flat_map(|o| o.files.iter().cloned()).collect();
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|i| {
        let s = &sources[*i];
        let doubtful = s.files.iter().any(|id| refused.contains(id));
        let rank = (doubtful, !s.missing.is_empty(), kind(s), s.loose, !is_invoiced(s));
        (rank, std::cmp::Reverse(lines(s)), s.name.clone(), s.month.clone())
    });
    let stated: Vec<BTreeMap<Statement, Said>> = sources.iter().map(|s| statements(s, manifest)).collect();
    let mut taken: BTreeMap<Statement, Vec<usize>> = BTreeMap::new();
    let mut apart: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for i in order {
        // Statements of others that this one repeats, and those of which it has a few stray lines only.
        let mut twice: BTreeMap<&Statement, BTreeSet<usize>> = BTreeMap::new();
        let mut strays: Vec<(&Statement, usize)> = Vec::new();
        for (statement, said) in &stated[i] {
            for other in taken.get(statement).into_iter().flatten().copied() {
                let theirs = stated[other][statement];
                if theirs.is_stray(*said) {
                    sources[other].remarks.push(remark(theirs, statement, &sources[i].name.clone(), *said));
                } else if said.is_stray(theirs) {
                    strays.push((statement, other));
                } else if !distinct(&sources[i], &sources[other], manifest) {
                    twice.entry(statement).or_default().insert(other);
                }
            }
        }
        let rivals: BTreeSet<usize> = twice.values().flatten().copied().collect();
        let unordered = |other: &usize| {
            let (a, b) = (&sources[i], &sources[*other]);
            let agree = twice.iter().filter(|(_, by)| by.contains(other)).all(|(s, _)| stated[i][*s].agrees(stated[*other][*s]));
            a.kind == b.kind && is_invoiced(a) == is_invoiced(b) && (a.loose && b.loose || a.loose == b.loose && !agree)
        };
        let in_doubt = rivals.iter().any(unordered);
        let whole =
            !stated[i].is_empty() && twice.len() + strays.iter().filter(|(s, _)| !twice.contains_key(*s)).count() == stated[i].len();
        let inside = |other: usize| stated[other].keys().all(|statement| stated[i].contains_key(statement));
        if whole {
            let by: BTreeSet<usize> = rivals.iter().copied().chain(strays.iter().map(|(_, other)| *other)).collect();
            if in_doubt {
                let files = rivals.iter().chain([&i]).flat_map(|at| sources[*at].files.iter().cloned()).collect();
                refuse(overlaps, files, manifest);
            } else {
                // Whatever its own files contradict each other in, the month is stated elsewhere.
                overlaps.retain(|o| !o.files.iter().all(|id| sources[i].files.contains(id)));
                apart.insert(i, by);
            }
            continue;
        }
        for (statement, other) in strays {
            let remark = remark(stated[i][statement], statement, &sources[other].name, stated[other][statement]);
            sources[i].remarks.push(remark);
        }
        if !in_doubt && rivals.iter().all(|other| inside(*other)) {
            for other in rivals {
                apart.insert(other, [i].into());
                taken.values_mut().for_each(|by| by.retain(|at| *at != other));
            }
        } else {
            let files = rivals.iter().chain([&i]).flat_map(|at| sources[*at].files.iter().cloned()).collect();
            refuse(overlaps, files, manifest);
        }
        for statement in stated[i].keys() {
            taken.entry(statement.clone()).or_default().push(i);
        }
    }
    let refused: BTreeSet<String> = overlaps.iter().flat_map(|o| o.files.iter().cloned()).collect();
    let doubtful = |at: &usize| sources[*at].files.iter().any(|id| refused.contains(id));
    let (lost, kept): (Vec<_>, Vec<_>) = apart.into_iter().partition(|(_, by)| by.iter().any(doubtful));
    let lost: Vec<BTreeSet<String>> =
        lost.into_iter().map(|(at, by)| by.into_iter().chain([at]).flat_map(|at| sources[at].files.iter().cloned()).collect()).collect();
    lost.into_iter().for_each(|files| refuse(overlaps, files, manifest));
    for (at, by) in kept {
        let by: BTreeSet<String> = by.into_iter().map(|other| format!("{} ({})", sources[other].name, sources[other].kind)).collect();
        sources[at].set_apart =
            format!("the same month of the same payer is counted from {}", by.into_iter().collect::<Vec<_>>().join(" and "));
    }
}
