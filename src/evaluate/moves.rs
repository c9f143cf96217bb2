//! The classes of actors that all evidence shows, put in the place of what single records do.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use crate::facts::actors::{Known, Mark, Who};
use crate::store::events::codes::Codes;

/// Columns that are moved.
pub const MOVED: [&str; 3] = ["actor_class", "actor_grade", "is_service_noise"];
/// Columns that tell whether and where to. Groups of events have no key.
pub const NEEDED: [&str; 5] = ["principal", "session_name", "actor_class", "session_source_identity", "user_identity_access_key_id"];

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
    let has_key = names.iter().any(|name| name.as_str() == NEEDED[4]);
    let text = |name: &str| frame.column(name).and_then(|c| c.str().cloned());
    let columns = NEEDED[..if has_key { 5 } else { 4 }].iter().map(|name| text(name)).collect::<PolarsResult<Vec<_>>>()?;
    let codes: Vec<Codes<'_>> = columns.iter().map(Codes::of).collect();
    let mut asked_for: FxHashMap<[u32; 5], Option<&Who>> = FxHashMap::default();
    let mut moved = |row: usize| {
        let place = |column: usize| codes.get(column).map_or(0, |codes| codes.of_rows[row]);
        let key = std::array::from_fn(place);
        *asked_for.entry(key).or_insert_with(|| {
            let stated = |column: usize| codes.get(column).and_then(|codes| codes.texts[key[column] as usize]);
            let whose = Mark {
                principal: stated(0)?,
                session: stated(1).unwrap_or_default(),
                source_identity: stated(3).unwrap_or_default(),
                key: stated(4).unwrap_or_default(),
            };
            known.of_record(whose).filter(|who| stated(2).is_some_and(|class| who.moves(class)))
        })
    };
    let rows: Vec<Option<&Who>> = (0..frame.height()).map(&mut moved).collect();
    if rows.iter().all(Option::is_none) {
        return Ok(frame);
    }
    let mut new: Vec<Column> = Vec::new();
    for name in asked {
        if name == "is_service_noise" {
            let own = frame.column(name)?.bool()?.clone();
            let cells = rows.iter().zip(own.iter()).map(|(who, own)| if who.is_some() { Some(false) } else { own });
            new.push(BooleanChunked::from_iter_options(name.into(), cells).into_column());
            continue;
        }
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
