/* Authenticators of a host's own, and what is logged of their answers. */
#include "host.h"

static const char HOST_CONFIG[] = "{\"authentication\": \"host\"}";

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

static void authenticators(void) {
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

int main(void) {
    authenticators();
    printf("authenticators: every answer and failure arrives, destroy is called once\n");
    return 0;
}
