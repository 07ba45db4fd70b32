/* What a careless caller does with files, after errors and with other versions: a clear code each time, nothing written,
   nothing lost. nulls.c, structs.c, texts.c, documents.c and render_options.c have the rest. */
#ifndef _WIN32
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "check.h"

static userimage_uploader *uploader;

/* Whether an error is that a file cannot be read, for a reason that begins so; frees it. */
static void unreadable(userimage_error *error, const char *reason) {
    VIEW(error, view, error);
    CHECK(view.kind == USERIMAGE_KIND_UNREADABLE_FILE && view.http_status == 500);
    CHECK_TEXT("Server error", view, message);
    CHECK(view.reason_len >= strlen(reason) && memcmp(view.reason, reason, strlen(reason)) == 0);
    userimage_error_free(error);
}

/* The same handle goes on after each error, and an error is looked at after all else is gone. */
static void after_an_error(void) {
    userimage_fields good = good_fields(), bad = good_fields();
    userimage_image *image = NULL;
    userimage_error *error = NULL;
    int i;
    SET(bad, website_id, "1002");
    for (i = 0; i < 3; i++) {
        CHECK_CODE(USERIMAGE_INVALID_WEBSITE_ID, userimage_upload(uploader, &bad, &image, NULL));
        OK(userimage_upload(uploader, &good, &image, NULL));
        userimage_image_free(image);
        image = NULL;
    }
    good.data_len = 4;
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_upload(uploader, &good, &image, &error));
    CHECK(image == NULL);
    userimage_error_free(error);
    good.data_len = sizeof PNG;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT,
               userimage_upload_path(uploader, &good, TEXT("x"), &image, NULL));
    good.data = NULL;
    good.data_len = 0;
    CHECK_CODE(USERIMAGE_SERVER_ERROR,
               userimage_upload_path(uploader, &good, TEXT("no/such/file"), &image, &error));
    unreadable(error, "cannot read no/such/file: ");
    /* The head is checked first. */
    SET(good, website_id, "1002");
    CHECK_CODE(USERIMAGE_INVALID_WEBSITE_ID,
               userimage_upload_path(uploader, &good, TEXT("no/such/file"), &image, NULL));
}

/* What is not a regular file is refused at once: nobody waits for the writer of a FIFO. */
static void no_files(void) {
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    userimage_info *info = NULL;
    userimage_error *error = NULL;
    fields.data = NULL;
    fields.data_len = 0;
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_probe_path(TEXT("."), &info, NULL));
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_upload_path(uploader, &fields, TEXT("."), &image, &error));
    unreadable(error, "cannot read .: it is not a regular file");
    CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_upload_path(uploader, &fields, "a\0b", 3, &image, NULL));
#ifndef _WIN32
    {
        char fifo[64];
        sprintf(fifo, "/tmp/userimage-misuse-%ld.fifo", (long)getpid());
        CHECK(mkfifo(fifo, 0600) == 0);
        alarm(20);
        CHECK_CODE(USERIMAGE_SERVER_ERROR, userimage_probe_path(TEXT(fifo), &info, NULL));
        CHECK_CODE(USERIMAGE_SERVER_ERROR,
                   userimage_upload_path(uploader, &fields, TEXT(fifo), &image, NULL));
        alarm(0);
        remove(fifo);
    }
#endif
    CHECK(image == NULL && info == NULL);
}

static void versions(void) {
    const char *text;
    size_t len;
    OK(userimage_abi_compatible(USERIMAGE_ABI_MAJOR, USERIMAGE_ABI_MINOR));
    CHECK_CODE(USERIMAGE_INCOMPATIBLE,
               userimage_abi_compatible(USERIMAGE_ABI_MAJOR, USERIMAGE_ABI_MINOR + 1));
    CHECK_CODE(USERIMAGE_INCOMPATIBLE, userimage_abi_compatible(USERIMAGE_ABI_MAJOR + 1, 0));
    CHECK_CODE(USERIMAGE_INCOMPATIBLE, userimage_abi_compatible(USERIMAGE_ABI_MAJOR, -1));
    CHECK(userimage_abi_version() == USERIMAGE_ABI_MAJOR * 65536 + USERIMAGE_ABI_MINOR);
    OK(userimage_version(&text, &len));
    CHECK(len >= 5);
    OK(userimage_code_message(USERIMAGE_ABSENT, &text, &len));
    CHECK(len == 9 && memcmp(text, "Not found", 9) == 0);
    OK(userimage_code_message(USERIMAGE_INVALID_CLIENT_KEY, &text, &len));
    CHECK(len == 23 && memcmp(text, "Invalid webApiClientKey", 23) == 0);
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_code_message(7, &text, &len));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_code_message(USERIMAGE_OK, &text, &len));
}

int main(void) {
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    uploader = open_uploader(KEYS_CONFIG, NULL);
    OK(userimage_upload(uploader, &fields, &image, NULL));
    after_an_error();
    no_files();
    versions();
    userimage_uploader_free(uploader);
    {
        VIEW(image, view, image);
        CHECK_TEXT("1", view, photo_code);
    }
    userimage_image_free(image);
    printf("misuse: a clear code each time\n");
    return 0;
}
