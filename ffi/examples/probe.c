/* Identifies image files from their headers.
 *
 *     probe FILE... */
#include <stdio.h>
#include <string.h>
#include <userimage.h>

static int probe(const char *path) {
    userimage_info *info;
    userimage_error *error;
    userimage_info_view view = {.struct_size = sizeof view};
    userimage_error_view why = {.struct_size = sizeof why};

    if (userimage_probe_path(path, strlen(path), &info, &error) != USERIMAGE_OK) {
        userimage_error_get(error, &why);
        printf("%s: %.*s\n", path, (int)why.reason_len, why.reason);
        userimage_error_free(error);
        return 1;
    }
    userimage_info_get(info, &view);
    printf("%s: %.*s", path, (int)view.mime_type_len, view.mime_type);
    /* Not every file states everything. */
    if (view.has & USERIMAGE_INFO_HAS_SIZE) {
        printf(", %u x %u pixels", (unsigned)view.width, (unsigned)view.height);
    }
    if (view.has & USERIMAGE_INFO_HAS_DPI) {
        printf(", %g x %g dpi by %.*s", view.dpi_x, view.dpi_y, (int)view.dpi_source_len, view.dpi_source);
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
