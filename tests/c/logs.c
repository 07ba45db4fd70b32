/* Logs of several uploaders, and logs that use the library. */
#include "host.h"

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

/* What an uploader without a log does first of all is no other's silence. */
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

int main(void) {
    logs_of_several_uploaders();
    printf("logs: each uploader has its own\n");
    return 0;
}
