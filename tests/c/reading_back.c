/* Storages of a host's own that read back, list, delete and sweep, or do not. */
#include "host.h"

static int32_t find(void *user_data, int32_t website, uint64_t id, const userimage_sink *sink) {
    host_state *state = user_data;
    if (id == 8) {
        CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, give_image(sink, 8, "{}"));
        return USERIMAGE_OK;
    }
    if (id != 7 || website < 1) {
        return USERIMAGE_ABSENT;
    }
    return give_image(sink, 7, state->record);
}

static int32_t find_key(void *user_data, const char *key, size_t key_len, const userimage_sink *sink) {
    host_state *state = user_data;
    if (key_len != strlen(state->key) || memcmp(key, state->key, key_len) != 0) {
        /* One that is asked for with another month is given the wrong image. */
        return memcmp(key, "original/1999", 13) == 0 ? give_image(sink, 7, state->record) : USERIMAGE_ABSENT;
    }
    return give_image(sink, 7, state->record);
}

static int32_t read_back(void *user_data, int32_t website, uint64_t id, const char *variant,
                         size_t variant_len, const userimage_sink *sink) {
    (void)user_data;
    if (id != 7 || website != 1001) {
        return USERIMAGE_ABSENT;
    }
    CHECK(variant_len == 8 && (memcmp(variant, "original", 8) == 0 || memcmp(variant, "standard", 8) == 0));
    OK(userimage_sink_bytes(sink, PNG, 10));
    OK(userimage_sink_bytes(sink, NULL, 0));
    OK(userimage_sink_bytes(sink, PNG + 10, sizeof PNG - 10));
    return USERIMAGE_OK;
}

static int32_t list(void *user_data, int32_t website, const char *user, size_t user_len,
                    uint64_t page_index, uint32_t page_size, const userimage_sink *sink) {
    host_state *state = user_data;
    CHECK(website == 1001 && user_len == 5 && memcmp(user, "12345", 5) == 0 && page_size == 2);
    if (page_index == 0) {
        OK(give_image(sink, 7, state->record));
        OK(userimage_sink_total(sink, 3));
        OK(give_image(sink, 6, state->record));
    } else if (page_index == 1) {
        OK(userimage_sink_total(sink, 3));
    }
    return USERIMAGE_OK; /* page 2: without a total it is no answer */
}

static int32_t delete_image(void *user_data, int32_t website, uint64_t id, const userimage_sink *sink) {
    (void)user_data, (void)website;
    if (id == 9) {
        userimage_sink_fail(sink, TEXT("locked"));
        return 1;
    }
    return id == 7 ? USERIMAGE_OK : USERIMAGE_ABSENT;
}

static int32_t sweep(void *user_data, uint64_t min_age_ms, const userimage_sink *sink) {
    userimage_sweep_report report = {sizeof report, 0, min_age_ms, 2, 0};
    (void)user_data;
    return userimage_sink_swept(sink, &report);
}

static void reading_back(void) {
    host_state state;
    userimage_storage storage;
    userimage_host host;
    userimage_fields fields = good_fields();
    userimage_image *image;
    userimage_bytes *bytes;
    userimage_list *images;
    userimage_error *error;
    userimage_sweep_report report = {sizeof report, 0, 0, 0, 0};
    const uint8_t *data;
    char key[128];
    size_t len;

    /* Only store is there. */
    memset(&state, 0, sizeof state);
    storage = storage_of(&state);
    host = host_of(&storage);
    state.uploader = open_uploader(CHECKED_CONFIG, &host);
    CHECK_CODE(USERIMAGE_UNSUPPORTED, userimage_find(state.uploader, 1001, 7, &image, &error));
    CHECK_REASON("this storage does not support find", error);
    userimage_error_free(error);
    /* What is not a key is not in any storage. */
    CHECK_CODE(USERIMAGE_ABSENT, userimage_find_key(state.uploader, TEXT("x"), &image, NULL));
    CHECK_CODE(USERIMAGE_UNSUPPORTED, userimage_read(state.uploader, 1001, 7, TEXT("original"), &bytes, NULL));
    CHECK_CODE(USERIMAGE_UNSUPPORTED,
               userimage_list_images(state.uploader, 1001, TEXT("12345"), 0, 2, &images, NULL));
    CHECK_CODE(USERIMAGE_UNSUPPORTED, userimage_delete(state.uploader, 1001, 7, NULL));
    CHECK_CODE(USERIMAGE_UNSUPPORTED, userimage_sweep(state.uploader, 0, NULL, NULL, NULL));
    userimage_uploader_free(state.uploader);

    /* All is there. */
    state.store = good_store;
    storage.find = find;
    storage.find_key = find_key;
    storage.read = read_back;
    storage.list = list;
    storage.delete_image = delete_image;
    storage.sweep = sweep;
    state.uploader = open_uploader(CHECKED_CONFIG, &host);
    OK(userimage_upload(state.uploader, &fields, &image, NULL));
    userimage_image_free(image);
    OK(userimage_find(state.uploader, 1001, 7, &image, NULL));
    {
        VIEW(image, view, image);
        CHECK_TEXT("code-7", view, photo_code);
    }
    userimage_image_free(image);
    OK(userimage_find_key(state.uploader, TEXT(state.key), &image, NULL));
    {
        VIEW(image, view, image);
        CHECK(view.id == 7);
    }
    userimage_image_free(image);
    strcpy(key, state.key);
    memcpy(key + 9, "1998", 4);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_find_key(state.uploader, TEXT(key), &image, NULL));
    memcpy(key + 9, "1999", 4);
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_find_key(state.uploader, TEXT(key), &image, &error));
    CHECK_REASON("the storage returned another key's image", error);
    userimage_error_free(error);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_find(state.uploader, 1001, 9, &image, NULL));
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_find(state.uploader, 1001, 8, &image, NULL));
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_find(state.uploader, 1002, 7, &image, &error));
    CHECK_REASON("the storage returned another website's image", error);
    userimage_error_free(error);
    OK(userimage_read(state.uploader, 1001, 7, TEXT("standard"), &bytes, NULL));
    OK(userimage_bytes_data(bytes, &data, &len));
    CHECK(len == sizeof PNG && memcmp(data, PNG, len) == 0);
    userimage_bytes_free(bytes);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_read(state.uploader, 1002, 7, TEXT("original"), &bytes, NULL));
    OK(userimage_list_images(state.uploader, 1001, TEXT("12345"), 0, 2, &images, NULL));
    {
        VIEW(list, view, images);
        CHECK(view.total == 3 && view.image_count == 2);
        VIEW(image, second, view.images[1]);
        CHECK(second.id == 6);
    }
    userimage_list_free(images);
    OK(userimage_list_images(state.uploader, 1001, TEXT("12345"), 1, 2, &images, NULL));
    {
        VIEW(list, view, images);
        CHECK(view.total == 3 && view.image_count == 0 && view.images == NULL);
    }
    userimage_list_free(images);
    CHECK_CODE(USERIMAGE_SERVER_ERROR,
               userimage_list_images(state.uploader, 1001, TEXT("12345"), 2, 2, &images, NULL));
    OK(userimage_delete(state.uploader, 1001, 7, NULL));
    CHECK_CODE(USERIMAGE_ABSENT, userimage_delete(state.uploader, 1001, 8, NULL));
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_delete(state.uploader, 1001, 9, &error));
    CHECK_REASON("locked", error);
    userimage_error_free(error);
    OK(userimage_sweep(state.uploader, 60000, NULL, &report, NULL));
    CHECK(report.records == 60000 && report.files == 2);
    userimage_uploader_free(state.uploader);
    CHECK(state.destroyed == 2);
}

int main(void) {
    reading_back();
    printf("reading back: every answer and failure arrives\n");
    return 0;
}
