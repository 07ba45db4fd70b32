/* Storages of a host's own that store, good and bad: a clear code each time, and destroy called exactly once. */
#include <pthread.h>
#include <unistd.h>

#include "host.h"

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

int main(void) {
    stores();
    printf("stores: every answer and failure arrives, destroy is called once\n");
    return 0;
}
