//! Answers that a test tool recorded: `{"status_code":200,"data":{...}}`.

use super::json::{self, Members};

/// The answer itself inside a recorded answer; all of it for anything else.
pub fn inner(bytes: &[u8]) -> &[u8] {
    let at = json::skip_blank(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return bytes;
    }
    let mut status = false;
    let mut data = None;
    for (name, start, end) in Members::new(bytes, at).take(3) {
        match name {
            "status_code" => status = true,
            "data" if bytes.get(start) == Some(&b'{') => data = bytes.get(start..end),
            _ => {}
        }
    }
    data.filter(|_| status).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_answer_is_opened() {
        let text = br#"{"status_code":200,"data":{"trailList":[]}}"#;
        assert_eq!(inner(text), br#"{"trailList":[]}"#);
        assert_eq!(inner(br#"{"trailList":[]}"#), br#"{"trailList":[]}"#);
    }
}
