/* A panic inside the core (in a build with the feature fault-injection): its code, and the process and
   the uploader live. */
#include "check.h"

int main(void) {
    userimage_uploader *panicking = open_uploader("{\"authentication\": \"already_checked\"}", NULL);
    userimage_uploader *other = open_uploader(KEYS_CONFIG, NULL);
    userimage_fields fields = good_fields();
    userimage_image *image = NULL;
    userimage_error *error = NULL;
    userimage_http_header type = {TEXT("Content-Type"), TEXT("multipart/form-data; boundary=x")};
    userimage_http_request request;
    userimage_body_receiver *receiver = NULL;
    userimage_http_response *response = NULL;
    static const char before[] =
        "--x\r\nContent-Disposition: form-data; name=\"postedFile\"; filename=\"a.png\"\r\n\r\n";
    int32_t more;
    int i;
    for (i = 0; i < 3; i++) {
        CHECK_CODE(USERIMAGE_PANIC, userimage_upload(panicking, &fields, &image, &error));
        {
            VIEW(error, view, error);
            CHECK_TEXT("panic: injected", view, reason);
            CHECK_TEXT("Internal error", view, message);
            CHECK(view.has == 0 && view.kind == 0 && view.kind_name == NULL);
        }
        userimage_error_free(error);
        CHECK(image == NULL);
        OK(userimage_upload(other, &fields, &image, NULL));
        userimage_image_free(image);
        image = NULL;
    }
    fields.website_id_len = 0;
    CHECK_CODE(USERIMAGE_MISSING_WEBSITE_ID, userimage_upload(panicking, &fields, &image, NULL));
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    SET(request, method, "POST");
    SET(request, target, "/api/4/UploadImage/UploadImage?userId=1");
    request.headers = (userimage_http_header[]){{TEXT("websiteId"), TEXT("1")}, {TEXT("webApiClientKey"), TEXT("k")}, type};
    request.header_count = 3;
    OK(userimage_http_begin(panicking, &request, &receiver, NULL));
    OK(userimage_body_receiver_feed(receiver, (const uint8_t *)before, sizeof before - 1, &more, NULL));
    OK(userimage_body_receiver_feed(receiver, PNG, sizeof PNG, &more, NULL));
    OK(userimage_body_receiver_feed(receiver, (const uint8_t *)"\r\n--x--", 7, &more, NULL));
    CHECK_CODE(USERIMAGE_PANIC, userimage_body_receiver_finish(receiver, &response, NULL));
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_body_receiver_finish(receiver, &response, NULL));
    userimage_body_receiver_free(receiver);
    CHECK(response == NULL);
    userimage_uploader_free(panicking);
    userimage_uploader_free(other);
    printf("panic: a code, and the process lives\n");
    return 0;
}
