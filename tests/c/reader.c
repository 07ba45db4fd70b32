/* A file of the host's that is probed in pieces. Usage: reader PHOTO */
#include "check.h"

/* The photo, and zeros after it up to 20 MB. */
enum { LARGE = 20 * 1000 * 1000 };

static struct {
    uint8_t *data;
    size_t len;
    size_t piece;     /* the most bytes of one answer */
    size_t more;      /* how many bytes it says too many */
    int32_t code;     /* what it returns */
    size_t taken;     /* how many bytes were read */
    unsigned calls;
} file;

static int32_t read_at(void *user_data, uint64_t offset, uint8_t *buffer, size_t buffer_len, size_t *read) {
    size_t count = buffer_len < file.piece ? buffer_len : file.piece;
    CHECK(user_data == &file && *read == 0 && buffer_len > 0 && buffer_len <= 4096);
    CHECK(offset <= LARGE && buffer_len <= LARGE - offset);
    count = offset >= file.len ? 0 : count < file.len - offset ? count : file.len - (size_t)offset;
    memcpy(buffer, file.data + offset, count);
    file.taken += count;
    file.calls++;
    *read = count + file.more;
    return file.code;
}

static userimage_reader reader_of(size_t len) {
    userimage_reader reader;
    memset(&reader, 0, sizeof reader);
    reader.struct_size = sizeof reader;
    reader.user_data = &file;
    reader.len = len;
    reader.read_at = read_at;
    file.piece = LARGE;
    file.more = file.taken = file.calls = 0;
    file.code = USERIMAGE_OK;
    return reader;
}

static void probes(void) {
    userimage_reader reader = reader_of(LARGE);
    userimage_info *info, *expected;
    const char *json, *expected_json;
    size_t len, expected_len, taken;

    OK(userimage_probe(file.data, file.len, &expected, NULL));
    OK(userimage_info_json(expected, &expected_json, &expected_len));
    OK(userimage_probe_reader(&reader, &info, NULL));
    OK(userimage_info_json(info, &json, &len));
    CHECK(len == expected_len && memcmp(json, expected_json, len) == 0);
    CHECK(file.taken > 0 && file.taken <= 8192);
    taken = file.taken;
    userimage_info_free(info);

    /* In pieces of one byte it is the same. */
    reader = reader_of(LARGE);
    file.piece = 1;
    OK(userimage_probe_reader(&reader, &info, NULL));
    OK(userimage_info_json(info, &json, &len));
    CHECK(len == expected_len && memcmp(json, expected_json, len) == 0);
    CHECK(file.taken == taken && file.calls == taken);
    userimage_info_free(info);
    userimage_info_free(expected);
}

static void fails(int32_t code, int32_t kind, const userimage_reader *reader) {
    userimage_info *info = NULL;
    userimage_error *error;
    CHECK_CODE(code, userimage_probe_reader(reader, &info, &error));
    CHECK(info == NULL);
    {
        VIEW(error, view, error);
        CHECK(view.kind == kind);
    }
    userimage_error_free(error);
}

static void refuses(void) {
    userimage_reader reader = reader_of(LARGE);
    userimage_info *info;

    file.code = 7;
    fails(USERIMAGE_SERVER_ERROR, USERIMAGE_KIND_UNREADABLE_FILE, &reader);
    reader = reader_of(LARGE);
    file.more = LARGE;
    fails(USERIMAGE_SERVER_ERROR, USERIMAGE_KIND_UNREADABLE_FILE, &reader);
    reader = reader_of(0);
    fails(USERIMAGE_INVALID_FILE, USERIMAGE_KIND_NOT_AN_IMAGE, &reader);
    CHECK(file.calls == 0);
    reader = reader_of(20);
    fails(USERIMAGE_INVALID_FILE, USERIMAGE_KIND_DAMAGED, &reader);
    /* It has become shorter than its length. */
    reader = reader_of(LARGE);
    file.len = 20;
    fails(USERIMAGE_INVALID_FILE, USERIMAGE_KIND_DAMAGED, &reader);

    reader = reader_of(LARGE);
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_probe_reader(NULL, &info, NULL));
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_probe_reader(&reader, NULL, NULL));
    reader.read_at = NULL;
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_probe_reader(&reader, &info, NULL));
    reader = reader_of(LARGE);
    reader.flags = 1;
    CHECK_CODE(USERIMAGE_UNKNOWN_FLAG, userimage_probe_reader(&reader, &info, NULL));
    reader = reader_of(LARGE);
    reader.struct_size = 3;
    CHECK_CODE(USERIMAGE_BAD_STRUCT_SIZE, userimage_probe_reader(&reader, &info, NULL));
    CHECK(file.calls == 0);
}

int main(int argc, char **argv) {
    FILE *photo;
    CHECK(argc == 2);
    photo = fopen(argv[1], "rb");
    file.data = calloc(LARGE, 1);
    CHECK(photo != NULL && file.data != NULL);
    CHECK(fread(file.data, 1, LARGE, photo) > 1000);
    fclose(photo);
    file.len = LARGE;
    probes();
    refuses();
    free(file.data);
    printf("reader: a file of 20 MB, of which little is read\n");
    return 0;
}
