//! An upload's request: its head, its form, and the checks of both.

pub(crate) mod check;
mod fields;
mod form;
mod head;

use crate::auth::Authenticator;
use crate::error::UploadError;
use crate::field::{Dpi, UserId, WebsiteId};

pub use form::{FormPart, PostedFile};
pub use head::UploadHead;

/// An upload as it arrives, unchecked: what precedes the body, and the parts of the form in it.
///
/// ```
/// use userimage::{PostedFile, UploadHead, UploadRequest};
///
/// let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("12345").dpi("96");
/// let request = UploadRequest::new(head, PostedFile::new("logo.png", &b"..."[..]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct UploadRequest<'a> {
    /// The headers and the query.
    pub head: UploadHead<'a>,
    /// The parts of the form.
    pub form: Vec<FormPart<'a>>,
}

impl<'a> UploadRequest<'a> {
    /// A request whose form has one file and no fields.
    #[must_use]
    pub fn new(head: UploadHead<'a>, file: PostedFile<'a>) -> Self {
        Self { head, form: vec![file.into()] }
    }

    /// Checks every field in the protocol's order; the first failure is the answer.
    ///
    /// # Errors
    ///
    /// The first failure: code 372, 221, 226, 261, 265 or 262, or 500 when `who` cannot decide.
    pub fn validate(&self, who: &dyn Authenticator) -> Result<ValidRequest<'_>, UploadError> {
        let website_id = check::website_id(&self.head)?;
        check::admit(&self.head, website_id, who)?;
        let checked = check::form(&self.head, &self.form)?;
        Ok(ValidRequest {
            website_id,
            user_id: checked.user_id,
            dpi: checked.dpi,
            file: checked.file,
        })
    }

    /// Every failure of the fields, at most one a field, in the order of
    /// [`validate`](Self::validate). Where the website is wrong, its key is checked for its form
    /// alone.
    #[must_use]
    pub fn validate_all(&self, who: &dyn Authenticator) -> Vec<UploadError> {
        check::all(&self.head, &self.form, who)
    }
}

/// A request whose fields are valid. The file is present, and otherwise unchecked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ValidRequest<'a> {
    /// The website, known to the authenticator and opened by the request's key.
    pub website_id: WebsiteId,
    /// The user who uploads.
    pub user_id: UserId,
    /// The DPI, where the request gives one.
    pub dpi: Option<Dpi>,
    /// The one file.
    pub file: PostedFile<'a>,
}
