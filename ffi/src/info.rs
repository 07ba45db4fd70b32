//! The probe: what a file is, from its header alone.

use std::ffi::c_char;
use std::sync::OnceLock;

use userimage_core::probe::{DpiSource, ImageInfo, count_frames, probe, probe_path, probe_reader};

use crate::call_error::{CallError, Error};
use crate::getter::{self, text};
use crate::guard::{guard, guard_free, guard_getter};
use crate::handle::{Handle, Owned, borrow, free_owned, give_owned};
use crate::input::{bytes, host_text};
use crate::output::{self, Out};
use crate::reader::{HostReader, Reader};
use crate::versioned_struct::{VersionedStruct, view_struct};

/// What a file's header says: read with userimage_info_get. It is the caller's alone, belongs to no other
/// handle, and is freed with userimage_info_free. Several threads may read it at once.
#[derive(Debug)]
pub struct Info {
    info: ImageInfo,
    json: OnceLock<String>,
}

impl Handle for Info {
    type Ownership = Owned;
    const NAME: &'static str = "info";
}

/// For userimage_info_view: width, height, stored_width and stored_height are known. A PDF without pages has none, nor
/// has an SVG without a size.
pub const USERIMAGE_INFO_HAS_SIZE: u32 = 1;
/// dpi_x, dpi_y, stored_dpi_x, stored_dpi_y and dpi_source are known.
pub const USERIMAGE_INFO_HAS_DPI: u32 = 2;
/// print_width_inches and print_height_inches are known: there are a size and a DPI.
pub const USERIMAGE_INFO_HAS_PRINT_SIZE: u32 = 4;
/// colour_model, colour_bits and has_alpha are known.
pub const USERIMAGE_INFO_HAS_COLOUR: u32 = 8;
/// frames is known from the header. Else see userimage_count_frames.
pub const USERIMAGE_INFO_HAS_FRAMES: u32 = 16;

/// What a file's header says. The caller sets struct_size, userimage_info_get the rest. A fact that the
/// header does not state is 0 or NULL, and its bit in has is 0. Texts live as long as the info.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct InfoView {
    /// sizeof(userimage_info_view), set by the caller
    pub struct_size: u32,
    /// Which of the facts that may be missing are known: USERIMAGE_INFO_HAS_...
    pub has: u32,
    /// The file's own dots per inch, horizontal and vertical, as displayed: after orientation.
    pub dpi_x: f64,
    pub dpi_y: f64,
    /// The file's own dots per inch, horizontal and vertical, as stored: before orientation.
    pub stored_dpi_x: f64,
    pub stored_dpi_y: f64,
    /// The size of a print at the file's own dots per inch, in inches, as displayed.
    pub print_width_inches: f64,
    pub print_height_inches: f64,
    /// Width and height in pixels as displayed: after orientation.
    pub width: u32,
    pub height: u32,
    /// Width and height in pixels as stored: before orientation.
    pub stored_width: u32,
    pub stored_height: u32,
    /// EXIF's orientation, 1 to 8: how the stored pixels are turned or mirrored for display. 1: not at all.
    pub orientation: u32,
    /// The number of frames, pages or pictures.
    pub frames: u32,
    /// Bits of one colour channel, or of a palette's index.
    pub colour_bits: u32,
    /// 1 if there is transparency, else 0.
    pub has_alpha: u32,
    /// 1 if an ICC profile is embedded, else 0.
    pub has_icc: u32,
    /// 1 if there is an EXIF block that parses, else 0.
    pub has_exif: u32,
    /// 1 if there is an XMP packet, else 0.
    pub has_xmp: u32,
    /// 1 if EXIF states where the picture was taken, else 0.
    pub has_gps: u32,
    /// The format, found in the bytes: a name of userimage_format_get, such as "jpeg".
    pub format: *const c_char,
    /// Its length in bytes, here and below.
    pub format_len: usize,
    /// Such as "image/jpeg".
    pub mime_type: *const c_char,
    pub mime_type_len: usize,
    /// The extension with its dot, such as ".jpg".
    pub extension: *const c_char,
    pub extension_len: usize,
    /// The part of the file that states its DPI: "exif", "jfif", "8bim", "phys", "bmp", "jp2-capture" or
    /// "jp2-display".
    pub dpi_source: *const c_char,
    pub dpi_source_len: usize,
    /// What the colour channels are: "grey", "rgb", "cmyk", "palette", "lab" or "devicen".
    pub colour_model: *const c_char,
    pub colour_model_len: usize,
}

view_struct!(InfoView, "info_view", struct_size has dpi_x dpi_y stored_dpi_x stored_dpi_y
    print_width_inches print_height_inches width height stored_width stored_height orientation frames
    colour_bits has_alpha has_icc has_exif has_xmp has_gps format format_len mime_type mime_type_len
    extension extension_len dpi_source dpi_source_len colour_model colour_model_len);

impl Info {
    fn new(info: ImageInfo) -> Self {
        Self { info, json: OnceLock::new() }
    }

    fn view(&self) -> InfoView {
        let info = &self.info;
        let mut view = InfoView::zeroed();
        if let (Some(size), Some(stored)) = (info.size(), info.stored_size) {
            view.has |= USERIMAGE_INFO_HAS_SIZE;
            (view.width, view.height) = (size.width, size.height);
            (view.stored_width, view.stored_height) = (stored.width, stored.height);
        }
        if let (Some(dpi), Some(stored)) = (info.dpi(), info.stored_dpi) {
            view.has |= USERIMAGE_INFO_HAS_DPI;
            (view.dpi_x, view.dpi_y) = (dpi.x, dpi.y);
            (view.stored_dpi_x, view.stored_dpi_y) = (stored.x, stored.y);
            (view.dpi_source, view.dpi_source_len) =
                output::optional_text(info.dpi_source().map(DpiSource::name));
        }
        if let Some(print) = info.print_size() {
            view.has |= USERIMAGE_INFO_HAS_PRINT_SIZE;
            (view.print_width_inches, view.print_height_inches) =
                (print.width_inches, print.height_inches);
        }
        if let Some(colour) = info.colour {
            view.has |= USERIMAGE_INFO_HAS_COLOUR;
            (view.colour_model, view.colour_model_len) = output::text(colour.model.name());
            (view.colour_bits, view.has_alpha) = (colour.bits.into(), colour.alpha.into());
        }
        if let Some(frames) = info.frames {
            view.has |= USERIMAGE_INFO_HAS_FRAMES;
            view.frames = frames;
        }
        view.orientation = info.orientation.to_exif().into();
        view.has_icc = info.has_icc.into();
        view.has_exif = info.has_exif.into();
        view.has_xmp = info.has_xmp.into();
        view.has_gps = info.has_gps.into();
        (view.format, view.format_len) = output::text(info.format.name());
        (view.mime_type, view.mime_type_len) = output::text(info.format.mime_type());
        (view.extension, view.extension_len) = output::text(info.format.extension());
        view
    }
}

/// Identifies a file from its header: format, size, orientation, DPI. Nothing is decoded or stored.
///
/// Ownership: data stays the caller's and is not used after the call; *info is the caller's, to be
/// freed with userimage_info_free. Threads: any, several at once. Errors: USERIMAGE_INVALID_FILE with
/// USERIMAGE_KIND_NOT_AN_IMAGE if it is not of a known format, with USERIMAGE_KIND_DAMAGED if its header is
/// cut or malformed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_probe(
    data: *const u8,
    data_len: usize,
    info: *mut *mut Info,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes `data_len` bytes, and an output that may be written or is NULL.
        let (data, out) = unsafe { (bytes(data, data_len, "data")?, Out::new(info, "info")?) };
        out.write(give_owned(Info::new(probe(data.unwrap_or_default())?)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// As userimage_probe, for the file at path (UTF-8 on every system, without a NUL at its end). It reads
/// only what the header needs.
///
/// Ownership and threads: as userimage_probe; path stays the caller's. Errors: as userimage_probe, and
/// USERIMAGE_SERVER_ERROR with USERIMAGE_KIND_UNREADABLE_FILE if the file cannot be read or is not a
/// regular file (a FIFO is never opened), USERIMAGE_BAD_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_probe_path(
    path: *const c_char,
    path_len: usize,
    info: *mut *mut Info,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes `path_len` bytes, and an output that may be written or is NULL.
        let (path, out) = unsafe { (host_text(path, path_len, "path")?, Out::new(info, "info")?) };
        out.write(give_owned(Info::new(probe_path(path)?)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// As userimage_probe, for a file that the host reads in pieces. It asks for little more than the header: 1 KiB of
/// most files, at most 4 KiB at a time.
///
/// Ownership and threads: as userimage_probe; reader stays the caller's and is not used after the call. Errors: as
/// userimage_probe, and USERIMAGE_SERVER_ERROR with USERIMAGE_KIND_UNREADABLE_FILE if read_at fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_probe_reader(
    reader: *const Reader,
    info: *mut *mut Info,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living reader or NULL, and an output that may be written or is NULL.
        let (reader, out) = unsafe { (HostReader::new(reader)?, Out::new(info, "info")?) };
        out.write(give_owned(Info::new(probe_reader(reader)?)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Fills view with what the file's header says.
///
/// Ownership: what view points to lives as long as the info. Threads: any, several at once. Errors:
/// misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_get(info: *const Info, view: *mut InfoView) -> i32 {
    // SAFETY: the caller passes a living info, and a view that may be written or is NULL.
    unsafe { getter::view(info, view, Info::view) }
}

/// Returns the facts of the view as a JSON document. What the header does not state is null; a pair of
/// numbers, such as "dpi", is horizontal and vertical.
///
/// Ownership: the text lives as long as the info. Threads: any, several at once. Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_json(
    info: *const Info,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: the caller passes a living info, and outputs that may be written or are NULL.
    unsafe { text(info, data, len, |info| info.json.get_or_init(|| info.info.to_json())) }
}

/// Computes the largest print that has at least min_dpi dots per inch, whatever the file's own DPI: its
/// width and height in inches, as displayed.
///
/// Threads: any, several at once. Errors: USERIMAGE_ABSENT if the file has no size in pixels, or min_dpi is
/// not finite and above 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_largest_print(
    info: *const Info,
    min_dpi: f64,
    width_inches: *mut f64,
    height_inches: *mut f64,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living info, and outputs that may be written or are NULL.
        let (info, width, height) = unsafe {
            let info = borrow(info)?;
            (
                info,
                Out::new(width_inches, "width_inches")?,
                Out::new(height_inches, "height_inches")?,
            )
        };
        let print = info.info.largest_print(min_dpi);
        let print = print.ok_or_else(|| CallError::absent("there is no such print"))?;
        width.write(print.width_inches);
        height.write(print.height_inches);
        Ok(())
    })
}

/// Counts the frames, pages or pictures of a file, for formats whose header does not state them. Nothing
/// is decoded. It stops at one above limit, enough to refuse what has more.
///
/// Ownership: data stays the caller's and is not used after the call. Threads: any, several at once.
/// Errors: as userimage_probe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_count_frames(
    data: *const u8,
    data_len: usize,
    limit: u32,
    frames: *mut u32,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes `data_len` bytes, and an output that may be written or is NULL.
        let (data, out) = unsafe { (bytes(data, data_len, "data")?, Out::new(frames, "frames")?) };
        let data = data.unwrap_or_default();
        out.write(count_frames(data, probe(data)?.format, limit));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Frees an info; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_info_free(info: *mut Info) {
    // SAFETY: the caller gives its info up.
    guard_free(|| unsafe { free_owned(info) });
}
