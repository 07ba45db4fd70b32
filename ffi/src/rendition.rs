//! The rendition for screens, without storing anything.

use std::ffi::c_char;
use std::fmt::Display;

use userimage_core::rendition::{InvalidOption, OutputFormat, Standard, StandardOptions};
use userimage_core::{Format, Policy, Size, render};

use crate::call_error::{CallError, Error};
use crate::getter;
use crate::guard::{guard, guard_free};
use crate::handle::{Handle, Owned, free_owned, give_owned};
use crate::input::{bytes, host_text};
use crate::output::{Out, text};
use crate::versioned_struct::{InputStruct, VersionedStruct, input_struct, read, view_struct};

/// For flags of userimage_render_options: lossless WebP where that has fewer bytes ("format": "webp").
pub const USERIMAGE_RENDER_WEBP: u32 = 1;

/// How a rendition is made, and within which limits. The caller sets all bytes to 0, struct_size to its
/// sizeof, and what differs from the default; 0 is the default. The defaults, and what each limit is for,
/// are in docs/configuration.md, under the same names in "standard" and "policy".
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RenderOptions {
    /// sizeof(userimage_render_options)
    pub struct_size: u32,
    /// 0, or USERIMAGE_RENDER_WEBP
    pub flags: u32,
    /// The rendition's greatest width and height in pixels: 1 to 65535.
    pub max_width: u32,
    pub max_height: u32,
    /// The quality of a JPEG: 1 to 100.
    pub jpeg_quality: u32,
    /// The most frames of an animation or pages of a TIFF.
    pub max_frames: u32,
    /// The longest file, in bytes.
    pub max_bytes: u64,
    /// The most pixels of the original.
    pub max_pixels: u64,
    /// The most memory that decoding may need, in bytes.
    pub max_memory: u64,
    /// The formats that the original may have: the names of userimage_format_view, separated by commas, such as
    /// "jpeg,heic,svg". NULL: jpeg, png, gif, bmp, tiff and webp.
    pub formats: *const c_char,
    pub formats_len: usize,
}

input_struct!(RenderOptions, "render_options", USERIMAGE_RENDER_WEBP, struct_size flags max_width max_height jpeg_quality
    max_frames max_bytes max_pixels max_memory formats formats_len);

impl RenderOptions {
    /// The options of the rendition: those that are 0 are the core's defaults.
    fn standard(&self) -> Result<StandardOptions, InvalidOption> {
        let options = StandardOptions::default();
        let or = |value: u32, default: u32| if value == 0 { default } else { value };
        let max = options.max_size();
        let max = Size::new(or(self.max_width, max.width), or(self.max_height, max.height));
        let quality = or(self.jpeg_quality, options.jpeg_quality().into());
        // What is no `u8` is as far out of range as 255.
        let options = options
            .with_max_size(max)?
            .with_jpeg_quality(u8::try_from(quality).unwrap_or(u8::MAX))?;
        let is_webp = self.flags & USERIMAGE_RENDER_WEBP != 0;
        Ok(options.with_format(if is_webp { OutputFormat::WebP } else { OutputFormat::Auto }))
    }

    /// The formats and limits: those that are NULL or 0 are the core's defaults.
    ///
    /// # Safety
    ///
    /// `formats` is NULL or points to `formats_len` bytes.
    unsafe fn policy(&self) -> Result<Policy, CallError> {
        let mut policy = Policy::default();
        let or = |value: u64, default: u64| if value == 0 { default } else { value };
        policy.max_bytes = or(self.max_bytes, policy.max_bytes);
        policy.max_pixels = or(self.max_pixels, policy.max_pixels);
        policy.max_memory = or(self.max_memory, policy.max_memory);
        if self.max_frames != 0 {
            policy.max_frames = Some(self.max_frames);
        }
        if !self.formats.is_null() || self.formats_len != 0 {
            // SAFETY: the caller's promise.
            let names = unsafe { host_text(self.formats, self.formats_len, "formats")? };
            policy.formats =
                names.split(',').map(|name| format(name.trim())).collect::<Result<_, _>>()?;
        }
        Ok(policy)
    }
}

/// A format of which this build makes a rendition, by its name.
fn format(name: &str) -> Result<Format, CallError> {
    let invalid =
        |why: &dyn Display| CallError::argument("formats", &format!("has {name:?}: {why}"));
    let format: Format = name.parse().map_err(|error| invalid(&error))?;
    format.check_rendition().map_err(|error| invalid(&error))?;
    Ok(format)
}

/// A rendition: read with userimage_rendition_get. It is the caller's alone, belongs to no other handle,
/// and is freed with userimage_rendition_free. Several threads may read it at once.
#[derive(Debug)]
pub struct Rendition(Standard);

impl Handle for Rendition {
    type Ownership = Owned;
    const NAME: &'static str = "rendition";
}

/// A rendition. The caller sets struct_size, userimage_rendition_get the rest; the bytes live as long as
/// the rendition.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RenditionView {
    /// sizeof(userimage_rendition_view), set by the caller
    pub struct_size: u32,
    /// 0
    pub has: u32,
    /// Width and height in pixels.
    pub width: u32,
    pub height: u32,
    /// "jpeg", "png" if the image has transparency, or "webp" where that is chosen and smaller.
    pub format: *const c_char,
    /// Its length in bytes, here and below.
    pub format_len: usize,
    pub mime_type: *const c_char,
    pub mime_type_len: usize,
    /// The extension with its dot.
    pub extension: *const c_char,
    pub extension_len: usize,
    /// The file.
    pub data: *const u8,
    pub data_len: usize,
    /// The difference hash of the picture, 64 bits: see userimage_find_similar.
    pub difference_hash: u64,
    /// The ThumbHash of the picture, from which a placeholder is drawn.
    pub thumb_hash: *const u8,
    pub thumb_hash_len: usize,
}

view_struct!(RenditionView, "rendition_view", struct_size has width height format format_len mime_type
    mime_type_len extension extension_len data data_len difference_hash thumb_hash thumb_hash_len);

impl Rendition {
    fn view(&self) -> RenditionView {
        let standard = &self.0;
        let mut view = RenditionView::zeroed();
        (view.width, view.height) = (standard.size.width, standard.size.height);
        (view.format, view.format_len) = text(standard.format.name());
        (view.mime_type, view.mime_type_len) = text(standard.format.mime_type());
        (view.extension, view.extension_len) = text(standard.format.extension());
        (view.data, view.data_len) = (standard.bytes.as_ptr(), standard.bytes.len());
        view.difference_hash = standard.difference_hash.bits();
        let thumb_hash = standard.thumb_hash.as_bytes();
        (view.thumb_hash, view.thumb_hash_len) = (thumb_hash.as_ptr(), thumb_hash.len());
        view
    }
}

/// Makes the rendition for screens of an image, as an upload does, and stores nothing.
///
/// options may be NULL: the defaults.
///
/// Ownership: data and options stay the caller's and are not used after the call; *rendition is the
/// caller's, to be freed with userimage_rendition_free. Threads: any, several at once. Errors:
/// USERIMAGE_INVALID_FILE, with the kind, if it is not a complete image of a format that has a rendition,
/// or is over a limit; USERIMAGE_INVALID_ARGUMENT for an option that is out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_render(
    data: *const u8,
    data_len: usize,
    options: *const RenderOptions,
    rendition: *mut *mut Rendition,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes `data_len` bytes, options or NULL, and an output that may be written or
        // is NULL.
        let (data, options, out) = unsafe {
            let options = if options.is_null() { None } else { Some(read(options)?) };
            let data = bytes(data, data_len, "data")?.unwrap_or_default();
            (data, options, Out::new(rendition, "rendition")?)
        };
        let options = options.unwrap_or_else(RenderOptions::zeroed);
        options.check_flags()?;
        let standard = options
            .standard()
            .map_err(|invalid| CallError::argument("options", &format!("have {invalid}")))?;
        // SAFETY: the caller passes options whose texts are as long as they say.
        let policy = unsafe { options.policy()? };
        out.write(give_owned(Rendition(render(data, &policy, &standard)?)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Fills view with the rendition.
///
/// Ownership: what view points to lives as long as the rendition. Threads: any, several at once. Errors:
/// misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_rendition_get(
    rendition: *const Rendition,
    view: *mut RenditionView,
) -> i32 {
    // SAFETY: the caller passes a living rendition, and a view that may be written or is NULL.
    unsafe { getter::view(rendition, view, Rendition::view) }
}

/// Frees a rendition; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_rendition_free(rendition: *mut Rendition) {
    // SAFETY: the caller gives its rendition up.
    guard_free(|| unsafe { free_owned(rendition) });
}
