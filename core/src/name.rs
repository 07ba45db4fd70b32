//! The two names of a stored image: the client's file name, and the unique name it is stored under.

use std::fmt;
#[cfg(feature = "local")]
use std::ops::Range;
use std::str::FromStr;
use std::time::SystemTime;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::format::Format;

/// The client's file name, for display only and not for use as a path: the last path segment without
/// control characters and without those that change the direction of text, at most 255 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageName(String);

impl ImageName {
    /// The longest name, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 255;

    /// The displayable part of a client's file name, or `None` when that is blank.
    #[must_use]
    pub fn from_file_name(file_name: &str) -> Option<Self> {
        // Old browsers send the full path, with either separator.
        let segment = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name: String =
            segment.chars().filter(|c| is_displayable(*c)).take(Self::MAX_CHARS).collect();
        (!name.trim().is_empty()).then_some(Self(name))
    }

    /// Parses a stored name, e.g. from a storage's records.
    ///
    /// # Errors
    ///
    /// [`InvalidImageName`] when [`ImageName::from_file_name`] would change `text`.
    pub fn parse(text: &str) -> Result<Self, InvalidImageName> {
        Self::from_file_name(text).filter(|name| name.0 == text).ok_or(InvalidImageName)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Not a control character, nor one of Unicode's bidirectional controls: `a<U+202E>gpj.exe` is displayed
/// as `aexe.jpg`.
fn is_displayable(character: char) -> bool {
    let is_bidi_control = matches!(
        character,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    );
    !character.is_control() && !is_bidi_control
}

impl From<&UniqueName> for ImageName {
    fn from(name: &UniqueName) -> Self {
        Self(name.0.clone())
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text is not an [`ImageName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a file name without path, control and direction characters")]
pub struct InvalidImageName;

/// The name an image is stored under: `YYYY_MM_<random UUID>` and the extension of its format.
/// It cannot be guessed, and it is safe in a URL and as a file name on every system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UniqueName(String);

impl UniqueName {
    /// Generates a name for an image of `format` that is uploaded at `now`. The month is in UTC.
    #[must_use]
    pub fn generate(format: Format, now: SystemTime) -> Self {
        let date = OffsetDateTime::from(now).date();
        let (year, month) = (date.year(), u8::from(date.month()));
        Self(format!("{year:04}_{month:02}_{}{}", Uuid::new_v4(), format.extension()))
    }

    /// As [`generate`](Self::generate), but fifteen of sixteen names have the first four random digits of this name. The
    /// local storage names a file's folders after them, so these folders exist. 106 random bits remain.
    #[cfg(feature = "local")]
    pub(crate) fn generate_next(&self, format: Format, now: SystemTime) -> Self {
        const FOLDER: Range<usize> = "YYYY_MM_".len().."YYYY_MM_1234".len();
        let mut next = Self::generate(format, now);
        // One in sixteen leads to new folders, so that not all files lie in one. The last digit is random.
        let leads_to_new_folder = next.stem().ends_with('0');
        if let Some(folder) = self.0.get(FOLDER)
            && !leads_to_new_folder
        {
            next.0.replace_range(FOLDER, folder);
        }
        next
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without its extension.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.0.rsplit_once('.').map_or(self.0.as_str(), |(stem, _)| stem)
    }

    /// The name with the extension of `format`: the standard rendition is stored under it.
    #[must_use]
    pub fn with_extension_of(&self, format: Format) -> Self {
        Self(format!("{}{}", self.stem(), format.extension()))
    }

    /// Parses a stored name, e.g. from a storage's records.
    ///
    /// # Errors
    ///
    /// [`InvalidUniqueName`] when `text` does not have the form that [`UniqueName::generate`] makes.
    pub fn parse(text: &str) -> Result<Self, InvalidUniqueName> {
        let parts = || {
            let (year, rest) = text.split_once('_')?;
            let (month, rest) = rest.split_once('_')?;
            let (uuid, extension) = rest.split_once('.')?;
            let digits = |text: &str, len| {
                text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit())
            };
            (digits(year, 4)
                && digits(month, 2)
                && uuid.len() == 36
                && Uuid::try_parse(uuid).is_ok()
                // Two names must not denote one file on a file system that ignores case.
                && !uuid.bytes().any(|b| b.is_ascii_uppercase())
                && !extension.is_empty()
                && extension.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
            .then_some(())
        };
        parts().map(|()| Self(text.to_owned())).ok_or(InvalidUniqueName)
    }
}

impl FromStr for UniqueName {
    type Err = InvalidUniqueName;

    /// As [`UniqueName::parse`].
    fn from_str(text: &str) -> Result<Self, InvalidUniqueName> {
        Self::parse(text)
    }
}

impl fmt::Display for UniqueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text is not a [`UniqueName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a unique name of the form YYYY_MM_<uuid>.<extension>")]
pub struct InvalidUniqueName;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[cfg(feature = "local")]
    #[test]
    fn next_names_share_folders_and_differ() {
        let (first_time, next_time) =
            (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_secs(40 * 24 * 3600));
        let first = UniqueName::generate(Format::Jpeg, first_time);
        let names: BTreeSet<UniqueName> =
            (0..1000).map(|_| first.generate_next(Format::Png, next_time)).collect();
        assert_eq!(names.len(), 1000);
        let folder = |name: &UniqueName| name.as_str().split_at(8).1.split_at(4).0.to_owned();
        for name in &names {
            assert_eq!(UniqueName::parse(name.as_str()).as_ref(), Ok(name));
            assert!(name.as_str().starts_with("1970_02_") && name.as_str().ends_with(".png"));
        }
        let same = names.iter().filter(|name| folder(name) == folder(&first)).count();
        assert!((850..990).contains(&same), "{same} of 1000");
    }

    #[test]
    fn an_image_name_is_displayed_as_it_is_written() {
        let shown = |name| ImageName::from_file_name(name).map(|name| name.as_str().to_owned());
        assert_eq!(shown("a\u{202E}gpj.exe").as_deref(), Some("agpj.exe"));
        let controls = "\u{061C}\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}";
        assert_eq!(shown(controls), None);
        assert_eq!(
            shown("שלום مرحبا 👩\u{200D}🎨.png").as_deref(),
            Some("שלום مرحبا 👩\u{200D}🎨.png")
        );
        assert!(ImageName::parse("a\u{2066}.png").is_err());
    }

    #[test]
    fn a_unique_name_has_the_month_in_utc() {
        // Seconds from `date -u -d '...' +%s`.
        for (seconds, prefix) in [
            (0, "1970_01_"),
            (1_704_067_199, "2023_12_"),
            (1_704_067_200, "2024_01_"),
            (1_709_164_800, "2024_02_"),
            (4_107_542_399, "2100_02_"),
        ] {
            let now = UNIX_EPOCH + Duration::from_secs(seconds);
            let name = UniqueName::generate(Format::Png, now);
            assert!(name.as_str().starts_with(prefix), "{name} for {seconds}");
            assert_eq!(UniqueName::parse(name.as_str()).as_ref(), Ok(&name));
        }
    }

    #[test]
    fn unique_names_differ() {
        let now = SystemTime::now();
        assert_ne!(
            UniqueName::generate(Format::Jpeg, now),
            UniqueName::generate(Format::Jpeg, now)
        );
    }

    #[test]
    fn a_standard_rendition_has_its_own_extension() {
        let name = UniqueName::generate(Format::Tiff, SystemTime::now());
        let standard = name.with_extension_of(Format::Jpeg);
        assert_eq!(standard.as_str(), name.as_str().replace(".tif", ".jpg"));
    }

    #[test]
    fn nothing_else_is_a_unique_name() {
        let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        assert!(UniqueName::parse(&format!("2026_11_{uuid}.png")).is_ok());
        for text in [
            String::new(),
            format!("2026_11_{uuid}"),
            format!("2026_11_{uuid}."),
            format!("2026_11_{uuid}.p/g"),
            format!("2026_11_{uuid}.png.exe"),
            format!("226_11_{uuid}.png"),
            format!("2026_11_{}.png", uuid.to_uppercase()),
            format!("../2026_11_{uuid}.png"),
            "2026_11_67e5504410b1426f9247bb680e5fe0c8.png".to_owned(),
            format!("2026_11_{{{uuid}}}.png"),
            "2026_11_..%2f..%2f..%2f..%2f..%2f..%2f..%2fabcde.png".to_owned(),
        ] {
            assert!(UniqueName::parse(&text).is_err(), "{text:?}");
        }
    }
}
