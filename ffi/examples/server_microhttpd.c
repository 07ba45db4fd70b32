/* The endpoint on libmicrohttpd: server_microhttpd PORT CONFIG_FILE
 *
 * A body goes into the receiver in pieces. Memory is bounded: CONNECTIONS times the largest body, and THREADS
 * images that are decoded at once. A client that sends nothing for 30 seconds is dropped. */
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <userimage.h>

enum { THREADS = 4, CONNECTIONS = 64 };

typedef struct {
    userimage_body_receiver *receiver;
    userimage_http_header *headers;
    size_t header_count;
    char target[1]; /* as it came; allocated as long as it is */
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
    userimage_http_request head = {.struct_size = sizeof head, .flags = USERIMAGE_HTTP_STREAMED, .method = method,
                                   .method_len = strlen(method), .target = self->target,
                                   .target_len = strlen(self->target)};
    int count = MHD_get_connection_values(connection, MHD_HEADER_KIND, NULL, NULL);
    self->headers = calloc((size_t)count + 1, sizeof *self->headers);
    if (self->headers != NULL) {
        MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, self);
        head.headers = self->headers;
        head.header_count = self->header_count;
        userimage_http_begin(uploader, &head, &self->receiver, NULL);
    }
}

/* MHD asks for the length of a body, and for HEAD never calls this. */
static ssize_t no_body(void *unused, uint64_t at, char *buffer, size_t max) {
    (void)unused, (void)at, (void)buffer, (void)max;
    return MHD_CONTENT_READER_END_OF_STREAM;
}

/* A stored file is read while it is sent. */
static ssize_t read_file(void *response, uint64_t at, char *buffer, size_t max) {
    size_t read = 0;
    if (userimage_http_response_read_at(response, at, (uint8_t *)buffer, max, &read, NULL) != USERIMAGE_OK) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    return read == 0 ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)read;
}

static void free_file(void *response) { userimage_http_response_free(response); }

/* Without a receiver, or if the library fails, it is 500. */
static enum MHD_Result finish(request *self, struct MHD_Connection *connection) {
    userimage_http_response *response = NULL;
    userimage_http_response_view view = {.struct_size = sizeof view, .status = 500};
    char name[64], value[1024];
    uint64_t length = 0;
    size_t i;
    struct MHD_Response *answer;
    enum MHD_Result queued;
    if (userimage_body_receiver_finish(self->receiver, &response, NULL) == USERIMAGE_OK) {
        userimage_http_response_get(response, &view);
    }
    for (i = 0; i < view.header_count; i++) {
        const userimage_http_header *header = &view.headers[i];
        if (header->name_len == 14 && memcmp(header->name, "content-length", 14) == 0) {
            snprintf(value, sizeof value, "%.*s", (int)header->value_len, header->value);
            length = strtoull(value, NULL, 10);
        }
    }
    answer = view.body_len == 0 && length > 0
                 ? MHD_create_response_from_callback(length, 1, no_body, NULL, NULL)
             : view.body_len > 0
                 ? MHD_create_response_from_callback(view.body_len, 65536, read_file, response, free_file)
                 : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    for (i = 0; i < view.header_count; i++) {
        const userimage_http_header *header = &view.headers[i];
        snprintf(name, sizeof name, "%.*s", (int)header->name_len, header->name);
        snprintf(value, sizeof value, "%.*s", (int)header->value_len, header->value);
        MHD_add_response_header(answer, name, value); /* except content-length, which MHD computes itself */
    }
    queued = MHD_queue_response(connection, (unsigned)view.status, answer);
    if (view.body_len == 0) {
        userimage_http_response_free(response);
    }
    MHD_destroy_response(answer);
    return queued;
}

static enum MHD_Result on_request(void *uploader, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *len, void **state) {
    request *self = *state;
    userimage_body_receiver_view view = {.struct_size = sizeof view};
    int32_t wanted;
    (void)url, (void)version;
    if (self == NULL) {
        return MHD_NO;
    }
    if (self->headers == NULL) {
        begin(self, uploader, connection, method);
        userimage_body_receiver_get(self->receiver, &view);
        /* A client that waits for "100 Continue" is answered now. One that does not wait would lose an answer that
           comes with the end of the connection: its body is read and dropped. */
        return !view.wants_more && MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Expect") != NULL
                   ? finish(self, connection) : MHD_YES;
    }
    if (*len == 0) {
        return finish(self, connection);
    }
    userimage_body_receiver_feed(self->receiver, (const uint8_t *)data, *len, &wanted, NULL);
    *len = 0;
    return MHD_YES;
}

static void on_end(void *unused, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how) {
    request *self = *state;
    (void)unused, (void)connection, (void)how;
    if (self != NULL) {
        userimage_body_receiver_free(self->receiver);
        free(self->headers);
        free(self);
    }
}

static void on_signal(int number) { (void)number; }

int main(int argc, char **argv) {
    static char config[65536];
    userimage_uploader *uploader;
    userimage_error *error;
    userimage_error_view why = {.struct_size = sizeof why};
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
        userimage_error_get(error, &why);
        return fprintf(stderr, "server_microhttpd: %.*s\n", (int)why.reason_len, why.reason), 2;
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
