// Generated from include/userimage.h by generate_bindings.py; do not edit. The header documents all of it.
using System;
using System.Runtime.InteropServices;

namespace UserImage.Native;

internal struct userimage_admitted
{
}

internal struct userimage_body_receiver
{
}

internal struct userimage_bytes
{
}

internal struct userimage_cancellation
{
}

internal struct userimage_error
{
}

internal struct userimage_exif
{
}

internal struct userimage_http_response
{
}

internal struct userimage_image
{
}

internal struct userimage_info
{
}

internal struct userimage_list
{
}

internal struct userimage_record
{
}

internal struct userimage_rendition
{
}

internal struct userimage_request
{
}

internal struct userimage_sink
{
}

internal struct userimage_file
{
}

internal struct userimage_uploader
{
}

internal struct userimage_verify_report
{
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_format_view
{
    internal uint struct_size;
    internal uint has_rendition;
    internal byte* name;
    internal nuint name_len;
    internal byte* mime_type;
    internal nuint mime_type_len;
    internal byte* extension;
    internal nuint extension_len;

    public userimage_format_view()
    {
        struct_size = (uint)sizeof(userimage_format_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_storage
{
    internal uint struct_size;
    internal uint flags;
    internal void* user_data;
    private IntPtr destroy;
    private IntPtr store;
    private IntPtr find;
    private IntPtr find_key;
    private IntPtr read;
    private IntPtr list;
    private IntPtr delete_image;
    private IntPtr sweep;
    private IntPtr read_range;

    public userimage_storage()
    {
        struct_size = (uint)sizeof(userimage_storage);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void DestroyCallback(void* user_data);

    internal DestroyCallback Destroy { set => destroy = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int StoreCallback(void* user_data, userimage_record* record, byte* original, nuint original_len, byte* standard, nuint standard_len, userimage_sink* sink);

    internal StoreCallback Store { set => store = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int FindCallback(void* user_data, int website_id, ulong id, userimage_sink* sink);

    internal FindCallback Find { set => find = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int FindKeyCallback(void* user_data, byte* key, nuint key_len, userimage_sink* sink);

    internal FindKeyCallback FindKey { set => find_key = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int ReadCallback(void* user_data, int website_id, ulong id, byte* variant, nuint variant_len, userimage_sink* sink);

    internal ReadCallback Read { set => read = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int ListCallback(void* user_data, int website_id, byte* user_id, nuint user_id_len, ulong page_index, uint page_size, userimage_sink* sink);

    internal ListCallback List { set => list = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int DeleteImageCallback(void* user_data, int website_id, ulong id, userimage_sink* sink);

    internal DeleteImageCallback DeleteImage { set => delete_image = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int SweepCallback(void* user_data, ulong min_age_ms, userimage_sink* sink);

    internal SweepCallback Sweep { set => sweep = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int ReadRangeCallback(void* user_data, int website_id, ulong id, byte* variant, nuint variant_len, ulong offset, nuint len, userimage_sink* sink);

    internal ReadRangeCallback ReadRange { set => read_range = Marshal.GetFunctionPointerForDelegate(value); }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_authenticator
{
    internal uint struct_size;
    internal uint flags;
    internal void* user_data;
    private IntPtr destroy;
    private IntPtr knows;
    private IntPtr accepts;

    public userimage_authenticator()
    {
        struct_size = (uint)sizeof(userimage_authenticator);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void DestroyCallback(void* user_data);

    internal DestroyCallback Destroy { set => destroy = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int KnowsCallback(void* user_data, int website_id, userimage_sink* sink);

    internal KnowsCallback Knows { set => knows = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int AcceptsCallback(void* user_data, int website_id, byte* key, nuint key_len, userimage_sink* sink);

    internal AcceptsCallback Accepts { set => accepts = Marshal.GetFunctionPointerForDelegate(value); }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_log
{
    internal uint struct_size;
    internal uint flags;
    internal void* user_data;
    private IntPtr destroy;
    internal int max_level;
    internal int reserved;
    private IntPtr line;

    public userimage_log()
    {
        struct_size = (uint)sizeof(userimage_log);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void DestroyCallback(void* user_data);

    internal DestroyCallback Destroy { set => destroy = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void LineCallback(void* user_data, int level, byte* text, nuint text_len);

    internal LineCallback Line { set => line = Marshal.GetFunctionPointerForDelegate(value); }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_inspector
{
    internal uint struct_size;
    internal uint flags;
    internal void* user_data;
    private IntPtr destroy;
    private IntPtr inspect;
    internal byte* name;
    internal nuint name_len;

    public userimage_inspector()
    {
        struct_size = (uint)sizeof(userimage_inspector);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void DestroyCallback(void* user_data);

    internal DestroyCallback Destroy { set => destroy = Marshal.GetFunctionPointerForDelegate(value); }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int InspectCallback(void* user_data, userimage_record* record, byte* original, nuint original_len, byte* standard, nuint standard_len, userimage_sink* sink);

    internal InspectCallback Inspect { set => inspect = Marshal.GetFunctionPointerForDelegate(value); }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_host
{
    internal uint struct_size;
    internal uint flags;
    internal userimage_storage* storage;
    internal userimage_authenticator* authenticator;
    internal userimage_log* log;
    internal userimage_inspector** inspectors;
    internal nuint inspector_count;

    public userimage_host()
    {
        struct_size = (uint)sizeof(userimage_host);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_fields
{
    internal uint struct_size;
    internal uint flags;
    internal byte* website_id;
    internal nuint website_id_len;
    internal byte* client_key;
    internal nuint client_key_len;
    internal byte* user_id;
    internal nuint user_id_len;
    internal byte* dpi;
    internal nuint dpi_len;
    internal byte* file_name;
    internal nuint file_name_len;
    internal byte* data;
    internal nuint data_len;
    internal userimage_cancellation* cancellation;

    public userimage_fields()
    {
        struct_size = (uint)sizeof(userimage_fields);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_part
{
    internal uint struct_size;
    internal uint flags;
    internal byte* name;
    internal nuint name_len;
    internal byte* file_name;
    internal nuint file_name_len;
    internal byte* content_type;
    internal nuint content_type_len;
    internal byte* data;
    internal nuint data_len;

    public userimage_part()
    {
        struct_size = (uint)sizeof(userimage_part);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_admitted_view
{
    internal uint struct_size;
    internal int website_id;
    internal ulong max_bytes;

    public userimage_admitted_view()
    {
        struct_size = (uint)sizeof(userimage_admitted_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_http_header
{
    internal byte* name;
    internal nuint name_len;
    internal byte* value;
    internal nuint value_len;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_http_request
{
    internal uint struct_size;
    internal uint flags;
    internal byte* method;
    internal nuint method_len;
    internal byte* target;
    internal nuint target_len;
    internal userimage_http_header* headers;
    internal nuint header_count;
    internal byte* peer;
    internal nuint peer_len;

    public userimage_http_request()
    {
        struct_size = (uint)sizeof(userimage_http_request);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_body_receiver_view
{
    internal uint struct_size;
    internal uint wants_more;
    internal ulong limit;

    public userimage_body_receiver_view()
    {
        struct_size = (uint)sizeof(userimage_body_receiver_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_http_response_view
{
    internal uint struct_size;
    internal int status;
    internal ulong body_len;
    internal userimage_http_header* headers;
    internal nuint header_count;
    internal byte* body;

    public userimage_http_response_view()
    {
        struct_size = (uint)sizeof(userimage_http_response_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_sweep_report
{
    internal uint struct_size;
    internal uint flags;
    internal ulong records;
    internal ulong files;
    internal ulong images;

    public userimage_sweep_report()
    {
        struct_size = (uint)sizeof(userimage_sweep_report);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_file_view
{
    internal uint struct_size;
    internal uint has;
    internal ulong len;
    internal byte* mime_type;
    internal nuint mime_type_len;
    internal byte* variant;
    internal nuint variant_len;

    public userimage_file_view()
    {
        struct_size = (uint)sizeof(userimage_file_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_usage_view
{
    internal uint struct_size;
    internal uint flags;
    internal ulong images;
    internal ulong bytes;
    internal ulong users;

    public userimage_usage_view()
    {
        struct_size = (uint)sizeof(userimage_usage_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_copy_view
{
    internal uint struct_size;
    internal uint flags;
    internal ulong copied;
    internal ulong present;

    public userimage_copy_view()
    {
        struct_size = (uint)sizeof(userimage_copy_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_problem
{
    internal int kind;
    internal int has_image;
    internal ulong image;
    internal byte* key;
    internal nuint key_len;
    internal byte* reason;
    internal nuint reason_len;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_verify_report_view
{
    internal uint struct_size;
    internal uint complete;
    internal ulong images;
    internal ulong bytes;
    internal ulong files;
    internal userimage_problem* problems;
    internal nuint problem_count;
    internal byte* json;
    internal nuint json_len;

    public userimage_verify_report_view()
    {
        struct_size = (uint)sizeof(userimage_verify_report_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_image_view
{
    internal uint struct_size;
    internal int http_status;
    internal ulong id;
    internal byte* photo_code;
    internal nuint photo_code_len;
    internal byte* original_url;
    internal nuint original_url_len;
    internal byte* standard_url;
    internal nuint standard_url_len;
    internal byte* envelope;
    internal nuint envelope_len;
    internal userimage_record* record;

    public userimage_image_view()
    {
        struct_size = (uint)sizeof(userimage_image_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_rendition_url
{
    internal byte* name;
    internal nuint name_len;
    internal byte* url;
    internal nuint url_len;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_stored
{
    internal uint struct_size;
    internal uint flags;
    internal ulong id;
    internal byte* photo_code;
    internal nuint photo_code_len;
    internal byte* original_url;
    internal nuint original_url_len;
    internal byte* standard_url;
    internal nuint standard_url_len;
    internal byte* record_json;
    internal nuint record_json_len;
    internal userimage_rendition_url* rendition_urls;
    internal nuint rendition_url_count;

    public userimage_stored()
    {
        struct_size = (uint)sizeof(userimage_stored);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_list_view
{
    internal uint struct_size;
    internal uint image_count;
    internal ulong total;
    internal userimage_image** images;

    public userimage_list_view()
    {
        struct_size = (uint)sizeof(userimage_list_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_record_rendition_view
{
    internal uint struct_size;
    internal uint has;
    internal ulong bytes;
    internal uint width;
    internal uint height;
    internal byte* name;
    internal nuint name_len;
    internal byte* key;
    internal nuint key_len;
    internal byte* format;
    internal nuint format_len;
    internal byte* mime_type;
    internal nuint mime_type_len;
    internal byte* sha256;
    internal nuint sha256_len;
    internal byte* data;
    internal nuint data_len;

    public userimage_record_rendition_view()
    {
        struct_size = (uint)sizeof(userimage_record_rendition_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_record_view
{
    internal uint struct_size;
    internal uint has;
    internal long created;
    internal ulong original_bytes;
    internal ulong standard_bytes;
    internal ulong warnings;
    internal int website_id;
    internal uint orientation;
    internal uint width;
    internal uint height;
    internal uint stored_width;
    internal uint stored_height;
    internal uint dpi;
    internal uint dpi_y;
    internal uint standard_width;
    internal uint standard_height;
    internal byte* user_id;
    internal nuint user_id_len;
    internal byte* image_name;
    internal nuint image_name_len;
    internal byte* unique_name;
    internal nuint unique_name_len;
    internal byte* format;
    internal nuint format_len;
    internal byte* mime_type;
    internal nuint mime_type_len;
    internal byte* extension;
    internal nuint extension_len;
    internal byte* original_key;
    internal nuint original_key_len;
    internal byte* standard_key;
    internal nuint standard_key_len;
    internal byte* standard_format;
    internal nuint standard_format_len;
    internal byte* standard_mime_type;
    internal nuint standard_mime_type_len;
    internal byte* sha256;
    internal nuint sha256_len;
    internal byte* standard_sha256;
    internal nuint standard_sha256_len;
    internal ulong difference_hash;
    internal byte* thumb_hash;
    internal nuint thumb_hash_len;
    internal nuint rendition_count;

    public userimage_record_view()
    {
        struct_size = (uint)sizeof(userimage_record_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_reader
{
    internal uint struct_size;
    internal uint flags;
    internal ulong len;
    internal void* user_data;
    private IntPtr read_at;

    public userimage_reader()
    {
        struct_size = (uint)sizeof(userimage_reader);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int ReadAtCallback(void* user_data, ulong offset, byte* buffer, nuint buffer_len, nuint* read);

    internal ReadAtCallback ReadAt { set => read_at = Marshal.GetFunctionPointerForDelegate(value); }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_info_view
{
    internal uint struct_size;
    internal uint has;
    internal double dpi_x;
    internal double dpi_y;
    internal double stored_dpi_x;
    internal double stored_dpi_y;
    internal double print_width_inches;
    internal double print_height_inches;
    internal uint width;
    internal uint height;
    internal uint stored_width;
    internal uint stored_height;
    internal uint orientation;
    internal uint frames;
    internal uint colour_bits;
    internal uint has_alpha;
    internal uint has_icc;
    internal uint has_exif;
    internal uint has_xmp;
    internal uint has_gps;
    internal byte* format;
    internal nuint format_len;
    internal byte* mime_type;
    internal nuint mime_type_len;
    internal byte* extension;
    internal nuint extension_len;
    internal byte* dpi_source;
    internal nuint dpi_source_len;
    internal byte* colour_model;
    internal nuint colour_model_len;

    public userimage_info_view()
    {
        struct_size = (uint)sizeof(userimage_info_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_exif_view
{
    internal uint struct_size;
    internal uint has;
    internal byte* make;
    internal nuint make_len;
    internal byte* model;
    internal nuint model_len;
    internal byte* lens;
    internal nuint lens_len;
    internal byte* software;
    internal nuint software_len;
    internal byte* time;
    internal nuint time_len;
    internal uint has_position;

    public userimage_exif_view()
    {
        struct_size = (uint)sizeof(userimage_exif_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_render_options
{
    internal uint struct_size;
    internal uint flags;
    internal uint max_width;
    internal uint max_height;
    internal uint jpeg_quality;
    internal uint max_frames;
    internal ulong max_bytes;
    internal ulong max_pixels;
    internal ulong max_memory;
    internal byte* formats;
    internal nuint formats_len;

    public userimage_render_options()
    {
        struct_size = (uint)sizeof(userimage_render_options);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_rendition_view
{
    internal uint struct_size;
    internal uint has;
    internal uint width;
    internal uint height;
    internal byte* format;
    internal nuint format_len;
    internal byte* mime_type;
    internal nuint mime_type_len;
    internal byte* extension;
    internal nuint extension_len;
    internal byte* data;
    internal nuint data_len;
    internal ulong difference_hash;
    internal byte* thumb_hash;
    internal nuint thumb_hash_len;

    public userimage_rendition_view()
    {
        struct_size = (uint)sizeof(userimage_rendition_view);
    }
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct userimage_error_view
{
    internal uint struct_size;
    internal uint has;
    internal int code;
    internal int kind;
    internal int http_status;
    internal uint failure_count;
    internal byte* kind_name;
    internal nuint kind_name_len;
    internal byte* message;
    internal nuint message_len;
    internal byte* reason;
    internal nuint reason_len;
    internal byte* envelope;
    internal nuint envelope_len;
    internal userimage_error** failures;

    public userimage_error_view()
    {
        struct_size = (uint)sizeof(userimage_error_view);
    }
}

internal static unsafe class NativeMethods
{
    internal const string Library = "libuserimage";

    internal const int USERIMAGE_OK = 0;
    internal const int USERIMAGE_INVALID_WEBSITE_ID = 221;
    internal const int USERIMAGE_INVALID_CLIENT_KEY = 226;
    internal const int USERIMAGE_INVALID_USER_ID = 261;
    internal const int USERIMAGE_INVALID_FILE = 262;
    internal const int USERIMAGE_INVALID_DPI = 265;
    internal const int USERIMAGE_MISSING_WEBSITE_ID = 372;
    internal const int USERIMAGE_SERVER_ERROR = 500;
    internal const int USERIMAGE_PANIC = 900;
    internal const int USERIMAGE_NULL_POINTER = 901;
    internal const int USERIMAGE_BAD_STRUCT_SIZE = 902;
    internal const int USERIMAGE_UNKNOWN_FLAG = 903;
    internal const int USERIMAGE_BAD_UTF8 = 904;
    internal const int USERIMAGE_INVALID_CONFIG = 906;
    internal const int USERIMAGE_ABSENT = 907;
    internal const int USERIMAGE_UNSUPPORTED = 908;
    internal const int USERIMAGE_INVALID_ARGUMENT = 909;
    internal const int USERIMAGE_SINK_CLOSED = 910;
    internal const int USERIMAGE_INCOMPATIBLE = 911;
    internal const int USERIMAGE_KIND_MISSING_WEBSITE_ID = 37201;
    internal const int USERIMAGE_KIND_MALFORMED_WEBSITE_ID = 22101;
    internal const int USERIMAGE_KIND_CONFLICTING_WEBSITE_ID = 22102;
    internal const int USERIMAGE_KIND_UNKNOWN_WEBSITE = 22103;
    internal const int USERIMAGE_KIND_MISSING_CLIENT_KEY = 22601;
    internal const int USERIMAGE_KIND_MALFORMED_CLIENT_KEY = 22602;
    internal const int USERIMAGE_KIND_CONFLICTING_CLIENT_KEY = 22603;
    internal const int USERIMAGE_KIND_REFUSED_CLIENT_KEY = 22604;
    internal const int USERIMAGE_KIND_MISSING_USER_ID = 26101;
    internal const int USERIMAGE_KIND_MALFORMED_USER_ID = 26102;
    internal const int USERIMAGE_KIND_CONFLICTING_USER_ID = 26103;
    internal const int USERIMAGE_KIND_MALFORMED_DPI = 26501;
    internal const int USERIMAGE_KIND_CONFLICTING_DPI = 26502;
    internal const int USERIMAGE_KIND_MISSING_FILE = 26201;
    internal const int USERIMAGE_KIND_REPEATED_FILE = 26202;
    internal const int USERIMAGE_KIND_UNNAMED_FILE = 26203;
    internal const int USERIMAGE_KIND_EMPTY_FILE = 26204;
    internal const int USERIMAGE_KIND_MALFORMED_FORM = 26205;
    internal const int USERIMAGE_KIND_INCOMPLETE_BODY = 26206;
    internal const int USERIMAGE_KIND_TOO_LARGE = 26207;
    internal const int USERIMAGE_KIND_NOT_AN_IMAGE = 26208;
    internal const int USERIMAGE_KIND_DAMAGED = 26209;
    internal const int USERIMAGE_KIND_FORMAT_NOT_ALLOWED = 26210;
    internal const int USERIMAGE_KIND_UNSUPPORTED_CODING = 26211;
    internal const int USERIMAGE_KIND_NO_PIXEL_SIZE = 26212;
    internal const int USERIMAGE_KIND_TOO_WIDE = 26213;
    internal const int USERIMAGE_KIND_TOO_TALL = 26214;
    internal const int USERIMAGE_KIND_TOO_MANY_PIXELS = 26215;
    internal const int USERIMAGE_KIND_TOO_MANY_FRAMES = 26216;
    internal const int USERIMAGE_KIND_TOO_MUCH_MEMORY = 26217;
    internal const int USERIMAGE_KIND_ACTIVE_CONTENT = 26218;
    internal const int USERIMAGE_KIND_PRINT_TOO_SMALL = 26219;
    internal const int USERIMAGE_KIND_REFUSED_BY_INSPECTOR = 26220;
    internal const int USERIMAGE_KIND_WEBSITE_QUOTA_EXCEEDED = 26230;
    internal const int USERIMAGE_KIND_USER_QUOTA_EXCEEDED = 26231;
    internal const int USERIMAGE_KIND_DPI_UNDER_MINIMUM = 26503;
    internal const int USERIMAGE_KIND_STORAGE_FAILED = 50001;
    internal const int USERIMAGE_KIND_AUTHENTICATOR_FAILED = 50002;
    internal const int USERIMAGE_KIND_UNREADABLE_FILE = 50003;
    internal const int USERIMAGE_KIND_BUSY = 50004;
    internal const int USERIMAGE_KIND_CANCELLED = 50005;
    internal const int USERIMAGE_KIND_INSPECTOR_FAILED = 50006;
    internal const int USERIMAGE_ABI_MAJOR = 0;
    internal const int USERIMAGE_ABI_MINOR = 1;
    internal const int USERIMAGE_HOST_TEXTS = 1;
    internal const int USERIMAGE_PART_BORROW = 1;
    internal const int USERIMAGE_HTTP_STREAMED = 1;
    internal const int USERIMAGE_PROBLEM_DAMAGED_RECORD = 1;
    internal const int USERIMAGE_PROBLEM_MISSING = 2;
    internal const int USERIMAGE_PROBLEM_WRONG_LENGTH = 3;
    internal const int USERIMAGE_PROBLEM_WRONG_SHA256 = 4;
    internal const int USERIMAGE_PROBLEM_UNREADABLE = 5;
    internal const int USERIMAGE_PROBLEM_ORPHAN = 6;
    internal const int USERIMAGE_RECORD_HAS_STANDARD_SHA256 = 1;
    internal const int USERIMAGE_RECORD_HAS_DIFFERENCE_HASH = 2;
    internal const int USERIMAGE_RECORD_HAS_THUMB_HASH = 4;
    internal const int USERIMAGE_WARNING_LOW_RESOLUTION = 1;
    internal const int USERIMAGE_WARNING_CMYK_WITHOUT_PROFILE = 2;
    internal const int USERIMAGE_WARNING_TRANSPARENCY = 4;
    internal const int USERIMAGE_WARNING_SPOT_COLOURS = 8;
    internal const int USERIMAGE_WARNING_ANIMATION = 16;
    internal const int USERIMAGE_WARNING_FONTS_MISSING = 32;
    internal const int USERIMAGE_INFO_HAS_SIZE = 1;
    internal const int USERIMAGE_INFO_HAS_DPI = 2;
    internal const int USERIMAGE_INFO_HAS_PRINT_SIZE = 4;
    internal const int USERIMAGE_INFO_HAS_COLOUR = 8;
    internal const int USERIMAGE_INFO_HAS_FRAMES = 16;
    internal const int USERIMAGE_EXIF_HAS_MAKE = 1;
    internal const int USERIMAGE_EXIF_HAS_MODEL = 2;
    internal const int USERIMAGE_EXIF_HAS_LENS = 4;
    internal const int USERIMAGE_EXIF_HAS_SOFTWARE = 8;
    internal const int USERIMAGE_EXIF_HAS_TIME = 16;
    internal const int USERIMAGE_RENDER_WEBP = 1;
    internal const int USERIMAGE_ERROR_HAS_KIND = 1;
    internal const int USERIMAGE_MAX_TEXT = 65536;
    internal const int USERIMAGE_LOG_ERROR = 1;
    internal const int USERIMAGE_LOG_WARN = 2;
    internal const int USERIMAGE_LOG_INFO = 3;
    internal const int USERIMAGE_LOG_DEBUG = 4;
    internal const int USERIMAGE_LOG_TRACE = 5;

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_abi_version();

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_abi_compatible(int major, int minor);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_version(byte** data, nuint* len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_code_message(int code, byte** data, nuint* len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_format_get(nuint index, userimage_format_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_uploader_open(byte* config, nuint config_len, userimage_host* host, userimage_uploader** uploader, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_upload(userimage_uploader* uploader, userimage_fields* fields, userimage_image** image, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_upload_path(userimage_uploader* uploader, userimage_fields* fields, byte* path, nuint path_len, userimage_image** image, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_upload_request(userimage_uploader* uploader, userimage_request* request, userimage_image** image, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_validate_request(userimage_uploader* uploader, userimage_request* request, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_validate(userimage_uploader* uploader, userimage_fields* fields, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_max_bytes(userimage_uploader* uploader, int website_id, ulong* max_bytes, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_metrics(userimage_uploader* uploader, userimage_bytes** text, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_uploader_free(userimage_uploader* uploader);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_cancellation_new(userimage_cancellation** cancellation, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_cancellation_cancel(userimage_cancellation* cancellation);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_cancellation_free(userimage_cancellation* cancellation);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_request_new(userimage_request** request, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_request_header(userimage_request* request, byte* name, nuint name_len, byte* value, nuint value_len, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_request_query(userimage_request* request, byte* name, nuint name_len, byte* value, nuint value_len, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_request_part(userimage_request* request, userimage_part* part, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_request_cancelled_by(userimage_request* request, userimage_cancellation* cancellation);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_request_free(userimage_request* request);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_admit(userimage_uploader* uploader, userimage_request* request, userimage_admitted** admitted, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_admitted_get(userimage_admitted* admitted, userimage_admitted_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_admitted_finish(userimage_admitted* admitted, userimage_request* form, userimage_image** image, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_admitted_free(userimage_admitted* admitted);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_handle(userimage_uploader* uploader, userimage_http_request* request, byte* body, nuint body_len, userimage_http_response** response, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_http_begin(userimage_uploader* uploader, userimage_http_request* request, userimage_body_receiver** receiver, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_body_receiver_get(userimage_body_receiver* receiver, userimage_body_receiver_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_body_receiver_feed(userimage_body_receiver* receiver, byte* data, nuint data_len, int* wants_more, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_body_receiver_finish(userimage_body_receiver* receiver, userimage_http_response** response, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_body_receiver_finish_broken(userimage_body_receiver* receiver, byte* reason, nuint reason_len, userimage_http_response** response, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_body_receiver_finish_timed_out(userimage_body_receiver* receiver, userimage_http_response** response, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_body_receiver_cancelled_by(userimage_body_receiver* receiver, userimage_cancellation* cancellation);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_body_receiver_free(userimage_body_receiver* receiver);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_http_response_get(userimage_http_response* response, userimage_http_response_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_http_response_read_at(userimage_http_response* response, ulong offset, byte* buffer, nuint buffer_len, nuint* read, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_http_error_response(int status, userimage_http_response** response, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_http_response_free(userimage_http_response* response);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_find(userimage_uploader* uploader, int website_id, ulong id, userimage_image** image, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_find_key(userimage_uploader* uploader, byte* key, nuint key_len, userimage_image** image, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_read(userimage_uploader* uploader, int website_id, ulong id, byte* variant, nuint variant_len, userimage_bytes** bytes, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_find_similar(userimage_uploader* uploader, int website_id, byte* user_id, nuint user_id_len, ulong difference_hash, uint distance, uint limit, userimage_list** list, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_list_images(userimage_uploader* uploader, int website_id, byte* user_id, nuint user_id_len, ulong page_index, uint page_size, userimage_list** list, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_list_after(userimage_uploader* uploader, int website_id, byte* user_id, nuint user_id_len, ulong before, uint size, userimage_list** list, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_search(userimage_uploader* uploader, int website_id, byte* user_id, nuint user_id_len, byte* text, nuint text_len, ulong page_index, uint page_size, userimage_list** list, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_delete(userimage_uploader* uploader, int website_id, ulong id, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_sweep(userimage_uploader* uploader, ulong min_age_ms, userimage_cancellation* cancellation, userimage_sweep_report* report, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_open(userimage_uploader* uploader, int website_id, ulong id, byte* variant, nuint variant_len, userimage_file** file, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_open_key(userimage_uploader* uploader, byte* key, nuint key_len, userimage_file** file, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_file_get(userimage_file* file, userimage_file_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_file_read_at(userimage_file* file, ulong offset, byte* buffer, nuint buffer_len, nuint* read, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_file_free(userimage_file* file);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_get_url(userimage_uploader* uploader, userimage_image* image, byte* variant, nuint variant_len, ulong expires_ms, userimage_bytes** url, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_usage(userimage_uploader* uploader, int website_id, byte* user_id, nuint user_id_len, userimage_usage_view* usage, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_delete_user(userimage_uploader* uploader, int website_id, byte* user_id, nuint user_id_len, userimage_cancellation* cancellation, ulong* deleted, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_reassign(userimage_uploader* uploader, int website_id, byte* from_user, nuint from_user_len, byte* to_user, nuint to_user_len, userimage_cancellation* cancellation, ulong* reassigned, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_expire(userimage_uploader* uploader, int website_id, ulong age_ms, userimage_cancellation* cancellation, ulong* deleted, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_verify(userimage_uploader* uploader, userimage_verify_report* previous, ulong max_steps, userimage_verify_report** report, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_copy_to(userimage_uploader* uploader, userimage_uploader* target, userimage_cancellation* cancellation, userimage_copy_view* copy, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_backup(userimage_uploader* uploader, byte* path, nuint path_len, userimage_cancellation* cancellation, userimage_copy_view* copy, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_restore(userimage_uploader* uploader, byte* path, nuint path_len, userimage_cancellation* cancellation, userimage_copy_view* copy, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_verify_report_get(userimage_verify_report* report, userimage_verify_report_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_verify_report_from_json(byte* json, nuint json_len, userimage_verify_report** report, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_verify_report_free(userimage_verify_report* report);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_image_get(userimage_image* image, userimage_image_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_image_rendition_url(userimage_image* image, byte* name, nuint name_len, byte** data, nuint* len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_image_json(userimage_image* image, byte** data, nuint* len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_image_new(userimage_stored* stored, userimage_image** image, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_image_from_json(byte* json, nuint json_len, userimage_image** image, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_image_free(userimage_image* image);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_list_get(userimage_list* list, userimage_list_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_list_free(userimage_list* list);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_record_rendition(userimage_record* record, nuint index, userimage_record_rendition_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_record_get(userimage_record* record, userimage_record_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_record_json(userimage_record* record, byte** data, nuint* len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_record_from_json(byte* json, nuint json_len, userimage_record** record, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_record_free(userimage_record* record);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_bytes_data(userimage_bytes* bytes, byte** data, nuint* len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_bytes_free(userimage_bytes* bytes);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_probe(byte* data, nuint data_len, userimage_info** info, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_probe_path(byte* path, nuint path_len, userimage_info** info, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_probe_reader(userimage_reader* reader, userimage_info** info, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_info_get(userimage_info* info, userimage_info_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_info_json(userimage_info* info, byte** data, nuint* len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_info_largest_print(userimage_info* info, double min_dpi, double* width_inches, double* height_inches);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_count_frames(byte* data, nuint data_len, uint limit, uint* frames, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_info_free(userimage_info* info);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_exif_details(byte* data, nuint data_len, userimage_exif** exif, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_exif_get(userimage_exif* exif, userimage_exif_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_exif_free(userimage_exif* exif);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_render(byte* data, nuint data_len, userimage_render_options* options, userimage_rendition** rendition, userimage_error** error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_rendition_get(userimage_rendition* rendition, userimage_rendition_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_rendition_free(userimage_rendition* rendition);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_error_get(userimage_error* error, userimage_error_view* view);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_error_new(int kind, byte* reason, nuint reason_len, userimage_error** made);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_error_free(userimage_error* error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_sink_decide(userimage_sink* sink, int yes);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_sink_refuse(userimage_sink* sink, byte* reason, nuint reason_len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_sink_stored(userimage_sink* sink, userimage_stored* stored);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_sink_image(userimage_sink* sink, userimage_stored* stored);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_sink_total(userimage_sink* sink, ulong total);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_sink_bytes(userimage_sink* sink, byte* data, nuint data_len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_sink_swept(userimage_sink* sink, userimage_sweep_report* report);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_sink_fail(userimage_sink* sink, byte* reason, nuint reason_len);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern int userimage_sink_retain(userimage_sink* sink);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
    internal static extern void userimage_sink_free(userimage_sink* sink);
}
