//! The one place that keeps from the tables what is no account id, whichever reader found it.

use super::reading::dict::{self, Dict};
use super::remark::Remark;
use crate::base::account::{self, AccountError};
use crate::schema::Table;

/// The columns of one table that hold account ids, and what stood in them instead.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    columns: Vec<Of>,
    first: Option<(String, i64, AccountError)>,
    /// Values that are no account id, in all columns.
    count: u64,
}

/// One column.
#[derive(Debug, Clone)]
struct Of {
    at: usize,
    /// The last text that was an account id: the next is likely the same.
    good: u32,
}

impl Accounts {
    /// Of a table with these columns.
    pub fn of(table: &Table) -> Self {
        let holds = |name: &str| name == "SubAccountId" || name == "BillingAccountId" || name.ends_with("account_id");
        let at = table.columns.iter().enumerate().filter(|(_, column)| holds(&column.name)).map(|(at, _)| Of { at, good: dict::NULL });
        Self { columns: at.collect(), ..Self::default() }
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Index of a column in its table.
    pub fn at(&self, column: usize) -> usize {
        self.columns[column].at
    }

    /// What to store where the text of one of these columns has this code: the code of the account id in it, or NULL.
    pub fn code(&mut self, column: usize, code: u32, table: &Table, dict: &mut Dict, record: i64) -> u32 {
        let of = &mut self.columns[column];
        if code == of.good || code == dict::NULL {
            return code;
        }
        let Some(text) = dict.get(code) else { return code };
        match account::parse(text) {
            Ok(id) if id == text => {
                of.good = code;
                code
            }
            Ok(id) => {
                let id = id.to_owned();
                dict.code(&id)
            }
            Err(error) => {
                if !text.trim().is_empty() {
                    self.count += 1;
                    let name = || table.columns.get(of.at).map_or_else(String::new, |column| column.name.clone());
                    self.first.get_or_insert_with(|| (name(), record, error));
                }
                dict::NULL
            }
        }
    }

    /// The codes of texts begin anew.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(|of| of.good = dict::NULL);
    }

    /// Adds what was met in a later part of the file, whose records are numbered from `first`.
    pub fn append(&mut self, other: Self, first: i64) {
        self.count += other.count;
        if self.first.is_none() {
            self.first = other.first.map(|(name, record, error)| (name, record.saturating_add(first), error));
        }
    }

    /// What must be said of the file.
    pub fn remark(&self) -> Option<Remark> {
        let (name, record, error) = self.first.as_ref()?;
        let values = if self.count == 1 { "value that should be an account id is" } else { "values that should be account ids are" };
        Some(Remark::counted(self.count, format!("{values} NULL now, the first {name} of record {record}: {error}; export the file again")))
    }
}
