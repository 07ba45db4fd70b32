/*
 * userimage: validates an uploaded image, identifies it, renders a web-size copy, stores both atomically,
 * and builds the API's JSON response. The configuration's keys are in docs/configuration.md, an
 * introduction in docs/c.md. Written by cbindgen from ffi/src; do not edit. C99 or C++98.
 *
 *     userimage_info *info;
 *     userimage_info_view view = {.struct_size = sizeof view};
 *     if (userimage_probe_path(path, strlen(path), &info, NULL) == USERIMAGE_OK) {
 *         userimage_info_get(info, &view);
 *         printf("%.*s, %u x %u\n", (int)view.format_len, view.format, view.width, view.height);
 *         userimage_info_free(info);
 *     }
 *
 * CODES. Functions return 0 (USERIMAGE_OK) or the code of what went wrong: the protocol's below 900, the
 * ABI's own from there on. Those that free return nothing. If the last parameter is a userimage_error **,
 * it may be NULL; else it receives an error, on failure only, which is the caller's to free. Outputs are
 * written on success only. "Misuse" is a NULL pointer, a wrong struct_size, an unknown flag or an impossible
 * length: USERIMAGE_NULL_POINTER, USERIMAGE_BAD_STRUCT_SIZE, USERIMAGE_UNKNOWN_FLAG,
 * USERIMAGE_INVALID_ARGUMENT. Every function detects it.
 *
 * OWNERSHIP. What a function returns through a T ** is the caller's, and is freed with userimage_T_free,
 * which ignores NULL. A handle belongs to no other handle: a result outlives its uploader. What a view
 * points to belongs to the handle that filled it. Nothing is freed by the other side's allocator.
 *
 * TEXTS are UTF-8, a pointer and a length in bytes, without a NUL at the end. A text or bytes of length 0
 * may have any pointer; NULL with another length is an error. Texts from the host (a configuration, a
 * path, an answer of a callback) must be UTF-8. What a client sent need not be: a field that is not UTF-8 is
 * invalid by the field's own rules, and a file name is decoded with replacement characters.
 *
 * STRUCTS begin with struct_size, which the caller sets to the sizeof, and only ever grow. Of a struct that
 * the caller fills (input), an older, shorter one is accepted, and so is a newer, longer one whose new
 * fields are 0. Of a struct that the library fills (view), an older, shorter one receives the fields that
 * it has, and the new fields of a newer, longer one become 0. Facts that may be missing have a bit in has;
 * a missing one is 0 or NULL.
 *
 * THREADS. Functions may be called from any thread. A handle may be used by several at once where its
 * functions say so, and must not be freed while another call uses it. A thread needs 128 KiB of stack. During
 * a call, its callbacks included, it is not cancelled: pthread_cancel (of the type PTHREAD_CANCEL_DEFERRED)
 * takes effect afterwards. A callback must not end the thread, nor leave by longjmp or an exception.
 *
 * FORK. A child cannot use an uploader with a local storage that its parent had used and not freed, nor open
 * the same folder itself: each call fails, and none hangs. It may open another folder, unless a thread of the
 * parent was using a local storage at the moment of the fork. So open uploaders in the child; or open them in
 * the parent and use them only in children; or free them before the fork. Other functions are not limited.
 *
 * STORES. While an uploader has a local storage open, its process must not open the database in the folder
 * with another SQLite library: the two do not see each other's locks. Another process may. On Linux changes
 * wait until the other library has closed it, and after 5 seconds fail with USERIMAGE_SERVER_ERROR and the
 * reason. On macOS the process must not copy the folder either; an upload whose record that may have lost
 * fails. userimage_backup copies a store while it is used.
 *
 * PANICS never leave the library: they are the code USERIMAGE_PANIC, and their text goes to standard error.
 */


#ifndef USERIMAGE_H
#define USERIMAGE_H

#include <stddef.h>
#include <stdint.h>

// Success: the outputs are written.
#define USERIMAGE_OK 0

// The websiteId is malformed, given twice with different values, or not known.
#define USERIMAGE_INVALID_WEBSITE_ID 221

// The webApiClientKey is missing, malformed, given twice with different values, or refused.
#define USERIMAGE_INVALID_CLIENT_KEY 226

// The userId is missing, malformed, or given twice with different values.
#define USERIMAGE_INVALID_USER_ID 261

// The file is missing, over a limit, or not a complete image of an allowed format.
#define USERIMAGE_INVALID_FILE 262

// The DPI is malformed, given twice with different values, or under the website's minimum.
#define USERIMAGE_INVALID_DPI 265

// The websiteId is missing.
#define USERIMAGE_MISSING_WEBSITE_ID 372

// The storage or the authenticator failed, or a file of the host cannot be read.
#define USERIMAGE_SERVER_ERROR 500

// The library panicked, which is a bug in it. The process and every handle stay usable.
#define USERIMAGE_PANIC 900

// A pointer that must not be NULL is NULL.
#define USERIMAGE_NULL_POINTER 901

// A struct_size is not that of any version of the struct.
#define USERIMAGE_BAD_STRUCT_SIZE 902

// A flag is set that this version of the library does not know.
#define USERIMAGE_UNKNOWN_FLAG 903

// A text from the host (a configuration, a path) is not UTF-8.
#define USERIMAGE_BAD_UTF8 904

// The configuration is malformed, contradicts itself, or its storage cannot be opened.
#define USERIMAGE_INVALID_CONFIG 906

// There is no such image, or no such format, or no EXIF block.
#define USERIMAGE_ABSENT 907

// The storage has no such operation.
#define USERIMAGE_UNSUPPORTED 908

// An argument is out of its range.
#define USERIMAGE_INVALID_ARGUMENT 909

// The sink takes no such answer, has one already, or its callback has returned.
#define USERIMAGE_SINK_CLOSED 910

// The library's version is not compatible with the one that the caller was built for.
#define USERIMAGE_INCOMPATIBLE 911

// The websiteId is missing or blank.
#define USERIMAGE_KIND_MISSING_WEBSITE_ID 37201

// The websiteId is not a number from 1 to 2147483647.
#define USERIMAGE_KIND_MALFORMED_WEBSITE_ID 22101

// The websiteId is given twice with different values.
#define USERIMAGE_KIND_CONFLICTING_WEBSITE_ID 22102

// The authenticator does not know the website. HTTP status 401.
#define USERIMAGE_KIND_UNKNOWN_WEBSITE 22103

// The webApiClientKey is missing or blank.
#define USERIMAGE_KIND_MISSING_CLIENT_KEY 22601

// The webApiClientKey is longer than 256 characters or not visible ASCII.
#define USERIMAGE_KIND_MALFORMED_CLIENT_KEY 22602

// The webApiClientKey is given twice with different values.
#define USERIMAGE_KIND_CONFLICTING_CLIENT_KEY 22603

// The authenticator refuses the key for this website. HTTP status 401.
#define USERIMAGE_KIND_REFUSED_CLIENT_KEY 22604

// The userId is missing or blank.
#define USERIMAGE_KIND_MISSING_USER_ID 26101

// The userId is longer than 256 characters, has control characters, or is not UTF-8.
#define USERIMAGE_KIND_MALFORMED_USER_ID 26102

// The userId is given twice with different values.
#define USERIMAGE_KIND_CONFLICTING_USER_ID 26103

// The DPI is not a number from 1 to 65535.
#define USERIMAGE_KIND_MALFORMED_DPI 26501

// The DPI is given twice with different values.
#define USERIMAGE_KIND_CONFLICTING_DPI 26502

// There is no part named postedFile.
#define USERIMAGE_KIND_MISSING_FILE 26201

// There is more than one part named postedFile.
#define USERIMAGE_KIND_REPEATED_FILE 26202

// The part postedFile has neither a file name nor a content type.
#define USERIMAGE_KIND_UNNAMED_FILE 26203

// The file has no bytes.
#define USERIMAGE_KIND_EMPTY_FILE 26204

// The body is not a well-formed multipart/form-data.
#define USERIMAGE_KIND_MALFORMED_FORM 26205

// The body ended early.
#define USERIMAGE_KIND_INCOMPLETE_BODY 26206

// The file or the body has too many bytes. HTTP status 413.
#define USERIMAGE_KIND_TOO_LARGE 26207

// The bytes are not an image of a known format.
#define USERIMAGE_KIND_NOT_AN_IMAGE 26208

// The image is damaged or cut short.
#define USERIMAGE_KIND_DAMAGED 26209

// The website does not take this format.
#define USERIMAGE_KIND_FORMAT_NOT_ALLOWED 26210

// The image uses a coding of its format that is not decoded.
#define USERIMAGE_KIND_UNSUPPORTED_CODING 26211

// The image has no size in pixels.
#define USERIMAGE_KIND_NO_PIXEL_SIZE 26212

// The image is wider than the website allows.
#define USERIMAGE_KIND_TOO_WIDE 26213

// The image is taller than the website allows.
#define USERIMAGE_KIND_TOO_TALL 26214

// The image has more pixels than the website allows.
#define USERIMAGE_KIND_TOO_MANY_PIXELS 26215

// The image has more frames or pages than the website allows.
#define USERIMAGE_KIND_TOO_MANY_FRAMES 26216

// Decoding the image needs more memory than the website allows.
#define USERIMAGE_KIND_TOO_MUCH_MEMORY 26217

// The file has content that acts: a script, an attachment, a form. The website does not allow it.
#define USERIMAGE_KIND_ACTIVE_CONTENT 26218

// The image has too few pixels for the website's smallest print.
#define USERIMAGE_KIND_PRINT_TOO_SMALL 26219

// An inspector refuses the image.
#define USERIMAGE_KIND_REFUSED_BY_INSPECTOR 26220

// The website has stored as much as it may.
#define USERIMAGE_KIND_WEBSITE_QUOTA_EXCEEDED 26230

// The user has stored as much as one may on this website.
#define USERIMAGE_KIND_USER_QUOTA_EXCEEDED 26231

// The DPI is under the website's minimum.
#define USERIMAGE_KIND_DPI_UNDER_MINIMUM 26503

// The storage could not store or read. HTTP status 500.
#define USERIMAGE_KIND_STORAGE_FAILED 50001

// The authenticator could not decide. HTTP status 500.
#define USERIMAGE_KIND_AUTHENTICATOR_FAILED 50002

// A file of the host cannot be read. HTTP status 500.
#define USERIMAGE_KIND_UNREADABLE_FILE 50003

// Other uploads took all of the memory for renditions for too long. The upload can be tried again. HTTP
// status 500.
#define USERIMAGE_KIND_BUSY 50004

// The host gave the upload up with userimage_cancellation_cancel. HTTP status 500.
#define USERIMAGE_KIND_CANCELLED 50005

// An inspector could not decide. HTTP status 500.
#define USERIMAGE_KIND_INSPECTOR_FAILED 50006

// The ABI's major version: another one is incompatible.
#define USERIMAGE_ABI_MAJOR 0

// The ABI's minor version: a higher one has everything that a lower one has.
#define USERIMAGE_ABI_MINOR 1

// For userimage_host: a number, true and false of the configuration may also be a text, such as "1001", as in
// configurations that are made of environment variables.
#define USERIMAGE_HOST_TEXTS 1

// For userimage_part: data is not copied. It must not change or be freed before the request is.
#define USERIMAGE_PART_BORROW 1

// For userimage_http_request: the host reads the body of the response with
// userimage_http_response_read_at. A stored file is then not read into memory.
#define USERIMAGE_HTTP_STREAMED 1

// A record cannot be read.
#define USERIMAGE_PROBLEM_DAMAGED_RECORD 1

// An image lacks a file.
#define USERIMAGE_PROBLEM_MISSING 2

// A file has another length than its record states.
#define USERIMAGE_PROBLEM_WRONG_LENGTH 3

// A file has another SHA-256 than its record states.
#define USERIMAGE_PROBLEM_WRONG_SHA256 4

// A file cannot be read.
#define USERIMAGE_PROBLEM_UNREADABLE 5

// A file has no record, and no upload or deletion that is in progress owns it.
#define USERIMAGE_PROBLEM_ORPHAN 6

// For userimage_record_view: standard_sha256 is known. Old records do not have it.
#define USERIMAGE_RECORD_HAS_STANDARD_SHA256 1

// For userimage_record_view: difference_hash is known. Old records do not have it.
#define USERIMAGE_RECORD_HAS_DIFFERENCE_HASH 2

// For userimage_record_view: thumb_hash is known. Old records do not have it.
#define USERIMAGE_RECORD_HAS_THUMB_HASH 4

// It has too few pixels for the website's min_print, which warns instead of refusing.
#define USERIMAGE_WARNING_LOW_RESOLUTION 1

// Its colours are inks (CMYK), and no profile states which.
#define USERIMAGE_WARNING_CMYK_WITHOUT_PROFILE 2

// Pixels of it are transparent: the colour below them shows.
#define USERIMAGE_WARNING_TRANSPARENCY 4

// It has inks of its own beside or instead of CMYK, which the rendition does not show as they print.
#define USERIMAGE_WARNING_SPOT_COLOURS 8

// It is an animation, of which the rendition shows the first frame.
#define USERIMAGE_WARNING_ANIMATION 16

// Texts of it are drawn in another font, or not at all: theirs is neither in the file nor among the host's.
#define USERIMAGE_WARNING_FONTS_MISSING 32

// For userimage_info_view: width, height, stored_width and stored_height are known. A PDF without pages has none, nor
// has an SVG without a size.
#define USERIMAGE_INFO_HAS_SIZE 1

// dpi_x, dpi_y, stored_dpi_x, stored_dpi_y and dpi_source are known.
#define USERIMAGE_INFO_HAS_DPI 2

// print_width_inches and print_height_inches are known: there are a size and a DPI.
#define USERIMAGE_INFO_HAS_PRINT_SIZE 4

// colour_model, colour_bits and has_alpha are known.
#define USERIMAGE_INFO_HAS_COLOUR 8

// frames is known from the header. Else see userimage_count_frames.
#define USERIMAGE_INFO_HAS_FRAMES 16

// For userimage_exif_view: make is there.
#define USERIMAGE_EXIF_HAS_MAKE 1

// model is there.
#define USERIMAGE_EXIF_HAS_MODEL 2

// lens is there.
#define USERIMAGE_EXIF_HAS_LENS 4

// software is there.
#define USERIMAGE_EXIF_HAS_SOFTWARE 8

// time is there.
#define USERIMAGE_EXIF_HAS_TIME 16

// For flags of userimage_render_options: lossless WebP where that has fewer bytes ("format": "webp").
#define USERIMAGE_RENDER_WEBP 1

// For userimage_error_view: the error has a kind. An error with a code from 900 on has none: its code says
// what is wrong, and its reason which argument.
#define USERIMAGE_ERROR_HAS_KIND 1

// The longest text of a userimage_stored, in bytes.
#define USERIMAGE_MAX_TEXT 65536

// The server failed.
#define USERIMAGE_LOG_ERROR 1

// Something unexpected.
#define USERIMAGE_LOG_WARN 2

// Each upload, stored or refused: one line.
#define USERIMAGE_LOG_INFO 3

// For developers of the library.
#define USERIMAGE_LOG_DEBUG 4

// For developers of the library, in detail.
#define USERIMAGE_LOG_TRACE 5

// A request whose head is admitted, and whose form is still to come: read with userimage_admitted_get. It
// is the caller's alone, outlives its uploader (it keeps the tables of the host), and is freed with
// userimage_admitted_free, finished or not. One call at a time may use it.
typedef struct userimage_admitted userimage_admitted;

// A request whose body comes in pieces: read with userimage_body_receiver_get. It is the caller's alone,
// outlives its uploader (it keeps the tables of the host), and is freed with userimage_body_receiver_free,
// finished or not. One call at a time may use it.
typedef struct userimage_body_receiver userimage_body_receiver;

// Bytes that the library returns. They are the caller's alone, belong to no other handle, and are freed
// with userimage_bytes_free. Several threads may read them at once.
typedef struct userimage_bytes userimage_bytes;

// Gives uploads up: made before them, named by userimage_fields, userimage_request_cancelled_by or
// userimage_body_receiver_cancelled_by; or an operation that takes it as a parameter. It is the caller's alone, and is
// freed with userimage_cancellation_free, also while uploads that it was named for still run. Several threads may use
// it at once.
typedef struct userimage_cancellation userimage_cancellation;

// Why a call failed: read with userimage_error_get. It is the caller's alone, belongs to no other
// handle, and is freed with userimage_error_free. Several threads may read it at once.
typedef struct userimage_error userimage_error;

// What EXIF states about how a picture was taken: read with userimage_exif_get. It is the caller's
// alone, belongs to no other handle, and is freed with userimage_exif_free. Several threads may read it at
// once.
typedef struct userimage_exif userimage_exif;

// The response to an HTTP request: read with userimage_http_response_get. It is the caller's alone,
// belongs to no other handle, and is freed with userimage_http_response_free. Several threads may read it
// at once.
typedef struct userimage_http_response userimage_http_response;

// An image that is stored: read with userimage_image_get. It is the caller's alone (those of a list are
// the list's), outlives its uploader, and is freed with userimage_image_free. Several threads may read
// it at once.
typedef struct userimage_image userimage_image;

// What a file's header says: read with userimage_info_get. It is the caller's alone, belongs to no other
// handle, and is freed with userimage_info_free. Several threads may read it at once.
typedef struct userimage_info userimage_info;

// A part of a user's images: read with userimage_list_get. It is the caller's alone, outlives its
// uploader, and is freed with userimage_list_free. Several threads may read it at once.
typedef struct userimage_list userimage_list;

// What is known of an image, whichever storage keeps it: read with userimage_record_get. The record of an
// image or of a storage's callback lives as long as that; the one of userimage_record_from_json is the
// caller's, and is freed with userimage_record_free. Several threads may read it at once.
typedef struct userimage_record userimage_record;

// A rendition: read with userimage_rendition_get. It is the caller's alone, belongs to no other handle,
// and is freed with userimage_rendition_free. Several threads may read it at once.
typedef struct userimage_rendition userimage_rendition;

// A request with all its headers, query parameters and form parts: a server need not know which of them
// are the protocol's. Names match without regard to ASCII case. It is the caller's alone and is freed
// with userimage_request_free. One thread at a time may add to it; several may upload it at once.
typedef struct userimage_request userimage_request;

// Where a callback puts its answer. A callback may pass its sink to another thread and wait for it; an
// answer after the callback has returned is too late, and refused with USERIMAGE_SINK_CLOSED.
//
// A sink lives until its callback returns. A thread that may use it later keeps it alive with
// userimage_sink_retain, and frees it with userimage_sink_free. Several threads may use it at once.
typedef struct userimage_sink userimage_sink;

// A file of a stored image, open for reading: from userimage_open or userimage_open_key, read with
// userimage_file_read_at, freed with userimage_file_free. It belongs to no other handle. Several threads may
// use it at once.
typedef struct userimage_file userimage_file;

// Takes uploads. Opened once, at the start, and used by any number of threads at once; every call
// blocks. It is freed with userimage_uploader_free.
typedef struct userimage_uploader userimage_uploader;

// What userimage_verify has found: read with userimage_verify_report_get. It is the caller's alone, belongs
// to no other handle, and is freed with userimage_verify_report_free. Several threads may read it at once.
typedef struct userimage_verify_report userimage_verify_report;

// An image format. Its texts live as long as the process.
typedef struct {
    // sizeof(userimage_format_view), set by the caller
    uint32_t struct_size;
    // 1 if a rendition can be made of it, and a website may take it; else 0: it is probed only.
    uint32_t has_rendition;
    // The name in configurations and records, such as "jpeg".
    const char *name;
    size_t name_len;
    // Such as "image/jpeg".
    const char *mime_type;
    size_t mime_type_len;
    // The extension with its dot, such as ".jpg".
    const char *extension;
    size_t extension_len;
} userimage_format_view;

// A host's own storage. The caller sets all bytes to 0, struct_size to its sizeof, and what there is. Only
// store is required; without another callback its function returns USERIMAGE_UNSUPPORTED.
//
// A callback answers through its sink before it returns, and returns USERIMAGE_OK; or it returns any other
// code, after userimage_sink_fail with a reason, and the call that it was invoked for fails with
// USERIMAGE_SERVER_ERROR. find, find_key, read, read_range and delete_image return USERIMAGE_ABSENT if there is
// no such image. An answer that is missing or invalid is a failure too. The call waits for the callback, without a
// time limit of the library's. Callbacks are called from any thread that calls the library, from several at
// once, and may use the library, this uploader too. What they are given lives until they return. No C++
// exception and no longjmp may leave them.
typedef struct {
    // sizeof(userimage_storage)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The host's own, passed to each callback.
    void *user_data;
    // Called exactly once, from any thread, after the last use of the table; or NULL.
    void (*destroy)(void *user_data);
    // Stores an image, all files and the record or nothing, durably, and answers with
    // userimage_sink_stored. Never NULL. Further renditions are those of the record: userimage_record_rendition
    // has their bytes.
    int32_t (*store)(void *user_data,
                     const userimage_record *record,
                     const uint8_t *original,
                     size_t original_len,
                     const uint8_t *standard,
                     size_t standard_len,
                     const userimage_sink *sink);
    // Finds an image of the website and answers with userimage_sink_image.
    int32_t (*find)(void *user_data, int32_t website_id, uint64_t id, const userimage_sink *sink);
    // Finds the image of any website that has a file under key (see original_key and standard_key of
    // userimage_record_view) and answers with userimage_sink_image. Needed to serve files over HTTP.
    int32_t (*find_key)(void *user_data, const char *key, size_t key_len, const userimage_sink *sink);
    // Reads one of an image's files and answers with userimage_sink_bytes. variant is "original", "standard" or
    // the name of a further rendition, which the image may have been uploaded without: USERIMAGE_ABSENT.
    int32_t (*read)(void *user_data,
                    int32_t website_id,
                    uint64_t id,
                    const char *variant,
                    size_t variant_len,
                    const userimage_sink *sink);
    // Lists a user's images, newest first: at most page_size of them, after the first page_index *
    // page_size. It answers with userimage_sink_total and, for each image, userimage_sink_image.
    int32_t (*list)(void *user_data,
                    int32_t website_id,
                    const char *user_id,
                    size_t user_id_len,
                    uint64_t page_index,
                    uint32_t page_size,
                    const userimage_sink *sink);
    // Deletes an image of the website and all its files. The code that it returns is the answer.
    int32_t (*delete_image)(void *user_data,
                            int32_t website_id,
                            uint64_t id,
                            const userimage_sink *sink);
    // Removes what never finished and is older than min_age_ms milliseconds, and answers with
    // userimage_sink_swept.
    int32_t (*sweep)(void *user_data, uint64_t min_age_ms, const userimage_sink *sink);
    // Reads len bytes at offset of one of an image's files, as read names it, and answers with
    // userimage_sink_bytes. Offset and len lie within the length that the image's record states. Without this
    // callback a file is read at once, and is in memory while it is open.
    int32_t (*read_range)(void *user_data,
                          int32_t website_id,
                          uint64_t id,
                          const char *variant,
                          size_t variant_len,
                          uint64_t offset,
                          size_t len,
                          const userimage_sink *sink);
} userimage_storage;

// A host's own authenticator: it knows the websites and the keys that open them. The caller sets all bytes
// to 0, struct_size to its sizeof, and what there is.
//
// Both callbacks answer with userimage_sink_decide and return USERIMAGE_OK; or any other code if they
// cannot decide now: the upload then fails with USERIMAGE_SERVER_ERROR, as without an answer. They are
// called from any thread that uploads, from several at once, and may use the library. No C++ exception and
// no longjmp may leave them.
typedef struct {
    // sizeof(userimage_authenticator)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The host's own, passed to each callback.
    void *user_data;
    // Called exactly once, from any thread, after the last use of the table; or NULL.
    void (*destroy)(void *user_data);
    // Decides whether there is such a website. Never NULL.
    int32_t (*knows)(void *user_data, int32_t website_id, const userimage_sink *sink);
    // Decides whether the key (visible ASCII, without a NUL at its end) opens the website. Compare it in
    // constant time, and never log it. Never NULL.
    int32_t (*accepts)(void *user_data,
                       int32_t website_id,
                       const char *key,
                       size_t key_len,
                       const userimage_sink *sink);
} userimage_authenticator;

// Receives what the library logs in the calls of one uploader: each upload is one line, with website, id,
// format, sizes and times; never a key, a user or file content. The caller sets all bytes to 0, struct_size
// to its sizeof, and what there is.
//
// The callback is called from any thread that calls the library, from several at once. It may use the
// library; what the library does for it is not logged. No C++ exception and no longjmp may leave it.
typedef struct {
    // sizeof(userimage_log)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The host's own, passed to each callback.
    void *user_data;
    // Called exactly once, from any thread, after the last use of the table; or NULL.
    void (*destroy)(void *user_data);
    // The most detailed level that is wanted: USERIMAGE_LOG_ERROR to USERIMAGE_LOG_TRACE.
    int32_t max_level;
    // 0
    int32_t reserved;
    // Receives one line: UTF-8 without control characters and without a NUL at its end, which lives until
    // the callback returns. Never NULL.
    void (*line)(void *user_data, int32_t level, const char *text, size_t text_len);
} userimage_log;

// A host's own inspector: it decides about each image that everything else has accepted, before it is stored. The
// caller sets all bytes to 0, struct_size to its sizeof, and what there is.
typedef struct {
    // sizeof(userimage_inspector)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The host's own, passed to each callback.
    void *user_data;
    // Called exactly once, from any thread, after the last use of the table; or NULL.
    void (*destroy)(void *user_data);
    // Decides about an image, of which nothing is stored yet: its record and the bytes of both files, which live
    // until this returns. It answers with userimage_sink_decide (1 accepts the image) or with
    // userimage_sink_refuse, and returns USERIMAGE_OK; or any other code if it cannot decide now, after
    // userimage_sink_fail with a reason. The upload then fails with USERIMAGE_SERVER_ERROR, as without an answer,
    // unless the configuration allows failures. The upload waits for it, without a time limit of the library's. It is
    // called from any thread that uploads, from several at once, and may use the library. No C++ exception and no
    // longjmp may leave it. Never NULL.
    int32_t (*inspect)(void *user_data,
                       const userimage_record *record,
                       const uint8_t *original,
                       size_t original_len,
                       const uint8_t *standard,
                       size_t standard_len,
                       const userimage_sink *sink);
    // Its name in reasons, in the log and in metrics; or NULL: "inspector".
    const char *name;
    // The name's length in bytes.
    size_t name_len;
} userimage_inspector;

// What the host adds to a configuration. The caller sets all bytes to 0, struct_size to its sizeof, and
// what there is. The struct and the tables are read by the call and not used after it.
typedef struct {
    // sizeof(userimage_host)
    uint32_t struct_size;
    // 0 or USERIMAGE_HOST_TEXTS
    uint32_t flags;
    // The host's own storage, if the configuration names none; or NULL.
    const userimage_storage *storage;
    // The host's own authenticator, which the configuration's "authentication": "host" requires; or NULL.
    const userimage_authenticator *authenticator;
    // Receives what the library logs; or NULL.
    const userimage_log *log;
    // The host's own inspectors; or NULL. They are asked in this order: each where the configuration's "inspectors"
    // has the next {"host": {}}, and those that it does not name after its own.
    const userimage_inspector *const *inspectors;
    // How many there are.
    size_t inspector_count;
} userimage_host;

// The fields of an upload, as the client sent them: the library checks them. The caller sets all bytes to
// 0, struct_size to its sizeof, and what there is. A text that is NULL is a field that the client did not
// send; it need not be UTF-8. Everything stays the caller's and is not used after the call.
typedef struct {
    // sizeof(userimage_fields)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The header websiteId.
    const char *website_id;
    // Its length in bytes, here and below.
    size_t website_id_len;
    // The header webApiClientKey.
    const char *client_key;
    size_t client_key_len;
    // The parameter userId.
    const char *user_id;
    size_t user_id_len;
    // The parameter DPI.
    const char *dpi;
    size_t dpi_len;
    // The client's file name. NULL: it gave none.
    const char *file_name;
    size_t file_name_len;
    // The file. NULL if there is no file.
    const uint8_t *data;
    size_t data_len;
    // What gives the upload up; or NULL.
    const userimage_cancellation *cancellation;
} userimage_fields;

// A part of a form: a field or a file. The caller sets all bytes to 0, struct_size to its sizeof, and what
// there is. Texts need not be UTF-8.
typedef struct {
    // sizeof(userimage_part)
    uint32_t struct_size;
    // 0 or USERIMAGE_PART_BORROW
    uint32_t flags;
    // The field's name; never NULL.
    const char *name;
    // Its length in bytes, here and below.
    size_t name_len;
    // The client's file name. NULL: it gave none.
    const char *file_name;
    size_t file_name_len;
    // The client's content type. NULL: it gave none.
    const char *content_type;
    size_t content_type_len;
    // The content. NULL: it is empty.
    const uint8_t *data;
    size_t data_len;
} userimage_part;

// An admitted request. The caller sets struct_size, userimage_admitted_get the rest.
typedef struct {
    // sizeof(userimage_admitted_view), set by the caller
    uint32_t struct_size;
    // The website of the request.
    int32_t website_id;
    // The longest file that the website takes, in bytes.
    uint64_t max_bytes;
} userimage_admitted_view;

// A header of a request or of a response. This struct never changes.
typedef struct {
    // Its name: of a request in any case, of a response in lower case.
    const char *name;
    // Its length in bytes, here and below.
    size_t name_len;
    // Its value.
    const char *value;
    size_t value_len;
} userimage_http_header;

// The head of an HTTP request, as the client sent it. The caller sets all bytes to 0, struct_size to its
// sizeof, and the rest. Texts need not be UTF-8. Everything stays the caller's and is not used after the
// call.
//
// What HTTP does not allow is an error of the client, not of the call, and gets a response: such a target
// is not found (404), such a method is not allowed (405), and such a header value is invalid if an upload
// reads that header.
typedef struct {
    // sizeof(userimage_http_request)
    uint32_t struct_size;
    // 0, or USERIMAGE_HTTP_STREAMED
    uint32_t flags;
    // Such as "POST".
    const char *method;
    // Its length in bytes, here and below.
    size_t method_len;
    // The path and the query of the request line, still percent-encoded.
    const char *target;
    size_t target_len;
    // All headers, header_count of them, including repeated ones. NULL: there are none.
    const userimage_http_header *headers;
    size_t header_count;
    // The IP address at the other end of the connection, such as "192.0.2.1" or "2001:db8::1": the client,
    // or a proxy. With the configuration's "trusted_proxies" it gives the client's address in the log.
    // NULL: it is not known.
    const char *peer;
    size_t peer_len;
} userimage_http_request;

// What a request still needs. The caller sets struct_size, userimage_body_receiver_get the rest.
typedef struct {
    // sizeof(userimage_body_receiver_view), set by the caller
    uint32_t struct_size;
    // 1 if more of the body is wanted; 0 if the request can be finished: the rest need not be read.
    uint32_t wants_more;
    // The longest body that is accepted, in bytes: the most that the receiver holds. 0 if the request needs
    // no body.
    uint64_t limit;
} userimage_body_receiver_view;

// A response. The caller sets struct_size, userimage_http_response_get the rest; headers and body live as
// long as the response.
typedef struct {
    // sizeof(userimage_http_response_view), set by the caller
    uint32_t struct_size;
    // The status, such as 200.
    int32_t status;
    // The length of the body. The response to HEAD has none, whatever its content-length.
    uint64_t body_len;
    // The headers, header_count of them. One of them is content-length; a server may compute its own.
    const userimage_http_header *headers;
    size_t header_count;
    // The body; NULL if it is not in memory, which is only after USERIMAGE_HTTP_STREAMED: read it with
    // userimage_http_response_read_at.
    const uint8_t *body;
} userimage_http_response_view;

// What a sweep removed. The caller sets all bytes to 0 and struct_size to its sizeof; userimage_sweep sets
// the rest, or a host's own storage does for userimage_sink_swept.
typedef struct {
    // sizeof(userimage_sweep_report)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // Records of uploads and deletions that never finished.
    uint64_t records;
    // Files of these that were removed.
    uint64_t files;
    // Images that were deleted because they were older than the retention of their website's policy. A
    // host's own storage leaves it 0.
    uint64_t images;
} userimage_sweep_report;

// What is known of an open file. The caller sets struct_size, userimage_file_get the rest; texts live as long
// as the file.
typedef struct {
    // sizeof(userimage_file_view), set by the caller
    uint32_t struct_size;
    // 0
    uint32_t has;
    // Its length in bytes.
    uint64_t len;
    // Its MIME type, such as "image/png".
    const char *mime_type;
    size_t mime_type_len;
    // "original", "standard" or the name of a further rendition.
    const char *variant;
    size_t variant_len;
} userimage_file_view;

// How much a website or a user has stored. The caller sets struct_size, userimage_usage the rest.
typedef struct {
    // sizeof(userimage_usage_view), set by the caller
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The number of images.
    uint64_t images;
    // The bytes of their originals and renditions.
    uint64_t bytes;
    // The number of users who have images.
    uint64_t users;
} userimage_usage_view;

// What a copy did. The caller sets struct_size, the function that copies the rest.
typedef struct {
    // sizeof(userimage_copy_view), set by the caller
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The number of images that were copied.
    uint64_t copied;
    // The number of images that the target already had.
    uint64_t present;
} userimage_copy_view;

// Something that userimage_verify found. This struct never changes.
typedef struct {
    // USERIMAGE_PROBLEM_...; later versions may have more.
    int32_t kind;
    // Whether image is known.
    int32_t has_image;
    // The id of the image, unless it is a file without one.
    uint64_t image;
    // The key of the file, or NULL for a record that cannot be read.
    const char *key;
    size_t key_len;
    // The reason, in words.
    const char *reason;
    size_t reason_len;
} userimage_problem;

// What a comparison has found. The caller sets struct_size, userimage_verify_report_get the rest, which lives
// as long as the report.
typedef struct {
    // sizeof(userimage_verify_report_view), set by the caller
    uint32_t struct_size;
    // 1 if everything was checked, else 0: pass the report to userimage_verify to go on.
    uint32_t complete;
    // The number of images whose files were checked.
    uint64_t images;
    // The number of bytes that were read.
    uint64_t bytes;
    // The number of files whose records were looked up.
    uint64_t files;
    // What is not as it should be, problem_count of them.
    const userimage_problem *problems;
    size_t problem_count;
    // The report as a JSON document, for userimage_verify_report_from_json.
    const char *json;
    size_t json_len;
} userimage_verify_report_view;

// A stored image. The caller sets struct_size, userimage_image_get the rest; the texts and the record
// live as long as the image.
typedef struct {
    // sizeof(userimage_image_view), set by the caller
    uint32_t struct_size;
    // The HTTP status of the envelope: 200.
    int32_t http_status;
    // Its number: above 0, unique in its store, never used twice.
    uint64_t id;
    // The number, as text, of the first upload of the same bytes by the same user of the same website;
    // or a text from a host's own storage.
    const char *photo_code;
    // Its length in bytes, here and below.
    size_t photo_code_len;
    // The URL of the original.
    const char *original_url;
    size_t original_url_len;
    // The URL of the standard rendition.
    const char *standard_url;
    size_t standard_url_len;
    // The answer to the client: the protocol's JSON envelope.
    const char *envelope;
    size_t envelope_len;
    // Everything else that is known of it: see userimage_record_get.
    const userimage_record *record;
} userimage_image_view;

// The URL of a further rendition. This struct never changes.
typedef struct {
    // Its name, such as "thumbnail".
    const char *name;
    // Its length in bytes, here and below.
    size_t name_len;
    // Where a client gets it.
    const char *url;
    size_t url_len;
} userimage_rendition_url;

// An image as a host's own storage keeps it: for a sink, and for userimage_image_new. The host sets all
// bytes to 0, struct_size to its sizeof, and what there is. Texts are UTF-8, not NULL, and of at most
// USERIMAGE_MAX_TEXT bytes. Everything stays the host's and is copied.
typedef struct {
    // sizeof(userimage_stored)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The image's number: 1 to 9223372036854775807, unique in the storage, never used twice.
    uint64_t id;
    // The same for every upload of the same bytes by the same user of the same website.
    const char *photo_code;
    // Its length in bytes, here and below.
    size_t photo_code_len;
    // The URL of the original.
    const char *original_url;
    size_t original_url_len;
    // The URL of the standard rendition.
    const char *standard_url;
    size_t standard_url_len;
    // The document of userimage_record_json. userimage_sink_stored ignores it.
    const char *record_json;
    size_t record_json_len;
    // The URLs of the further renditions, rendition_url_count of them; NULL: there are none.
    const userimage_rendition_url *rendition_urls;
    size_t rendition_url_count;
} userimage_stored;

// A part of a user's images. The caller sets struct_size, userimage_list_get the rest.
typedef struct {
    // sizeof(userimage_list_view), set by the caller
    uint32_t struct_size;
    // How many images there are in this part.
    uint32_t image_count;
    // How many images the user has in all.
    uint64_t total;
    // The images of this part, newest first. They are the list's: they live as long, and are not to be
    // freed.
    const userimage_image *const *images;
} userimage_list_view;

// A further rendition of an image, which the configuration names. The caller sets struct_size,
// userimage_record_rendition the rest; what it points to lives as long as the record.
typedef struct {
    // sizeof(userimage_record_rendition_view), set by the caller
    uint32_t struct_size;
    // 0
    uint32_t has;
    // Its length in bytes.
    uint64_t bytes;
    // Its width and height in pixels.
    uint32_t width;
    uint32_t height;
    // Its name, such as "thumbnail".
    const char *name;
    // Its length in bytes, here and below.
    size_t name_len;
    // The key under which the library's storages keep it, such as "thumbnail/2026_11_....jpg".
    const char *key;
    size_t key_len;
    // Its format: "jpeg", "png" if the image has transparency, or "webp" where that is chosen and smaller.
    const char *format;
    size_t format_len;
    const char *mime_type;
    size_t mime_type_len;
    // Its SHA-256: 32 bytes.
    const uint8_t *sha256;
    size_t sha256_len;
    // The file, in the record that a storage's store callback is given; NULL in every other record.
    const uint8_t *data;
    size_t data_len;
} userimage_record_rendition_view;

// The facts of an image. The caller sets struct_size, userimage_record_get the rest; texts and hashes
// live as long as the record.
typedef struct {
    // sizeof(userimage_record_view), set by the caller
    uint32_t struct_size;
    // Which of the facts that may be missing are known: USERIMAGE_RECORD_HAS_...
    uint32_t has;
    // When it was uploaded: milliseconds since 1970, UTC.
    int64_t created;
    // The original's length in bytes.
    uint64_t original_bytes;
    // The standard rendition's length in bytes.
    uint64_t standard_bytes;
    // What whoever prints it should look at: USERIMAGE_WARNING_... bits.
    uint64_t warnings;
    // The website that it was uploaded to.
    int32_t website_id;
    // EXIF's orientation, 1 to 8: how the stored pixels are turned or mirrored for display.
    uint32_t orientation;
    // The original's width and height in pixels as displayed, after orientation.
    uint32_t width;
    uint32_t height;
    // The original's width and height in pixels as stored, before orientation.
    uint32_t stored_width;
    uint32_t stored_height;
    // The answer's dots per inch, horizontal and vertical, as displayed: the request's, else the file's
    // own, else 72.
    uint32_t dpi;
    uint32_t dpi_y;
    // The standard rendition's width and height in pixels.
    uint32_t standard_width;
    uint32_t standard_height;
    // Who uploaded it.
    const char *user_id;
    // Its length in bytes, here and below.
    size_t user_id_len;
    // The client's file name: for display, never to be used as a path.
    const char *image_name;
    size_t image_name_len;
    // The name that it is stored under: safe in a path and in a URL.
    const char *unique_name;
    size_t unique_name_len;
    // The original's format, found in its bytes: a name of userimage_format_get, such as "jpeg".
    const char *format;
    size_t format_len;
    // Such as "image/jpeg".
    const char *mime_type;
    size_t mime_type_len;
    // The extension with its dot, such as ".jpg".
    const char *extension;
    size_t extension_len;
    // The keys under which the library's storages keep the two files: paths relative to the store, such
    // as "original/2026_11_....png". A host's own storage may use them too.
    const char *original_key;
    size_t original_key_len;
    const char *standard_key;
    size_t standard_key_len;
    // The standard rendition's format: "jpeg", or "png" if the image has transparency.
    const char *standard_format;
    size_t standard_format_len;
    const char *standard_mime_type;
    size_t standard_mime_type_len;
    // The original's SHA-256: 32 bytes.
    const uint8_t *sha256;
    size_t sha256_len;
    // The standard rendition's SHA-256: 32 bytes, or NULL. USERIMAGE_RECORD_HAS_STANDARD_SHA256
    const uint8_t *standard_sha256;
    size_t standard_sha256_len;
    // The difference hash of the picture, 64 bits: those of similar pictures differ in few of them. See
    // userimage_find_similar. USERIMAGE_RECORD_HAS_DIFFERENCE_HASH
    uint64_t difference_hash;
    // The ThumbHash of the picture, from which a placeholder is drawn, or NULL. USERIMAGE_RECORD_HAS_THUMB_HASH
    const uint8_t *thumb_hash;
    size_t thumb_hash_len;
    // How many further renditions the image has: see userimage_record_rendition.
    size_t rendition_count;
} userimage_record_view;

// A file that the host reads in pieces: an open file, an object in a store. The caller sets all bytes to 0,
// struct_size to its sizeof, and the rest.
//
// It is used during the call that it is passed to, in the thread of that call. No C++ exception and no longjmp
// may leave the callback.
typedef struct {
    // sizeof(userimage_reader)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The file's length in bytes.
    uint64_t len;
    // The host's own, passed to the callback.
    void *user_data;
    // Reads bytes at offset into buffer, at most buffer_len, sets *read to their number, and returns USERIMAGE_OK;
    // or returns any other code if the file cannot be read. Fewer bytes than asked for are no error; none means
    // that the file has become shorter. Offset and buffer_len lie within len. Never NULL.
    int32_t (*read_at)(void *user_data,
                       uint64_t offset,
                       uint8_t *buffer,
                       size_t buffer_len,
                       size_t *read);
} userimage_reader;

// What a file's header says. The caller sets struct_size, userimage_info_get the rest. A fact that the
// header does not state is 0 or NULL, and its bit in has is 0. Texts live as long as the info.
typedef struct {
    // sizeof(userimage_info_view), set by the caller
    uint32_t struct_size;
    // Which of the facts that may be missing are known: USERIMAGE_INFO_HAS_...
    uint32_t has;
    // The file's own dots per inch, horizontal and vertical, as displayed: after orientation.
    double dpi_x;
    double dpi_y;
    // The file's own dots per inch, horizontal and vertical, as stored: before orientation.
    double stored_dpi_x;
    double stored_dpi_y;
    // The size of a print at the file's own dots per inch, in inches, as displayed.
    double print_width_inches;
    double print_height_inches;
    // Width and height in pixels as displayed: after orientation.
    uint32_t width;
    uint32_t height;
    // Width and height in pixels as stored: before orientation.
    uint32_t stored_width;
    uint32_t stored_height;
    // EXIF's orientation, 1 to 8: how the stored pixels are turned or mirrored for display. 1: not at all.
    uint32_t orientation;
    // The number of frames, pages or pictures.
    uint32_t frames;
    // Bits of one colour channel, or of a palette's index.
    uint32_t colour_bits;
    // 1 if there is transparency, else 0.
    uint32_t has_alpha;
    // 1 if an ICC profile is embedded, else 0.
    uint32_t has_icc;
    // 1 if there is an EXIF block that parses, else 0.
    uint32_t has_exif;
    // 1 if there is an XMP packet, else 0.
    uint32_t has_xmp;
    // 1 if EXIF states where the picture was taken, else 0.
    uint32_t has_gps;
    // The format, found in the bytes: a name of userimage_format_get, such as "jpeg".
    const char *format;
    // Its length in bytes, here and below.
    size_t format_len;
    // Such as "image/jpeg".
    const char *mime_type;
    size_t mime_type_len;
    // The extension with its dot, such as ".jpg".
    const char *extension;
    size_t extension_len;
    // The part of the file that states its DPI: "exif", "jfif", "8bim", "phys", "bmp", "jp2-capture" or
    // "jp2-display".
    const char *dpi_source;
    size_t dpi_source_len;
    // What the colour channels are: "grey", "rgb", "cmyk", "palette", "lab" or "devicen".
    const char *colour_model;
    size_t colour_model_len;
} userimage_info_view;

// What EXIF states about how a picture was taken. The caller sets struct_size, userimage_exif_get the
// rest. What is missing is NULL, and its bit in has is 0. Texts are the camera's, trimmed, and live as long
// as the exif.
typedef struct {
    // sizeof(userimage_exif_view), set by the caller
    uint32_t struct_size;
    // What is there: USERIMAGE_EXIF_HAS_...
    uint32_t has;
    // The camera's manufacturer.
    const char *make;
    // Its length in bytes, here and below.
    size_t make_len;
    // The camera's model.
    const char *model;
    size_t model_len;
    // The lens.
    const char *lens;
    size_t lens_len;
    // The software that wrote the file.
    const char *software;
    size_t software_len;
    // When the picture was taken, else when the file was changed: "YYYY:MM:DD HH:MM:SS", in the camera's
    // time zone.
    const char *time;
    size_t time_len;
    // 1 if the file states where the picture was taken, else 0.
    uint32_t has_position;
} userimage_exif_view;

// How a rendition is made, and within which limits. The caller sets all bytes to 0, struct_size to its
// sizeof, and what differs from the default; 0 is the default. The defaults, and what each limit is for,
// are in docs/configuration.md, under the same names in "standard" and "policy".
typedef struct {
    // sizeof(userimage_render_options)
    uint32_t struct_size;
    // 0, or USERIMAGE_RENDER_WEBP
    uint32_t flags;
    // The rendition's greatest width and height in pixels: 1 to 65535.
    uint32_t max_width;
    uint32_t max_height;
    // The quality of a JPEG: 1 to 100.
    uint32_t jpeg_quality;
    // The most frames of an animation or pages of a TIFF.
    uint32_t max_frames;
    // The longest file, in bytes.
    uint64_t max_bytes;
    // The most pixels of the original.
    uint64_t max_pixels;
    // The most memory that decoding may need, in bytes.
    uint64_t max_memory;
    // The formats that the original may have: the names of userimage_format_view, separated by commas, such as
    // "jpeg,heic,svg". NULL: jpeg, png, gif, bmp, tiff and webp.
    const char *formats;
    size_t formats_len;
} userimage_render_options;

// A rendition. The caller sets struct_size, userimage_rendition_get the rest; the bytes live as long as
// the rendition.
typedef struct {
    // sizeof(userimage_rendition_view), set by the caller
    uint32_t struct_size;
    // 0
    uint32_t has;
    // Width and height in pixels.
    uint32_t width;
    uint32_t height;
    // "jpeg", "png" if the image has transparency, or "webp" where that is chosen and smaller.
    const char *format;
    // Its length in bytes, here and below.
    size_t format_len;
    const char *mime_type;
    size_t mime_type_len;
    // The extension with its dot.
    const char *extension;
    size_t extension_len;
    // The file.
    const uint8_t *data;
    size_t data_len;
    // The difference hash of the picture, 64 bits: see userimage_find_similar.
    uint64_t difference_hash;
    // The ThumbHash of the picture, from which a placeholder is drawn.
    const uint8_t *thumb_hash;
    size_t thumb_hash_len;
} userimage_rendition_view;

// Why a call failed. The caller sets struct_size, userimage_error_get the rest; texts and failures live
// as long as the error.
typedef struct {
    // sizeof(userimage_error_view), set by the caller
    uint32_t struct_size;
    // USERIMAGE_ERROR_HAS_KIND or 0
    uint32_t has;
    // The code that the failed function returned.
    int32_t code;
    // What exactly is wrong: one of USERIMAGE_KIND_..., whose numbers never change; else 0.
    int32_t kind;
    // The HTTP status of the envelope: 400, 401, 413 or 500.
    int32_t http_status;
    // The number of failures below.
    uint32_t failure_count;
    // The kind's name, such as "too_large"; else NULL.
    const char *kind_name;
    // Its length in bytes, here and below.
    size_t kind_name_len;
    // The code's text: the protocol's, which a client may see, or the ABI's own from 900 on.
    const char *message;
    size_t message_len;
    // What is wrong, in words, with the words of the operating system or of a host's own storage. For
    // the host and its log: a client must not see it. It never holds a key or file content.
    const char *reason;
    size_t reason_len;
    // The answer to the client: the protocol's JSON envelope. For a code from 900 on, which is the host's
    // own mistake, it says that the server failed.
    const char *envelope;
    size_t envelope_len;
    // For userimage_validate and userimage_validate_request: every failure of the fields, in the
    // protocol's order, each an error of its own. They are this error's, and are not to be freed. Other
    // errors have none.
    const userimage_error *const *failures;
} userimage_error_view;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Returns the ABI's version: the major version times 65536, plus the minor version. (No code.)
//
// Threads: any, at any time.
int32_t userimage_abi_version(void);

// Checks that the library fits a caller that was built for this version. Call it first, with
// USERIMAGE_ABI_MAJOR and USERIMAGE_ABI_MINOR.
//
// Threads: any, at any time. Errors: USERIMAGE_INCOMPATIBLE.
int32_t userimage_abi_compatible(int32_t major, int32_t minor);

// Returns the library's version, such as "0.1.0".
//
// Ownership: the text lives as long as the process. Threads: any, at any time. Errors: misuse only.
int32_t userimage_version(const char **data, size_t *len);

// Returns the text of a code, such as "Invalid DPI value" for USERIMAGE_INVALID_DPI.
//
// Ownership: the text lives as long as the process. Threads: any, at any time. Errors:
// USERIMAGE_INVALID_ARGUMENT for a number that is not a code of an error.
int32_t userimage_code_message(int32_t code, const char **data, size_t *len);

// Fills view with the format at index, counted from 0, in an order that stays the same.
//
// Threads: any, at any time. Errors: USERIMAGE_ABSENT past the last format.
int32_t userimage_format_get(size_t index, userimage_format_view *view);

// Opens an uploader from a configuration, a JSON document with the keys of docs/configuration.md, and,
// unless host is NULL, what the host adds.
//
// Ownership: config and host stay the caller's. Each table in host whose struct_size is valid is taken
// over by this call, whatever it returns: its destroy is called exactly once, after the last use of
// the table, and also if opening fails. *uploader is the caller's, to be freed with
// userimage_uploader_free. Threads: any, several at once. Errors: USERIMAGE_INVALID_CONFIG with the
// reason, USERIMAGE_BAD_UTF8.
int32_t userimage_uploader_open(const char *config,
                                size_t config_len,
                                const userimage_host *host,
                                userimage_uploader **uploader,
                                userimage_error **error);

// Uploads a file with the fields that came with it: validates them, identifies the image, makes its
// standard rendition, and stores all of it, durably, or nothing.
//
// Ownership: fields stay the caller's; *image is the caller's, to be freed with userimage_image_free.
// Threads: any, several at once. Errors: the first failure in the protocol's order.
int32_t userimage_upload(const userimage_uploader *uploader,
                         const userimage_fields *fields,
                         userimage_image **image,
                         userimage_error **error);

// As userimage_upload, for the host's file at path (UTF-8 on every system, without a NUL at its end). The
// fields have no data. If they have no file name, it is the path's last part. The head is checked first, and
// no more than the website's limit is read.
//
// Ownership and threads: as userimage_upload; path stays the caller's. Errors: as userimage_upload, and
// USERIMAGE_SERVER_ERROR with USERIMAGE_KIND_UNREADABLE_FILE if the file cannot be read or is not a regular
// file (a FIFO is never opened), USERIMAGE_BAD_UTF8.
int32_t userimage_upload_path(const userimage_uploader *uploader,
                              const userimage_fields *fields,
                              const char *path,
                              size_t path_len,
                              userimage_image **image,
                              userimage_error **error);

// As userimage_upload, for a request of headers, query parameters and form parts.
//
// Ownership: request stays the caller's and may be used again; *image is the caller's, to be freed with
// userimage_image_free. Threads: any, several at once. Errors: the first failure in the protocol's order.
int32_t userimage_upload_request(const userimage_uploader *uploader,
                                 const userimage_request *request,
                                 userimage_image **image,
                                 userimage_error **error);

// Validates all fields of a request: nothing is decoded or stored. On failure the error's code, kind,
// message and status are those of the first failure; its reason and its envelope have all of them, and so
// has failures of userimage_error_view.
//
// Ownership: request stays the caller's. Threads: any, several at once. Errors: the failures.
int32_t userimage_validate_request(const userimage_uploader *uploader,
                                   const userimage_request *request,
                                   userimage_error **error);

// As userimage_validate_request, for the fields of userimage_upload.
//
// Ownership: fields stay the caller's. Threads: any, several at once. Errors: the failures.
int32_t userimage_validate(const userimage_uploader *uploader,
                           const userimage_fields *fields,
                           userimage_error **error);

// Returns the longest file that a website takes, in bytes: more of a file need never be read.
//
// Threads: any, several at once. Errors: USERIMAGE_INVALID_WEBSITE_ID if website_id is not above 0; a
// website without a policy of its own has the default's limit.
int32_t userimage_max_bytes(const userimage_uploader *uploader,
                            int32_t website_id,
                            uint64_t *max_bytes,
                            userimage_error **error);

// Returns what the uploader has done since it was opened, as text for Prometheus (format version 0.0.4):
// uploads by result and kind of error, their bytes and steps, those in flight, and errors of the storage.
//
// Ownership: *text is the caller's, to be freed with userimage_bytes_free. Threads: any, several at once.
// Errors: misuse only.
int32_t userimage_metrics(const userimage_uploader *uploader,
                          userimage_bytes **text,
                          userimage_error **error);

// Frees an uploader; NULL is ignored. What it has returned stays valid. Calls in progress are finished
// first (a callback may free the uploader that called it), and the host's tables are destroyed after them.
void userimage_uploader_free(userimage_uploader *uploader);

// Makes a cancellation that is not cancelled.
//
// Ownership: *cancellation is the caller's, to be freed with userimage_cancellation_free. Threads: any,
// several at once. Errors: misuse only.
int32_t userimage_cancellation_new(userimage_cancellation **cancellation,
                                   userimage_error **error);

// Gives up the uploads that the cancellation is named for: they fail with USERIMAGE_SERVER_ERROR and
// USERIMAGE_KIND_CANCELLED, and store nothing. An upload looks before and after the file is probed, while it waits for
// memory, between decoding, scaling and encoding, and before it is stored. What is being stored is stored. An operation
// looks between its steps; what it has done until then remains. It does not wait, and cannot be taken back.
//
// Threads: any, several at once. Errors: misuse only.
int32_t userimage_cancellation_cancel(const userimage_cancellation *cancellation);

// Frees a cancellation; NULL is ignored. Uploads that it was named for go on.
void userimage_cancellation_free(userimage_cancellation *cancellation);

// Makes a request that is empty.
//
// Ownership: *request is the caller's, to be freed with userimage_request_free. Threads: any, several at
// once. Errors: misuse only.
int32_t userimage_request_new(userimage_request **request,
                              userimage_error **error);

// Adds a header. Name and value need not be UTF-8.
//
// Ownership: name and value are copied. Threads: one at a time. Errors: misuse only; the request is then
// as it was.
int32_t userimage_request_header(userimage_request *request,
                                 const char *name,
                                 size_t name_len,
                                 const char *value,
                                 size_t value_len,
                                 userimage_error **error);

// Adds a query parameter, percent-decoded. Name and value need not be UTF-8.
//
// Ownership: name and value are copied. Threads: one at a time. Errors: misuse only; the request is then
// as it was.
int32_t userimage_request_query(userimage_request *request,
                                const char *name,
                                size_t name_len,
                                const char *value,
                                size_t value_len,
                                userimage_error **error);

// Adds a part of the form.
//
// Ownership: everything is copied, except data with USERIMAGE_PART_BORROW. Threads: one at a time.
// Errors: misuse only; the request is then as it was.
int32_t userimage_request_part(userimage_request *request,
                               const userimage_part *part,
                               userimage_error **error);

// Names what gives the uploads of this request up, instead of what was named before.
//
// Ownership: cancellation stays the caller's, and may be freed before the request. Threads: one at a time.
// Errors: misuse only.
int32_t userimage_request_cancelled_by(userimage_request *request,
                                       const userimage_cancellation *cancellation);

// Frees a request; NULL is ignored.
void userimage_request_free(userimage_request *request);

// Checks the head of a request, its headers and query parameters, before its body is read: the website,
// its key, and what the query already decides. Form parts of the request are ignored.
//
// Ownership: request stays the caller's; *admitted is the caller's, to be freed with
// userimage_admitted_free. Threads: any, several at once. Errors: the first failure in the protocol's
// order.
int32_t userimage_admit(const userimage_uploader *uploader,
                        const userimage_request *request,
                        userimage_admitted **admitted,
                        userimage_error **error);

// Fills view with what was admitted.
//
// Threads: any, several at once. Errors: misuse only.
int32_t userimage_admitted_get(const userimage_admitted *admitted, userimage_admitted_view *view);

// Uploads what was admitted with the form parts of a request, whose headers and query parameters are
// ignored. It can be done once; admitted must be freed anyway.
//
// Ownership: form stays the caller's; *image is the caller's, to be freed with userimage_image_free.
// Threads: one at a time. Errors: the first failure in the protocol's order; USERIMAGE_INVALID_ARGUMENT
// the second time, or if another call is using admitted.
int32_t userimage_admitted_finish(userimage_admitted *admitted,
                                  const userimage_request *form,
                                  userimage_image **image,
                                  userimage_error **error);

// Frees an admitted request, finished or not; NULL is ignored.
void userimage_admitted_free(userimage_admitted *admitted);

// Handles an HTTP request whose body is in memory, by the configuration's "http".
//
// Every request has a response, and a client's error is not an error of the call.
//
// Ownership: request and body stay the caller's and are not used after the call; *response is the
// caller's, to be freed with userimage_http_response_free. Threads: any, several at once. Errors: misuse,
// and USERIMAGE_PANIC.
int32_t userimage_handle(const userimage_uploader *uploader,
                         const userimage_http_request *request,
                         const uint8_t *body,
                         size_t body_len,
                         userimage_http_response **response,
                         userimage_error **error);

// Begins a request whose body comes in pieces: handles it by its head alone, or needs its body, as
// userimage_body_receiver_view says. This asks the authenticator, and reads the file that a GET is for.
//
// Ownership: request stays the caller's and is not used after the call; *receiver is the caller's, to be
// freed with userimage_body_receiver_free. Threads: any, several at once. Errors: as userimage_handle.
int32_t userimage_http_begin(const userimage_uploader *uploader,
                             const userimage_http_request *request,
                             userimage_body_receiver **receiver,
                             userimage_error **error);

// Fills view with what the request still needs.
//
// Threads: one at a time. Errors: USERIMAGE_INVALID_ARGUMENT if another call is using the receiver.
int32_t userimage_body_receiver_get(const userimage_body_receiver *receiver,
                                    userimage_body_receiver_view *view);

// Takes the next piece of the body, of any length. It never blocks. *wants_more is 1 or 0: 0 once the
// body is longer than the limit, or if none is needed. Bytes that are fed anyway are dropped.
//
// Ownership: data stays the caller's and is not used after the call. Threads: one at a time. Errors:
// USERIMAGE_INVALID_ARGUMENT after userimage_body_receiver_finish, or if another call is using the
// receiver.
int32_t userimage_body_receiver_feed(userimage_body_receiver *receiver,
                                     const uint8_t *data,
                                     size_t data_len,
                                     int32_t *wants_more,
                                     userimage_error **error);

// Handles the request, once its body has ended or is not needed any more. This decodes and stores the
// image. It can be done once; the receiver must be freed anyway.
//
// A body that broke off must not be finished as if it had ended: free the receiver, or use
// userimage_body_receiver_finish_broken.
//
// Ownership: *response is the caller's, to be freed with userimage_http_response_free. Threads: one at a
// time. Errors: as userimage_handle, and USERIMAGE_INVALID_ARGUMENT the second time, or if another call
// is using the receiver.
int32_t userimage_body_receiver_finish(userimage_body_receiver *receiver,
                                       userimage_http_response **response,
                                       userimage_error **error);

// As userimage_body_receiver_finish, for a body that broke off or is malformed, if the client can still read
// a response: 400. The reason is for the log. A request that needs no body has its usual response.
//
// Ownership: as userimage_body_receiver_finish; reason stays the caller's. Threads: one at a time. Errors: as
// userimage_body_receiver_finish, and USERIMAGE_BAD_UTF8.
int32_t userimage_body_receiver_finish_broken(userimage_body_receiver *receiver,
                                              const char *reason,
                                              size_t reason_len,
                                              userimage_http_response **response,
                                              userimage_error **error);

// As userimage_body_receiver_finish, for a client that has not sent the body in time: 408. A request that
// needs no body has its usual response.
//
// Ownership, threads and errors: as userimage_body_receiver_finish.
int32_t userimage_body_receiver_finish_timed_out(userimage_body_receiver *receiver,
                                                 userimage_http_response **response,
                                                 userimage_error **error);

// Names what gives the upload up that the receiver finishes. Of another request nothing is given up.
//
// Ownership: cancellation stays the caller's, and may be freed before the receiver. Threads: one at a time.
// Errors: USERIMAGE_INVALID_ARGUMENT after userimage_body_receiver_finish, or if another call is using the
// receiver.
int32_t userimage_body_receiver_cancelled_by(userimage_body_receiver *receiver,
                                             const userimage_cancellation *cancellation);

// Frees a receiver, finished or not, and what was fed to it; NULL is ignored.
void userimage_body_receiver_free(userimage_body_receiver *receiver);

// Fills view with the response.
//
// Ownership: what view points to lives as long as the response. Threads: any, several at once. Errors:
// misuse only.
int32_t userimage_http_response_get(const userimage_http_response *response,
                                    userimage_http_response_view *view);

// Reads the bytes at offset of the body into buffer, of buffer_len bytes, and sets *read to their number: at
// and after its end 0, else at least 1. After an error the connection must be closed, since the
// content-length was sent.
//
// Ownership: buffer stays the caller's; no other thread uses it during the call. Threads: any, several at
// once. Errors: USERIMAGE_SERVER_ERROR if the file cannot be read, e.g. because it was deleted meanwhile.
int32_t userimage_http_response_read_at(const userimage_http_response *response,
                                        uint64_t offset,
                                        uint8_t *buffer,
                                        size_t buffer_len,
                                        size_t *read,
                                        userimage_error **error);

// Makes the response to a request that the host refuses itself, for instance because it is not valid HTTP:
// the API's envelope with this status, 400 to 599, and its usual text.
//
// Ownership: *response is the caller's, to be freed with userimage_http_response_free. Threads: any, several
// at once. Errors: USERIMAGE_INVALID_ARGUMENT for another status.
int32_t userimage_http_error_response(int32_t status,
                                      userimage_http_response **response,
                                      userimage_error **error);

// Frees a response; NULL is ignored.
void userimage_http_response_free(userimage_http_response *response);

// Finds an image of a website by its id.
//
// Ownership: *image is the caller's, to be freed with userimage_image_free. Threads: any, several at
// once. Errors: USERIMAGE_ABSENT if the website has no such image, USERIMAGE_UNSUPPORTED if the storage
// cannot do it, USERIMAGE_SERVER_ERROR if it fails, USERIMAGE_INVALID_WEBSITE_ID; so for all functions
// that read back.
int32_t userimage_find(const userimage_uploader *uploader,
                       int32_t website_id,
                       uint64_t id,
                       userimage_image **image,
                       userimage_error **error);

// Finds the image of any website that has a file under key, such as "original/2026_11_....png": for a
// server that serves files. A key cannot be guessed; only who has the image's URL knows it.
//
// Ownership: key stays the caller's; *image is the caller's, to be freed with userimage_image_free.
// Threads: any, several at once. Errors: as userimage_find; what is not a key is USERIMAGE_ABSENT.
int32_t userimage_find_key(const userimage_uploader *uploader,
                           const char *key,
                           size_t key_len,
                           userimage_image **image,
                           userimage_error **error);

// Reads one of an image's files. variant is "original" (the bytes that the client sent), "standard" (the rendition for
// screens) or the name of a further rendition; so for all functions that take one.
//
// Ownership: variant stays the caller's; *bytes are the caller's, to be freed with userimage_bytes_free. Threads:
// any, several at once. Errors: as userimage_find, USERIMAGE_ABSENT also if the image was uploaded without the
// rendition, and USERIMAGE_INVALID_ARGUMENT for what cannot be the name of a rendition.
int32_t userimage_read(const userimage_uploader *uploader,
                       int32_t website_id,
                       uint64_t id,
                       const char *variant,
                       size_t variant_len,
                       userimage_bytes **bytes,
                       userimage_error **error);

// Finds the images of a website, or of one of its users, that look like the picture with this difference hash: those
// whose hash differs from it in at most distance of the 64 bits, the most similar first, at most limit of them.
// user_id may be NULL. See difference_hash of userimage_record_view and of userimage_rendition_view; the distance
// of two hashes is the number of bits in their exclusive or. About 10 finds the same picture coded anew.
//
// Ownership: user_id stays the caller's; *list is the caller's, to be freed with userimage_list_free; its total is
// the number of images in it. Threads: any, several at once. Errors: as userimage_list_images.
int32_t userimage_find_similar(const userimage_uploader *uploader,
                               int32_t website_id,
                               const char *user_id,
                               size_t user_id_len,
                               uint64_t difference_hash,
                               uint32_t distance,
                               uint32_t limit,
                               userimage_list **list,
                               userimage_error **error);

// Lists a user's images, newest first: at most page_size of them, after the first page_index * page_size.
//
// Ownership: user_id stays the caller's; *list is the caller's, to be freed with userimage_list_free.
// Threads: any, several at once. Errors: as userimage_find, and USERIMAGE_INVALID_USER_ID; the list of a
// user without images is empty.
int32_t userimage_list_images(const userimage_uploader *uploader,
                              int32_t website_id,
                              const char *user_id,
                              size_t user_id_len,
                              uint64_t page_index,
                              uint32_t page_size,
                              userimage_list **list,
                              userimage_error **error);

// Lists a user's images by key, newest first: at most size of them, with ids less than before, which is the
// last id of the list before; 0 for the first. Every list is as fast as the first. total of *list is 0: the
// images are not counted.
//
// Ownership, threads and errors: as userimage_list_images.
int32_t userimage_list_after(const userimage_uploader *uploader,
                             int32_t website_id,
                             const char *user_id,
                             size_t user_id_len,
                             uint64_t before,
                             uint32_t size,
                             userimage_list **list,
                             userimage_error **error);

// Lists those of a user's images whose name contains text, ignoring case, newest first: at most page_size of
// them, after the first page_index * page_size. total of *list is how many there are.
//
// Ownership: user_id and text stay the caller's; else as userimage_list_images. Threads and errors: as
// userimage_list_images.
int32_t userimage_search(const userimage_uploader *uploader,
                         int32_t website_id,
                         const char *user_id,
                         size_t user_id_len,
                         const char *text,
                         size_t text_len,
                         uint64_t page_index,
                         uint32_t page_size,
                         userimage_list **list,
                         userimage_error **error);

// Deletes an image of a website and all its files.
//
// Threads: any, several at once. Errors: as userimage_find.
int32_t userimage_delete(const userimage_uploader *uploader,
                         int32_t website_id,
                         uint64_t id,
                         userimage_error **error);

// Removes what uploads and deletions that never finished have left behind, once it is older than
// min_age_ms milliseconds. An upload that takes longer than that fails and stores nothing. Deletes the
// images that are older than the retention of their website's policy. report may be NULL. cancellation is NULL, or
// ends the sweep after at most 100 more images.
//
// Threads: any, several at once. Errors: as userimage_find; USERIMAGE_SERVER_ERROR with USERIMAGE_KIND_CANCELLED if it
// is cancelled.
int32_t userimage_sweep(const userimage_uploader *uploader,
                        uint64_t min_age_ms,
                        const userimage_cancellation *cancellation,
                        userimage_sweep_report *report,
                        userimage_error **error);

// Opens one of an image's files, as userimage_read names it, for reading in pieces.
//
// Ownership: variant stays the caller's; *file is the caller's, to be freed with userimage_file_free. Threads: any,
// several at once. Errors: as userimage_read.
int32_t userimage_open(const userimage_uploader *uploader,
                       int32_t website_id,
                       uint64_t id,
                       const char *variant,
                       size_t variant_len,
                       userimage_file **file,
                       userimage_error **error);

// Opens the file that has this key, of any website: for a server that serves files.
//
// Ownership: key stays the caller's; *file is the caller's, to be freed with userimage_file_free. Threads:
// any, several at once. Errors: as userimage_find_key.
int32_t userimage_open_key(const userimage_uploader *uploader,
                           const char *key,
                           size_t key_len,
                           userimage_file **file,
                           userimage_error **error);

// Fills view with what the open file is.
//
// Ownership: what view points to lives as long as the file. Threads: any, several at once. Errors:
// misuse only.
int32_t userimage_file_get(const userimage_file *file, userimage_file_view *view);

// Reads the bytes at offset into buffer, of buffer_len bytes, and sets *read to their number: buffer_len,
// or less where the file ends. At and after its end *read is 0.
//
// Ownership: buffer stays the caller's; no other thread uses it during the call. Threads: any, several at
// once. Errors: USERIMAGE_SERVER_ERROR if the file cannot be read, e.g. because it was deleted meanwhile.
int32_t userimage_file_read_at(const userimage_file *file,
                               uint64_t offset,
                               uint8_t *buffer,
                               size_t buffer_len,
                               size_t *read,
                               userimage_error **error);

// Closes and frees an open file; NULL is ignored.
void userimage_file_free(userimage_file *file);

// Returns a URL of one of an image's files, as userimage_read names it, that works at least for expires_ms
// milliseconds: a signed one where the files are private, else the image's own.
//
// Ownership: variant stays the caller's; *url is the caller's, to be freed with userimage_bytes_free. Threads: any,
// several at once. Errors: as userimage_read; USERIMAGE_SERVER_ERROR if the URL cannot be signed.
int32_t userimage_get_url(const userimage_uploader *uploader,
                          const userimage_image *image,
                          const char *variant,
                          size_t variant_len,
                          uint64_t expires_ms,
                          userimage_bytes **url,
                          userimage_error **error);

// Returns how much a website, or one of its users, has stored; user_id may be NULL.
//
// Threads: any, several at once. Errors: as userimage_list_images.
int32_t userimage_usage(const userimage_uploader *uploader,
                        int32_t website_id,
                        const char *user_id,
                        size_t user_id_len,
                        userimage_usage_view *usage,
                        userimage_error **error);

// Deletes all images of a user and their files, and sets *deleted to their number. After an error, a cancellation or
// a crash, call it again. cancellation is NULL, or ends it after at most 100 more images.
//
// Threads: any, several at once. Errors: as userimage_list_images; USERIMAGE_SERVER_ERROR with
// USERIMAGE_KIND_CANCELLED if it is cancelled.
int32_t userimage_delete_user(const userimage_uploader *uploader,
                              int32_t website_id,
                              const char *user_id,
                              size_t user_id_len,
                              const userimage_cancellation *cancellation,
                              uint64_t *deleted,
                              userimage_error **error);

// Makes all images of the user from_user those of to_user, e.g. when a guest signs in, and sets
// *reassigned to their number. Ids, photo codes and URLs remain. After an error, a cancellation or a crash, call it
// again. cancellation is NULL, or ends it after at most 1,000 more images.
//
// Threads: any, several at once. Errors: as userimage_delete_user.
int32_t userimage_reassign(const userimage_uploader *uploader,
                           int32_t website_id,
                           const char *from_user,
                           size_t from_user_len,
                           const char *to_user,
                           size_t to_user_len,
                           const userimage_cancellation *cancellation,
                           uint64_t *reassigned,
                           userimage_error **error);

// Deletes the images of a website that were uploaded at least age_ms milliseconds ago, and sets *deleted to
// their number. cancellation as for userimage_delete_user. After an error, a cancellation or a crash, call it again.
//
// Threads: any, several at once. Errors: as userimage_find; USERIMAGE_SERVER_ERROR with USERIMAGE_KIND_CANCELLED if it
// is cancelled.
int32_t userimage_expire(const userimage_uploader *uploader,
                         int32_t website_id,
                         uint64_t age_ms,
                         const userimage_cancellation *cancellation,
                         uint64_t *deleted,
                         userimage_error **error);

// Compares every file with the length and SHA-256 of its record, looks for files without records, and
// sets *report to what it found. A step checks at most 100 images or files; after max_steps of them, unless
// that is 0, the call ends with a report that is not complete. previous is NULL, or such a report, to go on
// from there.
//
// Ownership: previous stays the caller's; *report is the caller's, to be freed with
// userimage_verify_report_free. Threads: any, several at once. Errors: USERIMAGE_UNSUPPORTED,
// USERIMAGE_SERVER_ERROR.
int32_t userimage_verify(const userimage_uploader *uploader,
                         const userimage_verify_report *previous,
                         uint64_t max_steps,
                         userimage_verify_report **report,
                         userimage_error **error);

// Copies all images to the storage of another uploader, with their ids and photo codes. Those that it has
// are left as they are, so that a copy can be repeated and brought up to date. cancellation is NULL, or ends
// the copy after at most 100 more images. copy may be NULL.
//
// Threads: any, several at once. Errors: USERIMAGE_UNSUPPORTED if either storage cannot do it,
// USERIMAGE_SERVER_ERROR if it fails or, with USERIMAGE_KIND_CANCELLED, is cancelled.
int32_t userimage_copy_to(const userimage_uploader *uploader,
                          const userimage_uploader *target,
                          const userimage_cancellation *cancellation,
                          userimage_copy_view *copy,
                          userimage_error **error);

// Copies all images to the folder path while uploads go on. The folder is a local storage. An older backup
// in it is brought up to date. cancellation and copy as for userimage_copy_to.
//
// Ownership: path stays the caller's. Threads: any, several at once. Errors: as userimage_copy_to.
int32_t userimage_backup(const userimage_uploader *uploader,
                         const char *path,
                         size_t path_len,
                         const userimage_cancellation *cancellation,
                         userimage_copy_view *copy,
                         userimage_error **error);

// Copies the images of the backup in the folder path to the uploader's storage, with their ids and photo
// codes. cancellation and copy as for userimage_copy_to.
//
// Ownership: path stays the caller's. Threads: any, several at once. Errors: as userimage_copy_to.
int32_t userimage_restore(const userimage_uploader *uploader,
                          const char *path,
                          size_t path_len,
                          const userimage_cancellation *cancellation,
                          userimage_copy_view *copy,
                          userimage_error **error);

// Fills view with what was found.
//
// Ownership: what view points to lives as long as the report. Threads: any, several at once. Errors: misuse
// only.
int32_t userimage_verify_report_get(const userimage_verify_report *report,
                                    userimage_verify_report_view *view);

// Reads a report from the document that its view has.
//
// Ownership: json stays the caller's; *report is the caller's, to be freed with
// userimage_verify_report_free. Threads: any, several at once. Errors: USERIMAGE_INVALID_ARGUMENT if json is
// no report, USERIMAGE_BAD_UTF8.
int32_t userimage_verify_report_from_json(const char *json,
                                          size_t json_len,
                                          userimage_verify_report **report,
                                          userimage_error **error);

// Frees a report; NULL is ignored.
void userimage_verify_report_free(userimage_verify_report *report);

// Fills view with what the image is.
//
// Ownership: what view points to lives as long as the image. Threads: any, several at once. Errors:
// misuse only.
int32_t userimage_image_get(const userimage_image *image, userimage_image_view *view);

// Returns the URL of a further rendition of the image.
//
// Ownership: name stays the caller's; the text lives as long as the image. Threads: any, several at once. Errors:
// USERIMAGE_ABSENT if the image does not have the rendition; misuse.
int32_t userimage_image_rendition_url(const userimage_image *image,
                                      const char *name,
                                      size_t name_len,
                                      const char **data,
                                      size_t *len);

// Returns the image as a JSON document: what userimage_image_from_json makes an image of. Later versions
// of the library read it too.
//
// Ownership: the text lives as long as the image. Threads: any, several at once. Errors: misuse only.
int32_t userimage_image_json(const userimage_image *image,
                             const char **data,
                             size_t *len);

// Makes an image of its parts, with record_json. Nothing is looked up in a storage.
//
// Ownership: stored is copied; *image is the caller's, to be freed with userimage_image_free. Threads:
// any, several at once. Errors: USERIMAGE_INVALID_ARGUMENT if the id, a text or record_json is invalid,
// USERIMAGE_BAD_UTF8.
int32_t userimage_image_new(const userimage_stored *stored,
                            userimage_image **image,
                            userimage_error **error);

// Makes an image of the document of userimage_image_json. Nothing is looked up in a storage.
//
// Ownership: json stays the caller's; *image is the caller's, to be freed with userimage_image_free.
// Threads: any, several at once. Errors: USERIMAGE_INVALID_ARGUMENT if it is not such a document,
// USERIMAGE_BAD_UTF8.
int32_t userimage_image_from_json(const char *json,
                                  size_t json_len,
                                  userimage_image **image,
                                  userimage_error **error);

// Frees an image, but not those of a list; NULL is ignored.
void userimage_image_free(userimage_image *image);

// Fills view with the images of the list.
//
// Ownership: what view points to lives as long as the list. Threads: any, several at once. Errors:
// misuse only.
int32_t userimage_list_get(const userimage_list *list, userimage_list_view *view);

// Frees a list with its images; NULL is ignored.
void userimage_list_free(userimage_list *list);

// Fills view with the further rendition at index, counted from 0, in the order of their names.
//
// Ownership: what view points to lives as long as the record. Threads: any, several at once. Errors:
// USERIMAGE_ABSENT past the last one.
int32_t userimage_record_rendition(const userimage_record *record,
                                   size_t index,
                                   userimage_record_rendition_view *view);

// Fills view with what is known of the image.
//
// Ownership: what view points to lives as long as the record. Threads: any, several at once. Errors:
// misuse only.
int32_t userimage_record_get(const userimage_record *record,
                             userimage_record_view *view);

// Returns the record as a JSON document, for the host's own storage: it keeps the document beside
// the image, and passes it back in userimage_stored or to userimage_record_from_json. Later versions of
// the library read it too.
//
// Ownership: the text lives as long as the record. Threads: any, several at once. Errors: misuse only.
int32_t userimage_record_json(const userimage_record *record,
                              const char **data,
                              size_t *len);

// Makes a record of the document of userimage_record_json.
//
// Ownership: json stays the caller's; *record is the caller's, to be freed with userimage_record_free.
// Threads: any, several at once. Errors: USERIMAGE_INVALID_ARGUMENT if it is not such a document,
// USERIMAGE_BAD_UTF8.
int32_t userimage_record_from_json(const char *json,
                                   size_t json_len,
                                   userimage_record **record,
                                   userimage_error **error);

// Frees a record of userimage_record_from_json, but not that of an image or of a callback; NULL is
// ignored.
void userimage_record_free(userimage_record *record);

// Returns where the bytes are and how many.
//
// Ownership: they live as long as the handle. Threads: any, several at once. Errors: misuse only.
int32_t userimage_bytes_data(const userimage_bytes *bytes, const uint8_t **data, size_t *len);

// Frees bytes; NULL is ignored.
void userimage_bytes_free(userimage_bytes *bytes);

// Identifies a file from its header: format, size, orientation, DPI. Nothing is decoded or stored.
//
// Ownership: data stays the caller's and is not used after the call; *info is the caller's, to be
// freed with userimage_info_free. Threads: any, several at once. Errors: USERIMAGE_INVALID_FILE with
// USERIMAGE_KIND_NOT_AN_IMAGE if it is not of a known format, with USERIMAGE_KIND_DAMAGED if its header is
// cut or malformed.
int32_t userimage_probe(const uint8_t *data,
                        size_t data_len,
                        userimage_info **info,
                        userimage_error **error);

// As userimage_probe, for the file at path (UTF-8 on every system, without a NUL at its end). It reads
// only what the header needs.
//
// Ownership and threads: as userimage_probe; path stays the caller's. Errors: as userimage_probe, and
// USERIMAGE_SERVER_ERROR with USERIMAGE_KIND_UNREADABLE_FILE if the file cannot be read or is not a
// regular file (a FIFO is never opened), USERIMAGE_BAD_UTF8.
int32_t userimage_probe_path(const char *path,
                             size_t path_len,
                             userimage_info **info,
                             userimage_error **error);

// As userimage_probe, for a file that the host reads in pieces. It asks for little more than the header: 1 KiB of
// most files, at most 4 KiB at a time.
//
// Ownership and threads: as userimage_probe; reader stays the caller's and is not used after the call. Errors: as
// userimage_probe, and USERIMAGE_SERVER_ERROR with USERIMAGE_KIND_UNREADABLE_FILE if read_at fails.
int32_t userimage_probe_reader(const userimage_reader *reader,
                               userimage_info **info,
                               userimage_error **error);

// Fills view with what the file's header says.
//
// Ownership: what view points to lives as long as the info. Threads: any, several at once. Errors:
// misuse only.
int32_t userimage_info_get(const userimage_info *info, userimage_info_view *view);

// Returns the facts of the view as a JSON document. What the header does not state is null; a pair of
// numbers, such as "dpi", is horizontal and vertical.
//
// Ownership: the text lives as long as the info. Threads: any, several at once. Errors: misuse only.
int32_t userimage_info_json(const userimage_info *info,
                            const char **data,
                            size_t *len);

// Computes the largest print that has at least min_dpi dots per inch, whatever the file's own DPI: its
// width and height in inches, as displayed.
//
// Threads: any, several at once. Errors: USERIMAGE_ABSENT if the file has no size in pixels, or min_dpi is
// not finite and above 0.
int32_t userimage_info_largest_print(const userimage_info *info,
                                     double min_dpi,
                                     double *width_inches,
                                     double *height_inches);

// Counts the frames, pages or pictures of a file, for formats whose header does not state them. Nothing
// is decoded. It stops at one above limit, enough to refuse what has more.
//
// Ownership: data stays the caller's and is not used after the call. Threads: any, several at once.
// Errors: as userimage_probe.
int32_t userimage_count_frames(const uint8_t *data,
                               size_t data_len,
                               uint32_t limit,
                               uint32_t *frames,
                               userimage_error **error);

// Frees an info; NULL is ignored.
void userimage_info_free(userimage_info *info);

// Reads the EXIF block of a file, or the first directories of a TIFF.
//
// Ownership: data stays the caller's and is not used after the call; *exif is the caller's, to be
// freed with userimage_exif_free. Threads: any, several at once. Errors: USERIMAGE_ABSENT if there is no
// EXIF block that parses, whatever the file is.
int32_t userimage_exif_details(const uint8_t *data,
                               size_t data_len,
                               userimage_exif **exif,
                               userimage_error **error);

// Fills view with what EXIF states.
//
// Ownership: what view points to lives as long as the exif. Threads: any, several at once. Errors:
// misuse only.
int32_t userimage_exif_get(const userimage_exif *exif, userimage_exif_view *view);

// Frees an exif; NULL is ignored.
void userimage_exif_free(userimage_exif *exif);

// Makes the rendition for screens of an image, as an upload does, and stores nothing.
//
// options may be NULL: the defaults.
//
// Ownership: data and options stay the caller's and are not used after the call; *rendition is the
// caller's, to be freed with userimage_rendition_free. Threads: any, several at once. Errors:
// USERIMAGE_INVALID_FILE, with the kind, if it is not a complete image of a format that has a rendition,
// or is over a limit; USERIMAGE_INVALID_ARGUMENT for an option that is out of range.
int32_t userimage_render(const uint8_t *data,
                         size_t data_len,
                         const userimage_render_options *options,
                         userimage_rendition **rendition,
                         userimage_error **error);

// Fills view with the rendition.
//
// Ownership: what view points to lives as long as the rendition. Threads: any, several at once. Errors:
// misuse only.
int32_t userimage_rendition_get(const userimage_rendition *rendition,
                                userimage_rendition_view *view);

// Frees a rendition; NULL is ignored.
void userimage_rendition_free(userimage_rendition *rendition);

// Fills view with why the call failed.
//
// Ownership: what view points to lives as long as the error. Threads: any, several at once. Errors:
// misuse only.
int32_t userimage_error_get(const userimage_error *error, userimage_error_view *view);

// Makes the error of a kind, with the protocol's texts and envelope: for a host that refuses a request itself, such as
// with USERIMAGE_KIND_BUSY.
//
// Ownership: reason is copied; *made is the caller's, to be freed with userimage_error_free. Threads: any,
// several at once. Errors: USERIMAGE_INVALID_ARGUMENT for a number that is not a kind, USERIMAGE_BAD_UTF8.
int32_t userimage_error_new(int32_t kind,
                            const char *reason,
                            size_t reason_len,
                            userimage_error **made);

// Frees an error; NULL is ignored.
void userimage_error_free(userimage_error *error);

// Answers yes (1) or no (0), for an authenticator or an inspector.
//
// Threads: any, several at once; so for all functions of a sink. Errors, of all functions of a sink:
// USERIMAGE_SINK_CLOSED if the callback has returned, is asked for something else, or has answered
// already; USERIMAGE_INVALID_ARGUMENT, USERIMAGE_BAD_STRUCT_SIZE or USERIMAGE_BAD_UTF8 if the answer is
// invalid. An invalid answer invalidates the sink: the call that the callback was invoked for fails.
int32_t userimage_sink_decide(const userimage_sink *sink,
                              int32_t yes);

// Answers no with a reason, for an inspector. The reason goes to the host: the client's answer has it only in a
// header, where the configuration's "explain" asks for that.
//
// Ownership: reason is copied.
int32_t userimage_sink_refuse(const userimage_sink *sink,
                              const char *reason,
                              size_t reason_len);

// Answers what the storage knows of the image that it has stored.
//
// Ownership: stored is copied.
int32_t userimage_sink_stored(const userimage_sink *sink, const userimage_stored *stored);

// Answers an image: the one that is to be found, or the next one of a list, newest first.
//
// Ownership: stored is copied.
int32_t userimage_sink_image(const userimage_sink *sink, const userimage_stored *stored);

// Answers how many images the user has in all, for a list.
int32_t userimage_sink_total(const userimage_sink *sink, uint64_t total);

// Answers bytes of a file that is to be read. Called several times, the pieces are joined.
//
// Ownership: data is copied.
int32_t userimage_sink_bytes(const userimage_sink *sink, const uint8_t *data, size_t data_len);

// Answers what a sweep has removed.
//
// Ownership: report is copied.
int32_t userimage_sink_swept(const userimage_sink *sink, const userimage_sweep_report *report);

// States why the callback fails, in words for the host's log; the callback then returns a code other than
// 0. Without it only that code is known.
//
// Ownership: reason is copied.
int32_t userimage_sink_fail(const userimage_sink *sink,
                            const char *reason,
                            size_t reason_len);

// Keeps a sink alive after its callback has returned, for a thread that may answer too late. To be freed
// with userimage_sink_free, once for each call.
int32_t userimage_sink_retain(const userimage_sink *sink);

// Frees a sink that was kept alive with userimage_sink_retain; NULL is ignored.
void userimage_sink_free(const userimage_sink *sink);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* USERIMAGE_H */
