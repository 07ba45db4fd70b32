//! An authenticator of the host's own.

use std::ffi::{c_char, c_void};

use userimage_core::{AuthError, Authenticator, ClientKey, WebsiteId};

use crate::code::USERIMAGE_OK;
use crate::error::Fault;
use crate::input::Struct;
use crate::record::website_number;
use crate::sink::{Answer, Kind, Sink, asked};
use crate::table::{RawUserData, Table, UserData, take};

/// An authenticator of the host's own: it tells which websites there are and which keys open them. The
/// caller fills it: all of it with zeros, struct_size with sizeof, then what there is.
///
/// Both callbacks answer with userimage_sink_decide and return USERIMAGE_OK, or any other code when
/// it cannot be told now: the upload then fails with USERIMAGE_SERVER_ERROR. No answer lets nobody in.
/// They are called from any thread that uploads, from several at once, and may use the library.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AuthenticatorTable {
    /// sizeof(userimage_authenticator)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The host's own, handed to each callback.
    pub user_data: *mut c_void,
    /// Called exactly once, from any thread, when the table is not used any more; or NULL.
    pub destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    /// Whether there is such a website. Never NULL.
    pub knows: Option<
        unsafe extern "C" fn(user_data: *mut c_void, website_id: i32, sink: *const Sink) -> i32,
    >,
    /// Whether the key (visible ASCII, without a NUL at its end) opens the website. It is not to be
    /// logged, and to be compared in constant time. Never NULL.
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

// SAFETY: repr(C), two u32 first and then pointers, which may be 0 and have no padding.
unsafe impl Struct for AuthenticatorTable {
    const NAME: &'static str = "authenticator";
    const FIRST_SIZE: usize = size_of::<Self>();

    fn flags(&self) -> u32 {
        self.flags
    }
}

impl Table for AuthenticatorTable {
    fn user_data(&self) -> RawUserData {
        (self.user_data, self.destroy)
    }
}

/// The host's authenticator as the core knows one.
#[derive(Debug)]
pub(crate) struct HostAuthenticator {
    knows: unsafe extern "C" fn(*mut c_void, i32, *const Sink) -> i32,
    accepts: unsafe extern "C" fn(*mut c_void, i32, *const c_char, usize, *const Sink) -> i32,
    user_data: UserData,
}

impl HostAuthenticator {
    /// # Safety
    ///
    /// As [`take`].
    pub(crate) unsafe fn take(table: *const AuthenticatorTable) -> Result<Option<Self>, Fault> {
        // SAFETY: the caller's promise is the same.
        let Some((table, user_data)) = (unsafe { take(table)? }) else { return Ok(None) };
        let knows = table.knows.ok_or_else(|| Fault::null("knows"))?;
        let accepts = table.accepts.ok_or_else(|| Fault::null("accepts"))?;
        Ok(Some(Self { knows, accepts, user_data }))
    }
}

fn decided(call: impl FnOnce(*const Sink) -> i32) -> Result<bool, AuthError> {
    let (code, answer) = asked(Kind::Decide, call);
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
        // SAFETY: the host's promise in the table's documentation.
        decided(|sink| unsafe { (self.knows)(self.user_data.get(), website_number(website), sink) })
    }

    fn accepts(&self, website: WebsiteId, key: &ClientKey) -> Result<bool, AuthError> {
        let key = key.expose();
        let (data, len) = (key.as_ptr().cast(), key.len());
        // SAFETY: the host's promise in the table's documentation.
        decided(|sink| unsafe {
            (self.accepts)(self.user_data.get(), website_number(website), data, len, sink)
        })
    }
}
