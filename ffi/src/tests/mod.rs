//! What a C caller does, done from Rust, so that Miri checks these pointers. The tests in C and C# go
//! further, but not under Miri.

mod header;
mod host;
mod modules;

use std::ffi::{c_char, c_void};
use std::ptr::{self, null, null_mut};

use crate::body_receiver::*;
use crate::call_error::Error;
use crate::code::*;
use crate::error::*;
use crate::exif::*;
use crate::fields::*;
use crate::http_request::*;
use crate::http_response::*;
use crate::info::*;
use crate::reader::Reader;
use crate::request::*;
use crate::uploader::*;
use crate::versioned_struct::VersionedStruct;

/// 8 x 6 pixels, RGB, without a density.
const PNG: &[u8] = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x08\0\0\0\x06\x08\x02\0\0\0\x71\x67\x48\xAC\
    \0\0\0\x1FIDAT\x78\x9C\x63\x64\x60\x68\x90\x67\x60\x50\xC0\x40\x2C\x0C\x5A\x0C\x58\x01\x0B\x83\x36\x2E\x09\
    \xAA\xE9\0\0\x04\x59\x02\x49\xB0\xD8\x72\x45\0\0\0\0IEND\xAE\x42\x60\x82";
/// Of which no upload can be made: decoders are not what Miri is for.
const CUT: &[u8] = PNG.split_at(40).0;
const CONFIG: &str = r#"{"storage": {"memory": {"base_url": "u/"}}, "authentication": "keys",
    "websites": [{"id": 1, "keys": ["k"]}]}"#;

fn text(data: *const c_char, len: usize) -> String {
    // SAFETY: a view has a text that lives as long as its handle, which the caller holds.
    let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) };
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// All zeros, but for the size.
fn sized<T: VersionedStruct>() -> T {
    let mut sized = T::zeroed();
    // SAFETY: a `VersionedStruct` begins with its size.
    unsafe { (&raw mut sized).cast::<u32>().write(u32::try_from(size_of::<T>()).unwrap()) };
    sized
}

/// What a handle's function fills a view with.
fn view<T: VersionedStruct>(get: impl FnOnce(*mut T) -> i32) -> T {
    let mut view = sized();
    assert_eq!(get(&raw mut view), USERIMAGE_OK);
    view
}

fn error_view(error: *const Error) -> ErrorView {
    // SAFETY: the caller holds the error.
    view(|view| unsafe { userimage_error_get(error, view) })
}

fn fields(website_id: &'static str) -> Fields {
    Fields {
        website_id: website_id.as_ptr().cast(),
        website_id_len: website_id.len(),
        client_key: c"k".as_ptr(),
        client_key_len: 1,
        user_id: c"u".as_ptr(),
        user_id_len: 1,
        data: CUT.as_ptr(),
        data_len: CUT.len(),
        ..sized()
    }
}

fn open(config: &str, host: *const Host) -> Result<*mut Uploader, i32> {
    let mut uploader = null_mut();
    let (data, len) = (config.as_ptr().cast(), config.len());
    // SAFETY: all is as the header asks.
    match unsafe { userimage_uploader_open(data, len, host, &raw mut uploader, null_mut()) } {
        USERIMAGE_OK => Ok(uploader),
        code => Err(code),
    }
}

#[test]
fn a_probe_is_read_and_freed() {
    let mut info = null_mut();
    // SAFETY: all is as the header asks.
    unsafe {
        let code = userimage_probe(PNG.as_ptr(), PNG.len(), &raw mut info, null_mut());
        assert_eq!(code, USERIMAGE_OK);
        let view = view(|view| userimage_info_get(info, view));
        assert_eq!(
            view.has,
            USERIMAGE_INFO_HAS_SIZE | USERIMAGE_INFO_HAS_COLOUR | USERIMAGE_INFO_HAS_FRAMES
        );
        assert_eq!((view.width, view.height), (8, 6));
        assert_eq!(text(view.mime_type, view.mime_type_len), "image/png");
        assert_eq!((view.dpi_x, view.dpi_source), (0.0, null()));
        let mut size = [7.0; 2];
        let [width, height] = &mut size;
        let code = userimage_info_largest_print(info, 0.0, width, height);
        assert_eq!((code, size), (USERIMAGE_ABSENT, [7.0; 2]), "nothing is written");
        let [width, height] = &mut size;
        assert_eq!(userimage_info_largest_print(info, 2.0, width, height), USERIMAGE_OK);
        assert_eq!(size, [4.0, 3.0]);
        userimage_info_free(info);
        userimage_info_free(null_mut());
    }
}

/// Gives at most 5 bytes of the `&[u8]` that `user_data` points to, and fails at an offset over 30.
unsafe extern "C" fn read_at(
    user_data: *mut c_void,
    offset: u64,
    buffer: *mut u8,
    buffer_len: usize,
    read: *mut usize,
) -> i32 {
    // SAFETY: the test passes a slice that outlives the call, and the library a buffer of `buffer_len` bytes.
    unsafe {
        let data = *user_data.cast::<&[u8]>();
        let rest = &data[usize::try_from(offset).unwrap()..];
        let count = rest.len().min(buffer_len).min(5);
        buffer.copy_from_nonoverlapping(rest.as_ptr(), count);
        read.write(count);
    }
    if offset > 30 && buffer_len > 5 { 7 } else { USERIMAGE_OK }
}

#[test]
fn a_file_of_the_host_is_probed_in_pieces() {
    const GIF: &[u8] = b"GIF89a\x40\x00\x30\x00\x91\x00\x00";
    for (mut data, expected) in [(GIF, USERIMAGE_OK), (PNG, USERIMAGE_SERVER_ERROR)] {
        let reader = Reader {
            len: data.len() as u64,
            user_data: (&raw mut data).cast(),
            read_at: Some(read_at),
            ..sized()
        };
        let (mut info, mut error) = (null_mut(), null_mut());
        // SAFETY: all is as the header asks.
        unsafe {
            let code = userimage_probe_reader(&raw const reader, &raw mut info, &raw mut error);
            assert_eq!(code, expected);
            if code == USERIMAGE_OK {
                let view = view(|view| userimage_info_get(info, view));
                assert_eq!((view.width, view.height), (64, 48));
            } else {
                let view = error_view(error);
                assert_eq!(
                    text(view.reason, view.reason_len),
                    "the file cannot be read: the host's read_at failed with code 7"
                );
            }
            userimage_info_free(info);
            userimage_error_free(error);
        }
    }
}

#[test]
fn exif_is_read_and_freed() {
    // An IFD with ImageWidth, ImageLength and Make.
    const TIFF: &[u8] = b"II\x2A\0\x08\0\0\0\x03\0\0\x01\x03\0\x01\0\0\0\x07\0\0\0\
        \x01\x01\x03\0\x01\0\0\0\x05\0\0\0\x0F\x01\x02\0\x06\0\0\0\x32\0\0\0\0\0\0\0 Acme\0";
    let mut exif = null_mut();
    // SAFETY: all is as the header asks.
    unsafe {
        let code = userimage_exif_details(TIFF.as_ptr(), TIFF.len(), &raw mut exif, null_mut());
        assert_eq!(code, USERIMAGE_OK);
        let view = view(|view| userimage_exif_get(exif, view));
        assert_eq!((view.has, view.has_position), (USERIMAGE_EXIF_HAS_MAKE, 0));
        assert_eq!(text(view.make, view.make_len), "Acme");
        assert_eq!((view.lens, view.lens_len), (null(), 0));
        userimage_exif_free(exif);
        let mut frames = 0;
        let code =
            userimage_count_frames(TIFF.as_ptr(), TIFF.len(), 5, &raw mut frames, null_mut());
        assert_eq!((code, frames), (USERIMAGE_OK, 1));
    }
}

#[test]
fn an_error_says_why_and_outlives_its_uploader() {
    let uploader = open(CONFIG, null()).unwrap();
    let (mut image, mut error) = (ptr::dangling_mut(), null_mut());
    // SAFETY: all is as the header asks.
    unsafe {
        let fields = fields("2");
        let code = userimage_upload(uploader, &raw const fields, &raw mut image, &raw mut error);
        userimage_uploader_free(uploader);
        assert_eq!(code, USERIMAGE_INVALID_WEBSITE_ID);
        assert_eq!(image, ptr::dangling_mut(), "outputs are written on success only");
        let view = error_view(error);
        assert_eq!((view.code, view.http_status), (code, 401));
        assert_eq!((view.has, view.kind), (USERIMAGE_ERROR_HAS_KIND, 22103));
        assert_eq!(text(view.kind_name, view.kind_name_len), "unknown_website");
        assert_eq!(text(view.message, view.message_len), "Invalid websiteId");
        assert_eq!(text(view.reason, view.reason_len), "website 2 is not known");
        assert!(text(view.envelope, view.envelope_len).ends_with(r#""ErrorCode":"221"}"#));
        assert_eq!((view.failure_count, view.failures), (0, null()));
        userimage_error_free(error);
    }
}

#[test]
fn a_request_is_built_copied_and_borrowed() {
    let uploader = open(CONFIG, null()).unwrap();
    let (mut request, mut error) = (null_mut(), null_mut());
    // SAFETY: all is as the header asks.
    unsafe {
        assert_eq!(userimage_request_new(&raw mut request, null_mut()), USERIMAGE_OK);
        let (name, value) = (String::from("WEBSITEID"), String::from("1"));
        let (n, v) = (name.as_ptr().cast(), value.as_ptr().cast());
        let code = userimage_request_header(request, n, name.len(), v, value.len(), null_mut());
        assert_eq!(code, USERIMAGE_OK);
        drop((name, value));
        let mut part = FormPartInput {
            flags: USERIMAGE_PART_BORROW,
            name: c"postedFile".as_ptr(),
            name_len: 10,
            content_type: c"image/png".as_ptr(),
            content_type_len: 9,
            data: PNG.as_ptr(),
            data_len: PNG.len(),
            ..sized()
        };
        assert_eq!(userimage_request_part(request, &raw const part, null_mut()), USERIMAGE_OK);
        let code = userimage_validate_request(uploader, request, &raw mut error);
        assert_eq!(code, USERIMAGE_INVALID_CLIENT_KEY);
        let view = error_view(error);
        assert!(text(view.envelope, view.envelope_len).ends_with(r#""ErrorCode":"226,261"}"#));
        let failures = std::slice::from_raw_parts(view.failures, view.failure_count as usize);
        let codes: Vec<_> = failures.iter().map(|failure| error_view(*failure).code).collect();
        assert_eq!(codes, [USERIMAGE_INVALID_CLIENT_KEY, USERIMAGE_INVALID_USER_ID]);
        userimage_error_free(error);
        part.flags = 2;
        let code = userimage_request_part(request, &raw const part, null_mut());
        assert_eq!(code, USERIMAGE_UNKNOWN_FLAG);
        userimage_request_free(request);
        userimage_uploader_free(uploader);
    }
}

#[test]
fn an_http_request_is_answered_in_memory_and_in_pieces() {
    const HEAD: &str = "--x\r\nContent-Disposition: form-data; name=postedFile; filename=a\r\n\r\n";
    fn header(name: &'static str, value: &'static str) -> HttpHeader {
        let (name_len, value_len) = (name.len(), value.len());
        HttpHeader { name: name.as_ptr().cast(), name_len, value: value.as_ptr().cast(), value_len }
    }
    fn answer(response: *mut HttpResponse) -> (i32, String) {
        // SAFETY: all is as the header asks.
        unsafe {
            let view = view(|view| userimage_http_response_get(response, view));
            let headers = std::slice::from_raw_parts(view.headers, view.header_count);
            assert_eq!(text(headers[0].name, headers[0].name_len), "content-type");
            let body_len = usize::try_from(view.body_len).unwrap();
            let body = std::slice::from_raw_parts(view.body, body_len).to_vec();
            userimage_http_response_free(response);
            (view.status, String::from_utf8(body).unwrap())
        }
    }
    let uploader = open(CONFIG, null()).unwrap();
    let headers = [
        header("websiteid", "1"),
        header("webApiClientKey", "k"),
        header("no name", "\r\n"),
        header("Content-Type", "multipart/form-data; boundary=x"),
    ];
    let target = "/api/4/UploadImage/UploadImage?userId=u";
    let mut request = HttpRequest {
        method: c"POST".as_ptr(),
        method_len: 4,
        target: target.as_ptr().cast(),
        target_len: target.len(),
        headers: headers.as_ptr(),
        header_count: headers.len(),
        ..sized()
    };
    let body = [HEAD.as_bytes(), CUT, b"\r\n--x--"].concat();
    // SAFETY: all is as the header asks.
    unsafe {
        let (mut response, mut receiver) = (null_mut(), null_mut());
        request.header_count = usize::MAX;
        let code =
            userimage_http_begin(uploader, &raw const request, &raw mut receiver, null_mut());
        assert_eq!((code, receiver), (USERIMAGE_INVALID_ARGUMENT, null_mut()));
        request.header_count = headers.len();
        let code = userimage_handle(
            uploader,
            &raw const request,
            body.as_ptr(),
            body.len(),
            &raw mut response,
            null_mut(),
        );
        assert_eq!(code, USERIMAGE_OK);
        let whole = answer(response);
        assert!(whole.0 == 400 && whole.1.ends_with(r#""ErrorCode":"262"}"#), "{whole:?}");

        let code =
            userimage_http_begin(uploader, &raw const request, &raw mut receiver, null_mut());
        assert_eq!(code, USERIMAGE_OK);
        userimage_uploader_free(uploader);
        let mut more = 0;
        let view = view(|view| userimage_body_receiver_get(receiver, view));
        assert_eq!((view.wants_more, view.limit), (1, 27_262_976));
        for piece in body.chunks(50) {
            let (data, len) = (piece.as_ptr(), piece.len());
            let code = userimage_body_receiver_feed(receiver, data, len, &raw mut more, null_mut());
            assert_eq!((code, more), (USERIMAGE_OK, 1));
        }
        assert_eq!(
            userimage_body_receiver_finish(receiver, &raw mut response, null_mut()),
            USERIMAGE_OK
        );
        assert_eq!(answer(response), whole);
        let code = userimage_body_receiver_finish(receiver, &raw mut response, null_mut());
        assert_eq!(code, USERIMAGE_INVALID_ARGUMENT);
        userimage_body_receiver_free(receiver);
    }
}
