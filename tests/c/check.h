/* What the tests in C share: a check that names its line, and short ways around the ABI. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <userimage.h>

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

#define CHECK_CODE(expected, call)                                                \
    do {                                                                          \
        int32_t code_ = (call);                                                   \
        if (code_ != (expected)) {                                                \
            fprintf(stderr, "%s:%d: code %d, not %d: %s\n", __FILE__, __LINE__,     \
                    (int)code_, (int)(expected), #call);                          \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

#define NULLS(call) CHECK_CODE(USERIMAGE_NULL_POINTER, call)

#define OK(call) CHECK_CODE(USERIMAGE_OK, call)

/* A text and its length, for two parameters. */
#define TEXT(text) (text), strlen(text)

/* Sets a text and its length in a struct. */
#define SET(object, field, text) ((object).field = (text), (object).field##_len = strlen(text))

/* Declares a view of a handle and has the library fill it: VIEW(info, view, handle). What was in it before is
   overwritten, but for its size. */
#define VIEW(kind, view, handle)                                                  \
    userimage_##kind##_view view;                                                 \
    memset(&view, 0xA5, sizeof view);                                             \
    view.struct_size = sizeof view;                                               \
    OK(userimage_##kind##_get((handle), &view));                                  \
    CHECK(view.struct_size == sizeof view)

/* Whether a text of a view is this one. */
#define CHECK_TEXT(expected, view, field)                                         \
    check_text(__FILE__, __LINE__, (expected), (view).field, (view).field##_len)

static inline void check_text(const char *file, int line, const char *expected, const char *data,
                              size_t len) {
    if (data == NULL || len != strlen(expected) || memcmp(data, expected, len) != 0) {
        fprintf(stderr, "%s:%d: %.*s\n      is not %s\n", file, line, (int)len,
                data == NULL ? "" : data, expected);
        exit(1);
    }
}

/* Whether an error's reason is this one. */
#define CHECK_REASON(expected, error)                                             \
    do {                                                                          \
        VIEW(error, view_, error);                                                \
        CHECK_TEXT(expected, view_, reason);                                      \
    } while (0)

static const char KEYS_CONFIG[] =
    "{\"storage\": {\"memory\": {\"base_url\": \"https://img.example/\"}},"
    " \"authentication\": \"keys\", \"websites\": [{\"id\": 1001, \"keys\": [\"abc123\"]}]}";

/* 8 x 6 pixels, RGB, without a density. */
static const uint8_t PNG[] = {
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x06, 0x08, 0x02, 0x00, 0x00, 0x00, 0x71, 0x67, 0x48,
    0xAC, 0x00, 0x00, 0x00, 0x1F, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0x64, 0x60, 0x68, 0x90,
    0x67, 0x60, 0x50, 0xC0, 0x40, 0x2C, 0x0C, 0x5A, 0x0C, 0x58, 0x01, 0x0B, 0x83, 0x36, 0x2E, 0x09,
    0xAA, 0xE9, 0x00, 0x00, 0x04, 0x59, 0x02, 0x49, 0xB0, 0xD8, 0x72, 0x45, 0x00, 0x00, 0x00, 0x00,
    0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

static inline userimage_fields good_fields(void) {
    userimage_fields fields;
    memset(&fields, 0, sizeof fields);
    fields.struct_size = sizeof fields;
    SET(fields, website_id, "1001");
    SET(fields, client_key, "abc123");
    SET(fields, user_id, "12345");
    SET(fields, dpi, "96");
    SET(fields, file_name, "ArtifiLogo.png");
    fields.data = PNG;
    fields.data_len = sizeof PNG;
    return fields;
}

/* The head of an upload over HTTP, without its fields. */
static inline userimage_http_request good_request(void) {
    userimage_http_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    SET(request, method, "POST");
    SET(request, target, "/api/4/UploadImage/UploadImage");
    return request;
}

/* What a storage knows of an image that it has stored. */
static inline userimage_stored stored_as(uint64_t id, const char *photo_code, const char *original_url,
                                         const char *standard_url) {
    userimage_stored stored;
    memset(&stored, 0, sizeof stored);
    stored.struct_size = sizeof stored;
    stored.id = id;
    SET(stored, photo_code, photo_code);
    SET(stored, original_url, original_url);
    SET(stored, standard_url, standard_url);
    return stored;
}

static inline userimage_uploader *open_uploader(const char *config, const userimage_host *host) {
    userimage_uploader *uploader = NULL;
    userimage_error *error = NULL;
    int32_t code = userimage_uploader_open(TEXT(config), host, &uploader, &error);
    if (code != USERIMAGE_OK) {
        VIEW(error, view, error);
        fprintf(stderr, "not opened: %d %.*s\n", (int)code, (int)view.reason_len, view.reason);
        exit(1);
    }
    CHECK(error == NULL);
    return uploader;
}

#endif
