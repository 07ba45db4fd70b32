using System;
using UserImage.Native;

namespace UserImage
{
    /// <summary>What is known of an image, whichever storage keeps it.</summary>
    public sealed class ImageRecord
    {
        internal ImageRecord(IntPtr record)
        {
            uint width, height;
            WebsiteId = Get.Value<int>(record, NativeMethods.userimage_record_website_id).Value;
            UserId = Get.Text(record, NativeMethods.userimage_record_user_id);
            ImageName = Get.Text(record, NativeMethods.userimage_record_image_name);
            UniqueName = Get.Text(record, NativeMethods.userimage_record_unique_name);
            OriginalKey = Get.Text(record, NativeMethods.userimage_record_original_key);
            StandardKey = Get.Text(record, NativeMethods.userimage_record_standard_key);
            Format = Get.Text(record, NativeMethods.userimage_record_format);
            MimeType = Get.Text(record, NativeMethods.userimage_record_mime_type);
            Extension = Get.Text(record, NativeMethods.userimage_record_extension);
            Get.Pair(record, NativeMethods.userimage_record_size, out width, out height);
            Width = (int)width;
            Height = (int)height;
            Get.Pair(record, NativeMethods.userimage_record_stored_size, out width, out height);
            StoredWidth = (int)width;
            StoredHeight = (int)height;
            Orientation = (int)Get.Value<uint>(record, NativeMethods.userimage_record_orientation).Value;
            Dpi = (int)Get.Value<uint>(record, NativeMethods.userimage_record_dpi).Value;
            Length = (long)Get.Value<ulong>(record, NativeMethods.userimage_record_bytes).Value;
            Sha256 = Get.Bytes(record, NativeMethods.userimage_record_sha256);
            long milliseconds = Get.Value<long>(record, NativeMethods.userimage_record_created).Value;
            Created = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMilliseconds(milliseconds);
            StandardFormat = Get.Text(record, NativeMethods.userimage_record_standard_format);
            StandardMimeType = Get.Text(record, NativeMethods.userimage_record_standard_mime_type);
            Get.Pair(record, NativeMethods.userimage_record_standard_size, out width, out height);
            StandardWidth = (int)width;
            StandardHeight = (int)height;
            StandardLength = (long)Get.Value<ulong>(record, NativeMethods.userimage_record_standard_bytes).Value;
            Json = Get.Text(record, NativeMethods.userimage_record_json);
        }

        /// <summary>The website it was uploaded to.</summary>
        public int WebsiteId { get; private set; }

        /// <summary>Who uploaded it.</summary>
        public string UserId { get; private set; }

        /// <summary>The client's file name, to be shown and never used as a path.</summary>
        public string ImageName { get; private set; }

        /// <summary>The name that it is stored under: safe in a path and in a URL.</summary>
        public string UniqueName { get; private set; }

        /// <summary>Where the library's own storages keep the original, relative to the store.</summary>
        public string OriginalKey { get; private set; }

        /// <summary>Where the library's own storages keep the standard rendition, relative to the store.</summary>
        public string StandardKey { get; private set; }

        /// <summary>The format's name in configurations, such as "jpeg".</summary>
        public string Format { get; private set; }

        /// <summary>The MIME type, from the bytes.</summary>
        public string MimeType { get; private set; }

        /// <summary>The extension with its dot.</summary>
        public string Extension { get; private set; }

        /// <summary>Pixels across, as a person sees it.</summary>
        public int Width { get; private set; }

        /// <summary>Pixels down, as a person sees it.</summary>
        public int Height { get; private set; }

        /// <summary>Pixels across, before orientation.</summary>
        public int StoredWidth { get; private set; }

        /// <summary>Pixels down, before orientation.</summary>
        public int StoredHeight { get; private set; }

        /// <summary>EXIF's number, 1 to 8.</summary>
        public int Orientation { get; private set; }

        /// <summary>The request's, else the file's own, else 72.</summary>
        public int Dpi { get; private set; }

        /// <summary>Bytes of the original.</summary>
        public long Length { get; private set; }

        /// <summary>SHA-256 of the original.</summary>
        public byte[] Sha256 { get; private set; }

        /// <summary>When it was uploaded, UTC.</summary>
        public DateTime Created { get; private set; }

        /// <summary>The standard rendition's format.</summary>
        public string StandardFormat { get; private set; }

        /// <summary>The standard rendition's MIME type.</summary>
        public string StandardMimeType { get; private set; }

        /// <summary>The standard rendition's pixels across.</summary>
        public int StandardWidth { get; private set; }

        /// <summary>The standard rendition's pixels down.</summary>
        public int StandardHeight { get; private set; }

        /// <summary>Bytes of the standard rendition.</summary>
        public long StandardLength { get; private set; }

        /// <summary>All of it as a document, for a host's own storage to keep and to give back.</summary>
        public string Json { get; private set; }
    }
}
