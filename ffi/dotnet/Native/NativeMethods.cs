using System;
using System.Runtime.InteropServices;

namespace UserImage.Native
{
    /// <summary>The functions of include/userimage.h, whose documentation holds here.</summary>
    /// <remarks>Outputs are <c>ref</c> and not <c>out</c>: they are written on success only.</remarks>
    internal static class NativeMethods
    {
        private const string Library = "userimage";

        internal const int AbiMajor = 0;
        internal const int AbiMinor = 1;

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_abi_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_abi_compatible(int major, int minor);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_version(ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_code_message(int code, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_uploader_open(
            IntPtr config, UIntPtr configLen, ref HostTable host, ref IntPtr uploader, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void userimage_uploader_free(IntPtr uploader);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_upload(
            UploaderHandle uploader, ref Fields fields, ref IntPtr image, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_upload_path(
            UploaderHandle uploader, ref Fields fields, IntPtr path, UIntPtr pathLen, ref IntPtr image, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_upload_request(
            UploaderHandle uploader, RequestHandle request, ref IntPtr image, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_validate(UploaderHandle uploader, ref Fields fields, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_validate_request(
            UploaderHandle uploader, RequestHandle request, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_request_new(ref IntPtr request, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_request_header(
            RequestHandle request, IntPtr name, UIntPtr nameLen, IntPtr value, UIntPtr valueLen, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_request_query(
            RequestHandle request, IntPtr name, UIntPtr nameLen, IntPtr value, UIntPtr valueLen, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_request_part(RequestHandle request, ref Part part, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void userimage_request_free(IntPtr request);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_http_begin(
            UploaderHandle uploader, ref HttpRequest request, ref IntPtr exchange, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_http_exchange_wants_body(IntPtr exchange, ref int yes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_http_exchange_limit(IntPtr exchange, ref ulong limit);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_http_feed(
            HttpExchangeHandle exchange, IntPtr data, UIntPtr dataLen, ref int wantsMore, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_http_finish(
            HttpExchangeHandle exchange, ref IntPtr response, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void userimage_http_exchange_free(IntPtr exchange);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_http_response_status(IntPtr response, ref int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_http_response_header_count(IntPtr response, ref UIntPtr count);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_http_response_header(
            IntPtr response, UIntPtr index, ref IntPtr name, ref UIntPtr nameLen, ref IntPtr value,
            ref UIntPtr valueLen);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_http_response_body(IntPtr response, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void userimage_http_response_free(IntPtr response);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_find(
            UploaderHandle uploader, int websiteId, ulong id, ref IntPtr image, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_read(
            UploaderHandle uploader, int websiteId, ulong id, int variant, ref IntPtr bytes, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_list_images(
            UploaderHandle uploader, int websiteId, IntPtr userId, UIntPtr userIdLen, ulong pageIndex, uint pageSize,
            ref IntPtr list, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_delete(UploaderHandle uploader, int websiteId, ulong id, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_sweep(
            UploaderHandle uploader, ulong minAgeMs, ref ulong records, ref ulong files, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_image_id(IntPtr image, ref ulong id);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_image_photo_code(IntPtr image, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_image_original_url(IntPtr image, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_image_standard_url(IntPtr image, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_image_http_status(IntPtr image, ref int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_image_json(IntPtr image, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_image_record(IntPtr image, ref IntPtr record);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void userimage_image_free(IntPtr image);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_list_total(IntPtr list, ref ulong total);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_list_len(IntPtr list, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_list_image(IntPtr list, UIntPtr index, ref IntPtr image);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void userimage_list_free(IntPtr list);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_website_id(IntPtr record, ref int id);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_user_id(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_image_name(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_unique_name(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_original_key(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_standard_key(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_format(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_mime_type(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_extension(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_size(IntPtr record, ref uint width, ref uint height);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_stored_size(IntPtr record, ref uint width, ref uint height);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_orientation(IntPtr record, ref uint orientation);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_dpi(IntPtr record, ref uint dpi);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_bytes(IntPtr record, ref ulong bytes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_sha256(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_created(IntPtr record, ref long milliseconds);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_standard_format(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_standard_mime_type(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_standard_size(IntPtr record, ref uint width, ref uint height);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_standard_bytes(IntPtr record, ref ulong bytes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_record_json(IntPtr record, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_bytes_data(IntPtr bytes, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void userimage_bytes_free(IntPtr bytes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_probe(byte[] data, UIntPtr dataLen, ref IntPtr info, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_probe_path(
            IntPtr path, UIntPtr pathLen, ref IntPtr info, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_format(IntPtr info, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_mime_type(IntPtr info, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_extension(IntPtr info, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_size(IntPtr info, ref uint width, ref uint height);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_stored_size(IntPtr info, ref uint width, ref uint height);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_orientation(IntPtr info, ref uint orientation);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_dpi(IntPtr info, ref double x, ref double y);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_displayed_dpi(IntPtr info, ref double x, ref double y);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_print_size(IntPtr info, ref double width, ref double height);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_largest_print(
            InfoHandle info, double minDpi, ref double width, ref double height);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_dpi_source(IntPtr info, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_colour_model(IntPtr info, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_colour_bits(IntPtr info, ref uint bits);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_has_alpha(IntPtr info, ref int yes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_frames(IntPtr info, ref uint frames);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_has_icc(IntPtr info, ref int yes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_has_exif(IntPtr info, ref int yes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_has_xmp(IntPtr info, ref int yes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_info_has_gps(IntPtr info, ref int yes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_count_frames(
            byte[] data, UIntPtr dataLen, uint limit, ref uint frames, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void userimage_info_free(IntPtr info);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_exif_read(byte[] data, UIntPtr dataLen, ref IntPtr exif, ref IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_exif_make(IntPtr exif, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_exif_model(IntPtr exif, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_exif_lens(IntPtr exif, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_exif_software(IntPtr exif, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_exif_time(IntPtr exif, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_exif_has_position(IntPtr exif, ref int yes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void userimage_exif_free(IntPtr exif);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_error_message(IntPtr error, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_error_reason(IntPtr error, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_error_cause(IntPtr error, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_error_http_status(IntPtr error, ref int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_error_json(IntPtr error, ref IntPtr data, ref UIntPtr len);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void userimage_error_free(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_sink_decide(IntPtr sink, int yes);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_sink_stored(
            IntPtr sink, ulong id, IntPtr photoCode, UIntPtr photoCodeLen, IntPtr originalUrl, UIntPtr originalUrlLen,
            IntPtr standardUrl, UIntPtr standardUrlLen);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_sink_image(
            IntPtr sink, ulong id, IntPtr photoCode, UIntPtr photoCodeLen, IntPtr originalUrl, UIntPtr originalUrlLen,
            IntPtr standardUrl, UIntPtr standardUrlLen, IntPtr recordJson, UIntPtr recordJsonLen);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_sink_total(IntPtr sink, ulong total);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_sink_bytes(IntPtr sink, byte[] data, UIntPtr dataLen);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_sink_swept(IntPtr sink, ulong records, ulong files);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int userimage_sink_fail(IntPtr sink, IntPtr reason, UIntPtr reasonLen);
    }
}
