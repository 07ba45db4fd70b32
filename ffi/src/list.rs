//! A part of a user's images.

use userimage_core::storage::ImageList;

use crate::addresses::Addresses;
use crate::getter;
use crate::guard::guard_free;
use crate::handle::{Handle, Owned, free_owned};
use crate::image::Image;
use crate::versioned_struct::{VersionedStruct, view_struct};

/// A part of a user's images: read with userimage_list_get. It is the caller's alone, outlives its
/// uploader, and is freed with userimage_list_free. Several threads may read it at once.
#[derive(Debug)]
pub struct List {
    total: u64,
    images: Vec<Image>,
    addresses: Addresses<Image>,
}

impl Handle for List {
    type Ownership = Owned;
    const NAME: &'static str = "list";
}

impl List {
    pub(crate) fn new(list: ImageList) -> Self {
        let images: Vec<_> = list.images.into_iter().map(Image::new).collect();
        let addresses = Addresses::of(&images);
        Self { total: list.total, images, addresses }
    }
}

/// A part of a user's images. The caller sets struct_size, userimage_list_get the rest.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ListView {
    /// sizeof(userimage_list_view), set by the caller
    pub struct_size: u32,
    /// How many images there are in this part.
    pub image_count: u32,
    /// How many images the user has in all.
    pub total: u64,
    /// The images of this part, newest first. They are the list's: they live as long, and are not to be
    /// freed.
    pub images: *const *const Image,
}

view_struct!(ListView, "list_view", struct_size image_count total images);

/// Fills view with the images of the list.
///
/// Ownership: what view points to lives as long as the list. Threads: any, several at once. Errors:
/// misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_list_get(list: *const List, view: *mut ListView) -> i32 {
    // SAFETY: the caller passes a living list, and a view that may be written or is NULL.
    unsafe {
        getter::view(list, view, |list| ListView {
            image_count: u32::try_from(list.images.len()).unwrap_or(u32::MAX),
            total: list.total,
            images: list.addresses.as_ptr(),
            ..ListView::zeroed()
        })
    }
}

/// Frees a list with its images; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_list_free(list: *mut List) {
    // SAFETY: the caller gives its list up.
    guard_free(|| unsafe { free_owned(list) });
}
