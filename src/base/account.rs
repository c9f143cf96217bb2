//! Account ids.

/// Whether a text is an account id: 12 digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_account;

    #[test]
    fn an_account_id_is_twelve_digits() {
        assert!(is_account("111122223333") && is_account("000000000000"));
        for none in ["", "11112222333", "1111222233334", "11112222333a", "１１１１", " 11122223333"] {
            assert!(!is_account(none), "{none}");
        }
    }
}
