//! Exact amounts: text to fixed point with 18 decimals, and back.
//!
//! An amount is an `i128` in units of 10^-18, at most 38 digits: what DECIMAL(38,18) holds. Digits
//! beyond the 18th decimal are rounded half to even, and the caller is told, so that it can count.

use thiserror::Error;

/// Decimals kept.
pub const SCALE: u32 = 18;
/// One, in units of 10^-18.
pub const ONE: i128 = 1_000_000_000_000_000_000;
/// First magnitude that 38 digits cannot hold.
const LIMIT: u128 = 10_u128.pow(38);
/// Characters of a foreign value that an error repeats.
const SHOWN: usize = 40;

/// A number read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed {
    /// The value in units of 10^-18.
    pub units: i128,
    /// Digits were lost to rounding.
    pub rounded: bool,
}

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// Nothing there.
    #[error("number is empty")]
    Empty,
    /// Not a plain decimal number: separators and currency signs are not accepted.
    #[error("'{0}' is not a number")]
    Form(String),
    /// More than 20 digits before the point.
    #[error("'{0}' is too large for 38 digits with 18 decimals")]
    Range(String),
}

/// Reads `[+-]digits[.digits][e[+-]digits]`, spaces around it allowed.
///
/// # Errors
/// When the text is empty, not a number of that form, or too large.
pub fn parse(text: &str) -> Result<Parsed, DecimalError> {
    if let Some(units) = short(text.as_bytes()) {
        return Ok(Parsed { units, rounded: false });
    }
    long(text)
}

/// The form nearly all values have: at most 18 digits in all, no exponent, no plus sign.
fn short(bytes: &[u8]) -> Option<i128> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value: u64 = 0;
    let mut point = None;
    for (index, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
        } else if *byte == b'.' && point.is_none() {
            point = Some(index);
        } else {
            return None;
        }
    }
    let decimals = match point {
        // A lone point, with no digit beside it.
        Some(_) if digits.len() == 1 => return None,
        Some(index) => digits.len() - 1 - index,
        None => 0,
    };
    let units = i128::from(value) * 10_i128.pow(SCALE.checked_sub(u32::try_from(decimals).ok()?)?);
    Some(if negative { -units } else { units })
}

fn long(text: &str) -> Result<Parsed, DecimalError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(DecimalError::Empty);
    }
    let number = Number::split(trimmed.as_bytes()).ok_or_else(|| DecimalError::Form(shown(trimmed)))?;
    number.units().ok_or_else(|| DecimalError::Range(shown(trimmed)))
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The pieces of a written number.
struct Number<'a> {
    negative: bool,
    whole: &'a [u8],
    decimals: &'a [u8],
    exponent: i64,
}

impl<'a> Number<'a> {
    fn split(bytes: &'a [u8]) -> Option<Self> {
        let (negative, rest) = sign(bytes);
        let (whole, rest) = run(rest);
        let (decimals, rest) = match rest {
            [b'.', rest @ ..] => run(rest),
            _ => (&rest[..0], rest),
        };
        if whole.is_empty() && decimals.is_empty() {
            return None;
        }
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => {
                let (minus, rest) = sign(rest);
                let (digits, tail) = run(rest);
                if digits.is_empty() || !tail.is_empty() {
                    return None;
                }
                // Far beyond any digit we keep: saturating loses nothing.
                let size = digits.iter().fold(0_i64, |sum, b| (sum * 10 + i64::from(b - b'0')).min(1 << 40));
                if minus { -size } else { size }
            }
            _ => return None,
        };
        Some(Self { negative, whole, decimals, exponent })
    }

    /// The value in units, or `None` when it does not fit.
    fn units(&self) -> Option<Parsed> {
        // Power of ten of the digit at hand.
        let mut weight = i64::try_from(self.whole.len()).ok()? - 1 + self.exponent;
        let last = -i64::from(SCALE);
        let mut value: u128 = 0;
        let mut half = 0; // the first digit beyond the last decimal
        let mut more = false; // anything but zero after it
        for byte in self.whole.iter().chain(self.decimals) {
            let digit = byte - b'0';
            if weight >= last {
                value = value.checked_mul(10)?.checked_add(u128::from(digit))?;
            } else if weight == last - 1 {
                half = digit;
            } else {
                more |= digit != 0;
            }
            weight -= 1;
        }
        if value > 0 && weight >= last {
            let missing = u32::try_from(weight - last + 1).ok()?;
            value = value.checked_mul(10_u128.checked_pow(missing)?)?;
        }
        if half > 5 || (half == 5 && (more || value % 2 == 1)) {
            value = value.checked_add(1)?;
        }
        if value >= LIMIT {
            return None;
        }
        let units = i128::try_from(value).ok()?;
        Some(Parsed { units: if self.negative { -units } else { units }, rounded: half != 0 || more })
    }
}

fn sign(bytes: &[u8]) -> (bool, &[u8]) {
    match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    }
}

fn run(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    bytes.split_at(length)
}

/// Product of two amounts, rounded half to even; `None` when it does not fit. The flag says whether
/// digits were lost.
pub fn multiply(a: i128, b: i128) -> Option<Parsed> {
    let negative = (a < 0) != (b < 0);
    let (high, low) = wide_product(a.unsigned_abs(), b.unsigned_abs());
    let divisor = ONE.unsigned_abs();
    // Long division in 64-bit steps: the divisor has 60 bits, so each step fits in 128.
    if high >= divisor {
        return None;
    }
    let upper = (high << 64) | (low >> 64);
    let middle = ((upper % divisor) << 64) | (low & u128::from(u64::MAX));
    let (first, second, rest) = (upper / divisor, middle / divisor, middle % divisor);
    if first >> 64 != 0 {
        return None;
    }
    let mut value = (first << 64) | second;
    if rest * 2 > divisor || (rest * 2 == divisor && value % 2 == 1) {
        value = value.checked_add(1)?;
    }
    if value >= LIMIT {
        return None;
    }
    let units = i128::try_from(value).ok()?;
    Some(Parsed { units: if negative { -units } else { units }, rounded: rest != 0 })
}

/// The 256 bits of a product, upper and lower half.
fn wide_product(a: u128, b: u128) -> (u128, u128) {
    let mask = u128::from(u64::MAX);
    let (a1, a0, b1, b0) = (a >> 64, a & mask, b >> 64, b & mask);
    let (low, left, right, high) = (a0 * b0, a1 * b0, a0 * b1, a1 * b1);
    let carry = (low >> 64) + (left & mask) + (right & mask);
    (high + (left >> 64) + (right >> 64) + (carry >> 64), (carry << 64) | (low & mask))
}

/// Sum of two amounts within 38 digits.
pub fn add(a: i128, b: i128) -> Option<i128> {
    a.checked_add(b).filter(|sum| sum.unsigned_abs() < LIMIT)
}

/// The shortest plain text of an amount: no exponent, no trailing zeros.
pub fn text(units: i128) -> String {
    let size = units.unsigned_abs();
    let (whole, rest) = (size / ONE.unsigned_abs(), size % ONE.unsigned_abs());
    let sign = if units < 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let decimals = format!("{rest:018}");
    format!("{sign}{whole}.{}", decimals.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units(text: &str) -> i128 {
        parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).units
    }

    #[test]
    fn plain_and_exponent_forms() {
        for (text, expected) in [
            ("0", 0),
            ("-0", 0),
            ("1", ONE),
            ("-1", -ONE),
            ("+1", ONE),
            ("007", 7 * ONE),
            ("1.", ONE),
            (".5", ONE / 2),
            ("-.5", -ONE / 2),
            (" 2.5 ", 5 * ONE / 2),
            ("0.0114000000", 11_400_000_000_000_000),
            ("0.000000000000000001", 1),
            ("1.2E-7", 120_000_000_000),
            ("1.2e-7", 120_000_000_000),
            ("1E+3", 1_000 * ONE),
            ("1e-18", 1),
            ("123456789012345678", 123_456_789_012_345_678 * ONE),
            ("0e999999999999999999999", 0),
            ("0.0000000000000000000000000000000000000000", 0),
            ("1e-99999999999999999999", 0),
            ("99999999999999999999.999999999999999999", 10_i128.pow(38) - 1),
            ("-99999999999999999999.999999999999999999", 1 - 10_i128.pow(38)),
        ] {
            assert_eq!(units(text), expected, "{text}");
        }
    }

    #[test]
    fn further_digits_round_half_to_even_and_say_so() {
        for (text, expected, rounded) in [
            ("0.0000000000000000005", 0, true),
            ("0.0000000000000000015", 2, true),
            ("0.0000000000000000025", 2, true),
            ("0.00000000000000000250000000001", 3, true),
            ("0.0000000000000000024999999999", 2, true),
            ("-0.0000000000000000015", -2, true),
            ("0.0000000000000000010", 1, false),
            ("1.5e-18", 2, true),
            ("0.00000000000000000004", 0, true),
            ("99999999999999999999.9999999999999999994", 10_i128.pow(38) - 1, true),
        ] {
            assert_eq!(parse(text), Ok(Parsed { units: expected, rounded }), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_amount() {
        for text in [
            "abc", "1,000", "$1", "1 000", "1.2.3", "1e", "e5", "1e+", ".", "-", "+", "--1", "0x1", "NaN", "Infinity", "１", "1e5.5", "1-",
            "(1.00)",
        ] {
            assert!(matches!(parse(text), Err(DecimalError::Form(_))), "{text}");
        }
        for text in [
            "100000000000000000000",
            "1e20",
            "99999999999999999999.9999999999999999995",
            "1e999999999999999999999",
            "340282366920938463463374607431768211456",
        ] {
            assert!(matches!(parse(text), Err(DecimalError::Range(_))), "{text}");
        }
        assert_eq!(parse(""), Err(DecimalError::Empty));
        assert_eq!(parse("  "), Err(DecimalError::Empty));
        let long = parse(&"9".repeat(100_000)).unwrap_err().to_string();
        assert!(long.len() < 140);
    }

    #[test]
    fn texts_are_plain_and_short() {
        for (units, expected) in [
            (0, "0"),
            (ONE, "1"),
            (-ONE / 2, "-0.5"),
            (1, "0.000000000000000001"),
            (-1, "-0.000000000000000001"),
            (43 * ONE / 2, "21.5"),
            (10_i128.pow(38) - 1, "99999999999999999999.999999999999999999"),
        ] {
            assert_eq!(text(units), expected);
        }
    }

    #[test]
    fn products() {
        for (a, b, expected) in [
            ("0.0116", "3", "0.0348"),
            ("-2", "1.5", "-3"),
            ("0", "5", "0"),
            ("0.000000001", "0.0000000005", "0"),
            ("0.000000001", "0.0000000015", "0.000000000000000002"),
            ("9999999999", "9999999999", "99999999980000000001"),
        ] {
            assert_eq!(text(multiply(units(a), units(b)).unwrap().units), expected, "{a} x {b}");
        }
        assert!(multiply(units("0.000000001"), units("0.0000000005")).unwrap().rounded);
        assert_eq!(multiply(units("99999999999"), units("99999999999")), None);
        assert_eq!(multiply(10_i128.pow(38) - 1, 10_i128.pow(38) - 1), None);
        assert_eq!(multiply(i128::MIN, i128::MIN), None);
        assert_eq!(add(10_i128.pow(38) - 1, 1), None);
        assert_eq!(add(1, -3), Some(-2));
    }

    proptest! {
        #[test]
        fn text_and_back(units in -(10_i128.pow(38) - 1)..10_i128.pow(38)) {
            prop_assert_eq!(parse(&text(units)), Ok(Parsed { units, rounded: false }));
        }

        #[test]
        fn short_and_long_ways_agree(written in "-?[0-9]{0,12}(\\.[0-9]{0,12})?") {
            if let Some(units) = short(written.as_bytes()) {
                prop_assert_eq!(long(&written), Ok(Parsed { units, rounded: false }));
            }
        }

        #[test]
        fn exponent_moves_the_point(digits in 1_u64..10_u64.pow(15), shift in 0_u32..18) {
            let plain = i128::from(digits) * 10_i128.pow(18 - shift);
            let written = format!("{digits}e-{shift}");
            prop_assert_eq!(parse(&written), Ok(Parsed { units: plain, rounded: false }));
        }

        #[test]
        fn products_agree_with_small_integers(a in -1_000_000_000_i64..1_000_000_000, b in -1_000_000_000_i64..1_000_000_000) {
            let (a, b) = (i128::from(a) * 1_000_000_000, i128::from(b) * 1_000_000_000);
            prop_assert_eq!(multiply(a, b).unwrap().units, a * b / ONE + rounding(a * b));
        }

        #[test]
        fn never_panics(text in "\\PC{0,60}", a in any::<i128>(), b in any::<i128>()) {
            drop(parse(&text));
            prop_assert_eq!(multiply(a, b), multiply(b, a));
        }
    }

    /// What half-even rounding adds to the truncated quotient.
    fn rounding(product: i128) -> i128 {
        let (quotient, rest) = (product / ONE, (product % ONE).abs());
        let up = rest * 2 > ONE || (rest * 2 == ONE && quotient % 2 != 0);
        if up { product.signum() } else { 0 }
    }
}
