/* Uploads and probes from 8 threads that share one uploader, one request and one image, each freeing what
   it gets. Usage: soak ROUNDS [flat]: so many uploads and probes in all; memory must stay flat, which it
   cannot where Valgrind or AddressSanitizer keep what is freed. */
#include <pthread.h>

#include "check.h"

enum { THREADS = 8 };

static userimage_uploader *uploader;
static userimage_request *request;
static userimage_image *shared;
static long rounds;

/* Kilobytes of memory in use, from Linux. */
static long resident(void) {
    char line[256];
    long kilobytes = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "VmRSS: %ld", &kilobytes);
    }
    fclose(status);
    return kilobytes;
}

static int32_t store(void *user_data, const userimage_record *record, const uint8_t *original,
                     size_t original_len, const uint8_t *standard, size_t standard_len,
                     const userimage_sink *sink) {
    userimage_stored stored = stored_as(1, "1", "o", "s");
    (void)user_data, (void)record, (void)original, (void)original_len, (void)standard, (void)standard_len;
    return userimage_sink_stored(sink, &stored);
}

/* An HTTP request in pieces, finished or given up. */
static void in_pieces(int finished) {
    static const char body[] =
        "--x\r\nContent-Disposition: form-data; name=postedFile; filename=a.png\r\n\r\n";
    static const userimage_http_header headers[] = {
        {"websiteId", 9, "1001", 4},
        {"webApiClientKey", 15, "abc123", 6},
        {"Content-Type", 12, "multipart/form-data; boundary=x", 31},
    };
    userimage_http_request head;
    userimage_body_receiver *receiver = NULL;
    userimage_http_response *response = NULL;
    int32_t more = 0;
    memset(&head, 0, sizeof head);
    head.struct_size = sizeof head;
    SET(head, method, "POST");
    SET(head, target, "/api/4/UploadImage/UploadImage?userId=12345");
    head.headers = headers;
    head.header_count = 3;
    OK(userimage_http_begin(uploader, &head, &receiver, NULL));
    OK(userimage_body_receiver_feed(receiver, (const uint8_t *)body, sizeof body - 1, &more, NULL));
    OK(userimage_body_receiver_feed(receiver, PNG, sizeof PNG, &more, NULL));
    OK(userimage_body_receiver_feed(receiver, (const uint8_t *)"\r\n--x--", 7, &more, NULL));
    CHECK(more == 1);
    if (finished) {
        OK(userimage_body_receiver_finish(receiver, &response, NULL));
        VIEW(http_response, view, response);
        CHECK(view.status == 200);
    }
    userimage_body_receiver_free(receiver);
    userimage_http_response_free(response);
}

/* A request that is admitted by its head, and finished with its form. */
static void in_stages(void) {
    userimage_admitted *admitted = NULL;
    userimage_image *image = NULL;
    OK(userimage_admit(uploader, request, &admitted, NULL));
    OK(userimage_admitted_finish(admitted, request, &image, NULL));
    userimage_admitted_free(admitted);
    userimage_image_free(image);
}

static void *work(void *unused) {
    long i;
    (void)unused;
    for (i = 0; i < rounds / THREADS; i++) {
        userimage_fields fields = good_fields();
        userimage_image *image = NULL;
        userimage_info *info = NULL;
        userimage_error *error = NULL;
        switch (i % 8) {
        case 0:
            OK(userimage_upload(uploader, &fields, &image, &error));
            break;
        case 1:
            OK(userimage_upload_request(uploader, request, &image, &error));
            break;
        case 2: {
            OK(userimage_probe(PNG, sizeof PNG, &info, &error));
            VIEW(info, view, info);
            CHECK_TEXT("image/png", view, mime_type);
            break;
        }
        case 3:
            in_pieces(1);
            break;
        case 4:
            in_pieces(0);
            break;
        case 5:
            in_stages();
            break;
        case 6: {
            userimage_rendition *rendition = NULL;
            OK(userimage_render(PNG, sizeof PNG, NULL, &rendition, &error));
            userimage_rendition_free(rendition);
            break;
        }
        default: {
            SET(fields, website_id, "2147483648");
            CHECK_CODE(USERIMAGE_INVALID_WEBSITE_ID, userimage_upload(uploader, &fields, &image, &error));
            VIEW(error, view, error);
            CHECK_TEXT("Invalid websiteId", view, message);
        }
        }
        VIEW(image, view, shared);
        CHECK_TEXT("1", view, photo_code);
        userimage_image_free(image);
        userimage_info_free(info);
        userimage_error_free(error);
    }
    return NULL;
}

static void run(void) {
    pthread_t threads[THREADS];
    int i;
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

int main(int argc, char **argv) {
    userimage_storage storage;
    userimage_host host;
    userimage_part part;
    userimage_fields fields = good_fields();
    long before, after, all;
    CHECK(argc == 2 || (argc == 3 && strcmp(argv[2], "flat") == 0));
    all = atol(argv[1]);
    memset(&storage, 0, sizeof storage);
    storage.struct_size = sizeof storage;
    storage.store = store;
    memset(&host, 0, sizeof host);
    host.struct_size = sizeof host;
    host.storage = &storage;
    uploader = open_uploader("{\"authentication\": \"already_checked\"}", &host);
    OK(userimage_request_new(&request, NULL));
    OK(userimage_request_header(request, TEXT("websiteId"), TEXT("1001"), NULL));
    OK(userimage_request_header(request, TEXT("webApiClientKey"), TEXT("abc123"), NULL));
    OK(userimage_request_query(request, TEXT("userId"), TEXT("12345"), NULL));
    memset(&part, 0, sizeof part);
    part.struct_size = sizeof part;
    SET(part, name, "postedFile");
    SET(part, file_name, "a.png");
    part.data = PNG;
    part.data_len = sizeof PNG;
    OK(userimage_request_part(request, &part, NULL));
    OK(userimage_upload(uploader, &fields, &shared, NULL));

    /* Once a tenth to warm up: threads, allocator arenas. */
    rounds = all / 10;
    run();
    before = resident();
    rounds = all;
    run();
    after = resident();
    userimage_request_free(request);
    userimage_uploader_free(uploader);
    userimage_image_free(shared);
    printf("soak: %ld uploads and probes from %d threads, %ld KB before, %ld KB after\n", all,
           THREADS, before, after);
    CHECK(argc == 2 || after < before + 4096 + before / 10);
    return 0;
}
