//! The values of a request's fields. A value of these types is always valid: it is checked when it
//! is created.

use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The id of a website (a shop) of the host: 1 ..= 2147483647.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct WebsiteId(NonZeroU32);

impl WebsiteId {
    /// The largest id: the reference server stores ids as signed 32-bit integers.
    pub const MAX: u32 = i32::MAX as u32;

    /// The id `value`, or `None` when it is 0 or over [`WebsiteId::MAX`].
    #[must_use]
    pub fn new(value: u32) -> Option<Self> {
        NonZeroU32::new(value).filter(|id| id.get() <= Self::MAX).map(Self)
    }

    /// Parses a header's text: decimal digits; surrounding blanks are ignored.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] when the text is anything else or out of range.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        decimal(text.trim())
            .and_then(Self::new)
            .ok_or(InvalidField("websiteId is not a whole number of 1 to 2147483647"))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl TryFrom<u32> for WebsiteId {
    type Error = InvalidField;

    fn try_from(value: u32) -> Result<Self, InvalidField> {
        Self::new(value).ok_or(InvalidField("websiteId is not a whole number of 1 to 2147483647"))
    }
}

impl From<WebsiteId> for u32 {
    fn from(id: WebsiteId) -> Self {
        id.get()
    }
}

impl FromStr for WebsiteId {
    type Err = InvalidField;

    /// As [`WebsiteId::parse`].
    fn from_str(text: &str) -> Result<Self, InvalidField> {
        Self::parse(text)
    }
}

impl fmt::Display for WebsiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for WebsiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebsiteId({})", self.0)
    }
}

/// A client's key: 1 to 256 visible ASCII characters. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientKey(String);

impl ClientKey {
    /// The longest key, in characters.
    pub const MAX_LEN: usize = 256;

    /// Checks the key `text`.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] when it is empty, too long or has a character that is not visible ASCII.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        if text.is_empty() {
            Err(InvalidField("webApiClientKey is empty"))
        } else if text.len() > Self::MAX_LEN {
            Err(InvalidField("webApiClientKey is longer than 256 characters"))
        } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
            Err(InvalidField("webApiClientKey has a character that is not visible ASCII"))
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The key itself, for an authenticator. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientKey(..)")
    }
}

/// The host's id of the user who uploads. Opaque: 1 to 256 characters, not blank, no control
/// characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(String);

impl UserId {
    /// The longest id, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 256;

    /// Checks the id `text` and keeps it unchanged.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] when it is blank, too long or has control characters.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        if text.trim().is_empty() {
            Err(InvalidField("userId is missing or blank"))
        } else if text.chars().count() > Self::MAX_CHARS {
            Err(InvalidField("userId is longer than 256 characters"))
        } else if text.chars().any(char::is_control) {
            Err(InvalidField("userId has a control character"))
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserId {
    type Err = InvalidField;

    /// As [`UserId::parse`].
    fn from_str(text: &str) -> Result<Self, InvalidField> {
        Self::parse(text)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Dots per inch, an integer of 1 ..= 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dpi(NonZeroU16);

impl Dpi {
    /// The DPI of an image that states none: 72.
    // Evaluated by the compiler, so it cannot panic at run time.
    pub const DEFAULT: Self = Self(NonZeroU16::new(72).unwrap());

    /// `value` dots per inch, or `None` when it is 0.
    #[must_use]
    pub fn new(value: u16) -> Option<Self> {
        NonZeroU16::new(value).map(Self)
    }

    /// Parses a request's text: decimal digits only.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] when the text is anything else or out of range.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        decimal(text)
            .and_then(|value| u16::try_from(value).ok())
            .and_then(Self::new)
            .ok_or(InvalidField("DPI is not a whole number of 1 to 65535"))
    }

    /// Rounds a density in dots per inch to the nearest integer. `None` outside 1 ..= 65535.
    #[must_use]
    pub fn round(value: f64) -> Option<Self> {
        let rounded = value.round();
        // NaN fails the comparison; inside the range the cast is exact.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        (1.0..=65535.0).contains(&rounded).then_some(rounded as u16).and_then(Self::new)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0.get()
    }
}

impl FromStr for Dpi {
    type Err = InvalidField;

    /// As [`Dpi::parse`].
    fn from_str(text: &str) -> Result<Self, InvalidField> {
        Self::parse(text)
    }
}

impl fmt::Display for Dpi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is not a valid value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidField(&'static str);

impl InvalidField {
    /// The reason, as `Display` shows it.
    #[must_use]
    pub fn reason(self) -> &'static str {
        self.0
    }
}

/// Parses one or more decimal digits and nothing else; leading zeros are allowed. `None` also when
/// the number exceeds `u32`.
fn decimal(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0u32, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_accepts_digits_only_and_does_not_wrap() {
        for (text, value) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("4294967295", Some(u32::MAX)),
            ("4294967296", None),
            ("99999999999999999999", None),
            ("", None),
            ("+1", None),
            ("1 ", None),
            ("１", None),
        ] {
            assert_eq!(decimal(text), value, "{text:?}");
        }
    }

    #[test]
    fn a_density_rounds_into_range_or_to_none() {
        for (measured, rounded) in [
            (299.9994, Some(300)),
            (71.5, Some(72)),
            (0.5, Some(1)),
            (0.49, None),
            (65535.4, Some(65535)),
            (65535.5, None),
            (-72.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(Dpi::round(measured).map(Dpi::get), rounded, "{measured}");
        }
    }

    #[test]
    fn deserialized_values_are_checked() {
        assert_eq!(serde_json::from_str::<WebsiteId>("1001").unwrap().get(), 1001);
        assert!(serde_json::from_str::<WebsiteId>("0").is_err());
        assert!(serde_json::from_str::<WebsiteId>("2147483648").is_err());
        assert!(serde_json::from_str::<Dpi>("0").is_err());
        assert!(serde_json::from_str::<Dpi>("65536").is_err());
    }
}
