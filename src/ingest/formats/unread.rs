//! What is named and listed, and not read.

use super::declaration::Declaration;

/// A Parquet file whose columns are those of no known export.
pub(in crate::ingest) static PARQUET: Declaration = Declaration {
    label: "Parquet file of unknown columns",
    hint: Some("Parquet with columns of no known export"),
    examples: &["PAR1"],
    ..Declaration::NOTHING
};

/// A zip or tar; its members are inputs of their own.
pub(in crate::ingest) static ARCHIVE: Declaration = Declaration { label: "archive, its files listed one by one", ..Declaration::OTHER };

pub(in crate::ingest) static EMPTY: Declaration =
    Declaration { label: "empty file", hint: Some("empty file"), examples: &["", " \n"], ..Declaration::NOTHING };

pub(in crate::ingest) static UNRECOGNISED: Declaration =
    Declaration { label: "not recognised", examples: &["hello\n", r#"{"hello":1}"#], ..Declaration::NOTHING };

/// An empty list that several tools would answer with.
pub(in crate::ingest) static EMPTY_LIST: Declaration =
    Declaration { label: "empty list of findings", examples: &[r#"{"Findings":[]}"#], ..Declaration::OTHER };
