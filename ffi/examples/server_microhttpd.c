/* The endpoint on libmicrohttpd: server_microhttpd PORT CONFIG_FILE
 *
 * A body goes into the exchange as it comes. Memory is bounded: CONNECTIONS times the largest body, and THREADS
 * images that are decoded at once. A client that is silent for 30 seconds is dropped. */
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <userimage.h>

enum { THREADS = 4, CONNECTIONS = 64 };

typedef struct {
    userimage_http_exchange *exchange;
    userimage_http_header *headers;
    size_t header_count;
    char target[1]; /* as it came, and as long as it is */
} request;

static void *on_target(void *unused, const char *target, struct MHD_Connection *connection) {
    request *self = calloc(1, sizeof *self + strlen(target));
    (void)unused, (void)connection;
    return self == NULL ? NULL : (strcpy(self->target, target), self);
}

static enum MHD_Result on_header(void *to, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                 const char *value, size_t value_len) {
    request *self = to;
    userimage_http_header header = {name, name_len, value == NULL ? "" : value, value_len};
    (void)kind;
    self->headers[self->header_count++] = header;
    return MHD_YES;
}

static void begin(request *self, const userimage_uploader *uploader, struct MHD_Connection *connection,
                  const char *method) {
    userimage_http_request head = {sizeof head, 0, method, strlen(method), self->target, strlen(self->target), NULL, 0};
    int count = MHD_get_connection_values(connection, MHD_HEADER_KIND, NULL, NULL);
    self->headers = calloc((size_t)count + 1, sizeof *self->headers);
    if (self->headers != NULL) {
        MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, self);
        head.headers = self->headers;
        head.header_count = self->header_count;
        userimage_http_begin(uploader, &head, &self->exchange, NULL);
    }
}

/* Without an exchange, or when the library fails, it is 500. */
/* What MHD never calls for an answer to HEAD: it wants to know the length of what would be sent. */
static ssize_t no_body(void *unused, uint64_t at, char *buffer, size_t max) {
    (void)unused, (void)at, (void)buffer, (void)max;
    return MHD_CONTENT_READER_END_OF_STREAM;
}

static enum MHD_Result finish(request *self, struct MHD_Connection *connection) {
    userimage_http_response *response = NULL;
    const char *name, *value;
    const uint8_t *body = NULL;
    char name_text[64], value_text[1024];
    size_t len = 0, name_len, value_len, i;
    uint64_t told = 0;
    int32_t status = 500;
    struct MHD_Response *answer;
    enum MHD_Result queued;
    if (userimage_http_finish(self->exchange, &response, NULL) == USERIMAGE_OK) {
        userimage_http_response_status(response, &status);
        userimage_http_response_body(response, &body, &len);
    }
    for (i = 0; userimage_http_response_header(response, i, &name, &name_len, &value, &value_len) == USERIMAGE_OK; i++) {
        if (name_len == 14 && memcmp(name, "content-length", 14) == 0) {
            snprintf(value_text, sizeof value_text, "%.*s", (int)value_len, value);
            told = strtoull(value_text, NULL, 10);
        }
    }
    answer = len == 0 && told > 0
                 ? MHD_create_response_from_callback(told, 1, no_body, NULL, NULL)
                 : MHD_create_response_from_buffer(len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    for (i = 0; userimage_http_response_header(response, i, &name, &name_len, &value, &value_len) == USERIMAGE_OK; i++) {
        snprintf(name_text, sizeof name_text, "%.*s", (int)name_len, name);
        snprintf(value_text, sizeof value_text, "%.*s", (int)value_len, value);
        MHD_add_response_header(answer, name_text, value_text); /* but content-length, which it reckons itself */
    }
    queued = MHD_queue_response(connection, (unsigned)status, answer);
    MHD_destroy_response(answer);
    userimage_http_response_free(response);
    return queued;
}

static enum MHD_Result on_request(void *uploader, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *len, void **state) {
    request *self = *state;
    int32_t wanted = 0;
    (void)url, (void)version;
    if (self == NULL) {
        return MHD_NO;
    }
    if (self->headers == NULL) {
        begin(self, uploader, connection, method);
        userimage_http_exchange_wants_body(self->exchange, &wanted);
        /* Who waits for leave to send a body is answered now. Who does not wait would lose an answer that comes with
           the end of the connection: what he sends is read and dropped. */
        return !wanted && MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Expect") != NULL
                   ? finish(self, connection) : MHD_YES;
    }
    if (*len == 0) {
        return finish(self, connection);
    }
    userimage_http_feed(self->exchange, (const uint8_t *)data, *len, &wanted, NULL);
    *len = 0;
    return MHD_YES;
}

static void on_end(void *unused, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how) {
    request *self = *state;
    (void)unused, (void)connection, (void)how;
    if (self != NULL) {
        userimage_http_exchange_free(self->exchange);
        free(self->headers);
        free(self);
    }
}

static void on_signal(int number) { (void)number; }

int main(int argc, char **argv) {
    static char config[65536];
    userimage_uploader *uploader;
    userimage_error *error;
    const char *reason;
    struct MHD_Daemon *daemon;
    size_t len;
    FILE *file = argc == 3 ? fopen(argv[2], "rb") : NULL;
    if (file == NULL) {
        return fprintf(stderr, "usage: server_microhttpd PORT CONFIG_FILE\n"), 2;
    }
    len = fread(config, 1, sizeof config, file);
    fclose(file);
    if (len == sizeof config) {
        return fprintf(stderr, "server_microhttpd: the configuration is too long\n"), 2;
    }
    if (userimage_uploader_open(config, len, NULL, &uploader, &error) != USERIMAGE_OK) {
        userimage_error_reason(error, &reason, &len);
        return fprintf(stderr, "server_microhttpd: %.*s\n", (int)len, reason), 2;
    }
    daemon = MHD_start_daemon(
        MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, (uint16_t)atoi(argv[1]), NULL, NULL, on_request, uploader,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_end,
        NULL, MHD_OPTION_END);
    if (daemon == NULL) {
        return fprintf(stderr, "server_microhttpd: cannot listen\n"), 2;
    }
    signal(SIGTERM, on_signal);
    printf("http://127.0.0.1:%s/\n", argv[1]);
    fflush(stdout);
    pause();
    MHD_stop_daemon(daemon);
    userimage_uploader_free(uploader);
    return 0;
}
