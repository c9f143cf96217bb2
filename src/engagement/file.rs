//! The engagement file: where it comes from, and what of its text is wrong.

use std::path::Path;

use sha2::{Digest, Sha256};
use toml::de::DeTable;

use super::document::{File, Named};
use super::keys::{self, Step};
use super::{Engagement, EngagementError, check};
use crate::base::small_file;

/// Bytes of an engagement file at most.
const MOST: u64 = 1 << 20;

impl Engagement {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it is no regular file, larger than a mebibyte, no UTF-8 or not of the form, or a value makes no sense.
    pub fn load(path: &Path, named: Named) -> Result<Self, EngagementError> {
        let shown = path.display().to_string();
        let text = small_file::read(path, MOST).map_err(|source| EngagementError::Unreadable { path: shown.clone(), source })?;
        Self::parse(&text, &shown, named)
    }

    /// Parses and checks a text.
    ///
    /// # Errors
    /// As [`Engagement::load`], with file and line.
    pub fn parse(text: &str, path: &str, named: Named) -> Result<Self, EngagementError> {
        let malformed = |e: toml::de::Error| EngagementError::Toml { path: path.to_owned(), why: e.to_string().trim_end().to_owned() };
        let table = DeTable::parse(text).map_err(malformed)?;
        if let Some(unknown) = keys::unknown(table.get_ref()) {
            return Err(EngagementError::Value {
                place: place(path, text, unknown.at),
                key: unknown.path,
                why: "unknown key".to_owned(),
                help: format!("the nearest key is {}", unknown.nearest),
            });
        }
        let mut engagement: Self = toml::from_str(text).map_err(malformed)?;
        let sha256 = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        engagement.file = Some(File { path: path.to_owned(), named, sha256, text: text.to_owned() });
        check::all(&engagement).map_err(|wrong| engagement.wrong(&wrong.path, wrong.why, wrong.help))?;
        Ok(engagement)
    }

    /// An error about a value, with the file and the line it stands on.
    pub fn wrong(&self, path: &[Step], why: String, help: String) -> EngagementError {
        let names: Vec<&str> = path.iter().filter_map(|step| if let Step::Key(name) = step { Some(*name) } else { None }).collect();
        let place = self.file.as_ref().map_or_else(String::new, |file| {
            let at = DeTable::parse(&file.text).map_or(0, |table| keys::place(&table, path));
            place(&file.path, &file.text, at)
        });
        EngagementError::Value { place, key: names.join("."), why, help }
    }
}

/// File and line of a byte of its text.
fn place(path: &str, text: &str, at: usize) -> String {
    let line = text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
    format!("{path}, line {line}: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        match Engagement::parse(text, "e.toml", Named::Given) {
            Err(error) => crate::base::help::printed(&error),
            Ok(_) => panic!("accepted: {text}"),
        }
    }

    #[test]
    fn a_value_that_cannot_be_used_is_refused_with_its_line() {
        for (text, line, key) in [
            ("[[waiver]]\ncontrol = \"c\"\nreason = \"r\"\nuntil = \"31.12.2026\"\n", 4, "waiver.until"),
            ("[[waiver]]\ncontrol = \"c\"\nreason = \"r\"\nuntil = \"2026-02-30\"\n", 4, "waiver.until"),
            ("[[waiver]]\ncontrol = \"c\"\nreason = \"r\"\nuntil = \"20261231\"\n", 4, "waiver.until"),
            ("[[waiver]]\ncontrol = \"c\"\nreason = \" \"\n", 3, "waiver.reason"),
            ("[period]\n# no hours are given\nholidays = [\n  \"2026-05-01\",\n  \"May 25\",\n]\n", 5, "period.holidays"),
            ("[period]\nbusiness_hours = \"9am-5pm\"\n", 2, "period.business_hours"),
            ("[period]\nbusiness_hours = \"19-07\"\n", 2, "period.business_hours"),
            ("[period]\nbusiness_hours = \"+7-+9\"\n", 2, "period.business_hours"),
            ("[period]\nbusiness_days = [\"Mon\", \"Moonday\"]\n", 2, "period.business_days"),
            ("[period]\ntimezone = \"Dublin\"\n", 2, "period.timezone"),
            ("[period]\nfrom = \"2026-04-31\"\n", 2, "period.from"),
            ("[period]\nas_of = \"9999-12-31\"\n", 2, "period.as_of"),
            ("[period]\nfrom = \"-009999-01-01\"\n", 2, "period.from"),
            ("[period]\nfrom = \"2026-07-01\"\nto = \"2026-06-30\"\n", 3, "period.to"),
            ("[thresholds]\nmax_key_age_days = -1\n", 2, "thresholds.max_key_age_days"),
            ("[thresholds]\nmax_idle_days = 0\n", 2, "thresholds.max_idle_days"),
            ("[[thresholds.burst]]\ncontrol = \"c\"\nminutes = 0\n", 3, "thresholds.burst.minutes"),
            ("[[thresholds.burst]]\ncontrol = \"c\"\nexception_from = 0\n", 3, "thresholds.burst.exception_from"),
            ("[[thresholds.burst]]\ncontrol = \" \"\n", 2, "thresholds.burst.control"),
            ("[thresholds]\nmin_retention_days = 9223372036854775807\n", 2, "thresholds.min_retention_days"),
            ("[thresholds]\n\nmin_retention_days = -9223372036854775808\n", 3, "thresholds.min_retention_days"),
            ("[scope]\nsoc2_categories = [\"securty\"]\n", 2, "scope.soc2_categories"),
            ("[scope]\nrequired_tags = [\"\"]\n", 2, "scope.required_tags"),
            ("[[scope.account]]\nid = \"11112222333\"\n", 2, "scope.account.id"),
            ("[[scope.account]]\nid = \"111122223333\"\n[[scope.account]]\nid = \"111122223333\"\n", 4, "scope.account.id"),
            ("[[scope.account]]\nid = \"111122223333\"\nregions = [\"eu-west-1\", \"Ireland\"]\n", 3, "scope.account.regions"),
            ("[[scope.known_account]]\nid = \"１１１１２２２２３３３３\"\n", 2, "scope.known_account.id"),
            ("[[client_control]]\nid = \"\"\ntext = \"t\"\n", 2, "client_control.id"),
            ("[[client_control]]\nid = \"A\"\ntext = \"t\"\n[[client_control]]\nid = \"A\"\ntext = \"t\"\n", 5, "client_control.id"),
            ("[[allow_list]]\nname = \"x\"\nvalues = [\"a\",\n\"\"]\n", 4, "allow_list.values"),
            ("[[representation]]\nid = \"Q\"\nstatement = \"s\"\nwhen = \"in May\"\n", 4, "representation.when"),
            ("[[received]]\npath = \"x\"\nwhen = \"1/7/2026\"\n", 3, "received.when"),
            ("[[workload]]\nname = \"w\"\naccounts = [\"1\"]\n", 3, "workload.accounts"),
            ("[[invoice]]\nmonth = \"2026-04\"\ncurrency = \"dollars\"\namount = \"1\"\n", 3, "invoice.currency"),
            ("[[invoice]]\nmonth = \"2026-04\"\ncurrency = \"USD\"\namount = \"1,5\"\n", 4, "invoice.amount"),
        ] {
            let said = wrong(text);
            assert!(said.starts_with(&format!("e.toml, line {line}: {key}: ")) && said.contains("\nhelp: "), "{text}\n{said}");
        }
    }

    #[test]
    fn a_key_that_nothing_reads_is_refused_with_the_nearest() {
        for (text, line, key, near) in [
            ("[period]\nfrm = \"2026-04-01\"\n", 2, "period.frm", "from"),
            ("\n[[waiver]]\ncontrol = \"c\"\nreason = \"r\"\nuntill = \"2026-12-31\"\n", 5, "waiver.untill", "until"),
            ("[[allow_lists]]\nname = \"x\"\n", 1, "allow_lists", "allow_list"),
            ("[scope]\naccounts = []\n", 2, "scope.accounts", "account"),
            ("[[scope.account]]\nid = \"111122223333\"\nregion = []\n", 3, "scope.account.region", "regions"),
            ("sha256 = \"x\"\n", 1, "sha256", "scope"),
        ] {
            let said = wrong(text);
            assert!(said.starts_with(&format!("e.toml, line {line}: {key}: unknown key\n")), "{text}\n{said}");
            if near != "scope" {
                assert!(said.ends_with(&format!("the nearest key is {near}")), "{said}");
            }
        }
        // A tag may have any key.
        assert!(Engagement::parse("[[workload]]\nname = \"w\"\ntags = { untill = \"x\" }\n", "e.toml", Named::Given).is_ok());
    }

    #[test]
    fn a_file_as_windows_saves_it_is_read() {
        let text = "\u{feff}[period]\r\nfrom = \"2026-04-01\"\r\nto = \"2026-06-30\"\r\n";
        let engagement = Engagement::parse(text, "e.toml", Named::Given).unwrap();
        assert!(engagement.period.is_some());
        let said = wrong(&text.replace("-30", "-31"));
        assert!(said.starts_with("e.toml, line 3: period.to: "), "{said}");
    }

    #[test]
    fn kinds_and_forms_are_refused_with_their_line() {
        for text in [
            "[period\n",
            "a = 1\na = 2\n",
            "\n[thresholds]\nmax_idle_days = 9223372036854775808\n",
            "\n[thresholds]\nmax_idle_days = \"90\"\n",
            "\nwaiver = 3\n",
        ] {
            let said = wrong(text);
            assert!(said.starts_with("e.toml") && said.contains("line ") && said.contains("help: "), "{said}");
        }
        let deep = format!("a = {}1{}", "[".repeat(50_000), "]".repeat(50_000));
        assert!(wrong(&deep).contains("e.toml"));
    }

    #[cfg(unix)]
    #[test]
    fn only_a_small_regular_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("e.toml");
        std::fs::write(&path, format!("# {}", "x".repeat(1 << 20))).unwrap();
        for path in [&path, folder.path(), Path::new("/dev/zero")] {
            let said = Engagement::load(path, Named::Given).map_err(|e| crate::base::help::printed(&e)).unwrap_err();
            assert!(said.contains(&path.display().to_string()) && said.contains("help: "), "{said}");
        }
    }
}
