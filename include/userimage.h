/*
 * userimage: take a user's image upload, check it, know it, make its screen rendition, keep it safe,
 * answer. Written by cbindgen from the sources in ffi/src; not to be edited.
 *
 * CODES. Functions, but for those that free, return 0 (USERIMAGE_OK) or the code of what went wrong:
 * the protocol's below 900, the ABI's own from there on. Where the last parameter is a userimage_error **,
 * it may be NULL; else, on failure only, it receives an error, which is the caller's to free. Outputs are
 * written on success only.
 *
 * OWNERSHIP. What a function hands out in a T ** is the caller's, and is freed with userimage_T_free,
 * which takes NULL. No handle belongs to another: a result outlives its uploader. What is handed out in a
 * const T ** belongs to the handle that it came from. Nothing is freed by the other side's allocator.
 *
 * TEXTS are UTF-8, a pointer and a length in bytes, and do not end with NUL. A text or bytes of length
 * 0 may have any pointer; NULL with another length is an error.
 *
 * STRUCTS that the caller fills begin with struct_size. An older, shorter one and a newer, longer one that
 * uses nothing new are fine.
 *
 * THREADS. There is no global state. Functions may be called from any thread; a handle may be used
 * by several at once where its functions say so, and must not be freed while another call uses it.
 *
 * PANICS never leave the library: they are the code USERIMAGE_PANIC. What they say also goes to standard
 * error.
 */


#ifndef USERIMAGE_H
#define USERIMAGE_H

#include <stddef.h>
#include <stdint.h>

// The ABI's major version: another one is incompatible.
#define USERIMAGE_ABI_MAJOR 0

// The ABI's minor version: a higher one has all that a lower one has.
#define USERIMAGE_ABI_MINOR 1

// Success: the outputs are written.
#define USERIMAGE_OK 0

// The websiteId is malformed or not known.
#define USERIMAGE_INVALID_WEBSITE_ID 221

// The webApiClientKey is missing, malformed or refused.
#define USERIMAGE_INVALID_CLIENT_KEY 226

// The userId is missing or malformed.
#define USERIMAGE_INVALID_USER_ID 261

// The file is missing, over a limit, or not a whole image of an allowed format.
#define USERIMAGE_INVALID_FILE 262

// The DPI is malformed or under the website's minimum.
#define USERIMAGE_INVALID_DPI 265

// The websiteId is missing.
#define USERIMAGE_MISSING_WEBSITE_ID 372

// The storage or the authenticator failed.
#define USERIMAGE_SERVER_ERROR 500

// The library panicked: a fault of its own. The process and every handle can be used on.
#define USERIMAGE_PANIC 900

// A pointer that must not be NULL is NULL.
#define USERIMAGE_NULL_POINTER 901

// A struct_size is not one of a version that this library knows.
#define USERIMAGE_BAD_STRUCT_SIZE 902

// A flag is set that this library does not know.
#define USERIMAGE_UNKNOWN_FLAG 903

// A text is not UTF-8.
#define USERIMAGE_BAD_UTF8 904

// A file of the host cannot be read.
#define USERIMAGE_IO 905

// The configuration is malformed, contradicts itself, or its storage cannot be opened.
#define USERIMAGE_INVALID_CONFIG 906

// What was asked for is not there: no such image, or a value that the file does not tell.
#define USERIMAGE_ABSENT 907

// The storage has no such operation.
#define USERIMAGE_UNSUPPORTED 908

// An argument is out of its range.
#define USERIMAGE_INVALID_ARGUMENT 909

// A sink is not for this answer, has got one already, or its callback has returned.
#define USERIMAGE_SINK_CLOSED 910

// The library is of another, incompatible version than the caller was built for.
#define USERIMAGE_INCOMPATIBLE 911

// For userimage_part: data is not copied. It must not change or go away before the request is freed.
#define USERIMAGE_PART_BORROW 1

// The bytes as they came.
#define USERIMAGE_ORIGINAL 0

// The rendition for screens.
#define USERIMAGE_STANDARD 1

// The longest text that a sink takes, in bytes.
#define USERIMAGE_MAX_TEXT 65536

// A failure of the server's.
#define USERIMAGE_LOG_ERROR 1

// Something odd.
#define USERIMAGE_LOG_WARN 2

// Each upload, stored or refused.
#define USERIMAGE_LOG_INFO 3

// For the library's own developers.
#define USERIMAGE_LOG_DEBUG 4

// For the library's own developers, in detail.
#define USERIMAGE_LOG_TRACE 5

// Bytes that the library hands out. They are the caller's alone, belong to no other handle, and are
// freed with userimage_bytes_free. Several threads may read them at once.
typedef struct userimage_bytes userimage_bytes;

// Why a call did not succeed. It is the caller's alone, belongs to no other handle, and is freed
// with userimage_error_free. Several threads may read it at once.
typedef struct userimage_error userimage_error;

// A request whose body comes in pieces. It is the caller's alone, outlives its uploader (whose host's
// tables it keeps), and is freed with userimage_http_exchange_free; so is one that is given up.
typedef struct userimage_http_exchange userimage_http_exchange;

// What EXIF tells of how a picture was made. It is the caller's alone, belongs to no other handle, and
// is freed with userimage_exif_free. Several threads may read it at once. Its texts are as the camera
// wrote them, trimmed, and live as long.
typedef struct userimage_exif userimage_exif;

// The answer to a whole HTTP request. It is the caller's alone, belongs to no other handle, and is freed
// with userimage_http_response_free. Several threads may read it at once. Its texts and its body live as
// long.
typedef struct userimage_http_response userimage_http_response;

// An image that is safely kept. It is the caller's alone (but for those of a list, which are the
// list's), outlives its uploader, and is freed with userimage_image_free. Several threads may read it
// at once. Its texts live as long.
typedef struct userimage_image userimage_image;

// What a file's header tells. It is the caller's alone, belongs to no other handle, and is freed with
// userimage_info_free. Several threads may read it at once. Texts live as long as the process.
typedef struct userimage_info userimage_info;

// A page of a user's images. It is the caller's alone, outlives its uploader, and is freed with
// userimage_list_free. Several threads may read it at once.
typedef struct userimage_list userimage_list;

// What is known of an image whichever storage keeps it. It is always part of something else (an
// image, or a call of a host's own storage), lives as long, and is never freed on its own. Several
// threads may read it at once. Its texts live as long.
typedef struct userimage_record userimage_record;

// A request as it arrives: headers, query parameters and form parts, of which a server need not know
// which are the protocol's. Names match without regard to ASCII case. It is the caller's alone and
// is freed with userimage_request_free.
typedef struct userimage_request userimage_request;

// Where a callback puts its answer. A callback may hand its sink to another thread and wait for it; but
// what comes after the callback has returned is too late and is refused with USERIMAGE_SINK_CLOSED.
//
// A sink lives until its callback returns. A thread that may use it later keeps it alive with
// userimage_sink_retain, and frees it with userimage_sink_free. Several threads may use it at once.
typedef struct userimage_sink userimage_sink;

// Takes uploads. Made once, at the start, and used by any number of threads at once; every call
// blocks. It is freed with userimage_uploader_free.
typedef struct userimage_uploader userimage_uploader;

// A storage of the host's own. The caller fills it: all of it with zeros, struct_size with sizeof,
// then what there is. Only store is needed; a callback that is NULL makes its function return
// USERIMAGE_UNSUPPORTED.
//
// A callback answers through its sink, before it returns, and returns USERIMAGE_OK; or, after
// userimage_sink_fail with a reason, any other code, and what it was asked for fails with
// USERIMAGE_SERVER_ERROR. find, read and delete_image return USERIMAGE_ABSENT when the website has no
// such image. An answer that is missing or no good is a failure too. A callback may take its time:
// the upload waits for it, without a limit of the library's. Callbacks are called from any thread
// that calls the library, from several at once, and may use the library, this uploader too. No C++
// exception and no longjmp may leave them. What they are given lives until they return.
typedef struct {
    // sizeof(userimage_storage)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The host's own, handed to each callback.
    void *user_data;
    // Called exactly once, from any thread, when the table is not used any more; or NULL.
    void (*destroy)(void *user_data);
    // Keeps an image whole or not at all, durably, and answers with userimage_sink_stored. Never NULL.
    int32_t (*store)(void *user_data,
                     const userimage_record *record,
                     const uint8_t *original,
                     size_t original_len,
                     const uint8_t *standard,
                     size_t standard_len,
                     const userimage_sink *sink);
    // Finds an image of the website and answers with userimage_sink_image.
    int32_t (*find)(void *user_data, int32_t website_id, uint64_t id, const userimage_sink *sink);
    // Reads one of an image's files and answers with userimage_sink_bytes. variant is
    // USERIMAGE_ORIGINAL or USERIMAGE_STANDARD.
    int32_t (*read)(void *user_data,
                    int32_t website_id,
                    uint64_t id,
                    int32_t variant,
                    const userimage_sink *sink);
    // Lists a user's images, newest first, and answers with userimage_sink_total and, for each image
    // of the page, userimage_sink_image.
    int32_t (*list)(void *user_data,
                    int32_t website_id,
                    const char *user_id,
                    size_t user_id_len,
                    uint64_t page_index,
                    uint32_t page_size,
                    const userimage_sink *sink);
    // Deletes an image of the website and both its files. Its code is the answer.
    int32_t (*delete_image)(void *user_data,
                            int32_t website_id,
                            uint64_t id,
                            const userimage_sink *sink);
    // Removes what never finished and is older than min_age_ms, and answers with userimage_sink_swept.
    int32_t (*sweep)(void *user_data, uint64_t min_age_ms, const userimage_sink *sink);
} userimage_storage;

// An authenticator of the host's own: it tells which websites there are and which keys open them. The
// caller fills it: all of it with zeros, struct_size with sizeof, then what there is.
//
// Both callbacks answer with userimage_sink_decide and return USERIMAGE_OK, or any other code when
// it cannot be told now: the upload then fails with USERIMAGE_SERVER_ERROR. No answer lets nobody in.
// They are called from any thread that uploads, from several at once, and may use the library.
typedef struct {
    // sizeof(userimage_authenticator)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The host's own, handed to each callback.
    void *user_data;
    // Called exactly once, from any thread, when the table is not used any more; or NULL.
    void (*destroy)(void *user_data);
    // Whether there is such a website. Never NULL.
    int32_t (*knows)(void *user_data, int32_t website_id, const userimage_sink *sink);
    // Whether the key (visible ASCII, without a NUL at its end) opens the website. It is not to be
    // logged, and to be compared in constant time. Never NULL.
    int32_t (*accepts)(void *user_data,
                       int32_t website_id,
                       const char *key,
                       size_t key_len,
                       const userimage_sink *sink);
} userimage_authenticator;

// Takes what the library logs in the calls of one uploader: each upload is one line, with website, id,
// format, sizes and times; never a key, a user or file content. The caller fills it: all of it with
// zeros, struct_size with sizeof, then what there is.
//
// The callback is called from any thread that calls the library and from several at once. It may use
// the library; what the library does in it is not logged. No C++ exception and no longjmp may leave it.
typedef struct {
    // sizeof(userimage_log)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // The host's own, handed to each callback.
    void *user_data;
    // Called exactly once, from any thread, when the table is not used any more; or NULL.
    void (*destroy)(void *user_data);
    // The least weighty level that is wanted: USERIMAGE_LOG_ERROR to USERIMAGE_LOG_TRACE.
    int32_t max_level;
    // 0
    int32_t reserved;
    // Takes one line: UTF-8 without control characters and without a NUL at its end; it lives until the
    // callback returns. Never NULL.
    void (*line)(void *user_data, int32_t level, const char *text, size_t text_len);
} userimage_log;

// What the host brings to an uploader. The caller fills it: all of it with zeros, struct_size with
// sizeof, then what there is. The struct and the tables are read by the call and not used after it.
typedef struct {
    // sizeof(userimage_host)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // A storage of the host's own, where the configuration names none; or NULL.
    const userimage_storage *storage;
    // An authenticator of the host's own, where the configuration's "authentication" is "host"; or NULL:
    // then "host" means that the host has checked website and key before it calls.
    const userimage_authenticator *authenticator;
    // Takes what the library logs; or NULL.
    const userimage_log *log;
} userimage_host;

// The fields of an upload, as the client sent them; the library checks them. The caller fills it:
// all of it with zeros, struct_size with sizeof, then what there is. A text that is NULL is a field
// that the client did not send. Everything stays the caller's and is not used after the call.
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
    // The client's name of the file. NULL: it gave none.
    const char *file_name;
    size_t file_name_len;
    // The file. NULL: there is none.
    const uint8_t *data;
    size_t data_len;
} userimage_fields;

// A part of a form: a field, or a file. The caller fills it: all of it with zeros, struct_size with
// sizeof, then what there is.
typedef struct {
    // sizeof(userimage_part)
    uint32_t struct_size;
    // 0 or USERIMAGE_PART_BORROW
    uint32_t flags;
    // The field's name; never NULL.
    const char *name;
    // Its length in bytes, here and below.
    size_t name_len;
    // The client's name of the file. NULL: it gave none.
    const char *file_name;
    size_t file_name_len;
    // The client's content type. NULL: it gave none.
    const char *content_type;
    size_t content_type_len;
    // The content. NULL: it is empty.
    const uint8_t *data;
    size_t data_len;
} userimage_part;

// A header of a request. This struct never changes.
typedef struct {
    // Its name, in any case.
    const char *name;
    // Its length in bytes, here and below.
    size_t name_len;
    // Its value.
    const char *value;
    size_t value_len;
} userimage_http_header;

// The head of an HTTP request, as the client sent it. The caller fills it: all of it with zeros,
// struct_size with sizeof, then the rest. Its texts are bytes as they came and need not be UTF-8. Everything
// stays the caller's and is not used after the call.
//
// What HTTP does not allow is the client's fault and no error of the call: it is answered as what no
// resource takes. Such a target is not found (404), such a method is not allowed (405), and such a value
// of a header is invalid where the protocol has that header.
typedef struct {
    // sizeof(userimage_http_request)
    uint32_t struct_size;
    // 0
    uint32_t flags;
    // For example POST.
    const char *method;
    // Its length in bytes, here and below.
    size_t method_len;
    // The path and the query as they stand in the request line, still encoded.
    const char *target;
    size_t target_len;
    // All headers, so many as header_count; one that came twice, twice. NULL: there are none.
    const userimage_http_header *headers;
    size_t header_count;
} userimage_http_request;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The ABI of the library: its major version times 65536, plus its minor version. (This is the one
// function that does not return a code.) Thread safety: any thread.
int32_t userimage_abi_version(void);

// Whether the library fits a caller that was built for this version: to be called first, with
// USERIMAGE_ABI_MAJOR and USERIMAGE_ABI_MINOR. USERIMAGE_INCOMPATIBLE when it does not. Thread
// safety: any thread.
int32_t userimage_abi_compatible(int32_t major, int32_t minor);

// The library's version, such as "0.1.0". The text lives as long as the process. Thread safety: any
// thread.
int32_t userimage_version(const char **data, size_t *len);

// The text of one of the ABI's own codes, from 900 on: for a caller that has no error object at hand.
// The text lives as long as the process. Thread safety: any thread.
int32_t userimage_code_message(int32_t code,
                               const char **data,
                               size_t *len);

// Makes an uploader from a configuration (a JSON document, see the README) and, unless host is NULL,
// from what the host brings.
//
// Ownership: config and host stay the caller's. Each table in host whose struct_size is right is taken
// over by this call, whatever it returns: its destroy is called exactly once, after the last use of
// the table, and also when opening fails. *uploader is the caller's, to be freed with
// userimage_uploader_free. Thread safety: any thread. Errors: USERIMAGE_INVALID_CONFIG with the reason.
int32_t userimage_uploader_open(const char *config,
                                size_t config_len,
                                const userimage_host *host,
                                userimage_uploader **uploader,
                                userimage_error **error);

// Uploads a file with the fields that came with it: checks them, tells what the image is, makes its
// standard rendition and stores all of it, durably, or nothing.
//
// Ownership: fields stay the caller's; *image is the caller's, to be freed with userimage_image_free.
// Thread safety: any thread, any number at once. Errors: the first failure in the protocol's order.
int32_t userimage_upload(const userimage_uploader *uploader,
                         const userimage_fields *fields,
                         userimage_image **image,
                         userimage_error **error);

// As userimage_upload, for the host's file at path (UTF-8 on every system; need not end with NUL).
// The fields carry no data. Where they carry no file name, it is the path's last part.
//
// Errors: as userimage_upload, and first of all USERIMAGE_IO when the file cannot be read or is no
// regular file: a pipe would keep the caller waiting.
int32_t userimage_upload_path(const userimage_uploader *uploader,
                              const userimage_fields *fields,
                              const char *path,
                              size_t path_len,
                              userimage_image **image,
                              userimage_error **error);

// As userimage_upload, for a request of headers, query parameters and form parts.
//
// Ownership: the request stays the caller's and may be used again.
int32_t userimage_upload_request(const userimage_uploader *uploader,
                                 const userimage_request *request,
                                 userimage_image **image,
                                 userimage_error **error);

// Checks all fields of a request: nothing is decoded or stored. On failure the error's code, message
// and status are those of the first failure; its reason and its envelope tell all of them.
//
// Ownership: everything stays the caller's. Thread safety: any thread, any number at once.
int32_t userimage_validate_request(const userimage_uploader *uploader,
                                   const userimage_request *request,
                                   userimage_error **error);

// As userimage_validate_request, for the fields of userimage_upload.
int32_t userimage_validate(const userimage_uploader *uploader,
                           const userimage_fields *fields,
                           userimage_error **error);

// Frees an uploader; NULL is fine. Nothing that it has handed out is touched. Calls that are under way
// in it (a callback may free the uploader that called it) are finished first, and the tables of the
// host destroyed after them.
void userimage_uploader_free(userimage_uploader *uploader);

// A request that carries nothing yet.
//
// Ownership: *request is the caller's, to be freed with userimage_request_free. Thread safety: while
// it is being filled one thread may use it; afterwards several may upload it at once.
int32_t userimage_request_new(userimage_request **request,
                              userimage_error **error);

// Adds a header. Name and value are copied. After an error the request is as it was.
int32_t userimage_request_header(userimage_request *request,
                                 const char *name,
                                 size_t name_len,
                                 const char *value,
                                 size_t value_len,
                                 userimage_error **error);

// Adds a query parameter, percent-decoded. Name and value are copied. After an error the request is as
// it was.
int32_t userimage_request_query(userimage_request *request,
                                const char *name,
                                size_t name_len,
                                const char *value,
                                size_t value_len,
                                userimage_error **error);

// Adds a part of the form. Everything is copied, but for the data with USERIMAGE_PART_BORROW. After an
// error the request is as it was.
int32_t userimage_request_part(userimage_request *request,
                               const userimage_part *part,
                               userimage_error **error);

// Frees a request; NULL is fine.
void userimage_request_free(userimage_request *request);

// Answers a whole HTTP request, whose body is in memory, by the configuration's "http".
//
// Every request has an answer: *response is the caller's, to be freed with userimage_http_response_free. The
// rest stays the caller's and is not used after the call. Thread safety: any thread, any number at once.
// Errors: the caller's own mistakes and USERIMAGE_PANIC; no fault of the client's.
int32_t userimage_handle(const userimage_uploader *uploader,
                         const userimage_http_request *request,
                         const uint8_t *body,
                         size_t body_len,
                         userimage_http_response **response,
                         userimage_error **error);

// Begins a request whose body comes in pieces: answers it from its head alone, or wants its body, as
// userimage_http_exchange_wants_body tells. It asks the authenticator, and reads what a GET is for.
//
// Ownership: *exchange is the caller's, to be freed with userimage_http_exchange_free. Thread safety:
// any thread, any number at once; the exchange is for one thread at a time. Errors: as
// userimage_handle.
int32_t userimage_http_begin(const userimage_uploader *uploader,
                             const userimage_http_request *request,
                             userimage_http_exchange **exchange,
                             userimage_error **error);

// Whether the body is wanted: 1, or 0 when the request can be finished without it. A body that
// is not wanted need not be read.
int32_t userimage_http_exchange_wants_body(const userimage_http_exchange *exchange, int32_t *yes);

// The longest body that is taken, in bytes: the most that the exchange holds. USERIMAGE_ABSENT where no body
// is wanted.
int32_t userimage_http_exchange_limit(const userimage_http_exchange *exchange,
                                      uint64_t *limit);

// Takes the next piece of the body, of any length; it never blocks. *wants_more is 1 or 0: 0 once the
// body is longer than the limit, or where none was wanted. What is fed nonetheless is dropped.
//
// Ownership: data stays the caller's and is not used after the call. Thread safety: one thread at a
// time. Errors: USERIMAGE_INVALID_ARGUMENT after userimage_http_finish.
int32_t userimage_http_feed(userimage_http_exchange *exchange,
                            const uint8_t *data,
                            size_t data_len,
                            int32_t *wants_more,
                            userimage_error **error);

// Answers, once the body has ended or is not wanted any more. This decodes and stores the image, so it
// takes a while. It can be done once; the exchange is to be freed nonetheless.
//
// A body that broke off must not be finished as if it had ended: free the exchange instead.
//
// Ownership: *response is the caller's, to be freed with userimage_http_response_free. Thread safety: one
// thread at a time. Errors: as userimage_handle, and USERIMAGE_INVALID_ARGUMENT the second time.
int32_t userimage_http_finish(userimage_http_exchange *exchange,
                              userimage_http_response **response,
                              userimage_error **error);

// Frees an exchange, finished or given up, and what was fed to it; NULL is fine.
void userimage_http_exchange_free(userimage_http_exchange *exchange);

// Its status, for example 200.
//
// Thread safety: a response may be read by several threads at once, here and below.
int32_t userimage_http_response_status(const userimage_http_response *response, int32_t *status);

// How many headers it has.
int32_t userimage_http_response_header_count(const userimage_http_response *response,
                                             size_t *count);

// The header at index, counted from 0: its name, in lower case, and its value. One of them is
// content-length, which a server may rather reckon itself. USERIMAGE_INVALID_ARGUMENT past the end.
int32_t userimage_http_response_header(const userimage_http_response *response,
                                       size_t index,
                                       const char **name,
                                       size_t *name_len,
                                       const char **value,
                                       size_t *value_len);

// Its body. The answer to HEAD has none, whatever its content-length says.
int32_t userimage_http_response_body(const userimage_http_response *response,
                                     const uint8_t **data,
                                     size_t *len);

// Frees a response; NULL is fine.
void userimage_http_response_free(userimage_http_response *response);

// Finds an image of a website by its id.
//
// Ownership: *image is the caller's, to be freed with userimage_image_free. Thread safety: any thread,
// any number at once. Errors: USERIMAGE_ABSENT when the website has no such image,
// USERIMAGE_UNSUPPORTED when the storage cannot do it, USERIMAGE_SERVER_ERROR when it failed; so for
// all functions that read back.
int32_t userimage_find(const userimage_uploader *uploader,
                       int32_t website_id,
                       uint64_t id,
                       userimage_image **image,
                       userimage_error **error);

// Reads one of an image's two files: USERIMAGE_ORIGINAL or USERIMAGE_STANDARD.
//
// Ownership: *bytes are the caller's, to be freed with userimage_bytes_free. Thread safety: any thread,
// any number at once. Errors: as userimage_find.
int32_t userimage_read(const userimage_uploader *uploader,
                       int32_t website_id,
                       uint64_t id,
                       int32_t variant,
                       userimage_bytes **bytes,
                       userimage_error **error);

// Lists a user's images, newest first: page_size of them, after page_index times as many.
//
// Ownership: *list is the caller's, to be freed with userimage_list_free. Thread safety: any thread,
// any number at once. Errors: as userimage_find, but a user without images has an empty list.
int32_t userimage_list_images(const userimage_uploader *uploader,
                              int32_t website_id,
                              const char *user_id,
                              size_t user_id_len,
                              uint64_t page_index,
                              uint32_t page_size,
                              userimage_list **list,
                              userimage_error **error);

// Deletes an image of a website and both its files.
//
// Thread safety: any thread, any number at once. Errors: as userimage_find.
int32_t userimage_delete(const userimage_uploader *uploader,
                         int32_t website_id,
                         uint64_t id,
                         userimage_error **error);

// Removes what uploads and deletions that never finished have left behind, once it is older than
// min_age_ms milliseconds; tells how many records and files that were. An upload that takes longer
// than that fails whole. records and files may be NULL.
//
// Thread safety: any thread, any number at once. Errors: as userimage_find.
int32_t userimage_sweep(const userimage_uploader *uploader,
                        uint64_t min_age_ms,
                        uint64_t *records,
                        uint64_t *files,
                        userimage_error **error);

// Its number: positive, unique in its store, never used twice.
//
// Thread safety: an image may be read by several threads at once, here and below.
int32_t userimage_image_id(const userimage_image *image, uint64_t *id);

// The number, as text, of the first upload of the same bytes by the same user of the same website; or
// a text of a host's own storage.
int32_t userimage_image_photo_code(const userimage_image *image,
                                   const char **data,
                                   size_t *len);

// Where a client gets the bytes as they came.
int32_t userimage_image_original_url(const userimage_image *image, const char **data, size_t *len);

// Where a client gets the rendition for screens.
int32_t userimage_image_standard_url(const userimage_image *image, const char **data, size_t *len);

// The HTTP status that goes with the envelope: 200.
int32_t userimage_image_http_status(const userimage_image *image, int32_t *status);

// The answer to the client: the protocol's JSON envelope.
int32_t userimage_image_json(const userimage_image *image, const char **data, size_t *len);

// Everything else that is known of it: see the functions of userimage_record. *record is the image's:
// it lives as long, and is not to be freed.
int32_t userimage_image_record(const userimage_image *image,
                               const userimage_record **record);

// Frees an image, but for those of a list; NULL is fine.
void userimage_image_free(userimage_image *image);

// How many images the user has in all.
//
// Thread safety: a list may be read by several threads at once, here and below.
int32_t userimage_list_total(const userimage_list *list, uint64_t *total);

// How many images this page has.
int32_t userimage_list_len(const userimage_list *list, size_t *len);

// The page's image at index, counted from 0, newest first. *image is the list's: it lives as long, and
// is not to be freed. USERIMAGE_INVALID_ARGUMENT past the end.
int32_t userimage_list_image(const userimage_list *list,
                             size_t index,
                             const userimage_image **image);

// Frees a list with its images; NULL is fine.
void userimage_list_free(userimage_list *list);

// The website it was uploaded to.
//
// Thread safety: a record may be read by several threads at once, here and below.
int32_t userimage_record_website_id(const userimage_record *record, int32_t *id);

// Who uploaded it.
int32_t userimage_record_user_id(const userimage_record *record, const char **data, size_t *len);

// The client's file name, to be shown and never used as a path.
int32_t userimage_record_image_name(const userimage_record *record, const char **data, size_t *len);

// The name that it is stored under: safe in a path and in a URL.
int32_t userimage_record_unique_name(const userimage_record *record,
                                     const char **data,
                                     size_t *len);

// The path, relative to a store, where the library's own storages keep the original, such as
// "original/2026_11_....png". A storage of the host's own may do so too.
int32_t userimage_record_original_key(const userimage_record *record,
                                      const char **data,
                                      size_t *len);

// As userimage_record_original_key, for the standard rendition.
int32_t userimage_record_standard_key(const userimage_record *record,
                                      const char **data,
                                      size_t *len);

// The format's name in configurations, such as "jpeg": of the bytes, never of the client's claim.
int32_t userimage_record_format(const userimage_record *record, const char **data, size_t *len);

// The MIME type, such as "image/jpeg".
int32_t userimage_record_mime_type(const userimage_record *record, const char **data, size_t *len);

// The extension with its dot, such as ".jpg".
int32_t userimage_record_extension(const userimage_record *record, const char **data, size_t *len);

// Width and height in pixels as a person sees the picture: after orientation.
int32_t userimage_record_size(const userimage_record *record, uint32_t *width, uint32_t *height);

// Width and height in pixels as stored: before orientation.
int32_t userimage_record_stored_size(const userimage_record *record,
                                     uint32_t *width,
                                     uint32_t *height);

// How the picture must be turned to stand upright: EXIF's number, 1 to 8; 1 is as it is.
int32_t userimage_record_orientation(const userimage_record *record, uint32_t *orientation);

// The answer's DPI: the request's, else the file's own, else 72.
int32_t userimage_record_dpi(const userimage_record *record, uint32_t *dpi);

// The original's length in bytes.
int32_t userimage_record_bytes(const userimage_record *record, uint64_t *bytes);

// The original's SHA-256: 32 bytes, that live as long as the record.
int32_t userimage_record_sha256(const userimage_record *record, const uint8_t **data, size_t *len);

// When it was uploaded: milliseconds since 1970, UTC.
int32_t userimage_record_created(const userimage_record *record, int64_t *milliseconds);

// The standard rendition's format: "jpeg", or "png" where the picture has transparency.
int32_t userimage_record_standard_format(const userimage_record *record,
                                         const char **data,
                                         size_t *len);

// The standard rendition's MIME type.
int32_t userimage_record_standard_mime_type(const userimage_record *record,
                                            const char **data,
                                            size_t *len);

// The standard rendition's width and height in pixels.
int32_t userimage_record_standard_size(const userimage_record *record,
                                       uint32_t *width,
                                       uint32_t *height);

// The standard rendition's length in bytes.
int32_t userimage_record_standard_bytes(const userimage_record *record, uint64_t *bytes);

// All of the record as a JSON document. A storage of the host's own keeps it beside the image and
// hands it back unchanged to userimage_sink_image. The text lives as long as the record.
int32_t userimage_record_json(const userimage_record *record, const char **data, size_t *len);

// Where they lie and how many they are. They live as long as the handle.
//
// Thread safety: they may be read by several threads at once.
int32_t userimage_bytes_data(const userimage_bytes *bytes, const uint8_t **data, size_t *len);

// Frees bytes; NULL is fine.
void userimage_bytes_free(userimage_bytes *bytes);

// Tells what a file is: format, size, orientation, DPI. Nothing is decoded and nothing is kept.
//
// Ownership: data stays the caller's and is not used after the call; *info is the caller's, to be
// freed with userimage_info_free. Thread safety: any thread, any number at once. Errors:
// USERIMAGE_INVALID_FILE when it is no known format or its header is cut or malformed.
int32_t userimage_probe(const uint8_t *data,
                        size_t data_len,
                        userimage_info **info,
                        userimage_error **error);

// As userimage_probe, for the file at path (UTF-8 on every system; need not end with NUL). It reads no
// more than the header needs.
//
// Errors: as userimage_probe, and USERIMAGE_IO when the file cannot be read or is no regular file.
int32_t userimage_probe_path(const char *path,
                             size_t path_len,
                             userimage_info **info,
                             userimage_error **error);

// The format's name in configurations, such as "jpeg".
//
// Thread safety: an info may be read by several threads at once, here and below.
int32_t userimage_info_format(const userimage_info *info, const char **data, size_t *len);

// The MIME type, such as "image/jpeg".
int32_t userimage_info_mime_type(const userimage_info *info, const char **data, size_t *len);

// The extension with its dot, such as ".jpg".
int32_t userimage_info_extension(const userimage_info *info, const char **data, size_t *len);

// Width and height in pixels as a person sees the picture: after orientation. USERIMAGE_ABSENT where
// the file tells none (PDF, SVG without sizes).
int32_t userimage_info_size(const userimage_info *info,
                            uint32_t *width,
                            uint32_t *height);

// Width and height in pixels as stored: before orientation. USERIMAGE_ABSENT where the file tells none.
int32_t userimage_info_stored_size(const userimage_info *info,
                                   uint32_t *width,
                                   uint32_t *height);

// How the picture must be turned to stand upright: EXIF's number, 1 to 8; 1 is as it is.
int32_t userimage_info_orientation(const userimage_info *info, uint32_t *orientation);

// The file's own dots per inch, across and down, as stored. USERIMAGE_ABSENT where it tells none.
int32_t userimage_info_dpi(const userimage_info *info, double *x, double *y);

// As userimage_info_dpi, across and down as a person sees the picture: after orientation.
int32_t userimage_info_displayed_dpi(const userimage_info *info, double *x, double *y);

// How large the picture prints at the file's own DPI: inches across and down, as a person sees it.
// USERIMAGE_ABSENT where the file tells no pixels or no DPI.
int32_t userimage_info_print_size(const userimage_info *info,
                                  double *width_inches,
                                  double *height_inches);

// The largest print that keeps min_dpi dots per inch, whatever the file's own: inches across and down,
// as a person sees it. USERIMAGE_ABSENT where the file tells no pixels, or min_dpi is not above 0.
int32_t userimage_info_largest_print(const userimage_info *info,
                                     double min_dpi,
                                     double *width_inches,
                                     double *height_inches);

// The part of the file that tells its DPI: "exif", "jfif", "8bim", "phys", "bmp", "jp2-capture",
// "jp2-display". USERIMAGE_ABSENT where it tells none.
int32_t userimage_info_dpi_source(const userimage_info *info, const char **data, size_t *len);

// What the colour channels are: "grey", "rgb", "cmyk", "palette", "lab", "devicen". USERIMAGE_ABSENT
// where the header does not tell.
int32_t userimage_info_colour_model(const userimage_info *info,
                                    const char **data,
                                    size_t *len);

// Bits of one colour channel, or of a palette's index. USERIMAGE_ABSENT where the header does not tell.
int32_t userimage_info_colour_bits(const userimage_info *info,
                                   uint32_t *bits);

// Whether there is transparency: 1 or 0. USERIMAGE_ABSENT where the header does not tell.
int32_t userimage_info_has_alpha(const userimage_info *info, int32_t *yes);

// Frames, pages or pictures. USERIMAGE_ABSENT where the header does not tell: see
// userimage_count_frames.
int32_t userimage_info_frames(const userimage_info *info, uint32_t *frames);

// Whether an ICC profile is embedded: 1 or 0.
int32_t userimage_info_has_icc(const userimage_info *info, int32_t *yes);

// Whether there is an EXIF block that parses: 1 or 0.
int32_t userimage_info_has_exif(const userimage_info *info, int32_t *yes);

// Whether there is an XMP packet: 1 or 0.
int32_t userimage_info_has_xmp(const userimage_info *info, int32_t *yes);

// Whether EXIF tells where the picture was taken: 1 or 0.
int32_t userimage_info_has_gps(const userimage_info *info, int32_t *yes);

// Counts the frames, pages or pictures of a file, where only a walk over all of it tells. Nothing is
// decoded. It looks no further than one above limit, so that a host can refuse what has more.
//
// Ownership: data stays the caller's and is not used after the call. Thread safety: any thread, any
// number at once. Errors: as userimage_probe.
int32_t userimage_count_frames(const uint8_t *data,
                               size_t data_len,
                               uint32_t limit,
                               uint32_t *frames,
                               userimage_error **error);

// Frees an info; NULL is fine.
void userimage_info_free(userimage_info *info);

// Reads the EXIF block of a file, or a TIFF's first directories.
//
// Ownership: data stays the caller's and is not used after the call; *exif is the caller's, to be
// freed with userimage_exif_free. Thread safety: any thread, any number at once. Errors:
// USERIMAGE_ABSENT when there is no EXIF block that parses, whatever the file is.
int32_t userimage_exif_read(const uint8_t *data,
                            size_t data_len,
                            userimage_exif **exif,
                            userimage_error **error);

// Who made the camera. USERIMAGE_ABSENT where it is not told, here and below.
//
// Thread safety: an exif may be read by several threads at once, here and below.
int32_t userimage_exif_make(const userimage_exif *exif, const char **data, size_t *len);

// Which camera.
int32_t userimage_exif_model(const userimage_exif *exif, const char **data, size_t *len);

// Which lens.
int32_t userimage_exif_lens(const userimage_exif *exif, const char **data, size_t *len);

// What wrote the file.
int32_t userimage_exif_software(const userimage_exif *exif, const char **data, size_t *len);

// When the picture was taken, else when the file was changed: "YYYY:MM:DD HH:MM:SS", in the camera's
// own time.
int32_t userimage_exif_time(const userimage_exif *exif,
                            const char **data,
                            size_t *len);

// Whether the file tells where the picture was taken: 1 or 0.
int32_t userimage_exif_has_position(const userimage_exif *exif, int32_t *yes);

// Frees an exif; NULL is fine.
void userimage_exif_free(userimage_exif *exif);

// The code that the failed function returned.
//
// Thread safety: an error may be read by several threads at once, here and below.
int32_t userimage_error_code(const userimage_error *error, int32_t *code);

// The text of the code: the protocol's, as a client may see it, or the ABI's own from 900 on. The
// text lives as long as the error.
int32_t userimage_error_message(const userimage_error *error, const char **data, size_t *len);

// What exactly was wrong, in words, for the host and its log; never a key or file content. The
// text lives as long as the error.
int32_t userimage_error_reason(const userimage_error *error, const char **data, size_t *len);

// The errors that lie beneath, such as the reason of a host's own storage: the nearest first, joined
// by ": ". The text lives as long as the error. USERIMAGE_ABSENT when there is none.
int32_t userimage_error_cause(const userimage_error *error,
                              const char **data,
                              size_t *len);

// The HTTP status that goes with the envelope: 400, 401, 413 or 500.
int32_t userimage_error_http_status(const userimage_error *error, int32_t *status);

// The answer to the client: the protocol's JSON envelope. For a code from 900 on, which is the host's
// own matter, it says that the server has failed. The text lives as long as the error.
int32_t userimage_error_json(const userimage_error *error,
                             const char **data,
                             size_t *len);

// Frees an error; NULL is fine.
void userimage_error_free(userimage_error *error);

// Answers yes (1) or no (0), for an authenticator.
//
// Thread safety: any thread, here and below. Errors, here and below: USERIMAGE_SINK_CLOSED when the
// callback has returned, is asked for something else, or has answered already;
// USERIMAGE_INVALID_ARGUMENT or USERIMAGE_BAD_UTF8 when the answer is no good. Any error spoils the
// sink: what the callback was asked for then fails.
int32_t userimage_sink_decide(const userimage_sink *sink, int32_t yes);

// Answers what a storage has given to the image that it stored: its id (not 0), its photo code, and
// where a client gets its two files. All are copied; no text is NULL or longer than
// USERIMAGE_MAX_TEXT.
int32_t userimage_sink_stored(const userimage_sink *sink,
                              uint64_t id,
                              const char *photo_code,
                              size_t photo_code_len,
                              const char *original_url,
                              size_t original_url_len,
                              const char *standard_url,
                              size_t standard_url_len);

// Answers an image: the one that was to be found, or one of a list, newest first. It is what was given
// to userimage_sink_stored, and the JSON document of userimage_record_json.
int32_t userimage_sink_image(const userimage_sink *sink,
                             uint64_t id,
                             const char *photo_code,
                             size_t photo_code_len,
                             const char *original_url,
                             size_t original_url_len,
                             const char *standard_url,
                             size_t standard_url_len,
                             const char *record_json,
                             size_t record_json_len);

// Answers how many images the user has in all, for a list.
int32_t userimage_sink_total(const userimage_sink *sink, uint64_t total);

// Answers bytes of a file that was to be read. They are copied. May be called several times: the
// pieces are joined.
int32_t userimage_sink_bytes(const userimage_sink *sink, const uint8_t *data, size_t data_len);

// Answers how many records and files a sweep has removed.
int32_t userimage_sink_swept(const userimage_sink *sink, uint64_t records, uint64_t files);

// Tells why the callback fails, in words for the host's log; it then returns a code other than 0. The
// text is copied; without one the code alone is told.
int32_t userimage_sink_fail(const userimage_sink *sink,
                            const char *reason,
                            size_t reason_len);

// Keeps a sink alive past its callback: for a thread that may answer too late. To be freed with
// userimage_sink_free, once for each call.
int32_t userimage_sink_retain(const userimage_sink *sink);

// Frees a sink that was kept with userimage_sink_retain; NULL is fine.
void userimage_sink_free(const userimage_sink *sink);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* USERIMAGE_H */
