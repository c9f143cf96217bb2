//! The classes of actors that all evidence shows, put in the place of what single records do.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use crate::facts::actors::{self, Known};
use crate::store::events::codes::Codes;

/// Columns that are moved.
pub const MOVED: [&str; 2] = ["actor_class", "actor_grade"];
/// Columns that tell whether and where to.
pub const NEEDED: [&str; 3] = ["principal", "session_name", "actor_class"];

/// Moves the classes of a frame that has them; a frame without is left as it is. What a record itself says of a service, of
/// root or of another account stays.
///
/// # Errors
/// When the frame has a class and not what tells whose.
pub fn apply(known: &Known, mut frame: DataFrame) -> PolarsResult<DataFrame> {
    let names = frame.get_column_names();
    let asked: Vec<&str> = MOVED.into_iter().filter(|name| names.iter().any(|n| n == name)).collect();
    if asked.is_empty() {
        return Ok(frame);
    }
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned());
    let (principal, session, class) = (text("principal")?, text("session_name")?, text("actor_class")?);
    let (principals, sessions, classes) = (Codes::of(&principal), Codes::of(&session), Codes::of(&class));
    let movable: Vec<bool> = classes.texts.iter().map(|own| own.is_some_and(|own| actors::MOVABLE.contains(&own))).collect();
    let mut asked_for: FxHashMap<(u32, u32), Option<&actors::Who>> = FxHashMap::default();
    let mut moved = |row: usize| {
        if !movable[classes.of_rows[row] as usize] {
            return None;
        }
        let key = (principals.of_rows[row], sessions.of_rows[row]);
        *asked_for
            .entry(key)
            .or_insert_with(|| known.get(principals.texts[key.0 as usize]?, sessions.texts[key.1 as usize].unwrap_or_default()))
    };
    let rows: Vec<Option<&actors::Who>> = (0..frame.height()).map(&mut moved).collect();
    if rows.iter().all(Option::is_none) {
        return Ok(frame);
    }
    let mut new: Vec<Column> = Vec::new();
    for name in asked {
        let own = text(name)?;
        let cells = rows.iter().enumerate().map(|(row, who)| match who {
            Some(who) if name == "actor_class" => Some(who.class.as_str()),
            Some(who) => Some(who.grade.as_str()).filter(|grade| !grade.is_empty()),
            None => own.get(row),
        });
        new.push(StringChunked::from_iter_options(name.into(), cells).into_column());
    }
    for column in new {
        frame.with_column(column)?;
    }
    Ok(frame)
}
