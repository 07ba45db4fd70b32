/* Inspectors of a host's own, good and bad. */
#include "host.h"

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
        /* Giving both answers is an error. */
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
    printf("inspectors: every answer and failure arrives\n");
    return 0;
}
