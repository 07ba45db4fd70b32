/* Renditions of the formats beyond the six of the default policy: each is refused until the options name it, and has
   the size and the format that it must have. Usage: formats FOLDER, which has the fixtures. */
#include "check.h"

/* How many formats the build renders: 6 without those by feature, 15 with heic and heif, which are in no default build. */
#ifndef RENDERED
#define RENDERED 13
#endif

/* The sizes are those of tests/fixtures/truth.json. What is transparent becomes a PNG. */
static const struct {
    const char *file, *format;
    uint32_t width, height;
    const char *rendition;
} FILES[] = {
    {"psd-rgb-packed.psd", "psd", 64, 48, "jpeg"},
    {"psd-rgba.psd", "psd", 64, 48, "png"},
    {"psd-rgba-psb.psb", "psd", 64, 48, "png"},
    {"jxl-lossy.jxl", "jxl", 61, 45, "jpeg"},
    {"jxl-rgba.jxl", "jxl", 61, 45, "png"},
    {"jp2-show-lossless.jp2", "jp2", 61, 45, "jpeg"},
    {"jp2-show-lossless-rgba.jp2", "jp2", 61, 45, "png"},
    {"jp2-show-lossless-bare.j2k", "j2k", 61, 45, "jpeg"},
    {"pdf-draw.pdf", "pdf", 64, 48, "jpeg"},
    {"pdf-draw-rotated90.pdf", "pdf", 48, 64, "jpeg"},
    {"eps-draw-preview.eps", "eps", 64, 48, "jpeg"},
    {"svg-draw-opaque.svg", "svg", 64, 48, "jpeg"},
    {"svg-draw-clear.svg", "svg", 64, 48, "png"},
    {"heic-coded-odd.heic", "heic", 61, 45, "jpeg"},
    {"heic-coded-rgba.heic", "heic", 128, 64, "png"},
};

static uint8_t data[1 << 16];

static size_t read_fixture(const char *folder, const char *name) {
    char path[4096];
    FILE *file;
    size_t len;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    CHECK(file != NULL);
    len = fread(data, 1, sizeof data, file);
    fclose(file);
    CHECK(len > 0 && len < sizeof data);
    return len;
}

/* Checks the rendition, frees it, and returns its height. */
static uint32_t check_rendition(userimage_rendition *rendition, uint32_t width, const char *format) {
    userimage_info *info;
    uint32_t height;
    VIEW(rendition, view, rendition);
    CHECK_TEXT(format, view, format);
    CHECK(view.width == width);
    height = view.height;
    OK(userimage_probe(view.data, view.data_len, &info, NULL));
    {
        VIEW(info, probed, info);
        CHECK_TEXT(format, probed, format);
        CHECK(probed.width == width && probed.height == height);
    }
    userimage_info_free(info);
    userimage_rendition_free(rendition);
    return height;
}

int main(int argc, char **argv) {
    const uint32_t small = 20;
    size_t at;
    CHECK(argc == 2);
    for (at = 0; at < sizeof FILES / sizeof *FILES; at++) {
        size_t len = read_fixture(argv[1], FILES[at].file);
        uint32_t width = FILES[at].width, height = FILES[at].height, made;
        userimage_render_options options;
        userimage_rendition *rendition;
        userimage_error *error;

        memset(&options, 0, sizeof options);
        options.struct_size = sizeof options;
        CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_render(data, len, &options, &rendition, &error));
        {
            VIEW(error, view, error);
            CHECK(view.kind == USERIMAGE_KIND_FORMAT_NOT_ALLOWED);
        }
        userimage_error_free(error);
        SET(options, formats, FILES[at].format);
        if (RENDERED == 6 || (RENDERED < 15 && strcmp(FILES[at].format, "heic") == 0)) {
            CHECK_CODE(USERIMAGE_INVALID_ARGUMENT, userimage_render(data, len, &options, &rendition, NULL));
            continue;
        }
        OK(userimage_render(data, len, &options, &rendition, NULL));
        CHECK(check_rendition(rendition, width, FILES[at].rendition) == height);
        options.max_width = small;
        OK(userimage_render(data, len, &options, &rendition, NULL));
        made = check_rendition(rendition, small, FILES[at].rendition);
        /* The other side keeps the proportion, to the nearest pixel. */
        CHECK(made == (2 * small * height + width) / (2 * width));
        CHECK_CODE(USERIMAGE_INVALID_FILE, userimage_render(data, len / 2, &options, &rendition, NULL));
    }
    printf("formats: %u files\n", (unsigned)at);
    return 0;
}
