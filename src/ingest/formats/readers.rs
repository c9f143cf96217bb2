//! Reads a file by the declaration of its format, and finds one record of it.

use std::io::BufRead;

use super::declaration::{Read, Record};
use super::registry::{self, Format};
use super::{cli_answers, config, cost, posture};
use crate::ingest::batch::Output;
use crate::ingest::reading::{pages, recorded};

/// Formats read as a stream, since one file can be larger than memory.
pub fn is_streamed(format: Format) -> bool {
    matches!(format.declaration().read, Read::Stream(_))
}

/// Reads a streamed format.
pub fn read_stream(format: Format, input: &mut dyn BufRead, out: &mut Output<'_>) {
    if let Read::Stream(read) = format.declaration().read
        && let Err(why) = read(input, out)
    {
        failed(out, &why);
    }
}

/// Reads a format held whole.
pub fn read_text(format: Format, text: &[u8], path: &str, out: &mut Output<'_>) {
    // Whatever the answer, a token left over says that more of it exists.
    if let Some(token) = pages::left(text) {
        out.note(pages::incomplete(token));
    }
    let read = match format.declaration().read {
        Read::Answers => cli_answers::read_text(registry::answers(), text, path, out).map_err(|error| error.to_string()),
        Read::Shapes => {
            posture::read(registry::shapes(), text, path, out);
            Ok(())
        }
        Read::Text(read) => read(text, path, out),
        Read::Stream(_) | Read::Nothing => Ok(()),
    };
    if let Err(why) = read {
        failed(out, &why);
    }
}

/// A file whose frame is broken counts as one record that could not be read.
fn failed(out: &mut Output<'_>, why: &str) {
    out.read(1);
    out.reject(0, None, why);
}

/// The text of one record of a file that holds no events, for `evidence`.
pub fn find(format: Format, text: &[u8], record: u64) -> Option<String> {
    match format.declaration().record {
        Record::Item(_) => config::format::find(text, record),
        Record::Row => cost::find_csv(text, record),
        Record::Line(find) | Record::Found(find, _) => find(text, record),
        Record::FirstList => {
            let document: serde_json::Value = serde_json::from_slice(recorded::inner(text)).ok()?;
            let list = document.as_object()?.values().find_map(serde_json::Value::as_array)?;
            Some(list.get(usize::try_from(record).ok()?)?.to_string())
        }
        Record::Shape => posture::find(registry::shapes(), text, record),
        Record::Event | Record::Document => None,
    }
}
