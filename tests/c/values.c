/* Every value of a stored image, its record and an image's info, read back, listed and deleted, in a
   storage that survives its uploader, in a folder that no ASCII can name. Usage: values FOLDER PHOTO */
#include "check.h"

#define UNICODE "/\xd1\x84\xd0\xbe\xd1\x82\xd0\xbe \xf0\x9f\x90\x88"

static void check_record(const userimage_record *record) {
    int32_t website;
    uint32_t width, height, number;
    uint64_t bytes;
    int64_t created;
    const uint8_t *sha256;
    const char *text, *key;
    size_t len, key_len;

    OK(userimage_record_website_id(record, &website));
    CHECK(website == 1001);
    CHECK_TEXT("J\xc3\xb6rg \xd0\xb6", userimage_record_user_id, record);
    CHECK_TEXT("\xd0\xba\xd0\xbe\xd1\x82.png", userimage_record_image_name, record);
    OK(userimage_record_unique_name(record, &text, &len));
    CHECK(len == 48 && memcmp(text + 44, ".png", 4) == 0);
    OK(userimage_record_original_key(record, &key, &key_len));
    CHECK(key_len == 57 && memcmp(key, "original/", 9) == 0 && memcmp(key + 9, text, len) == 0);
    OK(userimage_record_standard_key(record, &key, &key_len));
    CHECK(memcmp(key, "standard/", 9) == 0 && memcmp(key + 9, text, 44) == 0);
    CHECK_TEXT("png", userimage_record_format, record);
    CHECK_TEXT("image/png", userimage_record_mime_type, record);
    CHECK_TEXT(".png", userimage_record_extension, record);
    OK(userimage_record_size(record, &width, &height));
    CHECK(width == 8 && height == 6);
    OK(userimage_record_stored_size(record, &width, &height));
    CHECK(width == 8 && height == 6);
    OK(userimage_record_orientation(record, &number));
    CHECK(number == 1);
    OK(userimage_record_dpi(record, &number));
    CHECK(number == 96);
    OK(userimage_record_bytes(record, &bytes));
    CHECK(bytes == sizeof PNG);
    OK(userimage_record_sha256(record, &sha256, &len));
    CHECK(len == 32);
    OK(userimage_record_created(record, &created));
    CHECK(created > 1700000000000);
    CHECK_TEXT("jpeg", userimage_record_standard_format, record);
    CHECK_TEXT("image/jpeg", userimage_record_standard_mime_type, record);
    OK(userimage_record_standard_size(record, &width, &height));
    CHECK(width == 8 && height == 6);
    OK(userimage_record_standard_bytes(record, &bytes));
    CHECK(bytes > 100);
    OK(userimage_record_json(record, &text, &len));
    CHECK(text[0] == '{' && text[len - 1] == '}');
}

#define GIF_FRAME ",\0\0\0\0\1\0\1\0\0\2\0"
static const uint8_t GIF[] = "GIF89a\1\0\1\0\0\0\0" GIF_FRAME GIF_FRAME GIF_FRAME ";";

static const userimage_record *record_of_image(const userimage_image *image) {
    const userimage_record *record;
    OK(userimage_image_record(image, &record));
    return record;
}

static void check_info(const char *photo) {
    userimage_info *info;
    uint32_t width, height, number;
    int32_t yes;
    double x, y;

    OK(userimage_probe(PNG, sizeof PNG, &info, NULL));
    CHECK_TEXT("png", userimage_info_format, info);
    CHECK_TEXT("image/png", userimage_info_mime_type, info);
    CHECK_TEXT(".png", userimage_info_extension, info);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_info_dpi(info, &x, &y));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_info_displayed_dpi(info, &x, &y));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_info_print_size(info, &x, &y));
    OK(userimage_info_largest_print(info, 2.0, &x, &y));
    CHECK(x == 4.0 && y == 3.0);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_info_largest_print(info, 0.0, &x, &y));
    userimage_info_free(info);

    OK(userimage_probe_path(TEXT(photo), &info, NULL));
    CHECK_TEXT("jpeg", userimage_info_format, info);
    OK(userimage_info_size(info, &width, &height));
    CHECK(width == 1200 && height == 1600);
    OK(userimage_info_stored_size(info, &width, &height));
    CHECK(width == 1600 && height == 1200);
    OK(userimage_info_orientation(info, &number));
    CHECK(number == 6);
    OK(userimage_info_dpi(info, &x, &y));
    CHECK(x == 300.0 && y == 300.0);
    OK(userimage_info_displayed_dpi(info, &x, &y));
    CHECK(x == 300.0 && y == 300.0);
    OK(userimage_info_print_size(info, &x, &y));
    CHECK(x == 4.0 && y > 5.33 && y < 5.34);
    OK(userimage_info_largest_print(info, 100.0, &x, &y));
    CHECK(x == 12.0 && y == 16.0);
    CHECK_TEXT("exif", userimage_info_dpi_source, info);
    CHECK_TEXT("rgb", userimage_info_colour_model, info);
    OK(userimage_info_colour_bits(info, &number));
    CHECK(number == 8);
    OK(userimage_info_has_alpha(info, &yes));
    CHECK(yes == 0);
    number = 1;
    yes = userimage_info_frames(info, &number);
    CHECK((yes == USERIMAGE_OK || yes == USERIMAGE_ABSENT) && number == 1);
    OK(userimage_info_has_exif(info, &yes));
    CHECK(yes == 1);
    OK(userimage_info_has_icc(info, &yes));
    CHECK(yes == 0);
    OK(userimage_info_has_xmp(info, &yes));
    CHECK(yes == 0);
    OK(userimage_info_has_gps(info, &yes));
    CHECK(yes == 0 || yes == 1);
    userimage_info_free(info);
}

/* What only the whole file tells. */
static void check_whole_file(const char *photo) {
    static uint8_t data[1 << 22];
    FILE *file = fopen(photo, "rb");
    userimage_exif *exif = NULL;
    const char *text;
    uint32_t frames;
    int32_t yes;
    size_t len;

    CHECK(file != NULL);
    len = fread(data, 1, sizeof data, file);
    fclose(file);
    OK(userimage_count_frames(data, len, 10, &frames, NULL));
    CHECK(frames == 1);
    OK(userimage_exif_read(data, len, &exif, NULL));
    CHECK_TEXT("Example", userimage_exif_make, exif);
    CHECK_TEXT("Phone 1", userimage_exif_model, exif);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_exif_lens(exif, &text, &len));
    CHECK_TEXT("1.0", userimage_exif_software, exif);
    CHECK_TEXT("2024:05:17 10:20:30", userimage_exif_time, exif);
    OK(userimage_exif_has_position(exif, &yes));
    CHECK(yes == 1);
    userimage_exif_free(exif);

    CHECK_CODE(USERIMAGE_ABSENT, userimage_exif_read(PNG, sizeof PNG, &exif, NULL));
    /* Three frames without pixels, of which one above the limit is counted. */
    OK(userimage_count_frames(GIF, sizeof GIF - 1, 10, &frames, NULL));
    CHECK(frames == 3);
    OK(userimage_count_frames(GIF, sizeof GIF - 1, 1, &frames, NULL));
    CHECK(frames == 2);
}

int main(int argc, char **argv) {
    char config[2048];
    userimage_uploader *uploader;
    userimage_fields fields = good_fields();
    userimage_image *image, *again;
    const userimage_image *listed;
    const userimage_record *record;
    userimage_bytes *bytes;
    userimage_list *list;
    const uint8_t *data;
    char path[2048];
    const char *json, *json_again;
    userimage_info *info;
    uint64_t id, second, total, records = 7, files = 7;
    size_t len, len_again;

    CHECK(argc == 3);
    sprintf(config,
            "{\"storage\": {\"local\": {\"path\": \"%s" UNICODE "\", \"base_url\": \"https://img.example/\"}},"
            " \"authentication\": \"keys\", \"websites\": [{\"id\": 1001, \"keys\": [\"abc123\"]},"
            " {\"id\": 1002, \"keys\": [\"xyz\"]}]}",
            argv[1]);
    SET(fields, user_id, "J\xc3\xb6rg \xd0\xb6");
    SET(fields, file_name, "C:\\\xd1\x84\\\xd0\xba\xd0\xbe\xd1\x82.png");

    uploader = open_uploader(config, NULL);
    OK(userimage_validate(uploader, &fields, NULL));
    OK(userimage_upload(uploader, &fields, &image, NULL));
    userimage_uploader_free(uploader);

    /* The image outlives its uploader, and another uploader finds it. */
    OK(userimage_image_id(image, &id));
    CHECK(id > 0);
    OK(userimage_image_photo_code(image, &json, &len));
    CHECK(len > 0);
    OK(userimage_image_original_url(image, &json, &len));
    CHECK(memcmp(json, "https://img.example/original/", 29) == 0);
    OK(userimage_image_standard_url(image, &json, &len));
    CHECK(memcmp(json, "https://img.example/standard/", 29) == 0);
    OK(userimage_image_record(image, &record));
    check_record(record);

    uploader = open_uploader(config, NULL);
    OK(userimage_find(uploader, 1001, id, &again, NULL));
    OK(userimage_image_json(image, &json, &len));
    OK(userimage_image_json(again, &json_again, &len_again));
    CHECK(len == len_again && memcmp(json, json_again, len) == 0);
    OK(userimage_image_record(again, &record));
    check_record(record);
    userimage_image_free(again);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_find(uploader, 1002, id, &again, NULL));
    CHECK_CODE(USERIMAGE_INVALID_WEBSITE_ID, userimage_find(uploader, -1, id, &again, NULL));

    OK(userimage_read(uploader, 1001, id, USERIMAGE_ORIGINAL, &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == sizeof PNG && memcmp(data, PNG, len) == 0);
    userimage_bytes_free(bytes);
    OK(userimage_read(uploader, 1001, id, USERIMAGE_STANDARD, &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len > 100 && data[0] == 0xFF && data[1] == 0xD8);
    userimage_bytes_free(bytes);
    OK(userimage_record_original_key(record_of_image(image), &json, &len));
    sprintf(path, "%s" UNICODE "/%.*s", argv[1], (int)len, json);
    OK(userimage_probe_path(TEXT(path), &info, NULL));
    userimage_info_free(info);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_read(uploader, 1002, id, 0, &bytes, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_read(uploader, 1001, id, 2, &bytes, NULL));

    /* A file of the host's: the name from the path, the photo code new. */
    fields.data = NULL;
    fields.data_len = 0;
    fields.file_name = NULL;
    fields.file_name_len = 0;
    OK(userimage_upload_path(uploader, &fields, TEXT(argv[2]), &again, NULL));
    OK(userimage_image_record(again, &record));
    OK(userimage_record_image_name(record, &json, &len));
    CHECK(len > 4 && memcmp(json + len - 4, ".jpg", 4) == 0 && memchr(json, '/', len) == NULL);
    OK(userimage_image_id(again, &second));
    CHECK(second > id);
    userimage_image_free(again);

    OK(userimage_list_images(uploader, 1001, TEXT("J\xc3\xb6rg \xd0\xb6"), 0, 10, &list, NULL));
    OK(userimage_list_total(list, &total));
    OK(userimage_list_len(list, &len));
    CHECK(total == 2 && len == 2);
    OK(userimage_list_image(list, 1, &listed));
    OK(userimage_image_id(listed, &total));
    CHECK(total == id);
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_list_image(list, 2, &listed));
    OK(userimage_delete(uploader, 1001, id, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_delete(uploader, 1001, id, NULL));
    OK(userimage_sweep(uploader, 0, &records, &files, NULL));
    CHECK(records == 0 && files == 0);
    OK(userimage_sweep(uploader, 0, NULL, NULL, NULL));
    userimage_uploader_free(uploader);
    OK(userimage_list_image(list, 1, &listed));
    OK(userimage_image_record(listed, &record));
    check_record(record);
    userimage_list_free(list);
    userimage_image_free(image);

    check_info(argv[2]);
    check_whole_file(argv[2]);
    printf("values: all read back\n");
    return 0;
}
