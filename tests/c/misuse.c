/* What a careless caller does: a clear code each time, nothing written, nothing lost. */
#ifndef _WIN32
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "check.h"

static userimage_uploader *uploader;

static userimage_http_request good_request(void) {
    userimage_http_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    SET(request, method, "POST");
    SET(request, target, "/api/4/UploadImage/UploadImage");
    return request;
}

/* NULL in every place of every function. */
static void nulls(void) {
    const char *text = "untouched";
    const uint8_t *data = NULL;
    size_t len = 77;
    int32_t number = 77;
    uint32_t width = 77;
    uint64_t big = 77;
    int64_t signed_big = 77;
    double x = 77;
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    const userimage_image *const_image = NULL;
    const userimage_record *record = NULL;
    userimage_info *info = NULL;
    userimage_exif *exif = NULL;
    userimage_list *list = NULL;
    userimage_bytes *bytes = NULL;
    userimage_request *request = NULL;
    userimage_uploader *opened = NULL;
    userimage_http_request whole = good_request();
    userimage_http_exchange *exchange = NULL;
    userimage_http_response *response = NULL;

#define NULLS(call) CHECK_CODE(USERIMAGE_NULL_POINTER, call)
#define NULL_TEXT(getter, type) NULLS(getter((const type *)NULL, &text, &len))
#define NULL_VALUE(getter, type, place) NULLS(getter((const type *)NULL, place))
    NULL_VALUE(userimage_error_code, userimage_error, &number);
    NULL_TEXT(userimage_error_message, userimage_error);
    NULL_TEXT(userimage_error_reason, userimage_error);
    NULL_TEXT(userimage_error_cause, userimage_error);
    NULL_VALUE(userimage_error_http_status, userimage_error, &number);
    NULL_TEXT(userimage_error_json, userimage_error);
    NULL_VALUE(userimage_image_id, userimage_image, &big);
    NULL_TEXT(userimage_image_photo_code, userimage_image);
    NULL_TEXT(userimage_image_original_url, userimage_image);
    NULL_TEXT(userimage_image_standard_url, userimage_image);
    NULL_VALUE(userimage_image_http_status, userimage_image, &number);
    NULL_TEXT(userimage_image_json, userimage_image);
    NULL_VALUE(userimage_image_record, userimage_image, &record);
    NULL_VALUE(userimage_list_total, userimage_list, &big);
    NULL_VALUE(userimage_list_len, userimage_list, &len);
    NULLS(userimage_list_image(NULL, 0, &const_image));
    NULLS(userimage_bytes_data(NULL, &data, &len));
    NULL_VALUE(userimage_record_website_id, userimage_record, &number);
    NULL_TEXT(userimage_record_user_id, userimage_record);
    NULL_TEXT(userimage_record_image_name, userimage_record);
    NULL_TEXT(userimage_record_unique_name, userimage_record);
    NULL_TEXT(userimage_record_original_key, userimage_record);
    NULL_TEXT(userimage_record_standard_key, userimage_record);
    NULL_TEXT(userimage_record_format, userimage_record);
    NULL_TEXT(userimage_record_mime_type, userimage_record);
    NULL_TEXT(userimage_record_extension, userimage_record);
    NULLS(userimage_record_size(NULL, &width, &width));
    NULLS(userimage_record_stored_size(NULL, &width, &width));
    NULL_VALUE(userimage_record_orientation, userimage_record, &width);
    NULL_VALUE(userimage_record_dpi, userimage_record, &width);
    NULL_VALUE(userimage_record_bytes, userimage_record, &big);
    NULLS(userimage_record_sha256(NULL, &data, &len));
    NULL_VALUE(userimage_record_created, userimage_record, &signed_big);
    NULL_TEXT(userimage_record_standard_format, userimage_record);
    NULL_TEXT(userimage_record_standard_mime_type, userimage_record);
    NULLS(userimage_record_standard_size(NULL, &width, &width));
    NULL_VALUE(userimage_record_standard_bytes, userimage_record, &big);
    NULL_TEXT(userimage_record_json, userimage_record);
    NULL_TEXT(userimage_info_format, userimage_info);
    NULL_TEXT(userimage_info_mime_type, userimage_info);
    NULL_TEXT(userimage_info_extension, userimage_info);
    NULLS(userimage_info_size(NULL, &width, &width));
    NULLS(userimage_info_stored_size(NULL, &width, &width));
    NULL_VALUE(userimage_info_orientation, userimage_info, &width);
    NULLS(userimage_info_dpi(NULL, &x, &x));
    NULLS(userimage_info_displayed_dpi(NULL, &x, &x));
    NULLS(userimage_info_print_size(NULL, &x, &x));
    NULLS(userimage_info_largest_print(NULL, 300, &x, &x));
    NULL_TEXT(userimage_info_dpi_source, userimage_info);
    NULL_TEXT(userimage_info_colour_model, userimage_info);
    NULL_VALUE(userimage_info_colour_bits, userimage_info, &width);
    NULL_VALUE(userimage_info_has_alpha, userimage_info, &number);
    NULL_VALUE(userimage_info_frames, userimage_info, &width);
    NULL_VALUE(userimage_info_has_icc, userimage_info, &number);
    NULL_VALUE(userimage_info_has_exif, userimage_info, &number);
    NULL_VALUE(userimage_info_has_xmp, userimage_info, &number);
    NULL_VALUE(userimage_info_has_gps, userimage_info, &number);
    NULL_TEXT(userimage_exif_make, userimage_exif);
    NULL_TEXT(userimage_exif_model, userimage_exif);
    NULL_TEXT(userimage_exif_lens, userimage_exif);
    NULL_TEXT(userimage_exif_software, userimage_exif);
    NULL_TEXT(userimage_exif_time, userimage_exif);
    NULL_VALUE(userimage_exif_has_position, userimage_exif, &number);
    NULLS(userimage_sink_decide(NULL, 1));
    NULLS(userimage_sink_stored(NULL, 1, TEXT("a"), TEXT("b"), TEXT("c")));
    NULLS(userimage_sink_image(NULL, 1, TEXT("a"), TEXT("b"), TEXT("c"), TEXT("{}")));
    NULLS(userimage_sink_total(NULL, 1));
    NULLS(userimage_sink_bytes(NULL, PNG, 1));
    NULLS(userimage_sink_swept(NULL, 1, 1));
    NULLS(userimage_sink_fail(NULL, TEXT("a")));
    NULLS(userimage_sink_retain(NULL));
    NULL_VALUE(userimage_http_exchange_wants_body, userimage_http_exchange, &number);
    NULL_VALUE(userimage_http_exchange_limit, userimage_http_exchange, &big);
    NULL_VALUE(userimage_http_response_status, userimage_http_response, &number);
    NULL_VALUE(userimage_http_response_header_count, userimage_http_response, &len);
    NULLS(userimage_http_response_header(NULL, 0, &text, &len, &text, &len));
    NULLS(userimage_http_response_body(NULL, &data, &len));
    NULLS(userimage_version(NULL, &len));
    NULLS(userimage_version(&text, NULL));
    NULLS(userimage_code_message(USERIMAGE_PANIC, NULL, NULL));

    NULLS(userimage_uploader_open(NULL, 0, NULL, &opened, NULL));
    NULLS(userimage_uploader_open(NULL, 5, NULL, &opened, NULL));
    NULLS(userimage_uploader_open(TEXT(KEYS_CONFIG), NULL, NULL, NULL));
    NULLS(userimage_upload(NULL, &fields, &image, NULL));
    NULLS(userimage_upload(uploader, NULL, &image, NULL));
    NULLS(userimage_upload(uploader, &fields, NULL, NULL));
    NULLS(userimage_upload_path(NULL, &fields, TEXT("x"), &image, NULL));
    NULLS(userimage_upload_path(uploader, NULL, TEXT("x"), &image, NULL));
    NULLS(userimage_upload_path(uploader, &fields, NULL, 0, &image, NULL));
    NULLS(userimage_upload_path(uploader, &fields, TEXT("x"), NULL, NULL));
    NULLS(userimage_upload_request(uploader, NULL, &image, NULL));
    NULLS(userimage_upload_request(NULL, NULL, NULL, NULL));
    NULLS(userimage_validate(uploader, NULL, NULL));
    NULLS(userimage_validate(NULL, &fields, NULL));
    NULLS(userimage_validate_request(uploader, NULL, NULL));
    NULLS(userimage_request_new(NULL, NULL));
    NULLS(userimage_request_header(NULL, TEXT("a"), TEXT("b"), NULL));
    NULLS(userimage_request_query(NULL, TEXT("a"), TEXT("b"), NULL));
    NULLS(userimage_request_part(NULL, NULL, NULL));
    OK(userimage_request_new(&request, NULL));
    NULLS(userimage_request_header(request, NULL, 0, TEXT("b"), NULL));
    NULLS(userimage_request_header(request, TEXT("a"), NULL, 0, NULL));
    NULLS(userimage_request_query(request, TEXT("a"), NULL, 9, NULL));
    NULLS(userimage_request_part(request, NULL, NULL));
    userimage_request_free(request);
    NULLS(userimage_probe(PNG, sizeof PNG, NULL, NULL));
    NULLS(userimage_probe(NULL, 1, &info, NULL));
    NULLS(userimage_count_frames(PNG, sizeof PNG, 1, NULL, NULL));
    NULLS(userimage_count_frames(NULL, 1, 1, &width, NULL));
    NULLS(userimage_exif_read(PNG, sizeof PNG, NULL, NULL));
    NULLS(userimage_exif_read(NULL, 1, &exif, NULL));
    NULLS(userimage_probe_path(NULL, 0, &info, NULL));
    NULLS(userimage_probe_path(TEXT("x"), NULL, NULL));
    NULLS(userimage_find(NULL, 1, 1, &image, NULL));
    NULLS(userimage_find(uploader, 1, 1, NULL, NULL));
    NULLS(userimage_read(NULL, 1, 1, 0, &bytes, NULL));
    NULLS(userimage_read(uploader, 1, 1, 0, NULL, NULL));
    NULLS(userimage_list_images(NULL, 1, TEXT("u"), 0, 1, &list, NULL));
    NULLS(userimage_list_images(uploader, 1, NULL, 0, 0, 1, &list, NULL));
    NULLS(userimage_list_images(uploader, 1, TEXT("u"), 0, 1, NULL, NULL));
    NULLS(userimage_delete(NULL, 1, 1, NULL));
    NULLS(userimage_sweep(NULL, 0, NULL, NULL, NULL));

    NULLS(userimage_handle(NULL, &whole, PNG, 1, &response, NULL));
    NULLS(userimage_handle(uploader, NULL, PNG, 1, &response, NULL));
    NULLS(userimage_handle(uploader, &whole, NULL, 1, &response, NULL));
    NULLS(userimage_handle(uploader, &whole, PNG, 1, NULL, NULL));
    NULLS(userimage_http_begin(NULL, &whole, &exchange, NULL));
    NULLS(userimage_http_begin(uploader, NULL, &exchange, NULL));
    NULLS(userimage_http_begin(uploader, &whole, NULL, NULL));
    NULLS(userimage_http_feed(NULL, PNG, 1, &number, NULL));
    NULLS(userimage_http_finish(NULL, &response, NULL));
    CHECK(exchange == NULL && response == NULL);
    OK(userimage_http_begin(uploader, &whole, &exchange, NULL));
    NULLS(userimage_http_feed(exchange, NULL, 1, &number, NULL));
    NULLS(userimage_http_feed(exchange, PNG, 1, NULL, NULL));
    NULLS(userimage_http_finish(exchange, NULL, NULL));
    OK(userimage_http_finish(exchange, &response, NULL));
    NULLS(userimage_http_response_header(response, 0, NULL, &len, &text, &len));
    NULLS(userimage_http_response_header(response, 0, &text, NULL, &text, &len));
    NULLS(userimage_http_response_header(response, 0, &text, &len, NULL, &len));
    NULLS(userimage_http_response_header(response, 0, &text, &len, &text, NULL));
    userimage_http_response_free(response);
    userimage_http_exchange_free(exchange);

    userimage_uploader_free(NULL);
    userimage_http_exchange_free(NULL);
    userimage_http_response_free(NULL);
    userimage_image_free(NULL);
    userimage_list_free(NULL);
    userimage_bytes_free(NULL);
    userimage_info_free(NULL);
    userimage_exif_free(NULL);
    userimage_error_free(NULL);
    userimage_request_free(NULL);
    userimage_sink_free(NULL);
    CHECK(image == NULL && info == NULL && exif == NULL && list == NULL && bytes == NULL);
    CHECK(opened == NULL);
    CHECK(strcmp(text, "untouched") == 0 && len == 77 && number == 77 && width == 77 && big == 77);
    CHECK(x == 77 && signed_big == 77 && record == NULL && const_image == NULL && data == NULL);
}

/* A part of a handle's outputs is NULL: nothing is written to the others. */
static void half_nulls(void) {
    userimage_info *info = NULL;
    const char *text = "untouched";
    size_t len = 77;
    uint32_t width = 77;
    OK(userimage_probe(PNG, sizeof PNG, &info, NULL));
    NULLS(userimage_info_format(info, NULL, &len));
    NULLS(userimage_info_format(info, &text, NULL));
    NULLS(userimage_info_size(info, &width, NULL));
    NULLS(userimage_info_size(info, NULL, &width));
    CHECK(strcmp(text, "untouched") == 0 && len == 77 && width == 77);
    userimage_info_free(info);
}

static void sizes_and_flags(void) {
    static const uint32_t bad[] = {0, 1, 7, sizeof(userimage_fields) - 1, 4097, 0xFFFFFFFF};
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    userimage_request *request = NULL;
    userimage_part part;
    struct {
        userimage_fields known;
        uint64_t newer;
    } grown;
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        fields.struct_size = bad[i];
        CHECK_CODE(USERIMAGE_BAD_STRUCT_SIZE, userimage_upload(uploader, &fields, &image, NULL));
        CHECK_CODE(USERIMAGE_BAD_STRUCT_SIZE, userimage_validate(uploader, &fields, NULL));
        CHECK_CODE(USERIMAGE_BAD_STRUCT_SIZE,
                   userimage_upload_path(uploader, &fields, TEXT("x"), &image, NULL));
    }
    fields = good_fields();
    fields.flags = 1;
    CHECK_CODE(USERIMAGE_UNKNOWN_FLAG, userimage_upload(uploader, &fields, &image, NULL));
    CHECK_CODE(USERIMAGE_UNKNOWN_FLAG, userimage_validate(uploader, &fields, NULL));
    CHECK(image == NULL);

    /* A caller that was built for a newer header. */
    memset(&grown, 0, sizeof grown);
    grown.known = good_fields();
    grown.known.struct_size = sizeof grown;
    OK(userimage_upload(uploader, &grown.known, &image, NULL));
    userimage_image_free(image);
    grown.newer = 1;
    CHECK_CODE(USERIMAGE_BAD_STRUCT_SIZE, userimage_upload(uploader, &grown.known, &image, NULL));

    OK(userimage_request_new(&request, NULL));
    memset(&part, 0, sizeof part);
    CHECK_CODE(USERIMAGE_BAD_STRUCT_SIZE, userimage_request_part(request, &part, NULL));
    part.struct_size = sizeof part;
    NULLS(userimage_request_part(request, &part, NULL));
    SET(part, name, "postedFile");
    part.flags = 0x80000000;
    CHECK_CODE(USERIMAGE_UNKNOWN_FLAG, userimage_request_part(request, &part, NULL));
    userimage_request_free(request);
}

/* The head of a whole request. What is in it is the client's matter: see http.c. */
static void requests(void) {
    static const uint32_t bad[] = {0, 1, 7, sizeof(userimage_http_request) - 1, 4097, 0xFFFFFFFF};
    userimage_http_request request = good_request();
    userimage_http_header headers[] = {{"a", 1, "b", 1}, {NULL, 0, "b", 1}};
    userimage_http_exchange *exchange = NULL;
    userimage_http_response *response = NULL;
    userimage_error *error = NULL;
    size_t i;
#define REFUSED(code)                                                                           \
    CHECK_CODE(code, userimage_http_begin(uploader, &request, &exchange, NULL));                \
    CHECK_CODE(code, userimage_handle(uploader, &request, PNG, sizeof PNG, &response, &error)); \
    userimage_error_free(error)
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        request.struct_size = bad[i];
        REFUSED(USERIMAGE_BAD_STRUCT_SIZE);
    }
    request = good_request();
    request.flags = 1;
    REFUSED(USERIMAGE_UNKNOWN_FLAG);
    request = good_request();
    request.method = NULL;
    REFUSED(USERIMAGE_NULL_POINTER);
    request.method_len = 0;
    REFUSED(USERIMAGE_NULL_POINTER);
    request = good_request();
    request.target = NULL;
    REFUSED(USERIMAGE_NULL_POINTER);
    request = good_request();
    request.target_len = SIZE_MAX;
    REFUSED(USERIMAGE_INVALID_ARGUMENT);
    request = good_request();
    request.header_count = 1;
    REFUSED(USERIMAGE_NULL_POINTER);
    request.headers = headers;
    request.header_count = SIZE_MAX / sizeof *headers;
    REFUSED(USERIMAGE_INVALID_ARGUMENT);
    request.header_count = SIZE_MAX;
    REFUSED(USERIMAGE_INVALID_ARGUMENT);
    request.header_count = 2;
    REFUSED(USERIMAGE_NULL_POINTER);
    headers[1].name = "a";
    headers[1].name_len = SIZE_MAX;
    REFUSED(USERIMAGE_INVALID_ARGUMENT);
    headers[1].name_len = 1;
    headers[1].value = NULL;
    REFUSED(USERIMAGE_NULL_POINTER);
    request.header_count = 1;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT,
               userimage_handle(uploader, &request, PNG, SIZE_MAX, &response, NULL));
    CHECK(exchange == NULL && response == NULL);
}

static void bad_utf8(void) {
    static const char *bad[] = {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80"};
    userimage_image *image = NULL;
    userimage_uploader *opened = NULL;
    userimage_info *info = NULL;
    userimage_list *list = NULL;
    userimage_request *request = NULL;
    userimage_error *error = NULL;
    size_t i;
    OK(userimage_request_new(&request, NULL));
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        userimage_fields fields = good_fields();
        SET(fields, user_id, bad[i]);
        CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_upload(uploader, &fields, &image, &error));
        CHECK_TEXT("user_id is not UTF-8", userimage_error_reason, error);
        CHECK_TEXT("Text is not UTF-8", userimage_error_message, error);
        CHECK_TEXT("{\"Response\":\"Error\",\"Message\":\"Server error\",\"Data\":null,\"ErrorCode\":\"500\"}",
                   userimage_error_json, error);
        userimage_error_free(error);
        error = NULL;
        CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_uploader_open(TEXT(bad[i]), NULL, &opened, NULL));
        CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_probe_path(TEXT(bad[i]), &info, NULL));
        CHECK_CODE(USERIMAGE_BAD_UTF8,
                   userimage_list_images(uploader, 1001, TEXT(bad[i]), 0, 1, &list, NULL));
        CHECK_CODE(USERIMAGE_BAD_UTF8,
                   userimage_request_header(request, TEXT("a"), TEXT(bad[i]), NULL));
        CHECK_CODE(USERIMAGE_BAD_UTF8,
                   userimage_request_query(request, TEXT(bad[i]), TEXT("a"), NULL));
    }
    userimage_request_free(request);
    CHECK(image == NULL && opened == NULL && info == NULL && list == NULL);
}

/* Nothing, given in its two ways: a pointer without a length, and NULL. */
static void zero_lengths(void) {
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    userimage_exif *exif = NULL;
    uint32_t frames = 77;
    userimage_info *info = NULL;
    userimage_uploader *opened = NULL;
    userimage_list *list = NULL;
    userimage_error *error = NULL;

    fields.data_len = 0;
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_upload(uploader, &fields, &image, &error));
    CHECK_TEXT("postedFile is empty", userimage_error_reason, error);
    userimage_error_free(error);
    fields.data = NULL;
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_upload(uploader, &fields, &image, &error));
    CHECK_TEXT("postedFile is missing", userimage_error_reason, error);
    userimage_error_free(error);
    fields = good_fields();
    fields.dpi_len = 0;
    OK(userimage_upload(uploader, &fields, &image, NULL));
    userimage_image_free(image);
    fields.file_name = NULL;
    fields.file_name_len = 0;
    fields.dpi = NULL;
    OK(userimage_upload(uploader, &fields, &image, NULL));
    userimage_image_free(image);
    fields.website_id_len = 0;
    CHECK_CODE(USERIMAGE_MISSING_WEBSITE_ID, userimage_upload(uploader, &fields, &image, NULL));
    fields = good_fields();
    fields.website_id = NULL;
    NULLS(userimage_upload(uploader, &fields, &image, NULL));
    fields.website_id_len = 0;
    CHECK_CODE(USERIMAGE_MISSING_WEBSITE_ID, userimage_upload(uploader, &fields, &image, NULL));
    memset(&fields, 0, sizeof fields);
    fields.struct_size = sizeof fields;
    CHECK_CODE(USERIMAGE_MISSING_WEBSITE_ID, userimage_validate(uploader, &fields, NULL));

    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_probe(PNG, 0, &info, NULL));
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_probe(NULL, 0, &info, NULL));
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_count_frames(PNG, 0, 1, &frames, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_exif_read(NULL, 0, &exif, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_exif_read(PNG, SIZE_MAX, &exif, NULL));
    CHECK(frames == 77 && exif == NULL);
    CHECK_CODE(USERIMAGE_IO, userimage_probe_path("", 0, &info, NULL));
    CHECK_CODE(USERIMAGE_INVALID_CONFIG, userimage_uploader_open("", 0, NULL, &opened, NULL));
    CHECK_CODE(USERIMAGE_INVALID_USER_ID,
               userimage_list_images(uploader, 1001, "", 0, 0, 1, &list, NULL));
    OK(userimage_list_images(uploader, 1001, TEXT("12345"), 0, 0, &list, NULL));
    userimage_list_free(list);
    OK(userimage_list_images(uploader, 1001, TEXT("12345"), UINT64_MAX, UINT32_MAX, &list, NULL));
    userimage_list_free(list);

    /* Impossible lengths. */
    fields = good_fields();
    fields.data_len = SIZE_MAX;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_upload(uploader, &fields, &image, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_probe(PNG, SIZE_MAX / 2 + 1, &info, NULL));
}

/* The same handle goes on after each error, and an error is looked at after all else is gone. */
static void after_an_error(void) {
    userimage_fields good = good_fields(), bad = good_fields();
    userimage_image *image = NULL;
    userimage_error *error = NULL;
    int i;
    SET(bad, website_id, "1002");
    for (i = 0; i < 3; i++) {
        CHECK_CODE(USERIMAGE_INVALID_WEBSITE_ID, userimage_upload(uploader, &bad, &image, NULL));
        OK(userimage_upload(uploader, &good, &image, NULL));
        userimage_image_free(image);
        image = NULL;
    }
    good.data_len = 4;
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_upload(uploader, &good, &image, &error));
    CHECK(image == NULL);
    userimage_error_free(error);
    good.data_len = sizeof PNG;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT,
               userimage_upload_path(uploader, &good, TEXT("x"), &image, NULL));
    good.data = NULL;
    good.data_len = 0;
    CHECK_CODE(USERIMAGE_IO,
               userimage_upload_path(uploader, &good, TEXT("no/such/file"), &image, &error));
    CHECK_TEXT("File cannot be read", userimage_error_message, error);
    userimage_error_free(error);
}

/* What is no file is refused at once: nobody waits for the writer of a pipe. */
static void no_files(void) {
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    userimage_info *info = NULL;
    userimage_error *error = NULL;
    fields.data = NULL;
    fields.data_len = 0;
    CHECK_CODE(USERIMAGE_IO, userimage_probe_path(TEXT("."), &info, NULL));
    CHECK_CODE(USERIMAGE_IO, userimage_upload_path(uploader, &fields, TEXT("."), &image, &error));
    CHECK_TEXT(".: is no regular file", userimage_error_reason, error);
    userimage_error_free(error);
    CHECK_CODE(USERIMAGE_IO, userimage_upload_path(uploader, &fields, "a\0b", 3, &image, NULL));
#ifndef _WIN32
    {
        char pipe[64];
        sprintf(pipe, "/tmp/userimage-misuse-%ld.pipe", (long)getpid());
        CHECK(mkfifo(pipe, 0600) == 0);
        alarm(20);
        CHECK_CODE(USERIMAGE_IO, userimage_probe_path(TEXT(pipe), &info, NULL));
        CHECK_CODE(USERIMAGE_IO, userimage_upload_path(uploader, &fields, TEXT(pipe), &image, NULL));
        alarm(0);
        remove(pipe);
    }
#endif
    CHECK(image == NULL && info == NULL);
}

static void versions(void) {
    const char *text;
    size_t len;
    OK(userimage_abi_compatible(USERIMAGE_ABI_MAJOR, USERIMAGE_ABI_MINOR));
    CHECK_CODE(USERIMAGE_INCOMPATIBLE,
               userimage_abi_compatible(USERIMAGE_ABI_MAJOR, USERIMAGE_ABI_MINOR + 1));
    CHECK_CODE(USERIMAGE_INCOMPATIBLE, userimage_abi_compatible(USERIMAGE_ABI_MAJOR + 1, 0));
    CHECK_CODE(USERIMAGE_INCOMPATIBLE, userimage_abi_compatible(USERIMAGE_ABI_MAJOR, -1));
    CHECK(userimage_abi_version() == USERIMAGE_ABI_MAJOR * 65536 + USERIMAGE_ABI_MINOR);
    OK(userimage_version(&text, &len));
    CHECK(len >= 5);
    OK(userimage_code_message(USERIMAGE_ABSENT, &text, &len));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_code_message(7, &text, &len));
}

int main(void) {
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    uploader = open_uploader(KEYS_CONFIG, NULL);
    OK(userimage_upload(uploader, &fields, &image, NULL));
    nulls();
    half_nulls();
    sizes_and_flags();
    requests();
    bad_utf8();
    zero_lengths();
    after_an_error();
    no_files();
    versions();
    userimage_uploader_free(uploader);
    CHECK_TEXT("1", userimage_image_photo_code, image);
    userimage_image_free(image);
    printf("misuse: a clear code each time\n");
    return 0;
}
