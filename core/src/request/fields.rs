//! Named values of a request, and how several values of one name become one.

use std::borrow::Cow;

use crate::field::InvalidField;

/// Names and values, in the order in which they came.
pub(super) type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, [u8]>)>;

/// The values of one name, without regard to ASCII case.
pub(super) fn named<'v>(
    pairs: &'v Pairs<'_>,
    name: &'static str,
) -> impl Iterator<Item = &'v [u8]> + Clone {
    pairs.iter().filter(move |pair| pair.0.eq_ignore_ascii_case(name)).map(|pair| &*pair.1)
}

/// Why a field has no usable value.
#[derive(Debug, PartialEq)]
pub(super) enum FieldError {
    /// Every value is blank, or there is no value.
    Missing,
    /// A value does not parse, for this reason.
    Malformed(&'static str),
    /// A value is not text.
    NotUtf8,
    /// Two values differ.
    Conflicting,
}

impl From<InvalidField> for FieldError {
    fn from(invalid: InvalidField) -> Self {
        Self::Malformed(invalid.reason())
    }
}

/// The one value that all of `values` spell.
pub(super) fn agreed<'v, T: PartialEq>(
    values: impl Iterator<Item = &'v [u8]> + Clone,
    parse: impl Fn(&str) -> Result<T, InvalidField>,
) -> Result<T, FieldError> {
    if values.clone().all(is_blank) {
        return Err(FieldError::Missing);
    }
    let mut agreed = None;
    for value in values {
        let text = str::from_utf8(value).map_err(|_| FieldError::NotUtf8)?;
        let value = parse(text)?;
        match &agreed {
            Some(first) if *first != value => return Err(FieldError::Conflicting),
            Some(_) => {}
            None => agreed = Some(value),
        }
    }
    agreed.ok_or(FieldError::Missing)
}

/// The text that all of `values` have in common: empty without values, `None` when they differ or are
/// not UTF-8.
#[cfg(feature = "http")]
pub(super) fn same_text<'v>(mut values: impl Iterator<Item = &'v [u8]>) -> Option<&'v str> {
    let Some(value) = values.next() else { return Some("") };
    values.all(|other| other == value).then(|| str::from_utf8(value).ok())?
}

fn is_blank(value: &[u8]) -> bool {
    str::from_utf8(value).is_ok_and(|text| text.trim().is_empty())
}
