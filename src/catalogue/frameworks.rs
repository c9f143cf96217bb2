//! Frameworks as data: the review questions with the ids that answer them, the trust services criteria and the
//! Well-Architected practices. Which controls bear on a criterion or practice stands in the controls and nowhere else.
//!
//! A question that names an id which does not exist would read as a tick, so it stops the load; so does an id that is
//! listed as planned and exists, since evidence that is there must not stay unused.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::{entry, toml_error};
use super::{CatalogueError, PILLARS, nearest};
use crate::outcome::Strength;

/// All frameworks.
#[derive(Debug, Clone, Default)]
pub struct Frameworks {
    /// Key and review questions, in the order of the file.
    pub questions: Vec<SeedQuestion>,
    /// Trust services criteria, in the order of the file.
    pub criteria: Vec<TrustCriterion>,
    /// Well-Architected questions, in the order of the file.
    pub well_architected: Vec<WaQuestion>,
    practices: BTreeSet<String>,
    criterion_ids: BTreeSet<String>,
}

/// A key or review question of a pillar (`seed_questions.toml`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedQuestion {
    /// `K-SEC`, `Q-SEC-1`.
    pub id: String,
    /// Whether it is the pillar's key question.
    pub kind: QuestionKind,
    /// Pillar id.
    pub pillar: String,
    /// The question.
    pub question: String,
    /// The most that exports of these kinds can give.
    pub strength: Strength,
    /// What only people can say.
    #[serde(default)]
    pub left_for_representation: String,
    /// The results that make the sentence of the answer, one to three.
    pub lead: Vec<String>,
    /// Ids over events.
    #[serde(default)]
    pub events: Vec<String>,
    /// Ids over configuration.
    #[serde(default)]
    pub config: Vec<String>,
    /// Ids over charges.
    #[serde(default)]
    pub cost: Vec<String>,
    /// Extracts of its evidence whose rows are what the question asks for (restores, for "are backups tested?").
    #[serde(default)]
    pub wanted: Vec<String>,
    /// Ids that the catalogue does not hold yet.
    #[serde(default)]
    pub planned: Vec<String>,
}

impl SeedQuestion {
    /// Every id of its evidence once: the lead first, then events, configuration, charges.
    pub fn evidence(&self) -> Vec<&str> {
        unique([&self.lead, &self.events, &self.config, &self.cost])
    }
}

/// Place of a question in its pillar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// The pillar's key question.
    Key,
    /// A review question.
    Question,
}

/// A trust services criterion (`soc2.toml`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustCriterion {
    /// `CC6.1`.
    pub id: String,
    /// `common_criteria`, `availability`, `confidentiality`, `processing_integrity` or `privacy`.
    pub category: String,
    /// Its subject in our own words.
    pub title: String,
    /// How far exports can reach.
    pub automation: Automation,
    /// What the evidence shows, or where else to look.
    pub manual_source: String,
    /// What of it AWS carries as a subservice organisation; may be empty.
    #[serde(default)]
    pub carried_by_aws: String,
}

impl TrustCriterion {
    /// The category of an examination it belongs to: the common criteria are those of security.
    pub fn examined_with(&self) -> &str {
        if self.category == "common_criteria" { "security" } else { &self.category }
    }
}

/// A question of the Well-Architected Framework with its practices (`well_architected.toml`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaQuestion {
    /// `SEC01`.
    pub id: String,
    /// Pillar id.
    pub pillar: String,
    /// Its subject in our own words.
    pub title: String,
    /// Its practices.
    #[serde(rename = "practice", default)]
    pub practices: Vec<Practice>,
}

/// A best practice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Practice {
    /// `SEC01-BP02`.
    pub id: String,
    /// Its subject in our own words.
    pub title: String,
    /// Name of its page in the framework's documentation, which is also the id of its choice in the
    /// Well-Architected Tool.
    #[serde(default)]
    pub page: String,
    /// Published risk if it is absent.
    pub risk: Risk,
    /// How far exports can reach.
    pub automation: Automation,
}

/// Published risk if a practice is absent, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
}

impl Risk {
    /// The word printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// How far exports of the kinds read can reach, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Automation {
    /// No export bears on it.
    #[serde(alias = "manual")]
    None,
    /// Hints.
    Weak,
    /// Part of it.
    #[serde(alias = "moderate")]
    Partial,
    /// Most of it.
    Strong,
}

impl Automation {
    /// The lower-case word printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Weak => "weak",
            Self::Partial => "partial",
            Self::Strong => "strong",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedFile {
    question: Vec<SeedQuestion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Soc2File {
    criterion: Vec<TrustCriterion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaFile {
    question: Vec<WaQuestion>,
}

const SEED: &str = "frameworks/seed_questions.toml";
const SOC2: &str = "frameworks/soc2.toml";
const WA: &str = "frameworks/well_architected.toml";
const CATEGORIES: [&str; 5] = ["common_criteria", "availability", "confidentiality", "processing_integrity", "privacy"];

impl Frameworks {
    pub(super) fn load(files: &BTreeMap<String, String>) -> Result<Self, CatalogueError> {
        fn parse<T: serde::de::DeserializeOwned>(files: &BTreeMap<String, String>, name: &str) -> Result<T, CatalogueError> {
            let text =
                files.get(name).ok_or_else(|| CatalogueError::Toml { file: name.to_owned(), why: "the file is missing".to_owned() })?;
            toml::from_str(text).map_err(|e| toml_error(name, &e))
        }
        if let Some(other) = files.keys().find(|f| ![SEED, SOC2, WA].contains(&f.as_str())) {
            let near = nearest(other, [SEED, SOC2, WA].into_iter());
            let why = format!("a file of a catalogue stands in config, events or costs, or is one of the frameworks; nearest: {near}");
            return Err(CatalogueError::Toml { file: other.clone(), why });
        }
        let seed: SeedFile = parse(files, SEED)?;
        let soc2: Soc2File = parse(files, SOC2)?;
        let wa: WaFile = parse(files, WA)?;
        let frameworks = Self {
            practices: wa.question.iter().flat_map(|q| &q.practices).map(|p| p.id.clone()).collect(),
            criterion_ids: soc2.criterion.iter().map(|c| c.id.clone()).collect(),
            questions: seed.question,
            criteria: soc2.criterion,
            well_architected: wa.question,
        };
        frameworks.check_rows()?;
        Ok(frameworks)
    }

    /// What can be said about the rows without the catalogue.
    fn check_rows(&self) -> Result<(), CatalogueError> {
        let mut ids = BTreeSet::new();
        let mut once = |file: &str, id: &str| {
            if ids.insert(id.to_owned()) { Ok(()) } else { Err(entry(file, id, "id", "used twice".to_owned())) }
        };
        let pillar = |file: &str, id: &str, pillar: &str| {
            if PILLARS.iter().any(|(p, _)| *p == pillar) {
                return Ok(());
            }
            let near = nearest(pillar, PILLARS.into_iter().map(|(p, _)| p));
            Err(entry(file, id, "pillar", format!("{pillar:?} is no pillar; nearest: {near}")))
        };
        for q in &self.questions {
            once(SEED, &q.id)?;
            pillar(SEED, &q.id, &q.pillar)?;
            if !(1..=3).contains(&q.lead.len()) {
                return Err(entry(SEED, &q.id, "lead", "one to three ids are wanted".to_owned()));
            }
            if let Some(id) = q.wanted.iter().find(|id| !q.evidence().contains(&id.as_str())) {
                return Err(entry(
                    SEED,
                    &q.id,
                    "wanted",
                    format!("{id:?} is not among its evidence; nearest: {}", nearest(id, q.evidence().into_iter())),
                ));
            }
        }
        for (id, title) in PILLARS {
            let keys = self.questions.iter().filter(|q| q.pillar == id && q.kind == QuestionKind::Key).count();
            if keys != 1 {
                return Err(entry(SEED, id, "kind", format!("{title} has {keys} key questions; one is wanted")));
            }
        }
        for c in &self.criteria {
            once(SOC2, &c.id)?;
            if !CATEGORIES.contains(&c.category.as_str()) {
                let near = nearest(&c.category, CATEGORIES.into_iter());
                return Err(entry(SOC2, &c.id, "category", format!("{:?} is no category; nearest: {near}", c.category)));
            }
        }
        for q in &self.well_architected {
            once(WA, &q.id)?;
            pillar(WA, &q.id, &q.pillar)?;
            for p in &q.practices {
                once(WA, &p.id)?;
                if !p.id.starts_with(&format!("{}-", q.id)) {
                    return Err(entry(WA, &p.id, "id", format!("it stands under question {}", q.id)));
                }
            }
        }
        Ok(())
    }

    /// Every id named must exist, and none that is only planned may.
    pub(super) fn check(&self, ids: &BTreeSet<&str>) -> Result<(), CatalogueError> {
        let named = |id: &str, key: &str, list: &[String]| match list.iter().find(|i| !ids.contains(i.as_str())) {
            Some(i) => {
                Err(entry(SEED, id, key, format!("no control, extract or metric {i:?}; nearest: {}", nearest(i, ids.iter().copied()))))
            }
            None => Ok(()),
        };
        for q in &self.questions {
            for (key, list) in [("lead", &q.lead), ("events", &q.events), ("config", &q.config), ("cost", &q.cost)] {
                named(&q.id, key, list)?;
            }
            if let Some(i) = q.planned.iter().find(|i| ids.contains(i.as_str())) {
                let why = format!("{i:?} exists; name it in events, config or cost, or give the new entry another id");
                return Err(entry(SEED, &q.id, "planned", why));
            }
        }
        Ok(())
    }

    /// Whether a criterion of an entry exists: `wa:` and `soc2:` are looked up, CIS and FSBP numbers are taken by form.
    pub(super) fn check_criterion(&self, criterion: &str) -> Result<(), String> {
        let Some((framework, id)) = criterion.split_once(':') else {
            return Err(format!("{criterion:?} is no criterion: write framework:id, such as soc2:CC6.1"));
        };
        let known = |list: &BTreeSet<String>| {
            if list.contains(id) {
                Ok(())
            } else {
                Err(format!("no criterion {criterion:?}; nearest: {framework}:{}", nearest(id, list.iter().map(String::as_str))))
            }
        };
        match framework {
            "wa" => known(&self.practices),
            "soc2" => known(&self.criterion_ids),
            "cis5" | "cis7" if is_section(id) => Ok(()),
            "cis5" | "cis7" => Err(format!("{criterion:?}: a CIS recommendation is a number such as 2.1.4, or a range")),
            "fsbp" if is_fsbp(id) => Ok(()),
            "fsbp" => Err(format!("{criterion:?}: a control of Security Hub is a service and a number, such as S3.14")),
            other => {
                Err(format!("{other:?} is no framework; nearest: {}", nearest(other, ["wa", "soc2", "cis5", "cis7", "fsbp"].into_iter())))
            }
        }
    }

    /// Whether there is such a criterion of SOC 2.
    pub fn has_trust_criterion(&self, id: &str) -> bool {
        self.criterion_ids.contains(id)
    }

    /// The criterion of SOC 2 whose id is nearest.
    pub fn nearest_trust_criterion(&self, id: &str) -> String {
        nearest(id, self.criterion_ids.iter().map(String::as_str))
    }
}

/// `2.1.4`, or a range of such: `4.1-4.15`.
fn is_section(text: &str) -> bool {
    let number = |t: &str| t.contains('.') && t.split('.').all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    match text.split_once('-') {
        Some((from, to)) => number(from) && number(to),
        None => number(text),
    }
}

/// `S3.14`, `CloudTrail.1`.
fn is_fsbp(text: &str) -> bool {
    text.split_once('.').is_some_and(|(service, number)| {
        service.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
            && service.bytes().all(|b| b.is_ascii_alphanumeric())
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

/// The texts of some lists once each, in order.
fn unique<const N: usize>(lists: [&Vec<String>; N]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    lists.into_iter().flatten().map(String::as_str).filter(|id| seen.insert(*id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(change: impl Fn(&str, String) -> String) -> BTreeMap<String, String> {
        let mut seed = String::new();
        for (pillar, _) in PILLARS {
            let upper = pillar.to_uppercase();
            seed.push_str(&format!(
                "[[question]]\nid = \"K-{upper}\"\nkind = \"key\"\npillar = \"{pillar}\"\nquestion = \"?\"\nstrength = \"strong\"\nlead = [\"a-1\"]\nevents = [\"a-2\", \"a-1\"]\nplanned = [\"a-9\"]\n"
            ));
        }
        let soc2 = "[[criterion]]\nid = \"CC6.1\"\ncategory = \"common_criteria\"\ntitle = \"t\"\nautomation = \"manual\"\nmanual_source = \"m\"\n";
        let wa = "[[question]]\nid = \"SEC01\"\npillar = \"security\"\ntitle = \"t\"\n[[question.practice]]\nid = \"SEC01-BP02\"\ntitle = \"t\"\nrisk = \"high\"\nautomation = \"moderate\"\n";
        [(SEED, seed), (SOC2, soc2.to_owned()), (WA, wa.to_owned())].into_iter().map(|(n, t)| (n.to_owned(), change(n, t))).collect()
    }

    fn refused(change: impl Fn(&str, String) -> String) -> String {
        let loaded = Frameworks::load(&files(change));
        let ids: BTreeSet<&str> = ["a-1", "a-2"].into();
        loaded.and_then(|f| f.check(&ids)).unwrap_err().to_string()
    }

    #[test]
    fn ids_must_exist_unless_planned_and_planned_ones_must_not() {
        let good = Frameworks::load(&files(|_, t| t)).unwrap();
        good.check(&["a-1", "a-2"].into()).unwrap();
        assert_eq!(good.questions[0].evidence(), ["a-1", "a-2"]);
        assert_eq!(good.criteria[0].automation, Automation::None);
        let wrong = refused(|_, t| t.replace("\"a-2\", ", "\"a-3\", "));
        assert!(
            wrong.contains(SEED)
                && wrong.contains("K-OPERATIONAL_EXCELLENCE")
                && wrong.contains("events")
                && wrong.contains("a-3")
                && wrong.contains("nearest: a-1"),
            "{wrong}"
        );
        let wrong = refused(|_, t| t.replace("a-9", "a-2"));
        assert!(wrong.contains("K-OPERATIONAL_EXCELLENCE") && wrong.contains("planned") && wrong.contains("exists"), "{wrong}");
    }

    #[test]
    fn rows_are_of_the_form() {
        for (from, to, says) in [
            ("lead = [\"a-1\"]", "lead = []", "one to three"),
            ("kind = \"key\"", "kind = \"question\"", "0 key questions"),
            ("common_criteria", "security", "nearest"),
            ("SEC01-BP02", "SEC02-BP02", "SEC01"),
            ("title = ", "titel = ", "titel"),
            ("pillar = \"security\"", "pillar = \"secure\"", "nearest: security"),
            ("risk = \"high\"", "risk = \"severe\"", "severe"),
            // Which controls bear on a criterion or practice stands in the controls.
            ("manual_source = \"m\"", "manual_source = \"m\"\ndirect = [\"a-1\"]", "direct"),
            ("risk = \"high\"", "risk = \"high\"\nevidence = [\"a-1\"]", "evidence"),
        ] {
            let wrong = refused(|_, t| t.replace(from, to));
            assert!(wrong.contains(says), "{from}: {wrong}");
        }
        let mut more = files(|_, t| t);
        more.insert("frameworks/soc3.toml".to_owned(), String::new());
        assert!(Frameworks::load(&more).unwrap_err().to_string().contains("nearest: frameworks/soc2.toml"));
        more = files(|_, t| t);
        more.remove(WA);
        assert!(Frameworks::load(&more).unwrap_err().to_string().contains("missing"));
    }

    #[test]
    fn criteria_are_looked_up_or_taken_by_form() {
        let f = Frameworks::load(&files(|_, t| t)).unwrap();
        for good in ["wa:SEC01-BP02", "soc2:CC6.1", "cis5:2.1.4", "cis7:5.1-5.15", "fsbp:S3.14", "fsbp:CloudTrail.1"] {
            f.check_criterion(good).unwrap();
        }
        for (bad, says) in [
            ("wa:SEC01-BP03", "nearest: wa:SEC01-BP02"),
            ("soc2:CC61", "nearest: soc2:CC6.1"),
            ("soc3:CC6.1", "nearest: soc2"),
            ("cis5:2", "number"),
            ("cis7:2.1.x", "number"),
            ("fsbp:s3.14", "S3.14"),
            ("CC6.1", "framework:id"),
        ] {
            let wrong = f.check_criterion(bad).unwrap_err();
            assert!(wrong.contains(says), "{bad}: {wrong}");
        }
    }

    #[test]
    fn the_frameworks_are_whole() {
        let read = |name: &str| std::fs::read_to_string(format!("{}/src/catalogue/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let f = Frameworks::load(&[SEED, SOC2, WA].into_iter().map(|n| (n.to_owned(), read(n))).collect()).unwrap();
        assert_eq!((f.questions.len(), f.criteria.len(), f.well_architected.len()), (29, 61, 57));
        let risk = |r: Risk| f.well_architected.iter().flat_map(|q| &q.practices).filter(|p| p.risk == r).count();
        assert_eq!((risk(Risk::High), risk(Risk::Medium), risk(Risk::Low)), (126, 143, 37));
        assert_eq!(f.practices.len(), 306);
    }
}
