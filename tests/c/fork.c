/* What a child may do with local storages after a fork. Arguments: a new folder, an image file. */
#include "check.h"
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *photo;

static userimage_uploader *opened(const char *folder, const char *name, int32_t expected) {
    char config[4096];
    userimage_uploader *uploader = NULL;
    userimage_error *error = NULL;
    snprintf(config, sizeof config,
             "{\"storage\": {\"local\": {\"path\": \"%s/%s\", \"base_url\": \"u/\"}}, \"authentication\": \"already_checked\"}",
             folder, name);
    CHECK_CODE(expected, userimage_uploader_open(TEXT(config), NULL, &uploader, &error));
    if (error != NULL) {
        VIEW(error, view, error);
        char reason[1024];
        snprintf(reason, sizeof reason, "%.*s", (int)view.reason_len, view.reason);
        CHECK(strstr(reason, "close the storage before the fork") != NULL);
    }
    userimage_error_free(error);
    return uploader;
}

static int32_t upload(userimage_uploader *uploader) {
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    int32_t code;
    fields.data = NULL;
    fields.data_len = 0;
    code = userimage_upload_path(uploader, &fields, TEXT(photo), &image, NULL);
    userimage_image_free(image);
    return code;
}

/* Runs the rest of the block in a child. */
#define CHILD(...)                                                     \
    do {                                                               \
        int status_;                                                   \
        pid_t child_ = fork();                                         \
        CHECK(child_ >= 0);                                            \
        if (child_ == 0) {                                             \
            alarm(60);                                                 \
            __VA_ARGS__;                                               \
            _exit(0);                                                  \
        }                                                              \
        CHECK(waitpid(child_, &status_, 0) == child_ && status_ == 0); \
    } while (0)

static volatile int stop;

static void *upload_on(void *uploader) {
    while (!stop) {
        OK(upload(uploader));
    }
    return NULL;
}

int main(int argc, char **argv) {
    userimage_uploader *unused, *used;
    int i;
    CHECK(argc == 3);
    photo = argv[2];

    /* Opened and not used: children may use it. */
    unused = opened(argv[1], "unused", USERIMAGE_OK);
    CHILD(OK(upload(unused)));

    used = opened(argv[1], "used", USERIMAGE_OK);
    OK(upload(used));
    CHILD({
        userimage_uploader *other;
        CHECK_CODE(500, upload(used));
        CHECK(opened(argv[1], "used", USERIMAGE_INVALID_CONFIG) == NULL);
        userimage_uploader_free(used);
        CHECK(opened(argv[1], "used", USERIMAGE_INVALID_CONFIG) == NULL);
        OK(upload(unused));
        other = opened(argv[1], "other", USERIMAGE_OK);
        OK(upload(other));
        /* A child of the child: nor what either had open. */
        CHILD({
            CHECK(opened(argv[1], "used", USERIMAGE_INVALID_CONFIG) == NULL);
            CHECK(opened(argv[1], "other", USERIMAGE_INVALID_CONFIG) == NULL);
            OK(upload(opened(argv[1], "third", USERIMAGE_OK)));
        });
        userimage_uploader_free(other);
    });
    OK(upload(used));
    userimage_uploader_free(used);
    /* Freed before the fork. */
    CHILD(OK(upload(opened(argv[1], "used", USERIMAGE_OK))));

    /* In the midst of uploads: no call hangs, whatever it answers. */
    used = opened(argv[1], "used", USERIMAGE_OK);
    OK(upload(used));
    {
        pthread_t threads[3];
        for (i = 0; i < 3; i++) {
            CHECK(pthread_create(&threads[i], NULL, upload_on, used) == 0);
        }
        for (i = 0; i < 20; i++) {
            CHILD({
                char config[4096];
                userimage_uploader *other = NULL;
                snprintf(config, sizeof config,
                         "{\"storage\": {\"local\": {\"path\": \"%s/%d\", \"base_url\": \"u/\"}},"
                         " \"authentication\": \"already_checked\"}",
                         argv[1], i);
                CHECK_CODE(500, upload(used));
                if (userimage_uploader_open(TEXT(config), NULL, &other, NULL) == USERIMAGE_OK) {
                    OK(upload(other));
                }
                userimage_uploader_free(other);
            });
        }
        stop = 1;
        for (i = 0; i < 3; i++) {
            pthread_join(threads[i], NULL);
        }
    }
    userimage_uploader_free(used);
    puts("children use what they may, and are refused what they may not");
    return 0;
}
