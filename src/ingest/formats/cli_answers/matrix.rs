//! The client's own controls as CSV: what the SOC 2 matrix puts our tests beside.

use std::io::BufRead;

use thiserror::Error;

use crate::ingest::batch::Output;
use crate::ingest::reading::records::{Records, RecordsError};
use crate::ingest::remark::Remark;
use crate::schema::tables::ClientControlMatrixRow;

/// Names each column may have, the first that occurs is taken.
const NAMES: [(&str, &[&str]); 4] = [
    ("control_id", &["control_id", "control id", "control ref", "control reference", "control number", "control no", "id", "ref"]),
    ("control_text", &["control_text", "control text", "control description", "control activity", "control", "description", "text"]),
    ("criteria", &["criteria", "criterion", "trust services criteria", "tsc"]),
    ("tests", &["tests", "test", "sixpillars controls"]),
];

/// Why a control matrix cannot be read.
#[derive(Debug, Error)]
pub enum MatrixError {
    /// The CSV cannot be read.
    #[error(transparent)]
    Csv(#[from] RecordsError),
    /// The header is another file's.
    #[error("the control matrix has no column {column}; name its columns control_id, control_text, criteria, tests")]
    Missing {
        /// The column's name.
        column: &'static str,
    },
}

/// Whether these column names are those of a control matrix.
pub fn is_control_matrix<'a>(names: impl IntoIterator<Item = &'a str>) -> bool {
    let names: Vec<String> = names.into_iter().map(plain).collect();
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    // Names such as `id` stand in any file: one that speaks of controls must be among them.
    has(&["control_id", "control id", "control ref", "control reference"]) && (has(NAMES[1].1) || has(NAMES[2].1))
}

fn plain(name: &str) -> String {
    name.trim_start_matches('\u{feff}').trim().to_lowercase()
}

/// The entries of a field that lists several, such as the tests of a control.
pub fn entries(text: &str) -> Vec<String> {
    text.split([';', ',']).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// Reads the client's control matrix into table `client_control_matrix`. Fields may be parted by commas
/// or, as spreadsheets of some countries write them, by semicolons or tabs.
///
/// # Errors
/// When there is no usable header, or the stream breaks.
pub fn read_control_matrix(input: &mut dyn BufRead, out: &mut Output<'_>) -> Result<(), MatrixError> {
    let mut records = Records::open(input)?;
    let header: Vec<String> = records.header().iter().map(|name| plain(name)).collect();
    let place = NAMES.map(|(_, known)| known.iter().find_map(|name| header.iter().position(|cell| cell == name)));
    let [Some(id_at), Some(text_at), criteria_at, tests_at] = place else {
        return Err(MatrixError::Missing { column: if place[0].is_none() { "control_id" } else { "control_text" } });
    };
    if tests_at.is_none() {
        out.note("the control matrix names no tests: its controls stay without results of ours");
    }
    let mut repaired = 0_u64;
    while records.advance()? {
        let (index, line, offset) = (records.index(), records.line(), records.offset());
        out.read(1);
        let done = records.row().and_then(|row| {
            let cell = |at: Option<usize>| at.map(|at| row.field(at).trim()).filter(|text| !text.is_empty());
            let id = cell(Some(id_at)).ok_or("control_id is empty")?;
            repaired += u64::from(row.repaired);
            out.row(
                index,
                &ClientControlMatrixRow {
                    control_id: Some(id),
                    control_text: cell(Some(text_at)),
                    criteria: cell(criteria_at),
                    tests: cell(tests_at),
                },
            );
            Ok(())
        });
        match done {
            Ok(()) => out.kept(1),
            Err(reason) => out.reject(index, Some(offset), format!("line {line}: {reason}")),
        }
    }
    if repaired > 0 {
        out.note(Remark::counted(repaired, "records hold bytes that are not UTF-8; U+FFFD stands in their place: save the file as UTF-8"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::formats::cost::testing::{Yield, collect};

    fn read(text: &[u8]) -> (Yield, Result<(), MatrixError>) {
        let mut result = Ok(());
        let read = collect(|out| result = read_control_matrix(&mut &*text, out));
        (read, result)
    }

    const COLUMNS: [&str; 4] = ["control_id", "control_text", "criteria", "tests"];

    #[test]
    fn in_the_spellings_of_spreadsheets() {
        for text in [
            "control_id,control_text,criteria,tests\nAC-1,\"MFA, for all\",CC6.1,iam-user-mfa\n",
            "\u{feff}Control ID;Control Description;Trust Services Criteria;Tests\r\nAC-1;MFA, for all;CC6.1;iam-user-mfa\r\n",
            "tests\tcriteria\tcontrol\tref\niam-user-mfa\tCC6.1\tMFA, for all\tAC-1\n",
        ] {
            let (read, result) = read(text.as_bytes());
            assert!(result.is_ok(), "{text}: {result:?}");
            assert_eq!(read.account(), (1, 1, 0));
            assert_eq!(read.rows[0].pick(COLUMNS), ["AC-1", "MFA, for all", "CC6.1", "iam-user-mfa"], "{text}");
        }
    }

    #[test]
    fn broken_matrices() {
        let (read_1, result) = read(b"control_id,control_text\n,x\nA\nB,caf\xe9\n");
        assert!(result.is_ok());
        assert_eq!(read_1.account(), (3, 1, 2));
        assert_eq!(read_1.rows[0].pick(COLUMNS), ["B", "caf\u{fffd}", "NULL", "NULL"]);
        assert_eq!(read_1.rejects[0].reason, "line 2: control_id is empty");
        assert_eq!(read_1.notes.len(), 2);
        assert!(matches!(read(b"a,b\n").1, Err(MatrixError::Missing { column: "control_id" })));
        assert!(matches!(read(b"control_id,b\n").1, Err(MatrixError::Missing { column: "control_text" })));
        assert!(matches!(read(b"").1, Err(MatrixError::Csv(RecordsError::Empty))));
    }

    #[test]
    fn known_by_its_header() {
        assert!(is_control_matrix(["\u{feff}Control_ID", "criteria"]));
        assert!(is_control_matrix(["Control Ref ", "Control Activity"]));
        assert!(!is_control_matrix(["id", "text", "criteria"]));
        assert!(!is_control_matrix(["control_id", "x"]));
    }
}
