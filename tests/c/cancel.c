/* pthread_cancel while a thread is in a call: the call is finished, then the thread is cancelled, and nothing
   aborts. Arguments: a folder for a store, an image file. */
#include "check.h"
#include <pthread.h>
#include <unistd.h>

static const char *photo;
static userimage_uploader *uploader;

static void probe_once(void) {
    userimage_info *info;
    OK(userimage_probe_path(TEXT(photo), &info, NULL));
    userimage_info_free(info);
}

static void upload_once(void) {
    userimage_fields fields = good_fields();
    userimage_image *image;
    fields.data = NULL;
    fields.data_len = 0;
    OK(userimage_upload_path(uploader, &fields, TEXT(photo), &image, NULL));
    userimage_image_free(image);
}

/* Between the calls there is no cancellation point but the end of a call. */
static void *repeat(void *work) {
    for (;;) {
        (*(void (**)(void))work)();
        pthread_testcancel();
    }
    return NULL;
}

/* A call restores what the thread had set. */
static void *disabled(void *work) {
    int before;
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL) == 0);
    pthread_cancel(pthread_self());
    (*(void (**)(void))work)();
    pthread_testcancel();
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before) == 0);
    CHECK(before == PTHREAD_CANCEL_DISABLE);
    pthread_testcancel();
    return NULL;
}

static void cancel_all(void (*work)(void), int count) {
    int i;
    for (i = 0; i < count; i++) {
        pthread_t thread;
        void *result;
        CHECK(pthread_create(&thread, NULL, repeat, (void *)&work) == 0);
        usleep(1000 + 100 * (useconds_t)i);
        CHECK(pthread_cancel(thread) == 0);
        CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
        CHECK(pthread_create(&thread, NULL, disabled, (void *)&work) == 0);
        CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
    }
}

int main(int argc, char **argv) {
    char config[4096];
    userimage_list *list;
    CHECK(argc == 3);
    photo = argv[2];
    snprintf(config, sizeof config,
             "{\"storage\": {\"local\": {\"path\": \"%s\", \"base_url\": \"u/\"}}, \"authentication\": \"already_checked\"}",
             argv[1]);
    uploader = open_uploader(config, NULL);
    cancel_all(probe_once, 20);
    cancel_all(upload_once, 20);
    /* The store is whole, and its locks are free. */
    upload_once();
    OK(userimage_list_images(uploader, 1001, TEXT("12345"), 0, 1000, &list, NULL));
    {
        VIEW(list, view, list);
        CHECK(view.total >= 21);
    }
    userimage_list_free(list);
    userimage_uploader_free(uploader);
    puts("cancelled in 80 calls");
    return 0;
}
