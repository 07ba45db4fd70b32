/* Options of a rendition that are out of range, and limits that a file is over. */
#include "check.h"

static void render_options(void) {
    userimage_render_options options;
    userimage_rendition *rendition = NULL;
    userimage_error *error = NULL;
    memset(&options, 0, sizeof options);
    CHECK_CODE(USERIMAGE_BAD_STRUCT_SIZE, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    options.struct_size = sizeof options;
    options.flags = 1 << 30;
    CHECK_CODE(USERIMAGE_UNKNOWN_FLAG, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    options.flags = 0;
    options.max_height = 65536;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, sizeof PNG, &options, &rendition, &error));
    CHECK_REASON("options have max_height: a number from 1 to 65535 is expected, not 65536", error);
    userimage_error_free(error);
    options.max_height = 0;
    options.jpeg_quality = 256;
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    options.jpeg_quality = 0;
#define OVER(field, value, expected)                                                                    \
    options.field = value;                                                                              \
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_render(PNG, sizeof PNG, &options, &rendition, &error)); \
    {                                                                                                   \
        VIEW(error, view, error);                                                                       \
        CHECK(view.kind == expected);                                                                   \
    }                                                                                                   \
    userimage_error_free(error);                                                                        \
    options.field = 0
    OVER(max_bytes, 10, USERIMAGE_KIND_TOO_LARGE);
    OVER(max_pixels, 10, USERIMAGE_KIND_TOO_MANY_PIXELS);
    OVER(max_memory, 10, USERIMAGE_KIND_TOO_MUCH_MEMORY);
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_render(PNG, 50, &options, &rendition, &error));
    {
        VIEW(error, view, error);
        CHECK(view.kind == USERIMAGE_KIND_DAMAGED);
    }
    userimage_error_free(error);
    SET(options, formats, "jpeg,png,ico");
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, sizeof PNG, &options, &rendition, &error));
    CHECK_REASON("formats has \"ico\": ico has no standard rendition", error);
    userimage_error_free(error);
    SET(options, formats, "jpeg,bitmap");
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, sizeof PNG, &options, &rendition, &error));
    CHECK_REASON("formats has \"bitmap\": not the name of an image format", error);
    userimage_error_free(error);
    SET(options, formats, "");
    CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    SET(options, formats, "png\xff");
    CHECK_CODE(USERIMAGE_BAD_UTF8, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    options.formats = NULL;
    CHECK_CODE(USERIMAGE_NULL_POINTER, userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    SET(options, formats, "jpeg, gif");
    CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_render(PNG, sizeof PNG, &options, &rendition, &error));
    {
        VIEW(error, view, error);
        CHECK(view.kind == USERIMAGE_KIND_FORMAT_NOT_ALLOWED);
    }
    userimage_error_free(error);
    CHECK(rendition == NULL);
    SET(options, formats, "gif, png");
    options.max_width = 4;
    options.max_frames = 1;
    options.max_bytes = sizeof PNG;
    OK(userimage_render(PNG, sizeof PNG, &options, &rendition, NULL));
    {
        VIEW(rendition, view, rendition);
        CHECK(view.width == 4 && view.height == 3);
        CHECK_TEXT("jpeg", view, format);
        CHECK(view.data[0] == 0xFF && view.data[1] == 0xD8);
    }
    userimage_rendition_free(rendition);
}

int main(void) {
    render_options();
    printf("render options: a clear code each time\n");
    return 0;
}
