/* A host's own storage and authenticator: the image goes into two files of the current folder.
 *
 *     custom_storage FILE */
#include <stdio.h>
#include <string.h>
#include <userimage.h>

typedef struct {
    uint64_t last_id;
} shop;

static int write_file(const char *name, const uint8_t *data, size_t len) {
    FILE *file = fopen(name, "wb");
    size_t written = file == NULL ? 0 : fwrite(data, 1, len, file);
    return file != NULL && fclose(file) == 0 && written == len;
}

/* A real storage also syncs files and records to the disk, and is called from several threads at once. */
static int32_t store(void *user_data, const userimage_record *record, const uint8_t *original,
                     size_t original_len, const uint8_t *standard, size_t standard_len,
                     const userimage_sink *sink) {
    static const char full[] = "the folder cannot be written to";
    shop *self = user_data;
    userimage_record_view view = {.struct_size = sizeof view};
    userimage_stored stored;
    char original_name[80], standard_name[80], code[24];

    userimage_record_get(record, &view);
    sprintf(original_name, "%.*s", (int)view.unique_name_len, view.unique_name);
    sprintf(standard_name, "standard-%.*s", (int)view.unique_name_len, view.unique_name);
    if (!write_file(original_name, original, original_len) ||
        !write_file(standard_name, standard, standard_len)) {
        userimage_sink_fail(sink, full, strlen(full));
        return 1;
    }
    self->last_id++;
    sprintf(code, "shop-%lu", (unsigned long)self->last_id);
    memset(&stored, 0, sizeof stored);
    stored.struct_size = sizeof stored;
    stored.id = self->last_id;
    stored.photo_code = code;
    stored.photo_code_len = strlen(code);
    stored.original_url = original_name;
    stored.original_url_len = strlen(original_name);
    stored.standard_url = standard_name;
    stored.standard_url_len = strlen(standard_name);
    return userimage_sink_stored(sink, &stored);
}

static int32_t knows(void *user_data, int32_t website_id, const userimage_sink *sink) {
    (void)user_data;
    return userimage_sink_decide(sink, website_id == 1001);
}

static int32_t accepts(void *user_data, int32_t website_id, const char *key, size_t key_len,
                       const userimage_sink *sink) {
    static const char right[] = "abc123";
    int differs = key_len != strlen(right);
    size_t i;
    (void)user_data;
    (void)website_id;
    /* Every byte is compared, so that the time does not depend on where they differ. */
    for (i = 0; i < key_len; i++) {
        differs |= key[i] ^ right[i % strlen(right)];
    }
    return userimage_sink_decide(sink, !differs);
}

static void destroy(void *user_data) {
    printf("%lu stored\n", (unsigned long)((shop *)user_data)->last_id);
}

int main(int argc, char **argv) {
    static const char config[] = "{\"authentication\": \"host\"}";
    shop self = {0};
    userimage_storage storage;
    userimage_authenticator authenticator;
    userimage_host host;
    userimage_fields fields;
    userimage_uploader *uploader;
    userimage_image *image;
    userimage_error *error;
    userimage_image_view view = {.struct_size = sizeof view};
    userimage_error_view why = {.struct_size = sizeof why};
    int32_t code;

    if (argc != 2) {
        fprintf(stderr, "usage: custom_storage FILE\n");
        return 2;
    }
    memset(&storage, 0, sizeof storage);
    storage.struct_size = sizeof storage;
    storage.user_data = &self;
    storage.destroy = destroy;
    storage.store = store;
    memset(&authenticator, 0, sizeof authenticator);
    authenticator.struct_size = sizeof authenticator;
    authenticator.knows = knows;
    authenticator.accepts = accepts;
    memset(&host, 0, sizeof host);
    host.struct_size = sizeof host;
    host.storage = &storage;
    host.authenticator = &authenticator;
    code = userimage_uploader_open(config, strlen(config), &host, &uploader, &error);
    if (code == USERIMAGE_OK) {
        memset(&fields, 0, sizeof fields);
        fields.struct_size = sizeof fields;
        fields.website_id = "1001";
        fields.website_id_len = strlen("1001");
        fields.client_key = "abc123";
        fields.client_key_len = strlen("abc123");
        fields.user_id = "12345";
        fields.user_id_len = strlen("12345");
        code = userimage_upload_path(uploader, &fields, argv[1], strlen(argv[1]), &image, &error);
        userimage_uploader_free(uploader);
    }
    if (code != USERIMAGE_OK) {
        userimage_error_get(error, &why);
        fprintf(stderr, "custom_storage: %.*s\n", (int)why.reason_len, why.reason);
        userimage_error_free(error);
        return 1;
    }
    userimage_image_get(image, &view);
    printf("%.*s\n", (int)view.envelope_len, view.envelope);
    userimage_image_free(image);
    return 0;
}
