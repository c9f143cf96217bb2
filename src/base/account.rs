//! Account ids.

use thiserror::Error;

/// Characters of a foreign value that an error repeats.
const SHOWN: usize = 40;

/// Why a text is no account id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountError {
    /// Eleven digits, which may be an id without its leading zero, or one that lost another digit.
    #[error("'{0}' has eleven digits, and an account id has twelve: a spreadsheet may have taken a leading zero away")]
    Eleven(String),
    /// Anything else, such as `1.11122E+11`.
    #[error("'{0}' is no account id of twelve digits: a spreadsheet may have changed it")]
    Other(String),
}

/// Whether a text is an account id: 12 digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account id that a cell or value holds: 12 digits, also with blanks, quotes, or the apostrophe or formula by which
/// spreadsheets keep digits a text.
///
/// # Errors
/// When there are no 12 digits. A digit that may be missing is not guessed.
pub fn parse(text: &str) -> Result<&str, AccountError> {
    let bare = text.trim();
    let bare = bare.strip_prefix('=').unwrap_or(bare);
    let bare = bare.strip_prefix('\'').unwrap_or(bare);
    let bare = bare.trim_matches('"').trim_end_matches('\'').trim();
    if is_account(bare) {
        return Ok(bare);
    }
    let shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    Err(if bare.len() == 11 && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        AccountError::Eleven(shown)
    } else {
        AccountError::Other(shown)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_is_twelve_digits() {
        assert!(is_account("111122223333") && is_account("000000000000"));
        for none in ["", "11112222333", "1111222233334", "11112222333a", "１１１１", " 11122223333"] {
            assert!(!is_account(none), "{none}");
        }
    }

    #[test]
    fn what_keeps_digits_a_text_is_taken_off_and_no_digit_is_added() {
        for text in ["111122223333", " 111122223333 ", "'111122223333", "'111122223333'", "\"111122223333\"", "=\"111122223333\""] {
            assert_eq!(parse(text), Ok("111122223333"), "{text}");
        }
        assert_eq!(parse("11122223333"), Err(AccountError::Eleven("11122223333".to_owned())));
        for none in ["1.11122E+11", "", " ", "1111-2222-3333", "1111222233334", "111122223333.0", "aws"] {
            assert_eq!(parse(none), Err(AccountError::Other(none.to_owned())));
        }
    }
}
