//! What a request's body holds: the parts of a form, and the one that is the file.

use std::borrow::Cow;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind as IoErrorKind, Read};
use std::path::Path;

use crate::bounded_read::read_bounded;
use crate::error::{ErrorKind, UploadError};
use crate::policy::too_large;

/// One part of a `multipart/form-data` body: a field, or a file.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormPart<'a> {
    /// The field's name.
    pub name: Cow<'a, str>,
    /// The client's file name, which makes the part a file.
    pub file_name: Option<Cow<'a, str>>,
    /// The client's content type. The format is found in the bytes, never taken from this.
    pub content_type: Option<Cow<'a, str>>,
    /// The content.
    pub data: Cow<'a, [u8]>,
}

impl<'a> FormPart<'a> {
    /// The name of the part that is the file.
    pub(crate) const POSTED_FILE: &'static str = "postedFile";

    /// A part with this field name and content.
    pub fn new(name: impl Into<Cow<'a, str>>, data: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { name: name.into(), file_name: None, content_type: None, data: data.into() }
    }

    /// The client's file name, which makes the part a file.
    #[must_use]
    pub fn file_name(mut self, file_name: impl Into<Cow<'a, str>>) -> Self {
        self.file_name = Some(file_name.into());
        self
    }

    /// The client's content type. The format is found in the bytes, never taken from this.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<Cow<'a, str>>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    pub(super) fn posted_file(&self) -> PostedFile<'_> {
        PostedFile {
            file_name: self.file_name.as_deref().map(Cow::Borrowed),
            data: Cow::Borrowed(&self.data),
        }
    }
}

impl fmt::Debug for FormPart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormPart")
            .field("name", &self.name)
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .field("bytes", &self.data.len())
            .finish()
    }
}

/// The file of a request.
///
/// [`from_path`](Self::from_path) and [`from_reader`](Self::from_reader) read one within a limit,
/// usually [`Admitted::max_bytes`](crate::Admitted::max_bytes). It becomes the part `postedFile` of
/// a form by `into()`.
#[derive(Clone)]
#[non_exhaustive]
pub struct PostedFile<'a> {
    /// The client's file name, if it gives one.
    pub file_name: Option<Cow<'a, str>>,
    /// The file.
    pub data: Cow<'a, [u8]>,
}

impl<'a> PostedFile<'a> {
    /// A file with this name and these bytes.
    pub fn new(file_name: impl Into<Cow<'a, str>>, data: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { file_name: Some(file_name.into()), data: data.into() }
    }

    /// The same file under another name, or under none.
    #[must_use]
    pub fn with_file_name(mut self, file_name: Option<impl Into<Cow<'a, str>>>) -> Self {
        self.file_name = file_name.map(Into::into);
        self
    }
}

impl PostedFile<'static> {
    /// Reads the file at `path`, at most `max_bytes` bytes and one more. Its name is the last part
    /// of the path.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnreadableFile`] when it cannot be read or is not a regular file: a FIFO is
    /// never opened, since that waits for its writer. The [`io::Error`] is the source.
    /// [`ErrorKind::TooLarge`] when it has more than `max_bytes` bytes.
    pub fn from_path(path: impl AsRef<Path>, max_bytes: u64) -> Result<Self, UploadError> {
        let path = path.as_ref();
        let unreadable = |error| {
            UploadError::new(ErrorKind::UnreadableFile, format!("cannot read {}", path.display()))
                .with_source(error)
        };
        let regular = |metadata: fs::Metadata| {
            let not = || io::Error::new(IoErrorKind::InvalidInput, "it is not a regular file");
            if metadata.is_file() { Ok(metadata.len()) } else { Err(not()) }
        };
        // Before it is opened: opening a FIFO waits for its writer.
        let len = fs::metadata(path).and_then(regular).map_err(unreadable)?;
        if len > max_bytes {
            return Err(too_large(max_bytes));
        }
        let file = File::open(path).map_err(unreadable)?;
        let data = read_bounded(file, len, max_bytes).map_err(unreadable)?;
        let data = data.ok_or_else(|| too_large(max_bytes))?;
        let file_name =
            path.file_name().map(|name| Cow::Owned(name.to_string_lossy().into_owned()));
        Ok(Self { file_name, data: Cow::Owned(data) })
    }

    /// Reads a reader to its end, at most `max_bytes` bytes and one more. It has no file name: set
    /// [`with_file_name`](Self::with_file_name), or the form's check refuses it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnreadableFile`] when the reader fails, with its error as the source.
    /// [`ErrorKind::TooLarge`] when it has more than `max_bytes` bytes.
    pub fn from_reader(reader: impl Read, max_bytes: u64) -> Result<Self, UploadError> {
        let data = read_bounded(reader, 0, max_bytes).map_err(|error| {
            UploadError::new(ErrorKind::UnreadableFile, "cannot read the file").with_source(error)
        })?;
        let data = data.ok_or_else(|| too_large(max_bytes))?;
        Ok(Self { file_name: None, data: Cow::Owned(data) })
    }
}

impl<'a> From<PostedFile<'a>> for FormPart<'a> {
    fn from(file: PostedFile<'a>) -> Self {
        let part = Self::new(Self::POSTED_FILE, file.data);
        match file.file_name {
            Some(file_name) => part.file_name(file_name),
            None => part,
        }
    }
}

impl fmt::Debug for PostedFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostedFile")
            .field("file_name", &self.file_name)
            .field("bytes", &self.data.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_file_is_read_within_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo.png");
        fs::write(&path, b"1234").unwrap();
        let file = PostedFile::from_path(&path, 4).unwrap();
        assert_eq!((file.file_name.as_deref(), &*file.data), (Some("logo.png"), &b"1234"[..]));
        assert_eq!(PostedFile::from_path(&path, 3).unwrap_err().kind(), ErrorKind::TooLarge);
        assert_eq!(
            PostedFile::from_reader(&b"1234"[..], 3).unwrap_err().kind(),
            ErrorKind::TooLarge
        );
        assert_eq!(*PostedFile::from_reader(&b"1234"[..], 4).unwrap().data, *b"1234");
        assert_eq!(
            PostedFile::from_reader(io::repeat(7), 1 << 20).unwrap_err().kind(),
            ErrorKind::TooLarge
        );
    }

    #[test]
    fn what_cannot_be_read_is_the_host_s_error_with_the_system_s_words() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("none"), folder.path().to_owned()] {
            let error = PostedFile::from_path(&path, 4).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnreadableFile);
            assert!(error.source().unwrap().downcast_ref::<io::Error>().is_some());
        }
        let error = PostedFile::from_path(folder.path().join("none"), 4).unwrap_err();
        assert!(error.reason().contains("No such file"), "{}", error.reason());
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let error = PostedFile::from_path(&path, 4).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnreadableFile);
    }
}
