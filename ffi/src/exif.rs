//! What EXIF tells of how a picture was made.

use std::ffi::c_char;

use userimage_core::probe::{ExifDetails, exif_details};

use crate::boundary::{enter, release};
use crate::error::{Error, Fault};
use crate::getter::{text, value};
use crate::handle::{Handle, Owned, free_owned, give_owned};
use crate::input::{Out, bytes};

/// What EXIF tells of how a picture was made. It is the caller's alone, belongs to no other handle, and
/// is freed with userimage_exif_free. Several threads may read it at once. Its texts are as the camera
/// wrote them, trimmed, and live as long.
#[derive(Debug)]
pub struct Exif(ExifDetails);

impl Handle for Exif {
    type Ownership = Owned;
    const NAME: &'static str = "exif";
}

/// Reads the EXIF block of a file, or a TIFF's first directories.
///
/// Ownership: data stays the caller's and is not used after the call; *exif is the caller's, to be
/// freed with userimage_exif_free. Thread safety: any thread, any number at once. Errors:
/// USERIMAGE_ABSENT when there is no EXIF block that parses, whatever the file is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_read(
    data: *const u8,
    data_len: usize,
    exif: *mut *mut Exif,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over `data_len` bytes, and a place that may be written or NULL.
        let (data, out) = unsafe { (bytes(data, data_len, "data")?, Out::new(exif, "exif")?) };
        let details = exif_details(data.unwrap_or_default());
        let details = details.ok_or_else(|| Fault::absent("there is no EXIF block that parses"))?;
        out.write(give_owned(Exif(details)));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Who made the camera. USERIMAGE_ABSENT where it is not told, here and below.
///
/// Thread safety: an exif may be read by several threads at once, here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_make(
    exif: *const Exif,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: the caller hands over a living exif, and places that may be written or NULL.
    unsafe { text(exif, data, len, |exif| exif.0.make.as_deref()) }
}

/// Which camera.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_model(
    exif: *const Exif,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_exif_make.
    unsafe { text(exif, data, len, |exif| exif.0.model.as_deref()) }
}

/// Which lens.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_lens(
    exif: *const Exif,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_exif_make.
    unsafe { text(exif, data, len, |exif| exif.0.lens.as_deref()) }
}

/// What wrote the file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_software(
    exif: *const Exif,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_exif_make.
    unsafe { text(exif, data, len, |exif| exif.0.software.as_deref()) }
}

/// When the picture was taken, else when the file was changed: "YYYY:MM:DD HH:MM:SS", in the camera's
/// own time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_time(
    exif: *const Exif,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_exif_make.
    unsafe { text(exif, data, len, |exif| exif.0.time.as_deref()) }
}

/// Whether the file tells where the picture was taken: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_has_position(exif: *const Exif, yes: *mut i32) -> i32 {
    // SAFETY: as for userimage_exif_make.
    unsafe { value(exif, yes, |exif| Some(exif.0.has_position.into())) }
}

/// Frees an exif; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_exif_free(exif: *mut Exif) {
    // SAFETY: the caller gives its exif up.
    release(|| unsafe { free_owned(exif) });
}
