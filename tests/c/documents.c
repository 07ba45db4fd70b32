/* The documents of records and images, complete and damaged. */
#include "check.h"

static userimage_uploader *uploader;

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

int main(void) {
    uploader = open_uploader(KEYS_CONFIG, NULL);
    documents();
    userimage_uploader_free(uploader);
    printf("documents: read back, or a clear code\n");
    return 0;
}
