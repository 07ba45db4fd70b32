/* Every value of a stored image, its record and an image's info, read back, listed and deleted, in a
   storage that survives its uploader, in a folder that no ASCII can name. Usage: values FOLDER PHOTO */
#include "check.h"

#define UNICODE "/\xd1\x84\xd0\xbe\xd1\x82\xd0\xbe \xf0\x9f\x90\x88"

/* By sha256sum. */
static const uint8_t PNG_SHA256[] = {
    0x2f, 0x35, 0x61, 0xcb, 0x7a, 0xd5, 0x40, 0x87, 0x15, 0xad, 0xb4, 0xb5, 0xe5, 0x0e, 0xd8, 0xdc,
    0x53, 0xad, 0x5a, 0x29, 0xa7, 0xcd, 0x48, 0xb6, 0x0a, 0xe3, 0x57, 0xa4, 0x1f, 0xd2, 0x64, 0x1a};

static void check_record(const userimage_record *record) {
    const char *text;
    size_t len;
    VIEW(record, view, record);
    CHECK(view.website_id == 1001);
    CHECK_TEXT("J\xc3\xb6rg \xd0\xb6", view, user_id);
    CHECK_TEXT("\xd0\xba\xd0\xbe\xd1\x82.png", view, image_name);
    CHECK(view.unique_name_len == 48 && memcmp(view.unique_name + 44, ".png", 4) == 0);
    CHECK(view.original_key_len == 57 && memcmp(view.original_key, "original/", 9) == 0);
    CHECK(memcmp(view.original_key + 9, view.unique_name, 48) == 0);
    CHECK(view.standard_key_len == 57 && memcmp(view.standard_key, "standard/", 9) == 0);
    CHECK(memcmp(view.standard_key + 9, view.unique_name, 44) == 0);
    CHECK(memcmp(view.standard_key + 53, ".jpg", 4) == 0);
    CHECK_TEXT("png", view, format);
    CHECK_TEXT("image/png", view, mime_type);
    CHECK_TEXT(".png", view, extension);
    CHECK(view.width == 8 && view.height == 6);
    CHECK(view.stored_width == 8 && view.stored_height == 6);
    CHECK(view.orientation == 1);
    CHECK(view.dpi == 96 && view.dpi_y == 96);
    CHECK(view.original_bytes == sizeof PNG);
    CHECK(view.sha256_len == 32 && memcmp(view.sha256, PNG_SHA256, 32) == 0);
    CHECK(view.created > 1700000000000);
    CHECK_TEXT("jpeg", view, standard_format);
    CHECK_TEXT("image/jpeg", view, standard_mime_type);
    CHECK(view.standard_width == 8 && view.standard_height == 6);
    CHECK(view.standard_bytes > 100);
    OK(userimage_record_json(record, &text, &len));
    CHECK(text[0] == '{' && text[len - 1] == '}');
}

#define GIF_FRAME ",\0\0\0\0\1\0\1\0\0\2\0"
static const uint8_t GIF[] = "GIF89a\1\0\1\0\0\0\0" GIF_FRAME GIF_FRAME GIF_FRAME ";";

static void check_info(const char *photo) {
    userimage_info *info;
    double x = 77, y = 77;

    OK(userimage_probe(PNG, sizeof PNG, &info, NULL));
    {
        VIEW(info, view, info);
        CHECK(view.has == (USERIMAGE_INFO_HAS_SIZE | USERIMAGE_INFO_HAS_COLOUR | USERIMAGE_INFO_HAS_FRAMES));
        CHECK_TEXT("png", view, format);
        CHECK_TEXT("image/png", view, mime_type);
        CHECK_TEXT(".png", view, extension);
        CHECK(view.dpi_x == 0 && view.stored_dpi_y == 0 && view.print_width_inches == 0);
        CHECK(view.dpi_source == NULL && view.dpi_source_len == 0);
        CHECK(view.frames == 1 && view.has_exif == 0);
    }
    OK(userimage_info_largest_print(info, 2.0, &x, &y));
    CHECK(x == 4.0 && y == 3.0);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_info_largest_print(info, 0.0, &x, &y));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_info_largest_print(info, -1.0, &x, &y));
    CHECK(x == 4.0 && y == 3.0);
    userimage_info_free(info);

    /* A PDF without pages has no size in pixels. */
    OK(userimage_probe((const uint8_t *)"%PDF-1.4\n%%EOF\n", 15, &info, NULL));
    {
        VIEW(info, view, info);
        CHECK(view.has == 0 && view.width == 0 && view.stored_height == 0 && view.orientation == 1);
        CHECK(view.colour_model == NULL);
    }
    CHECK_CODE(USERIMAGE_ABSENT, userimage_info_largest_print(info, 2.0, &x, &y));
    userimage_info_free(info);

    OK(userimage_probe_path(TEXT(photo), &info, NULL));
    {
        VIEW(info, view, info);
        CHECK((view.has | USERIMAGE_INFO_HAS_FRAMES) == 31);
        CHECK_TEXT("jpeg", view, format);
        CHECK(view.width == 1200 && view.height == 1600);
        CHECK(view.stored_width == 1600 && view.stored_height == 1200);
        CHECK(view.orientation == 6);
        CHECK(view.dpi_x == 300.0 && view.dpi_y == 300.0);
        CHECK(view.stored_dpi_x == 300.0 && view.stored_dpi_y == 300.0);
        CHECK(view.print_width_inches == 4.0);
        CHECK(view.print_height_inches > 5.33 && view.print_height_inches < 5.34);
        CHECK_TEXT("exif", view, dpi_source);
        CHECK_TEXT("rgb", view, colour_model);
        CHECK(view.colour_bits == 8 && view.has_alpha == 0);
        CHECK(view.has_exif == 1 && view.has_icc == 0 && view.has_xmp == 0 && view.has_gps == 1);
    }
    OK(userimage_info_largest_print(info, 100.0, &x, &y));
    CHECK(x == 12.0 && y == 16.0);
    userimage_info_free(info);
}

/* What only the complete file states. */
static void check_whole_file(const char *photo) {
    static uint8_t data[1 << 22];
    FILE *file = fopen(photo, "rb");
    userimage_exif *exif = NULL;
    uint32_t frames;
    size_t len;

    CHECK(file != NULL);
    len = fread(data, 1, sizeof data, file);
    fclose(file);
    OK(userimage_count_frames(data, len, 10, &frames, NULL));
    CHECK(frames == 1);
    OK(userimage_exif_details(data, len, &exif, NULL));
    {
        VIEW(exif, view, exif);
        CHECK(view.has == (USERIMAGE_EXIF_HAS_MAKE | USERIMAGE_EXIF_HAS_MODEL |
                           USERIMAGE_EXIF_HAS_SOFTWARE | USERIMAGE_EXIF_HAS_TIME));
        CHECK_TEXT("Example", view, make);
        CHECK_TEXT("Phone 1", view, model);
        CHECK(view.lens == NULL && view.lens_len == 0);
        CHECK_TEXT("1.0", view, software);
        CHECK_TEXT("2024:05:17 10:20:30", view, time);
        CHECK(view.has_position == 1);
    }
    userimage_exif_free(exif);

    CHECK_CODE(USERIMAGE_ABSENT, userimage_exif_details(PNG, sizeof PNG, &exif, NULL));
    /* Three frames without pixels, of which one above the limit is counted. */
    OK(userimage_count_frames(GIF, sizeof GIF - 1, 10, &frames, NULL));
    CHECK(frames == 3);
    OK(userimage_count_frames(GIF, sizeof GIF - 1, 1, &frames, NULL));
    CHECK(frames == 2);
}

/* How many formats have a rendition: 6 in a build without those by feature. */
#ifndef RENDERED
#define RENDERED 13
#endif

/* The formats, until there are no more. */
static void check_formats(void) {
    userimage_format_view view;
    size_t count = 0, rendered = 0;
    view.struct_size = sizeof view;
    while (userimage_format_get(count, &view) == USERIMAGE_OK) {
        CHECK(view.name_len > 0 && view.mime_type_len > 6 && view.extension[0] == '.');
        rendered += view.has_rendition;
        if (count++ == 0) {
            CHECK_TEXT("jpeg", view, name);
            CHECK_TEXT("image/jpeg", view, mime_type);
            CHECK_TEXT(".jpg", view, extension);
        }
    }
    CHECK(count == 18 && rendered == RENDERED);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_format_get(SIZE_MAX, &view));
}

/* A path's last part. */
static const char *basename_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* Both files of an image, in pieces. */
static void files(userimage_uploader *uploader, userimage_image *image,
                  const userimage_record_view *record, uint64_t id) {
    userimage_file *file, *other;
    userimage_bytes *url;
    const uint8_t *data;
    uint8_t buffer[sizeof PNG + 10];
    size_t len, read;

    OK(userimage_open(uploader, 1001, id, TEXT("original"), &file, NULL));
    {
        VIEW(file, opened, file);
        CHECK(opened.len == sizeof PNG && opened.has == 0);
        CHECK_TEXT("original", opened, variant);
        CHECK_TEXT("image/png", opened, mime_type);
    }
    OK(userimage_file_read_at(file, 1, buffer, 3, &read, NULL));
    CHECK(read == 3 && memcmp(buffer, "PNG", 3) == 0);
    OK(userimage_file_read_at(file, 4, buffer, sizeof buffer, &read, NULL));
    CHECK(read == sizeof PNG - 4 && memcmp(buffer, PNG + 4, read) == 0);
    OK(userimage_file_read_at(file, sizeof PNG, buffer, sizeof buffer, &read, NULL));
    CHECK(read == 0);
    OK(userimage_file_read_at(file, UINT64_MAX, NULL, 0, &read, NULL));
    CHECK(read == 0);
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_file_read_at(file, 0, NULL, 1, &read, NULL));
    OK(userimage_open_key(uploader, record->standard_key, record->standard_key_len, &other, NULL));
    {
        VIEW(file, opened, other);
        CHECK(opened.len == record->standard_bytes);
        CHECK_TEXT("standard", opened, variant);
    }
    userimage_file_free(other);
    userimage_file_free(file);
    userimage_file_free(NULL);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_open(uploader, 1002, id, TEXT("original"), &file, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_open_key(uploader, TEXT("original/x"), &file, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_open(uploader, 1001, id, TEXT("a/b"), &file, NULL));

    OK(userimage_get_url(uploader, image, TEXT("standard"), 60000, &url, NULL));
    OK(userimage_bytes_data(url, &data, &len));
    {
        VIEW(image, view, image);
        CHECK(len == view.standard_url_len && memcmp(data, view.standard_url, len) == 0);
    }
    userimage_bytes_free(url);
}

/* A comparison that stops after a step and goes on, also from its document. */
static void verify(userimage_uploader *uploader) {
    userimage_verify_report *report, *again, *all;

    OK(userimage_verify(uploader, NULL, 1, &report, NULL));
    {
        VIEW(verify_report, view, report);
        CHECK(!view.complete && view.images == 2 && view.problem_count == 0 && view.bytes > sizeof PNG);
        CHECK(view.json_len > 20 && memcmp(view.json, "{\"complete\":false,", 18) == 0);
        OK(userimage_verify_report_from_json(view.json, view.json_len, &again, NULL));
    }
    userimage_verify_report_free(report);
    OK(userimage_verify(uploader, again, 0, &all, NULL));
    userimage_verify_report_free(again);
    {
        VIEW(verify_report, view, all);
        CHECK(view.complete && view.images == 2 && view.files == 4 && view.problem_count == 0);
    }
    userimage_verify_report_free(all);
    userimage_verify_report_free(NULL);
    OK(userimage_verify_report_from_json(
        TEXT("{\"problems\":[{\"kind\":\"missing\",\"image\":7,\"key\":\"original/a\",\"reason\":\"gone\"}]}"),
        &again, NULL));
    {
        VIEW(verify_report, view, again);
        CHECK(view.problem_count == 1 && view.problems[0].kind == USERIMAGE_PROBLEM_MISSING);
        CHECK(view.problems[0].has_image && view.problems[0].image == 7);
        CHECK(view.problems[0].key_len == 10 && memcmp(view.problems[0].reason, "gone", 4) == 0);
    }
    userimage_verify_report_free(again);
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT,
               userimage_verify_report_from_json(TEXT("no report"), &report, NULL));
}

/* An operation that is cancelled before its first step. */
#define CANCELLED(call)                                                           \
    do {                                                                          \
        CHECK_CODE(USERIMAGE_SERVER_ERROR, call);                                 \
        {                                                                         \
            VIEW(error, view, error);                                             \
            CHECK(view.kind == USERIMAGE_KIND_CANCELLED);                         \
        }                                                                         \
        userimage_error_free(error);                                              \
    } while (0)

static void cancelled(userimage_uploader *uploader, const char *path) {
    userimage_cancellation *cancellation;
    userimage_error *error;
    uint64_t count = 7;
    OK(userimage_cancellation_new(&cancellation, NULL));
    OK(userimage_cancellation_cancel(cancellation));
    CANCELLED(userimage_backup(uploader, TEXT(path), cancellation, NULL, &error));
    CANCELLED(userimage_restore(uploader, TEXT(path), cancellation, NULL, &error));
    CANCELLED(userimage_copy_to(uploader, uploader, cancellation, NULL, &error));
    CANCELLED(userimage_delete_user(uploader, 1001, TEXT("12345"), cancellation, &count, &error));
    CANCELLED(userimage_reassign(uploader, 1001, TEXT("12345"), TEXT("guest"), cancellation, &count, &error));
    CANCELLED(userimage_expire(uploader, 1001, 0, cancellation, &count, &error));
    CANCELLED(userimage_sweep(uploader, 0, cancellation, NULL, &error));
    CHECK(count == 7);
    userimage_cancellation_free(cancellation);
}

/* Another user's images: counted, verified, backed up, reassigned, deleted and restored. */
static void operations(userimage_uploader *uploader, const char *folder) {
    userimage_fields fields = good_fields();
    userimage_usage_view usage = {sizeof usage, 0, 0, 0, 0};
    userimage_copy_view copy = {sizeof copy, 0, 0, 0};
    userimage_image *image;
    uint64_t count = 0;
    char path[1000];

    SET(fields, user_id, "guest");
    OK(userimage_upload(uploader, &fields, &image, NULL));
    userimage_image_free(image);
    OK(userimage_usage(uploader, 1001, TEXT("guest"), &usage, NULL));
    CHECK(usage.images == 1 && usage.users == 1 && usage.bytes > sizeof PNG);
    OK(userimage_usage(uploader, 1001, NULL, 0, &usage, NULL));
    CHECK(usage.images == 2 && usage.users == 2);

    verify(uploader);

    sprintf(path, "%s-backup", folder);
    OK(userimage_backup(uploader, TEXT(path), NULL, &copy, NULL));
    CHECK(copy.copied + copy.present == 2);
    OK(userimage_reassign(uploader, 1001, TEXT("guest"), TEXT("member"), NULL, &count, NULL));
    CHECK(count == 1);
    OK(userimage_delete_user(uploader, 1001, TEXT("member"), NULL, &count, NULL));
    CHECK(count == 1);
    OK(userimage_expire(uploader, 1001, 3600000, NULL, &count, NULL));
    CHECK(count == 0);
    OK(userimage_restore(uploader, TEXT(path), NULL, &copy, NULL));
    CHECK(copy.copied == 1 && copy.present == 1);
    OK(userimage_delete_user(uploader, 1001, TEXT("guest"), NULL, &count, NULL));
    CHECK(count == 1);
    OK(userimage_copy_to(uploader, uploader, NULL, NULL, NULL));
    cancelled(uploader, path);
    CHECK_CODE(USERIMAGE_SERVER_ERROR,
               userimage_restore(uploader, TEXT("no/such/folder"), NULL, NULL, NULL));
    CHECK_CODE(USERIMAGE_INVALID_USER_ID,
               userimage_delete_user(uploader, 1001, TEXT(" "), NULL, &count, NULL));
}

/* Quotas and a retention by configuration alone. */
static void quotas(void) {
    userimage_uploader *uploader = open_uploader(
        "{\"storage\": {\"memory\": {\"base_url\": \"u/\"}}, \"authentication\": \"already_checked\","
        " \"policy\": {\"user_quota\": {\"images\": 1}, \"website_quota\": {\"images\": 2},"
        " \"retention_days\": 1}}",
        NULL);
    userimage_fields fields = good_fields();
    userimage_sweep_report report = {sizeof report, 0, 7, 7, 7};
    userimage_image *image;
    userimage_error *error;
    const int32_t kinds[] = {0, USERIMAGE_KIND_USER_QUOTA_EXCEEDED, 0,
                             USERIMAGE_KIND_WEBSITE_QUOTA_EXCEEDED};
    const char *const users[] = {"a", "a", "b", "c"};
    int at;

    for (at = 0; at < 4; at++) {
        SET(fields, user_id, users[at]);
        if (kinds[at] == 0) {
            OK(userimage_upload(uploader, &fields, &image, NULL));
            userimage_image_free(image);
            continue;
        }
        CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_upload(uploader, &fields, &image, &error));
        {
            VIEW(error, view, error);
            CHECK(view.kind == kinds[at] && view.http_status == 400);
        }
        userimage_error_free(error);
    }
    OK(userimage_sweep(uploader, 0, NULL, &report, NULL));
    CHECK(report.images == 0);
    userimage_uploader_free(uploader);
}

int main(int argc, char **argv) {
    char config[2048], path[2048];
    userimage_uploader *uploader;
    userimage_fields fields = good_fields();
    userimage_image *image, *again;
    userimage_bytes *bytes;
    userimage_list *list;
    userimage_info *info;
    userimage_sweep_report report = {sizeof report, 7, 7, 7, 7};
    const uint8_t *data;
    uint64_t max_bytes;
    size_t len;

    CHECK(argc == 3);
    sprintf(config,
            "{\"storage\": {\"local\": {\"path\": \"%s" UNICODE "\", \"base_url\": \"https://img.example/\"}},"
            " \"authentication\": \"keys\", \"websites\": [{\"id\": 1001, \"keys\": [\"abc123\"]},"
            " {\"id\": 1002, \"keys\": [\"xyz\"], \"policy\": {\"max_bytes\": 5000}}]}",
            argv[1]);
    SET(fields, user_id, "J\xc3\xb6rg \xd0\xb6");
    SET(fields, file_name, "C:\\\xd1\x84\\\xd0\xba\xd0\xbe\xd1\x82.png");

    uploader = open_uploader(config, NULL);
    OK(userimage_max_bytes(uploader, 1001, &max_bytes, NULL));
    CHECK(max_bytes == 25 * 1024 * 1024);
    OK(userimage_max_bytes(uploader, 1002, &max_bytes, NULL));
    CHECK(max_bytes == 5000);
    CHECK_CODE(USERIMAGE_INVALID_WEBSITE_ID, userimage_max_bytes(uploader, 0, &max_bytes, NULL));
    OK(userimage_validate(uploader, &fields, NULL));
    OK(userimage_upload(uploader, &fields, &image, NULL));
    userimage_uploader_free(uploader);

    /* The image outlives its uploader, and another uploader finds it. */
    VIEW(image, view, image);
    CHECK(view.id > 0 && view.photo_code_len > 0 && view.http_status == 200);
    CHECK(memcmp(view.original_url, "https://img.example/original/", 29) == 0);
    CHECK(memcmp(view.standard_url, "https://img.example/standard/", 29) == 0);
    check_record(view.record);
    VIEW(record, record, view.record);

    uploader = open_uploader(config, NULL);
    OK(userimage_find(uploader, 1001, view.id, &again, NULL));
    {
        VIEW(image, found, again);
        CHECK(found.envelope_len == view.envelope_len);
        CHECK(memcmp(found.envelope, view.envelope, view.envelope_len) == 0);
        check_record(found.record);
    }
    userimage_image_free(again);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_find(uploader, 1002, view.id, &again, NULL));
    CHECK_CODE(USERIMAGE_INVALID_WEBSITE_ID, userimage_find(uploader, -1, view.id, &again, NULL));
    OK(userimage_find_key(uploader, record.standard_key, record.standard_key_len, &again, NULL));
    {
        VIEW(image, found, again);
        CHECK(found.id == view.id);
    }
    userimage_image_free(again);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_find_key(uploader, TEXT("original/../x"), &again, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_find_key(uploader, TEXT("\xff"), &again, NULL));

    OK(userimage_read(uploader, 1001, view.id, TEXT("original"), &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == sizeof PNG && memcmp(data, PNG, len) == 0);
    userimage_bytes_free(bytes);
    OK(userimage_read(uploader, 1001, view.id, TEXT("standard"), &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == record.standard_bytes && data[0] == 0xFF && data[1] == 0xD8);
    userimage_bytes_free(bytes);
    /* In folders of the first digits of the random part: original/ab/cd/2026_11_abcd... */
    sprintf(path, "%s" UNICODE "/original/%.2s/%.2s/%.*s", argv[1], record.original_key + 17,
            record.original_key + 19, (int)record.original_key_len - 9, record.original_key + 9);
    OK(userimage_probe_path(TEXT(path), &info, NULL));
    userimage_info_free(info);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_read(uploader, 1002, view.id, TEXT("original"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_read(uploader, 1001, view.id, TEXT(""), &bytes, NULL));
    files(uploader, image, &record, view.id);
    operations(uploader, argv[1]);

    /* A file of the host: the name from the path, the photo code new. */
    fields.data = NULL;
    fields.data_len = 0;
    fields.file_name = NULL;
    fields.file_name_len = 0;
    OK(userimage_upload_path(uploader, &fields, TEXT(argv[2]), &again, NULL));
    {
        VIEW(image, second, again);
        VIEW(record, named, second.record);
        CHECK(second.id > view.id);
        CHECK_TEXT(basename_of(argv[2]), named, image_name);
    }
    userimage_image_free(again);

    OK(userimage_list_images(uploader, 1001, TEXT("J\xc3\xb6rg \xd0\xb6"), 0, 10, &list, NULL));
    VIEW(list, listed, list);
    CHECK(listed.total == 2 && listed.image_count == 2);
    {
        VIEW(image, oldest, listed.images[1]);
        CHECK(oldest.id == view.id);
    }
    OK(userimage_delete(uploader, 1001, view.id, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_delete(uploader, 1001, view.id, NULL));
    CHECK_CODE(USERIMAGE_ABSENT,
               userimage_find_key(uploader, record.original_key, record.original_key_len, &again, NULL));
    OK(userimage_sweep(uploader, 0, NULL, &report, NULL));
    CHECK(report.struct_size == sizeof report && report.records == 0 && report.files == 0);
    CHECK(report.images == 0);
    OK(userimage_sweep(uploader, 0, NULL, NULL, NULL));
    userimage_uploader_free(uploader);
    {
        VIEW(image, oldest, listed.images[1]);
        check_record(oldest.record);
    }
    userimage_list_free(list);
    userimage_image_free(image);

    check_info(argv[2]);
    check_whole_file(argv[2]);
    check_formats();
    quotas();
    printf("values: all read back\n");
    return 0;
}
