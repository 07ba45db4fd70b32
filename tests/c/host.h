/* A host's storage, and what its callbacks do next and have done. */
#ifndef HOST_H
#define HOST_H

#include "check.h"

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

static inline int32_t give(const userimage_sink *sink, uint64_t id) {
    userimage_stored stored = stored_as(id, "code-7", "o/7", "s/7");
    return userimage_sink_stored(sink, &stored);
}

/* Gives an image back, with the record that was stored with it. */
static inline int32_t give_image(const userimage_sink *sink, uint64_t id, const char *record) {
    userimage_stored stored = stored_as(id, "code-7", "o/7", "s/7");
    SET(stored, record_json, record);
    return userimage_sink_image(sink, &stored);
}

static inline int32_t good_store(void *user_data, const userimage_record *record, const uint8_t *original,
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

static inline int32_t any_store(void *user_data, const userimage_record *record, const uint8_t *original,
                                size_t original_len, const uint8_t *standard, size_t standard_len,
                                const userimage_sink *sink) {
    return ((host_state *)user_data)
        ->store(user_data, record, original, original_len, standard, standard_len, sink);
}

static inline void destroy(void *user_data) { ((host_state *)user_data)->destroyed++; }

static inline userimage_storage storage_of(host_state *state) {
    userimage_storage table;
    memset(&table, 0, sizeof table);
    table.struct_size = sizeof table;
    table.user_data = state;
    table.destroy = destroy;
    table.store = any_store;
    return table;
}

static inline userimage_host host_of(const userimage_storage *storage) {
    userimage_host host;
    memset(&host, 0, sizeof host);
    host.struct_size = sizeof host;
    host.storage = storage;
    return host;
}

#endif
