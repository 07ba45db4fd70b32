/* Texts and bytes that are not UTF-8, empty, or of impossible lengths. */
#include "check.h"

static userimage_uploader *uploader;

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

int main(void) {
    uploader = open_uploader(KEYS_CONFIG, NULL);
    host_texts();
    client_texts();
    zero_lengths();
    userimage_uploader_free(uploader);
    printf("texts: a clear code each time\n");
    return 0;
}
