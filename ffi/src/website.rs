//! Website ids as C has them: signed 32-bit numbers.

use userimage_core::{ErrorKind, UploadError, WebsiteId};

use crate::call_error::CallError;

/// The website of a caller's number.
pub(crate) fn website(id: i32) -> Result<WebsiteId, CallError> {
    WebsiteId::try_from(u32::try_from(id).unwrap_or(0)).map_err(|invalid| {
        UploadError::new(ErrorKind::MalformedWebsiteId, invalid.to_string()).into()
    })
}

/// A website's number in C: no id is above `i32::MAX`.
pub(crate) fn website_number(website: WebsiteId) -> i32 {
    i32::try_from(website.get()).unwrap_or(i32::MAX)
}
