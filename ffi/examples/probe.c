/* Tells what image files are, from their headers alone.
 *
 *     probe FILE... */
#include <stdio.h>
#include <string.h>
#include <userimage.h>

static int probe(const char *path) {
    userimage_info *info;
    userimage_error *error;
    const char *text;
    size_t len;
    uint32_t width, height;
    double x, y;

    if (userimage_probe_path(path, strlen(path), &info, &error) != USERIMAGE_OK) {
        userimage_error_reason(error, &text, &len);
        printf("%s: %.*s\n", path, (int)len, text);
        userimage_error_free(error);
        return 1;
    }
    userimage_info_mime_type(info, &text, &len);
    printf("%s: %.*s", path, (int)len, text);
    /* Not every file tells everything: see USERIMAGE_ABSENT. */
    if (userimage_info_size(info, &width, &height) == USERIMAGE_OK) {
        printf(", %u x %u pixels", (unsigned)width, (unsigned)height);
    }
    if (userimage_info_dpi(info, &x, &y) == USERIMAGE_OK) {
        userimage_info_dpi_source(info, &text, &len);
        printf(", %g x %g dpi by %.*s", x, y, (int)len, text);
    }
    printf("\n");
    userimage_info_free(info);
    return 0;
}

int main(int argc, char **argv) {
    int i, bad = 0;
    for (i = 1; i < argc; i++) {
        bad |= probe(argv[i]);
    }
    return bad;
}
