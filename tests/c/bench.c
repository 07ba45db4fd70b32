/* What the C ABI adds to a probe, to a probe of which all facts are read, and to a refused upload: in turns with
   the same work in Rust (ffi/examples/baseline.rs), in one process. Usage: bench PHOTO */
#define _POSIX_C_SOURCE 199309L
#include <time.h>

#include "check.h"

enum { ROUNDS = 2000, TURNS = 201 };

uint64_t baseline_probe(const uint8_t *data, size_t len, uint32_t rounds);
uint64_t baseline_probe_facts(const uint8_t *data, size_t len, uint32_t rounds);
uint64_t baseline_refused(uint32_t rounds);

static const uint8_t *photo;
static size_t photo_len;
static userimage_uploader *uploader;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t c_probe(void) {
    uint64_t start = now();
    int i;
    for (i = 0; i < ROUNDS; i++) {
        userimage_info *info = NULL;
        OK(userimage_probe(photo, photo_len, &info, NULL));
        userimage_info_free(info);
    }
    return now() - start;
}

static uint64_t c_probe_facts(void) {
    uint64_t start = now();
    int i;
    for (i = 0; i < ROUNDS; i++) {
        userimage_info *info = NULL;
        userimage_info_view view;
        view.struct_size = sizeof view;
        OK(userimage_probe(photo, photo_len, &info, NULL));
        OK(userimage_info_get(info, &view));
        CHECK(view.width == 1200 && view.dpi_source_len == 4);
        userimage_info_free(info);
    }
    return now() - start;
}

static uint64_t c_refused(void) {
    uint64_t start = now();
    int i;
    for (i = 0; i < ROUNDS; i++) {
        userimage_image *image = NULL;
        userimage_error *error = NULL;
        userimage_fields fields;
        memset(&fields, 0, sizeof fields);
        fields.struct_size = sizeof fields;
        SET(fields, website_id, "1002");
        SET(fields, client_key, "abc123");
        SET(fields, user_id, "12345");
        SET(fields, dpi, "300");
        SET(fields, file_name, "photo.jpg");
        fields.data = (const uint8_t *)"x";
        fields.data_len = 1;
        CHECK_CODE(USERIMAGE_INVALID_WEBSITE_ID, userimage_upload(uploader, &fields, &image, &error));
        userimage_error_free(error);
    }
    return now() - start;
}

static uint64_t rust_probe(void) { return baseline_probe(photo, photo_len, ROUNDS); }

static uint64_t rust_probe_facts(void) { return baseline_probe_facts(photo, photo_len, ROUNDS); }

static uint64_t rust_refused(void) { return baseline_refused(ROUNDS); }

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Prints the medians of both, taken in turns. */
static void against(const char *name, uint64_t (*rust)(void), uint64_t (*c)(void)) {
    static uint64_t in_rust[TURNS], in_c[TURNS];
    double r, a;
    int i;
    for (i = 0; i < TURNS; i++) {
        in_rust[i] = rust();
        in_c[i] = c();
    }
    qsort(in_rust, TURNS, sizeof *in_rust, compare);
    qsort(in_c, TURNS, sizeof *in_c, compare);
    r = (double)in_rust[TURNS / 2] / ROUNDS;
    a = (double)in_c[TURNS / 2] / ROUNDS;
    printf("%-18s Rust %7.1f ns   C %7.1f ns   the ABI adds %6.1f ns\n", name, r, a, a - r);
}

int main(int argc, char **argv) {
    static uint8_t buffer[1 << 22];
    FILE *file;
    CHECK(argc == 2);
    file = fopen(argv[1], "rb");
    CHECK(file != NULL);
    photo_len = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    photo = buffer;
    uploader = open_uploader(KEYS_CONFIG, NULL);
    against("probe", rust_probe, c_probe);
    against("probe, all facts", rust_probe_facts, c_probe_facts);
    against("refused upload", rust_refused, c_refused);
    userimage_uploader_free(uploader);
    return 0;
}
