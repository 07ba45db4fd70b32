/* Prints the size of each struct, and each field's offset and size: ffi/src/tests.rs holds them against
   Rust's, tests/dotnet/Layout.cs against .NET's. */
#include <stdio.h>
#include <userimage.h>

#define STRUCT(type) printf("%s %u\n", #type, (unsigned)sizeof(type))
#define FIELD(type, field)                                                        \
    printf("%s.%s %u %u\n", #type, #field, (unsigned)offsetof(type, field),       \
           (unsigned)sizeof(((type *)0)->field))

int main(void) {
    STRUCT(userimage_fields);
    FIELD(userimage_fields, struct_size);
    FIELD(userimage_fields, flags);
    FIELD(userimage_fields, website_id);
    FIELD(userimage_fields, website_id_len);
    FIELD(userimage_fields, client_key);
    FIELD(userimage_fields, client_key_len);
    FIELD(userimage_fields, user_id);
    FIELD(userimage_fields, user_id_len);
    FIELD(userimage_fields, dpi);
    FIELD(userimage_fields, dpi_len);
    FIELD(userimage_fields, file_name);
    FIELD(userimage_fields, file_name_len);
    FIELD(userimage_fields, data);
    FIELD(userimage_fields, data_len);

    STRUCT(userimage_part);
    FIELD(userimage_part, struct_size);
    FIELD(userimage_part, flags);
    FIELD(userimage_part, name);
    FIELD(userimage_part, name_len);
    FIELD(userimage_part, file_name);
    FIELD(userimage_part, file_name_len);
    FIELD(userimage_part, content_type);
    FIELD(userimage_part, content_type_len);
    FIELD(userimage_part, data);
    FIELD(userimage_part, data_len);

    STRUCT(userimage_http_header);
    FIELD(userimage_http_header, name);
    FIELD(userimage_http_header, name_len);
    FIELD(userimage_http_header, value);
    FIELD(userimage_http_header, value_len);

    STRUCT(userimage_http_request);
    FIELD(userimage_http_request, struct_size);
    FIELD(userimage_http_request, flags);
    FIELD(userimage_http_request, method);
    FIELD(userimage_http_request, method_len);
    FIELD(userimage_http_request, target);
    FIELD(userimage_http_request, target_len);
    FIELD(userimage_http_request, headers);
    FIELD(userimage_http_request, header_count);

    STRUCT(userimage_host);
    FIELD(userimage_host, struct_size);
    FIELD(userimage_host, flags);
    FIELD(userimage_host, storage);
    FIELD(userimage_host, authenticator);
    FIELD(userimage_host, log);

    STRUCT(userimage_storage);
    FIELD(userimage_storage, struct_size);
    FIELD(userimage_storage, flags);
    FIELD(userimage_storage, user_data);
    FIELD(userimage_storage, destroy);
    FIELD(userimage_storage, store);
    FIELD(userimage_storage, find);
    FIELD(userimage_storage, read);
    FIELD(userimage_storage, list);
    FIELD(userimage_storage, delete_image);
    FIELD(userimage_storage, sweep);

    STRUCT(userimage_authenticator);
    FIELD(userimage_authenticator, struct_size);
    FIELD(userimage_authenticator, flags);
    FIELD(userimage_authenticator, user_data);
    FIELD(userimage_authenticator, destroy);
    FIELD(userimage_authenticator, knows);
    FIELD(userimage_authenticator, accepts);

    STRUCT(userimage_log);
    FIELD(userimage_log, struct_size);
    FIELD(userimage_log, flags);
    FIELD(userimage_log, user_data);
    FIELD(userimage_log, destroy);
    FIELD(userimage_log, max_level);
    FIELD(userimage_log, reserved);
    FIELD(userimage_log, line);
    return 0;
}
