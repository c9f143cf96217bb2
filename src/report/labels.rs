//! Captions, headings and single words of what the program fills by itself, from `labels.toml`.

use serde::Deserialize;

use super::ReportError;

/// File of captions, headings and single words.
pub const LABELS: &str = "labels.toml";
/// Declares the labels of tables: one structure each, so that a heading that is not stated, or not used, is an error.
macro_rules! tables {
    ($($table:ident { $($label:ident),+ $(,)? })+) => {
        $(
            pub mod $table {
                /// Labels of the table.
                #[derive(Debug, Clone, serde::Deserialize)]
                #[serde(deny_unknown_fields)]
                pub struct Labels {
                    $(#[doc = "As it is printed."] pub $label: String,)+
                }
            }
        )+
        /// Labels of all tables.
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Tables {
            $(#[doc = "Labels of the table."] pub $table: $table::Labels,)+
        }
    };
}

tables! {
    priority_findings { caption, empty, counted_in, severity, status, finding, place, effect, recommendation }
    noted { empty, severity, finding, exceptions, accounts, recommendation }
    not_tested_reasons { caption, empty, reason, controls, request }
    topics_not_tested { caption, empty, section, reason, request }
    not_tested_items { caption, empty, control, title, severity, reason }
    exceptions { actor, resource, place, time, exception, who, changed_by, acceptance, record }
    controls { empty, control, severity, result, population, exceptions, undetermined, limitation }
    limitations { caption, empty, number, limitation, tests }
    metrics { empty, measure, value, whole, better, target, limitation }
    breakdown { part, value }
    workpapers { caption, file, content, rows }
}

/// Words that stand by themselves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Single {
    /// In place of the client's name.
    pub client_not_stated: String,
    /// In place of a title.
    pub untitled: String,
    /// In place of a value.
    pub not_determined: String,
    /// Of a measure that should rise.
    pub higher: String,
    /// Of a measure that should fall.
    pub lower: String,
    /// Unit of a chart of controls.
    pub controls: String,
    /// Before the file that holds all rows of a table that is cut.
    pub all_in: String,
    /// Before the file that holds a table, too.
    pub also_in: String,
    /// Link to the whole of a table.
    pub all_in_annex: String,
    /// Link to more rows of a table.
    pub more_in_annex: String,
}

/// Captions, headings and single words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// Of tables.
    pub tables: Tables,
    /// Others.
    pub words: Single,
}

impl Labels {
    /// The program's own labels with those of one's own in their place, line by line.
    ///
    /// # Errors
    /// When a line is none that the program knows, or not TOML.
    pub fn parse(embedded: &str, own: Option<&str>) -> Result<Self, ReportError> {
        let wrong = |e: toml::de::Error| ReportError::Template { file: LABELS.to_owned(), reason: e.to_string().trim_end().to_owned() };
        let mut labels: toml::Table = embedded.parse().map_err(wrong)?;
        if let Some(own) = own {
            lay(&mut labels, own.parse().map_err(wrong)?);
        }
        toml::Value::Table(labels).try_into().map_err(wrong)
    }
}

/// Lays one table over another, tables within them, too.
fn lay(over: &mut toml::Table, own: toml::Table) {
    for (key, value) in own {
        match (over.get_mut(&key), value) {
            (Some(toml::Value::Table(over)), toml::Value::Table(own)) => lay(over, own),
            (_, value) => {
                over.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_ones_own_replace_lines_and_unknown_ones_are_refused() {
        let embedded = include_str!("../../templates/labels.toml");
        let labels = Labels::parse(embedded, Some("[tables.noted]\nfinding = \"Feststellung\"\n")).unwrap();
        assert_eq!((labels.tables.noted.finding.as_str(), labels.tables.noted.severity.as_str()), ("Feststellung", "Severity"));
        let unknown = Labels::parse(embedded, Some("[tables.noted]\nfindings = \"x\"\n")).unwrap_err().to_string();
        assert!(unknown.contains("labels.toml") && unknown.contains("findings"), "{unknown}");
        assert!(Labels::parse(embedded, Some("[tables")).is_err());
    }
}
