//! What EXIF states about how a picture was taken.

use std::ffi::c_char;

use userimage_core::probe::{ExifDetails, exif_details};

use crate::call_error::{CallError, Error};
use crate::getter;
use crate::guard::{guard, guard_free};
use crate::handle::{Handle, Owned, free_owned, give_owned};
use crate::input::bytes;
use crate::output::{Out, optional_text};
use crate::versioned_struct::{VersionedStruct, view_struct};

/// What EXIF states about how a picture was taken: read with userimage_exif_get. It is the caller's
/// alone, belongs to no other handle, and is freed with userimage_exif_free. Several threads may read it at
/// once.
#[derive(Debug)]
pub struct Exif(ExifDetails);

impl Handle for Exif {
    type Ownership = Owned;
    const NAME: &'static str = "exif";
}

/// For userimage_exif_view: make is there.
pub const USERIMAGE_EXIF_HAS_MAKE: u32 = 1;
/// model is there.
pub const USERIMAGE_EXIF_HAS_MODEL: u32 = 2;
/// lens is there.
pub const USERIMAGE_EXIF_HAS_LENS: u32 = 4;
/// software is there.
pub const USERIMAGE_EXIF_HAS_SOFTWARE: u32 = 8;
/// time is there.
pub const USERIMAGE_EXIF_HAS_TIME: u32 = 16;

/// What EXIF states about how a picture was taken. The caller sets struct_size, userimage_exif_get the
/// rest. What is missing is NULL, and its bit in has is 0. Texts are the camera's, trimmed, and live as long
/// as the exif.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ExifView {
    /// sizeof(userimage_exif_view), set by the caller
    pub struct_size: u32,
    /// What is there: USERIMAGE_EXIF_HAS_...
    pub has: u32,
    /// The camera's manufacturer.
    pub make: *const c_char,
    /// Its length in bytes, here and below.
    pub make_len: usize,
    /// The camera's model.
    pub model: *const c_char,
    pub model_len: usize,
    /// The lens.
    pub lens: *const c_char,
    pub lens_len: usize,
    /// The software that wrote the file.
    pub software: *const c_char,
    pub software_len: usize,
    /// When the picture was taken, else when the file was changed: "YYYY:MM:DD HH:MM:SS", in the camera's
    /// time zone.
    pub time: *const c_char,
    pub time_len: usize,
    /// 1 if the file states where the picture was taken, else 0.
    pub has_position: u32,
}

view_struct!(ExifView, "exif_view", struct_size has make make_len model model_len lens lens_len software
    software_len time time_len has_position);

impl Exif {
    fn view(&self) -> ExifView {
        let exif = &self.0;
        let mut view = ExifView::zeroed();
        for (there, bit) in [
            (exif.make.is_some(), USERIMAGE_EXIF_HAS_MAKE),
            (exif.model.is_some(), USERIMAGE_EXIF_HAS_MODEL),
            (exif.lens.is_some(), USERIMAGE_EXIF_HAS_LENS),
            (exif.software.is_some(), USERIMAGE_EXIF_HAS_SOFTWARE),
            (exif.time.is_some(), USERIMAGE_EXIF_HAS_TIME),
        ] {
            view.has |= if there { bit } else { 0 };
        }
        (view.make, view.make_len) = optional_text(exif.make.as_deref());
        (view.model, view.model_len) = optional_text(exif.model.as_deref());
        (view.lens, view.lens_len) = optional_text(exif.lens.as_deref());
        (view.software, view.software_len) = optional_text(exif.software.as_deref());
        (view.time, view.time_len) = optional_text(exif.time.as_deref());
        view.has_position = exif.has_position.into();
        view
    }
}

/// Reads the EXIF block of a file, or the first directories of a TIFF.
///
/// Ownership: data stays the caller's and is not used after the call; *exif is the caller's, to be
/// freed with userimage_exif_free. Threads: any, several at once. Errors: USERIMAGE_ABSENT if there is no
/// EXIF block that parses, whatever the file is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_details(
    data: *const u8,
    data_len: usize,
    exif: *mut *mut Exif,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes `data_len` bytes, and an output that may be written or is NULL.
        let (data, out) = unsafe { (bytes(data, data_len, "data")?, Out::new(exif, "exif")?) };
        let details = exif_details(data.unwrap_or_default());
        let details =
            details.ok_or_else(|| CallError::absent("there is no EXIF block that parses"))?;
        out.write(give_owned(Exif(details)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Fills view with what EXIF states.
///
/// Ownership: what view points to lives as long as the exif. Threads: any, several at once. Errors:
/// misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_get(exif: *const Exif, view: *mut ExifView) -> i32 {
    // SAFETY: the caller passes a living exif, and a view that may be written or is NULL.
    unsafe { getter::view(exif, view, Exif::view) }
}

/// Frees an exif; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_free(exif: *mut Exif) {
    // SAFETY: the caller gives its exif up.
    guard_free(|| unsafe { free_owned(exif) });
}
