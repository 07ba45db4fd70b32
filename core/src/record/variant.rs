//! Which of an image's files, and the names of renditions beyond the standard one.

use std::fmt;
use std::str::FromStr;

/// Which of an image's files. Every image has the two of [`FIXED`](Self::FIXED), and those named ones that the
/// configuration's `renditions` listed when it was uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variant {
    /// The bytes as they came.
    Original,
    /// The rendition for screens.
    Standard,
    /// A further rendition, such as a thumbnail.
    Named(RenditionName),
}

impl Variant {
    /// The two that every image has, in the order in which they are stored.
    pub const FIXED: [Self; 2] = [Self::Original, Self::Standard];

    /// `original`, `standard` or the name of the rendition.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Original => ORIGINAL,
            Self::Standard => STANDARD,
            Self::Named(name) => name.as_str(),
        }
    }
}

const ORIGINAL: &str = "original";
const STANDARD: &str = "standard";

impl FromStr for Variant {
    type Err = InvalidVariant;

    /// From [`Variant::name`].
    fn from_str(name: &str) -> Result<Self, InvalidVariant> {
        match name {
            ORIGINAL => Ok(Self::Original),
            STANDARD => Ok(Self::Standard),
            name => RenditionName::parse(name).map(Self::Named).map_err(|_| InvalidVariant),
        }
    }
}

impl From<RenditionName> for Variant {
    fn from(name: RenditionName) -> Self {
        Self::Named(name)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text is not the name of a [`Variant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a variant: original, standard or the name of a rendition")]
pub struct InvalidVariant;

/// The name of a further rendition: 1 to 32 lowercase letters, digits and hyphens, the first of which is no hyphen.
/// It is a part of paths and URLs, so it cannot be a name that has another meaning there: `original`, `standard`, the
/// endpoint's own paths and the device names of Windows.
///
/// ```
/// use userimage::{RenditionName, Variant};
///
/// let name = RenditionName::parse("thumbnail")?;
/// assert_eq!("thumbnail".parse::<Variant>()?, Variant::Named(name));
/// assert!(RenditionName::parse("Thumbnail").is_err());
/// assert!(RenditionName::parse("standard").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RenditionName {
    /// The rest is 0, so that names are in the order of their texts.
    bytes: [u8; Self::MAX_LEN],
    len: u8,
}

impl RenditionName {
    /// The greatest length in bytes.
    pub const MAX_LEN: usize = 32;

    /// Names that mean something else as the first part of a path: the variants that every image has, and the paths
    /// of the HTTP endpoint.
    const RESERVED: [&str; 7] = [ORIGINAL, STANDARD, "api", "health", "metrics", "probe", "ready"];

    /// Names of devices, which no folder on Windows can have; also with a digit after the last two.
    const DEVICES: [&str; 6] = ["aux", "con", "nul", "prn", "com", "lpt"];

    /// Checks a name.
    ///
    /// # Errors
    ///
    /// [`InvalidRenditionName`] when it has another form, or another meaning.
    pub fn parse(name: &str) -> Result<Self, InvalidRenditionName> {
        let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if name.is_empty() || name.starts_with('-') || !name.bytes().all(is_allowed) {
            return Err(InvalidRenditionName::Form);
        }
        let device = name.strip_suffix(|c: char| c.is_ascii_digit()).unwrap_or(name);
        if Self::RESERVED.contains(&name) || Self::DEVICES.contains(&device) {
            return Err(InvalidRenditionName::Reserved);
        }
        let mut bytes = [0; Self::MAX_LEN];
        let to = bytes.get_mut(..name.len()).ok_or(InvalidRenditionName::Form)?;
        to.copy_from_slice(name.as_bytes());
        let len = u8::try_from(name.len()).map_err(|_| InvalidRenditionName::Form)?;
        Ok(Self { bytes, len })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len.into()).unwrap_or_default();
        str::from_utf8(bytes).unwrap_or_default()
    }
}

impl FromStr for RenditionName {
    type Err = InvalidRenditionName;

    /// As [`RenditionName::parse`].
    fn from_str(name: &str) -> Result<Self, InvalidRenditionName> {
        Self::parse(name)
    }
}

impl fmt::Display for RenditionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RenditionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// A text is not a [`RenditionName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRenditionName {
    /// It is empty, too long, or has other characters.
    #[error(
        "a name has 1 to 32 lowercase letters, digits and hyphens, and does not begin with a hyphen"
    )]
    Form,
    /// It has another meaning in a path.
    #[error("this name has another meaning in paths")]
    Reserved,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_in_paths_and_read_back() {
        for name in
            ["thumbnail", "print", "2x", "a", "card-small", "con-", "comic", &"a".repeat(32)]
        {
            let parsed = RenditionName::parse(name).unwrap();
            assert_eq!(parsed.as_str(), name);
            assert_eq!(name.parse(), Ok(Variant::Named(parsed)));
            assert_eq!(Variant::Named(parsed).to_string(), name);
        }
        for name in ["", "-a", "A", "a_b", "a.b", "a/b", "..", "é", "a b", "a\0", &"a".repeat(33)]
        {
            assert_eq!(RenditionName::parse(name), Err(InvalidRenditionName::Form), "{name:?}");
        }
        for name in ["original", "standard", "api", "probe", "health", "con", "com1", "lpt9", "nul"]
        {
            assert_eq!(RenditionName::parse(name), Err(InvalidRenditionName::Reserved), "{name}");
        }
    }

    #[test]
    fn variants_are_in_the_order_of_their_kinds_and_names() {
        let named = |name| Variant::Named(RenditionName::parse(name).unwrap());
        let mut all = [named("b"), named("ab"), Variant::Standard, named("a"), Variant::Original];
        all.sort_unstable();
        let names: Vec<&str> = all.iter().map(Variant::name).collect();
        assert_eq!(names, ["original", "standard", "a", "ab", "b"]);
    }
}
