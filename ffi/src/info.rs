//! The probe: what a file is, from its header alone.

use std::ffi::c_char;

use userimage_core::{ImageInfo, PrintSize, count_frames, probe, probe_path};

use crate::boundary::{enter, release};
use crate::error::Error;
use crate::getter::{pair, size, text, value};
use crate::handle::{Handle, Owned, free_owned, give_owned};
use crate::input::{Out, bytes, required_text};

/// What a file's header tells. It is the caller's alone, belongs to no other handle, and is freed with
/// userimage_info_free. Several threads may read it at once. Texts live as long as the process.
#[derive(Debug)]
pub struct Info(ImageInfo);

impl Handle for Info {
    type Ownership = Owned;
    const NAME: &'static str = "info";
}

/// Tells what a file is: format, size, orientation, DPI. Nothing is decoded and nothing is kept.
///
/// Ownership: data stays the caller's and is not used after the call; *info is the caller's, to be
/// freed with userimage_info_free. Thread safety: any thread, any number at once. Errors:
/// USERIMAGE_INVALID_FILE when it is no known format or its header is cut or malformed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_probe(
    data: *const u8,
    data_len: usize,
    info: *mut *mut Info,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over `data_len` bytes, and a place that may be written or NULL.
        let (data, out) = unsafe { (bytes(data, data_len, "data")?, Out::new(info, "info")?) };
        out.write(give_owned(Info(probe(data.unwrap_or_default())?)));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// As userimage_probe, for the file at path (UTF-8 on every system; need not end with NUL). It reads no
/// more than the header needs.
///
/// Errors: as userimage_probe, and USERIMAGE_IO when the file cannot be read or is no regular file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_probe_path(
    path: *const c_char,
    path_len: usize,
    info: *mut *mut Info,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over `path_len` bytes, and a place that may be written or NULL.
        let (path, out) =
            unsafe { (required_text(path, path_len, "path")?, Out::new(info, "info")?) };
        out.write(give_owned(Info(probe_path(path)?)));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// The format's name in configurations, such as "jpeg".
///
/// Thread safety: an info may be read by several threads at once, here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_format(
    info: *const Info,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: the caller hands over a living info, and places that may be written or NULL.
    unsafe { text(info, data, len, |info| Some(info.0.format.name())) }
}

/// The MIME type, such as "image/jpeg".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_mime_type(
    info: *const Info,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { text(info, data, len, |info| Some(info.0.format.mime_type())) }
}

/// The extension with its dot, such as ".jpg".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_extension(
    info: *const Info,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { text(info, data, len, |info| Some(info.0.format.extension())) }
}

/// Width and height in pixels as a person sees the picture: after orientation. USERIMAGE_ABSENT where
/// the file tells none (PDF, SVG without sizes).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_size(
    info: *const Info,
    width: *mut u32,
    height: *mut u32,
) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { size(info, (width, height), |info| info.0.size()) }
}

/// Width and height in pixels as stored: before orientation. USERIMAGE_ABSENT where the file tells none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_stored_size(
    info: *const Info,
    width: *mut u32,
    height: *mut u32,
) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { size(info, (width, height), |info| info.0.stored_size) }
}

/// How the picture must be turned to stand upright: EXIF's number, 1 to 8; 1 is as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_orientation(
    info: *const Info,
    orientation: *mut u32,
) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { value(info, orientation, |info| Some(info.0.orientation.to_exif().into())) }
}

/// The file's own dots per inch, across and down, as stored. USERIMAGE_ABSENT where it tells none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_dpi(info: *const Info, x: *mut f64, y: *mut f64) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { pair(info, (x, y), |info| info.0.stored_dpi.map(|density| (density.x, density.y))) }
}

/// As userimage_info_dpi, across and down as a person sees the picture: after orientation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_displayed_dpi(
    info: *const Info,
    x: *mut f64,
    y: *mut f64,
) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { pair(info, (x, y), |info| info.0.dpi().map(|density| (density.x, density.y))) }
}

/// How large the picture prints at the file's own DPI: inches across and down, as a person sees it.
/// USERIMAGE_ABSENT where the file tells no pixels or no DPI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_print_size(
    info: *const Info,
    width_inches: *mut f64,
    height_inches: *mut f64,
) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { pair(info, (width_inches, height_inches), |info| info.0.print_size(None).map(inches)) }
}

/// The largest print that keeps min_dpi dots per inch, whatever the file's own: inches across and down,
/// as a person sees it. USERIMAGE_ABSENT where the file tells no pixels, or min_dpi is not above 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_largest_print(
    info: *const Info,
    min_dpi: f64,
    width_inches: *mut f64,
    height_inches: *mut f64,
) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe {
        pair(info, (width_inches, height_inches), |info| info.0.largest_print(min_dpi).map(inches))
    }
}

/// The part of the file that tells its DPI: "exif", "jfif", "8bim", "phys", "bmp", "jp2-capture",
/// "jp2-display". USERIMAGE_ABSENT where it tells none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_dpi_source(
    info: *const Info,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { text(info, data, len, |info| info.0.stored_dpi.map(|density| density.source.name())) }
}

/// What the colour channels are: "grey", "rgb", "cmyk", "palette", "lab", "devicen". USERIMAGE_ABSENT
/// where the header does not tell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_colour_model(
    info: *const Info,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { text(info, data, len, |info| info.0.colour.map(|colour| colour.model.name())) }
}

/// Bits of one colour channel, or of a palette's index. USERIMAGE_ABSENT where the header does not tell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_colour_bits(info: *const Info, bits: *mut u32) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { value(info, bits, |info| info.0.colour.map(|colour| colour.bits.into())) }
}

/// Whether there is transparency: 1 or 0. USERIMAGE_ABSENT where the header does not tell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_has_alpha(info: *const Info, yes: *mut i32) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { value(info, yes, |info| info.0.colour.map(|colour| colour.alpha.into())) }
}

/// Frames, pages or pictures. USERIMAGE_ABSENT where the header does not tell: see
/// userimage_count_frames.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_frames(info: *const Info, frames: *mut u32) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { value(info, frames, |info| info.0.frames) }
}

/// Whether an ICC profile is embedded: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_has_icc(info: *const Info, yes: *mut i32) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { value(info, yes, |info| Some(info.0.has_icc.into())) }
}

/// Whether there is an EXIF block that parses: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_has_exif(info: *const Info, yes: *mut i32) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { value(info, yes, |info| Some(info.0.has_exif.into())) }
}

/// Whether there is an XMP packet: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_has_xmp(info: *const Info, yes: *mut i32) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { value(info, yes, |info| Some(info.0.has_xmp.into())) }
}

/// Whether EXIF tells where the picture was taken: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_has_gps(info: *const Info, yes: *mut i32) -> i32 {
    // SAFETY: as for userimage_info_format.
    unsafe { value(info, yes, |info| Some(info.0.has_gps.into())) }
}

/// Counts the frames, pages or pictures of a file, where only a walk over all of it tells. Nothing is
/// decoded. It looks no further than one above limit, so that a host can refuse what has more.
///
/// Ownership: data stays the caller's and is not used after the call. Thread safety: any thread, any
/// number at once. Errors: as userimage_probe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_count_frames(
    data: *const u8,
    data_len: usize,
    limit: u32,
    frames: *mut u32,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over `data_len` bytes, and a place that may be written or NULL.
        let (data, out) = unsafe { (bytes(data, data_len, "data")?, Out::new(frames, "frames")?) };
        let data = data.unwrap_or_default();
        out.write(count_frames(data, probe(data)?.format, limit));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Frees an info; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_free(info: *mut Info) {
    // SAFETY: the caller gives its info up.
    release(|| unsafe { free_owned(info) });
}

fn inches(print: PrintSize) -> (f64, f64) {
    (print.width_inches, print.height_inches)
}
