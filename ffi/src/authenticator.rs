//! A host's own authenticator.

use std::ffi::{c_char, c_void};

use userimage_core::{AuthError, Authenticator, ClientKey, WebsiteId};

use crate::call_error::CallError;
use crate::callback_table::{CallbackTable, Destroy, UserData, adopt};
use crate::code::USERIMAGE_OK;
use crate::sink::{Answer, Question, Sink, invoke};
use crate::versioned_struct::input_struct;
use crate::website::website_number;

/// A host's own authenticator: it knows the websites and the keys that open them. The caller sets all bytes
/// to 0, struct_size to its sizeof, and what there is.
///
/// Both callbacks answer with userimage_sink_decide and return USERIMAGE_OK; or any other code if they
/// cannot decide now: the upload then fails with USERIMAGE_SERVER_ERROR, as without an answer. They are
/// called from any thread that uploads, from several at once, and may use the library. No C++ exception and
/// no longjmp may leave them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AuthenticatorTable {
    /// sizeof(userimage_authenticator)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The host's own, passed to each callback.
    pub user_data: *mut c_void,
    /// Called exactly once, from any thread, after the last use of the table; or NULL.
    pub destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    /// Decides whether there is such a website. Never NULL.
    pub knows: Option<
        unsafe extern "C" fn(user_data: *mut c_void, website_id: i32, sink: *const Sink) -> i32,
    >,
    /// Decides whether the key (visible ASCII, without a NUL at its end) opens the website. Compare it in
    /// constant time, and never log it. Never NULL.
    pub accepts: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            website_id: i32,
            key: *const c_char,
            key_len: usize,
            sink: *const Sink,
        ) -> i32,
    >,
}

input_struct!(AuthenticatorTable, "authenticator", 0, struct_size flags user_data destroy knows accepts);

impl CallbackTable for AuthenticatorTable {
    fn user_data(&self) -> (*mut c_void, Option<Destroy>) {
        (self.user_data, self.destroy)
    }
}

/// The host's authenticator as one of the core's.
#[derive(Debug)]
pub(crate) struct HostAuthenticator {
    knows: unsafe extern "C" fn(*mut c_void, i32, *const Sink) -> i32,
    accepts: unsafe extern "C" fn(*mut c_void, i32, *const c_char, usize, *const Sink) -> i32,
    user_data: UserData,
}

impl HostAuthenticator {
    /// # Safety
    ///
    /// As [`adopt`].
    pub(crate) unsafe fn adopt(
        table: *const AuthenticatorTable,
    ) -> Result<Option<Self>, CallError> {
        // SAFETY: the caller's promise is the same.
        let Some((table, user_data)) = (unsafe { adopt(table)? }) else { return Ok(None) };
        let knows = table.knows.ok_or_else(|| CallError::null("knows"))?;
        let accepts = table.accepts.ok_or_else(|| CallError::null("accepts"))?;
        Ok(Some(Self { knows, accepts, user_data }))
    }
}

fn decided(call: impl FnOnce(*const Sink) -> i32) -> Result<bool, AuthError> {
    let (code, answer) = invoke(Question::Decide, call);
    match answer {
        Ok(Some(Answer::Decided(yes))) if code == USERIMAGE_OK => Ok(yes),
        Ok(_) if code == USERIMAGE_OK => {
            Err(AuthError::new("the host's authenticator gave no answer"))
        }
        Ok(_) => Err(AuthError::new(format!("the host's authenticator failed with code {code}"))),
        Err(reason) => Err(AuthError::new(reason)),
    }
}

impl Authenticator for HostAuthenticator {
    fn knows(&self, website: WebsiteId) -> Result<bool, AuthError> {
        // SAFETY: the host keeps to the table's documentation.
        decided(|sink| unsafe { (self.knows)(self.user_data.get(), website_number(website), sink) })
    }

    fn accepts(&self, website: WebsiteId, key: &ClientKey) -> Result<bool, AuthError> {
        let key = key.expose();
        let (data, len) = (key.as_ptr().cast(), key.len());
        // SAFETY: the host keeps to the table's documentation.
        decided(|sink| unsafe {
            (self.accepts)(self.user_data.get(), website_number(website), data, len, sink)
        })
    }
}
