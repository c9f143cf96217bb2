//! Paths as outputs print them. A name that is not UTF-8 is printed all the same, and no two names look alike.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;

/// A path below the argument, with forward slashes.
pub fn relative(path: &Path) -> String {
    path.components().map(|c| name(c.as_os_str())).collect::<Vec<_>>().join("/")
}

/// A name or a whole path as text: bytes that are not UTF-8 as `\xHH`, and a backslash that would read as one of
/// those as `\x5C`.
pub fn name(name: &OsStr) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        let valid = chunk.valid();
        for (at, c) in valid.char_indices() {
            if c == '\\' && is_escape(&valid.as_bytes()[at..]) { text.push_str("\\x5C") } else { text.push(c) }
        }
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

fn is_escape(bytes: &[u8]) -> bool {
    let digit = |b: &u8| b.is_ascii_digit() || (b'A'..=b'F').contains(b);
    matches!(bytes, [b'\\', b'x', high, low, ..] if digit(high) && digit(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_printed_as_they_are() {
        for text in ["log.json", "Müller 四/x", r"a\b", r"a\xzz", r"\x", ""] {
            assert_eq!(name(OsStr::new(text)), text);
        }
        assert_eq!(relative(Path::new("./a/b.json")), "./a/b.json");
    }

    #[cfg(unix)]
    #[test]
    fn two_names_never_look_alike() {
        use std::os::unix::ffi::OsStrExt as _;
        let names: [&[u8]; 8] =
            [b"a\xFFb", b"a\xFEb", b"a\\xFFb", b"a\\\xFFb", b"a\\x5CxFFb", b"a\xEF\xBF\xBDb", b"a\\x5\xFF", b"a\\x5C\xFFb"];
        let mut shown: Vec<String> = names.iter().map(|n| name(OsStr::from_bytes(n))).collect();
        assert_eq!(shown[0], r"a\xFFb");
        assert_eq!(shown[2], r"a\x5CxFFb");
        shown.sort();
        shown.dedup();
        assert_eq!(shown.len(), names.len());
    }
}
