//! An upload's request: its head, its form, and the checks of both.

pub(crate) mod check;
mod fields;
mod form;
mod head;

use std::borrow::Cow;

use crate::auth::Authenticator;
use crate::error::UploadError;
use crate::field::{Dpi, UserId, WebsiteId};

pub use form::{FormPart, PostedFile};
pub use head::UploadHead;

/// An upload as it arrives, unchecked: headers, query parameters and form parts.
///
/// ```
/// use userimage::UploadRequest;
///
/// let request = UploadRequest::new("logo.png", &b"..."[..])
///     .website_id("1001")
///     .client_key("abc123")
///     .user_id("12345")
///     .dpi("96");
/// ```
#[derive(Clone, Debug, Default)]
pub struct UploadRequest<'a> {
    head: UploadHead<'a>,
    form: Vec<FormPart<'a>>,
}

impl<'a> UploadRequest<'a> {
    /// A request with one file and nothing else yet.
    pub fn new(file_name: impl Into<Cow<'a, str>>, data: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::empty().form_part(PostedFile::new(file_name, data).into())
    }

    /// A request with nothing in it yet.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A request of this head and this form.
    #[must_use]
    pub fn from_parts(head: UploadHead<'a>, form: Vec<FormPart<'a>>) -> Self {
        Self { head, form }
    }

    /// The headers and the query.
    #[must_use]
    pub fn head(&self) -> &UploadHead<'a> {
        &self.head
    }

    /// The parts of the form.
    #[must_use]
    pub fn form(&self) -> &[FormPart<'a>] {
        &self.form
    }

    /// The `websiteId` header.
    #[must_use]
    pub fn website_id(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.with_head(|head| head.website_id(value))
    }

    /// The `webApiClientKey` header.
    #[must_use]
    pub fn client_key(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.with_head(|head| head.client_key(value))
    }

    /// The `userId` query parameter.
    #[must_use]
    pub fn user_id(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.with_head(|head| head.user_id(value))
    }

    /// The `DPI` query parameter; an empty text is the same as none.
    #[must_use]
    pub fn dpi(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.with_head(|head| head.dpi(value))
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.with_head(|head| head.header(name, value))
    }

    /// Adds a header whose value may turn out not to be UTF-8.
    #[must_use]
    pub fn header_bytes(
        self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, [u8]>>,
    ) -> Self {
        self.with_head(|head| head.header_bytes(name, value))
    }

    /// Adds a query parameter, percent-decoded.
    #[must_use]
    pub fn query(self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.with_head(|head| head.query(name, value))
    }

    /// Adds a query parameter, percent-decoded, whose value may turn out not to be UTF-8.
    #[must_use]
    pub fn query_bytes(
        self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, [u8]>>,
    ) -> Self {
        self.with_head(|head| head.query_bytes(name, value))
    }

    /// Adds a part of the form.
    #[must_use]
    pub fn form_part(mut self, part: FormPart<'a>) -> Self {
        self.form.push(part);
        self
    }

    fn with_head(self, change: impl FnOnce(UploadHead<'a>) -> UploadHead<'a>) -> Self {
        Self { head: change(self.head), form: self.form }
    }

    /// Checks every field in the protocol's order; the first failure is the answer.
    ///
    /// # Errors
    ///
    /// The first failure: code 372, 221, 226, 261, 265 or 262, or 500 when `who` cannot decide.
    pub fn validate(&self, who: &dyn Authenticator) -> Result<ValidRequest<'_>, UploadError> {
        let website_id = check::admit(&self.head, who)?;
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
    /// Who uploads.
    pub user_id: UserId,
    /// The DPI, where the request gives one.
    pub dpi: Option<Dpi>,
    /// The one file.
    pub file: PostedFile<'a>,
}
