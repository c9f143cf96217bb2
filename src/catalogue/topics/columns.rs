//! Columns of a topic's table: heading and form.

use serde::Deserialize;

/// How the cells of a column are printed.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum As {
    /// By the type of the query's column: numbers to the right, times in the engagement's zone, else text.
    #[default]
    Type,
    /// A code span: ids, names from files, addresses.
    Code,
    /// An account id, with the account's name where it is known.
    Account,
    /// An amount with the currency that the column `currency` of the same row holds.
    Money,
    /// An amount with two decimals; its currency stands in a column of its own.
    Amount,
    /// An amount with all its decimals and the currency that the column `currency` of the same row holds.
    Exact,
    /// A share between 0 and 1 as a percentage.
    Percent,
    /// An amount as a percentage of the amount that the column `total` of the same row holds; empty where that is not above zero.
    Share,
    /// The title of a measure, linked to the measure that the column `metric_id` of the same row names.
    Measure,
    /// A text linked to what the column `href` of the same row names: `extract:ID`, `control:ID`.
    Link,
    /// A severity.
    Severity,
    /// The day only of a time.
    Date,
    /// Seconds as hours or days.
    Duration,
    /// The end of an ARN or path.
    Name,
    /// Who acted: a principal, with its session from the column of the same name with `session_name` for `principal`.
    Actor,
    /// A count of a severity, which the column is named after, shaded in its colour by its share of the largest.
    Shaded,
    /// The words of a result.
    Result,
    /// The id of a control, measure or extract, as a link to its workpaper; empty where none was written.
    Workpaper,
}

/// One column of a topic's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicColumn {
    /// Column of the query.
    pub name: String,
    /// Heading.
    pub head: String,
    /// Form.
    pub form: As,
}

/// Columns made of rows: one for each value of a column, such as the months.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Across {
    /// The column whose values become headings, in their order.
    pub by: String,
    /// The column that stands below them.
    pub value: String,
    /// How it is printed.
    #[serde(default, rename = "as")]
    pub form: As,
    /// The column of the table that they stand before.
    pub before: String,
    /// Headings at most; where there are more, none is shown.
    pub max: usize,
}

/// Heading, or heading and form.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Head(String),
    Full {
        head: String,
        #[serde(default, rename = "as")]
        form: As,
    },
}

impl TopicColumn {
    /// The columns as the front matter gives them, in its order.
    ///
    /// # Errors
    /// Names the column that is neither a heading nor `{ head, as }`.
    pub fn read(table: toml::Table) -> Result<Vec<Self>, (String, String)> {
        let column = |(name, value): (String, toml::Value)| match value.try_into::<Written>() {
            Ok(Written::Head(head)) => Ok(Self { name, head, form: As::Type }),
            Ok(Written::Full { head, form }) => Ok(Self { name, head, form }),
            Err(_) => {
                let why = "give the heading, or { head = \"...\", as = \"code\" }; as: code, account, actor, name, money, amount, exact, percent, share, measure, link, severity, date, duration, shaded, result, workpaper";
                Err((name, why.to_owned()))
            }
        };
        table.into_iter().map(column).collect()
    }
}
