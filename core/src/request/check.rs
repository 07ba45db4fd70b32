//! The checks of a request's fields. Their order is decided here and nowhere else.
//!
//! A head is checked first: website, key, and what the query already decides. Then the form: user,
//! DPI, file. The first failure is the answer.

use super::fields::{FieldError, agreed};
use super::form::{FormPart, PostedFile};
use super::head::UploadHead;
use crate::auth::{AuthError, Authenticator};
use crate::error::{ErrorKind, UploadError};
use crate::field::{ClientKey, Dpi, InvalidField, UserId, WebsiteId};

/// The checked fields of a form.
pub(crate) struct CheckedForm<'a> {
    pub(crate) user_id: UserId,
    pub(crate) dpi: Option<Dpi>,
    pub(crate) file: PostedFile<'a>,
}

/// Parses the website's id. Whether the website exists is not checked.
pub(crate) fn website_id(head: &UploadHead<'_>) -> Result<WebsiteId, UploadError> {
    WEBSITE_ID.value(head.header_values(WEBSITE_ID.name), WebsiteId::parse)
}

/// Checks that `who` knows the website and accepts the key.
pub(crate) fn authenticate(
    head: &UploadHead<'_>,
    website_id: WebsiteId,
    who: &dyn Authenticator,
) -> Result<(), UploadError> {
    known_website(website_id, who)?;
    accepted_key(website_id, &client_key(head)?, who)
}

/// Checks a head whose website is parsed: website, key, and the user and DPI of a query that has a
/// user. A form can add to those, but cannot make them valid again.
pub(crate) fn admit(
    head: &UploadHead<'_>,
    website_id: WebsiteId,
    who: &dyn Authenticator,
) -> Result<(), UploadError> {
    authenticate(head, website_id, who)?;
    if head.query_values(USER_ID.name).next().is_some() {
        parameters(head, &[])?;
    }
    Ok(())
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
    let website_id = website_id(head).and_then(|id| known_website(id, who).map(|()| id));
    let key = client_key(head).and_then(|key| match website_id {
        Ok(website_id) => accepted_key(website_id, &key, who),
        Err(_) => Ok(()),
    });
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

fn known_website(website_id: WebsiteId, who: &dyn Authenticator) -> Result<(), UploadError> {
    if who.knows(website_id).map_err(cannot_decide)? {
        return Ok(());
    }
    let reason = format!("website {website_id} is not known");
    Err(UploadError::new(ErrorKind::UnknownWebsite, reason))
}

fn client_key(head: &UploadHead<'_>) -> Result<ClientKey, UploadError> {
    CLIENT_KEY.value(head.header_values(CLIENT_KEY.name), ClientKey::parse)
}

fn accepted_key(
    website_id: WebsiteId,
    key: &ClientKey,
    who: &dyn Authenticator,
) -> Result<(), UploadError> {
    if who.accepts(website_id, key).map_err(cannot_decide)? {
        return Ok(());
    }
    let reason = format!("webApiClientKey is refused for website {website_id}");
    Err(UploadError::new(ErrorKind::RefusedClientKey, reason))
}

pub(crate) fn user_id(head: &UploadHead<'_>, form: &[FormPart<'_>]) -> Result<UserId, UploadError> {
    USER_ID.value(parameter(head, form, USER_ID.name), UserId::parse)
}

impl UserId {
    /// Checks the bytes of a request's `userId`.
    ///
    /// # Errors
    ///
    /// The error of an upload with this value: [`ErrorKind::MissingUserId`] when it is blank,
    /// [`ErrorKind::MalformedUserId`] when it is not UTF-8, too long or has control characters.
    pub fn from_request(value: &[u8]) -> Result<Self, UploadError> {
        USER_ID.value(std::iter::once(value), Self::parse)
    }
}

/// The DPI of query and form; an empty value is the same as none.
fn dpi(head: &UploadHead<'_>, form: &[FormPart<'_>]) -> Result<Option<Dpi>, UploadError> {
    let given = parameter(head, form, DPI.name).filter(|value| !value.is_empty());
    if given.clone().next().is_none() {
        return Ok(None);
    }
    DPI.value(given, Dpi::parse).map(Some)
}

fn posted_file<'f>(form: &'f [FormPart<'_>]) -> Result<PostedFile<'f>, UploadError> {
    let named = |part: &&FormPart<'_>| part.name.eq_ignore_ascii_case(FormPart::POSTED_FILE);
    let posted = || form.iter().filter(named);
    // A browser sends an empty part for each file input in which no file is chosen.
    let mut chosen = posted().filter(|part| !part.data.is_empty());
    let wrong = |kind, reason| Err(UploadError::new(kind, reason));
    let (part, more) = (chosen.next(), chosen.next());
    match part.or_else(|| posted().next()) {
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

/// A field: its name, and the kinds of error that its value can be.
struct Field {
    name: &'static str,
    missing: ErrorKind,
    malformed: ErrorKind,
    conflicting: ErrorKind,
}

const WEBSITE_ID: Field = Field {
    name: UploadHead::WEBSITE_ID,
    missing: ErrorKind::MissingWebsiteId,
    malformed: ErrorKind::MalformedWebsiteId,
    conflicting: ErrorKind::ConflictingWebsiteId,
};

const CLIENT_KEY: Field = Field {
    name: UploadHead::CLIENT_KEY,
    missing: ErrorKind::MissingClientKey,
    malformed: ErrorKind::MalformedClientKey,
    conflicting: ErrorKind::ConflictingClientKey,
};

const USER_ID: Field = Field {
    name: UploadHead::USER_ID,
    missing: ErrorKind::MissingUserId,
    malformed: ErrorKind::MalformedUserId,
    conflicting: ErrorKind::ConflictingUserId,
};

const DPI: Field = Field {
    name: UploadHead::DPI,
    // Blanks are not empty, and not a number.
    missing: ErrorKind::MalformedDpi,
    malformed: ErrorKind::MalformedDpi,
    conflicting: ErrorKind::ConflictingDpi,
};

impl Field {
    /// The one value that all of `values` spell.
    fn value<'v, T: PartialEq>(
        &self,
        values: impl Iterator<Item = &'v [u8]> + Clone,
        parse: impl Fn(&str) -> Result<T, InvalidField>,
    ) -> Result<T, UploadError> {
        let name = self.name;
        agreed(values, parse).map_err(|error| match error {
            FieldError::Missing => {
                UploadError::new(self.missing, format!("{name} is missing or blank"))
            }
            FieldError::Malformed(reason) => UploadError::new(self.malformed, reason),
            FieldError::NotUtf8 => UploadError::new(self.malformed, format!("{name} is not UTF-8")),
            FieldError::Conflicting => UploadError::new(
                self.conflicting,
                format!("{name} is given twice with different values"),
            ),
        })
    }
}

fn cannot_decide(error: AuthError) -> UploadError {
    UploadError::new(ErrorKind::AuthenticatorFailed, "the authenticator failed").with_source(error)
}
