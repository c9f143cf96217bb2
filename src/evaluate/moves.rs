//! The classes of actors that all evidence shows, put in the place of what single records do.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use crate::procedures::actors;

/// Class and grade by principal and session.
#[derive(Debug, Default)]
pub struct Moves {
    by_principal: FxHashMap<String, FxHashMap<String, (String, Option<String>)>>,
}

/// Columns that are moved.
pub const MOVED: [&str; 2] = ["actor_class", "actor_grade"];
/// Columns that tell whether and where to.
pub const NEEDED: [&str; 3] = ["principal", "session_name", "actor_class"];

impl Moves {
    /// Reads the table of actors.
    ///
    /// # Errors
    /// When a column is missing.
    pub fn of(actors: &DataFrame) -> PolarsResult<Self> {
        let text = |name: &str| actors.column(name).and_then(|c| c.str().cloned());
        let (principal, session, class, grade) = (text("principal")?, text("session_name")?, text("actor_class")?, text("actor_grade")?);
        let mut moves = Self::default();
        for row in 0..actors.height() {
            let (Some(principal), Some(class)) = (principal.get(row), class.get(row)) else { continue };
            let shown = (class.to_owned(), grade.get(row).map(str::to_owned));
            moves.by_principal.entry(principal.to_owned()).or_default().insert(session.get(row).unwrap_or_default().to_owned(), shown);
        }
        Ok(moves)
    }

    /// Moves the classes of a frame that has them; a frame without is left as it is. What a record itself says of a service,
    /// of root or of another account stays.
    ///
    /// # Errors
    /// When the frame has a class and not what tells whose.
    pub fn apply(&self, mut frame: DataFrame) -> PolarsResult<DataFrame> {
        let names = frame.get_column_names();
        let asked = MOVED.into_iter().filter(|name| names.iter().any(|n| n == name)).collect::<Vec<_>>();
        if asked.is_empty() || self.by_principal.is_empty() {
            return Ok(frame);
        }
        let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned());
        let (principal, session, class) = (text("principal")?, text("session_name")?, text("actor_class")?);
        let shown = |row: usize| {
            let own = class.get(row).filter(|own| actors::MOVABLE.contains(own))?;
            let (class, grade) = self.by_principal.get(principal.get(row)?)?.get(session.get(row).unwrap_or_default())?;
            (own != class || asked.contains(&"actor_grade")).then_some((class.as_str(), grade.as_deref()))
        };
        let rows: Vec<Option<(&str, Option<&str>)>> = (0..frame.height()).map(shown).collect();
        if rows.iter().all(Option::is_none) {
            return Ok(frame);
        }
        let new: Vec<Column> = asked
            .iter()
            .map(|name| {
                let own = text(name)?;
                let cells = rows.iter().enumerate().map(|(row, moved)| match moved {
                    Some((class, grade)) => {
                        if *name == "actor_class" {
                            Some(*class)
                        } else {
                            *grade
                        }
                    }
                    None => own.get(row),
                });
                Ok(StringChunked::from_iter_options((*name).into(), cells).into_column())
            })
            .collect::<PolarsResult<_>>()?;
        for column in new {
            frame.with_column(column)?;
        }
        Ok(frame)
    }
}
