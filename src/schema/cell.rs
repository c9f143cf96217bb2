//! One value of a row.

/// One value on its way into a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Not stated by the export.
    Null,
    /// Text as delivered.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// UTC microseconds since 1970-01-01.
    Micros(i64),
    /// Days since 1970-01-01.
    Day(i32),
    /// Fixed point, in units of 10^-18.
    Decimal(i128),
    /// Binary floating point; never money.
    Double(f64),
}

impl<'a> Cell<'a> {
    /// `Text` for a present string, else `Null`.
    #[inline]
    pub fn text(value: Option<&'a str>) -> Self {
        value.map_or(Self::Null, Self::Text)
    }

    /// `Bool` for a present flag, else `Null`.
    #[inline]
    pub fn bool(value: Option<bool>) -> Self {
        value.map_or(Self::Null, Self::Bool)
    }

    /// `Int` for a present number, else `Null`.
    #[inline]
    pub fn int(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Int)
    }

    /// `Micros` for a present time, else `Null`.
    #[inline]
    pub fn micros(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Micros)
    }

    /// `Day` for a present date, else `Null`.
    #[inline]
    pub fn day(value: Option<i32>) -> Self {
        value.map_or(Self::Null, Self::Day)
    }

    /// `Decimal` for a present amount, else `Null`.
    #[inline]
    pub fn decimal(value: Option<i128>) -> Self {
        value.map_or(Self::Null, Self::Decimal)
    }

    /// `Double` for a present number, else `Null`.
    #[inline]
    pub fn double(value: Option<f64>) -> Self {
        value.map_or(Self::Null, Self::Double)
    }

    /// The text, if it is one.
    pub fn as_text(self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The flag, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        if let Self::Bool(flag) = self { Some(flag) } else { None }
    }

    /// The number, or the microseconds of a time, or the days of a date.
    pub fn as_int(self) -> Option<i64> {
        match self {
            Self::Int(number) | Self::Micros(number) => Some(number),
            Self::Day(day) => Some(i64::from(day)),
            _ => None,
        }
    }

    /// The days of a date.
    pub fn as_day(self) -> Option<i32> {
        self.as_int().and_then(|day| i32::try_from(day).ok())
    }

    /// The amount, if it is one.
    pub fn as_decimal(self) -> Option<i128> {
        if let Self::Decimal(units) = self { Some(units) } else { None }
    }

    /// The floating-point number, if it is one.
    pub fn as_double(self) -> Option<f64> {
        if let Self::Double(number) = self { Some(number) } else { None }
    }
}

/// The text unless it is empty: then nothing is stated.
pub fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
