//! An upload's request: its raw fields, how they merge, and the order in which they are checked.

use std::borrow::Cow;
use std::fmt;

use crate::auth::{AuthError, Authenticator};
use crate::error::{ErrorCode, UploadError};
use crate::field::{ClientKey, Dpi, InvalidField, UserId, WebsiteId};

/// An upload as it arrives, unchecked: headers, query parameters and form parts.
///
/// Names match without regard to ASCII case, as on the reference server. The short methods
/// ([`website_id`](Self::website_id), ...) put a value where a client usually sends it.
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
#[derive(Clone, Default)]
pub struct UploadRequest<'a> {
    headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Values are bytes: percent-decoding may give any, and only the field tells that they are no text.
    query: Vec<(Cow<'a, str>, Cow<'a, [u8]>)>,
    form: Vec<FormPart<'a>>,
}

/// One part of a `multipart/form-data` body: a field, or a file.
#[derive(Clone, PartialEq, Eq)]
pub struct FormPart<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) file_name: Option<Cow<'a, str>>,
    pub(crate) content_type: Option<Cow<'a, str>>,
    pub(crate) data: Cow<'a, [u8]>,
}

impl<'a> FormPart<'a> {
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

    /// The client's content type. The format is told from the bytes, never from this.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<Cow<'a, str>>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

impl<'a> UploadRequest<'a> {
    const WEBSITE_ID: &'static str = "websiteId";
    const CLIENT_KEY: &'static str = "webApiClientKey";
    const USER_ID: &'static str = "userId";
    const DPI: &'static str = "DPI";
    /// The headers that are looked at.
    #[cfg(feature = "http")]
    pub(crate) const HEADERS: [&'static str; 2] = [Self::WEBSITE_ID, Self::CLIENT_KEY];
    const POSTED_FILE: &'static str = "postedFile";

    /// A request that carries one file and nothing else yet.
    pub fn new(file_name: impl Into<Cow<'a, str>>, data: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::empty().form_part(FormPart::new(Self::POSTED_FILE, data).file_name(file_name))
    }

    /// A request that carries nothing yet.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The `websiteId` header.
    #[must_use]
    pub fn website_id(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.header(Self::WEBSITE_ID, value)
    }

    /// The `webApiClientKey` header.
    #[must_use]
    pub fn client_key(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.header(Self::CLIENT_KEY, value)
    }

    /// The `userId` query parameter.
    #[must_use]
    pub fn user_id(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.query(Self::USER_ID, value)
    }

    /// The `DPI` query parameter; an empty text is the same as none.
    #[must_use]
    pub fn dpi(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.query(Self::DPI, value)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a query parameter, percent-decoded.
    #[must_use]
    pub fn query(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        let value = match value.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        self.query.push((name.into(), value));
        self
    }

    /// Adds a query parameter, percent-decoded, that may turn out to be no UTF-8.
    #[cfg(feature = "http")]
    pub(crate) fn query_bytes(mut self, name: String, value: Vec<u8>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Adds a part of the form.
    #[must_use]
    pub fn form_part(mut self, part: FormPart<'a>) -> Self {
        self.form.push(part);
        self
    }

    /// The text of a query parameter of other questions than an upload: empty when there is none,
    /// `None` when it is no text or told twice and differs.
    #[cfg(feature = "http")]
    pub(crate) fn query_text(&self, name: &'static str) -> Option<&str> {
        let mut values = named(&self.query, name);
        let Some(value) = values.next() else { return Some("") };
        values.all(|other| other == value).then(|| str::from_utf8(value).ok())?
    }

    /// Checks every field in the specification's order; the first failure is the answer.
    ///
    /// # Errors
    ///
    /// The first failure: code 372, 221, 226, 261, 265 or 262, or 500 when `who` cannot decide.
    pub fn validate(&self, who: &dyn Authenticator) -> Result<ValidRequest<'_>, UploadError> {
        let website_id = self.admit(who)?;
        self.validate_admitted(website_id)
    }

    /// Checks the headers, and asks `who`.
    pub(crate) fn admit(&self, who: &dyn Authenticator) -> Result<WebsiteId, UploadError> {
        let website_id = self.checked_website_id(who)?;
        self.checked_client_key(who, Some(website_id))?;
        Ok(website_id)
    }

    /// Checks all else, once `website_id` is admitted.
    pub(crate) fn validate_admitted(
        &self,
        website_id: WebsiteId,
    ) -> Result<ValidRequest<'_>, UploadError> {
        let user_id = self.checked_user_id()?;
        let dpi = self.checked_dpi()?;
        let file = self.posted_file()?;
        Ok(ValidRequest { website_id, user_id, dpi, file })
    }

    /// What is wrong with the query already, whatever the form may bring: a user, or the DPI of a
    /// user who is told.
    #[cfg(feature = "http")]
    pub(crate) fn validate_query(&self) -> Result<(), UploadError> {
        if named(&self.query, Self::USER_ID).next().is_none() {
            return Ok(());
        }
        self.validate_parameters()
    }

    /// The user and the DPI, as far as they are told.
    #[cfg(feature = "http")]
    pub(crate) fn validate_parameters(&self) -> Result<(), UploadError> {
        self.checked_user_id()?;
        self.checked_dpi().map(|_| ())
    }

    /// Every failure of the fields, at most one a field, in the same order. Where the website is
    /// wrong, its key is checked for its form alone.
    #[must_use]
    pub fn validate_all(&self, who: &dyn Authenticator) -> Vec<UploadError> {
        let website_id = self.checked_website_id(who);
        let key = self.checked_client_key(who, website_id.as_ref().ok().copied());
        [
            website_id.err(),
            key.err(),
            self.checked_user_id().err(),
            self.checked_dpi().err(),
            self.posted_file().err(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The website that the request says it is for, for the log: nobody has checked it.
    #[cfg(feature = "rendition")]
    pub(crate) fn claimed_website(&self) -> Option<WebsiteId> {
        agreed(self.header_values(Self::WEBSITE_ID), WebsiteId::parse).ok()
    }

    fn checked_website_id(&self, who: &dyn Authenticator) -> Result<WebsiteId, UploadError> {
        let values = || self.header_values(Self::WEBSITE_ID);
        if values().all(is_blank) {
            return Err(UploadError::new(
                ErrorCode::MissingWebsiteId,
                "websiteId is missing or blank",
            ));
        }
        let website_id = agreed(values(), WebsiteId::parse).map_err(|invalid| {
            UploadError::new(ErrorCode::InvalidWebsiteId, invalid.to_string())
        })?;
        if who.knows(website_id).map_err(cannot_decide)? {
            Ok(website_id)
        } else {
            let reason = format!("website {website_id} is not known");
            Err(UploadError::new(ErrorCode::InvalidWebsiteId, reason).refused())
        }
    }

    fn checked_client_key(
        &self,
        who: &dyn Authenticator,
        website_id: Option<WebsiteId>,
    ) -> Result<(), UploadError> {
        let values = || self.header_values(Self::CLIENT_KEY);
        if values().all(is_blank) {
            return Err(UploadError::empty_client_key());
        }
        let key = agreed(values(), ClientKey::parse).map_err(|invalid| {
            UploadError::new(ErrorCode::InvalidClientKey, invalid.to_string())
        })?;
        match website_id {
            Some(website_id) if !who.accepts(website_id, &key).map_err(cannot_decide)? => {
                let reason = format!("webApiClientKey is refused for website {website_id}");
                Err(UploadError::new(ErrorCode::InvalidClientKey, reason).refused())
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn checked_user_id(&self) -> Result<UserId, UploadError> {
        self.parameter(Self::USER_ID)
            .and_then(|values| agreed(values.into_iter(), UserId::parse))
            .map_err(|invalid| UploadError::new(ErrorCode::InvalidUserId, invalid.to_string()))
    }

    fn checked_dpi(&self) -> Result<Option<Dpi>, UploadError> {
        let given = || {
            let mut values = self.parameter(Self::DPI)?;
            values.retain(|value| !value.is_empty());
            if values.is_empty() {
                return Ok(None);
            }
            agreed(values.into_iter(), Dpi::parse).map(Some)
        };
        given().map_err(|invalid: InvalidField| {
            UploadError::new(ErrorCode::InvalidDpi, invalid.to_string())
        })
    }

    fn posted_file(&self) -> Result<PostedFile<'_>, UploadError> {
        let mut parts =
            self.form.iter().filter(|part| part.name.eq_ignore_ascii_case(Self::POSTED_FILE));
        let wrong = |reason| Err(UploadError::new(ErrorCode::InvalidFile, reason));
        let (part, more) = (parts.next(), parts.next());
        match part {
            None => wrong("postedFile is missing"),
            Some(_) if more.is_some() => wrong("there is more than one postedFile"),
            Some(part) if part.file_name.is_none() && part.content_type.is_none() => {
                wrong("postedFile has neither a file name nor a content type")
            }
            Some(part) if part.data.is_empty() => wrong("postedFile is empty"),
            Some(part) => Ok(PostedFile { file_name: part.file_name.as_deref(), data: &part.data }),
        }
    }

    /// A header's values without the blanks around them, which are not part of a field's value
    /// (RFC 9110, section 5.5).
    fn header_values(&self, name: &'static str) -> impl Iterator<Item = &str> {
        named(&self.headers, name).map(|value| value.trim_matches([' ', '\t']))
    }

    /// A parameter's values from the query and from the form's fields. Files are no fields.
    fn parameter(&self, name: &'static str) -> Result<Vec<&str>, InvalidField> {
        let fields = self
            .form
            .iter()
            .filter(|part| part.file_name.is_none() && part.name.eq_ignore_ascii_case(name))
            .map(|part| &*part.data);
        named(&self.query, name)
            .map(|value| &**value)
            .chain(fields)
            .map(|value| {
                str::from_utf8(value).map_err(|_| InvalidField::new("the field is not UTF-8"))
            })
            .collect()
    }
}

impl fmt::Debug for UploadRequest<'_> {
    /// Shows names only: values may be keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn names<V>(fields: &[(Cow<'_, str>, V)]) -> Vec<String> {
            fields.iter().map(|(name, _)| name.to_string()).collect()
        }
        f.debug_struct("UploadRequest")
            .field("headers", &names(&self.headers))
            .field("query", &names(&self.query))
            .field("form", &self.form)
            .finish()
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

/// A request whose fields are right. Of the file nothing is known but that it is there.
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

/// The file of a request: not empty, otherwise unchecked.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct PostedFile<'a> {
    /// The client's file name, if it gives one.
    pub file_name: Option<&'a str>,
    /// The file.
    pub data: &'a [u8],
}

impl fmt::Debug for PostedFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostedFile")
            .field("file_name", &self.file_name)
            .field("bytes", &self.data.len())
            .finish()
    }
}

fn named<'v, V>(
    fields: &'v [(Cow<'_, str>, V)],
    name: &'static str,
) -> impl Iterator<Item = &'v V> {
    fields.iter().filter(move |field| field.0.eq_ignore_ascii_case(name)).map(|field| &field.1)
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The one value that all of `texts` spell; none at all is parsed as an empty text.
fn agreed<'v, T: PartialEq>(
    mut texts: impl Iterator<Item = &'v str>,
    parse: impl Fn(&str) -> Result<T, InvalidField>,
) -> Result<T, InvalidField> {
    let value = parse(texts.next().unwrap_or_default())?;
    for text in texts {
        if parse(text)? != value {
            return Err(InvalidField::new("the field is given twice with different values"));
        }
    }
    Ok(value)
}

fn cannot_decide(error: AuthError) -> UploadError {
    UploadError::new(ErrorCode::ServerError, "the authenticator failed").with_source(error)
}
