//! The record of an image, and the table of its facts.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::fact::{Fact, FactType, Value, facts};
use super::{
    BlobKey, DifferenceHash, InvalidRecord, RenditionName, RenditionRecord, ThumbHash, Variant,
};
use crate::field::{Dpi, UserId, WebsiteId};
use crate::format::Format;
use crate::geometry::{Orientation, Size};
use crate::name::{ImageName, UniqueName};
use crate::warning::Warning;

/// Everything that is known of an image before a storage has given it an
/// [`ImageId`](super::ImageId).
///
/// The table below lists the same facts: from it come the columns of a database and the JSON document,
/// and the bindings' tests look for each of its names.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ImageRecord {
    /// The website it was uploaded to. No other website can see it.
    pub website_id: WebsiteId,
    /// Who uploaded it.
    pub user_id: UserId,
    /// The client's file name, to show and never to use as a path.
    pub image_name: ImageName,
    /// The name it is stored under.
    pub unique_name: UniqueName,
    /// The format found in the bytes.
    pub format: Format,
    /// Its size in pixels as stored, before orientation.
    pub stored_size: Size,
    /// How the stored pixels must be turned to stand upright.
    pub orientation: Orientation,
    /// The answer's DPI, horizontally as displayed: the request's, else the file's own, else 72.
    pub dpi: Dpi,
    /// The vertical DPI as displayed. It differs from `dpi` for faxes and the like.
    pub dpi_y: Dpi,
    /// The length of the original in bytes.
    pub original_bytes: u64,
    /// SHA-256 of the original: a repeated upload is found by it.
    pub sha256: [u8; 32],
    /// The rendition for screens.
    pub standard: StandardRecord,
    /// The further renditions that the configuration named when it was uploaded, in the order of their names.
    pub renditions: Vec<RenditionRecord>,
    /// A hash by which similar pictures are found. `None` for an image that was stored before this was recorded.
    pub difference_hash: Option<DifferenceHash>,
    /// A hash from which a placeholder is drawn. `None` for an image that was stored before this was recorded.
    pub thumb_hash: Option<ThumbHash>,
    /// When it was uploaded, in whole milliseconds.
    pub created: SystemTime,
    /// What whoever prints it should look at. Empty for an image that was stored before this was recorded.
    pub warnings: BTreeSet<Warning>,
}

facts! {
    ImageRecord {
        website_id: website_id, WebsiteId, since 1;
        user_id: user_id, UserId, since 1;
        unique_name: unique_name, UniqueName, since 1;
        image_name: image_name, ImageName, since 1, default |record| record.image_name = ImageName::from(&record.unique_name);
        format: format, Format, since 1;
        stored_width: stored_size.width, u32, since 1;
        stored_height: stored_size.height, u32, since 1;
        orientation: orientation, Orientation, since 1, default |record| record.orientation = Orientation::Upright;
        dpi: dpi, Dpi, since 1, default |record| record.dpi = Dpi::DEFAULT;
        dpi_y: dpi_y, Dpi, since 2, default |record| record.dpi_y = record.dpi;
        original_bytes: original_bytes, u64, since 1;
        sha256: sha256, [u8; 32], since 1;
        standard_format: standard.format, Format, since 1;
        standard_width: standard.size.width, u32, since 1;
        standard_height: standard.size.height, u32, since 1;
        standard_bytes: standard.bytes, u64, since 1;
        standard_sha256: standard.sha256, Option<[u8; 32]>, since 2, default |record| record.standard.sha256 = None;
        created: created, SystemTime, since 1;
        warnings: warnings, BTreeSet<Warning>, since 4, default |record| record.warnings.clear();
        renditions: renditions, Vec<RenditionRecord>, since 4, default |record| record.renditions = Vec::new();
        difference_hash: difference_hash, Option<DifferenceHash>, since 4, default |record| record.difference_hash = None;
        thumb_hash: thumb_hash, Option<ThumbHash>, since 4, default |record| record.thumb_hash = None;
    }
}

impl ImageRecord {
    /// A record of `original` under a new name, uploaded now. The image name is the unique name, the
    /// image is upright and has 72 DPI until the fields are set. An [`Uploader`](crate::Uploader)
    /// makes records; a test of a storage may.
    #[must_use]
    pub fn new(
        website_id: WebsiteId,
        user_id: UserId,
        format: Format,
        stored_size: Size,
        original: &[u8],
        standard: StandardRecord,
    ) -> Self {
        let facts = (original.len() as u64, Sha256::digest(original).into());
        Self::of_original(website_id, user_id, format, stored_size, facts, standard)
    }

    /// As [`new`](Self::new), of an original with these bytes and this SHA-256.
    pub(crate) fn of_original(
        website_id: WebsiteId,
        user_id: UserId,
        format: Format,
        stored_size: Size,
        (bytes, sha256): (u64, [u8; 32]),
        standard: StandardRecord,
    ) -> Self {
        let created = whole_milliseconds(SystemTime::now());
        let unique_name = UniqueName::generate(format, created);
        let mut record = Self::blank(website_id, user_id, unique_name, format);
        record.stored_size = stored_size;
        (record.original_bytes, record.sha256) = (bytes, sha256);
        record.standard = standard;
        record.created = created;
        record
    }

    /// A record that knows only these facts.
    pub(super) fn blank(
        website_id: WebsiteId,
        user_id: UserId,
        unique_name: UniqueName,
        format: Format,
    ) -> Self {
        Self {
            website_id,
            user_id,
            image_name: ImageName::from(&unique_name),
            unique_name,
            format,
            stored_size: Size::new(0, 0),
            orientation: Orientation::default(),
            dpi: Dpi::DEFAULT,
            dpi_y: Dpi::DEFAULT,
            original_bytes: 0,
            sha256: [0; 32],
            standard: StandardRecord {
                format: Format::Jpeg,
                size: Size::new(0, 0),
                bytes: 0,
                sha256: None,
            },
            renditions: Vec::new(),
            difference_hash: None,
            thumb_hash: None,
            created: SystemTime::UNIX_EPOCH,
            warnings: BTreeSet::new(),
        }
    }

    /// Its size in pixels as displayed: the answer's `Width` and `Height`.
    #[must_use]
    pub fn size(&self) -> Size {
        self.stored_size.oriented(self.orientation)
    }

    /// The record of a further rendition, if the image has it.
    #[must_use]
    pub fn rendition(&self, name: RenditionName) -> Option<&RenditionRecord> {
        self.renditions.iter().find(|rendition| rendition.name == name)
    }

    /// All its files: the original, the standard rendition, then the further ones.
    pub fn variants(&self) -> impl Iterator<Item = Variant> {
        let named = self.renditions.iter().map(|rendition| Variant::Named(rendition.name));
        Variant::FIXED.into_iter().chain(named)
    }

    /// Whether the image has this file. Every image has an original and a standard rendition.
    #[must_use]
    pub fn has(&self, variant: Variant) -> bool {
        self.format_of(variant).is_some()
    }

    /// The format of one of its files. `None` for a rendition that it does not have.
    #[must_use]
    pub fn format_of(&self, variant: Variant) -> Option<Format> {
        match variant {
            Variant::Original => Some(self.format),
            Variant::Standard => Some(self.standard.format),
            Variant::Named(name) => self.rendition(name).map(|rendition| rendition.format),
        }
    }

    /// Where a storage keeps one of its blobs. A rendition that the image does not have has the key that it would
    /// have as a JPEG, under which nothing is stored: [`has_key`](Self::has_key) is false for it.
    #[must_use]
    pub fn blob_key(&self, variant: Variant) -> BlobKey {
        let name = match variant {
            Variant::Original => self.unique_name.clone(),
            rendition => {
                let format = self.format_of(rendition).unwrap_or(Format::Jpeg);
                self.unique_name.with_extension_of(format)
            }
        };
        BlobKey::new(variant, name)
    }

    /// The keys of all its blobs, in the order of [`variants`](Self::variants).
    #[must_use]
    pub fn blob_keys(&self) -> Vec<BlobKey> {
        self.variants().map(|variant| self.blob_key(variant)).collect()
    }

    /// Whether one of its blobs has this key.
    #[must_use]
    pub fn has_key(&self, key: &BlobKey) -> bool {
        self.has(key.variant()) && self.blob_key(key.variant()) == *key
    }

    /// How many bytes that blob has; 0 for a rendition that the image does not have.
    #[must_use]
    pub fn blob_len(&self, variant: Variant) -> u64 {
        match variant {
            Variant::Original => self.original_bytes,
            Variant::Standard => self.standard.bytes,
            Variant::Named(name) => self.rendition(name).map_or(0, |rendition| rendition.bytes),
        }
    }

    /// The SHA-256 of that blob, if it is recorded.
    #[must_use]
    pub fn sha256_of(&self, variant: Variant) -> Option<[u8; 32]> {
        match variant {
            Variant::Original => Some(self.sha256),
            Variant::Standard => self.standard.sha256,
            Variant::Named(name) => self.rendition(name).map(|rendition| rendition.sha256),
        }
    }

    /// How many bytes all its blobs have.
    #[must_use]
    pub fn all_bytes(&self) -> u64 {
        self.variants().map(|variant| self.blob_len(variant)).fold(0, u64::saturating_add)
    }

    /// How many bytes the further renditions have.
    #[cfg(any(feature = "cloud", feature = "local"))]
    pub(crate) fn rendition_bytes(&self) -> u64 {
        self.renditions.iter().map(|rendition| rendition.bytes).fold(0, u64::saturating_add)
    }
}

/// `time` truncated to milliseconds, the precision of storages.
fn whole_milliseconds(time: SystemTime) -> SystemTime {
    let rest = |since: Duration| Duration::from_nanos(u64::from(since.subsec_nanos() % 1_000_000));
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => time - rest(since),
        Err(before) => time + rest(before.duration()),
    }
}

impl ImageRecord {
    /// The names of a record's facts: the keys of its document, beside `version`.
    pub fn fact_names() -> impl Iterator<Item = &'static str> {
        FACTS.iter().map(|fact| fact.name)
    }

    /// A record of the values that `value_of` gives for each fact; `None` where there is no such
    /// value.
    ///
    /// # Errors
    ///
    /// [`InvalidRecord`] naming the fact whose value is missing or impossible.
    pub(crate) fn from_values(
        value_of: impl Fn(&Fact<Self>) -> Option<Value>,
    ) -> Result<Self, InvalidRecord> {
        let mut record = Self::blank(
            required("website_id", &value_of)?,
            required("user_id", &value_of)?,
            required("unique_name", &value_of)?,
            required("format", &value_of)?,
        );
        for fact in FACTS {
            match (value_of(fact), fact.default) {
                (Some(value), _) => {
                    (fact.set)(&mut record, &value).ok_or(InvalidRecord::impossible(fact.name))?;
                }
                (None, Some(default)) => default(&mut record),
                (None, None) => return Err(InvalidRecord::missing(fact.name)),
            }
        }
        Ok(record)
    }
}

fn required<T: FactType>(
    name: &'static str,
    value_of: &impl Fn(&Fact<ImageRecord>) -> Option<Value>,
) -> Result<T, InvalidRecord> {
    let fact = FACTS.iter().find(|fact| fact.name == name);
    let value = fact.and_then(value_of).ok_or(InvalidRecord::missing(name))?;
    T::from_value(&value).ok_or(InvalidRecord::impossible(name))
}

/// The record of the standard rendition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandardRecord {
    /// JPEG, PNG where the picture has transparency, or WebP where that is chosen and smaller.
    pub format: Format,
    /// Its size in pixels.
    pub size: Size,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256. `None` for an image that was stored before this was recorded.
    pub sha256: Option<[u8; 32]>,
}

impl StandardRecord {
    /// The record of a rendition with these bytes.
    #[must_use]
    pub fn new(format: Format, size: Size, bytes: &[u8]) -> Self {
        let sha256 = Some(Sha256::digest(bytes).into());
        Self { format, size, bytes: bytes.len() as u64, sha256 }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::fact::Kind;
    use super::*;

    pub(in super::super) fn record() -> ImageRecord {
        let standard = StandardRecord::new(Format::Png, Size::new(3, 4), b"standard");
        let mut record = ImageRecord::new(
            WebsiteId::new(WebsiteId::MAX).unwrap(),
            UserId::parse("Жанна 🐈 'x'; --").unwrap(),
            Format::WebP,
            Size::new(u32::MAX, 1),
            b"original",
            standard,
        );
        record.orientation = Orientation::Transverse;
        record.dpi = Dpi::new(65535).unwrap();
        record.dpi_y = Dpi::new(98).unwrap();
        record.image_name = ImageName::from_file_name("C:\\фото\\ кот.webp").unwrap();
        record.warnings = [Warning::Animation, Warning::LowResolution].into();
        record.renditions = ["print", "thumbnail"]
            .map(|name| {
                let name = RenditionName::parse(name).unwrap();
                RenditionRecord::new(name, Format::WebP, Size::new(2, 1), name.as_str().as_bytes())
            })
            .into();
        record.difference_hash = Some(DifferenceHash::from_bits(u64::MAX - 1));
        record.thumb_hash = Some(ThumbHash::from_bytes([1, 2, 3, 4, 5, 255]).unwrap());
        record
    }

    fn values(record: &ImageRecord) -> Vec<(&'static str, Value)> {
        FACTS.iter().map(|fact| (fact.name, (fact.get)(record))).collect()
    }

    fn read(values: &[(&'static str, Value)]) -> Result<ImageRecord, InvalidRecord> {
        ImageRecord::from_values(|fact| {
            values.iter().find(|(name, _)| *name == fact.name).map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn a_record_is_read_back_as_it_was() {
        let mut record = record();
        assert_eq!(read(&values(&record)).unwrap(), record);
        record.created = SystemTime::UNIX_EPOCH - Duration::from_millis(1);
        record.standard.sha256 = None;
        record.renditions.clear();
        (record.difference_hash, record.thumb_hash) = (None, None);
        assert_eq!(read(&values(&record)).unwrap(), record);
    }

    #[test]
    fn an_impossible_value_is_an_error_that_names_the_fact() {
        let impossible = |name: &str| {
            let text = |text: &str| Value::Text(text.to_owned());
            match name {
                "website_id" => {
                    vec![Value::Integer(0), Value::Integer(-1), Value::Integer(1 << 31)]
                }
                "user_id" => vec![text(" "), text("a\nb")],
                "unique_name" => vec![text("../../etc/passwd")],
                "image_name" => vec![text("../a.png")],
                "format" | "standard_format" => vec![text("exe"), text("")],
                "orientation" => vec![Value::Integer(0), Value::Integer(9)],
                "dpi" | "dpi_y" => vec![Value::Integer(0), Value::Integer(65536)],
                "sha256" | "standard_sha256" => vec![Value::Bytes(vec![0; 31])],
                "created" | "warnings" => vec![],
                "difference_hash" => vec![Value::Bytes(vec![0; 7])],
                "thumb_hash" => vec![Value::Bytes(vec![0; 4]), Value::Bytes(vec![0; 26])],
                "renditions" => {
                    let Value::Text(both) = record().renditions.to_value() else { panic!() };
                    let reversed = both.replace("print", "z");
                    let twice = both.replace("print", "thumbnail");
                    let reserved = both.replace("print", "original");
                    let unknown = both.replacen("webp", "exe", 1);
                    let short = both.replacen("\"sha256\":\"", "\"sha256\":\"\",\"x\":\"", 1);
                    [reversed, twice, reserved, unknown, short]
                        .into_iter()
                        .map(Value::Text)
                        .chain([text("{}"), text("[{}]"), text("[")])
                        .collect()
                }
                _ => vec![Value::Integer(-1)],
            }
        };
        for fact in FACTS {
            let wrong_type = match fact.kind {
                Kind::Integer => Value::Text("1".into()),
                Kind::Text | Kind::Bytes | Kind::Json => Value::Integer(1),
            };
            for value in impossible(fact.name).into_iter().chain([wrong_type]) {
                let mut values = values(&record());
                values.iter_mut().find(|(name, _)| *name == fact.name).unwrap().1 = value.clone();
                let error = read(&values).unwrap_err().to_string();
                assert!(error.contains(fact.name), "{} {value:?}: {error}", fact.name);
            }
        }
        // Any number of milliseconds is a time or an error, never a panic.
        for millis in [i64::MIN, i64::MAX] {
            let mut values = values(&record());
            values.iter_mut().find(|(name, _)| *name == "created").unwrap().1 =
                Value::Integer(millis);
            let _ = read(&values);
        }
    }

    #[test]
    fn a_missing_fact_has_its_default_or_is_an_error_that_names_it() {
        for fact in FACTS {
            let mut values = values(&record());
            values.retain(|(name, _)| *name != fact.name);
            match (read(&values), fact.default) {
                (Ok(_), Some(_)) => {}
                (Err(error), None) => assert!(error.to_string().contains(fact.name), "{error}"),
                (read, _) => panic!("{}: {read:?}", fact.name),
            }
        }
    }

    #[test]
    fn times_are_kept_in_whole_milliseconds_on_both_sides_of_1970() {
        let millis = Duration::from_millis(1500);
        let finer = millis + Duration::from_nanos(999_999);
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(whole_milliseconds(epoch + finer), epoch + millis);
        assert_eq!(whole_milliseconds(epoch - finer), epoch - millis);
        assert_eq!(whole_milliseconds(epoch + millis), epoch + millis);
    }
}
