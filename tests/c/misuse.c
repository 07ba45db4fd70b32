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

/* NULL for every pointer of every function. */
static void nulls(void) {
    const char *text = "untouched";
    const uint8_t *data = NULL;
    size_t len = 77;
    int32_t number = 77;
    uint32_t frames = 77;
    uint64_t big = 77;
    double x = 77;
    userimage_fields fields = good_fields();
    userimage_stored stored = stored_as(1, "a", "b", "c");
    userimage_sweep_report report = {sizeof report, 0, 77, 77, 77};
    userimage_image *image = NULL;
    userimage_record *record = NULL;
    userimage_info *info = NULL;
    userimage_exif *exif = NULL;
    userimage_list *list = NULL;
    userimage_bytes *bytes = NULL;
    userimage_file *file = NULL;
    userimage_verify_report *verified = NULL;
    userimage_usage_view usage = {sizeof usage, 0, 77, 77, 77};
    userimage_rendition *rendition = NULL;
    userimage_request *request = NULL;
    userimage_admitted *admitted = NULL;
    userimage_uploader *opened = NULL;
    userimage_http_request whole = good_request();
    userimage_body_receiver *receiver = NULL;
    userimage_http_response *response = NULL;

#define NULLS(call) CHECK_CODE(USERIMAGE_NULL_POINTER, call)
    NULLS(userimage_sink_decide(NULL, 1));
    NULLS(userimage_sink_stored(NULL, &stored));
    NULLS(userimage_sink_image(NULL, &stored));
    NULLS(userimage_sink_total(NULL, 1));
    NULLS(userimage_sink_bytes(NULL, PNG, 1));
    NULLS(userimage_sink_swept(NULL, &report));
    NULLS(userimage_sink_fail(NULL, TEXT("a")));
    NULLS(userimage_sink_retain(NULL));
    NULLS(userimage_version(NULL, &len));
    NULLS(userimage_version(&text, NULL));
    NULLS(userimage_code_message(USERIMAGE_PANIC, NULL, NULL));
    NULLS(userimage_format_get(0, NULL));

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
    NULLS(userimage_max_bytes(NULL, 1001, &big, NULL));
    NULLS(userimage_max_bytes(uploader, 1001, NULL, NULL));
    NULLS(userimage_request_new(NULL, NULL));
    NULLS(userimage_request_header(NULL, TEXT("a"), TEXT("b"), NULL));
    NULLS(userimage_request_query(NULL, TEXT("a"), TEXT("b"), NULL));
    NULLS(userimage_request_part(NULL, NULL, NULL));
    OK(userimage_request_new(&request, NULL));
    NULLS(userimage_request_header(request, NULL, 0, TEXT("b"), NULL));
    NULLS(userimage_request_header(request, TEXT("a"), NULL, 0, NULL));
    NULLS(userimage_request_query(request, TEXT("a"), NULL, 9, NULL));
    NULLS(userimage_request_part(request, NULL, NULL));
    NULLS(userimage_admit(NULL, request, &admitted, NULL));
    NULLS(userimage_admit(uploader, NULL, &admitted, NULL));
    NULLS(userimage_admit(uploader, request, NULL, NULL));
    NULLS(userimage_admitted_finish(NULL, request, &image, NULL));
    OK(userimage_request_header(request, TEXT("websiteId"), TEXT("1001"), NULL));
    OK(userimage_request_header(request, TEXT("webApiClientKey"), TEXT("abc123"), NULL));
    OK(userimage_admit(uploader, request, &admitted, NULL));
    NULLS(userimage_admitted_finish(admitted, NULL, &image, NULL));
    NULLS(userimage_admitted_finish(admitted, request, NULL, NULL));
    userimage_admitted_free(admitted);
    userimage_request_free(request);
    NULLS(userimage_probe(PNG, sizeof PNG, NULL, NULL));
    NULLS(userimage_probe(NULL, 1, &info, NULL));
    NULLS(userimage_count_frames(PNG, sizeof PNG, 1, NULL, NULL));
    NULLS(userimage_count_frames(NULL, 1, 1, &frames, NULL));
    NULLS(userimage_exif_details(PNG, sizeof PNG, NULL, NULL));
    NULLS(userimage_exif_details(NULL, 1, &exif, NULL));
    NULLS(userimage_render(PNG, sizeof PNG, NULL, NULL, NULL));
    NULLS(userimage_render(NULL, 1, NULL, &rendition, NULL));
    NULLS(userimage_probe_path(NULL, 0, &info, NULL));
    NULLS(userimage_probe_path(TEXT("x"), NULL, NULL));
    NULLS(userimage_find(NULL, 1, 1, &image, NULL));
    NULLS(userimage_find(uploader, 1, 1, NULL, NULL));
    NULLS(userimage_find_key(NULL, TEXT("x"), &image, NULL));
    NULLS(userimage_find_key(uploader, NULL, 0, &image, NULL));
    NULLS(userimage_find_key(uploader, TEXT("x"), NULL, NULL));
    NULLS(userimage_read(NULL, 1, 1, TEXT("a"), &bytes, NULL));
    NULLS(userimage_read(uploader, 1, 1, TEXT("a"), NULL, NULL));
    NULLS(userimage_read(uploader, 1, 1, NULL, 0, &bytes, NULL));
    NULLS(userimage_find_similar(NULL, 1, NULL, 0, 0, 1, 1, &list, NULL));
    NULLS(userimage_find_similar(uploader, 1, NULL, 1, 0, 1, 1, &list, NULL));
    NULLS(userimage_find_similar(uploader, 1, NULL, 0, 0, 1, 1, NULL, NULL));
    NULLS(userimage_list_images(NULL, 1, TEXT("u"), 0, 1, &list, NULL));
    NULLS(userimage_list_images(uploader, 1, NULL, 0, 0, 1, &list, NULL));
    NULLS(userimage_list_images(uploader, 1, TEXT("u"), 0, 1, NULL, NULL));
    NULLS(userimage_delete(NULL, 1, 1, NULL));
    NULLS(userimage_sweep(NULL, 0, NULL, &report, NULL));
    NULLS(userimage_open(NULL, 1, 1, TEXT("a"), &file, NULL));
    NULLS(userimage_open(uploader, 1, 1, TEXT("a"), NULL, NULL));
    NULLS(userimage_open(uploader, 1, 1, NULL, 0, &file, NULL));
    NULLS(userimage_open_key(NULL, TEXT("a"), &file, NULL));
    NULLS(userimage_open_key(uploader, NULL, 0, &file, NULL));
    NULLS(userimage_open_key(uploader, TEXT("a"), NULL, NULL));
    NULLS(userimage_file_get(NULL, NULL));
    NULLS(userimage_file_read_at(NULL, 0, NULL, 0, &len, NULL));
    NULLS(userimage_get_url(NULL, NULL, TEXT("a"), 1, &bytes, NULL));
    NULLS(userimage_get_url(uploader, NULL, TEXT("a"), 1, &bytes, NULL));
    NULLS(userimage_usage(NULL, 1, NULL, 0, &usage, NULL));
    NULLS(userimage_usage(uploader, 1, NULL, 0, NULL, NULL));
    NULLS(userimage_delete_user(NULL, 1, TEXT("u"), NULL, &big, NULL));
    NULLS(userimage_delete_user(uploader, 1, NULL, 0, NULL, &big, NULL));
    NULLS(userimage_delete_user(uploader, 1, TEXT("u"), NULL, NULL, NULL));
    NULLS(userimage_reassign(NULL, 1, TEXT("u"), TEXT("v"), NULL, &big, NULL));
    NULLS(userimage_reassign(uploader, 1, NULL, 0, TEXT("v"), NULL, &big, NULL));
    NULLS(userimage_reassign(uploader, 1, TEXT("u"), NULL, 0, NULL, &big, NULL));
    NULLS(userimage_reassign(uploader, 1, TEXT("u"), TEXT("v"), NULL, NULL, NULL));
    NULLS(userimage_expire(NULL, 1, 1, NULL, &big, NULL));
    NULLS(userimage_expire(uploader, 1, 1, NULL, NULL, NULL));
    NULLS(userimage_list_after(NULL, 1, TEXT("u"), 0, 1, &list, NULL));
    NULLS(userimage_list_after(uploader, 1, NULL, 0, 0, 1, &list, NULL));
    NULLS(userimage_list_after(uploader, 1, TEXT("u"), 0, 1, NULL, NULL));
    NULLS(userimage_search(NULL, 1, TEXT("u"), TEXT("a"), 0, 1, &list, NULL));
    NULLS(userimage_search(uploader, 1, NULL, 0, TEXT("a"), 0, 1, &list, NULL));
    NULLS(userimage_search(uploader, 1, TEXT("u"), NULL, 0, 0, 1, &list, NULL));
    NULLS(userimage_search(uploader, 1, TEXT("u"), TEXT("a"), 0, 1, NULL, NULL));
    NULLS(userimage_verify(NULL, NULL, 0, &verified, NULL));
    NULLS(userimage_verify(uploader, NULL, 0, NULL, NULL));
    NULLS(userimage_verify_report_get(NULL, NULL));
    NULLS(userimage_verify_report_from_json(NULL, 0, &verified, NULL));
    NULLS(userimage_verify_report_from_json(TEXT("{}"), NULL, NULL));
    NULLS(userimage_copy_to(NULL, uploader, NULL, NULL, NULL));
    NULLS(userimage_copy_to(uploader, NULL, NULL, NULL, NULL));
    NULLS(userimage_backup(NULL, TEXT("a"), NULL, NULL, NULL));
    NULLS(userimage_backup(uploader, NULL, 0, NULL, NULL, NULL));
    NULLS(userimage_restore(NULL, TEXT("a"), NULL, NULL, NULL));
    NULLS(userimage_restore(uploader, NULL, 0, NULL, NULL, NULL));
    NULLS(userimage_metrics(NULL, &bytes, NULL));
    NULLS(userimage_metrics(uploader, NULL, NULL));
    NULLS(userimage_http_response_read_at(NULL, 0, NULL, 0, &len, NULL));
    NULLS(userimage_http_error_response(404, NULL, NULL));
    NULLS(userimage_body_receiver_finish_broken(NULL, TEXT("r"), &response, NULL));
    NULLS(userimage_body_receiver_finish_timed_out(NULL, &response, NULL));
    NULLS(userimage_image_from_json(NULL, 0, &image, NULL));
    NULLS(userimage_image_from_json(TEXT("{}"), NULL, NULL));
    NULLS(userimage_image_json(NULL, &text, &len));
    NULLS(userimage_image_new(NULL, &image, NULL));
    NULLS(userimage_image_new(&stored, NULL, NULL));
    NULLS(userimage_record_json(NULL, &text, &len));
    NULLS(userimage_record_from_json(NULL, 0, &record, NULL));
    NULLS(userimage_record_from_json(TEXT("{}"), NULL, NULL));
    NULLS(userimage_info_json(NULL, &text, &len));
    NULLS(userimage_bytes_data(NULL, &data, &len));
    NULLS(userimage_info_largest_print(NULL, 300, &x, &x));
    OK(userimage_probe(PNG, sizeof PNG, &info, NULL));
    NULLS(userimage_info_largest_print(info, 300, NULL, &x));
    NULLS(userimage_info_largest_print(info, 300, &x, NULL));
    NULLS(userimage_info_json(info, NULL, &len));
    NULLS(userimage_info_json(info, &text, NULL));
    userimage_info_free(info);
    info = NULL;

    NULLS(userimage_handle(NULL, &whole, PNG, 1, &response, NULL));
    NULLS(userimage_handle(uploader, NULL, PNG, 1, &response, NULL));
    NULLS(userimage_handle(uploader, &whole, NULL, 1, &response, NULL));
    NULLS(userimage_handle(uploader, &whole, PNG, 1, NULL, NULL));
    NULLS(userimage_http_begin(NULL, &whole, &receiver, NULL));
    NULLS(userimage_http_begin(uploader, NULL, &receiver, NULL));
    NULLS(userimage_http_begin(uploader, &whole, NULL, NULL));
    NULLS(userimage_body_receiver_feed(NULL, PNG, 1, &number, NULL));
    NULLS(userimage_body_receiver_finish(NULL, &response, NULL));
    CHECK(receiver == NULL && response == NULL);
    OK(userimage_http_begin(uploader, &whole, &receiver, NULL));
    NULLS(userimage_body_receiver_feed(receiver, NULL, 1, &number, NULL));
    NULLS(userimage_body_receiver_feed(receiver, PNG, 1, NULL, NULL));
    NULLS(userimage_body_receiver_finish(receiver, NULL, NULL));
    OK(userimage_body_receiver_finish(receiver, &response, NULL));
    userimage_http_response_free(response);
    userimage_body_receiver_free(receiver);

    userimage_uploader_free(NULL);
    userimage_admitted_free(NULL);
    userimage_body_receiver_free(NULL);
    userimage_http_response_free(NULL);
    userimage_image_free(NULL);
    userimage_record_free(NULL);
    userimage_list_free(NULL);
    userimage_bytes_free(NULL);
    userimage_info_free(NULL);
    userimage_exif_free(NULL);
    userimage_rendition_free(NULL);
    userimage_error_free(NULL);
    userimage_request_free(NULL);
    userimage_sink_free(NULL);
    CHECK(image == NULL && exif == NULL && list == NULL && bytes == NULL && rendition == NULL);
    CHECK(opened == NULL && data == NULL);
    CHECK(strcmp(text, "untouched") == 0 && len == 77 && number == 77 && frames == 77 && big == 77);
    CHECK(x == 77 && report.records == 77 && report.files == 77);
}

/* A view of any kind: it begins with its size. */
typedef union {
    uint32_t struct_size;
    uint8_t bytes[8192];
} any_view;

/* Calls a function that fills a view of a handle. */
typedef int32_t (*getter)(const void *handle, any_view *view);

#define GETTER(kind)                                                                      \
    static int32_t get_##kind(const void *handle, any_view *view) {                       \
        return userimage_##kind##_get((const userimage_##kind *)handle,                   \
                                      (userimage_##kind##_view *)view);                   \
    }
GETTER(admitted)
GETTER(body_receiver)
GETTER(error)
GETTER(exif)
GETTER(http_response)
GETTER(image)
GETTER(info)
GETTER(list)
GETTER(record)
GETTER(rendition)

static int32_t get_format(const void *unused, any_view *view) {
    (void)unused;
    return userimage_format_get(0, (userimage_format_view *)view);
}

static int32_t sweep(const void *handle, any_view *view) {
    return userimage_sweep((const userimage_uploader *)handle, 0, NULL, (userimage_sweep_report *)view, NULL);
}

/* A view of every size: what is too short or no size at all is refused and left as it was; a shorter one of
   an older caller is written as far as it goes, and the end of a longer one of a newer caller is zeros. */
static void view_of(getter get, const void *handle, size_t size) {
    static const uint32_t bad[] = {0, 1, 3, 4, 7, 4097, 0xFFFFFFFF};
    any_view view, whole;
    size_t i;

    memset(&whole, 0xA5, sizeof whole);
    whole.struct_size = (uint32_t)size;
    OK(get(handle, &whole));
    CHECK(whole.struct_size == size && whole.bytes[size] == 0xA5);
    for (i = 0; i < sizeof bad / sizeof *bad + 1; i++) {
        uint32_t refused = i == sizeof bad / sizeof *bad ? (uint32_t)size - 1 : bad[i];
        memset(&view, 0xA5, sizeof view);
        view.struct_size = refused;
        CHECK_CODE(USERIMAGE_BAD_STRUCT_SIZE, get(handle, &view));
        CHECK(view.struct_size == refused);
        for (size_t at = sizeof view.struct_size; at < sizeof view; at++) {
            CHECK(view.bytes[at] == 0xA5);
        }
    }
    memset(&view, 0xA5, sizeof view);
    view.struct_size = 4096;
    OK(get(handle, &view));
    CHECK(view.struct_size == 4096);
    CHECK(memcmp(view.bytes + 4, whole.bytes + 4, size - 4) == 0);
    for (i = size; i < sizeof view; i++) {
        CHECK(view.bytes[i] == (i < 4096 ? 0 : 0xA5));
    }
}

#define VIEWS(kind, handle)                                                               \
    view_of(get_##kind, handle, sizeof(userimage_##kind##_view));                         \
    NULLS(get_##kind(handle, NULL));                                                      \
    do {                                                                                  \
        any_view view;                                                                    \
        memset(&view, 0xA5, sizeof view);                                                 \
        view.struct_size = sizeof(userimage_##kind##_view);                               \
        NULLS(get_##kind(NULL, &view));                                                   \
        CHECK(view.bytes[4] == 0xA5);                                                     \
    } while (0)

static void views(void) {
    static const uint8_t tiff[] =
        "II*\0\x08\0\0\0\3\0\0\1\3\0\1\0\0\0\7\0\0\0\1\1\3\0\1\0\0\0\5\0\0\0"
        "\x0F\1\2\0\6\0\0\0\x32\0\0\0\0\0\0\0 Acme";
    userimage_fields fields = good_fields(), empty;
    userimage_http_request whole = good_request();
    userimage_request *request;
    userimage_admitted *admitted;
    userimage_body_receiver *receiver;
    userimage_http_response *response;
    userimage_image *image;
    userimage_list *list;
    userimage_info *info;
    userimage_exif *exif;
    userimage_rendition *rendition;
    userimage_error *error;

    OK(userimage_request_new(&request, NULL));
    OK(userimage_request_header(request, TEXT("websiteId"), TEXT("1001"), NULL));
    OK(userimage_request_header(request, TEXT("webApiClientKey"), TEXT("abc123"), NULL));
    OK(userimage_admit(uploader, request, &admitted, NULL));
    userimage_request_free(request);
    VIEWS(admitted, admitted);
    userimage_admitted_free(admitted);

    OK(userimage_http_begin(uploader, &whole, &receiver, NULL));
    VIEWS(body_receiver, receiver);
    OK(userimage_body_receiver_finish(receiver, &response, NULL));
    VIEWS(http_response, response);
    userimage_body_receiver_free(receiver);
    userimage_http_response_free(response);

    OK(userimage_upload(uploader, &fields, &image, NULL));
    VIEWS(image, image);
    {
        VIEW(image, known, image);
        VIEWS(record, known.record);
    }
    userimage_image_free(image);
    OK(userimage_list_images(uploader, 1001, TEXT("12345"), 0, 2, &list, NULL));
    VIEWS(list, list);
    userimage_list_free(list);

    OK(userimage_probe(PNG, sizeof PNG, &info, NULL));
    VIEWS(info, info);
    userimage_info_free(info);
    OK(userimage_exif_details(tiff, sizeof tiff, &exif, NULL));
    VIEWS(exif, exif);
    userimage_exif_free(exif);
    OK(userimage_render(PNG, sizeof PNG, NULL, &rendition, NULL));
    VIEWS(rendition, rendition);
    userimage_rendition_free(rendition);
    view_of(get_format, NULL, sizeof(userimage_format_view));
    view_of(sweep, uploader, sizeof(userimage_sweep_report));

    memset(&empty, 0, sizeof empty);
    empty.struct_size = sizeof empty;
    CHECK_CODE(USERIMAGE_MISSING_WEBSITE_ID, userimage_validate(uploader, &empty, &error));
    VIEWS(error, error);
    {
        VIEW(error, all, error);
        CHECK(all.failure_count == 4);
        VIEWS(error, all.failures[3]);
        VIEW(error, last, all.failures[3]);
        CHECK(last.code == USERIMAGE_INVALID_FILE && last.kind == USERIMAGE_KIND_MISSING_FILE);
        CHECK(last.failure_count == 0 && last.failures == NULL);
    }
    userimage_error_free(error);
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

/* The head of an HTTP request. What is in it is the client's matter: see http.c. */
static void requests(void) {
    static const uint32_t bad[] = {0, 1, 7, sizeof(userimage_http_request) - 1, 4097, 0xFFFFFFFF};
    userimage_http_request request = good_request();
    userimage_http_header headers[] = {{"a", 1, "b", 1}, {NULL, 0, "b", 1}};
    userimage_body_receiver *receiver = NULL;
    userimage_http_response *response = NULL;
    userimage_error *error = NULL;
    size_t i;
#define REFUSED(code)                                                                           \
    CHECK_CODE(code, userimage_http_begin(uploader, &request, &receiver, NULL));                \
    CHECK_CODE(code, userimage_handle(uploader, &request, PNG, sizeof PNG, &response, &error)); \
    userimage_error_free(error)
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        request.struct_size = bad[i];
        REFUSED(USERIMAGE_BAD_STRUCT_SIZE);
    }
    request = good_request();
    request.flags = 2;
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
    CHECK(receiver == NULL && response == NULL);
}

/* Texts from the host must be UTF-8. */
static void host_texts(void) {
    static const char *bad[] = {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80"};
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    userimage_record *record = NULL;
    userimage_uploader *opened = NULL;
    userimage_info *info = NULL;
    userimage_error *error = NULL;
    size_t i;
    fields.data = NULL;
    fields.data_len = 0;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_uploader_open(TEXT(bad[i]), NULL, &opened, NULL));
        CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_image_from_json(TEXT(bad[i]), &image, NULL));
        CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_record_from_json(TEXT(bad[i]), &record, NULL));
        CHECK_CODE(USERIMAGE_BAD_UTF8,
                   userimage_upload_path(uploader, &fields, TEXT(bad[i]), &image, NULL));
        CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_probe_path(TEXT(bad[i]), &info, &error));
        {
            VIEW(error, view, error);
            CHECK_TEXT("path is not UTF-8", view, reason);
            CHECK_TEXT("Text is not UTF-8", view, message);
            CHECK_TEXT("{\"Response\":\"Error\",\"Message\":\"Server error\",\"Data\":null,\"ErrorCode\":\"500\"}",
                       view, envelope);
        }
        userimage_error_free(error);
    }
    CHECK(image == NULL && opened == NULL && info == NULL);
}

/* What a client sent need not be: it is the field's error, or a name with replacement characters. */
static void client_texts(void) {
    static const char *bad[] = {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80"};
    userimage_image *image = NULL;
    userimage_list *list = NULL;
    userimage_request *request = NULL;
    userimage_error *error = NULL;
    userimage_part part;
    size_t i, field;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        static const int32_t kinds[] = {
            USERIMAGE_KIND_MALFORMED_WEBSITE_ID, USERIMAGE_KIND_MALFORMED_CLIENT_KEY,
            USERIMAGE_KIND_MALFORMED_USER_ID, USERIMAGE_KIND_MALFORMED_DPI};
        for (field = 0; field < 4; field++) {
            userimage_fields fields = good_fields();
            if (field == 0) {
                SET(fields, website_id, bad[i]);
            } else if (field == 1) {
                SET(fields, client_key, bad[i]);
            } else if (field == 2) {
                SET(fields, user_id, bad[i]);
            } else {
                SET(fields, dpi, bad[i]);
            }
            CHECK_CODE(kinds[field] / 100, userimage_upload(uploader, &fields, &image, &error));
            VIEW(error, view, error);
            CHECK(view.kind == kinds[field] && view.http_status == 400);
            userimage_error_free(error);
            CHECK_CODE(kinds[field] / 100, userimage_validate(uploader, &fields, NULL));
        }
        CHECK_CODE(USERIMAGE_INVALID_USER_ID,
                   userimage_list_images(uploader, 1001, TEXT(bad[i]), 0, 1, &list, NULL));

        /* The same in a request's headers, query and form. */
        OK(userimage_request_new(&request, NULL));
        OK(userimage_request_header(request, TEXT("websiteId"), TEXT("1001"), NULL));
        OK(userimage_request_header(request, TEXT("webApiClientKey"), TEXT(bad[i]), NULL));
        OK(userimage_request_query(request, TEXT("userId"), TEXT(bad[i]), NULL));
        OK(userimage_request_query(request, TEXT(bad[i]), TEXT("a"), NULL));
        memset(&part, 0, sizeof part);
        part.struct_size = sizeof part;
        SET(part, name, "DPI");
        part.data = (const uint8_t *)bad[i];
        part.data_len = strlen(bad[i]);
        OK(userimage_request_part(request, &part, NULL));
        CHECK_CODE(USERIMAGE_INVALID_CLIENT_KEY, userimage_validate_request(uploader, request, &error));
        VIEW(error, view, error);
        CHECK(view.failure_count == 4);
        for (field = 0; field < 3; field++) {
            VIEW(error, failure, view.failures[field]);
            CHECK(failure.kind == kinds[field + 1]);
        }
        userimage_error_free(error);
        userimage_request_free(request);
    }
    {
        userimage_fields fields = good_fields();
        SET(fields, file_name, "f\xf6t\xf6.png");
        OK(userimage_upload(uploader, &fields, &image, NULL));
        VIEW(image, view, image);
        VIEW(record, record, view.record);
        CHECK_TEXT("f\xef\xbf\xbdt\xef\xbf\xbd.png", record, image_name);
        userimage_image_free(image);
    }
    CHECK(list == NULL);
}

/* Nothing, given in its two ways: a pointer without a length, and NULL. */
static void zero_lengths(void) {
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    userimage_exif *exif = NULL;
    userimage_rendition *rendition = NULL;
    uint32_t frames = 77;
    userimage_info *info = NULL;
    userimage_uploader *opened = NULL;
    userimage_list *list = NULL;
    userimage_error *error = NULL;

    fields.data_len = 0;
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_upload(uploader, &fields, &image, &error));
    CHECK_REASON("postedFile is empty", error);
    userimage_error_free(error);
    fields.data = NULL;
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_upload(uploader, &fields, &image, &error));
    CHECK_REASON("postedFile is missing", error);
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
    CHECK_CODE(USERIMAGE_ABSENT, userimage_exif_details(NULL, 0, &exif, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_exif_details(PNG, SIZE_MAX, &exif, NULL));
    CHECK(frames == 77 && exif == NULL);
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_probe_path("", 0, &info, NULL));
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_render(NULL, 0, NULL, &rendition, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, SIZE_MAX, NULL, &rendition, NULL));
    CHECK(rendition == NULL);
    CHECK_CODE(USERIMAGE_INVALID_CONFIG, userimage_uploader_open("", 0, NULL, &opened, NULL));
    CHECK_CODE(USERIMAGE_INVALID_USER_ID,
               userimage_list_images(uploader, 1001, TEXT(" "), 0, 1, &list, &error));
    {
        VIEW(error, view, error);
        CHECK(view.kind == USERIMAGE_KIND_MISSING_USER_ID);
    }
    userimage_error_free(error);
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

/* Whether an error is that a file cannot be read, for a reason that begins so; frees it. */
static void unreadable(userimage_error *error, const char *reason) {
    VIEW(error, view, error);
    CHECK(view.kind == USERIMAGE_KIND_UNREADABLE_FILE && view.http_status == 500);
    CHECK_TEXT("Server error", view, message);
    CHECK(view.reason_len >= strlen(reason) && memcmp(view.reason, reason, strlen(reason)) == 0);
    userimage_error_free(error);
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
    CHECK_CODE(USERIMAGE_SERVER_ERROR,
               userimage_upload_path(uploader, &good, TEXT("no/such/file"), &image, &error));
    unreadable(error, "cannot read no/such/file: ");
    /* The head is checked first. */
    SET(good, website_id, "1002");
    CHECK_CODE(USERIMAGE_INVALID_WEBSITE_ID,
               userimage_upload_path(uploader, &good, TEXT("no/such/file"), &image, NULL));
}

/* What is not a regular file is refused at once: nobody waits for the writer of a FIFO. */
static void no_files(void) {
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    userimage_info *info = NULL;
    userimage_error *error = NULL;
    fields.data = NULL;
    fields.data_len = 0;
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_probe_path(TEXT("."), &info, NULL));
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_upload_path(uploader, &fields, TEXT("."), &image, &error));
    unreadable(error, "cannot read .: it is not a regular file");
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_upload_path(uploader, &fields, "a\0b", 3, &image, NULL));
#ifndef _WIN32
    {
        char fifo[64];
        sprintf(fifo, "/tmp/userimage-misuse-%ld.fifo", (long)getpid());
        CHECK(mkfifo(fifo, 0600) == 0);
        alarm(20);
        CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_probe_path(TEXT(fifo), &info, NULL));
        CHECK_CODE(USERIMAGE_SERVER_ERROR,
                   userimage_upload_path(uploader, &fields, TEXT(fifo), &image, NULL));
        alarm(0);
        remove(fifo);
    }
#endif
    CHECK(image == NULL && info == NULL);
}

/* Options of the rendition that are out of range, and limits that a file is over. */
static void renditions(void) {
    userimage_render_options options;
    userimage_rendition *rendition = NULL;
    userimage_error *error = NULL;
    memset(&options, 0, sizeof options);
    CHECK_CODE(USERIMAGE_BAD_STRUCT_SIZE, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    options.struct_size = sizeof options;
    options.flags = 1 << 30;
    CHECK_CODE(USERIMAGE_UNKNOWN_FLAG, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    options.flags = 0;
    options.max_height = 65536;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, sizeof PNG, &options, &rendition, &error));
    CHECK_REASON("options have max_height: a number from 1 to 65535 is expected, not 65536", error);
    userimage_error_free(error);
    options.max_height = 0;
    options.jpeg_quality = 256;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    options.jpeg_quality = 0;
#define OVER(field, value, expected)                                                                    \
    options.field = value;                                                                              \
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_render(PNG, sizeof PNG, &options, &rendition, &error)); \
    {                                                                                                   \
        VIEW(error, view, error);                                                                       \
        CHECK(view.kind == expected);                                                                   \
    }                                                                                                   \
    userimage_error_free(error);                                                                        \
    options.field = 0
    OVER(max_bytes, 10, USERIMAGE_KIND_TOO_LARGE);
    OVER(max_pixels, 10, USERIMAGE_KIND_TOO_MANY_PIXELS);
    OVER(max_memory, 10, USERIMAGE_KIND_TOO_MUCH_MEMORY);
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_render(PNG, 50, &options, &rendition, &error));
    {
        VIEW(error, view, error);
        CHECK(view.kind == USERIMAGE_KIND_DAMAGED);
    }
    userimage_error_free(error);
    SET(options, formats, "jpeg,png,ico");
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, sizeof PNG, &options, &rendition, &error));
    CHECK_REASON("formats has \"ico\": ico has no standard rendition", error);
    userimage_error_free(error);
    SET(options, formats, "jpeg,bitmap");
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, sizeof PNG, &options, &rendition, &error));
    CHECK_REASON("formats has \"bitmap\": not the name of an image format", error);
    userimage_error_free(error);
    SET(options, formats, "");
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    SET(options, formats, "png\xff");
    CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    options.formats = NULL;
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    SET(options, formats, "jpeg, gif");
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_render(PNG, sizeof PNG, &options, &rendition, &error));
    {
        VIEW(error, view, error);
        CHECK(view.kind == USERIMAGE_KIND_FORMAT_NOT_ALLOWED);
    }
    userimage_error_free(error);
    CHECK(rendition == NULL);
    SET(options, formats, "gif, png");
    options.max_width = 4;
    options.max_frames = 1;
    options.max_bytes = sizeof PNG;
    OK(userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    {
        VIEW(rendition, view, rendition);
        CHECK(view.width == 4 && view.height == 3);
        CHECK_TEXT("jpeg", view, format);
        CHECK(view.data[0] == 0xFF && view.data[1] == 0xD8);
    }
    userimage_rendition_free(rendition);
}

/* A record's document, complete and damaged; and an image made of its parts. */
static void records(const userimage_image *image) {
    static const char *bad[] = {"", "{}", "[]", "null", "{\"version\":1"};
    userimage_record *record = NULL;
    userimage_image *made = NULL;
    userimage_error *error = NULL;
    userimage_stored stored;
    const char *json, *json_again;
    char twice[4096];
    size_t i, len, len_again, len_twice;
    VIEW(image, view, image);
    OK(userimage_record_json(view.record, &json, &len));
    len_twice = (size_t)snprintf(twice, sizeof twice, "%.*s,\"record\":%.*s", (int)len, json, (int)len, json);
    CHECK(len_twice < sizeof twice);
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_record_from_json(json, len, NULL, NULL));
    OK(userimage_record_from_json(json, len, &record, NULL));
    OK(userimage_record_json(record, &json_again, &len_again));
    CHECK(len == len_again && memcmp(json, json_again, len) == 0);
    {
        VIEW(record, first, view.record);
        VIEW(record, second, record);
        CHECK(first.created == second.created && first.dpi == second.dpi);
        CHECK(first.unique_name_len == second.unique_name_len);
        CHECK(memcmp(first.unique_name, second.unique_name, first.unique_name_len) == 0);
    }
    userimage_record_free(record);
    record = NULL;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_record_from_json(json, len - 1, &record, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_record_from_json(twice, len_twice, &record, NULL));
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_record_from_json(TEXT(bad[i]), &record, &error));
        userimage_error_free(error);
    }
    CHECK(record == NULL);

    memset(&stored, 0, sizeof stored);
    stored.struct_size = sizeof stored;
    stored.id = view.id;
    stored.photo_code = view.photo_code;
    stored.photo_code_len = view.photo_code_len;
    stored.original_url = view.original_url;
    stored.original_url_len = view.original_url_len;
    stored.standard_url = view.standard_url;
    stored.standard_url_len = view.standard_url_len;
    stored.record_json = json;
    stored.record_json_len = len;
    OK(userimage_image_new(&stored, &made, NULL));
    OK(userimage_image_json(image, &json, &len));
    OK(userimage_image_json(made, &json_again, &len_again));
    CHECK(len == len_again && memcmp(json, json_again, len) == 0);
    userimage_image_free(made);
    made = NULL;
    stored.id = 0;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_image_new(&stored, &made, NULL));
    stored.id = 1;
    stored.record_json_len--;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_image_new(&stored, &made, NULL));
    stored.record_json = twice;
    stored.record_json_len = len_twice;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_image_new(&stored, &made, NULL));
    stored.record_json = NULL;
    stored.record_json_len = 0;
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_image_new(&stored, &made, NULL));
    stored.struct_size = 8;
    CHECK_CODE(USERIMAGE_BAD_STRUCT_SIZE, userimage_image_new(&stored, &made, NULL));
    CHECK(made == NULL);
}

/* An image's document, complete and damaged. */
static void documents(void) {
    static const char *bad[] = {"", "{}", "[]", "null", "{\"version\":1", "{\"id\":0}"};
    userimage_fields fields = good_fields();
    userimage_image *image = NULL, *again = NULL;
    userimage_error *error = NULL;
    const char *json, *json_again;
    size_t i, len, len_again;
    OK(userimage_upload(uploader, &fields, &image, NULL));
    OK(userimage_image_json(image, &json, &len));
    OK(userimage_image_from_json(json, len, &again, NULL));
    OK(userimage_image_json(again, &json_again, &len_again));
    CHECK(len == len_again && memcmp(json, json_again, len) == 0);
    {
        VIEW(image, first, image);
        VIEW(image, second, again);
        CHECK(first.id == second.id && first.envelope_len == second.envelope_len);
        CHECK(memcmp(first.envelope, second.envelope, first.envelope_len) == 0);
    }
    userimage_image_free(again);
    again = NULL;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_image_from_json(json, len - 1, &again, NULL));
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_image_from_json(TEXT(bad[i]), &again, &error));
        userimage_error_free(error);
    }
    CHECK(again == NULL);
    records(image);
    userimage_image_free(image);
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
    CHECK(len == 9 && memcmp(text, "Not found", 9) == 0);
    OK(userimage_code_message(USERIMAGE_INVALID_CLIENT_KEY, &text, &len));
    CHECK(len == 23 && memcmp(text, "Invalid webApiClientKey", 23) == 0);
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_code_message(7, &text, &len));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_code_message(USERIMAGE_OK, &text, &len));
}

int main(void) {
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    uploader = open_uploader(KEYS_CONFIG, NULL);
    OK(userimage_upload(uploader, &fields, &image, NULL));
    nulls();
    views();
    sizes_and_flags();
    requests();
    host_texts();
    client_texts();
    renditions();
    documents();
    zero_lengths();
    after_an_error();
    no_files();
    versions();
    userimage_uploader_free(uploader);
    {
        VIEW(image, view, image);
        CHECK_TEXT("1", view, photo_code);
    }
    userimage_image_free(image);
    printf("misuse: a clear code each time\n");
    return 0;
}
