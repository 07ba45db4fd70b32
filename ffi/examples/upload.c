/* Uploads files into a folder and prints the answer to each.
 *
 *     upload STORE FILE...
 *
 * The only client is website 1001 with the key abc123. The reason of an error goes to standard error. */
#include <stdio.h>
#include <string.h>
#include <userimage.h>

static const char CONFIG[] =
    "{\"storage\": {\"local\": {\"path\": \"%s\", \"base_url\": \"https://img.example/\"}},"
    " \"authentication\": \"keys\","
    " \"websites\": [{\"id\": 1001, \"keys\": [\"abc123\"]}]}";

/* Copies a path with the escapes that a JSON string needs. */
static void quote(char *to, const char *from) {
    for (; *from != 0; from++) {
        if (*from == '"' || *from == '\\') {
            *to++ = '\\';
        }
        *to++ = *from;
    }
    *to = 0;
}

/* Prints an error's reason, and frees it. */
static int failed(userimage_error *error) {
    userimage_error_view view = {.struct_size = sizeof view};
    userimage_error_get(error, &view);
    fprintf(stderr, "upload: %.*s\n", (int)view.reason_len, view.reason);
    userimage_error_free(error);
    return 1;
}

static int upload(const userimage_uploader *uploader, const char *path) {
    userimage_fields fields;
    userimage_image *image;
    userimage_error *error;
    userimage_image_view view = {.struct_size = sizeof view};
    userimage_error_view why = {.struct_size = sizeof why};

    memset(&fields, 0, sizeof fields);
    fields.struct_size = sizeof fields;
    fields.website_id = "1001";
    fields.website_id_len = strlen("1001");
    fields.client_key = "abc123";
    fields.client_key_len = strlen("abc123");
    fields.user_id = "12345";
    fields.user_id_len = strlen("12345");

    if (userimage_upload_path(uploader, &fields, path, strlen(path), &image, &error) != USERIMAGE_OK) {
        userimage_error_get(error, &why);
        printf("%.*s\n", (int)why.envelope_len, why.envelope);
        if (why.kind == USERIMAGE_KIND_TOO_LARGE) {
            fprintf(stderr, "upload: a smaller file, please\n");
        }
        return failed(error);
    }
    userimage_image_get(image, &view);
    printf("%.*s\n", (int)view.envelope_len, view.envelope);
    userimage_image_free(image);
    return 0;
}

int main(int argc, char **argv) {
    char path[2049], config[4096];
    userimage_uploader *uploader;
    userimage_error *error;
    int i, bad = 0;

    if (argc < 3 || strlen(argv[1]) > 1024) {
        fprintf(stderr, "usage: upload STORE FILE...\n");
        return 2;
    }
    if (userimage_abi_compatible(USERIMAGE_ABI_MAJOR, USERIMAGE_ABI_MINOR) != USERIMAGE_OK) {
        fprintf(stderr, "upload: the library does not fit its header\n");
        return 2;
    }
    quote(path, argv[1]);
    sprintf(config, CONFIG, path);
    if (userimage_uploader_open(config, strlen(config), NULL, &uploader, &error) != USERIMAGE_OK) {
        return failed(error);
    }
    for (i = 2; i < argc; i++) {
        bad |= upload(uploader, argv[i]);
    }
    userimage_uploader_free(uploader);
    return bad;
}
