//! The JSON answer of the API, and its HTTP status.

use serde::Serialize;

use crate::error::UploadError;
use crate::record::StoredImage;

/// The JSON answer to an upload, and its HTTP status. Key order, key case and types are fixed by the
/// protocol.
///
/// ```
/// use userimage::{Envelope, ErrorKind, UploadError};
///
/// let error = UploadError::new(ErrorKind::MissingUserId, "userId is missing or blank");
/// assert_eq!(
///     Envelope::from(&error).as_json(),
///     r#"{"Response":"Error","Message":"Invalid userId","Data":null,"ErrorCode":"261"}"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    http_status: u16,
    json: String,
}

impl Envelope {
    /// The envelope as JSON: UTF-8, no byte order mark, no line breaks.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.json
    }

    /// The HTTP status of the answer: 200, 400, 401, 413 or 500.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.http_status
    }

    /// The envelope of several failures: their codes joined with a comma, and the message and HTTP
    /// status of the first. `None` when there are no failures.
    #[must_use]
    pub fn from_failures(failures: &[UploadError]) -> Option<Self> {
        let first = failures.first()?;
        let codes: Vec<_> = failures.iter().map(|failure| failure.code().to_string()).collect();
        Some(Self::new(
            first.http_status(),
            &Body {
                response: "Error",
                message: first.message(),
                data: None::<()>,
                error_code: &codes.join(","),
            },
        ))
    }

    /// The answer to a successful request other than an upload.
    #[cfg(feature = "http")]
    pub(crate) fn success(data: &impl Serialize) -> Self {
        Self::new(200, &Body { response: "Success", message: "", data: Some(data), error_code: "" })
    }

    /// An HTTP error that the protocol has no code for. The status is also the error code.
    #[cfg(feature = "http")]
    pub(crate) fn http_error(status: u16, message: &str) -> Self {
        Self::new(
            status,
            &Body { response: "Error", message, data: None::<()>, error_code: &status.to_string() },
        )
    }

    fn new(http_status: u16, body: &Body<'_, impl Serialize>) -> Self {
        let json = serde_json::to_string(body).unwrap_or_default();
        Self { http_status, json }
    }
}

impl From<&StoredImage> for Envelope {
    fn from(image: &StoredImage) -> Self {
        Self::new(
            200,
            &Body {
                response: "Success",
                message: "",
                data: Some(Data::from(image)),
                error_code: "",
            },
        )
    }
}

impl From<&UploadError> for Envelope {
    fn from(error: &UploadError) -> Self {
        Self::new(
            error.http_status(),
            &Body {
                response: "Error",
                message: error.message(),
                data: None::<()>,
                error_code: &error.code().to_string(),
            },
        )
    }
}

impl From<&Result<StoredImage, UploadError>> for Envelope {
    fn from(result: &Result<StoredImage, UploadError>) -> Self {
        match result {
            Ok(image) => image.into(),
            Err(error) => error.into(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a, D> {
    response: &'static str,
    message: &'a str,
    data: Option<D>,
    error_code: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data<'a> {
    id: u64,
    image_name: &'a str,
    unique_name: &'a str,
    width: u32,
    height: u32,
    #[serde(rename = "DPI")]
    dpi: u16,
    extension: &'static str,
    mime_type: &'static str,
    photo_code: &'a str,
    #[serde(rename = "OriginalURL")]
    original_url: &'a str,
    #[serde(rename = "StandardURL")]
    standard_url: &'a str,
}

impl<'a> From<&'a StoredImage> for Data<'a> {
    fn from(image: &'a StoredImage) -> Self {
        let record = &image.record;
        let size = record.size();
        Self {
            id: image.id.get(),
            image_name: record.image_name.as_str(),
            unique_name: record.unique_name.as_str(),
            width: size.width,
            height: size.height,
            dpi: record.dpi.get(),
            extension: record.format.extension(),
            mime_type: record.format.mime_type(),
            photo_code: &image.photo_code,
            original_url: &image.original_url,
            standard_url: &image.standard_url,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn several_failures_join_their_codes_and_keep_the_first_message() {
        let failures = [
            UploadError::new(ErrorKind::UnknownWebsite, ""),
            UploadError::new(ErrorKind::MissingClientKey, ""),
        ];
        let answer = Envelope::from_failures(&failures).unwrap();
        assert_eq!(
            answer.as_json(),
            r#"{"Response":"Error","Message":"Invalid websiteId","Data":null,"ErrorCode":"221,226"}"#
        );
        assert_eq!(answer.http_status(), 401);
        assert_eq!(Envelope::from_failures(&[]), None);
    }

    #[test]
    fn the_envelope_of_a_server_error_has_no_reason() {
        let error = UploadError::new(ErrorKind::StorageFailed, "/srv/images: disk full")
            .with_source(std::io::Error::other("secret path"));
        let answer = Envelope::from(&error);
        assert_eq!(
            answer.as_json(),
            r#"{"Response":"Error","Message":"Server error","Data":null,"ErrorCode":"500"}"#
        );
        assert_eq!(answer.http_status(), 500);
    }
}
