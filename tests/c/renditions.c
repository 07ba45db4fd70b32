/* Further renditions by their names, in the library's storage and in one of the host's own, and images that look
   alike. */
#include "check.h"

static const char OWN[] = "{\"authentication\": \"already_checked\", \"http\": {\"files\": true},"
                          " \"renditions\": {\"thumbnail\": {\"max_width\": 9, \"max_height\": 9}, \"card\": {}}}";
static const char MEMORY[] = "{\"storage\": {\"memory\": {\"base_url\": \"https://img.example/\"}},"
                             " \"authentication\": \"already_checked\","
                             " \"renditions\": {\"thumbnail\": {\"max_width\": 9, \"max_height\": 9}}}";

static userimage_image *upload(userimage_uploader *uploader) {
    userimage_fields fields = good_fields();
    userimage_image *image;
    OK(userimage_upload(uploader, &fields, &image, NULL));
    return image;
}

static void named(userimage_uploader *uploader) {
    userimage_image *image = upload(uploader), *found;
    userimage_record_rendition_view thumbnail;
    userimage_bytes *bytes;
    userimage_file *file;
    const uint8_t *data;
    const char *url;
    size_t len;
    VIEW(image, view, image);
    VIEW(record, record, view.record);

    CHECK(record.rendition_count == 1);
    memset(&thumbnail, 0xA5, sizeof thumbnail);
    thumbnail.struct_size = sizeof thumbnail;
    OK(userimage_record_rendition(view.record, 0, &thumbnail));
    CHECK_TEXT("thumbnail", thumbnail, name);
    CHECK(thumbnail.width <= 9 && thumbnail.height <= 9 && thumbnail.sha256_len == 32);
    CHECK(thumbnail.data == NULL && thumbnail.data_len == 0 && thumbnail.has == 0);
    CHECK(thumbnail.key_len > 10 && memcmp(thumbnail.key, "thumbnail/", 10) == 0);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_record_rendition(view.record, 1, &thumbnail));
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_record_rendition(NULL, 0, &thumbnail));
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_record_rendition(view.record, 0, NULL));

    OK(userimage_image_rendition_url(image, TEXT("thumbnail"), &url, &len));
    CHECK(len == 20 + thumbnail.key_len && memcmp(url + 20, thumbnail.key, thumbnail.key_len) == 0);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_image_rendition_url(image, TEXT("card"), &url, &len));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_image_rendition_url(image, TEXT("\xff"), &url, &len));

    OK(userimage_read(uploader, 1001, view.id, TEXT("thumbnail"), &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == thumbnail.bytes);
    userimage_bytes_free(bytes);
    OK(userimage_read(uploader, 1001, view.id, TEXT("original"), &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == sizeof PNG && memcmp(data, PNG, len) == 0);
    userimage_bytes_free(bytes);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_read(uploader, 1001, view.id, TEXT("card"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_read(uploader, 1002, view.id, TEXT("thumbnail"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_read(uploader, 1001, view.id, TEXT("a/b"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_read(uploader, 1001, view.id, TEXT("\xff"), &bytes, NULL));

    OK(userimage_open(uploader, 1001, view.id, TEXT("thumbnail"), &file, NULL));
    {
        VIEW(file, opened, file);
        CHECK(opened.len == thumbnail.bytes);
        CHECK_TEXT("thumbnail", opened, variant);
    }
    userimage_file_free(file);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_open(uploader, 1001, view.id, TEXT("card"), &file, NULL));
    OK(userimage_get_url(uploader, image, TEXT("thumbnail"), 60000, &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == 20 + thumbnail.key_len && memcmp(data, "https://img.example/", 20) == 0);
    userimage_bytes_free(bytes);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_get_url(uploader, image, TEXT("card"), 1, &bytes, NULL));
    OK(userimage_find_key(uploader, thumbnail.key, thumbnail.key_len, &found, NULL));
    userimage_image_free(found);
    userimage_image_free(image);
}

static void similar(userimage_uploader *uploader) {
    userimage_image *image = upload(uploader);
    userimage_rendition *rendition;
    userimage_list *list;
    VIEW(image, view, image);
    VIEW(record, record, view.record);

    OK(userimage_render(PNG, sizeof PNG, NULL, &rendition, NULL));
    {
        VIEW(rendition, made, rendition);
        CHECK(made.difference_hash == record.difference_hash);
        CHECK(made.thumb_hash_len == record.thumb_hash_len);
        CHECK(memcmp(made.thumb_hash, record.thumb_hash, made.thumb_hash_len) == 0);
    }
    userimage_rendition_free(rendition);
    OK(userimage_find_similar(uploader, 1001, NULL, 0, record.difference_hash ^ 1, 1, 9, &list, NULL));
    {
        VIEW(list, found, list);
        CHECK(found.image_count == 2 && found.total == 2);
        {
            VIEW(image, newest, found.images[0]);
            CHECK(newest.id == view.id);
        }
    }
    userimage_list_free(list);
    OK(userimage_find_similar(uploader, 1001, TEXT("nobody"), record.difference_hash, 64, 9, &list, NULL));
    {
        VIEW(list, found, list);
        CHECK(found.image_count == 0);
    }
    userimage_list_free(list);
    CHECK_CODE(USERIMAGE_INVALID_USER_ID,
               userimage_find_similar(uploader, 1001, TEXT(" "), 0, 64, 9, &list, NULL));
    CHECK_CODE(USERIMAGE_INVALID_WEBSITE_ID, userimage_find_similar(uploader, 0, NULL, 0, 0, 64, 9, &list, NULL));
    userimage_image_free(image);
}

/* A storage of the host's own. */
static struct {
    char record[4096], names[64];
    uint8_t thumbnail[4096];
    size_t thumbnail_len;
    int ranges, is_gone;
    size_t missing; /* how many bytes a range has too few */
} kept;

static userimage_stored stored_with_urls(userimage_rendition_url urls[2]) {
    userimage_stored stored = stored_as(7, "7", "o/7", "s/7");
    SET(urls[0], name, "card");
    SET(urls[0], url, "c/7");
    SET(urls[1], name, "thumbnail");
    SET(urls[1], url, "t/7");
    stored.rendition_urls = urls;
    stored.rendition_url_count = 2;
    return stored;
}

static int32_t store(void *user_data, const userimage_record *record, const uint8_t *original,
                     size_t original_len, const uint8_t *standard, size_t standard_len,
                     const userimage_sink *sink) {
    userimage_rendition_url urls[2];
    userimage_stored stored = stored_with_urls(urls);
    const char *json;
    size_t len, i;
    VIEW(record, view, record);
    (void)user_data, (void)original, (void)original_len, (void)standard, (void)standard_len;
    for (i = 0; i < view.rendition_count; i++) {
        userimage_record_rendition_view made;
        made.struct_size = sizeof made;
        OK(userimage_record_rendition(record, i, &made));
        CHECK(made.data != NULL && made.data_len == made.bytes);
        strncat(kept.names, made.name, made.name_len);
        if (made.name_len == 9) {
            CHECK(made.data_len <= sizeof kept.thumbnail);
            memcpy(kept.thumbnail, made.data, made.data_len);
            kept.thumbnail_len = made.data_len;
        }
    }
    OK(userimage_record_json(record, &json, &len));
    CHECK(len < sizeof kept.record);
    memcpy(kept.record, json, len);
    return userimage_sink_stored(sink, &stored);
}

static int32_t find(void *user_data, int32_t website, uint64_t id, const userimage_sink *sink) {
    userimage_rendition_url urls[2];
    userimage_stored stored = stored_with_urls(urls);
    (void)user_data;
    if (website != 1001 || id != 7) {
        return USERIMAGE_ABSENT;
    }
    SET(stored, record_json, kept.record);
    return userimage_sink_image(sink, &stored);
}

static int32_t find_key(void *user_data, const char *key, size_t key_len, const userimage_sink *sink) {
    (void)key, (void)key_len;
    return find(user_data, 1001, 7, sink);
}

static int32_t read_range(void *user_data, int32_t website, uint64_t id, const char *name, size_t name_len,
                          uint64_t offset, size_t len, const userimage_sink *sink) {
    (void)user_data;
    CHECK(website == 1001 && id == 7 && name_len == 9 && memcmp(name, "thumbnail", 9) == 0);
    CHECK(len > 0 && len <= kept.thumbnail_len && offset <= kept.thumbnail_len - len);
    kept.ranges++;
    return kept.is_gone ? USERIMAGE_ABSENT : userimage_sink_bytes(sink, kept.thumbnail + offset, len - kept.missing);
}

static int32_t read_file(void *user_data, int32_t website, uint64_t id, const char *name, size_t name_len,
                         const userimage_sink *sink) {
    (void)user_data;
    CHECK(website == 1001 && id == 7);
    if (name_len != 9 || memcmp(name, "thumbnail", 9) != 0) {
        return USERIMAGE_ABSENT;
    }
    return userimage_sink_bytes(sink, kept.thumbnail, kept.thumbnail_len);
}

/* A file that the host reads in pieces. It lives on after its uploader. */
static void ranges(userimage_uploader *uploader) {
    userimage_file *file, *by_key;
    userimage_error *error;
    userimage_bytes *bytes;
    uint8_t buffer[sizeof kept.thumbnail];
    size_t read;

    OK(userimage_open(uploader, 1001, 7, TEXT("thumbnail"), &file, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_open(uploader, 1001, 8, TEXT("thumbnail"), &by_key, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_open(uploader, 1001, 7, TEXT("print"), &by_key, NULL));
    CHECK(kept.ranges == 0);
    OK(userimage_file_read_at(file, 2, buffer, 10, &read, NULL));
    CHECK(read == 10 && memcmp(buffer, kept.thumbnail + 2, 10) == 0 && kept.ranges == 1);
    OK(userimage_file_read_at(file, 3, buffer, sizeof buffer, &read, NULL));
    CHECK(read == kept.thumbnail_len - 3 && memcmp(buffer, kept.thumbnail + 3, read) == 0 && kept.ranges == 2);
    OK(userimage_file_read_at(file, kept.thumbnail_len, buffer, 1, &read, NULL));
    OK(userimage_file_read_at(file, UINT64_MAX, buffer, 1, &read, NULL));
    OK(userimage_file_read_at(file, 0, buffer, 0, &read, NULL));
    CHECK(read == 0 && kept.ranges == 2);
    OK(userimage_read(uploader, 1001, 7, TEXT("thumbnail"), &bytes, NULL)); /* at once */
    CHECK(kept.ranges == 2);
    userimage_bytes_free(bytes);

    kept.missing = 1;
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_file_read_at(file, 0, buffer, 9, &read, &error));
    CHECK_REASON("the host's storage gave 8 bytes to read_range, not 9", error);
    userimage_error_free(error);
    kept.missing = 0;
    kept.is_gone = 1;
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_file_read_at(file, 0, buffer, 9, &read, &error));
    CHECK_REASON("the thumbnail of image 7 is gone", error);
    userimage_error_free(error);
    kept.is_gone = 0;
    userimage_uploader_free(uploader);
    OK(userimage_file_read_at(file, 0, buffer, 9, &read, NULL));
    CHECK(read == 9);
    userimage_file_free(file);
}

static void of_the_host(int has_ranges) {
    userimage_storage storage;
    userimage_host host;
    userimage_uploader *uploader;
    userimage_image *image;
    userimage_bytes *bytes;
    userimage_list *list;
    const uint8_t *data;
    const char *url;
    size_t len;

    memset(&kept, 0, sizeof kept);
    memset(&storage, 0, sizeof storage);
    storage.struct_size = sizeof storage;
    storage.store = store;
    storage.find_key = find_key;
    storage.find = find;
    storage.read = read_file;
    storage.read_range = has_ranges ? read_range : NULL;
    memset(&host, 0, sizeof host);
    host.struct_size = sizeof host;
    host.storage = &storage;
    uploader = open_uploader(OWN, &host);
    image = upload(uploader);
    CHECK(strcmp(kept.names, "cardthumbnail") == 0);
    OK(userimage_image_rendition_url(image, TEXT("thumbnail"), &url, &len));
    CHECK(len == 3 && memcmp(url, "t/7", 3) == 0);
    userimage_image_free(image);
    OK(userimage_read(uploader, 1001, 7, TEXT("thumbnail"), &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == kept.thumbnail_len && memcmp(data, kept.thumbnail, len) == 0);
    userimage_bytes_free(bytes);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_read(uploader, 1001, 7, TEXT("card"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_read(uploader, 1001, 7, TEXT("original"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_UNSUPPORTED, userimage_find_similar(uploader, 1001, NULL, 0, 0, 64, 9, &list, NULL));
    if (has_ranges) {
        ranges(uploader);
    } else {
        userimage_uploader_free(uploader);
    }
}

int main(void) {
    userimage_uploader *uploader = open_uploader(MEMORY, NULL);
    named(uploader);
    similar(uploader);
    userimage_uploader_free(uploader);
    of_the_host(0);
    of_the_host(1);
    printf("renditions: made, stored, read back and found by their names\n");
    return 0;
}
