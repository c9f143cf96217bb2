//! Which reader reads which format.

use std::io::BufRead;

use super::batch::Output;
use super::detect::Format;

/// Formats read as a stream, since one file can be larger than memory.
pub fn is_streamed(format: Format) -> bool {
    matches!(format, Format::CostCur | Format::CostCur2 | Format::CostFocus)
}

/// Reads a streamed format.
pub fn read_stream(format: Format, input: &mut dyn BufRead, path: &str, out: &mut Output<'_>) {
    let _ = (format, input, path, out);
}

/// Reads a format held whole.
pub fn read_text(format: Format, text: &[u8], path: &str, out: &mut Output<'_>) {
    let _ = (format, text, path, out);
}
