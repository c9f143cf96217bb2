//! Texts of a column as small numbers. A column read from Parquet holds the same few texts many times over, at the same
//! place in memory: rows are told apart by that place, and each text is looked at once for each place it has.

use polars::prelude::*;
use rustc_hash::FxHashMap;

/// The texts of a column, numbered in the order in which they appear.
pub struct Codes<'t> {
    /// The number of each row's text.
    pub of_rows: Vec<u32>,
    /// The text of each number; NULL has a number of its own.
    pub texts: Vec<Option<&'t str>>,
}

impl<'t> Codes<'t> {
    /// Numbers a column.
    pub fn of(column: &'t StringChunked) -> Self {
        let mut of_rows = Vec::with_capacity(column.len());
        let mut texts: Vec<Option<&'t str>> = Vec::new();
        let mut by_text: FxHashMap<Option<&'t str>, u32> = FxHashMap::default();
        for array in column.downcast_iter() {
            // A view is a text's place, or the text itself where it is short; places of other arrays mean other texts.
            let mut by_place: FxHashMap<Option<u128>, u32> = FxHashMap::default();
            for (row, view) in array.views().iter().enumerate() {
                let place = array.get(row).map(|_| view.as_u128());
                let code = *by_place.entry(place).or_insert_with(|| {
                    let text = array.get(row);
                    *by_text.entry(text).or_insert_with(|| {
                        texts.push(text);
                        u32::try_from(texts.len() - 1).unwrap_or(u32::MAX)
                    })
                });
                of_rows.push(code);
            }
        }
        Self { of_rows, texts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_numbers_wherever_they_stand() {
        let long = "arn:aws:iam::111122223333:role/application";
        let mut column = StringChunked::from_iter_options("a".into(), [Some("short"), None, Some(long), Some(""), Some(long)].into_iter());
        let other = StringChunked::from_iter_options("a".into(), [Some(long), Some("short"), None, Some("other")].into_iter());
        column.append(&other).unwrap();
        assert_eq!(column.chunks().len(), 2);
        let codes = Codes::of(&column);
        assert_eq!(codes.of_rows, [0, 1, 2, 3, 2, 2, 0, 1, 4]);
        assert_eq!(codes.texts, [Some("short"), None, Some(long), Some(""), Some("other")]);
        let empty = StringChunked::full_null("a".into(), 0);
        assert!(Codes::of(&empty).of_rows.is_empty());
    }
}
