//! What operators of a storage need. Everything but verify and copies is per website.

use std::ffi::c_char;
#[cfg(feature = "local")]
use std::path::Path;
use std::time::Duration;

use userimage_core::UserId;
use userimage_core::storage::{self, CopyReport, Storage, StorageError};

use crate::call_error::{CallError, Error};
use crate::cancellation::{Cancellation, Steps};
use crate::guard::guard;
use crate::handle::{give_owned, share};
use crate::input::{client_bytes, host_text, required_client_bytes};
use crate::output::Out;
use crate::uploader::Uploader;
use crate::verify_report::VerifyReport;
use crate::versioned_struct::{OutView, VersionedStruct, view_struct};
use crate::website::website;

/// How much a website or a user has stored. The caller sets struct_size, userimage_usage the rest.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct UsageView {
    /// sizeof(userimage_usage_view), set by the caller
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The number of images.
    pub images: u64,
    /// The bytes of their originals and renditions.
    pub bytes: u64,
    /// The number of users who have images.
    pub users: u64,
}

view_struct!(UsageView, "usage_view", struct_size flags images bytes users);

/// What a copy did. The caller sets struct_size, the function that copies the rest.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CopyView {
    /// sizeof(userimage_copy_view), set by the caller
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The number of images that were copied.
    pub copied: u64,
    /// The number of images that the target already had.
    pub present: u64,
}

view_struct!(CopyView, "copy_view", struct_size flags copied present);

/// Returns how much a website, or one of its users, has stored; user_id may be NULL.
///
/// Threads: any, several at once. Errors: as userimage_list_images.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_usage(
    uploader: *const Uploader,
    website_id: i32,
    user_id: *const c_char,
    user_id_len: usize,
    usage: *mut UsageView,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, `user_id_len` bytes or NULL, and a view that may be
        // written or is NULL.
        let (uploader, user, out) = unsafe {
            let user = client_bytes(user_id, user_id_len, "user_id")?;
            (share(uploader)?, user, OutView::new(usage)?)
        };
        let website = website(website_id)?;
        let user = user.map(UserId::from_request).transpose()?;
        let usage = uploader.logged(|| uploader.core().storage().usage(website, user.as_ref()))?;
        out.write(&UsageView {
            images: usage.images,
            bytes: usage.bytes,
            users: usage.users,
            ..UsageView::zeroed()
        });
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Deletes all images of a user and their files, and sets *deleted to their number. After an error, a cancellation or
/// a crash, call it again. cancellation is NULL, or ends it after at most 100 more images.
///
/// Threads: any, several at once. Errors: as userimage_list_images; USERIMAGE_SERVER_ERROR with
/// USERIMAGE_KIND_CANCELLED if it is cancelled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_delete_user(
    uploader: *const Uploader,
    website_id: i32,
    user_id: *const c_char,
    user_id_len: usize,
    cancellation: *const Cancellation,
    deleted: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, `user_id_len` bytes, and an output that may be
        // written or is NULL.
        let (uploader, user, out) = unsafe {
            let user = required_client_bytes(user_id, user_id_len, "user_id")?;
            (share(uploader)?, user, Out::new(deleted, "deleted")?)
        };
        let website = website(website_id)?;
        let user = UserId::from_request(user)?;
        // SAFETY: the caller passes a living cancellation or NULL.
        let mut steps = unsafe { Steps::new(cancellation)? };
        let storage = uploader.core().storage();
        let done =
            uploader.logged(|| storage.delete_user(website, &user, &mut |_| steps.go_on()))?;
        steps.check()?;
        out.write(done);
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Makes all images of the user from_user those of to_user, e.g. when a guest signs in, and sets
/// *reassigned to their number. Ids, photo codes and URLs remain. After an error, a cancellation or a crash, call it
/// again. cancellation is NULL, or ends it after at most 1,000 more images.
///
/// Threads: any, several at once. Errors: as userimage_delete_user.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_reassign(
    uploader: *const Uploader,
    website_id: i32,
    from_user: *const c_char,
    from_user_len: usize,
    to_user: *const c_char,
    to_user_len: usize,
    cancellation: *const Cancellation,
    reassigned: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, as many bytes as it says, and an output that may be
        // written or is NULL.
        let (uploader, from, to, out) = unsafe {
            let from = required_client_bytes(from_user, from_user_len, "from_user")?;
            let to = required_client_bytes(to_user, to_user_len, "to_user")?;
            (share(uploader)?, from, to, Out::new(reassigned, "reassigned")?)
        };
        let website = website(website_id)?;
        let (from, to) = (UserId::from_request(from)?, UserId::from_request(to)?);
        // SAFETY: the caller passes a living cancellation or NULL.
        let mut steps = unsafe { Steps::new(cancellation)? };
        let storage = uploader.core().storage();
        let done =
            uploader.logged(|| storage.reassign(website, &from, &to, &mut |_| steps.go_on()))?;
        steps.check()?;
        out.write(done);
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Deletes the images of a website that were uploaded at least age_ms milliseconds ago, and sets *deleted to
/// their number. cancellation as for userimage_delete_user. After an error, a cancellation or a crash, call it again.
///
/// Threads: any, several at once. Errors: as userimage_find; USERIMAGE_SERVER_ERROR with USERIMAGE_KIND_CANCELLED if it
/// is cancelled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_expire(
    uploader: *const Uploader,
    website_id: i32,
    age_ms: u64,
    cancellation: *const Cancellation,
    deleted: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, and an output that may be written or is NULL.
        let (uploader, out) = unsafe { (share(uploader)?, Out::new(deleted, "deleted")?) };
        let (website, age) = (website(website_id)?, Duration::from_millis(age_ms));
        // SAFETY: the caller passes a living cancellation or NULL.
        let mut steps = unsafe { Steps::new(cancellation)? };
        let storage = uploader.core().storage();
        let done = uploader.logged(|| storage.expire(website, age, &mut |_| steps.go_on()))?;
        steps.check()?;
        out.write(done);
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Compares every file with the length and SHA-256 of its record, looks for files without records, and
/// sets *report to what it found. A step checks at most 100 images or files; after max_steps of them, unless
/// that is 0, the call ends with a report that is not complete. previous is NULL, or such a report, to go on
/// from there.
///
/// Ownership: previous stays the caller's; *report is the caller's, to be freed with
/// userimage_verify_report_free. Threads: any, several at once. Errors: USERIMAGE_UNSUPPORTED,
/// USERIMAGE_SERVER_ERROR.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_verify(
    uploader: *const Uploader,
    previous: *const VerifyReport,
    max_steps: u64,
    report: *mut *mut VerifyReport,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, a living report or NULL, and an output that may be
        // written or is NULL.
        let (uploader, previous, out) =
            unsafe { (share(uploader)?, previous.as_ref(), Out::new(report, "report")?) };
        let start = previous.map(VerifyReport::start).unwrap_or_default();
        let mut steps = 0;
        let mut proceed = |_: &storage::VerifyReport| {
            steps += 1;
            steps != max_steps
        };
        let report = uploader.logged(|| uploader.core().storage().verify(start, &mut proceed))?;
        out.write(give_owned(VerifyReport::new(report)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Copies all images to the storage of another uploader, with their ids and photo codes. Those that it has
/// are left as they are, so that a copy can be repeated and brought up to date. cancellation is NULL, or ends
/// the copy after at most 100 more images. copy may be NULL.
///
/// Threads: any, several at once. Errors: USERIMAGE_UNSUPPORTED if either storage cannot do it,
/// USERIMAGE_SERVER_ERROR if it fails or, with USERIMAGE_KIND_CANCELLED, is cancelled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_copy_to(
    uploader: *const Uploader,
    target: *const Uploader,
    cancellation: *const Cancellation,
    copy: *mut CopyView,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes living uploaders, and a view that may be written or is NULL.
        let (uploader, target, out) =
            unsafe { (share(uploader)?, share(target)?, optional_view(copy)?) };
        let to = target.core().storage();
        // SAFETY: the caller passes a living cancellation or NULL.
        let mut steps = unsafe { Steps::new(cancellation)? };
        let mut copy = |from: &dyn Storage, go_on: &mut GoOn<'_>| {
            storage::copy(from, to, CopyReport::default(), go_on)
        };
        copied(&uploader, out, &mut steps, &mut copy)
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Copies all images to the folder path while uploads go on. The folder is a local storage. An older backup
/// in it is brought up to date. cancellation and copy as for userimage_copy_to.
///
/// Ownership: path stays the caller's. Threads: any, several at once. Errors: as userimage_copy_to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_backup(
    uploader: *const Uploader,
    path: *const c_char,
    path_len: usize,
    cancellation: *const Cancellation,
    copy: *mut CopyView,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, `path_len` bytes, and a view that may be written or
        // is NULL.
        let (uploader, path, out) =
            unsafe { (share(uploader)?, host_text(path, path_len, "path")?, optional_view(copy)?) };
        // SAFETY: the caller passes a living cancellation or NULL.
        let mut steps = unsafe { Steps::new(cancellation)? };
        copied(&uploader, out, &mut steps, &mut |from, go_on| backup(from, path, go_on))
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Copies the images of the backup in the folder path to the uploader's storage, with their ids and photo
/// codes. cancellation and copy as for userimage_copy_to.
///
/// Ownership: path stays the caller's. Threads: any, several at once. Errors: as userimage_copy_to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_restore(
    uploader: *const Uploader,
    path: *const c_char,
    path_len: usize,
    cancellation: *const Cancellation,
    copy: *mut CopyView,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, `path_len` bytes, and a view that may be written or
        // is NULL.
        let (uploader, path, out) =
            unsafe { (share(uploader)?, host_text(path, path_len, "path")?, optional_view(copy)?) };
        // SAFETY: the caller passes a living cancellation or NULL.
        let mut steps = unsafe { Steps::new(cancellation)? };
        copied(&uploader, out, &mut steps, &mut |to, go_on| restore(path, to, go_on))
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// # Safety
///
/// As [`OutView::new`].
unsafe fn optional_view(view: *mut CopyView) -> Result<Option<OutView<CopyView>>, CallError> {
    // SAFETY: the caller's promise is the same.
    if view.is_null() { Ok(None) } else { unsafe { OutView::new(view).map(Some) } }
}

/// What a copy asks after each step.
type GoOn<'a> = dyn FnMut(&CopyReport) -> bool + 'a;

fn copied(
    uploader: &Uploader,
    out: Option<OutView<CopyView>>,
    steps: &mut Steps,
    work: &mut dyn FnMut(&dyn Storage, &mut GoOn<'_>) -> Result<CopyReport, StorageError>,
) -> Result<(), CallError> {
    let mut go_on = |_: &CopyReport| steps.go_on();
    let report = uploader.logged(|| work(uploader.core().storage(), &mut go_on))?;
    steps.check()?;
    if let Some(out) = out {
        let (copied, present) = (report.copied, report.present);
        out.write(&CopyView { copied, present, ..CopyView::zeroed() });
    }
    Ok(())
}

#[cfg(feature = "local")]
fn backup(
    from: &dyn Storage,
    path: &str,
    go_on: &mut GoOn<'_>,
) -> Result<CopyReport, StorageError> {
    storage::backup(from, Path::new(path), go_on)
}

#[cfg(feature = "local")]
fn restore(path: &str, to: &dyn Storage, go_on: &mut GoOn<'_>) -> Result<CopyReport, StorageError> {
    storage::restore(Path::new(path), to, go_on)
}

#[cfg(not(feature = "local"))]
fn backup(_: &dyn Storage, _: &str, _: &mut GoOn<'_>) -> Result<CopyReport, StorageError> {
    Err(StorageError::unsupported("backup"))
}

#[cfg(not(feature = "local"))]
fn restore(_: &str, _: &dyn Storage, _: &mut GoOn<'_>) -> Result<CopyReport, StorageError> {
    Err(StorageError::unsupported("restore"))
}
