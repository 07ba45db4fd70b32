/* Whole HTTP requests through the C ABI: in memory and in pieces. */
#include "check.h"

static const char UPLOAD[] = "/api/4/UploadImage/UploadImage?userId=12345&DPI=96";
static const char HTTP_CONFIG[] =
    "{\"storage\": {\"memory\": {\"base_url\": \"/shop/\"}}, \"authentication\": \"keys\","
    " \"websites\": [{\"id\": 1001, \"keys\": [\"abc123\"], \"policy\": {\"max_bytes\": 1000}}],"
    " \"http\": {\"prefix\": \"/shop\", \"files\": true}}";
/* What a form may have beside its file. */
enum { LIMIT = 1000 + 1024 * 1024 };

static userimage_uploader *uploader;
static uint8_t form[1024];
static size_t form_len;

#define HEADER(name, value) {name, sizeof(name) - 1, value, sizeof(value) - 1}

static const userimage_http_header HEADERS[] = {
    HEADER("WEBSITEID", "1001"),
    HEADER("webApiClientKey", "abc123"),
    HEADER("Content-Type", "multipart/form-data; boundary=x"),
};

static void add(const void *data, size_t len) {
    CHECK(form_len + len <= sizeof form);
    memcpy(form + form_len, data, len);
    form_len += len;
}

static userimage_http_request head(const char *method, const char *target) {
    userimage_http_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    SET(request, method, method);
    SET(request, target, target);
    request.headers = HEADERS;
    request.header_count = sizeof HEADERS / sizeof *HEADERS;
    return request;
}

static userimage_http_request upload(void) {
    static char target[128];
    sprintf(target, "/Shop%s", UPLOAD);
    return head("POST", target);
}

/* Whether a response's header is this one; NULL: it has none of this name. */
static int has(const userimage_http_response *response, const char *name, const char *value) {
    const char *key, *text;
    size_t count, key_len, len, i;
    OK(userimage_http_response_header_count(response, &count));
    for (i = 0; i < count; i++) {
        OK(userimage_http_response_header(response, i, &key, &key_len, &text, &len));
        if (key_len == strlen(name) && memcmp(key, name, key_len) == 0) {
            return value != NULL && len == strlen(value) && memcmp(text, value, len) == 0;
        }
    }
    key = NULL;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT,
               userimage_http_response_header(response, count, &key, &key_len, &text, &len));
    CHECK(key == NULL);
    return value == NULL;
}

/* Checks status and ErrorCode, and frees the response. */
static void answered(userimage_http_response *response, int32_t expected, const char *code) {
    const uint8_t *body;
    size_t len;
    int32_t status;
    char end[32];
    OK(userimage_http_response_status(response, &status));
    OK(userimage_http_response_body(response, &body, &len));
    sprintf(end, "\"ErrorCode\":\"%s\"}", code);
    if (status != expected || len < strlen(end) ||
        memcmp(body + len - strlen(end), end, strlen(end)) != 0) {
        fprintf(stderr, "%d, not %d %s: %.*s\n", (int)status, (int)expected, code, (int)len, (const char *)body);
        exit(1);
    }
    CHECK(has(response, "content-type", "application/json; charset=utf-8"));
    userimage_http_response_free(response);
}

static userimage_http_response *handle(const userimage_http_request *request) {
    userimage_http_response *response = NULL;
    userimage_error *error = NULL;
    OK(userimage_handle(uploader, request, form, form_len, &response, &error));
    CHECK(error == NULL && response != NULL);
    return response;
}

static void in_memory(void) {
    userimage_http_request request = upload();
    userimage_http_response *response = handle(&request);
    char target[256] = "", *end;
    const uint8_t *body;
    size_t len;

    OK(userimage_http_response_body(response, &body, &len));
    CHECK(has(response, "cache-control", "no-store") && has(response, "etag", NULL));
    /* The file is where the answer says. */
    end = strstr((const char *)body, "/shop/original/");
    CHECK(end != NULL);
    memcpy(target, end, strcspn(end, "\""));
    answered(response, 200, "");
    request = head("GET", target);
    response = handle(&request);
    OK(userimage_http_response_body(response, &body, &len));
    CHECK(len == sizeof PNG && memcmp(body, PNG, len) == 0);
    CHECK(has(response, "content-type", "image/png") && has(response, "content-length", "88"));
    userimage_http_response_free(response);
    SET(request, method, "HEAD");
    response = handle(&request);
    OK(userimage_http_response_body(response, &body, &len));
    CHECK(len == 0 && has(response, "content-length", "88"));
    userimage_http_response_free(response);

    /* No headers, and no body. */
    request = upload();
    request.headers = NULL;
    request.header_count = 0;
    OK(userimage_handle(uploader, &request, NULL, 0, &response, NULL));
    answered(response, 400, "372");
    request = upload();
    OK(userimage_handle(uploader, &request, NULL, 0, &response, NULL));
    answered(response, 400, "262");
}

static userimage_http_exchange *begin(const userimage_http_request *request, int32_t wanted) {
    userimage_http_exchange *exchange = NULL;
    int32_t wants = 77;
    uint64_t limit = 77;
    OK(userimage_http_begin(uploader, request, &exchange, NULL));
    OK(userimage_http_exchange_wants_body(exchange, &wants));
    CHECK(wants == wanted);
    CHECK_CODE(wanted ? USERIMAGE_OK : USERIMAGE_ABSENT, userimage_http_exchange_limit(exchange, &limit));
    CHECK(limit == (wanted ? LIMIT : 77));
    return exchange;
}

/* Finishes and frees it. */
static userimage_http_response *finish(userimage_http_exchange *exchange) {
    userimage_http_response *response = NULL, *again = NULL;
    userimage_error *error = NULL;
    uint64_t limit;
    int32_t yes = 77;
    OK(userimage_http_finish(exchange, &response, &error));
    CHECK(error == NULL);
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_http_finish(exchange, &again, &error));
    CHECK_TEXT("exchange is finished", userimage_error_reason, error);
    userimage_error_free(error);
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_http_feed(exchange, form, 1, &yes, NULL));
    CHECK(yes == 77 && again == NULL);
    OK(userimage_http_exchange_wants_body(exchange, &yes));
    CHECK(yes == 0);
    CHECK_CODE(USERIMAGE_ABSENT, userimage_http_exchange_limit(exchange, &limit));
    userimage_http_exchange_free(exchange);
    return response;
}

static void in_pieces(void) {
    static const size_t sizes[] = {1, 2, 7, 100, sizeof form};
    userimage_http_request request = upload();
    userimage_http_exchange *exchange;
    size_t i, at, size;
    int32_t more;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        exchange = begin(&request, 1);
        for (at = 0; at < form_len; at += size) {
            size = form_len - at < sizes[i] ? form_len - at : sizes[i];
            OK(userimage_http_feed(exchange, form + at, size, &more, NULL));
            CHECK(more == 1);
        }
        OK(userimage_http_feed(exchange, NULL, 0, &more, NULL));
        CHECK(more == 1);
        answered(finish(exchange), 200, "");
    }
    /* A body that broke off, finished and given up. */
    exchange = begin(&request, 1);
    OK(userimage_http_feed(exchange, form, form_len - 4, &more, NULL));
    answered(finish(exchange), 400, "262");
    exchange = begin(&request, 1);
    OK(userimage_http_feed(exchange, form, form_len - 4, &more, NULL));
    userimage_http_exchange_free(exchange);
}

/* A body that is too long: it is told as soon as it is, and never kept. */
static void over_the_limit(void) {
    static uint8_t piece[LIMIT];
    userimage_http_header headers[4];
    userimage_http_request request = upload();
    userimage_http_exchange *exchange = begin(&request, 1);
    int32_t more;
    int i;
    OK(userimage_http_feed(exchange, piece, sizeof piece, &more, NULL));
    CHECK(more == 1);
    for (i = 0; i < 3; i++) {
        OK(userimage_http_feed(exchange, piece, i == 0 ? 1 : sizeof piece, &more, NULL));
        CHECK(more == 0);
    }
    answered(finish(exchange), 413, "262");

    memcpy(headers, HEADERS, sizeof HEADERS);
    headers[3].name = "Content-Length";
    headers[3].name_len = strlen(headers[3].name);
    headers[3].value = "1049577";
    headers[3].value_len = strlen(headers[3].value);
    request.headers = headers;
    request.header_count = 4;
    exchange = begin(&request, 0);
    OK(userimage_http_feed(exchange, piece, sizeof piece, &more, NULL));
    CHECK(more == 0);
    answered(finish(exchange), 413, "262");
}

/* What HTTP does not allow is answered, and is no error. */
static void malformed(void) {
    static const char *targets[] = {"", " ", "shop", "/a b", "/a\r\nX: y", "/\xff\"", "*", "//", "http://", "/%"};
    static const char *methods[] = {"", "PO ST", "POST\r\n", "\xff", "post", "CONNECT", "GET"};
    static const char *names[] = {"", "a b", "web\r\nsiteId", "\xff", ":"};
    static const struct {
        const char *name, *value, *code;
        int32_t status;
    } values[] = {
        {"websiteId", "1001\r\nX: y", "221", 400}, {"websiteId", "\xff", "221", 400},
        {"webApiClientKey", "abc\n123", "226", 400}, {"webApiClientKey", "\x01", "226", 400},
        {"Content-Type", "multipart/form-data; boundary=x\r\n", "262", 400}, {"X-Other", "\r\n", "", 200},
    };
    userimage_http_header headers[4];
    userimage_http_request request;
    size_t i, j;
    for (i = 0; i < sizeof targets / sizeof *targets; i++) {
        request = head("POST", targets[i]);
        answered(handle(&request), 404, "404");
        answered(finish(begin(&request, 0)), 404, "404");
    }
    request = upload();
    for (i = 0; i < sizeof methods / sizeof *methods; i++) {
        SET(request, method, methods[i]);
        userimage_http_response *response = handle(&request);
        CHECK(has(response, "allow", "POST"));
        answered(response, 405, "405");
    }
    request = upload();
    request.headers = headers;
    for (i = 0; i < sizeof values / sizeof *values; i++) {
        memcpy(headers, HEADERS, sizeof HEADERS);
        request.header_count = 4;
        SET(headers[3], name, values[i].name);
        SET(headers[3], value, values[i].value);
        for (j = 0; j < 3; j++) {
            /* In place of the good one, not beside it. */
            if ((headers[j].name[0] | 32) == (values[i].name[0] | 32) &&
                headers[j].name_len == headers[3].name_len) {
                headers[j] = headers[3];
                request.header_count = 3;
            }
        }
        answered(handle(&request), values[i].status, values[i].code);
    }
    request.header_count = 4;
    memcpy(headers, HEADERS, sizeof HEADERS);
    SET(headers[3], value, "1002");
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        SET(headers[3], name, names[i]);
        answered(handle(&request), 200, "");
    }
    SET(headers[3], name, "websiteid");
    answered(handle(&request), 400, "221");
}

static void destroy(void *user_data) { *(int *)user_data = 1; }

static int32_t store(void *user_data, const userimage_record *record, const uint8_t *original,
                     size_t original_len, const uint8_t *standard, size_t standard_len,
                     const userimage_sink *sink) {
    (void)user_data, (void)record, (void)original, (void)original_len, (void)standard, (void)standard_len;
    return userimage_sink_stored(sink, 7, TEXT("seven"), TEXT("o"), TEXT("s"));
}

/* An exchange keeps what it needs, and a response needs nobody. */
static void outlives(void) {
    int destroyed = 0;
    userimage_storage storage;
    userimage_host host;
    userimage_http_request request = head("POST", UPLOAD);
    userimage_http_exchange *exchange = NULL;
    userimage_http_response *response = NULL;
    userimage_uploader *other;
    int32_t more;
    memset(&storage, 0, sizeof storage);
    storage.struct_size = sizeof storage;
    storage.user_data = &destroyed;
    storage.destroy = destroy;
    storage.store = store;
    memset(&host, 0, sizeof host);
    host.struct_size = sizeof host;
    host.storage = &storage;
    other = open_uploader("{\"authentication\": \"host\"}", &host);
    OK(userimage_http_begin(other, &request, &exchange, NULL));
    userimage_uploader_free(other);
    OK(userimage_http_feed(exchange, form, form_len, &more, NULL));
    CHECK(!destroyed);
    OK(userimage_http_finish(exchange, &response, NULL));
    CHECK(!destroyed);
    userimage_http_exchange_free(exchange);
    CHECK(destroyed);
    answered(response, 200, "");
}

int main(void) {
    userimage_uploader *opened = NULL;
    add(TEXT("--x\r\nContent-Disposition: form-data; name=\"postedFile\"; filename=\"a.png\"\r\n\r\n"));
    add(PNG, sizeof PNG);
    add(TEXT("\r\n--x--\r\n"));
    uploader = open_uploader(HTTP_CONFIG, NULL);
    in_memory();
    in_pieces();
    over_the_limit();
    malformed();
    outlives();
    userimage_uploader_free(uploader);
    CHECK_CODE(USERIMAGE_INVALID_CONFIG,
               userimage_uploader_open(TEXT("{\"storage\": {\"memory\": {\"base_url\": \"/\"}},"
                                            " \"authentication\": \"host\", \"http\": {\"prefix\": \"shop\"}}"),
                                       NULL, &opened, NULL));
    printf("http: whole requests, in memory and in pieces\n");
    return 0;
}
