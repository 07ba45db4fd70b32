/* HTTP requests through the C ABI: in memory and in pieces. */
#include <pthread.h>

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
    size_t i;
    VIEW(http_response, view, response);
    for (i = 0; i < view.header_count; i++) {
        const userimage_http_header *header = &view.headers[i];
        if (header->name_len == strlen(name) && memcmp(header->name, name, header->name_len) == 0) {
            return value != NULL && header->value_len == strlen(value) &&
                   memcmp(header->value, value, header->value_len) == 0;
        }
    }
    return value == NULL;
}

/* Checks status and ErrorCode, and frees the response. */
static void answered(userimage_http_response *response, int32_t expected, const char *code) {
    char end[32];
    VIEW(http_response, view, response);
    sprintf(end, "\"ErrorCode\":\"%s\"}", code);
    if (view.status != expected || view.body_len < strlen(end) ||
        memcmp(view.body + view.body_len - strlen(end), end, strlen(end)) != 0) {
        fprintf(stderr, "%d, not %d %s: %.*s\n", (int)view.status, (int)expected, code,
                (int)view.body_len, (const char *)view.body);
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
    char target[256] = "";
    {
        char *end;
        VIEW(http_response, view, response);
        CHECK(has(response, "cache-control", "no-store") && has(response, "etag", NULL));
        /* The file is where the answer says. */
        end = strstr((const char *)view.body, "/shop/original/");
        CHECK(end != NULL);
        memcpy(target, end, strcspn(end, "\""));
    }
    answered(response, 200, "");
    request = head("GET", target);
    response = handle(&request);
    {
        VIEW(http_response, view, response);
        CHECK(view.body_len == sizeof PNG && memcmp(view.body, PNG, sizeof PNG) == 0);
        CHECK(has(response, "content-type", "image/png") && has(response, "content-length", "88"));
    }
    userimage_http_response_free(response);
    SET(request, method, "HEAD");
    response = handle(&request);
    {
        VIEW(http_response, view, response);
        CHECK(view.body_len == 0 && has(response, "content-length", "88"));
    }
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

static userimage_body_receiver *begin(const userimage_http_request *request, uint32_t wanted) {
    userimage_body_receiver *receiver = NULL;
    OK(userimage_http_begin(uploader, request, &receiver, NULL));
    VIEW(body_receiver, view, receiver);
    CHECK(view.wants_more == wanted && view.limit == (wanted ? LIMIT : 0));
    return receiver;
}

/* Finishes and frees it. */
static userimage_http_response *finish(userimage_body_receiver *receiver) {
    userimage_http_response *response = NULL, *again = NULL;
    userimage_error *error = NULL;
    int32_t more = 77;
    OK(userimage_body_receiver_finish(receiver, &response, &error));
    CHECK(error == NULL);
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_body_receiver_finish(receiver, &again, &error));
    CHECK_REASON("receiver is finished", error);
    userimage_error_free(error);
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_body_receiver_feed(receiver, form, 1, &more, NULL));
    CHECK(more == 77 && again == NULL);
    VIEW(body_receiver, view, receiver);
    CHECK(view.wants_more == 0 && view.limit == 0);
    userimage_body_receiver_free(receiver);
    return response;
}

static void in_pieces(void) {
    static const size_t sizes[] = {1, 2, 7, 100, sizeof form};
    userimage_http_request request = upload();
    userimage_body_receiver *receiver;
    size_t i, at, size;
    int32_t more;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        receiver = begin(&request, 1);
        for (at = 0; at < form_len; at += size) {
            size = form_len - at < sizes[i] ? form_len - at : sizes[i];
            OK(userimage_body_receiver_feed(receiver, form + at, size, &more, NULL));
            CHECK(more == 1);
        }
        OK(userimage_body_receiver_feed(receiver, NULL, 0, &more, NULL));
        CHECK(more == 1);
        answered(finish(receiver), 200, "");
    }
    /* A body that broke off, finished and given up. */
    receiver = begin(&request, 1);
    OK(userimage_body_receiver_feed(receiver, form, form_len - 4, &more, NULL));
    answered(finish(receiver), 400, "262");
    receiver = begin(&request, 1);
    OK(userimage_body_receiver_feed(receiver, form, form_len - 4, &more, NULL));
    userimage_body_receiver_free(receiver);
}

/* A body that broke off or does not come, answered. */
static void not_whole(void) {
    userimage_http_request request = upload();
    userimage_http_response *response = NULL;
    userimage_body_receiver *receiver = begin(&request, 1);
    OK(userimage_body_receiver_finish_broken(receiver, TEXT("a chunk has no length"), &response, NULL));
    answered(response, 400, "262");
    userimage_body_receiver_free(receiver);

    receiver = begin(&request, 1);
    CHECK_CODE(USERIMAGE_BAD_UTF8,
               userimage_body_receiver_finish_broken(receiver, TEXT("\xff"), &response, NULL));
    OK(userimage_body_receiver_finish_timed_out(receiver, &response, NULL));
    answered(response, 408, "408");
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_body_receiver_finish_timed_out(receiver, &response, NULL));
    userimage_body_receiver_free(receiver);

    OK(userimage_http_error_response(431, &response, NULL));
    answered(response, 431, "431");
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_http_error_response(200, &response, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_http_error_response(-1, &response, NULL));
}

/* A file that is read while it is sent, and what the uploader has done. */
static void streamed(void) {
    userimage_http_request request = upload();
    userimage_http_response *response = handle(&request);
    userimage_bytes *text;
    const uint8_t *data;
    uint8_t piece[100];
    char target[256] = "";
    size_t read, len;
    {
        VIEW(http_response, view, response);
        const char *at = strstr((const char *)view.body, "/shop/original/");
        memcpy(target, at, strcspn(at, "\""));
    }
    request.flags = USERIMAGE_HTTP_STREAMED;
    SET(request, peer, "192.0.2.7");
    answered(response, 200, "");
    /* What is in memory remains there. */
    answered(handle(&request), 200, "");
    SET(request, method, "GET");
    SET(request, target, target);
    response = handle(&request);
    {
        VIEW(http_response, view, response);
        CHECK(view.status == 200 && view.body == NULL && view.body_len == sizeof PNG);
    }
    OK(userimage_http_response_read_at(response, 0, piece, 50, &read, NULL));
    CHECK(read == 50 && memcmp(piece, PNG, 50) == 0);
    OK(userimage_http_response_read_at(response, 50, piece, sizeof piece, &read, NULL));
    CHECK(read == sizeof PNG - 50 && memcmp(piece, PNG + 50, read) == 0);
    OK(userimage_http_response_read_at(response, sizeof PNG, piece, sizeof piece, &read, NULL));
    CHECK(read == 0);
    OK(userimage_http_response_read_at(response, UINT64_MAX, piece, sizeof piece, &read, NULL));
    CHECK(read == 0);
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_http_response_read_at(response, 0, NULL, 1, &read, NULL));
    userimage_http_response_free(response);
    SET(request, peer, "fe80::1%eth0");
    userimage_http_response_free(handle(&request));
    SET(request, peer, "localhost");
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_handle(uploader, &request, NULL, 0, &response, NULL));

    OK(userimage_metrics(uploader, &text, NULL));
    OK(userimage_bytes_data(text, &data, &len));
    CHECK(len > 100 && memcmp(data, "# HELP userimage_", 17) == 0);
    userimage_bytes_free(text);
}

/* A body that is too long is refused as soon as it is, and never kept. */
static void over_the_limit(void) {
    static uint8_t piece[LIMIT];
    userimage_http_header headers[4];
    userimage_http_request request = upload();
    userimage_body_receiver *receiver = begin(&request, 1);
    int32_t more;
    int i;
    OK(userimage_body_receiver_feed(receiver, piece, sizeof piece, &more, NULL));
    CHECK(more == 1);
    for (i = 0; i < 3; i++) {
        OK(userimage_body_receiver_feed(receiver, piece, i == 0 ? 1 : sizeof piece, &more, NULL));
        CHECK(more == 0);
    }
    answered(finish(receiver), 413, "262");

    memcpy(headers, HEADERS, sizeof HEADERS);
    headers[3].name = "Content-Length";
    headers[3].name_len = strlen(headers[3].name);
    headers[3].value = "1049577";
    headers[3].value_len = strlen(headers[3].value);
    request.headers = headers;
    request.header_count = 4;
    receiver = begin(&request, 0);
    OK(userimage_body_receiver_feed(receiver, piece, sizeof piece, &more, NULL));
    CHECK(more == 0);
    answered(finish(receiver), 413, "262");
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
    userimage_stored stored = stored_as(7, "seven", "o", "s");
    (void)user_data, (void)record, (void)original, (void)original_len, (void)standard, (void)standard_len;
    return userimage_sink_stored(sink, &stored);
}

/* A receiver keeps what it needs, and a response needs nothing. */
static void outlives(void) {
    int destroyed = 0;
    userimage_storage storage;
    userimage_host host;
    userimage_http_request request = head("POST", UPLOAD);
    userimage_body_receiver *receiver = NULL;
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
    other = open_uploader("{\"authentication\": \"already_checked\"}", &host);
    OK(userimage_http_begin(other, &request, &receiver, NULL));
    userimage_uploader_free(other);
    OK(userimage_body_receiver_feed(receiver, form, form_len, &more, NULL));
    CHECK(!destroyed);
    OK(userimage_body_receiver_finish(receiver, &response, NULL));
    CHECK(!destroyed);
    userimage_body_receiver_free(receiver);
    CHECK(destroyed);
    answered(response, 200, "");
}

enum { TURNS = 20000 };

static void *feed_many(void *receiver) {
    static uint8_t zeros[64];
    int32_t more;
    int i, refused = 0;
    for (i = 0; i < TURNS; i++) {
        userimage_body_receiver_view view;
        int32_t code = userimage_body_receiver_feed(receiver, zeros, 1 + i % sizeof zeros, &more, NULL);
        CHECK(code == USERIMAGE_OK || code == USERIMAGE_INVALID_ARGUMENT);
        refused += code != USERIMAGE_OK;
        view.struct_size = sizeof view;
        code = userimage_body_receiver_get(receiver, &view);
        CHECK(code == USERIMAGE_OK || code == USERIMAGE_INVALID_ARGUMENT);
    }
    return refused == 0 ? NULL : receiver;
}

/* Two threads use one receiver, which is not allowed: one of two calls is refused, and nothing breaks. */
static void two_threads(void) {
    userimage_http_request request = upload();
    userimage_body_receiver *receiver = begin(&request, 1);
    static uint8_t piece[LIMIT];
    pthread_t threads[2];
    int32_t more;
    int i;
    for (i = 0; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, feed_many, receiver) == 0);
    }
    for (i = 0; i < 2; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    OK(userimage_body_receiver_feed(receiver, piece, sizeof piece, &more, NULL));
    CHECK(more == 0);
    answered(finish(receiver), 413, "262");
}

/* A head that is refused never needs a body; an admitted one says how much it may have. */
static void in_stages(void) {
    userimage_request *request, *form;
    userimage_part part;
    userimage_admitted *admitted = NULL;
    userimage_image *image = NULL;
    userimage_error *error = NULL;

    OK(userimage_request_new(&request, NULL));
    OK(userimage_request_new(&form, NULL));
    OK(userimage_request_header(request, TEXT("websiteId"), TEXT("1001"), NULL));
    CHECK_CODE(USERIMAGE_INVALID_CLIENT_KEY, userimage_admit(uploader, request, &admitted, &error));
    {
        VIEW(error, view, error);
        CHECK(view.has == USERIMAGE_ERROR_HAS_KIND && view.kind == USERIMAGE_KIND_MISSING_CLIENT_KEY);
        CHECK_TEXT("missing_client_key", view, kind_name);
        CHECK_TEXT("Empty webApiClientKey", view, message);
    }
    userimage_error_free(error);
    error = NULL;
    OK(userimage_request_header(request, TEXT("webApiClientKey"), TEXT("abc123"), NULL));
    OK(userimage_request_query(request, TEXT("userId"), TEXT("\xff"), NULL));
    CHECK_CODE(USERIMAGE_INVALID_USER_ID, userimage_admit(uploader, request, &admitted, NULL));
    userimage_request_free(request);
    CHECK(admitted == NULL);

    OK(userimage_request_new(&request, NULL));
    OK(userimage_request_header(request, TEXT("websiteId"), TEXT("1001"), NULL));
    OK(userimage_request_header(request, TEXT("webApiClientKey"), TEXT("abc123"), NULL));
    OK(userimage_admit(uploader, request, &admitted, NULL));
    userimage_request_free(request);
    {
        VIEW(admitted, view, admitted);
        CHECK(view.website_id == 1001 && view.max_bytes == 1000);
    }
    /* The user comes with the form. */
    memset(&part, 0, sizeof part);
    part.struct_size = sizeof part;
    SET(part, name, "userId");
    part.data = (const uint8_t *)"12345";
    part.data_len = 5;
    OK(userimage_request_part(form, &part, NULL));
    SET(part, name, "postedFile");
    SET(part, file_name, "a.png");
    part.data = PNG;
    part.data_len = sizeof PNG;
    OK(userimage_request_part(form, &part, NULL));
    OK(userimage_admitted_finish(admitted, form, &image, NULL));
    {
        VIEW(image, view, image);
        VIEW(record, record, view.record);
        CHECK_TEXT("12345", record, user_id);
        CHECK_TEXT("a.png", record, image_name);
    }
    userimage_image_free(image);
    image = NULL;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_admitted_finish(admitted, form, &image, &error));
    CHECK_REASON("admitted is finished", error);
    userimage_error_free(error);
    error = NULL;
    userimage_admitted_free(admitted);

    /* Given up; and a form without a file. */
    OK(userimage_request_new(&request, NULL));
    OK(userimage_request_header(request, TEXT("websiteId"), TEXT("1001"), NULL));
    OK(userimage_request_header(request, TEXT("webApiClientKey"), TEXT("abc123"), NULL));
    OK(userimage_request_query(request, TEXT("userId"), TEXT("12345"), NULL));
    OK(userimage_admit(uploader, request, &admitted, NULL));
    userimage_admitted_free(admitted);
    OK(userimage_admit(uploader, request, &admitted, NULL));
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_admitted_finish(admitted, request, &image, &error));
    {
        VIEW(error, view, error);
        CHECK(view.kind == USERIMAGE_KIND_MISSING_FILE);
    }
    userimage_error_free(error);
    userimage_admitted_free(admitted);
    userimage_request_free(request);
    userimage_request_free(form);
    CHECK(image == NULL);
}

int main(void) {
    userimage_uploader *opened = NULL;
    add(TEXT("--x\r\nContent-Disposition: form-data; name=\"postedFile\"; filename=\"a.png\"\r\n\r\n"));
    add(PNG, sizeof PNG);
    add(TEXT("\r\n--x--\r\n"));
    uploader = open_uploader(HTTP_CONFIG, NULL);
    in_memory();
    in_pieces();
    not_whole();
    streamed();
    over_the_limit();
    malformed();
    two_threads();
    in_stages();
    outlives();
    userimage_uploader_free(uploader);
    CHECK_CODE(USERIMAGE_INVALID_CONFIG,
               userimage_uploader_open(TEXT("{\"storage\": {\"memory\": {\"base_url\": \"/\"}},"
                                            " \"authentication\": \"already_checked\", \"http\": {\"prefix\": \"shop\"}}"),
                                       NULL, &opened, NULL));
    printf("http: requests in memory and in pieces\n");
    return 0;
}
