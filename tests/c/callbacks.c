/* Storages, authenticators, inspectors and logs of a host's own, good and bad: a clear code each time, and destroy
   called exactly once. */
#include <pthread.h>
#include <unistd.h>

#include "check.h"

static const char HOST_CONFIG[] = "{\"authentication\": \"host\"}";
static const char CHECKED_CONFIG[] = "{\"authentication\": \"already_checked\"}";

/* What the host's callbacks do next, and what they have done. */
typedef struct {
    int32_t (*store)(void *, const userimage_record *, const uint8_t *, size_t, const uint8_t *,
                     size_t, const userimage_sink *);
    int stored, destroyed, lines;
    char last_line[512];
    char record[4096], key[128];
    userimage_uploader *uploader;
    const userimage_sink *late;
    int decide;
} host_state;

static int32_t give(const userimage_sink *sink, uint64_t id) {
    userimage_stored stored = stored_as(id, "code-7", "o/7", "s/7");
    return userimage_sink_stored(sink, &stored);
}

/* Gives an image back, with the record that was stored with it. */
static int32_t give_image(const userimage_sink *sink, uint64_t id, const char *record) {
    userimage_stored stored = stored_as(id, "code-7", "o/7", "s/7");
    SET(stored, record_json, record);
    return userimage_sink_image(sink, &stored);
}

static int32_t good_store(void *user_data, const userimage_record *record, const uint8_t *original,
                          size_t original_len, const uint8_t *standard, size_t standard_len,
                          const userimage_sink *sink) {
    host_state *state = user_data;
    const char *json;
    size_t len;
    CHECK(original_len == sizeof PNG && memcmp(original, PNG, sizeof PNG) == 0);
    CHECK(standard_len > 100 && standard[0] == 0xFF);
    {
        VIEW(record, view, record);
        CHECK_TEXT("12345", view, user_id);
        CHECK(view.original_bytes == original_len && view.standard_bytes == standard_len);
        CHECK(view.has == (USERIMAGE_RECORD_HAS_STANDARD_SHA256 | USERIMAGE_RECORD_HAS_DIFFERENCE_HASH |
                           USERIMAGE_RECORD_HAS_THUMB_HASH));
        CHECK(view.standard_sha256_len == 32 && view.thumb_hash_len >= 5 && view.rendition_count == 0);
        CHECK(view.original_key_len < sizeof state->key);
        memcpy(state->key, view.original_key, view.original_key_len);
        state->key[view.original_key_len] = 0;
    }
    OK(userimage_record_json(record, &json, &len));
    CHECK(len < sizeof state->record);
    memcpy(state->record, json, len);
    state->record[len] = 0;
    state->stored++;
    OK(give(sink, 7));
    return USERIMAGE_OK;
}

#define STORE(name)                                                                       \
    static int32_t name(void *user_data, const userimage_record *record,                  \
                        const uint8_t *original, size_t original_len,                     \
                        const uint8_t *standard, size_t standard_len,                     \
                        const userimage_sink *sink)
#define UNUSED (void)user_data, (void)record, (void)original, (void)original_len,         \
               (void)standard, (void)standard_len, (void)sink

STORE(failing_store) {
    UNUSED;
    OK(userimage_sink_fail(sink, TEXT("the tape is full")));
    return 1;
}

STORE(silent_failure) {
    UNUSED;
    return -5;
}

STORE(no_answer) {
    UNUSED;
    return USERIMAGE_OK;
}

STORE(answer_and_failure) {
    UNUSED;
    OK(give(sink, 7));
    return 3;
}

STORE(two_answers) {
    UNUSED;
    OK(give(sink, 7));
    CHECK_CODE(USERIMAGE_SINK_CLOSED, give(sink, 8));
    return USERIMAGE_OK;
}

STORE(wrong_answer) {
    UNUSED;
    CHECK_CODE(USERIMAGE_SINK_CLOSED, userimage_sink_decide(sink, 1));
    return USERIMAGE_OK;
}

STORE(id_zero) {
    UNUSED;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, give(sink, 0));
    return USERIMAGE_OK;
}

STORE(id_over_the_limit) {
    UNUSED;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, give(sink, UINT64_C(0x8000000000000000)));
    return USERIMAGE_OK;
}

/* Tries an answer with one field changed. */
#define ANSWER(code, change)                                                              \
    do {                                                                                  \
        userimage_stored stored = stored_as(1, "a", "o", "s");                            \
        change;                                                                           \
        CHECK_CODE(code, userimage_sink_stored(sink, &stored));                           \
    } while (0)

STORE(bad_text) {
    UNUSED;
    ANSWER(USERIMAGE_BAD_UTF8, SET(stored, photo_code, "\xff\xfe"));
    return USERIMAGE_OK;
}

STORE(null_text) {
    UNUSED;
    ANSWER(USERIMAGE_NULL_POINTER, (stored.original_url = NULL, stored.original_url_len = 0));
    return USERIMAGE_OK;
}

STORE(null_struct) {
    UNUSED;
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_sink_stored(sink, NULL));
    return USERIMAGE_OK;
}

STORE(bad_struct_size) {
    UNUSED;
    ANSWER(USERIMAGE_BAD_STRUCT_SIZE, stored.struct_size = 8);
    return USERIMAGE_OK;
}

STORE(unknown_flag) {
    UNUSED;
    ANSWER(USERIMAGE_UNKNOWN_FLAG, stored.flags = 2);
    return USERIMAGE_OK;
}

STORE(huge_text) {
    char *huge = malloc(USERIMAGE_MAX_TEXT + 1);
    UNUSED;
    CHECK(huge != NULL);
    memset(huge, 'x', USERIMAGE_MAX_TEXT + 1);
    ANSWER(USERIMAGE_INVALID_ARGUMENT,
           (stored.photo_code = huge, stored.photo_code_len = USERIMAGE_MAX_TEXT + 1));
    free(huge);
    return USERIMAGE_OK;
}

STORE(longest_text) {
    char *text = malloc(USERIMAGE_MAX_TEXT);
    UNUSED;
    CHECK(text != NULL);
    memset(text, '"', USERIMAGE_MAX_TEXT);
    ANSWER(USERIMAGE_OK, (stored.photo_code = text, stored.photo_code_len = USERIMAGE_MAX_TEXT));
    free(text);
    return USERIMAGE_OK;
}

STORE(bad_reason) {
    UNUSED;
    CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_sink_fail(sink, TEXT("\xff")));
    return 1;
}

static void *answer_from_thread(void *sink) {
    usleep(50 * 1000);
    OK(give(sink, 7));
    return NULL;
}

STORE(slow_store_from_another_thread) {
    pthread_t thread;
    UNUSED;
    CHECK(pthread_create(&thread, NULL, answer_from_thread, (void *)sink) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    return USERIMAGE_OK;
}

STORE(store_that_answers_too_late) {
    UNUSED;
    OK(userimage_sink_retain(sink));
    ((host_state *)user_data)->late = sink;
    return USERIMAGE_OK;
}

STORE(store_that_uses_the_library) {
    userimage_image *image = NULL;
    userimage_fields fields = good_fields();
    userimage_info *info;
    host_state *state = user_data;
    UNUSED;
    /* The same uploader again, which asks this callback again. */
    if (++state->stored < 4) {
        OK(userimage_upload(state->uploader, &fields, &image, NULL));
        userimage_image_free(image);
    }
    OK(userimage_probe(original, original_len, &info, NULL));
    userimage_info_free(info);
    OK(give(sink, 7));
    return USERIMAGE_OK;
}

STORE(store_that_frees_the_uploader) {
    host_state *state = user_data;
    UNUSED;
    userimage_uploader_free(state->uploader);
    state->uploader = NULL;
    CHECK(state->destroyed == 0);
    OK(give(sink, 7));
    return USERIMAGE_OK;
}

STORE(any_store) {
    return ((host_state *)user_data)
        ->store(user_data, record, original, original_len, standard, standard_len, sink);
}

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

static int32_t knows(void *user_data, int32_t website, const userimage_sink *sink) {
    host_state *state = user_data;
    if (website == 500) {
        userimage_sink_fail(sink, TEXT("the directory is down"));
        return 1;
    }
    return state->decide == 2 ? 0 : userimage_sink_decide(sink, website == 1001);
}

static int32_t accepts(void *user_data, int32_t website, const char *key, size_t len,
                       const userimage_sink *sink) {
    host_state *state = user_data;
    CHECK(website == 1001);
    if (state->decide == 3) {
        CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_sink_decide(sink, -1));
        return USERIMAGE_OK;
    }
    return userimage_sink_decide(sink, len == 6 && memcmp(key, "abc123", 6) == 0);
}

static void line(void *user_data, int32_t level, const char *text, size_t len) {
    host_state *state = user_data;
    CHECK(level == USERIMAGE_LOG_ERROR || level == USERIMAGE_LOG_INFO);
    CHECK(len < sizeof state->last_line);
    memcpy(state->last_line, text, len);
    state->last_line[len] = 0;
    state->lines++;
}

static void destroy(void *user_data) { ((host_state *)user_data)->destroyed++; }

static userimage_storage storage_of(host_state *state) {
    userimage_storage table;
    memset(&table, 0, sizeof table);
    table.struct_size = sizeof table;
    table.user_data = state;
    table.destroy = destroy;
    table.store = any_store;
    return table;
}

static userimage_host host_of(const userimage_storage *storage) {
    userimage_host host;
    memset(&host, 0, sizeof host);
    host.struct_size = sizeof host;
    host.storage = storage;
    return host;
}

/* One upload into a host's storage; the error's reason must be this. */
static int32_t upload_with(int32_t (*store)(void *, const userimage_record *, const uint8_t *, size_t,
                                            const uint8_t *, size_t, const userimage_sink *),
                           const char *reason, host_state *state) {
    userimage_storage storage = storage_of(state);
    userimage_host host = host_of(&storage);
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    userimage_error *error = NULL;
    int32_t code;

    state->store = store;
    state->uploader = open_uploader(CHECKED_CONFIG, &host);
    memset(&host, 0xA5, sizeof host); /* neither is used after the call */
    memset(&storage, 0xA5, sizeof storage);
    code = userimage_upload(state->uploader, &fields, &image, &error);
    if (code == USERIMAGE_OK) {
        CHECK(reason == NULL && error == NULL);
        VIEW(image, view, image);
        CHECK(view.id == 7 || view.id == 1);
    } else {
        CHECK(image == NULL && reason != NULL);
        VIEW(error, view, error);
        CHECK_TEXT(reason, view, reason);
        CHECK(view.kind == USERIMAGE_KIND_STORAGE_FAILED);
        CHECK_TEXT("{\"Response\":\"Error\",\"Message\":\"Server error\",\"Data\":null,\"ErrorCode\":\"500\"}",
                   view, envelope);
    }
    userimage_uploader_free(state->uploader);
    CHECK(state->destroyed == 1);
    userimage_image_free(image);
    userimage_error_free(error);
    return code;
}

static void stores(void) {
    static const struct {
        int32_t (*store)(void *, const userimage_record *, const uint8_t *, size_t, const uint8_t *,
                         size_t, const userimage_sink *);
        const char *reason;
    } cases[] = {
        {good_store, NULL},
        {longest_text, NULL},
        {slow_store_from_another_thread, NULL},
        {store_that_uses_the_library, NULL},
        {store_that_frees_the_uploader, NULL},
        {failing_store, "the tape is full"},
        {silent_failure, "the host's storage failed with code -5 to store"},
        {answer_and_failure, "the host's storage failed with code 3 to store"},
        {no_answer, "the host's storage gave no answer to store"},
        {two_answers, "the host gave an invalid answer: there is an answer already"},
        {wrong_answer, "the host gave an invalid answer: the callback is asked for something else"},
        {id_zero, "the host gave an invalid answer: id is not an image id of 1 to 9223372036854775807"},
        {id_over_the_limit, "the host gave an invalid answer: id is not an image id of 1 to 9223372036854775807"},
        {null_struct, "the host gave an invalid answer: stored is NULL"},
        {bad_struct_size, "the host gave an invalid answer: stored's struct_size is 8, which no version has"},
        {unknown_flag, "the host gave an invalid answer: stored has the unknown flag 0x2"},
        {bad_text, "the host gave an invalid answer: photo_code is not UTF-8"},
        {null_text, "the host gave an invalid answer: original_url is NULL"},
        {huge_text, "the host gave an invalid answer: photo_code is longer than 65536 bytes"},
        {bad_reason, "the host failed, and its reason is invalid"},
    };
    size_t i;
    host_state state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        memset(&state, 0, sizeof state);
        CHECK_CODE(cases[i].reason == NULL ? USERIMAGE_OK : USERIMAGE_SERVER_ERROR,
                   upload_with(cases[i].store, cases[i].reason, &state));
    }
    memset(&state, 0, sizeof state);
    CHECK_CODE(USERIMAGE_SERVER_ERROR, upload_with(store_that_answers_too_late,
                                                   "the host's storage gave no answer to store", &state));
    CHECK_CODE(USERIMAGE_SINK_CLOSED, give(state.late, 7));
    CHECK_CODE(USERIMAGE_SINK_CLOSED, userimage_sink_fail(state.late, TEXT("sorry")));
    userimage_sink_free(state.late);
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

static void authenticators_and_logs(void) {
    static const struct {
        const char *website, *key;
        int decide;
        int32_t code;
        const char *log;
    } cases[] = {
        {"1001", "abc123", 0, USERIMAGE_OK, "image stored "},
        {"1001", "abc124", 0, USERIMAGE_INVALID_CLIENT_KEY, "upload refused "},
        {"1002", "abc123", 0, USERIMAGE_INVALID_WEBSITE_ID, "upload refused "},
        {"500", "abc123", 0, USERIMAGE_SERVER_ERROR, "upload failed "},
        {"1001", "abc123", 2, USERIMAGE_SERVER_ERROR, "upload failed "},
        {"1001", "abc123", 3, USERIMAGE_SERVER_ERROR, "upload failed "},
    };
    host_state state;
    userimage_storage storage;
    userimage_authenticator authenticator;
    userimage_log log;
    userimage_host host;
    userimage_error *error = NULL;
    size_t i;

    memset(&state, 0, sizeof state);
    state.store = good_store;
    storage = storage_of(&state);
    memset(&authenticator, 0, sizeof authenticator);
    authenticator.struct_size = sizeof authenticator;
    authenticator.user_data = &state;
    authenticator.destroy = destroy;
    authenticator.knows = knows;
    authenticator.accepts = accepts;
    memset(&log, 0, sizeof log);
    log.struct_size = sizeof log;
    log.user_data = &state;
    log.destroy = destroy;
    log.max_level = USERIMAGE_LOG_INFO;
    log.line = line;
    host = host_of(&storage);
    host.authenticator = &authenticator;
    host.log = &log;

    state.uploader = open_uploader(HOST_CONFIG, &host);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        userimage_fields fields = good_fields();
        userimage_image *image = NULL;
        SET(fields, website_id, cases[i].website);
        SET(fields, client_key, cases[i].key);
        state.decide = cases[i].decide;
        CHECK_CODE(cases[i].code, userimage_upload(state.uploader, &fields, &image, &error));
        CHECK(state.lines == (int)i + 1);
        CHECK(strncmp(state.last_line, cases[i].log, strlen(cases[i].log)) == 0);
        CHECK(strstr(state.last_line, "abc12") == NULL);
        if (cases[i].code == USERIMAGE_SERVER_ERROR) {
            VIEW(error, view, error);
            CHECK(view.kind == USERIMAGE_KIND_AUTHENTICATOR_FAILED);
            CHECK(memcmp(view.reason, "the authenticator failed: ", 26) == 0);
        }
        if (i == 3) {
            CHECK_REASON("the authenticator failed: the directory is down", error);
            CHECK(strstr(state.last_line, "the directory is down") != NULL);
        }
        userimage_image_free(image);
        userimage_error_free(error);
        error = NULL;
    }
    userimage_uploader_free(state.uploader);
    CHECK(state.destroyed == 3);

    /* Opening fails: destroyed as well, and once. */
    CHECK_CODE(USERIMAGE_INVALID_CONFIG,
               userimage_uploader_open(TEXT(KEYS_CONFIG), &host, &state.uploader, NULL));
    CHECK(state.destroyed == 6);
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_uploader_open(NULL, 0, &host, NULL, NULL));
    CHECK(state.destroyed == 9);

    /* "host" without an authenticator would admit everybody: it is an error. */
    host.authenticator = NULL;
    CHECK_CODE(USERIMAGE_INVALID_CONFIG,
               userimage_uploader_open(TEXT(HOST_CONFIG), &host, &state.uploader, &error));
    CHECK(state.destroyed == 11);
    {
        VIEW(error, view, error);
        CHECK(memcmp(view.reason, "authentication: ", 16) == 0);
        CHECK_TEXT("Invalid configuration", view, message);
    }
    userimage_error_free(error);
}

static void upload_and_forget(const userimage_uploader *uploader) {
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    OK(userimage_upload(uploader, &fields, &image, NULL));
    userimage_image_free(image);
}

static void counting_line(void *user_data, int32_t level, const char *text, size_t len) {
    host_state *state = user_data;
    (void)level, (void)text, (void)len;
    state->lines++;
}

/* Uses the library in every way, with uploaders that log too. */
static void line_that_uses_the_library(void *user_data, int32_t level, const char *text, size_t len) {
    host_state *state = user_data;
    userimage_uploader *another;
    userimage_log log;
    userimage_host host = host_of(NULL);
    (void)level, (void)text, (void)len;
    state->lines++;
    upload_and_forget(state->uploader);
    memset(&log, 0, sizeof log);
    log.struct_size = sizeof log;
    log.user_data = state;
    log.destroy = destroy;
    log.max_level = USERIMAGE_LOG_TRACE;
    log.line = line_that_uses_the_library;
    host.log = &log;
    another = open_uploader(KEYS_CONFIG, &host);
    upload_and_forget(another);
    userimage_uploader_free(another);
}

static void line_that_frees_the_uploader(void *user_data, int32_t level, const char *text, size_t len) {
    host_state *state = user_data;
    (void)level, (void)text, (void)len;
    state->lines++;
    userimage_uploader_free(state->uploader);
    state->uploader = NULL;
    CHECK(state->destroyed == 0);
}

/* This test is the first: what an uploader without a log does first of all is no other's silence. */
static void logs_of_several_uploaders(void) {
    host_state state;
    userimage_uploader *silent = open_uploader(KEYS_CONFIG, NULL);
    userimage_log log;
    userimage_host host = host_of(NULL);
    memset(&state, 0, sizeof state);
    memset(&log, 0, sizeof log);
    log.struct_size = sizeof log;
    log.user_data = &state;
    log.destroy = destroy;
    log.max_level = USERIMAGE_LOG_INFO;
    log.line = counting_line;
    host.log = &log;
    state.uploader = open_uploader(KEYS_CONFIG, &host);
    upload_and_forget(silent);
    CHECK(state.lines == 0);
    upload_and_forget(state.uploader);
    CHECK(state.lines == 1);
    userimage_uploader_free(state.uploader);
    CHECK(state.destroyed == 1);

    /* What a log does itself is not logged. */
    log.line = line_that_uses_the_library;
    state.uploader = open_uploader(KEYS_CONFIG, &host);
    upload_and_forget(state.uploader);
    CHECK(state.lines == 2);
    upload_and_forget(state.uploader);
    CHECK(state.lines == 3);
    userimage_uploader_free(state.uploader);
    CHECK(state.destroyed == 4);

    memset(&state, 0, sizeof state);
    log.line = line_that_frees_the_uploader;
    state.uploader = open_uploader(KEYS_CONFIG, &host);
    upload_and_forget(state.uploader);
    CHECK(state.lines == 1 && state.destroyed == 1);
    userimage_uploader_free(silent);
}

/* Answers as state->decide says: yes, no, no with a reason, a failure, nothing. */
static int32_t inspect(void *user_data, const userimage_record *record, const uint8_t *original,
                       size_t original_len, const uint8_t *standard, size_t standard_len,
                       const userimage_sink *sink) {
    host_state *state = user_data;
    CHECK(original_len == sizeof PNG && memcmp(original, PNG, sizeof PNG) == 0);
    CHECK(standard_len > 100 && standard[0] == 0xFF);
    {
        VIEW(record, view, record);
        CHECK_TEXT("12345", view, user_id);
        CHECK(view.warnings == USERIMAGE_WARNING_LOW_RESOLUTION);
    }
    CHECK(state->stored == 0);
    switch (state->decide) {
    case 0:
    case 1:
        OK(userimage_sink_decide(sink, state->decide));
        return USERIMAGE_OK;
    case 2:
        OK(userimage_sink_refuse(sink, TEXT("no cats")));
        CHECK_CODE(USERIMAGE_SINK_CLOSED, userimage_sink_decide(sink, 1));
        return USERIMAGE_OK;
    case 3:
        OK(userimage_sink_fail(sink, TEXT("the scanner is down")));
        return 1;
    case 4:
        OK(userimage_sink_refuse(sink, TEXT("no dogs")));
        return USERIMAGE_OK;
    default:
        return USERIMAGE_OK;
    }
}

static void inspectors(void) {
    static const struct {
        int decide;
        int32_t code, kind;
        const char *reason;
    } cases[] = {
        {0, USERIMAGE_INVALID_FILE, USERIMAGE_KIND_REFUSED_BY_INSPECTOR, "scan: the image is refused"},
        /* Two answers are none. */
        {2, USERIMAGE_SERVER_ERROR, USERIMAGE_KIND_INSPECTOR_FAILED,
         "scan: the host gave an invalid answer: there is an answer already"},
        {3, USERIMAGE_SERVER_ERROR, USERIMAGE_KIND_INSPECTOR_FAILED, "scan: the scanner is down"},
        {4, USERIMAGE_INVALID_FILE, USERIMAGE_KIND_REFUSED_BY_INSPECTOR, "scan: no dogs"},
        {5, USERIMAGE_SERVER_ERROR, USERIMAGE_KIND_INSPECTOR_FAILED, "scan: it gave no answer"},
        {1, USERIMAGE_OK, 0, NULL},
    };
    static const char config[] =
        "{\"authentication\": \"already_checked\", \"policy\": {\"min_print\":"
        " {\"width_cm\": 20, \"height_cm\": 30, \"dpi\": 150, \"action\": \"warn\"}}}";
    host_state state;
    userimage_storage storage;
    userimage_inspector first, second;
    const userimage_inspector *tables[2];
    userimage_host host;
    size_t i;

    memset(&state, 0, sizeof state);
    state.store = good_store;
    storage = storage_of(&state);
    memset(&first, 0, sizeof first);
    first.struct_size = sizeof first;
    first.user_data = &state;
    first.destroy = destroy;
    first.inspect = inspect;
    SET(first, name, "scan");
    second = first;
    tables[0] = &first;
    tables[1] = &second;
    host = host_of(&storage);
    host.inspectors = tables;
    host.inspector_count = 2;
    state.uploader = open_uploader(config, &host);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        userimage_fields fields = good_fields();
        userimage_image *image = NULL;
        userimage_error *error = NULL;
        state.decide = cases[i].decide;
        CHECK_CODE(cases[i].code, userimage_upload(state.uploader, &fields, &image, &error));
        if (cases[i].code != USERIMAGE_OK) {
            VIEW(error, view, error);
            CHECK(view.kind == cases[i].kind && state.stored == 0);
            CHECK_REASON(cases[i].reason, error);
        }
        userimage_image_free(image);
        userimage_error_free(error);
    }
    CHECK(state.stored == 1);
    userimage_uploader_free(state.uploader);
    CHECK(state.destroyed == 3);

    host.inspector_count = 1;
    CHECK_CODE(USERIMAGE_INVALID_CONFIG,
               userimage_uploader_open(TEXT(KEYS_CONFIG), &host, &state.uploader, NULL));
    CHECK(state.destroyed == 5);
}

int main(void) {
    inspectors();
    logs_of_several_uploaders();
    stores();
    reading_back();
    authenticators_and_logs();
    printf("callbacks: every answer and failure arrives, destroy is called once\n");
    return 0;
}
