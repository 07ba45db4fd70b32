/* A panic inside the core (in a build with the feature fault-injection): its code, and the process and
   the uploader live. */
#include "check.h"

int main(void) {
    userimage_uploader *panicking = open_uploader("{\"authentication\": \"host\"}", NULL);
    userimage_uploader *other = open_uploader(KEYS_CONFIG, NULL);
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    userimage_error *error = NULL;
    int i;
    for (i = 0; i < 3; i++) {
        CHECK_CODE(USERIMAGE_PANIC, userimage_upload(panicking, &fields, &image, &error));
        CHECK_TEXT("panic: injected", userimage_error_reason, error);
        CHECK_TEXT("Internal error", userimage_error_message, error);
        userimage_error_free(error);
        CHECK(image == NULL);
        OK(userimage_upload(other, &fields, &image, NULL));
        userimage_image_free(image);
        image = NULL;
    }
    fields.website_id_len = 0;
    CHECK_CODE(USERIMAGE_MISSING_WEBSITE_ID, userimage_upload(panicking, &fields, &image, NULL));
    userimage_uploader_free(panicking);
    userimage_uploader_free(other);
    printf("panic: a code, and the process lives\n");
    return 0;
}
