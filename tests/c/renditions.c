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

    OK(userimage_read_named(uploader, 1001, view.id, TEXT("thumbnail"), &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == thumbnail.bytes);
    userimage_bytes_free(bytes);
    OK(userimage_read_named(uploader, 1001, view.id, TEXT("original"), &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == sizeof PNG && memcmp(data, PNG, len) == 0);
    userimage_bytes_free(bytes);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_read_named(uploader, 1001, view.id, TEXT("card"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_read_named(uploader, 1002, view.id, TEXT("thumbnail"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_read_named(uploader, 1001, view.id, TEXT("a/b"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_read_named(uploader, 1001, view.id, TEXT("\xff"), &bytes, NULL));

    OK(userimage_open_named(uploader, 1001, view.id, TEXT("thumbnail"), &file, NULL));
    {
        VIEW(file, opened, file);
        CHECK(opened.variant == USERIMAGE_NAMED && opened.len == thumbnail.bytes);
        CHECK_TEXT("thumbnail", opened, variant_name);
    }
    userimage_file_free(file);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_open_named(uploader, 1001, view.id, TEXT("card"), &file, NULL));
    OK(userimage_get_named_url(uploader, image, TEXT("thumbnail"), 60000, &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == 20 + thumbnail.key_len && memcmp(data, "https://img.example/", 20) == 0);
    userimage_bytes_free(bytes);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_get_named_url(uploader, image, TEXT("card"), 1, &bytes, NULL));
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

static int32_t find_key(void *user_data, const char *key, size_t key_len, const userimage_sink *sink) {
    userimage_rendition_url urls[2];
    userimage_stored stored = stored_with_urls(urls);
    (void)user_data, (void)key, (void)key_len;
    SET(stored, record_json, kept.record);
    return userimage_sink_image(sink, &stored);
}

static int32_t read_named(void *user_data, int32_t website, uint64_t id, const char *name, size_t name_len,
                          const userimage_sink *sink) {
    (void)user_data;
    CHECK(website == 1001 && id == 7);
    if (name_len != 9 || memcmp(name, "thumbnail", 9) != 0) {
        return USERIMAGE_ABSENT;
    }
    return userimage_sink_bytes(sink, kept.thumbnail, kept.thumbnail_len);
}

static void of_the_host(void) {
    userimage_storage storage;
    userimage_host host;
    userimage_uploader *uploader;
    userimage_image *image;
    userimage_bytes *bytes;
    userimage_list *list;
    const uint8_t *data;
    const char *url;
    size_t len;

    memset(&storage, 0, sizeof storage);
    storage.struct_size = sizeof storage;
    storage.store = store;
    storage.find_key = find_key;
    storage.read_named = read_named;
    memset(&host, 0, sizeof host);
    host.struct_size = sizeof host;
    host.storage = &storage;
    uploader = open_uploader(OWN, &host);
    image = upload(uploader);
    CHECK(strcmp(kept.names, "cardthumbnail") == 0);
    OK(userimage_image_rendition_url(image, TEXT("thumbnail"), &url, &len));
    CHECK(len == 3 && memcmp(url, "t/7", 3) == 0);
    userimage_image_free(image);
    OK(userimage_read_named(uploader, 1001, 7, TEXT("thumbnail"), &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == kept.thumbnail_len && memcmp(data, kept.thumbnail, len) == 0);
    userimage_bytes_free(bytes);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_read_named(uploader, 1001, 7, TEXT("card"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_UNSUPPORTED, userimage_read(uploader, 1001, 7, USERIMAGE_ORIGINAL, &bytes, NULL));
    CHECK_CODE(USERIMAGE_UNSUPPORTED, userimage_find_similar(uploader, 1001, NULL, 0, 0, 64, 9, &list, NULL));
    userimage_uploader_free(uploader);
}

int main(void) {
    userimage_uploader *uploader = open_uploader(MEMORY, NULL);
    named(uploader);
    similar(uploader);
    userimage_uploader_free(uploader);
    of_the_host();
    printf("renditions: made, stored, read back and found by their names\n");
    return 0;
}
