/* Sizes and flags of structs: those of older and newer callers, and wrong ones. */
#include "check.h"

static userimage_uploader *uploader;

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

int main(void) {
    uploader = open_uploader(KEYS_CONFIG, NULL);
    views();
    sizes_and_flags();
    requests();
    userimage_uploader_free(uploader);
    printf("structs: of every size, and a clear code for wrong ones\n");
    return 0;
}
