/* Runs the vectors of tests/vectors, as flat.py prints them, through the C ABI: answers equal to the
   byte. Usage: vectors FILE */
#include "check.h"

typedef struct {
    int there;
    char *data; /* ends with a NUL beside its length */
    size_t len;
} argument;

static char *cursor;
static int steps;

static int digit(int c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

/* The next argument, decoded in place. */
static argument next(void) {
    argument result = {0, NULL, 0};
    CHECK(*cursor++ == ' ');
    if (*cursor == '-') {
        cursor++;
        return result;
    }
    CHECK(*cursor == 'x');
    result.there = 1;
    result.data = cursor++;
    while (*cursor != ' ' && *cursor != '\n') {
        result.data[result.len++] = (char)(digit(cursor[0]) * 16 + digit(cursor[1]));
        cursor += 2;
    }
    return result;
}

static char *copy(argument from) {
    char *text = malloc(from.len + 1);
    CHECK(text != NULL);
    if (from.there) {
        memcpy(text, from.data, from.len);
    }
    text[from.len] = 0;
    return text;
}

/* The expected answer with the unique name, without its extension, in place of {unique}. */
static char *with_unique(const char *answer, const char *unique, size_t unique_len) {
    static const char mark[] = "{unique}";
    char *made = malloc(strlen(answer) + 8 * unique_len + 1), *to = made;
    CHECK(made != NULL);
    while (*answer != 0) {
        if (strncmp(answer, mark, sizeof mark - 1) == 0) {
            memcpy(to, unique, unique_len);
            to += unique_len;
            answer += sizeof mark - 1;
        } else {
            *to++ = *answer++;
        }
    }
    *to = 0;
    return made;
}

static void equal(const char *name, const char *what, const char *is, size_t len, const char *expected) {
    if (len != strlen(expected) || memcmp(is, expected, len) != 0) {
        fprintf(stderr, "%s: %s\n    is %.*s\nnot as %s\n", name, what, (int)len, is, expected);
        exit(1);
    }
}

static void step(const char *name, userimage_uploader *uploader, userimage_request *request) {
    char *status_text = copy(next()), *answer = copy(next()), *all = copy(next());
    argument kind = next();
    char *kind_name = copy(kind);
    userimage_image *image = NULL;
    userimage_error *error = NULL;
    const char *json, *unique = "";
    char *expected;
    size_t len, unique_len = 0;
    int32_t status;

    int32_t code = userimage_validate_request(uploader, request, &error);
    CHECK((code == USERIMAGE_OK) == (*all == 0));
    if (code != USERIMAGE_OK) {
        VIEW(error, view, error);
        expected = malloc(strlen(all) + 32);
        CHECK(expected != NULL);
        sprintf(expected, ",\"ErrorCode\":\"%s\"}", all);
        len = view.envelope_len;
        CHECK(len > strlen(expected));
        equal(name, "every failure", view.envelope + len - strlen(expected), strlen(expected), expected);
        free(expected);
        userimage_error_free(error);
        error = NULL;
    }

    /* In one call, and in two stages. */
    if (steps % 2 == 0) {
        code = userimage_upload_request(uploader, request, &image, &error);
    } else {
        userimage_admitted *admitted = NULL;
        code = userimage_admit(uploader, request, &admitted, &error);
        if (code == USERIMAGE_OK) {
            code = userimage_admitted_finish(admitted, request, &image, &error);
        }
        userimage_admitted_free(admitted);
    }
    if (code == USERIMAGE_OK) {
        CHECK(error == NULL && !kind.there);
        VIEW(image, view, image);
        VIEW(record, record, view.record);
        unique = record.unique_name;
        unique_len = record.unique_name_len;
        while (unique_len > 0 && unique[--unique_len] != '.') {
        }
        json = view.envelope;
        len = view.envelope_len;
        status = view.http_status;
    } else {
        CHECK(image == NULL && kind.there);
        VIEW(error, view, error);
        CHECK(view.code == code && view.kind / 100 == code && view.has == USERIMAGE_ERROR_HAS_KIND);
        equal(name, "kind", view.kind_name, view.kind_name_len, kind_name);
        json = view.envelope;
        len = view.envelope_len;
        status = view.http_status;
    }
    expected = with_unique(answer, unique, unique_len);
    equal(name, "answer", json, len, expected);
    CHECK(status == atoi(status_text));
    userimage_image_free(image);
    userimage_error_free(error);
    free(expected);
    free(kind_name);
    free(status_text);
    free(answer);
    free(all);
}

/* Whether the library is built for the format that a case needs. */
static int has(argument needed) {
    userimage_format_view view;
    size_t index = 0;
    if (!needed.there) {
        return 1;
    }
    for (;; index++) {
        memset(&view, 0, sizeof view);
        view.struct_size = sizeof view;
        OK(userimage_format_get(index, &view));
        if (view.name_len == needed.len && memcmp(view.name, needed.data, needed.len) == 0) {
            return view.has_rendition != 0;
        }
    }
}

static int word(const char *text) {
    size_t len = strlen(text);
    if (strncmp(cursor, text, len) != 0) {
        return 0;
    }
    cursor += len;
    return 1;
}

int main(int argc, char **argv) {
    FILE *file;
    long size;
    char *text, *name = NULL;
    userimage_uploader *uploader = NULL;
    userimage_request *request = NULL;
    int cases = 0, left_out = 0;

    CHECK(argc == 2);
    OK(userimage_abi_compatible(USERIMAGE_ABI_MAJOR, USERIMAGE_ABI_MINOR));
    file = fopen(argv[1], "rb");
    CHECK(file != NULL);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    text = malloc((size_t)size + 1);
    CHECK(text != NULL && fread(text, 1, (size_t)size, file) == (size_t)size);
    text[size] = 0;
    fclose(file);

    OK(userimage_request_new(&request, NULL));
    for (cursor = text; *cursor != 0; cursor++) {
        if (word("case")) {
            argument case_name = next(), config = next(), needed = next();
            if (!has(needed)) {
                left_out++;
                CHECK(*cursor == '\n');
                while (cursor[1] != 0 && strncmp(cursor, "\ncase ", 6) != 0) {
                    cursor++;
                }
                continue;
            }
            free(name);
            name = copy(case_name);
            userimage_uploader_free(uploader);
            uploader = NULL;
            OK(userimage_uploader_open(config.data, config.len, NULL, &uploader, NULL));
            cases++;
        } else if (word("header")) {
            argument key = next(), value = next();
            OK(userimage_request_header(request, key.data, key.len, value.data, value.len, NULL));
        } else if (word("query")) {
            argument key = next(), value = next();
            OK(userimage_request_query(request, key.data, key.len, value.data, value.len, NULL));
        } else if (word("part")) {
            argument key = next(), file_name = next(), content_type = next(), data = next();
            userimage_part part;
            memset(&part, 0, sizeof part);
            part.struct_size = sizeof part;
            part.name = key.data;
            part.name_len = key.len;
            part.file_name = file_name.data;
            part.file_name_len = file_name.len;
            part.content_type = content_type.data;
            part.content_type_len = content_type.len;
            part.data = (const uint8_t *)data.data;
            part.data_len = data.len;
            /* Both ways of handing data over. */
            part.flags = steps % 4 < 2 ? 0 : USERIMAGE_PART_BORROW;
            OK(userimage_request_part(request, &part, NULL));
        } else {
            CHECK(word("step"));
            step(name, uploader, request);
            userimage_request_free(request);
            OK(userimage_request_new(&request, NULL));
            steps++;
        }
        CHECK(*cursor == '\n');
    }
    userimage_request_free(request);
    userimage_uploader_free(uploader);
    free(name);
    free(text);
    CHECK(cases >= 120);
    printf("vectors: %d cases, %d uploads, all answers equal; %d cases of formats that are not built\n", cases, steps, left_out);
    return 0;
}
