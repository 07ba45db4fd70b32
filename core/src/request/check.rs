//! The checks of a request's fields. Their order is decided here and nowhere else.
//!
//! A head is checked first: website, key, and what the query already decides. Then the form: user,
//! DPI, file. The first failure is the answer.

use super::fields::{FieldError, agreed};
use super::form::{FormPart, PostedFile};
use super::head::UploadHead;
use crate::auth::{AuthError, Authenticator};
use crate::error::{ErrorKind, UploadError};
use crate::field::{ClientKey, Dpi, UserId, WebsiteId};

/// What the form adds to an admitted head.
pub(crate) struct CheckedForm<'a> {
    pub(crate) user_id: UserId,
    pub(crate) dpi: Option<Dpi>,
    pub(crate) file: PostedFile<'a>,
}

/// Checks website and key, and asks `who`.
pub(crate) fn authenticate(
    head: &UploadHead<'_>,
    who: &dyn Authenticator,
) -> Result<WebsiteId, UploadError> {
    let website_id = website_id(head, who)?;
    client_key(head, who, Some(website_id))?;
    Ok(website_id)
}

/// Checks a head: website, key, and the user and DPI of a query that has a user. A form can add to
/// those, but cannot make them valid again.
pub(crate) fn admit(
    head: &UploadHead<'_>,
    who: &dyn Authenticator,
) -> Result<WebsiteId, UploadError> {
    let website_id = authenticate(head, who)?;
    if head.query_values(UploadHead::USER_ID).next().is_some() {
        parameters(head, &[])?;
    }
    Ok(website_id)
}

/// Checks the user and the DPI of query and form.
pub(crate) fn parameters(
    head: &UploadHead<'_>,
    form: &[FormPart<'_>],
) -> Result<(UserId, Option<Dpi>), UploadError> {
    Ok((user_id(head, form)?, dpi(head, form)?))
}

/// Checks what the form adds to an admitted head.
pub(crate) fn form<'f>(
    head: &UploadHead<'_>,
    form: &'f [FormPart<'_>],
) -> Result<CheckedForm<'f>, UploadError> {
    let (user_id, dpi) = parameters(head, form)?;
    Ok(CheckedForm { user_id, dpi, file: posted_file(form)? })
}

/// Every failure of the fields, at most one a field, in the order of the checks. Where the website
/// is wrong, `who` is not asked about its key.
pub(crate) fn all(
    head: &UploadHead<'_>,
    form: &[FormPart<'_>],
    who: &dyn Authenticator,
) -> Vec<UploadError> {
    let website_id = website_id(head, who);
    let key = client_key(head, who, website_id.as_ref().ok().copied());
    [
        website_id.err(),
        key.err(),
        user_id(head, form).err(),
        dpi(head, form).err(),
        posted_file(form).err(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The website that a head names, for the log. It is not checked.
#[cfg(feature = "rendition")]
pub(crate) fn claimed_website(head: &UploadHead<'_>) -> Option<WebsiteId> {
    agreed(head.header_values(UploadHead::WEBSITE_ID), WebsiteId::parse).ok()
}

fn website_id(head: &UploadHead<'_>, who: &dyn Authenticator) -> Result<WebsiteId, UploadError> {
    let kinds = Kinds {
        field: UploadHead::WEBSITE_ID,
        missing: ErrorKind::MissingWebsiteId,
        malformed: ErrorKind::MalformedWebsiteId,
        conflicting: ErrorKind::ConflictingWebsiteId,
    };
    let website_id = agreed(head.header_values(UploadHead::WEBSITE_ID), WebsiteId::parse)
        .map_err(|error| kinds.upload_error(&error))?;
    if who.knows(website_id).map_err(cannot_decide)? {
        Ok(website_id)
    } else {
        let reason = format!("website {website_id} is not known");
        Err(UploadError::new(ErrorKind::UnknownWebsite, reason))
    }
}

fn client_key(
    head: &UploadHead<'_>,
    who: &dyn Authenticator,
    website_id: Option<WebsiteId>,
) -> Result<(), UploadError> {
    let kinds = Kinds {
        field: UploadHead::CLIENT_KEY,
        missing: ErrorKind::MissingClientKey,
        malformed: ErrorKind::MalformedClientKey,
        conflicting: ErrorKind::ConflictingClientKey,
    };
    let key = agreed(head.header_values(UploadHead::CLIENT_KEY), ClientKey::parse)
        .map_err(|error| kinds.upload_error(&error))?;
    match website_id {
        Some(website_id) if !who.accepts(website_id, &key).map_err(cannot_decide)? => {
            let reason = format!("webApiClientKey is refused for website {website_id}");
            Err(UploadError::new(ErrorKind::RefusedClientKey, reason))
        }
        _ => Ok(()),
    }
}

pub(crate) fn user_id(head: &UploadHead<'_>, form: &[FormPart<'_>]) -> Result<UserId, UploadError> {
    let kinds = Kinds {
        field: UploadHead::USER_ID,
        missing: ErrorKind::MissingUserId,
        malformed: ErrorKind::MalformedUserId,
        conflicting: ErrorKind::ConflictingUserId,
    };
    agreed(parameter(head, form, UploadHead::USER_ID), UserId::parse)
        .map_err(|error| kinds.upload_error(&error))
}

/// The DPI of query and form; an empty value is the same as none.
fn dpi(head: &UploadHead<'_>, form: &[FormPart<'_>]) -> Result<Option<Dpi>, UploadError> {
    let kinds = Kinds {
        field: UploadHead::DPI,
        // Blanks are not empty, and not a number.
        missing: ErrorKind::MalformedDpi,
        malformed: ErrorKind::MalformedDpi,
        conflicting: ErrorKind::ConflictingDpi,
    };
    let given = parameter(head, form, UploadHead::DPI).filter(|value| !value.is_empty());
    if given.clone().next().is_none() {
        return Ok(None);
    }
    agreed(given, Dpi::parse).map(Some).map_err(|error| kinds.upload_error(&error))
}

fn posted_file<'f>(form: &'f [FormPart<'_>]) -> Result<PostedFile<'f>, UploadError> {
    let mut parts =
        form.iter().filter(|part| part.name.eq_ignore_ascii_case(FormPart::POSTED_FILE));
    let wrong = |kind, reason| Err(UploadError::new(kind, reason));
    let (part, more) = (parts.next(), parts.next());
    match part {
        None => wrong(ErrorKind::MissingFile, "postedFile is missing"),
        Some(_) if more.is_some() => {
            wrong(ErrorKind::RepeatedFile, "there is more than one postedFile")
        }
        Some(part) if part.file_name.is_none() && part.content_type.is_none() => {
            wrong(ErrorKind::UnnamedFile, "postedFile has neither a file name nor a content type")
        }
        Some(part) if part.data.is_empty() => wrong(ErrorKind::EmptyFile, "postedFile is empty"),
        Some(part) => Ok(part.posted_file()),
    }
}

/// A parameter's values from the query and from the form's fields. A file is not a field.
fn parameter<'v>(
    head: &'v UploadHead<'_>,
    form: &'v [FormPart<'_>],
    name: &'static str,
) -> impl Iterator<Item = &'v [u8]> + Clone {
    let fields = form
        .iter()
        .filter(move |part| part.file_name.is_none() && part.name.eq_ignore_ascii_case(name))
        .map(|part| &*part.data);
    head.query_values(name).chain(fields)
}

/// The kinds of error that a field's value can be.
struct Kinds {
    field: &'static str,
    missing: ErrorKind,
    malformed: ErrorKind,
    conflicting: ErrorKind,
}

impl Kinds {
    fn upload_error(&self, error: &FieldError) -> UploadError {
        let field = self.field;
        match error {
            FieldError::Missing => {
                UploadError::new(self.missing, format!("{field} is missing or blank"))
            }
            FieldError::Malformed(reason) => UploadError::new(self.malformed, *reason),
            FieldError::NotUtf8 => {
                UploadError::new(self.malformed, format!("{field} is not UTF-8"))
            }
            FieldError::Conflicting => UploadError::new(
                self.conflicting,
                format!("{field} is given twice with different values"),
            ),
        }
    }
}

fn cannot_decide(error: AuthError) -> UploadError {
    UploadError::new(ErrorKind::AuthenticatorFailed, "the authenticator failed").with_source(error)
}
