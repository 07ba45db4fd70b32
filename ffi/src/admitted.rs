//! An upload in two stages: the head of a request is checked before its body is read.

use std::sync::Arc;

use userimage_core::WebsiteId;

use crate::call_error::{CallError, Error};
use crate::getter;
use crate::guard::{guard, guard_free};
use crate::handle::{Handle, Owned, borrow, free_owned, give_owned, share};
use crate::image::Image;
use crate::one_call::OneCall;
use crate::output::Out;
use crate::request::Request;
use crate::uploader::Uploader;
use crate::versioned_struct::{VersionedStruct, view_struct};
use crate::website::website_number;

/// A request whose head is admitted, and whose form is still to come: read with userimage_admitted_get. It
/// is the caller's alone, outlives its uploader (it keeps the tables of the host), and is freed with
/// userimage_admitted_free, finished or not. One call at a time may use it.
#[derive(Debug)]
pub struct Admitted {
    uploader: Arc<Uploader>,
    website: WebsiteId,
    max_bytes: u64,
    /// `None` once it is finished.
    admitted: OneCall<Option<userimage_core::Admitted>>,
}

impl Handle for Admitted {
    type Ownership = Owned;
    const NAME: &'static str = "admitted";
}

/// An admitted request. The caller sets struct_size, userimage_admitted_get the rest.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AdmittedView {
    /// sizeof(userimage_admitted_view), set by the caller
    pub struct_size: u32,
    /// The website of the request.
    pub website_id: i32,
    /// The longest file that the website takes, in bytes.
    pub max_bytes: u64,
}

view_struct!(AdmittedView, "admitted_view", struct_size website_id max_bytes);

/// Checks the head of a request, its headers and query parameters, before its body is read: the website,
/// its key, and what the query already decides. Form parts of the request are ignored.
///
/// Ownership: request stays the caller's; *admitted is the caller's, to be freed with
/// userimage_admitted_free. Threads: any, several at once. Errors: the first failure in the protocol's
/// order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_admit(
    uploader: *const Uploader,
    request: *const Request,
    admitted: *mut *mut Admitted,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader and request, and an output that may be written or is
        // NULL.
        let (uploader, request, out) =
            unsafe { (share(uploader)?, borrow(request)?, Out::new(admitted, "admitted")?) };
        let request = request.read()?;
        let admitted = uploader.logged(|| uploader.core().admit(&request.head))?;
        out.write(give_owned(Admitted {
            website: admitted.website_id(),
            max_bytes: admitted.max_bytes(),
            admitted: OneCall::new(Some(admitted)),
            uploader,
        }));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Fills view with what was admitted.
///
/// Threads: any, several at once. Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_admitted_get(
    admitted: *const Admitted,
    view: *mut AdmittedView,
) -> i32 {
    // SAFETY: the caller passes a living admitted, and a view that may be written or is NULL.
    unsafe {
        getter::view(admitted, view, |admitted| AdmittedView {
            website_id: website_number(admitted.website),
            max_bytes: admitted.max_bytes,
            ..AdmittedView::zeroed()
        })
    }
}

/// Uploads what was admitted with the form parts of a request, whose headers and query parameters are
/// ignored. It can be done once; admitted must be freed anyway.
///
/// Ownership: form stays the caller's; *image is the caller's, to be freed with userimage_image_free.
/// Threads: one at a time. Errors: the first failure in the protocol's order; USERIMAGE_INVALID_ARGUMENT
/// the second time, or if another call is using admitted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_admitted_finish(
    admitted: *mut Admitted,
    form: *const Request,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living admitted and form, and an output that may be written or is
        // NULL.
        let (admitted, form, out) =
            unsafe { (borrow(admitted)?, borrow(form)?, Out::new(image, "image")?) };
        let (cancellation, form) = (form.cancellation(), form.read()?);
        // It is neither locked nor borrowed while the host's callbacks run: they may free it.
        let uploader = Arc::clone(&admitted.uploader);
        let admitted = admitted.admitted.lock(Admitted::NAME)?.take();
        let admitted =
            admitted.ok_or_else(|| CallError::argument(Admitted::NAME, "is finished"))?;
        let admitted = admitted.with_cancellation(cancellation.unwrap_or_default());
        let stored = uploader.logged(|| admitted.finish(&form.form))?;
        out.write(give_owned(Image::new(stored)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Frees an admitted request, finished or not; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_admitted_free(admitted: *mut Admitted) {
    // SAFETY: the caller gives its admitted request up.
    guard_free(|| unsafe { free_owned(admitted) });
}
